/** The calls that a job makes to the gate of a PostgreSQL server, against a real one. */
import { createServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context } from '../../src/engines/engine.ts';
import { newPassword } from '../../src/engines/login/password.ts';
import type { LeaseLogin } from '../../src/engines/postgres/connection.ts';
import { postgresInputs } from '../../src/engines/postgres/inputs.ts';
import { rootInput } from '../../src/engines/postgres/root.ts';
import { scramVerifier } from '../../src/engines/postgres/verifier.ts';
import { keepAlive, type Heartbeat } from '../../src/engines/gate/heartbeat.ts';
import { unknownKeys } from '../../src/github/signing-keys.ts';
import {
  endLease,
  endMe,
  openGate,
  renewMe,
  settle,
  type GateDraft,
  type PostgresGate,
} from '../../src/engines/postgres/gate.ts';
import { messageOf } from '../../src/lease/errors.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import { decodeRecord } from '../../src/lease/record.ts';
import { installedPostgres } from '../services/postgres.ts';
import { certificateFor, listen } from '../services/proxy.ts';
import { newIssuer, type Claims } from './issuer.ts';
import { refusal, rows, startGate, type Gate } from './postgres-gate.ts';

const versions: { readonly version: string; readonly bin?: string }[] = [
  { version: '18' },
  ...installedPostgres().filter(({ version }) => version === '15'),
];

const workflow = 'octo/gate/.github/workflows/sweep.yml@refs/heads/main';
const sweeper = { repository_id: '88001', job_workflow_ref: workflow, event_name: 'schedule' };
const config = parseInputs(postgresInputs, () => '');

