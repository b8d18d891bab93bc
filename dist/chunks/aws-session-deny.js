import { P as DeleteRolePolicyCommand, d as PutRolePolicyCommand, v as ListRolePoliciesCommand } from "./aws-sdk.js";
import { L as parsePrincipal, P as expiryInName, nt as UserError, rt as messageOf } from "./shared.js";
import { C as awsCode, E as isAccessDenied, T as explain, i as pages, k as isMissing, m as sessionName, o as caller, w as canHeal } from "./aws-shared.js";
// src/engines/aws/session-deny.ts
/** Revoking sessions of a role: a Deny for one session alone, as an inline policy of the role. */
const prefix = "joblease-deny-";
/**
* When a Deny is of no more use, in epoch seconds: the session it is for lives until the expiry in its name, but at
* least 15 minutes, which may have begun later by as much as the runner's clock was behind.
*/
function usefulUntil(principal) {
	return expiryInName(principal).getTime() / 1e3 + 1200;
}
/** Denies everything to one session, or takes that Deny away when the session is over. */
async function denySession(iam, principal) {
	const send = caller(iam);
	const RoleName = roleName(iam);
	const PolicyName = `${prefix}${principal}`;
	if (usefulUntil(principal) < iam.root.now()) {
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
			for await (const denied of listDenied(iam)) if (usefulUntil(denied.principal) < iam.root.now()) await deletePolicy(iam, `${prefix}${denied.principal}`);
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
async function endDeny(iam, principal) {
	if (usefulUntil(principal) >= iam.root.now()) return {
		outcome: "disabled",
		reason: "the session is not over, and the Deny that ended it has to stay until it is",
		sessionsEnded: 0
	};
	return {
		outcome: await deletePolicy(iam, `${prefix}${principal}`) ? "revoked" : "absent",
		sessionsEnded: 0
	};
}
/** The sessions that are denied. */
async function* listDenied(iam) {
	for await (const name of policyNames(iam)) {
		const principal = name.startsWith(prefix) ? parsePrincipal(name.slice(14)) : void 0;
		if (principal === void 0) continue;
		const end = usefulUntil(principal);
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
	for await (const name of policyNames(iam)) {
		if (!name.startsWith(prefix) || parsePrincipal(name.slice(14)) !== void 0) continue;
		yield `role/${roleName(iam)}/${name}`;
	}
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
