export { sr as fromEnv } from "./aws-sdk.js";
