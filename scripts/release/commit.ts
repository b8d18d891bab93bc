/**
 * `node scripts/release/commit.ts 1.2.3`: finds the commit that `npm run release -- 1.2.3` has made, checks that it is one
 * that may be released from here, and prints what release.yml needs to know of it, as step outputs.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { notesOf } from './changelog.ts';
import { repository } from './repository.ts';
import { compareVersions, floatingTag, isPrerelease, isVersion } from './version.ts';

const root = join(import.meta.dirname, '..', '..');
const [version = ''] = process.argv.slice(2);

try {
  if (!isVersion(version)) throw new Error(`"${version}" is no version`);
  const here = process.env['GITHUB_REPOSITORY'] ?? '';
  if (here !== repository())
    throw new Error(`the docs name ${repository()}, this is ${here}: npm run rename -- ${here}`);
  const commit = releaseCommit();
  const tagged = git('tag', '--list', `v${version}`) === '' ? undefined : git('rev-parse', `v${version}^{commit}`);
  if (tagged !== undefined && tagged !== commit) {
    throw new Error(`the tag v${version} is on ${tagged}, and the commit "Release ${version}" of main is ${commit}`);
  }
  const { version: committed } = JSON.parse(git('show', `${commit}:package.json`)) as { version: string };
  if (committed !== version) throw new Error(`package.json of ${commit} has the version ${committed}`);
  if (notesOf(git('show', `${commit}:CHANGELOG.md`), version) === '') {
    throw new Error(`CHANGELOG.md of ${commit} has no section ${version}`);
  }
  const outputs = {
    version,
    commit,
    prerelease: isPrerelease(version),
    floating: isNewest() ? floatingTag(version) : '',
  };
  for (const [name, value] of Object.entries(outputs)) console.log(`${name}=${value}`);
} catch (error) {
  console.error(`No release: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}

/** On main, and nowhere else: so nobody releases what was not merged. */
function releaseCommit(): string {
  const found = git('log', '--format=%H %s', 'origin/main')
    .split('\n')
    .filter((line) => line.slice(41) === `Release ${version}`);
  if (found.length !== 1) {
    throw new Error(
      `main has ${found.length} commits "Release ${version}"; npm run release -- ${version} makes one, to be pushed as it is`,
    );
  }
  return found[0]?.slice(0, 40) ?? '';
}

/** Whether the floating tag is to move: never to a candidate, never back. */
function isNewest(): boolean {
  const others = git('tag', '--list', `${floatingTag(version)}.*`)
    .split('\n')
    .map((tag) => tag.slice(1))
    .filter((each) => isVersion(each) && !isPrerelease(each));
  return !isPrerelease(version) && others.every((each) => compareVersions(each, version) <= 0);
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trimEnd();
}
