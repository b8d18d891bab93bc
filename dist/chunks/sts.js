export { gt as getDefaultRoleAssumer, _t as getDefaultRoleAssumerWithWebIdentity } from "./aws-sdk.js";
