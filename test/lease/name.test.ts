import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  expiryInName,
  formatLeaseId,
  isPrincipal,
  newPrincipal,
  parseLeaseId,
  parsePrincipal,
  parseRoleLabel,
  principalPattern,
  type NameForm,
} from '../../src/lease/name.ts';
import { refusal } from './refusal.ts';

const firstUnfit = 36 ** 7; // seconds: the year 4453
const expiry = fc.integer({ min: 0, max: firstUnfit - 1 }).map((seconds) => new Date(seconds * 1000));
/** Any sequence of UTF-16 units, lone surrogates included. */
const anyText = fc.string({ unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), surrogate()) });
const label = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
const soon = new Date('2026-07-01T12:00:00Z');

function surrogate(): fc.Arbitrary<string> {
  return fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit));
}

describe('newPrincipal', () => {
  test('needs no quoting, fits everywhere, and is parsed back, whatever the role and the expiry are', () => {
    fc.assert(
      fc.property(anyText, expiry, (role, when) => {
        const principal = newPrincipal(role, when);
        expect(principal).toMatch(/^[a-z0-9_]{1,32}$/);
        expect(parsePrincipal(principal)).toBe(principal);
        expect(expiryInName(principal)).toEqual(when);
      }),
    );
  });

  test.each([
    ['app', 'app'],
    ['Billing-Owner', 'billing'],
    ['a.b_c-d', 'abcd'],
    ['x', 'x'],
    ['', 'job'],
    ['___', 'job'],
    ['ÄÖÜ€', 'job'],
    ['"; DROP ROLE x; --', 'droprol'],
    ['\u212Aelvin', 'kelvin'], // the Kelvin sign has an ASCII lower case
    ['\u0130stanbul', 'istanbu'],
    ['🦊\uD800a', 'a'],
    ['a\u0000\nb', 'ab'],
  ])('makes a slug of the role %j', (role, slug) => {
    expect(newPrincipal(role, soon).split('_')[2]).toBe(slug);
  });

  test('cuts the expiry to whole seconds, so that it never says later than it is', () => {
    expect(expiryInName(newPrincipal('app', new Date('2026-07-01T12:00:00.999Z')))).toEqual(soon);
  });

  test('never chooses the same name twice, and uses all digits', () => {
    const names = Array.from({ length: 20_000 }, () => newPrincipal('app', soon));
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(names.map((name) => name.slice(-13)).join(''))).toHaveLength(36);
  });

  test('sorts by expiry', () => {
    fc.assert(
      fc.property(expiry, expiry, (a, b) => {
        fc.pre(a < b);
        expect(newPrincipal('app', a) < newPrincipal('app', b)).toBe(true);
      }),
    );
  });

  test.each([new Date(Number.NaN), new Date(-1), new Date(firstUnfit * 1000), new Date(8.64e15)])(
    'makes no name that could not be parsed back: %j',
    (when) => {
      expect(() => newPrincipal('app', when)).toThrow(RangeError);
    },
  );
});

describe('parsePrincipal', () => {
  const good = 'jl_0tdvx00_app_0123456789abc';

  test.each([
    '',
    'jl',
    'jl_',
    'postgres',
    good.toUpperCase(),
    ` ${good}`,
    `${good} `,
    `${good}\n`,
    `\n${good}`,
    `${good}x`,
    `x${good}`,
    good.slice(0, -1),
    good.replace('app', ''),
    good.replace('app', 'abcdefgh'),
    good.replace('app', 'a_p'),
    good.replace('app', 'äpp'),
    good.replaceAll('_', '-'),
    `${good}\u0000`,
    `${good}';--`,
    good.replace('0tdvx00', '0tdvx0'),
    good.replace('0tdvx00', '0tdvx000'),
    good.replace('jl', 'jk'),
  ])('refuses %j', (text) => {
    expect(parsePrincipal(good)).toBe(good);
    expect(parsePrincipal(text)).toBeUndefined();
  });

  test('accepts exactly what the pattern for targets accepts', () => {
    const pattern = new RegExp(principalPattern);
    const valid = fc.stringMatching(/^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$/);
    const nearly = fc
      .tuple(valid, fc.nat(33), fc.nat(2), fc.constantFrom('', '_', '-', 'a', '0', 'A', '\n', 'ä', 'ı', '\uD800'))
      .map(([text, at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone));
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(fc.oneof(valid, { weight: 3, arbitrary: nearly }, anyText), (text) => {
        const accepted = parsePrincipal(text) !== undefined;
        verdicts.add(accepted);
        expect(pattern.test(text)).toBe(accepted);
      }),
      { numRuns: 2000 },
    );
    expect(verdicts).toEqual(new Set([true, false]));
  });
});

