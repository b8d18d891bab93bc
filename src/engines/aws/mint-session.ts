/** Minting sessions: AssumeRole, AssumeRoleWithWebIdentity, GetFederationToken, GetSessionToken. */
import {
  AssumeRoleCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  type Credentials,
  type STSClient,
} from '@aws-sdk/client-sts';
import { formatDuration } from '../../lease/duration.ts';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { LeaseDraft, Minted } from '../engine.ts';
import type { Access } from './access.ts';
import { assumeByToken, type TokenSession } from './assume-by-token.ts';
import type { Connection } from './connection.ts';
import { handOver } from './credential.ts';
import { explain } from './errors.ts';
import type { AwsConfig, CredentialType } from './inputs.ts';
import { sessionPolicy } from './policy.ts';
import { roleArn, roleName } from './role.ts';
import { asRoot, isDirect, openRoot, openRootSts, type RootSession } from './root-session.ts';

/** STS gives no credential for less; a condition in the session policy ends it earlier. */
const shortestSeconds = 900;
/** What STS is asked for. */
interface Request {
  readonly DurationSeconds: number;
  readonly RoleSessionName: string;
  /** session policies, as far as there are any */
  readonly policies: { readonly Policy?: string; readonly PolicyArns?: { arn: string }[] };
}

/** What is asked for, and for whom. */
interface Order {
  readonly draft: LeaseDraft;
  readonly config: AwsConfig;
  readonly request: Request;
}

export async function mintSession(access: Access, draft: LeaseDraft): Promise<Minted> {
  const { roots, config } = access;
  const isByToken = isDirect(roots, config);
  const root = !isByToken && needsRoot(draft, config) ? await access.root() : undefined;
  const made = root?.now() ?? Math.floor(Date.now() / 1000);
  const cutoff = draft.ttl < shortestSeconds ? new Date((made + draft.ttl) * 1000) : undefined;
  const request: Request = {
    DurationSeconds: Math.max(draft.ttl, shortestSeconds),
    RoleSessionName: sessionName(draft.principal, config),
    policies: policiesFor(config, cutoff),
  };
  const ask = isByToken ? askByToken(access, request) : askAsRoot(access, { draft, config, request }, root);
  const session = await ask.catch(async (error: unknown) => {
    throw await refused(error, access, draft);
  });
  const { key, arn, expiresAt: ends } = session;
  const expiresAt = cutoff !== undefined && cutoff < ends ? cutoff : ends;
  return handOver(draft, config, key, { arn, made, expiresAt, ends });
}

/** Whether AWS's clock must be known, or whose root it is: a call more. */
function needsRoot({ ttl }: LeaseDraft, config: AwsConfig): boolean {
  return ttl < shortestSeconds || config['revoke-sessions'];
}

function policiesFor(config: AwsConfig, cutoff: Date | undefined): Request['policies'] {
  const Policy = sessionPolicy(config, cutoff);
  const arns = config['policy-arns'];
  return {
    ...(Policy === undefined ? {} : { Policy }),
    ...(arns.length === 0 ? {} : { PolicyArns: arns.map((arn) => ({ arn })) }),
  };
}

async function askByToken({ config, context }: Access, { policies, ...request }: Request): Promise<TokenSession> {
  if (Object.keys(config['session-tags']).length > 0) {
    throw new UserError('a session from the OIDC token takes its tags from the token', {
      input: 'session-tags',
      untouched: true,
    });
  }
  if (config['revoke-sessions']) throw selfRevoking(config);
  return await assumeByToken({ ...request, ...policies }, config, context);
}

/** @param root where it is known already */
async function askAsRoot(access: Access, order: Order, root: RootSession | undefined): Promise<TokenSession> {
  const { roots, config, context } = access;
  const ask = askFor(config['credential-type']);
  if (root === undefined) {
    return await asRoot(roots, config, context, async (key) => {
      const { sts } = openRootSts(key, config, context);
      return await ask(sts, order);
    });
  }
  if (config['revoke-sessions']) roleName(root, config);
  return await ask(root.sts, order);
}

type Ask = (sts: Connection<STSClient>, order: Order) => Promise<TokenSession>;

function askFor(type: CredentialType): Ask {
  if (type === 'federation_token') return federate;
  return type === 'session_token' ? copyRoot : assume;
}

