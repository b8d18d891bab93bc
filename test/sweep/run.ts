/** The sweep on a target of the contract suite. */
import { expect } from 'vitest';
import type { EngineSession } from '../../src/engines/engine.ts';
import { retry } from '../../src/failure/retry.ts';
import type { Finding } from '../../src/sweep/report.ts';
import { Tally } from '../../src/sweep/tally.ts';
import type { Target, Terms } from '../../src/sweep/terms.ts';
import { load, open, type ContractTarget, type Session } from '../contract/contract.ts';

/** @param wrap changes what a session does, for a test of what goes wrong */
export async function targetOf(
  server: ContractTarget,
  wrap: (session: Session) => EngineSession = (session) => session,
): Promise<Target> {
  const { canHeal, batchSize } = await load(server.engine);
  return {
    canHeal,
    batchSize,
    open: async (signal) => wrap(await retry(async () => await open(server, { signal }), canHeal, signal)),
  };
}

/** Terms of a sweep of what is over by the target's clock. @param findings gets what is told */
export function terms(findings: Finding[]): Terms {
  const never = new AbortController().signal;
  return {
    askJob: undefined,
    graceSeconds: 300,
    dryRun: false,
    concurrency: 4,
    maxRevocations: 1000,
    shard: { index: 1, count: 1 },
    patienceSeconds: 30,
    deadline: never,
    cancelled: never,
    progress: () => undefined,
    tell: async (finding) => {
      findings.push(finding);
      await Promise.resolve();
    },
  };
}

/** How many of each outcome. */
export function counts(findings: readonly Finding[]): Partial<Tally['counts']> {
  const tally = new Tally();
  for (const finding of findings) tally.add(finding);
  expect(tally.found).toBe(findings.length);
  return Object.fromEntries(Object.entries(tally.counts).filter(([, count]) => count > 0));
}
