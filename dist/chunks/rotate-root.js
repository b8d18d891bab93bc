export const id = "rotate-root";
export const ids = ["rotate-root"];
export const modules = {

/***/ 8797: // src/actions/rotate-root-inputs.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   M$: () => (/* binding */ secretPlace),
/* harmony export */   Rx: () => (/* binding */ overlapFor),
/* harmony export */   SK: () => (/* binding */ checkToken),
/* harmony export */   T6: () => (/* binding */ rotateRootInputs)
/* harmony export */ });
/* unused harmony export rotateRootOutputs */
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7924);
/* harmony import */ var _lease_duration_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4554);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(477);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6547);
/* harmony import */ var _engines_login_password_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(1222);





const secretName = {
    description: 'Name of the secret that "root" comes from, and that gets the new value.',
    required: true,
    parse(value, name) {
        if (/^(?!GITHUB_)[A-Z_][A-Z0-9_]*$/i.test(value))
            return value;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(value === '' ? 'it is empty' : `${JSON.stringify(value)} is no name of a secret`, {
            input: name,
            fix: 'Give the name as it stands in the workflow, such as BILLING_DB_ROOT.',
        });
    },
};
const secretScope = {
    description: 'Where the secret is: "repository", "environment:<name>" or "organization".',
    default: 'repository',
    parse(value, name) {
        if (value === 'repository' || value === 'organization')
            return { scope: value };
        const environment = /^environment:\s*(.+)$/.exec(value)?.[1];
        if (environment !== undefined && !/^\.{1,2}$/.test(environment))
            return { scope: 'environment', environment };
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`${JSON.stringify(value)} is no place of secrets`, {
            input: name,
            fix: 'Write repository, environment:<name> or organization.',
        });
    },
};
const repository = {
    description: 'Repository, owner/name, that has the secret or the environment. Default: the current one.',
    parse(value, name) {
        if (value === '' || /^(?!\.{1,2}\/)[\w.-]+\/(?!\.{1,2}$)[\w.-]+$/.test(value))
            return value;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`${JSON.stringify(value)} is no repository`, { input: name, fix: 'Write owner/name.' });
    },
};
const organization = {
    description: 'Organization that has the secret. Default: the owner of the current repository.',
    parse(value, name) {
        if (/^[\w-]*$/.test(value))
            return value;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`${JSON.stringify(value)} is no organization`, { input: name });
    },
};
/** Where an engine has none of its own. */
const usualOverlap = '7d';
const overlaps = [
    ..._engines_registry_js__WEBPACK_IMPORTED_MODULE_0__/* .engines */ .sP.flatMap((each) => (each.overlap === undefined ? [] : `${each.overlap} for ${each.name}`)),
    `${usualOverlap} otherwise`,
];
const overlap = {
    description: `How long a replaced root goes on at least, because jobs that are queued were given it. 0 when root leaked. Default: ${overlaps.join(', ')}.`,
    parse: (value, name) => (value === '' ? undefined : (0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_1__/* .parseDuration */ .E)(value, name, 0)),
};
/** The inputs of a rotation, beside `root` and those of the engine that {@link EngineDeclaration.inputsOf} names. */
const rotateRootInputs = {
    engine: (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_0__/* .engineInput */ .xM)('What root belongs to'),
    'secret-name': secretName,
    'secret-scope': secretScope,
    repository,
    organization,
    'github-token': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .required */ .mw)((0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .text */ .Qq)('Token that may write the secret: of a GitHub App, or a fine-grained one. The token of the job cannot write secrets.')),
    'job-token': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .text */ .Qq)('Tells the token of the job from yours. Leave it at its default.', '${{ github.token }}'),
    overlap,
    'password-length': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .integer */ .nd)('Characters of a generated password.', 43, [_engines_login_password_js__WEBPACK_IMPORTED_MODULE_4__/* .leastRootPassword */ .pT, 128]),
    'dry-run': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .flag */ .Jt)('Try everything that can be tried without a change, and say what would be done.', false),
};
/** Its outputs. */
const rotateRootOutputs = {
    rotated: {
        description: 'Whether the secret now begins with a new credential: true or false.',
        type: 'boolean',
    },
    active: 'Which identity comes first in the secret: a user name, or the id of an access key. Not a secret.',
    retired: 'Whose replaced credentials ended by this run, in words; one per line.',
    'next-due': 'From when on the next rotation has something to do (RFC 3339): a time that is over means now; empty when there is never anything.',
};
/** @throws UserError when the token cannot write a secret, which shows without asking GitHub */
function checkToken(inputs) {
    const fix = 'Give an installation token of a GitHub App, or a fine-grained token: see "The token" in docs/rotate-root.md.';
    if (inputs['github-token'] === '')
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y('it is empty', { input: 'github-token', fix });
    if (inputs['github-token'] !== inputs['job-token'])
        return;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y('it is the token of the job, which cannot write secrets, whatever "permissions:" says', {
        input: 'github-token',
        fix,
    });
}
/** @returns seconds */
function overlapFor(engine, given) {
    return given ?? (0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_1__/* .parseDuration */ .E)(engine.overlap ?? usualOverlap, 'overlap');
}
/** @param current `owner/name` of the repository that the job belongs to */
function secretPlace(inputs, current) {
    const name = inputs['secret-name'];
    const place = inputs['secret-scope'];
    if (place.scope === 'organization') {
        const [owner = ''] = current.split('/');
        return { ...place, name, organization: inputs.organization === '' ? owner : inputs.organization };
    }
    return { ...place, name, repository: inputs.repository === '' ? current : inputs.repository };
}


