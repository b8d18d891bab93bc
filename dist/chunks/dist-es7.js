export { Vn as fromTokenFile } from "./aws-sdk.js";
