export const id = "shared";
export const ids = ["shared"];
export const modules = {

/***/ 4373: // src/actions/context.js + 1 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  B: () => (/* binding */ contextFor)
});

// EXTERNAL MODULE: src/runner/log.js
var log = __webpack_require__(890);
;// CONCATENATED MODULE: src/github/id-token.js

/**
 * How to ask GitHub for an OIDC token of this job.
 *
 * Its own few lines, because the toolkit's getIDToken brings an HTTP client whose loading more than doubles the start of
 * every step; ours is loaded for the first token, as most steps ask for none. https://docs.github.com/en/actions/reference/security/oidc
 *
 * @returns undefined when the job lacks `permissions: id-token: write`
 */
function idTokenSource() {
    const { ACTIONS_ID_TOKEN_REQUEST_URL: base, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
    if (base === undefined || base === '' || token === undefined || token === '')
        return undefined;
    return async (audience, signal) => {
        const { Connection, jsonIn } = await __webpack_require__.e(/* import() */ "http-connection").then(__webpack_require__.bind(__webpack_require__, 1048));
        const url = new URL(base);
        url.searchParams.set('audience', audience);
        using github = new Connection(url, { mayBePlain: true, headers: { authorization: `Bearer ${token}` } });
        const answer = await github.exchange({ path: url.pathname + url.search }, signal);
        if (answer.status !== 200)
            throw new Error(`GitHub gave no OIDC token: status ${answer.status}`);
        const { value } = (jsonIn(answer) ?? {});
        if (typeof value !== 'string')
            throw new Error('GitHub gave no OIDC token: the answer holds none');
        (0,log/* mask */.dK)([value]);
        return value;
    };
}

;// CONCATENATED MODULE: src/actions/context.js


/**
 * What an engine gets of this step.
 *
 * @param limitMs for how long from now a person is told that something is tried again
 */
function contextFor(signal, limitMs) {
    return { signal, warn: log/* warn */.R8, mask: log/* mask */.dK, debug: (0,log/* tracer */.kJ)(), retrying: (0,log/* sayRetries */.MW)(limitMs), idToken: idTokenSource() };
}


/***/ }),

/***/ 174: // src/engines/aws/inputs.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   l: () => (/* binding */ checkConfig),
/* harmony export */   x: () => (/* binding */ awsInputs)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6547);