/** A session of a role. */
async function assume(sts: Connection<STSClient>, { config, request }: Order): Promise<TokenSession> {
  const { policies, ...terms } = request;
  const tags = Object.entries(config['session-tags']).map(([Key, Value]) => ({ Key, Value }));
  const command = new AssumeRoleCommand({
    RoleArn: roleArn(config),
    ...terms,
    ...policies,
    ...(tags.length === 0 ? {} : { Tags: tags }),
    ...(config['external-id'] === '' ? {} : { ExternalId: config['external-id'] }),
  });
  const { Credentials, AssumedRoleUser } = await sts.send(command);
  return fromAnswer(Credentials, AssumedRoleUser?.Arn);
}

/** A session of the root user, narrowed by policies. */
async function federate(sts: Connection<STSClient>, { draft, request }: Order): Promise<TokenSession> {
  const { DurationSeconds, policies } = request;
  const command = new GetFederationTokenCommand({ Name: draft.principal, DurationSeconds, ...policies });
  const { Credentials, FederatedUser } = await sts.send(command);
  return fromAnswer(Credentials, FederatedUser?.Arn);
}

/** A session of the root user with all its rights. */
async function copyRoot(sts: Connection<STSClient>, { request }: Order): Promise<TokenSession> {
  const { DurationSeconds } = request;
  const { Credentials } = await sts.send(new GetSessionTokenCommand({ DurationSeconds }));
  return fromAnswer(Credentials, '');
}

function fromAnswer(credentials: Credentials | undefined, arn = ''): TokenSession {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration = new Date() } = credentials ?? {};
  const key = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  return { key, arn, expiresAt: Expiration };
}

/** The name of a lease's session. @throws UserError when it does not fit */
export function sessionName(principal: Principal, config: AwsConfig): string {
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

function chainedTooLong({ ttl }: LeaseDraft, said: string): UserError {
  return new UserError(
    `${formatDuration(ttl)} is too long: root is itself the session of a role, which assumes others for at most 1h`,
    {
      input: 'ttl',
      said,
      fix: 'Ask for 1h or less, or give the access key of a user as root.',
      untouched: true,
    },
  );
}

/** Says why STS gave no session. Whatever it may have made, nobody has the key of: the target is as it was before. */
async function refused(error: unknown, access: Access, draft: LeaseDraft): Promise<unknown> {
  const { config } = access;
  const said = messageOf(error);
  if (/1 hour session limit for roles assumed by role chaining/.test(said)) return chainedTooLong(draft, said);
  if (/session credentials/.test(said)) {
    return new UserError(`"${config['credential-type']}" takes the access key of a user, and root is a session`, {
      input: 'credential-type',
      said,
      fix: 'Mint "assumed_role", or give the key of a user as root.',
      cause: error,
      untouched: true,
    });
  }
  if (!/exceeds the MaxSessionDuration/.test(said)) return explain(error, 'role-arn', true);
  const role = roleArn(config).split('/').at(-1) ?? '';
  const details = { input: 'ttl', said, cause: error, untouched: true };
  const raise = `raise it with: aws iam update-role --role-name ${role} --max-session-duration ${draft.ttl}`;
  const longestSeconds = await longestOfRole(access);
  if (longestSeconds === undefined) {
    return new UserError(`${draft.ttl} seconds are more than the role's maximum session duration`, {
      ...details,
      fix: `See it with: aws iam get-role --role-name ${role} --query Role.MaxSessionDuration. Ask for less, or ${raise}`,
    });
  }
  const asked = formatDuration(draft.ttl);
  const longest = formatDuration(longestSeconds);
  return new UserError(`${asked} is more than the role's maximum session duration, ${longest}`, {
    ...details,
    fix: `Ask for ${longest} or less, or ${raise}`,
  });
}

/** @returns seconds; undefined where nobody is there who may look */
async function longestOfRole({ roots, config, context }: Access): Promise<number | undefined> {
  if (isDirect(roots, config)) return undefined;
  const { longestSessionSeconds, openIam } = await import('./iam.ts');
  // An error is not kept waiting for long.
  const brief = { ...context, signal: AbortSignal.any([context.signal, AbortSignal.timeout(5000)]) };
  const root = await openRoot(roots, config, brief).catch(() => undefined);
  return root === undefined ? undefined : await longestSessionSeconds(openIam(root, config, brief));
}
