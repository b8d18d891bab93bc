import { UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context, Engine, EngineSession, Lease } from '../engine.ts';
import { canHeal } from './errors.ts';
import { checkConfig, type AwsConfig } from './inputs.ts';
import { isDirect, openRoot, type RootSession } from './root-session.ts';
import type { AwsRoot } from './root.ts';
import { mintSession, sessionName, type LeaseKey } from './session.ts';
import { verify } from './verify.ts';

/** AWS: sessions from STS, and users of IAM. IAM's client is loaded only for what needs it. */
export const engine: Engine<AwsRoot, AwsConfig> = {
  async open(roots, config, context) {
    // An OIDC token that is the credential itself needs no root; the few who need one all the same wait for it.
    if (isDirect(roots, config))
      return session(undefined, async () => await openRoot(roots, config, context), config, context);
    const root = await openRoot(roots, config, context);
    return session(root, async () => await Promise.resolve(root), config, context);
  },
  canHeal,
  batch: 1,
  endSelf: async (credential, config, context) => {
    const { endUser } = await import('./end-self.ts');
    return await endUser(JSON.parse(credential) as LeaseKey, config, context);
  },
  async *rotateRoot(roots, config, terms, context) {
    const { rotateRoot } = await import('./rotate.ts');
    return yield* rotateRoot(roots, config, terms, context);
  },
};

function session(
  root: RootSession | undefined,
  asRoot: () => Promise<RootSession>,
  config: AwsConfig,
  context: Context,
): EngineSession {
  const isUser = config['credential-type'] === 'iam_user';
  const fresh = new Set<string>();
  const iam = async () => (await import('./user.ts')).openIam(await asRoot(), config, context);

  return {
    async mint(draft) {
      checkConfig(config, draft.ttl);
      if (!isUser) {
        sessionName(draft.principal, config);
        return await mintSession(root, draft, config, context);
      }
      const { mintUser } = await import('./user.ts');
      const minted = await mintUser(await iam(), draft);
      fresh.add(minted.credential);
      return minted;
    },
    verify: async (credential) => {
      await verify(JSON.parse(credential) as LeaseKey, fresh.has(credential), config, context);
    },
    async renew(principal, ttl) {
      if (!isUser) throw new UserError('a session of AWS cannot be renewed; mint a new one');
      const { renewUser } = await import('./user.ts');
      return await renewUser(await iam(), principal, ttl);
    },
    async revoke(principal, credential) {
      fresh.clear();
      if (isUser) {
        const { revokeUser } = await import('./revoke-user.ts');
        const key = credential === undefined ? undefined : (JSON.parse(credential) as LeaseKey).accessKeyId;
        return await revokeUser(await iam(), principal, key);
      }
      return await revokeSession(principal);
    },
    async *leases(options = {}) {
      const { listUsers } = await import('./user.ts');
      yield* listUsers(await iam(), options);
      if (!config['revoke-sessions']) return;
      const { listDenied } = await import('./session-deny.ts');
      yield* listDenied(await iam());
    },
    async *lookalikes() {
      const { strangers } = await import('./user.ts');
      yield* strangers(await iam());
    },
    async *end(leases) {
      for (const lease of leases) yield [lease, await endListed(lease)];
    },
    [Symbol.asyncDispose]: async () => {
      // Its connections are shared with other sessions.
      await Promise.resolve();
    },
  };

  /** What is listed is a user, or the Deny for a session, which nobody could use any more. */
  async function endListed({ principal, usable, record }: Lease): Promise<Revocation> {
    if (!usable && record === undefined && config['revoke-sessions']) {
      const { denySession } = await import('./session-deny.ts');
      return await denySession(await iam(), principal);
    }
    const { revokeUser } = await import('./revoke-user.ts');
    return await revokeUser(await iam(), principal, undefined);
  }

  async function revokeSession(principal: Principal): Promise<Revocation> {
    if (!config['revoke-sessions']) {
      return {
        outcome: 'expiring',
        reason: 'AWS ends sessions by itself; "revoke-sessions" ends them earlier',
        sessionsEnded: 0,
      };
    }
    const { denySession } = await import('./session-deny.ts');
    return await denySession(await iam(), principal);
  }
}
