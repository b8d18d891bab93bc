import { messageOf, UserError } from '../../lease/errors.ts';
import { newPassword } from '../login/password.ts';
import { mentions, renderStatements } from '../login/statements.ts';
import { readAuthority } from '../login/authority.ts';
import type { Context, LeaseDraft, Minted } from '../engine.ts';
import { Connection, quoteRole, serverError, type LeaseLogin, type Login, type Target } from './connection.ts';
import { ER, isDenied, isLoginRefused, isServerError } from './errors.ts';
import type { NewAccount } from './flavour.ts';
import type { MysqlConfig } from './inputs.ts';
import { serverTime } from './leases.ts';
import { reaperProblem } from './reaper.ts';
import { revoke } from './revoke.ts';
import { currentAccount, globalRights, mayKill, missingKillRights, roleFix, type RootSession } from './root-session.ts';
import { formatUrl } from './root.ts';
import { idlePatienceSeconds, mintLocks, runStatements } from './statements.ts';

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
 *
 * @throws UserError for a right that root lacks, an unknown role, or an error in the user's statements
 */
export async function mint(
  root: RootSession,
  draft: LeaseDraft,
  config: MysqlConfig,
  context: Context,
): Promise<Minted> {
  const { connection } = root;
  const { principal } = draft;
  const password = newPassword();
  context.mask?.([password]);
  const roles = config['member-of'].map(quoteRole);
  const { rights, problem } = await checkServer(root, roles, context);
  const iat = await serverTime(root);
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
    target: connection.target,
  };

  const [lock] = mintLocks(principal);
  await connection.rows(`SET @joblease = GET_LOCK('${lock}', 0), SESSION wait_timeout = ${idlePatienceSeconds}`);
  let isEndable;
  try {
    await create(root, account, login, config, context);
    isEndable = await canEnd(root, rights, login, config, context);
  } catch (error) {
    // When even this fails there is the post step, the switch and the sweep.
    await revoke(root, principal, { ...config, 'revocation-statements': '' }, context).catch(() => undefined);
    throw error;
  }
  await connection.rows(`SELECT RELEASE_LOCK('${lock}')`);
  const minted = handOver(root, login, new Date(account.record.exp * 1000), problem === '' && isEndable);
  const { host, port } = root.root;
  return {
    ...minted,
    about: { Role: config['member-of'].join(', '), Host: `${host}:${port}`, Database: login.database },
  };
}

/**
 * Finds out what root and the server lack.
 *
 * @returns the rights of root; why nothing ends the lease by itself, `''` when something does
 */
async function checkServer(
  root: RootSession,
  roles: readonly string[],
  { warn }: Context,
): Promise<{ rights: ReadonlySet<string>; problem: string }> {
  const { connection, flavour } = root;
  const rights = await globalRights(connection);
  if (!rights.has('CREATE USER') && !rights.has('ALL PRIVILEGES')) {
    throw new UserError(`"${root.root.user}" may not create accounts`, {
      input: 'root',
      fix: `Run as an administrator: GRANT CREATE USER ON *.* TO ${await currentAccount(root.connection)};`,
    });
  }
  await flavour.checkRights(connection, roles);
  const missing = missingKillRights(flavour, rights);
  if (missing.length > 0) {
    warn(
      `Root lacks ${missing.join(' and ')}, so open sessions outlive a revocation. Run as an administrator: GRANT ${missing.join(', ')} ON *.* TO ${await currentAccount(root.connection)};`,
    );
  }
  if (!mayKill(flavour, rights)) {
    warn(`Root has no role, so it cannot end open sessions without harm. ${await roleFix(connection)}`);
  }
  const problem = await reaperProblem(root);
  if (problem !== '') {
    warn(`The server does not end this lease by itself: ${problem}. See "The switch" in docs/${flavour.name}.md.`);
  }
  return { rights, problem };
}

/**
 * Whether others than this root, the reaper above all, can end the account.
 *
 * @throws UserError when they surely cannot
 */
async function canEnd(
  { flavour }: RootSession,
  rights: ReadonlySet<string>,
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
    await using own = await Connection.open(login.target, { ...login, database: '' }, signal);
    await own.rows(flavour.activateRoles);
    held = await globalRights(own);
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

async function create(
  root: RootSession,
  account: NewAccount,
  login: LeaseLogin,
  config: MysqlConfig,
  { signal }: Context,
): Promise<void> {
  const { connection, flavour } = root;
  const { principal, record } = account;
  const statements = config['creation-statements'];
  const expiration = new Date(record.exp * 1000).toISOString().slice(0, 19).replace('T', ' ');
  // Vault's statements write IDENTIFIED BY '{{password}}', where no hash would do. They get a password that is over as
  // soon as they are: right after them the account gets the lease's own, by its hash.
  const values = { name: principal, password: newPassword(), expiration };
  const text = renderStatements(statements, values, 'creation-statements');
  const run = async (): Promise<void> => {
    try {
      await runStatements(root, principal, text, signal);
    } catch (error) {
      throw explainStatements(error, values.password);
    }
  };

  if (mentions(statements, 'password')) {
    await flavour.announce(connection, account);
    await run();
    const made = await flavour.accounts(connection, [principal]);
    if (made.length === 0) {
      throw new UserError('they use {{password}} but do not create the account', {
        input: 'creation-statements',
        fix: "Statements that use {{password}} must begin with: CREATE USER '{{name}}'@'%' …; leave {{password}} out to have the account made for them.",
      });
    }
    for (const { host } of made)
      await explained(flavour.adopt(connection, { ...account, host }, login, signal), root, config);
    return;
  }
  await explained(flavour.create(connection, account, login, signal), root, config);
  if (statements !== '') await run();
}

/** Says which input or which right a refusal by the server comes from. */
async function explained(work: Promise<void>, root: RootSession, config: MysqlConfig): Promise<void> {
  try {
    await work;
  } catch (error) {
    const said = messageOf(error);
    const roles = config['member-of'];
    // An access denied names what it wants.
    if (
      isServerError(error, ER.MYSQL_UNKNOWN_AUTHID, ER.MARIADB_INVALID_ROLE, ER.MYSQL_ROLE_NOT_GRANTED) ||
      (isDenied(error) && /ADMIN/.test(said))
    ) {
      throw new UserError(`root may not grant ${roles.join(', ')}`, {
        input: 'member-of',
        said,
        fix: `The roles must exist. Run as an administrator: GRANT ${roles.map(quoteRole).join(', ')} TO ${await currentAccount(root.connection)} WITH ADMIN OPTION;`,
        cause: error,
      });
    }
    if (isServerError(error, ER.OPTION_PREVENTS_STATEMENT) && /strict-password-validation/.test(said)) {
      throw new UserError('the server takes no password that it is given as a hash', {
        input: 'root',
        said,
        fix: 'Generated passwords are long, and have letters of both cases, digits and a dash. Run as an administrator, and put it into its configuration: SET GLOBAL strict_password_validation = OFF;',
        cause: error,
      });
    }
    if (isDenied(error)) {
      throw new UserError('root lacks a privilege', {
        input: 'root',
        said,
        fix: `See "The root login" in docs/${root.flavour.name}.md.`,
        cause: error,
      });
    }
    throw error;
  }
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
