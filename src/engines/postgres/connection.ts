import { Socket } from 'node:net';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import pg from 'pg';
import type { SslMode } from './root.ts';

/** One server and how to reach and trust it. Survives JSON. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly sslmode: SslMode;
  /** PEM of the authority to trust; undefined for the machine's own list */
  readonly ca: string | undefined;
}

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** A row as the driver returns it. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * One session with a server. Everything is sent by PostgreSQL's simple query protocol or with bound parameters, never
 * split and never as a prepared statement.
 */
export class Connection implements AsyncDisposable {
  readonly target: Target;
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly #abandon: () => void;
  readonly #signal: AbortSignal;

  private constructor(target: Target, client: pg.Client, socket: Socket, signal: AbortSignal) {
    this.target = target;
    this.#client = client;
    this.#socket = socket;
    this.#signal = signal;
    this.#abandon = () => socket.destroy();
    signal.addEventListener('abort', this.#abandon);
    // Without a listener a connection that breaks while nothing is under way would end the process.
    client.on('error', () => undefined);
  }

  /**
   * Connects and logs in.
   *
   * @param name the session's application_name, in what `pg_stat_activity` shows
   * @param signal closes the connection, whatever is under way
   * @throws pg.DatabaseError when the server refuses; Error from the network or from TLS
   */
  static async open(target: Target, login: Login, name: string, signal: AbortSignal): Promise<Connection> {
    signal.throwIfAborted();
    const socket = new Socket();
    const client = new pg.Client({
      host: target.host,
      port: target.port,
      database: target.database,
      user: login.user,
      // As a function, because for an empty password the driver would look into ~/.pgpass.
      password: () => login.password,
      application_name: name,
      connectionTimeoutMillis: 15_000,
      keepAlive: true,
      ssl: target.host.startsWith('/') ? false : tlsOptions(target),
      enableChannelBinding: true,
      stream: () => socket,
    });
    const connection = new Connection(target, client, socket, signal);
    try {
      await client.connect();
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
    return connection;
  }

  /** Runs one statement with bound parameters, or without any a whole text. @returns the rows of the last statement */
  async rows(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    this.#signal.throwIfAborted();
    const result = await (parameters.length === 0
      ? this.#client.query<Row>(sql)
      : this.#client.query<Row>(sql, [...parameters]));
    // For several statements in one text the driver returns a list of results, which its types leave out.
    const last: unknown = Array.isArray(result) ? result.at(-1) : result;
    return (last as pg.QueryResult<Row>).rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abandon);
    // A server that no longer answers must not hold up the step.
    const timer = setTimeout(() => this.#socket.destroy(), 1000);
    if (!this.#socket.destroyed) await this.#client.end().catch(() => undefined);
    clearTimeout(timer);
    this.#socket.destroy();
  }
}

function tlsOptions({ sslmode, ca }: Target): false | ConnectionOptions {
  if (sslmode === 'disable') return false;
  // libpq: with an authority at hand `require` checks the chain, without one it checks nothing.
  if (sslmode === 'require' && ca === undefined) return { rejectUnauthorized: false };
  return {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: true,
    checkServerIdentity: sslmode === 'verify-full' ? checkServerIdentity : () => undefined,
  };
}

/** PostgreSQL's own quoting: right whatever `standard_conforming_strings` is. */
export const quoteLiteral = pg.escapeLiteral;
export const quoteName = pg.escapeIdentifier;

/** The server's error code, for errors that came from a server. https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function sqlState(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Where in the sent text the server found the error, counted in characters from 1; undefined when it does not say. */
export function errorPosition(error: unknown): number | undefined {
  const position = error instanceof pg.DatabaseError ? error.position : undefined;
  return position === undefined ? undefined : Number(position);
}
