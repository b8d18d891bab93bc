import { _ as quoteAccount, a as globalRights, b as serverError, c as openRoot, d as isContention, f as isDenied, g as Connection, h as loginError, i as currentAccount, l as roleFix, m as isLoginRefused, n as nativeHash, o as mayKill, p as isLocked, r as unusableNativeHash, s as missingKillRights, t as cachingSha2Hash, u as canHeal, y as quoteRole } from "./mysql-shared.js";
import { F as parsePrincipal, H as formatUrl, L as principalPattern, R as retry, a as renderStatements, et as UserError, i as mentions, j as newPassword, n as encodeRecord, t as decodeRecord, tt as messageOf } from "./shared.js";
import { setTimeout } from "node:timers/promises";
// src/engines/mysql/flavour.ts
/** Names as a list of literals. A principal needs no quoting (see lease/name.ts). */
function listOf(principals) {
	return principals.map((principal) => `'${principal}'`).join(", ");
}
/**
* Subject and pattern of a regular expression for names of ours. The dot: in the servers' regular expressions `$` also matches before a line's end that
* is the last character.
*/
function isOurs(name) {
	return [`CONCAT(${name}, '.')`, `'${principalPattern.slice(0, -1)}[.]$'`];
}
/** Reads a row with the columns `name` and `host`. */
function toAccount({ name, host }) {
	return {
		principal: String(name),
		host: String(host)
	};
}
/** An expression: whether the mint of an account is under way. @param name a column of principals */
function isMinting(name) {
	return `COALESCE(IS_USED_LOCK(${name}), IS_USED_LOCK(CONCAT(${name}, ' statements'))) IS NOT NULL`;
}
/** Reads a row with the columns `name`, `record`, `exp` and `minting`. */
function toStored(row, usable) {
	const { name, record, exp } = row;
	return {
		principal: String(name),
		record: typeof record === "string" ? record : void 0,
		exp: exp === null || exp === void 0 ? void 0 : Number(exp),
		usable,
		isMinting: row["minting"] === 1
	};
}
/** The locks by which a revocation finds what is still under way for a lease although its client is gone. */
function mintLocks(principal) {
	return [principal, `${principal} statements`];
}
/**
* Runs what the user wrote, whole, in a session of its own: with the modes that a session of root's has by itself, in
* the database of root's URL, and without an effect on ours.
*/
async function runStatements({ connection, root }, principal, statements, signal) {
	await using session = await Connection.open(connection.target, root, signal, { multipleStatements: true });
	await session.rows(`SET @joblease = GET_LOCK('${mintLocks(principal)[1]}', 0), SESSION wait_timeout = 90`);
	await session.rows(statements);
}
// src/engines/mysql/revoke.ts
/** How long to wait for sessions to end that were told to, in milliseconds. */
const patience = 12e3;
/** How long a KILL may take, in milliseconds. */
const killPatience = 5e3;
/** Takes an account down the ladder: lock, end sessions, clean, drop. Each rung commits by itself and may be repeated. */
async function revoke(root, principal, config, { signal }) {
	const { connection, flavour } = root;
	const sessions = /* @__PURE__ */ new Set();
	const result = (outcome, reason = "", fix = "") => ({
		outcome,
		sessionsEnded: sessions.size,
		...reason === "" ? {} : { reason },
		...fix === "" ? {} : { fix }
	});
	const rights = await globalRights(connection);
	const may = mayKill(flavour, rights);
	const roleless = async (what) => result("failed", `${what}, and root, which has no role, cannot end that without harm`, await roleFix(connection));
	const isMinting = !await endMint(connection, principal, may);
	const accounts = await flavour.accounts(connection, [principal]);
	if (accounts.length === 0 && await flavour.conceals(connection, principal, config["host-pattern"])) return result("failed", "it holds SYSTEM_USER, and root may neither see nor end it without holding that too", `Run as an administrator: DROP USER ${quoteAccount(principal, config["host-pattern"])};`);
	if (accounts.length > 0) await flavour.lock(connection, accounts);
	const underWay = accounts.length === 0 ? [] : await loginsUnderWay(connection);
	const missing = missingKillRights(flavour, rights);
	const left = await endSessions(connection, principal, underWay, sessions, may);
	if (missing.length > 0 && accounts.length > 0) return result("failed", `it is locked, but root lacks ${missing.join(" and ")} and cannot tell that no session is left`, `Run as an administrator: GRANT ${missing.join(", ")} ON *.* TO ${await currentAccount(connection)};`);
	if (!may && isMinting) return await roleless("its mint is still under way");
	if (!may && left > 0) return await roleless(`${left} of its sessions or of logins under way are left`);
	if (left > 0) return result("failed", `${left} of its sessions did not end within ${patience / 1e3} s`);
	if (accounts.length === 0) {
		await flavour.forget(connection, [principal]);
		return result(sessions.size > 0 ? "revoked" : "absent");
	}
	const complaint = await runOwn(root, principal, config["revocation-statements"], signal);
	const { dropped, refusal } = await drop(connection, accounts);
	if (refusal !== "") {
		const kept = await takeRights(root, accounts, config["member-of"].map(quoteRole));
		const objects = await definedObjects(connection, principal);
		return result(kept === "" ? "disabled" : "failed", [
			refusal,
			objects,
			kept,
			complaint
		].filter((text) => text !== "").join("; "), `Drop these objects or give them another DEFINER, then run: DROP USER ${named(accounts)};`);
	}
	if ((await flavour.accounts(connection, [principal])).length > 0) return result("failed", "it is still there after DROP USER");
	if (await endSessions(connection, principal, [], sessions, may) > 0) return result("failed", "a session that began before it was locked is still open");
	if (root.isProxying && !may) return await roleless("the server lets accounts log in as others (GRANT PROXY)");
	const hidden = root.isProxying ? await flavour.endProxies(connection, [principal]) : "";
	await flavour.forget(connection, [principal]);
	if (hidden !== "") return result("failed", hidden);
	return result(dropped.length > 0 || sessions.size > 0 ? "revoked" : "absent");
}
/**
* Ends a mint of this lease that may still be under way on the server although its client is gone.
*
* @returns whether none is left
*/
async function endMint(connection, principal, may) {
	const started = Date.now();
	const [mint, statements] = mintLocks(principal).map((lock) => `IS_USED_LOCK('${lock}')`);
	for (;;) {
		const [row] = await connection.rows(`SELECT ${mint} AS mint, ${statements} AS statements, CONNECTION_ID() AS own`);
		const holders = [row?.["mint"], row?.["statements"]].filter((holder) => typeof holder === "number" && holder !== row?.["own"]);
		if (holders.length === 0) return true;
		if (!may || Date.now() - started > 12e3) return false;
		for (const holder of holders) await kill(connection, Number(holder));
		await setTimeout(10);
	}
}
/** Connections that have not said yet as whom they log in. */
async function loginsUnderWay(connection) {
	return (await connection.rows("SELECT id AS id FROM information_schema.processlist WHERE user = 'unauthenticated user'")).map(({ id }) => Number(id));
}
/**
* Rung 2. @returns how many sessions are left
*
* @param underWay connections that may yet turn out to be the lease's
* @param may whether to end them, rather than wait for them
*/
async function endSessions(connection, principal, underWay, sessions, may) {
	const waiting = underWay.length === 0 ? "" : ` OR user = 'unauthenticated user' AND id IN (${underWay.join(", ")})`;
	const started = Date.now();
	for (;;) {
		const rows = await connection.rows(`SELECT id AS id, user = '${principal}' AS known FROM information_schema.processlist
        WHERE (user = '${principal}'${waiting}) AND id <> CONNECTION_ID()`);
		if (rows.length === 0) return 0;
		const elapsed = Date.now() - started;
		if (!may && (elapsed > 2e3 || rows.some(({ known }) => known === 1))) return rows.length;
		if (elapsed > 12e3) return rows.filter(({ known }) => known === 1).length;
		for (const { id, known } of rows) {
			if (known !== 1 && elapsed < 2e3) continue;
			if (!await kill(connection, Number(id))) return rows.length;
			if (known === 1) sessions.add(Number(id));
		}
		await setTimeout(10);
	}
}
/** @returns false when the server does not let us */
async function kill(connection, id) {
	const late = `the server did not carry out KILL within ${killPatience / 1e3} s`;
	try {
		await connection.within(killPatience, late, `KILL ${id}`);
		return true;
	} catch (error) {
		if (serverError(error) === 1094) return true;
		if ([1095, 1227].includes(serverError(error) ?? 0)) return false;
		throw error;
	}
}
/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runOwn(root, principal, statements, signal) {
	if (statements === "") return "";
	const text = renderStatements(statements, { name: principal }, "revocation-statements");
	try {
		await runStatements(root, principal, text, signal);
		return "";
	} catch (error) {
		if (serverError(error) === void 0) throw error;
		return `the revocation-statements failed: ${messageOf(error)}`;
	}
}
/** Rung 4. @returns the names of the accounts that it has dropped; why the server refuses, `''` when it does not */
async function drop(connection, accounts) {
	try {
		const missing = (await connection.notes(`DROP USER IF EXISTS ${named(accounts)}`)).filter(({ code }) => [3162, 1974].includes(code)).map(({ message }) => message);
		const isMissing = ({ principal, host }) => missing.some((text) => text.includes(`'${principal}'@'${host}'`));
		return {
			dropped: accounts.filter((one) => !isMissing(one)).map(({ principal }) => principal),
			refusal: ""
		};
	} catch (error) {
		if (serverError(error) !== 4006) throw error;
		return {
			dropped: [],
			refusal: messageOf(error)
		};
	}
}
/**
* What runs in the name of an account that cannot be dropped shall have no rights.
*
* @param named roles that it is known to have been granted
* @returns what it could not take, `''` when it took everything that it knows of
*/
async function takeRights({ connection, flavour }, accounts, roles) {
	const all = /* @__PURE__ */ new Set([...roles, ...await flavour.rolesOf(connection, accounts)]);
	const refused = [];
	for (const each of ["ALL PRIVILEGES, GRANT OPTION", ...all]) try {
		await connection.rows(`REVOKE ${each} FROM ${named(accounts)}`);
	} catch (error) {
		if (serverError(error) === void 0) throw error;
		if (serverError(error) !== 3523) refused.push(`REVOKE ${each}: ${messageOf(error)}`);
	}
	return refused.length === 0 ? "" : `its objects may still act for it, because root may not ${refused.join("; ")}`;
}
/** Accounts as a statement names them. */
function named(accounts) {
	return accounts.map(({ principal, host }) => quoteAccount(principal, host)).join(", ");
}
/** The objects that the account is the definer of, as far as root can see them. */
async function definedObjects(connection, principal) {
	const mine = `definer LIKE '${principal.replaceAll("_", "|_")}@%' ESCAPE '|'`;
	const rows = await connection.rows(`SELECT CONCAT('view ', table_schema, '.', table_name) AS object FROM information_schema.views WHERE ${mine}
      UNION ALL SELECT CONCAT(LOWER(routine_type), ' ', routine_schema, '.', routine_name) FROM information_schema.routines WHERE ${mine}
      UNION ALL SELECT CONCAT('trigger ', trigger_schema, '.', trigger_name) FROM information_schema.triggers WHERE ${mine}
      UNION ALL SELECT CONCAT('event ', event_schema, '.', event_name) FROM information_schema.events WHERE ${mine}`);
	if (rows.length === 0) return "root may not see which objects these are; docs/mysql.md has a query that shows them";
	return `it is the definer of ${rows.map(({ object }) => String(object)).join(", ")}`;
}
/** Idea 4: the lease ends itself, because no root can. */
async function endSelf(flavour, login, { signal }) {
	let connection;
	try {
		connection = await retry(async () => await Connection.open(login.target, {
			...login,
			database: ""
		}, signal), canHeal, signal);
	} catch (error) {
		if (isLocked(error)) return {
			outcome: "absent",
			sessionsEnded: 0
		};
		if (!isLoginRefused(error)) throw error;
		throw new UserError("the server refuses its password, which somebody may have changed", {
			said: messageOf(error),
			cause: error
		});
	}
	await using own = connection;
	await own.rows(flavour.scramble());
	if (flavour.activateRoles !== "") await own.rows(flavour.activateRoles);
	const sessions = /* @__PURE__ */ new Set();
	const may = mayKill(flavour, await globalRights(own));
	const left = await endSessions(own, login.user, [], sessions, may);
	if (left > 0) return {
		outcome: "failed",
		reason: `${left} of its sessions did not end`,
		sessionsEnded: sessions.size
	};
	return {
		outcome: "disabled",
		reason: "no root credential could end it, so it scrambled its own password; the account waits for the sweep",
		sessionsEnded: sessions.size
	};
}
// src/engines/mysql/end.ts
/** How long the ladder tries again against whoever changes the same accounts, in milliseconds. */
const contentionPatience = 1e4;
/**
* Ends many leases: accounts that nobody is using together, rung by rung, and each of the others down the ladder by
* itself.
*
* @throws when the connection is lost; what was not yielded by then may or may not have ended
*/
async function* end(root, leases, config, context) {
	const sorted = leases.toSorted((a, b) => a.principal < b.principal ? -1 : 1);
	const ended = /* @__PURE__ */ new Map();
	if (config["revocation-statements"] === "") try {
		await endTogether(root, sorted.map(({ principal }) => principal), ended);
	} catch (error) {
		if (isLost(error)) throw error;
	}
	for (const lease of sorted) {
		const revocation = ended.get(lease.principal);
		if (revocation !== void 0) yield [lease, revocation];
	}
	for (const lease of sorted) if (!ended.has(lease.principal)) yield [lease, await endAlone(root, lease.principal, config, context)];
}
/**
* The ladder for many at once.
*
* @param ended gets those that are gone; the others have to go by themselves
*/
async function endTogether(root, principals, ended) {
	const { connection, flavour } = root;
	const rights = await globalRights(connection);
	if (missingKillRights(flavour, rights).length > 0 || !mayKill(flavour, rights)) return;
	const minting = await mintsUnderWay(connection, principals);
	const quiet = principals.filter((principal) => !minting.has(principal));
	if (quiet.length === 0) return;
	const accounts = await flavour.accounts(connection, quiet);
	if (accounts.length > 0) {
		await flavour.lock(connection, accounts);
		if (!await awaitLogins(connection, await loginsUnderWay(connection))) return;
	}
	const active = await withSessions(connection, quiet);
	const idle = quiet.filter((principal) => !active.has(principal));
	const dropped = await dropAll(connection, accounts.filter(({ principal }) => !active.has(principal)));
	if (idle.length === 0) return;
	const remaining = new Set((await flavour.accounts(connection, idle)).map(({ principal }) => principal));
	const late = await withSessions(connection, idle);
	const gone = idle.filter((principal) => !remaining.has(principal) && !late.has(principal));
	if (gone.length === 0) return;
	const hidden = root.isProxying ? await flavour.endProxies(connection, gone) : "";
	await flavour.forget(connection, gone);
	for (const principal of gone) {
		const outcome = dropped.has(principal) ? "revoked" : "absent";
		ended.set(principal, hidden === "" ? {
			outcome,
			sessionsEnded: 0
		} : {
			outcome: "failed",
			reason: hidden,
			sessionsEnded: 0
		});
	}
}
/** Leases that a mint, or its statements, may still be under way for although its client is gone. */
async function mintsUnderWay(connection, principals) {
	const locks = principals.flatMap((principal) => mintLocks(principal).map((lock) => `SELECT '${principal}' AS name, '${lock}' AS mint`));
	const rows = await connection.rows(`SELECT name FROM (${locks.join(" UNION ALL ")}) locks WHERE IS_USED_LOCK(mint) IS NOT NULL`);
	return new Set(rows.map(({ name }) => String(name)));
}
/** Waits until connections have logged in, or have ended; those that dawdle it ends. @returns whether none is left */
async function awaitLogins(connection, ids) {
	const started = Date.now();
	for (let left = ids;; await setTimeout(10)) {
		if (left.length === 0) return true;
		const elapsed = Date.now() - started;
		if (elapsed > 3e3) return false;
		if (elapsed > 2e3) for (const id of left) await kill(connection, id);
		const now = new Set(await loginsUnderWay(connection));
		left = left.filter((id) => now.has(id));
	}
}
/** The names among these that have a session. */
async function withSessions(connection, principals) {
	const rows = await connection.rows(`SELECT DISTINCT user AS name FROM information_schema.processlist WHERE user IN (${listOf(principals)})`);
	return new Set(rows.map(({ name }) => String(name)));
}
/**
* Drops what can be dropped: where the server refuses one, it refuses the list, which is then tried in halves.
*
* @returns the names of those that this has dropped, rather than somebody else
*/
async function dropAll(connection, accounts) {
	if (accounts.length === 0) return /* @__PURE__ */ new Set();
	try {
		const { dropped, refusal } = await drop(connection, accounts);
		if (refusal === "") return new Set(dropped);
	} catch (error) {
		if (isLost(error)) throw error;
	}
	if (accounts.length === 1) return /* @__PURE__ */ new Set();
	const half = Math.ceil(accounts.length / 2);
	const first = await dropAll(connection, accounts.slice(0, half));
	return /* @__PURE__ */ new Set([...first, ...await dropAll(connection, accounts.slice(half))]);
}
/** The ladder for one, whose failure stops no other. */
async function endAlone(root, principal, config, context) {
	try {
		const signal = AbortSignal.any([context.signal, AbortSignal.timeout(contentionPatience)]);
		return await retry(async () => await revoke(root, principal, config, context), isContention, signal);
	} catch (error) {
		if (isLost(error)) throw error;
		return {
			outcome: "failed",
			reason: `it could not be ended this time: ${messageOf(error)}`,
			sessionsEnded: 0
		};
	}
}
/** Whether an error ends more than one statement: nothing further can be done in this session. */
function isLost(error) {
	if (isContention(error)) return false;
	return canHeal(error) || serverError(error) === void 0 && !(error instanceof UserError);
}
// src/engines/mysql/leases.ts
/** Small enough for the memory to stay flat, however long the list is; each page has the server read all accounts. */
const pageSize = 5e3;
/** Every lease on the server, a page at a time. */
async function* list({ connection, flavour }) {
	const now = await serverTime({ connection });
	let page;
	let last = "";
	do {
		page = await flavour.page(connection, last, pageSize);
		for (const stored of page) {
			last = stored.principal;
			const principal = parsePrincipal(last);
			if (principal !== void 0) yield toLease(principal, stored, now);
		}
	} while (page.length >= pageSize);
}
/** Accounts that are named nearly like ours, or that carry a record of ours under another name. */
async function* lookalikes({ connection, flavour }) {
	yield* await flavour.lookalikes(connection);
}
/** Moves a lease's end. */
async function renew({ connection, flavour }, principal, ttl) {
	const now = await serverTime({ connection });
	const stored = await flavour.stored(connection, principal);
	if (stored === void 0) throw new UserError(`${principal} no longer exists`);
	const { record, over: isOver } = toLease(principal, stored, now);
	if (record === void 0) throw new UserError(`${principal} carries no lease record`);
	const over = `${principal} is over: a lease that has ended is not brought back; mint a new one`;
	if (isOver) throw new UserError(over);
	const exp = Math.min(now + ttl, record.max);
	const renewed = {
		...record,
		exp
	};
	if (!await flavour.renew(connection, principal, renewed)) throw new UserError(over);
	return {
		principal,
		record: renewed,
		expiresAt: /* @__PURE__ */ new Date(exp * 1e3),
		over: false,
		usable: true
	};
}
/** The server's clock, in epoch seconds. */
async function serverTime({ connection }) {
	const [row] = await connection.rows("SELECT UNIX_TIMESTAMP() AS now");
	return Number(row?.["now"]);
}
function toLease(principal, stored, now) {
	const { record, usable, isMinting } = stored;
	const exp = stored.exp ?? (isMinting ? now + 60 : void 0);
	const read = record === void 0 ? void 0 : decodeRecord(record);
	return {
		principal,
		record: read,
		expiresAt: exp === void 0 ? void 0 : /* @__PURE__ */ new Date(exp * 1e3),
		over: exp !== void 0 && exp <= now,
		usable,
		unreadable: record !== void 0 && read === void 0
	};
}
// src/engines/mysql/mariadb.ts
/**
* MariaDB 10.6 and newer: accounts cannot carry a record, so it stands in the table joblease.leases from before the
* account exists until after it is gone.
*/
const mariadbFlavour = {
	name: "mariadb",
	killRights: [[
		"CONNECTION ADMIN",
		"SUPER",
		"ALL PRIVILEGES"
	], ["PROCESS", "ALL PRIVILEGES"]],
	settings: ["max_statement_time = 60", "tx_read_only = 0"],
	activateRoles: "",
	proxying: `EXISTS (SELECT * FROM information_schema.plugins
    WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE' AND plugin_name = 'pam')`,
	hash: nativeHash,
	unfit(version) {
		const [, major = 0, minor = 0] = (/(\d+)\.(\d+)\.\d+-MariaDB/.exec(version) ?? []).map(Number);
		if (major === 0) return "it is a MySQL server: use the engine \"mysql\"";
		return major < 10 || major === 10 && minor < 6 ? `it is MariaDB ${major}.${minor}; 10.6 is the oldest that works` : void 0;
	},
	async checkRights(connection, roles) {
		if (roles.length > 1) throw new UserError("a MariaDB session has one role at a time", {
			input: "member-of",
			fix: "Grant the roles to one role, and name that one."
		});
		const [role] = roles;
		if (role !== void 0) {
			const [row] = await connection.rows(`SELECT MAX(is_grantable = 'YES') AS may FROM information_schema.applicable_roles
          WHERE CONCAT('\`', REPLACE(role_name, '\`', '\`\`'), '\`') = ${hex(role)}`);
			if (Number(row?.["may"] ?? 0) !== 1) throw new UserError(`there is no role ${role} that root may grant`, {
				input: "member-of",
				fix: `Run as an administrator: GRANT ${role} TO ${await currentAccount(connection)} WITH ADMIN OPTION;`
			});
		}
		const missing = async (sql, fix) => {
			try {
				await connection.rows(sql);
			} catch (error) {
				if (!isDenied(error) && ![1146, 1049].includes(serverError(error) ?? 0)) throw error;
				throw new UserError("root lacks what minting on MariaDB takes", {
					input: "root",
					said: messageOf(error),
					fix
				});
			}
		};
		const user = await currentAccount(connection);
		await missing("SELECT name FROM joblease.leases LIMIT 0", `Run the installation in docs/mariadb.md, then: GRANT SELECT, INSERT, UPDATE, DELETE ON joblease.leases TO ${user};`);
		await missing("SELECT User, Host FROM mysql.user LIMIT 0", `Run: GRANT SELECT (User, Host) ON mysql.user TO ${user};`);
	},
	async announce(connection, { principal, record }) {
		await connection.execute("INSERT INTO joblease.leases (name, exp, reap, record) VALUES (?, ?, ?, ?)", [
			principal,
			record.exp,
			record.exp,
			encodeRecord(record)
		]);
	},
	async create(connection, account, login, signal) {
		await this.announce(connection, account);
		await connection.rows(`CREATE USER ${definition$1(account)}`);
		await activateRole(connection, account, login, signal);
	},
	async adopt(connection, account, login, signal) {
		await connection.rows(`ALTER USER ${definition$1(account)}`);
		await activateRole(connection, account, login, signal);
	},
	async accounts(connection, principals) {
		return (await connection.rows(`SELECT User AS name, Host AS host FROM mysql.user WHERE User IN (${listOf(principals)})`)).map(toAccount);
	},
	conceals: async () => await Promise.resolve(false),
	rolesOf: async () => await Promise.resolve([]),
	async endProxies(connection, principals) {
		try {
			const [row] = await connection.rows(`SELECT COUNT(*) AS n FROM mysql.proxies_priv WHERE Proxied_user IN (${listOf(principals)})`);
			if (row?.["n"] === 0) return "";
			return "it is dropped, but other accounts could log in as it (GRANT PROXY), and MariaDB does not show which of their sessions are it";
		} catch (error) {
			if (!isDenied(error)) throw error;
			return "it is dropped, but PAM lets accounts log in as others (GRANT PROXY), and root may not see whether any could as it: see \"Proxy users\" in docs/mariadb.md";
		}
	},
	async lock(connection, accounts) {
		const principals = [...new Set(accounts.map(({ principal }) => principal))];
		await connection.rows(`UPDATE joblease.leases SET exp = 0, reap = UNIX_TIMESTAMP() + 60 WHERE name IN (${listOf(principals)})`);
		const names = accounts.map(({ principal, host }) => quoteAccount(principal, host)).join(", ");
		await connection.rows(`ALTER USER IF EXISTS ${names} ACCOUNT LOCK`);
	},
	async renew(connection, principal, record) {
		return await connection.execute("UPDATE joblease.leases SET exp = ?, reap = ?, record = ? WHERE name = ? AND exp > UNIX_TIMESTAMP()", [
			record.exp,
			record.exp,
			encodeRecord(record),
			principal
		]) > 0;
	},
	async forget(connection, principals) {
		await connection.rows(`DELETE FROM joblease.leases WHERE name IN (${listOf(principals)})`);
	},
	async page(connection, after, size) {
		const which = (name) => `${isOurs(name).join(" REGEXP BINARY ")} AND ${name} > '${after}' ORDER BY ${name} LIMIT ${size}`;
		const [accounts, leases] = await both(connection, which);
		const end = [accounts, leases].filter((rows) => rows.length === size).map((rows) => nameOf(rows.at(-1))).toSorted()[0];
		const isHere = (row) => end === void 0 || nameOf(row) <= end;
		return merge(accounts.filter(isHere), leases.filter(isHere));
	},
	async stored(connection, principal) {
		const [found] = merge(...await both(connection, (name) => `${name} = '${principal}'`));
		return found;
	},
	async lookalikes(connection) {
		const accounts = await connection.rows(`SELECT DISTINCT User AS name FROM mysql.user
        WHERE NOT ${isOurs("User").join(" REGEXP BINARY ")} AND User LIKE BINARY 'jl|_%' ESCAPE '|'`);
		const leases = await connection.rows(`SELECT name FROM joblease.leases WHERE NOT ${isOurs("name").join(" REGEXP BINARY ")}`);
		return [...new Set([...accounts, ...leases].map(nameOf))].toSorted();
	},
	scramble: () => `SET PASSWORD = '${unusableNativeHash()}'`
};
/**
* Not as one query: the server would compare each account with each lease. Accounts first: whatever is seen there has
* had its record from before.
*/
async function both(connection, which) {
	return [await connection.rows(`SELECT DISTINCT User AS name, ${isMinting("User")} AS minting FROM mysql.user WHERE ${which("User")}`), await connection.rows(`SELECT name, record, exp FROM joblease.leases WHERE ${which("name")}`)];
}
/** Accounts and records of the same name together, in the order of the names. */
function merge(accounts, leases) {
	const records = new Map(leases.map((row) => [nameOf(row), row]));
	const found = new Map(accounts.map((row) => [nameOf(row), row]));
	return [.../* @__PURE__ */ new Set([...found.keys(), ...records.keys()])].toSorted().map((name) => toStored({
		name,
		...records.get(name),
		minting: found.get(name)?.["minting"]
	}, found.has(name)));
}
function nameOf(row) {
	return String(row?.["name"]);
}
function definition$1({ principal, host, password, connectionLimit }) {
	return `${quoteAccount(principal, host)} IDENTIFIED BY PASSWORD '${nativeHash(password)}' WITH MAX_USER_CONNECTIONS ${connectionLimit}`;
}
/** Grants the role and makes it the one that is active at login. */
async function activateRole(connection, { principal, host, roles: [role] }, login, signal) {
	if (role === void 0) return;
	const user = quoteAccount(principal, host);
	await connection.rows(`GRANT ${role} TO ${user}`);
	try {
		await connection.rows(`SET DEFAULT ROLE ${role} FOR ${user}`);
	} catch (error) {
		if (!isDenied(error)) throw error;
		await using open = await Connection.open(login.target, {
			...login,
			database: ""
		}, signal).catch(async (refusal) => {
			if (!isLoginRefused(refusal)) throw refusal;
			throw new UserError(`'${principal}'@'${host}' may not log in from this runner, as it must to activate its role`, {
				input: "host-pattern",
				said: messageOf(refusal),
				fix: `Let it admit the runner, or, as an administrator: GRANT UPDATE ON mysql.* TO ${await currentAccount(connection)};`,
				cause: refusal
			});
		});
		await open.rows(`SET DEFAULT ROLE ${role}`);
	}
}
/** A text as a literal that no SQL mode reads differently. */
function hex(text) {
	return `CONVERT(X'${Buffer.from(text).toString("hex")}' USING utf8mb4)`;
}
// src/engines/mysql/reaper.ts
/** A reaper that has not finished a round for so many seconds is taken for dead; it is meant to do one every 5. */
const stale = 30;
/**
* Whether the reaper (docs/mysql.md, docs/mariadb.md) ends leases on this server: its last round is fresh, was on this
* server (a replica has the primary's heartbeat), and had the rights to end accounts and sessions.
*
* @returns why not, in words; `''` when it does
*/
async function reaperProblem({ connection, flavour, isProxying }) {
	const [scheduler] = await connection.rows("SELECT @@global.event_scheduler AS state");
	if (scheduler?.["state"] !== "ON") return `event_scheduler is ${String(scheduler?.["state"])} on this server`;
	if (flavour.name === "mariadb" && isProxying) return "the plugin \"pam\" lets accounts log in as others, and the reaper cannot see which sessions are the lease then";
	let row;
	try {
		[row] = await connection.rows(`SELECT UNIX_TIMESTAMP() - at AS age, able, server = CONCAT(@@hostname, ':', @@server_id) AS here FROM joblease.heartbeat`);
	} catch (error) {
		if (!isDenied(error) && ![1146, 1049].includes(serverError(error) ?? 0)) throw error;
		return `the reaper is not installed, or root may not read joblease.heartbeat (${messageOf(error)})`;
	}
	if (row === void 0) return "the reaper has never run";
	const age = Number(row["age"]);
	if (age > stale) return `the reaper last ran ${age} s ago`;
	if (row["here"] !== 1) return "the reaper runs on another server than this one";
	if (row["able"] !== 1) return "the account joblease_reaper lacks a privilege";
	return "";
}
// src/engines/mysql/mint.ts
/**
* Mints an account. DDL commits by itself, so where a later step fails the account is ended before the error is thrown.
*
* @throws UserError for a right that root lacks, an unknown role, or an error in the user's statements
*/
async function mint(root, draft, config, context) {
	const { connection } = root;
	const { principal, password } = draft;
	const roles = config["member-of"].map(quoteRole);
	const { rights, problem } = await checkServer(root, roles, context);
	const iat = await serverTime(root);
	const account = {
		principal,
		host: config["host-pattern"],
		password,
		record: {
			v: 1,
			...draft.job,
			role: draft.role,
			iat,
			exp: iat + draft.ttl,
			max: iat + draft.maxTtl,
			heir: ""
		},
		roles,
		connectionLimit: config["connection-limit"]
	};
	const login = {
		user: principal,
		password,
		database: config.database === "" ? root.root.database : config.database,
		target: connection.target
	};
	const [lock] = mintLocks(principal);
	await connection.rows(`SET @joblease = GET_LOCK('${lock}', 0), SESSION wait_timeout = 90`);
	let isEndable;
	try {
		await create(root, account, login, config, context);
		isEndable = await canEnd(root, rights, login, config, context);
	} catch (error) {
		await revoke(root, principal, {
			...config,
			"revocation-statements": ""
		}, context).catch(() => void 0);
		throw error;
	}
	await connection.rows(`SELECT RELEASE_LOCK('${lock}')`);
	return handOver(root, draft, login, /* @__PURE__ */ new Date(account.record.exp * 1e3), problem === "" && isEndable);
}
/**
* Finds out what root and the server lack.
*
* @returns the rights of root; why nothing ends the lease by itself, `''` when something does
*/
async function checkServer(root, roles, { warn }) {
	const { connection, flavour } = root;
	const rights = await globalRights(connection);
	if (!rights.has("CREATE USER") && !rights.has("ALL PRIVILEGES")) throw new UserError(`"${root.root.user}" may not create accounts`, {
		input: "root",
		fix: `Run as an administrator: GRANT CREATE USER ON *.* TO ${await currentAccount(root.connection)};`
	});
	await flavour.checkRights(connection, roles);
	const missing = missingKillRights(flavour, rights);
	if (missing.length > 0) warn(`Root lacks ${missing.join(" and ")}, so open sessions outlive a revocation. Run as an administrator: GRANT ${missing.join(", ")} ON *.* TO ${await currentAccount(root.connection)};`);
	if (!mayKill(flavour, rights)) warn(`Root has no role, so it cannot end open sessions without harm. ${await roleFix(connection)}`);
	const problem = await reaperProblem(root);
	if (problem !== "") warn(`The server does not end this lease by itself: ${problem}. See "The switch" in docs/${flavour.name}.md.`);
	return {
		rights,
		problem
	};
}
/**
* Whether others than this root, the reaper above all, can end the account.
*
* @throws UserError when they surely cannot
*/
async function canEnd({ flavour }, rights, login, config, { signal, warn }) {
	if (flavour.name !== "mysql" || ![
		"SYSTEM_USER",
		"ROLE_ADMIN",
		"ALL PRIVILEGES"
	].some((each) => rights.has(each))) return true;
	let held;
	try {
		await using own = await Connection.open(login.target, {
			...login,
			database: ""
		}, signal);
		await own.rows(flavour.activateRoles);
		held = await globalRights(own);
	} catch (error) {
		if (!isLoginRefused(error)) throw error;
		warn("The lease cannot log in from here, so it was not seen whether it holds SYSTEM_USER, which would keep it from being ended.");
		return false;
	}
	if (!held.has("SYSTEM_USER")) return true;
	throw new UserError("the account would hold SYSTEM_USER, and then only accounts that hold it too can end it", {
		input: config["creation-statements"] === "" ? "member-of" : "creation-statements",
		fix: "Grant what the job needs by name: GRANT ALL ON *.* includes SYSTEM_USER."
	});
}
async function create(root, account, login, config, { signal }) {
	const { connection, flavour } = root;
	const { principal, record } = account;
	const statements = config["creation-statements"];
	const expiration = (/* @__PURE__ */ new Date(record.exp * 1e3)).toISOString().slice(0, 19).replace("T", " ");
	const values = {
		name: principal,
		password: newPassword(),
		expiration
	};
	const text = renderStatements(statements, values, "creation-statements");
	const run = async () => {
		try {
			await runStatements(root, principal, text, signal);
		} catch (error) {
			throw explainStatements(error, values.password);
		}
	};
	if (mentions(statements, "password")) {
		await flavour.announce(connection, account);
		await run();
		const made = await flavour.accounts(connection, [principal]);
		if (made.length === 0) throw new UserError("they use {{password}} but do not create the account", {
			input: "creation-statements",
			fix: "Statements that use {{password}} must begin with: CREATE USER '{{name}}'@'%' …; leave {{password}} out to have the account made for them."
		});
		for (const { host } of made) await explained(flavour.adopt(connection, {
			...account,
			host
		}, login, signal), root, config);
		return;
	}
	await explained(flavour.create(connection, account, login, signal), root, config);
	if (statements !== "") await run();
}
/** Says which input or which right a refusal by the server comes from. */
async function explained(work, root, config) {
	try {
		await work;
	} catch (error) {
		const said = messageOf(error);
		const roles = config["member-of"];
		if ([
			3523,
			1959,
			3530
		].includes(serverError(error) ?? 0) || isDenied(error) && /ADMIN/.test(said)) throw new UserError(`root may not grant ${roles.join(", ")}`, {
			input: "member-of",
			said,
			fix: `The roles must exist. Run as an administrator: GRANT ${roles.map(quoteRole).join(", ")} TO ${await currentAccount(root.connection)} WITH ADMIN OPTION;`,
			cause: error
		});
		if (serverError(error) === 1290 && /strict-password-validation/.test(said)) throw new UserError("the server takes no password that it is given as a hash", {
			input: "root",
			said,
			fix: "Generated passwords are long, and have letters of both cases, digits and a dash. Run as an administrator, and put it into its configuration: SET GLOBAL strict_password_validation = OFF;",
			cause: error
		});
		if (isDenied(error)) throw new UserError("root lacks a privilege", {
			input: "root",
			said,
			fix: `See "The root login" in docs/${root.flavour.name}.md.`,
			cause: error
		});
		throw error;
	}
}
function explainStatements(error, password) {
	const number = serverError(error);
	if (number === void 0) return error;
	const said = `${messageOf(error).replaceAll(password, "{{password}}")} [${number}]`;
	return new UserError("the server refused the statements", {
		input: "creation-statements",
		said
	});
}
function handOver(root, draft, login, expiresAt, isReaped) {
	const { host, port } = root.root;
	const { principal: user, password } = draft;
	const { database } = login;
	const url = formatUrl({
		...root.root,
		user,
		password,
		database
	});
	return {
		expiresAt,
		expiryClass: isReaped ? "full" : "sweep",
		credential: JSON.stringify(login),
		secrets: [
			password,
			url,
			Buffer.from(`${user}:${password}`).toString("base64")
		],
		outputs: {
			username: user,
			password,
			host,
			port: String(port),
			database,
			url
		},
		environment: {
			MYSQL_HOST: host,
			MYSQL_TCP_PORT: String(port),
			MYSQL_USER: user,
			MYSQL_PWD: password,
			...database === "" ? {} : { MYSQL_DATABASE: database },
			DATABASE_URL: url
		}
	};
}
// src/engines/mysql/mysql.ts
/** MySQL 8.0.22 and newer: the account's ATTRIBUTE carries the lease record, and one statement makes all of it. */
const mysqlFlavour = {
	name: "mysql",
	killRights: [[
		"CONNECTION_ADMIN",
		"SUPER",
		"ALL PRIVILEGES"
	], ["PROCESS", "ALL PRIVILEGES"]],
	settings: ["max_execution_time = 60000", "transaction_read_only = 0"],
	activateRoles: "SET ROLE ALL",
	proxying: `@@global.check_proxy_users OR EXISTS (SELECT * FROM information_schema.plugins
    WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE' AND plugin_name NOT IN
      ('caching_sha2_password', 'sha256_password', 'mysql_native_password', 'mysql_no_login', 'auth_socket'))`,
	hash: cachingSha2Hash,
	unfit(version) {
		if (version.includes("MariaDB")) return "it is a MariaDB server: use the engine \"mariadb\"";
		const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
		return major < 8 || major === 8 && minor === 0 && patch < 22 ? `it is MySQL ${version}, and accounts carry attributes from 8.0.22 on` : void 0;
	},
	checkRights: async () => await Promise.resolve(),
	announce: async () => await Promise.resolve(),
	async create(connection, account) {
		await connection.rows(`CREATE USER ${definition(account)}`);
	},
	async adopt(connection, account) {
		const { principal, host, roles } = account;
		await connection.rows(`ALTER USER ${definition({
			...account,
			roles: []
		})}`);
		if (roles.length === 0) return;
		const user = quoteAccount(principal, host);
		await connection.rows(`GRANT ${roles.join(", ")} TO ${user}`);
		await connection.rows(`ALTER USER ${user} DEFAULT ROLE ALL`);
	},
	async accounts(connection, principals) {
		return (await connection.rows(`SELECT user AS name, host AS host FROM information_schema.user_attributes WHERE user IN (${listOf(principals)})`)).map(toAccount);
	},
	async conceals(connection, principal, host) {
		try {
			await connection.rows(`ALTER USER IF EXISTS ${quoteAccount(principal, host)} ACCOUNT LOCK`);
			return false;
		} catch (error) {
			if (serverError(error) === 1227) return true;
			throw error;
		}
	},
	async rolesOf(connection, accounts) {
		const names = listOf(accounts.map(({ principal }) => principal));
		return (await connection.rows(`SELECT DISTINCT from_user AS role, from_host AS host FROM mysql.role_edges WHERE to_user IN (${names})`).catch(async (error) => {
			if (!isDenied(error)) throw error;
			return await connection.rows("SELECT role_name AS role, role_host AS host FROM information_schema.administrable_role_authorizations");
		})).map(({ role, host }) => quoteAccount(String(role), String(host)));
	},
	async endProxies(connection, principals) {
		const lines = `mysql.proxies_priv x WHERE x.Proxied_user IN (${listOf(principals)})`;
		const started = Date.now();
		try {
			const [row] = await connection.rows(`SELECT COUNT(*) AS n, @@global.performance_schema AS shown FROM ${lines}`);
			if (row?.["n"] === 0) return "";
			if (row?.["shown"] !== 1) return "only performance_schema, which is off, shows its sessions under other names";
			for (;;) {
				const sessions = await connection.rows(`SELECT t.PROCESSLIST_ID AS id FROM performance_schema.variables_by_thread v
            JOIN performance_schema.threads t ON t.THREAD_ID = v.THREAD_ID
            WHERE v.VARIABLE_NAME = 'proxy_user' AND EXISTS (SELECT * FROM ${lines}
              AND CAST(CONCAT('''', x.User, '''@''', x.Host, '''') AS BINARY) = CAST(v.VARIABLE_VALUE AS BINARY))`);
				if (sessions.length === 0) return "";
				if (Date.now() - started > 12e3) return "its sessions under other names did not end";
				for (const { id } of sessions) if (!await kill(connection, Number(id))) return "root may not end its sessions under other names";
				await setTimeout(10);
			}
		} catch (error) {
			if (!isDenied(error)) throw error;
			return "it is dropped, but the server lets accounts log in as others (GRANT PROXY), and root may not see whether a session is it under another name: see \"Proxy users\" in docs/mysql.md";
		}
	},
	async lock(connection, accounts) {
		const [row] = await connection.rows("SELECT UNIX_TIMESTAMP() AS now");
		const over = `{"joblease": {"exp": 0, "reap": ${Number(row?.["now"]) + 60}}}`;
		const names = accounts.map(({ principal, host }) => quoteAccount(principal, host)).join(", ");
		await connection.rows(`ALTER USER IF EXISTS ${names} ACCOUNT LOCK ATTRIBUTE '${over}'`);
	},
	async renew(connection, principal, record) {
		for (const { host } of await this.accounts(connection, [principal])) await connection.rows(`ALTER USER ${quoteAccount(principal, host)} ATTRIBUTE '${attribute(record)}'`);
		return true;
	},
	forget: async () => await Promise.resolve(),
	async page(connection, after, size) {
		return (await connection.rows(`${stored} WHERE REGEXP_LIKE(${ours}, 'c') AND user > '${after}'
        GROUP BY user ORDER BY user LIMIT ${size}`)).map(read);
	},
	async stored(connection, principal) {
		const [row] = await connection.rows(`${stored} WHERE user = '${principal}' GROUP BY user`);
		return row === void 0 ? void 0 : read(row);
	},
	async lookalikes(connection) {
		return (await connection.rows(`SELECT DISTINCT user AS name FROM information_schema.user_attributes
        WHERE NOT REGEXP_LIKE(${ours}, 'c')
          AND (user LIKE 'jl|_%' ESCAPE '|' OR JSON_CONTAINS_PATH(attribute, 'one', '$.joblease')) ORDER BY user`)).map(({ name }) => String(name));
	},
	scramble: () => "ALTER USER USER() IDENTIFIED BY RANDOM PASSWORD"
};
const ours = isOurs("user").join(", ");
const stored = `SELECT user AS name, CAST(MAX(JSON_EXTRACT(attribute, '$.joblease')) AS CHAR) AS record,
    MAX(IF(JSON_TYPE(JSON_EXTRACT(attribute, '$.joblease.exp')) = 'INTEGER',
      CAST(JSON_EXTRACT(attribute, '$.joblease.exp') AS SIGNED), NULL)) AS exp,
    MAX(${isMinting("user")}) AS minting
  FROM information_schema.user_attributes`;
