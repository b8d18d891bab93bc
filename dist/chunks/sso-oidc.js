export { Vt as CreateTokenCommand, Ht as SSOOIDCClient } from "./aws-sdk.js";