describe.each(versions)('a job at the gate of PostgreSQL $version', ({ bin }) => {
  let there: Gate;
  beforeAll(async () => {
    there = await startGate(bin === undefined ? {} : { bin });
    await there.admin.query('SELECT joblease.configure($1, $2)', [
      'sweeper',
      JSON.stringify([{ repository_id: '88001', job_workflow_ref: workflow }]),
    ]);
  });
  afterAll(async () => {
    await there[Symbol.asyncDispose]();
  });

  const contextOf = (claims: Claims = {}): Context => ({
    signal: AbortSignal.timeout(50_000),
    warn: () => undefined,
    idToken: async (audience) => await Promise.resolve(there.issuer.token(audience, claims)),
  });

  async function enterGate(
    context = contextOf(),
    password = there.password,
    database = 'joblease',
  ): Promise<PostgresGate> {
    const url = `postgres://joblease_gate:${password}@127.0.0.1:${there.port}/${database}?sslmode=disable`;
    return await openGate(rootInput.parse(url, 'gate'), config, context);
  }

  it('mints, acts as its group, ends itself, and is gone', async () => {
    const context = contextOf();
    await using gate = await enterGate(context);
    const { draft: asked, login } = draft();
    const lease = await gate.mint(asked);
    expect(lease).toMatchObject({
      groups: ['app_rw'],
      clockSeconds: undefined,
      exp: lease.iat + 1800,
      max: lease.iat + 1800,
    });
    expect(await gate.mint(asked)).toEqual(lease);
    const own = login(gate);
    await settle(own, lease, context);
    const client = await there.open(own.user, own.password, 'billing');
    await client.query('CREATE SCHEMA mine');
    const owners = await rows(
      client,
      "SELECT nspowner::regrole::text AS owner FROM pg_namespace WHERE nspname = 'mine'",
    );
    expect(owners).toEqual([{ owner: 'app_rw' }]);
    expect(await endMe(own, context)).toBe(true);
    expect(await endMe(own, context)).toBe(false);
    expect(await endLease(gate, asked.principal)).toMatchObject({ outcome: 'revoked' });
    expect(await refusal(client.query('SELECT 1'))).toBeDefined();
    expect(await endLease(gate, asked.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 0 });
    expect(await endLease(gate, draft().draft.principal)).toEqual({ outcome: 'absent', sessionsEnded: 0 });
    await (await there.root('billing')).query('DROP SCHEMA mine');
  });

  it('ends by a token where the lease cannot log in, and says how far it came where something depends on it', async () => {
    const context = contextOf();
    await using gate = await enterGate(context);
    const { draft: asked, login } = draft();
    await gate.mint(asked);
    expect(await endLease(gate, asked.principal)).toMatchObject({
      outcome: 'failed',
      reason: 'the gate says that the lease is not over',
    });
    const client = await there.open(login(gate).user, login(gate).password, 'billing');
    await client.query(
      'SET ROLE app_rw; CREATE SCHEMA kept; GRANT ALL ON SCHEMA kept TO PUBLIC; RESET ROLE; CREATE TABLE kept.t ()',
    );
    await gate.disable([asked.principal]);
    expect(await endLease(gate, asked.principal)).toEqual({
      outcome: 'disabled',
      reason: 'it cannot be dropped: 1 object in database billing',
      sessionsEnded: 1,
    });
    await (await there.root('billing')).query('DROP SCHEMA kept CASCADE');
    expect(await endLease(gate, asked.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 0 });
    await gate.sweepAll();
  });

  it('renews by its own login as long as it has a heartbeat', async () => {
    const context = contextOf();
    await using gate = await enterGate(context);
    const beating = draft({ heartbeatSeconds: 60, ttlSeconds: 600 });
    const lease = await gate.mint(beating.draft);
    expect([lease.exp - lease.iat, lease.max - lease.iat]).toEqual([60, 600]);
    expect((await renewMe(beating.login(gate), context)).exp).toBeGreaterThanOrEqual(lease.exp);
    const plain = draft();
    await gate.mint(plain.draft);
    await expect(renewMe(plain.login(gate), context)).rejects.toThrow(
      'Input "gate": the gate refused\nThe answer was: the lease was minted without a heartbeat',
    );
  });

  it('keeps a lease alive to its longest time, and stops when the job is gone or the rule is', async () => {
    const context = contextOf();
    await using gate = await enterGate(context);
    const { draft: asked, login } = draft({ heartbeatSeconds: 60, ttlSeconds: 62 });
    const lease = await gate.mint(asked);
    const beats: number[] = [];
    const heartbeat: Heartbeat = {
      lease,
      everySeconds: 1,
      renew: async () => await renewMe(login(gate), context),
      isJobAlive: () => true,
      tell: ({ exp }) => beats.push(exp),
    };
    expect(await keepAlive({ ...heartbeat, isJobAlive: () => false }, context.signal)).toEqual({ why: 'job gone' });
    expect(await keepAlive(heartbeat, AbortSignal.timeout(100))).toEqual({ why: 'stopped' });
    expect(beats).toEqual([]);
    expect(await keepAlive(heartbeat, context.signal)).toEqual({ why: 'longest time' });
    expect(beats.at(-1)).toBe(lease.max);
    const [{ until } = { until: 0 }] = await rows<{ until: number }>(
      there.admin,
      'SELECT extract(epoch FROM rolvaliduntil)::float8 AS until FROM pg_roles WHERE rolname = $1',
      [asked.principal],
    );
    expect(until).toBe(lease.max);

    await endMe(login(gate), context);
    const refused = await keepAlive(heartbeat, context.signal);
    expect(refused.why).toBe('refused');
    const lost = await keepAlive(
      {
        ...heartbeat,
        lease: { ...lease, exp: lease.iat + 2 },
        renew: async () => await Promise.reject(new Error('no route')),
      },
      context.signal,
    );
    expect(lost).toEqual({ why: 'too late', problem: 'no route' });
  });

  it('says what the gate refused, and what to do', async () => {
    await using gate = await enterGate(contextOf({ ref: 'refs/heads/other' }));
    await expect(gate.mint(draft().draft)).rejects.toThrow(
      'Input "gate": the gate refused\nThe answer was: no rule lets this job have the role "migrate"',
    );
    await using mute = await enterGate({ signal: AbortSignal.timeout(20_000), warn: () => undefined });
    await expect(mute.mint(draft().draft)).rejects.toThrow('Input "gate": GitHub gives this job no token');
    await expect(enterGate(contextOf(), 'wrong')).rejects.toThrow(/^Input "gate": the server at .* refused the login/);
    await expect(enterGate(contextOf(), there.password, 'postgres')).rejects.toThrow(
      'Input "gate": there is no gate in the database "postgres"',
    );
    await there.admin.query('UPDATE joblease.settings SET version = 2');
    const message = await enterGate().then(() => '', messageOf);
    await there.admin.query('UPDATE joblease.settings SET version = 1');
    expect(message).toContain('the gate has version 2, and this release calls version 1');
  });

  it('lists and ends leases as the sweeper, and reads the audit to its end', async () => {
    const { draft: asked } = draft();
    await using gate = await enterGate();
    await gate.mint(asked);
    await using sweeping = await enterGate(contextOf(sweeper));
    const listed = await Array.fromAsync(sweeping.leases());
    const found = listed.find(({ principal }) => principal === asked.principal);
    expect(found).toMatchObject({ over: false });
    expect(decodeRecord(found?.record ?? '')).toMatchObject({ repo: 'octo/app', run: 1234567890 });
    await sweeping.disable(listed.map(({ principal }) => principal as GateDraft['principal']));
    await sweeping.sweepAll();
    expect(await Array.fromAsync(sweeping.leases())).toEqual([]);
    await there.admin.query(
      "INSERT INTO joblease.audit (what, detail) SELECT 'filler', n::text FROM generate_series(1, 1100) n",
    );
    const audit = await Array.fromAsync(sweeping.audit(0));
    expect(audit.length).toBeGreaterThan(1100);
    expect(new Set(audit.map(({ id }) => id)).size).toBe(audit.length);
    await expect(Array.fromAsync(gate.leases())).rejects.toThrow('no rule makes this job the sweeper');
  });

  it('works in spite of what somebody has left in the gate’s login', async () => {
    const poison = {
      default_transaction_isolation: 'serializable',
      default_transaction_read_only: 'on',
      local_preload_libraries: 'nope',
      idle_session_timeout: '1ms',
      statement_timeout: '1ms',
      search_path: 'nowhere',
      role: 'joblease_gate',
    };
    for (const [name, value] of Object.entries(poison))
      await there.admin.query(`ALTER ROLE joblease_gate SET ${name} = '${value}'`);
    await using gate = await enterGate();
    const { draft: asked } = draft();
    expect(await gate.mint(asked)).toMatchObject({ groups: ['app_rw'] });
    await there.admin.query('ALTER ROLE joblease_gate RESET ALL');
  });

  it('vouches for a new key as the keeper', async () => {
    await there.admin.query("SELECT joblease.configure('keeper', (SELECT sweeper::text FROM joblease.settings))");
    const next = newIssuer('next');
    await using keeper = await enterGate(contextOf(sweeper));
    expect((await keeper.addKey(next)) - Date.now() / 1000).toBeCloseTo(86_400, -2);
    await using gate = await enterGate();
    await expect(gate.addKey(next)).rejects.toThrow('no rule makes this job the keeper of the keys');
    expect(gate.hello.keys.get('next')).toBe(next.sha256);
  });

  it('knows which published keys the gate does not', async () => {
    const { hello } = await enterGate();
    const keys = [
      { kty: 'RSA', kid: there.issuer.kid, n: there.issuer.n, e: 'AQAB' },
      { kty: 'RSA', kid: 'other', n: there.issuer.n, e: 'AQAB' },
      { kty: 'RSA', kid: 'cc413527-173f-5a05-976e-9c52b1d7b431', n: there.issuer.n, e: 'AQAB' },
      { kty: 'EC', kid: 'curve' },
    ];
    let body = JSON.stringify({ keys });
    const certificate = await certificateFor('localhost');
    const trusted = getCACertificates('default');
    setDefaultCACertificates([certificate.cert]);
    const server = createServer(certificate, (request, response) => {
      response.writeHead(request.url === '/.well-known/jwks' ? 200 : 404).end(body);
    });
    using listening = await listen(server);
    const issuer = `https://localhost:${listening.port}`;
    const signal = AbortSignal.timeout(10_000);
    expect(await unknownKeys({ ...hello, issuer }, signal)).toEqual(
      [keys[1], keys[2]].map((key) => ({ kid: key?.kid, n: key?.n })),
    );
    body = 'maintenance';
    await expect(unknownKeys({ ...hello, issuer }, signal)).rejects.toThrow('gave no signing keys');
    const plain = issuer.replace('https:', 'http:');
    await expect(unknownKeys({ ...hello, issuer: plain }, signal)).rejects.toThrow('is not asked by http:');
    setDefaultCACertificates(trusted);
  });
});

/** What a job asks for, and how to log in as what it gets. */
function draft(more: Partial<GateDraft> = {}): { draft: GateDraft; login: (gate: PostgresGate) => LeaseLogin } {
  const password = newPassword();
  const principal = newPrincipal('migrate', new Date(Date.now() + 1_800_000));
  const verifier = scramVerifier(password);
  const asked = { principal, role: 'migrate', verifier, ttlSeconds: undefined, heartbeatSeconds: undefined, ...more };
  return { draft: asked, login: ({ target }) => ({ user: principal, password, target }) };
}
