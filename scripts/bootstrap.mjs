/**
 * `npm run demo|test|vitest|mutants|bench|build|check|format|…` on any machine with Node 20 or newer and npm: installs the dependencies
 * when they are missing or older than the lock file, then runs the task on Node 24, the version the actions run on
 * (the npm package `node` brings it).
 *
 * Plain JavaScript without dependencies, because it runs before anything is installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');

/** @type {Record<string, string[][]>} each task is a list of commands, run in order until one fails */
const tasks = {
  demo: [['node', 'scripts/demo.ts']],
  test: [
    ['prettier', '--check', '--log-level=warn', '.'],
    ['oxlint', '--deny-warnings'],
    ['tsc'],
    ['node', 'scripts/generate.ts', '--check'],
    ['node', 'scripts/build.ts', '--check'],
    ['vitest', 'run'],
  ],
  vitest: [['vitest', 'run']],
  mutants: [['node', 'scripts/mutants.ts']],
  bench: [['node', 'scripts/bench.ts']],
  build: [
    ['node', 'scripts/build.ts'],
    ['node', 'scripts/generate.ts'],
  ],
  check: [['prettier', '--check', '--log-level=warn', '.'], ['oxlint', '--deny-warnings'], ['tsc']],
  format: [['prettier', '--write', '--log-level=warn', '.']],
  rename: [['node', 'scripts/rename.ts']],
  release: [['node', 'scripts/release.ts']],
};

if (process.platform === 'win32')
  throw new Error('This needs Linux or macOS: on Windows run it in WSL. The actions run on Windows as well.');

// Ctrl-C goes to the task as well, which cleans up: wait for it.
process.on('SIGINT', () => undefined);

const [task = '', ...rest] = process.argv.slice(2);
const commands = tasks[task];
if (commands === undefined) throw new Error(`bootstrap: no task "${task}"; there are ${Object.keys(tasks).join(', ')}`);
if (!installed()) run(['npm', 'ci', '--no-audit', '--no-fund']);
for (const [i, command] of commands.entries()) run(i === commands.length - 1 ? [...command, ...rest] : command);

function installed() {
  const installedLock = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedLock)) return false;
  return statSync(installedLock).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

/** @param {string[]} command */
function run([program = '', ...args]) {
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const { status, signal, error } = spawnSync(program, args, { cwd: root, env, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status === 0) return;
  if (signal !== null) console.error(`${program} was ended by ${signal}`);
  process.exit(status ?? 1);
}
