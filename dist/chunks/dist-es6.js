export { Gn as fromSSO } from "./aws-sdk.js";