/***/ }),

/***/ 410: // src/actions/rotate-root-origin.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   G5: () => (/* binding */ storeWithReceipt),
/* harmony export */   PC: () => (/* binding */ askForReturn),
/* harmony export */   Pb: () => (/* binding */ checkMayAsk),
/* harmony export */   Zw: () => (/* binding */ problemOf),
/* harmony export */   y8: () => (/* binding */ notYet),
/* harmony export */   yv: () => (/* binding */ originOf)
/* harmony export */ });
/* harmony import */ var _github_secrets_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(2092);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);
/* harmony import */ var _lease_receipt_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6356);
/**
 * Whether `root` comes from the very secret that a rotation writes. A secret of the same name may stand before it (an
 * environment's before the repository's, that before the organization's), or the workflow may give another one, or one
 * that was changed since: then a rotation would write over somebody's value, and leave the one that is in use dead. Nobody
 * can read a secret, so the secret is written first, with a {@link Receipt}; only when that comes back is the target
 * changed.
 */



/** For how long a complete rotation's receipt is as good as one that was asked for: for the next run of several. */
const moment = 3_600_000;
/** @param given the input `root` */
function originOf(given, place, secret) {
    const receipt = (0,_lease_receipt_js__WEBPACK_IMPORTED_MODULE_2__/* .readReceipt */ .b8)(given);
    if (receipt === undefined)
        return 'unwritten';
    if (receipt.place !== placeName(place))
        return 'elsewhere';
    if (!(0,_github_secrets_js__WEBPACK_IMPORTED_MODULE_0__/* .isTimeOf */ .V)(receipt.at, secret.changed))
        return 'changed';
    const age = secret.now().getTime() - receipt.at.getTime();
    return receipt.state === 'asked' || age <= moment ? 'known' : 'old';
}
/** Stores lines of root, and notes where and when. */
async function storeWithReceipt(secret, place, value, state) {
    await secret.store((at) => (0,_lease_receipt_js__WEBPACK_IMPORTED_MODULE_2__/* .withReceipt */ .VX)(value, { state, at, place: placeName(place) }));
}
/** Stores `root` as it is, so that the next run can tell whether it comes from there. */
async function askForReturn(secret, place, given) {
    await storeWithReceipt(secret, place, (0,_lease_receipt_js__WEBPACK_IMPORTED_MODULE_2__/* .rootLines */ .yc)(given).join('\n'), 'asked');
}
/**
 * Sees to it that what is written over is no more than what this run was given, as far as that can be known.
 *
 * @param queued when the run was queued; undefined when GitHub does not tell
 * @throws UserError when it is, or may be, something else
 */
