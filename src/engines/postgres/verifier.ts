import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

declare const verifierBrand: unique symbol;

/**
 * What PostgreSQL stores for a password, so that the password itself never reaches the server or its log:
 * `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>` (RFC 5803, RFC 7677).
 */
export type Verifier = string & { readonly [verifierBrand]: true };

const iterations = 4096; // PostgreSQL's own default, and the least that RFC 7677 allows

/** @param password ASCII, so that SASLprep (RFC 4013) leaves it as it is */
export function scramVerifier(password: string): Verifier {
  const salt = randomBytes(16);
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const serverKey = createHmac('sha256', salted).update('Server Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest();
  return checked(`SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`);
}

/** A verifier that no password fits. */
export function unusableVerifier(): Verifier {
  const [salt, storedKey, serverKey] = [randomBytes(16), randomBytes(32), randomBytes(32)];
  return checked(`SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`);
}

/** PostgreSQL silently takes a malformed verifier for a plaintext password, so none leaves this file. */
function checked(text: string): Verifier {
  if (!/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/.test(text)) {
    throw new Error('the SCRAM verifier is malformed');
  }
  return text as Verifier;
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}
