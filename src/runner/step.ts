import { shedEnvironment } from './environment.ts';
import { interruption } from './interruption.ts';
import { fail } from './log.ts';

/**
 * What every entry point does around its story: frees the process of what earlier steps left in its environment, turns a
 * cancel into a signal, and ends the step red when the story throws.
 *
 * @param afterCancel what is told when the story throws after a cancel: the `cancel`, where the error is only what comes
 *   of it, or the `error`, where that says more
 */
export async function runStep(
  story: (cancelled: AbortSignal) => Promise<void>,
  afterCancel: 'cancel' | 'error' = 'cancel',
): Promise<void> {
  shedEnvironment();
  const cancelled = interruption();
  try {
    await story(cancelled);
  } catch (error) {
    fail(cancelled.aborted && afterCancel === 'cancel' ? cancelled.reason : error);
  }
}
