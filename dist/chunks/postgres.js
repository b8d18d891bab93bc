export const id = "postgres";
export const ids = ["postgres"];
export const modules = {

/***/ 4620: // src/engines/authority.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A: () => (/* binding */ readAuthority)
/* harmony export */ });
/* harmony import */ var node_fs_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(1455);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);


/**
 * The PEM of the authority that an input, such as `tls-ca`, stands for.
 *
 * @param value PEM text or the path of a PEM file; empty, or `system`, for the machine's own list of authorities
 * @returns undefined for the machine's own list
 * @throws UserError naming the input when there is no such file or no certificate in it
 */
async function readAuthority(value, input) {
    if (value === '' || value === 'system')
        return undefined;
    if (isPem(value))
        return value;
    const pem = await (0,node_fs_promises__WEBPACK_IMPORTED_MODULE_0__.readFile)(value, 'utf8').catch((error) => {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y('the certificate authority cannot be read', { input, said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .messageOf */ .b)(error) });
    });
    if (!isPem(pem))
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .UserError */ .y(`there is no PEM certificate in ${value}`, { input });
    return pem;
}
function isPem(text) {
    return text.includes('-----BEGIN CERTIFICATE-----');
}


/***/ }),

/***/ 5931: // src/engines/network.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   OI: () => (/* binding */ isPassingNetworkFailure),
/* harmony export */   TR: () => (/* binding */ isCertificateCode),
/* harmony export */   xU: () => (/* binding */ systemCode)
/* harmony export */ });
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


/***/ }),

/***/ 4433: // src/engines/postgres/connection.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   A0: () => (/* binding */ errorPosition),
/* harmony export */   AB: () => (/* binding */ quoteName),
/* harmony export */   Ng: () => (/* binding */ Connection),
/* harmony export */   ce: () => (/* binding */ quoteLiteral),
/* harmony export */   cn: () => (/* binding */ sqlState)
/* harmony export */ });
/* harmony import */ var node_net__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7030);
/* harmony import */ var node_tls__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(1692);
/* harmony import */ var pg__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5757);



// The driver reads what is not given to it from libpq's variables (PGOPTIONS, PGSSLMODE, …), which any earlier step of
// the job may have set through GITHUB_ENV.
for (const name of Object.keys(process.env)) {
    if (name.startsWith('PG'))
        Reflect.deleteProperty(process.env, name);
}
/**
 * One session with a server. Everything is sent by PostgreSQL's simple query protocol or with bound parameters, never
 * split and never as a prepared statement.
 */
class Connection {
    target;
    #client;
    #socket;
    #abandon;
    #signal;
    constructor(target, client, socket, signal) {
        this.target = target;
        this.#client = client;
        this.#socket = socket;
        this.#signal = signal;
        this.#abandon = () => socket.destroy();
        signal.addEventListener('abort', this.#abandon);
        // Without a listener a connection that breaks while nothing is under way would end the process.
        client.on('error', () => undefined);
    }
    /**
     * Connects and logs in.
     *
     * @param name the session's application_name, in what `pg_stat_activity` shows
     * @param signal closes the connection, whatever is under way
     * @throws pg.DatabaseError when the server refuses; Error from the network or from TLS
     */
    static async open(target, login, name, signal) {
        signal.throwIfAborted();
        const socket = new node_net__WEBPACK_IMPORTED_MODULE_0__.Socket();
        const client = new pg__WEBPACK_IMPORTED_MODULE_2__/* ["default"].Client */ .Ay.Client({
            host: target.host,
            port: target.port,
            database: target.database,
            user: login.user,
            // As a function, because for an empty password the driver would look into ~/.pgpass.
            password: () => login.password,
            application_name: name,
            connectionTimeoutMillis: 15_000,
            keepAlive: true,
            ssl: target.host.startsWith('/') ? false : tlsOptions(target),
            enableChannelBinding: true,
            stream: () => socket,
        });
        const connection = new Connection(target, client, socket, signal);
        try {
            await client.connect();
        }
        catch (error) {
            await connection[Symbol.asyncDispose]();
            throw error;
        }
        return connection;
    }
    /** Runs one statement with bound parameters, or without any a whole text. @returns the rows of the last statement */
    async rows(sql, parameters = []) {
        this.#signal.throwIfAborted();
        const result = await (parameters.length === 0
            ? this.#client.query(sql)
            : this.#client.query(sql, [...parameters]));
        // For several statements in one text the driver returns a list of results, which its types leave out.
        const last = Array.isArray(result) ? result.at(-1) : result;
        return last.rows;
    }
    async [Symbol.asyncDispose]() {
        this.#signal.removeEventListener('abort', this.#abandon);
        // A server that no longer answers must not hold up the step.
        const timer = setTimeout(() => this.#socket.destroy(), 1000);
        if (!this.#socket.destroyed)
            await this.#client.end().catch(() => undefined);
        clearTimeout(timer);
        this.#socket.destroy();
    }
}
function tlsOptions({ sslmode, ca }) {
    if (sslmode === 'disable')
        return false;
    // libpq: with an authority at hand `require` checks the chain, without one it checks nothing.
    if (sslmode === 'require' && ca === undefined)
        return { rejectUnauthorized: false };
    return {
        ...(ca === undefined ? {} : { ca }),
        rejectUnauthorized: true,
        checkServerIdentity: sslmode === 'verify-full' ? node_tls__WEBPACK_IMPORTED_MODULE_1__.checkServerIdentity : () => undefined,
    };
}
/** PostgreSQL's own quoting: right whatever `standard_conforming_strings` is. */
const quoteLiteral = pg__WEBPACK_IMPORTED_MODULE_2__/* ["default"].escapeLiteral */ .Ay.escapeLiteral;
const quoteName = pg__WEBPACK_IMPORTED_MODULE_2__/* ["default"].escapeIdentifier */ .Ay.escapeIdentifier;
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

/***/ 2628: // src/engines/postgres/engine.js + 6 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  engine: () => (/* binding */ engine)
});

// EXTERNAL MODULE: src/engines/postgres/connection.js
var postgres_connection = __webpack_require__(4433);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/engines/postgres/errors.js
var postgres_errors = __webpack_require__(254);
// EXTERNAL MODULE: src/lease/template.js
var template = __webpack_require__(2620);
// EXTERNAL MODULE: src/engines/retry.js
var retry = __webpack_require__(4747);
// EXTERNAL MODULE: src/lease/record.js
var lease_record = __webpack_require__(5663);
;// CONCATENATED MODULE: src/engines/postgres/account.js


/** @returns undefined when the role does not exist */
async function findAccount(root, principal) {
    const [row] = await root.connection.rows(`SELECT r.oid::int8::float8 AS oid, description,
        rolcanlogin AND coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS was_open,
        ARRAY(SELECT g.rolname::text FROM pg_auth_members JOIN pg_roles g ON g.oid = roleid WHERE member = r.oid) AS groups
      FROM pg_roles r LEFT JOIN pg_shdescription ON objoid = r.oid AND classoid = 'pg_authid'::regclass
      WHERE rolname = $1`, [principal]);
    if (row === undefined)
        return undefined;
    const record = typeof row['description'] === 'string' ? (0,lease_record/* decodeRecord */.eT)(row['description']) : undefined;
    const groups = row['groups'];
    const heir = record === undefined || record.heir === '' ? undefined : record.heir;
    // Whoever may create roles can make one with a name and a record of ours. A superuser may touch that role too, and
    // must not be led to give what it owns, a SECURITY DEFINER function say, to a role that it was never a member of.
    const isForged = root.isSuperuser && heir !== undefined && !groups.includes(heir);
    return {
        principal,
        oid: Number(row['oid']),
        heir: isForged ? undefined : heir,
        wasOpen: row['was_open'] === true,
        groups,
    };
}
/**
 * Makes root a member of a role with all that the role may do: ending its sessions and giving away what it owns take
 * membership, the ADMIN option of the one who created it is not enough (PostgreSQL 16 and newer).
 */
function grantToActor({ version }, role) {
    return `GRANT ${(0,postgres_connection/* quoteName */.AB)(role)} TO CURRENT_USER${version < 160_000 ? '' : ' WITH INHERIT TRUE, SET TRUE'}`;
}

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
    const reasons = [];
    const fixes = [];
    for (const { name } of rows) {
        const database = String(name);
        const left = await cleanDatabase(root, account, database);
        if (left === '')
            continue;
        reasons.push(`in the database "${database}" ${left}`);
        const role = (0,postgres_connection/* quoteName */.AB)(account.principal);
        fixes.push(`\\connect ${(0,postgres_connection/* quoteName */.AB)(database)}\nREASSIGN OWNED BY ${role} TO …;\nDROP OWNED BY ${role};`);
    }
    return {
        reason: `it cannot be dropped: ${reasons.length === 0 ? 'other objects depend on it' : reasons.join('; ')}`,
        fix: `Run as a superuser, naming the role that shall own the objects:\n${fixes.join('\n')}\nDROP ROLE ${(0,postgres_connection/* quoteName */.AB)(account.principal)};`,
    };
}
/** @returns what is left in the database, in words; `''` for nothing */
async function cleanDatabase(root, account, database) {
    if (database === root.connection.target.database)
        return await cleanHere(root, account);
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
    return await cleanHere(session, account);
}
async function cleanHere(root, account) {
    const { principal, oid, heir } = account;
    const name = (0,postgres_connection/* quoteName */.AB)(principal);
    const [take, giveBack] = heir === undefined ? ['', ''] : await borrowMembership(root, heir);
    // One message, so one transaction: DROP OWNED drops objects that REASSIGN did not move, which must never happen.
    // Default privileges, user mappings and memberships that it has granted are owned too, but they only say who may do what.
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
        await root.connection.rows(text.join(';\n'));
    }
    catch (error) {
        if ((0,postgres_connection/* sqlState */.cn)(error) === undefined || (0,postgres_errors/* isContention */.IB)(error))
            throw error;
        // dependent_objects_still_exist is our own word for what the description below says in full.
        complaint = (0,postgres_connection/* sqlState */.cn)(error) === '2BP01' ? '' : ` (${(0,errors/* messageOf */.b)(error)})`;
    }
    const objects = await describe(root, oid);
    return objects === '' ? '' : objects + complaint;
}
/**
 * Root needs to be a member of the heir while it hands objects over, with and without having been one before.
 *
 * @returns the statements that bring that about and that put it back as it was
 */
