/** Replaces the root credential, on the target and in the secret that holds it. */
import { getInput, setOutput } from '@actions/core';
import {
  lacks,
  type EngineDeclaration,
  type Rotation,
  type RotationStage,
  type RotationStep,
} from '../engines/engine.ts';
import { engineNamed } from '../engines/registry.ts';
import { idTokenSource } from '../github/id-token.ts';
import { queuedAt } from '../github/run.ts';
import type { SecretPlace } from '../github/secret-routes.ts';
import { openSecret, type OpenSecret } from '../github/secrets.ts';
import { messageOf, UserError } from '../lease/errors.ts';
import { parseInputs } from '../lease/inputs.ts';
import type { JobIdentity } from '../lease/record.ts';
import { apiUrl, shedEnvironment } from '../runner/environment.ts';
import { interruption } from '../runner/interruption.ts';
import { currentJob, isByHand } from '../runner/job.ts';
import { fail, mask, say, sayRetries, timed, tracer, warn } from '../runner/log.ts';
import { summarize } from '../runner/summary.ts';
import { checkToken, overlapFor, rotateRootInputs, secretPlace, type RotateRootInputs } from './rotate-root-inputs.ts';
import {
  askForReturn,
  checkMayAsk,
  notYet,
  originOf,
  problemOf,
  storeWithReceipt,
  type Origin,
} from './rotate-root-origin.ts';
import { readTarget } from './target.ts';

/** How long a rotation may take in all, and how long after a cancel a call may go on: the runner kills it after 10 s. */
const patience = { rotation: 300_000, cancelled: 6000 };

const stages: Record<RotationStage, string> = {
  prepare: 'step 1 of 4, prepare',
  prove: 'step 2 of 4, prove',
  promote: 'step 3 of 4, promote',
  retire: 'step 4 of 4, retire',
};

/** What the secret holds after what was stored last. */
const holds = {
  'as before': 'Nothing has been changed: the secret is as it was.',
  asked: 'Nothing has been changed on the target. The secret holds what it held, and a line for the next run.',
  unknown: 'The secret holds what it held or what was to be stored, which is not known; in both is what works now.',
  prepare: 'The secret holds what it held, and what the next run needs to go on: some line of it works.',
  prove: 'The secret holds the new credential.',
  promote: 'The secret begins with the new credential, which was seen to work.',
  retire: 'The secret holds what works from now on.',
};

shedEnvironment();
const cancelled = interruption();
try {
  await main();
} catch (error) {
  fail(error);
}

async function main(): Promise<void> {
  const engine = engineNamed(getInput('engine'));
  const inputs = parseInputs(rotateRootInputs, getInput);
  mask([inputs['github-token']]);
  const { roots, config } = readTarget(engine, 'rotate-root');
  const overlap = overlapFor(engine, inputs.overlap);
  // Where OIDC or the job's environment is root, there is no secret to write.
  if (roots.length > 0) checkToken(inputs);
  const driver = await engine.load();
  if (driver.rotateRoot === undefined) throw lacks(engine, 'rotateRoot');

  const timeout = AbortSignal.timeout(patience.rotation);
  const signal = AbortSignal.any([timeout, afterCancel()]);
  const stored =
    roots.length === 0
      ? undefined
      : await openStored(inputs, { given: getInput('root'), isUrgent: overlap === 0 }, signal);

  const terms = { overlap, passwordLength: inputs['password-length'], now: new Date() };
  const retrying = sayRetries(patience.rotation);
  const context = { signal, warn, mask, debug: tracer(), retrying, idToken: idTokenSource() };
  await using steps = driver.rotateRoot(roots, config, terms, context);
  const result = await follow(steps, inputs['dry-run'] ? undefined : stored, timeout);
  await report(engine, inputs['secret-name'], result, stored);
}

/** The secret that is written, and what is known of the one that was given. */
interface Stored {
  readonly secret: OpenSecret;
  readonly place: SecretPlace;
  /** the input `root` */
  readonly given: string;
  readonly origin: Origin;
  /** whether somebody waits for the rotation */
  readonly isUrgent: boolean;
  /** @throws UserError when `root` must not be stored there once more, to see in the next run whether it comes back */
  checkMayAsk(): Promise<void>;
}

async function openStored(
  inputs: RotateRootInputs,
  { given, isUrgent }: Pick<Stored, 'given' | 'isUrgent'>,
  signal: AbortSignal,
): Promise<Stored> {
  const job = currentJob(0);
  const named = secretPlace(inputs, job.repo);
  const base = apiUrl();
  const secret = await openSecret({ base, token: inputs['github-token'] }, named, signal);
  const place = await withId(named, job, secret);
  const origin = originOf(given, place, secret);
  const queued = async (): Promise<Date | undefined> =>
    await queuedAt({ base, token: inputs['job-token'] }, job, signal);
  return {
    secret,
    place,
    given,
    origin,
    isUrgent,
    async checkMayAsk() {
      await checkMayAsk(origin, given, place, secret, job.repo, queued);
    },
  };
}

/** The runner knows the id of the job's own repository. */
async function withId(place: SecretPlace, { repo, repoId }: JobIdentity, secret: OpenSecret): Promise<SecretPlace> {
  if (place.scope === 'organization') return place;
  const isOwn = place.repository.toLowerCase() === repo.toLowerCase() && repoId > 0;
  return { ...place, repositoryId: isOwn ? repoId : await secret.repositoryId(place.repository) };
}

