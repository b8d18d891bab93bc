/** Is this job over? Asked of the fake that is held against GitHub's published description. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { jobs, type Answers, type JobReference, type JobsOptions, type Verdict } from '../../src/github/jobs.ts';
import {
  startGithub,
  type Fault,
  type GithubServer,
  type Job,
  type Repository,
  type Run,
} from '../services/github/index.ts';

let github: GithubServer;
let app: Repository;
let token: string;
const never = new AbortController().signal;
const start = new Date('2026-11-20T12:00:00Z');

beforeEach(async () => {
  github = await startGithub({ now: start });
  app = github.addRepository('octo/app');
  token = github.addToken({ kind: 'app', repositories: [app], permissions: { actions: 'read' } });
});
// Rejects when a request was made that GitHub's description does not know.
afterEach(async () => {
  await github[Symbol.asyncDispose]();
});

function asker(options: Partial<JobsOptions> = {}, as = token): (job: JobReference) => Promise<Verdict> {
  const api = { base: github.url, token: as };
  return jobs(api, { grace: 300, until: never, cancelled: never, answers: new Map(), ...options });
}

/** As the lease of a job has it. */
function reference(run: Run, job?: Job, overrides: Partial<JobReference> = {}): JobReference {
  const iat = start.getTime() / 1000;
  return { repo: 'octo/app', repoId: app.id, run: run.id, attempt: 1, checkRun: job?.id ?? 0, iat, ...overrides };
}

function addRun(count = 2): { run: Run; first: Job; second: Job } {
  const run = github.addRun(app, {
    attempts: [
      { status: 'in_progress', jobs: Array.from({ length: count }, () => ({ status: 'in_progress' as const })) },
    ],
  });
  const [first, second] = run.attempts[0]?.jobs ?? [];
  if (first === undefined || second === undefined) throw new Error('the run lacks jobs');
  return { run, first, second };
}

function complete(run: Run): void {
  const [attempt] = run.attempts;
  if (attempt !== undefined) github.completeAttempt(attempt);
}

describe('a job', () => {
  it('is running until it is completed, whatever its run does, and over once the grace has passed', async () => {
    const { run, first, second } = addRun();
    expect(await asker()(reference(run, first))).toEqual({ is: 'running' });
    github.completeJob(first);
    expect(await asker()(reference(run, first))).toEqual({ is: 'running' });
    github.advance(301);
    expect(await asker()(reference(run, first))).toEqual({ is: 'over' });
    expect(await asker()(reference(run, second))).toEqual({ is: 'running' });
  });

  it('is found behind the first hundred of its run', async () => {
    const { run } = addRun(250);
    const last = run.attempts[0]?.jobs.at(-1);
    if (last === undefined) throw new Error('the run has no jobs');
    github.completeJob(last);
    github.advance(301);
    expect(await asker()(reference(run, last))).toEqual({ is: 'over' });
  });

  it('without an id is over with its run attempt', async () => {
    const { run, first } = addRun();
    github.completeJob(first);
    github.advance(301);
    expect(await asker()(reference(run))).toEqual({ is: 'running' });
    complete(run);
    expect(await asker()(reference(run))).toEqual({ is: 'running' });
    github.advance(301);
    expect(await asker()(reference(run))).toEqual({ is: 'over' });
  });

  it('of an earlier attempt is over while the run is run again', async () => {
    const { run, first } = addRun();
    complete(run);
    github.advance(10);
    const again = github.rerun(run);
    expect(await asker()(reference(run, first))).toEqual({ is: 'running' });
    github.advance(301);
    expect(await asker()(reference(run, first))).toEqual({ is: 'over' });
    expect(await asker()(reference(run, again.jobs[0], { attempt: 2 }))).toEqual({ is: 'running' });
    expect(await asker()(reference(run, again.jobs[0], { attempt: 3 }))).toMatchObject({ is: 'unknown' });
  });

  it('that its run does not list is unknown', async () => {
    const { run, first } = addRun();
    const verdict = await asker()({ ...reference(run, first), checkRun: 1 });
    expect(verdict).toEqual({ is: 'unknown', why: `GitHub does not list job 1 in run ${run.id}` });
  });
});

