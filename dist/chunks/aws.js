export const id = "aws";
export const ids = ["aws"];
export const modules = {

/***/ 583: // src/engines/aws/assume-by-token.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   n: () => (/* binding */ assumeByToken)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5782);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7087);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7612);
/** Sessions of `oidc-role-arn`, by the OIDC token that GitHub signs for the job. */




/** Assumes `oidc-role-arn` with a fresh OIDC token of the job; without a name of its own the session has the run's. */
async function assumeByToken(request, config, context) {
    const RoleArn = config['oidc-role-arn'];
    const { signal, idToken } = context;
    if (idToken === undefined) {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('this job may not ask GitHub for an OIDC token', {
            input: 'oidc-role-arn',
            fix: 'Give the job "permissions: id-token: write". Workflows triggered from a fork get none.',
            untouched: true,
        });
    }
    const WebIdentityToken = await idToken(config['oidc-audience'], signal);
    const sts = (0,_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .openSts */ .$)(undefined, config, context);
    const RoleSessionName = request.RoleSessionName ?? rootName(WebIdentityToken);
    try {
        const command = new _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_3__/* .AssumeRoleWithWebIdentityCommand */ .W({ ...request, RoleSessionName, RoleArn, WebIdentityToken });
        const { Credentials, AssumedRoleUser } = await sts.send(command);
        return {
            key: {
                accessKeyId: Credentials?.AccessKeyId ?? '',
                secretAccessKey: Credentials?.SecretAccessKey ?? '',
                sessionToken: Credentials?.SessionToken ?? '',
            },
            arn: AssumedRoleUser?.Arn ?? '',
            expiresAt: Credentials?.Expiration ?? new Date(),
        };
    }
    catch (error) {
        if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .isAccessDenied */ .w7)(error))
            throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .explain */ .WE)(error, 'oidc-role-arn', true);
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`the trust policy of ${RoleArn} does not let this job in`, {
            input: 'oidc-role-arn',
            said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error),
            fix: `The token says: ${claims(WebIdentityToken)}. Compare them with the conditions of the trust policy; docs/aws.md has one.`,
            cause: error,
            untouched: true,
        });
    }
}
/** So that CloudTrail tells which run acted as root. */
function rootName(token) {
    const { run_id: run, run_attempt: attempt } = payloadOf(token) ?? {};
    const name = ['joblease-root', run, attempt].filter((part) => typeof part === 'string').join('-');
    return name.replaceAll(/[^\w+=,.@-]/g, '').slice(0, 64);
}
/** The claims that trust policies look at. None of them is secret. */
function claims(token) {
    const payload = payloadOf(token);
    if (payload === undefined)
        return 'nothing, it is not a JWT';
    return ['iss', 'sub', 'aud'].map((claim) => `${claim}=${String(payload[claim])}`).join(', ');
}
function payloadOf(token) {
    try {
        return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    }
    catch {
        return undefined;
    }
}


/***/ }),

/***/ 7087: // src/engines/aws/connection.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ openSts),
/* harmony export */   Ng: () => (/* binding */ connect),
/* harmony export */   W0: () => (/* binding */ settings),
/* harmony export */   Y_: () => (/* binding */ ambientKey)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(3914);
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7067);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4708);
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8161);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(477);
/* harmony import */ var _http_proxy_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(5942);
/* harmony import */ var _failure_retry_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5710);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7612);








// What is not given to it the SDK reads from AWS_… variables, which the runner's part has removed but for those below, and
// from files below the home directory, which any earlier step of the job may have written: an endpoint from there would
// get to answer in AWS's place.
process.env['AWS_CONFIG_FILE'] = node_os__WEBPACK_IMPORTED_MODULE_2__.devNull;
process.env['AWS_SHARED_CREDENTIALS_FILE'] = node_os__WEBPACK_IMPORTED_MODULE_2__.devNull;
/** The environment's own access key; undefined when there is none. */
function ambientKey() {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN = '' } = process.env;
    if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined)
        return undefined;
    return {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        ...(AWS_SESSION_TOKEN === '' ? {} : { sessionToken: AWS_SESSION_TOKEN }),
    };
}
// Shared by all clients, so that a sweep does not shake hands for each lease. No client is destroyed: that would destroy
// the agents, and break off the calls of every other session. Idle connections keep no process alive.
// The time limit ends the wait for a proxy's tunnel, for which Node heeds no signal: it would keep the process alive.
const agents = { keepAlive: true, maxSockets: 32, timeout: 15_000, proxyEnv: (0,_http_proxy_js__WEBPACK_IMPORTED_MODULE_6__/* .proxyEnvironment */ .w)() };
const requestHandler = {
    connectionTimeout: 5000,
    requestTimeout: 15_000,
    throwOnRequestTimeout: true,
    httpAgent: new node_http__WEBPACK_IMPORTED_MODULE_0__.Agent(agents),
    httpsAgent: new node_https__WEBPACK_IMPORTED_MODULE_1__.Agent(agents),
};
/** Settings for a client of either service. Retrying is the business of {@link connect}, which knows the deadline. */
function settings(key, config, service) {
    const endpoint = config[`${service}-endpoint`];
    return {
        region: config.region,
        ...(endpoint === '' ? {} : { endpoint }),
        // Without a key nothing is signed, so the SDK's chain of places to look for one is never gone through.
        credentials: key ?? { accessKeyId: 'unsigned', secretAccessKey: 'unsigned' },
        maxAttempts: 1,
        retryMode: 'standard',
        defaultsMode: 'standard',
        useDualstackEndpoint: false,
        useFipsEndpoint: false,
        requestHandler,
    };
}
/** STS, called with a key; without one nothing is signed. */
function openSts(key, config, context, prepare = () => undefined) {
    const client = new _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_7__/* .STSClient */ .i(settings(key, config, 'sts'));
    prepare(client);
    return connect(client, context);
}
/** @param pacer where many calls may be made */
function connect(client, context, pacer) {
    const { signal } = context;
    // The two clients take different commands; what comes of one is told by `send` of the client itself.
    const sendOnce = client.send.bind(client);
    const sendAround = (around) => {
        const send = async (command) => {
            const attempt = async () => await sendOnce(command, { abortSignal: signal });
            return await persist(async () => await around(attempt), context, pacer);
        };
        return send;
    };
    return { send: sendAround(async (attempt) => await attempt()), sendAround };
}
/** How many answers of 5xx that are not AWS's a call takes: a proxy's bad moment passes, a wrong endpoint does not. */
const foreignAnswers = 4;
async function persist(once, { signal, retrying }, pacer) {
    let foreign = 0;
    let failure;
    const attempt = async () => {
        try {
            return pacer === undefined ? await once() : await pacer.send(once, _errors_js__WEBPACK_IMPORTED_MODULE_5__/* .isThrottled */ .B5, signal);
        }
        catch (error) {
            // Out of time: what failed before tells more than that.
            if (signal.aborted && failure instanceof Error)
                throw failure;
            failure = error;
            const status = (0,_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .foreignStatus */ .rn)(error);
            if (status === undefined)
                throw error;
            foreign += 1;
            if (status !== 501 && foreign < foreignAnswers)
                throw error;
            // Without the cause, which says that it can heal.
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .UserError */ .y(`what answers in AWS's place cannot do the call: HTTP status ${status}, and no code`, {
                fix: 'Check "iam-endpoint" and "sts-endpoint", and any proxy in between.',
            });
        }
    };
    return await (0,_failure_retry_js__WEBPACK_IMPORTED_MODULE_4__/* .retry */ .L)(attempt, _errors_js__WEBPACK_IMPORTED_MODULE_5__/* .canHeal */ .Zn, signal, retrying);
}


