import { A as DeleteUserPolicyCommand, B as DeactivateMFADeviceCommand, C as ListGroupsForUserCommand, I as DeletePolicyVersionCommand, L as DeletePolicyCommand, M as DeleteSSHPublicKeyCommand, N as DeleteSigningCertificateCommand, P as DeleteServiceSpecificCredentialCommand, R as DeleteLoginProfileCommand, S as ListMFADevicesCommand, T as ListAccessKeysCommand, _ as ListSigningCertificatesCommand, b as ListPolicyVersionsCommand, d as PutUserPermissionsBoundaryCommand, g as ListSSHPublicKeysCommand, h as ListUserPoliciesCommand, j as DeleteUserCommand, k as DetachUserPolicyCommand, l as RemoveUserFromGroupCommand, s as UpdateAccessKeyCommand, u as PutUserPolicyCommand, v as ListServiceSpecificCredentialsCommand, w as ListAttachedUserPoliciesCommand, z as DeleteAccessKeyCommand } from "./aws-sdk.js";
import { et as UserError, tt as messageOf } from "./shared.js";
import { D as canHeal, E as awsCode, M as isMissing, O as explain, _ as guardName, c as made, d as ownPolicyArn, f as userArn, g as closedGuard, j as isKeyRefused, k as isAccessDenied, o as caller, p as verify, t as isListed, v as policyName, y as holdingsIn } from "./aws-shared.js";
import { setTimeout } from "node:timers/promises";
// src/engines/aws/revoke-user.ts
/** Taking a user down: it is shut off, then its keys go, then what stands in the way of deleting it, its guard, the user. */
/**
* How long, in milliseconds, a user is looked for that is missing though it may be there, and one that root seems to have no
* right to.
*/
const patience = {
	absent: 15e3,
	failed: 5e3
};
/** IAM may show a change late, in seconds; after that it is believed. */
const young = 300;
/**
* Ends a user and deletes it. First it is shut off, in a way that lasts until it is gone: sessions of its key that a step
* made (GetSessionToken) outlive the key, and must find nothing allowed whatever is taken away, in whatever order AWS
* notices that.
*/
async function revokeUser(iam, principal, known = {}) {
	const ended = /* @__PURE__ */ new Set();
	const started = performance.now();
	for (let pause = 250;; pause *= 2) {
		const result = await takeDown(iam, principal, known, ended);
		const { outcome } = result;
		if (outcome === "revoked") made.delete(principal);
		if (outcome === "absent" && await isGone(iam, principal, known)) return result;
		if (outcome === "failed" && (ended.size > 0 || !isYoung(iam, principal, known))) return result;
		if (outcome !== "absent" && outcome !== "failed") return result;
		if (performance.now() - started + pause > patience[outcome] || await setTimeout(pause, false, { signal: iam.context.signal }).catch(() => true)) {
			if (outcome === "failed") return result;
			return {
				outcome: "failed",
				reason: notShown,
				sessionsEnded: 0
			};
		}
	}
}
const notShown = "AWS does not show the user that it made a short time ago";
function isYoung({ root }, principal, { key }) {
	return made.has(principal) || key !== void 0 && root.now() - key.made <= young;
}
/** Whether a user is gone that IAM does not find: soon after it was made that may be said of one that is there. */
async function isGone(iam, principal, known) {
	const { key } = known;
	if (!isYoung(iam, principal, known)) return true;
	if (made.has(principal) || key === void 0) return false;
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
async function takeDown(iam, principal, known, ended) {
	const off = await shutOff(iam, principal);
	const way = {
		iam,
		UserName: principal,
		isOff: off === "off",
		ended
	};
	let result;
	try {
		const found = off !== "missing" && await shortWay(way, known);
		if (off === "missing" && (known.holdings ?? holdingsIn(iam.config)).managed) await deletePolicy(iam, principal);
		result = {
			outcome: found || ended.size > 0 ? "revoked" : "absent",
			sessionsEnded: ended.size
		};
	} catch (error) {
		const failure = awsCode(error) === "DeleteConflict" ? await removeAll(way) : error;
		result = failure === void 0 ? {
			outcome: "revoked",
			sessionsEnded: ended.size
		} : await judge(way, principal, failure);
	}
	if (off instanceof Error && result.outcome !== "absent") warnOnce(iam, off);
	return result;
}
/**
* Puts a boundary around a user that denies everything. Nothing of the user's own lifts it, and a user is deleted with it.
*
* @returns why it could not be done: the rest can be all the same, with the guard last
*/
async function shutOff(iam, UserName) {
	const PermissionsBoundary = `arn:${iam.root.partition}:iam::aws:policy/AWSDenyAll`;
	try {
		await caller(iam)(new PutUserPermissionsBoundaryCommand({
			UserName,
			PermissionsBoundary
		}));
		return "off";
	} catch (error) {
		if (isMissing(error) && messageOf(error).includes(UserName)) return "missing";
		if (canHeal(error) || isKeyRefused(error) || iam.context.signal.aborted) throw explain(error, "root");
		return explain(error, "root");
	}
}
const warned = /* @__PURE__ */ new WeakSet();
/** A sweep meets it with every lease. */
function warnOnce({ context }, why) {
	if (warned.has(context)) return;
	warned.add(context);
	context.warn(`Users are deleted without being shut off first, so sessions that a job made of its key may act until the user is gone: ${messageOf(why)}`);
}
/** @returns whether the user was seen */
async function shortWay(way, { key, holdings }) {
	const { iam, UserName, ended } = way;
	const send = caller(iam);
	const { config } = iam;
	const given = holdings ?? holdingsIn(config);
	if (key !== void 0) {
		const { accessKeyId: AccessKeyId } = key;
		if (await unlessMissing(deleteKey(way, AccessKeyId))) ended.add(AccessKeyId);
	} else if (!await deleteKeys(way)) {
		if (given.managed) await deletePolicy(iam, UserName);
		return false;
	} else if (ended.size === 0 && holdings === void 0 && !given.managed) await unlessDenied(deletePolicy(iam, UserName));
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
	return await deleteUser(way) || key === void 0;
}
/** The guard, and then the user: nothing is left that the guard was for. @returns whether the user was there */
async function deleteUser({ iam, UserName, isOff }) {
	const send = caller(iam);
	await unlessMissing(send(new DeleteUserPolicyCommand({
		UserName,
		PolicyName: guardName
	})));
	try {
		for (let pause = 250; !await unlessMissing(send(new DeleteUserCommand({ UserName }))); pause *= 2) {
			if (!isOff || await shutOff(iam, UserName) !== "off") return false;
			if (pause > 4e3) throw new UserError(notShown);
			await setTimeout(pause, void 0, { signal: iam.context.signal });
		}
		return true;
	} catch (error) {
		if (!isOff && awsCode(error) !== "") {
			const PolicyDocument = closedGuard(userArn(iam, UserName));
			await send(new PutUserPolicyCommand({
				UserName,
				PolicyName: guardName,
				PolicyDocument
			})).catch(() => void 0);
		}
		throw error;
	}
}
/** How often the long way is gone, and the pauses between, in milliseconds: IAM may list late what it counts already. */
const rounds = [
	500,
	2e3,
	0
];
/** @returns what kept the user from being deleted; undefined when it is gone */
async function removeAll(way) {
	let failure;
	for (const pause of rounds) {
		try {
			await longWay(way);
			return;
		} catch (error) {
			failure = error;
			if (awsCode(error) !== "DeleteConflict" || pause === 0) break;
		}
		await setTimeout(pause, void 0, { signal: way.iam.context.signal }).catch(() => void 0);
	}
	return failure;
}
/** Every kind of item that https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html names. */
async function longWay(way) {
	const { iam, UserName } = way;
	const send = caller(iam);
	const user = { UserName };
	await deleteKeys(way);
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
	})), ({ PolicyNames }) => PolicyNames?.filter((name) => name !== guardName), async (PolicyName) => await send(new DeleteUserPolicyCommand({
		...user,
		PolicyName
	})));
	await detachAll(iam, UserName);
	await leaveGroups(iam, UserName);
	await deleteUser(way);
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
async function deleteKeys(way) {
	const { iam, UserName, ended } = way;
	const send = caller(iam);
	let exists = true;
	await each(async (Marker) => await send(new ListAccessKeysCommand({
		UserName,
		...Marker
	})), ({ AccessKeyMetadata }) => AccessKeyMetadata, async ({ AccessKeyId = "" }) => {
		await deleteKey(way, AccessKeyId);
		ended.add(AccessKeyId);
	}, () => {
		exists = false;
	});
	return exists;
}
async function deleteKey({ iam, UserName, ended }, AccessKeyId) {
	const send = caller(iam);
	try {
		await send(new DeleteAccessKeyCommand({
			UserName,
			AccessKeyId
		}));
	} catch (error) {
		if (!isAccessDenied(error)) throw error;
		if (await unlessDenied(unlessMissing(send(new UpdateAccessKeyCommand({
			UserName,
			AccessKeyId,
			Status: "Inactive"
		}))))) ended.add(AccessKeyId);
		throw error;
	}
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
async function judge({ iam, isOff, ended }, principal, error) {
	const explained = explain(error, "root");
	if (awsCode(error) === "" || canHeal(error) || isKeyRefused(error)) throw explained;
	if (isAccessDenied(error) && !await isListed(iam, principal)) {
		if (isOff && await shutOff(iam, principal) !== "off") return {
			outcome: "revoked",
			sessionsEnded: ended.size
		};
		if (!isOff && ended.size === 0) return {
			outcome: "absent",
			sessionsEnded: 0
		};
	}
	return {
		outcome: isOff ? "disabled" : "failed",
		reason: messageOf(explained),
		sessionsEnded: ended.size
	};
}
export { revokePolicy, revokeUser };
