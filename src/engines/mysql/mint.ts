import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context, LeaseDraft, Minted } from '../engine.ts';
import { readAuthority } from '../login/authority.ts';
import { newPassword } from '../login/password.ts';
import { mentions, renderStatements } from '../login/statements.ts';
import { toAccount } from './account.ts';
import { failedStatement, quoteRole, serverError, type LeaseLogin, type Login } from './connection.ts';
import type { Target } from './dial.ts';
import { ER, isDenied, isLoginRefused, isServerError } from './errors.ts';
import type { NewAccount } from './flavour.ts';
import type { MysqlConfig } from './inputs.ts';
import { heartbeat, reaperProblem } from './reaper.ts';
import { revoke } from './revoke.ts';
import { changeAccounts, mayKill, missingKillRights, roleFix, toRights, type RootSession } from './root-session.ts';
import { formatUrl } from './root.ts';
import { holdLock, mintLocks, runStatements } from './statements.ts';

/** As JSON the credential that {@link readCredential} takes. The authority is not in it: it can be a large file. */
interface Credential extends Login {
  readonly target: Omit<Target, 'ca'>;
}

/** @throws UserError when the authority cannot be read any more */
export async function readCredential(credential: string, config: MysqlConfig): Promise<LeaseLogin> {
  const { target, ...login } = JSON.parse(credential) as Credential;
  return { ...login, target: { ...target, ca: await readAuthority(config['tls-ca'], 'tls-ca') } };
}

/**
 * Mints an account. DDL commits by itself, so where a later step fails the account is ended before the error is thrown.
 * What root may lack is found out by what the server refuses.
 *
 * @throws UserError for a right that root lacks, an unknown role, or an error in the user's statements
 */
export async function mint(
  root: RootSession,
  draft: LeaseDraft,
  config: MysqlConfig,
  context: Context,
): Promise<Minted> {
  const { principal } = draft;
  const password = newPassword();
  context.mask?.([password]);
  const roles = config['member-of'].map(quoteRole);
  root.flavour.checkRoles(roles);
  if (config['creation-statements'] !== '') await root.prepare();
  if (root.isPrepared) checkRights(root, context);
  const isChecked = root.isPrepared;
  const iat = isChecked ? root.now() : Math.floor(Date.now() / 1000); // the server's own clock takes its place
  const account: NewAccount = {
    principal,
    host: config['host-pattern'],
    password,
    record: { v: 1, ...draft.job, role: draft.role, iat, exp: iat + draft.ttl, max: iat + draft.maxTtl },
    roles,
    connectionLimit: config['connection-limit'],
  };
  const login: LeaseLogin = {
    user: principal,
    password,
    database: config.database === '' ? root.root.database : config.database,
    target: root.connection.target,
  };

  let problem;
  let isEndable;
  let mintedAt;
  try {
    ({ problem, mintedAt } = await create(root, account, login, config, context));
    if (!isChecked) checkRights(root, context);
    if (problem !== '') {
      const where = `See "The switch" in docs/${root.flavour.name}.md.`;
      context.warn(`The server does not end this lease by itself: ${problem}. ${where}`);
    }
    isEndable = await canEnd(root, login, config, context);
  } catch (error) {
    // When even this fails there is the post step, the switch and the sweep.
    const undo = { ...config, 'revocation-statements': '' };
    await root
      .prepare()
      .then(async () => await revoke(root, principal, undo, context))
      .catch(() => undefined);
    throw error;
  }
  const minted = handOver(root, login, new Date((mintedAt + draft.ttl) * 1000), problem === '' && isEndable);
  const { host, port } = root.root;
  return {
    ...minted,
    about: { Role: config['member-of'].join(', '), Host: `${host}:${port}`, Database: login.database },
  };
}

/** Says what root lacks, as far as its rights tell. @throws UserError when it cannot mint at all */
function checkRights(root: RootSession, { warn }: Context): void {
  const { flavour, rights, account } = root;
  if (!rights.has('CREATE USER') && !rights.has('ALL PRIVILEGES')) {
    throw new UserError(`"${root.root.user}" may not create accounts`, {
      input: 'root',
      fix: `Run as an administrator: GRANT CREATE USER ON *.* TO ${account};`,
    });
  }
  const missing = missingKillRights(flavour, rights);
  if (missing.length > 0) {
    warn(
      `Root lacks ${missing.join(' and ')}, so open sessions outlive a revocation. Run as an administrator: GRANT ${missing.join(', ')} ON *.* TO ${account};`,
    );
  }
  if (!mayKill(flavour, rights)) {
    warn(`Root has no role, so it cannot end open sessions without harm. ${roleFix(root)}`);
  }
}

/**
 * Whether others than this root, the reaper above all, can end the account.
 *
 * @throws UserError when they surely cannot
 */
