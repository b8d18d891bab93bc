/**
 * The yardstick for revoking: the SQL that joblease sends for a role that owns nothing and has no session, by `pg` and
 * nothing else. It does not wait, as joblease does, for logins that were under way when the role was disabled.
 */
import process from 'node:process';
import pg from 'pg';

const name = process.env['PRINCIPAL'] ?? '';
const root = new pg.Client({ connectionString: process.env['INPUT_ROOT'] ?? '' });
await root.connect();
await root.query(
  `SET search_path = pg_catalog; SET standard_conforming_strings = on; SET lock_timeout = '5s'; SET statement_timeout = '60s';
   SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE; SET DateStyle = 'ISO'; SET TimeZone = 'UTC';
   SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby, rolname AS actor,
      rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`,
);
await root.query(
  `SET lock_timeout = '1s'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '${name}'
      AND usesysid = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND pid <> pg_backend_pid()`,
);
const account = await root.query<{ oid: number; groups: string[] }>(
  `SELECT r.oid::int8::float8 AS oid, description,
      rolcanlogin AND coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS was_open,
      ARRAY(SELECT g.rolname::text FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid WHERE member = r.oid) AS groups
    FROM pg_roles r LEFT JOIN pg_shdescription ON objoid = r.oid AND classoid = 'pg_authid'::regclass
    WHERE rolname = $1`,
  [name],
);
const { oid = 0, groups = [] } = account.rows[0] ?? {};
await root.query(`ALTER ROLE "${name}" NOLOGIN PASSWORD NULL`);
await root.query(groups.map((group) => `REVOKE "${group}" FROM "${name}" CASCADE`).join(';'));
await root.query(`GRANT "${name}" TO CURRENT_USER WITH INHERIT TRUE, SET TRUE`);
const end = `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = ${oid}`;
await root.query(end);
await root.query('SELECT gid, database FROM pg_prepared_xacts WHERE owner = $1', [name]);
await root.query(`DROP ROLE IF EXISTS "${name}"`);
await root.query(end);
await root.end();