async function borrowMembership(root, heir) {
    if (root.isSuperuser || heir === root.actor)
        return ['', ''];
    const take = grantToActor(root, heir);
    const mine = `roleid = (SELECT oid FROM pg_roles WHERE rolname = $1)
      AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user)`;
    if (root.version < 160_000) {
        const known = await root.connection.rows(`SELECT FROM pg_auth_members WHERE ${mine}`, [heir]);
        return known.length > 0 ? ['', ''] : [take, `REVOKE ${(0,postgres_connection/* quoteName */.AB)(heir)} FROM CURRENT_USER`];
    }
    const [known] = await root.connection.rows(`SELECT inherit_option, set_option FROM pg_auth_members WHERE ${mine} AND grantor = member`, [heir]);
    if (known === undefined)
        return [take, `REVOKE ${(0,postgres_connection/* quoteName */.AB)(heir)} FROM CURRENT_USER GRANTED BY CURRENT_USER`];
    const [inherit, set] = [known['inherit_option'], known['set_option']].map((on) => (on === true ? 'TRUE' : 'FALSE'));
    return [take, `GRANT ${(0,postgres_connection/* quoteName */.AB)(heir)} TO CURRENT_USER WITH INHERIT ${inherit}, SET ${set}`];
}
/** What ties the role to this database and to the cluster, in words; `''` for nothing. */
async function describe({ connection }, oid) {
    const rows = await connection.rows(`SELECT CASE deptype WHEN 'o' THEN 'it owns' WHEN 'a' THEN 'it has privileges on' ELSE 'it is named by' END
        || ' ' || pg_describe_object(classid, objid, objsubid) AS tie
      FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = ${oid}
        AND dbid IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
      ORDER BY tie LIMIT ${described + 1}`);
    const ties = rows.slice(0, described).map(({ tie }) => String(tie));
    return ties.join(', ') + (rows.length > described ? ' and more' : '');
}

// EXTERNAL MODULE: src/engines/postgres/verifier.js
var postgres_verifier = __webpack_require__(431);
;// CONCATENATED MODULE: src/engines/postgres/revoke.js









/** How long a login that was under way when the role was disabled may take to show up as a session, in milliseconds. */
const settling = 100;
/** How long to wait for sessions to end that were told to, in milliseconds. */
const patience = 10_000;
/**
 * Takes a role down the ladder: disable, end sessions, clean, remove. Each rung is committed by itself and may be
 * repeated; two revocations at once do not harm each other.
 */
