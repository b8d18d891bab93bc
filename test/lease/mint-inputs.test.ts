import { describe, expect, test } from 'vitest';
import { mintInputs, readMintInputs } from '../../src/actions/inputs.ts';
import { refusal } from './refusal.ts';

function read(given: Partial<Record<string, string>>): ReturnType<typeof readMintInputs> {
  return readMintInputs((name) => given[name] ?? '');
}

describe('readMintInputs', () => {
  test('has safe defaults', () => {
    expect(read({})).toEqual({
      engine: '',
      role: 'job',
      ttl: 3600,
      'max-ttl': 86_400,
      'export-env': false,
      verify: true,
      revoke: true,
      'fail-on-revoke-error': false,
      'check-run-id': 0,
    });
  });

  test.each([
    [{ ttl: '24h' }, 86_400],
    [{ ttl: '30m', 'max-ttl': '30m' }, 1800],
    [{ ttl: '48h', 'max-ttl': '72h' }, 172_800],
  ])('takes a ttl up to max-ttl: %j', (given, ttl) => {
    expect(read(given).ttl).toBe(ttl);
  });

  test.each([
    [{ ttl: '86401' }, '24h1s is above "max-ttl", which is 24h'],
    [{ 'max-ttl': '30m' }, '1h is above "max-ttl", which is 30m'],
    [{ ttl: '2h', 'max-ttl': '1h30m' }, '2h is above "max-ttl", which is 1h30m'],
  ])('refuses a ttl above max-ttl: %j', (given, problem) => {
    expect(refusal(() => read(given)).message).toBe(`Input "ttl": ${problem}`);
  });

  test.each([
    ['role', 'a/b'],
    ['role', 'a b'],
    ['ttl', '1w'],
    ['max-ttl', '0'],
    ['export-env', 'yes'],
    ['verify', 'no'],
    ['revoke', 'never'],
    ['fail-on-revoke-error', '1'],
  ])('names the input %s, given %j', (name, given) => {
    expect(refusal(() => read({ [name]: given })).details.input).toBe(name);
  });

  test.each([
    ['48123456789', 48_123_456_789],
    ['999999999999999', 999_999_999_999_999],
    ['', 0],
    ['${{ job.check_run_id }}', 0], // an expression that GitHub did not evaluate
    ['-1', 0],
    ['1e5', 0],
    ['9'.repeat(16), 0],
  ])('reads the check run id %j as %i', (given, id) => {
    expect(read({ 'check-run-id': given })['check-run-id']).toBe(id);
  });

  test('every default is one that the input itself takes', () => {
    for (const [name, input] of Object.entries(mintInputs)) {
      expect(() => input.parse(input.default ?? '', name)).not.toThrow();
      expect(input.description).toMatch(/\.$/);
    }
  });
});
