import type { Lease } from '../engines/engine.ts';
import type { Verdict } from '../github/jobs.ts';
import { expiryInName } from '../lease/name.ts';
import type { LeaseRecord } from '../lease/record.ts';

/**
 * Why a lease is to be ended:
 *
 * - `expired`: its end has passed on the target's clock, or it was disabled
 * - `half-made`: no record and no end were ever written, and the end in its name has passed
 * - `job-over`: GitHub says that the job it was minted for is over
 */
export type Cause = 'expired' | 'half-made' | 'job-over';

/** What becomes of a lease: `live` and `odd` are left alone. */
export type Judgement =
  | { readonly is: 'due'; readonly cause: Cause }
  | { readonly is: 'live'; readonly note?: string | undefined }
  | { readonly is: 'odd'; readonly note: string };

/** How to find out whether a job is over; undefined when only expired leases are to be ended. */
export type AskJob = (job: LeaseRecord) => Promise<Verdict>;

/** Whether only GitHub can tell what becomes of a lease. */
export function isForGithub({ over, record }: Lease, askJob: AskJob | undefined): boolean {
  return !over && record !== undefined && askJob !== undefined;
}

/**
 * Judges one lease. Whatever is not known is not due.
 *
 * @param graceSeconds what a half-made lease gets beyond the end in its name, which was chosen by a runner's clock
 */
export async function judge(lease: Lease, graceSeconds: number, askJob: AskJob | undefined): Promise<Judgement> {
  const { over, expiresAt, record, unreadable = false } = lease;
  if (over) return { is: 'due', cause: 'expired' };
  if (expiresAt === undefined && unreadable) {
    return { is: 'odd', note: 'what stands in place of its record cannot be read; a newer version may have minted it' };
  }
  if (expiresAt === undefined && record === undefined) {
    const end = expiryInName(lease.principal).getTime() + graceSeconds * 1000;
    return end < Date.now() ? { is: 'due', cause: 'half-made' } : { is: 'live' };
  }
  if (askJob === undefined || record === undefined) return { is: 'live' };
  const verdict = await askJob(record);
  if (verdict.is === 'over') return { is: 'due', cause: 'job-over' };
  return { is: 'live', note: verdict.is === 'unknown' ? verdict.why : undefined };
}
