/**
 * Nobody is locked out by a rotation that was given another secret than the one that it writes: one of the same name in
 * another scope, a copy, or a value that somebody has replaced while the run waited.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { originOf } from '../../src/actions/rotate-root-origin.ts';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import { aws } from '../../src/engines/aws/declaration.ts';
import { readReceipt, rootLines, withReceipt } from '../../src/lease/receipt.ts';
import type { Permissions } from '../services/github/index.ts';
import { chosen, startPostgresServer, type Server } from './layouts.ts';
import { idOf, open, rotate, startRepository, type Layout, type Outcome, type Repository } from './rotation.ts';

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
const makeRoot = async (): Promise<string> => (await layout.make(`origin_${process.pid}_${(tags += 1)}`)).join('\n');

const isPut = ({ method }: { method: string }): boolean => method === 'PUT';

/** A run as GitHub starts it: what it is given is what stands there, and nothing is said for it. */
async function run(
  repository: Repository,
  root: string = repository.secret(),
  inputs: Readonly<Record<string, string>> = {},
  id?: number,
): Promise<Outcome> {
  return await rotate(layout, repository, { root, isUnknown: true, inputs, ...(id === undefined ? {} : { run: id }) });
}

/** The same, started by a person. */
async function runByHand(
  repository: Repository,
  root: string = repository.secret(),
  inputs: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return await rotate(layout, repository, { root, isUnknown: true, inputs, event: 'workflow_dispatch' });
}

/** The secret ROOT of the organization `octo`, beside the one of `octo/app`. */
async function startOrganization(
  inOrganization: string,
  inRepository: string | undefined,
  permissions: Permissions = { organization_secrets: 'write' },
): Promise<Repository> {
  const repository = await startRepository(inRepository ?? 'unused');
  const { github } = repository;
  const organization = github.addOrganization('octo');
  const [app] = github.repositories.values();
  if (app === undefined) throw new Error('no repository');
  if (inRepository === undefined) app.secrets.secrets.clear();
  github.setSecret('octo', 'ROOT', inOrganization);
  const secret = (): string => github.secretValue('octo', 'ROOT') ?? '';
  return {
    ...repository,
    scope: 'octo',
    token: github.addToken({ kind: 'app', repositories: [app], organizations: [organization], permissions }),
    secret,
    stored: () => rootLines(secret()).join('\n'),
  };
}

const inOrganization = { 'secret-scope': 'organization' };

it('the first run on a schedule only stores root, fails, and says that the next one rotates; the next one does', async () => {
  const before = await makeRoot();
  await using repository = await startRepository(before);
  const first = await run(repository);
  expect(first.status).toBe(1);
  expect(first.outputs['rotated']).toBeUndefined();
  expect(first.printed).toContain('it is not known yet whether "root" comes from the secret "ROOT"');
  expect(first.printed).toContain('Nothing has been changed on the target.');
  expect(repository.stored()).toBe(before);
  await open(layout, before);
  await open(layout, repository.secret());

  const second = await run(repository);
  expect({ status: second.status, printed: second.printed }).toMatchObject({ status: 0 });
  expect(second.outputs['rotated']).toBe('true');
  expect(repository.stored()).not.toBe(before);
  await open(layout, repository.secret());
});

it('the first run that a person starts is green, warns that the next one rotates, and changes nothing', async () => {
  const before = await makeRoot();
  await using repository = await startRepository(before);
  const first = await runByHand(repository);
  expect({ status: first.status, outputs: first.outputs }).toMatchObject({ status: 0, outputs: { rotated: 'false' } });
  const warning = first.printed.split('\n').find((line) => line.startsWith('::warning::'));
  expect(warning).toContain('Root was not rotated yet.');
  expect(warning).toContain('Start another run');
  expect(warning).toContain('If this message comes again, "root" comes from another secret');
  expect(first.printed).not.toContain('::error::');
  expect(repository.stored()).toBe(before);
  await open(layout, before);

  const second = await runByHand(repository);
  expect(second).toMatchObject({ status: 0, outputs: { rotated: 'true' } });
  expect(second.printed).not.toContain('::warning::');
  await open(layout, repository.secret());
});

it('a person who has no time is told in red that nothing was rotated yet', async () => {
  await using repository = await startRepository(await makeRoot());
  const { status, printed } = await runByHand(repository, undefined, { overlap: '0' });
  expect(status).toBe(1);
  expect(printed).toContain('it is not known yet whether "root" comes from the secret "ROOT"');
});

