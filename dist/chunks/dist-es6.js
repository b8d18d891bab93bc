export { qn as fromSSO } from "./aws-sdk.js";
