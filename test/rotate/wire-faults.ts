import { wireFaults, type WireFault } from '../services/wire.ts';

/**
 * Every fault at every message, but one that another stands for: a process that dies before it sends a message leaves
 * what it leaves when it dies with the answer to the one before; and a lost message is nothing while nothing is at stake.
 */
export function faultsOf(count: number, from: number): { at: number; kind: WireFault }[] {
  const all = wireFaults.flatMap((kind) => Array.from({ length: count }, (_, at) => ({ at, kind })));
  return all.filter(({ at, kind }) => {
    if (kind === 'killed before') return at === 0;
    return kind !== 'lost message' || at >= from;
  });
}
