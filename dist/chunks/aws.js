import { G as checkConfig, et as UserError, tt as messageOf } from "./shared.js";
import { D as canHeal, S as openRoot, h as sessionName, m as mintSession, p as verify, x as isDirect } from "./aws-shared.js";
// src/engines/aws/engine.ts
/** AWS: sessions from STS, and users of IAM. IAM's client is loaded only for what needs it. */
const engine = {
	async open(roots, config, context) {
		if (isDirect(roots, config)) return session(void 0, lasting(async () => await openRoot(roots, config, context)), config, context);
		const root = await openRoot(roots, config, context);
		return session(root, async () => await Promise.resolve(root), config, context);
	},
	canHeal,
	batch: 1,
	endSelf: async (credential, config, context) => {
		const { endUser } = await import("./aws-end-self.js");
		return await endUser(JSON.parse(credential), config, context);
	},
	async *rotateRoot(roots, config, terms, context) {
		const { rotateRoot } = await import("./aws-rotate.js");
		return yield* rotateRoot(roots, config, terms, context);
	}
};
/** Root by an OIDC token lives for an hour: it is kept, and asked for again before that is over. */
function lasting(open) {
	let root;
	let until = 0;
	return async () => {
		if (root === void 0 || Date.now() > until) {
			until = Date.now() + 27e5;
			root = open();
		}
		try {
			return await root;
		} catch (error) {
			root = void 0;
			throw error;
		}
	};
}
function session(root, asRoot, config, context) {
	const isUser = config["credential-type"] === "iam_user";
	const fresh = /* @__PURE__ */ new Set();
	const iam = async () => (await import("./aws-user.js")).openIam(await asRoot(), config, context);
	return {
		async mint(draft) {
			checkConfig(config, draft.ttl);
			if (!isUser) {
				sessionName(draft.principal, config);
				return await mintSession(root, draft, config, context);
			}
			const { mintUser } = await import("./aws-user.js");
			const minted = await mintUser(await iam(), draft);
			fresh.add(minted.credential);
			return minted;
		},
		verify: async (credential) => {
			await verify(JSON.parse(credential), fresh.has(credential), config, context);
		},
		async renew(principal, ttl) {
			if (!isUser) throw new UserError("a session of AWS cannot be renewed; mint a new one");
			const { renewUser } = await import("./aws-leases.js");
			return await renewUser(await iam(), principal, ttl);
		},
		async revoke(principal, credential) {
			fresh.clear();
			if (isUser) {
				const { revokeUser } = await import("./aws-revoke-user.js");
				return await revokeUser(await iam(), principal, { key: keyIn(credential) });
			}
			return await revokeSession(principal, keyIn(credential));
		},
		async *leases(options = {}) {
			const { listLeases } = await import("./aws-leases.js");
			yield* listLeases(await iam(), options);
			if (!config["revoke-sessions"]) return;
			const { listDenied } = await import("./aws-session-deny.js");
			yield* listDenied(await iam());
		},
		async *lookalikes() {
			const { lookalikes } = await import("./aws-leases.js");
			yield* lookalikes(await iam());
			if (!config["revoke-sessions"]) return;
			const { likeDenies } = await import("./aws-session-deny.js");
			yield* likeDenies(await iam());
		},
		async *end(leases) {
			for (const lease of leases) yield [lease, await endListed(lease)];
		},
		[Symbol.asyncDispose]: async () => {
			await Promise.resolve();
		}
	};
	/** @returns `failed` where AWS refuses; what else goes wrong is no matter of this lease alone, and is thrown */
	async function endListed(lease) {
		const { principal, remains, holdings } = lease;
		try {
			if (remains === "deny") {
				const { endDeny } = await import("./aws-session-deny.js");
				return await endDeny(await iam(), lease);
			}
			const { revokePolicy, revokeUser } = await import("./aws-revoke-user.js");
			if (remains === "policy") return await revokePolicy(await iam(), principal);
			return await revokeUser(await iam(), principal, { holdings });
		} catch (error) {
			if (!(error instanceof UserError) || canHeal(error)) throw error;
			return {
				outcome: "failed",
				reason: messageOf(error),
				sessionsEnded: 0
			};
		}
	}
	async function revokeSession(principal, key) {
		if (!config["revoke-sessions"]) return {
			outcome: "expiring",
			reason: "AWS ends sessions by itself; \"revoke-sessions\" ends them earlier",
			sessionsEnded: 0
		};
		const { denySession } = await import("./aws-session-deny.js");
		return await denySession(await iam(), principal, key?.ends);
	}
}
function keyIn(credential) {
	return credential === void 0 ? void 0 : JSON.parse(credential);
}
export { engine };
