export { ht as getDefaultRoleAssumer, gt as getDefaultRoleAssumerWithWebIdentity } from "./aws-sdk.js";
