import { availableParallelism } from 'node:os';

/** Does the work for all items, several at a time: a rotation mostly waits between its writes. @returns the results, in any order */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const left = [...items];
  const results: Result[] = [];
  await Promise.all(
    Array.from({ length: 6 * availableParallelism() }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) results.push(await work(item));
    }),
  );
  return results;
}
