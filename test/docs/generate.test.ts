/** What scripts/generate.ts makes of the declarations, and that `--check` sees what somebody has changed by hand. */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actions } from '../../scripts/generate/actions.ts';
import { merged } from '../../scripts/generate/merge.ts';
import { fill } from '../../scripts/generate/regions.ts';
import { mintInputs } from '../../src/actions/inputs.ts';
import { rotateRootInputs } from '../../src/actions/rotate-root-inputs.ts';
import { sweepInputs } from '../../src/actions/sweep-inputs.ts';
import { engines } from '../../src/engines/registry.ts';
import type { InputTable } from '../../src/lease/inputs.ts';
import { asMap, parseFile } from '../runner/template.ts';
import { read, root } from './tree.ts';

describe('inputs and outputs of several engines', () => {
  const port = { description: 'Its port.', type: 'integer', default: '1' } as const;

  it('are told once where the engines agree', () => {
    const told = merged(
      new Map([
        ['a', { port }],
        ['b', { host: { description: 'Its host.' }, port }],
      ]),
    );
    expect(told).toEqual({ port, host: { description: 'Its host.' } });
  });

  it('are told in the words of each where they differ, and keep only what all agree on', () => {
    const told = merged(
      new Map([
        ['a', { port: { ...port, required: true } }],
        ['b', { port: { ...port, default: '2', description: 'Another.' } }],
        ['c', { port }],
      ]),
    );
    expect(told).toEqual({ port: { description: 'a, c: Its port. b: Another.', type: 'integer' } });
  });
});

function begin(name: string): string {
  return `<!-- begin: ${name}, written by npm run build -->`;
}

