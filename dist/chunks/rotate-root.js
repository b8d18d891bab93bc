export const id = "rotate-root";
export const ids = ["rotate-root"];
export const modules = {

/***/ 7421: // src/actions/rotate-root-course.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ rotationTimeoutMs),
/* harmony export */   a: () => (/* binding */ Course)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(890);
/* harmony import */ var _rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(410);



/** How long a rotation may take in all. */
const rotationTimeoutMs = 300_000;
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
/** How far a rotation has come, and what the secret holds by then. */
class Course {
    stage = 'prepare';
    /** undefined for a dry run, which ends before the first change, and where there is no secret */
    stored;
    #cancelled;
    #timeout;
    #held = 'as before';
    constructor(stored, cancelled, timeout) {
        this.stored = stored;
        this.#cancelled = cancelled;
        this.#timeout = timeout;
    }
    /** whether nothing was stored yet */
    get isFirstWrite() {
        return this.#held === 'as before';
    }
    /** @throws the cancel */
    goOn(stage) {
        this.stage = stage;
        this.#cancelled.throwIfAborted();
    }
    async store({ secret, place }, value) {
        const { stage } = this;
        await this.write(stage, async () => {
            await (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_2__/* .storeWithReceipt */ .G5)(secret, place, value, stage === 'prepare' ? 'asked' : 'stored');
        });
    }
    /** @param now what the secret holds once it has succeeded */
    async write(now, store) {
        const before = this.#held;
        this.#held = 'unknown';
        await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_1__/* .timed */ .ay)('store', store).catch((error) => {
            // What GitHub has refused is not stored; whatever else went wrong, it may be.
            if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y && error.details.untouched === true)
                this.#held = before;
            throw error;
        });
        this.#held = now;
    }
    /** Says which step is done. @throws the cancel */
    tell({ value, next }) {
        this.#cancelled.throwIfAborted();
        const where = value === undefined ? '' : `: stored in ${this.stored?.place.name}`;
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_1__/* .say */ .cv)(`${stages[this.stage]}${where}. Next: ${next}.`);
    }
    /** What a person is told of an error: where the rotation stopped, and what works now. */
    stoppedBy(error) {
        const cause = this.#cancelled.aborted
            ? this.#cancelled.reason
            : this.#timeout.aborted
                ? tooLong(error)
                : error;
        const advice = this.#held === 'as before' || this.#held === 'asked' ? '' : ' Running again finishes the rotation.';
        return new Error(`${(0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(cause)}\nThe rotation stopped at ${stages[this.stage]}. ${holds[this.#held]}${advice}`, { cause: error });
    }
}
function tooLong(error) {
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`rotating took longer than ${rotationTimeoutMs / 1000} s`, { said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error) });
}


/***/ }),

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
/* harmony import */ var _github_secrets_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5024);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);
/* harmony import */ var _lease_receipt_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6356);



/** For how long the receipt of a complete rotation counts like one that was asked for: several runs may follow each other. */
const recentMs = 3_600_000;
/** @param given the input `root` */
function originOf(given, place, secret) {
    const receipt = (0,_lease_receipt_js__WEBPACK_IMPORTED_MODULE_2__/* .readReceipt */ .b8)(given);
    if (receipt === undefined)
        return 'unwritten';
    if (receipt.place !== placeName(place))
        return 'elsewhere';
    if (!(0,_github_secrets_js__WEBPACK_IMPORTED_MODULE_0__/* .isTimeOf */ .V)(receipt.at, secret.changed))
        return 'changed';
    const ageMs = secret.now().getTime() - receipt.at.getTime();
    return receipt.state === 'asked' || ageMs <= recentMs ? 'known' : 'old';
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
    // Without a time, a value that no rotation has written is believed. Otherwise there would never be a first rotation.
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

/***/ 7033: // src/actions/rotate-root-stored.js + 1 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  c: () => (/* binding */ openStored)
});

// EXTERNAL MODULE: src/github/client.js
var client = __webpack_require__(8878);
;// CONCATENATED MODULE: src/github/run.js

/** How long GitHub is asked for it. */
const patienceMs = 10_000;
/**
 * When a run was queued, which is when it was given the secrets of its repository and organization. Of a run that was
 * started again it is the first time, because nobody says which secrets it is given then.
 *
 * @returns undefined when GitHub does not tell, such as without `actions: read`
 */
