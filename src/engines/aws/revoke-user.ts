/**
 * Taking a user down: it is shut off, then its keys go, then what stands in the way of deleting it, its guard, the user.
 *
 * The short way knows what the mint has made and takes a call for each. Only where IAM objects the long way looks for
 * everything else that a user can have.
 */
import {
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context } from '../engine.ts';
import {
  deleteEverything,
  deleteGiven,
  deleteKey,
  deleteListedKeys,
  deletePolicy,
  unlessDenied,
  type Account,
} from './clean.ts';
import type { LeaseKey } from './credential.ts';
import { awsCode, canHeal, explain, isAccessDenied, isKeyRefused, isMissing } from './errors.ts';
import { closedGuard, guardName } from './guard.ts';
import { made, unlessMissing, userArn, type Iam } from './iam.ts';
import { isListed } from './leases.ts';
import { holdingsIn, type Holdings } from './tags.ts';
import { verify } from './verify.ts';

/** What is known of a user beside its name. */
export interface Known {
  /** what post has of the lease */
  readonly key?: LeaseKey | undefined;
  /** what the mint gave the user, where its tags tell; else the inputs do */
  readonly holdings?: Holdings | undefined;
}

/** How long a user is looked for that is missing though it may be there, and one that root seems to have no right to. */
const patienceMs = { absent: 15_000, failed: 5000 };
/** IAM may show a change late; after that it is believed. */
const youngSeconds = 300;
/** The pauses between attempts of the long way: IAM may list late what it counts already. */
const pausesMs = [500, 2000];
/** The longest pause before a user is asked for again that was there a moment ago. */
const longestPauseMs = 4000;

/**
 * Ends a user and deletes it. First it is shut off, in a way that lasts until it is gone: sessions of its key that a step
 * made (GetSessionToken) outlive the key, and must find nothing allowed whatever is taken away, in whatever order AWS
 * notices that.
 */
export async function revokeUser(iam: Iam, principal: Principal, known: Known = {}): Promise<Revocation> {
  const ended = new Set<string>();
  const started = performance.now();
  let result: Revocation | undefined;
  for (let pauseMs = 250; ; pauseMs *= 2) {
    try {
      result = await takeDown(iam, principal, known, ended);
    } catch (error) {
      // Out of time: what was seen before tells more than that.
      if (result === undefined || !iam.context.signal.aborted) throw error;
    }
    const { outcome } = result;
    if (outcome === 'revoked') made.delete(principal);
    if (outcome === 'absent' && (await isGone(iam, principal, known))) return result;
    if (outcome === 'failed' && (ended.size > 0 || !isYoung(iam, principal, known))) return result;
    if (outcome !== 'absent' && outcome !== 'failed') return result;
    const isOver = performance.now() - started + pauseMs > patienceMs[outcome];
    if (isOver || (await sleep(pauseMs, false, { signal: iam.context.signal }).catch(() => true))) {
      if (outcome === 'failed') return result;
      return { outcome: 'failed', reason: notShown, sessionsEnded: 0 };
    }
  }
}

const notShown = 'AWS does not show the user that it made a short time ago';

function isYoung({ root }: Iam, principal: Principal, { key }: Known): boolean {
  return made.has(principal) || (key !== undefined && root.now() - key.made <= youngSeconds);
}

/** Whether a user is gone that IAM does not find: soon after it was made that may be said of one that is there. */
async function isGone(iam: Iam, principal: Principal, known: Known): Promise<boolean> {
  const { key } = known;
  if (!isYoung(iam, principal, known)) return true;
  if (made.has(principal) || key === undefined) return false;
  try {
    await verify(key, undefined, iam.config, iam.context);
    return false;
  } catch (error) {
    if (error instanceof UserError && isKeyRefused(error.details.cause)) return true;
    if (iam.context.signal.aborted) return false;
    throw error;
  }
}

/** A user on its way down. */
interface Way extends Account {
  /** whether the user can do nothing any more */
  readonly isOff: boolean;
}

/** Goes down once. @param ended the keys that were ended so far */
async function takeDown(iam: Iam, principal: Principal, known: Known, ended: Set<string>): Promise<Revocation> {
  const off = await shutOff(iam, principal);
  const way: Way = { iam, UserName: principal, ended, isOff: off === 'off' };
  const result = off === 'missing' ? await takeRemains(way, known) : await takeUser(way, known);
  if (off instanceof Error && result.outcome !== 'absent') warnOnce(iam, off);
  return result;
}

/**
 * Puts a boundary around a user that denies everything. Nothing of the user's own lifts it, and a user is deleted with it.
 *
 * @returns why it could not be done: the rest can be all the same, with the guard last
 */
async function shutOff(iam: Iam, UserName: Principal): Promise<'off' | 'missing' | Error> {
  const PermissionsBoundary = `arn:${iam.root.partition}:iam::aws:policy/AWSDenyAll`;
  try {
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
    return 'off';
  } catch (error) {
    if (isMissing(error) && messageOf(error).includes(UserName)) return 'missing';
    if (canHeal(error) || isKeyRefused(error) || iam.context.signal.aborted) throw explain(error, 'root');
    return explain(error, 'root') as Error;
  }
}

const warned = new WeakSet<Context>();

/** A sweep meets it with every lease. */
function warnOnce({ context }: Iam, why: Error): void {
  if (warned.has(context)) return;
  warned.add(context);
  context.warn(
    `Users are deleted without being shut off first, so sessions that a job made of its key may act until the user is gone: ${messageOf(why)}`,
  );
}

