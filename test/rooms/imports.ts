/** Who imports whom in src/, types and `import()` included. */
import { dirname, join } from 'node:path';
import { filesBelow, read } from '../docs/tree.ts';

/** What each file imports of ours, by its path from the root of the checkout. */
export type Imports = ReadonlyMap<string, readonly string[]>;

export function importsOf(directory: string): Imports {
  return new Map(filesBelow(directory, '.ts').map((path) => [path, imported(path, read(path))]));
}

/** What a file of this text and place imports of ours. */
export function imported(path: string, text: string): string[] {
  const found = text.matchAll(/(?:\bfrom |\bimport |\bimport\()'(\.{1,2}\/[^']+)'/g);
  return [...new Set([...found].map(([, file = '']) => join(dirname(path), file)))];
}

/** Files that import each other, by way of others or not; each list is one circle, or several that share a file. */
export function circles(imports: Imports): string[][] {
  const reached = new Map([...imports.keys()].map((file) => [file, reachable(file, imports)]));
  const leads = (from: string, to: string): boolean => reached.get(from)?.has(to) === true;
  const inCircle = [...imports.keys()].filter((file) => leads(file, file));
  const groups = Map.groupBy(inCircle, (file) =>
    inCircle.filter((other) => leads(file, other) && leads(other, file)).join(' '),
  );
  return [...groups.values()];
}

function reachable(file: string, imports: Imports): ReadonlySet<string> {
  const seen = new Set<string>();
  const queue = [...(imports.get(file) ?? [])];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    queue.push(...(imports.get(next) ?? []));
  }
  return seen;
}
