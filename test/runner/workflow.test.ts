import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runWorkflow, type RunnerOptions, type WorkflowResult } from './index.ts';

const app = fileURLToPath(new URL('fixtures/app', import.meta.url));

async function run(name: string, options: RunnerOptions = {}): Promise<WorkflowResult> {
  return await runWorkflow(`${app}/.github/workflows/${name}`, { repositories: { 'acme/app': app }, ...options }).done;
}

describe('a workflow', () => {
  test('runs its jobs by their needs, one for each leg of a matrix', async () => {
    const { conclusion, jobs } = await run('matrix.yml', { inputs: { who: 'you' }, vars: { PLACE: 'here' } });
    expect(conclusion).toBe('failure');
    expect(
      Object.entries(jobs)
        .map(([key, job]) => `${key}: ${job.conclusion}`)
        .toSorted(),
    ).toEqual([
      'after: skipped',
      'far: skipped',
      'legs (a, 1): success',
      'legs (b, 1, yes): success',
      'legs (b, 2, yes): success',
      'legs (c, 3): failure',
      'plan: success',
      'report: success',
    ]);
    expect(jobs['plan']?.log).toContain('\nstep workflow you here\n');
    expect(jobs['report']?.log).toMatch(/^plan success, legs failure c, secret=\[\]$/m);
    expect(jobs['legs (a, 1)']?.log).toContain('shell: sh -e {0}');
    const checks = Object.values(jobs).flatMap((job) => /check (?<id>\d+)$/m.exec(job.log)?.groups?.['id'] ?? []);
    expect(new Set(checks).size).toBe(4);
  });

  test('cancels the other legs of a matrix when one fails, unless it says otherwise', async () => {
    const { conclusion, jobs } = await run('fail-fast.yml');
    expect(conclusion).toBe('failure');
    expect(jobs['legs (fails)']?.conclusion).toBe('failure');
    expect(jobs['legs (waits)']?.conclusion).toBe('cancelled');
  });

  test('drops job outputs that hold a mask, with the warning of the real runner', async () => {
    const { jobs } = await run('matrix.yml');
    expect(jobs['plan']?.outputs).toEqual({ list: '["a","b"]' });
    expect(jobs['plan']?.annotations).toEqual([
      { level: 'warning', message: "Skip output 'secret' since it may contain secret." },
    ]);
  });

  test('calls reusable workflows with inputs and secrets, and hands on their outputs', async () => {
    const { conclusion, jobs } = await run('caller.yml', { secrets: { THEIR_ROOT: 'r00t', ROOT: 'inh3rited' } });
    expect(conclusion).toBe('success');
    expect(jobs['named / say']?.outputs).toEqual({ said: 'hello-2-false' });
    expect(jobs['after']?.log).toContain('\ncalled said hello-2-false');
    expect(jobs['named / say']?.rawOutput).toContain('root [r00t] caller.yml');
    expect(jobs['named / say']?.log).toContain('root [***]');
    expect(jobs['inherited / say']?.rawOutput).toContain('root [inh3rited]');
  });

  test('takes what its options say of the github context', async () => {
    const { jobs } = await run('caller.yml', { github: { repository: 'them/theirs', run_id: '7', run_attempt: '3' } });
    expect(jobs['after']?.processes[0]?.env).toMatchObject({
      GITHUB_REPOSITORY: 'them/theirs',
      GITHUB_RUN_ID: '7',
      GITHUB_RUN_ATTEMPT: '3',
      GITHUB_JOB: 'after',
    });
  });
});
