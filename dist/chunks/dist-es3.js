export { Qn as fromIni } from "./aws-sdk.js";
