export const id = "github-octokit";
export const ids = ["github-octokit", "http-connection"];
export const modules = {

/***/ 4155: // src/github/octokit.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   connect: () => (/* binding */ connect)
/* harmony export */ });
/* harmony import */ var _actions_github_lib_utils__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4237);
/* harmony import */ var _octokit_plugin_retry__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(2298);
/* harmony import */ var _octokit_plugin_throttling__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(7891);
/* harmony import */ var _http_connection_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1048);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);
/* harmony import */ var _runner_log_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(890);
/* harmony import */ var _api_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(9973);
/**
 * Octokit with its plugins: they make requests again, and wait for limits. What they cannot know is in two places here. The
 * hook sees every attempt, and keeps to the {@link Traffic}. `fetch` decides who gets the token, and what is GitHub's answer.
 *
 * Only loaded by `import()`: all of it takes longer to load than a step takes to fail on a wrong input.
 */







/** The statuses that no later attempt changes. A limit is one of them: waiting for it is the other plugin's. */
const refusals = Array.from({ length: 100 }, (_, i) => 400 + i);
const mostRedirects = 3;
/** No answer of GitHub's comes near it: a hundred jobs with their steps are less than 2 MB. */
const maxAnswerBytes = 32 * 1024 * 1024;
/** @param retries how often a request is made again at most */
function connect(api, traffic, retries, signal) {
    // Its warnings quote what GitHub has said.
    const trace = (0,_runner_log_js__WEBPACK_IMPORTED_MODULE_2__/* .tracer */ .kJ)() ?? (() => undefined);
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
        return await traffic.failed(attempts, (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .b)(error));
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
 * Stands in for `fetch`. Octokit does not know the token: it is put on here, and goes to the API's own origin alone, also
 * where a redirect or a link to a next page leads elsewhere. GETs follow redirects: a renamed repository answers with one.
 */
function fetchFrom({ base, token }, signal) {
    const { origin } = new URL(base);
    const github = new _http_connection_js__WEBPACK_IMPORTED_MODULE_0__.Connection(new URL(origin), {
        mayBePlain: true,
        headers: {
            'x-github-api-version': '2022-11-28',
            ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
        },
        limits: { bytes: maxAnswerBytes },
    });
    return async (address, { method, headers, body }) => {
        let url = new URL(address);
        // What a value does to a path shows in it: Octokit encodes all but these.
        if (url.origin !== origin || /\/\.{0,2}(?:\/|\?|$)/.test(address.replace(/^\w+:\/\//, '')))
            throw new RangeError(`${JSON.stringify(address)} is no address of the API`);
        for (let redirects = 0;; redirects += 1) {
            const answer = await github.exchange({ method, path: url.pathname + url.search, headers, body }, signal);
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
function responseOf(answer, method, url) {
    const { status, headers, text } = answer;
    if (status < 300) {
        const good = method === 'GET' ? [200] : [201, 204];
        if (!good.includes(status))
            throw new _api_js__WEBPACK_IMPORTED_MODULE_6__/* .NotGithub */ .b7(`GitHub answered status ${status}`);
        if (status === 200 && !((0,_http_connection_js__WEBPACK_IMPORTED_MODULE_0__.jsonIn)(answer) instanceof Object)) {
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


/***/ }),

/***/ 1048: // src/http/connection.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

var node_http__WEBPACK_IMPORTED_MODULE_0___namespace_cache;
var node_https__WEBPACK_IMPORTED_MODULE_1___namespace_cache;
/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Connection: () => (/* binding */ Connection),
/* harmony export */   jsonIn: () => (/* binding */ jsonIn)
/* harmony export */ });
/* unused harmony export NoAnswer */
/* harmony import */ var node_http__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7067);
/* harmony import */ var node_https__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4708);
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7030);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(477);
/* harmony import */ var _proxy_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5942);
/**
 * HTTP with one server: a request, and the answer to it, whatever that says.
 *
 * On `node:https` and not on `fetch`: a private authority and a proxy go into its agent, where `fetch` takes both only from
 * the environment or from a package of its own, and it follows no redirect by itself.
 */





/** @returns the JSON in an answer; undefined when there is none */
function jsonIn({ text }) {
    try {
        return JSON.parse(text);
    }
    catch {
        return undefined;
    }
}
/** Nothing came that is an answer. */
class NoAnswer extends Error {
    /** what came instead; it may repeat what was sent */
    said;
    why;
    constructor(host, why, said, cause) {
        super(`no answer from ${host}: ${said}`, { cause });
        this.said = said;
        this.why = why;
    }
}
/** Few connections to the origin of an address, and nowhere else. Dispose of it to close them. */
class Connection {
    #url;
    #headers;
    #attemptMs;
    #bytes;
    #agent;
    /** @throws Error when the address is of another protocol than it may be */
    constructor(url, { mayBePlain = false, authority, headers = {}, limits = {} } = {}) {
        const isPlain = mayBePlain && url.protocol === 'http:';
        if (!isPlain && url.protocol !== 'https:')
            throw new Error(`${url.host} is not asked by ${url.protocol}`);
        this.#url = url;
        this.#headers = headers;
        ({ attemptMs: this.#attemptMs = 15_000, bytes: this.#bytes = 8 * 1024 * 1024 } = limits);
        this.#agent = new (isPlain ? /*#__PURE__*/ (node_http__WEBPACK_IMPORTED_MODULE_0___namespace_cache || (node_http__WEBPACK_IMPORTED_MODULE_0___namespace_cache = __webpack_require__.t(node_http__WEBPACK_IMPORTED_MODULE_0__, 2))) : /*#__PURE__*/ (node_https__WEBPACK_IMPORTED_MODULE_1___namespace_cache || (node_https__WEBPACK_IMPORTED_MODULE_1___namespace_cache = __webpack_require__.t(node_https__WEBPACK_IMPORTED_MODULE_1__, 2)))).Agent({
            keepAlive: true,
            maxSockets: 8,
            proxyEnv: (0,_proxy_js__WEBPACK_IMPORTED_MODULE_4__/* .proxyEnvironment */ .w)(),
            // Node heeds no signal while it waits for the tunnel of a proxy.
            timeout: this.#attemptMs,
            // NODE_TLS_REJECT_UNAUTHORIZED, which an earlier step may have set, would let anybody read what is sent.
            rejectUnauthorized: true,
            ...(authority === undefined ? {} : { ca: authority }),
        });
        keepNoProcessAlive(this.#agent);
    }
    /**
     * Makes a request once.
     *
     * @returns the answer, whatever its status says: no redirect is followed, and nothing is made of it here
     * @throws NoAnswer when there was none, or the signal's reason once that has fired
     */
    async exchange(request, signal) {
        signal.throwIfAborted();
        const limit = new AbortController();
        const timer = setTimeout(() => limit.abort(), this.#attemptMs);
        const ended = AbortSignal.any([signal, limit.signal]);
        const { promise: end, reject } = Promise.withResolvers();
        ended.addEventListener('abort', () => reject(ended.reason), { once: true });
        try {
            return await Promise.race([this.#send(request, ended), end]);
        }
        catch (error) {
            signal.throwIfAborted();
            if (error instanceof NoAnswer)
                throw error;
            const isLate = limit.signal.aborted || (error instanceof Error && 'proxyTunnelTimeout' in error);
            throw isLate
                ? new NoAnswer(this.#url.host, 'late', `nothing for ${this.#attemptMs / 1000} s`)
                : new NoAnswer(this.#url.host, 'broken', (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .messageOf */ .b)(error), error);
        }
        finally {
            clearTimeout(timer);
        }
    }
    async #send({ method = 'GET', path, headers, body }, signal) {
        const response = await new Promise((resolve, reject) => {
            const { request } = this.#url.protocol === 'http:' ? /*#__PURE__*/ (node_http__WEBPACK_IMPORTED_MODULE_0___namespace_cache || (node_http__WEBPACK_IMPORTED_MODULE_0___namespace_cache = __webpack_require__.t(node_http__WEBPACK_IMPORTED_MODULE_0__, 2))) : /*#__PURE__*/ (node_https__WEBPACK_IMPORTED_MODULE_1___namespace_cache || (node_https__WEBPACK_IMPORTED_MODULE_1___namespace_cache = __webpack_require__.t(node_https__WEBPACK_IMPORTED_MODULE_1__, 2)));
            const options = {
                method,
                path,
                agent: this.#agent,
                signal,
                headers: {
                    accept: 'application/json',
                    'user-agent': 'joblease',
                    // For some methods Node leaves it out.
                    ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
                    ...this.#headers,
                    ...headers,
                },
            };
            request(this.#url, options, resolve).on('error', reject).end(body);
        });
        const { statusCode: status = 0, headers: own } = response;
        return { status, headers: own, text: await this.#read(response) };
    }
    async #read(response) {
        const chunks = [];
        let length = 0;
        for await (const chunk of response) {
            length += chunk.length;
            // Breaks the connection too, because the loop ends.
            if (length > this.#bytes)
                throw new NoAnswer(this.#url.host, 'long', `it is longer than ${this.#bytes} bytes`);
            chunks.push(chunk);
        }
        return Buffer.concat(chunks).toString();
    }
    [Symbol.dispose]() {
        this.#agent.destroy();
    }
}
/** The timer of each request does, so that one that is given up leaves nothing to wait for: see `timeout` above. */
function keepNoProcessAlive(agent) {
    const open = agent.createConnection.bind(agent);
    agent.createConnection = (options, done) => {
        const socket = open(options, done);
        // Again once it is connected: of several addresses each gets a handle of its own, which knows nothing of it.
        if (socket instanceof node_net__WEBPACK_IMPORTED_MODULE_2__.Socket)
            socket.unref().once('connect', () => socket.unref());
        return socket;
    };
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
