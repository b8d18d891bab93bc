/**
 * Replaces a secret of a repository, an environment or an organization.
 * https://docs.github.com/en/rest/actions/secrets
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../lease/errors.ts';
import { ask, at, isRateLimited, rateLimitEnds, wordsOf, type Api } from './api.ts';
import type { Answer } from './http.ts';

/** Which secret is meant. */
export type SecretPlace = { readonly name: string } & (
  | { readonly scope: 'repository'; readonly repository: string; readonly repositoryId?: number }
  | {
      readonly scope: 'environment';
      readonly repository: string;
      readonly repositoryId?: number;
      readonly environment: string;
    }
  | { readonly scope: 'organization'; readonly organization: string }
);

/** A secret that is there, and that was made ready to be written. */
export interface OpenSecret {
  /** when it was last changed, as it was found; on GitHub's clock */
  readonly changed: Date;
  /** GitHub's clock */
  now(): Date;
  /**
   * Stores a value, at a time that {@link isTimeOf} tells from that of the write before. May be done again, also when it
   * is unknown whether it was done.
   *
   * @param compose makes the value, for each attempt anew; gets the time that GitHub will note, as `isTimeOf` has it
   * @throws UserError with `untouched` when GitHub has refused it, and no earlier attempt can have succeeded
   */
  store(compose: (at: Date) => string): Promise<void>;
  /** A number that a repository keeps when it is renamed or handed on. */
  repositoryId(repository: string): Promise<number>;
  /**
   * Whether a repository has a secret of the same name, which its jobs are given in place of an organization's; false
   * where the token may not see that.
   */
  isHiddenIn(repository: string): Promise<boolean>;
}

/** How long GitHub may be out, or a rate limit last, in milliseconds. */
const patience = 30_000;

/** How far apart two times of the same write may be, in milliseconds: GitHub tells both in whole seconds. */
const granularity = 2000;

/** How much later than a value says it may have been stored, in milliseconds: a request takes time, and seconds begin. */
const delay = 1000;

/** How often a value is stored whose own time does not fit. */
const attempts = 5;

/** Whether the time that a value was composed for is that of the secret's last change: no other write has the same. */
export function isTimeOf(composed: Date, changed: Date): boolean {
  const after = changed.getTime() - Math.floor(composed.getTime() / 1000) * 1000;
  return after >= 0 && after <= delay;
}

/**
 * Finds the secret and whatever writing it takes, so that little is left to fail later. That the token may write, only
 * the first write shows.
 *
 * @throws UserError naming the input that is wrong: `secret-name` when there is no such secret, `github-token` when the
 *   token may not see it
 */
