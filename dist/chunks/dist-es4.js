export { Yn as fromLoginCredentials } from "./aws-sdk.js";
