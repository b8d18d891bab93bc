export { Un as fromTokenFile } from "./aws-sdk.js";
