/** Finds what nobody has ended and ends it. */
import type { EngineSession, Lease } from '../engines/engine.ts';
import { messageOf, UserError } from '../lease/errors.ts';
import { judge, type AskJob, type Cause } from './due.ts';
import { findingOf, type Ending, type Finding } from './report.ts';
import { isInShard, type Shard } from './shard.ts';

/** The target to sweep. */
export interface Target {
  /** logs in as root, anew for every worker. @param signal ends the session, whatever is under way */
  open(signal: AbortSignal): Promise<EngineSession>;
  /** whether an error of a session may be gone when all is done again, from `open` on */
  canHeal(error: unknown): boolean;
  /** how many leases a session ends at best at a time */
  readonly batch: number;
}

export interface Terms {
  /** undefined: only leases whose end has passed are ended */
  readonly askJob: AskJob | undefined;
  /** seconds */
  readonly grace: number;
  readonly dryRun: boolean;
  /** sessions at a time */
  readonly concurrency: number;
  /** more leases than this are not ended: rather something is wrong with the sweep */
  readonly maxRevocations: number;
  readonly shard: Shard;
  /** nothing new is begun once it has fired */
  readonly deadline: AbortSignal;
  /** all is abandoned once it has fired */
  readonly cancelled: AbortSignal;
  /** told of every lease that was found */
  readonly tell: (finding: Finding) => Promise<void>;
  /** told how far the work is */
  readonly progress: (done: number, total: number | undefined) => void;
}

/** A lease that is to be ended. */
interface Due {
  readonly lease: Lease;
  readonly cause: Cause;
}

/** How many leases are judged at a time, and so how many requests GitHub gets at a time. */
const judgedAtOnce = 8;
/** How long one lease may take to end before the connection is given up, in milliseconds. */
const patience = 60_000;
/** How often the ending of a lease is begun again when the target breaks off. */
const attempts = 3;

/**
 * Lists everything of ours, judges it, and only then ends what is due.
 *
 * @throws UserError when more is due than `maxRevocations`, and nothing has been touched; what the list failed with, after
 *   all that it did show was ended
 */
export async function sweep(target: Target, terms: Terms): Promise<void> {
  const { due, failure } = await findDue(target, terms);
  if (due.length > 0) await endAll(target, terms, due);
  if (failure !== undefined) throw failure;
}

/** The first half. @returns what is to be ended, and why the list may lack something */
async function findDue(target: Target, terms: Terms): Promise<{ due: Due[]; failure?: Error }> {
  const { maxRevocations, shard, tell, progress, cancelled, deadline } = terms;
  const due: Due[] = [];
  let count = 0;
  let found = 0;
  await using session = await target.open(AbortSignal.any([cancelled, deadline]));
  try {
    const leases = session.leases({ records: terms.askJob === undefined ? 'due' : 'all' });
    for await (const group of groupsOf(leases, judgedAtOnce)) {
      const mine = group.filter(({ principal }) => isInShard(principal, shard));
      const judged = mine.map(async (lease) => ({ lease, judgement: await judge(lease, terms.grace, terms.askJob) }));
      for (const { lease, judgement } of await Promise.all(judged)) {
        found += 1;
        if (judgement.is === 'due') await add({ lease, cause: judgement.cause });
        else if (judgement.is === 'odd') await skip({ lease, cause: 'odd' }, judgement.note);
        else await tell(findingOf(lease, 'live', { outcome: 'live', reason: judgement.note }));
      }
      progress(found, undefined);
    }
    for await (const principal of session.lookalikes()) {
      if (!isInShard(principal, shard)) continue;
      const reason = 'it looks like an account of joblease, but joblease did not name it so; nothing was done to it';
      await tell({ principal, state: 'odd', outcome: 'skipped', reason });
    }
  } catch (error) {
    cancelled.throwIfAborted();
    return { due, failure: new Error(`the list of leases is not complete: ${messageOf(error)}`, { cause: error }) };
  }
  if (count > maxRevocations && !terms.dryRun) {
    throw new UserError(`${count} leases are due, and nothing was done because that is above ${maxRevocations}`, {
      input: 'max-revocations',
      fix: 'Look at them with "dry-run". If they are what dead runners left, raise the limit for one run.',
    });
  }
  return { due };

  async function add(each: Due): Promise<void> {
    count += 1;
    if (terms.dryRun) {
      await skip(each, 'this was a dry run');
    } else if (count <= maxRevocations) {
      due.push(each);
    } else {
      // None will be ended, so none needs to be remembered.
      for (const one of [...due.splice(0), each]) await skip(one, 'more are due than "max-revocations" allows');
    }
  }
  async function skip({ lease, cause }: { lease: Lease; cause: Cause | 'odd' }, reason: string): Promise<void> {
    await tell(findingOf(lease, cause, { outcome: 'skipped', reason }));
  }
}