/** An end of 0 was written by the statement that locked the account. */
function read(row) {
	return toStored(row, row["exp"] === null || Number(row["exp"]) !== 0);
}
function definition({ principal, host, password, record, roles, connectionLimit }) {
	return [
		quoteAccount(principal, host),
		`IDENTIFIED WITH caching_sha2_password AS '${cachingSha2Hash(password)}'`,
		...roles.length === 0 ? [] : [`DEFAULT ROLE ${roles.join(", ")}`],
		`WITH MAX_USER_CONNECTIONS ${connectionLimit}`,
		"PASSWORD REQUIRE CURRENT OPTIONAL",
		`ATTRIBUTE '${attribute(record)}'`
	].join(" ");
}
/**
* The record as the text of a literal, in a session that takes backslashes as they are (see openRoot). It holds no
* single quote, so that it ends no literal in any other mode either, as behind a proxy that mixes sessions up.
*/
function attribute(record) {
	return `{"joblease": ${encodeRecord(record).replaceAll("'", "\\u0027")}}`;
}
// src/engines/mysql/engine.ts
/** MySQL 8.0.22 and newer. */
const mysqlEngine = engineOf(mysqlFlavour);
/** MariaDB 10.6 and newer. */
const mariadbEngine = engineOf(mariadbFlavour);
function engineOf(flavour) {
	return {
		open: async (roots, config, context) => session(await openRoot(flavour, roots, config, context), config, context),
		canHeal,
		batch: 100,
		endSelf: async (credential, _config, context) => await endSelf(flavour, JSON.parse(credential), context),
		async *rotateRoot(roots, config, terms, context) {
			const { rotateRoot } = await import("./mysql-rotate.js");
			return yield* rotateRoot(flavour, roots, config, terms, context);
		}
	};
}
function session(root, config, context) {
	return {
		mint: async (draft) => await mint(root, draft, config, context),
		verify: async (credential) => await verify(JSON.parse(credential), context),
		renew: async (principal, ttl) => await renew(root, principal, ttl),
		revoke: async (principal) => await revoke(root, principal, config, context),
		leases: () => list(root),
		lookalikes: () => lookalikes(root),
		end: (leases) => end(root, leases, config, context),
		[Symbol.asyncDispose]: async () => {
			await root[Symbol.asyncDispose]();
		}
	};
}
async function verify(login, { signal }) {
	try {
		await using connection = await Connection.open(login.target, login, signal);
		await connection.rows("SELECT 1");
	} catch (error) {
		throw loginError(error, login.target, login, "verify");
	}
}
export { mariadbEngine, mysqlEngine };
