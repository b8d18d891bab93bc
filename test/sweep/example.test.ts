/** examples/sweep.yml, which calls .github/workflows/sweep.yml, as they stand. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { open, draft, type ContractTarget } from '../contract/contract.ts';
import { startTarget } from '../contract/mysql-target.ts';
import { postgresServers } from '../contract/postgres-target.ts';
import { runWorkflow } from '../runner/index.ts';
import { startGithub, type Job } from '../services/github/index.ts';
import { findMysql } from '../services/mysql.ts';

const mysql = findMysql();

it.skipIf(mysql === undefined)('examples/sweep.yml ends what jobs that are over left on two targets', async () => {
  const [embedded] = postgresServers();
  if (embedded === undefined || mysql === undefined) throw new Error('there is no server');
  await using github = await startGithub();
  await using postgres = await embedded.start();
  await using shop = await startTarget('mysql', mysql);
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
    await using session = await open(target);
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
    await runWorkflow(join(import.meta.dirname, '..', '..', 'examples', 'sweep.yml'), {
      secrets: { BILLING_DB_ROOT: postgres.root, SHOP_DB_ROOT: shop.root },
      inputs,
      github: { api_url: github.url, token, repository: 'octo/app' },
    }).done;

  const dry = await sweep({ 'dry-run': true });
  expect(dry.conclusion).toBe('success');
  expect(await left()).toHaveLength(6);

  const { conclusion, jobs } = await sweep({});
  const logs = Object.values(jobs).map(({ log }) => log);
  expect({ conclusion, logs }).toMatchObject({ conclusion: 'success' });
  expect(logs).toHaveLength(2);
  for (const log of logs) {
    expect(log).toContain('Found 3: 1 live, 2 revoked');
    expect(log).not.toContain(postgres.rootSecret);
  }
  expect((await left()).toSorted()).toEqual(kept.toSorted());
  for (const target of targets) {
    await using session = await open(target);
    for await (const { principal } of session.leases()) await session.revoke(principal);
  }
});
