import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeRecord, encodeRecord, recordLimit, type LeaseRecord } from '../../src/lease/record.ts';

const record: LeaseRecord = {
  v: 1,
  repo: 'acme/billing',
  repoId: 123_456_789,
  run: 17_234_567_890,
  attempt: 2,
  job: 'migrate',
  checkRun: 48_123_456_789,
  workflow: 'Deploy',
  actor: 'octocat',
  role: 'app',
  iat: 1_782_907_200,
  exp: 1_782_910_800,
  max: 1_782_993_600,
  own: { heir: 'billing_owner' },
};

/** Any sequence of UTF-16 units: quotes, controls, emoji, lone surrogates. */
function anyText(maxLength: number, size: 'small' | 'max' = 'small'): fc.Arbitrary<string> {
  const unit = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    fc.constantFrom('"', "'", '\\', '\n', '\r', '\0', '\u007F', '\u2028', '🦊', '$', '*/', '--', '</script>'),
    fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
  );
  return fc.string({ unit, maxLength, size });
}

/** @param expendable for the texts that may be shortened */
function anyRecord(text: fc.Arbitrary<string>, expendable = text): fc.Arbitrary<LeaseRecord> {
  const number = fc.maxSafeInteger().map((value) => value + 0); // JSON has no -0
  const time = fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 }).map((value) => value + 0);
  return fc.record({
    v: fc.constant(1 as const),
    repo: text,
    repoId: number,
    run: number,
    attempt: number,
    job: expendable,
    checkRun: number,
    workflow: expendable,
    actor: expendable,
    role: text,
    iat: time,
    exp: time,
    max: time,
    own: fc.record({ heir: text }),
  });
}

function long(length: number): string {
  return 'x'.repeat(length);
}

describe('encodeRecord', () => {
  test('is JSON that anything reads', () => {
    const { own, ...common } = record;
    expect(JSON.parse(encodeRecord(record))).toEqual({ ...common, ...own });
  });

  test('is read back the same, whatever the texts hold, where it fits', () => {
    fc.assert(
      fc.property(anyRecord(anyText(8)), (any) => {
        const text = encodeRecord(any);
        expect(text).toMatch(/^[ -~]+$/);
        expect(decodeRecord(text)).toEqual(any);
      }),
    );
  });

  test('never passes the limit, and shortens nothing but workflow, job and actor', () => {
    let shortened = 0;
    fc.assert(
      fc.property(anyRecord(anyText(10), anyText(300, 'max')), (any) => {
        const text = encodeRecord(any);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(recordLimit);
        expect(text).toMatch(/^[ -~]+$/);
        const decoded = decodeRecord(text);
        const { workflow = '', job = '', actor = '' } = decoded ?? {};
        expect(decoded).toEqual({ ...any, workflow, job, actor });
        for (const [left, whole] of [
          [workflow, any.workflow],
          [job, any.job],
          [actor, any.actor],
        ] as const) {
          expect(whole.startsWith(left)).toBe(true);
        }
        // The next one is touched only when nothing is left of the one before.
        if (job !== any.job) expect(workflow).toBe('');
        if (actor !== any.actor) expect(job).toBe('');
        if (workflow !== any.workflow) shortened += 1;
      }),
      { numRuns: 300 },
    );
    expect(shortened).toBeGreaterThan(0);
  });

  test('shortens the workflow first, then the job, then the actor', () => {
    const lengths = (any: LeaseRecord): number[] => {
      const { workflow, job, actor } = decodeRecord(encodeRecord(any)) ?? record;
      return [workflow.length, job.length, actor.length];
    };
    expect(lengths({ ...record, workflow: long(400), job: long(50), actor: long(39) })).toEqual([400, 50, 39]);
    expect(lengths({ ...record, workflow: long(2000), job: long(50), actor: long(39) })).toEqual([500, 50, 39]);
    expect(lengths({ ...record, workflow: long(50), job: long(2000), actor: long(39) })).toEqual([0, 500, 39]);
    expect(lengths({ ...record, workflow: long(50), job: long(50), actor: long(2000) })).toEqual([0, 0, 500]);
  });

  test('fits always when GitHub and PostgreSQL keep to their own limits', () => {
    const worst = {
      ...record,
      repo: `${'o'.repeat(39)}/${'r'.repeat(100)}`,
      job: 'j'.repeat(1000),
      workflow: '\uFFFF'.repeat(1000),
      actor: 'a'.repeat(1000),
      role: 'r'.repeat(63),
      own: { heir: '\u0001'.repeat(63) }, // six bytes each when escaped
    };
    expect(decodeRecord(encodeRecord(worst))).toMatchObject({ repo: worst.repo, role: worst.role, own: worst.own });
  });

  test('refuses what cannot be shortened', () => {
    expect(() => encodeRecord({ ...record, repo: 'r'.repeat(recordLimit) })).toThrow(RangeError);
  });

  test('leaves out what is no part of a record', () => {
    expect(encodeRecord({ ...record, password: 'hunter2' } as LeaseRecord)).toBe(encodeRecord(record));
  });

  test('puts what only the engine reads beside the rest, where it always was', () => {
    const { own: _, ...common } = record;
    expect(encodeRecord(record)).toContain('"role":"app","heir":"billing_owner","repoId":');
    expect(decodeRecord(encodeRecord(common))).toEqual(common);
  });

  test.each(['role', 'exp', 'v', '__proto__', '', 'a b', 'Upper'])('refuses an own field called %j', (name) => {
    const own = Object.fromEntries([[name, 'x']]);
    expect(() => encodeRecord({ ...record, own })).toThrow(RangeError);
  });
});

