export { Kn as fromSSO } from "./aws-sdk.js";
