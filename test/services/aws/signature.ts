/**
 * Checks AWS Signature Version 4 as documented at
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { AwsError } from './errors.ts';

/** A request as it came, and the only form in which signatures are looked at. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the Authorization header claims. */
export interface Claim {
  readonly accessKeyId: string;
  /** `yyyymmdd/region/service/aws4_request` */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
}

/** @returns undefined for a request without a signature @throws AwsError for one that is not Signature Version 4 */
export function readClaim({ headers }: SignedRequest): Claim | undefined {
  const header = headers['authorization'];
  if (header === undefined) return undefined;
  const parts =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(header);
  if (parts === null) throw new AwsError('IncompleteSignature', 'Authorization header is not AWS4-HMAC-SHA256', 400);
  const [, accessKeyId = '', scope = '', signed = '', signature = ''] = parts;
  return { accessKeyId, scope, signedHeaders: signed.split(';'), signature };
}

const tolerance = 5 * 60; // seconds

/**
 * @param now the server's clock, epoch milliseconds
 * @throws AwsError when the signature was not made with this secret for this request, or too long ago
 */
export function checkSignature(
  request: SignedRequest,
  claim: Claim,
  secret: string,
  service: string,
  now: number,
): void {
  const date = request.headers['x-amz-date'] ?? '';
  const [day = '', region = '', scopeService = '', end = ''] = claim.scope.split('/');
  if (scopeService !== service || end !== 'aws4_request' || !date.startsWith(day)) {
    throw new AwsError('SignatureDoesNotMatch', `Credential should be scoped to correct service: '${service}'. `, 403);
  }
  for (const required of ['host', 'x-amz-date']) {
    if (!claim.signedHeaders.includes(required)) {
      throw new AwsError('SignatureDoesNotMatch', `'${required}' must be a signed header.`, 403);
    }
  }
  checkAge(date, now);

  const canonical = [
    request.method,
    request.path,
    '',
    ...claim.signedHeaders.map((name) => `${name}:${(request.headers[name] ?? '').trim().replaceAll(/ +/g, ' ')}`),
    '',
    claim.signedHeaders.join(';'),
    createHash('sha256').update(request.body).digest('hex'),
  ].join('\n');
  const hash = createHash('sha256').update(canonical).digest('hex');
  const toSign = ['AWS4-HMAC-SHA256', date, claim.scope, hash].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer>(
    (previous, part) => createHmac('sha256', previous).update(part).digest(),
    Buffer.from(`AWS4${secret}`),
  );
  const expected = createHmac('sha256', key).update(toSign).digest();
  if (!timingSafeEqual(expected, Buffer.from(claim.signature, 'hex'))) {
    throw new AwsError(
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
      403,
    );
  }
}

function checkAge(date: string, now: number): void {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  const age = (now - Date.parse(iso)) / 1000;
  if (Math.abs(age) <= tolerance) return;
  const compact = new Date(now).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  throw new AwsError(
    'SignatureDoesNotMatch',
    age > 0
      ? `Signature expired: ${date} is now earlier than ${compact} - 5 min.`
      : `Signature not yet current: ${date} is still later than ${compact} + 5 min.`,
    403,
  );
}
