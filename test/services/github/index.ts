/**
 * GitHub's REST API for the tests: runs and jobs, and secrets of repositories, environments and organizations. State,
 * permissions, rate limits, ETags, pages and renames behave as GitHub's do; faults come to order; every request and every
 * answer is held against GitHub's published description. What breaks it is a violation: `asyncDispose` rejects with it.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import sodium from 'libsodium-wrappers';
import { createAccess, type Access, type RateLimit } from './access.ts';
import { createApi, type Reading } from './api.ts';
import type { GithubRequest } from './log.ts';
import { Refusal } from './refusal.ts';
import { store, type Secret, type SecretStore, type Visibility } from './secrets.ts';
import { createSpoiler, type Fault, type Spoiler, type When } from './spoil.ts';
import { createWorld, timestamp, type World } from './world.ts';

export type { Grant, Permissions } from './access.ts';
export type { GithubRequest } from './log.ts';
export type { Fault, Held, Hook, Order, When } from './spoil.ts';
export type { Attempt, AttemptSeed, Job, Organization, Repository, Run, RunSeed } from './world.ts';

export interface GithubOptions {
  /** where the API is below the host, as `/api/v3` on GitHub Enterprise Server; nothing where it is left out */
  readonly basePath?: string;
  /** the server's clock at the start; the real time where it is left out */
  readonly now?: Date;
  /**
   * How many seconds its clock jumps once it has answered a write; default 0. Who waits by this clock for another second
   * than that of the last write then need not.
   */
  readonly jump?: number;
}

export interface GithubServer
  extends Omit<World, 'findRepository'>, Spoiler, Pick<Access, 'addToken' | 'revokeToken'>, AsyncDisposable {
  /** what GITHUB_API_URL is */
  readonly url: string;
  /** every request that has arrived, in order */
  readonly requests: readonly GithubRequest[];
  /** what did not fit GitHub's description so far; `asyncDispose` rejects when there is any */
  readonly violations: readonly string[];
  /** Hands the violations over to a test that expects them, and forgets them. */
  takeViolations(): string[];
  /** how many requests have arrived */
  count(when?: When): number;
  /** Sets a token's rate limit (`''`: that of requests without a token); `reset` is in epoch seconds. */
  setRateLimit(token: string, rate: Partial<RateLimit>): void;
  rateLimit(token: string): Readonly<RateLimit>;
  /** A secret as it is stored. @param scope `owner/repo`, `owner/repo/environment` or an organization's name */
  secret(scope: string, name: string): Secret | undefined;
  /** the value that a job gets */
  secretValue(scope: string, name: string): string | undefined;
  setSecret(scope: string, name: string, value: string, shared?: SharedSecret): void;
  /** Replaces a scope's key pair: boxes for the old one are refused. */
  rotateKey(scope: string): void;
  /** the server's clock, which runs on from what it was set to */
  now(): Date;
  setTime(now: Date): void;
  advance(seconds: number): void;
  /** Refuses connections, and breaks the open ones, until `up()`. */
  down(): Promise<void>;
  up(): Promise<void>;
}

/** who sees an organization's secret */
export interface SharedSecret {
  readonly visibility: Visibility;
  readonly selected?: readonly number[];
}

interface Logged {
  readonly reading: Reading;
  readonly log: Mutable<GithubRequest>;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Starts a server without repositories on a free port of the loopback interface. */
export async function startGithub(options: GithubOptions = {}): Promise<GithubServer> {
  await sodium.ready;
  const { basePath = '' } = options;
  let clockOffset = options.now === undefined ? 0 : options.now.getTime() - Date.now();
  const now = (): number => Date.now() + clockOffset;
  const world = createWorld(now);
  const access = createAccess(now);
  const { plan, ...spoiler } = createSpoiler();
  const requests: GithubRequest[] = [];
  const violations: string[] = [];
  let url = '';

  const api = createApi({ world, access, now, url: () => url }, ({ method, path, search }, what) => {
    violations.push(`${method} ${path}${search}: ${what}`);
  });

  const arrive = (incoming: IncomingMessage, body: string): Logged => {
    const { method = '', headers } = incoming;
    const { pathname, search } = new URL(incoming.url ?? '/', 'http://localhost');
    // What is beside the API leads nowhere.
    const path = pathname.startsWith(`${basePath}/`) ? pathname.slice(basePath.length) : `/outside${pathname}`;
    const reading = api.read({ method, path, search, headers, body });
    const log = {
      method,
      path,
      query: search.slice(1),
      operation: reading.operation?.id ?? '',
      token: access.identify(headers.authorization).kind,
      conditional: headers['if-none-match'] !== undefined,
      status: undefined,
      carriedOut: false,
    };
    requests.push(log);
    return { reading, log };
  };

  const serve = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { reading, log } = arrive(incoming, await readAll(incoming));
    const send = (status: number, headers: Readonly<Record<string, string>>, text: string | undefined): void => {
      log.status = status;
      outgoing.writeHead(status, { ...headers, date: new Date(now()).toUTCString() }).end(text);
      if (log.method !== 'GET') clockOffset += (options.jump ?? 0) * 1000;
    };
    const fault = plan.faultFor(log);
    if ((await plan.before(log)) || fault === 'reset') {
      incoming.socket.destroy();
      return;
    }
    if (fault === 'html') {
      send(200, { 'content-type': 'text/html' }, '<!doctype html>\n<title>Sign in to the network</title>\n');
      return;
    }
    const stopped = refusalOf(fault);
    log.carriedOut = stopped === undefined;
    const { status, headers = {}, body } = api.answer(reading, stopped);
    if (typeof fault === 'object' && 'slow' in fault) await sleep(fault.slow);
    if ((log.carriedOut && (await plan.after(log))) || fault === 'lost answer') {
      incoming.socket.destroy();
      return;
    }
    if (body === undefined) send(status, headers, undefined);
    else {
      const text = JSON.stringify(body);
      const whole = fault === 'malformed' ? text.slice(0, text.length / 2) : text;
      send(status, { ...headers, 'content-type': 'application/json; charset=utf-8' }, whole);
    }
  };

