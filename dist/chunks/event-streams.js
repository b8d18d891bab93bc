export { et as EventStreamSerde, nt as eventStreamSerdeProvider } from "./aws-sdk.js";
