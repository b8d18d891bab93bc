import { createHash } from 'node:crypto';
import { UserError } from '../lease/errors.ts';
import type { Input } from '../lease/inputs.ts';

/** One of several sweeps that share a target. */
export interface Shard {
  /** from 1 */
  readonly index: number;
  readonly count: number;
}

export const shardInput: Input<Shard> = {
  description: 'Which part of the leases to sweep, as in 2/5, so that the legs of a matrix can share a large target.',
  default: '1/1',
  parse(value, name) {
    const [, index = 0, count = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(value) ?? []).map(Number);
    if (index >= 1 && index <= count) return { index, count };
    throw new UserError(`${JSON.stringify(value)} is not a shard`, {
      input: name,
      fix: 'Write 2/5 for the second of five.',
    });
  },
};

/** Whether a name falls to this shard: to exactly one of them all. */
export function isInShard(name: string, { index, count }: Shard): boolean {
  if (count === 1) return true;
  return createHash('sha256').update(name).digest().readUInt32BE() % count === index - 1;
}
