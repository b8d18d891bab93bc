export const id = "sweep";
export const ids = ["sweep"];
export const modules = {

/***/ 7807: // src/actions/sweep-inputs.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   qd: () => (/* binding */ readSweepInputs)
/* harmony export */ });
/* unused harmony exports sweepInputs, sweepOutputs */
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7924);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);
/* harmony import */ var _lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6547);
/* harmony import */ var _sweep_shard_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(882);




const githubToken = {
    description: 'Token with "actions: read" on the repositories that leases were minted for. The default sees its own repository; for others give the token of a GitHub App.',
    default: '${{ github.token }}',
    // The default is GitHub's to fill in: here it means that the workflow has given something empty.
    parse: (value) => (value === githubToken.default ? '' : value),
};
/** The most that "deadline" may be: timers do not reach much further. */
const longestSeconds = 24 * 3600;
/** The inputs of the sweep, beside `root` and those of the engine that {@link EngineDeclaration.inputsOf} names. */
const sweepInputs = {
    engine: (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_0__/* .engineInput */ .xM)('What to sweep'),
    orphans: (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .flag */ .Jt)('Also end leases that are not over, when GitHub says that their job is.', true),
    'github-token': githubToken,
    grace: (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .duration */ .p0)('How long a job must have been over before its leases are.', '5m', 0),
    'dry-run': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .flag */ .Jt)('Only report what would be ended.', false),
    concurrency: (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .integer */ .nd)('How many sessions with the target end leases at a time.', 8, [1, 64]),
    'max-revocations': (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .integer */ .nd)('With more leases due than this, not counting what had been disabled before, nothing is done and the step fails.', 1000, [0, 1_000_000]),
    shard: _sweep_shard_js__WEBPACK_IMPORTED_MODULE_3__/* .shardInput */ .d,
    deadline: (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .duration */ .p0)('When to stop beginning anything new, and say how much is left.', '10m'),
};
/** Its outputs. */
const sweepOutputs = {
    found: count('How many leases were found, what only looks like one included: the sum of the next six.'),
    live: count('How many were left alone because they are not over.'),
    revoked: count('How many were ended and removed.'),
    absent: count('How many were gone before they could be ended.'),
    disabled: count('How many can no longer be used, but left something that could not be removed.'),
    failed: count('How many may still work, because ending them failed.'),
    skipped: count('How many were left for another run (dry run, deadline) or for a person to look at.'),
    unknown: count('How many of the live ones were left alone only because GitHub could not tell whether their job is over.'),
    oldest: count('Seconds since the oldest leftover was minted; empty when there was none.'),
    report: 'Path of a JSON file with one object for each lease that was found.',
};
function count(description) {
    return { description, type: 'integer' };
}
/** @throws UserError for the first input that is wrong */
function readSweepInputs(read) {
    const inputs = (0,_lease_inputs_js__WEBPACK_IMPORTED_MODULE_2__/* .parseInputs */ .TL)(sweepInputs, read);
    if (inputs.orphans && inputs['github-token'] === '') {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('it is empty, and "orphans" needs it to ask GitHub', {
            input: 'github-token',
            fix: 'Leave it at its default, or set "orphans: false" to end expired leases alone.',
        });
    }
    if (inputs.deadline > longestSeconds)
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('a sweep takes 24h at most', { input: 'deadline' });
    return inputs;
}


/***/ }),

/***/ 1997: // src/actions/sweep.js
/***/ ((__webpack_module__, __webpack_exports__, __webpack_require__) => {

__webpack_require__.a(__webpack_module__, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
__webpack_require__.r(__webpack_exports__);
/* harmony import */ var _actions_core__WEBPACK_IMPORTED_MODULE_19__ = __webpack_require__(1604);
/* harmony import */ var node_path__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6760);
/* harmony import */ var node_v8__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8877);
/* harmony import */ var _engines_registry_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7924);
/* harmony import */ var _failure_retry_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(5710);
/* harmony import */ var _github_jobs_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8457);
/* harmony import */ var _github_traffic_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(1120);
/* harmony import */ var _lease_duration_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(4554);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(477);
/* harmony import */ var _runner_environment_js__WEBPACK_IMPORTED_MODULE_8__ = __webpack_require__(3677);
/* harmony import */ var _runner_job_js__WEBPACK_IMPORTED_MODULE_20__ = __webpack_require__(7315);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_9__ = __webpack_require__(890);
/* harmony import */ var _runner_step_js__WEBPACK_IMPORTED_MODULE_10__ = __webpack_require__(1177);
/* harmony import */ var _runner_summary_js__WEBPACK_IMPORTED_MODULE_11__ = __webpack_require__(9224);
/* harmony import */ var _sweep_report_js__WEBPACK_IMPORTED_MODULE_12__ = __webpack_require__(6210);
/* harmony import */ var _sweep_summary_js__WEBPACK_IMPORTED_MODULE_13__ = __webpack_require__(8466);
/* harmony import */ var _sweep_sweep_js__WEBPACK_IMPORTED_MODULE_14__ = __webpack_require__(5870);
/* harmony import */ var _sweep_tally_js__WEBPACK_IMPORTED_MODULE_15__ = __webpack_require__(2456);
/* harmony import */ var _context_js__WEBPACK_IMPORTED_MODULE_16__ = __webpack_require__(4373);
/* harmony import */ var _sweep_inputs_js__WEBPACK_IMPORTED_MODULE_17__ = __webpack_require__(7807);
/* harmony import */ var _target_js__WEBPACK_IMPORTED_MODULE_18__ = __webpack_require__(748);
/** Ends what dead runners left on a target. */





















