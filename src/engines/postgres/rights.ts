/** Whether root can mint what it is asked for, and what an administrator can do where it cannot. */
import { UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Context } from '../engine.ts';
import { isOld, mayActAsRoot } from './account.ts';
import { epoch, names, quoteLiteral, quoteName } from './connection.ts';
import type { RootSession } from './root-session.ts';

/**
 * @param groups that the role is to become a member of
 * @returns the server's clock in epoch seconds
 * @throws UserError for a right that root lacks, or a group that no job may be a member of
 */
export async function checkRights(
  root: RootSession,
  principal: Principal,
  groups: readonly string[],
  context: Context,
): Promise<number> {
  await checkRoot(root);
  const facts = await readGroups(root, principal, groups);
  for (const group of groups) await checkGroup(root, group, facts);
  warnOfLocks(facts.locking, context);
  return facts.now;
}

async function checkRoot(root: RootSession): Promise<void> {
  const actor = quoteName(root.actor);
  if (!root.createsRoles && !root.isSuperuser) {
    const [admin] = await creatorsOf(root);
    const fix = admin === undefined ? `Run as a superuser: ALTER ROLE ${actor} CREATEROLE;` : useAdminRole(root, admin);
    throw new UserError(`${actor} may not create roles`, { input: 'root', fix });
  }
  // Up to PostgreSQL 15 a membership takes effect by the member's own attribute.
  if (root.version < 160_000 && !root.inherits && !root.isSuperuser) {
    const fix = `Run: ALTER ROLE ${actor} INHERIT;`;
    throw new UserError(`${actor} is NOINHERIT, so it could not end the sessions of what it mints`, {
      input: 'root',
      fix,
    });
  }
}

/** What the server knows of the groups: names of those that something holds for. */
interface Groups {
  readonly known: readonly string[];
  readonly superusers: readonly string[];
  /** a member could come to act as somebody stronger (see {@link mayActAsRoot}) */
  readonly strong: readonly string[];
  /** a member may lock the server's own tables */
  readonly locking: readonly string[];
  /** root may make others members */
  readonly grantable: readonly string[];
  /** the server's clock in epoch seconds */
  readonly now: number;
}

async function readGroups(root: RootSession, principal: Principal, groups: readonly string[]): Promise<Groups> {
  // The session is named after the lease, so that a revocation finds a mint whose client has died.
  const [row = {}] = await root.connection.rows(
    `SET application_name = ${quoteLiteral(principal)};
     SELECT extract(epoch FROM clock_timestamp())::text AS now, ${which('true')} AS known, ${which('rolsuper')} AS super,
        ${which(`NOT rolsuper AND ${mayActAsRoot('g.oid')}`)} AS strong,
        ${which(mayLock)} AS locking, ${which(hasGrantor)} AS grantable
      FROM pg_roles g WHERE ${isOneOf(groups)}`,
  );
  return {
    known: names(row['known']),
    superusers: names(row['super']),
    strong: names(row['strong']),
    locking: names(row['locking']),
    grantable: names(row['grantable']),
    now: Math.floor(epoch(row['now'])),
  };
}

/**
 * What the server itself does not refuse, where root is to mint before it is known what it may do.
 *
 * @returns a condition: whether {@link checkRights} would fail
 */
export function isRefused(groups: readonly string[]): string {
  return `EXISTS (SELECT FROM pg_roles g WHERE ${isOneOf(groups)} AND (rolsuper OR ${mayActAsRoot('g.oid')}))
    OR ${isOld} AND EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND NOT rolinherit AND NOT rolsuper)`;
}

/** An expression for {@link warnOfLocks}. */
export function locking(groups: readonly string[]): string {
  return `(SELECT ${which(mayLock)} FROM pg_roles g WHERE ${isOneOf(groups)})`;
}

/** A condition on the group `g`. */
function isOneOf(groups: readonly string[]): string {
  return groups.length === 0 ? 'false' : `rolname IN (${groups.map((group) => quoteLiteral(group)).join(', ')})`;
}

/** A condition on the group `g`: whether a member may lock the server's own tables. */
const mayLock = "EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_maintain' AND pg_has_role(g.oid, oid, 'MEMBER'))";

/** Those of the groups that a condition holds for. */
function which(condition: string): string {
  return `(json_agg(rolname) FILTER (WHERE ${condition}))::text`;
}

/**
 * PostgreSQL 16 and newer, a condition on the group `g`: whether some role whose rights take effect for root has the
 * ADMIN option on it. That of a role that root could only SET ROLE to is of no use: "no possible grantors".
 */
const hasGrantor = `EXISTS (SELECT FROM pg_auth_members m
  WHERE m.roleid = g.oid AND m.admin_option AND pg_has_role(current_user, m.member, 'USAGE'))`;

async function checkGroup(root: RootSession, group: string, facts: Groups): Promise<void> {
  const input = 'member-of';
  if (!facts.known.includes(group)) {
    throw new UserError(`there is no role ${JSON.stringify(group)}`, {
      input,
      fix: 'Role names are taken as they are written, upper and lower case included.',
    });
  }
  if (facts.superusers.includes(group)) {
    throw new UserError(`${JSON.stringify(group)} is a superuser: no job may be a member of it`, { input });
  }
  if (facts.strong.includes(group)) {
    throw new UserError(`a member of ${JSON.stringify(group)} could act as a superuser, as the server or as root`, {
      input,
      fix: 'Name a group that is not a member of such a role, of the root login or of "admin-role", directly or by way of others.',
    });
  }
  // Up to PostgreSQL 15 CREATEROLE alone may grant any role that is not a superuser.
  if (facts.grantable.includes(group) || root.isSuperuser || root.version < 160_000) return;
  throw new UserError(`${quoteName(root.actor)} may not make others members of ${quoteName(group)}`, {
    input,
    fix: await grantFix(root, group),
  });
}

/** @param groups those that let a member lock the server's own tables */
export function warnOfLocks(groups: readonly string[], { warn }: Context): void {
  for (const group of groups) {
    warn(
      `a member of ${JSON.stringify(group)} has the rights of pg_maintain: it can lock the server's own tables, and keep root from ending it for as long as it likes`,
    );
  }
}

/** What lets root make others members of a group. */
async function grantFix(root: RootSession, group: string): Promise<string> {
  const [admin] = await creatorsOf(
    root,
    `AND EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
    WHERE g.rolname = ${quoteLiteral(group)} AND m.admin_option AND pg_has_role(a.oid, m.member, 'USAGE'))`,
  );
  if (admin !== undefined) return useAdminRole(root, admin);
  return `Run: GRANT ${quoteName(group)} TO ${quoteName(root.actor)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;`;
}

/** Roles that may create roles and that root may act as: of a pair of logins the admin role. */
async function creatorsOf(root: RootSession, condition = ''): Promise<string[]> {
  const way = root.version < 160_000 ? 'MEMBER' : 'SET';
  const [row] = await root.connection.rows(
    `SELECT json_agg(rolname ORDER BY rolname)::text AS names FROM pg_roles a
      WHERE rolcreaterole AND NOT rolsuper AND rolname <> current_user AND pg_has_role(session_user, a.oid, '${way}') ${condition}`,
  );
  return names(row?.['names']);
}

function useAdminRole({ root }: RootSession, admin: string): string {
  return `"${root.user}" may act as ${JSON.stringify(admin)}, which may: give "admin-role: ${admin}", here and wherever this root is used.`;
}
