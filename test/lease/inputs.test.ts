import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  duration,
  flag,
  integer,
  list,
  mintOnly,
  mintOnlyCleared,
  parseInputs,
  text,
  type Input,
} from '../../src/lease/inputs.ts';
import { refusal } from './refusal.ts';

/** Reads one input as a workflow would give it. */
function read<T>(input: Input<T>, given: string): unknown {
  return parseInputs({ it: input }, () => given).it;
}

describe('text', () => {
  test('is any text, without the blanks around it', () => {
    expect(read(text('…'), ' a "b"\n c \n')).toBe('a "b"\n c');
    expect(read(text('…'), '')).toBe('');
  });

  test('falls back when it is empty or blank', () => {
    expect(read(text('…', 'public'), '')).toBe('public');
    expect(read(text('…', 'public'), ' \n')).toBe('public');
    expect(read(text('…', 'public'), 'own')).toBe('own');
    expect(text('…', 'public').default).toBe('public');
    expect(text('…')).not.toHaveProperty('default');
  });
});

describe('list', () => {
  test.each([
    ['', []],
    [' , \n,', []],
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    ['a\nb\r\nc\rd', ['a', 'b', 'c', 'd']],
    [' a b , "c" ,\n d,', ['a b', '"c"', 'd']],
    ['b,a,b', ['b', 'a', 'b']],
  ])('%j is %j', (given, items) => {
    expect(read(list('…'), given)).toEqual(items);
  });

  test('takes apart what was put together', () => {
    const item = fc.stringMatching(/^[^,\s](?:[^,\r\n]*[^,\s])?$/);
    fc.assert(
      fc.property(fc.array(item), fc.constantFrom(',', ', ', '\n', '\r\n', ' ,\n '), (items, separator) => {
        expect(read(list('…'), items.join(separator))).toEqual(items);
      }),
    );
  });
});

describe('flag', () => {
  test.each(['true', 'True', 'TRUE', ' true\n'])('%j is true', (given) => {
    expect(read(flag('…', false), given)).toBe(true);
  });

  test.each(['false', 'False', 'FALSE'])('%j is false', (given) => {
    expect(read(flag('…', true), given)).toBe(false);
  });

  test.each([true, false])('falls back to %s', (fallback) => {
    expect(read(flag('…', fallback), '')).toBe(fallback);
    expect(flag('…', fallback).default).toBe(String(fallback));
  });

  test.each(['yes', 'no', 'on', '1', '0', 'tRUE', 'truefalse', 'true\nfalse', '"true"'])(
    'refuses %j, naming the input',
    (given) => {
      const { message, details } = refusal(() => read(flag('…', true), given));
      expect(details.input).toBe('it');
      expect(message).toBe(`Input "it": ${JSON.stringify(given)} is neither true nor false`);
    },
  );
});

describe('duration', () => {
  test('is in seconds, with its default', () => {
    expect(read(duration('…', '1h30m'), '')).toBe(5400);
    expect(read(duration('…', '1h30m'), ' 90s ')).toBe(90);
    expect(duration('…', '1h30m').default).toBe('1h30m');
  });

  test('names the input that is wrong', () => {
    expect(refusal(() => read(duration('…', '1h'), '1 hour')).details.input).toBe('it');
  });
});

describe('integer', () => {
  const limited = integer('…', 20, [-1, 10_000]);

  test('takes every number within its limits', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1, max: 10_000 }), (number) => {
        expect(read(limited, String(number))).toBe(number);
      }),
      { examples: [[-1], [10_000]] },
    );
    expect(read(limited, '')).toBe(20);
    expect(limited.default).toBe('20');
  });

  test.each(['-2', '10001', '1.0', '1e2', '0x1', '+1', '--1', '1 2', 'many', '99999999999999999999', '-', '١'])(
    'refuses %j, naming the input and its limits',
    (given) => {
      const { message, details } = refusal(() => read(limited, given));
      expect(details.input).toBe('it');
      expect(message).toContain(`${JSON.stringify(given)} is not a whole number from -1 to 10000`);
    },
  );
});

describe('parseInputs', () => {
  test('reads each input by its own name', () => {
    const table = { 'member-of': list('…'), ttl: duration('…', '1h'), verify: flag('…', true), note: text('…') };
    const given: Record<string, string> = { 'member-of': 'a, b', verify: 'false' };
    expect(parseInputs(table, (name) => given[name] ?? '')).toEqual({
      'member-of': ['a', 'b'],
      ttl: 3600,
      verify: false,
      note: '',
    });
  });

  test('reports the first input that is wrong', () => {
    const table = { note: text('…'), verify: flag('…', true), ttl: duration('…', '1h') };
    expect(refusal(() => parseInputs(table, () => 'nonsense')).details.input).toBe('verify');
  });
});

describe('mintOnlyCleared', () => {
  const table = {
    statements: mintOnly(text('…')),
    limit: mintOnly(integer('…', 20, [0, 100])),
    groups: list('…'),
    database: text('…', 'postgres'),
  };
  const inputs = { statements: 'CREATE ROLE x', limit: 3, groups: ['a'], database: 'billing' };

  test('puts back to its default what only minting needs, and nothing else', () => {
    const before = structuredClone(inputs);
    expect(mintOnlyCleared(table, inputs)).toEqual({ ...inputs, statements: '', limit: 20 });
    expect(inputs).toEqual(before);
  });

  test('a marked input reads as before', () => {
    const plain = text('a description', 'x');
    expect(mintOnly(plain)).toEqual({ ...plain, mintOnly: true });
    expect(plain).not.toHaveProperty('mintOnly');
  });
});
