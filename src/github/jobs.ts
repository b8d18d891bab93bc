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
  /** when that will be, in epoch milliseconds: for no longer is a rate limit waited for */
  readonly untilTime: number;
  /** asking rejects once it has fired */
  readonly cancelled: AbortSignal;
  /** the repository that the sweep itself runs in, `owner/name`; `''` when it is not known */
  readonly own: string;
}

/** Asks GitHub for jobs. */
export interface Jobs {
  /** Says of a job whether it is over. It never throws for what GitHub answers. */
  readonly judge: (job: JobReference) => Promise<Verdict>;
  /** why GitHub has said nothing of any job, where it was neither busy nor down: the token is wrong, or it is not GitHub */
  readonly refusal: () => string | undefined;
}

interface RunState {
  readonly repoId: number;
  readonly attempt: number;
  readonly completed: boolean;
  /** when this attempt began, and when anything of the run last changed, epoch milliseconds */
  readonly startedAt: number;
  readonly updatedAt: number;
}

/** What is said of one job: when it was completed, epoch milliseconds; null while it is not; undefined when it makes no sense. */
type JobState = number | null | undefined;

/** A page of the jobs of a run. */
interface JobsPage {
  /** by id */
  readonly states: Readonly<Record<string, JobState>>;
  readonly length: number;
  /** how many jobs all pages hold */
  readonly total: number;
}

/** What a request came to. `now`: GitHub's clock, epoch milliseconds; undefined when the answer does not tell. */
type Told<T> =
  | { readonly told: T; readonly now: number | undefined }
  | { readonly missing: true; readonly now: number | undefined }
  | Unknown;
interface Unknown {
  readonly unknown: string;
}

const attempts = 3;
const perPage = 100;
/** No run has more jobs than that many pages hold. */
const lastPage = 100;
const noTime = 'there was no time left to ask GitHub';
/** So many failures in a row mean that GitHub is down: more than one request has made. */
const downAfter = 2 * attempts;
/** GitHub stops who asks more than 900 times within a minute; others may use the same token. */
const pace = { requests: 800, within: 60_000 };

/**
 * One request per run answers for all its jobs once the run is completed; while it is not, one more per 100 jobs.
 */
