/** The sealed box, against libsodium's own. */
import fc from 'fast-check';
import sodium from 'libsodium-wrappers';
import { createPrivateKey, createPublicKey, type KeyPairKeyObjectResult } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { seal } from '../../src/github/sealed-box.ts';

beforeAll(async () => {
  await sodium.ready;
});

/** A key pair as libsodium has it, as Node has it. */
function keyObjects({ publicKey, privateKey }: Raw): KeyPairKeyObjectResult {
  const jwk = { kty: 'OKP', crv: 'X25519', x: base64url(publicKey), d: base64url(privateKey) };
  const key = createPrivateKey({ key: jwk, format: 'jwk' });
  return { privateKey: key, publicKey: createPublicKey(key) };
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

interface Raw {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** What libsodium puts together to a sealed box, by the key pair that it would have made itself. */
function sealByLibsodium(message: string, publicKey: Uint8Array, { publicKey: sender, privateKey }: Raw): Buffer {
  const nonce = sodium.crypto_generichash(24, Buffer.concat([sender, publicKey]), null);
  return Buffer.concat([sender, sodium.crypto_box_easy(message, nonce, publicKey, privateKey)]);
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  // Around the ends of Salsa20's blocks, of which the first 32 bytes are Poly1305's key; and GitHub's limit of 48 KB.
  fc.constantFrom(0, 1, 31, 32, 33, 63, 64, 65, 95, 96, 97, 48 * 1024).map((length) => 'x'.repeat(length)),
);

describe('a sealed box', () => {
  it('is opened by libsodium', () => {
    fc.assert(
      fc.property(text, (message) => {
        const { publicKey, privateKey } = sodium.crypto_box_keypair();
        const box = seal(message, Buffer.from(publicKey));
        expect(Buffer.from(sodium.crypto_box_seal_open(box, publicKey, privateKey)).toString()).toBe(
          Buffer.from(message).toString(),
        );
        expect(box).toHaveLength(Buffer.byteLength(message) + sodium.crypto_box_SEALBYTES);
      }),
    );
  });

  it('is the one that libsodium makes with the same keys, byte for byte', () => {
    fc.assert(
      fc.property(text, (message) => {
        const [{ publicKey }, sender] = [sodium.crypto_box_keypair(), sodium.crypto_box_keypair()];
        const expected = sealByLibsodium(Buffer.from(message).toString(), publicKey, sender);
        expect(seal(message, Buffer.from(publicKey), keyObjects(sender)).equals(expected)).toBe(true);
      }),
    );
  });

  it('of the keys in RFC 7748, section 6.1, stays what it is', () => {
    const alice = Buffer.from('8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a', 'hex');
    const bob = {
      privateKey: Buffer.from('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb', 'hex'),
      publicKey: Buffer.from('de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f', 'hex'),
    };
    expect(seal('joblease', alice, keyObjects(bob)).toString('hex')).toBe(
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f' +
        '6d43795b423f9185a961a30ef50e5f1ce1c0e4b9a5e038dd',
    );
  });

  it('is another one each time', () => {
    const { publicKey } = sodium.crypto_box_keypair();
    const boxes = Array.from({ length: 20 }, () => seal('same', Buffer.from(publicKey)).toString('hex'));
    expect(new Set(boxes).size).toBe(20);
    expect(new Set(boxes.map((box) => box.slice(0, 64))).size).toBe(20);
  });

  it('has no room for a change, in any byte', () => {
    const { publicKey, privateKey } = sodium.crypto_box_keypair();
    const box = seal('secret', Buffer.from(publicKey));
    for (const i of box.keys()) {
      const changed = Buffer.from(box);
      changed[i] = (changed[i] ?? 0) ^ 1;
      expect(() => sodium.crypto_box_seal_open(changed, publicKey, privateKey)).toThrow('incorrect key pair');
    }
  });

  it.each([
    ['none', ''],
    ['one that is too short', '01'.repeat(31)],
    ['one that is too long', '01'.repeat(33)],
    // They give the same shared secret to everybody: https://cr.yp.to/ecdh.html#validate
    ['the point 0', '00'.repeat(32)],
    ['a point of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ])('is refused for what is no key: %s', (_, hex) => {
    expect(() => seal('secret', Buffer.from(hex, 'hex'))).toThrow();
    expect(() => sodium.crypto_box_seal('secret', Buffer.from(hex, 'hex'))).toThrow();
  });
});
