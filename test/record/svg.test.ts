/** The recorded demo: the picture is what was printed, and is not older than what the demo claims. */
import { describe, expect, it } from 'vitest';
import { paced, terminal } from '../../scripts/record/svg.ts';
import { read } from '../docs/tree.ts';

describe('a recorded session', () => {
  const bold = '\u001B[1m';
  const lines = [
    { text: 'a <b> & c', at: 0 },
    { text: `\u001B[32m✓\u001B[39m ${bold}x \u001B[31my\u001B[39m z\u001B[22m end`, at: 10 },
    { text: '', at: 60_000 },
  ];
  const svg = terminal(lines, 'dark', 'what <it> shows');

  it('has every line with its colours, and nothing that would be taken for markup', () => {
    expect(svg).toContain('>a &lt;b&gt; &amp; c</text>');
    expect(svg).toContain(
      '<tspan class="green">✓</tspan> <tspan class="bold">x </tspan><tspan class="bold red">y</tspan><tspan class="bold"> z</tspan> end',
    );
    expect(svg).toContain('<title>what &lt;it&gt; shows</title>');
  });

  it('is shown at the pace at which it was printed, without long waits', () => {
    expect(paced(lines)).toEqual([60, 120, 1620]);
    const frames = [...svg.matchAll(/([\d.]+)%\{transform:translateY\((-?\d+)px\)\}/g)].map(([, at, y]) => [
      Number(at),
      Number(y),
    ]);
    expect(frames.map(([at]) => at)).toEqual([0, 0.52, 1.03, 13.94]);
    expect(frames.map(([, y = 0]) => y)).toEqual([576, 558, 540, 522]);
  });

  it('is not made of colours that nobody has chosen, nor of lines that do not fit', () => {
    expect(() => terminal([{ text: '\u001B[35mx', at: 0 }], 'light', '')).toThrow('no colour is known for the code 35');
    expect(() => terminal([{ text: `${bold}${'x'.repeat(101)}`, at: 0 }], 'light', '')).toThrow(
      'longer than 100 characters',
    );
    expect(() => terminal([{ text: `${bold}${'x'.repeat(100)}`, at: 0 }], 'light', '')).not.toThrow();
  });
});

describe.each(['light', 'dark'])('docs/demo-%s.svg', (theme) => {
  it('shows every claim of the demo as seen; make it anew by: node scripts/record.ts', () => {
    const svg = read(`docs/demo-${theme}.svg`);
    const [, claims = ''] = /^const claims = \{\n([\s\S]*?)^\};/m.exec(read('scripts/demo.ts')) ?? [];
    const texts = [...claims.matchAll(/: (['"])(.*)\1,$/gm)].map(([, , text = '']) => text);
    expect(texts.length).toBeGreaterThan(10);
    const shown = svg.replaceAll(/<[^>]+>/g, '');
    expect(texts.filter((text) => !shown.includes(`✓ ${text} `))).toEqual([]);
    expect(shown).toContain(`${texts.length} of ${texts.length} claims seen`);
    expect(shown).toContain('Next, for a database of yours');
  });

  it('loads nothing', () => {
    expect(read(`docs/demo-${theme}.svg`)).not.toMatch(/<script|href|url\(|@import|<image/);
  });
});
