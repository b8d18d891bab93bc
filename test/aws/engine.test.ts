/** What the AWS engine does beyond the contract: calls that fail, keys that arrive late, users that resist, long lists. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { messageOf } from '../../src/lease/errors.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import { obstacleKinds } from '../services/aws/account.ts';
import { startFaultProxy, type Fault } from '../services/faults.ts';
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
  await target[Symbol.asyncDispose]();
});

function actions(): string[] {
  return target.server.calls.map(({ action }) => action);
}

/** Text for the input `root` that makes a lease's session the root. */
function sessionRoot(outputs: Readonly<Record<string, string>>): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: outputs['access-key-id'],
    SecretAccessKey: outputs['secret-access-key'],
    SessionToken: outputs['session-token'],
  });
}

/** A trust policy for the whole account. */
function trust(condition: object, ...allowed: string[]): unknown {
  const { account } = target.server;
  const statement = { Effect: 'Allow', Principal: { AWS: account.arn('root') }, Action: allowed, Condition: condition };
  return { Version: '2012-10-17', Statement: [statement] };
}

/** The managed policies that leases have of their own. */
function ownPolicies(): string[] {
  return [...target.server.account.managedPolicies.keys()].filter((arn) => arn.includes('jl_'));
}

const session = {
  'credential-type': 'assumed_role',
  'permissions-boundary-arn': '',
  'policy-document': '',
  'role-arn': appRole,
};

describe('calls', () => {
  it('mints with 3 to 5, revokes with 4 and 1 for each thing attached, lists 1,000 with one', async () => {
    const { account, calls } = target.server;
    const managed = account.addManagedPolicy('extra', everything);
    account.addGroup('deployers', everything);
    await using full = await open(target, { inputs: { 'policy-arns': managed, 'iam-groups': '' } });
    const lease = draft();
    calls.length = 0;
    const { credential } = await full.mint(lease);
    expect(actions()).toEqual(['CreateUser', 'PutUserPolicy', 'PutUserPolicy', 'AttachUserPolicy', 'CreateAccessKey']);
    calls.length = 0;
    await full.revoke(lease.principal, credential);
    expect(actions()).toEqual([
      'PutUserPermissionsBoundary',
      'DeleteAccessKey',
      'DeleteUserPolicy',
      'DetachUserPolicy',
      'DeleteUserPolicy',
      'DeleteUser',
    ]);

    await using plain = await open(target, { inputs: { 'policy-document': '' } });
    const second = draft();
    calls.length = 0;
    const minted = await plain.mint(second);
    expect(actions()).toEqual(['CreateUser', 'PutUserPolicy', 'CreateAccessKey']);
    calls.length = 0;
    expect(await plain.revoke(second.principal, minted.credential)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
    expect(actions()).toEqual(['PutUserPermissionsBoundary', 'DeleteAccessKey', 'DeleteUserPolicy', 'DeleteUser']);

    for (let i = 0; i < 2500; i += 1) {
      account.addUser(newPrincipal('job', new Date(Date.now() + 3_600_000)), { path: '/joblease/' });
    }
    calls.length = 0;
    let found = 0;
    for await (const each of plain.leases()) if (each.usable) found += 1;
    expect(found).toBe(2500);
    expect(actions()).toEqual(['ListPolicies', 'ListUsers', 'ListUsers', 'ListUsers']);
  });
});

describe('revoke', () => {
  it('removes every kind of thing that a user can have, page by page', async () => {
    const { account } = target.server;
    const lease = draft();
    await using root = await open(target);
    await root.mint(lease);
    const user = account.findUser(lease.principal);
    for (const kind of obstacleKinds) for (const id of ['one', 'two']) user?.obstacles[kind].add(`${kind}-${id}`);
    for (let i = 0; i < 150; i += 1) user?.obstacles.sshPublicKey.add(`key-${i}`);
    account.addGroup('deployers', everything);
    user?.groups.add('deployers');
    user?.attached.add(account.addManagedPolicy('extra', everything));
    account.addKey(user ?? account.addUser('none'));
    expect(await root.revoke(lease.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 2 });
    expect(account.findUser(lease.principal)).toBeUndefined();
  });

  it('switches a key off that it may not delete, and says what is missing', async () => {
    const { account } = target.server;
    const noDelete = { Effect: 'Deny', Action: 'iam:DeleteAccessKey', Resource: '*' };
    const root = rootText(
      account.addCredentials('limited', { ...everything, Statement: [...everything.Statement, noDelete] }),
    );
    await using limited = await open(target, { root });
    const lease = draft();
    const { outputs } = await limited.mint(lease);
    const { outcome, reason } = await limited.revoke(lease.principal);
    expect(outcome).toBe('disabled');
    expect(reason).toContain('may not iam:DeleteAccessKey');
    await expect(jobSession(target.server, outputs)).rejects.toThrow('token included in the request is invalid');
  });

  it('finds a user gone although the policy for its path no longer covers it', async () => {
    const scoped = {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Action: 'iam:*', Resource: 'arn:aws:iam::123456789012:user/joblease/*' },
        { Effect: 'Allow', Action: 'iam:ListUsers', Resource: '*' },
      ],
    };
    const root = rootText(target.server.account.addCredentials('scoped', scoped));
    await using limited = await open(target, { root });
    const gone = newPrincipal('job', new Date());
    expect(await limited.revoke(gone)).toEqual({ outcome: 'absent', sessionsEnded: 0 });
  });
});

