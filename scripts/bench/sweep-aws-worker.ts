/** What a sweep does with AWS, in a process of its own: lists all leases, waits for a word, and ends them, 8 at a time. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { aws } from '../../src/engines/aws/declaration.ts';
import type { EngineSession, Lease } from '../../src/engines/engine.ts';
import { parseInputs } from '../../src/lease/inputs.ts';

/** From the environment, as JSON. */
export interface SweepTask {
  readonly root: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** lists only, and keeps none of it: what memory that takes */
  readonly onlyLists: boolean;
}
/** The first message. */
export interface Listed {
  readonly count: number;
  readonly seconds: number;
  /** the most that the process has had until then */
  readonly megabytes: number;
}
/** The second message. */
export interface Ended {
  readonly count: number;
  readonly seconds: number;
}

// The SDK makes a quarter of a megabyte of garbage for each call, of which V8 by default lets 100 MB and more lie about.
setFlagsFromString('--optimize-for-size');

const { root, inputs, onlyLists } = JSON.parse(process.env['TASK'] ?? '') as SweepTask;
const driver = await aws.load();

const leases: Lease[] = [];
let count = 0;
const listingSince = performance.now();
{
  await using session = await open();
  for await (const lease of session.leases()) {
    count += 1;
    if (!onlyLists) leases.push(lease);
  }
}
process.send?.({ count, seconds: secondsSince(listingSince), megabytes: peak() } satisfies Listed);
await once(process, 'message');

const endingSince = performance.now();
let ended = 0;
await Promise.all(Array.from({ length: 8 }, work));
process.send?.({ count: ended, seconds: secondsSince(endingSince) } satisfies Ended);
process.disconnect();

async function work(): Promise<void> {
  await using session = await open();
  for (let lease = leases.pop(); lease !== undefined; lease = leases.pop()) {
    for await (const [, { outcome }] of session.end?.([lease]) ?? []) if (outcome === 'revoked') ended += 1;
  }
}

async function open(): Promise<EngineSession> {
  const config = parseInputs(aws.inputs, (name) => inputs[name] ?? '');
  const context = { signal: AbortSignal.timeout(600_000), warn: () => undefined };
  return await driver.open(aws.root.parse(root, 'root'), config, context);
}

function secondsSince(start: number): number {
  return (performance.now() - start) / 1000;
}

function peak(): number {
  const status = '/proc/self/status';
  const kilobytes = existsSync(status)
    ? Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1])
    : process.resourceUsage().maxRSS;
  return kilobytes / 1024;
}
