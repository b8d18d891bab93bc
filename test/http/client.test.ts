/** The client of engines that speak HTTP, against servers of TLS that mean it ill, and proxies. */
import { execFile } from 'node:child_process';
import { createServer } from 'node:https';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { inspect, promisify } from 'node:util';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { HttpClient, type HttpRequest, type HttpTarget } from '../../src/http/client.ts';
import { messageOf, UserError } from '../../src/lease/errors.ts';
import { certificateFor, listen, startProxy, type Certificate } from '../services/proxy.ts';

const token = 'tok-en/with+signs==';
const get: HttpRequest = { method: 'GET', path: '/api/users' };

let trusted: Certificate;
let foreign: Certificate;
beforeAll(async () => {
  [trusted, foreign] = await Promise.all([certificateFor('localhost'), certificateFor('elsewhere.example')]);
});

let open = new DisposableStack();
afterEach(() => {
  vi.unstubAllEnvs();
  open.dispose();
  open = new DisposableStack();
});

/** A server of TLS, and the requests that came. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  certificate = trusted,
): Promise<{ url: URL; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    request.resume().on('end', () => {
      answer(request, response, requests.length);
    });
  };
  const { port } = open.use(await listen(createServer(certificate, listener)));
  return { url: new URL(`https://localhost:${port}`), requests };
}

function clientOf(url: URL, target: Partial<HttpTarget> = {}, patienceMs = 20_000) {
  const failures: unknown[] = [];
  const client = new HttpClient(
    {
      url,
      input: 'root',
      authority: trusted.cert,
      authorityInput: 'tls-ca',
      headers: { authorization: `Bearer ${token}` },
      secrets: [token],
      ...target,
    },
    { signal: AbortSignal.timeout(patienceMs), retrying: (error) => failures.push(error) },
  );
  open.use(client);
  return { client, failures, send: async (request = get) => await client.send(request) };
}

/** The error that a request ends with. It is one for people, and holds no secret. */
async function errorOf(sent: Promise<unknown>): Promise<UserError> {
  const error = await sent.then(
    () => new Error('it was answered'),
    (failure: unknown) => failure,
  );
  if (!(error instanceof UserError)) throw new Error(`it is no error for people: ${messageOf(error)}`);
  expect(inspect(error, { depth: 6 })).not.toContain(token);
  return error;
}

