import { Socket } from 'node:net';
import { checkServerIdentity, TLSSocket, type ConnectionOptions } from 'node:tls';
import pg from 'pg';
import { messageOf } from '../../lease/errors.ts';
import { peerError } from '../../failure/network.ts';
import { keyShares } from '../login/key-shares.ts';
import { isMysqlGreeting, nameProtocol } from '../login/protocol.ts';
import type { ChannelBinding, SslMode } from './root.ts';

/** One server and how to reach and trust it. Survives JSON. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly sslmode: SslMode;
  readonly channelBinding: ChannelBinding;
  /** PEM of the authority to trust; undefined for the machine's own list */
  readonly ca: string | undefined;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** How to log in as the lease. */
export interface LeaseLogin extends Login {
  readonly target: Target;
}

/** A row as the server wrote it: text, `null`, or for the type boolean true and false. */
export type Row = Readonly<Record<string, unknown>>;

/** How a session is opened, beside who opens it and where. */
export interface OpeningOptions {
  /** the session's application_name, in what `pg_stat_activity` shows */
  readonly name: string;
  /** settings that hold from the start, before those of the database and of the role; poolers refuse them */
  readonly settings?: Readonly<Record<string, string>>;
  /** how long the server may take to be reached and to let in */
  readonly patienceMs?: number;
  /** called when the server has heard who logs in */
  readonly onAsked?: () => void;
}

/** A connection that goes as far as it can without logging in, and waits there. */
export class Opening implements Disposable {
  readonly target: Target;
  readonly user: string;
  readonly #options: OpeningOptions;
  readonly #signal: AbortSignal;
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly #peer: Peer;
  readonly #abandon: () => void;
  /** undefined when it was let in */
  readonly #outcome: Promise<Error | undefined>;
  #password = '';
  #isOver = false;
  #isHeld = true;
  #isHandedOver = false;
  #held: Socket | undefined;

