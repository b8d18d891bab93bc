/** What docs/security.md says to paste to verify a release, with a `gh` that knows one release. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { block } from '../docs/blocks.ts';
import { released, type Copy, type Run } from './copy.ts';

/**
 * Pastes the block where `gh` clones that repository and downloads its assets, and keeps a list of what it is asked to
 * verify.
 */
function paste(copy: Copy): Run & { readonly asked: string[] } {
  const home = join(copy.directory, '.git', 'home');
  mkdirSync(join(home, 'bin'), { recursive: true });
  const gh = `#!/bin/sh
echo "$*" >>${home}/asked
case "$*" in
  'repo clone '*) exec git clone --quiet --branch v1.2.3 ${copy.directory} "$4" ;;
  'release download v1.2.3 --pattern SHA256SUMS') exec cp ${copy.directory}/.git/assets/SHA256SUMS . ;;
esac
`;
  writeFileSync(join(home, 'bin', 'gh'), gh, { mode: 0o755 });
  const env = { ...process.env, PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}` };
  const script = block('docs/security.md § Verify a release sh #1');
  const run = spawnSync('bash', ['--norc', '-euo', 'pipefail', '-c', script], { cwd: home, env, encoding: 'utf8' });
  const asked = copy.read('.git/home/asked').trimEnd().split('\n');
  return { ...run, asked };
}

let original: Copy;
beforeAll(() => {
  original = released();
});
afterAll(() => {
  original[Symbol.dispose]();
});

describe('what docs/security.md says to verify a release', { timeout: 180_000 }, () => {
  it('asks about every file that a job can run, as built by release.yml from this commit, and says what to pin', () => {
    const { status, stdout, asked } = paste(original);
    expect(status).toBe(0);
    const commit = original.git('rev-parse', 'v1.2.3^{commit}');
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(commit);
    const asSigned = `--source-ref refs/tags/v1.2.3 --source-digest ${commit} --deny-self-hosted-runners`;
    const files = original.git('ls-files', 'dist', 'action.yml', 'actions').split('\n');
    for (const file of ['SHA256SUMS', ...files]) {
      expect(
        asked.filter((line) => line.startsWith(`attestation verify ${file} `) && line.endsWith(asSigned)),
      ).toHaveLength(1);
    }
  });

  it('stops at a file that is not what was released', () => {
    using copy = original.clone();
    cpSync(join(original.directory, '.git', 'assets'), join(copy.directory, '.git', 'assets'), { recursive: true });
    copyFileSync(join(copy.directory, 'LICENSE'), join(copy.directory, 'dist', 'main.js'));
    copy.git('commit', '-q', '-a', '-m', 'Other');
    copy.git('tag', '-f', 'v1.2.3');
    const { status, stdout, stderr, asked } = paste(copy);
    expect(`${stdout}${stderr}`).toContain('dist/main.js: FAILED');
    expect(status).not.toBe(0);
    expect(asked.filter((line) => line.startsWith('attestation'))).toEqual([]);
  });
});
