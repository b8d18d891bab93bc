import { a as isContention, c as Connection, d as quoteName, f as sqlState, i as canHeal, l as errorPosition, n as scramVerifier, o as isLoginRefused, r as unusableVerifier, s as loginError, t as openRoot, u as quoteLiteral } from "./postgres-shared.js";
import { B as retry, L as parsePrincipal, U as formatUrl, a as renderStatements, i as mentions, n as encodeRecord, nt as UserError, rt as messageOf, t as decodeRecord, z as principalPattern } from "./shared.js";
import { setTimeout } from "node:timers/promises";
// src/engines/postgres/account.ts
/** @returns undefined when the role does not exist */
async function findAccount(root, principal) {
	const [row] = await root.connection.rows(`SELECT r.oid::int8::float8 AS oid, description,
        rolcanlogin AND coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS was_open,
        ARRAY(SELECT g.rolname::text FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid WHERE member = r.oid) AS groups
      FROM pg_roles r LEFT JOIN pg_shdescription ON objoid = r.oid AND classoid = 'pg_authid'::regclass
      WHERE rolname = $1`, [principal]);
	if (row === void 0) return void 0;
	const record = typeof row["description"] === "string" ? decodeRecord(row["description"]) : void 0;
	const groups = row["groups"];
	const heir = record === void 0 || record.heir === "" ? void 0 : record.heir;
	const isForged = root.isSuperuser && heir !== void 0 && !groups.includes(heir);
	return {
		principal,
		oid: Number(row["oid"]),
		heir: isForged ? void 0 : heir,
		wasOpen: row["was_open"] === true,
		groups
	};
}
/**
* Makes root a member of a role with all that the role may do: ending its sessions and giving away what it owns take
* membership, the ADMIN option of the one who created it is not enough (PostgreSQL 16 and newer).
*/
function grantToActor({ version }, role) {
	return `GRANT ${quoteName(role)} TO CURRENT_USER${version < 16e4 ? "" : " WITH INHERIT TRUE, SET TRUE"}`;
}
// src/engines/postgres/clean.ts
const described = 10;
/**
* Rung 3: removes what stands in the way of dropping a role, in every database where there is anything. What it owns
* goes to its heir, or stays; nothing that may hold the user's data is ever dropped.
*
* @returns why the role may still not be dropped, in words
*/
async function clean(root, account) {
	const rows = await root.connection.rows(`SELECT DISTINCT coalesce(datname, current_database())::text AS name FROM pg_shdepend LEFT JOIN pg_database d ON d.oid = dbid
      WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${account.oid}`);
	const reasons = [];
	const fixes = [];
	for (const { name } of rows) {
		const database = String(name);
		const left = await cleanDatabase(root, account, database);
		if (left === "") continue;
		reasons.push(`in the database "${database}" ${left}`);
		const role = quoteName(account.principal);
		fixes.push(`\\connect ${quoteName(database)}\nREASSIGN OWNED BY ${role} TO …;\nDROP OWNED BY ${role};`);
	}
	return {
		reason: `it cannot be dropped: ${reasons.length === 0 ? "other objects depend on it" : reasons.join("; ")}`,
		fix: `Run as a superuser, naming the role that shall own the objects:\n${fixes.join("\n")}\nDROP ROLE ${quoteName(account.principal)};`
	};
}
/** @returns what is left in the database, in words; `''` for nothing */
async function cleanDatabase(root, account, database) {
	if (database === root.connection.target.database) return await cleanHere(root, account);
	let there;
	try {
		there = await root.elsewhere(database);
	} catch (error) {
		if (sqlState(error) === void 0) throw error;
		return `it has owned objects or privileges, but root cannot log in there: ${messageOf(error)}`;
	}
	await using session = there;
	return await cleanHere(session, account);
}
async function cleanHere(root, account) {
	const { principal, oid, heir } = account;
	const name = quoteName(principal);
	const [take, giveBack] = heir === void 0 ? ["", ""] : await borrowMembership(root, heir);
	const text = [
		take,
		heir === void 0 ? "" : `REASSIGN OWNED BY ${name} TO ${quoteName(heir)}`,
		`DO $$ BEGIN
      IF EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${oid} AND deptype = 'o'
          AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
          AND classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass, 'pg_auth_members'::regclass))
      THEN RAISE dependent_objects_still_exist USING MESSAGE = 'it owns objects';
      END IF;
    END $$`,
		`DROP OWNED BY ${name}`,
		giveBack
	].filter((statement) => statement !== "");
	let complaint = "";
	try {
		await root.connection.rows(text.join(";\n"));
	} catch (error) {
		if (sqlState(error) === void 0 || isContention(error)) throw error;
		complaint = sqlState(error) === "2BP01" ? "" : ` (${messageOf(error)})`;
	}
	const objects = await describe(root, oid);
	return objects === "" ? "" : objects + complaint;
}
/**
* Root needs to be a member of the heir while it hands objects over, with and without having been one before.
*
* @returns the statements that bring that about and that put it back as it was
*/
async function borrowMembership(root, heir) {
	if (root.isSuperuser || heir === root.actor) return ["", ""];
	const take = grantToActor(root, heir);
	const mine = `roleid = (SELECT oid FROM pg_roles WHERE rolname = $1)
      AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user)`;
	if (root.version < 16e4) return (await root.connection.rows(`SELECT FROM pg_auth_members WHERE ${mine}`, [heir])).length > 0 ? ["", ""] : [take, `REVOKE ${quoteName(heir)} FROM CURRENT_USER`];
	const [known] = await root.connection.rows(`SELECT inherit_option, set_option FROM pg_auth_members WHERE ${mine} AND grantor = member`, [heir]);
	if (known === void 0) return [take, `REVOKE ${quoteName(heir)} FROM CURRENT_USER GRANTED BY CURRENT_USER`];
	const [inherit, set] = [known["inherit_option"], known["set_option"]].map((on) => on === true ? "TRUE" : "FALSE");
	return [take, `GRANT ${quoteName(heir)} TO CURRENT_USER WITH INHERIT ${inherit}, SET ${set}`];
}
/** What ties the role to this database and to the cluster, in words; `''` for nothing. */
async function describe({ connection }, oid) {
	const rows = await connection.rows(`SELECT CASE deptype WHEN 'o' THEN 'it owns' WHEN 'a' THEN 'it has privileges on' ELSE 'it is named by' END
        || ' ' || pg_describe_object(classid, objid, objsubid) AS tie
      FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${oid}
        AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      ORDER BY tie LIMIT 11`);
	return rows.slice(0, described).map(({ tie }) => String(tie)).join(", ") + (rows.length > described ? " and more" : "");
}
/** How long to wait for sessions to end that were told to, in milliseconds. */
const patience$1 = 1e4;
/**
* Takes a role down the ladder: disable, end sessions, clean, remove. Each rung is committed by itself and may be
* repeated; two revocations at once do not harm each other.
*/
async function revoke(root, principal, config, { signal }) {
	await endMint(root, principal);
	const sessions = /* @__PURE__ */ new Set();
	return {
		...await retry(async () => await descend(root, principal, config, sessions), isContention, signal),
		sessionsEnded: sessions.size
	};
}
/** @param sessions gets the process id of each session that is ended */
async function descend(root, principal, config, sessions) {
	const account = await findAccount(root, principal);
	if (account === void 0) return { outcome: "absent" };
	try {
		await disable(root, account, sessions);
		const left = await endSessions(root, account, sessions);
		if (left > 0) return {
			outcome: "failed",
			reason: `${left} of its sessions did not end within ${patience$1 / 1e3} s`
		};
		const complaint = await runStatements(root, account, config["revocation-statements"]);
		const remains = await remove(root, account);
		if (remains !== void 0) return {
			outcome: "disabled",
			reason: [remains.reason, complaint].filter((text) => text !== "").join("; "),
			fix: remains.fix
		};
		if ((await tellSessionsToEnd(root, account)).length > 0) return {
			outcome: "failed",
			reason: "a session that began before it was disabled is still open"
		};
		return { outcome: "revoked" };
	} catch (error) {
		if (sqlState(error) === "42704" && await findAccount(root, principal) === void 0) return { outcome: "absent" };
		if (sqlState(error) !== "42501") throw error;
		return {
			outcome: "failed",
			reason: `${quoteName(root.actor)} has no right to end it: ${messageOf(error)}`,
			fix: `Revoke it as the role that minted it (see "admin-role"), or run: GRANT ${quoteName(principal)} TO ${quoteName(root.actor)} WITH ADMIN OPTION;`
		};
	}
}
/**
* Ends a mint of this lease that may still be under way on the server although its client is gone: otherwise the role
* could appear after it was found absent.
*/
async function endMint(root, principal) {
	const asLogin = `SET lock_timeout = '1s'; SET ROLE NONE; ${`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ${quoteLiteral(principal)}
      AND usesysid = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND pid <> pg_backend_pid()`}`;
	const started = Date.now();
	while ((await root.connection.rows(asLogin)).length > 0 && Date.now() - started < patience$1) await setTimeout(20);
	if (root.actor !== root.root.user) await root.connection.rows(`SET ROLE ${quoteName(root.actor)}`);
}
/** Rung 1: no new login, and no more rights through groups. */
async function disable(root, account, sessions) {
	const name = quoteName(account.principal);
	try {
		await root.connection.rows(`ALTER ROLE ${name} NOLOGIN PASSWORD NULL`);
	} catch (error) {
		if (isContention(error)) await endSessions(root, account, sessions);
		throw error;
	}
	const taken = account.groups.filter((group) => !root.isSuperuser || group !== account.heir);
	if (taken.length === 0) return;
	const groups = taken.map((group) => `REVOKE ${quoteName(group)} FROM ${name} CASCADE`).join(";");
	await root.connection.rows(groups).catch((error) => {
		if (sqlState(error) !== "42501") throw error;
	});
}
/** Rung 2. @returns how many sessions are left */
async function endSessions(root, account, sessions) {
	if (!root.isSuperuser) await root.connection.rows(grantToActor(root, account.principal));
	const started = Date.now();
	for (;;) {
		const pids = await tellSessionsToEnd(root, account);
		for (const pid of pids) sessions.add(pid);
		const elapsed = Date.now() - started;
		if (pids.length === 0 && (elapsed >= 100 || !account.wasOpen)) break;
		if (elapsed >= patience$1) return pids.length;
		await setTimeout(pids.length === 0 ? 100 - elapsed : 20);
	}
	await rollBackPrepared(root, account);
	return 0;
}
/** Tells every session of the role to end. @returns their process ids, none when there are none */
async function tellSessionsToEnd({ connection }, { oid }) {
	return (await connection.rows(`SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = ${oid}`)).map(({ pid }) => Number(pid));
}
/** A prepared transaction outlives its session and keeps its locks. Only its owner, in its database, can end it. */
async function rollBackPrepared(root, { principal }) {
	const rows = await root.connection.rows("SELECT gid, database FROM pg_prepared_xacts WHERE owner = $1", [principal]);
	for (const { gid, database } of rows) {
		await using there = await root.elsewhere(String(database));
		await there.connection.rows(`SET ROLE ${quoteName(principal)}`);
		await there.connection.rows(`ROLLBACK PREPARED ${quoteLiteral(String(gid))}`);
	}
}
/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runStatements({ connection }, { principal }, statements) {
	if (statements === "") return "";
	const text = renderStatements(statements, { name: principal }, "revocation-statements");
	try {
		await connection.rows(`SET LOCAL search_path TO DEFAULT;\n${text}\n;SET LOCAL search_path = pg_catalog`);
		return "";
	} catch (error) {
		if (sqlState(error) === void 0) throw error;
		return `the revocation-statements failed: ${messageOf(error)}`;
	}
}
/** Rungs 3 and 4: drops the role, after cleaning up where something stands in the way. @returns what still does */
async function remove(root, account) {
	if (await drop$1(root, account)) return void 0;
	const remains = await clean(root, account);
	if (await drop$1(root, account)) return void 0;
	if (!root.isSuperuser) await root.connection.rows(`REVOKE ${quoteName(account.principal)} FROM CURRENT_USER`);
	return remains;
}
/** @returns whether it is gone; if not, other things depend on it */
async function drop$1({ connection }, { principal }) {
	try {
		await connection.rows(`DROP ROLE IF EXISTS ${quoteName(principal)}`);
		return true;
	} catch (error) {
		if (sqlState(error) === "2BP01") return false;
		throw error;
	}
}
/** Idea 4: the lease ends itself, because no root can. */
async function endSelf(login, { signal }) {
	let connection;
	try {
		connection = await retry(async () => await Connection.open(login.target, login, "joblease end", signal), canHeal, signal);
	} catch (error) {
		if (!isLoginRefused(error)) throw error;
		return {
			outcome: "absent",
			sessionsEnded: 0
		};
	}
	await using own = connection;
	const name = quoteName(login.user);
	await own.rows("SET SESSION AUTHORIZATION DEFAULT; SET ROLE NONE; SET search_path = pg_catalog; SET statement_timeout = 0");
	await own.rows("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE");
	await own.rows(`ALTER ROLE ${name} PASSWORD ${quoteLiteral(unusableVerifier())}`);
	const others = `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE usesysid = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND pid <> pg_backend_pid()`;
	const sessions = /* @__PURE__ */ new Set();
	const started = Date.now();
	for (let rows = await own.rows(others); rows.length > 0; rows = await own.rows(others)) {
		for (const { pid } of rows) sessions.add(pid);
		if (Date.now() - started >= patience$1) return {
			outcome: "failed",
			reason: `${rows.length} of its sessions did not end`,
			sessionsEnded: sessions.size
		};
		await setTimeout(20);
	}
	return {
		outcome: "disabled",
		reason: "no root credential could end it, so it scrambled its own password; the role waits for the sweep",
		sessionsEnded: sessions.size
	};
}
// src/engines/postgres/end.ts
/** How long the ladder tries again against whoever holds a lock on a role, in milliseconds; and after it was in vain. */
const patience = {
	first: 5e3,
	further: 1e3
};
/**
* Ends many leases: roles with nothing in the way by one DROP ROLE, which is a transaction, and each of the others down
* the ladder by itself.
*
* @throws when the connection is lost; what was not yielded by then may or may not have ended
*/
async function* end(root, leases, config, context) {
	const sorted = leases.toSorted((a, b) => a.principal < b.principal ? -1 : 1);
	const ended = /* @__PURE__ */ new Map();
	if (config["revocation-statements"] === "") try {
		await endTogether(root, sorted, ended);
	} catch (error) {
		if (isLost(error)) throw error;
	}
	yield* ended;
	let isHeldUp = false;
	for (const lease of sorted.filter((each) => !ended.has(each))) {
		const limit = AbortSignal.timeout(isHeldUp ? patience.further : patience.first);
		const signal = AbortSignal.any([context.signal, limit]);
		try {
			yield [lease, await revoke(root, lease.principal, config, {
				...context,
				signal
			})];
		} catch (error) {
			if (isLost(error) && error !== limit.reason) throw error;
			isHeldUp ||= isContention(error);
			yield [lease, await giveUp(root, lease, error)];
		}
	}
}
/**
* The ladder for many at once, for those that it can take no wrong turn with.
*
* @param ended gets those that are gone; the others have to go by themselves
*/
async function endTogether(root, leases, ended) {
	const free = await findFree(root, leases, ended);
	const open = free.filter(({ canLogIn }) => canLogIn);
	if (open.length === 0) {
		await drop(root, free, ended);
		return;
	}
	const close = open.map(({ lease }) => `ALTER ROLE ${quoteName(lease.principal)} NOLOGIN PASSWORD NULL`).join(";");
	await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${close}`);
	if (open.some(({ wasOpen }) => wasOpen)) await setTimeout(100);
	await drop(root, await findFree(root, free.map(({ lease }) => lease), ended), ended);
}
async function drop(root, roles, ended) {
	if (roles.length === 0) return;
	const names = roles.map(({ lease }) => quoteName(lease.principal)).join(", ");
	try {
		await root.connection.rows(`SET LOCAL lock_timeout = '1s'; DROP ROLE ${names}`);
	} catch (error) {
		if (isLost(error)) throw error;
		if (roles.length === 1) return;
		const leases = roles.map(({ lease }) => lease);
		const half = Math.ceil(leases.length / 2);
		for (const part of [leases.slice(0, half), leases.slice(half)]) await drop(root, await findFree(root, part, ended), ended);
		return;
	}
	const lingering = await sessionsOf(root, roles);
	for (const { lease, oid } of roles) ended.set(lease, lingering.has(oid) ? stillOpen : {
		outcome: "revoked",
		sessionsEnded: 0
	});
}
/** Those among the leases whose roles nothing keeps. @param ended gets those that are gone already */
async function findFree(root, leases, ended) {
	const found = await find(root, leases);
	for (const lease of leases) if (!found.has(lease.principal)) ended.set(lease, {
		outcome: "absent",
		sessionsEnded: 0
	});
	return [...found.values()].filter(({ isFree }) => isFree);
}
const stillOpen = {
	outcome: "failed",
	reason: "a session that began before it was disabled is still open",
	sessionsEnded: 0
};
/** Looks at roles, all by one query. Those that no longer exist are left out. */
async function find(root, leases) {
	const byName = new Map(leases.map((lease) => [lease.principal, lease]));
	const mayDrop = root.isSuperuser || root.version < 16e4 ? "true" : `EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND admin_option
            AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
	const rows = await root.connection.rows(`SELECT r.rolname::text AS name, r.oid::int8::float8 AS oid,
        rolcanlogin, rolcanlogin AND coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS was_open,
        ${mayDrop}
          AND r.oid NOT IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL)
          AND r.rolname::text NOT IN (SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL)
          AND r.rolname NOT IN (SELECT owner FROM pg_prepared_xacts)
          AND r.oid NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_authid'::regclass)
          AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid
            AND classid <> 'pg_auth_members'::regclass) AS free
      FROM pg_roles r WHERE rolname = ANY ($1)`, [[...byName.keys()]]);
	const found = /* @__PURE__ */ new Map();
	for (const row of rows) {
		const lease = byName.get(row["name"]);
		if (lease === void 0) continue;
		found.set(lease.principal, {
			lease,
			oid: Number(row["oid"]),
			canLogIn: row["rolcanlogin"] === true,
			wasOpen: row["was_open"] === true,
			isFree: row["free"] === true
		});
	}
	return found;
}
/** Tells the sessions of dropped roles to end, where there are any. @returns the oids of their roles */
async function sessionsOf({ connection }, dropped) {
	const rows = await connection.rows("SELECT pid, usesysid::int8::float8 AS oid FROM pg_stat_activity WHERE usesysid = ANY ($1::oid[])", [dropped.map(({ oid }) => oid)]);
	for (const { pid } of rows) await connection.rows(`SELECT pg_terminate_backend(${Number(pid)})`).catch((error) => {
		if (isLost(error)) throw error;
	});
	return new Set(rows.map(({ oid }) => Number(oid)));
}
/** What has become of a lease whose ladder broke. */
async function giveUp(root, lease, error) {
	const one = (await find(root, [lease])).get(lease.principal);
	if (one === void 0) return {
		outcome: "absent",
		sessionsEnded: 0
	};
	return {
		outcome: one.wasOpen || (await sessionsOf(root, [one])).size > 0 ? "failed" : "disabled",
		reason: `it could not be ended this time: ${messageOf(error)}`,
		...isContention(error) ? { fix: "An open transaction holds a lock on it; when that is over, the next sweep ends it." } : {},
		sessionsEnded: 0
	};
}
/** Whether an error ends more than one statement: nothing further can be done in this session. */
function isLost(error) {
	return canHeal(error) || sqlState(error) === void 0 && !(error instanceof UserError);
}
// src/engines/postgres/leases.ts
const select = `SELECT rolname AS name, rolcanlogin AS login, extract(epoch FROM rolvaliduntil)::float8 AS until,
    pg_roles.oid IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL) AS connected,
    description, extract(epoch FROM clock_timestamp())::float8 AS now
  FROM pg_roles LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass`;