describe('policy-as-managed', () => {
  const inputs = {
    'policy-as-managed': 'true',
    'policy-document': jobPolicy.replace('"iam:GetRole"', `["iam:GetRole","x:${'y'.repeat(4000)}"]`),
  };

  it('lets a policy be as large as a managed one, and takes it away with every version', async () => {
    await using root = await open(target, { inputs });
    const lease = draft();
    const { credential, outputs } = await root.mint(lease);
    await using client = await jobSession(target.server, outputs);
    await client.work();
    const [arn = ''] = ownPolicies();
    expect(arn).toBe(`arn:aws:iam::123456789012:policy/joblease/${lease.principal}`);
    target.server.account.policyVersions.set(arn, new Set(['v2', 'v3']));
    expect((await root.revoke(lease.principal, credential)).outcome).toBe('revoked');
    expect(ownPolicies()).toEqual([]);
    expect(await target.exists(lease.principal)).toBe(false);
  });

  it('leaves nothing to a sweep that does not know of it, attached or not yet', async () => {
    await using root = await open(target, { inputs });
    await using sweep = await open(target);
    for (const isAttached of [true, false]) {
      const lease = draft();
      await root.mint(lease);
      const user = target.server.account.findUser(lease.principal);
      if (!isAttached) {
        user?.attached.clear();
        user?.keys.splice(0);
      }
      expect((await sweep.revoke(lease.principal)).outcome).toBe('revoked');
      expect(ownPolicies()).toEqual([]);
      expect(await target.exists(lease.principal)).toBe(false);
    }
  });

  it('says what is over when even that is too small', async () => {
    const large = { ...inputs, 'policy-document': jobPolicy.replace('GetRole', `Get${'x'.repeat(7000)}`) };
    await using root = await open(target, { inputs: large });
    expect(messageOf(await failureOf(root.mint(draft())))).toContain('more than fit into a managed policy');
    expect(actions()).not.toContain('CreateUser');
  });
});

describe('a session that is closed', () => {
  it('leaves the calls of others alone', async () => {
    await using slow = await startAwsTarget({ latency: 100 });
    await using other = await open(slow);
    const one = await open(slow);
    const lease = draft();
    const minting = other.mint(lease);
    await new Promise((resolve) => setTimeout(resolve, 50));
    slow.server.calls.length = 0;
    await one[Symbol.asyncDispose]();
    await minting;
    expect(slow.server.calls.filter(({ action }) => action === 'CreateUser')).toHaveLength(1);
  });
});

