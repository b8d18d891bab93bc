/**
 * Does the same with each of many items, some at a time, and yields what comes of it in the items' order. Items are
 * asked for and worked on only as far ahead as that takes, so the memory it needs does not grow with their number.
 *
 * @param most how many are worked on at a time
 */
export async function* inParallel<Item, Result>(
  items: AsyncIterable<Item>,
  most: number,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result> {
  const ahead: Promise<Result>[] = [];
  for await (const item of items) {
    const result = work(item);
    // It is awaited when its turn comes; until then a failure must not pass for an unhandled one.
    result.catch(() => undefined);
    ahead.push(result);
    if (ahead.length < most) continue;
    const first = ahead.shift();
    if (first !== undefined) yield await first;
  }
  for (const result of ahead) yield await result;
}