/** How often a long sweep says how far it is. */
const sayEveryMs = 5000;
/** How long a lease may take to end. */
const patienceSeconds = 60;
// The list of a large target leaves much garbage, and V8 would rather take memory than collect it early.
(0,node_v8__WEBPACK_IMPORTED_MODULE_1__.setFlagsFromString)('--optimize-for-size');
await (0,_runner_step_js__WEBPACK_IMPORTED_MODULE_10__/* .runStep */ .e)(async (cancelled) => {
    const engine = (0,_engines_registry_js__WEBPACK_IMPORTED_MODULE_2__/* .engineNamed */ .Ki)((0,_actions_core__WEBPACK_IMPORTED_MODULE_19__/* .getInput */ .V4)('engine'));
    const inputs = (0,_sweep_inputs_js__WEBPACK_IMPORTED_MODULE_17__/* .readSweepInputs */ .qd)(_actions_core__WEBPACK_IMPORTED_MODULE_19__/* .getInput */ .V4);
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .mask */ .dK)([inputs['github-token']]);
    const target = await targetOf(engine, inputs.deadline);
    const deadline = after(inputs.deadline, 'the deadline was reached');
    const github = inputs.orphans ? githubFor(inputs, cancelled) : undefined;
    const tally = new _sweep_tally_js__WEBPACK_IMPORTED_MODULE_15__/* .Tally */ .F();
    const { path, failure } = await sweepInto(tally, target, {
        ...termsOf(inputs),
        askJob: github?.judge,
        deadline,
        cancelled,
    });
    await handOn(engine.name, tally, path);
    if (failure !== undefined)
        throw failure;
    if (tally.stillUsable > 0 && !inputs['dry-run'])
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .fail */ .fJ)(new Error(stillUsable(tally)));
    const refusal = github?.refusal();
    if (refusal !== undefined)
        throw nothingKnown(refusal);
});
async function targetOf(engine, deadlineSeconds) {
    const { roots, config } = (0,_target_js__WEBPACK_IMPORTED_MODULE_18__/* .readTarget */ ._)(engine, 'sweep');
    const driver = await engine.load();
    const never = new AbortController().signal;
    const context = { ...(0,_context_js__WEBPACK_IMPORTED_MODULE_16__/* .contextFor */ .B)(never, deadlineSeconds * 1000), warn: warnOnce() };
    return {
        open: async (signal) => {
            const open = async () => await (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .timed */ .ay)('open', async () => await driver.open(roots, config, { ...context, signal }));
            return await (0,_failure_retry_js__WEBPACK_IMPORTED_MODULE_3__/* .retry */ .L)(open, driver.canHeal, signal, context.retrying);
        },
        canHeal: driver.canHeal,
        batchSize: driver.batchSize ?? 1,
    };
}
/** Every session of a sweep would warn of the same. */
function warnOnce() {
    const warned = new Set();
    return (message) => {
        if (!warned.has(message))
            (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .warn */ .R8)(message);
        warned.add(message);
    };
}
/** However slow GitHub is, time is left to end what is over by the target's clock. */
function githubFor(inputs, cancelled) {
    const api = { base: (0,_runner_environment_js__WEBPACK_IMPORTED_MODULE_8__/* .apiUrl */ .y0)(), token: inputs['github-token'] };
    return (0,_github_jobs_js__WEBPACK_IMPORTED_MODULE_4__/* .jobs */ .L)(api, {
        graceSeconds: inputs.grace,
        until: after(inputs.deadline / 2, _github_traffic_js__WEBPACK_IMPORTED_MODULE_5__/* .noTime */ .$),
        untilMs: Date.now() + inputs.deadline * 500,
        cancelled,
        own: (0,_runner_job_js__WEBPACK_IMPORTED_MODULE_20__/* .currentJob */ .b)(0).repo,
    });
}
function termsOf(inputs) {
    return {
        graceSeconds: inputs.grace,
        dryRun: inputs['dry-run'],
        concurrency: inputs.concurrency,
        maxRevocations: inputs['max-revocations'],
        shard: inputs.shard,
        patienceSeconds,
    };
}
/**
 * Sweeps, counts, and writes the report.
 *
 * @returns the report's path, `''` where it could not be written; and the sweep's error, which is thrown only after what was
 *   done has been told
 */
