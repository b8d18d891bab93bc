/** A terminal session as an SVG that plays by itself, in CSS: no script, no font, nothing to load. */

import { stripVTControlCharacters } from 'node:util';

export interface Line {
  /** with ANSI colours */
  readonly text: string;
  /** when it was printed, milliseconds from the start */
  readonly at: number;
}

export type Theme = keyof typeof themes;

/** Colours of GitHub's own pages, on which these pictures stand. */
const themes = {
  light: { back: '#ffffff', edge: '#d1d9e0', text: '#1f2328', red: '#cf222e', green: '#1a7f37', cyan: '#0969da' },
  dark: { back: '#0d1117', edge: '#3d444d', text: '#f0f6fc', red: '#ff7b72', green: '#3fb950', cyan: '#58a6ff' },
};

const columns = 100;
const rows = 32;
const lineHeight = 18;
/** of one character at 13 px, in the fonts named below */
const charWidth = 7.83;
const margin = 16;

/** Nobody waits longer for a line than this, and nobody reads faster than that. Milliseconds. */
const longestWait = 1500;
const shortestWait = 60;
/** How long the end stays before it begins again. Milliseconds. */
const rest = 10_000;

/** What the classes of a text are, by the SGR code that turns them on, and by the one that turns them off. */
const styles: Readonly<Record<string, string>> = { 1: 'bold', 2: 'dim', 31: 'red', 32: 'green', 36: 'cyan' };
const ends: Readonly<Record<string, readonly string[]>> = { 22: ['bold', 'dim'], 39: ['red', 'green', 'cyan'] };

/** @throws Error for a colour that it does not know, or a line that is too long @param title what the picture shows, for who cannot see it */
export function terminal(lines: readonly Line[], theme: Theme, title: string): string {
  const tooLong = lines.find(({ text }) => stripVTControlCharacters(text).length > columns);
  if (tooLong !== undefined) throw new Error(`longer than ${columns} characters: ${tooLong.text}`);
  const colours = themes[theme];
  const times = paced(lines);
  const duration = (times.at(-1) ?? 0) + rest;
  const width = Math.round(columns * charWidth + 2 * margin);
  const height = rows * lineHeight + 2 * margin;
  // The session begins at the bottom and moves up a line at a time, so what is not printed yet is below the edge.
  const shift = (printed: number): string => `transform:translateY(${(rows - printed) * lineHeight}px)`;
  const frames = times.map((time, i) => `${((time / duration) * 100).toFixed(2)}%{${shift(i + 1)}}`);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    '<style>',
    `text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:${colours.text};white-space:pre}`,
    '.bold{font-weight:600}.dim{fill-opacity:.65}',
    `.red{fill:${colours.red}}.green{fill:${colours.green}}.cyan{fill:${colours.cyan}}`,
    `#session{${shift(lines.length)};animation:play ${(duration / 1000).toFixed(1)}s step-end infinite}`,
    `@keyframes play{0%{${shift(0)}}${frames.join('')}}`,
    '@media (prefers-reduced-motion:reduce){#session{animation:none}}',
    '</style>',
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="6" fill="${colours.back}" stroke="${colours.edge}"/>`,
    `<svg x="${margin}" y="${margin}" width="${width - 2 * margin}" height="${rows * lineHeight}"><g id="session" xml:space="preserve">`,
    ...lines.map(({ text }, i) => `<text y="${i * lineHeight + 13}">${spans(text)}</text>`),
    '</g></svg>',
    '</svg>',
    '',
  ].join('\n');
}

/** When each line is shown, milliseconds: as it was, without the waits that only a machine needs. */
export function paced(lines: readonly Line[]): number[] {
  const times: number[] = [];
  for (const [i, { at }] of lines.entries()) {
    const waited = at - (lines[i - 1]?.at ?? 0);
    times.push((times.at(-1) ?? 0) + Math.min(Math.max(waited, shortestWait), longestWait));
  }
  return times;
}

function spans(text: string): string {
  const on = new Set<string>();
  let made = '';
  // What begins with an escape has its codes in front, up to an "m".
  for (const [i, part] of text.split('\u001B[').entries()) {
    const codes = i === 0 ? '' : part.slice(0, part.indexOf('m'));
    for (const code of codes === '' ? [] : codes.split(';')) switchStyle(code, on);
    const words = i === 0 ? part : part.slice(codes.length + 1);
    const classes = [...on].join(' ');
    if (words !== '') made += classes === '' ? escaped(words) : `<tspan class="${classes}">${escaped(words)}</tspan>`;
  }
  return made;
}

function switchStyle(code: string, on: Set<string>): void {
  const style = styles[code];
  const ended = ends[code];
  if (style !== undefined) on.add(style);
  else if (ended === undefined) throw new Error(`no colour is known for the code ${code}`);
  else for (const each of ended) on.delete(each);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
