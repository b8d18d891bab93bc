/** Whether the job that a lease was minted for is over, asked of GitHub with as few requests as possible. */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../lease/errors.ts';
import { ask, at, isRateLimited, rateLimitEnds, wordsOf, type Api } from './api.ts';
import type { Answer } from './http.ts';

/** The job to ask for; as the lease record has it. */
export interface JobReference {
  /** `owner/name` */
  readonly repo: string;
  readonly repoId: number;
  readonly run: number;
  readonly attempt: number;
  /** 0 where it is not known (GitHub Enterprise Server): then the run attempt has to be over */
  readonly checkRun: number;
  /** when the lease was minted, epoch seconds */
  readonly iat: number;
}

/** `unknown` is never taken for over: it says that GitHub did not, or could not, tell. */
export type Verdict = { readonly is: 'over' | 'running' } | { readonly is: 'unknown'; readonly why: string };

export interface JobsOptions {
  /** seconds for which a job must have been over */
  readonly grace: number;
  /** GitHub is asked nothing more once it has fired: whoever is asked for then is unknown */
  readonly until: AbortSignal;
  /** asking rejects once it has fired */
  readonly cancelled: AbortSignal;
  /** what earlier steps of this job were told; is added to */
  readonly answers: Answers;
}

/** GitHub's answers by path, to be asked for again with their ETag: an unchanged answer does not count as a request. */
export type Answers = Map<string, { readonly etag: string; readonly told: unknown }>;

interface RunState {
  readonly repoId: number;
  readonly attempt: number;
  readonly completed: boolean;
  /** when this attempt began, and when anything of the run last changed, epoch milliseconds */
  readonly startedAt: number;
  readonly updatedAt: number;
}

/** What is said of one job: when it was completed, epoch milliseconds; null while it is not. */
type JobStates = Readonly<Record<string, number | null>>;

/** What a request came to. */
type Told<T> = { readonly told: T; readonly now: number } | { readonly missing: true; readonly now: number } | Unknown;
interface Unknown {
  readonly unknown: string;
}

const attempts = 3;
const perPage = 100;
/** The longest wait for a rate limit to end, in milliseconds. */
const longestWait = 30_000;
/** So many failures in a row mean that GitHub is down: more than one request has made. */
const downAfter = 2 * attempts;

/**
 * @returns says of a job whether it is over. One request per run answers for all its jobs once the run is completed;
 *   while it is not, one more per 100 jobs. It never throws for what GitHub answers.
 */
