export { Zn as fromHttp } from "./aws-sdk.js";
