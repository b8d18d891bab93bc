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
   * the roles that it is a member of, by oid: their names are anybody's to choose, to change at any moment, and to write
   * in no encoding that this session has
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
 * Whoever may create roles can make one with a name and a record of ours and give root the ADMIN option on it. What
 * such a role owns, a SECURITY DEFINER function say, must not come to act as somebody whom its maker could not act as.
 * So the heir is a group that the role is a member of, which only an administrator of the group can bring about; root
 * must have created the role itself, and the heir may not be somebody who can act as root. Up to PostgreSQL 15
 * CREATEROLE alone makes an administrator of every group, and nothing tells who has created a role.
 */
export async function findHeir(root: RootSession, { oid, heir }: Account): Promise<string | undefined> {
  if (heir === undefined) return undefined;
  const conditions = [`NOT ${mayActAsRoot(root, 'h.oid')}`];
  if (root.version >= 160_000) {
    conditions.push(`EXISTS (SELECT FROM pg_auth_members WHERE member = ${oid} AND roleid = h.oid)`);
    // What CREATE ROLE gives to its creator is granted by the bootstrap superuser, and by nobody else but superusers.
    const created = `EXISTS (SELECT FROM pg_auth_members WHERE roleid = ${oid} AND admin_option AND grantor = 10
        AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
    if (!root.isSuperuser) conditions.push(created);
  }
  const [row] = await root.connection.rows(
    `SELECT FROM pg_roles h WHERE rolname = ${quoteLiteral(heir)} AND ${conditions.join(' AND ')}`,
  );
  return row === undefined ? undefined : heir;
}

/** Roles that reach further than root's own rights do: they run programs and read and write files as the server. */
const serverRoles = ['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'];

/**
 * A condition: whether a member of the role could come to act as a superuser, as root, or as the server itself. Whether
 * a membership on the way is inherited is no matter. Up to PostgreSQL 15 CREATEROLE is enough for that.
 *
 * @param oid an expression
 */
export function mayActAsRoot({ root, actor, version }: RootSession, oid: string): string {
  const strong = [...serverRoles, actor, root.user].map((name) => quoteLiteral(name)).join(', ');
  return `EXISTS (SELECT FROM pg_roles strong WHERE (strong.rolsuper OR ${version < 160_000 ? 'strong.rolcreaterole OR ' : ''}strong.rolname IN (${strong}))
      AND pg_has_role(${oid}, strong.oid, 'MEMBER'))`;
}

/**
 * Makes root a member of a role with all that the role may do: ending its sessions and giving away what it owns take
 * membership, the ADMIN option of the one who created it is not enough (PostgreSQL 16 and newer).
 */
export function grantToActor({ version }: RootSession, role: string): string {
  return `GRANT ${quoteName(role)} TO CURRENT_USER${version < 160_000 ? '' : ' WITH INHERIT TRUE, SET TRUE'}`;
}

/**
 * Root needs to be a member of a group while it hands objects over to it or ends what it has prepared, with and without
 * having been one before.
 *
 * @returns the statements that bring that about and that put it back as it was
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
