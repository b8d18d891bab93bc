/** Users of IAM, and how they are minted. */
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../lease/duration.ts';
import { messageOf, UserError } from '../../lease/errors.ts';
import { expiryInName, type Principal } from '../../lease/name.ts';
import type { LeaseRecord } from '../../lease/record.ts';
import type { Context, LeaseDraft, Minted } from '../engine.ts';
import { call, settings } from './clients.ts';
import { awsCode, explain, isAccessDenied, isAmbiguous, isExplicitDeny, isMissing } from './errors.ts';
import { checkManagedSize, checkSize, guardName, guardPolicy, policyName, readPolicy } from './guard.ts';
import type { AwsConfig } from './inputs.ts';
import { pacerOf, type Pacer } from './pace.ts';
import type { RootSession } from './root-session.ts';
import { handOver } from './session.ts';
import { holdingsTag, recordTags } from './tags.ts';

/** IAM as root. */
export interface Iam {
  readonly client: IAMClient;
  readonly root: RootSession;
  readonly config: AwsConfig;
  readonly context: Context;
  readonly pacer: Pacer;
}

/** How far ahead of AWS's the clock of a runner may be that mints, and so the end in a name, in seconds. */
export const skew = 300;

/** Users that this process made and did not see gone: IAM may not show them yet. */
export const made = new Set<Principal>();

export function openIam(root: RootSession, config: AwsConfig, context: Context): Iam {
  const client = new IAMClient(settings(root.key, config, 'iam'));
  return { client, root, config, context, pacer: pacerOf(config['iam-endpoint']) };
}

/** Makes one call as root; {@link IAMClient.send} with its retries. */
export function caller({ client, context, pacer }: Iam): Pick<IAMClient, 'send'>['send'] {
  const send = async (command: never): Promise<unknown> =>
    await call(async (options) => (await client.send(command, options)) as unknown, context, pacer);
  return send as IAMClient['send'];
}

/**
 * User with record and boundary in one call, then its guard, then what it may do, and its key last: there is never a
 * key without a guard.
 */
export async function mintUser(iam: Iam, draft: LeaseDraft): Promise<Minted> {
  const { config, root } = iam;
  const { principal: UserName, ttl, maxTtl } = draft;
  const arn = userArn(iam, UserName);
  const iat = root.now();
  const record: LeaseRecord = {
    v: 1,
    ...draft.job,
    role: draft.role,
    iat,
    exp: iat + ttl,
    max: iat + maxTtl,
  };
  const policy = config['policy-document'];
  if (policy !== '') readPolicy(policy);
  const guard = guardOf(iam, UserName, record.exp, config['allow-role-chaining']);
  const isManaged = config['policy-as-managed'];
  const ahead = expiryInName(UserName).getTime() / 1000 - record.exp;
  if (ahead > skew) throw fast(ahead);
  checkSize(guard, isManaged ? '' : policy);
  if (isManaged) checkManagedSize(policy);

  await createUser(iam, UserName, record);
  made.add(UserName);
  const send = arriving(iam, UserName);
  let blamed = 'root';
  try {
    await send(new PutUserPolicyCommand({ UserName, PolicyName: guardName, PolicyDocument: guard }));
    blamed = 'policy-document';
    if (isManaged) {
      await createPolicy(iam, UserName, policy);
      await send(new AttachUserPolicyCommand({ UserName, PolicyArn: ownPolicyArn(iam, UserName) }));
    } else if (policy !== '') {
      await send(new PutUserPolicyCommand({ UserName, PolicyName: policyName, PolicyDocument: policy }));
    }
    blamed = 'policy-arns';
    for (const PolicyArn of config['policy-arns']) await send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
    blamed = 'iam-groups';
    for (const GroupName of config['iam-groups']) await send(new AddUserToGroupCommand({ UserName, GroupName }));
    blamed = 'root';
    const { AccessKey } = await send(new CreateAccessKeyCommand({ UserName }));
    const key = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    return handOver(draft, config, key, { arn, made: iat, expiresAt: new Date(record.exp * 1000) });
  } catch (error) {
    throw explain(error, blamed);
  }
}