/** What a user that is gone may have left. */
async function takeRemains(way: Way, { holdings }: Known): Promise<Revocation> {
  const { iam, UserName, ended } = way;
  try {
    if ((holdings ?? holdingsIn(iam.config)).managed) await deletePolicy(iam, UserName);
    return { outcome: ended.size > 0 ? 'revoked' : 'absent', sessionsEnded: ended.size };
  } catch (error) {
    return await judge(way, error);
  }
}

async function takeUser(way: Way, known: Known): Promise<Revocation> {
  const { ended } = way;
  try {
    const found = await shortWay(way, known);
    return { outcome: found || ended.size > 0 ? 'revoked' : 'absent', sessionsEnded: ended.size };
  } catch (error) {
    if (awsCode(error) !== 'DeleteConflict') return await judge(way, error);
  }
  try {
    await longWay(way);
    return { outcome: 'revoked', sessionsEnded: ended.size };
  } catch (error) {
    return await judge(way, error);
  }
}

/** @returns whether the user was seen */
async function shortWay(way: Way, known: Known): Promise<boolean> {
  const { iam, UserName } = way;
  const given = known.holdings ?? holdingsIn(iam.config);
  if (!(await endKeys(way, known, given))) {
    if (given.managed) await deletePolicy(iam, UserName);
    return false;
  }
  await deleteGiven(way, given, known.holdings !== undefined);
  const isDeleted = await deleteUser(way);
  // A deletion whose answer was lost is asked for again, and then the user is missing.
  return isDeleted || known.key === undefined;
}

/** @returns false when there is no user */
async function endKeys(way: Way, { key, holdings }: Known, given: Holdings): Promise<boolean> {
  const { iam, UserName, ended } = way;
  if (key !== undefined) {
    if (await unlessMissing(deleteKey(way, key.accessKeyId))) ended.add(key.accessKeyId);
    return true;
  }
  if (!(await deleteListedKeys(way))) return false;
  // Half made: its policy may be there and not attached yet, which is found without the mint's inputs too.
  const isHalfMade = ended.size === 0 && holdings === undefined && !given.managed;
  if (isHalfMade) await unlessDenied(deletePolicy(iam, UserName));
  return true;
}

/** The guard, and then the user: nothing is left that the guard was for. @returns whether the user was there */
async function deleteUser({ iam, UserName, isOff }: Way): Promise<boolean> {
  await unlessMissing(iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: guardName })));
  try {
    for (let pauseMs = 250; !(await unlessMissing(iam.send(new DeleteUserCommand({ UserName })))); pauseMs *= 2) {
      // It was there a moment ago: gone by another hand or by an answer that was lost, or what was asked is late.
      if (!isOff || (await shutOff(iam, UserName)) !== 'off') return false;
      if (pauseMs > longestPauseMs) throw new UserError(notShown);
      await sleep(pauseMs, undefined, { signal: iam.context.signal });
    }
    return true;
  } catch (error) {
    // What is still there must not be without an end.
    if (!isOff && awsCode(error) !== '') await closeGuard(iam, UserName);
    throw error;
  }
}

async function closeGuard(iam: Iam, UserName: Principal): Promise<void> {
  const PolicyDocument = closedGuard(userArn(iam, UserName));
  const command = new PutUserPolicyCommand({ UserName, PolicyName: guardName, PolicyDocument });
  await iam.send(command).catch(() => undefined);
}

/** @throws what kept the user from being deleted */
async function longWay(way: Way): Promise<void> {
  for (let round = 0; ; round += 1) {
    try {
      await deleteEverything(way);
      await deleteUser(way);
      return;
    } catch (error) {
      const pauseMs = pausesMs[round];
      if (awsCode(error) !== 'DeleteConflict' || pauseMs === undefined) throw error;
      await sleep(pauseMs, undefined, { signal: way.iam.context.signal }).catch(() => undefined);
    }
  }
}

/** What an error in the middle of it all amounts to. @throws what is no matter of this user alone */
async function judge({ iam, UserName, isOff, ended }: Way, error: unknown): Promise<Revocation> {
  const why = explain(error, 'root');
  if (awsCode(error) === '' || canHeal(error) || isKeyRefused(error)) throw why;
  // IAM does not know the path of a user that is gone, so a policy for a path does not allow to ask for it.
  if (isAccessDenied(error) && !(await isListed(iam, UserName))) {
    // Of a user that was there a moment ago that is no proof: lists are late too.
    if (isOff && (await shutOff(iam, UserName)) !== 'off') return { outcome: 'revoked', sessionsEnded: ended.size };
    if (!isOff && ended.size === 0) return { outcome: 'absent', sessionsEnded: 0 };
  }
  // Its guard is still there: sessions may act until the expiry, the key too where it was not ended.
  return { outcome: isOff ? 'disabled' : 'failed', reason: messageOf(why), sessionsEnded: ended.size };
}

/** Deletes a managed policy whose user is gone. */
export async function revokePolicy(iam: Iam, principal: Principal): Promise<Revocation> {
  try {
    return { outcome: (await deletePolicy(iam, principal)) ? 'revoked' : 'absent', sessionsEnded: 0 };
  } catch (error) {
    if (awsCode(error) === '' || canHeal(error)) throw explain(error, 'root');
    // Nobody has the credential that it was for.
    return { outcome: 'disabled', reason: messageOf(explain(error, 'root')), sessionsEnded: 0 };
  }
}
