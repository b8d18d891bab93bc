export const id = "aws-session-deny";
export const ids = ["aws-session-deny"];
export const modules = {

/***/ 1515: // src/engines/aws/session-deny.js + 3 modules
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {


// EXPORTS
__webpack_require__.d(__webpack_exports__, {
  denySession: () => (/* binding */ denySession),
  endDeny: () => (/* binding */ endDeny),
  likeDenies: () => (/* binding */ likeDenies),
  listDenied: () => (/* binding */ listDenied)
});

// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/commandBuilder.js
var commandBuilder = __webpack_require__(8056);
// EXTERNAL MODULE: node_modules/@aws-sdk/client-iam/dist-es/schemas/schemas_0.js + 2 modules
var schemas_0 = __webpack_require__(5827);
;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/PutRolePolicyCommand.js


class PutRolePolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "PutRolePolicy", schemas_0/* PutRolePolicy$ */.kJv) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/ListRolePoliciesCommand.js


class ListRolePoliciesCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "ListRolePolicies", schemas_0/* ListRolePolicies$ */.rBP) {
}

;// CONCATENATED MODULE: node_modules/@aws-sdk/client-iam/dist-es/commands/DeleteRolePolicyCommand.js


class DeleteRolePolicyCommand extends (0,commandBuilder/* command */.G5)(commandBuilder/* _ep0 */.lq, commandBuilder/* _mw0 */.yt, "DeleteRolePolicy", schemas_0/* DeleteRolePolicy$ */.Wmz) {
}

// EXTERNAL MODULE: src/lease/errors.js
var errors = __webpack_require__(477);
// EXTERNAL MODULE: src/lease/name.js
var lease_name = __webpack_require__(4317);
// EXTERNAL MODULE: src/engines/aws/errors.js
var aws_errors = __webpack_require__(7612);
// EXTERNAL MODULE: src/engines/aws/leases.js + 6 modules
var leases = __webpack_require__(5613);
// EXTERNAL MODULE: src/engines/aws/role-name.js
var role_name = __webpack_require__(1211);
// EXTERNAL MODULE: src/engines/aws/session.js
var session = __webpack_require__(9747);
// EXTERNAL MODULE: src/engines/aws/user.js + 5 modules
var user = __webpack_require__(892);
;// CONCATENATED MODULE: src/engines/aws/session-deny.js
/** Revoking sessions of a role: a Deny for one session alone, as an inline policy of the role. */








const prefix = 'joblease-deny-';
/**
 * When a session is over at the latest, in epoch seconds, as far as its name tells: it lives until the expiry there, but at
 * least 15 minutes, which may have begun later by as much as the runner's clock was behind.
 */
function endInName(principal) {
    return (0,lease_name/* expiryInName */.an)(principal).getTime() / 1000 + 20 * 60;
}
/** @param end when the session is over; in the policy's name where the principal's says too early an end */
function denyName(principal, end) {
    return `${prefix}${principal}${end > endInName(principal) ? `-${end.toString(36)}` : ''}`;
}
/** @returns undefined for the name of another policy */
function readDenyName(name) {
    if (!name.startsWith(prefix))
        return undefined;
    const [text = '', end] = name.slice(prefix.length).split('-', 2);
    const principal = (0,lease_name/* parsePrincipal */.gA)(text);
    if (principal === undefined)
        return undefined;
    const read = { principal, end: end === undefined ? endInName(principal) : Number.parseInt(end, 36) };
    return denyName(principal, read.end) === name ? read : undefined;
}
/**
 * Denies everything to one session, or takes that Deny away when the session is over.
 *
 * @param ends when that is, as AWS said, where it is known
 */
