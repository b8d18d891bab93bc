/** The test server itself, against what GitHub documents: a test that trusts it must be able to. */
import sodium from 'libsodium-wrappers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGithub, type Fault, type GithubServer, type Permissions, type Repository } from './github/index.ts';

let server: GithubServer;
let app: Repository;
let token: string;

beforeEach(async () => {
  server = await startGithub({ now: new Date('2026-11-20T12:00:00Z') });
  app = server.addRepository('octo/app', { environments: ['production/eu'] });
  token = server.addToken({ kind: 'job', repository: app });
});
// Rejects when a test has made a request, or the server an answer, that GitHub's description does not know.
afterEach(async () => {
  await server[Symbol.asyncDispose]();
});

interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** of the JSON; the text where it is none */
  readonly body: Record<string, unknown>;
}

interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly token?: string;
}

async function ask(path: string, asking: Asking = {}): Promise<Reply> {
  const { method = 'GET', headers = {}, body, token: bearer = token } = asking;
  const response = await fetch(path.startsWith('http') ? path : `${server.url}${path}`, {
    method,
    headers: { ...(bearer === '' ? {} : { authorization: `Bearer ${bearer}` }), ...headers },
    redirect: 'manual',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
  return { status: response.status, headers: response.headers, body: parsed };
}

function granted(permissions: Permissions, kind: 'app' | 'fine-grained' = 'app'): string {
  return server.addToken({
    kind,
    repositories: [app],
    organizations: [...server.organizations.values()],
    permissions,
  });
}

/** What a client does: fetches the key, and seals the value for it. */
async function seal(
  keyPath: string,
  value: string,
  bearer: string,
): Promise<{ encrypted_value: string; key_id: string }> {
  const { body } = await ask(keyPath, { token: bearer });
  const box = sodium.crypto_box_seal(value, Buffer.from(String(body['key']), 'base64'));
  return { encrypted_value: Buffer.from(box).toString('base64'), key_id: String(body['key_id']) };
}

describe('runs and jobs', () => {
  it('follow their attempts', async () => {
    const run = server.addRun(app, { attempts: [{ jobs: [{ name: 'build' }, { name: 'migrate' }] }] });
    const [first] = run.attempts;
    const [job] = first?.jobs ?? [];
    if (first === undefined || job === undefined) throw new Error('no job');
    const jobPath = `/repos/octo/app/actions/jobs/${job.id}`;
    expect((await ask(jobPath)).body).toMatchObject({
      id: job.id,
      run_id: run.id,
      status: 'in_progress',
      conclusion: null,
    });

    server.advance(60);
    server.completeJob(job, 'cancelled');
    expect((await ask(jobPath)).body).toMatchObject({
      status: 'completed',
      conclusion: 'cancelled',
      completed_at: '2026-11-20T12:01:00Z',
    });
    expect((await ask(`/repos/octo/app/actions/runs/${run.id}`)).body).toMatchObject({ status: 'in_progress' });

    server.completeAttempt(first, 'failure');
    server.rerun(run);
    const path = `/repos/octo/app/actions/runs/${run.id}`;
    expect((await ask(path)).body).toMatchObject({ run_attempt: 2, status: 'in_progress' });
    expect((await ask(`${path}/attempts/1`)).body).toMatchObject({ run_attempt: 1, conclusion: 'failure' });
    expect((await ask(`${path}/attempts/3`)).status).toBe(404);
    expect((await ask(`${path}/jobs`)).body['total_count']).toBe(2);
    expect((await ask(`${path}/jobs?filter=all`)).body['total_count']).toBe(4);
    expect((await ask(jobPath)).body).toMatchObject({ run_attempt: 1 });

    app.runs.delete(run.id);
    expect((await ask(path)).body).toEqual({
      message: 'Not Found',
      documentation_url: 'https://docs.github.com/rest/actions/workflow-runs#get-a-workflow-run',
      status: '404',
    });
  });

  it('come in pages, with links by the id of the repository', async () => {
    const run = server.addRun(app, { attempts: [{ jobs: 250 }] });
    let next: string | undefined = `/repos/octo/app/actions/runs/${run.id}/attempts/1/jobs?per_page=100`;
    const sizes: number[] = [];
    while (next !== undefined) {
      const { headers, body } = await ask(next);
      sizes.push((body['jobs'] as unknown[]).length);
      next = /<([^>]+)>; rel="next"/.exec(headers.get('link') ?? '')?.[1];
    }
    expect(sizes).toEqual([100, 100, 50]);
    expect(server.requests.map(({ path }) => path.split('/')[1])).toEqual(['repos', 'repositories', 'repositories']);
  });

  it('are found under a former name by redirect', async () => {
    const run = server.addRun(app);
    server.rename(app, 'octo/web');
    const moved = await ask(`/repos/octo/app/actions/runs/${run.id}?exclude_pull_requests=true`);
    expect(moved.status).toBe(301);
    expect(moved.headers.get('location')).toBe(
      `${server.url}/repositories/${app.id}/actions/runs/${run.id}?exclude_pull_requests=true`,
    );
    const found = await ask(moved.headers.get('location') ?? '');
    expect(found.body).toMatchObject({ id: run.id, repository: { full_name: 'octo/web' } });
    const stranger = server.addToken({ kind: 'app', permissions: { actions: 'read' } });
    expect((await ask('/repos/octo/app', { token: stranger })).status).toBe(404);
    server.addRepository('octo/app', { private: false });
    expect((await ask('/repos/octo/app')).status).toBe(200);
  });
});

describe('tokens', () => {
  it('of a job read the runs of their own repository, and never secrets', async () => {
    const run = server.addRun(app);
    const other = server.addRun(server.addRepository('octo/other'));
    const open = server.addRun(server.addRepository('octo/open', { private: false }));
    const statuses = async (...paths: string[]): Promise<number[]> =>
      await Promise.all(paths.map(async (path) => (await ask(path)).status));
    expect(
      await statuses(
        '/repos/Octo/App',
        `/repos/octo/app/actions/runs/${run.id}`,
        `/repos/octo/other/actions/runs/${other.id}`,
        `/repos/octo/open/actions/runs/${open.id}`,
        '/repos/octo/none',
      ),
    ).toEqual([200, 200, 404, 200, 404]);
    const refused = await ask('/repos/octo/app/actions/secrets/public-key');
    expect([refused.status, refused.body['message']]).toEqual([403, 'Resource not accessible by integration']);
    expect(refused.headers.get('x-accepted-github-permissions')).toBe('secrets=read');
    const bare = server.addToken({ kind: 'job', repository: app, permissions: {} });
    expect((await ask(`/repos/octo/app/actions/runs/${run.id}`, { token: bare })).status).toBe(403);
  });

  it('of an App or a person do what they were given', async () => {
    const key = '/repos/octo/app/actions/secrets/public-key';
    expect((await ask(key, { token: granted({ secrets: 'read' }) })).status).toBe(200);
    expect((await ask(key, { token: granted({ secrets: 'write' }) })).status).toBe(200);
    const refused = await ask(key, { token: granted({ actions: 'read' }, 'fine-grained') });
    expect([refused.status, refused.body['message']]).toEqual([
      403,
      'Resource not accessible by personal access token',
    ]);
    const box = await seal(key, 'x', granted({ secrets: 'read' }));
    const put = { method: 'PUT', body: box, token: granted({ secrets: 'read' }) };
    expect((await ask('/repos/octo/app/actions/secrets/ROOT', put)).status).toBe(403);
  });

  it('that GitHub does not know are bad credentials, and none at all sees what is public', async () => {
    const unknown = await ask('/repos/octo/app', { token: 'ghs_nobody' });
    expect(unknown).toMatchObject({ status: 401, body: { message: 'Bad credentials', status: '401' } });
    server.revokeToken(token);
    expect((await ask('/repos/octo/app')).status).toBe(401);
    server.addRepository('octo/open', { private: false });
    expect((await ask('/repos/octo/open', { token: '' })).status).toBe(200);
    const secret = await ask('/repos/octo/open/actions/secrets/public-key', { token: '' });
    expect([secret.status, secret.body['message']]).toEqual([401, 'Requires authentication']);
  });
});

describe('secrets', () => {
  it.each([
    ['octo/app', '/repos/octo/app/actions/secrets', { secrets: 'write' }],
    ['octo/app/production/eu', '/repos/octo/app/environments/production%2Feu/secrets', { environments: 'write' }],
    ['octo', '/orgs/octo/actions/secrets', { organization_secrets: 'write' }],
  ] as const)('of %s are stored from a sealed box, with their history', async (scope, path, permissions) => {
    server.addOrganization('octo');
    const bearer = granted(permissions);
    const shared = scope === 'octo' ? { visibility: 'private' } : {};
    const put = async (value: string): Promise<number> => {
      const box = await seal(`${path}/public-key`, value, bearer);
      return (await ask(`${path}/root`, { method: 'PUT', body: { ...box, ...shared }, token: bearer })).status;
    };
    expect((await ask(`${path}/ROOT`, { token: bearer })).status).toBe(404);
    expect(await put('postgres://a:ü@db/one')).toBe(201);
    server.advance(60);
    expect(await put('two\nlines')).toBe(204);
    expect(server.secretValue(scope, 'ROOT')).toBe('two\nlines');
    expect(server.secret(scope, 'ROOT')?.history).toEqual(['postgres://a:ü@db/one', 'two\nlines']);
    expect((await ask(`${path}/ROOT`, { token: bearer })).body).toEqual({
      name: 'ROOT',
      created_at: '2026-11-20T12:00:00Z',
      updated_at: '2026-11-20T12:01:00Z',
      ...shared,
    });
  });

  it('are refused when sealed for another key, sealed wrongly, too large or badly named', async () => {
    const bearer = granted({ secrets: 'write' });
    const path = '/repos/octo/app/actions/secrets';
    const put = async (name: string, body: object): Promise<number> =>
      (await ask(`${path}/${name}`, { method: 'PUT', body, token: bearer })).status;
    const stale = await seal(`${path}/public-key`, 'x', bearer);
    server.rotateKey('octo/app');
    expect(await put('ROOT', stale)).toBe(422);
    const fresh = await seal(`${path}/public-key`, 'x', bearer);
    expect(await put('ROOT', { ...fresh, encrypted_value: stale.encrypted_value })).toBe(422);
    expect(await put('ROOT', { ...fresh, key_id: stale.key_id })).toBe(422);
    expect(await put('GITHUB_ROOT', fresh)).toBe(422);
    expect(await put('NO-DASH', fresh)).toBe(422);
    expect(await put('ROOT', await seal(`${path}/public-key`, 'x'.repeat(48 * 1024 + 1), bearer))).toBe(422);
    expect(server.secret('octo/app', 'ROOT')).toBeUndefined();
    expect(await put('ROOT', fresh)).toBe(201);
  });

  it('of an organization keep to the repositories that the last write named', async () => {
    server.addOrganization('octo');
    const bearer = granted({ organization_secrets: 'write' });
    const path = '/orgs/octo/actions/secrets';
    const selected = Array.from({ length: 3 }, (_, i) => server.addRepository(`octo/s${i}`).id);
    server.setSecret('octo', 'ROOT', 'old', { visibility: 'selected', selected });
    const list = `${path}/ROOT/repositories?per_page=2`;
    const shown = await ask(`${path}/ROOT`, { token: bearer });
    expect(shown.body).toMatchObject({
      visibility: 'selected',
      selected_repositories_url: `${server.url}${path}/ROOT/repositories`,
    });
    const first = await ask(list, { token: bearer });
    expect([first.body['total_count'], (first.body['repositories'] as unknown[]).length]).toEqual([3, 2]);
    const second = await ask(/<([^>]+)>; rel="next"/.exec(first.headers.get('link') ?? '')?.[1] ?? '', {
      token: bearer,
    });
    expect(second.body['repositories']).toMatchObject([{ full_name: 'octo/s2' }]);

    const box = await seal(`${path}/public-key`, 'new', bearer);
    const put = async (body: object): Promise<number> =>
      (await ask(`${path}/ROOT`, { method: 'PUT', body: { ...box, ...body }, token: bearer })).status;
    expect(await put({ visibility: 'selected', selected_repository_ids: selected })).toBe(204);
    expect(server.secret('octo', 'ROOT')?.selected).toEqual(selected);
    expect(await put({ visibility: 'selected' })).toBe(204);
    expect(server.secret('octo', 'ROOT')?.selected).toEqual([]);
    expect(await put({ visibility: 'all', selected_repository_ids: selected })).toBe(422);
    expect(await put({})).toBe(422);
    expect(server.takeViolations()).toEqual([expect.stringContaining('visibility')]);
  });
});

describe('limits', () => {
  it('count every request but those that found nothing new', async () => {
    const run = server.addRun(app);
    const path = `/repos/octo/app/actions/runs/${run.id}`;
    const first = await ask(path);
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^W\/"/);
    expect(first.headers.get('x-ratelimit-remaining')).toBe('999');
    const again = await ask(path, { headers: { 'if-none-match': etag } });
    expect([again.status, again.body, again.headers.get('x-ratelimit-remaining')]).toEqual([304, {}, '999']);
    run.name = 'renamed';
    const changed = await ask(path, { headers: { 'if-none-match': etag } });
    expect([changed.status, changed.headers.get('x-ratelimit-used')]).toEqual([200, '2']);
    expect(server.requests.map(({ conditional, status }) => [conditional, status])).toEqual([
      [false, 200],
      [true, 304],
      [true, 200],
    ]);
  });

  it('refuse when they are used up, until the reset on the server’s clock', async () => {
    const reset = server.now().getTime() / 1000 + 90;
    server.setRateLimit(token, { remaining: 1, reset: Math.floor(reset) });
    expect((await ask('/repos/octo/app')).status).toBe(200);
    const refused = await ask('/repos/octo/app');
    expect(refused.status).toBe(403);
    expect(refused.body['message']).toMatch(/^API rate limit exceeded for installation ID \d+\./);
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(refused.headers.get('x-ratelimit-reset'))).toBe(Math.floor(reset));
    expect(refused.headers.get('date')).toMatch(/^Fri, 20 Nov 2026 12:00:0\d GMT$/);
    server.advance(91);
    expect((await ask('/repos/octo/app')).status).toBe(200);
    expect(server.rateLimit(token).remaining).toBe(999);
  });

  it('have a secondary kind to order', async () => {
    server.fail({ secondary: 429, retryAfter: 60 });
    server.fail({ secondary: 403 }, { nth: 1 });
    const first = await ask('/repos/octo/app');
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '60']);
    const second = await ask('/repos/octo/app');
    expect([second.status, second.headers.get('retry-after')]).toEqual([403, null]);
    expect(second.body['message']).toMatch(/^You have exceeded a secondary rate limit/);
  });
});