/***/ }),

/***/ 2362: // src/engines/aws/credential.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ handOver),
/* harmony export */   Y: () => (/* binding */ readCredential)
/* harmony export */ });
/** @param credential as {@link handOver} wrote it */
function readCredential(credential) {
    return JSON.parse(credential);
}
/** All that is handed on of a fresh credential. */
function handOver(draft, config, key, { arn, made, expiresAt, ends = expiresAt }) {
    const { region } = config;
    const type = config['credential-type'];
    const { accessKeyId, secretAccessKey, sessionToken = '' } = key;
    const lease = {
        ...key,
        principal: draft.principal,
        isUser: type === 'iam_user',
        made,
        ends: Math.ceil(ends.getTime() / 1000),
    };
    return {
        expiresAt,
        expiryClass: 'full',
        credential: JSON.stringify(lease),
        secrets: [secretAccessKey, ...(sessionToken === '' ? [] : [sessionToken])],
        outputs: {
            'access-key-id': accessKeyId,
            'secret-access-key': secretAccessKey,
            'session-token': sessionToken,
            region,
            arn,
        },
        environment: {
            AWS_ACCESS_KEY_ID: accessKeyId,
            AWS_SECRET_ACCESS_KEY: secretAccessKey,
            // Empty rather than left out, because an earlier step may have set it.
            AWS_SESSION_TOKEN: sessionToken,
            AWS_REGION: region,
            AWS_DEFAULT_REGION: region,
        },
        about: {
            Account: arn.split(':')[4] ?? '',
            Role: type === 'assumed_role' ? (arn.split('/')[1] ?? '') : '',
            Policies: type === 'session_token' ? '' : policiesOf(config),
            Groups: config['iam-groups'].join(', '),
            Region: region,
        },
    };
}
/** The policies that the workflow gave, for people. */
function policiesOf(config) {
    return [...(config['policy-document'] === '' ? [] : ['policy-document']), ...config['policy-arns']].join(', ');
}


/***/ }),

/***/ 3760: // src/engines/aws/engine.js + 3 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  engine: () => (/* binding */ engine)
});

// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/engines/aws/root-session.js
var root_session = __webpack_require__(1626);
;// CONCATENATED MODULE: src/engines/aws/access.js

/** For how long root is used before it is opened again: by an OIDC token AWS gives it an hour. */
const lastsMs = 45 * 60_000;
/**
 * Root is opened at once where everything needs it. A session that ends by itself needs none for that, and may be minted by
 * a call that tells whether AWS accepts root.
 *
 * @throws UserError naming `root` when AWS accepts none
 */
async function openAccess(roots, config, context) {
    const root = lasting(async () => await (0,root_session/* openRoot */.R8)(roots, config, context));
    const iam = async () => (await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam")]).then(__webpack_require__.bind(__webpack_require__, 5153))).openIam(await root(), config, context);
    const isEnded = config['credential-type'] === 'iam_user' || config['revoke-sessions'];
    if (isEnded && !(0,root_session/* isDirect */.c7)(roots, config))
        await root();
    return { roots, config, context, root, iam };
}
/** Keeps what was opened for {@link lastsMs}. */
function lasting(open) {
    let opened;
    let until = 0;
    return async () => {
        if (opened === undefined || Date.now() > until) {
            until = Date.now() + lastsMs;
            opened = open();
        }
        try {
            return await opened;
        }
        catch (error) {
            opened = undefined;
            throw error;
        }
    };
}

// EXTERNAL MODULE: src/engines/aws/credential.js
var aws_credential = __webpack_require__(2362);
// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/inputs.js
var inputs = __webpack_require__(174);
// EXTERNAL MODULE: src/engines/aws/mint-session.js
var mint_session = __webpack_require__(7786);
;// CONCATENATED MODULE: src/engines/aws/mint.js


/** Mints what `credential-type` says. IAM's client is loaded only for a user. */
async function mint(access, draft) {
    const { config } = access;
    (0,inputs/* checkConfig */.l)(config, draft.ttl);
    if (config['credential-type'] !== 'iam_user')
        return await (0,mint_session/* mintSession */.F)(access, draft);
    const { mintUser } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam.2")]).then(__webpack_require__.bind(__webpack_require__, 4364));
    return await mintUser(await access.iam(), draft);
}

;// CONCATENATED MODULE: src/engines/aws/revoke.js
/** Ends a lease as its `credential-type` can be ended. @param key of the lease, where it is still known */
async function revoke(access, principal, key) {
    const { config } = access;
    if (config['credential-type'] === 'iam_user') {
        const { revokeUser } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam.3"), __webpack_require__.e("aws-leases")]).then(__webpack_require__.bind(__webpack_require__, 2649));
        return await revokeUser(await access.iam(), principal, { key });
    }
    if (!config['revoke-sessions']) {
        return {
            outcome: 'expiring',
            reason: 'AWS ends sessions by itself; "revoke-sessions" ends them earlier',
            sessionsEnded: 0,
        };
    }
    const { denySession } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam.3")]).then(__webpack_require__.bind(__webpack_require__, 5866));
    return await denySession(await access.iam(), principal, key?.ends);
}

// EXTERNAL MODULE: src/engines/aws/verify.js
var verify = __webpack_require__(9190);
;// CONCATENATED MODULE: src/engines/aws/engine.js







/** AWS: sessions from STS, and users of IAM. IAM's client is loaded only for what needs it. */
const engine = {
    open: async (roots, config, context) => session(await openAccess(roots, config, context)),
    canHeal: aws_errors/* canHeal */.Zn,
    async endSelf(credential, config, context) {
        const { endSelf } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-self")]).then(__webpack_require__.bind(__webpack_require__, 8325));
        return await endSelf((0,aws_credential/* readCredential */.Y)(credential), config, context);
    },
    async *rotateRoot(roots, config, terms, context) {
        const { rotateRoot } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam.4")]).then(__webpack_require__.bind(__webpack_require__, 936));
        return yield* rotateRoot(roots, config, terms, context);
    },
};
function session(access) {
    const { config, context } = access;
    const fresh = new Set();
    return {
        async mint(draft) {
            const minted = await mint(access, draft);
            fresh.add(minted.credential);
            return minted;
        },
        async verify(credential) {
            const key = (0,aws_credential/* readCredential */.Y)(credential);
            // A session is known to AWS at once, a user's key is not.
            const trial = key.isUser && fresh.has(credential) ? verify/* mintTrial */.NP : undefined;
            await (0,verify/* verify */.MX)(key, trial, config, context);
        },
        async renew(principal, ttl) {
            if (config['credential-type'] !== 'iam_user')
                throw new errors/* UserError */.y('a session of AWS cannot be renewed; mint a new one');
            const { renew } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam.3"), __webpack_require__.e("aws-leases.2")]).then(__webpack_require__.bind(__webpack_require__, 6989));
            return await renew(await access.iam(), principal, ttl);
        },
        async revoke(principal, credential) {
            fresh.clear();
            return await revoke(access, principal, credential === undefined ? undefined : (0,aws_credential/* readCredential */.Y)(credential));
        },
        async *leases(options = {}) {
            const { list } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam.3"), __webpack_require__.e("aws-leases.2")]).then(__webpack_require__.bind(__webpack_require__, 6989));
            yield* list(await access.iam(), options);
        },
        async *lookalikes() {
            const { lookalikes } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam.3"), __webpack_require__.e("aws-leases.2")]).then(__webpack_require__.bind(__webpack_require__, 6989));
            yield* lookalikes(await access.iam());
        },
        async *end(leases) {
            const { end } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam.3"), __webpack_require__.e("aws-end")]).then(__webpack_require__.bind(__webpack_require__, 326));
            yield* end(access, leases);
        },
        [Symbol.asyncDispose]: async () => {
            // Its connections are shared with other sessions.
            await Promise.resolve();
        },
    };
}


/***/ }),

