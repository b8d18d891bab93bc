/** What an engine has to bring, beside its folder and its line in the registry. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { repository } from '../../scripts/release/repository.ts';
import type { EngineDeclaration } from '../../src/engines/engine.ts';
import { section } from './markdown.ts';
import { filesBelow, read, root } from './tree.ts';

/** @returns what it lacks, a sentence each */
export async function missing(engine: EngineDeclaration): Promise<string[]> {
  const { name, about } = engine;
  const contract = `test/contract/${name}.test.ts`;
  const example = `examples/${name}.yml`;
  const demands: [holds: boolean, sentence: string][] = [
    [/\bcontract\(/.test(text(contract)), `a contract test: ${contract} calls contract()`],
    [
      withImports(contract).some((path) => path.startsWith('test/services/')),
      `a service: what ${contract} tries is started by a file in test/services/`,
    ],
    [
      /\bsweepContract\(/.test(text(contract)) || text(`test/${name}/sweep.test.ts`) !== '',
      `a test of its sweep: ${contract} calls sweepContract(), or there is test/${name}/sweep.test.ts`,
    ],
    [
      !('rotateRoot' in (await engine.load())) || isInLayouts(name) || text(`test/rotate/${name}.test.ts`) !== '',
      `a test of its rotation: its ways to hold root are in test/rotate/layouts.ts, or there is test/rotate/${name}.test.ts`,
    ],
    [text(example).includes(`${repository()}/actions/${name}@`), `an example: ${example} uses actions/${name}`],
    [
      section(text('README.md'), 'How it works').includes(about.title),
      `its expiry class in the README: the table in "How it works" names ${about.title}`,
    ],
    ...pageDemands(name, about.title),
  ];
  return demands.flatMap(([holds, sentence]) => (holds ? [] : `The engine ${name} lacks ${sentence}.`));
}

function pageDemands(name: string, title: string): [holds: boolean, sentence: string][] {
  const path = `docs/${name}.md`;
  const page = text(path);
  if (page === '') return [[false, `a page: ${path}`]];
  const sections = ['Inputs', 'Outputs', 'Environment', 'Abilities', 'Troubleshooting'];
  return [
    [page.startsWith(`# ${title}\n`), `its title on its page: ${path} begins with "# ${title}"`],
    [page.includes(`${repository()}/actions/${name}@`), `a step to copy on its page: ${path} uses actions/${name}`],
    [/expiry class/i.test(page), `its expiry class on its page: ${path} says what ends by itself, and when`],
    [/^## .*\broot\b/im.test(page), `its root on its page: ${path} has a section on the least that root needs`],
    ...sections.map((each): [boolean, string] => [
      section(page, each) !== '',
      `a section on its page: ${path} has "## ${each}"`,
    ]),
  ];
}

/** Lower-case names of engines in src/ where they do not belong: only the registry and an engine's own folder know it. */
export function strayNames(engines: readonly EngineDeclaration[]): string[] {
  return filesBelow('src', '.ts')
    .filter((path) => path !== 'src/engines/registry.ts')
    .flatMap((path) => {
      const own = text(join(path.split('/').slice(0, 3).join('/'), 'declaration.ts'));
      const foreign = engines.filter(({ name }) => !own.includes(`name: '${name}'`));
      return foreign.flatMap(({ name }) => (new RegExp(`\\b${name}\\b`).test(read(path)) ? `${path}: ${name}` : []));
    });
}

/** Whether the tests that every rotation of a login goes through know the engine. */
function isInLayouts(name: string): boolean {
  const imports = text('test/rotate/layouts.ts').matchAll(/^import \{(.*)\} from '.*\/declaration\.ts';$/gm);
  return [...imports].some(([, names = '']) => names.split(',').some((each) => each.trim() === name));
}

/** A test and every file of ours that it is made of. */
function withImports(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path) || text(path) === '') return [];
  seen.add(path);
  for (const [, file = ''] of text(path).matchAll(/ from '(\.{1,2}\/.*)';$/gm))
    withImports(join(dirname(path), file), seen);
  return [...seen];
}

/** `''` when there is no such file */
function text(path: string): string {
  return existsSync(join(root, path)) ? read(path) : '';
}