async function checkMayAsk(origin, given, place, secret, repository, queued) {
    if (origin === 'known' || origin === 'old')
        return;
    if (origin === 'elsewhere')
        throw isElsewhere(given, place);
    const since = await queued();
    // Without a time a value that no rotation has written is believed: else no first rotation would ever come to pass.
    const isCurrent = since === undefined ? origin === 'unwritten' : secret.changed.getTime() < since.getTime();
    if (!isCurrent)
        throw wasChanged(place, since === undefined);
    if (!(await secret.isHiddenIn(repository)))
        return;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`the repository ${repository} has a secret "${place.name}" too, which its jobs are given`, {
        input: 'secret-scope',
        fix: 'Write "repository" if that is the one that holds root; otherwise give one of the two another name.',
        untouched: true,
    });
}
/** What is wrong with the origin, for a run that has nothing to do. */
function problemOf(origin, given, place) {
    if (origin === 'elsewhere')
        return isElsewhere(given, place);
    return origin === 'changed' ? wasChanged(place, true) : undefined;
}
/** Says that the secret was written, and that the rotation has yet to come. */
function notYet(origin, place) {
    if (origin === 'old') {
        return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('root was not rotated yet: first it must be seen that what is stored comes back', {
            input: 'secret-name',
            fix: 'Start another run now that this one has ended: it rotates.',
        });
    }
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`it is not known yet whether "root" comes from the secret "${place.name}" (${inWords(place)})`, {
        input: 'secret-name',
        fix: `So the value was stored there once more, with a line that tells where it was stored. Start another run now that this one has ended: given that line, it rotates. If this message comes again, "root" comes from another secret: ${precedence}`,
    });
}
const precedence = 'give the input from the one that "secret-name" and "secret-scope" name, and see that no secret of that name stands before it: an environment\'s stands before the repository\'s, and that before the organization\'s.';
function isElsewhere(given, place) {
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`what "root" holds was stored somewhere else: ${placeInWords((0,_lease_receipt_js__WEBPACK_IMPORTED_MODULE_2__/* .readReceipt */ .b8)(given)?.place ?? '')}`, {
        input: 'secret-scope',
        fix: `This run would write ${placeInWords(placeName(place))}. Correct "secret-scope", "secret-name" and "repository". If you have moved the value yourself, or the organization has a new name, store it without its last line, which begins with "# joblease:".`,
        untouched: true,
    });
}
/** Of the name that a receipt has for it. */
function placeInWords(named) {
    const [, scope = '', of = '', environment, name = ''] = /^(\w+):([^:/]*)(?::([^/]*))?\/(\w+)$/.exec(named) ?? [];
    if (scope === '')
        return named;
    if (scope === 'organization')
        return `organization ${of}, secret ${name}`;
    const its = environment === undefined ? '' : `environment ${decodeURIComponent(environment)} of `;
    return `${its}repository ${of} (its id), secret ${name}`;
}
function wasChanged(place, isUnsure) {
    const more = `If that says so too, "root" comes from another secret: ${precedence} Or something else of the secret was changed, such as which repositories may see it: then let the job's token tell when a run was queued, by "permissions: actions: read".`;
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`the secret "${place.name}" was changed after this run was given its value`, {
        input: 'secret-name',
        fix: `Start a new run (not this one again): it is given what is stored now.${isUnsure ? ` ${more}` : ''}`,
        untouched: true,
    });
}
function inWords(place) {
    if (place.scope === 'organization')
        return `organization ${place.organization}`;
    if (place.scope === 'repository')
        return `repository ${place.repository}`;
    return `environment "${place.environment}" of ${place.repository}`;
}
/** Without the names of owner and repository, which change when a repository is renamed or handed on. */
function placeName(place) {
    const name = place.name.toUpperCase();
    if (place.scope === 'organization')
        return `organization:${place.organization.toLowerCase()}/${name}`;
    const environment = place.scope === 'environment' ? `:${encodeURIComponent(place.environment)}` : '';
    return `${place.scope}:${place.repositoryId ?? 0}${environment}/${name}`;
}


/***/ }),

/***/ 5471: // src/actions/rotate-root.js
/***/ ((__webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
__webpack_require__.r(__webpack_exports__);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_13__ = __webpack_require__(1604);
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7924);
/* harmony import */ var _github_run_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9308);
/* harmony import */ var _github_secrets_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(2092);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(477);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6547);
/* harmony import */ var _runner_environment_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(3677);
/* harmony import */ var _github_id_token_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(6092);
/* harmony import */ var _runner_interruption_js__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(4137);
/* harmony import */ var _runner_job_js__WEBPACK_IMPORTED_MODULE_14__ = __webpack_require__(7315);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(890);
/* harmony import */ var _runner_summary_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(9224);
/* harmony import */ var _rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(8797);
/* harmony import */ var _rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(410);
/* harmony import */ var _target_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(748);
/** Replaces the root credential, on the target and in the secret that holds it. */















