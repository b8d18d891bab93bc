export const id = "main";
export const ids = ["main"];
export const modules = {

/***/ 7856: // src/actions/inputs.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U1: () => (/* binding */ readMintInputs),
/* harmony export */   kv: () => (/* binding */ doubtOf)
/* harmony export */ });
/* unused harmony exports mintInputs, mintOutputs */
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7924);
/* harmony import */ var _lease_duration_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4554);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(477);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6547);
/* harmony import */ var _lease_name_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4317);





const role = {
    description: 'A label for the lease: it appears in its name, its id and its record.',
    default: 'job',
    parse: _lease_name_js__WEBPACK_IMPORTED_MODULE_4__/* .parseRoleLabel */ .ed,
};
const checkRunId = {
    description: 'Identifies the job on GitHub. Leave it at its default.',
    default: '${{ job.check_run_id }}',
    type: 'integer',
    // GitHub Enterprise Server knows no check_run_id: the default is then empty, and the run and its attempt must do.
    parse: (value) => (/^\d{1,15}$/.test(value) ? Number(value) : 0),
};
/** The inputs that minting has in every engine, beside `root`. */
const mintInputs = {
    engine: (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_0__/* .engineInput */ .xM)('What to mint on'),
    role,
    ttl: (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .duration */ .p0)('How long the credential lives: 90s, 30m, 1h30m, 1d or seconds.', '1h'),
    'max-ttl': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .duration */ .p0)('The most that "ttl" and all renewals together may come to.', '24h'),
    'export-env': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .flag */ .Jt)('Also set environment variables for all later steps of the job.', false),
    verify: (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .flag */ .Jt)('Log in with the credential before handing it out.', true),
    revoke: (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .flag */ .Jt)('Revoke the credential in the post step, when the job ends.', true),
    'fail-on-revoke-error': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .flag */ .Jt)('Fail the job, rather than warn, when the credential could not be revoked.', false),
    'check-run-id': checkRunId,
};
/** The outputs that it has in every engine. */
const mintOutputs = {
    'lease-id': 'Id of the lease: <engine>/<role>/<principal>. Not a secret.',
    principal: 'Name of the minted account. Not a secret.',
    'expires-at': "When the credential ends by itself, by the target's clock (RFC 3339).",
    'expiry-class': {
        description: 'What ends then: "full" logins and sessions, "login" logins only, "sweep" nothing.',
        type: { oneOf: ['full', 'login', 'sweep'] },
    },
};
/** With less than this a person may have meant minutes, not seconds. */
const leastTtlSeconds = 60;
/** @returns a warning about inputs that are not wrong; `''` when there is none */
function doubtOf({ ttl }) {
    if (ttl >= leastTtlSeconds)
        return '';
    return `Input "ttl": the credential lives for ${(0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_1__/* .formatDuration */ .a)(ttl)} only. A number alone counts seconds: write 5m for five minutes.`;
}
/** @throws UserError for the first input that is wrong */
function readMintInputs(read) {
    const inputs = (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .parseInputs */ .TL)(mintInputs, read);
    if (inputs.ttl > inputs['max-ttl']) {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`${(0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_1__/* .formatDuration */ .a)(inputs.ttl)} is above "max-ttl", which is ${(0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_1__/* .formatDuration */ .a)(inputs['max-ttl'])}`, {
            input: 'ttl',
        });
    }
    return inputs;
}


/***/ }),

/***/ 6724: // src/actions/main.js
/***/ ((__webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
__webpack_require__.r(__webpack_exports__);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_13__ = __webpack_require__(1604);
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7924);
/* harmony import */ var _failure_network_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8866);
/* harmony import */ var _failure_retry_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5710);
/* harmony import */ var _lease_duration_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4554);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(477);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(6547);
/* harmony import */ var _lease_name_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(4317);
/* harmony import */ var _runner_job_js__WEBPACK_IMPORTED_MODULE_14__ = __webpack_require__(7315);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(890);
/* harmony import */ var _runner_state_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(5345);
/* harmony import */ var _runner_step_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(1177);
/* harmony import */ var _runner_summary_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(9224);
/* harmony import */ var _context_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(4373);
/* harmony import */ var _inputs_js__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(7856);
/** Mints a credential for this job and hands it on. */