async function queuedAt(api, { repo: name, run }, signal) {
    const [owner = '', repo = ''] = name.split('/');
    if (owner === '' || repo === '' || run < 1)
        return undefined;
    const github = new client/* Github */.C(api, { signal, retries: 2, latestMs: (beganMs) => beganMs + patienceMs });
    const answer = await github
        .ask(async ({ rest }) => await rest.actions.getWorkflowRun({ owner, repo, run_id: run }))
        .catch(() => undefined);
    signal.throwIfAborted();
    const { created_at: created } = (answer?.body ?? {});
    const time = answer?.status === 200 ? Date.parse(String(created)) : Number.NaN;
    return Number.isFinite(time) ? new Date(time) : undefined;
}

// EXTERNAL MODULE: src/github/secrets.js + 1 modules
var secrets = __webpack_require__(5024);
// EXTERNAL MODULE: src/runner/environment.js
var environment = __webpack_require__(3677);
// EXTERNAL MODULE: src/runner/job.js
var runner_job = __webpack_require__(7315);
// EXTERNAL MODULE: src/actions/rotate-root-inputs.js
var rotate_root_inputs = __webpack_require__(8797);
// EXTERNAL MODULE: src/actions/rotate-root-origin.js
var rotate_root_origin = __webpack_require__(410);
;// CONCATENATED MODULE: src/actions/rotate-root-stored.js
/** The secret that a rotation of root writes. */






/** @throws UserError naming the input that is wrong */
async function openStored(inputs, { given, isUrgent }, signal) {
    const job = (0,runner_job/* currentJob */.b)(0);
    const named = (0,rotate_root_inputs/* secretPlace */.M$)(inputs, job.repo);
    const base = (0,environment/* apiUrl */.y0)();
    const secret = await (0,secrets/* openSecret */.J)({ base, token: inputs['github-token'] }, named, signal);
    const place = await withId(named, job, secret);
    const origin = (0,rotate_root_origin/* originOf */.yv)(given, place, secret);
    const queued = async () => await queuedAt({ base, token: inputs['job-token'] }, job, signal);
    return {
        secret,
        place,
        given,
        origin,
        isUrgent,
        async checkMayAsk() {
            await (0,rotate_root_origin/* checkMayAsk */.Pb)(origin, given, place, secret, job.repo, queued);
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


/***/ }),

/***/ 5471: // src/actions/rotate-root.js
/***/ ((__webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
__webpack_require__.r(__webpack_exports__);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(1604);
/* harmony import */ var _engines_engine_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1235);
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7924);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6547);
/* harmony import */ var _runner_job_js__WEBPACK_IMPORTED_MODULE_13__ = __webpack_require__(7315);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(890);
/* harmony import */ var _runner_step_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(1177);
/* harmony import */ var _runner_summary_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(9224);
/* harmony import */ var _context_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(4373);
/* harmony import */ var _rotate_root_course_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(7421);
/* harmony import */ var _rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(8797);
/* harmony import */ var _rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(410);
/* harmony import */ var _rotate_root_stored_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(7033);
/* harmony import */ var _target_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(748);
/** Replaces the root credential, on the target and in the secret that holds it. */














