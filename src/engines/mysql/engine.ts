import type { Context, Engine, EngineSession } from '../engine.ts';
import type { LeaseLogin } from './connection.ts';
import { batchSize, end } from './end.ts';
import { canHeal, loginError } from './errors.ts';
import type { Flavour } from './flavour.ts';
import type { MysqlConfig } from './inputs.ts';
import { list, lookalikes, renew } from './leases.ts';
import { mariadbFlavour } from './mariadb.ts';
import { mint, readCredential } from './mint.ts';
import { mysqlFlavour } from './mysql.ts';
import { revoke } from './revoke.ts';
import { openRoot, type RootSession } from './root-session.ts';
import type { MysqlRoot } from './root.ts';
import { endSelf } from './self.ts';

/** MySQL 8.0.22 and newer. */
export const mysqlEngine = engineOf(mysqlFlavour);

/** MariaDB 10.6 and newer. */
export const mariadbEngine = engineOf(mariadbFlavour);

function engineOf(flavour: Flavour): Engine<MysqlRoot, MysqlConfig> {
  return {
    async open(roots, config, context) {
      const root = await openRoot(flavour, roots, config, context);
      if (context.debug !== undefined) context.debug(`root: ${await root.connection.facts()}`);
      return session(root, config, context);
    },
    canHeal,
    batchSize,
    endSelf: async (credential, config, context) =>
      await endSelf(flavour, await readCredential(credential, config), context),
    async *rotateRoot(roots, config, terms, context) {
      const { rotateRoot } = await import('./rotate.ts');
      return yield* rotateRoot(flavour, roots, config, terms, context);
    },
  };
}

function session(root: RootSession, config: MysqlConfig, context: Context): EngineSession {
  return {
    mint: async (draft) => await mint(root, draft, config, context),
    verify: async (credential) => await verify(root, await readCredential(credential, config), config, context),
    async renew(principal, ttl) {
      await root.prepare();
      return await renew(root, principal, ttl);
    },
    async revoke(principal) {
      await root.prepare();
      return await revoke(root, principal, config, context);
    },
    async *leases() {
      await root.prepare();
      yield* list(root);
    },
    async *lookalikes() {
      await root.prepare();
      yield* lookalikes(root);
    },
    async *end(leases) {
      await root.prepare();
      yield* end(root, leases, config, context);
    },
    [Symbol.asyncDispose]: async () => {
      await root[Symbol.asyncDispose]();
    },
  };
}

async function verify(
  { ahead }: RootSession,
  login: LeaseLogin,
  config: MysqlConfig,
  { signal, debug }: Context,
): Promise<void> {
  try {
    // A server that lets the login in has done all its checks.
    await using own = await ahead.take(login, signal).finish();
    if (debug !== undefined) debug(`verify: ${await own.facts()}`);
    // The job may have no other session until this one is gone.
    if (config['connection-limit'] === 1) await own.close();
  } catch (error) {
    throw loginError(error, login.target, login, 'verify');
  }
}