/** How long minting may take in all. */
const mintTimeoutMs = 60_000;
/** How long undoing it may take: the runner kills the process 10 s after a cancel. */
const undoTimeoutMs = 6000;
const afterExpiry = {
    full: 'logins and open sessions end then',
    login: 'no new login is possible then; an open session lives until it is revoked',
    sweep: 'nothing ends it then but the sweep',
};
await (0,_runner_step_js__WEBPACK_IMPORTED_MODULE_9__/* .runStep */ .e)(async (cancelled) => {
    (0,_runner_state_js__WEBPACK_IMPORTED_MODULE_8__/* .clearState */ .Ho)();
    const order = readOrder();
    tellPost(order);
    const minted = await mint(order, cancelled);
    handOn(minted, order);
    await report(minted, order);
});
/** @throws UserError for the first input that is wrong */
function readOrder() {
    const engine = (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_0__/* .engineNamed */ .Ki)((0,_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .getInput */ .V4)('engine'));
    const inputs = (0,_inputs_js__WEBPACK_IMPORTED_MODULE_12__/* .readMintInputs */ .U1)(_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .getInput */ .V4);
    const config = (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_5__/* .parseInputs */ .TL)(engine.inputs, _actions_core__WEBPACK_IMPORTED_MODULE_13__/* .getInput */ .V4);
    const roots = engine.root.parse((0,_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .getInput */ .V4)('root'), 'root');
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .mask */ .dK)(roots.flatMap(({ secrets }) => secrets));
    engine.check?.(roots, config, inputs['export-env']);
    for (const doubt of [(0,_inputs_js__WEBPACK_IMPORTED_MODULE_12__/* .doubtOf */ .kv)(inputs), engine.lacking(config)])
        if (doubt !== '')
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .warn */ .R8)(doubt);
    const draft = draftOf(engine, inputs);
    const leaseId = (0,_lease_name_js__WEBPACK_IMPORTED_MODULE_6__/* .formatLeaseId */ .LZ)({ engine: engine.name, role: draft.role, principal: draft.principal });
    return { engine, roots, config, inputs, draft, leaseId };
}
function draftOf(engine, inputs) {
    const { role, ttl } = inputs;
    return {
        principal: (0,_lease_name_js__WEBPACK_IMPORTED_MODULE_6__/* .newPrincipal */ .N)(role, new Date(Date.now() + ttl * 1000), engine.nameForm),
        role,
        ttl,
        maxTtl: inputs['max-ttl'],
        job: (0,_runner_job_js__WEBPACK_IMPORTED_MODULE_14__/* .currentJob */ .b)(inputs['check-run-id']),
    };
}
/** Written ahead: whatever becomes of this process, post can revoke. */
function tellPost({ engine, inputs, draft, config }) {
    (0,_runner_state_js__WEBPACK_IMPORTED_MODULE_8__/* .holdLease */ .UU)({
        engine: engine.name,
        role: draft.role,
        principal: draft.principal,
        config: (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_5__/* .mintOnlyCleared */ .F8)(engine.inputs, config),
        revoke: inputs.revoke,
        failOnRevokeError: inputs['fail-on-revoke-error'],
    });
}
/** Mints and tries the credential. Where that fails, what it may have left is ended at once, or else by post. */
async function mint(order, cancelled) {
    const timeout = AbortSignal.timeout(mintTimeoutMs);
    const signal = AbortSignal.any([cancelled, timeout]);
    const mints = { principal: order.draft.principal, verify: order.inputs.verify };
    const context = { ...(0,_context_js__WEBPACK_IMPORTED_MODULE_11__/* .contextFor */ .B)(signal, mintTimeoutMs), mints };
    const driver = await order.engine.load();
    const progress = { isBegun: false, minted: undefined };
    try {
        return await mintBySession(order, driver, context, progress);
    }
    catch (error) {
        const untouched = error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .UserError */ .y && error.details.untouched === true;
        if (!progress.isBegun || untouched || (await undo(order, driver, progress.minted)))
            (0,_runner_state_js__WEBPACK_IMPORTED_MODULE_8__/* .holdNothing */ .xS)();
        if (!timeout.aborted)
            throw error;
        const said = (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .messageOf */ .b)(error);
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .UserError */ .y(`minting took longer than ${mintTimeoutMs / 1000} s`, { said, cause: error });
    }
}
async function mintBySession(order, driver, context, progress) {
    const { roots, config, draft, inputs } = order;
    const open = async () => await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)('open', async () => await driver.open(roots, config, context));
    const mayHeal = (error) => driver.canHeal(error) && !(0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isDoubtful */ .Ge)(error);
    await using session = await (0,_failure_retry_js__WEBPACK_IMPORTED_MODULE_2__/* .retry */ .L)(open, mayHeal, context.signal, context.retrying);
    progress.isBegun = true;
    const minted = await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)('mint', async () => await session.mint(draft));
    progress.minted = minted;
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .mask */ .dK)(minted.secrets);
    if (inputs.verify)
        await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)('verify', async () => await session.verify(minted.credential));
    context.signal.throwIfAborted();
    return minted;
}
/** Ends at once what a failed mint may have left. @returns whether there is nothing left for post to do */
async function undo({ roots, config, draft, leaseId }, driver, minted) {
    try {
        const context = (0,_context_js__WEBPACK_IMPORTED_MODULE_11__/* .contextFor */ .B)(AbortSignal.timeout(undoTimeoutMs), undoTimeoutMs);
        await using session = await driver.open(roots, config, context);
        const { outcome } = await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)('revoke', async () => await session.revoke(draft.principal, minted?.credential));
        return outcome === 'revoked' || outcome === 'absent';
    }
    catch (error) {
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .warn */ .R8)(`${leaseId} could not be revoked yet, the post step tries again: ${(0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .messageOf */ .b)(error)}`);
        return false;
    }
}
function handOn(minted, { inputs, draft, leaseId }) {
    const expiresAt = minted.expiresAt.toISOString();
    (0,_runner_state_js__WEBPACK_IMPORTED_MODULE_8__/* .holdMinted */ .$L)({ credential: minted.credential, expiresAt, at: Date.now() });
    const outputs = {
        ...minted.outputs,
        'lease-id': leaseId,
        principal: draft.principal,
        'expires-at': expiresAt,
        'expiry-class': minted.expiryClass,
    };
    for (const [name, value] of Object.entries(outputs))
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .setOutput */ .uH)(name, value);
    if (!inputs['export-env'])
        return;
    for (const [name, value] of Object.entries(minted.environment))
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .exportVariable */ .dN)(name, value);
}
async function report({ expiresAt, expiryClass, about }, { engine, draft, leaseId }) {
    const end = expiresAt.toISOString();
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(`Minted ${leaseId}, which ends by itself at ${end}: ${afterExpiry[expiryClass]}.`);
    const known = Object.entries(about).filter(([, text]) => text !== '');
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(known.map(([title, text]) => `${title}: ${text}`).join('; '));
    await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_10__/* .summarize */ .e)('joblease: credential minted', {
        Engine: engine.name,
        Label: draft.role,
        Principal: draft.principal,
        ...about,
        'Ends by itself at': `${end} (in ${(0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_3__/* .formatDuration */ .a)(draft.ttl)})`,
        'Expiry class': `${expiryClass}: ${afterExpiry[expiryClass]}`,
    });
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

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

