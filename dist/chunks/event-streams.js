export { nt as EventStreamSerde, it as eventStreamSerdeProvider } from "./aws-sdk.js";