/** Small enough for the memory to stay flat, however long the list is. */
const pageSize = 2e3;
/** Every role of ours in the cluster, a page at a time. */
async function* list(root) {
	const ours = `${select} WHERE rolname ~ ${quoteLiteral(principalPattern)}`;
	let rows;
	let last = "";
	do {
		rows = await root.connection.rows(`${ours} AND rolname > $1 ORDER BY rolname LIMIT ${pageSize}`, [last]);
		for (const row of rows) {
			last = String(row["name"]);
			const principal = parsePrincipal(last);
			if (principal !== void 0) yield toLease(principal, row);
		}
	} while (rows.length === pageSize);
}
/** Roles that are named nearly like ours, or that carry a record of ours under another name. */
async function* lookalikes(root) {
	const rows = await root.connection.rows(`SELECT rolname AS name, description FROM pg_roles
      LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass
      WHERE rolname !~ ${quoteLiteral(principalPattern)} AND (rolname LIKE 'jl\\_%' OR description LIKE '{"v":%')
      ORDER BY rolname`);
	for (const { name, description } of rows) if (String(name).startsWith("jl_") || isRecord(description)) yield String(name);
}
/** Moves a lease's end, in the role and in its record, by one message and so at once. */
async function renew(root, principal, ttl) {
	const [row] = await root.connection.rows(`${select} WHERE rolname = $1`, [principal]);
	if (row === void 0) throw new UserError(`${principal} no longer exists`);
	const { record, over } = toLease(principal, row);
	if (record === void 0) throw new UserError(`${principal} carries no lease record`);
	if (over) throw new UserError(`${principal} is over: a lease that has ended is not brought back; mint a new one`);
	const exp = Math.min(Math.floor(Number(row["now"])) + ttl, record.max);
	const renewed = {
		...record,
		exp
	};
	const expiresAt = /* @__PURE__ */ new Date(exp * 1e3);
	await root.connection.rows(`ALTER ROLE ${quoteName(principal)} VALID UNTIL ${quoteLiteral(expiresAt.toISOString())};
     COMMENT ON ROLE ${quoteName(principal)} IS ${quoteLiteral(encodeRecord(renewed))}`);
	return {
		principal,
		record: renewed,
		expiresAt,
		over: false,
		usable: true
	};
}
function toLease(principal, row) {
	const { description, login, connected } = row;
	const now = Number(row["now"]);
	const record = typeof description === "string" ? decodeRecord(description) : void 0;
	const until = row["until"] === null ? Infinity : Number(row["until"]);
	const end = Number.isFinite(until) ? until : record?.exp;
	return {
		principal,
		record,
		expiresAt: end === void 0 ? void 0 : /* @__PURE__ */ new Date(end * 1e3),
		over: login !== true || end !== void 0 && end <= now,
		usable: login === true && until > now || connected === true,
		shell: login !== true && connected !== true,
		unreadable: typeof description === "string" && record === void 0
	};
}
function isRecord(description) {
	return typeof description === "string" && decodeRecord(description) !== void 0;
}
// src/engines/postgres/mint.ts
/**
* Mints a role in one message, so in one transaction: the role with its verifier and its expiry, its memberships, its
* lease record, and what the user's own statements do.
*
* @throws UserError for a right that root lacks, an unknown group, or an error in the user's statements
*/
async function mint(root, draft, config, context) {
	const groups = config["member-of"];
	const now = await checkRights(root, draft.principal, groups);
	const expiresAt = /* @__PURE__ */ new Date((now + draft.ttl) * 1e3);
	const record = encodeRecord({
		v: 1,
		...draft.job,
		role: draft.role,
		iat: now,
		exp: now + draft.ttl,
		max: now + draft.maxTtl,
		heir: groups[0] ?? ""
	});
	const verifier = scramVerifier(draft.password);
	const message = composeMint(draft.principal, verifier, expiresAt, record, config);
	try {
		await retry(async () => await root.connection.rows(message.text), isContention, context.signal);
	} catch (error) {
		throw explain(error, message, verifier);
	}
	return handOver(root, draft, config, expiresAt);
}
/** @returns the server's clock in epoch seconds */
async function checkRights(root, principal, groups) {
	const actor = quoteName(root.actor);
	const [facts] = await root.connection.rows(`SET application_name = ${quoteLiteral(principal)}; SELECT floor(extract(epoch FROM clock_timestamp()))::float8 AS now, rolcreaterole OR rolsuper AS creates,
        rolinherit OR rolsuper AS inherits FROM pg_roles WHERE rolname = current_user`);
	if (facts?.["creates"] !== true) {
		const fix = `Run as a superuser: ALTER ROLE ${actor} CREATEROLE;`;
		throw new UserError(`${actor} may not create roles`, {
			input: "root",
			fix
		});
	}
	if (root.version < 16e4 && facts["inherits"] !== true) {
		const fix = `Run: ALTER ROLE ${actor} INHERIT;`;
		throw new UserError(`${actor} is NOINHERIT, so it could not end the sessions of what it mints`, {
			input: "root",
			fix
		});
	}
	if (groups.length > 0) await checkGroups(root, groups);
	return Number(facts["now"]);
}
async function checkGroups(root, groups) {
	const rows = await root.connection.rows(`SELECT rolname AS name, pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION') AS may_grant, rolsuper AS superuser
      FROM pg_roles WHERE rolname = ANY ($1)`, [groups]);
	for (const group of groups) {
		const row = rows.find(({ name }) => name === group);
		if (row === void 0) throw new UserError(`there is no role ${JSON.stringify(group)}`, {
			input: "member-of",
			fix: "Role names are taken as they are written, upper and lower case included."
		});
		if (row["superuser"] === true) throw new UserError(`${JSON.stringify(group)} is a superuser: no job may be a member of it`, { input: "member-of" });
		if (row["may_grant"] === true || root.isSuperuser || root.version < 16e4) continue;
		throw new UserError(`${quoteName(root.actor)} may not make others members of ${quoteName(group)}`, {
			input: "member-of",
			fix: `Run: GRANT ${quoteName(group)} TO ${quoteName(root.actor)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;`
		});
	}
}
function composeMint(principal, verifier, expiresAt, record, config) {
	const name = quoteName(principal);
	const expiration = expiresAt.toISOString().replace("T", " ").replace(/\.\d+Z$/, "+00");
	const statements = config["creation-statements"];
	const makeOwn = mentions(statements, "password");
	const attributes = `LOGIN CONNECTION LIMIT ${config["connection-limit"]} PASSWORD ${quoteLiteral(verifier)} VALID UNTIL ${quoteLiteral(expiration)}`;
	const groups = config["member-of"].map(quoteName);
	const ours = [
		`${makeOwn ? "ALTER" : "CREATE"} ROLE ${name} ${attributes}`,
		`COMMENT ON ROLE ${name} IS ${quoteLiteral(record)}`,
		...groups.length > 0 ? [`GRANT ${groups.join(", ")} TO ${name}`] : [],
		...groups.length === 1 ? [`ALTER ROLE ${name} SET role = ${quoteLiteral(config["member-of"][0] ?? "")}`] : []
	].join(";\n");
	if (statements === "") return {
		text: ours,
		statements: {
			start: 0,
			text: ""
		}
	};
	const theirs = renderStatements(statements, {
		name: principal,
		password: verifier,
		expiration
	}, "creation-statements");
	const before = `${makeOwn ? "" : `${ours};\n`}SET LOCAL search_path TO DEFAULT;\n`;
	const after = `\n;SET LOCAL search_path = pg_catalog${makeOwn ? `;\n${ours}` : ""}`;
	return {
		text: before + theirs + after,
		statements: {
			start: Array.from(before).length,
			text: theirs
		}
	};
}
/** Says what went wrong in the user's statements, and where, by their own lines and columns. */
function explain(error, { statements }, verifier) {
	const state = sqlState(error);
	if (state === void 0 || statements.text === "") return error;
	const input = "creation-statements";
	const said = messageOf(error).replaceAll(verifier, "{{password}}");
	if (state === "42704" && errorPosition(error) === void 0 && /jl_/.test(said)) return new UserError("they use {{password}} but do not create the role", {
		input,
		said,
		fix: "Statements that use {{password}} must begin with: CREATE ROLE \"{{name}}\" …; leave {{password}} out to have the role made for them.",
		cause: error
	});
	const position = errorPosition(error);
	const offset = position === void 0 ? void 0 : position - 1 - statements.start;
	const characters = Array.from(statements.text);
	const inside = offset !== void 0 && offset >= 0 && offset <= characters.length;
	const lines = characters.slice(0, inside ? offset : 0).join("").split("\n");
	const where = inside ? ` (line ${lines.length}, column ${Array.from(lines.at(-1) ?? "").length + 1})` : "";
	return new UserError(`the server refused the statements${where}`, {
		input,
		said: `${said} [${state}]`,
		cause: error
	});
}
function handOver(root, draft, config, expiresAt) {
	const database = config.database === "" ? root.root.database : config.database;
	const target = {
		...root.connection.target,
		database
	};
	const { host, port, sslmode } = target;
	const { principal: user, password } = draft;
	const login = {
		user,
		password,
		target
	};
	const authority = config["tls-ca"] === "" ? root.root.sslrootcert : config["tls-ca"];
	const sslrootcert = authority?.includes("\n") === true ? void 0 : authority;
	const url = formatUrl({
		user,
		password,
		database,
		sslmode
	}, {
		host,
		port
	}, sslrootcert);
	return {
		expiresAt,
		expiryClass: "login",
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
			PGHOST: host,
			PGPORT: String(port),
			PGUSER: user,
			PGPASSWORD: password,
			PGDATABASE: database,
			PGSSLMODE: sslmode,
			...sslrootcert === void 0 ? {} : { PGSSLROOTCERT: sslrootcert },
			DATABASE_URL: url
		}
	};
}
// src/engines/postgres/engine.ts
/** PostgreSQL 15 and newer. */
const engine = {
	open: async (roots, config, context) => session(await openRoot(roots, config, context), config, context),
	canHeal,
	batch: 50,
	endSelf: async (credential, _config, context) => await endSelf(JSON.parse(credential), context),
	async *rotateRoot(roots, config, terms, context) {
		const { rotateRoot } = await import("./postgres-rotate.js");
		return yield* rotateRoot(roots, config, terms, context);
	}
};
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
		await using connection = await Connection.open(login.target, login, "joblease verify", signal);
		await connection.rows("SELECT 1");
	} catch (error) {
		throw loginError(error, login.target, login, "verify");
	}
}
export { engine };
