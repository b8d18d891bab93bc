import { messageOf, UserError } from '../../lease/errors.ts';
import { readAuthority } from '../login/authority.ts';
import type { Context } from '../engine.ts';
import { isDoubtful } from '../../failure/network.ts';
import { Connection, integer, quoteLiteral, quoteName, sqlState, type Target } from './connection.ts';
import { canHeal, isLoginRefused, isServerError, isShutOut, loginError, SQLSTATE } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import type { PostgresRoot } from './root.ts';

/** A root login to one database of the cluster, and what is known of the server and of the role that acts. */
export interface RootSession extends AsyncDisposable {
  readonly connection: Connection;
  readonly root: PostgresRoot;
  /** PostgreSQL's `server_version_num`, such as 180004 */
  readonly version: number;
  /** process id of the session on the server */
  readonly pid: number;
  /** the role that acts: the login itself, or `admin-role` */
  readonly actor: string;
  readonly isSuperuser: boolean;
  /** whether what is granted to the role that acts takes effect by its own attribute; counts up to PostgreSQL 15 */
  readonly inherits: boolean;
  readonly createsRoles: boolean;
  /** why this is another database than the one that root names, where it is */
  readonly shutOut: UserError | undefined;
  /** the same login in another database of the cluster */
  elsewhere(database: string): Promise<RootSession>;
}

/** Databases to end leases from when the owner of root's own database does not let root in. */
export const otherDatabases: readonly string[] = ['postgres', 'template1'];

/** How long one of several hosts may take to answer; the last one has as long as any connection. */
const patienceMs = 5000;

/**
 * Logs in with the first root that a server accepts and becomes `admin-role`.
 *
 * @param others databases to go to when the one that root names does not let it in
 * @throws UserError naming `root` when no login is accepted, `admin-role` when it may not be used
 */
export async function openRoot(
  roots: readonly PostgresRoot[],
  config: PostgresConfig,
  { signal, warn }: Context,
  others: readonly string[] = [],
): Promise<RootSession> {
  const failures: UserError[] = [];
  let refused = 0;
  for (const root of roots) {
    const ca = await readTrust(root.sslrootcert, config);
    const { database, sslmode, channelBinding } = root;
    for (const [i, { host, port }] of root.hosts.entries()) {
      const target: Target = { host, port, database, sslmode, channelBinding, ca };
      const door = doorTo(root, i === root.hosts.length - 1, config, signal);
      let session;
      try {
        session = await enterAny(target, door, others);
      } catch (error) {
        if (error instanceof UserError) throw error;
        failures.push(loginError(error, target, root, 'root'));
        if (!isLoginRefused(error)) continue;
        refused += 1;
        break; // the other hosts are the same cluster: on to the next root
      }
      if (session !== undefined) {
        warnOf(session, failures, warn);
        return session;
      }
      failures.push(new UserError(`the server at ${host}:${port} is a read-only standby`, { input: 'root' }));
    }
  }
  throw noneOpened(failures, refused === roots.length);
}

function doorTo(root: PostgresRoot, isLastHost: boolean, config: PostgresConfig, signal: AbortSignal): Door {
  const door = { root, adminRole: config['admin-role'], signal };
  if (root.connectTimeoutSeconds !== undefined) return { ...door, patienceMs: root.connectTimeoutSeconds * 1000 };
  return isLastHost ? door : { ...door, patienceMs };
}

/** Tells what was passed over until a session was open. */
function warnOf({ shutOut, connection }: RootSession, failures: readonly UserError[], warn: Context['warn']): void {
  if (shutOut !== undefined) {
    warn(`${firstLine(shutOut)}; leases are ended from the database "${connection.target.database}"`);
  }
  for (const failure of failures) warn(`${firstLine(failure)}; another one was used`);
}

/** @param isRefused whether every root was refused, which is final whatever other hosts said */
function noneOpened(failures: readonly UserError[], isRefused: boolean): UserError {
  const [first, ...more] = failures;
  if (first === undefined) return new UserError('it is empty', { input: 'root' });
  if (more.length === 0) return first;
  const causes = failures.map(({ details }) => details.cause);
  return new UserError('no root credential could be used', {
    input: 'root',
    said: failures.map(({ message }) => message).join('\n'),
    cause: isRefused
      ? causes.find(isLoginRefused)
      : (causes.find((cause) => canHeal(cause) && !isDoubtful(cause)) ?? causes.find(canHeal)),
  });
}

