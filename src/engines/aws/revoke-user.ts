/** Taking a user down: it is shut off, then its keys go, then what stands in the way of deleting it, its guard, the user. */
import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  DetachUserPolicyCommand,
  ListAccessKeysCommand,
  ListAttachedUserPoliciesCommand,
  ListGroupsForUserCommand,
  ListMFADevicesCommand,
  ListPolicyVersionsCommand,
  ListServiceSpecificCredentialsCommand,
  ListSigningCertificatesCommand,
  ListSSHPublicKeysCommand,
  ListUserPoliciesCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
  RemoveUserFromGroupCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context } from '../engine.ts';
import { awsCode, canHeal, explain, isAccessDenied, isKeyRefused, isMissing } from './errors.ts';
import { closedGuard, guardName, policyName } from './guard.ts';
import { isListed } from './leases.ts';
import type { LeaseKey } from './session.ts';
import { holdingsIn, type Holdings } from './tags.ts';
import { caller, made, ownPolicyArn, userArn, type Iam } from './user.ts';
import { verify } from './verify.ts';

/** What is known of a user beside its name. */
export interface Known {
  /** what post has of the lease */
  readonly key?: LeaseKey | undefined;
  /** what the mint gave the user, where its tags tell; else the inputs do */
  readonly holdings?: Holdings | undefined;
}

/**
 * How long, in milliseconds, a user is looked for that is missing though it may be there, and one that root seems to have no
 * right to.
 */
const patience = { absent: 15_000, failed: 5000 };
/** IAM may show a change late, in seconds; after that it is believed. */
const young = 300;

/**
 * Ends a user and deletes it. First it is shut off, in a way that lasts until it is gone: sessions of its key that a step
 * made (GetSessionToken) outlive the key, and must find nothing allowed whatever is taken away, in whatever order AWS
 * notices that.
 */
export async function revokeUser(iam: Iam, principal: Principal, known: Known = {}): Promise<Revocation> {
  const ended = new Set<string>();
  const started = performance.now();
  for (let pause = 250; ; pause *= 2) {
    const result = await takeDown(iam, principal, known, ended);
    const { outcome } = result;
    if (outcome === 'revoked') made.delete(principal);
    if (outcome === 'absent' && (await isGone(iam, principal, known))) return result;
    if (outcome === 'failed' && (ended.size > 0 || !isYoung(iam, principal, known))) return result;
    if (outcome !== 'absent' && outcome !== 'failed') return result;
    const isOver = performance.now() - started + pause > patience[outcome];
    if (isOver || (await sleep(pause, false, { signal: iam.context.signal }).catch(() => true))) {
      if (outcome === 'failed') return result;
      return { outcome: 'failed', reason: notShown, sessionsEnded: 0 };
    }
  }
}

const notShown = 'AWS does not show the user that it made a short time ago';

function isYoung({ root }: Iam, principal: Principal, { key }: Known): boolean {
  return made.has(principal) || (key !== undefined && root.now() - key.made <= young);
}

/** Whether a user is gone that IAM does not find: soon after it was made that may be said of one that is there. */
async function isGone(iam: Iam, principal: Principal, known: Known): Promise<boolean> {
  const { key } = known;
  if (!isYoung(iam, principal, known)) return true;
  if (made.has(principal) || key === undefined) return false;
  try {
    await verify(key, false, iam.config, iam.context);
    return false;
  } catch (error) {
    if (error instanceof UserError && isKeyRefused(error.details.cause)) return true;
    if (iam.context.signal.aborted) return false;
    throw error;
  }
}

/**
 * The short way knows what the mint has made and takes a call for each; only where IAM objects the long way looks for
 * everything else that a user can have.
 */
