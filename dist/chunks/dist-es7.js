export { In as fromTokenFile } from "./aws-sdk.js";