/** How long a rotation may take in all, and how long after a cancel a call may go on: the runner kills it after 10 s. */
const patience = { rotation: 300_000, cancelled: 6000 };
const stages = {
    prepare: 'step 1 of 4, prepare',
    prove: 'step 2 of 4, prove',
    promote: 'step 3 of 4, promote',
    retire: 'step 4 of 4, retire',
};
/** What the secret holds after what was stored last. */
const holds = {
    'as before': 'Nothing has been changed: the secret is as it was.',
    asked: 'Nothing has been changed on the target. The secret holds what it held, and a line for the next run.',
    unknown: 'The secret holds what it held or what was to be stored, which is not known; in both is what works now.',
    prepare: 'The secret holds what it held, and what the next run needs to go on: some line of it works.',
    prove: 'The secret holds the new credential.',
    promote: 'The secret begins with the new credential, which was seen to work.',
    retire: 'The secret holds what works from now on.',
};
(0,_runner_environment_js__WEBPACK_IMPORTED_MODULE_5__/* .shedEnvironment */ .Cs)();
const cancelled = (0,_runner_interruption_js__WEBPACK_IMPORTED_MODULE_12__/* .interruption */ .Y)();
try {
    await main();
}
catch (error) {
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .fail */ .fJ)(error);
}
async function main() {
    const engine = (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_0__/* .engineNamed */ .Ki)((0,_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .getInput */ .V4)('engine'));
    const inputs = (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_4__/* .parseInputs */ .TL)(_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_9__/* .rotateRootInputs */ .T6, _actions_core__WEBPACK_IMPORTED_MODULE_13__/* .getInput */ .V4);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .mask */ .dK)([inputs['github-token']]);
    const { roots, config } = (0,_target_js__WEBPACK_IMPORTED_MODULE_11__/* .readTarget */ ._)(engine, 'rotate-root');
    const overlap = (0,_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_9__/* .overlapFor */ .Rx)(engine, inputs.overlap);
    // Where OIDC or the job's environment is root, there is no secret to write.
    if (roots.length > 0)
        (0,_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_9__/* .checkToken */ .SK)(inputs);
    const timeout = AbortSignal.timeout(patience.rotation);
    const signal = AbortSignal.any([timeout, afterCancel()]);
    const stored = roots.length === 0
        ? undefined
        : await openStored(inputs, { given: (0,_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .getInput */ .V4)('root'), isUrgent: overlap === 0 }, signal);
    const driver = await engine.load();
    const terms = { overlap, passwordLength: inputs['password-length'], now: new Date() };
    const retrying = (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .sayRetries */ .MW)(patience.rotation);
    const context = { signal, warn: _runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .warn */ .R8, debug: (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .tracer */ .kJ)(), retrying, idToken: (0,_github_id_token_js__WEBPACK_IMPORTED_MODULE_6__/* .idTokenSource */ .k)() };
    await using steps = driver.rotateRoot(roots, config, terms, context);
    const result = await follow(steps, inputs['dry-run'] ? undefined : stored, timeout);
    await report(engine, inputs['secret-name'], result, stored);
}
async function openStored(inputs, { given, isUrgent }, signal) {
    const job = (0,_runner_job_js__WEBPACK_IMPORTED_MODULE_14__/* .currentJob */ .b)(0);
    const named = (0,_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_9__/* .secretPlace */ .M$)(inputs, job.repo);
    const base = (0,_runner_environment_js__WEBPACK_IMPORTED_MODULE_5__/* .apiUrl */ .y0)();
    const secret = await (0,_github_secrets_js__WEBPACK_IMPORTED_MODULE_2__/* .openSecret */ .J)({ base, token: inputs['github-token'] }, named, signal);
    const place = await withId(named, job, secret);
    const origin = (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__/* .originOf */ .yv)(given, place, secret);
    const queued = async () => await (0,_github_run_js__WEBPACK_IMPORTED_MODULE_1__/* .queuedAt */ .P)({ base, token: inputs['job-token'] }, job, signal);
    return {
        secret,
        place,
        given,
        origin,
        isUrgent,
        async checkMayAsk() {
            await (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__/* .checkMayAsk */ .Pb)(origin, given, place, secret, job.repo, queued);
        },
    };
}
/** The runner knows the id of the job's own repository. */
async function withId(place, { repo, repoId }, secret) {
    if (place.scope === 'organization')
        return place;
    const isOwn = place.repository.toLowerCase() === repo.toLowerCase() && repoId > 0;
    return { ...place, repositoryId: isOwn ? repoId : await secret.repositoryId(place.repository) };
}
/**
 * Goes through the steps, storing what each asks for before the next.
 *
 * @param stored undefined for a dry run, which ends before the first change
 * @returns how the rotation ended; the step that comes first, when it is a dry run
 */
