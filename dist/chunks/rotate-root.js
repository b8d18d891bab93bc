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
/* harmony import */ var _lease_root_password_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(230);





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
    'password-length': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .integer */ .nd)('Characters of a generated password.', 43, [_lease_root_password_js__WEBPACK_IMPORTED_MODULE_4__/* .leastRootPassword */ .pT, 128]),
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

/***/ 5471: // src/actions/rotate-root.js
/***/ ((__webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
__webpack_require__.r(__webpack_exports__);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(1604);
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7924);
/* harmony import */ var _github_secrets_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2092);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(477);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(6547);
/* harmony import */ var _runner_environment_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(3677);
/* harmony import */ var _runner_id_token_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(5539);
/* harmony import */ var _runner_interruption_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(4137);
/* harmony import */ var _runner_job_js__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(7315);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(890);
/* harmony import */ var _runner_summary_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(9224);
/* harmony import */ var _rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(8797);
/* harmony import */ var _target_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(748);
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
    unknown: 'The secret holds what it held or what was to be stored, which is not known; in both is what works now.',
    prepare: 'The secret holds what it held, and what the next run needs to go on: some line of it works.',
    prove: 'The secret holds the new credential.',
    promote: 'The secret begins with the new credential, which was seen to work.',
    retire: 'The secret holds what works from now on.',
};
const cancelled = (0,_runner_interruption_js__WEBPACK_IMPORTED_MODULE_10__/* .interruption */ .Y)();
try {
    await main();
}
catch (error) {
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .fail */ .fJ)(error);
}
async function main() {
    const engine = (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_0__/* .engineNamed */ .Ki)((0,_actions_core__WEBPACK_IMPORTED_MODULE_11__/* .getInput */ .V4)('engine'));
    const inputs = (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_3__/* .parseInputs */ .TL)(_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__/* .rotateRootInputs */ .T6, _actions_core__WEBPACK_IMPORTED_MODULE_11__/* .getInput */ .V4);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .mask */ .dK)([inputs['github-token']]);
    const { roots, config } = (0,_target_js__WEBPACK_IMPORTED_MODULE_9__/* .readTarget */ ._)(engine, 'rotate-root');
    // Where OIDC or the job's environment is root, there is no secret to write.
    if (roots.length > 0)
        (0,_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__/* .checkToken */ .SK)(inputs);
    const timeout = AbortSignal.timeout(patience.rotation);
    const signal = AbortSignal.any([timeout, afterCancel()]);
    const place = (0,_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__/* .secretPlace */ .M$)(inputs, (0,_runner_job_js__WEBPACK_IMPORTED_MODULE_12__/* .currentJob */ .b)(0).repo);
    const api = { base: (0,_runner_environment_js__WEBPACK_IMPORTED_MODULE_4__/* .apiUrl */ .y)(), token: inputs['github-token'] };
    const secret = roots.length === 0 ? undefined : await (0,_github_secrets_js__WEBPACK_IMPORTED_MODULE_1__/* .openSecret */ .J)(api, place, signal);
    const driver = await engine.load();
    const terms = {
        overlap: (0,_rotate_root_inputs_js__WEBPACK_IMPORTED_MODULE_8__/* .overlapFor */ .Rx)(engine, inputs.overlap),
        passwordLength: inputs['password-length'],
        now: new Date(),
    };
    const context = { signal, warn: _runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .warn */ .R8, idToken: (0,_runner_id_token_js__WEBPACK_IMPORTED_MODULE_5__/* .idTokenSource */ .k)() };
    await using steps = driver.rotateRoot(roots, config, terms, context);
    const result = await follow(steps, inputs['dry-run'] ? undefined : secret, place.name, timeout);
    await report(engine, place.name, result);
}
/**
 * Goes through the steps, storing what each asks for before the next.
 *
 * @param secret undefined for a dry run, which ends before the first change
 * @returns how the rotation ended; the step that comes first, when it is a dry run
 */
