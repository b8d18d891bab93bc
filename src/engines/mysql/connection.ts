import type { Socket } from 'node:net';
import mysql from 'mysql2';
import { dial, tlsOptions, watchPeer, type Target } from './dial.ts';

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

/** How long a server may take to read the end of a session. */
const farewellPatienceMs = 1000;

interface OpeningOptions {
  /** whether one message may hold several statements */
  readonly multipleStatements?: boolean;
  /** from {@link dial}, to the same target */
  readonly socket?: Socket;
  /** called when the server has greeted */
  readonly onGreeting?: () => void;
  /** called when the login is on its way */
  readonly onLogin?: () => void;
}

/** A connection that goes as far as it can without logging in, and waits there. */
export class Opening implements Disposable {
  readonly #target: Target;
  readonly #login: Login;
  readonly #signal: AbortSignal;
  readonly #options: OpeningOptions;
  readonly #socket: Socket;
  readonly #driver: mysql.Connection;
  readonly #peer: ReturnType<typeof watchPeer>;
  readonly #timer: NodeJS.Timeout;
  readonly #abandon: () => void;
  /** undefined when it was let in */
  readonly #outcome: Promise<Error | undefined>;
  #isOver = false;
  #isHeld = true;
  #isHandedOver = false;
  #held: Socket | undefined;

