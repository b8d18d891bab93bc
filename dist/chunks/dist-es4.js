export { Wn as fromLoginCredentials } from "./aws-sdk.js";
