import { setTimeout as sleep } from 'node:timers/promises';
import type { Revocation } from '../../lease/result.ts';
import type { Context } from '../engine.ts';
import { retry } from '../retry.ts';
import { Connection, quoteLiteral, quoteName, sqlState } from './connection.ts';
import { canHeal, isLoginRefused, isShutOut } from './errors.ts';
import type { LeaseLogin } from './mint.ts';
import { presenceQuery, toPresence } from './presence.ts';
import { preamble, startAfter } from './root-session.ts';
import { unusableVerifier } from './verifier.ts';

/** How long to wait for sessions, and for logins that are under way, in milliseconds; a post step has 30 s for all. */
const patience = 15_000;

/** Idea 4: the lease ends itself, because no root can. */
export async function endSelf(login: LeaseLogin, context: Context): Promise<Revocation> {
  try {
    return await logInAndEnd(login, {}, context);
  } catch (error) {
    // The lease can have set for itself what ends every session of it.
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
  // The lease may have changed its own settings, and acts as its group.
  await own.rows(
    'SET SESSION AUTHORIZATION DEFAULT; SET standard_conforming_strings = on; SET idle_session_timeout = 0',
  );
  own.preamble = preamble('');
  await own.rows(`ALTER ROLE ${quoteName(login.user)} PASSWORD ${quoteLiteral(unusableVerifier())}`);
  const { outcome, reason, sessions } = await emptyOut(own);
  return {
    outcome,
    reason: reason ?? 'no root credential could end it, so it scrambled its own password; the role waits for the sweep',
    sessionsEnded: sessions.size,
  };
}

interface Emptied {
  readonly outcome: 'disabled' | 'failed';
  readonly reason?: string;
  readonly sessions: ReadonlySet<number>;
}

/**
 * Ends the other sessions of the role, and its logins that are under way. Those have had the old verifier, and the lease
 * cannot take LOGIN from itself: whoever began to log in before the password was replaced is let in afterwards. They
 * can be ended from when the server knows who they are. Before that nobody can tell them from other people's logins.
 */
async function emptyOut(own: Connection): Promise<Emptied> {
  const sessions = new Set<number>();
  const [row] = await own.rows('SELECT oid::text AS oid FROM pg_roles WHERE rolname = session_user');
  const message = presenceQuery([Number(row?.['oid'])], 'pg_terminate_backend(pid)');
  const started = Date.now();
  let earlier: ReadonlySet<number> | undefined;
  for (;;) {
    const there = toPresence(await own.rows(message));
    // Who was not there at the first look has begun since, with the new verifier.
    const logins = there.logins.filter((pid) => earlier?.has(pid) ?? true);
    earlier = new Set(logins);
    let told = there.sessions.length;
    for (const { pid } of there.sessions) sessions.add(pid);
    for (const pid of logins) {
      if (!(await end(own, pid))) continue;
      told += 1;
      sessions.add(pid);
    }
    if (told === 0 && logins.length === 0) return { outcome: 'disabled', sessions };
    if (Date.now() - started >= patience) {
      const reason =
        told > 0
          ? `${told} of its sessions did not end`
          : 'it scrambled its own password, but a login that had begun before is still under way, and could be its own';
      return { outcome: 'failed', reason, sessions };
    }
    await sleep(20);
  }
}

/** @returns whether a login under way was the lease's own, and was told to end */
async function end(own: Connection, pid: number): Promise<boolean> {
  try {
    const [row] = await own.rows(`SELECT pg_terminate_backend(${pid}) AS ended`);
    return row?.['ended'] === true;
  } catch (error) {
    if (sqlState(error) === '42501') return false;
    throw error;
  }
}
