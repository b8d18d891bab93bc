export { n as listUsers, r as mintUser, i as openIam, o as renewUser } from "./aws-shared.js";