const credentialTypes = [
    'assumed_role',
    'iam_user',
    'federation_token',
    'session_token',
];
const credentialType = {
    description: 'What to mint: "assumed_role" a session of a role, "iam_user" a user with an access key, "federation_token" or "session_token" a session of the root user.',
    default: 'assumed_role',
    type: { oneOf: credentialTypes },
    parse(value, name) {
        if (credentialTypes.includes(value))
            return value;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${JSON.stringify(value)} is not a credential type`, {
            input: name,
            fix: `The types are: ${credentialTypes.join(', ')}.`,
        });
    },
};
const userPath = {
    description: 'Path of minted users: begins and ends with "/". The root policy is scoped to it.',
    default: '/joblease/',
    parse(value, name) {
        if (value.length <= 512 && /^\/(?:[\w+=,.@-]+\/)+$/.test(value))
            return value;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${JSON.stringify(value)} cannot be the path of minted users`, {
            input: name,
            fix: 'Write it like /joblease/: a path of their own keeps minted users apart from all others.',
        });
    },
};
const externalId = {
    description: "External id that the role's trust policy asks for.",
    parse(value, name) {
        if (value === '' || /^[\w+=,.@:/-]{2,1224}$/.test(value))
            return value;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('AWS takes no such external id', {
            input: name,
            fix: 'It has 2 to 1,224 letters, digits and _+=,.@:/-.',
        });
    },
};
/** Never empty: an earlier step may have changed the environment when post reads it, which therefore goes by main's. */
const region = {
    description: 'Region of STS and of the outputs. Default: AWS_REGION or AWS_DEFAULT_REGION, else us-east-1.',
    parse(value, name) {
        const { AWS_REGION = '', AWS_DEFAULT_REGION = '' } = process.env;
        const candidates = { [name]: value, AWS_REGION, AWS_DEFAULT_REGION };
        const [from, found] = Object.entries(candidates).find(([, each]) => each !== '') ?? [name, 'us-east-1'];
        if (found.length <= 32 && /^[a-z]+(?:-[a-z\d]+)*$/.test(found))
            return found;
        const where = from === name ? '' : `, and it comes from the variable ${from}`;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${JSON.stringify(found)} is not a region${where}`, {
            input: name,
            fix: 'Write it like us-east-1.',
            untouched: true,
        });
    },
};
/** The inputs of the AWS engine, beside those that every engine has. */
const awsInputs = {
    'credential-type': credentialType,
    'oidc-role-arn': arn('role', 'Role to assume with the job\'s OIDC token, in place of "root"; needs "permissions: id-token: write". For "assumed_role" without another "role-arn" it is the credential itself.'),
    'oidc-audience': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .text */ .Qq)('Audience of the OIDC token.', 'sts.amazonaws.com'),
    'role-arn': arn('role', 'Role to assume, for "assumed_role".'),
    'role-session-name': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .text */ .Qq)('Name of the session in CloudTrail, for "assumed_role". {{name}} stands for the principal, which is unique.', '{{name}}'),
    'external-id': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .mintOnly */ .NR)(externalId),
    'session-tags': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .mintOnly */ .NR)(pairs('Session tags, one key=value a line, for "assumed_role".', 50)),
    'policy-document': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .text */ .Qq)('Policy as JSON: session policy of a session, inline policy of an "iam_user".'),
    'policy-arns': arns('Managed policies, separated by commas or lines: session policies, or attached to an "iam_user".'),
    'policy-as-managed': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .flag */ .Jt)('Make "policy-document" of an "iam_user" a managed policy of its own, for one that is too large to be inline; revoked with the user.', false),
    'iam-groups': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .list */ .p_)('Groups, separated by commas or lines, that an "iam_user" becomes a member of.'),
    'permissions-boundary-arn': arn('policy', 'Permissions boundary of an "iam_user".'),
    'iam-tags': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .mintOnly */ .NR)(pairs('Tags of an "iam_user", one key=value a line, beside those that hold the lease.', 30)),
    'user-path': userPath,
    'allow-role-chaining': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .flag */ .Jt)('Whether what is minted may assume roles, whose sessions outlive it: an "iam_user", or an "assumed_role" session that is narrowed by a policy, shorter than 15 minutes, or to be revoked.', false),
    'revoke-sessions': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .flag */ .Jt)('Revoke an "assumed_role" session by a Deny for it alone on the role; root then needs iam:PutRolePolicy there.', false),
    region,
    'iam-endpoint': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .text */ .Qq)("URL of IAM, if not AWS's own."),
    'sts-endpoint': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .text */ .Qq)("URL of STS, if not AWS's own."),
};
function wrong(input, problem, fix) {
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(problem, { input, fix, untouched: true });
}
/** @throws UserError for inputs that do not go together; the target has not been asked yet */
function checkConfig(config, ttl) {
    const type = config['credential-type'];
    const only = (input, types) => {
        const value = config[input];
        const isSet = typeof value === 'object' ? Object.keys(value).length > 0 : value !== defaultOf(input);
        if (!isSet || types.includes(type))
            return;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`it has no meaning for "${type}"`, {
            input,
            fix: `It is for ${types.join(' and ')}.`,
            untouched: true,
        });
    };
    for (const input of ['role-arn', 'external-id', 'session-tags', 'revoke-sessions'])
        only(input, ['assumed_role']);
    for (const input of ['policy-as-managed', 'iam-groups', 'permissions-boundary-arn', 'iam-tags', 'user-path'])
        only(input, ['iam_user']);
    only('allow-role-chaining', ['assumed_role', 'iam_user']);
    for (const input of ['policy-document', 'policy-arns'])
        only(input, ['assumed_role', 'iam_user', 'federation_token']);
    if (type === 'assumed_role' && config['role-arn'] === '' && config['oidc-role-arn'] === '') {
        wrong('role-arn', 'it is empty', 'Name the role to assume, or the role for the OIDC token in "oidc-role-arn".');
    }
    if (type === 'federation_token' && config['policy-document'] === '' && config['policy-arns'].length === 0) {
        wrong('policy-document', 'a federation token without a policy may do nothing', 'Give "policy-document" or "policy-arns".');
    }
    const most = type === 'iam_user' ? 20 : 10;
    if (config['policy-arns'].length > most) {
        wrong('policy-arns', `they are ${config['policy-arns'].length}, and AWS takes ${most} at most`, 'Name fewer.');
    }
    if (config['policy-as-managed'] && config['policy-document'] === '') {
        wrong('policy-as-managed', 'there is no policy to make one of', 'Give "policy-document", or leave it out.');
    }
    if (config['revoke-sessions'] && !config['role-session-name'].includes('{{name}}')) {
        wrong('role-session-name', 'it names more than one session, so none can be revoked by it', 'Put {{name}} into it, or leave it out.');
    }
    const longest = { assumed_role: 43_200, federation_token: 129_600, session_token: 129_600, iam_user: Infinity }[type];
    if (ttl > longest)
        wrong('ttl', `AWS gives a credential of type "${type}" for at most ${longest / 3600} hours`, 'Ask for less.');
    if (type === 'session_token' && ttl < 900)
        wrong('ttl', 'a session token lives for at least 15 minutes', 'Ask for more, or mint another type.');
}
function defaultOf(input) {
    const declared = awsInputs[input];
    return declared.parse(declared.default ?? '', input);
}
function arn(resource, description) {
    return { description, parse: (value, name) => (value === '' ? '' : parseArn(value, name, resource)) };
}
function arns(description) {
    const names = (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_1__/* .list */ .p_)(description);
    return {
        ...names,
        parse: (value, name) => names.parse(value, name).map((each) => parseArn(each, name, 'policy')),
    };
}
function parseArn(value, input, resource) {
    if (new RegExp(String.raw `^arn:aws[\w-]*:iam::(?:\d{12}|aws):${resource}/[\w+=,.@/-]+$`).test(value))
        return value;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${JSON.stringify(value)} is not the ARN of a ${resource}`, {
        input,
        fix: `Write it like arn:aws:iam::123456789012:${resource}/name.`,
    });
}
/** Tags: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules */
function pairs(description, most) {
    return {
        description,
        type: { separator: '\n' },
        parse(value, input) {
            const lines = value
                .split(/[\r\n]+/)
                .map((line) => line.trim())
                .filter((line) => line !== '');
            const entries = lines.map((line) => {
                const [, key, text_] = /^([\p{L}\p{Z}\p{N}_.:/+\-@]{1,128}?)\s*=\s*([\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256})$/u.exec(line) ?? [];
                if (key === undefined || text_ === undefined || /^(?:aws:|joblease:)/i.test(key)) {
                    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${JSON.stringify(line)} is not a tag`, {
                        input,
                        fix: 'Write key=value, with letters, digits, spaces and _.:/=+-@; keys do not begin with "aws:" or "joblease:".',
                    });
                }
                return [key, text_];
            });
            if (entries.length > most)
                throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`there are ${entries.length} tags, and at most ${most} fit`, { input });
            return Object.fromEntries(entries);
        },
    };
}


/***/ }),

/***/ 2431: // src/engines/aws/root.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   en: () => (/* binding */ formatRoot),
/* harmony export */   jK: () => (/* binding */ missingRoot),
/* harmony export */   x3: () => (/* binding */ rootInput)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _lease_receipt_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6356);


const form = 'Write it as credential_process does, each in one line: {"Version":1,"AccessKeyId":"…","SecretAccessKey":"…"}.';
/** May be empty: then the OIDC token of the job or its environment is the root. */
const rootInput = {
    description: 'Root credential: an access key as JSON, {"Version":1,"AccessKeyId":"…","SecretAccessKey":"…"}. Several may be given, one per line: the first that AWS accepts is used. Empty: the role in "oidc-role-arn", or else the AWS_* variables of the environment.',
    parse(value, name) {
        const lines = (0,_lease_receipt_js__WEBPACK_IMPORTED_MODULE_1__/* .rootLines */ .yc)(value);
        if (lines.length === 0)
            return [];
        // One key may stand on several lines, as `aws configure export-credentials` prints it.
        const whole = readJson(lines.join('\n'));
        if (whole !== undefined)
            return [parseRoot(whole, name, '')];
        return lines.map((line, i) => parseRoot(readJson(line), name, lines.length === 1 ? '' : ` in line ${i + 1}`));
    },
};
/** Its errors never repeat any of the text. */
function parseRoot(value, input, where) {
    const wrong = (problem) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${problem}${where}`, { input, fix: form });
    if (typeof value !== 'object' || value === null)
        throw wrong('it is not an access key as JSON');
    const fields = value;
    const { AccessKeyId, SecretAccessKey, SessionToken, Joblease } = fields;
    if (fields['Version'] !== undefined && fields['Version'] !== 1)
        throw wrong('its "Version" is not 1');
    if (typeof AccessKeyId !== 'string' || !/^\w{16,128}$/.test(AccessKeyId))
        throw wrong('its "AccessKeyId" is missing or malformed');
    if (typeof SecretAccessKey !== 'string' || SecretAccessKey === '')
        throw wrong('its "SecretAccessKey" is missing');
    if (SessionToken !== undefined && !(typeof SessionToken === 'string' && /^[!-~]+$/.test(SessionToken)))
        throw wrong('its "SessionToken" is malformed');
    return {
        accessKeyId: AccessKeyId,
        secretAccessKey: SecretAccessKey,
        ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
        ...(Joblease === undefined ? {} : { joblease: readMarker(Joblease) }),
        secrets: [SecretAccessKey, ...(SessionToken === undefined ? [] : [SessionToken])],
    };
}
/** One line of the secret, which {@link rootInput} reads back. */
function formatRoot({ accessKeyId, secretAccessKey, sessionToken, joblease }) {
    return JSON.stringify({
        Version: 1,
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        SessionToken: sessionToken,
        Joblease: joblease === undefined || Object.keys(joblease).length === 0 ? undefined : joblease,
    });
}
/** What is not as a rotation wrote it is left out: then the key counts as a person's, which is never deleted. */
function readMarker(value) {
    const { creating, made } = (value ?? {});
    return { ...(isTime(creating) ? { creating } : {}), ...(isTime(made) ? { made } : {}) };
}
function isTime(value) {
    return (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && Number.isFinite(Date.parse(value)));
}
function readJson(text) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
/** There is no root credential, nor anything that could stand in for one. */
function missingRoot() {
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('it is empty, and neither "oidc-role-arn" nor AWS_ACCESS_KEY_ID is set', {
        input: 'root',
        fix: 'Workflows triggered from a fork or by Dependabot get no secrets.',
    });
}


/***/ }),

/***/ 8714: // src/engines/login/authority.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ readAuthority),
/* harmony export */   X: () => (/* binding */ isPem)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1455);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(477);



/**
 * Reads the PEM of the authority that an input such as `tls-ca` names. Call it each time the authority is needed: a file of
 * authorities can be too large for the runner's state, which holds only its path.
 *
 * @param value PEM text or the path of a PEM file; empty, or `system`, for the machine's own list of authorities
 * @returns undefined for the machine's own list
 * @throws UserError naming the input when it is neither, and showing nothing of a text that may be a secret
 */
async function readAuthority(value, input) {
    if (value === '' || value === 'system')
        return undefined;
    if (isPem(value)) {
        if (holdsCertificate(value))
            return value;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y('the PEM text holds no certificate that can be read', {
            input,
            fix: 'It has lines: keep each where it is, in a secret too. Or give the path of a file.',
        });
    }
    const pem = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_1__.readFile)(value, 'utf8').catch((error) => {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y('the certificate authority is neither PEM text nor a file that can be read', {
            input,
            // Node ends its message with the path.
            said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .b)(error).replace(/, \w+(?: '[^]*)?$/, ''),
            fix: 'Give the text, from "-----BEGIN CERTIFICATE-----" on, or the path of a file that is still there when the job ends.',
        });
    });
    if (!isPem(pem) || !holdsCertificate(pem))
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`there is no PEM certificate in ${value}`, { input });
    return pem;
}
/** Whether it is the text itself, not a path. */
function isPem(text) {
    return text.includes('-----BEGIN CERTIFICATE-----');
}
function holdsCertificate(pem) {
    try {
        return new node_crypto__WEBPACK_IMPORTED_MODULE_0__.X509Certificate(pem).raw.length > 0;
    }
    catch {
        return false;
    }
}


