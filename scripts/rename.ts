/**
 * `npm run rename -- owner/name`: says where the repository is, in package.json and wherever else it stands: docs, examples,
 * the files that GitHub reads, tests.
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './release/repository.ts';

const root = join(import.meta.dirname, '..');

const [slug = ''] = process.argv.slice(2);
// As GitHub has them: 39 letters, digits and single hyphens; 100 letters, digits, "-", "_" and ".".
if (!/^[a-z\d](?:-?[a-z\d]){0,38}\/[\w.-]{1,100}$/i.test(slug) || slug.endsWith('.git')) {
  console.error(`"${slug}" is not a repository. Write: npm run rename -- owner/name`);
  process.exit(1);
}
const before = repository();
const changed = ownFiles().filter((path) => rename(path));
console.log(`${before} is now ${slug}, in ${changed.length} files. Look at them, run npm test, and commit.`);

/** What git knows or would add, from the root of the repository; not what is built, which names no repository. */
function ownFiles(): string[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { stdout, status } = spawnSync('git', list, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error('npm run rename needs git, and a clone');
  return stdout
    .split('\0')
    .filter((path) => path !== '' && !path.startsWith('dist/'))
    .filter((path) => lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true);
}

/** @returns whether the file was changed */
function rename(path: string): boolean {
  const bytes = readFileSync(join(root, path));
  if (bytes.includes(0)) return false; // not text
  const text = bytes.toString('utf8');
  let renamed = text.replaceAll(whole(before), slug);
  if (path === '.github/CODEOWNERS') renamed = renamed.replaceAll(whole(`@${ownerOf(before)}`), `@${ownerOf(slug)}`);
  if (renamed === text) return false;
  writeFileSync(join(root, path), renamed);
  return true;
}

/** A name that is not a part of a longer one. */
function whole(name: string): RegExp {
  return new RegExp(String.raw`(?<![\w.-])${name.replaceAll('.', String.raw`\.`)}(?![\w-])`, 'g');
}

function ownerOf(name: string): string {
  return name.split('/')[0] ?? '';
}
