export const id = "mysql-rotate";
export const ids = ["mysql-rotate"];
export const modules = {

/***/ 993: // src/engines/login/rotation.js + 1 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  T: () => (/* binding */ rotateLogin)
});

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/duration.js
var duration = __webpack_require__(4554);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/engines/login/password.js
var login_password = __webpack_require__(1222);
;// CONCATENATED MODULE: src/engines/login/standing.js
/** Where the rotation of a root that is one or two logins stands, by the lines of the stored secret alone. */


/**
 * Reads the stored lines. `[A]` is a single login, `[A, B]` a pair of which B is rotated next; a further line, of a
 * user that is already there, is what a rotation has written ahead.
 *
 * @throws UserError when no rotation could have left them
 */
function standingOf(roots) {
    const lines = roots.filter(({ url }, i) => roots.findIndex((each) => each.url === url) === i);
    if (new Set(lines.map(elsewhere)).size > 1) {
        throw wrong('its lines differ in more than user and password, so they are no pair of logins to one server', 'Give all lines the same scheme, hosts, database and parameters, written alike and in the same order.');
    }
    const users = [...new Set(lines.map(({ user }) => user))];
    if (users.length > 2 || lines.length > users.length + 1) {
        throw wrong('it holds more lines than a rotation can have left', 'Keep one login, or the two of a pair, with the passwords that work.');
    }
    const byUser = users.map((user) => byTime(lines.filter((line) => line.user === user)));
    const [before, pending] = byUser.find(({ length }) => length > 1) ?? [];
    if (pending !== undefined && (0,login_password/* madeAt */.ZM)(pending.password) === undefined) {
        throw wrong(`two of its lines have the user "${pending.user}", and the later one was not written by a rotation`, 'Keep the line whose password works.');
    }
    // Of a pair the last one is idle: the first is what jobs use.
    const current = before ?? lines.at(-1);
    if (current === undefined)
        throw wrong('it is empty', 'Give the secret that holds the root credential.');
    return {
        lines: lines.filter((line) => line !== pending),
        current,
        pending,
        other: lines.find(({ user }) => user !== current.user),
    };
}
/** The newer one last, whatever the order in the secret. */
function byTime(lines) {
    const made = ({ password }) => (0,login_password/* madeAt */.ZM)(password)?.getTime() ?? 0;
    return lines.toSorted((a, b) => made(a) - made(b));
}
/** The same login with another password; every other part of the line stays as it is written. */
function withPassword(root, password) {
    const url = root.url.replace(userinfo, (_, scheme, user) => `${scheme}${user}:${password}@`);
    return { ...root, url, password, secrets: [url, password] };
}
const wrong = (problem, fix) => new errors/* UserError */.y(problem, { input: 'root', fix });
/** All but user and password. A database that is not named may be another one for each user. */
function elsewhere({ url, database }) {
    return `${url.replace(userinfo, '$1')} ${database}`;
}
const userinfo = /^([a-z]+:\/\/)([^@/?#:]*)(?::[^@/?#]*)?@/;

// EXTERNAL MODULE: src/failure/retry.js
var retry = __webpack_require__(5710);
;// CONCATENATED MODULE: src/engines/login/rotation.js
/**
 * The rotation of a root that is one login or a pair of logins. It is the same for every database; the engine supplies what
 * is sent to the server.
 */






/** How often a rotation is resumed after its connection broke, the first attempt included. */
const attempts = 5;
/** How long a server may take to notice that a session is gone, and a pooler in front of it to learn a password. */
const settlingMs = 5000;
/** How far the clocks of a server and of its replacement may be apart. */
const toleranceMs = 300_000;
/** Rotates root as the engine contract says. */
async function* rotateLogin(roots, { overlap, passwordLength }, target, context) {
    const standing = standingOf(roots);
    const { pending, other } = standing;
    let { lines, current } = standing;
    const { user } = current;
    const retain = target.retains && other === undefined;
    const ends = retain && overlap === 0;
    // The password that the server may already have: of a rotation that was not finished, or of this one.
    let fresh = pending;
    for (let attempt = 1;; attempt += 1) {
        await using held = await hold(fresh === undefined ? [current] : [fresh, current], other, target, context);
        const { session, now } = held;
        if (overlap === 0 && fresh !== undefined && fresh === pending && held.root === pending) {
            // It was stored beside the one that leaked, so it is replaced as well.
            lines = lines.map((line) => (line === current ? pending : line));
            current = pending;
            fresh = undefined;
        }
        const due = dueAt(lines, overlap, now, context.warn);
        if (fresh === undefined && due !== undefined && due > now) {
            if (!held.isOwed)
                return notDue(lines[0] ?? current, due, []);
            yield { stage: 'retire', value: joined(lines), next: `end the replaced password of "${user}"` };
            await retire(session, held.root, target, context);
            return notDue(lines[0] ?? current, due, [`the password that "${user}" had before its last rotation`]);
        }
        if (fresh === undefined || held.root !== fresh) {
            await session.checkChange();
            // A password that an earlier rotation left unused cannot be taken: its time must say when it came into use.
            if (fresh === undefined || fresh === pending) {
                fresh = withPassword(current, (0,login_password/* newRootPassword */.ak)(passwordLength, now));
                // A rotation that is given it after the third step must not change it before the fourth has ended the replaced one.
                if (ends)
                    await takeLock(session, [...lines, fresh]);
            }
            const value = joined([...lines, fresh]);
            yield { stage: 'prepare', value, secrets: fresh.secrets, next: `change the password of "${user}"` };
            try {
                await session.change(fresh.password, ends ? 'by discard' : retain ? 'by the next' : 'at once');
            }
            catch (error) {
                // Only a new login can tell whether it was carried out.
                if (attempt < attempts && target.canHeal(error))
                    continue;
                throw error;
            }
        }
        yield { stage: 'prove', next: 'log in with the new password' };
        await prove(fresh, target, context);
        try {
            // Without its session the lock is gone, and another rotation may be under way.
            await session.ping();
        }
        catch (error) {
            if (attempt < attempts && target.canHeal(error))
                continue;
            throw error;
        }
        const isLast = !ends && !(held.isOwed && held.root === fresh);
        const next = !isLast ? `end the replaced password of "${user}"` : 'nothing: the rotation is complete';
        yield { stage: 'promote', value: joined(other === undefined ? [fresh] : [fresh, other]), next };
        if (!isLast) {
            yield { stage: 'retire', next };
            await retire(session, fresh, target, context);
        }
        const isOlder = fresh === pending;
        const finished = isOlder ? [`An earlier run had changed the password of "${user}"; this one has finished it.`] : [];
        return {
            rotated: true,
            active: user,
            // What an earlier run has changed, this one has not ended.
            retired: isOlder && isLast ? [] : retired(current, retain, !isLast),
            nextDue: new Date(((0,login_password/* madeAt */.ZM)(fresh.password) ?? now).getTime() + overlap * 1000),
            notes: [...finished, ...notes(user, other?.user, retain && isLast, overlap)],
        };
    }
}
/**
 * Logs in with the first of the candidates that the server accepts, and takes the lock in that same session: so when a later
 * rotation gets the lock, no statement of this one can still be under way.
 *
 * @param other the other login of a pair, which must work as well: what is stored at the end names it
 */
async function hold(candidates, other, target, context) {
    const roots = [...candidates, ...(other === undefined ? [] : [other])];
    for (;;) {
        await using stack = new AsyncDisposableStack();
        const [session, root] = await openFirst(candidates, target, context);
        stack.use(session);
        const now = await takeLock(session, roots);
        // Until now another rotation could be under way, so all that is known is checked again.
        const [proof, accepted] = await openFirst(candidates, target, context);
        await proof[Symbol.asyncDispose]();
        if (accepted !== root)
            continue;
        const isOwed = (await session.checkNewest?.(root.password)) ?? false;
        if (other !== undefined) {
            const [idle] = await openFirst([other], target, context);
            await idle[Symbol.asyncDispose]();
        }
        const held = stack.move();
        return { session, now, root, isOwed, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
    }
}
async function openFirst(candidates, target, context) {
    let refusal;
    for (const root of candidates) {
        try {
            return [await (0,retry/* retry */.L)(async () => await target.open(root), target.canHeal, context.signal, context.retrying), root];
        }
        catch (error) {
            if (!target.isRefused(error))
                throw error;
            refusal = error;
        }
    }
    const user = candidates[0]?.user ?? '';
    throw new errors/* UserError */.y(`the server takes no password that the secret holds for "${user}"`, {
        input: 'root',
        said: refusal instanceof errors/* UserError */.y ? (refusal.details.said ?? '') : '',
        fix: `If another rotation has run since this run was queued, run again. Otherwise set a password as an administrator, and put it into the secret: ${target.statement(user)}`,
        cause: refusal,
    });
}
/** @returns the server's time */
async function takeLock(session, roots) {
    for (const started = Date.now();;) {
        const now = await session.lock(roots);
        if (now !== undefined)
            return now;
        if (Date.now() - started > settlingMs)
            break;
        // A random time, so that two rotations that step back from each other do not collide again.
        await (0,promises_.setTimeout)(500 * Math.random());
    }
    const holders = await session.holders(roots).catch(() => []);
    const end = holders.map((each) => each.end).join(' ');
    throw new errors/* UserError */.y('another rotation of this root is under way', {
        input: 'root',
        ...(holders.length === 0 ? {} : { said: `the lock is held by ${holders.map(({ who }) => who).join(', ')}` }),
        fix: `Wait until it is over. Let the jobs that rotate share a concurrency group.${end === '' ? '' : ` If that is no rotation of yours, run as an administrator: ${end}`}`,
    });
}
/** Logs in with the new password, as the jobs will. */
async function prove(fresh, target, context) {
    const outOfTime = AbortSignal.any([context.signal, AbortSignal.timeout(settlingMs)]);
    const canHeal = (error) => target.canHeal(error) || target.isRefused(error);
    try {
        await using _ = await (0,retry/* retry */.L)(async () => await target.open(fresh), canHeal, outOfTime, context.retrying);
    }
    catch (error) {
        if (!target.isRefused(error))
            throw error;
        throw new errors/* UserError */.y(`the server does not take the new password of "${fresh.user}", though it was changed`, {
            input: 'root',
            said: (0,errors/* messageOf */.b)(error),
            fix: 'What stands between may cache passwords, or another server may have answered.',
            cause: error,
        });
    }
}
/**
 * Ends the replaced password. Where the connection breaks, what the server noted tells a new session whether that was done.
 *
 * @param root with the newest password
 */
async function retire(session, root, target, context) {
    try {
        await session.discard?.();
    }
    catch (error) {
        if (!target.canHeal(error))
            throw error;
        const finish = async () => {
            await using again = await hold([root], undefined, target, context);
            if (again.isOwed)
                await again.session.discard?.();
        };
        await (0,retry/* retry */.L)(finish, target.canHeal, context.signal, context.retrying);
    }
}
function joined(lines) {
    return lines.map(({ url }) => url).join('\n');
}
/**
 * The newest password counts, wherever it stands: somebody may have put a line before it.
 *
 * @returns undefined when it is due at once: root leaked, or the passwords do not say when they were made
 */
function dueAt(roots, overlap, now, warn) {
    if (overlap === 0)
        return undefined;
    const made = roots.flatMap(({ password }) => (0,login_password/* madeAt */.ZM)(password)?.getTime() ?? []);
    const possible = made.filter((time) => time <= now.getTime() + toleranceMs);
    if (possible.length < made.length) {
        const latest = new Date(Math.max(...made)).toISOString();
        warn(`a password of root says that it was made on ${latest}, after the server's time (${now.toISOString()}): a clock was wrong, so that its time counts as unknown`);
    }
    return possible.length === 0 ? undefined : new Date(Math.max(...possible) + overlap * 1000);
}
function notDue({ user }, due, ended) {
    const note = `Jobs that were queued before the last rotation may still hold what it replaced. The next one is due from ${due.toISOString()} on.`;
    return { rotated: false, active: user, retired: ended, nextDue: due, notes: [note] };
}
function retired({ user, password }, retain, ends) {
    if (!retain)
        return [`the password that "${user}" had until now`];
    const older = (0,login_password/* madeAt */.ZM)(password) === undefined ? [] : [`the password that "${user}" had before its last rotation`];
    return ends ? [...older, `the password that "${user}" had until now`] : older;
}
function notes(user, other, goesOn, overlap) {
    if (goesOn)
        return [
            `The replaced password of "${user}" works until the next rotation, for ${(0,duration/* formatDuration */.a)(overlap)} at least.`,
        ];
    if (other !== undefined) {
        return [`"${other}" goes on as it is until the next rotation, for jobs that were queued before this one.`];
    }
    return [
        `Jobs that were queued before this rotation hold a password of "${user}" that no longer works. A pair of logins closes this gap: see "A pair of logins" in docs/rotate-root.md.`,
    ];
}


/***/ }),

/***/ 7257: // src/engines/mysql/rotate.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   rotateRoot: () => (/* binding */ rotateRoot)
/* harmony export */ });
/* harmony import */ var node_crypto__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(7598);
/* harmony import */ var node_util__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7975);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(477);
/* harmony import */ var _login_rotation_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(993);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(6350);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_5__ = __webpack_require__(61);
/* harmony import */ var _verifier_js__WEBPACK_IMPORTED_MODULE_6__ = __webpack_require__(5460);
/* harmony import */ var _root_session_js__WEBPACK_IMPORTED_MODULE_7__ = __webpack_require__(3071);








