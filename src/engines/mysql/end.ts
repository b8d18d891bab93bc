import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import { retry } from '../../failure/retry.ts';
import type { Context, Lease } from '../engine.ts';
import { drop, toAccount, type Account } from './account.ts';
import { serverError, type Row } from './connection.ts';
import { canHeal, isContention } from './errors.ts';
import type { MysqlConfig } from './inputs.ts';
import { kill, loginPatienceMs, pause, presenceQuery, toPresence, type Presence } from './presence.ts';
import { revoke } from './revoke.ts';
import { mayKill, missingKillRights, type RootSession } from './root-session.ts';
import { mintLocks } from './statements.ts';

/**
 * How many leases one DROP USER ends. Each statement has a price of its own, which many share; but while it runs nobody
 * can log in to the server.
 */
export const batchSize = 100;

/** How long the ladder tries again while somebody else changes the same accounts. */
const contentionPatienceMs = 10_000;

/**
 * Ends many leases: accounts that nobody is using together, rung by rung, and each of the others down the ladder by
 * itself.
 *
 * @throws when the connection is lost; what was not yielded by then may or may not have ended
 */
export async function* end(
  root: RootSession,
  leases: readonly Lease[],
  config: MysqlConfig,
  context: Context,
): AsyncGenerator<readonly [Lease, Revocation]> {
  // In the order of their names, so that two sweeps wait for each other instead of blocking each other.
  const sorted = leases.toSorted((a, b) => (a.principal < b.principal ? -1 : 1));
  const ended = new Map<Principal, Revocation>();
  if (config['revocation-statements'] === '') {
    try {
      await endTogether(
        root,
        sorted.map(({ principal }) => principal),
        ended,
      );
    } catch (error) {
      if (isLost(error)) throw error;
      // Anything else concerns some of them: each is tried by itself.
    }
  }
  for (const lease of sorted) {
    const revocation = ended.get(lease.principal);
    if (revocation !== undefined) yield [lease, revocation];
  }
  // These may take long, so they come last.
  for (const lease of sorted) {
    if (!ended.has(lease.principal)) yield [lease, await endAlone(root, lease.principal, config, context)];
  }
}

/**
 * The ladder for many at once.
 *
 * @param ended gets those that are gone; the others have to go by themselves
 */
async function endTogether(
  root: RootSession,
  principals: readonly Principal[],
  ended: Map<Principal, Revocation>,
): Promise<void> {
  const { connection, flavour, rights } = root;
  if (missingKillRights(flavour, rights).length > 0 || !mayKill(flavour, rights)) return;
  const [[locks] = [], found = []] = await connection.results([
    mintsUnderWay(principals),
    flavour.accounts(principals),
  ]);
  const minting = new Set(String(locks?.['names']).split(','));
  const quiet = principals.filter((principal) => !minting.has(principal));
  if (quiet.length === 0) return;

  const accounts = found.map(toAccount).filter(({ principal }) => !minting.has(principal));
  const locking = accounts.length === 0 ? [] : flavour.lock(accounts, root.now());
  const active = await awaitLogins(root, quiet, locking);
  if (active === undefined) return;
  const idle = quiet.filter((principal) => !active.has(principal));
  if (idle.length === 0) return;
  const existing = accounts.filter(({ principal }) => !active.has(principal));
  const { dropped, remaining, there } = await dropAll(root, existing, idle);

  const late = await namesOf(root, idle, there);
  const gone = idle.filter((principal) => !remaining.has(principal) && !late.has(principal));
  if (gone.length === 0) return;
  const hidden = root.isProxying ? await flavour.endProxies(connection, gone) : '';
  for (const statement of flavour.forget(gone)) await connection.rows(statement);
  for (const principal of gone) {
    const outcome = dropped.has(principal) ? 'revoked' : 'absent';
    ended.set(
      principal,
      hidden === '' ? { outcome, sessionsEnded: 0 } : { outcome: 'failed', reason: hidden, sessionsEnded: 0 },
    );
  }
}

/** A query for the names of leases, with commas between, that a mint, or its statements, may still be under way for although its client is gone. */
function mintsUnderWay(principals: readonly Principal[]): string {
  const each = principals.map((principal) => {
    const [mint, statements] = mintLocks(principal).map((lock) => `IS_USED_LOCK('${lock}')`);
    return `IF(COALESCE(${mint}, ${statements}) IS NULL, NULL, '${principal}')`;
  });
  return `SELECT CONCAT_WS(',', ${each.join(', ')}) AS names`;
}

