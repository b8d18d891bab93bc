import type { Principal } from '../../lease/name.ts';
import { decodeRecord } from '../../lease/record.ts';
import { integer, quoteLiteral, quoteName, type Row } from './connection.ts';
import type { RootSession } from './root-session.ts';

/** A role to revoke, as the ladder found it. */
export interface Account {
  readonly principal: Principal;
  readonly oid: number;
  /** the group that is said to get what the role owns (see {@link findHeir}) */
  readonly heir: string | undefined;
  /** when it was minted, by its record, in epoch seconds on the server's clock */
  readonly mintedAt: number | undefined;
  /**
   * the roles that it is a member of, by oid: anybody who may create roles chooses their names, changes them at any
   * moment, and writes them in an encoding that this session may not have
   */
  readonly groups: readonly number[];
}

/** @returns undefined when the role does not exist */
export async function findAccount(root: RootSession, principal: Principal): Promise<Account | undefined> {
  const [row] = await root.connection.rows(accountQuery(principal));
  return row === undefined ? undefined : toAccount(row, principal);
}

/** What {@link toAccount} takes: one row, or none when the role does not exist. */
export function accountQuery(principal: Principal): string {
  return `SELECT r.oid::text AS oid, description,
      (SELECT string_agg(DISTINCT roleid::text, ',') FROM pg_auth_members WHERE member = r.oid) AS groups
    FROM pg_roles r LEFT JOIN pg_shdescription ON objoid = r.oid AND classoid = 'pg_authid'::regclass
    WHERE rolname = ${quoteLiteral(principal)}`;
}

export function toAccount(row: Row, principal: Principal): Account {
  const record = typeof row['description'] === 'string' ? decodeRecord(row['description']) : undefined;
  const heir = record?.own?.['heir'];
  return {
    principal,
    oid: integer(row['oid']),
    heir: heir === undefined || heir === '' ? undefined : heir,
    mintedAt: record?.iat,
    groups: typeof row['groups'] === 'string' ? row['groups'].split(',').map(integer) : [],
  };
}

/**
 * The group that gets what the role owns; undefined when everything has to stay where it is.
 *
 * Anybody who may create roles can forge a lease: a role with a name and a record like a lease's, with the ADMIN option on
 * it given to root. If what such a role owns, a SECURITY DEFINER function for example, went to any group that its record
 * names, it would run as somebody whom the forger could not act as. So the heir must be a group that the role is a member
 * of, which takes an administrator of that group; root must have created the role itself; and the heir must not be able to
 * act as root. Up to PostgreSQL 15 CREATEROLE alone makes an administrator of every group, and nothing tells who created
 * a role: there only the last condition can be checked.
 */
export async function findHeir(root: RootSession, { oid, heir }: Account): Promise<string | undefined> {
  if (heir === undefined) return undefined;
  const conditions = [`NOT ${mayActAsRoot('h.oid')}`];
  if (root.version >= 160_000) {
    conditions.push(`EXISTS (SELECT FROM pg_auth_members WHERE member = ${oid} AND roleid = h.oid)`);
    // CREATE ROLE makes its creator an administrator of the role. The grantor is then the bootstrap superuser (oid 10), and
    // only a superuser could forge that.
    const created = `EXISTS (SELECT FROM pg_auth_members WHERE roleid = ${oid} AND admin_option AND grantor = 10
        AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
    if (!root.isSuperuser) conditions.push(created);
  }
  const [row] = await root.connection.rows(
    `SELECT FROM pg_roles h WHERE rolname = ${quoteLiteral(heir)} AND ${conditions.join(' AND ')}`,
  );
  return row === undefined ? undefined : heir;
}

/** Members of these roles can do more than root: run programs, and read and write files, as the server. */
const serverRoles = ['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'];

/**
 * A condition: whether a member of the role could act as a superuser, as root, or as the server itself, with SET ROLE too.
 * Up to PostgreSQL 15 CREATEROLE is enough for that.
 *
 * @param oid an expression
 */
export function mayActAsRoot(oid: string): string {
  const strong = [...serverRoles.map(quoteLiteral), 'current_user', 'session_user'].join(', ');
  return `EXISTS (SELECT FROM pg_roles strong
      WHERE (strong.rolsuper OR ${isOld} AND strong.rolcreaterole OR strong.rolname IN (${strong}))
        AND pg_has_role(${oid}, strong.oid, 'MEMBER'))`;
}

/** A condition: whether the server is older than PostgreSQL 16, which gave memberships options of their own. */
export const isOld = "current_setting('server_version_num')::int < 160000";

/**
 * Makes root a member of a role, with all its rights. Ending its sessions and giving away what it owns take membership; on
 * PostgreSQL 16 and newer the ADMIN option, which its creator has, is not enough.
 */
export function grantToActor({ version }: RootSession, role: string): string {
  return `GRANT ${quoteName(role)} TO CURRENT_USER${version < 160_000 ? '' : ' WITH INHERIT TRUE, SET TRUE'}`;
}

/**
 * Root needs to be a member of a group while it gives objects to it, or ends a transaction that it has prepared.
 *
 * @returns the statements that make root a member, and that restore what root was before; `''` where root is one already
 */
export async function borrowMembership(root: RootSession, group: string): Promise<[take: string, giveBack: string]> {
  if (root.isSuperuser || group === root.actor) return ['', ''];
  const take = grantToActor(root, group);
  const mine = `roleid = (SELECT oid FROM pg_roles WHERE rolname = ${quoteLiteral(group)})
      AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user)`;
  if (root.version < 160_000) {
    const known = await root.connection.rows(`SELECT FROM pg_auth_members WHERE ${mine}`);
    return known.length > 0 ? ['', ''] : [take, `REVOKE ${quoteName(group)} FROM CURRENT_USER`];
  }
  const [known] = await root.connection.rows(
    `SELECT inherit_option, set_option FROM pg_auth_members WHERE ${mine} AND grantor = member`,
  );
  if (known === undefined) return [take, `REVOKE ${quoteName(group)} FROM CURRENT_USER GRANTED BY CURRENT_USER`];
  const [inherit, set] = [known['inherit_option'], known['set_option']].map((on) => (on === true ? 'TRUE' : 'FALSE'));
  return [take, `GRANT ${quoteName(group)} TO CURRENT_USER WITH INHERIT ${inherit}, SET ${set}`];
}