/***/ }),

/***/ 1364: // src/engines/login/lines.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Pk: () => (/* binding */ parseRootLines),
/* harmony export */   Yl: () => (/* binding */ unknownParameter),
/* harmony export */   lF: () => (/* binding */ encode),
/* harmony export */   qk: () => (/* binding */ missingUser)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _lease_receipt_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(6356);


/**
 * Takes the input `root` apart: one root credential per line.
 *
 * @param parse reads one; `where` says which line it is, `''` when there is only one, for its error texts
 * @param form how to write one, for the error text
 * @throws UserError naming the input when there is none
 */
function parseRootLines(value, input, form, parse) {
    const lines = (0,_lease_receipt_js__WEBPACK_IMPORTED_MODULE_1__/* .rootLines */ .yc)(value);
    if (lines.length === 0) {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('it is empty', {
            input,
            fix: `${form} Workflows triggered from a fork or by Dependabot get no secrets.`,
        });
    }
    return lines.map((line, i) => parse(line, lines.length === 1 ? '' : ` in line ${i + 1}`));
}
/** Advice for a URL in which something should have been percent-encoded. */
const encode = 'Percent-encode what is not a letter, digit, "-", "." or "_" in the user name and the password.';
/**
 * A raw question mark ends the part of a URL that holds the password, so the rest seems to have no user.
 *
 * @returns what is wrong with a URL without a user name, and what to do
 */
function missingUser(query, form) {
    if (!query.includes('@'))
        return ['the user name is missing', form];
    return ['a "?" stands before the "@"', `In the user name and the password a "?" is written %3F. ${encode}`];
}
/**
 * What is wrong with a parameter that is not read, and what to do.
 *
 * @param foreign what to do about parameters that URLs of hosting services and other clients do have
 */
function unknownParameter(name, foreign, supported) {
    const advice = Object.entries(foreign).find(([names]) => names.split(' ').includes(name))?.[1];
    if (advice !== undefined)
        return [`the parameter "${name}" is not supported`, advice];
    // It can be part of a password that has a raw "?" or "&" in it, so it is not shown.
    const all = supported.length === 1 ? `Supported is ${supported[0]}.` : `Supported are ${supported.join(', ')}.`;
    return ['a parameter is not supported', `${all} ${encode}`];
}


/***/ }),

/***/ 3586: // src/engines/mysql/root.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ formatUrl),
/* harmony export */   x: () => (/* binding */ rootInput)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _login_lines_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1364);


const sslModes = ['DISABLED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'];
/** What often stands in the URLs that hosting services and other clients give, and what to do about it. */
const foreignParameters = {
    'sslmode sslMode ssl_mode ssl useSSL requireSSL verifyServerCertificate sslaccept tls trustServerCertificate': 'Write ssl-mode=VERIFY_IDENTITY, or another ssl-mode.',
    'ssl-ca ssl_ca sslca sslcert serverSslCert trustCertificateKeyStoreUrl': 'Give the authority in the input "tls-ca".',
    'ssl-cert ssl-key ssl_cert ssl_key sslidentity sslpassword': 'Remove it: there are no client certificates here. Give root a password.',
    'connection_limit pool_timeout connectionLimit pool_size': 'Remove it: there is no pool here. How many sessions a lease may have says the input "connection-limit".',
    'connect_timeout connectTimeout socket_timeout socketTimeout timeout readTimeout writeTimeout': 'Remove it: every wait has a limit here.',
    'user password': 'Write user name and password before the host.',
    'socket unixSocket protocol': 'Remove it: the server is reached over TCP.',
    'charset characterEncoding useUnicode collation serverTimezone timezone loc parseTime allowPublicKeyRetrieval multiStatements allowMultiQueries schema pgbouncer statement_cache_size rewriteBatchedStatements': 'Remove it: root sets what it needs, and clients of the lease set their own.',
};
/** @param schemes that the engine takes, the usual one first */
function rootInput(schemes) {
    const form = `Write it as ${schemes[0]}://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY.`;
    return {
        description: `Root credential: ${schemes[0]}://user:password@host:port/database?ssl-mode=VERIFY_IDENTITY. Several may be given, one per line: the first that the server accepts is used.`,
        required: true,
        parse: (value, name) => (0,_login_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .parseRootLines */ .Pk)(value, name, form, (line, where) => parseRoot(line, name, where, schemes, form)),
    };
}
/** Reads one URL. Its errors never repeat any of it, because a misplaced character may be part of the password. */
function parseRoot(url, input, where, schemes, form) {
    const wrong = (problem, fix = form) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${problem}${where}`, { input, fix });
    const parts = /^([a-z]+):\/\/(?:([^@/?#]*)@)?(\[[^\]]*\]|[^@:/?#]*)(?::([^@/?#]*))?(\/[^@?#]*)?(\?[^#]*)?$/.exec(url);
    const scheme = schemes.find((each) => each === parts?.[1]);
    if (parts === null || scheme === undefined)
        throw wrong(`it is not a ${schemes.join(' or ')} URL`, `${form} ${_login_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .encode */ .lF}`);
    const [, , login = '', authority = '', digits = '', path = '', query = ''] = parts;
    const decode = (text) => {
        try {
            return decodeURIComponent(text);
        }
        catch {
            throw wrong('it holds a "%" that is not part of a percent-encoded character', _login_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .encode */ .lF);
        }
    };
    const colon = login.indexOf(':');
    const user = decode(colon < 0 ? login : login.slice(0, colon));
    const encodedPassword = colon < 0 ? '' : login.slice(colon + 1);
    const password = decode(encodedPassword);
    if (user === '')
        throw wrong(...(0,_login_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .missingUser */ .qk)(query, form));
    const host = decode(authority).replaceAll(/^\[|\]$/g, '');
    const port = digits === '' ? 3306 : Number(digits);
    if (host === '')
        throw wrong('the host name is missing');
    if (!/^[\w.:%-]+$/.test(host))
        throw wrong('the host name holds characters that no host name has');
    if (!Number.isInteger(port) || port < 1 || port > 65_535)
        throw wrong('the port is not a number from 1 to 65535');
    const search = new URLSearchParams(query);
    for (const name of search.keys()) {
        if (name !== 'ssl-mode')
            throw wrong(...(0,_login_lines_js__WEBPACK_IMPORTED_MODULE_1__/* .unknownParameter */ .Yl)(name, foreignParameters, ['ssl-mode']));
    }
    const sslMode = search.get('ssl-mode') ?? 'VERIFY_IDENTITY';
    if (!isSslMode(sslMode)) {
        throw wrong('its ssl-mode is not supported', `Supported are ${sslModes.join(', ')}. The mode PREFERRED may send everything in the clear, so say which you mean.`);
    }
    const secrets = [...new Set([url, password, encodedPassword])].filter((text) => text !== '');
    return { url, scheme, host, port, user, password, database: decode(path.slice(1)), sslMode, secrets };
}
function isSslMode(text) {
    return sslModes.includes(text);
}
/** Writes the URL that a client of the database takes. */
function formatUrl(root) {
    const credentials = `${encodeURIComponent(root.user)}:${encodeURIComponent(root.password)}`;
    const host = root.host.includes(':') ? `[${root.host}]` : root.host;
    const path = encodeURIComponent(root.database);
    return `${root.scheme}://${credentials}@${host}:${root.port}/${path}?ssl-mode=${root.sslMode}`;
}


/***/ }),

/***/ 1249: // src/engines/postgres/root.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ formatUrl),
/* harmony export */   x: () => (/* binding */ rootInput)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _login_authority_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8714);
/* harmony import */ var _login_lines_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1364);



