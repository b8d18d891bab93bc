export { ar as fromEnv } from "./aws-sdk.js";
