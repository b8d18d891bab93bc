import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import { renderStatements } from '../login/statements.ts';
import type { Context } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { accountQuery, findAccount, grantToActor, toAccount, type Account } from './account.ts';
import { clean, type Remains } from './clean.ts';
import { integer, quoteLiteral, quoteName, sqlState, type Row } from './connection.ts';
import { isContention, isLost, isServerError, SQLSTATE } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { describe, outlast, type Prepared } from './locks.ts';
import { preparedQuery, rollBackAll, rollBackHolder, toPrepared } from './prepared.ts';
import { endLogins, presenceQuery, settlingMs, toPresence } from './presence.ts';
import { firstLine, type RootSession } from './root-session.ts';

/** How long to wait for sessions to end, once the server was told to end them. */
const patienceMs = 10_000;

/** How long to try again while somebody holds a lock; and how long when only a disabled role is left to remove. */
const tryingMs = { first: 20_000, shell: 5000 };

/** No statement waits long for a lock, whoever holds it. */
const briefly = "SET LOCAL lock_timeout = '1s';";

/** What one revocation has come to know on its way, over all its attempts. */
interface Descent {
  /** process ids of the sessions that were ended */
  readonly sessions: Set<number>;
  /** oids of the groups that the role was a member of when it was first looked at */
  readonly groups: Set<number>;
  /** whether it was seen that no login is possible and no session is open */
  isEmpty: boolean;
  /** who holds the lock that was waited for, in words */
  holder: string;
}

interface RevokeOptions {
  /** the answer to {@link lookUp}, where that was asked already */
  readonly first?: Row[][] | undefined;
  /** how long to try again while somebody holds a lock */
  readonly limitMs?: number;
}

/**
 * Takes a role down the ladder: disable, end sessions, clean, remove. Each rung is committed by itself and may be
 * repeated; two revocations at once do not harm each other.
 */
export async function revoke(
  root: RootSession,
  principal: Principal,
  config: PostgresConfig,
  context: Context,
  { first, limitMs = tryingMs.first }: RevokeOptions = {},
): Promise<Revocation> {
  let seen = first;
  const descent: Descent = { sessions: new Set(), groups: new Set(), isEmpty: false, holder: '' };
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(limitMs)]);
  // Mostly another revocation of the same role is in the way. So it begins again from the top, where the role may be gone.
  const descend = async (): Promise<Outcome> => {
    const there = seen;
    seen = undefined;
    return await down(root, principal, config, context, descent, there);
  };
  const started = Date.now();
  const mayPass = (error: unknown): boolean =>
    isContention(error) && !(descent.isEmpty && Date.now() - started >= tryingMs.shell);
  let end: Outcome;
  try {
    end = await retry(descend, mayPass, signal, context.retrying);
  } catch (error) {
    if (isLost(error) || context.signal.aborted) throw error;
    end = await giveUp(root, principal, error, descent);
  }
  return { ...end, sessionsEnded: descent.sessions.size };
}

type Outcome = Omit<Revocation, 'sessionsEnded'>;

async function down(
  root: RootSession,
  principal: Principal,
  config: PostgresConfig,
  { warn }: Context,
  descent: Descent,
  first: Row[][] | undefined,
): Promise<Outcome> {
  const account = await begin(root, principal, descent, first);
  if ('outcome' in account) return account;
  for (const group of account.groups) descent.groups.add(group);
  const isIts = ({ owner }: Prepared): boolean => owner === principal;
  try {
    const there = await disable(root, account, descent);
    const { left, prepared } = await endSessions(root, account, descent, there);
    if (left > 0) {
      return { outcome: 'failed', reason: `${left} of its sessions did not end within ${patienceMs / 1000} s` };
    }
    descent.isEmpty = true;
    const [its, others] = [prepared.filter(isIts), prepared.filter((each) => !isIts(each))];
    const held = await rollBackAll(root, account, its);
    if (held !== undefined) return { outcome: 'disabled', ...held };
    const complaint = await runStatements(root, account, config['revocation-statements']);
    const removed = await remove(root, account, descent);
    if (typeof removed !== 'number') {
      const reason = [removed.reason, complaint].filter((text) => text !== '').join('; ');
      return { outcome: 'disabled', reason, fix: removed.fix };
    }
    if (removed > 0) {
      return { outcome: 'failed', reason: 'a session that began before it was disabled is still open' };
    }
    for (const { gid, owner, database } of others) {
      warn(
        `${principal} or another member of ${JSON.stringify(owner)} has prepared the transaction ${JSON.stringify(gid)} in the database ${JSON.stringify(database)}, which keeps its locks until somebody ends it`,
      );
    }
    return { outcome: 'revoked' };
  } catch (error) {
    // Somebody else removed the role meanwhile, the sweep or a second post step.
    if (isServerError(error, SQLSTATE.UNDEFINED_OBJECT) && (await findAccount(root, principal)) === undefined)
      return { outcome: 'absent' };
    throw error;
  }
}

