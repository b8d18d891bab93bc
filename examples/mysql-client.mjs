/** A report as any job may run it: it knows nothing of joblease, only DATABASE_URL. */
import process from 'node:process';
import mysql from 'mysql2/promise';

const url = process.env['DATABASE_URL'] ?? '';
// Tools like to print what they connect to. The log shows *** instead.
console.log(`Connecting to ${url}`);
const { hostname, port, username, password, pathname, searchParams } = new URL(url);
const client = await mysql.createConnection({
  host: hostname,
  port: Number(port),
  user: username,
  password,
  database: pathname.slice(1),
  // Whoever has an authority for the server gives it here as "ca" and leaves the rest out.
  ...(searchParams.get('ssl-mode') === 'DISABLED' ? {} : { ssl: { rejectUnauthorized: false } }),
});
try {
  const [rows] = await client.query('SELECT CURRENT_USER() AS login, CURRENT_ROLE() AS acting');
  console.log('Logged in:', rows);
  await client.query('CREATE TABLE IF NOT EXISTS reminder (invoice INT, sent DATETIME)');
  console.log('Migrated: the table reminder is there');
} finally {
  await client.end();
}
