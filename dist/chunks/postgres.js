export const id = "postgres";
export const ids = ["postgres"];
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

/***/ 4433: // src/engines/postgres/connection.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   $4: () => (/* binding */ Opening),
/* harmony export */   A0: () => (/* binding */ errorPosition),
/* harmony export */   AB: () => (/* binding */ quoteName),
/* harmony export */   Dy: () => (/* binding */ names),
/* harmony export */   KX: () => (/* binding */ sqlTime),
/* harmony export */   Lq: () => (/* binding */ noPassword),
/* harmony export */   Ng: () => (/* binding */ Connection),
/* harmony export */   a1: () => (/* binding */ notBound),
/* harmony export */   ce: () => (/* binding */ quoteLiteral),
/* harmony export */   cn: () => (/* binding */ sqlState),
/* harmony export */   nd: () => (/* binding */ integer),
/* harmony export */   s4: () => (/* binding */ epoch)
/* harmony export */ });
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7030);
/* harmony import */ var node_tls__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1692);
/* harmony import */ var pg__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7624);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(477);
/* harmony import */ var _failure_network_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(8866);
/* harmony import */ var _login_key_shares_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(8577);
/* harmony import */ var _login_protocol_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(5263);







/** A connection that goes as far as it can without logging in, and waits there. */
class Opening {
    target;
    user;
    #options;
    #signal;
    #client;
    #socket;
    #peer;
    #abandon;
    /** undefined when it was let in */
    #outcome;
    #password = '';
    #isOver = false;
    #isHeld = true;
    #isHandedOver = false;
    #held;
    /** Begins to connect. @param signal closes the connection, whatever is under way */
    constructor(target, user, options, signal) {
        signal.throwIfAborted();
        this.target = target;
        this.user = user;
        this.#options = options;
        this.#signal = signal;
        const { name, settings = {}, patienceMs = 15_000 } = options;
        const socket = new FirstLook();
        const isEncrypted = target.sslmode !== 'disable' && !target.host.startsWith('/');
        const client = new pg__WEBPACK_IMPORTED_MODULE_2__/* ["default"].Client */ .Ay.Client({
            host: target.host,
            port: target.port,
            database: target.database,
            user,
            // As a function, because for an empty password the driver would look into ~/.pgpass.
            password: () => {
                if (this.#password === '')
                    throw Object.assign(new Error('it asks for a password'), { code: noPassword });
                if (target.channelBinding === 'require' && !peer.isBound)
                    throw unbound();
                return this.#password;
            },
            application_name: name,
            options: Object.entries(settings)
                .map(([setting, value]) => `-c ${setting}=${value}`)
                .join(' '),
            connectionTimeoutMillis: patienceMs,
            keepAlive: true,
            ssl: isEncrypted && tlsOptions(target),
            enableChannelBinding: isEncrypted && target.channelBinding !== 'disable',
            stream: () => socket,
            types,
        });
        this.#client = client;
        this.#socket = socket;
        this.#abandon = () => void socket.destroy();
        signal.addEventListener('abort', this.#abandon);
        // Without a listener a connection that breaks while nothing is under way would end the process.
        client.on('error', () => undefined);
        const peer = watch(client, socket, isEncrypted, options.onAsked);
        this.#peer = peer;
        // Then the driver is about to say who logs in.
        client.connection.once(isEncrypted ? 'sslconnect' : 'connect', () => {
            if (!this.#isHeld)
                return;
            this.#held = client.connection.stream;
            this.#held.cork();
        });
        this.#outcome = client.connect().then(() => undefined, (error) => {
            this.#isOver = true;
            return error instanceof Error ? error : new Error((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .messageOf */ .b)(error));
        });
    }
    /**
     * Logs in. A connection that has broken while it waited, as one that the server had no patience with, is opened again.
     *
     * @throws pg.DatabaseError when the server refuses; Error from the network or from TLS
     */
    async finish(password) {
        if (this.#isOver && this.#isHeld && !this.#signal.aborted) {
            this[Symbol.dispose]();
            return await new Opening(this.target, this.user, this.#options, this.#signal).finish(password);
        }
        this.#isHeld = false;
        this.#password = password;
        this.#held?.uncork();
        const peer = this.#peer;
        try {
            const error = await this.#outcome;
            if (error !== undefined)
                throw (this.#signal.aborted ? undefined : peer.problem) ?? error;
            // A server that lets in without asking for a password has bound nothing.
            if (this.target.channelBinding === 'require' && !peer.isBound)
                throw unbound();
            this.#isHandedOver = true;
            return new Connection(this.target, this.#client, this.#socket, peer, this.#signal, this.#abandon);
        }
        finally {
            this[Symbol.dispose]();
        }
    }
    /** Gives it up, unless it has become a connection. */
    [Symbol.dispose]() {
        if (this.#isHandedOver)
            return;
        this.#signal.removeEventListener('abort', this.#abandon);
        this.#socket.destroy();
    }
}
/** How long a server may take to read the end of a session. */
const farewellPatienceMs = 1000;
/**
 * One session with a server. Everything is sent by PostgreSQL's simple query protocol, never split and never as a
 * prepared statement. Each message is a transaction, save where it says otherwise.
 */
class Connection {
    target;
    /**
     * Statements at the head of every transaction. What they set is set LOCAL: it holds for the transaction wherever a pooler
     * sends it, and nobody who gets the server's process after it inherits anything.
     */
    preamble = '';
    #client;
    #socket;
    #peer;
    #signal;
    #abandon;
    /** @param client that is logged in */
    constructor(target, client, socket, peer, signal, abandon) {
        this.target = target;
        this.#client = client;
        this.#socket = socket;
        this.#peer = peer;
        this.#signal = signal;
        this.#abandon = abandon;
    }
    /** Connects and logs in: see {@link Opening}. */
    static async open(target, login, options, signal) {
        return await new Opening(target, login.user, options, signal).finish(login.password);
    }
    /** Whether the server has said when it let in that it is no standby. A pooler may keep that to itself. */
    get isPrimary() {
        return this.#peer.isPrimary;
    }
    /** Where the connection leads, how it is encrypted and how it logged in, for people. */
    facts() {
        const { host, port, database, sslmode } = this.target;
        const { stream } = this.#client.connection;
        const tls = stream instanceof node_tls__WEBPACK_IMPORTED_MODULE_1__.TLSSocket ? `${stream.getProtocol()}, ${stream.getCipher().name}` : 'no TLS';
        const isVerified = stream instanceof node_tls__WEBPACK_IMPORTED_MODULE_1__.TLSSocket && stream.authorized;
        const name = sslmode === 'verify-full' ? 'certificate and host name were verified' : 'certificate was verified';
        const verified = stream instanceof node_tls__WEBPACK_IMPORTED_MODULE_1__.TLSSocket ? `, ${isVerified ? name : 'certificate was not verified'}` : '';
        const how = this.#peer.mechanism ?? 'other than by SCRAM';
        return `${host}:${port}, database ${database}; sslmode=${sslmode}: ${tls}${verified}; let in by ${how}`;
    }
    /** Runs a text as one transaction. @returns the rows of its last statement */
    async rows(sql) {
        return (await this.results(sql)).at(-1) ?? [];
    }
    /** Runs a text as one transaction. @returns the rows of each statement, those of the preamble included */
    async results(sql) {
        return await this.#send(`${this.preamble}${sql}`);
    }
    /**
     * Runs texts by one message, each as a transaction of its own, up to the first that fails: those before it have been
     * committed.
     *
     * @returns the rows of each statement, with those that begin and end the transactions
     */
    async transactions(texts) {
        const committed = texts.slice(0, -1).map((text) => `BEGIN; ${this.preamble}${text}; COMMIT;`);
        const status = new Promise((resolve) => {
            this.#client.connection.once('readyForQuery', (message) => {
                resolve(message.status);
            });
            this.#client.once('end', () => {
                resolve('');
            });
        });
        try {
            return await this.#send(`${committed.join(' ')} ${this.preamble}${texts.at(-1) ?? ''}`);
        }
        catch (error) {
            // A failure leaves the transaction that was begun for it open, and nothing else would be taken.
            if (sqlState(error) !== undefined && (await status) === 'E')
                await this.alone('ROLLBACK');
            throw error;
        }
    }
    /** Runs a statement that must be the only one in its message, without the preamble. */
    async alone(sql) {
        await this.#send(sql);
    }
    async #send(text) {
        this.#signal.throwIfAborted();
        // For several statements in one text the driver returns a list of results, which its types leave out.
        const answer = await this.#client.query(text);
        const results = (Array.isArray(answer) ? answer : [answer]);
        return results.map(({ rows }) => rows);
    }
    /** Says farewell, and waits for no answer: nothing depends on it. */
    async [Symbol.asyncDispose]() {
        this.#signal.removeEventListener('abort', this.#abandon);
        if (this.#socket.destroyed)
            return;
        // A server that no longer reads must not hold up the step.
        const timer = setTimeout(() => this.#socket.destroy(), farewellPatienceMs).unref();
        const stream = this.#client.connection.stream;
        stream.once('close', () => {
            clearTimeout(timer);
            this.#socket.destroy();
        });
        this.#client.end().catch(() => undefined);
        stream.destroySoon();
        await Promise.resolve();
    }
}
/**
 * Values stay as the server wrote them. The owner of a database, such as the group of a lease, can set how numbers, times
 * and lists are written there, and the driver would parse whatever comes.
 */
const types = {
    getTypeParser: (type) => (text) => type === booleanType ? boolean(text) : text,
};
const booleanType = 16;
function boolean(text) {
    if (text !== 't' && text !== 'f')
        throw new Error('the server sent no boolean where there should be one');
    return text === 't';
}
/** A whole number that was read `::text`. */
function integer(value) {
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isNaN(number))
        throw new Error('the server sent no whole number where there should be one');
    return number;
}
/** Epoch seconds that were read as `extract(epoch FROM …)::text`; infinite for a time that never comes. */
function epoch(value) {
    if (typeof value !== 'string' || !/^-?(?:\d{1,15}(?:\.\d+)?|Infinity)$/.test(value)) {
        throw new Error('the server sent no time where there should be one');
    }
    return Number(value);
}
/** A list of names that was read as `json_agg(…)::text`, or NULL for none. */
function names(value) {
    const list = typeof value === 'string' ? JSON.parse(value) : (value ?? []);
    if (!Array.isArray(list) || !list.every((each) => typeof each === 'string')) {
        throw new Error('the server sent no list of names where there should be one');
    }
    return list;
}
/** The code of an error: the server asks for a password, and the URL has none. */
const noPassword = 'ERR_NO_PASSWORD';
/** The code of an error: the login cannot be bound to the connection, and `channel_binding=require` asks for that. */
const notBound = 'ERR_NOT_BOUND';
function unbound() {
    return Object.assign(new Error('it offers no SCRAM-SHA-256-PLUS on this connection'), { code: notBound });
}
/**
 * Shows the server's first bytes before the driver gets them: the driver never stops reading a message that another
 * protocol made look endless.
 */
class FirstLook extends node_net__WEBPACK_IMPORTED_MODULE_0__.Socket {
    /** @returns whether the driver may have them */
    look;
    emit(event, ...args) {
        const { look } = this;
        if (event === 'data' && look !== undefined && args[0] instanceof Buffer) {
            this.look = undefined;
            if (!look(args[0]))
                return true;
        }
        return super.emit(event, ...args);
    }
}
function watch(client, socket, isEncrypted, onAsked) {
    const peer = { isBound: false, mechanism: undefined, isPrimary: false, problem: undefined };
    const { connection } = client;
    socket.look = (greeting) => {
        if (isPostgres(greeting))
            return true;
        peer.problem = (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_4__/* .peerError */ .Th)('foreign', (0,_login_protocol_js__WEBPACK_IMPORTED_MODULE_6__/* .nameProtocol */ ._)(greeting));
        socket.destroy();
        return false;
    };
    socket.once('end', () => {
        if (socket.bytesRead === 0)
            peer.problem = (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_4__/* .peerError */ .Th)('mute', 'it closed the connection before it said anything');
    });
    connection.prependListener('authenticationSASL', ({ mechanisms }) => {
        peer.isBound = isEncrypted && mechanisms.includes('SCRAM-SHA-256-PLUS');
    });
    connection.once('authenticationSASLContinue', () => {
        peer.mechanism = client.saslSession?.mechanism;
    });
    let isAsked = false;
    for (const question of ['SASL', 'MD5Password', 'CleartextPassword', 'Ok']) {
        connection.once(`authentication${question}`, () => {
            if (!isAsked)
                onAsked?.();
            isAsked = true;
        });
    }
    // PostgreSQL tells its clients, unasked, which of its settings are like that.
    connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
        if (parameterName === 'in_hot_standby')
            peer.isPrimary = parameterValue === 'off';
    });
    return peer;
}
/**
 * Whether a server's first bytes can be PostgreSQL's: the answer to the request for TLS, or a message of the kinds that a
 * login begins with, with its length.
 */
function isPostgres(greeting) {
    // By its length alone it can begin like one of PostgreSQL's.
    if ((0,_login_protocol_js__WEBPACK_IMPORTED_MODULE_6__/* .isMysqlGreeting */ .W)(greeting))
        return false;
    const kind = String.fromCodePoint(greeting[0] ?? 0);
    if (greeting.length === 1)
        return 'SNREv'.includes(kind);
    return 'RENSv'.includes(kind) && (greeting.length < 5 || greeting.readUInt32BE(1) < 100_000);
}
function tlsOptions({ sslmode, ca }) {
    // libpq: with an authority at hand `require` checks the chain, without one it checks nothing.
    const ecdhCurve = (0,_login_key_shares_js__WEBPACK_IMPORTED_MODULE_5__/* .keyShares */ .U)();
    if (sslmode === 'require' && ca === undefined)
        return { ecdhCurve, rejectUnauthorized: false };
    return {
        ecdhCurve,
        ...(ca === undefined ? {} : { ca }),
        rejectUnauthorized: true,
        checkServerIdentity: sslmode === 'verify-full' ? node_tls__WEBPACK_IMPORTED_MODULE_1__.checkServerIdentity : () => undefined,
    };
}
/** PostgreSQL's own quoting: right whatever `standard_conforming_strings` is. */
const quoteLiteral = pg__WEBPACK_IMPORTED_MODULE_2__/* ["default"].escapeLiteral */ .Ay.escapeLiteral;
const quoteName = pg__WEBPACK_IMPORTED_MODULE_2__/* ["default"].escapeIdentifier */ .Ay.escapeIdentifier;
/** A time as every setting of the server reads it. */
function sqlTime(time) {
    return time
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, '+00');
}
/** The server's error code, for errors that came from a server. https://www.postgresql.org/docs/current/errcodes-appendix.html */
function sqlState(error) {
    return error instanceof pg__WEBPACK_IMPORTED_MODULE_2__/* ["default"].DatabaseError */ .Ay.DatabaseError ? error.code : undefined;
}
/** Where in the sent text the server found the error, counted in characters from 1; undefined when it does not say. */
function errorPosition(error) {
    const position = error instanceof pg__WEBPACK_IMPORTED_MODULE_2__/* ["default"].DatabaseError */ .Ay.DatabaseError ? error.position : undefined;
    return position === undefined ? undefined : Number(position);
}


