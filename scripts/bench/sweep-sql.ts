/**
 * What a sweep of very many leftovers costs, 10,000 by default, beside the database's own client sending nothing but the
 * same accounts to drop, in batches of the same size, as the same root: psql or mysql, or where the machine has none the
 * driver. They take turns on equal sets in the same minutes. Then twice as many, to see that the memory stays.
 *
 * The sweep is dist/sweep.js as the runner starts it, from start to exit; its list is measured by a dry run.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { EngineDeclaration } from '../../src/engines/engine.ts';
import { newPrincipal, type Principal } from '../../src/lease/name.ts';
import { encodeRecord } from '../../src/lease/record.ts';
import { job } from '../../test/contract/contract.ts';
import { startTarget, type MysqlTarget } from '../../test/contract/mysql-target.ts';
import { postgresServers, type PostgresTarget } from '../../test/contract/postgres-target.ts';
import { findMariadb, findMysql } from '../../test/services/mysql.ts';
import type { Address } from '../../test/services/round-trips.ts';
import { peakScript } from './peak.ts';

/** A server with leftovers to sweep. */
export interface SweepTarget extends Address, AsyncDisposable {
  readonly engine: EngineDeclaration;
  readonly root: string;
  /** of an action, beside `root` */
  readonly inputs: Readonly<Record<string, string>>;
  /** a root for which ending does not become slower with their number, where the server has one */
  readonly fastRoot?: string;
  /** makes leftovers as dead runners leave them: with a record, and over */
  leave(principals: readonly Principal[]): Promise<void>;
  /** statements of root */
  create(principal: Principal): string;
  drop(principals: readonly Principal[]): string;
  /** a client of the server's own, which logs in as root with TLS and reads statements */
  clientCommand(address: Address): string[];
  /** sends statements as root by a client of the server's own. @returns which */
  client(statements: readonly string[]): Promise<string>;
  /** how many accounts are left of ours */
  count(): Promise<number>;
  /** as a superuser */
  admin(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
}

interface ClientRun {
  readonly client: string;
  /** milliseconds */
  readonly time: number;
}

/** What is aimed at; printed beside, never asserted: a busy machine misses any of it. */
const targets = { listing: 1000, ratio: 1.5, megabytes: 150 };

const action = join(import.meta.dirname, '..', '..', 'dist', 'sweep.js');

/** What a sweep took. */
interface Driven {
  /** milliseconds */
  readonly listing: number;
  readonly ending: number;
  /** at the peak of ending them */
  readonly megabytes: number;
}

/**
 * Prints what it measures.
 *
 * @param leftovers how many
 * @param only the beginning of an engine's name, for that one alone
 */
export async function benchSweepOfSql(leftovers = 10_000, only = ''): Promise<void> {
  for (const name of ['postgres', 'mysql', 'mariadb'] as const) {
    if (!name.startsWith(only)) continue;
    await using target = name === 'postgres' ? await startPostgres() : await startMysql(name);
    if (target === undefined) continue;
    const driven = await sweep(target, leftovers);
    print(name, leftovers, driven, await barely(target, leftovers));
    const { engine, fastRoot: root = target.root } = target;
    const note = target.fastRoot === undefined ? '' : ', as a superuser';
    print(`${name}${note}`, 2 * leftovers, await sweep({ ...target, engine, root }, 2 * leftovers));
  }
}

function print(name: string, size: number, { listing, ending, megabytes }: Driven, bare?: ClientRun): void {
  const cells = [`${name}: ${size} leases`, `list ${listing.toFixed(0)} ms`];
  if (bare === undefined) {
    cells.push(`end ${seconds(ending)}`);
  } else {
    const ratio = ending / bare.time;
    cells[1] += ` ${mark(listing, targets.listing)}`;
    cells.push(`end ${seconds(ending)}, ${ratio.toFixed(2)} × the ${seconds(bare.time)} of ${bare.client}`);
    cells[2] += ` ${mark(ratio, targets.ratio)}`;
  }
  console.log(`${cells.join('; ')}; peak ${megabytes.toFixed(0)} MB ${mark(megabytes, targets.megabytes)}`);
}

/** @throws when anything is left */
async function sweep(target: SweepTarget, size: number): Promise<Driven> {
  await target.leave(newPrincipals(size));
  const [listing] = run(target, size, { 'INPUT_DRY-RUN': 'true' });
  const [ending, megabytes, output] = run(target, size, {});
  const left = await target.count();
  if (left > 0 || !output.includes(`Found ${size}: ${size} revoked.`)) throw new Error(`${left} are left: ${output}`);
  return { listing, ending, megabytes };
}

function run(
  target: SweepTarget,
  size: number,
  more: Readonly<Record<string, string>>,
): [milliseconds: number, megabytes: number, output: string] {
  const home = mkdtempSync(join(tmpdir(), 'joblease-sweep-'));
  try {
    const [preload, peak] = [join(home, 'preload.cjs'), join(home, 'peak')];
    writeFileSync(preload, peakScript());
    const env = {
      INPUT_ENGINE: target.engine.name,
      INPUT_ROOT: target.root,
      INPUT_ORPHANS: 'false',
      'INPUT_MAX-REVOCATIONS': String(size),
      INPUT_DEADLINE: '2h',
      RUNNER_TEMP: home,
      PEAK_FILE: peak,
      ...more,
    };
    const started = performance.now();
    const { status, stdout } = spawnSync(process.execPath, ['--require', preload, action], { env, encoding: 'utf8' });
    const time = performance.now() - started;
    if (status !== 0) throw new Error(`the sweep ended with ${status}:\n${stdout}`);
    return [time, Number(readFileSync(peak, 'utf8')) / 1024, stdout];
  } finally {
    rmSync(home, { recursive: true });
  }
}

async function barely(target: SweepTarget, size: number): Promise<ClientRun> {
  const principals = newPrincipals(size);
  await target.leave(principals);
  const statements = await batches(target, principals);
  const started = performance.now();
  const client = await target.client(statements);
  const time = performance.now() - started;
  const left = await target.count();
  if (left > 0) throw new Error(`${client} has left ${left}`);
  return { client, time };
}

/** Statements that drop accounts, as many in each as the engine ends at a time. */
export async function batches(target: SweepTarget, principals: readonly Principal[]): Promise<string[]> {
  const { batchSize = 1 } = await target.engine.load();
  return inChunks(principals, batchSize).map((chunk) => target.drop(chunk));
}

// ---- Servers ------------------------------------------------------------------------------------------------------

export async function startPostgres(): Promise<SweepTarget> {
  const [embedded] = postgresServers();
  if (embedded === undefined) throw new Error('there is no PostgreSQL to start');
  const target: PostgresTarget = await embedded.start();
  for (const setting of ["log_statement = 'none'", 'log_connections = off'])
    await target.admin(`ALTER SYSTEM SET ${setting}`);
  await target.admin('SELECT pg_reload_conf()');
  return {
    ...target,
    fastRoot: target.superuserUrl,
    async leave(principals) {
      // As CREATE ROLE by root itself would do it, the creator's ADMIN option included, but that takes minutes.
      for (const chunk of inChunks(principals, 500)) {
        const names = chunk.join(', ');
        await target.admin(
          [
            ...chunk.map((name) => `CREATE ROLE ${name} LOGIN VALID UNTIL '2020-01-01'`),
            ...chunk.map((name) => `COMMENT ON ROLE ${name} IS '${record()}'`),
            `GRANT ${names} TO joblease WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`,
            `GRANT billing_owner TO ${names}`,
          ].join(';'),
        );
      }
    },
    admin: async (sql) => (await target.admin(sql)).rows,
    create: (name) => `CREATE ROLE ${name} LOGIN PASSWORD 'bench' VALID UNTIL '2020-01-01' IN ROLE billing_owner`,
    drop: (principals) => `DROP ROLE ${principals.join(', ')}`,
    clientCommand: ({ host, port }) => {
      const url = new URL(target.root);
      url.host = `${host}:${port}`;
      url.searchParams.set('sslmode', 'require');
      return ['psql', url.href, '-qX', '-v', 'ON_ERROR_STOP=1', '-f', '-'];
    },
    async client(statements) {
      const text = statements.join(';\n');
      const { status } = spawnSync('psql', [target.root, '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'], { input: text });
      if (status === 0) return 'psql';
      const client = new pg.Client(target.root);
      await client.connect();
      for (const statement of statements) await client.query(statement);
      await client.end();
      return 'pg';
    },
    async count() {
      const { rows } = await target.admin(String.raw`SELECT FROM pg_roles WHERE rolname LIKE 'jl\_%'`);
      return rows.length;
    },
    [Symbol.asyncDispose]: async () => {
      await target[Symbol.asyncDispose]();
    },
  };
}

export async function startMysql(kind: 'mysql' | 'mariadb'): Promise<SweepTarget | undefined> {
  const server = kind === 'mysql' ? findMysql() : findMariadb();
  if (server === undefined) return undefined;
  const target: MysqlTarget = await startTarget(kind, server);
  // Leftovers are what there is where the reaper does not run.
  await target.admin('SET GLOBAL general_log = OFF; ALTER EVENT joblease.reaper DISABLE');
  const { hostname, port, username, password } = new URL(target.root);
  return {
    ...target,
    async leave(principals) {
      for (const chunk of inChunks(principals, 500)) {
        const names = chunk.map((name) => `${name}@'%'`).join(', ');
        const made =
          kind === 'mysql'
            ? `CREATE USER ${names} DEFAULT ROLE billing_rw ATTRIBUTE '{"joblease": ${record()}}'`
            : `INSERT INTO joblease.leases (name, exp, reap, record)
                VALUES ${chunk.map((name) => `('${name}', 1000, 1000, '${record()}')`).join(', ')};
               CREATE USER ${names}; GRANT billing_rw TO ${names}`;
        await target.admin(made);
      }
    },
    create: (name) => `CREATE USER ${name}@'%' IDENTIFIED BY 'bench-Secret-1'; GRANT billing_rw TO ${name}@'%'`,
    drop: (principals) => `DROP USER ${principals.map((name) => `${name}@'%'`).join(', ')}`,
    clientCommand: (address) => {
      const login = [
        `--host=${address.host}`,
        `--port=${address.port}`,
        `--user=${username}`,
        `--password=${password}`,
      ];
      const tls = kind === 'mysql' ? '--ssl-mode=REQUIRED' : '--ssl';
      return [kind, '--no-defaults', '--protocol=tcp', ...login, tls];
    },
    async client(statements) {
      const args = [`--host=${hostname}`, `--port=${port}`, `--user=${username}`, `--password=${password}`];
      const { status } = spawnSync(kind, args, { input: statements.join(';\n') });
      if (status === 0) return kind;
      const ssl = kind === 'mysql' ? { ssl: { rejectUnauthorized: false } } : {};
      const client = await mysql.createConnection({
        host: hostname,
        port: Number(port),
        user: username,
        password,
        ...ssl,
      });
      for (const statement of statements) await client.query(statement);
      await client.end();
      return 'mysql2';
    },
    async count() {
      const [row] = await target.admin("SELECT COUNT(*) AS n FROM mysql.user WHERE User LIKE 'jl|_%' ESCAPE '|'");
      if (kind === 'mariadb') await target.admin('DELETE FROM joblease.leases WHERE 1 = 1'); // the client leaves them
      return Number(row?.['n']);
    },
    [Symbol.asyncDispose]: async () => {
      await target.admin('ALTER EVENT joblease.reaper ENABLE');
      await target[Symbol.asyncDispose]();
    },
  };
}

export function newPrincipals(size: number): Principal[] {
  return Array.from({ length: size }, (_, i) => newPrincipal('job', new Date(1_700_000_000_000 + i * 1000)));
}

function record(): string {
  const times = { iat: 1_699_996_400, exp: 1_700_000_000, max: 1_700_000_000 };
  return encodeRecord({ v: 1, ...job, role: 'job', ...times });
}

function inChunks<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

function mark(value: number, atMost: number): string {
  return `(≤ ${atMost}) ${value <= atMost ? '✓' : '✗'}`;
}
