import { B as retry, et as formatDuration, nt as UserError, rt as messageOf } from "./shared.js";
import { createHash, randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
// src/lease/root-password.ts
/** `jl-`, when it was made in epoch seconds to the base of 36, `-`, and the random part. */
const pattern = /^jl-([0-9a-z]{7})-[\w-]{21,}$/;
/**
* A new password for a root login. It carries when it was made, so that a later rotation knows by the stored secret
* alone how long the one before it has been replaced. Of `[A-Za-z0-9_-]`, so no quoting changes it, with each of an
* upper-case letter, a lower-case letter, a digit and a dash, which policies ask for.
*
* @param length at least {@link leastRootPassword}
*/
function newRootPassword(length, now) {
	const head = `jl-${Math.floor(now.getTime() / 1e3).toString(36).padStart(7, "0")}-`;
	for (;;) {
		const tail = randomBytes(length).toString("base64url").slice(0, length - head.length);
		if (/[A-Z]/.test(tail) && /\d/.test(tail)) return head + tail;
	}
}
/** When a password was made by {@link newRootPassword}; undefined for one that a person chose. */
function madeAt(password) {
	const time = pattern.exec(password)?.[1];
	return time === void 0 ? void 0 : /* @__PURE__ */ new Date(Number.parseInt(time, 36) * 1e3);
}
// src/engines/login-lines.ts
/** Where the rotation of a root that is one or two logins stands, by the lines of the stored secret alone. */
/**
* Reads the stored lines. `[A]` is a single login, `[A, B]` a pair of which B is rotated next; a further line, of a
* user that is already there, is what a rotation has written ahead.
*
* @throws UserError when no rotation could have left them
*/
function standingOf(roots) {
	const lines = roots.filter(({ url }, i) => roots.findIndex((each) => each.url === url) === i);
	if (new Set(lines.map(elsewhere)).size > 1) throw wrong("its lines differ in more than user and password, so they are no pair of logins to one server", "Give all lines the same scheme, hosts, database and parameters, written alike and in the same order.");
	const users = [...new Set(lines.map(({ user }) => user))];
	if (users.length > 2 || lines.length > users.length + 1) throw wrong("it holds more lines than a rotation can have left", "Keep one login, or the two of a pair, with the passwords that work.");
	const [before, pending] = users.map((user) => lines.filter((line) => line.user === user)).find(({ length }) => length > 1) ?? [];
	if (pending !== void 0 && madeAt(pending.password) === void 0) throw wrong(`two of its lines have the user "${pending.user}", and the later one was not written by a rotation`, "Keep the line whose password works.");
	const current = before ?? lines.at(-1);
	if (current === void 0) throw wrong("it is empty", "Give the secret that holds the root credential.");
	return {
		lines: lines.filter((line) => line !== pending),
		current,
		pending,
		other: lines.find(({ user }) => user !== current.user)
	};
}
/** The same login with another password; every other part of the line stays as it is written. */
function withPassword(root, password) {
	const url = root.url.replace(userinfo, (_, scheme, user) => `${scheme}${user}:${password}@`);
	return {
		...root,
		url,
		password,
		secrets: [url, password]
	};
}
const wrong = (problem, fix) => new UserError(problem, {
	input: "root",
	fix
});
/** All but user and password. A database that is not named may be another one for each user. */
function elsewhere({ url, database }) {
	return `${url.replace(userinfo, "$1")} ${database}`;
}
const userinfo = /^([a-z]+:\/\/)([^@/?#:]*)(?::[^@/?#]*)?@/;
// src/engines/login-rotation.ts
/**
* The rotation of a root that is one login or a pair of logins: the same story for every database. What is said to the
* server is the engine's.
*/
/** How often a rotation goes on after its connection broke. */
const attempts = 5;
/** How long a server may take to notice that a session is gone, and what stands before it to learn a password: in ms. */
const settling = 5e3;
/** See {@link Engine.rotateRoot}. */
async function* rotateLogin(roots, { overlap, passwordLength, now }, target, signal) {
	const { lines, current, pending, other } = standingOf(roots);
	const { user } = current;
	const retain = target.retains && other === void 0;
	let fresh = pending;
	for (let attempt = 1;; attempt += 1) {
		await using held = await hold(fresh === void 0 ? [current] : [fresh, current], other, target, signal);
		const { session } = held;
		const due = dueAt(lines, overlap);
		if (fresh === void 0 && due !== void 0 && due > now) return notDue(lines[0] ?? current, due);
		if (fresh === void 0 || held.root !== fresh) {
			await session.checkChange();
			if (fresh === void 0 || fresh === pending) fresh = withPassword(current, newRootPassword(passwordLength, now));
			yield {
				stage: "prepare",
				value: joined([...lines, fresh]),
				secrets: fresh.secrets,
				next: `change the password of "${user}"`
			};
			try {
				await session.change(fresh.password, retain);
			} catch (error) {
				if (attempt < attempts && target.canHeal(error)) continue;
				throw error;
			}
		}
		yield {
			stage: "prove",
			next: "log in with the new password"
		};
		await prove(fresh, target, signal);
		try {
			await session.ping();
		} catch (error) {
			if (attempt < attempts && target.canHeal(error)) continue;
			throw error;
		}
		const ends = retain && overlap === 0;
		const next = ends ? `end the replaced password of "${user}"` : "nothing: the rotation is complete";
		yield {
			stage: "promote",
			value: joined(other === void 0 ? [fresh] : [fresh, other]),
			next
		};
		if (ends) {
			yield {
				stage: "retire",
				next
			};
			await session.discard();
		}
		return {
			rotated: true,
			active: user,
			retired: retired(current, retain, ends),
			nextDue: dueAt([fresh], overlap),
			notes: notes(user, other?.user, retain && !ends, overlap)
		};
	}
}
/**
* Logs in with the first of the candidates that the server takes, and takes the lock in that very session: so when a
* later rotation gets the lock, no statement of this one can be under way any more.
*
* @param other of a pair, must be let in as well: what is stored at the end names it
*/
async function hold(candidates, other, target, signal) {
	const users = [...candidates, ...other === void 0 ? [] : [other]].map(({ user }) => user);
	const lock = `joblease root ${createHash("sha256").update(JSON.stringify([...new Set(users)].toSorted())).digest("hex").slice(0, 32)}`;
	for (;;) {
		await using stack = new AsyncDisposableStack();
		const [session, root] = await openFirst(candidates, target, signal);
		stack.use(session);
		await takeLock(session, lock);
		const [proof, accepted] = await openFirst(candidates, target, signal);
		await proof[Symbol.asyncDispose]();
		if (accepted !== root) continue;
		await session.checkNewest(root.password);
		if (other !== void 0) {
			const [idle] = await openFirst([other], target, signal);
			await idle[Symbol.asyncDispose]();
		}
		const held = stack.move();
		return {
			session,
			root,
			[Symbol.asyncDispose]: async () => await held.disposeAsync()
		};
	}
}
async function openFirst(candidates, target, signal) {
	let refusal;
	for (const root of candidates) try {
		return [await retry(async () => await target.open(root), target.canHeal, signal), root];
	} catch (error) {
		if (!target.isRefused(error)) throw error;
		refusal = error;
	}
	const user = candidates[0]?.user ?? "";
	throw new UserError(`the server takes no password that the secret holds for "${user}"`, {
		input: "root",
		said: refusal instanceof UserError ? refusal.details.said ?? "" : "",
		fix: `If another rotation has run since this run was queued, run again. Otherwise set a password as an administrator, and put it into the secret: ${target.statement(user)}`,
		cause: refusal
	});
}
async function takeLock(session, name) {
	for (const started = Date.now(); !await session.lock(name); await setTimeout(100)) {
		if (Date.now() - started < settling) continue;
		throw new UserError("another rotation of this root is under way", {
			input: "root",
			fix: "Wait until it is over. Let the jobs that rotate share a concurrency group."
		});
	}
}
/** Logs in with the new password, as the jobs will. */
async function prove(fresh, target, signal) {
	const patience = AbortSignal.any([signal, AbortSignal.timeout(settling)]);
	const canHeal = (error) => target.canHeal(error) || target.isRefused(error);
	try {
		await using _ = await retry(async () => await target.open(fresh), canHeal, patience);
	} catch (error) {
		if (!target.isRefused(error)) throw error;
		throw new UserError(`the server does not take the new password of "${fresh.user}", though it was changed`, {
			input: "root",
			said: messageOf(error),
			fix: "What stands between may cache passwords, or another server may have answered.",
			cause: error
		});
	}
}
function joined(lines) {
	return lines.map(({ url }) => url).join("\n");
}
/**
* The newest password counts, wherever it stands: a person may have put a line before it.
*
* @returns undefined when it has been due all along: persons chose the passwords, nobody knows when
*/
function dueAt(roots, overlap) {
	const made = roots.flatMap(({ password }) => madeAt(password)?.getTime() ?? []);
	return made.length === 0 ? void 0 : new Date(Math.max(...made) + overlap * 1e3);
}
function notDue({ user }, due) {
	return {
		rotated: false,
		active: user,
		retired: [],
		nextDue: due,
		notes: [`Jobs that were queued before the last rotation may still hold what it replaced. The next one is due from ${due.toISOString()} on.`]
	};
}
function retired({ user, password }, retain, ends) {
	if (!retain) return [`the password that "${user}" had until now`];
	const older = madeAt(password) === void 0 ? [] : [`the password that "${user}" had before its last rotation`];
	return ends ? [...older, `the password that "${user}" had until now`] : older;
}
function notes(user, other, goesOn, overlap) {
	if (goesOn) return [`The replaced password of "${user}" works until the next rotation, for ${formatDuration(overlap)} at least.`];
	if (other !== void 0) return [`"${other}" goes on as it is until the next rotation, for jobs that were queued before this one.`];
	return [`Jobs that were queued before this rotation hold a password of "${user}" that no longer works. A pair of logins closes this gap: see "A pair of logins" in docs/rotate-root.md.`];
}
export { rotateLogin as t };