/***/ }),

/***/ 1129: // src/engines/postgres/engine.js + 13 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  engine: () => (/* binding */ engine)
});

// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/engines/login/authority.js
var login_authority = __webpack_require__(8714);
// EXTERNAL MODULE: src/engines/postgres/root-session.js
var root_session = __webpack_require__(7240);
// EXTERNAL MODULE: src/engines/postgres/root.js
var postgres_root = __webpack_require__(1249);
;// CONCATENATED MODULE: src/engines/postgres/credential.js



/**
 * @param credential as {@link handOver} wrote it
 * @throws UserError when the authority cannot be read any more
 */
async function readCredential(credential, config) {
    const { user, password, target, sslrootcert } = JSON.parse(credential);
    return { user, password, target: { ...target, ca: await (0,root_session/* readTrust */.bn)(sslrootcert, config) } };
}
/** All that is handed on of a fresh credential. */
function handOver(root, { user, password }, config, expiresAt) {
    const database = (0,root_session/* leaseDatabase */.KC)(root.root, config);
    const { ca: _, ...target } = { ...root.connection.target, database };
    const { host, port, sslmode, channelBinding } = target;
    const login = { user, password, target, sslrootcert: root.root.sslrootcert };
    // A path can be handed on to clients; PEM text cannot.
    const authority = config['tls-ca'] === '' ? root.root.sslrootcert : config['tls-ca'];
    const sslrootcert = authority === undefined || (0,login_authority/* isPem */.X)(authority) ? undefined : authority;
    const url = (0,postgres_root/* formatUrl */.J)({ user, password, database, sslmode, channelBinding }, { host, port }, sslrootcert);
    return {
        expiresAt,
        expiryClass: 'login',
        credential: JSON.stringify(login),
        secrets: [password, url, Buffer.from(`${user}:${password}`).toString('base64')],
        outputs: { username: user, password, host, port: String(port), database, url },
        environment: {
            PGHOST: host,
            PGPORT: String(port),
            PGUSER: user,
            PGPASSWORD: password,
            PGDATABASE: database,
            PGSSLMODE: sslmode,
            ...(sslrootcert === undefined ? {} : { PGSSLROOTCERT: sslrootcert }),
            ...(channelBinding === 'require' ? { PGCHANNELBINDING: channelBinding } : {}),
            DATABASE_URL: url,
        },
        about: { Group: config['member-of'].join(', '), Host: `${host}:${port}`, Database: database },
    };
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/engines/postgres/connection.js
var postgres_connection = __webpack_require__(4433);
// EXTERNAL MODULE: src/engines/postgres/errors.js
var postgres_errors = __webpack_require__(254);
// EXTERNAL MODULE: src/lease/record.js
var lease_record = __webpack_require__(5663);
;// CONCATENATED MODULE: src/engines/postgres/account.js


/** @returns undefined when the role does not exist */
async function findAccount(root, principal) {
    const [row] = await root.connection.rows(accountQuery(principal));
    return row === undefined ? undefined : toAccount(row, principal);
}
/** What {@link toAccount} takes: one row, or none when the role does not exist. */
function accountQuery(principal) {
    return `SELECT r.oid::text AS oid, description,
      (SELECT string_agg(DISTINCT roleid::text, ',') FROM pg_auth_members WHERE member = r.oid) AS groups
    FROM pg_roles r LEFT JOIN pg_shdescription ON objoid = r.oid AND classoid = 'pg_authid'::regclass
    WHERE rolname = ${(0,postgres_connection/* quoteLiteral */.ce)(principal)}`;
}
function toAccount(row, principal) {
    const record = typeof row['description'] === 'string' ? (0,lease_record/* decodeRecord */.eT)(row['description']) : undefined;
    const heir = record?.own?.['heir'];
    return {
        principal,
        oid: (0,postgres_connection/* integer */.nd)(row['oid']),
        heir: heir === undefined || heir === '' ? undefined : heir,
        mintedAt: record?.iat,
        groups: typeof row['groups'] === 'string' ? row['groups'].split(',').map(postgres_connection/* integer */.nd) : [],
    };
}
/**
 * The group that gets what the role owns; undefined when everything has to stay where it is.
 *
 * Anybody who may create roles can forge a lease: a role with a name and a record like a lease's, with the ADMIN option on
 * it given to root. If what such a role owns, a SECURITY DEFINER function for example, went to any group that its record
 * names, it would run as somebody whom the forger could not act as. So the heir must be a group that the role is a member
 * of, which takes an administrator of that group; root must have created the role itself; and the heir must not be able to
 * act as root. Up to PostgreSQL 15 CREATEROLE alone makes an administrator of every group, and nothing tells who created
 * a role: there only the last condition can be checked.
 */
async function findHeir(root, { oid, heir }) {
    if (heir === undefined)
        return undefined;
    const conditions = [`NOT ${mayActAsRoot('h.oid')}`];
    if (root.version >= 160_000) {
        conditions.push(`EXISTS (SELECT FROM pg_auth_members WHERE member = ${oid} AND roleid = h.oid)`);
        // CREATE ROLE makes its creator an administrator of the role. The grantor is then the bootstrap superuser (oid 10), and
        // only a superuser could forge that.
        const created = `EXISTS (SELECT FROM pg_auth_members WHERE roleid = ${oid} AND admin_option AND grantor = 10
        AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
        if (!root.isSuperuser)
            conditions.push(created);
    }
    const [row] = await root.connection.rows(`SELECT FROM pg_roles h WHERE rolname = ${(0,postgres_connection/* quoteLiteral */.ce)(heir)} AND ${conditions.join(' AND ')}`);
    return row === undefined ? undefined : heir;
}
/** Members of these roles can do more than root: run programs, and read and write files, as the server. */
const serverRoles = ['pg_execute_server_program', 'pg_read_server_files', 'pg_write_server_files'];
/**
 * A condition: whether a member of the role could act as a superuser, as root, or as the server itself, with SET ROLE too.
 * Up to PostgreSQL 15 CREATEROLE is enough for that.
 *
 * @param oid an expression
 */
function mayActAsRoot(oid) {
    const strong = [...serverRoles.map(postgres_connection/* quoteLiteral */.ce), 'current_user', 'session_user'].join(', ');
    return `EXISTS (SELECT FROM pg_roles strong
      WHERE (strong.rolsuper OR ${isOld} AND strong.rolcreaterole OR strong.rolname IN (${strong}))
        AND pg_has_role(${oid}, strong.oid, 'MEMBER'))`;
}
/** A condition: whether the server is older than PostgreSQL 16, which gave memberships options of their own. */
const isOld = "current_setting('server_version_num')::int < 160000";
/**
 * Makes root a member of a role, with all its rights. Ending its sessions and giving away what it owns take membership; on
 * PostgreSQL 16 and newer the ADMIN option, which its creator has, is not enough.
 */
function grantToActor({ version }, role) {
    return `GRANT ${(0,postgres_connection/* quoteName */.AB)(role)} TO CURRENT_USER${version < 160_000 ? '' : ' WITH INHERIT TRUE, SET TRUE'}`;
}
/**
 * Root needs to be a member of a group while it gives objects to it, or ends a transaction that it has prepared.
 *
 * @returns the statements that make root a member, and that restore what root was before; `''` where root is one already
 */
async function borrowMembership(root, group) {
    if (root.isSuperuser || group === root.actor)
        return ['', ''];
    const take = grantToActor(root, group);
    const mine = `roleid = (SELECT oid FROM pg_roles WHERE rolname = ${(0,postgres_connection/* quoteLiteral */.ce)(group)})
      AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user)`;
    if (root.version < 160_000) {
        const known = await root.connection.rows(`SELECT FROM pg_auth_members WHERE ${mine}`);
        return known.length > 0 ? ['', ''] : [take, `REVOKE ${(0,postgres_connection/* quoteName */.AB)(group)} FROM CURRENT_USER`];
    }
    const [known] = await root.connection.rows(`SELECT inherit_option, set_option FROM pg_auth_members WHERE ${mine} AND grantor = member`);
    if (known === undefined)
        return [take, `REVOKE ${(0,postgres_connection/* quoteName */.AB)(group)} FROM CURRENT_USER GRANTED BY CURRENT_USER`];
    const [inherit, set] = [known['inherit_option'], known['set_option']].map((on) => (on === true ? 'TRUE' : 'FALSE'));
    return [take, `GRANT ${(0,postgres_connection/* quoteName */.AB)(group)} TO CURRENT_USER WITH INHERIT ${inherit}, SET ${set}`];
}

;// CONCATENATED MODULE: src/engines/postgres/presence.js
/** Who is logged in as a role, or about to be: sessions, and logins under way, whose role the server does not show yet. */


/**
 * How long to wait for a login under way to show which role it is for, when root cannot tell.
 *
 * Once the server knows the role, it checks again whether that role may log in. A role that was disabled before this check
 * is refused; from the check on it takes microseconds until root can end the login as one of the role.
 */
const settlingMs = 100;
/**
 * Two statements for the head of a message; {@link toPresence} reads the rows of the second.
 *
 * pg_stat_activity shows a session's role only when its login is complete, and any client can make the server sleep right
 * before that, after all checks (`post_auth_delay`). But from before the server asks for the password until then a login is
 * a transaction, and everybody can see its lock. The locks are read first: a login that is neither among them nor in the
 * activity, which is read later, began after all that was done before this message.
 *
 * @param oids of the roles whose sessions are meant
 * @param act what is done with each of the sessions, an expression
 */
function presenceQuery(oids, act = 'NULL') {
    return `SELECT set_config('joblease.busy', coalesce((SELECT string_agg(pid::text, ',') FROM pg_locks
        WHERE locktype = 'virtualxid' AND pid IS NOT NULL), ''), true);
    SELECT pid::text AS pid, usesysid::text AS oid, ${act} AS done FROM pg_stat_activity
        WHERE usesysid IN (${['0', ...oids].join(', ')}) AND pid <> pg_backend_pid()
      UNION ALL SELECT pid, NULL, NULL FROM unnest(string_to_array(current_setting('joblease.busy'), ',')) AS busy (pid)
        WHERE pid NOT IN (SELECT pid::text FROM pg_stat_activity WHERE usesysid IS NOT NULL OR datid IS NOT NULL)`;
}
function toPresence(rows) {
    return {
        sessions: rows.filter(({ oid }) => oid !== null).map(({ pid, oid }) => ({ pid: (0,postgres_connection/* integer */.nd)(pid), oid: (0,postgres_connection/* integer */.nd)(oid) })),
        logins: rows.filter(({ oid }) => oid === null).map(({ pid }) => (0,postgres_connection/* integer */.nd)(pid)),
    };
}
/**
 * Ends the logins under way that are for one of the roles. The server knows their roles and does not show them, but it lets
 * a role end its own logins and no others. So root tries each login as each of the roles, and never as itself.
 *
 * @param principals roles that root has the ADMIN option on
 * @returns the process ids of those that were told to end
 */
async function endLogins(root, principals, logins) {
    if (logins.length === 0 || principals.length === 0)
        return [];
    const join = root.isSuperuser ? '' : principals.map((principal) => `${grantToActor(root, principal)};`).join(' ');
    const rows = await root.connection.rows(`${join} DO $$ DECLARE lease text; login int; ended text[] := '{}'; BEGIN
      FOREACH lease IN ARRAY ARRAY[${principals.map((name) => `'${name}'`).join(', ')}] LOOP
        EXECUTE format('SET LOCAL ROLE %I', lease);
        CONTINUE WHEN pg_has_role('pg_signal_backend', 'USAGE');
        FOREACH login IN ARRAY ARRAY[${logins.join(', ')}] LOOP
          BEGIN
            IF pg_terminate_backend(login) THEN ended := ended || login::text; END IF;
          EXCEPTION WHEN insufficient_privilege THEN NULL;
          END;
        END LOOP;
      END LOOP;
      PERFORM set_config('joblease.ended', array_to_string(ended, ','), true);
    END $$; SELECT DISTINCT unnest(string_to_array(current_setting('joblease.ended'), ',')) AS pid`);
    return rows.map(({ pid }) => (0,postgres_connection/* integer */.nd)(pid));
}

// EXTERNAL MODULE: src/engines/login/statements.js
var login_statements = __webpack_require__(609);
// EXTERNAL MODULE: src/failure/retry.js
var retry = __webpack_require__(5710);
;// CONCATENATED MODULE: src/engines/postgres/clean.js




const described = 10;
/**
 * Rung 3: removes what stands in the way of dropping a role, in every database where there is anything. What it owns
 * goes to its heir, or stays; nothing that may hold the user's data is ever dropped.
 *
 * @returns why the role may still not be dropped, in words
 */
async function clean(root, account) {
    // pg_shdepend is shared by the cluster, so no other database needs to be visited. A shared object has no database.
    const rows = await root.connection.rows(`SELECT DISTINCT coalesce(datname, current_database())::text AS name FROM pg_shdepend LEFT JOIN pg_database d ON d.oid = dbid
      WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${account.oid}`);
    const heir = rows.length === 0 ? undefined : await findHeir(root, account);
    const reasons = [];
    const fixes = [];
    for (const { name } of rows) {
        const database = String(name);
        const left = await cleanDatabase(root, account, heir, database);
        if (left === '')
            continue;
        reasons.push(`in the database ${JSON.stringify(database)} ${left}`);
        const role = (0,postgres_connection/* quoteName */.AB)(account.principal);
        fixes.push(`${connectTo(database)}\nREASSIGN OWNED BY ${role} TO …;\nDROP OWNED BY ${role};`);
    }
    return {
        reason: oneLine(`it cannot be dropped: ${reasons.length === 0 ? 'other objects depend on it' : reasons.join('; ')}`),
        fix: `Run as a superuser, naming the role that shall own the objects:\n${fixes.join('\n')}\nDROP ROLE ${(0,postgres_connection/* quoteName */.AB)(account.principal)};`,
    };
}
/**
 * A line for psql that connects to a database, as pg_dump writes it: psql would take a name that contains an equals sign
 * for a connection string, perhaps to another server. A name with a line break in it is left out.
 */
function connectTo(database) {
    if (/^[\w.]+$/.test(database))
        return `\\connect ${(0,postgres_connection/* quoteName */.AB)(database)}`;
    if (!isPrintable(database))
        return '-- in that database, whose name holds control characters:';
    const value = database.replaceAll(/[\\']/g, String.raw `\$&`);
    return `\\connect -reuse-previous=on ${(0,postgres_connection/* quoteName */.AB)(`dbname='${value}'`)}`;
}
/** Puts a text on one line: names that others chose, and messages with them, must not look like further lines of the log. */
function oneLine(text) {
    return text.replaceAll(/[\p{C}\p{Zl}\p{Zp}]+/gu, ' ');
}
/** Whether a text can stand in statements that a person pastes. */
function isPrintable(text) {
    return !/[\p{C}\p{Zl}\p{Zp}\uFFFD]/u.test(text);
}
/** @returns what is left in the database, in words; `''` for nothing */
async function cleanDatabase(root, account, heir, database) {
    if (database === root.connection.target.database)
        return await cleanHere(root, account, heir);
    let there;
    try {
        there = await root.elsewhere(database);
    }
    catch (error) {
        if ((0,postgres_connection/* sqlState */.cn)(error) === undefined)
            throw error;
        return `it has owned objects or privileges, but root cannot log in there: ${(0,errors/* messageOf */.b)(error)}`;
    }
    await using session = there;
    return await cleanHere(session, account, heir);
}
async function cleanHere(root, { principal, oid }, heir) {
    const name = (0,postgres_connection/* quoteName */.AB)(principal);
    const [take, giveBack] = heir === undefined ? ['', ''] : await borrowMembership(root, heir);
    // All of it is one message, and so one transaction: DROP OWNED would drop objects that REASSIGN did not move, which must
    // never happen. Default privileges, user mappings and granted memberships count as owned too, but hold no data.
    const text = [
        take,
        heir === undefined ? '' : `REASSIGN OWNED BY ${name} TO ${(0,postgres_connection/* quoteName */.AB)(heir)}`,
        `DO $$ BEGIN
      IF EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${oid} AND deptype = 'o'
          AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
          AND classid NOT IN ('pg_default_acl'::regclass, 'pg_user_mapping'::regclass, 'pg_auth_members'::regclass))
      THEN RAISE dependent_objects_still_exist USING MESSAGE = 'it owns objects';
      END IF;
    END $$`,
        `DROP OWNED BY ${name}`,
        giveBack,
    ].filter((statement) => statement !== '');
    let complaint = '';
    try {
        await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${text.join(';\n')}`);
    }
    catch (error) {
        if ((0,postgres_connection/* sqlState */.cn)(error) === undefined || (0,postgres_errors/* isContention */.IB)(error))
            throw error;
        // We raise that condition ourselves, above; the description below says more.
        complaint = (0,postgres_errors/* isServerError */.GQ)(error, postgres_errors/* SQLSTATE */.cD.DEPENDENT_OBJECTS_STILL_EXIST) ? '' : ` (${(0,errors/* messageOf */.b)(error)})`;
    }
    const objects = await describe(root, oid);
    return objects === '' ? '' : objects + complaint;
}
/** What in this database and in the cluster depends on the role, in words; `''` for nothing. */
async function describe({ connection }, oid) {
    const rows = await connection.rows(`SELECT CASE deptype WHEN 'o' THEN 'it owns' WHEN 'a' THEN 'it has privileges on' ELSE 'it is named by' END
        || ' ' || pg_describe_object(classid, objid, objsubid) AS tie
      FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${oid}
        AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      ORDER BY tie LIMIT ${described + 1}`);
    const ties = rows.slice(0, described).map(({ tie }) => String(tie));
    return ties.join(', ') + (rows.length > described ? ' and more' : '');
}

