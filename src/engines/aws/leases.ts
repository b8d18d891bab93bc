/** What mints have left in IAM: finding it, and moving the end of a lease. */
import {
  GetUserPolicyCommand,
  ListPoliciesCommand,
  ListUsersCommand,
  ListUserTagsCommand,
  PutUserPolicyCommand,
  TagUserCommand,
  type Policy,
} from '@aws-sdk/client-iam';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../lease/errors.ts';
import { expiryInName, parsePrincipal, type Principal } from '../../lease/name.ts';
import type { Lease, ListOptions } from '../engine.ts';
import { explain, explained, isAccessDenied, isMissing } from './errors.ts';
import { chaining, guardName } from './guard.ts';
import { allowedSkewSeconds, guardOf, pages, type Iam } from './iam.ts';
import { inParallel } from './parallel.ts';
import { likeDenies, listDenied } from './revoke-session.ts';
import { holdingsOf, isTagOfOurs, recordOf, recordTags, type Holdings } from './tags.ts';

/** A lease as it was listed, with all that another session must know to end it. */
export interface ListedLease extends Lease {
  /** what is there: a user; the Deny for a session; or a policy that a mint made for a user who is no more */
  readonly remains: 'user' | 'deny' | 'policy';
  /** what the user was given; undefined where its tags do not tell */
  readonly holdings?: Holdings | undefined;
}

const pageSize = 1000;
/** How many users' tags are read at a time. */
const readers = 16;
/** How late IAM may know of a user that it lists. */
const lateMs = 2000;

/** Everything of ours: users, and the Denies of sessions where those are revoked. */
export async function* list(iam: Iam, options: ListOptions): AsyncGenerator<ListedLease> {
  yield* listUsers(iam, options);
  if (iam.config['revoke-sessions']) yield* listDenied(iam);
}

/** What looks like ours and is not: users and policies in our path whose names are not ours, and the like of Denies. */
export async function* lookalikes(iam: Iam): AsyncGenerator<string> {
  for await (const name of usersInPath(iam)) if (parsePrincipal(name) === undefined) yield name;
  for await (const { PolicyName = '' } of policiesInPath(iam)) {
    if (parsePrincipal(PolicyName) === undefined) yield `policy${iam.config['user-path']}${PolicyName}`;
  }
  if (iam.config['revoke-sessions']) yield* likeDenies(iam);
}

/**
 * All users of ours, and policies that their users left behind: one call per 1,000, and one for the tags of each user
 * whose record is wanted.
 */
async function* listUsers(iam: Iam, { records = 'due' }: ListOptions): AsyncGenerator<ListedLease> {
  // Policies first: a user is there before its policy, so one that is not listed afterwards is gone.
  const orphans = await unattachedPolicies(iam);
  const refused = new Map<Principal, unknown>();
  let isReader = false;
  const look = async (principal: Principal): Promise<ListedLease | undefined> => {
    orphans.delete(principal);
    const expiresAt = expiryInName(principal);
    if (records === 'due' && expiresAt.getTime() / 1000 > iam.root.now() + allowedSkewSeconds)
      return { principal, record: undefined, expiresAt, over: false, usable: true, remains: 'user' };
    try {
      const lease = await readLease(iam, principal);
      isReader = true;
      return lease;
    } catch (error) {
      if (!isAccessDenied(error)) throw explain(error, 'root');
      refused.set(principal, error);
      return undefined;
    }
  };
  for await (const lease of inParallel(usersOfOurs(iam), readers, look)) if (lease !== undefined) yield lease;
  yield* secretive(iam, refused, isReader);
  for (const principal of orphans) {
    const expiresAt = expiryInName(principal);
    const over = expiresAt.getTime() / 1000 <= iam.root.now();
    yield { principal, record: undefined, expiresAt, over, usable: false, remains: 'policy' };
  }
}

/**
 * Users whose tags root may not read. IAM says so of every user that is gone, where root's policy is for a path or for a
 * tag; those are left out.
 *
 * @param knowsOthers whether root may read others': if not, nothing is known of any lease
 */
async function* secretive(
  iam: Iam,
  refused: ReadonlyMap<Principal, unknown>,
  knowsOthers: boolean,
): AsyncGenerator<ListedLease> {
  if (refused.size === 0) return;
  const left: Principal[] = [];
  for await (const principal of usersOfOurs(iam)) if (refused.has(principal)) left.push(principal);
  let isReader = knowsOthers;
  // A new user is listed before all of IAM knows it.
  const isNew = left.length > 0 && left.length <= readers;
  if (isNew) await sleep(lateMs, undefined, { signal: iam.context.signal });
  for (const principal of isNew ? left.splice(0) : []) {
    try {
      const lease = await readLease(iam, principal);
      if (lease !== undefined) yield lease;
      isReader = true;
    } catch (error) {
      if (!isAccessDenied(error)) throw explain(error, 'root');
      left.push(principal);
    }
  }
  const [first] = left;
  if (first === undefined) return;
  const error = explain(refused.get(first), 'root');
  if (!isReader) throw error;
  iam.context.warn(`The record of ${first}, and of ${left.length - 1} more, cannot be read: ${messageOf(error)}`);
  for (const principal of left) yield unreadable(principal);
}

