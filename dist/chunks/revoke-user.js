import { A as DeleteSigningCertificateCommand, C as ListAccessKeysCommand, D as DeleteUserPolicyCommand, E as DetachUserPolicyCommand, F as DeleteLoginProfileCommand, I as DeleteAccessKeyCommand, L as DeactivateMFADeviceCommand, N as DeletePolicyVersionCommand, O as DeleteUserCommand, P as DeletePolicyCommand, S as ListAttachedUserPoliciesCommand, _ as ListServiceSpecificCredentialsCommand, b as ListMFADevicesCommand, g as ListSigningCertificatesCommand, h as ListSSHPublicKeysCommand, j as DeleteServiceSpecificCredentialCommand, k as DeleteSSHPublicKeyCommand, l as RemoveUserFromGroupCommand, m as ListUserPoliciesCommand, p as ListUsersCommand, s as UpdateAccessKeyCommand, x as ListGroupsForUserCommand, y as ListPolicyVersionsCommand } from "./aws-sdk.js";
import { U as messageOf } from "./shared.js";
import { C as isMissing, a as ownPolicyArn, b as explain, d as guardName, f as policyName, t as caller, v as awsCode, x as isAccessDenied } from "./aws-shared.js";
// src/engines/aws/revoke-user.ts
/** Taking a user down: its keys first, then what stands in the way of deleting it, then the user. */
/**
* Deletes a user. The short way knows what the mint has made and takes three calls; only where IAM objects the long way
* looks for everything else that a user can have.
*
* @param keyId the key that the mint made, where it is known
*/
async function revokeUser(iam, principal, keyId) {
	const ended = /* @__PURE__ */ new Set();
	try {
		return {
			outcome: await shortWay(iam, principal, keyId, ended) || ended.size > 0 ? "revoked" : "absent",
			sessionsEnded: ended.size
		};
	} catch (error) {
		if (awsCode(error) !== "DeleteConflict") return await judge(iam, principal, error, ended);
	}
	try {
		await longWay(iam, principal, ended);
		return {
			outcome: "revoked",
			sessionsEnded: ended.size
		};
	} catch (error) {
		return await judge(iam, principal, error, ended);
	}
}
/** @returns whether the user was seen */
async function shortWay(iam, UserName, keyId, ended) {
	const send = caller(iam);
	const { config } = iam;
	const isManaged = config["policy-as-managed"];
	if (keyId !== void 0) {
		if (await unlessMissing(send(new DeleteAccessKeyCommand({
			UserName,
			AccessKeyId: keyId
		})))) ended.add(keyId);
	} else if (!await deleteKeys(iam, UserName, ended)) {
		if (isManaged) await deletePolicy(iam, UserName);
		return false;
	} else if (ended.size === 0 && !isManaged) await deletePolicy(iam, UserName).catch((error) => {
		if (!isAccessDenied(error)) throw error;
	});
	await unlessMissing(send(new DeleteUserPolicyCommand({
		UserName,
		PolicyName: guardName
	})));
	if (isManaged) {
		await unlessMissing(send(new DetachUserPolicyCommand({
			UserName,
			PolicyArn: ownPolicyArn(iam, UserName)
		})));
		await deletePolicy(iam, UserName);
	} else if (config["policy-document"] !== "") await unlessMissing(send(new DeleteUserPolicyCommand({
		UserName,
		PolicyName: policyName
	})));
	for (const PolicyArn of config["policy-arns"]) await unlessMissing(send(new DetachUserPolicyCommand({
		UserName,
		PolicyArn
	})));
	for (const GroupName of config["iam-groups"]) await unlessMissing(send(new RemoveUserFromGroupCommand({
		UserName,
		GroupName
	})));
	return await unlessMissing(send(new DeleteUserCommand({ UserName }))) || keyId === void 0;
}
/** Every kind of item that https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html names. */
async function longWay(iam, UserName, ended) {
	const send = caller(iam);
	const user = { UserName };
	await deleteKeys(iam, UserName, ended);
	await unlessMissing(send(new DeleteLoginProfileCommand(user)));
	await each(async (Marker) => await send(new ListSigningCertificatesCommand({
		...user,
		...Marker
	})), ({ Certificates }) => Certificates, async ({ CertificateId }) => await send(new DeleteSigningCertificateCommand({
		...user,
		CertificateId
	})));
	await each(async (Marker) => await send(new ListSSHPublicKeysCommand({
		...user,
		...Marker
	})), ({ SSHPublicKeys }) => SSHPublicKeys, async ({ SSHPublicKeyId }) => await send(new DeleteSSHPublicKeyCommand({
		...user,
		SSHPublicKeyId
	})));
	await each(async (Marker) => await send(new ListServiceSpecificCredentialsCommand({
		...user,
		...Marker
	})), ({ ServiceSpecificCredentials }) => ServiceSpecificCredentials, async ({ ServiceSpecificCredentialId }) => await send(new DeleteServiceSpecificCredentialCommand({
		...user,
		ServiceSpecificCredentialId
	})));
	await each(async (Marker) => await send(new ListMFADevicesCommand({
		...user,
		...Marker
	})), ({ MFADevices }) => MFADevices, async ({ SerialNumber }) => await send(new DeactivateMFADeviceCommand({
		...user,
		SerialNumber
	})));
	await each(async (Marker) => await send(new ListUserPoliciesCommand({
		...user,
		...Marker
	})), ({ PolicyNames }) => PolicyNames, async (PolicyName) => await send(new DeleteUserPolicyCommand({
		...user,
		PolicyName
	})));
	await each(async (Marker) => await send(new ListAttachedUserPoliciesCommand({
		...user,
		...Marker
	})), ({ AttachedPolicies }) => AttachedPolicies, async ({ PolicyArn }) => {
		await send(new DetachUserPolicyCommand({
			...user,
			PolicyArn
		}));
		if (PolicyArn === ownPolicyArn(iam, UserName)) await deletePolicy(iam, UserName);
	});
	await each(async (Marker) => await send(new ListGroupsForUserCommand({
		...user,
		...Marker
	})), ({ Groups }) => Groups, async ({ GroupName }) => await send(new RemoveUserFromGroupCommand({
		...user,
		GroupName
	})));
	await unlessMissing(send(new DeleteUserCommand(user)));
}
/** Deletes the managed policy of a lease's own, with every version that somebody may have added. */
async function deletePolicy(iam, principal) {
	const send = caller(iam);
	const PolicyArn = ownPolicyArn(iam, principal);
	const remove = async () => await unlessMissing(send(new DeletePolicyCommand({ PolicyArn })));
	try {
		await remove();
		return;
	} catch (error) {
		if (awsCode(error) !== "DeleteConflict") throw error;
	}
	await each(async (Marker) => await send(new ListPolicyVersionsCommand({
		PolicyArn,
		...Marker
	})), ({ Versions }) => Versions?.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true), async ({ VersionId }) => await send(new DeletePolicyVersionCommand({
		PolicyArn,
		VersionId
	})));
	await remove();
}
/** @returns whether the user exists */
async function deleteKeys(iam, UserName, ended) {
	const send = caller(iam);
	let exists = true;
	await each(async (Marker) => await send(new ListAccessKeysCommand({
		UserName,
		...Marker
	})), ({ AccessKeyMetadata }) => AccessKeyMetadata, async ({ AccessKeyId }) => {
		try {
			await send(new UpdateAccessKeyCommand({
				UserName,
				AccessKeyId,
				Status: "Inactive"
			}));
			ended.add(AccessKeyId ?? "");
		} catch (error) {
			if (!isAccessDenied(error)) throw error;
		}
		await send(new DeleteAccessKeyCommand({
			UserName,
			AccessKeyId
		}));
		ended.add(AccessKeyId ?? "");
	}, () => {
		exists = false;
	});
	return exists;
}
/** Does something with every item of a paginated list. What is missing meanwhile is done. */
async function each(list, items, end, onMissing = () => void 0) {
	const all = [];
	let marker = {};
	while (marker !== void 0) {
		let page;
		try {
			page = await list(marker);
		} catch (error) {
			if (!isMissing(error)) throw error;
			onMissing();
			return;
		}
		all.push(...items(page) ?? []);
		marker = page.IsTruncated === true && page.Marker !== void 0 ? { Marker: page.Marker } : void 0;
	}
	for (const item of all) await unlessMissing(end(item));
}
/** @returns false when what the call is about does not exist */
async function unlessMissing(sent) {
	try {
		await sent;
		return true;
	} catch (error) {
		if (isMissing(error)) return false;
		throw error;
	}
}
/** What an error in the middle of it all amounts to. */
async function judge(iam, principal, error, ended) {
	if (!isAccessDenied(error)) throw explain(error, "root");
	if (!await isListed(iam, principal)) return {
		outcome: ended.size > 0 ? "revoked" : "absent",
		sessionsEnded: ended.size
	};
	const reason = messageOf(explain(error, "root"));
	return {
		outcome: ended.size > 0 ? "disabled" : "failed",
		reason,
		sessionsEnded: ended.size
	};
}
async function isListed(iam, principal) {
	const send = caller(iam);
	let found = false;
	await each(async (Marker) => await send(new ListUsersCommand({
		PathPrefix: iam.config["user-path"],
		MaxItems: 1e3,
		...Marker
	})), ({ Users }) => Users, async ({ UserName }) => {
		found ||= UserName === principal;
		await Promise.resolve();
	});
	return found;
}
export { revokeUser };
