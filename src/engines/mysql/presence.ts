/** Who is there as a lease: sessions, and logins that the server does not show under a name yet. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Principal } from '../../lease/name.ts';
import type { Connection } from './connection.ts';
import { ER, isServerError } from './errors.ts';
import type { Flavour } from './flavour.ts';

/** How long to wait for sessions to end that were told to. */
export const sessionPatienceMs = 12_000;

/**
 * How long a login that is under way may go on before it is ended. Nobody can tell whose it is: anybody who reaches the
 * server can connect and say nothing.
 */
export const loginPatienceMs = 2000;

/** How long a KILL may take. */
const killPatienceMs = 5000;

/** Where sessions are ended. */
export interface Site {
  readonly connection: Connection;
  readonly flavour: Flavour;
}

/** Connections that have not said yet as whom they log in, and sessions that are just becoming somebody else. */
export async function loginsUnderWay({ connection, flavour }: Site): Promise<number[]> {
  const rows = await connection.rows(
    `SELECT DISTINCT id AS id FROM ${flavour.sessions} WHERE user = 'unauthenticated user' OR command = 'Change user'`,
  );
  return rows.map(({ id }) => Number(id));
}

/**
 * Ends the sessions of a lease, and waits until they are gone.
 *
 * @param underWay connections that may yet turn out to be the lease's
 * @param sessions gets the ids of those that were told to end
 * @param may whether to end them, rather than wait for them
 * @returns how many are left
 */
export async function endSessions(
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
    const elapsedMs = now - started;
    if (!may && (elapsedMs > loginPatienceMs || rows.some(({ known }) => known === 1))) return rows.length;
    if (elapsedMs > sessionPatienceMs) return rows.filter((row) => row['known'] === 1 || row['changing'] === 1).length;
    for (const { id, known, changing: isChanging } of rows) {
      const since = isChanging === 1 ? (changing.get(Number(id)) ?? now) : started;
      if (isChanging === 1) changing.set(Number(id), since);
      if (known !== 1 && now - since < loginPatienceMs) continue;
      const denied = !(await kill(connection, Number(id)));
      if (denied) return rows.length;
      if (known === 1) sessions.add(Number(id));
    }
    await sleep(10);
  }
}

/** @returns false when the server does not let us */
export async function kill(connection: Connection, id: number): Promise<boolean> {
  const late = `the server did not carry out KILL within ${killPatienceMs / 1000} s`;
  try {
    await connection.within(killPatienceMs, late, `KILL ${id}`);
    return true;
  } catch (error) {
    if (isServerError(error, ER.NO_SUCH_THREAD)) return true; // it has ended meanwhile
    // Somebody else's, or that of an account with SYSTEM_USER.
    if (isServerError(error, ER.KILL_DENIED, ER.SPECIFIC_ACCESS_DENIED)) return false;
    throw error;
  }
}
