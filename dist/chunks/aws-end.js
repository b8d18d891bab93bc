export const id = "aws-end";
export const ids = ["aws-end", "aws-leases.2", "aws-leases"];
export const modules = {

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

/***/ 326: // src/engines/aws/end.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   end: () => (/* binding */ end)
/* harmony export */ });
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7612);
/* harmony import */ var _revoke_session_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(5866);
/* harmony import */ var _revoke_user_js__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(2649);




/** Ends leases one after the other: IAM has no call that ends more. */
async function* end(access, leases) {
    for (const lease of leases)
        yield [lease, await endOne(access, lease)];
}
/** @returns `failed` where AWS refuses; what else goes wrong is no matter of this lease alone, and is thrown */
async function endOne(access, lease) {
    const { principal, remains, holdings } = lease;
    try {
        const iam = await access.iam();
        if (remains === 'deny')
            return await (0,_revoke_session_js__WEBPACK_IMPORTED_MODULE_2__/* .endDeny */ .UB)(iam, lease);
        if (remains === 'policy')
            return await (0,_revoke_user_js__WEBPACK_IMPORTED_MODULE_3__/* .revokePolicy */ .L)(iam, principal);
        return await (0,_revoke_user_js__WEBPACK_IMPORTED_MODULE_3__.revokeUser)(iam, principal, { holdings });
    }
    catch (error) {
        if (!(error instanceof _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y) || (0,_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .canHeal */ .Zn)(error) || (0,_errors_js__WEBPACK_IMPORTED_MODULE_1__/* .isUnreached */ .mI)(error))
            throw error;
        return { outcome: 'failed', reason: (0,_lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .messageOf */ .b)(error), sessionsEnded: 0 };
    }
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


/***/ }),

/***/ 2649: // src/engines/aws/revoke-user.js + 21 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  L: () => (/* binding */ revokePolicy),
  revokeUser: () => (/* binding */ revokeUser)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(5159);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(2796);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPermissionsBoundaryCommand.js


class PutUserPermissionsBoundaryCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "PutUserPermissionsBoundary", schemas_0/* PutUserPermissionsBoundary$ */.N16) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteUserPolicyCommand.js


class DeleteUserPolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteUserPolicy", schemas_0/* DeleteUserPolicy$ */.rNQ) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteUserCommand.js


class DeleteUserCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteUser", schemas_0/* DeleteUser$ */.dT8) {
}

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPolicyCommand.js
var PutUserPolicyCommand = __webpack_require__(2697);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListAccessKeysCommand.js
var ListAccessKeysCommand = __webpack_require__(3485);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteAccessKeyCommand.js
var DeleteAccessKeyCommand = __webpack_require__(9125);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/UpdateAccessKeyCommand.js
var UpdateAccessKeyCommand = __webpack_require__(7795);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DetachUserPolicyCommand.js


class DetachUserPolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DetachUserPolicy", schemas_0/* DetachUserPolicy$ */.jFf) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/RemoveUserFromGroupCommand.js


class RemoveUserFromGroupCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "RemoveUserFromGroup", schemas_0/* RemoveUserFromGroup$ */.vmg) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteLoginProfileCommand.js


class DeleteLoginProfileCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteLoginProfile", schemas_0/* DeleteLoginProfile$ */.MTz) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListSigningCertificatesCommand.js


class ListSigningCertificatesCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListSigningCertificates", schemas_0/* ListSigningCertificates$ */.KIe) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteSigningCertificateCommand.js


class DeleteSigningCertificateCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteSigningCertificate", schemas_0/* DeleteSigningCertificate$ */.gBG) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListSSHPublicKeysCommand.js


class ListSSHPublicKeysCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListSSHPublicKeys", schemas_0/* ListSSHPublicKeys$ */._I1) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteSSHPublicKeyCommand.js


class DeleteSSHPublicKeyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteSSHPublicKey", schemas_0/* DeleteSSHPublicKey$ */.mOT) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListServiceSpecificCredentialsCommand.js


class ListServiceSpecificCredentialsCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListServiceSpecificCredentials", schemas_0/* ListServiceSpecificCredentials$ */.CTE) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteServiceSpecificCredentialCommand.js


class DeleteServiceSpecificCredentialCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteServiceSpecificCredential", schemas_0/* DeleteServiceSpecificCredential$ */.wXE) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListMFADevicesCommand.js


class ListMFADevicesCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListMFADevices", schemas_0/* ListMFADevices$ */.Oci) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeactivateMFADeviceCommand.js


class DeactivateMFADeviceCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeactivateMFADevice", schemas_0/* DeactivateMFADevice$ */.JbK) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListUserPoliciesCommand.js


class ListUserPoliciesCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListUserPolicies", schemas_0/* ListUserPolicies$ */.ILW) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListAttachedUserPoliciesCommand.js


class ListAttachedUserPoliciesCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListAttachedUserPolicies", schemas_0/* ListAttachedUserPolicies$ */.oJD) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListGroupsForUserCommand.js


class ListGroupsForUserCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListGroupsForUser", schemas_0/* ListGroupsForUser$ */.J0W) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeletePolicyCommand.js


class DeletePolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeletePolicy", schemas_0/* DeletePolicy$ */.u2u) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListPolicyVersionsCommand.js


class ListPolicyVersionsCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListPolicyVersions", schemas_0/* ListPolicyVersions$ */.qjj) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeletePolicyVersionCommand.js


class DeletePolicyVersionCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeletePolicyVersion", schemas_0/* DeletePolicyVersion$ */.M1g) {
}

// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/guard.js
var guard = __webpack_require__(166);
// EXTERNAL MODULE: src/engines/aws/iam.js + 2 modules
var aws_iam = __webpack_require__(5153);
;// CONCATENATED MODULE: src/engines/aws/clean.js
/** What a user has that keeps it from being deleted: what the mint gave it, and whatever else there can be. */




/** @returns whether the user exists */
async function deleteListedKeys(account) {
    const { iam, UserName, ended } = account;
    const keys = (0,aws_iam.pages)(async (more) => await iam.send(new ListAccessKeysCommand/* ListAccessKeysCommand */.Q({ UserName, ...more })), ({ AccessKeyMetadata }) => AccessKeyMetadata);
    return await endEach(keys, async ({ AccessKeyId = '' }) => {
        await deleteKey(account, AccessKeyId);
        ended.add(AccessKeyId);
    });
}
/** Deletes a key, or makes it inactive at least. @throws when it was not deleted */
async function deleteKey({ iam, UserName, ended }, AccessKeyId) {
    try {
        await iam.send(new DeleteAccessKeyCommand/* DeleteAccessKeyCommand */.y({ UserName, AccessKeyId }));
    }
    catch (error) {
        if (!(0,aws_errors/* isAccessDenied */.w7)(error))
            throw error;
        const command = new UpdateAccessKeyCommand/* UpdateAccessKeyCommand */.S({ UserName, AccessKeyId, Status: 'Inactive' });
        if (await unlessDenied((0,aws_iam.unlessMissing)(iam.send(command))))
            ended.add(AccessKeyId);
        throw error;
    }
}
/** @param isTold whether the user's tags tell what it was given; else the inputs of its mint do */
async function deleteGiven({ iam, UserName }, given, isTold) {
    const { send, config } = iam;
    if (given.policy)
        await (0,aws_iam.unlessMissing)(send(new DeleteUserPolicyCommand({ UserName, PolicyName: guard/* policyName */.ct })));
    if (given.managed) {
        await (0,aws_iam.unlessMissing)(send(new DetachUserPolicyCommand({ UserName, PolicyArn: (0,aws_iam.ownPolicyArn)(iam, UserName) })));
        await deletePolicy(iam, UserName);
    }
    if (isTold) {
        // The tags tell that there are some, and not which.
        if (given.arns)
            await detachAll(iam, UserName);
        if (given.groups)
            await leaveGroups(iam, UserName);
        return;
    }
    for (const PolicyArn of config['policy-arns'])
        await (0,aws_iam.unlessMissing)(send(new DetachUserPolicyCommand({ UserName, PolicyArn })));
    for (const GroupName of config['iam-groups'])
        await (0,aws_iam.unlessMissing)(send(new RemoveUserFromGroupCommand({ UserName, GroupName })));
}
/**
 * Every kind of item that https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html names, but for the
 * guard.
 */
