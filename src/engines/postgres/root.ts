import { UserError } from '../../lease/errors.ts';
import type { Input } from '../../lease/inputs.ts';
import type { RootCredential } from '../engine.ts';
import { isPem } from '../login/authority.ts';
import { encode, missingUser, parseRootLines, unknownParameter } from '../login/lines.ts';

/** How far the server's certificate is checked, in libpq's words. `prefer` and `allow` are refused: they may send in the clear. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

const sslModes: readonly string[] = ['disable', 'require', 'verify-ca', 'verify-full'] satisfies SslMode[];

/** One root URL, taken apart. */
export interface PostgresRoot extends RootCredential {
  /** the whole URL, as it was given */
  readonly url: string;
  /** tried in order */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly sslmode: SslMode;
  /** path of a PEM file, or `system` for the machine's own list */
  readonly sslrootcert: string | undefined;
  /** whether the login is bound to the TLS connection, so that nobody in between can relay it; in libpq's words */
  readonly channelBinding: ChannelBinding;
  /** name of root's sessions, in what `pg_stat_activity` shows; undefined for ours */
  readonly applicationName: string | undefined;
  /** for each host; undefined for as long as joblease thinks right */
  readonly connectTimeoutSeconds: number | undefined;
}

export type ChannelBinding = 'prefer' | 'require' | 'disable';

const form = 'Write it as postgres://user:password@host:port/database?sslmode=verify-full.';

export const rootInput: Input<readonly PostgresRoot[]> = {
  description:
    'Root credential: postgres://user:password@host:port/database?sslmode=verify-full. Several may be given, one per line: the first that the server accepts is used.',
  required: true,
  parse: (value, name) => parseRootLines(value, name, form, (line, where) => parseRoot(line, name, where)),
};

/** libpq's parameters that may stand in the query of a root URL. */
const parameters = [
  'application_name',
  'channel_binding',
  'connect_timeout',
  'host',
  'port',
  'sslmode',
  'sslrootcert',
  'target_session_attrs',
];

/** What else often stands in the URLs that hosting services and other clients give, and what to do about it. */
const foreignParameters = {
  'pgbouncer prepareThreshold statement_cache_size prepared_statements':
    'Remove it: nothing is prepared here. If it says that the address is a pooler, name the server itself where you can.',
  'schema currentSchema search_path':
    'Remove it: root needs no schema. One for the lease: creation-statements: ALTER ROLE "{{name}}" SET search_path = app;',
  'connection_limit pool_timeout pool_size max_conns':
    'Remove it: there is no pool here. How many sessions a lease may have says the input "connection-limit".',
  options:
    'Remove it: root sets what it needs. A setting for the lease: creation-statements: ALTER ROLE "{{name}}" SET name = value; A Neon endpoint is told by the host name.',
  'sslcert sslkey sslpassword sslidentity': 'Remove it: there are no client certificates here. Give root a password.',
  'ssl sslaccept requiressl': 'Write sslmode=verify-full, or another sslmode.',
  'sslfactory sslhostnameverifier sslcrl sslcrldir ssl_min_protocol_version ssl_max_protocol_version sslsni sslcompression uselibpqcompat':
    'Remove it: sslmode and the input "tls-ca" say all that is needed.',
  sslnegotiation: 'Remove it: TLS is asked for before it begins, which every server understands.',
  'gssencmode gsslib krbsrvname gssdelegation':
    'Remove it: there is no Kerberos here. Root logs in by its password, and TLS encrypts.',
  'user password passfile service requirepeer':
    'Write user name and password before the host: postgres://user:password@host:port/database.',
  require_auth: 'Remove it. channel_binding=require accepts nothing weaker than SCRAM that is bound to TLS.',
  'keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout socketTimeout socket_timeout loginTimeout connectTimeout':
    'Remove it: every wait has a limit here. For the time to connect there is connect_timeout.',
  'load_balance_hosts loadBalanceHosts targetServerType hostRecheckSeconds':
    'Remove it: hosts are tried in their order, and target_session_attrs=read-write finds the primary.',
  ApplicationName: 'Write application_name.',
  'client_encoding statement_timeout lock_timeout fallback_application_name replication reWriteBatchedInserts stringtype':
    'Remove it: root sets what it needs.',
};