describe('the guard', () => {
  it('keeps a lease with every right from touching minted users and from assuming roles', async () => {
    await using root = await open(target, { inputs: { 'policy-document': JSON.stringify(everything) } });
    const lease = draft();
    const minted = await root.mint(lease);
    await using own = await open(target, {
      root: rootText({
        accessKeyId: minted.outputs['access-key-id'] ?? '',
        secretAccessKey: minted.outputs['secret-access-key'] ?? '',
      }),
    });
    expect(messageOf(await failureOf(own.renew(lease.principal, 3000)))).toContain('may not iam:PutUserPolicy');
    expect(messageOf(await failureOf(own.mint(draft())))).toContain('may not iam:CreateUser');
    await using chained = await open(target, {
      root: rootText({
        accessKeyId: minted.outputs['access-key-id'] ?? '',
        secretAccessKey: minted.outputs['secret-access-key'] ?? '',
      }),
      inputs: session,
    });
    expect(messageOf(await failureOf(chained.mint(draft())))).toContain('may not sts:AssumeRole');
  });

  it('ends the key at the expiry, by the clock of AWS alone', async () => {
    await using root = await open(target);
    const { outputs } = await root.mint(draft({ ttl: 600 }));
    await using client = await jobSession(target.server, outputs);
    target.server.advance(590);
    await client.work();
    target.server.advance(20);
    await expect(client.work()).rejects.toThrow(/explicit deny/);
  });
});

