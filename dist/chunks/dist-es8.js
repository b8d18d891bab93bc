export { Z as ENV_CMDS_FULL_URI, Q as ENV_CMDS_RELATIVE_URI, $ as fromContainerMetadata, q as fromInstanceMetadata } from "./aws-sdk.js";
