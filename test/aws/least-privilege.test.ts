/** The policies for root in docs/aws.md: each is enough for what it is for, and nothing in it is idle. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseInputs } from '../../src/lease/inputs.ts';
import {
  account as number,
  appRole,
  boundary,
  everything,
  jobPolicy,
  jobSession,
  rootText,
  startAwsTarget,
} from '../contract/aws-target.ts';
import { draft, failureOf, load, open } from '../contract/contract.ts';
import { obstacleKinds } from '../services/aws/account.ts';
import { decide, parsePolicy, type Policies } from '../services/aws/policy.ts';

interface Policy {
  readonly Version: string;
  readonly Statement: readonly { readonly Action: string | readonly string[] }[];
}

const text = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'aws.md'), 'utf8');
const documented = {
  root: policyAfter(/<!-- root policy -->\n```json\n([\s\S]*?)```/),
  boundary: policyAfter(/<!-- boundary -->\n```json\n([\s\S]*?)```/),
  sweep: policyAfter(/<!-- sweep policy -->\n```json\n([\s\S]*?)```/),
};

function policyAfter(pattern: RegExp): Policy {
  return JSON.parse(pattern.exec(text)?.[1] ?? '') as Policy;
}

function actionsOf({ Statement }: Policy): string[] {
  return Statement.flatMap(({ Action }) => Action);
}

function without(policy: Policy, action: string): Policy {
  const Statement = policy.Statement.map((statement) => ({
    ...statement,
    Action: [statement.Action].flat().filter((each) => each !== action),
  })).filter(({ Action }) => Action.length > 0);
  return { ...policy, Statement };
}

/** Does with the policy all that a job can do. @returns the actions that were denied */
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
    'session-tags': 'team=billing',
  };
  const federation = { 'credential-type': 'federation_token', 'permissions-boundary-arn': '' };
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
    await using federated = await open(target, { root, inputs: federation });
    await federated.mint(draft({ ttl: 900 }));
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

/** Ends with the policy all that a sweep can find. @returns the actions that were denied */
async function deniedInSweep(policy: Policy): Promise<string[]> {
  await using target = await startAwsTarget();
  const { account, calls } = target.server;
  account.addGroup('deployers', everything);
  const managed = account.addManagedPolicy('extra', everything);
  const session = { 'credential-type': 'assumed_role', 'role-arn': appRole, 'revoke-sessions': 'true' };
  {
    await using users = await open(target, { inputs: { 'policy-arns': managed, 'iam-groups': 'deployers' } });
    const [known, tagless] = [draft(), draft()];
    await users.mint(known);
    for (const kind of obstacleKinds) account.findUser(known.principal)?.obstacles[kind].add('one');
    await users.mint(tagless);
    account.findUser(tagless.principal)?.tags.clear();
    await using large = await open(target, { inputs: { 'policy-as-managed': 'true' } });
    const own = draft();
    await large.mint(own);
    account.policyVersions.set(account.arn(`policy/joblease/${own.principal}`), new Set(['v2']));
    account.addManagedPolicy(`joblease/${draft().principal}`, everything);
    await using sessions = await open(target, {
      inputs: { ...session, 'permissions-boundary-arn': '', 'policy-document': '' },
    });
    await sessions.revoke(draft().principal);
  }
  target.server.skew(86_400);
  calls.length = 0;
  const root = rootText(account.addCredentials('limited', policy));
  const refused = (): string[] => calls.filter(({ answer }) => answer === 'AccessDenied').map(({ action }) => action);
  try {
    await using sweep = await open(target, { root, inputs: session });
    for await (const lease of sweep.leases())
      for await (const [, { outcome }] of sweep.end([lease])) expect(outcome).toBe('revoked');
    expect([...account.users.keys()].filter((name) => name.startsWith('jl_'))).toEqual([]);
    expect([...account.managedPolicies.keys()].filter((arn) => arn.includes('jl_'))).toEqual([]);
    expect(account.roles.get('app')?.inline.size).toBe(0);
  } catch (error) {
    if (refused().length === 0) throw error;
  }
  return refused();
}

describe('the documented policy for a sweep', () => {
  it('is enough', async () => {
    expect(await deniedInSweep(documented.sweep)).toEqual([]);
  });

  it.each(actionsOf(documented.sweep))('would not do without %s', async (action) => {
    expect(await deniedInSweep(without(documented.sweep, action))).not.toEqual([]);
  });
});

