import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import { renderStatements } from '../../lease/template.ts';
import type { Context } from '../engine.ts';
import { retry } from '../retry.ts';
import { findAccount, grantToActor, type Account } from './account.ts';
import { clean, type Remains } from './clean.ts';
import { Connection, quoteLiteral, quoteName, sqlState } from './connection.ts';
import { canHeal, isContention, isLoginRefused } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import type { LeaseLogin } from './mint.ts';
import type { RootSession } from './root-session.ts';
import { unusableVerifier } from './verifier.ts';

/** How long a login that was under way when the role was disabled may take to show up as a session, in milliseconds. */
export const settling = 100;

/** How long to wait for sessions to end that were told to, in milliseconds. */
const patience = 10_000;

/**
 * Takes a role down the ladder: disable, end sessions, clean, remove. Each rung is committed by itself and may be
 * repeated; two revocations at once do not harm each other.
 */
export async function revoke(
  root: RootSession,
  principal: Principal,
  config: PostgresConfig,
  { signal }: Context,
): Promise<Revocation> {
  await endMint(root, principal);
  const sessions = new Set<number>();
  // What disturbs one revocation is mostly another one of the same role: from the top again, where it may be gone.
  const end = await retry(async () => await descend(root, principal, config, sessions), isContention, signal);
  return { ...end, sessionsEnded: sessions.size };
}

/** @param sessions gets the process id of each session that is ended */
async function descend(
  root: RootSession,
  principal: Principal,
  config: PostgresConfig,
  sessions: Set<number>,
): Promise<Omit<Revocation, 'sessionsEnded'>> {
  const account = await findAccount(root, principal);
  if (account === undefined) return { outcome: 'absent' };
  try {
    await disable(root, account, sessions);
    const left = await endSessions(root, account, sessions);
    if (left > 0) {
      return { outcome: 'failed', reason: `${left} of its sessions did not end within ${patience / 1000} s` };
    }
    const complaint = await runStatements(root, account, config['revocation-statements']);
    const remains = await remove(root, account);
    if (remains !== undefined) {
      const reason = [remains.reason, complaint].filter((text) => text !== '').join('; ');
      return { outcome: 'disabled', reason, fix: remains.fix };
    }
    if ((await tellSessionsToEnd(root, account)).length > 0) {
      return { outcome: 'failed', reason: 'a session that began before it was disabled is still open' };
    }
    return { outcome: 'revoked' };
  } catch (error) {
    // undefined_object: somebody else removed the role meanwhile, the sweep or a second post step.
    if (sqlState(error) === '42704' && (await findAccount(root, principal)) === undefined) return { outcome: 'absent' };
    if (sqlState(error) !== '42501') throw error;
    return {
      outcome: 'failed',
      reason: `${quoteName(root.actor)} has no right to end it: ${messageOf(error)}`,
      fix: `Revoke it as the role that minted it (see "admin-role"), or run: GRANT ${quoteName(principal)} TO ${quoteName(root.actor)} WITH ADMIN OPTION;`,
    };
  }
}

/**
 * Ends a mint of this lease that may still be under way on the server although its client is gone: otherwise the role
 * could appear after it was found absent.
 */
