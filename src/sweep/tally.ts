import { expiryInName, isPrincipal } from '../lease/name.ts';
import type { Finding } from './report.ts';

const ageLimits = [
  ['under 1h', 3600],
  ['1h to 6h', 6 * 3600],
  ['6h to 24h', 24 * 3600],
  ['1d to 7d', 7 * 86_400],
  ['over 7d', Infinity],
] as const;

const shownFailures = 20;
const shownReasons = 5;

/** What a sweep amounts to, in numbers: its size does not grow with the target. */
export class Tally {
  readonly counts: Record<Finding['outcome'], number> = {
    live: 0,
    revoked: 0,
    absent: 0,
    disabled: 0,
    failed: 0,
    skipped: 0,
  };
  found = 0;
  /** leases that are over and may still work */
  stillUsable = 0;
  /** of the oldest leftover, in seconds; undefined when there is none */
  oldest: number | undefined;
  /** leftovers by age */
  readonly ages = new Map<string, number>(ageLimits.map(([label]) => [label, 0]));
  /** leftovers by repository, `''` for those without a record */
  readonly repositories = new Map<string, number>();
  /** the first of those that need somebody's attention */
  readonly attention: Finding[] = [];
  /** why leases could not be judged, and how many */
  readonly unknown = new Map<string, number>();

  /** how many leases could not be judged */
  get unknownCount(): number {
    return this.unknown.values().reduce((sum, count) => sum + count, 0);
  }

  add(finding: Finding): void {
    const { outcome, state, reason, record, usable = false, shell = false } = finding;
    this.found += 1;
    this.counts[outcome] += 1;
    if (state === 'live') {
      if (reason !== undefined) {
        const isRoom = this.unknown.size < shownReasons || this.unknown.has(reason);
        increase(this.unknown, isRoom ? reason : 'for other reasons, which the report names');
      }
      return;
    }
    const needsAttention = outcome === 'failed' || outcome === 'disabled' || state === 'odd';
    if (needsAttention && this.attention.length < shownFailures) this.attention.push(finding);
    if (state === 'odd') return;
    const isLeft = outcome === 'failed' || (outcome === 'skipped' && usable);
    if (isLeft && !shell) this.stillUsable += 1;
    const age = ageOf(finding);
    this.oldest = Math.max(this.oldest ?? 0, age);
    increase(this.ages, ageLimits.find(([, limit]) => age < limit)?.[0] ?? '');
    increase(this.repositories, record?.repo ?? '');
  }
}

/** Seconds since it was minted; since the end in its name where it does not say. */
function ageOf({ principal, record }: Finding): number {
  const since = record?.iat ?? (isPrincipal(principal) ? expiryInName(principal).getTime() / 1000 : Infinity);
  return Math.max(0, Math.round(Date.now() / 1000 - since));
}

function increase(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
