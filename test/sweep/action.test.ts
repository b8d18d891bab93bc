/** The sweep's action as GitHub runs it: its inputs, its colour, its summary, and what it must never show. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newPrincipal, type Principal } from '../../src/lease/name.ts';
import { encodeRecord, type LeaseRecord } from '../../src/lease/record.ts';
import { job } from '../contract/contract.ts';
import { postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';
import { runSteps, type JobResult, type Run } from '../runner/index.ts';
import { startGithub, type GithubServer, type Repository } from '../services/github/index.ts';

let target: PostgresTarget;
let github: GithubServer;
let app: Repository;
let token: string;

beforeAll(async () => {
  const [embedded] = postgresServers();
  if (embedded === undefined) throw new Error('the embedded PostgreSQL is always there');
  target = await embedded.start();
  github = await startGithub();
  app = github.addRepository('octo/app', { id: job.repoId });
  token = github.addToken({ kind: 'job', repository: app });
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await github[Symbol.asyncDispose]();
});
afterEach(async () => {
  for (const name of await ours()) await target.admin(`DROP OWNED BY ${name}; DROP ROLE ${name}`, 'billing');
});

async function ours(): Promise<string[]> {
  return (await target.accounts()).filter((name) => name.startsWith('jl_'));
}

interface Leftover {
  readonly record?: Partial<LeaseRecord>;
  /** seconds since its end; negative: still to go */
  readonly since?: number;
  /** whether root may end it */
  readonly granted?: boolean;
  /** whether the server lets it in beyond its end */
  readonly open?: boolean;
}

async function leave({ record = {}, since = 3600, granted = true, open = false }: Leftover = {}): Promise<Principal> {
  const exp = Math.floor(Date.now() / 1000) - since;
  const whole: LeaseRecord = { v: 1, ...job, role: 'job', iat: exp - 600, exp, max: exp, ...record };
  const name = newPrincipal('job', new Date(exp * 1000));
  await target.admin(
    `CREATE ROLE ${name} LOGIN PASSWORD 'x' VALID UNTIL '${open ? 'infinity' : new Date(exp * 1000).toISOString()}';
     COMMENT ON ROLE ${name} IS '${encodeRecord(whole).replaceAll("'", "''")}';
     ${granted ? `GRANT ${name} TO joblease WITH ADMIN OPTION;` : ''}`,
  );
  return name;
}

