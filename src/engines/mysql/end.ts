import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context, Lease } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { drop, listOf, type Account } from './account.ts';
import { serverError, type Connection } from './connection.ts';
import { canHeal, isContention } from './errors.ts';
import type { MysqlConfig } from './inputs.ts';
import { kill, loginPatienceMs, loginsUnderWay } from './presence.ts';
import { revoke } from './revoke.ts';
import { globalRights, mayKill, missingKillRights, type RootSession } from './root-session.ts';
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
  const { connection, flavour } = root;
  const rights = await globalRights(connection);
  if (missingKillRights(flavour, rights).length > 0 || !mayKill(flavour, rights)) return;
  const minting = await mintsUnderWay(connection, principals);
  const quiet = principals.filter((principal) => !minting.has(principal));
  if (quiet.length === 0) return;

  const accounts = await flavour.accounts(connection, quiet);
  if (accounts.length > 0) {
    await flavour.lock(connection, accounts);
    if (!(await awaitLogins(root, await loginsUnderWay(root)))) return;
  }
  const active = await withSessions(root, quiet);
  const idle = quiet.filter((principal) => !active.has(principal));
  const existing = accounts.filter(({ principal }) => !active.has(principal));
  const dropped = await dropAll(connection, existing);

  if (idle.length === 0) return;
  const remaining = new Set((await flavour.accounts(connection, idle)).map(({ principal }) => principal));
  const late = await withSessions(root, idle);
  const gone = idle.filter((principal) => !remaining.has(principal) && !late.has(principal));
  if (gone.length === 0) return;
  const hidden = root.isProxying ? await flavour.endProxies(connection, gone) : '';
  await flavour.forget(connection, gone);
  for (const principal of gone) {
    const outcome = dropped.has(principal) ? 'revoked' : 'absent';
    ended.set(
      principal,
      hidden === '' ? { outcome, sessionsEnded: 0 } : { outcome: 'failed', reason: hidden, sessionsEnded: 0 },
    );
  }
}

/** Leases that a mint, or its statements, may still be under way for although its client is gone. */
async function mintsUnderWay(connection: Connection, principals: readonly Principal[]): Promise<ReadonlySet<string>> {
  const locks = principals.flatMap((principal) =>
    mintLocks(principal).map((lock) => `SELECT '${principal}' AS name, '${lock}' AS mint`),
  );
  const rows = await connection.rows(
    `SELECT name FROM (${locks.join(' UNION ALL ')}) locks WHERE IS_USED_LOCK(mint) IS NOT NULL`,
  );
  return new Set(rows.map(({ name }) => String(name)));
}

/** Waits until connections have logged in, or have ended; ends those that take too long. @returns whether none is left */
async function awaitLogins(root: RootSession, ids: readonly number[]): Promise<boolean> {
  const started = Date.now();
  for (let left = ids; ; await sleep(10)) {
    if (left.length === 0) return true;
    const elapsedMs = Date.now() - started;
    if (elapsedMs > loginPatienceMs + 1000) return false;
    if (elapsedMs > loginPatienceMs) for (const id of left) await kill(root.connection, id);
    const now = new Set(await loginsUnderWay(root));
    left = left.filter((id) => now.has(id));
  }
}

/** The names among these that have a session; all where that cannot be told. */
async function withSessions(
  { connection, flavour }: RootSession,
  principals: readonly Principal[],
): Promise<ReadonlySet<string>> {
  for (const started = Date.now(); ; await sleep(10)) {
    const rows = await connection.rows(
      `SELECT DISTINCT user AS name, command = 'Change user' AS changing FROM ${flavour.sessions}
        WHERE CAST(user AS BINARY) IN (${listOf(principals)}) OR command = 'Change user'`,
    );
    // Who is just becoming somebody else may be anybody.
    if (!rows.some(({ changing }) => changing === 1)) return new Set(rows.map(({ name }) => String(name)));
    if (Date.now() - started > loginPatienceMs) return new Set(principals);
  }
}

/**
 * Drops what can be dropped: where the server refuses one, it refuses the list, which is then tried in halves.
 *
 * @returns the names of those that this has dropped, rather than somebody else
 */
async function dropAll(connection: Connection, accounts: readonly Account[]): Promise<ReadonlySet<Principal>> {
  if (accounts.length === 0) return new Set();
  try {
    const { dropped, refusal } = await drop(connection, accounts);
    if (refusal === '') return new Set(dropped);
  } catch (error) {
    if (isLost(error)) throw error;
  }
  if (accounts.length === 1) return new Set();
  const half = Math.ceil(accounts.length / 2);
  const first = await dropAll(connection, accounts.slice(0, half));
  return new Set([...first, ...(await dropAll(connection, accounts.slice(half)))]);
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