  /** Begins to connect. @param signal closes the connection, whatever is under way */
  constructor(target: Target, user: string, options: OpeningOptions, signal: AbortSignal) {
    signal.throwIfAborted();
    this.target = target;
    this.user = user;
    this.#options = options;
    this.#signal = signal;
    const { name, settings = {}, patienceMs = 15_000 } = options;
    const socket = new FirstLook();
    const isEncrypted = target.sslmode !== 'disable' && !target.host.startsWith('/');
    const client = new pg.Client({
      host: target.host,
      port: target.port,
      database: target.database,
      user,
      // As a function, because for an empty password the driver would look into ~/.pgpass.
      password: () => {
        if (this.#password === '') throw Object.assign(new Error('it asks for a password'), { code: noPassword });
        if (target.channelBinding === 'require' && !peer.isBound) throw unbound();
        return this.#password;
      },
      application_name: name,
      options: Object.entries(settings)
        .map(([setting, value]) => `-c ${setting}=${value}`)
        .join(' '),
      connectionTimeoutMillis: patienceMs,
      keepAlive: true,
      ssl: isEncrypted && tlsOptions(target),
      enableChannelBinding: isEncrypted && target.channelBinding !== 'disable',
      stream: () => socket,
      types,
    });
    this.#client = client;
    this.#socket = socket;
    this.#abandon = () => void socket.destroy();
    signal.addEventListener('abort', this.#abandon);
    // Without a listener a connection that breaks while nothing is under way would end the process.
    client.on('error', () => undefined);
    const peer = watch(client, socket, isEncrypted, options.onAsked);
    this.#peer = peer;
    // Then the driver is about to say who logs in.
    client.connection.once(isEncrypted ? 'sslconnect' : 'connect', () => {
      if (!this.#isHeld) return;
      this.#held = client.connection.stream as Socket;
      this.#held.cork();
    });
    this.#outcome = client.connect().then(
      () => undefined,
      (error: unknown) => {
        this.#isOver = true;
        return error instanceof Error ? error : new Error(messageOf(error));
      },
    );
  }

  /**
   * Logs in. A connection that has broken while it waited, as one that the server had no patience with, is opened again.
   *
   * @throws pg.DatabaseError when the server refuses; Error from the network or from TLS
   */
  async finish(password: string): Promise<Connection> {
    if (this.#isOver && this.#isHeld && !this.#signal.aborted) {
      this[Symbol.dispose]();
      return await new Opening(this.target, this.user, this.#options, this.#signal).finish(password);
    }
    this.#isHeld = false;
    this.#password = password;
    this.#held?.uncork();
    const peer = this.#peer;
    try {
      const error = await this.#outcome;
      if (error !== undefined) throw (this.#signal.aborted ? undefined : peer.problem) ?? error;
      // A server that lets in without asking for a password has bound nothing.
      if (this.target.channelBinding === 'require' && !peer.isBound) throw unbound();
      this.#isHandedOver = true;
      return new Connection(this.target, this.#client, this.#socket, peer, this.#signal, this.#abandon);
    } finally {
      this[Symbol.dispose]();
    }
  }

  /** Gives it up, unless it has become a connection. */
  [Symbol.dispose](): void {
    if (this.#isHandedOver) return;
    this.#signal.removeEventListener('abort', this.#abandon);
    this.#socket.destroy();
  }
}

/** How long a server may take to read the end of a session. */
const farewellPatienceMs = 1000;

/**
 * One session with a server. Everything is sent by PostgreSQL's simple query protocol, never split and never as a
 * prepared statement. Each message is a transaction, save where it says otherwise.
 */
export class Connection implements AsyncDisposable {
  readonly target: Target;
  /**
   * Statements at the head of every transaction. What they set is set LOCAL: it holds for the transaction wherever a pooler
   * sends it, and nobody who gets the server's process after it inherits anything.
   */
  preamble = '';
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly #peer: Peer;
  readonly #signal: AbortSignal;
  readonly #abandon: () => void;

  /** @param client that is logged in */
  constructor(target: Target, client: pg.Client, socket: Socket, peer: Peer, signal: AbortSignal, abandon: () => void) {
    this.target = target;
    this.#client = client;
    this.#socket = socket;
    this.#peer = peer;
    this.#signal = signal;
    this.#abandon = abandon;
  }

  /** Connects and logs in: see {@link Opening}. */
  static async open(target: Target, login: Login, options: OpeningOptions, signal: AbortSignal): Promise<Connection> {
    return await new Opening(target, login.user, options, signal).finish(login.password);
  }

  /** Whether the server has said when it let in that it is no standby. A pooler may keep that to itself. */
  get isPrimary(): boolean {
    return this.#peer.isPrimary;
  }

  /** Where the connection leads, how it is encrypted and how it logged in, for people. */
  facts(): string {
    const { host, port, database, sslmode } = this.target;
    const { stream } = this.#client.connection;
    const tls = stream instanceof TLSSocket ? `${stream.getProtocol()}, ${stream.getCipher().name}` : 'no TLS';
    const isVerified = stream instanceof TLSSocket && stream.authorized;
    const name = sslmode === 'verify-full' ? 'certificate and host name were verified' : 'certificate was verified';
    const verified = stream instanceof TLSSocket ? `, ${isVerified ? name : 'certificate was not verified'}` : '';
    const how = this.#peer.mechanism ?? 'other than by SCRAM';
    return `${host}:${port}, database ${database}; sslmode=${sslmode}: ${tls}${verified}; let in by ${how}`;
  }

  /** Runs a text as one transaction. @returns the rows of its last statement */
  async rows(sql: string): Promise<Row[]> {
    return (await this.results(sql)).at(-1) ?? [];
  }

  /** Runs a text as one transaction. @returns the rows of each statement, those of the preamble included */
  async results(sql: string): Promise<Row[][]> {
    return await this.#send(`${this.preamble}${sql}`);
  }

  /**
   * Runs texts by one message, each as a transaction of its own, up to the first that fails: those before it have been
   * committed.
   *
   * @returns the rows of each statement, with those that begin and end the transactions
   */
  async transactions(texts: readonly string[]): Promise<Row[][]> {
    const committed = texts.slice(0, -1).map((text) => `BEGIN; ${this.preamble}${text}; COMMIT;`);
    const status = new Promise<string>((resolve) => {
      this.#client.connection.once('readyForQuery', (message: { status: string }) => {
        resolve(message.status);
      });
      this.#client.once('end', () => {
        resolve('');
      });
    });
    try {
      return await this.#send(`${committed.join(' ')} ${this.preamble}${texts.at(-1) ?? ''}`);
    } catch (error) {
      // A failure leaves the transaction that was begun for it open, and nothing else would be taken.
      if (sqlState(error) !== undefined && (await status) === 'E') await this.alone('ROLLBACK');
      throw error;
    }
  }

  /** Runs a statement that must be the only one in its message, without the preamble. */
  async alone(sql: string): Promise<void> {
    await this.#send(sql);
  }

  async #send(text: string): Promise<Row[][]> {
    this.#signal.throwIfAborted();
    // For several statements in one text the driver returns a list of results, which its types leave out.
    const answer: unknown = await this.#client.query<Row>(text);
    const results = (Array.isArray(answer) ? answer : [answer]) as pg.QueryResult<Row>[];
    return results.map(({ rows }) => rows);
  }

  /** Says farewell, and waits for no answer: nothing depends on it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abandon);
    if (this.#socket.destroyed) return;
    // A server that no longer reads must not hold up the step.
    const timer = setTimeout(() => this.#socket.destroy(), farewellPatienceMs).unref();
    const stream = this.#client.connection.stream as Socket;
    stream.once('close', () => {
      clearTimeout(timer);
      this.#socket.destroy();
    });
    this.#client.end().catch(() => undefined);
    stream.destroySoon();
    await Promise.resolve();
  }
}

/**
 * Values stay as the server wrote them. The owner of a database, such as the group of a lease, can set how numbers, times
 * and lists are written there, and the driver would parse whatever comes.
 */
const types: pg.CustomTypesConfig = {
  getTypeParser:
    (type: number) =>
    (text: string): string | boolean =>
      type === booleanType ? boolean(text) : text,
};

const booleanType = 16;

function boolean(text: string): boolean {
  if (text !== 't' && text !== 'f') throw new Error('the server sent no boolean where there should be one');
  return text === 't';
}

/** A whole number that was read `::text`. */
export function integer(value: unknown): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(number)) throw new Error('the server sent no whole number where there should be one');
  return number;
}

