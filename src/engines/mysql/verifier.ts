import { createHash, randomBytes } from 'node:crypto';

declare const verifierBrand: unique symbol;

/** What a server stores for a password: the password itself need never reach the server or its statement log. */
export type Verifier = string & { readonly [verifierBrand]: true };

const rounds = 5000; // MySQL's own default, and the least it takes
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * The verifier of MySQL's caching_sha2_password: `$A$` rounds in thousands, 3 hex digits, `$` 20 bytes of salt, then the
 * 43 characters of SHA-256 crypt (https://www.akkadia.org/drepper/SHA-crypt.txt). The salt may be any bytes; this one is
 * chosen from an alphabet that no quoting changes.
 */
export function cachingSha2Verifier(password: string): Verifier {
  const salt = Array.from(randomBytes(20), (byte) => alphabet[byte & 63]).join('');
  const digest = sha256Crypt(Buffer.from(password), Buffer.from(salt));
  return checked(`$A$005$${salt}${digest}`, /^\$A\$005\$[A-Za-z0-9./]{63}$/);
}

/** The verifier of mysql_native_password, which every MariaDB knows. The password is random, so it needs no salt. */
export function nativeVerifier(password: string): Verifier {
  return formatNative(sha1(sha1(Buffer.from(password))));
}

/** A verifier of mysql_native_password that no password is known for. */
export function unusableVerifier(): Verifier {
  return formatNative(randomBytes(20));
}

function formatNative(digest: Buffer): Verifier {
  return checked(`*${digest.toString('hex').toUpperCase()}`, /^\*[0-9A-F]{40}$/);
}

/** A server could take another text for something else, so none leaves this file. */
function checked(text: string, pattern: RegExp): Verifier {
  if (!pattern.test(text)) throw new Error('the password verifier is malformed');
  return text as Verifier;
}

function sha256Crypt(key: Buffer, salt: Buffer): string {
  const inner = sha256(key, salt, key);
  const first = [key, salt, repeated(inner, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) first.push(bits & 1 ? inner : key);
  let digest = sha256(...first);

  const keyBytes = repeated(sha256(...Array<Buffer>(key.length).fill(key)), key.length);
  const saltBytes = repeated(sha256(...Array<Buffer>(16 + (digest[0] ?? 0)).fill(salt)), salt.length);
  for (let round = 0; round < rounds; round++) {
    const parts = [round & 1 ? keyBytes : digest];
    if (round % 3 !== 0) parts.push(saltBytes);
    if (round % 7 !== 0) parts.push(keyBytes);
    parts.push(round & 1 ? digest : keyBytes);
    digest = sha256(...parts);
  }

  // The order in which SHA-crypt writes the bytes out: three make four characters, the last two make three.
  let text = '';
  for (let i = 0; i < 10; i++) {
    const triple = [i, i + 10, i + 20];
    const [high = 0, middle = 0, low = 0] = triple.map((_, k) => digest[triple[(k + 2 * i) % 3] ?? 0]);
    text += base64((high << 16) | (middle << 8) | low, 4);
  }
  return text + base64(((digest[31] ?? 0) << 8) | (digest[30] ?? 0), 3);
}

/** Least significant character first. */
function base64(value: number, length: number): string {
  return Array.from({ length }, (_, i) => alphabet[(value >> (6 * i)) & 63]).join('');
}

function sha256(...parts: Buffer[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

function sha1(bytes: Buffer): Buffer {
  return createHash('sha1').update(bytes).digest();
}

function repeated(bytes: Buffer, length: number): Buffer {
  return Buffer.alloc(length, bytes);
}
