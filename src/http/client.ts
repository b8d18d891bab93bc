/** HTTPS with a target, for engines whose targets speak it: what can heal is asked again, and every failure is one for people. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isCertificateCode, isPassingNetworkFailure, systemCode } from '../failure/network.ts';
import { retry } from '../failure/retry.ts';
import { UserError } from '../lease/errors.ts';
import { Connection, NoAnswer, type ConnectionOptions, type HttpAnswer } from './connection.ts';

/** Where a target is, and how its requests are made. */
export interface HttpTarget extends Pick<ConnectionOptions, 'authority' | 'headers' | 'limits'> {
  /** `https:`, without a user name; its path comes before that of each request */
  readonly url: URL;
  /** the input that it comes from, for errors */
  readonly input: string;
  /** the input that the authority comes from, for errors */
  readonly authorityInput: string;
  /** what is taken out of all that the other side says: it may repeat what it was sent */
  readonly secrets: readonly string[];
}

export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST' | 'PATCH';
  /** begins with `/`; what is put into it must be encoded */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** sent as JSON */
  readonly body?: unknown;
  /** whether it may be carried out twice; by default all but POST and PATCH may (RFC 9110, 9.2.2) */
  readonly isRepeatable?: boolean;
}

/** What a `Retry-After` may ask for. */
const patienceMs = 30_000;

/** What a request may use of the world outside. */
export interface HttpContext {
  /** abandons the request, and all waiting */
  readonly signal: AbortSignal;
  /** told of each failure before the request is made again */
  readonly retrying?: ((error: unknown) => void) | undefined;
}

/** Requests to one target, over few connections. Dispose of it to close them. */
export class HttpClient implements Disposable {
  readonly #target: HttpTarget;
  readonly #context: HttpContext;
  readonly #connection: Connection;

  /** @throws UserError naming the input when the address is none of HTTPS */
  constructor(target: HttpTarget, context: HttpContext) {
    const { url, input } = target;
    if (url.protocol !== 'https:' || url.username !== '' || url.password !== '') {
      throw new UserError('it is not the address of a server that speaks HTTPS', {
        input,
        fix: 'Write https://host:port, without a user name: what is sent there must not be read on the way.',
        untouched: true,
      });
    }
    this.#target = target;
    this.#context = context;
    this.#connection = new Connection(url, target);
  }

  /**
   * Makes a request, again for as long as its failure can heal and it is safe to repeat.
   *
   * @returns the answer, whatever its status says, but for redirects and what could heal and did not
   * @throws UserError when there is no such answer
   */
  async send(request: HttpRequest): Promise<HttpAnswer> {
    const { signal, retrying } = this.#context;
    let failure: unknown;
    const attempt = async (): Promise<HttpAnswer> => {
      try {
        return await answered();
      } catch (error) {
        // Out of time: what failed before tells more than that.
        failure = signal.aborted ? (failure ?? error) : error;
        throw failure;
      }
    };
    const answered = async (): Promise<HttpAnswer> => {
      const answer = await this.#attempt(request);
      if (isRedirect(answer)) throw this.#redirected(answer);
      if (!isBusy(answer)) return answer;
      // What the other side has refused for being too much it has not begun.
      const mayRepeat = answer.status === 429 || isRepeatable(request);
      throw mayRepeat ? await this.#later(answer) : this.refusal(answer, busyFix);
    };
    return await retry(attempt, canHeal, signal, retrying);
  }

