export { Yn as fromProcess } from "./aws-sdk.js";