async function revoke(root, principal, config, { signal }) {
    await endMint(root, principal);
    const sessions = new Set();
    // What disturbs one revocation is mostly another one of the same role: from the top again, where it may be gone.
    const end = await (0,retry/* retry */.L)(async () => await descend(root, principal, config, sessions), postgres_errors/* isContention */.IB, signal);
    return { ...end, sessionsEnded: sessions.size };
}
/** @param sessions gets the process id of each session that is ended */
async function descend(root, principal, config, sessions) {
    const account = await findAccount(root, principal);
    if (account === undefined)
        return { outcome: 'absent' };
    try {
        await disable(root, account, sessions);
        const left = await endSessions(root, account, sessions);
        if (left > 0) {
            return { outcome: 'failed', reason: `${left} of its sessions did not end within ${patience / 1000} s` };
        }
        const complaint = await runStatements(root, account, config['revocation-statements']);
        const remains = await remove(root, account);
        if (remains !== undefined) {
            const reason = [remains.reason, complaint].filter((text) => text !== '').join('; ');
            return { outcome: 'disabled', reason, fix: remains.fix };
        }
        if ((await tellSessionsToEnd(root, account)).length > 0) {
            return { outcome: 'failed', reason: 'a session that began before it was disabled is still open' };
        }
        return { outcome: 'revoked' };
    }
    catch (error) {
        // undefined_object: somebody else removed the role meanwhile, the sweep or a second post step.
        if ((0,postgres_connection/* sqlState */.cn)(error) === '42704' && (await findAccount(root, principal)) === undefined)
            return { outcome: 'absent' };
        if ((0,postgres_connection/* sqlState */.cn)(error) !== '42501')
            throw error;
        return {
            outcome: 'failed',
            reason: `${(0,postgres_connection/* quoteName */.AB)(root.actor)} has no right to end it: ${(0,errors/* messageOf */.b)(error)}`,
            fix: `Revoke it as the role that minted it (see "admin-role"), or run: GRANT ${(0,postgres_connection/* quoteName */.AB)(principal)} TO ${(0,postgres_connection/* quoteName */.AB)(root.actor)} WITH ADMIN OPTION;`,
        };
    }
}
/**
 * Ends a mint of this lease that may still be under way on the server although its client is gone: otherwise the role
 * could appear after it was found absent.
 */
