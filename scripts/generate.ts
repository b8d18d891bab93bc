/**
 * Writes what is made of the declarations in src/: every action.yml and action-types.yml, the inputs and outputs of the
 * reusable workflows, and the tables of the docs. `npm run build` runs it. With `--check` nothing is written; it fails
 * when something that is committed is not what the declarations give.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { actions } from './generate/actions.ts';
import { manifest, types } from './generate/manifests.ts';
import { pages } from './generate/pages.ts';
import { fill } from './generate/regions.ts';
import { workflows } from './generate/workflows.ts';

const root = join(import.meta.dirname, '..');
const isCheck = process.argv.includes('--check');

for (const action of actions) {
  settle(join(action.directory, 'action.yml'), await manifest(action));
  settle(join(action.directory, 'action-types.yml'), await types(action));
}
for (const [path, regions] of Object.entries({ ...workflows, ...pages })) {
  const text = committed(path);
  if (text === undefined) complain(`${path} is missing`);
  else
    settle(
      path,
      fill(text, regions, (problem) => complain(`${path} ${problem}`)),
    );
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
