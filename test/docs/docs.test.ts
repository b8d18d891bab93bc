/** Holds what is written by hand for users against the code: error texts in docs/, links and pins. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../../scripts/release/repository.ts';
import { errorTexts } from './error-texts.ts';
import { codeSpans, linksIn, section, slugs } from './markdown.ts';
import { filesBelow, read, root } from './tree.ts';

describe('error texts', () => {
  const pages = filesBelow('docs', '.md').map((path) => read(path));
  const spans = pages.flatMap((markdown) => codeSpans(section(markdown, 'Troubleshooting')));
  const texts = filesBelow('src', '.ts').flatMap((path) =>
    errorTexts(read(path)).map(({ text, pattern }) => ({ path, text, pattern })),
  );

  it('are found in the sources', () => {
    // A change in how errors are written must not silence the test below.
    expect(texts.length).toBeGreaterThan(40);
    expect(texts.map(({ text }) => text)).toContain('there is no role …');
    expect(texts.map(({ text }) => text)).toContain('nothing accepts connections at …');
  });

  it('each stand in a troubleshooting section', () => {
    const missing = texts.filter(({ pattern }) => !spans.some((span) => pattern.test(span)));
    expect(missing.map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
  });
});

describe('references', () => {
  const pages = filesBelow('.', '.md');

  it.each(pages)('%s: every relative link leads somewhere', (page) => {
    const broken = linksIn(read(page)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !slugs(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each([...filesBelow('.github', '.yml'), ...filesBelow('examples', '.yml')])('%s: every use is pinned', (path) => {
    const uses = [...read(path).matchAll(/^\s*(?:- )?uses:\s*(.*)$/gm)].map(([, value = '']) => value.trim());
    const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d[\w.]*$/;
    // Before the first release there is no commit to pin.
    const ours = new RegExp(String.raw`^(?:${repository()}(?:/[\w./-]+)?@v\d+|\./\S*|\$/\S+)$`);
    expect(uses.filter((value) => !pinned.test(value) && !ours.test(value))).toEqual([]);
  });
});
