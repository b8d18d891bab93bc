import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inParallel } from '../../src/engines/aws/parallel.ts';

/** Counts from 0, and tells how far it has been asked. */
function counting(end: number): { items: AsyncIterable<number>; asked(): number; closed(): boolean } {
  let asked = 0;
  let closed = false;
  async function* items(): AsyncGenerator<number> {
    try {
      for (; asked < end; asked += 1) yield await Promise.resolve(asked);
    } finally {
      closed = true;
    }
  }
  return { items: items(), asked: () => asked, closed: () => closed };
}

it('works on some at a time and yields in order', async () => {
  let running = 0;
  let most = 0;
  const results = await Array.fromAsync(
    inParallel(counting(20).items, 4, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await sleep(item % 3 === 0 ? 15 : 2);
      running -= 1;
      return item * 2;
    }),
  );
  expect(results).toEqual(Array.from({ length: 20 }, (_, i) => i * 2));
  expect(most).toBe(4);
});

it('asks no further ahead than that, and closes the source when it is left', async () => {
  const source = counting(1000);
  for await (const result of inParallel(source.items, 4, async (item) => await Promise.resolve(item))) {
    await sleep(5);
    expect(source.asked()).toBeLessThanOrEqual(result + 4);
    if (result === 10) break;
  }
  expect(source.closed()).toBe(true);
});

async function failing(item: number): Promise<number> {
  await sleep(item === 5 ? 0 : 5);
  if (item >= 5) throw new Error(`no ${item}`);
  return item;
}

it('fails where an item does, after those before it', async () => {
  const found: number[] = [];
  const all = (async () => {
    for await (const result of inParallel(counting(20).items, 4, failing)) found.push(result);
  })();
  await expect(all).rejects.toThrow('no 5');
  expect(found).toEqual([0, 1, 2, 3, 4]);
});