/** Leases that a session takes on together. */
interface Batch {
  readonly due: readonly Due[];
  readonly attempt: number;
}

/** The second half: several sessions share the work, and every lease stands alone. */
async function endAll(target: Target, terms: Terms, due: readonly Due[]): Promise<void> {
  const { deadline, cancelled } = terms;
  const workers = Math.min(terms.concurrency, due.length);
  const size = Math.min(target.batch, Math.ceil(due.length / workers));
  const queue: Batch[] = [];
  for (let i = 0; i < due.length; i += size) queue.push({ due: due.slice(i, i + size), attempt: 1 });
  let done = 0;
  let sessions = 0;
  /** why no session can be opened any more */
  let lost: unknown;

  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (hasWork() && (await serve()));
    }),
  );
  cancelled.throwIfAborted();
  for (const each of queue.flatMap((batch) => batch.due)) {
    if (lost === undefined) await settle(each, { outcome: 'skipped', reason: 'the deadline was reached' });
    else await settle(each, { outcome: 'failed', reason: messageOf(lost) });
  }

  function hasWork(): boolean {
    return queue.length > 0 && lost === undefined && !deadline.aborted && !cancelled.aborted;
  }

  /** Works with one session until there is nothing left to do, or it fails. @returns whether another one may do better */
  async function serve(): Promise<boolean> {
    const watch = watchdog(cancelled);
    try {
      let session;
      try {
        session = await target.open(watch.signal);
      } catch (error) {
        // A server that lets no more in still has the others.
        if (sessions === 0) lost = error;
        return false;
      }
      await using open = session;
      sessions += 1;
      for (let batch = queue.shift(); batch !== undefined; batch = hasWork() ? queue.shift() : undefined) {
        const left = new Map(batch.due.map((each) => [each.lease, each]));
        try {
          for await (const [lease, end] of open.end([...left.keys()])) {
            watch.reset();
            const each = left.get(lease);
            if (each === undefined) continue;
            left.delete(lease);
            await settle(each, { ...end, outcome: end.outcome === 'expiring' ? 'live' : end.outcome });
            if (deadline.aborted) break;
          }
          putBack(batch, [...left.values()]);
        } catch (error) {
          sessions -= 1;
          await tryAgain(batch, [...left.values()], error, target.canHeal(error) || watch.signal.aborted);
          return true;
        }
      }
      sessions -= 1;
      return true;
    } finally {
      watch.stop();
    }
  }

  function putBack(batch: Batch, left: readonly Due[]): void {
    if (left.length > 0) queue.push({ ...batch, due: left });
  }

  async function tryAgain(batch: Batch, left: readonly Due[], error: unknown, canHeal: boolean): Promise<void> {
    if (cancelled.aborted) return;
    const [only] = left;
    if (canHeal && batch.attempt < attempts) {
      const attempt = left.length < batch.due.length ? 1 : batch.attempt + 1;
      putBack({ ...batch, attempt }, left);
    } else if (left.length > 1) {
      // One of them spoils it for the others: each by itself.
      queue.push(...left.map((each) => ({ due: [each], attempt: 1 })));
    } else if (only !== undefined) {
      await settle(only, { outcome: 'failed', reason: messageOf(error) });
    }
  }

  async function settle({ lease, cause }: Due, end: Ending): Promise<void> {
    done += 1;
    terms.progress(done, due.length);
    await terms.tell(findingOf(lease, cause, end));
  }
}

/** Gives up a session with which nothing moves any more. */
function watchdog(cancelled: AbortSignal): { signal: AbortSignal; reset(): void; stop(): void } {
  const controller = new AbortController();
  const reason = new Error(`the target did not end a lease within ${patience / 1000} s`);
  const timer = setTimeout(() => {
    controller.abort(reason);
  }, patience);
  return {
    signal: AbortSignal.any([cancelled, controller.signal]),
    reset: () => void timer.refresh(),
    stop: () => {
      clearTimeout(timer);
    },
  };
}

/** Takes items together by so many at a time. */
async function* groupsOf<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}
