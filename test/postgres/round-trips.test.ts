/**
 * How many round trips a job pays for, with TLS, as far as the answer is waited for. Between a runner and a server on
 * another continent each takes a tenth of a second, which no test on one machine would feel.
 */
import pg from 'pg';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import type { Context, EngineSession, LeaseDraft, Minted } from '../../src/engines/engine.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { draft } from '../contract/contract.ts';
import { clientSession } from '../contract/postgres-target.ts';
import { installedPostgres, startPostgres, type PostgresServer } from '../services/postgres.ts';
import { startRoundTrips, type RoundTrips } from '../services/round-trips.ts';

/**
 * A connection takes six: TCP, whether there is TLS, TLS, who logs in, and two for the password (SCRAM). The one that
 * verifies has done the first three while root logs in and mints.
 */
const trips = { verified: 10, unverified: 7, statements: 9, post: 9, session: 10, sweep: 17 };

const newest = { version: '18', bin: undefined };
for (const { version, bin } of [newest, ...installedPostgres()]) {
  describe(`PostgreSQL ${version}: round trips`, () => {
    let server: PostgresServer;
    let wire: RoundTrips;
    let root: string;
    beforeAll(async () => {
      const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
      const tls = { cert, key };
      server = await startPostgres(bin === undefined ? { tls } : { bin, tls });
      const superuser = new pg.Client({ connectionString: server.url });
      await superuser.connect();
      await superuser.query(
        `CREATE ROLE joblease LOGIN CREATEROLE PASSWORD 'root-Secret-0123456789'; CREATE ROLE billing_owner;
         GRANT billing_owner TO joblease WITH ADMIN OPTION`,
      );
      await superuser.end();
      wire = await startRoundTrips({ host: '127.0.0.1', port: server.port });
      root = `postgres://joblease:root-Secret-0123456789@127.0.0.1:${wire.port}/postgres?sslmode=require`;
    });
    afterAll(async () => {
      await wire[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });

    /** A session as the actions open it. */
    const open = async (mints?: Context['mints'], statements = ''): Promise<EngineSession> => {
      const inputs: Record<string, string> = { 'member-of': 'billing_owner', 'creation-statements': statements };
      const config = parseInputs(postgres.inputs, (input) => inputs[input] ?? '');
      const driver = await postgres.load();
      const context: Context = { signal: AbortSignal.timeout(60_000), warn: () => undefined, mints };
      return await driver.open(postgres.root.parse(root, 'root'), config, context);
    };
    const mint = async (verify: boolean, statements = ''): Promise<{ lease: LeaseDraft; minted: Minted }> => {
      const lease = draft();
      await using session = await open({ principal: lease.principal, verify }, statements);
      const minted = await session.mint(lease);
      if (verify) await session.verify(minted.credential);
      return { lease, minted };
    };
    const post = async ({ principal }: LeaseDraft, sessions = 0): Promise<void> => {
      await using session = await open();
      expect(await session.revoke(principal)).toEqual({ outcome: 'revoked', sessionsEnded: sessions });
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

    it(`mints in ${trips.statements} with statements of the user’s when it does not verify`, async () => {
      const statements = `ALTER ROLE "{{name}}" SET search_path = app`;
      const minting = await wire.count(async () => await mint(false, statements));
      await post(minting.result.lease);
      expect(minting).toMatchObject({ trips: trips.statements });
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
      const url = new URL(minted.outputs['url'] ?? '');
      url.port = String(server.port);
      url.searchParams.set('sslmode', 'no-verify');
      await using job = await clientSession(url.href);
      const posting = await wire.count(async () => {
        await post(lease, 1);
      });
      expect(posting).toMatchObject({ trips: trips.session });
      await expect(job.client.query('SELECT 1')).rejects.toThrow();
    });
  });
}
