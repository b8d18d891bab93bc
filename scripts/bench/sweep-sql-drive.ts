/**
 * What scripts/bench/sweep-sql.ts measures: lists everything on a server and ends it, as the sweep does it. One session
 * lists, and eight workers with a session each take what it finds, as many at a time as the engine wants.
 */
import { readFileSync, existsSync } from 'node:fs';
import process from 'node:process';
import type { EngineSession, Lease } from '../../src/engines/engine.ts';
import { engineNamed } from '../../src/engines/registry.ts';
import { parseInputs } from '../../src/lease/inputs.ts';

/** What it prints, as JSON. */
export interface Driven {
  /** how many it found, and how long that took, in milliseconds */
  readonly listed: number;
  readonly listing: number;
  /** how long it took to find them again and to end them, in milliseconds */
  readonly ending: number;
  /** how many ended how */
  readonly outcomes: Readonly<Record<string, number>>;
  /** peak memory */
  readonly megabytes: number;
}

const workers = 8;

const declaration = engineNamed(process.env['INPUT_ENGINE'] ?? '');
const roots = declaration.root.parse(process.env['INPUT_ROOT'] ?? '', 'root');
const config = parseInputs(declaration.inputs, () => '');
const engine = await declaration.load();
const signal = new AbortController().signal;
const open = async (): Promise<EngineSession> =>
  await engine.open(roots, config, { signal, warn: (message) => console.error(message) });

await using session = await open();
const [listed, listing] = await timed(async () => {
  let count = 0;
  for await (const _ of session.leases()) count += 1;
  return count;
});
const outcomes: Record<string, number> = {};
const [, ending] = await timed(async () => {
  const chunks = inChunks(session.leases());
  await Promise.all(
    Array.from({ length: workers }, async () => {
      await using own = await open();
      for await (const chunk of chunks) {
        for await (const [, { outcome }] of own.end(chunk)) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      }
    }),
  );
});
console.log(JSON.stringify({ listed, listing, ending, outcomes, megabytes: peak() } satisfies Driven));

/** Lists while the workers end: what is not taken yet is not read yet, so the memory does not grow with the list. */
async function* inChunks(leases: AsyncIterable<Lease>): AsyncGenerator<Lease[]> {
  let chunk: Lease[] = [];
  for await (const lease of leases) {
    chunk.push(lease);
    if (chunk.length < engine.batch) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function timed<T>(work: () => Promise<T>): Promise<[result: T, milliseconds: number]> {
  const started = performance.now();
  const result = await work();
  return [result, performance.now() - started];
}

/** As in scripts/bench.ts. */
function peak(): number {
  const status = '/proc/self/status';
  const kilobytes = existsSync(status)
    ? /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]
    : process.resourceUsage().maxRSS;
  return Number(kilobytes) / 1024;
}