/***/ 7612: // src/engines/aws/errors.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   B5: () => (/* binding */ isThrottled),
/* harmony export */   RL: () => (/* binding */ isExplicitDeny),
/* harmony export */   WE: () => (/* binding */ explain),
/* harmony export */   X2: () => (/* binding */ isAmbiguous),
/* harmony export */   Zn: () => (/* binding */ canHeal),
/* harmony export */   b2: () => (/* binding */ isMissing),
/* harmony export */   mI: () => (/* binding */ isUnreached),
/* harmony export */   rn: () => (/* binding */ foreignStatus),
/* harmony export */   to: () => (/* binding */ explained),
/* harmony export */   w7: () => (/* binding */ isAccessDenied),
/* harmony export */   yM: () => (/* binding */ isKeyRefused),
/* harmony export */   z8: () => (/* binding */ awsCode)
/* harmony export */ });
/* unused harmony export missingRight */
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _failure_network_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8866);


/** AWS's code of a refused call, `''` for an error that is not an answer of AWS. */
function awsCode(error) {
    if (!(error instanceof Error) || !('$fault' in error))
        return '';
    const { Code } = error;
    return typeof Code === 'string' ? Code : error.name;
}
// https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
const throttling = new Set([
    'Throttling',
    'ThrottlingException',
    'ThrottledException',
    'RequestLimitExceeded',
    'TooManyRequestsException',
]);
const healing = new Set([
    ...throttling,
    'ServiceUnavailable',
    'InternalFailure',
    'RequestTimeout',
    'IDPCommunicationError',
    'EntityTemporarilyUnmodifiable',
    'ConcurrentModification',
]);
/** Throttling, 5xx, a broken or overdue connection, and a clock that the SDK has just learnt to correct. */
function canHeal(error) {
    if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y)
        return error.details.cause !== undefined && canHeal(error.details.cause);
    const code = awsCode(error);
    if (healing.has(code) || isClockSkew(error))
        return true;
    const { $metadata, name } = error;
    if (($metadata?.httpStatusCode ?? 0) >= 500)
        return true;
    return (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isPassingNetworkFailure */ .OI)(error) || name === 'TimeoutError' || /socket hang up/.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error));
}
/** Calls come faster than AWS lets them through. */
function isThrottled(error) {
    return throttling.has(awsCode(error));
}
/** Whether the call may have been carried out although it failed. */
function isAmbiguous(error) {
    const { $metadata } = error;
    const status = $metadata?.httpStatusCode ?? 0;
    return awsCode(error) === '' || status === 0 || status >= 500;
}
/**
 * The status of an answer of 5xx that names no code, as AWS's own do: it comes from something in between, or from a
 * server that only resembles AWS and lacks the call.
 */
function foreignStatus(error) {
    const { $metadata } = error;
    const status = $metadata?.httpStatusCode ?? 0;
    return status >= 500 && ['', 'Unknown'].includes(awsCode(error)) ? status : undefined;
}
function isClockSkew(error) {
    return /^Signature (?:expired|not yet current)/.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error));
}
/** The key itself is refused, whatever it asks for. */
function isKeyRefused(error) {
    const refused = [
        'InvalidClientTokenId',
        'UnrecognizedClientException',
        'SignatureDoesNotMatch',
        'ExpiredToken',
        'ExpiredTokenException',
    ];
    return refused.includes(awsCode(error)) && !isClockSkew(error);
}
function isAccessDenied(error) {
    return ['AccessDenied', 'AccessDeniedException'].includes(awsCode(error));
}
/** A policy denies it, rather than that none allows it. */
function isExplicitDeny(error) {
    return isAccessDenied(error) && /with an explicit deny/.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error));
}
function isMissing(error) {
    return awsCode(error) === 'NoSuchEntity';
}
/** The right that AWS says is missing, such as `iam:CreateUser on arn:…`. */
function missingRight(error) {
    const parts = /User: (\S+) is not authorized to perform: (\S+)(?: on resource: (.+?))?(?: because| with an explicit|$)/.exec((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error));
    if (parts === null)
        return undefined;
    const [, who = '', action = '', resource = '*'] = parts;
    return { who, action, resource };
}
/**
 * Says what is wrong and which input to look at.
 *
 * @param input the one to blame, where AWS's answer does not point to another
 * @param untouched whether the target is as it was before
 * @returns the error itself when there is nothing to add
 */
