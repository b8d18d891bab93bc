import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../engine.ts';
import { openSts } from './connection.ts';
import { explain, explained, isKeyRefused } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import type { AccessKey } from './root.ts';

/**
 * How often a new key is used at once. Each call takes a connection of its own, and so may be answered by another server:
 * AWS's replicas hear of a key one after the other. Two that happen to know it are likelier than three.
 */
const atOnce = 3;
/** How often that must succeed in a row, once a call was refused: then the key is still on its way. */
const rounds = 3;
const pauseMs = 300;

/**
 * Uses a credential. GetCallerIdentity needs no permission and cannot be denied, so it says whether STS knows the key, in
 * its region, and nothing about what the key may do or who else knows it.
 *
 * @param isFresh the key was made a moment ago: then it is waited for until it is known, for as long as the signal lets
 * @throws UserError when AWS refuses the key
 */
export async function verify(key: AccessKey, isFresh: boolean, config: AwsConfig, context: Context): Promise<void> {
  const sts = openSts(key, config, context);
  const use = async (): Promise<unknown> => await sts.send(new GetCallerIdentityCommand({}));
  if (!isFresh) {
    await use().catch(explained('verify'));
    return;
  }
  for (let left = 1; left > 0;) {
    const [refusal] = refusalsIn(await Promise.allSettled(Array.from({ length: atOnce }, use)));
    if (refusal !== undefined && context.signal.aborted) throw explain(refusal, 'verify');
    if (refusal !== undefined) context.debug?.('verify: AWS does not know the new key yet');
    left = refusal === undefined ? left - 1 : rounds;
    if (left > 0) await sleep(pauseMs, undefined, { signal: context.signal });
  }
}

/** The answers that refuse the key. @throws UserError for any other failure */
function refusalsIn(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  for (const failure of failures) if (!isKeyRefused(failure)) throw explain(failure, 'verify');
  return failures;
}