async function follow(steps, secret, name, timeout) {
    let stage = 'prepare';
    let stored = 'as before';
    try {
        for (;;) {
            const { value: step, done } = await steps.next();
            if (done === true)
                return step;
            ({ stage } = step);
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .mask */ .dK)(step.secrets ?? []);
            cancelled.throwIfAborted();
            if (step.value !== undefined) {
                if (secret === undefined)
                    return step;
                const before = stored;
                stored = 'unknown';
                await secret.store(step.value).catch((error) => {
                    // What GitHub has refused is not stored; whatever else went wrong, it may be.
                    if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y && error.details.untouched === true)
                        stored = before;
                    throw error;
                });
                stored = stage;
            }
            cancelled.throwIfAborted();
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .say */ .cv)(`${stages[stage]}${step.value === undefined ? '' : `: stored in ${name}`}. Next: ${step.next}.`);
        }
    }
    catch (error) {
        const reason = (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .b)(cancelled.aborted ? cancelled.reason : timeout.aborted ? tooLong(error) : error);
        const held = holds[stored];
        const advice = stored === 'as before' ? '' : ' Running again finishes the rotation.';
        throw new Error(`${reason}\nThe rotation stopped at ${stages[stage]}. ${held}${advice}`, { cause: error });
    }
}
function tooLong(error) {
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`rotating took longer than ${patience.rotation / 1000} s`, { said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .b)(error) });
}
async function report(engine, secretName, result) {
    const row = { Engine: engine.name, Secret: secretName };
    if ('stage' in result) {
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .say */ .cv)(`Dry run: nothing was changed. A rotation would now store the new value, and then ${result.next}.`);
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_11__/* .setOutput */ .uH)('rotated', false);
        await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_7__/* .summarize */ .e)('joblease: rotation of root, dry run', { ...row, 'Would then': result.next });
        return;
    }
    const { rotated, active, retired, nextDue, notes } = result;
    const due = nextDue?.toISOString() ?? '';
    const outputs = { rotated, active, retired: retired.join('\n'), 'next-due': due };
    for (const [name, value] of Object.entries(outputs))
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_11__/* .setOutput */ .uH)(name, value);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .say */ .cv)(rotated ? `Root was rotated: ${secretName} now begins with ${active}.` : 'Root was not rotated.');
    if (retired.length > 0)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .say */ .cv)(`Ended: ${retired.join(', ')}.`);
    for (const note of notes)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_6__/* .say */ .cv)(note);
    await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_7__/* .summarize */ .e)(rotated ? 'joblease: root rotated' : 'joblease: root not rotated', {
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
/** Whether an answer says that too much was asked: by the hour, or too fast. */
function isRateLimited({ status, headers }) {
    return (status === 429 ||
        (status === 403 && (headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined)));
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

/***/ 2092: // src/github/secrets.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   J: () => (/* binding */ openSecret)
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
    const seal = await sealer();
    seal('', key.key); // whatever is wrong with the key or the library shows here
    return {
        async store(value) {
            await checkUnchanged();
            let answer = await put(value);
            if (answer.status === 422) {
                // The key pair was replaced since.
                key = await readKey();
                answer = await put(value);
            }
            if (answer.status !== 201 && answer.status !== 204)
                throw refused(answer);
            changed = Date.parse(answer.headers.date ?? '');
        },
    };
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
            return;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`the secret "${place.name}" of ${where} was changed by somebody else meanwhile`, {
            input: 'secret-name',
            fix: 'What this rotation was about to store was not stored. Run again: the next run is given what is stored now. Let the jobs that rotate share a concurrency group.',
            untouched: true,
        });
    }
    async function put(value) {
        const body = { encrypted_value: seal(value, key.key), key_id: key.key_id, ...visibility };
        return await healed(async () => await (0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .ask */ .kA)(api, secret, signal, { method: 'PUT', body }), [201, 204]);
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
            if (!isOut && !(0,_api_js__WEBPACK_IMPORTED_MODULE_2__/* .isRateLimited */ .Jz)(answer))
                return answer;
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

/***/ 230: // src/lease/root-password.js
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

/***/ 3677: // src/runner/environment.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   D: () => (/* binding */ temporaryDirectory),
/* harmony export */   y: () => (/* binding */ apiUrl)
/* harmony export */ });
/* harmony import */ var node_os__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8161);

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

/***/ 7315: // src/runner/job.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
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
function variable(name) {
    return process.env[name] ?? '';
}
function number(name) {
    const value = Number(variable(name));
    return Number.isSafeInteger(value) ? value : 0;
}


/***/ })

};
