/**
 * Whether `root` comes from the very secret that a rotation writes. A secret of the same name may stand before it (an
 * environment's before the repository's, that before the organization's), or the workflow may give another one, or one
 * that was changed since. A rotation would then write over somebody's value, and end the one that is in use. Nobody
 * can read a secret, so the secret is written first, with a {@link Receipt}; only when that comes back is the target
 * changed.
 */
import type { SecretPlace } from '../github/secret-routes.ts';
import { isTimeOf, type OpenSecret } from '../github/secrets.ts';
import { UserError } from '../lease/errors.ts';
import { readReceipt, rootLines, withReceipt, type Receipt } from '../lease/receipt.ts';

/**
 * - `known`: what was stored last has come back, and was stored in order to come back, or a moment ago
 * - `old`: what was stored last has come back, but it may have been copied elsewhere since
 * - `unwritten`: no rotation has written it, or a person has changed it since
 * - `elsewhere`: a rotation has written it to another secret
 * - `changed`: the secret has been written since
 */
export type Origin = 'known' | 'old' | 'unwritten' | 'elsewhere' | 'changed';

/** For how long the receipt of a complete rotation counts like one that was asked for: several runs may follow each other. */
const recentMs = 3_600_000;

/** @param given the input `root` */
export function originOf(given: string, place: SecretPlace, secret: Pick<OpenSecret, 'changed' | 'now'>): Origin {
  const receipt = readReceipt(given);
  if (receipt === undefined) return 'unwritten';
  if (receipt.place !== placeName(place)) return 'elsewhere';
  if (!isTimeOf(receipt.at, secret.changed)) return 'changed';
  const ageMs = secret.now().getTime() - receipt.at.getTime();
  return receipt.state === 'asked' || ageMs <= recentMs ? 'known' : 'old';
}

/** Stores lines of root, and notes where and when. */
export async function storeWithReceipt(
  secret: OpenSecret,
  place: SecretPlace,
  value: string,
  state: Receipt['state'],
): Promise<void> {
  await secret.store((at) => withReceipt(value, { state, at, place: placeName(place) }));
}

/** Stores `root` as it is, so that the next run can tell whether it comes from there. */
export async function askForReturn(secret: OpenSecret, place: SecretPlace, given: string): Promise<void> {
  await storeWithReceipt(secret, place, rootLines(given).join('\n'), 'asked');
}

/**
 * Sees to it that what is written over is no more than what this run was given, as far as that can be known.
 *
 * @param queued when the run was queued; undefined when GitHub does not tell
 * @throws UserError when it is, or may be, something else
 */
export async function checkMayAsk(
  origin: Origin,
  given: string,
  place: SecretPlace,
  secret: OpenSecret,
  repository: string,
  queued: () => Promise<Date | undefined>,
): Promise<void> {
  if (origin === 'known' || origin === 'old') return;
  if (origin === 'elsewhere') throw isElsewhere(given, place);
  const since = await queued();
  // Without a time, a value that no rotation has written is believed. Otherwise there would never be a first rotation.
  const isCurrent = since === undefined ? origin === 'unwritten' : secret.changed.getTime() < since.getTime();
  if (!isCurrent) throw wasChanged(place, since === undefined);
  if (!(await secret.isHiddenIn(repository))) return;
  throw new UserError(`the repository ${repository} has a secret "${place.name}" too, which its jobs are given`, {
    input: 'secret-scope',
    fix: 'Write "repository" if that is the one that holds root; otherwise give one of the two another name.',
    untouched: true,
  });
}

/** What is wrong with the origin, for a run that has nothing to do. */
export function problemOf(origin: Origin, given: string, place: SecretPlace): UserError | undefined {
  if (origin === 'elsewhere') return isElsewhere(given, place);
  return origin === 'changed' ? wasChanged(place, true) : undefined;
}

/** Says that the secret was written, and that the rotation has yet to come. */
export function notYet(origin: Origin, place: SecretPlace): UserError {
  if (origin === 'old') {
    return new UserError('root was not rotated yet: first it must be seen that what is stored comes back', {
      input: 'secret-name',
      fix: 'Start another run now that this one has ended: it rotates.',
    });
  }
  return new UserError(`it is not known yet whether "root" comes from the secret "${place.name}" (${inWords(place)})`, {
    input: 'secret-name',
    fix: `So the value was stored there once more, with a line that tells where it was stored. Start another run now that this one has ended: given that line, it rotates. If this message comes again, "root" comes from another secret: ${precedence}`,
  });
}

const precedence =
  'give the input from the one that "secret-name" and "secret-scope" name, and see that no secret of that name stands before it: an environment\'s stands before the repository\'s, and that before the organization\'s.';

function isElsewhere(given: string, place: SecretPlace): UserError {
  return new UserError(
    `what "root" holds was stored somewhere else: ${placeInWords(readReceipt(given)?.place ?? '')}`,
    {
      input: 'secret-scope',
      fix: `This run would write ${placeInWords(placeName(place))}. Correct "secret-scope", "secret-name" and "repository". If you have moved the value yourself, or the organization has a new name, store it without its last line, which begins with "# joblease:".`,
      untouched: true,
    },
  );
}

/** Of the name that a receipt has for it. */
function placeInWords(named: string): string {
  const [, scope = '', of = '', environment, name = ''] = /^(\w+):([^:/]*)(?::([^/]*))?\/(\w+)$/.exec(named) ?? [];
  if (scope === '') return named;
  if (scope === 'organization') return `organization ${of}, secret ${name}`;
  const its = environment === undefined ? '' : `environment ${decodeURIComponent(environment)} of `;
  return `${its}repository ${of} (its id), secret ${name}`;
}

function wasChanged(place: SecretPlace, isUnsure: boolean): UserError {
  const more = `If that says so too, "root" comes from another secret: ${precedence} Or something else of the secret was changed, such as which repositories may see it: then let the job's token tell when a run was queued, by "permissions: actions: read".`;
  return new UserError(`the secret "${place.name}" was changed after this run was given its value`, {
    input: 'secret-name',
    fix: `Start a new run (not this one again): it is given what is stored now.${isUnsure ? ` ${more}` : ''}`,
    untouched: true,
  });
}

function inWords(place: SecretPlace): string {
  if (place.scope === 'organization') return `organization ${place.organization}`;
  if (place.scope === 'repository') return `repository ${place.repository}`;
  return `environment "${place.environment}" of ${place.repository}`;
}

/** Without the names of owner and repository, which change when a repository is renamed or handed on. */
function placeName(place: SecretPlace): string {
  const name = place.name.toUpperCase();
  if (place.scope === 'organization') return `organization:${place.organization.toLowerCase()}/${name}`;
  const environment = place.scope === 'environment' ? `:${encodeURIComponent(place.environment)}` : '';
  return `${place.scope}:${place.repositoryId ?? 0}${environment}/${name}`;
}
