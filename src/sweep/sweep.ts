/** Finds what nobody has ended and ends it. */
import type { EngineSession, Lease } from '../engines/engine.ts';
import { messageOf, UserError } from '../lease/errors.ts';
import type { Revocation } from '../lease/result.ts';
import { isForGithub, judge, type AskJob, type Cause, type Judgement } from './due.ts';
import { findingOf, type Ending, type Finding } from './report.ts';
import { isInShard, type Shard } from './shard.ts';

/** The target to sweep. */
export interface Target {
  /** logs in as root, anew for every worker. @param signal ends the session, whatever is under way */
  open(signal: AbortSignal): Promise<EngineSession>;
  /** whether an error of a session may be gone when all is done again, from `open` on */
  canHeal(error: unknown): boolean;
  /** how many leases a session ends best at a time */
  readonly batchSize: number;
}

export interface Terms {
  /** undefined: only leases whose end has passed are ended */
  readonly askJob: AskJob | undefined;
  /** seconds */
  readonly grace: number;
  readonly dryRun: boolean;
  /** sessions at a time */
  readonly concurrency: number;
  /** more leases than this, shells apart, are not ended: rather something is wrong with the sweep */
  readonly maxRevocations: number;
  readonly shard: Shard;
  /** how long one lease may take to end before its session is given up, in seconds */
  readonly patience: number;
  /** nothing new is begun once it has fired */
  readonly deadline: AbortSignal;
  /** all is abandoned once it has fired */
  readonly cancelled: AbortSignal;
  /** told of every lease that was found */
  readonly tell: (finding: Finding) => Promise<void>;
  /** told how far the work is; how many leases there are to list nobody knows */
  readonly progress: (done: number, total: number | undefined, what: 'listed' | 'asked' | 'ended') => void;
}

/** A lease that is to be ended. */
interface Due {
  readonly lease: Lease;
  readonly cause: Cause;
}

/** How many leases are judged at a time, and so how many requests GitHub gets at a time. */
const judgedAtOnce = 8;
/** How often the ending of a lease is begun again when the target breaks off. */
const attempts = 3;

/**
 * Lists everything of ours, judges it, and only then ends what is due.
 *
 * @throws UserError when more is due than `maxRevocations`, and nothing has been touched; what the list failed with, after
 *   all that it did show was ended; what kept root from ending the rest
 */
export async function sweep(target: Target, terms: Terms): Promise<void> {
  const { due, failure } = await findDue(target, terms);
  const lost = due.length === 0 ? undefined : await endAll(target, terms, due);
  terms.cancelled.throwIfAborted();
  if (failure !== undefined) throw failure;
  if (lost !== undefined) throw lost;
}