async function sweepInto(tally, target, terms) {
    const path = (0,node_path__WEBPACK_IMPORTED_MODULE_0__.join)((0,_runner_environment_js__WEBPACK_IMPORTED_MODULE_8__/* .temporaryDirectory */ .De)(), `joblease-sweep-${process.pid}-${Date.now()}.json`);
    const report = new _sweep_report_js__WEBPACK_IMPORTED_MODULE_12__/* .Report */ .p(path);
    const tell = async (finding) => {
        tally.add(finding);
        await report.add(finding);
    };
    let failure;
    try {
        using progress = startProgress();
        await (0,_sweep_sweep_js__WEBPACK_IMPORTED_MODULE_14__/* .sweep */ .X)(target, { ...terms, progress: progress.note, tell });
    }
    catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
    }
    finally {
        await report.close();
    }
    if (report.error === undefined)
        return { path, failure };
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .warn */ .R8)(`The report could not be written: ${report.error.message}`);
    return { path: '', failure };
}
function stillUsable({ stillUsable: count }) {
    return `${count === 1 ? '1 lease is' : `${count} leases are`} over and may still be used`;
}
function nothingKnown(refusal) {
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_7__/* .UserError */ .y(`nothing is known of any job: ${refusal}`, {
        input: 'github-token',
        fix: 'Give the job "permissions: actions: read", or a token that may read the actions of all repositories that mint. Where the answer is not GitHub\'s own, see what stands in between.',
    });
}
function after(seconds, reason) {
    const controller = new AbortController();
    const end = () => {
        controller.abort(new Error(reason));
    };
    setTimeout(end, seconds * 1000).unref();
    return controller.signal;
}
/** Says every few seconds how far the work is, also while one lease takes long; until it is disposed of. */
function startProgress() {
    let text = 'Looking for leases.';
    const timer = setInterval(() => {
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .say */ .cv)(text);
    }, sayEveryMs);
    return {
        note(done, total, what) {
            if (what === 'listed')
                text = `Found ${done} leases so far.`;
            else
                text = `${what === 'asked' ? 'Asked GitHub for' : 'Ended'} ${done} of ${total} leases.`;
        },
        [Symbol.dispose]: () => {
            clearInterval(timer);
        },
    };
}
async function handOn(engine, tally, report) {
    const { counts, found, oldest, attention, unknown, unknownCount } = tally;
    const outputs = { found, ...counts, unknown: unknownCount, oldest: oldest ?? '', report };
    for (const [name, value] of Object.entries(outputs))
        (0,_actions_core__WEBPACK_IMPORTED_MODULE_19__/* .setOutput */ .uH)(name, value);
    const list = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? `${count} ${name}` : []));
    const age = oldest === undefined ? '' : ` The oldest leftover is ${(0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_6__/* .formatDuration */ .a)(oldest)} old.`;
    (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .say */ .cv)(found === 0 ? 'Found nothing.' : `Found ${found}: ${list.join(', ')}.${age}`);
    for (const [why, count] of unknown) {
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .warn */ .R8)(`${count} left alone because GitHub could not tell whether their job is over: ${why}`);
    }
    // One annotation for all: GitHub shows ten of a step.
    const lines = attention.flatMap(({ principal, outcome, reason = '', fix = '' }) => [
        `${engine}: ${principal}: ${outcome}: ${reason}`,
        ...(fix === '' ? [] : [fix]),
    ]);
    if (lines.length > 0)
        (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_9__/* .warn */ .R8)(lines.join('\n'));
    await (0,_runner_summary_js__WEBPACK_IMPORTED_MODULE_11__/* .writeSummary */ .S)((0,_sweep_summary_js__WEBPACK_IMPORTED_MODULE_13__/* .summaryOf */ .Y)(engine, tally));
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

/***/ 8457: // src/github/jobs.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ jobs)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _api_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(9973);
/* harmony import */ var _client_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8878);
/* harmony import */ var _traffic_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(1120);
/** Whether the job that a lease was minted for is over, asked of GitHub with as few requests as possible. */




const retries = 2;
/** More failures in a row than one request has made mean that GitHub is down. */
const downAfter = 2 * (retries + 1);
const perPage = 100;
/** No run has more jobs than so many pages hold. */
const lastPage = 100;
/**
 * Asks with one request for all jobs of a run that is completed; while it is not, with one more for each 100 jobs.
 */
