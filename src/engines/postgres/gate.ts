/** The gate of a PostgreSQL server (sql/postgres/gate.sql), as a job calls it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../engine.ts';
import { Connection, quoteLiteral, type LeaseLogin, type Target } from './connection.ts';
import { canHeal, isContention, isLoginRefused, isServerError, isShutOut, SQLSTATE } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { openRoot, preamble, startAfter, type RootSession } from './root-session.ts';
import type { PostgresRoot } from './root.ts';
import type { Verifier } from './verifier.ts';
import { retry } from '../../failure/retry.ts';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import {
  readAnswer,
  readFrom,
  readHello,
  readLease,
  readLeases,
  readRows,
  readSwept,
  Refusal,
  type Fields,
  type GateLease,
  type Hello,
  type ListedLease,
  type PublishedKey,
  type Swept,
} from '../gate/answer.ts';
import { audience, type GateRequest } from '../gate/request.ts';

/** What a job asks for. */
export interface GateDraft {
  readonly principal: Principal;
  /** a role of the gate */
  readonly role: string;
  /** of the password that the job has chosen; the same for every attempt, or the gate takes the second for another's */
  readonly verifier: Verifier;
  /** undefined: all that the role allows */
  readonly ttlSeconds: number | undefined;
  /** what the lease lives without a renewal of its own; undefined: to its ttl */
  readonly heartbeatSeconds: number | undefined;
}

/** A session with the gate, as the login that many may know. Dispose of it to close it. */
export interface PostgresGate extends AsyncDisposable {
  readonly hello: Hello;
  /** the server that was reached, and the gate's database there */
  readonly target: Target;
  /**
   * Mints a lease; may be repeated as it is when its answer was lost.
   *
   * @throws UserError naming `gate` when the gate refuses
   */
  mint(draft: GateDraft): Promise<GateLease>;
  /** Disables leases by a token: those of this job, or any where this job is the gate's sweeper. @throws UserError */
  disable(principals: readonly Principal[]): Promise<void>;
  /** Ends the sessions of a lease that is over and drops it. */
  sweep(principal: Principal): Promise<Swept>;
  /** Ends all that is over. */
  sweepAll(): Promise<void>;
  /** All that the gate has minted and that is still there; for its sweeper. @throws UserError */
  leases(): AsyncGenerator<ListedLease>;
  /** Rows of the audit after the one with this number; for the sweeper. @throws UserError */
  audit(after: number): AsyncGenerator<Readonly<Record<string, unknown>> & { readonly id: number }>;
  /**
   * Vouches for a new signing key; for the gate's keeper.
   *
   * @returns from when on the gate takes it, in epoch seconds
   * @throws UserError
   */
  addKey(key: PublishedKey): Promise<number>;
}

/** Of the calls, that {@link Hello} must tell. */
const version = 1;

/** How long a lease that is being swept may take to be gone: a scheduler's round may be at it. */
const patienceMs = 10_000;

/**
 * Logs in to the gate's database.
 *
 * @param gates of one gate, the first that a server accepts is used
 * @throws UserError naming `gate` when no login is accepted or no gate is there
 */
