export { Kn as fromHttp } from "./aws-sdk.js";
