export { t as caller, n as listUsers, r as mintUser, i as openIam, a as ownPolicyArn, o as readLease, s as renewUser, c as strangers } from "./aws-shared.js";
