export { n as listLeases, r as lookalikes, a as renewUser } from "./aws-shared.js";
