/**
 * Replaces a secret of a repository, an environment or an organization.
 * https://docs.github.com/en/rest/actions/secrets
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../lease/errors.ts';
import { isRateLimited, timeOf, wordsOf, type Answer, type Api } from './api.ts';
import { Github } from './client.ts';
import type { Octokit } from './octokit.ts';
import { routesOf, type Routes, type Sealed, type SecretPlace, type Visibility } from './secret-routes.ts';

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

/** How long GitHub may be out, or a rate limit last. */
const patienceMs = 30_000;

/** How often a request is made again at most: with the pauses between them it takes longer than the patience. */
const retries = 10;

/** How far apart two times of the same write may be: GitHub tells both in whole seconds. */
const granularityMs = 2000;

/** How much later than a value says it may have been stored: a request takes time, and seconds begin. */
const delayMs = 1000;

/** How often a value is stored whose own time does not fit. */
const attempts = 5;

/** Whether the time that a value was composed for is that of the secret's last change: no other write has the same. */
export function isTimeOf(composed: Date, changed: Date): boolean {
  const afterMs = changed.getTime() - Math.floor(composed.getTime() / 1000) * 1000;
  return afterMs >= 0 && afterMs <= delayMs;
}

/**
 * Finds the secret and whatever writing it takes, so that little is left to fail later. That the token may write, only
 * the first write shows.
 *
 * @throws UserError naming the input that is wrong: `secret-name` when there is no such secret, `github-token` when the
 *   token may not see it
 */
export async function openSecret(api: Api, place: SecretPlace, signal: AbortSignal): Promise<OpenSecret> {
  const routes = routesOf(place);
  const line = new Line(api, routes, signal);
  const key = await readKey(line, routes);
  const found = await line.ask(routes.getSecret);
  if (found.status === 404) {
    throw new UserError(`${routes.where} has no secret "${place.name}"`, {
      input: 'secret-name',
      said: wordsOf(found),
      fix: 'A rotation replaces the secret that the jobs use: give its name in "secret-name" and where it is in "secret-scope". A secret of an organization is not one of its repositories.',
    });
  }
  if (found.status !== 200) throw line.refused(found);
  const visibility = await readVisibility(line, routes, found);
  const seal = await sealer();
  seal('', key.key); // whatever is wrong with the key or the library shows here
  const writer = new Writer(line, routes, place, { key, changedMs: changeOf(found), visibility, seal }, signal);
  return {
    changed: new Date(changeOf(found)),
    now: () => line.now(),
    store: async (compose) => {
      await writer.store(compose);
    },
    async repositoryId(repository) {
      const [owner = '', repo = ''] = repository.split('/');
      const answer = await line.ask(async ({ rest }) => await rest.repos.get({ owner, repo }));
      if (answer.status !== 200) throw line.refused(answer);
      return (answer.body as { id: number }).id;
    },
    async isHiddenIn(repository) {
      if (place.scope !== 'organization') return false;
      const inRepository = routesOf({ scope: 'repository', repository, name: place.name });
      return (await line.ask(inRepository.getSecret)).status === 200;
    },
  };
}

/** How GitHub is asked for one secret. A request may be made twice: a secret that is stored twice is stored. */
class Line {
  /** whether a write went out that may stand, and the secret was not looked at since */
  isUnsure = false;
  readonly #github: Github;
  readonly #routes: Routes;
  readonly #signal: AbortSignal;
  #isWriting = false;
  /** how far GitHub's clock is ahead of this one */
  #aheadMs = 0;