/***/ 4317: // src/lease/name.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   HV: () => (/* binding */ isPrincipal),
/* harmony export */   LZ: () => (/* binding */ formatLeaseId),
/* harmony export */   N: () => (/* binding */ newPrincipal),
/* harmony export */   an: () => (/* binding */ expiryInName),
/* harmony export */   ed: () => (/* binding */ parseRoleLabel),
/* harmony export */   gA: () => (/* binding */ parsePrincipal),
/* harmony export */   h0: () => (/* binding */ principalPattern)
/* harmony export */ });
/* unused harmony exports usualForm, patternOf, parseLeaseId */
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);


/** `jl_<expiry>_<role>_<random>`, at most 32 characters, which is MySQL's limit for a user name. */
const usualForm = { separator: '_', most: 32 };
const randomLength = 13; // 36^13 > 2^67
const longestSlug = 7;
/** How an expiry is written: in seconds, or where that is too long in minutes, rounded up. */
const clocks = [
    { digits: 7, unitInSeconds: 1 }, // to the year 4453
    { digits: 5, unitInSeconds: 60 }, // to the year 2084
];
/** @throws RangeError when there is no room for the expiry and 64 random bits */
function layoutOf({ separator, most }) {
    const room = most - 'jl'.length - randomLength - 2 * separator.length;
    const clock = clocks.find(({ digits }) => digits <= room);
    if (clock === undefined)
        throw new RangeError(`a name of ${most} characters holds no expiry and 64 random bits`);
    const rest = room - clock.digits - separator.length;
    return { separator, clock, slugLength: separator === '' ? 0 : Math.max(0, Math.min(longestSlug, rest)) };
}
/**
 * The names of a form, for a target's own regular expressions (POSIX), so that a list is narrowed there. It accepts exactly
 * what {@link parsePrincipal} accepts.
 */
function patternOf(form) {
    const { separator, clock, slugLength } = layoutOf(form);
    const slug = slugLength === 0 ? '' : `[a-z0-9]{1,${slugLength}}${separator}`;
    return `^jl${separator}[0-9a-z]{${clock.digits}}${separator}${slug}[0-9a-z]{${randomLength}}$`;
}
/** {@link patternOf} the usual form. */
const principalPattern = patternOf(usualForm);
/**
 * Chooses the name for a new account.
 *
 * @param role the lease's role label; what of it is not `[a-z0-9]` is left out, and the rest is cut to where there is room
 * @param expiry when the lease is first due to end, by the runner's clock. A hint for a quick look: the target's own
 *   record of the expiry is what counts.
 * @throws RangeError when it lies before 1970 or is too late to fit: nothing would find such a name again
 */