export function jobs(
  api: Api,
  { grace, until, cancelled, answers }: JobsOptions,
): (job: JobReference) => Promise<Verdict> {
  const signal = AbortSignal.any([until, cancelled]);
  const asked = new Map<string, Promise<Told<unknown>>>();
  /** why nothing more is asked, once that is so */
  let stopped: string | undefined;
  let failures = 0;

  return async (job) => {
    const [owner = '', name = ''] = job.repo.split('/');
    if (!/^[\w.-]+\/[\w.-]+$/.test(job.repo) || [owner, name].some((part) => /^\.+$/.test(part))) {
      return unknown('its record names no repository');
    }
    // 0 is what a runner writes that does not know.
    if (job.run < 1 || job.attempt < 1) return unknown('its record names no run');
    const repository = at`/repos/${owner}/${name}`;
    const run = await once(`${repository}${at`/actions/runs/${job.run}`}`, readRun);
    if ('unknown' in run) return unknown(run.unknown);
    if ('missing' in run) return await judgeMissing(job, repository, run.now);
    const { repoId, attempt, completed, startedAt, updatedAt } = run.told;
    // Another repository may have the name by now.
    if (job.repoId !== 0 && repoId !== job.repoId) return unknown(`${job.repo} is no longer the same repository`);
    if (attempt < job.attempt) return unknown(`GitHub does not know attempt ${job.attempt} of run ${job.run} yet`);
    // A run is run again only when it has come to its end.
    if (attempt > job.attempt) return judge(startedAt, run.now);
    if (completed) return judge(updatedAt, run.now);
    if (job.checkRun === 0) return { is: 'running' };
    return await judgeJob(job, `${repository}${at`/actions/runs/${job.run}/attempts/${job.attempt}/jobs`}`);
  };

  function judge(since: number, now: number): Verdict {
    return { is: now - since >= grace * 1000 ? 'over' : 'running' };
  }

  /** A run that is deleted is over; a repository that we may not see, or that has taken the name, has it not either. */
  async function judgeMissing(job: JobReference, path: string, now: number): Promise<Verdict> {
    if (job.repoId === 0) return unknown('its record does not say which repository it was');
    const repository = await once(path, (body) => numberIn(body, 'id'));
    if ('unknown' in repository) return unknown(repository.unknown);
    if ('missing' in repository) return unknown(`the token may not see ${job.repo}, or it is gone`);
    if (repository.told !== job.repoId) {
      return unknown(`${job.repo} is no longer the same repository`);
    }
    return judge(job.iat * 1000, now);
  }

  /** The run goes on; the job may be over all the same. */
  async function judgeJob(job: JobReference, path: string): Promise<Verdict> {
    for (let page = 1; ; page += 1) {
      const answer = await once(`${path}?per_page=${perPage}&page=${page}`, readJobs);
      if ('unknown' in answer) return unknown(answer.unknown);
      if ('missing' in answer) return unknown(`GitHub does not list the jobs of run ${job.run}`);
      const completedAt = answer.told[job.checkRun];
      if (completedAt === null) return { is: 'running' };
      if (completedAt !== undefined) return judge(completedAt, answer.now);
      if (Object.keys(answer.told).length < perPage) {
        return unknown(`GitHub does not list job ${job.checkRun} in run ${job.run}`);
      }
    }
  }

  /** Asks once for all who want to know. */
  async function once<T>(path: string, read: (body: unknown) => T | undefined): Promise<Told<T>> {
    let answer = asked.get(path);
    if (answer === undefined) {
      answer = get(path, read);
      asked.set(path, answer);
    }
    return (await answer) as Told<T>;
  }

  async function get<T>(path: string, read: (body: unknown) => T | undefined): Promise<Told<T>> {
    for (let attempt = 1; ; attempt += 1) {
      cancelled.throwIfAborted();
      if (until.aborted) stopped ??= 'there was no time left to ask GitHub';
      if (stopped !== undefined) return { unknown: stopped };
      const known = answers.get(path);
      const headers = known === undefined ? {} : { 'if-none-match': known.etag };
      let trouble: string;
      try {
        const answer = await ask(api, path, signal, { headers });
        if (answer.status < 500) {
          failures = 0;
          if (!isRateLimited(answer)) return tell(path, answer, read, known?.told as T | undefined);
          trouble = await waitFor(answer);
        } else {
          trouble = failed(`GitHub answered ${wordsOf(answer)}`);
        }
      } catch (error) {
        if (signal.aborted) continue;
        trouble = failed(messageOf(error));
      }
      if (attempt === attempts) return { unknown: trouble };
      await pause(200 * 2 ** attempt * (0.5 + Math.random()));
    }
  }

  /** Waits, or until the signal. */
  async function pause(milliseconds: number): Promise<void> {
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }

  function failed(trouble: string): string {
    failures += 1;
    if (failures >= downAfter) stopped ??= trouble;
    return trouble;
  }

  /** @returns the trouble, after the limit has ended or when it will not soon */
  async function waitFor(answer: Answer): Promise<string> {
    const wait = rateLimitEnds(answer);
    const trouble = `GitHub's rate limit is used up: ${wordsOf(answer)}`;
    if (wait > longestWait) stopped ??= `${trouble}; it ends in ${Math.ceil(wait / 1000)} s`;
    else await pause(wait);
    return trouble;
  }

  function tell<T>(
    path: string,
    answer: Answer,
    read: (body: unknown) => T | undefined,
    known: T | undefined,
  ): Told<T> {
    const { status, headers, body } = answer;
    const now = Date.parse(headers.date ?? '') || Date.now();
    if (status === 304 && known !== undefined) return { told: known, now };
    if (status === 404 || status === 410) return { missing: true, now };
    if (status === 401) {
      stopped = `GitHub does not accept the token: ${wordsOf(answer)}`;
      return { unknown: stopped };
    }
    const told = status === 200 ? read(body) : undefined;
    if (told === undefined) return { unknown: `GitHub answered ${wordsOf(answer)}` };
    if (headers.etag !== undefined) answers.set(path, { etag: headers.etag, told });
    return { told, now };
  }
}

function unknown(why: string): Verdict {
  return { is: 'unknown', why };
}

function readRun(body: unknown): RunState | undefined {
  const fields = (body ?? {}) as Readonly<Record<string, unknown>>;
  const repoId = numberIn(fields['repository'], 'id');
  const attempt = numberIn(body, 'run_attempt');
  const startedAt = timeIn(body, 'run_started_at');
  const updatedAt = timeIn(body, 'updated_at');
  const { status } = fields;
  if (repoId === undefined || attempt === undefined || startedAt === undefined || updatedAt === undefined)
    return undefined;
  return typeof status === 'string'
    ? { repoId, attempt, startedAt, updatedAt, completed: status === 'completed' }
    : undefined;
}

function readJobs(body: unknown): JobStates | undefined {
  const { jobs: list } = (body ?? {}) as { jobs?: unknown };
  if (!Array.isArray(list)) return undefined;
  const states = list.map((each: unknown): [string, number | null] | undefined => {
    const id = numberIn(each, 'id');
    const { status } = (each ?? {}) as { status?: unknown };
    const completedAt = timeIn(each, 'completed_at');
    if (id === undefined || typeof status !== 'string') return undefined;
    if (status !== 'completed') return [String(id), null];
    return completedAt === undefined ? undefined : [String(id), completedAt];
  });
  return states.includes(undefined) ? undefined : Object.fromEntries(states.filter((each) => each !== undefined));
}

function numberIn(body: unknown, field: string): number | undefined {
  const value = ((body ?? {}) as Readonly<Record<string, unknown>>)[field];
  return typeof value === 'number' ? value : undefined;
}

function timeIn(body: unknown, field: string): number | undefined {
  const time = Date.parse(String(((body ?? {}) as Readonly<Record<string, unknown>>)[field]));
  return Number.isFinite(time) ? time : undefined;
}