async function canEnd(
  { flavour, rights, ahead }: RootSession,
  login: LeaseLogin,
  config: MysqlConfig,
  { signal, warn }: Context,
): Promise<boolean> {
  // Root can hand on only what it has, directly or in a role; ROLE_ADMIN hands on every role.
  if (flavour.name !== 'mysql' || !['SYSTEM_USER', 'ROLE_ADMIN', 'ALL PRIVILEGES'].some((each) => rights.has(each))) {
    return true;
  }
  let held;
  try {
    await using own = await ahead.take({ ...login, database: '' }, signal).finish();
    await own.rows(flavour.activateRoles);
    held = toRights(await own.rows('SHOW GRANTS'));
    if (config['connection-limit'] === 1) await own.close();
  } catch (error) {
    if (!isLoginRefused(error)) throw error;
    warn(
      'The lease cannot log in from here, so it was not seen whether it holds SYSTEM_USER, which would keep it from being ended.',
    );
    return false;
  }
  if (!held.has('SYSTEM_USER')) return true;
  throw new UserError('the account would hold SYSTEM_USER, and then only accounts that hold it too can end it', {
    input: config['creation-statements'] === '' ? 'member-of' : 'creation-statements',
    fix: 'Grant what the job needs by name: GRANT ALL ON *.* includes SYSTEM_USER.',
  });
}

/** What came of the creation of an account. */
interface Creation {
  /** why nothing ends the lease by itself, `''` when something does */
  readonly problem: string;
  /** on the server's clock, in epoch seconds */
  readonly mintedAt: number;
}

async function create(
  root: RootSession,
  account: NewAccount,
  login: LeaseLogin,
  config: MysqlConfig,
  context: Context,
): Promise<Creation> {
  const { flavour, ahead } = root;
  const { signal, mints } = context;
  // While the account is made, the connections that need it come as far as their logins.
  const ownActivation = root.isPrepared && root.rights.has(changeAccounts) ? undefined : flavour.ownActivation;
  const isActivated = ownActivation !== undefined && account.roles.length > 0;
  if (isActivated && mints !== undefined) ahead.prepare({ ...login, database: '' }, signal);
  if (mints?.verify === true) ahead.prepare(login, signal);

  const statements = config['creation-statements'];
  const creation =
    statements === ''
      ? await createInOne(root, account, config, context)
      : await createWith(root, account, statements, config, context);
  if (isActivated) await activate(root, account, login, ownActivation(account), signal);
  return creation;
}

/** Creates the account in one message. */
async function createInOne(
  root: RootSession,
  account: NewAccount,
  config: MysqlConfig,
  context: Context,
): Promise<Creation> {
  const { flavour } = root;
  const [lock] = mintLocks(account.principal);
  const ours = [
    holdLock(lock),
    ...flavour.creation(account),
    ...activation(root, account),
    `DO RELEASE_LOCK('${lock}')`,
  ];
  const time = flavour.mintedAt ?? `SELECT ${account.record.iat} AS now`;
  try {
    const [[row] = [], [answer] = []] = (await root.prepare([...ours, time, heartbeat])).slice(-2);
    return { problem: reaperProblem(root, answer), mintedAt: Number(row?.['now']) };
  } catch (error) {
    // The heartbeat comes last: all else was done before it failed.
    if (failedStatement(error) !== ours.length + 1) throw await explained(error, root, config, context);
    const [[row] = []] = (await root.prepare([time])).slice(-1);
    return { problem: reaperProblem(root, error as Error), mintedAt: Number(row?.['now']) };
  }
}

/** Creates the account with the user's own statements. */
async function createWith(
  root: RootSession,
  account: NewAccount,
  statements: string,
  config: MysqlConfig,
  context: Context,
): Promise<Creation> {
  const { connection, flavour } = root;
  const { principal, record } = account;
  const [lock] = mintLocks(principal);
  const expiration = new Date(record.exp * 1000).toISOString().slice(0, 19).replace('T', ' ');
  // Vault's statements write IDENTIFIED BY '{{password}}', where no verifier would do. They get a password that is over
  // as soon as they are: right after them the account gets the lease's own, by its verifier.
  const values = { name: principal, password: newPassword(), expiration };
  const text = renderStatements(statements, values, 'creation-statements');
  const run = async (): Promise<void> => {
    try {
      await runStatements(root, principal, text, context.signal);
    } catch (error) {
      throw explainStatements(error, values.password);
    }
  };
  const send = async (ours: readonly string[]): Promise<void> => {
    try {
      await connection.results(ours);
    } catch (error) {
      throw await explained(error, root, config, context);
    }
  };

  if (mentions(statements, 'password')) {
    await send([holdLock(lock), ...flavour.announcement(account)]);
    await run();
    const made = await connection.rows(flavour.accounts([principal]));
    if (made.length === 0) {
      throw new UserError('they use {{password}} but do not create the account', {
        input: 'creation-statements',
        fix: "Statements that use {{password}} must begin with: CREATE USER '{{name}}'@'%' …; leave {{password}} out to have the account made for them.",
      });
    }
    const accounts = made.map(toAccount).map(({ host }) => ({ ...account, host }));
    await send(accounts.flatMap((each) => [...flavour.adoption(each), ...activation(root, each)]));
  } else {
    await send([holdLock(lock), ...flavour.creation(account), ...activation(root, account)]);
    await run();
  }
  const time = flavour.mintedAt ?? `SELECT ${record.iat} AS now`;
  const [, [row] = []] = await connection.results([`DO RELEASE_LOCK('${lock}')`, time]);
  const [answer] = await connection.rows(heartbeat).catch((error: unknown) => {
    if (serverError(error) === undefined) throw error;
    return [error as Error];
  });
  return { problem: reaperProblem(root, answer), mintedAt: Number(row?.['now']) };
}

