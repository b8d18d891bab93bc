/** examples/sweep.yml and .github/workflows/sweep.yml, as they stand. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { open, draft, type ContractTarget } from '../contract/contract.ts';
import { startTarget } from '../contract/mysql-target.ts';
import { postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';
import { runWorkflow } from '../runner/index.ts';
import { startGithub, type Job } from '../services/github/index.ts';
import { findMysql } from '../services/mysql.ts';

const mysql = findMysql();
const example = join(import.meta.dirname, '..', '..', 'examples', 'sweep.yml');
const admin = { 'admin-role': 'joblease_admin' };

/** As docs/postgres.md has it: the root login acts as a role that has no login. */
async function asAdmin(target: PostgresTarget): Promise<void> {
  await target.admin(
    `CREATE ROLE joblease_admin NOLOGIN CREATEROLE;
     GRANT billing_owner TO joblease_admin WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
     GRANT joblease_admin TO joblease WITH INHERIT FALSE, SET TRUE`,
  );
}

it.skipIf(mysql === undefined)('examples/sweep.yml ends what jobs that are over left on two targets', async () => {
  const [embedded] = postgresServers();
  if (embedded === undefined || mysql === undefined) throw new Error('there is no server');
  await using github = await startGithub();
  await using postgres = await embedded.start();
  await using shop = await startTarget('mysql', mysql);
  await asAdmin(postgres);
  const app = github.addRepository('octo/app');
  const token = github.addToken({ kind: 'job', repository: app });
  const run = github.addRun(app, { attempts: [{ status: 'in_progress', jobs: 2 }] });
  const [ended, running] = run.attempts[0]?.jobs ?? [];
  if (ended === undefined || running === undefined) throw new Error('the run lacks jobs');
  github.completeJob(ended);
  github.advance(600);

  const holders: readonly Job[] = [ended, ended, running];
  const targets: readonly ContractTarget[] = [postgres, shop];
  const kept: string[] = [];
  for (const target of targets) {
    await using session = await open(target, { inputs: target === postgres ? admin : {} });
    for (const each of holders) {
      const minted = draft({
        job: {
          repo: 'octo/app',
          repoId: app.id,
          run: run.id,
          attempt: 1,
          checkRun: each.id,
          job: '',
          workflow: '',
          actor: '',
        },
      });
      await session.mint(minted);
      if (each === running) kept.push(minted.principal);
    }
  }
  const left = async (): Promise<string[]> =>
    (await Promise.all(targets.map(async (target) => await target.accounts())))
      .flat()
      .filter((name) => name.startsWith('jl_'));

  const sweep = async (inputs: Record<string, boolean>) =>
    await runWorkflow(example, {
      secrets: { BILLING_DB_ROOT: postgres.root, SHOP_DB_ROOT: shop.root },
      inputs,
      github: { api_url: github.url, token, repository: 'octo/app' },
    }).done;

  const dry = await sweep({ 'dry-run': true });
  expect(dry.conclusion).toBe('success');
  expect(await left()).toHaveLength(6);

  const { conclusion, jobs } = await sweep({});
  const logs = Object.entries(jobs).flatMap(([name, { log }]) => (name.startsWith('sweep') ? [log] : []));
  expect({ conclusion, logs }).toMatchObject({ conclusion: 'success' });
  expect(logs).toHaveLength(2);
  for (const log of logs) {
    expect(log).toContain('Found 3: 1 live, 2 revoked');
    expect(log).not.toContain(postgres.rootSecret);
  }
  expect((await left()).toSorted()).toEqual(kept.toSorted());
  for (const target of targets) {
    await using session = await open(target, { inputs: target === postgres ? admin : {} });
    for await (const { principal } of session.leases()) await session.revoke(principal);
  }
});