async function deleteEverything(account) {
    const { iam, UserName } = account;
    const { send } = iam;
    await deleteListedKeys(account);
    await (0,aws_iam.unlessMissing)(send(new DeleteLoginProfileCommand({ UserName })));
    await endEach((0,aws_iam.pages)(async (more) => await send(new ListSigningCertificatesCommand({ UserName, ...more })), ({ Certificates }) => Certificates), async ({ CertificateId }) => await send(new DeleteSigningCertificateCommand({ UserName, CertificateId })));
    await endEach((0,aws_iam.pages)(async (more) => await send(new ListSSHPublicKeysCommand({ UserName, ...more })), ({ SSHPublicKeys }) => SSHPublicKeys), async ({ SSHPublicKeyId }) => await send(new DeleteSSHPublicKeyCommand({ UserName, SSHPublicKeyId })));
    await endEach((0,aws_iam.pages)(async (more) => await send(new ListServiceSpecificCredentialsCommand({ UserName, ...more })), ({ ServiceSpecificCredentials }) => ServiceSpecificCredentials), async ({ ServiceSpecificCredentialId }) => await send(new DeleteServiceSpecificCredentialCommand({ UserName, ServiceSpecificCredentialId })));
    await endEach((0,aws_iam.pages)(async (more) => await send(new ListMFADevicesCommand({ UserName, ...more })), ({ MFADevices }) => MFADevices), async ({ SerialNumber }) => await send(new DeactivateMFADeviceCommand({ UserName, SerialNumber })));
    await endEach((0,aws_iam.pages)(async (more) => await send(new ListUserPoliciesCommand({ UserName, ...more })), ({ PolicyNames }) => PolicyNames?.filter((name) => name !== guard/* guardName */.t_)), async (PolicyName) => await send(new DeleteUserPolicyCommand({ UserName, PolicyName })));
    await detachAll(iam, UserName);
    await leaveGroups(iam, UserName);
}
async function detachAll(iam, UserName) {
    const attached = (0,aws_iam.pages)(async (more) => await iam.send(new ListAttachedUserPoliciesCommand({ UserName, ...more })), ({ AttachedPolicies }) => AttachedPolicies);
    await endEach(attached, async ({ PolicyArn }) => {
        await iam.send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
        if (PolicyArn === (0,aws_iam.ownPolicyArn)(iam, UserName))
            await deletePolicy(iam, UserName);
    });
}
async function leaveGroups(iam, UserName) {
    const groups = (0,aws_iam.pages)(async (more) => await iam.send(new ListGroupsForUserCommand({ UserName, ...more })), ({ Groups }) => Groups);
    await endEach(groups, async ({ GroupName }) => await iam.send(new RemoveUserFromGroupCommand({ UserName, GroupName })));
}
/**
 * Deletes the managed policy of a lease's own, with every version that somebody may have added.
 *
 * @returns whether it was there
 */
async function deletePolicy(iam, principal) {
    const PolicyArn = (0,aws_iam.ownPolicyArn)(iam, principal);
    const remove = async () => await (0,aws_iam.unlessMissing)(iam.send(new DeletePolicyCommand({ PolicyArn })));
    try {
        return await remove();
    }
    catch (error) {
        if ((0,aws_errors/* awsCode */.z8)(error) !== 'DeleteConflict')
            throw error;
    }
    const versions = (0,aws_iam.pages)(async (more) => await iam.send(new ListPolicyVersionsCommand({ PolicyArn, ...more })), ({ Versions }) => Versions?.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true));
    await endEach(versions, async ({ VersionId }) => await iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })));
    return await remove();
}
/**
 * Does something with every item of a list. What is missing meanwhile is done.
 *
 * @returns false when what the list is of does not exist
 */
