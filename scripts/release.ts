/**
 * `npm run release -- 1.2.3`: makes the two commits and the tag of a release, here, and says how to push them. The first
 * commit is what is released: the version and the changelog. The second pins it in docs and examples, because no commit can
 * name itself. Nothing leaves this machine.
 *
 * It starts from a clean `main` on which all tests pass. With `--dry-run` it does the same in a copy, shows it, and
 * throws it away.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { notesOf, released } from './release/changelog.ts';
import { lastReleaseFile, nobody, repository, type Release } from './release/repository.ts';
import { compareVersions, isVersion, versionForm } from './release/version.ts';

const root = join(import.meta.dirname, '..');

/** What keeps a release from being made, with what to do. */
class Refusal extends Error {}

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { 'dry-run': { type: 'boolean' } } });
  const [version = ''] = positionals;
  checkVersion(version);
  checkTree(version);
  checkTests();
  if (values['dry-run'] === true) tryOut(version);
  else announce(prepare(version, root));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`No release: ${error.message}`);
  process.exitCode = 1;
}

function checkVersion(version: string): void {
  if (!isVersion(version)) throw new Refusal(`"${version}" is no version; write one ${versionForm}.`);
  const earlier = git('tag', '--list', 'v*.*.*')
    .split('\n')
    .map((tag) => tag.slice(1))
    .filter((each) => isVersion(each) && compareVersions(each, version) >= 0);
  if (earlier.length > 0) throw new Refusal(`${version} does not come after ${earlier.join(', ')}, which has a tag.`);
}

function checkTree(version: string): void {
  const slug = repository();
  if (slug.startsWith(`${nobody}/`)) {
    throw new Refusal(`the docs name ${slug}. Say where the repository is: npm run rename -- owner/name; then commit.`);
  }
  const branch = git('rev-parse', '--abbrev-ref', 'HEAD');
  if (branch !== 'main') throw new Refusal(`this is the branch ${branch}; a release is made on main.`);
  checkClean('');
  if (notesOf(read('CHANGELOG.md'), 'Unreleased') === '') {
    throw new Refusal('CHANGELOG.md says nothing below "## Unreleased"; that becomes the notes.');
  }
  if (notesOf(read('CHANGELOG.md'), version) !== '')
    throw new Refusal(`CHANGELOG.md has a section ${version} already.`);
}

function checkClean(since: string): void {
  const changes = git('status', '--porcelain');
  if (changes !== '') throw new Refusal(`there are changes that are not committed${since}:\n${changes}`);
}

/** All of them, with what is generated and dist/ held against the sources. What this machine lacks, release.yml tests. */
function checkTests(): void {
  const { status } = spawnSync('npm', ['test'], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Refusal('npm test has failed. Nothing was changed.');
  checkClean(' since npm test');
}

/** @returns the release, committed and tagged */
function prepare(version: string, directory: string): Release {
  const at = (path: string): string => join(directory, path);
  const run = (...args: string[]): string => git('-C', directory, ...args);
  for (const path of ['package.json', 'package-lock.json']) setVersion(at(path), version);
  const changelog = readFileSync(at('CHANGELOG.md'), 'utf8');
  writeFileSync(at('CHANGELOG.md'), released(changelog, version, new Date().toISOString().slice(0, 10)));
  run('commit', '--quiet', '--all', '--message', `Release ${version}`);
  run('tag', '--annotate', '--message', `Release ${version}`, `v${version}`);

  const release = { version, commit: run('rev-parse', 'HEAD') };
  writeFileSync(at(lastReleaseFile), `${JSON.stringify(release, null, 2)}\n`);
  execFileSync(process.execPath, [at(join('scripts', 'generate.ts'))], { stdio: 'inherit' });
  run('add', lastReleaseFile);
  run('commit', '--quiet', '--all', '--message', `Docs: pin ${version}`);
  return release;
}

/** In package.json it stands once; in the lock file a second time, for the root package. */
function setVersion(file: string, version: string): void {
  const text = readFileSync(file, 'utf8');
  const before = (JSON.parse(text) as { version: string }).version;
  const times = file.endsWith('package-lock.json') ? 2 : 1;
  let seen = 0;
  const changed = text.replaceAll(`"version": "${before}"`, (found) =>
    ++seen > times ? found : `"version": "${version}"`,
  );
  writeFileSync(file, changed);
}

function tryOut(version: string): void {
  const home = mkdtempSync(join(tmpdir(), 'joblease-release-'));
  const copy = join(home, 'copy');
  try {
    git('clone', '--quiet', root, copy);
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    const { commit } = prepare(version, copy);
    console.log(`\nWould be released as ${commit}, with these notes:\n`);
    console.log(notesOf(readFileSync(join(copy, 'CHANGELOG.md'), 'utf8'), version));
    console.log(`\n${git('-C', copy, 'log', '--reverse', '--stat', '--format=%n%s', 'origin/main..HEAD')}`);
    console.log('\nThat was a dry run: nothing has changed here.');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function announce({ version, commit }: Release): void {
  console.log(
    [
      '',
      `Made: v${version} is ${commit}; the commit after it pins that in docs and examples. Look at both, then press:`,
      '',
      `  git push --atomic origin main v${version}`,
      '',
      'The tag starts .github/workflows/release.yml. Until then: git tag -d, git reset --hard HEAD~2.',
    ].join('\n'),
  );
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd();
}