;// CONCATENATED MODULE: src/engines/postgres/locks.js
/** Statements that wait for a lock, and who holds it. */


/**
 * Sends once more what had to wait for a lock, and meanwhile reports who holds that lock.
 *
 * @param tell gets each holder, the same one perhaps several times, and a session of root's to end it with
 * @returns the rows of the last statement
 * @throws what the server says in the end
 */
async function outlast(root, text, tell) {
    const over = new AbortController();
    const waiting = root.connection.rows(text).finally(() => {
        over.abort();
    });
    const watching = watch();
    const [answer] = await Promise.allSettled([waiting, watching]);
    if (answer.status === 'rejected')
        throw answer.reason;
    return answer.value;
    async function watch() {
        await using there = await root.elsewhere(root.connection.target.database);
        while (!over.signal.aborted) {
            for (const row of await there.connection.rows(holders(root.pid)))
                await tell(toHolder(row), there);
            await (0,promises_.setTimeout)(20);
        }
    }
}
function locks_describe(holder) {
    if (!('prepared' in holder))
        return `process ${holder.pid} of ${(0,postgres_connection/* quoteName */.AB)(holder.user)} holds a lock on it`;
    const { gid, owner, database } = holder.prepared;
    return `the transaction ${JSON.stringify(gid)} that ${(0,postgres_connection/* quoteName */.AB)(owner)} has prepared in the database ${JSON.stringify(database)} holds a lock on it`;
}
/** Those who hold what a process waits for. A prepared transaction has no process. */
function holders(pid) {
    const lock = 'locktype, database, relation, page, tuple, virtualxid, transactionid, classid, objid, objsubid';
    const of = (alias) => lock.replaceAll(/\w+/g, (column) => `${alias}.${column}`);
    return `SELECT h.pid::text AS pid, usename::text AS user, gid, p.database::text AS database, owner::text AS owner
    FROM pg_locks w JOIN pg_locks h ON h.granted AND (${of('h')}) IS NOT DISTINCT FROM (${of('w')})
      LEFT JOIN pg_stat_activity a ON a.pid = h.pid
      LEFT JOIN pg_locks x ON h.pid IS NULL AND x.pid IS NULL AND x.locktype = 'transactionid'
        AND x.virtualtransaction = h.virtualtransaction
      LEFT JOIN pg_prepared_xacts p ON p.transaction = x.transactionid
    WHERE w.pid = ${pid} AND NOT w.granted AND h.pid IS DISTINCT FROM w.pid`;
}
function toHolder(row) {
    const { pid, user, gid, database, owner } = row;
    if (pid !== null)
        return { pid: (0,postgres_connection/* integer */.nd)(pid), user: String(user) };
    return { prepared: { gid: String(gid), database: String(database), owner: String(owner) } };
}

;// CONCATENATED MODULE: src/engines/postgres/prepared.js
/** Transactions that were prepared for a later commit, by a lease or as one of its groups. */





/** A statement that lists those of a lease, and of all that its groups could act as since it was minted. */
function preparedQuery({ principal, mintedAt }, groups) {
    const byGroup = groups.size === 0
        ? 'false'
        : `EXISTS (SELECT ${actingAs('owner', groups)}) AND prepared >= to_timestamp(${mintedAt ?? 0})`;
    return `SELECT gid, database::text AS database, owner::text AS owner FROM pg_prepared_xacts
    WHERE owner = ${(0,postgres_connection/* quoteLiteral */.ce)(principal)} OR ${byGroup}`;
}
/** A list of roles `g`: those of the groups that could act as a role. @param owner its name, an expression */
function actingAs(owner, groups) {
    return `FROM pg_roles g JOIN pg_roles o ON pg_has_role(g.oid, o.oid, 'MEMBER')
    WHERE o.rolname = ${owner} AND g.oid IN (${[...groups].join(', ')}) AND NOT g.rolsuper`;
}
function toPrepared({ gid, database, owner }) {
    return { gid: String(gid), database: String(database), owner: String(owner) };
}
/**
 * Rolls back what a lease has prepared as itself.
 *
 * @returns the first that could not be rolled back, in words: it keeps its locks until a person ends it
 */
async function rollBackAll(root, { principal }, prepared) {
    for (const transaction of prepared) {
        const { gid, database } = transaction;
        try {
            await finish(root, transaction);
        }
        catch (error) {
            if ((0,postgres_connection/* sqlState */.cn)(error) === undefined)
                throw error;
            const rollBack = isPrintable(gid)
                ? `ROLLBACK PREPARED ${(0,postgres_connection/* quoteLiteral */.ce)(gid)};`
                : `-- ROLLBACK PREPARED for what pg_prepared_xacts shows of ${(0,postgres_connection/* quoteName */.AB)(principal)}: its name holds control characters`;
            return {
                reason: oneLine(`in the database ${JSON.stringify(database)} its prepared transaction ${JSON.stringify(gid)} could not be rolled back: ${(0,errors/* messageOf */.b)(error)}`),
                fix: `Run as a superuser:\n${connectTo(database)}\n${rollBack}\nDROP ROLE ${(0,postgres_connection/* quoteName */.AB)(principal)};`,
            };
        }
    }
    return undefined;
}
/**
 * Rolls back a transaction that keeps a lock which a revocation waits for, if it was prepared by the lease or by what
 * its groups could act as. Anybody else's is left alone.
 *
 * @param there not the session that waits
 */
async function rollBackHolder(there, { principal }, transaction, groups) {
    const { owner } = transaction;
    if (owner === principal) {
        await finish(there, transaction);
        return;
    }
    if (groups.size === 0)
        return;
    const mayJoin = there.isSuperuser || there.version < 160_000
        ? 'true'
        : "pg_has_role(current_user, g.oid, 'MEMBER WITH ADMIN OPTION')";
    const [row] = await there.connection.rows(`SELECT g.rolname::text AS name ${actingAs((0,postgres_connection/* quoteLiteral */.ce)(owner), groups)} AND ${mayJoin} LIMIT 1`);
    if (row !== undefined)
        await finish(there, transaction, String(row['name']));
}
/**
 * Only its owner may end a prepared transaction, or a superuser, and only in its database.
 *
 * @param group that can act as the owner, when root by itself cannot
 */
async function finish(root, { gid, database, owner }, group) {
    await using there = await root.elsewhere(database);
    if (!there.isSuperuser) {
        const [take, giveBack] = group === undefined ? ['', ''] : await borrowMembership(there, group);
        const as = `SET ROLE ${(0,postgres_connection/* quoteName */.AB)(owner)}`;
        // A session keeps the role that it was SET to when the membership that allowed this is gone. SET LOCAL lasts to the end
        // of the transaction, and then the SET before it holds. So no other session ever sees root as a member of the group.
        await there.connection.rows(take === '' ? as : `${take}; ${as}; SET LOCAL ROLE ${(0,postgres_connection/* quoteName */.AB)(there.actor)}; ${giveBack}`);
    }
    try {
        await there.connection.alone(`ROLLBACK PREPARED ${(0,postgres_connection/* quoteLiteral */.ce)(gid)}`);
    }
    catch (error) {
        if (!(0,postgres_errors/* isServerError */.GQ)(error, postgres_errors/* SQLSTATE */.cD.UNDEFINED_OBJECT))
            throw error; // somebody else was first
    }
}

;// CONCATENATED MODULE: src/engines/postgres/revoke.js












/** How long to wait for sessions to end, once the server was told to end them. */
const patienceMs = 10_000;
/** How long to try again while somebody holds a lock; and how long when only a disabled role is left to remove. */
const tryingMs = { first: 20_000, shell: 5000 };
/** No statement waits long for a lock, whoever holds it. */
const briefly = "SET LOCAL lock_timeout = '1s';";
/**
 * Takes a role down the ladder: disable, end sessions, clean, remove. Each rung is committed by itself and may be
 * repeated; two revocations at once do not harm each other.
 */
async function revoke(root, principal, config, context, { first, limitMs = tryingMs.first } = {}) {
    let seen = first;
    const descent = { sessions: new Set(), groups: new Set(), isEmpty: false, holder: '' };
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(limitMs)]);
    // Mostly another revocation of the same role is in the way. So it begins again from the top, where the role may be gone.
    const descend = async () => {
        const there = seen;
        seen = undefined;
        return await down(root, principal, config, context, descent, there);
    };
    const started = Date.now();
    const mayPass = (error) => (0,postgres_errors/* isContention */.IB)(error) && !(descent.isEmpty && Date.now() - started >= tryingMs.shell);
    let end;
    try {
        end = await (0,retry/* retry */.L)(descend, mayPass, signal, context.retrying);
    }
    catch (error) {
        if ((0,postgres_errors/* isLost */.JD)(error) || context.signal.aborted)
            throw error;
        end = await giveUp(root, principal, error, descent);
    }
    return { ...end, sessionsEnded: descent.sessions.size };
}
async function down(root, principal, config, { warn }, descent, first) {
    const account = await begin(root, principal, descent, first);
    if ('outcome' in account)
        return account;
    for (const group of account.groups)
        descent.groups.add(group);
    const isIts = ({ owner }) => owner === principal;
    try {
        const there = await disable(root, account, descent);
        const { left, prepared } = await endSessions(root, account, descent, there);
        if (left > 0) {
            return { outcome: 'failed', reason: `${left} of its sessions did not end within ${patienceMs / 1000} s` };
        }
        descent.isEmpty = true;
        const [its, others] = [prepared.filter(isIts), prepared.filter((each) => !isIts(each))];
        const held = await rollBackAll(root, account, its);
        if (held !== undefined)
            return { outcome: 'disabled', ...held };
        const complaint = await runStatements(root, account, config['revocation-statements']);
        const removed = await remove(root, account, descent);
        if (typeof removed !== 'number') {
            const reason = [removed.reason, complaint].filter((text) => text !== '').join('; ');
            return { outcome: 'disabled', reason, fix: removed.fix };
        }
        if (removed > 0) {
            return { outcome: 'failed', reason: 'a session that began before it was disabled is still open' };
        }
        for (const { gid, owner, database } of others) {
            warn(`${principal} or another member of ${JSON.stringify(owner)} has prepared the transaction ${JSON.stringify(gid)} in the database ${JSON.stringify(database)}, which keeps its locks until somebody ends it`);
        }
        return { outcome: 'revoked' };
    }
    catch (error) {
        // Somebody else removed the role meanwhile, the sweep or a second post step.
        if ((0,postgres_errors/* isServerError */.GQ)(error, postgres_errors/* SQLSTATE */.cD.UNDEFINED_OBJECT) && (await findAccount(root, principal)) === undefined)
            return { outcome: 'absent' };
        throw error;
    }
}
/**
 * Looks the role up, and ends a mint of it that may still be under way on the server although its client is gone: else the
 * role could appear after it was found absent. A mint by another root login, which shares the admin role, cannot be ended
 * but can be seen and waited for.
 */
