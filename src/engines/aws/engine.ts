import { UserError } from '../../lease/errors.ts';
import type { Engine, EngineSession } from '../engine.ts';
import { openAccess, type Access } from './access.ts';
import { readCredential } from './credential.ts';
import { canHeal } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import { mint } from './mint.ts';
import { revoke } from './revoke.ts';
import type { AwsRoot } from './root.ts';
import { mintTrial, verify } from './verify.ts';

/** AWS: sessions from STS, and users of IAM. IAM's client is loaded only for what needs it. */
export const engine: Engine<AwsRoot, AwsConfig> = {
  open: async (roots, config, context) => session(await openAccess(roots, config, context)),
  canHeal,
  async endSelf(credential, config, context) {
    const { endSelf } = await import('./self.ts');
    return await endSelf(readCredential(credential), config, context);
  },
  async *rotateRoot(roots, config, terms, context) {
    const { rotateRoot } = await import('./rotate.ts');
    return yield* rotateRoot(roots, config, terms, context);
  },
};

function session(access: Access): EngineSession {
  const { config, context } = access;
  const fresh = new Set<string>();
  return {
    async mint(draft) {
      const minted = await mint(access, draft);
      fresh.add(minted.credential);
      return minted;
    },
    async verify(credential) {
      const key = readCredential(credential);
      // A session is known to AWS at once, a user's key is not.
      const trial = key.isUser && fresh.has(credential) ? mintTrial : undefined;
      await verify(key, trial, config, context);
    },
    async renew(principal, ttl) {
      if (config['credential-type'] !== 'iam_user')
        throw new UserError('a session of AWS cannot be renewed; mint a new one');
      const { renew } = await import('./leases.ts');
      return await renew(await access.iam(), principal, ttl);
    },
    async revoke(principal, credential) {
      fresh.clear();
      return await revoke(access, principal, credential === undefined ? undefined : readCredential(credential));
    },
    async *leases(options = {}) {
      const { list } = await import('./leases.ts');
      yield* list(await access.iam(), options);
    },
    async *lookalikes() {
      const { lookalikes } = await import('./leases.ts');
      yield* lookalikes(await access.iam());
    },
    async *end(leases) {
      const { end } = await import('./end.ts');
      yield* end(access, leases);
    },
    [Symbol.asyncDispose]: async () => {
      // Its connections are shared with other sessions.
      await Promise.resolve();
    },
  };
}
