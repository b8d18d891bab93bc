/** What a job gets from the gate on PostgreSQL, and what its administrator sees. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeRecord } from '../../src/lease/record.ts';
import { findPsql } from '../services/clients.ts';
import { installedPostgres, startPostgres } from '../services/postgres.ts';
import { newIssuer } from './issuer.ts';
import { ask, gateSql, refusal, removeSql, rows, startGate, type Gate, type Lease } from './postgres-gate.ts';

const versions: { readonly version: string; readonly bin?: string }[] = [
  { version: '18' },
  ...installedPostgres().filter(({ version }) => version === '15'),
];

const keeper = 'octo/gate/.github/workflows/gate-keys.yml@refs/heads/main';
const sweeper = 'octo/gate/.github/workflows/sweep.yml@refs/heads/main';
const rule = (workflow: string): string =>
  JSON.stringify([
    { repository_id: '88001', job_workflow_ref: workflow, event_name: ['schedule', 'workflow_dispatch'] },
  ]);
const keeperJob = { repository_id: '88001', job_workflow_ref: keeper, event_name: 'schedule' };
const sweeperJob = { repository_id: '88001', job_workflow_ref: sweeper, event_name: 'schedule' };

describe.each(versions)('the gate on PostgreSQL $version', ({ bin }) => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate(bin === undefined ? {} : { bin });
    await gate.admin.query('SELECT joblease.configure($1, $2)', ['sweeper', rule(sweeper)]);
    await gate.admin.query('SELECT joblease.configure($1, $2)', ['keeper', rule(keeper)]);
  });
  afterAll(async () => {
    await gate[Symbol.asyncDispose]();
  });

  async function roleOf({ principal }: Lease): Promise<Record<string, unknown> | undefined> {
    const [row] = await rows<Record<string, unknown>>(
      gate.admin,
      `SELECT rolcanlogin AS login, extract(epoch FROM rolvaliduntil)::float8 AS until, shobj_description(oid, 'pg_authid') AS record
        FROM pg_roles WHERE rolname = $1`,
      [principal],
    );
    return row;
  }

  async function auditOf(principal: string): Promise<{ what: string; who: Record<string, string>; detail: string }[]> {
    return await rows(gate.admin, 'SELECT what, who, detail FROM joblease.audit WHERE principal = $1 ORDER BY id', [
      principal,
    ]);
  }

  it('mints a login that acts for its group and carries what GitHub says of its job', async () => {
    const lease = await gate.mint();
    expect(lease.answer).toMatchObject({ ok: true, groups: ['app_rw'], heartbeat: 0, clock: null });
    const client = await gate.enter(lease, 'billing');
    await client.query('CREATE SCHEMA made');
    await client.query('DROP SCHEMA made');
    const role = await roleOf(lease);
    expect(role).toMatchObject({ login: true, until: lease.answer['exp'] });
    expect(decodeRecord(String(role?.['record']))).toEqual({
      v: 1,
      repo: 'octo/app',
      repoId: 77001,
      run: 1234567890,
      attempt: 1,
      job: '',
      checkRun: 98765432100,
      workflow: 'Deploy',
      actor: 'octocat',
      role: 'migrate',
      own: { heir: 'app_rw', gate: 'postgres' },
      iat: lease.answer['iat'],
      exp: lease.answer['exp'],
      max: lease.answer['exp'],
    });
    expect(Number(lease.answer['exp']) - Number(lease.answer['iat'])).toBe(1800);
    expect(await auditOf(lease.principal)).toMatchObject([
      {
        what: 'mint',
        who: {
          repository: 'octo/app',
          run_id: '1234567890',
          actor: 'octocat',
          ref: 'refs/heads/main',
          environment: 'production',
        },
      },
    ]);
  });

  it('gives the time that was asked for, and never more than the role allows', async () => {
    const [short, long] = [await gate.mint({ ttl: 60 }), await gate.mint({ ttl: 1801 })];
    expect(Number(short.answer['exp']) - Number(short.answer['iat'])).toBe(60);
    expect(long.answer).toMatchObject({ ok: false, reason: 'the role "migrate" allows a ttl of up to 1800 seconds' });
    expect(await roleOf(long)).toBeUndefined();
    expect(await auditOf(long.principal)).toMatchObject([{ what: 'mint refused', who: { repository_id: '77001' } }]);
    expect((await gate.mint({ ttl: -1 })).answer.ok).toBe(false);
  });

  it('answers a repeated call of the same job, and of no other', async () => {
    const lease = await gate.mint();
    expect(await lease.again()).toEqual({ ...lease.answer, again: true });
    const same = { principal: lease.principal, verifier: lease.verifier };
    expect((await gate.mint(same)).answer).toMatchObject({ ok: true, again: true });
    for (const claims of [{ check_run_id: '1' }, { run_attempt: '2' }, { run_id: '2' }, { check_run_id: undefined }]) {
      const { answer } = await gate.mint({ ...same, claims });
      expect(answer).toMatchObject({ ok: false, reason: 'the name of the login is taken' });
    }
    // Another verifier under the same name, though of the same job.
    expect((await gate.mint({ principal: lease.principal })).answer.ok).toBe(false);
    const client = await gate.enter(lease);
    await ask(client, 'end_me');
    expect(await lease.again()).toMatchObject({ ok: false });
  });

  it('ends a lease by its own login, then its sessions, then its role', async () => {
    const lease = await gate.mint();
    const [own, other] = [await gate.enter(lease), await gate.enter(lease, 'billing')];
    expect(await ask(own, 'end_me')).toEqual({ ok: true, state: 'disabled' });
    expect(await ask(own, 'end_me')).toEqual({ ok: true, state: 'disabled' });
    expect(await refusal(gate.enter(lease))).toMatch(/is not permitted to log in|password authentication failed/);
    expect(await roleOf(lease)).toMatchObject({ login: false });
    expect(await ask(gate.login, 'sweep', [lease.principal])).toEqual({
      ok: true,
      state: 'gone',
      sessions: 2,
      left: 0,
      removed: 1,
      shells: {},
    });
    expect(await refusal(other.query('SELECT 1'))).toBeDefined();
    expect(await roleOf(lease)).toBeUndefined();
    expect(await ask(gate.login, 'sweep', [lease.principal])).toMatchObject({ state: 'gone', removed: 0 });
    expect((await auditOf(lease.principal)).map(({ what, detail }) => [what, detail])).toEqual([
      ['mint', null],
      ['end', 'ended itself'],
    ]);
  });

  it('sweeps what is over, and nothing else', async () => {
    await gate.admin.query('CALL joblease.tick()');
    const [over, alive] = [await gate.mint({ ttl: 1 }), await gate.mint()];
    const [dead, living] = [await gate.enter(over, 'billing'), await gate.enter(alive, 'billing')];
    await sleep(2100);
    expect(await ask(gate.login, 'sweep')).toMatchObject({
      sessions: 1,
      removed: 0,
      shells: { [over.principal]: 'it was disabled just now: sweep again to have it dropped' },
    });
    expect(await refusal(dead.query('SELECT 1'))).toBeDefined();
    expect(await ask(gate.login, 'sweep')).toMatchObject({ removed: 1, shells: {} });
    expect(await roleOf(over)).toBeUndefined();
    await living.query('SELECT 1');
    expect(await ask(gate.login, 'sweep', [alive.principal])).toMatchObject({
      ok: true,
      state: 'live',
      sessions: 0,
      removed: 0,
    });
    expect(await ask(gate.login, 'sweep', ['jl_0000001_job_aaaaaaaaaaaaa'])).toMatchObject({ state: 'unknown' });
  });

  it('lets a lease with a heartbeat move its end, up to what was promised, while its rule stands', async () => {
    await gate.admin.query(
      `SELECT joblease.define_role('beating', '{app_rw}', '30 minutes', '[{"repository_id": "77001", "event_name": "push"}]')`,
    );
    const lease = await gate.mint({ role: 'beating', ttl: 62, heartbeat: 60 });
    const { iat, exp, max } = lease.answer as unknown as Record<'iat' | 'exp' | 'max', number>;
    expect([exp - iat, max - iat]).toEqual([60, 62]);
    const client = await gate.enter(lease);
    await sleep(1100);
    const renewed = await ask(client, 'renew_me');
    expect(renewed).toMatchObject({ ok: true, max });
    expect(Number(renewed['exp'])).toBeGreaterThan(exp);
    await sleep(2000);
    expect(await ask(client, 'renew_me')).toMatchObject({ ok: true, exp: max });
    expect(await roleOf(lease)).toMatchObject({ until: max });
    expect(decodeRecord(String((await roleOf(lease))?.['record']))).toMatchObject({ exp: max, max });

    await gate.admin.query(
      `SELECT joblease.define_role('beating', '{app_rw}', '30 minutes', '[{"repository_id": "77002", "event_name": "push"}]')`,
    );
    expect(await ask(client, 'renew_me')).toMatchObject({ ok: false });
    await gate.admin.query("SELECT joblease.drop_role('beating')");
    expect(await ask(client, 'renew_me')).toMatchObject({
      ok: false,
      reason: 'no rule lets this job have the role "beating" any more',
    });
    const plain = await gate.mint();
    expect(await ask(await gate.enter(plain), 'renew_me')).toMatchObject({
      ok: false,
      reason: 'the lease was minted without a heartbeat',
    });
    expect(await ask(gate.admin, 'renew_me')).toMatchObject({ ok: false, reason: 'this login is no lease' });
    expect((await gate.mint({ heartbeat: 59 })).answer.ok).toBe(false);
  });

  it('lets a job end its own leases by a token, and the sweeper all', async () => {
    const [one, two, three] = [await gate.mint(), await gate.mint(), await gate.mint()];
    const stranger = { check_run_id: '5', repository_id: '77001' };
    const refused = await gate.call('end_leases', ['end', one.principal], stranger);
    expect(refused).toMatchObject({
      ok: false,
      ended: [],
      reason: expect.stringContaining('not a lease of this job') as unknown,
    });
    expect(await gate.call('end_leases', ['end', one.principal])).toMatchObject({ ok: true, ended: [one.principal] });
    const rest = await gate.call('end_leases', ['end', two.principal, three.principal], sweeperJob);
    expect(rest).toMatchObject({ ok: true, ended: [two.principal, three.principal] });
    for (const lease of [one, two, three]) {
      expect(await refusal(gate.enter(lease))).toBeDefined();
      expect(await ask(gate.login, 'sweep', [lease.principal])).toMatchObject({ state: 'gone' });
    }
    expect(await gate.call('end_leases', ['end', one.principal], sweeperJob)).toMatchObject({ ok: true });
    expect((await auditOf(two.principal)).at(-1)).toMatchObject({
      what: 'end',
      detail: 'its job is over',
      who: { repository_id: '88001' },
    });
  });

  it('lists leases and reads the audit for the sweeper alone', async () => {
    const lease = await gate.mint();
    expect(await gate.call('list', ['list', ''])).toMatchObject({
      ok: false,
      reason: 'no rule makes this job the sweeper',
    });
    expect(await gate.call('read_audit', ['audit', 0])).toMatchObject({ ok: false });
    const { leases } = (await gate.call('list', ['list', ''], sweeperJob)) as unknown as {
      leases: { principal: string }[];
    };
    expect(leases.find(({ principal }) => principal === lease.principal)).toMatchObject({
      record: { repo: 'octo/app', run: 1234567890, checkRun: 98765432100 },
      exp: lease.answer['exp'],
      over: false,
    });
    const last = leases.at(-1)?.principal ?? '';
    expect(await gate.call('list', ['list', last], sweeperJob)).toMatchObject({ leases: [] });
    const page = (await gate.call('read_audit', ['audit', 0], sweeperJob)) as unknown as {
      rows: { id: number; principal: string }[];
    };
    const row = page.rows.find(({ principal }) => principal === lease.principal);
    expect(row).toMatchObject({ what: 'mint' });
    const after = (await gate.call('read_audit', ['audit', row?.id ?? 0], sweeperJob)) as unknown as {
      rows: { id: number }[];
    };
    expect(after.rows.every(({ id }) => id > (row?.id ?? 0))).toBe(true);
  });

  it('takes a new signing key from the keeper, a day later, and from an administrator at once', async () => {
    const next = newIssuer('next-key');
    const key = ['key', next.kid, next.n] as const;
    expect(await gate.call('add_key', key)).toMatchObject({
      ok: false,
      reason: 'no rule makes this job the keeper of the keys',
    });
    const added = await gate.call('add_key', key, keeperJob);
    expect(added).toMatchObject({ ok: true, sha256: next.sha256 });
    expect(Number(added['from']) - Date.now() / 1000).toBeCloseTo(86_400, -2);
    expect(await gate.call('add_key', key, keeperJob)).toEqual(added);
    expect(await gate.call('add_key', ['key', next.kid, newIssuer().n], keeperJob)).toMatchObject({ ok: false });
    expect(await gate.call('add_key', ['key', 'short', newIssuer('s', 1024).n], keeperJob)).toMatchObject({
      ok: false,
      reason: 'it is not an RSA key of 2048 to 4096 bits',
    });
    const byNext = async (): Promise<unknown> =>
      await ask(gate.login, 'list', [next.token(gate.audience(['list', '']), sweeperJob), '']);
    expect(await byNext()).toMatchObject({ ok: false, reason: 'the gate does not know the signing key next-key' });
    expect(await rows(gate.admin, 'SELECT joblease.add_key($1, $2) AS sha256', [next.kid, next.n])).toEqual([
      { sha256: next.sha256 },
    ]);
    expect(await byNext()).toMatchObject({ ok: true });
    expect(
      await rows(gate.admin, "SELECT kid, bits, sha256, vouched_by FROM joblease.keys() WHERE kid = 'next-key'"),
    ).toEqual([{ kid: 'next-key', bits: 2048, sha256: next.sha256, vouched_by: 'an administrator' }]);
    await gate.admin.query("SELECT joblease.drop_key('next-key')");
    expect(await byNext()).toMatchObject({ ok: false });
    expect(await ask(gate.login, 'hello')).toMatchObject({
      keys: expect.not.objectContaining({ 'next-key': next.sha256 }) as unknown,
    });
  });

  it('knows the keys that GitHub publishes, and keys of 4096 bits', async () => {
    const hashes = await rows<{ kid: string; sha256: string }>(gate.admin, 'SELECT kid, sha256 FROM joblease.keys()');
    expect(Object.fromEntries(hashes.map(({ kid, sha256 }) => [kid, sha256]))).toMatchObject({
      'cc413527-173f-5a05-976e-9c52b1d7b431': '29dfb1c0b82f6c6f770f45a7a78b73a30dfe33980f4a82a6fb4280ccf7417e1a',
      '38826b17-6a30-5f9b-b169-8beb8202f723': 'dc2cea85e2a48ec836bbde7177dff1de2a77fe17faef2276ff0d9460d7a73565',
      '38E9B30B3A023A1B72309921A69A42FCC496C42C': 'e0bfde8963254fb2f7871c4d80d968fc25e272687fd72ad90d89b3e51ea240af',
      '4F3E9AD8C9A6F5EB3173006F4FA630E28F43DCE9': '478592fecdfacedd7b679f9f428586b22785ec752b6bea6cc1b793ae134975fb',
    });
    const large = newIssuer('large', 4096);
    await gate.admin.query('SELECT joblease.add_key($1, $2)', [large.kid, large.n]);
    expect(await ask(gate.login, 'list', [large.token(gate.audience(['list', '']), sweeperJob), ''])).toMatchObject({
      ok: true,
    });
  });

  it('claims to end sessions only when the scheduler was seen to, round after round', async () => {
    await gate.admin.query("ALTER ROLE joblease_clock PASSWORD 'clock'");
    const clock = await gate.open('joblease_clock', 'clock');
    const over = await gate.mint({ ttl: 1 });
    await sleep(2100);
    await clock.query('CALL joblease.tick()');
    expect(await roleOf(over)).toBeUndefined(); // one round disables and drops
    expect((await gate.mint()).answer['clock']).toBeNull();
    await gate.admin.query("UPDATE joblease.beat SET at = at - interval '60 seconds'");
    await clock.query('CALL joblease.tick()');
    const { answer } = await gate.mint();
    expect([60, 61, 62, 63]).toContain(answer['clock']);
    await gate.admin.query('UPDATE joblease.beat SET able = false');
    expect((await gate.mint()).answer['clock']).toBeNull();
    await gate.admin.query('UPDATE joblease.beat SET able = true');
    await gate.admin.query(
      "UPDATE joblease.beat SET at = at - interval '91 seconds', before = before - interval '91 seconds'",
    );
    expect((await gate.mint()).answer['clock']).toBeNull();
  });

  it('keeps rows that nobody but its owner can change, and lets go of old ones', async () => {
    for (const client of [gate.login, await gate.enter(await gate.mint())]) {
      for (const sql of [
        'SELECT 1 FROM joblease.audit',
        'DELETE FROM joblease.audit',
        'UPDATE joblease.role SET allow = NULL',
        'SELECT 1 FROM joblease.settings',
      ]) {
        expect(await refusal(client.query(sql))).toMatch(/^42501 permission denied/);
      }
    }
    await gate.admin.query(
      `INSERT INTO joblease.audit (at, what) VALUES (now() - interval '91 days', 'old'), (now() - interval '89 days', 'older')`,
    );
    await ask(gate.login, 'sweep');
    expect(await rows(gate.admin, "SELECT what FROM joblease.audit WHERE what LIKE 'old%'")).toEqual([
      { what: 'older' },
    ]);
  });

  it('ends all leases of a role that is dropped, where that is asked for', async () => {
    await gate.admin.query(
      `SELECT joblease.define_role('doomed', '{app_rw}', '30 minutes', joblease.rule(repository_id => 77001, event_name => '{push}'))`,
    );
    const lease = await gate.mint({ role: 'doomed' });
    expect(await rows(gate.admin, "SELECT live FROM joblease.roles() WHERE name = 'doomed'")).toEqual([{ live: '1' }]);
    expect(await rows(gate.admin, "SELECT joblease.drop_role('doomed', and_leases => true) AS ended")).toEqual([
      { ended: 1 },
    ]);
    expect(await refusal(gate.enter(lease))).toBeDefined();
    expect((await gate.mint({ role: 'doomed' })).answer).toMatchObject({
      ok: false,
      reason: 'no rule lets this job have the role "doomed"',
    });
    expect(await refusal(gate.admin.query("SELECT joblease.drop_role('doomed')"))).toContain(
      'there is no role "doomed"',
    );
  });

  it('says why a role stays, and drops it when that is mended', async () => {
    const lease = await gate.mint();
    const own = await gate.enter(lease, 'billing');
    await own.query(
      'SET ROLE app_rw; CREATE SCHEMA kept; GRANT CREATE, USAGE ON SCHEMA kept TO PUBLIC; RESET ROLE; CREATE TABLE kept.data ()',
    );
    await ask(await gate.enter(lease), 'end_me');
    expect(await ask(gate.login, 'sweep', [lease.principal])).toMatchObject({
      state: 'disabled',
      reason: 'it cannot be dropped: 1 object in database billing',
      removed: 0,
    });
    const billing = await gate.root('billing');
    await billing.query(`REASSIGN OWNED BY ${lease.principal} TO app_rw; DROP OWNED BY ${lease.principal}`);
    expect(await ask(gate.login, 'sweep', [lease.principal])).toMatchObject({ state: 'gone', removed: 1 });
  });

  it.each([
    ['[{"ref": "refs/heads/main"}]', 'pins no repository_id'],
    ['[{"repository_id": "77001"}, {"repository": "octo/app"}]', 'rule 2 pins no repository_id'],
    ['[{"repository_id": "*"}]', 'pins no repository_id'],
    ['[{"repository_id": ["77001", "7*"]}]', 'pins no repository_id'],
    ['[{"repository_id": ""}]', 'pins no repository_id'],
    ['[{"repository_id": 77001}]', 'ids are texts too'],
    ['[{"repository_id": "77001", "ref": []}]', 'neither a text nor a list of texts'],
    ['[]', 'rules are a JSON list'],
    ['{"repository_id": "77001"}', 'rules are a JSON list'],
    ['["77001"]', 'rule 1 is not an object'],
    [null, 'rules are a JSON list'],
  ])('refuses the rules %s', async (allow, reason) => {
    expect(
      await refusal(gate.admin.query("SELECT joblease.define_role('x', '{app_rw}', '1 hour', $1)", [allow])),
    ).toContain(reason);
  });

  it('refuses a role whose group could act as the gate or as the server', async () => {
    await gate.admin.query(
      'CREATE ROLE sly; GRANT postgres TO sly; CREATE ROLE keeper_of; GRANT joblease_definer TO keeper_of',
    );
    for (const group of ['postgres', 'sly', 'keeper_of', 'joblease_definer', 'pg_execute_server_program']) {
      const defining = gate.admin.query("SELECT joblease.define_role('x', $1, '1 hour', joblease.rule(1))", [[group]]);
      expect(await refusal(defining)).toContain(`a member of "${group}" could act as`);
    }
    const defining = gate.admin.query("SELECT joblease.define_role('x', '{nobody}', '1 hour', joblease.rule(1))");
    expect(await refusal(defining)).toContain('there is no role "nobody"');
    // What a group may do can change after the role was defined.
    await gate.admin.query('CREATE ROLE later');
    await gate.admin.query(
      `SELECT joblease.define_role('later', '{later}', '1 hour', joblease.rule(repository_id => 77001, event_name => '{push}'))`,
    );
    await gate.admin.query('GRANT postgres TO later');
    expect((await gate.mint({ role: 'later' })).answer).toMatchObject({
      ok: false,
      reason: 'a member of "later" could act as "postgres"',
    });
  });

  it('takes a keeper and a sweeper only by one workflow file', async () => {
    for (const allow of [
      '[{"repository_id": "1"}]',
      '[{"repository_id": "1", "job_workflow_ref": "o/r/*"}]',
      '[{"job_workflow_ref": "o/r/.github/x.yml@main"}]',
    ]) {
      expect(await refusal(gate.admin.query("SELECT joblease.configure('keeper', $1)", [allow]))).toMatch(
        /job_workflow_ref|pins no/,
      );
    }
    expect(await refusal(gate.admin.query("SELECT joblease.configure('version', '9')"))).toContain(
      'there is no setting',
    );
  });

  it('is upgraded by running it again: roles, keys, settings and live leases stay, and a downgrade is refused', async () => {
    const lease = await gate.mint({ heartbeat: 600 });
    const before = await ask(gate.login, 'hello');
    await gate.admin.query(gateSql);
    expect(await ask(gate.login, 'hello')).toEqual(before);
    expect(await lease.again()).toMatchObject({ ok: true, again: true });
    expect(await ask(await gate.enter(lease), 'renew_me')).toMatchObject({ ok: true });
    expect((await gate.mint()).answer.ok).toBe(true);
    await gate.admin.query('UPDATE joblease.settings SET version = 2');
    expect(await refusal(gate.admin.query(gateSql))).toContain(
      'version 2, and this file is version 1: nothing was changed',
    );
    await gate.admin.query('ROLLBACK');
    await gate.admin.query('UPDATE joblease.settings SET version = 1');
  });

  it('is removed when no lease is left, with all its roles', async () => {
    await gate.mint();
    expect(await refusal(gate.admin.query(removeSql))).toContain('there are leases');
    await gate.admin.query('ROLLBACK');
    await gate.admin.query('SELECT joblease.drop_role(name, and_leases => true) FROM joblease.roles()');
    await gate.admin.query("UPDATE joblease.lease SET expires = '-infinity' WHERE ended IS NULL");
    await gate.admin.query('CALL joblease.tick()');
    await gate.admin.query(removeSql);
    expect(await rows(gate.admin, "SELECT rolname FROM pg_roles WHERE rolname ~ '^(joblease|jl_)'")).toEqual([]);
    await gate.admin.query(gateSql); // and it can be installed anew
  });
});

describe.each(versions)('installing the gate on PostgreSQL $version', ({ bin }) => {
  it('is done by plain psql, by a superuser or by whoever may create roles and owns the database', async () => {
    const psql = findPsql();
    if (psql === undefined) return;
    await using server = await startPostgres(bin === undefined ? {} : { bin });
    const file = join(import.meta.dirname, '..', '..', 'sql', 'postgres', 'gate.sql');
    const at = (database: string, user?: string): string => {
      const url = new URL(server.url);
      url.pathname = database;
      if (user !== undefined) url.username = user;
      return url.href;
    };
    const password = new URL(server.url).password;
    run(server.url, '-c', `CREATE ROLE admin LOGIN CREATEROLE CREATEDB PASSWORD '${password}'`);
    run(
      at('postgres', 'admin'),
      '-c',
      'CREATE DATABASE joblease',
      '-c',
      'CREATE ROLE app_rw',
      '-c',
      'CREATE DATABASE latin ENCODING latin1 TEMPLATE template0',
    );
    expect(run(at('latin', 'admin'), '--file', file)).toMatchObject({
      status: 3,
      text: expect.stringContaining('encoding UTF8') as unknown,
    });
    const strange = run(at('joblease', 'admin'), '-c', 'CREATE SCHEMA s', '-c', 'CREATE TABLE s.t ()');
    expect(strange.status).toBe(0);
    expect(run(at('joblease', 'admin'), '--file', file)).toMatchObject({
      status: 3,
      text: expect.stringContaining('needs a database of its own, and this one holds s.t') as unknown,
    });
    run(at('joblease', 'admin'), '-c', 'DROP SCHEMA s CASCADE');
    const install = (): ReturnType<typeof run> => run(at('joblease', 'admin'), '--file', file);
    const told = { status: 0, text: expect.stringContaining('only a superuser can keep') as unknown };
    expect(install()).toMatchObject(told);
    expect(install()).toMatchObject(told);
    const defined = run(
      at('joblease', 'admin'),
      '-c',
      "SELECT joblease.define_role('m', '{app_rw}', '1 hour', joblease.rule(repository_id => 1, event_name => '{push}'))",
      '-c',
      'SELECT joblease.new_password()',
    );
    expect(defined).toMatchObject({ status: 0, text: expect.stringContaining('Gate-') as unknown });
    run(at('joblease', 'admin'), '-c', 'CREATE DATABASE second');
    expect(run(at('second', 'admin'), '--file', file)).toMatchObject({
      status: 3,
      text: expect.stringContaining('is a gate in another database') as unknown,
    });
    const quiet = run(at('joblease'), '--file', file);
    expect(quiet).toMatchObject({ status: 0, text: expect.not.stringContaining('WARNING') as unknown });
  });
});

/** Runs psql as an administrator does. */
function run(url: string, ...args: string[]): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('psql', ['--no-psqlrc', '--set', 'ON_ERROR_STOP=1', url, ...args], {
    encoding: 'utf8',
  });
  return { status, text: stdout + stderr };
}
