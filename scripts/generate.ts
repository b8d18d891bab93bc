/**
 * Writes what is made of the declarations in src/: every action.yml and action-types.yml, the inputs and outputs of the
 * reusable workflows, the tables of the docs, and what docs and examples pin. `npm run build` runs it. With `--check` nothing is written; it fails
 * when something that is committed is not what the declarations give.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { actions } from './generate/actions.ts';
import { manifest, types } from './generate/manifests.ts';
import { pages } from './generate/pages.ts';
import { fill } from './generate/regions.ts';
import { usersFiles, withUses } from './generate/uses.ts';
import { workflows } from './generate/workflows.ts';
import { lastRelease, repository } from './release/repository.ts';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');

for (const action of actions) {
  settle(join(action.directory, 'action.yml'), await manifest(action));
  settle(join(action.directory, 'action-types.yml'), await types(action));
}
const regions = { ...workflows, ...pages };
for (const path of new Set([...Object.keys(regions), ...usersFiles])) {
  const text = committed(path);
  if (text === undefined) {
    complain(`${path} is missing`);
    continue;
  }
  const filled = fill(text, regions[path] ?? {}, (problem) => complain(`${path} ${problem}`));
  settle(path, usersFiles.includes(path) ? withUses(filled, repository(), lastRelease()) : filled);
}

function settle(path: string, text: string): void {
  if (committed(path) === text) return;
  if (isCheck) return complain(`${path} is not what the declarations in src/ give; run: npm run build`);
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function committed(path: string): string | undefined {
  return existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : undefined;
}

function complain(problem: string): void {
  console.error(problem);
  process.exitCode = 1;
}
