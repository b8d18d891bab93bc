import { G as IAMClient, R as DeleteAccessKeyCommand } from "./aws-sdk.js";
import { nt as UserError } from "./shared.js";
import { E as isAccessDenied, O as isKeyRefused, S as settings, T as explain, k as isMissing, x as call } from "./aws-shared.js";
// src/engines/aws/end-self.ts
/** Idea 4: the lease deletes its own key. Its guard allows that and nothing else that touches a minted user. */
async function endUser(key, config, { signal }) {
	if (!key.isUser) throw new UserError("a session of AWS cannot end itself");
	const client = new IAMClient(settings(key, config, "iam"));
	const command = new DeleteAccessKeyCommand({
		UserName: key.principal,
		AccessKeyId: key.accessKeyId
	});
	try {
		await call(async (options) => await client.send(command, options), signal);
		return {
			outcome: "disabled",
			reason: "no root credential could end it, so it deleted its own key; the user waits for the sweep",
			sessionsEnded: 1
		};
	} catch (error) {
		if (!isKeyRefused(error) && !isMissing(error) && !isAccessDenied(error)) throw explain(error, "root");
		if (isAccessDenied(error) && !/explicit deny/.test(String(error))) throw explain(error, "root");
		return {
			outcome: "absent",
			sessionsEnded: 0
		};
	}
}
export { endUser };
