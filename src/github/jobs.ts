/** Whether the job that a lease was minted for is over, asked of GitHub with as few requests as possible. */
import { messageOf } from '../lease/errors.ts';
import { isRateLimited, NotGithub, timeOf, wordsOf, type Answer, type Api } from './api.ts';
import { Github } from './client.ts';
import type { Octokit } from './octokit.ts';
import { noTime } from './traffic.ts';

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
  /** for how long a job must have been over */
  readonly graceSeconds: number;
  /** GitHub is asked nothing more once it has fired: a job that is asked for then is unknown */
  readonly until: AbortSignal;
  /** when that will be, in epoch milliseconds: a rate limit is waited for until then at most */
  readonly untilMs: number;
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
  readonly startedMs: number;
  readonly updatedMs: number;
}

/** What is said of one job: when it was completed, epoch milliseconds; null while it is not; undefined when GitHub's words cannot be read. */
type JobState = number | null | undefined;

/** A page of the jobs of a run. */
interface JobsPage {
  /** by id */
  readonly states: Readonly<Record<string, JobState>>;
  readonly length: number;
  /** how many jobs all pages hold */
  readonly total: number;
}

/** What a request came to. `nowMs`: GitHub's clock, epoch milliseconds; undefined when the answer does not tell. */
type Told<T> =
  | { readonly told: T; readonly nowMs: number | undefined }
  | { readonly missing: true; readonly nowMs: number | undefined }
  | Unknown;
interface Unknown {
  readonly unknown: string;
}

const retries = 2;
/** More failures in a row than one request has made mean that GitHub is down. */
const downAfter = 2 * (retries + 1);
const perPage = 100;
/** No run has more jobs than so many pages hold. */
const lastPage = 100;

/**
 * Asks with one request for all jobs of a run that is completed; while it is not, with one more for each 100 jobs.
 */
export function jobs(api: Api, options: JobsOptions): Jobs {
  const questions = new Questions(api, options);
  let isAnswered = false;
  return {
    judge: async (job) => {
      const verdict = await judge(job, questions, options);
      isAnswered ||= verdict.is !== 'unknown';
      return verdict;
    },
    refusal: () => (isAnswered ? undefined : questions.refused),
  };
}

async function judge(job: JobReference, questions: Questions, options: JobsOptions): Promise<Verdict> {
  const [owner = '', repo = ''] = job.repo.split('/');
  if (!/^[\w.-]+\/[\w.-]+$/.test(job.repo) || [owner, repo].some((part) => /^\.+$/.test(part))) {
    return unknown('its record names no repository');
  }
  // 0 is what a runner writes that does not know.
  if (job.run < 1 || job.attempt < 1) return unknown('its record names no run');
  const run = await questions.run(owner, repo, job.run);
  if ('unknown' in run) return unknown(run.unknown);
  if ('missing' in run) return await judgeMissing(job, run.nowMs, questions, options);
  const { repoId, attempt, completed, startedMs, updatedMs } = run.told;
  // Another repository may have the name by now.
  if (job.repoId !== 0 && repoId !== job.repoId) return unknown(`${job.repo} is no longer the same repository`);
  if (attempt < job.attempt) return unknown(`GitHub does not know attempt ${job.attempt} of run ${job.run} yet`);
  // A run is started again only after it has ended.
  if (attempt > job.attempt) return overSince(startedMs, run.nowMs, options);
  if (completed) return overSince(updatedMs, run.nowMs, options);
  if (job.checkRun === 0) return { is: 'running' };
  return await judgeListed(job, questions, options);
}

function overSince(sinceMs: number, nowMs: number | undefined, { graceSeconds }: JobsOptions): Verdict {
  // The runner's own clock may be hours ahead, and then a job that has just ended would have no grace.
  if (nowMs === undefined) return unknown("GitHub's answer has no date: something in between has taken it away");
  return { is: nowMs - sinceMs >= graceSeconds * 1000 ? 'over' : 'running' };
}

/** A run that is deleted is over. One that the token may not see, or whose repository's name was taken, looks the same. */
async function judgeMissing(
  job: JobReference,
  nowMs: number | undefined,
  questions: Questions,
  options: JobsOptions,
): Promise<Verdict> {
  if (job.repoId === 0) return unknown('its record does not say which repository it was');
  const [owner = '', repo = ''] = job.repo.split('/');
  const repoId = await questions.repositoryId(owner, repo);
  if ('unknown' in repoId) return unknown(repoId.unknown);
  if ('missing' in repoId) return hidden(`the token may not see ${job.repo}, or it is gone`);
  if (repoId.told !== job.repoId) return unknown(`${job.repo} is no longer the same repository`);
  const runs = await questions.countRuns(owner, repo);
  if ('unknown' in runs) return unknown(runs.unknown);
  if ('missing' in runs) return hidden(`the token may not see the runs of ${job.repo}`);
  return overSince(job.iat * 1000, nowMs, options);

  /** What is hidden from the token may be another's; the sweep's own repository may not. */
  function hidden(why: string): Verdict {
    if (job.repo.toLowerCase() === options.own.toLowerCase()) questions.refused ??= why;
    return unknown(why);
  }
}