function jobs(api, options) {
    const questions = new Questions(api, options);
    let isAnswered = false;
    return {
        judge: async (job) => {
            const verdict = await judge(job, questions, options);
            isAnswered ||= verdict.is !== 'unknown';
            return verdict;
        },
        refusal: () => (isAnswered ? undefined : questions.refused),
    };
}
async function judge(job, questions, options) {
    const [owner = '', repo = ''] = job.repo.split('/');
    if (!/^[\w.-]+\/[\w.-]+$/.test(job.repo) || [owner, repo].some((part) => /^\.+$/.test(part))) {
        return unknown('its record names no repository');
    }
    // 0 is what a runner writes that does not know.
    if (job.run < 1 || job.attempt < 1)
        return unknown('its record names no run');
    const run = await questions.run(owner, repo, job.run);
    if ('unknown' in run)
        return unknown(run.unknown);
    if ('missing' in run)
        return await judgeMissing(job, run.nowMs, questions, options);
    const { repoId, attempt, completed, startedMs, updatedMs } = run.told;
    // Another repository may have the name by now.
    if (job.repoId !== 0 && repoId !== job.repoId)
        return unknown(`${job.repo} is no longer the same repository`);
    if (attempt < job.attempt)
        return unknown(`GitHub does not know attempt ${job.attempt} of run ${job.run} yet`);
    // A run is started again only after it has ended.
    if (attempt > job.attempt)
        return overSince(startedMs, run.nowMs, options);
    if (completed)
        return overSince(updatedMs, run.nowMs, options);
    if (job.checkRun === 0)
        return { is: 'running' };
    return await judgeListed(job, questions, options);
}
function overSince(sinceMs, nowMs, { graceSeconds }) {
    // The runner's own clock may be hours ahead, and then a job that has just ended would have no grace.
    if (nowMs === undefined)
        return unknown("GitHub's answer has no date: something in between has taken it away");
    return { is: nowMs - sinceMs >= graceSeconds * 1000 ? 'over' : 'running' };
}
/** A run that is deleted is over. One that the token may not see, or whose repository's name was taken, looks the same. */
async function judgeMissing(job, nowMs, questions, options) {
    if (job.repoId === 0)
        return unknown('its record does not say which repository it was');
    const [owner = '', repo = ''] = job.repo.split('/');
    const repoId = await questions.repositoryId(owner, repo);
    if ('unknown' in repoId)
        return unknown(repoId.unknown);
    if ('missing' in repoId)
        return hidden(`the token may not see ${job.repo}, or it is gone`);
    if (repoId.told !== job.repoId)
        return unknown(`${job.repo} is no longer the same repository`);
    const runs = await questions.countRuns(owner, repo);
    if ('unknown' in runs)
        return unknown(runs.unknown);
    if ('missing' in runs)
        return hidden(`the token may not see the runs of ${job.repo}`);
    return overSince(job.iat * 1000, nowMs, options);
    /** What is hidden from the token may be another's; the sweep's own repository may not. */
    function hidden(why) {
        if (job.repo.toLowerCase() === options.own.toLowerCase())
            questions.refused ??= why;
        return unknown(why);
    }
}
/** The run goes on. The job may be over nevertheless. */
async function judgeListed(job, questions, options) {
    for (let page = 1; page <= lastPage; page += 1) {
        const answer = await questions.jobsOf(job, page);
        if ('unknown' in answer)
            return unknown(answer.unknown);
        if ('missing' in answer)
            return unknown(`GitHub does not list the jobs of run ${job.run}`);
        const { states, length, total } = answer.told;
        if (Object.hasOwn(states, job.checkRun)) {
            const completedMs = states[job.checkRun];
            if (completedMs === undefined)
                return unknown(`GitHub says of job ${job.checkRun} what makes no sense`);
            return completedMs === null ? { is: 'running' } : overSince(completedMs, answer.nowMs, options);
        }
        if (length === 0 || page * perPage >= total)
            break;
    }
    return unknown(`GitHub does not list job ${job.checkRun} in run ${job.run}`);
}
/** What GitHub is asked for. It is asked once for all who want to know the same. */
class Questions {
    /** why GitHub will not say more to the next sweep either: the first reason */
    refused;
    #github;
    #cancelled;
    #asked = new Map();
    constructor(api, { until, untilMs, cancelled }) {
        const signal = AbortSignal.any([until, cancelled]);
        this.#github = new _client_js__WEBPACK_IMPORTED_MODULE_1__/* .Github */ .C(api, { signal, retries, downAfter, latestMs: () => untilMs });
        this.#cancelled = cancelled;
    }
    async run(owner, repo, run) {
        return await this.#once(`${owner}/${repo} ${run}`, async ({ rest }) => await rest.actions.getWorkflowRun({ owner, repo, run_id: run }), (body) => readRun(body, run));
    }
    async jobsOf({ repo: name, run, attempt }, page) {
        const [owner = '', repo = ''] = name.split('/');
        const of = { owner, repo, run_id: run, attempt_number: attempt, per_page: perPage, page };
        return await this.#once(`${name} ${run} ${attempt} ${page}`, async ({ rest }) => await rest.actions.listJobsForWorkflowRunAttempt(of), readJobs);
    }
    async repositoryId(owner, repo) {
        return await this.#once(`${owner}/${repo}`, async ({ rest }) => await rest.repos.get({ owner, repo }), (body) => numberIn(body, 'id'));
    }
    async countRuns(owner, repo) {
        return await this.#once(`${owner}/${repo} runs`, async ({ rest }) => await rest.actions.listWorkflowRunsForRepo({ owner, repo, per_page: 1 }), (body) => numberIn(body, 'total_count'));
    }
    async #once(key, request, read) {
        let answer = this.#asked.get(key);
        if (answer === undefined) {
            answer = this.#ask(request, read);
            this.#asked.set(key, answer);
        }
        return (await answer);
    }
    async #ask(request, read) {
        try {
            return this.#tell(await this.#github.ask(request), read);
        }
        catch (error) {
            this.#cancelled.throwIfAborted();
            const { stopped, signal } = this.#github.traffic;
            if (error instanceof _api_js__WEBPACK_IMPORTED_MODULE_3__/* .NotGithub */ .b7)
                this.refused ??= error.message;
            return { unknown: stopped ?? (signal.aborted ? _traffic_js__WEBPACK_IMPORTED_MODULE_2__/* .noTime */ .$ : (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error)) };
        }
    }
    #tell(answer, read) {
        const { traffic } = this.#github;
        const { status, headers, body } = answer;
        const nowMs = (0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .timeOf */ .nR)(headers);
        if (status === 404 || status === 410)
            return { missing: true, nowMs };
        if ((0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .isRateLimited */ .Jz)(answer))
            return { unknown: traffic.stopped ?? `GitHub answered ${(0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .wordsOf */ .Z9)(answer)}` };
        if (status === 401 || status === 403) {
            const why = `GitHub ${status === 401 ? 'does not accept the token' : 'refuses the token'}: ${(0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .wordsOf */ .Z9)(answer)}`;
            if (status === 401)
                traffic.stop(why);
            return this.#refuse(why);
        }
        if (status !== 200) {
            const why = `GitHub answered ${(0,_api_js__WEBPACK_IMPORTED_MODULE_3__/* .wordsOf */ .Z9)(answer)}`;
            return status < 500 ? this.#refuse(why) : { unknown: why };
        }
        const told = read(body);
        return told === undefined ? this.#refuse('GitHub answered with JSON that says something else') : { told, nowMs };
    }
    /** GitHub is neither busy nor down: it will say the same to the next sweep. */
    #refuse(why) {
        this.refused ??= why;
        return { unknown: why };
    }
}
function unknown(why) {
    return { is: 'unknown', why };
}
function readRun(body, run) {
    const fields = (body ?? {});
    if (fields['id'] !== run)
        return undefined;
    const repoId = numberIn(fields['repository'], 'id');
    const attempt = numberIn(body, 'run_attempt');
    const startedMs = timeIn(body, 'run_started_at');
    const updatedMs = timeIn(body, 'updated_at');
    const { status } = fields;
    if (repoId === undefined || attempt === undefined || startedMs === undefined || updatedMs === undefined)
        return undefined;
    return typeof status === 'string'
        ? { repoId, attempt, startedMs, updatedMs, completed: status === 'completed' }
        : undefined;
}
function readJobs(body) {
    const { jobs: list } = (body ?? {});
    if (!Array.isArray(list))
        return undefined;
    const total = numberIn(body, 'total_count') ?? (list.length < perPage ? 0 : perPage * lastPage);
    const states = list.map((each) => {
        const { status } = (each ?? {});
        const id = String(numberIn(each, 'id'));
        if (typeof status !== 'string')
            return [id, undefined];
        return [id, status === 'completed' ? timeIn(each, 'completed_at') : null];
    });
    return { states: Object.fromEntries(states), length: list.length, total };
}
function numberIn(body, field) {
    const value = (body ?? {})[field];
    return Number.isSafeInteger(value) ? value : undefined;
}
function timeIn(body, field) {
    const time = Date.parse(String((body ?? {})[field]));
    return Number.isFinite(time) ? time : undefined;
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

/***/ 6210: // src/sweep/report.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   h: () => (/* binding */ findingOf),
/* harmony export */   p: () => (/* binding */ Report)
/* harmony export */ });
/* harmony import */ var node_events__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8474);
/* harmony import */ var node_fs__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(3024);
/* harmony import */ var node_stream_promises__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6466);



