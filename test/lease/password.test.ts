import { expect, test } from 'vitest';
import { newPassword } from '../../src/lease/password.ts';

test('passwords are long, need no quoting, and never come twice', () => {
  const passwords = Array.from({ length: 5000 }, newPassword);
  expect(passwords.filter((password) => !/^[A-Za-z0-9_-]{43}$/.test(password))).toEqual([]);
  expect(new Set(passwords).size).toBe(passwords.length);
  expect(new Set(passwords.join(''))).toHaveLength(64);
  for (const encode of [encodeURIComponent, encodeURI]) expect(passwords.map(encode)).toEqual(passwords);
  expect(passwords.map((password) => JSON.stringify(password).slice(1, -1))).toEqual(passwords);
});
