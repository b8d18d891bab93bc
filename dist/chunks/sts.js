export { ct as getDefaultRoleAssumer, lt as getDefaultRoleAssumerWithWebIdentity } from "./aws-sdk.js";