function unreadable(principal: Principal): ListedLease {
  return {
    principal,
    record: undefined,
    expiresAt: undefined,
    over: false,
    usable: true,
    unreadable: true,
    remains: 'user',
  };
}

/** Whether a user of this name is among those that are listed. */
export async function isListed(iam: Iam, principal: Principal): Promise<boolean> {
  for await (const name of usersInPath(iam)) if (name === principal) return true;
  return false;
}

async function* usersOfOurs(iam: Iam): AsyncGenerator<Principal> {
  for await (const name of usersInPath(iam)) {
    const principal = parsePrincipal(name);
    if (principal !== undefined) yield principal;
  }
}

async function* usersInPath({ send, config }: Iam): AsyncGenerator<string> {
  const request = { PathPrefix: config['user-path'], MaxItems: pageSize };
  const users = pages(
    async (marker) => await send(new ListUsersCommand({ ...request, ...marker })).catch(explained('root')),
    ({ Users }) => Users,
  );
  for await (const { UserName = '' } of users) yield UserName;
}

/** Names of policies that no user has. */
async function unattachedPolicies(iam: Iam): Promise<Set<Principal>> {
  const names = new Set<Principal>();
  for await (const { PolicyName = '', Path, AttachmentCount = 0 } of policiesInPath(iam)) {
    const principal = parsePrincipal(PolicyName);
    // What lies deeper is another's, and would not be found again by its name.
    if (principal !== undefined && AttachmentCount === 0 && Path === iam.config['user-path']) names.add(principal);
  }
  return names;
}

/** The account's own policies; none where root may not list them, which only `policy-as-managed` needs. */
async function* policiesInPath({ send, config }: Iam): AsyncGenerator<Policy> {
  const request = { Scope: 'Local', PathPrefix: config['user-path'], MaxItems: pageSize } as const;
  try {
    yield* pages(
      async (marker) => await send(new ListPoliciesCommand({ ...request, ...marker })),
      ({ Policies }) => Policies,
    );
  } catch (error) {
    if (!isAccessDenied(error)) throw explain(error, 'root');
  }
}

/** @returns undefined when the user is gone */
async function readLease(iam: Iam, principal: Principal): Promise<ListedLease | undefined> {
  let tags;
  try {
    const { Tags = [] } = await iam.send(new ListUserTagsCommand({ UserName: principal, MaxItems: 100 }));
    tags = Tags;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  const record = recordOf(tags);
  if (record === undefined && tags.some(isTagOfOurs)) return unreadable(principal);
  const exp = record?.exp ?? Math.floor(expiryInName(principal).getTime() / 1000);
  const over = exp <= iam.root.now();
  return {
    principal,
    record,
    expiresAt: new Date(exp * 1000),
    over,
    // The guard refuses everything from the expiry on, on AWS's clock.
    usable: !over,
    remains: 'user',
    holdings: holdingsOf(tags),
  };
}

/** Moves the end of a user's lease, in its guard and in its record. @param ttl seconds from now */
export async function renew(iam: Iam, principal: Principal, ttl: number): Promise<Lease> {
  const { send } = iam;
  const lease = await readLease(iam, principal).catch(explained('root'));
  if (lease === undefined) throw new UserError(`${principal} no longer exists`);
  const { record, usable } = lease;
  if (record === undefined) throw new UserError(`${principal} carries no lease record`);
  if (!usable) throw new UserError(`${principal} is over: a lease that has ended is not brought back; mint a new one`);
  const exp = Math.min(iam.root.now() + ttl, record.max);
  const renewed = { ...record, exp };
  try {
    const { PolicyDocument = '' } = await send(
      new GetUserPolicyCommand({ UserName: principal, PolicyName: guardName }),
    );
    const chained = !decodeURIComponent(PolicyDocument).includes(chaining);
    const guard = guardOf(iam, principal, exp, chained);
    await send(new PutUserPolicyCommand({ UserName: principal, PolicyName: guardName, PolicyDocument: guard }));
    await send(new TagUserCommand({ UserName: principal, Tags: recordTags(renewed) }));
  } catch (error) {
    if (isMissing(error)) throw new UserError(`${principal} no longer exists`, { cause: error });
    throw explain(error, 'root');
  }
  return { principal, record: renewed, expiresAt: new Date(exp * 1000), over: false, usable: true };
}
