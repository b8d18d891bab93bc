/** The sweep as GitHub runs it, after jobs that ended in every way, with GitHub there and with GitHub down. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAwsTarget } from '../contract/aws-target.ts';
import type { ContractTarget } from '../contract/contract.ts';
import { startTarget } from '../contract/mysql-target.ts';
import { postgresServers } from '../contract/postgres-target.ts';
import { runSteps, type JobResult, type Run, type RunnerOptions } from '../runner/index.ts';
import { startGithub, type GithubServer, type Job, type Repository } from '../services/github/index.ts';
import type { Finding } from '../../src/sweep/report.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';

const mysql = findMysql();
const mariadb = findMariadb();

/** Targets of three engines that differ in all that matters here; each that this machine can have. */
const kinds: Readonly<Record<string, (() => Promise<ContractTarget>) | undefined>> = {
  postgres: async () => {
    const [embedded] = postgresServers();
    if (embedded === undefined) throw new Error('the embedded PostgreSQL is always there');
    return await embedded.start();
  },
  mysql: mysql && (async () => await startTarget('mysql', mysql)),
  mariadb: mariadb && (async () => await startTarget('mariadb', mariadb)),
  aws: async () => await startAwsTarget(),
};

/** where the reports are kept: the runner empties its own directory */
const reports = mkdtempSync(join(tmpdir(), 'reports-'));
afterAll(() => {
  rmSync(reports, { recursive: true });
});

let github: GithubServer;
let app: Repository;
let token: string;
const targets = new Map<string, ContractTarget>();

beforeAll(async () => {
  for (const [name, start] of Object.entries(kinds)) if (start !== undefined) targets.set(name, await start());
});
afterAll(async () => {
  for (const target of targets.values()) await target[Symbol.asyncDispose]();
});
beforeEach(async () => {
  github = await startGithub();
  app = github.addRepository('octo/app');
  token = github.addToken({ kind: 'job', repository: app });
  return async () => {
    await github[Symbol.asyncDispose]();
  };
});

