import { messageOf, UserError } from '../../lease/errors.ts';
import { readAuthority } from '../login/authority.ts';
import type { Context } from '../engine.ts';
import { isDoubtful } from '../../failure/network.ts';
import {
  Connection,
  integer,
  Opening,
  quoteLiteral,
  quoteName,
  sqlState,
  type Row,
  type Target,
} from './connection.ts';
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

/** A root login, by which nothing has been asked yet; or by which it has, where that was needed to know that it is of use. */
export interface RootLogin extends AsyncDisposable {
  readonly connection: Connection;
  /** why this is another database than the one that root names, where it is */
  readonly shutOut: UserError | undefined;
  /** a connection for the lease that is minted, as far as its login */
  readonly ahead: Opening | undefined;
  /**
   * Brings the session into a known state, by a message and so a transaction that may do more.
   *
   * @param more statements
   * @returns the session, and the rows of each statement of the message
   */
  prepare(more?: string): Promise<[RootSession, Row[][]]>;
}

/** How a lease is tried. */
export const verifying = { name: 'joblease verify' };

/** Databases to end leases from when the owner of root's own database does not let root in. */
export const otherDatabases: readonly string[] = ['postgres', 'template1'];

/** How long one of several hosts may take to answer. The last one has the usual time of a connection. */
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
  context: Context,
  others: readonly string[] = [],
): Promise<RootSession> {
  const login = await logIn(roots, config, context, others, false);
  const [session] = await login.prepare();
  return session;
}

/**
 * Logs in with the first root that a server accepts.
 *
 * @param others databases to go to when the one that root names does not let it in
 * @param isLazy whether the session's first message is left to its first use, where the server can be used as far as its
 *   login tells
 * @throws as {@link openRoot}
 */
export async function logIn(
  roots: readonly PostgresRoot[],
  config: PostgresConfig,
  context: Context,
  others: readonly string[],
  isLazy: boolean,
): Promise<RootLogin> {
  const { warn } = context;
  const failures: UserError[] = [];
  let refused = 0;
  for (const root of roots) {
    const ca = await readTrust(root.sslrootcert, config);
    const { database, sslmode, channelBinding } = root;
    for (const [i, { host, port }] of root.hosts.entries()) {
      const target: Target = { host, port, database, sslmode, channelBinding, ca };
      const door = doorTo(root, i === root.hosts.length - 1, isLazy, config, context);
      let login;
      try {
        login = await enterAny(target, door, others);
      } catch (error) {
        if (error instanceof UserError) throw error;
        failures.push(loginError(error, target, root, 'root'));
        if (!isLoginRefused(error)) continue;
        refused += 1;
        break; // the other hosts are the same cluster: on to the next root
      }
      if (login !== undefined) {
        warnOf(login, failures, warn);
        return login;
      }
      failures.push(new UserError(`the server at ${host}:${port} is a read-only standby`, { input: 'root' }));
    }
  }
  throw noneOpened(failures, refused === roots.length);
}

function doorTo(
  root: PostgresRoot,
  isLastHost: boolean,
  isLazy: boolean,
  config: PostgresConfig,
  { signal, mints }: Context,
): Door {
  const door = {
    root,
    adminRole: config['admin-role'],
    signal,
    isLazy,
    name: mints?.principal ?? root.applicationName ?? 'joblease',
    ahead: mints?.verify === true ? { user: mints.principal, database: leaseDatabase(root, config) } : undefined,
  };
  if (root.connectTimeoutSeconds !== undefined) return { ...door, patienceMs: root.connectTimeoutSeconds * 1000 };
  return isLastHost ? door : { ...door, patienceMs };
}

/** The database that a lease is given. */
export function leaseDatabase({ database }: PostgresRoot, config: PostgresConfig): string {
  return config.database === '' ? database : config.database;
}

/** Tells what was passed over until a session was open. */
function warnOf({ shutOut, connection }: RootLogin, failures: readonly UserError[], warn: Context['warn']): void {
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
  readonly isLazy: boolean;
  /** the session's application_name */
  readonly name: string;
  /** who else is to log in to the same server, in a connection of its own */
  readonly ahead: { readonly user: string; readonly database: string } | undefined;
  /** why it is not the database that root names, where it is not */
  readonly shutOut?: UserError | undefined;
}

