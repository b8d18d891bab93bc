export { t as caller, n as listUsers, r as mintUser, i as openIam, a as ownPolicyArn, o as readLease, s as renewUser } from "./aws-shared.js";
