/**
 * Replaces the access key that is root. A user of IAM has two keys at most: the one in use and, for as long as queued
 * jobs may hold it, its predecessor.
 *
 * All that is known of earlier rotations stands in the lines of the secret (as `Joblease`) and in IAM's list of
 * the user's keys. A key is only ever deleted when both say that a rotation made it and that nobody needs it.
 */
import { CreateAccessKeyCommand, UpdateAccessKeyCommand } from '@aws-sdk/client-iam';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context, Rotation, RotationStep, RotationTerms } from '../engine.ts';
import { ambientKey, type Around } from './connection.ts';
import { awsCode, explain, explained, isAmbiguous } from './errors.ts';
import { unlessMissing } from './iam.ts';
import type { AwsConfig } from './inputs.ts';
import { openRoot } from './root-session.ts';
import {
  activation,
  checkLines,
  checkRights,
  deleteKey,
  deactivation,
  deletion,
  inWords,
  isOurs,
  lastUse,
  listKeys,
  minuteMs,
  noRoom,
  openUser,
  rfc3339,
  secondMs,
  wasUsedAfter,
  withPast,
  type ListedKey,
  type RootUser,
  type Use,
} from './root-user.ts';
import { formatRoot, type AwsRoot } from './root.ts';
import { rotationTrial, verify } from './verify.ts';

/** The most that passes between the making of a key and its promotion: a younger key may be another rotation's. */
const longestMs = 2 * minuteMs;
/** How long the proof of a new key may take, so that its promotion still falls into that time. */
const longestProofMs = 90 * secondMs;
/**
 * How long after the write-ahead a key is made at the latest, and how far before it clocks may put that: what was made
 * outside of this is not that rotation's.
 */
const windowMs = { before: minuteMs, after: 5 * minuteMs };
/**
 * How long after the making of a key another rotation, which had begun before, may still act as its predecessor: the five
 * minutes that a rotation takes at the longest, and one because IAM tells the time of a use in whole minutes.
 */
const ownUsesMs = 6 * minuteMs;
/** How long IAM may go on counting a key that was just deleted. */
const deletionLagMs = 15 * secondMs;

/** `rotateRoot` of the engine. */
export async function* rotateRoot(
  roots: readonly AwsRoot[],
  config: AwsConfig,
  terms: RotationTerms,
  context: Context,
): AsyncGenerator<RotationStep, Rotation> {
  if (roots.length === 0) return withoutKey(config);
  const root = await openRoot(roots, config, context);
  if (root.key.sessionToken !== undefined) {
    return nothingToRotate(root.key.accessKeyId, 'root is a session, which ends by itself: there is no key to rotate');
  }
  const user = await withPast(openUser(root, roots, config, terms, context));
  const { current } = user;
  const end = overlapEnd(user);
  if (end.getTime() > user.now() && current.joblease?.creating === undefined) return notDueYet(user, end);

  // Taken before the keys are listed, so that a key that is not in the list was made later.
  const begun = user.now();
  const keys = await listKeys(user);
  await checkLines(user, keys, config, context);
  const other = keys.find(({ id }) => id !== current.accessKeyId);
  if (other === undefined) return yield* makeSuccessor(user, begun);
  if (await isLeftOver(user, other)) {
    const ended = yield* deleteLeftOver(user, other);
    return yield* makeSuccessor(user, user.now(), { ended });
  }
  if (!isPredecessor(user, other)) throw await noRoom(user, keys);
  if (end.getTime() > user.now()) return notDueYet(user, end);
  if (other.isActive) return yield* deactivate(user, other, end);
  if (!(await mayDelete(user, other, end))) throw await noRoom(user, keys);
  return yield* makeSuccessor(user, begun, { predecessor: other });
}

/** When the predecessor of the key in use may go, and its successor may come; a person's key may have one at once. */
function overlapEnd({ current, terms }: RootUser): Date {
  const { made } = current.joblease ?? {};
  return new Date(made === undefined ? 0 : Date.parse(made) + terms.overlap * secondMs);
}

