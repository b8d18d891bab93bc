export const id = "aws-iam";
export const ids = ["aws-iam"];
export const modules = {

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


/***/ })

};
