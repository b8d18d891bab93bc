/** A server with the gate in it, as an administrator leaves it, and the calls that a job makes. */
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { scramVerifier } from '../../src/engines/postgres/verifier.ts';
import { audience, type GateRequest } from '../../src/engines/gate/request.ts';
import { newPrincipal, type Principal } from '../../src/lease/name.ts';
import { startPostgres, type PostgresOptions } from '../services/postgres.ts';
import { newIssuer, type Claims, type Issuer } from './issuer.ts';

const folder = join(import.meta.dirname, '..', '..', 'sql', 'postgres');
export const gateSql = readFileSync(join(folder, 'gate.sql'), 'utf8');
export const removeSql = readFileSync(join(folder, 'gate-remove.sql'), 'utf8');

export type Answer = Readonly<Record<string, unknown>> & { readonly ok: boolean };

export interface MintOptions {
  readonly role?: string;
  readonly principal?: string;
  readonly password?: string;
  readonly verifier?: string;
  readonly ttl?: number;
  readonly heartbeat?: number;
  readonly claims?: Claims;
  /** instead of the gate's own login in the gate's database */
  readonly by?: pg.Client;
}

export interface Lease {
  readonly answer: Answer;
  readonly principal: Principal;
  readonly password: string;
  readonly verifier: string;
  /** calls mint once more, with the same token */
  again(by?: pg.Client): Promise<Answer>;
}

export interface Gate extends AsyncDisposable {
  readonly issuer: Issuer;
  readonly port: number;
  /** by which a token names this gate */
  readonly name: string;
  /** a superuser in the gate's database */
  readonly admin: pg.Client;
  readonly log: () => string;
  /** the password of joblease_gate */
  readonly password: string;
  /** joblease_gate in the gate's database */
  readonly login: pg.Client;
  open(user: string, password: string, database?: string, options?: string): Promise<pg.Client>;
  /** Logs in as a superuser. */
  root(database: string): Promise<pg.Client>;
  /** Logs in as a lease. */
  enter(lease: Lease, database?: string, options?: string): Promise<pg.Client>;
  audience(request: GateRequest): string;
  /** Calls a function of the gate with a token for just this request. */
  call(name: string, request: GateRequest, claims?: Claims): Promise<Answer>;
  mint(options?: MintOptions): Promise<Lease>;
}

/** Starts a server with the gate, the group `app_rw`, which owns the database `billing`, and the role `migrate`. */
export async function startGate(options: PostgresOptions): Promise<Gate> {
  await using disposal = new AsyncDisposableStack();
  const server = disposal.use(await startPostgres(options));
  const { port, log } = server;
  const superuser = new URL(server.url);
  const clients: pg.Client[] = [];
  disposal.defer(async () => {
    await Promise.all(clients.map(async (client) => await client.end().catch(() => undefined)));
  });
  const open: Gate['open'] = async (user, password, database = 'joblease', settings = '') => {
    const client = new pg.Client({ host: '127.0.0.1', port, user, password, database, options: settings });
    client.on('error', () => undefined); // a session that is ended while it idles is what the tests are about
    await client.connect();
    clients.push(client);
    return client;
  };
  const root: Gate['root'] = async (database) => await open(superuser.username, superuser.password, database);

  const first = await root('postgres');
  await first.query('CREATE ROLE app_rw NOLOGIN');
  await first.query('CREATE DATABASE billing OWNER app_rw');
  await first.query('CREATE DATABASE joblease');
  const admin = await root('joblease');
  await admin.query(gateSql);
  const issuer = newIssuer();
  await admin.query('SELECT joblease.add_key($1, $2)', [issuer.kid, issuer.n]);
  await admin.query(
    `SELECT joblease.define_role('migrate', '{app_rw}', '30 minutes',
      joblease.rule(repository_id => 77001, ref => 'refs/heads/main', event_name => '{push}'))`,
  );
  const [{ password, name } = { password: '', name: '' }] = await rows<{ password: string; name: string }>(
    admin,
    "SELECT joblease.new_password() AS password, joblease.hello()->>'name' AS name",
  );
  const login = await open('joblease_gate', password);

  const of: Gate['audience'] = (request) => audience(name, request);
  const stack = disposal.move();
  return {
    issuer,
    port,
    name,
    admin,
    log,
    password,
    login,
    open,
    root,
    enter: async (lease, database, settings) => await open(lease.principal, lease.password, database, settings),
    audience: of,
    async call(call, request, claims = {}) {
      const [kind, ...values] = request;
      return await ask(login, call, [issuer.token(of(request), claims), ...(kind === 'end' ? [values] : values)]);
    },
    async mint({ role = 'migrate', ttl = 0, heartbeat = 0, claims = {}, by = login, ...given } = {}) {
      const principal = given.principal ?? newPrincipal('migrate', new Date(Date.now() + 1_800_000));
      const secret = given.password ?? randomBytes(24).toString('base64url');
      const verifier = given.verifier ?? scramVerifier(secret);
      const token = issuer.token(of(['mint', role, principal, verifier, ttl, heartbeat]), claims);
      const again: Lease['again'] = async (client = by) =>
        await ask(client, 'mint', [token, role, principal, verifier, ttl, heartbeat]);
      return { answer: await again(), principal: principal as Principal, password: secret, verifier, again };
    },
    [Symbol.asyncDispose]: async () => {
      await stack.disposeAsync();
    },
  };
}

/** Calls a function of the gate. */
export async function ask(client: pg.Client, name: string, values: readonly unknown[] = []): Promise<Answer> {
  const places = values.map((_, index) => `$${index + 1}`).join(', ');
  const [row] = await rows<{ answer: Answer }>(client, `SELECT joblease.${name}(${places}) AS answer`, values);
  if (row === undefined) throw new Error('no answer');
  return row.answer;
}

export async function rows<Row extends object>(
  client: pg.Client,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return (await client.query<Row>(sql, [...values])).rows;
}

/** @returns the server's error code and words, or undefined where it did what it was told */
export async function refusal(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return error instanceof pg.DatabaseError ? `${error.code ?? ''} ${error.message}` : String(error);
  }
}
