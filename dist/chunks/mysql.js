export const id = "mysql";
export const ids = ["mysql"];
export const modules = {

/***/ 8577: // src/engines/login/key-shares.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   U: () => (/* binding */ keyShares)
/* harmony export */ });
/* harmony import */ var node_tls__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1692);

let curves;
/**
 * The curves to offer for TLS: OpenSSL's own list (3.5 and newer), with a share for P-256 beside those that it sends
 * anyway. MySQL, and PostgreSQL up to 17, take no other by default; asked with another they ask back, which costs a round
 * trip on each connection.
 *
 * @returns Node's default where an older OpenSSL does not know how to say that
 */
function keyShares() {
    if (curves !== undefined)
        return curves;
    const ecdhCurve = '?*X25519MLKEM768/?*X25519:?*secp256r1/?X448:?secp384r1:?secp521r1';
    try {
        (0,node_tls__WEBPACK_IMPORTED_MODULE_0__.createSecureContext)({ ecdhCurve });
        curves = ecdhCurve;
    }
    catch {
        curves = 'auto';
    }
    return curves;
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

/***/ 5263: // src/engines/login/protocol.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   W: () => (/* binding */ isMysqlGreeting),
/* harmony export */   _: () => (/* binding */ nameProtocol)
/* harmony export */ });
/** Which protocol a server speaks, by the first bytes that it sends. */
/** Names the protocol whose server begins like this; other servers by the beginning itself, as far as it is text. */
function nameProtocol(greeting) {
    if (isMysqlGreeting(greeting))
        return 'it speaks the protocol of MySQL and MariaDB';
    if (/^[SN]$/.test(greeting.toString('latin1')) || isPostgresError(greeting))
        return 'it speaks the protocol of PostgreSQL';
    const text = /^[\x20-\x7e]{3,60}/.exec(greeting.toString('latin1'))?.[0];
    return text === undefined ? 'it speaks a protocol of its own' : `it begins with: ${text}`;
}
/** HandshakeV10, or an error in its place: a length, the sequence number 0, then the version, or 255 and a number from 1000 on. */
function isMysqlGreeting(bytes) {
    if (bytes.length < 7 || bytes[2] !== 0 || bytes[3] !== 0)
        return false;
    if (bytes[4] === 0xff)
        return bytes.readUInt16LE(5) >= 1000 && bytes.readUInt16LE(5) < 5000;
    return bytes[4] === 10 && (bytes[5] ?? 0) >= 0x20;
}
/** ErrorResponse: its length, then a field for the severity. */
function isPostgresError(bytes) {
    return bytes.length > 6 && bytes[0] === 0x45 && bytes.readUInt32BE(1) < 30_000 && bytes[5] === 0x53;
}


/***/ }),

/***/ 609: // src/engines/login/statements.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   b: () => (/* binding */ renderStatements),
/* harmony export */   w: () => (/* binding */ mentions)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);

const variable = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;
const known = ['name', 'username', 'password', 'expiration'];
/**
 * Puts the values into free statements, the only thing that joblease does to them: the text goes whole to the server's
 * own parser.
 *
 * Values are not quoted here, because the statements already quote them (`'{{password}}'`, `"{{name}}"`). Instead a
 * value may only hold characters that end no SQL literal, quoted identifier or comment, in any SQL mode.
 *
 * @param values for each variable that the statements may use; a variable without a value is reported like an unknown one
 * @throws UserError naming `input` for a variable that does not exist
 */
function renderStatements(text, values, input) {
    const byName = new Map(Object.entries({ ...values, username: values.name }));
    return text.replaceAll(variable, (_, name) => {
        const value = byName.get(name);
        if (value === undefined) {
            const usable = known.filter((each) => byName.get(each) !== undefined).map((each) => `{{${each}}}`);
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`there is no variable {{${name}}}`, { input, fix: `There are ${usable.join(', ')}.` });
        }
        if (!/^[\w :+/=$.-]*$/.test(value) || value.includes('--')) {
            throw new RangeError(`the value for {{${name}}} holds characters that a statement could misread`);
        }
        return value;
    });
}
/** Whether the statements use a variable. */
function mentions(text, name) {
    return [...text.matchAll(variable)].some(([, found]) => found === name);
}


/***/ }),

/***/ 6350: // src/engines/mysql/connection.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $4: () => (/* binding */ Opening),
/* harmony export */   AB: () => (/* binding */ quoteName),
/* harmony export */   C4: () => (/* binding */ failedAs),
/* harmony export */   LL: () => (/* binding */ failedStatement),
/* harmony export */   Ng: () => (/* binding */ Connection),
/* harmony export */   R$: () => (/* binding */ abandoned),
/* harmony export */   Y_: () => (/* binding */ quoteAccount),
/* harmony export */   Zr: () => (/* binding */ quoteRole),
/* harmony export */   ig: () => (/* binding */ serverError)
/* harmony export */ });
/* harmony import */ var mysql2__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(6538);
/* harmony import */ var _dial_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1444);


