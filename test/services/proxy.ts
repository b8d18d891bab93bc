/** A proxy of HTTP, and certificates, for tests of who goes through it to whom. */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { generate } from 'selfsigned';

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** One that vouches for itself. @param name the host that it is for */
export async function certificateFor(name: string): Promise<Certificate> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: name }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: name }] }],
  });
  return { key, cert };
}

export interface Listening extends Disposable {
  readonly port: number;
}

/** Lets a server listen on a free port of the loopback interface. Disposed of, it breaks off all that is open. */
export async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.dispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

export interface Proxy extends Disposable {
  /** for `HTTPS_PROXY`, with a password */
  readonly url: string;
  /** what it was asked for by CONNECT */
  readonly asked: readonly { readonly host: string; readonly authorization: string | undefined }[];
}

/** @param judge called for each CONNECT; what it says is done with it */
export async function startProxy(judge: (host: string) => 'tunnel' | 'refuse' | 'hang'): Promise<Proxy> {
  const asked: Proxy['asked'][number][] = [];
  const proxy = createServer();
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    const host = request.url ?? '';
    asked.push({ host, authorization: request.headers['proxy-authorization'] });
    const verdict = judge(host);
    if (verdict === 'refuse') socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
    if (verdict !== 'tunnel') return;
    const inner = connect(Number(host.split(':')[1]), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      inner.pipe(socket).pipe(inner);
    });
    inner.on('error', () => undefined);
  });
  const listening = await listen(proxy);
  return {
    url: `http://user:proxy-secret@127.0.0.1:${listening.port}`,
    asked,
    [Symbol.dispose]: () => listening[Symbol.dispose](),
  };
}
