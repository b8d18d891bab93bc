/** A job that holds a lease and resists, and an IAM that lags: what is ended stays ended, and what is said was seen. */
import { AddUserToGroupCommand, DeleteAccessKeyCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetSessionTokenCommand, STSClient } from '@aws-sdk/client-sts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EngineSession, LeaseDraft, Minted } from '../../src/engines/engine.ts';
import { made } from '../../src/engines/aws/iam.ts';
import { messageOf } from '../../src/lease/errors.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import {
  appRole,
  everything,
  jobPolicy,
  jobSession,
  rootText,
  startAwsTarget,
  type AwsTarget,
} from '../contract/aws-target.ts';
import { draft, failureOf, findLease, open } from '../contract/contract.ts';

let target: AwsTarget;
beforeEach(async () => {
  target = await startAwsTarget();
});
afterEach(async () => {
  target.server.meanwhile = undefined;
  await target[Symbol.asyncDispose]();
});

const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'aws.md'), 'utf8');
function documented(name: 'root' | 'sweep'): unknown {
  return JSON.parse(new RegExp(`<!-- ${name} policy -->\n\`\`\`json\n([\\s\\S]*?)\`\`\``).exec(docs)?.[1] ?? '');
}

/** Text for the input `root` of a new user with a policy. */
function rootWith(policy: unknown, name = 'limited'): string {
  return rootText(target.server.account.addCredentials(name, policy));
}

/** Everything but some actions. */
function allBut(...Action: string[]): unknown {
  return { ...everything, Statement: [...everything.Statement, { Effect: 'Deny', Action, Resource: '*' }] };
}

interface Thief {
  /** tries to get a session of a role, which nothing would end. @returns AWS's code, `stolen` where it got one */
  readonly steal: () => Promise<string>;
}

/** A process of the job that made itself a session of the lease's key, which ends neither with the key nor with the job. */
async function thief({ outputs }: Minted): Promise<Thief> {
  const common = { endpoint: target.server.endpoint, region: 'us-east-1', maxAttempts: 1 };
  const credentials = {
    accessKeyId: outputs['access-key-id'] ?? '',
    secretAccessKey: outputs['secret-access-key'] ?? '',
  };
  const { Credentials } = await new STSClient({ ...common, credentials }).send(new GetSessionTokenCommand({}));
  const session = new STSClient({
    ...common,
    credentials: {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    },
  });
  return {
    steal: async () =>
      await session.send(new AssumeRoleCommand({ RoleArn: appRole, RoleSessionName: 'stolen' })).then(
        () => 'stolen',
        (error: unknown) => (error as Error).name,
      ),
  };
}

/** Has the thief try again after every call of others, until the work is done. @returns what it was told */
async function whileStealing<T>({ steal }: Thief, work: () => Promise<T>): Promise<[result: T, told: Set<string>]> {
  const told = new Set<string>();
  target.server.meanwhile = async ({ parameters }) => {
    if (!parameters.includes('RoleSessionName=stolen')) told.add(await steal());
  };
  const result = await work();
  target.server.meanwhile = undefined;
  told.add(await steal());
  return [result, told];
}

/** Ways in which a lease gets the right to assume roles. */
function ways(): [name: string, inputs: Record<string, string>][] {
  const { account } = target.server;
  account.addGroup('deployers', everything);
  const managed = account.addManagedPolicy('extra', everything);
  const policy = JSON.stringify(everything);
  return [
    ['policy-document', { 'policy-document': policy }],
    ['policy-as-managed', { 'policy-document': policy, 'policy-as-managed': 'true' }],
    ['policy-arns', { 'policy-document': '', 'policy-arns': managed }],
    ['iam-groups', { 'policy-document': '', 'iam-groups': 'deployers' }],
  ];
}

