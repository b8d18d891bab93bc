export { Wn as fromTokenFile } from "./aws-sdk.js";