async function putRoot(): Promise<number> {
  const path = '/repos/octo/app/actions/secrets';
  const bearer = granted({ secrets: 'write' });
  const body = await seal(`${path}/public-key`, 'value', bearer);
  return (await ask(`${path}/ROOT`, { method: 'PUT', body, token: bearer })).status;
}

function storedRoot(): string | undefined {
  return server.secretValue('octo/app', 'ROOT');
}

describe('faults', () => {
  it.each<[Fault, number | undefined]>([
    [500, 500],
    [502, 502],
    [503, 503],
    [504, 504],
    [403, 403],
    ['reset', undefined],
    ['html', undefined],
  ])('%s: the request is not carried out', async (fault, status) => {
    server.fail(fault, { when: ({ method }) => method === 'PUT' });
    expect(await putRoot().catch(() => undefined)).toBe(status);
    expect(storedRoot()).toBeUndefined();
    expect(server.requests.at(-1)).toMatchObject({ method: 'PUT', carriedOut: false });
    expect(await putRoot()).toBe(201);
  });

  it('lost answer: the request is carried out', async () => {
    server.fail('lost answer', { when: ({ method }) => method === 'PUT' });
    await expect(putRoot()).rejects.toThrow('fetch failed');
    expect(storedRoot()).toBe('value');
    expect(server.requests.at(-1)).toMatchObject({ carriedOut: true, status: undefined });
    expect(await putRoot()).toBe(204);
  });

  it('malformed and slow spoil the answer, of the request that is counted', async () => {
    server.fail('malformed', { nth: 1 });
    server.fail({ slow: 100 }, { nth: 2, times: 2 });
    expect((await ask('/repos/octo/app')).status).toBe(200);
    await expect(ask('/repos/octo/app')).rejects.toThrow(SyntaxError);
    for (let i = 0; i < 2; i += 1) {
      const start = performance.now();
      expect((await ask('/repos/octo/app')).status).toBe(200);
      expect(performance.now() - start).toBeGreaterThan(90);
    }
  });

  it('end when they are disposed of', async () => {
    const always = server.fail(503, { times: Infinity });
    expect((await ask('/repos/octo/app')).status).toBe(503);
    expect((await ask('/repos/octo/app')).status).toBe(503);
    always[Symbol.dispose]();
    expect((await ask('/repos/octo/app')).status).toBe(200);
  });

  it('down: no connection, and the same address afterwards', async () => {
    await server.down();
    await expect(ask('/repos/octo/app')).rejects.toThrow('fetch failed');
    await server.up();
    expect((await ask('/repos/octo/app')).status).toBe(200);
    expect(server.count()).toBe(1);
  });

  it.each(['before', 'after'] as const)('a request can be held %s it is carried out', async (instant) => {
    const answer = putRoot();
    const held = await server.hold(instant, { when: ({ method }) => method === 'PUT' });
    expect(storedRoot()).toBe(instant === 'after' ? 'value' : undefined);
    expect(held.request).toMatchObject({ operation: 'actions/create-or-update-repo-secret', status: undefined });
    held.release();
    expect(await answer).toBe(201);

    const dropped = putRoot();
    (await server.hold(instant, { when: ({ method }) => method === 'PUT' })).drop();
    await expect(dropped).rejects.toThrow('fetch failed');
    expect(server.secret('octo/app', 'ROOT')?.history).toHaveLength(instant === 'after' ? 2 : 1);
  });

  it('a client may die while its request is held', async () => {
    const client = new AbortController();
    const headers = { authorization: `Bearer ${token}` };
    const answer = fetch(`${server.url}/repos/octo/app`, { headers, signal: client.signal });
    const held = await server.hold('before');
    client.abort();
    await expect(answer).rejects.toThrow('aborted');
    held.release();
    await expect.poll(() => server.requests.at(-1)).toMatchObject({ carriedOut: true, status: 200 });
  });

  it('hooks see every request, before and after it', async () => {
    const seen: string[] = [];
    server.onRequest(({ method }) => void seen.push(`${method} before`));
    server.onCarriedOut(({ method }) => void seen.push(`${method} after`));
    await putRoot();
    expect(seen).toEqual(['GET before', 'GET after', 'PUT before', 'PUT after']);
  });
});

