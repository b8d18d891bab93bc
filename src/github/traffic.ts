/**
 * When GitHub is asked, how often, and when no more: the one description of it, for all that asks. What it decides is
 * carried out in `octokit.ts`.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface TrafficTerms {
  /** GitHub is asked nothing more once it has fired */
  readonly signal: AbortSignal;
  /** how often a request is made again when no sound answer came */
  readonly retries: number;
  /** until when a request that began at a time may be held up, both in epoch milliseconds */
  readonly latestMs: (beganMs: number) => number;
  /** after so many failures in a row GitHub is down, and is asked nothing more */
  readonly downAfter?: number;
  /** told of each request that may have been carried out although no sound answer came */
  readonly onFailure?: () => void;
}

/** One request through all its attempts. */
export interface Attempts {
  readonly beganMs: number;
  /** how often no sound answer came */
  failures: number;
}

/** GitHub stops who asks more than 900 times within a minute; others may use the same token. */
const pace = { requests: 800, withinMs: 60_000 };

/** Before a request is made again for the first time; it doubles each time. */
const firstPauseMs = 250;

/** No limit is taken to last for less. */
const leastLimitMs = 1000;

export const noTime = 'there was no time left to ask GitHub';

export class Traffic {
  readonly #terms: TrafficTerms;
  /** when the latest requests were made, epoch milliseconds */
  readonly #madeMs: number[] = [];
  /** until when a rate limit lets nothing through, epoch milliseconds */
  #limitedUntilMs = 0;
  #failuresInARow = 0;
  #stopped: string | undefined;

  constructor(terms: TrafficTerms) {
    this.#terms = terms;
  }

  get signal(): AbortSignal {
    return this.#terms.signal;
  }

  /** why nothing more is asked, once that is so */
  get stopped(): string | undefined {
    return this.#stopped;
  }

  /** Nothing more is asked. */
  stop(why: string): void {
    this.#stopped ??= why;
  }

  /** @throws Error when nothing may be asked any more */
  throwIfStopped(): void {
    this.#terms.signal.throwIfAborted();
    if (this.#stopped !== undefined) throw new Error(this.#stopped);
  }

  /**
   * Waits until one more request may be made.
   *
   * @throws Error when none may be made any more
   */
  async turn(attempts: Attempts): Promise<void> {
    for (;;) {
      this.throwIfStopped();
      const nowMs = Date.now();
      const nextMs = this.#nextTurnMs(nowMs);
      if (nextMs <= nowMs) {
        this.#madeMs.push(nowMs);
        return;
      }
      if (nextMs >= this.#terms.latestMs(attempts.beganMs)) this.stop(noTime);
      else await this.#pause(nextMs - nowMs);
    }
  }

  #nextTurnMs(nowMs: number): number {
    while (this.#madeMs[0] !== undefined && this.#madeMs[0] <= nowMs - pace.withinMs) this.#madeMs.shift();
    const [firstMs = nowMs] = this.#madeMs;
    return Math.max(this.#limitedUntilMs, this.#madeMs.length < pace.requests ? 0 : firstMs + pace.withinMs);
  }

  /** GitHub has answered, whatever it said. */
  answered(): void {
    this.#failuresInARow = 0;
  }

  /** No sound answer came. Waits where the request may be made again. @returns whether it may */
  async failed(attempts: Attempts, trouble: string): Promise<boolean> {
    const { signal, retries, latestMs, downAfter = Infinity, onFailure } = this.#terms;
    onFailure?.();
    signal.throwIfAborted();
    this.#failuresInARow += 1;
    if (this.#failuresInARow >= downAfter) this.stop(trouble);
    const pauseMs = firstPauseMs * 2 ** attempts.failures * (0.5 + Math.random());
    attempts.failures += 1;
    if (attempts.failures > retries || Date.now() + pauseMs >= latestMs(attempts.beganMs)) return false;
    await this.#pause(pauseMs);
    signal.throwIfAborted();
    return true;
  }

  /** A limit has refused a request: it holds up all others too, or stops them where there is no time to wait. */
  limited(attempts: Attempts, lastsMs: number, said: string): void {
    const waitMs = Math.max(leastLimitMs, lastsMs);
    this.#limitedUntilMs = Math.max(this.#limitedUntilMs, Date.now() + waitMs);
    if (this.#limitedUntilMs < this.#terms.latestMs(attempts.beganMs)) return;
    this.stop(`GitHub's rate limit is used up: ${said}; it ends in ${Math.ceil(waitMs / 1000)} s`);
  }

  /** Waits, or until the signal. */
  async #pause(durationMs: number): Promise<void> {
    await sleep(durationMs, undefined, { signal: this.#terms.signal }).catch(() => undefined);
  }
}
