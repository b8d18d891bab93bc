/** The yardstick for revoking on MySQL and on MariaDB: the SQL that joblease sends for an account that has no session. */
import process from 'node:process';
import mysql from 'mysql2/promise';

const root = new URL(process.env['INPUT_ROOT'] ?? '');
const name = process.env['PRINCIPAL'] ?? '';
const connection = await mysql.createConnection({
  host: root.hostname,
  port: Number(root.port),
  user: root.username,
  password: root.password,
  ...(root.search.includes('DISABLED') ? {} : { ssl: { rejectUnauthorized: false } }),
});
const run = async (statements: readonly string[]): Promise<void> => {
  for (const statement of statements) await connection.query(statement);
};
const isMariadb = root.protocol === 'mariadb:';
const account = `\`${name}\`@\`%\``;
const hosts = isMariadb
  ? `SELECT Host AS host FROM mysql.user WHERE User = '${name}'`
  : `SELECT host AS host FROM information_schema.user_attributes WHERE user = '${name}'`;
const sessions = `SELECT id AS id, user = '${name}' AS known FROM information_schema.processlist
  WHERE user = '${name}' AND id <> CONNECTION_ID()`;

await run([
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'",
  "SET SESSION time_zone = '+00:00'",
  'SET SESSION autocommit = 1',
  'SET SESSION lock_wait_timeout = 10',
  'SELECT VERSION() AS version, @@global.read_only OR @@global.innodb_read_only AS standby',
  ...[name, `${name} statements`].map(
    (lock) => `SELECT IS_USED_LOCK('${lock}') AS holder, IS_USED_LOCK('${lock}') = CONNECTION_ID() AS mine`,
  ),
  hosts,
]);
if (isMariadb) {
  const update = 'UPDATE joblease.leases SET exp = 0, reap = UNIX_TIMESTAMP() + ? WHERE name = ?';
  await connection.execute(update, [60, name]);
  await run([`ALTER USER IF EXISTS ${account} ACCOUNT LOCK`]);
} else {
  await run([
    'SELECT UNIX_TIMESTAMP() AS now',
    `ALTER USER IF EXISTS ${account} ACCOUNT LOCK ATTRIBUTE '{"joblease": {"exp": 0}}'`,
  ]);
}
await run([
  "SELECT id AS id FROM information_schema.processlist WHERE user = 'unauthenticated user'",
  'SHOW GRANTS',
  sessions,
  `DROP USER IF EXISTS ${account}`,
  hosts,
  sessions,
]);
if (isMariadb) await connection.execute('DELETE FROM joblease.leases WHERE name = ?', [name]);
await connection.end();
