export { U as ENV_CMDS_FULL_URI, W as ENV_CMDS_RELATIVE_URI, G as fromContainerMetadata, z as fromInstanceMetadata } from "./aws-sdk.js";
