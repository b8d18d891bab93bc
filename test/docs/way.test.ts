/**
 * A stranger's way: what the pages say is pasted as it stands, as an administrator of a fresh server, with nothing set up
 * beside it; then the README's job and the examples run. A reader puts in the server's name, who signed its certificate
 * and how far that is checked, and so do these tests.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runWorkflow, type JobResult } from '../runner/index.ts';
import { installedPostgres } from '../services/postgres.ts';
import { skipped } from '../services/skipped.ts';
import { block } from './blocks.ts';
import { findMysqlWay, findPostgresWay, type Way } from './servers.ts';
import { read } from './tree.ts';

/** Runs a workflow with the secret that the desk has stored. @returns its only job, which is green and without a warning */
async function green(way: Way, workflow: string): Promise<JobResult> {
  const directory = mkdtempSync(join(tmpdir(), 'way-'));
  try {
    const file = join(directory, 'workflow.yml');
    writeFileSync(file, way.filledIn(workflow));
    const root = way.desk.secret('BILLING_DB_ROOT');
    const { jobs } = await runWorkflow(file, { secrets: { BILLING_DB_ROOT: root }, env: { PATH: way.desk.path } }).done;
    const [job] = Object.values(jobs);
    if (job === undefined) throw new Error('the workflow has no job');
    if (job.conclusion !== 'success') console.log(job.log);
    expect({ conclusion: job.conclusion, annotations: job.annotations, log: job.log }).toMatchObject({
      conclusion: 'success',
      annotations: [],
    });
    expect(job.log).toMatch(/^\w+\/job\/jl_\w+: revoked\.$/m);
    for (const line of root.split('\n')) expect(`${job.log}${job.summary}`).not.toContain(passwordIn(line));
    return job;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function passwordIn(url: string): string {
  const [, password = ''] = /:\/\/[^:]+:([^@]+)@/.exec(url) ?? [];
  if (password.length < 32) throw new Error('the secret holds no URL with a password');
  return password;
}

async function leases(way: Way, isPostgres: boolean): Promise<unknown[]> {
  return isPostgres
    ? await way.query("SELECT rolname FROM pg_roles WHERE rolname ~ '^jl_'")
    : await way.query("SELECT User FROM mysql.user WHERE User LIKE 'jl\\_%'");
}

const startPostgresWay = findPostgresWay();
const postgres = {
  environment: block('README.md § The first job sh #1'),
  sql: block('README.md § The first job sql #1'),
  secret: block('README.md § The first job sh #2'),
  job: block('README.md § The first job yaml #1'),
  older: block('docs/postgres.md § PostgreSQL 15 sql #1'),
  existing: block('docs/postgres.md § A database that is there already sql #1'),
};

describe.skipIf(startPostgresWay === undefined)('PostgreSQL', () => {
  const start = async (bin?: string): Promise<Way> => {
    if (startPostgresWay === undefined) throw new Error('there is no psql');
    return await startPostgresWay(bin);
  };

  it('is the same in the README and in docs/postgres.md', () => {
    expect(block('docs/postgres.md § PostgreSQL 16 and newer sql #1')).toBe(postgres.sql);
    expect(block('docs/postgres.md § The password and the secret sh #1')).toBe(postgres.secret);
  });

  it('is green from the README alone', async () => {
    await using way = await start();
    way.desk.paste(postgres.environment);
    way.desk.pasteInto('psql', postgres.sql);
    way.desk.paste(postgres.secret);
    await green(way, postgres.job);
    await green(way, read('examples/postgres.yml'));

    const tables = "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'";
    expect(await way.query(tables, 'billing')).toEqual([{ tablename: 'invoice', tableowner: 'billing_owner' }]);
    expect(await leases(way, true)).toEqual([]);
    expect(way.log()).not.toContain(passwordIn(way.desk.secret('BILLING_DB_ROOT')));
  });

  const [oldest] = installedPostgres();
  it.skipIf(oldest === undefined)('is green on PostgreSQL 15', async () => {
    await using way = await start(oldest?.bin);
    way.desk.pasteInto('psql', postgres.older);
    way.desk.paste(postgres.secret);
    await green(way, postgres.job);
    await green(way, read('examples/postgres.yml'));
    expect(await leases(way, true)).toEqual([]);
  });

  it('is green with a database that is there already, and its application goes on', async () => {
    await using way = await start();
    way.desk.pasteInto(
      'psql',
      `CREATE ROLE billing_app LOGIN PASSWORD 'of-the-application'; CREATE DATABASE billing;
       \\connect billing
       CREATE TABLE invoice (id bigint PRIMARY KEY); ALTER TABLE invoice OWNER TO billing_app;`,
    );
    way.desk.pasteInto('psql', postgres.sql.replace(/^CREATE DATABASE.*\n/m, ''));
    way.desk.pasteInto('psql', postgres.existing);
    way.desk.paste(postgres.secret);
    await green(way, read('examples/postgres.yml'));
    await way.query('SET ROLE billing_app; INSERT INTO invoice (id, due) VALUES (1, now())', 'billing');
  });

  it('needs no superuser, as on a hosting service', async () => {
    await using way = await start();
    await way.query("CREATE ROLE administrator LOGIN CREATEROLE CREATEDB PASSWORD 'of-the-administrator'");
    const prefix = '\\connect postgresql://administrator:of-the-administrator@/postgres\n';
    way.desk.pasteInto('psql', prefix + postgres.sql);
    way.desk.paste(postgres.secret.replace('<<SQL\n', `<<SQL\n${prefix}`));
    await green(way, read('examples/postgres.yml'));
  });
});

describe.each(['mysql', 'mariadb'] as const)('%s', (kind) => {
  const start = findMysqlWay(kind);
  if (start === undefined) {
    skipped(`${kind} and its client`);
    return;
  }
  const page = `docs/${kind}.md`;
  const blocks = {
    reaper: block(`${page} § Quick start sh #1`),
    secret: block(`${page} § The password and the secret sh #1`),
    sql: block(`${page} § The root login sql #1`),
    grants: block(`${page} § The root login sql #2`),
  };

  it(`is green from ${page} alone`, async () => {
    await using way = await start();
    way.desk.paste(blocks.reaper);
    way.desk.paste(blocks.secret);
    way.desk.pasteInto(kind, blocks.sql);
    way.desk.pasteInto(kind, blocks.grants);
    // A person does not copy a workflow within the five seconds to the reaper's first round.
    while ((await way.query('SELECT at FROM joblease.heartbeat')).length === 0) await sleep(100);
    const job = await green(way, read(`examples/${kind}.yml`));
    expect(job.summary).toContain('full');

    const tables = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'billing' ORDER BY 1";
    expect(await way.query(tables)).toEqual([{ name: 'invoice' }, { name: 'reminder' }]);
    expect(await leases(way, false)).toEqual([]);
    expect(way.log()).not.toContain(passwordIn(way.desk.secret('BILLING_DB_ROOT')));
  });
});
