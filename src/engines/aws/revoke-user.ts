/** Taking a user down: its keys first, then what stands in the way of deleting it, then the user. */
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
  RemoveUserFromGroupCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { messageOf } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import { awsCode, canHeal, explain, isAccessDenied, isMissing } from './errors.ts';
import { guardName, policyName } from './guard.ts';
import { isListed } from './leases.ts';
import { holdingsIn, type Holdings } from './tags.ts';
import { caller, ownPolicyArn, type Iam } from './user.ts';

/**
 * Deletes a user. The short way knows what the mint has made and takes a call for each; only where IAM objects the long
 * way looks for everything else that a user can have.
 *
 * @param keyId the key that the mint made, where it is known
 * @param holdings what the mint gave the user, where its tags tell; else the inputs do
 */
export async function revokeUser(
  iam: Iam,
  principal: Principal,
  keyId: string | undefined,
  holdings?: Holdings,
): Promise<Revocation> {
  const ended = new Set<string>();
  try {
    const found = await shortWay(iam, principal, keyId, holdings, ended);
    return { outcome: found || ended.size > 0 ? 'revoked' : 'absent', sessionsEnded: ended.size };
  } catch (error) {
    if (awsCode(error) !== 'DeleteConflict') return await judge(iam, principal, error, ended);
  }
  try {
    await longWay(iam, principal, ended);
    return { outcome: 'revoked', sessionsEnded: ended.size };
  } catch (error) {
    return await judge(iam, principal, error, ended);
  }
}

/** @returns whether the user was seen */
async function shortWay(
  iam: Iam,
  UserName: Principal,
  keyId: string | undefined,
  holdings: Holdings | undefined,
  ended: Set<string>,
): Promise<boolean> {
  const send = caller(iam);
  const { config } = iam;
  const given = holdings ?? holdingsIn(config);
  if (keyId !== undefined) {
    if (await unlessMissing(send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: keyId })))) ended.add(keyId);
  } else if (!(await deleteKeys(iam, UserName, ended))) {
    if (given.managed) await deletePolicy(iam, UserName);
    return false;
  } else if (ended.size === 0 && holdings === undefined && !given.managed) {
    // Half made: its policy may be there and not attached yet, which is found without the mint's inputs too.
    await unlessDenied(deletePolicy(iam, UserName));
  }
  await unlessMissing(send(new DeleteUserPolicyCommand({ UserName, PolicyName: guardName })));
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
  const deleted = await unlessMissing(send(new DeleteUserCommand({ UserName })));
  // A deletion whose answer was lost is asked for again, and then the user is missing.
  return deleted || keyId === undefined;
}

/** Every kind of item that https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html names. */
async function longWay(iam: Iam, UserName: Principal, ended: Set<string>): Promise<void> {
  const send = caller(iam);
  const user = { UserName };
  await deleteKeys(iam, UserName, ended);
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
    ({ PolicyNames }) => PolicyNames,
    async (PolicyName) => await send(new DeleteUserPolicyCommand({ ...user, PolicyName })),
  );
  await detachAll(iam, UserName);
  await leaveGroups(iam, UserName);
  await unlessMissing(send(new DeleteUserCommand(user)));
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
async function deleteKeys(iam: Iam, UserName: Principal, ended: Set<string>): Promise<boolean> {
  const send = caller(iam);
  let exists = true;
  await each(
    async (Marker) => await send(new ListAccessKeysCommand({ UserName, ...Marker })),
    ({ AccessKeyMetadata }) => AccessKeyMetadata,
    async ({ AccessKeyId }) => {
      try {
        await send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
      } catch (error) {
        if (!isAccessDenied(error)) throw error;
        // Where the right to delete is missing, the key is at least of no use.
        const off = new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' });
        if (await unlessDenied(send(off))) ended.add(AccessKeyId ?? '');
        throw error;
      }
      ended.add(AccessKeyId ?? '');
    },
    () => {
      exists = false;
    },
  );
  return exists;
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
async function judge(iam: Iam, principal: Principal, error: unknown, ended: Set<string>): Promise<Revocation> {
  if (!isAccessDenied(error)) throw explain(error, 'root');
  // IAM does not know the path of a user that is gone, so a policy for a path does not allow to ask for it.
  if (!(await isListed(iam, principal)))
    return { outcome: ended.size > 0 ? 'revoked' : 'absent', sessionsEnded: ended.size };
  const reason = messageOf(explain(error, 'root'));
  return { outcome: ended.size > 0 ? 'disabled' : 'failed', reason, sessionsEnded: ended.size };
}
