/** Transactions that were prepared for a later commit, by a lease or as one of its groups. */
import { messageOf } from '../../lease/errors.ts';
import { borrowMembership, type Account } from './account.ts';
import { connectTo, isPrintable, oneLine, type Remains } from './clean.ts';
import { quoteLiteral, quoteName, sqlState, type Row } from './connection.ts';
import { isServerError, SQLSTATE } from './errors.ts';
import type { Prepared } from './locks.ts';
import type { RootSession } from './root-session.ts';

/** A statement that lists those of a lease, and of all that its groups could act as since it was minted. */
export function preparedQuery({ principal, mintedAt }: Account, groups: ReadonlySet<number>): string {
  const byGroup =
    groups.size === 0
      ? 'false'
      : `EXISTS (SELECT ${actingAs('owner', groups)}) AND prepared >= to_timestamp(${mintedAt ?? 0})`;
  return `SELECT gid, database::text AS database, owner::text AS owner FROM pg_prepared_xacts
    WHERE owner = ${quoteLiteral(principal)} OR ${byGroup}`;
}

/** A list of roles `g`: those of the groups that could act as a role. @param owner its name, an expression */
function actingAs(owner: string, groups: ReadonlySet<number>): string {
  return `FROM pg_roles g JOIN pg_roles o ON pg_has_role(g.oid, o.oid, 'MEMBER')
    WHERE o.rolname = ${owner} AND g.oid IN (${[...groups].join(', ')}) AND NOT g.rolsuper`;
}

export function toPrepared({ gid, database, owner }: Row): Prepared {
  return { gid: String(gid), database: String(database), owner: String(owner) };
}

/**
 * Rolls back what a lease has prepared as itself.
 *
 * @returns the first that could not be rolled back, in words: it keeps its locks until a person ends it
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
      const rollBack = isPrintable(gid)
        ? `ROLLBACK PREPARED ${quoteLiteral(gid)};`
        : `-- ROLLBACK PREPARED for what pg_prepared_xacts shows of ${quoteName(principal)}: its name holds control characters`;
      return {
        reason: oneLine(
          `in the database ${JSON.stringify(database)} its prepared transaction ${JSON.stringify(gid)} could not be rolled back: ${messageOf(error)}`,
        ),
        fix: `Run as a superuser:\n${connectTo(database)}\n${rollBack}\nDROP ROLE ${quoteName(principal)};`,
      };
    }
  }
  return undefined;
}

/**
 * Rolls back a transaction that keeps a lock which a revocation waits for, if it was prepared by the lease or by what
 * its groups could act as. Anybody else's is left alone.
 *
 * @param there not the session that waits
 */
export async function rollBackHolder(
  there: RootSession,
  { principal }: Account,
  transaction: Prepared,
  groups: ReadonlySet<number>,
): Promise<void> {
  const { owner } = transaction;
  if (owner === principal) {
    await finish(there, transaction);
    return;
  }
  if (groups.size === 0) return;
  const mayJoin =
    there.isSuperuser || there.version < 160_000
      ? 'true'
      : "pg_has_role(current_user, g.oid, 'MEMBER WITH ADMIN OPTION')";
  const [row] = await there.connection.rows(
    `SELECT g.rolname::text AS name ${actingAs(quoteLiteral(owner), groups)} AND ${mayJoin} LIMIT 1`,
  );
  if (row !== undefined) await finish(there, transaction, String(row['name']));
}

/**
 * Only its owner may end a prepared transaction, or a superuser, and only in its database.
 *
 * @param group that can act as the owner, when root by itself cannot
 */
async function finish(root: RootSession, { gid, database, owner }: Prepared, group?: string): Promise<void> {
  await using there = await root.elsewhere(database);
  if (!there.isSuperuser) {
    const [take, giveBack] = group === undefined ? ['', ''] : await borrowMembership(there, group);
    const as = `SET ROLE ${quoteName(owner)}`;
    // A session keeps the role that it was SET to when the membership that allowed this is gone. SET LOCAL lasts to the end
    // of the transaction, and then the SET before it holds. So no other session ever sees root as a member of the group.
    await there.connection.rows(
      take === '' ? as : `${take}; ${as}; SET LOCAL ROLE ${quoteName(there.actor)}; ${giveBack}`,
    );
  }
  try {
    await there.connection.alone(`ROLLBACK PREPARED ${quoteLiteral(gid)}`);
  } catch (error) {
    if (!isServerError(error, SQLSTATE.UNDEFINED_OBJECT)) throw error; // somebody else was first
  }
}
