export { _n as CreateOAuth2TokenCommand, vn as SigninClient } from "./aws-sdk.js";