/** What makes the account's role active, where root may do that. */
function activation(root: RootSession, account: NewAccount): string[] {
  const statement = root.flavour.activation(account);
  return statement === undefined || !root.isPrepared || !root.rights.has(changeAccounts) ? [] : [statement];
}

/** The account makes its role active itself: for somebody else that takes UPDATE on the schema mysql. */
async function activate(
  root: RootSession,
  { principal, host, connectionLimit }: NewAccount,
  login: LeaseLogin,
  statement: string,
  signal: AbortSignal,
): Promise<void> {
  let open;
  try {
    open = await root.ahead.take({ ...login, database: '' }, signal).finish();
  } catch (error) {
    if (!isLoginRefused(error)) throw error;
    throw new UserError(`'${principal}'@'${host}' may not log in from this runner, as it must to activate its role`, {
      input: 'host-pattern',
      said: messageOf(error),
      fix: `Let it admit the runner, or, as an administrator: GRANT UPDATE ON mysql.* TO ${root.account};`,
      cause: error,
    });
  }
  await using own = open;
  await own.rows(statement);
  if (connectionLimit === 1) await own.close();
}

/** Says which input or which right a refusal by the server comes from. */
async function explained(error: unknown, root: RootSession, config: MysqlConfig, context: Context): Promise<unknown> {
  if (serverError(error) === undefined) return error;
  if (!root.isPrepared) {
    await root.prepare();
    checkRights(root, context);
  }
  const { flavour, account } = root;
  const said = messageOf(error);
  const roles = config['member-of'].map(quoteRole);
  await flavour.explain(root, roles);
  // An access denied names what it wants.
  const isRole = isServerError(error, ER.MYSQL_UNKNOWN_AUTHID, ER.MARIADB_INVALID_ROLE, ER.MYSQL_ROLE_NOT_GRANTED);
  if (isRole || (isDenied(error) && /ADMIN/.test(said))) {
    return new UserError(`root may not grant ${config['member-of'].join(', ')}`, {
      input: 'member-of',
      said,
      fix: `The roles must exist. Run as an administrator: GRANT ${roles.join(', ')} TO ${account} WITH ADMIN OPTION;`,
      cause: error,
    });
  }
  if (isServerError(error, ER.OPTION_PREVENTS_STATEMENT) && /strict-password-validation/.test(said)) {
    return new UserError('the server takes no password that it is given as a hash', {
      input: 'root',
      said,
      fix: 'Generated passwords are long, and have letters of both cases, digits and a dash. Run as an administrator, and put it into its configuration: SET GLOBAL strict_password_validation = OFF;',
      cause: error,
    });
  }
  if (!isDenied(error)) return error;
  return new UserError('root lacks a privilege', {
    input: 'root',
    said,
    fix: `See "The root login" in docs/${flavour.name}.md.`,
    cause: error,
  });
}

function explainStatements(error: unknown, password: string): unknown {
  const number = serverError(error);
  if (number === undefined) return error;
  const said = `${messageOf(error).replaceAll(password, '{{password}}')} [${number}]`;
  return new UserError('the server refused the statements', { input: 'creation-statements', said });
}

function handOver(root: RootSession, login: LeaseLogin, expiresAt: Date, isReaped: boolean): Omit<Minted, 'about'> {
  const { host, port } = root.root;
  const { user, password, database } = login;
  const { ca: _, ...target } = login.target;
  const kept: Credential = { user, password, database, target };
  const url = formatUrl({ ...root.root, user, password, database });
  return {
    expiresAt,
    expiryClass: isReaped ? 'full' : 'sweep',
    credential: JSON.stringify(kept),
    secrets: [password, url, Buffer.from(`${user}:${password}`).toString('base64')],
    outputs: { username: user, password, host, port: String(port), database, url },
    environment: {
      MYSQL_HOST: host,
      MYSQL_TCP_PORT: String(port),
      MYSQL_USER: user,
      MYSQL_PWD: password,
      ...(database === '' ? {} : { MYSQL_DATABASE: database }),
      DATABASE_URL: url,
    },
  };
}
