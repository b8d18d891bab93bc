/** `npm run release -- 1.2.3`, in copies of this checkout whose tests are short. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { notesOf, released } from '../../scripts/release/changelog.ts';
import { compareVersions, isVersion } from '../../scripts/release/version.ts';
import { releasable, setTest, type Copy } from './copy.ts';

let original: Copy;
beforeAll(() => {
  original = releasable();
});
afterAll(() => {
  original[Symbol.dispose]();
});

describe('npm run release', { timeout: 180_000 }, () => {
  it('makes a commit to release, its tag, and a commit that pins it', () => {
    using copy = original.clone();
    const notes = notesOf(copy.read('CHANGELOG.md'), 'Unreleased');
    const { status, stdout, stderr } = copy.run('scripts/release.ts', '1.2.3');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(copy.git('status', '--porcelain')).toBe('');
    expect(copy.git('log', '-2', '--format=%s')).toBe('Docs: pin 1.2.3\nRelease 1.2.3');

    const commit = copy.git('rev-parse', 'v1.2.3^{commit}');
    expect(copy.git('rev-parse', 'HEAD~')).toBe(commit);
    expect(stdout).toContain(commit);
    expect(stdout).toContain('git push --atomic origin main v1.2.3');
    const changed = copy.git('diff', '--name-only', 'v1.2.3~', 'v1.2.3').split('\n');
    expect(changed).toEqual(['CHANGELOG.md', 'package-lock.json', 'package.json']);
    const lock = JSON.parse(copy.read('package-lock.json')) as { version: string; packages: { '': object } };
    expect([lock.version, lock.packages['']]).toMatchObject(['1.2.3', { version: '1.2.3' }]);
    expect(copy.git('diff', '--shortstat', 'v1.2.3~', 'v1.2.3', '--', 'package.json', 'package-lock.json')).toContain(
      '3 insertions(+), 3 deletions(-)',
    );
    expect(notes).not.toBe('');
    expect(notesOf(copy.read('CHANGELOG.md'), '1.2.3')).toBe(notes);
    expect(notesOf(copy.read('CHANGELOG.md'), 'Unreleased')).toBe('');

    const pin = `uses: acme/leases/actions/postgres@${commit} # v1.2.3\n`;
    for (const path of ['README.md', 'docs/postgres.md', 'examples/postgres.yml'])
      expect(copy.read(path)).toContain(pin);
    expect(copy.read('docs/sweep.md')).toContain(`uses: acme/leases/.github/workflows/sweep.yml@${commit} # v1.2.3\n`);
    const pages = ['README.md', 'docs', 'examples'].map((path) => copy.git('grep', '-h', 'uses: acme', '--', path));
    expect(
      pages
        .join('\n')
        .split('\n')
        .filter((line) => !line.includes(`@${commit} # v1.2.3`)),
    ).toEqual([]);
    expect(copy.run('scripts/generate.ts', '--check')).toMatchObject({ status: 0, stderr: '' });
    const vitest = copy.run(
      'node_modules/vitest/vitest.mjs',
      'run',
      '--no-color',
      'test/docs/docs.test.ts',
      'test/docs/blocks.test.ts',
    );
    expect(vitest.stdout).toMatch(/^ +Tests +\d+ passed \(\d+\)$/m);

    // The next one replaces the pins of this one, and is after it.
    copy.write('CHANGELOG.md', copy.read('CHANGELOG.md').replace('## Unreleased\n', '$&\n- More.\n'));
    copy.git('commit', '-q', '-a', '-m', 'More');
    expect(copy.run('scripts/release.ts', '1.2.3').stderr).toContain(
      '1.2.3 does not come after 1.2.3, which has a tag',
    );
    expect(copy.run('scripts/release.ts', '1.2.4')).toMatchObject({ status: 0, stderr: '' });
    expect(copy.read('README.md')).toContain(`@${copy.git('rev-parse', 'v1.2.4^{commit}')} # v1.2.4\n`);
    expect(copy.read('README.md')).not.toContain(commit);
  });

  it('with --dry-run shows both commits and changes nothing', () => {
    using copy = original.clone();
    const head = copy.git('rev-parse', 'HEAD');
    const { status, stdout, stderr } = copy.run('scripts/release.ts', '1.2.3', '--dry-run');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(notesOf(copy.read('CHANGELOG.md'), 'Unreleased'));
    expect(stdout).toMatch(
      /\nRelease 1\.2\.3\n[\s\S]* package\.json +\| [\s\S]*\nDocs: pin 1\.2\.3\n[\s\S]* README\.md +\| /,
    );
    expect(stdout).toMatch(/nothing has changed here\.\n$/);
    expect(copy.git('status', '--porcelain')).toBe('');
    expect(copy.git('rev-parse', 'HEAD')).toBe(head);
    expect(copy.git('tag')).toBe('');
  });

  it.each<[string, string, (copy: Copy) => void]>([
    ['is dirty', 'there are changes that are not committed:\n M README.md', (copy) => copy.write('README.md', '# x\n')],
    ['has files that git does not know', 'not committed:\n?? x.txt', (copy) => copy.write('x.txt', 'x')],
    ['is another branch', 'this is the branch other', (copy) => copy.git('switch', '-q', '-c', 'other')],
    [
      'has nothing to tell',
      'CHANGELOG.md says nothing below "## Unreleased"',
      (copy) => {
        copy.write('CHANGELOG.md', '# Changelog\n\n## Unreleased\n\n## 0.0.1 (2026-01-01)\n\n- x\n');
        copy.git('commit', '-q', '-a', '-m', 'x');
      },
    ],
  ])('refuses a tree that %s, before any test runs', (_, reason, spoil) => {
    using copy = original.clone();
    setTest(copy, 'touch tested');
    spoil(copy);
    const { status, stderr } = copy.run('scripts/release.ts', '1.2.3');
    expect(stderr).toContain(`No release: `);
    expect(stderr).toContain(reason);
    expect(status).toBe(1);
    expect(copy.git('tag')).toBe('');
    expect(copy.git('status', '--porcelain', '--', 'tested')).toBe('');
  });

  it.each([
    ['fail', 'exit 1', 'npm test has failed. Nothing was changed.'],
    ['change files', 'touch left', 'there are changes that are not committed since npm test:\n?? left'],
  ])('refuses a tree whose tests %s', (_, test, reason) => {
    using copy = original.clone();
    setTest(copy, test);
    const { status, stderr } = copy.run('scripts/release.ts', '1.2.3');
    expect(stderr).toContain(reason);
    expect(status).toBe(1);
    expect(copy.git('tag')).toBe('');
    expect(copy.git('log', '-1', '--format=%s')).toBe('Renamed');
  });

  it('refuses while nobody has said where the repository is', () => {
    using copy = original.clone();
    copy.run('scripts/rename.ts', ['OWNER', 'leases'].join('/'));
    copy.git('commit', '-q', '-a', '-m', 'x');
    const { status, stderr } = copy.run('scripts/release.ts', '1.2.3');
    expect(stderr).toContain('Say where the repository is: npm run rename -- owner/name');
    expect(status).toBe(1);
  });
});

describe('versions', () => {
  it('are of one form', () => {
    expect(['1.2.3', '0.1.0', '10.0.0-rc.2'].every(isVersion)).toBe(true);
    expect(['', 'v1.2.3', '1.2', '01.2.3', '1.2.3-beta', '1.2.3-rc.0', '1.2.3+x', '1.2.3 '].filter(isVersion)).toEqual(
      [],
    );
  });

  it('are in order, a candidate before its version', () => {
    const order = ['0.9.9', '1.0.0-rc.1', '1.0.0-rc.2', '1.0.0-rc.10', '1.0.0', '1.0.1', '1.2.0', '1.10.0', '2.0.0'];
    expect(order.toReversed().toSorted(compareVersions)).toEqual(order);
    expect(compareVersions('1.2.3', '1.2.3')).toBe(0);
  });
});

describe('the changelog', () => {
  it('gives the notes of one version, and not of one that begins alike', () => {
    const text = released(
      '# Changelog\n\n## Unreleased\n\n### Added\n\n- New.\n\n## 1.2.30 (2026-01-01)\n\n- Old.\n',
      '1.2.3',
      '2026-02-03',
    );
    expect(text).toContain('## Unreleased\n\n## 1.2.3 (2026-02-03)\n\n### Added\n\n- New.\n');
    expect(notesOf(text, '1.2.3')).toBe('### Added\n\n- New.');
    expect(notesOf(text, '1.2.30')).toBe('- Old.');
    expect(notesOf(text, '1.2')).toBe('');
  });
});
