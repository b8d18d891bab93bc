/**
 * The pace of calls, against throttles of several kinds; how many calls are refused, and how much time is lost. The time is
 * that of a clock which goes on whenever all wait, so it is the same on every machine.
 */
import { setImmediate as settled } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pacer, type Clock } from '../../src/engines/aws/pace.ts';

const { signal } = new AbortController();
const isThrottled = (error: unknown): boolean => error instanceof Error && error.message === 'throttled';

/** Stands still while anything is done, and then goes on to the next end of a wait. */
class TestClock implements Clock {
  #nowMs = 0;
  readonly #waits = new Set<{ readonly untilMs: number; readonly end: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  /** Late by half a millisecond, as a timer is. */
  async sleep(durationMs: number, until: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const wait = { untilMs: this.#nowMs + durationMs + 0.5, end: resolve };
    this.#waits.add(wait);
    until.addEventListener('abort', () => reject(until.reason as Error), { once: true });
    await promise.finally(() => this.#waits.delete(wait));
  }

  /** Lets the time pass that it takes. @returns seconds */
  async pass(task: Promise<unknown>): Promise<number> {
    const startedMs = this.#nowMs;
    const state = { isDone: false };
    const end = (): void => {
      state.isDone = true;
    };
    task.then(end, end);
    for (;;) {
      await settled();
      if (state.isDone) break;
      const [next] = [...this.#waits].toSorted((one, other) => one.untilMs - other.untilMs);
      if (next === undefined) throw new Error('nobody waits for anything');
      this.#nowMs = next.untilMs;
      this.#waits.delete(next);
      next.end();
    }
    await task;
    return (this.#nowMs - startedMs) / 1000;
  }
}

/** A token bucket that takes 5 ms to answer. */
function bucket(clock: Clock, rate: number, size: number): { call: () => Promise<void>; refused: () => number } {
  let tokens = size;
  let filled = clock.now();
  let refused = 0;
  return {
    async call() {
      await clock.sleep(5, signal);
      const now = clock.now();
      tokens = Math.min(size, tokens + ((now - filled) / 1000) * rate);
      filled = now;
      if (tokens < 1) {
        refused += 1;
        throw new Error('throttled');
      }
      tokens -= 1;
    },
    refused: () => refused,
  };
}

/** Makes so many calls by 8 workers. @returns how long it took, in seconds */
async function work(clock: TestClock, pacer: Pacer, call: () => Promise<void>, count: number): Promise<number> {
  let left = count;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      for (;;) {
        const isDone = await pacer.send(call, isThrottled, signal).then(
          () => true,
          () => false,
        );
        if (isDone) break;
        await clock.sleep(50, signal);
      }
    }
  };
  return await clock.pass(Promise.all(Array.from({ length: 8 }, worker)));
}

describe('a pacer', () => {
  it('holds nothing back that was never refused', async () => {
    const clock = new TestClock();
    const seconds = await work(clock, new Pacer(clock), async () => await clock.sleep(9.5, signal), 800);
    expect(seconds).toBeCloseTo((800 / 8) * 0.01, 6);
  });

  it.each([
    [100, 100, 400],
    [100, 10, 500],
    [20, 20, 100],
  ])('keeps to %i calls per second with a burst of %i', async (rate, size, count) => {
    const clock = new TestClock();
    const { call, refused } = bucket(clock, rate, size);
    const seconds = await work(clock, new Pacer(clock), call, count);
    // A second more for finding the pace.
    expect(seconds).toBeLessThan((count / rate) * 1.2 + 1);
    expect(refused()).toBeLessThan(Math.max(count * 0.1, 20));
  });

  it('comes down to what it did not expect, and up again when that is over', async () => {
    const clock = new TestClock();
    const pacer = new Pacer(clock);
    const slow = bucket(clock, 10, 1);
    await work(clock, pacer, slow.call, 20);
    expect(slow.refused()).toBeLessThan(30);
    const fast = bucket(clock, 100, 100);
    const seconds = await work(clock, pacer, fast.call, 80);
    expect(seconds).toBeLessThan(15);
    expect(fast.refused()).toBe(0);
  });

  it('lets a call go that is out of time while it waits, and keeps nobody else waiting for it', async () => {
    const clock = new TestClock();
    const pacer = new Pacer(clock);
    const refused = pacer.send(bucket(clock, 1, 0).call, isThrottled, signal);
    await clock.pass(refused.catch(() => undefined));
    await expect(refused).rejects.toThrow('throttled');
    const cut = new AbortController();
    const first = pacer.send(async () => await Promise.resolve('too late'), isThrottled, cut.signal);
    const second = pacer.send(async () => await Promise.resolve('done'), isThrottled, signal);
    await settled();
    cut.abort(new Error('cut'));
    await expect(first).rejects.toThrow('cut');
    await clock.pass(second);
    expect(await second).toBe('done');
  });
});