/**
 * Waits until connections that are there after the locking have logged in, or have ended; ends those that take too long.
 *
 * @param locking statements, none where there is nothing to lock
 * @returns the names among the principals that have a session; undefined when some connections are left
 */
async function awaitLogins(
  root: RootSession,
  principals: readonly Principal[],
  locking: readonly string[],
): Promise<ReadonlySet<string> | undefined> {
  const { connection, flavour } = root;
  const look = presenceQuery(flavour, principals);
  const started = Date.now();
  let there = ((await connection.results([...locking, look])).at(-1) ?? []).map(toPresence);
  const waiting = new Set(locking.length === 0 ? [] : there.filter(isWaiting).map(({ id }) => id));
  for (;;) {
    const left = there.filter((each) => waiting.has(each.id) && isWaiting(each)).map(({ id }) => id);
    if (left.length === 0) return await namesOf(root, principals, there);
    const elapsedMs = Date.now() - started;
    if (elapsedMs > loginPatienceMs + 1000) return undefined;
    const rows = await kill(connection, elapsedMs > loginPatienceMs ? left : [], [pause, look]);
    if (rows === undefined) return undefined;
    there = rows.map(toPresence);
  }
}

/** Whether a connection may yet turn out to be anybody's. */
function isWaiting({ isEntering, isChanging }: Presence): boolean {
  return isEntering || isChanging;
}

/** The names that have a session; all where that cannot be told. @param seen who was there at first */
async function namesOf(
  { connection, flavour }: RootSession,
  principals: readonly Principal[],
  seen: readonly Presence[],
): Promise<ReadonlySet<string>> {
  const started = Date.now();
  // Who is just becoming somebody else may be anybody.
  for (let there = seen; ;) {
    if (!there.some(({ isChanging }) => isChanging)) {
      return new Set(there.flatMap(({ name }) => (name === undefined ? [] : [name])));
    }
    if (Date.now() - started > loginPatienceMs) return new Set(principals);
    there = ((await connection.results([pause, presenceQuery(flavour, principals)])).at(-1) ?? []).map(toPresence);
  }
}

/** What became of accounts that were to be dropped. */
interface Fall {
  /** whose accounts this has dropped, rather than somebody else */
  readonly dropped: ReadonlySet<Principal>;
  /** whose accounts are still there */
  readonly remaining: ReadonlySet<Principal>;
  /** who was there when all was done */
  readonly there: readonly Presence[];
}

/**
 * Drops what can be dropped: where the server refuses one, it refuses the list, which is then tried in halves.
 *
 * @param principals to look for when all is done
 */
async function dropAll(
  { connection, flavour }: RootSession,
  accounts: readonly Account[],
  principals: readonly Principal[],
): Promise<Fall> {
  const looks = [flavour.accounts(principals), presenceQuery(flavour, principals)];
  const dropped = new Set<Principal>();
  let after: readonly Row[][] = [];
  const parts = accounts.length === 0 ? [] : [accounts];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    after = [];
    try {
      const fall = await drop(connection, part, looks);
      for (const principal of fall.dropped) dropped.add(principal);
      after = fall.after;
    } catch (error) {
      if (isLost(error)) throw error;
    }
    // Refused: nothing was seen after it.
    if (after.length > 0 || part.length === 1) continue;
    const half = Math.ceil(part.length / 2);
    parts.push(part.slice(half), part.slice(0, half));
  }
  const [remaining = [], there = []] = after.length > 0 ? after : await connection.results(looks);
  return {
    dropped,
    remaining: new Set(remaining.map((row) => toAccount(row).principal)),
    there: there.map(toPresence),
  };
}

/** The ladder for one, whose failure stops no other. */
async function endAlone(
  root: RootSession,
  principal: Principal,
  config: MysqlConfig,
  context: Context,
): Promise<Revocation> {
  try {
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(contentionPatienceMs)]);
    return await retry(
      async () => await revoke(root, principal, config, context),
      isContention,
      signal,
      context.retrying,
    );
  } catch (error) {
    if (isLost(error)) throw error;
    return { outcome: 'failed', reason: `it could not be ended this time: ${messageOf(error)}`, sessionsEnded: 0 };
  }
}

/** Whether an error ends more than one statement: nothing further can be done in this session. */
function isLost(error: unknown): boolean {
  if (isContention(error)) return false;
  return canHeal(error) || (serverError(error) === undefined && !(error instanceof UserError));
}