async function begin(root, principal, { sessions }, first) {
    const started = Date.now();
    let seen = first;
    for (;;) {
        const [there = [], , [row] = []] = (seen ?? (await root.connection.results(lookUp(principal)))).slice(-3);
        seen = undefined;
        const mints = there.filter(({ mint }) => mint === true);
        for (const { pid, mint } of there)
            if (mint !== true)
                sessions.add((0,postgres_connection/* integer */.nd)(pid));
        // A role is made by one message: a mint of another login either has made it, or still may.
        const awaited = mints.filter(({ mine }) => mine === true || row === undefined);
        if (awaited.length === 0 || Date.now() - started >= patienceMs) {
            if (row !== undefined)
                return toAccount(row, principal);
            const other = awaited.find(({ mine }) => mine !== true);
            return other === undefined ? { outcome: 'absent' } : stillMinting(String(other['user']));
        }
        await (0,promises_.setTimeout)(20);
    }
}
/**
 * Statements that look a role up, and tell a mint of it to end. The mint's session belongs to the login, and admin-role may
 * not end it. A superuser also ends the lease's own sessions before it reads anything else: a member of pg_maintain can
 * lock whole catalogs.
 */
function lookUp(principal) {
    const name = (0,postgres_connection/* quoteLiteral */.ce)(principal);
    const isMint = `application_name = ${name} AND pid <> pg_backend_pid()`;
    const actor = "current_setting('joblease.actor')";
    const isSuperuser = `(SELECT rolsuper FROM pg_roles WHERE rolname = ${actor})`;
    return `SELECT set_config('joblease.actor', current_user, true), set_config('role', 'none', true);
    SELECT pid::text AS pid, a.usename::text AS user, a.usename = session_user AS mine, ${isMint} AND a.usename <> ${name} AS mint,
        CASE WHEN a.usename = session_user OR ${isSuperuser} THEN pg_terminate_backend(pid) END AS ended
      FROM pg_stat_activity a WHERE ${isMint} AND (a.usename = session_user OR pg_has_role(a.usesysid, ${actor}, 'MEMBER'))
        OR a.usename = ${name} AND ${isSuperuser};
    SELECT set_config('role', ${actor}, true);
    ${accountQuery(principal)}`;
}
function stillMinting(user) {
    return {
        outcome: 'failed',
        reason: `it is not there yet, but a session of ${(0,postgres_connection/* quoteName */.AB)(user)} may still be about to create it`,
        fix: 'When that session is over, the next sweep ends what has come of it.',
    };
}
/**
 * Rung 1: no new login and no more rights through groups. Root becomes a member of the role, to end its sessions.
 *
 * @returns who was logged in right after it; undefined where that was not looked at
 */
async function disable(root, account, descent) {
    const close = `ALTER ROLE ${(0,postgres_connection/* quoteName */.AB)(account.principal)} NOLOGIN PASSWORD NULL`;
    const join = root.isSuperuser ? '' : grantToActor(root, account.principal);
    const leave = takeMemberships(root, account);
    const text = (...statements) => `${briefly} ${statements.filter((each) => each !== '').join('; ')}`;
    const send = async (...statements) => (await root.connection.rows(text(...statements))).at(-1);
    let isClosed = true;
    let seen;
    try {
        seen = await root.connection.transactions([text(close, join, leave), lookAround(account, descent)]);
        if (hasLeft(seen.findLast(([row]) => row !== undefined && 'held' in row)?.[0]))
            return seen;
    }
    catch (error) {
        if ((0,postgres_connection/* sqlState */.cn)(error) === undefined)
            throw error;
        // Something holds a lock on the role's row, as the lease itself can (ALTER ROLE … PASSWORD in an open transaction), or
        // root cannot become a member. So each statement is sent alone. Where root may not end the role, nothing is changed.
        isClosed = !(0,postgres_errors/* isContention */.IB)(error);
        if (isClosed)
            await send(close);
        const left = await send(leave);
        if (join !== '')
            await send(join);
        if (isClosed && hasLeft(left))
            return undefined;
    }
    // Ending the lease's sessions lets go of what they hold up.
    await endSessions(root, account, descent, seen);
    if (!isClosed)
        await inSpite(root, account, descent, `${briefly} ${close}`);
    await send(leave);
    return undefined;
}
/** @param row the answer to the last statement of {@link takeMemberships} */
function hasLeft(row) {
    return row?.['held'] === '0';
}
/** Sends a statement that may wait for a lock, and rolls back what the lease has prepared to hold that lock. */
async function inSpite(root, account, descent, text) {
    return await outlast(root, text, async (holder, there) => {
        descent.holder = locks_describe(holder);
        if ('prepared' in holder)
            await rollBackHolder(there, account, holder.prepared, descent.groups);
    });
}
/** How long the server may be busy with taking one role's memberships away. */
const leavingMs = 5000;
/**
 * A statement that revokes a role's memberships, and those that it has granted: with the ADMIN option it can have made
 * others members, which must not outlive it and would keep it from being dropped.
 *
 * Anybody can make the lease a member of a role of their own, or of thousands, and can rename or drop those meanwhile. So
 * the server looks up each name at the moment of its REVOKE, and each has an exception block of its own: one that fails
 * stops neither the others nor the rest of the message, and goes when the role is dropped. Memberships that root has
 * granted come first.
 *
 * @returns statements; the last one tells how many were `held` up
 */
function takeMemberships(root, { principal, oid, heir }) {
    const name = (0,postgres_connection/* quoteName */.AB)(principal);
    const isOld = root.version < 160_000;
    // The members that the role has made, and those that they made in turn. PostgreSQL 16 and newer revoke these themselves
    // (CASCADE).
    const memberships = isOld
        ? `WITH RECURSIVE onward AS (
          SELECT roleid, member, admin_option FROM pg_auth_members WHERE grantor = ${oid}
          UNION SELECT next.roleid, next.member, next.admin_option FROM pg_auth_members next
            JOIN onward o ON next.roleid = o.roleid AND next.grantor = o.member AND o.admin_option)
        SELECT roleid, member, 0 AS grantor FROM onward
        UNION ALL SELECT roleid, member, 0 FROM pg_auth_members WHERE member = ${oid}`
        : `SELECT roleid, member, grantor FROM pg_auth_members WHERE member = ${oid}
        ORDER BY (grantor = (SELECT oid FROM pg_roles WHERE rolname = current_user)) DESC`;
    const take = isOld
        ? `EXECUTE format('REVOKE %I FROM %I CASCADE', pg_get_userbyid(m.roleid), pg_get_userbyid(m.member));`
        : `EXECUTE format('REVOKE %I FROM ${name} GRANTED BY %I CASCADE', pg_get_userbyid(m.roleid), pg_get_userbyid(m.grantor));`;
    // The membership in the heir proves it (see findHeir), also when all this is repeated. So one without rights stays.
    const keep = isOld || heir === undefined
        ? ''
        : `IF m.roleid = (SELECT oid FROM pg_roles WHERE rolname = ${(0,postgres_connection/* quoteLiteral */.ce)(heir)}) THEN
            EXECUTE format('GRANT %I TO ${name} WITH ADMIN FALSE, INHERIT FALSE, SET FALSE', pg_get_userbyid(m.roleid));
          END IF;`;
    const body = `DECLARE m record; held int := 0; BEGIN
    FOR m IN ${memberships} LOOP
      held := held + 1;
      CONTINUE WHEN clock_timestamp() > statement_timestamp() + interval '${leavingMs} ms';
      FOR attempt IN 1..20 LOOP
        BEGIN
          ${take}
          ${keep}
          held := held - 1;
          EXIT;
        EXCEPTION
          WHEN undefined_object THEN NULL; -- it has another name since
          WHEN insufficient_privilege THEN held := held - 1; EXIT;
          WHEN OTHERS THEN EXIT;
        END;
      END LOOP;
    END LOOP;
    PERFORM set_config('joblease.held', held::text, true);
  END`;
    return `DO ${(0,postgres_connection/* quoteLiteral */.ce)(body)}; SELECT current_setting('joblease.held') AS held`;
}
/** Statements that tell the role's sessions to end, and list them, logins under way and prepared transactions. */
function lookAround(account, { groups }) {
    // A session keeps the oid of the role that it logged in as, also after SET ROLE and when that role is dropped.
    return `${presenceQuery([account.oid], 'pg_terminate_backend(pid)')}; ${preparedQuery(account, groups)}`;
}
/** Rung 2. @param first the answer to {@link lookAround}, where that was asked already */
async function endSessions(root, account, descent, first) {
    const started = Date.now();
    let seen = first;
    for (;;) {
        const [there = [], prepared = []] = (seen ?? (await root.connection.results(lookAround(account, descent)))).slice(-2);
        seen = undefined;
        const { sessions: open, logins } = toPresence(there);
        const ended = await endLogins(root, [account.principal], logins);
        const pids = [...open.map(({ pid }) => pid), ...ended];
        for (const pid of pids)
            descent.sessions.add(pid);
        const elapsed = Date.now() - started;
        const isSettled = pids.length === 0 && (logins.length === 0 || elapsed >= settlingMs);
        if (isSettled || elapsed >= patienceMs)
            return { left: pids.length, prepared: prepared.map(toPrepared) };
        await (0,promises_.setTimeout)(pids.length === 0 ? 5 : 20);
    }
}
/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runStatements(root, { principal }, statements) {
    if (statements === '')
        return '';
    if (root.shutOut !== undefined) {
        return `the revocation-statements were not run: ${(0,root_session/* firstLine */.TM)(root.shutOut)}`;
    }
    const text = (0,login_statements/* renderStatements */.b)(statements, { name: principal }, 'revocation-statements');
    try {
        await root.connection.rows(`${briefly} ${text}`);
        return '';
    }
    catch (error) {
        if ((0,postgres_connection/* sqlState */.cn)(error) === undefined)
            throw error;
        return `the revocation-statements failed: ${(0,errors/* messageOf */.b)(error)}`;
    }
}
/**
 * Rungs 3 and 4: drops the role, after cleaning up where something stands in the way.
 *
 * @returns what still stands in the way, or how many sessions of the dropped role are open
 */
async function remove(root, account, descent) {
    const dropped = await drop(root, account, descent);
    if (dropped !== undefined)
        return dropped;
    const remains = await clean(root, account);
    const droppedNow = await drop(root, account, descent);
    if (droppedNow !== undefined)
        return droppedNow;
    // The disabled role stays; root's membership in it does not.
    if (!root.isSuperuser)
        await root.connection.rows(`REVOKE ${(0,postgres_connection/* quoteName */.AB)(account.principal)} FROM CURRENT_USER`);
    return remains;
}
/** @returns how many of its sessions are open all the same; undefined when it was not dropped, because other things depend on it */
async function drop(root, account, descent) {
    const text = `${briefly} DROP ROLE ${(0,postgres_connection/* quoteName */.AB)(account.principal)};
    SELECT pid::text AS pid FROM pg_stat_activity WHERE usesysid = ${account.oid}`;
    let sessions;
    try {
        sessions = await root.connection.rows(text).catch(async (error) => {
            if (!(0,postgres_errors/* isContention */.IB)(error))
                throw error;
            return await inSpite(root, account, descent, text);
        });
    }
    catch (error) {
        if ((0,postgres_errors/* isServerError */.GQ)(error, postgres_errors/* SQLSTATE */.cD.DEPENDENT_OBJECTS_STILL_EXIST))
            return undefined;
        throw error;
    }
    for (const { pid } of sessions) {
        // The right to end it went with the role, unless root is a superuser.
        await root.connection.rows(`SELECT pg_terminate_backend(${(0,postgres_connection/* integer */.nd)(pid)})`).catch((error) => {
            if ((0,postgres_errors/* isLost */.JD)(error))
                throw error;
        });
    }
    return sessions.length;
}
/** How far a revocation came that an error has stopped. */
async function giveUp(root, principal, error, descent) {
    const [row] = await root.connection.rows(`SELECT rolcanlogin AS login, coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS valid,
      (SELECT string_agg(pg_get_userbyid(member)::text, ', ') FROM pg_auth_members
        WHERE roleid = r.oid AND ${root.version < 160_000 ? 'false' : 'admin_option AND grantor = 10'}) AS creator,
      (SELECT count(*)::text FROM pg_stat_activity WHERE usesysid = r.oid) AS sessions
    FROM pg_roles r WHERE rolname = ${(0,postgres_connection/* quoteLiteral */.ce)(principal)}`);
    if (row === undefined)
        return { outcome: 'absent' };
    const isForeign = (0,postgres_errors/* isServerError */.GQ)(error, postgres_errors/* SQLSTATE */.cD.INSUFFICIENT_PRIVILEGE);
    // Where root has no right to disable it, an expiry that has passed is not enough: its administrator can move it.
    const isOpen = row['login'] === true && (row['valid'] === true || isForeign);
    const outcome = !descent.isEmpty && (isOpen || row['sessions'] !== '0') ? 'failed' : 'disabled';
    const said = (0,errors/* messageOf */.b)(error);
    if (isForeign) {
        const creator = typeof row['creator'] === 'string' ? ` It was created by ${row['creator']}.` : '';
        return {
            outcome,
            reason: `${(0,postgres_connection/* quoteName */.AB)(root.actor)} has no right to end it: ${said}.${creator}`,
            fix: `Revoke it as the role that minted it (see "admin-role"), or run as a superuser: GRANT ${(0,postgres_connection/* quoteName */.AB)(principal)} TO ${(0,postgres_connection/* quoteName */.AB)(root.actor)} WITH ADMIN OPTION;`,
        };
    }
    const reason = `it could not be ended this time: ${said}`;
    if (!(0,postgres_errors/* isContention */.IB)(error))
        return { outcome, reason };
    const fix = 'An open transaction holds a lock on it, somebody’s or one of root’s own that is still at work; when that is over, the next sweep ends it.';
    return { outcome, reason: descent.holder === '' ? reason : `${reason}; ${descent.holder}`, fix };
}

;// CONCATENATED MODULE: src/engines/postgres/end.js





/**
 * How many roles one DROP ROLE names. Larger ones are not faster, and each role takes a slot in the lock table of the
 * whole server, which reckons with 64 (max_locks_per_transaction) for a session.
 */
const batchSize = 50;
/** How long the ladder tries again while somebody holds a lock on a role; and for further roles, once that has failed. */
const end_patienceMs = { first: 5000, further: 1000 };
/**
 * Ends many leases: roles with nothing in the way by one DROP ROLE, which is a transaction, and each of the others down
 * the ladder by itself.
 *
 * @throws when the connection is lost; what was not yielded by then may or may not have ended
 */
