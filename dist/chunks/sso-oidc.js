export { Jt as CreateTokenCommand, Yt as SSOOIDCClient } from "./aws-sdk.js";
