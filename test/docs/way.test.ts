/**
 * A stranger's way: what the pages say is pasted as it stands, as an administrator of a fresh server, with nothing set up
 * beside it; then the README's job and the examples run. A reader puts in the server's name, who signed its certificate
 * and how far that is checked, and so do these tests.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { runSteps, runWorkflow, type JobResult } from '../runner/index.ts';
import { startGithub, type GithubServer } from '../services/github/index.ts';
import type { Repository } from '../services/github/world.ts';
import { installedPostgres } from '../services/postgres.ts';
import { skipped } from '../services/skipped.ts';
import { block } from './blocks.ts';
import { findMysqlWay, findPostgresWay, type Way } from './servers.ts';
import { read } from './tree.ts';

/**
 * Runs a workflow with the secret that the desk has stored. It must be green, post step and all, without a warning; show
 * no secret; and leave nothing that works.
 */
async function green(way: Way, workflow: string, during?: () => void): Promise<JobResult> {
  const root = way.desk.secret('BILLING_DB_ROOT');
  using file = temporaryFile(way.filledIn(workflow));
  const { jobs } = await runWorkflow(file.path, {
    secrets: { BILLING_DB_ROOT: root },
    env: { ...way.env },
    onStep: ({ phase, event, step }) => {
      if (phase === 'main' && event === 'end' && step === 'db') during?.();
    },
  }).done;
  const [job] = Object.values(jobs);
  if (job === undefined) throw new Error('the workflow has no job');
  const { conclusion, annotations, log, summary } = job;
  expect({ conclusion, annotations, log }).toMatchObject({ conclusion: 'success', annotations: [] });
  expect(log).toMatch(/^\w+\/job\/jl_\w+: revoked\.$/m);

  const outputs = job.steps.find(({ id, phase }) => id === 'db' && phase === 'main')?.outputs ?? {};
  const { password = '' } = outputs;
  expect(password).toMatch(/^[\w-]{32,}$/);
  const shown = [log, summary, ...job.processes.map(({ argv }) => argv.join(' '))];
  for (const secret of [password, ...root.split('\n').map(passwordIn)]) {
    for (const text of shown) expect(text).not.toContain(secret);
  }
  expect(way.log()).not.toContain(password);
  await expect(way.login(outputs)).rejects.toThrow(/password authentication failed|Access denied/);
  expect(await way.leases()).toEqual([]);
  return job;
}

/** A job whose runner dies while it has a lease, which is over soon. @returns its secret */
async function leaveBehind(way: Way, workflow: string, root = way.desk.secret('BILLING_DB_ROOT')): Promise<string> {
  const steps = way
    .filledIn(workflow)
    .replace(/ttl: \w+/, 'ttl: 1s')
    .replace(/run: psql.*/, 'run: echo stuck; sleep 60');
  using file = temporaryFile(steps);
  const run = runWorkflow(file.path, { secrets: { BILLING_DB_ROOT: root }, env: { ...way.env } });
  await run.waitFor(/^stuck/, 60_000);
  run.kill();
  await run.done;
  expect(await way.leases()).toHaveLength(1);
  await sleep(1500);
  return root;
}

/** The workflow of docs/first-hour.md, with a GitHub that knows the environment, and in place of the App's action its token. */
async function lookAfter(way: Way, github: GithubServer, app: Repository, workflow: string) {
  const token = github.addToken({ kind: 'app', repositories: [app], permissions: { environments: 'write' } });
  const before = way.desk.calls().length;
  using action = temporaryFile(
    `name: token
description: token
inputs: { client-id: { required: true }, private-key: { required: true }, permission-environments: { required: true } }
outputs: { token: { value: '${token}' } }
runs: { using: composite, steps: [] }
`,
    'action.yml',
  );
  using file = temporaryFile(way.filledIn(workflow));
  const { conclusion, jobs } = await runWorkflow(file.path, {
    repositories: { 'actions/create-github-app-token': dirname(action.path) },
    secrets: {
      BILLING_DB_ROOT: github.secretValue('octo/app/production', 'BILLING_DB_ROOT') ?? '',
      ROTATION_APP_KEY: way.desk.secret('ROTATION_APP_KEY'),
    },
    vars: { ROTATION_APP_CLIENT_ID: 'Iv23liXXXXXXXXXXXXXX' },
    github: { api_url: github.url, repository: 'octo/app', token: github.addToken({ kind: 'job', repository: app }) },
    env: { ...way.env, GH_DIRECTORY: way.desk.directory },
  }).done;
  const secret = github.secretValue('octo/app/production', 'BILLING_DB_ROOT');
  return { conclusion, jobs, secret, calls: way.desk.calls().length - before };
}

