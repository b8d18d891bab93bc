import { messageOf } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context } from '../engine.ts';
import { renderStatements } from '../login/statements.ts';
import { drop, missingIn, named, toAccount, type Account, type Dropped } from './account.ts';
import { definedObjects, takeRights } from './clean.ts';
import { quoteAccount, quoteRole, serverError, type Row } from './connection.ts';
import { ER, isServerError } from './errors.ts';
import type { MysqlConfig } from './inputs.ts';
import { endSessions, kill, presenceQuery, sessionPatienceMs, toPresence, type Presence } from './presence.ts';
import { mayKill, missingKillRights, roleFix, type RootSession } from './root-session.ts';
import { mintLocks, runStatements } from './statements.ts';

/** A lease on its way down the ladder. */
interface Descent {
  readonly root: RootSession;
  readonly principal: Principal;
  readonly config: MysqlConfig;
  readonly signal: AbortSignal;
  /** whether root may end sessions without harm */
  readonly may: boolean;
  /** the sessions that were told to end */
  readonly sessions: Set<number>;
}

/** Takes an account down the ladder: lock, end sessions, clean, drop. Each rung commits by itself and may be repeated. */
export async function revoke(
  root: RootSession,
  principal: Principal,
  config: MysqlConfig,
  { signal }: Context,
): Promise<Revocation> {
  const { connection, flavour, rights } = root;
  const lease: Descent = { root, principal, config, signal, may: mayKill(flavour, rights), sessions: new Set() };
  const sight = await lock(lease);
  if (sight === undefined) {
    const account = quoteAccount(principal, config['host-pattern']);
    return failed(
      lease,
      'it holds SYSTEM_USER, and root may neither see nor end it without holding that too',
      `Run as an administrator: DROP USER ${account};`,
    );
  }
  const { accounts } = sight;
  const open = await shutOut(lease, sight);
  if (open !== undefined) return open;
  if (accounts.length === 0) {
    for (const statement of flavour.forget([principal])) await connection.rows(statement);
    return result(lease, lease.sessions.size > 0 ? 'revoked' : 'absent');
  }
  const complaint = await runOwn(lease);
  const looks = [flavour.accounts([principal]), presenceQuery(flavour, [principal])];
  const dropped = await drop(connection, accounts, looks);
  if (dropped.refusal !== '') return await disarm(lease, accounts, dropped.refusal, complaint);
  return await proveGone(lease, dropped);
}

/** What is there of a lease that is locked. */
interface Sight {
  /** whether its mint, or its statements, may still be under way */
  readonly isMinting: boolean;
  readonly accounts: readonly Account[];
  /** sessions that are it or may be it */
  readonly there: readonly Presence[];
}

/**
 * Rung 1. Before anything is known of the lease it is locked where it was minted to be; then it is looked at. A login
 * that was let in before the lock is in what is seen, though the server may show it under no name yet.
 *
 * @returns undefined for an account that root may not see
 */
async function lock(lease: Descent): Promise<Sight | undefined> {
  const { root, principal, config, may } = lease;
  const started = Date.now();
  for (let accounts: readonly Account[] = [{ principal, host: config['host-pattern'] }]; ;) {
    const { holders, isMissing, ...sight } = await lockAndLook(root, principal, accounts);
    // An account that has come into being since is in sight, and is locked the next time.
    const locked = new Set(accounts.filter((one) => !isMissing(one)).map(({ host }) => host.toLowerCase()));
    const isLocked = ({ host }: Account): boolean => locked.has(host.toLowerCase());
    if (sight.isHidden) return undefined;
    const isLate = Date.now() - started > sessionPatienceMs;
    if (sight.accounts.every(isLocked) && (holders.length === 0 || !may || isLate)) {
      return { ...sight, isMinting: holders.length > 0 };
    }
    if (may && !isLate) await kill(root.connection, holders);
    if (sight.accounts.length > 0) accounts = sight.accounts;
  }
}

interface LockOutcome {
  /** the sessions that mint it, or run its statements */
  readonly holders: readonly number[];
  /** whether an account was not there to be locked */
  readonly isMissing: (account: Account) => boolean;
  /** whether root may not lock it, nor see it */
  readonly isHidden: boolean;
}

async function lockAndLook(
  root: RootSession,
  principal: Principal,
  accounts: readonly Account[],
): Promise<Omit<Sight, 'isMinting'> & LockOutcome> {
  const { connection, flavour } = root;
  const [mint, statements] = mintLocks(principal).map((name) => `IS_USED_LOCK('${name}')`);
  const looks = [
    'SHOW WARNINGS',
    `SELECT ${mint} AS mint, ${statements} AS statements, CONNECTION_ID() AS own`,
    flavour.accounts([principal]),
    presenceQuery(flavour, [principal]),
  ];
  let results;
  let refusal: Error | undefined;
  try {
    results = await connection.results([...flavour.lock(accounts, root.now()), ...looks]);
  } catch (error) {
    if (!(error instanceof Error) || !isServerError(error, ER.SPECIFIC_ACCESS_DENIED)) throw error;
    refusal = error;
    results = await connection.results(looks);
  }
  const [notes = [], [locks = {}] = [], found = [], there = []] = results.slice(-looks.length);
  // It takes SYSTEM_USER to see an account that has it; all else that keeps root from a lock keeps it from this too.
  if (refusal !== undefined && found.length > 0) throw refusal;
  return {
    accounts: found.map(toAccount),
    there: there.map(toPresence),
    holders: [locks['mint'], locks['statements']].filter(
      (holder): holder is number => typeof holder === 'number' && holder !== locks['own'],
    ),
    isMissing: missingIn(notes),
    isHidden: refusal !== undefined,
  };
}

