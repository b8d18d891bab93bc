/** Ends what dead runners left on a target. */
import { getInput, setOutput } from '@actions/core';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { EngineDeclaration } from '../engines/engine.ts';
import { engineNamed } from '../engines/registry.ts';
import { retry } from '../failure/retry.ts';
import { idTokenSource } from '../github/id-token.ts';
import { jobs } from '../github/jobs.ts';
import { formatDuration } from '../lease/duration.ts';
import { UserError } from '../lease/errors.ts';
import { apiUrl, shedEnvironment, temporaryDirectory } from '../runner/environment.ts';
import { interruption } from '../runner/interruption.ts';
import { currentJob } from '../runner/job.ts';
import { fail, mask, say, sayRetries, timed, tracer, warn } from '../runner/log.ts';
import { writeSummary } from '../runner/summary.ts';
import { Report } from '../sweep/report.ts';
import { summaryOf } from '../sweep/summary.ts';
import { sweep, type Target, type Terms } from '../sweep/sweep.ts';
import { Tally } from '../sweep/tally.ts';
import { readSweepInputs } from './sweep-inputs.ts';
import { readTarget } from './target.ts';

/** How often a long sweep says how far it is, in milliseconds. */
const sayEvery = 5000;

/** How long a lease may take to end, in seconds. */
const patience = 60;

// The list of a large target leaves much garbage, and V8 would rather take memory than collect it early.
setFlagsFromString('--optimize-for-size');

shedEnvironment();
const cancelled = interruption();
try {
  await main();
} catch (error) {
  fail(cancelled.aborted ? cancelled.reason : error);
}

async function main(): Promise<void> {
  const engine = engineNamed(getInput('engine'));
  const inputs = readSweepInputs(getInput);
  mask([inputs['github-token']]);
  const target = await targetOf(engine, sayRetries(inputs.deadline * 1000));
  const deadline = after(inputs.deadline, 'the deadline was reached');
  const api = { base: apiUrl(), token: inputs['github-token'] };
  // However slow GitHub is, time is left to end what is over by the target's clock.
  const until = after(inputs.deadline / 2, 'there was no time left to ask GitHub');
  const untilMs = Date.now() + inputs.deadline * 500;
  const { repo: own } = currentJob(0);
  const github = inputs.orphans ? jobs(api, { graceSeconds: inputs.grace, until, untilMs, cancelled, own }) : undefined;

  const tally = new Tally();
  const path = join(temporaryDirectory(), `joblease-sweep-${process.pid}-${Date.now()}.json`);
  const report = new Report(path);
  let failure: Error | undefined;
  try {
    using progress = startProgress();
    await sweep(target, {
      askJob: github?.judge,
      grace: inputs.grace,
      dryRun: inputs['dry-run'],
      concurrency: inputs.concurrency,
      maxRevocations: inputs['max-revocations'],
      shard: inputs.shard,
      patience,
      deadline,
      cancelled,
      progress: progress.note,
      tell: async (finding) => {
        tally.add(finding);
        await report.add(finding);
      },
    });
  } catch (error) {
    // What was done until then is told all the same.
    failure = error instanceof Error ? error : new Error(String(error));
  } finally {
    await report.close();
  }
  if (report.error !== undefined) warn(`The report could not be written: ${report.error.message}`);
  await handOn(engine.name, tally, report.error === undefined ? path : '');
  if (failure !== undefined) throw failure;
  if (tally.stillUsable > 0 && !inputs['dry-run']) {
    const some = tally.stillUsable === 1 ? '1 lease is' : `${tally.stillUsable} leases are`;
    fail(new Error(`${some} over and may still be used`));
  }
  const refusal = github?.refusal();
  if (refusal !== undefined) {
    throw new UserError(`nothing is known of any job: ${refusal}`, {
      input: 'github-token',
      fix: 'Give the job "permissions: actions: read", or a token that may read the actions of all repositories that mint. Where the answer is not GitHub\'s own, see what stands in between.',
    });
  }
}

async function targetOf(engine: EngineDeclaration, retrying: (error: unknown) => void): Promise<Target> {
  const { roots, config } = readTarget(engine, 'sweep');
  const driver = await engine.load();
  const warned = new Set<string>();
  // Every session would say the same.
  const warnOnce = (message: string): void => {
    if (!warned.has(message)) warn(message);
    warned.add(message);
  };
  return {
    open: async (signal) => {
      const context = { signal, warn: warnOnce, mask, debug: tracer(), retrying, idToken: idTokenSource() };
      const open = async () => await timed('open', async () => await driver.open(roots, config, context));
      return await retry(open, driver.canHeal, signal, retrying);
    },
    canHeal: driver.canHeal,
    batchSize: driver.batchSize ?? 1,
  };
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
  }, sayEvery);
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
