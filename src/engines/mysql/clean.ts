import { messageOf } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import { named, type Account } from './account.ts';
import { serverError, type Connection } from './connection.ts';
import { ER, isServerError } from './errors.ts';
import type { RootSession } from './root-session.ts';

/**
 * What runs in the name of an account that cannot be dropped shall have no rights.
 *
 * @param named roles that it is known to have been granted
 * @returns what it could not take, `''` when it took everything that it knows of
 */
export async function takeRights(
  { connection, flavour }: RootSession,
  accounts: readonly Account[],
  roles: readonly string[],
): Promise<string> {
  const all = new Set([...roles, ...(await flavour.rolesOf(connection, accounts))]);
  const refused: string[] = [];
  for (const each of ['ALL PRIVILEGES, GRANT OPTION', ...all]) {
    try {
      await connection.rows(`REVOKE ${each} FROM ${named(accounts)}`);
    } catch (error) {
      if (serverError(error) === undefined) throw error;
      // A role that is gone gives nothing any more.
      if (!isServerError(error, ER.MYSQL_UNKNOWN_AUTHID)) refused.push(`REVOKE ${each}: ${messageOf(error)}`);
    }
  }
  return refused.length === 0 ? '' : `its objects may still act for it, because root may not ${refused.join('; ')}`;
}

/** The objects that the account is the definer of, as far as root can see them. */
export async function definedObjects(connection: Connection, principal: Principal): Promise<string> {
  const mine = `definer LIKE '${principal.replaceAll('_', '|_')}@%' ESCAPE '|'`;
  const rows = await connection.rows(
    `SELECT CONCAT('view ', table_schema, '.', table_name) AS object FROM information_schema.views WHERE ${mine}
      UNION ALL SELECT CONCAT(LOWER(routine_type), ' ', routine_schema, '.', routine_name) FROM information_schema.routines WHERE ${mine}
      UNION ALL SELECT CONCAT('trigger ', trigger_schema, '.', trigger_name) FROM information_schema.triggers WHERE ${mine}
      UNION ALL SELECT CONCAT('event ', event_schema, '.', event_name) FROM information_schema.events WHERE ${mine}`,
  );
  if (rows.length === 0) return 'root may not see which objects these are; docs/mysql.md has a query that shows them';
  return `it is the definer of ${rows.map(({ object }) => String(object)).join(', ')}`;
}
