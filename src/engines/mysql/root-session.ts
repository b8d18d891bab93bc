import { UserError } from '../../lease/errors.ts';
import { readAuthority } from '../login/authority.ts';
import type { Context } from '../engine.ts';
import { isDoubtful } from '../../failure/network.ts';
import { Ahead } from './ahead.ts';
import { Connection, failedAs, failedStatement, quoteAccount, serverError, type Row } from './connection.ts';
import type { Target } from './dial.ts';
import { canHeal, loginError } from './errors.ts';
import type { Flavour } from './flavour.ts';
import type { MysqlConfig } from './inputs.ts';
import type { MysqlRoot } from './root.ts';

/** What a server told of itself and of root when root's session was prepared. */
interface Server {
  /** the account that root was taken for, for statements that a person is asked to run */
  readonly account: string;
  /** see {@link toRights} */
  readonly rights: ReadonlySet<string>;
  /** whether the server lets an account log in as another one (GRANT PROXY) */
  readonly isProxying: boolean;
  /** the state of the event scheduler: `ON`, or what else it is */
  readonly scheduler: string;
  /** the server's clock, in epoch seconds */
  now(): number;
}

/** A root login. What it tells of the server can be asked for once it is prepared. */
export class RootSession implements Server, AsyncDisposable {
  readonly flavour: Flavour;
  readonly root: MysqlRoot;
  readonly connection: Connection;
  readonly ahead: Ahead;
  #server: Server | undefined;

  constructor(flavour: Flavour, root: MysqlRoot, connection: Connection, ahead: Ahead) {
    this.flavour = flavour;
    this.root = root;
    this.connection = connection;
    this.ahead = ahead;
  }

  get isPrepared(): boolean {
    return this.#server !== undefined;
  }
  get account(): string {
    return this.#known.account;
  }
  get rights(): ReadonlySet<string> {
    return this.#known.rights;
  }
  get isProxying(): boolean {
    return this.#known.isProxying;
  }
  get scheduler(): string {
    return this.#known.scheduler;
  }
  now(): number {
    return this.#known.now();
  }

  /**
   * Brings the session into a known state, if it has not been yet.
   *
   * @param statements what else the message is to hold; on a server that cannot be used they are not carried out
   * @returns the rows of each of those
   * @throws UserError naming `root` when the server cannot be used; what {@link Connection.results} throws, with the
   *   index among those statements
   */
  async prepare(statements: readonly string[] = []): Promise<Row[][]> {
    if (this.#server !== undefined) return statements.length === 0 ? [] : await this.connection.results(statements);
    const { connection, flavour, root } = this;
    const set = [...settings, ...flavour.settings].map((setting) => `SESSION ${setting}`);
    const ours = [
      `SET NAMES utf8mb4 COLLATE utf8mb4_bin, ${set.join(', ')}`,
      ...(flavour.activateRoles === '' ? [] : [flavour.activateRoles]),
      ...(statements.length === 0 || flavour.guard === undefined ? [] : [flavour.guard]),
      `${look}, ${flavour.proxying} AS proxying, CURRENT_USER() AS me, @@global.event_scheduler AS scheduler, UNIX_TIMESTAMP() AS now`,
      'SHOW GRANTS',
    ];
    const checkFit = (row: Row | undefined): void => {
      const problem = row?.['standby'] === 1 ? 'it is a read-only replica' : flavour.unfit(String(row?.['version']));
      if (problem === undefined) return;
      throw new UserError(`the server at ${root.host}:${root.port} cannot be used: ${problem}`, {
        input: 'root',
        untouched: true,
      });
    };
    let results;
    try {
      results = await connection.results([...ours, ...statements]);
    } catch (error) {
      if (!(error instanceof Error) || serverError(error) === undefined) throw error;
      const failed = failedStatement(error) ?? 0;
      if (failed >= ours.length) throw failedAs(error, failed - ours.length);
      // Most likely something that only the other server knows.
      checkFit((await connection.rows(look))[0]);
      throw error;
    }
    const [[row] = [], grants = []] = results.slice(ours.length - 2);
    checkFit(row);
    const now = Number(row?.['now']);
    const readAt = performance.now();
    this.#server = {
      account: accountOf(String(row?.['me'])),
      rights: toRights(grants),
      isProxying: row?.['proxying'] === 1,
      scheduler: String(row?.['scheduler']),
      now: () => now + Math.floor((performance.now() - readAt) / 1000),
    };
    return results.slice(ours.length);
  }

