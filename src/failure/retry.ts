import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Does the work again for as long as its failure can heal and the signal has not fired, with growing, jittered pauses.
 *
 * @param retrying told of each failure before its work is done again
 * @returns what the work returned
 * @throws the work's last error, or the signal's reason when it fires before the first attempt
 */
export async function retry<T>(
  work: () => Promise<T>,
  canHeal: (error: unknown) => boolean,
  signal: AbortSignal,
  retrying?: (error: unknown) => void,
): Promise<T> {
  signal.throwIfAborted();
  for (let pause = 50; ; pause = Math.min(pause * 2, 5000)) {
    try {
      return await work();
    } catch (error) {
      if (!canHeal(error)) throw error;
      if (!signal.aborted) retrying?.(error);
      // A signal that fires during the pause ends it; the failure then tells more than the signal would.
      await sleep(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {
        throw error;
      });
      if (signal.aborted) throw error;
    }
  }
}
