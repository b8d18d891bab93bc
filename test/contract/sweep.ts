/** What every engine promises a sweep (src/engines/engine.ts), against a real target that keeps leases. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lease } from '../../src/engines/engine.ts';
import type { Principal } from '../../src/lease/name.ts';
import { encodeRecord } from '../../src/lease/record.ts';
import type { Outcome, Revocation } from '../../src/lease/result.ts';
import { type ContractTarget, draft, job, load, open, type Session } from './contract.ts';

/** A target that can be brought into the states that a sweep finds. */
export interface SweepTarget extends ContractTarget {
  /** puts a text where a lease's record stands, under any name, and makes the account where it does not exist */
  mark(name: string, record: string): Promise<void>;
  /** takes away what {@link mark} has made */
  unmark(name: string): Promise<void>;
  /** makes something that keeps a lease's account from being removed. @returns how it is undone */
  tie(principal: Principal, outputs: Readonly<Record<string, string>>): Promise<() => Promise<void>>;
  /** how such a lease ends */
  readonly tied: Outcome;
}

interface Leftover {
  readonly principal: Principal;
  readonly outputs: Readonly<Record<string, string>>;
}

const foreignRecord = '{"owner": "somebody else"}';
const record = { v: 1, ...job, role: 'job', iat: 1000, exp: 2000, max: 2000 } as const;

