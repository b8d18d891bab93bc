import type { Principal } from '../../lease/name.ts';
import { decodeRecord } from '../../lease/record.ts';
import { quoteName } from './connection.ts';
import type { RootSession } from './root-session.ts';

/** A role to revoke, as the ladder found it. */
export interface Account {
  readonly principal: Principal;
  readonly oid: number;
  /** the group role that gets what the role owns; undefined when it stays where it is */
  readonly heir: string | undefined;
  /** whether anybody could have logged in as it within the last minute */
  readonly wasOpen: boolean;
  /** the roles that it is a member of */
  readonly groups: readonly string[];
}

/** @returns undefined when the role does not exist */
export async function findAccount(root: RootSession, principal: Principal): Promise<Account | undefined> {
  const [row] = await root.connection.rows(
    `SELECT r.oid::int8::float8 AS oid, description,
        rolcanlogin AND coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS was_open,
        ARRAY(SELECT g.rolname::text FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid WHERE member = r.oid) AS groups
      FROM pg_roles r LEFT JOIN pg_shdescription ON objoid = r.oid AND classoid = 'pg_authid'::regclass
      WHERE rolname = $1`,
    [principal],
  );
  if (row === undefined) return undefined;
  const record = typeof row['description'] === 'string' ? decodeRecord(row['description']) : undefined;
  const groups = row['groups'] as string[];
  const heir = record === undefined || record.heir === '' ? undefined : record.heir;
  // Whoever may create roles can make one with a name and a record of ours. A superuser may touch that role too, and
  // must not be led to give what it owns, a SECURITY DEFINER function say, to a role that it was never a member of.
  const isForged = root.isSuperuser && heir !== undefined && !groups.includes(heir);
  return {
    principal,
    oid: Number(row['oid']),
    heir: isForged ? undefined : heir,
    wasOpen: row['was_open'] === true,
    groups,
  };
}

/**
 * Makes root a member of a role with all that the role may do: ending its sessions and giving away what it owns take
 * membership, the ADMIN option of the one who created it is not enough (PostgreSQL 16 and newer).
 */
export function grantToActor({ version }: RootSession, role: string): string {
  return `GRANT ${quoteName(role)} TO CURRENT_USER${version < 160_000 ? '' : ' WITH INHERIT TRUE, SET TRUE'}`;
}
