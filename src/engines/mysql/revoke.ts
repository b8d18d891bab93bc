import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import { renderStatements } from '../login/statements.ts';
import type { Context } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { Connection, quoteAccount, quoteRole, serverError } from './connection.ts';
import { canHeal, isLocked, isLoginRefused } from './errors.ts';
import type { Account, Flavour } from './flavour.ts';
import type { MysqlConfig } from './inputs.ts';
import type { LeaseLogin } from './mint.ts';
import { currentAccount, globalRights, mayKill, missingKillRights, roleFix, type RootSession } from './root-session.ts';
import { mintLocks, runStatements } from './statements.ts';

/** How long to wait for sessions to end that were told to, in milliseconds. */
export const patience = 12_000;

/**
 * How long a login that is under way may go on, in milliseconds, before it is ended. Whose it is nobody can tell: anybody
 * who reaches the server can connect and say nothing.
 */
export const loginPatience = 2000;

/** How long a KILL may take, in milliseconds. */
const killPatience = 5000;

/** Where sessions are ended. */
type Site = Pick<RootSession, 'connection' | 'flavour'>;

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

  const rights = await globalRights(connection);
  const may = mayKill(flavour, rights);
  const roleless = async (what: string): Promise<Revocation> =>
    result('failed', `${what}, and root, which has no role, cannot end that without harm`, await roleFix(connection));

  const isMinting = !(await endMint(connection, principal, may));
  const accounts = await flavour.accounts(connection, [principal]);
  if (accounts.length === 0 && (await flavour.conceals(connection, principal, config['host-pattern']))) {
    return result(
      'failed',
      'it holds SYSTEM_USER, and root may neither see nor end it without holding that too',
      `Run as an administrator: DROP USER ${quoteAccount(principal, config['host-pattern'])};`,
    );
  }
  if (accounts.length > 0) await flavour.lock(connection, accounts);
  // A login that was let in before the lock may still be under way; the server shows it under no name yet.
  const underWay = accounts.length === 0 ? [] : await loginsUnderWay(root);

  const missing = missingKillRights(flavour, rights);
  const left = await endSessions(root, principal, underWay, sessions, may);
  if (missing.length > 0 && accounts.length > 0) {
    return result(
      'failed',
      `it is locked, but root lacks ${missing.join(' and ')} and cannot tell that no session is left`,
      `Run as an administrator: GRANT ${missing.join(', ')} ON *.* TO ${await currentAccount(connection)};`,
    );
  }
  if (!may && isMinting) return await roleless('its mint is still under way');
  if (!may && left > 0) return await roleless(`${left} of its sessions or of logins under way are left`);
  if (left > 0)
    return result(
      'failed',
      `${left} of its sessions, or of sessions that may be it, did not end within ${patience / 1000} s`,
    );
  if (accounts.length === 0) {
    await flavour.forget(connection, [principal]);
    return result(sessions.size > 0 ? 'revoked' : 'absent');
  }

  const complaint = await runOwn(root, principal, config['revocation-statements'], signal);
  const { dropped, refusal } = await drop(connection, accounts);
  if (refusal !== '') {
    const kept = await takeRights(root, accounts, config['member-of'].map(quoteRole));
    const objects = await definedObjects(connection, principal);
    // What had its rights from before, such as an event that has begun since.
    const late = await endSessions(root, principal, [], sessions, may);
    if (!may && late > 0) return await roleless(`${late} of its sessions or events are left`);
    if (late > 0) return result('failed', `${late} of its sessions or events are still under way; ${refusal}`);
    return result(
      kept === '' ? 'disabled' : 'failed',
      [refusal, objects, kept, complaint].filter((text) => text !== '').join('; '),
      `Drop these objects or give them another DEFINER, then run: DROP USER ${named(accounts)};`,
    );
  }
  if ((await flavour.accounts(connection, [principal])).length > 0)
    return result('failed', 'it is still there after DROP USER');
  if ((await endSessions(root, principal, [], sessions, may)) > 0) {
    return result('failed', 'a session that began before it was locked is still open');
  }
  if (root.isProxying && !may) return await roleless('the server lets accounts log in as others (GRANT PROXY)');
  const hidden = root.isProxying ? await flavour.endProxies(connection, [principal]) : '';
  await flavour.forget(connection, [principal]);
  if (hidden !== '') return result('failed', hidden);
  // Somebody else, such as a sweep, may have dropped it between our look and our statement.
  return result(dropped.length > 0 || sessions.size > 0 ? 'revoked' : 'absent');
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
    if (!may || Date.now() - started > patience) return false;
    for (const holder of holders) await kill(connection, Number(holder));
    await sleep(10);
  }
}

/** Connections that have not said yet as whom they log in, and sessions that are just becoming somebody else. */
export async function loginsUnderWay({ connection, flavour }: Site): Promise<number[]> {
  const rows = await connection.rows(
    `SELECT DISTINCT id AS id FROM ${flavour.sessions} WHERE user = 'unauthenticated user' OR command = 'Change user'`,
  );
  return rows.map(({ id }) => Number(id));
}

/**
 * Rung 2. @returns how many sessions are left
 *
 * @param underWay connections that may yet turn out to be the lease's
 * @param may whether to end them, rather than wait for them
 */