export async function openSecret(api: Api, place: SecretPlace, signal: AbortSignal): Promise<OpenSecret> {
  const { base, secret, permission, where } = routesOf(place);
  /** whether a write went out whose answer is not known */
  let isUnsure = false;
  /** how far GitHub's clock is ahead of this one, in milliseconds */
  let ahead = 0;
  let key = await readKey();
  const found = await get(secret);
  if (found.status === 404) {
    throw new UserError(`${where} has no secret "${place.name}"`, {
      input: 'secret-name',
      said: wordsOf(found),
      fix: 'A rotation replaces the secret that the jobs use: give its name in "secret-name" and where it is in "secret-scope". A secret of an organization is not one of its repositories.',
    });
  }
  if (found.status !== 200) throw refused(found);
  const visibility = place.scope === 'organization' ? await readVisibility(found) : {};
  /** when the secret was last changed, by all that is known here; epoch milliseconds on GitHub's clock */
  let changed = changeOf(found);
  const foundChanged = new Date(changed);
  const seal = await sealer();
  seal('', key.key); // whatever is wrong with the key or the library shows here

  return {
    changed: foundChanged,
    now,
    async store(compose) {
      // How GitHub's note of a change differs from its clock.
      let differs = 0;
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        await checkUnchanged();
        // What was composed for the write before must not fit this one.
        const apart = changed + delay + 1000 - now().getTime();
        if (apart > 0) {
          await sleep(apart, undefined, { signal }).catch(() => {
            signal.throwIfAborted();
          });
        }
        let composed = now();
        const composeNow = (time: Date): string => {
          composed = new Date(time.getTime() + differs);
          return compose(composed);
        };
        let answer = await put(composeNow);
        if (answer.status === 422) {
          // The key pair was replaced since.
          key = await readKey();
          answer = await put(composeNow);
        }
        if (answer.status !== 201 && answer.status !== 204) throw refused(answer);
        const before = changed;
        changed = Date.parse(answer.headers.date ?? '');
        const stored = changeOf(await checkUnchanged());
        if (isTimeOf(composed, new Date(stored)) && stored > before + delay) {
          changed = stored;
          return;
        }
        differs += stored - Math.floor(composed.getTime() / 1000) * 1000;
      }
      throw new UserError('GitHub took too long to store the secret, or its times do not fit its clock', {
        input: 'secret-name',
        fix: 'Run again.',
      });
    },
    async repositoryId(repository) {
      const [owner = '', name = ''] = repository.split('/');
      const answer = await get(at`/repos/${owner}/${name}`);
      if (answer.status !== 200) throw refused(answer);
      return (answer.body as { id: number }).id;
    },
    async isHiddenIn(repository) {
      if (place.scope !== 'organization') return false;
      const inRepository = routesOf({ scope: 'repository', repository, name: place.name });
      return (await get(inRepository.secret)).status === 200;
    },
  };

  function now(): Date {
    return new Date(Date.now() + ahead);
  }

  /**
   * GitHub has no way to write a secret only if nobody else has, so it is looked at right before each write: whoever else
   * wrote meanwhile, another rotation or a person, knows something that this one does not.
   */
  async function checkUnchanged(): Promise<Answer> {
    const answer = await get(secret);
    isUnsure = false;
    if (answer.status !== 200) throw refused(answer);
    if (!(changeOf(answer) > changed + granularity)) return answer;
    throw new UserError(`the secret "${place.name}" of ${where} was changed by somebody else meanwhile`, {
      input: 'secret-name',
      fix: 'What this rotation was about to store was not stored. Run again: the next run is given what is stored now. Let the jobs that rotate share a concurrency group.',
      untouched: true,
    });
  }

  async function put(compose: (at: Date) => string): Promise<Answer> {
    const attempt = async (): Promise<Answer> => {
      const body = { encrypted_value: seal(compose(now()), key.key), key_id: key.key_id, ...visibility };
      return await ask(api, secret, signal, { method: 'PUT', body });
    };
    return await healed(attempt, [201, 204]);
  }

  async function get(path: string): Promise<Answer> {
    return await healed(async () => await ask(api, path, signal), [200]);
  }

  async function readKey(): Promise<PublicKey> {
    const answer = await get(`${base}/public-key`);
    if (answer.status !== 200) throw refused(answer);
    return answer.body as PublicKey;
  }

  /** A write sets who may see the secret, so what it is now is written again. */
  async function readVisibility({ body }: Answer): Promise<object> {
    const { visibility: seenBy } = body as { visibility: string };
    if (seenBy !== 'selected') return { visibility: seenBy };
    const ids: number[] = [];
    for (let page = 1; ; page += 1) {
      const answer = await get(`${secret}/repositories?per_page=100&page=${page}`);
      if (answer.status !== 200) throw refused(answer);
      const { repositories, total_count: total } = answer.body as {
        repositories: { id: number }[];
        total_count: number;
      };
      ids.push(...repositories.map(({ id }) => id));
      if (ids.length >= total || repositories.length === 0) break;
    }
    return { visibility: seenBy, selected_repository_ids: ids };
  }

  /**
   * Makes a request again for as long as it may succeed without anybody doing anything. Both kinds are fit for that: a
   * secret that is stored twice is stored.
   */
  async function healed(request: () => Promise<Answer>, good: readonly number[]): Promise<Answer> {
    const started = Date.now();
    for (let pause = 250; ; pause *= 2) {
      const answer = await request().catch((error: unknown) => {
        signal.throwIfAborted();
        return error instanceof Error ? error : new Error(String(error));
      });
      const isOut = answer instanceof Error || answer.status >= 500 || isGarbled(answer, good);
      isUnsure ||= isOut;
      if (!isOut && !isRateLimited(answer)) {
        const date = Date.parse(answer.headers.date ?? '');
        if (Number.isFinite(date)) ahead = date - Date.now();
        return answer;
      }
      const wait = isOut ? pause * (0.5 + Math.random()) : rateLimitEnds(answer);
      if (Date.now() + wait < started + patience) {
        await sleep(wait, undefined, { signal }).catch(() => {
          signal.throwIfAborted();
        });
        continue;
      }
      if (!isOut) return answer;
      throw new UserError('GitHub could not be asked', {
        said: answer instanceof Error ? messageOf(answer) : wordsOf(answer),
        fix: 'Run again when it is back: https://www.githubstatus.com',
        cause: answer,
      });
    }
  }

  function refused(answer: Answer): UserError {
    const said = wordsOf(answer);
    const because = (problem: string, fix: string, input?: string): UserError =>
      new UserError(problem, { said, fix, untouched: !isUnsure, ...(input === undefined ? {} : { input }) });
    if (isRateLimited(answer)) {
      return because('GitHub limits how much this token may ask', 'Run again when the limit is over.');
    }
    if (answer.status === 401) {
      return because('GitHub does not know this token', 'It may have expired, or have been revoked.', 'github-token');
    }
    if (answer.status === 403 || answer.status === 404) {
      const fix = `Give an installation token of a GitHub App, or a fine-grained token, that has ${permission} on ${where}. GitHub answers 404, too, for what a token may not see: check the name.`;
      return because(`this token may not write secrets of ${where}`, fix, 'github-token');
    }
    if (answer.status >= 300 && answer.status < 400) {
      return because(`${where} has another name now`, 'Give the new name.', 'repository');
    }
    return because('GitHub did not take the secret', 'Its answer has the reason.');
  }
}