async function takeDown(iam: Iam, principal: Principal, known: Known, ended: Set<string>): Promise<Revocation> {
  const off = await shutOff(iam, principal);
  const way: Way = { iam, UserName: principal, isOff: off === 'off', ended };
  let result: Revocation;
  try {
    const found = off !== 'missing' && (await shortWay(way, known));
    if (off === 'missing' && (known.holdings ?? holdingsIn(iam.config)).managed) await deletePolicy(iam, principal);
    result = { outcome: found || ended.size > 0 ? 'revoked' : 'absent', sessionsEnded: ended.size };
  } catch (error) {
    const failure = awsCode(error) === 'DeleteConflict' ? await removeAll(way) : error;
    result =
      failure === undefined ? { outcome: 'revoked', sessionsEnded: ended.size } : await judge(way, principal, failure);
  }
  if (off instanceof Error && result.outcome !== 'absent') warnOnce(iam, off);
  return result;
}

interface Way {
  readonly iam: Iam;
  readonly UserName: Principal;
  /** whether the user can do nothing any more */
  readonly isOff: boolean;
  /** the keys that were ended */
  readonly ended: Set<string>;
}

/**
 * Puts a boundary around a user that denies everything. Nothing of the user's own lifts it, and a user is deleted with it.
 *
 * @returns why it could not be done: the rest can be all the same, with the guard last
 */