describe('sessions', () => {
  it('end before 15 minutes by a condition', async () => {
    await using root = await open(target, { inputs: session });
    const began = Date.now();
    const { outputs, expiresAt } = await root.mint(draft({ ttl: 120 }));
    expect(expiresAt.getTime()).toBeGreaterThanOrEqual(began + 119_000);
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 121_000);
    await using client = await jobSession(target.server, outputs);
    target.server.advance(110);
    await client.work();
    target.server.advance(15);
    await expect(client.work()).rejects.toThrow(/explicit deny/);
  });

  it('of federation may do what their policy allows, and say that they end by themselves', async () => {
    const inputs = { ...session, 'role-arn': '', 'credential-type': 'federation_token', 'policy-document': jobPolicy };
    await using root = await open(target, { inputs });
    const lease = draft({ ttl: 900 });
    const { outputs } = await root.mint(lease);
    expect(outputs['arn']).toBe(`arn:aws:sts::123456789012:federated-user/${lease.principal}`);
    expect((await root.revoke(lease.principal)).outcome).toBe('expiring');
  });

  it('are denied on a full role once the Denies of sessions that are over have made room', async () => {
    await using root = await open(target, { inputs: { ...session, 'revoke-sessions': 'true' } });
    const { inline } = target.server.account.roles.get('app') ?? { inline: new Map<string, string>() };
    const first = await root.mint(draft());
    await using client = await jobSession(target.server, first.outputs);
    for (let i = 0; i < 55; i += 1) {
      const old = newPrincipal('job', new Date(Date.now() - 7_200_000));
      inline.set(
        `joblease-deny-${old}`,
        JSON.stringify({
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Deny',
              Action: '*',
              Resource: '*',
              Condition: { StringLike: { 'aws:userid': `*:${old}${'x'.repeat(60)}` } },
            },
          ],
        }),
      );
    }
    const principal = (JSON.parse(first.credential) as { principal: Parameters<typeof root.revoke>[0] }).principal;
    expect(await root.revoke(principal)).toMatchObject({ outcome: 'revoked' });
    await expect(client.work()).rejects.toThrow(/explicit deny/);
    expect([...inline.keys()]).toEqual([`joblease-deny-${principal}`]);

    // A sweep a day later takes the last one away.
    target.server.skew(86_400);
    await using sweep = await open(target, { inputs: { ...session, 'revoke-sessions': 'true' } });
    expect((await findLease(sweep, principal))?.usable).toBe(false);
    expect(await sweep.revoke(principal)).toMatchObject({ outcome: 'absent' });
    expect(inline.size).toBe(0);
  });

  it('of a user carry all its rights for 15 minutes or more, and say that they end by themselves', async () => {
    const inputs = { ...session, 'role-arn': '', 'credential-type': 'session_token' };
    await using root = await open(target, { inputs });
    const lease = draft({ ttl: 900 });
    const began = Date.now();
    const { credential, outputs, expiresAt } = await root.mint(lease);
    await root.verify(credential);
    expect(outputs).toMatchObject({ arn: '', 'session-token': expect.stringMatching(/./) as string });
    expect(expiresAt.getTime()).toBeGreaterThanOrEqual(began + 899_000);
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 901_000);
    await using chained = await open(target, { root: sessionRoot(outputs), inputs: session });
    const ofRole = (await chained.mint(draft())).outputs;
    await using client = await jobSession(target.server, ofRole);
    await client.work();
    expect((await root.revoke(lease.principal)).outcome).toBe('expiring');
    expect(messageOf(await failureOf(root.mint(draft({ ttl: 600 }))))).toContain('at least 15 minutes');
    await using again = await open(target, { root: sessionRoot(ofRole), inputs });
    expect(messageOf(await failureOf(again.mint(draft({ ttl: 900 }))))).toContain('takes the access key of a user');
  });

  it('carry their tags, where the trust policy lets them', async () => {
    const { account } = target.server;
    const ofTeam = {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Action: '*',
          Resource: '*',
          Condition: { StringEquals: { 'aws:PrincipalTag/team': 'billing', 'aws:PrincipalTag/note': 'a=b c' } },
        },
      ],
    };
    const tagged = account.addRole('tagged', { trust: trust({}, 'sts:AssumeRole', 'sts:TagSession'), policy: ofTeam });
    const untagged = account.addRole('untagged', { trust: trust({}, 'sts:AssumeRole'), policy: ofTeam });
    const inputs = { ...session, 'role-arn': tagged, 'session-tags': 'team = billing\nnote=a=b c' };
    await using root = await open(target, { inputs });
    await using client = await jobSession(target.server, (await root.mint(draft())).outputs);
    await client.work();

    await using without = await open(target, { inputs: { ...inputs, 'session-tags': '' } });
    const { outputs } = await without.mint(draft());
    await expect(jobSession(target.server, outputs)).rejects.toThrow('not authorized');
    await using refused = await open(target, { inputs: { ...inputs, 'role-arn': untagged } });
    const said = messageOf(await failureOf(refused.mint(draft())));
    expect(said).toContain(`may not sts:TagSession on ${untagged}`);
    expect(said).toContain('trust policy');
  });

  it('are given for the external id that the trust policy asks for, and for no other', async () => {
    const condition = { StringEquals: { 'sts:ExternalId': 'octo-7' } };
    const role = target.server.account.addRole('partner', {
      trust: trust(condition, 'sts:AssumeRole'),
      policy: everything,
    });
    const inputs = { ...session, 'role-arn': role };
    await using root = await open(target, { inputs: { ...inputs, 'external-id': 'octo-7' } });
    await using client = await jobSession(target.server, (await root.mint(draft())).outputs);
    await client.work();
    for (const other of ['', 'octo-8']) {
      await using wrong = await open(target, { inputs: { ...inputs, 'external-id': other } });
      expect(messageOf(await failureOf(wrong.mint(draft())))).toContain(`may not sts:AssumeRole on ${role}`);
    }
  });

  it('are no longer than the role allows: the error says how long, with two calls more where root may look', async () => {
    const { account, calls } = target.server;
    await using root = await open(target, { inputs: session });
    calls.length = 0;
    const said = messageOf(await failureOf(root.mint(draft({ ttl: 7200 }))));
    expect(said).toContain("2h is more than the role's maximum session duration, 1h");
    expect(said).toContain('aws iam update-role --role-name app --max-session-duration 7200');
    expect(actions()).toEqual(['AssumeRole', 'GetCallerIdentity', 'GetRole']);

    const blind = { Effect: 'Deny', Action: 'iam:GetRole', Resource: '*' };
    const limited = account.addCredentials('blind', { ...everything, Statement: [...everything.Statement, blind] });
    await using other = await open(target, { root: rootText(limited), inputs: session });
    calls.length = 0;
    expect(messageOf(await failureOf(other.mint(draft({ ttl: 7200 }))))).toContain('aws iam get-role --role-name app');
    expect(actions()).toEqual(['AssumeRole', 'GetCallerIdentity', 'GetRole']);
  });

  it('of a session last an hour at most, and the error says so', async () => {
    await using root = await open(target, { inputs: session });
    const { outputs } = await root.mint(draft({ ttl: 3600 }));
    await using own = await open(target, { root: sessionRoot(outputs), inputs: session });
    expect(messageOf(await failureOf(own.mint(draft({ ttl: 7200 }))))).toContain('for at most 1h');
  });
});