function findingOf({ principal, expiresAt, record, usable, shell }, state, end) {
    // A target may say what no calendar has. That is no time, and no reason to leave the other leases alone.
    const at = expiresAt === undefined || Number.isNaN(expiresAt.getTime()) ? undefined : expiresAt.toISOString();
    return { principal, state, ...end, usable, shell, expiresAt: at, record };
}
/** The report: a JSON array, one finding a line, written as they come so that a large target takes no memory. */
class Report {
    #file;
    #separator = '[\n';
    /** why it could not be written; that stops no sweep */
    error;
    /** @param path of a new file, for this user's eyes only */
    constructor(path) {
        this.#file = (0,node_fs__WEBPACK_IMPORTED_MODULE_1__.createWriteStream)(path, { flags: 'wx', mode: 0o600 });
        this.#file.on('error', (error) => {
            this.error = error;
        });
    }
    async add(finding) {
        if (this.error !== undefined)
            return;
        const isRoom = this.#file.write(this.#separator + JSON.stringify(finding));
        this.#separator = ',\n';
        if (!isRoom)
            await (0,node_events__WEBPACK_IMPORTED_MODULE_0__.once)(this.#file, 'drain').catch(() => undefined);
    }
    async close() {
        this.#file.end(this.#separator === '[\n' ? '[]\n' : '\n]\n');
        await (0,node_stream_promises__WEBPACK_IMPORTED_MODULE_2__.finished)(this.#file).catch(() => undefined);
    }
}


/***/ }),

/***/ 882: // src/sweep/shard.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   O: () => (/* binding */ isInShard),
/* harmony export */   d: () => (/* binding */ shardInput)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);


const shardInput = {
    description: 'Which part of the leases to sweep, as in 2/5, so that the legs of a matrix can share a large target.',
    default: '1/1',
    parse(value, name) {
        const [, index = 0, count = 0] = (/^(\d{1,4})\/(\d{1,4})$/.exec(value) ?? []).map(Number);
        if (index >= 1 && index <= count)
            return { index, count };
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`${JSON.stringify(value)} is not a shard`, {
            input: name,
            fix: 'Write 2/5 for the second of five.',
        });
    },
};
/** Whether a name falls to this shard: to exactly one of them all. */
function isInShard(name, { index, count }) {
    if (count === 1)
        return true;
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(name).digest().readUInt32BE() % count === index - 1;
}


/***/ }),

/***/ 8466: // src/sweep/summary.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Y: () => (/* binding */ summaryOf)
/* harmony export */ });
/* harmony import */ var _lease_duration_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4554);