/**
 * See {@link Engine.rotateRoot}. MySQL keeps the replaced password of a single login beside the new one, MariaDB does
 * not.
 */
function rotateRoot(flavour, roots, config, terms, context) {
    const sessionOf = { mysql: mysqlSession, mariadb: mariadbSession }[flavour.name];
    const target = {
        open: async (root) => sessionOf(await (0,_root_session_js__WEBPACK_IMPORTED_MODULE_7__/* .openRoot */ .R8)(flavour, [root], config, { ...context, warn: () => undefined }), context.warn),
        isRefused: (error) => error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y && (0,_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .isLoginRefused */ .mZ)(error.details.cause),
        canHeal: _errors_js__WEBPACK_IMPORTED_MODULE_5__/* .canHeal */ .Zn,
        retains: flavour.name === 'mysql',
        // The host part is the administrator's to know. What is said of the newest password goes with it.
        statement: (user) => `ALTER USER ${(0,_connection_js__WEBPACK_IMPORTED_MODULE_4__/* .quoteName */ .AB)(user)}@'…' IDENTIFIED BY '…'${flavour.name === 'mysql' ? ` ATTRIBUTE '${unknownNewest}'` : ''};`,
    };
    return (0,_login_rotation_js__WEBPACK_IMPORTED_MODULE_3__/* .rotateLogin */ .T)(roots, terms, target, context);
}
/**
 * MySQL. The account's attribute says which of our passwords is the newest, written by the statement that sets it: a
 * retained password logs in like the newest one, and a rotation that began with it would end the newest.
 */
