/** What a user has that keeps it from being deleted: what the mint gave it, and whatever else there can be. */
import {
  DeactivateMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteLoginProfileCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteServiceSpecificCredentialCommand,
  DeleteSigningCertificateCommand,
  DeleteSSHPublicKeyCommand,
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
import type { Principal } from '../../lease/name.ts';
import { awsCode, isAccessDenied, isMissing } from './errors.ts';
import { guardName, policyName } from './guard.ts';
import { ownPolicyArn, pages, unlessMissing, type Iam } from './iam.ts';
import type { Holdings } from './tags.ts';

/** The user that is cleared. */
export interface Account {
  readonly iam: Iam;
  readonly UserName: Principal;
  /** the keys that were ended; added to */
  readonly ended: Set<string>;
}

/** @returns whether the user exists */
export async function deleteListedKeys(account: Account): Promise<boolean> {
  const { iam, UserName, ended } = account;
  const keys = pages(
    async (more) => await iam.send(new ListAccessKeysCommand({ UserName, ...more })),
    ({ AccessKeyMetadata }) => AccessKeyMetadata,
  );
  return await endEach(keys, async ({ AccessKeyId = '' }) => {
    await deleteKey(account, AccessKeyId);
    ended.add(AccessKeyId);
  });
}

/** Deletes a key, or makes it inactive at least. @throws when it was not deleted */
export async function deleteKey({ iam, UserName, ended }: Account, AccessKeyId: string): Promise<void> {
  try {
    await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId }));
  } catch (error) {
    if (!isAccessDenied(error)) throw error;
    const command = new UpdateAccessKeyCommand({ UserName, AccessKeyId, Status: 'Inactive' });
    if (await unlessDenied(unlessMissing(iam.send(command)))) ended.add(AccessKeyId);
    throw error;
  }
}

/** @param isTold whether the user's tags tell what it was given; else the inputs of its mint do */
export async function deleteGiven({ iam, UserName }: Account, given: Holdings, isTold: boolean): Promise<void> {
  const { send, config } = iam;
  if (given.policy) await unlessMissing(send(new DeleteUserPolicyCommand({ UserName, PolicyName: policyName })));
  if (given.managed) {
    await unlessMissing(send(new DetachUserPolicyCommand({ UserName, PolicyArn: ownPolicyArn(iam, UserName) })));
    await deletePolicy(iam, UserName);
  }
  if (isTold) {
    // The tags tell that there are some, and not which.
    if (given.arns) await detachAll(iam, UserName);
    if (given.groups) await leaveGroups(iam, UserName);
    return;
  }
  for (const PolicyArn of config['policy-arns'])
    await unlessMissing(send(new DetachUserPolicyCommand({ UserName, PolicyArn })));
  for (const GroupName of config['iam-groups'])
    await unlessMissing(send(new RemoveUserFromGroupCommand({ UserName, GroupName })));
}

/**
 * Every kind of item that https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html names, but for the
 * guard.
 */
export async function deleteEverything(account: Account): Promise<void> {
  const { iam, UserName } = account;
  const { send } = iam;
  await deleteListedKeys(account);
  await unlessMissing(send(new DeleteLoginProfileCommand({ UserName })));
  await endEach(
    pages(
      async (more) => await send(new ListSigningCertificatesCommand({ UserName, ...more })),
      ({ Certificates }) => Certificates,
    ),
    async ({ CertificateId }) => await send(new DeleteSigningCertificateCommand({ UserName, CertificateId })),
  );
  await endEach(
    pages(
      async (more) => await send(new ListSSHPublicKeysCommand({ UserName, ...more })),
      ({ SSHPublicKeys }) => SSHPublicKeys,
    ),
    async ({ SSHPublicKeyId }) => await send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })),
  );
  await endEach(
    pages(
      async (more) => await send(new ListServiceSpecificCredentialsCommand({ UserName, ...more })),
      ({ ServiceSpecificCredentials }) => ServiceSpecificCredentials,
    ),
    async ({ ServiceSpecificCredentialId }) =>
      await send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId })),
  );
  await endEach(
    pages(
      async (more) => await send(new ListMFADevicesCommand({ UserName, ...more })),
      ({ MFADevices }) => MFADevices,
    ),
    async ({ SerialNumber }) => await send(new DeactivateMFADeviceCommand({ UserName, SerialNumber })),
  );
  await endEach(
    pages(
      async (more) => await send(new ListUserPoliciesCommand({ UserName, ...more })),
      ({ PolicyNames }) => PolicyNames?.filter((name) => name !== guardName),
    ),
    async (PolicyName) => await send(new DeleteUserPolicyCommand({ UserName, PolicyName })),
  );
  await detachAll(iam, UserName);
  await leaveGroups(iam, UserName);
}

async function detachAll(iam: Iam, UserName: Principal): Promise<void> {
  const attached = pages(
    async (more) => await iam.send(new ListAttachedUserPoliciesCommand({ UserName, ...more })),
    ({ AttachedPolicies }) => AttachedPolicies,
  );
  await endEach(attached, async ({ PolicyArn }) => {
    await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
    if (PolicyArn === ownPolicyArn(iam, UserName)) await deletePolicy(iam, UserName);
  });
}

async function leaveGroups(iam: Iam, UserName: Principal): Promise<void> {
  const groups = pages(
    async (more) => await iam.send(new ListGroupsForUserCommand({ UserName, ...more })),
    ({ Groups }) => Groups,
  );
  await endEach(
    groups,
    async ({ GroupName }) => await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName })),
  );
}

/**
 * Deletes the managed policy of a lease's own, with every version that somebody may have added.
 *
 * @returns whether it was there
 */
export async function deletePolicy(iam: Iam, principal: Principal): Promise<boolean> {
  const PolicyArn = ownPolicyArn(iam, principal);
  const remove = async (): Promise<boolean> => await unlessMissing(iam.send(new DeletePolicyCommand({ PolicyArn })));
  try {
    return await remove();
  } catch (error) {
    if (awsCode(error) !== 'DeleteConflict') throw error;
  }
  const versions = pages(
    async (more) => await iam.send(new ListPolicyVersionsCommand({ PolicyArn, ...more })),
    ({ Versions }) => Versions?.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true),
  );
  await endEach(
    versions,
    async ({ VersionId }) => await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })),
  );
  return await remove();
}

/**
 * Does something with every item of a list. What is missing meanwhile is done.
 *
 * @returns false when what the list is of does not exist
 */
async function endEach<Item>(items: AsyncIterable<Item>, endItem: (item: Item) => Promise<unknown>): Promise<boolean> {
  // All pages first: what is deleted between two of them would move the rest past the marker.
  const all: Item[] = [];
  try {
    for await (const item of items) all.push(item);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return false;
  }
  for (const item of all) await unlessMissing(endItem(item));
  return true;
}

/** @returns false when root may not */
export async function unlessDenied(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (isAccessDenied(error)) return false;
    throw error;
  }
}
