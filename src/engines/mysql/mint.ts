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
  checkRights(root, context);
  const iat = root.now();
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
  try {
    problem = await create(root, account, login, config, context);
    if (problem !== '') {
      const where = `See "The switch" in docs/${root.flavour.name}.md.`;
      context.warn(`The server does not end this lease by itself: ${problem}. ${where}`);
    }
    isEndable = await canEnd(root, login, config, context);
  } catch (error) {
    // When even this fails there is the post step, the switch and the sweep.
    await revoke(root, principal, { ...config, 'revocation-statements': '' }, context).catch(() => undefined);
    throw error;
  }
  const minted = handOver(root, login, new Date(account.record.exp * 1000), problem === '' && isEndable);
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

/** @returns why nothing ends the lease by itself, `''` when something does */
async function create(
  root: RootSession,
  account: NewAccount,
  login: LeaseLogin,
  config: MysqlConfig,
  context: Context,
): Promise<string> {
  const { flavour, ahead, rights } = root;
  const { signal, mints } = context;
  // The server needs no more to go on with than what it is asked last; the connections come as far as their logins.
  const ownActivation = rights.has(changeAccounts) ? undefined : flavour.ownActivation;
  const isActivated = ownActivation !== undefined && account.roles.length > 0;
  if (isActivated && mints !== undefined) ahead.prepare({ ...login, database: '' }, signal);
  if (mints?.verify === true) ahead.prepare(login, signal);

  const statements = config['creation-statements'];
  const problem =
    statements === ''
      ? await createInOne(root, account, config)
      : await createWith(root, account, statements, config, context);
  if (isActivated) await activate(root, account, login, ownActivation(account), signal);
  return problem;
}

/** Creates the account in one message. @returns why nothing ends the lease by itself, `''` when something does */
async function createInOne(root: RootSession, account: NewAccount, config: MysqlConfig): Promise<string> {
  const { connection, flavour } = root;
  const [lock] = mintLocks(account.principal);
  const ours = [
    holdLock(lock),
    ...flavour.creation(account),
    ...activation(root, account),
    `DO RELEASE_LOCK('${lock}')`,
  ];
  try {
    const results = await connection.results([...ours, heartbeat]);
    return reaperProblem(root, results.at(-1)?.[0]);
  } catch (error) {
    // The heartbeat comes last: all else was done before it failed.
    if (failedStatement(error) === ours.length) return reaperProblem(root, error as Error);
    throw await explained(error, root, config);
  }
}

/** Creates the account with the user's own statements. @returns why nothing ends the lease by itself */
async function createWith(
  root: RootSession,
  account: NewAccount,
  statements: string,
  config: MysqlConfig,
  { signal }: Context,
): Promise<string> {
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
      await runStatements(root, principal, text, signal);
    } catch (error) {
      throw explainStatements(error, values.password);
    }
  };
  const send = async (ours: readonly string[]): Promise<void> => {
    try {
      await connection.results(ours);
    } catch (error) {
      throw await explained(error, root, config);
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
  await connection.rows(`DO RELEASE_LOCK('${lock}')`);
  const answer = await connection.rows(heartbeat).catch((error: unknown) => {
    if (serverError(error) === undefined) throw error;
    return [error as Error];
  });
  return reaperProblem(root, answer[0]);
}

/** What makes the account's role active, where root may do that. */
function activation({ flavour, rights }: RootSession, account: NewAccount): string[] {
  const statement = flavour.activation(account);
  return statement === undefined || !rights.has(changeAccounts) ? [] : [statement];
}

/** The account makes its role active itself: for somebody else that takes UPDATE on the schema mysql. */
async function activate(
  { ahead, account: me }: RootSession,
  { principal, host }: NewAccount,
  login: LeaseLogin,
  statement: string,
  signal: AbortSignal,
): Promise<void> {
  let open;
  try {
    open = await ahead.take({ ...login, database: '' }, signal).finish();
  } catch (error) {
    if (!isLoginRefused(error)) throw error;
    throw new UserError(`'${principal}'@'${host}' may not log in from this runner, as it must to activate its role`, {
      input: 'host-pattern',
      said: messageOf(error),
      fix: `Let it admit the runner, or, as an administrator: GRANT UPDATE ON mysql.* TO ${me};`,
      cause: error,
    });
  }
  await using own = open;
  await own.rows(statement);
}

/** Says which input or which right a refusal by the server comes from. */
async function explained(error: unknown, root: RootSession, config: MysqlConfig): Promise<unknown> {
  if (serverError(error) === undefined) return error;
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