  const server = createServer((incoming, outgoing) => {
    serve(incoming, outgoing).catch((error: unknown) => {
      // A client may be gone before its request was read; anything else is a mistake of this server.
      if (!incoming.complete) return;
      violations.push(`the test server failed: ${error instanceof Error ? error.stack : String(error)}`);
      incoming.socket.destroy();
    });
  });
  // A connection that a client keeps must not end under its next request by chance.
  server.keepAliveTimeout = 600_000;
  const listen = async (port: number): Promise<void> => {
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  };
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  url = `http://127.0.0.1:${port}${basePath}`;

  const takeViolations = (): string[] => violations.splice(0);
  const secret = (scope: string, name: string): Secret | undefined =>
    storeOf(world, scope).secrets.get(name.toUpperCase());
  return {
    ...world,
    ...spoiler,
    addToken: access.addToken,
    revokeToken: access.revokeToken,
    url,
    requests,
    violations,
    takeViolations,
    count: (when = () => true) => requests.filter(when).length,
    setRateLimit(token, rate) {
      Object.assign(access.rate(token), rate);
    },
    rateLimit: (token) => access.rate(token),
    secret,
    secretValue: (scope, name) => secret(scope, name)?.history.at(-1),
    setSecret(scope, name, value, shared) {
      store(storeOf(world, scope), name, value, timestamp(now()));
      Object.assign(secret(scope, name) ?? {}, scope.includes('/') ? {} : { visibility: 'all', ...shared });
    },
    rotateKey(scope) {
      storeOf(world, scope).rotateKey();
    },
    now: () => new Date(now()),
    setTime(time) {
      clockOffset = time.getTime() - Date.now();
    },
    advance(seconds) {
      clockOffset += seconds * 1000;
    },
    down: close,
    up: async () => await listen(port),
    async [Symbol.asyncDispose]() {
      await close();
      const found = takeViolations();
      if (found.length > 0) throw new Error(`not as GitHub describes its API:\n${found.join('\n')}`);
    },
  };
}

function storeOf({ findRepository, organizations }: World, scope: string): SecretStore {
  const [owner = '', name, ...environment] = scope.split('/');
  const repository = name === undefined ? undefined : findRepository(`${owner}/${name}`)?.repository;
  const found =
    name === undefined
      ? organizations.get(owner.toLowerCase())?.secrets
      : environment.length === 0
        ? repository?.secrets
        : repository?.environments.get(environment.join('/'));
  if (found === undefined) throw new Error(`the server has no ${scope}`);
  return found;
}

/** What a fault answers in GitHub's name. */
function refusalOf(fault: Fault | undefined): Refusal | undefined {
  if (typeof fault === 'number') return new Refusal(fault, faultMessages[fault]);
  if (typeof fault !== 'object' || !('secondary' in fault)) return undefined;
  const headers: Record<string, string> =
    fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  const page = 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits';
  return new Refusal(fault.secondary, message, page, headers);
}

const again = 'Sorry about that. Please try resubmitting your request and contact us if the problem persists.';
const faultMessages = {
  403: 'Forbidden',
  404: 'Not Found',
  500: 'Server Error',
  502: 'Server Error',
  503: `No server is currently available to service your request. ${again}`,
  504: `We couldn't respond to your request in time. ${again}`,
};

async function readAll(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
