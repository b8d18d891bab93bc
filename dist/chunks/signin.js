export { Sn as CreateOAuth2TokenCommand, Cn as SigninClient } from "./aws-sdk.js";
