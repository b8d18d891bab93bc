/** Servers as they are after their installation, and a desk beside each, for the docs to be followed on. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { generate } from 'selfsigned';
import { findMariadbClient, findMysqlClient, findPsql, hasTools, type Client } from '../services/clients.ts';
import { findFresh } from '../services/mysql.ts';
import { startPostgres } from '../services/postgres.ts';
import { openDesk, type Desk } from './desk.ts';

export interface Way extends AsyncDisposable {
  readonly desk: Desk;
  /** What a reader puts in for the examples' values, in a workflow too. */
  readonly filledIn: (text: string) => string;
  /** What a runner has: the clients, and an authority that Node trusts as it does public ones. */
  readonly env: Readonly<Record<string, string>>;
  /** As an administrator, past the docs. */
  query(sql: string, database?: string): Promise<Record<string, unknown>[]>;
  /** the names of the leases on the server */
  leases(): Promise<string[]>;
  /** Logs in with a step's outputs and nothing else. */
  login(outputs: Readonly<Record<string, string>>): Promise<void>;
  /** everything that the server has logged of the statements it was sent; `''` where it keeps that to itself */
  log(): string;
}

const authorities = '/etc/ssl/certs/ca-certificates.crt';

/** @param bin where `initdb` is; default: the embedded PostgreSQL 18 */
export async function postgresWay(psql: Client, bin?: string): Promise<Way> {
  const directory = mkdtempSync(join(tmpdir(), 'joblease-way-'));
  const altNames = [{ type: 2 as const, value: 'localhost' }];
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  writeFileSync(join(directory, 'ca.pem'), cert);
  const server = await startPostgres({ tls: { cert, key }, ...(bin === undefined ? {} : { bin }) });
  const { username, password } = new URL(server.url);
  const replace = { 'db.example.com': `localhost:${server.port}`, [authorities]: join(directory, 'ca.pem') };
  const env = {
    PGHOST: 'localhost',
    PGPORT: String(server.port),
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: 'postgres',
  };
  const desk = openDesk({ clients: [psql], env, replace });
  const query: Way['query'] = async (sql, database = 'postgres') => {
    const client = new pg.Client({ connectionString: server.url.replace('/postgres?', `/${database}?`) });
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(sql)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    desk,
    filledIn: (text) => replaceAll(text, replace),
    env: { PATH: desk.path, NODE_EXTRA_CA_CERTS: join(directory, 'ca.pem') },
    query,
    async leases() {
      return (await query("SELECT rolname AS name FROM pg_roles WHERE rolname ~ '^jl_'")).map(({ name }) =>
        String(name),
      );
    },
    async login({ host, port, username: user, password: secret, database }) {
      const client = new pg.Client({ host, port: Number(port), user, password: secret, database });
      await client.connect();
      await client.end();
    },
    log: server.log,
    async [Symbol.asyncDispose]() {
      desk[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    },
  };
}

/** @returns undefined when this machine lacks the server or a client */
export function findMysqlWay(kind: 'mysql' | 'mariadb'): (() => Promise<Way>) | undefined {
  const start = findFresh(kind);
  // The administrator's, and the one that GitHub's runners have.
  const administrators = kind === 'mysql' ? findMysqlClient() : findMariadbClient();
  const runners = findMysqlClient();
  if (!hasTools() || start === undefined || administrators === undefined || runners === undefined) return undefined;
  return async () => {
    const server = await start();
    const { hostname, port, username, password } = new URL(server.url);
    const replace = {
      'db.example.com': `${hostname}:${port === '' ? '3306' : port}`,
      VERIFY_IDENTITY: server.tls?.mode ?? 'DISABLED',
      [authorities]: server.tls?.ca ?? authorities,
    };
    const login = { host: hostname, port: Number(port === '' ? '3306' : port), user: username };
    const myCnf = `[client]\nhost=${login.host}\nport=${login.port}\nuser=${username}\npassword="${decodeURIComponent(password)}"\n`;
    const desk = openDesk({ clients: [administrators, runners], env: {}, myCnf, replace });
    const query: Way['query'] = async (sql) => {
      const client = await mysql.createConnection({ ...login, password: decodeURIComponent(password) });
      try {
        const [rows] = await client.query(sql);
        return rows as Record<string, unknown>[];
      } finally {
        await client.end();
      }
    };
    return {
      desk,
      filledIn: (text) => replaceAll(text, replace),
      env: { PATH: desk.path, ...(server.tls === undefined ? {} : { NODE_EXTRA_CA_CERTS: server.tls.ca }) },
      query,
      async leases() {
        const rows = await query("SELECT User AS name FROM mysql.user WHERE User LIKE 'jl\\_%'");
        return rows.map(({ name }) => String(name));
      },
      async login({ host = '', port: leasePort, username: user = '', password: secret = '' }) {
        const client = await mysql.createConnection({ host, port: Number(leasePort), user, password: secret });
        await client.end();
      },
      log: () => server.log?.() ?? '',
      async [Symbol.asyncDispose]() {
        desk[Symbol.dispose]();
        await server[Symbol.asyncDispose]();
      },
    };
  };
}

/** @returns undefined when this machine lacks the client or a tool */
export function findPostgresWay(): ((bin?: string) => Promise<Way>) | undefined {
  const psql = findPsql();
  if (!hasTools()) return undefined;
  return psql && (async (bin) => await postgresWay(psql, bin));
}

function replaceAll(text: string, replace: Readonly<Record<string, string>>): string {
  return Object.entries(replace).reduce((filled, [example, own]) => filled.replaceAll(example, own), text);
}
