/** Transactions that were prepared for a later commit, by a lease or as one of its groups. */
import { messageOf } from '../../lease/errors.ts';
import { borrowMembership, type Account } from './account.ts';
import type { Remains } from './clean.ts';
import { quoteLiteral, quoteName, sqlState, type Row } from './connection.ts';
import type { Prepared } from './locks.ts';
import type { RootSession } from './root-session.ts';

/** A statement that lists those of a lease and of its groups since it was minted. */
export function preparedQuery({ principal, mintedAt }: Account, groups: ReadonlySet<string>): string {
  const owners = [...groups].map((group) => quoteLiteral(group)).join(', ');
  const byGroup = owners === '' ? 'false' : `owner IN (${owners}) AND prepared >= to_timestamp(${mintedAt ?? 0})`;
  return `SELECT gid, database::text AS database, owner::text AS owner FROM pg_prepared_xacts
    WHERE owner = ${quoteLiteral(principal)} OR ${byGroup}`;
}

export function toPrepared({ gid, database, owner }: Row): Prepared {
  return { gid: String(gid), database: String(database), owner: String(owner) };
}

/**
 * Rolls back what a lease has prepared as itself.
 *
 * @returns what could not be, in words: it keeps its locks for good, and its owner is what a person finds it by
 */
export async function rollBackAll(
  root: RootSession,
  { principal }: Account,
  prepared: readonly Prepared[],
): Promise<Remains | undefined> {
  for (const transaction of prepared) {
    const { gid, database } = transaction;
    try {
      await finish(root, transaction);
    } catch (error) {
      if (sqlState(error) === undefined) throw error;
      return {
        reason: `in the database "${database}" its prepared transaction ${JSON.stringify(gid)} could not be rolled back: ${messageOf(error)}`,
        fix: `Run as a superuser:\n\\connect ${quoteName(database)}\nROLLBACK PREPARED ${quoteLiteral(gid)};\nDROP ROLE ${quoteName(principal)};`,
      };
    }
  }
  return undefined;
}

/**
 * Rolls back a transaction that keeps a lock which a revocation waits for, if it was prepared by the lease or by one of
 * its groups. Anybody else's is left alone.
 *
 * @param there not the session that waits
 */
export async function rollBackHolder(
  there: RootSession,
  { principal }: Account,
  transaction: Prepared,
  groups: ReadonlySet<string>,
): Promise<void> {
  const { owner } = transaction;
  if (owner === principal) {
    await finish(there, transaction);
    return;
  }
  for (const group of groups) {
    if (!(await isMember(there, group, owner))) continue;
    const [take, giveBack] = await borrowMembership(there, group);
    await there.connection.rows(take);
    try {
      await finish(there, transaction);
    } finally {
      await there.connection.rows(giveBack);
    }
    return;
  }
}

/** Only its owner may end a prepared transaction, or a superuser, and only in its database. */
async function finish(root: RootSession, { gid, database, owner }: Prepared): Promise<void> {
  await using there = await root.elsewhere(database);
  try {
    if (!root.isSuperuser) await there.connection.alone(`SET ROLE ${quoteName(owner)}`);
    await there.connection.alone(`ROLLBACK PREPARED ${quoteLiteral(gid)}`);
  } catch (error) {
    if (sqlState(error) !== '42704') throw error; // undefined_object: somebody else was first
  }
}

async function isMember({ connection }: RootSession, group: string, owner: string): Promise<boolean> {
  const rows = await connection.rows(
    `SELECT FROM pg_roles g, pg_roles o WHERE g.rolname = ${quoteLiteral(group)} AND o.rolname = ${quoteLiteral(owner)}
      AND NOT g.rolsuper AND pg_has_role(g.oid, o.oid, 'MEMBER')`,
  );
  return rows.length > 0;
}
