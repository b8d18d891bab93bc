import { afterEach, beforeEach, describe, expect, test, vi, type Mock } from 'vitest';
import { retry } from '../../src/failure/retry.ts';

type Sleep = (milliseconds: number, value?: unknown, options?: { signal?: AbortSignal }) => Promise<unknown>;

/** Pauses take no time in these tests unless one says otherwise; what was asked for is recorded. */
const sleep = vi.hoisted(() => vi.fn<Sleep>());
vi.mock('node:timers/promises', () => ({ setTimeout: sleep }));
const { setTimeout: realSleep } = await vi.importActual<{ setTimeout: Sleep }>('node:timers/promises');

beforeEach(() => {
  sleep.mockReset().mockResolvedValue(undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const never = new AbortController().signal;
const always = (): boolean => true;

/** Work that fails with these errors in turn and then succeeds. */
function failing(...errors: Error[]): Mock<() => Promise<string>> {
  let attempt = 0;
  return vi.fn<() => Promise<string>>(async () => {
    const error = errors[attempt];
    attempt += 1;
    await Promise.resolve();
    if (error !== undefined) throw error;
    return `done in attempt ${attempt}`;
  });
}

describe('retry', () => {
  test('returns at once what works at once', async () => {
    await expect(retry(failing(), always, never)).resolves.toBe('done in attempt 1');
    expect(sleep).not.toHaveBeenCalled();
  });

  test('goes on while the failure can heal', async () => {
    const errors = [new Error('reset'), new Error('throttled'), new Error('reset')];
    const canHeal = vi.fn<(error: unknown) => boolean>(always);
    await expect(retry(failing(...errors), canHeal, never)).resolves.toBe('done in attempt 4');
    expect(canHeal.mock.calls).toEqual(errors.map((error) => [error]));
    expect(sleep).toHaveBeenCalledTimes(3);
  });

  test('stops at once on a failure that cannot heal, and throws it as it is', async () => {
    const wrong = new Error('wrong password');
    const work = failing(wrong);
    await expect(retry(work, () => false, never)).rejects.toBe(wrong);
    expect(work).toHaveBeenCalledTimes(1);
    expect(sleep).not.toHaveBeenCalled();
  });

  test('stops as soon as a failure that heals turns into one that does not', async () => {
    const reset = new Error('reset');
    const wrong = new Error('wrong password');
    const work = failing(reset, wrong, reset);
    await expect(retry(work, (error) => error === reset, never)).rejects.toBe(wrong);
    expect(work).toHaveBeenCalledTimes(2);
  });

  test('does not begin when the signal has already fired, and throws its reason', async () => {
    const work = failing();
    const reason = new Error('cancelled');
    await expect(retry(work, always, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
  });

  test('a signal that fires during a pause ends it, and the last failure is thrown', async () => {
    sleep.mockImplementation(async (_, value, options) => await realSleep(3_600_000, value, options));
    const cancel = new AbortController();
    const last = new Error('still down');
    const work = failing(last);
    const result = retry(work, always, cancel.signal).catch((error: unknown) => error);
    await vi.waitUntil(() => sleep.mock.calls.length > 0);
    cancel.abort(new Error('cancelled'));
    await expect(result).resolves.toBe(last);
    expect(work).toHaveBeenCalledTimes(1);
  });

  test('a signal that fires just when a pause ends: no further attempt, and the last failure is thrown', async () => {
    const cancel = new AbortController();
    sleep.mockImplementation(async () => {
      await Promise.resolve();
      cancel.abort(new Error('cancelled'));
    });
    const last = new Error('still down');
    const work = failing(last);
    await expect(retry(work, always, cancel.signal)).rejects.toBe(last);
    expect(work).toHaveBeenCalledTimes(1);
  });

  test('a signal that fires during the work lets it end: its result or its failure is what comes', async () => {
    sleep.mockImplementation(realSleep);
    const late = new Error('cut off');
    for (const outcome of ['result', late] as const) {
      const cancel = new AbortController();
      const work = vi.fn<() => Promise<unknown>>(async () => {
        await Promise.resolve();
        cancel.abort(new Error('cancelled'));
        if (outcome === late) throw late;
        return outcome;
      });
      const settled = await retry(work, always, cancel.signal).catch((error: unknown) => error);
      expect(settled).toBe(outcome);
      expect(work).toHaveBeenCalledTimes(1);
    }
  });

  test.each([
    [0, [25, 50, 100, 200, 400, 800, 1600, 2500, 2500]],
    [0.5, [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000]],
    [0.999_999, [75, 150, 300, 600, 1200, 2400, 4800, 7500, 7500]],
  ])('pauses grow up to a limit and are jittered (random: %d)', async (random, pauses) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    await retry(failing(...pauses.map((pause) => new Error(`before ${pause}`))), always, never);
    expect(sleep.mock.calls.map(([milliseconds]) => Math.round(milliseconds))).toEqual(pauses);
    expect(sleep.mock.calls.map(([, , options]) => options?.signal)).toEqual(pauses.map(() => never));
  });

  test('really waits between attempts', async () => {
    sleep.mockImplementation(realSleep);
    await expect(retry(failing(new Error('reset')), always, never)).resolves.toBe('done in attempt 2');
    expect(sleep).toHaveBeenCalledTimes(1);
  });
});
