/** Reaching and trusting the server: TLS in each mode, several hosts, and servers that are not there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, TLSSocket } from 'node:tls';
import pg from 'pg';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context, EngineSession, Minted } from '../../src/engines/engine.ts';
import { engine } from '../../src/engines/postgres/engine.ts';
import { postgresInputs } from '../../src/engines/postgres/inputs.ts';
import { rootInput } from '../../src/engines/postgres/root.ts';
import { messageOf, UserError } from '../../src/lease/errors.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { draft, failureOf } from '../contract/contract.ts';
import { startPostgres, type PostgresServer } from '../services/postgres.ts';

let secure: PostgresServer;
let plain: PostgresServer;
let standby: PostgresServer;
let certificate: string;
const directory = mkdtempSync(join(tmpdir(), 'joblease-login-'));
const file = join(directory, 'ca.pem');

beforeAll(async () => {
  const name = [{ name: 'commonName', value: 'localhost' }];
  const { cert, private: key } = await generate(name, {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  certificate = cert;
  writeFileSync(file, cert);
  [secure, plain, standby] = await Promise.all([
    startPostgres({ tls: { cert, key } }),
    startPostgres(),
    startPostgres({ standby: true }),
  ]);
});
afterAll(async () => {
  for (const server of [secure, plain, standby]) await server[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** A superuser's URL, to a host by name or number, with these parameters. */
function url(server: PostgresServer, host: string, query: string): string {
  const { password } = new URL(server.url);
  return `postgres://postgres:${password}@${host}:${server.port}/postgres${query === '' ? '' : `?${query}`}`;
}

async function login(root: string, inputs: Record<string, string> = {}, seconds = 20): Promise<EngineSession> {
  const context: Context = { signal: AbortSignal.timeout(seconds * 1000), warn: () => undefined };
  return await engine.open(
    rootInput.parse(root, 'root'),
    parseInputs(postgresInputs, (name) => inputs[name] ?? ''),
    context,
  );
}

async function mintWith(root: string, inputs: Record<string, string> = {}): Promise<Minted> {
  await using session = await login(root, inputs);
  const lease = draft();
  const minted = await session.mint(lease);
  await session.verify(minted.credential);
  expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
  return minted;
}

async function refused(root: string, inputs: Record<string, string> = {}): Promise<UserError> {
  return finalError(await failureOf(login(root, inputs)));
}

function finalError(error: unknown): UserError {
  expect(error).toBeInstanceOf(UserError);
  expect(engine.canHeal(error)).toBe(false);
  return error as UserError;
}

/** Leases can be ended from another database, so it is the mint that is refused. */
async function unmintable(root: string): Promise<UserError> {
  const error = await failureOf(mintWith(root));
  expect(error).toBeInstanceOf(UserError);
  return error as UserError;
}

describe('TLS', () => {
  it('is verified in full unless the URL says otherwise', async () => {
    for (const query of ['', 'sslmode=verify-full', 'sslmode=verify-ca']) {
      const error = await refused(url(secure, 'localhost', query));
      expect(error.message).toMatch(/the certificate of localhost:\d+ is not trusted/);
      expect(error.details).toMatchObject({ input: 'root', said: expect.stringContaining('self') as unknown });
      expect(error.details.fix).toContain('tls-ca');
    }
  });

  it('trusts the authority given in tls-ca, as text or as a file, and in sslrootcert', async () => {
    await mintWith(url(secure, 'localhost', ''), { 'tls-ca': certificate });
    const { outputs, environment } = await mintWith(url(secure, 'localhost', 'sslmode=verify-full'), {
      'tls-ca': file,
    });
    expect(outputs['url']).toContain(`sslrootcert=${encodeURIComponent(file)}`);
    expect(environment).toMatchObject({ PGSSLMODE: 'verify-full', PGSSLROOTCERT: file });
    await mintWith(url(secure, 'localhost', `sslmode=verify-full&sslrootcert=${file}`));
  });

  it('checks the host name with verify-full, and only then', async () => {
    const full = await refused(url(secure, '127.0.0.1', 'sslmode=verify-full'), { 'tls-ca': file });
    expect(full.message).toContain('is for another host name');
    await mintWith(url(secure, '127.0.0.1', 'sslmode=verify-ca'), { 'tls-ca': file });
  });

  it('encrypts without a check only where the URL says require and there is no authority to check against', async () => {
    await mintWith(url(secure, 'localhost', 'sslmode=require'));
    const other = await generate([{ name: 'commonName', value: 'other' }], {
      extensions: [{ name: 'basicConstraints', cA: true }],
    });
    const error = await refused(url(secure, 'localhost', 'sslmode=require'), { 'tls-ca': other.cert });
    expect(error.message).toContain('is not trusted');
  });

  it('binds the login to the connection where the URL asks for it, and does not log in without', async () => {
    const bound = await mintWith(url(secure, 'localhost', 'sslmode=require&channel_binding=require'));
    expect(bound.outputs['url']).toContain('channel_binding=require');
    expect(bound.environment).toMatchObject({ PGCHANNELBINDING: 'require' });

    // Somebody in between who ends TLS: whoever only encrypts does not see it.
    await using middle = await endTls(plain);
    const between = `postgres://postgres:${new URL(plain.url).password}@127.0.0.1:${middle.port}/postgres?sslmode=require`;
    await mintWith(between);
    const error = await refused(`${between}&channel_binding=require`);
    expect(error.message).toMatch(/does not bind the login to the connection/);
    await mintWith(`${between}&channel_binding=disable`);
  });

  it('never falls back to the clear', async () => {
    for (const mode of ['require', 'verify-ca', 'verify-full']) {
      const error = await refused(url(plain, 'localhost', `sslmode=${mode}`));
      expect(error.message).toMatch(/the server at localhost:\d+ offers no TLS/);
    }
    await mintWith(url(plain, 'localhost', 'sslmode=disable'));
  });

  it('is not steered by libpq’s variables or by Node’s', async () => {
    const before = { ...process.env };
    Object.assign(process.env, { NODE_TLS_REJECT_UNAUTHORIZED: '0' });
    try {
      expect((await refused(url(secure, 'localhost', ''))).message).toContain('is not trusted');
    } finally {
      process.env = before;
    }
  });
});

