import { messageOf, UserError } from '../../lease/errors.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Lease } from '../engine.ts';
import type { Access } from './access.ts';
import { canHeal, isUnreached } from './errors.ts';
import type { ListedLease } from './leases.ts';
import { endDeny } from './revoke-session.ts';
import { revokePolicy, revokeUser } from './revoke-user.ts';

/** A lease as `leases` of the engine has found it. */
type Found = Lease & Partial<ListedLease>;

/** Ends leases one after the other: IAM has no call that ends more. */
export async function* end(access: Access, leases: readonly Found[]): AsyncGenerator<readonly [Lease, Revocation]> {
  for (const lease of leases) yield [lease, await endOne(access, lease)];
}

/** @returns `failed` where AWS refuses; what else goes wrong is no matter of this lease alone, and is thrown */
async function endOne(access: Access, lease: Found): Promise<Revocation> {
  const { principal, remains, holdings } = lease;
  try {
    const iam = await access.iam();
    if (remains === 'deny') return await endDeny(iam, lease);
    if (remains === 'policy') return await revokePolicy(iam, principal);
    return await revokeUser(iam, principal, { holdings });
  } catch (error) {
    if (!(error instanceof UserError) || canHeal(error) || isUnreached(error)) throw error;
    return { outcome: 'failed', reason: messageOf(error), sessionsEnded: 0 };
  }
}
