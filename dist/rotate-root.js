import { r as getInput, s as setOutput } from "./chunks/actions-core.js";
import { $ as text, A as mask, C as currentJob, D as shedEnvironment, E as apiUrl, H as engines, M as warn, Q as parseInputs, T as idTokenSource, V as engineNamed, X as integer, Y as flag, d as ask, f as at, g as summarize, h as wordsOf, j as say, k as fail, m as rateLimitEnds, nt as UserError, p as isRateLimited, rt as messageOf, tt as parseDuration, u as readTarget, w as interruption } from "./chunks/shared.js";
import { setTimeout as setTimeout$1 } from "node:timers/promises";
// src/github/secrets.ts
/**
* Replaces a secret of a repository, an environment or an organization.
* https://docs.github.com/en/rest/actions/secrets
*/
/** How long GitHub may be out, or a rate limit last, in milliseconds. */
const patience$1 = 3e4;
/** How far apart two times of the same write may be, in milliseconds: GitHub tells both in whole seconds. */
const granularity = 2e3;
/**
* Finds the secret and whatever writing it takes, so that little is left to fail later. That the token may write, only
* the first write shows.
*
* @throws UserError naming the input that is wrong: `secret-name` when there is no such secret, `github-token` when the
*   token may not see it
*/
async function openSecret(api, place, signal) {
	const { base, secret, permission, where } = routesOf(place);
	/** whether a write went out whose answer is not known */
	let isUnsure = false;
	let key = await readKey();
	const found = await get(secret);
	if (found.status === 404) throw new UserError(`${where} has no secret "${place.name}"`, {
		input: "secret-name",
		said: wordsOf(found),
		fix: "A rotation replaces the secret that the jobs use: give its name in \"secret-name\" and where it is in \"secret-scope\". A secret of an organization is not one of its repositories."
	});
	if (found.status !== 200) throw refused(found);
	const visibility = place.scope === "organization" ? await readVisibility(found) : {};
	/** when the secret was last changed, by all that is known here; epoch milliseconds on GitHub's clock */
	let changed = changeOf(found);
	const seal = await sealer();
	seal("", key.key);
	return { async store(value) {
		await checkUnchanged();
		let answer = await put(value);
		if (answer.status === 422) {
			key = await readKey();
			answer = await put(value);
		}
		if (answer.status !== 201 && answer.status !== 204) throw refused(answer);
		changed = Date.parse(answer.headers.date ?? "");
	} };
	/**
	* GitHub has no way to write a secret only if nobody else has, so it is looked at right before each write: whoever else
	* wrote meanwhile, another rotation or a person, knows something that this one does not.
	*/
	async function checkUnchanged() {
		const answer = await get(secret);
		isUnsure = false;
		if (answer.status !== 200) throw refused(answer);
		if (!(changeOf(answer) > changed + granularity)) return;
		throw new UserError(`the secret "${place.name}" of ${where} was changed by somebody else meanwhile`, {
			input: "secret-name",
			fix: "What this rotation was about to store was not stored. Run again: the next run is given what is stored now. Let the jobs that rotate share a concurrency group.",
			untouched: true
		});
	}
	async function put(value) {
		const body = {
			encrypted_value: seal(value, key.key),
			key_id: key.key_id,
			...visibility
		};
		return await healed(async () => await ask(api, secret, signal, {
			method: "PUT",
			body
		}), [201, 204]);
	}
	async function get(path) {
		return await healed(async () => await ask(api, path, signal), [200]);
	}
	async function readKey() {
		const answer = await get(`${base}/public-key`);
		if (answer.status !== 200) throw refused(answer);
		return answer.body;
	}
	/** A write sets who may see the secret, so what it is now is written again. */
	async function readVisibility({ body }) {
		const { visibility: seenBy } = body;
		if (seenBy !== "selected") return { visibility: seenBy };
		const ids = [];
		for (let page = 1;; page += 1) {
			const answer = await get(`${secret}/repositories?per_page=100&page=${page}`);
			if (answer.status !== 200) throw refused(answer);
			const { repositories, total_count: total } = answer.body;
			ids.push(...repositories.map(({ id }) => id));
			if (ids.length >= total || repositories.length === 0) break;
		}
		return {
			visibility: seenBy,
			selected_repository_ids: ids
		};
	}
	/**
	* Makes a request again for as long as it may succeed without anybody doing anything. Both kinds are fit for that: a
	* secret that is stored twice is stored.
	*/
	async function healed(request, good) {
		const started = Date.now();
		for (let pause = 250;; pause *= 2) {
			const answer = await request().catch((error) => {
				signal.throwIfAborted();
				return error instanceof Error ? error : new Error(String(error));
			});
			const isOut = answer instanceof Error || answer.status >= 500 || isGarbled(answer, good);
			isUnsure ||= isOut;
			if (!isOut && !isRateLimited(answer)) return answer;
			const wait = isOut ? pause * (.5 + Math.random()) : rateLimitEnds(answer);
			if (Date.now() + wait < started + patience$1) {
				await setTimeout$1(wait, void 0, { signal }).catch(() => {
					signal.throwIfAborted();
				});
				continue;
			}
			if (!isOut) return answer;
			throw new UserError("GitHub could not be asked", {
				said: answer instanceof Error ? messageOf(answer) : wordsOf(answer),
				fix: "Run again when it is back: https://www.githubstatus.com",
				cause: answer
			});
		}
	}
	function refused(answer) {
		const said = wordsOf(answer);
		const because = (problem, fix, input) => new UserError(problem, {
			said,
			fix,
			untouched: !isUnsure,
			...input === void 0 ? {} : { input }
		});
		if (isRateLimited(answer)) return because("GitHub limits how much this token may ask", "Run again when the limit is over.");
		if (answer.status === 401) return because("GitHub does not know this token", "It may have expired, or have been revoked.", "github-token");
		if (answer.status === 403 || answer.status === 404) {
			const fix = `Give an installation token of a GitHub App, or a fine-grained token, that has ${permission} on ${where}. GitHub answers 404, too, for what a token may not see: check the name.`;
			return because(`this token may not write secrets of ${where}`, fix, "github-token");
		}
		if (answer.status >= 300 && answer.status < 400) return because(`${where} has another name now`, "Give the new name.", "repository");
		return because("GitHub did not take the secret", "Its answer has the reason.");
	}
}
function changeOf({ body }) {
	return Date.parse(String(body.updated_at));
}
/** Whether an answer is not GitHub's: something in between may answer with a page of its own. */
function isGarbled({ status, body }, good) {
	if (status >= 300) return false;
	return !good.includes(status) || status === 200 && (typeof body !== "object" || body === null);
}
function routesOf(place) {
	const { base, permission, where } = baseOf(place);
	return {
		base,
		permission,
		where,
		secret: `${base}${at`/${place.name}`}`
	};
}
function baseOf(place) {
	if (place.scope === "organization") {
		const { organization } = place;
		return {
			base: at`/orgs/${organization}/actions/secrets`,
			permission: "the organization permission \"Secrets: write\"",
			where: `the organization ${organization}`
		};
	}
	const { repository } = place;
	const [owner = "", name = ""] = repository.split("/");
	if (place.scope === "repository") return {
		base: at`/repos/${owner}/${name}/actions/secrets`,
		permission: "the permission \"Secrets: write\"",
		where: `the repository ${repository}`
	};
	return {
		base: at`/repos/${owner}/${name}/environments/${place.environment}/secrets`,
		permission: "the permission \"Environments: write\"",
		where: `the environment "${place.environment}" of ${repository}`
	};
}
/** libsodium's sealed box: only GitHub can open it, not even this side. Loaded here, because only this needs it. */
async function sealer() {
	const { default: sodium } = await import("./chunks/libsodium-wrappers.js");
	await sodium.ready;
	return (value, key) => Buffer.from(sodium.crypto_box_seal(value, Buffer.from(key, "base64"))).toString("base64");
}
/** The inputs of a rotation, beside `root` and those of the engine that {@link EngineDeclaration.inputsOf} names. */
const rotateRootInputs = {
	engine: text(`What root belongs to: ${engines.map(({ name }) => name).join(", ")}.`),
	"secret-name": {
		description: "Name of the secret that \"root\" comes from, and that gets the new value.",
		parse(value, name) {
			if (/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(value)) return value;
			throw new UserError(value === "" ? "it is empty" : `${JSON.stringify(value)} is no name of a secret`, {
				input: name,
				fix: "Give the name as it stands in the workflow, such as BILLING_DB_ROOT."
			});
		}
	},
	"secret-scope": {
		description: "Where the secret is: \"repository\", \"environment:<name>\" or \"organization\".",
		default: "repository",
		parse(value, name) {
			if (value === "repository" || value === "organization") return { scope: value };
			const environment = /^environment:\s*(.+)$/.exec(value)?.[1];
			if (environment !== void 0 && !/^\.{1,2}$/.test(environment)) return {
				scope: "environment",
				environment
			};
			throw new UserError(`${JSON.stringify(value)} is no place of secrets`, {
				input: name,
				fix: "Write repository, environment:<name> or organization."
			});
		}
	},
	repository: {
		description: "Repository, owner/name, that has the secret or the environment. Default: the current one.",
		parse(value, name) {
			if (value === "" || /^(?!\.{1,2}\/)[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.test(value)) return value;
			throw new UserError(`${JSON.stringify(value)} is no repository`, {
				input: name,
				fix: "Write owner/name."
			});
		}
	},
	organization: {
		description: "Organization that has the secret. Default: the owner of the current repository.",
		parse(value, name) {
			if (/^[\w-]*$/.test(value)) return value;
			throw new UserError(`${JSON.stringify(value)} is no organization`, { input: name });
		}
	},
	"github-token": text("Token that may write the secret: of a GitHub App, or a fine-grained one. The token of the job cannot write secrets."),
	"job-token": text("Tells the token of the job from yours. Leave it at its default.", "${{ github.token }}"),
	overlap: {
		description: "How long a replaced root goes on at least, because jobs that are queued were given it. 0 when root leaked. Default: 35d for aws, 7d otherwise.",
		parse: (value, name) => value === "" ? void 0 : parseDuration(value, name, 0)
	},
	"password-length": integer("Characters of a generated password.", 43, [32, 128]),
	"dry-run": flag("Try everything that can be tried without a change, and say what would be done.", false)
};
/** @throws UserError when the token cannot write a secret, which shows without asking GitHub */
function checkToken(inputs) {
	const fix = "Give an installation token of a GitHub App, or a fine-grained token: see \"The token\" in docs/rotate-root.md.";
	if (inputs["github-token"] === "") throw new UserError("it is empty", {
		input: "github-token",
		fix
	});
	if (inputs["github-token"] !== inputs["job-token"]) return;
	throw new UserError("it is the token of the job, which cannot write secrets, whatever \"permissions:\" says", {
		input: "github-token",
		fix
	});
}
/** @returns seconds */
function overlapFor({ name }, given) {
	return given ?? parseDuration(name === "aws" ? "35d" : "7d", "overlap");
}
/** @param current `owner/name` of the repository that the job belongs to */
function secretPlace(inputs, current) {
	const name = inputs["secret-name"];
	const place = inputs["secret-scope"];
	if (place.scope === "organization") {
		const [owner = ""] = current.split("/");
		return {
			...place,
			name,
			organization: inputs.organization === "" ? owner : inputs.organization
		};
	}
	return {
		...place,
		name,
		repository: inputs.repository === "" ? current : inputs.repository
	};
}
// src/actions/rotate-root.ts
/** Replaces the root credential, on the target and in the secret that holds it. */
/** How long a rotation may take in all, and how long after a cancel a call may go on: the runner kills it after 10 s. */
const patience = {
	rotation: 3e5,
	cancelled: 6e3
};
const stages = {
	prepare: "step 1 of 4, prepare",
	prove: "step 2 of 4, prove",
	promote: "step 3 of 4, promote",
	retire: "step 4 of 4, retire"
};
/** What the secret holds after what was stored last. */
const holds = {
	"as before": "Nothing has been changed: the secret is as it was.",
	unknown: "The secret holds what it held or what was to be stored, which is not known; in both is what works now.",
	prepare: "The secret holds what it held, and what the next run needs to go on: some line of it works.",
	prove: "The secret holds the new credential.",
	promote: "The secret begins with the new credential, which was seen to work.",
	retire: "The secret holds what works from now on."
};
shedEnvironment();
const cancelled = interruption();
try {
	await main();
} catch (error) {
	fail(error);
}
async function main() {
	const engine = engineNamed(getInput("engine"));
	const inputs = parseInputs(rotateRootInputs, getInput);
	mask([inputs["github-token"]]);
	const { roots, config } = readTarget(engine, "rotate-root");
	if (roots.length > 0) checkToken(inputs);
	const timeout = AbortSignal.timeout(patience.rotation);
	const signal = AbortSignal.any([timeout, afterCancel()]);
	const place = secretPlace(inputs, currentJob(0).repo);
	const api = {
		base: apiUrl(),
		token: inputs["github-token"]
	};
	const secret = roots.length === 0 ? void 0 : await openSecret(api, place, signal);
	const driver = await engine.load();
	const terms = {
		overlap: overlapFor(engine, inputs.overlap),
		passwordLength: inputs["password-length"],
		now: /* @__PURE__ */ new Date()
	};
	const context = {
		signal,
		warn,
		idToken: idTokenSource()
	};
	await using steps = driver.rotateRoot(roots, config, terms, context);
	const result = await follow(steps, inputs["dry-run"] ? void 0 : secret, place.name, timeout);
	await report(engine, place.name, result);
}
/**
* Goes through the steps, storing what each asks for before the next.
*
* @param secret undefined for a dry run, which ends before the first change
* @returns how the rotation ended; the step that comes first, when it is a dry run
*/
async function follow(steps, secret, name, timeout) {
	let stage = "prepare";
	let stored = "as before";
	try {
		for (;;) {
			const { value: step, done } = await steps.next();
			if (done === true) return step;
			({stage} = step);
			mask(step.secrets ?? []);
			cancelled.throwIfAborted();
			if (step.value !== void 0) {
				if (secret === void 0) return step;
				const before = stored;
				stored = "unknown";
				await secret.store(step.value).catch((error) => {
					if (error instanceof UserError && error.details.untouched === true) stored = before;
					throw error;
				});
				stored = stage;
			}
			cancelled.throwIfAborted();
			say(`${stages[stage]}${step.value === void 0 ? "" : `: stored in ${name}`}. Next: ${step.next}.`);
		}
	} catch (error) {
		const reason = messageOf(cancelled.aborted ? cancelled.reason : timeout.aborted ? tooLong(error) : error);
		const held = holds[stored];
		const advice = stored === "as before" ? "" : " Running again finishes the rotation.";
		throw new Error(`${reason}\nThe rotation stopped at ${stages[stage]}. ${held}${advice}`, { cause: error });
	}
}
function tooLong(error) {
	return new UserError(`rotating took longer than ${patience.rotation / 1e3} s`, { said: messageOf(error) });
}
async function report(engine, secretName, result) {
	const row = {
		Engine: engine.name,
		Secret: secretName
	};
	if ("stage" in result) {
		say(`Dry run: nothing was changed. A rotation would now store the new value, and then ${result.next}.`);
		setOutput("rotated", false);
		await summarize("joblease: rotation of root, dry run", {
			...row,
			"Would then": result.next
		});
		return;
	}
	const { rotated, active, retired, nextDue, notes } = result;
	const due = nextDue?.toISOString() ?? "";
	const outputs = {
		rotated,
		active,
		retired: retired.join("\n"),
		"next-due": due
	};
	for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
	say(rotated ? `Root was rotated: ${secretName} now begins with ${active}.` : "Root was not rotated.");
	if (retired.length > 0) say(`Ended: ${retired.join(", ")}.`);
	for (const note of notes) say(note);
	await summarize(rotated ? "joblease: root rotated" : "joblease: root not rotated", {
		...row,
		Active: active,
		Retired: retired.join("\n"),
		"Next due": due,
		Notes: notes.join("\n")
	});
}
/** Fires when what was under way at a cancel has had its time. */
function afterCancel() {
	const late = new AbortController();
	cancelled.addEventListener("abort", () => {
		setTimeout(() => {
			late.abort(cancelled.reason);
		}, patience.cancelled).unref();
	});
	return late.signal;
}
export {};
