import { expect, it } from 'vitest';
import { leastRootPassword, madeAt, newPassword, newRootPassword } from '../../src/engines/login/password.ts';

const now = new Date('2026-11-20T22:30:40.123Z');

it('carries when it was made, to the second', () => {
  expect(madeAt(newRootPassword(43, now))).toEqual(new Date('2026-11-20T22:30:40Z'));
  expect(madeAt(newRootPassword(43, new Date(0)))).toEqual(new Date(0));
});

it('has the length that was asked for, and what password policies ask for', () => {
  for (const length of [leastRootPassword, 43, 128]) {
    for (let i = 0; i < 200; i += 1) {
      const password = newRootPassword(length, now);
      expect(password).toMatch(/^[\w-]+$/);
      expect(password).toHaveLength(length);
      for (const kind of [/[A-Z]/, /[a-z]/, /\d/, /-/]) expect(password).toMatch(kind);
    }
  }
});

it('is never the same twice', () => {
  const all = Array.from({ length: 1000 }, () => newRootPassword(leastRootPassword, now));
  expect(new Set(all).size).toBe(1000);
});

it('tells it from what a person chose', () => {
  for (const text of ['', 'hunter2', 'jl-', 'jl-abc', `jl-TH1S0NE-${'x'.repeat(30)}`, newPassword()]) {
    expect(madeAt(text)).toBeUndefined();
  }
  expect(madeAt(`${newRootPassword(43, now)} `)).toBeUndefined();
});

it('is, for a lease, long, needs no quoting, and never comes twice', () => {
  const passwords = Array.from({ length: 5000 }, newPassword);
  expect(passwords.filter((password) => !/^[A-Za-z0-9_-]{43}$/.test(password))).toEqual([]);
  expect(new Set(passwords).size).toBe(passwords.length);
  expect(new Set(passwords.join(''))).toHaveLength(64);
  for (const encode of [encodeURIComponent, encodeURI]) expect(passwords.map(encode)).toEqual(passwords);
  expect(passwords.map((password) => JSON.stringify(password).slice(1, -1))).toEqual(passwords);
});
