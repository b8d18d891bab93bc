import { DeleteAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import { UserError } from '../../lease/errors.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context } from '../engine.ts';
import { call, settings } from './clients.ts';
import { explain, isAccessDenied, isKeyRefused, isMissing } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import type { LeaseKey } from './session.ts';

/** Idea 4: the lease deletes its own key. Its guard allows that and nothing else that touches a minted user. */
export async function endUser(key: LeaseKey, config: AwsConfig, { signal }: Context): Promise<Revocation> {
  if (!key.isUser) throw new UserError('a session of AWS cannot end itself');
  const client = new IAMClient(settings(key, config, 'iam'));
  const command = new DeleteAccessKeyCommand({ UserName: key.principal, AccessKeyId: key.accessKeyId });
  try {
    await call(async (options) => await client.send(command, options), signal);
    return {
      outcome: 'disabled',
      reason: 'no root credential could end it, so it deleted its own key; the user waits for the sweep',
      sessionsEnded: 1,
    };
  } catch (error) {
    // Refused, or past its expiry, when its guard denies everything.
    if (!isKeyRefused(error) && !isMissing(error) && !isAccessDenied(error)) throw explain(error, 'root');
    if (isAccessDenied(error) && !/explicit deny/.test(String(error))) throw explain(error, 'root');
    return { outcome: 'absent', sessionsEnded: 0 };
  }
}
