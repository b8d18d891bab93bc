import { c as systemCode, nt as UserError, o as isCertificateCode, r as readAuthority, rt as messageOf, s as isPassingNetworkFailure } from "./shared.js";
import { t as esm_default } from "./pg.js";
import { Socket } from "node:net";
import { checkServerIdentity } from "node:tls";
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
// src/engines/postgres/connection.ts
/**
* One session with a server. Everything is sent by PostgreSQL's simple query protocol or with bound parameters, never
* split and never as a prepared statement.
*/
var Connection = class Connection {
	target;
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
	* @param name the session's application_name, in what `pg_stat_activity` shows
	* @param signal closes the connection, whatever is under way
	* @throws pg.DatabaseError when the server refuses; Error from the network or from TLS
	*/
	static async open(target, login, name, signal) {
		signal.throwIfAborted();
		const socket = new Socket();
		const client = new esm_default.Client({
			host: target.host,
			port: target.port,
			database: target.database,
			user: login.user,
			password: () => login.password,
			application_name: name,
			connectionTimeoutMillis: 15e3,
			keepAlive: true,
			ssl: target.host.startsWith("/") ? false : tlsOptions(target),
			enableChannelBinding: true,
			stream: () => socket
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
	/** Runs one statement with bound parameters, or without any a whole text. @returns the rows of the last statement */
	async rows(sql, parameters = []) {
		this.#signal.throwIfAborted();
		const result = await (parameters.length === 0 ? this.#client.query(sql) : this.#client.query(sql, [...parameters]));
		return (Array.isArray(result) ? result.at(-1) : result).rows;
	}
	async [Symbol.asyncDispose]() {
		this.#signal.removeEventListener("abort", this.#abandon);
		const timer = setTimeout(() => this.#socket.destroy(), 1e3);
		if (!this.#socket.destroyed) await this.#client.end().catch(() => void 0);
		clearTimeout(timer);
		this.#socket.destroy();
	}
};
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
	return isPassingNetworkFailure(error) || /^(?:timeout expired|Connection terminated|Client has encountered a connection error)/.test(messageOf(error));
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
		case "42501": return because(`"${user}" may not connect to the database "${target.database}" at ${place}`, `Run: GRANT CONNECT ON DATABASE "${target.database}" TO the role itself or to one of its groups;`);
	}
	const code = systemCode(error);
	if (code === "ENOTFOUND") return because(`the host "${target.host}" is unknown`, "Check the host name in the URL.");
	if (code === "ECONNREFUSED") return because(`nothing accepts connections at ${place}`, "Check host and port, and that the server runs.");
	if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return because(`the certificate of ${place} is for another host name`, "Use the name that the certificate has.");
	if (isCertificateCode(code)) return because(`the certificate of ${place} is not trusted`, "Give the authority that signed it in \"tls-ca\". sslmode=verify-ca leaves the host name unchecked; sslmode=require checks nothing.");
	if (/does not support SSL/.test(said)) return because(`the server at ${place} offers no TLS`, "Only where the network itself is trusted: sslmode=disable.");
	return because(`the server at ${place} could not be used`, "Check that this runner can reach it.");
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
// src/engines/postgres/root-session.ts
/**
* Logs in with the first root that a server accepts and becomes `admin-role`.
*
* @param name the session's application_name
* @throws UserError naming `root` when no login is accepted, `admin-role` when it may not be used
*/
async function openRoot(roots, config, { signal, warn }) {
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
			let connection;
			try {
				connection = await Connection.open(target, root, "joblease", signal);
			} catch (error) {
				failures.push(loginError(error, target, root, "root"));
				if (!isLoginRefused(error)) continue;
				refused += 1;
				break;
			}
			try {
				const session = await prepare(connection, root, config["admin-role"], signal);
				if (session === void 0) {
					failures.push(new UserError(`the server at ${host}:${port} is a read-only standby`, { input: "root" }));
					await connection[Symbol.asyncDispose]();
					continue;
				}
				for (const { message } of failures) warn(`${message.split("\n", 1)[0]}; another one was used`);
				return session;
			} catch (error) {
				await connection[Symbol.asyncDispose]();
				throw error;
			}
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
/** Brings a fresh connection into a known state. @returns undefined when the server is a standby */
async function prepare(connection, root, adminRole, signal) {
	const settings = [
		"SET search_path = pg_catalog",
		"SET standard_conforming_strings = on",
		"SET lock_timeout = '5s'",
		"SET statement_timeout = '60s'",
		"SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE",
		"SET DateStyle = 'ISO'",
		"SET TimeZone = 'UTC'"
	];
	if (adminRole !== "") settings.push(`SET ROLE ${quoteName(adminRole)}`);
	const [row] = await connection.rows(`${settings.join(";")}; SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
      rolname AS actor, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`).catch((error) => {
		if (adminRole === "" || sqlState(error) === void 0) throw error;
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
	return {
		connection,
		root,
		version: Number(row["version"]),
		actor: String(row["actor"]),
		isSuperuser: row["superuser"] === true,
		async elsewhere(database) {
			const session = await prepare(await Connection.open({
				...connection.target,
				database
			}, root, "joblease", signal), root, adminRole, signal);
			if (session === void 0) throw new UserError(`the server at ${connection.target.host} became a standby`);
			return session;
		},
		[Symbol.asyncDispose]: async () => {
			await connection[Symbol.asyncDispose]();
		}
	};
}
export { isContention as a, Connection as c, quoteName as d, sqlState as f, canHeal as i, errorPosition as l, scramVerifier as n, isLoginRefused as o, unusableVerifier as r, loginError as s, openRoot as t, quoteLiteral as u };
