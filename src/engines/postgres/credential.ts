/** A minted credential: what is kept of it for `verify` and `endSelf`, and what is handed on. */
import type { Minted } from '../engine.ts';
import { isPem } from '../login/authority.ts';
import type { LeaseLogin, Login, Target } from './connection.ts';
import type { PostgresConfig } from './inputs.ts';
import { leaseDatabase, readTrust, type RootSession } from './root-session.ts';
import { formatUrl } from './root.ts';

/** `credential` of {@link Minted}, as JSON. It lacks the authority, which can be a large file. */
interface Credential extends Login {
  readonly target: Omit<Target, 'ca'>;
  readonly sslrootcert: string | undefined;
}

/**
 * @param credential as {@link handOver} wrote it
 * @throws UserError when the authority cannot be read any more
 */
export async function readCredential(credential: string, config: PostgresConfig): Promise<LeaseLogin> {
  const { user, password, target, sslrootcert } = JSON.parse(credential) as Credential;
  return { user, password, target: { ...target, ca: await readTrust(sslrootcert, config) } };
}

/** All that is handed on of a fresh credential. */
export function handOver(
  root: RootSession,
  { user, password }: Login,
  config: PostgresConfig,
  expiresAt: Date,
): Minted {
  const database = leaseDatabase(root.root, config);
  const { ca: _, ...target } = { ...root.connection.target, database };
  const { host, port, sslmode, channelBinding } = target;
  const login: Credential = { user, password, target, sslrootcert: root.root.sslrootcert };

  // A path can be handed on to clients; PEM text cannot.
  const authority = config['tls-ca'] === '' ? root.root.sslrootcert : config['tls-ca'];
  const sslrootcert = authority === undefined || isPem(authority) ? undefined : authority;
  const url = formatUrl({ user, password, database, sslmode, channelBinding }, { host, port }, sslrootcert);
  return {
    expiresAt,
    expiryClass: 'login',
    credential: JSON.stringify(login),
    secrets: [password, url, Buffer.from(`${user}:${password}`).toString('base64')],
    outputs: { username: user, password, host, port: String(port), database, url },
    environment: {
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user,
      PGPASSWORD: password,
      PGDATABASE: database,
      PGSSLMODE: sslmode,
      ...(sslrootcert === undefined ? {} : { PGSSLROOTCERT: sslrootcert }),
      ...(channelBinding === 'require' ? { PGCHANNELBINDING: channelBinding } : {}),
      DATABASE_URL: url,
    },
    about: { Group: config['member-of'].join(', '), Host: `${host}:${port}`, Database: database },
  };
}
