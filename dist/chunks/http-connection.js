export const id = "http-connection";
export const ids = ["http-connection"];
export const modules = {

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
