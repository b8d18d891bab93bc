/** actions/rotate-root as GitHub runs it, and examples/rotate-root.yml as it stands. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rootLines } from '../../src/lease/receipt.ts';
import { startTarget } from '../contract/mysql-target.ts';
import { runSteps, runWorkflow, type JobResult, type Run } from '../runner/index.ts';
import { findMysql } from '../services/mysql.ts';
import { chosen, startPostgresServer, type Server } from './layouts.ts';
import { comeBack, idOf, open, startRepository, type Layout, type Repository } from './rotation.ts';

const mysqlServer = findMysql();

let server: Server;
let pair: Layout;
beforeAll(async () => {
  server = await startPostgresServer();
  const found = server.layouts.find(({ lines }) => lines === 2);
  if (found === undefined) throw new Error('there is no pair');
  pair = found;
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

let tags = 0;
const newTag = (): string => `act_${process.pid}_${(tags += 1)}`;
const isPut = ({ method }: { method: string }): boolean => method === 'PUT';

function start(repository: Repository, inputs: Readonly<Record<string, string>> = {}): Run<JobResult> {
  const given = {
    engine: 'postgres',
    root: '${{ secrets.ROOT }}',
    'admin-role': 'joblease_admin',
    'secret-name': 'ROOT',
    'github-token': '${{ secrets.TOKEN }}',
    ...inputs,
  };
  const lines = Object.entries(given).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`);
  return runSteps(`- uses: OWNER/joblease/actions/rotate-root@v1\n  id: rotate\n  with:\n${lines.join('')}`, {
    secrets: { ROOT: comeBack(repository, repository.secret()), TOKEN: repository.token },
    github: {
      api_url: repository.github.url,
      token: repository.jobToken,
      repository: 'octo/app',
      repository_id: String(idOf(repository.github)),
    },
  });
}

/** Holds all that a person or a later step could see of a job against secrets. */
function expectSilent({ log, rawOutput, summary, annotations, fileCommands, steps }: JobResult, stored: string): void {
  const state = steps.map((step) => [step.state, step.outputs]);
  const unmasked = rawOutput.replaceAll(/^::add-mask::.*$/gm, '');
  const seen = [log, unmasked, summary, JSON.stringify([annotations, fileCommands, state])];
  for (const line of rootLines(stored)) {
    for (const secret of [line, new URL(line).password]) {
      for (const text of seen) expect(text.includes(secret)).toBe(false);
    }
  }
}

function mintStep(engine: string, root: string, more = ''): string {
  return `
      - uses: OWNER/joblease/actions/${engine}@v1
        with: { root: "\${{ secrets.${root} }}", ttl: 5m${more} }`;
}

describe('actions/rotate-root', () => {
  it('rotates, hands on its outputs, sums up, and shows no secret', async () => {
    const before = (await pair.make(newTag())).join('\n');
    await using repository = await startRepository(before);
    const result = await start(repository).done;
    expect({ conclusion: result.conclusion, log: result.log }).toMatchObject({ conclusion: 'success' });
    expect(result.annotations).toEqual([]);
    const [active = ''] = repository.stored().split('\n');
    const outputs = result.steps.find(({ id }) => id === 'rotate')?.outputs;
    expect(outputs).toMatchObject({ rotated: 'true', active: new URL(active).username });
    expect(result.summary).toContain('root rotated');
    expect(result.summary).toContain(new URL(active).username);
    expectSilent(result, repository.stored());
    expectSilent(result, before);
    await open(pair, active);
  });

  it('with the token of the job, which is its default to compare with, fails before it asks anybody', async () => {
    await using repository = await startRepository((await pair.make(newTag())).join('\n'));
    const { conclusion, log } = await start(repository, { 'github-token': '${{ github.token }}' }).done;
    expect(conclusion).toBe('failure');
    expect(log).toContain('it is the token of the job, which cannot write secrets');
    expect(repository.github.requests).toEqual([]);
  });

  it.each([0, 1])('cancelled while write %i is under way stops before the next change, and says where', async (nth) => {
    const before = (await pair.make(newTag())).join('\n');
    await using repository = await startRepository(before);
    const hold = repository.github.hold('before', { when: isPut, nth });
    const run = start(repository);
    const held = await hold;
    run.cancel();
    setTimeout(() => held.release(), 300);
    const result = await run.done;
    expect(result.conclusion).toBe('cancelled');
    expect(result.log).toContain('the step was cancelled');
    expect(result.log).toContain(`The rotation stopped at step ${nth === 0 ? '1' : '3'} of 4`);
    expect(result.log).toContain('Running again finishes the rotation.');
    expectSilent(result, repository.stored());
    await open(pair, before);
    // The first write alone has changed nothing on the server.
    if (nth === 0) for (const line of before.split('\n')) await open(pair, line);

    expect((await start(repository).done).conclusion).toBe('success');
    const stored = repository.stored().split('\n');
    expect(stored).toHaveLength(2);
    for (const line of stored) await open(pair, line);
  });

  it('cancelled while it tries everything changes nothing', async () => {
    const before = (await pair.make(newTag())).join('\n');
    await using repository = await startRepository(before);
    const hold = repository.github.hold('before');
    const run = start(repository);
    const held = await hold;
    run.cancel();
    setTimeout(() => held.release(), 300);
    const result = await run.done;
    expect(result.log).toContain('Nothing has been changed: the secret is as it was.');
    expect(repository.github.count(isPut)).toBe(0);
    for (const line of before.split('\n')) await open(pair, line);
  });

  it.each<[string, string, string]>([
    ['engine', 'oracle', 'there is no engine'],
    ['root', '', 'it is empty'],
    ['secret-name', '', 'it is empty'],
    ['secret-name', 'GITHUB_ROOT', 'no name of a secret'],
    ['secret-scope', 'team', 'no place of secrets'],
    ['secret-scope', 'environment:', 'no place of secrets'],
    ['repository', 'octo', 'no repository'],
    ['organization', 'octo/app', 'no organization'],
    ['github-token', '', 'it is empty'],
    ['overlap', 'soon', 'not a duration'],
    ['password-length', '16', 'not a whole number from 32 to 128'],
    ['dry-run', 'maybe', 'neither true nor false'],
  ])('%s: %j fails at once', async (name, value, text) => {
    await using repository = await startRepository(`postgres://a:${chosen}@127.0.0.1:1/x?sslmode=disable`);
    const { conclusion, log } = await start(repository, { [name]: value }).done;
    expect(conclusion).toBe('failure');
    expect(log).toContain(`Input "${name}": `);
    expect(log).toContain(text);
    expect(repository.github.requests).toEqual([]);
  });
});

