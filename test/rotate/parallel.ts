import { availableParallelism } from 'node:os';

/**
 * Does the work for all items, several at a time. @returns the results, in any order
 *
 * @param each how many at a time for each core: more where the work mostly waits
 */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  each = 2,
): Promise<Result[]> {
  const left = [...items];
  const results: Result[] = [];
  await Promise.all(
    Array.from({ length: each * availableParallelism() }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) results.push(await work(item));
    }),
  );
  return results;
}
