/** What the tests wanted and this machine does not have: skipped, told at the end of the run, and with CI=true an error. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { runDirectory } from './run.ts';

/** The services that a machine may lack, by the names that `JOBLEASE_TEST_WITHOUT` hides them by. */
export type Service = 'postgres15' | 'mysql' | 'mariadb' | 'moto' | 'psql' | 'mysql-client' | 'tools';

/** The file in which the processes of a run tell what they lack; undefined outside of a run. not-tested.ts reads it. */
export function lackingFile(): string | undefined {
  const run = runDirectory();
  return run === undefined ? undefined : join(run, 'lacking');
}

/**
 * Whether a service is to be treated as if the machine did not have it: `JOBLEASE_TEST_WITHOUT` names some, separated by
 * commas, or `all`. So a machine that has everything can be tested as one that has nothing.
 */
export function isHidden(service: Service): boolean {
  const names = (process.env['JOBLEASE_TEST_WITHOUT'] ?? '').split(',');
  return names.includes('all') || names.includes(service);
}

/** @throws Error in CI, where everything must be there. @returns undefined, for what was looked for */
export function lacking(what: string): undefined {
  if (process.env['CI'] === 'true') throw new Error(`This machine lacks ${what}, and CI=true tests everything.`);
  notTested(what);
  return undefined;
}

/** Tells at the end of the run what was skipped, where that is no error in CI either: a job of its own has it. */
export function notTested(what: string): void {
  const file = lackingFile();
  if (file === undefined) console.warn(`This machine lacks ${what}.`);
  else appendFileSync(file, `${what}\n`);
}