/** How long a call that is under way at a cancel may go on: the runner kills the process after 10 s. */
const afterCancelMs = 6000;
await (0,_runner_step_js__WEBPACK_IMPORTED_MODULE_4__/* .runStep */ .e)(async (cancelled) => {
    const engine = (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_1__/* .engineNamed */ .Ki)((0,_actions_core__WEBPACK_IMPORTED_MODULE_12__/* .getInput */ .V4)('engine'));
    const inputs = (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .parseInputs */ .TL)(_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__/* .rotateRootInputs */ .T6, _actions_core__WEBPACK_IMPORTED_MODULE_12__/* .getInput */ .V4);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .mask */ .dK)([inputs['github-token']]);
    const { roots, config } = (0,_target_js__WEBPACK_IMPORTED_MODULE_11__/* .readTarget */ ._)(engine, 'rotate-root');
    const overlapSeconds = (0,_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__/* .overlapFor */ .Rx)(engine, inputs.overlap);
    // Where OIDC or the job's environment is root, there is no secret to write.
    if (roots.length > 0)
        (0,_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__/* .checkToken */ .SK)(inputs);
    const driver = await engine.load();
    if (driver.rotateRoot === undefined)
        throw (0,_engines_engine_js__WEBPACK_IMPORTED_MODULE_0__/* .lacks */ .p)(engine, 'rotateRoot');
    const timeout = AbortSignal.timeout(_rotate_root_course_js__WEBPACK_IMPORTED_MODULE_7__/* .rotationTimeoutMs */ .O);
    const signal = AbortSignal.any([timeout, afterCancel(cancelled)]);
    const root = { given: (0,_actions_core__WEBPACK_IMPORTED_MODULE_12__/* .getInput */ .V4)('root'), isUrgent: overlapSeconds === 0 };
    const stored = roots.length === 0 ? undefined : await (0,_rotate_root_stored_js__WEBPACK_IMPORTED_MODULE_10__/* .openStored */ .c)(inputs, root, signal);
    const terms = { overlap: overlapSeconds, passwordLength: inputs['password-length'], now: new Date() };
    await using steps = driver.rotateRoot(roots, config, terms, (0,_context_js__WEBPACK_IMPORTED_MODULE_6__/* .contextFor */ .B)(signal, _rotate_root_course_js__WEBPACK_IMPORTED_MODULE_7__/* .rotationTimeoutMs */ .O));
    const result = await follow(steps, new _rotate_root_course_js__WEBPACK_IMPORTED_MODULE_7__/* .Course */ .a(inputs['dry-run'] ? undefined : stored, cancelled, timeout));
    if ('stage' in result)
        await reportDryRun(engine, inputs['secret-name'], result, stored);
    else
        await report(engine, inputs['secret-name'], result, stored);
}, 'error');
/** Fires when what was under way at a cancel has had its time. */
function afterCancel(cancelled) {
    const late = new AbortController();
    cancelled.addEventListener('abort', () => {
        setTimeout(() => {
            late.abort(cancelled.reason);
        }, afterCancelMs).unref();
    });
    return late.signal;
}
/**
 * Goes through the steps, storing what each asks for before the next.
 *
 * @returns how the rotation ended; the step that comes first, when it is a dry run
 */
async function follow(steps, course) {
    try {
        for (;;) {
            const { value: step, done } = await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .timed */ .ay)(`rotation from ${course.stage} on`, async () => await steps.next());
            if (done === true)
                return step;
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .mask */ .dK)(step.secrets ?? []);
            course.goOn(step.stage);
            const { value } = step;
            if (value !== undefined) {
                if (course.stored === undefined)
                    return step;
                if (course.isFirstWrite && course.stored.origin !== 'known')
                    return await ask(course, course.stored);
                await course.store(course.stored, value);
            }
            course.tell(step);
        }
    }
    catch (error) {
        throw course.stoppedBy(error);
    }
}
/**
 * Stores `root` as it is: whether it comes from this secret, only a later run can tell.
 *
 * @throws UserError that says so, where somebody has to see it
 */
async function ask(course, stored) {
    const { secret, place, given, origin, isUrgent } = stored;
    await stored.checkMayAsk();
    await course.write('asked', async () => {
        await (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_9__/* .askForReturn */ .PC)(secret, place, given);
    });
    if (isUrgent)
        throw (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_9__/* .notYet */ .y8)(origin, place);
    if (origin === 'old')
        return asked('The next run rotates');
    // On a schedule nobody would see a warning, and root would never be rotated.
    if (!(0,_runner_job_js__WEBPACK_IMPORTED_MODULE_13__/* .isByHand */ .H)())
        throw (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_9__/* .notYet */ .y8)(origin, place);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .warn */ .R8)(`Root was not rotated yet. ${(0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_9__/* .notYet */ .y8)(origin, place).message}`);
    return asked('Start another run, which rotates if "root" comes from this secret');
}
/** What a run did that only stored `root`, for the next one. */
function asked(next) {
    const note = `${next}: this one has stored root as it is, to see that it comes back.`;
    return { rotated: false, active: '', retired: [], nextDue: new Date(), notes: [note] };
}
async function reportDryRun(engine, secretName, step, stored) {
    const first = stored?.origin === 'known'
        ? ''
        : 'see that what it stores comes back in a later run (see "One run asks, the next one rotates" in docs/rotate-root.md), ';
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .say */ .cv)(`Dry run: nothing was changed. A rotation would now ${first}store the new value, and then ${step.next}.`);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .say */ .cv)('That the token may write the secret, only a write shows.');
    warnOfOrigin(stored);
    (0,_actions_core__WEBPACK_IMPORTED_MODULE_12__/* .setOutput */ .uH)('rotated', false);
    const row = { Engine: engine.name, Secret: secretName, 'Would then': step.next };
    await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_5__/* .summarize */ .e)('joblease: rotation of root, dry run', row);
}
async function report(engine, secretName, { rotated, active, retired, nextDue, notes }, stored) {
    if (!rotated)
        warnOfOrigin(stored);
    const due = nextDue?.toISOString() ?? '';
    const outputs = { rotated, active, retired: retired.join('\n'), 'next-due': due };
    for (const [name, value] of Object.entries(outputs))
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_12__/* .setOutput */ .uH)(name, value);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .say */ .cv)(rotated ? `Root was rotated: ${secretName} now begins with ${active}.` : 'Root was not rotated.');
    if (retired.length > 0)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .say */ .cv)(`Ended: ${retired.join(', ')}.`);
    for (const note of notes)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .say */ .cv)(note);
    await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_5__/* .summarize */ .e)(rotated ? 'joblease: root rotated' : 'joblease: root not rotated', {
        Engine: engine.name,
        Secret: secretName,
        Active: active,
        Retired: retired.join('\n'),
        'Next due': due,
        Notes: notes.join('\n'),
    });
}
function warnOfOrigin(stored) {
    const problem = stored === undefined ? undefined : (0,_rotate_root_origin_js__WEBPACK_IMPORTED_MODULE_9__/* .problemOf */ .Zw)(stored.origin, stored.given, stored.place);
    if (problem !== undefined)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_3__/* .warn */ .R8)(problem.message);
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

