/** Sessions of `oidc-role-arn`, by the OIDC token that GitHub signs for the job. */
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context } from '../engine.ts';
import { openSts } from './connection.ts';
import { explain, isAccessDenied } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import type { AccessKey } from './root.ts';

/** A session of the role, which nothing but the token has opened. */
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
  const sts = openSts(undefined, config, context);
  const RoleSessionName = request.RoleSessionName ?? rootName(WebIdentityToken);
  try {
    const command = new AssumeRoleWithWebIdentityCommand({ ...request, RoleSessionName, RoleArn, WebIdentityToken });
    const { Credentials, AssumedRoleUser } = await sts.send(command);
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

/** The claims that trust policies look at. None of them is secret. */
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