/** What a connection that its signal has closed fails with. */
const abandoned = 'the connection was abandoned';
/** How long a server may take to let a login in. */
const loginPatienceMs = 15_000;
/** How long a server may take to read the end of a session. */
const farewellPatienceMs = 1000;
/** A connection that goes as far as it can without logging in, and waits there. */
class Opening {
    #target;
    #login;
    #signal;
    #options;
    #socket;
    #driver;
    #peer;
    #timer;
    #abandon;
    /** undefined when it was let in */
    #outcome;
    #isOver = false;
    #isHeld = true;
    #isHandedOver = false;
    #held;
    /** Begins to connect. @param signal closes the connection, whatever is under way */
    constructor(target, login, signal, options = {}) {
        signal.throwIfAborted();
        this.#target = target;
        this.#login = login;
        this.#signal = signal;
        this.#options = options;
        const { socket: dialed, multipleStatements = false } = options;
        const socket = dialed === undefined || dialed.destroyed ? (0,_dial_js__WEBPACK_IMPORTED_MODULE_1__/* .dial */ .zy)(target) : dialed;
        this.#socket = socket;
        this.#abandon = () => void socket.destroy(new Error(abandoned));
        signal.addEventListener('abort', this.#abandon);
        // The driver's own limit has no effect on a socket that it is given.
        const late = Object.assign(new Error(`it did not let the login in within ${loginPatienceMs / 1000} s`), {
            code: 'ETIMEDOUT',
        });
        this.#timer = setTimeout(() => socket.destroy(late), loginPatienceMs);
        this.#peer = (0,_dial_js__WEBPACK_IMPORTED_MODULE_1__/* .watchPeer */ .gf)(socket, target, signal);
        const ssl = (0,_dial_js__WEBPACK_IMPORTED_MODULE_1__/* .tlsOptions */ .YF)(target);
        const driver = mysql2__WEBPACK_IMPORTED_MODULE_0__.createConnection({
            stream: socket,
            host: target.host,
            port: target.port,
            user: login.user,
            password: login.password,
            ...(login.database === '' ? {} : { database: login.database }),
            ...(ssl === undefined ? {} : { ssl }),
            multipleStatements,
            // A server that is not what it claims to be must not be able to ask for a file of this machine.
            flags: ['-LOCAL_FILES'],
            // The driver's generated parsers are for speed that nothing here needs.
            disableEval: true,
            connectAttributes: { program_name: 'joblease' },
        });
        this.#driver = driver;
        this.#outcome = new Promise((resolve) => {
            driver.once('connect', () => {
                resolve(undefined);
            });
            // Never taken off: a connection that breaks while nothing is under way would end the process.
            driver.on('error', (error) => {
                this.#isOver = true;
                resolve(error);
            });
        });
        if (ssl === undefined)
            this.#hold(socket);
        // The driver answers the greeting by putting TLS over the socket, and logs in as soon as that stands.
        else
            socket.once('data', () => process.nextTick(() => this.#hold(streamOf(driver))));
    }
    /**
     * Logs in. A connection that has broken while it waited, as one that the server had no patience with, is opened again.
     *
     * @throws the driver's error: see {@link serverError} for those that came from the server
     */
    async finish() {
        if (this.#isOver && this.#isHeld && !this.#signal.aborted) {
            this[Symbol.dispose]();
            const { socket: _, ...options } = this.#options;
            return await new Opening(this.#target, this.#login, this.#signal, options).finish();
        }
        this.#isHeld = false;
        this.#timer.refresh();
        this.#held?.uncork();
        try {
            const error = await this.#outcome;
            if (error !== undefined)
                throw (this.#signal.aborted ? undefined : this.#peer.problem()) ?? error;
            this.#isHandedOver = true;
            return new Connection(this.#target, this.#driver, this.#socket, this.#signal, this.#abandon);
        }
        catch (error) {
            this[Symbol.dispose]();
            throw error;
        }
        finally {
            clearTimeout(this.#timer);
            this.#peer.leave();
        }
    }
    /** Gives it up, unless it has become a connection. */
    [Symbol.dispose]() {
        if (this.#isHandedOver)
            return;
        clearTimeout(this.#timer);
        this.#peer.leave();
        this.#signal.removeEventListener('abort', this.#abandon);
        this.#socket.destroy();
    }
    /** Keeps what the driver is about to send, the login, until {@link finish}. */
    #hold(stream) {
        const { onGreeting = ignore, onLogin = ignore } = this.#options;
        if (stream === this.#socket) {
            // In the clear the driver answers the greeting by logging in.
            stream.once('data', onGreeting);
            stream.once('data', onLogin);
        }
        else {
            onGreeting();
            stream.once('secureConnect', onLogin);
        }
        if (!this.#isHeld)
            return;
        stream.cork();
        this.#held = stream;
    }
}
function ignore() {
    // Nobody waits for it.
}
/** What the driver sends on: the socket, or TLS over it. */
function streamOf(driver) {
    return driver.stream;
}
function greetingOf(driver) {
    const { _handshakePacket: greeting } = driver;
    return greeting ?? {};
}
/** One session with a server. The driver takes nothing from the environment: all it needs is given to it. */
class Connection {
    target;
    #driver;
    #socket;
    #abandon;
    #signal;
    /** @param driver that is logged in */
    constructor(target, driver, socket, signal, abandon) {
        this.target = target;
        this.#driver = driver;
        this.#socket = socket;
        this.#signal = signal;
        this.#abandon = abandon;
    }
    /** Connects and logs in: see {@link Opening}. */
    static async open(target, login, signal, options = {}) {
        return await new Opening(target, login, signal, options).finish();
    }
    /** What the server has called its version in its greeting: a proxy may greet otherwise than the server would. */
    get greetedVersion() {
        return greetingOf(this.#driver).serverVersion ?? '';
    }
    /** Where it leads, how it is protected and how it was let in, for people; asks the server. */
    async facts() {
        const { host, port, sslMode, ca } = this.target;
        const rows = await this.rows("SHOW SESSION STATUS WHERE Variable_name IN ('Ssl_version', 'Ssl_cipher')");
        const tls = rows.map((row) => String(row['Value'])).filter((value) => value !== '');
        const isVerified = sslMode !== 'REQUIRED' || ca !== undefined;
        const name = sslMode === 'VERIFY_IDENTITY' ? 'certificate and host name were verified' : 'certificate was verified';
        const verified = tls.length === 0 ? 'no TLS' : `${tls.join(', ')}, ${isVerified ? name : 'certificate was not verified'}`;
        const { authPluginName: plugin = 'unknown' } = greetingOf(this.#driver);
        return `${host}:${port}; ssl-mode=${sslMode}: ${verified}; the server lets in by ${plugin}, if the account has no other plugin`;
    }
    /** Runs one statement, or in a connection for several a whole text. @returns the rows of a single SELECT */
    async rows(sql) {
        const [rows = []] = await this.results([sql]);
        return rows;
    }
    /**
     * Runs statements in one message, in their order, up to the first that fails. Those before it have been carried out.
     *
     * @returns the rows of each
     * @throws the driver's error: {@link failedStatement} tells which one it was
     */
    async results(statements) {
        this.#signal.throwIfAborted();
        return await new Promise((resolve, reject) => {
            let done = 0;
            const query = this.#driver.query(statements.join(';\n'), (error, result) => {
                if (error !== null) {
                    reject(failedAs(error, done));
                    return;
                }
                const all = done > 1 && Array.isArray(result) ? result : [result];
                resolve(all.map((rows) => (Array.isArray(rows) ? rows : [])));
            });
            query.on('fields', () => (done += 1));
        });
    }
    /**
     * Runs statements that no setting limits on the server: there the end of the connection ends them.
     *
     * @param limitMs after which the connection is given up
     * @throws Error with the text `late` then
     */
    async within(limitMs, late, statements) {
        const timer = setTimeout(() => this.#socket.destroy(new Error(late)), limitMs);
        try {
            return await this.results(statements);
        }
        finally {
            clearTimeout(timer);
        }
    }
    /** Says farewell, and waits until the server has let go of the session: it counts those of an account. */
    async close() {
        if (this.#socket.destroyed)
            return;
        const stream = streamOf(this.#driver);
        const timer = setTimeout(() => stream.destroy(), farewellPatienceMs);
        const closed = new Promise((resolve) => stream.once('close', resolve));
        this.#driver.end();
        await closed;
        clearTimeout(timer);
        this.#socket.destroy();
    }
    /** Says farewell, and waits for no answer: nothing depends on it. */
    async [Symbol.asyncDispose]() {
        this.#signal.removeEventListener('abort', this.#abandon);
        if (this.#socket.destroyed)
            return;
        // A server that no longer reads must not hold up the step.
        const timer = setTimeout(() => this.#socket.destroy(), farewellPatienceMs).unref();
        const stream = streamOf(this.#driver);
        stream.once('close', () => {
            clearTimeout(timer);
            this.#socket.destroy();
        });
        this.#driver.end();
        stream.destroySoon();
        await Promise.resolve();
    }
}
const failedAt = Symbol('the index of the statement that failed');
/** Says which of the statements of one message an error came from. @returns the error */
function failedAs(error, index) {
    return Object.assign(error, { [failedAt]: index });
}
/** Which of the statements of one message an error came from, by its index. */
function failedStatement(error) {
    return error?.[failedAt];
}
/** A name in backticks: nothing but a backtick is special there, in every SQL mode. */
function quoteName(name) {
    return `\`${name.replaceAll('`', '``')}\``;
}
/** An account or a role as the server writes it. */
function quoteAccount(user, host) {
    return `${quoteName(user)}@${quoteName(host)}`;
}
/** @param role `name` or `name@host` */
function quoteRole(role) {
    const [, name = role, host] = /^(.+)@([\w.%:/-]+)$/.exec(role) ?? [];
    return host === undefined ? quoteName(name) : quoteAccount(name, host);
}
/** The server's error number, for errors that came from a server: https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html */
function serverError(error) {
    if (!(error instanceof Error))
        return undefined;
    const { errno, sqlState } = error;
    return typeof errno === 'number' && errno > 0 && typeof sqlState === 'string' ? errno : undefined;
}


/***/ }),

/***/ 1444: // src/engines/mysql/dial.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   YF: () => (/* binding */ tlsOptions),
/* harmony export */   gf: () => (/* binding */ watchPeer),
/* harmony export */   zy: () => (/* binding */ dial)
/* harmony export */ });
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7030);
/* harmony import */ var node_tls__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1692);
/* harmony import */ var _failure_network_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8866);
/* harmony import */ var _login_key_shares_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(8577);
/* harmony import */ var _login_protocol_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(5263);
/** Everything on a connection that comes before the login: TCP, what the server turns out to be, TLS. */





/** Opens a TCP connection. What the server says waits until somebody listens. */
function dial({ host, port }) {
    const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.connect)({ host, port, keepAlive: true, noDelay: true });
    // The driver leaves the name to be checked against the certificate to Node, which for an address takes it from
    // here and otherwise would check for "localhost" (node:tls onConnectSecure).
    Object.assign(socket, { _host: host });
    // Without a listener a connection that breaks before it is used would end the process.
    return socket.on('error', () => undefined);
}
/** How long a server may be silent before it is asked what it is: MySQL speaks first. */
const silenceMs = 1000;
/** Sees who answers. */
function watchPeer(socket, { host, port }, signal) {
    let problem;
    const left = new AbortController();
    const foreign = (greeting) => {
        problem = (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_2__/* .peerError */ .Th)('foreign', (0,_login_protocol_js__WEBPACK_IMPORTED_MODULE_4__/* .nameProtocol */ ._)(greeting));
        socket.destroy(problem);
    };
    socket.once('data', (greeting) => {
        // Too little to tell is left to the driver.
        if (greeting.length >= 7 && !(0,_login_protocol_js__WEBPACK_IMPORTED_MODULE_4__/* .isMysqlGreeting */ .W)(greeting))
            foreign(greeting);
    });
    socket.once('end', () => {
        if (socket.bytesRead === 0)
            problem = (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_2__/* .peerError */ .Th)('mute', 'it closed the connection before it said anything');
    });
    const ask = async () => {
        if (socket.bytesRead > 0)
            return;
        const answer = await askForTls(host, port, AbortSignal.any([signal, left.signal]));
        // A server that is only slow to greet says so on the second connection too.
        if (answer !== undefined && !(0,_login_protocol_js__WEBPACK_IMPORTED_MODULE_4__/* .isMysqlGreeting */ .W)(answer) && socket.bytesRead === 0)
            foreign(answer);
    };
    let timer;
    const wait = () => void (timer = setTimeout(() => void ask(), silenceMs));
    if (socket.connecting)
        socket.once('connect', wait);
    else
        wait();
    return {
        problem: () => problem,
        leave: () => {
            clearTimeout(timer);
            left.abort();
        },
    };
}
/** Asks for TLS as a client of PostgreSQL does: its server waits to be spoken to. @returns the beginning of an answer */
async function askForTls(host, port, signal) {
    return await new Promise((resolve) => {
        const socket = (0,node_net__WEBPACK_IMPORTED_MODULE_0__.connect)({ host, port, signal });
        socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
        socket.once('data', (answer) => {
            resolve(answer);
            socket.destroy();
        });
        socket.once('error', () => undefined);
        socket.once('close', () => {
            resolve(undefined);
        });
    });
}
/** The driver remembers TLS sessions by the object that it is given, so there is one for each target. */
const optionsOf = new WeakMap();
/** @returns undefined for a connection in the clear */
function tlsOptions(target) {
    const { sslMode, ca } = target;
    if (sslMode === 'DISABLED')
        return undefined;
    offerKeyShares();
    // With an authority at hand REQUIRED checks the chain, without one it checks nothing.
    const isUnchecked = sslMode === 'REQUIRED' && ca === undefined;
    const options = optionsOf.get(target) ?? {
        ...(ca === undefined ? {} : { ca }),
        rejectUnauthorized: !isUnchecked,
        verifyIdentity: sslMode === 'VERIFY_IDENTITY',
    };
    optionsOf.set(target, options);
    return options;
}
/** The driver passes no curves on, so they become the default of the process. */
function offerKeyShares() {
    if (node_tls__WEBPACK_IMPORTED_MODULE_1__.DEFAULT_ECDH_CURVE === 'auto')
        node_tls__WEBPACK_IMPORTED_MODULE_1__.DEFAULT_ECDH_CURVE = (0,_login_key_shares_js__WEBPACK_IMPORTED_MODULE_3__/* .keyShares */ .U)();
}


/***/ }),

/***/ 5683: // src/engines/mysql/engine.js + 13 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  mariadbEngine: () => (/* binding */ mariadbEngine),
  mysqlEngine: () => (/* binding */ mysqlEngine)
});

// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/failure/retry.js
var retry = __webpack_require__(5710);
// EXTERNAL MODULE: src/engines/mysql/connection.js
var mysql_connection = __webpack_require__(6350);
// EXTERNAL MODULE: src/engines/mysql/errors.js
var mysql_errors = __webpack_require__(61);
;// CONCATENATED MODULE: src/engines/mysql/account.js



/** Reads a row with the columns `name` and `host`. */
function toAccount({ name, host }) {
    return { principal: String(name), host: String(host) };
}
/** Names as a list of literals. A principal needs no quoting (see lease/name.ts). */
function listOf(principals) {
    return principals.map((principal) => `'${principal}'`).join(', ');
}
/** Accounts as a statement names them. */
function named(accounts) {
    return accounts.map(({ principal, host }) => (0,mysql_connection/* quoteAccount */.Y_)(principal, host)).join(', ');
}
/** Rung 4. @param after statements that come after it in the same message */
async function drop(connection, accounts, after) {
    try {
        const statements = [`DROP USER IF EXISTS ${named(accounts)}`, 'SHOW WARNINGS', ...after];
        const [, notes = [], ...rest] = await connection.results(statements);
        const isMissing = missingIn(notes);
        const dropped = accounts.filter((one) => !isMissing(one)).map(({ principal }) => principal);
        return { dropped, refusal: '', after: rest };
    }
    catch (error) {
        if (!(0,mysql_errors/* isServerError */.GQ)(error, mysql_errors.ER.MYSQL_USER_REFERENCED_AS_DEFINER))
            throw error;
        return { dropped: [], refusal: (0,errors/* messageOf */.b)(error), after: [] };
    }
}
/**
 * Which accounts a statement with IF EXISTS has not found.
 *
 * @param notes what SHOW WARNINGS says after it
 */
function missingIn(notes) {
    const missing = notes.filter((row) => missingNotes.has(Number(row['Code']))).map((row) => String(row['Message']));
    return ({ principal, host }) => missing.some((text) => text.includes(`'${principal}'@'${host}'`));
}
const missingNotes = new Set([
    mysql_errors.ER.CANNOT_USER,
    mysql_errors.ER.MYSQL_USER_DOES_NOT_EXIST,
    mysql_errors.ER.MARIADB_USER_DROP_EXISTS,
]);

;// CONCATENATED MODULE: src/engines/mysql/presence.js



/** How long to wait for sessions to end that were told to. */
const sessionPatienceMs = 12_000;
/**
 * How long a login that is under way may go on before it is ended. Nobody can tell whose it is: anybody who reaches the
 * server can connect and say nothing.
 */
const loginPatienceMs = 2000;
/** How long a KILL may take. */
const killPatienceMs = 5000;
/** A query for everybody who may be one of these leases: see {@link toPresence}. */
function presenceQuery({ sessions }, principals) {
    // A session that is becoming somebody else goes by the other's name, and by its own again when it is refused.
    const isIts = `CAST(user AS BINARY) IN (${listOf(principals)})`;
    const isEntering = "user = 'unauthenticated user'";
    return `SELECT id AS id, MAX(IF(${isIts}, user, NULL)) AS name, MAX(command = 'Change user') AS changing,
      MAX(${isEntering}) AS entering FROM ${sessions}
    WHERE (${isIts} OR command = 'Change user' OR ${isEntering}) AND id <> CONNECTION_ID() GROUP BY id`;
}
function toPresence({ id, name, changing, entering }) {
    return {
        id: Number(id),
        name: typeof name === 'string' ? name : undefined,
        isChanging: changing === 1,
        isEntering: entering === 1,
    };
}
/**
 * Ends the sessions of a lease, and waits until they are gone.
 *
 * @param seen who was there at first: logins among them may yet turn out to be the lease's; later ones cannot
 * @param sessions gets the ids of those that were told to end
 * @param may whether to end them, rather than wait for them
 * @returns how many are left
 */
async function endSessions({ connection, flavour }, principal, seen, sessions, may) {
    const underWay = new Set(seen.filter(({ isEntering }) => isEntering).map(({ id }) => id));
    const changing = new Map();
    const started = Date.now();
    for (let there = seen;;) {
        there = there.filter(({ id, name, isChanging }) => name !== undefined || isChanging || underWay.has(id));
        if (there.length === 0)
            return 0;
        const now = Date.now();
        const elapsedMs = now - started;
        if (!may && (elapsedMs > loginPatienceMs || there.some(({ name }) => name !== undefined)))
            return there.length;
        if (elapsedMs > sessionPatienceMs) {
            return there.filter(({ name, isChanging }) => name !== undefined || isChanging).length;
        }
        const due = [];
        for (const { id, name, isChanging } of there) {
            const since = isChanging ? (changing.get(id) ?? now) : started;
            if (isChanging)
                changing.set(id, since);
            if (name === undefined && now - since < loginPatienceMs)
                continue;
            due.push(id);
        }
        const rows = await kill(connection, due, [pause, presenceQuery(flavour, [principal])]);
        if (rows === undefined)
            return there.length;
        for (const { id, name } of there)
            if (name !== undefined)
                sessions.add(id);
        there = rows.map(toPresence);
    }
}
/** A statement that waits, for as long as a session that was told to end usually takes. */
const pause = 'DO SLEEP(0.01)';
/**
 * Ends sessions, all in one message.
 *
 * @param after statements that come after it in the same message
 * @returns the rows of the last of them; undefined when the server does not let us
 */
async function kill(connection, ids, after = [pause]) {
    const late = `the server did not carry out KILL within ${killPatienceMs / 1000} s`;
    const statements = [...ids.map((id) => `KILL ${id}`), ...after];
    for (;;) {
        try {
            return (await connection.within(killPatienceMs, late, statements)).at(-1) ?? [];
        }
        catch (error) {
            // Somebody else's, or that of an account with SYSTEM_USER.
            if ((0,mysql_errors/* isServerError */.GQ)(error, mysql_errors.ER.KILL_DENIED, mysql_errors.ER.SPECIFIC_ACCESS_DENIED))
                return undefined;
            if (!(0,mysql_errors/* isServerError */.GQ)(error, mysql_errors.ER.NO_SUCH_THREAD))
                throw error;
            // It has ended meanwhile, and so have those before it.
            statements.splice(0, ((0,mysql_connection/* failedStatement */.LL)(error) ?? 0) + 1);
        }
    }
}

// EXTERNAL MODULE: src/engines/login/statements.js
var login_statements = __webpack_require__(609);
;// CONCATENATED MODULE: src/engines/mysql/clean.js




/**
 * What runs in the name of an account that cannot be dropped shall have no rights.
 *
 * @param named roles that it is known to have been granted
 * @returns what it could not take, `''` when it took everything that it knows of
 */
async function takeRights({ connection, flavour }, accounts, roles) {
    const all = new Set([...roles, ...(await flavour.rolesOf(connection, accounts))]);
    const refused = [];
    for (const each of ['ALL PRIVILEGES, GRANT OPTION', ...all]) {
        try {
            await connection.rows(`REVOKE ${each} FROM ${named(accounts)}`);
        }
        catch (error) {
            if ((0,mysql_connection/* serverError */.ig)(error) === undefined)
                throw error;
            // A role that is gone gives nothing any more.
            if (!(0,mysql_errors/* isServerError */.GQ)(error, mysql_errors.ER.MYSQL_UNKNOWN_AUTHID))
                refused.push(`REVOKE ${each}: ${(0,errors/* messageOf */.b)(error)}`);
        }
    }
    return refused.length === 0 ? '' : `its objects may still act for it, because root may not ${refused.join('; ')}`;
}
/** The objects that the account is the definer of, as far as root can see them. */
async function definedObjects(connection, principal) {
    const mine = `definer LIKE '${principal.replaceAll('_', '|_')}@%' ESCAPE '|'`;
    const rows = await connection.rows(`SELECT CONCAT('view ', table_schema, '.', table_name) AS object FROM information_schema.views WHERE ${mine}
      UNION ALL SELECT CONCAT(LOWER(routine_type), ' ', routine_schema, '.', routine_name) FROM information_schema.routines WHERE ${mine}
      UNION ALL SELECT CONCAT('trigger ', trigger_schema, '.', trigger_name) FROM information_schema.triggers WHERE ${mine}
      UNION ALL SELECT CONCAT('event ', event_schema, '.', event_name) FROM information_schema.events WHERE ${mine}`);
    if (rows.length === 0)
        return 'root may not see which objects these are; docs/mysql.md has a query that shows them';
    return `it is the definer of ${rows.map(({ object }) => String(object)).join(', ')}`;
}

// EXTERNAL MODULE: src/engines/mysql/root-session.js + 1 modules
var root_session = __webpack_require__(3071);
;// CONCATENATED MODULE: src/engines/mysql/statements.js

/** How long a mint has for all that it does. */
const mintPatienceSeconds = 60;
/** How long a session that mints may be idle: where its machine is lost, nobody waits for it longer. */
const idlePatienceSeconds = 90;
/** The locks by which a revocation finds what is still under way for a lease although its client is gone. */
function mintLocks(principal) {
    return [principal, `${principal} statements`];
}
/** A statement that takes a lock for as long as the session lives. */
function holdLock(lock) {
    return `SET @joblease = GET_LOCK('${lock}', 0), SESSION wait_timeout = ${idlePatienceSeconds}`;
}
/**
 * Runs what the user wrote, whole, in a session of its own: with the modes that a session of root's has by itself, in
 * the database of root's URL, and without an effect on ours.
 */
async function runStatements({ connection, root }, principal, statements, signal) {
    await using session = await mysql_connection/* Connection */.Ng.open(connection.target, root, signal, { multipleStatements: true });
    await session.rows(holdLock(mintLocks(principal)[1]));
    await session.rows(statements);
}

;// CONCATENATED MODULE: src/engines/mysql/revoke.js









/** Takes an account down the ladder: lock, end sessions, clean, drop. Each rung commits by itself and may be repeated. */
async function revoke(root, principal, config, { signal }) {
    const { connection, flavour, rights } = root;
    const lease = { root, principal, config, signal, may: (0,root_session/* mayKill */.qT)(flavour, rights), sessions: new Set() };
    const sight = await lock(lease);
    if (sight === undefined) {
        const account = (0,mysql_connection/* quoteAccount */.Y_)(principal, config['host-pattern']);
        return failed(lease, 'it holds SYSTEM_USER, and root may neither see nor end it without holding that too', `Run as an administrator: DROP USER ${account};`);
    }
    const { accounts } = sight;
    const open = await shutOut(lease, sight);
    if (open !== undefined)
        return open;
    if (accounts.length === 0) {
        for (const statement of flavour.forget([principal]))
            await connection.rows(statement);
        return result(lease, lease.sessions.size > 0 ? 'revoked' : 'absent');
    }
    const complaint = await runOwn(lease);
    const looks = [flavour.accounts([principal]), presenceQuery(flavour, [principal])];
    const dropped = await drop(connection, accounts, looks);
    if (dropped.refusal !== '')
        return await disarm(lease, accounts, dropped.refusal, complaint);
    return await proveGone(lease, dropped);
}
/**
 * Rung 1. Before anything is known of the lease it is locked where it was minted to be; then it is looked at. A login
 * that was let in before the lock is in what is seen, though the server may show it under no name yet.
 *
 * @returns undefined for an account that root may not see
 */
async function lock(lease) {
    const { root, principal, config, may } = lease;
    const started = Date.now();
    for (let accounts = [{ principal, host: config['host-pattern'] }];;) {
        const { holders, isMissing, ...sight } = await lockAndLook(root, principal, accounts);
        // An account that has come into being since is in sight, and is locked the next time.
        const locked = new Set(accounts.filter((one) => !isMissing(one)).map(({ host }) => host.toLowerCase()));
        const isLocked = ({ host }) => locked.has(host.toLowerCase());
        if (sight.isHidden)
            return undefined;
        const isLate = Date.now() - started > sessionPatienceMs;
        if (sight.accounts.every(isLocked) && (holders.length === 0 || !may || isLate)) {
            return { ...sight, isMinting: holders.length > 0 };
        }
        if (may && !isLate)
            await kill(root.connection, holders);
        if (sight.accounts.length > 0)
            accounts = sight.accounts;
    }
}
async function lockAndLook(root, principal, accounts) {
    const { connection, flavour } = root;
    const [mint, statements] = mintLocks(principal).map((name) => `IS_USED_LOCK('${name}')`);
    const looks = [
        'SHOW WARNINGS',
        `SELECT ${mint} AS mint, ${statements} AS statements, CONNECTION_ID() AS own`,
        flavour.accounts([principal]),
        presenceQuery(flavour, [principal]),
    ];
    let results;
    let refusal;
    try {
        results = await connection.results([...flavour.lock(accounts, root.now()), ...looks]);
    }
    catch (error) {
        if (!(error instanceof Error) || !(0,mysql_errors/* isServerError */.GQ)(error, mysql_errors.ER.SPECIFIC_ACCESS_DENIED))
            throw error;
        refusal = error;
        results = await connection.results(looks);
    }
    const [notes = [], [locks = {}] = [], found = [], there = []] = results.slice(-looks.length);
    // It takes SYSTEM_USER to see an account that has it; all else that keeps root from a lock keeps it from this too.
    if (refusal !== undefined && found.length > 0)
        throw refusal;
    return {
        accounts: found.map(toAccount),
        there: there.map(toPresence),
        holders: [locks['mint'], locks['statements']].filter((holder) => typeof holder === 'number' && holder !== locks['own']),
        isMissing: missingIn(notes),
        isHidden: refusal !== undefined,
    };
}
/** Rung 2: nobody is left. @returns why that is not so, undefined when it is */
async function shutOut(lease, { isMinting, accounts, there }) {
    const { root, principal, may, sessions } = lease;
    const missing = (0,root_session/* missingKillRights */.Yn)(root.flavour, root.rights);
    // Without an account nobody can be logging in as it.
    const seen = accounts.length > 0 ? there : there.filter(({ isEntering }) => !isEntering);
    const left = await endSessions(root, principal, seen, sessions, may);
    if (missing.length > 0 && accounts.length > 0) {
        return failed(lease, `it is locked, but root lacks ${missing.join(' and ')} and cannot tell that no session is left`, `Run as an administrator: GRANT ${missing.join(', ')} ON *.* TO ${root.account};`);
    }
    if (!may && isMinting)
        return roleless(lease, 'its mint is still under way');
    if (!may && left > 0)
        return roleless(lease, `${left} of its sessions or of logins under way are left`);
    if (left > 0) {
        return failed(lease, `${left} of its sessions, or of sessions that may be it, did not end within ${sessionPatienceMs / 1000} s`);
    }
    return undefined;
}
/** Rung 3, for an account that cannot be dropped: it stays, and has no rights. @param refusal why it cannot be dropped */
async function disarm(lease, accounts, refusal, complaint) {
    const { root, principal, config, may } = lease;
    const kept = await takeRights(root, accounts, config['member-of'].map(mysql_connection/* quoteRole */.Zr));
    const objects = await definedObjects(root.connection, principal);
    // What had its rights from before, such as an event that has begun since.
    const late = await endLate(lease, await root.connection.rows(presenceQuery(root.flavour, [principal])));
    if (!may && late > 0)
        return roleless(lease, `${late} of its sessions or events are left`);
    if (late > 0)
        return failed(lease, `${late} of its sessions or events are still under way; ${refusal}`);
    return result(lease, kept === '' ? 'disabled' : 'failed', [refusal, objects, kept, complaint].filter((text) => text !== '').join('; '), `Drop these objects or give them another DEFINER, then run: DROP USER ${named(accounts)};`);
}
/** Rung 4: the account is gone, and nobody is left who was it. @param after what was seen once it was dropped */
async function proveGone(lease, { dropped, after: [accounts = [], there = []] }) {
    const { root, principal, may, sessions } = lease;
    const { connection, flavour, isProxying } = root;
    if (accounts.length > 0)
        return failed(lease, 'it is still there after DROP USER');
    if ((await endLate(lease, there)) > 0) {
        return failed(lease, 'a session that began before it was locked is still open');
    }
    if (isProxying && !may)
        return roleless(lease, 'the server lets accounts log in as others (GRANT PROXY)');
    const hidden = isProxying ? await flavour.endProxies(connection, [principal]) : '';
    for (const statement of flavour.forget([principal]))
        await connection.rows(statement);
    if (hidden !== '')
        return failed(lease, hidden);
    // Somebody else, such as a sweep, may have dropped it between our look and our statement.
    return result(lease, dropped.length > 0 || sessions.size > 0 ? 'revoked' : 'absent');
}
/** Ends what has shown up since the lease was locked. @returns how many are left */
async function endLate({ root, principal, sessions, may }, rows) {
    const there = rows.map(toPresence).filter(({ isEntering }) => !isEntering);
    return await endSessions(root, principal, there, sessions, may);
}
function result({ sessions }, outcome, reason = '', fix = '') {
    return {
        outcome,
        sessionsEnded: sessions.size,
        ...(reason === '' ? {} : { reason }),
        ...(fix === '' ? {} : { fix }),
    };
}
function failed(lease, reason, fix = '') {
    return result(lease, 'failed', reason, fix);
}
function roleless(lease, what) {
    return failed(lease, `${what}, and root, which has no role, cannot end that without harm`, (0,root_session/* roleFix */.aw)(lease.root));
}
/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runOwn({ root, principal, config, signal }) {
    const statements = config['revocation-statements'];
    if (statements === '')
        return '';
    const text = (0,login_statements/* renderStatements */.b)(statements, { name: principal }, 'revocation-statements');
    try {
        await runStatements(root, principal, text, signal);
        return '';
    }
    catch (error) {
        if ((0,mysql_connection/* serverError */.ig)(error) === undefined)
            throw error;
        return `the revocation-statements failed: ${(0,errors/* messageOf */.b)(error)}`;
    }
}

;// CONCATENATED MODULE: src/engines/mysql/end.js









/**
 * How many leases one DROP USER ends. Each statement has a price of its own, which many share; but while it runs nobody
 * can log in to the server.
 */
const batchSize = 100;
/** How long the ladder tries again while somebody else changes the same accounts. */
const contentionPatienceMs = 10_000;
/**
 * Ends many leases: accounts that nobody is using together, rung by rung, and each of the others down the ladder by
 * itself.
 *
 * @throws when the connection is lost; what was not yielded by then may or may not have ended
 */
async function* end(root, leases, config, context) {
    // In the order of their names, so that two sweeps wait for each other instead of blocking each other.
    const sorted = leases.toSorted((a, b) => (a.principal < b.principal ? -1 : 1));
    const ended = new Map();
    if (config['revocation-statements'] === '') {
        try {
            await endTogether(root, sorted.map(({ principal }) => principal), ended);
        }
        catch (error) {
            if (isLost(error))
                throw error;
            // Anything else concerns some of them: each is tried by itself.
        }
    }
    for (const lease of sorted) {
        const revocation = ended.get(lease.principal);
        if (revocation !== undefined)
            yield [lease, revocation];
    }
    // These may take long, so they come last.
    for (const lease of sorted) {
        if (!ended.has(lease.principal))
            yield [lease, await endAlone(root, lease.principal, config, context)];
    }
}
/**
 * The ladder for many at once.
 *
 * @param ended gets those that are gone; the others have to go by themselves
 */
async function endTogether(root, principals, ended) {
    const { connection, flavour, rights } = root;
    if ((0,root_session/* missingKillRights */.Yn)(flavour, rights).length > 0 || !(0,root_session/* mayKill */.qT)(flavour, rights))
        return;
    const [[locks] = [], found = []] = await connection.results([
        mintsUnderWay(principals),
        flavour.accounts(principals),
    ]);
    const minting = new Set(String(locks?.['names']).split(','));
    const quiet = principals.filter((principal) => !minting.has(principal));
    if (quiet.length === 0)
        return;
    const accounts = found.map(toAccount).filter(({ principal }) => !minting.has(principal));
    const locking = accounts.length === 0 ? [] : flavour.lock(accounts, root.now());
    const active = await awaitLogins(root, quiet, locking);
    if (active === undefined)
        return;
    const idle = quiet.filter((principal) => !active.has(principal));
    if (idle.length === 0)
        return;
    const existing = accounts.filter(({ principal }) => !active.has(principal));
    const { dropped, remaining, there } = await dropAll(root, existing, idle);
    const late = await namesOf(root, idle, there);
    const gone = idle.filter((principal) => !remaining.has(principal) && !late.has(principal));
    if (gone.length === 0)
        return;
    const hidden = root.isProxying ? await flavour.endProxies(connection, gone) : '';
    for (const statement of flavour.forget(gone))
        await connection.rows(statement);
    for (const principal of gone) {
        const outcome = dropped.has(principal) ? 'revoked' : 'absent';
        ended.set(principal, hidden === '' ? { outcome, sessionsEnded: 0 } : { outcome: 'failed', reason: hidden, sessionsEnded: 0 });
    }
}
/** A query for the names of leases, with commas between, that a mint, or its statements, may still be under way for although its client is gone. */
function mintsUnderWay(principals) {
    const each = principals.map((principal) => {
        const [mint, statements] = mintLocks(principal).map((lock) => `IS_USED_LOCK('${lock}')`);
        return `IF(COALESCE(${mint}, ${statements}) IS NULL, NULL, '${principal}')`;
    });
    return `SELECT CONCAT_WS(',', ${each.join(', ')}) AS names`;
}
/**
 * Waits until connections that are there after the locking have logged in, or have ended; ends those that take too long.
 *
 * @param locking statements, none where there is nothing to lock
 * @returns the names among the principals that have a session; undefined when some connections are left
 */
async function awaitLogins(root, principals, locking) {
    const { connection, flavour } = root;
    const look = presenceQuery(flavour, principals);
    const started = Date.now();
    let there = ((await connection.results([...locking, look])).at(-1) ?? []).map(toPresence);
    const waiting = new Set(locking.length === 0 ? [] : there.filter(isWaiting).map(({ id }) => id));
    for (;;) {
        const left = there.filter((each) => waiting.has(each.id) && isWaiting(each)).map(({ id }) => id);
        if (left.length === 0)
            return await namesOf(root, principals, there);
        const elapsedMs = Date.now() - started;
        if (elapsedMs > loginPatienceMs + 1000)
            return undefined;
        const rows = await kill(connection, elapsedMs > loginPatienceMs ? left : [], [pause, look]);
        if (rows === undefined)
            return undefined;
        there = rows.map(toPresence);
    }
}
/** Whether a connection may yet turn out to be anybody's. */
function isWaiting({ isEntering, isChanging }) {
    return isEntering || isChanging;
}
/** The names that have a session; all where that cannot be told. @param seen who was there at first */
async function namesOf({ connection, flavour }, principals, seen) {
    const started = Date.now();
    // Who is just becoming somebody else may be anybody.
    for (let there = seen;;) {
        if (!there.some(({ isChanging }) => isChanging)) {
            return new Set(there.flatMap(({ name }) => (name === undefined ? [] : [name])));
        }
        if (Date.now() - started > loginPatienceMs)
            return new Set(principals);
        there = ((await connection.results([pause, presenceQuery(flavour, principals)])).at(-1) ?? []).map(toPresence);
    }
}
/**
 * Drops what can be dropped: where the server refuses one, it refuses the list, which is then tried in halves.
 *
 * @param principals to look for when all is done
 */
async function dropAll({ connection, flavour }, accounts, principals) {
    const looks = [flavour.accounts(principals), presenceQuery(flavour, principals)];
    const dropped = new Set();
    let after = [];
    const parts = accounts.length === 0 ? [] : [accounts];
    for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
        after = [];
        try {
            const fall = await drop(connection, part, looks);
            for (const principal of fall.dropped)
                dropped.add(principal);
            after = fall.after;
        }
        catch (error) {
            if (isLost(error))
                throw error;
        }
        // Refused: nothing was seen after it.
        if (after.length > 0 || part.length === 1)
            continue;
        const half = Math.ceil(part.length / 2);
        parts.push(part.slice(half), part.slice(0, half));
    }
    const [remaining = [], there = []] = after.length > 0 ? after : await connection.results(looks);
    return {
        dropped,
        remaining: new Set(remaining.map((row) => toAccount(row).principal)),
        there: there.map(toPresence),
    };
}
/** The ladder for one, whose failure stops no other. */
async function endAlone(root, principal, config, context) {
    try {
        const signal = AbortSignal.any([context.signal, AbortSignal.timeout(contentionPatienceMs)]);
        return await (0,retry/* retry */.L)(async () => await revoke(root, principal, config, context), mysql_errors/* isContention */.IB, signal, context.retrying);
    }
    catch (error) {
        if (isLost(error))
            throw error;
        return { outcome: 'failed', reason: `it could not be ended this time: ${(0,errors/* messageOf */.b)(error)}`, sessionsEnded: 0 };
    }
}
/** Whether an error ends more than one statement: nothing further can be done in this session. */
function isLost(error) {
    if ((0,mysql_errors/* isContention */.IB)(error))
        return false;
    return (0,mysql_errors/* canHeal */.Zn)(error) || ((0,mysql_connection/* serverError */.ig)(error) === undefined && !(error instanceof errors/* UserError */.y));
}

// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
// EXTERNAL MODULE: src/lease/record.js
var lease_record = __webpack_require__(5663);
;// CONCATENATED MODULE: src/engines/mysql/leases.js





/** Small enough for the memory to stay flat, however long the list is; each page has the server read all accounts. */
const pageSize = 5000;
/** Every lease on the server, a page at a time. */
async function* list(root) {
    const { connection, flavour } = root;
    const now = root.now();
    let page;
    let last = '';
    do {
        page = await flavour.page(connection, last, pageSize);
        const locked = page.filter(({ usable }) => !usable).map(({ principal }) => principal);
        const inUse = await stillInUse(root, locked);
        for (const stored of page) {
            last = stored.principal;
            const principal = (0,lease_name/* parsePrincipal */.gA)(last);
            const usable = stored.usable || inUse.has(last);
            if (principal !== undefined)
                yield toLease(principal, { ...stored, usable }, now);
        }
    } while (page.length >= pageSize);
}
/** Accounts whose names begin like a lease's and are not, or that carry a lease record under another name. */
async function* lookalikes({ connection, flavour }) {
    yield* await flavour.lookalikes(connection);
}
/** Moves a lease's end. */
async function renew(root, principal, ttl) {
    const { connection, flavour } = root;
    const now = root.now();
    const stored = await flavour.stored(connection, principal);
    if (stored === undefined)
        throw new errors/* UserError */.y(`${principal} no longer exists`);
    const { record, over: isOver } = toLease(principal, stored, now);
    if (record === undefined)
        throw new errors/* UserError */.y(`${principal} carries no lease record`);
    const over = `${principal} is over: a lease that has ended is not brought back; mint a new one`;
    if (isOver)
        throw new errors/* UserError */.y(over);
    const exp = Math.min(now + ttl, record.max);
    const renewed = { ...record, exp };
    if (!(await flavour.renew(connection, principal, renewed)))
        throw new errors/* UserError */.y(over);
    return { principal, record: renewed, expiresAt: new Date(exp * 1000), over: false, usable: true };
}
/** Which of these locked accounts somebody may still be connected as. */
async function stillInUse({ connection, flavour, rights }, locked) {
    if (locked.length === 0)
        return new Set();
    if ((0,root_session/* missingKillRights */.Yn)(flavour, rights).includes('PROCESS'))
        return new Set(locked);
    const rows = await connection.rows(`SELECT DISTINCT user AS name FROM ${flavour.sessions} WHERE user LIKE 'jl|_%' ESCAPE '|'`);
    return new Set(rows.map(({ name }) => String(name)));
}
function toLease(principal, stored, now) {
    const { record, usable, isMinting } = stored;
    // A mint that is under way has given it no end yet. It lies ahead, whatever a runner's clock has put into the name.
    const exp = stored.exp ?? (isMinting ? now + mintPatienceSeconds : undefined);
    const read = record === undefined ? undefined : (0,lease_record/* decodeRecord */.eT)(record);
    return {
        principal,
        record: read,
        expiresAt: exp === undefined ? undefined : new Date(exp * 1000),
        over: exp !== undefined && exp <= now,
        // The reaper ends an account whose end has come. Where it does not run, the account can still be used.
        usable,
        shell: !usable,
        unreadable: record !== undefined && read === undefined,
    };
}