function newPrincipal(role, expiry, form = usualForm) {
    const { separator, clock, slugLength } = layoutOf(form);
    const units = Math.ceil(Math.floor(expiry.getTime() / 1000) / clock.unitInSeconds);
    if (!(units >= 0 && units < 36 ** clock.digits))
        throw new RangeError('the expiry does not fit into a name');
    const time = units.toString(36).padStart(clock.digits, '0');
    const slug = role
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, '')
        .slice(0, slugLength);
    const label = slugLength === 0 ? [] : [slug === '' ? 'job'.slice(0, slugLength) : slug];
    return ['jl', time, ...label, randomBase36(randomLength)].join(separator);
}
/** @returns the text as a principal when it has the form of one of ours, otherwise undefined */
function parsePrincipal(text, form = usualForm) {
    return new RegExp(patternOf(form)).test(text) ? text : undefined;
}
const anyForm = /^jl(?:([_-])([0-9a-z]{7}|[0-9a-z]{5})(?:\1[a-z0-9]{1,7})?\1|([0-9a-z]{7}|[0-9a-z]{5}))[0-9a-z]{13}$/;
/** Whether a text has the form of a principal of some engine. */
function isPrincipal(text) {
    return anyForm.test(text);
}
/** The initial expiry that a principal's name carries, by the clock of the runner that minted it; up to a minute later. */
function expiryInName(principal) {
    const [, , behindSeparator, behindPrefix] = anyForm.exec(principal) ?? [];
    const digits = behindSeparator ?? behindPrefix ?? '';
    const unitInSeconds = clocks.find((clock) => clock.digits === digits.length)?.unitInSeconds ?? 1;
    return new Date(Number.parseInt(digits, 36) * unitInSeconds * 1000);
}
const engineName = /^[a-z][a-z0-9_-]*$/;
const roleLabel = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
function formatLeaseId({ engine, role, principal }) {
    return `${engine}/${role}/${principal}`;
}
/** @throws UserError naming `input` when the text is not a lease id */
function parseLeaseId(text, input) {
    const [engine = '', role = '', name = '', ...rest] = text.split('/');
    if (!engineName.test(engine) || !roleLabel.test(role) || !isPrincipal(name) || rest.length > 0) {
        throw new UserError(`${JSON.stringify(text)} is not a lease id`, {
            input,
            fix: 'A lease id is the output "lease-id" of the step that minted: <engine>/<role>/<principal>.',
        });
    }
    return { engine, role, principal: name };
}
/** @throws UserError when the label could not stand in a lease id */
function parseRoleLabel(text, input) {
    if (!roleLabel.test(text)) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${JSON.stringify(text)} cannot be a role label`, {
            input,
            fix: 'Use up to 63 letters, digits, ".", "_" and "-", beginning with a letter or a digit.',
        });
    }
    return text;
}
function randomBase36(length) {
    let text = '';
    while (text.length < length) {
        // Bytes from 252 up would make the first four digits likelier than the others (252 = 7 × 36).
        for (const byte of (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(length))
            if (byte < 252)
                text += (byte % 36).toString(36);
    }
    return text.slice(0, length);
}


/***/ }),

/***/ 7315: // src/runner/job.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   H: () => (/* binding */ isByHand),
/* harmony export */   b: () => (/* binding */ currentJob)
/* harmony export */ });
/**
 * Who runs this step, from the variables that the runner sets.
 *
 * @param checkRun `job.check_run_id`, which no variable holds: it comes through an input's default; 0 where it is empty
 */
function currentJob(checkRun) {
    return {
        repo: variable('GITHUB_REPOSITORY'),
        repoId: number('GITHUB_REPOSITORY_ID'),
        run: number('GITHUB_RUN_ID'),
        attempt: number('GITHUB_RUN_ATTEMPT'),
        job: variable('GITHUB_JOB'),
        checkRun,
        workflow: variable('GITHUB_WORKFLOW'),
        actor: variable('GITHUB_ACTOR'),
    };
}
/** Whether a person has started the run, and so will look at it. */
function isByHand() {
    return variable('GITHUB_EVENT_NAME') === 'workflow_dispatch';
}
function variable(name) {
    return process.env[name] ?? '';
}
function number(name) {
    const value = Number(variable(name));
    return Number.isSafeInteger(value) ? value : 0;
}


/***/ }),

/***/ 5345: // src/runner/state.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $L: () => (/* binding */ holdMinted),
/* harmony export */   Ho: () => (/* binding */ clearState),
/* harmony export */   UU: () => (/* binding */ holdLease),
/* harmony export */   xS: () => (/* binding */ holdNothing),
/* harmony export */   yB: () => (/* binding */ held)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(1604);
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);
/* harmony import */ var _lease_name_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4317);
/* harmony import */ var _log_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(890);





const none = 'none';
/**
 * The most that one value may have. Post gets each in a variable of its environment, where one that is too
 * long keeps the process from starting at all: 128 KiB on Linux, 32 Ki characters on Windows.
 */
const mostBytes = 30_000;
/**
 * To be called first of all. A variable STATE_… that an earlier step has set through GITHUB_ENV reaches post for every
 * name that main has saved nothing under, and could tell it that there is nothing to revoke.
 */
function clearState() {
    for (const name of ['lease', 'minted', 'settled'])
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_4__/* .saveState */ .LZ)(name, none);
}
/**
 * Written ahead: before the target hears of the lease.
 *
 * @throws UserError naming the longest input when post could not be told all of it
 */
function holdLease(lease) {
    const text = JSON.stringify(lease);
    if (Buffer.byteLength(text) > mostBytes)
        throw tooLong(lease.config);
    save('lease', text);
}
/** @throws Error when post could not be told all of it; it then revokes without */
function holdMinted(minted) {
    const text = JSON.stringify(minted);
    if (Buffer.byteLength(text) > mostBytes)
        throw new Error('the credential is too long for the state of the runner');
    save('minted', text);
}
function tooLong(config) {
    const lengths = Object.entries(config).map(([name, value]) => [name, JSON.stringify(value).length]);
    const [longest] = lengths.toSorted(([, a], [, b]) => b - a);
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`the inputs that the post step needs are longer than the ${mostBytes} bytes that it can be given`, {
        ...(longest === undefined ? {} : { input: longest[0] }),
        fix: 'This one is the longest. In place of PEM text give the path of a file; in place of long statements call a procedure.',
    });
}
/** Main itself has seen that there is nothing to revoke. */
function holdNothing() {
    (0,_actions_core__WEBPACK_IMPORTED_MODULE_4__/* .saveState */ .LZ)('settled', 'true');
}
/** @returns no lease when main did not get as far as choosing one, or has settled it */
function held() {
    const left = read('lease');
    if (left === undefined || (0,_actions_core__WEBPACK_IMPORTED_MODULE_4__/* .getState */ .Gu)('settled') === 'true')
        return undefined;
    const lease = left.value;
    if (!(0,_lease_name_js__WEBPACK_IMPORTED_MODULE_2__/* .isPrincipal */ .HV)(lease.principal))
        throw new Error('what the main step left makes no sense');
    const minted = read('minted');
    const certain = left.certain && minted?.certain !== false;
    return { lease, minted: minted?.value, certain };
}
function save(name, text) {
    const seal = sealOf(name, text);
    // The runner's debug log shows state, and a weak password could be guessed by it.
    (0,_log_js__WEBPACK_IMPORTED_MODULE_3__/* .mask */ .dK)([seal]);
    (0,_actions_core__WEBPACK_IMPORTED_MODULE_4__/* .saveState */ .LZ)(name, `${seal} ${text}`);
}
function read(name) {
    const [, seal = '', text = ''] = /^([0-9a-f]{64}) (.*)$/s.exec((0,_actions_core__WEBPACK_IMPORTED_MODULE_4__/* .getState */ .Gu)(name)) ?? [];
    if (text === '')
        return undefined;
    const certain = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.timingSafeEqual)(Buffer.from(seal), Buffer.from(sealOf(name, text)));
    return { value: JSON.parse(text), certain };
}
/**
 * Where main is killed before {@link clearState}, a variable STATE_… of an earlier step is all that post sees. The step
 * does not know the input root, which main and post are both given. Where root is not in the input, every step of the
 * job can act as root by itself.
 */
function sealOf(name, text) {
    const { GITHUB_RUN_ID: run = '', GITHUB_RUN_ATTEMPT: attempt = '', GITHUB_JOB: job = '' } = process.env;
    const sealed = JSON.stringify([name, run, attempt, job, text]);
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHmac)('sha256', `joblease state ${(0,_actions_core__WEBPACK_IMPORTED_MODULE_4__/* .getInput */ .V4)('root')}`)
        .update(sealed)
        .digest('hex');
}


/***/ })

};
