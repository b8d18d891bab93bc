export const id = "aws-iam.4";
export const ids = ["aws-iam.4", "aws-iam"];
export const modules = {

/***/ 1478: // node_modules/@aws-sdk/client-iam/dist-es/commands/CreateAccessKeyCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   h: () => (/* binding */ CreateAccessKeyCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5159);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2796);


class CreateAccessKeyCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "CreateAccessKey", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .CreateAccessKey$ */ .w8s) {
}


/***/ }),

/***/ 9125: // node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteAccessKeyCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   y: () => (/* binding */ DeleteAccessKeyCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5159);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2796);


class DeleteAccessKeyCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "DeleteAccessKey", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .DeleteAccessKey$ */ .$7J) {
}


/***/ }),

/***/ 3485: // node_modules/@aws-sdk/client-iam/dist-es/commands/ListAccessKeysCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ ListAccessKeysCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5159);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2796);


class ListAccessKeysCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "ListAccessKeys", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .ListAccessKeys$ */ .f9g) {
}


/***/ }),

/***/ 7795: // node_modules/@aws-sdk/client-iam/dist-es/commands/UpdateAccessKeyCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ UpdateAccessKeyCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5159);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2796);


class UpdateAccessKeyCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "UpdateAccessKey", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .UpdateAccessKey$ */ .nkh) {
}


/***/ }),

/***/ 5153: // src/engines/aws/iam.js + 2 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  allowedSkewSeconds: () => (/* binding */ allowedSkewSeconds),
  guardOf: () => (/* binding */ guardOf),
  longestSessionSeconds: () => (/* binding */ longestSessionSeconds),
  made: () => (/* binding */ made),
  openIam: () => (/* binding */ openIam),
  ownPolicyArn: () => (/* binding */ ownPolicyArn),
  pages: () => (/* binding */ pages),
  unlessMissing: () => (/* binding */ unlessMissing),
  userArn: () => (/* binding */ userArn)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/IAMClient.js + 8 modules
var IAMClient = __webpack_require__(437);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(5159);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(2796);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/GetRoleCommand.js


class GetRoleCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "GetRole", schemas_0/* GetRole$ */.pW4) {
}

// EXTERNAL MODULE: src/engines/aws/connection.js
var connection = __webpack_require__(7087);
// EXTERNAL MODULE: src/engines/aws/errors.js
var errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/guard.js
var guard = __webpack_require__(166);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
;// CONCATENATED MODULE: src/engines/aws/pace.js
/**
 * Keeps a process's calls to what AWS lets through. AWS throttles by rules that it does not publish, so nothing is held
 * back until it does; from then on calls go out one by one, no faster than it has let them through.
 *
 * The SDK's own limiter (`retryMode: 'adaptive'`) was measured against it, with 8 workers on four token buckets: it took
 * 8.2, 9.8, 6.1 and 12.1 s where this takes 3.2, 6.4, 4.3 and 8.8, with as many refusals.
 */

