/**
 * Octokit with its plugins: they make requests again, and wait for limits. What they cannot know is in two places here. The
 * hook sees every attempt, and keeps to the {@link Traffic}. `fetch` decides who gets the token, and what is GitHub's answer.
 *
 * Only loaded by `import()`: all of it takes longer to load than a step takes to fail on a wrong input.
 */
import { GitHub } from '@actions/github/lib/utils';
import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Connection, jsonIn, type HttpAnswer } from '../http/connection.ts';
import { messageOf } from '../lease/errors.ts';
import { tracer } from '../runner/log.ts';
import { isRateLimited, limitLastsMs, NotGithub, responseIn, wordsOf, type Api } from './api.ts';
import type { Attempts, Traffic } from './traffic.ts';

export type Octokit = InstanceType<typeof GitHub>;

/** The statuses that no later attempt changes. A limit is one of them: waiting for it is the other plugin's. */
const refusals = Array.from({ length: 100 }, (_, i) => 400 + i);

const mostRedirects = 3;

/** No answer of GitHub's comes near it: a hundred jobs with their steps are less than 2 MB. */
const maxAnswerBytes = 32 * 1024 * 1024;

/** @param retries how often a request is made again at most */
export function connect(api: Api, traffic: Traffic, retries: number, signal: AbortSignal): Octokit {
  // Its warnings quote what GitHub has said.
  const trace = tracer() ?? (() => undefined);
  const log = { debug: trace, info: trace, warn: trace, error: trace };
  const isWorthWaiting = (): boolean => traffic.stopped === undefined;
  // The first plugin is the innermost: it sees every attempt. It also waits, because it can be told to stop; the others
  // wait to the end, and the process with them.
  const Client = GitHub.plugin(keepTo(traffic), retry, throttling);
  return new Client({
    baseUrl: api.base.replace(/\/+$/, ''),
    userAgent: 'joblease',
    log,
    request: { log, fetch: fetchFrom(api, signal) },
    retry: { retries, doNotRetry: refusals, retryAfterBaseValue: 0 },
    throttle: { retryAfterBaseValue: 0, onRateLimit: isWorthWaiting, onSecondaryRateLimit: isWorthWaiting },
  });
}

/** What a request may carry for {@link keepTo}, beside what Octokit knows. */
interface Filled {
  /** makes fields of the body anew for each attempt */
  readonly fill?: () => object;
}

function keepTo(traffic: Traffic): (octokit: Pick<Octokit, 'hook'>) => object {
  const underWay = new WeakMap<object, Attempts>();
  return ({ hook }) => {
    hook.wrap('request', async (request, options) => {
      let attempts = underWay.get(options);
      if (attempts === undefined) {
        attempts = { beganMs: Date.now(), failures: 0 };
        underWay.set(options, attempts);
        options.request = { ...options.request }; // Octokit gives the same object to all requests
      }
      await traffic.turn(attempts);
      Object.assign(options, (options.request as Filled).fill?.());
      try {
        const response = await request(options);
        traffic.answered();
        return response;
      } catch (error) {
        if (!(await mayBeMadeAgain(error, attempts, traffic))) options.request['retries'] = 0;
        throw error;
      }
    });
    return {};
  };
}

/** Tells the traffic what became of a request, and waits where that is to be. */
async function mayBeMadeAgain(error: unknown, attempts: Attempts, traffic: Traffic): Promise<boolean> {
  const response = responseIn(error);
  if (error instanceof Error && error.cause instanceof RangeError) return false;
  if (response === undefined) return await traffic.failed(attempts, messageOf(error));
  if (response.status >= 500) return await traffic.failed(attempts, `GitHub answered ${wordsOf(response)}`);
  if (!isRateLimited(response)) {
    traffic.answered();
    return false;
  }
  traffic.limited(attempts, limitLastsMs(response), wordsOf(response));
  // Of the ways in which GitHub tells of a limit, the plugin always knows this one.
  response.headers['x-ratelimit-remaining'] = '0';
  return true;
}

interface FetchOptions {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As much of the standard's `Response` as Octokit reads. */
interface FetchedResponse {
  readonly status: number;
  readonly url: string;
  readonly headers: ReadonlyMap<string, string>;
  text(): Promise<string>;
}

/**
 * Stands in for `fetch`. Octokit does not know the token: it is put on here, and goes to the API's own origin alone, also
 * where a redirect or a link to a next page leads elsewhere. GETs follow redirects: a renamed repository answers with one.
 */
function fetchFrom(
  { base, token }: Api,
  signal: AbortSignal,
): (address: string, options: FetchOptions) => Promise<FetchedResponse> {
  const { origin } = new URL(base);
  const github = new Connection(new URL(origin), {
    mayBePlain: true,
    headers: {
      'x-github-api-version': '2022-11-28',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
    limits: { bytes: maxAnswerBytes },
  });
  return async (address, { method, headers, body }) => {
    let url = new URL(address);
    // What a value does to a path shows in it: Octokit encodes all but these.
    if (url.origin !== origin || /\/\.{0,2}(?:\/|\?|$)/.test(address.replace(/^\w+:\/\//, '')))
      throw new RangeError(`${JSON.stringify(address)} is no address of the API`);
    for (let redirects = 0; ; redirects += 1) {
      const answer = await github.exchange({ method, path: url.pathname + url.search, headers, body }, signal);
      const next = method === 'GET' && redirects < mostRedirects ? redirectOf(answer, url) : undefined;
      if (next === undefined) return responseOf(answer, method, url);
      url = next;
    }
  };
}

/** Where an answer leads within the same origin. */
function redirectOf({ status, headers: { location } }: HttpAnswer, from: URL): URL | undefined {
  if (![301, 302, 307, 308].includes(status) || location === undefined) return undefined;
  if (!URL.canParse(location, from.href)) return undefined;
  const next = new URL(location, from);
  return next.origin === from.origin ? next : undefined;
}

/** @throws NotGithub when something in between has answered with a page of its own, or the answer is cut off */
function responseOf(answer: HttpAnswer, method: string, url: URL): FetchedResponse {
  const { status, headers, text } = answer;
  if (status < 300) {
    const good = method === 'GET' ? [200] : [201, 204];
    if (!good.includes(status)) throw new NotGithub(`GitHub answered status ${status}`);
    if (status === 200 && !(jsonIn(answer) instanceof Object)) {
      throw new NotGithub('GitHub answered with what is no JSON');
    }
  }
  const told = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as const],
  );
  return {
    status,
    url: url.href,
    // Octokit would take what is not said to be JSON for text.
    headers: new Map([...told, ['content-type', 'application/json']]),
    text: async () => await Promise.resolve(text),
  };
}