describe('an answer', () => {
  it('comes as it is, whatever its status, with the path below that of the target', async () => {
    const { url, requests } = await serve((_, response) => {
      response.writeHead(404, { 'x-request-id': '7' }).end('{"error":"no such user"}');
    });
    const answer = await clientOf(new URL('/base/', url)).send();
    expect(answer).toMatchObject({ status: 404, text: '{"error":"no such user"}', headers: { 'x-request-id': '7' } });
    expect(requests[0]?.url).toBe('/base/api/users');
    expect(requests[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('is taken as an error without the secrets that it repeats', async () => {
    const { url } = await serve((request, response) => {
      response.writeHead(401).end(`you sent\n${String(request.headers.authorization)}`);
    });
    const { client, send } = clientOf(url);
    const { message } = client.refusal(await send(), 'Check it.');
    expect(message).toContain('Input "root": localhost:');
    expect(message).toContain('status 401: you sent Bearer ***');
    expect(message).not.toContain(token);
  });

  it('is not read beyond its limit, however it ends', async () => {
    const { url } = await serve((_, response) => {
      const more = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(more));
    });
    const error = await errorOf(clientOf(url, { limits: { bytes: 200_000 } }).send());
    expect(error.message).toMatch(
      /^Input "root": the answer of localhost:\d+ is too long\nThe answer was: it is longer than 200000 bytes\n/,
    );
  });

  it.each([
    ['never begins', () => undefined],
    ['comes byte by byte', drip],
  ])('that %s is waited for no longer than an attempt takes', async (_, answer) => {
    const { url, requests } = await serve(answer);
    const { send } = clientOf(url, { limits: { attemptMs: 300 } });
    const error = await errorOf(send({ method: 'POST', path: '/keys', body: {} }));
    expect(error.message).toMatch(/did not say whether it did what it was asked for\n.*nothing for 0\.3 s/);
    expect(requests).toHaveLength(1);
  });
});

function drip(_: unknown, response: ServerResponse): void {
  const more = setInterval(() => response.write('x'), 20);
  response.on('close', () => clearInterval(more));
}

describe('a request', () => {
  it('is made again when its answer was cut short', async () => {
    const { url, requests } = await serve((_, response, count) => {
      if (count > 1) response.end('{"whole":true}');
      else {
        response.writeHead(200, { 'content-length': '100' }).write('{"whole":');
        setTimeout(() => response.destroy(), 20);
      }
    });
    const { send, failures } = clientOf(url);
    expect((await send()).text).toBe('{"whole":true}');
    expect(requests).toHaveLength(2);
    expect(failures.map(messageOf).join('\n')).toMatch(/did not answer/);
  });

  it.each(['POST', 'PATCH'] as const)('by %s is not, because it may have been carried out', async (method) => {
    const { url, requests } = await serve((_, response) => response.destroy());
    const error = await errorOf(clientOf(url).send({ method, path: '/keys', body: { name: 'jl' } }));
    expect(error.message).toContain('did not say whether it did what it was asked for');
    expect(requests).toHaveLength(1);
  });

  it('by POST is made again where the caller says that it may be', async () => {
    const { url, requests } = await serve((_, response, count) => {
      if (count === 1) response.destroy();
      else response.end();
    });
    await clientOf(url).send({ method: 'POST', path: '/keys', isRepeatable: true });
    expect(requests).toHaveLength(2);
  });

  it.each([
    ['seconds', () => '1'],
    ['a date', () => new Date(Date.now() + 86_400_000 + 1000).toUTCString()],
  ])('waits for as long as Retry-After asks in %s, of any method after a 429', async (_, retryAfter) => {
    const came: number[] = [];
    const { url } = await serve((__, response, count) => {
      came.push(performance.now());
      if (count > 1) response.end('done');
      // A day ahead, as the clock of this server is: its date counts from there.
      else
        response
          .writeHead(429, {
            date: new Date(Date.now() + 86_400_000).toUTCString(),
            'retry-after': retryAfter(),
          })
          .end();
    });
    expect((await clientOf(url).send({ method: 'POST', path: '/keys' })).text).toBe('done');
    expect((came[1] ?? 0) - (came[0] ?? 0)).toBeGreaterThan(900);
  });

  it('does not wait for a day, and says until when', async () => {
    const { url, requests } = await serve((_, response) => {
      response.writeHead(429, { 'retry-after': '86400' }).end(`slow down, ${token}`);
    });
    const error = await errorOf(clientOf(url).send());
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
    expect(error.message).toContain(`asks to be left alone until ${tomorrow}`);
    expect(error.message).toContain('status 429: slow down, ***');
    expect(requests).toHaveLength(1);
  });

  it('ends with what was said last when the time is over', async () => {
    const { url, requests } = await serve((_, response) => response.writeHead(503).end('restarting'));
    const error = await errorOf(clientOf(url, {}, 700).send());
    expect(error.message).toContain('status 503: restarting');
    expect(requests.length).toBeGreaterThan(1);
  });

  it('follows no redirect, to another host or to the same', async () => {
    const other = await serve((_, response) => response.end());
    for (const location of [other.url.href, '/elsewhere', `https://user:${token}@[`]) {
      const { url, requests } = await serve((_, response) => response.writeHead(307, { location }).end());
      const error = await errorOf(clientOf(url).send());
      expect(error.message).toContain('sends elsewhere, and what is secret is sent to no other address');
      expect(requests).toHaveLength(1);
    }
    expect(other.requests).toEqual([]);
  });
});

describe('a certificate', () => {
  it('of another name is refused before anything is sent, whatever the environment says', async () => {
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
    const { url, requests } = await serve((_, response) => response.end(), foreign);
    const error = await errorOf(clientOf(url, { authority: foreign.cert }).send());
    expect(error.message).toMatch(/^Input "tls-ca": the certificate of localhost:\d+ is not trusted\n/);
    expect(requests).toEqual([]);
  });

  it('of another authority is refused, also of one that the machine would not know', async () => {
    const { url, requests } = await serve((_, response) => response.end());
    for (const authority of [undefined, foreign.cert])
      expect((await errorOf(clientOf(url, { authority }).send())).message).toContain('is not trusted');
    expect(requests).toEqual([]);
  });

  it('is asked for: an address without TLS, or with a password in it, is none', () => {
    for (const address of ['http://localhost:1', 'https://user:pass-word@localhost:1']) {
      expect(() => clientOf(new URL(address))).toThrow(/it is not the address of a server that speaks HTTPS/);
      expect(() => clientOf(new URL(address))).not.toThrow('pass-word');
    }
  });
});

describe('a proxy', () => {
  it('is gone through by a tunnel, so that it sees neither the token nor another certificate', async () => {
    const { url, requests } = await serve((_, response) => response.end('behind'));
    using proxy = await startProxy(() => 'tunnel');
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    expect((await clientOf(url).send()).text).toBe('behind');
    const authorization = `Basic ${Buffer.from('user:proxy-secret').toString('base64')}`;
    expect(proxy.asked).toEqual([{ host: url.host, authorization }]);
    expect(requests[0]?.headers['proxy-authorization']).toBeUndefined();
  });

  it('is not asked for what NO_PROXY names, nor where only HTTP_PROXY names it', async () => {
    const { url } = await serve((_, response) => response.end('direct'));
    using proxy = await startProxy(() => 'refuse');
    vi.stubEnv('HTTP_PROXY', proxy.url);
    expect((await clientOf(url).send()).text).toBe('direct');
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    vi.stubEnv('NO_PROXY', 'example.com,localhost');
    expect((await clientOf(url).send()).text).toBe('direct');
    expect(proxy.asked).toEqual([]);
  });

  it('that refuses is told from a server that does', async () => {
    const { url } = await serve((_, response) => response.end());
    using proxy = await startProxy(() => 'refuse');
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const { message } = await errorOf(clientOf(url).send());
    expect(message).toMatch(/^the proxy of this runner does not let through to localhost:\d+\n.*403 Forbidden/);
    expect(message).not.toContain('proxy-secret');
  });

  it('that says nothing keeps nobody longer than an attempt takes', async () => {
    using proxy = await startProxy(() => 'hang');
    vi.stubEnv('HTTPS_PROXY', proxy.url);
    const { send } = clientOf(new URL('https://localhost'), { limits: { attemptMs: 200 } });
    const error = await errorOf(send({ method: 'POST', path: '/keys', body: {} }));
    expect(error.message).toMatch(/did not say whether it did what it was asked for\n.*nothing for 0\.2 s/);
    expect(proxy.asked).toHaveLength(1);
  });

  it('that says nothing keeps no process alive whose signal has fired', async () => {
    const asked = Promise.withResolvers<void>();
    using proxy = await startProxy(() => {
      asked.resolve();
      return 'hang';
    });
    const module = JSON.stringify(join(import.meta.dirname, '..', '..', 'src', 'http', 'client.ts'));
    // Of several addresses Node tries one after the other.
    const script = `const { default: dns } = await import('node:dns');
      const addresses = [{ address: '::1', family: 6 }, { address: '127.0.0.1', family: 4 }];
      dns.lookup = (host, options, done) => setImmediate(done, null, addresses);
      const { HttpClient } = await import(${module});
      const cancel = new AbortController();
      process.once('SIGTERM', () => cancel.abort(new Error('cancelled')));
      const target = { url: new URL('https://localhost'), input: 'root', authorityInput: 'tls-ca', secrets: [], limits: { attemptMs: 600_000 } };
      const client = new HttpClient(target, { signal: cancel.signal });
      await client.send({ method: 'GET', path: '/' }).catch((error) => console.log(error.message));`;
    const env = { ...process.env, HTTPS_PROXY: proxy.url.replace('127.0.0.1', 'proxy.example') };
    const running = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
    await asked.promise;
    running.child.kill('SIGTERM');
    expect(await running).toEqual({ stdout: 'cancelled\n', stderr: '' });
  });
});

it('a host that does not exist and a port where nothing listens fail at once', async () => {
  for (const address of ['https://nobody.invalid', 'https://localhost:1']) {
    const { failures, send } = clientOf(new URL(address));
    expect((await errorOf(send())).message).toContain('did not answer');
    expect(failures).toEqual([]);
  }
});
