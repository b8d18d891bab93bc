export { o as caller, s as guardOf, c as mintUser, l as openIam, u as ownPolicyArn } from "./aws-shared.js";
