import { describe, expect, it } from 'vitest';
import { newPrincipal } from '../../src/lease/name.ts';
import { isInShard, shardInput } from '../../src/sweep/shard.ts';
import { refusal } from '../lease/refusal.ts';

const names = Array.from({ length: 2000 }, () => newPrincipal('job', new Date()));

describe('shards', () => {
  it.each([1, 2, 5, 16])('%d of them share all names, each name in exactly one, about evenly', (count) => {
    const sizes = Array.from({ length: count }, (_, i) =>
      names.filter((name) => isInShard(name, { index: i + 1, count })),
    );
    expect(sizes.flat().toSorted()).toEqual(names.toSorted());
    for (const { length } of sizes) expect(length).toBeGreaterThan(names.length / count / 2);
  });

  it('are read as written', () => {
    expect(shardInput.parse('2/5', 'shard')).toEqual({ index: 2, count: 5 });
    expect(shardInput.parse('1/1', 'shard')).toEqual({ index: 1, count: 1 });
  });

  it.each(['', '0/5', '6/5', '2', '2/', '/5', '2/5/6', '-1/5', '1.5/2', 'a/b', '1/0', '99999/99999'])(
    'refuses %j, naming the input',
    (text) => {
      expect(refusal(() => shardInput.parse(text, 'shard')).details.input).toBe('shard');
    },
  );
});
