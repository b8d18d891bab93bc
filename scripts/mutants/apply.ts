import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './list.ts';

/** A file of the sources with a mutant in it. */
export interface Applied {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** @returns the complaint, in words, when what the mutant changes is not found, or not only once, in all of `src/` */
export function apply({ from, to }: Pick<Mutant, 'from' | 'to'>, root: string): Applied | string {
  const found: Applied[] = [];
  for (const [file, text] of sources(root)) {
    for (let at = text.indexOf(from); at >= 0; at = text.indexOf(from, at + 1)) {
      const line = text.slice(0, at).split('\n').length;
      found.push({ file, line, text: text.slice(0, at) + to + text.slice(at + from.length) });
    }
  }
  const [only, ...more] = found;
  if (only !== undefined && more.length === 0) return only;
  return `${JSON.stringify(from)} is in src/ ${found.length} times (${found.map(({ file, line }) => `${file}:${line}`).join(', ')})`;
}

const read = new Map<string, ReadonlyMap<string, string>>();

function sources(root: string): ReadonlyMap<string, string> {
  let files = read.get(root);
  if (files === undefined) {
    const paths = globSync('src/**/*.ts', { cwd: root });
    files = new Map(paths.toSorted().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
    read.set(root, files);
  }
  return files;
}
