/**
 * `node scripts/root-here.ts <superuser's URL>`: for CI on machines where no test starts a server. Makes the group
 * `billing_owner` and a root login on that PostgreSQL, which is thrown away afterwards, and prints its URL as a step output.
 */
import { randomBytes } from 'node:crypto';
import pg from 'pg';

const [superuser = ''] = process.argv.slice(2);
const password = randomBytes(24).toString('hex');
const client = new pg.Client(superuser);
await client.connect();
await client.query(
  `CREATE ROLE billing_owner NOLOGIN;
   GRANT CREATE ON SCHEMA public TO billing_owner;
   CREATE ROLE joblease LOGIN CREATEROLE PASSWORD '${password}';
   GRANT billing_owner TO joblease WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`,
);
await client.end();

const root = new URL(superuser);
root.username = 'joblease';
root.password = password;
for (const secret of [password, root.href]) console.error(`::add-mask::${secret}`); // stdout is the file of the outputs
console.log(`root=${root.href}`);
