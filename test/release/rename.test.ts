/** `npm run rename -- owner/name`. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repository } from '../../scripts/release/repository.ts';
import { copyOfCheckout } from './copy.ts';

const [owner = ''] = repository().split('/');

describe('npm run rename', { timeout: 180_000 }, () => {
  it('leaves the old name nowhere, and all that is generated or held against it fits the new one', () => {
    using copy = copyOfCheckout();
    expect(copy.run('scripts/rename.ts', 'acme-corp/leases.js')).toMatchObject({ status: 0, stderr: '' });

    const left = spawnSync('git', ['grep', '-nF', '-e', repository(), '-e', `@${owner}`], { cwd: copy.directory });
    expect(left.stdout.toString()).toBe('');
    expect(copy.read('package.json')).toContain('"url": "git+https://github.com/acme-corp/leases.js.git"');
    expect(copy.read('README.md')).toContain('uses: acme-corp/leases.js/actions/postgres@');
    expect(copy.read('.github/CODEOWNERS')).toContain('@acme-corp\n');
    // What else has the word in it is not the repository's name.
    expect(copy.read('docs/postgres.md')).toContain('CREATE DATABASE billing OWNER billing_owner');

    expect(copy.run('scripts/generate.ts', '--check')).toMatchObject({ status: 0, stderr: '' });
    const tests = ['docs', 'blocks', 'engines'].map((name) => `test/docs/${name}.test.ts`);
    const vitest = copy.run(join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--no-color', ...tests);
    expect(vitest.stdout).toMatch(/^ +Tests +\d+ passed \(\d+\)$/m);
    expect(vitest.status).toBe(0);
  });

  it('can be run again, back to what it was', () => {
    using copy = copyOfCheckout();
    copy.run('scripts/rename.ts', ['some', 'leases'].join('/')); // in two parts, or this file would be renamed too
    expect(copy.git('status', '--porcelain')).not.toBe('');
    copy.run('scripts/rename.ts', repository());
    expect(copy.git('status', '--porcelain')).toBe('');
  });

  it('refuses what is no repository, and changes nothing', () => {
    using copy = copyOfCheckout();
    for (const slug of ['', 'joblease', 'https://github.com/a/b', 'a/b.git', '-a/b', 'a/b/c', 'a/$(b)']) {
      const { status, stderr } = copy.run('scripts/rename.ts', slug);
      expect(stderr).toBe(`"${slug}" is not a repository. Write: npm run rename -- owner/name\n`);
      expect(status).toBe(1);
    }
    expect(copy.git('status', '--porcelain')).toBe('');
  });
});
