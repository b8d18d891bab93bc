import { connect as connectSocket, type Socket } from 'node:net';
import mysql from 'mysql2/promise';
import { peerError } from '../../failure/network.ts';
import { isMysqlGreeting, nameProtocol } from '../login/protocol.ts';
import type { Scheme, SslMode } from './root.ts';

/** One server and how to reach and trust it. Survives JSON. */
export interface Target {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  readonly sslMode: SslMode;
  /** PEM of the authority to trust; undefined for the machine's own list */
  readonly ca: string | undefined;
}

export interface Login {
  readonly user: string;
  readonly password: string;
  /** to be in from the start; empty for none */
  readonly database: string;
}

/** How to log in as a lease. */
export interface LeaseLogin extends Login {
  readonly target: Target;
}

/** What a connection that its signal has closed fails with. */
export const abandoned = 'the connection was abandoned';

/** A row as the driver returns it. */
export type Row = Readonly<Record<string, unknown>>;

/** How long a server may take to let a login in. */
const loginPatienceMs = 15_000;

/** How long a server may take to answer to the end of a session. */
const farewellPatienceMs = 1000;

/** One session with a server. The driver takes nothing from the environment: all it needs is given to it. */
export class Connection implements AsyncDisposable {
  readonly target: Target;
  readonly #connection: mysql.Connection;
  readonly #socket: Socket;
  readonly #abandon: () => void;
  readonly #signal: AbortSignal;

  private constructor(
    target: Target,
    connection: mysql.Connection,
    socket: Socket,
    signal: AbortSignal,
    abandon: () => void,
  ) {
    this.target = target;
    this.#connection = connection;
    this.#socket = socket;
    this.#signal = signal;
    this.#abandon = abandon;
    // Without a listener a connection that breaks while nothing is under way would end the process.
    connection.on('error', () => undefined);
  }

  /**
   * Connects and logs in.
   *
   * @param signal closes the connection, whatever is under way
   * @param multipleStatements whether one text may hold several statements; only for what the user wrote
   * @throws the driver's error: see {@link serverError} for those that came from the server
   */
  static async open(
    target: Target,
    login: Login,
    signal: AbortSignal,
    { multipleStatements = false } = {},
  ): Promise<Connection> {
    signal.throwIfAborted();
    const socket = connectSocket({ host: target.host, port: target.port, keepAlive: true, noDelay: true });
    // The driver leaves the name to be checked against the certificate to Node, which for an address takes it from
    // here and otherwise would check for "localhost" (node:tls onConnectSecure).
    Object.assign(socket, { _host: target.host });
    const abandon = (): void => void socket.destroy(new Error(abandoned));
    signal.addEventListener('abort', abandon);
    // The driver's own limit has no effect on a socket that it is given.
    const late = Object.assign(new Error(`it did not let the login in within ${loginPatienceMs / 1000} s`), {
      code: 'ETIMEDOUT',
    });
    const timer = setTimeout(() => socket.destroy(late), loginPatienceMs);
    const peer = watchPeer(socket, target, signal);
    try {
      const ssl = tlsOptions(target);
      const connection = await mysql.createConnection({
        stream: socket,
        host: target.host,
        port: target.port,
        user: login.user,
        password: login.password,
        ...(login.database === '' ? {} : { database: login.database }),
        ...(ssl === undefined ? {} : { ssl }),
        multipleStatements,
        // A server that is not what it claims to be must not be able to ask for a file of this machine.
        flags: ['-LOCAL_FILES'],
        // The driver's generated parsers are for speed that nothing here needs.
        disableEval: true,
        connectAttributes: { program_name: 'joblease' },
      });
      return new Connection(target, connection, socket, signal, abandon);
    } catch (error) {
      signal.removeEventListener('abort', abandon);
      socket.destroy();
      throw (signal.aborted ? undefined : peer.problem()) ?? error;
    } finally {
      clearTimeout(timer);
      peer.leave();
    }
  }

  /** Where it leads, how it is protected and how it was let in, for people; asks the server. */
  async facts(): Promise<string> {
    const { host, port, sslMode, ca } = this.target;
    const rows = await this.rows("SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')");
    const tls = rows.map((row) => String(row['Value'])).filter((value) => value !== '');
    const isVerified = sslMode !== 'REQUIRED' || ca !== undefined;
    const name = sslMode === 'VERIFY_IDENTITY' ? 'certificate and host name were verified' : 'certificate was verified';
    const verified =
      tls.length === 0 ? 'no TLS' : `${tls.join(', ')}, ${isVerified ? name : 'certificate was not verified'}`;
    const { connection: driver } = this.#connection as { connection?: Readonly<Record<string, unknown>> };
    const { authPluginName = 'unknown' } = (driver?.['_handshakePacket'] ?? {}) as { authPluginName?: string };
    return `${host}:${port}; ssl-mode=${sslMode}: ${verified}; the server lets in by ${authPluginName}, if the account has no other plugin`;
  }

