/** Copies of this checkout, for what changes one. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../docs/tree.ts';

export interface Copy extends Disposable {
  readonly directory: string;
  /** @returns a file's text */
  read(path: string): string;
  write(path: string, text: string): void;
  /** @returns what git prints, without the last line's end @throws Error when it fails */
  git(...args: string[]): string;
  /** Runs a script of the copy on the Node of this process. */
  run(...args: string[]): Run;
  /** @returns another one, of what is committed on `main` */
  clone(): Copy;
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A repository of its own with what is here, committed on `main`, changes that are not committed here included. */
export function copyOfCheckout(): Copy {
  const directory = temporary();
  for (const path of ownFiles()) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    copyFileSync(join(root, path), join(directory, path));
  }
  git(directory, 'init', '-q', '-b', 'main');
  const copy = inDirectory(directory);
  copy.git('add', '-A');
  copy.git('commit', '-q', '-m', 'All');
  return copy;
}

/**
 * One that could be released: it has an owner, who is `acme`, and its tests are one command.
 *
 * @param test what `npm test` runs
 */
export function releasable(test = 'node --eval 0'): Copy {
  const copy = copyOfCheckout();
  copy.run('scripts/rename.ts', ['acme', 'leases'].join('/')); // in two parts, or `npm run rename` would rename this too
  setTest(copy, test);
  return copy;
}

export function setTest(copy: Copy, test: string): void {
  copy.write('package.json', copy.read('package.json').replace(/"test": ".*"/, `"test": ${JSON.stringify(test)}`));
  copy.git('commit', '-q', '-a', '--allow-empty', '-m', 'Renamed');
}

/** One of which `v1.2.3` has been released, with what release.yml has made of it in `.git/assets`. It is on `main`. */
export function released(): Copy {
  const copy = releasable();
  copy.write('CHANGELOG.md', copy.read('CHANGELOG.md').replace('## Unreleased\n', '$&\n- More.\n'));
  copy.git('commit', '-q', '-a', '-m', 'More');
  const runs = [copy.run('scripts/release.ts', '1.2.3')];
  copy.git('switch', '-q', '--detach', 'v1.2.3');
  runs.push(copy.run('scripts/release/assets.ts', join(copy.directory, '.git', 'assets')));
  copy.git('switch', '-q', 'main');
  for (const { status, stderr } of runs) if (status !== 0) throw new Error(stderr);
  return copy;
}

/** @param directory holds a repository; it gets the packages of this checkout */
function inDirectory(directory: string): Copy {
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  writeFileSync(join(directory, '.git', 'info', 'exclude'), 'node_modules\n'); // here it is a link
  return {
    directory,
    read: (path) => readFileSync(join(directory, path), 'utf8'),
    write(path, text) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    },
    git: (...args) => git(directory, ...args),
    run: (...args) => spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8', env: plainEnv }),
    clone() {
      const target = temporary();
      git(directory, 'clone', '-q', directory, target);
      return inDirectory(target);
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

function temporary(): string {
  return mkdtempSync(join(tmpdir(), 'joblease-copy-'));
}

function git(directory: string, ...args: string[]): string {
  return execFileSync('git', args, { cwd: directory, encoding: 'utf8', env: plainEnv }).trimEnd();
}

/** Git and npm as on a machine that nobody has set up, with a name. */
const plainEnv = {
  ...process.env,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
  npm_config_loglevel: 'error',
};

function ownFiles(): string[] {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  return execFileSync('git', list, { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true);
}