;// CONCATENATED MODULE: src/engines/mysql/flavour.js

/** How long a revocation has to itself before the reaper helps out. */
const handOverSeconds = 60;
/**
 * Subject and pattern of a regular expression for the names of leases. Both get a dot at the end, because in the
 * servers' regular expressions `$` also matches before a line's end that is the last character.
 */
function isOurs(name) {
    return [`CONCAT(${name}, '.')`, `'${lease_name/* principalPattern */.h0.slice(0, -1)}[.]$'`];
}
/** An expression: whether the mint of an account is under way. @param name a column of principals */
function isMinting(name) {
    return `COALESCE(IS_USED_LOCK(${name}), IS_USED_LOCK(CONCAT(${name}, ' statements'))) IS NOT NULL`;
}
/** Reads a row with the columns `name`, `record`, `exp` and `minting`. */
function toStored(row, usable) {
    const { name, record, exp } = row;
    return {
        principal: String(name),
        record: typeof record === 'string' ? record : undefined,
        exp: exp === null || exp === undefined ? undefined : Number(exp),
        usable,
        isMinting: row['minting'] === 1,
    };
}

// EXTERNAL MODULE: src/engines/mysql/verifier.js
var verifier = __webpack_require__(5460);
;// CONCATENATED MODULE: src/engines/mysql/mariadb.js







/**
 * MariaDB 10.6 and newer: accounts cannot carry a record, so it stands in the table joblease.leases from before the
 * account exists until after it is gone.
 */
const mariadbFlavour = {
    name: 'mariadb',
    killRights: [
        ['CONNECTION ADMIN', 'SUPER', 'ALL PRIVILEGES'],
        ['PROCESS', 'ALL PRIVILEGES'],
    ],
    settings: ['max_statement_time = 60', 'tx_read_only = 0'],
    activateRoles: '',
    sessions: '(SELECT id, user, command FROM information_schema.processlist) sessions',
    proxying: `EXISTS (SELECT * FROM information_schema.plugins
    WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE' AND plugin_name = 'pam')`,
    unfit(version) {
        const [, major = 0, minor = 0] = (/(\d+)\.(\d+)\.\d+-MariaDB/.exec(version) ?? []).map(Number);
        if (major === 0)
            return 'it is a MySQL server: use the engine "mysql"';
        return major < 10 || (major === 10 && minor < 6)
            ? `it is MariaDB ${major}.${minor}; 10.6 is the oldest that works`
            : undefined;
    },
    checkRoles(roles) {
        if (roles.length < 2)
            return;
        throw new errors/* UserError */.y('a MariaDB session has one role at a time', {
            input: 'member-of',
            fix: 'Grant the roles to one role, and name that one.',
        });
    },
    guard: `BEGIN NOT ATOMIC IF @@global.read_only OR @@global.innodb_read_only
    THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'it is a read-only replica'; END IF; END`,
    mintedAt: 'SELECT @joblease_now AS now',
    announcement({ principal, record }) {
        // Only the server knows what time it is by then. In what JSON quotes, these texts do not stand.
        const after = { iat: 0, exp: record.exp - record.iat, max: record.max - record.iat };
        let text = hex((0,lease_record/* encodeRecord */.Ym)(record));
        for (const name of ['iat', 'exp', 'max']) {
            text = `REPLACE(${text}, '"${name}":${record[name]}', CONCAT('"${name}":', @joblease_now + ${after[name]}))`;
        }
        const exp = `@joblease_now + ${after.exp}`;
        return [
            'SET @joblease_now = UNIX_TIMESTAMP()',
            `INSERT INTO joblease.leases (name, exp, reap, record) VALUES ('${principal}', ${exp}, ${exp}, ${text})`,
        ];
    },
    creation(account) {
        const [role] = account.roles;
        // CREATE USER and GRANT are not atomic together. So what root would lack, for ending the account too, is asked first.
        const refuse = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'root may not grant the role'";
        return [
            readLeases,
            readAccounts,
            ...(role === undefined ? [] : [`BEGIN NOT ATOMIC IF NOT ${mayGrant(role)} THEN ${refuse}; END IF; END`]),
            // Without the right to create accounts this is refused; there is nothing to lock yet.
            `ALTER USER IF EXISTS ${named([account])} ACCOUNT LOCK`,
            ...this.announcement(account),
            `CREATE USER ${definition(account)}`,
            ...grantRole(account),
        ];
    },
    adoption: (account) => [`ALTER USER ${definition(account)}`, ...grantRole(account)],
    activation: ({ principal, host, roles: [role] }) => role === undefined ? undefined : `SET DEFAULT ROLE ${role} FOR ${(0,mysql_connection/* quoteAccount */.Y_)(principal, host)}`,
    ownActivation: ({ roles: [role = 'NONE'] }) => `SET DEFAULT ROLE ${role}`,
    async explain({ connection, account }, [role]) {
        if (role !== undefined) {
            const [row] = await connection.rows(`SELECT ${mayGrant(role)} AS may`);
            if (Number(row?.['may']) !== 1) {
                throw new errors/* UserError */.y(`there is no role ${role} that root may grant`, {
                    input: 'member-of',
                    fix: `Run as an administrator: GRANT ${role} TO ${account} WITH ADMIN OPTION;`,
                });
            }
        }
        const missing = async (sql, fix) => {
            try {
                await connection.rows(sql);
            }
            catch (error) {
                if (!(0,mysql_errors/* isDenied */.GZ)(error) && !(0,mysql_errors/* isTableUnknown */.JJ)(error))
                    throw error;
                throw new errors/* UserError */.y('root lacks what minting on MariaDB takes', { input: 'root', said: (0,errors/* messageOf */.b)(error), fix });
            }
        };
        await missing(readLeases, `Run the installation in docs/mariadb.md, then: GRANT SELECT, INSERT, UPDATE, DELETE ON joblease.leases TO ${account};`);
        await missing(readAccounts, `Run: GRANT SELECT (User, Host) ON mysql.user TO ${account};`);
    },
    accounts: (principals) => `SELECT User AS name, Host AS host FROM mysql.user WHERE User IN (${listOf(principals)})`,
    rolesOf: async () => await Promise.resolve([]),
    async endProxies(connection, principals) {
        try {
            const [row] = await connection.rows(`SELECT COUNT(*) AS n FROM mysql.proxies_priv WHERE Proxied_user IN (${listOf(principals)})`);
            if (row?.['n'] === 0)
                return '';
            return 'it is dropped, but other accounts could log in as it (GRANT PROXY), and MariaDB does not show which of their sessions are it';
        }
        catch (error) {
            if (!(0,mysql_errors/* isDenied */.GZ)(error))
                throw error;
            return 'it is dropped, but PAM lets accounts log in as others (GRANT PROXY), and root may not see whether any could as it: see "Proxy users" in docs/mariadb.md';
        }
    },
    lock(accounts, now) {
        const principals = [...new Set(accounts.map(({ principal }) => principal))];
        return [
            `UPDATE joblease.leases SET exp = 0, reap = ${now + handOverSeconds} WHERE name IN (${listOf(principals)})`,
            `ALTER USER IF EXISTS ${named(accounts)} ACCOUNT LOCK`,
        ];
    },
    async renew(connection, principal, record) {
        const [, [row] = []] = await connection.results([
            `UPDATE joblease.leases SET exp = ${record.exp}, reap = ${record.exp}, record = ${hex((0,lease_record/* encodeRecord */.Ym)(record))}
        WHERE name = '${principal}' AND exp > UNIX_TIMESTAMP()`,
            'SELECT ROW_COUNT() AS matched',
        ]);
        return Number(row?.['matched']) > 0;
    },
    forget: (principals) => [`DELETE FROM joblease.leases WHERE name IN (${listOf(principals)})`],
    async page(connection, after, size) {
        const which = (name) => `${isOurs(name).join(' REGEXP BINARY ')} AND ${name} > '${after}' ORDER BY ${name} LIMIT ${size}`;
        const [accounts, leases] = await both(connection, which);
        // What lies beyond the end of a full list is for the next page.
        const ends = [accounts, leases].filter((rows) => rows.length === size).map((rows) => nameOf(rows.at(-1)));
        const end = ends.toSorted()[0];
        const isHere = (row) => end === undefined || nameOf(row) <= end;
        return merge(accounts.filter(isHere), leases.filter(isHere));
    },
    async stored(connection, principal) {
        const [found] = merge(...(await both(connection, (name) => `${name} = '${principal}'`)));
        return found;
    },
    async lookalikes(connection) {
        const accounts = await connection.rows(`SELECT DISTINCT User AS name FROM mysql.user
        WHERE NOT ${isOurs('User').join(' REGEXP BINARY ')} AND User LIKE BINARY 'jl|_%' ESCAPE '|'`);
        // The table is for leases: a row with any other name looks like one too.
        const leases = await connection.rows(`SELECT name FROM joblease.leases WHERE NOT ${isOurs('name').join(' REGEXP BINARY ')}`);
        return [...new Set([...accounts, ...leases].map(nameOf))].toSorted();
    },
    // SET PASSWORD takes the hash as it is, so no plaintext can reach the log.
    scramble: () => `SET PASSWORD = '${(0,verifier/* unusableVerifier */.kJ)()}'`,
};
/**
 * Not as one query: the server would compare each account with each lease. Accounts first: whatever is seen there has
 * had its record from before.
 */
