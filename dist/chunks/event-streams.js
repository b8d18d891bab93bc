export { Y as EventStreamSerde, Z as eventStreamSerdeProvider } from "./aws-sdk.js";
