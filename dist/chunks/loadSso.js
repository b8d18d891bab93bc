export { Wn as GetRoleCredentialsCommand, Gn as SSOClient } from "./aws-sdk.js";
