import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { NotTested } from './test/services/not-tested.ts';

/** The files that take longest, in this order: begun last, they would be all that a run waits for in the end. */
const longest = [
  'rotate/faults',
  'rotate/rotation',
  'postgres/revoke',
  'mysql/hostile',
  'rotate/origin',
  'postgres/logins',
  'rotate/aws',
  'github/secrets',
  'aws/least-privilege',
  'aws/rotate',
  'aws/hostile',
  'docs/way',
  'contract/postgres',
  'sweep/end-to-end',
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files); // oxlint-disable-line unicorn/no-array-sort -- it is no array's
    return sorted.toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}

function placeOf({ moduleId }: TestSpecification): number {
  const at = longest.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
  return at < 0 ? longest.length : at;
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/services/run.ts'],
    reporters: ['default', new NotTested()],
    sequence: { sequencer: LongestFirst },
    // Most of them wait for a server, or for time to pass.
    maxWorkers: 2 * availableParallelism(),
    // Against what hangs: on a busy machine a test takes several times as long.
    testTimeout: 180_000,
    // A file may have to wait for another one that uses the same server.
    hookTimeout: 900_000,
  },
});