const sslModes = ['disable', 'require', 'verify-ca', 'verify-full'];
const form = 'Write it as postgres://user:password@host:port/database?sslmode=verify-full.';
const rootInput = {
    description: 'Root credential: postgres://user:password@host:port/database?sslmode=verify-full. Several may be given, one per line: the first that the server accepts is used.',
    required: true,
    parse: (value, name) => (0,_login_lines_js__WEBPACK_IMPORTED_MODULE_2__/* .parseRootLines */ .Pk)(value, name, form, (line, where) => parseRoot(line, name, where)),
};
/** libpq's parameters that may stand in the query of a root URL. */
const parameters = [
    'application_name',
    'channel_binding',
    'connect_timeout',
    'host',
    'port',
    'sslmode',
    'sslrootcert',
    'target_session_attrs',
];
/** What else often stands in the URLs that hosting services and other clients give, and what to do about it. */
const foreignParameters = {
    'pgbouncer prepareThreshold statement_cache_size prepared_statements': 'Remove it: nothing is prepared here. If it says that the address is a pooler, name the server itself where you can.',
    'schema currentSchema search_path': 'Remove it: root needs no schema. One for the lease: creation-statements: ALTER ROLE "{{name}}" SET search_path = app;',
    'connection_limit pool_timeout pool_size max_conns': 'Remove it: there is no pool here. How many sessions a lease may have says the input "connection-limit".',
    options: 'Remove it: root sets what it needs. A setting for the lease: creation-statements: ALTER ROLE "{{name}}" SET name = value; A Neon endpoint is told by the host name.',
    'sslcert sslkey sslpassword sslidentity': 'Remove it: there are no client certificates here. Give root a password.',
    'ssl sslaccept requiressl': 'Write sslmode=verify-full, or another sslmode.',
    'sslfactory sslhostnameverifier sslcrl sslcrldir ssl_min_protocol_version ssl_max_protocol_version sslsni sslcompression uselibpqcompat': 'Remove it: sslmode and the input "tls-ca" say all that is needed.',
    sslnegotiation: 'Remove it: TLS is asked for before it begins, which every server understands.',
    'gssencmode gsslib krbsrvname gssdelegation': 'Remove it: there is no Kerberos here. Root logs in by its password, and TLS encrypts.',
    'user password passfile service requirepeer': 'Write user name and password before the host: postgres://user:password@host:port/database.',
    require_auth: 'Remove it. channel_binding=require accepts nothing weaker than SCRAM that is bound to TLS.',
    'keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout socketTimeout socket_timeout loginTimeout connectTimeout': 'Remove it: every wait has a limit here. For the time to connect there is connect_timeout.',
    'load_balance_hosts loadBalanceHosts targetServerType hostRecheckSeconds': 'Remove it: hosts are tried in their order, and target_session_attrs=read-write finds the primary.',
    ApplicationName: 'Write application_name.',
    'client_encoding statement_timeout lock_timeout fallback_application_name replication reWriteBatchedInserts stringtype': 'Remove it: root sets what it needs.',
};
/** Reads one URL. Its errors never repeat any of it, because a misplaced character may be part of the password. */
function parseRoot(url, input, where) {
    const wrong = (problem, fix = form) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${problem}${where}`, { input, fix });
    // The authority may list several hosts, which WHATWG's URL does not know: they are taken out first.
    const parts = /^postgres(?:ql)?:\/\/(?:([^@/?#]*)@)?([^@/?#]*)(\/[^@?#]*)?(\?[^#]*)?$/.exec(url);
    if (parts === null)
        throw wrong('it is not a PostgreSQL URL', `${form} ${_login_lines_js__WEBPACK_IMPORTED_MODULE_2__/* .encode */ .lF}`);
    const [, login = '', authority = '', path = '', query = ''] = parts;
    const decode = (text) => {
        try {
            return decodeURIComponent(text);
        }
        catch {
            throw wrong('it holds a "%" that is not part of a percent-encoded character', _login_lines_js__WEBPACK_IMPORTED_MODULE_2__/* .encode */ .lF);
        }
    };
    const colon = login.indexOf(':');
    const user = decode(colon < 0 ? login : login.slice(0, colon));
    const encodedPassword = colon < 0 ? '' : login.slice(colon + 1);
    const password = decode(encodedPassword);
    if (user === '')
        throw wrong(...(0,_login_lines_js__WEBPACK_IMPORTED_MODULE_2__/* .missingUser */ .qk)(query, form));
    // Only in forms does a plus sign stand for a blank; libpq takes it as it is.
    const search = new URLSearchParams(query.replaceAll('+', '%2B'));
    const how = settings(search, wrong);
    return {
        url,
        hosts: hostList(authority, search, decode, wrong),
        user,
        password,
        database: decode(path.slice(1)) || user,
        ...how,
        secrets: [...new Set([url, password, encodedPassword])].filter((text) => text !== ''),
    };
}
/** The parameters in the query that say how to connect. */
function settings(search, wrong) {
    for (const name of search.keys()) {
        if (!parameters.includes(name))
            throw wrong(...(0,_login_lines_js__WEBPACK_IMPORTED_MODULE_2__/* .unknownParameter */ .Yl)(name, foreignParameters, parameters));
    }
    const sslmode = search.get('sslmode') ?? 'verify-full';
    if (!isSslMode(sslmode)) {
        throw wrong('its sslmode is not supported', `Supported are ${sslModes.join(', ')}. The modes prefer and allow may send everything in the clear, so say which you mean.`);
    }
    const attributes = search.get('target_session_attrs') ?? 'any';
    if (!['any', 'read-write', 'primary'].includes(attributes)) {
        throw wrong('its target_session_attrs is not supported', 'Supported are any, read-write and primary.');
    }
    const channelBinding = search.get('channel_binding') ?? 'prefer';
    if (!isChannelBinding(channelBinding)) {
        throw wrong('its channel_binding is not supported', 'Supported are prefer, require and disable.');
    }
    if (channelBinding === 'require' && sslmode === 'disable') {
        throw wrong('its channel_binding=require needs TLS', 'Write another sslmode than disable.');
    }
    const timeout = search.get('connect_timeout') ?? '0';
    if (!/^\d{1,5}$/.test(timeout))
        throw wrong('its connect_timeout is not a number of seconds', form);
    const sslrootcert = search.get('sslrootcert') ?? undefined;
    if (sslrootcert !== undefined && (0,_login_authority_js__WEBPACK_IMPORTED_MODULE_1__/* .isPem */ .X)(sslrootcert)) {
        throw wrong('its sslrootcert is not a path', 'Give PEM text in the input "tls-ca".');
    }
    return {
        sslmode,
        sslrootcert,
        channelBinding,
        applicationName: search.get('application_name') ?? undefined,
        // libpq: 0 is no limit of its own.
        connectTimeoutSeconds: Number(timeout) === 0 ? undefined : Number(timeout),
    };
}
/** libpq: the query replaces the hosts and the ports of the authority, each by itself. */
function hostList(authority, query, decode, wrong) {
    const pairs = authority.split(',').map(splitPort);
    const given = { hosts: query.get('host') ?? '', ports: query.get('port') ?? '' };
    const hosts = given.hosts === '' ? pairs.map(({ host }) => decode(host)) : given.hosts.split(',');
    const ports = given.ports === '' ? pairs.map(({ port }) => port) : given.ports.split(',');
    // libpq: one port serves all hosts, otherwise there is one for each.
    if (ports.length !== 1 && ports.length !== hosts.length)
        throw wrong('there is not one port for each host');
    return hosts.map((host, i) => {
        const name = host.replaceAll(/^\[|\]$/g, '');
        const port = (ports.length === 1 ? ports[0] : ports[i]) ?? '';
        const number = port === '' ? 5432 : Number(port);
        if (name === '')
            throw wrong('a host name is missing');
        if (!/^[\w.:%/-]+$/.test(name))
            throw wrong('a host name holds characters that no host name has');
        if (!/^\d*$/.test(port) || number < 1 || number > 65_535)
            throw wrong('a port is not a number from 1 to 65535');
        return { host: name, port: number };
    });
}
function splitPort(text) {
    const [, host = '', port = ''] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(text) ?? [];
    return { host, port };
}
function isSslMode(text) {
    return sslModes.includes(text);
}
function isChannelBinding(text) {
    return ['prefer', 'require', 'disable'].includes(text);
}
/** Writes the URL that a client of the database takes. */
function formatUrl(login, { host, port }, sslrootcert) {
    const query = new URLSearchParams({ sslmode: login.sslmode });
    if (sslrootcert !== undefined)
        query.set('sslrootcert', sslrootcert);
    if (login.channelBinding === 'require')
        query.set('channel_binding', 'require');
    const credentials = `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}`;
    const path = encodeURIComponent(login.database);
    // A socket directory cannot stand in the authority, an IPv6 address needs its brackets there.
    const isDirectory = host.startsWith('/');
    if (isDirectory) {
        query.set('host', host);
        query.set('port', String(port));
    }
    const address = (host.includes(':') ? `[${host}]` : host).replaceAll('%', '%25');
    const authority = isDirectory ? '' : `${address}:${port}`;
    // Clients do not all read a plus sign as a blank.
    return `postgres://${credentials}@${authority}/${path}?${query.toString().replaceAll('+', '%20')}`;
}