function explain(error, input, untouched = false) {
    if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y)
        return error;
    const code = awsCode(error);
    if (code === '')
        return unreached(error, untouched) ?? error;
    const said = `${(0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error)} [${code}]`;
    const because = (problem, fix, blamed = input) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(problem, { input: blamed, said, fix, cause: error, ...(untouched ? { untouched } : {}) });
    const right = missingRight(error);
    if (right !== undefined && isAccessDenied(error)) {
        const { who, action, resource } = right;
        const fix = action.startsWith('sts:AssumeRole') || action === 'sts:TagSession'
            ? `Allow ${action} on ${resource} to it, and let the trust policy of the role name it; docs/aws.md has both.`
            : `Allow ${action} on ${resource} to it; docs/aws.md has the whole policy for root.`;
        return because(`${who} may not ${action} on ${resource}`, fix, 'root');
    }
    if (throttling.has(code)) {
        return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('AWS let no more calls through', {
            said,
            fix: 'Other callers of the account use up what AWS allows: run fewer jobs at a time, or try again later.',
            cause: error,
            ...(untouched ? { untouched } : {}),
        });
    }
    switch (code) {
        case 'InvalidClientTokenId':
        case 'UnrecognizedClientException':
            return because('AWS does not know the access key, or it is inactive', 'Check "AccessKeyId" and "SessionToken", and that the key is active. For a key of GovCloud or China set "region".');
        case 'SignatureDoesNotMatch':
            return because('the secret does not fit the access key', 'Check "SecretAccessKey".');
        case 'ExpiredToken':
        case 'ExpiredTokenException':
            return because('the session has expired', 'Give a fresh one, or a credential that does not expire.');
        case 'MalformedPolicyDocument':
            return because('AWS refused a policy', 'Check it with: aws accessanalyzer validate-policy.', 'policy-document');
        case 'PackedPolicyTooLarge':
            return because('policies and tags of the session are too large together', 'Use fewer, or name managed policies in "policy-arns".', 'policy-document');
        case 'LimitExceeded':
            return because('a quota of the AWS account is used up', 'Remove what is no longer needed, or run the sweep.');
        case 'DeleteConflict':
            return because('something is left that AWS wants removed first', 'AWS says what. Remove it by hand if root may not, or run the sweep later.');
        case 'InvalidIdentityToken':
            return because('AWS refused the OIDC token of the job', "Add GitHub's issuer as an identity provider of the account; docs/aws.md says how.", 'oidc-role-arn');
        default:
            return because('AWS refused', 'See docs/aws.md for the inputs and the rights that are needed.');
    }
}
/** For `catch`: throws what {@link explain} makes of an error. */
function explained(input, untouched = false) {
    return (error) => {
        throw explain(error, input, untouched);
    };
}
/** Whether no answer of AWS is what an error, or what it explains, comes from: then it is no matter of one lease alone. */
function isUnreached(error) {
    const cause = error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y ? error.details.cause : error;
    return cause !== undefined && unreached(cause) !== undefined;
}
/** Says why AWS did not answer; undefined when the error says something else. What was asked may have been done all the same. */
function unreached(error, untouched = false) {
    if (awsCode(error) !== '')
        return undefined;
    const code = (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .systemCode */ .xU)(error);
    const because = (problem, fix) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(problem, { said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error), fix, cause: error, ...(untouched ? { untouched } : {}) });
    if (code === 'ERR_PROXY_TUNNEL') {
        return because('the proxy of this runner did not let a call through to AWS', 'Let it connect to the host that it names, or correct HTTPS_PROXY and NO_PROXY in the environment of the runner.');
    }
    if ((0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isCertificateCode */ .TR)(code)) {
        return because("the certificate of what answers in AWS's place is not trusted", 'A proxy that looks into TLS has an authority of its own: put the path of its PEM file into NODE_EXTRA_CA_CERTS, in the environment of the runner.');
    }
    // The SDK's; a signal's own is about the time of the whole step.
    const isTimeout = error instanceof Error && error.name === 'TimeoutError' && !(error instanceof DOMException);
    if (!isTimeout && !(0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isPassingNetworkFailure */ .OI)(error) && !['ECONNREFUSED', 'ENOTFOUND'].includes(code))
        return undefined;
    return because('AWS could not be reached', 'Check "region", "iam-endpoint" and "sts-endpoint", HTTPS_PROXY and NO_PROXY in the environment of the runner, and that the runner may connect there.');
}


/***/ }),

/***/ 166: // src/engines/aws/guard.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   AP: () => (/* binding */ guardPolicy),
/* harmony export */   C1: () => (/* binding */ checkSize),
/* harmony export */   ct: () => (/* binding */ policyName),
/* harmony export */   f7: () => (/* binding */ checkManagedSize),
/* harmony export */   g_: () => (/* binding */ closedGuard),
/* harmony export */   mB: () => (/* binding */ chaining),
/* harmony export */   t_: () => (/* binding */ guardName)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _tags_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(658);


/** Name of the inline policy that holds a minted user to its lease. */
const guardName = 'joblease-guard';
/** Name of the inline policy from `policy-document`. */
const policyName = 'joblease-policy';
/** Every way to become a role: the session of one outlives whoever assumed it. */
const chaining = 'sts:Assume*';
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
    const end = new Date(exp * 1000).toISOString().replace('.000', '');
    const endKey = 'iam:DeleteAccessKey';
    const isMinted = { Null: { [`aws:ResourceTag/${_tags_js__WEBPACK_IMPORTED_MODULE_1__/* .versionTag */ .Vm}`]: 'false' } };
    return JSON.stringify({
        Version: '2012-10-17',
        Statement: [
            { Effect: 'Deny', Action: '*', Resource: '*', Condition: { DateGreaterThanEquals: { 'aws:CurrentTime': end } } },
            { Effect: 'Deny', NotAction: [endKey, 'iam:Get*', 'iam:List*'], Resource: minted },
            { Effect: 'Deny', Action: endKey, NotResource: userArn, Condition: isMinted },
            { Effect: 'Allow', Action: endKey, Resource: userArn },
            { Effect: 'Deny', Action: ['iam:AddUserToGroup', ...(allowRoleChaining ? [] : [chaining])], Resource: '*' },
        ],
    });
}
/** What takes a guard's place for a moment: nothing is allowed any more, but the lease may still delete its own key. */
function closedGuard(userArn) {
    const endKey = 'iam:DeleteAccessKey';
    return JSON.stringify({
        Version: '2012-10-17',
        Statement: [
            { Effect: 'Deny', NotAction: endKey, Resource: '*' },
            { Effect: 'Deny', Action: endKey, NotResource: userArn },
            { Effect: 'Allow', Action: endKey, Resource: userArn },
        ],
    });
}
function lengthOf(text) {
    return text.replaceAll(/\s/g, '').length;
}
/** @throws UserError when a guard and the policy do not fit together */
function checkSize(guard, policy) {
    const over = lengthOf(guard) + lengthOf(policy) - budget;
    if (over <= 0)
        return;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`it has ${lengthOf(policy)} characters, ${over} more than fit into a user beside the guard`, {
        input: 'policy-document',
        fix: 'Shorten it, set "policy-as-managed", or name a managed policy in "policy-arns".',
        untouched: true,
    });
}
/** @throws UserError when a policy is too large even to be managed */
function checkManagedSize(policy) {
    const over = lengthOf(policy) - managedBudget;
    if (over <= 0)
        return;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`it has ${lengthOf(policy)} characters, ${over} more than fit into a managed policy`, {
        input: 'policy-document',
        fix: 'Shorten it, or split it over managed policies and name those in "policy-arns".',
        untouched: true,
    });
}


/***/ }),