async function endSessions(
  { connection, flavour }: Site,
  principal: Principal,
  underWay: readonly number[],
  sessions: Set<number>,
  may: boolean,
): Promise<number> {
  const waiting = underWay.length === 0 ? '' : ` OR user = 'unauthenticated user' AND id IN (${underWay.join(', ')})`;
  const isIts = `CAST(user AS BINARY) = '${principal}'`;
  const changing = new Map<number, number>();
  const started = Date.now();
  for (;;) {
    // A session that is becoming somebody else goes by the other's name, and by its own again when it is refused.
    const rows = await connection.rows(
      `SELECT id AS id, MAX(${isIts}) AS known, MAX(command = 'Change user') AS changing FROM ${flavour.sessions}
        WHERE (${isIts} OR command = 'Change user'${waiting}) AND id <> CONNECTION_ID() GROUP BY id`,
    );
    if (rows.length === 0) return 0;
    const now = Date.now();
    const elapsed = now - started;
    if (!may && (elapsed > loginPatience || rows.some(({ known }) => known === 1))) return rows.length;
    if (elapsed > patience) return rows.filter((row) => row['known'] === 1 || row['changing'] === 1).length;
    for (const { id, known, changing: isChanging } of rows) {
      const since = isChanging === 1 ? (changing.get(Number(id)) ?? now) : started;
      if (isChanging === 1) changing.set(Number(id), since);
      if (known !== 1 && now - since < loginPatience) continue;
      const denied = !(await kill(connection, Number(id)));
      if (denied) return rows.length;
      if (known === 1) sessions.add(Number(id));
    }
    await sleep(10);
  }
}

/** @returns false when the server does not let us */
export async function kill(connection: Connection, id: number): Promise<boolean> {
  const late = `the server did not carry out KILL within ${killPatience / 1000} s`;
  try {
    await connection.within(killPatience, late, `KILL ${id}`);
    return true;
  } catch (error) {
    if (serverError(error) === 1094) return true; // no such thread: it has ended meanwhile
    if ([1095, 1227].includes(serverError(error) ?? 0)) return false; // not owner of the thread, or it has SYSTEM_USER
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

/** Rung 4. @returns the names of the accounts that it has dropped; why the server refuses, `''` when it does not */
export async function drop(
  connection: Connection,
  accounts: readonly Account[],
): Promise<{ dropped: readonly Principal[]; refusal: string }> {
  try {
    const notes = await connection.notes(`DROP USER IF EXISTS ${named(accounts)}`);
    // does not exist: MySQL, MariaDB
    const missing = notes.filter(({ code }) => [3162, 1974].includes(code)).map(({ message }) => message);
    const isMissing = ({ principal, host }: Account): boolean =>
      missing.some((text) => text.includes(`'${principal}'@'${host}'`));
    return { dropped: accounts.filter((one) => !isMissing(one)).map(({ principal }) => principal), refusal: '' };
  } catch (error) {
    if (serverError(error) !== 4006) throw error; // referenced as a definer account
    return { dropped: [], refusal: messageOf(error) };
  }
}

/**
 * What runs in the name of an account that cannot be dropped shall have no rights.
 *
 * @param named roles that it is known to have been granted
 * @returns what it could not take, `''` when it took everything that it knows of
 */
async function takeRights(
  { connection, flavour }: RootSession,
  accounts: readonly Account[],
  roles: readonly string[],
): Promise<string> {
  const all = new Set([...roles, ...(await flavour.rolesOf(connection, accounts))]);
  const refused: string[] = [];
  for (const each of ['ALL PRIVILEGES, GRANT OPTION', ...all]) {
    try {
      await connection.rows(`REVOKE ${each} FROM ${named(accounts)}`);
    } catch (error) {
      if (serverError(error) === undefined) throw error;
      // A role that is gone gives nothing any more.
      if (serverError(error) !== 3523) refused.push(`REVOKE ${each}: ${messageOf(error)}`);
    }
  }
  return refused.length === 0 ? '' : `its objects may still act for it, because root may not ${refused.join('; ')}`;
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
  if (rows.length === 0) return 'root may not see which objects these are; docs/mysql.md has a query that shows them';
  return `it is the definer of ${rows.map(({ object }) => String(object)).join(', ')}`;
}

/** Idea 4: the lease ends itself, because no root can. */
export async function endSelf(flavour: Flavour, login: LeaseLogin, { signal, retrying }: Context): Promise<Revocation> {
  let connection;
  try {
    connection = await retry(
      async () => await Connection.open(login.target, { ...login, database: '' }, signal),
      canHeal,
      signal,
      retrying,
    );
  } catch (error) {
    if (isLocked(error)) return { outcome: 'absent', sessionsEnded: 0 };
    if (!isLoginRefused(error)) throw error;
    throw new UserError('the server refuses its password, which somebody may have changed', {
      said: messageOf(error),
      cause: error,
    });
  }
  await using own = connection;
  if (flavour.activateRoles !== '') await own.rows(flavour.activateRoles);
  const sessions = new Set<number>();
  // Without the right PROCESS an account sees its own sessions, and may kill them.
  const may = mayKill(flavour, await globalRights(own));
  const site = { connection: own, flavour };
  const started = Date.now();
  for (let ended = -1; ended < sessions.size;) {
    ended = sessions.size;
    // Whoever is ended after it may have set the password back.
    await own.rows(flavour.scramble());
    const left = await endSessions(site, login.user as Principal, [], sessions, may);
    const isLate = Date.now() - started > patience && ended < sessions.size;
    if (left > 0 || isLate)
      return {
        outcome: 'failed',
        reason: 'its password was scrambled, but its sessions did not all end',
        sessionsEnded: sessions.size,
      };
  }
  return {
    outcome: 'failed',
    reason:
      'its password was scrambled and its sessions ended, but a login that was under way, or an event of its own, may go on until the reaper or the sweep ends it',
    sessionsEnded: sessions.size,
  };
}
