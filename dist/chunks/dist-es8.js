export { Y as ENV_CMDS_FULL_URI, X as ENV_CMDS_RELATIVE_URI, Z as fromContainerMetadata, G as fromInstanceMetadata } from "./aws-sdk.js";
