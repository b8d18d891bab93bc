/** The sweep on a real PostgreSQL: what it ends, what it leaves, and what can go wrong on the way. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EngineSession, Lease } from '../../src/engines/engine.ts';
import { newPrincipal, type Principal } from '../../src/lease/name.ts';
import { encodeRecord, type LeaseRecord } from '../../src/lease/record.ts';
import type { Finding } from '../../src/sweep/report.ts';
import { sweep } from '../../src/sweep/sweep.ts';
import type { Target, Terms } from '../../src/sweep/terms.ts';
import { draft, job, open, type Session } from '../contract/contract.ts';
import { postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';
import { counts, targetOf, terms } from './run.ts';

let server: PostgresTarget;
beforeAll(async () => {
  const [embedded] = postgresServers();
  if (embedded === undefined) throw new Error('the embedded PostgreSQL is always there');
  server = await embedded.start();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});
afterEach(async () => {
  for (const name of await ours()) await server.admin(`DROP OWNED BY ${name}; DROP ROLE ${name}`, 'billing');
});

async function ours(): Promise<string[]> {
  return (await server.accounts()).filter((name) => name.startsWith('jl_'));
}

/** Leases that nobody has ended, as a mint leaves them. @param seconds how long ago they ended; negative: still to go */
async function leave(count: number, seconds = 3600, granted = true): Promise<Principal[]> {
  const exp = Math.floor(Date.now() / 1000) - seconds;
  const iat = exp - 600;
  const record: LeaseRecord = { v: 1, ...job, role: 'job', iat, exp, max: exp, own: { heir: 'billing_owner' } };
  const names = Array.from({ length: count }, () => newPrincipal('job', new Date(exp * 1000)));
  const make = (name: string): string =>
    `CREATE ROLE ${name} LOGIN PASSWORD 'x' VALID UNTIL '${new Date(exp * 1000).toISOString()}';
     COMMENT ON ROLE ${name} IS '${encodeRecord(record)}';
     ${granted ? `GRANT ${name} TO joblease WITH ADMIN OPTION;` : ''}`;
  await server.admin(names.map(make).join('\n'));
  return names;
}

async function target(wrap?: (session: Session) => EngineSession): Promise<Target> {
  return await targetOf(server, wrap);
}

/** Sweeps, and tells what was found. */
async function run(on: Target, overrides: Partial<Terms> = {}): Promise<Finding[]> {
  const findings: Finding[] = [];
  await sweep(on, { ...terms(findings), ...overrides });
  return findings;
}

