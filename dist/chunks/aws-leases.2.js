export const id = "aws-leases.2";
export const ids = ["aws-leases.2"];
export const modules = {

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

/***/ 6989: // src/engines/aws/leases.js + 6 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  y: () => (/* binding */ isListed),
  list: () => (/* binding */ list),
  lookalikes: () => (/* binding */ lookalikes),
  renew: () => (/* binding */ renew)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(5159);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(2796);
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
var PutUserPolicyCommand = __webpack_require__(2697);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/TagUserCommand.js


class TagUserCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "TagUser", schemas_0/* TagUser$ */.Kad) {
}

// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/guard.js
var aws_guard = __webpack_require__(166);
// EXTERNAL MODULE: src/engines/aws/iam.js + 2 modules
var aws_iam = __webpack_require__(5153);
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

// EXTERNAL MODULE: src/engines/aws/revoke-session.js + 3 modules
var revoke_session = __webpack_require__(5866);
// EXTERNAL MODULE: src/engines/aws/tags.js
var aws_tags = __webpack_require__(658);
;// CONCATENATED MODULE: src/engines/aws/leases.js
/** What mints have left in IAM: finding it, and moving the end of a lease. */










const pageSize = 1000;
/** How many users' tags are read at a time. */
const readers = 16;
/** How late IAM may know of a user that it lists. */
const lateMs = 2000;
/** Everything of ours: users, and the Denies of sessions where those are revoked. */
async function* list(iam, options) {
    yield* listUsers(iam, options);
    if (iam.config['revoke-sessions'])
        yield* (0,revoke_session/* listDenied */.yX)(iam);
}
/** What looks like ours and is not: users and policies in our path whose names are not ours, and the like of Denies. */
async function* lookalikes(iam) {
    for await (const name of usersInPath(iam))
        if ((0,lease_name/* parsePrincipal */.gA)(name) === undefined)
            yield name;
    for await (const { PolicyName = '' } of policiesInPath(iam)) {
        if ((0,lease_name/* parsePrincipal */.gA)(PolicyName) === undefined)
            yield `policy${iam.config['user-path']}${PolicyName}`;
    }
    if (iam.config['revoke-sessions'])
        yield* (0,revoke_session/* likeDenies */.YD)(iam);
}
/**
 * All users of ours, and policies that their users left behind: one call per 1,000, and one for the tags of each user
 * whose record is wanted.
 */
async function* listUsers(iam, { records = 'due' }) {
    // Policies first: a user is there before its policy, so one that is not listed afterwards is gone.
    const orphans = await unattachedPolicies(iam);
    const refused = new Map();
    let isReader = false;
    const look = async (principal) => {
        orphans.delete(principal);
        const expiresAt = (0,lease_name/* expiryInName */.an)(principal);
        if (records === 'due' && expiresAt.getTime() / 1000 > iam.root.now() + aws_iam.allowedSkewSeconds)
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
        await (0,promises_.setTimeout)(lateMs, undefined, { signal: iam.context.signal });
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
async function* usersInPath({ send, config }) {
    const request = { PathPrefix: config['user-path'], MaxItems: pageSize };
    const users = (0,aws_iam.pages)(async (marker) => await send(new ListUsersCommand({ ...request, ...marker })).catch((0,aws_errors/* explained */.to)('root')), ({ Users }) => Users);
    for await (const { UserName = '' } of users)
        yield UserName;
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
async function* policiesInPath({ send, config }) {
    const request = { Scope: 'Local', PathPrefix: config['user-path'], MaxItems: pageSize };
    try {
        yield* (0,aws_iam.pages)(async (marker) => await send(new ListPoliciesCommand({ ...request, ...marker })), ({ Policies }) => Policies);
    }
    catch (error) {
        if (!(0,aws_errors/* isAccessDenied */.w7)(error))
            throw (0,aws_errors/* explain */.WE)(error, 'root');
    }
}
/** @returns undefined when the user is gone */
async function readLease(iam, principal) {
    let tags;
    try {
        const { Tags = [] } = await iam.send(new ListUserTagsCommand({ UserName: principal, MaxItems: 100 }));
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
/** Moves the end of a user's lease, in its guard and in its record. @param ttl seconds from now */
async function renew(iam, principal, ttl) {
    const { send } = iam;
    const lease = await readLease(iam, principal).catch((0,aws_errors/* explained */.to)('root'));
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
        const guard = (0,aws_iam.guardOf)(iam, principal, exp, chained);
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


/***/ })

};
