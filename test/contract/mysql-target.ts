/** Real MySQL and MariaDB servers, set up as docs/mysql.md and docs/mariadb.md say, for the contract and the engines' own tests. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { mariadb, mysql as mysqlEngine } from '../../src/engines/mysql/declaration.ts';
import type { AvailableServer, MysqlServer } from '../services/mysql.ts';
import type { JobSession } from './contract.ts';
import type { SweepTarget } from './sweep.ts';

export interface MysqlTarget extends SweepTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: MysqlServer['tls'];
  /** runs statements as an administrator */
  admin(sql: string): Promise<Record<string, unknown>[]>;
  /** an administrator's session of its own */
  adminSession(): Promise<mysql.Connection>;
  login(outputs: Readonly<Record<string, string>>): Promise<JobSession & { readonly client: mysql.Connection }>;
}

const rootSecret = 'root-Secret-0123456789';

export async function startTarget(kind: 'mysql' | 'mariadb', available: AvailableServer): Promise<MysqlTarget> {
  const server = await available.start();
  const { hostname: host, port: portText, username, password } = new URL(server.url);
  const port = Number(portText === '' ? '3306' : portText);
  const adminSession = async (): Promise<mysql.Connection> => {
    const user = { user: username, password: decodeURIComponent(password) };
    return await mysql.createConnection({ host, port, ...user, multipleStatements: true });
  };
  const connection = await adminSession();
  const admin: MysqlTarget['admin'] = async (sql) => {
    const [rows] = await connection.query(sql);
    return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
  };
  // Test files run side by side; on a server that they share they take turns, until the connection closes.
  await admin("DO GET_LOCK('joblease tests', 900)");
  // What the tests themselves do is not what the contract's look into the statement log is about.
  if (server.log !== undefined) await admin('SET SESSION sql_log_off = 1');

  await admin(
    `DROP DATABASE IF EXISTS billing; CREATE DATABASE billing;
     CREATE TABLE billing.invoice (id INT PRIMARY KEY, amount INT); INSERT INTO billing.invoice VALUES (1, 100);
     DROP ROLE IF EXISTS billing_rw; CREATE ROLE billing_rw;
     GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, CREATE VIEW ON billing.* TO billing_rw;
     DROP USER IF EXISTS 'joblease'@'%'; CREATE USER 'joblease'@'%' IDENTIFIED BY '${rootSecret}'`,
  );
  await installReaper(kind, connection);
  await admin('SET GLOBAL event_scheduler = ON'); // MariaDB's default is OFF
  const grants = readFileSync(join(import.meta.dirname, '..', '..', 'docs', `${kind}.md`), 'utf8');
  const block = /<!-- grants -->\n+```sql\n([\s\S]*?)```/.exec(grants)?.[1];
  if (block === undefined) throw new Error(`docs/${kind}.md has no block of grants`);
  await admin(block);
  for (;;) {
    const [row] = await admin('SELECT UNIX_TIMESTAMP() - at AS age FROM joblease.heartbeat');
    if (row !== undefined && Number(row['age']) < 5) break;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }

  const generalLog = async (): Promise<string> => {
    const rows = await admin('SELECT CONVERT(argument USING utf8mb4) AS text FROM mysql.general_log');
    return rows.map(({ text }) => String(text)).join('\n');
  };
  if (server.log === undefined)
    await admin("TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = ON");
  const rootUrl = (secret: string): string =>
    `${kind}://joblease:${secret}@${host}:${port}/billing?ssl-mode=${kind === 'mysql' ? 'REQUIRED' : 'DISABLED'}`;
  const users = async (): Promise<string[]> =>
    (await admin('SELECT User AS name FROM mysql.user ORDER BY 1')).map(({ name }) => String(name));

  return {
    engine: kind === 'mysql' ? mysqlEngine : mariadb,
    host,
    port,
    tls: server.tls,
    admin,
    adminSession,
    root: rootUrl(rootSecret),
    rootSecret,
    wrongRoot: rootUrl('not-the-password-98765'),
    inputs: { 'member-of': 'billing_rw' },
    expiryClass: 'full',
    login: clientSession,
    exists: async (name) => (await users()).includes(name),
    accounts: users,
    addForeign: async (name) => void (await admin(`CREATE USER '${name}'@'%'`)),
    removeForeign: async (name) => void (await admin(`DROP USER IF EXISTS '${name}'@'%'`)),
    async mark(name, record) {
      await admin(
        kind === 'mysql'
          ? `CREATE USER '${name}'@'%' ATTRIBUTE '{"joblease": ${record}}'`
          : `INSERT INTO joblease.leases (name, exp, reap, record) VALUES ('${name}', 77000000000, 77000000000, '${record}');
             CREATE USER '${name}'@'%'`,
      );
    },
    async unmark(name) {
      await admin(`DROP USER IF EXISTS '${name}'@'%'`);
      if (kind === 'mariadb') await admin(`DELETE FROM joblease.leases WHERE name = '${name}'`);
    },
    // MariaDB drops the definer of a view without a word.
    tied: kind === 'mysql' ? 'disabled' : 'revoked',
    async tie(principal) {
      await admin(`CREATE DEFINER = '${principal}'@'%' VIEW billing.${principal} AS SELECT 1`);
      return async () => void (await admin(`DROP VIEW billing.${principal}`));
    },
    statementLog: async () => server.log?.() ?? (await generalLog()),
    async [Symbol.asyncDispose]() {
      if (server.log === undefined) await admin('SET GLOBAL general_log = OFF');
      await connection.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Runs docs/…-reaper.sql, for an event that runs every second. */
export async function installReaper(kind: 'mysql' | 'mariadb', connection: mysql.Connection): Promise<void> {
  // As the mysql client does it: DELIMITER is the client's, the server's parser knows where a body ends.
  const script = readFileSync(join(import.meta.dirname, '..', '..', 'docs', `${kind}-reaper.sql`), 'utf8');
  await connection.query(script.replaceAll(/^DELIMITER.*$/gm, '').replaceAll('END//', 'END;'));
  await connection.query('ALTER EVENT joblease.reaper ON SCHEDULE EVERY 1 SECOND');
}

/** A job's client: mysql2 with nothing but the outputs. */
export async function clientSession(
  outputs: Readonly<Record<string, string>>,
): Promise<JobSession & { readonly client: mysql.Connection }> {
  const { host = '', port = '', username = '', password = '', database = '', url = '' } = outputs;
  const client = await mysql.createConnection({
    host,
    port: Number(port),
    user: username,
    password,
    database,
    multipleStatements: true,
    ...(url.includes('ssl-mode=DISABLED') ? {} : { ssl: { rejectUnauthorized: false } }),
  });
  client.on('error', () => undefined);
  return {
    client,
    async work() {
      await client.query('SELECT amount FROM invoice');
    },
    async [Symbol.asyncDispose]() {
      await client.end().catch(() => undefined);
    },
  };
}
