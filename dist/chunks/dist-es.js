export { $n as fromEnv } from "./aws-sdk.js";
