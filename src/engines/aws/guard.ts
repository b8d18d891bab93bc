import { UserError } from '../../lease/errors.ts';
import { versionTag } from './tags.ts';

/** Name of the inline policy that holds a minted user to its lease. */
export const guardName = 'joblease-guard';
/** Name of the inline policy from `policy-document`. */
export const policyName = 'joblease-policy';

/** Every way to become a role: the session of one outlives whoever assumed it. */
export const chaining = 'sts:Assume*';

/** Characters, white space not counted, that all inline policies of a user may have together. */
const budget = 2048;
/** The same of one managed policy. */
const managedBudget = 6144;

export interface GuardOptions {
  /** epoch seconds */
  readonly exp: number;
  readonly userArn: string;
  /** patterns for the ARNs of all that mints make: users, and policies of their own */
  readonly minted: readonly string[];
  readonly allowRoleChaining: boolean;
}

/**
 * The dead-man's switch of a user, with what keeps the user from removing it: from the expiry on everything is denied;
 * before it nothing that a mint made is touched, save that the lease may delete its own key; no group is joined, which
 * would give rights that root may be unable to take back; and no role is assumed, because a role's session would outlive
 * both the expiry and the user.
 */
export function guardPolicy({ exp, userArn, minted, allowRoleChaining }: GuardOptions): string {
  const end = new Date(exp * 1000).toISOString().replace('.000', '');
  const endKey = 'iam:DeleteAccessKey';
  const isMinted = { Null: { [`aws:ResourceTag/${versionTag}`]: 'false' } };
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateGreaterThanEquals: { 'aws:CurrentTime': end } } },
      { Effect: 'Deny', NotAction: [endKey, 'iam:Get*', 'iam:List*'], Resource: minted },
      { Effect: 'Deny', Action: endKey, NotResource: userArn, Condition: isMinted },
      { Effect: 'Allow', Action: endKey, Resource: userArn },
      { Effect: 'Deny', Action: ['iam:AddUserToGroup', ...(allowRoleChaining ? [] : [chaining])], Resource: '*' },
    ],
  });
}

/** What takes a guard's place for a moment: nothing is allowed any more, but the lease may still delete its own key. */
export function closedGuard(userArn: string): string {
  const endKey = 'iam:DeleteAccessKey';
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Deny', NotAction: endKey, Resource: '*' },
      { Effect: 'Deny', Action: endKey, NotResource: userArn },
      { Effect: 'Allow', Action: endKey, Resource: userArn },
    ],
  });
}

function lengthOf(text: string): number {
  return text.replaceAll(/\s/g, '').length;
}

/** @throws UserError when a guard and the policy do not fit together */
export function checkSize(guard: string, policy: string): void {
  const over = lengthOf(guard) + lengthOf(policy) - budget;
  if (over <= 0) return;
  throw new UserError(`it has ${lengthOf(policy)} characters, ${over} more than fit into a user beside the guard`, {
    input: 'policy-document',
    fix: 'Shorten it, set "policy-as-managed", or name a managed policy in "policy-arns".',
    untouched: true,
  });
}

/** @throws UserError when a policy is too large even to be managed */
export function checkManagedSize(policy: string): void {
  const over = lengthOf(policy) - managedBudget;
  if (over <= 0) return;
  throw new UserError(`it has ${lengthOf(policy)} characters, ${over} more than fit into a managed policy`, {
    input: 'policy-document',
    fix: 'Shorten it, or split it over managed policies and name those in "policy-arns".',
    untouched: true,
  });
}