const barLength = 30;
const shownRepositories = 20;
/** What the job's summary says of a sweep. */
function summaryOf(engine, tally) {
    const { counts, found, oldest, attention, ages, repositories, unknown } = tally;
    const sections = [
        { heading: `joblease: sweep of ${engine}` },
        {
            table: [
                ['Found', ...Object.keys(counts)],
                [String(found), ...Object.values(counts).map(String)],
            ],
        },
    ];
    if (attention.length > 0) {
        sections.push({ heading: 'To look at' });
        const rows = attention.map(({ principal, outcome, reason = '', fix = '' }) => [principal, outcome, reason, fix]);
        sections.push({ table: [['Account', 'Outcome', 'Reason', 'What to do'], ...rows] });
    }
    for (const [why, count] of unknown) {
        sections.push({ paragraph: `${count} left alone because GitHub could not tell whether their job is over: ${why}` });
    }
    if (oldest !== undefined) {
        sections.push({ heading: `Leftovers by age (oldest: ${(0,_lease_duration_js__WEBPACK_IMPORTED_MODULE_0__/* .formatDuration */ .a)(oldest)})` }, { block: bars(ages) });
        const rows = [...repositories]
            .toSorted(([, a], [, b]) => b - a)
            .map(([repo, n]) => [repo || '(no record)', `${n}`]);
        sections.push({ heading: 'Leftovers by repository' });
        sections.push({ table: [['Repository', 'Leftovers'], ...rows.slice(0, shownRepositories)] });
        const more = rows.length - shownRepositories;
        if (more > 0)
            sections.push({ paragraph: `and ${more} more` });
    }
    return sections;
}
/** A bar of text for each count. */
function bars(counts) {
    const most = Math.max(...counts.values(), 1);
    const width = Math.max(...[...counts.keys()].map((label) => label.length));
    return [...counts]
        .map(([label, n]) => `${label.padEnd(width)} ${'█'.repeat(Math.ceil((n / most) * barLength)).padEnd(barLength)} ${n}`)
        .join('\n');
}


/***/ }),

/***/ 5870: // src/sweep/sweep.js + 2 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  X: () => (/* binding */ sweep)
});

// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
;// CONCATENATED MODULE: src/sweep/due.js

/** Whether only GitHub can tell what becomes of a lease. */
function isForGithub({ over, record }, askJob) {
    return !over && record !== undefined && askJob !== undefined;
}
/**
 * Judges one lease. Whatever is not known is not due.
 *
 * @param graceSeconds what a half-made lease gets beyond the end in its name, which was chosen by a runner's clock
 */
async function judge(lease, graceSeconds, askJob) {
    const { over, expiresAt, record, unreadable = false } = lease;
    if (over)
        return { is: 'due', cause: 'expired' };
    if (expiresAt === undefined && unreadable) {
        return { is: 'odd', note: 'what stands in place of its record cannot be read; a newer version may have minted it' };
    }
    if (expiresAt === undefined && record === undefined) {
        const end = (0,lease_name/* expiryInName */.an)(lease.principal).getTime() + graceSeconds * 1000;
        return end < Date.now() ? { is: 'due', cause: 'half-made' } : { is: 'live' };
    }
    if (askJob === undefined || record === undefined)
        return { is: 'live' };
    const verdict = await askJob(record);
    if (verdict.is === 'over')
        return { is: 'due', cause: 'job-over' };
    return { is: 'live', note: verdict.is === 'unknown' ? verdict.why : undefined };
}

// EXTERNAL MODULE: src/sweep/report.js
var report = __webpack_require__(6210);
;// CONCATENATED MODULE: src/sweep/end.js


