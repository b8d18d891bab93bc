import { createHash, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context, Rotation, RotationStep, RotationTerms } from '../engine.ts';
import type { LoginRoot } from '../login/standing.ts';
import { rotateLogin, type LoginSession } from '../login/rotation.ts';
import { quoteAccount, quoteName, serverError } from './connection.ts';
import { canHeal, isDenied, isLoginRefused } from './errors.ts';
import type { Flavour } from './flavour.ts';
import { cachingSha2Verifier, nativeVerifier, type Verifier } from './verifier.ts';
import type { MysqlConfig } from './inputs.ts';
import { openRoot, type RootSession } from './root-session.ts';
import type { MysqlRoot } from './root.ts';

/**
 * See {@link Engine.rotateRoot}. MySQL keeps the replaced password of a single login beside the new one, MariaDB does
 * not.
 */
export function rotateRoot(
  flavour: Flavour,
  roots: readonly MysqlRoot[],
  config: MysqlConfig,
  terms: RotationTerms,
  context: Context,
): AsyncGenerator<RotationStep, Rotation> {
  const sessionOf = { mysql: mysqlSession, mariadb: mariadbSession }[flavour.name];
  const target = {
    open: async (root: MysqlRoot) =>
      sessionOf(await openRoot(flavour, [root], config, { ...context, warn: () => undefined }), context.warn),
    isRefused: (error: unknown) => error instanceof UserError && isLoginRefused(error.details.cause),
    canHeal,
    retains: flavour.name === 'mysql',
    // The host part is the administrator's to know. What is said of the newest password goes with it.
    statement: (user: string) =>
      `ALTER USER ${quoteName(user)}@'…' IDENTIFIED BY '…'${flavour.name === 'mysql' ? ` ATTRIBUTE '${unknownNewest}'` : ''};`,
  };
  return rotateLogin(roots, terms, target, context);
}

/**
 * MySQL. The account's attribute says which of our passwords is the newest, written by the statement that sets it: a
 * retained password logs in like the newest one, and a rotation that began with it would end the newest.
 */
function mysqlSession(root: RootSession, warn: Context['warn']): LoginSession {
  const { connection } = root;
  const { user } = root.root;
  const discard = async (): Promise<void> => {
    await refusable(
      root,
      `ALTER USER ${root.account} DISCARD OLD PASSWORD
      ATTRIBUTE '{"joblease_discard": null}'`,
    );
  };
  return {
    ...commonSession(root),

    async checkNewest(password) {
      const [row] = await connection.rows(
        `SELECT attribute->>'$.joblease_root' AS newest, attribute->>'$.joblease_discard' AS discard FROM information_schema.user_attributes
          WHERE CONCAT(user, '@', host) = CURRENT_USER()`,
      );
      const newest = row?.['newest'] ?? null;
      if (newest === null || newest === fingerprint(password)) return row?.['discard'] === 'true';
      throw new UserError(`"${user}" has a newer password than the one that this run was given`, {
        input: 'root',
        fix: `If another rotation has run since this run was queued, run again. If the password was set by hand, run: ALTER USER ${root.account} ATTRIBUTE '${unknownNewest}';`,
      });
    },

    async checkChange() {
      await hashFor(root);
      const { rights } = root;
      if (rights.has('CREATE USER') || rights.has('ALL PRIVILEGES')) {
        await checkOnlyAccount(root).catch(async (error: unknown) => {
          if (!(error instanceof UserError) || !isDenied(error.details.cause)) throw error;
          await checkOnlyAccount(root, 'information_schema.user_attributes');
          // There the server leaves them out.
          warn(`${error.message}: those with SYSTEM_USER. ${error.details.fix ?? ''}`);
        });
        return;
      }
      throw new UserError(`"${user}" may not change its own password by a hash`, {
        input: 'root',
        fix: `Run as an administrator: GRANT CREATE USER ON *.* TO ${root.account};`,
      });
    },

    async change(password, replaced) {
      const { account } = root;
      const [plugin, hash] = await hashFor(root);
      // A retained password can be left from before root was a pair. It goes before the change: a rotation that is
      // interrupted after the change does not come back here.
      if (replaced === 'at once') await discard();
      const note = { joblease_root: fingerprint(password), joblease_discard: replaced === 'by discard' ? true : null };
      await refusable(
        root,
        `ALTER USER ${account} IDENTIFIED WITH ${plugin} AS '${hash(password)}'${replaced === 'at once' ? '' : ' RETAIN CURRENT PASSWORD'}
          ATTRIBUTE '${JSON.stringify(note)}'`,
      );
    },

    discard,
  };
}

/** MariaDB. */
function mariadbSession(root: RootSession): LoginSession {
  return {
    ...commonSession(root),
    async checkChange() {
      await hashFor(root);
      await checkOnlyAccount(root);
      const [row] = await root.connection.rows(
        `SELECT @@strict_password_validation AND EXISTS (SELECT 1 FROM information_schema.plugins
          WHERE plugin_type = 'PASSWORD VALIDATION' AND plugin_status = 'ACTIVE') AS strict`,
      );
      if (Number(row?.['strict']) === 0) return;
      throw new UserError('the server takes no password as a hash, because it could not look into it', {
        input: 'root',
        fix: 'Generated passwords are long, and have letters of both cases, digits and a dash. Run as an administrator, and put it into its configuration: SET GLOBAL strict_password_validation = OFF;',
      });
    },
    async change(password) {
      const [, hash] = await hashFor(root);
      // For oneself this takes no right, and it takes the hash as it is.
      await refusable(root, `SET PASSWORD = '${hash(password)}'`);
    },
  };
}

