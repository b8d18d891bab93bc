/** What the test files of one run share: a directory, and what is made in it once and copied from then on. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const variable = 'JOBLEASE_TEST_RUN';

/** Runs before any process of the run is started, and those inherit the environment. */
export default function setup(): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'joblease-run-'));
  chmodSync(directory, 0o711); // a server's own user copies from it
  process.env[variable] = directory;
  return () => rmSync(directory, { recursive: true, force: true });
}

/** @returns undefined outside of a run of the tests, as in the demo and the bench */
export function runDirectory(): string | undefined {
  return process.env[variable];
}

/**
 * Makes a directory, such as that of a new server, which takes seconds; or copies the one that another process of this
 * run has made, which takes none.
 *
 * @param name says what it holds
 * @param path where it is wanted; must not be there yet
 */
export async function makeOnce(name: string, path: string, make: (path: string) => Promise<void>): Promise<void> {
  const run = runDirectory();
  if (run === undefined) {
    await make(path);
    return;
  }
  const made = join(run, name);
  const claim = `${made}.claim`;
  for (const started = Date.now(); !existsSync(made); await sleep(20)) {
    if (Date.now() - started > 120_000) throw new Error(`nobody has finished making ${name}`);
    if (!isFirst(claim)) continue;
    try {
      await make(path);
      await copy(path, `${made}.part`);
      renameSync(`${made}.part`, made);
      return;
    } catch (error) {
      rmSync(claim, { recursive: true });
      throw error;
    }
  }
  await copy(made, path);
}

function isFirst(claim: string): boolean {
  try {
    mkdirSync(claim);
    return true;
  } catch {
    return false;
  }
}

/** With owners and modes. */
async function copy(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-Rp', from, to]);
}
