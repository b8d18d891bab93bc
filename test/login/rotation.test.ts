/** What one rotation does while another one, or the server, gets in its way: step by step, on a real server. */
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Rotation, RotationStep } from '../../src/engines/engine.ts';
import type { LoginRoot } from '../../src/engines/login/standing.ts';
import { rotateLogin, type LoginSession, type LoginTarget } from '../../src/engines/login/rotation.ts';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { load } from '../contract/contract.ts';
import { chosen, startPostgresServer, type Server } from '../rotate/layouts.ts';
import { open, type Layout } from '../rotate/rotation.ts';

type Steps = AsyncGenerator<RotationStep, Rotation>;

let server: Server;
let layout: Layout;
beforeAll(async () => {
  server = await startPostgresServer();
  layout = server.layouts.find(({ lines }) => lines === 1) ?? layout;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

let tags = 0;
const newTag = (): string => `steps_${process.pid}_${(tags += 1)}`;

async function begin(root: string, overlap = 0): Promise<Steps> {
  const driver = await load(postgres);
  const config = parseInputs(postgres.inputs, () => '');
  const terms = { overlap, passwordLength: 43, now: new Date() };
  const context = { signal: AbortSignal.timeout(60_000), warn: () => undefined };
  return driver.rotateRoot(postgres.root.parse(root, 'root'), config, terms, context);
}

async function stepOf(steps: Steps): Promise<RotationStep> {
  const { value, done } = await steps.next();
  if (done === true) throw new Error('it has ended');
  return value;
}

/** @returns what is stored at the end */
async function toTheEnd(steps: Steps): Promise<string> {
  let stored = '';
  for await (const { value } of steps) stored = value ?? stored;
  return stored;
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

it('a rotation that waited for the lock looks again at which password the server takes', async () => {
  const [line = ''] = await layout.make(newTag());
  const first = await begin(line);
  const { value: stored = '' } = await stepOf(first);
  // It logs in by the old password, which is still the one that works.
  const second = await begin(stored, 86_400);
  const waiting = stepOf(second);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await stepOf(first)).stage).toBe('prove');
  await first.return(undefined as never);
  // Anything but the proof of what was set would drop it from the secret.
  expect((await waiting).stage).toBe('prove');
  await open(layout, await toTheEnd(second));
});

it('a rotation that has lost its lock does not write over what another one has begun since', async () => {
  const tag = newTag();
  const [line = ''] = await layout.make(tag);
  const first = await begin(line);
  const { value: stored = '' } = await stepOf(first);
  expect((await stepOf(first)).stage).toBe('prove');
  await server.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${tag}'`);
  const finished = await toTheEnd(await begin(stored, 86_400));
  const third = await begin(finished);
  const { value: current = '' } = await stepOf(third);
  await expect(stepOf(first)).rejects.toThrow('another rotation of this root is under way');
  await toTheEnd(third);
  await expect(open(layout, current)).resolves.toBeUndefined();
});

it('a lock that every login of the server can foresee, or has seen, keeps no rotation from going on', async () => {
  const tag = newTag();
  const [line = ''] = await layout.make(tag);
  await server.admin(`CREATE ROLE ${tag}_stranger LOGIN PASSWORD '${chosen}'`);
  await withClient(line.replace(tag, `${tag}_stranger`), async (stranger) => {
    const first = await begin(line);
    await stepOf(first);
    const { rows } = await stranger.query<{ kind: string; id: string }>(
      `SELECT classid::text AS kind, objid::text AS id FROM pg_locks JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND usename = '${tag}'`,
    );
    expect(rows).toHaveLength(1);
    const stored = await toTheEnd(first);
    for (const { kind, id } of rows) {
      await stranger.query(`SELECT pg_advisory_lock(${kind}, ${id})`);
      await stranger.query(`SELECT pg_advisory_lock(${kind}, n) FROM generate_series(1, 1000) n`);
    }
    await open(layout, await toTheEnd(await begin(stored)));
  });
});

describe('a server that takes the change and goes on refusing the new password', () => {
  it('does not get it promoted', async () => {
    const roots = postgres.root.parse(`postgres://a:${chosen}@db.example.com/x`, 'root');
    const refusal = new Error('no');
    const session: LoginSession = {
      lock: async () => await Promise.resolve(new Date()),
      holders: async () => await Promise.resolve([]),
      checkNewest: async () => await Promise.resolve(false),
      checkChange: async () => await Promise.resolve(),
      change: async () => await Promise.resolve(),
      discard: async () => await Promise.resolve(),
      ping: async () => await Promise.resolve(),
      [Symbol.asyncDispose]: async () => await Promise.resolve(),
    };
    const target: LoginTarget<LoginRoot> = {
      open: async ({ password }) => {
        if (password !== chosen) throw refusal;
        return await Promise.resolve(session);
      },
      isRefused: (error) => error === refusal,
      canHeal: () => false,
      retains: false,
      statement: () => '',
    };
    const terms = { overlap: 0, passwordLength: 43, now: new Date() };
    const context = { signal: AbortSignal.timeout(60_000), warn: () => undefined };
    const steps = rotateLogin(roots, terms, target, context);
    expect((await stepOf(steps)).stage).toBe('prepare');
    expect((await stepOf(steps)).stage).toBe('prove');
    await expect(stepOf(steps)).rejects.toThrow('the server does not take the new password of "a"');
  });
});