/***/ 7786: // src/engines/aws/mint-session.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ sessionName),
/* harmony export */   F: () => (/* binding */ mintSession)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(6562);
/* harmony import */ var _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(2182);
/* harmony import */ var _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(2847);
/* harmony import */ var _lease_duration_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4554);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);
/* harmony import */ var _assume_by_token_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(583);
/* harmony import */ var _credential_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(2362);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7612);
/* harmony import */ var _policy_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7325);
/* harmony import */ var _role_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(3991);
/* harmony import */ var _root_session_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(1626);
/** Minting sessions: AssumeRole, AssumeRoleWithWebIdentity, GetFederationToken, GetSessionToken. */









/** STS gives no credential for less; a condition in the session policy ends it earlier. */
const shortestSeconds = 900;
async function mintSession(access, draft) {
    const { roots, config } = access;
    const isByToken = (0,_root_session_js__WEBPACK_IMPORTED_MODULE_6__/* .isDirect */ .c7)(roots, config);
    const root = !isByToken && needsRoot(draft, config) ? await access.root() : undefined;
    const made = root?.now() ?? Math.floor(Date.now() / 1000);
    const cutoff = draft.ttl < shortestSeconds ? new Date((made + draft.ttl) * 1000) : undefined;
    const request = {
        DurationSeconds: Math.max(draft.ttl, shortestSeconds),
        RoleSessionName: sessionName(draft.principal, config),
        policies: policiesFor(config, cutoff),
    };
    const ask = isByToken ? askByToken(access, request) : askAsRoot(access, { draft, config, request }, root);
    const session = await ask.catch(async (error) => {
        throw await refused(error, access, draft);
    });
    const { key, arn, expiresAt: ends } = session;
    const expiresAt = cutoff !== undefined && cutoff < ends ? cutoff : ends;
    return (0,_credential_js__WEBPACK_IMPORTED_MODULE_7__/* .handOver */ .C)(draft, config, key, { arn, made, expiresAt, ends });
}
/** Whether AWS's clock must be known, or whose root it is: a call more. */
function needsRoot({ ttl }, config) {
    return ttl < shortestSeconds || config['revoke-sessions'];
}
function policiesFor(config, cutoff) {
    const Policy = (0,_policy_js__WEBPACK_IMPORTED_MODULE_4__/* .sessionPolicy */ .l)(config, cutoff);
    const arns = config['policy-arns'];
    return {
        ...(Policy === undefined ? {} : { Policy }),
        ...(arns.length === 0 ? {} : { PolicyArns: arns.map((arn) => ({ arn })) }),
    };
}
async function askByToken({ config, context }, { policies, ...request }) {
    if (Object.keys(config['session-tags']).length > 0) {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('a session from the OIDC token takes its tags from the token', {
            input: 'session-tags',
            untouched: true,
        });
    }
    if (config['revoke-sessions'])
        throw selfRevoking(config);
    return await (0,_assume_by_token_js__WEBPACK_IMPORTED_MODULE_2__/* .assumeByToken */ .n)({ ...request, ...policies }, config, context);
}
/** @param root where it is known already */
async function askAsRoot(access, order, root) {
    const { roots, config, context } = access;
    const ask = askFor(config['credential-type']);
    if (root === undefined) {
        return await (0,_root_session_js__WEBPACK_IMPORTED_MODULE_6__/* .asRoot */ .tE)(roots, config, context, async (key) => {
            const { sts } = (0,_root_session_js__WEBPACK_IMPORTED_MODULE_6__/* .openRootSts */ .b6)(key, config, context);
            return await ask(sts, order);
        });
    }
    if (config['revoke-sessions'])
        (0,_role_js__WEBPACK_IMPORTED_MODULE_5__/* .roleName */ .S)(root, config);
    return await ask(root.sts, order);
}
function askFor(type) {
    if (type === 'federation_token')
        return federate;
    return type === 'session_token' ? copyRoot : assume;
}
/** A session of a role. */
async function assume(sts, { config, request }) {
    const { policies, ...terms } = request;
    const tags = Object.entries(config['session-tags']).map(([Key, Value]) => ({ Key, Value }));
    const command = new _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_8__/* .AssumeRoleCommand */ .Q({
        RoleArn: (0,_role_js__WEBPACK_IMPORTED_MODULE_5__/* .roleArn */ .w)(config),
        ...terms,
        ...policies,
        ...(tags.length === 0 ? {} : { Tags: tags }),
        ...(config['external-id'] === '' ? {} : { ExternalId: config['external-id'] }),
    });
    const { Credentials, AssumedRoleUser } = await sts.send(command);
    return fromAnswer(Credentials, AssumedRoleUser?.Arn);
}
/** A session of the root user, narrowed by policies. */
async function federate(sts, { draft, request }) {
    const { DurationSeconds, policies } = request;
    const command = new _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_9__/* .GetFederationTokenCommand */ .K({ Name: draft.principal, DurationSeconds, ...policies });
    const { Credentials, FederatedUser } = await sts.send(command);
    return fromAnswer(Credentials, FederatedUser?.Arn);
}
/** A session of the root user with all its rights. */
async function copyRoot(sts, { request }) {
    const { DurationSeconds } = request;
    const { Credentials } = await sts.send(new _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_10__/* .GetSessionTokenCommand */ .X({ DurationSeconds }));
    return fromAnswer(Credentials, '');
}
function fromAnswer(credentials, arn = '') {
    const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '', Expiration = new Date() } = credentials ?? {};
    const key = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    return { key, arn, expiresAt: Expiration };
}
/** The name of a lease's session. @throws UserError when it does not fit */
function sessionName(principal, config) {
    const name = config['role-session-name'].replaceAll('{{name}}', principal);
    if (/^[\w+=,.@-]{2,64}$/.test(name))
        return name;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${JSON.stringify(name)} cannot be the name of a session`, {
        input: 'role-session-name',
        fix: 'Use 2 to 64 letters, digits and _+=,.@-; {{name}} takes 32 of them.',
        untouched: true,
    });
}
/** Whoever could revoke the session would be the session itself. */
function selfRevoking(config) {
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('the session would be of the very role that revokes it, and would have to be allowed to rewrite that role', {
        input: 'revoke-sessions',
        fix: `Name another role in "role-arn", which ${config['oidc-role-arn']} may assume and put policies on; give a "root"; or leave it out.`,
        untouched: true,
    });
}
function chainedTooLong({ ttl }, said) {
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${(0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a)(ttl)} is too long: root is itself the session of a role, which assumes others for at most 1h`, {
        input: 'ttl',
        said,
        fix: 'Ask for 1h or less, or give the access key of a user as root.',
        untouched: true,
    });
}
/** Says why STS gave no session. Whatever it may have made, nobody has the key of: the target is as it was before. */
async function refused(error, access, draft) {
    const { config } = access;
    const said = (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .b)(error);
    if (/1 hour session limit for roles assumed by role chaining/.test(said))
        return chainedTooLong(draft, said);
    if (/session credentials/.test(said)) {
        return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`"${config['credential-type']}" takes the access key of a user, and root is a session`, {
            input: 'credential-type',
            said,
            fix: 'Mint "assumed_role", or give the key of a user as root.',
            cause: error,
            untouched: true,
        });
    }
    if (!/exceeds the MaxSessionDuration/.test(said))
        return (0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .explain */ .WE)(error, 'role-arn', true);
    const role = (0,_role_js__WEBPACK_IMPORTED_MODULE_5__/* .roleArn */ .w)(config).split('/').at(-1) ?? '';
    const details = { input: 'ttl', said, cause: error, untouched: true };
    const raise = `raise it with: aws iam update-role --role-name ${role} --max-session-duration ${draft.ttl}`;
    const longestSeconds = await longestOfRole(access);
    if (longestSeconds === undefined) {
        return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${draft.ttl} seconds are more than the role's maximum session duration`, {
            ...details,
            fix: `See it with: aws iam get-role --role-name ${role} --query Role.MaxSessionDuration. Ask for less, or ${raise}`,
        });
    }
    const asked = (0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a)(draft.ttl);
    const longest = (0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a)(longestSeconds);
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${asked} is more than the role's maximum session duration, ${longest}`, {
        ...details,
        fix: `Ask for ${longest} or less, or ${raise}`,
    });
}
/** @returns seconds; undefined where nobody is there who may look */
async function longestOfRole({ roots, config, context }) {
    if ((0,_root_session_js__WEBPACK_IMPORTED_MODULE_6__/* .isDirect */ .c7)(roots, config))
        return undefined;
    const { longestSessionSeconds, openIam } = await Promise.all(/* import() */[__webpack_require__.e("aws-sdk-client-iam"), __webpack_require__.e("aws-iam")]).then(__webpack_require__.bind(__webpack_require__, 5153));
    // An error is not kept waiting for long.
    const brief = { ...context, signal: AbortSignal.any([context.signal, AbortSignal.timeout(5000)]) };
    const root = await (0,_root_session_js__WEBPACK_IMPORTED_MODULE_6__/* .openRoot */ .R8)(roots, config, brief).catch(() => undefined);
    return root === undefined ? undefined : await longestSessionSeconds(openIam(root, config, brief));
}


