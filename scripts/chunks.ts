/**
 * Names for what ncc numbers. Chunks get them, and every module in one says which file it was: a reader finds it, and so does
 * the test that no driver lands where it does not belong.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { missingFiles, refusal } from './left-out.ts';

/** Of webpack, which ncc is made of. */
export interface WebpackStats {
  toJson(options: Readonly<Record<string, unknown>>): { readonly chunks: readonly WebpackChunk[] };
}

interface WebpackChunk {
  readonly id: number;
  readonly files: readonly string[];
  readonly modules: readonly WebpackModule[];
}

interface WebpackModule {
  readonly id: number | null;
  /** its path, or, for several that became one, `<path of the first> + 4 modules` */
  readonly name: string;
  /** those that became one */
  readonly modules?: readonly WebpackModule[];
  /** who imports it, and how */
  readonly reasons: readonly { readonly type: string; readonly userRequest: string }[];
}

export interface Chunk extends WebpackChunk {
  readonly name: string;
  /** of all that is in it */
  readonly paths: readonly string[];
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { dev?: boolean; dependencies?: Record<string, string> }>;
};
/** The folders of the packages in `dependencies` and of all that they depend on. */
export const shipped = Object.keys(lock.packages).filter((path) => path !== '' && lock.packages[path]?.dev !== true);
const direct = Object.keys(lock.packages['']?.dependencies ?? {});

/** What a package loads if it is installed. It would come from a folder around the checkout, or from NODE_PATH. */
const neverLoaded = new Set(['pg-native', 'cardinal']);

/** The one file of what stands in for a package. */
export const standInFile = 'left-out.js';

/** @throws when a package is in them that should not be, or one that should is not */
export function describeChunks(stats: WebpackStats): Chunk[] {
  const wanted = ['ids', 'chunks', 'chunkModules', 'dependentModules', 'runtimeModules', 'nestedModules', 'reasons'];
  const spaces = ['chunkModulesSpace', 'nestedModulesSpace', 'reasonsSpace'];
  const { chunks } = stats.toJson({
    all: false,
    ...Object.fromEntries(wanted.map((name) => [name, true])),
    ...Object.fromEntries(spaces.map((name) => [name, Infinity])),
  });
  const described: Chunk[] = [];
  for (const chunk of chunks.toSorted((a, b) => a.id - b.id)) {
    const paths = chunk.modules.flatMap((module) => [module, ...(module.modules ?? [])]).map(pathOf);
    const base = nameOf(chunk, paths);
    const same = described.filter(({ name }) => name.replace(/\.\d+$/, '') === base).length;
    described.push({ ...chunk, paths, name: same === 0 ? base : `${base}.${same + 1}` });
  }
  for (const path of described.flatMap(({ paths }) => paths)) refuseUnlisted(path);
  return described;
}

/** The folders of the packages that are in chunks. */
export function packagesIn(chunks: readonly Chunk[]): string[] {
  const folders = chunks.flatMap(({ paths }) => paths.flatMap((path) => packageOf(path) ?? []));
  return [...new Set(folders)].toSorted();
}

/**
 * A file of ncc's as it is in dist/: with names of chunks instead of their numbers, of modules beside theirs, and with no
 * way to load a file by `require`, which looks around the checkout and in NODE_PATH.
 */
export function finished(text: string, chunks: readonly Chunk[]): string {
  return selfContained(readable(text, chunks));
}

function readable(text: string, chunks: readonly Chunk[]): string {
  const names = new Map(chunks.map(({ id, name }) => [String(id), JSON.stringify(name)]));
  const modules = new Map(
    chunks.flatMap((chunk) => chunk.modules.map((module) => [String(module.id), pathOf(module)])),
  );
  const named = (id: string): string => names.get(id) ?? id;
  return text
    .replaceAll(/^(\/\*\*\*\/ (\d+):)$/gm, (_, head: string, id: string) => `${head} // ${modules.get(id) ?? ''}`)
    .replaceAll(
      /^(;?\/\/ (?:CONCATENATED|EXTERNAL) MODULE: )(.*)$/gm,
      (_, head: string, name: string) => head + pathOf({ name }),
    )
    .replaceAll(/(?<=_require__\.e\((?:\/\* import\(\) \*\/ )?)\d+(?=\))/g, named)
    .replace(/(?<=^export const id = )\d+(?=;$)/m, named)
    .replace(/(?<=^export const ids = \[)[\d,]+(?=\];$)/m, (ids) => ids.split(',').map(named).join(', '))
    .replace(/(?<=var installedChunks = \{[\s/*]*)\d+(?=: 0)/, named)
    .replace('"" + chunkId + ".index.js"', 'chunkId + ".js"');
}

function selfContained(text: string): string {
  return text
    .replace('import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";\n', '')
    .replaceAll('__WEBPACK_EXTERNAL_createRequire(import.meta.url)(', 'process.getBuiltinModule(')
    .replaceAll(/^module\.exports = eval\("require"\)\("([^"]+)"\);$/gm, (_, name: string) => refusal(name));
}

/** @throws where something is imported that is not installed, or not what `npm audit --omit=dev` looks at */
function refuseUnlisted(path: string): void {
  const [, missing] = /^not installed: (.*)$/.exec(path) ?? [];
  const isLeftOut = missingFiles.some((file) => missing !== undefined && file.endsWith(missing.replace(/^\./, '')));
  if (missing !== undefined && !isLeftOut && !neverLoaded.has(missing)) {
    throw new Error(`${missing} is imported and not installed. If that is meant, add it to "neverLoaded".`);
  }
  const folder = packageOf(path);
  if (path.startsWith('../'))
    throw new Error(`${path} is outside of the repository: no build elsewhere would be the same`);
  if (folder !== undefined && !shipped.includes(folder)) throw new Error(`${folder} is not in "dependencies"`);
}

/** After what imports it by `import()`; where several chunks share it, after what is in it. */
function nameOf({ files, modules }: WebpackChunk, paths: readonly string[]): string {
  if (files.includes('index.js')) return 'index';
  for (const module of modules) {
    const request = module.reasons.find(({ type }) => type === 'import()')?.userRequest;
    if (request === undefined) continue;
    const path = pathOf(module).replace(/\.\w+(?: \+ \d+ modules)?$/, '');
    if (path.startsWith('src/'))
      return slug(path.replace(/^src\/(?:(?:actions|engines)\/)?/, '').replace(/\/engine$/, ''));
    return slug(request.startsWith('.') ? path.replace(/^node_modules\//, '') : request);
  }
  const driver = direct.find((name) => paths.some((path) => path.startsWith(`node_modules/${name}/`)));
  if (driver !== undefined) return slug(driver);
  const [engine, ...others] = new Set(paths.map((path) => /^src\/engines\/(\w+)\//.exec(path)?.[1]));
  return engine !== undefined && others.length === 0 ? `${engine}-shared` : 'shared';
}

function slug(name: string): string {
  return name.replace(/^@/, '').replaceAll(/[^\w-]+/g, '-');
}

/** Where a module is, from the root of the repository: `src/lease/name.js`, `node_modules/pg/lib/client.js`. */
function pathOf({ name }: Pick<WebpackModule, 'name'>): string {
  return name
    .replace(/^(?:\.\/|\.\.\/\.\.\/)/, '')
    .replace(/^.*@@notfound\.js\?/, 'not installed: ')
    .replace(new RegExp(`^.*node_modules/(.+)/${standInFile}`), 'left out: $1');
}

/** The folder of the package that a file is in. */
function packageOf(path: string): string | undefined {
  return /^(?:\S*\/)?node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0];
}