/** Ends what is over, with this secret's successor. */
async function sweep(way: Way, old: string, adminRole: string): Promise<void> {
  const root = way.desk.secret('BILLING_DB_ROOT');
  expect(root).not.toBe(old);
  const steps = `
    - uses: OWNER/joblease/actions/sweep@v1
      with: { engine: postgres, root: "\${{ secrets.ROOT }}", admin-role: ${adminRole}, orphans: false }`;
  const { conclusion, log } = await runSteps(steps, { secrets: { ROOT: root }, env: { ...way.env } }).done;
  expect({ conclusion, log }).toMatchObject({ conclusion: 'success' });
  expect(await way.leases()).toEqual([]);
}

function temporaryFile(text: string, name = 'workflow.yml'): Disposable & { path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'way-'));
  const path = join(directory, name);
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

function passwordIn(url: string): string {
  const [, password = ''] = /:\/\/[^:]+:([^@]+)@/.exec(url) ?? [];
  if (password.length < 32) throw new Error('the secret holds no URL with a password');
  return password;
}

// Each installs a server of its own, or waits for one that other tests use.
vi.setConfig({ testTimeout: 900_000 });

const startPostgresWay = findPostgresWay();
/** On a PostgreSQL without anything in it. @param bin where `initdb` is; default: the embedded PostgreSQL 18 */
async function start(bin?: string): Promise<Way> {
  if (startPostgresWay === undefined) throw new Error('there is no psql');
  return await startPostgresWay(bin);
}

const postgres = {
  environment: block('README.md § The first job sh #1'),
  sql: block('README.md § The first job sql #1'),
  secret: block('README.md § The first job sh #2'),
  job: block('README.md § The first job yaml #1'),
  older: block('docs/postgres.md § PostgreSQL 15 sql #1'),
  existing: block('docs/postgres.md § A database that is there already sql #1'),
};

/** The same, with what the README has before its job. */
async function setUp(): Promise<Way> {
  const way = await start();
  way.desk.pasteInto('psql', postgres.sql);
  way.desk.paste(postgres.secret);
  return way;
}