async function both(connection, which) {
    const accounts = await connection.rows(`SELECT DISTINCT User AS name, ${isMinting('User')} AS minting FROM mysql.user WHERE ${which('User')}`);
    const leases = await connection.rows(`SELECT name, record, exp FROM joblease.leases WHERE ${which('name')}`);
    return [accounts, leases];
}
/** Accounts and records of the same name together, in the order of the names. */
function merge(accounts, leases) {
    const records = new Map(leases.map((row) => [nameOf(row), row]));
    const found = new Map(accounts.map((row) => [nameOf(row), row]));
    return ([...new Set([...found.keys(), ...records.keys()])]
        .toSorted()
        // A record alone is what a mint leaves that dies at once. An account that is there may be locked, which takes a
        // statement of its own: an end of 0 does not say.
        .map((name) => toStored({ name, ...records.get(name), minting: found.get(name)?.['minting'] }, found.has(name))));
}
function nameOf(row) {
    return String(row?.['name']);
}
function definition({ principal, host, password, connectionLimit }) {
    return `${(0,mysql_connection/* quoteAccount */.Y_)(principal, host)} IDENTIFIED BY PASSWORD '${(0,verifier/* nativeVerifier */.kr)(password)}' WITH MAX_USER_CONNECTIONS ${connectionLimit}`;
}
function grantRole({ principal, host, roles: [role] }) {
    return role === undefined ? [] : [`GRANT ${role} TO ${(0,mysql_connection/* quoteAccount */.Y_)(principal, host)}`];
}
/** A condition: whether there is such a role and root may grant it. @param role quoted */
function mayGrant(role) {
    return `EXISTS (SELECT * FROM information_schema.applicable_roles WHERE is_grantable = 'YES'
    AND CONCAT('\`', REPLACE(role_name, '\`', '\`\`'), '\`') = ${hex(role)})`;
}
/** What root must be able to read. */
const readLeases = 'SELECT name FROM joblease.leases LIMIT 0';
const readAccounts = 'SELECT User, Host FROM mysql.user LIMIT 0';
/** A text as a literal that no SQL mode reads differently. */
function hex(text) {
    return `CONVERT(X'${Buffer.from(text).toString('hex')}' USING utf8mb4)`;
}

// EXTERNAL MODULE: src/engines/login/authority.js
var authority = __webpack_require__(8714);
// EXTERNAL MODULE: src/engines/login/password.js
var login_password = __webpack_require__(1222);
;// CONCATENATED MODULE: src/engines/mysql/reaper.js


/** A reaper that has not finished a round for so long is taken for dead; it is meant to do one every 5 s. */
const staleSeconds = 30;
/** What {@link reaperProblem} judges: the reaper's last round. */
const heartbeat = `SELECT UNIX_TIMESTAMP() - at AS age, able, server = CONCAT(@@hostname, ':', @@server_id) AS here
  FROM joblease.heartbeat`;
/**
 * Whether the reaper (docs/mysql.md, docs/mariadb.md) ends leases on this server: its last round is fresh, was on this
 * server (a replica has the primary's heartbeat), and had the rights to end accounts and sessions.
 *
 * @param answer to {@link heartbeat}: a row, undefined for none, or what it failed with
 * @returns why not, in words; `''` when it does
 */
function reaperProblem({ flavour, isProxying, scheduler }, answer) {
    if (scheduler !== 'ON')
        return `event_scheduler is ${scheduler} on this server`;
    if (flavour.name === 'mariadb' && isProxying) {
        return 'the plugin "pam" lets accounts log in as others, and the reaper cannot see which sessions are the lease then';
    }
    if (answer instanceof Error) {
        if (!(0,mysql_errors/* isDenied */.GZ)(answer) && !(0,mysql_errors/* isTableUnknown */.JJ)(answer))
            throw answer;
        return `the reaper is not installed, or root may not read joblease.heartbeat (${(0,errors/* messageOf */.b)(answer)})`;
    }
    if (answer === undefined)
        return 'the reaper has never run';
    const age = Number(answer['age']);
    // The scheduler waits for the time that it had reached.
    if (age < 0)
        return `the reaper's last round is ${-age} s ahead of the server's clock, which was set back`;
    if (age > staleSeconds)
        return `the reaper last ran ${age} s ago`;
    if (answer['here'] !== 1)
        return 'the reaper runs on another server than this one';
    if (answer['able'] !== 1)
        return 'the account joblease_reaper lacks a privilege';
    return '';
}

// EXTERNAL MODULE: src/engines/mysql/root.js
var mysql_root = __webpack_require__(3586);
;// CONCATENATED MODULE: src/engines/mysql/mint.js












/** @throws UserError when the authority cannot be read any more */
async function readCredential(credential, config) {
    const { target, ...login } = JSON.parse(credential);
    return { ...login, target: { ...target, ca: await (0,authority/* readAuthority */.A)(config['tls-ca'], 'tls-ca') } };
}
/**
 * Mints an account. DDL commits by itself, so where a later step fails the account is ended before the error is thrown.
 * What root may lack is found out by what the server refuses.
 *
 * @throws UserError for a right that root lacks, an unknown role, or an error in the user's statements
 */
async function mint(root, draft, config, context) {
    const { principal } = draft;
    const password = (0,login_password/* newPassword */.Ce)();
    context.mask?.([password]);
    const roles = config['member-of'].map(mysql_connection/* quoteRole */.Zr);
    root.flavour.checkRoles(roles);
    if (config['creation-statements'] !== '')
        await root.prepare();
    if (root.isPrepared)
        checkRights(root, context);
    const isChecked = root.isPrepared;
    const iat = isChecked ? root.now() : Math.floor(Date.now() / 1000); // the server's own clock takes its place
    const account = {
        principal,
        host: config['host-pattern'],
        password,
        record: { v: 1, ...draft.job, role: draft.role, iat, exp: iat + draft.ttl, max: iat + draft.maxTtl },
        roles,
        connectionLimit: config['connection-limit'],
    };
    const login = {
        user: principal,
        password,
        database: config.database === '' ? root.root.database : config.database,
        target: root.connection.target,
    };
    let problem;
    let isEndable;
    let mintedAt;
    try {
        ({ problem, mintedAt } = await create(root, account, login, config, context));
        if (!isChecked)
            checkRights(root, context);
        if (problem !== '') {
            const where = `See "The switch" in docs/${root.flavour.name}.md.`;
            context.warn(`The server does not end this lease by itself: ${problem}. ${where}`);
        }
        isEndable = await canEnd(root, login, config, context);
    }
    catch (error) {
        // When even this fails there is the post step, the switch and the sweep.
        const undo = { ...config, 'revocation-statements': '' };
        await root
            .prepare()
            .then(async () => await revoke(root, principal, undo, context))
            .catch(() => undefined);
        throw error;
    }
    const minted = handOver(root, login, new Date((mintedAt + draft.ttl) * 1000), problem === '' && isEndable);
    const { host, port } = root.root;
    return {
        ...minted,
        about: { Role: config['member-of'].join(', '), Host: `${host}:${port}`, Database: login.database },
    };
}
/** Says what root lacks, as far as its rights tell. @throws UserError when it cannot mint at all */
function checkRights(root, { warn }) {
    const { flavour, rights, account } = root;
    if (!rights.has('CREATE USER') && !rights.has('ALL PRIVILEGES')) {
        throw new errors/* UserError */.y(`"${root.root.user}" may not create accounts`, {
            input: 'root',
            fix: `Run as an administrator: GRANT CREATE USER ON *.* TO ${account};`,
        });
    }
    const missing = (0,root_session/* missingKillRights */.Yn)(flavour, rights);
    if (missing.length > 0) {
        warn(`Root lacks ${missing.join(' and ')}, so open sessions outlive a revocation. Run as an administrator: GRANT ${missing.join(', ')} ON *.* TO ${account};`);
    }
    if (!(0,root_session/* mayKill */.qT)(flavour, rights)) {
        warn(`Root has no role, so it cannot end open sessions without harm. ${(0,root_session/* roleFix */.aw)(root)}`);
    }
}
/**
 * Whether others than this root, the reaper above all, can end the account.
 *
 * @throws UserError when they surely cannot
 */