describe('a sweep', () => {
  it('ends what is over, leaves what is not, and names what only looks like ours', async () => {
    await leave(30);
    const live = await leave(5, -3600);
    await server.admin(`CREATE ROLE jl_backup; CREATE ROLE backup; COMMENT ON ROLE backup IS 'nightly'`);
    try {
      const findings = await run(await target());
      expect(counts(findings)).toEqual({ revoked: 30, live: 5, skipped: 1 });
      expect(findings.find(({ outcome }) => outcome === 'skipped')).toMatchObject({
        principal: 'jl_backup',
        state: 'odd',
      });
      expect(await ours()).toEqual([...live, 'jl_backup'].toSorted());
    } finally {
      await server.admin('DROP ROLE backup');
    }
  });

  it.each([
    ["VALID UNTIL '290000-01-01'", ''],
    ['', '{"exp": 9007199254740991}'],
    ["VALID UNTIL '-infinity'", '{"max": 9007199254740991, "iat": -9007199254740991}'],
  ])('ends the others where one has a time that no calendar has: %s %s', async (until, times) => {
    const due = await leave(3);
    const name = 'jl_0000000_a_0000000000000';
    await server.admin(`CREATE ROLE ${name} NOLOGIN ${until}`);
    if (times !== '') {
      const record = { v: 1, ...job, role: 'job', iat: 1, exp: 2, max: 2, ...(JSON.parse(times) as object) };
      await server.admin(`COMMENT ON ROLE ${name} IS '${JSON.stringify(record)}'`);
    }
    const findings = await run(await target());
    expect(due.map((each) => findings.find(({ principal }) => principal === each)?.outcome)).toEqual(
      due.map(() => 'revoked'),
    );
    expect(findings.filter(({ principal }) => principal === name)).toHaveLength(1);
  });

  it('of nothing finds nothing', async () => {
    expect(await run(await target())).toEqual([]);
  });

  it('changes nothing as a dry run, however much is due', async () => {
    const names = await leave(12);
    const findings = await run(await target(), { dryRun: true, maxRevocations: 3 });
    expect(counts(findings)).toEqual({ skipped: 12 });
    expect(await ours()).toEqual(names.toSorted());
  });

  it('does nothing at all when more is due than allowed, and says how much', async () => {
    const names = await leave(12);
    const findings: Finding[] = [];
    const refused = sweep(await target(), { ...terms(findings), maxRevocations: 11 });
    await expect(refused).rejects.toMatchObject({ details: { input: 'max-revocations' } });
    await expect(refused).rejects.toThrow('12 leases are due');
    expect(counts(findings)).toEqual({ skipped: 12 });
    expect(await ours()).toEqual(names.toSorted());
    expect(counts(await run(await target(), { maxRevocations: 12 }))).toEqual({ revoked: 12 });
  });

  it('of one shard leaves the others, and all shards together leave nothing', async () => {
    await leave(40);
    const first = await run(await target(), { shard: { index: 1, count: 3 } });
    expect(first.length).toBeGreaterThan(0);
    expect(first.length).toBeLessThan(40);
    expect(await ours()).toHaveLength(40 - first.length);
    await run(await target(), { shard: { index: 2, count: 3 } });
    await run(await target(), { shard: { index: 3, count: 3 } });
    expect(await ours()).toEqual([]);
  });

  it('revokes each by itself where the engine has no way of its own', async () => {
    await leave(5);
    const on = await target((session) => {
      const { end, ...rest } = session;
      expect(end).toBeTypeOf('function');
      return rest;
    });
    expect(counts(await run({ ...on, batchSize: 1 }))).toEqual({ revoked: 5 });
    expect(await ours()).toEqual([]);
  });

  it('begins nothing after its deadline, and says what is left', async () => {
    await leave(20);
    const deadline = new AbortController();
    const reason = new Error('the deadline was reached');
    const on = await target((session) => ({
      ...session,
      async *end(leases) {
        for await (const ended of session.end(leases.slice(0, 1))) {
          deadline.abort(reason);
          yield ended;
        }
      },
    }));
    const findings = await run(on, { deadline: deadline.signal, concurrency: 1 });
    expect(counts(findings)).toEqual({ revoked: 1, skipped: 19 });
    expect(findings.at(-1)).toMatchObject({ reason: 'the deadline was reached' });
    expect(await ours()).toHaveLength(19);
  });

  it('begins nothing after its deadline in the middle of a batch either', async () => {
    await leave(20);
    const deadline = new AbortController();
    const begun: Lease[] = [];
    const on = await target((session) => ({
      ...session,
      async *end(leases) {
        for (const lease of leases) {
          begun.push(lease);
          deadline.abort(new Error('the deadline was reached'));
          yield await Promise.resolve([lease, { outcome: 'revoked', sessionsEnded: 0 }] as const);
        }
      },
    }));
    const findings = await run(on, { deadline: deadline.signal, concurrency: 1 });
    expect(begun).toHaveLength(1);
    expect(counts(findings)).toEqual({ revoked: 1, skipped: 19 });
  });

  it('is not kept from what may still be used by shells, however many, and comes to them last', async () => {
    const shells = await leave(5);
    // A right that a superuser has given them on its own table: they cannot be dropped.
    await server.admin('CREATE TABLE IF NOT EXISTS app.foreigner (n int)', 'billing');
    await server.admin(
      shells.map((name) => `ALTER ROLE ${name} NOLOGIN; GRANT SELECT ON app.foreigner TO ${name};`).join('\n'),
      'billing',
    );
    const [usable = ''] = await leave(1);
    await server.admin(`ALTER ROLE ${usable} VALID UNTIL 'infinity'`);
    const order: string[] = [];
    const on = await target((session) => ({
      ...session,
      end: (leases) => {
        order.push(...leases.map(({ principal }) => principal));
        return session.end(leases);
      },
    }));
    const findings = await run(on, { maxRevocations: 1, concurrency: 1 });
    expect(counts(findings)).toEqual({ revoked: 1, disabled: 5 });
    expect(order[0]).toBe(usable);
    expect(await ours()).toEqual(shells.toSorted());
    // What still could be used counts as before, and then the shells wait too.
    await leave(2);
    await expect(run(await target(), { maxRevocations: 1 })).rejects.toThrow('2 leases are due');
    expect(await ours()).toHaveLength(7);
  });

  it('asks GitHub for the oldest first, but not always from the same one on, and in no session of the target', async () => {
    const base = Math.floor(Date.now() / 1000);
    for (let i = 0; i < 8; i += 1) await leave(1, -3600 - 10 * ((i * 5) % 8));
    let sessions = 0;
    const on = await target((session) => {
      sessions += 1;
      return {
        ...session,
        [Symbol.asyncDispose]: async () => {
          sessions -= 1;
          await session[Symbol.asyncDispose]();
        },
      };
    });
    const firsts = new Set<number>();
    for (let i = 0; i < 12; i += 1) {
      const asked: number[] = [];
      await run(on, {
        askJob: async ({ iat }) => {
          expect(sessions).toBe(0);
          asked.push(iat);
          return await Promise.resolve({ is: 'running' });
        },
      });
      const turn = asked.indexOf(Math.min(...asked));
      expect([...asked.slice(turn), ...asked.slice(0, turn)]).toEqual(asked.toSorted((a, b) => a - b));
      firsts.add(asked[0] ?? base);
    }
    expect(firsts.size).toBeGreaterThan(1);
  });

  it('stops when it is cancelled, in the middle of what it does', async () => {
    await leave(20);
    const cancelled = new AbortController();
    const on = await target((session) => ({
      ...session,
      async *end(leases) {
        for await (const ended of session.end(leases.slice(0, 1))) {
          yield ended;
          cancelled.abort(new Error('the step was cancelled'));
        }
      },
    }));
    const findings: Finding[] = [];
    const stopped = sweep(on, { ...terms(findings), cancelled: cancelled.signal, concurrency: 1 });
    await expect(stopped).rejects.toThrow('the step was cancelled');
    const left = await ours();
    expect(left.length).toBeGreaterThan(10);
    // Each is told of, also those that were not reached.
    expect(findings).toHaveLength(20);
    expect(new Set(findings.map(({ principal }) => principal))).toHaveProperty('size', 20);
  });

  it('tells how far it is', async () => {
    await leave(6);
    const steps: [number, number | undefined][] = [];
    await run(await target(), { progress: (done, total) => steps.push([done, total]) });
    expect(steps.findLast(([, total]) => total === undefined)).toEqual([6, undefined]);
    expect(steps.at(-1)).toEqual([6, 6]);
  });
});