async function denySession(iam, principal, ends) {
    const send = (0,user.caller)(iam);
    const RoleName = (0,role_name/* roleName */.S)(iam.root, iam.config);
    const end = ends ?? endInName(principal);
    const PolicyName = denyName(principal, end);
    if (end < iam.root.now()) {
        await deletePolicy(iam, PolicyName);
        return { outcome: 'absent', sessionsEnded: 0 };
    }
    // aws:userid is <id of the role>:<name of the session>, and the name has the principal's random part in it.
    const PolicyDocument = JSON.stringify({
        Version: '2012-10-17',
        Statement: [
            {
                Effect: 'Deny',
                Action: '*',
                Resource: '*',
                Condition: { StringLike: { 'aws:userid': `*:${(0,session/* sessionName */.Cy)(principal, iam.config)}` } },
            },
        ],
    });
    const put = async () => await send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    try {
        await put().catch(async (error) => {
            if ((0,aws_errors/* awsCode */.z8)(error) !== 'LimitExceeded')
                throw error;
            // 10,240 characters in all: room for about 60 of them. Those of sessions that are over make some.
            for await (const denied of listDenied(iam))
                if (denied.over)
                    await endDeny(iam, denied);
            await put();
        });
        return { outcome: 'revoked', sessionsEnded: 1 };
    }
    catch (error) {
        const code = (0,aws_errors/* awsCode */.z8)(error);
        // Room could not be made.
        if (error instanceof errors/* UserError */.y && !(0,aws_errors/* canHeal */.Zn)(error))
            return { outcome: 'failed', reason: (0,errors/* messageOf */.b)(error), sessionsEnded: 0 };
        if (!(0,aws_errors/* isAccessDenied */.w7)(error) && code !== 'LimitExceeded' && code !== 'NoSuchEntity')
            throw (0,aws_errors/* explain */.WE)(error, 'root');
        const reason = code === 'LimitExceeded'
            ? `the inline policies of ${RoleName} are full (10,240 characters): ${(0,errors/* messageOf */.b)(error)}`
            : (0,errors/* messageOf */.b)((0,aws_errors/* explain */.WE)(error, 'role-arn'));
        return { outcome: 'failed', reason, sessionsEnded: 0 };
    }
}
/** Takes away the Deny for a session that is over. */
async function endDeny(iam, { principal, expiresAt }) {
    const end = expiresAt === undefined ? endInName(principal) : expiresAt.getTime() / 1000;
    if (end >= iam.root.now()) {
        return {
            outcome: 'disabled',
            reason: 'the session is not over, and the Deny that ended it has to stay until it is',
            sessionsEnded: 0,
        };
    }
    const isRemoved = await deletePolicy(iam, denyName(principal, end));
    return { outcome: isRemoved ? 'revoked' : 'absent', sessionsEnded: 0 };
}
/** The sessions that are denied. */
async function* listDenied(iam) {
    for await (const name of policyNames(iam)) {
        const denied = readDenyName(name);
        if (denied === undefined)
            continue;
        const { principal, end } = denied;
        const expiresAt = new Date(end * 1000);
        yield { principal, record: undefined, expiresAt, over: end < iam.root.now(), usable: false, remains: 'deny' };
    }
}
/** Policies of the role that are named nearly as ours are. */
async function* likeDenies(iam) {
    for await (const name of policyNames(iam)) {
        if (name.startsWith(prefix) && readDenyName(name) === undefined)
            yield `role/${(0,role_name/* roleName */.S)(iam.root, iam.config)}/${name}`;
    }
}
async function* policyNames(iam) {
    const send = (0,user.caller)(iam);
    const request = { RoleName: (0,role_name/* roleName */.S)(iam.root, iam.config), MaxItems: 1000 };
    yield* (0,leases/* pages */.B)(async (Marker) => {
        const { PolicyNames: items = [], ...more } = await send(new ListRolePoliciesCommand({ ...request, ...Marker }));
        return { items, ...more };
    });
}
/** @returns whether it was there */
async function deletePolicy(iam, PolicyName) {
    try {
        await (0,user.caller)(iam)(new DeleteRolePolicyCommand({ RoleName: (0,role_name/* roleName */.S)(iam.root, iam.config), PolicyName }));
        return true;
    }
    catch (error) {
        if ((0,aws_errors/* isMissing */.b2)(error))
            return false;
        throw (0,aws_errors/* explain */.WE)(error, 'root');
    }
}


/***/ })

};