describe('a marked region', () => {
  it('gets its text, indented as it is, and all around it stays', () => {
    const text = `a\n  # begin: one, by hand\n  old\n  # end: one\nb\n${begin('two')}\n<!-- end: two -->\n`;
    const filled = fill(text, { one: 'x: $&\n  y: 1\n', two: '| $1 |\n' }, expect.unreachable);
    expect(filled).toBe(
      `a\n  # begin: one, by hand\n  x: $&\n    y: 1\n  # end: one\nb\n${begin('two')}\n| $1 |\n<!-- end: two -->\n`,
    );
    expect(fill(filled, { one: 'x: $&\n  y: 1\n', two: '| $1 |\n' }, expect.unreachable)).toBe(filled);
  });

  it.each([
    ['is missing', 'prose\n'],
    ['has no end', `${begin('one')}\n`],
    ['is there twice', `${begin('one')}\n<!-- end: one -->\n`.repeat(2)],
  ])('that %s is named', (_, text) => {
    const problems: string[] = [];
    fill(text, { one: '' }, (problem) => problems.push(problem));
    expect(problems.join('')).toMatch(/^has [02] places for its one: it needs one between "<!-- begin: one,/);
  });
});

describe.each(actions)('$name', ({ directory, inputs }) => {
  it('has an action.yml that GitHub takes', () => {
    const path = join(directory, 'action.yml');
    expect(Object.keys(asMap(parseFile('action', path, read(path))['inputs']))).toEqual(Object.keys(inputs));
  });
});

it('every default is one that the code takes, and what is required has none', () => {
  const ofEngines = engines.map((each): InputTable => ({ root: each.root, ...each.inputs }));
  for (const table of [...ofEngines, mintInputs, sweepInputs, rotateRootInputs] satisfies InputTable[]) {
    for (const [name, input] of Object.entries(table)) {
      if (input.required === true) expect(input.default).toBeUndefined();
      else expect(() => input.parse(input.default ?? '', name)).not.toThrow();
    }
  }
});

describe.each(['sweep', 'rotate-root'])('the reusable workflow %s', (name) => {
  it('uses every input and every secret that it takes', () => {
    const path = `.github/workflows/${name}.yml`;
    const text = read(path);
    const call = asMap(asMap(parseFile('workflow', path, text)['on'])['workflow_call']);
    for (const kind of ['inputs', 'secrets']) {
      const names = Object.keys(asMap(call[kind]));
      expect(names).not.toEqual([]);
      expect(names.filter((each) => !new RegExp(`\\$\\{\\{.*\\b${kind}\\.${each}(?![\\w-])`).test(text))).toEqual([]);
    }
  });
});

/** A copy of what the generator reads and writes. */
function checkout(): Disposable & { path(...names: string[]): string; generate(...args: string[]): Run } {
  const directory = mkdtempSync(join(tmpdir(), 'joblease-generate-'));
  const all = ['.github', '.prettierrc.json', 'README.md', 'action-types.yml', 'action.yml', 'actions', 'docs'];
  for (const name of [...all, 'examples', 'package.json', 'scripts', 'src']) {
    cpSync(join(root, name), join(directory, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  return {
    path: (...names) => join(directory, ...names),
    generate: (...args) =>
      spawnSync(process.execPath, [join(directory, 'scripts', 'generate.ts'), ...args], { encoding: 'utf8' }),
    [Symbol.dispose]() {
      rmSync(directory, { recursive: true });
    },
  };
}

interface Run {
  readonly status: number | null;
  readonly stderr: string;
}

describe('scripts/generate.ts', () => {
  it('names each file that is not what the declarations give, and what to run; running it mends them', () => {
    using copy = checkout();
    expect(copy.generate('--check')).toMatchObject({ status: 0, stderr: '' });

    const changed = ['actions/aws/action.yml', 'actions/sweep/action-types.yml', 'docs/mysql.md'];
    changed.push('.github/workflows/sweep.yml', 'README.md');
    for (const path of changed) {
      const text = readFileSync(copy.path(path), 'utf8');
      writeFileSync(copy.path(path), text.replaceAll(/iam-endpoint|MYSQL_PWD|MariaDB 10/g, 'x'));
    }
    rmSync(copy.path('actions', 'mariadb', 'action.yml'));
    const { status, stderr } = copy.generate('--check');
    expect(status).toBe(1);
    expect(stderr.trim().split('\n').toSorted()).toEqual(
      [...changed, 'actions/mariadb/action.yml']
        .map((path) => `${path} is not what the declarations in src/ give; run: npm run build`)
        .toSorted(),
    );
    expect(existsSync(copy.path('actions', 'mariadb', 'action.yml'))).toBe(false);

    expect(copy.generate()).toMatchObject({ status: 0, stderr: '' });
    for (const path of [...changed, 'actions/mariadb/action.yml']) {
      expect(readFileSync(copy.path(path), 'utf8')).toBe(read(path));
    }
  });

  it('gives a new engine its action and its place in all others, and asks for its page', () => {
    using copy = checkout();
    mkdirSync(copy.path('src', 'engines', 'stub'));
    writeFileSync(
      copy.path('src', 'engines', 'stub', 'declaration.ts'),
      `import { postgres } from '../postgres/declaration.ts';
       import { text } from '../../lease/inputs.ts';
       export const stub = {
         ...postgres,
         name: 'stub',
         about: { ...postgres.about, title: 'Stub', versions: 'Stub 1' },
         inputs: { colour: text('Its colour.', 'red') },
         inputsOf: { sweep: ['colour'], 'rotate-root': [] },
         overlap: '2d',
       };`,
    );
    const registry = readFileSync(copy.path('src', 'engines', 'registry.ts'), 'utf8');
    writeFileSync(
      copy.path('src', 'engines', 'registry.ts'),
      `import { stub } from './stub/declaration.ts';\n${registry.replace('EngineDeclaration[] = [', '$&stub, ')}`,
    );
    const { status, stderr } = copy.generate();
    expect({ status, stderr }).toMatchObject({ status: 1, stderr: 'docs/stub.md is missing\n' });
    const text = (...names: string[]): string => readFileSync(copy.path(...names), 'utf8');
    expect(text('actions', 'stub', 'action.yml')).toContain("description: 'Its colour.'\n    default: 'red'");
    expect(text('actions', 'stub', 'action-types.yml')).toContain('colour:\n    type: string');
    expect(text('action.yml')).toContain('  colour:');
    expect(text('actions', 'sweep', 'action.yml')).toContain('What to sweep: stub, postgres');
    expect(text('actions', 'rotate-root', 'action.yml')).not.toContain('colour');
    expect(text('actions', 'rotate-root', 'action.yml')).toContain('Default: 2d for stub, 35d for aws, 7d otherwise.');
    expect(text('.github', 'workflows', 'sweep.yml')).toContain('colour: ${{ inputs.colour }}');
    expect(text('docs', 'sweep.md')).toContain('| `colour` | `red` | Its colour. |');
    expect(text('README.md')).toContain('| Stub 1 | [`actions/stub`](docs/stub.md) |');
  });
});
