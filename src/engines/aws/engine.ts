import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context, Engine, EngineSession, Lease } from '../engine.ts';
import { canHeal, isUnreached } from './errors.ts';
import { checkConfig, type AwsConfig } from './inputs.ts';
import type { ListedLease } from './leases.ts';
import { isDirect, openRoot, type RootSession } from './root-session.ts';
import type { AwsRoot } from './root.ts';
import { mintSession, sessionName, type LeaseKey } from './session.ts';
import { verify } from './verify.ts';

/** AWS: sessions from STS, and users of IAM. IAM's client is loaded only for what needs it. */
export const engine: Engine<AwsRoot, AwsConfig> = {
  async open(roots, config, context) {
    // An OIDC token that is the credential itself needs no root; the few who need one all the same wait for it.
    if (isDirect(roots, config)) {
      const asRoot = lasting(async () => await openRoot(roots, config, context));
      return session(undefined, asRoot, config, context);
    }
    const root = await openRoot(roots, config, context);
    return session(root, async () => await Promise.resolve(root), config, context);
  },
  canHeal,
  endSelf: async (credential, config, context) => {
    const { endUser } = await import('./end-self.ts');
    return await endUser(JSON.parse(credential) as LeaseKey, config, context);
  },
  async *rotateRoot(roots, config, terms, context) {
    const { rotateRoot } = await import('./rotate.ts');
    return yield* rotateRoot(roots, config, terms, context);
  },
};

/** Root by an OIDC token lives for an hour: it is kept, and asked for again before that is over. */
function lasting(open: () => Promise<RootSession>): () => Promise<RootSession> {
  let root: Promise<RootSession> | undefined;
  let until = 0;
  return async () => {
    if (root === undefined || Date.now() > until) {
      until = Date.now() + 45 * 60_000;
      root = open();
    }
    try {
      return await root;
    } catch (error) {
      root = undefined;
      throw error;
    }
  };
}

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
      const { renewUser } = await import('./leases.ts');
      return await renewUser(await iam(), principal, ttl);
    },
    async revoke(principal, credential) {
      fresh.clear();
      if (isUser) {
        const { revokeUser } = await import('./revoke-user.ts');
        return await revokeUser(await iam(), principal, { key: keyIn(credential) });
      }
      return await revokeSession(principal, keyIn(credential));
    },
    async *leases(options = {}) {
      const { listLeases } = await import('./leases.ts');
      yield* listLeases(await iam(), options);
      if (!config['revoke-sessions']) return;
      const { listDenied } = await import('./session-deny.ts');
      yield* listDenied(await iam());
    },
    async *lookalikes() {
      const { lookalikes } = await import('./leases.ts');
      yield* lookalikes(await iam());
      if (!config['revoke-sessions']) return;
      const { likeDenies } = await import('./session-deny.ts');
      yield* likeDenies(await iam());
    },
    async *end(leases) {
      for (const lease of leases) yield [lease, await endListed(lease)];
    },
    [Symbol.asyncDispose]: async () => {
      // Its connections are shared with other sessions.
      await Promise.resolve();
    },
  };

  /** @returns `failed` where AWS refuses; what else goes wrong is no matter of this lease alone, and is thrown */
  async function endListed(lease: Lease & Partial<ListedLease>): Promise<Revocation> {
    const { principal, remains, holdings } = lease;
    try {
      if (remains === 'deny') {
        const { endDeny } = await import('./session-deny.ts');
        return await endDeny(await iam(), lease);
      }
      const { revokePolicy, revokeUser } = await import('./revoke-user.ts');
      if (remains === 'policy') return await revokePolicy(await iam(), principal);
      return await revokeUser(await iam(), principal, { holdings });
    } catch (error) {
      if (!(error instanceof UserError) || canHeal(error) || isUnreached(error)) throw error;
      return { outcome: 'failed', reason: messageOf(error), sessionsEnded: 0 };
    }
  }

  async function revokeSession(principal: Principal, key: LeaseKey | undefined): Promise<Revocation> {
    if (!config['revoke-sessions']) {
      return {
        outcome: 'expiring',
        reason: 'AWS ends sessions by itself; "revoke-sessions" ends them earlier',
        sessionsEnded: 0,
      };
    }
    const { denySession } = await import('./session-deny.ts');
    return await denySession(await iam(), principal, key?.ends);
  }
}

function keyIn(credential: string | undefined): LeaseKey | undefined {
  return credential === undefined ? undefined : (JSON.parse(credential) as LeaseKey);
}