/** Mints with a right to everything, has it ended by a root with less, and looks at what is left, then and an hour later. */
async function endedBy(
  policy: unknown,
  inputs: Record<string, string>,
  change: (lease: LeaseDraft) => void = () => undefined,
): Promise<{ outcome: string; reason: string; told: string[]; warnings: string[] }> {
  const warnings: string[] = [];
  await using root = await open(target, { inputs });
  await using limited = await open(target, { root: rootWith(policy), inputs, warnings });
  const lease = draft();
  const minted = await root.mint(lease);
  const one = await thief(minted);
  change(lease);
  const [{ outcome, reason = '' }, told] = await whileStealing(
    one,
    async () => await limited.revoke(lease.principal, minted.credential),
  );
  target.server.advance(3300);
  told.add(await one.steal());
  return { outcome, reason, told: [...told], warnings };
}

async function hostile(): Promise<{ iam: IAMClient; lease: LeaseDraft; minted: Minted; root: EngineSession }> {
  const root = await open(target, { inputs: { 'policy-document': JSON.stringify(everything) } });
  const lease = draft();
  const minted = await root.mint(lease);
  const credentials = {
    accessKeyId: minted.outputs['access-key-id'] ?? '',
    secretAccessKey: minted.outputs['secret-access-key'] ?? '',
  };
  const iam = new IAMClient({ endpoint: target.server.endpoint, region: 'us-east-1', maxAttempts: 1, credentials });
  return { iam, lease, minted, root };
}

async function chain({ outputs }: Minted): Promise<string> {
  const sts = new STSClient({
    endpoint: target.server.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: {
      accessKeyId: outputs['access-key-id'] ?? '',
      secretAccessKey: outputs['secret-access-key'] ?? '',
      sessionToken: outputs['session-token'] ?? '',
    },
  });
  return await sts.send(new AssumeRoleCommand({ RoleArn: appRole, RoleSessionName: 'chained' })).then(
    () => 'chained',
    (error: unknown) => (error as Error).name,
  );
}

async function endListed(root: string, { principal }: LeaseDraft): Promise<string> {
  await using sweep = await open(target, { root, inputs: { 'policy-document': '', 'credential-type': '' } });
  for await (const lease of sweep.leases({ records: 'all' })) {
    if (lease.principal !== principal) continue;
    for await (const [, { outcome, reason = '' }] of sweep.end([lease])) return `${outcome} ${reason}`.trim();
  }
  return 'not found';
}

const lags = { none: 0, 'the end of policies and memberships is noticed late': 60_000 };

describe.each(Object.entries(lags))(
  'a session that outlives its key gets no role while its lease is ended: %s',
  (_, late) => {
    it('by the post step', async () => {
      for (const [name, inputs] of ways()) {
        target.server.account.arrival.attached = late;
        target.server.account.arrival.groups = late;
        await using root = await open(target, { root: rootWith(documented('root'), `limited-${name}`), inputs });
        const lease = draft();
        const minted = await root.mint(lease);
        const [{ outcome }, told] = await whileStealing(
          await thief(minted),
          async () => await root.revoke(lease.principal, minted.credential),
        );
        expect([name, outcome, told.has('stolen')]).toEqual([name, 'revoked', false]);
      }
    });

    it.each([
      ['before its expiry', 0],
      ['after its expiry', 900],
    ])('by a sweep %s', async (_when, seconds) => {
      for (const [name, inputs] of ways()) {
        target.server.account.arrival.attached = late;
        target.server.account.arrival.groups = late;
        await using root = await open(target, { inputs });
        const lease = draft();
        const minted = await root.mint(lease);
        const one = await thief(minted);
        target.server.skew(seconds);
        const sweeper = rootWith(documented('sweep'), `sweep-${name}`);
        const [outcome, told] = await whileStealing(one, async () => await endListed(sweeper, lease));
        target.server.skew(0);
        expect([name, outcome, told.has('stolen')]).toEqual([name, 'revoked', false]);
      }
    });
  },
);

