export { o as caller, s as guardOf, c as made, l as mintUser, u as openIam, d as ownPolicyArn, f as userArn } from "./aws-shared.js";
