export { Yt as CreateTokenCommand, Xt as SSOOIDCClient } from "./aws-sdk.js";
