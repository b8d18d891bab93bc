/** The pace of calls, against throttles of several kinds; how many calls are refused, and how much time is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Pacer } from '../../src/engines/aws/pace.ts';

const signal = AbortSignal.timeout(60_000);
const isThrottled = (error: unknown): boolean => error instanceof Error && error.message === 'throttled';

/** A token bucket that takes 5 ms to answer. */
function bucket(rate: number, size: number): { call: () => Promise<void>; refused: () => number } {
  let tokens = size;
  let filled = performance.now();
  let refused = 0;
  return {
    async call() {
      await sleep(5);
      const now = performance.now();
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
async function work(pacer: Pacer, call: () => Promise<void>, count: number): Promise<number> {
  let left = count;
  const started = performance.now();
  const worker = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      for (;;) {
        const isDone = await pacer.send(call, isThrottled, signal).then(
          () => true,
          () => false,
        );
        if (isDone) break;
        await sleep(50);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return (performance.now() - started) / 1000;
}

describe('a pacer', () => {
  it('holds nothing back that was never refused', async () => {
    const seconds = await work(new Pacer(), async () => await sleep(1), 800);
    expect(seconds).toBeLessThan(1);
  });

  it.each([
    [100, 100, 400],
    [100, 10, 500],
    [20, 20, 100],
  ])('keeps to %i calls per second with a burst of %i', async (rate, size, count) => {
    const { call, refused } = bucket(rate, size);
    const seconds = await work(new Pacer(), call, count);
    // A second more for finding the pace.
    expect(seconds).toBeLessThan((count / rate) * 1.2 + 1);
    expect(refused()).toBeLessThan(Math.max(count * 0.1, 20));
  });

  it('comes down to what it did not expect, and up again when that is over', async () => {
    const pacer = new Pacer();
    const slow = bucket(10, 1);
    await work(pacer, slow.call, 20);
    expect(slow.refused()).toBeLessThan(30);
    const fast = bucket(100, 100);
    const seconds = await work(pacer, fast.call, 80);
    expect(seconds).toBeLessThan(15);
    expect(fast.refused()).toBe(0);
  });

  it('lets a call go that is out of time while it waits, and keeps nobody else waiting for it', async () => {
    const pacer = new Pacer();
    await expect(pacer.send(bucket(1, 0).call, isThrottled, signal)).rejects.toThrow('throttled');
    const cut = new AbortController();
    const first = pacer.send(async () => await sleep(1), isThrottled, cut.signal);
    const second = pacer.send(async () => await Promise.resolve('done'), isThrottled, signal);
    cut.abort(new Error('cut'));
    await expect(first).rejects.toThrow(/cut|aborted/);
    expect(await second).toBe('done');
  });
});