describe('faults', () => {
  it('uses a new key over three connections at a time, and hands out none that one of them does not know', async () => {
    const { account, calls } = target.server;
    await using root = await open(target);
    const known = await root.mint(draft());
    const three = Promise.withResolvers<void>();
    calls.length = 0;
    // Nobody is answered before all three have asked.
    target.server.meanwhile = async () => {
      if (calls.length === 3) three.resolve();
      await three.promise;
    };
    await root.verify(known.credential);
    target.server.meanwhile = undefined;
    expect(actions()).toEqual(Array<string>(3).fill('GetCallerIdentity'));

    account.lag.use = 1;
    const late = await root.mint(draft());
    account.lag.use = 0;
    calls.length = 0;
    await root.verify(late.credential);
    // The round with the refusal, and then three without one.
    expect(calls.map(({ answer }) => answer).toSorted()).toEqual([
      ...Array<string>(11).fill('200'),
      'InvalidClientTokenId',
    ]);
  });

  it('waits for a key that arrives late and comes and goes at first', async () => {
    await using slow = await startAwsTarget({ keyArrival: 1200 });
    await new Promise((resolve) => setTimeout(resolve, 1300)); // root's own key
    await using root = await open(slow);
    const { credential, outputs } = await root.mint(draft());
    await root.verify(credential);
    await using client = await jobSession(slow.server, outputs);
    for (let i = 0; i < 5; i += 1) await client.work();
    expect(slow.server.calls.some(({ answer }) => answer === 'InvalidClientTokenId')).toBe(true);
  });

  it.each([
    [501, 1],
    [502, 4],
  ])('gives up on something else than AWS that answers %i after %i calls', async (status, attempts) => {
    let count = 0;
    const other = createServer((incoming, outgoing) => {
      count += 1;
      incoming.resume();
      outgoing.writeHead(status, { 'content-type': 'text/html' }).end('<!doctype html>\n<h1>Sorry</h1>');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = other.address() as AddressInfo;
      const error = await failureOf(open(target, { inputs: { 'sts-endpoint': `http://127.0.0.1:${port}` } }));
      expect(messageOf(error)).toContain(`HTTP status ${status}`);
      expect(messageOf(error)).toContain('"sts-endpoint"');
      expect(count).toBe(attempts);
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });

  it('goes on after throttling, and after a clock that is wrong', async () => {
    target.server.throttle(4);
    target.server.skew(1800);
    await using root = await open(target);
    const lease = draft({ ttl: 600 });
    const began = target.server.account.now();
    const { outputs, expiresAt } = await root.mint(lease);
    expect(expiresAt.getTime()).toBeGreaterThanOrEqual(began + 599_000);
    expect(expiresAt.getTime()).toBeLessThanOrEqual(target.server.account.now() + 601_000);
    target.server.skew(0);
    target.server.account.clockOffset = 1_800_000;
    await using client = await jobSession(target.server, outputs);
    await client.work();
  });

  it.each<[Fault, string, number]>([
    ['lost answer', 'false', 13],
    ['reset', 'false', 13],
    ['500', 'false', 13],
    ['503', 'false', 13],
    ['foreign', 'false', 13],
    ['throttled', 'false', 13],
    ['lost answer', 'true', 15],
  ])('mints and revokes through a %s at every call, policy-as-managed: %s', async (fault, managed, calls) => {
    const policies = target.server.account.managedPolicies.size;
    const before = await target.accounts();
    /** @param spoilt which call the fault is put upon; an endpoint of its own, because a throttled one is remembered */
    const once = async (spoilt?: number): Promise<number> => {
      await using proxy = await startFaultProxy(target.server.endpoint);
      if (spoilt !== undefined) proxy.spoil(spoilt, fault);
      const endpoints = { 'iam-endpoint': proxy.endpoint, 'sts-endpoint': proxy.endpoint };
      await using root = await open(target, { inputs: { ...endpoints, 'policy-as-managed': managed } });
      const lease = draft();
      const { credential, outputs } = await root.mint(lease);
      await root.verify(credential);
      await using client = await jobSession(target.server, outputs);
      await client.work();
      expect((await root.revoke(lease.principal, credential)).outcome).toMatch(/revoked|absent/);
      await expect(client.work()).rejects.toThrow();
      return proxy.count();
    };
    expect(await once()).toBe(calls);
    for (let n = 0; n < calls; n += 1) {
      await once(n);
      expect(await target.accounts(), `${fault} at call ${n}`).toEqual(before);
      expect(target.server.account.managedPolicies.size, `${fault} at call ${n}`).toBe(policies);
    }
  });
});
