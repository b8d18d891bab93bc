/** Ports of the loopback interface for servers that cannot be asked which one they have chosen themselves. */
import { createServer, type AddressInfo } from 'node:net';

/** Somebody else has got the port between its choice and the start of the server. */
export class PortTaken extends Error {}

/** @param start starts a server. @throws PortTaken when that is why it did not start: it is then given another port */
export async function onFreePort<Server>(start: (port: number) => Promise<Server>): Promise<Server> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (!(error instanceof PortTaken) || attempt === 5) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