/** Calls per second to begin with, where too few were made to tell: few calls are not kept waiting for long. */
const cautious = 20;
/** The least, in calls per second: something must ask whether more is allowed by now. */
const slowest = 0.5;
/** What is left of the rate, at least, when a call is refused. */
const drop = 0.7;
/** For how long a rate that was let through is closed in on before more is tried. */
const plateauSeconds = 4;
/** One for all that calls the same endpoint from this process: they share what it allows. */
const pacers = new Map();
function pacerOf(endpoint) {
    const pacer = pacers.get(endpoint) ?? new Pacer();
    pacers.set(endpoint, pacer);
    return pacer;
}
const realClock = {
    now: () => performance.now(),
    sleep: async (durationMs, signal) => await (0,promises_.setTimeout)(durationMs, undefined, { signal }),
};
class Pacer {
    #clock;
    /** Calls per second that were let through; undefined as long as none was refused. */
    #allowed;
    /** Whether that was guessed from what passed before anything was refused. */
    #isGuess = false;
    /** When a call was last refused for being too fast, or else when all began; milliseconds. */
    #since;
    #passed = 0;
    /** How many refusals came within a second of the one before. */
    #inARow = 0;
    /** When the next call may go. */
    #due = 0;
    #line = Promise.resolve();
    constructor(clock = realClock) {
        this.#clock = clock;
        this.#since = clock.now();
    }
    /**
     * Makes a call when it is its turn.
     *
     * @param isThrottled whether an error says that calls come too fast
     * @throws what the call throws, or the signal's reason when it fires while the call waits
     */
    async send(call, isThrottled, signal) {
        if (this.#allowed !== undefined)
            await this.#turn(signal);
        const sent = this.#clock.now();
        try {
            const answer = await call();
            this.#passed += 1;
            return answer;
        }
        catch (error) {
            if (isThrottled(error))
                this.#slowDown(sent);
            else
                this.#passed += 1;
            throw error;
        }
    }
    /** First come, first served. */
    async #turn(signal) {
        const { promise, resolve } = Promise.withResolvers();
        const ahead = this.#line;
        this.#line = promise;
        try {
            await ahead;
            signal.throwIfAborted();
            const wait = this.#due - this.#clock.now();
            if (wait > 0)
                await this.#clock.sleep(wait, signal);
            const interval = 1000 / this.#rate();
            // Timers are late by a millisecond or so, which would add up; a pause in which nobody called is not made up for.
            const now = this.#clock.now();
            this.#due = (now - this.#due < interval ? this.#due : now) + interval;
        }
        finally {
            resolve();
        }
    }
    /**
     * A little less than what was let through at first, the same after some seconds, and then ever more: a cubic, as in
     * RFC 9438. Where AWS counts with a bucket, what is saved at first is used up later, and nothing is lost by it. What is
     * only guessed at doubles every second, because a low guess would be long in growing.
     */
    #rate() {
        const allowed = this.#allowed ?? Infinity;
        const seconds = (this.#clock.now() - this.#since) / 1000;
        if (this.#isGuess)
            return allowed * 2 ** seconds;
        return allowed * (1 + 0.1 * ((seconds - plateauSeconds) / plateauSeconds) ** 3);
    }
    /** @param sent when the call was made that was refused */
    #slowDown(sent) {
        // Calls that were on their way when another was refused tell nothing new.
        if (this.#allowed !== undefined && sent <= this.#since)
            return;
        const now = this.#clock.now();
        const seconds = (now - this.#since) / 1000;
        const passed = this.#passed / Math.max(seconds, 1);
        const pause = this.#allowed !== undefined && seconds < 1 ? 100 * 2 ** Math.min(this.#inARow, 5) : 0;
        if (this.#allowed === undefined) {
            this.#allowed = Math.max(passed, cautious);
            this.#isGuess = true;
        }
        else if (pause === 0) {
            // Between two refusals just so many calls pass as AWS allows, unless there were no more to make.
            const rate = this.#rate();
            const least = drop * (this.#isGuess ? rate : this.#allowed);
            this.#allowed = Math.min(rate, Math.max(passed, Math.min(least, Math.max(2 * passed, cautious))));
            this.#isGuess = false;
            this.#inARow = 0;
        }
        else {
            // Too soon to tell. Somebody else may have used up what is allowed, so the rate is doubted last.
            this.#isGuess = false;
            this.#inARow += 1;
            if (this.#inARow > 2)
                this.#allowed *= drop;
        }
        this.#allowed = Math.max(this.#allowed, slowest);
        this.#since = now;
        this.#passed = 0;
        this.#due = now + pause + 1000 / this.#rate();
    }
}

// EXTERNAL MODULE: src/engines/aws/role.js
var role = __webpack_require__(3991);
;// CONCATENATED MODULE: src/engines/aws/iam.js
/** IAM as root: its calls, its lists, and what in it bears a lease's name. */






/** How far ahead of AWS's clock that of a runner may be that mints, and so the end in a name. */
const allowedSkewSeconds = 300;
/** Users that this process made and did not see gone: IAM may not show them yet. */
const made = new Set();
function openIam(root, config, context) {
    const client = new IAMClient/* IAMClient */.h((0,connection/* settings */.W0)(root.key, config, 'iam'));
    return { ...(0,connection/* connect */.Ng)(client, context, pacerOf(config['iam-endpoint'])), root, config, context };
}
/** Every item of a list in pages. @throws what `list` throws for any of them */
async function* pages(list, itemsOf) {
    let marker = {};
    while (marker !== undefined) {
        const page = await list(marker);
        yield* itemsOf(page) ?? [];
        const { IsTruncated, Marker } = page;
        if (IsTruncated === true && Marker === undefined)
            throw new Error('IAM says that there is more, and not where');
        marker = IsTruncated === true && Marker !== undefined ? { Marker } : undefined;
    }
}
/** @returns false when what the call is about does not exist */
async function unlessMissing(sent) {
    try {
        await sent;
        return true;
    }
    catch (error) {
        if ((0,errors/* isMissing */.b2)(error))
            return false;
        throw error;
    }
}
/** The policy that holds a lease's user to its lease. @param exp epoch seconds */
function guardOf(iam, principal, exp, allowRoleChaining) {
    const minted = [`${arnOf(iam, 'user')}*`, `${arnOf(iam, 'policy')}*`];
    return (0,guard/* guardPolicy */.AP)({ exp, userArn: userArn(iam, principal), minted, allowRoleChaining });
}
/** The managed policy that `policy-as-managed` makes. */
function ownPolicyArn(iam, principal) {
    return `${arnOf(iam, 'policy')}${principal}`;
}
function userArn(iam, principal) {
    return `${arnOf(iam, 'user')}${principal}`;
}
/** ARN of all that is below the path of minted users. */
function arnOf({ root, config }, kind) {
    return `arn:${root.partition}:iam::${root.account}:${kind}${config['user-path']}`;
}
/** The longest session that the role gives, in seconds; undefined where root may not look, as at a role of another account. */
async function longestSessionSeconds({ send, root, config }) {
    try {
        const { Role } = await send(new GetRoleCommand({ RoleName: (0,role/* roleName */.S)(root, config) }));
        return Role?.MaxSessionDuration;
    }
    catch {
        // It only makes an error's text better, and the error is about something else.
        return undefined;
    }
}


/***/ }),

/***/ 936: // src/engines/aws/rotate.js + 2 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  rotateRoot: () => (/* binding */ rotateRoot)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/CreateAccessKeyCommand.js
var CreateAccessKeyCommand = __webpack_require__(1478);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/UpdateAccessKeyCommand.js
var UpdateAccessKeyCommand = __webpack_require__(7795);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/engines/aws/connection.js
var connection = __webpack_require__(7087);
// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/iam.js + 2 modules
var aws_iam = __webpack_require__(5153);
// EXTERNAL MODULE: src/engines/aws/root-session.js
var root_session = __webpack_require__(1626);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListAccessKeysCommand.js
var ListAccessKeysCommand = __webpack_require__(3485);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(5159);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(2796);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/GetAccessKeyLastUsedCommand.js


class GetAccessKeyLastUsedCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "GetAccessKeyLastUsed", schemas_0/* GetAccessKeyLastUsed$ */.RNG) {
}

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteAccessKeyCommand.js
var DeleteAccessKeyCommand = __webpack_require__(9125);
;// CONCATENATED MODULE: src/engines/aws/root-user.js
/** The user of IAM whose access key is root, and what a rotation asks of it. */





const secondMs = 1000;
const minuteMs = 60 * secondMs;
/** @throws UserError when root is no user of IAM */
function openUser(root, lines, config, terms, context) {
    const current = lines.find((line) => line === root.key);
    if (current === undefined || !root.arn.includes(':user/')) {
        throw new errors/* UserError */.y(`${root.arn} is no user of IAM, and joblease rotates the keys of no other`, {
            input: 'root',
            fix: 'Make a user of IAM for joblease, with the policy in docs/aws.md, and put its access key into the secret.',
        });
    }
    const started = Date.now();
    const runners = () => terms.now.getTime() + Date.now() - started;
    // In whole seconds, as AWS tells its time.
    const ahead = () => (root.now() - Math.floor(Date.now() / secondMs)) * secondMs;
    return {
        iam: (0,aws_iam.openIam)(root, config, context),
        name: root.arn.split('/').at(-1) ?? '',
        terms,
        lines,
        current,
        now: () => runners() + ahead(),
    };
}
/**
 * Puts right when the key in use was made, where the secret says that it is yet to come: a wrong clock once, or somebody's
 * hand, would keep the key in use until then. IAM knows better.
 */
async function withPast(user) {
    const { current, lines } = user;
    const { joblease } = current;
    if (joblease?.made === undefined || Date.parse(joblease.made) <= user.now() + 5 * minuteMs)
        return user;
    const listed = (await listKeys(user)).find(({ id }) => id === current.accessKeyId);
    const corrected = { ...current, joblease: { ...joblease, made: rfc3339(listed?.made ?? new Date(user.now())) } };
    user.iam.context.warn(`The secret says that access key ${current.accessKeyId} was made on ${joblease.made}, which is yet to come; IAM says ${corrected.joblease.made}`);
    return { ...user, current: corrected, lines: lines.map((line) => (line === current ? corrected : line)) };
}
/** All keys of the user, as IAM lists them. */
async function listKeys({ iam, name }) {
    const listed = (0,aws_iam.pages)(async (more) => await iam.send(new ListAccessKeysCommand/* ListAccessKeysCommand */.Q({ UserName: name, ...more })).catch((0,aws_errors/* explained */.to)('root')), ({ AccessKeyMetadata }) => AccessKeyMetadata);
    const keys = [];
    for await (const { AccessKeyId = '', Status, CreateDate = new Date(0) } of listed)
        keys.push({ id: AccessKeyId, isActive: Status === 'Active', made: CreateDate });
    return keys;
}
/**
 * Looks at lines that are keys of nobody, or of somebody else. The predecessor itself is not tried: that would count as
 * a use of it.
 *
 * @throws UserError when a line is the key of another user
 */
async function checkLines({ current, lines, name }, keys, config, context) {
    const listed = new Set([current.accessKeyId, ...keys.map(({ id }) => id)]);
    for (const line of lines) {
        if (listed.has(line.accessKeyId))
            continue;
        try {
            const { arn } = await (0,root_session/* identify */.ls)(line, config, context);
            throw new errors/* UserError */.y(`its lines are keys of different users: ${line.accessKeyId} belongs to ${arn}`, {
                input: 'root',
                fix: `One secret is the root of one user. Keep the keys of user "${name}" in it, or those of the other.`,
            });
        }
        catch (error) {
            if (!(0,aws_errors/* isKeyRefused */.yM)(error))
                throw (0,aws_errors/* explain */.WE)(error, 'root');
        }
    }
}
/**
 * Whether root may do what is only needed later. AWS looks at the rights first, and then for the key: with one
 * that the user does not have a call is either denied, or finds nothing.
 */
async function checkRights({ iam, name, current }) {
    const nowhere = { UserName: name, AccessKeyId: `AKIA${'0'.repeat(16)}` };
    const { send } = iam;
    for (const attempt of [
        async () => await send(new GetAccessKeyLastUsedCommand({ AccessKeyId: current.accessKeyId })),
        async () => await send(new UpdateAccessKeyCommand/* UpdateAccessKeyCommand */.S({ ...nowhere, Status: 'Inactive' })),
        async () => await send(new DeleteAccessKeyCommand/* DeleteAccessKeyCommand */.y(nowhere)),
    ]) {
        await attempt().catch((error) => {
            if ((0,aws_errors/* isAccessDenied */.w7)(error) || (0,aws_errors/* awsCode */.z8)(error) === '')
                throw (0,aws_errors/* explain */.WE)(error, 'root');
        });
    }
}
/** Deletes a key of the user. That it is gone already is as good. */
async function deleteKey({ iam, name }, id) {
    await (0,aws_iam.unlessMissing)(iam.send(new DeleteAccessKeyCommand/* DeleteAccessKeyCommand */.y({ UserName: name, AccessKeyId: id }))).catch((0,aws_errors/* explained */.to)('root'));
}
/** Whether a rotation made a key: only such a one may a rotation delete. */
function isOurs({ lines }, id) {
    return lines.some(({ accessKeyId, joblease }) => accessKeyId === id && joblease?.made !== undefined);
}
/** IAM tells it in whole minutes. */
async function lastUse({ iam }, id) {
    const command = new GetAccessKeyLastUsedCommand({ AccessKeyId: id });
    const { AccessKeyLastUsed } = await iam.send(command).catch((0,aws_errors/* explained */.to)('root'));
    const { LastUsedDate, ServiceName = '', Region = '' } = AccessKeyLastUsed ?? {};
    return { at: LastUsedDate, service: ServiceName, region: Region };
}
function wasUsedAfter({ at }, end) {
    return at !== undefined && at.getTime() > end.getTime();
}
/** For people. */
function inWords({ at, service, region }) {
    return at === undefined ? 'never used' : `last used on ${rfc3339(at)} (${service}, ${region})`;
}
/** The user has two keys, and one of them is nothing that a rotation may take away. Says which is whose. */
async function noRoom(user, keys) {
    const { current, lines, name } = user;
    const told = [];
    for (const { id, isActive, made } of keys) {
        const days = Math.round((user.now() - made.getTime()) / (1440 * minuteMs));
        const line = lines.findIndex(({ accessKeyId }) => accessKeyId === id);
        told.push([
            `${id}: made on ${rfc3339(made)} (${days} days ago)${isOurs(user, id) ? ' by a rotation' : ''}`,
            isActive ? 'active' : 'inactive',
            inWords(await lastUse(user, id)),
            line < 0 ? 'in no line of the secret' : `line ${line + 1} of the secret`,
            ...(id === current.accessKeyId ? ['in use now'] : []),
            ...(line >= 0 && line < lines.indexOf(current) ? ['refused by AWS as the line has it'] : []),
        ].join(', '));
    }
    const others = keys.filter(({ id }) => id !== current.accessKeyId);
    const unknown = others.some(({ id }) => lines.every(({ accessKeyId }) => accessKeyId !== id));
    const fix = [
        ...told,
        ...(unknown
            ? ['If another rotation has run since this run was queued, run it again: it gets the new secret.']
            : []),
        `Otherwise, once nobody needs the other key: ${others.map(({ id }) => deletion(name, id)).join('; ')}`,
    ];
    return new errors/* UserError */.y(`user "${name}" has two access keys, and there is none that a rotation may delete`, {
        input: 'root',
        fix: fix.join('\n'),
    });
}
/** The command that deletes a key, for people. */
function deletion(name, id) {
    return `aws iam delete-access-key --user-name ${name} --access-key-id ${id}`;
}
/** The command that makes a key inactive. */
function deactivation(name, id) {
    return `aws iam update-access-key --status Inactive --user-name ${name} --access-key-id ${id}`;
}
/** The command that takes that back. */
function activation(name, id) {
    return `aws iam update-access-key --status Active --user-name ${name} --access-key-id ${id}`;
}
/** In whole seconds, as AWS tells its times. */
function rfc3339(date) {
    return date.toISOString().replace(/\.\d+/, '');
}

// EXTERNAL MODULE: src/engines/aws/root.js
var root = __webpack_require__(2431);
// EXTERNAL MODULE: src/engines/aws/verify.js
var verify = __webpack_require__(9190);
;// CONCATENATED MODULE: src/engines/aws/rotate.js
/**
 * Replaces the access key that is root. A user of IAM has two keys at most: the one in use and, for as long as queued
 * jobs may hold it, its predecessor.
 *
 * All that is known of earlier rotations stands in the lines of the secret (as `Joblease`) and in IAM's list of
 * the user's keys. A key is only ever deleted when both say that a rotation made it and that nobody needs it.
 */










/** The most that passes between the making of a key and its promotion: a younger key may be another rotation's. */
const longestMs = 2 * minuteMs;
/** How long the proof of a new key may take, so that its promotion still falls into that time. */
const longestProofMs = 90 * secondMs;
/**
 * How long after the write-ahead a key is made at the latest, and how far before it clocks may put that: what was made
 * outside of this is not that rotation's.
 */
const windowMs = { before: minuteMs, after: 5 * minuteMs };
/**
 * How long after the making of a key another rotation, which had begun before, may still act as its predecessor: the five
 * minutes that a rotation takes at the longest, and one because IAM tells the time of a use in whole minutes.
 */
const ownUsesMs = 6 * minuteMs;
/** How long IAM may go on counting a key that was just deleted. */
const deletionLagMs = 15 * secondMs;
/** `rotateRoot` of the engine. */
async function* rotateRoot(roots, config, terms, context) {
    if (roots.length === 0)
        return withoutKey(config);
    const root = await (0,root_session/* openRoot */.R8)(roots, config, context);
    if (root.key.sessionToken !== undefined) {
        return nothingToRotate(root.key.accessKeyId, 'root is a session, which ends by itself: there is no key to rotate');
    }
    const user = await withPast(openUser(root, roots, config, terms, context));
    const { current } = user;
    const end = overlapEnd(user);
    if (end.getTime() > user.now() && current.joblease?.creating === undefined)
        return notDueYet(user, end);
    // Taken before the keys are listed, so that a key that is not in the list was made later.
    const begun = user.now();
    const keys = await listKeys(user);
    await checkLines(user, keys, config, context);
    const other = keys.find(({ id }) => id !== current.accessKeyId);
    if (other === undefined)
        return yield* makeSuccessor(user, begun);
    if (await isLeftOver(user, other)) {
        const ended = yield* deleteLeftOver(user, other);
        return yield* makeSuccessor(user, user.now(), { ended });
    }
    if (!isPredecessor(user, other))
        throw await noRoom(user, keys);
    if (end.getTime() > user.now())
        return notDueYet(user, end);
    if (other.isActive)
        return yield* deactivate(user, other, end);
    if (!(await mayDelete(user, other, end)))
        throw await noRoom(user, keys);
    return yield* makeSuccessor(user, begun, { predecessor: other });
}
/** When the predecessor of the key in use may go, and its successor may come; a person's key may have one at once. */
function overlapEnd({ current, terms }) {
    const { made } = current.joblease ?? {};
    return new Date(made === undefined ? 0 : Date.parse(made) + terms.overlap * secondMs);
}
function withoutKey(config) {
    const role = config['oidc-role-arn'];
    if (role !== '')
        return nothingToRotate(role, 'root is the OIDC token of the job: there is no stored key to rotate');
    const why = 'root comes from the environment, not from the input "root": whatever put it there has to rotate it';
    return nothingToRotate((0,connection/* ambientKey */.Y_)()?.accessKeyId ?? '', why);
}
function nothingToRotate(active, note) {
    return { rotated: false, active, retired: [], nextDue: undefined, notes: [note] };
}
function notDueYet({ current: { accessKeyId, joblease } }, end) {
    const note = `access key ${accessKeyId} was made by a rotation on ${joblease?.made ?? ''}; there is nothing to do before ${rfc3339(end)}`;
    return { rotated: false, active: accessKeyId, retired: [], nextDue: end, notes: [note] };
}
/**
 * Prepare, prove, promote. What the new key replaces is deactivated by a later run, even without an overlap: AWS has no
 * lock, so until a run was given the new key by the secret another rotation may have spoilt the one or the other.
 */
async function* makeSuccessor(user, begun, { predecessor, ended } = {}) {
    const { current, lines, name, terms } = user;
    const made = current.joblease?.made === undefined ? {} : { made: current.joblease.made };
    await checkRights(user);
    const writeAhead = { ...current, joblease: { ...made, creating: rfc3339(new Date(begun)) } };
    yield {
        stage: 'prepare',
        value: lines.map((line) => (0,root/* formatRoot */.en)(line === current ? writeAhead : line)).join('\n'),
        next: predecessor === undefined
            ? `make a second access key of user "${name}"`
            : `delete access key ${predecessor.id}, which nobody uses any more, and make a new one of user "${name}"`,
    };
    const retired = [...(ended?.retired ?? [])];
    if (predecessor !== undefined) {
        yield { stage: 'retire', next: `delete access key ${predecessor.id}` };
        await deleteKey(user, predecessor.id);
        retired.push(`access key ${predecessor.id} (deleted)`);
    }
    const successor = await createKey(user, begun, predecessor?.id ?? ended?.id);
    const { accessKeyId, joblease } = successor;
    const secrets = [...successor.secrets, (0,root/* formatRoot */.en)(successor)];
    yield { stage: 'prove', secrets, next: `use access key ${accessKeyId} until all of AWS knows it` };
    await prove(user, successor);
    const end = new Date(Date.parse(joblease?.made ?? '') + terms.overlap * secondMs);
    yield {
        stage: 'promote',
        value: [successor, { ...current, joblease: made }].map(root/* formatRoot */.en).join('\n'),
        secrets,
        next: `leave access key ${current.accessKeyId} active until ${terms.overlap === 0 ? 'the next run' : `${rfc3339(end)}, for jobs that were queued before`}`,
    };
    const refused = lines
        .filter(({ accessKeyId: id }) => ![current.accessKeyId, predecessor?.id].includes(id))
        .map(({ accessKeyId: id }) => `access key ${id} is refused by AWS, and was taken out of the secret`);
    return {
        rotated: true,
        active: accessKeyId,
        retired,
        nextDue: end,
        notes: [...(ended?.notes ?? []), ...refused, remaining(user, end)],
    };
}
/** What becomes of the key that was replaced just now. */
function remaining(user, end) {
    const { accessKeyId: id } = user.current;
    if (user.terms.overlap === 0) {
        return `access key ${id} is still active: to deactivate it run the rotation a second time with "overlap: 0", once this run has ended`;
    }
    const after = isOurs(user, id) ? '' : ', and whoever made it then deletes it';
    return `access key ${id} stays active for jobs that were queued before; a rotation after ${rfc3339(end)} deactivates it${after}`;
}
/**
 * @param begun when the write-ahead says that the key was about to be made
 * @param freed the key that was deleted just now, which IAM may still count
 */
async function createKey(user, begun, freed) {
    const { iam, name, current } = user;
    const create = iam.sendAround(once(user, begun));
    const latest = user.now() + deletionLagMs;
    for (;;) {
        try {
            const { AccessKey } = await create(new CreateAccessKeyCommand/* CreateAccessKeyCommand */.h({ UserName: name }));
            const { AccessKeyId = '', SecretAccessKey = '', CreateDate = new Date(user.now()) } = AccessKey ?? {};
            return {
                accessKeyId: AccessKeyId,
                secretAccessKey: SecretAccessKey,
                joblease: { made: rfc3339(CreateDate) },
                secrets: [SecretAccessKey],
            };
        }
        catch (error) {
            if ((0,aws_errors/* awsCode */.z8)(error) !== 'LimitExceeded')
                throw (0,aws_errors/* explain */.WE)(error, 'root');
            const strangers = (await listKeys(user)).filter(({ id }) => ![current.accessKeyId, freed].includes(id));
            if (freed === undefined || strangers.length > 0 || user.now() > latest)
                throw anotherRotation(name, error);
        }
        // A signal that fires ends the pause; the next call then says so.
        await (0,promises_.setTimeout)(secondMs, undefined, { signal: iam.context.signal }).catch(() => undefined);
    }
}
/** Makes one key at most: an attempt whose answer was lost is not repeated, and none is made that comes too late. */
function once(user, begun) {
    return async (attempt) => {
        // Beyond the window the next rotation would not know the key for ours.
        if (user.now() > begun + windowMs.after - minuteMs)
            throw tooLate();
        try {
            return await attempt();
        }
        catch (error) {
            if ((0,aws_errors/* isAmbiguous */.X2)(error))
                throw unanswered(user.name, error);
            throw error;
        }
    };
}
function tooLate() {
    return new errors/* UserError */.y('it took too long to store the secret, so no access key was made', {
        input: 'root',
        fix: 'Run the rotation again. The stored secret works as before.',
    });
}
/** Without the cause, which says that it can heal: a second call could make a second key. */
function unanswered(name, error) {
    return new errors/* UserError */.y(`AWS did not say whether it made an access key of user "${name}"`, {
        input: 'root',
        said: (0,errors/* messageOf */.b)(error),
        fix: 'Run the rotation again: it finds the key, deletes it and finishes. The stored secret works as before.',
    });
}
function anotherRotation(name, error) {
    return new errors/* UserError */.y('another rotation of this root is under way', {
        input: 'root',
        said: (0,errors/* messageOf */.b)(error),
        fix: `A second key of user "${name}" has appeared since this rotation began, which has made none. Run it again when the other one has ended, and give the workflow a concurrency group.`,
        cause: error,
    });
}
async function prove({ iam }, { accessKeyId, secretAccessKey }) {
    const signal = AbortSignal.any([iam.context.signal, AbortSignal.timeout(longestProofMs)]);
    try {
        await (0,verify/* verify */.MX)({ accessKeyId, secretAccessKey }, verify/* rotationTrial */.BA, iam.config, { ...iam.context, signal });
    }
    catch (error) {
        throw new errors/* UserError */.y(`the new access key ${accessKeyId} could not be proved to work`, {
            input: 'root',
            said: (0,errors/* messageOf */.b)(error instanceof errors/* UserError */.y ? (error.details.cause ?? error) : error),
            fix: 'Run the rotation again: it deletes the key and makes another one. The stored secret works as before.',
        });
    }
}
/** Whether a rotation made the key in use when this one was there already, and kept its line. */
function isPredecessor({ current, lines }, { id, made }) {
    // Times in the secret are cut to seconds.
    const isOlder = made.getTime() < Date.parse(current.joblease?.made ?? '') + secondMs;
    return isOlder && lines.some(({ accessKeyId }) => accessKeyId === id);
}
/** Retires the predecessor. The key in use came first in the stored secret and was just logged in with: it is proved. */
async function* deactivate(user, { id }, end) {
    const { current, lines, name } = user;
    const use = await lastUse(user, id);
    if (isMissed(user, use, end)) {
        throw new errors/* UserError */.y(`access key ${id} was left active: it was replaced on ${current.joblease?.made ?? ''}, was to end on ${rfc3339(end)}, and ${inWords(use)}`, {
            input: 'root',
            fix: `Find out who uses it (CloudTrail has the calls by access key id), and give them the key that comes first in the secret: a run after ${rfc3339(unusedFrom(user, use))} deactivates the old one if it was not used again. If nobody may use it, do it now, and run again: ${deactivation(name, id)}`,
            untouched: true,
        });
    }
    yield { stage: 'retire', value: lines.map(root/* formatRoot */.en).join('\n'), next: `deactivate access key ${id}` };
    const note = await deactivateKey(user, id);
    return {
        rotated: false,
        active: current.accessKeyId,
        retired: [`access key ${id} (deactivated)`],
        nextDue: new Date(user.now()),
        notes: [note],
    };
}
/** @returns what is to be known of it */
async function deactivateKey(user, id) {
    const { iam, name } = user;
    const command = new UpdateAccessKeyCommand/* UpdateAccessKeyCommand */.S({ UserName: name, AccessKeyId: id, Status: 'Inactive' });
    await (0,aws_iam.unlessMissing)(iam.send(command)).catch((0,aws_errors/* explained */.to)('root'));
    const after = isOurs(user, id)
        ? `the next rotation deletes it; should anybody miss it before: ${activation(name, id)}`
        : `a person made it, so it is not deleted; the next rotation needs its place: ${deletion(name, id)}`;
    return `access key ${id} is inactive now; ${after}`;
}
async function mayDelete(user, { id }, end) {
    return isOurs(user, id) && !isMissed(user, await lastUse(user, id), end);
}
/**
 * Whether somebody who is not to be cut off has used the predecessor when the overlap was over. For a further overlap
 * after that: otherwise one single use would keep it for good.
 */
function isMissed(user, use, end) {
    const { current, terms } = user;
    // Without an overlap it has leaked, and whoever uses it is to be stopped.
    if (terms.overlap === 0)
        return false;
    const ours = Date.parse(current.joblease?.made ?? '') + ownUsesMs;
    return wasUsedAfter(use, new Date(Math.max(end.getTime(), ours))) && unusedFrom(user, use).getTime() > user.now();
}
/** When a key has not been used for an overlap. */
function unusedFrom({ terms }, { at }) {
    return new Date((at?.getTime() ?? 0) + terms.overlap * secondMs);
}
/**
 * Whether a rotation made the key and died before it could promote it: the key was made right after a write-ahead, is in
 * no line, and was used for no more than its proof.
 */
async function isLeftOver(user, { id, made }) {
    const { creating } = user.current.joblease ?? {};
    if (creating === undefined || user.lines.some(({ accessKeyId }) => accessKeyId === id))
        return false;
    const after = made.getTime() - Date.parse(creating);
    if (after < -windowMs.before || after > windowMs.after)
        return false;
    const { at, service } = await lastUse(user, id);
    return at === undefined || (service === 'sts' && at.getTime() <= made.getTime() + longestMs);
}
async function* deleteLeftOver(user, key) {
    const { iam, current, lines, name } = user;
    const rest = key.made.getTime() + longestMs - user.now();
    if (rest > 0) {
        await (0,promises_.setTimeout)(rest, undefined, { signal: iam.context.signal }).catch(() => {
            throw new errors/* UserError */.y(`access key ${key.id} was made less than two minutes ago, by a rotation that has not ended`, {
                input: 'root',
                fix: 'Run the rotation again when the other one has ended, or two minutes after it was interrupted.',
            });
        });
        const keys = await listKeys(user);
        if (keys.every(({ id }) => id !== key.id))
            return { id: key.id, retired: [], notes: [] };
        if (!(await isLeftOver(user, key)))
            throw await noRoom(user, keys);
    }
    yield {
        stage: 'prepare',
        value: lines.map(root/* formatRoot */.en).join('\n'),
        next: `delete access key ${key.id} of user "${name}", which an interrupted rotation left`,
    };
    await deleteKey(user, key.id);
    // All of this may be true of a key that a person made, who then learns here why it is gone.
    const note = `access key ${key.id} was deleted, as what an interrupted rotation left: it was made on ${rfc3339(key.made)}, right after a rotation had noted that it was about to make one (${current.joblease?.creating ?? ''}), was in no line of the secret, and was used for no more than a proof. If a person made it, give them a key of another user`;
    return { id: key.id, retired: [`access key ${key.id} (deleted: left by an interrupted rotation)`], notes: [note] };
}


/***/ })

};
