export { Zn as fromIni } from "./aws-sdk.js";