async function endMint(root, principal) {
    const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ${(0,postgres_connection/* quoteLiteral */.ce)(principal)}
      AND usesysid = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND pid <> pg_backend_pid()`;
    // A lock that the lease itself holds must not hold up its revocation for long. And the mint's session is the
    // login's own, over which admin-role has no rights.
    const asLogin = `SET lock_timeout = '1s'; SET ROLE NONE; ${end}`;
    const started = Date.now();
    while ((await root.connection.rows(asLogin)).length > 0 && Date.now() - started < patience)
        await (0,promises_.setTimeout)(20);
    if (root.actor !== root.root.user)
        await root.connection.rows(`SET ROLE ${(0,postgres_connection/* quoteName */.AB)(root.actor)}`);
}
/** Rung 1: no new login, and no more rights through groups. */
async function disable(root, account, sessions) {
    const name = (0,postgres_connection/* quoteName */.AB)(account.principal);
    try {
        await root.connection.rows(`ALTER ROLE ${name} NOLOGIN PASSWORD NULL`);
    }
    catch (error) {
        // The lease can lock its own row (ALTER ROLE … PASSWORD in an open transaction): then its sessions go first.
        if ((0,postgres_errors/* isContention */.IB)(error))
            await endSessions(root, account, sessions);
        throw error;
    }
    // For a superuser the membership is what tells a true heir, also when this has to be repeated (see findAccount).
    const taken = account.groups.filter((group) => !root.isSuperuser || group !== account.heir);
    if (taken.length === 0)
        return;
    // With the ADMIN option the lease can have made others members; that must neither outlive it nor keep it.
    const groups = taken.map((group) => `REVOKE ${(0,postgres_connection/* quoteName */.AB)(group)} FROM ${name} CASCADE`).join(';');
    // Dropping the role takes its memberships away in any case, so one that somebody else granted is no failure.
    await root.connection.rows(groups).catch((error) => {
        if ((0,postgres_connection/* sqlState */.cn)(error) !== '42501')
            throw error;
    });
}
/** Rung 2. @returns how many sessions are left */
async function endSessions(root, account, sessions) {
    if (!root.isSuperuser)
        await root.connection.rows(grantToActor(root, account.principal));
    const started = Date.now();
    for (;;) {
        const pids = await tellSessionsToEnd(root, account);
        for (const pid of pids)
            sessions.add(pid);
        const elapsed = Date.now() - started;
        if (pids.length === 0 && (elapsed >= settling || !account.wasOpen))
            break;
        if (elapsed >= patience)
            return pids.length;
        await (0,promises_.setTimeout)(pids.length === 0 ? settling - elapsed : 20);
    }
    await rollBackPrepared(root, account);
    return 0;
}
/** Tells every session of the role to end. @returns their process ids, none when there are none */
async function tellSessionsToEnd({ connection }, { oid }) {
    // Sessions are known by the role's oid: it stays when a session does SET ROLE, and when the role is dropped.
    const rows = await connection.rows(`SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = ${oid}`);
    return rows.map(({ pid }) => Number(pid));
}
/** A prepared transaction outlives its session and keeps its locks. Only its owner, in its database, can end it. */
async function rollBackPrepared(root, { principal }) {
    const rows = await root.connection.rows('SELECT gid, database FROM pg_prepared_xacts WHERE owner = $1', [principal]);
    for (const { gid, database } of rows) {
        await using there = await root.elsewhere(String(database));
        await there.connection.rows(`SET ROLE ${(0,postgres_connection/* quoteName */.AB)(principal)}`);
        await there.connection.rows(`ROLLBACK PREPARED ${(0,postgres_connection/* quoteLiteral */.ce)(String(gid))}`);
    }
}
/** The user's own statements. @returns their complaint, which does not stop the ladder; `''` for none */
async function runStatements({ connection }, { principal }, statements) {
    if (statements === '')
        return '';
    const text = (0,template/* renderStatements */.b)(statements, { name: principal }, 'revocation-statements');
    try {
        await connection.rows(`SET LOCAL search_path TO DEFAULT;\n${text}\n;SET LOCAL search_path = pg_catalog`);
        return '';
    }
    catch (error) {
        if ((0,postgres_connection/* sqlState */.cn)(error) === undefined)
            throw error;
        return `the revocation-statements failed: ${(0,errors/* messageOf */.b)(error)}`;
    }
}
/** Rungs 3 and 4: drops the role, after cleaning up where something stands in the way. @returns what still does */
async function remove(root, account) {
    if (await drop(root, account))
        return undefined;
    const remains = await clean(root, account);
    if (await drop(root, account))
        return undefined;
    // The shell stays; root's own way into it does not.
    if (!root.isSuperuser)
        await root.connection.rows(`REVOKE ${(0,postgres_connection/* quoteName */.AB)(account.principal)} FROM CURRENT_USER`);
    return remains;
}
/** @returns whether it is gone; if not, other things depend on it */
async function drop({ connection }, { principal }) {
    try {
        await connection.rows(`DROP ROLE IF EXISTS ${(0,postgres_connection/* quoteName */.AB)(principal)}`);
        return true;
    }
    catch (error) {
        if ((0,postgres_connection/* sqlState */.cn)(error) === '2BP01')
            return false; // dependent_objects_still_exist
        throw error;
    }
}
/** Idea 4: the lease ends itself, because no root can. */
async function endSelf(login, { signal }) {
    let connection;
    try {
        connection = await (0,retry/* retry */.L)(async () => await postgres_connection/* Connection */.Ng.open(login.target, login, 'joblease end', signal), postgres_errors/* canHeal */.Zn, signal);
    }
    catch (error) {
        if (!(0,postgres_errors/* isLoginRefused */.mZ)(error))
            throw error;
        return { outcome: 'absent', sessionsEnded: 0 };
    }
    await using own = connection;
    const name = (0,postgres_connection/* quoteName */.AB)(login.user);
    // The lease may have changed its own settings, and acts as its group.
    await own.rows('SET SESSION AUTHORIZATION DEFAULT; SET ROLE NONE; SET search_path = pg_catalog; SET statement_timeout = 0');
    await own.rows('SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE');
    await own.rows(`ALTER ROLE ${name} PASSWORD ${(0,postgres_connection/* quoteLiteral */.ce)((0,postgres_verifier/* unusableVerifier */.k)())}`);
    const others = `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE usesysid = (SELECT oid FROM pg_roles WHERE rolname = session_user) AND pid <> pg_backend_pid()`;
    const sessions = new Set();
    const started = Date.now();
    for (let rows = await own.rows(others); rows.length > 0; rows = await own.rows(others)) {
        for (const { pid } of rows)
            sessions.add(pid);
        if (Date.now() - started >= patience) {
            return { outcome: 'failed', reason: `${rows.length} of its sessions did not end`, sessionsEnded: sessions.size };
        }
        await (0,promises_.setTimeout)(20);
    }
    return {
        outcome: 'disabled',
        reason: 'no root credential could end it, so it scrambled its own password; the role waits for the sweep',
        sessionsEnded: sessions.size,
    };
}

;// CONCATENATED MODULE: src/engines/postgres/end.js





/**
 * How many roles one DROP ROLE names. Larger ones are not faster, and each role takes a slot in the lock table of the
 * whole server, which reckons with 64 (max_locks_per_transaction) for a session.
 */
const batch = 50;
/** How long the ladder tries again against whoever holds a lock on a role, in milliseconds; and after it was in vain. */
const end_patience = { first: 5000, further: 1000 };
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
            if (isLost(error))
                throw error; // anything else concerns some of them, and each for itself will tell
        }
    }
    yield* ended;
    // These may take long, so they come last.
    let isHeldUp = false;
    for (const lease of sorted.filter((each) => !ended.has(each))) {
        const limit = AbortSignal.timeout(isHeldUp ? end_patience.further : end_patience.first);
        const signal = AbortSignal.any([context.signal, limit]);
        try {
            yield [lease, await revoke(root, lease.principal, config, { ...context, signal })];
        }
        catch (error) {
            if (isLost(error) && error !== limit.reason)
                throw error;
            isHeldUp ||= (0,postgres_errors/* isContention */.IB)(error);
            yield [lease, await giveUp(root, lease, error)];
        }
    }
}
/**
 * The ladder for many at once, for those that it can take no wrong turn with.
 *
 * @param ended gets those that are gone; the others have to go by themselves
 */
async function endTogether(root, leases, ended) {
    const free = await findFree(root, leases, ended);
    const open = free.filter(({ canLogIn }) => canLogIn);
    if (open.length === 0) {
        await end_drop(root, free, ended);
        return;
    }
    const close = open.map(({ lease }) => `ALTER ROLE ${(0,postgres_connection/* quoteName */.AB)(lease.principal)} NOLOGIN PASSWORD NULL`).join(';');
    await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${close}`);
    // As on the ladder: a login that was under way shows up as a session within this time, and its role goes alone.
    if (open.some(({ wasOpen }) => wasOpen))
        await (0,promises_.setTimeout)(settling);
    const still = free.map(({ lease }) => lease);
    await end_drop(root, await findFree(root, still, ended), ended);
}
async function end_drop(root, roles, ended) {
    if (roles.length === 0)
        return;
    const names = roles.map(({ lease }) => (0,postgres_connection/* quoteName */.AB)(lease.principal)).join(', ');
    try {
        await root.connection.rows(`SET LOCAL lock_timeout = '1s'; DROP ROLE ${names}`);
    }
    catch (error) {
        if (isLost(error))
            throw error;
        // One was in the way, another sweep's perhaps, or one that has changed after the look at it. All was rolled back:
        // each half is looked at again, down to the one.
        if (roles.length === 1)
            return;
        const leases = roles.map(({ lease }) => lease);
        const half = Math.ceil(leases.length / 2);
        for (const part of [leases.slice(0, half), leases.slice(half)]) {
            await end_drop(root, await findFree(root, part, ended), ended);
        }
        return;
    }
    const lingering = await sessionsOf(root, roles);
    for (const { lease, oid } of roles) {
        ended.set(lease, lingering.has(oid) ? stillOpen : { outcome: 'revoked', sessionsEnded: 0 });
    }
}
/** Those among the leases whose roles nothing keeps. @param ended gets those that are gone already */
async function findFree(root, leases, ended) {
    const found = await find(root, leases);
    for (const lease of leases) {
        if (!found.has(lease.principal))
            ended.set(lease, { outcome: 'absent', sessionsEnded: 0 });
    }
    return [...found.values()].filter(({ isFree }) => isFree);
}
const stillOpen = {
    outcome: 'failed',
    reason: 'a session that began before it was disabled is still open',
    sessionsEnded: 0,
};
/** Looks at roles, all by one query. Those that no longer exist are left out. */
async function find(root, leases) {
    const byName = new Map(leases.map((lease) => [lease.principal, lease]));
    // Up to PostgreSQL 15 CREATEROLE alone may drop. From 16 on it takes the ADMIN option, which the one who created the
    // role has; whether root has it by way of another role is expensive to find out, and the ladder does.
    const mayDrop = root.isSuperuser || root.version < 160_000
        ? 'true'
        : `EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND admin_option
            AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
    // The application_name is that of a mint still under way (see endMint). A lock on the role is held by whoever grants
    // it something or gives it an object in an open transaction: any lease may, so that nobody waits for it here.
    const rows = await root.connection.rows(`SELECT r.rolname::text AS name, r.oid::int8::float8 AS oid,
        rolcanlogin, rolcanlogin AND coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS was_open,
        ${mayDrop}
          AND r.oid NOT IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL)
          AND r.rolname::text NOT IN (SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL)
          AND r.rolname NOT IN (SELECT owner FROM pg_prepared_xacts)
          AND r.oid NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_authid'::regclass)
          AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid
            AND classid <> 'pg_auth_members'::regclass) AS free
      FROM pg_roles r WHERE rolname = ANY ($1)`, [[...byName.keys()]]);
    const found = new Map();
    for (const row of rows) {
        const lease = byName.get(row['name']);
        if (lease === undefined)
            continue;
        found.set(lease.principal, {
            lease,
            oid: Number(row['oid']),
            canLogIn: row['rolcanlogin'] === true,
            wasOpen: row['was_open'] === true,
            isFree: row['free'] === true,
        });
    }
    return found;
}
/** Tells the sessions of dropped roles to end, where there are any. @returns the oids of their roles */
async function sessionsOf({ connection }, dropped) {
    const rows = await connection.rows('SELECT pid, usesysid::int8::float8 AS oid FROM pg_stat_activity WHERE usesysid = ANY ($1::oid[])', [dropped.map(({ oid }) => oid)]);
    for (const { pid } of rows) {
        // The right to end them went with the role, unless root is a superuser.
        await connection.rows(`SELECT pg_terminate_backend(${Number(pid)})`).catch((error) => {
            if (isLost(error))
                throw error;
        });
    }
    return new Set(rows.map(({ oid }) => Number(oid)));
}
/** What has become of a lease whose ladder broke. */
async function giveUp(root, lease, error) {
    const one = (await find(root, [lease])).get(lease.principal);
    if (one === undefined)
        return { outcome: 'absent', sessionsEnded: 0 };
    const isUsable = one.wasOpen || (await sessionsOf(root, [one])).size > 0;
    return {
        outcome: isUsable ? 'failed' : 'disabled',
        reason: `it could not be ended this time: ${(0,errors/* messageOf */.b)(error)}`,
        ...((0,postgres_errors/* isContention */.IB)(error)
            ? { fix: 'An open transaction holds a lock on it; when that is over, the next sweep ends it.' }
            : {}),
        sessionsEnded: 0,
    };
}
/** Whether an error ends more than one statement: nothing further can be done in this session. */
function isLost(error) {
    return (0,postgres_errors/* canHeal */.Zn)(error) || ((0,postgres_connection/* sqlState */.cn)(error) === undefined && !(error instanceof errors/* UserError */.y));
}

// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
;// CONCATENATED MODULE: src/engines/postgres/leases.js




const leases_select = `SELECT rolname AS name, rolcanlogin AS login, extract(epoch FROM rolvaliduntil)::float8 AS until,
    pg_roles.oid IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL) AS connected,
    description, extract(epoch FROM clock_timestamp())::float8 AS now
  FROM pg_roles LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass`;
/** Small enough for the memory to stay flat, however long the list is. */
const pageSize = 2000;
/** Every role of ours in the cluster, a page at a time. */
async function* list(root) {
    const ours = `${leases_select} WHERE rolname ~ ${(0,postgres_connection/* quoteLiteral */.ce)(lease_name/* principalPattern */.h0)}`;
    let rows;
    let last = '';
    do {
        rows = await root.connection.rows(`${ours} AND rolname > $1 ORDER BY rolname LIMIT ${pageSize}`, [last]);
        for (const row of rows) {
            last = String(row['name']);
            const principal = (0,lease_name/* parsePrincipal */.gA)(last);
            if (principal !== undefined)
                yield toLease(principal, row);
        }
    } while (rows.length === pageSize);
}
/** Roles that are named nearly like ours, or that carry a record of ours under another name. */
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
    const [row] = await root.connection.rows(`${leases_select} WHERE rolname = $1`, [principal]);
    if (row === undefined)
        throw new errors/* UserError */.y(`${principal} no longer exists`);
    const { record, over } = toLease(principal, row);
    if (record === undefined)
        throw new errors/* UserError */.y(`${principal} carries no lease record`);
    if (over)
        throw new errors/* UserError */.y(`${principal} is over: a lease that has ended is not brought back; mint a new one`);
    const exp = Math.min(Math.floor(Number(row['now'])) + ttl, record.max);
    const renewed = { ...record, exp };
    const expiresAt = new Date(exp * 1000);
    await root.connection.rows(`ALTER ROLE ${(0,postgres_connection/* quoteName */.AB)(principal)} VALID UNTIL ${(0,postgres_connection/* quoteLiteral */.ce)(expiresAt.toISOString())};
     COMMENT ON ROLE ${(0,postgres_connection/* quoteName */.AB)(principal)} IS ${(0,postgres_connection/* quoteLiteral */.ce)((0,lease_record/* encodeRecord */.Ym)(renewed))}`);
    return { principal, record: renewed, expiresAt, over: false, usable: true };
}
function toLease(principal, row) {
    const { description, login, connected } = row;
    const now = Number(row['now']);
    const record = typeof description === 'string' ? (0,lease_record/* decodeRecord */.eT)(description) : undefined;
    // NULL and infinity: somebody has taken the end away. What was promised still stands in the record.
    const until = row['until'] === null ? Infinity : Number(row['until']);
    const end = Number.isFinite(until) ? until : record?.exp;
    return {
        principal,
        record,
        expiresAt: end === undefined ? undefined : new Date(end * 1000),
        over: login !== true || (end !== undefined && end <= now),
        // VALID UNTIL ends logins, not sessions.
        usable: (login === true && until > now) || connected === true,
        unreadable: typeof description === 'string' && record === undefined,
    };
}
function isRecord(description) {
    return typeof description === 'string' && (0,lease_record/* decodeRecord */.eT)(description) !== undefined;
}

// EXTERNAL MODULE: src/engines/postgres/root.js
var postgres_root = __webpack_require__(1249);
;// CONCATENATED MODULE: src/engines/postgres/mint.js








/**
 * Mints a role in one message, so in one transaction: the role with its verifier and its expiry, its memberships, its
 * lease record, and what the user's own statements do.
 *
 * @throws UserError for a right that root lacks, an unknown group, or an error in the user's statements
 */
async function mint(root, draft, config, context) {
    const groups = config['member-of'];
    const now = await checkRights(root, draft.principal, groups);
    const expiresAt = new Date((now + draft.ttl) * 1000);
    const record = (0,lease_record/* encodeRecord */.Ym)({
        v: 1,
        ...draft.job,
        role: draft.role,
        iat: now,
        exp: now + draft.ttl,
        max: now + draft.maxTtl,
        heir: groups[0] ?? '',
    });
    const verifier = (0,postgres_verifier/* scramVerifier */.v)(draft.password);
    const message = composeMint(draft.principal, verifier, expiresAt, record, config);
    try {
        // A mint that lost against a parallel one was rolled back whole, so it is simply sent again.
        await (0,retry/* retry */.L)(async () => await root.connection.rows(message.text), postgres_errors/* isContention */.IB, context.signal);
    }
    catch (error) {
        throw explain(error, message, verifier);
    }
    return handOver(root, draft, config, expiresAt);
}
/** @returns the server's clock in epoch seconds */
async function checkRights(root, principal, groups) {
    const actor = (0,postgres_connection/* quoteName */.AB)(root.actor);
    // The session is named after the lease, so that a revocation finds a mint whose client has died.
    const [facts] = await root.connection.rows(`SET application_name = ${(0,postgres_connection/* quoteLiteral */.ce)(principal)}; SELECT floor(extract(epoch FROM clock_timestamp()))::float8 AS now, rolcreaterole OR rolsuper AS creates,
        rolinherit OR rolsuper AS inherits FROM pg_roles WHERE rolname = current_user`);
    if (facts?.['creates'] !== true) {
        const fix = `Run as a superuser: ALTER ROLE ${actor} CREATEROLE;`;
        throw new errors/* UserError */.y(`${actor} may not create roles`, { input: 'root', fix });
    }
    // Up to PostgreSQL 15 a membership takes effect by the member's own attribute.
    if (root.version < 160_000 && facts['inherits'] !== true) {
        const fix = `Run: ALTER ROLE ${actor} INHERIT;`;
        throw new errors/* UserError */.y(`${actor} is NOINHERIT, so it could not end the sessions of what it mints`, {
            input: 'root',
            fix,
        });
    }
    if (groups.length > 0)
        await checkGroups(root, groups);
    return Number(facts['now']);
}
async function checkGroups(root, groups) {
    const rows = await root.connection.rows(`SELECT rolname AS name, pg_has_role(current_user, oid, 'MEMBER WITH ADMIN OPTION') AS may_grant, rolsuper AS superuser
      FROM pg_roles WHERE rolname = ANY ($1)`, [groups]);
    for (const group of groups) {
        const row = rows.find(({ name }) => name === group);
        if (row === undefined) {
            throw new errors/* UserError */.y(`there is no role ${JSON.stringify(group)}`, {
                input: 'member-of',
                fix: 'Role names are taken as they are written, upper and lower case included.',
            });
        }
        if (row['superuser'] === true) {
            throw new errors/* UserError */.y(`${JSON.stringify(group)} is a superuser: no job may be a member of it`, {
                input: 'member-of',
            });
        }
        // Up to PostgreSQL 15 CREATEROLE alone may grant any role that is not a superuser.
        if (row['may_grant'] === true || root.isSuperuser || root.version < 160_000)
            continue;
        throw new errors/* UserError */.y(`${(0,postgres_connection/* quoteName */.AB)(root.actor)} may not make others members of ${(0,postgres_connection/* quoteName */.AB)(group)}`, {
            input: 'member-of',
            fix: `Run: GRANT ${(0,postgres_connection/* quoteName */.AB)(group)} TO ${(0,postgres_connection/* quoteName */.AB)(root.actor)} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;`,
        });
    }
}
function composeMint(principal, verifier, expiresAt, record, config) {
    const name = (0,postgres_connection/* quoteName */.AB)(principal);
    const expiration = expiresAt
        .toISOString()
        .replace('T', ' ')
        .replace(/\.\d+Z$/, '+00');
    const statements = config['creation-statements'];
    // Statements that set a password make the role themselves, as Vault's do; all others find it made.
    const makeOwn = (0,template/* mentions */.w)(statements, 'password');
    const attributes = `LOGIN CONNECTION LIMIT ${config['connection-limit']} PASSWORD ${(0,postgres_connection/* quoteLiteral */.ce)(verifier)} VALID UNTIL ${(0,postgres_connection/* quoteLiteral */.ce)(expiration)}`;
    const groups = config['member-of'].map(postgres_connection/* quoteName */.AB);
    const ours = [
        `${makeOwn ? 'ALTER' : 'CREATE'} ROLE ${name} ${attributes}`,
        `COMMENT ON ROLE ${name} IS ${(0,postgres_connection/* quoteLiteral */.ce)(record)}`,
        ...(groups.length > 0 ? [`GRANT ${groups.join(', ')} TO ${name}`] : []),
        // Acting as the group, the lease owns nothing itself: nothing stands in the way when it is dropped.
        ...(groups.length === 1 ? [`ALTER ROLE ${name} SET role = ${(0,postgres_connection/* quoteLiteral */.ce)(config['member-of'][0] ?? '')}`] : []),
    ].join(';\n');
    if (statements === '')
        return { text: ours, statements: { start: 0, text: '' } };
    const values = { name: principal, password: verifier, expiration };
    const theirs = (0,template/* renderStatements */.b)(statements, values, 'creation-statements');
    // The user's statements see the search_path that a session of root's in this database has by itself.
    const before = `${makeOwn ? '' : `${ours};\n`}SET LOCAL search_path TO DEFAULT;\n`;
    const after = `\n;SET LOCAL search_path = pg_catalog${makeOwn ? `;\n${ours}` : ''}`;
    return { text: before + theirs + after, statements: { start: Array.from(before).length, text: theirs } };
}
/** Says what went wrong in the user's statements, and where, by their own lines and columns. */
function explain(error, { statements }, verifier) {
    const state = (0,postgres_connection/* sqlState */.cn)(error);
    if (state === undefined || statements.text === '')
        return error;
    const input = 'creation-statements';
    const said = (0,errors/* messageOf */.b)(error).replaceAll(verifier, '{{password}}');
    if (state === '42704' && (0,postgres_connection/* errorPosition */.A0)(error) === undefined && /jl_/.test(said)) {
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
    return new errors/* UserError */.y(`the server refused the statements${where}`, {
        input,
        said: `${said} [${state}]`,
        cause: error,
    });
}
function handOver(root, draft, config, expiresAt) {
    const database = config.database === '' ? root.root.database : config.database;
    const target = { ...root.connection.target, database };
    const { host, port, sslmode } = target;
    const { principal: user, password } = draft;
    const login = { user, password, target };
    // A path can be handed on to clients; PEM text cannot.
    const authority = config['tls-ca'] === '' ? root.root.sslrootcert : config['tls-ca'];
    const sslrootcert = authority?.includes('\n') === true ? undefined : authority;
    const url = (0,postgres_root/* formatUrl */.J)({ user, password, database, sslmode }, { host, port }, sslrootcert);
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
            DATABASE_URL: url,
        },
    };
}

// EXTERNAL MODULE: src/engines/postgres/root-session.js
var root_session = __webpack_require__(7240);
;// CONCATENATED MODULE: src/engines/postgres/engine.js







/** PostgreSQL 15 and newer. */
const engine = {
    open: async (roots, config, context) => session(await (0,root_session/* openRoot */.R)(roots, config, context), config, context),
    canHeal: postgres_errors/* canHeal */.Zn,
    batch: batch,
    endSelf: async (credential, _config, context) => await endSelf(JSON.parse(credential), context),
    async *rotateRoot(roots, config, terms, context) {
        const { rotateRoot } = await __webpack_require__.e(/* import() */ "postgres-rotate").then(__webpack_require__.bind(__webpack_require__, 3970));
        return yield* rotateRoot(roots, config, terms, context);
    },
};
function session(root, config, context) {
    return {
        mint: async (draft) => await mint(root, draft, config, context),
        verify: async (credential) => await verify(JSON.parse(credential), context),
        renew: async (principal, ttl) => await renew(root, principal, ttl),
        revoke: async (principal) => await revoke(root, principal, config, context),
        leases: () => list(root),
        lookalikes: () => lookalikes(root),
        end: (leases) => end(root, leases, config, context),
        [Symbol.asyncDispose]: async () => {
            await root[Symbol.asyncDispose]();
        },
    };
}
async function verify(login, { signal }) {
    try {
        await using connection = await postgres_connection/* Connection */.Ng.open(login.target, login, 'joblease verify', signal);
        await connection.rows('SELECT 1');
    }
    catch (error) {
        throw (0,postgres_errors/* loginError */.Mz)(error, login.target, login, 'verify');
    }
}


/***/ }),

/***/ 254: // src/engines/postgres/errors.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   IB: () => (/* binding */ isContention),
/* harmony export */   Mz: () => (/* binding */ loginError),
/* harmony export */   Zn: () => (/* binding */ canHeal),
/* harmony export */   mZ: () => (/* binding */ isLoginRefused)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _network_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5931);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4433);



/** Failures of the network and of a server that starts or is full: the same attempt may succeed a moment later. */
function canHeal(error) {
    if (error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y)
        return error.details.cause !== undefined && canHeal(error.details.cause);
    const state = (0,_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .sqlState */ .cn)(error);
    // cannot_connect_now, too_many_connections, admin_shutdown, crash_shutdown
    if (state !== undefined)
        return ['57P03', '53300', '57P01', '57P02'].includes(state);
    // The driver's own words for a time-out while connecting and for a connection that broke.
    return ((0,_network_js__WEBPACK_IMPORTED_MODULE_2__/* .isPassingNetworkFailure */ .OI)(error) ||
        /^(?:timeout expired|Connection terminated|Client has encountered a connection error)/.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error)));
}
/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
function isContention(error) {
    const state = (0,_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .sqlState */ .cn)(error);
    // serialization_failure, deadlock_detected, lock_not_available
    if (state !== undefined && ['40001', '40P01', '55P03'].includes(state))
        return true;
    // Two that change or drop the same role at once get no better report: internal_error, and unique_violation from a
    // GRANT that both make.
    const gone = /tuple concurrently|could not find tuple for role|cache lookup failed for role/;
    return (state === 'XX000' && gone.test((0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error))) || state === '23505';
}
/** invalid_password, invalid_authorization_specification: this login will not be let in here. */
function isLoginRefused(error) {
    return ['28P01', '28000'].includes((0,_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .sqlState */ .cn)(error) ?? '');
}
/**
 * Says why a login failed.
 *
 * @param input the input that supplied the login
 */
function loginError(error, target, { user }, input) {
    const place = `${target.host}:${target.port}`;
    const said = (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error);
    const because = (problem, fix) => new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(problem, { input, said, fix, cause: error });
    switch ((0,_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .sqlState */ .cn)(error)) {
        case '28P01':
        case '28000':
            return because(`the server at ${place} refused the login of "${user}"`, 'Check the user name, the password (percent-encoded in the URL), that the role has LOGIN, and pg_hba.conf.');
        case '3D000':
            return because(`there is no database "${target.database}" at ${place}`, 'Check the last part of the URL, or the input "database".');
        case '42501':
            return because(`"${user}" may not connect to the database "${target.database}" at ${place}`, `Run: GRANT CONNECT ON DATABASE "${target.database}" TO the role itself or to one of its groups;`);
        default:
    }
    const code = (0,_network_js__WEBPACK_IMPORTED_MODULE_2__/* .systemCode */ .xU)(error);
    if (code === 'ENOTFOUND')
        return because(`the host "${target.host}" is unknown`, 'Check the host name in the URL.');
    if (code === 'ECONNREFUSED') {
        return because(`nothing accepts connections at ${place}`, 'Check host and port, and that the server runs.');
    }
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
        return because(`the certificate of ${place} is for another host name`, 'Use the name that the certificate has.');
    }
    if ((0,_network_js__WEBPACK_IMPORTED_MODULE_2__/* .isCertificateCode */ .TR)(code)) {
        return because(`the certificate of ${place} is not trusted`, 'Give the authority that signed it in "tls-ca". sslmode=verify-ca leaves the host name unchecked; sslmode=require checks nothing.');
    }
    if (/does not support SSL/.test(said)) {
        return because(`the server at ${place} offers no TLS`, 'Only where the network itself is trusted: sslmode=disable.');
    }
    return because(`the server at ${place} could not be used`, 'Check that this runner can reach it.');
}


/***/ }),

/***/ 7240: // src/engines/postgres/root-session.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   R: () => (/* binding */ openRoot)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _authority_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(4620);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(4433);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(254);




/**
 * Logs in with the first root that a server accepts and becomes `admin-role`.
 *
 * @param name the session's application_name
 * @throws UserError naming `root` when no login is accepted, `admin-role` when it may not be used
 */
async function openRoot(roots, config, { signal, warn }) {
    const failures = [];
    let refused = 0;
    for (const root of roots) {
        const ca = config['tls-ca'] === ''
            ? await (0,_authority_js__WEBPACK_IMPORTED_MODULE_1__/* .readAuthority */ .A)(root.sslrootcert ?? '', 'root')
            : await (0,_authority_js__WEBPACK_IMPORTED_MODULE_1__/* .readAuthority */ .A)(config['tls-ca'], 'tls-ca');
        for (const { host, port } of root.hosts) {
            const target = { host, port, database: root.database, sslmode: root.sslmode, ca };
            let connection;
            try {
                connection = await _connection_js__WEBPACK_IMPORTED_MODULE_2__/* .Connection */ .Ng.open(target, root, 'joblease', signal);
            }
            catch (error) {
                failures.push((0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .loginError */ .Mz)(error, target, root, 'root'));
                if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .isLoginRefused */ .mZ)(error))
                    continue;
                refused += 1;
                break; // the other hosts are the same cluster: on to the next root
            }
            try {
                const session = await prepare(connection, root, config['admin-role'], signal);
                if (session === undefined) {
                    failures.push(new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`the server at ${host}:${port} is a read-only standby`, { input: 'root' }));
                    await connection[Symbol.asyncDispose]();
                    continue;
                }
                for (const { message } of failures)
                    warn(`${message.split('\n', 1)[0]}; another one was used`);
                return session;
            }
            catch (error) {
                await connection[Symbol.asyncDispose]();
                throw error;
            }
        }
    }
    const [first, ...more] = failures;
    if (first === undefined)
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('it is empty', { input: 'root' });
    if (more.length === 0)
        throw first;
    const causes = failures.map(({ details }) => details.cause);
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('no root credential could be used', {
        input: 'root',
        said: failures.map(({ message }) => message).join('\n'),
        // A refusal is final for its root, whatever its other hosts said.
        cause: refused === roots.length ? causes.find(_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .isLoginRefused */ .mZ) : causes.find(_errors_js__WEBPACK_IMPORTED_MODULE_3__/* .canHeal */ .Zn),
    });
}
/** Brings a fresh connection into a known state. @returns undefined when the server is a standby */
async function prepare(connection, root, adminRole, signal) {
    // Role and database may bring settings of their own. pg_catalog alone in the path: a function or an operator that
    // somebody put into public must not run with root's rights.
    const settings = [
        'SET search_path = pg_catalog',
        'SET standard_conforming_strings = on',
        "SET lock_timeout = '5s'",
        "SET statement_timeout = '60s'",
        'SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE',
        "SET DateStyle = 'ISO'",
        "SET TimeZone = 'UTC'",
    ];
    if (adminRole !== '')
        settings.push(`SET ROLE ${(0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .quoteName */ .AB)(adminRole)}`);
    const facts = `SELECT current_setting('server_version_num')::int AS version, pg_is_in_recovery() AS standby,
      rolname AS actor, rolsuper AS superuser FROM pg_roles WHERE rolname = current_user`;
    const [row] = await connection.rows(`${settings.join(';')}; ${facts}`).catch((error) => {
        if (adminRole === '' || (0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .sqlState */ .cn)(error) === undefined)
            throw error;
        const input = 'admin-role';
        // invalid_parameter_value: PostgreSQL's answer to SET ROLE with a name that it does not know.
        if ((0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .sqlState */ .cn)(error) === '22023')
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`there is no role "${adminRole}"`, { input, cause: error });
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`"${root.user}" cannot act as "${adminRole}"`, {
            input,
            said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error),
            fix: `Run: GRANT ${(0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .quoteName */ .AB)(adminRole)} TO ${(0,_connection_js__WEBPACK_IMPORTED_MODULE_2__/* .quoteName */ .AB)(root.user)};`,
            cause: error,
        });
    });
    if (row === undefined || row['standby'] === true)
        return undefined;
    return {
        connection,
        root,
        version: Number(row['version']),
        actor: String(row['actor']),
        isSuperuser: row['superuser'] === true,
        async elsewhere(database) {
            const other = await _connection_js__WEBPACK_IMPORTED_MODULE_2__/* .Connection */ .Ng.open({ ...connection.target, database }, root, 'joblease', signal);
            const session = await prepare(other, root, adminRole, signal);
            if (session === undefined)
                throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`the server at ${connection.target.host} became a standby`);
            return session;
        },
        [Symbol.asyncDispose]: async () => {
            await connection[Symbol.asyncDispose]();
        },
    };
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
/** PostgreSQL takes a malformed verifier for a plaintext password without a word, so none leaves this file. */
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

/***/ 4747: // src/engines/retry.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   L: () => (/* binding */ retry)
/* harmony export */ });
/* harmony import */ var node_timers_promises__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8500);

/**
 * Does the work again for as long as its failure can heal and the signal has not fired, with growing, jittered pauses.
 *
 * @returns what the work returned
 * @throws the work's last error, or the signal's reason when it fires before the first attempt
 */
async function retry(work, canHeal, signal) {
    signal.throwIfAborted();
    for (let pause = 50;; pause = Math.min(pause * 2, 5000)) {
        try {
            return await work();
        }
        catch (error) {
            if (!canHeal(error))
                throw error;
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
/* harmony export */   LZ: () => (/* binding */ formatLeaseId),
/* harmony export */   N: () => (/* binding */ newPrincipal),
/* harmony export */   an: () => (/* binding */ expiryInName),
/* harmony export */   ed: () => (/* binding */ parseRoleLabel),
/* harmony export */   gA: () => (/* binding */ parsePrincipal),
/* harmony export */   h0: () => (/* binding */ principalPattern)
/* harmony export */ });
/* unused harmony export parseLeaseId */
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(477);


const expiryLength = 7;
const roleLength = 7;
const randomLength = 13; // 36^13 > 2^67
const lastExpiry = 36 ** expiryLength - 1; // in the year 4453
const pattern = /^jl_([0-9a-z]{7})_([a-z0-9]{1,7})_([0-9a-z]{13})$/;
/**
 * The same pattern for a target's own regular expressions (POSIX), so that a list is narrowed there.
 * It must accept exactly what {@link parsePrincipal} accepts.
 */
const principalPattern = '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$';
/**
 * Chooses the name for a new account.
 *
 * @param role the lease's role label; what of it is not `[a-z0-9]` is left out and the rest cut to 7 characters
 * @param expiry when the lease is first due to end, by the runner's clock. A hint for a quick look: the target's own
 *   record of the expiry is what counts.
 * @throws RangeError when it lies before 1970 or is too late to fit: nothing would find such a name again
 */
function newPrincipal(role, expiry) {
    const seconds = Math.floor(expiry.getTime() / 1000);
    if (!(seconds >= 0 && seconds <= lastExpiry))
        throw new RangeError('the expiry does not fit into a name');
    const time = seconds.toString(36).padStart(expiryLength, '0');
    const slug = role
        .toLowerCase()
        .replaceAll(/[^a-z0-9]/g, '')
        .slice(0, roleLength);
    return `jl_${time}_${slug === '' ? 'job' : slug}_${randomBase36(randomLength)}`;
}
/** @returns the text as a principal when it has the form of one of ours, otherwise undefined */
function parsePrincipal(text) {
    return pattern.test(text) ? text : undefined;
}
/** The initial expiry that a principal's name carries, by the clock of the runner that minted it. */
function expiryInName(principal) {
    return new Date(Number.parseInt(principal.slice(3, 3 + expiryLength), 36) * 1000);
}
const engineName = /^[a-z][a-z0-9_-]*$/;
const roleLabel = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
function formatLeaseId({ engine, role, principal }) {
    return `${engine}/${role}/${principal}`;
}
/** @throws UserError naming `input` when the text is not a lease id */
function parseLeaseId(text, input) {
    const [engine = '', role = '', name = '', ...rest] = text.split('/');
    const principal = parsePrincipal(name);
    if (!engineName.test(engine) || !roleLabel.test(role) || principal === undefined || rest.length > 0) {
        throw new UserError(`${JSON.stringify(text)} is not a lease id`, {
            input,
            fix: 'A lease id is the output "lease-id" of the step that minted: <engine>/<role>/<principal>.',
        });
    }
    return { engine, role, principal };
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
/* harmony export */   Ym: () => (/* binding */ encodeRecord),
/* harmony export */   eT: () => (/* binding */ decodeRecord)
/* harmony export */ });
/* unused harmony export recordLimit */
/** The size that an encoded record never exceeds, in bytes. */
const recordLimit = 1024;
const textFields = ['repo', 'job', 'workflow', 'actor', 'role', 'heir'];
const numberFields = ['repoId', 'run', 'attempt', 'checkRun', 'iat', 'exp', 'max'];
const fieldNames = ['v', ...textFields, ...numberFields];
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
    if (Object.keys(fields).length !== fieldNames.length)
        return undefined;
    if (!textFields.every((name) => typeof fields[name] === 'string'))
        return undefined;
    if (!numberFields.every((name) => Number.isSafeInteger(fields[name])))
        return undefined;
    return value;
}
function asciiJson(record) {
    const json = JSON.stringify(record, fieldNames);
    return json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}


/***/ }),

/***/ 2620: // src/lease/template.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   b: () => (/* binding */ renderStatements),
/* harmony export */   w: () => (/* binding */ mentions)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);

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
            throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y(`there is no variable {{${name}}}`, { input, fix: `There are ${usable.join(', ')}.` });
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


/***/ })

};
