import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDuration, parseDuration } from '../../src/lease/duration.ts';
import { refusal } from './refusal.ts';

const century = 876_000 * 3600;

describe('parseDuration', () => {
  test.each([
    ['1', 1],
    ['3600', 3600],
    ['007', 7],
    ['90s', 90],
    ['30m', 1800],
    ['1h', 3600],
    ['1h30m', 5400],
    ['1h1s', 3601],
    ['1m30s', 90],
    ['2h3m4s', 7384],
    ['0h90m0s', 5400],
    ['876000h', century],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text, 'ttl')).toBe(seconds);
  });

  test('adds up hours, minutes and seconds, each of any size', () => {
    const part = fc.nat(100_000);
    fc.assert(
      fc.property(part, part, part, (h, m, s) => {
        fc.pre(h + m + s > 0);
        expect(parseDuration(`${h}h${m}m${s}s`, 'ttl')).toBe(h * 3600 + m * 60 + s);
        if (s > 0) expect(parseDuration(String(s), 'ttl')).toBe(s);
      }),
    );
  });

  test.each([
    '',
    ' ',
    'h',
    's',
    'forever',
    '1w',
    '1 h',
    ' 1h',
    '1h ',
    '1h\n',
    '1H',
    '30m1h',
    '1h1h',
    '1h30',
    '1.5h',
    '1,5h',
    '-1',
    '-1h',
    '+1',
    '1e3',
    '0x10',
    '1_000',
    'Infinity',
    'NaN',
    '٣٠m',
    '１h',
    '1h30m\0',
    '1ms',
    '1m 30s',
  ])('refuses %j, naming the input', (text) => {
    const { message, details } = refusal(() => parseDuration(text, 'max-ttl'));
    expect(details.input).toBe('max-ttl');
    expect(message).toContain(`${JSON.stringify(text)} is not a duration`);
    expect(message).toContain('1h30m');
  });

  test.each(['0', '0s', '0h0m0s', '000'])('refuses %s: it is less than a second', (text) => {
    const { message, details } = refusal(() => parseDuration(text, 'ttl'));
    expect(details.input).toBe('ttl');
    expect(message).toContain('at least one second');
  });

  test.each([
    '876000h1s',
    String(century + 1),
    '9007199254740991',
    '2501999792983h',
    '9'.repeat(400),
    `${'9'.repeat(400)}h`,
  ])('refuses %s: no name or record could hold its end', (text) => {
    expect(refusal(() => parseDuration(text, 'ttl')).details.input).toBe('ttl');
  });

  test('takes no text but digits and units', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        fc.pre(!/^[\dhms]+$/.test(text));
        expect(refusal(() => parseDuration(text, 'ttl')).details.input).toBe('ttl');
      }),
    );
  });
});

describe('formatDuration', () => {
  test.each([
    [5400, '1h30m'],
    [3600, '1h'],
    [3601, '1h1s'],
    [59, '59s'],
    [86_400, '24h'],
    [604_800, '7d'],
    [3_024_000, '35d'],
    [176_400, '2d1h'],
    [0, '0s'],
    [-5, '0s'],
    [1799.6, '30m'],
  ])('%d is %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });

  test('is read back as the same number', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: century }), (seconds) => {
        expect(parseDuration(formatDuration(seconds), 'ttl')).toBe(seconds);
      }),
    );
  });
});
