import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../lease/errors.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { Connection, integer, quoteLiteral, quoteName, type LeaseLogin, type Row } from './connection.ts';
import { canHeal, isContention, isLoginRefused, isLost, isServerError, isShutOut, SQLSTATE } from './errors.ts';
import { presenceQuery, toPresence } from './presence.ts';
import { preamble, startAfter } from './root-session.ts';
import { unusableVerifier } from './verifier.ts';

/** How long to wait for sessions, and for logins that are under way: a post step has 30 s for all. */
const patienceMs = 15_000;

/** Ends a lease as the lease itself, because no root can. */
export async function endSelf(login: LeaseLogin, context: Context): Promise<Revocation> {
  try {
    return await logInAndEnd(login, {}, context);
  } catch (error) {
    // The lease may have changed its own settings so that each of its sessions ends at once.
    if (!isShutOut(error, login.target)) throw error;
    return await logInAndEnd(login, startAfter(error), context);
  }
}

async function logInAndEnd(
  login: LeaseLogin,
  settings: Readonly<Record<string, string>>,
  { signal, retrying }: Context,
): Promise<Revocation> {
  let connection;
  try {
    connection = await retry(
      async () => await Connection.open(login.target, login, { name: 'joblease end', settings }, signal),
      canHeal,
      signal,
      retrying,
    );
  } catch (error) {
    if (!isLoginRefused(error)) throw error;
    return { outcome: 'absent', sessionsEnded: 0 };
  }
  await using own = connection;
  // The lease may have changed its own settings, and its sessions act as its group.
  await own.rows(
    'SET SESSION AUTHORIZATION DEFAULT; SET standard_conforming_strings = on; SET idle_session_timeout = 0',
  );
  own.preamble = preamble('');
  const sessions = new Set<number>();
  const reason = await takeOver(own, login, sessions);
  if (reason !== undefined) return { outcome: 'failed', reason, sessionsEnded: sessions.size };
  await leave(own);
  return {
    outcome: 'disabled',
    reason: 'no root credential could end it, so it scrambled its own password; the role waits for the sweep',
    sessionsEnded: sessions.size,
  };
}

/**
 * Scrambles the password and ends all other sessions, until none is left that could set another password: each session of
 * the lease could, at any moment. They are told to end before the password is replaced, because one of them may hold a
 * lock on the role. It is over when two rounds in a row have met nobody: a session that began between the two logged in
 * with a password that the first of them has replaced.
 *
 * @param sessions gets the process ids of those that were told to end
 * @returns why it failed, in words; undefined when all is done
 */
async function takeOver(own: Connection, login: LeaseLogin, sessions: Set<number>): Promise<string | undefined> {
  const [row] = await own.rows('SELECT oid::text AS oid FROM pg_roles WHERE rolname = session_user');
  const look = presenceQuery([integer(row?.['oid'])], 'pg_terminate_backend(pid)');
  const until = Date.now() + patienceMs;
  let [met, calm] = ['', 0];
  while (calm < 2) {
    if (met !== '' && Date.now() >= until) return met;
    const scramble = `ALTER ROLE ${quoteName(login.user)} PASSWORD ${quoteLiteral(unusableVerifier())}`;
    try {
      const [there = []] = (await own.results(`SET LOCAL lock_timeout = '1s'; ${look}; ${scramble}`)).slice(-2);
      met = await emptyOut(own, look, until, tell(there, sessions), sessions);
    } catch (error) {
      if (!isContention(error)) throw error;
      met = `its password could not be replaced: ${messageOf(error)}`;
    }
    calm = met === '' ? calm + 1 : 0;
    if (met !== '') await sleep(20);
  }
  return undefined;
}

function tell(rows: readonly Row[], sessions: Set<number>): number {
  const told = toPresence(rows).sessions;
  for (const { pid } of told) sessions.add(pid);
  return told.length;
}

/**
 * Ends the other sessions of the role, and its logins under way. The lease cannot take LOGIN from itself, so a login that
 * read the old verifier still succeeds after the password was replaced. It can be ended once the server knows its role;
 * before that nobody can tell it from other people's logins.
 *
 * @param told how many sessions were told to end when the password was replaced
 * @returns whom it met, in words; `''` for nobody
 */
async function emptyOut(
  own: Connection,
  look: string,
  until: number,
  told: number,
  sessions: Set<number>,
): Promise<string> {
  let met = told;
  let earlier: ReadonlySet<number> | undefined;
  for (;;) {
    const rows = await own.rows(look);
    const open = tell(rows, sessions);
    // A login that was not there at the first look began later, and reads the new verifier.
    const logins = toPresence(rows).logins.filter((pid) => earlier?.has(pid) ?? true);
    earlier = new Set(logins);
    let ended = 0;
    for (const pid of logins) {
      if (!(await end(own, pid))) continue;
      ended += 1;
      sessions.add(pid);
    }
    met += open + ended;
    if (open + logins.length === 0) return met === 0 ? '' : 'its sessions came back again and again';
    if (Date.now() >= until) {
      return open + ended > 0
        ? `${open + ended} of its sessions did not end`
        : 'it scrambled its own password, but a login that had begun before is still under way, and could be its own';
    }
    await sleep(20);
  }
}

/**
 * Ends this session's own process on the server, last of all: a pooler would hand it to the next client that logged in as
 * the lease.
 */
async function leave(own: Connection): Promise<void> {
  await own.rows('SELECT pg_terminate_backend(pg_backend_pid())').catch((error: unknown) => {
    if (!isLost(error)) throw error;
  });
}

/** @returns whether a login under way was the lease's own, and was told to end */
async function end(own: Connection, pid: number): Promise<boolean> {
  try {
    const [row] = await own.rows(`SELECT pg_terminate_backend(${pid}) AS ended`);
    return row?.['ended'] === true;
  } catch (error) {
    if (isServerError(error, SQLSTATE.INSUFFICIENT_PRIVILEGE)) return false;
    throw error;
  }
}