/**
 * Looks the role up, and ends a mint of it that may still be under way on the server although its client is gone: else the
 * role could appear after it was found absent. A mint by another root login, which shares the admin role, cannot be ended
 * but can be seen and waited for.
 */
async function begin(
  root: RootSession,
  principal: Principal,
  { sessions }: Descent,
  first: Row[][] | undefined,
): Promise<Account | Outcome> {
  const started = Date.now();
  let seen = first;
  for (;;) {
    const [there = [], , [row] = []] = (seen ?? (await root.connection.results(lookUp(principal)))).slice(-3);
    seen = undefined;
    const mints = there.filter(({ mint }) => mint === true);
    for (const { pid, mint } of there) if (mint !== true) sessions.add(integer(pid));
    // A role is made by one message: a mint of another login either has made it, or still may.
    const awaited = mints.filter(({ mine }) => mine === true || row === undefined);
    if (awaited.length === 0 || Date.now() - started >= patienceMs) {
      if (row !== undefined) return toAccount(row, principal);
      const other = awaited.find(({ mine }) => mine !== true);
      return other === undefined ? { outcome: 'absent' } : stillMinting(String(other['user']));
    }
    await sleep(20);
  }
}

/**
 * Statements that look a role up, and tell a mint of it to end. The mint's session belongs to the login, and admin-role may
 * not end it. A superuser also ends the lease's own sessions before it reads anything else: a member of pg_maintain can
 * lock whole catalogs.
 */
export function lookUp(principal: Principal): string {
  const name = quoteLiteral(principal);
  const isMint = `application_name = ${name} AND pid <> pg_backend_pid()`;
  const actor = "current_setting('joblease.actor')";
  const isSuperuser = `(SELECT rolsuper FROM pg_roles WHERE rolname = ${actor})`;
  return `SELECT set_config('joblease.actor', current_user, true), set_config('role', 'none', true);
    SELECT pid::text AS pid, a.usename::text AS user, a.usename = session_user AS mine, ${isMint} AND a.usename <> ${name} AS mint,
        CASE WHEN a.usename = session_user OR ${isSuperuser} THEN pg_terminate_backend(pid) END AS ended
      FROM pg_stat_activity a WHERE ${isMint} AND (a.usename = session_user OR pg_has_role(a.usesysid, ${actor}, 'MEMBER'))
        OR a.usename = ${name} AND ${isSuperuser};
    SELECT set_config('role', ${actor}, true);
    ${accountQuery(principal)}`;
}

function stillMinting(user: string): Outcome {
  return {
    outcome: 'failed',
    reason: `it is not there yet, but a session of ${quoteName(user)} may still be about to create it`,
    fix: 'When that session is over, the next sweep ends what has come of it.',
  };
}

/**
 * Rung 1: no new login and no more rights through groups. Root becomes a member of the role, to end its sessions.
 *
 * @returns who was logged in right after it; undefined where that was not looked at
 */
async function disable(root: RootSession, account: Account, descent: Descent): Promise<Row[][] | undefined> {
  const close = `ALTER ROLE ${quoteName(account.principal)} NOLOGIN PASSWORD NULL`;
  const join = root.isSuperuser ? '' : grantToActor(root, account.principal);
  const leave = takeMemberships(root, account);
  const text = (...statements: readonly string[]): string =>
    `${briefly} ${statements.filter((each) => each !== '').join('; ')}`;
  const send = async (...statements: readonly string[]): Promise<Row | undefined> =>
    (await root.connection.rows(text(...statements))).at(-1);
  let isClosed = true;
  let seen: Row[][] | undefined;
  try {
    seen = await root.connection.transactions([text(close, join, leave), lookAround(account, descent)]);
    if (hasLeft(seen.findLast(([row]) => row !== undefined && 'held' in row)?.[0])) return seen;
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    // Something holds a lock on the role's row, as the lease itself can (ALTER ROLE … PASSWORD in an open transaction), or
    // root cannot become a member. So each statement is sent alone. Where root may not end the role, nothing is changed.
    isClosed = !isContention(error);
    if (isClosed) await send(close);
    const left = await send(leave);
    if (join !== '') await send(join);
    if (isClosed && hasLeft(left)) return undefined;
  }
  // Ending the lease's sessions lets go of what they hold up.
  await endSessions(root, account, descent, seen);
  if (!isClosed) await inSpite(root, account, descent, `${briefly} ${close}`);
  await send(leave);
  return undefined;
}

/** @param row the answer to the last statement of {@link takeMemberships} */
function hasLeft(row: Row | undefined): boolean {
  return row?.['held'] === '0';
}

