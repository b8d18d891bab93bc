import { messageOf } from '../../lease/errors.ts';
import { isDenied, isTableUnknown } from './errors.ts';
import type { RootSession } from './root-session.ts';

/** A reaper that has not finished a round for so long is taken for dead; it is meant to do one every 5 s. */
const staleSeconds = 30;

/**
 * Whether the reaper (docs/mysql.md, docs/mariadb.md) ends leases on this server: its last round is fresh, was on this
 * server (a replica has the primary's heartbeat), and had the rights to end accounts and sessions.
 *
 * @returns why not, in words; `''` when it does
 */
export async function reaperProblem({ connection, flavour, isProxying }: RootSession): Promise<string> {
  const [scheduler] = await connection.rows('SELECT @@global.event_scheduler AS state');
  if (scheduler?.['state'] !== 'ON') return `event_scheduler is ${String(scheduler?.['state'])} on this server`;
  if (flavour.name === 'mariadb' && isProxying) {
    return 'the plugin "pam" lets accounts log in as others, and the reaper cannot see which sessions are the lease then';
  }
  let row;
  try {
    [row] = await connection.rows(
      `SELECT UNIX_TIMESTAMP() - at AS age, able, server = CONCAT(@@hostname, ':', @@server_id) AS here FROM joblease.heartbeat`,
    );
  } catch (error) {
    if (!isDenied(error) && !isTableUnknown(error)) throw error;
    return `the reaper is not installed, or root may not read joblease.heartbeat (${messageOf(error)})`;
  }
  if (row === undefined) return 'the reaper has never run';
  const age = Number(row['age']);
  // The scheduler waits for the time that it had reached.
  if (age < 0) return `the reaper's last round is ${-age} s ahead of the server's clock, which was set back`;
  if (age > staleSeconds) return `the reaper last ran ${age} s ago`;
  if (row['here'] !== 1) return 'the reaper runs on another server than this one';
  if (row['able'] !== 1) return 'the account joblease_reaper lacks a privilege';
  return '';
}