function layers(): Policies {
  return {
    identity: [parsePolicy(JSON.stringify(everything))],
    boundary: [parsePolicy(JSON.stringify(documented.boundary))],
  };
}

describe('the documented boundary', () => {
  const evil: [action: string, resource: string][] = [
    ['iam:CreateUser', `arn:aws:iam::${number}:user/evil`],
    ['iam:CreateAccessKey', `arn:aws:iam::${number}:user/evil`],
    ['iam:CreateRole', `arn:aws:iam::${number}:role/evil`],
    ['iam:PassRole', appRole],
    ['iam:AddUserToGroup', `arn:aws:iam::${number}:group/admins`],
    ['iam:PutRolePolicy', appRole],
    ['iam:UpdateAssumeRolePolicy', appRole],
    ['iam:CreatePolicyVersion', boundary],
    ['iam:DeleteAccessKey', `arn:aws:iam::${number}:user/alice`],
    ['sts:AssumeRole', appRole],
    ['sts:AssumeRoot', `arn:aws:iam::${number}:root`],
    ['sts:GetFederationToken', '*'],
    ['ec2:RunInstances', '*'],
    ['organizations:LeaveOrganization', '*'],
    ['s3:PutBucketPolicy', 'arn:aws:s3:::data'],
    ['s3:CreateAccessGrant', '*'],
    ['s3:PutReplicationConfiguration', 'arn:aws:s3:::data'],
    ['s3:GetDataAccess', '*'],
    ['lambda:AddPermission', `arn:aws:lambda:us-east-1:${number}:function:admin`],
    ['lambda:UpdateFunctionCode', `arn:aws:lambda:us-east-1:${number}:function:admin`],
    ['lambda:CreateFunctionUrlConfig', `arn:aws:lambda:us-east-1:${number}:function:admin`],
    ['lambda:InvokeFunction', `arn:aws:lambda:us-east-1:${number}:function:admin`],
    ['ecr:SetRepositoryPolicy', `arn:aws:ecr:us-east-1:${number}:repository/app`],
    ['ecr:GetAuthorizationToken', '*'],
    ['codeartifact:GetAuthorizationToken', '*'],
    ['sts:GetWebIdentityToken', '*'],
    ['rds-db:connect', '*'],
  ];
  it.each(evil)('says no to %s on %s, whatever the policy of the lease', (action, resource) => {
    expect(decide(layers(), { action, resource, context: {} })).not.toBe('allowed');
  });

  it('says no to what a resource’s own policy allows, save for what it lists', () => {
    for (const [action, resource] of evil.filter(([name]) => name !== 'iam:DeleteAccessKey')) {
      expect(decide(layers(), { action, resource, context: {} })).toBe('explicit deny');
    }
    expect(decide(layers(), { action: 's3:PutObject', resource: 'arn:aws:s3:::bucket/a', context: {} })).toBe(
      'allowed',
    );
  });

  it('lets a lease do its work and end itself, and root end it', async () => {
    await using target = await startAwsTarget();
    target.server.account.managedPolicies.set(boundary, parsePolicy(JSON.stringify(documented.boundary)));
    const root = rootText(target.server.account.addCredentials('limited', documented.root));
    await using users = await open(target, { root });
    const lease = draft();
    const { outputs, credential } = await users.mint(lease);
    await using client = await jobSession(target.server, outputs);
    await client.work();
    const driver = await load(target.engine);
    const config = parseInputs(target.engine.inputs, (input) => target.inputs[input] ?? '');
    const context = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
    expect(await driver.endSelf(credential, config, context)).toMatchObject({ outcome: 'expiring' });
    await expect(client.work()).rejects.toThrow();
    expect(await users.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
  });
});

describe('the documented root policy', () => {
  it('is enough', async () => {
    expect(await denied(documented.root)).toEqual([]);
  });

  it.each(actionsOf(documented.root))('would not do without %s', async (action) => {
    expect(await denied(without(documented.root, action))).not.toEqual([]);
  });

  it('makes no user without the boundary, and touches none outside the path', async () => {
    await using target = await startAwsTarget();
    const root = rootText(target.server.account.addCredentials('limited', documented.root));
    for (const inputs of [
      { 'permissions-boundary-arn': '' },
      { 'permissions-boundary-arn': boundary, 'user-path': '/admins/' },
    ]) {
      await using users = await open(target, { root, inputs });
      expect(String(await failureOf(users.mint(draft())))).toContain('may not iam:CreateUser');
    }
  });
});
