/** Minting sessions: AssumeRole, AssumeRoleWithWebIdentity, GetFederationToken, GetSessionToken. */
import {
  AssumeRoleCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  type Credentials,
} from '@aws-sdk/client-sts';
import { formatDuration } from '../../lease/duration.ts';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context, LeaseDraft, Minted } from '../engine.ts';
import { call } from './clients.ts';
import { explain } from './errors.ts';
import { chaining, readPolicy, statementsOf } from './guard.ts';
import type { AwsConfig } from './inputs.ts';
import { roleArn, roleName } from './role-name.ts';
import { assumeByToken, type RootSession } from './root-session.ts';
import type { AccessKey } from './root.ts';

/** STS gives no credential for less; a condition in the session policy ends it earlier. */
const shortest = 900;

/** What `verify` and `endSelf` need, as JSON. */
export interface LeaseKey extends AccessKey {
  readonly principal: string;
  readonly isUser: boolean;
  /** when it was made and when AWS ends it, by AWS's clock, epoch seconds */
  readonly made: number;
  readonly ends: number;
}

/** @param root undefined when the job's OIDC token is all there is */
export async function mintSession(
  root: RootSession | undefined,
  draft: LeaseDraft,
  config: AwsConfig,
  context: Context,
): Promise<Minted> {
  const type = config['credential-type'];
  const now = root?.now() ?? Math.floor(Date.now() / 1000);
  const cutoff = draft.ttl < shortest ? new Date((now + draft.ttl) * 1000) : undefined;
  const DurationSeconds = Math.max(draft.ttl, shortest);
  const Policy = sessionPolicy(config, cutoff);
  const policies = {
    ...(Policy === undefined ? {} : { Policy }),
    ...(config['policy-arns'].length === 0 ? {} : { PolicyArns: config['policy-arns'].map((arn) => ({ arn })) }),
  };
  const RoleSessionName = sessionName(draft.principal, config);

  if (root === undefined) {
    if (Object.keys(config['session-tags']).length > 0) {
      throw new UserError('a session from the OIDC token takes its tags from the token', {
        input: 'session-tags',
        untouched: true,
      });
    }
    if (config['revoke-sessions']) throw selfRevoking(config);
    const { key, arn, expiresAt } = await assumeByToken(
      { RoleSessionName, DurationSeconds, ...policies },
      config,
      context,
    ).catch(async (error: unknown) => {
      throw await tooLong(error, draft, config, context);
    });
    return handOver(draft, config, key, { arn, made: now, expiresAt: earlier(expiresAt, cutoff), ends: expiresAt });
  }

  const { sts } = root;
  if (config['revoke-sessions']) roleName(root, config);
  if (type === 'assumed_role' && root.isRole && draft.ttl > 3600) throw chainedTooLong(draft);
  try {
    if (type === 'federation_token') {
      const command = new GetFederationTokenCommand({ Name: draft.principal, DurationSeconds, ...policies });
      const answer = await call(async (options) => await sts.send(command, options), context);
      return fromAnswer(answer.Credentials, answer.FederatedUser?.Arn);
    }
    if (type === 'session_token') {
      const command = new GetSessionTokenCommand({ DurationSeconds });
      const answer = await call(async (options) => await sts.send(command, options), context);
      return fromAnswer(answer.Credentials, '');
    }
    const tags = Object.entries(config['session-tags']).map(([Key, Value]) => ({ Key, Value }));
    const command = new AssumeRoleCommand({
      RoleArn: roleArn(config),
      RoleSessionName,
      DurationSeconds,
      ...policies,
      ...(tags.length === 0 ? {} : { Tags: tags }),
      ...(config['external-id'] === '' ? {} : { ExternalId: config['external-id'] }),
    });
    const answer = await call(async (options) => await sts.send(command, options), context);
    return fromAnswer(answer.Credentials, answer.AssumedRoleUser?.Arn);
  } catch (error) {
    if (/session credentials/.test(messageOf(error))) {
      throw new UserError(`"${type}" takes the access key of a user, and root is a session`, {
        input: 'credential-type',
        said: messageOf(error),
        fix: 'Mint "assumed_role", or give the key of a user as root.',
        cause: error,
        untouched: true,
      });
    }
    throw await tooLong(error, draft, config, context, root);
  }

  function fromAnswer(credentials: Credentials | undefined, arn: string | undefined): Minted {
    const key: AccessKey = {
      accessKeyId: credentials?.AccessKeyId ?? '',
      secretAccessKey: credentials?.SecretAccessKey ?? '',
      sessionToken: credentials?.SessionToken ?? '',
    };
    const ends = credentials?.Expiration ?? new Date();
    return handOver(draft, config, key, { arn: arn ?? '', made: now, expiresAt: earlier(ends, cutoff), ends });
  }
}

