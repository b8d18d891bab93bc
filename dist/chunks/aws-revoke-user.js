export const id = "aws-revoke-user";
export const ids = ["aws-revoke-user"];
export const modules = {

/***/ 820: // node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteAccessKeyCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   y: () => (/* binding */ DeleteAccessKeyCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8056);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5827);


class DeleteAccessKeyCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "DeleteAccessKey", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .DeleteAccessKey$ */ .$7J) {
}


/***/ }),

/***/ 3434: // node_modules/@aws-sdk/client-iam/dist-es/commands/ListAccessKeysCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   Q: () => (/* binding */ ListAccessKeysCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8056);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5827);


class ListAccessKeysCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "ListAccessKeys", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .ListAccessKeys$ */ .f9g) {
}


/***/ }),

/***/ 5678: // node_modules/@aws-sdk/client-iam/dist-es/commands/UpdateAccessKeyCommand.js
/***/ ((__unused_webpack_module, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   S: () => (/* binding */ UpdateAccessKeyCommand)
/* harmony export */ });
/* harmony import */ var _commandBuilder__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(8056);
/* harmony import */ var _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(5827);


class UpdateAccessKeyCommand extends (0,_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* .command */ .G5)(_commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._ep0 */ .lq, _commandBuilder__WEBPACK_IMPORTED_MODULE_0__/* ._mw0 */ .yt, "UpdateAccessKey", _schemas_schemas_0__WEBPACK_IMPORTED_MODULE_1__/* .UpdateAccessKey$ */ .nkh) {
}


/***/ }),

/***/ 9569: // src/engines/aws/revoke-user.js + 20 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  revokePolicy: () => (/* binding */ revokePolicy),
  revokeUser: () => (/* binding */ revokeUser)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(8056);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(5827);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPermissionsBoundaryCommand.js


class PutUserPermissionsBoundaryCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "PutUserPermissionsBoundary", schemas_0/* PutUserPermissionsBoundary$ */.N16) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteUserPolicyCommand.js


class DeleteUserPolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteUserPolicy", schemas_0/* DeleteUserPolicy$ */.rNQ) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DetachUserPolicyCommand.js


class DetachUserPolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DetachUserPolicy", schemas_0/* DetachUserPolicy$ */.jFf) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/RemoveUserFromGroupCommand.js


class RemoveUserFromGroupCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "RemoveUserFromGroup", schemas_0/* RemoveUserFromGroup$ */.vmg) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteUserCommand.js


class DeleteUserCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteUser", schemas_0/* DeleteUser$ */.dT8) {
}

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/PutUserPolicyCommand.js
var PutUserPolicyCommand = __webpack_require__(1536);
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

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListAccessKeysCommand.js
var ListAccessKeysCommand = __webpack_require__(3434);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteAccessKeyCommand.js
var DeleteAccessKeyCommand = __webpack_require__(820);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/UpdateAccessKeyCommand.js
var UpdateAccessKeyCommand = __webpack_require__(5678);
// EXTERNAL MODULE: external "node:timers/promises"
var promises_ = __webpack_require__(8500);
// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/guard.js
var guard = __webpack_require__(166);
// EXTERNAL MODULE: src/engines/aws/leases.js + 6 modules
var leases = __webpack_require__(5613);
// EXTERNAL MODULE: src/engines/aws/tags.js
var tags = __webpack_require__(658);
// EXTERNAL MODULE: src/engines/aws/user.js + 5 modules
var aws_user = __webpack_require__(892);
// EXTERNAL MODULE: src/engines/aws/verify.js
var verify = __webpack_require__(9190);
;// CONCATENATED MODULE: src/engines/aws/revoke-user.js
/** Taking a user down: it is shut off, then its keys go, then what stands in the way of deleting it, its guard, the user. */









/**
 * How long, in milliseconds, a user is looked for that is missing though it may be there, and one that root seems to have no
 * right to.
 */
const patience = { absent: 15_000, failed: 5000 };
/** IAM may show a change late, in seconds; after that it is believed. */
const young = 300;
/**
 * Ends a user and deletes it. First it is shut off, in a way that lasts until it is gone: sessions of its key that a step
 * made (GetSessionToken) outlive the key, and must find nothing allowed whatever is taken away, in whatever order AWS
 * notices that.
 */
