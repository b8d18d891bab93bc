/** The ways to hold root, on real servers. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import mysqlClient from 'mysql2/promise';
import { mariadb, mysql } from '../../src/engines/mysql/declaration.ts';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import type { AvailableServer } from '../services/mysql.ts';
import { startPostgres } from '../services/postgres.ts';
import type { Layout } from './rotation.ts';

export interface Server extends AsyncDisposable {
  readonly layouts: readonly Layout[];
  /** everything that the server has logged of the statements it was sent */
  statementLog(): Promise<string>;
  /** runs statements as an administrator */
  admin(sql: string): Promise<void>;
}

/** A password as a person chooses it. */
export const chosen = 'chosen-Root-0123456789';

/** @param bin where `initdb` is; default: the embedded PostgreSQL 18 */
export async function startPostgresServer(bin?: string): Promise<Server & { trust(): Promise<void> }> {
  const server = await startPostgres(bin === undefined ? {} : { bin });
  const client = new pg.Client(server.url);
  client.on('error', () => undefined);
  await client.connect();
  let last: Promise<unknown> = Promise.resolve();
  const admin = async (sql: string): Promise<void> => {
    // One after the other, for tests that run side by side.
    last = last.then(async () => await client.query(sql));
    await last;
  };
  await admin("SET log_statement = 'none'");
  const { rows } = await client.query<{ n: string }>(`SELECT current_setting('server_version_num') AS n`);
  const version = Number(rows[0]?.n);
  const address = { host: '127.0.0.1', port: server.port };
  const url = (user: string): string =>
    `postgres://${user}:${chosen}@127.0.0.1:${server.port}/postgres?sslmode=disable`;
  const single: Layout = {
    name: 'PostgreSQL, a single login',
    engine: postgres,
    inputs: {},
    server: address,
    lines: 1,
    overlaps: false,
    async make(tag) {
      await admin(`CREATE ROLE ${tag} LOGIN CREATEROLE PASSWORD '${chosen}'`);
      return [url(tag)];
    },
  };
  await admin('CREATE ROLE joblease_admin NOLOGIN CREATEROLE');
  const pair: Layout = {
    ...single,
    name: 'PostgreSQL, a pair',
    inputs: { 'admin-role': 'joblease_admin' },
    lines: 2,
    overlaps: true,
    async make(tag) {
      const users = [`${tag}_a`, `${tag}_b`];
      for (const user of users) await admin(`CREATE ROLE ${user} LOGIN NOINHERIT PASSWORD '${chosen}'`);
      await admin(
        `GRANT joblease_admin TO ${users.join(', ')}${version < 160_000 ? '' : ' WITH INHERIT FALSE, SET TRUE'}`,
      );
      return users.map(url);
    },
  };
  return {
    layouts: [pair, single],
    admin,
    /** Lets everybody in, with any password. */
    async trust() {
      const { rows: files } = await client.query<{ file: string }>(`SELECT current_setting('hba_file') AS file`);
      await admin(`COPY (SELECT 'host all all 127.0.0.1/32 trust') TO '${files[0]?.file}'; SELECT pg_reload_conf()`);
      await sleep(200);
    },
    statementLog: async () => await Promise.resolve(server.log()),
    async [Symbol.asyncDispose]() {
      await client.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

export async function startMysqlServer(kind: 'mysql' | 'mariadb', available: AvailableServer): Promise<Server> {
  const server = await available.start();
  const { hostname: host, port: portText, username: user, password } = new URL(server.url);
  const port = Number(portText === '' ? '3306' : portText);
  const login = { host, port, user, password: decodeURIComponent(password) };
  const client = await mysqlClient.createConnection({ ...login, multipleStatements: true });
  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const [rows] = await client.query(sql);
    return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
  };
  // Test files run side by side; on a server that they share they take turns, until the connection closes.
  await query("DO GET_LOCK('joblease tests', 900)");
  // What the tests themselves do is not what is looked for in the statement log.
  if (server.log !== undefined) await query('SET SESSION sql_log_off = 1');
  const made: string[] = [];
  const sslMode = kind === 'mysql' ? 'REQUIRED' : 'DISABLED';
  const make = async (...users: string[]): Promise<string[]> => {
    for (const each of users) {
      made.push(each);
      await query(
        `DROP USER IF EXISTS '${each}'@'%'; CREATE USER '${each}'@'%' IDENTIFIED BY '${chosen}';
         GRANT CREATE USER, PROCESS ON *.* TO '${each}'@'%';
         ${kind === 'mariadb' ? `GRANT SELECT (User, Host) ON mysql.user TO '${each}'@'%'` : ''}`,
      );
    }
    return users.map((each) => `${kind}://${each}:${chosen}@${host}:${port}/?ssl-mode=${sslMode}`);
  };
  if (server.log === undefined) {
    await query("TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON");
  }
  const name = kind === 'mysql' ? 'MySQL' : 'MariaDB';
  const single: Layout = {
    name: kind === 'mysql' ? 'MySQL, a single login with two passwords' : 'MariaDB, a single login',
    engine: kind === 'mysql' ? mysql : mariadb,
    inputs: {},
    server: { host, port },
    lines: 1,
    overlaps: kind === 'mysql',
    make: async (tag) => await make(tag),
  };
  const pair: Layout = {
    ...single,
    name: `${name}, a pair`,
    lines: 2,
    overlaps: true,
    make: async (tag) => await make(`${tag}_a`, `${tag}_b`),
  };
  return {
    layouts: [pair, single],
    admin: async (sql) => void (await query(sql)),
    async statementLog() {
      if (server.log !== undefined) return server.log();
      const rows = await query('SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log');
      return rows.map(({ text }) => String(text)).join('\n');
    },
    async [Symbol.asyncDispose]() {
      if (server.log === undefined) await query('SET GLOBAL general_log = OFF');
      for (const each of made) await query(`DROP USER IF EXISTS '${each}'@'%'`);
      await client.end();
      await server[Symbol.asyncDispose]();
    },
  };
}