async function endMint(root: RootSession, principal: Principal): Promise<void> {
  const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ${quoteLiteral(principal)}
      AND usesysid = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND pid <> pg_backend_pid()`;
  // A lock that the lease itself holds must not hold up its revocation for long. And the mint's session is the
  // login's own, over which admin-role has no rights.
  const asLogin = `SET lock_timeout = '1s'; SET ROLE NONE; ${end}`;
  const started = Date.now();
  while ((await root.connection.rows(asLogin)).length > 0 && Date.now() - started < patience) await sleep(20);
  if (root.actor !== root.root.user) await root.connection.rows(`SET ROLE ${quoteName(root.actor)}`);
}

/** Rung 1: no new login, and no more rights through groups. */
async function disable(root: RootSession, account: Account, sessions: Set<number>): Promise<void> {
  const name = quoteName(account.principal);
  try {
    await root.connection.rows(`ALTER ROLE ${name} NOLOGIN PASSWORD NULL`);
  } catch (error) {
    // The lease can lock its own row (ALTER ROLE … PASSWORD in an open transaction): then its sessions go first.
    if (isContention(error)) await endSessions(root, account, sessions);
    throw error;
  }
  // For a superuser the membership is what tells a true heir, also when this has to be repeated (see findAccount).
  const taken = account.groups.filter((group) => !root.isSuperuser || group !== account.heir);
  if (taken.length === 0) return;
  // With the ADMIN option the lease can have made others members; that must neither outlive it nor keep it.
  const groups = taken.map((group) => `REVOKE ${quoteName(group)} FROM ${name} CASCADE`).join(';');
  // Dropping the role takes its memberships away in any case, so one that somebody else granted is no failure.
  await root.connection.rows(groups).catch((error: unknown) => {
    if (sqlState(error) !== '42501') throw error;
  });
}

/** Rung 2. @returns how many sessions are left */
async function endSessions(root: RootSession, account: Account, sessions: Set<number>): Promise<number> {
  if (!root.isSuperuser) await root.connection.rows(grantToActor(root, account.principal));
  const started = Date.now();
  for (;;) {
    const pids = await tellSessionsToEnd(root, account);
    for (const pid of pids) sessions.add(pid);
    const elapsed = Date.now() - started;
    if (pids.length === 0 && (elapsed >= settling || !account.wasOpen)) break;
    if (elapsed >= patience) return pids.length;
    await sleep(pids.length === 0 ? settling - elapsed : 20);
  }
  await rollBackPrepared(root, account);
  return 0;
}

/** Tells every session of the role to end. @returns their process ids, none when there are none */
async function tellSessionsToEnd({ connection }: RootSession, { oid }: Account): Promise<number[]> {
  // Sessions are known by the role's oid: it stays when a session does SET ROLE, and when the role is dropped.
  const rows = await connection.rows(
    `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = ${oid}`,
  );
  return rows.map(({ pid }) => Number(pid));
}

/** A prepared transaction outlives its session and keeps its locks. Only its owner, in its database, can end it. */
async function rollBackPrepared(root: RootSession, { principal }: Account): Promise<void> {
  const rows = await root.connection.rows('SELECT gid, database FROM pg_prepared_xacts WHERE owner = $1', [principal]);
  for (const { gid, database } of rows) {
    await using there = await root.elsewhere(String(database));
    await there.connection.rows(`SET ROLE ${quoteName(principal)}`);
    await there.connection.rows(`ROLLBACK PREPARED ${quoteLiteral(String(gid))}`);
  }
}

/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runStatements({ connection }: RootSession, { principal }: Account, statements: string): Promise<string> {
  if (statements === '') return '';
  const text = renderStatements(statements, { name: principal }, 'revocation-statements');
  try {
    await connection.rows(`SET LOCAL search_path TO DEFAULT;\n${text}\n;SET LOCAL search_path = pg_catalog`);
    return '';
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return `the revocation-statements failed: ${messageOf(error)}`;
  }
}

/** Rungs 3 and 4: drops the role, after cleaning up where something stands in the way. @returns what still does */
async function remove(root: RootSession, account: Account): Promise<Remains | undefined> {
  if (await drop(root, account)) return undefined;
  const remains = await clean(root, account);
  if (await drop(root, account)) return undefined;
  // The shell stays; root's own way into it does not.
  if (!root.isSuperuser) await root.connection.rows(`REVOKE ${quoteName(account.principal)} FROM CURRENT_USER`);
  return remains;
}

/** @returns whether it is gone; if not, other things depend on it */
async function drop({ connection }: RootSession, { principal }: Account): Promise<boolean> {
  try {
    await connection.rows(`DROP ROLE IF EXISTS ${quoteName(principal)}`);
    return true;
  } catch (error) {
    if (sqlState(error) === '2BP01') return false; // dependent_objects_still_exist
    throw error;
  }
}

/** Idea 4: the lease ends itself, because no root can. */
export async function endSelf(login: LeaseLogin, { signal }: Context): Promise<Revocation> {
  let connection;
  try {
    connection = await retry(
      async () => await Connection.open(login.target, login, 'joblease end', signal),
      canHeal,
      signal,
    );
  } catch (error) {
    if (!isLoginRefused(error)) throw error;
    return { outcome: 'absent', sessionsEnded: 0 };
  }
  await using own = connection;
  const name = quoteName(login.user);
  // The lease may have changed its own settings, and acts as its group.
  await own.rows(
    'SET SESSION AUTHORIZATION DEFAULT; SET ROLE NONE; SET search_path = pg_catalog; SET statement_timeout = 0',
  );
  await own.rows('SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE');
  await own.rows(`ALTER ROLE ${name} PASSWORD ${quoteLiteral(unusableVerifier())}`);
  const others = `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE usesysid = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND pid <> pg_backend_pid()`;
  const sessions = new Set<unknown>();
  const started = Date.now();
  for (let rows = await own.rows(others); rows.length > 0; rows = await own.rows(others)) {
    for (const { pid } of rows) sessions.add(pid);
    if (Date.now() - started >= patience) {
      return { outcome: 'failed', reason: `${rows.length} of its sessions did not end`, sessionsEnded: sessions.size };
    }
    await sleep(20);
  }
  return {
    outcome: 'disabled',
    reason: 'no root credential could end it, so it scrambled its own password; the role waits for the sweep',
    sessionsEnded: sessions.size,
  };
}
