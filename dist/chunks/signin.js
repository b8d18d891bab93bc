export { wn as CreateOAuth2TokenCommand, Tn as SigninClient } from "./aws-sdk.js";