describe('what goes wrong', () => {
  it('with one lease does not stop the others', async () => {
    const names = await leave(10);
    const [foreign] = await leave(1, 3600, false);
    const findings = await run(await target());
    expect(counts(findings)).toEqual({ revoked: 10, failed: 1 });
    expect(findings.find(({ outcome }) => outcome === 'failed')).toMatchObject({
      principal: foreign,
      reason: expect.stringContaining('has no right to end it') as string,
    });
    expect(await ours()).toEqual([foreign]);
    expect(names).toHaveLength(10);
  });

  it('with a session that the server breaks off is done again', async () => {
    await leave(40);
    let sessions = 0;
    const on = await target((session) => {
      sessions += 1;
      if (sessions !== 2) return session;
      return {
        ...session,
        async *end(leases: readonly Lease[]) {
          await server.admin(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'joblease'`);
          yield* session.end(leases);
        },
      };
    });
    expect(counts(await run(on))).toEqual({ revoked: 40 });
    expect(await ours()).toEqual([]);
  });

  it('with root in the middle of it fails the rest, and the sweep, with the reason', async () => {
    await leave(6);
    const on = await target();
    let sessions = 0;
    const lost: Target = {
      ...on,
      open: async (signal) => {
        sessions += 1;
        if (sessions > 1) throw new Error('the server refused the login of "joblease"');
        return await on.open(signal);
      },
    };
    const findings: Finding[] = [];
    await expect(sweep(lost, terms(findings))).rejects.toThrow('the server refused the login of "joblease"');
    expect(counts(findings)).toEqual({ failed: 6 });
    expect(findings[0]?.reason).toBe('the server refused the login of "joblease"');
  });

  it('with one session while the others are opened does not stop those', async () => {
    await leave(20);
    const on = await target();
    let sessions = 0;
    const crowded: Target = {
      ...on,
      open: async (signal) => {
        sessions += 1;
        if (sessions === 2) throw new Error('there is no room');
        await sleep(50);
        return await on.open(signal);
      },
    };
    expect(counts(await run(crowded))).toEqual({ revoked: 20 });
  });

  it('with a lease that never ends gives it up, and ends the others', async () => {
    const names = (await leave(12)).toSorted();
    const stuck = names[5];
    const on = await target((session) => ({
      ...session,
      async *end(leases: readonly Lease[]) {
        for await (const ended of session.end(leases.filter(({ principal }) => principal !== stuck))) yield ended;
        if (leases.some(({ principal }) => principal === stuck)) {
          // Until the sweep gives the session up.
          await new Promise((_, reject) =>
            setTimeout(() => reject(new Error('Connection terminated unexpectedly')), 1500),
          );
        }
      },
    }));
    const findings = await run(on, { patienceSeconds: 1, concurrency: 2 });
    expect(counts(findings)).toEqual({ revoked: 11, failed: 1 });
    const failed = findings.find(({ outcome }) => outcome === 'failed');
    expect(failed).toMatchObject({ principal: stuck, reason: 'the target did not end a lease within 1 s' });
  });

  it('with the list fails the sweep, after all that was listed has been ended', async () => {
    await leave(20);
    const on = await target((session) => ({
      ...session,
      async *leases() {
        let listed = 0;
        for await (const lease of session.leases()) {
          if (listed === 13) throw new Error('connection reset');
          listed += 1;
          yield lease;
        }
      },
    }));
    await expect(run(on)).rejects.toThrow('the list of leases is not complete: connection reset');
    expect(await ours()).toHaveLength(7);
  });
});

describe('at the same time', () => {
  it('two sweeps and the post steps of the same leases do no harm', async () => {
    const names = await leave(60);
    const minted: Principal[] = [];
    {
      await using session = await open(server);
      for (let i = 0; i < 10; i += 1) {
        const each = draft({ ttl: 1 });
        await session.mint(each);
        minted.push(each.principal);
      }
    }
    await sleep(1500);
    const post = async (): Promise<void> => {
      for (const principal of [...minted, ...names.slice(0, 20)]) {
        await using session = await open(server);
        expect((await session.revoke(principal)).outcome).toMatch(/^(?:revoked|absent)$/);
      }
    };
    const [first, second] = await Promise.all([run(await target()), run(await target()), post()]);
    for (const { outcome } of [...first, ...second]) expect(outcome).toMatch(/^(?:revoked|absent)$/);
    expect(await ours()).toEqual([]);
  });
});

it('goes on with the sessions that it has when the server lets no more in', async () => {
  await leave(30);
  await server.admin('ALTER ROLE joblease CONNECTION LIMIT 2');
  try {
    const on = await target();
    // A server that is full may have room a moment later: here it has none until the others are done.
    expect(counts(await run({ ...on, batchSize: 3 }, { concurrency: 6 }))).toEqual({ revoked: 30 });
  } finally {
    await server.admin('ALTER ROLE joblease CONNECTION LIMIT -1');
  }
});
