import { Buffer } from 'node:buffer';
import { describe, expect, test } from 'vitest';
import { SecretMasker } from './masks.ts';

function maskerOf(...values: string[]): SecretMasker {
  const masker = new SecretMasker();
  for (const value of values) masker.addWithLines(value);
  return masker;
}

describe('SecretMasker', () => {
  test('masks every occurrence, in its own case only', () => {
    expect(maskerOf('hunter2').mask('hunter2 Hunter2 xhunter2x')).toBe('*** Hunter2 x***x');
  });

  test('prints one *** for secrets that overlap or touch', () => {
    expect(maskerOf('abcd', 'cdef').mask('-abcdef-')).toBe('-***-');
    expect(maskerOf('abc', 'def').mask('-abcdef-')).toBe('-***-');
    expect(maskerOf('aba').mask('-ababa-')).toBe('-***-');
  });

  test('masks a value of several lines as a whole, and each of its lines', () => {
    const masker = maskerOf('first line\r\n  second line\n\n');
    expect(masker.mask('a first line, a second line')).toBe('a ***, a ***');
    expect(masker.values).toEqual(['first line\r\n  second line\n\n', 'first line', 'second line']);
  });

  test('has no minimum length, and ignores the empty string', () => {
    expect(maskerOf('', 'q').mask('aqa')).toBe('a***a');
  });

  test.each(['', 'x', 'xy'])('finds base64 at the end of a text, behind the prefix %j', (prefix) => {
    const secret = 'correct horse battery staple!'; // 29 bytes
    const encoded = Buffer.from(`user:${prefix}${secret}`).toString('base64');
    const masked = maskerOf(secret).mask(encoded);
    expect(masked).toMatch(/\*\*\*$/);
    expect(masked.length).toBeLessThan(16);
  });

  test('misses base64 with text after a secret that does not fill its last group, as the real runner does', () => {
    const encoded = Buffer.from('hunter22 and more').toString('base64'); // 8 bytes: base64 of the secret ends in "="
    expect(maskerOf('hunter22').mask(encoded)).toBe(encoded);
  });

  test.each([
    ['an argument of a command line', 'se"cret', String.raw`se\"cret`],
    ['a string of an expression', "se'cret", "se''cret"],
    ['a string of JSON', 'se"c\tret\u2028', String.raw`se\"c\tret\u2028`],
    ['a part of a URI', "se cr'et!*()/+é", 'se%20cr%27et%21%2A%28%29%2F%2B%C3%A9'],
    ['XML', `<se&cr"et'>`, '&lt;se&amp;cr&quot;et&apos;&gt;'],
    ['a value without its double quotes', '"longsecret"', 'longsecret'],
    ['the first part that PowerShell prints', 'part1&part2&rest', 'part1&part2&'],
    ['the last part that PowerShell prints', 'part1&part2&therest', 'therest'],
    ['the part behind the operator that PowerShell prints', 'secret&+Xsecond', 'second'],
  ])('masks %s', (_form, secret, encoded) => {
    expect(maskerOf(secret).mask(`[${encoded}]`)).toBe('[***]');
  });

  test.each([
    ['hexadecimal', Buffer.from('hunter2-hunter2').toString('hex')],
    ['base64 of UTF-16', Buffer.from('hunter2-hunter2', 'utf16le').toString('base64')],
    ['upper case', 'HUNTER2-HUNTER2'],
  ])('does not mask %s', (_form, encoded) => {
    expect(maskerOf('hunter2-hunter2').mask(encoded)).toBe(encoded);
  });
});
