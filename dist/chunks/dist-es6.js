export { Jn as fromSSO } from "./aws-sdk.js";