/** Epoch seconds that were read as `extract(epoch FROM …)::text`; infinite for a time that never comes. */
export function epoch(value: unknown): number {
  if (typeof value !== 'string' || !/^-?(?:\d{1,15}(?:\.\d+)?|Infinity)$/.test(value)) {
    throw new Error('the server sent no time where there should be one');
  }
  return Number(value);
}

/** A list of names that was read as `json_agg(…)::text`, or NULL for none. */
export function names(value: unknown): string[] {
  const list: unknown = typeof value === 'string' ? JSON.parse(value) : (value ?? []);
  if (!Array.isArray(list) || !list.every((each) => typeof each === 'string')) {
    throw new Error('the server sent no list of names where there should be one');
  }
  return list;
}

/** The code of an error: the server asks for a password, and the URL has none. */
export const noPassword = 'ERR_NO_PASSWORD';

/** The code of an error: the login cannot be bound to the connection, and `channel_binding=require` asks for that. */
export const notBound = 'ERR_NOT_BOUND';

function unbound(): Error {
  return Object.assign(new Error('it offers no SCRAM-SHA-256-PLUS on this connection'), { code: notBound });
}

/**
 * Shows the server's first bytes before the driver gets them: the driver never stops reading a message that another
 * protocol made look endless.
 */
class FirstLook extends Socket {
  /** @returns whether the driver may have them */
  look: ((greeting: Buffer) => boolean) | undefined;

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    const { look } = this;
    if (event === 'data' && look !== undefined && args[0] instanceof Buffer) {
      this.look = undefined;
      if (!look(args[0])) return true;
    }
    return super.emit(event, ...args);
  }
}

