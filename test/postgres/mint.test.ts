/** Minting PostgreSQL roles: the modes, the user's statements, and each right that root can lack. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/lease/errors.ts';
import { draft, failureOf, open } from '../contract/contract.ts';
import { clientSession, postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';

describe.each(postgresServers())('minting on $name', ({ start }) => {
  let target: PostgresTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
  });

  /** Mints, lets the test look, and revokes. */
  async function withLease(
    inputs: Record<string, string>,
    look: (client: pg.Client, name: string, outputs: Readonly<Record<string, string>>) => Promise<void>,
    root?: string,
  ): Promise<void> {
    const lease = draft();
    await using session = await open(target, { inputs, ...(root === undefined ? {} : { root }) });
    const { outputs } = await session.mint(lease);
    {
      await using job = await clientSession(outputs['url'] ?? '');
      await look(job.client, lease.principal, outputs);
    }
    expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
  }

  /** Expects a mint to fail as the user's fault, and to leave nothing. */
  async function refusal(inputs: Record<string, string>, root = target.root): Promise<UserError> {
    const before = await target.accounts();
    await using session = await open(target, { inputs, root });
    const error = await failureOf(session.mint(draft()));
    expect(error).toBeInstanceOf(UserError);
    expect(await target.accounts()).toEqual(before);
    return error as UserError;
  }

  it('acts as its one group, within its limits', async () => {
    await withLease({ 'connection-limit': '2' }, async (client, name, outputs) => {
      const { rows } = await client.query('SELECT current_user AS acts, session_user AS is');
      expect(rows).toEqual([{ acts: 'billing_owner', is: name }]);
      await using second = await clientSession(outputs['url'] ?? '');
      await second.work();
      await expect(clientSession(outputs['url'] ?? '')).rejects.toThrow('too many connections');
      const attributes = await target.admin(
        `SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS strong FROM pg_roles WHERE rolname = '${name}'`,
      );
      expect(attributes.rows).toEqual([{ strong: false }]);
    });
  });

  it('takes several groups, with names that need quoting, and acts as itself', async () => {
    const hostile = `we"ird; DROP ROLE billing_owner; --`;
    const quoted = pg.escapeIdentifier(hostile);
    await target.admin(`CREATE ROLE ${quoted}`);
    await target.admin(`GRANT ${quoted} TO joblease WITH ADMIN OPTION`);
    await withLease({ 'member-of': `billing_owner\n${hostile}` }, async (client, name) => {
      const { rows } = await client.query(
        `SELECT current_user AS acts, pg_has_role($1, 'member') AS weird, pg_has_role('billing_owner', 'member') AS owner`,
        [hostile],
      );
      expect(rows).toEqual([{ acts: name, weird: true, owner: true }]);
    });
    await target.admin(`DROP ROLE ${quoted}`);
  });

  it('sends free statements whole: bodies, literals and comments with semicolons', async () => {
    const statements = `
      -- a comment; with a semicolon
      /* and; another */
      DO $body$ BEGIN
        EXECUTE format('GRANT billing_owner TO %I', '{{name}}');
        PERFORM 'a;b', $x$c;d$x$;
      END $body$;
      CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql AS $$ SELECT 'x;y'; $$;
      ALTER ROLE "{{ username }}" SET application_name = 'it''s; {{name}} until {{expiration}}' -- no semicolon at the end`;
    await withLease({ 'member-of': '', 'creation-statements': statements }, async (client, name) => {
      await client.query('SELECT amount FROM app.invoice');
      const { rows } = await client.query<{ application_name: string }>('SHOW application_name');
      expect(rows[0]?.application_name).toMatch(
        new RegExp(`^it's; ${name} until \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d\\+00$`),
      );
    });
  });

  it('runs Vault’s statements unchanged, and still sets limit, expiry and record', async () => {
    const vault = `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';
      GRANT billing_owner TO "{{name}}";`;
    await withLease({ 'member-of': '', 'creation-statements': vault }, async (client, name) => {
      await client.query('SELECT amount FROM app.invoice');
      const { rows } = await target.admin(
        `SELECT rolconnlimit, rolvaliduntil > now() AS alive, shobj_description(oid, 'pg_authid') LIKE '{"v":1,%' AS recorded
          FROM pg_roles WHERE rolname = '${name}'`,
      );
      expect(rows).toEqual([{ rolconnlimit: 20, alive: true, recorded: true }]);
    });
  });

  it('is not led astray by settings and objects that root would trip over', async () => {
    await target.admin(
      `ALTER ROLE joblease SET standard_conforming_strings = off; ALTER ROLE joblease SET search_path = trap, pg_catalog;
       ALTER ROLE joblease SET default_transaction_read_only = on; ALTER ROLE joblease SET DateStyle = 'German'; ALTER ROLE joblease SET TimeZone = 'America/New_York'`,
    );
    await target.admin(
      `CREATE SCHEMA trap; GRANT USAGE ON SCHEMA trap TO PUBLIC;
       CREATE FUNCTION trap.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS $$ SELECT '2000-01-01'::timestamptz $$;
       CREATE FUNCTION trap.pg_terminate_backend(int) RETURNS bool LANGUAGE sql AS $$ SELECT true $$;
       CREATE VIEW trap.pg_roles AS SELECT 1 AS nothing; GRANT SELECT ON trap.pg_roles TO PUBLIC`,
      'billing',
    );
    const hostile = { ...draft().job, actor: `\\'; CREATE ROLE injected; --` };
    const lease = draft({ job: hostile });
    await using session = await open(target);
    const { outputs, expiresAt } = await session.mint(lease);
    await using client = await clientSession(outputs['url'] ?? '');
    await client.work();
    expect(Math.abs(expiresAt.getTime() - Date.now() - 600_000)).toBeLessThan(5000);
    expect(await session.revoke(lease.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
    expect(await target.accounts()).not.toContain('injected');
    await target.admin('ALTER ROLE joblease RESET ALL');
    await target.admin('DROP SCHEMA trap CASCADE', 'billing');
  });

  it.each(['the database', 'root’s role'])('keeps the search_path of %s from the user’s statements', async (owner) => {
    // A group that owns the database, or may create in one of its schemas, can put there what root would call.
    const of = owner === 'the database' ? 'DATABASE billing' : 'ROLE joblease';
    await target.admin(
      `CREATE SCHEMA trap AUTHORIZATION billing_owner; CREATE ROLE secret_grp; CREATE ROLE thief;
       CREATE TABLE app.named AS SELECT 'app'::name AS n; GRANT USAGE ON SCHEMA app, trap TO PUBLIC; GRANT SELECT ON app.named TO PUBLIC;
       CREATE FUNCTION trap.quote_ident(name) RETURNS text LANGUAGE plpgsql AS
         $$ BEGIN GRANT secret_grp TO thief; RETURN 'x'; END $$;
       CREATE FUNCTION trap.twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
       ALTER ${of} SET search_path = trap, pg_catalog, public`,
      'billing',
    );
    await target.admin(`GRANT secret_grp TO joblease WITH ADMIN OPTION`);
    const vault = `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}';\n`;
    for (const prefix of ['', vault]) {
      const loop = `${prefix}DO $$ BEGIN PERFORM quote_ident(n) FROM app.named; END $$`;
      await withLease({ 'creation-statements': loop, 'revocation-statements': loop.slice(prefix.length) }, async () => {
        const { rows } = await target.admin("SELECT FROM pg_auth_members WHERE member = 'thief'::regrole");
        expect(rows).toEqual([]);
      });
      const { rows } = await target.admin("SELECT FROM pg_auth_members WHERE member = 'thief'::regrole");
      expect(rows).toEqual([]);
      const error = await refusal({ 'creation-statements': `${prefix}SELECT twice(1)` });
      expect(error.details.fix).toContain('search_path = pg_catalog');
      // Who wants another path says so.
      await withLease(
        { 'creation-statements': `${prefix}SET LOCAL search_path = trap; SELECT twice(1)` },
        async () => undefined,
      );
    }
    await target.admin(`ALTER ${of} RESET search_path; DROP SCHEMA trap CASCADE; DROP TABLE app.named`, 'billing');
    await target.admin('DROP ROLE secret_grp, thief');
  });

  it('points the outputs to another database where asked', async () => {
    await withLease({ database: 'postgres' }, async (client, _name, outputs) => {
      expect(outputs['database']).toBe('postgres');
      expect((await client.query('SELECT current_database() AS db')).rows).toEqual([{ db: 'postgres' }]);
    });
  });

  it('says where in the user’s statements the server found an error, and leaves nothing', async () => {
    for (const prefix of ['', `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}';\n`]) {
      const lines = prefix === '' ? 0 : 1;
      const error = await refusal({ 'creation-statements': `${prefix}SELECT 1;\nGRANT 🦊 ünknown;\nSELEC 2` });
      expect(error.details.input).toBe('creation-statements');
      expect(error.message).toContain(`line ${2 + lines}, column 9`);
      expect(error.details.said).toContain('syntax error');
      const late = await refusal({ 'creation-statements': `${prefix}SELECT 1 / 0` });
      expect(late.details.said).toContain('division by zero');
    }
    const unmade = await refusal({ 'creation-statements': `SELECT '{{password}}'` });
    expect(unmade.message).toContain('do not create the role');
    const leaky = await refusal({ 'creation-statements': `DO $$ BEGIN RAISE EXCEPTION 'it is {{password}}'; END $$` });
    expect(leaky.details.said).toContain('it is {{password}}');
    expect((await refusal({ 'creation-statements': 'SELECT {{nonsense}}' })).message).toContain('{{nonsense}}');
  });

  it('names the group that does not exist, and prints the GRANT that is missing', async () => {
    const unknown = await refusal({ 'member-of': 'billing_owner, Billing_Owner' });
    expect(unknown.message).toContain('there is no role "Billing_Owner"');
    const long = `g${'x'.repeat(80)}`;
    expect((await refusal({ 'member-of': long })).message).toContain(long);

    await target.admin('CREATE ROLE strong SUPERUSER; CREATE ROLE elsewhere');
    expect((await refusal({ 'member-of': 'strong' })).message).toContain(
      '"strong" is a superuser: no job may be a member',
    );
    if (target.version >= 160_000) {
      const missing = await refusal({ 'member-of': 'elsewhere' });
      expect(missing.details.input).toBe('member-of');
      const options = 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
      expect(missing.details.fix).toBe(`Run: GRANT "elsewhere" TO "joblease" ${options};`);
    }
    await target.admin('DROP ROLE elsewhere');
    await target.admin('DROP ROLE strong');
  });

  it('refuses groups by which a job would act as a superuser, as the server or as root, however far away', async () => {
    const admin = target.version < 160_000 ? 'WITH ADMIN OPTION' : 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
    await target.admin(
      `CREATE ROLE dba; CREATE ROLE far; GRANT postgres TO dba; GRANT dba TO far;
       CREATE ROLE runner; GRANT pg_execute_server_program TO runner; CREATE ROLE deputy; GRANT joblease TO deputy`,
    );
    const root = target.superuserUrl.replace('/postgres?', '/billing?');
    for (const group of ['far', 'runner', 'pg_execute_server_program', 'pg_write_server_files']) {
      expect((await refusal({ 'member-of': group }, root)).message).toContain(`a member of "${group}" could act as`);
    }
    await target.admin(`GRANT far, runner TO joblease ${admin}`);
    for (const group of ['far', 'runner', 'joblease', 'deputy']) {
      expect((await refusal({ 'member-of': `billing_owner, ${group}` })).message).toContain(`a member of "${group}"`);
    }
    await target.admin('DROP ROLE far, dba, runner, deputy');
  });

  it('refuses, up to PostgreSQL 15, groups that may create roles: they could set root’s password', async () => {
    if (target.version >= 160_000) return; // there they have rights over what they have made themselves
    await target.admin('CREATE ROLE makers CREATEROLE; CREATE ROLE near; GRANT makers TO near');
    for (const group of ['makers', 'near']) {
      expect((await refusal({ 'member-of': group })).message).toContain(`a member of "${group}" could act as`);
    }
    await target.admin('DROP ROLE near, makers');
  });

  it('warns of groups that may lock the server’s own tables', async () => {
    if (target.version < 170_000) return; // they do not exist there
    await target.admin(
      'CREATE ROLE keepers; GRANT pg_maintain TO keepers; GRANT keepers TO joblease WITH ADMIN TRUE, INHERIT FALSE, SET FALSE',
    );
    const warnings: string[] = [];
    await using session = await open(target, { inputs: { 'member-of': 'keepers' }, warnings });
    const lease = draft();
    await session.mint(lease);
    expect(warnings.join()).toContain('a member of "keepers" has the rights of pg_maintain');
    await session.revoke(lease.principal);
    await target.admin('DROP ROLE keepers');
  });

  it('tells the same end to the server, in the record and to the job', async () => {
    const lease = draft({ ttl: 777 });
    await using session = await open(target);
    const { expiresAt } = await session.mint(lease);
    const { rows } = await target.admin(
      `SELECT extract(epoch FROM rolvaliduntil)::text AS until, shobj_description(oid, 'pg_authid') AS record
        FROM pg_roles WHERE rolname = '${lease.principal}'`,
    );
    const record = JSON.parse(String(rows[0]?.['record'])) as { iat: number; exp: number };
    expect(Number(rows[0]?.['until'])).toBe(record.exp);
    expect(expiresAt.getTime()).toBe(record.exp * 1000);
    expect(record.exp - record.iat).toBe(777);
    expect(Math.abs(record.iat * 1000 - Date.now())).toBeLessThan(10_000);
    await session.revoke(lease.principal);
  });

  it('says that root may not create roles, and which statement changes that', async () => {
    await target.admin(`CREATE ROLE plain LOGIN PASSWORD 'plain-Secret-42'`);
    const root = `postgres://plain:plain-Secret-42@${target.host}:${target.port}/billing?sslmode=disable`;
    const error = await refusal({ 'member-of': '' }, root);
    expect(error.details).toMatchObject({ input: 'root', fix: 'Run as a superuser: ALTER ROLE "plain" CREATEROLE;' });
    const admin = await refusal({ 'admin-role': 'joblease' }, root);
    expect(admin.details).toMatchObject({ input: 'admin-role', fix: 'Run: GRANT "joblease" TO "plain";' });
    const unknown = await refusal({ 'admin-role': 'nobody_here' }, root);
    expect(unknown.message).toBe('Input "admin-role": there is no role "nobody_here"');
    await target.admin('DROP ROLE plain');
  });

  it('refuses a NOINHERIT root only where that would keep it from ending sessions', async () => {
    await target.admin('ALTER ROLE joblease NOINHERIT');
    if (target.version < 160_000) {
      expect((await refusal({})).details.fix).toBe('Run: ALTER ROLE "joblease" INHERIT;');
    } else {
      // From PostgreSQL 16 on each membership says by itself whether it is inherited.
      await withLease({}, async (client) => {
        expect((await client.query('SELECT amount FROM app.invoice')).rowCount).toBe(1);
      });
    }
    await target.admin('ALTER ROLE joblease INHERIT');
  });

  it('lists ten thousand leases by one query', async () => {
    await target.admin(
      `DO $$ BEGIN FOR i IN 1..10000 LOOP
         EXECUTE format('CREATE ROLE jl_0000000_many_%s', lpad(i::text, 13, '0'));
       END LOOP; END $$`,
    );
    await using session = await open(target);
    let found = 0;
    for await (const lease of session.leases()) if (lease.principal.startsWith('jl_0000000_many_')) found += 1;
    expect(found).toBe(10_000);
    await target.admin(
      `DO $$ BEGIN FOR i IN 1..10000 LOOP
         EXECUTE format('DROP ROLE jl_0000000_many_%s', lpad(i::text, 13, '0'));
       END LOOP; END $$`,
    );
  });
});