function changeOf({ body }: Answer): number {
  return Date.parse(String((body as { updated_at?: unknown }).updated_at));
}

interface PublicKey {
  readonly key_id: string;
  readonly key: string;
}

/** Whether an answer is not GitHub's: something in between may answer with a page of its own. */
function isGarbled({ status, body }: Answer, good: readonly number[]): boolean {
  if (status >= 300) return false;
  return !good.includes(status) || (status === 200 && (typeof body !== 'object' || body === null));
}

function routesOf(place: SecretPlace): { base: string; secret: string; permission: string; where: string } {
  const { base, permission, where } = baseOf(place);
  return { base, permission, where, secret: `${base}${at`/${place.name}`}` };
}

function baseOf(place: SecretPlace): { base: string; permission: string; where: string } {
  if (place.scope === 'organization') {
    const { organization } = place;
    return {
      base: at`/orgs/${organization}/actions/secrets`,
      permission: 'the organization permission "Secrets: write"',
      where: `the organization ${organization}`,
    };
  }
  const { repository } = place;
  const [owner = '', name = ''] = repository.split('/');
  if (place.scope === 'repository') {
    return {
      base: at`/repos/${owner}/${name}/actions/secrets`,
      permission: 'the permission "Secrets: write"',
      where: `the repository ${repository}`,
    };
  }
  return {
    base: at`/repos/${owner}/${name}/environments/${place.environment}/secrets`,
    permission: 'the permission "Environments: write"',
    where: `the environment "${place.environment}" of ${repository}`,
  };
}

/** libsodium's sealed box: only GitHub can open it, not even this side. Loaded here, because only this needs it. */
async function sealer(): Promise<(value: string, key: string) => string> {
  const { default: sodium } = await import('libsodium-wrappers');
  await sodium.ready;
  return (value, key) => Buffer.from(sodium.crypto_box_seal(value, Buffer.from(key, 'base64'))).toString('base64');
}