/***/ }),

/***/ 7924: // src/engines/registry.js + 5 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  xM: () => (/* binding */ engineInput),
  Ki: () => (/* binding */ engineNamed),
  sP: () => (/* binding */ engines)
});

// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/engines/aws/inputs.js
var inputs = __webpack_require__(174);
// EXTERNAL MODULE: src/engines/aws/root.js
var root = __webpack_require__(2431);
;// CONCATENATED MODULE: src/engines/aws/declaration.js



const aws = {
    name: 'aws',
    about: {
        title: 'AWS',
        versions: 'AWS',
        mints: 'a session of a role, an IAM user with a key, a federation or session token',
        action: 'Mints AWS credentials that exist only for this job, and revokes them when the job ends.',
    },
    limits: {
        renew: { of: 'a session', why: 'A session ends when it was asked to.' },
        endSelf: { of: 'a session', why: 'A session has no key that it could delete.' },
        disable: { of: 'a session without "revoke-sessions"', why: 'It works until its end.' },
        endTogether: { why: 'IAM takes one user at a time.' },
    },
    root: root/* rootInput */.x3,
    inputs: inputs/* awsInputs */.x,
    inputsOf: {
        sweep: [
            'oidc-role-arn',
            'oidc-audience',
            'role-arn',
            'user-path',
            'revoke-sessions',
            'region',
            'iam-endpoint',
            'sts-endpoint',
        ],
        'rotate-root': ['oidc-role-arn', 'oidc-audience', 'region', 'iam-endpoint', 'sts-endpoint'],
    },
    outputs: {
        'access-key-id': 'Id of the access key.',
        'secret-access-key': 'Its secret. Masked.',
        'session-token': 'Token of a session; empty for an "iam_user". Masked.',
        region: 'Region that was used.',
        arn: 'ARN of the minted user or session; empty for a "session_token".',
    },
    environment: {
        AWS_ACCESS_KEY_ID: '`access-key-id`',
        AWS_SECRET_ACCESS_KEY: '`secret-access-key`',
        AWS_SESSION_TOKEN: '`session-token`; empty for an `iam_user`',
        AWS_REGION: '`region`',
        AWS_DEFAULT_REGION: '`region`',
    },
    // As long as GitHub lets a run wait: here a replaced key that goes on is in nobody's way.
    overlap: '35d',
    check(roots, config, exportEnv = false) {
        if (roots.length > 0 && config['oidc-role-arn'] !== '') {
            throw new errors/* UserError */.y('it is given beside "root", and stands in its place', {
                input: 'oidc-role-arn',
                fix: 'Leave one of the two out. A role that root is to assume goes into "role-arn".',
                untouched: true,
            });
        }
        // The environment still is as the runner made it: nothing of AWS's has been loaded.
        const { AWS_ACCESS_KEY_ID: ambient = '' } = process.env;
        if (roots.length === 0 && config['oidc-role-arn'] === '' && ambient === '')
            throw (0,root/* missingRoot */.jK)();
        if (roots.length === 0 && config['oidc-role-arn'] === '' && exportEnv) {
            throw new errors/* UserError */.y('root is the key in the environment, and the minted one would take its place there: post could revoke nothing', {
                input: 'export-env',
                fix: 'Leave it out and take the outputs, or give the key in "root".',
                untouched: true,
            });
        }
    },
    lacking: (config) => config['credential-type'] !== 'iam_user' ||
        config['policy-document'] !== '' ||
        config['policy-arns'].length > 0 ||
        config['iam-groups'].length > 0
        ? ''
        : 'None of "policy-document", "policy-arns" and "iam-groups" is given, so the minted user has no right of its own. Give the policy that the job needs.',
    load: async () => (await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-sts"), __webpack_require__.e("aws")]).then(__webpack_require__.bind(__webpack_require__, 3760))).engine,
};

// EXTERNAL MODULE: src/lease/inputs.js
var lease_inputs = __webpack_require__(6547);
;// CONCATENATED MODULE: src/engines/mysql/inputs.js


/**
 * @param network how the server writes one
 * @param pattern of what else than a network may be written, nothing of which quoting could change
 */
function hostPattern(network, pattern) {
    return {
        description: "Host part of the minted account: where it may log in from, as in 'user'@'10.0.0.%'.",
        default: '%',
        parse(value, name) {
            if (pattern.test(value))
                return value;
            throw new errors/* UserError */.y(`${JSON.stringify(value)} is not a host pattern`, {
                input: name,
                fix: `Write a host name, an address, a pattern such as 10.0.0.% or a network such as ${network}.`,
            });
        },
    };
}
const hostPatterns = {
    mysql: hostPattern('10.0.0.0/24', /^[\w.%:/-]{1,255}$/),
    // It takes a network's length for a part of a name, which then matches nothing.
    mariadb: hostPattern('10.0.0.0/255.255.255.0', /^(?!.*\/\d{1,3}$)[\w.%:/-]{1,255}$/),
};
/** The inputs of the MySQL and MariaDB engines, beside those that every engine has. */
const mysqlInputs = {
    'host-pattern': hostPatterns.mysql,
    'member-of': (0,lease_inputs/* list */.p_)('SQL roles, separated by commas or lines, that the minted account is granted and that are active when it logs in. On MariaDB one at most: a session there has one role at a time.'),
    'creation-statements': (0,lease_inputs/* mintOnly */.NR)((0,lease_inputs/* text */.Qq)('SQL that runs when the account is minted. Variables: {{name}} or {{username}}, {{password}}, {{expiration}}. If it uses {{password}} it creates the account itself.')),
    'revocation-statements': (0,lease_inputs/* text */.Qq)('SQL that runs when the account is revoked, after it was locked and its sessions were ended. Variables: {{name}} or {{username}}.'),
    'connection-limit': (0,lease_inputs/* integer */.nd)('How many sessions the minted account may have at a time; 0 for no limit of its own.', 20, [0, 10_000]),
    database: (0,lease_inputs/* text */.Qq)('Database that the outputs point to. Default: the one in "root".'),
    'tls-ca': (0,lease_inputs/* text */.Qq)('Certificate authority that the server must be signed by: PEM text, or the path of a PEM file.'),
};
/** Those that MariaDB reads otherwise. */
const mariadbInputs = { ...mysqlInputs, 'host-pattern': hostPatterns.mariadb };

// EXTERNAL MODULE: src/engines/mysql/root.js
var mysql_root = __webpack_require__(3586);
;// CONCATENATED MODULE: src/engines/mysql/declaration.js


const common = {
    inputs: mysqlInputs,
    inputsOf: { sweep: ['member-of', 'revocation-statements', 'tls-ca'], 'rotate-root': ['tls-ca'] },
    outputs: {
        username: 'Name of the minted account: the same as "principal".',
        password: 'Its password. Masked.',
        host: 'Server that the lease was minted on.',
        port: { description: 'Its port.', type: 'integer' },
        database: 'Database to connect to; empty when neither "root" nor "database" names one.',
        url: 'All of it as one URL, with the ssl-mode of "root". Masked.',
    },
    environment: {
        MYSQL_HOST: 'the server',
        MYSQL_TCP_PORT: 'its port',
        MYSQL_USER: 'the account',
        MYSQL_PWD: 'its password',
        MYSQL_DATABASE: 'the database, when there is one',
        DATABASE_URL: 'the output `url`',
    },
    lacking: (config) => config['member-of'].length > 0 || config['creation-statements'] !== ''
        ? ''
        : 'Neither "member-of" nor "creation-statements" is given, so what is minted may log in and do nothing else. Name the role whose rights the job needs in "member-of".',
};
const mysql = {
    ...common,
    name: 'mysql',
    about: {
        title: 'MySQL',
        versions: 'MySQL 8.0.22 and newer',
        mints: 'an account',
        action: 'Mints a MySQL login that exists only for this job, and revokes it when the job ends.',
    },
    root: (0,mysql_root/* rootInput */.x)(['mysql']),
    load: async () => (await Promise.all(/* import() */[__webpack_require__.e("mysql2"), __webpack_require__.e("mysql")]).then(__webpack_require__.bind(__webpack_require__, 5683))).mysqlEngine,
};
const mariadb = {
    ...common,
    inputs: mariadbInputs,
    name: 'mariadb',
    about: {
        title: 'MariaDB',
        versions: 'MariaDB 10.6 and newer',
        mints: 'an account',
        action: 'Mints a MariaDB login that exists only for this job, and revokes it when the job ends.',
    },
    root: (0,mysql_root/* rootInput */.x)(['mariadb', 'mysql']),
    load: async () => (await Promise.all(/* import() */[__webpack_require__.e("mysql2"), __webpack_require__.e("mysql")]).then(__webpack_require__.bind(__webpack_require__, 5683))).mariadbEngine,
};

;// CONCATENATED MODULE: src/engines/postgres/inputs.js

/** The inputs of the PostgreSQL engine, beside those that every engine has. */
const postgresInputs = {
    'admin-role': (0,lease_inputs/* text */.Qq)('Role to SET ROLE to before anything else, so that two root logins can manage what either of them minted.'),
    'member-of': (0,lease_inputs/* mintOnly */.NR)((0,lease_inputs/* list */.p_)('Group roles, separated by commas or lines, that the minted role becomes a member of. With exactly one it acts as that role, so what the job creates belongs to the group.')),
    'creation-statements': (0,lease_inputs/* mintOnly */.NR)((0,lease_inputs/* text */.Qq)('SQL that runs when the role is minted, in the same transaction. Variables: {{name}} or {{username}}, {{password}}, {{expiration}}. If it uses {{password}} it creates the role itself.')),
    'revocation-statements': (0,lease_inputs/* text */.Qq)('SQL that runs when the role is revoked, after it was disabled and its sessions were ended. Variables: {{name}} or {{username}}.'),
    'connection-limit': (0,lease_inputs/* integer */.nd)('How many sessions the minted role may have at a time; -1 for no limit.', 20, [-1, 10_000]),
    database: (0,lease_inputs/* text */.Qq)('Database that the outputs point to. Default: the one in "root".'),
    'tls-ca': (0,lease_inputs/* text */.Qq)('Certificate authority that the server must be signed by: PEM text, or the path of a PEM file.'),
};

// EXTERNAL MODULE: src/engines/postgres/root.js
var postgres_root = __webpack_require__(1249);
;// CONCATENATED MODULE: src/engines/postgres/declaration.js


const postgres = {
    name: 'postgres',
    aliases: ['postgresql'],
    about: {
        title: 'PostgreSQL',
        versions: 'PostgreSQL 15 and newer',
        mints: 'a role',
        action: 'Mints a PostgreSQL login that exists only for this job, and revokes it when the job ends.',
    },
    root: postgres_root/* rootInput */.x,
    inputs: postgresInputs,
    inputsOf: { sweep: ['admin-role', 'revocation-statements', 'tls-ca'], 'rotate-root': ['admin-role', 'tls-ca'] },
    outputs: {
        username: 'Name of the minted role: the same as "principal".',
        password: 'Its password. Masked.',
        host: 'Server that the lease was minted on.',
        port: { description: 'Its port.', type: 'integer' },
        database: 'Database to connect to.',
        url: 'All of it as one URL, with the sslmode of "root". Masked.',
    },
    environment: {
        PGHOST: 'output `host`',
        PGPORT: 'output `port`',
        PGUSER: 'output `username`',
        PGPASSWORD: 'output `password`',
        PGDATABASE: 'output `database`',
        PGSSLMODE: 'the `sslmode` of `root`',
        PGSSLROOTCERT: 'the authority, when it is a path or `system`',
        DATABASE_URL: 'output `url`',
    },
    lacking: (config) => config['member-of'].length > 0 || config['creation-statements'] !== ''
        ? ''
        : 'Neither "member-of" nor "creation-statements" is given, so what is minted may do no more than every login of the server. Name the group whose rights the job needs in "member-of".',
    load: async () => (await Promise.all(/* import() */[__webpack_require__.e("pg"), __webpack_require__.e("postgres")]).then(__webpack_require__.bind(__webpack_require__, 1129))).engine,
};

;// CONCATENATED MODULE: src/engines/registry.js




/** Every engine. Their drivers are not loaded before {@link EngineDeclaration.load}. */
const engines = [postgres, mysql, mariadb, aws];
const names = engines.map(({ name }) => name);
/** The input that names one of them. @param what is done with it, as the beginning of a sentence */
function engineInput(what) {
    return {
        description: `${what}: ${names.join(', ')}.`,
        required: true,
        type: { oneOf: names },
        parse: (value) => value,
    };
}
/** @throws UserError when there is no such engine */
function engineNamed(name) {
    const engine = engines.find((each) => each.name === name || each.aliases?.includes(name) === true);
    if (engine === undefined) {
        throw new errors/* UserError */.y(name === '' ? 'it is empty' : `there is no engine ${JSON.stringify(name)}`, {
            input: 'engine',
            fix: `The engines are: ${names.join(', ')}.`,
        });
    }
    return engine;
}


/***/ }),

