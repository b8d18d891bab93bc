export const id = "aws-self";
export const ids = ["aws-self"];
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

/***/ 8325: // src/engines/aws/self.js
/***/ ((__unused_webpack___webpack_module__, __webpack_exports__, __webpack_require__) => {

/* harmony export */ __webpack_require__.d(__webpack_exports__, {
/* harmony export */   endSelf: () => (/* binding */ endSelf)
/* harmony export */ });
/* harmony import */ var _aws_sdk_client_iam__WEBPACK_IMPORTED_MODULE_3__ = __webpack_require__(437);
/* harmony import */ var _aws_sdk_client_iam__WEBPACK_IMPORTED_MODULE_4__ = __webpack_require__(9125);
/* harmony import */ var _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __webpack_require__(477);
/* harmony import */ var _connection_js__WEBPACK_IMPORTED_MODULE_1__ = __webpack_require__(7087);
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_2__ = __webpack_require__(7612);




/**
 * Ends a lease without root: it deletes its own key. Its guard allows that and nothing else that touches what is minted. A
 * session that a step made of the key outlives it, and is held to the guard, so what is said is no more than that.
 */
async function endSelf(key, config, context) {
    if (!key.isUser)
        throw new _lease_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .UserError */ .y('a session of AWS cannot end itself');
    const { send } = (0,_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .connect */ .Ng)(new _aws_sdk_client_iam__WEBPACK_IMPORTED_MODULE_3__/* .IAMClient */ .h((0,_connection_js__WEBPACK_IMPORTED_MODULE_1__/* .settings */ .W0)(key, config, 'iam')), context);
    try {
        await send(new _aws_sdk_client_iam__WEBPACK_IMPORTED_MODULE_4__/* .DeleteAccessKeyCommand */ .y({ UserName: key.principal, AccessKeyId: key.accessKeyId }));
    }
    catch (error) {
        if ((0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .isKeyRefused */ .yM)(error))
            return { outcome: 'absent', sessionsEnded: 0 };
        throw (0,_errors_js__WEBPACK_IMPORTED_MODULE_2__/* .explain */ .WE)(error, 'root');
    }
    context.warn(`${key.principal} was ended by its own key, because no root credential could: see why, and let the sweep delete it`);
    const reason = 'no root credential could end it, so it deleted its own key; a session that a step made of that key (GetSessionToken) may act until then, and the user waits for the sweep';
    return { outcome: 'expiring', reason, sessionsEnded: 1 };
}


/***/ })

};