function withoutKey(config: AwsConfig): Rotation {
  const role = config['oidc-role-arn'];
  if (role !== '') return nothingToRotate(role, 'root is the OIDC token of the job: there is no stored key to rotate');
  const why = 'root comes from the environment, not from the input "root": whatever put it there has to rotate it';
  return nothingToRotate(ambientKey()?.accessKeyId ?? '', why);
}

function nothingToRotate(active: string, note: string): Rotation {
  return { rotated: false, active, retired: [], nextDue: undefined, notes: [note] };
}

function notDueYet({ current: { accessKeyId, joblease } }: RootUser, end: Date): Rotation {
  const note = `access key ${accessKeyId} was made by a rotation on ${joblease?.made ?? ''}; there is nothing to do before ${rfc3339(end)}`;
  return { rotated: false, active: accessKeyId, retired: [], nextDue: end, notes: [note] };
}

/** A key that was ended to make room, and what is to be told of it. */
interface Ended extends Pick<Rotation, 'retired' | 'notes'> {
  readonly id: string;
}

/**
 * Prepare, prove, promote. What the new key replaces is deactivated by a later run, even without an overlap: AWS has no
 * lock, so until a run was given the new key by the secret another rotation may have spoilt the one or the other.
 */
async function* makeSuccessor(
  user: RootUser,
  begun: number,
  { predecessor, ended }: { predecessor?: ListedKey; ended?: Ended } = {},
): AsyncGenerator<RotationStep, Rotation> {
  const { current, lines, name, terms } = user;
  const made = current.joblease?.made === undefined ? {} : { made: current.joblease.made };
  await checkRights(user);
  const writeAhead = { ...current, joblease: { ...made, creating: rfc3339(new Date(begun)) } };
  yield {
    stage: 'prepare',
    value: lines.map((line) => formatRoot(line === current ? writeAhead : line)).join('\n'),
    next:
      predecessor === undefined
        ? `make a second access key of user "${name}"`
        : `delete access key ${predecessor.id}, which nobody uses any more, and make a new one of user "${name}"`,
  };
  const retired = [...(ended?.retired ?? [])];
  if (predecessor !== undefined) {
    yield { stage: 'retire', next: `delete access key ${predecessor.id}` };
    await deleteKey(user, predecessor.id);
    retired.push(`access key ${predecessor.id} (deleted)`);
  }

  const successor = await createKey(user, begun, predecessor?.id ?? ended?.id);
  const { accessKeyId, joblease } = successor;
  const secrets = [...successor.secrets, formatRoot(successor)];
  yield { stage: 'prove', secrets, next: `use access key ${accessKeyId} until all of AWS knows it` };
  await prove(user, successor);

  const end = new Date(Date.parse(joblease?.made ?? '') + terms.overlap * secondMs);
  yield {
    stage: 'promote',
    value: [successor, { ...current, joblease: made }].map(formatRoot).join('\n'),
    secrets,
    next: `leave access key ${current.accessKeyId} active until ${terms.overlap === 0 ? 'the next run' : `${rfc3339(end)}, for jobs that were queued before`}`,
  };
  const refused = lines
    .filter(({ accessKeyId: id }) => ![current.accessKeyId, predecessor?.id].includes(id))
    .map(({ accessKeyId: id }) => `access key ${id} is refused by AWS, and was taken out of the secret`);
  return {
    rotated: true,
    active: accessKeyId,
    retired,
    nextDue: end,
    notes: [...(ended?.notes ?? []), ...refused, remaining(user, end)],
  };
}

/** What becomes of the key that was replaced just now. */
function remaining(user: RootUser, end: Date): string {
  const { accessKeyId: id } = user.current;
  if (user.terms.overlap === 0) {
    return `access key ${id} is still active: to deactivate it run the rotation a second time with "overlap: 0", once this run has ended`;
  }
  const after = isOurs(user, id) ? '' : ', and whoever made it then deletes it';
  return `access key ${id} stays active for jobs that were queued before; a rotation after ${rfc3339(end)} deactivates it${after}`;
}

/**
 * @param begun when the write-ahead says that the key was about to be made
 * @param freed the key that was deleted just now, which IAM may still count
 */
