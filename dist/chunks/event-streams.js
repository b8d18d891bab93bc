export { rt as EventStreamSerde, at as eventStreamSerdeProvider } from "./aws-sdk.js";
