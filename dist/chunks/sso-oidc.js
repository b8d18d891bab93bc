export { qt as CreateTokenCommand, Jt as SSOOIDCClient } from "./aws-sdk.js";