async function canEnd({ flavour, rights, ahead }, login, config, { signal, warn }) {
    // Root can hand on only what it has, directly or in a role; ROLE_ADMIN hands on every role.
    if (flavour.name !== 'mysql' || !['SYSTEM_USER', 'ROLE_ADMIN', 'ALL PRIVILEGES'].some((each) => rights.has(each))) {
        return true;
    }
    let held;
    try {
        await using own = await ahead.take({ ...login, database: '' }, signal).finish();
        await own.rows(flavour.activateRoles);
        held = (0,root_session/* toRights */.TK)(await own.rows('SHOW GRANTS'));
        if (config['connection-limit'] === 1)
            await own.close();
    }
    catch (error) {
        if (!(0,mysql_errors/* isLoginRefused */.mZ)(error))
            throw error;
        warn('The lease cannot log in from here, so it was not seen whether it holds SYSTEM_USER, which would keep it from being ended.');
        return false;
    }
    if (!held.has('SYSTEM_USER'))
        return true;
    throw new errors/* UserError */.y('the account would hold SYSTEM_USER, and then only accounts that hold it too can end it', {
        input: config['creation-statements'] === '' ? 'member-of' : 'creation-statements',
        fix: 'Grant what the job needs by name: GRANT ALL ON *.* includes SYSTEM_USER.',
    });
}
async function create(root, account, login, config, context) {
    const { flavour, ahead } = root;
    const { signal, mints } = context;
    // While the account is made, the connections that need it come as far as their logins.
    const ownActivation = root.isPrepared && root.rights.has(root_session/* changeAccounts */.jH) ? undefined : flavour.ownActivation;
    const isActivated = ownActivation !== undefined && account.roles.length > 0;
    if (isActivated && mints !== undefined)
        ahead.prepare({ ...login, database: '' }, signal);
    if (mints?.verify === true)
        ahead.prepare(login, signal);
    const statements = config['creation-statements'];
    const creation = statements === ''
        ? await createInOne(root, account, config, context)
        : await createWith(root, account, statements, config, context);
    if (isActivated)
        await activate(root, account, login, ownActivation(account), signal);
    return creation;
}
/** Creates the account in one message. */
async function createInOne(root, account, config, context) {
    const { flavour } = root;
    const [lock] = mintLocks(account.principal);
    const ours = [
        holdLock(lock),
        ...flavour.creation(account),
        ...activation(root, account),
        `DO RELEASE_LOCK('${lock}')`,
    ];
    const time = flavour.mintedAt ?? `SELECT ${account.record.iat} AS now`;
    try {
        const [[row] = [], [answer] = []] = (await root.prepare([...ours, time, heartbeat])).slice(-2);
        return { problem: reaperProblem(root, answer), mintedAt: Number(row?.['now']) };
    }
    catch (error) {
        // The heartbeat comes last: all else was done before it failed.
        if ((0,mysql_connection/* failedStatement */.LL)(error) !== ours.length + 1)
            throw await explained(error, root, config, context);
        const [[row] = []] = (await root.prepare([time])).slice(-1);
        return { problem: reaperProblem(root, error), mintedAt: Number(row?.['now']) };
    }
}
/** Creates the account with the user's own statements. */
async function createWith(root, account, statements, config, context) {
    const { connection, flavour } = root;
    const { principal, record } = account;
    const [lock] = mintLocks(principal);
    const expiration = new Date(record.exp * 1000).toISOString().slice(0, 19).replace('T', ' ');
    // Vault's statements write IDENTIFIED BY '{{password}}', where no verifier would do. They get a password that is over
    // as soon as they are: right after them the account gets the lease's own, by its verifier.
    const values = { name: principal, password: (0,login_password/* newPassword */.Ce)(), expiration };
    const text = (0,login_statements/* renderStatements */.b)(statements, values, 'creation-statements');
    const run = async () => {
        try {
            await runStatements(root, principal, text, context.signal);
        }
        catch (error) {
            throw explainStatements(error, values.password);
        }
    };
    const send = async (ours) => {
        try {
            await connection.results(ours);
        }
        catch (error) {
            throw await explained(error, root, config, context);
        }
    };
    if ((0,login_statements/* mentions */.w)(statements, 'password')) {
        await send([holdLock(lock), ...flavour.announcement(account)]);
        await run();
        const made = await connection.rows(flavour.accounts([principal]));
        if (made.length === 0) {
            throw new errors/* UserError */.y('they use {{password}} but do not create the account', {
                input: 'creation-statements',
                fix: "Statements that use {{password}} must begin with: CREATE USER '{{name}}'@'%' …; leave {{password}} out to have the account made for them.",
            });
        }
        const accounts = made.map(toAccount).map(({ host }) => ({ ...account, host }));
        await send(accounts.flatMap((each) => [...flavour.adoption(each), ...activation(root, each)]));
    }
    else {
        await send([holdLock(lock), ...flavour.creation(account), ...activation(root, account)]);
        await run();
    }
    const time = flavour.mintedAt ?? `SELECT ${record.iat} AS now`;
    const [, [row] = []] = await connection.results([`DO RELEASE_LOCK('${lock}')`, time]);
    const [answer] = await connection.rows(heartbeat).catch((error) => {
        if ((0,mysql_connection/* serverError */.ig)(error) === undefined)
            throw error;
        return [error];
    });
    return { problem: reaperProblem(root, answer), mintedAt: Number(row?.['now']) };
}
/** What makes the account's role active, where root may do that. */
function activation(root, account) {
    const statement = root.flavour.activation(account);
    return statement === undefined || !root.isPrepared || !root.rights.has(root_session/* changeAccounts */.jH) ? [] : [statement];
}
/** The account makes its role active itself: for somebody else that takes UPDATE on the schema mysql. */
async function activate(root, { principal, host, connectionLimit }, login, statement, signal) {
    let open;
    try {
        open = await root.ahead.take({ ...login, database: '' }, signal).finish();
    }
    catch (error) {
        if (!(0,mysql_errors/* isLoginRefused */.mZ)(error))
            throw error;
        throw new errors/* UserError */.y(`'${principal}'@'${host}' may not log in from this runner, as it must to activate its role`, {
            input: 'host-pattern',
            said: (0,errors/* messageOf */.b)(error),
            fix: `Let it admit the runner, or, as an administrator: GRANT UPDATE ON mysql.* TO ${root.account};`,
            cause: error,
        });
    }
    await using own = open;
    await own.rows(statement);
    if (connectionLimit === 1)
        await own.close();
}
/** Says which input or which right a refusal by the server comes from. */
async function explained(error, root, config, context) {
    if ((0,mysql_connection/* serverError */.ig)(error) === undefined)
        return error;
    if (!root.isPrepared) {
        await root.prepare();
        checkRights(root, context);
    }
    const { flavour, account } = root;
    const said = (0,errors/* messageOf */.b)(error);
    const roles = config['member-of'].map(mysql_connection/* quoteRole */.Zr);
    await flavour.explain(root, roles);
    // An access denied names what it wants.
    const isRole = (0,mysql_errors/* isServerError */.GQ)(error, mysql_errors.ER.MYSQL_UNKNOWN_AUTHID, mysql_errors.ER.MARIADB_INVALID_ROLE, mysql_errors.ER.MYSQL_ROLE_NOT_GRANTED);
    if (isRole || ((0,mysql_errors/* isDenied */.GZ)(error) && /ADMIN/.test(said))) {
        return new errors/* UserError */.y(`root may not grant ${config['member-of'].join(', ')}`, {
            input: 'member-of',
            said,
            fix: `The roles must exist. Run as an administrator: GRANT ${roles.join(', ')} TO ${account} WITH ADMIN OPTION;`,
            cause: error,
        });
    }
    if ((0,mysql_errors/* isServerError */.GQ)(error, mysql_errors.ER.OPTION_PREVENTS_STATEMENT) && /strict-password-validation/.test(said)) {
        return new errors/* UserError */.y('the server takes no password that it is given as a hash', {
            input: 'root',
            said,
            fix: 'Generated passwords are long, and have letters of both cases, digits and a dash. Run as an administrator, and put it into its configuration: SET GLOBAL strict_password_validation = OFF;',
            cause: error,
        });
    }
    if (!(0,mysql_errors/* isDenied */.GZ)(error))
        return error;
    return new errors/* UserError */.y('root lacks a privilege', {
        input: 'root',
        said,
        fix: `See "The root login" in docs/${flavour.name}.md.`,
        cause: error,
    });
}
function explainStatements(error, password) {
    const number = (0,mysql_connection/* serverError */.ig)(error);
    if (number === undefined)
        return error;
    const said = `${(0,errors/* messageOf */.b)(error).replaceAll(password, '{{password}}')} [${number}]`;
    return new errors/* UserError */.y('the server refused the statements', { input: 'creation-statements', said });
}
function handOver(root, login, expiresAt, isReaped) {
    const { host, port } = root.root;
    const { user, password, database } = login;
    const { ca: _, ...target } = login.target;
    const kept = { user, password, database, target };
    const url = (0,mysql_root/* formatUrl */.J)({ ...root.root, user, password, database });
    return {
        expiresAt,
        expiryClass: isReaped ? 'full' : 'sweep',
        credential: JSON.stringify(kept),
        secrets: [password, url, Buffer.from(`${user}:${password}`).toString('base64')],
        outputs: { username: user, password, host, port: String(port), database, url },
        environment: {
            MYSQL_HOST: host,
            MYSQL_TCP_PORT: String(port),
            MYSQL_USER: user,
            MYSQL_PWD: password,
            ...(database === '' ? {} : { MYSQL_DATABASE: database }),
            DATABASE_URL: url,
        },
    };
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
;// CONCATENATED MODULE: src/engines/mysql/mysql.js








/** MySQL 8.0.22 and newer: the account's ATTRIBUTE carries the lease record, and one statement makes all of it. */
const mysqlFlavour = {
    name: 'mysql',
    killRights: [
        ['CONNECTION_ADMIN', 'SUPER', 'ALL PRIVILEGES'],
        ['PROCESS', 'ALL PRIVILEGES'],
    ],
    settings: ['max_execution_time = 60000', 'transaction_read_only = 0'],
    // KILL holds the victim while it looks up whether it may, and for that it waits for the server's cache of accounts. A
    // victim that is just changing its own password holds that cache and waits for itself to be let go: then nobody logs
    // in any more. A session with an active role, whatever the role may do, has its rights at hand and does not wait.
    activateRoles: 'SET ROLE ALL',
    // Only information_schema tells whose rights an event or a routine has at the moment, and whoever reads it waits for
    // every session that is changing its user, which such a session may make last. performance_schema waits for nobody.
    sessions: `(SELECT id, user, command FROM performance_schema.processlist
    UNION ALL SELECT id, user, command FROM information_schema.processlist
      WHERE NOT EXISTS (SELECT * FROM performance_schema.processlist WHERE command = 'Change user')) sessions`,
    // These plugins know no other account than the one that logs in; the directories' name one themselves.
    proxying: `@@global.check_proxy_users OR EXISTS (SELECT * FROM information_schema.plugins
    WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE' AND plugin_name NOT IN
      ('caching_sha2_password', 'sha256_password', 'mysql_native_password', 'mysql_no_login', 'auth_socket'))`,
    unfit(version) {
        if (version.includes('MariaDB'))
            return 'it is a MariaDB server: use the engine "mariadb"';
        const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
        const isOld = major < 8 || (major === 8 && minor === 0 && patch < 22);
        return isOld ? `it is MySQL ${version}, and accounts carry attributes from 8.0.22 on` : undefined;
    },
    checkRoles: () => undefined,
    guard: undefined,
    mintedAt: undefined,
    announcement: () => [],
    // What root lacks for it shows before anything exists.
    creation: (account) => [`CREATE USER ${mysql_definition(account)}`],
    explain: async () => await Promise.resolve(),
    activation: () => undefined,
    ownActivation: undefined,
    adoption(account) {
        const { principal, host, roles } = account;
        const user = (0,mysql_connection/* quoteAccount */.Y_)(principal, host);
        const granted = roles.length === 0 ? [] : [`GRANT ${roles.join(', ')} TO ${user}`, `ALTER USER ${user} DEFAULT ROLE ALL`];
        return [`ALTER USER ${mysql_definition({ ...account, roles: [] })}`, ...granted];
    },
    accounts: (principals) => `SELECT user AS name, host AS host FROM information_schema.user_attributes WHERE user IN (${listOf(principals)})`,
    async rolesOf(connection, accounts) {
        const names = listOf(accounts.map(({ principal }) => principal));
        const rows = await connection
            .rows(`SELECT DISTINCT from_user AS role, from_host AS host FROM mysql.role_edges WHERE to_user IN (${names})`)
            .catch(async (error) => {
            if (!(0,mysql_errors/* isDenied */.GZ)(error))
                throw error;
            // Then all that root may take from anybody.
            return await connection.rows('SELECT role_name AS role, role_host AS host FROM information_schema.administrable_role_authorizations');
        });
        return rows.map(({ role, host }) => (0,mysql_connection/* quoteAccount */.Y_)(String(role), String(host)));
    },
    async endProxies(connection, principals) {
        const lines = `mysql.proxies_priv x WHERE x.Proxied_user IN (${listOf(principals)})`;
        const started = Date.now();
        try {
            const [row] = await connection.rows(`SELECT COUNT(*) AS n, @@global.performance_schema AS shown FROM ${lines}`);
            if (row?.['n'] === 0)
                return '';
            if (row?.['shown'] !== 1)
                return 'only performance_schema, which is off, shows its sessions under other names';
            for (;;) {
                const sessions = await connection.rows(`SELECT t.PROCESSLIST_ID AS id FROM performance_schema.variables_by_thread v
            JOIN performance_schema.threads t ON t.THREAD_ID = v.THREAD_ID
            WHERE v.VARIABLE_NAME = 'proxy_user' AND EXISTS (SELECT * FROM ${lines}
              AND CAST(CONCAT('''', x.User, '''@''', x.Host, '''') AS BINARY) = CAST(v.VARIABLE_VALUE AS BINARY))`);
                if (sessions.length === 0)
                    return '';
                if (Date.now() - started > sessionPatienceMs)
                    return 'its sessions under other names did not end';
                for (const { id } of sessions) {
                    if ((await kill(connection, [Number(id)])) === undefined)
                        return 'root may not end its sessions under other names';
                }
                await (0,promises_.setTimeout)(10);
            }
        }
        catch (error) {
            if (!(0,mysql_errors/* isDenied */.GZ)(error))
                throw error;
            return 'it is dropped, but the server lets accounts log in as others (GRANT PROXY), and root may not see whether a session is it under another name: see "Proxy users" in docs/mysql.md';
        }
    },
    lock(accounts, now) {
        const over = `{"joblease": {"exp": 0, "reap": ${now + handOverSeconds}}}`;
        // A merge patch: the rest of the record stays.
        return [`ALTER USER IF EXISTS ${named(accounts)} ACCOUNT LOCK ATTRIBUTE '${over}'`];
    },
    async renew(connection, principal, record) {
        for (const { host } of (await connection.rows(this.accounts([principal]))).map(toAccount)) {
            await connection.rows(`ALTER USER ${(0,mysql_connection/* quoteAccount */.Y_)(principal, host)} ATTRIBUTE '${attribute(record)}'`);
        }
        return true;
    },
    forget: () => [],
    async page(connection, after, size) {
        const rows = await connection.rows(`${stored} WHERE REGEXP_LIKE(${ours}, 'c') AND user > '${after}'
        GROUP BY user ORDER BY user LIMIT ${size}`);
        return rows.map(read);
    },
    async stored(connection, principal) {
        const [row] = await connection.rows(`${stored} WHERE user = '${principal}' GROUP BY user`);
        return row === undefined ? undefined : read(row);
    },
    async lookalikes(connection) {
        const rows = await connection.rows(`SELECT DISTINCT user AS name FROM information_schema.user_attributes
        WHERE NOT REGEXP_LIKE(${ours}, 'c')
          AND (user LIKE 'jl|_%' ESCAPE '|' OR JSON_CONTAINS_PATH(attribute, 'one', '$.joblease')) ORDER BY user`);
        return rows.map(({ name }) => String(name));
    },
    // The server chooses the new password and tells it to nobody but this connection, which does not keep it.
    scramble: () => 'ALTER USER USER() IDENTIFIED BY RANDOM PASSWORD',
};
const ours = isOurs('user').join(', ');
const stored = `SELECT user AS name, CAST(MAX(JSON_EXTRACT(attribute, '$.joblease')) AS CHAR) AS record,
    MAX(IF(JSON_TYPE(JSON_EXTRACT(attribute, '$.joblease.exp')) = 'INTEGER',
      CAST(JSON_EXTRACT(attribute, '$.joblease.exp') AS SIGNED), NULL)) AS exp,
    MAX(${isMinting('user')}) AS minting
  FROM information_schema.user_attributes`;
/** An end of 0 was written by the statement that locked the account. */
function read(row) {
    return toStored(row, row['exp'] === null || Number(row['exp']) !== 0);
}
function mysql_definition({ principal, host, password, record, roles, connectionLimit }) {
    return [
        (0,mysql_connection/* quoteAccount */.Y_)(principal, host),
        `IDENTIFIED WITH caching_sha2_password AS '${(0,verifier/* cachingSha2Verifier */.gZ)(password)}'`,
        ...(roles.length === 0 ? [] : [`DEFAULT ROLE ${roles.join(', ')}`]),
        `WITH MAX_USER_CONNECTIONS ${connectionLimit}`,
        // Whatever the server's policy is: else the lease could not end itself.
        'PASSWORD REQUIRE CURRENT OPTIONAL',
        `ATTRIBUTE '${attribute(record)}'`,
    ].join(' ');
}
/**
 * The record as the text of a literal, in a session that takes backslashes as they are (see openRoot). It holds no
 * single quote, so that it ends no literal in any other mode either, as behind a proxy that mixes sessions up.
 */
function attribute(record) {
    return `{"joblease": ${(0,lease_record/* encodeRecord */.Ym)(record).replaceAll("'", '\\u0027')}}`;
}

;// CONCATENATED MODULE: src/engines/mysql/self.js






/**
 * The lease ends itself, because no root can: it scrambles its own password and ends its own sessions.
 *
 * @throws UserError when the server refuses the login without saying that the account is locked
 */
async function endSelf(flavour, login, { signal, retrying }) {
    let connection;
    try {
        connection = await (0,retry/* retry */.L)(async () => await mysql_connection/* Connection */.Ng.open(login.target, { ...login, database: '' }, signal, { multipleStatements: true }), mysql_errors/* canHeal */.Zn, signal, retrying);
    }
    catch (error) {
        if ((0,mysql_errors/* isLocked */.ln)(error))
            return { outcome: 'absent', sessionsEnded: 0 };
        if (!(0,mysql_errors/* isLoginRefused */.mZ)(error))
            throw error;
        throw new errors/* UserError */.y('the server refuses its password, which somebody may have changed', {
            said: (0,errors/* messageOf */.b)(error),
            cause: error,
        });
    }
    await using own = connection;
    const sessions = new Set();
    // Without the right PROCESS an account sees its own sessions, and may kill them.
    const grants = [...(flavour.activateRoles === '' ? [] : [flavour.activateRoles]), 'SHOW GRANTS'];
    const may = (0,root_session/* mayKill */.qT)(flavour, (0,root_session/* toRights */.TK)((await own.results(grants)).at(-1) ?? []));
    const principal = login.user;
    const site = { connection: own, flavour };
    const started = Date.now();
    for (let ended = -1; ended < sessions.size;) {
        ended = sessions.size;
        // Whoever is ended after it may have set the password back.
        const [, rows = []] = await own.results([flavour.scramble(), presenceQuery(flavour, [principal])]);
        const known = rows.map(toPresence).filter(({ name }) => name !== undefined);
        const left = await endSessions(site, principal, known, sessions, may);
        const isLate = Date.now() - started > sessionPatienceMs && ended < sessions.size;
        if (left > 0 || isLate)
            return {
                outcome: 'failed',
                reason: 'its password was scrambled, but its sessions did not all end',
                sessionsEnded: sessions.size,
            };
    }
    return {
        outcome: 'failed',
        reason: 'its password was scrambled and its sessions ended, but a login that was under way, or an event of its own, may go on until the reaper or the sweep ends it',
        sessionsEnded: sessions.size,
    };
}

;// CONCATENATED MODULE: src/engines/mysql/engine.js









/** MySQL 8.0.22 and newer. */
const mysqlEngine = engineOf(mysqlFlavour);
/** MariaDB 10.6 and newer. */
const mariadbEngine = engineOf(mariadbFlavour);
function engineOf(flavour) {
    return {
        async open(roots, config, context) {
            const root = await (0,root_session/* openRoot */.R8)(flavour, roots, config, context);
            if (context.debug !== undefined)
                context.debug(`root: ${await root.connection.facts()}`);
            return session(root, config, context);
        },
        canHeal: mysql_errors/* canHeal */.Zn,
        batchSize: batchSize,
        endSelf: async (credential, config, context) => await endSelf(flavour, await readCredential(credential, config), context),
        async *rotateRoot(roots, config, terms, context) {
            const { rotateRoot } = await __webpack_require__.e(/* import() */ "mysql-rotate").then(__webpack_require__.bind(__webpack_require__, 7257));
            return yield* rotateRoot(flavour, roots, config, terms, context);
        },
    };
}
function session(root, config, context) {
    return {
        mint: async (draft) => await mint(root, draft, config, context),
        verify: async (credential) => await verify(root, await readCredential(credential, config), config, context),
        async renew(principal, ttl) {
            await root.prepare();
            return await renew(root, principal, ttl);
        },
        async revoke(principal) {
            await root.prepare();
            return await revoke(root, principal, config, context);
        },
        async *leases() {
            await root.prepare();
            yield* list(root);
        },
        async *lookalikes() {
            await root.prepare();
            yield* lookalikes(root);
        },
        async *end(leases) {
            await root.prepare();
            yield* end(root, leases, config, context);
        },
        [Symbol.asyncDispose]: async () => {
            await root[Symbol.asyncDispose]();
        },
    };
}
async function verify({ ahead }, login, config, { signal, debug }) {
    try {
        // A server that lets the login in has done all its checks.
        await using own = await ahead.take(login, signal).finish();
        if (debug !== undefined)
            debug(`verify: ${await own.facts()}`);
        // The job may have no other session until this one is gone.
        if (config['connection-limit'] === 1)
            await own.close();
    }
    catch (error) {
        throw (0,mysql_errors/* loginError */.Mz)(error, login.target, login, 'verify');
    }
}


/***/ }),

