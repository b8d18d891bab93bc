/** A client of MySQL's protocol that can stop in the middle of what it says, as no driver does. */
import { constants, createHash, publicEncrypt } from 'node:crypto';
import { connect, type Socket } from 'node:net';

interface Packet {
  readonly sequence: number;
  readonly body: Buffer;
}

export class RawClient {
  readonly #socket: Socket;
  readonly #packets: AsyncGenerator<Packet>;
  #ask: { readonly plugin: string; readonly nonce: Buffer; readonly sequence: number } | undefined;

  constructor(port: number, host: string) {
    this.#socket = connect(port, host).on('error', () => undefined);
    this.#packets = packets(this.#socket);
  }

  /** Says who it is, in a way that makes the server ask for more, and says no more. */
  async begin(user: string): Promise<void> {
    await this.#next();
    const capabilities = Buffer.from([0x01, 0x82, 0x08, 0, 0, 0, 0, 1, 45]);
    this.#send(1, Buffer.concat([capabilities, Buffer.alloc(23), text(user), Buffer.from([0]), text('nonsense')]));
    await this.#switch();
  }

  /** The same for COM_CHANGE_USER. */
  async beginChange(user: string): Promise<void> {
    this.#send(0, Buffer.concat([Buffer.from([17]), text(user), Buffer.from([0, 0, 45, 0]), text('nonsense')]));
    await this.#switch();
  }

  /** Goes on with what was begun. @returns whether the server lets it in */
  async finish(password: string): Promise<boolean> {
    if (this.#ask === undefined) throw new Error('nothing was begun');
    const { plugin, nonce, sequence } = this.#ask;
    const isNative = plugin === 'mysql_native_password';
    this.#send(sequence + 1, isNative ? nativeProof(password, nonce) : sha2Proof(password, nonce));
    let answer = await this.#next();
    if (answer.body[0] === 1 && answer.body[1] === 3) answer = await this.#next();
    if (answer.body[0] === 1 && answer.body[1] === 4) {
      this.#send(answer.sequence + 1, Buffer.from([2]));
      const key = await this.#next();
      const hidden = mask(text(password), Buffer.from(Array.from(text(password), (_, i) => nonce[i % 20] ?? 0)));
      const padding = constants.RSA_PKCS1_OAEP_PADDING;
      this.#send(key.sequence + 1, publicEncrypt({ key: key.body.subarray(1).toString(), padding }, hidden));
      answer = await this.#next();
    }
    return answer.body[0] === 0;
  }

  /** Runs a statement without a result. @returns whether it ran */
  async run(sql: string): Promise<boolean> {
    this.#send(0, Buffer.concat([Buffer.from([3]), Buffer.from(sql)]));
    const answer = await this.#next().catch(() => undefined);
    return answer?.body[0] === 0;
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(sequence: number, body: Buffer): void {
    const head = Buffer.alloc(4);
    head.writeUIntLE(body.length, 0, 3);
    head[3] = sequence;
    this.#socket.write(Buffer.concat([head, body]));
  }

  async #next(): Promise<Packet> {
    const next = await this.#packets.next();
    if (next.done === true) throw new Error('the server has closed the connection');
    return next.value;
  }

  async #switch(): Promise<void> {
    const { body, sequence } = await this.#next();
    if (body[0] !== 0xfe) throw new Error(`the server did not ask: ${body.toString('latin1')}`);
    const end = body.indexOf(0, 1);
    this.#ask = { plugin: body.subarray(1, end).toString(), nonce: body.subarray(end + 1, end + 21), sequence };
  }
}

/** Logs in with a password. */
export async function rawLogin(port: number, host: string, user: string, password: string): Promise<RawClient> {
  const client = new RawClient(port, host);
  await client.begin(user);
  if (!(await client.finish(password))) throw new Error(`${user} was not let in`);
  return client;
}

async function* packets(socket: Socket): AsyncGenerator<Packet, undefined> {
  let buffer: Buffer = Buffer.alloc(0);
  for await (const data of socket as AsyncIterable<Buffer>) {
    buffer = Buffer.concat([buffer, data]);
    while (buffer.length >= 4 && buffer.length >= 4 + buffer.readUIntLE(0, 3)) {
      const end = 4 + buffer.readUIntLE(0, 3);
      yield { sequence: buffer[3] ?? 0, body: buffer.subarray(4, end) };
      buffer = buffer.subarray(end);
    }
  }
  return undefined;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

function mask(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(Array.from(a, (byte, i) => byte ^ (b[i] ?? 0)));
}

function hash(algorithm: string, ...parts: readonly (string | Buffer)[]): Buffer {
  const digest = createHash(algorithm);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

function nativeProof(password: string, nonce: Buffer): Buffer {
  const once = hash('sha1', password);
  return mask(once, hash('sha1', nonce, hash('sha1', once)));
}

function sha2Proof(password: string, nonce: Buffer): Buffer {
  const once = hash('sha256', password);
  return mask(once, hash('sha256', hash('sha256', once), nonce));
}