function mysqlSession(root, warn) {
    const { connection } = root;
    const { user } = root.root;
    const discard = async () => {
        await refusable(root, `ALTER USER ${root.account} DISCARD OLD PASSWORD
      ATTRIBUTE '{"joblease_discard": null}'`);
    };
    return {
        ...commonSession(root),
        async checkNewest(password) {
            const [row] = await connection.rows(`SELECT attribute->>'$.joblease_root' AS newest, attribute->>'$.joblease_discard' AS discard FROM information_schema.user_attributes
          WHERE CONCAT(user, '@', host) = CURRENT_USER()`);
            const newest = row?.['newest'] ?? null;
            if (newest === null || newest === fingerprint(password))
                return row?.['discard'] === 'true';
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`"${user}" has a newer password than the one that this run was given`, {
                input: 'root',
                fix: `If another rotation has run since this run was queued, run again. If the password was set by hand, run: ALTER USER ${root.account} ATTRIBUTE '${unknownNewest}';`,
            });
        },
        async checkChange() {
            await hashFor(root);
            const { rights } = root;
            if (rights.has('CREATE USER') || rights.has('ALL PRIVILEGES')) {
                await checkOnlyAccount(root).catch(async (error) => {
                    if (!(error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y) || !(0,_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .isDenied */ .GZ)(error.details.cause))
                        throw error;
                    await checkOnlyAccount(root, 'information_schema.user_attributes');
                    // There the server leaves them out.
                    warn(`${error.message}: those with SYSTEM_USER. ${error.details.fix ?? ''}`);
                });
                return;
            }
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`"${user}" may not change its own password by a hash`, {
                input: 'root',
                fix: `Run as an administrator: GRANT CREATE USER ON *.* TO ${root.account};`,
            });
        },
        async change(password, replaced) {
            const { account } = root;
            const [plugin, hash] = await hashFor(root);
            // A retained password can be left from before root was a pair. It goes before the change: a rotation that is
            // interrupted after the change does not come back here.
            if (replaced === 'at once')
                await discard();
            const note = { joblease_root: fingerprint(password), joblease_discard: replaced === 'by discard' ? true : null };
            await refusable(root, `ALTER USER ${account} IDENTIFIED WITH ${plugin} AS '${hash(password)}'${replaced === 'at once' ? '' : ' RETAIN CURRENT PASSWORD'}
          ATTRIBUTE '${JSON.stringify(note)}'`);
        },
        discard,
    };
}
/** MariaDB. */
function mariadbSession(root) {
    return {
        ...commonSession(root),
        async checkChange() {
            await hashFor(root);
            await checkOnlyAccount(root);
            const [row] = await root.connection.rows(`SELECT @@strict_password_validation AND EXISTS (SELECT 1 FROM information_schema.plugins
          WHERE plugin_type = 'PASSWORD VALIDATION' AND plugin_status = 'ACTIVE') AS strict`);
            if (Number(row?.['strict']) === 0)
                return;
            throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y('the server takes no password as a hash, because it could not look into it', {
                input: 'root',
                fix: 'Generated passwords are long, and have letters of both cases, digits and a dash. Run as an administrator, and put it into its configuration: SET GLOBAL strict_password_validation = OFF;',
            });
        },
        async change(password) {
            const [, hash] = await hashFor(root);
            // For oneself this takes no right, and it takes the hash as it is.
            await refusable(root, `SET PASSWORD = '${hash(password)}'`);
        },
    };
}
function commonSession(root) {
    const { connection } = root;
    return {
        /**
         * Everybody who is let in can take a lock whose name they know, so the names are made of the passwords. Of two
         * rotations that can change the same password both know it, and a rotation has the locks of those that it changes and
         * of those that it sets.
         */
        async lock(roots) {
            const names = await Promise.all(roots.map(lockName));
            // The sum asks for all of them; of an AND, a server may leave the rest out after the first 0.
            const locks = [...new Set(names)].map((name) => `GET_LOCK('${name}', 0)`);
            const [row] = await connection.rows(`SELECT ${locks.join(' + ')} AS got, UNIX_TIMESTAMP() AS now`);
            if (Number(row?.['got']) === locks.length)
                return new Date(Number(row?.['now']) * 1000);
            await connection.rows('DO RELEASE_ALL_LOCKS()');
            return undefined;
        },
        async holders(roots) {
            const names = await Promise.all(roots.map(lockName));
            const ids = names.map((name) => `IS_USED_LOCK('${name}')`).join(', ');
            const rows = await connection.rows(`SELECT id AS id, user AS user, host AS host FROM information_schema.processlist WHERE id IN (${ids}) AND id <> CONNECTION_ID()`);
            return rows.map(({ id, user, host }) => ({
                who: `connection ${String(id)} of "${String(user)}" (${String(host)})`,
                end: `KILL ${String(id)};`,
            }));
        },
        ping: async () => void (await connection.rows('SELECT 1')),
        [Symbol.asyncDispose]: async () => {
            await root[Symbol.asyncDispose]();
        },
    };
}
/** Tells nobody the password, not even one that a person chose: the server's log may have it. */
async function lockName({ user, password }) {
    const key = await (0,node_util__WEBPACK_IMPORTED_MODULE_1__.promisify)(node_crypto__WEBPACK_IMPORTED_MODULE_0__.scrypt)(password, `joblease root ${user}`, 16);
    return `joblease root ${key.toString('hex')}`;
}
/**
 * A name may have several accounts, one for each host pattern, and a server lets each runner into the one that fits it
 * best. A rotation can only see and change the one that it was let into itself.
 *
 * @throws UserError when there is another one
 */