describe('a lease that cannot be removed', () => {
  it('is of no use for ever: a policy may not be taken away', async () => {
    const [, , [, inputs] = ['', {}]] = ways();
    const { outcome, reason, told } = await endedBy(allBut('iam:DetachUserPolicy'), inputs);
    expect(outcome).toBe('disabled');
    expect(reason).toContain('may not iam:DetachUserPolicy');
    expect(told).toEqual(['AccessDenied']);
  });

  it('is of no use for ever: somebody put it into a group that root may not take it out of', async () => {
    target.server.account.addGroup('strangers', everything);
    const { outcome, told } = await endedBy(documented('root'), {}, ({ principal }) =>
      target.server.account.findUser(principal)?.groups.add('strangers'),
    );
    expect(outcome).toBe('disabled');
    expect(told).toEqual(['AccessDenied']);
  });

  it('keeps its guard, and is said to have failed, where root may not shut it off either', async () => {
    const [, , [, inputs] = ['', {}]] = ways();
    const policy = allBut('iam:PutUserPermissionsBoundary', 'iam:DetachUserPolicy');
    const { outcome, reason, told } = await endedBy(policy, inputs);
    expect(outcome).toBe('failed');
    expect(reason).toContain('may not iam:DetachUserPolicy');
    expect(told).toEqual(['AccessDenied']);
  });

  it('is revoked by a root that may not shut it off, which is told what that takes', async () => {
    for (const [, inputs] of ways().slice(0, 1)) {
      const { outcome, told, warnings } = await endedBy(allBut('iam:PutUserPermissionsBoundary'), inputs);
      expect(outcome).toBe('revoked');
      expect(told).not.toContain('stolen');
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('may not iam:PutUserPermissionsBoundary');
    }
  });

  it('gets its guard back when it cannot be deleted without having been shut off', async () => {
    // IAM does not list the new key yet, and knows that it is there.
    target.server.account.lag.list = 1000;
    await using root = await open(target, { inputs: { 'policy-document': JSON.stringify(everything) } });
    const limited = rootWith(allBut('iam:PutUserPermissionsBoundary'));
    await using post = await open(target, { root: limited });
    const lease = draft();
    const one = await thief(await root.mint(lease));
    const [{ outcome, reason }, told] = await whileStealing(one, async () => await post.revoke(lease.principal));
    expect(outcome).toBe('failed');
    expect(reason).toContain('DeleteConflict');
    expect(told).toEqual(new Set(['AccessDenied']));
    expect([...(target.server.account.findUser(lease.principal)?.inline.keys() ?? [])]).toEqual(['joblease-guard']);
  });

  it('is shut off while IAM does not list its key yet', async () => {
    target.server.account.lag.list = 1000;
    await using root = await open(target, { inputs: { 'policy-document': JSON.stringify(everything) } });
    const lease = draft();
    const minted = await root.mint(lease);
    const one = await thief(minted);
    const [{ outcome }, told] = await whileStealing(one, async () => await root.revoke(lease.principal));
    expect([outcome, [...told]]).toEqual(['disabled', ['AccessDenied']]);
    await expect(jobSession(target.server, minted.outputs)).rejects.toThrow(/explicit deny/);
    // The list catches up.
    const user = target.server.account.findUser(lease.principal);
    for (const key of user?.keys ?? []) key.unlistedFor = 0;
    expect(await root.revoke(lease.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
  });

  it('is removed once IAM lists its key, within seconds', async () => {
    target.server.account.lag.list = 3;
    await using root = await open(target);
    const lease = draft();
    await root.mint(lease);
    expect(await root.revoke(lease.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
    expect(await target.exists(lease.principal)).toBe(false);
  });

  it('never works again, wherever a revocation breaks off', async () => {
    const [, , [, inputs] = ['', {}]] = ways();
    for (let n = 0; ; n += 1) {
      const stop = new AbortController();
      await using root = await open(target, { inputs });
      const lease = draft();
      const minted = await root.mint(lease);
      const one = await thief(minted);
      await using post = await open(target, { inputs, signal: stop.signal });
      let calls = 0;
      target.server.meanwhile = async ({ caller }) => {
        if (caller.endsWith('user/joblease') && calls++ === n) stop.abort();
        await Promise.resolve();
      };
      await post.revoke(lease.principal, minted.credential).catch(() => undefined);
      target.server.meanwhile = undefined;
      expect([n, (await one.steal()) === 'stolen']).toEqual([n, false]);
      target.server.advance(3300);
      expect([n, (await one.steal()) === 'stolen']).toEqual([n, false]);
      target.server.advance(-3300);
      await root.revoke(lease.principal);
      if (calls <= n) break;
    }
  });
});

describe('a hostile lease', () => {
  it('ends itself, and none of its siblings', async () => {
    const { iam, lease, minted, root } = await hostile();
    const sibling = draft();
    const other = await root.mint(sibling);
    const key = { UserName: sibling.principal, AccessKeyId: other.outputs['access-key-id'] };
    expect(messageOf(await failureOf(iam.send(new DeleteAccessKeyCommand(key))))).toContain('explicit deny');
    const outside = target.server.account.addUser('somebody');
    const { id } = target.server.account.addKey(outside);
    await iam.send(new DeleteAccessKeyCommand({ UserName: 'somebody', AccessKeyId: id }));
    const own = { UserName: lease.principal, AccessKeyId: minted.outputs['access-key-id'] };
    await iam.send(new DeleteAccessKeyCommand(own));
    await using client = await jobSession(target.server, other.outputs);
    await client.work();
  });

  it('puts nobody into a group', async () => {
    target.server.account.addGroup('admins', everything);
    const { iam, lease } = await hostile();
    const joining = new AddUserToGroupCommand({ GroupName: 'admins', UserName: lease.principal });
    expect(messageOf(await failureOf(iam.send(joining)))).toContain('explicit deny');
  });

  it.each([
    ['false', 'AccessDenied'],
    ['true', 'stolen'],
  ])('is held to allow-role-chaining: %s after it was renewed too', async (allowed, told) => {
    const inputs = { 'policy-document': JSON.stringify(everything), 'allow-role-chaining': allowed };
    await using root = await open(target, { inputs });
    const lease = draft();
    const { steal } = await thief(await root.mint(lease));
    expect(await steal()).toBe(told);
    // A renewal knows none of the mint's inputs.
    await using renewing = await open(target);
    await renewing.renew(lease.principal, 900);
    expect(await steal()).toBe(told);
  });
});

describe('an IAM that lags', () => {
  it('is asked again where it knows a new user and then does not', async () => {
    for (const [policy, outcome] of [
      [everything, 'revoked'],
      [documented('root'), 'disabled'], // which says of it that root may not
    ] as const) {
      await using root = await open(target, { root: rootWith(policy) });
      const lease = draft();
      const { credential } = await root.mint(lease);
      target.server.meanwhile = async ({ action }) => {
        const user = target.server.account.findUser(lease.principal);
        if (action === 'DeleteUserPolicy' && user?.inline.size === 0) user.unseenFor = 1;
        await Promise.resolve();
      };
      expect((await root.revoke(lease.principal, credential)).outcome).toBe(outcome);
      target.server.meanwhile = undefined;
      await root.revoke(lease.principal, credential);
      expect(await target.exists(lease.principal)).toBe(false);
      target.server.account.users.delete('limited');
    }
  });

  it('lists a new user late: one that could not be deleted is not taken for gone', async () => {
    target.server.account.userLag.list = 1000;
    for (const [right, outcome] of [
      ['iam:DeleteUser', 'disabled'],
      ['iam:PutUserPermissionsBoundary', 'failed'],
    ] as const) {
      const without = rootWith(allBut('iam:DeleteUser', right), right.replaceAll(/\W/g, ''));
      await using root = await open(target);
      await using post = await open(target, { root: without });
      const lease = draft();
      const { credential } = await root.mint(lease);
      expect((await post.revoke(lease.principal, credential)).outcome).toBe(outcome);
    }
  });

  it('lists a new user before it knows it: a sweep reads it a moment later', async () => {
    await using root = await open(target);
    const lease = draft();
    await root.mint(lease);
    Object.assign(target.server.account.findUser(lease.principal) ?? {}, { unseenFor: 1 });
    await using sweep = await open(target, { root: rootWith(documented('sweep')) });
    const found = await Array.fromAsync(sweep.leases({ records: 'all' }));
    expect(found).toMatchObject([{ principal: lease.principal, over: false, record: { repo: 'octo/app' } }]);
    await root.revoke(lease.principal);
  });

  it.each([
    ['a new user', { use: 4 }],
    ['its tags', { bare: 3 }],
  ])('does not know %s yet, and says so to a narrow policy as a missing right: the mint waits', async (_what, lag) => {
    for (const policy of [documented('root'), everything]) {
      await using root = await open(target, { root: rootWith(policy) });
      Object.assign(target.server.account.userLag, lag);
      const lease = draft();
      const { outputs } = await root.mint(lease);
      await using client = await jobSession(target.server, outputs);
      await expect(client.work()).resolves.toBeUndefined();
      await root.revoke(lease.principal);
      target.server.account.users.delete('limited');
    }
  });

  it('is not taken at its word that a user is missing which it made just now', async () => {
    for (const policy of [documented('root'), everything]) {
      target.server.account.userLag.use = 1_000_000;
      target.server.account.userLag.list = 1_000_000;
      const root = rootWith(policy);
      const lease = draft();
      const before = AbortSignal.timeout(2000);
      await using minting = await open(target, { root, signal: before });
      await failureOf(minting.mint(lease));
      await using undoing = await open(target, { root, signal: AbortSignal.timeout(2000) });
      const { outcome, reason } = await undoing.revoke(lease.principal);
      expect(outcome).toBe('failed');
      expect(reason).toContain('does not show');
      const user = target.server.account.findUser(lease.principal);
      Object.assign(user ?? {}, { unseenFor: 2, unlistedFor: 2 });
      await using later = await open(target, { root });
      expect((await later.revoke(lease.principal)).outcome).toBe('revoked');
      expect(await target.exists(lease.principal)).toBe(false);
      target.server.account.users.delete('limited');
      Object.assign(target.server.account.userLag, { use: 0, list: 0 });
    }
  });

  it('is asked again by a post step whose lease is young, and works', async () => {
    for (const policy of [documented('root'), everything]) {
      await using root = await open(target, { root: rootWith(policy) });
      const lease = draft();
      const { credential } = await root.mint(lease);
      made.delete(lease.principal); // the post step is another process
      Object.assign(target.server.account.findUser(lease.principal) ?? {}, { unseenFor: 5, unlistedFor: 2 });
      expect((await root.revoke(lease.principal, credential)).outcome).toBe('revoked');
      expect(await target.exists(lease.principal)).toBe(false);
      target.server.account.users.delete('limited');
    }
  });

  it('is not believed while the key of a young lease works, and is when it is refused too', async () => {
    await using root = await open(target, { signal: AbortSignal.timeout(4000) });
    const lease = draft();
    const { credential } = await root.mint(lease);
    made.delete(lease.principal); // the post step is another process
    const user = target.server.account.findUser(lease.principal);
    Object.assign(user ?? {}, { unseenFor: 1_000_000, unlistedFor: 1_000_000 });
    const { outcome, reason } = await root.revoke(lease.principal, credential);
    expect(outcome).toBe('failed');
    expect(reason).toContain('does not show');
    target.server.account.users.delete(lease.principal);
    await using again = await open(target);
    expect(await again.revoke(lease.principal, credential)).toEqual({ outcome: 'absent', sessionsEnded: 0 });
  });
});

describe('a session of a role', () => {
  const inputs = {
    'credential-type': 'assumed_role',
    'role-arn': appRole,
    'permissions-boundary-arn': '',
    'policy-document': '',
  };

  it.each<[why: string, more: Record<string, string>, ttl: number, told: string]>([
    ['it is to be revoked', { 'revoke-sessions': 'true' }, 3600, 'AccessDenied'],
    ['it ends before STS ends it', {}, 600, 'AccessDenied'],
    ['a policy narrows it', { 'policy-document': JSON.stringify(everything) }, 3600, 'AccessDenied'],
    [
      'it is to be revoked, but chaining is allowed',
      { 'revoke-sessions': 'true', 'allow-role-chaining': 'true' },
      3600,
      'chained',
    ],
    ['nothing narrows it', {}, 3600, 'chained'],
  ])('assumes no other that would outlive it: %s', async (_why, more, ttl, told) => {
    await using root = await open(target, { inputs: { ...inputs, ...more } });
    const minted = await root.mint(draft({ ttl }));
    await using client = await jobSession(target.server, minted.outputs);
    await client.work();
    expect(await chain(minted)).toBe(told);
  });

  it('gets no more by that than its managed session policies allow', async () => {
    const narrow = target.server.account.addManagedPolicy('narrow', JSON.parse(jobPolicy));
    await using root = await open(target, { inputs: { ...inputs, 'policy-arns': narrow, 'revoke-sessions': 'true' } });
    const { outputs } = await root.mint(draft());
    await using client = await jobSession(target.server, outputs);
    await client.work();
    await using own = await open(target, { root: sessionText(outputs) });
    expect(messageOf(await failureOf(own.mint(draft())))).toContain('may not iam:CreateUser');
  });

  it.each([-2400, 2400])('is denied until AWS ends it, though the runner’s clock is off by %i s', async (seconds) => {
    target.server.skew(-seconds);
    const all = { ...inputs, 'revoke-sessions': 'true' };
    const lease = draft({ ttl: 900 });
    let minted;
    {
      await using root = await open(target, { inputs: all });
      minted = await root.mint(lease);
      expect(await root.revoke(lease.principal, minted.credential)).toMatchObject({ outcome: 'revoked' });
    }
    // A sweep that runs as long as the session would have lived does not take its Deny away.
    target.server.skew(-seconds + 800);
    await using sweep = await open(target, { inputs: all });
    for await (const each of sweep.leases()) for await (const done of sweep.end([each])) expect(done).toBeDefined();
    target.server.skew(0);
    target.server.account.clockOffset = (-seconds + 800) * 1000;
    await expect(jobSession(target.server, minted.outputs)).rejects.toThrow(/explicit deny/);
  });
});

function sessionText(outputs: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: outputs['access-key-id'],
    SecretAccessKey: outputs['secret-access-key'],
    SessionToken: outputs['session-token'],
  });
}

describe('a role of another account, of whose name root has one too', () => {
  const inputs = {
    'credential-type': '',
    'permissions-boundary-arn': '',
    'revoke-sessions': 'true',
    'policy-document': '',
  };
  const foreign = [
    ['account', appRole.replace(/:\d{12}:/, ':999999999999:')],
    ['partition', appRole.replace('arn:aws:', 'arn:aws-us-gov:')],
  ] as const;

  it.each(foreign)('is refused where its sessions shall be revoked: another %s', async (_, role) => {
    await using root = await open(target, { inputs: { ...inputs, 'role-arn': role } });
    target.server.calls.length = 0;
    const told = messageOf(await failureOf(root.mint(draft())));
    expect(told).toContain('and root is of 123456789012 (aws): it can put no policy on that role');
    expect(told).toMatch(/Give a root of account \d{12}/);
    expect(target.server.calls).toEqual([]);
  });

  it.each(foreign)('is not taken for root’s own by post and sweep: another %s', async (_, role) => {
    await using root = await open(target, { inputs: { ...inputs, 'role-arn': role } });
    target.server.calls.length = 0;
    const refused = 'it can put no policy on that role';
    expect(messageOf(await failureOf(root.revoke(draft().principal)))).toContain(refused);
    const over = newPrincipal('job', new Date(Date.now() - 7_200_000));
    target.server.account.roles.get('app')?.inline.set(`joblease-deny-${over}`, JSON.stringify(everything));
    expect(messageOf(await failureOf(findLease(root, over)))).toContain(refused);
    expect(target.server.calls.filter(({ action }) => action.includes('RolePolic'))).toEqual([]);
  });
});

it('a runner whose clock is far ahead mints no user: a sweep would not know that it is over', async () => {
  target.server.skew(-36_000);
  await using root = await open(target);
  const told = messageOf(await failureOf(root.mint(draft())));
  expect(told).toContain("the runner's clock is 10h ahead of AWS's");
  expect([...target.server.account.users.keys()]).toEqual(['joblease']);
  target.server.skew(36_000);
  await using behind = await open(target);
  const lease = draft();
  await behind.mint(lease);
  expect(await behind.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
});
