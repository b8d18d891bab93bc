/** What holds for all examples together. That each runs as it stands is tested where its target is. */
import { describe, expect, it } from 'vitest';
import { filesBelow, read } from '../docs/tree.ts';

/** Which test runs an example. */
const runners: Readonly<Record<string, string>> = {
  'examples/aws.yml': 'test/aws/action.test.ts',
  'examples/mariadb.yml': 'test/docs/way.test.ts',
  'examples/mysql.yml': 'test/docs/way.test.ts',
  'examples/postgres.yml': 'test/docs/way.test.ts',
  'examples/rotate-root.yml': 'test/rotate/action.test.ts',
  'examples/sweep.yml': 'test/sweep/example.test.ts',
};

it('each is run by a test', () => {
  expect(filesBelow('examples', '')).toEqual(Object.keys(runners));
});

describe.each(Object.entries(runners))('%s', (example, runner) => {
  const text = read(example);

  it(`is run by ${runner}`, () => {
    const source = read(runner);
    const [, name = ''] = example.split('/');
    expect(source.includes(name) || source.includes('examples/${kind}.yml')).toBe(true);
  });

  it('gives no job a permission that it does not name', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
  });
});

describe.each(['aws', 'mariadb', 'mysql', 'postgres'].map((name) => `examples/${name}.yml`))('%s', (example) => {
  it('takes its secret from an environment', () => {
    expect(read(example)).toMatch(/^ {4}environment: production\b/m);
  });

  it('pastes no value into a shell', () => {
    expect(read(example)).not.toMatch(/run: .*\$\{\{/);
  });
});

it('mints with the secret and the role that the rotation and the first hour’s sweep have', () => {
  const fits = /root: \$\{\{ secrets\.BILLING_DB_ROOT \}\}[\s\S]{0,400}admin-role: joblease_admin\b/;
  expect(read('examples/postgres.yml')).toMatch(fits);
  expect(read('docs/first-hour.md').match(new RegExp(fits, 'g'))).toHaveLength(2);
  expect(read('examples/rotate-root.yml')).toContain('secret: BILLING_DB_ROOT, admin-role: joblease_admin');
});