/***/ 61: // src/engines/mysql/errors.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   ER: () => (/* binding */ ER),
/* harmony export */   GQ: () => (/* binding */ isServerError),
/* harmony export */   GZ: () => (/* binding */ isDenied),
/* harmony export */   IB: () => (/* binding */ isContention),
/* harmony export */   JJ: () => (/* binding */ isTableUnknown),
/* harmony export */   Mz: () => (/* binding */ loginError),
/* harmony export */   Zn: () => (/* binding */ canHeal),
/* harmony export */   ln: () => (/* binding */ isLocked),
/* harmony export */   mZ: () => (/* binding */ isLoginRefused)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _failure_network_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8866);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(6350);



/**
 * Numbers of the servers' errors, by the servers' own names for them. Where the two have different ones, each is named.
 *
 * https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html,
 * https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
const ER = {
    CHECKREAD: 1020,
    CON_COUNT: 1040,
    DBACCESS_DENIED: 1044,
    ACCESS_DENIED: 1045,
    BAD_DB: 1049,
    SERVER_SHUTDOWN: 1053,
    NO_SUCH_THREAD: 1094,
    KILL_DENIED: 1095,
    HOST_NOT_PRIVILEGED: 1130,
    TABLEACCESS_DENIED: 1142,
    COLUMNACCESS_DENIED: 1143,
    NO_SUCH_TABLE: 1146,
    TOO_MANY_USER_CONNECTIONS: 1203,
    LOCK_WAIT_TIMEOUT: 1205,
    LOCK_DEADLOCK: 1213,
    USER_LIMIT_REACHED: 1226,
    SPECIFIC_ACCESS_DENIED: 1227,
    OPTION_PREVENTS_STATEMENT: 1290,
    PROCACCESS_DENIED: 1370,
    CANNOT_USER: 1396,
    ACCESS_DENIED_NO_PASSWORD: 1698,
    MARIADB_CONNECTION_KILLED: 1927,
    MARIADB_INVALID_ROLE: 1959,
    MARIADB_USER_DROP_EXISTS: 1974,
    MARIADB_ACCOUNT_HAS_BEEN_LOCKED: 4151,
    MYSQL_ACCOUNT_HAS_BEEN_LOCKED: 3118,
    MYSQL_USER_DOES_NOT_EXIST: 3162,
    MYSQL_UNKNOWN_AUTHID: 3523,
    MYSQL_ROLE_NOT_GRANTED: 3530,
    MYSQL_USER_REFERENCED_AS_DEFINER: 4006,
};
/** Whether an error came from a server and has one of these numbers. */
function isServerError(error, ...numbers) {
    const number = (0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .serverError */ .ig)(error);
    return number !== undefined && numbers.includes(number);
}
/** Failures of the network and of a server that starts, stops or is full: the same attempt may succeed a moment later. */
function canHeal(error) {
    if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y)
        return error.details.cause !== undefined && canHeal(error.details.cause);
    if ((0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .serverError */ .ig)(error) !== undefined)
        return isServerError(error, ...passing);
    // The driver's own words for a connection that broke before it was used again, and ours for one that took too long:
    // whoever has time left tries again.
    const isBroken = /connection is in closed state/.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error)) || (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error) === _connection_js__WEBPACK_IMPORTED_MODULE_2__/* .abandoned */ .R$;
    const isOutOfTime = error instanceof DOMException && error.name === 'TimeoutError';
    const isLost = (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isPassingNetworkFailure */ .OI)(error) || (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isDoubtful */ .Ge)(error) || (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .systemCode */ .xU)(error) === 'PROTOCOL_CONNECTION_LOST';
    return isBroken || isOutOfTime || isLost || isLostInTls(error);
}
const passing = [
    ER.CON_COUNT,
    ER.SERVER_SHUTDOWN,
    ER.LOCK_WAIT_TIMEOUT,
    ER.LOCK_DEADLOCK,
    ER.TOO_MANY_USER_CONNECTIONS,
    ER.USER_LIMIT_REACHED,
    ER.MARIADB_CONNECTION_KILLED,
];
/** The driver gives every failure of the TLS handshake one code; what came from the network keeps only its words (node:tls). */
function isLostInTls(error) {
    const isOfNetwork = /socket disconnected before secure TLS|ECONNRESET|EPIPE|ETIMEDOUT/.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error));
    return (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .systemCode */ .xU)(error) === 'HANDSHAKE_SSL_ERROR' && isOfNetwork;
}
/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
function isContention(error) {
    // CHECKREAD: MariaDB's tables of accounts have changed since they were read.
    return isServerError(error, ER.CHECKREAD, ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK);
}
/** Wrong password, locked account, host not allowed: this login will not be let in here. */
function isLoginRefused(error) {
    return (isLocked(error) || isServerError(error, ER.ACCESS_DENIED, ER.ACCESS_DENIED_NO_PASSWORD, ER.HOST_NOT_PRIVILEGED));
}
/** The account exists, the password is right, and it is locked. */
function isLocked(error) {
    return isServerError(error, ER.MYSQL_ACCOUNT_HAS_BEEN_LOCKED, ER.MARIADB_ACCOUNT_HAS_BEEN_LOCKED);
}
/** Access denied, in the server's many ways of saying it. */
function isDenied(error) {
    return isServerError(error, ER.DBACCESS_DENIED, ER.ACCESS_DENIED, ER.TABLEACCESS_DENIED, ER.COLUMNACCESS_DENIED, ER.SPECIFIC_ACCESS_DENIED, ER.PROCACCESS_DENIED);
}
/** A table that is not there, or whose database is not. */
function isTableUnknown(error) {
    return isServerError(error, ER.NO_SUCH_TABLE, ER.BAD_DB);
}
/**
 * Says why a login failed.
 *
 * @param input the input that supplied the login
 */
function loginError(error, target, login, input) {
    const { user, password, database } = login;
    const place = `${target.host}:${target.port}`;
    const said = (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error);
    const because = (problem, fix) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(problem, { input, said, fix, cause: error });
    if (isServerError(error, ER.ACCESS_DENIED) && password === '') {
        return because(`the server at ${place} refused the login of "${user}", and the URL has no password`, `Write it between the user name and the host, percent-encoded: ${target.scheme}://user:password@host:port/database.`);
    }
    if (isLoginRefused(error)) {
        return because(`the server at ${place} refused the login of "${user}"`, 'Check the user name, the password (percent-encoded in the URL), and the host that the account may log in from.');
    }
    switch ((0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .serverError */ .ig)(error)) {
        case ER.DBACCESS_DENIED:
            return because(`"${user}" may not use the database "${database}" at ${place}`, 'Grant it something there, for example through a role in "member-of".');
        case ER.BAD_DB:
            return because(`there is no database "${database}" at ${place}`, 'Check the last part of the URL.');
        default:
    }
    const code = (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .systemCode */ .xU)(error);
    if (code === _failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .peerCodes */ .D9.foreign) {
        return because(`what answers at ${place} is neither MySQL nor MariaDB`, 'Check host and port: they have 3306.');
    }
    if (code === _failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .peerCodes */ .D9.mute) {
        return because(`what answers at ${place} hung up at once`, 'Check host and port. A proxy does this while its server is down.');
    }
    if (code === 'ENOTFOUND')
        return because(`the host "${target.host}" is unknown`, 'Check the host name in the URL.');
    if (code === 'ECONNREFUSED') {
        return because(`nothing accepts connections at ${place}`, 'Check host and port, and that the server runs.');
    }
    if ((0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isCertificateCode */ .TR)(code) || /certificate|altnames/i.test(said)) {
        return because(`the certificate of ${place} is not trusted`, 'Give the authority that signed it in "tls-ca". ssl-mode=VERIFY_CA leaves the host name unchecked; ssl-mode=REQUIRED checks nothing.');
    }
    if (code === 'HANDSHAKE_NO_SSL_SUPPORT') {
        return because(`the server at ${place} offers no TLS`, 'Only where the network itself is trusted: ssl-mode=DISABLED.');
    }
    return because(`the server at ${place} could not be used`, 'Check that this runner can reach it.');
}


/***/ }),

/***/ 3071: // src/engines/mysql/root-session.js + 1 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  jH: () => (/* binding */ changeAccounts),
  qT: () => (/* binding */ mayKill),
  Yn: () => (/* binding */ missingKillRights),
  R8: () => (/* binding */ openRoot),
  aw: () => (/* binding */ roleFix),
  TK: () => (/* binding */ toRights)
});

// UNUSED EXPORTS: RootSession

// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/engines/login/authority.js
var authority = __webpack_require__(8714);
// EXTERNAL MODULE: src/failure/network.js
var network = __webpack_require__(8866);
// EXTERNAL MODULE: src/engines/mysql/connection.js
var mysql_connection = __webpack_require__(6350);
// EXTERNAL MODULE: src/engines/mysql/dial.js
var dial = __webpack_require__(1444);
;// CONCATENATED MODULE: src/engines/mysql/ahead.js


/**
 * Connections that are opened before it is their turn, so that only the login is left to wait for. A server shows them
 * as logins under way, which a revocation waits for: so none is opened before it is known to be needed soon.
 */
