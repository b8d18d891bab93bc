/** Minting users of IAM. */
import {
  AddUserToGroupCommand,
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateUserCommand,
  PutUserPolicyCommand,
  type IAMClient,
} from '@aws-sdk/client-iam';
import { formatDuration } from '../../lease/duration.ts';
import { messageOf, UserError } from '../../lease/errors.ts';
import { expiryInName, type Principal } from '../../lease/name.ts';
import type { LeaseRecord } from '../../lease/record.ts';
import type { LeaseDraft, Minted } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import type { Around } from './connection.ts';
import { handOver } from './credential.ts';
import { awsCode, explain, explained, isAccessDenied, isAmbiguous, isExplicitDeny, isMissing } from './errors.ts';
import { checkManagedSize, checkSize, guardName, policyName } from './guard.ts';
import type { AwsConfig } from './inputs.ts';
import { allowedSkewSeconds, guardOf, made, ownPolicyArn, userArn, type Iam } from './iam.ts';
import { readPolicy } from './policy.ts';
import { holdingsTag, recordTags } from './tags.ts';

/** How long after its creation a user may look as if root had no right to it. */
const unseenMs = 15_000;

/**
 * User with record and boundary in one call, then its guard, then what it may do, and its key last: there is never a
 * key without a guard.
 */
export async function mintUser(iam: Iam, draft: LeaseDraft): Promise<Minted> {
  const { config } = iam;
  const UserName = draft.principal;
  const record = recordFor(iam, draft);
  const guard = guardOf(iam, UserName, record.exp, config['allow-role-chaining']);
  check(config, guard);

  await createUser(iam, UserName, record);
  made.add(UserName);
  const send = arriving(iam, UserName);
  const PolicyDocument = guard;
  await send(new PutUserPolicyCommand({ UserName, PolicyName: guardName, PolicyDocument })).catch(explained('root'));
  await give(iam, UserName, send);
  const { AccessKey } = await send(new CreateAccessKeyCommand({ UserName })).catch(explained('root'));
  const key = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
  const life = { arn: userArn(iam, UserName), made: record.iat, expiresAt: new Date(record.exp * 1000) };
  return handOver(draft, config, key, life);
}

/** @throws UserError when the runner's clock is ahead: a sweep does not read the records of leases that by their names are not over */
function recordFor({ root }: Iam, { principal, ttl, maxTtl, job, role }: LeaseDraft): LeaseRecord {
  const iat = root.now();
  const exp = iat + ttl;
  const aheadSeconds = expiryInName(principal).getTime() / 1000 - exp;
  if (aheadSeconds > allowedSkewSeconds) {
    throw new UserError(
      `the runner's clock is ${formatDuration(Math.round(aheadSeconds))} ahead of AWS's, and so would be the end in the user's name`,
      { fix: "Set the runner's clock right: it names what is minted.", untouched: true },
    );
  }
  return { v: 1, ...job, role, iat, exp, max: iat + maxTtl };
}

/** @throws UserError for a policy that is none, or does not fit */
function check(config: AwsConfig, guard: string): void {
  const policy = config['policy-document'];
  const isManaged = config['policy-as-managed'];
  if (policy !== '') readPolicy(policy);
  checkSize(guard, isManaged ? '' : policy);
  if (isManaged) checkManagedSize(policy);
}

/** Gives the user what the inputs say that it may do. */
async function give(iam: Iam, UserName: Principal, send: IAMClient['send']): Promise<void> {
  const { config } = iam;
  await givePolicy(iam, UserName, send).catch(explained('policy-document'));
  for (const PolicyArn of config['policy-arns'])
    await send(new AttachUserPolicyCommand({ UserName, PolicyArn })).catch(explained('policy-arns'));
  for (const GroupName of config['iam-groups'])
    await send(new AddUserToGroupCommand({ UserName, GroupName })).catch(explained('iam-groups'));
}

async function givePolicy(iam: Iam, UserName: Principal, send: IAMClient['send']): Promise<void> {
  const PolicyDocument = iam.config['policy-document'];
  if (iam.config['policy-as-managed']) {
    await createPolicy(iam, UserName, PolicyDocument);
    await send(new AttachUserPolicyCommand({ UserName, PolicyArn: ownPolicyArn(iam, UserName) }));
  } else if (PolicyDocument !== '') {
    await send(new PutUserPolicyCommand({ UserName, PolicyName: policyName, PolicyDocument }));
  }
}

async function createUser(iam: Iam, UserName: Principal, record: LeaseRecord): Promise<void> {
  const { config } = iam;
  const boundary = config['permissions-boundary-arn'];
  const own = Object.entries(config['iam-tags']).map(([Key, Value]) => ({ Key, Value }));
  const command = new CreateUserCommand({
    UserName,
    Path: config['user-path'],
    Tags: [...recordTags(record), holdingsTag(config), ...own],
    ...(boundary === '' ? {} : { PermissionsBoundary: boundary }),
  });
  const creation = new Creation();
  try {
    await iam.sendAround(creation.around)(command);
  } catch (error) {
    throw explain(error, isMissing(error) ? 'permissions-boundary-arn' : 'root', !creation.mayHaveBegun);
  }
}

/** Made after the user and removed before it, so that the user's record stands for both. */
async function createPolicy(iam: Iam, PolicyName: Principal, PolicyDocument: string): Promise<void> {
  const command = new CreatePolicyCommand({ PolicyName, Path: iam.config['user-path'], PolicyDocument });
  await iam.sendAround(new Creation().around)(command);
}

/** The making of something that bears the lease's name. */
class Creation {
  /** whether an attempt may have made it whose answer was lost */
  mayHaveBegun = false;

  readonly around: Around = async (attempt) => {
    try {
      return await attempt();
    } catch (error) {
      // The name is random, so what has it already is what such an attempt left.
      if (this.mayHaveBegun && awsCode(error) === 'EntityAlreadyExists') return undefined;
      this.mayHaveBegun ||= isAmbiguous(error);
      throw error;
    }
  };
}

/**
 * {@link Iam.send} for a user that was just made, and may be unknown for a moment. Where root's policy is for a path, a tag
 * or a boundary, IAM says of such a user that root may not.
 */
function arriving({ send, context }: Iam, principal: Principal): IAMClient['send'] {
  const latest = performance.now() + unseenMs;
  const isLag = (error: unknown): boolean => {
    if (!messageOf(error).includes(principal)) return false;
    if (isMissing(error)) return true;
    return isAccessDenied(error) && !isExplicitDeny(error) && performance.now() < latest;
  };
  const sendLater = async (command: never): Promise<unknown> =>
    await retry(async () => (await send(command)) as unknown, isLag, context.signal);
  return sendLater as IAMClient['send'];
}
