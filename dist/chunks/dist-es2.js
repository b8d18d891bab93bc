export { $n as fromHttp } from "./aws-sdk.js";