async function checkOnlyAccount({ connection, root, account: me }, accounts = 'mysql.user') {
    const rows = await connection
        .rows(`SELECT User AS name, Host AS host FROM ${accounts} WHERE User = X'${Buffer.from(root.user).toString('hex')}'`)
        .catch((error) => {
        if (!(0,_errors_js__WEBPACK_IMPORTED_MODULE_5__/* .isDenied */ .GZ)(error))
            throw error;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`it cannot be seen whether "${root.user}" has accounts for other hosts`, {
            input: 'root',
            said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .b)(error),
            fix: `Run as an administrator: GRANT SELECT (User, Host) ON ${accounts} TO ${me};`,
            cause: error,
        });
    });
    const others = rows.map(({ name, host }) => (0,_connection_js__WEBPACK_IMPORTED_MODULE_4__/* .quoteAccount */ .Y_)(String(name), String(host))).filter((each) => each !== me);
    if (others.length === 0)
        return;
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`"${root.user}" is several accounts, of which this rotation could only change ${me}: there is ${others.join(', ')} too`, {
        input: 'root',
        fix: `Runners that the server takes for another one would be locked out. Keep one: ${others.map((each) => `DROP USER ${each};`).join(' ')} Or give root a name of its own: RENAME USER.`,
    });
}
/** How a server's accounts keep their passwords: by plugin. The plugin stays, so that clients need not change. */
const hashes = {
    caching_sha2_password: _verifier_js__WEBPACK_IMPORTED_MODULE_6__/* .cachingSha2Verifier */ .gZ,
    mysql_native_password: _verifier_js__WEBPACK_IMPORTED_MODULE_6__/* .nativeVerifier */ .kr,
};
/** What stands between quotation marks. */
const quoted = /'(?:[^'\\]|''|\\.)*'|`(?:[^`]|``)*`/gs;
/** @returns the plugin of the account that root logged in as, and what it makes of a password */
async function hashFor({ connection, flavour, root, account: me, }) {
    const [row] = await connection.rows('SHOW CREATE USER CURRENT_USER()');
    const definition = String(Object.values(row ?? {})[0]);
    if (flavour.name === 'mariadb' && / OR /.test(definition.replaceAll(quoted, ''))) {
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`"${root.user}" logs in by any of several methods, of which a rotation would change one`, {
            input: 'root',
            fix: `Leave it one password. Run as an administrator, and put the password into the secret: ALTER USER ${me} IDENTIFIED BY '…';`,
        });
    }
    // MariaDB's way to write the plugin that every server has.
    const isNative = definition.includes(' IDENTIFIED BY PASSWORD ');
    const plugin = isNative ? 'mysql_native_password' : / IDENTIFIED (?:WITH|VIA) '?(\w+)/.exec(definition)?.[1];
    const hash = hashes[plugin ?? ''];
    if (plugin !== undefined && hash !== undefined)
        return [plugin, hash];
    throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`"${root.user}" logs in by ${plugin ?? 'something'} and not by a password that can be rotated`, {
        input: 'root',
        fix: `Plugins that can: ${Object.keys(hashes).join(', ')}.`,
    });
}
/** Runs a statement that the server's policies may refuse. */
async function refusable({ connection, root }, sql) {
    try {
        await connection.rows(sql);
    }
    catch (error) {
        if ((0,_connection_js__WEBPACK_IMPORTED_MODULE_4__/* .serverError */ .ig)(error) === undefined)
            throw error;
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .UserError */ .y(`the server refused to change the password of "${root.user}"`, {
            input: 'root',
            said: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .messageOf */ .b)(error),
            cause: error,
        });
    }
}
/** Takes the note of the newest password away: for a password that a person has set. */
const unknownNewest = '{"joblease_root": null}';
/** Tells a password from others, and nothing else: only generated ones, of 126 random bits or more, get one. */
function fingerprint(password) {
    return (0,node_crypto__WEBPACK_IMPORTED_MODULE_0__.createHash)('sha256').update(password).digest('hex').slice(0, 16);
}


/***/ })

};
