import { messageOf, UserError } from '../../lease/errors.ts';
import { isCertificateCode, isPassingNetworkFailure, systemCode } from '../../failure/network.ts';

/** AWS's code of a refused call, `''` for an error that is not an answer of AWS. */
export function awsCode(error: unknown): string {
  if (!(error instanceof Error) || !('$fault' in error)) return '';
  const { Code } = error as { Code?: unknown };
  return typeof Code === 'string' ? Code : error.name;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
const throttling = new Set([
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'TooManyRequestsException',
]);
const healing = new Set([
  ...throttling,
  'ServiceUnavailable',
  'InternalFailure',
  'RequestTimeout',
  'IDPCommunicationError',
  'EntityTemporarilyUnmodifiable',
  'ConcurrentModification',
]);

/** Throttling, 5xx, a broken or overdue connection, and a clock that the SDK has just learnt to correct. */
export function canHeal(error: unknown): boolean {
  if (error instanceof UserError) return error.details.cause !== undefined && canHeal(error.details.cause);
  const code = awsCode(error);
  if (healing.has(code) || isClockSkew(error)) return true;
  const { $metadata, name } = error as { $metadata?: { httpStatusCode?: number }; name?: unknown };
  if (($metadata?.httpStatusCode ?? 0) >= 500) return true;
  return isPassingNetworkFailure(error) || name === 'TimeoutError' || /socket hang up/.test(messageOf(error));
}

/** Calls come faster than AWS lets them through. */
export function isThrottled(error: unknown): boolean {
  return throttling.has(awsCode(error));
}

/** Whether the call may have been carried out although it failed. */
export function isAmbiguous(error: unknown): boolean {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return awsCode(error) === '' || status === 0 || status >= 500;
}

/**
 * The status of an answer of 5xx that names no code, as AWS's own do: it comes from something in between, or from a
 * server that only resembles AWS and lacks the call.
 */
export function foreignStatus(error: unknown): number | undefined {
  const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
  const status = $metadata?.httpStatusCode ?? 0;
  return status >= 500 && ['', 'Unknown'].includes(awsCode(error)) ? status : undefined;
}

function isClockSkew(error: unknown): boolean {
  return /^Signature (?:expired|not yet current)/.test(messageOf(error));
}

/** The key itself is refused, whatever it asks for. */
export function isKeyRefused(error: unknown): boolean {
  const refused = [
    'InvalidClientTokenId',
    'UnrecognizedClientException',
    'SignatureDoesNotMatch',
    'ExpiredToken',
    'ExpiredTokenException',
  ];
  return refused.includes(awsCode(error)) && !isClockSkew(error);
}

export function isAccessDenied(error: unknown): boolean {
  return ['AccessDenied', 'AccessDeniedException'].includes(awsCode(error));
}

/** A policy denies it, rather than that none allows it. */
export function isExplicitDeny(error: unknown): boolean {
  return isAccessDenied(error) && /with an explicit deny/.test(messageOf(error));
}

export function isMissing(error: unknown): boolean {
  return awsCode(error) === 'NoSuchEntity';
}

/** The right that AWS says is missing, such as `iam:CreateUser on arn:…`. */
export function missingRight(error: unknown): { who: string; action: string; resource: string } | undefined {
  const parts =
    /User: (\S+) is not authorized to perform: (\S+)(?: on resource: (.+?))?(?: because| with an explicit|$)/.exec(
      messageOf(error),
    );
  if (parts === null) return undefined;
  const [, who = '', action = '', resource = '*'] = parts;
  return { who, action, resource };
}

/**
 * Says what is wrong and which input to look at.
 *
 * @param input the one to blame, where AWS's answer does not point to another
 * @param untouched whether the target is as it was before
 * @returns the error itself when there is nothing to add
 */
export function explain(error: unknown, input: string, untouched = false): unknown {
  if (error instanceof UserError) return error;
  const code = awsCode(error);
  if (code === '') return unreached(error, untouched) ?? error;
  const said = `${messageOf(error)} [${code}]`;
  const because = (problem: string, fix: string, blamed = input): UserError =>
    new UserError(problem, { input: blamed, said, fix, cause: error, ...(untouched ? { untouched } : {}) });

  const right = missingRight(error);
  if (right !== undefined && isAccessDenied(error)) {
    const { who, action, resource } = right;
    const fix =
      action.startsWith('sts:AssumeRole') || action === 'sts:TagSession'
        ? `Allow ${action} on ${resource} to it, and let the trust policy of the role name it; docs/aws.md has both.`
        : `Allow ${action} on ${resource} to it; docs/aws.md has the whole policy for root.`;
    return because(`${who} may not ${action} on ${resource}`, fix, 'root');
  }
  if (throttling.has(code)) {
    return new UserError('AWS let no more calls through', {
      said,
      fix: 'Other callers of the account use up what AWS allows: run fewer jobs at a time, or try again later.',
      cause: error,
      ...(untouched ? { untouched } : {}),
    });
  }
  switch (code) {
    case 'InvalidClientTokenId':
    case 'UnrecognizedClientException':
      return because(
        'AWS does not know the access key, or it is inactive',
        'Check "AccessKeyId" and "SessionToken", and that the key is active. For a key of GovCloud or China set "region".',
      );
    case 'SignatureDoesNotMatch':
      return because('the secret does not fit the access key', 'Check "SecretAccessKey".');
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return because('the session has expired', 'Give a fresh one, or a credential that does not expire.');
    case 'MalformedPolicyDocument':
      return because('AWS refused a policy', 'Check it with: aws accessanalyzer validate-policy.', 'policy-document');
    case 'PackedPolicyTooLarge':
      return because(
        'policies and tags of the session are too large together',
        'Use fewer, or name managed policies in "policy-arns".',
        'policy-document',
      );
    case 'LimitExceeded':
      return because('a quota of the AWS account is used up', 'Remove what is no longer needed, or run the sweep.');
    case 'DeleteConflict':
      return because(
        'something is left that AWS wants removed first',
        'AWS says what. Remove it by hand if root may not, or run the sweep later.',
      );
    case 'InvalidIdentityToken':
      return because(
        'AWS refused the OIDC token of the job',
        "Add GitHub's issuer as an identity provider of the account; docs/aws.md says how.",
        'oidc-role-arn',
      );
    default:
      return because('AWS refused', 'See docs/aws.md for the inputs and the rights that are needed.');
  }
}

/** For `catch`: throws what {@link explain} makes of an error. */
export function explained(input: string, untouched = false): (error: unknown) => never {
  return (error) => {
    throw explain(error, input, untouched);
  };
}

/** Whether no answer of AWS is what an error, or what it explains, comes from: then it is no matter of one lease alone. */
export function isUnreached(error: unknown): boolean {
  const cause = error instanceof UserError ? error.details.cause : error;
  return cause !== undefined && unreached(cause) !== undefined;
}

/** Says why AWS did not answer; undefined when the error says something else. What was asked may have been done all the same. */
function unreached(error: unknown, untouched = false): UserError | undefined {
  if (awsCode(error) !== '') return undefined;
  const code = systemCode(error);
  const because = (problem: string, fix: string): UserError =>
    new UserError(problem, { said: messageOf(error), fix, cause: error, ...(untouched ? { untouched } : {}) });

  if (code === 'ERR_PROXY_TUNNEL') {
    return because(
      'the proxy of this runner did not let a call through to AWS',
      'Let it connect to the host that it names, or correct HTTPS_PROXY and NO_PROXY in the environment of the runner.',
    );
  }
  if (isCertificateCode(code)) {
    return because(
      "the certificate of what answers in AWS's place is not trusted",
      'A proxy that looks into TLS has an authority of its own: put the path of its PEM file into NODE_EXTRA_CA_CERTS, in the environment of the runner.',
    );
  }
  // The SDK's; a signal's own is about the time of the whole step.
  const isTimeout = error instanceof Error && error.name === 'TimeoutError' && !(error instanceof DOMException);
  if (!isTimeout && !isPassingNetworkFailure(error) && !['ECONNREFUSED', 'ENOTFOUND'].includes(code)) return undefined;
  return because(
    'AWS could not be reached',
    'Check "region", "iam-endpoint" and "sts-endpoint", HTTPS_PROXY and NO_PROXY in the environment of the runner, and that the runner may connect there.',
  );
}