/** Ends TLS with a certificate of its own in front of a server. */
async function endTls(server: PostgresServer): Promise<AsyncDisposable & { port: number }> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'between' }]);
  const proxy = createServer((socket) => {
    socket.once('data', () => {
      socket.write('S');
      const secureContext = createSecureContext({ cert, key });
      const client = new TLSSocket(socket, { isServer: true, secureContext });
      const upstream = connect(server.port, '127.0.0.1');
      for (const each of [socket, client, upstream]) each.on('error', () => undefined);
      client.pipe(upstream).pipe(client);
    });
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const address = proxy.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

describe('what a URL may say beside', () => {
  it('names root’s session', async () => {
    const root = url(plain, '127.0.0.1', 'sslmode=disable');
    await using _ = await login(`${root}&application_name=billing-ci`);
    const client = new pg.Client({ connectionString: plain.url });
    await client.connect();
    const { rows } = await client.query(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = 'billing-ci'",
    );
    await client.end();
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('limits the time for a host', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const address = silent.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const error = await failureOf(
      login(`postgres://u:p@127.0.0.1:${port}/db?sslmode=disable&connect_timeout=1`, {}, 10),
    );
    silent.close();
    expect(messageOf(error)).toContain('timeout expired');
  });
});

describe('several hosts', () => {
  it('uses the first that accepts writes, in both ways that libpq writes a list', async () => {
    const { password } = new URL(plain.url);
    const ports = [1, standby.port, plain.port];
    const lists = [
      `postgres://postgres:${password}@${ports.map((port) => `127.0.0.1:${port}`).join(',')}/postgres?sslmode=disable`,
      `postgres://postgres:${password}@/postgres?host=127.0.0.1,127.0.0.1,127.0.0.1&port=${ports.join(',')}&sslmode=disable&target_session_attrs=read-write`,
    ];
    for (const root of lists) {
      const { outputs } = await mintWith(root);
      expect(outputs).toMatchObject({ host: '127.0.0.1', port: String(plain.port) });
    }
  });

  it('says what was wrong with each when none will do', async () => {
    const { password } = new URL(plain.url);
    const root = `postgres://postgres:${password}@127.0.0.1:1,127.0.0.1:${standby.port}/postgres?sslmode=disable`;
    const error = await refused(root);
    expect(error.message).toContain('no root credential could be used');
    expect(error.details.said).toContain('nothing accepts connections at 127.0.0.1:1');
    expect(error.details.said).toContain(`the server at 127.0.0.1:${standby.port} is a read-only standby`);
    expect(error.message).not.toContain(password);
  });
});

describe('a server that is not there', () => {
  it('is told from one that will be: only the latter is worth another try', async () => {
    const silent = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const address = silent.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const error = await failureOf(login(`postgres://u:p@127.0.0.1:${port}/db?sslmode=disable`));
    silent.close();
    expect(engine.canHeal(error)).toBe(true);
    expect(messageOf(error)).toContain(`what answers at 127.0.0.1:${port} hung up at once`);
  });

  it('says which database is missing', async () => {
    const error = await unmintable(url(plain, '127.0.0.1', 'sslmode=disable').replace('/postgres?', '/nothing?'));
    expect(error.message).toContain('there is no database "nothing"');
  });

  it('passes on what the server says of a database that takes no connections', async () => {
    const error = await unmintable(url(plain, '127.0.0.1', 'sslmode=disable').replace('/postgres?', '/template0?'));
    expect(error.message).toContain('the database "template0"');
    expect(error.details.said).toContain('template0');
  });
});
