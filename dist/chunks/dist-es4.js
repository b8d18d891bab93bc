export { Xn as fromLoginCredentials } from "./aws-sdk.js";
