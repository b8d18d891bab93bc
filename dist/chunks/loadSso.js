export { Gn as GetRoleCredentialsCommand, Kn as SSOClient } from "./aws-sdk.js";