it('examples/sweep.yml opens an issue when it is red', async () => {
  const bin = mkdtempSync(join(tmpdir(), 'joblease-gh-'));
  try {
    writeFileSync(join(bin, 'gh'), '#!/bin/sh\n[ "$2" = list ] || echo "gh was told: $*, as $GH_TOKEN of $GH_REPO"\n');
    chmodSync(join(bin, 'gh'), 0o755);
    const { conclusion, jobs } = await runWorkflow(example, {
      // Nothing is stored: no leg has a root.
      github: { token: 'ghs_job', repository: 'octo/app', run_id: '4711' },
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}` },
    }).done;
    expect(conclusion).toBe('failure');
    expect(jobs['alert']?.log).toMatch(
      /gh was told: issue create --title joblease: the sweep failed .*octo\/app\/actions\/runs\/4711, as \*\*\* of octo\/app/,
    );
  } finally {
    rmSync(bin, { recursive: true });
  }
});

const caller = (lines: string): string => `
on: push
jobs:
  sweep:
    uses: OWNER/joblease/.github/workflows/sweep.yml@v1
${lines}`;

describe('the reusable workflow', () => {
  it.each([
    [
      'a secret that is handed on',
      `    with: { engine: postgres, app-client-id: Iv1.sweep, runs-on: '["self-hosted", "linux"]' }
    secrets: { root: "\${{ secrets.THE_ROOT }}", app-private-key: "\${{ secrets.THE_KEY }}" }`,
    ],
    [
      'secrets of an environment',
      `    with: { engine: postgres, app-client-id: Iv1.sweep, environment: production, secret-name: THE_ROOT, app-key-name: THE_KEY, owner: octo }
    secrets: inherit`,
    ],
  ])('asks as a GitHub App, narrowed to what it needs, with %s', async (_, lines) => {
    const [embedded] = postgresServers();
    if (embedded === undefined) throw new Error('there is no server');
    await using github = await startGithub();
    await using postgres = await embedded.start();
    const [mine, theirs] = [github.addRepository('octo/platform'), github.addRepository('octo/app')];
    const app = github.addToken({ kind: 'app', repositories: [mine, theirs], permissions: { actions: 'read' } });
    const run = github.addRun(theirs, { attempts: [{ status: 'in_progress', jobs: 1 }] });
    const [ended] = run.attempts[0]?.jobs ?? [];
    if (ended === undefined) throw new Error('the run lacks jobs');
    github.completeJob(ended);
    github.advance(600);
    const record = { repo: 'octo/app', repoId: theirs.id, run: run.id, attempt: 1, checkRun: ended.id };
    {
      await using session = await open(postgres);
      await session.mint(draft({ job: { ...record, job: '', workflow: '', actor: '' } }));
    }
    const directory = mkdtempSync(join(tmpdir(), 'joblease-caller-'));
    try {
      writeFileSync(join(directory, 'caller.yml'), caller(lines));
      writeFileSync(
        join(directory, 'action.yml'),
        `name: token\ndescription: token\ninputs:\n  client-id: { description: id }\n  private-key: { description: key }\n  owner: { description: owner }\n  permission-actions: { description: permission }\noutputs:\n  token: { description: token }\nruns: { using: node24, main: main.mjs }\n`,
      );
      writeFileSync(
        join(directory, 'main.mjs'),
        `import { appendFileSync } from 'node:fs';
         const given = ['CLIENT-ID', 'PRIVATE-KEY', 'OWNER', 'PERMISSION-ACTIONS'].map((name) => process.env['INPUT_' + name]);
         if (given.join() !== 'Iv1.sweep,the-key-0123456789,octo,read') throw new Error('asked for ' + given);
         appendFileSync(process.env.GITHUB_OUTPUT, 'token=${app}\\n');`,
      );
      const { conclusion, jobs } = await runWorkflow(join(directory, 'caller.yml'), {
        repositories: { 'actions/create-github-app-token': directory },
        secrets: { THE_ROOT: postgres.root, THE_KEY: 'the-key-0123456789' },
        github: {
          api_url: github.url,
          token: github.addToken({ kind: 'job', repository: mine }),
          repository: 'octo/platform',
          repository_owner: 'octo',
        },
      }).done;
      const logs = Object.values(jobs).map(({ log }) => log);
      expect({ conclusion, logs }).toMatchObject({ conclusion: 'success' });
      expect(logs.join('\n')).toContain('Found 1: 1 revoked');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