/** Rung 2: nobody is left. @returns why that is not so, undefined when it is */
async function shutOut(lease: Descent, { isMinting, accounts, there }: Sight): Promise<Revocation | undefined> {
  const { root, principal, may, sessions } = lease;
  const missing = missingKillRights(root.flavour, root.rights);
  // Without an account nobody can be logging in as it.
  const seen = accounts.length > 0 ? there : there.filter(({ isEntering }) => !isEntering);
  const left = await endSessions(root, principal, seen, sessions, may);
  if (missing.length > 0 && accounts.length > 0) {
    return failed(
      lease,
      `it is locked, but root lacks ${missing.join(' and ')} and cannot tell that no session is left`,
      `Run as an administrator: GRANT ${missing.join(', ')} ON *.* TO ${root.account};`,
    );
  }
  if (!may && isMinting) return roleless(lease, 'its mint is still under way');
  if (!may && left > 0) return roleless(lease, `${left} of its sessions or of logins under way are left`);
  if (left > 0) {
    return failed(
      lease,
      `${left} of its sessions, or of sessions that may be it, did not end within ${sessionPatienceMs / 1000} s`,
    );
  }
  return undefined;
}

/** Rung 3, for an account that cannot be dropped: it stays, and has no rights. @param refusal why it cannot be dropped */
async function disarm(
  lease: Descent,
  accounts: readonly Account[],
  refusal: string,
  complaint: string,
): Promise<Revocation> {
  const { root, principal, config, may } = lease;
  const kept = await takeRights(root, accounts, config['member-of'].map(quoteRole));
  const objects = await definedObjects(root.connection, principal);
  // What had its rights from before, such as an event that has begun since.
  const late = await endLate(lease, await root.connection.rows(presenceQuery(root.flavour, [principal])));
  if (!may && late > 0) return roleless(lease, `${late} of its sessions or events are left`);
  if (late > 0) return failed(lease, `${late} of its sessions or events are still under way; ${refusal}`);
  return result(
    lease,
    kept === '' ? 'disabled' : 'failed',
    [refusal, objects, kept, complaint].filter((text) => text !== '').join('; '),
    `Drop these objects or give them another DEFINER, then run: DROP USER ${named(accounts)};`,
  );
}

/** Rung 4: the account is gone, and nobody is left who was it. @param after what was seen once it was dropped */
async function proveGone(
  lease: Descent,
  { dropped, after: [accounts = [], there = []] }: Dropped,
): Promise<Revocation> {
  const { root, principal, may, sessions } = lease;
  const { connection, flavour, isProxying } = root;
  if (accounts.length > 0) return failed(lease, 'it is still there after DROP USER');
  if ((await endLate(lease, there)) > 0) {
    return failed(lease, 'a session that began before it was locked is still open');
  }
  if (isProxying && !may) return roleless(lease, 'the server lets accounts log in as others (GRANT PROXY)');
  const hidden = isProxying ? await flavour.endProxies(connection, [principal]) : '';
  for (const statement of flavour.forget([principal])) await connection.rows(statement);
  if (hidden !== '') return failed(lease, hidden);
  // Somebody else, such as a sweep, may have dropped it between our look and our statement.
  return result(lease, dropped.length > 0 || sessions.size > 0 ? 'revoked' : 'absent');
}

/** Ends what has shown up since the lease was locked. @returns how many are left */
async function endLate({ root, principal, sessions, may }: Descent, rows: readonly Row[]): Promise<number> {
  const there = rows.map(toPresence).filter(({ isEntering }) => !isEntering);
  return await endSessions(root, principal, there, sessions, may);
}

function result({ sessions }: Descent, outcome: Revocation['outcome'], reason = '', fix = ''): Revocation {
  return {
    outcome,
    sessionsEnded: sessions.size,
    ...(reason === '' ? {} : { reason }),
    ...(fix === '' ? {} : { fix }),
  };
}

function failed(lease: Descent, reason: string, fix = ''): Revocation {
  return result(lease, 'failed', reason, fix);
}

function roleless(lease: Descent, what: string): Revocation {
  return failed(lease, `${what}, and root, which has no role, cannot end that without harm`, roleFix(lease.root));
}

/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runOwn({ root, principal, config, signal }: Descent): Promise<string> {
  const statements = config['revocation-statements'];
  if (statements === '') return '';
  const text = renderStatements(statements, { name: principal }, 'revocation-statements');
  try {
    await runStatements(root, principal, text, signal);
    return '';
  } catch (error) {
    if (serverError(error) === undefined) throw error;
    return `the revocation-statements failed: ${messageOf(error)}`;
  }
}
