export { er as fromHttp } from "./aws-sdk.js";