async function* end(root, leases, config, context) {
    // In the order of their names, so that two sweeps wait for each other instead of blocking each other.
    const sorted = leases.toSorted((a, b) => (a.principal < b.principal ? -1 : 1));
    const ended = new Map();
    if (config['revocation-statements'] === '') {
        try {
            await endTogether(root, sorted, ended);
        }
        catch (error) {
            if ((0,postgres_errors/* isLost */.JD)(error))
                throw error; // any other error concerns some of them only: they are ended one by one below
        }
    }
    yield* ended;
    // These may take long, so they come last.
    let isHeldUp = false;
    for (const lease of sorted.filter((each) => !ended.has(each))) {
        const limitMs = isHeldUp ? end_patienceMs.further : end_patienceMs.first;
        const started = Date.now();
        yield [lease, await revoke(root, lease.principal, config, context, { limitMs })];
        isHeldUp ||= Date.now() - started >= limitMs;
    }
}
/**
 * Takes those down the ladder together that have nothing in the way.
 *
 * @param ended gets those that are gone; the others are left to {@link revoke}
 */
async function endTogether(root, leases, ended) {
    let found = await findFree(root, leases, ended);
    const open = found.free.filter(({ canLogIn }) => canLogIn);
    const lookAgain = async () => {
        const still = found.free.map(({ lease }) => lease);
        return await findFree(root, still, ended);
    };
    if (open.length > 0) {
        const close = open.map(({ lease }) => `ALTER ROLE ${(0,postgres_connection/* quoteName */.AB)(lease.principal)} NOLOGIN PASSWORD NULL`).join(';');
        await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${close}`);
        found = await lookAgain();
    }
    // As on the ladder: a login that is under way may be one of theirs, however long ago the role ended.
    const told = new Set();
    for (const started = Date.now(); found.logins.length > 0 && Date.now() - started < settlingMs; await (0,promises_.setTimeout)(5)) {
        const principals = found.free.map(({ lease }) => lease.principal);
        for (const pid of await endLogins(root, principals, found.logins))
            told.add(pid);
        found = await lookAgain();
    }
    if (found.logins.some((pid) => told.has(pid)))
        return; // revoke() waits for it
    await end_drop(root, found.free, ended);
}
async function end_drop(root, roles, ended) {
    if (roles.length === 0)
        return;
    const names = roles.map(({ lease }) => (0,postgres_connection/* quoteName */.AB)(lease.principal)).join(', ');
    try {
        await root.connection.rows(`SET LOCAL lock_timeout = '1s'; DROP ROLE ${names}`);
    }
    catch (error) {
        if ((0,postgres_errors/* isLost */.JD)(error))
            throw error;
        // One of them was in the way: another sweep is at it, or it has changed since it was looked at. Everything was rolled
        // back, so each half is looked at again, until one is left.
        if (roles.length === 1)
            return;
        const leases = roles.map(({ lease }) => lease);
        const half = Math.ceil(leases.length / 2);
        for (const part of [leases.slice(0, half), leases.slice(half)]) {
            await end_drop(root, (await findFree(root, part, ended)).free, ended);
        }
        return;
    }
    const lingering = await sessionsOf(root, roles);
    for (const { lease, oid } of roles) {
        ended.set(lease, lingering.has(oid) ? stillOpen : { outcome: 'revoked', sessionsEnded: 0 });
    }
}
const stillOpen = {
    outcome: 'failed',
    reason: 'a session that began before it was disabled is still open',
    sessionsEnded: 0,
};
/** The leases whose roles can be dropped at once. @param ended gets those that are gone already */
async function findFree(root, leases, ended) {
    if (leases.length === 0)
        return { free: [], logins: [] };
    const byName = new Map(leases.map((lease) => [lease.principal, lease]));
    // The ADMIN option of the role that has minted it is what PostgreSQL 16 and newer ask for; whether it comes by way of
    // another role is expensive to find out, and the ladder does.
    const mayDrop = root.isSuperuser || root.version < 160_000
        ? 'true'
        : `EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND admin_option
            AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
    // Up to PostgreSQL 15 memberships that it has granted would stay.
    const hasGranted = root.version < 160_000 ? 'EXISTS (SELECT FROM pg_auth_members WHERE grantor = r.oid)' : 'false';
    // The application_name is that of a mint still under way (see begin). A lock on the role is held by whoever grants
    // it something or gives it an object in an open transaction. Every lease may do so, so nothing here waits for a lock.
    const [there = [], rows = []] = (await root.connection.results(`${presenceQuery([])};
      SELECT r.rolname::text AS name, r.oid::text AS oid, rolcanlogin AS login,
        ${mayDrop} AND NOT ${hasGranted}
          AND r.oid NOT IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL)
          AND r.rolname::text NOT IN (SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL)
          AND r.rolname NOT IN (SELECT owner FROM pg_prepared_xacts)
          AND r.oid NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_authid'::regclass)
          AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid
            AND classid <> 'pg_auth_members'::regclass) AS free
      FROM pg_roles r WHERE rolname IN (${leases.map(({ principal }) => (0,postgres_connection/* quoteLiteral */.ce)(principal)).join(', ')})`)).slice(-2);
    const free = [];
    for (const row of rows) {
        const lease = byName.get(row['name']);
        if (lease === undefined)
            continue;
        byName.delete(lease.principal);
        if (row['free'] === true)
            free.push({ lease, oid: (0,postgres_connection/* integer */.nd)(row['oid']), canLogIn: row['login'] === true });
    }
    for (const lease of byName.values())
        ended.set(lease, { outcome: 'absent', sessionsEnded: 0 });
    return { free, logins: toPresence(there).logins };
}
/** Tells the sessions of dropped roles to end, where there are any. @returns the oids of their roles */
async function sessionsOf({ connection }, dropped) {
    const rows = await connection.rows(`SELECT pid::text AS pid, usesysid::text AS oid FROM pg_stat_activity
      WHERE usesysid IN (${dropped.map(({ oid }) => oid).join(', ')})`);
    for (const { pid } of rows) {
        // The right to end them went with the role, unless root is a superuser.
        await connection.rows(`SELECT pg_terminate_backend(${(0,postgres_connection/* integer */.nd)(pid)})`).catch((error) => {
            if ((0,postgres_errors/* isLost */.JD)(error))
                throw error;
        });
    }
    return new Set(rows.map(({ oid }) => (0,postgres_connection/* integer */.nd)(oid)));
}

// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
;// CONCATENATED MODULE: src/engines/postgres/leases.js




const leases_select = `SELECT rolname AS name, rolcanlogin AS login, extract(epoch FROM rolvaliduntil)::text AS until,
    pg_roles.oid IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL) AS connected,
    description, extract(epoch FROM clock_timestamp())::text AS now
  FROM pg_roles LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass`;
/** Small enough for the memory to stay flat, however long the list is. */
const pageSize = 2000;
/** The role of every lease in the cluster, a page at a time. */
async function* list(root) {
    const ours = `${leases_select} WHERE rolname ~ ${(0,postgres_connection/* quoteLiteral */.ce)(lease_name/* principalPattern */.h0)}`;
    let rows;
    let last = '';
    do {
        rows = await root.connection.rows(`${ours} AND rolname > ${(0,postgres_connection/* quoteLiteral */.ce)(last)} ORDER BY rolname LIMIT ${pageSize}`);
        for (const row of rows) {
            last = String(row['name']);
            const principal = (0,lease_name/* parsePrincipal */.gA)(last);
            if (principal !== undefined)
                yield toLease(principal, row);
        }
    } while (rows.length === pageSize);
}
/** Roles whose name is nearly a principal's, or that carry a lease record under another name. */
async function* lookalikes(root) {
    const rows = await root.connection.rows(`SELECT rolname AS name, description FROM pg_roles
      LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass
      WHERE rolname !~ ${(0,postgres_connection/* quoteLiteral */.ce)(lease_name/* principalPattern */.h0)} AND (rolname LIKE 'jl\\_%' OR description LIKE '{"v":%')
      ORDER BY rolname`);
    for (const { name, description } of rows) {
        if (String(name).startsWith('jl_') || isRecord(description))
            yield String(name);
    }
}
/** Moves a lease's end, in the role and in its record, by one message and so at once. */
async function renew(root, principal, ttl) {
    const [row] = await root.connection.rows(`${leases_select} WHERE rolname = ${(0,postgres_connection/* quoteLiteral */.ce)(principal)}`);
    if (row === undefined)
        throw new errors/* UserError */.y(`${principal} no longer exists`);
    const { record, over } = toLease(principal, row);
    if (record === undefined)
        throw new errors/* UserError */.y(`${principal} carries no lease record`);
    if (over)
        throw new errors/* UserError */.y(`${principal} is over: a lease that has ended is not brought back; mint a new one`);
    const exp = Math.min(Math.floor((0,postgres_connection/* epoch */.s4)(row['now'])) + ttl, record.max);
    const renewed = { ...record, exp };
    const expiresAt = new Date(exp * 1000);
    await root.connection.rows(`ALTER ROLE ${(0,postgres_connection/* quoteName */.AB)(principal)} VALID UNTIL ${(0,postgres_connection/* quoteLiteral */.ce)((0,postgres_connection/* sqlTime */.KX)(expiresAt))};
     COMMENT ON ROLE ${(0,postgres_connection/* quoteName */.AB)(principal)} IS ${(0,postgres_connection/* quoteLiteral */.ce)((0,lease_record/* encodeRecord */.Ym)(renewed))}`);
    return { principal, record: renewed, expiresAt, over: false, usable: true };
}
function toLease(principal, row) {
    const { description, login, connected } = row;
    const now = (0,postgres_connection/* epoch */.s4)(row['now']);
    const record = typeof description === 'string' ? (0,lease_record/* decodeRecord */.eT)(description) : undefined;
    // NULL, infinity or a date beyond every calendar: somebody has removed the end. The record still has the one that was
    // promised.
    const until = row['until'] === null ? Infinity : (0,postgres_connection/* epoch */.s4)(row['until']);
    const end = (0,lease_record/* isTime */.K8)(until) ? until : record?.exp;
    return {
        principal,
        record,
        expiresAt: end === undefined ? undefined : new Date(end * 1000),
        over: login !== true || (end !== undefined && end <= now),
        // VALID UNTIL ends logins, not sessions.
        usable: (login === true && until > now) || connected === true,
        shell: login !== true && connected !== true,
        unreadable: typeof description === 'string' && record === undefined,
    };
}
function isRecord(description) {
    return typeof description === 'string' && (0,lease_record/* decodeRecord */.eT)(description) !== undefined;
}

// EXTERNAL MODULE: src/engines/login/password.js
var login_password = __webpack_require__(1222);
;// CONCATENATED MODULE: src/engines/postgres/rights.js
/** Whether root can mint what it is asked for, and what an administrator can do where it cannot. */



/**
 * @param groups that the role is to become a member of
 * @returns the server's clock in epoch seconds
 * @throws UserError for a right that root lacks, or a group that no job may be a member of
 */
async function checkRights(root, principal, groups, context) {
    await checkRoot(root);
    const facts = await readGroups(root, principal, groups);
    for (const group of groups)
        await checkGroup(root, group, facts);
    warnOfLocks(facts.locking, context);
    return facts.now;
}
async function checkRoot(root) {
    const actor = (0,postgres_connection/* quoteName */.AB)(root.actor);
    if (!root.createsRoles && !root.isSuperuser) {
        const [admin] = await creatorsOf(root);
        const fix = admin === undefined ? `Run as a superuser: ALTER ROLE ${actor} CREATEROLE;` : useAdminRole(root, admin);
        throw new errors/* UserError */.y(`${actor} may not create roles`, { input: 'root', fix });
    }
    // Up to PostgreSQL 15 a membership takes effect by the member's own attribute.
    if (root.version < 160_000 && !root.inherits && !root.isSuperuser) {
        const fix = `Run: ALTER ROLE ${actor} INHERIT;`;
        throw new errors/* UserError */.y(`${actor} is NOINHERIT, so it could not end the sessions of what it mints`, {
            input: 'root',
            fix,
        });
    }
}
async function readGroups(root, principal, groups) {
    // The session is named after the lease, so that a revocation finds a mint whose client has died.
    const [row = {}] = await root.connection.rows(`SET application_name = ${(0,postgres_connection/* quoteLiteral */.ce)(principal)};
     SELECT extract(epoch FROM clock_timestamp())::text AS now, ${which('true')} AS known, ${which('rolsuper')} AS super,
        ${which(`NOT rolsuper AND ${mayActAsRoot('g.oid')}`)} AS strong,
        ${which(mayLock)} AS locking, ${which(hasGrantor)} AS grantable
      FROM pg_roles g WHERE ${isOneOf(groups)}`);
    return {
        known: (0,postgres_connection/* names */.Dy)(row['known']),
        superusers: (0,postgres_connection/* names */.Dy)(row['super']),
        strong: (0,postgres_connection/* names */.Dy)(row['strong']),
        locking: (0,postgres_connection/* names */.Dy)(row['locking']),
        grantable: (0,postgres_connection/* names */.Dy)(row['grantable']),
        now: Math.floor((0,postgres_connection/* epoch */.s4)(row['now'])),
    };
}
/**
 * What the server itself does not refuse, where root is to mint before it is known what it may do.
 *
 * @returns a condition: whether {@link checkRights} would fail
 */
function isRefused(groups) {
    return `EXISTS (SELECT FROM pg_roles g WHERE ${isOneOf(groups)} AND (rolsuper OR ${mayActAsRoot('g.oid')}))
    OR ${isOld} AND EXISTS (SELECT FROM pg_roles WHERE rolname = current_user AND NOT rolinherit AND NOT rolsuper)`;
}
/** An expression for {@link warnOfLocks}. */
function locking(groups) {
    return `(SELECT ${which(mayLock)} FROM pg_roles g WHERE ${isOneOf(groups)})`;
}
/** A condition on the group `g`. */
function isOneOf(groups) {
    return groups.length === 0 ? 'false' : `rolname IN (${groups.map((group) => (0,postgres_connection/* quoteLiteral */.ce)(group)).join(', ')})`;
}
/** A condition on the group `g`: whether a member may lock the server's own tables. */
const mayLock = "EXISTS (SELECT FROM pg_roles WHERE rolname = 'pg_maintain' AND pg_has_role(g.oid, oid, 'MEMBER'))";
/** Those of the groups that a condition holds for. */
function which(condition) {
    return `(json_agg(rolname) FILTER (WHERE ${condition}))::text`;
}
/**
 * PostgreSQL 16 and newer, a condition on the group `g`: whether some role whose rights take effect for root has the
 * ADMIN option on it. That of a role that root could only SET ROLE to is of no use: "no possible grantors".
 */
const hasGrantor = `EXISTS (SELECT FROM pg_auth_members m
  WHERE m.roleid = g.oid AND m.admin_option AND pg_has_role(current_user, m.member, 'USAGE'))`;
async function checkGroup(root, group, facts) {
    const input = 'member-of';
    if (!facts.known.includes(group)) {
        throw new errors/* UserError */.y(`there is no role ${JSON.stringify(group)}`, {
            input,
            fix: 'Role names are taken as they are written, upper and lower case included.',
        });
    }
    if (facts.superusers.includes(group)) {
        throw new errors/* UserError */.y(`${JSON.stringify(group)} is a superuser: no job may be a member of it`, { input });
    }
    if (facts.strong.includes(group)) {
        throw new errors/* UserError */.y(`a member of ${JSON.stringify(group)} could act as a superuser, as the server or as root`, {
            input,
            fix: 'Name a group that is not a member of such a role, of the root login or of "admin-role", directly or by way of others.',
        });
    }
    // Up to PostgreSQL 15 CREATEROLE alone may grant any role that is not a superuser.
    if (facts.grantable.includes(group) || root.isSuperuser || root.version < 160_000)
        return;
    throw new errors/* UserError */.y(`${(0,postgres_connection/* quoteName */.AB)(root.actor)} may not make others members of ${(0,postgres_connection/* quoteName */.AB)(group)}`, {
        input,
        fix: await grantFix(root, group),
    });
}
/** @param groups those that let a member lock the server's own tables */
function warnOfLocks(groups, { warn }) {
    for (const group of groups) {
        warn(`a member of ${JSON.stringify(group)} has the rights of pg_maintain: it can lock the server's own tables, and keep root from ending it for as long as it likes`);
    }
}
/** What lets root make others members of a group. */
async function grantFix(root, group) {
    const [admin] = await creatorsOf(root, `AND EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
    WHERE g.rolname = ${(0,postgres_connection/* quoteLiteral */.ce)(group)} AND m.admin_option AND pg_has_role(a.oid, m.member, 'USAGE'))`);
    if (admin !== undefined)
        return useAdminRole(root, admin);
    return `Run: GRANT ${(0,postgres_connection/* quoteName */.AB)(group)} TO ${(0,postgres_connection/* quoteName */.AB)(root.actor)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;`;
}
/** Roles that may create roles and that root may act as: of a pair of logins the admin role. */
async function creatorsOf(root, condition = '') {
    const way = root.version < 160_000 ? 'MEMBER' : 'SET';
    const [row] = await root.connection.rows(`SELECT json_agg(rolname ORDER BY rolname)::text AS names FROM pg_roles a
      WHERE rolcreaterole AND NOT rolsuper AND rolname <> current_user AND pg_has_role(session_user, a.oid, '${way}') ${condition}`);
    return (0,postgres_connection/* names */.Dy)(row?.['names']);
}
function useAdminRole({ root }, admin) {
    return `"${root.user}" may act as ${JSON.stringify(admin)}, which may: give "admin-role: ${admin}", here and wherever this root is used.`;
}

// EXTERNAL MODULE: src/engines/postgres/verifier.js
var verifier = __webpack_require__(431);
;// CONCATENATED MODULE: src/engines/postgres/mint.js











/**
 * Mints a role in one message, so in one transaction: the role with its verifier and its expiry, its memberships, its
 * lease record, and what the user's own statements do.
 *
 * @throws UserError for a right that root lacks, an unknown group, or an error in the user's statements
 */
async function mint(root, draft, config, context) {
    if (root.shutOut !== undefined)
        throw root.shutOut;
    const now = await checkRights(root, draft.principal, config['member-of'], context);
    const role = newRole(draft, context);
    const expiresAt = new Date((now + draft.ttl) * 1000);
    const message = composeMint(root, role, now, config);
    try {
        // A mint that collided with a parallel one was rolled back as a whole, so it is sent again.
        await (0,retry/* retry */.L)(async () => await root.connection.rows(message.text), postgres_errors/* isContention */.IB, context.signal, context.retrying);
    }
    catch (error) {
        throw explain(error, message, role.verifier);
    }
    return handOver(root, { user: draft.principal, password: role.password }, config, expiresAt);
}
/**
 * Mints a role by the first message of a session. What root may lack is left to the server to refuse.
 *
 * @returns undefined where that takes more messages, or where it failed: {@link mint} may be able to, or says what is
 *   wrong. Where the answer was lost the role may be there, and then it cannot be made again
 */
async function mintAtOnce(login, draft, config, context) {
    // The user's statements must be read by the server as they are meant, and may name the expiry.
    if (login.shutOut !== undefined || config['creation-statements'] !== '')
        return undefined;
    const groups = config['member-of'];
    const role = newRole(draft, context);
    const text = `SET application_name = ${(0,postgres_connection/* quoteLiteral */.ce)(draft.principal)};
    DO ${(0,postgres_connection/* quoteLiteral */.ce)(`BEGIN IF ${isRefused(groups)} THEN RAISE insufficient_privilege; END IF; END`)};
    SELECT set_config('joblease.now', floor(extract(epoch FROM clock_timestamp()))::bigint::text, true);
    ${creation(role, "current_setting('joblease.now')::bigint", config)};
    SELECT current_setting('joblease.now') AS now, ${locking(groups)} AS locking`;
    let root, results;
    try {
        [root, results] = await login.prepare(text);
    }
    catch (error) {
        if (error instanceof errors/* UserError */.y || context.signal.aborted)
            throw error;
        return undefined;
    }
    const row = results.at(-1)?.[0];
    warnOfLocks((0,postgres_connection/* names */.Dy)(row?.['locking']), context);
    const expiresAt = new Date(((0,postgres_connection/* integer */.nd)(row?.['now']) + draft.ttl) * 1000);
    return handOver(root, { user: draft.principal, password: role.password }, config, expiresAt);
}
function newRole(draft, { mask }) {
    const password = (0,login_password/* newPassword */.Ce)();
    mask?.([password]);
    return { draft, password, verifier: (0,verifier/* scramVerifier */.v)(password) };
}
/** @param now in epoch seconds on the server's clock */
function composeMint(root, role, now, config) {
    const statements = config['creation-statements'];
    const ours = creation(role, String(now), config);
    if (statements === '')
        return { text: ours, statements: { start: 0, text: '' } };
    // Statements that set a password make the role themselves, as Vault's do; all others find it made.
    const makeOwn = (0,login_statements/* mentions */.w)(statements, 'password');
    const { principal, ttl } = role.draft;
    const values = { name: principal, password: role.verifier, expiration: (0,postgres_connection/* sqlTime */.KX)(new Date((now + ttl) * 1000)) };
    const theirs = (0,login_statements/* renderStatements */.b)(statements, values, 'creation-statements');
    const before = makeOwn ? '' : `${ours};\n`;
    // They run as root, and so with root's search_path: with the path of the database they could call a function that a job
    // has put into a schema of it. After them the settings of root are made again, whatever they set.
    const after = `\n;${(0,root_session/* pins */.hm)(root.actor)}${makeOwn ? `\n${ours}` : ''}`;
    const start = Array.from(root.connection.preamble + before).length;
    return { text: before + theirs + after, statements: { start, text: theirs } };
}
/** A statement that makes a lease's role. @param now an expression: epoch seconds on the server's clock */
function creation({ draft, verifier }, now, config) {
    const { principal, ttl, maxTtl, job } = draft;
    const name = (0,postgres_connection/* quoteName */.AB)(principal);
    const groups = config['member-of'];
    const listed = groups.map(postgres_connection/* quoteName */.AB).join(', ');
    const isTheirs = (0,login_statements/* mentions */.w)(config['creation-statements'], 'password');
    const attributes = `LOGIN CONNECTION LIMIT ${config['connection-limit']} PASSWORD ${(0,postgres_connection/* quoteLiteral */.ce)(verifier)}`;
    const record = (0,lease_record/* encodeRecord */.Ym)({
        v: 1,
        ...job,
        role: draft.role,
        iat: longest,
        exp: longest,
        max: longest,
        own: { heir: groups[0] ?? '' },
    });
    // The server knows what time it is. The times come last in a record.
    const [, untimed = ''] = /^(.*),"iat":\d+,"exp":\d+,"max":\d+\}$/.exec(record) ?? [];
    const times = `format(',"iat":%s,"exp":%s,"max":%s}', ${now}, ${now} + ${ttl}, ${now} + ${maxTtl})`;
    const statements = [
        ending(`${isTheirs ? 'ALTER' : 'CREATE'} ROLE ${name} ${attributes} VALID UNTIL `, `to_timestamp(${now} + ${ttl})`),
        ending(`COMMENT ON ROLE ${name} IS `, `${(0,postgres_connection/* quoteLiteral */.ce)(untimed)} || ${times}`),
        // The lease acts as the group, so it owns nothing itself that would keep it from being dropped.
        ...(groups.length === 1 ? [`ALTER ROLE ${name} SET role = ${(0,postgres_connection/* quoteLiteral */.ce)(groups[0] ?? '')};`] : []),
        // Last, because after each change of memberships the server has to look up anew all that root has.
        ...(groups.length === 0 ? [] : [`GRANT ${listed} TO ${name};`]),
    ];
    return `DO ${(0,postgres_connection/* quoteLiteral */.ce)(`BEGIN ${statements.join(' ')} END`)}`;
}
/** A statement of PL/pgSQL that runs one whose last part is a literal that only the server knows. @param value an expression */
function ending(head, value) {
    return `EXECUTE ${(0,postgres_connection/* quoteLiteral */.ce)(head)} || quote_literal(${value});`;
}
/** Epoch seconds in the most digits that a lease's times have: the length of a record is judged before they are known. */
const longest = 9_999_999_999;
/** Says what went wrong in the user's statements, and where, by their own lines and columns. */
function explain(error, { statements }, verifier) {
    const state = (0,postgres_connection/* sqlState */.cn)(error);
    if (state === undefined || statements.text === '')
        return error;
    const input = 'creation-statements';
    const said = (0,errors/* messageOf */.b)(error).replaceAll(verifier, '{{password}}');
    if (state === postgres_errors/* SQLSTATE */.cD.UNDEFINED_OBJECT && (0,postgres_connection/* errorPosition */.A0)(error) === undefined && /jl_/.test(said)) {
        const fix = 'Statements that use {{password}} must begin with: CREATE ROLE "{{name}}" …; leave {{password}} out to have the role made for them.';
        return new errors/* UserError */.y('they use {{password}} but do not create the role', { input, said, fix, cause: error });
    }
    const position = (0,postgres_connection/* errorPosition */.A0)(error);
    const offset = position === undefined ? undefined : position - 1 - statements.start;
    const characters = Array.from(statements.text);
    const inside = offset !== undefined && offset >= 0 && offset <= characters.length;
    const lines = characters
        .slice(0, inside ? offset : 0)
        .join('')
        .split('\n');
    const where = inside ? ` (line ${lines.length}, column ${Array.from(lines.at(-1) ?? '').length + 1})` : '';
    const { UNDEFINED_TABLE, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, INVALID_SCHEMA_NAME } = postgres_errors/* SQLSTATE */.cD;
    const isUnknown = (0,postgres_errors/* isServerError */.GQ)(error, UNDEFINED_TABLE, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, INVALID_SCHEMA_NAME);
    return new errors/* UserError */.y(`the server refused the statements${where}`, {
        input,
        said: `${said} [${state}]`,
        ...(isUnknown
            ? { fix: 'Statements run with search_path = pg_catalog: name the schema of everything else, as in app.invoice.' }
            : {}),
        cause: error,
    });
}

