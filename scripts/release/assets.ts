/**
 * `node scripts/release/assets.ts <directory>`: writes what a release has beside its commit: the notes, the bills of
 * materials, and SHA256SUMS of every file that a job of somebody else can run.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workflows } from '../generate/workflows.ts';
import { notesOf } from './changelog.ts';
import { sboms } from './sbom.ts';

const root = join(import.meta.dirname, '..', '..');
const [directory = ''] = process.argv.slice(2);
if (directory === '') throw new Error('node scripts/release/assets.ts <directory>');

const { version } = JSON.parse(read('package.json')) as { version: string };
const notes = notesOf(read('CHANGELOG.md'), version);
if (notes === '') throw new Error(`CHANGELOG.md has no section ${version}; npm run release makes it`);
const { spdx, cyclonedx } = sboms(
  git('rev-parse', 'HEAD'),
  git('show', '-s', '--format=%cd', '--date=format-local:%Y-%m-%dT%H:%M:%SZ'),
);

mkdirSync(directory, { recursive: true });
write('notes.md', `${notes}\n`);
write(`joblease-${version}.spdx.json`, `${JSON.stringify(spdx, null, 2)}\n`);
write(`joblease-${version}.cdx.json`, `${JSON.stringify(cyclonedx, null, 2)}\n`);
write(
  'SHA256SUMS',
  usedFiles()
    .map((path) => `${sha256(path)}  ${path}\n`)
    .join(''),
);

function usedFiles(): string[] {
  return git('ls-files', 'dist', 'action.yml', 'actions', ...Object.keys(workflows)).split('\n');
}

function sha256(path: string): string {
  return createHash('sha256')
    .update(readFileSync(join(root, path)))
    .digest('hex');
}

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function write(name: string, text: string): void {
  writeFileSync(join(directory, name), text);
}

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8', env: { ...process.env, TZ: 'UTC' } }).trimEnd();
}
