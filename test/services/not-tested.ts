/** Says at the end of a run, in one block, what was not tested because the machine lacks it, and how to add it. */
import { existsSync, readFileSync } from 'node:fs';
import type { Reporter } from 'vitest/node';
import { lackingFile } from './lacking.ts';

export class NotTested implements Reporter {
  onTestRunEnd(): void {
    const file = lackingFile();
    if (file === undefined || !existsSync(file)) return;
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    console.log(notTested([...new Set(lines)].toSorted()));
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