/***/ }),

/***/ 7325: // src/engines/aws/policy.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   T: () => (/* binding */ readPolicy),
/* harmony export */   l: () => (/* binding */ sessionPolicy)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _guard_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(166);
/** Policies that the workflow gives: reading them, and making one into the policy of a session. */


/** Characters that a session policy may have. */
const longestSessionPolicy = 2048;
/** @throws UserError when the text is no JSON object */
function readPolicy(text) {
    const [foreign] = /[^\t\n\r\u0020-\u00FF]/u.exec(text) ?? [];
    if (foreign !== undefined) {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`AWS takes no ${JSON.stringify(foreign)} in a policy`, {
            input: 'policy-document',
            fix: 'Write it with the characters of Latin-1, or as \\u and four hexadecimal digits.',
            untouched: true,
        });
    }
    let value;
    try {
        value = JSON.parse(text);
    }
    catch {
        value = undefined;
    }
    if (typeof value === 'object' && value !== null && 'Statement' in value)
        return value;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('it is not a policy document as JSON', {
        input: 'policy-document',
        fix: 'Write {"Version":"2012-10-17","Statement":[…]}.',
        untouched: true,
    });
}
/**
 * The workflow's policy, narrowed to end at `cutoff`, and not to assume roles, whose sessions would not end then.
 *
 * @returns undefined when the session needs none
 * @throws UserError when it is none, or does not fit
 */
function sessionPolicy(config, cutoff) {
    const text = config['policy-document'];
    const own = text === '' ? undefined : readPolicy(text);
    const isNarrowed = own !== undefined || config['policy-arns'].length > 0;
    // A session that nothing narrows is the role's as it is; the others end, or are narrow, in fact.
    const mayChain = config['allow-role-chaining'] || config['credential-type'] !== 'assumed_role';
    const denies = [
        ...(cutoff === undefined
            ? []
            : [deny('*', { DateGreaterThanEquals: { 'aws:CurrentTime': cutoff.toISOString() } })]),
        ...(mayChain || !(isNarrowed || cutoff !== undefined || config['revoke-sessions']) ? [] : [deny(_guard_js__WEBPACK_IMPORTED_MODULE_1__/* .chaining */ .mB)]),
    ];
    if (denies.length === 0)
        return own === undefined ? undefined : fitting(JSON.stringify(own));
    // Where no policy narrows the role, a session policy must first let all of it through.
    const through = isNarrowed ? [] : [{ Effect: 'Allow', Action: '*', Resource: '*' }];
    const Statement = [...(own === undefined ? through : statementsOf(own)), ...denies];
    return fitting(JSON.stringify({ Version: '2012-10-17', ...own, Statement }));
}
function deny(Action, Condition) {
    return { Effect: 'Deny', Action, Resource: '*', ...(Condition === undefined ? {} : { Condition }) };
}
function statementsOf({ Statement }) {
    return Array.isArray(Statement) ? Statement : [Statement];
}
function fitting(policy) {
    const over = policy.length - longestSessionPolicy;
    if (over <= 0)
        return policy;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`as a session policy it has ${policy.length} characters, ${over} too many`, {
        input: 'policy-document',
        fix: 'Shorten it, or make it a managed policy and name that in "policy-arns".',
        untouched: true,
    });
}


/***/ }),

/***/ 3991: // src/engines/aws/role.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ roleName),
/* harmony export */   w: () => (/* binding */ roleArn)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);

/** The role whose sessions are minted. It may be of any account. */
function roleArn(config) {
    return config['role-arn'] === '' ? config['oidc-role-arn'] : config['role-arn'];
}
/**
 * The name by which root reads and writes the role. IAM looks for it in the caller's own account, whatever the ARN says.
 *
 * @throws UserError when the role is of another account, where root has no say: in its own another role may be called so
 */