async function createKey(user: RootUser, begun: number, freed: string | undefined): Promise<AwsRoot> {
  const { iam, name, current } = user;
  const create = iam.sendAround(once(user, begun));
  const latest = user.now() + deletionLagMs;
  for (;;) {
    try {
      const { AccessKey } = await create(new CreateAccessKeyCommand({ UserName: name }));
      const { AccessKeyId = '', SecretAccessKey = '', CreateDate = new Date(user.now()) } = AccessKey ?? {};
      return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        joblease: { made: rfc3339(CreateDate) },
        secrets: [SecretAccessKey],
      };
    } catch (error) {
      if (awsCode(error) !== 'LimitExceeded') throw explain(error, 'root');
      const strangers = (await listKeys(user)).filter(({ id }) => ![current.accessKeyId, freed].includes(id));
      if (freed === undefined || strangers.length > 0 || user.now() > latest) throw anotherRotation(name, error);
    }
    // A signal that fires ends the pause; the next call then says so.
    await sleep(secondMs, undefined, { signal: iam.context.signal }).catch(() => undefined);
  }
}

/** Makes one key at most: an attempt whose answer was lost is not repeated, and none is made that comes too late. */
function once(user: RootUser, begun: number): Around {
  return async (attempt) => {
    // Beyond the window the next rotation would not know the key for ours.
    if (user.now() > begun + windowMs.after - minuteMs) throw tooLate();
    try {
      return await attempt();
    } catch (error) {
      if (isAmbiguous(error)) throw unanswered(user.name, error);
      throw error;
    }
  };
}

function tooLate(): UserError {
  return new UserError('it took too long to store the secret, so no access key was made', {
    input: 'root',
    fix: 'Run the rotation again. The stored secret works as before.',
  });
}

/** Without the cause, which says that it can heal: a second call could make a second key. */
function unanswered(name: string, error: unknown): UserError {
  return new UserError(`AWS did not say whether it made an access key of user "${name}"`, {
    input: 'root',
    said: messageOf(error),
    fix: 'Run the rotation again: it finds the key, deletes it and finishes. The stored secret works as before.',
  });
}

function anotherRotation(name: string, error: unknown): UserError {
  return new UserError('another rotation of this root is under way', {
    input: 'root',
    said: messageOf(error),
    fix: `A second key of user "${name}" has appeared since this rotation began, which has made none. Run it again when the other one has ended, and give the workflow a concurrency group.`,
    cause: error,
  });
}

async function prove({ iam }: RootUser, { accessKeyId, secretAccessKey }: AwsRoot): Promise<void> {
  const signal = AbortSignal.any([iam.context.signal, AbortSignal.timeout(longestProofMs)]);
  try {
    await verify({ accessKeyId, secretAccessKey }, rotationTrial, iam.config, { ...iam.context, signal });
  } catch (error) {
    throw new UserError(`the new access key ${accessKeyId} could not be proved to work`, {
      input: 'root',
      said: messageOf(error instanceof UserError ? (error.details.cause ?? error) : error),
      fix: 'Run the rotation again: it deletes the key and makes another one. The stored secret works as before.',
    });
  }
}

/** Whether a rotation made the key in use when this one was there already, and kept its line. */
function isPredecessor({ current, lines }: RootUser, { id, made }: ListedKey): boolean {
  // Times in the secret are cut to seconds.
  const isOlder = made.getTime() < Date.parse(current.joblease?.made ?? '') + secondMs;
  return isOlder && lines.some(({ accessKeyId }) => accessKeyId === id);
}

/** Retires the predecessor. The key in use came first in the stored secret and was just logged in with: it is proved. */
async function* deactivate(user: RootUser, { id }: ListedKey, end: Date): AsyncGenerator<RotationStep, Rotation> {
  const { current, lines, name } = user;
  const use = await lastUse(user, id);
  if (isMissed(user, use, end)) {
    throw new UserError(
      `access key ${id} was left active: it was replaced on ${current.joblease?.made ?? ''}, was to end on ${rfc3339(end)}, and ${inWords(use)}`,
      {
        input: 'root',
        fix: `Find out who uses it (CloudTrail has the calls by access key id), and give them the key that comes first in the secret: a run after ${rfc3339(unusedFrom(user, use))} deactivates the old one if it was not used again. If nobody may use it, do it now, and run again: ${deactivation(name, id)}`,
        untouched: true,
      },
    );
  }
  yield { stage: 'retire', value: lines.map(formatRoot).join('\n'), next: `deactivate access key ${id}` };
  const note = await deactivateKey(user, id);
  return {
    rotated: false,
    active: current.accessKeyId,
    retired: [`access key ${id} (deactivated)`],
    nextDue: new Date(user.now()),
    notes: [note],
  };
}