  /** Runs one statement, or in a connection for several a whole text. @returns the rows of a single SELECT */
  async rows(sql: string): Promise<Row[]> {
    this.#signal.throwIfAborted();
    const [result] = await this.#connection.query(sql);
    return Array.isArray(result) ? (result as Row[]) : [];
  }

  /**
   * Runs one statement that no setting limits on the server: there the end of the connection ends it.
   *
   * @param limitMs after which the connection is given up
   * @throws Error with the text `late` then
   */
  async within(limitMs: number, late: string, sql: string): Promise<void> {
    const timer = setTimeout(() => this.#socket.destroy(new Error(late)), limitMs);
    try {
      await this.rows(sql);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs one statement. @returns what the server notes about it */
  async notes(sql: string): Promise<{ code: number; message: string }[]> {
    this.#signal.throwIfAborted();
    const [{ warningStatus }] = await this.#connection.query<mysql.ResultSetHeader>(sql);
    if (warningStatus === 0) return [];
    const rows = await this.rows('SHOW WARNINGS');
    return rows.map((row) => ({ code: Number(row['Code']), message: String(row['Message']) }));
  }

  /** Runs one statement with its values bound on the server. @returns how many rows it matched */
  async execute(sql: string, values: (string | number)[]): Promise<number> {
    this.#signal.throwIfAborted();
    const [result] = await this.#connection.execute<mysql.ResultSetHeader>(sql, values);
    return result.affectedRows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abandon);
    // A server that no longer answers must not hold up the step.
    const timer = setTimeout(() => this.#socket.destroy(), farewellPatienceMs);
    if (!this.#socket.destroyed) await this.#connection.end().catch(() => undefined);
    clearTimeout(timer);
    this.#socket.destroy();
  }
}

/** How long a server may be silent before it is asked what it is: MySQL speaks first. */
const silenceMs = 1000;

/** Sees who answers. */
function watchPeer(
  socket: Socket,
  { host, port }: Target,
  signal: AbortSignal,
): { problem: () => Error | undefined; leave: () => void } {
  let problem: Error | undefined;
  const left = new AbortController();
  const foreign = (greeting: Buffer): void => {
    problem = peerError('foreign', nameProtocol(greeting));
    socket.destroy(problem);
  };
  socket.once('data', (greeting: Buffer) => {
    // Too little to tell is left to the driver.
    if (greeting.length >= 7 && !isMysqlGreeting(greeting)) foreign(greeting);
  });
  socket.once('end', () => {
    if (socket.bytesRead === 0) problem = peerError('mute', 'it closed the connection before it said anything');
  });
  const ask = async (): Promise<void> => {
    if (socket.bytesRead > 0) return;
    const answer = await askForTls(host, port, AbortSignal.any([signal, left.signal]));
    // A server that is only slow to greet says so on the second connection too.
    if (answer !== undefined && !isMysqlGreeting(answer) && socket.bytesRead === 0) foreign(answer);
  };
  let timer: NodeJS.Timeout | undefined;
  socket.once('connect', () => (timer = setTimeout(() => void ask(), silenceMs)));
  return {
    problem: () => problem,
    leave: () => {
      clearTimeout(timer);
      left.abort();
    },
  };
}

/** Asks for TLS as a client of PostgreSQL does: its server waits to be spoken to. @returns the beginning of an answer */
async function askForTls(host: string, port: number, signal: AbortSignal): Promise<Buffer | undefined> {
  return await new Promise((resolve) => {
    const socket = connectSocket({ host, port, signal });
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.once('data', (answer: Buffer) => {
      resolve(answer);
      socket.destroy();
    });
    socket.once('error', () => undefined);
    socket.once('close', () => {
      resolve(undefined);
    });
  });
}

function tlsOptions({ sslMode, ca }: Target): mysql.SslOptions | undefined {
  if (sslMode === 'DISABLED') return undefined;
  // With an authority at hand REQUIRED checks the chain, without one it checks nothing.
  if (sslMode === 'REQUIRED' && ca === undefined) return { rejectUnauthorized: false, verifyIdentity: false };
  return {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    verifyIdentity: sslMode === 'VERIFY_IDENTITY',
  };
}

/** A name in backticks: nothing but a backtick is special there, in every SQL mode. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** An account or a role as the server writes it. */
export function quoteAccount(user: string, host: string): string {
  return `${quoteName(user)}@${quoteName(host)}`;
}

/** @param role `name` or `name@host` */
export function quoteRole(role: string): string {
  const [, name = role, host] = /^(.+)@([\w.%:/-]+)$/.exec(role) ?? [];
  return host === undefined ? quoteName(name) : quoteAccount(name, host);
}

/** The server's error number, for errors that came from a server: https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html */
export function serverError(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  const { errno, sqlState } = error as { errno?: unknown; sqlState?: unknown };
  return typeof errno === 'number' && errno > 0 && typeof sqlState === 'string' ? errno : undefined;
}
