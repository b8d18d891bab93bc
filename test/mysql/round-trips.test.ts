/**
 * How many round trips a job pays for, with TLS, as far as the answer is waited for. Between a runner and a server on
 * another continent each takes a tenth of a second, which no test on one machine would feel.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context, EngineSession, LeaseDraft, Minted } from '../../src/engines/engine.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { draft } from '../contract/contract.ts';
import { startTarget, type MysqlTarget } from '../contract/mysql-target.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { startRoundTrips, type RoundTrips } from '../services/round-trips.ts';
import { skipped } from '../services/skipped.ts';

/**
 * What each needs. A connection takes four: TCP, the greeting, TLS, the login. A job's first login to MySQL takes one
 * more, because the server has its password in no cache. On MariaDB an account makes its role active itself, which takes
 * a login of its own; there the message that prepares root's session mints too.
 */
const servers = [
  { kind: 'mysql' as const, server: findMysql(), trips: { verified: 8, unverified: 6, post: 7, session: 8, sweep: 9 } },
  {
    kind: 'mariadb' as const,
    server: findMariadb(),
    trips: { verified: 8, unverified: 7, post: 8, session: 9, sweep: 11 },
  },
];

for (const { kind, server, trips } of servers) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  describe(`${server.name}: round trips`, () => {
    let target: MysqlTarget;
    let wire: RoundTrips;
    let root: string;
    beforeAll(async () => {
      target = await startTarget(kind, server);
      wire = await startRoundTrips(target);
      const url = new URL(target.root);
      url.port = String(wire.port);
      url.searchParams.set('ssl-mode', 'REQUIRED');
      root = url.href;
      // The first login of an account makes MySQL remember its password.
      const { lease } = await mint(false);
      await post(lease);
    });
    afterAll(async () => {
      await wire[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
    });

    /** A session as the actions open it. */
    const open = async (mints?: Context['mints']): Promise<EngineSession> => {
      const { engine, inputs } = target;
      const config = parseInputs(engine.inputs, (input) => inputs[input] ?? '');
      const driver = await engine.load();
      const context: Context = { signal: AbortSignal.timeout(60_000), warn: () => undefined, mints };
      return await driver.open(engine.root.parse(root, 'root'), config, context);
    };
    const mint = async (verify: boolean): Promise<{ lease: LeaseDraft; minted: Minted }> => {
      const lease = draft();
      await using session = await open({ principal: lease.principal, verify });
      const minted = await session.mint(lease);
      if (verify) await session.verify(minted.credential);
      return { lease, minted };
    };
    const post = async ({ principal }: LeaseDraft): Promise<void> => {
      await using session = await open();
      const { outcome } = await session.revoke(principal);
      expect(outcome).toBe('revoked');
    };
    it(`mints in ${trips.verified}, and revokes in ${trips.post}`, async () => {
      const minting = await wire.count(async () => await mint(true));
      const posting = await wire.count(async () => {
        await post(minting.result.lease);
      });
      expect(minting).toMatchObject({ trips: trips.verified });
      expect(posting).toMatchObject({ trips: trips.post });
    });

    it(`mints in ${trips.unverified} when it does not verify`, async () => {
      const minting = await wire.count(async () => await mint(false));
      await post(minting.result.lease);
      expect(minting).toMatchObject({ trips: trips.unverified });
    });

    it(`lists and ends a batch of leases in ${trips.sweep}`, async () => {
      await using minting = await open();
      for (let i = 0; i < 10; i += 1) await minting.mint(draft());
      const sweeping = await wire.count(async () => {
        await using session = await open();
        const leases = await Array.fromAsync(session.leases());
        return await Array.fromAsync(session.end?.(leases) ?? []);
      });
      expect(sweeping.result.map(([, { outcome }]) => outcome)).toEqual(Array.from({ length: 10 }, () => 'revoked'));
      expect(sweeping).toMatchObject({ trips: trips.sweep });
    });

    it(`revokes in ${trips.session} where a session is open`, async () => {
      const { lease, minted } = await mint(true);
      await using client = await target.login(minted.outputs);
      const posting = await wire.count(async () => {
        await post(lease);
      });
      expect(posting).toMatchObject({ trips: trips.session });
      await expect(client.work()).rejects.toThrow();
    });
  });
}
