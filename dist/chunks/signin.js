export { Tn as CreateOAuth2TokenCommand, En as SigninClient } from "./aws-sdk.js";