async function shutOff(iam: Iam, UserName: Principal): Promise<'off' | 'missing' | Error> {
  const PermissionsBoundary = `arn:${iam.root.partition}:iam::aws:policy/AWSDenyAll`;
  try {
    await caller(iam)(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
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

/** @returns whether the user was seen */
async function shortWay(way: Way, { key, holdings }: Known): Promise<boolean> {
  const { iam, UserName, ended } = way;
  const send = caller(iam);
  const { config } = iam;
  const given = holdings ?? holdingsIn(config);
  if (key !== undefined) {
    const { accessKeyId: AccessKeyId } = key;
    if (await unlessMissing(deleteKey(way, AccessKeyId))) ended.add(AccessKeyId);
  } else if (!(await deleteKeys(way))) {
    if (given.managed) await deletePolicy(iam, UserName);
    return false;
  } else if (ended.size === 0 && holdings === undefined && !given.managed) {
    // Half made: its policy may be there and not attached yet, which is found without the mint's inputs too.
    await unlessDenied(deletePolicy(iam, UserName));
  }
  if (given.policy) await unlessMissing(send(new DeleteUserPolicyCommand({ UserName, PolicyName: policyName })));
  if (given.managed) {
    await unlessMissing(send(new DetachUserPolicyCommand({ UserName, PolicyArn: ownPolicyArn(iam, UserName) })));
    await deletePolicy(iam, UserName);
  }
  if (holdings === undefined) {
    for (const PolicyArn of config['policy-arns'])
      await unlessMissing(send(new DetachUserPolicyCommand({ UserName, PolicyArn })));
    for (const GroupName of config['iam-groups'])
      await unlessMissing(send(new RemoveUserFromGroupCommand({ UserName, GroupName })));
  } else {
    // The tags tell that there are some, and not which.
    if (holdings.arns) await detachAll(iam, UserName);
    if (holdings.groups) await leaveGroups(iam, UserName);
  }
  const deleted = await deleteUser(way);
  // A deletion whose answer was lost is asked for again, and then the user is missing.
  return deleted || key === undefined;
}

/** The guard, and then the user: nothing is left that the guard was for. @returns whether the user was there */
async function deleteUser({ iam, UserName, isOff }: Way): Promise<boolean> {
  const send = caller(iam);
  await unlessMissing(send(new DeleteUserPolicyCommand({ UserName, PolicyName: guardName })));
  try {
    for (let pause = 250; !(await unlessMissing(send(new DeleteUserCommand({ UserName })))); pause *= 2) {
      // It was there a moment ago: gone by another hand or by an answer that was lost, or what was asked is late.
      if (!isOff || (await shutOff(iam, UserName)) !== 'off') return false;
      if (pause > 4000) throw new UserError(notShown);
      await sleep(pause, undefined, { signal: iam.context.signal });
    }
    return true;
  } catch (error) {
    if (!isOff && awsCode(error) !== '') {
      // What is still there must not be without an end.
      const PolicyDocument = closedGuard(userArn(iam, UserName));
      await send(new PutUserPolicyCommand({ UserName, PolicyName: guardName, PolicyDocument })).catch(() => undefined);
    }
    throw error;
  }
}

/** How often the long way is gone, and the pauses between, in milliseconds: IAM may list late what it counts already. */
const rounds = [500, 2000, 0];

/** @returns what kept the user from being deleted; undefined when it is gone */
async function removeAll(way: Way): Promise<unknown> {
  let failure: unknown;
  for (const pause of rounds) {
    try {
      await longWay(way);
      return undefined;
    } catch (error) {
      failure = error;
      if (awsCode(error) !== 'DeleteConflict' || pause === 0) break;
    }
    await sleep(pause, undefined, { signal: way.iam.context.signal }).catch(() => undefined);
  }
  return failure;
}

/** Every kind of item that https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html names. */
async function longWay(way: Way): Promise<void> {
  const { iam, UserName } = way;
  const send = caller(iam);
  const user = { UserName };
  await deleteKeys(way);
  await unlessMissing(send(new DeleteLoginProfileCommand(user)));
  await each(
    async (Marker) => await send(new ListSigningCertificatesCommand({ ...user, ...Marker })),
    ({ Certificates }) => Certificates,
    async ({ CertificateId }) => await send(new DeleteSigningCertificateCommand({ ...user, CertificateId })),
  );
  await each(
    async (Marker) => await send(new ListSSHPublicKeysCommand({ ...user, ...Marker })),
    ({ SSHPublicKeys }) => SSHPublicKeys,
    async ({ SSHPublicKeyId }) => await send(new DeleteSSHPublicKeyCommand({ ...user, SSHPublicKeyId })),
  );
  await each(
    async (Marker) => await send(new ListServiceSpecificCredentialsCommand({ ...user, ...Marker })),
    ({ ServiceSpecificCredentials }) => ServiceSpecificCredentials,
    async ({ ServiceSpecificCredentialId }) =>
      await send(new DeleteServiceSpecificCredentialCommand({ ...user, ServiceSpecificCredentialId })),
  );
  await each(
    async (Marker) => await send(new ListMFADevicesCommand({ ...user, ...Marker })),
    ({ MFADevices }) => MFADevices,
    async ({ SerialNumber }) => await send(new DeactivateMFADeviceCommand({ ...user, SerialNumber })),
  );
  await each(
    async (Marker) => await send(new ListUserPoliciesCommand({ ...user, ...Marker })),
    ({ PolicyNames }) => PolicyNames?.filter((name) => name !== guardName),
    async (PolicyName) => await send(new DeleteUserPolicyCommand({ ...user, PolicyName })),
  );
  await detachAll(iam, UserName);
  await leaveGroups(iam, UserName);
  await deleteUser(way);
}

async function detachAll(iam: Iam, UserName: Principal): Promise<void> {
  const send = caller(iam);
  await each(
    async (Marker) => await send(new ListAttachedUserPoliciesCommand({ UserName, ...Marker })),
    ({ AttachedPolicies }) => AttachedPolicies,
    async ({ PolicyArn }) => {
      await send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
      if (PolicyArn === ownPolicyArn(iam, UserName)) await deletePolicy(iam, UserName);
    },
  );
}

async function leaveGroups(iam: Iam, UserName: Principal): Promise<void> {
  const send = caller(iam);
  await each(
    async (Marker) => await send(new ListGroupsForUserCommand({ UserName, ...Marker })),
    ({ Groups }) => Groups,
    async ({ GroupName }) => await send(new RemoveUserFromGroupCommand({ UserName, GroupName })),
  );
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

/**
 * Deletes the managed policy of a lease's own, with every version that somebody may have added.
 *
 * @returns whether it was there
 */
async function deletePolicy(iam: Iam, principal: Principal): Promise<boolean> {
  const send = caller(iam);
  const PolicyArn = ownPolicyArn(iam, principal);
  const remove = async (): Promise<boolean> => await unlessMissing(send(new DeletePolicyCommand({ PolicyArn })));
  try {
    return await remove();
  } catch (error) {
    if (awsCode(error) !== 'DeleteConflict') throw error;
  }
  await each(
    async (Marker) => await send(new ListPolicyVersionsCommand({ PolicyArn, ...Marker })),
    ({ Versions }) => Versions?.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true),
    async ({ VersionId }) => await send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })),
  );
  return await remove();
}

