import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Access } from './access.ts';
import type { LeaseKey } from './credential.ts';

/** Ends a lease as its `credential-type` can be ended. @param key of the lease, where it is still known */
export async function revoke(access: Access, principal: Principal, key: LeaseKey | undefined): Promise<Revocation> {
  const { config } = access;
  if (config['credential-type'] === 'iam_user') {
    const { revokeUser } = await import('./revoke-user.ts');
    return await revokeUser(await access.iam(), principal, { key });
  }
  if (!config['revoke-sessions']) {
    return {
      outcome: 'expiring',
      reason: 'AWS ends sessions by itself; "revoke-sessions" ends them earlier',
      sessionsEnded: 0,
    };
  }
  const { denySession } = await import('./revoke-session.ts');
  return await denySession(await access.iam(), principal, key?.ends);
}
