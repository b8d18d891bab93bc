/**
 * What a process sends to servers, counted over all of them, with one fault at a chosen message. A message is what
 * arrives at once: a request, since clients wait for the answer before they send the next.
 */
import type { ChildProcess } from 'node:child_process';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/**
 * - `killed before`: the process dies, and the server never gets the message
 * - `killed after`: the server carries it out, the process dies before it has the answer
 * - `lost answer`: the server carries it out, the connection breaks before the answer arrives, and the process lives
 * - `lost message`: the connection breaks before the server gets the message, and the process lives
 */
export type WireFault = 'killed before' | 'killed after' | 'lost answer' | 'lost message';

export const wireFaults: readonly WireFault[] = ['killed before', 'killed after', 'lost answer', 'lost message'];

export interface Wire extends AsyncDisposable {
  /** where the process finds each server, by its name */
  readonly ports: Readonly<Record<string, number>>;
  /** the messages so far: the name of the server, and a line of the text where it is one */
  readonly messages: readonly string[];
  /** whether the fault has come */
  readonly isSpoilt: boolean;
  /** The process to kill. */
  watch(child: ChildProcess): void;
}

/** How long an answer may take, in milliseconds; to a farewell there is none. */
const patience = 500;

/** @param fault at which message, counted from 0 */
export async function startWire(
  servers: Readonly<Record<string, { readonly host: string; readonly port: number }>>,
  fault?: { readonly at: number; readonly kind: WireFault },
): Promise<Wire> {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let isSpoilt = false;
  let child: ChildProcess | undefined;

  const proxies = Object.entries(servers).map(([name, server]) => ({
    name,
    proxy: createServer((client) => {
      const upstream = connect(server);
      let isMute = false;
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          client.destroy();
          upstream.destroy();
        });
      }
      const spoil = (kind: WireFault, message: Buffer): void => {
        isSpoilt = true;
        isMute = true;
        const end = (): void => {
          if (kind.startsWith('killed')) child?.kill('SIGKILL');
          client.destroy();
          upstream.destroy();
        };
        if (kind === 'killed before' || kind === 'lost message') {
          end();
          return;
        }
        upstream.write(message);
        const timer = setTimeout(end, patience);
        upstream.once('data', () => {
          clearTimeout(timer);
          end();
        });
      };
      client.on('data', (message) => {
        const at = messages.length;
        messages.push(`${name}: ${/^[A-Z]+ \S+/.exec(message.toString('latin1'))?.[0] ?? `${message.length} bytes`}`);
        if (fault?.at === at) spoil(fault.kind, message);
        else upstream.write(message);
      });
      upstream.on('data', (answer) => {
        if (!isMute) client.write(answer);
      });
    }),
  }));
  for (const { proxy } of proxies) await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    ports: Object.fromEntries(proxies.map(({ name, proxy }) => [name, (proxy.address() as AddressInfo).port])),
    messages,
    get isSpoilt() {
      return isSpoilt;
    },
    watch(process) {
      child = process;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      for (const { proxy } of proxies) await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