async function follow(steps, stored, timeout) {
    let stage = 'prepare';
    let held = 'as before';
    /** @param now what the secret holds once it has succeeded */
    const write = async (now, store) => {
        const before = held;
        held = 'unknown';
        await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)('store', store).catch((error) => {
            // What GitHub has refused is not stored; whatever else went wrong, it may be.
            if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .UserError */ .y && error.details.untouched === true)
                held = before;
            throw error;
        });
        held = now;
    };
    const next = async () => await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .timed */ .ay)(`rotation from ${stage} on`, async () => await steps.next());
    try {
        for (;;) {
            const { value: step, done } = await next();
            if (done === true)
                return step;
            ({ stage } = step);
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .mask */ .dK)(step.secrets ?? []);
            cancelled.throwIfAborted();
            const { value } = step;
            if (value !== undefined) {
                if (stored === undefined)
                    return step;
                const { secret, place, given, origin, isUrgent } = stored;
                if (held === 'as before' && origin !== 'known') {
                    await stored.checkMayAsk();
                    await write('asked', async () => {
                        await (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__/* .askForReturn */ .PC)(secret, place, given);
                    });
                    if (isUrgent)
                        throw (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__/* .notYet */ .y8)(origin, place);
                    if (origin === 'old')
                        return asked('The next run rotates');
                    // On a schedule nobody would see a warning, and root would never be rotated.
                    if (!(0,_runner_job_js__WEBPACK_IMPORTED_MODULE_14__/* .isByHand */ .H)())
                        throw (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__/* .notYet */ .y8)(origin, place);
                    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .warn */ .R8)(`Root was not rotated yet. ${(0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__/* .notYet */ .y8)(origin, place).message}`);
                    return asked('Start another run, which rotates if "root" comes from this secret');
                }
                await write(stage, async () => {
                    await (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__/* .storeWithReceipt */ .G5)(secret, place, value, stage === 'prepare' ? 'asked' : 'stored');
                });
            }
            cancelled.throwIfAborted();
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(`${stages[stage]}${value === undefined ? '' : `: stored in ${stored?.place.name}`}. Next: ${step.next}.`);
        }
    }
    catch (error) {
        const reason = (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .messageOf */ .b)(cancelled.aborted ? cancelled.reason : timeout.aborted ? tooLong(error) : error);
        const advice = held === 'as before' || held === 'asked' ? '' : ' Running again finishes the rotation.';
        throw new Error(`${reason}\nThe rotation stopped at ${stages[stage]}. ${holds[held]}${advice}`, { cause: error });
    }
}
/** What a run did that only stored `root`, for the next one. */
function asked(next) {
    const note = `${next}: this one has stored root as it is, to see that it comes back.`;
    return { rotated: false, active: '', retired: [], nextDue: new Date(), notes: [note] };
}
function tooLong(error) {
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .UserError */ .y(`rotating took longer than ${patience.rotation / 1000} s`, { said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .messageOf */ .b)(error) });
}
async function report(engine, secretName, result, stored) {
    const row = { Engine: engine.name, Secret: secretName };
    const problem = stored === undefined ? undefined : (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_10__/* .problemOf */ .Zw)(stored.origin, stored.given, stored.place);
    if ('stage' in result) {
        const first = stored?.origin === 'known'
            ? ''
            : 'see that what it stores comes back in a later run (see "One run asks, the next one rotates" in docs/rotate-root.md), ';
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(`Dry run: nothing was changed. A rotation would now ${first}store the new value, and then ${result.next}.`);
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)('That the token may write the secret, only a write shows.');
        if (problem !== undefined)
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .warn */ .R8)(problem.message);
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .setOutput */ .uH)('rotated', false);
        await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_8__/* .summarize */ .e)('joblease: rotation of root, dry run', { ...row, 'Would then': result.next });
        return;
    }
    const { rotated, active, retired, nextDue, notes } = result;
    if (!rotated && problem !== undefined)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .warn */ .R8)(problem.message);
    const due = nextDue?.toISOString() ?? '';
    const outputs = { rotated, active, retired: retired.join('\n'), 'next-due': due };
    for (const [name, value] of Object.entries(outputs))
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_13__/* .setOutput */ .uH)(name, value);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(rotated ? `Root was rotated: ${secretName} now begins with ${active}.` : 'Root was not rotated.');
    if (retired.length > 0)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(`Ended: ${retired.join(', ')}.`);
    for (const note of notes)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_7__/* .say */ .cv)(note);
    await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_8__/* .summarize */ .e)(rotated ? 'joblease: root rotated' : 'joblease: root not rotated', {
        ...row,
        Active: active,
        Retired: retired.join('\n'),
        'Next due': due,
        Notes: notes.join('\n'),
    });
}
/** Fires when what was under way at a cancel has had its time. */
function afterCancel() {
    const late = new AbortController();
    cancelled.addEventListener('abort', () => {
        setTimeout(() => {
            late.abort(cancelled.reason);
        }, patience.cancelled).unref();
    });
    return late.signal;
}

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 748: // src/actions/target.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   _: () => (/* binding */ readTarget)
/* harmony export */ });
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1604);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6547);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(890);



/**
 * Reads which target a sweep or a rotation is for, and as whom: `root`, and what they take of the engine's inputs. All
 * else is at its default. Root is masked from here on.
 *
 * @throws UserError for the first input that is wrong
 */
function readTarget(engine, action) {
    const taken = engine.inputsOf[action];
    const config = (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_0__/* .parseInputs */ .TL)(engine.inputs, (name) => (taken.includes(name) ? (0,_actions_core__WEBPACK_IMPORTED_MODULE_2__/* .getInput */ .V4)(name) : ''));
    const roots = engine.root.parse((0,_actions_core__WEBPACK_IMPORTED_MODULE_2__/* .getInput */ .V4)('root'), 'root');
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_1__/* .mask */ .dK)(roots.flatMap(({ secrets }) => secrets));
    engine.check?.(roots, config);
    return { roots, config };
}


/***/ }),

/***/ 1222: // src/engines/login/password.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ZM: () => (/* binding */ madeAt),
/* harmony export */   ak: () => (/* binding */ newRootPassword),
/* harmony export */   pT: () => (/* binding */ leastRootPassword)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);

/** `jl-`, when it was made in epoch seconds to the base of 36, `-`, and the random part. */
const pattern = /^jl-([0-9a-z]{7})-[\w-]{21,}$/;
/** The least that a generated password of root may have: 126 random bits beside the time. */
const leastRootPassword = 32;
/**
 * A new password for a root login. It carries when it was made, so that a later rotation knows by the stored secret
 * alone how long the one before it has been replaced. Of `[A-Za-z0-9_-]`, so no quoting changes it, with each of an
 * upper-case letter, a lower-case letter, a digit and a dash, which policies ask for.
 *
 * @param length at least {@link leastRootPassword}
 */