async function revokeUser(iam, principal, known = {}) {
    const ended = new Set();
    const started = performance.now();
    for (let pause = 250;; pause *= 2) {
        const result = await takeDown(iam, principal, known, ended);
        const { outcome } = result;
        if (outcome === 'revoked')
            aws_user.made.delete(principal);
        if (outcome === 'absent' && (await isGone(iam, principal, known)))
            return result;
        if (outcome === 'failed' && (ended.size > 0 || !isYoung(iam, principal, known)))
            return result;
        if (outcome !== 'absent' && outcome !== 'failed')
            return result;
        const isOver = performance.now() - started + pause > patience[outcome];
        if (isOver || (await (0,promises_.setTimeout)(pause, false, { signal: iam.context.signal }).catch(() => true))) {
            if (outcome === 'failed')
                return result;
            return { outcome: 'failed', reason: notShown, sessionsEnded: 0 };
        }
    }
}
const notShown = 'AWS does not show the user that it made a short time ago';
function isYoung({ root }, principal, { key }) {
    return aws_user.made.has(principal) || (key !== undefined && root.now() - key.made <= young);
}
/** Whether a user is gone that IAM does not find: soon after it was made that may be said of one that is there. */
async function isGone(iam, principal, known) {
    const { key } = known;
    if (!isYoung(iam, principal, known))
        return true;
    if (aws_user.made.has(principal) || key === undefined)
        return false;
    try {
        await (0,verify/* verify */.M)(key, false, iam.config, iam.context);
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
/**
 * The short way knows what the mint has made and takes a call for each; only where IAM objects the long way looks for
 * everything else that a user can have.
 */
async function takeDown(iam, principal, known, ended) {
    const off = await shutOff(iam, principal);
    const way = { iam, UserName: principal, isOff: off === 'off', ended };
    let result;
    try {
        const found = off !== 'missing' && (await shortWay(way, known));
        if (off === 'missing' && (known.holdings ?? (0,tags/* holdingsIn */.mB)(iam.config)).managed)
            await deletePolicy(iam, principal);
        result = { outcome: found || ended.size > 0 ? 'revoked' : 'absent', sessionsEnded: ended.size };
    }
    catch (error) {
        const failure = (0,aws_errors/* awsCode */.z8)(error) === 'DeleteConflict' ? await removeAll(way) : error;
        result =
            failure === undefined ? { outcome: 'revoked', sessionsEnded: ended.size } : await judge(way, principal, failure);
    }
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
        await (0,aws_user.caller)(iam)(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary }));
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
/** @returns whether the user was seen */
async function shortWay(way, { key, holdings }) {
    const { iam, UserName, ended } = way;
    const send = (0,aws_user.caller)(iam);
    const { config } = iam;
    const given = holdings ?? (0,tags/* holdingsIn */.mB)(config);
    if (key !== undefined) {
        const { accessKeyId: AccessKeyId } = key;
        if (await unlessMissing(deleteKey(way, AccessKeyId)))
            ended.add(AccessKeyId);
    }
    else if (!(await deleteKeys(way))) {
        if (given.managed)
            await deletePolicy(iam, UserName);
        return false;
    }
    else if (ended.size === 0 && holdings === undefined && !given.managed) {
        // Half made: its policy may be there and not attached yet, which is found without the mint's inputs too.
        await unlessDenied(deletePolicy(iam, UserName));
    }
    if (given.policy)
        await unlessMissing(send(new DeleteUserPolicyCommand({ UserName, PolicyName: guard/* policyName */.ct })));
    if (given.managed) {
        await unlessMissing(send(new DetachUserPolicyCommand({ UserName, PolicyArn: (0,aws_user.ownPolicyArn)(iam, UserName) })));
        await deletePolicy(iam, UserName);
    }
    if (holdings === undefined) {
        for (const PolicyArn of config['policy-arns'])
            await unlessMissing(send(new DetachUserPolicyCommand({ UserName, PolicyArn })));
        for (const GroupName of config['iam-groups'])
            await unlessMissing(send(new RemoveUserFromGroupCommand({ UserName, GroupName })));
    }
    else {
        // The tags tell that there are some, and not which.
        if (holdings.arns)
            await detachAll(iam, UserName);
        if (holdings.groups)
            await leaveGroups(iam, UserName);
    }
    const deleted = await deleteUser(way);
    // A deletion whose answer was lost is asked for again, and then the user is missing.
    return deleted || key === undefined;
}
/** The guard, and then the user: nothing is left that the guard was for. @returns whether the user was there */
async function deleteUser({ iam, UserName, isOff }) {
    const send = (0,aws_user.caller)(iam);
    await unlessMissing(send(new DeleteUserPolicyCommand({ UserName, PolicyName: guard/* guardName */.t_ })));
    try {
        for (let pause = 250; !(await unlessMissing(send(new DeleteUserCommand({ UserName })))); pause *= 2) {
            // It was there a moment ago: gone by another hand or by an answer that was lost, or what was asked is late.
            if (!isOff || (await shutOff(iam, UserName)) !== 'off')
                return false;
            if (pause > 4000)
                throw new errors/* UserError */.y(notShown);
            await (0,promises_.setTimeout)(pause, undefined, { signal: iam.context.signal });
        }
        return true;
    }
    catch (error) {
        if (!isOff && (0,aws_errors/* awsCode */.z8)(error) !== '') {
            // What is still there must not be without an end.
            const PolicyDocument = (0,guard/* closedGuard */.g_)((0,aws_user.userArn)(iam, UserName));
            await send(new PutUserPolicyCommand/* PutUserPolicyCommand */.C({ UserName, PolicyName: guard/* guardName */.t_, PolicyDocument })).catch(() => undefined);
        }
        throw error;
    }
}
/** How often the long way is gone, and the pauses between, in milliseconds: IAM may list late what it counts already. */
const rounds = [500, 2000, 0];
/** @returns what kept the user from being deleted; undefined when it is gone */
async function removeAll(way) {
    let failure;
    for (const pause of rounds) {
        try {
            await longWay(way);
            return undefined;
        }
        catch (error) {
            failure = error;
            if ((0,aws_errors/* awsCode */.z8)(error) !== 'DeleteConflict' || pause === 0)
                break;
        }
        await (0,promises_.setTimeout)(pause, undefined, { signal: way.iam.context.signal }).catch(() => undefined);
    }
    return failure;
}
/** Every kind of item that https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html names. */
async function longWay(way) {
    const { iam, UserName } = way;
    const send = (0,aws_user.caller)(iam);
    const user = { UserName };
    await deleteKeys(way);
    await unlessMissing(send(new DeleteLoginProfileCommand(user)));
    await each(async (Marker) => await send(new ListSigningCertificatesCommand({ ...user, ...Marker })), ({ Certificates }) => Certificates, async ({ CertificateId }) => await send(new DeleteSigningCertificateCommand({ ...user, CertificateId })));
    await each(async (Marker) => await send(new ListSSHPublicKeysCommand({ ...user, ...Marker })), ({ SSHPublicKeys }) => SSHPublicKeys, async ({ SSHPublicKeyId }) => await send(new DeleteSSHPublicKeyCommand({ ...user, SSHPublicKeyId })));
    await each(async (Marker) => await send(new ListServiceSpecificCredentialsCommand({ ...user, ...Marker })), ({ ServiceSpecificCredentials }) => ServiceSpecificCredentials, async ({ ServiceSpecificCredentialId }) => await send(new DeleteServiceSpecificCredentialCommand({ ...user, ServiceSpecificCredentialId })));
    await each(async (Marker) => await send(new ListMFADevicesCommand({ ...user, ...Marker })), ({ MFADevices }) => MFADevices, async ({ SerialNumber }) => await send(new DeactivateMFADeviceCommand({ ...user, SerialNumber })));
    await each(async (Marker) => await send(new ListUserPoliciesCommand({ ...user, ...Marker })), ({ PolicyNames }) => PolicyNames?.filter((name) => name !== guard/* guardName */.t_), async (PolicyName) => await send(new DeleteUserPolicyCommand({ ...user, PolicyName })));
    await detachAll(iam, UserName);
    await leaveGroups(iam, UserName);
    await deleteUser(way);
}
async function detachAll(iam, UserName) {
    const send = (0,aws_user.caller)(iam);
    await each(async (Marker) => await send(new ListAttachedUserPoliciesCommand({ UserName, ...Marker })), ({ AttachedPolicies }) => AttachedPolicies, async ({ PolicyArn }) => {
        await send(new DetachUserPolicyCommand({ UserName, PolicyArn }));
        if (PolicyArn === (0,aws_user.ownPolicyArn)(iam, UserName))
            await deletePolicy(iam, UserName);
    });
}
async function leaveGroups(iam, UserName) {
    const send = (0,aws_user.caller)(iam);
    await each(async (Marker) => await send(new ListGroupsForUserCommand({ UserName, ...Marker })), ({ Groups }) => Groups, async ({ GroupName }) => await send(new RemoveUserFromGroupCommand({ UserName, GroupName })));
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
/**
 * Deletes the managed policy of a lease's own, with every version that somebody may have added.
 *
 * @returns whether it was there
 */
async function deletePolicy(iam, principal) {
    const send = (0,aws_user.caller)(iam);
    const PolicyArn = (0,aws_user.ownPolicyArn)(iam, principal);
    const remove = async () => await unlessMissing(send(new DeletePolicyCommand({ PolicyArn })));
    try {
        return await remove();
    }
    catch (error) {
        if ((0,aws_errors/* awsCode */.z8)(error) !== 'DeleteConflict')
            throw error;
    }
    await each(async (Marker) => await send(new ListPolicyVersionsCommand({ PolicyArn, ...Marker })), ({ Versions }) => Versions?.filter(({ IsDefaultVersion }) => IsDefaultVersion !== true), async ({ VersionId }) => await send(new DeletePolicyVersionCommand({ PolicyArn, VersionId })));
    return await remove();
}
/** @returns whether the user exists */
async function deleteKeys(way) {
    const { iam, UserName, ended } = way;
    const send = (0,aws_user.caller)(iam);
    let exists = true;
    await each(async (Marker) => await send(new ListAccessKeysCommand/* ListAccessKeysCommand */.Q({ UserName, ...Marker })), ({ AccessKeyMetadata }) => AccessKeyMetadata, async ({ AccessKeyId = '' }) => {
        await deleteKey(way, AccessKeyId);
        ended.add(AccessKeyId);
    }, () => {
        exists = false;
    });
    return exists;
}
async function deleteKey({ iam, UserName, ended }, AccessKeyId) {
    const send = (0,aws_user.caller)(iam);
    try {
        await send(new DeleteAccessKeyCommand/* DeleteAccessKeyCommand */.y({ UserName, AccessKeyId }));
    }
    catch (error) {
        if (!(0,aws_errors/* isAccessDenied */.w7)(error))
            throw error;
        // Where the right to delete is missing, the key is at least of no use.
        const off = new UpdateAccessKeyCommand/* UpdateAccessKeyCommand */.S({ UserName, AccessKeyId, Status: 'Inactive' });
        if (await unlessDenied(unlessMissing(send(off))))
            ended.add(AccessKeyId);
        throw error;
    }
}
/** Does something with every item of a paginated list. What is missing meanwhile is done. */
async function each(list, items, end, onMissing = () => undefined) {
    // All pages first: what is deleted between two of them would move the rest past the marker.
    const all = [];
    let marker = {};
    while (marker !== undefined) {
        let page;
        try {
            page = await list(marker);
        }
        catch (error) {
            if (!(0,aws_errors/* isMissing */.b2)(error))
                throw error;
            onMissing();
            return;
        }
        all.push(...(items(page) ?? []));
        marker = page.IsTruncated === true && page.Marker !== undefined ? { Marker: page.Marker } : undefined;
    }
    for (const item of all)
        await unlessMissing(end(item));
}
/** @returns false when what the call is about does not exist */
async function unlessMissing(sent) {
    try {
        await sent;
        return true;
    }
    catch (error) {
        if ((0,aws_errors/* isMissing */.b2)(error))
            return false;
        throw error;
    }
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
/** What an error in the middle of it all amounts to. */
async function judge({ iam, isOff, ended }, principal, error) {
    const explained = (0,aws_errors/* explain */.WE)(error, 'root');
    if ((0,aws_errors/* awsCode */.z8)(error) === '' || (0,aws_errors/* canHeal */.Zn)(error) || (0,aws_errors/* isKeyRefused */.yM)(error))
        throw explained;
    // IAM does not know the path of a user that is gone, so a policy for a path does not allow to ask for it.
    if ((0,aws_errors/* isAccessDenied */.w7)(error) && !(await (0,leases/* isListed */.y)(iam, principal))) {
        // Of a user that was there a moment ago that is no proof: lists are late too.
        if (isOff && (await shutOff(iam, principal)) !== 'off')
            return { outcome: 'revoked', sessionsEnded: ended.size };
        if (!isOff && ended.size === 0)
            return { outcome: 'absent', sessionsEnded: 0 };
    }
    // Its guard is still there: sessions may act until the expiry, the key too where it was not ended.
    return { outcome: isOff ? 'disabled' : 'failed', reason: (0,errors/* messageOf */.b)(explained), sessionsEnded: ended.size };
}


/***/ })

};