describe.skipIf(startPostgresWay === undefined)('PostgreSQL', () => {
  it('is the same in the README and in docs/postgres.md', () => {
    expect(block('docs/postgres.md § PostgreSQL 16 and newer sql #1')).toBe(postgres.sql);
    expect(block('docs/postgres.md § The password and the secret sh #1')).toBe(postgres.secret);
  });

  it('is green from the README alone', async () => {
    await using way = await start();
    way.desk.paste(postgres.environment);
    way.desk.pasteInto('psql', postgres.sql);
    way.desk.paste(postgres.secret);
    await green(way, postgres.job);
    expect((await green(way, read('examples/postgres.yml'))).log).toContain('ALTER TABLE');

    expect(way.log()).not.toContain(passwordIn(way.desk.secret('BILLING_DB_ROOT')));
    const tables = "SELECT tablename, tableowner FROM pg_tables WHERE schemaname = 'public'";
    expect(await way.query(tables, 'billing')).toEqual([{ tablename: 'invoice', tableowner: 'billing_owner' }]);
  });

  const oldest = installedPostgres().find(({ version }) => version === '15');
  it.skipIf(oldest === undefined)('is green on PostgreSQL 15', async () => {
    await using way = await start(oldest?.bin);
    way.desk.pasteInto('psql', postgres.older);
    way.desk.paste(postgres.secret);
    await green(way, postgres.job);
    expect((await green(way, read('examples/postgres.yml'))).log).toContain('ALTER TABLE');
  });

  it('is green with a database that is there already, and its application goes on', async () => {
    await using way = await start();
    way.desk.pasteInto(
      'psql',
      `CREATE ROLE billing_app LOGIN PASSWORD 'of-the-application'; CREATE DATABASE billing;
       \\connect billing
       CREATE TABLE invoice (id bigint PRIMARY KEY); ALTER TABLE invoice OWNER TO billing_app;`,
    );
    way.desk.pasteInto('psql', postgres.sql.replace(/^CREATE DATABASE.*\n/m, ''));
    way.desk.pasteInto('psql', postgres.existing);
    way.desk.paste(postgres.secret);
    expect((await green(way, read('examples/postgres.yml'))).log).toContain('ALTER TABLE');
    await way.query('SET ROLE billing_app; INSERT INTO invoice (id, due) VALUES (1, now())', 'billing');
  });

  it('needs no superuser, as on a hosting service', async () => {
    await using way = await start();
    await way.query("CREATE ROLE administrator LOGIN CREATEROLE CREATEDB PASSWORD 'of-the-administrator'");
    const prefix = '\\connect postgresql://administrator:of-the-administrator@/postgres\n';
    way.desk.pasteInto('psql', prefix + postgres.sql);
    way.desk.paste(postgres.secret.replace('<<SQL &&\n', `<<SQL &&\n${prefix}`));
    expect((await green(way, read('examples/postgres.yml'))).log).toContain('ALTER TABLE');
  });

  const first = {
    password: block('docs/first-hour.md § A password of your own bash #1'),
    app: block('docs/first-hour.md § The GitHub App sh #1'),
    workflow: block('docs/first-hour.md § The workflow yaml #1'),
    pair: block('docs/first-hour.md § From one login to a pair sh #1'),
    drop: block('docs/first-hour.md § From one login to a pair sql #1'),
    shut: block('docs/first-hour.md § From one login to a pair sql #2'),
  };
  it('takes any password by one line', async () => {
    await using way = await setUp();
    const password = 'p@ss/w:r?d#%&+ "é and 32 characters';
    await way.query(`ALTER ROLE joblease PASSWORD '${password}'`);
    way.desk.type(first.password, `${password}\n`);
    expect(way.desk.secret('BILLING_DB_ROOT')).toContain(encodeURIComponent(password));
    await green(way, postgres.job);
  });

  it('goes from one login to a pair while a lease lives', async () => {
    await using way = await setUp();
    const old = way.desk.secret('BILLING_DB_ROOT');
    const job = await green(way, postgres.job, () => way.desk.paste(first.pair));
    expect(job.log).toContain('CREATE TABLE');
    await leaveBehind(way, postgres.job, old);
    await sweep(way, old, 'joblease_admin');
    way.desk.pasteInto('psql', first.drop);
    await green(way, postgres.job);
  });

  it('makes a login that minted by itself the role that a pair acts as', async () => {
    await using way = await start();
    const alone = postgres.sql
      .replaceAll('joblease_admin', 'joblease')
      .replace(/^CREATE ROLE joblease LOGIN NOINHERIT;\n.*\n/m, 'ALTER ROLE joblease LOGIN;\n');
    const without = postgres.job.replace('admin-role: joblease_admin, ', '');
    way.desk.pasteInto('psql', alone);
    way.desk.paste(postgres.secret);
    await green(way, without);
    const old = await leaveBehind(way, without);
    way.desk.paste(first.pair.replace('GRANT joblease_admin', 'GRANT joblease'));
    way.desk.pasteInto('psql', first.shut);
    await sweep(way, old, 'joblease');
    const { conclusion } = await green(way, postgres.job.replace('joblease_admin', 'joblease'));
    expect(conclusion).toBe('success');
  });

  it('is swept and rotated by the first hour’s workflow, which tells when one of them is red', async () => {
    await using way = await setUp();
    writeFileSync(join(way.desk.directory, 'joblease.private-key.pem'), 'the-key-0123456789');
    way.desk.paste(first.app);
    expect(way.desk.secret('ROTATION_APP_KEY')).toBe('the-key-0123456789');
    await leaveBehind(way, postgres.job);
    const stored = way.desk.secret('BILLING_DB_ROOT');
    await using github = await startGithub();
    const app = github.addRepository('octo/app', { environments: ['production'] });
    github.setSecret('octo/app/production', 'BILLING_DB_ROOT', stored);
    const asked = await lookAfter(way, github, app, first.workflow);
    expect(asked.jobs['sweep']).toMatchObject({ conclusion: 'success' });
    expect(asked.jobs['sweep']?.log).toContain('1 revoked');
    expect(await way.leases()).toEqual([]);
    expect(asked.jobs['rotate']).toMatchObject({ conclusion: 'success' });
    expect(asked.jobs['rotate']?.log).toContain('Start another run');
    expect(asked).toMatchObject({ conclusion: 'success', calls: 0 });
    expect(asked.secret).toContain(stored.trim());

    const { conclusion, jobs, secret, calls } = await lookAfter(way, github, app, first.workflow);
    expect({ conclusion, log: jobs['rotate']?.log }).toMatchObject({ conclusion: 'success' });
    expect(jobs['rotate']?.log).toContain('Root was rotated');
    expect(secret).not.toContain(stored.trim());
    expect(jobs['tell']?.conclusion).toBe('skipped');
    expect(calls).toBe(0);

    await way.query('ALTER ROLE joblease NOLOGIN');
    const failed = await lookAfter(way, github, app, first.workflow);
    expect(failed.conclusion).toBe('failure');
    expect(failed.jobs['tell']?.conclusion).toBe('success');
    expect(failed.calls).toBe(1);
  });
});