it.skipIf(mysqlServer === undefined)(
  'examples/rotate-root.yml: mint, rotate, and mint with what is stored then',
  async () => {
    if (mysqlServer === undefined) return;
    await using shop = await startTarget('mysql', mysqlServer);
    const billingRoot = (await pair.make(newTag())).join('\n');
    const shopRoot = shop.root;
    await using repository = await startRepository('unused');
    const { github } = repository;
    github.setSecret('octo/app/production', 'BILLING_DB_ROOT', billingRoot);
    github.setSecret('octo/app/production', 'SHOP_DB_ROOT', shopRoot);
    const stored = (name: string): string => github.secretValue('octo/app/production', name) ?? '';

    const mint = async (): Promise<JobResult> => {
      const steps = `${mintStep('postgres', 'BILLING_DB_ROOT', ', admin-role: joblease_admin, creation-statements: SELECT 1')}${mintStep('mysql', 'SHOP_DB_ROOT', ', member-of: billing_rw')}`;
      const secrets = { BILLING_DB_ROOT: stored('BILLING_DB_ROOT'), SHOP_DB_ROOT: stored('SHOP_DB_ROOT') };
      return await runSteps(steps, { secrets }).done;
    };
    const before = await mint();
    expect({ conclusion: before.conclusion, log: before.log }).toMatchObject({ conclusion: 'success' });

    // In place of actions/create-github-app-token, one that has the token already.
    const directory = mkdtempSync(join(tmpdir(), 'app-token-'));
    try {
      writeFileSync(
        join(directory, 'action.yml'),
        `name: token\ndescription: token\ninputs:\n  client-id: { description: id }\n  private-key: { description: key }\n  owner: { description: owner }\n  permission-environments: { description: permission }\noutputs:\n  token: { description: token }\nruns: { using: node24, main: main.mjs }\n`,
      );
      writeFileSync(
        join(directory, 'main.mjs'),
        `import { appendFileSync } from 'node:fs';
       if (process.env['INPUT_PRIVATE-KEY'] !== 'the-key-0123456789') throw new Error('no key');
       console.log('::add-mask::${repository.token}');
       appendFileSync(process.env.GITHUB_OUTPUT, 'token=${repository.token}\\n');`,
      );
      const rotateAll = async (inputs: Record<string, string | boolean> = {}) =>
        await runWorkflow(join(import.meta.dirname, '..', '..', 'examples', 'rotate-root.yml'), {
          repositories: { 'actions/create-github-app-token': directory },
          secrets: {
            BILLING_DB_ROOT: stored('BILLING_DB_ROOT'),
            SHOP_DB_ROOT: stored('SHOP_DB_ROOT'),
            ROTATION_APP_KEY: 'the-key-0123456789',
          },
          vars: { ROTATION_APP_CLIENT_ID: 'Iv1.0123456789' },
          inputs,
          github: {
            api_url: github.url,
            token: repository.jobToken,
            repository: 'octo/app',
            repository_id: String(idOf(github)),
          },
        }).done;

      expect((await rotateAll({ 'dry-run': true })).conclusion).toBe('success');
      expect([stored('BILLING_DB_ROOT'), stored('SHOP_DB_ROOT')]).toEqual([billingRoot, shopRoot]);

      // The first run only sees to it that the next one can tell where root comes from.
      const first = await rotateAll();
      expect(first.conclusion).toBe('success');
      for (const { log } of Object.values(first.jobs)) expect(log).toContain('Root was not rotated yet.');
      expect(rootLines(stored('BILLING_DB_ROOT'))).toEqual(rootLines(billingRoot));
      expect(rootLines(stored('SHOP_DB_ROOT'))).toEqual(rootLines(shopRoot));

      const { conclusion, jobs } = await rotateAll();
      expect({ conclusion, logs: Object.values(jobs).map(({ log }) => log) }).toMatchObject({ conclusion: 'success' });
      expect(rootLines(stored('BILLING_DB_ROOT'))).not.toEqual(rootLines(billingRoot));
      expect(rootLines(stored('SHOP_DB_ROOT'))).not.toEqual(rootLines(shopRoot));
      for (const each of Object.values(jobs)) {
        expectSilent(each, stored('BILLING_DB_ROOT'));
        expectSilent(each, stored('SHOP_DB_ROOT'));
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
    const second = await mint();
    expect({ conclusion: second.conclusion, annotations: second.annotations }).toEqual({
      conclusion: 'success',
      annotations: [],
    });
  },
  // It may have to wait for another file that uses the same server.
  900_000,
);
