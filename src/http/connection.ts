/**
 * HTTP with one server: a request, and the answer to it, whatever that says.
 *
 * On `node:https` and not on `fetch`: a private authority and a proxy go into its agent, where `fetch` takes both only from
 * the environment or from a package of its own, and it follows no redirect by itself.
 */
import * as http from 'node:http';
import * as https from 'node:https';
import { Socket } from 'node:net';
import { messageOf } from '../lease/errors.ts';
import { proxyEnvironment } from './proxy.ts';

export interface ConnectionOptions {
  /** whether the server may be spoken to by `http:`, where anybody on the way reads what is sent */
  readonly mayBePlain?: boolean;
  /** PEM of the only authorities that may vouch for the server; undefined for those that the machine trusts */
  readonly authority?: string | undefined;
  /** sent with each request, such as `authorization` */
  readonly headers?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Limits> | undefined;
}

/** What is waited for and taken in, at the most. */
export interface Limits {
  /** one request, from the connection to the last byte of the answer; 15 s where nothing is said */
  readonly attemptMs: number;
  /** the body of an answer; 8 MB where nothing is said */
  readonly bytes: number;
}

export interface RawRequest {
  readonly method?: string;
  /** begins with `/`; what is put into it must be encoded */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
}

/** @returns the JSON in an answer; undefined when there is none */
export function jsonIn({ text }: Pick<HttpAnswer, 'text'>): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Nothing came that is an answer. */
export class NoAnswer extends Error {
  /** what came instead; it may repeat what was sent */
  readonly said: string;
  readonly why: 'late' | 'long' | 'broken';

  constructor(host: string, why: NoAnswer['why'], said: string, cause?: unknown) {
    super(`no answer from ${host}: ${said}`, { cause });
    this.said = said;
    this.why = why;
  }
}

/** Few connections to the origin of an address, and nowhere else. Dispose of it to close them. */
export class Connection implements Disposable {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #attemptMs: number;
  readonly #bytes: number;
  readonly #agent: http.Agent;

  /** @throws Error when the address is of another protocol than it may be */
  constructor(url: URL, { mayBePlain = false, authority, headers = {}, limits = {} }: ConnectionOptions = {}) {
    const isPlain = mayBePlain && url.protocol === 'http:';
    if (!isPlain && url.protocol !== 'https:') throw new Error(`${url.host} is not asked by ${url.protocol}`);
    this.#url = url;
    this.#headers = headers;
    ({ attemptMs: this.#attemptMs = 15_000, bytes: this.#bytes = 8 * 1024 * 1024 } = limits);
    this.#agent = new (isPlain ? http : https).Agent({
      keepAlive: true,
      maxSockets: 8,
      proxyEnv: proxyEnvironment(),
      // Node heeds no signal while it waits for the tunnel of a proxy.
      timeout: this.#attemptMs,
      // NODE_TLS_REJECT_UNAUTHORIZED, which an earlier step may have set, would let anybody read what is sent.
      rejectUnauthorized: true,
      ...(authority === undefined ? {} : { ca: authority }),
    });
    keepNoProcessAlive(this.#agent);
  }

  /**
   * Makes a request once.
   *
   * @returns the answer, whatever its status says: no redirect is followed, and nothing is made of it here
   * @throws NoAnswer when there was none, or the signal's reason once that has fired
   */
  async exchange(request: RawRequest, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), this.#attemptMs);
    const ended = AbortSignal.any([signal, limit.signal]);
    const { promise: end, reject } = Promise.withResolvers<never>();
    ended.addEventListener('abort', () => reject(ended.reason as Error), { once: true });
    try {
      return await Promise.race([this.#send(request, ended), end]);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NoAnswer) throw error;
      const isLate = limit.signal.aborted || (error instanceof Error && 'proxyTunnelTimeout' in error);
      throw isLate
        ? new NoAnswer(this.#url.host, 'late', `nothing for ${this.#attemptMs / 1000} s`)
        : new NoAnswer(this.#url.host, 'broken', messageOf(error), error);
    } finally {
      clearTimeout(timer);
    }
  }

  async #send({ method = 'GET', path, headers, body }: RawRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const { request } = this.#url.protocol === 'http:' ? http : https;
      const options = {
        method,
        path,
        agent: this.#agent,
        signal,
        headers: {
          accept: 'application/json',
          'user-agent': 'joblease',
          // For some methods Node leaves it out.
          ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          ...this.#headers,
          ...headers,
        },
      };
      request(this.#url, options, resolve).on('error', reject).end(body);
    });
    const { statusCode: status = 0, headers: own } = response;
    return { status, headers: own, text: await this.#read(response) };
  }

  async #read(response: http.IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      // Breaks the connection too, because the loop ends.
      if (length > this.#bytes) throw new NoAnswer(this.#url.host, 'long', `it is longer than ${this.#bytes} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString();
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }
}

/** The timer of each request does, so that one that is given up leaves nothing to wait for: see `timeout` above. */
function keepNoProcessAlive(agent: http.Agent): void {
  const open = agent.createConnection.bind(agent);
  agent.createConnection = (options, done) => {
    const socket = open(options, done);
    // Again once it is connected: of several addresses each gets a handle of its own, which knows nothing of it.
    if (socket instanceof Socket) socket.unref().once('connect', () => socket.unref());
    return socket;
  };
}
