export { $n as fromIni } from "./aws-sdk.js";
