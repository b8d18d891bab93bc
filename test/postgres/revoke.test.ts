/** How PostgreSQL roles end: whatever a job did with its credential, on every server that is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Minted } from '../../src/engines/engine.ts';
import type { Principal } from '../../src/lease/name.ts';
import type { Revocation } from '../../src/lease/result.ts';
import { draft, open } from '../contract/contract.ts';
import { clientSession, postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';

interface LeaseInTest {
  readonly principal: Principal;
  readonly minted: Minted;
  /** a session of the lease's own, as it is right after login */
  connect(database?: string): Promise<pg.Client>;
  revoke(inputs?: Record<string, string>): Promise<Revocation>;
}

describe.each(postgresServers())('revoking on $name', ({ start, ours }) => {
  let target: PostgresTarget;
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    target = await start();
    await target.admin('CREATE DATABASE reports OWNER billing_owner');
  });
  afterAll(async () => {
    await Promise.all(clients.map(async (client) => await client.end().catch(() => undefined)));
    await target.admin('DROP DATABASE reports WITH (FORCE)');
    await target[Symbol.asyncDispose]();
  });

  async function mint(inputs: Record<string, string> = {}): Promise<LeaseInTest> {
    const lease = draft();
    await using session = await open(target, { inputs });
    const minted = await session.mint(lease);
    return {
      principal: lease.principal,
      minted,
      async connect(database) {
        const url = new URL(minted.outputs['url'] ?? '');
        if (database !== undefined) url.pathname = `/${database}`;
        const { client } = await clientSession(url.href);
        clients.push(client);
        return client;
      },
      async revoke(more = {}) {
        await using revoker = await open(target, { inputs: { ...inputs, ...more } });
        return await revoker.revoke(lease.principal);
      },
    };
  }

  async function ownerOf(table: string, database = 'billing'): Promise<unknown> {
    const { rows } = await target.admin(
      `SELECT relowner::regrole::text AS owner FROM pg_class WHERE oid = '${table}'::regclass`,
      database,
    );
    return rows[0]?.['owner'];
  }

  /** what root is a member of, and how */
  async function rootMemberships(): Promise<unknown[]> {
    const { rows } = await target.admin(
      `SELECT to_jsonb(m) - 'oid' AS membership FROM pg_auth_members m WHERE member = 'joblease'::regrole ORDER BY 1`,
    );
    return rows;
  }

  it('leaves what the job made to the group, in every database, and the data in it', async () => {
    const before = await rootMemberships();
    const lease = await mint();
    const client = await lease.connect();
    await client.query(`CREATE TABLE app.acts_as_group AS SELECT 1 AS n; SET ROLE NONE`);
    await client.query(`
      CREATE TABLE app.mine (id serial, t text); INSERT INTO app.mine (t) VALUES ('kept');
      CREATE VIEW app.mine_view AS SELECT * FROM app.mine;
      CREATE TYPE app.mood AS ENUM ('ok');
      CREATE FUNCTION app.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE SCHEMA mine; CREATE TABLE mine.t (n int);
      CREATE TEMP TABLE scratch (n int);
      SELECT lo_from_bytea(0, 'kept');
      ALTER DEFAULT PRIVILEGES IN SCHEMA app GRANT SELECT ON TABLES TO PUBLIC;
      ALTER DEFAULT PRIVILEGES FOR ROLE ${lease.principal} GRANT ALL ON TABLES TO billing_owner`);
    const other = await lease.connect('reports');
    await other.query(`SET ROLE NONE; CREATE SCHEMA mine; CREATE TABLE mine.t AS SELECT 7 AS n`);

    expect(await lease.revoke()).toEqual({ outcome: 'revoked', sessionsEnded: 2 });
    expect(await target.exists(lease.principal)).toBe(false);
    expect(await ownerOf('app.acts_as_group')).toBe('billing_owner');
    expect(await ownerOf('app.mine')).toBe('billing_owner');
    expect(await ownerOf('mine.t', 'reports')).toBe('billing_owner');
    expect((await target.admin('SELECT t FROM app.mine', 'billing')).rows).toEqual([{ t: 'kept' }]);
    expect((await target.admin('SELECT n FROM mine.t', 'reports')).rows).toEqual([{ n: 7 }]);
    const { rows } = await target.admin(
      'SELECT lomowner::regrole::text AS owner FROM pg_largeobject_metadata',
      'billing',
    );
    expect(rows).toEqual([{ owner: 'billing_owner' }]);
    expect(await rootMemberships()).toEqual(before);
    await target.admin('DROP SCHEMA mine CASCADE; DROP TABLE app.acts_as_group, app.mine CASCADE', 'billing');
    await target.admin('DROP SCHEMA mine CASCADE', 'reports');
  });

  it('takes back grants of every kind that root made, in several databases', async () => {
    await target.admin('CREATE DATABASE ledger OWNER joblease');
    await target.admin(
      'CREATE SCHEMA ops AUTHORIZATION joblease; GRANT USAGE ON LANGUAGE plpgsql TO joblease WITH GRANT OPTION',
      'billing',
    );
    const statements = `
      CREATE TABLE ops.t_{{name}} (n int);
      CREATE SEQUENCE ops.s_{{name}};
      CREATE FUNCTION ops.f_{{name}}() RETURNS int LANGUAGE sql AS 'SELECT 1';
      GRANT USAGE ON SCHEMA ops TO "{{name}}";
      GRANT SELECT (n), INSERT ON ops.t_{{name}} TO "{{username}}";
      GRANT USAGE ON SEQUENCE ops.s_{{name}} TO "{{name}}";
      GRANT EXECUTE ON FUNCTION ops.f_{{name}} TO "{{name}}";
      GRANT USAGE ON LANGUAGE plpgsql TO "{{name}}";
      GRANT CREATE, TEMPORARY ON DATABASE ledger TO "{{name}}";
      ALTER DEFAULT PRIVILEGES IN SCHEMA ops GRANT SELECT ON TABLES TO "{{name}}"`;
    const lease = await mint({ 'member-of': '', 'creation-statements': statements });
    await (await lease.connect()).query(`SELECT n FROM ops.t_${lease.principal}`);
    expect(await lease.revoke()).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
    expect(await target.exists(lease.principal)).toBe(false);
    expect((await target.admin(`SELECT FROM ops.t_${lease.principal}`, 'billing')).rowCount).toBe(0);
    await target.admin('DROP SCHEMA ops CASCADE; REVOKE ALL ON LANGUAGE plpgsql FROM joblease', 'billing');
    await target.admin('DROP DATABASE ledger');
  });

  it('is not held up by what other roles own in public', async () => {
    await target.admin(
      'CREATE ROLE stranger; CREATE TABLE public.poison (n int); ALTER TABLE public.poison OWNER TO stranger',
      'billing',
    );
    const lease = await mint();
    await (await lease.connect()).query('SELECT 1');
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
    await target.admin('DROP TABLE public.poison; DROP ROLE stranger', 'billing');
  });

  it('leaves a disabled shell where it may not touch what the role owns, and names it', async () => {
    await target.admin('CREATE SCHEMA ops AUTHORIZATION joblease', 'billing');
    const lease = await mint({
      'member-of': '',
      'creation-statements': 'GRANT CREATE, USAGE ON SCHEMA ops TO "{{name}}"',
    });
    const client = await lease.connect();
    await client.query('CREATE TABLE ops.t AS SELECT 42 AS n');

    for (const sessions of [1, 0]) {
      const result = await lease.revoke();
      expect(result).toMatchObject({ outcome: 'disabled', sessionsEnded: sessions });
      expect(result.reason).toContain('in the database "billing"');
      expect(result.reason).toContain('it owns table ops.t');
      expect(result.fix).toContain(`DROP OWNED BY "${lease.principal}"`);
    }
    await expect(lease.connect()).rejects.toThrow();
    expect((await target.admin('SELECT n FROM ops.t', 'billing')).rows).toEqual([{ n: 42 }]);
    // The fix that it prints is enough.
    await target.admin(
      `REASSIGN OWNED BY ${lease.principal} TO billing_owner; DROP OWNED BY ${lease.principal}`,
      'billing',
    );
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
    await target.admin('DROP SCHEMA ops CASCADE', 'billing');
  });

  it('leaves a shell where somebody else has granted it something, and names that', async () => {
    const before = await rootMemberships();
    const lease = await mint();
    await target.admin(
      'CREATE ROLE stranger; CREATE TABLE app.theirs (n int); ALTER TABLE app.theirs OWNER TO stranger',
      'billing',
    );
    await target.admin(`GRANT SELECT ON app.theirs TO ${lease.principal}`, 'billing');
    const result = await lease.revoke();
    expect(result.outcome).toBe('disabled');
    expect(result.reason).toContain('in the database "billing" it has privileges on table app.theirs');
    await expect(lease.connect()).rejects.toThrow();
    await target.admin(`REVOKE ALL ON app.theirs FROM ${lease.principal}`, 'billing');
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
    expect(await rootMemberships()).toEqual(before);
    await target.admin('DROP TABLE app.theirs; DROP ROLE stranger', 'billing');
  });

  it('leaves a shell where root cannot log in to clean up, and says so', async () => {
    const lease = await mint();
    const client = await lease.connect('reports');
    await client.query('SET ROLE NONE; CREATE SCHEMA hidden');
    await target.admin('REVOKE CONNECT ON DATABASE reports FROM PUBLIC, billing_owner');
    const result = await lease.revoke();
    expect(result.outcome).toBe('disabled');
    expect(result.reason).toContain('in the database "reports"');
    expect(result.reason).toContain('root cannot log in there');
    await target.admin('GRANT CONNECT ON DATABASE reports TO PUBLIC, billing_owner');
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
    await target.admin('DROP SCHEMA hidden', 'reports');
  });

  it.each([
    ['x"\n\\! touch /tmp/x\n', '-- in that database, whose name holds control characters:'],
    ["host=db.evil password='", String.raw`\connect -reuse-previous=on "dbname='host=db.evil password=\''"`],
  ])('writes nothing to be pasted into psql that psql would take for more than a name: %j', async (name, line) => {
    const database = pg.escapeIdentifier(name);
    await target.admin(`CREATE DATABASE ${database}`);
    await target.admin(`REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`);
    const lease = await mint();
    await target.admin(`GRANT CREATE ON DATABASE ${database} TO ${lease.principal}`);
    const { username: user, password } = new URL(target.superuserUrl);
    const there = new pg.Client({ host: target.host, port: target.port, user, password, database: name });
    await there.connect();
    await there.query(`CREATE SCHEMA theirs AUTHORIZATION ${lease.principal}`);
    await there.end();
    const result = await lease.revoke();
    expect(result.outcome).toBe('disabled');
    expect(result.reason).not.toContain('\n');
    expect(result.fix?.split('\n')).toContain(line);
    expect(result.fix).not.toMatch(/^\\!/m);
    await target.admin(`DROP DATABASE ${database}`);
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
  });

  it('ends sessions whatever they are doing', async () => {
    const lease = await mint();
    const busy = await Promise.all(Array.from({ length: 4 }, async () => await lease.connect()));
    const [acting, cursor, sleeping, locking] = busy;
    await acting?.query('SET ROLE billing_owner; BEGIN; INSERT INTO app.invoice VALUES (2, 200)');
    await cursor?.query('BEGIN; DECLARE c CURSOR FOR SELECT generate_series(1, 1000000); FETCH 1 FROM c');
    const asleep = sleeping?.query('SELECT pg_sleep(600)').catch(() => 'ended');
    await locking?.query('SET ROLE NONE; BEGIN; LOCK TABLE app.invoice IN ACCESS SHARE MODE');
    expect(await lease.revoke()).toEqual({ outcome: 'revoked', sessionsEnded: 4 });
    expect(await asleep).toBe('ended');
    for (const client of busy) await expect(client.query('SELECT 1')).rejects.toThrow();
    expect((await target.admin('SELECT FROM app.invoice', 'billing')).rowCount).toBe(1);
  });

  it('is not held up by a lease that locks its own role', async () => {
    const lease = await mint();
    const client = await lease.connect();
    await client.query(`SET ROLE NONE; BEGIN; ALTER ROLE ${lease.principal} PASSWORD 'mine-now-123456'`);
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
    expect(await target.exists(lease.principal)).toBe(false);
  });

  it.runIf(ours)('rolls back a prepared transaction that would keep the role locked', async () => {
    const lease = await mint();
    const client = await lease.connect();
    await client.query(`SET ROLE NONE; BEGIN; ALTER ROLE ${lease.principal} SET work_mem = '1MB'`);
    await client.query(`CREATE TABLE app.never (n int); PREPARE TRANSACTION 'it''s held'`);
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
    expect((await target.admin('SELECT FROM pg_prepared_xacts')).rowCount).toBe(0);
  });

  it('wins against a job that reconnects as fast as it can', async () => {
    for (let round = 0; round < 5; round += 1) {
      const lease = await mint();
      const over = new AbortController();
      const loops = Array.from({ length: 4 }, async () => {
        while (!over.signal.aborted) await lease.connect().catch(() => undefined);
      });
      await sleep(100);
      const result = await lease.revoke();
      over.abort();
      await Promise.all(loops);
      expect(result.outcome).toBe('revoked');
      const answers = await Promise.all(
        clients.map(async (client) => await client.query('SELECT 1').catch(() => 'ended')),
      );
      expect(answers.filter((one) => one !== 'ended')).toEqual([]);
      clients.length = 0;
    }
  });

  it('runs the revocation-statements, and goes on when they fail', async () => {
    await target.admin(
      'CREATE TABLE app.log (who text); GRANT USAGE ON SCHEMA app TO joblease; GRANT INSERT ON app.log TO joblease',
      'billing',
    );
    const good = await mint();
    const statements = `INSERT INTO app.log VALUES ('{{name}};{{username}}'); -- ; and a comment\nDO $$ BEGIN PERFORM 1; END $$`;
    expect(await good.revoke({ 'revocation-statements': statements })).toMatchObject({ outcome: 'revoked' });
    expect((await target.admin('SELECT who FROM app.log', 'billing')).rows).toEqual([
      { who: `${good.principal};${good.principal}` },
    ]);
    const vault = await mint();
    const drops =
      'REASSIGN OWNED BY "{{name}}" TO billing_owner; DROP OWNED BY "{{name}}"; DROP ROLE IF EXISTS "{{name}}";';
    expect((await vault.revoke({ 'revocation-statements': drops })).outcome).toMatch(/^(?:revoked|absent)$/);
    const bad = await mint();
    expect(await bad.revoke({ 'revocation-statements': 'SELECT nonsense' })).toMatchObject({ outcome: 'revoked' });
    expect(await target.exists(bad.principal)).toBe(false);
    await target.admin('DROP TABLE app.log; REVOKE USAGE ON SCHEMA app FROM joblease', 'billing');
  });

  it('says what is missing when another root is tried, and changes nothing', async () => {
    await target.admin(`CREATE ROLE other_root LOGIN CREATEROLE PASSWORD 'other-Secret-42'`);
    const lease = await mint();
    const root = `postgres://other_root:other-Secret-42@${target.host}:${target.port}/billing?sslmode=disable`;
    await using session = await open(target, { root, inputs: { 'member-of': '' } });
    const result = await session.revoke(lease.principal);
    if (target.version < 160_000) {
      expect(result.outcome).toBe('revoked'); // there, every CREATEROLE login may end every role
    } else {
      expect(result.outcome).toBe('failed');
      expect(result.fix).toContain('admin-role');
      await (await lease.connect()).query('SELECT 1');
      expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
    }
    await target.admin('DROP ROLE other_root');
  });

  it('lets two root logins that share an admin role end each other’s leases', async () => {
    const options = target.version < 160_000 ? 'WITH ADMIN OPTION' : 'WITH ADMIN TRUE, INHERIT FALSE, SET FALSE';
    await target.admin(`CREATE ROLE admins NOLOGIN CREATEROLE`);
    await target.admin(`GRANT billing_owner TO admins ${options}`);
    await target.admin(`CREATE ROLE root_a LOGIN NOINHERIT PASSWORD 'a-Secret-123456' IN ROLE admins`);
    await target.admin(`CREATE ROLE root_b LOGIN NOINHERIT PASSWORD 'b-Secret-123456' IN ROLE admins`);
    const url = (user: string, secret: string): string =>
      `postgres://${user}:${secret}@${target.host}:${target.port}/billing?sslmode=disable`;
    const inputs = { 'admin-role': 'admins' };
    const lease = draft();
    {
      await using a = await open(target, { root: url('root_a', 'a-Secret-123456'), inputs });
      const { outputs } = await a.mint(lease);
      const { client } = await clientSession(outputs['url'] ?? '');
      clients.push(client);
      await client.query('SET ROLE NONE; CREATE TABLE app.by_a (n int)');
    }
    // The login itself, not the admin role, owns the session in which a mint was cut off.
    const cut = draft();
    {
      const abandon = new AbortController();
      const slow = { ...inputs, 'creation-statements': 'SELECT pg_sleep(20)' };
      await using a = await open(target, {
        root: url('root_a', 'a-Secret-123456'),
        inputs: slow,
        signal: abandon.signal,
      });
      const minting = a.mint(cut).catch(() => 'cut off');
      await sleep(200);
      abandon.abort();
      expect(await minting).toBe('cut off');
    }
    // The other login may not end that session. What it can see may still make the role: so it is not "absent".
    {
      await using b = await open(target, { root: url('root_b', 'b-Secret-123456'), inputs });
      const seen = await b.revoke(cut.principal);
      expect(seen).toMatchObject({ outcome: 'failed' });
      expect(seen.reason).toContain('"root_a"');
    }
    {
      await using a = await open(target, { root: url('root_a', 'a-Secret-123456'), inputs });
      expect(await a.revoke(cut.principal)).toMatchObject({ outcome: 'absent' });
      const { rows } = await target.admin(`SELECT FROM pg_stat_activity WHERE application_name = '${cut.principal}'`);
      expect(rows).toEqual([]);
    }
    await using b = await open(target, { root: url('root_b', 'b-Secret-123456'), inputs });
    expect(await b.revoke(lease.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
    expect(await ownerOf('app.by_a')).toBe('billing_owner');
    await target.admin('DROP TABLE app.by_a', 'billing');
    await target.admin('DROP OWNED BY admins; DROP ROLE root_a, root_b, admins');
  });

  /** Makes what looks like a lease, with a function that runs as its owner. */
  async function forge(maker: string, principal: string, heir: string, more = ''): Promise<void> {
    const record = { v: 1, repo: '', job: '', workflow: '', actor: '', role: 'job', heir };
    const numbers = { repoId: 0, run: 0, attempt: 0, checkRun: 0, iat: 0, exp: 0, max: 0 };
    await target.admin(
      `SET SESSION AUTHORIZATION ${maker}; CREATE ROLE ${principal} NOLOGIN;
       COMMENT ON ROLE ${principal} IS '${JSON.stringify({ ...record, ...numbers })}'; ${more}; RESET SESSION AUTHORIZATION;
       CREATE FUNCTION app.trap() RETURNS name LANGUAGE sql SECURITY DEFINER AS 'SELECT current_user';
       ALTER FUNCTION app.trap OWNER TO ${principal}`,
      'billing',
    );
  }

  async function ownerOfTrap(): Promise<unknown> {
    const { rows } = await target.admin(
      `SELECT proowner::regrole::text AS owner FROM pg_proc WHERE proname = 'trap'`,
      'billing',
    );
    return rows[0]?.['owner'];
  }

  it('is not led by a forged record to give what a role owns to a stronger one', async () => {
    const root = target.superuserUrl.replace('/postgres?', '/billing?');
    const forged = 'jl_0000000_job_0123456789abc' as Principal;
    await forge('postgres', forged, 'postgres');
    await using session = await open(target, { root, inputs: { 'member-of': '' } });
    expect(await session.revoke(forged)).toMatchObject({ outcome: 'disabled' });
    expect(await ownerOfTrap()).toBe(forged);
    await target.admin(`DROP FUNCTION app.trap; DROP ROLE ${forged}`, 'billing');
    // A true heir is found, by a superuser as well.
    const lease = draft();
    await using minter = await open(target, { root });
    const { outputs } = await minter.mint(lease);
    await using job = await clientSession(outputs['url'] ?? '');
    await job.client.query('SET ROLE NONE; CREATE TABLE app.by_superuser (n int)');
    expect(await minter.revoke(lease.principal)).toMatchObject({ outcome: 'revoked', sessionsEnded: 1 });
    expect(await ownerOf('app.by_superuser')).toBe('billing_owner');
    await target.admin('DROP TABLE app.by_superuser', 'billing');
  });

  it.each(['joblease', 'secret_grp', 'tenants'])(
    'a login that may create roles gets nothing by a forged lease whose heir is %s',
    async (heir) => {
      if (target.version < 160_000) return; // there it may grant itself every group anyway
      const forged = 'jl_0000001_job_aaaaaaaaaaaaa' as Principal;
      await target.admin('CREATE ROLE secret_grp; GRANT secret_grp TO joblease WITH ADMIN OPTION');
      await target.admin('CREATE ROLE tenants; CREATE ROLE tenant LOGIN CREATEROLE');
      await target.admin('GRANT tenants TO tenant WITH ADMIN OPTION; GRANT tenants TO joblease WITH ADMIN OPTION');
      // Where the heir may create, objects can be handed to it.
      await target.admin(`GRANT CREATE, USAGE ON SCHEMA app TO ${heir}`, 'billing');
      const member = heir === 'tenants' ? `GRANT tenants TO ${forged};` : '';
      await forge('tenant', forged, heir, `${member} GRANT ${forged} TO joblease WITH ADMIN TRUE`);
      await using session = await open(target);
      const lease = (await Array.fromAsync(session.leases())).filter(({ principal }) => principal === forged);
      const [ended] = await Array.fromAsync(session.end(lease));
      expect(ended?.[1].outcome).toBe('disabled');
      expect(ended?.[1].reason).toContain('it owns function app.trap()');
      expect(await ownerOfTrap()).toBe(forged);
      await target.admin(`DROP FUNCTION app.trap; DROP ROLE ${forged}`, 'billing');
      await target.admin(`REVOKE ALL ON SCHEMA app FROM ${heir}`, 'billing');
      await target.admin('DROP OWNED BY tenant; DROP ROLE secret_grp, tenants, tenant');
    },
  );

  it('says of a disabled role that it may not end who has created it, and does not call it usable', async () => {
    if (target.version < 160_000) return;
    const forged = 'jl_0000002_job_aaaaaaaaaaaaa' as Principal;
    await target.admin('CREATE ROLE tenant LOGIN CREATEROLE');
    await forge('tenant', forged, '');
    await using session = await open(target);
    const before = await rootMemberships();
    const result = await session.revoke(forged);
    expect(result.outcome).toBe('disabled');
    expect(result.reason).toContain('tenant');
    expect(await rootMemberships()).toEqual(before);
    await target.admin(`ALTER ROLE ${forged} LOGIN`);
    expect(await session.revoke(forged)).toMatchObject({ outcome: 'failed' });
    await target.admin(`DROP FUNCTION app.trap; DROP ROLE ${forged}; DROP ROLE tenant`, 'billing');
  });

  it('knows the heir again when it was cut off after its first rung', async () => {
    for (const root of [target.root, target.superuserUrl.replace('/postgres?', '/billing?')]) {
      const lease = await mint();
      const client = await lease.connect();
      await client.query('SET ROLE NONE; CREATE TABLE app.kept (n int); RESET ROLE');
      // Somebody uses the table, so that it cannot change hands.
      await using holder = await clientSession(target.superuserUrl.replace('/postgres?', '/billing?'));
      await holder.client.query('BEGIN; LOCK TABLE app.kept');
      await using session = await open(target, { root });
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'disabled', sessionsEnded: 1 });
      await expect(lease.connect()).rejects.toThrow();
      const { rows } = await target.admin(`SELECT pg_has_role('${lease.principal}', 'billing_owner', 'USAGE') AS may`);
      expect(rows).toEqual([{ may: false }]);
      await holder.client.query('ROLLBACK');
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
      expect(await ownerOf('app.kept')).toBe('billing_owner');
      await target.admin('DROP TABLE app.kept', 'billing');
    }
  });

  it.runIf(ours)('rolls back what was prepared as the group to keep the role locked', async () => {
    const other = await mint();
    const innocent = await other.connect();
    await innocent.query(`BEGIN; INSERT INTO app.invoice VALUES (77, 1); PREPARE TRANSACTION 'innocent'`);
    for (const database of ['billing', 'reports']) {
      const lease = await mint();
      const client = await lease.connect(database);
      await client.query(`BEGIN; SET ROLE NONE; ALTER ROLE CURRENT_USER PASSWORD 'mine-now-123456';
        SET ROLE billing_owner; PREPARE TRANSACTION 'it''s the row'`);
      expect(await lease.revoke()).toMatchObject({ outcome: 'revoked', sessionsEnded: 1 });
      await expect(lease.connect()).rejects.toThrow();
    }
    const { rows } = await target.admin('SELECT gid FROM pg_prepared_xacts');
    expect(rows).toEqual([{ gid: 'innocent' }]);
    expect(await other.revoke()).toMatchObject({ outcome: 'revoked' });
    await target.admin("ROLLBACK PREPARED 'innocent'", 'billing');
  });

  it.runIf(ours)('tells of what is prepared by its group and cannot be told from others’', async () => {
    const lease = await mint();
    const client = await lease.connect();
    await client.query(`BEGIN; LOCK TABLE app.invoice IN SHARE MODE; PREPARE TRANSACTION 'a lock'`);
    const warnings: string[] = [];
    await using session = await open(target, { warnings });
    expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
    expect(warnings.join()).toContain('"a lock"');
    await target.admin("ROLLBACK PREPARED 'a lock'", 'billing');
  });

  it.runIf(ours)('leaves a shell for what it has prepared where root cannot log in', async () => {
    const lease = await mint();
    const client = await lease.connect('reports');
    await client.query(`BEGIN; SET ROLE NONE; CREATE TEMP TABLE t (n int); ROLLBACK;
      BEGIN; SET ROLE NONE; LOCK TABLE pg_class IN ACCESS SHARE MODE; PREPARE TRANSACTION 'closed'`);
    await target.admin('REVOKE CONNECT ON DATABASE reports FROM PUBLIC, billing_owner');
    const result = await lease.revoke();
    expect(result).toMatchObject({ outcome: 'disabled', sessionsEnded: 1 });
    expect(result.reason).toContain('prepared transaction "closed"');
    expect(result.reason).not.toContain('no right to end it');
    await expect(lease.connect()).rejects.toThrow();
    await target.admin('GRANT CONNECT ON DATABASE reports TO PUBLIC, billing_owner');
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
  });

  it('takes the rights of a role whose row somebody else has locked, and names who', { timeout: 40_000 }, async () => {
    const lease = await mint();
    const client = await lease.connect();
    await using holder = await clientSession(target.superuserUrl);
    await holder.client.query(`BEGIN; ALTER ROLE ${lease.principal} CONNECTION LIMIT 7`);
    const result = await lease.revoke();
    expect(result).toMatchObject({ outcome: 'failed', sessionsEnded: 1 });
    expect(result.reason).toContain('of "postgres" holds a lock on it');
    await expect(client.query('SELECT 1')).rejects.toThrow();
    const { rows } = await target.admin(`SELECT pg_has_role('${lease.principal}', 'billing_owner', 'USAGE') AS may`);
    expect(rows).toEqual([{ may: false }]);
    await holder.client.query('ROLLBACK');
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
  });

  it.each(['GRANT', 'TABLE'])(
    'is disabled, and says so, while somebody’s open transaction keeps it: %s',
    async (what) => {
      const lease = await mint();
      const client = await lease.connect();
      await client.query('SET ROLE NONE; CREATE TABLE app.read (n int)');
      await using holder = await clientSession(target.superuserUrl.replace('/postgres?', '/billing?'));
      await holder.client.query(
        what === 'GRANT'
          ? `BEGIN; CREATE TABLE app.granted (n int); GRANT SELECT ON app.granted TO ${lease.principal}`
          : 'BEGIN; SELECT FROM app.read',
      );
      const result = await lease.revoke();
      expect(result).toMatchObject({ outcome: 'disabled', sessionsEnded: 1 });
      expect(result.fix).toContain('open transaction');
      await expect(lease.connect()).rejects.toThrow();
      await holder.client.query('ROLLBACK');
      expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
      await target.admin('DROP TABLE app.read', 'billing');
    },
  );

  it('takes back what it has granted to others, also while it locks all that', async () => {
    await target.admin('CREATE ROLE friend; CREATE ROLE friend_of_friend');
    const lease = await mint({ 'creation-statements': 'GRANT billing_owner TO "{{name}}" WITH ADMIN OPTION' });
    const client = await lease.connect();
    await client.query('SET ROLE NONE; GRANT billing_owner TO friend WITH ADMIN OPTION');
    await target.admin(
      'SET SESSION AUTHORIZATION friend; GRANT billing_owner TO friend_of_friend; RESET SESSION AUTHORIZATION',
    );
    await client.query(`BEGIN; ALTER ROLE CURRENT_USER PASSWORD 'mine-now-123456';
      REVOKE ADMIN OPTION FOR billing_owner FROM friend CASCADE`);
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked', sessionsEnded: 1 });
    const { rows } = await target.admin(
      "SELECT member::regrole FROM pg_auth_members WHERE roleid = 'billing_owner'::regrole AND member::regrole::text LIKE 'friend%'",
    );
    expect(rows).toEqual([]);
    await target.admin('DROP ROLE friend, friend_of_friend');
  });

  const tenantUrl = (): string =>
    `postgres://tenant:tenant-Secret-42@${target.host}:${target.port}/postgres?sslmode=disable`;

  describe('when a tenant makes the lease a member of roles of its own', () => {
    beforeAll(async () => {
      await target.admin("CREATE ROLE tenant LOGIN CREATEROLE PASSWORD 'tenant-Secret-42'");
      await target.admin("CREATE DATABASE ascii ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
    });
    afterAll(async () => {
      await target.admin('DROP DATABASE ascii');
      await target.admin('DROP ROLE tenant');
    });

    it('ends it while those are renamed all the time', async () => {
      const tenants = await Promise.all(['a', 'b', 'c'].map(async () => (await clientSession(tenantUrl())).client));
      clients.push(...tenants);
      const lease = await mint();
      const client = await lease.connect();
      const over = new AbortController();
      const renaming = tenants.map(async (tenant, i) => {
        let [name, next] = [`here_${i}`, `there_${i}`];
        await tenant.query(`CREATE ROLE ${name}; GRANT ${name} TO ${lease.principal}`);
        while (!over.signal.aborted) {
          await tenant.query(`ALTER ROLE ${name} RENAME TO ${next}`);
          [name, next] = [next, name];
        }
        await tenant.query(`DROP ROLE ${name}`);
      });
      await sleep(200);
      const result = await lease.revoke();
      over.abort();
      await Promise.all(renaming);
      expect(result).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
      await expect(client.query('SELECT 1')).rejects.toThrow();
    });

    it.each(['joblease', 'a superuser'])('%s ends it when the name of one is not text in any encoding', async (who) => {
      const name = String.raw`convert_from('\xe2'::bytea, 'SQL_ASCII')`;
      await target.admin(`DO $$ BEGIN EXECUTE format('CREATE ROLE %I', ${name}); END $$`, 'ascii');
      const lease = await mint();
      const client = await lease.connect();
      await target.admin(`DO $$ BEGIN EXECUTE format('GRANT %I TO ${lease.principal}', ${name}); END $$`, 'ascii');
      const root = who === 'joblease' ? target.root : target.superuserUrl;
      await using session = await open(target, { root });
      expect(await session.revoke(lease.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
      await expect(client.query('SELECT 1')).rejects.toThrow();
      await target.admin(`DO $$ BEGIN EXECUTE format('DROP ROLE %I', ${name}); END $$`, 'ascii');
    });

    it('ends it when those are a thousand, and takes the rights of its group first', async () => {
      const lease = await mint();
      const client = await lease.connect();
      await target.admin(
        `SET SESSION AUTHORIZATION tenant; ${thousand("'CREATE ROLE many_' || i")};
         ${thousand(`'GRANT many_' || i || ' TO ${lease.principal}'`)}; RESET SESSION AUTHORIZATION`,
      );
      // What somebody's open transaction keeps from being changed keeps nothing else.
      await using holder = await clientSession(target.superuserUrl);
      await holder.client.query('BEGIN; GRANT many_7 TO tenant');
      expect(await lease.revoke()).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
      await holder.client.query('ROLLBACK');
      await expect(client.query('SELECT 1')).rejects.toThrow();
      await target.admin(thousand("'DROP ROLE many_' || i"));
    });
  });

  it('of two at once one has revoked it', async () => {
    for (let round = 0; round < 5; round += 1) {
      const lease = await mint();
      const results = await Promise.all([lease.revoke(), lease.revoke()]);
      expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['absent', 'revoked']);
    }
  });

  it('gives what the role owns to the first of its groups', async () => {
    await target.admin('CREATE ROLE second; GRANT second TO joblease WITH ADMIN OPTION');
    const lease = await mint({ 'member-of': 'billing_owner, second' });
    const client = await lease.connect();
    await client.query('CREATE TABLE app.whose (n int)');
    expect(await lease.revoke()).toMatchObject({ outcome: 'revoked' });
    expect(await ownerOf('app.whose')).toBe('billing_owner');
    await target.admin('DROP TABLE app.whose', 'billing');
    await target.admin('DROP ROLE second');
  });

  it('touches nothing that does not carry a name of ours', async () => {
    await using session = await open(target);
    const before = await target.accounts();
    expect(await session.revoke('jl_0000000_job_0000000000000' as Principal)).toMatchObject({ outcome: 'absent' });
    expect(await target.accounts()).toEqual(before);
  });
});

function thousand(sql: string): string {
  return `DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE ${sql}; END LOOP; END $$`;
}
