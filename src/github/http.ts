/** HTTP with GitHub's services. Nothing of it is loaded before the first request: most steps make none. */
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { messageOf } from '../lease/errors.ts';

export interface Request {
  readonly method?: 'GET' | 'PUT';
  readonly url: URL;
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** sent as JSON */
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** parsed JSON; undefined when there is none, or what came is none */
  readonly body: unknown;
}

/** The time of one request, in milliseconds: GitHub itself gives up after 10 s. */
const patience = 15_000;

/**
 * Makes one request. Whatever the status, it is an answer; what to make of it only the caller knows.
 *
 * @throws Error when there was no answer
 */
export async function send(
  { method = 'GET', url, token, headers, body }: Request,
  signal: AbortSignal,
): Promise<Answer> {
  const { text } = await import('node:stream/consumers');
  const { request } = await (url.protocol === 'http:' ? import('node:http') : import('node:https'));
  const options = {
    method,
    agent: await agentFor(url.protocol),
    signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    headers: {
      accept: 'application/json',
      'user-agent': 'joblease',
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, options, resolve)
        .on('error', reject)
        .end(body === undefined ? undefined : JSON.stringify(body));
    });
    return { status: response.statusCode ?? 0, headers: response.headers, body: parseJson(await text(response)) };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`no answer from ${url.host}: ${messageOf(error)}`, { cause: error });
  }
}

// Not the whole environment, which Node writes to the log where NODE_DEBUG is set.
const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY, http_proxy, https_proxy, no_proxy } = process.env;
const proxyEnv = { HTTP_PROXY, HTTPS_PROXY, NO_PROXY, http_proxy, https_proxy, no_proxy };
const settings = {
  keepAlive: true,
  maxSockets: 8,
  proxyEnv,
  // NODE_TLS_REJECT_UNAUTHORIZED, which an earlier step may have set, would let anybody read the token.
  rejectUnauthorized: true,
};
const agents = new Map<string, Promise<Agent>>();

/** One per protocol, so that many requests share few connections, through the proxy that the environment names. */
async function agentFor(protocol: string): Promise<Agent> {
  let agent = agents.get(protocol);
  if (agent === undefined) {
    const load = protocol === 'http:' ? import('node:http') : import('node:https');
    agent = load.then((http) => new http.Agent(settings));
    agents.set(protocol, agent);
  }
  return await agent;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