/***/ 4554: // src/lease/duration.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ parseDuration),
/* harmony export */   a: () => (/* binding */ formatDuration)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);

/** Far beyond any sensible lease, and short enough that every name and record can hold its end. */
const mostHours = 876_000;
const secondsPerUnit = { d: 86_400, h: 3600, m: 60, s: 1 };
/**
 * Reads a duration as Vault and Go write it (`90s`, `30m`, `1h30m`, `7d`), or plain seconds.
 *
 * @returns whole seconds, at least `least` and at most a century
 * @throws UserError naming `input` when the text is not such a duration
 */
function parseDuration(text, input, least = 1) {
    const seconds = /^\d+$/.test(text) ? Number(text) : sumOfUnits(text);
    if (seconds === undefined || !Number.isSafeInteger(seconds)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${JSON.stringify(text)} is not a duration`, {
            input,
            fix: 'Write days, hours, minutes and seconds like 7d, 1h, 30m, 90s or 1h30m, or a number of seconds.',
        });
    }
    if (seconds < least)
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('a duration must be at least one second', { input });
    if (seconds > mostHours * 3600)
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`a duration must be at most ${mostHours}h`, { input });
    return seconds;
}
/**
 * `5400` → `1h30m`; {@link parseDuration} reads it back as the same number. Days only from two on: `24h` is what people
 * write for one.
 */
function formatDuration(seconds) {
    let rest = Math.max(0, Math.round(seconds));
    let text = '';
    for (const [unit, size] of Object.entries(secondsPerUnit)) {
        if (unit === 'd' && rest < 2 * size)
            continue;
        if (rest >= size)
            text += `${Math.floor(rest / size)}${unit}`;
        rest %= size;
    }
    return text === '' ? '0s' : text;
}
function sumOfUnits(text) {
    const parts = /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
    if (parts === null || text === '')
        return undefined;
    const sizes = Object.values(secondsPerUnit);
    return parts.slice(1).reduce((sum, part, i) => sum + Number(part ?? 0) * (sizes[i] ?? 0), 0);
}


/***/ }),

/***/ 477: // src/lease/errors.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   b: () => (/* binding */ messageOf),
/* harmony export */   y: () => (/* binding */ UserError)
/* harmony export */ });
/**
 * Something that the person who wrote the workflow, or who runs the target, can put right. Its text is shown to them as
 * it is. Every other error is a fault of joblease or of the network.
 */
class UserError extends Error {
    details;
    /** @param problem one clause without a full stop, such as `"ttl" is above "max-ttl"` */
    constructor(problem, details = {}) {
        super(describe(problem, details), { cause: details.cause });
        this.name = 'UserError';
        this.details = details;
    }
}
/** The text of any thrown value that is fit for a log: its message alone, never an object that may hold a connection. */
function messageOf(error) {
    if (!(error instanceof Error))
        return String(error);
    // Node reports a connection that failed on several addresses as an AggregateError without a message.
    if (error instanceof AggregateError && error.message === '')
        return error.errors.map(messageOf).join('; ');
    return error.message;
}
function describe(problem, { input, said, fix }) {
    const lines = [input === undefined ? problem : `Input "${input}": ${problem}`];
    if (said !== undefined)
        lines.push(`The answer was: ${said}`);
    if (fix !== undefined)
        lines.push(fix);
    return lines.join('\n');
}


/***/ }),

/***/ 6547: // src/lease/inputs.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F8: () => (/* binding */ mintOnlyCleared),
/* harmony export */   Jt: () => (/* binding */ flag),
/* harmony export */   NR: () => (/* binding */ mintOnly),
/* harmony export */   Qq: () => (/* binding */ text),
/* harmony export */   TL: () => (/* binding */ parseInputs),
/* harmony export */   mw: () => (/* binding */ required),
/* harmony export */   nd: () => (/* binding */ integer),
/* harmony export */   p0: () => (/* binding */ duration),
/* harmony export */   p_: () => (/* binding */ list)
/* harmony export */ });
/* harmony import */ var _duration_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4554);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);


/**
 * Reads every input of a table.
 *
 * @param read gives an input's text, `''` where the workflow does not set it
 * @throws UserError for the first input that does not parse
 */
function parseInputs(table, read) {
    const parsed = Object.entries(table).map(([name, input]) => {
        const given = read(name).trim();
        return [name, input.parse(given === '' ? (input.default ?? '') : given, name)];
    });
    return Object.fromEntries(parsed);
}
/** The parsed inputs as far as they matter after the mint: each `mintOnly` input is back at its default. */
function mintOnlyCleared(table, inputs) {
    const cleared = Object.entries(table)
        .filter(([, input]) => input.mintOnly === true)
        .map(([name, input]) => [name, input.parse(input.default ?? '', name)]);
    return { ...inputs, ...Object.fromEntries(cleared) };
}
/** The same input, marked as one that only minting needs. */
function mintOnly(input) {
    return { ...input, mintOnly: true };
}
/** The same input, marked as one that a workflow has to give. */
function required(input) {
    return { ...input, required: true };
}
/** Any text, `''` when it is not set. */
function text(description, fallback) {
    return { description, ...defaulting(fallback), parse: (value) => value };
}
/** Names separated by commas or lines. */
function list(description) {
    return {
        description,
        type: { separator: ',' },
        parse: (value) => value
            .split(/[,\r\n]/)
            .map((item) => item.trim())
            .filter((item) => item !== ''),
    };
}
/** `true` or `false`, in the spellings of YAML 1.2's core schema. */
function flag(description, fallback) {
    return {
        description,
        default: String(fallback),
        type: 'boolean',
        parse(value, name) {
            if (/^(?:true|True|TRUE)$/.test(value))
                return true;
            if (/^(?:false|False|FALSE)$/.test(value))
                return false;
            throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${JSON.stringify(value)} is neither true nor false`, { input: name });
        },
    };
}
/** Whole seconds, from a duration such as `1h30m`. */
function duration(description, fallback, least = 1) {
    return { description, default: fallback, parse: (value, name) => (0,_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .parseDuration */ .E)(value, name, least) };
}
/** A whole number from `least` to `most`. */
function integer(description, fallback, [least, most]) {
    return {
        description,
        default: String(fallback),
        type: 'integer',
        parse(value, name) {
            const number = Number(value);
            if (!/^-?\d+$/.test(value) || number < least || number > most) {
                throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${JSON.stringify(value)} is not a whole number from ${least} to ${most}`, { input: name });
            }
            return number;
        },
    };
}
function defaulting(fallback) {
    return fallback === undefined ? {} : { default: fallback };
}


/***/ }),

/***/ 6356: // src/lease/receipt.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   VX: () => (/* binding */ withReceipt),
/* harmony export */   b8: () => (/* binding */ readReceipt),
/* harmony export */   yc: () => (/* binding */ rootLines)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/**
 * The last line of a secret that a rotation has written: where it was written to, and when. GitHub lets nobody read a
 * secret, so that it comes back in `root` is all that tells which secret `root` comes from.
 */

const pattern = /^# joblease: (asked|stored) (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) (\S+) (\w+)$/;
/** @returns undefined when this is not, as a whole, what was stored with a receipt */
function readReceipt(secret) {
    const lines = rootLines(secret);
    const receipts = linesOf(secret).filter(isReceipt);
    const [, state, at = '', place = '', digest] = pattern.exec(receipts.at(-1) ?? '') ?? [];
    if (state === undefined || receipts.length > 1 || digest !== digestOf(lines))
        return undefined;
    return { state: state === 'asked' ? 'asked' : 'stored', at: new Date(at), place };
}
function withReceipt(secret, { state, at, place }) {
    const lines = rootLines(secret);
    const time = at.toISOString().replace(/\.\d+/, '');
    return [...lines, `# joblease: ${state} ${time} ${place} ${digestOf(lines)}`].join('\n');
}
/** Only for the secret itself, next to what it is made of. */
function digestOf(lines) {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);
}
/** The lines of a secret that hold root: trimmed, none of them empty. */
function rootLines(secret) {
    return linesOf(secret).filter((line) => line !== '' && !isReceipt(line));
}
function linesOf(secret) {
    return secret.split(/[\r\n]+/).map((line) => line.trim());
}
function isReceipt(line) {
    return line.startsWith('# joblease:');
}


/***/ }),

