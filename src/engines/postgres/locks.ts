/** Statements that wait for a lock, and who holds it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { integer, quoteName, type Row } from './connection.ts';
import type { RootSession } from './root-session.ts';

/** A transaction that was prepared for a later commit: it outlives its session and keeps its locks. */
export interface Prepared {
  readonly gid: string;
  readonly database: string;
  readonly owner: string;
}

/** Who holds a lock: a prepared transaction, or a session. */
export type Holder = { readonly prepared: Prepared } | { readonly pid: number; readonly user: string };

/**
 * Sends once more what had to wait for a lock, and meanwhile reports who holds that lock.
 *
 * @param tell gets each holder, the same one perhaps several times, and a session of root's to end it with
 * @returns the rows of the last statement
 * @throws what the server says in the end
 */
export async function outlast(
  root: RootSession,
  text: string,
  tell: (holder: Holder, there: RootSession) => Promise<void>,
): Promise<Row[]> {
  const over = new AbortController();
  const waiting = root.connection.rows(text).finally(() => {
    over.abort();
  });
  const watching = watch();
  const [answer] = await Promise.allSettled([waiting, watching]);
  if (answer.status === 'rejected') throw answer.reason;
  return answer.value;

  async function watch(): Promise<void> {
    await using there = await root.elsewhere(root.connection.target.database);
    while (!over.signal.aborted) {
      for (const row of await there.connection.rows(holders(root.pid))) await tell(toHolder(row), there);
      await sleep(20);
    }
  }
}

export function describe(holder: Holder): string {
  if (!('prepared' in holder)) return `process ${holder.pid} of ${quoteName(holder.user)} holds a lock on it`;
  const { gid, owner, database } = holder.prepared;
  return `the transaction ${JSON.stringify(gid)} that ${quoteName(owner)} has prepared in the database ${JSON.stringify(database)} holds a lock on it`;
}

/** Those who hold what a process waits for. A prepared transaction has no process. */
function holders(pid: number): string {
  const lock = 'locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid';
  const of = (alias: string): string => lock.replaceAll(/\w+/g, (column) => `${alias}.${column}`);
  return `SELECT h.pid::text AS pid, usename::text AS user, gid, p.database::text AS database, owner::text AS owner
    FROM pg_locks w JOIN pg_locks h ON h.granted AND (${of('h')}) IS NOT DISTINCT FROM (${of('w')})
      LEFT JOIN pg_stat_activity a ON a.pid = h.pid
      LEFT JOIN pg_locks x ON h.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid'
        AND x.virtualtransaction = h.virtualtransaction
      LEFT JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
    WHERE w.pid = ${pid} AND NOT w.granted AND h.pid IS DISTINCT FROM w.pid`;
}

function toHolder(row: Row): Holder {
  const { pid, user, gid, database, owner } = row;
  if (pid !== null) return { pid: integer(pid), user: String(user) };
  return { prepared: { gid: String(gid), database: String(database), owner: String(owner) } };
}
