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
}

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A repository of its own with what is here, committed on `main`, changes that are not committed here included. */
export function copyOfCheckout(): Copy {
  const directory = mkdtempSync(join(tmpdir(), 'joblease-copy-'));
  for (const path of ownFiles()) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    copyFileSync(join(root, path), join(directory, path));
  }
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'));
  const copy: Copy = {
    directory,
    read: (path) => readFileSync(join(directory, path), 'utf8'),
    write(path, text) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    },
    git: (...args) => execFileSync('git', args, { cwd: directory, encoding: 'utf8', env: plainEnv }).trimEnd(),
    run: (...args) => spawnSync(process.execPath, args, { cwd: directory, encoding: 'utf8', env: plainEnv }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
  copy.git('init', '-q', '-b', 'main');
  copy.write('.git/info/exclude', 'node_modules\n'); // here it is a link
  copy.git('add', '-A');
  copy.git('commit', '-q', '-m', 'All');
  return copy;
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
