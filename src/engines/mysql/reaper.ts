import { messageOf } from '../../lease/errors.ts';
import type { Row } from './connection.ts';
import { isDenied, isTableUnknown } from './errors.ts';
import type { RootSession } from './root-session.ts';

/** A reaper that has not finished a round for so long is taken for dead; it is meant to do one every 5 s. */
const staleSeconds = 30;

/** What {@link reaperProblem} judges: the reaper's last round. */
export const heartbeat = `SELECT UNIX_TIMESTAMP() - at AS age, able, server = CONCAT(@@hostname, ':', @@server_id) AS here
  FROM joblease.heartbeat`;

/**
 * Whether the reaper (docs/mysql.md, docs/mariadb.md) ends leases on this server: its last round is fresh, was on this
 * server (a replica has the primary's heartbeat), and had the rights to end accounts and sessions.
 *
 * @param answer to {@link heartbeat}: a row, undefined for none, or what it failed with
 * @returns why not, in words; `''` when it does
 */
export function reaperProblem(
  { flavour, isProxying, scheduler }: RootSession,
  answer: Row | Error | undefined,
): string {
  if (scheduler !== 'ON') return `event_scheduler is ${scheduler} on this server`;
  if (flavour.name === 'mariadb' && isProxying) {
    return 'the plugin "pam" lets accounts log in as others, and the reaper cannot see which sessions are the lease then';
  }
  if (answer instanceof Error) {
    if (!isDenied(answer) && !isTableUnknown(answer)) throw answer;
    return `the reaper is not installed, or root may not read joblease.heartbeat (${messageOf(answer)})`;
  }
  if (answer === undefined) return 'the reaper has never run';
  const age = Number(answer['age']);
  // The scheduler waits for the time that it had reached.
  if (age < 0) return `the reaper's last round is ${-age} s ahead of the server's clock, which was set back`;
  if (age > staleSeconds) return `the reaper last ran ${age} s ago`;
  if (answer['here'] !== 1) return 'the reaper runs on another server than this one';
  if (answer['able'] !== 1) return 'the account joblease_reaper lacks a privilege';
  return '';
}
