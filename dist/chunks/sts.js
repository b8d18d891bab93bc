export { pt as getDefaultRoleAssumer, mt as getDefaultRoleAssumerWithWebIdentity } from "./aws-sdk.js";