  /** Begins to connect. @param signal closes the connection, whatever is under way */
  constructor(target: Target, login: Login, signal: AbortSignal, options: OpeningOptions = {}) {
    signal.throwIfAborted();
    this.#target = target;
    this.#login = login;
    this.#signal = signal;
    this.#options = options;
    const { socket: dialed, multipleStatements = false } = options;
    const socket = dialed === undefined || dialed.destroyed ? dial(target) : dialed;
    this.#socket = socket;
    this.#abandon = () => void socket.destroy(new Error(abandoned));
    signal.addEventListener('abort', this.#abandon);
    // The driver's own limit has no effect on a socket that it is given.
    const late = Object.assign(new Error(`it did not let the login in within ${loginPatienceMs / 1000} s`), {
      code: 'ETIMEDOUT',
    });
    this.#timer = setTimeout(() => socket.destroy(late), loginPatienceMs);
    this.#peer = watchPeer(socket, target, signal);
    const ssl = tlsOptions(target);
    const driver = mysql.createConnection({
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
    this.#driver = driver;
    this.#outcome = new Promise((resolve) => {
      driver.once('connect', () => {
        resolve(undefined);
      });
      // Never taken off: a connection that breaks while nothing is under way would end the process.
      driver.on('error', (error: Error) => {
        this.#isOver = true;
        resolve(error);
      });
    });
    if (ssl === undefined) this.#hold(socket);
    // The driver answers the greeting by putting TLS over the socket, and logs in as soon as that stands.
    else socket.once('data', () => process.nextTick(() => this.#hold(streamOf(driver))));
  }

  /**
   * Logs in. A connection that has broken while it waited, as one that the server had no patience with, is opened again.
   *
   * @throws the driver's error: see {@link serverError} for those that came from the server
   */
  async finish(): Promise<Connection> {
    if (this.#isOver && this.#isHeld && !this.#signal.aborted) {
      this[Symbol.dispose]();
      const { socket: _, ...options } = this.#options;
      return await new Opening(this.#target, this.#login, this.#signal, options).finish();
    }
    this.#isHeld = false;
    this.#timer.refresh();
    this.#held?.uncork();
    try {
      const error = await this.#outcome;
      if (error !== undefined) throw (this.#signal.aborted ? undefined : this.#peer.problem()) ?? error;
      this.#isHandedOver = true;
      return new Connection(this.#target, this.#driver, this.#socket, this.#signal, this.#abandon);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    } finally {
      clearTimeout(this.#timer);
      this.#peer.leave();
    }
  }

  /** Gives it up, unless it has become a connection. */
  [Symbol.dispose](): void {
    if (this.#isHandedOver) return;
    clearTimeout(this.#timer);
    this.#peer.leave();
    this.#signal.removeEventListener('abort', this.#abandon);
    this.#socket.destroy();
  }

  /** Keeps what the driver is about to send, the login, until {@link finish}. */
  #hold(stream: Socket): void {
    const { onGreeting = ignore, onLogin = ignore } = this.#options;
    if (stream === this.#socket) {
      // In the clear the driver answers the greeting by logging in.
      stream.once('data', onGreeting);
      stream.once('data', onLogin);
    } else {
      onGreeting();
      stream.once('secureConnect', onLogin);
    }
    if (!this.#isHeld) return;
    stream.cork();
    this.#held = stream;
  }
}

function ignore(): void {
  // Nobody waits for it.
}

/** What the driver sends on: the socket, or TLS over it. */
function streamOf(driver: mysql.Connection): Socket {
  return (driver as unknown as { readonly stream: Socket }).stream;
}

function greetingOf(driver: mysql.Connection): { serverVersion?: string; authPluginName?: string } {
  const { _handshakePacket: greeting } = driver as { _handshakePacket?: object };
  return greeting ?? {};
}

/** One session with a server. The driver takes nothing from the environment: all it needs is given to it. */
export class Connection implements AsyncDisposable {
  readonly target: Target;
  readonly #driver: mysql.Connection;
  readonly #socket: Socket;
  readonly #abandon: () => void;
  readonly #signal: AbortSignal;

  /** @param driver that is logged in */
  constructor(target: Target, driver: mysql.Connection, socket: Socket, signal: AbortSignal, abandon: () => void) {
    this.target = target;
    this.#driver = driver;
    this.#socket = socket;
    this.#signal = signal;
    this.#abandon = abandon;
  }

  /** Connects and logs in: see {@link Opening}. */
  static async open(
    target: Target,
    login: Login,
    signal: AbortSignal,
    options: OpeningOptions = {},
  ): Promise<Connection> {
    return await new Opening(target, login, signal, options).finish();
  }

  /** What the server has called its version in its greeting: a proxy may greet otherwise than the server would. */
  get greetedVersion(): string {
    return greetingOf(this.#driver).serverVersion ?? '';
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
    const { authPluginName: plugin = 'unknown' } = greetingOf(this.#driver);
    return `${host}:${port}; ssl-mode=${sslMode}: ${verified}; the server lets in by ${plugin}, if the account has no other plugin`;
  }

  /** Runs one statement, or in a connection for several a whole text. @returns the rows of a single SELECT */
  async rows(sql: string): Promise<Row[]> {
    const [rows = []] = await this.results([sql]);
    return rows;
  }

  /**
   * Runs statements in one message, in their order, up to the first that fails. Those before it have been carried out.
   *
   * @returns the rows of each
   * @throws the driver's error: {@link failedStatement} tells which one it was
   */
  async results(statements: readonly string[]): Promise<Row[][]> {
    this.#signal.throwIfAborted();
    return await new Promise((resolve, reject) => {
      let done = 0;
      const query = this.#driver.query(statements.join(';\n'), (error, result) => {
        if (error !== null) {
          reject(failedAs(error, done));
          return;
        }
        const all: readonly unknown[] = done > 1 && Array.isArray(result) ? result : [result];
        resolve(all.map((rows) => (Array.isArray(rows) ? (rows as Row[]) : [])));
      });
      query.on('fields', () => (done += 1));
    });
  }

  /**
   * Runs statements that no setting limits on the server: there the end of the connection ends them.
   *
   * @param limitMs after which the connection is given up
   * @throws Error with the text `late` then
   */
  async within(limitMs: number, late: string, statements: readonly string[]): Promise<Row[][]> {
    const timer = setTimeout(() => this.#socket.destroy(new Error(late)), limitMs);
    try {
      return await this.results(statements);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Says farewell, and waits until the server has let go of the session: it counts those of an account. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return;
    const stream = streamOf(this.#driver);
    const timer = setTimeout(() => stream.destroy(), farewellPatienceMs);
    const closed = new Promise((resolve) => stream.once('close', resolve));
    this.#driver.end();
    await closed;
    clearTimeout(timer);
    this.#socket.destroy();
  }

  /** Says farewell, and waits for no answer: nothing depends on it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abandon);
    if (this.#socket.destroyed) return;
    // A server that no longer reads must not hold up the step.
    const timer = setTimeout(() => this.#socket.destroy(), farewellPatienceMs).unref();
    const stream = streamOf(this.#driver);
    stream.once('close', () => {
      clearTimeout(timer);
      this.#socket.destroy();
    });
    this.#driver.end();
    stream.destroySoon();
    await Promise.resolve();
  }
}

const failedAt = Symbol('the index of the statement that failed');

/** Says which of the statements of one message an error came from. @returns the error */
export function failedAs(error: Error, index: number): Error {
  return Object.assign(error, { [failedAt]: index });
}

/** Which of the statements of one message an error came from, by its index. */
export function failedStatement(error: unknown): number | undefined {
  return (error as { [failedAt]?: number } | undefined)?.[failedAt];
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
