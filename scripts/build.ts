/**
 * Bundles the entry points in src/actions/ into dist/, which is committed and is what runs on GitHub: `npm run build`.
 * With `--check` nothing is written; it fails when dist/ is not what the sources give.
 *
 * The output depends on nothing but the sources and the lock file, so anybody can rebuild it byte for byte. It is not
 * minified: whoever trusts it with a root credential shall be able to read it.
 */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { bundle } from './bundle.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

/** By the names that the `runs:` of an action.yml has. */
const entries = {
  main: 'src/actions/main.ts',
  post: 'src/actions/post.ts',
  sweep: 'src/actions/sweep.ts',
  'rotate-root': 'src/actions/rotate-root.ts',
};

const fresh = mkdtempSync(join(tmpdir(), 'joblease-dist-'));
try {
  const packages = await bundle(entries, fresh);
  writeFileSync(join(fresh, 'LICENSES.txt'), licenses(packages));
  if (process.argv.includes('--check')) check();
  else replace();
} finally {
  rmSync(fresh, { recursive: true });
}

function replace(): void {
  rmSync(dist, { recursive: true, force: true });
  cpSync(fresh, dist, { recursive: true });
}

/** The licences of the packages that are in the bundle, as those ask for. @param packages their folders */
function licenses(packages: readonly string[]): string {
  const texts = packages.map((path) => {
    const directory = join(root, path);
    const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
      license?: string;
    };
    const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? '' : readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim();
    return `${name} ${version} (${license ?? 'see text'})\n\n${text}\n`;
  });
  return texts.join('\n----\n\n');
}

function check(): void {
  const [expected, actual] = [contents(fresh), contents(dist)];
  const differing = [...new Set([...expected.keys(), ...actual.keys()])].filter(
    (name) => expected.get(name) !== actual.get(name),
  );
  if (differing.length === 0) return;
  console.error(`dist/ is not what the sources give; run: npm run build\n  ${differing.join('\n  ')}`);
  process.exitCode = 1;
}

function contents(dir: string): Map<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name));
  return new Map(paths.map((path) => [relative(dir, path), readFileSync(path, 'utf8')]));
}