function newRootPassword(length, now) {
    const seconds = Math.floor(now.getTime() / 1000);
    const head = `jl-${seconds.toString(36).padStart(7, '0')}-`;
    for (;;) {
        const tail = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(length)
            .toString('base64url')
            .slice(0, length - head.length);
        if (/[A-Z]/.test(tail) && /\d/.test(tail))
            return head + tail;
    }
}
/** When a password was made by {@link newRootPassword}; undefined for one that a person chose. */
function madeAt(password) {
    const time = pattern.exec(password)?.[1];
    return time === undefined ? undefined : new Date(Number.parseInt(time, 36) * 1000);
}


/***/ }),

/***/ 9973: // src/github/api.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Jz: () => (/* binding */ isRateLimited),
/* harmony export */   Z9: () => (/* binding */ wordsOf),
/* harmony export */   at: () => (/* binding */ at),
/* harmony export */   kA: () => (/* binding */ ask),
/* harmony export */   oD: () => (/* binding */ rateLimitEnds)
/* harmony export */ });
/* harmony import */ var _http_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7809);
/** GitHub's REST API. https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api */

/** Makes one request to a path of {@link at}. GETs follow redirects: a renamed repository answers with one. */
async function ask({ base, token }, path, signal, request = {}) {
    const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28', ...request.headers };
    let url = new URL(`${base.replace(/\/+$/, '')}${path}`);
    for (let redirects = 0;; redirects += 1) {
        const answer = await (0,_http_js__WEBPACK_IMPORTED_MODULE_0__/* .send */ .t)({ ...request, url, token, headers }, signal);
        const { location } = answer.headers;
        if (![301, 302, 307, 308].includes(answer.status) || location === undefined)
            return answer;
        if (!URL.canParse(location, url.href))
            return answer;
        const next = new URL(location, url);
        // The token must not go anywhere else, and a write must not be carried out on something that it did not name.
        if (next.origin !== url.origin || (request.method ?? 'GET') !== 'GET' || redirects === 3)
            return answer;
        url = next;
    }
}
/** A path in which every value is one segment, whatever it holds. @throws RangeError for `.` and `..` */
function at(texts, ...values) {
    const encoded = values.map((value) => {
        const segment = encodeURIComponent(value);
        if (/^\.{0,2}$/.test(segment))
            throw new RangeError(`${JSON.stringify(value)} cannot be a part of a path`);
        return segment;
    });
    return String.raw({ raw: texts }, ...encoded);
}
/** GitHub's own words in an answer, for an error's text. */
function wordsOf({ status, body }) {
    const { message } = (body ?? {});
    return typeof message === 'string' ? `${status} ${message}` : `status ${status}`;
}
/** Whether an answer says that too much was asked: by the hour, or too fast, which only its words may tell. */
function isRateLimited(answer) {
    const { status, headers } = answer;
    if (status !== 403)
        return status === 429;
    const isTold = headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined;
    return isTold || /rate limit/i.test(wordsOf(answer));
}
/** When a rate limit ends, in milliseconds from now; 60 s where GitHub does not say, as its documentation asks for. */
function rateLimitEnds({ headers }) {
    const after = Number(headers['retry-after']);
    if (Number.isFinite(after))
        return after * 1000;
    const reset = Number(headers['x-ratelimit-reset']) * 1000;
    const date = Date.parse(headers.date ?? '');
    if (!Number.isFinite(reset))
        return 60_000;
    return Math.max(0, reset - (Number.isFinite(date) ? date : Date.now()));
}


/***/ }),

/***/ 9308: // src/github/run.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   P: () => (/* binding */ queuedAt)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/* harmony import */ var _api_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9973);
/** What GitHub says of a run of a workflow. */


/**
 * When a run was queued, which is when it was given the secrets of its repository and organization. Of a run that was
 * started again it is the first time, because nobody says which secrets it is given then.
 *
 * @returns undefined when GitHub does not tell, such as without `actions: read`
 */
async function queuedAt(api, { repo, run }, signal) {
    const [owner = '', name = ''] = repo.split('/');
    if (owner === '' || name === '' || run < 1)
        return undefined;
    for (let attempt = 1; attempt <= 3; attempt += 1) {
        const answer = await (0,_api_js__WEBPACK_IMPORTED_MODULE_1__/* .ask */ .kA)(api, (0,_api_js__WEBPACK_IMPORTED_MODULE_1__.at) `/repos/${owner}/${name}/actions/runs/${run}`, signal).catch(() => undefined);
        signal.throwIfAborted();
        if (answer !== undefined && answer.status < 500) {
            const { created_at: created } = (answer.body ?? {});
            const time = answer.status === 200 ? Date.parse(String(created)) : Number.NaN;
            return Number.isFinite(time) ? new Date(time) : undefined;
        }
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(500 * attempt, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
}


/***/ }),