/** What is seen of the server during the login. */
interface Peer {
  /** it offers to bind the login to the connection, and then the driver does */
  isBound: boolean;
  /** how the password was proven, such as SCRAM-SHA-256 */
  mechanism: string | undefined;
  /** it says that it is no standby */
  isPrimary: boolean;
  /** why it is not a PostgreSQL server, or none that answers */
  problem: Error | undefined;
}

function watch(client: pg.Client, socket: FirstLook, isEncrypted: boolean, onAsked: (() => void) | undefined): Peer {
  const peer: Peer = { isBound: false, mechanism: undefined, isPrimary: false, problem: undefined };
  const { connection } = client;
  socket.look = (greeting) => {
    if (isPostgres(greeting)) return true;
    peer.problem = peerError('foreign', nameProtocol(greeting));
    socket.destroy();
    return false;
  };
  socket.once('end', () => {
    if (socket.bytesRead === 0) peer.problem = peerError('mute', 'it closed the connection before it said anything');
  });
  connection.prependListener('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
    peer.isBound = isEncrypted && mechanisms.includes('SCRAM-SHA-256-PLUS');
  });
  connection.once('authenticationSASLContinue', () => {
    peer.mechanism = (client as { saslSession?: { mechanism?: string } }).saslSession?.mechanism;
  });
  let isAsked = false;
  for (const question of ['SASL', 'MD5Password', 'CleartextPassword', 'Ok']) {
    connection.once(`authentication${question}`, () => {
      if (!isAsked) onAsked?.();
      isAsked = true;
    });
  }
  // PostgreSQL tells its clients, unasked, which of its settings are like that.
  connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, string>) => {
    if (parameterName === 'in_hot_standby') peer.isPrimary = parameterValue === 'off';
  });
  return peer;
}

/**
 * Whether a server's first bytes can be PostgreSQL's: the answer to the request for TLS, or a message of the kinds that a
 * login begins with, with its length.
 */
function isPostgres(greeting: Buffer): boolean {
  // By its length alone it can begin like one of PostgreSQL's.
  if (isMysqlGreeting(greeting)) return false;
  const kind = String.fromCodePoint(greeting[0] ?? 0);
  if (greeting.length === 1) return 'SNREv'.includes(kind);
  return 'RENSv'.includes(kind) && (greeting.length < 5 || greeting.readUInt32BE(1) < 100_000);
}

function tlsOptions({ sslmode, ca }: Target): ConnectionOptions {
  // libpq: with an authority at hand `require` checks the chain, without one it checks nothing.
  const ecdhCurve = keyShares();
  if (sslmode === 'require' && ca === undefined) return { ecdhCurve, rejectUnauthorized: false };
  return {
    ecdhCurve,
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    checkServerIdentity: sslmode === 'verify-full' ? checkServerIdentity : () => undefined,
  };
}

/** PostgreSQL's own quoting: right whatever `standard_conforming_strings` is. */
export const quoteLiteral = pg.escapeLiteral;
export const quoteName = pg.escapeIdentifier;

/** A time as every setting of the server reads it. */
export function sqlTime(time: Date): string {
  return time
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '+00');
}

/** The server's error code, for errors that came from a server. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Where in the sent text the server found the error, counted in characters from 1; undefined when it does not say. */
export function errorPosition(error: unknown): number | undefined {
  const position = error instanceof pg.DatabaseError ? error.position : undefined;
  return position === undefined ? undefined : Number(position);
}
