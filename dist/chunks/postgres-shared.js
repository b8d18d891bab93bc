import { c as systemCode, et as UserError, o as isCertificateCode, r as readAuthority, s as isPassingNetworkFailure, tt as messageOf } from "./shared.js";
import { t as esm_default } from "./pg.js";
import { Socket } from "node:net";
import { checkServerIdentity } from "node:tls";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
// src/engines/postgres/connection.ts
for (const name of Object.keys(process.env)) if (name.startsWith("PG")) Reflect.deleteProperty(process.env, name);
/**
* One session with a server. Everything is sent by PostgreSQL's simple query protocol, never split and never as a
* prepared statement. Each message is a transaction.
*/
var Connection = class Connection {
	target;
	/**
	* Statements at the head of every message. What they set is set LOCAL: it holds for the message wherever a pooler
	* sends it, and nobody who gets the server's process after it inherits anything.
	*/
	preamble = "";
	#client;
	#socket;
	#abandon;
	#signal;
	constructor(target, client, socket, signal) {
		this.target = target;
		this.#client = client;
		this.#socket = socket;
		this.#signal = signal;
		this.#abandon = () => socket.destroy();
		signal.addEventListener("abort", this.#abandon);
		client.on("error", () => void 0);
	}
	/**
	* Connects and logs in.
	*
	* @param signal closes the connection, whatever is under way
	* @throws pg.DatabaseError when the server refuses; Error from the network or from TLS
	*/
	static async open(target, login, opening, signal) {
		signal.throwIfAborted();
		const { name, settings = {}, patience = 15e3 } = opening;
		const socket = new Socket();
		const client = new esm_default.Client({
			host: target.host,
			port: target.port,
			database: target.database,
			user: login.user,
			password: () => login.password,
			application_name: name,
			options: Object.entries(settings).map(([setting, value]) => `-c ${setting}=${value}`).join(" "),
			connectionTimeoutMillis: patience,
			keepAlive: true,
			ssl: target.host.startsWith("/") ? false : tlsOptions(target),
			enableChannelBinding: true,
			stream: () => socket,
			types
		});
		const connection = new Connection(target, client, socket, signal);
		try {
			await client.connect();
		} catch (error) {
			await connection[Symbol.asyncDispose]();
			throw error;
		}
		return connection;
	}
	/** Runs a text as one transaction. @returns the rows of its last statement */
	async rows(sql) {
		return (await this.results(sql)).at(-1) ?? [];
	}
	/** Runs a text as one transaction. @returns the rows of each statement, those of the preamble included */
	async results(sql) {
		return await this.#send(`${this.preamble}${sql}`);
	}
	/** Runs a statement that the server takes alone only, without the preamble. */
	async alone(sql) {
		await this.#send(sql);
	}
	async #send(text) {
		this.#signal.throwIfAborted();
		const answer = await this.#client.query(text);
		return (Array.isArray(answer) ? answer : [answer]).map(({ rows }) => rows);
	}
	async [Symbol.asyncDispose]() {
		this.#signal.removeEventListener("abort", this.#abandon);
		const timer = setTimeout(() => this.#socket.destroy(), 1e3);
		if (!this.#socket.destroyed) await this.#client.end().catch(() => void 0);
		clearTimeout(timer);
		this.#socket.destroy();
	}
};
/**
* Values stay as the server wrote them. How it writes numbers, times and lists can be set on its database, by a lease
* whose group owns that for example, and the driver would make something of whatever comes.
*/
const types = { getTypeParser: (type) => (text) => type === booleanType ? boolean(text) : text };
const booleanType = 16;
function boolean(text) {
	if (text !== "t" && text !== "f") throw new Error("the server sent no boolean where there should be one");
	return text === "t";
}
/** A whole number that was read `::text`. */
function integer(value) {
	const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : NaN;
	if (Number.isNaN(number)) throw new Error("the server sent no whole number where there should be one");
	return number;
}
/** Epoch seconds that were read as `extract(epoch FROM …)::text`; infinite for a time that never comes. */
function epoch(value) {
	if (typeof value !== "string" || !/^-?(?:\d{1,15}(?:\.\d+)?|Infinity)$/.test(value)) throw new Error("the server sent no time where there should be one");
	return Number(value);
}
/** A list of names that was read as `json_agg(…)::text`, or NULL for none. */
function names(value) {
	const list = typeof value === "string" ? JSON.parse(value) : value ?? [];
	if (!Array.isArray(list) || !list.every((each) => typeof each === "string")) throw new Error("the server sent no list of names where there should be one");
	return list;
}
function tlsOptions({ sslmode, ca }) {
	if (sslmode === "disable") return false;
	if (sslmode === "require" && ca === void 0) return { rejectUnauthorized: false };
	return {
		...ca === void 0 ? {} : { ca },
		rejectUnauthorized: true,
		checkServerIdentity: sslmode === "verify-full" ? checkServerIdentity : () => void 0
	};
}
/** PostgreSQL's own quoting: right whatever `standard_conforming_strings` is. */
const quoteLiteral = esm_default.escapeLiteral;
const quoteName = esm_default.escapeIdentifier;
/** The server's error code, for errors that came from a server. https://www.postgresql.org/docs/current/errcodes-appendix.html */
function sqlState(error) {
	return error instanceof esm_default.DatabaseError ? error.code : void 0;
}
/** Where in the sent text the server found the error, counted in characters from 1; undefined when it does not say. */
function errorPosition(error) {
	const position = error instanceof esm_default.DatabaseError ? error.position : void 0;
	return position === void 0 ? void 0 : Number(position);
}
// src/engines/postgres/errors.ts
/** The driver's own words for a connection that broke. */
const driverLost = /^(?:Connection terminated|Client has encountered a connection error)/;
/** Failures of the network and of a server that starts or is full: the same attempt may succeed a moment later. */
function canHeal(error) {
	if (error instanceof UserError) return error.details.cause !== void 0 && canHeal(error.details.cause);
	const state = sqlState(error);
	if (state !== void 0) return [
		"57P03",
		"53300",
		"57P01",
		"57P02"
	].includes(state);
	const said = messageOf(error);
	return isPassingNetworkFailure(error) || said === "timeout expired" || driverLost.test(said);
}
/** Whether an error ends more than one statement: nothing further can be done in this session. */
function isLost(error) {
	return canHeal(error) || sqlState(error) === void 0 && !(error instanceof UserError);
}
/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
function isContention(error) {
	const state = sqlState(error);
	if (state !== void 0 && [
		"40001",
		"40P01",
		"55P03"
	].includes(state)) return true;
	return state === "XX000" && /tuple concurrently|could not find tuple for role|cache lookup failed for role/.test(messageOf(error)) || state === "23505";
}
/** invalid_password, invalid_authorization_specification: this login will not be let in here. */
function isLoginRefused(error) {
	return ["28P01", "28000"].includes(sqlState(error) ?? "");
}
/**
* Whether a server that is there and up refuses one database alone, or ends the session there before it could speak:
* then another database of the cluster may still let root in. The owner of a database can bring this about in many
* ways (CONNECT, its connection limit, ALLOW_CONNECTIONS, settings that end a session), so it is told by what it is not.
*/
function isShutOut(error, target) {
	if (error instanceof UserError || isLoginRefused(error)) return false;
	const state = sqlState(error);
	if (state === void 0) return driverLost.test(messageOf(error));
	if (state === "53300") return messageOf(error).includes(`"${target.database}"`);
	return state !== "08P01" && !canHeal(error);
}
/**
* Says why a login failed.
*
* @param input the input that supplied the login
*/
function loginError(error, target, { user }, input) {
	const place = `${target.host}:${target.port}`;
	const said = messageOf(error);
	const because = (problem, fix) => new UserError(problem, {
		input,
		said,
		fix,
		cause: error
	});
	switch (sqlState(error)) {
		case "28P01":
		case "28000": return because(`the server at ${place} refused the login of "${user}"`, "Check the user name, the password (percent-encoded in the URL), that the role has LOGIN, and pg_hba.conf.");
		case "3D000": return because(`there is no database "${target.database}" at ${place}`, "Check the last part of the URL, or the input \"database\".");
		case "08P01": return because(`what answers at ${place} refused the login of "${user}"`, "A pooler in front of the server must know new roles at once, by auth_query for example, and pass on what it is sent.");
		case "42501": return because(`"${user}" may not connect to the database "${target.database}" at ${place}`, `Run: GRANT CONNECT ON DATABASE "${target.database}" TO the role itself or to one of its groups;`);
	}
	if (sqlState(error) !== void 0 && isShutOut(error, target)) return because(`the database "${target.database}" at ${place} does not let "${user}" in`, "Its owner can bring that about. Name a database in the URL that no group of a job owns, such as postgres, and in the input \"database\" the one for the job.");
	const code = systemCode(error);
	if (code === "ENOTFOUND") return because(`the host "${target.host}" is unknown`, "Check the host name in the URL.");
	if (code === "ECONNREFUSED") return because(`nothing accepts connections at ${place}`, "Check host and port, and that the server runs.");
	if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return because(`the certificate of ${place} is for another host name`, "Use the name that the certificate has.");
	if (isCertificateCode(code)) return because(`the certificate of ${place} is not trusted`, "Give the authority that signed it in \"tls-ca\". sslmode=verify-ca leaves the host name unchecked; sslmode=require checks nothing.");
	if (/does not support SSL/.test(said)) return because(`the server at ${place} offers no TLS`, "Only where the network itself is trusted: sslmode=disable.");
	return because(`the server at ${place} could not be used`, "Check that this runner can reach it.");
}
// src/engines/postgres/root-session.ts
/** Where roles can be ended as well when the owner of root's own database does not let root in. */
const otherDatabases = ["postgres", "template1"];
/** How long one of several hosts may take to answer, in milliseconds; the last one has the driver's own time. */
const patience = 5e3;
/**
* Logs in with the first root that a server accepts and becomes `admin-role`.
*
* @param others databases to go to when the one that root names does not let it in
* @throws UserError naming `root` when no login is accepted, `admin-role` when it may not be used
*/
async function openRoot(roots, config, { signal, warn }, others = []) {
	const failures = [];
	let refused = 0;
	for (const root of roots) {
		const ca = config["tls-ca"] === "" ? await readAuthority(root.sslrootcert ?? "", "root") : await readAuthority(config["tls-ca"], "tls-ca");
		for (const { host, port } of root.hosts) {
			const target = {
				host,
				port,
				database: root.database,
				sslmode: root.sslmode,
				ca
			};
			const isLast = host === root.hosts.at(-1)?.host && port === root.hosts.at(-1)?.port;
			const door = {
				root,
				adminRole: config["admin-role"],
				signal,
				...isLast ? {} : { patience }
			};
			let session;
			try {
				session = await enterAny(target, door, others);
			} catch (error) {
				if (error instanceof UserError) throw error;
				failures.push(loginError(error, target, root, "root"));
				if (!isLoginRefused(error)) continue;
				refused += 1;
				break;
			}
			if (session === void 0) {
				failures.push(new UserError(`the server at ${host}:${port} is a read-only standby`, { input: "root" }));
				continue;
			}
			if (session.shutOut !== void 0) warn(`${firstLine(session.shutOut)}; leases are ended from the database "${session.connection.target.database}"`);
			for (const { message } of failures) warn(`${firstLine({ message })}; another one was used`);
			return session;
		}
	}
	const [first, ...more] = failures;
	if (first === void 0) throw new UserError("it is empty", { input: "root" });
	if (more.length === 0) throw first;
	const causes = failures.map(({ details }) => details.cause);
	throw new UserError("no root credential could be used", {
		input: "root",
		said: failures.map(({ message }) => message).join("\n"),
		cause: refused === roots.length ? causes.find(isLoginRefused) : causes.find(canHeal)
	});
}
function firstLine({ message }) {
	return message.split("\n", 1)[0] ?? "";
}
/** Enters the target's database, or one of the others when that one does not let root in. */
async function enterAny(target, door, others) {
	try {
		return await enter(target, door);
	} catch (error) {
		if (!isShutOut(error, target)) throw error;
		for (const database of others.filter((other) => other !== target.database)) try {
			const session = await enter({
				...target,
				database
			}, door);
			if (session === void 0) return void 0;
			return {
				...session,
				shutOut: loginError(error, target, door.root, "root")
			};
		} catch (another) {
			if (another instanceof UserError || door.signal.aborted) throw another;
		}
		throw error;
	}
}
/**
* What ends a session before it can speak, when the owner of a database has set it there. It is given at the start only
* after a failure, because poolers refuse a start with settings.
*/
const safeStart = {
	local_preload_libraries: "",
	idle_session_timeout: "0",
	statement_timeout: "0",
	tcp_user_timeout: "0"
};
/** How to start again after a session was ended by a setting. */
function startAfter(error) {
	return sqlState(error) === "25P04" ? {
		...safeStart,
		transaction_timeout: "0"
	} : safeStart;
}
async function enter(target, door) {
	try {
		return await enterWith(target, door, {});
	} catch (error) {
		if (!isShutOut(error, target) || !isBySetting(error)) throw error;
		try {
			return await enterWith(target, door, startAfter(error));
		} catch (again) {
			if (sqlState(again) !== "25P04") throw sqlState(again) === void 0 ? error : again;
			return await enterWith(target, door, startAfter(again));
		}
	}
}
/** Not by invalid_catalog_name, insufficient_privilege, object_not_in_prerequisite_state or too_many_connections. */
function isBySetting(error) {
	return ![
		"3D000",
		"42501",
		"55000",
		"53300"
	].includes(sqlState(error) ?? "");
}
/** Logs in and brings the session into a known state. @returns undefined when the server is a standby */
async function enterWith(target, door, settings) {
	const { root, adminRole, signal } = door;
	const opening = {
		name: "joblease",
		settings,
		...door.patience === void 0 ? {} : { patience: door.patience }
	};
	const connection = await Connection.open(target, root, opening, signal);
	try {
		const facts = await prepare(connection, root, adminRole);
		if (facts !== void 0) return {
			...facts,
			connection,
			root,
			shutOut: void 0,
			async elsewhere(database) {
				const session = await enter({
					...target,
					database
				}, door);
				if (session === void 0) throw new UserError(`the server at ${target.host} became a standby`);
				return session;
			},
			[Symbol.asyncDispose]: async () => {
				await connection[Symbol.asyncDispose]();
			}
		};
	} catch (error) {
		await connection[Symbol.asyncDispose]();
		throw error;
	}
	await connection[Symbol.asyncDispose]();
}
async function prepare(connection, root, adminRole) {
	const local = pins(adminRole);
	const [row] = await connection.rows(`SET SESSION AUTHORIZATION DEFAULT; SET LOCAL search_path = pg_catalog, pg_temp; SELECT set_config(name, value, false) FROM (VALUES ('idle_session_timeout', '0', '[1-9]'),
      ('transaction_timeout', '0', '[1-9]'), ('tcp_user_timeout', '0', '[1-9]'),
      ('statement_timeout', '0', '^[0-9]{1,3}ms\$'), ('standard_conforming_strings', 'on', 'off')) AS pin (name, value, bad)
    WHERE current_setting(name, true) ~ bad; ${local} SELECT current_setting('server_version_num') AS version, pg_backend_pid()::text AS pid,
      pg_is_in_recovery() AS standby, rolname::text AS actor, rolsuper AS superuser, rolinherit AS inherits,
      rolcreaterole AS creates FROM pg_roles WHERE rolname = current_user`).catch((error) => {
		if (adminRole === "" || !["22023", "42501"].includes(sqlState(error) ?? "")) throw error;
		const input = "admin-role";
		if (sqlState(error) === "22023") throw new UserError(`there is no role "${adminRole}"`, {
			input,
			cause: error
		});
		throw new UserError(`"${root.user}" cannot act as "${adminRole}"`, {
			input,
			said: messageOf(error),
			fix: `Run: GRANT ${quoteName(adminRole)} TO ${quoteName(root.user)};`,
			cause: error
		});
	});
	if (row === void 0 || row["standby"] === true) return void 0;
	connection.preamble = preamble(adminRole);
	return {
		version: integer(row["version"]),
		pid: integer(row["pid"]),
		actor: String(row["actor"]),
		isSuperuser: row["superuser"] === true,
		inherits: row["inherits"] === true,
		createsRoles: row["creates"] === true
	};
}
/** What stands at the head of every message of ours. A standby refuses it. */
function preamble(role) {
	return `SET LOCAL statement_timeout = '60s'; SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE, NOT DEFERRABLE; ${pins(role)} `;
}
/**
* What root and its database, or their owners, may have set and a message of root's depends on; test/postgres/settings.test.ts
* tries what else there is. pg_catalog alone in the path, and temporary objects last: a function or an operator that
* somebody put elsewhere must not run with root's rights.
*/
function pins(role) {
	const settings = {
		search_path: "pg_catalog, pg_temp",
		statement_timeout: quoteLiteral("60s"),
		lock_timeout: quoteLiteral("5s"),
		DateStyle: quoteLiteral("ISO"),
		TimeZone: quoteLiteral("UTC"),
		quote_all_identifiers: "off",
		jit: "off",
		ROLE: role === "" ? "NONE" : quoteName(role)
	};
	return Object.entries(settings).map(([name, value]) => name === "ROLE" ? `SET LOCAL ROLE ${value};` : `SET LOCAL ${name} = ${value};`).join(" ");
}
// src/engines/postgres/verifier.ts
const iterations = 4096;
/** @param password ASCII, so that SASLprep (RFC 4013) leaves it as it is */
function scramVerifier(password) {
	const salt = randomBytes(16);
	const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
	const clientKey = createHmac("sha256", salted).update("Client Key").digest();
	const serverKey = createHmac("sha256", salted).update("Server Key").digest();
	const storedKey = createHash("sha256").update(clientKey).digest();
	return checked(`SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`);
}
/** A verifier that no password fits. */
function unusableVerifier() {
	const [salt, storedKey, serverKey] = [
		randomBytes(16),
		randomBytes(32),
		randomBytes(32)
	];
	return checked(`SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`);
}
/** PostgreSQL takes a malformed verifier for a plaintext password without a word, so none leaves this file. */
function checked(text) {
	if (!/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/.test(text)) throw new Error("the SCRAM verifier is malformed");
	return text;
}
function base64(bytes) {
	return bytes.toString("base64");
}
export { sqlState as S, errorPosition as _, otherDatabases as a, quoteLiteral as b, startAfter as c, isLoginRefused as d, isLost as f, epoch as g, Connection as h, openRoot as i, canHeal as l, loginError as m, unusableVerifier as n, pins as o, isShutOut as p, firstLine as r, preamble as s, scramVerifier as t, isContention as u, integer as v, quoteName as x, names as y };
