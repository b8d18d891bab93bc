export { Zn as fromProcess } from "./aws-sdk.js";
