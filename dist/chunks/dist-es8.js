export { X as ENV_CMDS_FULL_URI, Z as ENV_CMDS_RELATIVE_URI, Q as fromContainerMetadata, K as fromInstanceMetadata } from "./aws-sdk.js";