async function endEach(items, endItem) {
    // All pages first: what is deleted between two of them would move the rest past the marker.
    const all = [];
    try {
        for await (const item of items)
            all.push(item);
    }
    catch (error) {
        if (!(0,aws_errors/* isMissing */.b2)(error))
            throw error;
        return false;
    }
    for (const item of all)
        await (0,aws_iam.unlessMissing)(endItem(item));
    return true;
}
/** @returns false when root may not */
async function unlessDenied(sent) {
    try {
        await sent;
        return true;
    }
    catch (error) {
        if ((0,aws_errors/* isAccessDenied */.w7)(error))
            return false;
        throw error;
    }
}

// EXTERNAL MODULE: src/engines/aws/leases.js + 6 modules
var leases = __webpack_require__(6989);
// EXTERNAL MODULE: src/engines/aws/tags.js
var tags = __webpack_require__(658);
// EXTERNAL MODULE: src/engines/aws/verify.js
var verify = __webpack_require__(9190);
;// CONCATENATED MODULE: src/engines/aws/revoke-user.js
/**
 * Taking a user down: it is shut off, then its keys go, then what stands in the way of deleting it, its guard, the user.
 *
 * The short way knows what the mint has made and takes a call for each. Only where IAM objects the long way looks for
 * everything else that a user can have.
 */










/** How long a user is looked for that is missing though it may be there, and one that root seems to have no right to. */
const patienceMs = { absent: 15_000, failed: 5000 };
/** IAM may show a change late; after that it is believed. */
const youngSeconds = 300;
/** The pauses between attempts of the long way: IAM may list late what it counts already. */
const pausesMs = [500, 2000];
/** The longest pause before a user is asked for again that was there a moment ago. */
const longestPauseMs = 4000;
/**
 * Ends a user and deletes it. First it is shut off, in a way that lasts until it is gone: sessions of its key that a step
 * made (GetSessionToken) outlive the key, and must find nothing allowed whatever is taken away, in whatever order AWS
 * notices that.
 */
async function revokeUser(iam, principal, known = {}) {
    const ended = new Set();
    const started = performance.now();
    let result;
    for (let pauseMs = 250;; pauseMs *= 2) {
        try {
            result = await takeDown(iam, principal, known, ended);
        }
        catch (error) {
            // Out of time: what was seen before tells more than that.
            if (result === undefined || !iam.context.signal.aborted)
                throw error;
        }
        const { outcome } = result;
        if (outcome === 'revoked')
            aws_iam.made.delete(principal);
        if (outcome === 'absent' && (await isGone(iam, principal, known)))
            return result;
        if (outcome === 'failed' && (ended.size > 0 || !isYoung(iam, principal, known)))
            return result;
        if (outcome !== 'absent' && outcome !== 'failed')
            return result;
        const isOver = performance.now() - started + pauseMs > patienceMs[outcome];
        if (isOver || (await (0,promises_.setTimeout)(pauseMs, false, { signal: iam.context.signal }).catch(() => true))) {
            if (outcome === 'failed')
                return result;
            return { outcome: 'failed', reason: notShown, sessionsEnded: 0 };
        }
    }
}
const notShown = 'AWS does not show the user that it made a short time ago';
function isYoung({ root }, principal, { key }) {
    return aws_iam.made.has(principal) || (key !== undefined && root.now() - key.made <= youngSeconds);
}
/** Whether a user is gone that IAM does not find: soon after it was made that may be said of one that is there. */
async function isGone(iam, principal, known) {
    const { key } = known;
    if (!isYoung(iam, principal, known))
        return true;
    if (aws_iam.made.has(principal) || key === undefined)
        return false;
    try {
        await (0,verify/* verify */.MX)(key, undefined, iam.config, iam.context);
        return false;
    }
    catch (error) {
        if (error instanceof errors/* UserError */.y && (0,aws_errors/* isKeyRefused */.yM)(error.details.cause))
            return true;
        if (iam.context.signal.aborted)
            return false;
        throw error;
    }
}
/** Goes down once. @param ended the keys that were ended so far */
async function takeDown(iam, principal, known, ended) {
    const off = await shutOff(iam, principal);
    const way = { iam, UserName: principal, ended, isOff: off === 'off' };
    const result = off === 'missing' ? await takeRemains(way, known) : await takeUser(way, known);
    if (off instanceof Error && result.outcome !== 'absent')
        warnOnce(iam, off);
    return result;
}
/**
 * Puts a boundary around a user that denies everything. Nothing of the user's own lifts it, and a user is deleted with it.
 *
 * @returns why it could not be done: the rest can be all the same, with the guard last
 */
