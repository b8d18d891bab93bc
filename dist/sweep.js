import { r as getInput, s as setOutput } from "./chunks/actions-core.js";
import { $ as text, A as mask, B as retry, C as currentJob, D as shedEnvironment, E as apiUrl, J as duration, L as parsePrincipal, M as warn, O as temporaryDirectory, P as expiryInName, Q as parseInputs, T as idTokenSource, V as engineNamed, X as integer, Y as flag, _ as writeSummary, d as ask, et as formatDuration, f as at, h as wordsOf, j as say, k as fail, m as rateLimitEnds, nt as UserError, p as isRateLimited, rt as messageOf, u as readTarget, w as interruption } from "./chunks/shared.js";
import { once } from "node:events";
import { createHash } from "node:crypto";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { readFile, writeFile } from "node:fs/promises";
import { createWriteStream } from "node:fs";
import { finished } from "node:stream/promises";
// src/github/jobs.ts
/** Whether the job that a lease was minted for is over, asked of GitHub with as few requests as possible. */
const attempts$1 = 3;
const perPage = 100;
/** No run has more jobs than that many pages hold. */
const lastPage = 100;
const noTime = "there was no time left to ask GitHub";
/** So many failures in a row mean that GitHub is down: more than one request has made. */
const downAfter = 6;
/** GitHub stops who asks more than 900 times within a minute; others may use the same token. */
const pace = {
	requests: 800,
	within: 6e4
};
/**
* One request per run answers for all its jobs once the run is completed; while it is not, one more per 100 jobs.
*/
function jobs(api, { grace, until, untilTime, cancelled, answers, own }) {
	const signal = AbortSignal.any([until, cancelled]);
	const asked = /* @__PURE__ */ new Map();
	/** when the latest requests were made, epoch milliseconds */
	const made = [];
	/** until when a rate limit lets nothing through, epoch milliseconds */
	let limitedUntil = 0;
	/** why nothing more is asked, once that is so */
	let stopped;
	let failures = 0;
	let isAnswered = false;
	let refused;
	return {
		judge: async (job) => {
			const verdict = await ofJob(job);
			isAnswered ||= verdict.is !== "unknown";
			return verdict;
		},
		refusal: () => isAnswered ? void 0 : refused
	};
	async function ofJob(job) {
		const [owner = "", name = ""] = job.repo.split("/");
		if (!/^[\w.-]+\/[\w.-]+$/.test(job.repo) || [owner, name].some((part) => /^\.+$/.test(part))) return unknown("its record names no repository");
		if (job.run < 1 || job.attempt < 1) return unknown("its record names no run");
		const repository = at`/repos/${owner}/${name}`;
		const run = await once(`${repository}${at`/actions/runs/${job.run}`}`, readRun);
		if ("unknown" in run) return unknown(run.unknown);
		if ("missing" in run) return await judgeMissing(job, repository, run.now);
		const { repoId, attempt, completed, startedAt, updatedAt } = run.told;
		if (job.repoId !== 0 && repoId !== job.repoId) return unknown(`${job.repo} is no longer the same repository`);
		if (attempt < job.attempt) return unknown(`GitHub does not know attempt ${job.attempt} of run ${job.run} yet`);
		if (attempt > job.attempt) return judge(startedAt, run.now);
		if (completed) return judge(updatedAt, run.now);
		if (job.checkRun === 0) return { is: "running" };
		return await judgeJob(job, `${repository}${at`/actions/runs/${job.run}/attempts/${job.attempt}/jobs`}`);
	}
	function judge(since, now) {
		if (now === void 0) return unknown("GitHub's answer has no date: something in between has taken it away");
		return { is: now - since >= grace * 1e3 ? "over" : "running" };
	}
	/** A run that is deleted is over; one that we may not see, or whose repository's name was taken, looks the same. */
	async function judgeMissing(job, path, now) {
		if (job.repoId === 0) return unknown("its record does not say which repository it was");
		const repository = await once(path, (body) => numberIn(body, "id"));
		if ("unknown" in repository) return unknown(repository.unknown);
		if ("missing" in repository) return hidden(job, `the token may not see ${job.repo}, or it is gone`);
		if (repository.told !== job.repoId) return unknown(`${job.repo} is no longer the same repository`);
		const runs = await once(`${path}/actions/runs?per_page=1`, (body) => numberIn(body, "total_count"));
		if ("unknown" in runs) return unknown(runs.unknown);
		if ("missing" in runs) return hidden(job, `the token may not see the runs of ${job.repo}`);
		return judge(job.iat * 1e3, now);
	}
	/** What is hidden from the token may be another's; the sweep's own repository may not. */
	function hidden({ repo }, why) {
		if (repo.toLowerCase() === own.toLowerCase()) refused ??= why;
		return unknown(why);
	}
	/** The run goes on; the job may be over all the same. */
	async function judgeJob(job, path) {
		for (let page = 1; page <= lastPage; page += 1) {
			const answer = await once(`${path}?per_page=${perPage}&page=${page}`, readJobs);
			if ("unknown" in answer) return unknown(answer.unknown);
			if ("missing" in answer) return unknown(`GitHub does not list the jobs of run ${job.run}`);
			const { states, length, total } = answer.told;
			if (Object.hasOwn(states, job.checkRun)) {
				const completedAt = states[job.checkRun];
				if (completedAt === void 0) return unknown(`GitHub says of job ${job.checkRun} what makes no sense`);
				return completedAt === null ? { is: "running" } : judge(completedAt, answer.now);
			}
			if (length === 0 || page * perPage >= total) break;
		}
		return unknown(`GitHub does not list job ${job.checkRun} in run ${job.run}`);
	}
	/** Asks once for all who want to know. */
	async function once(path, read) {
		let answer = asked.get(path);
		if (answer === void 0) {
			answer = get(path, read);
			asked.set(path, answer);
		}
		return await answer;
	}
	async function get(path, read) {
		for (let attempt = 1;;) {
			const mayAsk = await turn();
			cancelled.throwIfAborted();
			if (!mayAsk) return { unknown: stopped ?? noTime };
			const known = answers.get(path);
			const headers = known === void 0 ? {} : { "if-none-match": known.etag };
			let trouble;
			try {
				const answer = await ask(api, path, signal, { headers });
				if (isRateLimited(answer)) {
					limit(answer);
					continue;
				}
				if (answer.status < 500) {
					failures = 0;
					return tell(path, answer, read, known?.told);
				}
				trouble = failed(`GitHub answered ${wordsOf(answer)}`);
			} catch (error) {
				if (signal.aborted) continue;
				trouble = failed(messageOf(error));
			}
			if (attempt === attempts$1) return { unknown: trouble };
			await pause(200 * 2 ** attempt * (.5 + Math.random()));
			attempt += 1;
		}
	}
	/** Waits until one more request may be made. @returns false when none may be any more */
	async function turn() {
		for (;;) {
			if (stopped !== void 0 || signal.aborted) return false;
			const now = Date.now();
			while (made[0] !== void 0 && made[0] <= now - pace.within) made.shift();
			const [first = now] = made;
			const next = Math.max(limitedUntil, made.length < pace.requests ? 0 : first + pace.within);
			if (next <= now) {
				made.push(now);
				return true;
			}
			if (next >= untilTime) stopped ??= noTime;
			else await pause(next - now);
		}
	}
	/** Waits, or until the signal. */
	async function pause(milliseconds) {
		await setTimeout$1(milliseconds, void 0, { signal }).catch(() => void 0);
	}
	function failed(trouble) {
		failures += 1;
		if (failures >= downAfter) stopped ??= trouble;
		return trouble;
	}
	/** Holds up all requests until the limit has ended, or stops them where there is no time for that. */
	function limit(answer) {
		const wait = Math.max(1e3, rateLimitEnds(answer));
		limitedUntil = Math.max(limitedUntil, Date.now() + wait);
		if (limitedUntil < untilTime) return;
		stopped ??= `GitHub's rate limit is used up: ${wordsOf(answer)}; it ends in ${Math.ceil(wait / 1e3)} s`;
	}
	function tell(path, answer, read, known) {
		const { status, headers, body } = answer;
		const date = Date.parse(headers.date ?? "");
		const now = Number.isFinite(date) ? date : void 0;
		if (status === 404 || status === 410) return {
			missing: true,
			now
		};
		if (status === 401 || status === 403) {
			const why = `GitHub ${status === 401 ? "does not accept the token" : "refuses the token"}: ${wordsOf(answer)}`;
			refused ??= why;
			if (status === 401) stopped ??= why;
			return { unknown: why };
		}
		const told = status === 304 ? known : status === 200 ? read(body) : void 0;
		if (told === void 0) return { unknown: status === 200 ? `GitHub answered with ${body === void 0 ? "what is no JSON" : "JSON that says something else"}` : `GitHub answered ${wordsOf(answer)}` };
		if (headers.etag !== void 0) answers.set(path, {
			etag: headers.etag,
			told
		});
		return {
			told,
			now
		};
	}
}
function unknown(why) {
	return {
		is: "unknown",
		why
	};
}
function readRun(body) {
	const fields = body ?? {};
	const repoId = numberIn(fields["repository"], "id");
	const attempt = numberIn(body, "run_attempt");
	const startedAt = timeIn(body, "run_started_at");
	const updatedAt = timeIn(body, "updated_at");
	const { status } = fields;
	if (repoId === void 0 || attempt === void 0 || startedAt === void 0 || updatedAt === void 0) return void 0;
	return typeof status === "string" ? {
		repoId,
		attempt,
		startedAt,
		updatedAt,
		completed: status === "completed"
	} : void 0;
}
function readJobs(body) {
	const { jobs: list } = body ?? {};
	if (!Array.isArray(list)) return void 0;
	const total = numberIn(body, "total_count") ?? (list.length < perPage ? 0 : 1e4);
	const states = list.map((each) => {
		const { status } = each ?? {};
		const id = String(numberIn(each, "id"));
		if (typeof status !== "string") return [id, void 0];
		return [id, status === "completed" ? timeIn(each, "completed_at") : null];
	});
	return {
		states: Object.fromEntries(states),
		length: list.length,
		total
	};
}
function numberIn(body, field) {
	const value = (body ?? {})[field];
	return typeof value === "number" ? value : void 0;
}
function timeIn(body, field) {
	const time = Date.parse(String((body ?? {})[field]));
	return Number.isFinite(time) ? time : void 0;
}
// src/sweep/answers.ts
/** What GitHub told earlier steps of this job: a job that sweeps several targets asks for the same runs again. */
/** @returns what the file holds; nothing when there is none, or it cannot be read */
async function loadAnswers(path) {
	try {
		return new Map(JSON.parse(await readFile(path, "utf8")));
	} catch {
		return /* @__PURE__ */ new Map();
	}
}
async function saveAnswers(path, answers) {
	await writeFile(path, JSON.stringify([...answers]), { mode: 384 }).catch(() => void 0);
}
// src/sweep/report.ts
function findingOf({ principal, expiresAt, record, usable, shell }, state, end) {
	return {
		principal,
		state,
		...end,
		usable,
		shell,
		expiresAt: expiresAt?.toISOString(),
		record
	};
}
/** The report: a JSON array, one finding a line, written as they come so that a large target takes no memory. */
var Report = class {
	#file;
	#separator = "[\n";
	/** why it could not be written; that stops no sweep */
	error;
	/** @param path of a new file, for this user's eyes only */
	constructor(path) {
		this.#file = createWriteStream(path, {
			flags: "wx",
			mode: 384
		});
		this.#file.on("error", (error) => {
			this.error = error;
		});
	}
	async add(finding) {
		if (this.error !== void 0) return;
		const isRoom = this.#file.write(this.#separator + JSON.stringify(finding));
		this.#separator = ",\n";
		if (!isRoom) await once(this.#file, "drain").catch(() => void 0);
	}
	async close() {
		this.#file.end(this.#separator === "[\n" ? "[]\n" : "\n]\n");
		await finished(this.#file).catch(() => void 0);
	}
};
// src/sweep/summary.ts
const barLength = 30;
const shownRepositories = 20;
/** What the job's summary says of a sweep. */
function summaryOf(engine, tally) {
	const { counts, found, oldest, attention, ages, repositories, unknown } = tally;
	const sections = [{ heading: `joblease: sweep of ${engine}` }, { table: [["Found", ...Object.keys(counts)], [String(found), ...Object.values(counts).map(String)]] }];
	if (attention.length > 0) {
		sections.push({ heading: "To look at" });
		const rows = attention.map(({ principal, outcome, reason = "", fix = "" }) => [
			principal,
			outcome,
			reason,
			fix
		]);
		sections.push({ table: [[
			"Account",
			"Outcome",
			"Reason",
			"What to do"
		], ...rows] });
	}
	for (const [why, count] of unknown) sections.push({ paragraph: `${count} left alone because GitHub could not tell whether their job is over: ${why}` });
	if (oldest !== void 0) {
		sections.push({ heading: `Leftovers by age (oldest: ${formatDuration(oldest)})` }, { block: bars(ages) });
		const rows = [...repositories].toSorted(([, a], [, b]) => b - a).map(([repo, n]) => [repo || "(no record)", `${n}`]);
		sections.push({ heading: "Leftovers by repository" });
		sections.push({ table: [["Repository", "Leftovers"], ...rows.slice(0, shownRepositories)] });
		const more = rows.length - shownRepositories;
		if (more > 0) sections.push({ paragraph: `and ${more} more` });
	}
	return sections;
}
/** A bar of text for each count. */
function bars(counts) {
	const most = Math.max(...counts.values(), 1);
	const width = Math.max(...[...counts.keys()].map((label) => label.length));
	return [...counts].map(([label, n]) => `${label.padEnd(width)} ${"█".repeat(Math.ceil(n / most * barLength)).padEnd(barLength)} ${n}`).join("\n");
}
// src/sweep/due.ts
/** Whether only GitHub can tell what becomes of a lease. */
function isForGithub({ over, record }, askJob) {
	return !over && record !== void 0 && askJob !== void 0;
}
/**
* Judges one lease. Whatever is not known is not due.
*
* @param grace seconds that a half-made lease gets beyond the end in its name, which was chosen by a runner's clock
*/
async function judge(lease, grace, askJob) {
	const { over, expiresAt, record, unreadable = false } = lease;
	if (over) return {
		is: "due",
		cause: "expired"
	};
	if (expiresAt === void 0 && unreadable) return {
		is: "odd",
		note: "what stands in place of its record cannot be read; a newer version may have minted it"
	};
	if (expiresAt === void 0 && record === void 0) return expiryInName(lease.principal).getTime() + grace * 1e3 < Date.now() ? {
		is: "due",
		cause: "half-made"
	} : { is: "live" };
	if (askJob === void 0 || record === void 0) return { is: "live" };
	const verdict = await askJob(record);
	if (verdict.is === "over") return {
		is: "due",
		cause: "job-over"
	};
	return {
		is: "live",
		note: verdict.is === "unknown" ? verdict.why : void 0
	};
}
// src/sweep/shard.ts
const shardInput = {
	description: "Which part of the leases to sweep, as in 2/5, so that the legs of a matrix can share a large target.",
	default: "1/1",
	parse(value, name) {
		const [, index = 0, count = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(value) ?? []).map(Number);
		if (index >= 1 && index <= count) return {
			index,
			count
		};
		throw new UserError(`${JSON.stringify(value)} is not a shard`, {
			input: name,
			fix: "Write 2/5 for the second of five."
		});
	}
};
/** Whether a name falls to this shard: to exactly one of them all. */
function isInShard(name, { index, count }) {
	if (count === 1) return true;
	return createHash("sha256").update(name).digest().readUInt32BE() % count === index - 1;
}
// src/sweep/sweep.ts
/** How many leases are judged at a time, and so how many requests GitHub gets at a time. */
const judgedAtOnce = 8;
/** How often the ending of a lease is begun again when the target breaks off. */
const attempts = 3;
/**
* Lists everything of ours, judges it, and only then ends what is due.
*
* @throws UserError when more is due than `maxRevocations`, and nothing has been touched; what the list failed with, after
*   all that it did show was ended; what kept root from ending the rest
*/
async function sweep(target, terms) {
	const { due, failure } = await findDue(target, terms);
	const lost = due.length === 0 ? void 0 : await endAll(target, terms, due);
	terms.cancelled.throwIfAborted();
	if (failure !== void 0) throw failure;
	if (lost !== void 0) throw lost;
}
/** The first half. @returns what is to be ended, and why the list may lack something */
async function findDue(target, terms) {
	const { maxRevocations, tell, cancelled, askJob } = terms;
	const due = [];
	const shells = [];
	const forGithub = [];
	let count = 0;
	const failure = await list(target, terms, async (lease) => {
		if (isForGithub(lease, askJob)) forGithub.push(lease);
		else await take(lease, await judge(lease, terms.grace, askJob));
	});
	const left = inTurn(forGithub);
	while (left.length > 0 && !cancelled.aborted) {
		const judged = left.splice(0, judgedAtOnce).map(async (lease) => [lease, await judge(lease, terms.grace, askJob)]);
		for (const [lease, judgement] of await Promise.all(judged)) await take(lease, judgement);
		terms.progress(forGithub.length - left.length, forGithub.length, "asked");
	}
	if (count > maxRevocations && !terms.dryRun) {
		for (const shell of shells) await skip(shell, tooMany);
		throw new UserError(`${count} leases are due, and nothing was done because that is above ${maxRevocations}`, {
			input: "max-revocations",
			fix: "Look at them with \"dry-run\". If they are what dead runners left, raise the limit for one run."
		});
	}
	return {
		due: [...due, ...shells],
		failure
	};
	async function take(lease, judgement) {
		if (judgement.is === "due") await add({
			lease,
			cause: judgement.cause
		});
		else if (judgement.is === "odd") await skip({
			lease,
			cause: "odd"
		}, judgement.note);
		else await tell(findingOf(lease, "live", {
			outcome: "live",
			reason: judgement.note
		}));
	}
	async function add(each) {
		if (terms.dryRun) await skip(each, "this was a dry run");
		else if (each.lease.shell === true) shells.push(each);
		else if ((count += 1) <= maxRevocations) due.push(each);
		else for (const one of [...due.splice(0), each]) await skip(one, tooMany);
	}
	async function skip({ lease, cause }, reason) {
		await tell(findingOf(lease, cause, {
			outcome: "skipped",
			reason
		}));
	}
}
const tooMany = "more are due than \"max-revocations\" allows";
/** Lists everything of ours, in a session that is closed before GitHub is asked. @returns why the list may lack something */
async function list(target, { askJob, shard, tell, progress, cancelled, deadline }, take) {
	let found = 0;
	await using session = await target.open(AbortSignal.any([cancelled, deadline]));
	try {
		for await (const lease of session.leases({ records: askJob === void 0 ? "due" : "all" })) {
			if (!isInShard(lease.principal, shard)) continue;
			found += 1;
			progress(found, void 0, "listed");
			await take(lease);
		}
		for await (const principal of session.lookalikes()) {
			if (!isInShard(principal, shard)) continue;
			await tell({
				principal,
				state: "odd",
				outcome: "skipped",
				reason: "it looks like an account of joblease, but joblease did not name it so; nothing was done to it"
			});
		}
		return;
	} catch (error) {
		const why = deadline.aborted ? messageOf(deadline.reason) : messageOf(error);
		return new Error(`the list of leases is not complete: ${why}`, { cause: error });
	}
}
/**
* The order in which GitHub is asked: from the oldest to the youngest, but from a random one on. Where its limits do not
* let all be asked for, it is then not always the same ones that are left.
*/
function inTurn(leases) {
	const byAge = leases.toSorted((a, b) => (a.record?.iat ?? 0) - (b.record?.iat ?? 0));
	const start = Math.floor(Math.random() * byAge.length);
	return [...byAge.slice(start), ...byAge.slice(0, start)];
}
/**
* The second half: several sessions share the work, and every lease stands alone.
*
* @returns why some could not be tried at all: no session could be opened any more
*/
async function endAll(target, terms, due) {
	const { deadline, cancelled } = terms;
	const workers = Math.min(terms.concurrency, due.length);
	const size = Math.min(target.batch, Math.ceil(due.length / workers));
	const queue = [];
	for (let i = 0; i < due.length; i += size) queue.push({
		due: due.slice(i, i + size),
		attempt: 1
	});
	let done = 0;
	let lost;
	terms.progress(done, due.length, "ended");
	await Promise.all(Array.from({ length: workers }, async () => {
		while (hasWork() && await serve());
	}));
	const untried = queue.flatMap((batch) => batch.due);
	for (const each of untried) if (cancelled.aborted) await settle(each, {
		outcome: "skipped",
		reason: messageOf(cancelled.reason)
	});
	else if (deadline.aborted) await settle(each, {
		outcome: "skipped",
		reason: messageOf(deadline.reason)
	});
	else await settle(each, {
		outcome: "failed",
		reason: messageOf(lost)
	});
	if (untried.length === 0 || deadline.aborted || cancelled.aborted) return void 0;
	return lost instanceof Error ? lost : new Error(String(lost));
	function hasWork() {
		return queue.length > 0 && !deadline.aborted && !cancelled.aborted;
	}
	/** Works with one session until there is nothing left to do, or it fails. @returns whether another one may do better */
	async function serve() {
		const watch = watchdog(cancelled, terms.patience);
		try {
			let session;
			try {
				session = await target.open(watch.signal);
			} catch (error) {
				lost = error;
				return false;
			}
			await using open = session;
			for (let batch = queue.shift(); batch !== void 0; batch = hasWork() ? queue.shift() : void 0) {
				const left = new Map(batch.due.map((each) => [each.lease, each]));
				try {
					for await (const [lease, end] of open.end([...left.keys()])) {
						watch.reset();
						const each = left.get(lease);
						if (each === void 0) continue;
						left.delete(lease);
						await settle(each, {
							...end,
							outcome: end.outcome === "expiring" ? "live" : end.outcome
						});
						if (deadline.aborted) break;
					}
					if (left.size > 0 && !deadline.aborted) throw new Error("the engine did not say what became of it");
					putBack(batch, [...left.values()]);
				} catch (error) {
					const rest = [...left.values()];
					if (watch.signal.aborted) await single(rest, watch.signal.reason);
					else await tryAgain(batch, rest, error);
					return true;
				}
			}
			return true;
		} finally {
			watch.stop();
		}
	}
	function putBack(batch, rest) {
		if (rest.length > 0) queue.push({
			...batch,
			due: rest
		});
	}
	async function tryAgain(batch, rest, error) {
		if (!target.canHeal(error) || batch.attempt >= attempts) await single(rest, error);
		else putBack({
			...batch,
			attempt: rest.length < batch.due.length ? 1 : batch.attempt + 1
		}, rest);
	}
	/** One of them spoils it for the others: each by itself, once. */
	async function single(rest, error) {
		const [only, ...others] = rest;
		if (only === void 0) return;
		if (cancelled.aborted || others.length > 0) queue.push(...rest.map((each) => ({
			due: [each],
			attempt: attempts
		})));
		else await settle(only, {
			outcome: "failed",
			reason: messageOf(error)
		});
	}
	async function settle({ lease, cause }, end) {
		done += 1;
		terms.progress(done, due.length, "ended");
		await terms.tell(findingOf(lease, cause, end));
	}
}
/** Gives up a session with which nothing moves any more. @param patience seconds */
function watchdog(cancelled, patience) {
	const controller = new AbortController();
	const reason = /* @__PURE__ */ new Error(`the target did not end a lease within ${patience} s`);
	const timer = setTimeout(() => {
		controller.abort(reason);
	}, patience * 1e3);
	return {
		signal: AbortSignal.any([cancelled, controller.signal]),
		reset: () => void timer.refresh(),
		stop: () => {
			clearTimeout(timer);
		}
	};
}
// src/sweep/tally.ts
const ageLimits = [
	["under 1h", 3600],
	["1h to 6h", 21600],
	["6h to 24h", 86400],
	["1d to 7d", 604800],
	["over 7d", Infinity]
];
const shownFailures = 20;
const shownReasons = 5;
/** What a sweep amounts to, in numbers: its size does not grow with the target. */
var Tally = class {
	counts = {
		live: 0,
		revoked: 0,
		absent: 0,
		disabled: 0,
		failed: 0,
		skipped: 0
	};
	found = 0;
	/** leases that are over and that may work all the same */
	stillUsable = 0;
	/** of the oldest leftover, in seconds; undefined when there is none */
	oldest;
	/** leftovers by age */
	ages = new Map(ageLimits.map(([label]) => [label, 0]));
	/** leftovers by repository, `''` for those without a record */
	repositories = /* @__PURE__ */ new Map();
	/** the first of those that need somebody's attention */
	attention = [];
	/** why leases could not be judged, and how many */
	unknown = /* @__PURE__ */ new Map();
	/** how many leases could not be judged */
	get unknownCount() {
		return this.unknown.values().reduce((sum, count) => sum + count, 0);
	}
	add(finding) {
		const { outcome, state, reason, record, usable = false, shell = false } = finding;
		this.found += 1;
		this.counts[outcome] += 1;
		if (state === "live") {
			if (reason !== void 0) {
				const isRoom = this.unknown.size < shownReasons || this.unknown.has(reason);
				increase(this.unknown, isRoom ? reason : "for other reasons, which the report names");
			}
			return;
		}
		if ((outcome === "failed" || outcome === "disabled" || state === "odd") && this.attention.length < shownFailures) this.attention.push(finding);
		if (state === "odd") return;
		if ((outcome === "failed" || outcome === "skipped" && usable) && !shell) this.stillUsable += 1;
		const age = ageOf(finding);
		this.oldest = Math.max(this.oldest ?? 0, age);
		increase(this.ages, ageLimits.find(([, limit]) => age < limit)?.[0] ?? "");
		increase(this.repositories, record?.repo ?? "");
	}
};
/** Seconds since it was minted; since the end in its name where it does not say. */
function ageOf({ principal, record }) {
	const name = parsePrincipal(principal);
	const since = record?.iat ?? (name === void 0 ? Infinity : expiryInName(name).getTime() / 1e3);
	return Math.max(0, Math.round(Date.now() / 1e3 - since));
}
function increase(counts, key) {
	counts.set(key, (counts.get(key) ?? 0) + 1);
}
// src/actions/sweep-inputs.ts
const githubToken = {
	description: "Token with \"actions: read\" on the repositories that leases were minted for. The default sees its own repository; for others give the token of a GitHub App.",
	default: "${{ github.token }}",
	parse: (value) => value === githubToken.default ? "" : value
};
/** The most that "deadline" may be, in seconds: timers do not reach much further. */
const longest = 86400;
/** The inputs of the sweep, beside `root` and those of the engine that {@link EngineDeclaration.inputsOf} names. */
const sweepInputs = {
	engine: text("What to sweep: postgres, mysql, mariadb or aws."),
	orphans: flag("Also end leases that are not over, when GitHub says that their job is.", true),
	"github-token": githubToken,
	grace: duration("How long a job must have been over before its leases are.", "5m", 0),
	"dry-run": flag("Only report what would be ended.", false),
	concurrency: integer("How many sessions with the target end leases at a time.", 8, [1, 64]),
	"max-revocations": integer("With more leases due than this, not counting what had been disabled before, nothing is done and the step fails.", 1e3, [0, 1e6]),
	shard: shardInput,
	deadline: duration("When to stop beginning anything new, and say how much is left.", "10m")
};
/** @throws UserError for the first input that is wrong */
function readSweepInputs(read) {
	const inputs = parseInputs(sweepInputs, read);
	if (inputs.orphans && inputs["github-token"] === "") throw new UserError("it is empty, and \"orphans\" needs it to ask GitHub", {
		input: "github-token",
		fix: "Leave it at its default, or set \"orphans: false\" to end expired leases alone."
	});
	if (inputs.deadline > longest) throw new UserError("a sweep takes 24h at most", { input: "deadline" });
	return inputs;
}
// src/actions/sweep.ts
/** Ends what dead runners left on a target. */
/** How often a long sweep says how far it is, in milliseconds. */
const sayEvery = 5e3;
/** How long a lease may take to end, in seconds. */
const patience = 60;
setFlagsFromString("--optimize-for-size");
shedEnvironment();
const cancelled = interruption();
try {
	await main();
} catch (error) {
	fail(cancelled.aborted ? cancelled.reason : error);
}
async function main() {
	const engine = engineNamed(getInput("engine"));
	const inputs = readSweepInputs(getInput);
	mask([inputs["github-token"]]);
	const target = await targetOf(engine);
	const deadline = after(inputs.deadline, "the deadline was reached");
	const answersPath = join(temporaryDirectory(), "joblease-github-answers-2.json");
	const answers = await loadAnswers(answersPath);
	const api = {
		base: apiUrl(),
		token: inputs["github-token"]
	};
	const until = after(inputs.deadline / 2, "there was no time left to ask GitHub");
	const untilTime = Date.now() + inputs.deadline * 500;
	const { repo: own } = currentJob(0);
	const github = inputs.orphans ? jobs(api, {
		grace: inputs.grace,
		until,
		untilTime,
		cancelled,
		answers,
		own
	}) : void 0;
	const tally = new Tally();
	const path = join(temporaryDirectory(), `joblease-sweep-${process.pid}-${Date.now()}.json`);
	const report = new Report(path);
	let failure;
	try {
		using progress = startProgress();
		await sweep(target, {
			askJob: github?.judge,
			grace: inputs.grace,
			dryRun: inputs["dry-run"],
			concurrency: inputs.concurrency,
			maxRevocations: inputs["max-revocations"],
			shard: inputs.shard,
			patience,
			deadline,
			cancelled,
			progress: progress.note,
			tell: async (finding) => {
				tally.add(finding);
				await report.add(finding);
			}
		});
	} catch (error) {
		failure = error instanceof Error ? error : new Error(String(error));
	} finally {
		await report.close();
	}
	if (github !== void 0) await saveAnswers(answersPath, answers);
	if (report.error !== void 0) warn(`The report could not be written: ${report.error.message}`);
	await handOn(engine.name, tally, report.error === void 0 ? path : "");
	if (failure !== void 0) throw failure;
	if (tally.stillUsable > 0 && !inputs["dry-run"]) {
		const some = tally.stillUsable === 1 ? "1 lease is" : `${tally.stillUsable} leases are`;
		fail(/* @__PURE__ */ new Error(`${some} over and may still be used`));
	}
	const refusal = github?.refusal();
	if (refusal !== void 0) throw new UserError(`nothing is known of any job: ${refusal}`, {
		input: "github-token",
		fix: "Give the job \"permissions: actions: read\", or a token that may read the actions of all repositories that mint."
	});
}
async function targetOf(engine) {
	const { roots, config } = readTarget(engine, "sweep");
	const driver = await engine.load();
	const warned = /* @__PURE__ */ new Set();
	const warnOnce = (message) => {
		if (!warned.has(message)) warn(message);
		warned.add(message);
	};
	return {
		open: async (signal) => {
			const context = {
				signal,
				warn: warnOnce,
				idToken: idTokenSource()
			};
			return await retry(async () => await driver.open(roots, config, context), driver.canHeal, signal);
		},
		canHeal: driver.canHeal,
		batch: driver.batch
	};
}
function after(seconds, reason) {
	const controller = new AbortController();
	const end = () => {
		controller.abort(new Error(reason));
	};
	setTimeout(end, seconds * 1e3).unref();
	return controller.signal;
}
/** Says every few seconds how far the work is, also while one lease takes long; until it is disposed of. */
function startProgress() {
	let text = "Looking for leases.";
	const timer = setInterval(() => {
		say(text);
	}, sayEvery);
	return {
		note(done, total, what) {
			if (what === "listed") text = `Found ${done} leases so far.`;
			else text = `${what === "asked" ? "Asked GitHub for" : "Ended"} ${done} of ${total} leases.`;
		},
		[Symbol.dispose]: () => {
			clearInterval(timer);
		}
	};
}
async function handOn(engine, tally, report) {
	const { counts, found, oldest, attention, unknown, unknownCount } = tally;
	const outputs = {
		found,
		...counts,
		unknown: unknownCount,
		oldest: oldest ?? "",
		report
	};
	for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
	const list = Object.entries(counts).flatMap(([name, count]) => count > 0 ? `${count} ${name}` : []);
	const age = oldest === void 0 ? "" : ` The oldest leftover is ${formatDuration(oldest)} old.`;
	say(found === 0 ? "Found nothing." : `Found ${found}: ${list.join(", ")}.${age}`);
	for (const [why, count] of unknown) warn(`${count} left alone because GitHub could not tell whether their job is over: ${why}`);
	const lines = attention.flatMap(({ principal, outcome, reason = "", fix = "" }) => [`${engine}: ${principal}: ${outcome}: ${reason}`, ...fix === "" ? [] : [fix]]);
	if (lines.length > 0) warn(lines.join("\n"));
	await writeSummary(summaryOf(engine, tally));
}
export {};
