export const id = "aws-leases";
export const ids = ["aws-leases", "aws-user"];
export const modules = {

/***/ 4519: // node_modules/@aws-sdk/client-iam/dist-es/commands/CreateAccessKeyCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   h: () => (/* binding */ CreateAccessKeyCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8056);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5827);


class CreateAccessKeyCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "CreateAccessKey", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .CreateAccessKey$ */ .w8s) {
}


/***/ }),

/***/ 1536: // node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPolicyCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ PutUserPolicyCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8056);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5827);


class PutUserPolicyCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "PutUserPolicy", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .PutUserPolicy$ */ .d27) {
}


/***/ }),

/***/ 5613: // src/engines/aws/leases.js + 6 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  y: () => (/* binding */ isListed),
  listLeases: () => (/* binding */ listLeases),
  lookalikes: () => (/* binding */ lookalikes),
  B: () => (/* binding */ pages),
  renewUser: () => (/* binding */ renewUser)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(8056);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(5827);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListUsersCommand.js


class ListUsersCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListUsers", schemas_0/* ListUsers$ */.Biz) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListPoliciesCommand.js


class ListPoliciesCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListPolicies", schemas_0/* ListPolicies$ */.fJA) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListUserTagsCommand.js


class ListUserTagsCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListUserTags", schemas_0/* ListUserTags$ */.vHE) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/GetUserPolicyCommand.js


class GetUserPolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "GetUserPolicy", schemas_0/* GetUserPolicy$ */.oY2) {
}

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPolicyCommand.js
var PutUserPolicyCommand = __webpack_require__(1536);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/TagUserCommand.js


class TagUserCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "TagUser", schemas_0/* TagUser$ */.Kad) {
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
;// CONCATENATED MODULE: src/engines/aws/parallel.js
/**
 * Does the same with each of many items, some at a time, and yields what comes of it in the items' order. Items are
 * asked for and worked on only as far ahead as that takes, so the memory it needs does not grow with their number.
 *
 * @param most how many are worked on at a time
 */
async function* inParallel(items, most, work) {
    const ahead = [];
    for await (const item of items) {
        const result = work(item);
        // It is awaited when its turn comes; until then a failure must not pass for an unhandled one.
        result.catch(() => undefined);
        ahead.push(result);
        if (ahead.length < most)
            continue;
        const first = ahead.shift();
        if (first !== undefined)
            yield await first;
    }
    for (const result of ahead)
        yield await result;
}

// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/guard.js
var aws_guard = __webpack_require__(166);
// EXTERNAL MODULE: src/engines/aws/tags.js
var aws_tags = __webpack_require__(658);
// EXTERNAL MODULE: src/engines/aws/user.js + 5 modules
var user = __webpack_require__(892);
;// CONCATENATED MODULE: src/engines/aws/leases.js
/** What mints have left in IAM: finding it, and moving the end of a lease. */









const pageSize = 1000;
/** How many users' tags are read at a time. */
const readers = 16;
/** How late IAM may know of a user that it lists, in milliseconds. */
const late = 2000;
/**
 * All users of ours, and policies that their users left behind: one call per 1,000, and one for the tags of each user
 * whose record is wanted.
 */
async function* listLeases(iam, { records = 'due' }) {
    // Policies first: a user is there before its policy, so one that is not listed afterwards is gone.
    const orphans = await unattachedPolicies(iam);
    const refused = new Map();
    let isReader = false;
    const look = async (principal) => {
        orphans.delete(principal);
        const expiresAt = (0,lease_name/* expiryInName */.an)(principal);
        if (records === 'due' && expiresAt.getTime() / 1000 > iam.root.now() + user.skew)
            return { principal, record: undefined, expiresAt, over: false, usable: true, remains: 'user' };
        try {
            const lease = await readLease(iam, principal);
            isReader = true;
            return lease;
        }
        catch (error) {
            if (!(0,aws_errors/* isAccessDenied */.w7)(error))
                throw (0,aws_errors/* explain */.WE)(error, 'root');
            refused.set(principal, error);
            return undefined;
        }
    };
    for await (const lease of inParallel(usersOfOurs(iam), readers, look))
        if (lease !== undefined)
            yield lease;
    yield* secretive(iam, refused, isReader);
    for (const principal of orphans) {
        const expiresAt = (0,lease_name/* expiryInName */.an)(principal);
        const over = expiresAt.getTime() / 1000 <= iam.root.now();
        yield { principal, record: undefined, expiresAt, over, usable: false, remains: 'policy' };
    }
}
/**
 * Users whose tags root may not read. IAM says so of every user that is gone, where root's policy is for a path or for a
 * tag; those are left out.
 *
 * @param knowsOthers whether root may read others': if not, nothing is known of any lease
 */
async function* secretive(iam, refused, knowsOthers) {
    if (refused.size === 0)
        return;
    const left = [];
    for await (const principal of usersOfOurs(iam))
        if (refused.has(principal))
            left.push(principal);
    let isReader = knowsOthers;
    // A new user is listed before all of IAM knows it.
    const isNew = left.length > 0 && left.length <= readers;
    if (isNew)
        await (0,promises_.setTimeout)(late, undefined, { signal: iam.context.signal });
    for (const principal of isNew ? left.splice(0) : []) {
        try {
            const lease = await readLease(iam, principal);
            if (lease !== undefined)
                yield lease;
            isReader = true;
        }
        catch (error) {
            if (!(0,aws_errors/* isAccessDenied */.w7)(error))
                throw (0,aws_errors/* explain */.WE)(error, 'root');
            left.push(principal);
        }
    }
    const [first] = left;
    if (first === undefined)
        return;
    const error = (0,aws_errors/* explain */.WE)(refused.get(first), 'root');
    if (!isReader)
        throw error;
    iam.context.warn(`The record of ${first}, and of ${left.length - 1} more, cannot be read: ${(0,errors/* messageOf */.b)(error)}`);
    for (const principal of left)
        yield unreadable(principal);
}
function unreadable(principal) {
    return {
        principal,
        record: undefined,
        expiresAt: undefined,
        over: false,
        usable: true,
        unreadable: true,
        remains: 'user',
    };
}
/** Users and policies in our path whose names are not ours. */
async function* lookalikes(iam) {
    for await (const name of usersInPath(iam))
        if ((0,lease_name/* parsePrincipal */.gA)(name) === undefined)
            yield name;
    for await (const { PolicyName = '' } of policiesInPath(iam)) {
        if ((0,lease_name/* parsePrincipal */.gA)(PolicyName) === undefined)
            yield `policy${iam.config['user-path']}${PolicyName}`;
    }
}
/** Whether a user of this name is among those that are listed. */
async function isListed(iam, principal) {
    for await (const name of usersInPath(iam))
        if (name === principal)
            return true;
    return false;
}
async function* usersOfOurs(iam) {
    for await (const name of usersInPath(iam)) {
        const principal = (0,lease_name/* parsePrincipal */.gA)(name);
        if (principal !== undefined)
            yield principal;
    }
}
async function* usersInPath(iam) {
    const send = (0,user.caller)(iam);
    const request = { PathPrefix: iam.config['user-path'], MaxItems: pageSize };
    const list = async (Marker) => {
        const { Users = [], ...more } = await send(new ListUsersCommand({ ...request, ...Marker }));
        return { items: Users.map(({ UserName = '' }) => UserName), ...more };
    };
    yield* pages(list);
}
/** Names of policies that no user has. */
async function unattachedPolicies(iam) {
    const names = new Set();
    for await (const { PolicyName = '', Path, AttachmentCount = 0 } of policiesInPath(iam)) {
        const principal = (0,lease_name/* parsePrincipal */.gA)(PolicyName);
        // What lies deeper is another's, and would not be found again by its name.
        if (principal !== undefined && AttachmentCount === 0 && Path === iam.config['user-path'])
            names.add(principal);
    }
    return names;
}
/** The account's own policies; none where root may not list them, which only `policy-as-managed` needs. */
async function* policiesInPath(iam) {
    const send = (0,user.caller)(iam);
    const request = { Scope: 'Local', PathPrefix: iam.config['user-path'], MaxItems: pageSize };
    const list = async (Marker) => {
        try {
            const { Policies: items = [], ...more } = await send(new ListPoliciesCommand({ ...request, ...Marker }));
            return { items, ...more };
        }
        catch (error) {
            if (!(0,aws_errors/* isAccessDenied */.w7)(error))
                throw error;
            return { items: [] };
        }
    };
    yield* pages(list);
}
/** Every item of a list in pages. @throws when any of the pages cannot be had */
async function* pages(list) {
    let marker = {};
    while (marker !== undefined) {
        let page;
        try {
            page = await list(marker);
        }
        catch (error) {
            throw (0,aws_errors/* explain */.WE)(error, 'root');
        }
        yield* page.items;
        const { IsTruncated, Marker } = page;
        if (IsTruncated === true && Marker === undefined)
            throw new Error('IAM says that there is more, and not where');
        marker = IsTruncated === true && Marker !== undefined ? { Marker } : undefined;
    }
}
/** @returns undefined when the user is gone */
async function readLease(iam, principal) {
    let tags;
    try {
        const { Tags = [] } = await (0,user.caller)(iam)(new ListUserTagsCommand({ UserName: principal, MaxItems: 100 }));
        tags = Tags;
    }
    catch (error) {
        if ((0,aws_errors/* isMissing */.b2)(error))
            return undefined;
        throw error;
    }
    const record = (0,aws_tags/* recordOf */.zv)(tags);
    if (record === undefined && tags.some(aws_tags/* isTagOfOurs */.NY))
        return unreadable(principal);
    const exp = record?.exp ?? Math.floor((0,lease_name/* expiryInName */.an)(principal).getTime() / 1000);
    const over = exp <= iam.root.now();
    return {
        principal,
        record,
        expiresAt: new Date(exp * 1000),
        over,
        // The guard refuses everything from the expiry on, on AWS's clock.
        usable: !over,
        remains: 'user',
        holdings: (0,aws_tags/* holdingsOf */.QF)(tags),
    };
}
/** Moves a lease's end, in its guard and in its record. */
async function renewUser(iam, principal, ttl) {
    const send = (0,user.caller)(iam);
    const lease = await readLease(iam, principal).catch((error) => {
        throw (0,aws_errors/* explain */.WE)(error, 'root');
    });
    if (lease === undefined)
        throw new errors/* UserError */.y(`${principal} no longer exists`);
    const { record, usable } = lease;
    if (record === undefined)
        throw new errors/* UserError */.y(`${principal} carries no lease record`);
    if (!usable)
        throw new errors/* UserError */.y(`${principal} is over: a lease that has ended is not brought back; mint a new one`);
    const exp = Math.min(iam.root.now() + ttl, record.max);
    const renewed = { ...record, exp };
    try {
        const { PolicyDocument = '' } = await send(new GetUserPolicyCommand({ UserName: principal, PolicyName: aws_guard/* guardName */.t_ }));
        const chained = !decodeURIComponent(PolicyDocument).includes(aws_guard/* chaining */.mB);
        const guard = (0,user.guardOf)(iam, principal, exp, chained);
        await send(new PutUserPolicyCommand/* PutUserPolicyCommand */.C({ UserName: principal, PolicyName: aws_guard/* guardName */.t_, PolicyDocument: guard }));
        await send(new TagUserCommand({ UserName: principal, Tags: (0,aws_tags/* recordTags */.h0)(renewed) }));
    }
    catch (error) {
        if ((0,aws_errors/* isMissing */.b2)(error))
            throw new errors/* UserError */.y(`${principal} no longer exists`, { cause: error });
        throw (0,aws_errors/* explain */.WE)(error, 'root');
    }
    return { principal, record: renewed, expiresAt: new Date(exp * 1000), over: false, usable: true };
}


/***/ }),