/** How often the ending of a lease is begun again when the target breaks off. */
const attempts = 3;
/** @returns why some could not be tried at all: no session could be opened any more */
async function endAll(target, terms, due) {
    const workers = Math.min(terms.concurrency, due.length);
    const work = new Work(terms, due, Math.min(target.batchSize, Math.ceil(due.length / workers)));
    await Promise.all(Array.from({ length: workers }, async () => {
        while (work.isLeft() && (await serve(target, terms, work)))
            ;
    }));
    return await work.settleUntried();
}
/** Works with one session until there is nothing left to do, or it fails. @returns whether another one may do better */
async function serve(target, { cancelled, patienceSeconds }, work) {
    const watch = watchdog(cancelled, patienceSeconds);
    try {
        const session = await target.open(watch.signal).catch((error) => {
            // A server that lets no more in still has the others.
            work.lost = error;
        });
        if (session === undefined)
            return false;
        await using open = session;
        for (let batch = work.next(); batch !== undefined; batch = work.next()) {
            const left = new Map(batch.due.map((each) => [each.lease, each]));
            try {
                await endBatch(open, left, work, watch.reset);
                work.putBack(batch, [...left.values()]);
            }
            catch (error) {
                const rest = [...left.values()];
                if (watch.signal.aborted)
                    await work.singleOut(rest, watch.signal.reason);
                else if (target.canHeal(error))
                    await work.tryAgain(batch, rest, error);
                else
                    await work.singleOut(rest, error);
                return true;
            }
        }
        return true;
    }
    finally {
        watch.stop();
    }
}
/** @param left what is not ended yet: it gets less */
async function endBatch(session, left, work, moved) {
    for await (const [lease, end] of endEach(session, [...left.keys()])) {
        moved();
        const each = left.get(lease);
        if (each === undefined)
            continue;
        left.delete(lease);
        await work.settle(each, { ...end, outcome: end.outcome === 'expiring' ? 'live' : end.outcome });
        if (work.isOutOfTime())
            return;
    }
    if (left.size > 0 && !work.isOutOfTime())
        throw new Error('the engine did not say what became of it');
}
/** Ends what was listed, in the engine's own way where it has one. */
async function* endEach(session, leases) {
    if (session.end !== undefined)
        yield* session.end(leases);
    else
        for (const lease of leases)
            yield [lease, await session.revoke(lease.principal)];
}
/** What is still to be done, for all sessions. */
class Work {
    /** why no session could be opened any more */
    lost;
    #terms;
    #total;
    #queue = [];
    #done = 0;
    constructor(terms, due, size) {
        this.#terms = terms;
        this.#total = due.length;
        for (let i = 0; i < due.length; i += size)
            this.#queue.push({ due: due.slice(i, i + size), attempt: 1 });
        this.#tellProgress();
    }
    isLeft() {
        return this.#queue.length > 0 && !this.isOutOfTime() && !this.#terms.cancelled.aborted;
    }
    isOutOfTime() {
        return this.#terms.deadline.aborted;
    }
    next() {
        return this.isLeft() ? this.#queue.shift() : undefined;
    }
    putBack(batch, rest) {
        if (rest.length > 0)
            this.#queue.push({ ...batch, due: rest });
    }
    async tryAgain(batch, rest, error) {
        if (batch.attempt >= attempts)
            await this.singleOut(rest, error);
        else
            this.putBack({ ...batch, attempt: rest.length < batch.due.length ? 1 : batch.attempt + 1 }, rest);
    }
    /** One of them spoils it for the others: each by itself, once. */
    async singleOut(rest, error) {
        const [only, ...others] = rest;
        if (only === undefined)
            return;
        if (!this.#terms.cancelled.aborted && others.length === 0) {
            await this.settle(only, { outcome: 'failed', reason: (0,errors/* messageOf */.b)(error) });
        }
        else {
            this.#queue.push(...rest.map((each) => ({ due: [each], attempt: attempts })));
        }
    }
    async settle({ lease, cause }, end) {
        this.#done += 1;
        this.#tellProgress();
        await this.#terms.tell((0,report/* findingOf */.h)(lease, cause, end));
    }
    /** Tells of all that is left. @returns why some of it could not be tried, where it was for lack of a session */
    async settleUntried() {
        const { cancelled, deadline } = this.#terms;
        const untried = this.#queue.splice(0).flatMap(({ due }) => due);
        for (const each of untried) {
            if (cancelled.aborted)
                await this.settle(each, { outcome: 'skipped', reason: (0,errors/* messageOf */.b)(cancelled.reason) });
            else if (deadline.aborted)
                await this.settle(each, { outcome: 'skipped', reason: (0,errors/* messageOf */.b)(deadline.reason) });
            else
                await this.settle(each, { outcome: 'failed', reason: (0,errors/* messageOf */.b)(this.lost) });
        }
        if (untried.length === 0 || deadline.aborted || cancelled.aborted)
            return undefined;
        return this.lost instanceof Error ? this.lost : new Error(String(this.lost));
    }
    #tellProgress() {
        this.#terms.progress(this.#done, this.#total, 'ended');
    }
}
/** Gives up a session with which nothing moves any more. */
function watchdog(cancelled, patienceSeconds) {
    const controller = new AbortController();
    const reason = new Error(`the target did not end a lease within ${patienceSeconds} s`);
    const timer = setTimeout(() => {
        controller.abort(reason);
    }, patienceSeconds * 1000);
    return {
        signal: AbortSignal.any([cancelled, controller.signal]),
        reset: () => void timer.refresh(),
        stop: () => {
            clearTimeout(timer);
        },
    };
}

// EXTERNAL MODULE: src/sweep/shard.js
var sweep_shard = __webpack_require__(882);
;// CONCATENATED MODULE: src/sweep/sweep.js





/** How many leases are judged at a time, and so how many requests GitHub gets at a time. */
const judgedAtOnce = 8;
/**
 * Lists everything of ours, judges it, and only then ends what is due.
 *
 * @throws UserError when more is due than `maxRevocations`, and nothing has been touched; what the list failed with, after
 *   all that it did show was ended; what kept root from ending the rest
 */