describe('decodeRecord', () => {
  const { own: _, ...common } = record;
  /** as it is on the target */
  const flat = { ...common, ...record.own };
  const altered = (changes: object): string => JSON.stringify({ ...flat, ...changes });
  const without = (name: string): string => JSON.stringify({ ...flat, [name]: undefined });

  test('takes a record', () => {
    expect(decodeRecord(altered({}))).toEqual(record);
  });

  test.each([
    '',
    ' ',
    'null',
    'true',
    '1',
    '"text"',
    '[]',
    '{}',
    '[1]',
    'undefined',
    'Service account of the billing team',
    '{"v":1}',
    '{',
    encodeRecord(record).slice(0, -1),
    `${encodeRecord(record)}x`,
    `[${encodeRecord(record)}]`,
    JSON.stringify(encodeRecord(record)),
    altered({ v: 2 }),
    altered({ v: '1' }),
    altered({ v: true }),
    altered({ v: null }),
    altered({ repo: 1 }),
    altered({ role: null }),
    altered({ heir: [] }),
    altered({ actor: {} }),
    altered({ job: false }),
    altered({ exp: '1782910800' }),
    altered({ exp: 1.5 }),
    altered({ exp: null }),
    altered({ max: 2 ** 53 }),
    altered({ exp: Number.MAX_SAFE_INTEGER }),
    altered({ iat: -8_640_000_000_001 }),
    altered({ iat: [1] }),
    altered({ run: {} }),
    encodeRecord(record).replace('"exp":1782910800', '"exp":1e999'),
  ])('refuses %s', (text) => {
    expect(decodeRecord(text)).toBeUndefined();
  });

  test.each(Object.keys(common))('refuses a record without %s', (name) => {
    expect(decodeRecord(without(name))).toBeUndefined();
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'password', ''])(
    'refuses a record that also has %j',
    (name) => {
      const text = `${encodeRecord(record).slice(0, -1)},${JSON.stringify(name)}:{"polluted":true}}`;
      expect(JSON.parse(text)).toBeTypeOf('object');
      expect(decodeRecord(text)).toBeUndefined();
      expect({}).not.toHaveProperty('polluted');
    },
  );

  test('does not read fields out of a "__proto__"', () => {
    expect(decodeRecord(`{"__proto__":${encodeRecord(record)}}`)).toBeUndefined();
    expect(decodeRecord(`{"v":1,"__proto__":${encodeRecord(record)}}`)).toBeUndefined();
  });

  test('refuses what is longer than a record can be', () => {
    expect(decodeRecord(altered({ workflow: 'w'.repeat(recordLimit) }))).toBeUndefined();
  });

  test('never throws, and what it takes could be encoded again', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
    const name = fc.constantFrom<string>(...Object.keys(flat), '__proto__', 'extra', 'own');
    const changed = fc
      .dictionary(name, value, { maxKeys: 2 })
      .map((changes) => JSON.stringify(Object.assign(Object.create(null), flat, changes)));
    const verdicts = new Set<boolean>();
    fc.assert(
      fc.property(fc.oneof(changed, fc.json(), fc.string({ unit: 'binary' })), (text) => {
        const decoded = decodeRecord(text);
        verdicts.add(decoded !== undefined);
        if (decoded !== undefined) expect(decodeRecord(encodeRecord(decoded))).toEqual(decoded);
      }),
      { numRuns: 1000 },
    );
    expect(verdicts).toEqual(new Set([true, false]));
  });
});