describe('a run that is not found', () => {
  it('is over once the grace has passed, when its repository answers', async () => {
    const { run, first } = addRun();
    app.runs.delete(run.id);
    expect(await asker()(reference(run, first))).toEqual({ is: 'running' });
    github.advance(301);
    expect(await asker()(reference(run, first))).toEqual({ is: 'over' });
  });

  it('is unknown when the repository does not answer either', async () => {
    const { run, first } = addRun();
    complete(run);
    github.advance(301);
    const stranger = github.addToken({ kind: 'job', repository: github.addRepository('octo/other') });
    const why = 'the token may not see octo/app, or it is gone';
    expect(await asker({}, stranger)(reference(run, first))).toEqual({ is: 'unknown', why });
  });

  it('is unknown when another repository has taken the name', async () => {
    const { run, first } = addRun();
    github.rename(app, 'octo/web');
    const other = github.addRepository('octo/app');
    const both = github.addToken({ kind: 'app', repositories: [app, other], permissions: { actions: 'read' } });
    github.advance(301);
    const why = 'octo/app is no longer the same repository';
    expect(await asker({}, both)(reference(run, first))).toEqual({ is: 'unknown', why });
  });

  it('is found under the new name of its repository', async () => {
    const { run, first } = addRun();
    github.rename(app, 'octo/web');
    complete(run);
    github.advance(301);
    expect(await asker()(reference(run, first))).toEqual({ is: 'over' });
  });
});

describe('what GitHub cannot tell is unknown, never over', () => {
  it.each<[string, Fault]>([
    ['500', 500],
    ['503', 503],
    ['403', 403],
    ['no JSON', 'malformed'],
    ['a page of HTML', 'html'],
    ['a connection that breaks', 'reset'],
    ['a secondary limit', { secondary: 403, retryAfter: 3600 }],
    ['too many requests', { secondary: 429, retryAfter: 3600 }],
  ])('%s', async (_, fault) => {
    const { run, first } = addRun();
    complete(run);
    github.advance(301);
    github.fail(fault, { times: 1000 });
    expect(await asker()(reference(run, first))).toMatchObject({ is: 'unknown' });
  });

  it('a token that GitHub does not accept, and a primary limit', async () => {
    const { run, first } = addRun();
    complete(run);
    github.advance(301);
    const why = 'GitHub does not accept the token: 401 Bad credentials';
    expect(await asker({}, 'ghs_no_such_token')(reference(run, first))).toEqual({ is: 'unknown', why });
    github.setRateLimit(token, { remaining: 0, reset: github.now().getTime() / 1000 + 1800 });
    const ask = asker();
    const verdict = await ask(reference(run, first));
    expect(verdict).toMatchObject({
      is: 'unknown',
      why: expect.stringMatching(/rate limit is used up.*ends in 1[78]\d\d s/s) as string,
    });
    // Nothing more is asked until then.
    const before = github.count();
    expect(await ask(reference(addRun().run))).toMatchObject({ is: 'unknown' });
    expect(github.count()).toBe(before);
  });

  it.each(['', 'octo', 'octo/../../users', '../..', 'octo/app/extra', 'octo/app?x', 'octo/a b'])(
    'a record that names the repository %j, without a request',
    async (repo) => {
      const { run, first } = addRun();
      expect(await asker()(reference(run, first, { repo }))).toEqual({
        is: 'unknown',
        why: 'its record names no repository',
      });
      expect(github.count()).toBe(0);
    },
  );
});

describe('a record that does not know', () => {
  it.each([{ run: 0 }, { run: -5 }, { attempt: 0 }])('%j is unknown, without a request', async (overrides) => {
    const { run, first } = addRun();
    github.advance(301);
    const why = 'its record names no run';
    expect(await asker()(reference(run, first, overrides))).toEqual({ is: 'unknown', why });
    expect(github.count()).toBe(0);
  });

  it('its repository by number cannot be told from one that has taken the name', async () => {
    const { run, first } = addRun();
    github.rename(app, 'octo/web');
    const other = github.addRepository('octo/app');
    const both = github.addToken({ kind: 'app', repositories: [app, other], permissions: { actions: 'read' } });
    github.advance(301);
    const why = 'its record does not say which repository it was';
    expect(await asker({}, both)(reference(run, first, { repoId: 0 }))).toEqual({ is: 'unknown', why });
  });
});