function withLines(inputs: Readonly<Record<string, string>>): string {
  return Object.entries(inputs)
    .map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`)
    .join('');
}

/** What runs on GitHub as one job of a run, and is known there. */
interface RunningJob {
  readonly run: Run<JobResult>;
  readonly job: Job;
}

/** Starts a job that mints on a target and then works for a while. */
function startJob(target: ContractTarget, ttl: string, seconds: number): RunningJob {
  const { attempts, id } = github.addRun(app, { attempts: [{ status: 'in_progress', jobs: 1 }] });
  const job = attempts[0]?.jobs[0];
  if (job === undefined) throw new Error('the run has no job');
  const inputs = { root: '${{ secrets.ROOT }}', ...target.inputs, ttl };
  const run = runSteps(
    `- uses: OWNER/joblease/actions/${target.engine.name}@v1\n  with:\n${withLines(inputs)}\n- run: echo working; exec sleep ${seconds}`,
    {
      secrets: { ROOT: target.root },
      checkRunId: String(job.id),
      github: { repository: 'octo/app', repository_id: String(app.id), run_id: String(id) },
    },
  );
  return { run, job };
}

/** Sweeps every target in one job. */
async function sweepAll(inputs: Readonly<Record<string, string>> = {}): Promise<JobResult> {
  const steps = [...targets].map(([name, target]) => {
    const { 'iam-endpoint': endpoint } = target.inputs;
    const own: Record<string, string> =
      endpoint === undefined ? {} : { 'iam-endpoint': endpoint, 'sts-endpoint': endpoint };
    const given = { engine: name, root: `\${{ secrets.ROOT_${name} }}`, ...own, ...inputs };
    return `- uses: OWNER/joblease/actions/sweep@v1\n  id: ${name}\n  if: always()\n  with:\n${withLines(given)}
- run: cp "$REPORT" "${join(reports, `${name}.json`)}"
  if: always()
  env: { REPORT: "\${{ steps.${name}.outputs.report }}" }
`;
  });
  const secrets = Object.fromEntries([...targets].map(([name, { root }]) => [`ROOT_${name}`, root]));
  const options: RunnerOptions = { secrets, github: { api_url: github.url, token } };
  return await runSteps(steps.join(''), options).done;
}

function outputsOf(job: JobResult, id: string): Record<string, string> {
  return job.steps.find((step) => step.id === id)?.outputs ?? {};
}

/** The accounts in a sweep's report, by outcome. */
function reported(name: string): Record<string, string[] | undefined> {
  const report = JSON.parse(readFileSync(join(reports, `${name}.json`), 'utf8')) as Finding[];
  const byOutcome = Object.groupBy(report, ({ outcome }) => outcome);
  return Object.fromEntries(
    Object.entries(byOutcome).map(([outcome, findings]) => [outcome, findings.map(({ principal }) => principal)]),
  );
}

/** Names of minted accounts that are in a target. */
async function minted(target: ContractTarget): Promise<string[]> {
  return [...new Set(await target.accounts())].filter((name) => name.startsWith('jl_'));
}

/** Ten jobs on a target: five are lost with their runner, four end as they should, one goes on. */
async function tenJobs(target: ContractTarget, ttl: (i: number) => string): Promise<RunningJob[]> {
  const jobs: RunningJob[] = [];
  for (let i = 0; i < 10; i += 5) {
    const started = Array.from({ length: 5 }, (_, k) =>
      startJob(target, ttl(i + k), i + k < 5 || i + k === 9 ? 900 : 0),
    );
    await Promise.all(started.map(async ({ run }) => await run.waitFor(/^working/, 60_000)));
    jobs.push(...started);
  }
  for (const { run } of jobs.slice(0, 5)) run.kill();
  for (const { run } of jobs.slice(0, 9)) await run.done;
  return jobs;
}

/** The jobs that still run are lost, and everything is swept. */
async function endAll(jobs: readonly RunningJob[]): Promise<void> {
  for (const { run } of jobs) run.kill();
  for (const { run, job } of jobs) {
    await run.done;
    if (job.status !== 'completed') github.completeJob(job);
  }
  github.advance(301);
  await sweepAll();
}

describe('ten jobs on each engine: five killed, four ended, one running', () => {
  it('leaves exactly the running ones', async () => {
    const jobs = new Map<string, RunningJob[]>();
    for (const [name, target] of targets) jobs.set(name, await tenJobs(target, () => '1h'));
    try {
      for (const target of targets.values()) expect(await minted(target)).toHaveLength(6);
      for (const { job } of [...jobs.values()].flatMap((each) => each.slice(0, 9))) github.completeJob(job);

      const early = await sweepAll();
      expect(early.log).toContain('Found 6: 6 live');
      github.advance(301);
      const done = await sweepAll();

      expect(done).toMatchObject({ conclusion: 'success', annotations: [] });
      for (const [name, target] of targets) {
        const left = await minted(target);
        expect({ name, left: left.length }).toEqual({ name, left: 1 });
        const outputs = outputsOf(done, name);
        expect(outputs).toMatchObject({
          found: '6',
          live: '1',
          revoked: '5',
          failed: '0',
          disabled: '0',
          skipped: '0',
        });
        expect(Number(outputs['oldest'])).toBeGreaterThan(0);
        expect(reported(name)).toMatchObject({ live: left, revoked: { length: 5 } });
      }
      expect(done.summary).toContain('octo/app');
    } finally {
      await endAll([...jobs.values()].flat());
    }
    for (const target of targets.values()) expect(await minted(target)).toEqual([]);
  });

  it('ends only what is over when GitHub is down', async () => {
    const jobs = new Map<string, RunningJob[]>();
    for (const [name, target] of targets) jobs.set(name, await tenJobs(target, (i) => (i < 3 ? '2s' : '1h')));
    try {
      for (const { job } of [...jobs.values()].flatMap((each) => each.slice(0, 9))) github.completeJob(job);
      github.advance(301);
      await sleep(2500);
      await github.down();
      const done = await sweepAll();
      await github.up();

      expect(done.conclusion).toBe('success');
      expect(done.log).toMatch(/3 left alone because GitHub could not tell whether their job is over: no answer from/);
      for (const [name, target] of targets) {
        // Three were over; where there is a reaper it may have come first. Two killed ones and the running one remain.
        expect(await minted(target)).toHaveLength(3);
        expect(outputsOf(done, name)).toMatchObject({ live: '3', failed: '0', skipped: '0' });
      }
    } finally {
      await endAll([...jobs.values()].flat());
    }
  });
});
