export { tt as EventStreamSerde, rt as eventStreamSerdeProvider } from "./aws-sdk.js";
