export { Bn as fromSSO } from "./aws-sdk.js";
