import type { JobIdentity } from '../lease/record.ts';

/**
 * Who runs this step, from the variables that the runner sets.
 *
 * @param checkRun `job.check_run_id`, which no variable holds: it comes through an input's default; 0 where it is empty
 */
export function currentJob(checkRun: number): JobIdentity {
  return {
    repo: variable('GITHUB_REPOSITORY'),
    repoId: number('GITHUB_REPOSITORY_ID'),
    run: number('GITHUB_RUN_ID'),
    attempt: number('GITHUB_RUN_ATTEMPT'),
    job: variable('GITHUB_JOB'),
    checkRun,
    workflow: variable('GITHUB_WORKFLOW'),
    actor: variable('GITHUB_ACTOR'),
  };
}

/** Whether a person has started the run, and so will look at it. */
export function isByHand(): boolean {
  return variable('GITHUB_EVENT_NAME') === 'workflow_dispatch';
}

function variable(name: string): string {
  return process.env[name] ?? '';
}

function number(name: string): number {
  const value = Number(variable(name));
  return Number.isSafeInteger(value) ? value : 0;
}
