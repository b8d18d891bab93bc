export { Xn as fromProcess } from "./aws-sdk.js";