/** @returns PEM of the authority that a server must be signed by; undefined for the machine's own list */
export async function readTrust(sslrootcert: string | undefined, config: PostgresConfig): Promise<string | undefined> {
  if (config['tls-ca'] !== '') return await readAuthority(config['tls-ca'], 'tls-ca');
  return await readAuthority(sslrootcert ?? '', 'root');
}

export function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0] ?? '';
}

/** All that a session of root's needs, save where it is. */
interface Door {
  readonly root: PostgresRoot;
  readonly adminRole: string;
  readonly signal: AbortSignal;
  readonly patienceMs?: number;
}

/** Enters the target's database, or one of the others when that one does not let root in. */
async function enterAny(target: Target, door: Door, others: readonly string[]): Promise<RootSession | undefined> {
  try {
    return await enter(target, door);
  } catch (error) {
    if (!isShutOut(error, target)) throw error;
    for (const database of others.filter((other) => other !== target.database)) {
      try {
        const session = await enter({ ...target, database }, door);
        if (session === undefined) return undefined;
        return { ...session, shutOut: loginError(error, target, door.root, 'root') };
      } catch (another) {
        if (another instanceof UserError || door.signal.aborted) throw another;
      }
    }
    throw error;
  }
}

/**
 * Settings by which the owner of a database can end a session before its first message. They are overridden only after a
 * failure, because poolers refuse settings at the start.
 */
const safeStart = {
  local_preload_libraries: '',
  idle_session_timeout: '0',
  statement_timeout: '0',
  tcp_user_timeout: '0',
};

/** How to start again after a session was ended by a setting. */
export function startAfter(error: unknown): Readonly<Record<string, string>> {
  // Servers before 17 do not know this one.
  return isServerError(error, SQLSTATE.TRANSACTION_TIMEOUT) ? { ...safeStart, transaction_timeout: '0' } : safeStart;
}

async function enter(target: Target, door: Door): Promise<RootSession | undefined> {
  try {
    return await enterWith(target, door, {});
  } catch (error) {
    if (!isShutOut(error, target) || !isBySetting(error)) throw error;
    try {
      return await enterWith(target, door, startAfter(error));
    } catch (again) {
      if (!isServerError(again, SQLSTATE.TRANSACTION_TIMEOUT)) throw sqlState(again) === undefined ? error : again;
      return await enterWith(target, door, startAfter(again));
    }
  }
}

/** Whether a setting of the database may be why it did not let in: not where the server names another reason. */
function isBySetting(error: unknown): boolean {
  const { INVALID_CATALOG_NAME, INSUFFICIENT_PRIVILEGE, OBJECT_NOT_IN_PREREQUISITE_STATE, TOO_MANY_CONNECTIONS } =
    SQLSTATE;
  const reasons = [
    INVALID_CATALOG_NAME,
    INSUFFICIENT_PRIVILEGE,
    OBJECT_NOT_IN_PREREQUISITE_STATE,
    TOO_MANY_CONNECTIONS,
  ];
  return !isServerError(error, ...reasons);
}

/** Logs in and brings the session into a known state. @returns undefined when the server is a standby */
async function enterWith(
  target: Target,
  door: Door,
  settings: Readonly<Record<string, string>>,
): Promise<RootSession | undefined> {
  const { root, adminRole, signal } = door;
  const opening = {
    name: root.applicationName ?? 'joblease',
    settings,
    ...(door.patienceMs === undefined ? {} : { patienceMs: door.patienceMs }),
  };
  const connection = await Connection.open(target, root, opening, signal);
  try {
    const facts = await prepare(connection, root, adminRole);
    if (facts !== undefined) {
      return {
        ...facts,
        connection,
        root,
        shutOut: undefined,
        async elsewhere(database) {
          const session = await enter({ ...target, database }, door);
          if (session === undefined) throw new UserError(`the server at ${target.host} became a standby`);
          return session;
        },
        [Symbol.asyncDispose]: async () => {
          await connection[Symbol.asyncDispose]();
        },
      };
    }
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    throw error;
  }
  await connection[Symbol.asyncDispose]();
  return undefined;
}

