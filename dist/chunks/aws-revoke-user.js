import { A as DeleteUserCommand, C as ListAttachedUserPoliciesCommand, F as DeletePolicyVersionCommand, I as DeletePolicyCommand, L as DeleteLoginProfileCommand, M as DeleteSigningCertificateCommand, N as DeleteServiceSpecificCredentialCommand, O as DetachUserPolicyCommand, R as DeleteAccessKeyCommand, S as ListGroupsForUserCommand, _ as ListServiceSpecificCredentialsCommand, g as ListSigningCertificatesCommand, h as ListSSHPublicKeysCommand, j as DeleteSSHPublicKeyCommand, k as DeleteUserPolicyCommand, l as RemoveUserFromGroupCommand, m as ListUserPoliciesCommand, s as UpdateAccessKeyCommand, w as ListAccessKeysCommand, x as ListMFADevicesCommand, y as ListPolicyVersionsCommand, z as DeactivateMFADeviceCommand } from "./aws-sdk.js";
import { rt as messageOf } from "./shared.js";
import { C as awsCode, E as isAccessDenied, T as explain, d as holdingsIn, g as policyName, h as guardName, k as isMissing, o as caller, t as isListed, u as ownPolicyArn, w as canHeal } from "./aws-shared.js";
// src/engines/aws/revoke-user.ts
/** Taking a user down: its keys first, then what stands in the way of deleting it, then the user. */
/**
* Deletes a user. The short way knows what the mint has made and takes a call for each; only where IAM objects the long
* way looks for everything else that a user can have.
*
* @param keyId the key that the mint made, where it is known
* @param holdings what the mint gave the user, where its tags tell; else the inputs do
*/
async function revokeUser(iam, principal, keyId, holdings) {
	const ended = /* @__PURE__ */ new Set();
	try {
		return {
			outcome: await shortWay(iam, principal, keyId, holdings, ended) || ended.size > 0 ? "revoked" : "absent",
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
async function shortWay(iam, UserName, keyId, holdings, ended) {
	const send = caller(iam);
	const { config } = iam;
	const given = holdings ?? holdingsIn(config);
	if (keyId !== void 0) {
		if (await unlessMissing(send(new DeleteAccessKeyCommand({
			UserName,
			AccessKeyId: keyId
		})))) ended.add(keyId);
	} else if (!await deleteKeys(iam, UserName, ended)) {
		if (given.managed) await deletePolicy(iam, UserName);
		return false;
	} else if (ended.size === 0 && holdings === void 0 && !given.managed) await unlessDenied(deletePolicy(iam, UserName));
	await unlessMissing(send(new DeleteUserPolicyCommand({
		UserName,
		PolicyName: guardName
	})));
	if (given.policy) await unlessMissing(send(new DeleteUserPolicyCommand({
		UserName,
		PolicyName: policyName
	})));
	if (given.managed) {
		await unlessMissing(send(new DetachUserPolicyCommand({
			UserName,
			PolicyArn: ownPolicyArn(iam, UserName)
		})));
		await deletePolicy(iam, UserName);
	}
	if (holdings === void 0) {
		for (const PolicyArn of config["policy-arns"]) await unlessMissing(send(new DetachUserPolicyCommand({
			UserName,
			PolicyArn
		})));
		for (const GroupName of config["iam-groups"]) await unlessMissing(send(new RemoveUserFromGroupCommand({
			UserName,
			GroupName
		})));
	} else {
		if (holdings.arns) await detachAll(iam, UserName);
		if (holdings.groups) await leaveGroups(iam, UserName);
	}
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
	await detachAll(iam, UserName);
	await leaveGroups(iam, UserName);
	await unlessMissing(send(new DeleteUserCommand(user)));
}
async function detachAll(iam, UserName) {
	const send = caller(iam);
	await each(async (Marker) => await send(new ListAttachedUserPoliciesCommand({
		UserName,
		...Marker
	})), ({ AttachedPolicies }) => AttachedPolicies, async ({ PolicyArn }) => {
		await send(new DetachUserPolicyCommand({
			UserName,
			PolicyArn
		}));
		if (PolicyArn === ownPolicyArn(iam, UserName)) await deletePolicy(iam, UserName);
	});
}
async function leaveGroups(iam, UserName) {
	const send = caller(iam);
	await each(async (Marker) => await send(new ListGroupsForUserCommand({
		UserName,
		...Marker
	})), ({ Groups }) => Groups, async ({ GroupName }) => await send(new RemoveUserFromGroupCommand({
		UserName,
		GroupName
	})));
}
/** Deletes a managed policy whose user is gone. */
async function revokePolicy(iam, principal) {
	try {
		return {
			outcome: await deletePolicy(iam, principal) ? "revoked" : "absent",
			sessionsEnded: 0
		};
	} catch (error) {
		if (awsCode(error) === "" || canHeal(error)) throw explain(error, "root");
		return {
			outcome: "disabled",
			reason: messageOf(explain(error, "root")),
			sessionsEnded: 0
		};
	}
}
/**
* Deletes the managed policy of a lease's own, with every version that somebody may have added.
*
* @returns whether it was there
*/
async function deletePolicy(iam, principal) {
	const send = caller(iam);
	const PolicyArn = ownPolicyArn(iam, principal);
	const remove = async () => await unlessMissing(send(new DeletePolicyCommand({ PolicyArn })));
	try {
		return await remove();
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
	return await remove();
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
			await send(new DeleteAccessKeyCommand({
				UserName,
				AccessKeyId
			}));
		} catch (error) {
			if (!isAccessDenied(error)) throw error;
			const off = new UpdateAccessKeyCommand({
				UserName,
				AccessKeyId,
				Status: "Inactive"
			});
			if (await unlessDenied(send(off))) ended.add(AccessKeyId ?? "");
			throw error;
		}
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
/** @returns false when root may not */
async function unlessDenied(sent) {
	try {
		await sent;
		return true;
	} catch (error) {
		if (isAccessDenied(error)) return false;
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
export { revokePolicy, revokeUser };
