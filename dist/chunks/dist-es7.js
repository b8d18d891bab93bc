export { Hn as fromTokenFile } from "./aws-sdk.js";