/** The first half. @returns what is to be ended, and why the list may lack something */
async function findDue(target: Target, terms: Terms): Promise<{ due: Due[]; failure?: Error | undefined }> {
  const { maxRevocations, tell, cancelled, askJob } = terms;
  const due: Due[] = [];
  const shells: Due[] = [];
  const forGithub: Lease[] = [];
  let count = 0;

  const failure = await list(target, terms, async (lease) => {
    if (isForGithub(lease, askJob)) forGithub.push(lease);
    else await take(lease, await judge(lease, terms.grace, askJob));
  });
  const left = inTurn(forGithub);
  while (left.length > 0 && !cancelled.aborted) {
    const group = left.splice(0, judgedAtOnce);
    const judged = group.map(async (lease) => [lease, await judge(lease, terms.grace, askJob)] as const);
    for (const [lease, judgement] of await Promise.all(judged)) await take(lease, judgement);
    terms.progress(forGithub.length - left.length, forGithub.length, 'asked');
  }
  if (count > maxRevocations && !terms.dryRun) {
    for (const shell of shells) await skip(shell, tooMany);
    throw new UserError(`${count} leases are due, and nothing was done because that is above ${maxRevocations}`, {
      input: 'max-revocations',
      fix: 'Look at them with "dry-run". If they are what dead runners left, raise the limit for one run.',
    });
  }
  // What may still be used comes first: shells that cannot be removed take their time in every sweep.
  return { due: [...due, ...shells], failure };

  async function take(lease: Lease, judgement: Judgement): Promise<void> {
    if (judgement.is === 'due') await add({ lease, cause: judgement.cause });
    else if (judgement.is === 'odd') await skip({ lease, cause: 'odd' }, judgement.note);
    else await tell(findingOf(lease, 'live', { outcome: 'live', reason: judgement.note }));
  }
  async function add(each: Due): Promise<void> {
    if (terms.dryRun) {
      await skip(each, 'this was a dry run');
    } else if (each.lease.shell === true) {
      // It does no harm, and so it must not keep the sweep from what does.
      shells.push(each);
    } else if ((count += 1) <= maxRevocations) {
      due.push(each);
    } else {
      // None will be ended, so none needs to be remembered.
      for (const one of [...due.splice(0), each]) await skip(one, tooMany);
    }
  }
  async function skip({ lease, cause }: { lease: Lease; cause: Cause | 'odd' }, reason: string): Promise<void> {
    await tell(findingOf(lease, cause, { outcome: 'skipped', reason }));
  }
}

const tooMany = 'more are due than "max-revocations" allows';

/** Lists everything of ours, in a session that is closed before GitHub is asked. @returns why the list may lack something */
async function list(
  target: Target,
  { askJob, shard, tell, progress, cancelled, deadline }: Terms,
  take: (lease: Lease) => Promise<void>,
): Promise<Error | undefined> {
  let found = 0;
  await using session = await target.open(AbortSignal.any([cancelled, deadline]));
  try {
    for await (const lease of session.leases({ records: askJob === undefined ? 'due' : 'all' })) {
      if (!isInShard(lease.principal, shard)) continue;
      found += 1;
      progress(found, undefined, 'listed');
      await take(lease);
    }
    for await (const principal of session.lookalikes()) {
      if (!isInShard(principal, shard)) continue;
      const reason = 'it looks like an account of joblease, but joblease did not name it so; nothing was done to it';
      await tell({ principal, state: 'odd', outcome: 'skipped', reason });
    }
    return undefined;
  } catch (error) {
    const why = deadline.aborted ? messageOf(deadline.reason) : messageOf(error);
    return new Error(`the list of leases is not complete: ${why}`, { cause: error });
  }
}

/**
 * The order in which GitHub is asked: from the oldest to the youngest, but from a random one on. Where its limits do not
 * let all be asked for, it is then not always the same ones that are left.
 */
function inTurn(leases: readonly Lease[]): Lease[] {
  const byAge = leases.toSorted((a, b) => (a.record?.iat ?? 0) - (b.record?.iat ?? 0));
  const start = Math.floor(Math.random() * byAge.length);
  return [...byAge.slice(start), ...byAge.slice(0, start)];
}

/** Leases that a session takes on together. */
interface Batch {
  readonly due: readonly Due[];
  readonly attempt: number;
}

/**
 * The second half: several sessions share the work, and every lease stands alone.
 *
 * @returns why some could not be tried at all: no session could be opened any more
 */