type Facts = Pick<RootSession, 'version' | 'pid' | 'actor' | 'isSuperuser' | 'inherits' | 'createsRoles'>;

async function prepare(connection: Connection, root: PostgresRoot, adminRole: string): Promise<Facts | undefined> {
  const local = pins(adminRole);
  // Limits that count between messages or from the head of one, and settings for how a message is read, cannot be changed
  // by that message itself. Where nobody has set them, this sets nothing.
  const lasting = `SELECT set_config(name, value, false) FROM (VALUES ('idle_session_timeout', '0', '[1-9]'),
      ('transaction_timeout', '0', '[1-9]'), ('tcp_user_timeout', '0', '[1-9]'),
      ('statement_timeout', '0', '^[0-9]{1,3}ms$'), ('standard_conforming_strings', 'on', 'off')) AS pin (name, value, bad)
    WHERE current_setting(name, true) ~ bad`;
  const facts = `SELECT current_setting('server_version_num') AS version, pg_backend_pid()::text AS pid,
      pg_is_in_recovery() AS standby, rolname::text AS actor, rolsuper AS superuser, rolinherit AS inherits,
      rolcreaterole AS creates FROM pg_roles WHERE rolname = current_user`;
  const [row] = await connection
    .rows(
      `SET SESSION AUTHORIZATION DEFAULT; SET LOCAL search_path = pg_catalog, pg_temp; ${lasting}; ${local} ${facts}`,
    )
    .catch((error: unknown) => {
      // PostgreSQL's answers to SET ROLE with a name that it does not know, and with one that this login may not act as.
      const isUnknown = isServerError(error, SQLSTATE.INVALID_PARAMETER_VALUE);
      if (adminRole === '' || !(isUnknown || isServerError(error, SQLSTATE.INSUFFICIENT_PRIVILEGE))) throw error;
      const input = 'admin-role';
      if (isUnknown) throw new UserError(`there is no role "${adminRole}"`, { input, cause: error });
      throw new UserError(`"${root.user}" cannot act as "${adminRole}"`, {
        input,
        said: messageOf(error),
        fix: `Run: GRANT ${quoteName(adminRole)} TO ${quoteName(root.user)};`,
        cause: error,
      });
    });
  if (row === undefined || row['standby'] === true) return undefined;
  connection.preamble = preamble(adminRole);
  return {
    version: integer(row['version']),
    pid: integer(row['pid']),
    actor: String(row['actor']),
    isSuperuser: row['superuser'] === true,
    inherits: row['inherits'] === true,
    createsRoles: row['creates'] === true,
  };
}

/** The head of every message that is sent. A standby refuses it. */
export function preamble(role: string): string {
  // A transaction's mode can only be set before it reads anything.
  const kind = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE, NOT DEFERRABLE;';
  return `SET LOCAL statement_timeout = '60s'; ${kind} ${pins(role)} `;
}

/**
 * Settings that messages depend on, and that somebody may have changed for root or for the database;
 * test/postgres/settings.test.ts tries all others. pg_catalog alone is in the path, with temporary objects last: no function
 * and no operator that somebody put elsewhere may run with root's rights.
 */
export function pins(role: string): string {
  const settings: Readonly<Record<string, string>> = {
    search_path: 'pg_catalog, pg_temp',
    statement_timeout: quoteLiteral('60s'),
    lock_timeout: quoteLiteral('5s'),
    DateStyle: quoteLiteral('ISO'),
    TimeZone: quoteLiteral('UTC'),
    quote_all_identifiers: 'off',
    jit: 'off',
    // What was reported as done must still be done after a crash of the server.
    synchronous_commit: 'on',
    ROLE: role === '' ? 'NONE' : quoteName(role),
  };
  return Object.entries(settings)
    .map(([name, value]) => (name === 'ROLE' ? `SET LOCAL ROLE ${value};` : `SET LOCAL ${name} = ${value};`))
    .join(' ');
}
