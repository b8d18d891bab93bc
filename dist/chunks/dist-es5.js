export { Jn as fromProcess } from "./aws-sdk.js";
