export { Un as GetRoleCredentialsCommand, Wn as SSOClient } from "./aws-sdk.js";
