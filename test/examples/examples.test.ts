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

describe.each(['examples/postgres.yml', 'examples/mysql.yml', 'examples/mariadb.yml'])('%s', (example) => {
  it('takes its secret from an environment', () => {
    expect(read(example)).toMatch(/^ {4}environment: production\b/m);
  });
});
