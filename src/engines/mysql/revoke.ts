import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import { renderStatements } from '../login/statements.ts';
import type { Context } from '../engine.ts';
import { drop, named, type Account } from './account.ts';
import { definedObjects, takeRights } from './clean.ts';
import { quoteAccount, quoteRole, serverError, type Connection } from './connection.ts';
import type { MysqlConfig } from './inputs.ts';
import { endSessions, kill, loginsUnderWay, sessionPatienceMs } from './presence.ts';
import { currentAccount, globalRights, mayKill, missingKillRights, roleFix, type RootSession } from './root-session.ts';
import { mintLocks, runStatements } from './statements.ts';

/** A lease on its way down the ladder. */
interface Descent {
  readonly root: RootSession;
  readonly principal: Principal;
  readonly config: MysqlConfig;
  readonly signal: AbortSignal;
  /** the global privileges of root */
  readonly rights: ReadonlySet<string>;
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
  const { connection, flavour } = root;
  const rights = await globalRights(connection);
  const may = mayKill(flavour, rights);
  const lease: Descent = { root, principal, config, signal, rights, may, sessions: new Set() };

  const isMinting = !(await endMint(connection, principal, may));
  const accounts = await flavour.accounts(connection, [principal]);
  if (accounts.length === 0 && (await flavour.conceals(connection, principal, config['host-pattern']))) {
    return failed(
      lease,
      'it holds SYSTEM_USER, and root may neither see nor end it without holding that too',
      `Run as an administrator: DROP USER ${quoteAccount(principal, config['host-pattern'])};`,
    );
  }
  const open = await shutOut(lease, accounts, isMinting);
  if (open !== undefined) return open;
  if (accounts.length === 0) {
    await flavour.forget(connection, [principal]);
    return result(lease, lease.sessions.size > 0 ? 'revoked' : 'absent');
  }
  const complaint = await runOwn(lease);
  const { dropped, refusal } = await drop(connection, accounts);
  if (refusal !== '') return await disarm(lease, accounts, refusal, complaint);
  return await proveGone(lease, dropped);
}

/** Rungs 1 and 2: nobody is let in any more, and nobody is left. @returns why that is not so, undefined when it is */
async function shutOut(
  lease: Descent,
  accounts: readonly Account[],
  isMinting: boolean,
): Promise<Revocation | undefined> {
  const { root, principal, rights, may, sessions } = lease;
  const { connection, flavour } = root;
  if (accounts.length > 0) await flavour.lock(connection, accounts);
  // A login that was let in before the lock may still be under way; the server shows it under no name yet.
  const underWay = accounts.length === 0 ? [] : await loginsUnderWay(root);

  const missing = missingKillRights(flavour, rights);
  const left = await endSessions(root, principal, underWay, sessions, may);
  if (missing.length > 0 && accounts.length > 0) {
    return failed(
      lease,
      `it is locked, but root lacks ${missing.join(' and ')} and cannot tell that no session is left`,
      `Run as an administrator: GRANT ${missing.join(', ')} ON *.* TO ${await currentAccount(connection)};`,
    );
  }
  if (!may && isMinting) return await roleless(lease, 'its mint is still under way');
  if (!may && left > 0) return await roleless(lease, `${left} of its sessions or of logins under way are left`);
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
  const { root, principal, config, may, sessions } = lease;
  const kept = await takeRights(root, accounts, config['member-of'].map(quoteRole));
  const objects = await definedObjects(root.connection, principal);
  // What had its rights from before, such as an event that has begun since.
  const late = await endSessions(root, principal, [], sessions, may);
  if (!may && late > 0) return await roleless(lease, `${late} of its sessions or events are left`);
  if (late > 0) return failed(lease, `${late} of its sessions or events are still under way; ${refusal}`);
  return result(
    lease,
    kept === '' ? 'disabled' : 'failed',
    [refusal, objects, kept, complaint].filter((text) => text !== '').join('; '),
    `Drop these objects or give them another DEFINER, then run: DROP USER ${named(accounts)};`,
  );
}

/** Rung 4: the account is gone, and nobody is left who was it. @param dropped what this revocation has dropped itself */
async function proveGone(lease: Descent, dropped: readonly Principal[]): Promise<Revocation> {
  const { root, principal, may, sessions } = lease;
  const { connection, flavour, isProxying } = root;
  if ((await flavour.accounts(connection, [principal])).length > 0)
    return failed(lease, 'it is still there after DROP USER');
  if ((await endSessions(root, principal, [], sessions, may)) > 0) {
    return failed(lease, 'a session that began before it was locked is still open');
  }
  if (isProxying && !may) return await roleless(lease, 'the server lets accounts log in as others (GRANT PROXY)');
  const hidden = isProxying ? await flavour.endProxies(connection, [principal]) : '';
  await flavour.forget(connection, [principal]);
  if (hidden !== '') return failed(lease, hidden);
  // Somebody else, such as a sweep, may have dropped it between our look and our statement.
  return result(lease, dropped.length > 0 || sessions.size > 0 ? 'revoked' : 'absent');
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

async function roleless(lease: Descent, what: string): Promise<Revocation> {
  const reason = `${what}, and root, which has no role, cannot end that without harm`;
  return failed(lease, reason, await roleFix(lease.root.connection));
}

/**
 * Ends a mint of this lease that may still be under way on the server although its client is gone.
 *
 * @returns whether none is left
 */
async function endMint(connection: Connection, principal: Principal, may: boolean): Promise<boolean> {
  const started = Date.now();
  const [mint, statements] = mintLocks(principal).map((lock) => `IS_USED_LOCK('${lock}')`);
  for (;;) {
    const [row] = await connection.rows(`SELECT ${mint} AS mint, ${statements} AS statements, CONNECTION_ID() AS own`);
    const holders = [row?.['mint'], row?.['statements']].filter(
      (holder) => typeof holder === 'number' && holder !== row?.['own'],
    );
    if (holders.length === 0) return true;
    if (!may || Date.now() - started > sessionPatienceMs) return false;
    for (const holder of holders) await kill(connection, Number(holder));
    await sleep(10);
  }
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
