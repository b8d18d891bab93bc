export { ir as fromEnv } from "./aws-sdk.js";
