/**
 * Keeps a lease with a heartbeat alive for as long as its job lives, from a process beside the job's steps.
 *
 * How such a process lives and dies (actions/runner, ProcessInvoker.cs and JobExtension.cs): the runner takes a step for
 * done when the step's own process has ended and its output is closed, and kills the step's children five seconds later where
 * one of them still holds that; so the process must have been given no output of the step's. After all post steps the
 * runner kills what has its RUNNER_TRACKING_ID in the environment, so that must stay there. A cancel is sent to the
 * step's own process alone. In a job with a container the process is inside, and ends with the container. What ends it
 * nowhere is a runner that dies or is stopped by itself, on a machine that lives on: so it looks for the runner's
 * process.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { GateLease } from './answer.ts';

export interface Heartbeat {
  readonly lease: GateLease;
  /** how long after a renewal the next one follows, in seconds: a third of what a renewal is good for */
  readonly everySeconds: number;
  /** @throws UserError when no later attempt will succeed */
  readonly renew: () => Promise<GateLease>;
  /** whether the job's runner is there; true where that cannot be told */
  readonly isJobAlive: () => boolean;
  /** told of each renewal, and of each that failed and is tried again */
  readonly tell: (beat: { readonly exp: number; readonly problem: string | undefined }) => void;
}

/** Why a heartbeat has stopped. */
export type Stop =
  | { readonly why: 'stopped' | 'job gone' | 'longest time' }
  | { readonly why: 'refused' | 'too late'; readonly problem: string };

/**
 * Renews until the lease has all its time, the job is gone, or the gate refuses.
 *
 * @param signal fires when the job's post step takes over
 */
export async function keepAlive(heartbeat: Heartbeat, signal: AbortSignal): Promise<Stop> {
  const { everySeconds, isJobAlive, renew, tell } = heartbeat;
  const { iat } = heartbeat.lease;
  let { exp, max } = heartbeat.lease;
  // The server's clock counts, and this one only says how much of it has gone by since.
  let ends = performance.now() + (exp - iat) * 1000;
  let problem = '';
  let pauseSeconds = everySeconds;
  while (exp < max) {
    await sleep(pauseSeconds * 1000, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return { why: 'stopped' };
    if (!isJobAlive()) return { why: 'job gone' };
    const asked = performance.now();
    try {
      const lease = await renew();
      // It may have been shortened to its longest time, so how far it was moved tells how long it is good for.
      ends = Math.max(ends + (lease.exp - exp) * 1000, asked);
      ({ exp, max } = lease);
      pauseSeconds = everySeconds;
      tell({ exp, problem: undefined });
    } catch (error) {
      problem = messageOf(error);
      if (error instanceof UserError) return { why: 'refused', problem };
      if (performance.now() >= ends) return { why: 'too late', problem };
      pauseSeconds = Math.min(everySeconds, 5);
      tell({ exp, problem });
    }
  }
  return { why: 'longest time' };
}
