import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { Connection, type LeaseLogin } from './connection.ts';
import { canHeal, isLocked, isLoginRefused } from './errors.ts';
import type { Flavour } from './flavour.ts';
import { endSessions, presenceQuery, sessionPatienceMs, toPresence } from './presence.ts';
import { mayKill, toRights } from './root-session.ts';

/**
 * The lease ends itself, because no root can: it scrambles its own password and ends its own sessions.
 *
 * @throws UserError when the server refuses the login without saying that the account is locked
 */
export async function endSelf(flavour: Flavour, login: LeaseLogin, { signal, retrying }: Context): Promise<Revocation> {
  let connection;
  try {
    connection = await retry(
      async () => await Connection.open(login.target, { ...login, database: '' }, signal, { multipleStatements: true }),
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
  const sessions = new Set<number>();
  // Without the right PROCESS an account sees its own sessions, and may kill them.
  const grants = [...(flavour.activateRoles === '' ? [] : [flavour.activateRoles]), 'SHOW GRANTS'];
  const may = mayKill(flavour, toRights((await own.results(grants)).at(-1) ?? []));
  const principal = login.user as Principal;
  const site = { connection: own, flavour };
  const started = Date.now();
  for (let ended = -1; ended < sessions.size;) {
    ended = sessions.size;
    // Whoever is ended after it may have set the password back.
    const [, rows = []] = await own.results([flavour.scramble(), presenceQuery(flavour, [principal])]);
    const known = rows.map(toPresence).filter(({ name }) => name !== undefined);
    const left = await endSessions(site, principal, known, sessions, may);
    const isLate = Date.now() - started > sessionPatienceMs && ended < sessions.size;
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
