export { Gn as fromIni } from "./aws-sdk.js";
