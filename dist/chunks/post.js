export const id = "post";
export const ids = ["post"];
export const modules = {

/***/ 975: // src/actions/post.js
/***/ ((__webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
__webpack_require__.r(__webpack_exports__);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(1604);
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/* harmony import */ var _engines_engine_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1235);
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7924);
/* harmony import */ var _failure_retry_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5710);
/* harmony import */ var _lease_duration_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4554);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(477);
/* harmony import */ var _lease_name_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(4317);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(890);
/* harmony import */ var _runner_state_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(5345);
/* harmony import */ var _runner_step_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(1177);
/* harmony import */ var _runner_summary_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(9224);
/* harmony import */ var _context_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(4373);
/** Revokes, when the job ends, what main has minted. */













/** After a cancel the post steps of a job share about 285 s, so one of them must not take long: then the sweep does it. */
const attemptTimeoutMs = 30_000;
const timeoutMs = 90_000;
/** How long a main that was killed may be still on its way to the target, in a container for example. */
const stragglerMs = 1000;
const uncertain = {
    reason: 'What the main step left was not sealed with the "root" of this step, so nothing was done as root.',
    fix: '"root" has changed since the credential was minted, or main was killed and an earlier step made this up (STATE_… in GITHUB_ENV).',
};
// A second cancel must not end the revocation.
await (0,_runner_step_js__WEBPACK_IMPORTED_MODULE_9__/* .runStep */ .e)(async () => {
    const left = (0,_runner_state_js__WEBPACK_IMPORTED_MODULE_8__/* .held */ .yB)();
    if (left === undefined)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)('There is nothing to revoke.');
    else if (!left.lease.revoke)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(`${(0,_lease_name_js__WEBPACK_IMPORTED_MODULE_6__/* .formatLeaseId */ .LZ)(left.lease)} is not revoked: the input "revoke" is false.`);
    else
        await report(await end(left), left.lease, left.minted);
}, 'error');
async function meansFor({ engine }) {
    const declaration = (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_2__/* .engineNamed */ .Ki)(engine);
    const driver = await declaration.load();
    const deadline = AbortSignal.timeout(timeoutMs);
    const { retrying, ...context } = (0,_context_js__WEBPACK_IMPORTED_MODULE_11__/* .contextFor */ .B)(deadline, timeoutMs);
    return {
        declaration,
        driver,
        deadline,
        retrying,
        context: () => ({
            ...context,
            retrying,
            signal: AbortSignal.any([deadline, AbortSignal.timeout(attemptTimeoutMs)]),
        }),
    };
}
/** Ends the lease as root, or, where no root can, as the lease itself. */
async function end(left) {
    const { lease, minted } = left;
    const means = await meansFor(lease);
    let result = await endByRoot(left, means);
    if (result.outcome === 'absent' && minted === undefined) {
        // Main was killed before it could tell.
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(stragglerMs);
        result = await endByRoot(left, means);
    }
    if (minted === undefined)
        return result;
    if (result.outcome === 'absent')
        return await endElsewhere(lease, minted, result, means);
    if (result.outcome !== 'failed')
        return result;
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(`${(0,_lease_name_js__WEBPACK_IMPORTED_MODULE_6__/* .formatLeaseId */ .LZ)(lease)} could not be revoked by root, so it is asked to end itself.\n${result.reason ?? ''}`);
    return await endBySelf(lease, minted, result, means);
}
async function endByRoot({ lease, minted, certain }, means) {
    if (!certain)
        return { outcome: 'failed', ...uncertain, sessionsEnded: 0 };
    const { declaration, driver, deadline, retrying } = means;
    const attempt = async () => {
        // Inputs are evaluated again for post, so this is the root credential of now; it is not in state.
        const roots = declaration.root.parse((0,_actions_core__WEBPACK_IMPORTED_MODULE_12__/* .getInput */ .V4)('root'), 'root');
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .mask */ .dK)(roots.flatMap(({ secrets }) => secrets));
        await using session = await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)('open', async () => await driver.open(roots, lease.config, means.context()));
        return await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)('revoke', async () => await session.revoke(lease.principal, minted?.credential));
    };
    return await (0,_failure_retry_js__WEBPACK_IMPORTED_MODULE_3__/* .retry */ .L)(attempt, driver.canHeal, deadline, retrying).catch((error) => ({
        outcome: 'failed',
        reason: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .messageOf */ .b)(error),
        sessionsEnded: 0,
    }));
}
/** @param failed why root could not */
async function endBySelf({ config }, { credential }, failed, means) {
    try {
        const own = await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)('end itself', async () => await endSelf(config, credential, means));
        if (own.outcome === 'disabled' || own.outcome === 'expiring')
            return { ...own, ...(failed.fix === undefined ? {} : { fix: failed.fix }) };
        // A refused login says nothing of open sessions, nor that nobody else has changed its password.
        const why = own.outcome === 'absent'
            ? 'The target already refuses its login; whether it has open sessions only root could see.'
            : `It could not end itself either: ${own.reason ?? own.outcome}`;
        return { ...failed, reason: `${failed.reason ?? ''}\n${why}`, sessionsEnded: own.sessionsEnded };
    }
    catch (error) {
        return { ...failed, reason: `${failed.reason ?? ''}\nIt could not end itself either: ${(0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .messageOf */ .b)(error)}` };
    }
}
/** @throws UserError when the engine cannot */
async function endSelf(config, credential, { declaration, driver, context }) {
    if (driver.endSelf === undefined)
        throw (0,_engines_engine_js__WEBPACK_IMPORTED_MODULE_1__/* .lacks */ .p)(declaration, 'endSelf');
    return await driver.endSelf(credential, config, context());
}
/**
 * Root may by now be another target's than main had: the lease itself knows where it was minted.
 *
 * @param absent what root said
 */
