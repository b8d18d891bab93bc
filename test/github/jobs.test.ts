/** Is this job over? Asked of the fake that is held against GitHub's published description. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { jobs, type JobReference, type Jobs, type JobsOptions, type Verdict } from '../../src/github/jobs.ts';
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
  return asking(options, as).judge;
}

function asking(options: Partial<JobsOptions> = {}, as = token, base = github.url): Jobs {
  const untilMs = Date.now() + 60_000;
  const defaults = { graceSeconds: 300, until: never, untilMs, cancelled: never, own: 'octo/app' };
  return jobs({ base, token: as }, { ...defaults, ...options });
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

  it('is unknown when the token may see the repository, and not its runs', async () => {
    const { run, first } = addRun();
    github.advance(301);
    // As a kind of token may see it that is told 404, and not 403, of what it may not read.
    github.fail(404, { when: ({ path }) => path.includes('/actions/'), times: 1000 });
    const { judge, refusal } = asking();
    const why = 'the token may not see the runs of octo/app';
    expect(await judge(reference(run, first))).toEqual({ is: 'unknown', why });
    expect(refusal()).toBe(why);
  });

  it('is unknown when it is found in another repository than the record says', async () => {
    const { run, first } = addRun();
    complete(run);
    github.advance(301);
    const why = 'octo/app is no longer the same repository';
    expect(await asker()(reference(run, first, { repoId: app.id + 1 }))).toEqual({ is: 'unknown', why });
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

describe('a refusal', () => {
  it('of every question is told: the token is wrong, and not GitHub busy', async () => {
    const { run, first } = addRun();
    const none = github.addToken({ kind: 'app', repositories: [app], permissions: {} });
    app.private = true;
    const { judge, refusal } = asking({}, none);
    expect(refusal()).toBeUndefined();
    const why = 'GitHub refuses the token: 403 Resource not accessible by integration';
    expect(await judge(reference(run, first))).toEqual({ is: 'unknown', why });
    expect(refusal()).toBe(why);
  });

  it('of the sweep’s own repository is told, and of another’s alone is not: that one may sweep for itself', async () => {
    app.private = true;
    const { run, first } = addRun();
    const other = github.addRepository('octo/other');
    const stranger = github.addToken({ kind: 'job', repository: other });
    const foreign = asking({ own: 'octo/other' }, stranger);
    expect(await foreign.judge(reference(run, first))).toMatchObject({ is: 'unknown' });
    expect(foreign.refusal()).toBeUndefined();
    const own = asking({ own: 'Octo/App' }, stranger);
    expect(await own.judge(reference(run, first))).toMatchObject({ is: 'unknown' });
    expect(own.refusal()).toBe('the token may not see octo/app, or it is gone');
  });

  it('of some is no refusal of all', async () => {
    const { run, first } = addRun();
    const { judge, refusal } = asking();
    github.fail(403);
    expect(await judge(reference(run, first))).toMatchObject({ is: 'unknown' });
    expect(await judge(reference(addRun().run))).toEqual({ is: 'running' });
    expect(refusal()).toBeUndefined();
  });

  it('that GitHub is busy or down is none', async () => {
    for (const fault of [500, { secondary: 403, retryAfter: 3600 }] as const) {
      github.fail(fault, { times: 10 });
      const { judge, refusal } = asking();
      expect(await judge(reference(addRun().run))).toMatchObject({ is: 'unknown' });
      expect(refusal()).toBeUndefined();
    }
  });
});

/** @returns what became of one question, and why all sense is missing */
async function answered(status: number, body: string, location?: string): Promise<[Verdict, string | undefined]> {
  const { run } = addRun();
  const server = createServer((_, response) => {
    const headers = { 'content-type': 'application/json', ...(location === undefined ? {} : { location }) };
    response.writeHead(status, headers).end(body.replace('"RUN"', String(run.id)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { judge, refusal } = asking({}, token, `http://127.0.0.1:${port}`);
  const verdict = await judge(reference(run));
  server.closeAllConnections();
  server.close();
  return [verdict, refusal()];
}

describe('an answer that is not GitHub’s', () => {
  it.each([
    [400, '{"message":"Bad request"}', undefined],
    [407, 'proxy', undefined],
    [302, '', '/x'],
    [301, '', 'http://['],
    [200, '<html>log in</html>', undefined],
    [200, '{}', undefined],
  ])('makes the sweep red where there is no other: %s %s', async (status, body, location) => {
    const [verdict, refusal] = await answered(status, body, location);
    expect(verdict.is).toBe('unknown');
    expect(refusal).toContain('GitHub answered');
  });

  it.each([
    [{}, 'over'],
    [{ id: 999 }, 'unknown'],
    [{ run_attempt: 1.5 }, 'unknown'],
    [{ run_attempt: '1e400' }, 'unknown'],
  ])('that gives %j of a run is %s', async (fields, is) => {
    const time = '2026-11-20T10:00:00Z';
    const right = { id: 'RUN', repository: { id: app.id }, run_attempt: 1, status: 'completed' };
    const body = JSON.stringify({ ...right, run_started_at: time, updated_at: time, ...fields });
    expect((await answered(200, body.replace('"1e400"', '1e400')))[0]).toMatchObject({ is });
  });
});

describe('limits', () => {
  it('are waited for, and every lease is asked for after all', async () => {
    const runs = Array.from({ length: 16 }, () => addRun().run);
    for (const run of runs) complete(run);
    github.advance(301);
    github.fail({ secondary: 429, retryAfter: 2 }, { nth: 4, times: 12 });
    const { judge } = asking();
    const verdicts = await Promise.all(runs.map(async (run) => await judge(reference(run))));
    expect(new Set(verdicts.map(({ is }) => is))).toEqual(new Set(['over']));
  });

  it('that only words tell are known too', async () => {
    const { run } = addRun();
    github.fail({ secondary: 403 }, { times: 1 });
    const verdict = await asker({ untilMs: Date.now() + 1000 })(reference(run));
    expect(verdict).toMatchObject({
      is: 'unknown',
      why: expect.stringContaining('rate limit is used up') as string,
    });
    expect(github.count()).toBe(1);
  });

  it('are not run into: no more than 800 requests go out within a minute', async () => {
    const runs = Array.from({ length: 820 }, () => addRun().run);
    const { judge } = asking({ untilMs: Date.now() + 55_000 });
    const verdicts = await Promise.all(runs.map(async (run) => await judge(reference(run))));
    expect(github.count()).toBe(800);
    expect(verdicts.filter(({ is }) => is === 'unknown')).toHaveLength(20);
  });
});

/** What stands in GitHub's place. */
async function standIn(respond: (path: string) => { body?: unknown; text?: string; headers?: Record<string, string> }) {
  const paths: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    paths.push(path);
    const { body, text = JSON.stringify(body), headers = {} } = respond(path);
    outgoing.sendDate = !('date' in headers && headers['date'] === '');
    outgoing.writeHead(200, Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== '')));
    outgoing.end(text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { paths, judge: asking({}, 'ghs_token', base).judge, [Symbol.dispose]: close };
}
const completedJob = (id: number): object => ({ id, status: 'completed', completed_at: '2020-01-01T00:00:00Z' });

describe('an answer that is not as GitHub describes it', () => {
  const run = { id: 7, run_attempt: 1, status: 'in_progress', repository: { id: 5 } };
  const times = { run_started_at: '2020-01-01T00:00:00Z', updated_at: '2020-01-01T00:00:00Z' };
  const lease: JobReference = { repo: 'octo/app', repoId: 5, run: 7, attempt: 1, checkRun: 11, iat: 1_577_836_800 };

  it('is said to be so', async () => {
    using html = await standIn(() => ({ text: '<html>Sign in</html>' }));
    expect(await html.judge(lease)).toEqual({ is: 'unknown', why: 'GitHub answered with what is no JSON' });
    using empty = await standIn(() => ({ body: {} }));
    const why = 'GitHub answered with JSON that says something else';
    expect(await empty.judge(lease)).toEqual({ is: 'unknown', why });
  });

  it('of one job makes no other job unknown', async () => {
    const odd = [{ id: 9, status: 'completed', completed_at: null }, null, { id: 'x' }, { id: 10 }];
    const jobsOfRun = { total_count: 5, jobs: [...odd, completedJob(11)] };
    using github7 = await standIn((path) => ({ body: path.includes('/jobs') ? jobsOfRun : { ...run, ...times } }));
    expect(await github7.judge(lease)).toEqual({ is: 'over' });
    const why = 'GitHub says of job 9 what makes no sense';
    expect(await github7.judge({ ...lease, checkRun: 9 })).toEqual({ is: 'unknown', why });
    expect(await github7.judge({ ...lease, checkRun: 10 })).toMatchObject({ is: 'unknown' });
  });

  it.each([
    ['as many pages as there are said to be', { total_count: 150 }, 2],
    ['a hundred pages, whatever is said', { total_count: 1e9 }, 100],
    ['a hundred pages where nothing is said', {}, 100],
  ])('is read for %s', async (_, total, pages) => {
    const full = Array.from({ length: 100 }, (__, i) => completedJob(1000 + i));
    using endless = await standIn((path) => ({
      body: path.includes('/jobs') ? { ...total, jobs: full } : { ...run, ...times },
    }));
    const why = 'GitHub does not list job 11 in run 7';
    expect(await endless.judge(lease)).toEqual({ is: 'unknown', why });
    expect(endless.paths.filter((path) => path.includes('/jobs'))).toHaveLength(pages);
  });

  it('has no date: then the runner’s clock does not stand in for GitHub’s', async () => {
    const over = { ...run, ...times, status: 'completed' };
    using dateless = await standIn(() => ({ body: over, headers: { date: '' } }));
    const why = "GitHub's answer has no date: something in between has taken it away";
    expect(await dateless.judge(lease)).toEqual({ is: 'unknown', why });
    using dated = await standIn(() => ({ body: over }));
    expect(await dated.judge(lease)).toEqual({ is: 'over' });
  });

  it('warns in words of its own: they reach no log', async () => {
    const warn = vi.spyOn(console, 'warn').mockReturnValue();
    const headers = { deprecation: 'true', sunset: '::error::boo', link: '<::error::boo>; rel="deprecation"' };
    using old = await standIn(() => ({ body: { ...run, ...times, status: 'completed' }, headers }));
    expect(await old.judge(lease)).toEqual({ is: 'over' });
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  it('does not end: it is not read to its end', async () => {
    const text = `{"id":7,"more":"${'x'.repeat(33 * 1024 * 1024)}"}`;
    using endless = await standIn(() => ({ text }));
    const why = expect.stringContaining('it is longer than 33554432 bytes') as string;
    expect(await endless.judge(lease)).toEqual({ is: 'unknown', why });
  });

  it('leads elsewhere: the token does not go there', async () => {
    const seen: (string | undefined)[] = [];
    const thief = createServer((incoming, outgoing) => {
      seen.push(incoming.headers.authorization);
      outgoing.end(JSON.stringify({ ...run, ...times, status: 'completed' }));
    });
    thief.listen(0, '127.0.0.1');
    await once(thief, 'listening');
    const elsewhere = `http://127.0.0.1:${(thief.address() as AddressInfo).port}/run`;
    const server = createServer((_, outgoing) => outgoing.writeHead(301, { location: elsewhere }).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await asking({}, 'ghs_token', base).judge(lease)).toMatchObject({ is: 'unknown' });
    expect(seen).toEqual([]);
    for (const each of [thief, server]) {
      each.closeAllConnections();
      each.close();
    }
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

async function judgeAll(references: readonly JobReference[]): Promise<Set<string>> {
  const ask = asker();
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
    expect(await judgeAll(references)).toEqual(new Set(['over']));
    expect(github.count()).toBe(200);
  });

  it('are two per run while the runs go on', async () => {
    expect(await judgeAll(many(false))).toEqual(new Set(['running']));
    expect(github.count()).toBe(400);
  });

  it('stop when GitHub is down: not each of 1,000 runs waits for it', async () => {
    const references = Array.from({ length: 1000 }, () => addRun().run).map((run) => reference(run));
    await github.down();
    const began = Date.now();
    expect(await judgeAll(references)).toEqual(new Set(['unknown']));
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