/** The name of a lease's session. @throws UserError when it does not fit */
export function sessionName(principal: string, config: AwsConfig): string {
  const name = config['role-session-name'].replaceAll('{{name}}', principal);
  if (/^[\w+=,.@-]{2,64}$/.test(name)) return name;
  throw new UserError(`${JSON.stringify(name)} cannot be the name of a session`, {
    input: 'role-session-name',
    fix: 'Use 2 to 64 letters, digits and _+=,.@-; {{name}} takes 32 of them.',
    untouched: true,
  });
}

/** Whoever could revoke the session would be the session itself. */
function selfRevoking(config: AwsConfig): UserError {
  return new UserError(
    'the session would be of the very role that revokes it, and would have to be allowed to rewrite that role',
    {
      input: 'revoke-sessions',
      fix: `Name another role in "role-arn", which ${config['oidc-role-arn']} may assume and put policies on; give a "root"; or leave it out.`,
      untouched: true,
    },
  );
}

/** The caller's policy, narrowed to end at `cutoff`, and not to assume roles, whose sessions would not end then. */
function sessionPolicy(config: AwsConfig, cutoff: Date | undefined): string | undefined {
  const text = config['policy-document'];
  const own = text === '' ? undefined : readPolicy(text);
  const isNarrowed = own !== undefined || config['policy-arns'].length > 0;
  // A session that nothing narrows is the role's as it is; the others end, or are narrow, in fact.
  const mayChain = config['allow-role-chaining'] || config['credential-type'] !== 'assumed_role';
  const denies = [
    ...(cutoff === undefined
      ? []
      : [deny('*', { DateGreaterThanEquals: { 'aws:CurrentTime': cutoff.toISOString() } })]),
    ...(mayChain || !(isNarrowed || cutoff !== undefined || config['revoke-sessions']) ? [] : [deny(chaining)]),
  ];
  if (denies.length === 0) return own === undefined ? undefined : fitting(JSON.stringify(own));
  // Where no policy narrows the role, a session policy must first let all of it through.
  const through = isNarrowed ? [] : [{ Effect: 'Allow', Action: '*', Resource: '*' }];
  const Statement = [...(own === undefined ? through : statementsOf(own)), ...denies];
  return fitting(JSON.stringify({ Version: '2012-10-17', ...own, Statement }));
}

function deny(Action: string, Condition?: object): object {
  return { Effect: 'Deny', Action, Resource: '*', ...(Condition === undefined ? {} : { Condition }) };
}

function fitting(policy: string): string {
  if (policy.length <= 2048) return policy;
  throw new UserError(`as a session policy it has ${policy.length} characters, ${policy.length - 2048} too many`, {
    input: 'policy-document',
    fix: 'Shorten it, or make it a managed policy and name that in "policy-arns".',
    untouched: true,
  });
}

function earlier(expiration: Date, cutoff: Date | undefined): Date {
  return cutoff !== undefined && cutoff < expiration ? cutoff : expiration;
}