/***/ 3677: // src/runner/environment.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Cs: () => (/* binding */ shedEnvironment),
/* harmony export */   De: () => (/* binding */ temporaryDirectory),
/* harmony export */   y0: () => (/* binding */ apiUrl)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8161);
/* harmony import */ var _log_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(890);


/**
 * What stays of the environment. Any earlier step of the job can set variables through GITHUB_ENV, and what Node, a
 * driver, the resolver or the TLS library make of one they have read nobody can list for good: so all others go.
 */
const needed = new Set([
    // the machine's: directories, proxies, authorities
    'HOME',
    'PATH',
    'TMPDIR',
    'TMP',
    'TEMP',
    'USERPROFILE',
    'SYSTEMROOT',
    'WINDIR',
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'NO_PROXY',
    'NODE_EXTRA_CA_CERTS',
    'NODE_USE_SYSTEM_CA',
    'SSL_CERT_FILE',
    'SSL_CERT_DIR',
    // root, where a workflow gives it so
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_REGION',
    'AWS_DEFAULT_REGION',
]);
/** The runner's own: it sets them for each step, and they win over GITHUB_ENV. */
const ofRunner = /^(?:GITHUB|RUNNER|ACTIONS|INPUT|STATE)_/;
/** Names a file that an earlier step can have changed, and that @actions/github reads when it loads. */
const eventFile = 'GITHUB_EVENT_PATH';
/** What is over before the first line of ours: it may have brought code of its own into this process. */
const early = [
    'LD_PRELOAD',
    'LD_AUDIT',
    'LD_LIBRARY_PATH',
    'DYLD_INSERT_LIBRARIES',
    'DYLD_LIBRARY_PATH',
    'OPENSSL_CONF',
    'NODE_COMPILE_CACHE',
];
/** Options of Node that many jobs give to all their steps, and that bring no code, file or trust with them. */
const harmless = /^--(?:max[-_](?:old[-_]space|semi[-_]space|http-header)[-_]size|no-(?:warnings|deprecation|experimental-\S+)|trace-(?:warnings|deprecation)|enable-source-maps|stack-trace-limit|dns-result-order|unhandled-rejections|use-system-ca|openssl-legacy-provider|experimental-vm-modules)(?:=\S*)?$/;
/**
 * Frees the process of what earlier steps left in its environment. To be called before anything else, and in every entry
 * point: what a driver reads when it loads, or Node when it connects, is then gone. What acts before the first line of
 * a program is out of reach, and is told.
 */
