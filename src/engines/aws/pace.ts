/**
 * Keeps a process's calls to what AWS lets through. AWS throttles by rules that it does not publish, so nothing is held
 * back until it does; from then on calls go out one by one, no faster than it has let them through.
 *
 * The SDK's own limiter (`retryMode: 'adaptive'`) was measured against it, with 8 workers on four token buckets: it took
 * 8.2, 9.8, 6.1 and 12.1 s where this takes 3.2, 6.4, 4.3 and 8.8, with as many refusals.
 */
import { setTimeout as sleep } from 'node:timers/promises';

/** Calls per second to begin with, where too few were made to tell: few calls are not kept waiting for long. */
const cautious = 20;
/** The least, in calls per second: something must ask whether more is allowed by now. */
const slowest = 0.5;
/** What is left of the rate, at least, when a call is refused. */
const drop = 0.7;
/** For how long a rate that was let through is closed in on before more is tried. */
const plateauSeconds = 4;

/** One for all that calls the same endpoint from this process: they share what it allows. */
const pacers = new Map<string, Pacer>();

export function pacerOf(endpoint: string): Pacer {
  const pacer = pacers.get(endpoint) ?? new Pacer();
  pacers.set(endpoint, pacer);
  return pacer;
}

/** What a pacer waits by. */
export interface Clock {
  /** milliseconds from whenever; it never goes back */
  now(): number;
  /** @throws Error when the signal fires meanwhile */
  sleep(durationMs: number, signal: AbortSignal): Promise<void>;
}

const realClock: Clock = {
  now: () => performance.now(),
  sleep: async (durationMs, signal) => await sleep(durationMs, undefined, { signal }),
};

export class Pacer {
  readonly #clock: Clock;
  /** Calls per second that were let through; undefined as long as none was refused. */
  #allowed: number | undefined;
  /** Whether that was guessed from what passed before anything was refused. */
  #isGuess = false;
  /** When a call was last refused for being too fast, or else when all began; milliseconds. */
  #since: number;
  #passed = 0;
  /** How many refusals came within a second of the one before. */
  #inARow = 0;
  /** When the next call may go. */
  #due = 0;
  #line = Promise.resolve();

  constructor(clock: Clock = realClock) {
    this.#clock = clock;
    this.#since = clock.now();
  }

  /**
   * Makes a call when it is its turn.
   *
   * @param isThrottled whether an error says that calls come too fast
   * @throws what the call throws, or the signal's reason when it fires while the call waits
   */
  async send<T>(call: () => Promise<T>, isThrottled: (error: unknown) => boolean, signal: AbortSignal): Promise<T> {
    if (this.#allowed !== undefined) await this.#turn(signal);
    const sent = this.#clock.now();
    try {
      const answer = await call();
      this.#passed += 1;
      return answer;
    } catch (error) {
      if (isThrottled(error)) this.#slowDown(sent);
      else this.#passed += 1;
      throw error;
    }
  }

  /** First come, first served. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const ahead = this.#line;
    this.#line = promise;
    try {
      await ahead;
      signal.throwIfAborted();
      const wait = this.#due - this.#clock.now();
      if (wait > 0) await this.#clock.sleep(wait, signal);
      const interval = 1000 / this.#rate();
      // Timers are late by a millisecond or so, which would add up; a pause in which nobody called is not made up for.
      const now = this.#clock.now();
      this.#due = (now - this.#due < interval ? this.#due : now) + interval;
    } finally {
      resolve();
    }
  }

  /**
   * A little less than what was let through at first, the same after some seconds, and then ever more: a cubic, as in
   * RFC 9438. Where AWS counts with a bucket, what is saved at first is used up later, and nothing is lost by it. What is
   * only guessed at doubles every second, because a low guess would be long in growing.
   */
  #rate(): number {
    const allowed = this.#allowed ?? Infinity;
    const seconds = (this.#clock.now() - this.#since) / 1000;
    if (this.#isGuess) return allowed * 2 ** seconds;
    return allowed * (1 + 0.1 * ((seconds - plateauSeconds) / plateauSeconds) ** 3);
  }

  /** @param sent when the call was made that was refused */
  #slowDown(sent: number): void {
    // Calls that were on their way when another was refused tell nothing new.
    if (this.#allowed !== undefined && sent <= this.#since) return;
    const now = this.#clock.now();
    const seconds = (now - this.#since) / 1000;
    const passed = this.#passed / Math.max(seconds, 1);
    const pause = this.#allowed !== undefined && seconds < 1 ? 100 * 2 ** Math.min(this.#inARow, 5) : 0;
    if (this.#allowed === undefined) {
      this.#allowed = Math.max(passed, cautious);
      this.#isGuess = true;
    } else if (pause === 0) {
      // Between two refusals just so many calls pass as AWS allows, unless there were no more to make.
      const rate = this.#rate();
      const least = drop * (this.#isGuess ? rate : this.#allowed);
      this.#allowed = Math.min(rate, Math.max(passed, Math.min(least, Math.max(2 * passed, cautious))));
      this.#isGuess = false;
      this.#inARow = 0;
    } else {
      // Too soon to tell. Somebody else may have used up what is allowed, so the rate is doubted last.
      this.#isGuess = false;
      this.#inARow += 1;
      if (this.#inARow > 2) this.#allowed *= drop;
    }
    this.#allowed = Math.max(this.#allowed, slowest);
    this.#since = now;
    this.#passed = 0;
    this.#due = now + pause + 1000 / this.#rate();
  }
}