describe('GitHub’s description', () => {
  it('shows a wrong request, even one that a fault stops', async () => {
    const path = '/repos/octo/app/actions';
    await ask(`${path}/runs/1?per_page=1`);
    await ask(`${path}/runs/1/jobs?per_page=101`);
    await ask(`${path}/runs/latest`);
    await ask(`${path}/runners`);
    await ask('/repos/octo/app', { headers: { 'x-github-api-version': '2020-01-01' } });
    server.fail(500);
    const body = { encrypted_value: 'not base64!', key_id: 7, visibility: 'all' };
    await ask(`${path}/secrets/ROOT`, { method: 'PUT', body });
    expect(server.takeViolations().map((text) => text.replace(/^\S+ \S+?actions\//, ''))).toEqual([
      expect.stringMatching(/^runs\/1\?per_page=1: .*additional properties/),
      expect.stringMatching(/^runs\/1\/jobs\?per_page=101: per_page is at most 100/),
      expect.stringMatching(/^runs\/latest: \/run_id must be integer/),
      expect.stringMatching(/^runners: no such operation/),
      expect.stringMatching(/2020-01-01/),
      expect.stringMatching(/^secrets\/ROOT: body: .*visibility/),
      expect.stringMatching(/^secrets\/ROOT: body: \/encrypted_value must match pattern/),
      expect.stringMatching(/^secrets\/ROOT: body: \/key_id must be string/),
    ]);
  });

  it('shows a wrong answer, and a server that was given one cannot be disposed of quietly', async () => {
    const other = await startGithub({ basePath: '/api/v3' });
    const repository = other.addRepository('octo/app');
    const run = other.addRun(repository, { attempts: [{ jobs: [{ status: 'over' as 'completed' }] }] });
    const authorization = `Bearer ${other.addToken({ kind: 'job', repository })}`;
    await ask(`${other.url}/repos/octo/app/actions/runs/${run.id}/jobs`, { headers: { authorization }, token: '' });
    expect(other.violations).toEqual([expect.stringContaining('answer 200: /jobs/0/status must be equal to one of')]);
    await expect(other[Symbol.asyncDispose]()).rejects.toThrow('not as GitHub describes its API');
  });
});

it('answers fast with 200 runs of 50 jobs', async () => {
  const start = performance.now();
  const runs = Array.from({ length: 200 }, () => server.addRun(app, { attempts: [{ jobs: 50 }] }));
  const seeded = performance.now();
  for (const { id } of runs) await ask(`/repos/octo/app/actions/runs/${id}/attempts/1/jobs?per_page=100`);
  const listed = performance.now();
  for (const { attempts } of runs) await ask(`/repos/octo/app/actions/jobs/${attempts[0]?.jobs[49]?.id}`);
  const end = performance.now();
  console.log(
    `seeding ${Math.round(seeded - start)} ms, 200 lists ${Math.round(listed - seeded)} ms, 200 jobs ${Math.round(end - listed)} ms`,
  );
  expect(server.count(({ status }) => status === 200)).toBe(400);
  expect(end - start).toBeLessThan(10_000);
});