/** Sends a statement that may wait for a lock, and rolls back what the lease has prepared to hold that lock. */
async function inSpite(root: RootSession, account: Account, descent: Descent, text: string): Promise<Row[]> {
  return await outlast(root, text, async (holder, there) => {
    descent.holder = describe(holder);
    if ('prepared' in holder) await rollBackHolder(there, account, holder.prepared, descent.groups);
  });
}

/** How long the server may be busy with taking one role's memberships away. */
const leavingMs = 5000;

/**
 * A statement that revokes a role's memberships, and those that it has granted: with the ADMIN option it can have made
 * others members, which must not outlive it and would keep it from being dropped.
 *
 * Anybody can make the lease a member of a role of their own, or of thousands, and can rename or drop those meanwhile. So
 * the server looks up each name at the moment of its REVOKE, and each has an exception block of its own: one that fails
 * stops neither the others nor the rest of the message, and goes when the role is dropped. Memberships that root has
 * granted come first.
 *
 * @returns statements; the last one tells how many were `held` up
 */
function takeMemberships(root: RootSession, { principal, oid, heir }: Account): string {
  const name = quoteName(principal);
  const isOld = root.version < 160_000;
  // The members that the role has made, and those that they made in turn. PostgreSQL 16 and newer revoke these themselves
  // (CASCADE).
  const memberships = isOld
    ? `WITH RECURSIVE onward AS (
          SELECT roleid, member, admin_option FROM pg_auth_members WHERE grantor = ${oid}
          UNION SELECT next.roleid, next.member, next.admin_option FROM pg_auth_members next
            JOIN onward o ON next.roleid = o.roleid AND next.grantor = o.member AND o.admin_option)
        SELECT roleid, member, 0 AS grantor FROM onward
        UNION ALL SELECT roleid, member, 0 FROM pg_auth_members WHERE member = ${oid}`
    : `SELECT roleid, member, grantor FROM pg_auth_members WHERE member = ${oid}
        ORDER BY (grantor = (SELECT oid FROM pg_roles WHERE rolname = current_user)) DESC`;
  const take = isOld
    ? `EXECUTE format('REVOKE %I FROM %I CASCADE', pg_get_userbyid(m.roleid), pg_get_userbyid(m.member));`
    : `EXECUTE format('REVOKE %I FROM ${name} GRANTED BY %I CASCADE', pg_get_userbyid(m.roleid), pg_get_userbyid(m.grantor));`;
  // The membership in the heir proves it (see findHeir), also when all this is repeated. So one without rights stays.
  const keep =
    isOld || heir === undefined
      ? ''
      : `IF m.roleid = (SELECT oid FROM pg_roles WHERE rolname = ${quoteLiteral(heir)}) THEN
            EXECUTE format('GRANT %I TO ${name} WITH ADMIN FALSE, INHERIT FALSE, SET FALSE', pg_get_userbyid(m.roleid));
          END IF;`;
  const body = `DECLARE m record; held int := 0; BEGIN
    FOR m IN ${memberships} LOOP
      held := held + 1;
      CONTINUE WHEN clock_timestamp() > statement_timestamp() + interval '${leavingMs} ms';
      FOR attempt IN 1..20 LOOP
        BEGIN
          ${take}
          ${keep}
          held := held - 1;
          EXIT;
        EXCEPTION
          WHEN undefined_object THEN NULL; -- it has another name since
          WHEN insufficient_privilege THEN held := held - 1; EXIT;
          WHEN OTHERS THEN EXIT;
        END;
      END LOOP;
    END LOOP;
    PERFORM set_config('joblease.held', held::text, true);
  END`;
  return `DO ${quoteLiteral(body)}; SELECT current_setting('joblease.held') AS held`;
}

/** What {@link endSessions} has left. */
interface Left {
  readonly left: number;
  readonly prepared: readonly Prepared[];
}

/** Statements that tell the role's sessions to end, and list them, logins under way and prepared transactions. */
function lookAround(account: Account, { groups }: Descent): string {
  // A session keeps the oid of the role that it logged in as, also after SET ROLE and when that role is dropped.
  return `${presenceQuery([account.oid], 'pg_terminate_backend(pid)')}; ${preparedQuery(account, groups)}`;
}

