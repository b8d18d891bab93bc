/** The shell of release.yml, with a `gh` that keeps what it is asked. What GitHub makes of it can be seen on GitHub only. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../docs/tree.ts';
import { asMap, parseFile } from '../runner/template.ts';
import { released, type Copy } from './copy.ts';

const path = '.github/workflows/release.yml';
const jobs = asMap(asMap(parseFile('workflow', path, read(path)))['jobs']);

/** The script of a step of a job, by the step's name; the job's only nameless one is `''`. */
function script(job: string, name: string): string {
  const steps = asMap(jobs[job])['steps'] as { name?: string; run?: string }[];
  const found = steps.filter((step) => step.run !== undefined && (step.name ?? '') === name);
  if (found.length !== 1) throw new Error(`${path}: ${job} has ${found.length} steps "${name}"`);
  return found[0]?.run ?? '';
}

interface Gh {
  /** what `gh api` answers to a question whose words contain the key; else it fails */
  readonly answers: Readonly<Record<string, string>>;
}

/** @returns how it ended, and what gh was asked, a line each */
function run(text: string, env: Readonly<Record<string, string>>, { answers }: Gh = { answers: {} }) {
  const home = mkdtempSync(join(tmpdir(), 'joblease-release-yml-'));
  try {
    const cases = Object.entries(answers).map(([words, answer]) => `  *'${words}'*) echo '${answer}' ;;\n`);
    const gh = `#!/bin/sh\necho "$*" >>${home}/asked\ncase "$*" in\n${cases.join('')}  'api '*'--method'*|*' -f '*|'release '*) ;;\n  *) exit 1 ;;\nesac\n`;
    mkdirSync(join(home, 'bin'));
    writeFileSync(join(home, 'bin', 'gh'), gh, { mode: 0o755 });
    writeFileSync(join(home, 'asked'), '');
    mkdirSync(join(home, 'assets'));
    for (const name of ['SHA256SUMS', 'joblease-1.2.3.cdx.json', 'joblease-1.2.3.spdx.json', 'notes.md']) {
      writeFileSync(join(home, 'assets', name), '');
    }
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-e', '-c', text], {
      cwd: env['CWD'] ?? home,
      env: { PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`, ...env },
      encoding: 'utf8',
    });
    const asked = readFileSync(join(home, 'asked'), 'utf8').trimEnd().split('\n');
    return { status, printed: stdout + stderr, asked };
  } finally {
    rmSync(home, { recursive: true });
  }
}

const release = { VERSION: '1.2.3', COMMIT: 'c'.repeat(40), GH_REPO: 'acme/leases', GITHUB_REPOSITORY: 'acme/leases' };

describe('the jobs', () => {
  it('signs and publishes nothing before all tests and the rebuild have passed', () => {
    expect(asMap(jobs['attest'])['needs']).toEqual(expect.arrayContaining(['commit', 'tests', 'build']));
    expect(asMap(jobs['publish'])['needs']).toEqual(expect.arrayContaining(['commit', 'attest']));
    expect(asMap(jobs['verify'])['needs']).toEqual(expect.arrayContaining(['commit', 'publish']));
  });

  it('gives no job that runs packages of npm a right to sign or to write', () => {
    const writing = Object.entries(jobs).filter(([, job]) =>
      JSON.stringify(asMap(job)['permissions']).includes('write'),
    );
    expect(writing.map(([name]) => name)).toEqual(['tag', 'attest', 'publish']);
    for (const [, job] of writing) expect(JSON.stringify(job)).not.toMatch(/npm|node /);
  });
});

describe('publishing', () => {
  it('makes a draft with all assets, and only then publishes it', () => {
    const { status, asked } = run(script('publish', ''), { ...release, PRERELEASE: 'true' });
    expect(status).toBe(0);
    expect(asked).toEqual([
      'release create v1.2.3 --draft --verify-tag --title v1.2.3 --notes-file assets/notes.md --prerelease=true ' +
        'assets/SHA256SUMS assets/joblease-1.2.3.cdx.json assets/joblease-1.2.3.spdx.json',
      'release edit v1.2.3 --draft=false',
    ]);
  });

  it('is red where the release can still be changed', () => {
    const text = script('publish', 'It cannot be changed any more');
    expect(run(text, release, { answers: { immutable: 'true' } })).toMatchObject({ status: 0, printed: '' });
    for (const answer of ['false', 'null', '']) {
      const { status, printed } = run(text, release, { answers: { immutable: answer } });
      expect(printed).toContain('turn on Settings → General → Releases → Enable release immutability');
      expect(status).toBe(1);
    }
  });

  it('moves the floating tag, or makes it', () => {
    const text = script('publish', 'Move the floating tag');
    const moved = run(text, { ...release, FLOATING: 'v1' }, { answers: { '/git/ref/tags/v1': '{}' } });
    expect(moved.asked.at(-1)).toBe(
      `api --silent --method PATCH repos/acme/leases/git/refs/tags/v1 -f sha=${release.COMMIT} -F force=true`,
    );
    const made = run(text, { ...release, FLOATING: 'v1' });
    expect(made.asked.at(-1)).toBe(
      `api --silent repos/acme/leases/git/refs -f ref=refs/tags/v1 -f sha=${release.COMMIT}`,
    );
    expect([moved.status, made.status]).toEqual([0, 0]);
  });
});

describe('starting it by hand', () => {
  it('sets the tag, once, and starts the workflow again on it', () => {
    const text = script('tag', '');
    const answers = { 'workflow run': '' };
    const start = 'workflow run release.yml --repo acme/leases --ref v1.2.3 -f version=1.2.3';
    expect(run(text, release, { answers }).asked).toEqual([
      'api --silent repos/acme/leases/git/ref/tags/v1.2.3',
      `api --silent repos/acme/leases/git/refs -f ref=refs/tags/v1.2.3 -f sha=${release.COMMIT}`,
      start,
    ]);
    expect(run(text, release, { answers: { ...answers, '/git/ref/tags/': '{}' } }).asked).toEqual([
      'api --silent repos/acme/leases/git/ref/tags/v1.2.3',
      start,
    ]);
  });
});

describe('what is signed', () => {
  let copy: Copy;
  let env: Readonly<Record<string, string>>;
  beforeAll(() => {
    copy = released();
    copy.git('switch', '-q', '--detach', 'v1.2.3');
    env = { CWD: copy.directory, RUNNER_TEMP: join(copy.directory, '.git') };
  });
  afterAll(() => {
    copy[Symbol.dispose]();
  });

  it('is what is committed: every file of dist/, and no other bytes', () => {
    const text = script('attest', 'What is signed is what is committed');
    expect(run(text, env)).toMatchObject({ status: 0, printed: '' });

    const main = copy.read('dist/main.js');
    copy.write('dist/main.js', `${main}// x\n`);
    expect(run(text, env).printed).toContain('dist/main.js: FAILED');
    expect(run(text, env).status).toBe(1);
    copy.write('dist/main.js', main);

    // A file that nobody has built, and so nobody signs.
    copy.write('dist/more.js', '');
    copy.git('add', 'dist/more.js');
    const { status, printed } = run(text, env);
    expect(printed).toContain('> dist/more.js');
    expect(status).toBe(1);
  });
});