/** Enters the target's database, or one of the others when that one does not let root in. */
async function enterAny(target: Target, door: Door, others: readonly string[]): Promise<RootLogin | undefined> {
  try {
    return await enter(target, door);
  } catch (error) {
    if (!isShutOut(error, target)) throw error;
    const shutOut = loginError(error, target, door.root, 'root');
    for (const database of others.filter((other) => other !== target.database)) {
      try {
        return await enter({ ...target, database }, { ...door, ahead: undefined, shutOut });
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

async function enter(target: Target, door: Door): Promise<RootLogin | undefined> {
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

/** Logs in, and prepares the session if it shall not wait. @returns undefined when the server is a standby */
async function enterWith(
  target: Target,
  door: Door,
  settings: Readonly<Record<string, string>>,
): Promise<RootLogin | undefined> {
  const { root, adminRole, signal, name, shutOut } = door;
  await using stack = new AsyncDisposableStack();
  let ahead: Opening | undefined;
  stack.defer(() => ahead?.[Symbol.dispose]());
  const onAsked = (): void => {
    if (door.ahead === undefined || signal.aborted) return;
    const { user, database } = door.ahead;
    ahead = new Opening({ ...target, database }, user, verifying, signal);
  };
  const { patienceMs: patience } = door;
  const options = { name, settings, onAsked, ...(patience === undefined ? {} : { patienceMs: patience }) };
  const connection = stack.use(await Connection.open(target, root, options, signal));
  const isPrimary = door.isLazy && connection.isPrimary;

  let held = stack;
  const dispose = async (): Promise<void> => {
    await held.disposeAsync();
  };
  const elsewhere = async (database: string): Promise<RootSession> => {
    const login = await enter({ ...target, database }, { ...door, isLazy: false, ahead: undefined });
    if (login === undefined) throw new UserError(`the server at ${target.host} became a standby`);
    const [session] = await login.prepare();
    return session;
  };
  let session: RootSession | undefined;
  const prepare = async (more = ''): Promise<[RootSession, Row[][]] | undefined> => {
    if (session !== undefined) return [session, more === '' ? [] : await connection.results(more)];
    const text = `${head(adminRole, isPrimary)} ${facts}; ${more}`;
    const results = await connection.results(text).catch((error: unknown) => {
      throw more === '' ? explainActing(error, door) : error;
    });
    const row = results.flat().find((each) => 'version' in each);
    if (row === undefined || row['standby'] === true) return undefined;
    connection.preamble = preamble(adminRole);
    session = { ...toFacts(row), connection, root, shutOut, elsewhere, [Symbol.asyncDispose]: dispose };
    return [session, results];
  };
  if (!isPrimary && (await prepare()) === undefined) return undefined;
  held = stack.move();
  return {
    connection,
    shutOut,
    get ahead() {
      return ahead;
    },
    async prepare(more) {
      const prepared = await prepare(more);
      if (prepared === undefined) throw new UserError(`the server at ${target.host} became a standby`);
      return prepared;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Says what PostgreSQL's answers to SET ROLE mean: with a name that it does not know, and with one that this login may not act as. */
function explainActing(error: unknown, { root, adminRole }: Door): unknown {
  const isUnknown = isServerError(error, SQLSTATE.INVALID_PARAMETER_VALUE);
  if (adminRole === '' || !(isUnknown || isServerError(error, SQLSTATE.INSUFFICIENT_PRIVILEGE))) return error;
  const details = { input: 'admin-role', untouched: true, cause: error };
  if (isUnknown) return new UserError(`there is no role "${adminRole}"`, details);
  return new UserError(`"${root.user}" cannot act as "${adminRole}"`, {
    ...details,
    said: messageOf(error),
    fix: `Run: GRANT ${quoteName(adminRole)} TO ${quoteName(root.user)};`,
  });
}

type Facts = Pick<RootSession, 'version' | 'pid' | 'actor' | 'isSuperuser' | 'inherits' | 'createsRoles'>;

function toFacts(row: Row): Facts {
  return {
    version: integer(row['version']),
    pid: integer(row['pid']),
    actor: String(row['actor']),
    isSuperuser: row['superuser'] === true,
    inherits: row['inherits'] === true,
    createsRoles: row['creates'] === true,
  };
}

/** Brings a session into a known state. @param isPrimary whether it is surely no standby, which would refuse the whole message */
function head(adminRole: string, isPrimary: boolean): string {
  // Limits that count between messages or from the head of one, and settings for how a message is read, cannot be changed
  // by that message itself. Where nobody has set them, this sets nothing.
  const lasting = `SELECT set_config(name, value, false) FROM (VALUES ('idle_session_timeout', '0', '[1-9]'),
      ('transaction_timeout', '0', '[1-9]'), ('tcp_user_timeout', '0', '[1-9]'),
      ('statement_timeout', '0', '^[0-9]{1,3}ms$'), ('standard_conforming_strings', 'on', 'off')) AS pin (name, value, bad)
    WHERE current_setting(name, true) ~ bad`;
  return `SET SESSION AUTHORIZATION DEFAULT; SET LOCAL search_path = pg_catalog, pg_temp; ${isPrimary ? mode : ''} ${lasting}; ${pins(adminRole)}`;
}

const facts = `SELECT current_setting('server_version_num') AS version, pg_backend_pid()::text AS pid,
    pg_is_in_recovery() AS standby, rolname::text AS actor, rolsuper AS superuser, rolinherit AS inherits,
    rolcreaterole AS creates FROM pg_roles WHERE rolname = current_user`;

/** The head of every message that is sent. A standby refuses it. */
export function preamble(role: string): string {
  return `SET LOCAL statement_timeout = '60s'; ${mode} ${pins(role)} `;
}

/** A transaction's mode can only be set before it reads anything. */
const mode = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE, NOT DEFERRABLE;';

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
