export { mt as getDefaultRoleAssumer, ht as getDefaultRoleAssumerWithWebIdentity } from "./aws-sdk.js";