/***/ 892: // src/engines/aws/user.js + 5 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

// ESM COMPAT FLAG
__webpack_require__.r(__webpack_exports__);

// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  caller: () => (/* binding */ caller),
  guardOf: () => (/* binding */ guardOf),
  made: () => (/* binding */ made),
  mintUser: () => (/* binding */ mintUser),
  openIam: () => (/* binding */ openIam),
  ownPolicyArn: () => (/* binding */ ownPolicyArn),
  skew: () => (/* binding */ skew),
  userArn: () => (/* binding */ userArn)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/IAMClient.js + 8 modules
var IAMClient = __webpack_require__(9051);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPolicyCommand.js
var PutUserPolicyCommand = __webpack_require__(1536);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(8056);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(5827);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/AttachUserPolicyCommand.js


class AttachUserPolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "AttachUserPolicy", schemas_0/* AttachUserPolicy$ */.FHm) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/AddUserToGroupCommand.js


class AddUserToGroupCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "AddUserToGroup", schemas_0/* AddUserToGroup$ */.reS) {
}

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/CreateAccessKeyCommand.js
var CreateAccessKeyCommand = __webpack_require__(4519);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/CreateUserCommand.js


class CreateUserCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "CreateUser", schemas_0/* CreateUser$ */.SJ2) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/CreatePolicyCommand.js


class CreatePolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "CreatePolicy", schemas_0/* CreatePolicy$ */.pcB) {
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/duration.js
var duration = __webpack_require__(4554);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
// EXTERNAL MODULE: src/engines/aws/clients.js
var clients = __webpack_require__(3299);
// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/guard.js
var aws_guard = __webpack_require__(166);
;// CONCATENATED MODULE: src/engines/aws/pace.js
/**
 * Keeps a process's calls to what AWS lets through. AWS throttles by rules that it does not publish, so nothing is held
 * back until it does; from then on calls go out one by one, no faster than it has let them through.
 */

/** Calls per second to begin with, where too few were made to tell: few calls are not kept waiting for long. */
const cautious = 20;
/** The least, in calls per second: something must ask whether more is allowed by now. */
const slowest = 0.5;
/** What is left of the rate, at least, when a call is refused. */
const drop = 0.7;
/** For how long, in seconds, a rate that was let through is closed in on before more is tried. */
const plateau = 4;
/** One for all that calls the same endpoint from this process: they share what it allows. */
const pacers = new Map();
function pacerOf(endpoint) {
    const pacer = pacers.get(endpoint) ?? new Pacer();
    pacers.set(endpoint, pacer);
    return pacer;
}
class Pacer {
    /** Calls per second that were let through; undefined as long as none was refused. */
    #allowed;
    /** Whether that was guessed from what passed before anything was refused. */
    #isGuess = false;
    /** When a call was last refused for being too fast, or else when all began; milliseconds. */
    #since = performance.now();
    #passed = 0;
    /** How many refusals came within a second of the one before. */
    #inARow = 0;
    /** When the next call may go. */
    #due = 0;
    #line = Promise.resolve();
    /**
     * Makes a call when it is its turn.
     *
     * @param isThrottled whether an error says that calls come too fast
     * @throws what the call throws, or the signal's reason when it fires while the call waits
     */
    async send(call, isThrottled, signal) {
        if (this.#allowed !== undefined)
            await this.#turn(signal);
        const sent = performance.now();
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
            const wait = this.#due - performance.now();
            if (wait > 0)
                await (0,promises_.setTimeout)(wait, undefined, { signal });
            const interval = 1000 / this.#rate();
            // Timers are late by a millisecond or so, which would add up; a pause in which nobody called is not made up for.
            const now = performance.now();
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
        const seconds = (performance.now() - this.#since) / 1000;
        if (this.#isGuess)
            return allowed * 2 ** seconds;
        return allowed * (1 + 0.1 * ((seconds - plateau) / plateau) ** 3);
    }
    /** @param sent when the call was made that was refused */
    #slowDown(sent) {
        // Calls that were on their way when another was refused tell nothing new.
        if (this.#allowed !== undefined && sent < this.#since)
            return;
        const now = performance.now();
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

// EXTERNAL MODULE: src/engines/aws/session.js
var session = __webpack_require__(9747);
// EXTERNAL MODULE: src/engines/aws/tags.js
var tags = __webpack_require__(658);
;// CONCATENATED MODULE: src/engines/aws/user.js
/** Users of IAM, and how they are minted. */











/** How far ahead of AWS's the clock of a runner may be that mints, and so the end in a name, in seconds. */
const skew = 300;
/** Users that this process made and did not see gone: IAM may not show them yet. */
const made = new Set();
function openIam(root, config, context) {
    const client = new IAMClient/* IAMClient */.h((0,clients/* settings */.W0)(root.key, config, 'iam'));
    return { client, root, config, context, pacer: pacerOf(config['iam-endpoint']) };
}
/** Makes one call as root; {@link IAMClient.send} with its retries. */
function caller({ client, context, pacer }) {
    const send = async (command) => await (0,clients/* call */.T1)(async (options) => (await client.send(command, options)), context, pacer);
    return send;
}
/**
 * User with record and boundary in one call, then its guard, then what it may do, and its key last: there is never a
 * key without a guard.
 */
async function mintUser(iam, draft) {
    const { config, root } = iam;
    const { principal: UserName, ttl, maxTtl } = draft;
    const arn = userArn(iam, UserName);
    const iat = root.now();
    const record = {
        v: 1,
        ...draft.job,
        role: draft.role,
        iat,
        exp: iat + ttl,
        max: iat + maxTtl,
        heir: '',
    };
    const policy = config['policy-document'];
    if (policy !== '')
        (0,aws_guard/* readPolicy */.T4)(policy);
    const guard = guardOf(iam, UserName, record.exp, config['allow-role-chaining']);
    const isManaged = config['policy-as-managed'];
    const ahead = (0,lease_name/* expiryInName */.an)(UserName).getTime() / 1000 - record.exp;
    if (ahead > skew)
        throw fast(ahead);
    (0,aws_guard/* checkSize */.C1)(guard, isManaged ? '' : policy);
    if (isManaged)
        (0,aws_guard/* checkManagedSize */.f7)(policy);
    await createUser(iam, UserName, record);
    made.add(UserName);
    const send = arriving(iam, UserName);
    let blamed = 'root';
    try {
        await send(new PutUserPolicyCommand/* PutUserPolicyCommand */.C({ UserName, PolicyName: aws_guard/* guardName */.t_, PolicyDocument: guard }));
        blamed = 'policy-document';
        if (isManaged) {
            await createPolicy(iam, UserName, policy);
            await send(new AttachUserPolicyCommand({ UserName, PolicyArn: ownPolicyArn(iam, UserName) }));
        }
        else if (policy !== '') {
            await send(new PutUserPolicyCommand/* PutUserPolicyCommand */.C({ UserName, PolicyName: aws_guard/* policyName */.ct, PolicyDocument: policy }));
        }
        blamed = 'policy-arns';
        for (const PolicyArn of config['policy-arns'])
            await send(new AttachUserPolicyCommand({ UserName, PolicyArn }));
        blamed = 'iam-groups';
        for (const GroupName of config['iam-groups'])
            await send(new AddUserToGroupCommand({ UserName, GroupName }));
        blamed = 'root';
        const { AccessKey } = await send(new CreateAccessKeyCommand/* CreateAccessKeyCommand */.h({ UserName }));
        const key = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
        return (0,session/* handOver */.Cl)(draft, config, key, { arn, made: iat, expiresAt: new Date(record.exp * 1000) });
    }
    catch (error) {
        throw (0,aws_errors/* explain */.WE)(error, blamed);
    }
}
/** A sweep does not read the records of leases that by their names are not over. */
function fast(ahead) {
    return new errors/* UserError */.y(`the runner's clock is ${(0,duration/* formatDuration */.a)(Math.round(ahead))} ahead of AWS's, and so would be the end in the user's name`, { fix: "Set the runner's clock right: it names what is minted.", untouched: true });
}
async function createUser(iam, UserName, record) {
    const { config, client } = iam;
    const boundary = config['permissions-boundary-arn'];
    const own = Object.entries(config['iam-tags']).map(([Key, Value]) => ({ Key, Value }));
    const command = new CreateUserCommand({
        UserName,
        Path: config['user-path'],
        Tags: [...(0,tags/* recordTags */.h0)(record), (0,tags/* holdingsTag */.xP)(config), ...own],
        ...(boundary === '' ? {} : { PermissionsBoundary: boundary }),
    });
    const attempt = { begun: false };
    try {
        await create(iam, async (options) => await client.send(command, options), attempt);
    }
    catch (error) {
        throw (0,aws_errors/* explain */.WE)(error, (0,aws_errors/* awsCode */.z8)(error) === 'NoSuchEntity' ? 'permissions-boundary-arn' : 'root', !attempt.begun);
    }
}
/** Made after the user and removed before it, so that the user's record stands for both. */
async function createPolicy(iam, PolicyName, PolicyDocument) {
    const command = new CreatePolicyCommand({ PolicyName, Path: iam.config['user-path'], PolicyDocument });
    await create(iam, async (options) => await iam.client.send(command, options), { begun: false });
}
/**
 * Makes something of the lease's name.
 *
 * @param attempt told whether something may have been made
 */
async function create({ context, pacer }, send, attempt) {
    await (0,clients/* call */.T1)(async (options) => {
        try {
            await send(options);
        }
        catch (error) {
            // The name is random, so what has it already is what an attempt left whose answer was lost.
            if (attempt.begun && (0,aws_errors/* awsCode */.z8)(error) === 'EntityAlreadyExists')
                return;
            attempt.begun ||= (0,aws_errors/* isAmbiguous */.X2)(error);
            throw error;
        }
    }, context, pacer);
}
/** How long after its creation a user may look as if root had no right to it. */
const unseen = 15_000;
/**
 * Like {@link caller}; a user that was just made may be unknown for a moment. Where root's policy is for a path, a tag or a
 * boundary, IAM says of such a user that root may not.
 */
function arriving({ client, context, pacer }, principal) {
    const latest = performance.now() + unseen;
    const isLag = (error) => {
        if (!(0,errors/* messageOf */.b)(error).includes(principal))
            return false;
        if ((0,aws_errors/* isMissing */.b2)(error))
            return true;
        return (0,aws_errors/* isAccessDenied */.w7)(error) && !(0,aws_errors/* isExplicitDeny */.RL)(error) && performance.now() < latest;
    };
    const send = async (command) => {
        for (let pause = 50;; pause = Math.min(pause * 2, 2000)) {
            try {
                return await (0,clients/* call */.T1)(async (options) => (await client.send(command, options)), context, pacer);
            }
            catch (error) {
                if (!isLag(error))
                    throw error;
                await (0,promises_.setTimeout)(pause, undefined, { signal: context.signal }).catch(() => {
                    throw error;
                });
            }
        }
    };
    return send;
}
function guardOf(iam, principal, exp, allowRoleChaining) {
    const minted = [`${arnOf(iam, 'user')}*`, `${arnOf(iam, 'policy')}*`];
    return (0,aws_guard/* guardPolicy */.AP)({ exp, userArn: userArn(iam, principal), minted, allowRoleChaining });
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


/***/ })

};
