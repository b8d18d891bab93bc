/** The rooms of src/, and that dependencies between them point one way. */
import { expect, it } from 'vitest';
import { circles, imported, importsOf, type Imports } from './imports.ts';

/**
 * What each room may import, beside itself and packages. `engines` is the contract, `registry` who keeps it; `<engine>`
 * stands for the folder of each engine.
 */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  lease: [],
  failure: ['lease'],
  runner: ['lease'],
  http: ['lease', 'failure'],
  github: ['lease', 'failure', 'runner', 'http'],
  engines: ['lease'],
  'engines/login': ['lease', 'failure', 'engines'],
  'engines/gate': ['lease'],
  '<engine>': ['lease', 'failure', 'engines', 'engines/login', 'engines/gate', 'http'],
  registry: ['lease', 'engines', '<engine>'],
  sweep: ['lease', 'runner', 'github', 'engines'],
  actions: ['lease', 'failure', 'runner', 'github', 'engines', 'engines/login', 'registry', 'sweep'],
};

function roomOf(path: string): string {
  if (path === 'src/engines/registry.ts') return 'registry';
  return /^src\/(engines\/\w+(?=\/)|\w+)/.exec(path)?.[1] ?? path;
}

function isAllowed(from: string, to: string): boolean {
  if (from === to) return true;
  const kind = (room: string): string => (!(room in mayImport) && room.startsWith('engines/') ? '<engine>' : room);
  // No engine may import another one.
  if (kind(from) === '<engine>' && kind(to) === '<engine>') return false;
  return mayImport[kind(from)]?.includes(kind(to)) ?? false;
}

/** @returns imports that point the wrong way */
function wrongWay(imports: Imports): string[] {
  return [...imports].flatMap(([path, files]) =>
    files.filter((file) => !isAllowed(roomOf(path), roomOf(file))).map((file) => `${path} imports ${file}`),
  );
}

const imports = importsOf('src');

it('rooms import only what is below them', () => {
  expect(wrongWay(imports)).toEqual([]);
});

it('no file imports itself by way of others', () => {
  expect(circles(imports)).toEqual([]);
});

it('the contract and the registry stand alone beside the rooms of engines', () => {
  const loose = [...imports.keys()].filter((path) => /^src\/(?:engines\/)?[^/]+$/.test(path));
  expect(loose).toEqual(['src/engines/engine.ts', 'src/engines/registry.ts']);
});

it('an import that points the wrong way, and a circle of types or of import(), would be seen', () => {
  expect(
    wrongWay(
      new Map([
        ['src/lease/name.ts', ['src/failure/retry.ts']],
        ['src/engines/postgres/mint.ts', ['src/engines/aws/inputs.ts', 'src/engines/registry.ts', 'src/lease/name.ts']],
        ['src/engines/engine.ts', ['src/engines/registry.ts']],
        ['src/github/jobs.ts', ['src/sweep/due.ts']],
      ]),
    ),
  ).toEqual([
    'src/lease/name.ts imports src/failure/retry.ts',
    'src/engines/postgres/mint.ts imports src/engines/aws/inputs.ts',
    'src/engines/postgres/mint.ts imports src/engines/registry.ts',
    'src/engines/engine.ts imports src/engines/registry.ts',
    'src/github/jobs.ts imports src/sweep/due.ts',
  ]);
  const files = {
    'src/a/lazy.ts': "export const load = async () => (await import('./loaded.ts')).b;",
    'src/a/loaded.ts': "import './types.ts';",
    'src/a/types.ts': "export type {\n  B,\n} from '../b.ts';",
    'src/b.ts': "import type { A } from './a/lazy.ts';",
    'src/apart.ts': "import pg from 'pg';\nimport { b } from './b.ts';",
  };
  const circular = new Map(Object.entries(files).map(([path, text]) => [path, imported(path, text)]));
  expect(circles(circular)).toEqual([['src/a/lazy.ts', 'src/a/loaded.ts', 'src/a/types.ts', 'src/b.ts']]);
});
