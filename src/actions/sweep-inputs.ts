import { engineInput } from '../engines/registry.ts';
import { UserError } from '../lease/errors.ts';
import {
  duration,
  flag,
  integer,
  parseInputs,
  type Input,
  type Inputs,
  type Output,
  type OutputTable,
} from '../lease/inputs.ts';
import { shardInput } from '../sweep/shard.ts';

const githubToken: Input<string> = {
  description:
    'Token with "actions: read" on the repositories that leases were minted for. The default sees its own repository; for others give the token of a GitHub App.',
  default: '${{ github.token }}',
  // The default is GitHub's to fill in: here it means that the workflow has given something empty.
  parse: (value) => (value === githubToken.default ? '' : value),
};

/** The most that "deadline" may be: timers do not reach much further. */
const longestSeconds = 24 * 3600;

/** The inputs of the sweep, beside `root` and those of the engine that {@link EngineDeclaration.inputsOf} names. */
export const sweepInputs = {
  engine: engineInput('What to sweep'),
  orphans: flag('Also end leases that are not over, when GitHub says that their job is.', true),
  'github-token': githubToken,
  grace: duration('How long a job must have been over before its leases are.', '5m', 0),
  'dry-run': flag('Only report what would be ended.', false),
  concurrency: integer('How many sessions with the target end leases at a time.', 8, [1, 64]),
  'max-revocations': integer(
    'With more leases due than this, not counting what had been disabled before, nothing is done and the step fails.',
    1000,
    [0, 1_000_000],
  ),
  shard: shardInput,
  deadline: duration('When to stop beginning anything new, and say how much is left.', '10m'),
};

/** Its outputs. */
export const sweepOutputs: OutputTable = {
  found: count('How many leases were found, what only looks like one included: the sum of the next six.'),
  live: count('How many were left alone because they are not over.'),
  revoked: count('How many were ended and removed.'),
  absent: count('How many were gone before they could be ended.'),
  disabled: count('How many can no longer be used, but left something that could not be removed.'),
  failed: count('How many may still work, because ending them failed.'),
  skipped: count('How many were left for another run (dry run, deadline) or for a person to look at.'),
  unknown: count(
    'How many of the live ones were left alone only because GitHub could not tell whether their job is over.',
  ),
  oldest: count('Seconds since the oldest leftover was minted; empty when there was none.'),
  report: 'Path of a JSON file with one object for each lease that was found.',
};

function count(description: string): Output {
  return { description, type: 'integer' };
}

export type SweepInputs = Inputs<typeof sweepInputs>;

/** @throws UserError for the first input that is wrong */
export function readSweepInputs(read: (name: string) => string): SweepInputs {
  const inputs = parseInputs(sweepInputs, read);
  if (inputs.orphans && inputs['github-token'] === '') {
    throw new UserError('it is empty, and "orphans" needs it to ask GitHub', {
      input: 'github-token',
      fix: 'Leave it at its default, or set "orphans: false" to end expired leases alone.',
    });
  }
  if (inputs.deadline > longestSeconds) throw new UserError('a sweep takes 24h at most', { input: 'deadline' });
  return inputs;
}