/** @returns whether the user exists */
async function deleteKeys(way: Way): Promise<boolean> {
  const { iam, UserName, ended } = way;
  const send = caller(iam);
  let exists = true;
  await each(
    async (Marker) => await send(new ListAccessKeysCommand({ UserName, ...Marker })),
    ({ AccessKeyMetadata }) => AccessKeyMetadata,
    async ({ AccessKeyId = '' }) => {
      await deleteKey(way, AccessKeyId);
      ended.add(AccessKeyId);
    },
    () => {
      exists = false;
    },
  );
  return exists;
}

async function deleteKey({ iam, UserName, ended }: Way, AccessKeyId: string): Promise<void> {
  const send = caller(iam);
  try {
    await send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    // Where the right to delete is missing, the key is at least of no use.
    const off = new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' });
    if (await unlessDenied(unlessMissing(send(off)))) ended.add(AccessKeyId);
    throw error;
  }
}

/** Does something with every item of a paginated list. What is missing meanwhile is done. */
async function each<Page extends { IsTruncated?: boolean | undefined; Marker?: string | undefined }, Item>(
  list: (marker: { Marker?: string }) => Promise<Page>,
  items: (page: Page) => Item[] | undefined,
  end: (item: Item) => Promise<unknown>,
  onMissing: () => void = () => undefined,
): Promise<void> {
  // All pages first: what is deleted between two of them would move the rest past the marker.
  const all: Item[] = [];
  let marker: { Marker?: string } | undefined = {};
  while (marker !== undefined) {
    let page: Page;
    try {
      page = await list(marker);
    } catch (error) {
      if (!isMissing(error)) throw error;
      onMissing();
      return;
    }
    all.push(...(items(page) ?? []));
    marker = page.IsTruncated === true && page.Marker !== undefined ? { Marker: page.Marker } : undefined;
  }
  for (const item of all) await unlessMissing(end(item));
}

/** @returns false when what the call is about does not exist */
async function unlessMissing(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** @returns false when root may not */
async function unlessDenied(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (isAccessDenied(error)) return false;
    throw error;
  }
}

/** What an error in the middle of it all amounts to. */
async function judge({ iam, isOff, ended }: Way, principal: Principal, error: unknown): Promise<Revocation> {
  const explained = explain(error, 'root');
  if (awsCode(error) === '' || canHeal(error) || isKeyRefused(error)) throw explained;
  // IAM does not know the path of a user that is gone, so a policy for a path does not allow to ask for it.
  if (isAccessDenied(error) && !(await isListed(iam, principal))) {
    // Of a user that was there a moment ago that is no proof: lists are late too.
    if (isOff && (await shutOff(iam, principal)) !== 'off') return { outcome: 'revoked', sessionsEnded: ended.size };
    if (!isOff && ended.size === 0) return { outcome: 'absent', sessionsEnded: 0 };
  }
  // Its guard is still there: sessions may act until the expiry, the key too where it was not ended.
  return { outcome: isOff ? 'disabled' : 'failed', reason: messageOf(explained), sessionsEnded: ended.size };
}
