export const id = "github-octokit";
export const ids = ["github-octokit"];
export const modules = {

/***/ 6536: // src/github/octokit.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   connect: () => (/* binding */ connect)
/* harmony export */ });
/* harmony import */ var _actions_github_lib_utils__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2877);
/* harmony import */ var _octokit_plugin_retry__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(4491);
/* harmony import */ var _octokit_plugin_throttling__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(2812);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(890);
/* harmony import */ var _api_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(9973);
/* harmony import */ var _http_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7809);
/**
 * Octokit with its plugins: they make requests again, and wait for limits. What they cannot know is in two places here. The
 * hook sees every attempt, and keeps to the {@link Traffic}. `fetch` decides who gets the token, and what is GitHub's answer.
 *
 * Only loaded by `import()`: all of it takes longer to load than a step takes to fail on a wrong input.
 */







/** The statuses that no later attempt changes. A limit is one of them: waiting for it is the other plugin's. */
const refusals = Array.from({ length: 100 }, (_, i) => 400 + i);
const mostRedirects = 3;
/** @param retries how often a request is made again at most */
function connect(api, traffic, retries, signal) {
    // Its warnings quote what GitHub has said.
    const trace = (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_1__/* .tracer */ .kJ)() ?? (() => undefined);
    const log = { debug: trace, info: trace, warn: trace, error: trace };
    const isWorthWaiting = () => traffic.stopped === undefined;
    // The first plugin is the innermost: it sees every attempt. It also waits, because it can be told to stop; the others
    // wait to the end, and the process with them.
    const Client = _actions_github_lib_utils__WEBPACK_IMPORTED_MODULE_3__/* .GitHub */ .gq.plugin(keepTo(traffic), _octokit_plugin_retry__WEBPACK_IMPORTED_MODULE_4__/* .retry */ .L, _octokit_plugin_throttling__WEBPACK_IMPORTED_MODULE_5__/* .throttling */ .A);
    return new Client({
        baseUrl: api.base.replace(/\/+$/, ''),
        userAgent: 'joblease',
        log,
        request: { log, fetch: fetchFrom(api, signal) },
        retry: { retries, doNotRetry: refusals, retryAfterBaseValue: 0 },
        throttle: { retryAfterBaseValue: 0, onRateLimit: isWorthWaiting, onSecondaryRateLimit: isWorthWaiting },
    });
}
function keepTo(traffic) {
    const underWay = new WeakMap();
    return ({ hook }) => {
        hook.wrap('request', async (request, options) => {
            let attempts = underWay.get(options);
            if (attempts === undefined) {
                attempts = { beganMs: Date.now(), failures: 0 };
                underWay.set(options, attempts);
                options.request = { ...options.request }; // Octokit gives the same object to all requests
            }
            await traffic.turn(attempts);
            Object.assign(options, options.request.fill?.());
            try {
                const response = await request(options);
                traffic.answered();
                return response;
            }
            catch (error) {
                if (!(await mayBeMadeAgain(error, attempts, traffic)))
                    options.request['retries'] = 0;
                throw error;
            }
        });
        return {};
    };
}
/** Tells the traffic what became of a request, and waits where that is to be. */
async function mayBeMadeAgain(error, attempts, traffic) {
    const response = (0,_api_js__WEBPACK_IMPORTED_MODULE_6__/* .responseIn */ .PN)(error);
    if (error instanceof Error && error.cause instanceof RangeError)
        return false;
    if (response === undefined)
        return await traffic.failed(attempts, (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error));
    if (response.status >= 500)
        return await traffic.failed(attempts, `GitHub answered ${(0,_api_js__WEBPACK_IMPORTED_MODULE_6__/* .wordsOf */ .Z9)(response)}`);
    if (!(0,_api_js__WEBPACK_IMPORTED_MODULE_6__/* .isRateLimited */ .Jz)(response)) {
        traffic.answered();
        return false;
    }
    traffic.limited(attempts, (0,_api_js__WEBPACK_IMPORTED_MODULE_6__/* .limitLastsMs */ .d4)(response), (0,_api_js__WEBPACK_IMPORTED_MODULE_6__/* .wordsOf */ .Z9)(response));
    // Of the ways in which GitHub tells of a limit, the plugin always knows this one.
    response.headers['x-ratelimit-remaining'] = '0';
    return true;
}
/**
 * Stands in for `fetch`. Octokit does not know the token: it is put on here, and goes to the API's own origin alone, where
 * a redirect or a link to a next page leads elsewhere. GETs follow redirects: a renamed repository answers with one.
 */
function fetchFrom({ base, token }, signal) {
    const { origin } = new URL(base);
    return async (address, { method, headers, body }) => {
        let url = new URL(address);
        // What a value does to a path shows in it: Octokit encodes all but these.
        if (url.origin !== origin || /\/\.{0,2}(?:\/|\?|$)/.test(address.replace(/^\w+:\/\//, '')))
            throw new RangeError(`${JSON.stringify(address)} is no address of the API`);
        for (let redirects = 0;; redirects += 1) {
            const request = { method, url, token, headers: { ...headers, 'x-github-api-version': '2022-11-28' } };
            const answer = await (0,_http_js__WEBPACK_IMPORTED_MODULE_2__/* .send */ .t)(body === undefined ? request : { ...request, body }, signal);
            const next = method === 'GET' && redirects < mostRedirects ? redirectOf(answer, url) : undefined;
            if (next === undefined)
                return responseOf(answer, method, url);
            url = next;
        }
    };
}
/** Where an answer leads within the same origin. */
function redirectOf({ status, headers: { location } }, from) {
    if (![301, 302, 307, 308].includes(status) || location === undefined)
        return undefined;
    if (!URL.canParse(location, from.href))
        return undefined;
    const next = new URL(location, from);
    return next.origin === from.origin ? next : undefined;
}
/** @throws NotGithub when something in between has answered with a page of its own, or the answer is cut off */
function responseOf({ status, headers, text }, method, url) {
    if (status < 300) {
        const good = method === 'GET' ? [200] : [201, 204];
        if (!good.includes(status))
            throw new _api_js__WEBPACK_IMPORTED_MODULE_6__/* .NotGithub */ .b7(`GitHub answered status ${status}`);
        if (status === 200 && !((0,_http_js__WEBPACK_IMPORTED_MODULE_2__/* .parseJson */ .q)(text) instanceof Object)) {
            throw new _api_js__WEBPACK_IMPORTED_MODULE_6__/* .NotGithub */ .b7('GitHub answered with what is no JSON');
        }
    }
    const told = Object.entries(headers).flatMap(([name, value]) => value === undefined ? [] : [[name, String(value)]]);
    return {
        status,
        url: url.href,
        // Octokit would take what is not said to be JSON for text.
        headers: new Map([...told, ['content-type', 'application/json']]),
        text: async () => await Promise.resolve(text),
    };
}


/***/ })

};
