export const id = "aws-iam.2";
export const ids = ["aws-iam.2", "aws-iam"];
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

/***/ 2697: // node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPolicyCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   C: () => (/* binding */ PutUserPolicyCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(5159);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(2796);


class PutUserPolicyCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "PutUserPolicy", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .PutUserPolicy$ */ .d27) {
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

/***/ 4364: // src/engines/aws/mint-user.js + 4 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  mintUser: () => (/* binding */ mintUser)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPolicyCommand.js
var PutUserPolicyCommand = __webpack_require__(2697);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/CreateAccessKeyCommand.js
var CreateAccessKeyCommand = __webpack_require__(1478);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(5159);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(2796);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/AttachUserPolicyCommand.js


class AttachUserPolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "AttachUserPolicy", schemas_0/* AttachUserPolicy$ */.FHm) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/AddUserToGroupCommand.js


class AddUserToGroupCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "AddUserToGroup", schemas_0/* AddUserToGroup$ */.reS) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/CreateUserCommand.js


class CreateUserCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "CreateUser", schemas_0/* CreateUser$ */.SJ2) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/CreatePolicyCommand.js


class CreatePolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "CreatePolicy", schemas_0/* CreatePolicy$ */.pcB) {
}

// EXTERNAL MODULE: src/lease/duration.js
var duration = __webpack_require__(4554);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
// EXTERNAL MODULE: src/failure/retry.js
var retry = __webpack_require__(5710);
// EXTERNAL MODULE: src/engines/aws/credential.js
var credential = __webpack_require__(2362);
// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/guard.js
var aws_guard = __webpack_require__(166);
// EXTERNAL MODULE: src/engines/aws/iam.js + 2 modules
var aws_iam = __webpack_require__(5153);
// EXTERNAL MODULE: src/engines/aws/policy.js
var aws_policy = __webpack_require__(7325);
// EXTERNAL MODULE: src/engines/aws/tags.js
var tags = __webpack_require__(658);
;// CONCATENATED MODULE: src/engines/aws/mint-user.js
/** Minting users of IAM. */











/** How long after its creation a user may look as if root had no right to it. */
const unseenMs = 15_000;
/**
 * User with record and boundary in one call, then its guard, then what it may do, and its key last: there is never a
 * key without a guard.
 */
