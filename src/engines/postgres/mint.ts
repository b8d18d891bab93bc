import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import { encodeRecord } from '../../lease/record.ts';
import { mentions, renderStatements } from '../login/statements.ts';
import { isPem } from '../login/authority.ts';
import type { Context, LeaseDraft, Minted } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { mayActAsRoot } from './account.ts';
import {
  epoch,
  errorPosition,
  names,
  quoteLiteral,
  quoteName,
  sqlState,
  type Login,
  type Target,
} from './connection.ts';
import { isContention } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { pins, readTrust, type RootSession } from './root-session.ts';
import { formatUrl } from './root.ts';
import { scramVerifier, type Verifier } from './verifier.ts';

/** How to log in as the lease. */
export interface LeaseLogin extends Login {
  readonly target: Target;
}

/** As JSON the credential that {@link readCredential} takes. The authority is not in it: it can be a large file. */
interface Credential extends Login {
  readonly target: Omit<Target, 'ca'>;
  readonly sslrootcert: string | undefined;
}

/** @throws UserError when the authority cannot be read any more */
export async function readCredential(credential: string, config: PostgresConfig): Promise<LeaseLogin> {
  const { user, password, target, sslrootcert } = JSON.parse(credential) as Credential;
  return { user, password, target: { ...target, ca: await readTrust(sslrootcert, config) } };
}

/**
 * Mints a role in one message, so in one transaction: the role with its verifier and its expiry, its memberships, its
 * lease record, and what the user's own statements do.
 *
 * @throws UserError for a right that root lacks, an unknown group, or an error in the user's statements
 */
export async function mint(
  root: RootSession,
  draft: LeaseDraft,
  config: PostgresConfig,
  context: Context,
): Promise<Minted> {
  if (root.shutOut !== undefined) throw root.shutOut;
  const groups = config['member-of'];
  const now = await checkRights(root, draft.principal, groups, context);
  const expiresAt = new Date((now + draft.ttl) * 1000);
  const record = encodeRecord({
    v: 1,
    ...draft.job,
    role: draft.role,
    iat: now,
    exp: now + draft.ttl,
    max: now + draft.maxTtl,
    heir: groups[0] ?? '',
  });
  const verifier = scramVerifier(draft.password);
  const message = composeMint(root, draft.principal, verifier, expiresAt, record, config);
  try {
    // A mint that lost against a parallel one was rolled back whole, so it is simply sent again.
    await retry(async () => await root.connection.rows(message.text), isContention, context.signal, context.retrying);
  } catch (error) {
    throw explain(error, message, verifier);
  }
  return handOver(root, draft, config, expiresAt);
}

/** @returns the server's clock in epoch seconds */
async function checkRights(
  root: RootSession,
  principal: Principal,
  groups: readonly string[],
  { warn }: Context,
): Promise<number> {
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
  const named = groups.map((group) => quoteLiteral(group)).join(', ');
  // The session is named after the lease, so that a revocation finds a mint whose client has died.
  const [facts = {}] = await root.connection.rows(
    `SET application_name = ${quoteLiteral(principal)};
     SELECT extract(epoch FROM clock_timestamp())::text AS now, ${which('true')} AS known, ${which('rolsuper')} AS super,
        ${which(`NOT rolsuper AND ${mayActAsRoot(root, 'g.oid')}`)} AS strong,
        ${which(`EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_maintain' AND pg_has_role(g.oid, oid, 'MEMBER'))`)} AS locking,
        ${which(hasGrantor)} AS grantable
      FROM pg_roles g WHERE rolname IN (${named === '' ? 'NULL' : named})`,
  );
  const [known, strong, grantable] = [facts['known'], facts['strong'], facts['grantable']].map(names);
  const [superusers, locking] = [facts['super'], facts['locking']].map(names);
  for (const group of groups) {
    if (known?.includes(group) !== true) {
      throw new UserError(`there is no role ${JSON.stringify(group)}`, {
        input: 'member-of',
        fix: 'Role names are taken as they are written, upper and lower case included.',
      });
    }
    if (superusers?.includes(group) === true) {
      throw new UserError(`${JSON.stringify(group)} is a superuser: no job may be a member of it`, {
        input: 'member-of',
      });
    }
    if (strong?.includes(group) === true) {
      throw new UserError(`a member of ${JSON.stringify(group)} could act as a superuser, as the server or as root`, {
        input: 'member-of',
        fix: 'Name a group that is not a member of such a role, of the root login or of "admin-role", directly or by way of others.',
      });
    }
    if (locking?.includes(group) === true) {
      warn(
        `a member of ${JSON.stringify(group)} has the rights of pg_maintain: it can lock the server's own tables, and keep root from ending it for as long as it likes`,
      );
    }
    // Up to PostgreSQL 15 CREATEROLE alone may grant any role that is not a superuser.
    if (grantable?.includes(group) === true || root.isSuperuser || root.version < 160_000) continue;
    throw new UserError(`${quoteName(root.actor)} may not make others members of ${quoteName(group)}`, {
      input: 'member-of',
      fix: await grantFix(root, group),
    });
  }
  return Math.floor(epoch(facts['now']));
}

/**
 * PostgreSQL 16 and newer, a condition on the group `g`: whether some role whose rights take effect for root has the
 * ADMIN option on it. That of a role that root could only SET ROLE to is of no use: "no possible grantors".
 */