async function endElsewhere({ config }, { credential }, absent, { driver, context }) {
    if (driver.endSelf === undefined)
        return absent;
    const own = context();
    const where = 'Root does not find it: is "root" another target\'s by now?';
    try {
        const ended = await driver.endSelf(credential, config, own);
        if (ended.outcome === 'absent')
            return absent;
        return { ...ended, reason: `${where} It was still let in where it was minted.\n${ended.reason ?? ''}` };
    }
    catch (error) {
        // Refused there as well, it is gone. A server that did not answer, or that was still at it, has told nothing.
        if (!own.signal.aborted && !driver.canHeal(error))
            return absent;
        return { outcome: 'failed', reason: `${where} Where it was minted, ${(0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .messageOf */ .b)(error)}`, sessionsEnded: 0 };
    }
}
async function report(result, lease, minted) {
    const leaseId = (0,_lease_name_js__WEBPACK_IMPORTED_MODULE_6__/* .formatLeaseId */ .LZ)(lease);
    const { outcome, sessionsEnded, reason = '', fix = '' } = result;
    const after = minted === undefined ? '' : (0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_4__/* .formatDuration */ .a)((Date.now() - minted.at) / 1000);
    const details = [reason, fix].filter((text) => text !== '').join('\n');
    if (outcome === 'failed') {
        const until = minted === undefined ? '' : `It ends by itself at ${minted.expiresAt}. `;
        const text = `${leaseId} could not be revoked, so its credential may still work. ${until}The sweep will try again.\n${details}`;
        if (lease.failOnRevokeError)
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .fail */ .fJ)(text);
        else
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .warn */ .R8)(text);
    }
    else if (outcome === 'disabled') {
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .warn */ .R8)(`${leaseId} can no longer be used, but what is left of it stays until the sweep.\n${details}`);
    }
    else if (outcome === 'expiring') {
        const when = minted === undefined ? 'by itself' : `by itself at ${minted.expiresAt}`;
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(`${leaseId} ends ${when}: ${reason}.`);
    }
    else {
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(`${leaseId}: ${outcome}.${sessionsEnded > 0 ? ` Sessions ended: ${sessionsEnded}.` : ''}`);
    }
    await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_10__/* .summarize */ .e)('joblease: credential ended', {
        Engine: lease.engine,
        Principal: lease.principal,
        Outcome: outcome,
        After: after,
        'Sessions ended': String(sessionsEnded),
        Reason: reason,
    });
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 1235: // src/engines/engine.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   p: () => (/* binding */ lacks)
/* harmony export */ });
/* unused harmony export abilities */
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/**
 * The one interface that every engine implements. What an implementation promises, and `test/contract/` proves against
 * a real server:
 *
 * - a credential works when it is handed out;
 * - after `revoke` it does not, nor does any session that it had open, and a second `revoke` is fine;
 * - `mint` killed at any point leaves nothing that the switch and the sweep do not remove: the account and its record
 *   come into being together, or the record first, and the target knows the expiry before anybody has the credential;
 * - expiries are computed on the target's clock where the target can;
 * - `leases` finds everything that was ever minted and is still there, and nothing else;
 * - a rotation of root that dies anywhere leaves a stored secret that works, and the next rotation finishes it;
 * - hostile labels, names and statements change nothing but their own lease;
 * - no secret reaches a log, an error, or the target's own statement log.
 *
 * Errors: a `UserError` for what a person can put right, and it says how; any other error is unforeseen. An engine retries
 * only what can heal by itself, until the context's signal fires; the caller decides whether to open a session again.
 */

/**
 * What an engine may lack, in words that go on after "can": what each engine must do is to mint, verify, revoke and list.
 *
 * - `renew`: {@link EngineSession.renew}
 * - `endSelf`: {@link Engine.endSelf}
 * - `disable`: what cannot be removed is left as an account that is of no use to anybody (`disabled`, a shell)
 * - `endTogether`: {@link EngineSession.end} is faster for many ({@link Engine.batchSize})
 * - `rotateRoot`: {@link Engine.rotateRoot}
 */
const abilities = {
    renew: "move a lease's end",
    endSelf: 'let a lease end itself where no root can',
    disable: 'disable what it cannot remove',
    endTogether: 'end many leases by one statement',
    rotateRoot: 'rotate its root credential',
};
/** The error for somebody who asks an engine for what it cannot do. */
function lacks({ about, limits }, ability) {
    const { of = '', why } = limits?.[ability] ?? { why: '' };
    const what = of === '' ? about.title : `${about.title}, for ${of},`;
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`${what} cannot ${abilities[ability]}`, { input: 'engine', fix: why, untouched: true });
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
