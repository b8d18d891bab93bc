export { g as default } from "./libsodium.js";
