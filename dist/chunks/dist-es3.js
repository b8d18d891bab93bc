export { Xn as fromIni } from "./aws-sdk.js";