/** Rung 2. @param first the answer to {@link lookAround}, where that was asked already */
async function endSessions(
  root: RootSession,
  account: Account,
  descent: Descent,
  first: Row[][] | undefined,
): Promise<Left> {
  const started = Date.now();
  let seen = first;
  for (;;) {
    const [there = [], prepared = []] = (seen ?? (await root.connection.results(lookAround(account, descent)))).slice(
      -2,
    );
    seen = undefined;
    const { sessions: open, logins } = toPresence(there);
    const ended = await endLogins(root, [account.principal], logins);
    const pids = [...open.map(({ pid }) => pid), ...ended];
    for (const pid of pids) descent.sessions.add(pid);
    const elapsed = Date.now() - started;
    const isSettled = pids.length === 0 && (logins.length === 0 || elapsed >= settlingMs);
    if (isSettled || elapsed >= patienceMs) return { left: pids.length, prepared: prepared.map(toPrepared) };
    await sleep(pids.length === 0 ? 5 : 20);
  }
}

/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runStatements(root: RootSession, { principal }: Account, statements: string): Promise<string> {
  if (statements === '') return '';
  if (root.shutOut !== undefined) {
    return `the revocation-statements were not run: ${firstLine(root.shutOut)}`;
  }
  const text = renderStatements(statements, { name: principal }, 'revocation-statements');
  try {
    await root.connection.rows(`${briefly} ${text}`);
    return '';
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return `the revocation-statements failed: ${messageOf(error)}`;
  }
}

/**
 * Rungs 3 and 4: drops the role, after cleaning up where something stands in the way.
 *
 * @returns what still stands in the way, or how many sessions of the dropped role are open
 */
async function remove(root: RootSession, account: Account, descent: Descent): Promise<Remains | number> {
  const dropped = await drop(root, account, descent);
  if (dropped !== undefined) return dropped;
  const remains = await clean(root, account);
  const droppedNow = await drop(root, account, descent);
  if (droppedNow !== undefined) return droppedNow;
  // The disabled role stays; root's membership in it does not.
  if (!root.isSuperuser) await root.connection.rows(`REVOKE ${quoteName(account.principal)} FROM CURRENT_USER`);
  return remains;
}

/** @returns how many of its sessions are open all the same; undefined when it was not dropped, because other things depend on it */
async function drop(root: RootSession, account: Account, descent: Descent): Promise<number | undefined> {
  const text = `${briefly} DROP ROLE ${quoteName(account.principal)};
    SELECT pid::text AS pid FROM pg_stat_activity WHERE usesysid = ${account.oid}`;
  let sessions;
  try {
    sessions = await root.connection.rows(text).catch(async (error: unknown) => {
      if (!isContention(error)) throw error;
      return await inSpite(root, account, descent, text);
    });
  } catch (error) {
    if (isServerError(error, SQLSTATE.DEPENDENT_OBJECTS_STILL_EXIST)) return undefined;
    throw error;
  }
  for (const { pid } of sessions) {
    // The right to end it went with the role, unless root is a superuser.
    await root.connection.rows(`SELECT pg_terminate_backend(${integer(pid)})`).catch((error: unknown) => {
      if (isLost(error)) throw error;
    });
  }
  return sessions.length;
}

/** How far a revocation came that an error has stopped. */
async function giveUp(root: RootSession, principal: Principal, error: unknown, descent: Descent): Promise<Outcome> {
  const [row] = await root.connection.rows(
    `SELECT rolcanlogin AS login, coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS valid,
      (SELECT string_agg(pg_get_userbyid(member)::text, ', ') FROM pg_auth_members
        WHERE roleid = r.oid AND ${root.version < 160_000 ? 'false' : 'admin_option AND grantor = 10'}) AS creator,
      (SELECT count(*)::text FROM pg_stat_activity WHERE usesysid = r.oid) AS sessions
    FROM pg_roles r WHERE rolname = ${quoteLiteral(principal)}`,
  );
  if (row === undefined) return { outcome: 'absent' };
  const isForeign = isServerError(error, SQLSTATE.INSUFFICIENT_PRIVILEGE);
  // Where root has no right to disable it, an expiry that has passed is not enough: its administrator can move it.
  const isOpen = row['login'] === true && (row['valid'] === true || isForeign);
  const outcome = !descent.isEmpty && (isOpen || row['sessions'] !== '0') ? 'failed' : 'disabled';
  const said = messageOf(error);
  if (isForeign) {
    const creator = typeof row['creator'] === 'string' ? ` It was created by ${row['creator']}.` : '';
    return {
      outcome,
      reason: `${quoteName(root.actor)} has no right to end it: ${said}.${creator}`,
      fix: `Revoke it as the role that minted it (see "admin-role"), or run as a superuser: GRANT ${quoteName(principal)} TO ${quoteName(root.actor)} WITH ADMIN OPTION;`,
    };
  }
  const reason = `it could not be ended this time: ${said}`;
  if (!isContention(error)) return { outcome, reason };
  const fix =
    'An open transaction holds a lock on it, somebody’s or one of root’s own that is still at work; when that is over, the next sweep ends it.';
  return { outcome, reason: descent.holder === '' ? reason : `${reason}; ${descent.holder}`, fix };
}
