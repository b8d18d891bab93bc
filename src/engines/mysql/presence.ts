/** Who is there as a lease: sessions, and logins that the server does not show under a name yet. */
import type { Principal } from '../../lease/name.ts';
import { listOf } from './account.ts';
import { failedStatement, type Connection, type Row } from './connection.ts';
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

/** A query for everybody who may be one of these leases: see {@link toPresence}. */
export function presenceQuery({ sessions }: Flavour, principals: readonly Principal[]): string {
  // A session that is becoming somebody else goes by the other's name, and by its own again when it is refused.
  const isIts = `CAST(user AS BINARY) IN (${listOf(principals)})`;
  const isEntering = "user = 'unauthenticated user'";
  return `SELECT id AS id, MAX(IF(${isIts}, user, NULL)) AS name, MAX(command = 'Change user') AS changing,
      MAX(${isEntering}) AS entering FROM ${sessions}
    WHERE (${isIts} OR command = 'Change user' OR ${isEntering}) AND id <> CONNECTION_ID() GROUP BY id`;
}

/** A session that is a lease, or may be one. */
export interface Presence {
  readonly id: number;
  /** the principal that it is known by, undefined when it may be anybody */
  readonly name: string | undefined;
  /** whether it is becoming somebody else */
  readonly isChanging: boolean;
  /** whether it has not said yet as whom it logs in */
  readonly isEntering: boolean;
}

export function toPresence({ id, name, changing, entering }: Row): Presence {
  return {
    id: Number(id),
    name: typeof name === 'string' ? name : undefined,
    isChanging: changing === 1,
    isEntering: entering === 1,
  };
}

/**
 * Ends the sessions of a lease, and waits until they are gone.
 *
 * @param seen who was there at first: logins among them may yet turn out to be the lease's; later ones cannot
 * @param sessions gets the ids of those that were told to end
 * @param may whether to end them, rather than wait for them
 * @returns how many are left
 */
export async function endSessions(
  { connection, flavour }: Site,
  principal: Principal,
  seen: readonly Presence[],
  sessions: Set<number>,
  may: boolean,
): Promise<number> {
  const underWay = new Set(seen.filter(({ isEntering }) => isEntering).map(({ id }) => id));
  const changing = new Map<number, number>();
  const started = Date.now();
  for (let there = seen; ;) {
    there = there.filter(({ id, name, isChanging }) => name !== undefined || isChanging || underWay.has(id));
    if (there.length === 0) return 0;
    const now = Date.now();
    const elapsedMs = now - started;
    if (!may && (elapsedMs > loginPatienceMs || there.some(({ name }) => name !== undefined))) return there.length;
    if (elapsedMs > sessionPatienceMs) {
      return there.filter(({ name, isChanging }) => name !== undefined || isChanging).length;
    }
    const due: number[] = [];
    for (const { id, name, isChanging } of there) {
      const since = isChanging ? (changing.get(id) ?? now) : started;
      if (isChanging) changing.set(id, since);
      if (name === undefined && now - since < loginPatienceMs) continue;
      due.push(id);
    }
    const rows = await kill(connection, due, [pause, presenceQuery(flavour, [principal])]);
    if (rows === undefined) return there.length;
    for (const { id, name } of there) if (name !== undefined) sessions.add(id);
    there = rows.map(toPresence);
  }
}

/** A statement that waits, for as long as a session that was told to end usually takes. */
export const pause = 'DO SLEEP(0.01)';

/**
 * Ends sessions, all in one message.
 *
 * @param after statements that come after it in the same message
 * @returns the rows of the last of them; undefined when the server does not let us
 */
export async function kill(
  connection: Connection,
  ids: readonly number[],
  after: readonly string[] = [pause],
): Promise<Row[] | undefined> {
  const late = `the server did not carry out KILL within ${killPatienceMs / 1000} s`;
  const statements = [...ids.map((id) => `KILL ${id}`), ...after];
  for (;;) {
    try {
      return (await connection.within(killPatienceMs, late, statements)).at(-1) ?? [];
    } catch (error) {
      // Somebody else's, or that of an account with SYSTEM_USER.
      if (isServerError(error, ER.KILL_DENIED, ER.SPECIFIC_ACCESS_DENIED)) return undefined;
      if (!isServerError(error, ER.NO_SUCH_THREAD)) throw error;
      // It has ended meanwhile, and so have those before it.
      statements.splice(0, (failedStatement(error) ?? 0) + 1);
    }
  }
}