export async function openGate(
  gates: readonly PostgresRoot[],
  config: PostgresConfig,
  context: Context,
): Promise<PostgresGate> {
  const session = await openRoot(gates, { ...config, 'admin-role': '' }, context).catch((error: unknown) => {
    throw ofGate(error);
  });
  try {
    const hello = await greet(session);
    return gateOf(session, hello, context);
  } catch (error) {
    await session[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Tries a new lease's login, and makes the lease act as its group from the next login on, where it has one: then it owns
 * nothing that could keep it from being dropped. The gate cannot say this for the lease, and nobody else need.
 *
 * @throws what the server says when it does not let the lease in
 */
export async function settle(login: LeaseLogin, { groups }: GateLease, context: Context): Promise<void> {
  await using own = await enter(login, context);
  const [group, ...others] = groups;
  if (group === undefined || others.length > 0) return;
  await own.rows(`ALTER ROLE CURRENT_USER SET role = ${quoteLiteral(group)}`);
}

/**
 * The lease moves its own end on.
 *
 * @param login of the lease, with the gate's database as its target
 * @throws UserError when the gate refuses: then no later attempt will succeed
 */
export async function renewMe(login: LeaseLogin, context: Context): Promise<GateLease> {
  const { signal, retrying } = context;
  const work = async (): Promise<GateLease> => {
    await using own = await enter(login, context);
    return readLease(await call(own, 'renew_me'));
  };
  return await retry(work, mayPass, signal, retrying).catch((error: unknown) => {
    if (!isLoginRefused(error)) throw refused(error);
    throw new UserError('the server no longer lets the lease in', { said: messageOf(error), cause: error });
  });
}

/**
 * The lease ends itself: no token and no other login is needed. From then on nobody is let in as the lease; its sessions
 * and the role are the sweep's.
 *
 * @param login of the lease, with the gate's database as its target
 * @returns whether the lease was let in; otherwise it had ended before, or somebody has set another password for it
 */
export async function endMe(login: LeaseLogin, context: Context): Promise<boolean> {
  const { signal, retrying } = context;
  const work = async (): Promise<boolean> => {
    let connection;
    try {
      connection = await enter(login, context);
    } catch (error) {
      if (isLoginRefused(error)) return false;
      throw error;
    }
    await using own = connection;
    await call(own, 'end_me');
    return true;
  };
  return await retry(work, mayPass, signal, retrying);
}

/** Takes a lease that is disabled, or past its end, down the rest of the ladder, and tells how far it came. */
export async function endLease(gate: PostgresGate, principal: Principal): Promise<Revocation> {
  const started = Date.now();
  let sessionsEnded = 0;
  for (;;) {
    const { state, reason, sessions, left } = await gate.sweep(principal);
    sessionsEnded += sessions;
    if (state === 'unknown') return { outcome: 'absent', sessionsEnded };
    if (state === 'gone') return { outcome: 'revoked', sessionsEnded };
    if (state === 'live')
      return { outcome: 'failed', reason: 'the gate says that the lease is not over', sessionsEnded };
    // What has just been disabled goes with the next sweep, and locks pass; what depends on the role goes with none.
    const mayGo = left > 0 || reason === undefined || /^(?:it was disabled|another transaction)/.test(reason);
    if (!mayGo || Date.now() - started >= patienceMs) {
      if (left > 0) return { outcome: 'failed', reason: `${left} of its sessions did not end`, sessionsEnded };
      return { outcome: 'disabled', reason: reason ?? 'another sweep is at work on it', sessionsEnded };
    }
    await sleep(20);
  }
}

function gateOf({ connection, ...session }: RootSession, hello: Hello, context: Context): PostgresGate {
  const { signal, retrying } = context;

  /** Asks GitHub for a token for this one request, and sends both for as long as the gate is only busy. */
  async function withToken(name: string, request: GateRequest, ...values: readonly string[]): ReturnType<typeof call> {
    if (context.idToken === undefined) {
      throw new UserError('GitHub gives this job no token', {
        input: 'gate',
        fix: 'Add "permissions: id-token: write" to the job. Jobs of a pull request from a fork get none.',
        untouched: true,
      });
    }
    const token = await context.idToken(audience(hello.name, request), signal);
    const work = async (): ReturnType<typeof call> => await call(connection, name, quoteLiteral(token), ...values);
    return await retry(work, mayPassHere, signal, retrying).catch((error: unknown) => {
      throw refused(error);
    });
  }

  return {
    hello,
    target: connection.target,
    async mint({ principal, role, verifier, ttlSeconds = 0, heartbeatSeconds = 0 }) {
      const values = [quoteLiteral(role), quoteLiteral(principal), quoteLiteral(verifier)];
      const times = [String(ttlSeconds), String(heartbeatSeconds)];
      const request = ['mint', role, principal, verifier, ttlSeconds, heartbeatSeconds] as const;
      return readLease(await withToken('mint', request, ...values, ...times));
    },
    async disable(principals) {
      const list = `ARRAY[${principals.map((principal) => quoteLiteral(principal)).join(', ')}]::text[]`;
      await withToken('end_leases', ['end', ...principals], list);
    },
    sweep: async (principal) => readSwept(await call(connection, 'sweep', quoteLiteral(principal))),
    async sweepAll() {
      // What the first one disables the second one drops.
      for (const _ of ['disable', 'drop']) await call(connection, 'sweep');
    },
    async *leases() {
      let page: ListedLease[];
      let last = '';
      do {
        page = readLeases(await withToken('list', ['list', last], quoteLiteral(last)));
        yield* page;
        last = page.at(-1)?.principal ?? '';
      } while (page.length > 0);
    },
    async *audit(after) {
      let page;
      let last = after;
      do {
        page = readRows(await withToken('read_audit', ['audit', last], String(last)));
        yield* page;
        last = page.at(-1)?.id ?? last;
      } while (page.length > 0);
    },
    addKey: async ({ kid, n }) =>
      readFrom(await withToken('add_key', ['key', kid, n], quoteLiteral(kid), quoteLiteral(n))),
    [Symbol.asyncDispose]: async () => {
      await session[Symbol.asyncDispose]();
    },
  };
}

/** Calls a function of the gate by one message, which is a transaction that nothing set before can make another kind of. */
async function call(connection: Connection, name: string, ...values: readonly string[]): Promise<Fields> {
  const [row] = await connection.rows(`SELECT joblease.${name}(${values.join(', ')}) AS answer`);
  return readAnswer(row?.['answer']);
}

async function greet({ connection }: RootSession): Promise<Hello> {
  let row;
  try {
    [row] = await connection.rows('SELECT joblease.hello() AS answer');
  } catch (error) {
    const { INSUFFICIENT_PRIVILEGE, INVALID_SCHEMA_NAME, UNDEFINED_FUNCTION } = SQLSTATE;
    if (!isServerError(error, INSUFFICIENT_PRIVILEGE, INVALID_SCHEMA_NAME, UNDEFINED_FUNCTION)) throw error;
    throw new UserError(`there is no gate in the database "${connection.target.database}" that this login may call`, {
      input: 'gate',
      said: messageOf(error),
      fix: 'The URL must name the database that gate.sql was run in, and the user joblease_gate.',
      cause: error,
    });
  }
  const hello = readHello(row?.['answer']);
  if (hello.v !== version) {
    throw new UserError(`the gate has version ${hello.v}, and this release calls version ${version}`, {
      input: 'gate',
      fix: 'Run the gate.sql of this release in the database, or use the release that the gate is from.',
      untouched: true,
    });
  }
  return hello;
}

/** Logs in as a lease, which may have left settings for itself. */
async function enter(login: LeaseLogin, { signal }: Context): Promise<Connection> {
  const open = async (settings: Readonly<Record<string, string>>): Promise<Connection> =>
    await Connection.open(login.target, login, { name: 'joblease gate', settings }, signal);
  const own = await open({}).catch(async (error: unknown) => {
    if (!isShutOut(error, login.target)) throw error;
    return await open(startAfter(error));
  });
  own.preamble = preamble('');
  return own;
}

/** Whether the same call may succeed a moment later, in the same session. */
function mayPassHere(error: unknown): boolean {
  return error instanceof Refusal ? error.busy : isContention(error);
}

/** The same, when it begins with the login. */
function mayPass(error: unknown): boolean {
  return mayPassHere(error) || canHeal(error);
}

/** What the gate has refused is for a person to put right; everything else is as it was. */
function refused(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error;
  return new UserError('the gate refused', {
    input: 'gate',
    said: error.message,
    fix: 'docs/keyless.md has each answer, with what to do.',
    untouched: true,
    cause: error,
  });
}

/** The gate's URL is read and used like that of a root, whose errors name another input. */
function ofGate(error: unknown): unknown {
  if (!(error instanceof UserError) || error.details.input !== 'root') return error;
  const [first = ''] = error.message.split('\n', 1);
  return new UserError(first.replace(/^Input "root": /, ''), { ...error.details, input: 'gate' });
}
