/** The policy for root in docs/aws.md: it is enough for everything that joblease does, and nothing in it is idle. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appRole, boundary, everything, jobPolicy, rootText, startAwsTarget } from '../contract/aws-target.ts';
import { draft, failureOf, open } from '../contract/contract.ts';
import { obstacleKinds } from '../services/aws/account.ts';

interface Policy {
  readonly Version: string;
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'aws.md'), 'utf8');
const documented = JSON.parse(/<!-- root policy -->\n```json\n([\s\S]*?)```/.exec(text)?.[1] ?? '') as Policy;
const actions = documented.Statement.flatMap(({ Action }) => Action);

/** Does with the policy all that joblease can do. @returns the actions that were denied */
async function denied(policy: Policy): Promise<string[]> {
  await using target = await startAwsTarget();
  const { account, calls } = target.server;
  account.addGroup('deployers', everything);
  const managed = account.addManagedPolicy('extra', everything);
  const root = rootText(account.addCredentials('limited', policy));
  const inputs = { 'policy-arns': managed, 'iam-groups': 'deployers' };
  const session = {
    'credential-type': 'assumed_role',
    'role-arn': appRole,
    'revoke-sessions': 'true',
    'policy-document': jobPolicy,
    'permissions-boundary-arn': '',
  };
  try {
    await using users = await open(target, { root, inputs });
    const [first, second] = [draft(), draft()];
    const minted = await users.mint(first);
    await users.renew(first.principal, 700);
    for await (const lease of users.leases()) expect(lease.usable).toBe(true);
    await users.revoke(first.principal, minted.credential);
    await users.mint(second);
    for (const kind of obstacleKinds) account.findUser(second.principal)?.obstacles[kind].add('one');
    expect((await users.revoke(second.principal)).outcome).toBe('revoked');

    const large = { ...inputs, 'policy-as-managed': 'true' };
    await using withPolicy = await open(target, { root, inputs: large });
    const own = draft();
    await withPolicy.mint(own);
    account.policyVersions.set(account.arn(`policy/joblease/${own.principal}`), new Set(['v2']));
    expect((await withPolicy.revoke(own.principal)).outcome).toBe('revoked');

    await using sessions = await open(target, { root, inputs: session });
    const third = draft();
    await sessions.mint(third);
    await sessions.revoke(third.principal);
    // A day later the Deny is of no more use.
    target.server.skew(86_400);
    await using later = await open(target, { root, inputs: session });
    for await (const { principal } of later.leases()) await later.revoke(principal);
    expect(account.roles.get('app')?.inline.size).toBe(0);
  } catch {
    // What was denied is among the calls.
  }
  return calls.filter(({ answer }) => answer === 'AccessDenied').map(({ action }) => action);
}

describe('the documented root policy', () => {
  it('is enough', async () => {
    expect(await denied(documented)).toEqual([]);
  });

  it.each(actions)('would not do without %s', async (action) => {
    const Statement = documented.Statement.map((statement) => ({
      ...statement,
      Action: [statement.Action].flat().filter((each) => each !== action),
    })).filter(({ Action }) => Action.length > 0);
    expect(await denied({ ...documented, Statement })).not.toEqual([]);
  });

  it('makes no user without the boundary, and touches none outside the path', async () => {
    await using target = await startAwsTarget();
    const root = rootText(target.server.account.addCredentials('limited', documented));
    for (const inputs of [
      { 'permissions-boundary-arn': '' },
      { 'permissions-boundary-arn': boundary, 'user-path': '/admins/' },
    ]) {
      await using users = await open(target, { root, inputs });
      expect(String(await failureOf(users.mint(draft())))).toContain('may not iam:CreateUser');
    }
  });
});
