import { UserError } from '../../lease/errors.ts';
import { readAuthority } from '../authority.ts';
import type { Context } from '../engine.ts';
import { Connection, quoteAccount, type Target } from './connection.ts';
import { canHeal, loginError } from './errors.ts';
import type { Flavour } from './flavour.ts';
import type { MysqlConfig } from './inputs.ts';
import type { MysqlRoot } from './root.ts';

/** A root login. */
export interface RootSession extends AsyncDisposable {
  readonly flavour: Flavour;
  readonly connection: Connection;
  readonly root: MysqlRoot;
}

/**
 * What a session must be set to, whatever the server's and the account's defaults are. NO_BACKSLASH_ESCAPES: a literal
 * then means what it says.
 */
const settings = [
  "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'",
  "SET SESSION time_zone = '+00:00'",
  'SET SESSION autocommit = 1',
  'SET SESSION lock_wait_timeout = 10',
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
    try {
      connection = await Connection.open(target, login, signal);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(loginError(error, target, login, 'root'));
      continue;
    }
    try {
      const problem = await prepare(connection, flavour);
      if (problem !== undefined) {
        failures.push(new UserError(`the server at ${host}:${port} cannot be used: ${problem}`, { input: 'root' }));
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
      [Symbol.asyncDispose]: async () => {
        await open[Symbol.asyncDispose]();
      },
    };
  }
  const [first, ...more] = failures;
  if (first === undefined) throw new UserError('it is empty', { input: 'root' });
  if (more.length === 0) throw first;
  throw new UserError('no root credential could be used', {
    input: 'root',
    said: failures.map(({ message }) => message).join('\n'),
    cause: failures.map(({ details }) => details.cause).find(canHeal),
  });
}

/** Brings a fresh connection into a known state. @returns why the server cannot be used, undefined when it can */
async function prepare(connection: Connection, flavour: Flavour): Promise<string | undefined> {
  for (const setting of settings) await connection.rows(setting);
  const [row] = await connection.rows(
    'SELECT VERSION() AS version, @@global.read_only OR @@global.innodb_read_only AS standby',
  );
  if (row?.['standby'] === 1) return 'it is a read-only replica';
  return flavour.unfit(String(row?.['version']));
}

/** Global privileges of root, its active roles' included, in the server's words. */
export async function globalRights(connection: Connection): Promise<Set<string>> {
  const rights = new Set<string>();
  for (const row of await connection.rows('SHOW GRANTS')) {
    const [, names] = /^GRANT (.+) ON \*\.\* TO /.exec(String(Object.values(row)[0])) ?? [];
    for (const name of names?.split(', ') ?? []) rights.add(name);
  }
  return rights;
}

/** What root lacks of the rights that ending sessions takes. @param rights as {@link globalRights} tells them */
export function missingKillRights({ killRights }: Flavour, rights: ReadonlySet<string>): (string | undefined)[] {
  return killRights.filter((any) => !any.some((right) => rights.has(right))).map(([right]) => right);
}

/** The account that root logged in as, for statements that a person is asked to run. */
export async function currentAccount(connection: Connection): Promise<string> {
  const [row] = await connection.rows('SELECT CURRENT_USER() AS me');
  const [, user = '', host = ''] = /^(.*)@([^@]*)$/s.exec(String(row?.['me'])) ?? [];
  return quoteAccount(user, host);
}
