import { r as __toESM } from "./rolldown-runtime.js";
import { c as systemCode, et as UserError, o as isCertificateCode, r as readAuthority, s as isPassingNetworkFailure, tt as messageOf } from "./shared.js";
import { t as require_promise } from "./mysql2.js";
import { connect } from "node:net";
import { createHash, randomBytes } from "node:crypto";
// src/engines/mysql/connection.ts
var import_promise = /* @__PURE__ */ __toESM(require_promise(), 1);
/** What a connection that its signal has closed fails with. */
const abandoned = "the connection was abandoned";
/** How long a server may take to let a login in, in milliseconds. */
const loginPatience = 15e3;
/** One session with a server. The driver takes nothing from the environment: all it needs is given to it. */
var Connection = class Connection {
	target;
	#connection;
	#socket;
	#abandon;
	#signal;
	constructor(target, connection, socket, signal, abandon) {
		this.target = target;
		this.#connection = connection;
		this.#socket = socket;
		this.#signal = signal;
		this.#abandon = abandon;
		connection.on("error", () => void 0);
	}
	/**
	* Connects and logs in.
	*
	* @param signal closes the connection, whatever is under way
	* @param multipleStatements whether one text may hold several statements; only for what the user wrote
	* @throws the driver's error: see {@link serverError} for those that came from the server
	*/
	static async open(target, login, signal, { multipleStatements = false } = {}) {
		signal.throwIfAborted();
		const socket = connect({
			host: target.host,
			port: target.port,
			keepAlive: true,
			noDelay: true
		});
		Object.assign(socket, { _host: target.host });
		const abandon = () => void socket.destroy(/* @__PURE__ */ new Error(abandoned));
		signal.addEventListener("abort", abandon);
		const late = Object.assign(/* @__PURE__ */ new Error(`it did not let the login in within ${loginPatience / 1e3} s`), { code: "ETIMEDOUT" });
		const timer = setTimeout(() => socket.destroy(late), loginPatience);
		try {
			const ssl = tlsOptions(target);
			const connection = await import_promise.createConnection({
				stream: socket,
				host: target.host,
				port: target.port,
				user: login.user,
				password: login.password,
				...login.database === "" ? {} : { database: login.database },
				...ssl === void 0 ? {} : { ssl },
				multipleStatements,
				flags: ["-LOCAL_FILES"],
				disableEval: true,
				connectAttributes: { program_name: "joblease" }
			});
			return new Connection(target, connection, socket, signal, abandon);
		} catch (error) {
			signal.removeEventListener("abort", abandon);
			socket.destroy();
			throw error;
		} finally {
			clearTimeout(timer);
		}
	}
	/** Runs one statement, or in a connection for several a whole text. @returns the rows of a single SELECT */
	async rows(sql) {
		this.#signal.throwIfAborted();
		const [result] = await this.#connection.query(sql);
		return Array.isArray(result) ? result : [];
	}
	/**
	* Runs one statement that no setting limits on the server: there the end of the connection ends it.
	*
	* @param limit milliseconds after which the connection is given up
	* @throws Error with the text `late` then
	*/
	async within(limit, late, sql) {
		const timer = setTimeout(() => this.#socket.destroy(new Error(late)), limit);
		try {
			await this.rows(sql);
		} finally {
			clearTimeout(timer);
		}
	}
	/** Runs one statement. @returns what the server notes about it */
	async notes(sql) {
		this.#signal.throwIfAborted();
		const [{ warningStatus }] = await this.#connection.query(sql);
		if (warningStatus === 0) return [];
		return (await this.rows("SHOW WARNINGS")).map((row) => ({
			code: Number(row["Code"]),
			message: String(row["Message"])
		}));
	}
	/** Runs one statement with its values bound on the server. @returns how many rows it matched */
	async execute(sql, values) {
		this.#signal.throwIfAborted();
		const [result] = await this.#connection.execute(sql, values);
		return result.affectedRows;
	}
	async [Symbol.asyncDispose]() {
		this.#signal.removeEventListener("abort", this.#abandon);
		const timer = setTimeout(() => this.#socket.destroy(), 1e3);
		if (!this.#socket.destroyed) await this.#connection.end().catch(() => void 0);
		clearTimeout(timer);
		this.#socket.destroy();
	}
};
function tlsOptions({ sslMode, ca }) {
	if (sslMode === "DISABLED") return void 0;
	if (sslMode === "REQUIRED" && ca === void 0) return {
		rejectUnauthorized: false,
		verifyIdentity: false
	};
	return {
		...ca === void 0 ? {} : { ca },
		rejectUnauthorized: true,
		verifyIdentity: sslMode === "VERIFY_IDENTITY"
	};
}
/** A name in backticks: nothing but a backtick is special there, in every SQL mode. */
function quoteName(name) {
	return `\`${name.replaceAll("`", "``")}\``;
}
/** An account or a role as the server writes it. */
function quoteAccount(user, host) {
	return `${quoteName(user)}@${quoteName(host)}`;
}
/** @param role `name` or `name@host` */
function quoteRole(role) {
	const [, name = role, host] = /^(.+)@([\w.%:/-]+)$/.exec(role) ?? [];
	return host === void 0 ? quoteName(name) : quoteAccount(name, host);
}
/** The server's error number, for errors that came from a server: https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html */
function serverError(error) {
	if (!(error instanceof Error)) return void 0;
	const { errno, sqlState } = error;
	return typeof errno === "number" && errno > 0 && typeof sqlState === "string" ? errno : void 0;
}
// src/engines/mysql/errors.ts
/** Failures of the network and of a server that starts, stops or is full: the same attempt may succeed a moment later. */
function canHeal(error) {
	if (error instanceof UserError) return error.details.cause !== void 0 && canHeal(error.details.cause);
	const number = serverError(error);
	if (number !== void 0) return [
		1040,
		1053,
		1205,
		1213,
		1203,
		1226,
		1927
	].includes(number);
	const isBroken = /connection is in closed state/.test(messageOf(error)) || messageOf(error) === "the connection was abandoned";
	const isOutOfTime = error instanceof DOMException && error.name === "TimeoutError";
	return isBroken || isOutOfTime || isPassingNetworkFailure(error) || systemCode(error) === "PROTOCOL_CONNECTION_LOST";
}
/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
function isContention(error) {
	return [
		1020,
		1205,
		1213
	].includes(serverError(error) ?? 0);
}
/** Wrong password, locked account (MySQL, MariaDB), host not allowed: this login will not be let in here. */
function isLoginRefused(error) {
	return [
		1045,
		1698,
		3118,
		4151,
		1130
	].includes(serverError(error) ?? 0);
}
/** The account exists, the password is right, and it is locked. */
function isLocked(error) {
	return [3118, 4151].includes(serverError(error) ?? 0);
}
/** Access denied, in the server's many ways of saying it. */
function isDenied(error) {
	return [
		1044,
		1045,
		1142,
		1143,
		1227,
		1370
	].includes(serverError(error) ?? 0);
}
/**
* Says why a login failed.
*
* @param input the input that supplied the login
*/
function loginError(error, target, { user, database }, input) {
	const place = `${target.host}:${target.port}`;
	const said = messageOf(error);
	const because = (problem, fix) => new UserError(problem, {
		input,
		said,
		fix,
		cause: error
	});
	if (isLoginRefused(error)) return because(`the server at ${place} refused the login of "${user}"`, "Check the user name, the password (percent-encoded in the URL), and the host that the account may log in from.");
	switch (serverError(error)) {
		case 1044: return because(`"${user}" may not use the database "${database}" at ${place}`, "Grant it something there, for example through a role in \"member-of\".");
		case 1049: return because(`there is no database "${database}" at ${place}`, "Check the last part of the URL.");
	}
	const code = systemCode(error);
	if (code === "ENOTFOUND") return because(`the host "${target.host}" is unknown`, "Check the host name in the URL.");
	if (code === "ECONNREFUSED") return because(`nothing accepts connections at ${place}`, "Check host and port, and that the server runs.");
	if (isCertificateCode(code) || /certificate|altnames/i.test(said)) return because(`the certificate of ${place} is not trusted`, "Give the authority that signed it in \"tls-ca\". ssl-mode=VERIFY_CA leaves the host name unchecked; ssl-mode=REQUIRED checks nothing.");
	if (code === "HANDSHAKE_NO_SSL_SUPPORT") return because(`the server at ${place} offers no TLS`, "Only where the network itself is trusted: ssl-mode=DISABLED.");
	return because(`the server at ${place} could not be used`, "Check that this runner can reach it.");
}
// src/engines/mysql/root-session.ts
/** Among the rights of {@link globalRights}: any role at all. */
const anyRole = "a role";
/**
* What a session must be set to, whatever the server's and the account's defaults are. NO_BACKSLASH_ESCAPES: a literal
* then means what it says.
*/
const settings = [
	"sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'",
	"time_zone = '+00:00'",
	"autocommit = 1",
	"completion_type = NO_CHAIN",
	"sql_safe_updates = 0",
	"sql_select_limit = 18446744073709551615",
	"lock_wait_timeout = 10",
	"innodb_lock_wait_timeout = 10"
];
/**
* Logs in with the first root that a server accepts. No database is entered: root needs no right on any.
*
* @throws UserError naming `root` when no login is accepted
*/
async function openRoot(flavour, roots, config, { signal, warn }) {
	const ca = await readAuthority(config["tls-ca"], "tls-ca");
	const failures = [];
	for (const root of roots) {
		const { scheme, host, port, sslMode } = root;
		const target = {
			scheme,
			host,
			port,
			sslMode,
			ca
		};
		const login = {
			...root,
			database: ""
		};
		let connection;
		let server;
		try {
			connection = await Connection.open(target, login, signal);
		} catch (error) {
			if (signal.aborted && !canHeal(signal.reason)) throw signal.reason;
			failures.push(loginError(error, target, login, "root"));
			continue;
		}
		try {
			server = await prepare(connection, flavour);
			if (server.problem !== void 0) {
				failures.push(new UserError(`the server at ${host}:${port} cannot be used: ${server.problem}`, { input: "root" }));
				await connection[Symbol.asyncDispose]();
				continue;
			}
		} catch (error) {
			await connection[Symbol.asyncDispose]();
			throw error;
		}
		for (const { message } of failures) warn(`${message.split("\n", 1)[0]}; another one was used`);
		const open = connection;
		return {
			flavour,
			root,
			connection: open,
			isProxying: server.isProxying,
			[Symbol.asyncDispose]: async () => {
				await open[Symbol.asyncDispose]();
			}
		};
	}
	const [first, ...more] = failures;
	if (first === void 0) throw new UserError("it is empty", { input: "root" });
	if (more.length === 0) throw first;
	throw new UserError("no root credential could be used", {
		input: "root",
		said: failures.map(({ message }) => message).join("\n"),
		cause: failures.map(({ details }) => details.cause).find(canHeal)
	});
}
/** Brings a fresh connection into a known state. */
async function prepare(connection, flavour) {
	const look = "SELECT VERSION() AS version, @@global.read_only OR @@global.innodb_read_only AS standby";
	let row;
	let failure;
	try {
		const all = [...settings, ...flavour.settings].map((setting) => `SESSION ${setting}`);
		await connection.rows(`SET NAMES utf8mb4 COLLATE utf8mb4_bin, ${all.join(", ")}`);
		if (flavour.activateRoles !== "") await connection.rows(flavour.activateRoles);
		[row] = await connection.rows(`${look}, ${flavour.proxying} AS proxying`);
	} catch (error) {
		if (!(error instanceof Error) || serverError(error) === void 0) throw error;
		failure = error;
		[row] = await connection.rows(look);
	}
	const problem = row?.["standby"] === 1 ? "it is a read-only replica" : flavour.unfit(String(row?.["version"]));
	if (problem === void 0 && failure !== void 0) throw failure;
	return {
		problem,
		isProxying: row?.["proxying"] === 1
	};
}
/** Global privileges of root, its active roles' included, in the server's words. */
async function globalRights(connection) {
	const rights = /* @__PURE__ */ new Set();
	for (const row of await connection.rows("SHOW GRANTS")) {
		const grant = String(Object.values(row)[0]);
		if (grant.startsWith("GRANT `")) rights.add(anyRole);
		const [, names] = /^GRANT (.+) ON \*\.\* TO /.exec(grant) ?? [];
		for (const name of names?.split(/, ?/) ?? []) rights.add(name);
	}
	return rights;
}
/** What root lacks of the rights that ending sessions takes. @param rights as {@link globalRights} tells them */
function missingKillRights({ killRights }, rights) {
	return killRights.filter((any) => !any.some((right) => rights.has(right))).map(([right]) => right);
}
/** Whether KILL is safe in a session with these rights (see `activateRoles` of {@link Flavour}). */
function mayKill({ activateRoles }, rights) {
	return activateRoles === "" || [
		anyRole,
		"SUPER",
		"ALL PRIVILEGES"
	].some((right) => rights.has(right));
}
/** What lets root run KILL where it has no role. */
async function roleFix(connection) {
	return `Run as an administrator: CREATE ROLE IF NOT EXISTS joblease_kill; GRANT joblease_kill TO ${await currentAccount(connection)};`;
}
/** The account that root logged in as, for statements that a person is asked to run. */
async function currentAccount(connection) {
	const [row] = await connection.rows("SELECT CURRENT_USER() AS me");
	const [, user = "", host = ""] = /^(.*)@([^@]*)$/s.exec(String(row?.["me"])) ?? [];
	return quoteAccount(user, host);
}
// src/engines/mysql/hash.ts
const rounds = 5e3;
const alphabet = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/**
* The hash of MySQL's caching_sha2_password: `$A$` rounds in thousands, 3 hex digits, `$` 20 bytes of salt, then the
* 43 characters of SHA-256 crypt (https://www.akkadia.org/drepper/SHA-crypt.txt). The salt may be any bytes; this one is
* chosen from an alphabet that no quoting changes.
*/
function cachingSha2Hash(password) {
	const salt = Array.from(randomBytes(20), (byte) => alphabet[byte & 63]).join("");
	return checked(`$A$005$${salt}${sha256Crypt(Buffer.from(password), Buffer.from(salt))}`, /^\$A\$005\$[A-Za-z0-9./]{63}$/);
}
/** The hash of mysql_native_password, which every MariaDB knows. The password is random, so one without salt will do. */
function nativeHash(password) {
	return formatNative(sha1(sha1(Buffer.from(password))));
}
/** A hash of mysql_native_password that no password is known for. */
function unusableNativeHash() {
	return formatNative(randomBytes(20));
}
function formatNative(digest) {
	return checked(`*${digest.toString("hex").toUpperCase()}`, /^\*[0-9A-F]{40}$/);
}
/** A text that is no hash could be taken for something else by a server, so none leaves this file. */
function checked(text, pattern) {
	if (!pattern.test(text)) throw new Error("the password hash is malformed");
	return text;
}
function sha256Crypt(key, salt) {
	const inner = sha256(key, salt, key);
	const first = [
		key,
		salt,
		repeated(inner, key.length)
	];
	for (let bits = key.length; bits > 0; bits >>= 1) first.push(bits & 1 ? inner : key);
	let digest = sha256(...first);
	const keyBytes = repeated(sha256(...Array(key.length).fill(key)), key.length);
	const saltBytes = repeated(sha256(...Array(16 + (digest[0] ?? 0)).fill(salt)), salt.length);
	for (let round = 0; round < rounds; round++) {
		const parts = [round & 1 ? keyBytes : digest];
		if (round % 3 !== 0) parts.push(saltBytes);
		if (round % 7 !== 0) parts.push(keyBytes);
		parts.push(round & 1 ? digest : keyBytes);
		digest = sha256(...parts);
	}
	let text = "";
	for (let i = 0; i < 10; i++) {
		const triple = [
			i,
			i + 10,
			i + 20
		];
		const [high = 0, middle = 0, low = 0] = triple.map((_, k) => digest[triple[(k + 2 * i) % 3] ?? 0]);
		text += base64(high << 16 | middle << 8 | low, 4);
	}
	return text + base64((digest[31] ?? 0) << 8 | (digest[30] ?? 0), 3);
}
/** Least significant character first. */
function base64(value, length) {
	return Array.from({ length }, (_, i) => alphabet[value >> 6 * i & 63]).join("");
}
function sha256(...parts) {
	const hash = createHash("sha256");
	for (const part of parts) hash.update(part);
	return hash.digest();
}
function sha1(bytes) {
	return createHash("sha1").update(bytes).digest();
}
function repeated(bytes, length) {
	return Buffer.alloc(length, bytes);
}
export { quoteAccount as _, globalRights as a, serverError as b, openRoot as c, isContention as d, isDenied as f, Connection as g, loginError as h, currentAccount as i, roleFix as l, isLoginRefused as m, nativeHash as n, mayKill as o, isLocked as p, unusableNativeHash as r, missingKillRights as s, cachingSha2Hash as t, canHeal as u, quoteName as v, quoteRole as y };