/** Reads one URL. Its errors never repeat any of it, because a misplaced character may be part of the password. */
function parseRoot(url: string, input: string, where: string): PostgresRoot {
  const wrong = (problem: string, fix = form): UserError => new UserError(`${problem}${where}`, { input, fix });

  // The authority may list several hosts, which WHATWG's URL does not know: they are taken out first.
  const parts = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(\/[^@?#]*)?(\?[^#]*)?$/.exec(url);
  if (parts === null) throw wrong('it is not a PostgreSQL URL', `${form} ${encode}`);
  const [, login = '', authority = '', path = '', query = ''] = parts;
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

  // Only in forms does a plus sign stand for a blank; libpq takes it as it is.
  const search = new URLSearchParams(query.replaceAll('+', '%2B'));
  const how = settings(search, wrong);
  return {
    url,
    hosts: hostList(authority, search, decode, wrong),
    user,
    password,
    database: decode(path.slice(1)) || user,
    ...how,
    secrets: [...new Set([url, password, encodedPassword])].filter((text) => text !== ''),
  };
}

/** The parameters in the query that say how to connect. */
function settings(
  search: URLSearchParams,
  wrong: (problem: string, fix?: string) => UserError,
): Pick<PostgresRoot, 'sslmode' | 'sslrootcert' | 'channelBinding' | 'applicationName' | 'connectTimeoutSeconds'> {
  for (const name of search.keys()) {
    if (!parameters.includes(name)) throw wrong(...unknownParameter(name, foreignParameters, parameters));
  }
  const sslmode = search.get('sslmode') ?? 'verify-full';
  if (!isSslMode(sslmode)) {
    throw wrong(
      'its sslmode is not supported',
      `Supported are ${sslModes.join(', ')}. The modes prefer and allow may send everything in the clear, so say which you mean.`,
    );
  }
  const attributes = search.get('target_session_attrs') ?? 'any';
  if (!['any', 'read-write', 'primary'].includes(attributes)) {
    throw wrong('its target_session_attrs is not supported', 'Supported are any, read-write and primary.');
  }
  const channelBinding = search.get('channel_binding') ?? 'prefer';
  if (!isChannelBinding(channelBinding)) {
    throw wrong('its channel_binding is not supported', 'Supported are prefer, require and disable.');
  }
  if (channelBinding === 'require' && sslmode === 'disable') {
    throw wrong('its channel_binding=require needs TLS', 'Write another sslmode than disable.');
  }
  const timeout = search.get('connect_timeout') ?? '0';
  if (!/^\d{1,5}$/.test(timeout)) throw wrong('its connect_timeout is not a number of seconds', form);
  const sslrootcert = search.get('sslrootcert') ?? undefined;
  if (sslrootcert !== undefined && isPem(sslrootcert)) {
    throw wrong('its sslrootcert is not a path', 'Give PEM text in the input "tls-ca".');
  }
  return {
    sslmode,
    sslrootcert,
    channelBinding,
    applicationName: search.get('application_name') ?? undefined,
    // libpq: 0 is no limit of its own.
    connectTimeoutSeconds: Number(timeout) === 0 ? undefined : Number(timeout),
  };
}

/** libpq: the query replaces the hosts and the ports of the authority, each by itself. */
function hostList(
  authority: string,
  query: URLSearchParams,
  decode: (text: string) => string,
  wrong: (problem: string) => UserError,
): PostgresRoot['hosts'] {
  const pairs = authority.split(',').map(splitPort);
  const given = { hosts: query.get('host') ?? '', ports: query.get('port') ?? '' };
  const hosts = given.hosts === '' ? pairs.map(({ host }) => decode(host)) : given.hosts.split(',');
  const ports = given.ports === '' ? pairs.map(({ port }) => port) : given.ports.split(',');
  // libpq: one port serves all hosts, otherwise there is one for each.
  if (ports.length !== 1 && ports.length !== hosts.length) throw wrong('there is not one port for each host');
  return hosts.map((host, i) => {
    const name = host.replaceAll(/^\[|\]$/g, '');
    const port = (ports.length === 1 ? ports[0] : ports[i]) ?? '';
    const number = port === '' ? 5432 : Number(port);
    if (name === '') throw wrong('a host name is missing');
    if (!/^[\w.:%/-]+$/.test(name)) throw wrong('a host name holds characters that no host name has');
    if (!/^\d*$/.test(port) || number < 1 || number > 65_535) throw wrong('a port is not a number from 1 to 65535');
    return { host: name, port: number };
  });
}

function splitPort(text: string): { host: string; port: string } {
  const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? [];
  return { host, port };
}

function isSslMode(text: string): text is SslMode {
  return sslModes.includes(text);
}

function isChannelBinding(text: string): text is ChannelBinding {
  return ['prefer', 'require', 'disable'].includes(text);
}

/** Writes the URL that a client of the database takes. */
export function formatUrl(
  login: Pick<PostgresRoot, 'user' | 'password' | 'database' | 'sslmode' | 'channelBinding'>,
  { host, port }: PostgresRoot['hosts'][number],
  sslrootcert: string | undefined,
): string {
  const query = new URLSearchParams({ sslmode: login.sslmode });
  if (sslrootcert !== undefined) query.set('sslrootcert', sslrootcert);
  if (login.channelBinding === 'require') query.set('channel_binding', 'require');
  const credentials = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
  const path = encodeURIComponent(login.database);
  // A socket directory cannot stand in the authority, an IPv6 address needs its brackets there.
  const isDirectory = host.startsWith('/');
  if (isDirectory) {
    query.set('host', host);
    query.set('port', String(port));
  }
  const address = (host.includes(':') ? `[${host}]` : host).replaceAll('%', '%25');
  const authority = isDirectory ? '' : `${address}:${port}`;
  // Clients do not all read a plus sign as a blank.
  return `postgres://${credentials}@${authority}/${path}?${query.toString().replaceAll('+', '%20')}`;
}