async function endAll(target: Target, terms: Terms, due: readonly Due[]): Promise<Error | undefined> {
  const { deadline, cancelled } = terms;
  const workers = Math.min(terms.concurrency, due.length);
  const size = Math.min(target.batchSize, Math.ceil(due.length / workers));
  const queue: Batch[] = [];
  for (let i = 0; i < due.length; i += size) queue.push({ due: due.slice(i, i + size), attempt: 1 });
  let done = 0;
  let lost: unknown;
  terms.progress(done, due.length, 'ended');

  await Promise.all(
    Array.from({ length: workers }, async () => {
      while (hasWork() && (await serve()));
    }),
  );
  const untried = queue.flatMap((batch) => batch.due);
  for (const each of untried) {
    if (cancelled.aborted) await settle(each, { outcome: 'skipped', reason: messageOf(cancelled.reason) });
    else if (deadline.aborted) await settle(each, { outcome: 'skipped', reason: messageOf(deadline.reason) });
    else await settle(each, { outcome: 'failed', reason: messageOf(lost) });
  }
  if (untried.length === 0 || deadline.aborted || cancelled.aborted) return undefined;
  return lost instanceof Error ? lost : new Error(String(lost));

  function hasWork(): boolean {
    return queue.length > 0 && !deadline.aborted && !cancelled.aborted;
  }

  /** Works with one session until there is nothing left to do, or it fails. @returns whether another one may do better */
  async function serve(): Promise<boolean> {
    const watch = watchdog(cancelled, terms.patience);
    try {
      let session;
      try {
        session = await target.open(watch.signal);
      } catch (error) {
        // A server that lets no more in still has the others.
        lost = error;
        return false;
      }
      await using open = session;
      for (let batch = queue.shift(); batch !== undefined; batch = hasWork() ? queue.shift() : undefined) {
        const left = new Map(batch.due.map((each) => [each.lease, each]));
        try {
          for await (const [lease, end] of endEach(open, [...left.keys()])) {
            watch.reset();
            const each = left.get(lease);
            if (each === undefined) continue;
            left.delete(lease);
            await settle(each, { ...end, outcome: end.outcome === 'expiring' ? 'live' : end.outcome });
            if (deadline.aborted) break;
          }
          if (left.size > 0 && !deadline.aborted) throw new Error('the engine did not say what became of it');
          putBack(batch, [...left.values()]);
        } catch (error) {
          const rest = [...left.values()];
          if (watch.signal.aborted) await single(rest, watch.signal.reason);
          else await tryAgain(batch, rest, error);
          return true;
        }
      }
      return true;
    } finally {
      watch.stop();
    }
  }

  function putBack(batch: Batch, rest: readonly Due[]): void {
    if (rest.length > 0) queue.push({ ...batch, due: rest });
  }

  async function tryAgain(batch: Batch, rest: readonly Due[], error: unknown): Promise<void> {
    if (!target.canHeal(error) || batch.attempt >= attempts) await single(rest, error);
    else putBack({ ...batch, attempt: rest.length < batch.due.length ? 1 : batch.attempt + 1 }, rest);
  }

  /** One of them spoils it for the others: each by itself, once. */
  async function single(rest: readonly Due[], error: unknown): Promise<void> {
    const [only, ...others] = rest;
    if (only === undefined) return;
    if (cancelled.aborted || others.length > 0) queue.push(...rest.map((each) => ({ due: [each], attempt: attempts })));
    else await settle(only, { outcome: 'failed', reason: messageOf(error) });
  }

  async function settle({ lease, cause }: Due, end: Ending): Promise<void> {
    done += 1;
    terms.progress(done, due.length, 'ended');
    await terms.tell(findingOf(lease, cause, end));
  }
}

/** Ends what was listed, in the engine's own way where it has one. */
async function* endEach(session: EngineSession, leases: readonly Lease[]): AsyncIterable<readonly [Lease, Revocation]> {
  if (session.end !== undefined) yield* session.end(leases);
  else for (const lease of leases) yield [lease, await session.revoke(lease.principal)];
}

/** Gives up a session with which nothing moves any more. @param patience seconds */
function watchdog(cancelled: AbortSignal, patience: number): { signal: AbortSignal; reset(): void; stop(): void } {
  const controller = new AbortController();
  const reason = new Error(`the target did not end a lease within ${patience} s`);
  const timer = setTimeout(() => {
    controller.abort(reason);
  }, patience * 1000);
  return {
    signal: AbortSignal.any([cancelled, controller.signal]),
    reset: () => void timer.refresh(),
    stop: () => {
      clearTimeout(timer);
    },
  };
}
