import { r as getInput } from "./chunks/actions-core.js";
import { A as mask, B as retry, D as shedEnvironment, F as formatLeaseId, M as warn, T as idTokenSource, V as engineNamed, et as formatDuration, g as summarize, j as say, k as fail, rt as messageOf, w as interruption, y as held } from "./chunks/shared.js";
import { setTimeout } from "node:timers/promises";
// src/actions/post.ts
/** Revokes, when the job ends, what main has minted. */
/** After a cancel the post steps of a job share about 285 s, so one of them must not take long: then the sweep does it. */
const patience = {
	attempt: 3e4,
	attempts: 9e4,
	straggler: 1e3
};
shedEnvironment();
interruption();
try {
	const left = held();
	if (left === void 0) say("There is nothing to revoke.");
	else if (!left.lease.revoke) say(`${formatLeaseId(left.lease)} is not revoked: the input "revoke" is false.`);
	else await report(await end(left.lease, left.minted), left.lease, left.minted);
} catch (error) {
	fail(error);
}
/** Ends the lease as root, or, where no root can, as the lease itself. */
async function end(lease, minted) {
	const declaration = engineNamed(lease.engine);
	const engine = await declaration.load();
	const deadline = AbortSignal.timeout(patience.attempts);
	const context = () => ({
		signal: AbortSignal.any([deadline, AbortSignal.timeout(patience.attempt)]),
		warn,
		idToken: idTokenSource()
	});
	let result = await endByRoot();
	if (result.outcome === "absent" && minted === void 0) {
		await setTimeout(patience.straggler);
		result = await endByRoot();
	}
	if (minted === void 0) return result;
	if (result.outcome === "absent") return await endElsewhere(minted.credential, result);
	if (result.outcome !== "failed") return result;
	say(`${formatLeaseId(lease)} could not be revoked by root, so it is asked to end itself.\n${result.reason ?? ""}`);
	return await endBySelf(minted.credential, result);
	async function endByRoot() {
		const attempt = async () => {
			const roots = declaration.root.parse(getInput("root"), "root");
			mask(roots.flatMap(({ secrets }) => secrets));
			await using session = await engine.open(roots, lease.config, context());
			return await session.revoke(lease.principal, minted?.credential);
		};
		return await retry(attempt, engine.canHeal, deadline).catch((error) => ({
			outcome: "failed",
			reason: messageOf(error),
			sessionsEnded: 0
		}));
	}
	async function endBySelf(credential, failed) {
		try {
			const own = await engine.endSelf(credential, lease.config, context());
			if (own.outcome === "disabled") return {
				...own,
				...failed.fix === void 0 ? {} : { fix: failed.fix }
			};
			const why = own.outcome === "absent" ? "The target already refuses its login; whether it has open sessions only root could see." : `It could not end itself either: ${own.reason ?? own.outcome}`;
			return {
				...failed,
				reason: `${failed.reason ?? ""}\n${why}`,
				sessionsEnded: own.sessionsEnded
			};
		} catch (error) {
			return {
				...failed,
				reason: `${failed.reason ?? ""}\nIt could not end itself either: ${messageOf(error)}`
			};
		}
	}
	/** Root may by now be another target's than main had: the lease itself knows where it was minted. */
	async function endElsewhere(credential, absent) {
		const own = context();
		const where = "Root does not find it: is \"root\" another target's by now?";
		try {
			const ended = await engine.endSelf(credential, lease.config, own);
			if (ended.outcome === "absent") return absent;
			return {
				...ended,
				reason: `${where} It was still let in where it was minted.\n${ended.reason ?? ""}`
			};
		} catch (error) {
			if (!own.signal.aborted) return absent;
			return {
				outcome: "failed",
				reason: `${where} Where it was minted, ${messageOf(error)}`,
				sessionsEnded: 0
			};
		}
	}
}
async function report(result, lease, minted) {
	const leaseId = formatLeaseId(lease);
	const { outcome, sessionsEnded, reason = "", fix = "" } = result;
	const after = minted === void 0 ? "" : formatDuration((Date.now() - minted.at) / 1e3);
	const details = [reason, fix].filter((text) => text !== "").join("\n");
	if (outcome === "failed") {
		const text = `${leaseId} could not be revoked, so its credential may still work. ${minted === void 0 ? "" : `It ends by itself at ${minted.expiresAt}. `}The sweep will try again.\n${details}`;
		if (lease.failOnRevokeError) fail(text);
		else warn(text);
	} else if (outcome === "disabled") warn(`${leaseId} can no longer be used, but what is left of it stays until the sweep.\n${details}`);
	else if (outcome === "expiring") {
		const when = minted === void 0 ? "by itself" : `by itself at ${minted.expiresAt}`;
		say(`${leaseId} ends ${when}: ${reason}.`);
	} else say(`${leaseId}: ${outcome}.${sessionsEnded > 0 ? ` Sessions ended: ${sessionsEnded}.` : ""}`);
	await summarize("joblease: credential ended", {
		Engine: lease.engine,
		Principal: lease.principal,
		Outcome: outcome,
		After: after,
		"Sessions ended": String(sessionsEnded),
		Reason: reason
	});
}
export {};