/** The run goes on. The job may be over nevertheless. */
async function judgeListed(job: JobReference, questions: Questions, options: JobsOptions): Promise<Verdict> {
  for (let page = 1; page <= lastPage; page += 1) {
    const answer = await questions.jobsOf(job, page);
    if ('unknown' in answer) return unknown(answer.unknown);
    if ('missing' in answer) return unknown(`GitHub does not list the jobs of run ${job.run}`);
    const { states, length, total } = answer.told;
    if (Object.hasOwn(states, job.checkRun)) {
      const completedMs = states[job.checkRun];
      if (completedMs === undefined) return unknown(`GitHub says of job ${job.checkRun} what makes no sense`);
      return completedMs === null ? { is: 'running' } : overSince(completedMs, answer.nowMs, options);
    }
    if (length === 0 || page * perPage >= total) break;
  }
  return unknown(`GitHub does not list job ${job.checkRun} in run ${job.run}`);
}

/** What GitHub is asked for. It is asked once for all who want to know the same. */
class Questions {
  /** why GitHub will not say more to the next sweep either: the first reason */
  refused: string | undefined;
  readonly #github: Github;
  readonly #cancelled: AbortSignal;
  readonly #asked = new Map<string, Promise<Told<unknown>>>();

  constructor(api: Api, { until, untilMs, cancelled }: JobsOptions) {
    const signal = AbortSignal.any([until, cancelled]);
    this.#github = new Github(api, { signal, retries, downAfter, latestMs: () => untilMs });
    this.#cancelled = cancelled;
  }

  async run(owner: string, repo: string, run: number): Promise<Told<RunState>> {
    return await this.#once(
      `${owner}/${repo} ${run}`,
      async ({ rest }) => await rest.actions.getWorkflowRun({ owner, repo, run_id: run }),
      (body) => readRun(body, run),
    );
  }

  async jobsOf({ repo: name, run, attempt }: JobReference, page: number): Promise<Told<JobsPage>> {
    const [owner = '', repo = ''] = name.split('/');
    const of = { owner, repo, run_id: run, attempt_number: attempt, per_page: perPage, page };
    return await this.#once(
      `${name} ${run} ${attempt} ${page}`,
      async ({ rest }) => await rest.actions.listJobsForWorkflowRunAttempt(of),
      readJobs,
    );
  }

  async repositoryId(owner: string, repo: string): Promise<Told<number>> {
    return await this.#once(
      `${owner}/${repo}`,
      async ({ rest }) => await rest.repos.get({ owner, repo }),
      (body) => numberIn(body, 'id'),
    );
  }

  async countRuns(owner: string, repo: string): Promise<Told<number>> {
    return await this.#once(
      `${owner}/${repo} runs`,
      async ({ rest }) => await rest.actions.listWorkflowRunsForRepo({ owner, repo, per_page: 1 }),
      (body) => numberIn(body, 'total_count'),
    );
  }

  async #once<T>(
    key: string,
    request: (octokit: Octokit) => ReturnType<Octokit['request']>,
    read: (body: unknown) => T | undefined,
  ): Promise<Told<T>> {
    let answer = this.#asked.get(key);
    if (answer === undefined) {
      answer = this.#ask(request, read);
      this.#asked.set(key, answer);
    }
    return (await answer) as Told<T>;
  }

  async #ask<T>(
    request: (octokit: Octokit) => ReturnType<Octokit['request']>,
    read: (body: unknown) => T | undefined,
  ): Promise<Told<T>> {
    try {
      return this.#tell(await this.#github.ask(request), read);
    } catch (error) {
      this.#cancelled.throwIfAborted();
      const { stopped, signal } = this.#github.traffic;
      if (error instanceof NotGithub) this.refused ??= error.message;
      return { unknown: stopped ?? (signal.aborted ? noTime : messageOf(error)) };
    }
  }

  #tell<T>(answer: Answer, read: (body: unknown) => T | undefined): Told<T> {
    const { traffic } = this.#github;
    const { status, headers, body } = answer;
    const nowMs = timeOf(headers);
    if (status === 404 || status === 410) return { missing: true, nowMs };
    if (isRateLimited(answer)) return { unknown: traffic.stopped ?? `GitHub answered ${wordsOf(answer)}` };
    if (status === 401 || status === 403) {
      const why = `GitHub ${status === 401 ? 'does not accept the token' : 'refuses the token'}: ${wordsOf(answer)}`;
      if (status === 401) traffic.stop(why);
      return this.#refuse(why);
    }
    if (status !== 200) {
      const why = `GitHub answered ${wordsOf(answer)}`;
      return status < 500 ? this.#refuse(why) : { unknown: why };
    }
    const told = read(body);
    return told === undefined ? this.#refuse('GitHub answered with JSON that says something else') : { told, nowMs };
  }

  /** GitHub is neither busy nor down: it will say the same to the next sweep. */
  #refuse(why: string): Unknown {
    this.refused ??= why;
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
  const startedMs = timeIn(body, 'run_started_at');
  const updatedMs = timeIn(body, 'updated_at');
  const { status } = fields;
  if (repoId === undefined || attempt === undefined || startedMs === undefined || updatedMs === undefined)
    return undefined;
  return typeof status === 'string'
    ? { repoId, attempt, startedMs, updatedMs, completed: status === 'completed' }
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
