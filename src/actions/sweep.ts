/** Ends what dead runners left on a target. */
import { getInput, setOutput } from '@actions/core';
import { join } from 'node:path';
import type { EngineDeclaration } from '../engines/engine.ts';
import { engineNamed } from '../engines/registry.ts';
import { retry } from '../failure/retry.ts';
import { jobs, type Jobs } from '../github/jobs.ts';
import { noTime } from '../github/traffic.ts';
import { formatDuration } from '../lease/duration.ts';
import { UserError } from '../lease/errors.ts';
import { apiUrl, temporaryDirectory } from '../runner/environment.ts';
import { currentJob } from '../runner/job.ts';
import { fail, mask, say, timed, warn } from '../runner/log.ts';
import { runStep } from '../runner/step.ts';
import { writeSummary } from '../runner/summary.ts';
import { Report, type Finding } from '../sweep/report.ts';
import { summaryOf } from '../sweep/summary.ts';
import { sweep } from '../sweep/sweep.ts';
import { Tally } from '../sweep/tally.ts';
import type { Target, Terms } from '../sweep/terms.ts';
import { contextFor } from './context.ts';
import { readSweepInputs, type SweepInputs } from './sweep-inputs.ts';
import { readTarget } from './target.ts';

/** How often a long sweep says how far it is. */
const sayEveryMs = 5000;

/** How long a lease may take to end. */
const patienceSeconds = 60;

await runStep(async (cancelled) => {
  const engine = engineNamed(getInput('engine'));
  const inputs = readSweepInputs(getInput);
  mask([inputs['github-token']]);
  // The list of a large target leaves much garbage, and V8 would rather take memory than collect it early. No input error
  // waits for this module.
  const { setFlagsFromString } = await import('node:v8');
  setFlagsFromString('--optimize-for-size');
  const target = await targetOf(engine, inputs.deadline);
  const deadline = after(inputs.deadline, 'the deadline was reached');
  const github = inputs.orphans ? githubFor(inputs, cancelled) : undefined;
  const tally = new Tally();
  const { path, failure } = await sweepInto(tally, target, {
    ...termsOf(inputs),
    askJob: github?.judge,
    deadline,
    cancelled,
  });
  await handOn(engine.name, tally, path);
  if (failure !== undefined) throw failure;
  if (tally.stillUsable > 0 && !inputs['dry-run']) fail(new Error(stillUsable(tally)));
  const refusal = github?.refusal();
  if (refusal !== undefined) throw nothingKnown(refusal);
});

async function targetOf(engine: EngineDeclaration, deadlineSeconds: number): Promise<Target> {
  const { roots, config } = readTarget(engine, 'sweep');
  const driver = await engine.load();
  const never = new AbortController().signal;
  const context = { ...contextFor(never, deadlineSeconds * 1000), warn: warnOnce() };
  return {
    open: async (signal) => {
      const open = async () =>
        await timed('open', async () => await driver.open(roots, config, { ...context, signal }));
      return await retry(open, driver.canHeal, signal, context.retrying);
    },
    canHeal: driver.canHeal,
    batchSize: driver.batchSize ?? 1,
  };
}

/** Every session of a sweep would warn of the same. */
function warnOnce(): (message: string) => void {
  const warned = new Set<string>();
  return (message) => {
    if (!warned.has(message)) warn(message);
    warned.add(message);
  };
}

/** However slow GitHub is, time is left to end what is over by the target's clock. */
function githubFor(inputs: SweepInputs, cancelled: AbortSignal): Jobs {
  const api = { base: apiUrl(), token: inputs['github-token'] };
  return jobs(api, {
    graceSeconds: inputs.grace,
    until: after(inputs.deadline / 2, noTime),
    untilMs: Date.now() + inputs.deadline * 500,
    cancelled,
    own: currentJob(0).repo,
  });
}

function termsOf(
  inputs: SweepInputs,
): Pick<Terms, 'graceSeconds' | 'dryRun' | 'concurrency' | 'maxRevocations' | 'shard' | 'patienceSeconds'> {
  return {
    graceSeconds: inputs.grace,
    dryRun: inputs['dry-run'],
    concurrency: inputs.concurrency,
    maxRevocations: inputs['max-revocations'],
    shard: inputs.shard,
    patienceSeconds,
  };
}

/**
 * Sweeps, counts, and writes the report.
 *
 * @returns the report's path, `''` where it could not be written; and the sweep's error, which is thrown only after what was
 *   done has been told
 */
async function sweepInto(
  tally: Tally,
  target: Target,
  terms: Omit<Terms, 'progress' | 'tell'>,
): Promise<{ readonly path: string; readonly failure: Error | undefined }> {
  const path = join(temporaryDirectory(), `joblease-sweep-${process.pid}-${Date.now()}.json`);
  const report = new Report(path);
  const tell = async (finding: Finding): Promise<void> => {
    tally.add(finding);
    await report.add(finding);
  };
  let failure: Error | undefined;
  try {
    using progress = startProgress();
    await sweep(target, { ...terms, progress: progress.note, tell });
  } catch (error) {
    failure = error instanceof Error ? error : new Error(String(error));
  } finally {
    await report.close();
  }
  if (report.error === undefined) return { path, failure };
  warn(`The report could not be written: ${report.error.message}`);
  return { path: '', failure };
}

function stillUsable({ stillUsable: count }: Tally): string {
  return `${count === 1 ? '1 lease is' : `${count} leases are`} over and may still be used`;
}

function nothingKnown(refusal: string): UserError {
  return new UserError(`nothing is known of any job: ${refusal}`, {
    input: 'github-token',
    fix: 'Give the job "permissions: actions: read", or a token that may read the actions of all repositories that mint. Where the answer is not GitHub\'s own, see what stands in between.',
  });
}

function after(seconds: number, reason: string): AbortSignal {
  const controller = new AbortController();
  const end = (): void => {
    controller.abort(new Error(reason));
  };
  setTimeout(end, seconds * 1000).unref();
  return controller.signal;
}

/** Says every few seconds how far the work is, also while one lease takes long; until it is disposed of. */
function startProgress(): Disposable & { note: Terms['progress'] } {
  let text = 'Looking for leases.';
  const timer = setInterval(() => {
    say(text);
  }, sayEveryMs);
  return {
    note(done, total, what) {
      if (what === 'listed') text = `Found ${done} leases so far.`;
      else text = `${what === 'asked' ? 'Asked GitHub for' : 'Ended'} ${done} of ${total} leases.`;
    },
    [Symbol.dispose]: () => {
      clearInterval(timer);
    },
  };
}

async function handOn(engine: string, tally: Tally, report: string): Promise<void> {
  const { counts, found, oldest, attention, unknown, unknownCount } = tally;
  const outputs = { found, ...counts, unknown: unknownCount, oldest: oldest ?? '', report };
  for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
  const list = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? `${count} ${name}` : []));
  const age = oldest === undefined ? '' : ` The oldest leftover is ${formatDuration(oldest)} old.`;
  say(found === 0 ? 'Found nothing.' : `Found ${found}: ${list.join(', ')}.${age}`);
  for (const [why, count] of unknown) {
    warn(`${count} left alone because GitHub could not tell whether their job is over: ${why}`);
  }
  // One annotation for all: GitHub shows ten of a step.
  const lines = attention.flatMap(({ principal, outcome, reason = '', fix = '' }) => [
    `${engine}: ${principal}: ${outcome}: ${reason}`,
    ...(fix === '' ? [] : [fix]),
  ]);
  if (lines.length > 0) warn(lines.join('\n'));
  await writeSummary(summaryOf(engine, tally));
}
