export { Qn as fromLoginCredentials } from "./aws-sdk.js";
