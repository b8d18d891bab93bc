import { GetCallerIdentityCommand } from '@aws-sdk/client-sts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../engine.ts';
import { openSts } from './connection.ts';
import { explain, isKeyRefused } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import type { AccessKey } from './root.ts';

/** One success proves little: the next call may reach a server that has not heard of the key yet. */
const inARow = 5;
const pauseMs = 200;

/**
 * Uses a credential. GetCallerIdentity needs no permission and cannot be denied, so it says whether AWS knows the key
 * and nothing about what the key may do.
 *
 * @param isFresh the key was made a moment ago: then it is waited for until it is known, for as long as the signal lets
 * @throws UserError when AWS refuses the key
 */
export async function verify(key: AccessKey, isFresh: boolean, config: AwsConfig, context: Context): Promise<void> {
  const sts = openSts(key, config, context);
  let successes = 0;
  let refused = false;
  while (successes < (isFresh ? inARow : 1)) {
    try {
      await sts.send(new GetCallerIdentityCommand({}));
      successes += 1;
    } catch (error) {
      if (!isFresh || !isKeyRefused(error) || context.signal.aborted) throw explain(error, 'verify');
      successes = 0;
      if (!refused) context.debug?.('verify: AWS does not know the new key yet');
      refused = true;
    }
    // A key that was never refused has arrived everywhere that was asked.
    if (refused) await sleep(pauseMs, undefined, { signal: context.signal });
  }
}
