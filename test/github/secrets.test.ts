/** Replacing a secret, against GitHub's published description: what was stored is opened with the private key. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecretPlace } from '../../src/github/secret-routes.ts';
import { openSecret, type OpenSecret } from '../../src/github/secrets.ts';
import { UserError } from '../../src/lease/errors.ts';
import { failureOf } from '../contract/contract.ts';
import {
  startGithub,
  type Fault,
  type GithubServer,
  type Permissions,
  type Repository,
} from '../services/github/index.ts';

let github: GithubServer;
let app: Repository;

beforeEach(async () => {
  github = await startGithub();
  app = github.addRepository('octo/app', { environments: ['production'] });
  github.setSecret('octo/app', 'ROOT', 'old');
});
afterEach(async () => {
  await github[Symbol.asyncDispose]();
});

const inRepository: SecretPlace = { scope: 'repository', repository: 'octo/app', name: 'ROOT' };
const put = { when: ({ method }: { method: string }) => method === 'PUT' };

function tokenWith(permissions: Permissions, kind: 'app' | 'fine-grained' = 'app'): string {
  return github.addToken({
    kind,
    repositories: [app],
    organizations: [...github.organizations.values()],
    permissions,
  });
}

async function open(place: SecretPlace, token: string): Promise<OpenSecret> {
  return await openSecret({ base: github.url, token }, place, AbortSignal.timeout(40_000));
}

async function refusalOf(promise: Promise<unknown>): Promise<UserError> {
  const error = await failureOf(promise);
  if (error instanceof UserError) return error;
  throw error;
}

describe('where a secret can be', () => {
  it.each(['app', 'fine-grained'] as const)('a repository, by the token of kind %s', async (kind) => {
    const secret = await open(inRepository, tokenWith({ secrets: 'write' }, kind));
    await secret.store(() => 'first\nsecond 🦊');
    expect(github.secretValue('octo/app', 'ROOT')).toBe('first\nsecond 🦊');
  });

  it('an environment', async () => {
    github.setSecret('octo/app/production', 'ROOT', 'old');
    const place: SecretPlace = {
      scope: 'environment',
      repository: 'octo/app',
      environment: 'production',
      name: 'ROOT',
    };
    await (await open(place, tokenWith({ environments: 'write' }))).store(() => 'new');
    expect(github.secretValue('octo/app/production', 'ROOT')).toBe('new');
    expect(github.secretValue('octo/app', 'ROOT')).toBe('old');
  });

  it.each(['all', 'private', 'selected'] as const)('an organization, whose visibility %s stays', async (visibility) => {
    github.addOrganization('octo');
    // More repositories than one page lists.
    const selected = Array.from({ length: 130 }, (_, i) => github.addRepository(`octo/r${i}`).id);
    github.setSecret('octo', 'ROOT', 'old', { visibility, ...(visibility === 'selected' ? { selected } : {}) });
    const place: SecretPlace = { scope: 'organization', organization: 'octo', name: 'ROOT' };
    await (await open(place, tokenWith({ organization_secrets: 'write' }))).store(() => 'new');
    expect(github.secretValue('octo', 'ROOT')).toBe('new');
    const stored = github.secret('octo', 'ROOT');
    expect(stored?.visibility).toBe(visibility);
    if (visibility === 'selected') expect(new Set(stored?.selected)).toEqual(new Set(selected));
  });
});

describe('what is wrong is said before anything is stored', () => {
  it('a secret that is not there', async () => {
    const error = await refusalOf(open({ ...inRepository, name: 'ROOTS' }, tokenWith({ secrets: 'write' })));
    expect(error.details.input).toBe('secret-name');
    expect(error.message).toContain('the repository octo/app has no secret "ROOTS"');
  });

  it.each(['.', '..'])('an environment %j, which would lead to another path: nothing is sent', async (environment) => {
    const place: SecretPlace = { scope: 'environment', repository: 'octo/app', environment, name: 'ROOT' };
    const error = await refusalOf(open(place, tokenWith({ environments: 'write' })));
    expect(error.message).toContain('is no address of the API');
    expect(github.count()).toBe(0);
  });

  it('an environment that is not there', async () => {
    const place: SecretPlace = { scope: 'environment', repository: 'octo/app', environment: 'prod', name: 'ROOT' };
    const error = await refusalOf(open(place, tokenWith({ environments: 'write' })));
    expect(error.message).toContain('the environment "prod" of octo/app');
  });

  it.each<[string, Permissions, string]>([
    ['repository', { actions: 'read' }, 'the permission "Secrets: write"'],
    ['environment', { secrets: 'write' }, 'the permission "Environments: write"'],
    ['organization', { secrets: 'write' }, 'the organization permission "Secrets: write"'],
  ])('a token that may not see the secrets of the %s', async (scope, permissions, needed) => {
    github.addOrganization('octo');
    const places: Record<string, SecretPlace> = {
      repository: inRepository,
      environment: { scope: 'environment', repository: 'octo/app', environment: 'production', name: 'ROOT' },
      organization: { scope: 'organization', organization: 'octo', name: 'ROOT' },
    };
    const place = places[scope] ?? inRepository;
    const error = await refusalOf(open(place, tokenWith(permissions)));
    expect(error.details.input).toBe('github-token');
    expect(error.message).toContain(needed);
  });

  it('a token that may only read: by the first write', async () => {
    const secret = await open(inRepository, tokenWith({ secrets: 'read' }));
    const error = await refusalOf(secret.store(() => 'new'));
    expect(error.details.input).toBe('github-token');
    expect(error.message).toContain('the permission "Secrets: write"');
    expect(github.secretValue('octo/app', 'ROOT')).toBe('old');
  });

  it('a token that was revoked', async () => {
    const token = tokenWith({ secrets: 'write' });
    github.revokeToken(token);
    const error = await refusalOf(open(inRepository, token));
    expect(error.message).toContain('GitHub does not know this token');
    expect(error.message).not.toContain(token);
  });

  it('a limit that lasts', async () => {
    const token = tokenWith({ secrets: 'write' });
    github.setRateLimit(token, { remaining: 0 });
    expect((await refusalOf(open(inRepository, token))).message).toContain('GitHub limits how much');
  });
});

it('is not written over what somebody else has stored meanwhile, before the first write or between two', async () => {
  const secret = await open(inRepository, tokenWith({ secrets: 'write' }));
  github.advance(10);
  github.setSecret('octo/app', 'ROOT', 'of another');
  const refusal = { details: { input: 'secret-name', untouched: true } };
  await expect(secret.store(() => 'ours')).rejects.toMatchObject(refusal);
  expect(github.secretValue('octo/app', 'ROOT')).toBe('of another');

  const again = await open(inRepository, tokenWith({ secrets: 'write' }));
  github.advance(10);
  await again.store(() => 'ours');
  github.advance(10);
  await again.store(() => 'ours, too');
  github.advance(10);
  github.setSecret('octo/app', 'ROOT', 'of another');
  await expect(again.store(() => 'late')).rejects.toMatchObject(refusal);
  expect(github.secretValue('octo/app', 'ROOT')).toBe('of another');
});

function isPut({ method }: { method: string }): boolean {
  return method === 'PUT';
}

function isLook({ operation }: { operation: string }): boolean {
  return operation === 'actions/get-repo-secret';
}

describe('what heals', () => {
  const faults: [string, Fault][] = [
    ['a reset', 'reset'],
    ['a lost answer', 'lost answer'],
    ['half an answer', 'malformed'],
    ['a page from in between', 'html'],
    ['500', 500],
    ['502', 502],
    ['503', 503],
    ['a secondary rate limit', { secondary: 403, retryAfter: 1 }],
    ['429', { secondary: 429, retryAfter: 1 }],
  ];
  it.each(faults)('%s, at every request', async (_, fault) => {
    const token = tokenWith({ secrets: 'write' });
    for (let nth = 0; nth < 3; nth += 1) {
      const order = github.fail(fault, { nth });
      await (await open(inRepository, token)).store(() => `new ${nth}`);
      expect(github.secretValue('octo/app', 'ROOT')).toBe(`new ${nth}`);
      order[Symbol.dispose]();
    }
  });

  it('a public key that was replaced in between', async () => {
    const secret = await open(inRepository, tokenWith({ secrets: 'write' }));
    github.rotateKey('octo/app');
    await secret.store(() => 'new');
    expect(github.secretValue('octo/app', 'ROOT')).toBe('new');
    expect(github.count(put.when)).toBe(2);
  });

  it('no longer a write that may have succeeded: what is refused after it does not say that nothing was changed', async () => {
    const secret = await open(inRepository, tokenWith({ secrets: 'write' }));
    github.fail('lost answer', { when: isPut, nth: 0 });
    github.fail({ secondary: 403, retryAfter: 60 }, { when: isPut, nth: 1 });
    await expect(secret.store(() => 'new')).rejects.toMatchObject({ details: { untouched: false } });
    expect(github.secretValue('octo/app', 'ROOT')).toBe('new');
  });

  it('not what is refused right after a write: that does not say that nothing was changed', async () => {
    const secret = await open(inRepository, tokenWith({ secrets: 'write' }));
    github.fail({ secondary: 403, retryAfter: 60 }, { when: isLook, nth: 1 });
    await expect(secret.store(() => 'new')).rejects.toMatchObject({ details: { untouched: false } });
    expect(github.secretValue('octo/app', 'ROOT')).toBe('new');
  });

  it('not a refusal: it is made once', async () => {
    const secret = await open(inRepository, tokenWith({ secrets: 'write' }));
    github.fail(403, put);
    await refusalOf(secret.store(() => 'new'));
    expect(github.count(put.when)).toBe(1);
  });
});

it('is written under the name that it was found under, and not where a redirect leads', async () => {
  const secret = await open(inRepository, tokenWith({ secrets: 'write' }));
  using renamed = github.onRequest((request) => {
    if (isPut(request)) github.rename(app, 'octo/web');
  });
  expect(renamed).toBeDefined();
  const error = await refusalOf(secret.store(() => 'new'));
  expect(error.details).toMatchObject({ input: 'repository', untouched: true });
  expect(github.count(put.when)).toBe(1);
  expect(github.secretValue('octo/web', 'ROOT')).toBe('old');
});

it('lets the process end as soon as the step is out of time', async () => {
  github.fail(503, { times: 100 });
  const sources = join(import.meta.dirname, '..', '..', 'src', 'github');
  const script = `await import(${JSON.stringify(join(sources, 'octokit.ts'))});
    const { openSecret } = await import(${JSON.stringify(join(sources, 'secrets.ts'))});
    const api = { base: ${JSON.stringify(github.url)}, token: ${JSON.stringify(tokenWith({ secrets: 'write' }))} };
    const signal = AbortSignal.timeout(3000);
    signal.addEventListener('abort', () => { globalThis.began = performance.now(); });
    process.on('exit', () => console.log(Math.round(performance.now() - began)));
    await openSecret(api, ${JSON.stringify(inRepository)}, signal).catch((error) => console.log(error.name));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
  const [name, lasted] = stdout.split('\n');
  expect(name).toBe('TimeoutError');
  expect(Number(lasted)).toBeLessThan(1000);
  expect(github.count()).toBeGreaterThan(1);
});

it('stops at once when the step is out of time', async () => {
  const cut = new AbortController();
  const token = tokenWith({ secrets: 'write' });
  const secret = await openSecret({ base: github.url, token }, inRepository, cut.signal);
  github.fail(503, { ...put, times: 100 });
  setTimeout(() => cut.abort(new Error('out of time')), 100);
  const started = Date.now();
  await expect(secret.store(() => 'new')).rejects.toThrow('out of time');
  expect(Date.now() - started).toBeLessThan(2000);
});
