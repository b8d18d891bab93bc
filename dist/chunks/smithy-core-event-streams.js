export const id = "smithy-core-event-streams";
export const ids = ["smithy-core-event-streams"];
export const modules = {

/***/ 7986: // left out: @smithy/core/event-streams
/***/ (() => {

throw Object.assign(new Error("joblease is built without @smithy/core/event-streams"), { code: 'MODULE_NOT_FOUND' });


/***/ })

};
