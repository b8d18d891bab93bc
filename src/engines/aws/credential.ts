/** A minted credential: what is kept of it for `verify` and `revoke`, and what is handed on. */
import type { Principal } from '../../lease/name.ts';
import type { LeaseDraft, Minted } from '../engine.ts';
import type { AwsConfig } from './inputs.ts';
import type { AccessKey } from './root.ts';

/** `credential` of {@link Minted}, as JSON. */
export interface LeaseKey extends AccessKey {
  readonly principal: Principal;
  readonly isUser: boolean;
  /** when it was made and when AWS ends it, by AWS's clock, epoch seconds */
  readonly made: number;
  readonly ends: number;
}

/** @param credential as {@link handOver} wrote it */
export function readCredential(credential: string): LeaseKey {
  return JSON.parse(credential) as LeaseKey;
}

/** How long a credential lives. */
export interface Life {
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
      Policies: type === 'session_token' ? '' : policiesOf(config),
      Groups: config['iam-groups'].join(', '),
      Region: region,
    },
  };
}

/** The policies that the workflow gave, for people. */
function policiesOf(config: AwsConfig): string {
  return [...(config['policy-document'] === '' ? [] : ['policy-document']), ...config['policy-arns']].join(', ');
}
