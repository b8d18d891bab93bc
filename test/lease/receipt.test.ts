import { describe, expect, test } from 'vitest';
import { readReceipt, rootLines, withReceipt } from '../../src/lease/receipt.ts';

const receipt = { state: 'asked', at: new Date('2026-07-01T12:00:00Z'), place: 'repository:1/ROOT' } as const;
const secret = withReceipt('postgres://a:one@db/x\npostgres://b:two@db/x', receipt);

describe('a receipt', () => {
  test('is read back, and is no line of root', () => {
    expect(readReceipt(secret)).toEqual(receipt);
    expect(rootLines(secret)).toEqual(['postgres://a:one@db/x', 'postgres://b:two@db/x']);
  });

  test('takes the place of the one before', () => {
    const later = { ...receipt, state: 'stored', at: new Date('2026-07-02T12:00:00Z') } as const;
    expect(readReceipt(withReceipt(secret, later))).toEqual(later);
  });

  test.each([
    ['another line', secret.replace('one', 'three')],
    ['a line more', `postgres://c:four@db/x\n${secret}`],
    ['its lines in another order', secret.split('\n').toSorted().toReversed().join('\n')],
    ['another receipt', `${secret}\n${secret.split('\n').at(-1) ?? ''}`],
    ['none', 'postgres://a:one@db/x'],
  ])('does not count beside %s', (_, text) => {
    expect(readReceipt(text)).toBeUndefined();
  });
});
