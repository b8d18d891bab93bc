/** Says at the end of a run, in one block, what was not tested because the machine lacks it, and how to add it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reporter } from 'vitest/node';
import { lackingFile } from './lacking.ts';

export class NotTested implements Reporter {
  private directory = '';

  /** Runs before any process of the run is started, and those inherit the environment. */
  onInit(): void {
    this.directory = mkdtempSync(join(tmpdir(), 'joblease-lacking-'));
    process.env[lackingFile] = join(this.directory, 'list');
  }

  onTestRunEnd(): void {
    const file = join(this.directory, 'list');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    rmSync(this.directory, { recursive: true, force: true });
    if (lines.length > 0) console.log(notTested([...new Set(lines)].toSorted()));
  }
}

function notTested(lacking: readonly string[]): string {
  const hasApt = existsSync('/usr/bin/apt-get');
  return [
    '',
    'NOT TESTED, because this machine does not have it:',
    ...lacking.map((what) => `  - ${what}`),
    hasApt
      ? 'To test it too, run .ci/run: it installs what is missing, and runs npm test again.'
      : 'To test it too, start Docker and run npm test again; CONTRIBUTING.md says how each is found.',
    '',
  ].join('\n');
}
