export { Kt as CreateTokenCommand, qt as SSOOIDCClient } from "./aws-sdk.js";
