import type { Principal } from '../../lease/name.ts';
import { Connection } from './connection.ts';
import type { RootSession } from './root-session.ts';

/** How long a mint has for all that it does. */
export const mintPatienceSeconds = 60;

/** How long a session that mints may be idle: where its machine is lost, nobody waits for it longer. */
const idlePatienceSeconds = 90;

/** The locks by which a revocation finds what is still under way for a lease although its client is gone. */
export function mintLocks(principal: Principal): readonly [mint: string, statements: string] {
  return [principal, `${principal} statements`];
}

/** A statement that takes a lock for as long as the session lives. */
export function holdLock(lock: string): string {
  return `SET @joblease = GET_LOCK('${lock}', 0), SESSION wait_timeout = ${idlePatienceSeconds}`;
}

/**
 * Runs what the user wrote, whole, in a session of its own: with the modes that a session of root's has by itself, in
 * the database of root's URL, and without an effect on ours.
 */
export async function runStatements(
  { connection, root }: RootSession,
  principal: Principal,
  statements: string,
  signal: AbortSignal,
): Promise<void> {
  await using session = await Connection.open(connection.target, root, signal, { multipleStatements: true });
  await session.rows(holdLock(mintLocks(principal)[1]));
  await session.rows(statements);
}