function commonSession(
  root: RootSession,
): Pick<LoginSession, 'lock' | 'holders' | 'ping' | typeof Symbol.asyncDispose> {
  const { connection } = root;
  return {
    /**
     * Everybody who is let in can take a lock whose name they know, so the names are made of the passwords. Of two
     * rotations that can change the same password both know it, and a rotation has the locks of those that it changes and
     * of those that it sets.
     */
    async lock(roots) {
      const names = await Promise.all(roots.map(lockName));
      // The sum asks for all of them; of an AND, a server may leave the rest out after the first 0.
      const locks = [...new Set(names)].map((name) => `GET_LOCK('${name}', 0)`);
      const [row] = await connection.rows(`SELECT ${locks.join(' + ')} AS got, UNIX_TIMESTAMP() AS now`);
      if (Number(row?.['got']) === locks.length) return new Date(Number(row?.['now']) * 1000);
      await connection.rows('DO RELEASE_ALL_LOCKS()');
      return undefined;
    },
    async holders(roots) {
      const names = await Promise.all(roots.map(lockName));
      const ids = names.map((name) => `IS_USED_LOCK('${name}')`).join(', ');
      const rows = await connection.rows(
        `SELECT id AS id, user AS user, host AS host FROM information_schema.processlist WHERE id IN (${ids}) AND id <> CONNECTION_ID()`,
      );
      return rows.map(({ id, user, host }) => ({
        who: `connection ${String(id)} of "${String(user)}" (${String(host)})`,
        end: `KILL ${String(id)};`,
      }));
    },
    ping: async () => void (await connection.rows('SELECT 1')),
    [Symbol.asyncDispose]: async () => {
      await root[Symbol.asyncDispose]();
    },
  };
}

/** Tells nobody the password, not even one that a person chose: the server's log may have it. */
async function lockName({ user, password }: LoginRoot): Promise<string> {
  const key = await promisify<string, string, number, Buffer>(scrypt)(password, `joblease root ${user}`, 16);
  return `joblease root ${key.toString('hex')}`;
}

/**
 * A name may have several accounts, one for each host pattern, and a server lets each runner into the one that fits it
 * best. A rotation can only see and change the one that it was let into itself.
 *
 * @throws UserError when there is another one
 */
async function checkOnlyAccount(
  { connection, root, account: me }: RootSession,
  accounts = 'mysql.user',
): Promise<void> {
  const rows = await connection
    .rows(
      `SELECT User AS name, Host AS host FROM ${accounts} WHERE User = X'${Buffer.from(root.user).toString('hex')}'`,
    )
    .catch((error: unknown) => {
      if (!isDenied(error)) throw error;
      throw new UserError(`it cannot be seen whether "${root.user}" has accounts for other hosts`, {
        input: 'root',
        said: messageOf(error),
        fix: `Run as an administrator: GRANT SELECT (User, Host) ON ${accounts} TO ${me};`,
        cause: error,
      });
    });
  const others = rows.map(({ name, host }) => quoteAccount(String(name), String(host))).filter((each) => each !== me);
  if (others.length === 0) return;
  throw new UserError(
    `"${root.user}" is several accounts, of which this rotation could only change ${me}: there is ${others.join(', ')} too`,
    {
      input: 'root',
      fix: `Runners that the server takes for another one would be locked out. Keep one: ${others.map((each) => `DROP USER ${each};`).join(' ')} Or give root a name of its own: RENAME USER.`,
    },
  );
}

/** How a server's accounts keep their passwords: by plugin. The plugin stays, so that clients need not change. */
const hashes: Readonly<Record<string, (password: string) => Verifier>> = {
  caching_sha2_password: cachingSha2Verifier,
  mysql_native_password: nativeVerifier,
};

/** What stands between quotation marks. */
const quoted = /'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`/gs;

/** @returns the plugin of the account that root logged in as, and what it makes of a password */
async function hashFor({
  connection,
  flavour,
  root,
  account: me,
}: RootSession): Promise<[plugin: string, hash: (typeof hashes)[string]]> {
  const [row] = await connection.rows('SHOW CREATE USER CURRENT_USER()');
  const definition = String(Object.values(row ?? {})[0]);
  if (flavour.name === 'mariadb' && / OR /.test(definition.replaceAll(quoted, ''))) {
    throw new UserError(`"${root.user}" logs in by any of several methods, of which a rotation would change one`, {
      input: 'root',
      fix: `Leave it one password. Run as an administrator, and put the password into the secret: ALTER USER ${me} IDENTIFIED BY '…';`,
    });
  }
  // MariaDB's way to write the plugin that every server has.
  const isNative = definition.includes(' IDENTIFIED BY PASSWORD ');
  const plugin = isNative ? 'mysql_native_password' : / IDENTIFIED (?:WITH|VIA) '?(\w+)/.exec(definition)?.[1];
  const hash = hashes[plugin ?? ''];
  if (plugin !== undefined && hash !== undefined) return [plugin, hash];
  throw new UserError(`"${root.user}" logs in by ${plugin ?? 'something'} and not by a password that can be rotated`, {
    input: 'root',
    fix: `Plugins that can: ${Object.keys(hashes).join(', ')}.`,
  });
}

/** Runs a statement that the server's policies may refuse. */
async function refusable({ connection, root }: RootSession, sql: string): Promise<void> {
  try {
    await connection.rows(sql);
  } catch (error) {
    if (serverError(error) === undefined) throw error;
    throw new UserError(`the server refused to change the password of "${root.user}"`, {
      input: 'root',
      said: messageOf(error),
      cause: error,
    });
  }
}

/** Takes the note of the newest password away: for a password that a person has set. */
const unknownNewest = '{"joblease_root": null}';

/** Tells a password from others, and nothing else: only generated ones, of 126 random bits or more, get one. */
function fingerprint(password: string): string {
  return createHash('sha256').update(password).digest('hex').slice(0, 16);
}
