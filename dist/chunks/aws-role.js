import { D as GetRoleCommand } from "./aws-sdk.js";
import { o as caller } from "./aws-shared.js";
// src/engines/aws/role.ts
/** The longest session that a role gives, in seconds; undefined where root may not look. */
async function maximumOf(iam, RoleName) {
	try {
		const { Role } = await caller(iam)(new GetRoleCommand({ RoleName }));
		return Role?.MaxSessionDuration;
	} catch {
		return;
	}
}
export { maximumOf };