async function shutOff(iam, UserName) {
    const PermissionsBoundary = `arn:${iam.root.partition}:iam::aws:policy/AWSDenyAll`;
    try {
        await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
        return 'off';
    }
    catch (error) {
        if ((0,aws_errors/* isMissing */.b2)(error) && (0,errors/* messageOf */.b)(error).includes(UserName))
            return 'missing';
        if ((0,aws_errors/* canHeal */.Zn)(error) || (0,aws_errors/* isKeyRefused */.yM)(error) || iam.context.signal.aborted)
            throw (0,aws_errors/* explain */.WE)(error, 'root');
        return (0,aws_errors/* explain */.WE)(error, 'root');
    }
}
const warned = new WeakSet();
/** A sweep meets it with every lease. */
function warnOnce({ context }, why) {
    if (warned.has(context))
        return;
    warned.add(context);
    context.warn(`Users are deleted without being shut off first, so sessions that a job made of its key may act until the user is gone: ${(0,errors/* messageOf */.b)(why)}`);
}
/** What a user that is gone may have left. */
async function takeRemains(way, { holdings }) {
    const { iam, UserName, ended } = way;
    try {
        if ((holdings ?? (0,tags/* holdingsIn */.mB)(iam.config)).managed)
            await deletePolicy(iam, UserName);
        return { outcome: ended.size > 0 ? 'revoked' : 'absent', sessionsEnded: ended.size };
    }
    catch (error) {
        return await judge(way, error);
    }
}
async function takeUser(way, known) {
    const { ended } = way;
    try {
        const found = await shortWay(way, known);
        return { outcome: found || ended.size > 0 ? 'revoked' : 'absent', sessionsEnded: ended.size };
    }
    catch (error) {
        if ((0,aws_errors/* awsCode */.z8)(error) !== 'DeleteConflict')
            return await judge(way, error);
    }
    try {
        await longWay(way);
        return { outcome: 'revoked', sessionsEnded: ended.size };
    }
    catch (error) {
        return await judge(way, error);
    }
}
/** @returns whether the user was seen */
async function shortWay(way, known) {
    const { iam, UserName } = way;
    const given = known.holdings ?? (0,tags/* holdingsIn */.mB)(iam.config);
    if (!(await endKeys(way, known, given))) {
        if (given.managed)
            await deletePolicy(iam, UserName);
        return false;
    }
    await deleteGiven(way, given, known.holdings !== undefined);
    const isDeleted = await deleteUser(way);
    // A deletion whose answer was lost is asked for again, and then the user is missing.
    return isDeleted || known.key === undefined;
}
/** @returns false when there is no user */
async function endKeys(way, { key, holdings }, given) {
    const { iam, UserName, ended } = way;
    if (key !== undefined) {
        if (await (0,aws_iam.unlessMissing)(deleteKey(way, key.accessKeyId)))
            ended.add(key.accessKeyId);
        return true;
    }
    if (!(await deleteListedKeys(way)))
        return false;
    // Half made: its policy may be there and not attached yet, which is found without the mint's inputs too.
    const isHalfMade = ended.size === 0 && holdings === undefined && !given.managed;
    if (isHalfMade)
        await unlessDenied(deletePolicy(iam, UserName));
    return true;
}
/** The guard, and then the user: nothing is left that the guard was for. @returns whether the user was there */
async function deleteUser({ iam, UserName, isOff }) {
    await (0,aws_iam.unlessMissing)(iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: guard/* guardName */.t_ })));
    try {
        for (let pauseMs = 250; !(await (0,aws_iam.unlessMissing)(iam.send(new DeleteUserCommand({ UserName })))); pauseMs *= 2) {
            // It was there a moment ago: gone by another hand or by an answer that was lost, or what was asked is late.
            if (!isOff || (await shutOff(iam, UserName)) !== 'off')
                return false;
            if (pauseMs > longestPauseMs)
                throw new errors/* UserError */.y(notShown);
            await (0,promises_.setTimeout)(pauseMs, undefined, { signal: iam.context.signal });
        }
        return true;
    }
    catch (error) {
        // What is still there must not be without an end.
        if (!isOff && (0,aws_errors/* awsCode */.z8)(error) !== '')
            await closeGuard(iam, UserName);
        throw error;
    }
}
async function closeGuard(iam, UserName) {
    const PolicyDocument = (0,guard/* closedGuard */.g_)((0,aws_iam.userArn)(iam, UserName));
    const command = new PutUserPolicyCommand/* PutUserPolicyCommand */.C({ UserName, PolicyName: guard/* guardName */.t_, PolicyDocument });
    await iam.send(command).catch(() => undefined);
}
/** @throws what kept the user from being deleted */
async function longWay(way) {
    for (let round = 0;; round += 1) {
        try {
            await deleteEverything(way);
            await deleteUser(way);
            return;
        }
        catch (error) {
            const pauseMs = pausesMs[round];
            if ((0,aws_errors/* awsCode */.z8)(error) !== 'DeleteConflict' || pauseMs === undefined)
                throw error;
            await (0,promises_.setTimeout)(pauseMs, undefined, { signal: way.iam.context.signal }).catch(() => undefined);
        }
    }
}
/** What an error in the middle of it all amounts to. @throws what is no matter of this user alone */
async function judge({ iam, UserName, isOff, ended }, error) {
    const why = (0,aws_errors/* explain */.WE)(error, 'root');
    if ((0,aws_errors/* awsCode */.z8)(error) === '' || (0,aws_errors/* canHeal */.Zn)(error) || (0,aws_errors/* isKeyRefused */.yM)(error))
        throw why;
    // IAM does not know the path of a user that is gone, so a policy for a path does not allow to ask for it.
    if ((0,aws_errors/* isAccessDenied */.w7)(error) && !(await (0,leases/* isListed */.y)(iam, UserName))) {
        // Of a user that was there a moment ago that is no proof: lists are late too.
        if (isOff && (await shutOff(iam, UserName)) !== 'off')
            return { outcome: 'revoked', sessionsEnded: ended.size };
        if (!isOff && ended.size === 0)
            return { outcome: 'absent', sessionsEnded: 0 };
    }
    // Its guard is still there: sessions may act until the expiry, the key too where it was not ended.
    return { outcome: isOff ? 'disabled' : 'failed', reason: (0,errors/* messageOf */.b)(why), sessionsEnded: ended.size };
}
/** Deletes a managed policy whose user is gone. */
async function revokePolicy(iam, principal) {
    try {
        return { outcome: (await deletePolicy(iam, principal)) ? 'revoked' : 'absent', sessionsEnded: 0 };
    }
    catch (error) {
        if ((0,aws_errors/* awsCode */.z8)(error) === '' || (0,aws_errors/* canHeal */.Zn)(error))
            throw (0,aws_errors/* explain */.WE)(error, 'root');
        // Nobody has the credential that it was for.
        return { outcome: 'disabled', reason: (0,errors/* messageOf */.b)((0,aws_errors/* explain */.WE)(error, 'root')), sessionsEnded: 0 };
    }
}


/***/ })

};
