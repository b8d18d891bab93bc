/** What there is at GitHub: repositories with their runs, and organizations. Tests make it, and change it in place. */
import { createSecretStore, type SecretStore } from './secrets.ts';

export interface Job {
  /** what `job.check_run_id` is in the job itself */
  id: number;
  name: string;
  run_attempt: number;
  status: 'queued' | 'in_progress' | 'completed' | 'waiting' | 'requested' | 'pending';
  conclusion: string | null;
  created_at: string;
  started_at: string;
  completed_at: string | null;
  runner_name: string | null;
}

export interface Attempt {
  status: string;
  conclusion: string | null;
  run_started_at: string;
  updated_at: string;
  jobs: Job[];
}

export interface Run {
  readonly id: number;
  name: string;
  created_at: string;
  /** the first attempt first */
  readonly attempts: Attempt[];
}

export interface Repository {
  readonly id: number;
  full_name: string;
  private: boolean;
  readonly runs: Map<number, Run>;
  readonly secrets: SecretStore;
  readonly environments: Map<string, SecretStore>;
}

export interface Organization {
  readonly id: number;
  readonly login: string;
  readonly secrets: SecretStore;
}

export interface RepositorySeed {
  readonly id?: number;
  /** `true` where it is left out */
  readonly private?: boolean;
  readonly environments?: readonly string[];
}

export interface RunSeed {
  readonly id?: number;
  readonly name?: string;
  /** one attempt in progress where it is left out */
  readonly attempts?: readonly AttemptSeed[];
}

/** What is left out is in progress, or follows from the attempt's status. */
export type AttemptSeed = Partial<Omit<Attempt, 'jobs'>> & { readonly jobs?: number | readonly Partial<Job>[] };

export interface World {
  readonly repositories: Map<number, Repository>;
  readonly organizations: Map<string, Organization>;
  addRepository(fullName: string, seed?: RepositorySeed): Repository;
  addOrganization(login: string): Organization;
  addRun(repository: Repository, seed?: RunSeed): Run;
  /** Ends a job; the attempt goes on. */
  completeJob(job: Job, conclusion?: string): void;
  /** Ends an attempt and those of its jobs that have not ended. */
  completeAttempt(attempt: Attempt, conclusion?: string): void;
  /** A further attempt of all jobs, in progress. */
  rerun(run: Run): Attempt;
  /** The former name leads to the new one from now on, until another repository takes it. */
  rename(repository: Repository, fullName: string): void;
  /** @returns also whether that is a former name */
  readonly findRepository: (
    fullName: string,
  ) => { readonly repository: Repository; readonly moved: boolean } | undefined;
}

/** @param now the server's clock, in milliseconds */
export function createWorld(now: () => number): World {
  const repositories = new Map<number, Repository>();
  const organizations = new Map<string, Organization>();
  const formerNames = new Map<string, number>();
  let lastId = 1_000_000;
  const nextId = (): number => ++lastId;
  const time = (): string => timestamp(now());

  const makeJob = (attempt: Omit<Attempt, 'jobs'>, number: number, seed: Partial<Job>): Job => {
    const status = seed.status ?? (attempt.status as Job['status']);
    const over = status === 'completed';
    return {
      id: nextId(),
      name: 'build',
      run_attempt: number,
      status,
      conclusion: over ? (attempt.conclusion ?? 'success') : null,
      created_at: attempt.run_started_at,
      started_at: attempt.run_started_at,
      completed_at: over ? attempt.updated_at : null,
      runner_name: status === 'queued' ? null : 'GitHub Actions 7',
      ...seed,
    };
  };

  const makeAttempt = ({ jobs = 1, ...seed }: AttemptSeed, number: number): Attempt => {
    const status = seed.status ?? 'in_progress';
    const conclusion = status === 'completed' ? 'success' : null;
    const attempt = { status, conclusion, run_started_at: time(), updated_at: time(), ...seed };
    const seeds = typeof jobs === 'number' ? Array.from({ length: jobs }, (_, i) => ({ name: `build (${i})` })) : jobs;
    return { ...attempt, jobs: seeds.map((job) => makeJob(attempt, number, job)) };
  };

  const completeJob = (job: Job, conclusion = 'success'): void => {
    Object.assign(job, { status: 'completed', conclusion, completed_at: time() });
  };

  const byName = (fullName: string): Repository | undefined =>
    repositories.values().find((repository) => same(repository.full_name, fullName));

  return {
    repositories,
    organizations,
    addRepository(fullName, seed = {}) {
      const repository: Repository = {
        id: seed.id ?? nextId(),
        full_name: fullName,
        private: seed.private ?? true,
        runs: new Map(),
        secrets: createSecretStore(),
        environments: new Map((seed.environments ?? []).map((name) => [name, createSecretStore()])),
      };
      repositories.set(repository.id, repository);
      return repository;
    },
    addOrganization(login) {
      const organization = { id: nextId(), login, secrets: createSecretStore() };
      organizations.set(login.toLowerCase(), organization);
      return organization;
    },
    addRun(repository, seed = {}) {
      const attempts = (seed.attempts ?? [{}]).map((attempt, i) => makeAttempt(attempt, i + 1));
      const run = { id: seed.id ?? nextId(), name: seed.name ?? 'CI', created_at: time(), attempts };
      repository.runs.set(run.id, run);
      return run;
    },
    completeJob,
    completeAttempt(attempt, conclusion = 'success') {
      for (const job of attempt.jobs) if (job.status !== 'completed') completeJob(job, conclusion);
      Object.assign(attempt, { status: 'completed', conclusion, updated_at: time() });
    },
    rerun(run) {
      const jobs = run.attempts.at(-1)?.jobs.map(({ name }) => ({ name })) ?? [];
      const attempt = makeAttempt({ jobs }, run.attempts.length + 1);
      run.attempts.push(attempt);
      return attempt;
    },
    rename(repository, fullName) {
      formerNames.set(repository.full_name.toLowerCase(), repository.id);
      Object.assign(repository, { full_name: fullName });
    },
    findRepository(fullName) {
      const repository = byName(fullName);
      if (repository !== undefined) return { repository, moved: false };
      const former = repositories.get(formerNames.get(fullName.toLowerCase()) ?? 0);
      return former && { repository: former, moved: true };
    },
  };
}

/** GitHub's times are whole seconds. */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