  constructor(api: Api, routes: Routes, signal: AbortSignal) {
    this.#github = new Github(api, {
      signal,
      retries,
      latestMs: (beganMs) => beganMs + patienceMs,
      onFailure: () => {
        this.isUnsure ||= this.#isWriting;
      },
    });
    this.#routes = routes;
    this.#signal = signal;
  }

  /** GitHub's clock */
  now(): Date {
    return new Date(Date.now() + this.#aheadMs);
  }

  /** @throws UserError when GitHub does not answer */
  async ask(request: (octokit: Octokit) => ReturnType<Octokit['request']>): Promise<Answer> {
    const answer = await this.#github.ask(request).catch((error: unknown) => {
      this.#signal.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    });
    if (answer instanceof Error || answer.status >= 500) {
      throw new UserError('GitHub could not be asked', {
        said: answer instanceof Error ? messageOf(answer) : wordsOf(answer),
        fix: 'Run again when it is back: https://www.githubstatus.com',
        untouched: !this.isUnsure,
        cause: answer,
      });
    }
    const timeMs = timeOf(answer.headers);
    if (timeMs !== undefined && !isRateLimited(answer)) this.#aheadMs = timeMs - Date.now();
    return answer;
  }

  /** As {@link ask}, for a request that changes the secret. */
  async write(request: (octokit: Octokit) => ReturnType<Octokit['request']>): Promise<Answer> {
    this.#isWriting = true;
    try {
      return await this.ask(request);
    } finally {
      this.#isWriting = false;
    }
  }

  /** What a person is told of an answer that is none of the good ones. */
  refused(answer: Answer): UserError {
    const { permission, where } = this.#routes;
    const said = wordsOf(answer);
    const because = (problem: string, fix: string, input?: string): UserError =>
      new UserError(problem, { said, fix, untouched: !this.isUnsure, ...(input === undefined ? {} : { input }) });
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

/** What a write takes, and changes. */
interface Known {
  key: PublicKey;
  /** when the secret was last changed, by all that is known here; epoch milliseconds on GitHub's clock */
  changedMs: number;
  readonly visibility: Visibility;
  readonly seal: (value: string, key: string) => string;
}

/** Writes the secret, again and again. */
class Writer {
  readonly #line: Line;
  readonly #routes: Routes;
  readonly #place: SecretPlace;
  readonly #known: Known;
  readonly #signal: AbortSignal;

  constructor(line: Line, routes: Routes, place: SecretPlace, known: Known, signal: AbortSignal) {
    this.#line = line;
    this.#routes = routes;
    this.#place = place;
    this.#known = known;
    this.#signal = signal;
  }

  /** As {@link OpenSecret.store}. */
  async store(compose: (at: Date) => string): Promise<void> {
    const known = this.#known;
    // How GitHub's note of a change differs from its clock.
    let differsMs = 0;
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      await this.#checkUnchanged();
      await this.#waitForNextTime();
      const beforeMs = known.changedMs;
      const { composed, answer } = await this.#write(compose, differsMs);
      known.changedMs = timeOf(answer.headers) ?? Number.NaN;
      const storedMs = changeOf(await this.#checkUnchanged());
      if (isTimeOf(composed, new Date(storedMs)) && storedMs > beforeMs + delayMs) {
        known.changedMs = storedMs;
        return;
      }
      differsMs += storedMs - Math.floor(composed.getTime() / 1000) * 1000;
    }
    throw new UserError('GitHub took too long to store the secret, or its times do not fit its clock', {
      input: 'secret-name',
      fix: 'Run again.',
    });
  }

  /**
   * GitHub cannot write a secret on the condition that nobody else has. So the secret is looked at right before each write:
   * another rotation, or a person, may have stored what this rotation does not know.
   */
  async #checkUnchanged(): Promise<Answer> {
    const answer = await this.#line.ask(this.#routes.getSecret);
    if (answer.status !== 200) throw this.#line.refused(answer);
    this.#line.isUnsure = false;
    if (!(changeOf(answer) > this.#known.changedMs + granularityMs)) return answer;
    throw new UserError(
      `the secret "${this.#place.name}" of ${this.#routes.where} was changed by somebody else meanwhile`,
      {
        input: 'secret-name',
        fix: 'What this rotation was about to store was not stored. Run again: the next run is given what is stored now. Let the jobs that rotate share a concurrency group.',
        untouched: true,
      },
    );
  }

  /** What was composed for the write before must not fit the next one. */
  async #waitForNextTime(): Promise<void> {
    const apartMs = this.#known.changedMs + delayMs + 1000 - this.#line.now().getTime();
    if (apartMs <= 0) return;
    await sleep(apartMs, undefined, { signal: this.#signal }).catch(() => {
      this.#signal.throwIfAborted();
    });
  }

  /** @returns also the time that the value was composed for */
  async #write(
    compose: (at: Date) => string,
    differsMs: number,
  ): Promise<{ readonly composed: Date; readonly answer: Answer }> {
    const known = this.#known;
    let composed = this.#line.now();
    const seal = (): Sealed => {
      composed = new Date(this.#line.now().getTime() + differsMs);
      const { key, key_id } = known.key;
      return { encrypted_value: known.seal(compose(composed), key), key_id };
    };
    const put = async (): Promise<Answer> =>
      await this.#line.write(async (octokit) => await this.#routes.putSecret(octokit, seal, known.visibility));
    let answer = await put();
    if (answer.status === 422) {
      // The key pair was replaced since.
      known.key = await readKey(this.#line, this.#routes);
      answer = await put();
    }
    if (answer.status !== 201 && answer.status !== 204) throw this.#line.refused(answer);
    // Whatever GitHub refuses from now on, until the secret is looked at again, this write was not refused.
    this.#line.isUnsure = true;
    return { composed, answer };
  }
}

/** A write sets who may see the secret, so what it is now is written again. */
async function readVisibility(line: Line, { listSelected }: Routes, { body }: Answer): Promise<Visibility> {
  if (listSelected === undefined) return { visibility: 'private' }; // of no meaning outside of an organization
  const { visibility } = body as Visibility;
  if (visibility !== 'selected') return { visibility };
  const ids: number[] = [];
  for (let page = 1; ; page += 1) {
    const answer = await line.ask(async (octokit) => await listSelected(octokit, page));
    if (answer.status !== 200) throw line.refused(answer);
    const { repositories, total_count: total } = answer.body as {
      repositories: { id: number }[];
      total_count: number;
    };
    ids.push(...repositories.map(({ id }) => id));
    if (ids.length >= total || repositories.length === 0) break;
  }
  return { visibility, selected_repository_ids: ids };
}

async function readKey(line: Line, routes: Routes): Promise<PublicKey> {
  const answer = await line.ask(routes.getKey);
  if (answer.status !== 200) throw line.refused(answer);
  return answer.body as PublicKey;
}

function changeOf({ body }: Answer): number {
  return Date.parse(String((body as { updated_at?: unknown }).updated_at));
}

interface PublicKey {
  readonly key_id: string;
  readonly key: string;
}

/** Loaded here, because only this needs it. */
async function sealer(): Promise<(value: string, key: string) => string> {
  const { seal } = await import('./sealed-box.ts');
  return (value, key) => seal(value, Buffer.from(key, 'base64')).toString('base64');
}