/***/ 1222: // src/engines/login/password.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Ce: () => (/* binding */ newPassword),
/* harmony export */   ZM: () => (/* binding */ madeAt),
/* harmony export */   ak: () => (/* binding */ newRootPassword),
/* harmony export */   pT: () => (/* binding */ leastRootPassword)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);

/**
 * A new password: 43 characters of `[A-Za-z0-9_-]` from 256 random bits.
 *
 * No URL, JSON, XML, shell or SQL quoting changes such a text, so the one mask that the runner gets covers every form
 * in which a log could show it.
 */
function newPassword() {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(32).toString('base64url');
}
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
/* harmony export */   PN: () => (/* binding */ responseIn),
/* harmony export */   Z9: () => (/* binding */ wordsOf),
/* harmony export */   b7: () => (/* binding */ NotGithub),
/* harmony export */   d4: () => (/* binding */ limitLastsMs),
/* harmony export */   nR: () => (/* binding */ timeOf),
/* harmony export */   ut: () => (/* binding */ answerOf)
/* harmony export */ });
/** GitHub's REST API. https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api */
/** Something in between has answered in GitHub's place. */
class NotGithub extends Error {
}
function answerOf({ status, headers, data }) {
    return { status, headers, body: data };
}
/** The answer that Octokit has made an error of; undefined when there was none. */
function responseIn(error) {
    const { response } = error;
    return response === undefined ? undefined : answerOf(response);
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
/** How long a rate limit lasts; 60 s where GitHub does not say, as its documentation asks for. */
function limitLastsMs({ headers }) {
    const afterSeconds = Number(headers['retry-after']);
    if (Number.isFinite(afterSeconds))
        return afterSeconds * 1000;
    const resetMs = Number(headers['x-ratelimit-reset']) * 1000;
    if (!Number.isFinite(resetMs))
        return 60_000;
    return Math.max(0, resetMs - (timeOf(headers) ?? Date.now()));
}
/** GitHub's clock in an answer, epoch milliseconds; undefined when it does not tell. */
function timeOf(headers) {
    const time = Date.parse(String(headers['date']));
    return Number.isFinite(time) ? time : undefined;
}


/***/ }),

/***/ 8878: // src/github/client.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ Github)
/* harmony export */ });
/* harmony import */ var _api_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(9973);
/* harmony import */ var _traffic_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1120);
/** Asks GitHub's REST API, by Octokit. */


