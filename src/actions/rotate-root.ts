/** Replaces the root credential, on the target and in the secret that holds it. */
import { getInput, setOutput } from '@actions/core';
import type { EngineDeclaration, Rotation, RotationStage, RotationStep } from '../engines/engine.ts';
import { engineNamed } from '../engines/registry.ts';
import { openSecret, type OpenSecret } from '../github/secrets.ts';
import { messageOf, UserError } from '../lease/errors.ts';
import { parseInputs } from '../lease/inputs.ts';
import { apiUrl, shedEnvironment } from '../runner/environment.ts';
import { idTokenSource } from '../runner/id-token.ts';
import { interruption } from '../runner/interruption.ts';
import { currentJob } from '../runner/job.ts';
import { fail, mask, say, warn } from '../runner/log.ts';
import { summarize } from '../runner/summary.ts';
import { checkToken, overlapFor, rotateRootInputs, secretPlace } from './rotate-root-inputs.ts';
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
  // Where OIDC or the job's environment is root, there is no secret to write.
  if (roots.length > 0) checkToken(inputs);

  const timeout = AbortSignal.timeout(patience.rotation);
  const signal = AbortSignal.any([timeout, afterCancel()]);
  const place = secretPlace(inputs, currentJob(0).repo);
  const api = { base: apiUrl(), token: inputs['github-token'] };
  const secret = roots.length === 0 ? undefined : await openSecret(api, place, signal);

  const driver = await engine.load();
  const terms = {
    overlap: overlapFor(engine, inputs.overlap),
    passwordLength: inputs['password-length'],
    now: new Date(),
  };
  const context = { signal, warn, idToken: idTokenSource() };
  await using steps = driver.rotateRoot(roots, config, terms, context);
  const result = await follow(steps, inputs['dry-run'] ? undefined : secret, place.name, timeout);
  await report(engine, place.name, result);
}

/**
 * Goes through the steps, storing what each asks for before the next.
 *
 * @param secret undefined for a dry run, which ends before the first change
 * @returns how the rotation ended; the step that comes first, when it is a dry run
 */
async function follow(
  steps: AsyncGenerator<RotationStep, Rotation>,
  secret: OpenSecret | undefined,
  name: string,
  timeout: AbortSignal,
): Promise<Rotation | RotationStep> {
  let stage: RotationStage = 'prepare';
  let stored = 'as before' as keyof typeof holds;
  try {
    for (;;) {
      const { value: step, done } = await steps.next();
      if (done === true) return step;
      ({ stage } = step);
      mask(step.secrets ?? []);
      cancelled.throwIfAborted();
      if (step.value !== undefined) {
        if (secret === undefined) return step;
        const before = stored;
        stored = 'unknown';
        await secret.store(step.value).catch((error: unknown) => {
          // What GitHub has refused is not stored; whatever else went wrong, it may be.
          if (error instanceof UserError && error.details.untouched === true) stored = before;
          throw error;
        });
        stored = stage;
      }
      cancelled.throwIfAborted();
      say(`${stages[stage]}${step.value === undefined ? '' : `: stored in ${name}`}. Next: ${step.next}.`);
    }
  } catch (error) {
    const reason = messageOf(cancelled.aborted ? cancelled.reason : timeout.aborted ? tooLong(error) : error);
    const held = holds[stored];
    const advice = stored === 'as before' ? '' : ' Running again finishes the rotation.';
    throw new Error(`${reason}\nThe rotation stopped at ${stages[stage]}. ${held}${advice}`, { cause: error });
  }
}

function tooLong(error: unknown): UserError {
  return new UserError(`rotating took longer than ${patience.rotation / 1000} s`, { said: messageOf(error) });
}

async function report(engine: EngineDeclaration, secretName: string, result: Rotation | RotationStep): Promise<void> {
  const row: Record<string, string> = { Engine: engine.name, Secret: secretName };
  if ('stage' in result) {
    say(`Dry run: nothing was changed. A rotation would now store the new value, and then ${result.next}.`);
    setOutput('rotated', false);
    await summarize('joblease: rotation of root, dry run', { ...row, 'Would then': result.next });
    return;
  }
  const { rotated, active, retired, nextDue, notes } = result;
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