function shedEnvironment() {
    const { env } = process;
    // Root, where a workflow gives it so, without anything having masked it.
    (0,_log_js__WEBPACK_IMPORTED_MODULE_1__/* .mask */ .dK)([env['AWS_SECRET_ACCESS_KEY'] ?? '', env['AWS_SESSION_TOKEN'] ?? '']);
    const options = (env['NODE_OPTIONS'] ?? '').split(/\s+/).filter((option) => option !== '' && !/^\d+$/.test(option));
    const found = early.filter((name) => (env[name] ?? '') !== '' && !(name.endsWith('LIBRARY_PATH') && isOfTools(env[name] ?? '')));
    if (!options.every((option) => harmless.test(option)))
        found.push('NODE_OPTIONS');
    for (const name of Object.keys(env)) {
        const stays = needed.has(name.toUpperCase()) || (ofRunner.test(name) && name !== eventFile);
        if (!stays)
            Reflect.deleteProperty(env, name);
    }
    if (found.length === 0)
        return;
    (0,_log_js__WEBPACK_IMPORTED_MODULE_1__/* .warn */ .R8)(`The environment of this step holds ${found.join(', ')}: that acts before the first line of joblease, and can see the ` +
        'root credential. If it is not yours, an earlier step of this job is hostile.');
}
/** Whether it lists directories of the runner's tool cache alone, as actions/setup-python sets LD_LIBRARY_PATH. */
function isOfTools(list) {
    const { RUNNER_TOOL_CACHE: cache = '' } = process.env;
    const parts = list.split(':').filter((part) => part !== '');
    return cache !== '' && parts.every((part) => part.startsWith(`${cache}/`) && !part.includes('..'));
}
/** Where GitHub's REST API is: another host on GitHub Enterprise Server. */
function apiUrl() {
    const { GITHUB_API_URL: url = '' } = process.env;
    return url === '' ? 'https://api.github.com' : url;
}
/** A directory that the runner empties before and after each job. */
function temporaryDirectory() {
    const { RUNNER_TEMP: directory = '' } = process.env;
    return directory === '' ? (0,node_os__WEBPACK_IMPORTED_MODULE_0__.tmpdir)() : directory;
}


/***/ }),

/***/ 890: // src/runner/log.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   MW: () => (/* binding */ sayRetries),
/* harmony export */   R8: () => (/* binding */ warn),
/* harmony export */   ay: () => (/* binding */ timed),
/* harmony export */   cv: () => (/* binding */ say),
/* harmony export */   dK: () => (/* binding */ mask),
/* harmony export */   fJ: () => (/* binding */ fail),
/* harmony export */   kJ: () => (/* binding */ tracer)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1604);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);


/**
 * Prints lines to the job's log. What a server or a user supplied may stand in them: the runner takes a line for a
 * command when it begins with `::`, or has `##[` anywhere (actions/runner ActionCommand.cs), and ends a line at a lone
 * carriage return too. Before `::` it skips what .NET takes for white space, U+0085 among it.
 */
function say(text) {
    const lines = text.split(/\r\n|\r|\n/).map((line) => line.replace(/^[\s\u0085]*::/, ': :').replaceAll('##[', '# #['));
    (0,_actions_core__WEBPACK_IMPORTED_MODULE_1__/* .info */ .pq)(lines.join('\n'));
}
/** Warns, as an annotation of the run. Escaped by the toolkit. */
function warn(text) {
    (0,_actions_core__WEBPACK_IMPORTED_MODULE_1__/* .warning */ .$e)(text);
}
/** Tells somebody who has debug logging on; undefined where nobody has. Escaped by the toolkit. */
function tracer() {
    return (0,_actions_core__WEBPACK_IMPORTED_MODULE_1__/* .isDebug */ ._o)() ? _actions_core__WEBPACK_IMPORTED_MODULE_1__/* .debug */ .Yz : undefined;
}
/** Does the work, and traces how long it took. */
async function timed(what, work) {
    const start = performance.now();
    try {
        return await work();
    }
    finally {
        tracer()?.(`${what}: ${Math.round(performance.now() - start)} ms`);
    }
}
/**
 * For `retry`: says each failure once, and until when it is tried.
 *
 * @param limitMs from now
 */
function sayRetries(limitMs) {
    const until = new Date(Date.now() + limitMs).toISOString().slice(11, 19);
    const said = new Set();
    return (failure) => {
        const text = (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(failure);
        // What the network says below it may be another word each time.
        const [problem = ''] = text.split('\n', 1);
        if (!said.has(problem))
            say(`${text}\nIt is tried again, until ${until} UTC at the latest.`);
        said.add(problem);
    };
}
/**
 * Ends the step red, with the error's message alone. Only sets the exit code: `process.exit` could lose what is still
 * on its way to the runner, a mask among it.
 */
function fail(reason) {
    (0,_actions_core__WEBPACK_IMPORTED_MODULE_1__/* .error */ .z3)((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(reason));
    process.exitCode = 1;
}
/** Makes the runner replace the texts by `***` in everything that is printed from now on. */
function mask(secrets) {
    for (const secret of secrets)
        if (secret !== '')
            (0,_actions_core__WEBPACK_IMPORTED_MODULE_1__/* .setSecret */ .Pq)(secret);
}


/***/ }),

/***/ 1177: // src/runner/step.js + 1 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  e: () => (/* binding */ runStep)
});

// EXTERNAL MODULE: src/runner/environment.js
var environment = __webpack_require__(3677);
;// CONCATENATED MODULE: src/runner/interruption.js
/**
 * Turns a cancelled step into a signal. The runner sends SIGINT, 7.5 s later SIGTERM and 2.5 s after that kills the
 * process (actions/runner ProcessInvoker.cs); on Windows these are Ctrl-C and Ctrl-Break. Without a handler Node would be
 * gone at once, with work half done.
 *
 * @returns fires at the first of them
 */
function interruption() {
    const controller = new AbortController();
    for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK']) {
        process.on(name, () => {
            controller.abort(new Error('the step was cancelled'));
        });
    }
    return controller.signal;
}

// EXTERNAL MODULE: src/runner/log.js
var log = __webpack_require__(890);
;// CONCATENATED MODULE: src/runner/step.js



/**
 * What every entry point does around its story: frees the process of what earlier steps left in its environment, turns a
 * cancel into a signal, and ends the step red when the story throws.
 *
 * @param afterCancel what is told when the story throws after a cancel: the `cancel`, where the error is only what comes
 *   of it, or the `error`, where that says more
 */
async function runStep(story, afterCancel = 'cancel') {
    (0,environment/* shedEnvironment */.Cs)();
    const cancelled = interruption();
    try {
        await story(cancelled);
    }
    catch (error) {
        (0,log/* fail */.fJ)(cancelled.aborted && afterCancel === 'cancel' ? cancelled.reason : error);
    }
}


/***/ }),

/***/ 9224: // src/runner/summary.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ writeSummary),
/* harmony export */   e: () => (/* binding */ summarize)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7971);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _log_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(890);



/** Appends to the job's summary. */
async function writeSummary(sections) {
    // GitHub Enterprise Server may have none, and a test may run the action without a runner.
    if (process.env['GITHUB_STEP_SUMMARY'] === undefined)
        return;
    for (const section of sections) {
        if ('heading' in section)
            _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .summary */ .z.addHeading(escapeHtml(section.heading), 4);
        else if ('paragraph' in section)
            _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .summary */ .z.addRaw(`<p>${escapeHtml(section.paragraph)}</p>`, true);
        else if ('block' in section)
            _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .summary */ .z.addRaw(`<pre>${section.block.split('\n').map(escapeHtml).join('\n')}</pre>`, true);
        else {
            const [header = [], ...rows] = section.table;
            _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .summary */ .z.addTable([header.map((data) => ({ data, header: true })), ...rows.map((row) => row.map(escapeHtml))]);
        }
    }
    // What was done is done: a summary that cannot be written is no reason to fail.
    await _actions_core__WEBPACK_IMPORTED_MODULE_2__/* .summary */ .z.write().catch((error) => {
        (0,_log_js__WEBPACK_IMPORTED_MODULE_1__/* .warn */ .R8)(`The job's summary could not be written: ${(0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error)}`);
    });
}
/**
 * Appends a table of one row.
 *
 * @param row cells by column title, in order; an empty one is left out with its column
 */
async function summarize(title, row) {
    const columns = Object.entries(row).filter(([, cell]) => cell !== '');
    await writeSummary([{ heading: title }, { table: [columns.map(([name]) => name), columns.map(([, cell]) => cell)] }]);
}
function escapeHtml(text) {
    const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
    // Markdown ends a line at a lone carriage return too, and HTML at a blank line.
    return escaped.replaceAll(/\r\n|\r|\n/g, '<br>');
}


/***/ })

};
