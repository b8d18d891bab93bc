import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { TLSSocket } from 'node:tls';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context } from '../engine.ts';
import { ambientKey, call, stsClient } from './clients.ts';
import { explain, isAccessDenied, isKeyRefused } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import { missingRoot, type AccessKey, type AwsRoot } from './root.ts';

/** Root, known to AWS. */
export interface RootSession {
  readonly key: AccessKey;
  readonly sts: STSClient;
  readonly account: string;
  readonly arn: string;
  /** `aws`, `aws-cn`, `aws-us-gov` */
  readonly partition: string;
  /** whether root itself is the session of a role: such a one assumes roles for an hour at most */
  readonly isRole: boolean;
  /** AWS's clock, epoch seconds */
  now(): number;
}

/** The job's OIDC token is the credential itself: there is no root that would have to ask for it. */
export function isDirect(roots: readonly AwsRoot[], config: AwsConfig): boolean {
  const own = config['oidc-role-arn'];
  return (
    roots.length === 0 &&
    own !== '' &&
    config['credential-type'] === 'assumed_role' &&
    ['', own].includes(config['role-arn'])
  );
}

/**
 * Finds the first root that AWS accepts.
 *
 * @throws UserError naming `root` when there is none
 */
export async function openRoot(roots: readonly AwsRoot[], config: AwsConfig, context: Context): Promise<RootSession> {
  if (roots.length === 0 && config['oidc-role-arn'] !== '') {
    const { key } = await assumeByToken({ DurationSeconds: 3600 }, config, context);
    return await identify(key, config, context);
  }
  const own = ambientKey();
  const keys: readonly AccessKey[] = roots.length > 0 || own === undefined ? roots : [own];
  const failures: string[] = [];
  for (const key of keys) {
    try {
      const session = await identify(key, config, context);
      for (const failure of failures) context.warn(`${failure.split('\n', 1)[0] ?? ''}; another one was used`);
      return session;
    } catch (error) {
      const explained = explain(error, 'root');
      if (!isKeyRefused(error) || keys.length === 1) throw explained;
      failures.push(messageOf(explained));
    }
  }
  if (failures.length > 0) {
    throw new UserError('no root credential could be used', { input: 'root', said: failures.join('\n') });
  }
  throw missingRoot();
}

export async function identify(key: AccessKey, config: AwsConfig, context: Context): Promise<RootSession> {
  const sts = stsClient(key, config);
  let offset = 0;
  sts.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers, body } = result.response as { headers?: Readonly<Record<string, string>>; body?: unknown };
      const date = Date.parse(headers?.['date'] ?? '');
      if (Number.isFinite(date)) offset = date - Date.now();
      const { hostname } = args.request as { hostname?: string };
      context.debug?.(`${hostname ?? ''}: ${protectionOf(body)}; signed with ${key.accessKeyId}`);
      return result;
    },
    { step: 'deserialize', priority: 'low' },
  );
  const { Account = '', Arn = '' } = await call(
    async (options) => await sts.send(new GetCallerIdentityCommand({}), options),
    context,
  );
  context.debug?.(`root: ${Arn}`);
  return {
    key,
    sts,
    account: Account,
    arn: Arn,
    partition: Arn.split(':')[1] ?? 'aws',
    isRole: Arn.includes(':assumed-role/'),
    // The header has whole seconds, so an offset of less than one is none.
    now: () => Math.floor((Date.now() + (Math.abs(offset) < 1500 ? 0 : offset)) / 1000),
  };
}

/** How an answer was protected on its way, for people. @param body of the answer, as Node reads it */
function protectionOf(body: unknown): string {
  const { socket } = (body ?? {}) as { socket?: unknown };
  if (!(socket instanceof TLSSocket)) return 'no TLS';
  const verified = socket.authorized ? 'certificate and host name were verified' : 'certificate was not verified';
  return `${socket.getProtocol()}, ${socket.getCipher().name}, ${verified}`;
}

export interface TokenSession {
  readonly key: AccessKey;
  readonly arn: string;
  readonly expiresAt: Date;
}

/** Assumes `oidc-role-arn` with a fresh OIDC token of the job; without a name of its own the session has the run's. */
export async function assumeByToken(
  request: { RoleSessionName?: string; DurationSeconds: number; Policy?: string; PolicyArns?: { arn: string }[] },
  config: AwsConfig,
  context: Context,
): Promise<TokenSession> {
  const RoleArn = config['oidc-role-arn'];
  const { signal, idToken } = context;
  if (idToken === undefined) {
    throw new UserError('this job may not ask GitHub for an OIDC token', {
      input: 'oidc-role-arn',
      fix: 'Give the job "permissions: id-token: write". Workflows triggered from a fork get none.',
      untouched: true,
    });
  }
  const WebIdentityToken = await idToken(config['oidc-audience'], signal);
  const sts = stsClient(undefined, config);
  const RoleSessionName = request.RoleSessionName ?? rootName(WebIdentityToken);
  try {
    const command = new AssumeRoleWithWebIdentityCommand({ ...request, RoleSessionName, RoleArn, WebIdentityToken });
    const { Credentials, AssumedRoleUser } = await call(async (options) => await sts.send(command, options), context);
    return {
      key: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
      arn: AssumedRoleUser?.Arn ?? '',
      expiresAt: Credentials?.Expiration ?? new Date(),
    };
  } catch (error) {
    if (!isAccessDenied(error)) throw explain(error, 'oidc-role-arn', true);
    throw new UserError(`the trust policy of ${RoleArn} does not let this job in`, {
      input: 'oidc-role-arn',
      said: messageOf(error),
      fix: `The token says: ${claims(WebIdentityToken)}. Compare them with the conditions of the trust policy; docs/aws.md has one.`,
      cause: error,
      untouched: true,
    });
  }
}

/** So that CloudTrail tells which run acted as root. */
function rootName(token: string): string {
  const { run_id: run, run_attempt: attempt } = payloadOf(token) ?? {};
  const name = ['joblease-root', run, attempt].filter((part) => typeof part === 'string').join('-');
  return name.replaceAll(/[^\w+=,.@-]/g, '').slice(0, 64);
}

/** What trust policies look at. None of it is secret. */
function claims(token: string): string {
  const payload = payloadOf(token);
  if (payload === undefined) return 'nothing, it is not a JWT';
  return ['iss', 'sub', 'aud'].map((claim) => `${claim}=${String(payload[claim])}`).join(', ');
}

function payloadOf(token: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
