import { createHash, createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { newPassword } from '../../src/engines/login/password.ts';
import { scramVerifier, unusableVerifier } from '../../src/engines/postgres/verifier.ts';

// RFC 5802, section 3, written out here once more so that the code under test is not its own judge.

const unbase64 = (base64: string): Buffer => Buffer.from(base64, 'base64');
const hmac = (key: Buffer | string, text: Buffer | string): Buffer => createHmac('sha256', key).update(text).digest();
const hash = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));

function hi(password: string, salt: Buffer, iterations: number): Buffer {
  let u = hmac(password, Buffer.concat([salt, Buffer.from([0, 0, 0, 1])]));
  let result = u;
  for (let i = 1; i < iterations; i += 1) {
    u = hmac(password, u);
    result = xor(result, u);
  }
  return result;
}

/** What a client sends as its proof, and the server signature that it expects. */
function client(
  password: string,
  salt: Buffer,
  iterations: number,
  authMessage: string,
): { proof: Buffer; expects: Buffer } {
  const salted = hi(password, salt, iterations);
  const clientKey = hmac(salted, 'Client Key');
  const proof = xor(clientKey, hmac(hash(clientKey), authMessage));
  return { proof, expects: hmac(hmac(salted, 'Server Key'), authMessage) };
}

function takeApart(verifier: string): { iterations: number; salt: Buffer; storedKey: Buffer; serverKey: Buffer } {
  const [mechanism, cost = '', keys = ''] = verifier.split('$');
  expect(mechanism).toBe('SCRAM-SHA-256');
  const [iterations, salt = ''] = cost.split(':');
  const [storedKey = '', serverKey = ''] = keys.split(':');
  return {
    iterations: Number(iterations),
    salt: unbase64(salt),
    storedKey: unbase64(storedKey),
    serverKey: unbase64(serverKey),
  };
}

/** Plays the whole exchange: the server has the verifier only, the client the password only. */
function logsIn(verifier: string, password: string): boolean {
  const { iterations, salt, storedKey, serverKey } = takeApart(verifier);
  const nonce = randomBytes(18).toString('base64');
  const authMessage = `n=,r=${nonce},r=${nonce}x,s=${salt.toString('base64')},i=${iterations},c=biws,r=${nonce}x`;
  const { proof, expects } = client(password, salt, iterations, authMessage);
  const letIn = hash(xor(proof, hmac(storedKey, authMessage))).equals(storedKey);
  return letIn && hmac(serverKey, authMessage).equals(expects);
}

const shape = /^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/;

test('the judge agrees with the example in RFC 7677', () => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
  const authMessage = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
  const { proof, expects } = client('pencil', salt, 4096, authMessage);
  expect(proof.toString('base64')).toBe('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=');
  expect(expects.toString('base64')).toBe('6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

describe('scramVerifier', () => {
  test('lets its own password in', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme-ascii', minLength: 1 }), fc.constant(newPassword())),
        (password) => {
          const verifier = scramVerifier(password);
          expect(verifier).toMatch(shape);
          expect(logsIn(verifier, password)).toBe(true);
        },
      ),
      { numRuns: 15 },
    );
  });

  test('lets no other password in', () => {
    const password = newPassword();
    const verifier = scramVerifier(password);
    for (const other of ['', password.slice(1), `${password} `, password.toLowerCase(), verifier]) {
      expect(logsIn(verifier, other)).toBe(false);
    }
  });

  test('salts: the same password never gives the same verifier, and is not in it', () => {
    const password = newPassword();
    const verifiers = Array.from({ length: 20 }, () => scramVerifier(password));
    for (const part of ['salt', 'storedKey', 'serverKey'] as const) {
      expect(new Set(verifiers.map((verifier) => takeApart(verifier)[part].toString('hex'))).size).toBe(20);
    }
    expect(verifiers.join('\n')).not.toContain(password);
  });
});

describe('unusableVerifier', () => {
  test('has the shape that PostgreSQL takes, and differs each time in every part', () => {
    const verifiers = Array.from({ length: 100 }, unusableVerifier);
    for (const verifier of verifiers) expect(verifier).toMatch(shape);
    for (const part of ['salt', 'storedKey', 'serverKey'] as const) {
      expect(new Set(verifiers.map((verifier) => takeApart(verifier)[part].toString('hex'))).size).toBe(100);
    }
  });

  test('lets nobody in', () => {
    const verifier = unusableVerifier();
    for (const password of ['', 'password', verifier]) expect(logsIn(verifier, password)).toBe(false);
  });
});
