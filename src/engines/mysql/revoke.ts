import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import { renderStatements } from '../../lease/template.ts';
import type { Context } from '../engine.ts';
import { retry } from '../retry.ts';
import { Connection, quoteAccount, quoteRole, serverError } from './connection.ts';
import { canHeal, isLoginRefused } from './errors.ts';
import type { Account, Flavour } from './flavour.ts';
import type { MysqlConfig } from './inputs.ts';
import type { LeaseLogin } from './mint.ts';
import { currentAccount, globalRights, missingKillRights, type RootSession } from './root-session.ts';
import { mintLocks, runStatements } from './statements.ts';

/** How long to wait for sessions to end that were told to, in milliseconds: more than the servers' connect_timeout. */
export const patience = 12_000;

/** Takes an account down the ladder: lock, end sessions, clean, drop. Each rung commits by itself and may be repeated. */
export async function revoke(
  root: RootSession,
  principal: Principal,
  config: MysqlConfig,
  { signal }: Context,
): Promise<Revocation> {
  const { connection, flavour } = root;
  const sessions = new Set<number>();
  const result = (outcome: Revocation['outcome'], reason = '', fix = ''): Revocation => ({
    outcome,
    sessionsEnded: sessions.size,
    ...(reason === '' ? {} : { reason }),
    ...(fix === '' ? {} : { fix }),
  });

  await endMint(connection, principal);
  const accounts = await flavour.accounts(connection, [principal]);
  if (accounts.length > 0) await flavour.lock(connection, accounts);
  // A login that was let in before the lock may still be under way; the server shows it under no name yet.
  const underWay = accounts.length === 0 ? [] : await loginsUnderWay(connection);

  const missing = missingKillRights(flavour, await globalRights(connection));
  const left = await endSessions(connection, principal, underWay, sessions);
  if (missing.length > 0 && accounts.length > 0) {
    return result(
      'failed',
      `it is locked, but root lacks ${missing.join(' and ')} and cannot tell that no session is left`,
      `Run as an administrator: GRANT ${missing.join(', ')} ON *.* TO ${await currentAccount(connection)};`,
    );
  }
  if (left > 0) return result('failed', `${left} of its sessions did not end within ${patience / 1000} s`);
  if (accounts.length === 0) {
    await flavour.forget(connection, [principal]);
    return result(sessions.size > 0 ? 'revoked' : 'absent');
  }

  const complaint = await runOwn(root, principal, config['revocation-statements'], signal);
  const refusal = await drop(root, accounts, config['member-of'].map(quoteRole));
  if (refusal !== '') {
    const objects = await definedObjects(connection, principal);
    return result(
      'disabled',
      [refusal, objects, complaint].filter((text) => text !== '').join('; '),
      `Drop these objects or give them another DEFINER, then run: DROP USER ${named(accounts)};`,
    );
  }
  if ((await flavour.accounts(connection, [principal])).length > 0)
    return result('failed', 'it is still there after DROP USER');
  if ((await endSessions(connection, principal, [], sessions)) > 0) {
    return result('failed', 'a session that began before it was locked is still open');
  }
  await flavour.forget(connection, [principal]);
  return result('revoked');
}

/** Ends a mint of this lease that may still be under way on the server although its client is gone. */
async function endMint(connection: Connection, principal: Principal): Promise<void> {
  const started = Date.now();
  for (const lock of mintLocks(principal)) {
    for (;;) {
      const [row] = await connection.rows(
        `SELECT IS_USED_LOCK('${lock}') AS holder, IS_USED_LOCK('${lock}') = CONNECTION_ID() AS mine`,
      );
      const holder = row?.['holder'];
      if (typeof holder !== 'number' || row?.['mine'] === 1 || Date.now() - started > patience) break;
      await kill(connection, holder);
      await sleep(10);
    }
  }
}

/** Connections that have not said yet as whom they log in. */
export async function loginsUnderWay(connection: Connection): Promise<number[]> {
  const rows = await connection.rows(
    "SELECT id AS id FROM information_schema.processlist WHERE user = 'unauthenticated user'",
  );
  return rows.map(({ id }) => Number(id));
}

/**
 * Rung 2. @returns how many sessions are left
 *
 * @param underWay connections that may yet turn out to be the lease's
 */
