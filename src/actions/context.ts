import type { Context } from '../engines/engine.ts';
import { idTokenSource } from '../github/id-token.ts';
import { mask, sayRetries, tracer, warn } from '../runner/log.ts';

/**
 * What an engine gets of this step.
 *
 * @param limitMs for how long from now a person is told that something is tried again
 */
export function contextFor(signal: AbortSignal, limitMs: number): Context {
  return { signal, warn, mask, debug: tracer(), retrying: sayRetries(limitMs), idToken: idTokenSource() };
}
