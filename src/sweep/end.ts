/** The second half of a sweep: several sessions end what is due, and every lease stands alone. */
import type { EngineSession, Lease } from '../engines/engine.ts';
import { messageOf } from '../lease/errors.ts';
import type { Revocation } from '../lease/result.ts';
import { findingOf, type Ending } from './report.ts';
import type { Due, Target, Terms } from './terms.ts';

/** How often the ending of a lease is begun again when the target breaks off. */
const attempts = 3;

/** @returns why some could not be tried at all: no session could be opened any more */
export async function endAll(target: Target, terms: Terms, due: readonly Due[]): Promise<Error | undefined> {
  const workers = Math.min(terms.concurrency, due.length);
  const work = new Work(terms, due, Math.min(target.batchSize, Math.ceil(due.length / workers)));
  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (work.isLeft() && (await serve(target, terms, work)));
    }),
  );
  return await work.settleUntried();
}

/** Works with one session until there is nothing left to do, or it fails. @returns whether another one may do better */
async function serve(target: Target, { cancelled, patienceSeconds }: Terms, work: Work): Promise<boolean> {
  const watch = watchdog(cancelled, patienceSeconds);
  try {
    const session = await target.open(watch.signal).catch((error: unknown) => {
      // A server that lets no more in still has the others.
      work.lost = error;
    });
    if (session === undefined) return false;
    await using open = session;
    for (let batch = work.next(); batch !== undefined; batch = work.next()) {
      const left = new Map(batch.due.map((each) => [each.lease, each]));
      try {
        await endBatch(open, left, work, watch.reset);
        work.putBack(batch, [...left.values()]);
      } catch (error) {
        const rest = [...left.values()];
        if (watch.signal.aborted) await work.singleOut(rest, watch.signal.reason);
        else if (target.canHeal(error)) await work.tryAgain(batch, rest, error);
        else await work.singleOut(rest, error);
        return true;
      }
    }
    return true;
  } finally {
    watch.stop();
  }
}

/** @param left what is not ended yet: it gets less */
async function endBatch(session: EngineSession, left: Map<Lease, Due>, work: Work, moved: () => void): Promise<void> {
  for await (const [lease, end] of endEach(session, [...left.keys()])) {
    moved();
    const each = left.get(lease);
    if (each === undefined) continue;
    left.delete(lease);
    await work.settle(each, { ...end, outcome: end.outcome === 'expiring' ? 'live' : end.outcome });
    if (work.isOutOfTime()) return;
  }
  if (left.size > 0 && !work.isOutOfTime()) throw new Error('the engine did not say what became of it');
}

/** Ends what was listed, in the engine's own way where it has one. */
async function* endEach(session: EngineSession, leases: readonly Lease[]): AsyncIterable<readonly [Lease, Revocation]> {
  if (session.end !== undefined) yield* session.end(leases);
  else for (const lease of leases) yield [lease, await session.revoke(lease.principal)];
}

/** Leases that a session takes on together. */
interface Batch {
  readonly due: readonly Due[];
  readonly attempt: number;
}

/** What is still to be done, for all sessions. */
class Work {
  /** why no session could be opened any more */
  lost: unknown;
  readonly #terms: Terms;
  readonly #total: number;
  readonly #queue: Batch[] = [];
  #done = 0;

  constructor(terms: Terms, due: readonly Due[], size: number) {
    this.#terms = terms;
    this.#total = due.length;
    for (let i = 0; i < due.length; i += size) this.#queue.push({ due: due.slice(i, i + size), attempt: 1 });
    this.#tellProgress();
  }

  isLeft(): boolean {
    return this.#queue.length > 0 && !this.isOutOfTime() && !this.#terms.cancelled.aborted;
  }

  isOutOfTime(): boolean {
    return this.#terms.deadline.aborted;
  }

  next(): Batch | undefined {
    return this.isLeft() ? this.#queue.shift() : undefined;
  }

  putBack(batch: Batch, rest: readonly Due[]): void {
    if (rest.length > 0) this.#queue.push({ ...batch, due: rest });
  }

  async tryAgain(batch: Batch, rest: readonly Due[], error: unknown): Promise<void> {
    if (batch.attempt >= attempts) await this.singleOut(rest, error);
    else this.putBack({ ...batch, attempt: rest.length < batch.due.length ? 1 : batch.attempt + 1 }, rest);
  }

  /** One of them spoils it for the others: each by itself, once. */
  async singleOut(rest: readonly Due[], error: unknown): Promise<void> {
    const [only, ...others] = rest;
    if (only === undefined) return;
    if (!this.#terms.cancelled.aborted && others.length === 0) {
      await this.settle(only, { outcome: 'failed', reason: messageOf(error) });
    } else {
      this.#queue.push(...rest.map((each) => ({ due: [each], attempt: attempts })));
    }
  }

  async settle({ lease, cause }: Due, end: Ending): Promise<void> {
    this.#done += 1;
    this.#tellProgress();
    await this.#terms.tell(findingOf(lease, cause, end));
  }

  /** Tells of all that is left. @returns why some of it could not be tried, where it was for lack of a session */
  async settleUntried(): Promise<Error | undefined> {
    const { cancelled, deadline } = this.#terms;
    const untried = this.#queue.splice(0).flatMap(({ due }) => due);
    for (const each of untried) {
      if (cancelled.aborted) await this.settle(each, { outcome: 'skipped', reason: messageOf(cancelled.reason) });
      else if (deadline.aborted) await this.settle(each, { outcome: 'skipped', reason: messageOf(deadline.reason) });
      else await this.settle(each, { outcome: 'failed', reason: messageOf(this.lost) });
    }
    if (untried.length === 0 || deadline.aborted || cancelled.aborted) return undefined;
    return this.lost instanceof Error ? this.lost : new Error(String(this.lost));
  }

  #tellProgress(): void {
    this.#terms.progress(this.#done, this.#total, 'ended');
  }
}

/** Gives up a session with which nothing moves any more. */
function watchdog(
  cancelled: AbortSignal,
  patienceSeconds: number,
): { readonly signal: AbortSignal; readonly reset: () => void; readonly stop: () => void } {
  const controller = new AbortController();
  const reason = new Error(`the target did not end a lease within ${patienceSeconds} s`);
  const timer = setTimeout(() => {
    controller.abort(reason);
  }, patienceSeconds * 1000);
  return {
    signal: AbortSignal.any([cancelled, controller.signal]),
    reset: () => void timer.refresh(),
    stop: () => {
      clearTimeout(timer);
    },
  };
}