export function jobs(api: Api, { grace, until, untilTime, cancelled, own }: JobsOptions): Jobs {
  const signal = AbortSignal.any([until, cancelled]);
  const asked = new Map<string, Promise<Told<unknown>>>();
  /** when the latest requests were made, epoch milliseconds */
  const made: number[] = [];
  /** until when a rate limit lets nothing through, epoch milliseconds */
  let limitedUntil = 0;
  /** why nothing more is asked, once that is so */
  let stopped: string | undefined;
  let failures = 0;
  let isAnswered = false;
  let refused: string | undefined;

  return {
    judge: async (job) => {
      const verdict = await ofJob(job);
      isAnswered ||= verdict.is !== 'unknown';
      return verdict;
    },
    refusal: () => (isAnswered ? undefined : refused),
  };

  async function ofJob(job: JobReference): Promise<Verdict> {
    const [owner = '', name = ''] = job.repo.split('/');
    if (!/^[\w.-]+\/[\w.-]+$/.test(job.repo) || [owner, name].some((part) => /^\.+$/.test(part))) {
      return unknown('its record names no repository');
    }
    // 0 is what a runner writes that does not know.
    if (job.run < 1 || job.attempt < 1) return unknown('its record names no run');
    const repository = at`/repos/${owner}/${name}`;
    const run = await once(`${repository}${at`/actions/runs/${job.run}`}`, (body) => readRun(body, job.run));
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
  }

  function judge(since: number, now: number | undefined): Verdict {
    // The runner's own clock may be hours ahead, and then a job that has just ended would have no grace.
    if (now === undefined) return unknown("GitHub's answer has no date: something in between has taken it away");
    return { is: now - since >= grace * 1000 ? 'over' : 'running' };
  }

  /** A run that is deleted is over; one that we may not see, or whose repository's name was taken, looks the same. */
  async function judgeMissing(job: JobReference, path: string, now: number | undefined): Promise<Verdict> {
    if (job.repoId === 0) return unknown('its record does not say which repository it was');
    const repository = await once(path, (body) => numberIn(body, 'id'));
    if ('unknown' in repository) return unknown(repository.unknown);
    if ('missing' in repository) return hidden(job, `the token may not see ${job.repo}, or it is gone`);
    if (repository.told !== job.repoId) {
      return unknown(`${job.repo} is no longer the same repository`);
    }
    const runs = await once(`${path}/actions/runs?per_page=1`, (body) => numberIn(body, 'total_count'));
    if ('unknown' in runs) return unknown(runs.unknown);
    if ('missing' in runs) return hidden(job, `the token may not see the runs of ${job.repo}`);
    return judge(job.iat * 1000, now);
  }

  /** What is hidden from the token may be another's; the sweep's own repository may not. */
  function hidden({ repo }: JobReference, why: string): Verdict {
    if (repo.toLowerCase() === own.toLowerCase()) refused ??= why;
    return unknown(why);
  }

  /** The run goes on; the job may be over all the same. */
  async function judgeJob(job: JobReference, path: string): Promise<Verdict> {
    for (let page = 1; page <= lastPage; page += 1) {
      const answer = await once(`${path}?per_page=${perPage}&page=${page}`, readJobs);
      if ('unknown' in answer) return unknown(answer.unknown);
      if ('missing' in answer) return unknown(`GitHub does not list the jobs of run ${job.run}`);
      const { states, length, total } = answer.told;
      if (Object.hasOwn(states, job.checkRun)) {
        const completedAt = states[job.checkRun];
        if (completedAt === undefined) return unknown(`GitHub says of job ${job.checkRun} what makes no sense`);
        return completedAt === null ? { is: 'running' } : judge(completedAt, answer.now);
      }
      if (length === 0 || page * perPage >= total) break;
    }
    return unknown(`GitHub does not list job ${job.checkRun} in run ${job.run}`);
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
    for (let attempt = 1; ;) {
      const mayAsk = await turn();
      cancelled.throwIfAborted();
      if (!mayAsk) return { unknown: stopped ?? noTime };
      let trouble: string;
      try {
        const answer = await ask(api, path, signal);
        if (isRateLimited(answer)) {
          limit(answer);
          continue;
        }
        if (answer.status < 500) {
          failures = 0;
          return tell(answer, read);
        }
        trouble = failed(`GitHub answered ${wordsOf(answer)}`);
      } catch (error) {
        if (signal.aborted) continue;
        trouble = failed(messageOf(error));
      }
      if (attempt === attempts) return { unknown: trouble };
      await pause(200 * 2 ** attempt * (0.5 + Math.random()));
      attempt += 1;
    }
  }

  /** Waits until one more request may be made. @returns false when none may be any more */
  async function turn(): Promise<boolean> {
    for (;;) {
      if (stopped !== undefined || signal.aborted) return false;
      const now = Date.now();
      while (made[0] !== undefined && made[0] <= now - pace.within) made.shift();
      const [first = now] = made;
      const next = Math.max(limitedUntil, made.length < pace.requests ? 0 : first + pace.within);
      if (next <= now) {
        made.push(now);
        return true;
      }
      // What is left is for ending what is over.
      if (next >= untilTime) stopped ??= noTime;
      else await pause(next - now);
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

  /** Holds up all requests until the limit has ended, or stops them where there is no time for that. */
  function limit(answer: Answer): void {
    const wait = Math.max(1000, rateLimitEnds(answer));
    limitedUntil = Math.max(limitedUntil, Date.now() + wait);
    if (limitedUntil < untilTime) return;
    stopped ??= `GitHub's rate limit is used up: ${wordsOf(answer)}; it ends in ${Math.ceil(wait / 1000)} s`;
  }

  function tell<T>(answer: Answer, read: (body: unknown) => T | undefined): Told<T> {
    const { status, headers, body } = answer;
    const date = Date.parse(headers.date ?? '');
    const now = Number.isFinite(date) ? date : undefined;
    if (status === 404 || status === 410) return { missing: true, now };
    if (status === 401 || status === 403) {
      const why = `GitHub ${status === 401 ? 'does not accept the token' : 'refuses the token'}: ${wordsOf(answer)}`;
      refused ??= why;
      if (status === 401) stopped ??= why;
      return { unknown: why };
    }
    const told = status === 200 ? read(body) : undefined;
    if (told !== undefined) return { told, now };
    const what = body === undefined ? 'what is no JSON' : 'JSON that says something else';
    const why = status === 200 ? `GitHub answered with ${what}` : `GitHub answered ${wordsOf(answer)}`;
    // Neither busy nor down: it will say the same to the next sweep.
    refused ??= why;
    return { unknown: why };
  }
}

function unknown(why: string): Verdict {
  return { is: 'unknown', why };
}

function readRun(body: unknown, run: number): RunState | undefined {
  const fields = (body ?? {}) as Readonly<Record<string, unknown>>;
  if (fields['id'] !== run) return undefined;
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

function readJobs(body: unknown): JobsPage | undefined {
  const { jobs: list } = (body ?? {}) as { jobs?: unknown };
  if (!Array.isArray(list)) return undefined;
  const total = numberIn(body, 'total_count') ?? (list.length < perPage ? 0 : perPage * lastPage);
  const states = list.map((each: unknown): [string, JobState] => {
    const { status } = (each ?? {}) as { status?: unknown };
    const id = String(numberIn(each, 'id'));
    if (typeof status !== 'string') return [id, undefined];
    return [id, status === 'completed' ? timeIn(each, 'completed_at') : null];
  });
  return { states: Object.fromEntries(states), length: list.length, total };
}

function numberIn(body: unknown, field: string): number | undefined {
  const value = ((body ?? {}) as Readonly<Record<string, unknown>>)[field];
  return Number.isSafeInteger(value) ? (value as number) : undefined;
}

function timeIn(body: unknown, field: string): number | undefined {
  const time = Date.parse(String(((body ?? {}) as Readonly<Record<string, unknown>>)[field]));
  return Number.isFinite(time) ? time : undefined;
}