/** A sweep does not read the records of leases that by their names are not over. */
function fast(ahead: number): UserError {
  return new UserError(
    `the runner's clock is ${formatDuration(Math.round(ahead))} ahead of AWS's, and so would be the end in the user's name`,
    { fix: "Set the runner's clock right: it names what is minted.", untouched: true },
  );
}

async function createUser(iam: Iam, UserName: Principal, record: LeaseRecord): Promise<void> {
  const { config, client } = iam;
  const boundary = config['permissions-boundary-arn'];
  const own = Object.entries(config['iam-tags']).map(([Key, Value]) => ({ Key, Value }));
  const command = new CreateUserCommand({
    UserName,
    Path: config['user-path'],
    Tags: [...recordTags(record), holdingsTag(config), ...own],
    ...(boundary === '' ? {} : { PermissionsBoundary: boundary }),
  });
  const attempt = { begun: false };
  try {
    await create(iam, async (options) => await client.send(command, options), attempt);
  } catch (error) {
    throw explain(error, awsCode(error) === 'NoSuchEntity' ? 'permissions-boundary-arn' : 'root', !attempt.begun);
  }
}

/** Made after the user and removed before it, so that the user's record stands for both. */
async function createPolicy(iam: Iam, PolicyName: Principal, PolicyDocument: string): Promise<void> {
  const command = new CreatePolicyCommand({ PolicyName, Path: iam.config['user-path'], PolicyDocument });
  await create(iam, async (options) => await iam.client.send(command, options), { begun: false });
}

/**
 * Makes something of the lease's name.
 *
 * @param attempt told whether something may have been made
 */
async function create(
  { context, pacer }: Iam,
  send: (options: { abortSignal: AbortSignal }) => Promise<unknown>,
  attempt: { begun: boolean },
): Promise<void> {
  await call(
    async (options) => {
      try {
        await send(options);
      } catch (error) {
        // The name is random, so what has it already is what an attempt left whose answer was lost.
        if (attempt.begun && awsCode(error) === 'EntityAlreadyExists') return;
        attempt.begun ||= isAmbiguous(error);
        throw error;
      }
    },
    context,
    pacer,
  );
}

/** How long after its creation a user may look as if root had no right to it. */
const unseen = 15_000;

/**
 * Like {@link caller}; a user that was just made may be unknown for a moment. Where root's policy is for a path, a tag or a
 * boundary, IAM says of such a user that root may not.
 */
function arriving({ client, context, pacer }: Iam, principal: Principal): IAMClient['send'] {
  const latest = performance.now() + unseen;
  const isLag = (error: unknown): boolean => {
    if (!messageOf(error).includes(principal)) return false;
    if (isMissing(error)) return true;
    return isAccessDenied(error) && !isExplicitDeny(error) && performance.now() < latest;
  };
  const send = async (command: never): Promise<unknown> => {
    for (let pause = 50; ; pause = Math.min(pause * 2, 2000)) {
      try {
        return await call(async (options) => (await client.send(command, options)) as unknown, context, pacer);
      } catch (error) {
        if (!isLag(error)) throw error;
        await sleep(pause, undefined, { signal: context.signal }).catch(() => {
          throw error;
        });
      }
    }
  };
  return send as IAMClient['send'];
}

export function guardOf(iam: Iam, principal: Principal, exp: number, allowRoleChaining: boolean): string {
  const minted = [`${arnOf(iam, 'user')}*`, `${arnOf(iam, 'policy')}*`];
  return guardPolicy({ exp, userArn: userArn(iam, principal), minted, allowRoleChaining });
}

/** The managed policy that `policy-as-managed` makes. */
export function ownPolicyArn(iam: Iam, principal: Principal): string {
  return `${arnOf(iam, 'policy')}${principal}`;
}

export function userArn(iam: Iam, principal: Principal): string {
  return `${arnOf(iam, 'user')}${principal}`;
}

/** ARN of all that is below the path of minted users. */
function arnOf({ root, config }: Iam, kind: 'user' | 'policy'): string {
  return `arn:${root.partition}:iam::${root.account}:${kind}${config['user-path']}`;
}
