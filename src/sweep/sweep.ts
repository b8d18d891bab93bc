/** Finds what nobody has ended and ends it. */
import type { Lease } from '../engines/engine.ts';
import { messageOf, UserError } from '../lease/errors.ts';
import { isForGithub, judge, type Cause, type Judgement } from './due.ts';
import { endAll } from './end.ts';
import { findingOf } from './report.ts';
import { isInShard } from './shard.ts';
import type { Due, Target, Terms } from './terms.ts';

/** How many leases are judged at a time, and so how many requests GitHub gets at a time. */
const judgedAtOnce = 8;

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
    else await take(lease, await judge(lease, terms.graceSeconds, askJob));
  });
  const left = inTurn(forGithub);
  while (left.length > 0 && !cancelled.aborted) {
    const group = left.splice(0, judgedAtOnce);
    const judged = group.map(async (lease) => [lease, await judge(lease, terms.graceSeconds, askJob)] as const);
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
