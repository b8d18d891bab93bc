export { Cn as CreateOAuth2TokenCommand, wn as SigninClient } from "./aws-sdk.js";