/** @returns what is to be known of it */
async function deactivateKey(user: RootUser, id: string): Promise<string> {
  const { iam, name } = user;
  const command = new UpdateAccessKeyCommand({ UserName: name, AccessKeyId: id, Status: 'Inactive' });
  await unlessMissing(iam.send(command)).catch(explained('root'));
  const after = isOurs(user, id)
    ? `the next rotation deletes it; should anybody miss it before: ${activation(name, id)}`
    : `a person made it, so it is not deleted; the next rotation needs its place: ${deletion(name, id)}`;
  return `access key ${id} is inactive now; ${after}`;
}

async function mayDelete(user: RootUser, { id }: ListedKey, end: Date): Promise<boolean> {
  return isOurs(user, id) && !isMissed(user, await lastUse(user, id), end);
}

/**
 * Whether somebody who is not to be cut off has used the predecessor when the overlap was over. For a further overlap
 * after that: otherwise one single use would keep it for good.
 */
function isMissed(user: RootUser, use: Use, end: Date): boolean {
  const { current, terms } = user;
  // Without an overlap it has leaked, and whoever uses it is to be stopped.
  if (terms.overlap === 0) return false;
  const ours = Date.parse(current.joblease?.made ?? '') + ownUsesMs;
  return wasUsedAfter(use, new Date(Math.max(end.getTime(), ours))) && unusedFrom(user, use).getTime() > user.now();
}

/** When a key has not been used for an overlap. */
function unusedFrom({ terms }: RootUser, { at }: Use): Date {
  return new Date((at?.getTime() ?? 0) + terms.overlap * secondMs);
}

/**
 * Whether a rotation made the key and died before it could promote it: the key was made right after a write-ahead, is in
 * no line, and was used for no more than its proof.
 */
async function isLeftOver(user: RootUser, { id, made }: ListedKey): Promise<boolean> {
  const { creating } = user.current.joblease ?? {};
  if (creating === undefined || user.lines.some(({ accessKeyId }) => accessKeyId === id)) return false;
  const after = made.getTime() - Date.parse(creating);
  if (after < -windowMs.before || after > windowMs.after) return false;
  const { at, service } = await lastUse(user, id);
  return at === undefined || (service === 'sts' && at.getTime() <= made.getTime() + longestMs);
}

async function* deleteLeftOver(user: RootUser, key: ListedKey): AsyncGenerator<RotationStep, Ended> {
  const { iam, current, lines, name } = user;
  const rest = key.made.getTime() + longestMs - user.now();
  if (rest > 0) {
    await sleep(rest, undefined, { signal: iam.context.signal }).catch(() => {
      throw new UserError(`access key ${key.id} was made less than two minutes ago, by a rotation that has not ended`, {
        input: 'root',
        fix: 'Run the rotation again when the other one has ended, or two minutes after it was interrupted.',
      });
    });
    const keys = await listKeys(user);
    if (keys.every(({ id }) => id !== key.id)) return { id: key.id, retired: [], notes: [] };
    if (!(await isLeftOver(user, key))) throw await noRoom(user, keys);
  }
  yield {
    stage: 'prepare',
    value: lines.map(formatRoot).join('\n'),
    next: `delete access key ${key.id} of user "${name}", which an interrupted rotation left`,
  };
  await deleteKey(user, key.id);
  // All of this may be true of a key that a person made, who then learns here why it is gone.
  const note = `access key ${key.id} was deleted, as what an interrupted rotation left: it was made on ${rfc3339(key.made)}, right after a rotation had noted that it was about to make one (${current.joblease?.creating ?? ''}), was in no line of the secret, and was used for no more than a proof. If a person made it, give them a key of another user`;
  return { id: key.id, retired: [`access key ${key.id} (deleted: left by an interrupted rotation)`], notes: [note] };
}