it('a later rotation takes two runs as well: the first is green and changes nothing', async () => {
  await using repository = await startRepository(await makeRoot());
  for (let i = 0; i < 2; i += 1) await run(repository);
  const rotated = repository.stored();
  repository.github.advance(86_400);
  await sleep(2000);
  const inputs = { overlap: '1s' };
  const asks = await run(repository, undefined, inputs);
  expect({ status: asks.status, outputs: asks.outputs }).toMatchObject({ status: 0, outputs: { rotated: 'false' } });
  expect(asks.printed).toContain('The next run rotates');
  expect(Date.parse(asks.outputs['next-due'] ?? '')).toBeLessThanOrEqual(Date.now());
  expect(repository.stored()).toBe(rotated);
  await open(layout, rotated);
  repository.github.advance(86_400);
  const rotates = await run(repository, undefined, inputs);
  expect({ status: rotates.status, outputs: rotates.outputs }).toMatchObject({
    status: 0,
    outputs: { rotated: 'true' },
  });
  await open(layout, repository.secret());
});

it('where root leaked, a run that does not rotate yet is red; two runs in a row rotate twice once it is known', async () => {
  await using repository = await startRepository(await makeRoot());
  for (let i = 0; i < 2; i += 1) await run(repository);
  repository.github.advance(86_400);
  const inputs = { overlap: '0' };
  const asks = await run(repository, undefined, inputs);
  expect(asks.status).toBe(1);
  expect(asks.printed).toContain('root was not rotated yet');
  for (let i = 0; i < 2; i += 1) {
    const before = repository.stored();
    const { status, outputs } = await run(repository, undefined, inputs);
    expect({ status, outputs }).toMatchObject({ status: 0, outputs: { rotated: 'true' } });
    expect(repository.stored()).not.toBe(before);
  }
  await open(layout, repository.secret());
});

describe('a secret of the same name in another scope', () => {
  it('that the jobs are given goes on working, run after run, and each of them is red', async () => {
    const root = await makeRoot();
    await using repository = await startOrganization(await makeRoot(), root);
    for (let i = 0; i < 3; i += 1) {
      const { status, printed } = await run(repository, root, inOrganization);
      expect(status).toBe(1);
      expect(printed).toContain('If this message comes again, "root" comes from another secret');
      await open(layout, root);
    }
  });

  it('is told to a person by the same warning, run after run, and never rotated', async () => {
    const root = await makeRoot();
    await using repository = await startOrganization(await makeRoot(), root);
    for (let i = 0; i < 3; i += 1) {
      const { status, outputs, printed } = await runByHand(repository, root, inOrganization);
      expect({ status, outputs }).toMatchObject({ status: 0, outputs: { rotated: 'false' } });
      expect(printed).toContain('If this message comes again, "root" comes from another secret');
      await open(layout, root);
    }
  });

  it('is found before anything is stored by a token that may see it', async () => {
    const root = await makeRoot();
    const other = await makeRoot();
    const permissions = { organization_secrets: 'write', secrets: 'read' } as const;
    await using repository = await startOrganization(other, root, permissions);
    const { status, printed } = await run(repository, root, inOrganization);
    expect(status).toBe(1);
    expect(printed).toContain('the repository octo/app has a secret "ROOT" too');
    expect(repository.github.count(isPut)).toBe(0);
    expect(repository.secret()).toBe(other);
    await open(layout, root);
  });

  it('is not taken for the organization’s when it is put before that after a rotation, even as a copy of it', async () => {
    await using repository = await startOrganization(await makeRoot(), undefined);
    for (let i = 0; i < 2; i += 1) await run(repository, undefined, inOrganization);
    const copy = repository.secret();
    repository.github.advance(86_400);
    await sleep(2000);
    const inputs = { ...inOrganization, overlap: '1s' };
    expect((await run(repository, copy, inputs)).outputs['rotated']).toBe('false');
    for (let i = 0; i < 3; i += 1) {
      repository.github.advance(86_400);
      const { status, printed } = await run(repository, copy, inputs);
      expect(status).toBe(1);
      expect(printed).toContain('the secret "ROOT" was changed after this run was given its value');
      await open(layout, copy);
    }
  });

  it('a wrong word in "secret-scope", of a secret that was rotated before, stores nothing', async () => {
    const other = await makeRoot();
    await using repository = await startOrganization(other, 'unused');
    const root = withReceipt(await makeRoot(), {
      state: 'asked',
      at: repository.github.now(),
      place: `repository:${idOf(repository.github)}/ROOT`,
    });
    const { status, printed } = await run(repository, root, inOrganization);
    expect(status).toBe(1);
    expect(printed).toMatch(/was stored somewhere else: repository \d+ \(its id\), secret ROOT/);
    expect(repository.github.count(isPut)).toBe(0);
    await open(layout, root);
  });
});