/** Octokit is loaded for the first question: until then an input may be wrong. */
class Github {
    traffic;
    #connect;
    #octokit;
    constructor(api, terms) {
        const traffic = new _traffic_js__WEBPACK_IMPORTED_MODULE_0__/* .Traffic */ .e(terms);
        this.traffic = traffic;
        this.#connect = async () => {
            const { connect } = await Promise.all(/* import() */[__webpack_require__.e("actions-github"), __webpack_require__.e("github-octokit")]).then(__webpack_require__.bind(__webpack_require__, 4155));
            return connect(api, traffic, terms.retries, terms.signal);
        };
    }
    /**
     * @param request one call of Octokit's
     * @throws Error when there was no answer, or it was not GitHub's
     */
    async ask(request) {
        this.traffic.throwIfStopped();
        this.#octokit ??= this.#connect();
        try {
            return (0,_api_js__WEBPACK_IMPORTED_MODULE_1__/* .answerOf */ .ut)(await request(await this.#octokit));
        }
        catch (error) {
            const refusal = (0,_api_js__WEBPACK_IMPORTED_MODULE_1__/* .responseIn */ .PN)(error);
            if (refusal !== undefined)
                return refusal;
            throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
        }
    }
}


/***/ }),

/***/ 5024: // src/github/secrets.js + 1 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  V: () => (/* binding */ isTimeOf),
  J: () => (/* binding */ openSecret)
});

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/github/api.js
var github_api = __webpack_require__(9973);
// EXTERNAL MODULE: src/github/client.js
var client = __webpack_require__(8878);
;// CONCATENATED MODULE: src/github/secret-routes.js
function routesOf(place) {
    if (place.scope === 'organization')
        return routesOfOrganization(place.organization, place.name);
    if (place.scope === 'repository')
        return routesOfRepository(place.repository, place.name);
    return routesOfEnvironment(place.repository, place.environment, place.name);
}
function routesOfRepository(repository, name) {
    const [owner = '', repo = ''] = repository.split('/');
    const secret = { owner, repo, secret_name: name };
    return {
        permission: 'the permission "Secrets: write"',
        where: `the repository ${repository}`,
        getKey: async ({ rest }) => await rest.actions.getRepoPublicKey({ owner, repo }),
        getSecret: async ({ rest }) => await rest.actions.getRepoSecret(secret),
        putSecret: async ({ rest }, seal) => await rest.actions.createOrUpdateRepoSecret({ ...secret, ...unsealed, request: { fill: seal } }),
    };
}
function routesOfEnvironment(repository, environment, name) {
    const [owner = '', repo = ''] = repository.split('/');
    const secret = { owner, repo, environment_name: environment, secret_name: name };
    return {
        permission: 'the permission "Environments: write"',
        where: `the environment "${environment}" of ${repository}`,
        getKey: async ({ rest }) => await rest.actions.getEnvironmentPublicKey({ owner, repo, environment_name: environment }),
        getSecret: async ({ rest }) => await rest.actions.getEnvironmentSecret(secret),
        putSecret: async ({ rest }, seal) => await rest.actions.createOrUpdateEnvironmentSecret({ ...secret, ...unsealed, request: { fill: seal } }),
    };
}
function routesOfOrganization(org, name) {
    const secret = { org, secret_name: name };
    return {
        permission: 'the organization permission "Secrets: write"',
        where: `the organization ${org}`,
        getKey: async ({ rest }) => await rest.actions.getOrgPublicKey({ org }),
        getSecret: async ({ rest }) => await rest.actions.getOrgSecret(secret),
        putSecret: async ({ rest }, seal, visibility) => await rest.actions.createOrUpdateOrgSecret({ ...secret, ...unsealed, ...visibility, request: { fill: seal } }),
        listSelected: async ({ rest }, page) => await rest.actions.listSelectedReposForOrgSecret({ ...secret, per_page: 100, page }),
    };
}
/** In place of what is filled in for each attempt. */
const unsealed = { encrypted_value: '', key_id: '' };

;// CONCATENATED MODULE: src/github/secrets.js
/**
 * Replaces a secret of a repository, an environment or an organization.
 * https://docs.github.com/en/rest/actions/secrets
 */





/** How long GitHub may be out, or a rate limit last. */
const patienceMs = 30_000;
/** How often a request is made again at most: with the pauses between them it takes longer than the patience. */
const retries = 10;
/** How far apart two times of the same write may be: GitHub tells both in whole seconds. */
const granularityMs = 2000;
/** How much later than a value says it may have been stored: a request takes time, and seconds begin. */
const delayMs = 1000;
/** How often a value is stored whose own time does not fit. */
const attempts = 5;
/** Whether the time that a value was composed for is that of the secret's last change: no other write has the same. */
function isTimeOf(composed, changed) {
    const afterMs = changed.getTime() - Math.floor(composed.getTime() / 1000) * 1000;
    return afterMs >= 0 && afterMs <= delayMs;
}
/**
 * Finds the secret and whatever writing it takes, so that little is left to fail later. That the token may write, only
 * the first write shows.
 *
 * @throws UserError naming the input that is wrong: `secret-name` when there is no such secret, `github-token` when the
 *   token may not see it
 */
