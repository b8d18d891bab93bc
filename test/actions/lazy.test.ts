/** A wrong input costs no job the loading of a driver: the action fails on it with nothing there but its own small files. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { engines } from '../../src/engines/registry.ts';

const root = join(import.meta.dirname, '..', '..');
const dist = mkdtempSync(join(tmpdir(), 'joblease-lazy-'));
cpSync(join(root, 'dist'), dist, { recursive: true });
const needed = new Set(
  ['index', 'actions-core', 'shared', 'main', 'post', 'sweep', 'rotate-root'].map((name) => `${name}.js`),
);
for (const chunk of readdirSync(join(dist, 'chunks'))) {
  if (!needed.has(chunk)) rmSync(join(dist, 'chunks', chunk));
}
afterAll(() => {
  rmSync(dist, { recursive: true });
});

function runMain(inputs: Record<string, string>, entry = 'main'): { status: number | null; stdout: string } {
  const env = Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
  return spawnSync(process.execPath, [join(dist, `${entry}.js`)], { env, encoding: 'utf8' });
}

describe.each(engines)('$name', ({ name }) => {
  it('fails on a wrong input without its driver', () => {
    const { status, stdout } = runMain({ engine: name, ttl: 'soon' });
    expect(stdout).toContain('::error::Input "ttl": "soon" is not a duration');
    expect(status).toBe(1);
  });

  it('fails without any root, and without its driver', () => {
    const { status, stdout } = runMain({ engine: name });
    expect(stdout).toContain('::error::Input "root": it is empty');
    expect(status).toBe(1);
  });

  it('fails on a wrong root without its driver', () => {
    const { status, stdout } = runMain({ engine: name, root: 'not a root credential' });
    expect(stdout).toContain('::error::Input "root":');
    expect(status).toBe(1);
  });

  it('a rotation fails on the token of the job without its driver, and without what seals secrets', () => {
    const whole =
      name === 'aws'
        ? '{"Version":1,"AccessKeyId":"AKIA0000000000000000","SecretAccessKey":"s"}'
        : `${name}://user:password@db.example.com/billing`;
    const inputs = { engine: name, root: whole, 'secret-name': 'ROOT', 'github-token': 'a', 'job-token': 'a' };
    const { status, stdout } = runMain(inputs, 'rotate-root');
    expect(stdout).toContain('::error::Input "github-token": it is the token of the job');
    expect(status).toBe(1);
  });

  it('a sweep fails on a wrong input without its driver', () => {
    const { status, stdout } = runMain({ engine: name, orphans: 'true' }, 'sweep');
    expect(stdout).toContain('::error::Input "github-token": it is empty');
    expect(status).toBe(1);
  });
});

it('a post step that has nothing to revoke loads no driver', () => {
  const { status, stdout } = runMain({}, 'post');
  expect(stdout).toBe('There is nothing to revoke.\n');
  expect(status).toBe(0);
});
