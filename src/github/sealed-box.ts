/**
 * libsodium's sealed box, as GitHub wants its secrets: only who has the private key opens it, not even this side.
 *
 * A key pair is made for each box. Its public half comes first; a `crypto_box` from it follows, whose nonce is made of both
 * public keys. https://doc.libsodium.org/public-key_cryptography/sealed_boxes,
 * https://cr.yp.to/highspeed/naclcrypto-20090310.pdf
 */
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { createPublicKey, diffieHellman, generateKeyPairSync, type KeyPairKeyObjectResult } from 'node:crypto';

/**
 * @param publicKey of X25519, 32 bytes
 * @param ephemeral of X25519, for this box alone
 * @returns 48 bytes more than the message has in UTF-8
 * @throws when it is no public key
 */
export function seal(
  message: string,
  publicKey: Buffer,
  ephemeral: KeyPairKeyObjectResult = generateKeyPairSync('x25519'),
): Buffer {
  const jwk = { kty: 'OKP', crv: 'X25519', x: publicKey.toString('base64url') };
  const recipient = createPublicKey({ key: jwk, format: 'jwk' });
  const sender = Buffer.from(ephemeral.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const shared = diffieHellman({ privateKey: ephemeral.privateKey, publicKey: recipient });
  const nonce = blake2b(Buffer.concat([sender, publicKey]), { dkLen: 24 });
  return Buffer.concat([sender, xsalsa20poly1305(boxKey(shared), nonce).encrypt(Buffer.from(message))]);
}

/** What `crypto_box` makes of the secret that both sides share: HSalsa20 of it and of no nonce. */
function boxKey(shared: Buffer): Buffer {
  const key = new Uint32Array(8);
  hsalsa(words(Buffer.from('expand 32-byte k')), words(shared), new Uint32Array(4), key);
  const bytes = Buffer.alloc(32);
  for (const [i, word] of key.entries()) bytes.writeUInt32LE(word, 4 * i);
  return bytes;
}

/** As Salsa20 reads bytes, whatever the machine's own order is. */
function words(bytes: Buffer): Uint32Array {
  return Uint32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readUInt32LE(4 * i));
}