;// CONCATENATED MODULE: src/engines/postgres/self.js








/** How long to wait for sessions, and for logins that are under way: a post step has 30 s for all. */
const self_patienceMs = 15_000;
/** Ends a lease as the lease itself, because no root can. */
async function endSelf(login, context) {
    try {
        return await logInAndEnd(login, {}, context);
    }
    catch (error) {
        // The lease may have changed its own settings so that each of its sessions ends at once.
        if (!(0,postgres_errors/* isShutOut */.Hd)(error, login.target))
            throw error;
        return await logInAndEnd(login, (0,root_session/* startAfter */.HM)(error), context);
    }
}
async function logInAndEnd(login, settings, { signal, retrying }) {
    let connection;
    try {
        connection = await (0,retry/* retry */.L)(async () => await postgres_connection/* Connection */.Ng.open(login.target, login, { name: 'joblease end', settings }, signal), postgres_errors/* canHeal */.Zn, signal, retrying);
    }
    catch (error) {
        if (!(0,postgres_errors/* isLoginRefused */.mZ)(error))
            throw error;
        return { outcome: 'absent', sessionsEnded: 0 };
    }
    await using own = connection;
    // The lease may have changed its own settings, and its sessions act as its group.
    await own.rows('SET SESSION AUTHORIZATION DEFAULT; SET standard_conforming_strings = on; SET idle_session_timeout = 0');
    own.preamble = (0,root_session/* preamble */.r3)('');
    const sessions = new Set();
    const reason = await takeOver(own, login, sessions);
    if (reason !== undefined)
        return { outcome: 'failed', reason, sessionsEnded: sessions.size };
    await leave(own);
    return {
        outcome: 'disabled',
        reason: 'no root credential could end it, so it scrambled its own password; the role waits for the sweep',
        sessionsEnded: sessions.size,
    };
}
/**
 * Scrambles the password and ends all other sessions, until none is left that could set another password: each session of
 * the lease could, at any moment. They are told to end before the password is replaced, because one of them may hold a
 * lock on the role. It is over when two rounds in a row have met nobody: a session that began between the two logged in
 * with a password that the first of them has replaced.
 *
 * @param sessions gets the process ids of those that were told to end
 * @returns why it failed, in words; undefined when all is done
 */
async function takeOver(own, login, sessions) {
    const [row] = await own.rows('SELECT oid::text AS oid FROM pg_roles WHERE rolname = session_user');
    const look = presenceQuery([(0,postgres_connection/* integer */.nd)(row?.['oid'])], 'pg_terminate_backend(pid)');
    const until = Date.now() + self_patienceMs;
    let [met, calm] = ['', 0];
    while (calm < 2) {
        if (met !== '' && Date.now() >= until)
            return met;
        const scramble = `ALTER ROLE ${(0,postgres_connection/* quoteName */.AB)(login.user)} PASSWORD ${(0,postgres_connection/* quoteLiteral */.ce)((0,verifier/* unusableVerifier */.k)())}`;
        try {
            const [there = []] = (await own.results(`SET LOCAL lock_timeout = '1s'; ${look}; ${scramble}`)).slice(-2);
            met = await emptyOut(own, look, until, tell(there, sessions), sessions);
        }
        catch (error) {
            if (!(0,postgres_errors/* isContention */.IB)(error))
                throw error;
            met = `its password could not be replaced: ${(0,errors/* messageOf */.b)(error)}`;
        }
        calm = met === '' ? calm + 1 : 0;
        if (met !== '')
            await (0,promises_.setTimeout)(20);
    }
    return undefined;
}
function tell(rows, sessions) {
    const told = toPresence(rows).sessions;
    for (const { pid } of told)
        sessions.add(pid);
    return told.length;
}
/**
 * Ends the other sessions of the role, and its logins under way. The lease cannot take LOGIN from itself, so a login that
 * read the old verifier still succeeds after the password was replaced. It can be ended once the server knows its role;
 * before that nobody can tell it from other people's logins.
 *
 * @param told how many sessions were told to end when the password was replaced
 * @returns whom it met, in words; `''` for nobody
 */
