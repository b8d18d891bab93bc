import type { Context, Engine, EngineSession } from '../engine.ts';
import { readCredential } from './credential.ts';
import { batchSize, end } from './end.ts';
import { canHeal } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { list, lookalikes, renew } from './leases.ts';
import { mint } from './mint.ts';
import { openRoot, otherDatabases, type RootSession } from './root-session.ts';
import type { PostgresRoot } from './root.ts';
import { revoke } from './revoke.ts';
import { endSelf } from './self.ts';
import { verify } from './verify.ts';

/** PostgreSQL 15 and newer. */
export const engine: Engine<PostgresRoot, PostgresConfig> = {
  async open(roots, config, context) {
    const root = await openRoot(roots, config, context, otherDatabases);
    context.debug?.(`root: ${root.connection.facts()}`);
    return session(root, config, context);
  },
  canHeal,
  batchSize,
  endSelf: async (credential, config, context) => await endSelf(await readCredential(credential, config), context),
  async *rotateRoot(roots, config, terms, context) {
    const { rotateRoot } = await import('./rotate.ts');
    return yield* rotateRoot(roots, config, terms, context);
  },
};

function session(root: RootSession, config: PostgresConfig, context: Context): EngineSession {
  return {
    mint: async (draft) => await mint(root, draft, config, context),
    verify: async (credential) => await verify(await readCredential(credential, config), context),
    renew: async (principal, ttl) => await renew(root, principal, ttl),
    revoke: async (principal) => await revoke(root, principal, config, context),
    leases: () => list(root),
    lookalikes: () => lookalikes(root),
    end: (leases) => end(root, leases, config, context),
    [Symbol.asyncDispose]: async () => {
      await root[Symbol.asyncDispose]();
    },
  };
}
