/** The fenced blocks of our pages, as a reader would copy them. */
import { filesBelow, read } from './tree.ts';

export interface Block {
  /** `docs/postgres.md § PostgreSQL 15 #1`: the page, the heading above it, and which block of its language there */
  readonly id: string;
  readonly page: string;
  /** as after the fence; `''` for none */
  readonly language: string;
  readonly text: string;
}

/** What people read before and while they set it up. */
export const pages = ['README.md', ...filesBelow('docs', '.md')];

export function blocksOf(page: string): Block[] {
  const found: Block[] = [];
  let heading = '';
  const counts = new Map<string, number>();
  const pattern = /^#+ (.+)$|^( *)```([\w-]*)\n([\s\S]*?)^ *```$/gm;
  for (const [, title, indent = '', language = '', text = ''] of read(page).matchAll(pattern)) {
    if (title !== undefined) {
      heading = title;
      continue;
    }
    const key = `${page} § ${heading} ${language}`.trimEnd();
    counts.set(key, (counts.get(key) ?? 0) + 1);
    const lines = text.split('\n').map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
    found.push({ id: `${key} #${counts.get(key)}`, page, language, text: lines.join('\n') });
  }
  return found;
}

/** @throws Error when the pages have no such block any more */
export function block(id: string): string {
  const [page = ''] = id.split(' § ');
  const found = blocksOf(page).find((each) => each.id === id);
  if (found === undefined) throw new Error(`there is no block ${id}`);
  return found.text;
}