  /** What an answer amounts to as an error: the status and the body of the answer, without any secret. */
  refusal(answer: HttpAnswer, fix: string, cause?: unknown): UserError {
    const { url, input } = this.#target;
    return new UserError(`${url.host} refused`, { input, said: this.#wordsOf(answer), fix, cause });
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  async #attempt(request: HttpRequest): Promise<HttpAnswer> {
    const { method, path, headers, body } = request;
    const base = this.#target.url.pathname.replace(/\/$/, '');
    const json = body === undefined ? {} : { 'content-type': 'application/json' };
    const raw = { method, path: base + path, headers: { ...json, ...headers }, body: JSON.stringify(body) };
    try {
      return await this.#connection.exchange(raw, this.#context.signal);
    } catch (error) {
      throw error instanceof NoAnswer ? this.#unanswered(error, isRepeatable(request)) : error;
    }
  }

  /** A token must go nowhere else, and a proxy that wants somebody to sign in answers so too. */
  #redirected({ status, headers: { location = '' } }: HttpAnswer): UserError {
    const { url, input } = this.#target;
    // The rest of it may hold what was sent.
    const to = URL.canParse(location, url.href) ? new URL(location, url).origin : 'nowhere';
    return new UserError(`${url.host} sends elsewhere, and what is secret is sent to no other address`, {
      input,
      said: `status ${status}, to ${this.#redacted(to)}`,
      fix: 'Give the address of the server itself, if that is another one.',
    });
  }

  /** Waits for as long as the answer asks for. @returns what is thrown then */
  async #later(answer: HttpAnswer): Promise<Error> {
    const { url, input } = this.#target;
    const waitMs = retryAfterMs(answer);
    if (waitMs > patienceMs) {
      return new UserError(`${url.host} asks to be left alone until ${endOf(waitMs)}`, {
        input,
        said: this.#wordsOf(answer),
        fix: busyFix,
      });
    }
    await sleep(waitMs, undefined, { signal: this.#context.signal }).catch(() => undefined);
    return this.refusal(answer, busyFix, new Passing());
  }

  #unanswered(error: NoAnswer, mayRepeat: boolean): UserError {
    const { url, input, authorityInput } = this.#target;
    const { why, cause } = error;
    const code = systemCode(cause);
    const said = this.#redacted(error.said);
    if (why === 'long') {
      return new UserError(`the answer of ${url.host} is too long`, {
        input,
        said,
        fix: 'Find out what answers there: the server itself says less.',
      });
    }
    if (isCertificateCode(code)) {
      return new UserError(`the certificate of ${url.host} is not trusted`, {
        input: authorityInput,
        said,
        fix: 'Give the authority that signed it, and the name that it is for as the host.',
        cause,
      });
    }
    if (code === 'ERR_PROXY_TUNNEL') {
      return new UserError(`the proxy of this runner does not let through to ${url.host}`, {
        said,
        fix: 'Let it connect there, or correct HTTPS_PROXY and NO_PROXY in the environment of the runner.',
        cause,
      });
    }
    const isPassing = why === 'late' || isPassingNetworkFailure(cause) || code === 'ERR_STREAM_PREMATURE_CLOSE';
    if (isPassing && !mayRepeat) {
      return new UserError(`${url.host} did not say whether it did what it was asked for`, {
        input,
        said,
        fix: 'Look there before it is done again.',
      });
    }
    return new UserError(`${url.host} did not answer`, {
      input,
      said,
      fix: 'Check the address, HTTPS_PROXY and NO_PROXY in the environment of the runner, and that the runner may connect there.',
      cause: isPassing ? new Passing() : cause,
    });
  }

  #wordsOf({ status, text }: HttpAnswer): string {
    const words = this.#redacted(text).replaceAll(/\s+/g, ' ').trim();
    return words === '' ? `status ${status}` : `status ${status}: ${words.slice(0, 300)}`;
  }

  #redacted(text: string): string {
    const secrets = this.#target.secrets.filter((secret) => secret !== '');
    return secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);
  }
}

const busyFix = 'Try again later. If it goes on, ask whoever runs the server.';

/** Marks a failure that may be gone when the request is made again. */
class Passing extends Error {}

/** Whether an error of a {@link HttpClient} may be gone when all is done again. */
export function canHeal(error: unknown): boolean {
  return error instanceof UserError && error.details.cause instanceof Passing;
}

function isRepeatable({ method, isRepeatable: given = !['POST', 'PATCH'].includes(method) }: HttpRequest): boolean {
  return given;
}

function isRedirect({ status }: HttpAnswer): boolean {
  return status >= 300 && status < 400;
}

/** Too many requests, or a server or something in between that is overloaded, restarting or out of order. */
function isBusy({ status }: HttpAnswer): boolean {
  return [429, 500, 502, 503, 504].includes(status);
}

/** Seconds, or a date, which is reckoned from the server's own. RFC 9110, 10.2.3. */
function retryAfterMs({ headers }: HttpAnswer): number {
  const after = headers['retry-after'] ?? '';
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  const until = Date.parse(after);
  const now = Date.parse(headers.date ?? '');
  if (Number.isNaN(until)) return 0;
  return Math.max(0, until - (Number.isNaN(now) ? Date.now() : now));
}

/** When a wait is over, for people. */
function endOf(waitMs: number): string {
  const end = new Date(Math.min(Date.now() + waitMs, 8.64e15));
  return end.toISOString().replace(/\.\d+/, '');
}