async function openSecret(api, place, signal) {
    const routes = routesOf(place);
    const line = new Line(api, routes, signal);
    const key = await readKey(line, routes);
    const found = await line.ask(routes.getSecret);
    if (found.status === 404) {
        throw new errors/* UserError */.y(`${routes.where} has no secret "${place.name}"`, {
            input: 'secret-name',
            said: (0,github_api/* wordsOf */.Z9)(found),
            fix: 'A rotation replaces the secret that the jobs use: give its name in "secret-name" and where it is in "secret-scope". A secret of an organization is not one of its repositories.',
        });
    }
    if (found.status !== 200)
        throw line.refused(found);
    const visibility = await readVisibility(line, routes, found);
    const seal = await sealer();
    seal('', key.key); // whatever is wrong with the key or the library shows here
    const writer = new Writer(line, routes, place, { key, changedMs: changeOf(found), visibility, seal }, signal);
    return {
        changed: new Date(changeOf(found)),
        now: () => line.now(),
        store: async (compose) => {
            await writer.store(compose);
        },
        async repositoryId(repository) {
            const [owner = '', repo = ''] = repository.split('/');
            const answer = await line.ask(async ({ rest }) => await rest.repos.get({ owner, repo }));
            if (answer.status !== 200)
                throw line.refused(answer);
            return answer.body.id;
        },
        async isHiddenIn(repository) {
            if (place.scope !== 'organization')
                return false;
            const inRepository = routesOf({ scope: 'repository', repository, name: place.name });
            return (await line.ask(inRepository.getSecret)).status === 200;
        },
    };
}
/** How GitHub is asked for one secret. A request may be made twice: a secret that is stored twice is stored. */
class Line {
    /** whether a write went out that may stand, and the secret was not looked at since */
    isUnsure = false;
    #github;
    #routes;
    #signal;
    #isWriting = false;
    /** how far GitHub's clock is ahead of this one */
    #aheadMs = 0;
    constructor(api, routes, signal) {
        this.#github = new client/* Github */.C(api, {
            signal,
            retries,
            latestMs: (beganMs) => beganMs + patienceMs,
            onFailure: () => {
                this.isUnsure ||= this.#isWriting;
            },
        });
        this.#routes = routes;
        this.#signal = signal;
    }
    /** GitHub's clock */
    now() {
        return new Date(Date.now() + this.#aheadMs);
    }
    /** @throws UserError when GitHub does not answer */
    async ask(request) {
        const answer = await this.#github.ask(request).catch((error) => {
            this.#signal.throwIfAborted();
            return error instanceof Error ? error : new Error(String(error));
        });
        if (answer instanceof Error || answer.status >= 500) {
            throw new errors/* UserError */.y('GitHub could not be asked', {
                said: answer instanceof Error ? (0,errors/* messageOf */.b)(answer) : (0,github_api/* wordsOf */.Z9)(answer),
                fix: 'Run again when it is back: https://www.githubstatus.com',
                untouched: !this.isUnsure,
                cause: answer,
            });
        }
        const timeMs = (0,github_api/* timeOf */.nR)(answer.headers);
        if (timeMs !== undefined && !(0,github_api/* isRateLimited */.Jz)(answer))
            this.#aheadMs = timeMs - Date.now();
        return answer;
    }
    /** As {@link ask}, for a request that changes the secret. */
    async write(request) {
        this.#isWriting = true;
        try {
            return await this.ask(request);
        }
        finally {
            this.#isWriting = false;
        }
    }
    /** What a person is told of an answer that is none of the good ones. */
    refused(answer) {
        const { permission, where } = this.#routes;
        const said = (0,github_api/* wordsOf */.Z9)(answer);
        const because = (problem, fix, input) => new errors/* UserError */.y(problem, { said, fix, untouched: !this.isUnsure, ...(input === undefined ? {} : { input }) });
        if ((0,github_api/* isRateLimited */.Jz)(answer)) {
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
/** Writes the secret, again and again. */
class Writer {
    #line;
    #routes;
    #place;
    #known;
    #signal;
    constructor(line, routes, place, known, signal) {
        this.#line = line;
        this.#routes = routes;
        this.#place = place;
        this.#known = known;
        this.#signal = signal;
    }
    /** As {@link OpenSecret.store}. */
    async store(compose) {
        const known = this.#known;
        // How GitHub's note of a change differs from its clock.
        let differsMs = 0;
        for (let attempt = 1; attempt <= attempts; attempt += 1) {
            await this.#checkUnchanged();
            await this.#waitForNextTime();
            const beforeMs = known.changedMs;
            const { composed, answer } = await this.#write(compose, differsMs);
            known.changedMs = (0,github_api/* timeOf */.nR)(answer.headers) ?? Number.NaN;
            const storedMs = changeOf(await this.#checkUnchanged());
            if (isTimeOf(composed, new Date(storedMs)) && storedMs > beforeMs + delayMs) {
                known.changedMs = storedMs;
                return;
            }
            differsMs += storedMs - Math.floor(composed.getTime() / 1000) * 1000;
        }
        throw new errors/* UserError */.y('GitHub took too long to store the secret, or its times do not fit its clock', {
            input: 'secret-name',
            fix: 'Run again.',
        });
    }
    /**
     * GitHub cannot write a secret on the condition that nobody else has. So the secret is looked at right before each write:
     * another rotation, or a person, may have stored what this rotation does not know.
     */
    async #checkUnchanged() {
        const answer = await this.#line.ask(this.#routes.getSecret);
        if (answer.status !== 200)
            throw this.#line.refused(answer);
        this.#line.isUnsure = false;
        if (!(changeOf(answer) > this.#known.changedMs + granularityMs))
            return answer;
        throw new errors/* UserError */.y(`the secret "${this.#place.name}" of ${this.#routes.where} was changed by somebody else meanwhile`, {
            input: 'secret-name',
            fix: 'What this rotation was about to store was not stored. Run again: the next run is given what is stored now. Let the jobs that rotate share a concurrency group.',
            untouched: true,
        });
    }
    /** What was composed for the write before must not fit the next one. */
    async #waitForNextTime() {
        const apartMs = this.#known.changedMs + delayMs + 1000 - this.#line.now().getTime();
        if (apartMs <= 0)
            return;
        await (0,promises_.setTimeout)(apartMs, undefined, { signal: this.#signal }).catch(() => {
            this.#signal.throwIfAborted();
        });
    }
    /** @returns also the time that the value was composed for */
    async #write(compose, differsMs) {
        const known = this.#known;
        let composed = this.#line.now();
        const seal = () => {
            composed = new Date(this.#line.now().getTime() + differsMs);
            const { key, key_id } = known.key;
            return { encrypted_value: known.seal(compose(composed), key), key_id };
        };
        const put = async () => await this.#line.write(async (octokit) => await this.#routes.putSecret(octokit, seal, known.visibility));
        let answer = await put();
        if (answer.status === 422) {
            // The key pair was replaced since.
            known.key = await readKey(this.#line, this.#routes);
            answer = await put();
        }
        if (answer.status !== 201 && answer.status !== 204)
            throw this.#line.refused(answer);
        // Whatever GitHub refuses from now on, until the secret is looked at again, this write was not refused.
        this.#line.isUnsure = true;
        return { composed, answer };
    }
}
/** A write sets who may see the secret, so what it is now is written again. */
async function readVisibility(line, { listSelected }, { body }) {
    if (listSelected === undefined)
        return { visibility: 'private' }; // of no meaning outside of an organization
    const { visibility } = body;
    if (visibility !== 'selected')
        return { visibility };
    const ids = [];
    for (let page = 1;; page += 1) {
        const answer = await line.ask(async (octokit) => await listSelected(octokit, page));
        if (answer.status !== 200)
            throw line.refused(answer);
        const { repositories, total_count: total } = answer.body;
        ids.push(...repositories.map(({ id }) => id));
        if (ids.length >= total || repositories.length === 0)
            break;
    }
    return { visibility, selected_repository_ids: ids };
}
async function readKey(line, routes) {
    const answer = await line.ask(routes.getKey);
    if (answer.status !== 200)
        throw line.refused(answer);
    return answer.body;
}
function changeOf({ body }) {
    return Date.parse(String(body.updated_at));
}
/** Loaded here, because only this needs it. */
async function sealer() {
    const { seal } = await Promise.all(/* import() */[__webpack_require__.e("noble-ciphers"), __webpack_require__.e("github-sealed-box")]).then(__webpack_require__.bind(__webpack_require__, 7525));
    return (value, key) => seal(value, Buffer.from(key, 'base64')).toString('base64');
}


/***/ }),

/***/ 1120: // src/github/traffic.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $: () => (/* binding */ noTime),
/* harmony export */   e: () => (/* binding */ Traffic)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);
/**
 * When GitHub is asked, how often, and when no more: the one description of it, for all that asks. What it decides is
 * carried out in `octokit.ts`.
 */

/** GitHub stops who asks more than 900 times within a minute; others may use the same token. */
const pace = { requests: 800, withinMs: 60_000 };
/** Before a request is made again for the first time; it doubles each time. */
const firstPauseMs = 250;
/** No limit is taken to last for less. */
const leastLimitMs = 1000;
const noTime = 'there was no time left to ask GitHub';
class Traffic {
    #terms;
    /** when the latest requests were made, epoch milliseconds */
    #madeMs = [];
    /** until when a rate limit lets nothing through, epoch milliseconds */
    #limitedUntilMs = 0;
    #failuresInARow = 0;
    #stopped;
    constructor(terms) {
        this.#terms = terms;
    }
    get signal() {
        return this.#terms.signal;
    }
    /** why nothing more is asked, once that is so */
    get stopped() {
        return this.#stopped;
    }
    /** Nothing more is asked. */
    stop(why) {
        this.#stopped ??= why;
    }
    /** @throws Error when nothing may be asked any more */
    throwIfStopped() {
        this.#terms.signal.throwIfAborted();
        if (this.#stopped !== undefined)
            throw new Error(this.#stopped);
    }
    /**
     * Waits until one more request may be made.
     *
     * @throws Error when none may be made any more
     */
    async turn(attempts) {
        for (;;) {
            this.throwIfStopped();
            const nowMs = Date.now();
            const nextMs = this.#nextTurnMs(nowMs);
            if (nextMs <= nowMs) {
                this.#madeMs.push(nowMs);
                return;
            }
            if (nextMs >= this.#terms.latestMs(attempts.beganMs))
                this.stop(noTime);
            else
                await this.#pause(nextMs - nowMs);
        }
    }
    #nextTurnMs(nowMs) {
        while (this.#madeMs[0] !== undefined && this.#madeMs[0] <= nowMs - pace.withinMs)
            this.#madeMs.shift();
        const [firstMs = nowMs] = this.#madeMs;
        return Math.max(this.#limitedUntilMs, this.#madeMs.length < pace.requests ? 0 : firstMs + pace.withinMs);
    }
    /** GitHub has answered, whatever it said. */
    answered() {
        this.#failuresInARow = 0;
    }
    /** No sound answer came. Waits where the request may be made again. @returns whether it may */
    async failed(attempts, trouble) {
        const { signal, retries, latestMs, downAfter = Infinity, onFailure } = this.#terms;
        onFailure?.();
        signal.throwIfAborted();
        this.#failuresInARow += 1;
        if (this.#failuresInARow >= downAfter)
            this.stop(trouble);
        const pauseMs = firstPauseMs * 2 ** attempts.failures * (0.5 + Math.random());
        attempts.failures += 1;
        if (attempts.failures > retries || Date.now() + pauseMs >= latestMs(attempts.beganMs))
            return false;
        await this.#pause(pauseMs);
        signal.throwIfAborted();
        return true;
    }
    /** A limit has refused a request: it holds up all others too, or stops them where there is no time to wait. */
    limited(attempts, lastsMs, said) {
        const waitMs = Math.max(leastLimitMs, lastsMs);
        this.#limitedUntilMs = Math.max(this.#limitedUntilMs, Date.now() + waitMs);
        if (this.#limitedUntilMs < this.#terms.latestMs(attempts.beganMs))
            return;
        this.stop(`GitHub's rate limit is used up: ${said}; it ends in ${Math.ceil(waitMs / 1000)} s`);
    }
    /** Waits, or until the signal. */
    async #pause(durationMs) {
        await (0,node_timers_promises__WEBPACK_IMPORTED_MODULE_0__.setTimeout)(durationMs, undefined, { signal: this.#terms.signal }).catch(() => undefined);
    }
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