describe.each(['mysql', 'mariadb'] as const)('%s', (kind) => {
  const startWay = findMysqlWay(kind);
  if (startWay === undefined) {
    skipped(`${kind} and its client`);
    return;
  }
  const page = `docs/${kind}.md`;
  const blocks = {
    reaper: block(`${page} § Quick start sh #1`),
    secret: block(`${page} § The password and the secret sh #1`),
    sql: block(`${page} § The root login sql #1`),
    grants: block(`${page} § The root login sql #2`),
    proxies: block(`${page} § Proxy users sql #1`),
  };

  it(`is green from ${page} alone`, async () => {
    await using way = await startWay();
    way.desk.paste(blocks.reaper);
    way.desk.paste(blocks.secret);
    way.desk.pasteInto(kind, blocks.sql);
    way.desk.pasteInto(kind, blocks.grants);
    // A person does not copy a workflow within the five seconds to the reaper's first round.
    while ((await way.query('SELECT at FROM joblease.heartbeat')).length === 0) await sleep(100);
    const job = await green(way, read(`examples/${kind}.yml`));
    expect(job.summary).toContain('full');

    expect(way.log()).not.toContain(passwordIn(way.desk.secret('BILLING_DB_ROOT')));
    const tables = "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'billing' ORDER BY 1";
    expect(await way.query(tables)).toEqual([{ name: 'invoice' }, { name: 'reminder' }]);

    way.desk.pasteInto(kind, blocks.proxies);
    if (kind === 'mysql') way.desk.pasteInto(kind, block('docs/mysql.md § What revocation does sql #1'));

    // A block that fails leaves the secret as it is.
    const stored = way.desk.secret('BILLING_DB_ROOT');
    expect(() => way.desk.paste(blocks.secret)).toThrow(/ERROR 1396/);
    expect(way.desk.secret('BILLING_DB_ROOT')).toBe(stored);

    if (kind === 'mysql') return;
    const pair = block('docs/first-hour.md § From one login to a pair sh #2');
    await green(way, read(`examples/${kind}.yml`), () => way.desk.paste(pair));
    await way.query(`DROP USER 'joblease'@'%'`);
    await green(way, read(`examples/${kind}.yml`));
  });
});
