import { n as exportVariable, r as getInput, s as setOutput } from "./chunks/actions-core.js";
import { $ as text, A as mask, B as retry, C as currentJob, D as shedEnvironment, F as formatLeaseId, I as newPrincipal, J as duration, M as warn, N as newPassword, Q as parseInputs, R as parseRoleLabel, S as holdNothing, T as idTokenSource, V as engineNamed, Y as flag, Z as mintOnlyCleared, b as holdLease, et as formatDuration, g as summarize, j as say, k as fail, nt as UserError, rt as messageOf, v as clearState, w as interruption, x as holdMinted } from "./chunks/shared.js";
// src/actions/inputs.ts
const role = {
	description: "A label for the lease: it appears in its name, its id and its record.",
	default: "job",
	parse: parseRoleLabel
};
/** The inputs that minting has in every engine, beside `root`. */
const mintInputs = {
	engine: text("What to mint on."),
	role,
	ttl: duration("How long the credential lives: 90s, 30m, 1h30m or seconds.", "1h"),
	"max-ttl": duration("The most that \"ttl\" and all renewals together may come to.", "24h"),
	"export-env": flag("Also set environment variables for all later steps of the job.", false),
	verify: flag("Log in with the credential before handing it out.", true),
	revoke: flag("Revoke the credential in the post step, when the job ends.", true),
	"fail-on-revoke-error": flag("Fail the job, rather than warn, when the credential could not be revoked.", false),
	"check-run-id": {
		description: "Identifies the job on GitHub. Leave it at its default.",
		default: "${{ job.check_run_id }}",
		parse: (value) => /^\d{1,15}$/.test(value) ? Number(value) : 0
	}
};
/** @throws UserError for the first input that is wrong */
function readMintInputs(read) {
	const inputs = parseInputs(mintInputs, read);
	if (inputs.ttl > inputs["max-ttl"]) throw new UserError(`${formatDuration(inputs.ttl)} is above "max-ttl", which is ${formatDuration(inputs["max-ttl"])}`, { input: "ttl" });
	return inputs;
}
// src/actions/main.ts
/** Mints a credential for this job and hands it on. */
/** How long minting may take in all, and undoing it after a cancel: the runner kills the process after 10 s. */
const patience = {
	mint: 6e4,
	undo: 6e3
};
const afterExpiry = {
	full: "logins and open sessions end then",
	login: "no new login is possible then; an open session lives until it is revoked",
	sweep: "nothing ends it then but the sweep"
};
shedEnvironment();
clearState();
const cancelled = interruption();
try {
	await mint();
} catch (error) {
	fail(cancelled.aborted ? cancelled.reason : error);
}
async function mint() {
	const engine = engineNamed(getInput("engine"));
	const inputs = readMintInputs(getInput);
	const config = parseInputs(engine.inputs, getInput);
	const roots = engine.root.parse(getInput("root"), "root");
	mask(roots.flatMap(({ secrets }) => secrets));
	engine.check?.(roots, config);
	const { role, ttl } = inputs;
	const draft = {
		principal: newPrincipal(role, new Date(Date.now() + ttl * 1e3)),
		role,
		password: newPassword(),
		ttl,
		maxTtl: inputs["max-ttl"],
		job: currentJob(inputs["check-run-id"])
	};
	const leaseId = formatLeaseId({
		engine: engine.name,
		role,
		principal: draft.principal
	});
	mask([draft.password]);
	holdLease({
		engine: engine.name,
		role,
		principal: draft.principal,
		config: mintOnlyCleared(engine.inputs, config),
		revoke: inputs.revoke,
		failOnRevokeError: inputs["fail-on-revoke-error"]
	});
	const timeout = AbortSignal.timeout(patience.mint);
	const context = {
		signal: AbortSignal.any([cancelled, timeout]),
		warn,
		idToken: idTokenSource()
	};
	const driver = await engine.load();
	let begun = false;
	let minted;
	try {
		await using session = await retry(async () => await driver.open(roots, config, context), driver.canHeal, context.signal);
		begun = true;
		minted = await session.mint(draft);
		mask(minted.secrets);
		if (inputs.verify) await session.verify(minted.credential);
		context.signal.throwIfAborted();
	} catch (error) {
		const untouched = error instanceof UserError && error.details.untouched === true;
		if (!begun || untouched || await undone()) holdNothing();
		if (!timeout.aborted) throw error;
		throw new UserError(`minting took longer than ${patience.mint / 1e3} s`, {
			said: messageOf(error),
			cause: error
		});
	}
	const { expiresAt, expiryClass, credential } = minted;
	holdMinted({
		credential,
		expiresAt: expiresAt.toISOString(),
		at: Date.now()
	});
	handOn(minted, leaseId, inputs["export-env"]);
	say(`Minted ${leaseId}, which ends by itself at ${expiresAt.toISOString()}: ${afterExpiry[expiryClass]}.`);
	await summarize("joblease: credential minted", {
		Engine: engine.name,
		Role: role,
		Principal: draft.principal,
		"Ends by itself at": `${expiresAt.toISOString()} (in ${formatDuration(ttl)})`,
		"Expiry class": `${expiryClass}: ${afterExpiry[expiryClass]}`
	});
	/** Ends at once what a failed mint may have left. @returns whether there is nothing left for post to do */
	async function undone() {
		try {
			const signal = AbortSignal.timeout(patience.undo);
			await using session = await driver.open(roots, config, {
				signal,
				warn,
				idToken: idTokenSource()
			});
			const { outcome } = await session.revoke(draft.principal, minted?.credential);
			return outcome === "revoked" || outcome === "absent";
		} catch (error) {
			warn(`${leaseId} could not be revoked yet, the post step tries again: ${messageOf(error)}`);
			return false;
		}
	}
}
function handOn(minted, leaseId, exportEnv) {
	const outputs = {
		...minted.outputs,
		"lease-id": leaseId,
		principal: leaseId.split("/").at(-1) ?? "",
		"expires-at": minted.expiresAt.toISOString(),
		"expiry-class": minted.expiryClass
	};
	for (const [name, value] of Object.entries(outputs)) setOutput(name, value);
	if (exportEnv) for (const [name, value] of Object.entries(minted.environment)) exportVariable(name, value);
}
export {};
