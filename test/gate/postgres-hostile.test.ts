/** What the gate on PostgreSQL must withstand: forged tokens, hostile sessions, and those who hold things open. */
import { createHmac, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scramVerifier } from '../../src/engines/postgres/verifier.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import { installedPostgres } from '../services/postgres.ts';
import { jobClaims, newIssuer, type Claims, type Issuer } from './issuer.ts';
import { ask, refusal, rows, startGate, type Answer, type Gate, type Lease } from './postgres-gate.ts';

const versions: { readonly version: string; readonly bin?: string }[] = [
  { version: '18' },
  ...installedPostgres().filter(({ version }) => version === '15'),
];

/** Any client may ask the server to sleep when it has checked everything and before it shows who is there, in seconds. */
const delay = 3;

describe.each(versions)('the gate on PostgreSQL $version', ({ version, bin }) => {
  let gate: Gate;
  beforeAll(async () => {
    gate = await startGate({ ...(bin === undefined ? {} : { bin }), settings: { max_prepared_transactions: '10' } });
    await gate.admin.query("ALTER ROLE joblease_clock PASSWORD 'clock'");
    await gate.admin.query('GRANT CONNECT ON DATABASE joblease TO PUBLIC');
  });
  afterAll(async () => {
    await gate[Symbol.asyncDispose]();
  });

  /** A request for a lease, and what it takes to make a token for it. */
  function draft(): { principal: string; verifier: string; audience: string } {
    const principal = newPrincipal('migrate', new Date(Date.now() + 1_800_000));
    const verifier = scramVerifier(randomBytes(24).toString('base64url'));
    return { principal, verifier, audience: gate.audience(['mint', 'migrate', principal, verifier, 0, 0]) };
  }

  async function mintBy(
    token: unknown,
    { principal, verifier }: ReturnType<typeof draft>,
    by = gate.login,
  ): Promise<Answer> {
    return await ask(by, 'mint', [token, 'migrate', principal, verifier, 0, 0]);
  }

  async function isThere(principal: string): Promise<boolean> {
    return (await rows(gate.admin, 'SELECT FROM pg_roles WHERE rolname = $1', [principal])).length > 0;
  }

  async function asClock(): Promise<pg.Client> {
    return await gate.open('joblease_clock', 'clock');
  }

  async function fits(value: string, pattern: string): Promise<unknown> {
    return (await rows<{ fits: boolean }>(gate.admin, 'SELECT joblease.fits($1, $2)', [value, pattern]))[0]?.fits;
  }

  async function asGate(options = ''): Promise<pg.Client> {
    return await gate.open('joblease_gate', gate.password, 'joblease', options);
  }

  describe('a token', () => {
    const changed: [string, (now: number) => Claims, string][] = [
      ['has expired', (t) => ({ exp: t }), 'is not valid at'],
      ['says its end in text', (t) => ({ exp: String(t + 300) }), 'lacks claims'],
      ['is old and never ends', (t) => ({ iat: t - 700, exp: t + 1e9 }), 'is not valid at'],
      ['was issued in the future', (t) => ({ iat: t + 100 }), 'is not valid at'],
      ['is not valid yet', (t) => ({ nbf: t + 100 }), 'is not valid at'],
      ['has a beginning that is no number', () => ({ nbf: '0' }), 'lacks claims'],
      [
        'is from another issuer',
        () => ({ iss: 'https://token.actions.githubusercontent.com/evil' }),
        'is from another issuer',
      ],
      ['is for nobody', () => ({ aud: undefined }), 'is not for this request'],
      ['is for the gate, and no request', () => ({ aud: gate.name }), 'is not for this request'],
      ['is for a list', () => ({ aud: [gate.audience(['list', ''])] }), 'is not for this request'],
      ['is for another call', () => ({ aud: gate.audience(['list', '']) }), 'is not for this request'],
      ['names no repository by id', () => ({ repository_id: undefined }), 'lacks claims'],
      ['names its repository by a number', () => ({ repository_id: 77001 }), 'lacks claims'],
      ['has a run with a line break', () => ({ run_id: '1234567890\n' }), 'lacks claims'],
      ['has a check run that is none', () => ({ check_run_id: "1'" }), 'lacks claims'],
      ['is of the same name in another repository', () => ({ repository_id: '77002' }), 'no rule lets this job'],
      ['is of another branch', () => ({ ref: 'refs/heads/main2' }), 'no rule lets this job'],
      ['is of a branch with a line break', () => ({ ref: 'refs/heads/main\n' }), 'no rule lets this job'],
      ['is of a branch with a blank', () => ({ ref: 'refs/heads/main ' }), 'no rule lets this job'],
      ['is of a stranger’s pull request', () => ({ event_name: 'pull_request_target' }), 'no rule lets this job'],
      ['names no event', () => ({ event_name: undefined }), 'no rule lets this job'],
      ['names its event in a list', () => ({ event_name: ['push'] }), 'no rule lets this job'],
    ];
    it.each(changed)('is refused that %s', async (_, claims, reason) => {
      const request = draft();
      const answer = await mintBy(gate.issuer.token(request.audience, claims(Math.floor(Date.now() / 1000))), request);
      expect(answer).toEqual({ ok: false, reason: expect.stringContaining(reason) as unknown });
      expect(await isThere(request.principal)).toBe(false);
    });

    const forged: [string, (audience: string) => string, string][] = [
      [
        'another key has signed under a known id',
        (aud) => newIssuer(gate.issuer.kid).token(aud),
        'the signature is wrong',
      ],
      [
        'an unknown key has signed',
        (aud) => newIssuer('stranger').token(aud),
        'does not know the signing key stranger',
      ],
      ['says HS256', (aud) => hmac(gate.issuer, aud, 'HS256'), 'not a token'],
      ['says RS256 and is HMAC', (aud) => hmac(gate.issuer, aud, 'RS256'), 'the signature is wrong'],
      ['says none', (aud) => gate.issuer.token(aud, {}, { alg: 'none' }), 'not a token'],
      ['says rs256', (aud) => gate.issuer.token(aud, {}, { alg: 'rs256' }), 'not a token'],
      ['asks for an extension', (aud) => gate.issuer.token(aud, {}, { crit: [] }), 'not a token'],
      ['names its key by a number', (aud) => gate.issuer.token(aud, {}, { kid: 1 }), 'not a token'],
      ['has the same claim twice', (aud) => twice(gate.issuer, aud, '"repository_id":"1",'), 'not a token'],
      [
        'has the same claim twice, escaped',
        (aud) => twice(gate.issuer, aud, String.raw`"repository\u005fid":"1",`),
        'not a token',
      ],
      ['has a NUL', (aud) => gate.issuer.token(aud, { ref: '\0' }), 'not a token'],
      ['has half a character', (aud) => twice(gate.issuer, aud, String.raw`"x":"\ud800",`), 'not a token'],
      ['ends in a line break', (aud) => `${gate.issuer.token(aud)}\n`, 'not a token'],
      ['begins with a blank', (aud) => ` ${gate.issuer.token(aud)}`, 'not a token'],
      ['is padded', (aud) => `${gate.issuer.token(aud)}==`, 'not a token'],
      ['has a look-alike of K', (aud) => gate.issuer.token(aud).replace(/.$/, '\u212a'), 'not a token'],
      ['has two parts', (aud) => gate.issuer.token(aud).split('.').slice(0, 2).join('.'), 'not a token'],
      ['has a part too many', (aud) => `${gate.issuer.token(aud)}.x`, 'not a token'],
      ['is empty', () => '', 'not a token'],
      ['is a megabyte', (aud) => gate.issuer.token(aud, { x: 'x'.repeat(1_000_000) }), 'not a token'],
      [
        'ends in a number that no clock reaches',
        (aud) =>
          gate.issuer.signText(JSON.stringify({ ...jobClaims(aud), iat: 1 }).replace(/"exp":\d+/, '"exp":1e400')),
        'is not valid at',
      ],
      ['is nested without end', (aud) => twice(gate.issuer, aud, `"x":${'['.repeat(5000)}${']'.repeat(5000)},`), ''],
    ];
    it.each(forged)('is refused that %s', async (name, forge, reason) => {
      const request = draft();
      const answer = await mintBy(forge(request.audience), request);
      if (name.startsWith('is nested')) return; // taken or refused: it must only not break anything
      expect(answer).toEqual({ ok: false, reason: expect.stringContaining(reason) as unknown });
      expect(await isThere(request.principal)).toBe(false);
    });

    it('is refused when it is missing', async () => {
      expect(await mintBy(null, draft())).toMatchObject({ ok: false });
    });

    it('can only repeat its own request', async () => {
      const request = draft();
      const token = gate.issuer.token(request.audience);
      expect(await mintBy(token, { ...request, verifier: draft().verifier })).toMatchObject({
        reason: 'the token is not for this request',
      });
      expect(await mintBy(token, { ...request, principal: draft().principal })).toMatchObject({ ok: false });
      expect(
        await ask(gate.login, 'mint', [token, 'migrate', request.principal, request.verifier, 60, 0]),
      ).toMatchObject({ ok: false });
      expect(
        await ask(gate.login, 'mint', [token, 'migrate', request.principal, request.verifier, null, 0]),
      ).toMatchObject({ reason: 'the request is malformed' });
      expect(await ask(gate.login, 'end_leases', [token, [request.principal]])).toMatchObject({ ok: false });
      expect(await ask(gate.login, 'list', [token, 'migrate'])).toMatchObject({ ok: false });
      expect(await mintBy(token, request)).toMatchObject({ ok: true });
    });
  });

  describe('a request', () => {
    it.each([
      ['postgres', undefined],
      ['app_rw', undefined],
      ['joblease_clock', undefined],
      ['jl_0000001_job_aaaaaaaaaaaaa_', undefined],
      ['JL_0000001_job_aaaaaaaaaaaaa', undefined],
      ['jl_0000001_job_aaaaaaaaaaaa', undefined],
      [undefined, 'plaintext'],
      [undefined, 'md5c4ca4238a0b923820dcc509a6f75849b'],
      [
        undefined,
        'SCRAM-SHA-256$1:AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
      ],
      [undefined, ''],
    ])('is refused for the login %s with the verifier %s', async (principal, verifier) => {
      const { answer } = await gate.mint({
        ...(principal === undefined ? {} : { principal }),
        ...(verifier === undefined ? {} : { verifier }),
      });
      expect(answer).toMatchObject({ ok: false, reason: expect.stringContaining('is malformed') as unknown });
    });

    it('is refused with a line break in it, and when it is a megabyte', async () => {
      const request = draft();
      const token = gate.issuer.token(request.audience);
      expect(await mintBy(token, { ...request, principal: `${request.principal}\n` })).toMatchObject({
        reason: 'the request is malformed',
      });
      expect(await mintBy(token, { ...request, verifier: 'x'.repeat(1_000_000) })).toMatchObject({
        reason: 'the request is malformed',
      });
      expect(await mintBy('x'.repeat(1_000_000), request)).toMatchObject({ ok: false });
    });

    it('is refused for a login that is there already', async () => {
      const { principal } = draft();
      await gate.admin.query(`CREATE ROLE ${principal}`);
      expect((await gate.mint({ principal })).answer).toEqual({ ok: false, reason: 'the name of the login is taken' });
      await gate.admin.query(`DROP ROLE ${principal}`);
      expect((await gate.mint({ principal })).answer).toMatchObject({ ok: true });
    });
  });

  it('never lets a glob cross /, @ or :', async () => {
    const workflow = 'octo/app/.github/workflows/x.yml@refs/heads/';
    const cases: [string, string, boolean][] = [
      ['refs/heads/main', 'refs/heads/main', true],
      ['refs/heads/main', 'refs/heads/*', true],
      ['refs/heads/a/b', 'refs/heads/*', false],
      ['refs/heads/a/b', 'refs/heads/**', true],
      ['refs/heads/a@b', 'refs/heads/**', false],
      ['refs/heads/a:b', 'refs/heads/**', false],
      ['refs/heads/main\n', 'refs/heads/*', false],
      ['refs/heads/main\n', 'refs/heads/main', false],
      ['refs/heads/Main', 'refs/heads/main', false],
      ['refs/heads/mainx', 'refs/heads/main*', true],
      ['refs/headsxmain', 'refs.heads.*', false],
      ['a+b', 'a+*', true],
      ['aab', 'a+*', false],
      ['a[b', 'a[*', true],
      [String.raw`a\b`, String.raw`a\*`, true],
      ['é', '*', true],
      [`${workflow}evil@refs/heads/main`, `octo/app/.github/workflows/**@refs/heads/main`, false],
      [`${workflow}main`, `octo/app/.github/workflows/*@refs/heads/main`, true],
      ['', '*', true],
    ];
    for (const [value, pattern, expected] of cases)
      expect([value, pattern, await fits(value, pattern)]).toEqual([value, pattern, expected]);
  });

  it('takes claims as text, whatever stands in them', async () => {
    const text = `'; DROP SCHEMA joblease; -- $$ %I %L \\ " \n \u2028 é 😀`;
    const lease = await gate.mint({ claims: { actor: text, workflow: text, environment: text, sha: text } });
    expect(lease.answer.ok).toBe(true);
    const [row] = await rows<{ who: Record<string, string> }>(
      gate.admin,
      'SELECT who FROM joblease.audit WHERE principal = $1',
      [lease.principal],
    );
    expect(row?.who).toMatchObject({ actor: text, environment: text, sha: text });
    const [{ record } = { record: '' }] = await rows<{ record: string }>(
      gate.admin,
      "SELECT shobj_description(oid, 'pg_authid') AS record FROM pg_roles WHERE rolname = $1",
      [lease.principal],
    );
    expect(record).toMatch(/^[ -~]{1,1024}$/);
    const long = await gate.mint({ claims: { actor: 'é'.repeat(3000), repository: `octo/${'x'.repeat(3000)}` } });
    expect(long.answer.ok).toBe(true);
  });

  it('works the same in a session with hostile settings', async () => {
    const settings = {
      search_path: 'pg_temp, nowhere',
      standard_conforming_strings: 'off',
      escape_string_warning: 'on',
      backslash_quote: 'on',
      DateStyle: 'SQL, DMY',
      TimeZone: 'Pacific/Kiritimati',
      IntervalStyle: 'sql_standard',
      extra_float_digits: '-15',
      bytea_output: 'escape',
      array_nulls: 'off',
      transform_null_equals: 'on',
      quote_all_identifiers: 'on',
      password_encryption: 'md5',
      lock_timeout: '1ms',
      enable_seqscan: 'off',
      default_transaction_isolation: 'read committed',
      session_replication_role: undefined,
      client_encoding: 'LATIN1',
      xmloption: 'document',
      check_function_bodies: 'off',
      role: 'none',
      ...(version === '15' ? {} : { createrole_self_grant: 'set, inherit' }),
    };
    const client = await asGate();
    for (const [name, value] of Object.entries(settings))
      if (value !== undefined) await client.query(`SELECT set_config('${name}', '${value}', false)`);
    const lease = await gate.mint({ by: client, claims: { actor: String.raw`\'; x` } });
    expect(lease.answer).toMatchObject({ ok: true });
    expect(Number(lease.answer['exp']) - Date.now() / 1000).toBeCloseTo(1800, -1);
    expect(await lease.again(client)).toMatchObject({ ok: true, again: true });
    if (version !== '15') {
      const rights = await rows(
        gate.admin,
        "SELECT FROM pg_auth_members WHERE member = 'joblease_definer'::regrole AND roleid = to_regrole($1) AND (inherit_option OR set_option)",
        [lease.principal],
      );
      expect(rights).toEqual([]);
    }
    const own = await gate.enter(lease);
    for (const [name, value] of Object.entries(settings))
      if (value !== undefined) await own.query(`SELECT set_config('${name}', '${value}', false)`);
    expect(await ask(own, 'end_me')).toMatchObject({ ok: true });
    expect(await ask(client, 'sweep', [lease.principal])).toMatchObject({ state: 'gone' });
  });

  it('is not fooled by temporary objects, functions and operators of its callers', async () => {
    await gate.admin.query(
      'GRANT TEMPORARY ON DATABASE joblease TO joblease_gate; CREATE SCHEMA trap AUTHORIZATION joblease_gate',
    );
    const client = await asGate();
    await client.query(`
      CREATE TEMP TABLE settings AS SELECT true AS one, 'x' AS issuer, 'x' AS name;
      CREATE TEMP TABLE signing_keys (kid text, modulus bytea, not_before timestamptz);
      CREATE TEMP TABLE role (name text, groups text[], max_ttl int, allow jsonb, connection_limit int);
      CREATE TEMP TABLE pg_roles AS SELECT 'app_rw'::name AS rolname;
      CREATE TEMP VIEW pg_stat_activity AS SELECT 1 AS pid, 1::oid AS usesysid;
      CREATE FUNCTION pg_temp.rs256(text, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE FUNCTION trap.rs256(text, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE FUNCTION trap.mod(numeric, numeric) RETURNS numeric LANGUAGE sql AS 'SELECT 1::numeric';
      CREATE FUNCTION trap.yes(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE FUNCTION trap.yes(numeric, numeric) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE FUNCTION trap.yes(jsonb, jsonb) RETURNS boolean LANGUAGE sql AS 'SELECT true';
      CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.yes);
      CREATE OPERATOR trap.= (LEFTARG = numeric, RIGHTARG = numeric, FUNCTION = trap.yes);
      CREATE OPERATOR trap.= (LEFTARG = jsonb, RIGHTARG = jsonb, FUNCTION = trap.yes);
      SET search_path = pg_temp, trap, pg_catalog, joblease`);
    const other = draft();
    const request = draft();
    expect(await mintBy(newIssuer(gate.issuer.kid).token(request.audience), request, client)).toMatchObject({
      reason: 'the signature is wrong',
    });
    expect(await mintBy(gate.issuer.token(request.audience, { repository_id: '1' }), request, client)).toMatchObject({
      ok: false,
    });
    expect(await mintBy(gate.issuer.token(other.audience), request, client)).toMatchObject({
      reason: 'the token is not for this request',
    });
    const lease = await gate.mint({ by: client });
    expect(lease.answer.ok).toBe(true);
    expect(await ask(client, 'sweep', [lease.principal])).toMatchObject({ state: 'live', sessions: 0 });
    await client.end();
    await gate.admin.query('DROP SCHEMA trap CASCADE; REVOKE TEMPORARY ON DATABASE joblease FROM joblease_gate');
  });

  it('sees that a rule was withdrawn, however old the transaction is', async () => {
    await gate.admin.query(
      `SELECT joblease.define_role('brief', '{app_rw}', '1 hour', joblease.rule(repository_id => 77001, event_name => '{push}'))`,
    );
    const sessions = await Promise.all(
      ['REPEATABLE READ', 'SERIALIZABLE'].map(async (level) => {
        const client = await asGate();
        await client.query(`BEGIN ISOLATION LEVEL ${level}; SELECT 1`);
        return client;
      }),
    );
    const committed = await asGate();
    await committed.query('BEGIN; DECLARE early CURSOR FOR SELECT 1; FETCH early');
    await gate.admin.query("SELECT joblease.drop_role('brief')");
    for (const client of [...sessions, committed]) {
      const { answer } = await gate.mint({ role: 'brief', by: client });
      expect(answer.ok).toBe(false);
    }
    expect(await ask(sessions[0] as pg.Client, 'sweep')).toMatchObject({ ok: false });
    for (const client of [...sessions, committed]) await client.end();
  });

  it('mints once for many calls at a time with one token', async () => {
    const lease = await gate.mint({ ttl: 60 });
    const request = draft();
    const token = gate.issuer.token(request.audience);
    const clients = await Promise.all(Array.from({ length: 12 }, async () => await asGate()));
    const answers = await Promise.all(clients.map(async (client) => await mintBy(token, request, client)));
    expect(answers.filter((answer) => answer.ok)).toHaveLength(12);
    expect(answers.filter((answer) => answer['again'] !== true)).toHaveLength(1);
    const made = await rows(gate.admin, "SELECT FROM joblease.audit WHERE principal = $1 AND what = 'mint'", [
      request.principal,
    ]);
    expect(made).toHaveLength(1);
    expect(lease.answer.ok).toBe(true);
    for (const client of clients) await client.end();
  });

  it('leaves nothing of a mint that was rolled back, but a line of a refusal', async () => {
    const client = await asGate();
    await client.query('BEGIN');
    const lease = await gate.mint({ by: client });
    expect(lease.answer.ok).toBe(true);
    const refused = await gate.mint({ by: client, claims: { repository_id: '666001' } });
    expect(refused.answer.ok).toBe(false);
    await client.query('ROLLBACK');
    expect(await isThere(lease.principal)).toBe(false);
    expect(await rows(gate.admin, 'SELECT FROM joblease.lease WHERE principal = $1', [lease.principal])).toEqual([]);
    expect(gate.log()).toContain(
      'joblease: mint refused: no rule lets this job have the role "migrate" (repository 666001, run 1234567890)',
    );
    expect(await lease.again()).toMatchObject({ ok: true });
    expect(await rows(gate.admin, 'SELECT FROM pg_roles WHERE rolname = $1', [lease.principal])).toHaveLength(1);
  });

  it('lets a login of its own do nothing but call it', async () => {
    const tries = [
      'CREATE TEMP TABLE t ()',
      'CREATE TABLE public.t ()',
      'DO $$ BEGIN END $$',
      'SELECT pg_advisory_lock(1)',
      'SELECT pg_sleep(60)',
      "SELECT pg_notify('x', 'y')",
      'SELECT lo_create(0)',
      'SELECT count(*) FROM generate_series(1, 1e9)',
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user',
      'SELECT joblease.heal()',
      'SELECT joblease.new_password()',
      "SELECT joblease.add_key('x', 'y')",
      "SELECT joblease.configure('issuer', 'https://evil.example')",
      "SELECT joblease.drop_role('migrate')",
      'SELECT joblease.end_sessions(ARRAY[1::oid])',
      'SELECT joblease.end_holders()',
      'SELECT * FROM joblease.keys()',
      'SELECT * FROM joblease.roles()',
      'CALL joblease.tick()',
      'SET ROLE joblease_definer',
      'SET SESSION AUTHORIZATION joblease_clock',
      "SELECT joblease.define_role('mine', '{app_rw}', '1 hour', '[{\"repository_id\": \"1\"}]')",
    ];
    for (const sql of tries)
      expect([sql, await refusal(gate.login.query(sql))]).toEqual([sql, expect.stringMatching(/^42501 /) as unknown]);
  });

  it('lets a lease do nothing to its own end', async () => {
    const lease = await gate.mint({ ttl: 60 });
    const [client, own] = [await gate.enter(lease), lease.principal];
    const token = gate.issuer.token(gate.audience(['list', '']));
    for (const sql of [
      `ALTER ROLE ${own} VALID UNTIL 'infinity'`,
      `ALTER ROLE ${own} CONNECTION LIMIT -1`,
      `COMMENT ON ROLE ${own} IS 'x'`,
      `GRANT ${own} TO app_rw`,
      'SET ROLE joblease_definer',
      'SET ROLE joblease_porter',
      'SELECT joblease.sweep()',
      `SELECT joblease.list('${token}', '')`,
      "SELECT joblease.mint('', '', '', '', 1, 1)",
      'SELECT pg_terminate_backend(pg_backend_pid())',
    ]) {
      expect([sql, await refusal(client.query(sql))]).toEqual([sql, expect.stringMatching(/^42501 /) as unknown]);
    }
  });

  describe('who holds things open', () => {
    it('does not keep others from minting with a mint of its own', { timeout: 60_000 }, async () => {
      const holder = await asGate();
      await holder.query('BEGIN');
      const held = await gate.mint({ by: holder });
      expect(held.answer.ok).toBe(true);
      await sleep(10_500);
      const started = Date.now();
      const { answer } = await gate.mint();
      expect(answer).toMatchObject({ ok: true });
      expect(Date.now() - started).toBeLessThan(8000);
      // From 16 on the mint had to wait for it, and ended it; up to 15 the sweep does.
      await ask(gate.login, 'sweep');
      expect(await refusal(holder.query('COMMIT'))).toBeDefined();
      expect(await isThere(held.principal)).toBe(false);
    });

    it('does not keep others from anything with a sweep or an end of its own', async () => {
      const [over, ended, other] = [await gate.mint({ ttl: 1 }), await gate.mint(), await gate.mint()];
      await sleep(2100);
      const [sweeping, ending, own] = [await asGate(), await gate.enter(ended), await gate.enter(other)];
      await sweeping.query('BEGIN');
      expect(await ask(sweeping, 'sweep')).toMatchObject({ ok: true });
      await ending.query('BEGIN');
      expect(await ask(ending, 'end_me')).toMatchObject({ ok: true });
      const started = Date.now();
      expect((await gate.mint()).answer.ok).toBe(true);
      expect((await gate.mint({ heartbeat: 60 })).answer.ok).toBe(true);
      expect(await ask(own, 'end_me')).toMatchObject({ ok: true });
      expect(await ask(gate.login, 'sweep', [other.principal])).toMatchObject({ state: 'gone' });
      expect(Date.now() - started).toBeLessThan(2500);
      expect(await isThere(over.principal)).toBe(true);
      await sweeping.query('COMMIT');
      await ending.query('ROLLBACK');
      expect(await ask(gate.login, 'sweep', [over.principal])).toMatchObject({ state: 'gone' });
      expect(await ask(gate.login, 'sweep', [ended.principal])).toMatchObject({ state: 'live' });
    });

    it.each(['end_me()', 'renew_me()', 'both, one after the other'])(
      'does not outlive its end by %s that it never commits',
      async (what) => {
        await gate.admin.query(
          `SELECT joblease.define_role('short', '{app_rw}', '1 hour', joblease.rule(repository_id => 77001, event_name => '{push}'))`,
        );
        const lease = await gate.mint({ role: 'short', ttl: 2, heartbeat: 60 });
        const client = await gate.enter(lease);
        await client.query('BEGIN');
        if (what !== 'end_me()') expect(await ask(client, 'renew_me')).toMatchObject({ ok: true });
        if (what !== 'renew_me()') expect(await ask(client, 'end_me')).toMatchObject({ ok: true });
        await sleep(3100);
        expect(await ask(gate.login, 'sweep', [lease.principal])).toMatchObject({ sessions: 1, left: 0 });
        expect(await refusal(client.query('COMMIT'))).toBeDefined();
        await ask(gate.login, 'sweep', [lease.principal]);
        expect(await isThere(lease.principal)).toBe(false);
      },
    );

    it('cannot leave that behind as a prepared transaction, which no session ends with', async () => {
      const lease = await gate.mint({ heartbeat: 60 });
      const own = await gate.enter(lease);
      for (const [client, call] of [
        [await asGate(), 'sweep()'],
        [own, 'renew_me()'],
        [own, 'end_me()'],
      ] as const) {
        await client.query(`BEGIN; SELECT joblease.${call}`);
        expect(await refusal(client.query("PREPARE TRANSACTION 'for good'"))).toContain('cannot PREPARE a transaction');
      }
      const client = await asGate();
      await client.query('BEGIN');
      const held = await gate.mint({ by: client });
      expect(held.answer.ok).toBe(true);
      expect(await refusal(client.query("PREPARE TRANSACTION 'for good'"))).toContain('cannot PREPARE a transaction');
      expect(await isThere(held.principal)).toBe(false);
      expect(await rows(gate.admin, 'SELECT FROM pg_prepared_xacts')).toEqual([]);
    });

    it('is ended with a lock on its own role, when it ends itself', async () => {
      const lease = await gate.mint();
      const [holding, client] = [await gate.enter(lease), await gate.enter(lease)];
      await holding.query(`BEGIN; ALTER ROLE ${lease.principal} PASSWORD 'mine'`);
      expect(await ask(client, 'end_me')).toMatchObject({ ok: true });
      expect(await refusal(holding.query('COMMIT'))).toBeDefined();
      expect(await ask(gate.login, 'sweep', [lease.principal])).toMatchObject({ state: 'gone' });
    });
  });

  it('drops nothing that was not disabled by an earlier transaction', async () => {
    const lease = await gate.mint();
    const client = await asGate();
    await client.query('BEGIN');
    const token = gate.issuer.token(gate.audience(['end', lease.principal]));
    expect(await ask(client, 'end_leases', [token, [lease.principal]])).toMatchObject({ ok: true });
    expect(await ask(client, 'sweep', [lease.principal])).toMatchObject({
      state: 'disabled',
      reason: 'it was disabled in the same transaction: sweep again to have it dropped',
    });
    // Until then somebody else is still let in.
    const own = await gate.enter(lease);
    await client.query('COMMIT');
    expect(await ask(gate.login, 'sweep', [lease.principal])).toMatchObject({ state: 'gone', sessions: 1 });
    expect(await refusal(own.query('SELECT 1'))).toBeDefined();
  });

  it('tells of a transaction that the lease has prepared, and takes the groups away where that holds the login', async () => {
    const [one, two] = [await gate.mint(), await gate.mint({ ttl: 3 })];
    const [first, second] = [await gate.enter(one, 'billing'), await gate.enter(two, 'billing')];
    await first.query("BEGIN; SELECT 1; PREPARE TRANSACTION 'it''s'");
    await second.query(`BEGIN; ALTER ROLE ${two.principal} PASSWORD 'mine'; PREPARE TRANSACTION 'row'`);
    await ask(await gate.enter(one), 'end_me');
    expect(await ask(gate.login, 'sweep', [one.principal])).toMatchObject({
      state: 'disabled',
      reason: `the transaction 'it''s' that it has prepared in the database "billing" keeps its locks`,
    });
    await sleep(4200);
    await (await asClock()).query('CALL joblease.tick()');
    expect(await refusal(gate.enter(two))).toBeDefined();
    expect(await refusal(second.query('SELECT 1'))).toBeDefined();
    const members = await rows(
      gate.admin,
      "SELECT FROM pg_auth_members WHERE member = to_regrole($1) AND roleid = 'app_rw'::regrole",
      [two.principal],
    );
    expect(members).toEqual([]);
    const billing = await gate.root('billing');
    await billing.query("ROLLBACK PREPARED 'it''s'");
    await billing.query("ROLLBACK PREPARED 'row'");
    await ask(gate.login, 'sweep', [two.principal]);
    for (const { principal } of [one, two])
      expect(await ask(gate.login, 'sweep', [principal])).toMatchObject({ state: 'gone' });
  });

  it('ends a login that is under way, and nobody else’s', async () => {
    const [ours, another] = [await gate.mint(), await gate.mint()];
    const own = await gate.enter(ours);
    const login = await beginLogin(ours);
    const bystander = await beginLogin(another);
    await ask(own, 'end_me');
    expect(await ask(gate.login, 'sweep', [ours.principal])).toMatchObject({ state: 'gone', sessions: 2 });
    expect(await login.succeeded).toBe(false);
    expect(await bystander.succeeded).toBe(true);
  });

  it('ends a login that is under way when the lease expires', async () => {
    const lease = await gate.mint({ ttl: 2 });
    const login = await beginLogin(lease, 10);
    await sleep(3000);
    await (await asClock()).query('CALL joblease.tick()');
    expect(await login.succeeded).toBe(false);
    expect(await isThere(lease.principal)).toBe(false);
  });

  it('heals its login by the scheduler when somebody has poisoned it', async () => {
    await gate.login.query("ALTER ROLE joblease_gate SET default_transaction_isolation = 'serializable'");
    await gate.login.query("ALTER ROLE joblease_gate IN DATABASE joblease SET search_path = 'nowhere'");
    await gate.login.query("ALTER ROLE joblease_gate SET idle_session_timeout = '1ms'");
    await gate.login.query("ALTER ROLE joblease_gate PASSWORD 'stolen'");
    expect(await refusal(asGate())).toContain('28P01');
    await (await asClock()).query('CALL joblease.tick()');
    const healed = await asGate();
    await sleep(50);
    expect((await gate.mint({ by: healed })).answer).toMatchObject({ ok: true });
    expect(await refusal(gate.open('joblease_gate', 'stolen'))).toContain('28P01');
  });

  it('works in spite of a poisoned login for whoever names the settings at the start', async () => {
    await gate.login.query("ALTER ROLE joblease_gate SET default_transaction_isolation = 'serializable'");
    await gate.login.query("ALTER ROLE joblease_gate SET local_preload_libraries = 'nope'");
    expect(await refusal(asGate())).toContain('nope');
    const client = await asGate(
      String.raw`-c default_transaction_isolation=read\ committed -c local_preload_libraries=`,
    );
    expect((await gate.mint({ by: client })).answer).toMatchObject({ ok: true });
    await (await asClock()).query('CALL joblease.tick()');
  });

  it('mints while others send it bad tokens as fast as they can', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, async () => await asGate()));
    const { audience, ...request } = draft();
    const bad = newIssuer(gate.issuer.kid).token(audience);
    let sent = 0;
    const over = new AbortController();
    const flood = clients.map(async (client) => {
      while (!over.signal.aborted) {
        expect(await mintBy(bad, { audience, ...request }, client)).toMatchObject({ ok: false });
        sent += 1;
      }
    });
    await sleep(500);
    const before = sent;
    for (let index = 0; index < 5; index += 1) expect((await gate.mint()).answer.ok).toBe(true);
    over.abort();
    await Promise.all(flood);
    expect(sent).toBeGreaterThan(before);
    expect(await isThere(request.principal)).toBe(false);
    for (const client of clients) await client.end();
  });

  it('does not fill its audit with refusals of strangers', async () => {
    await gate.admin.query("INSERT INTO joblease.audit (what) SELECT 'mint refused' FROM generate_series(1, 1000)");
    const before = await rows(gate.admin, 'SELECT count(*) FROM joblease.audit');
    expect((await gate.mint({ claims: { repository_id: '5' } })).answer.ok).toBe(false);
    expect(await rows(gate.admin, 'SELECT count(*) FROM joblease.audit')).toEqual(before);
    await gate.admin.query("DELETE FROM joblease.audit WHERE what = 'mint refused'");
  });

  it('limits the leases that one repository has at a time', async () => {
    await gate.admin.query("SELECT joblease.configure('max_live', '1')");
    const claims = { repository_id: '99001' };
    await gate.admin.query(
      `SELECT joblease.define_role('few', '{app_rw}', '1 hour', joblease.rule(repository_id => 99001, event_name => '{push}'))`,
    );
    const first = await gate.mint({ role: 'few', claims });
    expect(first.answer.ok).toBe(true);
    expect((await gate.mint({ role: 'few', claims })).answer).toMatchObject({
      reason: 'the repository has 1 leases already',
    });
    expect(await first.again()).toMatchObject({ ok: true });
    await gate.admin.query("SELECT joblease.configure('max_live', '200')");
  });

  async function underWay(): Promise<number> {
    const sql = `SELECT FROM pg_locks WHERE locktype = 'virtualxid' AND pid NOT IN (SELECT pid FROM pg_stat_activity WHERE datid IS NOT NULL)`;
    return (await rows(gate.admin, sql)).length;
  }

  /** Begins a login that the server has accepted and not yet shown. @returns whether it ended in a session that works */
  async function beginLogin(lease: Lease, seconds = delay): Promise<{ readonly succeeded: Promise<boolean> }> {
    const before = await underWay();
    const work = async (): Promise<boolean> => {
      const client = await gate.enter(lease, 'billing', `-c post_auth_delay=${seconds}`);
      await client.query('SELECT 1');
      return true;
    };
    const succeeded = work().catch(() => false);
    while ((await underWay()) <= before) await sleep(10);
    await sleep(300);
    return { succeeded };
  }
});

function twice(issuer: Issuer, audience: string, more: string): string {
  return issuer.signText(JSON.stringify(jobClaims(audience)).replace('{', `{${more}`));
}

function hmac(issuer: Issuer, audience: string, alg: string): string {
  const [, body = ''] = issuer.token(audience).split('.');
  const text = `${Buffer.from(JSON.stringify({ alg, kid: issuer.kid })).toString('base64url')}.${body}`;
  const secret = Buffer.from(issuer.n, 'base64url');
  const mac = createHmac('sha256', secret).update(text).digest();
  return `${text}.${Buffer.concat([mac, Buffer.alloc(224)]).toString('base64url')}`;
}
