export { or as fromEnv } from "./aws-sdk.js";