async function emptyOut(own, look, until, told, sessions) {
    let met = told;
    let earlier;
    for (;;) {
        const rows = await own.rows(look);
        const open = tell(rows, sessions);
        // A login that was not there at the first look began later, and reads the new verifier.
        const logins = toPresence(rows).logins.filter((pid) => earlier?.has(pid) ?? true);
        earlier = new Set(logins);
        let ended = 0;
        for (const pid of logins) {
            if (!(await self_end(own, pid)))
                continue;
            ended += 1;
            sessions.add(pid);
        }
        met += open + ended;
        if (open + logins.length === 0)
            return met === 0 ? '' : 'its sessions came back again and again';
        if (Date.now() >= until) {
            return open + ended > 0
                ? `${open + ended} of its sessions did not end`
                : 'it scrambled its own password, but a login that had begun before is still under way, and could be its own';
        }
        await (0,promises_.setTimeout)(20);
    }
}
/**
 * Ends this session's own process on the server, last of all: a pooler would hand it to the next client that logged in as
 * the lease.
 */
async function leave(own) {
    await own.rows('SELECT pg_terminate_backend(pg_backend_pid())').catch((error) => {
        if (!(0,postgres_errors/* isLost */.JD)(error))
            throw error;
    });
}
/** @returns whether a login under way was the lease's own, and was told to end */
async function self_end(own, pid) {
    try {
        const [row] = await own.rows(`SELECT pg_terminate_backend(${pid}) AS ended`);
        return row?.['ended'] === true;
    }
    catch (error) {
        if ((0,postgres_errors/* isServerError */.GQ)(error, postgres_errors/* SQLSTATE */.cD.INSUFFICIENT_PRIVILEGE))
            return false;
        throw error;
    }
}

;// CONCATENATED MODULE: src/engines/postgres/verify.js



/**
 * Logs in as the lease, from this machine.
 *
 * @param ahead a connection that may be for it, and that has come as far as its login
 * @throws UserError when the server refuses it
 */
async function verify({ target, user, password }, ahead, { signal, debug }) {
    const isFor = ({ target: other, user: its }) => its === user && other.database === target.database && other.host === target.host && other.port === target.port;
    try {
        const opening = ahead !== undefined && isFor(ahead) ? ahead : new postgres_connection/* Opening */.$4(target, user, root_session/* verifying */.MP, signal);
        // A server that says that it is ready has done all its checks.
        await using own = await opening.finish(password);
        debug?.(`verify: ${own.facts()}`);
    }
    catch (error) {
        throw (0,postgres_errors/* loginError */.Mz)(error, target, { user, password }, 'verify');
    }
}

;// CONCATENATED MODULE: src/engines/postgres/engine.js










/** PostgreSQL 15 and newer. */
const engine = {
    async open(roots, config, context) {
        const login = await (0,root_session/* logIn */.E8)(roots, config, context, root_session/* otherDatabases */.NQ, true);
        context.debug?.(`root: ${login.connection.facts()}`);
        return session(login, config, context, async () => await (0,root_session/* openRoot */.R8)(roots, config, context, root_session/* otherDatabases */.NQ));
    },
    canHeal: postgres_errors/* canHeal */.Zn,
    batchSize: batchSize,
    endSelf: async (credential, config, context) => await endSelf(await readCredential(credential, config), context),
    async *rotateRoot(roots, config, terms, context) {
        const { rotateRoot } = await __webpack_require__.e(/* import() */ "postgres-rotate").then(__webpack_require__.bind(__webpack_require__, 3970));
        return yield* rotateRoot(roots, config, terms, context);
    },
};
/** @param openAnew for a server that did not take the first message: a session that was prepared with more care */
function session(login, config, context, openAnew) {
    const stack = new AsyncDisposableStack();
    stack.use(login);
    let anew;
    const orAnew = async (error) => {
        if (error instanceof errors/* UserError */.y || context.signal.aborted)
            throw error;
        return stack.use(await openAnew());
    };
    /** Where the first message has failed, perhaps because somebody's settings have ended the session by then. */
    const carefully = async () => {
        anew ??= login.prepare().then(([root]) => root, orAnew);
        return await anew;
    };
    /** Sends a message that is the session's first, if nothing was sent before. */
    const start = async (more = '') => {
        if (anew !== undefined)
            return [await anew];
        try {
            return await login.prepare(more);
        }
        catch (error) {
            if (error instanceof errors/* UserError */.y || context.signal.aborted)
                throw error;
            return [await carefully()];
        }
    };
    return {
        mint: async (draft) => (await mintAtOnce(login, draft, config, context)) ?? (await mint(await carefully(), draft, config, context)),
        verify: async (credential) => {
            await verify(await readCredential(credential, config), login.ahead, context);
        },
        async renew(principal, ttl) {
            const [root] = await start();
            return await renew(root, principal, ttl);
        },
        async revoke(principal) {
            const [root, first] = await start(lookUp(principal));
            return await revoke(root, principal, config, context, { first });
        },
        async *leases() {
            const [root] = await start();
            yield* list(root);
        },
        async *lookalikes() {
            const [root] = await start();
            yield* lookalikes(root);
        },
        async *end(leases) {
            const [root] = await start();
            yield* end(root, leases, config, context);
        },
        [Symbol.asyncDispose]: async () => {
            await stack.disposeAsync();
        },
    };
}


/***/ }),

/***/ 254: // src/engines/postgres/errors.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   GQ: () => (/* binding */ isServerError),
/* harmony export */   Hd: () => (/* binding */ isShutOut),
/* harmony export */   IB: () => (/* binding */ isContention),
/* harmony export */   JD: () => (/* binding */ isLost),
/* harmony export */   Mz: () => (/* binding */ loginError),
/* harmony export */   Zn: () => (/* binding */ canHeal),
/* harmony export */   cD: () => (/* binding */ SQLSTATE),
/* harmony export */   mZ: () => (/* binding */ isLoginRefused)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _failure_network_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8866);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4433);



/**
 * Codes of the server's errors, by PostgreSQL's own names for their conditions.
 *
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const SQLSTATE = {
    PROTOCOL_VIOLATION: '08P01',
    INVALID_PARAMETER_VALUE: '22023',
    UNIQUE_VIOLATION: '23505',
    TRANSACTION_TIMEOUT: '25P04',
    INVALID_AUTHORIZATION_SPECIFICATION: '28000',
    INVALID_PASSWORD: '28P01',
    DEPENDENT_OBJECTS_STILL_EXIST: '2BP01',
    INVALID_CATALOG_NAME: '3D000',
    INVALID_SCHEMA_NAME: '3F000',
    SERIALIZATION_FAILURE: '40001',
    DEADLOCK_DETECTED: '40P01',
    INSUFFICIENT_PRIVILEGE: '42501',
    UNDEFINED_OBJECT: '42704',
    UNDEFINED_FUNCTION: '42883',
    UNDEFINED_TABLE: '42P01',
    TOO_MANY_CONNECTIONS: '53300',
    OBJECT_NOT_IN_PREREQUISITE_STATE: '55000',
    LOCK_NOT_AVAILABLE: '55P03',
    ADMIN_SHUTDOWN: '57P01',
    CRASH_SHUTDOWN: '57P02',
    CANNOT_CONNECT_NOW: '57P03',
    INTERNAL_ERROR: 'XX000',
};
/** Whether an error came from a server and has one of these codes. */
function isServerError(error, ...states) {
    const state = (0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .sqlState */ .cn)(error);
    return state !== undefined && states.includes(state);
}
/** The driver's own words for a connection that broke. */
const driverLost = /^(?:Connection terminated|Client has encountered a connection error)/;
const passing = [
    SQLSTATE.CANNOT_CONNECT_NOW,
    SQLSTATE.TOO_MANY_CONNECTIONS,
    SQLSTATE.ADMIN_SHUTDOWN,
    SQLSTATE.CRASH_SHUTDOWN,
];
/** Failures of the network and of a server that starts or is full: the same attempt may succeed a moment later. */
function canHeal(error) {
    if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y)
        return error.details.cause !== undefined && canHeal(error.details.cause);
    if ((0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .sqlState */ .cn)(error) !== undefined)
        return isServerError(error, ...passing);
    const said = (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error);
    return (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isPassingNetworkFailure */ .OI)(error) || (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isDoubtful */ .Ge)(error) || said === 'timeout expired' || driverLost.test(said);
}
/** Whether an error ends more than one statement: nothing further can be done in this session. */
function isLost(error) {
    return canHeal(error) || ((0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .sqlState */ .cn)(error) === undefined && !(error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y));
}
/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
function isContention(error) {
    const { SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE } = SQLSTATE;
    if (isServerError(error, SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE))
        return true;
    // Two that change or drop the same role at once get no better report than an internal error, and two that make the
    // same GRANT a unique violation.
    const gone = /tuple concurrently|could not find tuple for role|cache lookup failed for role/;
    if (isServerError(error, SQLSTATE.INTERNAL_ERROR))
        return gone.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error));
    return isServerError(error, SQLSTATE.UNIQUE_VIOLATION);
}
/** Whether this login will not be let in here. */
function isLoginRefused(error) {
    return isServerError(error, SQLSTATE.INVALID_PASSWORD, SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION);
}
/**
 * Whether a server that is there and up refuses one database alone, or ends the session there before it could speak:
 * then another database of the cluster may still let root in. The owner of a database can bring this about in many
 * ways (CONNECT, its connection limit, ALLOW_CONNECTIONS, settings that end a session), so every refusal counts that is
 * not known to be of another kind.
 */
function isShutOut(error, target) {
    if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y || isLoginRefused(error))
        return false;
    if ((0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .sqlState */ .cn)(error) === undefined)
        return driverLost.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error));
    // It is said of the server, of a role and of a database, in the server's language.
    if (isServerError(error, SQLSTATE.TOO_MANY_CONNECTIONS))
        return (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error).includes(`"${target.database}"`);
    // Only a pooler says that the protocol was violated.
    return !isServerError(error, SQLSTATE.PROTOCOL_VIOLATION) && !canHeal(error);
}
/**
 * Says why a login failed.
 *
 * @param input the input that supplied the login
 */
function loginError(error, target, { user }, input) {
    const because = (problem, fix) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(problem, { input, said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error), fix, cause: error });
    return refusal(error, target, user, because) ?? unreached(error, target, user, because);
}
/** @returns undefined for an error that no server sent, or that says nothing of the login */
function refusal(error, target, user, because) {
    const place = `${target.host}:${target.port}`;
    switch ((0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .sqlState */ .cn)(error)) {
        case undefined:
            return undefined;
        case SQLSTATE.INVALID_PASSWORD:
        case SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION:
            return because(`the server at ${place} refused the login of "${user}"`, 'Check the user name, the password (percent-encoded in the URL), that the role has LOGIN, and pg_hba.conf.');
        case SQLSTATE.INVALID_CATALOG_NAME:
            return because(`there is no database "${target.database}" at ${place}`, 'Check the last part of the URL, or the input "database".');
        case SQLSTATE.PROTOCOL_VIOLATION:
            return because(`what answers at ${place} refused the login of "${user}"`, 'A pooler in front of the server must know new roles at once, by auth_query for example, and pass on what it is sent.');
        case SQLSTATE.INSUFFICIENT_PRIVILEGE:
            return because(`"${user}" may not connect to the database "${target.database}" at ${place}`, `Run: GRANT CONNECT ON DATABASE "${target.database}" TO the role itself or to one of its groups;`);
        default:
            if (!isShutOut(error, target))
                return undefined;
            return because(`the database "${target.database}" at ${place} does not let "${user}" in`, 'Its owner can bring that about. Name a database in the URL that no group of a job owns, such as postgres, and in the input "database" the one for the job.');
    }
}
function unreached(error, { host, port }, user, because) {
    const place = `${host}:${port}`;
    const code = (0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .systemCode */ .xU)(error);
    switch (code) {
        case _connection_js__WEBPACK_IMPORTED_MODULE_2__/* .noPassword */ .Lq:
            return because(`the server at ${place} asks for the password of "${user}", and the URL has none`, 'Write it between the user name and the host, percent-encoded: postgres://user:password@host:port/database.');
        case _connection_js__WEBPACK_IMPORTED_MODULE_2__/* .notBound */ .a1:
            return because(`the server at ${place} does not bind the login to the connection, which channel_binding=require asks for`, 'The server must have TLS and a password kept as scram-sha-256, and nothing may end TLS in front of it. Else leave channel_binding out.');
        case _failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .peerCodes */ .D9.foreign:
            return because(`what answers at ${place} is not PostgreSQL`, 'Check host and port: PostgreSQL has 5432.');
        case _failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .peerCodes */ .D9.mute:
            return because(`what answers at ${place} hung up at once`, 'Check host and port. A proxy does this while its server is down.');
        case 'ENOTFOUND':
            return because(`the host "${host}" is unknown`, 'Check the host name in the URL.');
        case 'ECONNREFUSED':
            return because(`nothing accepts connections at ${place}`, 'Check host and port, and that the server runs.');
        case 'ERR_TLS_CERT_ALTNAME_INVALID':
            return because(`the certificate of ${place} is for another host name`, 'Use the name that the certificate has.');
        default:
    }
    if ((0,_failure_network_js__WEBPACK_IMPORTED_MODULE_1__/* .isCertificateCode */ .TR)(code)) {
        return because(`the certificate of ${place} is not trusted`, 'Give the authority that signed it in "tls-ca". sslmode=verify-ca leaves the host name unchecked; sslmode=require checks nothing.');
    }
    if (/does not support SSL/.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error))) {
        return because(`the server at ${place} offers no TLS`, 'Only where the network itself is trusted: sslmode=disable.');
    }
    return because(`the server at ${place} could not be used`, 'Check that this runner can reach it.');
}


/***/ }),

/***/ 7240: // src/engines/postgres/root-session.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   E8: () => (/* binding */ logIn),
/* harmony export */   HM: () => (/* binding */ startAfter),
/* harmony export */   KC: () => (/* binding */ leaseDatabase),
/* harmony export */   MP: () => (/* binding */ verifying),
/* harmony export */   NQ: () => (/* binding */ otherDatabases),
/* harmony export */   R8: () => (/* binding */ openRoot),
/* harmony export */   TM: () => (/* binding */ firstLine),
/* harmony export */   bn: () => (/* binding */ readTrust),
/* harmony export */   hm: () => (/* binding */ pins),
/* harmony export */   r3: () => (/* binding */ preamble)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _login_authority_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(8714);
/* harmony import */ var _failure_network_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(8866);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(4433);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(254);