export function sweepContract(name: string, start: () => Promise<SweepTarget>): void {
  describe(`${name}: what every engine promises a sweep`, () => {
    let target: SweepTarget;
    let batchSize: number;
    beforeAll(async () => {
      target = await start();
      ({ batchSize } = await load(target.engine));
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });

    async function mint(count: number): Promise<Leftover[]> {
      await using session = await open(target);
      const minted: Leftover[] = [];
      for (let i = 0; i < count; i += 1) {
        const lease = draft({ ttl: 600 + i });
        const { outputs } = await session.mint(lease);
        minted.push({ principal: lease.principal, outputs });
      }
      return minted;
    }

    async function left(leftovers: readonly Leftover[]): Promise<string[]> {
      const accounts = new Set(await target.accounts());
      return leftovers.map(({ principal }) => principal).filter((principal) => accounts.has(principal));
    }

    it('ends more than one batch, whatever is open included, and leaves nothing', async () => {
      await using session = await open(target);
      const leftovers = await mint(batchSize + 3);
      const [busy, idle] = leftovers;
      if (busy === undefined || idle === undefined) throw new Error('none was minted');
      await using client = await target.login(busy.outputs);
      await client.work();

      const ended = await endAll(session, await listed(session, leftovers), batchSize);
      expect(Map.groupBy(ended.values(), ({ outcome }) => outcome).get('revoked')).toHaveLength(batchSize + 3);
      expect(ended.get(busy.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
      await expect(client.work()).rejects.toThrow();
      await expect(target.login(idle.outputs)).rejects.toThrow();
      expect(await left(leftovers)).toEqual([]);
      expect(await listed(session, leftovers)).toEqual([]);
      expect(await endAll(session, [], batchSize)).toEqual(new Map());
    });

    it('is not stopped by one that cannot be removed', async () => {
      await using session = await open(target);
      const leftovers = await mint(6);
      const [, , tied] = leftovers;
      if (tied === undefined) throw new Error('none was minted');
      const untie = await target.tie(tied.principal, tied.outputs);
      try {
        const ended = await endAll(session, await listed(session, leftovers), batchSize);
        expect(ended.get(tied.principal)).toMatchObject({ outcome: target.tied });
        const others = leftovers.filter((each) => each !== tied);
        expect(others.map(({ principal }) => ended.get(principal)?.outcome)).toEqual(others.map(() => 'revoked'));
        expect(await left(leftovers)).toEqual(target.tied === 'disabled' ? [tied.principal] : []);
        await expect(target.login(tied.outputs)).rejects.toThrow();
        const [shell] = await listed(session, [tied]);
        if (target.tied === 'disabled') expect(shell).toMatchObject({ over: true, usable: false });
        else expect(shell).toBeUndefined();
      } finally {
        await untie();
      }
      const again = await endAll(session, await listed(session, leftovers), batchSize);
      expect([...again.values()].map(({ outcome }) => outcome)).toEqual(target.tied === 'disabled' ? ['revoked'] : []);
      expect(await left(leftovers)).toEqual([]);
    });

    it('lets two sweeps and the post steps end the same leases at once', async () => {
      await using session = await open(target);
      for (let round = 0; round < 3; round += 1) {
        const leftovers = await mint(12);
        const leases = await listed(session, leftovers);
        expect(leases).toHaveLength(12);
        const sweep = async (size: number): Promise<Revocation[]> => {
          await using own = await open(target);
          return [...(await endAll(own, leases, size)).values()];
        };
        const post = async (): Promise<Revocation[]> => {
          await using own = await open(target);
          const results = [];
          for (const { principal } of leftovers) results.push(await own.revoke(principal));
          return results;
        };
        const results = (await Promise.all([sweep(batchSize), sweep(5), post()])).flat();
        expect(results).toHaveLength(36);
        expect(results.filter(({ outcome }) => outcome !== 'revoked' && outcome !== 'absent')).toEqual([]);
        expect(await left(leftovers)).toEqual([]);
        expect(await listed(session, leftovers)).toEqual([]);
      }
    });

    it('names what looks like a lease and is not, and does not list it', async () => {
      const strangers = ['jl_something', 'jl_0000000_job_short', 'app_user'];
      await target.addForeign('jl_something');
      await target.addForeign('jl_0000000_job_short');
      await target.addForeign('somebody');
      await target.mark('app_user', encodeRecord(record));
      try {
        await using session = await open(target);
        const leftovers = await mint(1);
        const found = await Array.fromAsync(session.lookalikes());
        expect(found.filter((each) => [...strangers, 'somebody', leftovers[0]?.principal].includes(each))).toEqual(
          strangers.toSorted((a, b) => found.indexOf(a) - found.indexOf(b)),
        );
        const names = (await Array.fromAsync(session.leases())).map(({ principal }) => String(principal));
        expect(names.filter((each) => [...strangers, 'somebody'].includes(each))).toEqual([]);
        await endAll(session, await listed(session, leftovers), batchSize);
      } finally {
        await target.unmark('app_user');
        for (const each of ['jl_something', 'jl_0000000_job_short', 'somebody']) await target.removeForeign(each);
      }
    });

    it('says of each lease whether it is over, whether it may still be used, and whether its record is ours', async () => {
      // Far in the future, so that the switch does not end them.
      const [theirs, newer, bare] = ['0', '1', '2'].map((digit) => `jl_zzzzzzz_job_000000000000${digit}`);
      if (theirs === undefined || newer === undefined || bare === undefined) throw new Error('there are three');
      await target.mark(theirs, foreignRecord);
      await target.mark(newer, JSON.stringify({ ...record, v: 2, exp: 77_000_000_000, more: 'of it' }));
      await target.addForeign(bare);
      try {
        await using session = await open(target);
        const leftovers = await mint(1);
        const [live] = await listed(session, leftovers);
        expect(live).toMatchObject({ over: false, usable: true, record: { role: 'job' } });
        expect(live?.unreadable ?? false).toBe(false);

        const found = await Array.fromAsync(session.leases({ records: 'all' }));
        const told = (principal: string): Lease | undefined => found.find((each) => each.principal === principal);
        expect(told(theirs)).toMatchObject({ record: undefined, unreadable: true, over: false });
        expect(told(newer)).toMatchObject({ record: undefined, unreadable: true });
        expect(told(bare)).toMatchObject({ record: undefined, over: false });
        expect(told(bare)?.unreadable ?? false).toBe(false);
        await endAll(session, await listed(session, leftovers), batchSize);
      } finally {
        for (const each of [theirs, newer]) await target.unmark(each);
        await target.removeForeign(bare);
      }
    });
  });
}

/** The listed leases of these names. */
async function listed(session: Session, leftovers: readonly Leftover[]): Promise<Lease[]> {
  const names = new Set(leftovers.map(({ principal }) => principal));
  return (await Array.fromAsync(session.leases({ records: 'all' }))).filter(({ principal }) => names.has(principal));
}

/** Ends leases as the sweep does. @returns how each ended; every one did, and once */
async function endAll(session: Session, leases: readonly Lease[], size: number): Promise<Map<Principal, Revocation>> {
  const ended = new Map<Principal, Revocation>();
  for (let i = 0; i < leases.length; i += size) {
    for await (const [{ principal }, revocation] of session.end(leases.slice(i, i + size))) {
      expect(ended.has(principal)).toBe(false);
      ended.set(principal, revocation);
    }
  }
  expect(ended.size).toBe(leases.length);
  return ended;
}
