import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Lease } from '../engines/engine.ts';
import type { LeaseRecord } from '../lease/record.ts';
import type { Outcome } from '../lease/result.ts';
import type { Cause } from './due.ts';

/** What the sweep says of one lease: one object of the report. */
export interface Finding {
  /** account name; for what only looks like ours it is no lease's */
  readonly principal: string;
  readonly state: Cause | 'live' | 'odd';
  /** `live`: left alone because it is not over; `skipped`: left for another run, or for a person to look at */
  readonly outcome: Exclude<Outcome, 'expiring'> | 'live' | 'skipped';
  readonly reason?: string | undefined;
  readonly fix?: string | undefined;
  readonly sessionsEnded?: number | undefined;
  /** whether the target let it in when it was listed */
  readonly usable?: boolean;
  /** whether it had been disabled before, and only what could not be removed is left */
  readonly shell?: boolean | undefined;
  /** RFC 3339, on the target's clock */
  readonly expiresAt?: string | undefined;
  readonly record?: LeaseRecord | undefined;
}

/** How it ended for a lease. */
export interface Ending {
  readonly outcome: Finding['outcome'];
  readonly reason?: string | undefined;
  readonly fix?: string | undefined;
  readonly sessionsEnded?: number | undefined;
}

export function findingOf(
  { principal, expiresAt, record, usable, shell }: Lease,
  state: Finding['state'],
  end: Ending,
): Finding {
  // A target may say what no calendar has. That is no time, and no reason to leave the other leases alone.
  const at = expiresAt === undefined || Number.isNaN(expiresAt.getTime()) ? undefined : expiresAt.toISOString();
  return { principal, state, ...end, usable, shell, expiresAt: at, record };
}

/** The report: a JSON array, one finding a line, written as they come so that a large target takes no memory. */
export class Report {
  readonly #file: WriteStream;
  #separator = '[\n';
  /** why it could not be written; that stops no sweep */
  error: Error | undefined;

  /** @param path of a new file, for this user's eyes only */
  constructor(path: string) {
    this.#file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    this.#file.on('error', (error) => {
      this.error = error;
    });
  }

  async add(finding: Finding): Promise<void> {
    if (this.error !== undefined) return;
    const isRoom = this.#file.write(this.#separator + JSON.stringify(finding));
    this.#separator = ',\n';
    if (!isRoom) await once(this.#file, 'drain').catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#file.end(this.#separator === '[\n' ? '[]\n' : '\n]\n');
    await finished(this.#file).catch(() => undefined);
  }
}
