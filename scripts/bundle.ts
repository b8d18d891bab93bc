/**
 * Makes TypeScript entry points and all that they import into files that need nothing else, with `@vercel/ncc`: so dist/ is
 * built, and the yardsticks of the bench, which would be no match otherwise.
 *
 * ncc builds once for all entry points: what they share is there once, and what is imported by `import()` is a file of its
 * own, a chunk.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { describeChunks, finished, packagesIn, shipped, standInFile, type WebpackStats } from './chunks.ts';
import { missingFiles, standIns } from './left-out.ts';

const root = join(import.meta.dirname, '..');

/**
 * Writes a file for each entry point into a folder, and what they load into `chunks/` there.
 *
 * @param entries TypeScript files from the root of the repository, by the name of what is written
 * @returns the packages that are in it, by folder
 */
export async function bundle(entries: Readonly<Record<string, string>>, target: string): Promise<string[]> {
  const source = makeSource(entries);
  const before = process.cwd();
  try {
    process.chdir(source); // paths in the output, and the ids that are made from them, are relative to it
    const { code, assets, stats } = await ncc(join(source, 'index.js'), {
      cache: false,
      quiet: true,
      target: 'es2024',
      // The AWS SDK is CommonJS by "main", of which nothing could be left out.
      mainFields: ['module', 'main'],
    });
    const chunks = describeChunks(stats);
    const { 'package.json': modules, ...others } = assets;
    const files: NccOutput['assets'] = { ...others, 'index.js': { source: code } };
    for (const [file, asset] of Object.entries(files)) {
      const chunk = chunks.find((candidate) => candidate.files.includes(file));
      if (chunk === undefined) throw new Error(`a package wants a file beside it, which nothing here expects: ${file}`);
      write(join(target, 'chunks', `${chunk.name}.js`), finished(String(asset.source), chunks));
    }
    write(join(target, 'package.json'), String(modules?.source)); // says that these are ES modules
    for (const name of Object.keys(entries)) {
      write(join(target, `${name}.js`), `import { run } from './chunks/index.js';\n\nawait run['${name}']();\n`);
    }
    return packagesIn(chunks);
  } finally {
    process.chdir(before);
    rmSync(source, { recursive: true });
  }
}

/** JavaScript for ncc, two levels below the root of the repository: packages are found, by the same paths in every checkout. */
function makeSource(entries: Readonly<Record<string, string>>): string {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const source = mkdtempSync(join(root, '.cache', 'bundle-'));
  emitJavaScript(Object.values(entries), source);
  copyPackages(source);
  write(join(source, 'index.js'), dispatcher(entries));
  write(join(source, 'package.json'), '{ "type": "module" }');
  write(join(source, 'tsconfig.json'), '{}'); // ncc looks for one
  return source;
}

/** By TypeScript itself, because ncc's own way needs an older one. Types are checked elsewhere. */
function emitJavaScript(files: readonly string[], directory: string): void {
  const options = {
    module: 'nodenext',
    target: 'esnext',
    types: 'node',
    newLine: 'lf',
    rootDir: root,
    outDir: directory,
  };
  const switches = ['ignoreConfig', 'noCheck', 'verbatimModuleSyntax', 'rewriteRelativeImportExtensions'];
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, ...given, ...switches.map((name) => `--${name}`), ...files], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/**
 * Puts copies of the packages where they are found first, with three differences. They change nothing in how a package works:
 *
 * - What {@link standIns} and {@link missingFiles} name is not there.
 * - GitHub's say what they do not say themselves: that to import them does nothing else, so what is not used can be left out.
 *   As a whole, @actions/core brings an HTTP client whose loading alone more than doubles the start-up of every step.
 * - Those that are there as CommonJS and as ES modules are taken as the latter, of which parts can be left out.
 */
function copyPackages(directory: string): void {
  for (const path of shipped) {
    const name = path.replace(/^.*node_modules\//, '');
    const [from, to] = [join(root, path), join(directory, path)];
    const standIn = standIns[name];
    if (standIn !== undefined) {
      const type = /^export /m.test(standIn) ? 'module' : 'commonjs';
      write(join(to, 'package.json'), JSON.stringify({ name, type, main: `./${standInFile}`, sideEffects: false }));
      write(join(to, standInFile), standIn);
      continue;
    }
    if (!existsSync(from)) continue; // for another system
    cpSync(from, to, { recursive: true, filter: isCode });
    const file = join(to, 'package.json');
    const { exports, ...description } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    if (name.startsWith('@actions/')) description['sideEffects'] = false;
    writeFileSync(file, JSON.stringify({ ...description, exports: withoutNodes(exports) }));
  }
  for (const file of missingFiles) rmSync(join(directory, 'node_modules', file));
}

function isCode(path: string): boolean {
  return !/\.(?:d\.[cm]?ts|map)$|\/dist-types(?:\/|$)/.test(path);
}

/** The `exports` of a package: where "node" says CommonJS and "import" ES modules, without the first. */
function withoutNodes(exports: unknown): unknown {
  if (typeof exports !== 'object' || exports === null || Array.isArray(exports)) return exports;
  const entries = Object.entries(exports).filter(([key]) => key !== 'node' || !('import' in exports));
  return Object.fromEntries(entries.map(([key, value]) => [key, withoutNodes(value)]));
}

/** What all entry points share: each is loaded by its name. */
function dispatcher(entries: Readonly<Record<string, string>>): string {
  const imports = Object.entries(entries).map(
    ([name, path]) => `  '${name}': () => import('./${path.replace(/\.ts$/, '.js')}'),\n`,
  );
  return `export const run = {\n${imports.join('')}};\n`;
}

interface NccOutput {
  /** index.js */
  readonly code: string;
  /** the other files */
  readonly assets: Readonly<Record<string, { readonly source: string | Buffer }>>;
  readonly stats: WebpackStats;
}

async function ncc(entry: string, options: Readonly<Record<string, unknown>>): Promise<NccOutput> {
  // It has no types, and is CommonJS.
  const build = createRequire(import.meta.url)('@vercel/ncc') as (...args: unknown[]) => Promise<NccOutput>;
  return await build(entry, options);
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