function chainedTooLong({ ttl }: LeaseDraft, said?: string): UserError {
  return new UserError(
    `${formatDuration(ttl)} is too long: root is itself the session of a role, which assumes others for at most 1h`,
    {
      input: 'ttl',
      ...(said === undefined ? {} : { said }),
      fix: 'Ask for 1h or less, or give the access key of a user as root.',
      untouched: true,
    },
  );
}

async function tooLong(
  error: unknown,
  draft: LeaseDraft,
  config: AwsConfig,
  context: Context,
  root?: RootSession,
): Promise<unknown> {
  const said = messageOf(error);
  if (/1 hour session limit for roles assumed by role chaining/.test(said)) return chainedTooLong(draft, said);
  if (!/exceeds the MaxSessionDuration/.test(said)) return explain(error, 'role-arn', true);
  const role = roleArn(config).split('/').at(-1) ?? '';
  const details = { input: 'ttl', said, cause: error, untouched: true };
  const raise = `raise it with: aws iam update-role --role-name ${role} --max-session-duration ${draft.ttl}`;
  const maximum = await maximumOfRole(config, context, root);
  if (maximum === undefined) {
    return new UserError(`${draft.ttl} seconds are more than the role's maximum session duration`, {
      ...details,
      fix: `See it with: aws iam get-role --role-name ${role} --query Role.MaxSessionDuration. Ask for less, or ${raise}`,
    });
  }
  const asked = formatDuration(draft.ttl);
  return new UserError(`${asked} is more than the role's maximum session duration, ${formatDuration(maximum)}`, {
    ...details,
    fix: `Ask for ${formatDuration(maximum)} or less, or ${raise}`,
  });
}

/** @returns undefined where nobody is there who may look */
async function maximumOfRole(
  config: AwsConfig,
  context: Context,
  root: RootSession | undefined,
): Promise<number | undefined> {
  if (root === undefined) return undefined;
  const [{ maximumOf }, { openIam }] = await Promise.all([import('./role.ts'), import('./user.ts')]);
  // An error is not kept waiting for long.
  const signal = AbortSignal.any([context.signal, AbortSignal.timeout(5000)]);
  return await maximumOf(openIam(root, config, { ...context, signal }));
}

interface Life {
  readonly arn: string;
  /** epoch seconds, by AWS's clock */
  readonly made: number;
  readonly expiresAt: Date;
  /** when AWS itself ends it; later where only a policy ends it at `expiresAt` */
  readonly ends?: Date;
}

/** All that is handed on of a fresh credential. */
export function handOver(
  draft: LeaseDraft,
  config: AwsConfig,
  key: AccessKey,
  { arn, made, expiresAt, ends = expiresAt }: Life,
): Minted {
  const { region } = config;
  const type = config['credential-type'];
  const policies = [...(config['policy-document'] === '' ? [] : ['policy-document']), ...config['policy-arns']];
  const { accessKeyId, secretAccessKey, sessionToken = '' } = key;
  const lease: LeaseKey = {
    ...key,
    principal: draft.principal,
    isUser: type === 'iam_user',
    made,
    ends: Math.ceil(ends.getTime() / 1000),
  };
  return {
    expiresAt,
    expiryClass: 'full',
    credential: JSON.stringify(lease),
    secrets: [secretAccessKey, ...(sessionToken === '' ? [] : [sessionToken])],
    outputs: {
      'access-key-id': accessKeyId,
      'secret-access-key': secretAccessKey,
      'session-token': sessionToken,
      region,
      arn,
    },
    environment: {
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      // Empty rather than left out, because an earlier step may have set it.
      AWS_SESSION_TOKEN: sessionToken,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    },
    about: {
      Account: arn.split(':')[4] ?? '',
      Role: type === 'assumed_role' ? (arn.split('/')[1] ?? '') : '',
      Policies: type === 'session_token' ? '' : policies.join(', '),
      Groups: config['iam-groups'].join(', '),
      Region: region,
    },
  };
}
