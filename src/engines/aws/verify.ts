import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../engine.ts';
import { openSts } from './connection.ts';
import { explain, explained, isKeyRefused } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import type { AccessKey } from './root.ts';

/** How a key is tried that was made a moment ago. It is waited for until it is known, for as long as the signal lets. */
export interface Trial {
  /**
   * How often it is used at once. Each call takes a connection of its own, and so may be answered by another server: AWS's
   * replicas hear of a key one after the other.
   */
  readonly atOnce: number;
  /** how often in a row that must succeed */
  readonly rounds: number;
  /** the same once a call was refused: then the key is still on its way */
  readonly roundsLater: number;
}

/** For a job that waits for its key. Three servers that happen to know it are less likely than one. */
export const mintTrial: Trial = { atOnce: 3, rounds: 1, roundsLater: 3 };
/** For a rotation, which nobody waits for: of one that is killed no call arrives late, and counts as somebody's use. */
export const rotationTrial: Trial = { atOnce: 1, rounds: 5, roundsLater: 5 };

const pauseMs = 300;

/**
 * Uses a credential. GetCallerIdentity needs no permission and cannot be denied, so it says whether STS knows the key, in
 * its region, and nothing about what the key may do or who else knows it.
 *
 * @param trial for a fresh key; another one is used once
 * @throws UserError when AWS refuses the key
 */
export async function verify(
  key: AccessKey,
  trial: Trial | undefined,
  config: AwsConfig,
  context: Context,
): Promise<void> {
  const sts = openSts(key, config, context);
  const use = async (): Promise<unknown> => await sts.send(new GetCallerIdentityCommand({}));
  if (trial === undefined) {
    await use().catch(explained('verify'));
    return;
  }
  let isLate = false;
  for (let left = trial.rounds; left > 0;) {
    const [refusal] = refusalsIn(await Promise.allSettled(Array.from({ length: trial.atOnce }, use)));
    if (refusal !== undefined && context.signal.aborted) throw explain(refusal, 'verify');
    if (refusal !== undefined && !isLate) context.debug?.('verify: AWS does not know the new key yet');
    isLate ||= refusal !== undefined;
    left = refusal === undefined ? left - 1 : trial.roundsLater;
    if (isLate && left > 0) await sleep(pauseMs, undefined, { signal: context.signal });
  }
}

/** The answers that refuse the key. @throws UserError for any other failure */
function refusalsIn(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  for (const failure of failures) if (!isKeyRefused(failure)) throw explain(failure, 'verify');
  return failures;
}
