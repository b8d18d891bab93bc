import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** This checkout. */
export const root = join(import.meta.dirname, '..', '..');

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

const foreign = new Set(['node_modules', '.git', '.cache', 'dist']);

/** Our own files below a directory of this checkout, as paths from its root. */
export function filesBelow(directory: string, extension: string): string[] {
  return readdirSync(join(root, directory), { withFileTypes: true })
    .filter(({ name }) => !foreign.has(name))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return filesBelow(path, extension);
      return entry.name.endsWith(extension) ? [path] : [];
    })
    .toSorted();
}
