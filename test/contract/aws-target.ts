/** An AWS account set up as docs/aws.md says, for the contract and for the engine's own tests. */
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { aws } from '../../src/engines/aws/declaration.ts';
import { guardName, policyName } from '../../src/engines/aws/guard.ts';
import { recordTags } from '../../src/engines/aws/tags.ts';
import { newPrincipal, type Principal } from '../../src/lease/name.ts';
import { startAws, type AwsOptions, type AwsServer, type Credentials } from '../services/aws/index.ts';
import { job, type ContractTarget, type JobSession } from './contract.ts';

export interface AwsTarget extends ContractTarget {
  readonly server: AwsServer;
}

/** The account's number on the test server. */
export const account = '123456789012';
export const boundary = `arn:aws:iam::${account}:policy/joblease-boundary`;
export const appRole = `arn:aws:iam::${account}:role/app`;
/** What a lease of the tests may do. */
export const jobPolicy = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iam:GetRole', Resource: appRole }],
});

/** Text for the input `root`. */
export function rootText({ accessKeyId, secretAccessKey }: Credentials): string {
  return JSON.stringify({ Version: 1, AccessKeyId: accessKeyId, SecretAccessKey: secretAccessKey });
}

export const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };

/** An account with root, boundary and a role `app` that root may assume. */
export async function startAwsTarget(options: AwsOptions = {}): Promise<AwsTarget> {
  const server = await startAws(options);
  server.account.addManagedPolicy('joblease-boundary', everything);
  const root = server.account.addCredentials('joblease', everything);
  const trust = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: ['sts:AssumeRole', 'sts:TagSession'],
      },
    ],
  };
  server.account.addRole('app', { trust, policy: everything });
  const endpoints = { 'iam-endpoint': server.endpoint, 'sts-endpoint': server.endpoint };
  return {
    server,
    engine: aws,
    root: rootText(root),
    rootSecret: root.secretAccessKey,
    wrongRoot: rootText({ ...root, secretAccessKey: 'not-the-secret-98765' }),
    inputs: {
      ...endpoints,
      'credential-type': 'iam_user',
      'policy-document': jobPolicy,
      'permissions-boundary-arn': boundary,
    },
    expiryClass: 'full',
    login: async (outputs) => await jobSession(server, outputs),
    exists: async (principal) => await Promise.resolve(server.account.findUser(principal) !== undefined),
    accounts: async () => await Promise.resolve([...server.account.users.keys()].toSorted()),
    addForeign: async (name) => {
      server.account.addUser(name, { path: '/joblease/' });
      await Promise.resolve();
    },
    removeForeign: async (name) => {
      server.account.users.delete(name);
      await Promise.resolve();
    },
    statementLog: async () =>
      await Promise.resolve(server.calls.map(({ parameters }) => decodeURIComponent(parameters)).join('\n')),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A job's client: the SDK with nothing but the outputs. It is in when it may do what the lease allows. */
export async function jobSession(
  { endpoint }: AwsServer,
  outputs: Readonly<Record<string, string>>,
): Promise<JobSession> {
  const token = outputs['session-token'] ?? '';
  const client = new IAMClient({
    endpoint,
    region: outputs['region'] ?? '',
    maxAttempts: 1,
    credentials: {
      accessKeyId: outputs['access-key-id'] ?? '',
      secretAccessKey: outputs['secret-access-key'] ?? '',
      ...(token === '' ? {} : { sessionToken: token }),
    },
  });
  const work = async (): Promise<void> => {
    await client.send(new GetRoleCommand({ RoleName: 'app' }));
  };
  await work();
  return {
    work,
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await Promise.resolve();
    },
  };
}

/**
 * Puts the user of a lease into the account, as a mint with `policy-document` leaves it.
 *
 * @param ended how long ago it ended, in seconds; negative for one that has not
 */
export function leaveBehind({ account: target }: AwsServer, ended: number): Principal {
  const exp = Math.floor(target.now() / 1000) - ended;
  const principal = newPrincipal('job', new Date(exp * 1000));
  const record = { v: 1, ...job, role: 'job', iat: exp - 600, exp, max: exp + 3000 } as const;
  const tags = [...recordTags(record), { Key: 'joblease:holds', Value: 'policy' }];
  const user = target.addUser(principal, {
    path: '/joblease/',
    tags: Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])),
    boundary,
  });
  user.inline.set(guardName, JSON.stringify(everything)).set(policyName, jobPolicy);
  target.addKey(user);
  return principal;
}
