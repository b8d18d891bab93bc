/** What release.yml does before it is allowed to do more: find the commit, and write what the release has. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { released } from '../../scripts/release/changelog.ts';
import { filesBelow } from '../docs/tree.ts';
import { releasable, type Copy, type Run } from './copy.ts';

let original: Copy;
beforeAll(() => {
  original = releasable();
});
afterAll(() => {
  original[Symbol.dispose]();
});

/** Makes and pushes what `npm run release` makes of a version, as test/release/release.test.ts holds it. */
function release(copy: Copy, version: string): string {
  copy.write('package.json', copy.read('package.json').replace(/"version": ".*"/, `"version": "${version}"`));
  const changelog = copy.read('CHANGELOG.md').replace('## Unreleased\n', '$&\n- More.\n');
  copy.write('CHANGELOG.md', released(changelog, version, '2026-01-31'));
  copy.git('commit', '-q', '-a', '-m', `Release ${version}`);
  copy.git('tag', '-a', '-m', version, `v${version}`);
  const commit = copy.git('rev-parse', 'HEAD');
  copy.git('commit', '-q', '--allow-empty', '-m', `Docs: pin ${version}`);
  copy.git('update-ref', 'refs/remotes/origin/main', 'main');
  return commit;
}

function find(copy: Copy, version: string, repository = 'acme/leases'): Run {
  return copy.run(
    '--import',
    `data:text/javascript,process.env.GITHUB_REPOSITORY='${repository}'`,
    'scripts/release/commit.ts',
    version,
  );
}

/** What a result that refuses matches. */
function refusal(reason: string): object {
  return { status: 1, stdout: '', stderr: expect.stringContaining(reason) as string };
}

describe('scripts/release/commit.ts', { timeout: 180_000 }, () => {
  it('finds the commit, with or without its tag, and says which tag floats to it', () => {
    using copy = original.clone();
    const first = release(copy, '1.2.3');
    const output = `version=1.2.3\ncommit=${first}\nprerelease=false\nfloating=v1\n`;
    expect(find(copy, '1.2.3')).toMatchObject({ status: 0, stderr: '', stdout: output });
    copy.git('tag', '-d', 'v1.2.3');
    expect(find(copy, '1.2.3')).toMatchObject({ status: 0, stderr: '', stdout: output });

    copy.git('tag', 'v1.2.3', first);
    const candidate = release(copy, '1.3.0-rc.1');
    expect(find(copy, '1.3.0-rc.1').stdout).toBe(
      `version=1.3.0-rc.1\ncommit=${candidate}\nprerelease=true\nfloating=\n`,
    );
    release(copy, '1.3.0');
    expect(find(copy, '1.3.0').stdout).toMatch(/\nprerelease=false\nfloating=v1\n$/);
    // A second run of an older one does not move it back.
    expect(find(copy, '1.2.3').stdout).toMatch(/\nfloating=\n$/);
  });

  it('refuses what was not made by npm run release, or is not on main, or is of another repository', () => {
    using copy = original.clone();
    copy.git('update-ref', 'refs/remotes/origin/main', 'main');
    expect(find(copy, '1.2')).toMatchObject(refusal('"1.2" is no version'));
    expect(find(copy, '1.2.3')).toMatchObject(refusal('main has 0 commits "Release 1.2.3"'));
    expect(find(copy, '1.2.3', 'other/leases')).toMatchObject(
      refusal('the docs name acme/leases, this is other/leases'),
    );

    const before = copy.git('rev-parse', 'main');
    release(copy, '1.2.3');
    copy.git('update-ref', 'refs/remotes/origin/main', before); // pushed elsewhere only
    expect(find(copy, '1.2.3')).toMatchObject(refusal('main has 0 commits'));
    copy.git('update-ref', 'refs/remotes/origin/main', 'main');
    copy.git('tag', '-f', 'v1.2.3', 'main');
    expect(find(copy, '1.2.3')).toMatchObject(refusal('the tag v1.2.3 is on'));

    copy.git('commit', '-q', '--allow-empty', '-m', 'Release 1.2.4');
    copy.git('update-ref', 'refs/remotes/origin/main', 'main');
    expect(find(copy, '1.2.4')).toMatchObject(refusal('has the version 1.2.3'));
  });
});

describe('scripts/release/assets.ts', () => {
  it('writes notes, bills of materials, and the sums of every file that a job can run', () => {
    using copy = original.clone();
    const commit = release(copy, '1.2.3');
    copy.git('checkout', '-q', commit);
    const out = join(copy.directory, 'assets');
    expect(copy.run('scripts/release/assets.ts', out)).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(join(out, 'notes.md'), 'utf8')).toContain('- More.\n');
    expect(readFileSync(join(out, 'joblease-1.2.3.spdx.json'), 'utf8')).toContain(
      `git+https://github.com/acme/leases@${commit}`,
    );
    expect(JSON.parse(readFileSync(join(out, 'joblease-1.2.3.cdx.json'), 'utf8'))).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'joblease', version: '1.2.3' } },
    });

    const sums = readFileSync(join(out, 'SHA256SUMS'), 'utf8').trimEnd().split('\n');
    const listed = sums.map((line) => line.slice(66));
    const runs = [...copy.git('ls-files', 'dist').split('\n'), 'action.yml'];
    runs.push(...filesBelow('actions', '.yml'), '.github/workflows/sweep.yml', '.github/workflows/rotate-root.yml');
    expect(listed.toSorted()).toEqual(runs.toSorted());
    for (const line of sums) {
      const bytes = readFileSync(join(copy.directory, line.slice(66)));
      expect(line.slice(0, 64)).toBe(createHash('sha256').update(bytes).digest('hex'));
    }
  });
});
