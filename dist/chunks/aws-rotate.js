import { O as GetAccessKeyLastUsedCommand, T as ListAccessKeysCommand, U as CreateAccessKeyCommand, s as UpdateAccessKeyCommand, z as DeleteAccessKeyCommand } from "./aws-sdk.js";
import { U as formatRoot, et as UserError, tt as messageOf } from "./shared.js";
import { A as isAmbiguous, C as ambientKey, E as awsCode, M as isMissing, O as explain, S as openRoot, b as identify, j as isKeyRefused, k as isAccessDenied, o as caller, p as verify, u as openIam, w as call } from "./aws-shared.js";
import { setTimeout } from "node:timers/promises";
// src/engines/aws/root-user.ts
/** The user of IAM whose access key is root, and what a rotation asks of it. */
const second = 1e3;
const minute = 60 * second;
function openUser(root, lines, config, terms, context) {
	const current = lines.find((line) => line === root.key);
	if (current === void 0 || !root.arn.includes(":user/")) throw new UserError(`${root.arn} is no user of IAM, and joblease rotates the keys of no other`, {
		input: "root",
		fix: "Make a user of IAM for joblease, with the policy in docs/aws.md, and put its access key into the secret."
	});
	const started = Date.now();
	const runners = () => terms.now.getTime() + Date.now() - started;
	const ahead = () => (root.now() - Math.floor(Date.now() / second)) * second;
	return {
		iam: openIam(root, config, context),
		name: root.arn.split("/").at(-1) ?? "",
		terms,
		lines,
		current,
		now: () => runners() + ahead()
	};
}
/**
* Puts right when the key in use was made, where the secret says that it is yet to come: a wrong clock once, or somebody's
* hand, would keep the key in use until then. IAM knows better.
*/
async function withPast(user) {
	const { current, lines } = user;
	const { joblease } = current;
	if (joblease?.made === void 0 || Date.parse(joblease.made) <= user.now() + 3e5) return user;
	const listed = (await listKeys(user)).find(({ id }) => id === current.accessKeyId);
	const corrected = {
		...current,
		joblease: {
			...joblease,
			made: rfc3339(listed?.made ?? new Date(user.now()))
		}
	};
	user.iam.context.warn(`The secret says that access key ${current.accessKeyId} was made on ${joblease.made}, which is yet to come; IAM says ${corrected.joblease.made}`);
	return {
		...user,
		current: corrected,
		lines: lines.map((line) => line === current ? corrected : line)
	};
}
async function listKeys({ iam, name }) {
	const send = caller(iam);
	const keys = [];
	let Marker;
	try {
		do {
			const page = await send(new ListAccessKeysCommand({
				UserName: name,
				...Marker === void 0 ? {} : { Marker }
			}));
			for (const { AccessKeyId = "", Status, CreateDate = /* @__PURE__ */ new Date(0) } of page.AccessKeyMetadata ?? []) keys.push({
				id: AccessKeyId,
				isActive: Status === "Active",
				made: CreateDate
			});
			Marker = page.IsTruncated === true ? page.Marker : void 0;
		} while (Marker !== void 0);
	} catch (error) {
		throw explain(error, "root");
	}
	return keys;
}
/**
* Looks at lines that are keys of nobody, or of somebody else. The predecessor itself is not tried: that would count as
* a use of it.
*
* @throws UserError when a line is the key of another user
*/
async function checkLines({ current, lines, name }, keys, config, context) {
	const listed = /* @__PURE__ */ new Set([current.accessKeyId, ...keys.map(({ id }) => id)]);
	for (const line of lines) {
		if (listed.has(line.accessKeyId)) continue;
		try {
			const { arn } = await identify(line, config, context);
			throw new UserError(`its lines are keys of different users: ${line.accessKeyId} belongs to ${arn}`, {
				input: "root",
				fix: `One secret is the root of one user. Keep the keys of user "${name}" in it, or those of the other.`
			});
		} catch (error) {
			if (!isKeyRefused(error)) throw explain(error, "root");
		}
	}
}
/**
* Whether root may do what is only needed later. AWS looks at the rights first, and then for the key: with one
* that the user does not have a call is either denied, or finds nothing.
*/
async function checkRights({ iam, name, current }) {
	const nowhere = {
		UserName: name,
		AccessKeyId: `AKIA${"0".repeat(16)}`
	};
	const send = caller(iam);
	for (const attempt of [
		async () => await send(new GetAccessKeyLastUsedCommand({ AccessKeyId: current.accessKeyId })),
		async () => await send(new UpdateAccessKeyCommand({
			...nowhere,
			Status: "Inactive"
		})),
		async () => await send(new DeleteAccessKeyCommand(nowhere))
	]) await attempt().catch((error) => {
		if (isAccessDenied(error) || awsCode(error) === "") throw explain(error, "root");
	});
}
async function deleteKey({ iam, name }, id) {
	try {
		await caller(iam)(new DeleteAccessKeyCommand({
			UserName: name,
			AccessKeyId: id
		}));
	} catch (error) {
		if (!isMissing(error)) throw explain(error, "root");
	}
}
function isOurs({ lines }, id) {
	return lines.some(({ accessKeyId, joblease }) => accessKeyId === id && joblease?.made !== void 0);
}
async function lastUse({ iam }, id) {
	try {
		const { AccessKeyLastUsed } = await caller(iam)(new GetAccessKeyLastUsedCommand({ AccessKeyId: id }));
		const { LastUsedDate, ServiceName = "", Region = "" } = AccessKeyLastUsed ?? {};
		return {
			at: LastUsedDate,
			service: ServiceName,
			region: Region
		};
	} catch (error) {
		throw explain(error, "root");
	}
}
function wasUsedAfter({ at }, end) {
	return at !== void 0 && at.getTime() > end.getTime();
}
function inWords({ at, service, region }) {
	return at === void 0 ? "never used" : `last used on ${rfc3339(at)} (${service}, ${region})`;
}
/** The user has two keys, and one of them is nothing that a rotation may take away. Says which is whose. */
async function noRoom(user, keys) {
	const { current, lines, name } = user;
	const told = [];
	for (const { id, isActive, made } of keys) {
		const days = Math.round((user.now() - made.getTime()) / (1440 * minute));
		const line = lines.findIndex(({ accessKeyId }) => accessKeyId === id);
		told.push([
			`${id}: made on ${rfc3339(made)} (${days} days ago)${isOurs(user, id) ? " by a rotation" : ""}`,
			isActive ? "active" : "inactive",
			inWords(await lastUse(user, id)),
			line < 0 ? "in no line of the secret" : `line ${line + 1} of the secret`,
			...id === current.accessKeyId ? ["in use now"] : [],
			...line >= 0 && line < lines.indexOf(current) ? ["refused by AWS as the line has it"] : []
		].join(", "));
	}
	const others = keys.filter(({ id }) => id !== current.accessKeyId);
	const unknown = others.some(({ id }) => lines.every(({ accessKeyId }) => accessKeyId !== id));
	const fix = [
		...told,
		...unknown ? ["If another rotation has run since this run was queued, run it again: it gets the new secret."] : [],
		`Otherwise, once nobody needs the other key: ${others.map(({ id }) => deletion(name, id)).join("; ")}`
	];
	return new UserError(`user "${name}" has two access keys, and there is none that a rotation may delete`, {
		input: "root",
		fix: fix.join("\n")
	});
}
function deletion(name, id) {
	return `aws iam delete-access-key --user-name ${name} --access-key-id ${id}`;
}
function activation(name, id) {
	return `aws iam update-access-key --status Active --user-name ${name} --access-key-id ${id}`;
}
function rfc3339(date) {
	return date.toISOString().replace(/\.\d+/, "");
}
// src/engines/aws/rotate.ts
/**
* Replaces the access key that is root. A user of IAM has two keys at most: the one in use and, for as long as queued
* jobs may hold it, its predecessor.
*
* All that is known of earlier rotations stands in the lines of the secret (as `Joblease`) and in IAM's list of
* the user's keys. A key is only ever deleted when both say that a rotation made it and that nobody needs it.
*/
/** The most that passes between the making of a key and its promotion: a younger key may be another rotation's. */
const longest = 2 * minute;
/** How long the proof of a new key may take, so that its promotion still falls into that time. */
const longestProof = 90 * second;
/**
* How long after the write-ahead a key is made at the latest, and how far before it clocks may put that: what was made
* outside of this is not that rotation's.
*/
const window = {
	before: minute,
	after: 5 * minute
};
/**
* How long after the making of a key another rotation, which had begun before, may still act as its predecessor: the five
* minutes that a rotation takes at the longest, and one because IAM tells the time of a use in whole minutes.
*/
const ownUses = 6 * minute;
/** How long IAM may go on counting a key that was just deleted. */
const deletionLag = 15 * second;
/** Implements {@link Engine.rotateRoot}. */
async function* rotateRoot(roots, config, terms, context) {
	if (roots.length === 0) return withoutKey(config);
	const root = await openRoot(roots, config, context);
	if (root.key.sessionToken !== void 0) return nothingToRotate(root.key.accessKeyId, "root is a session, which ends by itself: there is no key to rotate");
	const user = await withPast(openUser(root, roots, config, terms, context));
	const { current } = user;
	const end = overlapEnd(user);
	if (end.getTime() > user.now() && current.joblease?.creating === void 0) return notDueYet(user, end);
	const begun = user.now();
	const keys = await listKeys(user);
	await checkLines(user, keys, config, context);
	const other = keys.find(({ id }) => id !== current.accessKeyId);
	if (other === void 0) return yield* makeSuccessor(user, begun);
	if (await isLeftOver(user, other)) {
		const ended = yield* deleteLeftOver(user, other);
		return yield* makeSuccessor(user, user.now(), { ended });
	}
	if (!isPredecessor(user, other)) throw await noRoom(user, keys);
	if (end.getTime() > user.now()) return notDueYet(user, end);
	if (other.isActive) return yield* deactivate(user, other, end);
	if (!await mayDelete(user, other, end)) throw await noRoom(user, keys);
	return yield* makeSuccessor(user, begun, { predecessor: other });
}
/** When the predecessor of the key in use may go, and its successor may come; a person's key may have one at once. */
function overlapEnd({ current, terms }) {
	const { made } = current.joblease ?? {};
	return new Date(made === void 0 ? 0 : Date.parse(made) + terms.overlap * second);
}
function withoutKey(config) {
	const role = config["oidc-role-arn"];
	if (role !== "") return nothingToRotate(role, "root is the OIDC token of the job: there is no stored key to rotate");
	return nothingToRotate(ambientKey()?.accessKeyId ?? "", "root comes from the environment, not from the input \"root\": whatever put it there has to rotate it");
}
function nothingToRotate(active, note) {
	return {
		rotated: false,
		active,
		retired: [],
		nextDue: void 0,
		notes: [note]
	};
}
function notDueYet({ current: { accessKeyId, joblease } }, end) {
	return {
		rotated: false,
		active: accessKeyId,
		retired: [],
		nextDue: end,
		notes: [`access key ${accessKeyId} was made by a rotation on ${joblease?.made ?? ""}; there is nothing to do before ${rfc3339(end)}`]
	};
}
/**
* Prepare, prove, promote. What the new key replaces is deactivated by a later run, even without an overlap: AWS has no
* lock, so until a run was given the new key by the secret another rotation may have spoilt the one or the other.
*/
async function* makeSuccessor(user, begun, { predecessor, ended } = {}) {
	const { current, lines, name, terms } = user;
	const made = current.joblease?.made === void 0 ? {} : { made: current.joblease.made };
	await checkRights(user);
	const writeAhead = {
		...current,
		joblease: {
			...made,
			creating: rfc3339(new Date(begun))
		}
	};
	yield {
		stage: "prepare",
		value: lines.map((line) => formatRoot(line === current ? writeAhead : line)).join("\n"),
		next: predecessor === void 0 ? `make a second access key of user "${name}"` : `delete access key ${predecessor.id}, which nobody uses any more, and make a new one of user "${name}"`
	};
	const retired = [...ended?.retired ?? []];
	if (predecessor !== void 0) {
		yield {
			stage: "retire",
			next: `delete access key ${predecessor.id}`
		};
		await deleteKey(user, predecessor.id);
		retired.push(`access key ${predecessor.id} (deleted)`);
	}
	const successor = await createKey(user, begun, predecessor?.id ?? ended?.id);
	const { accessKeyId, joblease } = successor;
	const secrets = [...successor.secrets, formatRoot(successor)];
	yield {
		stage: "prove",
		secrets,
		next: `use access key ${accessKeyId} until all of AWS knows it`
	};
	await prove(user, successor);
	const end = new Date(Date.parse(joblease?.made ?? "") + terms.overlap * second);
	yield {
		stage: "promote",
		value: [successor, {
			...current,
			joblease: made
		}].map(formatRoot).join("\n"),
		secrets,
		next: `leave access key ${current.accessKeyId} active until ${terms.overlap === 0 ? "the next run" : `${rfc3339(end)}, for jobs that were queued before`}`
	};
	const refused = lines.filter(({ accessKeyId: id }) => ![current.accessKeyId, predecessor?.id].includes(id)).map(({ accessKeyId: id }) => `access key ${id} is refused by AWS, and was taken out of the secret`);
	return {
		rotated: true,
		active: accessKeyId,
		retired,
		nextDue: end,
		notes: [
			...ended?.notes ?? [],
			...refused,
			remaining(user, end)
		]
	};
}
/** What becomes of the key that was replaced just now. */
function remaining(user, end) {
	const { accessKeyId: id } = user.current;
	if (user.terms.overlap === 0) return `access key ${id} is still active: to deactivate it run the rotation a second time with "overlap: 0", once this run has ended`;
	const after = isOurs(user, id) ? "" : ", and whoever made it then deletes it";
	return `access key ${id} stays active for jobs that were queued before; a rotation after ${rfc3339(end)} deactivates it${after}`;
}
/**
* @param begun when the write-ahead says that the key was about to be made
* @param freed the key that was deleted just now, which IAM may still count
*/
async function createKey(user, begun, freed) {
	const { iam, name, current } = user;
	const command = new CreateAccessKeyCommand({ UserName: name });
	const latest = user.now() + deletionLag;
	const attempt = async (options) => {
		if (user.now() > begun + window.after - 6e4) throw tooLate();
		try {
			return await iam.client.send(command, options);
		} catch (error) {
			if (isAmbiguous(error)) throw unanswered(name, error);
			throw error;
		}
	};
	for (;;) {
		try {
			const { AccessKey } = await call(attempt, iam.context.signal);
			const { AccessKeyId = "", SecretAccessKey = "", CreateDate = new Date(user.now()) } = AccessKey ?? {};
			return {
				accessKeyId: AccessKeyId,
				secretAccessKey: SecretAccessKey,
				joblease: { made: rfc3339(CreateDate) },
				secrets: [SecretAccessKey]
			};
		} catch (error) {
			if (awsCode(error) !== "LimitExceeded") throw explain(error, "root");
			const strangers = (await listKeys(user)).filter(({ id }) => ![current.accessKeyId, freed].includes(id));
			if (freed === void 0 || strangers.length > 0 || user.now() > latest) throw anotherRotation(name, error);
		}
		await setTimeout(second, void 0, { signal: iam.context.signal }).catch(() => void 0);
	}
}
function tooLate() {
	return new UserError("it took too long to store the secret, so no access key was made", {
		input: "root",
		fix: "Run the rotation again. The stored secret works as before."
	});
}
/** Without the cause, which says that it can heal: a second call could make a second key. */
function unanswered(name, error) {
	return new UserError(`AWS did not say whether it made an access key of user "${name}"`, {
		input: "root",
		said: messageOf(error),
		fix: "Run the rotation again: it finds the key, deletes it and finishes. The stored secret works as before."
	});
}
function anotherRotation(name, error) {
	return new UserError("another rotation of this root is under way", {
		input: "root",
		said: messageOf(error),
		fix: `A second key of user "${name}" has appeared since this rotation began, which has made none. Run it again when the other one has ended, and give the workflow a concurrency group.`,
		cause: error
	});
}
async function prove({ iam }, { accessKeyId, secretAccessKey }) {
	const signal = AbortSignal.any([iam.context.signal, AbortSignal.timeout(longestProof)]);
	try {
		await verify({
			accessKeyId,
			secretAccessKey
		}, true, iam.config, { signal });
	} catch (error) {
		throw new UserError(`the new access key ${accessKeyId} could not be proved to work`, {
			input: "root",
			said: messageOf(error instanceof UserError ? error.details.cause ?? error : error),
			fix: "Run the rotation again: it deletes the key and makes another one. The stored secret works as before."
		});
	}
}
/** Whether a rotation made the key in use when this one was there already, and kept its line. */
function isPredecessor({ current, lines }, { id, made }) {
	return made.getTime() < Date.parse(current.joblease?.made ?? "") + 1e3 && lines.some(({ accessKeyId }) => accessKeyId === id);
}
/** Retires the predecessor. The key in use came first in the stored secret and was just logged in with: it is proved. */
async function* deactivate(user, { id }, end) {
	const { iam, current, lines, name } = user;
	const result = {
		rotated: false,
		active: current.accessKeyId,
		nextDue: new Date(user.now())
	};
	const use = await lastUse(user, id);
	if (isMissed(user, use, end)) {
		const note = `access key ${id} was left active: it was replaced on ${current.joblease?.made ?? ""}, was to end on ${rfc3339(end)}, and ${inWords(use)}. Find out who uses it (CloudTrail has the calls by access key id), give them the key that comes first in the secret, and then: ${deletion(name, id)}`;
		iam.context.warn(note);
		return {
			...result,
			retired: [],
			notes: [note]
		};
	}
	yield {
		stage: "retire",
		value: lines.map(formatRoot).join("\n"),
		next: `deactivate access key ${id}`
	};
	const note = await deactivateKey(user, id);
	return {
		...result,
		retired: [`access key ${id} (deactivated)`],
		notes: [note]
	};
}
/** @returns what is to be known of it */
async function deactivateKey(user, id) {
	const { iam, name } = user;
	const command = new UpdateAccessKeyCommand({
		UserName: name,
		AccessKeyId: id,
		Status: "Inactive"
	});
	await caller(iam)(command).catch((error) => {
		if (!isMissing(error)) throw explain(error, "root");
	});
	return `access key ${id} is inactive now; ${isOurs(user, id) ? `the next rotation deletes it; should anybody miss it before: ${activation(name, id)}` : `a person made it, so it is not deleted; the next rotation needs its place: ${deletion(name, id)}`}`;
}
async function mayDelete(user, { id }, end) {
	return isOurs(user, id) && !isMissed(user, await lastUse(user, id), end);
}
/** Whether somebody who is not to be cut off has used the predecessor when the overlap was over. */
function isMissed({ current, terms }, use, end) {
	if (terms.overlap === 0) return false;
	const ours = Date.parse(current.joblease?.made ?? "") + ownUses;
	return wasUsedAfter(use, new Date(Math.max(end.getTime(), ours)));
}
/**
* Whether a rotation made the key and died before it could promote it: the key was made right after a write-ahead, is in
* no line, and was used for no more than its proof.
*/
async function isLeftOver(user, { id, made }) {
	const { creating } = user.current.joblease ?? {};
	if (creating === void 0 || user.lines.some(({ accessKeyId }) => accessKeyId === id)) return false;
	const after = made.getTime() - Date.parse(creating);
	if (after < -window.before || after > window.after) return false;
	const { at, service } = await lastUse(user, id);
	return at === void 0 || service === "sts" && at.getTime() <= made.getTime() + longest;
}
async function* deleteLeftOver(user, key) {
	const { iam, current, lines, name } = user;
	const rest = key.made.getTime() + longest - user.now();
	if (rest > 0) {
		await setTimeout(rest, void 0, { signal: iam.context.signal }).catch(() => {
			throw new UserError(`access key ${key.id} was made less than two minutes ago, by a rotation that has not ended`, {
				input: "root",
				fix: "Run the rotation again when the other one has ended, or two minutes after it was interrupted."
			});
		});
		const keys = await listKeys(user);
		if (keys.every(({ id }) => id !== key.id)) return {
			id: key.id,
			retired: [],
			notes: []
		};
		if (!await isLeftOver(user, key)) throw await noRoom(user, keys);
	}
	yield {
		stage: "prepare",
		value: lines.map(formatRoot).join("\n"),
		next: `delete access key ${key.id} of user "${name}", which an interrupted rotation left`
	};
	await deleteKey(user, key.id);
	const note = `access key ${key.id} was deleted, as what an interrupted rotation left: it was made on ${rfc3339(key.made)}, right after a rotation had noted that it was about to make one (${current.joblease?.creating ?? ""}), was in no line of the secret, and was used for no more than a proof. If a person made it, give them a key of another user`;
	return {
		id: key.id,
		retired: [`access key ${key.id} (deleted: left by an interrupted rotation)`],
		notes: [note]
	};
}
export { rotateRoot };
