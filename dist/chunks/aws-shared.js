import { F as parsePrincipal, M as expiryInName, Q as formatDuration, R as retry, W as missingRoot, et as UserError, l as inParallel, tt as messageOf } from "./shared.js";
import { E as GetUserPolicyCommand, G as AddUserToGroupCommand, H as CreatePolicyCommand, K as IAMClient, U as CreateAccessKeyCommand, V as CreateUserCommand, W as AttachUserPolicyCommand, a as AssumeRoleCommand, c as TagUserCommand, i as AssumeRoleWithWebIdentityCommand, m as ListUsersCommand, n as GetFederationTokenCommand, o as STSClient, p as ListUserTagsCommand, r as GetCallerIdentityCommand, t as GetSessionTokenCommand, u as PutUserPolicyCommand, x as ListPoliciesCommand } from "./aws-sdk.js";
import { Agent } from "node:http";
import { setTimeout } from "node:timers/promises";
import { devNull } from "node:os";
import { Agent as Agent$1 } from "node:https";
// src/engines/aws/errors.ts
/** AWS's code of a refused call, `''` for an error that is not an answer of AWS. */
function awsCode(error) {
	if (!(error instanceof Error) || !("$fault" in error)) return "";
	const { Code } = error;
	return typeof Code === "string" ? Code : error.name;
}
const throttling = /* @__PURE__ */ new Set([
	"Throttling",
	"ThrottlingException",
	"ThrottledException",
	"RequestLimitExceeded",
	"TooManyRequestsException"
]);
const healing = /* @__PURE__ */ new Set([
	...throttling,
	"ServiceUnavailable",
	"InternalFailure",
	"RequestTimeout",
	"IDPCommunicationError",
	"EntityTemporarilyUnmodifiable",
	"ConcurrentModification"
]);
const networkCodes = /* @__PURE__ */ new Set([
	"ECONNRESET",
	"ETIMEDOUT",
	"EPIPE",
	"EAI_AGAIN",
	"ENETUNREACH",
	"EHOSTUNREACH"
]);
/** Throttling, 5xx, a broken or overdue connection, and a clock that the SDK has just learnt to correct. */
function canHeal(error) {
	if (error instanceof UserError) return error.details.cause !== void 0 && canHeal(error.details.cause);
	const code = awsCode(error);
	if (healing.has(code) || isClockSkew(error)) return true;
	const { $metadata, code: systemCode, name } = error;
	if (($metadata?.httpStatusCode ?? 0) >= 500) return true;
	return networkCodes.has(String(systemCode)) || name === "TimeoutError" || /socket hang up/.test(messageOf(error));
}
/** Calls come faster than AWS lets them through. */
function isThrottled(error) {
	return throttling.has(awsCode(error));
}
/** Whether the call may have been carried out although it failed. */
function isAmbiguous(error) {
	const { $metadata } = error;
	const status = $metadata?.httpStatusCode ?? 0;
	return awsCode(error) === "" || status === 0 || status >= 500;
}
/**
* The status of an answer of 5xx that names no code, as AWS's own do: it comes from something in between, or from a
* server that only resembles AWS and lacks the call.
*/
function foreignStatus(error) {
	const { $metadata } = error;
	const status = $metadata?.httpStatusCode ?? 0;
	return status >= 500 && ["", "Unknown"].includes(awsCode(error)) ? status : void 0;
}
function isClockSkew(error) {
	return /^Signature (?:expired|not yet current)/.test(messageOf(error));
}
/** The key itself is refused, whatever it asks for. */
function isKeyRefused(error) {
	return [
		"InvalidClientTokenId",
		"UnrecognizedClientException",
		"SignatureDoesNotMatch",
		"ExpiredToken",
		"ExpiredTokenException"
	].includes(awsCode(error)) && !isClockSkew(error);
}
function isAccessDenied(error) {
	return ["AccessDenied", "AccessDeniedException"].includes(awsCode(error));
}
/** A policy denies it, rather than that none allows it. */
function isExplicitDeny(error) {
	return isAccessDenied(error) && /with an explicit deny/.test(messageOf(error));
}
function isMissing(error) {
	return awsCode(error) === "NoSuchEntity";
}
/** The right that AWS says is missing, such as `iam:CreateUser on arn:…`. */
function missingRight(error) {
	const parts = /User: (\S+) is not authorized to perform: (\S+)(?: on resource: (.+?))?(?: because| with an explicit|$)/.exec(messageOf(error));
	if (parts === null) return void 0;
	const [, who = "", action = "", resource = "*"] = parts;
	return {
		who,
		action,
		resource
	};
}
/**
* Says what is wrong and which input to look at.
*
* @param step what was under way, as an input where one is to blame
* @returns the error itself when there is nothing to add
*/
function explain(error, input, untouched = false) {
	const code = awsCode(error);
	if (code === "") return error;
	const said = `${messageOf(error)} [${code}]`;
	const because = (problem, fix, blamed = input) => new UserError(problem, {
		input: blamed,
		said,
		fix,
		cause: error,
		...untouched ? { untouched } : {}
	});
	const right = missingRight(error);
	if (right !== void 0 && isAccessDenied(error)) {
		const { who, action, resource } = right;
		const fix = action.startsWith("sts:AssumeRole") || action === "sts:TagSession" ? `Allow ${action} on ${resource} to it, and let the trust policy of the role name it; docs/aws.md has both.` : `Allow ${action} on ${resource} to it; docs/aws.md has the whole policy for root.`;
		return because(`${who} may not ${action} on ${resource}`, fix, "root");
	}
	if (throttling.has(code)) return new UserError("AWS let no more calls through", {
		said,
		fix: "Other callers of the account use up what AWS allows: run fewer jobs at a time, or try again later.",
		cause: error,
		...untouched ? { untouched } : {}
	});
	switch (code) {
		case "InvalidClientTokenId":
		case "UnrecognizedClientException": return because("AWS does not know the access key, or it is inactive", "Check \"AccessKeyId\" and \"SessionToken\", and that the key is active. For a key of GovCloud or China set \"region\".");
		case "SignatureDoesNotMatch": return because("the secret does not fit the access key", "Check \"SecretAccessKey\".");
		case "ExpiredToken":
		case "ExpiredTokenException": return because("the session has expired", "Give a fresh one, or a credential that does not expire.");
		case "MalformedPolicyDocument": return because("AWS refused a policy", "Check it with: aws accessanalyzer validate-policy.", "policy-document");
		case "PackedPolicyTooLarge": return because("policies and tags of the session are too large together", "Use fewer, or name managed policies in \"policy-arns\".", "policy-document");
		case "LimitExceeded": return because("a quota of the AWS account is used up", "Remove what is no longer needed, or run the sweep.");
		case "DeleteConflict": return because("something is left that AWS wants removed first", "AWS says what. Remove it by hand if root may not, or run the sweep later.");
		case "InvalidIdentityToken": return because("AWS refused the OIDC token of the job", "Add GitHub's issuer as an identity provider of the account; docs/aws.md says how.", "oidc-role-arn");
		default: return because("AWS refused", "See docs/aws.md for the inputs and the rights that are needed.");
	}
}
// src/engines/aws/clients.ts
/** How joblease talks to AWS: which settings its clients have, and what a call does when it fails. */
/** What the environment held when this step began. */
const ambient = { ...process.env };
for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) Reflect.deleteProperty(process.env, name);
process.env["AWS_CONFIG_FILE"] = devNull;
process.env["AWS_SHARED_CREDENTIALS_FILE"] = devNull;
/** The environment's own access key; undefined when there is none. */
function ambientKey() {
	const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN = "" } = ambient;
	if (AWS_ACCESS_KEY_ID === void 0 || AWS_SECRET_ACCESS_KEY === void 0) return void 0;
	return {
		accessKeyId: AWS_ACCESS_KEY_ID,
		secretAccessKey: AWS_SECRET_ACCESS_KEY,
		...AWS_SESSION_TOKEN === "" ? {} : { sessionToken: AWS_SESSION_TOKEN }
	};
}
function regionOf(config) {
	return [
		config.region,
		ambient["AWS_REGION"],
		ambient["AWS_DEFAULT_REGION"]
	].find((each) => each !== void 0 && each !== "") ?? "us-east-1";
}
const agents = {
	keepAlive: true,
	maxSockets: 32,
	proxyEnv: ambient
};
const requestHandler = {
	connectionTimeout: 5e3,
	requestTimeout: 15e3,
	throwOnRequestTimeout: true,
	httpAgent: new Agent(agents),
	httpsAgent: new Agent$1(agents)
};
/** Settings for a client of either service. Retrying is {@link caller}'s business, because only it knows the deadline. */
function settings(key, config, service) {
	const endpoint = config[`${service}-endpoint`];
	return {
		region: regionOf(config),
		...endpoint === "" ? {} : { endpoint },
		credentials: key ?? {
			accessKeyId: "unsigned",
			secretAccessKey: "unsigned"
		},
		maxAttempts: 1,
		retryMode: "standard",
		defaultsMode: "standard",
		useDualstackEndpoint: false,
		useFipsEndpoint: false,
		requestHandler
	};
}
function stsClient(key, config) {
	return new STSClient(settings(key, config, "sts"));
}
/** How many answers of 5xx that are not AWS's a call takes: a proxy's bad moment passes, a wrong endpoint does not. */
const foreignAnswers = 4;
/**
* Makes a call again for as long as its failure can heal.
*
* @param send sends the command; the SDK stops when the signal fires
* @param pacer where many calls may be made
* @throws UserError when what answers is not AWS
*/
async function call(send, signal, pacer) {
	let foreign = 0;
	let failure;
	const once = async () => await send({ abortSignal: signal });
	const attempt = async () => {
		try {
			return pacer === void 0 ? await once() : await pacer.send(once, isThrottled, signal);
		} catch (error) {
			if (signal.aborted && failure instanceof Error) throw failure;
			failure = error;
			const status = foreignStatus(error);
			if (status === void 0) throw error;
			foreign += 1;
			if (status !== 501 && foreign < foreignAnswers) throw error;
			throw new UserError(`what answers in AWS's place cannot do the call: HTTP status ${status}, and no code`, { fix: "Check \"iam-endpoint\" and \"sts-endpoint\", and any proxy in between." });
		}
	};
	return await retry(attempt, canHeal, signal);
}
// src/engines/aws/root-session.ts
/** The job's OIDC token is the credential itself: there is no root that would have to ask for it. */
function isDirect(roots, config) {
	const own = config["oidc-role-arn"];
	return roots.length === 0 && own !== "" && config["credential-type"] === "assumed_role" && ["", own].includes(config["role-arn"]);
}
/**
* Finds the first root that AWS accepts.
*
* @throws UserError naming `root` when there is none
*/
async function openRoot(roots, config, context) {
	if (roots.length === 0 && config["oidc-role-arn"] !== "") {
		const { key } = await assumeByToken({ DurationSeconds: 3600 }, config, context);
		return await identify(key, config, context);
	}
	const own = ambientKey();
	const keys = roots.length > 0 || own === void 0 ? roots : [own];
	const failures = [];
	for (const key of keys) try {
		const session = await identify(key, config, context);
		for (const failure of failures) context.warn(`${failure.split("\n", 1)[0] ?? ""}; another one was used`);
		return session;
	} catch (error) {
		const explained = explain(error, "root");
		if (!isKeyRefused(error) || keys.length === 1) throw explained;
		failures.push(messageOf(explained));
	}
	if (failures.length > 0) throw new UserError("no root credential could be used", {
		input: "root",
		said: failures.join("\n")
	});
	throw missingRoot();
}
async function identify(key, config, { signal }) {
	const sts = stsClient(key, config);
	let offset = 0;
	sts.middlewareStack.add((next) => async (args) => {
		const result = await next(args);
		const { headers } = result.response;
		const date = Date.parse(headers?.["date"] ?? "");
		if (Number.isFinite(date)) offset = date - Date.now();
		return result;
	}, {
		step: "deserialize",
		priority: "low"
	});
	const { Account = "", Arn = "" } = await call(async (options) => await sts.send(new GetCallerIdentityCommand({}), options), signal);
	return {
		key,
		sts,
		account: Account,
		arn: Arn,
		partition: Arn.split(":")[1] ?? "aws",
		isRole: Arn.includes(":assumed-role/"),
		now: () => Math.floor((Date.now() + (Math.abs(offset) < 1500 ? 0 : offset)) / 1e3)
	};
}
/** Assumes `oidc-role-arn` with a fresh OIDC token of the job; without a name of its own the session has the run's. */
async function assumeByToken(request, config, { signal, idToken }) {
	const RoleArn = config["oidc-role-arn"];
	if (idToken === void 0) throw new UserError("this job may not ask GitHub for an OIDC token", {
		input: "oidc-role-arn",
		fix: "Give the job \"permissions: id-token: write\". Workflows triggered from a fork get none.",
		untouched: true
	});
	const WebIdentityToken = await idToken(config["oidc-audience"], signal);
	const sts = stsClient(void 0, config);
	const RoleSessionName = request.RoleSessionName ?? rootName(WebIdentityToken);
	try {
		const command = new AssumeRoleWithWebIdentityCommand({
			...request,
			RoleSessionName,
			RoleArn,
			WebIdentityToken
		});
		const { Credentials, AssumedRoleUser } = await call(async (options) => await sts.send(command, options), signal);
		return {
			key: {
				accessKeyId: Credentials?.AccessKeyId ?? "",
				secretAccessKey: Credentials?.SecretAccessKey ?? "",
				sessionToken: Credentials?.SessionToken ?? ""
			},
			arn: AssumedRoleUser?.Arn ?? "",
			expiresAt: Credentials?.Expiration ?? /* @__PURE__ */ new Date()
		};
	} catch (error) {
		if (!isAccessDenied(error)) throw explain(error, "oidc-role-arn", true);
		throw new UserError(`the trust policy of ${RoleArn} does not let this job in`, {
			input: "oidc-role-arn",
			said: messageOf(error),
			fix: `The token says: ${claims(WebIdentityToken)}. Compare them with the conditions of the trust policy; docs/aws.md has one.`,
			cause: error,
			untouched: true
		});
	}
}
/** So that CloudTrail tells which run acted as root. */
function rootName(token) {
	const { run_id: run, run_attempt: attempt } = payloadOf(token) ?? {};
	return [
		"joblease-root",
		run,
		attempt
	].filter((part) => typeof part === "string").join("-").replaceAll(/[^\w+=,.@-]/g, "").slice(0, 64);
}
/** What trust policies look at. None of it is secret. */
function claims(token) {
	const payload = payloadOf(token);
	if (payload === void 0) return "nothing, it is not a JWT";
	return [
		"iss",
		"sub",
		"aud"
	].map((claim) => `${claim}=${String(payload[claim])}`).join(", ");
}
function payloadOf(token) {
	try {
		return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
	} catch {
		return;
	}
}
// src/engines/aws/tags.ts
const prefix = "joblease:";
/** Every minted user has it. */
const versionTag = `${prefix}v`;
const holdingsKey = `${prefix}holds`;
const textFields = [
	"repo",
	"job",
	"workflow",
	"actor",
	"role"
];
const numberFields = [
	"v",
	"repoId",
	"run",
	"attempt",
	"checkRun",
	"iat",
	"exp",
	"max"
];
const longest = 256;
/**
* The lease record as tags, one per field, so that policies can refer to them. A tag's value takes letters, digits,
* spaces and `_.:/=+-@`; all else is written as `=` and two hexadecimal digits per byte (RFC 2045's quoted-printable).
*/
function recordTags(record) {
	return [...textFields, ...numberFields].map((field) => ({
		Key: `${prefix}${field}`,
		Value: quote(String(record[field]))
	}));
}
/** @returns undefined when the tags are not a record of ours */
function recordOf(tags) {
	const values = new Map(tags.map(({ Key = "", Value = "" }) => [Key, Value]));
	const texts = textFields.map((field) => [field, unquote(values.get(`${prefix}${field}`))]);
	const numbers = numberFields.map((field) => {
		const text = values.get(`${prefix}${field}`) ?? "";
		return [field, /^\d{1,15}$/.test(text) ? Number(text) : void 0];
	});
	const fields = Object.fromEntries([
		...texts,
		...numbers,
		["heir", ""]
	]);
	if (fields["v"] !== 1 || Object.values(fields).includes(void 0)) return void 0;
	return fields;
}
/** Kinds of thing that a mint gives a user beside its guard and its key. */
const kinds = [
	"policy",
	"managed",
	"arns",
	"groups"
];
function holdingsIn(config) {
	const hasPolicy = config["policy-document"] !== "";
	const isManaged = config["policy-as-managed"];
	return {
		policy: hasPolicy && !isManaged,
		managed: hasPolicy && isManaged,
		arns: config["policy-arns"].length > 0,
		groups: config["iam-groups"].length > 0
	};
}
/** Tells a sweep, which has none of the mint's inputs, what to take away, so that it need not look for everything. */
function holdingsTag(config) {
	const holdings = holdingsIn(config);
	return {
		Key: holdingsKey,
		Value: kinds.filter((kind) => holdings[kind]).join(" ")
	};
}
/** @returns undefined when the tags do not tell */
function holdingsOf(tags) {
	const value = tags.find(({ Key }) => Key === holdingsKey)?.Value;
	if (value === void 0) return void 0;
	const words = value.split(" ");
	const has = (kind) => words.includes(kind);
	return {
		policy: has("policy"),
		managed: has("managed"),
		arns: has("arns"),
		groups: has("groups")
	};
}
/** Whether a tag is one of joblease's, of whatever version. */
function isTagOfOurs({ Key = "" }) {
	return Key.startsWith(prefix);
}
/** Cut at a whole character where it would be too long. */
function quote(text) {
	let quoted = "";
	for (const character of text) {
		const next = /^[\w.:/+\-@ ]$/.test(character) ? character : [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
		if (quoted.length + next.length > longest) break;
		quoted += next;
	}
	return quoted;
}
function unquote(text) {
	if (text === void 0) return void 0;
	try {
		return decodeURIComponent(text.replaceAll("%", "%25").replaceAll(/=(?=[0-9A-F]{2})/g, "%"));
	} catch {
		return;
	}
}
// src/engines/aws/guard.ts
/** Name of the inline policy that holds a minted user to its lease. */
const guardName = "joblease-guard";
/** Name of the inline policy from `policy-document`. */
const policyName = "joblease-policy";
/** Every way to become a role: the session of one outlives whoever assumed it. */
const chaining = "sts:Assume*";
/** Characters, white space not counted, that all inline policies of a user may have together. */
const budget = 2048;
/** The same of one managed policy. */
const managedBudget = 6144;
/**
* The dead-man's switch of a user, with what keeps the user from removing it: from the expiry on everything is denied;
* before it nothing that a mint made is touched, save that the lease may delete its own key; no group is joined, which
* would give rights that root may be unable to take back; and no role is assumed, because a role's session would outlive
* both the expiry and the user.
*/
function guardPolicy({ exp, userArn, minted, allowRoleChaining }) {
	const end = (/* @__PURE__ */ new Date(exp * 1e3)).toISOString().replace(".000", "");
	const endKey = "iam:DeleteAccessKey";
	const isMinted = { Null: { [`aws:ResourceTag/${versionTag}`]: "false" } };
	return JSON.stringify({
		Version: "2012-10-17",
		Statement: [
			{
				Effect: "Deny",
				Action: "*",
				Resource: "*",
				Condition: { DateGreaterThanEquals: { "aws:CurrentTime": end } }
			},
			{
				Effect: "Deny",
				NotAction: [
					endKey,
					"iam:Get*",
					"iam:List*"
				],
				Resource: minted
			},
			{
				Effect: "Deny",
				Action: endKey,
				NotResource: userArn,
				Condition: isMinted
			},
			{
				Effect: "Allow",
				Action: endKey,
				Resource: userArn
			},
			{
				Effect: "Deny",
				Action: ["iam:AddUserToGroup", ...allowRoleChaining ? [] : [chaining]],
				Resource: "*"
			}
		]
	});
}
/** What takes a guard's place for a moment: nothing is allowed any more, but the lease may still delete its own key. */
function closedGuard(userArn) {
	const endKey = "iam:DeleteAccessKey";
	return JSON.stringify({
		Version: "2012-10-17",
		Statement: [
			{
				Effect: "Deny",
				NotAction: endKey,
				Resource: "*"
			},
			{
				Effect: "Deny",
				Action: endKey,
				NotResource: userArn
			},
			{
				Effect: "Allow",
				Action: endKey,
				Resource: userArn
			}
		]
	});
}
function lengthOf(text) {
	return text.replaceAll(/\s/g, "").length;
}
/** @throws UserError when a guard and the policy do not fit together */
function checkSize(guard, policy) {
	const over = lengthOf(guard) + lengthOf(policy) - budget;
	if (over <= 0) return;
	throw new UserError(`it has ${lengthOf(policy)} characters, ${over} more than fit into a user beside the guard`, {
		input: "policy-document",
		fix: "Shorten it, set \"policy-as-managed\", or name a managed policy in \"policy-arns\".",
		untouched: true
	});
}
/** @throws UserError when a policy is too large even to be managed */
function checkManagedSize(policy) {
	const over = lengthOf(policy) - managedBudget;
	if (over <= 0) return;
	throw new UserError(`it has ${lengthOf(policy)} characters, ${over} more than fit into a managed policy`, {
		input: "policy-document",
		fix: "Shorten it, or split it over managed policies and name those in \"policy-arns\".",
		untouched: true
	});
}
/** @throws UserError when the text is no JSON object */
function readPolicy(text) {
	const [foreign] = /[^\t\n\r\u0020-\u00FF]/u.exec(text) ?? [];
	if (foreign !== void 0) throw new UserError(`AWS takes no ${JSON.stringify(foreign)} in a policy`, {
		input: "policy-document",
		fix: "Write it with the characters of Latin-1, or as \\u and four hexadecimal digits.",
		untouched: true
	});
	let value;
	try {
		value = JSON.parse(text);
	} catch {
		value = void 0;
	}
	if (typeof value === "object" && value !== null && "Statement" in value) return value;
	throw new UserError("it is not a policy document as JSON", {
		input: "policy-document",
		fix: "Write {\"Version\":\"2012-10-17\",\"Statement\":[…]}.",
		untouched: true
	});
}
function statementsOf({ Statement }) {
	return Array.isArray(Statement) ? Statement : [Statement];
}
// src/engines/aws/session.ts
/** Minting sessions: AssumeRole, AssumeRoleWithWebIdentity, GetFederationToken, GetSessionToken. */
/** STS gives no credential for less; a condition in the session policy ends it earlier. */
const shortest = 900;
/** @param root undefined when the job's OIDC token is all there is */
async function mintSession(root, draft, config, context) {
	const type = config["credential-type"];
	const now = root?.now() ?? Math.floor(Date.now() / 1e3);
	const cutoff = draft.ttl < shortest ? /* @__PURE__ */ new Date((now + draft.ttl) * 1e3) : void 0;
	const DurationSeconds = Math.max(draft.ttl, shortest);
	const Policy = sessionPolicy(config, cutoff);
	const policies = {
		...Policy === void 0 ? {} : { Policy },
		...config["policy-arns"].length === 0 ? {} : { PolicyArns: config["policy-arns"].map((arn) => ({ arn })) }
	};
	const RoleSessionName = sessionName(draft.principal, config);
	const { signal } = context;
	if (root === void 0) {
		if (Object.keys(config["session-tags"]).length > 0) throw new UserError("a session from the OIDC token takes its tags from the token", {
			input: "session-tags",
			untouched: true
		});
		if (config["revoke-sessions"]) throw selfRevoking(config);
		const { key, arn, expiresAt } = await assumeByToken({
			RoleSessionName,
			DurationSeconds,
			...policies
		}, config, context).catch(async (error) => {
			throw await tooLong(error, draft, config, context);
		});
		return handOver(draft, config, key, {
			arn,
			made: now,
			expiresAt: earlier(expiresAt, cutoff),
			ends: expiresAt
		});
	}
	const { sts } = root;
	if (type === "assumed_role" && root.isRole && draft.ttl > 3600) throw chainedTooLong(draft);
	try {
		if (type === "federation_token") {
			const command = new GetFederationTokenCommand({
				Name: draft.principal,
				DurationSeconds,
				...policies
			});
			const answer = await call(async (options) => await sts.send(command, options), signal);
			return fromAnswer(answer.Credentials, answer.FederatedUser?.Arn);
		}
		if (type === "session_token") {
			const command = new GetSessionTokenCommand({ DurationSeconds });
			return fromAnswer((await call(async (options) => await sts.send(command, options), signal)).Credentials, "");
		}
		const tags = Object.entries(config["session-tags"]).map(([Key, Value]) => ({
			Key,
			Value
		}));
		const command = new AssumeRoleCommand({
			RoleArn: config["role-arn"] === "" ? config["oidc-role-arn"] : config["role-arn"],
			RoleSessionName,
			DurationSeconds,
			...policies,
			...tags.length === 0 ? {} : { Tags: tags },
			...config["external-id"] === "" ? {} : { ExternalId: config["external-id"] }
		});
		const answer = await call(async (options) => await sts.send(command, options), signal);
		return fromAnswer(answer.Credentials, answer.AssumedRoleUser?.Arn);
	} catch (error) {
		if (/session credentials/.test(messageOf(error))) throw new UserError(`"${type}" takes the access key of a user, and root is a session`, {
			input: "credential-type",
			said: messageOf(error),
			fix: "Mint \"assumed_role\", or give the key of a user as root.",
			cause: error,
			untouched: true
		});
		throw await tooLong(error, draft, config, context, root);
	}
	function fromAnswer(credentials, arn) {
		const key = {
			accessKeyId: credentials?.AccessKeyId ?? "",
			secretAccessKey: credentials?.SecretAccessKey ?? "",
			sessionToken: credentials?.SessionToken ?? ""
		};
		const ends = credentials?.Expiration ?? /* @__PURE__ */ new Date();
		return handOver(draft, config, key, {
			arn: arn ?? "",
			made: now,
			expiresAt: earlier(ends, cutoff),
			ends
		});
	}
}
/** The name of a lease's session. @throws UserError when it does not fit */
function sessionName(principal, config) {
	const name = config["role-session-name"].replaceAll("{{name}}", principal);
	if (/^[\w+=,.@-]{2,64}$/.test(name)) return name;
	throw new UserError(`${JSON.stringify(name)} cannot be the name of a session`, {
		input: "role-session-name",
		fix: "Use 2 to 64 letters, digits and _+=,.@-; {{name}} takes 32 of them.",
		untouched: true
	});
}
/** Whoever could revoke the session would be the session itself. */
function selfRevoking(config) {
	return new UserError("the session would be of the very role that revokes it, and would have to be allowed to rewrite that role", {
		input: "revoke-sessions",
		fix: `Name another role in "role-arn", which ${config["oidc-role-arn"]} may assume and put policies on; give a "root"; or leave it out.`,
		untouched: true
	});
}
/** The caller's policy, narrowed to end at `cutoff`, and not to assume roles, whose sessions would not end then. */
function sessionPolicy(config, cutoff) {
	const text = config["policy-document"];
	const own = text === "" ? void 0 : readPolicy(text);
	const isNarrowed = own !== void 0 || config["policy-arns"].length > 0;
	const mayChain = config["allow-role-chaining"] || config["credential-type"] !== "assumed_role";
	const denies = [...cutoff === void 0 ? [] : [deny("*", { DateGreaterThanEquals: { "aws:CurrentTime": cutoff.toISOString() } })], ...mayChain || !(isNarrowed || cutoff !== void 0 || config["revoke-sessions"]) ? [] : [deny(chaining)]];
	if (denies.length === 0) return own === void 0 ? void 0 : fitting(JSON.stringify(own));
	const Statement = [...own === void 0 ? isNarrowed ? [] : [{
		Effect: "Allow",
		Action: "*",
		Resource: "*"
	}] : statementsOf(own), ...denies];
	return fitting(JSON.stringify({
		Version: "2012-10-17",
		...own,
		Statement
	}));
}
function deny(Action, Condition) {
	return {
		Effect: "Deny",
		Action,
		Resource: "*",
		...Condition === void 0 ? {} : { Condition }
	};
}
function fitting(policy) {
	if (policy.length <= 2048) return policy;
	throw new UserError(`as a session policy it has ${policy.length} characters, ${policy.length - 2048} too many`, {
		input: "policy-document",
		fix: "Shorten it, or make it a managed policy and name that in \"policy-arns\".",
		untouched: true
	});
}
function earlier(expiration, cutoff) {
	return cutoff !== void 0 && cutoff < expiration ? cutoff : expiration;
}
function chainedTooLong({ ttl }, said) {
	return new UserError(`${formatDuration(ttl)} is too long: root is itself the session of a role, which assumes others for at most 1h`, {
		input: "ttl",
		...said === void 0 ? {} : { said },
		fix: "Ask for 1h or less, or give the access key of a user as root.",
		untouched: true
	});
}
async function tooLong(error, draft, config, context, root) {
	const said = messageOf(error);
	if (/1 hour session limit for roles assumed by role chaining/.test(said)) return chainedTooLong(draft, said);
	if (!/exceeds the MaxSessionDuration/.test(said)) return explain(error, "role-arn", true);
	const role = (config["role-arn"] === "" ? config["oidc-role-arn"] : config["role-arn"]).split("/").at(-1) ?? "";
	const details = {
		input: "ttl",
		said,
		cause: error,
		untouched: true
	};
	const raise = `raise it with: aws iam update-role --role-name ${role} --max-session-duration ${draft.ttl}`;
	const maximum = await maximumOfRole(role, config, context, root);
	if (maximum === void 0) return new UserError(`${draft.ttl} seconds are more than the role's maximum session duration`, {
		...details,
		fix: `See it with: aws iam get-role --role-name ${role} --query Role.MaxSessionDuration. Ask for less, or ${raise}`
	});
	const asked = formatDuration(draft.ttl);
	return new UserError(`${asked} is more than the role's maximum session duration, ${formatDuration(maximum)}`, {
		...details,
		fix: `Ask for ${formatDuration(maximum)} or less, or ${raise}`
	});
}
/** @returns undefined where nobody is there who may look */
async function maximumOfRole(role, config, context, root) {
	if (root === void 0) return void 0;
	const [{ maximumOf }, { openIam }] = await Promise.all([import("./aws-role.js"), import("./aws-user.js")]);
	const signal = AbortSignal.any([context.signal, AbortSignal.timeout(5e3)]);
	return await maximumOf(openIam(root, config, {
		...context,
		signal
	}), role);
}
/** All that is handed on of a fresh credential. */
function handOver(draft, config, key, { arn, made, expiresAt, ends = expiresAt }) {
	const region = regionOf(config);
	const { accessKeyId, secretAccessKey, sessionToken = "" } = key;
	const lease = {
		...key,
		principal: draft.principal,
		isUser: config["credential-type"] === "iam_user",
		made,
		ends: Math.ceil(ends.getTime() / 1e3)
	};
	return {
		expiresAt,
		expiryClass: "full",
		credential: JSON.stringify(lease),
		secrets: [secretAccessKey, ...sessionToken === "" ? [] : [sessionToken]],
		outputs: {
			"access-key-id": accessKeyId,
			"secret-access-key": secretAccessKey,
			"session-token": sessionToken,
			region,
			arn
		},
		environment: {
			AWS_ACCESS_KEY_ID: accessKeyId,
			AWS_SECRET_ACCESS_KEY: secretAccessKey,
			AWS_SESSION_TOKEN: sessionToken,
			AWS_REGION: region,
			AWS_DEFAULT_REGION: region
		}
	};
}
// src/engines/aws/verify.ts
/** One success proves little: the next call may reach a server that has not heard of the key yet. */
const inARow = 5;
const pause = 200;
/**
* Uses a credential. GetCallerIdentity needs no permission and cannot be denied, so it says whether AWS knows the key
* and nothing about what the key may do.
*
* @param isFresh the key was made a moment ago: then it is waited for until it is known, for as long as the signal lets
* @throws UserError when AWS refuses the key
*/
async function verify(key, isFresh, config, { signal }) {
	const sts = stsClient(key, config);
	let successes = 0;
	let refused = false;
	while (successes < (isFresh ? inARow : 1)) {
		try {
			await call(async (options) => await sts.send(new GetCallerIdentityCommand({}), options), signal);
			successes += 1;
		} catch (error) {
			if (!isFresh || !isKeyRefused(error) || signal.aborted) throw explain(error, "verify");
			successes = 0;
			refused = true;
		}
		if (refused) await setTimeout(pause, void 0, { signal });
	}
}
// src/engines/aws/pace.ts
/**
* Keeps a process's calls to what AWS lets through. AWS throttles by rules that it does not publish, so nothing is held
* back until it does; from then on calls go out one by one, no faster than it has let them through.
*/
/** Calls per second to begin with, where too few were made to tell: few calls are not kept waiting for long. */
const cautious = 20;
/** The least, in calls per second: something must ask whether more is allowed by now. */
const slowest = .5;
/** What is left of the rate, at least, when a call is refused. */
const drop = .7;
/** For how long, in seconds, a rate that was let through is closed in on before more is tried. */
const plateau = 4;
/** One for all that calls the same endpoint from this process: they share what it allows. */
const pacers = /* @__PURE__ */ new Map();
function pacerOf(endpoint) {
	const pacer = pacers.get(endpoint) ?? new Pacer();
	pacers.set(endpoint, pacer);
	return pacer;
}
var Pacer = class {
	/** Calls per second that were let through; undefined as long as none was refused. */
	#allowed;
	/** Whether that was guessed from what passed before anything was refused. */
	#isGuess = false;
	/** When a call was last refused for being too fast, or else when all began; milliseconds. */
	#since = performance.now();
	#passed = 0;
	/** How many refusals came within a second of the one before. */
	#inARow = 0;
	/** When the next call may go. */
	#due = 0;
	#line = Promise.resolve();
	/**
	* Makes a call when it is its turn.
	*
	* @param isThrottled whether an error says that calls come too fast
	* @throws what the call throws, or the signal's reason when it fires while the call waits
	*/
	async send(call, isThrottled, signal) {
		if (this.#allowed !== void 0) await this.#turn(signal);
		const sent = performance.now();
		try {
			const answer = await call();
			this.#passed += 1;
			return answer;
		} catch (error) {
			if (isThrottled(error)) this.#slowDown(sent);
			else this.#passed += 1;
			throw error;
		}
	}
	/** First come, first served. */
	async #turn(signal) {
		const { promise, resolve } = Promise.withResolvers();
		const ahead = this.#line;
		this.#line = promise;
		try {
			await ahead;
			signal.throwIfAborted();
			const wait = this.#due - performance.now();
			if (wait > 0) await setTimeout(wait, void 0, { signal });
			const interval = 1e3 / this.#rate();
			const now = performance.now();
			this.#due = (now - this.#due < interval ? this.#due : now) + interval;
		} finally {
			resolve();
		}
	}
	/**
	* A little less than what was let through at first, the same after some seconds, and then ever more: a cubic, as in
	* RFC 9438. Where AWS counts with a bucket, what is saved at first is used up later, and nothing is lost by it. What is
	* only guessed at doubles every second, because a low guess would be long in growing.
	*/
	#rate() {
		const allowed = this.#allowed ?? Infinity;
		const seconds = (performance.now() - this.#since) / 1e3;
		if (this.#isGuess) return allowed * 2 ** seconds;
		return allowed * (1 + .1 * ((seconds - plateau) / plateau) ** 3);
	}
	/** @param sent when the call was made that was refused */
	#slowDown(sent) {
		if (this.#allowed !== void 0 && sent < this.#since) return;
		const now = performance.now();
		const seconds = (now - this.#since) / 1e3;
		const passed = this.#passed / Math.max(seconds, 1);
		const pause = this.#allowed !== void 0 && seconds < 1 ? 100 * 2 ** Math.min(this.#inARow, 5) : 0;
		if (this.#allowed === void 0) {
			this.#allowed = Math.max(passed, cautious);
			this.#isGuess = true;
		} else if (pause === 0) {
			const rate = this.#rate();
			const least = drop * (this.#isGuess ? rate : this.#allowed);
			this.#allowed = Math.min(rate, Math.max(passed, Math.min(least, Math.max(2 * passed, cautious))));
			this.#isGuess = false;
			this.#inARow = 0;
		} else {
			this.#isGuess = false;
			this.#inARow += 1;
			if (this.#inARow > 2) this.#allowed *= drop;
		}
		this.#allowed = Math.max(this.#allowed, slowest);
		this.#since = now;
		this.#passed = 0;
		this.#due = now + pause + 1e3 / this.#rate();
	}
};
// src/engines/aws/user.ts
/** Users of IAM, and how they are minted. */
/** Users that this process made and did not see gone: IAM may not show them yet. */
const made = /* @__PURE__ */ new Set();
function openIam(root, config, context) {
	return {
		client: new IAMClient(settings(root.key, config, "iam")),
		root,
		config,
		context,
		pacer: pacerOf(config["iam-endpoint"])
	};
}
/** Makes one call as root; {@link IAMClient.send} with its retries. */
function caller({ client, context, pacer }) {
	const send = async (command) => await call(async (options) => await client.send(command, options), context.signal, pacer);
	return send;
}
/**
* User with record and boundary in one call, then its guard, then what it may do, and its key last: there is never a
* key without a guard.
*/
async function mintUser(iam, draft) {
	const { config, root } = iam;
	const { principal: UserName, ttl, maxTtl } = draft;
	const arn = userArn(iam, UserName);
	const iat = root.now();
	const record = {
		v: 1,
		...draft.job,
		role: draft.role,
		iat,
		exp: iat + ttl,
		max: iat + maxTtl,
		heir: ""
	};
	const policy = config["policy-document"];
	if (policy !== "") readPolicy(policy);
	const guard = guardOf(iam, UserName, record.exp, config["allow-role-chaining"]);
	const isManaged = config["policy-as-managed"];
	checkSize(guard, isManaged ? "" : policy);
	if (isManaged) checkManagedSize(policy);
	await createUser(iam, UserName, record);
	made.add(UserName);
	const send = arriving(iam, UserName);
	let blamed = "root";
	try {
		await send(new PutUserPolicyCommand({
			UserName,
			PolicyName: guardName,
			PolicyDocument: guard
		}));
		blamed = "policy-document";
		if (isManaged) {
			await createPolicy(iam, UserName, policy);
			await send(new AttachUserPolicyCommand({
				UserName,
				PolicyArn: ownPolicyArn(iam, UserName)
			}));
		} else if (policy !== "") await send(new PutUserPolicyCommand({
			UserName,
			PolicyName: policyName,
			PolicyDocument: policy
		}));
		blamed = "policy-arns";
		for (const PolicyArn of config["policy-arns"]) await send(new AttachUserPolicyCommand({
			UserName,
			PolicyArn
		}));
		blamed = "iam-groups";
		for (const GroupName of config["iam-groups"]) await send(new AddUserToGroupCommand({
			UserName,
			GroupName
		}));
		blamed = "root";
		const { AccessKey } = await send(new CreateAccessKeyCommand({ UserName }));
		return handOver(draft, config, {
			accessKeyId: AccessKey?.AccessKeyId ?? "",
			secretAccessKey: AccessKey?.SecretAccessKey ?? ""
		}, {
			arn,
			made: iat,
			expiresAt: /* @__PURE__ */ new Date(record.exp * 1e3)
		});
	} catch (error) {
		throw explain(error, blamed);
	}
}
async function createUser(iam, UserName, record) {
	const { config, client } = iam;
	const boundary = config["permissions-boundary-arn"];
	const own = Object.entries(config["iam-tags"]).map(([Key, Value]) => ({
		Key,
		Value
	}));
	const command = new CreateUserCommand({
		UserName,
		Path: config["user-path"],
		Tags: [
			...recordTags(record),
			holdingsTag(config),
			...own
		],
		...boundary === "" ? {} : { PermissionsBoundary: boundary }
	});
	const attempt = { begun: false };
	try {
		await create(iam, async (options) => await client.send(command, options), attempt);
	} catch (error) {
		throw explain(error, awsCode(error) === "NoSuchEntity" ? "permissions-boundary-arn" : "root", !attempt.begun);
	}
}
/** Made after the user and removed before it, so that the user's record stands for both. */
async function createPolicy(iam, PolicyName, PolicyDocument) {
	const command = new CreatePolicyCommand({
		PolicyName,
		Path: iam.config["user-path"],
		PolicyDocument
	});
	await create(iam, async (options) => await iam.client.send(command, options), { begun: false });
}
/**
* Makes something of the lease's name.
*
* @param attempt told whether something may have been made
*/
async function create({ context, pacer }, send, attempt) {
	await call(async (options) => {
		try {
			await send(options);
		} catch (error) {
			if (attempt.begun && awsCode(error) === "EntityAlreadyExists") return;
			attempt.begun ||= isAmbiguous(error);
			throw error;
		}
	}, context.signal, pacer);
}
/** How long after its creation a user may look as if root had no right to it. */
const unseen = 15e3;
/**
* Like {@link caller}; a user that was just made may be unknown for a moment. Where root's policy is for a path, a tag or a
* boundary, IAM says of such a user that root may not.
*/
function arriving({ client, context, pacer }, principal) {
	const latest = performance.now() + unseen;
	const isLag = (error) => {
		if (!messageOf(error).includes(principal)) return false;
		if (isMissing(error)) return true;
		return isAccessDenied(error) && !isExplicitDeny(error) && performance.now() < latest;
	};
	const send = async (command) => {
		for (let pause = 50;; pause = Math.min(pause * 2, 2e3)) try {
			return await call(async (options) => await client.send(command, options), context.signal, pacer);
		} catch (error) {
			if (!isLag(error)) throw error;
			await setTimeout(pause, void 0, { signal: context.signal }).catch(() => {
				throw error;
			});
		}
	};
	return send;
}
function guardOf(iam, principal, exp, allowRoleChaining) {
	const minted = [`${arnOf(iam, "user")}*`, `${arnOf(iam, "policy")}*`];
	return guardPolicy({
		exp,
		userArn: userArn(iam, principal),
		minted,
		allowRoleChaining
	});
}
/** The managed policy that `policy-as-managed` makes. */
function ownPolicyArn(iam, principal) {
	return `${arnOf(iam, "policy")}${principal}`;
}
function userArn(iam, principal) {
	return `${arnOf(iam, "user")}${principal}`;
}
/** ARN of all that is below the path of minted users. */
function arnOf({ root, config }, kind) {
	return `arn:${root.partition}:iam::${root.account}:${kind}${config["user-path"]}`;
}
// src/engines/aws/leases.ts
/** What mints have left in IAM: finding it, and moving the end of a lease. */
const pageSize = 1e3;
/** How many users' tags are read at a time. */
const readers = 16;
/** How late IAM may know of a user that it lists, in milliseconds. */
const late = 2e3;
/** How far apart the runner's clock, which chose a name, and AWS's may be: beyond 5 minutes AWS refuses signatures. */
const skew = 300;
/**
* All users of ours, and policies that their users left behind: one call per 1,000, and one for the tags of each user
* whose record is wanted.
*/
async function* listLeases(iam, { records = "due" }) {
	const orphans = await unattachedPolicies(iam);
	const refused = /* @__PURE__ */ new Map();
	let isReader = false;
	const look = async (principal) => {
		orphans.delete(principal);
		const expiresAt = expiryInName(principal);
		if (records === "due" && expiresAt.getTime() / 1e3 > iam.root.now() + skew) return {
			principal,
			record: void 0,
			expiresAt,
			over: false,
			usable: true,
			remains: "user"
		};
		try {
			const lease = await readLease(iam, principal);
			isReader = true;
			return lease;
		} catch (error) {
			if (!isAccessDenied(error)) throw explain(error, "root");
			refused.set(principal, error);
			return;
		}
	};
	for await (const lease of inParallel(usersOfOurs(iam), readers, look)) if (lease !== void 0) yield lease;
	yield* secretive(iam, refused, isReader);
	for (const principal of orphans) {
		const expiresAt = expiryInName(principal);
		yield {
			principal,
			record: void 0,
			expiresAt,
			over: expiresAt.getTime() / 1e3 <= iam.root.now(),
			usable: false,
			remains: "policy"
		};
	}
}
/**
* Users whose tags root may not read. IAM says so of every user that is gone, where root's policy is for a path or for a
* tag; those are left out.
*
* @param knowsOthers whether root may read others': if not, nothing is known of any lease
*/
async function* secretive(iam, refused, knowsOthers) {
	if (refused.size === 0) return;
	const left = [];
	for await (const principal of usersOfOurs(iam)) if (refused.has(principal)) left.push(principal);
	let isReader = knowsOthers;
	const isNew = left.length > 0 && left.length <= readers;
	if (isNew) await setTimeout(late, void 0, { signal: iam.context.signal });
	for (const principal of isNew ? left.splice(0) : []) try {
		const lease = await readLease(iam, principal);
		if (lease !== void 0) yield lease;
		isReader = true;
	} catch (error) {
		if (!isAccessDenied(error)) throw explain(error, "root");
		left.push(principal);
	}
	const [first] = left;
	if (first === void 0) return;
	const error = explain(refused.get(first), "root");
	if (!isReader) throw error;
	iam.context.warn(`The record of ${first}, and of ${left.length - 1} more, cannot be read: ${messageOf(error)}`);
	for (const principal of left) yield unreadable(principal);
}
function unreadable(principal) {
	return {
		principal,
		record: void 0,
		expiresAt: void 0,
		over: false,
		usable: true,
		unreadable: true,
		remains: "user"
	};
}
/** Users and policies in our path whose names are not ours. */
async function* lookalikes(iam) {
	for await (const name of usersInPath(iam)) if (parsePrincipal(name) === void 0) yield name;
	for await (const { PolicyName = "" } of policiesInPath(iam)) if (parsePrincipal(PolicyName) === void 0) yield `policy${iam.config["user-path"]}${PolicyName}`;
}
/** Whether a user of this name is among those that are listed. */
async function isListed(iam, principal) {
	for await (const name of usersInPath(iam)) if (name === principal) return true;
	return false;
}
async function* usersOfOurs(iam) {
	for await (const name of usersInPath(iam)) {
		const principal = parsePrincipal(name);
		if (principal !== void 0) yield principal;
	}
}
async function* usersInPath(iam) {
	const send = caller(iam);
	const request = {
		PathPrefix: iam.config["user-path"],
		MaxItems: pageSize
	};
	const list = async (Marker) => {
		const { Users = [], ...more } = await send(new ListUsersCommand({
			...request,
			...Marker
		}));
		return {
			items: Users.map(({ UserName = "" }) => UserName),
			...more
		};
	};
	yield* pages(list);
}
/** Names of policies that no user has. */
async function unattachedPolicies(iam) {
	const names = /* @__PURE__ */ new Set();
	for await (const { PolicyName = "", Path, AttachmentCount = 0 } of policiesInPath(iam)) {
		const principal = parsePrincipal(PolicyName);
		if (principal !== void 0 && AttachmentCount === 0 && Path === iam.config["user-path"]) names.add(principal);
	}
	return names;
}
/** The account's own policies; none where root may not list them, which only `policy-as-managed` needs. */
async function* policiesInPath(iam) {
	const send = caller(iam);
	const request = {
		Scope: "Local",
		PathPrefix: iam.config["user-path"],
		MaxItems: pageSize
	};
	const list = async (Marker) => {
		try {
			const { Policies: items = [], ...more } = await send(new ListPoliciesCommand({
				...request,
				...Marker
			}));
			return {
				items,
				...more
			};
		} catch (error) {
			if (!isAccessDenied(error)) throw error;
			return { items: [] };
		}
	};
	yield* pages(list);
}
/** Every item of a list in pages. @throws when any of the pages cannot be had */
async function* pages(list) {
	let marker = {};
	while (marker !== void 0) {
		let page;
		try {
			page = await list(marker);
		} catch (error) {
			throw explain(error, "root");
		}
		yield* page.items;
		const { IsTruncated, Marker } = page;
		if (IsTruncated === true && Marker === void 0) throw new Error("IAM says that there is more, and not where");
		marker = IsTruncated === true && Marker !== void 0 ? { Marker } : void 0;
	}
}
/** @returns undefined when the user is gone */
async function readLease(iam, principal) {
	let tags;
	try {
		const { Tags = [] } = await caller(iam)(new ListUserTagsCommand({
			UserName: principal,
			MaxItems: 100
		}));
		tags = Tags;
	} catch (error) {
		if (isMissing(error)) return void 0;
		throw error;
	}
	const record = recordOf(tags);
	if (record === void 0 && tags.some(isTagOfOurs)) return unreadable(principal);
	const exp = record?.exp ?? Math.floor(expiryInName(principal).getTime() / 1e3);
	const over = exp <= iam.root.now();
	return {
		principal,
		record,
		expiresAt: /* @__PURE__ */ new Date(exp * 1e3),
		over,
		usable: !over,
		remains: "user",
		holdings: holdingsOf(tags)
	};
}
/** Moves a lease's end, in its guard and in its record. */
async function renewUser(iam, principal, ttl) {
	const send = caller(iam);
	const lease = await readLease(iam, principal).catch((error) => {
		throw explain(error, "root");
	});
	if (lease === void 0) throw new UserError(`${principal} no longer exists`);
	const { record, usable } = lease;
	if (record === void 0) throw new UserError(`${principal} carries no lease record`);
	if (!usable) throw new UserError(`${principal} is over: a lease that has ended is not brought back; mint a new one`);
	const exp = Math.min(iam.root.now() + ttl, record.max);
	const renewed = {
		...record,
		exp
	};
	try {
		const { PolicyDocument = "" } = await send(new GetUserPolicyCommand({
			UserName: principal,
			PolicyName: guardName
		}));
		const guard = guardOf(iam, principal, exp, !decodeURIComponent(PolicyDocument).includes(chaining));
		await send(new PutUserPolicyCommand({
			UserName: principal,
			PolicyName: guardName,
			PolicyDocument: guard
		}));
		await send(new TagUserCommand({
			UserName: principal,
			Tags: recordTags(renewed)
		}));
	} catch (error) {
		if (isMissing(error)) throw new UserError(`${principal} no longer exists`, { cause: error });
		throw explain(error, "root");
	}
	return {
		principal,
		record: renewed,
		expiresAt: /* @__PURE__ */ new Date(exp * 1e3),
		over: false,
		usable: true
	};
}
export { isAmbiguous as A, ambientKey as C, canHeal as D, awsCode as E, isMissing as M, explain as O, openRoot as S, settings as T, guardName as _, renewUser as a, identify as b, made as c, ownPolicyArn as d, userArn as f, closedGuard as g, sessionName as h, pages as i, isKeyRefused as j, isAccessDenied as k, mintUser as l, mintSession as m, listLeases as n, caller as o, verify as p, lookalikes as r, guardOf as s, isListed as t, openIam as u, policyName as v, call as w, isDirect as x, holdingsIn as y };
