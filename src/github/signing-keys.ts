/** The keys that GitHub signs tokens with, as its issuer publishes them: it may use any of them from now on. */
import { createHash } from 'node:crypto';
import { Connection, jsonIn } from '../http/connection.ts';

/** What a target knows of an issuer. */
export interface KnownKeys {
  readonly issuer: string;
  /** SHA-256 of the modulus of each signing key that it knows, in hex, by the key's id */
  readonly keys: ReadonlyMap<string, string>;
}

/** An RSA key as its issuer publishes it. */
export interface PublishedKey {
  readonly kid: string;
  /** the modulus in base64url */
  readonly n: string;
}

/**
 * Asks the issuer for its keys.
 *
 * @returns those that the target does not know, or knows another key by
 * @throws Error when the issuer gave no keys
 */
export async function unknownKeys({ issuer, keys }: KnownKeys, signal: AbortSignal): Promise<PublishedKey[]> {
  const url = new URL(`${issuer}/.well-known/jwks`);
  using connection = new Connection(url);
  const answer = await connection.exchange({ path: url.pathname }, signal);
  const { keys: published } = (jsonIn(answer) ?? {}) as { keys?: unknown };
  if (answer.status !== 200 || !Array.isArray(published))
    throw new Error(`${url.host} gave no signing keys: status ${answer.status}`);
  return published.flatMap((key: unknown) => {
    const { kid, n, kty } = (key ?? {}) as { kid?: unknown; n?: unknown; kty?: unknown };
    if (kty !== 'RSA' || typeof kid !== 'string' || typeof n !== 'string') return [];
    const hash = createHash('sha256').update(Buffer.from(n, 'base64url')).digest('hex');
    return keys.get(kid) === hash ? [] : [{ kid, n }];
  });
}
