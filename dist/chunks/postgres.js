import { S as sqlState, _ as errorPosition, a as otherDatabases, b as quoteLiteral, c as startAfter, d as isLoginRefused, f as isLost, g as epoch, h as Connection, i as openRoot, l as canHeal, m as loginError, n as unusableVerifier, o as pins, p as isShutOut, r as firstLine, s as preamble, t as scramVerifier, u as isContention, v as integer, x as quoteName, y as names } from "./postgres-shared.js";
import { F as parsePrincipal, L as principalPattern, R as retry, V as formatUrl, a as renderStatements, et as UserError, i as mentions, n as encodeRecord, t as decodeRecord, tt as messageOf } from "./shared.js";
import { setTimeout } from "node:timers/promises";
// src/engines/postgres/account.ts
/** @returns undefined when the role does not exist */
async function findAccount(root, principal) {
	const [row] = await root.connection.rows(accountQuery(root, principal));
	return row === void 0 ? void 0 : toAccount(row, principal);
}
/** What {@link toAccount} takes: one row, or none when the role does not exist. */
function accountQuery({ version }, principal) {
	return `SELECT r.oid::text AS oid, description, m.groups::text AS groups, m.grantors::text AS grantors,
      ${version < 16e4 ? "o.groups::text AS onward_groups, o.members::text AS onward_members" : "NULL AS onward_groups, NULL AS onward_members"}
    FROM pg_roles r LEFT JOIN pg_shdescription ON objoid = r.oid AND classoid = 'pg_authid'::regclass
      CROSS JOIN LATERAL (SELECT json_agg(pg_get_userbyid(roleid)) AS groups, json_agg(${version < 16e4 ? "''::text" : "pg_get_userbyid(grantor)"}) AS grantors
        FROM pg_auth_members WHERE member = r.oid) AS m
      ${version < 16e4 ? `CROSS JOIN LATERAL (WITH RECURSIVE onward AS (
        SELECT roleid, member, admin_option FROM pg_auth_members WHERE grantor = r.oid
        UNION SELECT m.roleid, m.member, m.admin_option FROM pg_auth_members m
          JOIN onward o ON m.roleid = o.roleid AND m.grantor = o.member AND o.admin_option)
      SELECT json_agg(pg_get_userbyid(roleid)) AS groups, json_agg(pg_get_userbyid(member)) AS members FROM onward) AS o` : ""}
    WHERE rolname = ${quoteLiteral(principal)}`;
}
function toAccount(row, principal) {
	const record = typeof row["description"] === "string" ? decodeRecord(row["description"]) : void 0;
	const grantors = names(row["grantors"]);
	const members = names(row["onward_members"]);
	return {
		principal,
		oid: integer(row["oid"]),
		heir: record === void 0 || record.heir === "" ? void 0 : record.heir,
		mintedAt: record?.iat,
		memberships: names(row["groups"]).map((group, i) => ({
			group,
			grantor: grantors[i] ?? ""
		})),
		onward: names(row["onward_groups"]).map((group, i) => ({
			group,
			member: members[i] ?? ""
		}))
	};
}
/**
* The group that gets what the role owns; undefined when everything has to stay where it is.
*
* Whoever may create roles can make one with a name and a record of ours and give root the ADMIN option on it. What
* such a role owns, a SECURITY DEFINER function say, must not come to act as somebody whom its maker could not act as.
* So the heir is a group that the role is a member of, which only an administrator of the group can bring about; root
* must have created the role itself, and the heir may not be somebody who can act as root. Up to PostgreSQL 15
* CREATEROLE alone makes an administrator of every group, and nothing tells who has created a role.
*/
async function findHeir(root, { oid, heir }) {
	if (heir === void 0) return void 0;
	const conditions = [`NOT ${mayActAsRoot(root, "h.oid")}`];
	if (root.version >= 16e4) {
		conditions.push(`EXISTS (SELECT FROM pg_auth_members WHERE member = ${oid} AND roleid = h.oid)`);
		const created = `EXISTS (SELECT FROM pg_auth_members WHERE roleid = ${oid} AND admin_option AND grantor = 10
        AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
		if (!root.isSuperuser) conditions.push(created);
	}
	const [row] = await root.connection.rows(`SELECT FROM pg_roles h WHERE rolname = ${quoteLiteral(heir)} AND ${conditions.join(" AND ")}`);
	return row === void 0 ? void 0 : heir;
}
/** Roles that reach further than root's own rights do: they run programs and read and write files as the server. */
const serverRoles = [
	"pg_execute_server_program",
	"pg_read_server_files",
	"pg_write_server_files"
];
/**
* A condition: whether a member of the role could come to act as a superuser, as root, or as the server itself. Whether
* a membership on the way is inherited is no matter.
*
* @param oid an expression
*/
function mayActAsRoot({ root, actor }, oid) {
	return `EXISTS (SELECT FROM pg_roles strong WHERE (strong.rolsuper OR strong.rolname IN (${[
		...serverRoles,
		actor,
		root.user
	].map((name) => quoteLiteral(name)).join(", ")}))
      AND pg_has_role(${oid}, strong.oid, 'MEMBER'))`;
}
/**
* Makes root a member of a role with all that the role may do: ending its sessions and giving away what it owns take
* membership, the ADMIN option of the one who created it is not enough (PostgreSQL 16 and newer).
*/
function grantToActor({ version }, role) {
	return `GRANT ${quoteName(role)} TO CURRENT_USER${version < 16e4 ? "" : " WITH INHERIT TRUE, SET TRUE"}`;
}
/**
* Root needs to be a member of a group while it hands objects over to it or ends what it has prepared, with and without
* having been one before.
*
* @returns the statements that bring that about and that put it back as it was
*/
async function borrowMembership(root, group) {
	if (root.isSuperuser || group === root.actor) return ["", ""];
	const take = grantToActor(root, group);
	const mine = `roleid = (SELECT oid FROM pg_roles WHERE rolname = ${quoteLiteral(group)})
      AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user)`;
	if (root.version < 16e4) return (await root.connection.rows(`SELECT FROM pg_auth_members WHERE ${mine}`)).length > 0 ? ["", ""] : [take, `REVOKE ${quoteName(group)} FROM CURRENT_USER`];
	const [known] = await root.connection.rows(`SELECT inherit_option, set_option FROM pg_auth_members WHERE ${mine} AND grantor = member`);
	if (known === void 0) return [take, `REVOKE ${quoteName(group)} FROM CURRENT_USER GRANTED BY CURRENT_USER`];
	const [inherit, set] = [known["inherit_option"], known["set_option"]].map((on) => on === true ? "TRUE" : "FALSE");
	return [take, `GRANT ${quoteName(group)} TO CURRENT_USER WITH INHERIT ${inherit}, SET ${set}`];
}
// src/engines/postgres/presence.ts
/** Who is there as a role, also before the server shows it: sessions, and logins that are under way. */
/**
* Two statements that have to stand at the head of a message; {@link toPresence} reads the rows of the second.
*
* A session shows up in pg_stat_activity with its role only when its login is complete. Any client can make the server
* sleep right before that, after all its checks (`post_auth_delay`). But from before it asks for the password until then
* a login is a transaction, whose lock everybody can see. The locks come first: who is neither there nor in the
* activity that is read later has begun after what the message follows.
*
* @param oids of the roles whose sessions are meant
* @param act what is done with each of the sessions, an expression
*/
function presenceQuery(oids, act = "NULL") {
	return `SELECT set_config('joblease.busy', coalesce((SELECT string_agg(pid::text, ',') FROM pg_locks
        WHERE locktype = 'virtualxid' AND pid IS NOT NULL), ''), true);
    SELECT pid::text AS pid, usesysid::text AS oid, ${act} AS done FROM pg_stat_activity
        WHERE usesysid IN (${["0", ...oids].join(", ")}) AND pid <> pg_backend_pid()
      UNION ALL SELECT pid, NULL, NULL FROM unnest(string_to_array(current_setting('joblease.busy'), ',')) AS busy (pid)
        WHERE pid NOT IN (SELECT pid::text FROM pg_stat_activity WHERE usesysid IS NOT NULL OR datid IS NOT NULL)`;
}
function toPresence(rows) {
	return {
		sessions: rows.filter(({ oid }) => oid !== null).map(({ pid, oid }) => ({
			pid: integer(pid),
			oid: integer(oid)
		})),
		logins: rows.filter(({ oid }) => oid === null).map(({ pid }) => integer(pid))
	};
}
/**
* Ends those of the logins under way that are one of the roles'. The server knows whose they are and does not show it,
* but it lets a role end what is its own and nothing else: so each is tried as each of the roles, never as root.
*
* @param principals roles that root has the ADMIN option on
* @returns the process ids of those that were told to end
*/
async function endLogins(root, principals, logins) {
	if (logins.length === 0 || principals.length === 0) return [];
	const join = root.isSuperuser ? "" : principals.map((principal) => `${grantToActor(root, principal)};`).join(" ");
	return (await root.connection.rows(`${join} DO $$ DECLARE lease text; login int; ended text[] := '{}'; BEGIN
      FOREACH lease IN ARRAY ARRAY[${principals.map((name) => `'${name}'`).join(", ")}] LOOP
        EXECUTE format('SET LOCAL ROLE %I', lease);
        CONTINUE WHEN pg_has_role('pg_signal_backend', 'USAGE');
        FOREACH login IN ARRAY ARRAY[${logins.join(", ")}] LOOP
          BEGIN
            IF pg_terminate_backend(login) THEN ended := ended || login::text; END IF;
          EXCEPTION WHEN insufficient_privilege THEN NULL;
          END;
        END LOOP;
      END LOOP;
      PERFORM set_config('joblease.ended', array_to_string(ended, ','), true);
    END $$; SELECT DISTINCT unnest(string_to_array(current_setting('joblease.ended'), ',')) AS pid`)).map(({ pid }) => integer(pid));
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
	const heir = rows.length === 0 ? void 0 : await findHeir(root, account);
	const reasons = [];
	const fixes = [];
	for (const { name } of rows) {
		const database = String(name);
		const left = await cleanDatabase(root, account, heir, database);
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
async function cleanDatabase(root, account, heir, database) {
	if (database === root.connection.target.database) return await cleanHere(root, account, heir);
	let there;
	try {
		there = await root.elsewhere(database);
	} catch (error) {
		if (sqlState(error) === void 0) throw error;
		return `it has owned objects or privileges, but root cannot log in there: ${messageOf(error)}`;
	}
	await using session = there;
	return await cleanHere(session, account, heir);
}
async function cleanHere(root, { principal, oid }, heir) {
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
		await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${text.join(";\n")}`);
	} catch (error) {
		if (sqlState(error) === void 0 || isContention(error)) throw error;
		complaint = sqlState(error) === "2BP01" ? "" : ` (${messageOf(error)})`;
	}
	const objects = await describe$1(root, oid);
	return objects === "" ? "" : objects + complaint;
}
/** What ties the role to this database and to the cluster, in words; `''` for nothing. */
async function describe$1({ connection }, oid) {
	const rows = await connection.rows(`SELECT CASE deptype WHEN 'o' THEN 'it owns' WHEN 'a' THEN 'it has privileges on' ELSE 'it is named by' END
        || ' ' || pg_describe_object(classid, objid, objsubid) AS tie
      FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${oid}
        AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      ORDER BY tie LIMIT 11`);
	return rows.slice(0, described).map(({ tie }) => String(tie)).join(", ") + (rows.length > described ? " and more" : "");
}
// src/engines/postgres/locks.ts
/** Statements that wait for a lock, and who holds it. */
/**
* Sends what had to wait for a lock once more, and tells who holds that lock while it waits.
*
* @param tell gets each holder, may be the same one several times, and a session of root's to take it out of the way with
* @returns the rows of the last statement
* @throws what the server says in the end
*/
async function outlast(root, text, tell) {
	const over = new AbortController();
	const waiting = root.connection.rows(text).finally(() => {
		over.abort();
	});
	const watching = watch();
	const [answer] = await Promise.allSettled([waiting, watching]);
	if (answer.status === "rejected") throw answer.reason;
	return answer.value;
	async function watch() {
		await using there = await root.elsewhere(root.connection.target.database);
		while (!over.signal.aborted) {
			for (const row of await there.connection.rows(holders(root.pid))) await tell(toHolder(row), there);
			await setTimeout(20);
		}
	}
}
function describe(holder) {
	if (!("prepared" in holder)) return `process ${holder.pid} of ${quoteName(holder.user)} holds a lock on it`;
	const { gid, owner, database } = holder.prepared;
	return `the transaction ${JSON.stringify(gid)} that ${quoteName(owner)} has prepared in the database "${database}" holds a lock on it`;
}
/** Those who hold what a process waits for. A prepared transaction has no process. */
function holders(pid) {
	const lock = "locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid";
	const of = (alias) => lock.replaceAll(/\w+/g, (column) => `${alias}.${column}`);
	return `SELECT h.pid::text AS pid, usename::text AS user, gid, p.database::text AS database, owner::text AS owner
    FROM pg_locks w JOIN pg_locks h ON h.granted AND (${of("h")}) IS NOT DISTINCT FROM (${of("w")})
      LEFT JOIN pg_stat_activity a ON a.pid = h.pid
      LEFT JOIN pg_locks x ON h.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid'
        AND x.virtualtransaction = h.virtualtransaction
      LEFT JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
    WHERE w.pid = ${pid} AND NOT w.granted AND h.pid IS DISTINCT FROM w.pid`;
}
function toHolder(row) {
	const { pid, user, gid, database, owner } = row;
	if (pid !== null) return {
		pid: integer(pid),
		user: String(user)
	};
	return { prepared: {
		gid: String(gid),
		database: String(database),
		owner: String(owner)
	} };
}
// src/engines/postgres/prepared.ts
/** Transactions that were prepared for a later commit, by a lease or as one of its groups. */
/** A statement that lists those of a lease and of its groups since it was minted. */
function preparedQuery({ principal, mintedAt }, groups) {
	const owners = [...groups].map((group) => quoteLiteral(group)).join(", ");
	const byGroup = owners === "" ? "false" : `owner IN (${owners}) AND prepared >= to_timestamp(${mintedAt ?? 0})`;
	return `SELECT gid, database::text AS database, owner::text AS owner FROM pg_prepared_xacts
    WHERE owner = ${quoteLiteral(principal)} OR ${byGroup}`;
}
function toPrepared({ gid, database, owner }) {
	return {
		gid: String(gid),
		database: String(database),
		owner: String(owner)
	};
}
/**
* Rolls back what a lease has prepared as itself.
*
* @returns what could not be, in words: it keeps its locks for good, and its owner is what a person finds it by
*/
async function rollBackAll(root, { principal }, prepared) {
	for (const transaction of prepared) {
		const { gid, database } = transaction;
		try {
			await finish(root, transaction);
		} catch (error) {
			if (sqlState(error) === void 0) throw error;
			return {
				reason: `in the database "${database}" its prepared transaction ${JSON.stringify(gid)} could not be rolled back: ${messageOf(error)}`,
				fix: `Run as a superuser:\n\\connect ${quoteName(database)}\nROLLBACK PREPARED ${quoteLiteral(gid)};\nDROP ROLE ${quoteName(principal)};`
			};
		}
	}
}
/**
* Rolls back a transaction that keeps a lock which a revocation waits for, if it was prepared by the lease or by one of
* its groups. Anybody else's is left alone.
*
* @param there not the session that waits
*/
async function rollBackHolder(there, { principal }, transaction, groups) {
	const { owner } = transaction;
	if (owner === principal) {
		await finish(there, transaction);
		return;
	}
	for (const group of groups) {
		if (!await isMember(there, group, owner)) continue;
		const [take, giveBack] = await borrowMembership(there, group);
		await there.connection.rows(take);
		try {
			await finish(there, transaction);
		} finally {
			await there.connection.rows(giveBack);
		}
		return;
	}
}
/** Only its owner may end a prepared transaction, or a superuser, and only in its database. */
async function finish(root, { gid, database, owner }) {
	await using there = await root.elsewhere(database);
	try {
		if (!root.isSuperuser) await there.connection.alone(`SET ROLE ${quoteName(owner)}`);
		await there.connection.alone(`ROLLBACK PREPARED ${quoteLiteral(gid)}`);
	} catch (error) {
		if (sqlState(error) !== "42704") throw error;
	}
}
async function isMember({ connection }, group, owner) {
	return (await connection.rows(`SELECT FROM pg_roles g, pg_roles o WHERE g.rolname = ${quoteLiteral(group)} AND o.rolname = ${quoteLiteral(owner)}
      AND NOT g.rolsuper AND pg_has_role(g.oid, o.oid, 'MEMBER')`)).length > 0;
}
// src/engines/postgres/revoke.ts
/** How long to wait for sessions to end that were told to, in milliseconds. */
const patience$2 = 1e4;
/** How long to try again against who holds a lock, in milliseconds; and when only a shell is left to remove. */
const trying = {
	first: 2e4,
	shell: 5e3
};
/** A lock that a lease or anybody else holds must not hold up a revocation for long at a time. */
const briefly = "SET LOCAL lock_timeout = '1s';";
/**
* Takes a role down the ladder: disable, end sessions, clean, remove. Each rung is committed by itself and may be
* repeated; two revocations at once do not harm each other.
*
* @param time for trying again against those who hold locks, in milliseconds
*/
async function revoke(root, principal, config, context, time = trying.first) {
	const descent = {
		sessions: /* @__PURE__ */ new Set(),
		groups: /* @__PURE__ */ new Set(),
		isEmpty: false,
		holder: ""
	};
	const signal = AbortSignal.any([context.signal, AbortSignal.timeout(time)]);
	const descend = async () => await down(root, principal, config, context, descent);
	const started = Date.now();
	const mayPass = (error) => isContention(error) && !(descent.isEmpty && Date.now() - started >= trying.shell);
	let end;
	try {
		end = await retry(descend, mayPass, signal);
	} catch (error) {
		if (isLost(error) || context.signal.aborted) throw error;
		end = await giveUp(root, principal, error, descent);
	}
	return {
		...end,
		sessionsEnded: descent.sessions.size
	};
}
async function down(root, principal, config, { warn }, descent) {
	const account = await begin(root, principal);
	if (account === void 0) return { outcome: "absent" };
	for (const { group } of account.memberships) descent.groups.add(group);
	const isIts = ({ owner }) => owner === principal;
	try {
		await disable(root, account, descent);
		const { left, prepared } = await endSessions(root, account, descent);
		if (left > 0) return {
			outcome: "failed",
			reason: `${left} of its sessions did not end within ${patience$2 / 1e3} s`
		};
		descent.isEmpty = true;
		const [its, others] = [prepared.filter(isIts), prepared.filter((each) => !isIts(each))];
		const held = await rollBackAll(root, account, its);
		if (held !== void 0) return {
			outcome: "disabled",
			...held
		};
		const complaint = await runStatements(root, account, config["revocation-statements"]);
		const removed = await remove(root, account, descent);
		if (typeof removed !== "number") return {
			outcome: "disabled",
			reason: [removed.reason, complaint].filter((text) => text !== "").join("; "),
			fix: removed.fix
		};
		if (removed > 0) return {
			outcome: "failed",
			reason: "a session that began before it was disabled is still open"
		};
		for (const { gid, owner, database } of others) warn(`${principal} or another member of "${owner}" has prepared the transaction ${JSON.stringify(gid)} in the database "${database}", which keeps its locks until somebody ends it`);
		return { outcome: "revoked" };
	} catch (error) {
		if (sqlState(error) === "42704" && await findAccount(root, principal) === void 0) return { outcome: "absent" };
		throw error;
	}
}
/**
* Looks at the role, and ends a mint of it that may still be under way on the server although its client is gone:
* otherwise the role could appear after it was found absent.
*/
async function begin(root, principal) {
	const message = `SET LOCAL ROLE NONE;
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ${quoteLiteral(principal)}
      AND usesysid = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND pid <> pg_backend_pid();
    SET LOCAL ROLE ${quoteName(root.actor)};
    ${accountQuery(root, principal)}`;
	const started = Date.now();
	for (;;) {
		const [mints = [], , [row] = []] = (await root.connection.results(message)).slice(-3);
		if (mints.length === 0 || Date.now() - started >= patience$2) return row === void 0 ? void 0 : toAccount(row, principal);
		await setTimeout(20);
	}
}
/** Rung 1: no new login, no more rights through groups; and root may act as the role, to end who is there. */
async function disable(root, account, descent) {
	const close = `ALTER ROLE ${quoteName(account.principal)} NOLOGIN PASSWORD NULL`;
	const join = root.isSuperuser ? [] : [grantToActor(root, account.principal)];
	const leave = takeMemberships(root, account);
	const send = async (...statements) => await root.connection.rows(`${briefly} ${statements.join("; ")}`);
	try {
		await send(close, ...join, ...leave);
		return;
	} catch (error) {
		if (sqlState(error) !== "42501" && !isContention(error)) throw error;
		if (!isContention(error)) await send(close);
	}
	const takeRights = async (mayPass) => {
		for (const statements of leave) await send(statements).catch((error) => {
			if (sqlState(error) !== "42501" && !mayPass(error)) throw error;
		});
	};
	await takeRights(isContention);
	await send(...join);
	await endSessions(root, account, descent);
	await inSpite(root, account, descent, `${briefly} ${close}`);
	await takeRights(() => false);
}
/** Sends a statement that may wait for a lock, and takes out of its way what the lease has prepared to hold it up. */
async function inSpite(root, account, descent, text) {
	return await outlast(root, text, async (holder, there) => {
		descent.holder = describe(holder);
		if ("prepared" in holder) await rollBackHolder(there, account, holder.prepared, descent.groups);
	});
}
/**
* The statements that take a role's memberships away, and those that it has granted to others: with the ADMIN option it
* can have made others members, which must neither outlive it nor keep it.
*/
function takeMemberships(root, { principal, heir, memberships, onward }) {
	const name = quoteName(principal);
	const taken = memberships.map(({ group, grantor }) => {
		const from = `REVOKE ${quoteName(group)} FROM ${name}`;
		if (root.version < 16e4) return `${from} CASCADE`;
		const leave = `${from} GRANTED BY ${quoteName(grantor)} CASCADE`;
		return group === heir ? `${leave}; GRANT ${quoteName(group)} TO ${name} WITH ADMIN FALSE, INHERIT FALSE, SET FALSE` : leave;
	});
	return [...onward.map(({ group, member }) => `REVOKE ${quoteName(group)} FROM ${quoteName(member)}`), ...taken];
}
/** Rung 2. */
async function endSessions(root, account, { sessions, groups }) {
	const message = `${presenceQuery([account.oid], "pg_terminate_backend(pid)")}; ${preparedQuery(account, groups)}`;
	const started = Date.now();
	for (;;) {
		const [there = [], prepared = []] = (await root.connection.results(message)).slice(-2);
		const { sessions: open, logins } = toPresence(there);
		const ended = await endLogins(root, [account.principal], logins);
		const pids = [...open.map(({ pid }) => pid), ...ended];
		for (const pid of pids) sessions.add(pid);
		const elapsed = Date.now() - started;
		if (pids.length === 0 && (logins.length === 0 || elapsed >= 100) || elapsed >= patience$2) return {
			left: pids.length,
			prepared: prepared.map(toPrepared)
		};
		await setTimeout(pids.length === 0 ? 5 : 20);
	}
}
/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runStatements(root, { principal }, statements) {
	if (statements === "") return "";
	if (root.shutOut !== void 0) return `the revocation-statements were not run: ${firstLine(root.shutOut)}`;
	const text = renderStatements(statements, { name: principal }, "revocation-statements");
	try {
		await root.connection.rows(`${briefly} ${text}`);
		return "";
	} catch (error) {
		if (sqlState(error) === void 0) throw error;
		return `the revocation-statements failed: ${messageOf(error)}`;
	}
}
/**
* Rungs 3 and 4: drops the role, after cleaning up where something stands in the way.
*
* @returns what still does, or how many sessions are there of what was dropped
*/
async function remove(root, account, descent) {
	const dropped = await drop$1(root, account, descent);
	if (dropped !== void 0) return dropped;
	const remains = await clean(root, account);
	const droppedNow = await drop$1(root, account, descent);
	if (droppedNow !== void 0) return droppedNow;
	if (!root.isSuperuser) await root.connection.rows(`REVOKE ${quoteName(account.principal)} FROM CURRENT_USER`);
	return remains;
}
/** @returns how many sessions are there in spite of all; undefined when other things depend on it, so that it is there */
async function drop$1(root, account, descent) {
	const text = `${briefly} DROP ROLE ${quoteName(account.principal)};
    SELECT pid::text AS pid FROM pg_stat_activity WHERE usesysid = ${account.oid}`;
	let sessions;
	try {
		sessions = await root.connection.rows(text).catch(async (error) => {
			if (!isContention(error)) throw error;
			return await inSpite(root, account, descent, text);
		});
	} catch (error) {
		if (sqlState(error) === "2BP01") return void 0;
		throw error;
	}
	for (const { pid } of sessions) await root.connection.rows(`SELECT pg_terminate_backend(${integer(pid)})`).catch((error) => {
		if (isLost(error)) throw error;
	});
	return sessions.length;
}
/** What has become of a role whose ladder broke. */
async function giveUp(root, principal, error, descent) {
	const [row] = await root.connection.rows(`SELECT rolcanlogin AS login, coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS valid,
      (SELECT string_agg(pg_get_userbyid(member)::text, ', ') FROM pg_auth_members
        WHERE roleid = r.oid AND ${root.version < 16e4 ? "false" : "admin_option AND grantor = 10"}) AS creator,
      (SELECT count(*)::text FROM pg_stat_activity WHERE usesysid = r.oid) AS sessions
    FROM pg_roles r WHERE rolname = ${quoteLiteral(principal)}`);
	if (row === void 0) return { outcome: "absent" };
	const isForeign = sqlState(error) === "42501";
	const isOpen = row["login"] === true && (row["valid"] === true || isForeign);
	const outcome = !descent.isEmpty && (isOpen || row["sessions"] !== "0") ? "failed" : "disabled";
	const said = messageOf(error);
	if (isForeign) {
		const creator = typeof row["creator"] === "string" ? ` It was created by ${row["creator"]}.` : "";
		return {
			outcome,
			reason: `${quoteName(root.actor)} has no right to end it: ${said}.${creator}`,
			fix: `Revoke it as the role that minted it (see "admin-role"), or run as a superuser: GRANT ${quoteName(principal)} TO ${quoteName(root.actor)} WITH ADMIN OPTION;`
		};
	}
	const reason = `it could not be ended this time: ${said}`;
	if (!isContention(error)) return {
		outcome,
		reason
	};
	return {
		outcome,
		reason: descent.holder === "" ? reason : `${reason}; ${descent.holder}`,
		fix: "An open transaction holds a lock on it; when that is over, the next sweep ends it."
	};
}
// src/engines/postgres/end.ts
/** How long the ladder tries again against whoever holds a lock on a role, in milliseconds; and after it was in vain. */
const patience$1 = {
	first: 5e3,
	further: 1e3
};
/**
* Ends many leases: roles with nothing in the way by one DROP ROLE, which is a transaction, and each of the others down
* the ladder by itself.
*
* @throws when the connection is lost; what was not yielded by then may or may not have ended
*/
async function* end$1(root, leases, config, context) {
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
		const limit = isHeldUp ? patience$1.further : patience$1.first;
		const started = Date.now();
		yield [lease, await revoke(root, lease.principal, config, context, limit)];
		isHeldUp ||= Date.now() - started >= limit;
	}
}
/**
* The ladder for many at once, for those that it can take no wrong turn with.
*
* @param ended gets those that are gone; the others have to go by themselves
*/
async function endTogether(root, leases, ended) {
	let found = await findFree(root, leases, ended);
	const open = found.free.filter(({ canLogIn }) => canLogIn);
	const lookAgain = async () => {
		return await findFree(root, found.free.map(({ lease }) => lease), ended);
	};
	if (open.length > 0) {
		const close = open.map(({ lease }) => `ALTER ROLE ${quoteName(lease.principal)} NOLOGIN PASSWORD NULL`).join(";");
		await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${close}`);
		found = await lookAgain();
	}
	const told = /* @__PURE__ */ new Set();
	for (const started = Date.now(); found.logins.length > 0 && Date.now() - started < 100; await setTimeout(5)) {
		const principals = found.free.map(({ lease }) => lease.principal);
		for (const pid of await endLogins(root, principals, found.logins)) told.add(pid);
		found = await lookAgain();
	}
	if (found.logins.some((pid) => told.has(pid))) return;
	await drop(root, found.free, ended);
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
		for (const part of [leases.slice(0, half), leases.slice(half)]) await drop(root, (await findFree(root, part, ended)).free, ended);
		return;
	}
	const lingering = await sessionsOf(root, roles);
	for (const { lease, oid } of roles) ended.set(lease, lingering.has(oid) ? stillOpen : {
		outcome: "revoked",
		sessionsEnded: 0
	});
}
const stillOpen = {
	outcome: "failed",
	reason: "a session that began before it was disabled is still open",
	sessionsEnded: 0
};
/** Those among the leases whose roles nothing keeps. @param ended gets those that are gone already */
async function findFree(root, leases, ended) {
	if (leases.length === 0) return {
		free: [],
		logins: []
	};
	const byName = new Map(leases.map((lease) => [lease.principal, lease]));
	const mayDrop = root.isSuperuser || root.version < 16e4 ? "true" : `EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND admin_option
            AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
	const hasGranted = root.version < 16e4 ? "EXISTS (SELECT FROM pg_auth_members WHERE grantor = r.oid)" : "false";
	const [there = [], rows = []] = (await root.connection.results(`${presenceQuery([])};
      SELECT r.rolname::text AS name, r.oid::text AS oid, rolcanlogin AS login,
        ${mayDrop} AND NOT ${hasGranted}
          AND r.oid NOT IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL)
          AND r.rolname::text NOT IN (SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL)
          AND r.rolname NOT IN (SELECT owner FROM pg_prepared_xacts)
          AND r.oid NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_authid'::regclass)
          AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid
            AND classid <> 'pg_auth_members'::regclass) AS free
      FROM pg_roles r WHERE rolname IN (${leases.map(({ principal }) => quoteLiteral(principal)).join(", ")})`)).slice(-2);
	const free = [];
	for (const row of rows) {
		const lease = byName.get(row["name"]);
		if (lease === void 0) continue;
		byName.delete(lease.principal);
		if (row["free"] === true) free.push({
			lease,
			oid: integer(row["oid"]),
			canLogIn: row["login"] === true
		});
	}
	for (const lease of byName.values()) ended.set(lease, {
		outcome: "absent",
		sessionsEnded: 0
	});
	return {
		free,
		logins: toPresence(there).logins
	};
}
/** Tells the sessions of dropped roles to end, where there are any. @returns the oids of their roles */
async function sessionsOf({ connection }, dropped) {
	const rows = await connection.rows(`SELECT pid::text AS pid, usesysid::text AS oid FROM pg_stat_activity
      WHERE usesysid IN (${dropped.map(({ oid }) => oid).join(", ")})`);
	for (const { pid } of rows) await connection.rows(`SELECT pg_terminate_backend(${integer(pid)})`).catch((error) => {
		if (isLost(error)) throw error;
	});
	return new Set(rows.map(({ oid }) => integer(oid)));
}
// src/engines/postgres/mint.ts
/**
* Mints a role in one message, so in one transaction: the role with its verifier and its expiry, its memberships, its
* lease record, and what the user's own statements do.
*
* @throws UserError for a right that root lacks, an unknown group, or an error in the user's statements
*/
async function mint(root, draft, config, context) {
	if (root.shutOut !== void 0) throw root.shutOut;
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
	const message = composeMint(root, draft.principal, verifier, expiresAt, record, config);
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
	if (!root.createsRoles && !root.isSuperuser) {
		const fix = `Run as a superuser: ALTER ROLE ${actor} CREATEROLE;`;
		throw new UserError(`${actor} may not create roles`, {
			input: "root",
			fix
		});
	}
	if (root.version < 16e4 && !root.inherits && !root.isSuperuser) {
		const fix = `Run: ALTER ROLE ${actor} INHERIT;`;
		throw new UserError(`${actor} is NOINHERIT, so it could not end the sessions of what it mints`, {
			input: "root",
			fix
		});
	}
	const named = groups.map((group) => quoteLiteral(group)).join(", ");
	const [facts = {}] = await root.connection.rows(`SET application_name = ${quoteLiteral(principal)};
     SELECT extract(epoch FROM clock_timestamp())::text AS now, ${which("true")} AS known, ${which("rolsuper")} AS super,
        ${which(`NOT rolsuper AND ${mayActAsRoot(root, "g.oid")}`)} AS strong,
        ${which("pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION')")} AS grantable
      FROM pg_roles g WHERE rolname IN (${named === "" ? "NULL" : named})`);
	const [known, strong, grantable] = [
		facts["known"],
		facts["strong"],
		facts["grantable"]
	].map(names);
	const superusers = names(facts["super"]);
	for (const group of groups) {
		if (known?.includes(group) !== true) throw new UserError(`there is no role ${JSON.stringify(group)}`, {
			input: "member-of",
			fix: "Role names are taken as they are written, upper and lower case included."
		});
		if (superusers.includes(group)) throw new UserError(`${JSON.stringify(group)} is a superuser: no job may be a member of it`, { input: "member-of" });
		if (strong?.includes(group) === true) throw new UserError(`a member of ${JSON.stringify(group)} could act as a superuser, as the server or as root`, {
			input: "member-of",
			fix: "Name a group that is not a member of such a role, of the root login or of \"admin-role\", directly or by way of others."
		});
		if (grantable?.includes(group) === true || root.isSuperuser || root.version < 16e4) continue;
		throw new UserError(`${quoteName(root.actor)} may not make others members of ${quoteName(group)}`, {
			input: "member-of",
			fix: `Run: GRANT ${quoteName(group)} TO ${quoteName(root.actor)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;`
		});
	}
	return Math.floor(epoch(facts["now"]));
}
/** Those of the groups that a condition holds for. */
function which(condition) {
	return `(json_agg(rolname) FILTER (WHERE ${condition}))::text`;
}
function composeMint(root, principal, verifier, expiresAt, record, config) {
	const name = quoteName(principal);
	const expiration = sqlTime(expiresAt);
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
	const before = makeOwn ? "" : `${ours};\n`;
	const after = `\n;${pins(root.actor)}${makeOwn ? `\n${ours}` : ""}`;
	const start = Array.from(root.connection.preamble + before).length;
	return {
		text: before + theirs + after,
		statements: {
			start,
			text: theirs
		}
	};
}
/** A time as every setting of the server reads it. */
function sqlTime(time) {
	return time.toISOString().replace("T", " ").replace(/\.\d+Z$/, "+00");
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
	const isUnknown = [
		"42P01",
		"42883",
		"42704",
		"3F000"
	].includes(state);
	return new UserError(`the server refused the statements${where}`, {
		input,
		said: `${said} [${state}]`,
		...isUnknown ? { fix: "Statements run with search_path = pg_catalog: name the schema of everything else, as in app.invoice." } : {},
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
// src/engines/postgres/leases.ts
const select = `SELECT rolname AS name, rolcanlogin AS login, extract(epoch FROM rolvaliduntil)::text AS until,
    pg_roles.oid IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL) AS connected,
    description, extract(epoch FROM clock_timestamp())::text AS now
  FROM pg_roles LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass`;
/** Small enough for the memory to stay flat, however long the list is. */
const pageSize = 2e3;
/** Every role of ours in the cluster, a page at a time. */
async function* list(root) {
	const ours = `${select} WHERE rolname ~ ${quoteLiteral(principalPattern)}`;
	let rows;
	let last = "";
	do {
		rows = await root.connection.rows(`${ours} AND rolname > ${quoteLiteral(last)} ORDER BY rolname LIMIT ${pageSize}`);
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
	const [row] = await root.connection.rows(`${select} WHERE rolname = ${quoteLiteral(principal)}`);
	if (row === void 0) throw new UserError(`${principal} no longer exists`);
	const { record, over } = toLease(principal, row);
	if (record === void 0) throw new UserError(`${principal} carries no lease record`);
	if (over) throw new UserError(`${principal} is over: a lease that has ended is not brought back; mint a new one`);
	const exp = Math.min(Math.floor(epoch(row["now"])) + ttl, record.max);
	const renewed = {
		...record,
		exp
	};
	const expiresAt = /* @__PURE__ */ new Date(exp * 1e3);
	await root.connection.rows(`ALTER ROLE ${quoteName(principal)} VALID UNTIL ${quoteLiteral(sqlTime(expiresAt))};
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
	const now = epoch(row["now"]);
	const record = typeof description === "string" ? decodeRecord(description) : void 0;
	const until = row["until"] === null ? Infinity : epoch(row["until"]);
	const end = Number.isFinite(until) ? until : record?.exp;
	return {
		principal,
		record,
		expiresAt: end === void 0 ? void 0 : /* @__PURE__ */ new Date(end * 1e3),
		over: login !== true || end !== void 0 && end <= now,
		usable: login === true && until > now || connected === true,
		unreadable: typeof description === "string" && record === void 0
	};
}
function isRecord(description) {
	return typeof description === "string" && decodeRecord(description) !== void 0;
}
// src/engines/postgres/self.ts
/** How long to wait for sessions, and for logins that are under way, in milliseconds; a post step has 30 s for all. */
const patience = 15e3;
/** Idea 4: the lease ends itself, because no root can. */
async function endSelf(login, { signal }) {
	try {
		return await logInAndEnd(login, {}, signal);
	} catch (error) {
		if (!isShutOut(error, login.target)) throw error;
		return await logInAndEnd(login, startAfter(error), signal);
	}
}
async function logInAndEnd(login, settings, signal) {
	let connection;
	try {
		connection = await retry(async () => await Connection.open(login.target, login, {
			name: "joblease end",
			settings
		}, signal), canHeal, signal);
	} catch (error) {
		if (!isLoginRefused(error)) throw error;
		return {
			outcome: "absent",
			sessionsEnded: 0
		};
	}
	await using own = connection;
	await own.rows("SET SESSION AUTHORIZATION DEFAULT; SET standard_conforming_strings = on; SET idle_session_timeout = 0");
	own.preamble = preamble("");
	await own.rows(`ALTER ROLE ${quoteName(login.user)} PASSWORD ${quoteLiteral(unusableVerifier())}`);
	const { outcome, reason, sessions } = await emptyOut(own);
	return {
		outcome,
		reason: reason ?? "no root credential could end it, so it scrambled its own password; the role waits for the sweep",
		sessionsEnded: sessions.size
	};
}
/**
* Ends the other sessions of the role, and its logins that are under way. Those have had the old verifier, and the lease
* cannot take LOGIN from itself: whoever began to log in before the password was replaced is let in afterwards. They
* can be ended from when the server knows who they are. Before that nobody can tell them from other people's logins.
*/
async function emptyOut(own) {
	const sessions = /* @__PURE__ */ new Set();
	const [row] = await own.rows("SELECT oid::text AS oid FROM pg_roles WHERE rolname = session_user");
	const message = presenceQuery([Number(row?.["oid"])], "pg_terminate_backend(pid)");
	const started = Date.now();
	let earlier;
	for (;;) {
		const there = toPresence(await own.rows(message));
		const logins = there.logins.filter((pid) => earlier?.has(pid) ?? true);
		earlier = new Set(logins);
		let told = there.sessions.length;
		for (const { pid } of there.sessions) sessions.add(pid);
		for (const pid of logins) {
			if (!await end(own, pid)) continue;
			told += 1;
			sessions.add(pid);
		}
		if (told === 0 && logins.length === 0) return {
			outcome: "disabled",
			sessions
		};
		if (Date.now() - started >= patience) return {
			outcome: "failed",
			reason: told > 0 ? `${told} of its sessions did not end` : "it scrambled its own password, but a login that had begun before is still under way, and could be its own",
			sessions
		};
		await setTimeout(20);
	}
}
/** @returns whether a login under way was the lease's own, and was told to end */
async function end(own, pid) {
	try {
		const [row] = await own.rows(`SELECT pg_terminate_backend(${pid}) AS ended`);
		return row?.["ended"] === true;
	} catch (error) {
		if (sqlState(error) === "42501") return false;
		throw error;
	}
}
// src/engines/postgres/engine.ts
/** PostgreSQL 15 and newer. */
const engine = {
	open: async (roots, config, context) => session(await openRoot(roots, config, context, otherDatabases), config, context),
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
		end: (leases) => end$1(root, leases, config, context),
		[Symbol.asyncDispose]: async () => {
			await root[Symbol.asyncDispose]();
		}
	};
}
async function verify(login, { signal }) {
	try {
		await using _ = await Connection.open(login.target, login, { name: "joblease verify" }, signal);
	} catch (error) {
		throw loginError(error, login.target, login, "verify");
	}
}
export { engine };
