import { UserError } from '../../lease/errors.ts';
import type { Input } from '../../lease/inputs.ts';
import type { RootCredential } from '../engine.ts';
import { encode, missingUser, parseRootLines, unknownParameter } from '../login/lines.ts';

/** How far the server's certificate is checked; MySQL's words. `PREFERRED` is refused: it may end in the clear. */
export type SslMode = 'DISABLED' | 'REQUIRED' | 'VERIFY_CA' | 'VERIFY_IDENTITY';

const sslModes: readonly string[] = ['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] satisfies SslMode[];

export type Scheme = 'mysql' | 'mariadb';

/** One root URL, taken apart. */
export interface MysqlRoot extends RootCredential {
  /** the whole of it, as it was given */
  readonly url: string;
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** `''` for none */
  readonly database: string;
  readonly sslMode: SslMode;
}

/** What often stands in the URLs that hosting services and other clients give, and what to do about it. */
const foreignParameters = {
  'sslmode sslMode ssl_mode ssl useSSL requireSSL verifyServerCertificate sslaccept tls trustServerCertificate':
    'Write ssl-mode=VERIFY_IDENTITY, or another ssl-mode.',
  'ssl-ca ssl_ca sslca sslcert serverSslCert trustCertificateKeyStoreUrl': 'Give the authority in the input "tls-ca".',
  'ssl-cert ssl-key ssl_cert ssl_key sslidentity sslpassword':
    'Remove it: there are no client certificates here. Give root a password.',
  'connection_limit pool_timeout connectionLimit pool_size':
    'Remove it: there is no pool here. How many sessions a lease may have says the input "connection-limit".',
  'connect_timeout connectTimeout socket_timeout socketTimeout timeout readTimeout writeTimeout':
    'Remove it: every wait has a limit here.',
  'user password': 'Write user name and password before the host.',
  'socket unixSocket protocol': 'Remove it: the server is reached over TCP.',
  'charset characterEncoding useUnicode collation serverTimezone timezone loc parseTime allowPublicKeyRetrieval multiStatements allowMultiQueries schema pgbouncer statement_cache_size rewriteBatchedStatements':
    'Remove it: root sets what it needs, and clients of the lease set their own.',
};

/** @param schemes that the engine takes, the usual one first */
export function rootInput(schemes: readonly [Scheme, ...Scheme[]]): Input<readonly MysqlRoot[]> {
  const form = `Write it as ${schemes[0]}://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY.`;
  return {
    description: `Root credential: ${schemes[0]}://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY. Several may be given, one per line: the first that the server accepts is used.`,
    required: true,
    parse: (value, name) =>
      parseRootLines(value, name, form, (line, where) => parseRoot(line, name, where, schemes, form)),
  };
}

/** Reads one URL. Its errors never repeat any of it, because a misplaced character may be part of the password. */
function parseRoot(url: string, input: string, where: string, schemes: readonly Scheme[], form: string): MysqlRoot {
  const wrong = (problem: string, fix = form): UserError => new UserError(`${problem}${where}`, { input, fix });

  const parts = /^([a-z]+):\/\/(?:([^@/?#]*)@)?(\[[^\]]*\]|[^@:/?#]*)(?::([^@/?#]*))?(\/[^@?#]*)?(\?[^#]*)?$/.exec(url);
  const scheme = schemes.find((each) => each === parts?.[1]);
  if (parts === null || scheme === undefined)
    throw wrong(`it is not a ${schemes.join(' or ')} URL`, `${form} ${encode}`);
  const [, , login = '', authority = '', digits = '', path = '', query = ''] = parts;
  const decode = (text: string): string => {
    try {
      return decodeURIComponent(text);
    } catch {
      throw wrong('it holds a "%" that is not part of a percent-encoded character', encode);
    }
  };

  const colon = login.indexOf(':');
  const user = decode(colon < 0 ? login : login.slice(0, colon));
  const encodedPassword = colon < 0 ? '' : login.slice(colon + 1);
  const password = decode(encodedPassword);
  if (user === '') throw wrong(...missingUser(query, form));

  const host = decode(authority).replaceAll(/^\[|\]$/g, '');
  const port = digits === '' ? 3306 : Number(digits);
  if (host === '') throw wrong('the host name is missing');
  if (!/^[\w.:%-]+$/.test(host)) throw wrong('the host name holds characters that no host name has');
  if (!Number.isInteger(port) || port < 1 || port > 65_535) throw wrong('the port is not a number from 1 to 65535');

  const search = new URLSearchParams(query);
  for (const name of search.keys()) {
    if (name !== 'ssl-mode') throw wrong(...unknownParameter(name, foreignParameters, ['ssl-mode']));
  }
  const sslMode = search.get('ssl-mode') ?? 'VERIFY_IDENTITY';
  if (!isSslMode(sslMode)) {
    throw wrong(
      'its ssl-mode is not supported',
      `Supported are ${sslModes.join(', ')}. The mode PREFERRED may send everything in the clear, so say which you mean.`,
    );
  }
  const secrets = [...new Set([url, password, encodedPassword])].filter((text) => text !== '');
  return { url, scheme, host, port, user, password, database: decode(path.slice(1)), sslMode, secrets };
}

function isSslMode(text: string): text is SslMode {
  return sslModes.includes(text);
}

/** Writes the URL that a client of the database takes. */
export function formatUrl(root: Omit<MysqlRoot, 'secrets' | 'url'>): string {
  const credentials = `${encodeURIComponent(root.user)}:${encodeURIComponent(root.password)}`;
  const host = root.host.includes(':') ? `[${root.host}]` : root.host;
  const path = encodeURIComponent(root.database);
  return `${root.scheme}://${credentials}@${host}:${root.port}/${path}?ssl-mode=${root.sslMode}`;
}
