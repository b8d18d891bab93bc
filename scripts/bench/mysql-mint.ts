/** The yardstick for minting on MySQL and on MariaDB: the SQL that joblease sends, by `mysql2` and nothing else. */
import process from 'node:process';
import mysql from 'mysql2/promise';
import { cachingSha2Verifier, nativeVerifier } from '../../src/engines/mysql/verifier.ts';
import { newPassword } from '../../src/engines/login/password.ts';

const root = new URL(process.env['INPUT_ROOT'] ?? '');
const role = process.env['INPUT_MEMBER-OF'] ?? '';
const name = process.env['PRINCIPAL'] ?? '';
const password = newPassword();
const server = {
  host: root.hostname,
  port: Number(root.port),
  ...(root.search.includes('DISABLED') ? {} : { ssl: { rejectUnauthorized: false } }),
};

const connection = await mysql.createConnection({ ...server, user: root.username, password: root.password });
const run = async (statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await connection.query(statement);
};
await run([
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'",
  "SET SESSION time_zone = '+00:00'",
  'SET SESSION autocommit = 1',
  'SET SESSION lock_wait_timeout = 10',
  'SELECT VERSION() AS version, @@global.read_only OR @@global.innodb_read_only AS standby',
  'SHOW GRANTS',
]);
const isMariadb = root.protocol === 'mariadb:';
if (isMariadb) {
  await run([
    `SELECT MAX(is_grantable = 'YES') AS may FROM information_schema.applicable_roles WHERE role_name = '${role}'`,
    'SELECT CURRENT_USER() AS me',
    'SELECT name FROM joblease.leases LIMIT 0',
    'SELECT User, Host FROM mysql.user LIMIT 0',
  ]);
}
await run([
  'SELECT @@global.event_scheduler AS state',
  `SELECT UNIX_TIMESTAMP() - at AS age, able, server = CONCAT(@@hostname, ':', @@server_id) AS here FROM joblease.heartbeat`,
  'SELECT UNIX_TIMESTAMP() AS now',
  `SELECT GET_LOCK('${name}', 0)`,
]);
const exp = Math.floor(Date.now() / 1000) + 3600;
const record = JSON.stringify({ v: 1, repo: 'octo/app', run: 2, attempt: 1, job: 'bench', role: 'job', exp });
const account = `\`${name}\`@\`%\``;
if (isMariadb) {
  const insert = 'INSERT INTO joblease.leases (name, exp, reap, record) VALUES (?, ?, ?, ?)';
  await connection.execute(insert, [name, exp, exp, record]);
  await run([
    `CREATE USER ${account} IDENTIFIED BY PASSWORD '${nativeVerifier(password)}' WITH MAX_USER_CONNECTIONS 20`,
    `GRANT \`${role}\` TO ${account}`,
  ]);
  // Root may not set it for the account, so the account does it.
  await connection.query(`SET DEFAULT ROLE \`${role}\` FOR ${account}`).catch(() => undefined);
  const own = await mysql.createConnection({ ...server, user: name, password });
  await own.query(`SET DEFAULT ROLE \`${role}\``);
  await own.end();
} else {
  await run([
    `CREATE USER ${account} IDENTIFIED WITH caching_sha2_password AS '${cachingSha2Verifier(password)}'
      DEFAULT ROLE \`${role}\` WITH MAX_USER_CONNECTIONS 20 ATTRIBUTE '{"joblease": ${record}}'`,
  ]);
}
await run([`SELECT RELEASE_LOCK('${name}')`]);

const database = root.pathname.slice(1);
const lease = await mysql.createConnection({ ...server, user: name, password, database });
await lease.query('SELECT 1');
await lease.end();
await connection.end();