class Ahead {
    #sockets = [];
    #openings = [];
    /** Begins to connect, for whomever. */
    dial(target) {
        this.#sockets.push((0,dial/* dial */.zy)(target));
    }
    /** Goes as far as it can without logging in. */
    prepare(login, signal) {
        this.#openings.push({ login, opening: this.#open(login, signal) });
    }
    /** @returns what was prepared for this login, or else a new one */
    take(login, signal) {
        const index = this.#openings.findIndex(({ login: each }) => each.user === login.user && each.database === login.database);
        const [found] = index < 0 ? [] : this.#openings.splice(index, 1);
        return found?.opening ?? this.#open(login, signal);
    }
    #open(login, signal) {
        const socket = this.#sockets.shift();
        return new mysql_connection/* Opening */.$4(login.target, login, signal, socket === undefined ? {} : { socket });
    }
    [Symbol.dispose]() {
        for (const socket of this.#sockets.splice(0))
            socket.destroy();
        for (const { opening } of this.#openings.splice(0))
            opening[Symbol.dispose]();
    }
}

// EXTERNAL MODULE: src/engines/mysql/errors.js
var mysql_errors = __webpack_require__(61);
;// CONCATENATED MODULE: src/engines/mysql/root-session.js






/** A root login. What it tells of the server can be asked for once it is prepared. */
class RootSession {
    flavour;
    root;
    connection;
    ahead;
    #server;
    constructor(flavour, root, connection, ahead) {
        this.flavour = flavour;
        this.root = root;
        this.connection = connection;
        this.ahead = ahead;
    }
    get isPrepared() {
        return this.#server !== undefined;
    }
    get account() {
        return this.#known.account;
    }
    get rights() {
        return this.#known.rights;
    }
    get isProxying() {
        return this.#known.isProxying;
    }
    get scheduler() {
        return this.#known.scheduler;
    }
    now() {
        return this.#known.now();
    }
    /**
     * Brings the session into a known state, if it has not been yet.
     *
     * @param statements what else the message is to hold; on a server that cannot be used they are not carried out
     * @returns the rows of each of those
     * @throws UserError naming `root` when the server cannot be used; what {@link Connection.results} throws, with the
     *   index among those statements
     */
    async prepare(statements = []) {
        if (this.#server !== undefined)
            return statements.length === 0 ? [] : await this.connection.results(statements);
        const { connection, flavour, root } = this;
        const set = [...settings, ...flavour.settings].map((setting) => `SESSION ${setting}`);
        const ours = [
            `SET NAMES utf8mb4 COLLATE utf8mb4_bin, ${set.join(', ')}`,
            ...(flavour.activateRoles === '' ? [] : [flavour.activateRoles]),
            ...(statements.length === 0 || flavour.guard === undefined ? [] : [flavour.guard]),
            `${look}, ${flavour.proxying} AS proxying, CURRENT_USER() AS me, @@global.event_scheduler AS scheduler, UNIX_TIMESTAMP() AS now`,
            'SHOW GRANTS',
        ];
        const checkFit = (row) => {
            const problem = row?.['standby'] === 1 ? 'it is a read-only replica' : flavour.unfit(String(row?.['version']));
            if (problem === undefined)
                return;
            throw new errors/* UserError */.y(`the server at ${root.host}:${root.port} cannot be used: ${problem}`, {
                input: 'root',
                untouched: true,
            });
        };
        let results;
        try {
            results = await connection.results([...ours, ...statements]);
        }
        catch (error) {
            if (!(error instanceof Error) || (0,mysql_connection/* serverError */.ig)(error) === undefined)
                throw error;
            const failed = (0,mysql_connection/* failedStatement */.LL)(error) ?? 0;
            if (failed >= ours.length)
                throw (0,mysql_connection/* failedAs */.C4)(error, failed - ours.length);
            // Most likely something that only the other server knows.
            checkFit((await connection.rows(look))[0]);
            throw error;
        }
        const [[row] = [], grants = []] = results.slice(ours.length - 2);
        checkFit(row);
        const now = Number(row?.['now']);
        const readAt = performance.now();
        this.#server = {
            account: accountOf(String(row?.['me'])),
            rights: toRights(grants),
            isProxying: row?.['proxying'] === 1,
            scheduler: String(row?.['scheduler']),
            now: () => now + Math.floor((performance.now() - readAt) / 1000),
        };
        return results.slice(ours.length);
    }
    get #known() {
        if (this.#server === undefined)
            throw new Error('the session with the server has not been prepared');
        return this.#server;
    }
    async [Symbol.asyncDispose]() {
        this.ahead[Symbol.dispose]();
        await this.connection[Symbol.asyncDispose]();
    }
}
const look = 'SELECT VERSION() AS version, @@global.read_only OR @@global.innodb_read_only AS standby';
/** Among the rights of {@link toRights}: any role at all. */
const anyRole = 'a role';
/**
 * What a session must be set to, whatever the server's and the account's defaults are. NO_BACKSLASH_ESCAPES: a literal
 * then means what it says.
 */
const settings = [
    "sql_mode = 'STRICT_ALL_TABLES,NO_BACKSLASH_ESCAPES'",
    "time_zone = '+00:00'",
    'autocommit = 1',
    'completion_type = NO_CHAIN',
    'sql_safe_updates = 0',
    'sql_select_limit = 18446744073709551615',
    'lock_wait_timeout = 10',
    'innodb_lock_wait_timeout = 10',
];
/**
 * Logs in with the first root that a server accepts. No database is entered: root needs no right on any.
 *
 * @throws UserError naming `root` when no login is accepted
 */
async function openRoot(flavour, roots, config, { signal, warn, mints }) {
    const ca = await (0,authority/* readAuthority */.A)(config['tls-ca'], 'tls-ca');
    const failures = [];
    for (const root of roots) {
        const { scheme, host, port, sslMode } = root;
        const target = { scheme, host, port, sslMode, ca };
        const login = { ...root, database: '' };
        const ahead = new Ahead();
        const isActivated = flavour.ownActivation !== undefined && config['member-of'].length > 0;
        const needed = mints === undefined ? 0 : Number(mints.verify) + Number(isActivated);
        const dial = () => {
            for (let i = 0; i < needed; i += 1)
                ahead.dial(target);
        };
        // Where nothing is left to fall back on, the session is prepared by the message that mints. Then the others have
        // less time to get ready.
        const isOnly = mints !== undefined && roots.length === 1 && flavour.guard !== undefined;
        const options = { multipleStatements: true, [isOnly ? 'onGreeting' : 'onLogin']: dial };
        let connection;
        try {
            connection = await mysql_connection/* Connection */.Ng.open(target, login, signal, options);
        }
        catch (error) {
            ahead[Symbol.dispose]();
            if (signal.aborted && !(0,mysql_errors/* canHeal */.Zn)(signal.reason))
                throw signal.reason;
            failures.push((0,mysql_errors/* loginError */.Mz)(error, target, login, 'root'));
            continue;
        }
        const session = new RootSession(flavour, root, connection, ahead);
        try {
            if (!isOnly || flavour.unfit(connection.greetedVersion) !== undefined)
                await session.prepare();
        }
        catch (error) {
            await session[Symbol.asyncDispose]();
            if (!(error instanceof errors/* UserError */.y))
                throw error;
            failures.push(error);
            continue;
        }
        for (const { message } of failures)
            warn(`${message.split('\n', 1)[0]}; another one was used`);
        return session;
    }
    const [first, ...more] = failures;
    if (first === undefined)
        throw new errors/* UserError */.y('it is empty', { input: 'root' });
    if (more.length === 0)
        throw first;
    const causes = failures.map(({ details }) => details.cause);
    throw new errors/* UserError */.y('no root credential could be used', {
        input: 'root',
        said: failures.map(({ message }) => message).join('\n'),
        cause: causes.find((cause) => (0,mysql_errors/* canHeal */.Zn)(cause) && !(0,network/* isDoubtful */.Ge)(cause)) ?? causes.find(mysql_errors/* canHeal */.Zn),
    });
}
/** Among the rights of {@link toRights}: to change what the servers keep their accounts in. */
const changeAccounts = 'UPDATE on mysql.*';
/** What SHOW GRANTS tells: global privileges, in the server's words, and few others that count here. */
function toRights(grants) {
    const rights = new Set();
    for (const row of grants) {
        const grant = String(Object.values(row)[0]);
        if (grant.startsWith('GRANT `'))
            rights.add(anyRole);
        const [, names, place] = /^GRANT (.+) ON (\*|`mysql`)\.\* TO /.exec(grant) ?? [];
        // Static privileges are separated by a comma and a blank, dynamic ones by a comma.
        for (const name of names?.split(/, ?/) ?? []) {
            if (place === '*')
                rights.add(name);
            if (['UPDATE', 'ALL PRIVILEGES'].includes(name))
                rights.add(changeAccounts);
        }
    }
    return rights;
}
/** What root lacks of the rights that ending sessions takes. @param rights as {@link toRights} tells them */
function missingKillRights({ killRights }, rights) {
    return killRights.filter((any) => !any.some((right) => rights.has(right))).map(([right]) => right);
}
/** Whether KILL is safe in a session with these rights (see `activateRoles` of {@link Flavour}). */
function mayKill({ activateRoles }, rights) {
    return activateRoles === '' || [anyRole, 'SUPER', 'ALL PRIVILEGES'].some((right) => rights.has(right));
}
/** What lets root run KILL where it has no role. */
function roleFix({ account }) {
    return `Run as an administrator: CREATE ROLE IF NOT EXISTS joblease_kill; GRANT joblease_kill TO ${account};`;
}
/** An account as statements name it. @param me what CURRENT_USER() says */
function accountOf(me) {
    const [, user = '', host = ''] = /^(.*)@([^@]*)$/s.exec(me) ?? [];
    return (0,mysql_connection/* quoteAccount */.Y_)(user, host);
}


/***/ }),

/***/ 5460: // src/engines/mysql/verifier.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   gZ: () => (/* binding */ cachingSha2Verifier),
/* harmony export */   kJ: () => (/* binding */ unusableVerifier),
/* harmony export */   kr: () => (/* binding */ nativeVerifier)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);

const rounds = 5000; // MySQL's own default, and the least it takes
const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/**
 * The verifier of MySQL's caching_sha2_password: `$A$` rounds in thousands, 3 hex digits, `$` 20 bytes of salt, then the
 * 43 characters of SHA-256 crypt (https://www.akkadia.org/drepper/SHA-crypt.txt). The salt may be any bytes; this one is
 * chosen from an alphabet that no quoting changes.
 */
function cachingSha2Verifier(password) {
    const salt = Array.from((0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(20), (byte) => alphabet[byte & 63]).join('');
    const digest = sha256Crypt(Buffer.from(password), Buffer.from(salt));
    return checked(`$A$005$${salt}${digest}`, /^\$A\$005\$[A-Za-z0-9./]{63}$/);
}
/** The verifier of mysql_native_password, which every MariaDB knows. The password is random, so it needs no salt. */
function nativeVerifier(password) {
    return formatNative(sha1(sha1(Buffer.from(password))));
}
/** A verifier of mysql_native_password that no password is known for. */
function unusableVerifier() {
    return formatNative((0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(20));
}
function formatNative(digest) {
    return checked(`*${digest.toString('hex').toUpperCase()}`, /^\*[0-9A-F]{40}$/);
}
/** A server could take another text for something else, so none leaves this file. */
function checked(text, pattern) {
    if (!pattern.test(text))
        throw new Error('the password verifier is malformed');
    return text;
}
function sha256Crypt(key, salt) {
    const inner = sha256(key, salt, key);
    const first = [key, salt, repeated(inner, key.length)];
    for (let bits = key.length; bits > 0; bits >>= 1)
        first.push(bits & 1 ? inner : key);
    let digest = sha256(...first);
    const keyBytes = repeated(sha256(...Array(key.length).fill(key)), key.length);
    const saltBytes = repeated(sha256(...Array(16 + (digest[0] ?? 0)).fill(salt)), salt.length);
    for (let round = 0; round < rounds; round++) {
        const parts = [round & 1 ? keyBytes : digest];
        if (round % 3 !== 0)
            parts.push(saltBytes);
        if (round % 7 !== 0)
            parts.push(keyBytes);
        parts.push(round & 1 ? digest : keyBytes);
        digest = sha256(...parts);
    }
    // The order in which SHA-crypt writes the bytes out: three make four characters, the last two make three.
    let text = '';
    for (let i = 0; i < 10; i++) {
        const triple = [i, i + 10, i + 20];
        const [high = 0, middle = 0, low = 0] = triple.map((_, k) => digest[triple[(k + 2 * i) % 3] ?? 0]);
        text += base64((high << 16) | (middle << 8) | low, 4);
    }
    return text + base64(((digest[31] ?? 0) << 8) | (digest[30] ?? 0), 3);
}
/** Least significant character first. */
function base64(value, length) {
    return Array.from({ length }, (_, i) => alphabet[(value >> (6 * i)) & 63]).join('');
}
function sha256(...parts) {
    const hash = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256');
    for (const part of parts)
        hash.update(part);
    return hash.digest();
}
function sha1(bytes) {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha1').update(bytes).digest();
}
function repeated(bytes, length) {
    return Buffer.alloc(length, bytes);
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

/***/ 5663: // src/lease/record.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   K8: () => (/* binding */ isTime),
/* harmony export */   Ym: () => (/* binding */ encodeRecord),
/* harmony export */   eT: () => (/* binding */ decodeRecord)
/* harmony export */ });
/* unused harmony export recordLimit */
/** The size that an encoded record never exceeds, in bytes. */
const recordLimit = 1024;
const textFields = ['repo', 'job', 'workflow', 'actor', 'role'];
const times = ['iat', 'exp', 'max'];
const numberFields = ['repoId', 'run', 'attempt', 'checkRun', ...times];
const commonFields = new Set(['v', ...textFields, ...numberFields]);
/** What a field of an engine's own may be called. */
const ownName = /^[a-z][A-Za-z]*$/;
/** What may be shortened, least useful first: who asked and where can also be found by run and check run. */
const expendable = ['workflow', 'job', 'actor'];
/**
 * Encodes a record as at most {@link recordLimit} bytes of printable ASCII JSON, whatever text GitHub supplied: other
 * characters are escaped, because a target's encoding may lack them. Where it would be too long the workflow's, the
 * job's and the actor's names are shortened, in this order.
 */
function encodeRecord(record) {
    let fitting = record;
    for (const field of expendable) {
        while (asciiJson(fitting).length > recordLimit && fitting[field] !== '') {
            fitting = { ...fitting, [field]: fitting[field].slice(0, Math.floor(fitting[field].length / 2)) };
        }
    }
    const text = asciiJson(fitting);
    if (text.length > recordLimit)
        throw new RangeError(`a lease record of ${text.length} bytes does not fit`);
    return text;
}
/** @returns the record, or undefined when the text is not one that {@link encodeRecord} could have written */
function decodeRecord(text) {
    if (text.length > recordLimit)
        return undefined;
    let value;
    try {
        value = JSON.parse(text);
    }
    catch {
        return undefined;
    }
    if (typeof value !== 'object' || value === null)
        return undefined;
    const fields = value;
    if (fields['v'] !== 1)
        return undefined;
    const own = Object.entries(fields).filter(([name]) => !commonFields.has(name));
    if (!own.every(([name, told]) => ownName.test(name) && typeof told === 'string'))
        return undefined;
    if (!textFields.every((name) => typeof fields[name] === 'string'))
        return undefined;
    if (!numberFields.every((name) => Number.isSafeInteger(fields[name])))
        return undefined;
    if (!times.every((name) => isTime(fields[name])))
        return undefined;
    const common = Object.entries(fields).filter(([name]) => commonFields.has(name));
    const record = Object.fromEntries(common);
    return own.length === 0 ? record : { ...record, own: Object.fromEntries(own) };
}
/** Whether epoch seconds are a time that a Date can hold. */
function isTime(seconds) {
    return typeof seconds === 'number' && !Number.isNaN(new Date(seconds * 1000).getTime());
}
function asciiJson({ own = {}, ...record }) {
    const names = Object.keys(own);
    if (!names.every((name) => ownName.test(name) && !commonFields.has(name))) {
        throw new RangeError('a field of the engine has a name that it may not have');
    }
    const json = JSON.stringify({ ...own, ...record }, ['v', ...textFields, ...names, ...numberFields]);
    return json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}


/***/ })

};
