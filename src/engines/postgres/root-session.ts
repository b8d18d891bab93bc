import { messageOf, UserError } from '../../lease/errors.ts';
import { readAuthority } from '../authority.ts';
import type { Context } from '../engine.ts';
import { Connection, quoteName, sqlState, type Target } from './connection.ts';
import { canHeal, isLoginRefused, loginError } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import type { PostgresRoot } from './root.ts';

/** A root login to one database of the cluster, and what is known of the server and of the role that acts. */
export interface RootSession extends AsyncDisposable {
  readonly connection: Connection;
  readonly root: PostgresRoot;
  /** PostgreSQL's `server_version_num`, such as 180004 */
  readonly version: number;
  /** the role that acts: the login itself, or `admin-role` */
  readonly actor: string;
  readonly isSuperuser: boolean;
  /** the same login in another database of the cluster */
  elsewhere(database: string): Promise<RootSession>;
}

/**
 * Logs in with the first root that a server accepts and becomes `admin-role`.
 *
 * @param name the session's application_name
 * @throws UserError naming `root` when no login is accepted, `admin-role` when it may not be used
 */
export async function openRoot(
  roots: readonly PostgresRoot[],
  config: PostgresConfig,
  { signal, warn }: Context,
): Promise<RootSession> {
  const failures: UserError[] = [];
  let refused = 0;
  for (const root of roots) {
    const ca =
      config['tls-ca'] === ''
        ? await readAuthority(root.sslrootcert ?? '', 'root')
        : await readAuthority(config['tls-ca'], 'tls-ca');
    for (const { host, port } of root.hosts) {
      const target: Target = { host, port, database: root.database, sslmode: root.sslmode, ca };
      let connection;
      try {
        connection = await Connection.open(target, root, 'joblease', signal);
      } catch (error) {
        failures.push(loginError(error, target, root, 'root'));
        if (!isLoginRefused(error)) continue;
        refused += 1;
        break; // the other hosts are the same cluster: on to the next root
      }
      try {
        const session = await prepare(connection, root, config['admin-role'], signal);
        if (session === undefined) {
          failures.push(new UserError(`the server at ${host}:${port} is a read-only standby`, { input: 'root' }));
          await connection[Symbol.asyncDispose]();
          continue;
        }
        for (const { message } of failures) warn(`${message.split('\n', 1)[0]}; another one was used`);
        return session;
      } catch (error) {
        await connection[Symbol.asyncDispose]();
        throw error;
      }
    }
  }
  const [first, ...more] = failures;
  if (first === undefined) throw new UserError('it is empty', { input: 'root' });
  if (more.length === 0) throw first;
  const causes = failures.map(({ details }) => details.cause);
  throw new UserError('no root credential could be used', {
    input: 'root',
    said: failures.map(({ message }) => message).join('\n'),
    // A refusal is final for its root, whatever its other hosts said.
    cause: refused === roots.length ? causes.find(isLoginRefused) : causes.find(canHeal),
  });
}

/** Brings a fresh connection into a known state. @returns undefined when the server is a standby */
async function prepare(
  connection: Connection,
  root: PostgresRoot,
  adminRole: string,
  signal: AbortSignal,
): Promise<RootSession | undefined> {
  // Role and database may bring settings of their own. pg_catalog alone in the path: a function or an operator that
  // somebody put into public must not run with root's rights.
  const settings = [
    'SET search_path = pg_catalog',
    'SET standard_conforming_strings = on',
    "SET lock_timeout = '5s'",
    "SET statement_timeout = '60s'",
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
    "SET DateStyle = 'ISO'",
    "SET TimeZone = 'UTC'",
  ];
  if (adminRole !== '') settings.push(`SET ROLE ${quoteName(adminRole)}`);
  const facts = `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
      rolname AS actor, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`;
  const [row] = await connection.rows(`${settings.join(';')}; ${facts}`).catch((error: unknown) => {
    if (adminRole === '' || sqlState(error) === undefined) throw error;
    const input = 'admin-role';
    // invalid_parameter_value: PostgreSQL's answer to SET ROLE with a name that it does not know.
    if (sqlState(error) === '22023') throw new UserError(`there is no role "${adminRole}"`, { input, cause: error });
    throw new UserError(`"${root.user}" cannot act as "${adminRole}"`, {
      input,
      said: messageOf(error),
      fix: `Run: GRANT ${quoteName(adminRole)} TO ${quoteName(root.user)};`,
      cause: error,
    });
  });
  if (row === undefined || row['standby'] === true) return undefined;
  return {
    connection,
    root,
    version: Number(row['version']),
    actor: String(row['actor']),
    isSuperuser: row['superuser'] === true,
    async elsewhere(database) {
      const other = await Connection.open({ ...connection.target, database }, root, 'joblease', signal);
      const session = await prepare(other, root, adminRole, signal);
      if (session === undefined) throw new UserError(`the server at ${connection.target.host} became a standby`);
      return session;
    },
    [Symbol.asyncDispose]: async () => {
      await connection[Symbol.asyncDispose]();
    },
  };
}
