/** A migration as any job may run it: it knows nothing of joblease, only DATABASE_URL. */
import process from 'node:process';
import pg from 'pg';

const url = process.env['DATABASE_URL'];
// Tools like to print what they connect to. The log shows *** instead.
console.log(`Connecting to ${url}`);
const client = new pg.Client({ connectionString: url });
await client.connect();
try {
  const { rows } = await client.query('SELECT session_user AS login, current_user AS acting');
  console.log('Logged in:', rows[0]);
  await client.query('ALTER TABLE app.invoice ADD COLUMN IF NOT EXISTS due date');
  await client.query('CREATE TABLE IF NOT EXISTS app.reminder (invoice int REFERENCES app.invoice, sent timestamptz)');
  console.log('Migrated: app.invoice has a due date, app.reminder is there');
} finally {
  await client.end();
}