function start(inputs: Readonly<Record<string, string>> = {}, before = ''): Run<JobResult> {
  const given = { engine: 'postgres', root: '${{ secrets.ROOT }}', ...inputs };
  const lines = Object.entries(given).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}\n`);
  return runSteps(`${before}- uses: OWNER/joblease/actions/sweep@v1\n  id: sweep\n  with:\n${lines.join('')}`, {
    secrets: { ROOT: target.root },
    github: { api_url: github.url, token },
  });
}

async function sweepOnce(inputs: Readonly<Record<string, string>> = {}): Promise<JobResult> {
  const result = await start(inputs).done;
  for (const text of [result.log, result.rawOutput.replaceAll(/^::add-mask::.*$/gm, ''), result.summary]) {
    expect(text).not.toContain(target.rootSecret);
    expect(text).not.toContain(token);
  }
  return result;
}

function outputsOf({ steps }: JobResult): Record<string, string> {
  return steps.find(({ id }) => id === 'sweep')?.outputs ?? {};
}

describe('the colour', () => {
  it('is green where there is nothing, or nothing is left', async () => {
    expect(await sweepOnce()).toMatchObject({ conclusion: 'success', annotations: [] });
    await leave();
    const done = await sweepOnce();
    expect(done).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(outputsOf(done)).toMatchObject({ found: '1', revoked: '1' });
    expect(Number(outputsOf(done)['oldest'])).toBeGreaterThanOrEqual(4200);
  });

  it('is red when something that is over may still be used', async () => {
    const [stuck, gone] = [await leave({ granted: false, open: true }), await leave()];
    const done = await sweepOnce();
    expect(done.conclusion).toBe('failure');
    expect(done.log).toContain('1 lease is over and may still be used');
    expect(done.annotations.find(({ level }) => level === 'warning')?.message).toContain(
      `GRANT "${stuck}" TO "joblease"`,
    );
    expect(done.summary).toContain(stuck);
    expect(await ours()).not.toContain(gone);
  });

  it('is red for an orphan that could not be ended, although its end is still to come', async () => {
    await leave({ granted: false, since: -3600, record: { run: 1, iat: Math.floor(Date.now() / 1000) - 4000 } });
    const done = await sweepOnce();
    expect(outputsOf(done)).toMatchObject({ failed: '1' });
    expect(done.conclusion).toBe('failure');
    expect(done.log).toContain('1 lease is over and may still be used');
  });

  it('is green for a shell that root has no right to remove: it does no harm, and is told', async () => {
    const shell = await leave({ granted: false });
    await target.admin(`ALTER ROLE ${shell} NOLOGIN`);
    const done = await sweepOnce({ 'max-revocations': '0' });
    expect(outputsOf(done)).toMatchObject({ disabled: '1' });
    expect(done.conclusion).toBe('success');
    expect(done.annotations.map(({ message }) => message).join('\n')).toContain(shell);
  });

  it('is green where GitHub is busy, and counts whom it could not be asked for', async () => {
    await leave({ since: -3600 });
    await leave({ since: -3600, record: { run: 2 } });
    using busy = github.fail(503, { times: 1000 });
    const done = await sweepOnce();
    expect(busy).toBeDefined();
    expect(outputsOf(done)).toMatchObject({ found: '2', live: '2', unknown: '2' });
    expect(done.conclusion).toBe('success');
  });

  it('is red above "max-revocations", with nothing done', async () => {
    await leave();
    await leave();
    const done = await sweepOnce({ 'max-revocations': '1' });
    expect(done.conclusion).toBe('failure');
    expect(done.log).toContain('Input "max-revocations": 2 leases are due');
    expect(outputsOf(done)).toMatchObject({ found: '2', skipped: '2' });
    expect(await ours()).toHaveLength(2);
  });
});

describe('inputs', () => {
  it.each<[string, string, string]>([
    ['engine', 'oracle', 'there is no engine'],
    ['shard', '3/2', 'is not a shard'],
    ['grace', 'soon', 'is not a duration'],
    ['orphans', 'maybe', 'neither true nor false'],
    ['concurrency', '0', 'is not a whole number'],
    ['max-revocations', '-1', 'is not a whole number'],
    ['deadline', '0', 'at least one second'],
    ['deadline', '30d', 'a sweep takes 24h at most'],
    ['github-token', '', 'it is empty'],
    ['root', '', 'it is empty'],
  ])('%s: %j fails at once', async (name, value, text) => {
    await leave();
    const done = await sweepOnce({ [name]: value });
    expect(done.conclusion).toBe('failure');
    expect(done.log).toContain(`Input "${name}": `);
    expect(done.log).toContain(text);
    expect(await ours()).toHaveLength(1);
  });

  it('without orphans asks GitHub nothing', async () => {
    await leave({ since: -3600 });
    const before = github.count();
    expect(outputsOf(await sweepOnce({ orphans: 'false', 'github-token': '' }))).toMatchObject({ live: '1' });
    expect(github.count()).toBe(before);
  });

  it('a token that GitHub refuses is told, and keeps nothing that is over', async () => {
    await leave({ since: -3600 });
    await leave();
    const done = await sweepOnce({ 'github-token': 'ghs_not_a_token' });
    expect(done.conclusion).toBe('failure');
    expect(outputsOf(done)).toMatchObject({ live: '1', unknown: '1', revoked: '1' });
    expect(done.log).toContain(
      'Input "github-token": nothing is known of any job: GitHub does not accept the token: 401 Bad credentials',
    );
  });

  it('a token that lacks "actions: read" is told, and keeps nothing that is over', async () => {
    await leave({ since: -3600 });
    await leave();
    const powerless = github.addToken({ kind: 'app', repositories: [app], permissions: {} });
    const done = await sweepOnce({ 'github-token': powerless });
    expect(done.conclusion).toBe('failure');
    expect(outputsOf(done)).toMatchObject({ live: '1', unknown: '1', revoked: '1' });
    expect(done.log).toContain('nothing is known of any job: GitHub refuses the token: 403 Resource not accessible');
  });
});

it('ends what is over although GitHub is too slow to tell of the others', async () => {
  for (let i = 0; i < 40; i += 1) await leave({ since: -3600, record: { run: 1000 + i } });
  await leave();
  using slow = github.fail({ slow: 1000 }, { times: 1000 });
  const done = await sweepOnce({ deadline: '4s' });
  expect(slow).toBeDefined();
  expect(done.conclusion).toBe('success');
  expect(outputsOf(done)).toMatchObject({ found: '41', live: '40', revoked: '1' });
  expect(done.log).toContain('there was no time left to ask GitHub');
});

it('asks GitHub, whatever an earlier step has made of the file with the event', async () => {
  await leave({ since: -3600, record: { run: 1, iat: Math.floor(Date.now() / 1000) - 4000 } });
  const done = await start({}, '- run: echo "{" > "$GITHUB_EVENT_PATH"\n').done;
  expect({ conclusion: done.conclusion, log: done.log }).toMatchObject({ conclusion: 'success' });
  expect(outputsOf(done)).toMatchObject({ revoked: '1', unknown: '0' });
});

describe('what a record can hold', () => {
  it('neither commands the runner nor writes HTML into the summary', async () => {
    const evil =
      '</td></tr></table><img src=x onerror=alert(1)>\r\r# All is well\r\n::set-output name=report::/etc/passwd\n##[error]boo';
    await leave({ granted: false, record: { repo: evil, workflow: evil, job: evil, actor: evil } });
    await leave({ since: -3600, record: { repo: evil } });
    const done = await sweepOnce();
    expect(outputsOf(done)['report']).toMatch(/joblease-sweep-\d+-\d+\.json$/);
    expect(done.summary).not.toContain('<img');
    expect(done.summary).not.toMatch(/^# All is well|\r/m);
    expect(done.summary).toContain('&lt;img');
    expect(done.annotations.map(({ message }) => message).join('\n')).not.toContain('boo');
  });
});

it('says every few seconds how far it is, also while one lease takes long', async () => {
  for (let i = 0; i < 5; i += 1) await leave();
  // They are ended in the order of their names.
  const last = (await ours()).at(-1);
  await target.admin(`BEGIN; ALTER ROLE ${last} CONNECTION LIMIT 1`);
  try {
    const done = await sweepOnce({ concurrency: '1' });
    expect(done.log).toMatch(/^Ended 4 of 5 leases\.$/m);
  } finally {
    await target.admin('ROLLBACK');
  }
});

it('stops when it is cancelled, and says so', async () => {
  for (let i = 0; i < 10; i += 1) await leave();
  // A lock on one of them holds up the work.
  const [first] = await ours();
  await target.admin(`BEGIN; ALTER ROLE ${first} CONNECTION LIMIT 1`);
  try {
    const run = start({ concurrency: '1' });
    const isWaiting = `SELECT FROM pg_stat_activity WHERE usename = 'joblease' AND wait_event_type = 'Lock'`;
    // In a session of its own: within a transaction the view stays as it was.
    for (let i = 0; (await target.admin(isWaiting, 'billing')).rowCount === 0; i += 1) {
      if (i === 200) throw new Error('the sweep does not wait for the lock');
      await sleep(50);
    }
    run.cancel();
    const done = await run.done;
    expect(done.conclusion).toBe('cancelled');
    expect(done.log).toContain('the step was cancelled');
  } finally {
    await target.admin('ROLLBACK');
  }
});
