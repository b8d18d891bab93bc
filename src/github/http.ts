/** HTTP with GitHub's services. Nothing of it is loaded before the first request: most steps make none. */
import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { messageOf } from '../lease/errors.ts';

export interface Request {
  readonly method?: string;
  readonly url: URL;
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The time of one request: GitHub itself gives up after 10 s. */
const requestTimeoutMs = 15_000;

/** No answer of GitHub's comes near it: a hundred jobs with their steps are less than 2 MB. */
const maxAnswerBytes = 32 * 1024 * 1024;

/**
 * Makes one request. Whatever the status, it is an answer, and no redirect is followed: what to make of it only the
 * caller knows.
 *
 * @throws Error when there was no answer
 */
export async function send(
  { method = 'GET', url, token, headers, body }: Request,
  signal: AbortSignal,
): Promise<RawAnswer> {
  const { request } = await (url.protocol === 'http:' ? import('node:http') : import('node:https'));
  const options = {
    method,
    agent: await agentFor(url.protocol),
    signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
    headers: {
      accept: 'application/json',
      'user-agent': 'joblease',
      ...headers,
      ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    },
  };
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request(url, options, resolve).on('error', reject).end(body);
    });
    return { status: response.statusCode ?? 0, headers: response.headers, text: await textOf(response) };
  } catch (error) {
    signal.throwIfAborted();
    throw new Error(`no answer from ${url.host}: ${messageOf(error)}`, { cause: error });
  }
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    // Breaks the connection too, because the loop ends.
    if (bytes > maxAnswerBytes) throw new Error(`it is longer than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** @returns undefined when it is no JSON */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
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