const hasGrantor = `EXISTS (SELECT FROM pg_auth_members m
  WHERE m.roleid = g.oid AND m.admin_option AND pg_has_role(current_user, m.member, 'USAGE'))`;

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

/** Those of the groups that a condition holds for. */
function which(condition: string): string {
  return `(json_agg(rolname) FILTER (WHERE ${condition}))::text`;
}

interface MintMessage {
  readonly text: string;
  /** where in the text the user's statements stand, in characters */
  readonly statements: { readonly start: number; readonly text: string };
}

function composeMint(
  root: RootSession,
  principal: Principal,
  verifier: Verifier,
  expiresAt: Date,
  record: string,
  config: PostgresConfig,
): MintMessage {
  const name = quoteName(principal);
  const expiration = sqlTime(expiresAt);
  const statements = config['creation-statements'];
  // Statements that set a password make the role themselves, as Vault's do; all others find it made.
  const makeOwn = mentions(statements, 'password');

  const attributes = `LOGIN CONNECTION LIMIT ${config['connection-limit']} PASSWORD ${quoteLiteral(verifier)} VALID UNTIL ${quoteLiteral(expiration)}`;
  const groups = config['member-of'].map(quoteName);
  const ours = [
    `${makeOwn ? 'ALTER' : 'CREATE'} ROLE ${name} ${attributes}`,
    `COMMENT ON ROLE ${name} IS ${quoteLiteral(record)}`,
    ...(groups.length > 0 ? [`GRANT ${groups.join(', ')} TO ${name}`] : []),
    // Acting as the group, the lease owns nothing itself: nothing stands in the way when it is dropped.
    ...(groups.length === 1 ? [`ALTER ROLE ${name} SET role = ${quoteLiteral(config['member-of'][0] ?? '')}`] : []),
  ].join(';\n');
  if (statements === '') return { text: ours, statements: { start: 0, text: '' } };

  const values = { name: principal, password: verifier, expiration };
  const theirs = renderStatements(statements, values, 'creation-statements');
  const before = makeOwn ? '' : `${ours};\n`;
  // They run as root, so on root's path: on the one of the database or of a schema that a job may create in, a
  // function that the job has put there would be theirs to call. Whatever they set, ours come after it.
  const after = `\n;${pins(root.actor)}${makeOwn ? `\n${ours}` : ''}`;
  const start = Array.from(root.connection.preamble + before).length;
  return { text: before + theirs + after, statements: { start, text: theirs } };
}

/** A time as every setting of the server reads it. */
export function sqlTime(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '+00');
}

/** Says what went wrong in the user's statements, and where, by their own lines and columns. */
function explain(error: unknown, { statements }: MintMessage, verifier: Verifier): unknown {
  const state = sqlState(error);
  if (state === undefined || statements.text === '') return error;
  const input = 'creation-statements';
  const said = messageOf(error).replaceAll(verifier, '{{password}}');
  if (state === '42704' && errorPosition(error) === undefined && /jl_/.test(said)) {
    const fix =
      'Statements that use {{password}} must begin with: CREATE ROLE "{{name}}" …; leave {{password}} out to have the role made for them.';
    return new UserError('they use {{password}} but do not create the role', { input, said, fix, cause: error });
  }
  const position = errorPosition(error);
  const offset = position === undefined ? undefined : position - 1 - statements.start;
  const characters = Array.from(statements.text);
  const inside = offset !== undefined && offset >= 0 && offset <= characters.length;
  const lines = characters
    .slice(0, inside ? offset : 0)
    .join('')
    .split('\n');
  const where = inside ? ` (line ${lines.length}, column ${Array.from(lines.at(-1) ?? '').length + 1})` : '';
  // undefined_table, undefined_function, undefined_object, invalid_schema_name
  const isUnknown = ['42P01', '42883', '42704', '3F000'].includes(state);
  return new UserError(`the server refused the statements${where}`, {
    input,
    said: `${said} [${state}]`,
    ...(isUnknown
      ? { fix: 'Statements run with search_path = pg_catalog: name the schema of everything else, as in app.invoice.' }
      : {}),
    cause: error,
  });
}

function handOver(root: RootSession, draft: LeaseDraft, config: PostgresConfig, expiresAt: Date): Minted {
  const database = config.database === '' ? root.root.database : config.database;
  const { ca: _, ...target } = { ...root.connection.target, database };
  const { host, port, sslmode, channelBinding } = target;
  const { principal: user, password } = draft;
  const login: Credential = { user, password, target, sslrootcert: root.root.sslrootcert };

  // A path can be handed on to clients; PEM text cannot.
  const authority = config['tls-ca'] === '' ? root.root.sslrootcert : config['tls-ca'];
  const sslrootcert = authority === undefined || isPem(authority) ? undefined : authority;
  const url = formatUrl({ user, password, database, sslmode, channelBinding }, { host, port }, sslrootcert);
  return {
    expiresAt,
    expiryClass: 'login',
    credential: JSON.stringify(login),
    secrets: [password, url, Buffer.from(`${user}:${password}`).toString('base64')],
    outputs: { username: user, password, host, port: String(port), database, url },
    environment: {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      PGSSLMODE: sslmode,
      ...(sslrootcert === undefined ? {} : { PGSSLROOTCERT: sslrootcert }),
      ...(channelBinding === 'require' ? { PGCHANNELBINDING: channelBinding } : {}),
      DATABASE_URL: url,
    },
    about: { Group: config['member-of'].join(', '), Host: `${host}:${port}`, Database: database },
  };
}