/** How a lease is tried. */
const verifying = { name: 'joblease verify' };
/** Databases to end leases from when the owner of root's own database does not let root in. */
const otherDatabases = ['postgres', 'template1'];
/** How long one of several hosts may take to answer. The last one has the usual time of a connection. */
const patienceMs = 5000;
/**
 * Logs in with the first root that a server accepts and becomes `admin-role`.
 *
 * @param others databases to go to when the one that root names does not let it in
 * @throws UserError naming `root` when no login is accepted, `admin-role` when it may not be used
 */
async function openRoot(roots, config, context, others = []) {
    const login = await logIn(roots, config, context, others, false);
    const [session] = await login.prepare();
    return session;
}
/**
 * Logs in with the first root that a server accepts.
 *
 * @param others databases to go to when the one that root names does not let it in
 * @param isLazy whether the session's first message is left to its first use, where the server can be used as far as its
 *   login tells
 * @throws as {@link openRoot}
 */
async function logIn(roots, config, context, others, isLazy) {
    const { warn } = context;
    const failures = [];
    let refused = 0;
    for (const root of roots) {
        const ca = await readTrust(root.sslrootcert, config);
        const { database, sslmode, channelBinding } = root;
        for (const [i, { host, port }] of root.hosts.entries()) {
            const target = { host, port, database, sslmode, channelBinding, ca };
            const door = doorTo(root, i === root.hosts.length - 1, isLazy, config, context);
            let login;
            try {
                login = await enterAny(target, door, others);
            }
            catch (error) {
                if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y)
                    throw error;
                failures.push((0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .loginError */ .Mz)(error, target, root, 'root'));
                if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isLoginRefused */ .mZ)(error))
                    continue;
                refused += 1;
                break; // the other hosts are the same cluster: on to the next root
            }
            if (login !== undefined) {
                warnOf(login, failures, warn);
                return login;
            }
            failures.push(new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`the server at ${host}:${port} is a read-only standby`, { input: 'root' }));
        }
    }
    throw noneOpened(failures, refused === roots.length);
}
function doorTo(root, isLastHost, isLazy, config, { signal, mints }) {
    const door = {
        root,
        adminRole: config['admin-role'],
        signal,
        isLazy,
        name: mints?.principal ?? root.applicationName ?? 'joblease',
        ahead: mints?.verify === true ? { user: mints.principal, database: leaseDatabase(root, config) } : undefined,
    };
    if (root.connectTimeoutSeconds !== undefined)
        return { ...door, patienceMs: root.connectTimeoutSeconds * 1000 };
    return isLastHost ? door : { ...door, patienceMs };
}
/** The database that a lease is given. */
function leaseDatabase({ database }, config) {
    return config.database === '' ? database : config.database;
}
/** Tells what was passed over until a session was open. */
function warnOf({ shutOut, connection }, failures, warn) {
    if (shutOut !== undefined) {
        warn(`${firstLine(shutOut)}; leases are ended from the database "${connection.target.database}"`);
    }
    for (const failure of failures)
        warn(`${firstLine(failure)}; another one was used`);
}
/** @param isRefused whether every root was refused, which is final whatever other hosts said */
function noneOpened(failures, isRefused) {
    const [first, ...more] = failures;
    if (first === undefined)
        return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('it is empty', { input: 'root' });
    if (more.length === 0)
        return first;
    const causes = failures.map(({ details }) => details.cause);
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('no root credential could be used', {
        input: 'root',
        said: failures.map(({ message }) => message).join('\n'),
        cause: isRefused
            ? causes.find(_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isLoginRefused */ .mZ)
            : (causes.find((cause) => (0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .canHeal */ .Zn)(cause) && !(0,_failure_network_js__WEBPACK_IMPORTED_MODULE_2__/* .isDoubtful */ .Ge)(cause)) ?? causes.find(_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .canHeal */ .Zn)),
    });
}
/** @returns PEM of the authority that a server must be signed by; undefined for the machine's own list */
async function readTrust(sslrootcert, config) {
    if (config['tls-ca'] !== '')
        return await (0,_login_authority_js__WEBPACK_IMPORTED_MODULE_1__/* .readAuthority */ .A)(config['tls-ca'], 'tls-ca');
    return await (0,_login_authority_js__WEBPACK_IMPORTED_MODULE_1__/* .readAuthority */ .A)(sslrootcert ?? '', 'root');
}
function firstLine({ message }) {
    return message.split('\n', 1)[0] ?? '';
}
/** Enters the target's database, or one of the others when that one does not let root in. */
async function enterAny(target, door, others) {
    try {
        return await enter(target, door);
    }
    catch (error) {
        if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isShutOut */ .Hd)(error, target))
            throw error;
        const shutOut = (0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .loginError */ .Mz)(error, target, door.root, 'root');
        for (const database of others.filter((other) => other !== target.database)) {
            try {
                return await enter({ ...target, database }, { ...door, ahead: undefined, shutOut });
            }
            catch (another) {
                if (another instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y || door.signal.aborted)
                    throw another;
            }
        }
        throw error;
    }
}
/**
 * Settings by which the owner of a database can end a session before its first message. They are overridden only after a
 * failure, because poolers refuse settings at the start.
 */
const safeStart = {
    local_preload_libraries: '',
    idle_session_timeout: '0',
    statement_timeout: '0',
    tcp_user_timeout: '0',
};
/** How to start again after a session was ended by a setting. */
function startAfter(error) {
    // Servers before 17 do not know this one.
    return (0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isServerError */ .GQ)(error, _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .SQLSTATE */ .cD.TRANSACTION_TIMEOUT) ? { ...safeStart, transaction_timeout: '0' } : safeStart;
}
async function enter(target, door) {
    try {
        return await enterWith(target, door, {});
    }
    catch (error) {
        if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isShutOut */ .Hd)(error, target) || !isBySetting(error))
            throw error;
        try {
            return await enterWith(target, door, startAfter(error));
        }
        catch (again) {
            if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isServerError */ .GQ)(again, _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .SQLSTATE */ .cD.TRANSACTION_TIMEOUT))
                throw (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .sqlState */ .cn)(again) === undefined ? error : again;
            return await enterWith(target, door, startAfter(again));
        }
    }
}
/** Whether a setting of the database may be why it did not let in: not where the server names another reason. */
function isBySetting(error) {
    const { INVALID_CATALOG_NAME, INSUFFICIENT_PRIVILEGE, OBJECT_NOT_IN_PREREQUISITE_STATE, TOO_MANY_CONNECTIONS } = _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .SQLSTATE */ .cD;
    const reasons = [
        INVALID_CATALOG_NAME,
        INSUFFICIENT_PRIVILEGE,
        OBJECT_NOT_IN_PREREQUISITE_STATE,
        TOO_MANY_CONNECTIONS,
    ];
    return !(0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isServerError */ .GQ)(error, ...reasons);
}
/** Logs in, and prepares the session if it shall not wait. @returns undefined when the server is a standby */
async function enterWith(target, door, settings) {
    const { root, adminRole, signal, name, shutOut } = door;
    await using stack = new AsyncDisposableStack();
    let ahead;
    stack.defer(() => ahead?.[Symbol.dispose]());
    const onAsked = () => {
        if (door.ahead === undefined || signal.aborted)
            return;
        const { user, database } = door.ahead;
        ahead = new _connection_js__WEBPACK_IMPORTED_MODULE_3__/* .Opening */ .$4({ ...target, database }, user, verifying, signal);
    };
    const { patienceMs: patience } = door;
    const options = { name, settings, onAsked, ...(patience === undefined ? {} : { patienceMs: patience }) };
    const connection = stack.use(await _connection_js__WEBPACK_IMPORTED_MODULE_3__/* .Connection */ .Ng.open(target, root, options, signal));
    const isPrimary = door.isLazy && connection.isPrimary;
    let held = stack;
    const dispose = async () => {
        await held.disposeAsync();
    };
    const elsewhere = async (database) => {
        const login = await enter({ ...target, database }, { ...door, isLazy: false, ahead: undefined });
        if (login === undefined)
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`the server at ${target.host} became a standby`);
        const [session] = await login.prepare();
        return session;
    };
    let session;
    const prepare = async (more = '') => {
        if (session !== undefined)
            return [session, more === '' ? [] : await connection.results(more)];
        const text = `${head(adminRole, isPrimary)} ${facts}; ${more}`;
        const results = await connection.results(text).catch((error) => {
            throw more === '' ? explainActing(error, door) : error;
        });
        const row = results.flat().find((each) => 'version' in each);
        if (row === undefined || row['standby'] === true)
            return undefined;
        connection.preamble = preamble(adminRole);
        session = { ...toFacts(row), connection, root, shutOut, elsewhere, [Symbol.asyncDispose]: dispose };
        return [session, results];
    };
    if (!isPrimary && (await prepare()) === undefined)
        return undefined;
    held = stack.move();
    return {
        connection,
        shutOut,
        get ahead() {
            return ahead;
        },
        async prepare(more) {
            const prepared = await prepare(more);
            if (prepared === undefined)
                throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`the server at ${target.host} became a standby`);
            return prepared;
        },
        [Symbol.asyncDispose]: dispose,
    };
}
/** Says what PostgreSQL's answers to SET ROLE mean: with a name that it does not know, and with one that this login may not act as. */
function explainActing(error, { root, adminRole }) {
    const isUnknown = (0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isServerError */ .GQ)(error, _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .SQLSTATE */ .cD.INVALID_PARAMETER_VALUE);
    if (adminRole === '' || !(isUnknown || (0,_errors_js__WEBPACK_IMPORTED_MODULE_4__/* .isServerError */ .GQ)(error, _errors_js__WEBPACK_IMPORTED_MODULE_4__/* .SQLSTATE */ .cD.INSUFFICIENT_PRIVILEGE)))
        return error;
    const details = { input: 'admin-role', untouched: true, cause: error };
    if (isUnknown)
        return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`there is no role "${adminRole}"`, details);
    return new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`"${root.user}" cannot act as "${adminRole}"`, {
        ...details,
        said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error),
        fix: `Run: GRANT ${(0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .quoteName */ .AB)(adminRole)} TO ${(0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .quoteName */ .AB)(root.user)};`,
    });
}
function toFacts(row) {
    return {
        version: (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .integer */ .nd)(row['version']),
        pid: (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .integer */ .nd)(row['pid']),
        actor: String(row['actor']),
        isSuperuser: row['superuser'] === true,
        inherits: row['inherits'] === true,
        createsRoles: row['creates'] === true,
    };
}
/** Brings a session into a known state. @param isPrimary whether it is surely no standby, which would refuse the whole message */
function head(adminRole, isPrimary) {
    // Limits that count between messages or from the head of one, and settings for how a message is read, cannot be changed
    // by that message itself. Where nobody has set them, this sets nothing.
    const lasting = `SELECT set_config(name, value, false) FROM (VALUES ('idle_session_timeout', '0', '[1-9]'),
      ('transaction_timeout', '0', '[1-9]'), ('tcp_user_timeout', '0', '[1-9]'),
      ('statement_timeout', '0', '^[0-9]{1,3}ms$'), ('standard_conforming_strings', 'on', 'off')) AS pin (name, value, bad)
    WHERE current_setting(name, true) ~ bad`;
    return `SET SESSION AUTHORIZATION DEFAULT; SET LOCAL search_path = pg_catalog, pg_temp; ${isPrimary ? mode : ''} ${lasting}; ${pins(adminRole)}`;
}
const facts = `SELECT current_setting('server_version_num') AS version, pg_backend_pid()::text AS pid,
    pg_is_in_recovery() AS standby, rolname::text AS actor, rolsuper AS superuser, rolinherit AS inherits,
    rolcreaterole AS creates FROM pg_roles WHERE rolname = current_user`;
/** The head of every message that is sent. A standby refuses it. */
function preamble(role) {
    return `SET LOCAL statement_timeout = '60s'; ${mode} ${pins(role)} `;
}
/** A transaction's mode can only be set before it reads anything. */
const mode = 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE, NOT DEFERRABLE;';
/**
 * Settings that messages depend on, and that somebody may have changed for root or for the database;
 * test/postgres/settings.test.ts tries all others. pg_catalog alone is in the path, with temporary objects last: no function
 * and no operator that somebody put elsewhere may run with root's rights.
 */
function pins(role) {
    const settings = {
        search_path: 'pg_catalog, pg_temp',
        statement_timeout: (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .quoteLiteral */ .ce)('60s'),
        lock_timeout: (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .quoteLiteral */ .ce)('5s'),
        DateStyle: (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .quoteLiteral */ .ce)('ISO'),
        TimeZone: (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .quoteLiteral */ .ce)('UTC'),
        quote_all_identifiers: 'off',
        jit: 'off',
        // What was reported as done must still be done after a crash of the server.
        synchronous_commit: 'on',
        ROLE: role === '' ? 'NONE' : (0,_connection_js__WEBPACK_IMPORTED_MODULE_3__/* .quoteName */ .AB)(role),
    };
    return Object.entries(settings)
        .map(([name, value]) => (name === 'ROLE' ? `SET LOCAL ROLE ${value};` : `SET LOCAL ${name} = ${value};`))
        .join(' ');
}


/***/ }),

/***/ 431: // src/engines/postgres/verifier.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   k: () => (/* binding */ unusableVerifier),
/* harmony export */   v: () => (/* binding */ scramVerifier)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);

const iterations = 4096; // PostgreSQL's own default, and the least that RFC 7677 allows
/** @param password ASCII, so that SASLprep (RFC 4013) leaves it as it is */
function scramVerifier(password) {
    const salt = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(16);
    const salted = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.pbkdf2Sync)(password, salt, iterations, 32, 'sha256');
    const clientKey = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHmac)('sha256', salted).update('Client Key').digest();
    const serverKey = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHmac)('sha256', salted).update('Server Key').digest();
    const storedKey = (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(clientKey).digest();
    return checked(`SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`);
}
/** A verifier that no password fits. */
function unusableVerifier() {
    const [salt, storedKey, serverKey] = [(0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(16), (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(32), (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.randomBytes)(32)];
    return checked(`SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`);
}
/** PostgreSQL silently takes a malformed verifier for a plaintext password, so none leaves this file. */
function checked(text) {
    if (!/^SCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=$/.test(text)) {
        throw new Error('the SCRAM verifier is malformed');
    }
    return text;
}
function base64(bytes) {
    return bytes.toString('base64');
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
