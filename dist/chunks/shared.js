import { a as info, c as setSecret, i as getState, l as warning, o as saveState, r as getInput, t as error, u as summary } from "./actions-core.js";
import { randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { tmpdir } from "node:os";
import { readFile } from "node:fs/promises";
// src/lease/errors.ts
/**
* Something that the person who wrote the workflow, or who runs the target, can put right. Its text is shown to them as
* it is. Every other error is a fault of joblease or of the network.
*/
var UserError = class extends Error {
	details;
	/** @param problem one clause without a full stop, such as `"ttl" is above "max-ttl"` */
	constructor(problem, details = {}) {
		super(describe(problem, details), { cause: details.cause });
		this.name = "UserError";
		this.details = details;
	}
};
/** The text of any thrown value that is fit for a log: its message alone, never an object that may hold a connection. */
function messageOf(error) {
	if (!(error instanceof Error)) return String(error);
	if (error instanceof AggregateError && error.message === "") return error.errors.map(messageOf).join("; ");
	return error.message;
}
function describe(problem, { input, said, fix }) {
	const lines = [input === void 0 ? problem : `Input "${input}": ${problem}`];
	if (said !== void 0) lines.push(`The answer was: ${said}`);
	if (fix !== void 0) lines.push(fix);
	return lines.join("\n");
}
// src/lease/duration.ts
/** In hours. Far beyond any sensible lease, and short enough that every name and record can hold its end. */
const most = 876e3;
const secondsPerUnit = {
	d: 86400,
	h: 3600,
	m: 60,
	s: 1
};
/**
* Reads a duration as Vault and Go write it (`90s`, `30m`, `1h30m`, `7d`), or plain seconds.
*
* @returns whole seconds, at least `least` and at most a century
* @throws UserError naming `input` when the text is not such a duration
*/
function parseDuration(text, input, least = 1) {
	const seconds = /^\d+$/.test(text) ? Number(text) : sumOfUnits(text);
	if (seconds === void 0 || !Number.isSafeInteger(seconds)) throw new UserError(`${JSON.stringify(text)} is not a duration`, {
		input,
		fix: "Write days, hours, minutes and seconds like 7d, 1h, 30m, 90s or 1h30m, or a number of seconds."
	});
	if (seconds < least) throw new UserError("a duration must be at least one second", { input });
	if (seconds > most * 3600) throw new UserError(`a duration must be at most ${most}h`, { input });
	return seconds;
}
/**
* `5400` → `1h30m`; {@link parseDuration} reads it back as the same number. Days only from two on: `24h` is what people
* write for one.
*/
function formatDuration(seconds) {
	let rest = Math.max(0, Math.round(seconds));
	let text = "";
	for (const [unit, size] of Object.entries(secondsPerUnit)) {
		if (unit === "d" && rest < 2 * size) continue;
		if (rest >= size) text += `${Math.floor(rest / size)}${unit}`;
		rest %= size;
	}
	return text === "" ? "0s" : text;
}
function sumOfUnits(text) {
	const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
	if (parts === null || text === "") return void 0;
	const sizes = Object.values(secondsPerUnit);
	return parts.slice(1).reduce((sum, part, i) => sum + Number(part ?? 0) * (sizes[i] ?? 0), 0);
}
// src/lease/inputs.ts
/**
* Reads every input of a table.
*
* @param read gives an input's text, `''` where the workflow does not set it
* @throws UserError for the first input that does not parse
*/
function parseInputs(table, read) {
	const parsed = Object.entries(table).map(([name, input]) => {
		const given = read(name).trim();
		return [name, input.parse(given === "" ? input.default ?? "" : given, name)];
	});
	return Object.fromEntries(parsed);
}
/** The parsed inputs as far as they matter after the mint: each `mintOnly` input is back at its default. */
function mintOnlyCleared(table, inputs) {
	const cleared = Object.entries(table).filter(([, input]) => input.mintOnly === true).map(([name, input]) => [name, input.parse(input.default ?? "", name)]);
	return {
		...inputs,
		...Object.fromEntries(cleared)
	};
}
/** The same input, marked as one that only minting needs. */
function mintOnly(input) {
	return {
		...input,
		mintOnly: true
	};
}
/** Any text, `''` when it is not set. */
function text(description, fallback) {
	return {
		description,
		...defaulting(fallback),
		parse: (value) => value
	};
}
/** Names separated by commas or lines. */
function list(description) {
	return {
		description,
		parse: (value) => value.split(/[,\r\n]/).map((item) => item.trim()).filter((item) => item !== "")
	};
}
/** `true` or `false`, in the spellings of YAML 1.2's core schema. */
function flag(description, fallback) {
	return {
		description,
		default: String(fallback),
		parse(value, name) {
			if (/^(?:true|True|TRUE)$/.test(value)) return true;
			if (/^(?:false|False|FALSE)$/.test(value)) return false;
			throw new UserError(`${JSON.stringify(value)} is neither true nor false`, { input: name });
		}
	};
}
/** Whole seconds, from a duration such as `1h30m`. */
function duration(description, fallback, least = 1) {
	return {
		description,
		default: fallback,
		parse: (value, name) => parseDuration(value, name, least)
	};
}
/** A whole number from `least` to `most`. */
function integer(description, fallback, [least, most]) {
	return {
		description,
		default: String(fallback),
		parse(value, name) {
			const number = Number(value);
			if (!/^-?\d+$/.test(value) || number < least || number > most) throw new UserError(`${JSON.stringify(value)} is not a whole number from ${least} to ${most}`, { input: name });
			return number;
		}
	};
}
function defaulting(fallback) {
	return fallback === void 0 ? {} : { default: fallback };
}
// src/engines/aws/inputs.ts
const credentialTypes = [
	"assumed_role",
	"iam_user",
	"federation_token",
	"session_token"
];
/** The inputs of the AWS engine, beside those that every engine has. */
const awsInputs = {
	"credential-type": {
		description: "What to mint: \"assumed_role\" a session of a role, \"iam_user\" a user with an access key, \"federation_token\" or \"session_token\" a session of the root user.",
		default: "assumed_role",
		parse(value, name) {
			if (credentialTypes.includes(value)) return value;
			throw new UserError(`${JSON.stringify(value)} is not a credential type`, {
				input: name,
				fix: `The types are: ${credentialTypes.join(", ")}.`
			});
		}
	},
	"oidc-role-arn": arn("role", "Role to assume with the job's OIDC token, in place of \"root\"; needs \"permissions: id-token: write\". For \"assumed_role\" without another \"role-arn\" it is the credential itself."),
	"oidc-audience": text("Audience of the OIDC token.", "sts.amazonaws.com"),
	"role-arn": arn("role", "Role to assume, for \"assumed_role\"."),
	"role-session-name": text("Name of the session in CloudTrail, for \"assumed_role\". {{name}} stands for the principal, which is unique.", "{{name}}"),
	"external-id": mintOnly(text("External id that the role's trust policy asks for.")),
	"session-tags": mintOnly(pairs("Session tags, one key=value a line, for \"assumed_role\".", 50)),
	"policy-document": text("Policy as JSON: session policy of a session, inline policy of an \"iam_user\"."),
	"policy-arns": arns("Managed policies, separated by commas or lines: session policies, or attached to an \"iam_user\"."),
	"policy-as-managed": flag("Make \"policy-document\" of an \"iam_user\" a managed policy of its own, for one that is too large to be inline; revoked with the user.", false),
	"iam-groups": list("Groups, separated by commas or lines, that an \"iam_user\" becomes a member of."),
	"permissions-boundary-arn": arn("policy", "Permissions boundary of an \"iam_user\"."),
	"iam-tags": mintOnly(pairs("Tags of an \"iam_user\", one key=value a line, beside those that hold the lease.", 30)),
	"user-path": {
		description: "Path of minted users: begins and ends with \"/\". The root policy is scoped to it.",
		default: "/joblease/",
		parse(value, name) {
			if (value.length <= 512 && /^\/(?:[\w+=,.@-]+\/)+$/.test(value)) return value;
			throw new UserError(`${JSON.stringify(value)} cannot be the path of minted users`, {
				input: name,
				fix: "Write it like /joblease/: a path of their own keeps minted users apart from all others."
			});
		}
	},
	"allow-role-chaining": flag("Whether an \"iam_user\" may assume roles: such a session outlives the user.", false),
	"revoke-sessions": flag("Revoke an \"assumed_role\" session by a Deny for it alone on the role; root then needs iam:PutRolePolicy there.", false),
	region: text("Region of STS and of the outputs. Default: AWS_REGION or AWS_DEFAULT_REGION, else us-east-1."),
	"iam-endpoint": text("URL of IAM, if not AWS's own."),
	"sts-endpoint": text("URL of STS, if not AWS's own.")
};
function wrong(input, problem, fix) {
	throw new UserError(problem, {
		input,
		fix,
		untouched: true
	});
}
/** @throws UserError for inputs that do not go together; the target has not been asked yet */
function checkConfig(config, ttl) {
	const type = config["credential-type"];
	const only = (input, types) => {
		const value = config[input];
		if (!(typeof value === "object" ? Object.keys(value).length > 0 : value !== "" && value !== false) || types.includes(type)) return;
		throw new UserError(`it has no meaning for "${type}"`, {
			input,
			fix: `It is for ${types.join(" and ")}.`,
			untouched: true
		});
	};
	for (const input of [
		"role-arn",
		"external-id",
		"session-tags",
		"revoke-sessions"
	]) only(input, ["assumed_role"]);
	for (const input of [
		"policy-as-managed",
		"iam-groups",
		"permissions-boundary-arn",
		"iam-tags",
		"allow-role-chaining"
	]) only(input, ["iam_user"]);
	for (const input of ["policy-document", "policy-arns"]) only(input, [
		"assumed_role",
		"iam_user",
		"federation_token"
	]);
	if (type === "assumed_role" && config["role-arn"] === "" && config["oidc-role-arn"] === "") wrong("role-arn", "it is empty", "Name the role to assume, or the role for the OIDC token in \"oidc-role-arn\".");
	if (type === "federation_token" && config["policy-document"] === "" && config["policy-arns"].length === 0) wrong("policy-document", "a federation token without a policy may do nothing", "Give \"policy-document\" or \"policy-arns\".");
	if (config["policy-as-managed"] && config["policy-document"] === "") wrong("policy-as-managed", "there is no policy to make one of", "Give \"policy-document\", or leave it out.");
	if (config["revoke-sessions"] && !config["role-session-name"].includes("{{name}}")) wrong("role-session-name", "it names more than one session, so none can be revoked by it", "Put {{name}} into it, or leave it out.");
	const longest = {
		assumed_role: 43200,
		federation_token: 129600,
		session_token: 129600,
		iam_user: Infinity
	}[type];
	if (ttl > longest) wrong("ttl", `AWS gives a credential of type "${type}" for at most ${longest / 3600} hours`, "Ask for less.");
	if (type === "session_token" && ttl < 900) wrong("ttl", "a session token lives for at least 15 minutes", "Ask for more, or mint another type.");
}
function arn(resource, description) {
	return {
		description,
		parse: (value, name) => value === "" ? "" : parseArn(value, name, resource)
	};
}
function arns(description) {
	const names = list(description);
	return {
		description,
		parse: (value, name) => names.parse(value, name).map((each) => parseArn(each, name, "policy"))
	};
}
function parseArn(value, input, resource) {
	if (new RegExp(String.raw`^arn:aws[\w-]*:iam::(?:\d{12}|aws):${resource}/[\w+=,.@/-]+$`).test(value)) return value;
	throw new UserError(`${JSON.stringify(value)} is not the ARN of a ${resource}`, {
		input,
		fix: `Write it like arn:aws:iam::123456789012:${resource}/name.`
	});
}
/** Tags: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
function pairs(description, most) {
	return {
		description,
		parse(value, input) {
			const entries = value.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== "").map((line) => {
				const [, key, text_] = /^([\p{L}\p{Z}\p{N}_.:/+\-@]{1,128}?)\s*=\s*([\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256})$/u.exec(line) ?? [];
				if (key === void 0 || text_ === void 0 || /^(?:aws:|joblease:)/i.test(key)) throw new UserError(`${JSON.stringify(line)} is not a tag`, {
					input,
					fix: "Write key=value, with letters, digits, spaces and _.:/=+-@; keys do not begin with \"aws:\" or \"joblease:\"."
				});
				return [key, text_];
			});
			if (entries.length > most) throw new UserError(`there are ${entries.length} tags, and at most ${most} fit`, { input });
			return Object.fromEntries(entries);
		}
	};
}
// src/engines/aws/root.ts
const form$1 = "Write it as credential_process does, each in one line: {\"Version\":1,\"AccessKeyId\":\"…\",\"SecretAccessKey\":\"…\"}.";
/** May be empty: then the OIDC token of the job or its environment is the root. */
const rootInput$2 = {
	description: "Root credential: an access key as JSON, {\"Version\":1,\"AccessKeyId\":\"…\",\"SecretAccessKey\":\"…\"}. Several may be given, one per line: the first that AWS accepts is used. Empty: the role in \"oidc-role-arn\", or else the AWS_* variables of the environment.",
	parse(value, name) {
		const text = value.trim();
		if (text === "") return [];
		const whole = readJson(text);
		if (whole !== void 0) return [parseRoot$2(whole, name, "")];
		const lines = text.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== "");
		return lines.map((line, i) => parseRoot$2(readJson(line), name, lines.length === 1 ? "" : ` in line ${i + 1}`));
	}
};
/** Its errors never repeat any of the text. */
function parseRoot$2(value, input, where) {
	const wrong = (problem) => new UserError(`${problem}${where}`, {
		input,
		fix: form$1
	});
	if (typeof value !== "object" || value === null) throw wrong("it is not an access key as JSON");
	const fields = value;
	const { AccessKeyId, SecretAccessKey, SessionToken, Joblease } = fields;
	if (fields["Version"] !== void 0 && fields["Version"] !== 1) throw wrong("its \"Version\" is not 1");
	if (typeof AccessKeyId !== "string" || !/^\w{16,128}$/.test(AccessKeyId)) throw wrong("its \"AccessKeyId\" is missing or malformed");
	if (typeof SecretAccessKey !== "string" || SecretAccessKey === "") throw wrong("its \"SecretAccessKey\" is missing");
	if (SessionToken !== void 0 && typeof SessionToken !== "string") throw wrong("its \"SessionToken\" is malformed");
	return {
		accessKeyId: AccessKeyId,
		secretAccessKey: SecretAccessKey,
		...SessionToken === void 0 ? {} : { sessionToken: SessionToken },
		...Joblease === void 0 ? {} : { joblease: readMarker(Joblease) },
		secrets: [SecretAccessKey, ...SessionToken === void 0 ? [] : [SessionToken]]
	};
}
/** One line of the secret, which {@link rootInput} reads back. */
function formatRoot({ accessKeyId, secretAccessKey, sessionToken, joblease }) {
	return JSON.stringify({
		Version: 1,
		AccessKeyId: accessKeyId,
		SecretAccessKey: secretAccessKey,
		SessionToken: sessionToken,
		Joblease: joblease === void 0 || Object.keys(joblease).length === 0 ? void 0 : joblease
	});
}
/** What is not as a rotation wrote it is left out: then the key counts as a person's, which is never deleted. */
function readMarker(value) {
	const { creating, made } = value ?? {};
	return {
		...isTime(creating) ? { creating } : {},
		...isTime(made) ? { made } : {}
	};
}
function isTime(value) {
	return typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && Number.isFinite(Date.parse(value));
}
function readJson(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
/** There is no root credential, nor anything that could stand in for one. */
function missingRoot() {
	return new UserError("it is empty, and neither \"oidc-role-arn\" nor AWS_ACCESS_KEY_ID is set", {
		input: "root",
		fix: "Workflows triggered from a fork or by Dependabot get no secrets."
	});
}
// src/engines/aws/declaration.ts
const aws = {
	name: "aws",
	root: rootInput$2,
	inputs: awsInputs,
	inputsOf: {
		sweep: [
			"oidc-role-arn",
			"oidc-audience",
			"role-arn",
			"user-path",
			"revoke-sessions",
			"region",
			"iam-endpoint",
			"sts-endpoint"
		],
		"rotate-root": [
			"oidc-role-arn",
			"oidc-audience",
			"region",
			"iam-endpoint",
			"sts-endpoint"
		]
	},
	outputs: {
		"access-key-id": "Id of the access key.",
		"secret-access-key": "Its secret. Masked.",
		"session-token": "Token of a session; empty for an \"iam_user\". Masked.",
		region: "Region that was used.",
		arn: "ARN of the minted user or session; empty for a \"session_token\"."
	},
	environment: [
		"AWS_ACCESS_KEY_ID",
		"AWS_SECRET_ACCESS_KEY",
		"AWS_SESSION_TOKEN",
		"AWS_REGION",
		"AWS_DEFAULT_REGION"
	],
	check(roots, config) {
		const { AWS_ACCESS_KEY_ID: ambient = "" } = process.env;
		if (roots.length === 0 && config["oidc-role-arn"] === "" && ambient === "") throw missingRoot();
	},
	load: async () => (await import("./aws.js")).engine
};
// src/engines/mysql/inputs.ts
/**
* @param network how the server writes one
* @param pattern of what else than a network may be written, nothing of which quoting could change
*/
function hostPattern(network, pattern) {
	return {
		description: "Host part of the minted account: where it may log in from, as in 'user'@'10.0.0.%'.",
		default: "%",
		parse(value, name) {
			if (pattern.test(value)) return value;
			throw new UserError(`${JSON.stringify(value)} is not a host pattern`, {
				input: name,
				fix: `Write a host name, an address, a pattern such as 10.0.0.% or a network such as ${network}.`
			});
		}
	};
}
const hostPatterns = {
	mysql: hostPattern("10.0.0.0/24", /^[\w.%:/-]{1,255}$/),
	mariadb: hostPattern("10.0.0.0/255.255.255.0", /^(?!.*\/\d{1,3}$)[\w.%:/-]{1,255}$/)
};
/** The inputs of the MySQL and MariaDB engines, beside those that every engine has. */
const mysqlInputs = {
	"host-pattern": hostPatterns.mysql,
	"member-of": list("SQL roles, separated by commas or lines, that the minted account is granted and that are active when it logs in. On MariaDB one at most: a session there has one role at a time."),
	"creation-statements": mintOnly(text("SQL that runs when the account is minted. Variables: {{name}} or {{username}}, {{password}}, {{expiration}}. If it uses {{password}} it creates the account itself.")),
	"revocation-statements": text("SQL that runs when the account is revoked, after it was locked and its sessions were ended. Variables: {{name}} or {{username}}."),
	"connection-limit": integer("How many sessions the minted account may have at a time; 0 for no limit of its own.", 20, [0, 1e4]),
	database: text("Database that the outputs point to. Default: the one in \"root\"."),
	"tls-ca": text("Certificate authority that the server must be signed by: PEM text, or the path of a PEM file.")
};
/** Those that MariaDB reads otherwise. */
const mariadbInputs = {
	...mysqlInputs,
	"host-pattern": hostPatterns.mariadb
};
// src/engines/root-lines.ts
/**
* Takes the input `root` apart: one root credential per line.
*
* @param parse reads one; `where` says which line it is, `''` when there is only one, for its error texts
* @param form how to write one, for the error text
* @throws UserError naming the input when there is none
*/
function parseRootLines(value, input, form, parse) {
	const lines = value.split(/[\r\n]+/).map((line) => line.trim()).filter((line) => line !== "");
	if (lines.length === 0) throw new UserError("it is empty", {
		input,
		fix: `${form} Workflows triggered from a fork or by Dependabot get no secrets.`
	});
	return lines.map((line, i) => parse(line, lines.length === 1 ? "" : ` in line ${i + 1}`));
}
// src/engines/mysql/root.ts
const sslModes$1 = [
	"DISABLED",
	"REQUIRED",
	"VERIFY_CA",
	"VERIFY_IDENTITY"
];
const encode$1 = "Percent-encode what is not a letter, digit, \"-\", \".\" or \"_\" in the user name and the password.";
/** @param schemes that the engine takes, the usual one first */
function rootInput$1(schemes) {
	const form = `Write it as ${schemes[0]}://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY.`;
	return {
		description: `Root credential: ${schemes[0]}://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY. Several may be given, one per line: the first that the server accepts is used.`,
		parse: (value, name) => parseRootLines(value, name, form, (line, where) => parseRoot$1(line, name, where, schemes, form))
	};
}
/** Reads one URL. Its errors never repeat any of it, because a misplaced character may be part of the password. */
function parseRoot$1(url, input, where, schemes, form) {
	const wrong = (problem, fix = form) => new UserError(`${problem}${where}`, {
		input,
		fix
	});
	const parts = /^([a-z]+):\/\/(?:([^@/?#]*)@)?(\[[^\]]*\]|[^@:/?#]*)(?::([^@/?#]*))?(\/[^@?#]*)?(\?[^#]*)?$/.exec(url);
	const scheme = schemes.find((each) => each === parts?.[1]);
	if (parts === null || scheme === void 0) throw wrong(`it is not a ${schemes.join(" or ")} URL`, `${form} ${encode$1}`);
	const [, , login = "", authority = "", digits = "", path = "", query = ""] = parts;
	const decode = (text) => {
		try {
			return decodeURIComponent(text);
		} catch {
			throw wrong("it holds a \"%\" that is not part of a percent-encoded character", encode$1);
		}
	};
	const colon = login.indexOf(":");
	const user = decode(colon < 0 ? login : login.slice(0, colon));
	const encodedPassword = colon < 0 ? "" : login.slice(colon + 1);
	const password = decode(encodedPassword);
	if (user === "") throw wrong("the user name is missing");
	const host = decode(authority).replaceAll(/^\[|\]$/g, "");
	const port = digits === "" ? 3306 : Number(digits);
	if (host === "") throw wrong("the host name is missing");
	if (!/^[\w.:%-]+$/.test(host)) throw wrong("the host name holds characters that no host name has");
	if (!Number.isInteger(port) || port < 1 || port > 65535) throw wrong("the port is not a number from 1 to 65535");
	const search = new URLSearchParams(query);
	for (const name of search.keys()) {
		if (name === "ssl-mode") continue;
		throw wrong(`${/^[A-Za-z_-]{1,30}$/.test(name) ? `the parameter "${name}"` : "a parameter"} is not supported`, `Supported is ssl-mode. ${encode$1}`);
	}
	const sslMode = search.get("ssl-mode") ?? "VERIFY_IDENTITY";
	if (!isSslMode$1(sslMode)) throw wrong("its ssl-mode is not supported", `Supported are ${sslModes$1.join(", ")}. The mode PREFERRED may send everything in the clear, so say which you mean.`);
	const secrets = [.../* @__PURE__ */ new Set([
		url,
		password,
		encodedPassword
	])].filter((text) => text !== "");
	return {
		url,
		scheme,
		host,
		port,
		user,
		password,
		database: decode(path.slice(1)),
		sslMode,
		secrets
	};
}
function isSslMode$1(text) {
	return sslModes$1.includes(text);
}
/** Writes the URL that a client of the database takes. */
function formatUrl$1(root) {
	const credentials = `${encodeURIComponent(root.user)}:${encodeURIComponent(root.password)}`;
	const host = root.host.includes(":") ? `[${root.host}]` : root.host;
	const path = encodeURIComponent(root.database);
	return `${root.scheme}://${credentials}@${host}:${root.port}/${path}?ssl-mode=${root.sslMode}`;
}
// src/engines/mysql/declaration.ts
const common = {
	inputs: mysqlInputs,
	inputsOf: {
		sweep: [
			"member-of",
			"revocation-statements",
			"tls-ca"
		],
		"rotate-root": ["tls-ca"]
	},
	outputs: {
		username: "Name of the minted account: the same as \"principal\".",
		password: "Its password. Masked.",
		host: "Server that the lease was minted on.",
		port: "Its port.",
		database: "Database to connect to; empty when neither \"root\" nor \"database\" names one.",
		url: "All of it as one URL, with the ssl-mode of \"root\". Masked."
	},
	environment: [
		"MYSQL_HOST",
		"MYSQL_TCP_PORT",
		"MYSQL_USER",
		"MYSQL_PWD",
		"MYSQL_DATABASE",
		"DATABASE_URL"
	]
};
const mysql = {
	...common,
	name: "mysql",
	root: rootInput$1(["mysql"]),
	load: async () => (await import("./mysql.js")).mysqlEngine
};
const mariadb = {
	...common,
	inputs: mariadbInputs,
	name: "mariadb",
	root: rootInput$1(["mariadb", "mysql"]),
	load: async () => (await import("./mysql.js")).mariadbEngine
};
// src/engines/postgres/inputs.ts
/** The inputs of the PostgreSQL engine, beside those that every engine has. */
const postgresInputs = {
	"admin-role": text("Role to SET ROLE to before anything else, so that two root logins can manage what either of them minted."),
	"member-of": list("Group roles, separated by commas or lines, that the minted role becomes a member of. With exactly one it acts as that role, so what the job creates belongs to the group."),
	"creation-statements": mintOnly(text("SQL that runs when the role is minted, in the same transaction. Variables: {{name}} or {{username}}, {{password}}, {{expiration}}. If it uses {{password}} it creates the role itself.")),
	"revocation-statements": text("SQL that runs when the role is revoked, after it was disabled and its sessions were ended. Variables: {{name}} or {{username}}."),
	"connection-limit": integer("How many sessions the minted role may have at a time; -1 for no limit.", 20, [-1, 1e4]),
	database: text("Database that the outputs point to. Default: the one in \"root\"."),
	"tls-ca": text("Certificate authority that the server must be signed by: PEM text, or the path of a PEM file.")
};
// src/engines/postgres/root.ts
const sslModes = [
	"disable",
	"require",
	"verify-ca",
	"verify-full"
];
const form = "Write it as postgres://user:password@host:port/database?sslmode=verify-full.";
const encode = "Percent-encode what is not a letter, digit, \"-\", \".\" or \"_\" in the user name and the password.";
const rootInput = {
	description: "Root credential: postgres://user:password@host:port/database?sslmode=verify-full. Several may be given, one per line: the first that the server accepts is used.",
	parse: (value, name) => parseRootLines(value, name, form, (line, where) => parseRoot(line, name, where))
};
/** libpq's parameters that may stand in the query of a root URL. */
const parameters = [
	"host",
	"port",
	"sslmode",
	"sslrootcert",
	"target_session_attrs"
];
/** What else often stands in the URLs that hosting services and other clients give. */
const foreignParameters = /* @__PURE__ */ new Set([
	"application_name",
	"channel_binding",
	"connect_timeout",
	"connection_limit",
	"gssencmode",
	"keepalives",
	"load_balance_hosts",
	"options",
	"pgbouncer",
	"pool_timeout",
	"schema",
	"sslcert",
	"sslkey",
	"sslnegotiation"
]);
/** Reads one URL. Its errors never repeat any of it, because a misplaced character may be part of the password. */
function parseRoot(url, input, where) {
	const wrong = (problem, fix = form) => new UserError(`${problem}${where}`, {
		input,
		fix
	});
	const parts = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(\/[^@?#]*)?(\?[^#]*)?$/.exec(url);
	if (parts === null) throw wrong("it is not a PostgreSQL URL", `${form} ${encode}`);
	const [, login = "", authority = "", path = "", query = ""] = parts;
	const decode = (text) => {
		try {
			return decodeURIComponent(text);
		} catch {
			throw wrong("it holds a \"%\" that is not part of a percent-encoded character", encode);
		}
	};
	const colon = login.indexOf(":");
	const user = decode(colon < 0 ? login : login.slice(0, colon));
	const encodedPassword = colon < 0 ? "" : login.slice(colon + 1);
	const password = decode(encodedPassword);
	if (user === "") throw wrong("the user name is missing");
	const search = new URLSearchParams(query.replaceAll("+", "%2B"));
	for (const name of search.keys()) if (!parameters.includes(name)) throw wrong(`${foreignParameters.has(name) ? `the parameter "${name}"` : "a parameter"} is not supported`, `Supported are ${parameters.join(", ")}. ${encode}`);
	const sslmode = search.get("sslmode") ?? "verify-full";
	if (!isSslMode(sslmode)) throw wrong("its sslmode is not supported", `Supported are ${sslModes.join(", ")}. The modes prefer and allow may send everything in the clear, so say which you mean.`);
	const attributes = search.get("target_session_attrs") ?? "any";
	if (![
		"any",
		"read-write",
		"primary"
	].includes(attributes)) throw wrong("its target_session_attrs is not supported", "Supported are any, read-write and primary.");
	return {
		url,
		hosts: hostList(authority, search, decode, wrong),
		user,
		password,
		database: decode(path.slice(1)) || user,
		sslmode,
		sslrootcert: search.get("sslrootcert") ?? void 0,
		secrets: [.../* @__PURE__ */ new Set([
			url,
			password,
			encodedPassword
		])].filter((text) => text !== "")
	};
}
/** libpq: the query replaces the hosts and the ports of the authority, each by itself. */
function hostList(authority, query, decode, wrong) {
	const pairs = authority.split(",").map(splitPort);
	const given = {
		hosts: query.get("host") ?? "",
		ports: query.get("port") ?? ""
	};
	const hosts = given.hosts === "" ? pairs.map(({ host }) => decode(host)) : given.hosts.split(",");
	const ports = given.ports === "" ? pairs.map(({ port }) => port) : given.ports.split(",");
	if (ports.length !== 1 && ports.length !== hosts.length) throw wrong("there is not one port for each host");
	return hosts.map((host, i) => {
		const name = host.replaceAll(/^\[|\]$/g, "");
		const port = (ports.length === 1 ? ports[0] : ports[i]) ?? "";
		const number = port === "" ? 5432 : Number(port);
		if (name === "") throw wrong("a host name is missing");
		if (!/^[\w.:%/-]+$/.test(name)) throw wrong("a host name holds characters that no host name has");
		if (!/^\d*$/.test(port) || number < 1 || number > 65535) throw wrong("a port is not a number from 1 to 65535");
		return {
			host: name,
			port: number
		};
	});
}
function splitPort(text) {
	const [, host = "", port = ""] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? [];
	return {
		host,
		port
	};
}
function isSslMode(text) {
	return sslModes.includes(text);
}
/** Writes the URL that a client of the database takes. */
function formatUrl(login, { host, port }, sslrootcert) {
	const query = new URLSearchParams({ sslmode: login.sslmode });
	if (sslrootcert !== void 0) query.set("sslrootcert", sslrootcert);
	const credentials = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
	const path = encodeURIComponent(login.database);
	const isDirectory = host.startsWith("/");
	if (isDirectory) {
		query.set("host", host);
		query.set("port", String(port));
	}
	const address = (host.includes(":") ? `[${host}]` : host).replaceAll("%", "%25");
	return `postgres://${credentials}@${isDirectory ? "" : `${address}:${port}`}/${path}?${query.toString().replaceAll("+", "%20")}`;
}
// src/engines/registry.ts
/** Every engine. Their drivers are not loaded before {@link EngineDeclaration.load}. */
const engines = [
	{
		name: "postgres",
		root: rootInput,
		inputs: postgresInputs,
		inputsOf: {
			sweep: [
				"admin-role",
				"revocation-statements",
				"tls-ca"
			],
			"rotate-root": ["admin-role", "tls-ca"]
		},
		outputs: {
			username: "Name of the minted role: the same as \"principal\".",
			password: "Its password. Masked.",
			host: "Server that the lease was minted on.",
			port: "Its port.",
			database: "Database to connect to.",
			url: "All of it as one URL, with the sslmode of \"root\". Masked."
		},
		environment: [
			"PGHOST",
			"PGPORT",
			"PGUSER",
			"PGPASSWORD",
			"PGDATABASE",
			"PGSSLMODE",
			"PGSSLROOTCERT",
			"DATABASE_URL"
		],
		load: async () => (await import("./postgres.js")).engine
	},
	mysql,
	mariadb,
	aws
];
/** @throws UserError when there is no such engine */
function engineNamed(name) {
	const engine = engines.find((each) => each.name === name);
	if (engine === void 0) {
		const names = engines.map((each) => each.name).join(", ");
		throw new UserError(name === "" ? "it is empty" : `there is no engine ${JSON.stringify(name)}`, {
			input: "engine",
			fix: `The engines are: ${names}.`
		});
	}
	return engine;
}
// src/engines/retry.ts
/**
* Does the work again for as long as its failure can heal and the signal has not fired, with growing, jittered pauses.
*
* @returns what the work returned
* @throws the work's last error, or the signal's reason when it fires before the first attempt
*/
async function retry(work, canHeal, signal) {
	signal.throwIfAborted();
	for (let pause = 50;; pause = Math.min(pause * 2, 5e3)) try {
		return await work();
	} catch (error) {
		if (!canHeal(error)) throw error;
		await setTimeout(pause * (.5 + Math.random()), void 0, { signal }).catch(() => {
			throw error;
		});
		if (signal.aborted) throw error;
	}
}
// src/lease/name.ts
const expiryLength = 7;
const roleLength = 7;
const randomLength = 13;
const lastExpiry = 36 ** expiryLength - 1;
const pattern = /^jl_([0-9a-z]{7})_([a-z0-9]{1,7})_([0-9a-z]{13})$/;
/**
* The same pattern for a target's own regular expressions (POSIX), so that a list is narrowed there.
* It must accept exactly what {@link parsePrincipal} accepts.
*/
const principalPattern = "^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$";
/**
* Chooses the name for a new account.
*
* @param role the lease's role label; what of it is not `[a-z0-9]` is left out and the rest cut to 7 characters
* @param expiry when the lease is first due to end, by the runner's clock. A hint for a quick look: the target's own
*   record of the expiry is what counts.
* @throws RangeError when it lies before 1970 or is too late to fit: nothing would find such a name again
*/
function newPrincipal(role, expiry) {
	const seconds = Math.floor(expiry.getTime() / 1e3);
	if (!(seconds >= 0 && seconds <= lastExpiry)) throw new RangeError("the expiry does not fit into a name");
	const time = seconds.toString(36).padStart(expiryLength, "0");
	const slug = role.toLowerCase().replaceAll(/[^a-z0-9]/g, "").slice(0, roleLength);
	return `jl_${time}_${slug === "" ? "job" : slug}_${randomBase36(randomLength)}`;
}
/** @returns the text as a principal when it has the form of one of ours, otherwise undefined */
function parsePrincipal(text) {
	return pattern.test(text) ? text : void 0;
}
/** The initial expiry that a principal's name carries, by the clock of the runner that minted it. */
function expiryInName(principal) {
	return /* @__PURE__ */ new Date(Number.parseInt(principal.slice(3, 10), 36) * 1e3);
}
const roleLabel = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
function formatLeaseId({ engine, role, principal }) {
	return `${engine}/${role}/${principal}`;
}
/** @throws UserError when the label could not stand in a lease id */
function parseRoleLabel(text, input) {
	if (!roleLabel.test(text)) throw new UserError(`${JSON.stringify(text)} cannot be a role label`, {
		input,
		fix: "Use up to 63 letters, digits, \".\", \"_\" and \"-\", beginning with a letter or a digit."
	});
	return text;
}
function randomBase36(length) {
	let text = "";
	while (text.length < length) for (const byte of randomBytes(length)) if (byte < 252) text += (byte % 36).toString(36);
	return text.slice(0, length);
}
// src/lease/password.ts
/**
* A new password: 43 characters of `[A-Za-z0-9_-]` from 256 random bits.
*
* No URL, JSON, XML, shell or SQL quoting changes such a text, so the one mask that the runner gets covers every form
* in which a log could show it.
*/
function newPassword() {
	return randomBytes(32).toString("base64url");
}
// src/github/http.ts
/** The time of one request, in milliseconds: GitHub itself gives up after 10 s. */
const patience = 15e3;
/**
* Makes one request. Whatever the status, it is an answer; what to make of it only the caller knows.
*
* @throws Error when there was no answer
*/
async function send({ method = "GET", url, token, headers, body }, signal) {
	const { text } = await import("node:stream/consumers");
	const { request } = await (url.protocol === "http:" ? import("node:http") : import("node:https"));
	const options = {
		method,
		agent: await agentFor(url.protocol),
		signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
		headers: {
			accept: "application/json",
			"user-agent": "joblease",
			...token === "" ? {} : { authorization: `Bearer ${token}` },
			...body === void 0 ? {} : { "content-type": "application/json" },
			...headers
		}
	};
	try {
		const response = await new Promise((resolve, reject) => {
			request(url, options, resolve).on("error", reject).end(body === void 0 ? void 0 : JSON.stringify(body));
		});
		return {
			status: response.statusCode ?? 0,
			headers: response.headers,
			body: parseJson(await text(response))
		};
	} catch (error) {
		signal.throwIfAborted();
		throw new Error(`no answer from ${url.host}: ${messageOf(error)}`, { cause: error });
	}
}
const settings = {
	keepAlive: true,
	maxSockets: 8,
	proxyEnv: process.env,
	rejectUnauthorized: true
};
const agents = /* @__PURE__ */ new Map();
/** One per protocol, so that many requests share few connections, through the proxy that the environment names. */
async function agentFor(protocol) {
	let agent = agents.get(protocol);
	if (agent === void 0) {
		agent = (protocol === "http:" ? import("node:http") : import("node:https")).then((http) => new http.Agent(settings));
		agents.set(protocol, agent);
	}
	return await agent;
}
function parseJson(text) {
	try {
		return JSON.parse(text);
	} catch {
		return;
	}
}
// src/runner/log.ts
/**
* Prints lines to the job's log. What a server or a user supplied may stand in them: the runner takes a line for a
* command when it begins with `::`, or has `##[` anywhere (actions/runner ActionCommand.cs), and ends a line at a lone
* carriage return too.
*/
function say(text) {
	const lines = text.split(/\r\n|\r|\n/).map((line) => line.replace(/^\s*::/, ": :").replaceAll("##[", "# #["));
	info(lines.join("\n"));
}
/** Warns, as an annotation of the run. Escaped by the toolkit. */
function warn(text) {
	warning(text);
}
/**
* Ends the step red, with the error's message alone. Only sets the exit code: `process.exit` could lose what is still
* on its way to the runner, a mask among it.
*/
function fail(reason) {
	error(messageOf(reason));
	process.exitCode = 1;
}
/** Makes the runner replace the texts by `***` in everything that is printed from now on. */
function mask(secrets) {
	for (const secret of secrets) if (secret !== "") setSecret(secret);
}
// src/runner/id-token.ts
/**
* How to ask GitHub for an OIDC token of this job.
*
* Its own few lines, because the toolkit's getIDToken brings an HTTP client whose loading more than doubles the start of
* every step. https://docs.github.com/en/actions/reference/security/oidc
*
* @returns undefined when the job lacks `permissions: id-token: write`
*/
function idTokenSource() {
	const { ACTIONS_ID_TOKEN_REQUEST_URL: base, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
	if (base === void 0 || base === "" || token === void 0 || token === "") return void 0;
	return async (audience, signal) => {
		const url = new URL(base);
		url.searchParams.set("audience", audience);
		const { status, body } = await send({
			url,
			token
		}, signal);
		if (status !== 200) throw new Error(`GitHub gave no OIDC token: status ${status}`);
		const { value } = body ?? {};
		if (typeof value !== "string") throw new Error("GitHub gave no OIDC token: the answer holds none");
		mask([value]);
		return value;
	};
}
// src/runner/interruption.ts
/**
* Turns a cancelled step into a signal. The runner sends SIGINT, 7.5 s later SIGTERM and 2.5 s after that kills the
* process (actions/runner ProcessInvoker.cs); without a handler Node would be gone at once, with work half done.
*
* @returns fires at the first of them
*/
function interruption() {
	const controller = new AbortController();
	for (const name of ["SIGINT", "SIGTERM"]) process.on(name, () => {
		controller.abort(/* @__PURE__ */ new Error("the step was cancelled"));
	});
	return controller.signal;
}
// src/runner/job.ts
/**
* Who runs this step, from the variables that the runner sets.
*
* @param checkRun `job.check_run_id`, which no variable holds: it comes through an input's default; 0 where it is empty
*/
function currentJob(checkRun) {
	return {
		repo: variable$1("GITHUB_REPOSITORY"),
		repoId: number("GITHUB_REPOSITORY_ID"),
		run: number("GITHUB_RUN_ID"),
		attempt: number("GITHUB_RUN_ATTEMPT"),
		job: variable$1("GITHUB_JOB"),
		checkRun,
		workflow: variable$1("GITHUB_WORKFLOW"),
		actor: variable$1("GITHUB_ACTOR")
	};
}
function variable$1(name) {
	return process.env[name] ?? "";
}
function number(name) {
	const value = Number(variable$1(name));
	return Number.isSafeInteger(value) ? value : 0;
}
// src/runner/state.ts
/** Written ahead: before the target hears of the lease. */
function holdLease(lease) {
	saveState("lease", JSON.stringify(lease));
}
function holdMinted(minted) {
	saveState("minted", JSON.stringify(minted));
}
/** Main itself has seen that there is nothing to revoke. */
function holdNothing() {
	saveState("settled", "true");
}
/** @returns what main left for post; no lease when main did not get as far as choosing one, or has settled it */
function held() {
	const lease = getState("lease");
	if (lease === "" || getState("settled") === "true") return void 0;
	const minted = getState("minted");
	return {
		lease: JSON.parse(lease),
		minted: minted === "" ? void 0 : JSON.parse(minted)
	};
}
// src/runner/summary.ts
/** Appends to the job's summary. */
async function writeSummary(sections) {
	if (process.env["GITHUB_STEP_SUMMARY"] === void 0) return;
	for (const section of sections) if ("heading" in section) summary.addHeading(escapeHtml(section.heading), 4);
	else if ("paragraph" in section) summary.addRaw(`<p>${escapeHtml(section.paragraph)}</p>`, true);
	else if ("block" in section) summary.addRaw(`<pre>${section.block.split("\n").map(escapeHtml).join("\n")}</pre>`, true);
	else {
		const [header = [], ...rows] = section.table;
		summary.addTable([header.map((data) => ({
			data,
			header: true
		})), ...rows.map((row) => row.map(escapeHtml))]);
	}
	await summary.write().catch((error) => {
		warn(`The job's summary could not be written: ${messageOf(error)}`);
	});
}
/**
* Appends a table of one row.
*
* @param row cells by column title, in order; an empty one is left out with its column
*/
async function summarize(title, row) {
	const columns = Object.entries(row).filter(([, cell]) => cell !== "");
	await writeSummary([{ heading: title }, { table: [columns.map(([name]) => name), columns.map(([, cell]) => cell)] }]);
}
function escapeHtml(text) {
	return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll(/\r\n|\r|\n/g, "<br>");
}
// src/github/api.ts
/** GitHub's REST API. https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api */
/** Makes one request to a path of {@link at}. GETs follow redirects: a renamed repository answers with one. */
async function ask({ base, token }, path, signal, request = {}) {
	const headers = {
		accept: "application/vnd.github+json",
		"x-github-api-version": "2022-11-28",
		...request.headers
	};
	let url = new URL(`${base.replace(/\/+$/, "")}${path}`);
	for (let redirects = 0;; redirects += 1) {
		const answer = await send({
			...request,
			url,
			token,
			headers
		}, signal);
		const { location } = answer.headers;
		if (![
			301,
			302,
			307,
			308
		].includes(answer.status) || location === void 0) return answer;
		const next = new URL(location, url);
		if (next.origin !== url.origin || (request.method ?? "GET") !== "GET" || redirects === 3) return answer;
		url = next;
	}
}
/** A path in which every value is one segment, whatever it holds. @throws RangeError for `.` and `..` */
function at(texts, ...values) {
	const encoded = values.map((value) => {
		const segment = encodeURIComponent(value);
		if (/^\.{0,2}$/.test(segment)) throw new RangeError(`${JSON.stringify(value)} cannot be a part of a path`);
		return segment;
	});
	return String.raw({ raw: texts }, ...encoded);
}
/** GitHub's own words in an answer, for an error's text. */
function wordsOf({ status, body }) {
	const { message } = body ?? {};
	return typeof message === "string" ? `${status} ${message}` : `status ${status}`;
}
/** Whether an answer says that too much was asked: by the hour, or too fast. */
function isRateLimited({ status, headers }) {
	return status === 429 || status === 403 && (headers["x-ratelimit-remaining"] === "0" || headers["retry-after"] !== void 0);
}
/** When a rate limit ends, in milliseconds from now; 60 s where GitHub does not say, as its documentation asks for. */
function rateLimitEnds({ headers }) {
	const after = Number(headers["retry-after"]);
	if (Number.isFinite(after)) return after * 1e3;
	const reset = Number(headers["x-ratelimit-reset"]) * 1e3;
	const date = Date.parse(headers.date ?? "");
	if (!Number.isFinite(reset)) return 6e4;
	return Math.max(0, reset - (Number.isFinite(date) ? date : Date.now()));
}
// src/runner/environment.ts
/** Where GitHub's REST API is: another host on GitHub Enterprise Server. */
function apiUrl() {
	const { GITHUB_API_URL: url = "" } = process.env;
	return url === "" ? "https://api.github.com" : url;
}
/** A directory that the runner empties before and after each job. */
function temporaryDirectory() {
	const { RUNNER_TEMP: directory = "" } = process.env;
	return directory === "" ? tmpdir() : directory;
}
// src/actions/target.ts
/**
* Reads which target a sweep or a rotation is for, and as whom: `root`, and what they take of the engine's inputs. All
* else is at its default. Root is masked from here on.
*
* @throws UserError for the first input that is wrong
*/
function readTarget(engine, action) {
	const taken = engine.inputsOf[action];
	const config = parseInputs(engine.inputs, (name) => taken.includes(name) ? getInput(name) : "");
	const roots = engine.root.parse(getInput("root"), "root");
	mask(roots.flatMap(({ secrets }) => secrets));
	engine.check?.(roots, config);
	return {
		roots,
		config
	};
}
// src/engines/parallel.ts
/**
* Does the same with each of many items, some at a time, and yields what comes of it in the items' order. Items are
* asked for and worked on only as far ahead as that takes, so the memory it needs does not grow with their number.
*
* @param most how many are worked on at a time
*/
async function* inParallel(items, most, work) {
	const ahead = [];
	for await (const item of items) {
		const result = work(item);
		result.catch(() => void 0);
		ahead.push(result);
		if (ahead.length < most) continue;
		const first = ahead.shift();
		if (first !== void 0) yield await first;
	}
	for (const result of ahead) yield await result;
}
// src/engines/network.ts
/** Failures below a target's own protocol: the same in every engine that opens connections. */
/** Node's code of a failed system call or TLS handshake, `''` when it has none. */
function systemCode(error) {
	if (error instanceof AggregateError && error.errors.length > 0) return systemCode(error.errors[0]);
	if (!(error instanceof Error) || !("code" in error)) return "";
	const { code } = error;
	return typeof code === "string" ? code : "";
}
/**
* Whether the network may do better a moment later. A refused connection and an unknown host are not among these: they
* are nearly always a wrong URL.
*/
function isPassingNetworkFailure(error) {
	return [
		"ECONNRESET",
		"ETIMEDOUT",
		"EPIPE",
		"EAI_AGAIN",
		"ENETUNREACH",
		"EHOSTUNREACH"
	].includes(systemCode(error));
}
/** Whether a code of {@link systemCode} says that the server's certificate was not accepted. */
function isCertificateCode(code) {
	return /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH)/.test(code);
}
// src/lease/template.ts
const variable = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;
const known = [
	"name",
	"username",
	"password",
	"expiration"
];
/**
* Puts the values into free statements, the only thing that joblease does to them: the text goes whole to the server's
* own parser.
*
* Values are not quoted here, because the statements already quote them (`'{{password}}'`, `"{{name}}"`). Instead a
* value may only hold characters that end no SQL literal, quoted identifier or comment, in any SQL mode.
*
* @param values for each variable that the statements may use; a variable without a value is reported like an unknown one
* @throws UserError naming `input` for a variable that does not exist
*/
function renderStatements(text, values, input) {
	const byName = new Map(Object.entries({
		...values,
		username: values.name
	}));
	return text.replaceAll(variable, (_, name) => {
		const value = byName.get(name);
		if (value === void 0) {
			const usable = known.filter((each) => byName.get(each) !== void 0).map((each) => `{{${each}}}`);
			throw new UserError(`there is no variable {{${name}}}`, {
				input,
				fix: `There are ${usable.join(", ")}.`
			});
		}
		if (!/^[\w :+/=$.-]*$/.test(value) || value.includes("--")) throw new RangeError(`the value for {{${name}}} holds characters that a statement could misread`);
		return value;
	});
}
/** Whether the statements use a variable. */
function mentions(text, name) {
	return [...text.matchAll(variable)].some(([, found]) => found === name);
}
// src/engines/authority.ts
/**
* The PEM of the authority that an input, such as `tls-ca`, stands for.
*
* @param value PEM text or the path of a PEM file; empty, or `system`, for the machine's own list of authorities
* @returns undefined for the machine's own list
* @throws UserError naming the input when there is no such file or no certificate in it
*/
async function readAuthority(value, input) {
	if (value === "" || value === "system") return void 0;
	if (isPem(value)) return value;
	const pem = await readFile(value, "utf8").catch((error) => {
		throw new UserError("the certificate authority cannot be read", {
			input,
			said: messageOf(error)
		});
	});
	if (!isPem(pem)) throw new UserError(`there is no PEM certificate in ${value}`, { input });
	return pem;
}
function isPem(text) {
	return text.includes("-----BEGIN CERTIFICATE-----");
}
const textFields = [
	"repo",
	"job",
	"workflow",
	"actor",
	"role",
	"heir"
];
const numberFields = [
	"repoId",
	"run",
	"attempt",
	"checkRun",
	"iat",
	"exp",
	"max"
];
const fieldNames = [
	"v",
	...textFields,
	...numberFields
];
/** What may be shortened, least useful first: who asked and where can also be found by run and check run. */
const expendable = [
	"workflow",
	"job",
	"actor"
];
/**
* Encodes a record as at most {@link recordLimit} bytes of printable ASCII JSON, whatever text GitHub supplied: other
* characters are escaped, because a target's encoding may lack them. Where it would be too long the workflow's, the
* job's and the actor's names are shortened, in this order.
*/
function encodeRecord(record) {
	let fitting = record;
	for (const field of expendable) while (asciiJson(fitting).length > 1024 && fitting[field] !== "") fitting = {
		...fitting,
		[field]: fitting[field].slice(0, Math.floor(fitting[field].length / 2))
	};
	const text = asciiJson(fitting);
	if (text.length > 1024) throw new RangeError(`a lease record of ${text.length} bytes does not fit`);
	return text;
}
/** @returns the record, or undefined when the text is not one that {@link encodeRecord} could have written */
function decodeRecord(text) {
	if (text.length > 1024) return void 0;
	let value;
	try {
		value = JSON.parse(text);
	} catch {
		return;
	}
	if (typeof value !== "object" || value === null) return void 0;
	const fields = value;
	if (fields["v"] !== 1) return void 0;
	if (Object.keys(fields).length !== fieldNames.length) return void 0;
	if (!textFields.every((name) => typeof fields[name] === "string")) return void 0;
	if (!numberFields.every((name) => Number.isSafeInteger(fields[name]))) return void 0;
	return value;
}
function asciiJson(record) {
	return JSON.stringify(record, fieldNames).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
export { parseDuration as $, warn as A, engines as B, holdNothing as C, fail as D, idTokenSource as E, parsePrincipal as F, checkConfig as G, formatUrl$1 as H, parseRoleLabel as I, integer as J, duration as K, principalPattern as L, expiryInName as M, formatLeaseId as N, mask as O, newPrincipal as P, formatDuration as Q, retry as R, holdMinted as S, interruption as T, formatRoot as U, formatUrl as V, missingRoot as W, parseInputs as X, mintOnlyCleared as Y, text as Z, wordsOf as _, renderStatements as a, held as b, systemCode as c, apiUrl as d, UserError as et, temporaryDirectory as f, rateLimitEnds as g, isRateLimited as h, mentions as i, newPassword as j, say as k, inParallel as l, at as m, encodeRecord as n, isCertificateCode as o, ask as p, flag as q, readAuthority as r, isPassingNetworkFailure as s, decodeRecord as t, messageOf as tt, readTarget as u, summarize as v, currentJob as w, holdLease as x, writeSummary as y, engineNamed as z };