/***/ 2092: // src/github/secrets.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ openSecret),
/* harmony export */   V: () => (/* binding */ isTimeOf)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);
/* harmony import */ var _api_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(9973);
/**
 * Replaces a secret of a repository, an environment or an organization.
 * https://docs.github.com/en/rest/actions/secrets
 */



/** How long GitHub may be out, or a rate limit last, in milliseconds. */
const patience = 30_000;
/** How far apart two times of the same write may be, in milliseconds: GitHub tells both in whole seconds. */
const granularity = 2000;
/** How much later than a value says it may have been stored, in milliseconds: a request takes time, and seconds begin. */
const delay = 1000;
/** How often a value is stored whose own time does not fit. */
const attempts = 5;
/** Whether the time that a value was composed for is that of the secret's last change: no other write has the same. */
function isTimeOf(composed, changed) {
    const after = changed.getTime() - Math.floor(composed.getTime() / 1000) * 1000;
    return after >= 0 && after <= delay;
}
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
    /** how far GitHub's clock is ahead of this one, in milliseconds */
    let ahead = 0;
    let key = await readKey();
    const found = await get(secret);
    if (found.status === 404) {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${where} has no secret "${place.name}"`, {
            input: 'secret-name',
            said: (0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .wordsOf */ .Z9)(found),
            fix: 'A rotation replaces the secret that the jobs use: give its name in "secret-name" and where it is in "secret-scope". A secret of an organization is not one of its repositories.',
        });
    }
    if (found.status !== 200)
        throw refused(found);
    const visibility = place.scope === 'organization' ? await readVisibility(found) : {};
    /** when the secret was last changed, by all that is known here; epoch milliseconds on GitHub's clock */
    let changed = changeOf(found);
    const foundChanged = new Date(changed);
    const seal = await sealer();
    seal('', key.key); // whatever is wrong with the key or the library shows here
    return {
        changed: foundChanged,
        now,
        async store(compose) {
            // How GitHub's note of a change differs from its clock.
            let differs = 0;
            for (let attempt = 1; attempt <= attempts; attempt += 1) {
                await checkUnchanged();
                // What was composed for the write before must not fit this one.
                const apart = changed + delay + 1000 - now().getTime();
                if (apart > 0) {
                    await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(apart, undefined, { signal }).catch(() => {
                        signal.throwIfAborted();
                    });
                }
                let composed = now();
                const composeNow = (time) => {
                    composed = new Date(time.getTime() + differs);
                    return compose(composed);
                };
                let answer = await put(composeNow);
                if (answer.status === 422) {
                    // The key pair was replaced since.
                    key = await readKey();
                    answer = await put(composeNow);
                }
                if (answer.status !== 201 && answer.status !== 204)
                    throw refused(answer);
                const before = changed;
                changed = Date.parse(answer.headers.date ?? '');
                const stored = changeOf(await checkUnchanged());
                if (isTimeOf(composed, new Date(stored)) && stored > before + delay) {
                    changed = stored;
                    return;
                }
                differs += stored - Math.floor(composed.getTime() / 1000) * 1000;
            }
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('GitHub took too long to store the secret, or its times do not fit its clock', {
                input: 'secret-name',
                fix: 'Run again.',
            });
        },
        async repositoryId(repository) {
            const [owner = '', name = ''] = repository.split('/');
            const answer = await get((0,_api_js__WEBPACK_IMPORTED_MODULE_2__.at) `/repos/${owner}/${name}`);
            if (answer.status !== 200)
                throw refused(answer);
            return answer.body.id;
        },
        async isHiddenIn(repository) {
            if (place.scope !== 'organization')
                return false;
            const inRepository = routesOf({ scope: 'repository', repository, name: place.name });
            return (await get(inRepository.secret)).status === 200;
        },
    };
    function now() {
        return new Date(Date.now() + ahead);
    }
    /**
     * GitHub has no way to write a secret only if nobody else has, so it is looked at right before each write: whoever else
     * wrote meanwhile, another rotation or a person, knows something that this one does not.
     */
    async function checkUnchanged() {
        const answer = await get(secret);
        isUnsure = false;
        if (answer.status !== 200)
            throw refused(answer);
        if (!(changeOf(answer) > changed + granularity))
            return answer;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`the secret "${place.name}" of ${where} was changed by somebody else meanwhile`, {
            input: 'secret-name',
            fix: 'What this rotation was about to store was not stored. Run again: the next run is given what is stored now. Let the jobs that rotate share a concurrency group.',
            untouched: true,
        });
    }
    async function put(compose) {
        const attempt = async () => {
            const body = { encrypted_value: seal(compose(now()), key.key), key_id: key.key_id, ...visibility };
            return await (0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .ask */ .kA)(api, secret, signal, { method: 'PUT', body });
        };
        return await healed(attempt, [201, 204]);
    }
    async function get(path) {
        return await healed(async () => await (0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .ask */ .kA)(api, path, signal), [200]);
    }
    async function readKey() {
        const answer = await get(`${base}/public-key`);
        if (answer.status !== 200)
            throw refused(answer);
        return answer.body;
    }
    /** A write sets who may see the secret, so what it is now is written again. */
    async function readVisibility({ body }) {
        const { visibility: seenBy } = body;
        if (seenBy !== 'selected')
            return { visibility: seenBy };
        const ids = [];
        for (let page = 1;; page += 1) {
            const answer = await get(`${secret}/repositories?per_page=100&page=${page}`);
            if (answer.status !== 200)
                throw refused(answer);
            const { repositories, total_count: total } = answer.body;
            ids.push(...repositories.map(({ id }) => id));
            if (ids.length >= total || repositories.length === 0)
                break;
        }
        return { visibility: seenBy, selected_repository_ids: ids };
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
            if (!isOut && !(0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .isRateLimited */ .Jz)(answer)) {
                const date = Date.parse(answer.headers.date ?? '');
                if (Number.isFinite(date))
                    ahead = date - Date.now();
                return answer;
            }
            const wait = isOut ? pause * (0.5 + Math.random()) : (0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .rateLimitEnds */ .oD)(answer);
            if (Date.now() + wait < started + patience) {
                await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(wait, undefined, { signal }).catch(() => {
                    signal.throwIfAborted();
                });
                continue;
            }
            if (!isOut)
                return answer;
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('GitHub could not be asked', {
                said: answer instanceof Error ? (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .b)(answer) : (0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .wordsOf */ .Z9)(answer),
                fix: 'Run again when it is back: https://www.githubstatus.com',
                cause: answer,
            });
        }
    }
    function refused(answer) {
        const said = (0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .wordsOf */ .Z9)(answer);
        const because = (problem, fix, input) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(problem, { said, fix, untouched: !isUnsure, ...(input === undefined ? {} : { input }) });
        if ((0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .isRateLimited */ .Jz)(answer)) {
            return because('GitHub limits how much this token may ask', 'Run again when the limit is over.');
        }
        if (answer.status === 401) {
            return because('GitHub does not know this token', 'It may have expired, or have been revoked.', 'github-token');
        }
        if (answer.status === 403 || answer.status === 404) {
            const fix = `Give an installation token of a GitHub App, or a fine-grained token, that has ${permission} on ${where}. GitHub answers 404, too, for what a token may not see: check the name.`;
            return because(`this token may not write secrets of ${where}`, fix, 'github-token');
        }
        if (answer.status >= 300 && answer.status < 400) {
            return because(`${where} has another name now`, 'Give the new name.', 'repository');
        }
        return because('GitHub did not take the secret', 'Its answer has the reason.');
    }
}
function changeOf({ body }) {
    return Date.parse(String(body.updated_at));
}
/** Whether an answer is not GitHub's: something in between may answer with a page of its own. */
function isGarbled({ status, body }, good) {
    if (status >= 300)
        return false;
    return !good.includes(status) || (status === 200 && (typeof body !== 'object' || body === null));
}
function routesOf(place) {
    const { base, permission, where } = baseOf(place);
    return { base, permission, where, secret: `${base}${(0,_api_js__WEBPACK_IMPORTED_MODULE_2__.at) `/${place.name}`}` };
}
function baseOf(place) {
    if (place.scope === 'organization') {
        const { organization } = place;
        return {
            base: (0,_api_js__WEBPACK_IMPORTED_MODULE_2__.at) `/orgs/${organization}/actions/secrets`,
            permission: 'the organization permission "Secrets: write"',
            where: `the organization ${organization}`,
        };
    }
    const { repository } = place;
    const [owner = '', name = ''] = repository.split('/');
    if (place.scope === 'repository') {
        return {
            base: (0,_api_js__WEBPACK_IMPORTED_MODULE_2__.at) `/repos/${owner}/${name}/actions/secrets`,
            permission: 'the permission "Secrets: write"',
            where: `the repository ${repository}`,
        };
    }
    return {
        base: (0,_api_js__WEBPACK_IMPORTED_MODULE_2__.at) `/repos/${owner}/${name}/environments/${place.environment}/secrets`,
        permission: 'the permission "Environments: write"',
        where: `the environment "${place.environment}" of ${repository}`,
    };
}
/** libsodium's sealed box: only GitHub can open it, not even this side. Loaded here, because only this needs it. */
async function sealer() {
    const { default: sodium } = await __webpack_require__.e(/* import() */ "libsodium-wrappers").then(__webpack_require__.bind(__webpack_require__, 9724));
    await sodium.ready;
    return (value, key) => Buffer.from(sodium.crypto_box_seal(value, Buffer.from(key, 'base64'))).toString('base64');
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


/***/ })

};
