/** A proxy in front of an HTTP server of the tests that spoils chosen requests on the way there or back. */
import { createServer, request as send, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * - `lost answer`: the server carries the request out and the connection breaks before the answer arrives
 * - `reset`: the connection breaks before the request arrives
 * - `500`, `503`: the server does not carry it out and answers so
 * - `foreign`: the server does not carry it out, and something in between answers with a page of 502
 * - `throttled`: the server does not carry it out and answers with Throttling
 * - `killed before`, `killed after`: the client is killed before the server gets the request, or before the answer
 *   arrives; no later request gets through
 */
export type Fault =
  'lost answer' | 'reset' | '500' | '503' | 'foreign' | 'throttled' | 'killed before' | 'killed after';

export interface FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** how many requests have come */
  count(): number;
  /** Spoils the n-th request from now, counted from 0. */
  spoil(n: number, fault: Fault): void;
}

/** @param kill ends the client, for the faults that say so */
export async function startFaultProxy(target: string, kill: () => void = () => undefined): Promise<FaultProxy> {
  let count = 0;
  let isDead = false;
  const plan = new Map<number, Fault>();
  const die = (): void => {
    isDead = true;
    kill();
  };
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const fault = plan.get(count);
      count += 1;
      const body = await readAll(incoming);
      if (fault === 'killed before' || fault === 'reset' || isDead) {
        if (fault === 'killed before') die();
        incoming.socket.destroy();
        return;
      }
      if (fault === 'foreign') {
        outgoing.writeHead(502, { 'content-type': 'text/html' }).end('<!doctype html>\n<title>Bad Gateway</title>');
        return;
      }
      if (fault === '500' || fault === '503' || fault === 'throttled') {
        const code = fault === 'throttled' ? 'Throttling' : 'ServiceFailure';
        const status = fault === 'throttled' ? 400 : Number(fault);
        outgoing
          .writeHead(status, { 'content-type': 'text/xml' })
          .end(`<ErrorResponse><Error><Code>${code}</Code><Message>spoilt</Message></Error></ErrorResponse>`);
        return;
      }
      // The original Host header goes on, because it is signed.
      const { status, headers, body: answer } = await forward(target, incoming, body);
      if (fault === 'killed after') die();
      if (fault === 'lost answer' || fault === 'killed after') incoming.socket.destroy();
      else outgoing.writeHead(status, headers).end(answer);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    count: () => count,
    spoil(n, fault) {
      plan.clear();
      plan.set(count + n, fault);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

async function forward(
  target: string,
  { method = 'POST', url = '/', headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    send(`${target}${url}`, { method, headers, setHost: false }, resolve).on('error', reject).end(body);
  });
  return { status: response.statusCode ?? 0, headers: response.headers, body: await readAll(response) };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
