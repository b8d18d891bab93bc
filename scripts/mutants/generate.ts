/**
 * `node scripts/mutants/generate.ts <file or directory> <how many>`: prints new entries for list.ts, made mechanically: a
 * condition negated or its limit moved, `&&` for `||`, `true` for `false`, a statement left out. Which, a hash of the code
 * decides, so that nobody picks those that are easy to see.
 */
import { createHash } from 'node:crypto';
import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'vitest/node';
import { apply } from './apply.ts';

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** A piece of the text, and what stands in its place. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly to: string;
  readonly around: Node;
}

const operators: Readonly<Record<string, string>> = {
  '&&': '||',
  '||': '&&',
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
};

const root = join(import.meta.dirname, '..', '..');
const [place = 'src', count = '10'] = process.argv.slice(2);
const files = statSync(join(root, place)).isFile() ? [place] : globSync(`${place}/**/*.ts`, { cwd: root });
const made = files.flatMap((file) => {
  const text = readFileSync(join(root, file), 'utf8');
  return editsOf(text).flatMap((edit) => mutantOf(text, edit));
});
const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const chosen = made.toSorted((a, b) => (hash(a.from + a.to) < hash(b.from + b.to) ? -1 : 1)).slice(0, Number(count));
for (const { from, to } of chosen)
  console.log(`  { room: '?', from: ${JSON.stringify(from)}, to: ${JSON.stringify(to)} },`);
console.error(`${chosen.length} of ${made.length}`);

function editsOf(text: string): Edit[] {
  const edits: Edit[] = [];
  const visit = (node: Node, around: Node): void => {
    edits.push(...editsAt(text, node).map((edit) => ({ ...edit, around })));
    for (const value of Object.values(node)) {
      for (const each of Array.isArray(value) ? value : [value]) {
        if (isNode(each) && !isType(each)) visit(each, node);
      }
    }
  };
  const program = parseAst(text, { lang: 'ts' }) as unknown as Node;
  visit(program, program);
  return edits;
}

function editsAt(text: string, node: Node): Omit<Edit, 'around'>[] {
  const part = (field: string): Node => node[field] as Node;
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression': {
      const { start, end } = part('test');
      return [{ start, end, to: `!(${text.slice(start, end)})` }];
    }
    case 'BinaryExpression':
    case 'LogicalExpression': {
      const operator = String(node['operator']);
      const start = text.indexOf(operator, part('left').end);
      const to = operators[operator];
      return to === undefined ? [] : [{ start, end: start + operator.length, to }];
    }
    case 'Literal':
      return typeof node['value'] === 'boolean'
        ? [{ start: node.start, end: node.end, to: String(!node['value']) }]
        : [];
    case 'ExpressionStatement':
      return [{ start: node.start, end: node.end, to: '' }];
    default:
      return [];
  }
}

/** With as much of its surroundings as makes it the only one of its kind in all of `src/`. */
function mutantOf(text: string, { start, end, to, around }: Edit): { from: string; to: string }[] {
  let first = text.lastIndexOf('\n', start) + 1;
  const last = /\n|$/g;
  last.lastIndex = end;
  const until = last.exec(text)?.index ?? end;
  const ranges = [[around.start, around.end]];
  for (let lines = 0; lines < 3; lines += 1) {
    ranges.push([first, until]);
    first = text.lastIndexOf('\n', first - 2) + 1;
  }
  for (const [from = 0, upTo = 0] of ranges) {
    const whole = text.slice(from, upTo);
    if (whole.length < 12 || whole.length > 400 || typeof apply({ from: whole, to: '' }, root) !== 'object') continue;
    return [{ from: whole, to: text.slice(from, start) + to + text.slice(end, upTo) }];
  }
  return [];
}

/** What is only there for the compiler. */
function isType({ type }: Node): boolean {
  return type.startsWith('TS') && !['TSAsExpression', 'TSNonNullExpression', 'TSSatisfiesExpression'].includes(type);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}
