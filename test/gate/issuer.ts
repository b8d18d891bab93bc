/** GitHub's OIDC issuer for the tests of the gates: keys of its own, and tokens in GitHub's form, good and bad. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export const githubIssuer = 'https://token.actions.githubusercontent.com';

export interface Issuer {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  /** the modulus in base64url, as GitHub publishes it */
  readonly n: string;
  /** SHA-256 of the modulus' bytes, in hex, which the gates show */
  readonly sha256: string;
  /**
   * A token of a job.
   *
   * @param claims instead of, or beside, those of {@link jobClaims}; undefined leaves one out
   */
  token(audience: string, claims?: Claims, header?: Claims): string;
  /** Signs any text for a body, such as one with the same claim twice. */
  signText(body: string, header?: Claims): string;
}

export type Claims = Readonly<Record<string, unknown>>;

/** @param bits of the modulus */
export function newIssuer(kid = 'test-key-1', bits = 2048): Issuer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits });
  const { n = '' } = publicKey.export({ format: 'jwk' });
  const signText = (body: string, header: Claims = {}): string => {
    const text = `${encode(JSON.stringify({ alg: 'RS256', kid, typ: 'JWT', ...header }))}.${encode(body)}`;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  return {
    kid,
    privateKey,
    publicKey,
    n,
    sha256: createHash('sha256').update(Buffer.from(n, 'base64url')).digest('hex'),
    token: (audience, claims, header) => signText(JSON.stringify({ ...jobClaims(audience), ...claims }), header),
    signText,
  };
}

/** The claims of a push to main of octo/app, deployed to production. All but the times are text, as GitHub's are. */
export function jobClaims(audience: string): Claims {
  const now = Math.floor(Date.now() / 1000);
  const workflow = 'octo/app/.github/workflows/deploy.yml@refs/heads/main';
  return {
    iss: githubIssuer,
    sub: 'repo:octo/app:environment:production',
    aud: audience,
    jti: '5b7a2a3e-0c53-4a0e-9f62-5f0a6b1f6a11',
    iat: now,
    nbf: now - 300,
    exp: now + 300,
    actor: 'octocat',
    actor_id: '583231',
    base_ref: '',
    head_ref: '',
    check_run_id: '98765432100',
    environment: 'production',
    event_name: 'push',
    job_workflow_ref: workflow,
    job_workflow_sha: '1f2e3d4c5b6a79880f1e2d3c4b5a69788f9e0d1c',
    ref: 'refs/heads/main',
    ref_protected: 'true',
    ref_type: 'branch',
    repository: 'octo/app',
    repository_id: '77001',
    repository_owner: 'octo',
    repository_owner_id: '9919',
    repository_visibility: 'private',
    run_attempt: '1',
    run_id: '1234567890',
    run_number: '42',
    runner_environment: 'github-hosted',
    sha: '1f2e3d4c5b6a79880f1e2d3c4b5a69788f9e0d1c',
    workflow: 'Deploy',
    workflow_ref: workflow,
    workflow_sha: '1f2e3d4c5b6a79880f1e2d3c4b5a69788f9e0d1c',
  };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64url');
}
