import { UserError } from '../../lease/errors.ts';
import { readAuthority } from '../login/authority.ts';
import type { Context } from '../engine.ts';
import { isDoubtful } from '../../failure/network.ts';
import { Connection, quoteAccount, serverError, type Target } from './connection.ts';
import { canHeal, loginError } from './errors.ts';
import type { Flavour } from './flavour.ts';
import type { MysqlConfig } from './inputs.ts';
import type { MysqlRoot } from './root.ts';

/** A root login. */
export interface RootSession extends AsyncDisposable {
  readonly flavour: Flavour;
  readonly connection: Connection;
  readonly root: MysqlRoot;
  /** whether the server lets an account log in as another one (GRANT PROXY) */
  readonly isProxying: boolean;
}

/** What a server told of itself. */
interface Server {
  /** why it cannot be used */
  readonly problem: string | undefined;
  readonly isProxying: boolean;
}

/** Among the rights of {@link globalRights}: any role at all. */
const anyRole = 'a role';

/**
 * What a session must be set to, whatever the server's and the account's defaults are. NO_BACKSLASH_ESCAPES: a literal
 * then means what it says.
 */
const settings = [
  "sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'",
  "time_zone = '+00:00'",
  'autocommit = 1',
  'completion_type = NO_CHAIN',
  'sql_safe_updates = 0',
  'sql_select_limit = 18446744073709551615',
  'lock_wait_timeout = 10',
  'innodb_lock_wait_timeout = 10',
];

/**
 * Logs in with the first root that a server accepts. No database is entered: root needs no right on any.
 *
 * @throws UserError naming `root` when no login is accepted
 */
export async function openRoot(
  flavour: Flavour,
  roots: readonly MysqlRoot[],
  config: MysqlConfig,
  { signal, warn }: Context,
): Promise<RootSession> {
  const ca = await readAuthority(config['tls-ca'], 'tls-ca');
  const failures: UserError[] = [];
  for (const root of roots) {
    const { scheme, host, port, sslMode } = root;
    const target: Target = { scheme, host, port, sslMode, ca };
    const login = { ...root, database: '' };
    let connection;
    let server;
    try {
      connection = await Connection.open(target, login, signal);
    } catch (error) {
      if (signal.aborted && !canHeal(signal.reason)) throw signal.reason;
      failures.push(loginError(error, target, login, 'root'));
      continue;
    }
    try {
      server = await prepare(connection, flavour);
      if (server.problem !== undefined) {
        failures.push(
          new UserError(`the server at ${host}:${port} cannot be used: ${server.problem}`, { input: 'root' }),
        );
        await connection[Symbol.asyncDispose]();
        continue;
      }
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
    for (const { message } of failures) warn(`${message.split('\n', 1)[0]}; another one was used`);
    const open = connection;
    return {
      flavour,
      root,
      connection: open,
      isProxying: server.isProxying,
      [Symbol.asyncDispose]: async () => {
        await open[Symbol.asyncDispose]();
      },
    };
  }
  const [first, ...more] = failures;
  if (first === undefined) throw new UserError('it is empty', { input: 'root' });
  if (more.length === 0) throw first;
  const causes = failures.map(({ details }) => details.cause);
  throw new UserError('no root credential could be used', {
    input: 'root',
    said: failures.map(({ message }) => message).join('\n'),
    cause: causes.find((cause) => canHeal(cause) && !isDoubtful(cause)) ?? causes.find(canHeal),
  });
}

/** Brings a fresh connection into a known state. */
async function prepare(connection: Connection, flavour: Flavour): Promise<Server> {
  const look = 'SELECT VERSION() AS version, @@global.read_only OR @@global.innodb_read_only AS standby';
  let row;
  let failure: Error | undefined;
  try {
    const all = [...settings, ...flavour.settings].map((setting) => `SESSION ${setting}`);
    await connection.rows(`SET NAMES utf8mb4 COLLATE utf8mb4_bin, ${all.join(', ')}`);
    if (flavour.activateRoles !== '') await connection.rows(flavour.activateRoles);
    [row] = await connection.rows(`${look}, ${flavour.proxying} AS proxying`);
  } catch (error) {
    if (!(error instanceof Error) || serverError(error) === undefined) throw error;
    failure = error; // most likely something that only the other server knows
    [row] = await connection.rows(look);
  }
  const isStandby = row?.['standby'] === 1;
  const problem = isStandby ? 'it is a read-only replica' : flavour.unfit(String(row?.['version']));
  if (problem === undefined && failure !== undefined) throw failure;
  return { problem, isProxying: row?.['proxying'] === 1 };
}

/** Global privileges of root, its active roles' included, in the server's words. */
export async function globalRights(connection: Connection): Promise<Set<string>> {
  const rights = new Set<string>();
  for (const row of await connection.rows('SHOW GRANTS')) {
    const grant = String(Object.values(row)[0]);
    if (grant.startsWith('GRANT `')) rights.add(anyRole);
    const [, names] = /^GRANT (.+) ON \*\.\* TO /.exec(grant) ?? [];
    // Static privileges are separated by a comma and a blank, dynamic ones by a comma.
    for (const name of names?.split(/, ?/) ?? []) rights.add(name);
  }
  return rights;
}

/** What root lacks of the rights that ending sessions takes. @param rights as {@link globalRights} tells them */
export function missingKillRights({ killRights }: Flavour, rights: ReadonlySet<string>): (string | undefined)[] {
  return killRights.filter((any) => !any.some((right) => rights.has(right))).map(([right]) => right);
}

/** Whether KILL is safe in a session with these rights (see `activateRoles` of {@link Flavour}). */
export function mayKill({ activateRoles }: Flavour, rights: ReadonlySet<string>): boolean {
  return activateRoles === '' || [anyRole, 'SUPER', 'ALL PRIVILEGES'].some((right) => rights.has(right));
}

/** What lets root run KILL where it has no role. */
export async function roleFix(connection: Connection): Promise<string> {
  return `Run as an administrator: CREATE ROLE IF NOT EXISTS joblease_kill; GRANT joblease_kill TO ${await currentAccount(connection)};`;
}

/** The account that root logged in as, for statements that a person is asked to run. */
export async function currentAccount(connection: Connection): Promise<string> {
  const [row] = await connection.rows('SELECT CURRENT_USER() AS me');
  const [, user = '', host = ''] = /^(.*)@([^@]*)$/s.exec(String(row?.['me'])) ?? [];
  return quoteAccount(user, host);
}
