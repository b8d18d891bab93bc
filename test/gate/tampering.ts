/** Tokens that look like a good one, and what Node says of them. */
import { constants, createHash, privateEncrypt, sign, verify } from 'node:crypto';
import type { Issuer } from './issuer.ts';

const digestInfo = '3031300d060960864801650304020105000420';

/** What a signature may come to hold instead of what RFC 8017 says, by the hash's hex and the modulus' size in bytes. */
const encodings: Readonly<Record<string, (hash: string, size: number) => string>> = {
  right: (hash, size) => `0001${'ff'.repeat(size - 54)}00${digestInfo}${hash}`,
  'no NULL in the name of the hash': (hash, size) =>
    `0001${'ff'.repeat(size - 52)}00302f300b06096086480165030402010420${hash}`,
  'SHA-512 by name': (hash, size) => `0001${'ff'.repeat(size - 54)}00${digestInfo.replace('0201', '0203')}${hash}`,
  'block type 2': (hash, size) => `0002${'ff'.repeat(size - 54)}00${digestInfo}${hash}`,
  'block type 0': (hash, size) => `0000${'00'.repeat(size - 54)}00${digestInfo}${hash}`,
  'short padding, and garbage behind': (hash, size) =>
    `0001${'ff'.repeat(8)}00${digestInfo}${hash}${'00'.repeat(size - 62)}`,
  'garbage in the padding': (hash, size) => `0001${'ff'.repeat(size - 55)}fe00${digestInfo}${hash}`,
  'a zero in the padding': (hash, size) => `0001${'ff'.repeat(size - 55)}0000${digestInfo}${hash}`,
  'another hash': (hash, size) =>
    `0001${'ff'.repeat(size - 54)}00${digestInfo}${hash.replace(/^./, (c) => (c === '0' ? '1' : '0'))}`,
  'only the hash': (hash, size) => hash.padStart(size * 2, '0'),
};

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** The token, and as many others that look like it. */
export function tampered(
  issuer: Issuer,
  token: string,
  flips: readonly { part: number; at: number; bit: number }[],
): string[] {
  const [header = '', body = '', signature = ''] = token.split('.');
  const text = `${header}.${body}`;
  const bytes = Buffer.from(signature, 'base64url');
  const size = bytes.length;
  const n = BigInt(`0x${Buffer.from(issuer.n, 'base64url').toString('hex')}`);
  const s = BigInt(`0x${bytes.toString('hex')}`);
  const numbers = [0n, 1n, n - 1n, n, n + 1n, n - s, s + n, (1n << BigInt(size * 8)) - 1n].filter(
    (each) => each < 1n << BigInt(size * 8),
  );
  const hash = createHash('sha256').update(text).digest('hex');
  const encoded = Object.values(encodings).map((encode) =>
    privateEncrypt(
      { key: issuer.privateKey, padding: constants.RSA_NO_PADDING },
      Buffer.from(encode(hash, size), 'hex'),
    ),
  );
  const others = [
    sign('RSA-SHA512', Buffer.from(text), issuer.privateKey),
    sign('RSA-SHA1', Buffer.from(text), issuer.privateKey),
    sign('sha256', Buffer.from(text), { key: issuer.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING }),
    bytes.subarray(1),
    Buffer.concat([Buffer.alloc(1), bytes]),
    Buffer.concat([bytes, Buffer.alloc(1)]),
  ];
  return [
    token,
    ...flips.map(({ part, at, bit }) => flip(token, part, at, bit)),
    ...[
      ...numbers.map((each) => Buffer.from(each.toString(16).padStart(size * 2, '0'), 'hex')),
      ...encoded,
      ...others,
    ].map((each) => `${text}.${each.toString('base64url')}`),
    `${token}=`,
    // The last character may hold bits of no byte, which both ignore.
    token.replace(/.$/, (last) => alphabet[(alphabet.indexOf(last) + 1) % 64] ?? ''),
    `${token}\n`,
    ` ${token}`,
    `${text}.${signature.replace(/^./, '\u212a')}`,
    `${text}.${signature.replace(/^./, '+')}`,
    `${text}.`,
    `${text}.x`,
    text,
    `.${token}`,
    `${token}.`,
  ];
}

function flip(token: string, part: number, at: number, bit: number): string {
  const parts = token.split('.');
  const bytes = Buffer.from(parts[part] ?? '', 'base64url');
  const place = at % bytes.length;
  bytes[place] = (bytes[place] ?? 0) ^ (1 << bit);
  parts[part] = bytes.toString('base64url');
  return parts.join('.');
}

/** What Node says; base64url without padding is JWS's own rule (RFC 7515), which Node's decoder does not know. */
export function isGood(issuer: Issuer, token: string): boolean {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token) || token.endsWith('\n')) return false;
  const [header = '', body = '', signature = ''] = token.split('.');
  if (signature.length % 4 === 1) return false;
  return verify('RSA-SHA256', Buffer.from(`${header}.${body}`), issuer.publicKey, Buffer.from(signature, 'base64url'));
}