/**
 * Goes through the steps, storing what each asks for before the next.
 *
 * @param stored undefined for a dry run, which ends before the first change
 * @returns how the rotation ended; the step that comes first, when it is a dry run
 */
async function follow(
  steps: AsyncGenerator<RotationStep, Rotation>,
  stored: Stored | undefined,
  timeout: AbortSignal,
): Promise<Rotation | RotationStep> {
  let stage: RotationStage = 'prepare';
  let held = 'as before' as keyof typeof holds;
  /** @param now what the secret holds once it has succeeded */
  const write = async (now: keyof typeof holds, store: () => Promise<void>): Promise<void> => {
    const before = held;
    held = 'unknown';
    await timed('store', store).catch((error: unknown) => {
      // What GitHub has refused is not stored; whatever else went wrong, it may be.
      if (error instanceof UserError && error.details.untouched === true) held = before;
      throw error;
    });
    held = now;
  };
  const next = async (): Promise<IteratorResult<RotationStep, Rotation>> =>
    await timed(`rotation from ${stage} on`, async () => await steps.next());
  try {
    for (;;) {
      const { value: step, done } = await next();
      if (done === true) return step;
      ({ stage } = step);
      mask(step.secrets ?? []);
      cancelled.throwIfAborted();
      const { value } = step;
      if (value !== undefined) {
        if (stored === undefined) return step;
        const { secret, place, given, origin, isUrgent } = stored;
        if (held === 'as before' && origin !== 'known') {
          await stored.checkMayAsk();
          await write('asked', async () => {
            await askForReturn(secret, place, given);
          });
          if (isUrgent) throw notYet(origin, place);
          if (origin === 'old') return asked('The next run rotates');
          // On a schedule nobody would see a warning, and root would never be rotated.
          if (!isByHand()) throw notYet(origin, place);
          warn(`Root was not rotated yet. ${notYet(origin, place).message}`);
          return asked('Start another run, which rotates if "root" comes from this secret');
        }
        await write(stage, async () => {
          await storeWithReceipt(secret, place, value, stage === 'prepare' ? 'asked' : 'stored');
        });
      }
      cancelled.throwIfAborted();
      say(`${stages[stage]}${value === undefined ? '' : `: stored in ${stored?.place.name}`}. Next: ${step.next}.`);
    }
  } catch (error) {
    const reason = messageOf(cancelled.aborted ? cancelled.reason : timeout.aborted ? tooLong(error) : error);
    const advice = held === 'as before' || held === 'asked' ? '' : ' Running again finishes the rotation.';
    throw new Error(`${reason}\nThe rotation stopped at ${stages[stage]}. ${holds[held]}${advice}`, { cause: error });
  }
}

/** What a run did that only stored `root`, for the next one. */
function asked(next: string): Rotation {
  const note = `${next}: this one has stored root as it is, to see that it comes back.`;
  return { rotated: false, active: '', retired: [], nextDue: new Date(), notes: [note] };
}

function tooLong(error: unknown): UserError {
  return new UserError(`rotating took longer than ${patience.rotation / 1000} s`, { said: messageOf(error) });
}

async function report(
  engine: EngineDeclaration,
  secretName: string,
  result: Rotation | RotationStep,
  stored: Stored | undefined,
): Promise<void> {
  const row: Record<string, string> = { Engine: engine.name, Secret: secretName };
  const problem = stored === undefined ? undefined : problemOf(stored.origin, stored.given, stored.place);
  if ('stage' in result) {
    const first =
      stored?.origin === 'known'
        ? ''
        : 'see that what it stores comes back in a later run (see "One run asks, the next one rotates" in docs/rotate-root.md), ';
    say(`Dry run: nothing was changed. A rotation would now ${first}store the new value, and then ${result.next}.`);
    say('That the token may write the secret, only a write shows.');
    if (problem !== undefined) warn(problem.message);
    setOutput('rotated', false);
    await summarize('joblease: rotation of root, dry run', { ...row, 'Would then': result.next });
    return;
  }
  const { rotated, active, retired, nextDue, notes } = result;
  if (!rotated && problem !== undefined) warn(problem.message);
  const due = nextDue?.toISOString() ?? '';
  const outputs = { rotated, active, retired: retired.join('\n'), 'next-due': due };
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
  say(rotated ? `Root was rotated: ${secretName} now begins with ${active}.` : 'Root was not rotated.');
  if (retired.length > 0) say(`Ended: ${retired.join(', ')}.`);
  for (const note of notes) say(note);
  await summarize(rotated ? 'joblease: root rotated' : 'joblease: root not rotated', {
    ...row,
    Active: active,
    Retired: retired.join('\n'),
    'Next due': due,
    Notes: notes.join('\n'),
  });
}

/** Fires when what was under way at a cancel has had its time. */
function afterCancel(): AbortSignal {
  const late = new AbortController();
  cancelled.addEventListener('abort', () => {
    setTimeout(() => {
      late.abort(cancelled.reason);
    }, patience.cancelled).unref();
  });
  return late.signal;
}