async function endSessions(
  connection: Connection,
  principal: Principal,
  underWay: readonly number[],
  sessions: Set<number>,
): Promise<number> {
  const waiting = underWay.length === 0 ? '' : ` OR user = 'unauthenticated user' AND id IN (${underWay.join(', ')})`;
  const started = Date.now();
  for (;;) {
    const rows = await connection.rows(
      `SELECT id AS id, user = '${principal}' AS known FROM information_schema.processlist
        WHERE (user = '${principal}'${waiting}) AND id <> CONNECTION_ID()`,
    );
    const isLate = Date.now() - started > patience;
    for (const { id, known } of rows) {
      if (known !== 1 && !isLate) continue;
      const denied = !(await kill(connection, Number(id)));
      if (denied) return rows.length;
      if (known === 1) sessions.add(Number(id));
    }
    if (rows.length === 0) return 0;
    if (isLate) return rows.length;
    await sleep(10);
  }
}

/** @returns false when the server does not let us */
export async function kill(connection: Connection, id: number): Promise<boolean> {
  try {
    await connection.rows(`KILL ${id}`);
    return true;
  } catch (error) {
    if (serverError(error) === 1094) return true; // no such thread: it has ended meanwhile
    if (serverError(error) === 1095) return false; // not owner of the thread
    throw error;
  }
}

/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runOwn(
  root: RootSession,
  principal: Principal,
  statements: string,
  signal: AbortSignal,
): Promise<string> {
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

/** Rung 4. @returns why the server refuses, `''` when it does not */
async function drop(
  { connection }: RootSession,
  accounts: readonly Account[],
  roles: readonly string[],
): Promise<string> {
  try {
    await connection.rows(`DROP USER IF EXISTS ${named(accounts)}`);
    return '';
  } catch (error) {
    if (serverError(error) !== 4006) throw error; // referenced as a definer account
    // What runs in its name shall have no rights; whoever may not take them away leaves them to the sweep.
    const grants = ['ALL PRIVILEGES, GRANT OPTION', ...roles];
    for (const each of grants) await connection.rows(`REVOKE ${each} FROM ${named(accounts)}`).catch(() => undefined);
    return messageOf(error);
  }
}

/** Accounts as a statement names them. */
export function named(accounts: readonly Account[]): string {
  return accounts.map(({ principal, host }) => quoteAccount(principal, host)).join(', ');
}

/** The objects that the account is the definer of, as far as root can see them. */
async function definedObjects(connection: Connection, principal: Principal): Promise<string> {
  const mine = `definer LIKE '${principal.replaceAll('_', '|_')}@%' ESCAPE '|'`;
  const rows = await connection.rows(
    `SELECT CONCAT('view ', table_schema, '.', table_name) AS object FROM information_schema.views WHERE ${mine}
      UNION ALL SELECT CONCAT(LOWER(routine_type), ' ', routine_schema, '.', routine_name) FROM information_schema.routines WHERE ${mine}
      UNION ALL SELECT CONCAT('trigger ', trigger_schema, '.', trigger_name) FROM information_schema.triggers WHERE ${mine}
      UNION ALL SELECT CONCAT('event ', event_schema, '.', event_name) FROM information_schema.events WHERE ${mine}`,
  );
  if (rows.length === 0) return 'root may not see which objects these are';
  return `it is the definer of ${rows.map(({ object }) => String(object)).join(', ')}`;
}

/** Idea 4: the lease ends itself, because no root can. */
export async function endSelf(flavour: Flavour, login: LeaseLogin, { signal }: Context): Promise<Revocation> {
  let connection;
  try {
    connection = await retry(
      async () => await Connection.open(login.target, { ...login, database: '' }, signal),
      canHeal,
      signal,
    );
  } catch (error) {
    if (!isLoginRefused(error)) throw error;
    return { outcome: 'absent', sessionsEnded: 0 };
  }
  await using own = connection;
  await own.rows(flavour.scramble());
  const sessions = new Set<number>();
  // Without the right PROCESS an account sees its own sessions, and may kill them.
  const left = await endSessions(own, login.user as Principal, [], sessions);
  if (left > 0)
    return { outcome: 'failed', reason: `${left} of its sessions did not end`, sessionsEnded: sessions.size };
  return {
    outcome: 'disabled',
    reason: 'no root credential could end it, so it scrambled its own password; the account waits for the sweep',
    sessionsEnded: sessions.size,
  };
}