describe('a passing failure', () => {
  it.each<[string, Fault]>([
    ['502', 502],
    ['a connection that breaks', 'reset'],
    ['a lost answer', 'lost answer'],
    ['a secondary limit of a second', { secondary: 429, retryAfter: 1 }],
  ])('heals: %s', async (_, fault) => {
    const { run, first } = addRun();
    complete(run);
    github.advance(301);
    github.fail(fault, { times: 1 });
    expect(await asker()(reference(run, first))).toEqual({ is: 'over' });
  });
});

/** 10,000 leases of 200 runs. */
function many(completed: boolean): JobReference[] {
  return Array.from({ length: 200 }, () => addRun(50).run).flatMap((run) => {
    if (completed) complete(run);
    return (run.attempts[0]?.jobs ?? []).map((job) => reference(run, job));
  });
}

async function judgeAll(references: readonly JobReference[], answers: Answers): Promise<Set<string>> {
  const ask = asker({ answers });
  const verdicts = new Set<string>();
  for (let i = 0; i < references.length; i += 8) {
    for (const { is } of await Promise.all(references.slice(i, i + 8).map(ask))) verdicts.add(is);
  }
  return verdicts;
}

describe('requests', () => {
  it('are one per run for 10,000 leases of 200 runs that are over', async () => {
    const references = many(true);
    github.advance(301);
    expect(await judgeAll(references, new Map())).toEqual(new Set(['over']));
    expect(github.count()).toBe(200);
  });

  it('are two per run while the runs go on', async () => {
    expect(await judgeAll(many(false), new Map())).toEqual(new Set(['running']));
    expect(github.count()).toBe(400);
  });

  it('asked again are conditional, and free as long as nothing has changed', async () => {
    const references = many(false);
    const answers: Answers = new Map();
    await judgeAll(references, answers);
    const { remaining } = github.rateLimit(token);
    expect(await judgeAll(references, answers)).toEqual(new Set(['running']));
    expect(github.count(({ conditional }) => conditional)).toBe(400);
    expect(github.rateLimit(token).remaining).toBe(remaining);
  });

  it('see a change behind an ETag', async () => {
    const { run, first } = addRun();
    const answers: Answers = new Map();
    expect(await asker({ answers })(reference(run, first))).toEqual({ is: 'running' });
    complete(run);
    github.advance(301);
    expect(await asker({ answers })(reference(run, first))).toEqual({ is: 'over' });
  });

  it('stop when GitHub is down: not each of 1,000 runs waits for it', async () => {
    const references = Array.from({ length: 1000 }, () => addRun().run).map((run) => reference(run));
    await github.down();
    const began = Date.now();
    expect(await judgeAll(references, new Map())).toEqual(new Set(['unknown']));
    expect(Date.now() - began).toBeLessThan(10_000);
    await github.up();
  });

  it('leave jobs unknown once their time is over, those under way too', async () => {
    const { run } = addRun();
    github.fail({ slow: 10_000 }, { times: 1000 });
    const until = new AbortController();
    const ask = asker({ until: until.signal });
    const verdict = ask(reference(run));
    await sleep(50);
    until.abort();
    const why = 'there was no time left to ask GitHub';
    expect(await verdict).toEqual({ is: 'unknown', why });
    expect(await ask(reference(addRun().run))).toEqual({ is: 'unknown', why });
  });

  it('end with the signal', async () => {
    const { run } = addRun();
    github.fail({ slow: 10_000 });
    const controller = new AbortController();
    const verdict = asker({ cancelled: controller.signal })(reference(run));
    await sleep(50);
    controller.abort(new Error('the step was cancelled'));
    await expect(verdict).rejects.toThrow('the step was cancelled');
  });
});
