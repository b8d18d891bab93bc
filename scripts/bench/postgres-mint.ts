/** The yardstick for minting: the SQL that joblease sends, by `pg` and nothing else. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import process from 'node:process';
import pg from 'pg';

const connectionString = process.env['INPUT_ROOT'] ?? '';
const group = process.env['INPUT_MEMBER-OF'] ?? '';
const name = process.env['PRINCIPAL'] ?? '';
const password = randomBytes(24).toString('base64url');

const root = new pg.Client({ connectionString });
await root.connect();
await root.query(
  `SET search_path = pg_catalog; SET standard_conforming_strings = on; SET lock_timeout = '5s'; SET statement_timeout = '60s';
   SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; SET DateStyle = 'ISO'; SET TimeZone = 'UTC';
   SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby, rolname AS actor,
      rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`,
);
await root.query(
  `SET application_name = '${name}'; SELECT floor(extract(epoch FROM clock_timestamp()))::float8 AS now,
      rolcreaterole OR rolsuper AS creates, rolinherit OR rolsuper AS inherits FROM pg_roles WHERE rolname = current_user`,
);
await root.query(
  `SELECT rolname AS name, pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION') AS may_grant, rolsuper AS superuser
    FROM pg_roles WHERE rolname = ANY ($1)`,
  [[group]],
);
const expiration = new Date(Date.now() + 3_600_000).toISOString();
const record = JSON.stringify({ v: 1, repo: 'octo/app', run: 1, attempt: 1, job: 'bench', role: 'job', heir: group });
await root.query(
  `CREATE ROLE "${name}" LOGIN CONNECTION LIMIT 20 PASSWORD '${verifier()}' VALID UNTIL '${expiration}';
   COMMENT ON ROLE "${name}" IS '${record}';
   GRANT "${group}" TO "${name}";
   ALTER ROLE "${name}" SET role = '${group}'`,
);

const url = new URL(connectionString);
url.username = name;
url.password = password;
const lease = new pg.Client({ connectionString: url.href });
await lease.connect();
await lease.query('SELECT 1');
await lease.end();
await root.end();

function verifier(): string {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, 4096, 32, 'sha256');
  const key = (label: string): Buffer => createHmac('sha256', salted).update(label).digest();
  const storedKey = createHash('sha256').update(key('Client Key')).digest('base64');
  return `SCRAM-SHA-256$4096:${salt.toString('base64')}$${storedKey}:${key('Server Key').toString('base64')}`;
}
