/** What the owner of root's database, and who may change root's role, can set there and thereby do to root. */
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import { mint } from '../../src/engines/postgres/mint.ts';
import { revoke } from '../../src/engines/postgres/revoke.ts';
import { openRoot } from '../../src/engines/postgres/root-session.ts';
import { UserError } from '../../src/lease/errors.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import type { Principal } from '../../src/lease/name.ts';
import { draft, failureOf, findLease, load, open, type Session } from '../contract/contract.ts';
import { clientSession, postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';

/** Settings that are tried one by one, because with them nothing else can be seen: they end the session of any client. */
const deadly = new Set(['idle_session_timeout', 'transaction_timeout', 'local_preload_libraries', 'statement_timeout']);

describe.each(postgresServers())('settings of others on $name', ({ start }) => {
  let target: PostgresTarget;
  beforeAll(async () => {
    target = await start();
    await target.admin('CREATE DATABASE reports');
  });
  afterEach(async () => {
    await target.admin(
      `ALTER DATABASE billing CONNECTION LIMIT -1 ALLOW_CONNECTIONS true; ALTER DATABASE billing RESET ALL;
       GRANT CONNECT ON DATABASE billing TO PUBLIC, billing_owner; ALTER ROLE joblease RESET ALL`,
    );
  });
  afterAll(async () => {
    await target.admin('DROP DATABASE reports WITH (FORCE)');
    await target[Symbol.asyncDispose]();
  });

  /** Mints, lists, renews and ends leases, and looks past the engine at what has become of them. */
  async function expectEverythingRight(root?: string): Promise<void> {
    const inputs = { database: 'reports', 'member-of': 'billing_owner' };
    const [lease, alive, over] = [draft(), draft(), draft()];
    const options = { inputs, ...(root === undefined ? {} : { root }) };
    await using session = await open(target, options);
    const before = Date.now();
    const { outputs, expiresAt } = await session.mint(lease);
    expect(Math.abs(expiresAt.getTime() - before - 600_000)).toBeLessThan(10_000);
    const { rows } = await target.admin(
      `SELECT extract(epoch FROM rolvaliduntil)::text AS until FROM pg_roles WHERE rolname = '${lease.principal}'`,
    );
    expect(Number(rows[0]?.['until']) * 1000).toBe(expiresAt.getTime());

    const live = await session.mint(alive);
    await session.mint(over);
    await target.admin(`ALTER ROLE ${over.principal} VALID UNTIL '2020-01-01'`);
    await using job = await clientSession(outputs['url'] ?? '');
    await using other = await clientSession(live.outputs['url'] ?? '');
    expect((await findLease(session, alive.principal))?.over).toBe(false);
    expect(await endOver(session, over.principal)).toEqual(['revoked']);
    await session.renew(alive.principal, 900);

    expect(await session.revoke(lease.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
    await expect(job.client.query('SELECT 1')).rejects.toThrow();
    expect((await other.client.query('SELECT 1 AS one')).rowCount).toBe(1);
    expect(await target.exists(lease.principal)).toBe(false);
    expect(await session.revoke(alive.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
  }

  it.each([
    ['DATABASE billing', 'least', 0],
    ['DATABASE billing', 'most', 1],
    ['DATABASE billing', 'strangest', 2],
    ['ROLE joblease', 'least', 0],
    ['ROLE joblease', 'most', 1],
    ['ROLE joblease', 'strangest', 2],
  ] as const)('%s may set everything to its %s value', async (owner, _, which) => {
    const { rows } = await target.admin(
      `SELECT name, vartype, setting, min_val, max_val, to_json(enumvals)::text AS enumvals, boot_val FROM pg_settings
        WHERE context = 'user' ORDER BY name`,
    );
    let count = 0;
    for (const row of rows) {
      const { name = '', ...setting } = row as Partial<Record<string, string>>;
      if (deadly.has(name)) continue;
      // Not all can be set there, and not all to that. Only what was taken is tried.
      const value = pg.escapeLiteral(extremes(setting)[which]);
      await target.admin(`ALTER ${owner} SET ${name} = ${value}`).then(
        () => (count += 1),
        () => undefined,
      );
    }
    expect(count).toBeGreaterThan(100);
    await expectEverythingRight();
  });

  it.each([
    'SET extra_float_digits = -15',
    "SET idle_session_timeout = '1ms'",
    "SET statement_timeout = '1ms'",
    "SET transaction_timeout = '1ms'",
    "SET local_preload_libraries = 'nope'",
    "SET role = 'billing_owner'",
    "SET session_authorization = 'billing_owner'",
  ])('the owner of root’s database says %s', async (what) => {
    try {
      await ownerOf('billing', `ALTER DATABASE billing ${what}`);
    } catch (error) {
      expect(String(error)).toMatch(/unrecognized configuration parameter/); // of a newer server
      return;
    }
    await expectEverythingRight();
  });

  it.each([
    'ALTER DATABASE billing CONNECTION LIMIT 0',
    'ALTER DATABASE billing ALLOW_CONNECTIONS false',
    'REVOKE CONNECT ON DATABASE billing FROM PUBLIC, billing_owner',
  ])('ends leases where the owner of root’s database says %s', async (what) => {
    const [revoked, swept] = [draft(), draft()];
    const inputs = { database: 'reports' };
    let outputs;
    {
      await using session = await open(target, { inputs });
      ({ outputs } = await session.mint(revoked));
      await session.mint(swept);
    }
    await target.admin(`ALTER ROLE ${swept.principal} VALID UNTIL '2020-01-01'`);
    await using job = await clientSession(outputs['url'] ?? '');
    await ownerOf('reports', what);
    const warnings: string[] = [];
    {
      await using session = await open(target, { inputs, warnings });
      expect(warnings.join()).toContain('"billing"');
      expect(await session.revoke(revoked.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
      await expect(job.client.query('SELECT 1')).rejects.toThrow();
      expect(await endOver(session, swept.principal)).toEqual(['revoked']);
      // Nothing is minted, and none of the user's statements run, where they were not meant to.
      const error = await failureOf(session.mint(draft()));
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).message).toContain('"billing"');
    }
  });

  it.each(["idle_session_timeout = '1ms'", "transaction_timeout = '1ms'", "local_preload_libraries = 'nope'"])(
    'a lease that has set %s for itself can still be ended from inside',
    async (setting) => {
      const lease = draft();
      await using session = await open(target);
      const minted = await session.mint(lease);
      await using job = await clientSession(minted.outputs['url'] ?? '');
      try {
        await job.client.query(`SET ROLE NONE; ALTER ROLE CURRENT_USER SET ${setting}`);
      } catch (error) {
        expect(String(error)).toMatch(/unrecognized configuration parameter/); // of a newer server
        await session.revoke(lease.principal);
        return;
      }
      const driver = await load(target.engine);
      const config = parseInputs(target.engine.inputs, (input) => target.inputs[input] ?? '');
      const context = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
      expect(await driver.endSelf(minted.credential, config, context)).toMatchObject({ outcome: 'disabled' });
      await expect(job.client.query('SELECT 1')).rejects.toThrow();
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
    },
  );

  it('leaves nothing behind in a server process that a pooler gives to somebody else', async () => {
    const config = parseInputs(postgres.inputs, (input) => target.inputs[input] ?? '');
    const context = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
    const state = `SELECT current_user, array_agg(name || setting ORDER BY name)::text FROM pg_settings
      WHERE source = 'session' AND name <> 'application_name' AND name !~ '^transaction_(?!timeout)'`;
    await using root = await openRoot(postgres.root.parse(target.root, 'root'), config, context);
    const lease = draft();
    await mint(root, lease, config, context);
    expect(await revoke(root, lease.principal, config, context)).toMatchObject({ outcome: 'revoked' });
    root.connection.preamble = '';
    expect(await root.connection.rows(state)).toEqual([{ current_user: 'joblease', array_agg: null }]);
  });

  it('commits to the disk what it says was done, also where the owner of root’s database turns that off', async () => {
    await target.admin('ALTER ROLE joblease SET synchronous_commit = off');
    await ownerOf('billing', 'ALTER DATABASE billing SET synchronous_commit = off');
    const config = parseInputs(postgres.inputs, (input) => target.inputs[input] ?? '');
    const context = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
    await using root = await openRoot(postgres.root.parse(target.root, 'root'), config, context);
    const inForce = "SELECT current_setting('synchronous_commit') AS inforce";
    expect(await root.connection.rows(inForce)).toEqual([{ inforce: 'on' }]);
    root.connection.preamble = '';
    expect(await root.connection.rows(inForce)).toEqual([{ inforce: 'off' }]);
  });

  async function ownerOf(database: string, sql: string): Promise<void> {
    await target.admin(`SET ROLE billing_owner; ${sql}`, database);
  }
});

/** what a sweep makes of a lease that is over */
async function endOver(session: Session, principal: Principal): Promise<string[]> {
  const leases = await Array.fromAsync(session.leases());
  const due = leases.filter((lease) => lease.over && lease.principal === principal);
  return (await Array.fromAsync(session.end(due))).map(([, { outcome }]) => outcome);
}

/** @returns for one of pg_settings: the least value, the most, and one that is neither */
function extremes(setting: Partial<Record<string, string>>): [string, string, string] {
  const { vartype, min_val: least = '', max_val: most = '', enumvals, boot_val: boot = '' } = setting;
  if (vartype === 'bool') return ['off', 'on', boot === 'on' ? 'off' : 'on'];
  if (vartype === 'enum') {
    const values = JSON.parse(enumvals ?? '[]') as string[];
    return [values[0] ?? '', values.at(-1) ?? '', values[Math.floor(values.length / 2)] ?? ''];
  }
  if (vartype === 'string') return ['', 'C', 'app, public, pg_catalog'];
  // Half-way between: short times, small sizes.
  return [least, most, String(Math.max(Number(least), Math.min(Number(most), 1)))];
}
