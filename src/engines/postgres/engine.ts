import type { Context, Engine, EngineSession } from '../engine.ts';
import { UserError } from '../../lease/errors.ts';
import type { Row } from './connection.ts';
import { readCredential } from './credential.ts';
import { batchSize, end } from './end.ts';
import { canHeal } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { list, lookalikes, renew } from './leases.ts';
import { mint, mintAtOnce } from './mint.ts';
import { logIn, openRoot, otherDatabases, type RootLogin, type RootSession } from './root-session.ts';
import type { PostgresRoot } from './root.ts';
import { lookUp, revoke } from './revoke.ts';
import { endSelf } from './self.ts';
import { verify } from './verify.ts';

/** PostgreSQL 15 and newer. */
export const engine: Engine<PostgresRoot, PostgresConfig> = {
  async open(roots, config, context) {
    const login = await logIn(roots, config, context, otherDatabases, true);
    context.debug?.(`root: ${login.connection.facts()}`);
    return session(login, config, context, async () => await openRoot(roots, config, context, otherDatabases));
  },
  canHeal,
  batchSize,
  endSelf: async (credential, config, context) => await endSelf(await readCredential(credential, config), context),
  async *rotateRoot(roots, config, terms, context) {
    const { rotateRoot } = await import('./rotate.ts');
    return yield* rotateRoot(roots, config, terms, context);
  },
};

/** @param openAnew for a server that did not take the first message: a session that was prepared with more care */
function session(
  login: RootLogin,
  config: PostgresConfig,
  context: Context,
  openAnew: () => Promise<RootSession>,
): EngineSession {
  const stack = new AsyncDisposableStack();
  stack.use(login);
  let anew: Promise<RootSession> | undefined;
  const orAnew = async (error: unknown): Promise<RootSession> => {
    if (error instanceof UserError || context.signal.aborted) throw error;
    return stack.use(await openAnew());
  };
  /** Where the first message has failed, perhaps because somebody's settings have ended the session by then. */
  const carefully = async (): Promise<RootSession> => {
    anew ??= login.prepare().then(([root]) => root, orAnew);
    return await anew;
  };
  /** Sends a message that is the session's first, if nothing was sent before. */
  const start = async (more = ''): Promise<[RootSession, Row[][]?]> => {
    if (anew !== undefined) return [await anew];
    try {
      return await login.prepare(more);
    } catch (error) {
      if (error instanceof UserError || context.signal.aborted) throw error;
      return [await carefully()];
    }
  };
  return {
    mint: async (draft) =>
      (await mintAtOnce(login, draft, config, context)) ?? (await mint(await carefully(), draft, config, context)),
    verify: async (credential) => {
      await verify(await readCredential(credential, config), login.ahead, context);
    },
    async renew(principal, ttl) {
      const [root] = await start();
      return await renew(root, principal, ttl);
    },
    async revoke(principal) {
      const [root, first] = await start(lookUp(principal));
      return await revoke(root, principal, config, context, { first });
    },
    async *leases() {
      const [root] = await start();
      yield* list(root);
    },
    async *lookalikes() {
      const [root] = await start();
      yield* lookalikes(root);
    },
    async *end(leases) {
      const [root] = await start();
      yield* end(root, leases, config, context);
    },
    [Symbol.asyncDispose]: async () => {
      await stack.disposeAsync();
    },
  };
}
