import { et as UserError, tt as messageOf } from "./shared.js";
import { t as rotateLogin } from "./login-rotation.js";
import { a as globalRights, b as serverError, c as openRoot, i as currentAccount, m as isLoginRefused, n as nativeHash, t as cachingSha2Hash, u as canHeal, v as quoteName } from "./mysql-shared.js";
import { createHash } from "node:crypto";
// src/engines/mysql/rotate.ts
/**
* See {@link Engine.rotateRoot}. MySQL keeps the replaced password of a single login beside the new one, MariaDB does
* not.
*/
function rotateRoot(flavour, roots, config, terms, { signal }) {
	const sessionOf = {
		mysql: mysqlSession,
		mariadb: mariadbSession
	}[flavour.name];
	const target = {
		open: async (root) => sessionOf(await openRoot(flavour, [root], config, {
			signal,
			warn: () => void 0
		})),
		isRefused: (error) => error instanceof UserError && isLoginRefused(error.details.cause),
		canHeal,
		retains: flavour.name === "mysql",
		statement: (user) => `ALTER USER ${quoteName(user)}@'…' IDENTIFIED BY '…'${flavour.name === "mysql" ? ` ATTRIBUTE '${unknownNewest}'` : ""};`
	};
	return rotateLogin(roots, terms, target, signal);
}
/**
* MySQL. The account's attribute says which of our passwords is the newest, written by the statement that sets it: a
* retained password logs in like the newest one, and a rotation that began with it would end the newest.
*/
function mysqlSession(root) {
	const { connection } = root;
	const { user } = root.root;
	return {
		...commonSession(root),
		async checkNewest(password) {
			const [row] = await connection.rows(`SELECT attribute->>'$.joblease_root' AS newest FROM information_schema.user_attributes
          WHERE CONCAT(user, '@', host) = CURRENT_USER()`);
			const newest = row?.["newest"] ?? null;
			if (newest === null || newest === fingerprint(password)) return;
			throw new UserError(`"${user}" has a newer password than the one that this run was given`, {
				input: "root",
				fix: `If another rotation has run since this run was queued, run again. If the password was set by hand, run: ALTER USER ${await currentAccount(connection)} ATTRIBUTE '${unknownNewest}';`
			});
		},
		async checkChange() {
			await hashFor(root);
			const rights = await globalRights(connection);
			if (rights.has("CREATE USER") || rights.has("ALL PRIVILEGES")) return;
			throw new UserError(`"${user}" may not change its own password by a hash`, {
				input: "root",
				fix: `Run as an administrator: GRANT CREATE USER ON *.* TO ${await currentAccount(connection)};`
			});
		},
		async change(password, retain) {
			const account = await currentAccount(connection);
			const [plugin, hash] = await hashFor(root);
			if (!retain) await this.discard();
			await refusable(root, `ALTER USER ${account} IDENTIFIED WITH ${plugin} AS '${hash(password)}'${retain ? " RETAIN CURRENT PASSWORD" : ""}
          ATTRIBUTE '{"joblease_root": "${fingerprint(password)}"}'`);
		},
		async discard() {
			await refusable(root, `ALTER USER ${await currentAccount(connection)} DISCARD OLD PASSWORD`);
		}
	};
}
/** MariaDB. */
function mariadbSession(root) {
	return {
		...commonSession(root),
		checkNewest: async () => await Promise.resolve(),
		async checkChange() {
			await hashFor(root);
			const [row] = await root.connection.rows(`SELECT @@strict_password_validation AND EXISTS (SELECT 1 FROM information_schema.plugins
          WHERE plugin_type = 'PASSWORD VALIDATION' AND plugin_status = 'ACTIVE') AS strict`);
			if (Number(row?.["strict"]) === 0) return;
			throw new UserError("the server takes no password as a hash, because it could not look into it", {
				input: "root",
				fix: "Generated passwords are long, and have letters of both cases, digits and a dash. Run as an administrator, and put it into its configuration: SET GLOBAL strict_password_validation = OFF;"
			});
		},
		async change(password) {
			const [, hash] = await hashFor(root);
			await refusable(root, `SET PASSWORD = '${hash(password)}'`);
		},
		discard: async () => await Promise.resolve()
	};
}
function commonSession(root) {
	const { connection } = root;
	return {
		async lock(name) {
			const [row] = await connection.rows(`SELECT GET_LOCK('${name}', 0) AS got`);
			return Number(row?.["got"]) === 1;
		},
		ping: async () => void await connection.rows("SELECT 1"),
		[Symbol.asyncDispose]: async () => {
			await root[Symbol.asyncDispose]();
		}
	};
}
/** How a server's accounts keep their passwords: by plugin. The plugin stays, so that clients need not change. */
const hashes = {
	caching_sha2_password: cachingSha2Hash,
	mysql_native_password: nativeHash
};
/** @returns the plugin of the account that root logged in as, and what it makes of a password */
async function hashFor({ connection, root }) {
	const [row] = await connection.rows("SHOW CREATE USER CURRENT_USER()");
	const definition = String(Object.values(row ?? {})[0]);
	const plugin = definition.includes(" IDENTIFIED BY PASSWORD ") ? "mysql_native_password" : / IDENTIFIED (?:WITH|VIA) '?(\w+)/.exec(definition)?.[1];
	const hash = hashes[plugin ?? ""];
	if (plugin !== void 0 && hash !== void 0) return [plugin, hash];
	throw new UserError(`"${root.user}" logs in by ${plugin ?? "something"} and not by a password that can be rotated`, {
		input: "root",
		fix: `Plugins that can: ${Object.keys(hashes).join(", ")}.`
	});
}
/** Runs a statement that the server's policies may refuse. */
async function refusable({ connection, root }, sql) {
	try {
		await connection.rows(sql);
	} catch (error) {
		if (serverError(error) === void 0) throw error;
		throw new UserError(`the server refused to change the password of "${root.user}"`, {
			input: "root",
			said: messageOf(error),
			cause: error
		});
	}
}
/** Takes the note of the newest password away: for a password that a person has set. */
const unknownNewest = "{\"joblease_root\": null}";
/** Tells a password from others, and nothing else: only generated ones, of 126 random bits or more, get one. */
function fingerprint(password) {
	return createHash("sha256").update(password).digest("hex").slice(0, 16);
}
export { rotateRoot };