function roleName({ account, partition }, config) {
    const arn = roleArn(config);
    const [, of = '', , , owner = ''] = arn.split(':');
    if (of === partition && owner === account)
        return arn.split('/').at(-1) ?? '';
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${arn} is of account ${owner} (${of}), and root is of ${account} (${partition}): it can put no policy on that role`, {
        input: 'revoke-sessions',
        fix: `Give a root of account ${owner}, or leave it out: the session ends by itself.`,
        untouched: true,
    });
}


/***/ }),

/***/ 1626: // src/engines/aws/root-session.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   R8: () => (/* binding */ openRoot),
/* harmony export */   b6: () => (/* binding */ openRootSts),
/* harmony export */   c7: () => (/* binding */ isDirect),
/* harmony export */   ls: () => (/* binding */ identify),
/* harmony export */   tE: () => (/* binding */ asRoot)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(5867);
/* harmony import */ var node_tls__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1692);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);
/* harmony import */ var _assume_by_token_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(583);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(7087);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(7612);
/* harmony import */ var _root_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(2431);







/** The job's OIDC token is the credential itself: there is no root that would have to ask for it. */
function isDirect(roots, config) {
    const own = config['oidc-role-arn'];
    return (roots.length === 0 &&
        own !== '' &&
        config['credential-type'] === 'assumed_role' &&
        ['', own].includes(config['role-arn']));
}
/** Root, known to AWS. @throws UserError naming `root` when AWS accepts none */
async function openRoot(roots, config, context) {
    const open = async (key) => await identify(key, config, context);
    return await asRoot(roots, config, context, open).catch((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .explained */ .to)('root', true));
}
/**
 * Does something as the first root that AWS accepts, which the doing tells.
 *
 * @param act makes a call with the key before it changes anything
 * @throws UserError naming `root` when AWS accepts none; what `act` throws for any other reason
 */
async function asRoot(roots, config, context, act) {
    const keys = await keysOf(roots, config, context);
    const failures = [];
    for (const key of keys) {
        try {
            const result = await act(key);
            for (const failure of failures)
                context.warn(`${failure.split('\n', 1)[0] ?? ''}; another one was used`);
            return result;
        }
        catch (error) {
            if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isKeyRefused */ .yM)(error))
                throw error;
            const refused = (0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .explain */ .WE)(error, 'root', true);
            if (keys.length === 1)
                throw refused;
            failures.push((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .b)(refused));
        }
    }
    const said = failures.join('\n');
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('no root credential could be used', { input: 'root', said, untouched: true });
}
/** @returns at least one. @throws UserError when there is none */
async function keysOf(roots, config, context) {
    if (roots.length > 0)
        return roots;
    if (config['oidc-role-arn'] !== '')
        return [(await (0,_assume_by_token_js__WEBPACK_IMPORTED_MODULE_2__/* .assumeByToken */ .n)({ DurationSeconds: 3600 }, config, context)).key];
    const own = (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .ambientKey */ .Y_)();
    if (own === undefined)
        throw (0,_root_js__WEBPACK_IMPORTED_MODULE_5__/* .missingRoot */ .jK)();
    return [own];
}
/** Asks AWS whose key it is. */
async function identify(key, config, context) {
    const { sts, now } = openRootSts(key, config, context);
    const { Account = '', Arn = '' } = await sts.send(new _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_6__/* .GetCallerIdentityCommand */ .z({}));
    context.debug?.(`root: ${Arn}`);
    return {
        key,
        sts,
        account: Account,
        arn: Arn,
        partition: Arn.split(':')[1] ?? 'aws',
        now,
    };
}
/** STS as root, and AWS's clock as its answers tell it. */
function openRootSts(key, config, context) {
    let offsetMs = 0;
    const sts = (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .openSts */ .$)(key, config, context, ({ middlewareStack }) => {
        middlewareStack.add((next) => async (args) => {
            const result = await next(args);
            const { headers, body } = result.response;
            const date = Date.parse(headers?.['date'] ?? '');
            if (Number.isFinite(date))
                offsetMs = date - Date.now();
            const { hostname } = args.request;
            context.debug?.(`${hostname ?? ''}: ${protectionOf(body)}; signed with ${key.accessKeyId}`);
            return result;
        }, { step: 'deserialize', priority: 'low' });
    });
    // The header has whole seconds, so an offset of less than one is none.
    return { sts, now: () => Math.floor((Date.now() + (Math.abs(offsetMs) < 1500 ? 0 : offsetMs)) / 1000) };
}
/** How an answer was protected on its way, for people. @param body of the answer, as Node reads it */
function protectionOf(body) {
    const { socket } = (body ?? {});
    if (!(socket instanceof node_tls__WEBPACK_IMPORTED_MODULE_0__.TLSSocket))
        return 'no TLS';
    const verified = socket.authorized ? 'certificate and host name were verified' : 'certificate was not verified';
    return `${socket.getProtocol()}, ${socket.getCipher().name}, ${verified}`;
}


/***/ }),

/***/ 658: // src/engines/aws/tags.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   NY: () => (/* binding */ isTagOfOurs),
/* harmony export */   QF: () => (/* binding */ holdingsOf),
/* harmony export */   Vm: () => (/* binding */ versionTag),
/* harmony export */   h0: () => (/* binding */ recordTags),
/* harmony export */   mB: () => (/* binding */ holdingsIn),
/* harmony export */   xP: () => (/* binding */ holdingsTag),
/* harmony export */   zv: () => (/* binding */ recordOf)
/* harmony export */ });
const prefix = 'joblease:';
/** Every minted user has it. */
const versionTag = `${prefix}v`;
const holdingsKey = `${prefix}holds`;
const textFields = ['repo', 'job', 'workflow', 'actor', 'role'];
const numberFields = ['v', 'repoId', 'run', 'attempt', 'checkRun', 'iat', 'exp', 'max'];
const longestValue = 256;
/**
 * The lease record as tags, one per field, so that policies can refer to them. A tag's value takes letters, digits,
 * spaces and `_.:/=+-@`; all else is written as `=` and two hexadecimal digits per byte (RFC 2045's quoted-printable).
 */
function recordTags(record) {
    return [...textFields, ...numberFields].map((field) => ({
        Key: `${prefix}${field}`,
        Value: quote(String(record[field])),
    }));
}
/** @returns undefined when the tags are not a record of ours */
function recordOf(tags) {
    const values = new Map(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
    const texts = textFields.map((field) => [field, unquote(values.get(`${prefix}${field}`))]);
    const numbers = numberFields.map((field) => {
        const text = values.get(`${prefix}${field}`) ?? '';
        return [field, /^\d{1,15}$/.test(text) ? Number(text) : undefined];
    });
    const fields = Object.fromEntries([...texts, ...numbers]);
    if (fields['v'] !== 1 || Object.values(fields).includes(undefined))
        return undefined;
    return fields;
}
/** Kinds of thing that a mint gives a user beside its guard and its key. */
const kinds = ['policy', 'managed', 'arns', 'groups'];
function holdingsIn(config) {
    const hasPolicy = config['policy-document'] !== '';
    const isManaged = config['policy-as-managed'];
    return {
        policy: hasPolicy && !isManaged,
        managed: hasPolicy && isManaged,
        arns: config['policy-arns'].length > 0,
        groups: config['iam-groups'].length > 0,
    };
}
/** Tells a sweep, which has none of the mint's inputs, what to take away, so that it need not look for everything. */
function holdingsTag(config) {
    const holdings = holdingsIn(config);
    return { Key: holdingsKey, Value: kinds.filter((kind) => holdings[kind]).join(' ') };
}
/** @returns undefined when the tags do not tell */
function holdingsOf(tags) {
    const value = tags.find(({ Key }) => Key === holdingsKey)?.Value;
    if (value === undefined)
        return undefined;
    const words = value.split(' ');
    const has = (kind) => words.includes(kind);
    return { policy: has('policy'), managed: has('managed'), arns: has('arns'), groups: has('groups') };
}
/** Whether a tag is one of joblease's, of whatever version. */
function isTagOfOurs({ Key = '' }) {
    return Key.startsWith(prefix);
}
/** Cut at a whole character where it would be too long. */
function quote(text) {
    let quoted = '';
    for (const character of text) {
        const next = /^[\w.:/+\-@ ]$/.test(character)
            ? character
            : [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
        if (quoted.length + next.length > longestValue)
            break;
        quoted += next;
    }
    return quoted;
}
function unquote(text) {
    if (text === undefined)
        return undefined;
    try {
        return decodeURIComponent(text.replaceAll('%', '%25').replaceAll(/=(?=[0-9A-F]{2})/g, '%'));
    }
    catch {
        return undefined; // no UTF-8, so not from here
    }
}


/***/ }),

/***/ 9190: // src/engines/aws/verify.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   BA: () => (/* binding */ rotationTrial),
/* harmony export */   MX: () => (/* binding */ verify),
/* harmony export */   NP: () => (/* binding */ mintTrial)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5867);
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7087);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7612);




/** For a job that waits for its key. Three servers that happen to know it are less likely than one. */
const mintTrial = { atOnce: 3, rounds: 1, roundsLater: 3 };
/** For a rotation, which nobody waits for: of one that is killed no call arrives late, and counts as somebody's use. */
const rotationTrial = { atOnce: 1, rounds: 5, roundsLater: 5 };
const pauseMs = 300;
/**
 * Uses a credential. GetCallerIdentity needs no permission and cannot be denied, so it says whether STS knows the key, in
 * its region, and nothing about what the key may do or who else knows it.
 *
 * @param trial for a fresh key; another one is used once
 * @throws UserError when AWS refuses the key
 */
async function verify(key, trial, config, context) {
    const sts = (0,_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .openSts */ .$)(key, config, context);
    const use = async () => await sts.send(new _aws_sdk_client_sts__WEBPACK_IMPORTED_MODULE_3__/* .GetCallerIdentityCommand */ .z({}));
    if (trial === undefined) {
        await use().catch((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .explained */ .to)('verify'));
        return;
    }
    let isLate = false;
    for (let left = trial.rounds; left > 0;) {
        const [refusal] = refusalsIn(await Promise.allSettled(Array.from({ length: trial.atOnce }, use)));
        if (refusal !== undefined && context.signal.aborted)
            throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .explain */ .WE)(refusal, 'verify');
        if (refusal !== undefined && !isLate)
            context.debug?.('verify: AWS does not know the new key yet');
        isLate ||= refusal !== undefined;
        left = refusal === undefined ? left - 1 : trial.roundsLater;
        if (isLate && left > 0)
            await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(pauseMs, undefined, { signal: context.signal });
    }
}
/** The answers that refuse the key. @throws UserError for any other failure */
function refusalsIn(results) {
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    for (const failure of failures)
        if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .isKeyRefused */ .yM)(failure))
            throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .explain */ .WE)(failure, 'verify');
    return failures;
}


/***/ }),

/***/ 8866: // src/failure/network.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D9: () => (/* binding */ peerCodes),
/* harmony export */   Ge: () => (/* binding */ isDoubtful),
/* harmony export */   OI: () => (/* binding */ isPassingNetworkFailure),
/* harmony export */   TR: () => (/* binding */ isCertificateCode),
/* harmony export */   Th: () => (/* binding */ peerError),
/* harmony export */   xU: () => (/* binding */ systemCode)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/** Failures below a target's own protocol: the same in every engine that opens connections. */

/** Node's code of a failed system call or TLS handshake, `''` when it has none. */
function systemCode(error) {
    if (error instanceof AggregateError && error.errors.length > 0)
        return systemCode(error.errors[0]);
    if (!(error instanceof Error) || !('code' in error))
        return '';
    const { code } = error;
    return typeof code === 'string' ? code : '';
}
/**
 * Whether the network may do better a moment later. A refused connection and an unknown host are not among these: they
 * are nearly always a wrong URL.
 */
function isPassingNetworkFailure(error) {
    const codes = ['ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];
    return codes.includes(systemCode(error));
}
/** Whether a code of {@link systemCode} says that the server's certificate was not accepted. */
function isCertificateCode(code) {
    return /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH)/.test(code);
}
/** What is wrong with who answers at an address, as {@link systemCode} tells it. */
const peerCodes = {
    /** it speaks another protocol: no later attempt will be better */
    foreign: 'ERR_OTHER_PROTOCOL',
    /** it hung up before it had said anything */
    mute: 'ERR_HUNG_UP',
};
/** @param said what is known of the peer, fit for a log */
function peerError(code, said) {
    return Object.assign(new Error(said), { code: peerCodes[code] });
}
/**
 * Whether nothing speaks for it that the address is the right one: then a first attempt is the only one. Where a login
 * has succeeded before, a proxy whose server is restarting does the same.
 */
function isDoubtful(error) {
    if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y)
        return isDoubtful(error.details.cause);
    return systemCode(error) === peerCodes.mute;
}


/***/ }),

/***/ 5710: // src/failure/retry.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ retry)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);

/**
 * Does the work again for as long as its failure can heal and the signal has not fired, with growing, jittered pauses.
 *
 * @param retrying told of each failure before its work is done again
 * @returns what the work returned
 * @throws the work's last error, or the signal's reason when it fires before the first attempt
 */
async function retry(work, canHeal, signal, retrying) {
    signal.throwIfAborted();
    for (let pause = 50;; pause = Math.min(pause * 2, 5000)) {
        try {
            return await work();
        }
        catch (error) {
            if (!canHeal(error))
                throw error;
            if (!signal.aborted)
                retrying?.(error);
            // A signal that fires during the pause ends it; the failure then tells more than the signal would.
            await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(pause * (0.5 + Math.random()), undefined, { signal }).catch(() => {
                throw error;
            });
            if (signal.aborted)
                throw error;
        }
    }
}


/***/ }),

/***/ 5942: // src/http/proxy.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   w: () => (/* binding */ proxyEnvironment)
/* harmony export */ });
/**
 * The proxies that the environment names, as an agent of Node takes them (`proxyEnv`): HTTPS_PROXY or HTTP_PROXY by the
 * protocol of what is asked for, unless NO_PROXY names its host; small letters before capitals.
 * https://nodejs.org/api/http.html#built-in-proxy-support
 *
 * Not the whole environment, which Node writes to the log where NODE_DEBUG is set.
 */
function proxyEnvironment() {
    const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY, http_proxy, https_proxy, no_proxy } = process.env;
    return { HTTP_PROXY, HTTPS_PROXY, NO_PROXY, http_proxy, https_proxy, no_proxy };
}


/***/ })

};