async function mintUser(iam, draft) {
    const { config } = iam;
    const UserName = draft.principal;
    const record = recordFor(iam, draft);
    const guard = (0,aws_iam.guardOf)(iam, UserName, record.exp, config['allow-role-chaining']);
    check(config, guard);
    await createUser(iam, UserName, record);
    aws_iam.made.add(UserName);
    const send = arriving(iam, UserName);
    const PolicyDocument = guard;
    await send(new PutUserPolicyCommand/* PutUserPolicyCommand */.C({ UserName, PolicyName: aws_guard/* guardName */.t_, PolicyDocument })).catch((0,aws_errors/* explained */.to)('root'));
    await give(iam, UserName, send);
    const { AccessKey } = await send(new CreateAccessKeyCommand/* CreateAccessKeyCommand */.h({ UserName })).catch((0,aws_errors/* explained */.to)('root'));
    const key = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    const life = { arn: (0,aws_iam.userArn)(iam, UserName), made: record.iat, expiresAt: new Date(record.exp * 1000) };
    return (0,credential/* handOver */.C)(draft, config, key, life);
}
/** @throws UserError when the runner's clock is ahead: a sweep does not read the records of leases that by their names are not over */
function recordFor({ root }, { principal, ttl, maxTtl, job, role }) {
    const iat = root.now();
    const exp = iat + ttl;
    const aheadSeconds = (0,lease_name/* expiryInName */.an)(principal).getTime() / 1000 - exp;
    if (aheadSeconds > aws_iam.allowedSkewSeconds) {
        throw new errors/* UserError */.y(`the runner's clock is ${(0,duration/* formatDuration */.a)(Math.round(aheadSeconds))} ahead of AWS's, and so would be the end in the user's name`, { fix: "Set the runner's clock right: it names what is minted.", untouched: true });
    }
    return { v: 1, ...job, role, iat, exp, max: iat + maxTtl };
}
/** @throws UserError for a policy that is none, or does not fit */
function check(config, guard) {
    const policy = config['policy-document'];
    const isManaged = config['policy-as-managed'];
    if (policy !== '')
        (0,aws_policy/* readPolicy */.T)(policy);
    (0,aws_guard/* checkSize */.C1)(guard, isManaged ? '' : policy);
    if (isManaged)
        (0,aws_guard/* checkManagedSize */.f7)(policy);
}
/** Gives the user what the inputs say that it may do. */
async function give(iam, UserName, send) {
    const { config } = iam;
    await givePolicy(iam, UserName, send).catch((0,aws_errors/* explained */.to)('policy-document'));
    for (const PolicyArn of config['policy-arns'])
        await send(new AttachUserPolicyCommand({ UserName, PolicyArn })).catch((0,aws_errors/* explained */.to)('policy-arns'));
    for (const GroupName of config['iam-groups'])
        await send(new AddUserToGroupCommand({ UserName, GroupName })).catch((0,aws_errors/* explained */.to)('iam-groups'));
}
async function givePolicy(iam, UserName, send) {
    const PolicyDocument = iam.config['policy-document'];
    if (iam.config['policy-as-managed']) {
        await createPolicy(iam, UserName, PolicyDocument);
        await send(new AttachUserPolicyCommand({ UserName, PolicyArn: (0,aws_iam.ownPolicyArn)(iam, UserName) }));
    }
    else if (PolicyDocument !== '') {
        await send(new PutUserPolicyCommand/* PutUserPolicyCommand */.C({ UserName, PolicyName: aws_guard/* policyName */.ct, PolicyDocument }));
    }
}
async function createUser(iam, UserName, record) {
    const { config } = iam;
    const boundary = config['permissions-boundary-arn'];
    const own = Object.entries(config['iam-tags']).map(([Key, Value]) => ({ Key, Value }));
    const command = new CreateUserCommand({
        UserName,
        Path: config['user-path'],
        Tags: [...(0,tags/* recordTags */.h0)(record), (0,tags/* holdingsTag */.xP)(config), ...own],
        ...(boundary === '' ? {} : { PermissionsBoundary: boundary }),
    });
    const creation = new Creation();
    try {
        await iam.sendAround(creation.around)(command);
    }
    catch (error) {
        throw (0,aws_errors/* explain */.WE)(error, (0,aws_errors/* isMissing */.b2)(error) ? 'permissions-boundary-arn' : 'root', !creation.mayHaveBegun);
    }
}
/** Made after the user and removed before it, so that the user's record stands for both. */
async function createPolicy(iam, PolicyName, PolicyDocument) {
    const command = new CreatePolicyCommand({ PolicyName, Path: iam.config['user-path'], PolicyDocument });
    await iam.sendAround(new Creation().around)(command);
}
/** The making of something that bears the lease's name. */
class Creation {
    /** whether an attempt may have made it whose answer was lost */
    mayHaveBegun = false;
    around = async (attempt) => {
        try {
            return await attempt();
        }
        catch (error) {
            // The name is random, so what has it already is what such an attempt left.
            if (this.mayHaveBegun && (0,aws_errors/* awsCode */.z8)(error) === 'EntityAlreadyExists')
                return undefined;
            this.mayHaveBegun ||= (0,aws_errors/* isAmbiguous */.X2)(error);
            throw error;
        }
    };
}
/**
 * {@link Iam.send} for a user that was just made, and may be unknown for a moment. Where root's policy is for a path, a tag
 * or a boundary, IAM says of such a user that root may not.
 */
function arriving({ send, context }, principal) {
    const latest = performance.now() + unseenMs;
    const isLag = (error) => {
        if (!(0,errors/* messageOf */.b)(error).includes(principal))
            return false;
        if ((0,aws_errors/* isMissing */.b2)(error))
            return true;
        return (0,aws_errors/* isAccessDenied */.w7)(error) && !(0,aws_errors/* isExplicitDeny */.RL)(error) && performance.now() < latest;
    };
    const sendLater = async (command) => await (0,retry/* retry */.L)(async () => (await send(command)), isLag, context.signal);
    return sendLater;
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


/***/ })

};
