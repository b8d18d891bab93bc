export { Un as fromProcess } from "./aws-sdk.js";
