export { Zn as fromLoginCredentials } from "./aws-sdk.js";