  get #known(): Server {
    if (this.#server === undefined) throw new Error('the session with the server has not been prepared');
    return this.#server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ahead[Symbol.dispose]();
    await this.connection[Symbol.asyncDispose]();
  }
}

const look = 'SELECT VERSION() AS version, @@global.read_only OR @@global.innodb_read_only AS standby';

/** Among the rights of {@link toRights}: any role at all. */
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
  { signal, warn, mints }: Context,
): Promise<RootSession> {
  const ca = await readAuthority(config['tls-ca'], 'tls-ca');
  const failures: UserError[] = [];
  for (const root of roots) {
    const { scheme, host, port, sslMode } = root;
    const target: Target = { scheme, host, port, sslMode, ca };
    const login = { ...root, database: '' };
    const ahead = new Ahead();
    const isActivated = flavour.ownActivation !== undefined && config['member-of'].length > 0;
    const needed = mints === undefined ? 0 : Number(mints.verify) + Number(isActivated);
    const dial = (): void => {
      for (let i = 0; i < needed; i += 1) ahead.dial(target);
    };
    // Where nothing is left to fall back on, the session is prepared by the message that mints. Then the others have
    // less time to get ready.
    const isOnly = mints !== undefined && roots.length === 1 && flavour.guard !== undefined;
    const options = { multipleStatements: true, [isOnly ? 'onGreeting' : 'onLogin']: dial };
    let connection;
    try {
      connection = await Connection.open(target, login, signal, options);
    } catch (error) {
      ahead[Symbol.dispose]();
      if (signal.aborted && !canHeal(signal.reason)) throw signal.reason;
      failures.push(loginError(error, target, login, 'root'));
      continue;
    }
    const session = new RootSession(flavour, root, connection, ahead);
    try {
      if (!isOnly || flavour.unfit(connection.greetedVersion) !== undefined) await session.prepare();
    } catch (error) {
      await session[Symbol.asyncDispose]();
      if (!(error instanceof UserError)) throw error;
      failures.push(error);
      continue;
    }
    for (const { message } of failures) warn(`${message.split('\n', 1)[0]}; another one was used`);
    return session;
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

/** Among the rights of {@link toRights}: to change what the servers keep their accounts in. */
export const changeAccounts = 'UPDATE on mysql.*';

/** What SHOW GRANTS tells: global privileges, in the server's words, and few others that count here. */
export function toRights(grants: readonly Row[]): ReadonlySet<string> {
  const rights = new Set<string>();
  for (const row of grants) {
    const grant = String(Object.values(row)[0]);
    if (grant.startsWith('GRANT `')) rights.add(anyRole);
    const [, names, place] = /^GRANT (.+) ON (\*|`mysql`)\.\* TO /.exec(grant) ?? [];
    // Static privileges are separated by a comma and a blank, dynamic ones by a comma.
    for (const name of names?.split(/, ?/) ?? []) {
      if (place === '*') rights.add(name);
      if (['UPDATE', 'ALL PRIVILEGES'].includes(name)) rights.add(changeAccounts);
    }
  }
  return rights;
}

/** What root lacks of the rights that ending sessions takes. @param rights as {@link toRights} tells them */
export function missingKillRights({ killRights }: Flavour, rights: ReadonlySet<string>): (string | undefined)[] {
  return killRights.filter((any) => !any.some((right) => rights.has(right))).map(([right]) => right);
}

/** Whether KILL is safe in a session with these rights (see `activateRoles` of {@link Flavour}). */
export function mayKill({ activateRoles }: Flavour, rights: ReadonlySet<string>): boolean {
  return activateRoles === '' || [anyRole, 'SUPER', 'ALL PRIVILEGES'].some((right) => rights.has(right));
}

/** What lets root run KILL where it has no role. */
export function roleFix({ account }: RootSession): string {
  return `Run as an administrator: CREATE ROLE IF NOT EXISTS joblease_kill; GRANT joblease_kill TO ${account};`;
}

/** An account as statements name it. @param me what CURRENT_USER() says */
function accountOf(me: string): string {
  const [, user = '', host = ''] = /^(.*)@([^@]*)$/s.exec(me) ?? [];
  return quoteAccount(user, host);
}
