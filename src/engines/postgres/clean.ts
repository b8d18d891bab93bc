import { messageOf } from '../../lease/errors.ts';
import { borrowMembership, findHeir, type Account } from './account.ts';
import { quoteName, sqlState } from './connection.ts';
import { isContention, isServerError, SQLSTATE } from './errors.ts';
import type { RootSession } from './root-session.ts';

/** Why a role cannot be dropped, and what a person can do about it. */
export interface Remains {
  readonly reason: string;
  readonly fix: string;
}

const described = 10;

/**
 * Rung 3: removes what stands in the way of dropping a role, in every database where there is anything. What it owns
 * goes to its heir, or stays; nothing that may hold the user's data is ever dropped.
 *
 * @returns why the role may still not be dropped, in words
 */
export async function clean(root: RootSession, account: Account): Promise<Remains> {
  // pg_shdepend is shared by the cluster, so no other database needs to be visited. A shared object has no database.
  const rows = await root.connection.rows(
    `SELECT DISTINCT coalesce(datname, current_database())::text AS name FROM pg_shdepend LEFT JOIN pg_database d ON d.oid = dbid
      WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${account.oid}`,
  );
  const heir = rows.length === 0 ? undefined : await findHeir(root, account);
  const reasons: string[] = [];
  const fixes: string[] = [];
  for (const { name } of rows) {
    const database = String(name);
    const left = await cleanDatabase(root, account, heir, database);
    if (left === '') continue;
    reasons.push(`in the database ${JSON.stringify(database)} ${left}`);
    const role = quoteName(account.principal);
    fixes.push(`${connectTo(database)}\nREASSIGN OWNED BY ${role} TO …;\nDROP OWNED BY ${role};`);
  }
  return {
    reason: oneLine(
      `it cannot be dropped: ${reasons.length === 0 ? 'other objects depend on it' : reasons.join('; ')}`,
    ),
    fix: `Run as a superuser, naming the role that shall own the objects:\n${fixes.join('\n')}\nDROP ROLE ${quoteName(account.principal)};`,
  };
}

/**
 * A line for psql that connects to a database, as pg_dump writes it: psql would take a name that contains an equals sign
 * for a connection string, perhaps to another server. A name with a line break in it is left out.
 */
export function connectTo(database: string): string {
  if (/^[\w.]+$/.test(database)) return `\\connect ${quoteName(database)}`;
  if (!isPrintable(database)) return '-- in that database, whose name holds control characters:';
  const value = database.replaceAll(/[\\']/g, String.raw`\$&`);
  return `\\connect -reuse-previous=on ${quoteName(`dbname='${value}'`)}`;
}

/** Puts a text on one line: names that others chose, and messages with them, must not look like further lines of the log. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** Whether a text can stand in statements that a person pastes. */
export function isPrintable(text: string): boolean {
  return !/[\p{C}\p{Zl}\p{Zp}\uFFFD]/u.test(text);
}

/** @returns what is left in the database, in words; `''` for nothing */
async function cleanDatabase(
  root: RootSession,
  account: Account,
  heir: string | undefined,
  database: string,
): Promise<string> {
  if (database === root.connection.target.database) return await cleanHere(root, account, heir);
  let there;
  try {
    there = await root.elsewhere(database);
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    return `it has owned objects or privileges, but root cannot log in there: ${messageOf(error)}`;
  }
  await using session = there;
  return await cleanHere(session, account, heir);
}

async function cleanHere(root: RootSession, { principal, oid }: Account, heir: string | undefined): Promise<string> {
  const name = quoteName(principal);
  const [take, giveBack] = heir === undefined ? ['', ''] : await borrowMembership(root, heir);
  // All of it is one message, and so one transaction: DROP OWNED would drop objects that REASSIGN did not move, which must
  // never happen. Default privileges, user mappings and granted memberships count as owned too, but hold no data.
  const text = [
    take,
    heir === undefined ? '' : `REASSIGN OWNED BY ${name} TO ${quoteName(heir)}`,
    `DO $$ BEGIN
      IF EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${oid} AND deptype = 'o'
          AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
          AND classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass, 'pg_auth_members'::regclass))
      THEN RAISE dependent_objects_still_exist USING MESSAGE = 'it owns objects';
      END IF;
    END $$`,
    `DROP OWNED BY ${name}`,
    giveBack,
  ].filter((statement) => statement !== '');
  let complaint = '';
  try {
    await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${text.join(';\n')}`);
  } catch (error) {
    if (sqlState(error) === undefined || isContention(error)) throw error;
    // We raise that condition ourselves, above; the description below says more.
    complaint = isServerError(error, SQLSTATE.DEPENDENT_OBJECTS_STILL_EXIST) ? '' : ` (${messageOf(error)})`;
  }
  const objects = await describe(root, oid);
  return objects === '' ? '' : objects + complaint;
}

/** What in this database and in the cluster depends on the role, in words; `''` for nothing. */
async function describe({ connection }: RootSession, oid: number): Promise<string> {
  const rows = await connection.rows(
    `SELECT CASE deptype WHEN 'o' THEN 'it owns' WHEN 'a' THEN 'it has privileges on' ELSE 'it is named by' END
        || ' ' || pg_describe_object(classid, objid, objsubid) AS tie
      FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${oid}
        AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      ORDER BY tie LIMIT ${described + 1}`,
  );
  const ties = rows.slice(0, described).map(({ tie }) => String(tie));
  return ties.join(', ') + (rows.length > described ? ' and more' : '');
}
