/**
 * Finds the texts that a user can meet in a source file: the problem of each `UserError`, whether made directly or by a
 * function of the file that returns one, and the reasons of revocations.
 */
export interface ErrorText {
  /** with `…` for each part that is put in at run time */
  readonly text: string;
  /** matches the text with anything in those places */
  readonly pattern: RegExp;
}

/** Stands for a `${…}` of a template. */
const hole = '\0';

export function errorTexts(source: string): ErrorText[] {
  // const wrong = (problem: string): UserError => …, or a parameter wrong: (problem: string) => UserError
  const makers = [...source.matchAll(/(\w+)(?: = |: )\([^()]*\)(?:: UserError =>| => UserError)/g)].map(
    ([, name]) => name,
  );
  const starts = new RegExp(`\\b(?:(?:new UserError|${['UserError', ...makers].join('|')})\\(|reason(?::| =) )`, 'g');
  return [...source.matchAll(starts)]
    .flatMap(({ index, 0: { length } }) => literals(source, index + length))
    .flatMap((words) => words.split('\n').find((line) => /[A-Za-z]{2}/.test(line)) ?? [])
    .map((text) => text.replaceAll(/\0(?:\W?\0)+/g, hole)) // host:port is one thing to a reader
    .map((text) => ({
      text: text.replaceAll(hole, '…'),
      pattern: new RegExp(text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`).replaceAll(hole, '.+')),
    }));
}

/** The string literals of one expression, up to the comma or the bracket that ends it. */
function literals(source: string, start: number): string[] {
  const found: string[] = [];
  let depth = 0;
  for (let i = start; i < source.length; i += 1) {
    const character = source[i] ?? '';
    if (/['"`]/.test(character)) {
      const [text, end] = literal(source, i);
      found.push(text);
      i = end;
    } else if (/[([{]/.test(character)) depth += 1;
    else if (/[)\]}]/.test(character)) depth -= 1;
    if (depth < 0 || (depth === 0 && /[,;]/.test(character))) break;
  }
  return found;
}

/** @returns the literal's text, and where its closing quote stands */
function literal(source: string, start: number): [text: string, end: number] {
  const quote = source[start];
  let text = '';
  let i = start + 1;
  for (; source[i] !== quote; i += 1) {
    if (i >= source.length) throw new Error(`a literal without an end: ${source.slice(start, start + 40)}`);
    if (source[i] === '\\') {
      i += 1;
      text += source[i] === 'n' ? '\n' : (source[i] ?? '');
    } else if (quote === '`' && source.startsWith('${', i)) {
      i = holeEnd(source, i + 2);
      text += hole;
    } else text += source[i] ?? '';
  }
  return [text, i];
}

/** Where the `}` of a `${…}` stands. */
function holeEnd(source: string, start: number): number {
  let depth = 0;
  for (let i = start; i < source.length; i += 1) {
    const character = source[i] ?? '';
    if (/['"`]/.test(character)) i = literal(source, i)[1];
    else if (character === '{') depth += 1;
    else if (character === '}' && depth === 0) return i;
    else if (character === '}') depth -= 1;
  }
  throw new Error(`a template without an end: ${source.slice(start, start + 40)}`);
}
