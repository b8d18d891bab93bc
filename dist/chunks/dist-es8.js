export { J as ENV_CMDS_FULL_URI, Y as ENV_CMDS_RELATIVE_URI, X as fromContainerMetadata, W as fromInstanceMetadata } from "./aws-sdk.js";
