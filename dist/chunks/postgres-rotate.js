import { it as messageOf, rt as UserError } from "./shared.js";
import { t as rotateLogin } from "./login-rotation.js";
import { d as quoteName, f as sqlState, i as canHeal, n as scramVerifier, o as isLoginRefused, t as openRoot, u as quoteLiteral } from "./postgres-shared.js";
import { randomInt } from "node:crypto";
// src/engines/postgres/rotate.ts
/** See {@link Engine.rotateRoot}. A role has one password, so only a pair of logins leaves no gap. */
function rotateRoot(roots, config, terms, context) {
	return rotateLogin(roots, terms, {
		open: async (root) => session(await openRoot([root], config, {
			...context,
			warn: () => void 0
		})),
		isRefused: (error) => error instanceof UserError && isLoginRefused(error.details.cause),
		canHeal,
		retains: false,
		statement: (user) => `ALTER ROLE ${quoteName(user)} PASSWORD '…';`
	}, context);
}
/** The first half of the number of every advisory lock that a rotation takes: "jlro". */
const rotations = 1785492079;
function session(root) {
	const { connection } = root;
	const { user } = root.root;
	return {
		/**
		* Everybody who is let in can take any advisory lock. So each rotation takes one that nobody can foresee, and then looks
		* who else has such a one: only sessions of the root logins count.
		*/
		async lock(roots) {
			const users = new Set(roots.map((each) => quoteLiteral(each.user)));
			const mine = randomInt(2 ** 31);
			const held = `SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted AND l.classid::bigint = ${rotations}`;
			const [row] = await connection.rows(`SELECT pg_try_advisory_lock(${rotations}, ${mine});
         SELECT EXISTS (${held} AND l.objid::bigint = ${mine} AND l.pid = pg_backend_pid()) AND NOT EXISTS (${held}
           AND l.pid <> pg_backend_pid() AND a.usename IN (${[...users].join(", ")})) AS got,
           extract(epoch FROM clock_timestamp())::bigint AS now`);
			if (row?.["got"] === true) return /* @__PURE__ */ new Date(Number(row["now"]) * 1e3);
			await connection.rows(`SELECT pg_advisory_unlock(${rotations}, ${mine})`);
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
