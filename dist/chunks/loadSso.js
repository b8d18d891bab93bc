export { Kn as GetRoleCredentialsCommand, qn as SSOClient } from "./aws-sdk.js";