it('a secret of the same name in another repository is not written by a run that was given this one', async () => {
  const root = await makeRoot();
  await using repository = await startRepository(root);
  await run(repository);
  const { github } = repository;
  const other = github.addRepository('octo/other');
  github.setSecret('octo/other', 'ROOT', 'of-other');
  const [app] = github.repositories.values();
  if (app === undefined) throw new Error('no repository');
  const token = github.addToken({ kind: 'app', repositories: [app, other], permissions: { secrets: 'write' } });
  const inputs = { repository: 'octo/other', 'github-token': token };
  const { status, printed } = await run(repository, undefined, inputs);
  expect(status).toBe(1);
  expect(printed).toContain('was stored somewhere else');
  expect(github.secretValue('octo/other', 'ROOT')).toBe('of-other');
  await open(layout, root);
});

describe('a value that was replaced while the run waited', () => {
  it('is not written over, when a rotation had stored the one before', async () => {
    await using repository = await startRepository(await makeRoot());
    for (let i = 0; i < 2; i += 1) await run(repository);
    const held = repository.secret();
    const writes = repository.github.count(isPut);
    repository.github.advance(60);
    const ofPerson = await makeRoot();
    repository.github.setSecret('octo/app', 'ROOT', ofPerson);
    const { status, printed } = await run(repository, held, { overlap: '0' });
    expect(status).toBe(1);
    expect(printed).toContain('the secret "ROOT" was changed after this run was given its value');
    expect(printed).toContain('Nothing has been changed');
    expect(repository.github.count(isPut)).toBe(writes);
    expect(repository.secret()).toBe(ofPerson);
    await open(layout, held);
  });

  it('is not written over, when that was a few seconds after a rotation', async () => {
    await using repository = await startRepository(await makeRoot());
    await run(repository);
    const held = repository.secret();
    repository.github.advance(6);
    const ofPerson = await makeRoot();
    repository.github.setSecret('octo/app', 'ROOT', ofPerson);
    repository.github.advance(3);
    const { status, printed } = await run(repository, held);
    expect(status).toBe(1);
    expect(printed).toContain('the secret "ROOT" was changed after this run was given its value');
    expect(repository.secret()).toBe(ofPerson);
    await open(layout, held);
  });

  it('is not written over, when it is what a rotation had stored between its steps', async () => {
    await using repository = await startRepository(await makeRoot());
    await run(repository);
    let between: string | undefined;
    {
      using _ = repository.github.onCarriedOut((request) => {
        if (isPut(request)) between ??= repository.secret();
      });
      expect((await run(repository)).outputs['rotated']).toBe('true');
    }
    const stored = repository.secret();
    const receipt = readReceipt(between ?? '');
    if (between === undefined || receipt === undefined) throw new Error('nothing was stored');
    // The run knew the server by the port of the wire.
    const lines = rootLines(between).map((line) => line.replace(/:\d+\//, `:${layout.server.port}/`));
    expect(lines).toHaveLength(2);
    between = withReceipt(lines.join('\n'), receipt);
    for (const overlap of ['', '0']) {
      const { status, printed, outputs } = await run(repository, between, { overlap });
      expect({ status, outputs }).toEqual({ status: 1, outputs: {} });
      expect(printed).toContain('the secret "ROOT" was changed after this run was given its value');
    }
    expect(repository.secret()).toBe(stored);
  });

  it('is not written over, when no rotation has stored any, and the run can see when it was queued', async () => {
    const before = await makeRoot();
    await using repository = await startRepository(before);
    const [app] = repository.github.repositories.values();
    if (app === undefined) throw new Error('no repository');
    const { id } = repository.github.addRun(app);
    repository.github.advance(60);
    const ofPerson = await makeRoot();
    repository.github.setSecret('octo/app', 'ROOT', ofPerson);
    const { status, printed } = await run(repository, before, {}, id);
    expect(status).toBe(1);
    expect(printed).toContain('Start a new run');
    expect(repository.secret()).toBe(ofPerson);
  });

  it('is told from a change of who may see it, by when the run was queued', async () => {
    await using repository = await startRepository(await makeRoot());
    for (let i = 0; i < 2; i += 1) await run(repository);
    const [app] = repository.github.repositories.values();
    const secret = repository.github.secret('octo/app', 'ROOT');
    if (app === undefined || secret === undefined) throw new Error('no repository');
    repository.github.advance(3600);
    secret.updated_at = repository.github.now().toISOString().replace(/\.\d+/, '');
    repository.github.advance(3600);
    const inputs = { overlap: '0' };
    const unseen = await run(repository, undefined, inputs);
    expect(unseen.status).toBe(1);
    expect(unseen.printed).toContain('"permissions: actions: read"');

    const { id } = repository.github.addRun(app);
    const asks = await run(repository, undefined, inputs, id);
    expect(asks.printed).toContain('it is not known yet');
    const { status, outputs } = await run(repository, undefined, inputs, id);
    expect({ status, outputs }).toMatchObject({ status: 0, outputs: { rotated: 'true' } });
    await open(layout, repository.secret());
  });
});

it('a dry run stores nothing, and says what a run would do first', async () => {
  await using repository = await startRepository(await makeRoot());
  const { status, printed } = await run(repository, undefined, { 'dry-run': 'true' });
  expect(status).toBe(0);
  expect(printed).toContain('comes back in a later run');
  expect(printed).toContain('only a write shows');
  expect(repository.github.count(isPut)).toBe(0);
});

describe('the receipt', () => {
  const at = new Date('2026-11-21T10:00:00Z');
  const place = { scope: 'repository', repository: 'octo/app', repositoryId: 7, name: 'root' } as const;
  const receipt = { state: 'stored', at, place: 'repository:7/ROOT' } as const;
  const after = (seconds: number): Date => new Date(at.getTime() + seconds * 1000);
  const line = `postgres://a:${chosen}@db.example.com/billing`;

  it('is no line of root for any engine', () => {
    const key = '{"AccessKeyId":"AKIA0123456789ABCDEF",\n  "SecretAccessKey":"s"}';
    for (const [engine, root] of [
      [postgres, `${line}\r\n\r\n`],
      [aws, key],
    ] as const) {
      const stored = withReceipt(root, receipt);
      expect(stored).toMatch(/\n# joblease: stored 2026-11-21T10:00:00Z repository:7\/ROOT \w{16}$/);
      expect(engine.root.parse(stored, 'root')).toEqual(engine.root.parse(root, 'root'));
      expect(readReceipt(stored)).toEqual(receipt);
      // Stored again it has one, the newest.
      const again = withReceipt(stored, { ...receipt, state: 'asked' });
      expect(again.split('\n').filter((each) => each.startsWith('#'))).toHaveLength(1);
      expect(readReceipt(again)?.state).toBe('asked');
    }
  });

  it('is none of a value that was put together from several, or changed by hand', () => {
    const stored = withReceipt(line, receipt);
    for (const given of [
      `${line.replace('a:', 'b:')}\n${stored}`,
      `${stored}\n${stored}`,
      stored.replace('db.', 'db2.'),
    ]) {
      expect(readReceipt(given)).toBeUndefined();
    }
    expect(readReceipt(`${stored}\r\n`)).toEqual(receipt);
  });

  it.each<[string, Partial<typeof receipt> | { state: 'asked' }, number, number, string]>([
    ['just stored', {}, 1, 60, 'known'],
    ['stored a day ago', {}, 1, 86_400, 'old'],
    ['asked for a month ago', { state: 'asked' }, 1, 2_600_000, 'known'],
    ['of a secret that was changed two seconds later', {}, 2, 60, 'changed'],
    ['of a secret that was not changed then', {}, -1, 60, 'changed'],
  ])('%s', (_, more, changed, now, origin) => {
    const given = withReceipt(line, { ...receipt, ...more });
    expect(originOf(given, place, { changed: after(changed), now: () => after(now) })).toBe(origin);
  });

  it('that is not there, or of another secret', () => {
    const secret = { changed: at, now: () => at };
    expect(originOf(line, place, secret)).toBe('unwritten');
    const given = withReceipt(line, receipt);
    expect(originOf(given, { ...place, name: 'OTHER' }, secret)).toBe('elsewhere');
    expect(originOf(given, { ...place, repository: 'octo/renamed' }, secret)).toBe('known');
    expect(originOf(given, { ...place, repositoryId: 8 }, secret)).toBe('elsewhere');
    const environment = { ...place, scope: 'environment', environment: 'prod uction' } as const;
    expect(originOf(given, environment, secret)).toBe('elsewhere');
    const there = withReceipt(line, { ...receipt, place: 'environment:7:prod%20uction/ROOT' });
    expect(originOf(there, environment, secret)).toBe('known');
  });
});
