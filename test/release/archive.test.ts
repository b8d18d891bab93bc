/** What a runner downloads for `uses:`: the archive of a commit, as `.gitattributes` has it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { root } from '../docs/tree.ts';

const home = mkdtempSync(join(tmpdir(), 'joblease-archive-'));
const tree = join(home, 'tree');
let archive: Buffer;

beforeAll(() => {
  // Of the working tree: a commit of it, for which an index of its own is enough.
  const env = { ...process.env, GIT_INDEX_FILE: join(home, 'index') };
  const git = (...args: string[]): Buffer =>
    execFileSync('git', args, { cwd: root, env, maxBuffer: 64 * 1024 * 1024, stdio: ['ignore', 'pipe', 'pipe'] });
  git('add', '--all');
  archive = git('archive', '--prefix=tree/', git('write-tree').toString().trim());
  execFileSync('tar', ['-x', '-C', home], { input: archive });
});
afterAll(() => {
  rmSync(home, { recursive: true });
});

describe('what a runner downloads', () => {
  it('is at most 0.7 MB', () => {
    expect(gzipSync(archive).length).toBeLessThanOrEqual(700_000);
  });

  it('is what runs, its licence and its description', () => {
    expect(readdirSync(tree).toSorted()).toEqual(['LICENSE', 'README.md', 'action.yml', 'actions', 'dist']);
  });

  it.each(['.', ...readdirSync(join(root, 'actions')).map((name) => join('actions', name))])(
    '%s: has the files that it names, and they run',
    (path) => {
      const { runs } = parse(readFileSync(join(tree, path, 'action.yml'), 'utf8')) as {
        runs: { main: string; post?: string };
      };
      for (const file of [runs.main, ...(runs.post === undefined ? [] : [runs.post])]) {
        const script = join(tree, path, file);
        expect(existsSync(script)).toBe(true);
        expect(dirname(script)).toBe(join(tree, 'dist'));
      }
      const { stdout, stderr } = spawnSync(process.execPath, [join(tree, path, runs.main)], {
        env: {},
        encoding: 'utf8',
      });
      expect(stdout).toMatch(/^::error/m);
      expect(stderr).toBe('');
    },
  );
});