async function sweep(target, terms) {
    const { due, failure } = await findDue(target, terms);
    const lost = due.length === 0 ? undefined : await endAll(target, terms, due);
    terms.cancelled.throwIfAborted();
    if (failure !== undefined)
        throw failure;
    if (lost !== undefined)
        throw lost;
}
/** The first half. @returns what is to be ended, and why the list may lack something */
async function findDue(target, terms) {
    const { maxRevocations, tell, cancelled, askJob } = terms;
    const due = [];
    const shells = [];
    const forGithub = [];
    let count = 0;
    const failure = await list(target, terms, async (lease) => {
        if (isForGithub(lease, askJob))
            forGithub.push(lease);
        else
            await take(lease, await judge(lease, terms.graceSeconds, askJob));
    });
    const left = inTurn(forGithub);
    while (left.length > 0 && !cancelled.aborted) {
        const group = left.splice(0, judgedAtOnce);
        const judged = group.map(async (lease) => [lease, await judge(lease, terms.graceSeconds, askJob)]);
        for (const [lease, judgement] of await Promise.all(judged))
            await take(lease, judgement);
        terms.progress(forGithub.length - left.length, forGithub.length, 'asked');
    }
    if (count > maxRevocations && !terms.dryRun) {
        for (const shell of shells)
            await skip(shell, tooMany);
        throw new errors/* UserError */.y(`${count} leases are due, and nothing was done because that is above ${maxRevocations}`, {
            input: 'max-revocations',
            fix: 'Look at them with "dry-run". If they are what dead runners left, raise the limit for one run.',
        });
    }
    // What may still be used comes first: shells that cannot be removed take their time in every sweep.
    return { due: [...due, ...shells], failure };
    async function take(lease, judgement) {
        if (judgement.is === 'due')
            await add({ lease, cause: judgement.cause });
        else if (judgement.is === 'odd')
            await skip({ lease, cause: 'odd' }, judgement.note);
        else
            await tell((0,report/* findingOf */.h)(lease, 'live', { outcome: 'live', reason: judgement.note }));
    }
    async function add(each) {
        if (terms.dryRun) {
            await skip(each, 'this was a dry run');
        }
        else if (each.lease.shell === true) {
            // It does no harm, and so it must not keep the sweep from what does.
            shells.push(each);
        }
        else if ((count += 1) <= maxRevocations) {
            due.push(each);
        }
        else {
            // None will be ended, so none needs to be remembered.
            for (const one of [...due.splice(0), each])
                await skip(one, tooMany);
        }
    }
    async function skip({ lease, cause }, reason) {
        await tell((0,report/* findingOf */.h)(lease, cause, { outcome: 'skipped', reason }));
    }
}
const tooMany = 'more are due than "max-revocations" allows';
/** Lists everything of ours, in a session that is closed before GitHub is asked. @returns why the list may lack something */
async function list(target, { askJob, shard, tell, progress, cancelled, deadline }, take) {
    let found = 0;
    await using session = await target.open(AbortSignal.any([cancelled, deadline]));
    try {
        for await (const lease of session.leases({ records: askJob === undefined ? 'due' : 'all' })) {
            if (!(0,sweep_shard/* isInShard */.O)(lease.principal, shard))
                continue;
            found += 1;
            progress(found, undefined, 'listed');
            await take(lease);
        }
        for await (const principal of session.lookalikes()) {
            if (!(0,sweep_shard/* isInShard */.O)(principal, shard))
                continue;
            const reason = 'it looks like an account of joblease, but joblease did not name it so; nothing was done to it';
            await tell({ principal, state: 'odd', outcome: 'skipped', reason });
        }
        return undefined;
    }
    catch (error) {
        const why = deadline.aborted ? (0,errors/* messageOf */.b)(deadline.reason) : (0,errors/* messageOf */.b)(error);
        return new Error(`the list of leases is not complete: ${why}`, { cause: error });
    }
}
/**
 * The order in which GitHub is asked: from the oldest to the youngest, but from a random one on. Where its limits do not
 * let all be asked for, it is then not always the same ones that are left.
 */
function inTurn(leases) {
    const byAge = leases.toSorted((a, b) => (a.record?.iat ?? 0) - (b.record?.iat ?? 0));
    const start = Math.floor(Math.random() * byAge.length);
    return [...byAge.slice(start), ...byAge.slice(0, start)];
}


/***/ }),

/***/ 2456: // src/sweep/tally.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   F: () => (/* binding */ Tally)
/* harmony export */ });
/* harmony import */ var _lease_name_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(4317);

const ageLimits = [
    ['under 1h', 3600],
    ['1h to 6h', 6 * 3600],
    ['6h to 24h', 24 * 3600],
    ['1d to 7d', 7 * 86_400],
    ['over 7d', Infinity],
];
const shownFailures = 20;
const shownReasons = 5;
/** What a sweep amounts to, in numbers: its size does not grow with the target. */
class Tally {
    counts = {
        live: 0,
        revoked: 0,
        absent: 0,
        disabled: 0,
        failed: 0,
        skipped: 0,
    };
    found = 0;
    /** leases that are over and may still work */
    stillUsable = 0;
    /** of the oldest leftover, in seconds; undefined when there is none */
    oldest;
    /** leftovers by age */
    ages = new Map(ageLimits.map(([label]) => [label, 0]));
    /** leftovers by repository, `''` for those without a record */
    repositories = new Map();
    /** the first of those that need somebody's attention */
    attention = [];
    /** why leases could not be judged, and how many */
    unknown = new Map();
    /** how many leases could not be judged */
    get unknownCount() {
        return this.unknown.values().reduce((sum, count) => sum + count, 0);
    }
    add(finding) {
        const { outcome, state, reason, record, usable = false, shell = false } = finding;
        this.found += 1;
        this.counts[outcome] += 1;
        if (state === 'live') {
            if (reason !== undefined) {
                const isRoom = this.unknown.size < shownReasons || this.unknown.has(reason);
                increase(this.unknown, isRoom ? reason : 'for other reasons, which the report names');
            }
            return;
        }
        const needsAttention = outcome === 'failed' || outcome === 'disabled' || state === 'odd';
        if (needsAttention && this.attention.length < shownFailures)
            this.attention.push(finding);
        if (state === 'odd')
            return;
        const isLeft = outcome === 'failed' || (outcome === 'skipped' && usable);
        if (isLeft && !shell)
            this.stillUsable += 1;
        const age = ageOf(finding);
        this.oldest = Math.max(this.oldest ?? 0, age);
        increase(this.ages, ageLimits.find(([, limit]) => age < limit)?.[0] ?? '');
        increase(this.repositories, record?.repo ?? '');
    }
}
/** Seconds since it was minted; since the end in its name where it does not say. */
function ageOf({ principal, record }) {
    const since = record?.iat ?? ((0,_lease_name_js__WEBPACK_IMPORTED_MODULE_0__/* .isPrincipal */ .HV)(principal) ? (0,_lease_name_js__WEBPACK_IMPORTED_MODULE_0__/* .expiryInName */ .an)(principal).getTime() / 1000 : Infinity);
    return Math.max(0, Math.round(Date.now() / 1000 - since));
}
function increase(counts, key) {
    counts.set(key, (counts.get(key) ?? 0) + 1);
}


/***/ })

};
