/** Everything on a connection that comes before the login: TCP, what the server turns out to be, TLS. */
import { connect, type Socket } from 'node:net';
import tls from 'node:tls';
import type { SslOptions } from 'mysql2';
import { peerError } from '../../failure/network.ts';
import { keyShares } from '../login/key-shares.ts';
import { isMysqlGreeting, nameProtocol } from '../login/protocol.ts';
import type { Scheme, SslMode } from './root.ts';

/** One server and how to reach and trust it. Survives JSON. */
export interface Target {
  readonly scheme: Scheme;
  readonly host: string;
  readonly port: number;
  readonly sslMode: SslMode;
  /** PEM of the authority to trust; undefined for the machine's own list */
  readonly ca: string | undefined;
}

/** Opens a TCP connection. What the server says waits until somebody listens. */
export function dial({ host, port }: Target): Socket {
  const socket = connect({ host, port, keepAlive: true, noDelay: true });
  // The driver leaves the name to be checked against the certificate to Node, which for an address takes it from
  // here and otherwise would check for "localhost" (node:tls onConnectSecure).
  Object.assign(socket, { _host: host });
  // Without a listener a connection that breaks before it is used would end the process.
  return socket.on('error', () => undefined);
}

/** How long a server may be silent before it is asked what it is: MySQL speaks first. */
const silenceMs = 1000;

/** Sees who answers. */
export function watchPeer(
  socket: Socket,
  { host, port }: Target,
  signal: AbortSignal,
): { problem: () => Error | undefined; leave: () => void } {
  let problem: Error | undefined;
  const left = new AbortController();
  const foreign = (greeting: Buffer): void => {
    problem = peerError('foreign', nameProtocol(greeting));
    socket.destroy(problem);
  };
  socket.once('data', (greeting: Buffer) => {
    // Too little to tell is left to the driver.
    if (greeting.length >= 7 && !isMysqlGreeting(greeting)) foreign(greeting);
  });
  socket.once('end', () => {
    if (socket.bytesRead === 0) problem = peerError('mute', 'it closed the connection before it said anything');
  });
  const ask = async (): Promise<void> => {
    if (socket.bytesRead > 0) return;
    const answer = await askForTls(host, port, AbortSignal.any([signal, left.signal]));
    // A server that is only slow to greet says so on the second connection too.
    if (answer !== undefined && !isMysqlGreeting(answer) && socket.bytesRead === 0) foreign(answer);
  };
  let timer: NodeJS.Timeout | undefined;
  const wait = (): void => void (timer = setTimeout(() => void ask(), silenceMs));
  if (socket.connecting) socket.once('connect', wait);
  else wait();
  return {
    problem: () => problem,
    leave: () => {
      clearTimeout(timer);
      left.abort();
    },
  };
}

/** Asks for TLS as a client of PostgreSQL does: its server waits to be spoken to. @returns the beginning of an answer */
async function askForTls(host: string, port: number, signal: AbortSignal): Promise<Buffer | undefined> {
  return await new Promise((resolve) => {
    const socket = connect({ host, port, signal });
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.once('data', (answer: Buffer) => {
      resolve(answer);
      socket.destroy();
    });
    socket.once('error', () => undefined);
    socket.once('close', () => {
      resolve(undefined);
    });
  });
}

/** The driver remembers TLS sessions by the object that it is given, so there is one for each target. */
const optionsOf = new WeakMap<Target, SslOptions>();

/** @returns undefined for a connection in the clear */
export function tlsOptions(target: Target): SslOptions | undefined {
  const { sslMode, ca } = target;
  if (sslMode === 'DISABLED') return undefined;
  offerKeyShares();
  // With an authority at hand REQUIRED checks the chain, without one it checks nothing.
  const isUnchecked = sslMode === 'REQUIRED' && ca === undefined;
  const options = optionsOf.get(target) ?? {
    ...(ca === undefined ? {} : { ca }),
    rejectUnauthorized: !isUnchecked,
    verifyIdentity: sslMode === 'VERIFY_IDENTITY',
  };
  optionsOf.set(target, options);
  return options;
}

/** The driver passes no curves on, so they become the default of the process. */
function offerKeyShares(): void {
  if (tls.DEFAULT_ECDH_CURVE === 'auto') tls.DEFAULT_ECDH_CURVE = keyShares();
}
