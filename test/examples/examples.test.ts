/** Every workflow in examples/ runs as it stands, on a real server, hands nothing secret to the log, and leaves nothing. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget } from '../contract/mysql-target.ts';
import { postgresServers } from '../contract/postgres-target.ts';
import type { ContractTarget } from '../contract/contract.ts';
import { runWorkflow, type JobResult } from '../runner/index.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';

const checkout = join(import.meta.dirname, '..', '..');

const mysqlServer = findMysql();
const mariadbServer = findMariadb();

interface Example {
  readonly start: () => Promise<ContractTarget>;
  /** the name of the secret that holds root */
  readonly secret: string;
  /** the id of the step that mints */
  readonly step: string;
  /** a line that the job's client prints with its credential in it */
  readonly masked: string;
}

const examples: Readonly<Record<string, Example>> = {
  'postgres.yml': {
    start: async () => {
      const [embedded] = postgresServers();
      if (embedded === undefined) throw new Error('there is no PostgreSQL to start');
      return await embedded.start();
    },
    secret: 'BILLING_DB_ROOT',
    step: 'db',
    masked: 'Connecting to ***',
  },
  'mysql.yml': {
    start: async () => {
      if (mysqlServer === undefined) throw new Error('there is no MySQL to start');
      return await startTarget('mysql', mysqlServer);
    },
    secret: 'BILLING_DB_ROOT',
    step: 'db',
    masked: 'Connecting to ***',
  },
  'mariadb.yml': {
    start: async () => {
      if (mariadbServer === undefined) throw new Error('there is no MariaDB to start');
      return await startTarget('mariadb', mariadbServer);
    },
    secret: 'BILLING_DB_ROOT',
    step: 'db',
    masked: 'Connecting to ***',
  },
};
/** What cannot run here; a machine without these servers has said so. */
const absent = new Set([
  ...(mysqlServer === undefined ? ['mysql.yml'] : []),
  ...(mariadbServer === undefined ? ['mariadb.yml'] : []),
]);
const runnable = Object.entries(examples).filter(([file]) => !absent.has(file));

/** Examples of several jobs, which run in tests of their own: test/aws/, test/sweep/, test/rotate/. */
const elsewhere = new Set(['aws.yml', 'sweep.yml', 'rotate-root.yml']);

it('covers every example', () => {
  const files = readdirSync(join(checkout, 'examples')).filter((name) => name.endsWith('.yml') && !elsewhere.has(name));
  expect(Object.keys(examples).toSorted()).toEqual(files.toSorted());
});

describe.each(runnable)('examples/%s', (file, example) => {
  let target: ContractTarget;
  let accounts: string[];
  let job: JobResult;
  let outputs: Record<string, string>;

  beforeAll(async () => {
    target = await example.start();
    accounts = await target.accounts();
    const options = { workspace: checkout, secrets: { [example.secret]: target.root } };
    const { jobs } = await runWorkflow(join(checkout, 'examples', file), options).done;
    const [only] = Object.values(jobs);
    if (only === undefined) throw new Error('the workflow has no job');
    job = only;
    outputs = job.steps.find(({ id, phase }) => id === example.step && phase === 'main')?.outputs ?? {};
  });

  afterAll(async () => {
    await target[Symbol.asyncDispose]();
  });

  it('succeeds, its post step too', () => {
    expect(job).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(job.steps.filter(({ phase }) => phase === 'post')).toMatchObject([{ conclusion: 'success' }]);
    expect(job.log).toMatch(/: revoked\./);
  });

  it('shows no secret in its log, its summary and the command lines of its processes', async () => {
    expect(job.log).toContain(example.masked);
    const { password } = outputs;
    if (password === undefined || password === '') throw new Error('there is no password to look for');
    const lines = job.processes.map(({ argv }) => argv.join(' '));
    const seen = [job.log, job.summary, JSON.stringify(job.annotations), ...lines, await target.statementLog()];
    for (const text of seen) {
      expect(text).not.toContain(password);
      expect(text).not.toContain(target.rootSecret);
    }
  });

  it('leaves a login that is refused, and no account', async () => {
    await expect(target.login(outputs)).rejects.toThrow();
    expect(await target.exists(outputs['principal'] ?? '')).toBe(false);
    expect(await target.accounts()).toEqual(accounts);
  });
});
