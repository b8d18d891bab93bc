import { nt as UserError, rt as messageOf } from "./shared.js";
import { t as rotateLogin } from "./login-rotation.js";
import { d as quoteName, f as sqlState, i as canHeal, n as scramVerifier, o as isLoginRefused, t as openRoot, u as quoteLiteral } from "./postgres-shared.js";
// src/engines/postgres/rotate.ts
/** See {@link Engine.rotateRoot}. A role has one password, so only a pair of logins leaves no gap. */
function rotateRoot(roots, config, terms, { signal }) {
	return rotateLogin(roots, terms, {
		open: async (root) => session(await openRoot([root], config, {
			signal,
			warn: () => void 0
		})),
		isRefused: (error) => error instanceof UserError && isLoginRefused(error.details.cause),
		canHeal,
		retains: false,
		statement: (user) => `ALTER ROLE ${quoteName(user)} PASSWORD '…';`
	}, signal);
}
function session(root) {
	const { connection } = root;
	const { user } = root.root;
	return {
		async lock(name) {
			const [row] = await connection.rows(`SELECT pg_try_advisory_lock(hashtextextended(${quoteLiteral(name)}, 0)) AS got`);
			return row?.["got"] === true;
		},
		checkNewest: async () => await Promise.resolve(),
		async checkChange() {
			if (root.version < 16e4) return;
			const [row] = await connection.rows("SELECT coalesce(split_part(SYSTEM_USER, ':', 1), 'trust') AS method");
			const method = String(row?.["method"]);
			if ([
				"scram-sha-256",
				"md5",
				"password"
			].includes(method)) return;
			throw new UserError(`the server lets "${user}" in by ${method}, so a new password would be no new root`, {
				input: "root",
				fix: "Let pg_hba.conf ask this login for its password: scram-sha-256."
			});
		},
		async change(password) {
			try {
				await connection.rows(`SET ROLE NONE; ALTER ROLE CURRENT_USER PASSWORD '${scramVerifier(password)}'`);
			} catch (error) {
				if (sqlState(error) === void 0) throw error;
				throw new UserError(`the server refused to change the password of "${user}"`, {
					input: "root",
					said: messageOf(error),
					cause: error
				});
			}
		},
		discard: async () => await Promise.resolve(),
		ping: async () => void await connection.rows("SELECT 1"),
		[Symbol.asyncDispose]: async () => {
			await root[Symbol.asyncDispose]();
		}
	};
}
export { rotateRoot };
