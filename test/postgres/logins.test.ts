/** Logins that are under way when their lease ends: they hold no session that anybody sees, and become one. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context, Minted } from '../../src/engines/engine.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import type { Principal } from '../../src/lease/name.ts';
import type { Revocation } from '../../src/lease/result.ts';
import { draft, load, open, type Session } from '../contract/contract.ts';
import { clientSession, postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';

/** Any client may ask the server to sleep when it has checked everything and before it shows who is there, in seconds. */
const delay = 3;

interface Login {
  /** whether it ended in a session that can be used */
  readonly succeeded: Promise<boolean>;
}

describe.each(postgresServers())('logins under way on $name', ({ start }) => {
  let target: PostgresTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
  });

  function superuserRoot(): string {
    return target.superuserUrl.replace('/postgres?', '/billing?');
  }

  async function mint(root = target.root): Promise<{ principal: Principal; minted: Minted }> {
    await using session = await open(target, { root });
    const lease = draft();
    return { principal: lease.principal, minted: await session.mint(lease) };
  }

  /** Begins a login that the server has accepted and not yet shown. */
  async function beginLogin({ outputs }: Minted): Promise<Login> {
    const before = await underWay();
    const client = new pg.Client({ connectionString: outputs['url'] ?? '', options: `-c post_auth_delay=${delay}` });
    client.on('error', () => undefined);
    const work = async (): Promise<boolean> => {
      await client.connect();
      await client.query('INSERT INTO app.invoice VALUES ((SELECT max(id) + 1 FROM app.invoice), 1)');
      await client.end();
      return true;
    };
    const succeeded = work().catch(() => false);
    while ((await underWay()) <= before) await sleep(10);
    // From there to the server's sleep it is a matter of microseconds, and of some messages back and forth.
    await sleep(300);
    return { succeeded };
  }

  async function underWay(): Promise<number> {
    const { rowCount } = await target.admin(
      `SELECT FROM pg_locks WHERE locktype = 'virtualxid' AND pid NOT IN (SELECT pid FROM pg_stat_activity WHERE datid IS NOT NULL)`,
    );
    return rowCount ?? 0;
  }

  it.each(['joblease', 'a superuser'])('a revocation by %s ends them, and nobody else’s', async (actor) => {
    const root = actor === 'joblease' ? target.root : superuserRoot();
    const [ours, another] = [await mint(root), await mint(root)];
    const login = await beginLogin(ours.minted);
    const bystander = await beginLogin(another.minted);
    await using session = await open(target, { root });
    expect(await session.revoke(ours.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
    expect(await login.succeeded).toBe(false);
    expect(await bystander.succeeded).toBe(true);
    expect(await session.revoke(another.principal)).toMatchObject({ outcome: 'revoked' });
  });

  it.each(['joblease', 'a superuser'])('a sweep by %s ends them, however long ago the lease ended', async (actor) => {
    const root = actor === 'joblease' ? target.root : superuserRoot();
    const over = [await mint(root), await mint(root), await mint(root)] as const;
    const another = await mint(root);
    const logins = [await beginLogin(over[0].minted), await beginLogin(over[1].minted)];
    const bystander = await beginLogin(another.minted);
    await target.admin(over.map(({ principal }) => `ALTER ROLE ${principal} VALID UNTIL '2020-01-01'`).join(';'));
    await using session = await open(target, { root });
    expect(await sweep(session)).toEqual(over.map(() => 'revoked'));
    expect(await Promise.all(logins.map(async ({ succeeded }) => await succeeded))).toEqual([false, false]);
    expect(await bystander.succeeded).toBe(true);
    await session.revoke(another.principal);
  });

  it('a lease that ends itself ends its own', async () => {
    const { principal, minted } = await mint();
    const login = await beginLogin(minted);
    expect(await endSelf(minted)).toMatchObject({ outcome: 'disabled', sessionsEnded: 1 });
    expect(await login.succeeded).toBe(false);
    await using session = await open(target);
    expect(await session.revoke(principal)).toMatchObject({ outcome: 'revoked' });
  });

  it('a lease that ends itself waits for who began before its password was replaced', async () => {
    const { principal, minted } = await mint();
    await using held = await holdLogin(minted);
    const ending = endSelf(minted);
    await sleep(500);
    held.release();
    expect(await ending).toMatchObject({ outcome: 'disabled' });
    expect(String(await held.over)).toMatch(/terminat/);
    await expect(clientSession(minted.outputs['url'] ?? '')).rejects.toThrow();
    await using session = await open(target);
    expect(await session.revoke(principal)).toMatchObject({ outcome: 'revoked' });
  });

  it('and never says that it can no longer be used while one holds out', { timeout: 40_000 }, async () => {
    const { principal, minted } = await mint();
    await using held = await holdLogin(minted);
    const result = await endSelf(minted);
    expect(result.outcome).toBe('failed');
    expect(result.reason).toContain('a login that had begun before is still under way');
    // It is let in, as was said. Root refuses it at once.
    await using session = await open(target);
    expect(await session.revoke(principal)).toMatchObject({ outcome: 'revoked' });
    held.release();
    expect(String(await held.over)).toMatch(/does not exist|not permitted|terminat/);
  });

  it('a lease that ends itself wins against sessions of its own that set another password', async () => {
    const { principal, minted } = await mint();
    const password = 'their-own-Secret-42';
    const setting = Array.from({ length: 3 }, async () => {
      const { client } = await clientSession(minted.outputs['url'] ?? '');
      await client.query('SET ROLE NONE');
      // From the moment on at which the end is there they do nothing else, each in a transaction of its own.
      await client.query(`DO $$ BEGIN LOOP
          IF EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'joblease end') THEN
            LOOP
              BEGIN ALTER ROLE ${principal} PASSWORD '${password}'; EXCEPTION WHEN OTHERS THEN NULL; END;
              COMMIT;
            END LOOP;
          END IF;
          COMMIT;
        END LOOP; END $$`);
    });
    const broken = Promise.allSettled(setting);
    await sleep(500);
    expect(await endSelf(minted)).toMatchObject({ outcome: 'disabled', sessionsEnded: 3 });
    expect((await broken).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    const theirs = new URL(minted.outputs['url'] ?? '');
    theirs.password = password;
    await expect(clientSession(theirs.href)).rejects.toThrow('password authentication failed');
    await using session = await open(target);
    expect(await session.revoke(principal)).toMatchObject({ outcome: 'revoked' });
  });

  it('a lease that ends itself is not held up by its own open transaction, and leaves no session in a pooler', async () => {
    const { principal, minted } = await mint();
    const { client } = await clientSession(minted.outputs['url'] ?? '');
    await client.query(`SET ROLE NONE; BEGIN; ALTER ROLE CURRENT_USER PASSWORD 'their-own-Secret-42'`);
    await using pooler = await startPooler();
    const login = JSON.parse(minted.credential) as { target: object };
    const credential = JSON.stringify({ ...login, target: { ...login.target, port: pooler.port } });
    expect(await endSelf({ ...minted, credential })).toMatchObject({ outcome: 'disabled', sessionsEnded: 1 });
    await expect(client.query('COMMIT')).rejects.toThrow();
    await expect(clientSession(minted.outputs['url'] ?? '')).rejects.toThrow();
    // Its own session was told to end as the last thing; the server takes a moment to carry that out.
    await expect
      .poll(async () => (await target.admin(`SELECT FROM pg_stat_activity WHERE usename = '${principal}'`)).rows)
      .toEqual([]);
    await using session = await open(target);
    expect(await session.revoke(principal)).toMatchObject({ outcome: 'revoked', sessionsEnded: 0 });
  });

  it('a client that began to log in and stalls does not keep a lease from being revoked', async () => {
    const { principal, minted } = await mint();
    await using held = await holdLogin(minted);
    await using session = await open(target);
    expect(await session.revoke(principal)).toEqual({ outcome: 'revoked', sessionsEnded: 0 });
    held.release();
    expect(String(await held.over)).toMatch(/does not exist|not permitted|terminat/);
  });

  it.each(['a revocation', 'a sweep'])('a session that %s finds only after it dropped the role is told', async (by) => {
    const { principal } = await mint();
    if (by === 'a sweep') await target.admin(`ALTER ROLE ${principal} VALID UNTIL '2020-01-01'`);
    await using gate = await holdMessage('DROP ROLE');
    await using session = await open(target, { root: target.root.replace(`:${target.port}/`, `:${gate.port}/`) });
    const ending = by === 'a sweep' ? sweep(session) : session.revoke(principal).then(({ outcome }) => [outcome]);
    const release = await gate.held;
    // Nobody is there any more and nobody is let in, but for who has the right to let it in again.
    await target.admin(`ALTER ROLE ${principal} LOGIN PASSWORD 'once-more-0123456789' VALID UNTIL 'infinity'`);
    const url = `postgres://${principal}:once-more-0123456789@${target.host}:${target.port}/billing?sslmode=disable`;
    await using late = await clientSession(url);
    release();
    expect(await ending).toEqual(['failed']);
    expect(await target.exists(principal)).toBe(false);
    // It is there, as was said: to end it root had a right only as long as the role was there.
    await late.client.query('SELECT 1');
  });

  /** A relay to the server that holds the first message with this text. */
  async function holdMessage(
    text: string,
  ): Promise<AsyncDisposable & { readonly port: number; readonly held: Promise<() => void> }> {
    const held = Promise.withResolvers<() => void>();
    const sockets = new Set<Socket>();
    let isOver = false;
    const relay = createServer((near) => {
      const far = connect(target.port, target.host);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
      }
      far.pipe(near);
      near.on('data', (message) => {
        if (isOver || !message.includes(text)) {
          far.write(message);
          return;
        }
        isOver = true;
        held.resolve(() => void far.write(message));
      });
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    return {
      port: (relay.address() as AddressInfo).port,
      held: held.promise,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => relay.close(resolve));
      },
    };
  }

  async function endSelf({ credential }: Minted): Promise<Revocation> {
    const driver = await load(target.engine);
    const config = parseInputs(target.engine.inputs, (input) => target.inputs[input] ?? '');
    const context: Context = { signal: AbortSignal.timeout(30_000), warn: () => undefined };
    return await driver.endSelf(credential, config, context);
  }

  /** Keeps the server's sessions when their clients say good-bye or are gone, as a pooler does. */
  async function startPooler(): Promise<AsyncDisposable & { port: number }> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(target.port, target.host);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
      }
      far.pipe(near);
      near.on('data', (message) => {
        if (message[0] !== 'X'.charCodeAt(0)) far.write(message);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      port: (server.address() as AddressInfo).port,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  /** A client that has begun to prove that it knows the password, and holds its last word. */
  async function holdLogin({ outputs }: Minted): Promise<HeldLogin> {
    const sockets = new Set<Socket>();
    const held = Promise.withResolvers<() => void>();
    const proxy = createServer((near) => {
      const far = connect(target.port, target.host);
      let answers = 0;
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => [near, far].map((each) => each.destroy()));
      }
      far.pipe(near);
      near.on('data', (message) => {
        answers += message[0] === 'p'.charCodeAt(0) ? 1 : 0;
        if (answers !== 2) far.write(message);
        else {
          answers += 1;
          held.resolve(() => void far.write(message));
        }
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = new URL(outputs['url'] ?? '');
    url.port = String((proxy.address() as AddressInfo).port);
    const client = new pg.Client({ connectionString: url.href });
    const broken = Promise.withResolvers<unknown>();
    client.on('error', broken.resolve);
    const connected = client.connect();
    const over = connected.then(
      async () => await broken.promise,
      (error: unknown) => error,
    );
    const release = await held.promise;
    return {
      client,
      over,
      release,
      async [Symbol.asyncDispose]() {
        for (const socket of sockets) socket.destroy();
        await new Promise((resolve) => proxy.close(resolve));
      },
    };
  }
});

async function sweep(session: Session): Promise<string[]> {
  const due = (await Array.fromAsync(session.leases())).filter(({ over }) => over);
  return (await Array.fromAsync(session.end(due))).map(([, { outcome }]) => outcome);
}

interface HeldLogin extends AsyncDisposable {
  readonly client: pg.Client;
  /** why it did not come to a session, or how that ended */
  readonly over: Promise<unknown>;
  readonly release: () => void;
}
