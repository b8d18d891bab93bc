/** How many PostgreSQL roles end at once, and what stands in the way of that, on every server that is there. */
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lease } from '../../src/engines/engine.ts';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import type { Principal } from '../../src/lease/name.ts';
import type { Revocation } from '../../src/lease/result.ts';
import { draft, failureOf, open, type Session } from '../contract/contract.ts';
import { clientSession, postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';

describe.each(postgresServers())('ending many on $name', ({ start, ours }) => {
  let target: PostgresTarget;
  beforeAll(async () => {
    target = await start();
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
  });

  /** @param use is done with each before its end has passed, an hour ago */
  async function leave(
    count: number,
    use: (client: pg.Client, principal: Principal, number: number) => Promise<void> = async () => undefined,
    inputs: Record<string, string> = {},
  ): Promise<Principal[]> {
    const principals: Principal[] = [];
    await using session = await open(target, { inputs });
    for (let i = 0; i < count; i += 1) {
      const lease = draft();
      const { outputs } = await session.mint(lease);
      principals.push(lease.principal);
      await using job = await clientSession(outputs['url'] ?? '');
      await use(job.client, lease.principal, i);
    }
    const past = new Date(Date.now() - 3_600_000).toISOString();
    await target.admin(principals.map((name) => `ALTER ROLE ${name} VALID UNTIL '${past}'`).join(';'));
    return principals;
  }

  it('closes by one message and drops by one statement what is long over', async () => {
    const principals = await leave(9);
    const before = (await target.statementLog()).length;
    await using session = await open(target);
    const ended = await end(session, principals);
    expect([...ended.values()]).toEqual(principals.map(() => ({ outcome: 'revoked', sessionsEnded: 0 })));
    expect(await left(principals)).toEqual([]);
    if (!ours) return;
    const statements = (await target.statementLog()).slice(before);
    expect(statements.match(/DROP ROLE/g)).toHaveLength(1);
    expect(statements.match(/SET LOCAL lock_timeout = '1s'/g)).toHaveLength(2);
    expect(statements).not.toMatch(/REVOKE|GRANT/);
  });

  it('takes one by one those with a session, a prepared transaction or objects, and the others together', async () => {
    const principals = await leave(8, async (client, principal, number) => {
      if (number === 2) await client.query(`SET ROLE NONE; CREATE TABLE app.t_${principal} (n int)`);
      if (number === 3 && ours)
        await client.query("BEGIN; SET ROLE NONE; CREATE TABLE app.p (n int); PREPARE TRANSACTION 'held'");
      if (number === 4) await client.query(`SET ROLE NONE; SELECT lo_from_bytea(0, 'kept')`);
    });
    // A session that has outlived the end of its lease.
    const [name] = principals;
    await target.admin(`ALTER ROLE ${name} VALID UNTIL 'infinity' PASSWORD 'known'`);
    const url = target.root.replace(/\/\/[^@]*@/, `//${name}:known@`);
    await using job = await clientSession(url);
    await target.admin(`ALTER ROLE ${name} VALID UNTIL '2020-01-01'`);

    const before = (await target.statementLog()).length;
    await using root = await open(target);
    const ended = await end(root, principals);
    expect(principals.map((each) => ended.get(each)?.outcome)).toEqual(principals.map(() => 'revoked'));
    expect(principals.map((each) => ended.get(each)?.sessionsEnded)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    await expect(job.client.query('SELECT 1')).rejects.toThrow();
    expect(await left(principals)).toEqual([]);
    if (ours) {
      const log = await target.statementLog();
      const alone = principals.map((each) => log.indexOf(`DROP ROLE "${each}";`, before) > 0);
      expect(alone).toEqual([true, false, true, true, true, false, false, false]);
    }
    await target.admin(`DROP TABLE app.t_${principals[2]}`, 'billing');
  });

  it('lets two sweeps drop the same roles at once, whatever the order that they have them in', async () => {
    for (let round = 0; round < 3; round += 1) {
      const principals = await leave(30);
      const sweep = async (names: readonly Principal[]): Promise<Revocation[]> => {
        await using session = await open(target);
        return [...(await end(session, names)).values()];
      };
      const results = await Promise.all([
        sweep(principals),
        sweep(principals.toReversed()),
        sweep(principals.slice(5)),
      ]);
      expect(results.flat().filter(({ outcome }) => outcome !== 'revoked' && outcome !== 'absent')).toEqual([]);
      expect(await left(principals)).toEqual([]);
    }
  });

  it('is not held up by a live lease that locks others by its open transaction', async () => {
    const principals = await leave(6);
    const attacker = draft();
    await using session = await open(target);
    const { outputs } = await session.mint(attacker);
    await using job = await clientSession(outputs['url'] ?? '');
    const [first, second] = principals;
    await job.client.query(`BEGIN; CREATE TABLE app.bait (n int); GRANT SELECT ON app.bait TO ${first}, ${second}`);

    await using root = await open(target);
    const started = Date.now();
    const times = new Map<Principal, number>();
    const ended = await end(root, principals, (name) => times.set(name, Date.now() - started));
    for (const free of principals.slice(2)) {
      expect(ended.get(free)).toEqual({ outcome: 'revoked', sessionsEnded: 0 });
      expect(times.get(free)).toBeLessThan(1000);
    }
    for (const locked of [first, second]) {
      const revocation = locked === undefined ? undefined : ended.get(locked);
      expect(revocation).toMatchObject({ outcome: 'disabled', sessionsEnded: 0 });
      expect(revocation?.reason).toContain('lock');
      expect(revocation?.fix).toContain('open transaction');
    }
    expect(Date.now() - started).toBeLessThan(15_000);
    await job.client.query('ROLLBACK');
    const again = await end(root, principals.slice(0, 2));
    expect([...again.values()].map(({ outcome }) => outcome)).toEqual(['revoked', 'revoked']);
    await root.revoke(attacker.principal);
  });

  it.each(['joblease', 'a superuser'])(
    'ends what has made others members of its group, and that too, as %s',
    async (actor) => {
      const root = actor === 'joblease' ? target.root : target.superuserUrl.replace('/postgres?', '/billing?');
      await target.admin('CREATE ROLE friend');
      const admin = 'GRANT billing_owner TO "{{name}}" WITH ADMIN OPTION';
      const [granting] = await leave(
        1,
        async (job) => void (await job.query('SET ROLE NONE; GRANT billing_owner TO friend')),
        {
          'creation-statements': admin,
        },
      );
      const principals = [...(await leave(6)), ...(granting === undefined ? [] : [granting])];
      await using session = await open(target, { root, inputs: { 'creation-statements': admin } });
      const live = draft();
      const { outputs } = await session.mint(live);
      await using job = await clientSession(outputs['url'] ?? '');
      await job.client.query('SET ROLE NONE; GRANT billing_owner TO friend');

      const ended = await end(session, principals);
      expect(principals.map((each) => ended.get(each)?.outcome)).toEqual(principals.map(() => 'revoked'));
      expect(await session.revoke(live.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
      const { rows } = await target.admin("SELECT FROM pg_auth_members WHERE member = 'friend'::regrole");
      expect(rows).toEqual([]);
      await target.admin('DROP ROLE friend');
    },
  );

  it('ends its own although others were minted by another root', async () => {
    await target.admin(`CREATE ROLE other_root LOGIN CREATEROLE PASSWORD 'other-Secret-42'`);
    const root = target.root.replace(/\/\/[^@]*@/, '//other_root:other-Secret-42@');
    const theirs = draft();
    {
      await using other = await open(target, { root, inputs: { 'member-of': '' } });
      await other.mint(theirs);
    }
    await target.admin(`ALTER ROLE ${theirs.principal} VALID UNTIL '2020-01-01'`);
    const principals = await leave(4);
    await using session = await open(target);
    const ended = await end(session, [...principals, theirs.principal]);
    expect(principals.map((each) => ended.get(each)?.outcome)).toEqual(principals.map(() => 'revoked'));
    // Up to PostgreSQL 15 every login with CREATEROLE may end every role.
    const outcome = target.version < 160_000 ? 'revoked' : 'failed';
    expect(ended.get(theirs.principal)).toMatchObject({ outcome });
    await target.admin(`DROP ROLE IF EXISTS ${theirs.principal}; DROP ROLE other_root`);
  });

  it('runs the revocation-statements for each', async () => {
    await target.admin('CREATE TABLE public.log (who text); GRANT INSERT ON public.log TO joblease', 'billing');
    const principals = await leave(3);
    await using session = await open(target, {
      inputs: { 'revocation-statements': "INSERT INTO public.log VALUES ('{{name}}')" },
    });
    await end(session, principals);
    const { rows } = await target.admin('SELECT who FROM public.log ORDER BY 1', 'billing');
    expect(rows.map(({ who }) => who)).toEqual(principals.toSorted());
    expect(await left(principals)).toEqual([]);
    await target.admin('DROP TABLE public.log', 'billing');
  });

  it('throws what can heal when the connection is lost, and a new session goes on', async () => {
    const principals = await leave(4);
    const { canHeal } = await postgres.load();
    for (const moment of ['idle', 'busy']) {
      await using session = await open(target);
      const leases = await listed(session, principals);
      const ending = async (): Promise<void> => {
        for await (const [, { outcome }] of session.end(leases)) expect(outcome).toBe('never');
      };
      // Somebody's locks on the roles keep it busy.
      await using superuser = await clientSession(target.superuserUrl);
      if (moment === 'busy') {
        const names = principals.join(', ');
        await superuser.client.query(`BEGIN; CREATE TEMP TABLE t (n int); GRANT SELECT ON t TO ${names}`);
      }
      const started = moment === 'busy' ? failureOf(ending()) : undefined;
      await sleep(200);
      await target.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'joblease'");
      await sleep(50);
      const error = await (started ?? failureOf(ending()));
      expect([canHeal(error), String(error)]).toEqual([true, expect.any(String)]);
    }
    await using session = await open(target);
    const ended = await end(session, principals);
    expect([...ended.values()].map(({ outcome }) => outcome)).toEqual(principals.map(() => 'revoked'));
  });

  async function left(principals: readonly Principal[]): Promise<Principal[]> {
    const accounts = new Set(await target.accounts());
    return principals.filter((principal) => accounts.has(principal));
  }
});

async function listed(session: Session, principals: readonly Principal[]): Promise<Lease[]> {
  const leases = await Array.fromAsync(session.leases());
  return principals.flatMap((principal) => leases.filter((lease) => lease.principal === principal));
}

async function end(
  session: Session,
  principals: readonly Principal[],
  done: (principal: Principal) => unknown = () => undefined,
): Promise<Map<Principal, Revocation>> {
  const ended = new Map<Principal, Revocation>();
  for await (const [{ principal }, revocation] of session.end(await listed(session, principals))) {
    ended.set(principal, revocation);
    done(principal);
  }
  return ended;
}
