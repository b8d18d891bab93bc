import { F as DeleteRolePolicyCommand, f as PutRolePolicyCommand, y as ListRolePoliciesCommand } from "./aws-sdk.js";
import { F as parsePrincipal, M as expiryInName, et as UserError, tt as messageOf } from "./shared.js";
import { D as canHeal, E as awsCode, M as isMissing, O as explain, h as sessionName, i as pages, k as isAccessDenied, o as caller } from "./aws-shared.js";
// src/engines/aws/session-deny.ts
/** Revoking sessions of a role: a Deny for one session alone, as an inline policy of the role. */
const prefix = "joblease-deny-";
/**
* When a session is over at the latest, in epoch seconds, as far as its name tells: it lives until the expiry there, but at
* least 15 minutes, which may have begun later by as much as the runner's clock was behind.
*/
function endInName(principal) {
	return expiryInName(principal).getTime() / 1e3 + 1200;
}
/** @param end when the session is over; in the policy's name where the principal's says too early an end */
function denyName(principal, end) {
	return `${prefix}${principal}${end > endInName(principal) ? `-${end.toString(36)}` : ""}`;
}
/** @returns undefined for the name of another policy */
function readDenyName(name) {
	if (!name.startsWith(prefix)) return void 0;
	const [text = "", end] = name.slice(14).split("-", 2);
	const principal = parsePrincipal(text);
	if (principal === void 0) return void 0;
	const read = {
		principal,
		end: end === void 0 ? endInName(principal) : Number.parseInt(end, 36)
	};
	return denyName(principal, read.end) === name ? read : void 0;
}
/**
* Denies everything to one session, or takes that Deny away when the session is over.
*
* @param ends when that is, as AWS said, where it is known
*/
async function denySession(iam, principal, ends) {
	const send = caller(iam);
	const RoleName = roleName(iam);
	const end = ends ?? endInName(principal);
	const PolicyName = denyName(principal, end);
	if (end < iam.root.now()) {
		await deletePolicy(iam, PolicyName);
		return {
			outcome: "absent",
			sessionsEnded: 0
		};
	}
	const PolicyDocument = JSON.stringify({
		Version: "2012-10-17",
		Statement: [{
			Effect: "Deny",
			Action: "*",
			Resource: "*",
			Condition: { StringLike: { "aws:userid": `*:${sessionName(principal, iam.config)}` } }
		}]
	});
	const put = async () => await send(new PutRolePolicyCommand({
		RoleName,
		PolicyName,
		PolicyDocument
	}));
	try {
		await put().catch(async (error) => {
			if (awsCode(error) !== "LimitExceeded") throw error;
			for await (const denied of listDenied(iam)) if (denied.over) await endDeny(iam, denied);
			await put();
		});
		return {
			outcome: "revoked",
			sessionsEnded: 1
		};
	} catch (error) {
		const code = awsCode(error);
		if (error instanceof UserError && !canHeal(error)) return {
			outcome: "failed",
			reason: messageOf(error),
			sessionsEnded: 0
		};
		if (!isAccessDenied(error) && code !== "LimitExceeded" && code !== "NoSuchEntity") throw explain(error, "root");
		return {
			outcome: "failed",
			reason: code === "LimitExceeded" ? `the inline policies of ${RoleName} are full (10,240 characters): ${messageOf(error)}` : messageOf(explain(error, "role-arn")),
			sessionsEnded: 0
		};
	}
}
/** Takes away the Deny for a session that is over. */
async function endDeny(iam, { principal, expiresAt }) {
	const end = expiresAt === void 0 ? endInName(principal) : expiresAt.getTime() / 1e3;
	if (end >= iam.root.now()) return {
		outcome: "disabled",
		reason: "the session is not over, and the Deny that ended it has to stay until it is",
		sessionsEnded: 0
	};
	return {
		outcome: await deletePolicy(iam, denyName(principal, end)) ? "revoked" : "absent",
		sessionsEnded: 0
	};
}
/** The sessions that are denied. */
async function* listDenied(iam) {
	for await (const name of policyNames(iam)) {
		const denied = readDenyName(name);
		if (denied === void 0) continue;
		const { principal, end } = denied;
		yield {
			principal,
			record: void 0,
			expiresAt: /* @__PURE__ */ new Date(end * 1e3),
			over: end < iam.root.now(),
			usable: false,
			remains: "deny"
		};
	}
}
/** Policies of the role that are named nearly as ours are. */
async function* likeDenies(iam) {
	for await (const name of policyNames(iam)) if (name.startsWith(prefix) && readDenyName(name) === void 0) yield `role/${roleName(iam)}/${name}`;
}
async function* policyNames(iam) {
	const send = caller(iam);
	const request = {
		RoleName: roleName(iam),
		MaxItems: 1e3
	};
	yield* pages(async (Marker) => {
		const { PolicyNames: items = [], ...more } = await send(new ListRolePoliciesCommand({
			...request,
			...Marker
		}));
		return {
			items,
			...more
		};
	});
}
/** @returns whether it was there */
async function deletePolicy(iam, PolicyName) {
	try {
		await caller(iam)(new DeleteRolePolicyCommand({
			RoleName: roleName(iam),
			PolicyName
		}));
		return true;
	} catch (error) {
		if (isMissing(error)) return false;
		throw explain(error, "root");
	}
}
function roleName({ config }) {
	return (config["role-arn"] === "" ? config["oidc-role-arn"] : config["role-arn"]).split("/").at(-1) ?? "";
}
export { denySession, endDeny, likeDenies, listDenied };
