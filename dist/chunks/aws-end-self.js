import { K as IAMClient, z as DeleteAccessKeyCommand } from "./aws-sdk.js";
import { et as UserError } from "./shared.js";
import { O as explain, T as settings, j as isKeyRefused, w as call } from "./aws-shared.js";
// src/engines/aws/end-self.ts
/**
* Idea 4: the lease deletes its own key. Its guard allows that and nothing else that touches what is minted. A session that
* a step made of the key outlives it, and is held to the guard, so what is said is no more than that.
*/
async function endUser(key, config, { signal, warn }) {
	if (!key.isUser) throw new UserError("a session of AWS cannot end itself");
	const client = new IAMClient(settings(key, config, "iam"));
	const command = new DeleteAccessKeyCommand({
		UserName: key.principal,
		AccessKeyId: key.accessKeyId
	});
	try {
		await call(async (options) => await client.send(command, options), signal);
	} catch (error) {
		if (isKeyRefused(error)) return {
			outcome: "absent",
			sessionsEnded: 0
		};
		throw explain(error, "root");
	}
	warn(`${key.principal} was ended by its own key, because no root credential could: see why, and let the sweep delete it`);
	return {
		outcome: "expiring",
		reason: "no root credential could end it, so it deleted its own key; a session that a step made of that key (GetSessionToken) may act until then, and the user waits for the sweep",
		sessionsEnded: 1
	};
}
export { endUser };
