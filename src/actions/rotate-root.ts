/** Replaces the root credential, on the target and in the secret that holds it. */
import { getInput, setOutput } from '@actions/core';
import { lacks, type EngineDeclaration, type Rotation, type RotationStep } from '../engines/engine.ts';
import { engineNamed } from '../engines/registry.ts';
import { parseInputs } from '../lease/inputs.ts';
import { isByHand } from '../runner/job.ts';
import { mask, say, timed, warn } from '../runner/log.ts';
import { runStep } from '../runner/step.ts';
import { summarize } from '../runner/summary.ts';
import { contextFor } from './context.ts';
import { Course, rotationTimeoutMs } from './rotate-root-course.ts';
import { checkToken, overlapFor, rotateRootInputs } from './rotate-root-inputs.ts';
import { askForReturn, notYet, problemOf } from './rotate-root-origin.ts';
import { openStored, type Stored } from './rotate-root-stored.ts';
import { readTarget } from './target.ts';

/** How long a call that is under way at a cancel may go on: the runner kills the process after 10 s. */
const afterCancelMs = 6000;

await runStep(async (cancelled) => {
  const engine = engineNamed(getInput('engine'));
  const inputs = parseInputs(rotateRootInputs, getInput);
  mask([inputs['github-token']]);
  const { roots, config } = readTarget(engine, 'rotate-root');
  const overlapSeconds = overlapFor(engine, inputs.overlap);
  // Where OIDC or the job's environment is root, there is no secret to write.
  if (roots.length > 0) checkToken(inputs);
  const driver = await engine.load();
  if (driver.rotateRoot === undefined) throw lacks(engine, 'rotateRoot');

  const timeout = AbortSignal.timeout(rotationTimeoutMs);
  const signal = AbortSignal.any([timeout, afterCancel(cancelled)]);
  const root = { given: getInput('root'), isUrgent: overlapSeconds === 0 };
  const stored = roots.length === 0 ? undefined : await openStored(inputs, root, signal);

  const terms = { overlap: overlapSeconds, passwordLength: inputs['password-length'], now: new Date() };
  await using steps = driver.rotateRoot(roots, config, terms, contextFor(signal, rotationTimeoutMs));
  const result = await follow(steps, new Course(inputs['dry-run'] ? undefined : stored, cancelled, timeout));
  if ('stage' in result) await reportDryRun(engine, inputs['secret-name'], result, stored);
  else await report(engine, inputs['secret-name'], result, stored);
}, 'error');

/** Fires when what was under way at a cancel has had its time. */
function afterCancel(cancelled: AbortSignal): AbortSignal {
  const late = new AbortController();
  cancelled.addEventListener('abort', () => {
    setTimeout(() => {
      late.abort(cancelled.reason);
    }, afterCancelMs).unref();
  });
  return late.signal;
}

/**
 * Goes through the steps, storing what each asks for before the next.
 *
 * @returns how the rotation ended; the step that comes first, when it is a dry run
 */
async function follow(steps: AsyncGenerator<RotationStep, Rotation>, course: Course): Promise<Rotation | RotationStep> {
  try {
    for (;;) {
      const { value: step, done } = await timed(`rotation from ${course.stage} on`, async () => await steps.next());
      if (done === true) return step;
      mask(step.secrets ?? []);
      course.goOn(step.stage);
      const { value } = step;
      if (value !== undefined) {
        if (course.stored === undefined) return step;
        if (course.isFirstWrite && course.stored.origin !== 'known') return await ask(course, course.stored);
        await course.store(course.stored, value);
      }
      course.tell(step);
    }
  } catch (error) {
    throw course.stoppedBy(error);
  }
}

/**
 * Stores `root` as it is: whether it comes from this secret, only a later run can tell.
 *
 * @throws UserError that says so, where somebody has to see it
 */
async function ask(course: Course, stored: Stored): Promise<Rotation> {
  const { secret, place, given, origin, isUrgent } = stored;
  await stored.checkMayAsk();
  await course.write('asked', async () => {
    await askForReturn(secret, place, given);
  });
  if (isUrgent) throw notYet(origin, place);
  if (origin === 'old') return asked('The next run rotates');
  // On a schedule nobody would see a warning, and root would never be rotated.
  if (!isByHand()) throw notYet(origin, place);
  warn(`Root was not rotated yet. ${notYet(origin, place).message}`);
  return asked('Start another run, which rotates if "root" comes from this secret');
}

/** What a run did that only stored `root`, for the next one. */
function asked(next: string): Rotation {
  const note = `${next}: this one has stored root as it is, to see that it comes back.`;
  return { rotated: false, active: '', retired: [], nextDue: new Date(), notes: [note] };
}

async function reportDryRun(
  engine: EngineDeclaration,
  secretName: string,
  step: RotationStep,
  stored: Stored | undefined,
): Promise<void> {
  const first =
    stored?.origin === 'known'
      ? ''
      : 'see that what it stores comes back in a later run (see "One run asks, the next one rotates" in docs/rotate-root.md), ';
  say(`Dry run: nothing was changed. A rotation would now ${first}store the new value, and then ${step.next}.`);
  say('That the token may write the secret, only a write shows.');
  warnOfOrigin(stored);
  setOutput('rotated', false);
  const row = { Engine: engine.name, Secret: secretName, 'Would then': step.next };
  await summarize('joblease: rotation of root, dry run', row);
}

async function report(
  engine: EngineDeclaration,
  secretName: string,
  { rotated, active, retired, nextDue, notes }: Rotation,
  stored: Stored | undefined,
): Promise<void> {
  if (!rotated) warnOfOrigin(stored);
  const due = nextDue?.toISOString() ?? '';
  const outputs = { rotated, active, retired: retired.join('\n'), 'next-due': due };
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
  say(rotated ? `Root was rotated: ${secretName} now begins with ${active}.` : 'Root was not rotated.');
  if (retired.length > 0) say(`Ended: ${retired.join(', ')}.`);
  for (const note of notes) say(note);
  await summarize(rotated ? 'joblease: root rotated' : 'joblease: root not rotated', {
    Engine: engine.name,
    Secret: secretName,
    Active: active,
    Retired: retired.join('\n'),
    'Next due': due,
    Notes: notes.join('\n'),
  });
}

function warnOfOrigin(stored: Stored | undefined): void {
  const problem = stored === undefined ? undefined : problemOf(stored.origin, stored.given, stored.place);
  if (problem !== undefined) warn(problem.message);
}
