/**
 * How a sweep of AWS does: ending many leases under a throttle, beside what the throttle allows for the calls that were
 * made, and the time and memory of listing as many users as an account may have.
 *
 * The test server runs in this process and the sweep in another, bundled as dist/ is.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leaveBehind, startAwsTarget, type AwsTarget } from '../../test/contract/aws-target.ts';
import { bundle } from '../bundle.ts';
import type { Ended, Listed, SweepTask } from './sweep-aws-worker.ts';

const latency = 20;
const rate = 20;
/** As many as end within a minute and a half. */
const leases = 300;
/** IAM's quota of users per account, and a tenth of it to compare with. */
const users = [500, 5000];
/** What is aimed at. */
const targets = { overThrottle: 1.2, megabytes: 150 };

/** Prints what it measures. It takes two minutes. */
export async function benchSweepOfAws(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'sweep-aws-'));
  try {
    await bundle({ worker: 'scripts/bench/sweep-aws-worker.ts' }, directory);
    const script = join(directory, 'worker.js');
    await ending(script);
    for (const count of users) await listing(script, count);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function ending(script: string): Promise<void> {
  const options: { latency: number; rate?: number } = { latency };
  await using target = await startAwsTarget(options);
  for (let i = 0; i < leases; i += 1) leaveBehind(target.server, 600);
  await using worker = start(script, target);
  expectCount('listed', ((await worker.next()) as Listed).count, leases);

  const { calls } = target.server;
  calls.length = 0;
  options.rate = rate;
  worker.goOn();
  const { count, seconds } = (await worker.next()) as Ended;
  expectCount('ended', count, leases);
  expectCount('left', (await target.accounts()).filter((name) => name.startsWith('jl_')).length, 0);

  const refused = calls.filter(({ answer }) => answer === 'Throttling').length;
  const made = calls.filter(({ answer, action }) => answer === '200' && action !== 'GetCallerIdentity');
  const wasted = calls.length - refused - made.length - 8; // each worker asks who it is
  const allowed = (calls.length - refused) / rate;
  const over = seconds / allowed;
  console.log(`\naws: a sweep that ends ${leases} leases, ${rate} calls/s allowed, ${latency} ms each\n`);
  console.log(`${seconds.toFixed(1)} s, where the throttle allows ${allowed.toFixed(1)} s: × ${over.toFixed(2)}`);
  console.log(`  ≤ × ${targets.overThrottle} ${over <= targets.overThrottle ? '✓' : '✗'}`);
  const kinds = [...Map.groupBy(made, ({ action }) => action)]
    .map(([action, { length }]) => `${action} × ${(length / leases).toFixed(1)}`)
    .join(', ');
  console.log(`calls per lease: ${(made.length / leases).toFixed(2)} (${kinds})`);
  console.log(`throttled: ${refused}; answered with another error: ${wasted}`);
}

async function listing(script: string, count: number): Promise<void> {
  await using target = await startAwsTarget({ latency });
  for (let i = 0; i < count; i += 1) leaveBehind(target.server, 600);
  await using worker = start(script, target, { onlyLists: true });
  const { calls } = target.server;
  const listed = (await worker.next()) as Listed;
  expectCount('listed', listed.count, count);
  const seconds = listed.seconds.toFixed(1);
  const peak = `${listed.megabytes.toFixed(0)} MB at the peak`;
  const verdict = `≤ ${targets.megabytes} MB ${listed.megabytes <= targets.megabytes ? '✓' : '✗'}`;
  console.log(`listing ${count} users that are due, each with its tags: ${seconds} s, ${calls.length} calls, ${peak}`);
  console.log(`  ${verdict}`);
}

/** A sweep's process. */
interface Worker extends AsyncDisposable {
  /** what it tells next */
  next(): Promise<unknown>;
  goOn(): void;
}

function start(script: string, { root, inputs }: AwsTarget, { onlyLists = false } = {}): Worker {
  const task: SweepTask = { root, onlyLists, inputs: endpointsOf(inputs) };
  const child = fork(script, { env: { PATH: process.env['PATH'], TASK: JSON.stringify(task) } });
  const ended = once(child, 'exit');
  return {
    async next() {
      const gone = ended.then(([code]) => {
        throw new Error(`the sweep ended with ${String(code)}`);
      });
      const [message] = (await Promise.race([once(child, 'message'), gone])) as unknown[];
      return message;
    },
    goOn() {
      child.send('go on');
    },
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

function endpointsOf({ 'iam-endpoint': iam = '', 'sts-endpoint': sts = '' }: Readonly<Record<string, string>>) {
  return { 'iam-endpoint': iam, 'sts-endpoint': sts };
}

function expectCount(what: string, count: number, expected: number): void {
  if (count !== expected) throw new Error(`${what}: ${count}, not ${expected}`);
}

if (import.meta.main) await benchSweepOfAws();
