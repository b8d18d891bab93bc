import { DeleteAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import { UserError } from '../../lease/errors.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context } from '../engine.ts';
import { connect, settings } from './connection.ts';
import type { LeaseKey } from './credential.ts';
import { explain, isKeyRefused } from './errors.ts';
import type { AwsConfig } from './inputs.ts';

/**
 * Ends a lease without root: it deletes its own key. Its guard allows that and nothing else that touches what is minted. A
 * session that a step made of the key outlives it, and is held to the guard, so what is said is no more than that.
 */
export async function endSelf(key: LeaseKey, config: AwsConfig, context: Context): Promise<Revocation> {
  if (!key.isUser) throw new UserError('a session of AWS cannot end itself');
  const { send } = connect(new IAMClient(settings(key, config, 'iam')), context);
  try {
    await send(new DeleteAccessKeyCommand({ UserName: key.principal, AccessKeyId: key.accessKeyId }));
  } catch (error) {
    if (isKeyRefused(error)) return { outcome: 'absent', sessionsEnded: 0 };
    throw explain(error, 'root');
  }
  context.warn(
    `${key.principal} was ended by its own key, because no root credential could: see why, and let the sweep delete it`,
  );
  const reason =
    'no root credential could end it, so it deleted its own key; a session that a step made of that key (GetSessionToken) may act until then, and the user waits for the sweep';
  return { outcome: 'expiring', reason, sessionsEnded: 1 };
}