describe('a form of names', () => {
  const lastMinute = 36 ** 5 * 60 - 60;
  const inMinutes = fc.integer({ min: 0, max: lastMinute }).map((seconds) => new Date(seconds * 1000));
  const form: fc.Arbitrary<NameForm> = fc
    .record({
      separator: fc.constantFrom('_' as const, '-' as const, '' as const),
      most: fc.integer({ min: 20, max: 63 }),
    })
    .filter(({ separator, most }) => most >= 20 + 2 * separator.length);

  test('is kept by every name, which is parsed back and has its expiry and 64 random bits', () => {
    fc.assert(
      fc.property(form, anyText, inMinutes, (any, role, when) => {
        const { separator, most } = any;
        const principal = newPrincipal(role, when, any);
        expect(principal.length).toBeLessThanOrEqual(most);
        expect(principal).toMatch(new RegExp(`^jl${separator}[0-9a-z${separator}]+[0-9a-z]{13}$`));
        expect(parsePrincipal(principal, any)).toBe(principal);
        expect(isPrincipal(principal)).toBe(true);
        // In seconds where there is room, else in minutes: then never earlier than it is.
        const later = expiryInName(principal).getTime() - when.getTime();
        if (most >= 22 + 2 * separator.length) expect(later).toBe(0);
        expect(later).toBeGreaterThanOrEqual(0);
        expect(later).toBeLessThan(60_000);
      }),
      { numRuns: 1000 },
    );
  });

  test('is not taken for one with another separator', () => {
    fc.assert(
      fc.property(form, form, inMinutes, (one, other, when) => {
        fc.pre(one.separator !== other.separator);
        expect(parsePrincipal(newPrincipal('app', when, one), other)).toBeUndefined();
      }),
    );
  });

  test.each([
    ['the usual one', { separator: '_', most: 32 }, /^jl_[0-9a-z]{7}_billing_[0-9a-z]{13}$/],
    ['Kubernetes: a label of DNS', { separator: '-', most: 63 }, /^(?=.{1,63}$)[a-z]([a-z0-9-]*[a-z0-9])$/],
    [
      'GCP: the id of a service account',
      { separator: '-', most: 30 },
      /^(?=.{6,30}$)jl-.{7}-billi-[a-z0-9-]*[a-z0-9]$/,
    ],
    ['Active Directory: sAMAccountName', { separator: '', most: 20 }, /^jl[a-z0-9]{18}$/],
    ['no room for a slug', { separator: '-', most: 25 }, /^jl-[0-9a-z]{7}-[0-9a-z]{13}$/],
  ] satisfies [string, NameForm, RegExp][])('fits %s', (_, any, pattern) => {
    const principal = newPrincipal('billing-owner', soon, any);
    expect(principal).toMatch(pattern);
    expect(expiryInName(principal)).toEqual(soon);
  });

  test('of 20 characters ends the minute after, never before', () => {
    const short = { separator: '', most: 20 } as const;
    expect(expiryInName(newPrincipal('app', new Date('2026-07-01T12:00:01Z'), short))).toEqual(
      new Date('2026-07-01T12:01:00Z'),
    );
    expect(() => newPrincipal('app', new Date((lastMinute + 1) * 1000), short)).toThrow(RangeError);
  });

  test.each<NameForm>([
    { separator: '', most: 19 },
    { separator: '-', most: 21 },
  ])('without room for the expiry and 64 random bits is refused: %j', (any) => {
    expect(() => newPrincipal('app', soon, any)).toThrow(RangeError);
  });

  test('is no principal without it', () => {
    for (const text of [
      '',
      'jl',
      'jl_admin',
      `jl${'a'.repeat(19)}`,
      'jl-0tdvx00_app-0123456789abc',
      'JL0123456789ABCDEFGH',
    ]) {
      expect(isPrincipal(text)).toBe(false);
    }
  });
});

describe('lease ids', () => {
  const principal = newPrincipal('app', soon);

  test('are read back', () => {
    fc.assert(
      fc.property(fc.constantFrom('postgres', 'mysql', 'aws'), label, expiry, (engine, role, when) => {
        const id = { engine, role, principal: newPrincipal(role, when) };
        expect(parseLeaseId(formatLeaseId(id), 'lease-id')).toEqual(id);
      }),
    );
  });

  test('look like paths', () => {
    expect(formatLeaseId({ engine: 'postgres', role: 'app', principal })).toBe(`postgres/app/${principal}`);
  });

  test.each([
    '',
    '/',
    '//',
    'postgres',
    'postgres/app',
    'postgres/app/',
    'postgres/app/root',
    principal,
    `app/${principal}`,
    `postgres/app/${principal}/`,
    `postgres/app/${principal}/x`,
    `/postgres/app/${principal}`,
    `postgres/app/${principal}\n`,
    ` postgres/app/${principal}`,
    `postgres/a/b/${principal}`,
    `/app/${principal}`,
    `postgres//${principal}`,
    `//${principal}`,
    `postgres/a\nb/${principal}`,
    `postgres/-app/${principal}`,
    `postgres/äpp/${principal}`,
    `post gres/app/${principal}`,
    `Postgres/app/${principal}`,
  ])('refuses %j, naming the input', (text) => {
    const { message, details } = refusal(() => parseLeaseId(text, 'lease-id'));
    expect(details.input).toBe('lease-id');
    expect(message).toContain('<engine>/<role>/<principal>');
  });
});

describe('parseRoleLabel', () => {
  test('takes letters, digits, dots, dashes and underscores', () => {
    fc.assert(
      fc.property(label, (text) => {
        expect(parseRoleLabel(text, 'role')).toBe(text);
      }),
    );
  });

  test.each(['', '.', '-app', '_app', 'a b', 'a/b', 'a\n', 'äpp', 'a'.repeat(64), "a'", 'a\u0000', '🦊'])(
    'refuses %j, naming the input',
    (text) => {
      const { message, details } = refusal(() => parseRoleLabel(text, 'role'));
      expect(details.input).toBe('role');
      expect(message).toContain('63 letters');
    },
  );
});
