export { Qn as fromHttp } from "./aws-sdk.js";
