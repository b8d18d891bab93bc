/** The test server itself, against what AWS documents: a test that trusts it must be able to. */
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  GetAccessKeyLastUsedCommand,
  GetUserCommand,
  IAMClient,
  ListAccessKeysCommand,
  ListUsersCommand,
  PutUserPolicyCommand,
  UpdateAccessKeyCommand,
  type GetAccessKeyLastUsedResponse,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAws, type AwsServer, type Credentials } from './aws/index.ts';
import { decide, parsePolicy, type PolicyDocument, type Question } from './aws/policy.ts';

let server: AwsServer;
let root: Credentials;
let iam: IAMClient;
const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

beforeAll(async () => {
  server = await startAws();
  root = server.account.addCredentials('root', everything);
  iam = clientOf(root);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function clientOf(credentials: Credentials): IAMClient {
  return new IAMClient({ endpoint: server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

function stsOf(credentials: Credentials): STSClient {
  return new STSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
}

async function codeOf(answer: Promise<unknown>): Promise<string> {
  return await answer.then(
    () => '200',
    (error: unknown) => (error as Error).name.replace(/Exception$/, ''),
  );
}

describe('who is let in', () => {
  it('refuses a wrong secret, an unknown key and an inactive key', async () => {
    const wrong = { ...root, secretAccessKey: 'wrong' };
    expect(await codeOf(stsOf(wrong).send(new GetCallerIdentityCommand({})))).toBe('SignatureDoesNotMatch');
    const unknown = { ...root, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' };
    expect(await codeOf(stsOf(unknown).send(new GetCallerIdentityCommand({})))).toBe('InvalidClientTokenId');
    const idle = server.account.addCredentials('idle', everything);
    const change = { UserName: 'idle', AccessKeyId: idle.accessKeyId, Status: 'Inactive' } as const;
    await iam.send(new UpdateAccessKeyCommand(change));
    expect(await codeOf(stsOf(idle).send(new GetCallerIdentityCommand({})))).toBe('InvalidClientTokenId');
  });
});

function question(action: string, context: Question['context'] = {}): Question {
  return { action, resource: 'arn:aws:iam::123456789012:user/a', context };
}

function policy(...Statement: object[]): PolicyDocument[] {
  return [parsePolicy(JSON.stringify({ Version: '2012-10-17', Statement }))];
}

describe('policies', () => {
  const allow = { Effect: 'Allow', Action: '*', Resource: '*' };

  it('let an explicit Deny win, wherever it stands', () => {
    const deny = { Effect: 'Deny', Action: 'iam:Get*', Resource: '*' };
    expect(decide({ identity: policy(allow) }, question('iam:GetUser'))).toBe('allowed');
    expect(decide({ identity: policy(allow, deny) }, question('iam:GetUser'))).toBe('explicit deny');
    expect(decide({ identity: policy(allow), session: policy(allow, deny) }, question('iam:GetUser'))).toBe(
      'explicit deny',
    );
    expect(decide({ identity: [] }, question('iam:GetUser'))).toBe('implicit deny');
  });

  it('narrow by boundary and session policy, and never widen', () => {
    const narrow = { Effect: 'Allow', Action: 'iam:GetUser', Resource: '*' };
    for (const layer of ['boundary', 'session'] as const) {
      expect(decide({ identity: policy(allow), [layer]: policy(narrow) }, question('iam:DeleteUser'))).toBe(
        'implicit deny',
      );
      expect(decide({ identity: policy(narrow), [layer]: policy(allow) }, question('iam:DeleteUser'))).toBe(
        'implicit deny',
      );
      expect(decide({ identity: policy(allow), [layer]: policy(narrow) }, question('iam:GetUser'))).toBe('allowed');
    }
  });

  it.each([
    ['DateGreaterThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', true],
    ['DateGreaterThan', 'aws:CurrentTime', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z', false],
    ['StringLike', 'aws:userid', '*:jl_a', 'AROA1:jl_a', true],
    ['StringLike', 'aws:userid', '*:jl_a', 'AROA1:jl_ab', false],
    ['StringNotEquals', 'aws:userid', 'a', undefined, true],
    ['StringEquals', 'aws:userid', 'a', undefined, false],
    ['StringEqualsIfExists', 'aws:userid', 'a', undefined, true],
    ['Null', 'aws:userid', 'true', undefined, true],
    ['ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:user/a', 'arn:aws:iam::1:user/a', true],
  ])('hold %s of %s %s against %s: %s', (operator, key, expected, actual, holds) => {
    const statement = { ...allow, Condition: { [operator]: { [key]: expected } } };
    const context = actual === undefined ? {} : { [key.toLowerCase()]: [actual] };
    expect(decide({ identity: policy(statement) }, question('iam:GetUser', context)) === 'allowed').toBe(holds);
  });
});

async function lastUsed(id: string): Promise<GetAccessKeyLastUsedResponse> {
  const { UserName, AccessKeyLastUsed } = await iam.send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id }));
  return { UserName, AccessKeyLastUsed };
}

async function keysOf(UserName: string): Promise<number | undefined> {
  return (await iam.send(new ListAccessKeysCommand({ UserName }))).AccessKeyMetadata?.length;
}

describe('the last use of a key', () => {
  it('is told in whole minutes with service and region, as soon as there is one', async () => {
    const used = server.account.addCredentials('used', everything);
    const never = { ServiceName: 'N/A', Region: 'N/A' };
    expect(await lastUsed(used.accessKeyId)).toEqual({ UserName: 'used', AccessKeyLastUsed: never });
    await stsOf(used).send(new GetCallerIdentityCommand({}));
    const { AccessKeyLastUsed } = await lastUsed(used.accessKeyId);
    expect(AccessKeyLastUsed).toMatchObject({ ServiceName: 'sts', Region: 'us-east-1' });
    const time = AccessKeyLastUsed?.LastUsedDate?.getTime() ?? Number.NaN;
    expect(time % 60_000).toBe(0);
    expect(server.account.now() - time).toBeLessThan(120_000);
    await clientOf(used).send(new GetUserCommand({}));
    expect((await lastUsed(used.accessKeyId)).AccessKeyLastUsed?.ServiceName).toBe('iam');
  });

  it('does not count what was refused for its signature', async () => {
    const { accessKeyId } = server.account.addCredentials('unused', everything);
    await codeOf(stsOf({ accessKeyId, secretAccessKey: 'wrong' }).send(new GetCallerIdentityCommand({})));
    expect((await lastUsed(accessKeyId)).AccessKeyLastUsed?.LastUsedDate).toBeUndefined();
  });

  it('needs the right on the owner of the key', async () => {
    const { accessKeyId } = server.account.addCredentials('owner', everything);
    const Resource = 'arn:aws:iam::123456789012:user/${aws:username}';
    const own = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'iam:*', Resource }] };
    const limited = server.account.addCredentials('limited', own);
    const ask = async (id: string) =>
      await codeOf(clientOf(limited).send(new GetAccessKeyLastUsedCommand({ AccessKeyId: id })));
    expect(await ask(limited.accessKeyId)).toBe('200');
    expect(await ask(accessKeyId)).toBe('AccessDenied');
    expect(await ask('AKIAAAAAAAAAAAAAAAAA')).toBe('AccessDenied');
  });
});

describe('consistency', () => {
  it('comes after as many requests as were asked for', async () => {
    const { account } = server;
    const user = account.addUser('late', { policy: everything });
    Object.assign(account.lag, { use: 2, list: 1, deletion: 1 });
    try {
      const { id, secret } = account.addKey(user);
      const use = async () =>
        await codeOf(stsOf({ accessKeyId: id, secretAccessKey: secret }).send(new GetCallerIdentityCommand({})));
      expect([await use(), await use(), await use()]).toEqual(['InvalidClientTokenId', 'InvalidClientTokenId', '200']);
      expect([await keysOf('late'), await keysOf('late')]).toEqual([0, 1]);
      account.addKey(user);
      await iam.send(new DeleteAccessKeyCommand({ UserName: 'late', AccessKeyId: id }));
      const make = async () => await codeOf(iam.send(new CreateAccessKeyCommand({ UserName: 'late' })));
      expect([await make(), await make()]).toEqual(['LimitExceeded', '200']);
    } finally {
      Object.assign(account.lag, { use: 0, list: 0, deletion: 0 });
    }
  });
});

describe('limits', () => {
  it('gives lists in pages', async () => {
    for (let i = 0; i < 5; i += 1) server.account.addUser(`page-${i}`, { path: '/paged/' });
    const first = await iam.send(new ListUsersCommand({ PathPrefix: '/paged/', MaxItems: 2 }));
    expect([first.Users?.length, first.IsTruncated]).toEqual([2, true]);
    const last = await iam.send(
      new ListUsersCommand({
        PathPrefix: '/paged/',
        MaxItems: 10,
        ...(first.Marker === undefined ? {} : { Marker: first.Marker }),
      }),
    );
    expect([last.Users?.length, last.IsTruncated]).toEqual([3, false]);
  });

  it('refuses long names, large policies, a third key, and deleting a user that still has something', async () => {
    expect(await codeOf(iam.send(new CreateUserCommand({ UserName: 'a'.repeat(65) })))).toBe('ValidationError');
    await iam.send(new CreateUserCommand({ UserName: 'full' }));
    const large = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: `iam:${'x'.repeat(2048)}`, Resource: '*' }],
    });
    expect(
      await codeOf(iam.send(new PutUserPolicyCommand({ UserName: 'full', PolicyName: 'a', PolicyDocument: large }))),
    ).toBe('LimitExceeded');
    for (let i = 0; i < 2; i += 1) await iam.send(new CreateAccessKeyCommand({ UserName: 'full' }));
    expect(await codeOf(iam.send(new CreateAccessKeyCommand({ UserName: 'full' })))).toBe('LimitExceeded');
    expect(await codeOf(iam.send(new DeleteUserCommand({ UserName: 'full' })))).toBe('DeleteConflict');
    expect(await codeOf(iam.send(new GetUserCommand({ UserName: 'nobody' })))).toBe('NoSuchEntity');
    expect(await codeOf(iam.send(new CreateUserCommand({ UserName: 'FULL' })))).toBe('EntityAlreadyExists');
  });

  it('lists two keys page by page', async () => {
    const user = server.account.addUser('pages');
    const ids = [server.account.addKey(user).id, server.account.addKey(user).id];
    const first = await iam.send(new ListAccessKeysCommand({ UserName: 'pages', MaxItems: 1 }));
    const { Marker = '' } = first;
    const last = await iam.send(new ListAccessKeysCommand({ UserName: 'pages', MaxItems: 1, Marker }));
    expect([first.IsTruncated, last.IsTruncated]).toEqual([true, false]);
    const listed = [first, last].flatMap(({ AccessKeyMetadata = [] }) => AccessKeyMetadata);
    expect(listed.map(({ AccessKeyId, Status }) => [AccessKeyId, Status])).toEqual(ids.map((id) => [id, 'Active']));
  });

  it('assumes a role only where it exists and trusts the caller', async () => {
    const RoleArn = 'arn:aws:iam::123456789012:role/missing';
    expect(await codeOf(stsOf(root).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'test' })))).toBe(
      'AccessDenied',
    );
  });

  it('throttles as often as it is told to', async () => {
    server.throttle(1);
    expect(await codeOf(iam.send(new GetUserCommand({})))).toBe('Throttling');
    expect(await codeOf(iam.send(new GetUserCommand({})))).toBe('200');
  });
});
