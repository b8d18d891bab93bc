/**
 * A proxy that tells how many round trips a client of a server needs, whatever the protocol, in the clear or in TLS.
 *
 * To count, it works in rounds. It waits until the client has nothing more to say, on all of its connections together,
 * passes that on, waits until the server has answered, and passes the answers back: one round trip, of which messages
 * on several connections at once share one. Opening a connection is a round trip of its own, and so is the greeting of a
 * server that speaks first. How fast either side is does not count, so neither does a busy machine.
 *
 * With a delay it does not count: it is a long line, to measure time on.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Counted<T> {
  readonly result: T;
  readonly trips: number;
  /** what was sent in each round trip: the connection's number and how much, or that it was opened */
  readonly trace: readonly string[];
}

export interface RoundTrips extends AsyncDisposable {
  readonly port: number;
  /** Counts the round trips until the work is done. What is under way at its end, such as a farewell, does not count. */
  count<T>(work: () => Promise<T>): Promise<Counted<T>>;
}

export interface Line extends AsyncDisposable {
  readonly port: number;
}

/**
 * How often in a row, 2 ms apart, a client must have been found silent before it is taken to wait for an answer. Looks
 * are counted, not time: a client in this process gets its turn between two of them, however busy the machine is.
 */
const clientSilence = 40;
/** How long a server must be silent before its answer is taken to be complete. */
const serverSilenceMs = 25;
/** How long a round trip waits for a server that does not answer, as to a farewell. */
const answerPatienceMs = 3000;

interface Link {
  readonly id: number;
  readonly client: Socket;
  readonly server: Socket;
  /** whether its opening has taken its round trip */
  isOpen: boolean;
  /** whether either side has said something since */
  isInUse: boolean;
  requests: Buffer[];
  answers: Buffer[];
  hasAnswered: boolean;
}

/** Counts round trips to a server. */
export async function startRoundTrips(server: Address): Promise<RoundTrips> {
  const links = new Set<Link>();
  let opened = 0;
  let silence = 0;
  let trace: string[] = [];
  const over = new AbortController();

  const listener = createServer((client) => {
    const upstream = connect(server);
    const link: Link = {
      id: (opened += 1),
      client,
      server: upstream,
      isOpen: false,
      isInUse: false,
      requests: [],
      answers: [],
      hasAnswered: false,
    };
    links.add(link);
    silence = 0;
    client.on('data', (bytes) => {
      silence = 0;
      link.requests.push(bytes);
    });
    upstream.on('data', (bytes) => {
      link.hasAnswered = true;
      link.answers.push(bytes);
    });
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    client.on('close', () => {
      links.delete(link);
      upstream.end(Buffer.concat(link.requests));
    });
    upstream.on('close', () => {
      link.hasAnswered = true;
      if (!client.destroyed) client.end(Buffer.concat(link.answers));
    });
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));

  // A greeting waits for the client's acknowledgement of the opening, so it is as good as asked for.
  const waiting = (): Link[] =>
    [...links].filter(
      ({ isOpen, isInUse, requests, answers }) => !isOpen || requests.length > 0 || (!isInUse && answers.length > 0),
    );
  const serve = async (): Promise<void> => {
    while (!over.signal.aborted) {
      await sleep(2);
      silence += 1;
      // What has been left of an earlier answer.
      for (const link of links) if (link.isInUse) receive(link);
      if (waiting().length === 0 || silence < clientSilence) continue;
      const asked = waiting();
      trace.push(asked.map(send).join(', '));
      await answered(asked.filter(({ isOpen }) => isOpen));
      for (const link of asked) receive(link);
      silence = 0;
    }
  };
  const serving = serve();

  return {
    port: (listener.address() as AddressInfo).port,
    async count(work) {
      while (waiting().length > 0) await sleep(5);
      trace = [];
      const result = await work();
      const seen = [...trace];
      return { result, trips: seen.length, trace: seen };
    },
    async [Symbol.asyncDispose]() {
      over.abort();
      await serving;
      for (const { client, server: upstream } of links) {
        client.destroy();
        upstream.destroy();
      }
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

/** @returns what is said of it in the trace */
function send(link: Link): string {
  if (!link.isOpen) return `${link.id} opens`;
  link.isInUse = true;
  const bytes = Buffer.concat(link.requests);
  link.requests = [];
  if (bytes.length === 0) return `${link.id} is greeted`;
  link.hasAnswered = false;
  link.server.write(bytes);
  return `${link.id} sends ${bytes.length}`;
}

async function answered(links: readonly Link[]): Promise<void> {
  const started = Date.now();
  const size = (): number => links.flatMap(({ answers }) => answers).reduce((sum, { length }) => sum + length, 0);
  while (links.some(({ hasAnswered }) => !hasAnswered) && Date.now() - started < answerPatienceMs) await sleep(2);
  for (let before = -1; before < size();) {
    before = size();
    await sleep(serverSilenceMs);
  }
}

function receive(link: Link): void {
  if (!link.isOpen) {
    link.isOpen = true;
    return;
  }
  if (link.answers.length > 0 && !link.client.destroyed) link.client.write(Buffer.concat(link.answers));
  link.answers = [];
}

/** A line to a server on which everything takes its time, a connection's opening included. @param delayMs each way */
export async function startLine(server: Address, delayMs: number): Promise<Line> {
  const sockets = new Set<Socket>();
  const listener = createServer((client) => {
    sockets.add(client);
    client.setNoDelay(true);
    const later = (work: () => void): void => void setTimeout(work, delayMs);
    // The opening: there and back, and the acknowledgement there, before a server can speak.
    setTimeout(() => {
      const upstream = connect(server);
      sockets.add(upstream);
      upstream.setNoDelay(true);
      pass(client, upstream, later);
      pass(upstream, client, later);
    }, 2 * delayMs);
    client.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return {
    port: (listener.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

function pass(from: Socket, to: Socket, later: (work: () => void) => void): void {
  from.on('data', (bytes) => {
    later(() => to.write(bytes));
  });
  from.on('end', () => {
    later(() => to.end());
  });
  from.on('error', () => undefined);
  from.on('close', () => {
    later(() => to.destroy());
  });
}
