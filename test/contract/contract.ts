/**
 * What every engine promises (src/engines/engine.ts), against a real target. An engine's contract test describes its
 * target and calls {@link contract}; what only that engine does it tests beside.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  lacks,
  type Context,
  type Engine,
  type EngineDeclaration,
  type EngineSession,
  type Lease,
  type LeaseDraft,
  type RootCredential,
} from '../../src/engines/engine.ts';
import { retry } from '../../src/failure/retry.ts';
import { messageOf, UserError } from '../../src/lease/errors.ts';
import { parseInputs, type Inputs, type InputTable } from '../../src/lease/inputs.ts';
import { newPrincipal, type Principal } from '../../src/lease/name.ts';
import type { JobIdentity } from '../../src/lease/record.ts';
import type { ExpiryClass } from '../../src/lease/result.ts';

/** A real target under test. */
export interface ContractTarget extends AsyncDisposable {
  readonly engine: EngineDeclaration;
  /** text for the input `root` */
  readonly root: string;
  /** root's password, or what else must never be seen */
  readonly rootSecret: string;
  /** the same root with a wrong secret */
  readonly wrongRoot: string;
  /** the engine's own inputs, for a lease that may do something */
  readonly inputs: Readonly<Record<string, string>>;
  readonly expiryClass: ExpiryClass;
  /** logs in with a lease's outputs, as a job's client would. @throws when the target refuses */
  login(outputs: Readonly<Record<string, string>>): Promise<JobSession>;
  /** whether an account of this name is in the target, asked past the engine */
  exists(principal: string): Promise<boolean>;
  /** the names of all accounts, asked past the engine */
  accounts(): Promise<string[]>;
  /** makes and removes an account that joblease did not mint */
  addForeign(name: string): Promise<void>;
  removeForeign(name: string): Promise<void>;
  /** everything that the target has logged of the statements it was sent; only asked where that was promised */
  statementLog(): Promise<string>;
}

/** A job's session with the target. */
export interface JobSession extends AsyncDisposable {
  /** does something that the lease allows. @throws when the session is over */
  work(): Promise<void>;
}

export const job: JobIdentity = {
  repo: 'octo/app',
  repoId: 123_456_789,
  run: 1_234_567_890,
  attempt: 1,
  job: 'migrate',
  checkRun: 98_765_432_100,
  workflow: 'Deploy',
  actor: 'octocat',
};

/** A draft as the action would make it. */
export function draft(overrides: Partial<LeaseDraft> = {}): LeaseDraft {
  const { role = 'job', ttl = 600 } = overrides;
  return {
    principal: newPrincipal(role, new Date(Date.now() + ttl * 1000)),
    role,
    ttl,
    maxTtl: 3600,
    job,
    ...overrides,
  };
}

/** Opens a root session on the target, with other inputs where a test needs them. */
export async function open(
  target: ContractTarget,
  { root = target.root, inputs = {}, signal = AbortSignal.timeout(30_000), warnings = [], mints }: OpenOptions = {},
): Promise<Session> {
  const { engine } = target;
  const all: Record<string, string> = { ...target.inputs, ...inputs };
  const config = parseInputs(engine.inputs, (name) => all[name] ?? '');
  const context: Context = { signal, warn: (message) => warnings.push(message), mints };
  const driver = await engine.load();
  const session = await retry(
    async () => await driver.open(engine.root.parse(root, 'root'), config, context),
    driver.canHeal,
    signal,
  );
  return withAll(session, engine);
}

/** A session with every ability: those that its engine lacks fail, as the action that asks for them would. */
export type Session = Required<EngineSession>;

function withAll(session: EngineSession, engine: EngineDeclaration): Session {
  return {
    renew: async () => await Promise.reject(lacks(engine, 'renew')),
    end: () => {
      throw lacks(engine, 'endTogether');
    },
    ...session,
  };
}

/** Loads an engine, in the same way with every ability. */
export async function load<Root extends RootCredential, Table extends InputTable>(
  engine: EngineDeclaration<Root, Table>,
): Promise<Required<Engine<Root, Inputs<Table>>>> {
  const driver = await engine.load();
  return {
    batchSize: 1,
    endSelf: async () => await Promise.reject(lacks(engine, 'endSelf')),
    rotateRoot: () => {
      throw lacks(engine, 'rotateRoot');
    },
    ...driver,
  };
}

interface OpenOptions {
  readonly root?: string;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** gets the engine's warnings */
  readonly warnings?: string[];
  /** as the action that mints says it */
  readonly mints?: Context['mints'];
}

/** What an error tells, for a test that expects one; a test whose call succeeds fails. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('it should have failed');
}

export async function findLease(session: EngineSession, principal: Principal): Promise<Lease | undefined> {
  for await (const lease of session.leases({ records: 'all' })) if (lease.principal === principal) return lease;
  return undefined;
}

/**
 * Which promises a target cannot keep. Nothing is left out for that: the suite then proves what holds in their place,
 * and says so in the name of the test.
 */
export interface Capabilities {
  /** whether it shows the statements that it was sent; a server that runs elsewhere may not */
  readonly statementLog: boolean;
  /** whether it keeps leases with their records; where it does not, `leases` finds at most what was revoked */
  readonly records: boolean;
  /** whether it moves the end of a lease; where not, `renew` says so */
  readonly renews: boolean;
  /** whether a lease can end itself; where not, `endSelf` says so */
  readonly endsItself: boolean;
  /** how far: `expiring` where something that was made of the credential may outlive it until the expiry, `failed` until a sweep */
  readonly ownEnd: 'disabled' | 'expiring' | 'failed';
  /**
   * - `removes`: revoking ends the credential and leaves nothing
   * - `denies`: it ends the credential and leaves the refusal, until the lease would have ended
   * - `waits`: the credential works until its end, and `revoke` says so
   */
  readonly revoke: 'removes' | 'denies' | 'waits';
}

/** What `revoke` says for a lease that is there, and for one that is not or no longer. */
const outcomes = {
  removes: { first: 'revoked', again: 'absent' },
  denies: { first: 'revoked', again: 'revoked' },
  waits: { first: 'expiring', again: 'expiring' },
} as const;

/** @param stated what the target is capable of, as far as it is less than everything */
export function contract(name: string, start: () => Promise<ContractTarget>, stated: Partial<Capabilities> = {}): void {
  const can: Capabilities = {
    statementLog: true,
    records: true,
    renews: true,
    endsItself: true,
    ownEnd: 'disabled',
    revoke: 'removes',
    ...stated,
  };
  const { first, again } = outcomes[can.revoke];
  /** Holds a credential's client against what revoking it promises. */
  const expectEnded = async (client: JobSession): Promise<void> => {
    if (can.revoke === 'waits') await client.work();
    else await expect(client.work()).rejects.toThrow();
  };

  describe(`${name}: what every engine promises`, () => {
    let target: ContractTarget;
    beforeAll(async () => {
      target = await start();
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });

    const withRecord = can.records
      ? 'with its record and its end on the target'
      : 'and of which the target keeps no record';
    it(`hands out a credential that works, ${withRecord}`, async () => {
      const lease = draft({ ttl: 600, maxTtl: 3600, role: 'migrate' });
      await using session = await open(target, { mints: { principal: lease.principal, verify: true } });
      const before = Date.now();
      const minted = await session.mint(lease);
      await session.verify(minted.credential);
      await using client = await target.login(minted.outputs);
      await client.work();

      expect(minted.expiryClass).toBe(target.expiryClass);
      expect(Object.values(minted.about).join('')).not.toBe('');
      for (const secret of minted.secrets) expect(JSON.stringify(minted.about)).not.toContain(secret);
      expect(Math.abs(minted.expiresAt.getTime() - before - 600_000)).toBeLessThan(5000);
      const found = await findLease(session, lease.principal);
      if (can.records) {
        const iat = found?.record?.iat ?? 0;
        expect(found?.record).toMatchObject({ v: 1, ...job, role: 'migrate', exp: iat + 600, max: iat + 3600 });
        expect(found).toMatchObject({ expiresAt: minted.expiresAt, usable: true });
      } else expect(found).toBeUndefined();
      await session.revoke(lease.principal);
    });

    it('has the abilities that its page says', async () => {
      const { engine } = target;
      const config = parseInputs(engine.inputs, (input) => target.inputs[input] ?? '');
      const context: Context = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
      const driver = await engine.load();
      await using session = await driver.open(engine.root.parse(target.root, 'root'), config, context);
      const { renew } = engine.limits ?? {};
      expect(session.renew === undefined).toBe(renew !== undefined && renew.of === undefined);
    });

    const afterwards = {
      removes: 'the login is refused, the open session is over, nothing is left',
      denies: 'the login is refused, the open session is over, the refusal is listed',
      waits: 'it says that the credential works until its end, and so it does',
    };
    it(`revokes: ${afterwards[can.revoke]}; twice is fine`, async () => {
      await using session = await open(target);
      const lease = draft();
      const { outputs } = await session.mint(lease);
      await using client = await target.login(outputs);
      await client.work();

      const result = await session.revoke(lease.principal);
      expect(result).toMatchObject({ outcome: first, sessionsEnded: can.revoke === 'waits' ? 0 : 1 });
      await expectEnded(client);
      if (can.revoke === 'waits') {
        await using second = await target.login(outputs);
        await second.work();
      } else await expect(target.login(outputs)).rejects.toThrow();
      expect(await target.exists(lease.principal)).toBe(false);
      const left = await findLease(session, lease.principal);
      if (can.revoke === 'denies') expect(left?.usable).toBe(false);
      else expect(left).toBeUndefined();
      const twice = await session.revoke(lease.principal);
      expect(twice.outcome).toBe(again);
      if (can.revoke === 'removes') expect(twice).toEqual({ outcome: 'absent', sessionsEnded: 0 });
    });

    it('ends a credential on the target’s own clock, with nobody left to revoke it', async () => {
      const lease = draft({ ttl: 3 });
      let minted;
      {
        await using session = await open(target);
        minted = await session.mint(lease);
      }
      await using client = await target.login(minted.outputs);
      await sleep(minted.expiresAt.getTime() - Date.now() + 1500);
      if (target.expiryClass !== 'sweep') await expect(target.login(minted.outputs)).rejects.toThrow();
      if (target.expiryClass === 'full') {
        await sleep(3000); // as often as the reaper looks
        await expect(client.work()).rejects.toThrow();
        return;
      }
      await client.work();
      await using session = await open(target);
      // Of this class an open session goes on, and the list says so.
      const still = { over: true, usable: true };
      if (target.expiryClass === 'login') expect(await findLease(session, lease.principal)).toMatchObject(still);
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
    });

    const renewing = 'from now, never past the maximum, and never brings an ended lease back';
    it(`renews ${can.renews ? renewing : 'nothing, and says so'}`, async () => {
      await using session = await open(target);
      if (!can.renews) {
        const fixed = draft();
        const minted = await session.mint(fixed);
        expect(await failureOf(session.renew(fixed.principal, 50))).toBeInstanceOf(UserError);
        await using client = await target.login(minted.outputs);
        await client.work();
        return;
      }
      const lease = draft({ ttl: 2, maxTtl: 100 });
      const { outputs } = await session.mint(lease);
      const iat = (await findLease(session, lease.principal))?.record?.iat ?? 0;
      const renewed = await session.renew(lease.principal, 50);
      expect((renewed.record?.exp ?? 0) - iat).toBeGreaterThanOrEqual(50);
      expect((renewed.record?.exp ?? 0) - iat).toBeLessThan(55);
      await sleep(3000);
      await using client = await target.login(outputs);
      await client.work();
      expect((await session.renew(lease.principal, 500)).record?.exp).toBe(iat + 100);
      expect(await findLease(session, lease.principal)).toMatchObject({ record: { exp: iat + 100 }, usable: true });
      await session.revoke(lease.principal);
      expect(await failureOf(session.renew(lease.principal, 50))).toBeInstanceOf(UserError);
    });

    it('leaves nothing that revoke does not end, wherever a mint is cut off', async () => {
      for (const delay of [0, 1, 2, 3, 5, 8, 13, 21, 34]) {
        const lease = draft({ ttl: 60 });
        const cut = new AbortController();
        {
          const mints = { principal: lease.principal, verify: true };
          await using session = await open(target, { signal: cut.signal, mints });
          const minting = session.mint(lease).catch(() => undefined);
          await sleep(delay);
          cut.abort();
          await minting;
        }
        await using session = await open(target);
        expect([first, again]).toContain((await session.revoke(lease.principal)).outcome);
        await sleep(50);
        expect(await target.exists(lease.principal), `cut off after ${delay} ms`).toBe(false);
      }
    });

    it('lets sixteen jobs mint and revoke at once', async () => {
      const before = await target.accounts();
      await Promise.all(
        Array.from({ length: 16 }, async () => {
          await using session = await open(target);
          const lease = draft();
          const { outputs } = await session.mint(lease);
          await using client = await target.login(outputs);
          await client.work();
          expect(await session.revoke(lease.principal)).toMatchObject({ outcome: first });
          await expectEnded(client);
        }),
      );
      expect(await target.accounts()).toEqual(before);
    });

    it('lets a post step and two sweeps revoke the same lease at once', async () => {
      for (let round = 0; round < 5; round += 1) {
        await using session = await open(target);
        const lease = draft();
        const { outputs } = await session.mint(lease);
        await using client = await target.login(outputs);
        await client.work();
        const results = await Promise.all(
          Array.from({ length: 3 }, async () => {
            await using revoker = await open(target);
            return await revoker.revoke(lease.principal);
          }),
        );
        expect(results.map(({ outcome }) => outcome).filter((one) => one !== first && one !== again)).toEqual([]);
        expect(await target.exists(lease.principal)).toBe(false);
        await expectEnded(client);
      }
    });

    it(`lists ${can.records ? 'all that is ours' : 'no live lease'} and nothing else`, async () => {
      const foreign = [
        'jl_admin',
        'jl_0000000_job_short',
        'app_jl_0000000_job_0123456789abc',
        'jl_0000000_job_0123456789abcd',
      ];
      const leases = Array.from({ length: 5 }, () => draft());
      try {
        for (const each of foreign) await target.addForeign(each);
        await using session = await open(target);
        for (const lease of leases) await session.mint(lease);
        const found = new Set<string>();
        for await (const { principal } of session.leases()) found.add(principal);
        expect(leases.filter(({ principal }) => found.has(principal) !== can.records)).toEqual([]);
        expect(foreign.filter((each) => found.has(each))).toEqual([]);
        for (const { principal } of leases) await session.revoke(principal);
      } finally {
        for (const each of foreign) await target.removeForeign(each);
      }
    });

    const belong = can.records ? 'in the record of their own lease' : 'nowhere';
    it(`keeps hostile names where they belong: ${belong}`, async () => {
      const before = await target.accounts();
      const hostile: JobIdentity = {
        ...job,
        repo: 'octo/app',
        job: `x'; DROP TABLE invoice; --`,
        workflow: `\\'; CREATE ROLE injected SUPERUSER; -- "$$ $jl$ \`\n\r\0 {{password}} %s ${'ж'.repeat(200)}`,
        actor: `🦊"\u2028\\u0027'''"""/*--*/`,
      };
      const lease = draft({ job: hostile });
      await using session = await open(target, { mints: { principal: lease.principal, verify: false } });
      const { outputs } = await session.mint(lease);
      await using client = await target.login(outputs);
      await client.work();
      const record = (await findLease(session, lease.principal))?.record;
      if (can.records) {
        expect(record).toMatchObject({ job: hostile.job, actor: hostile.actor });
        expect(hostile.workflow.startsWith(record?.workflow ?? '-')).toBe(true);
      } else expect(record).toBeUndefined();
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: first });
      expect(await target.accounts()).toEqual(before);
    });

    it(`${can.endsItself ? 'lets a lease end itself when' : 'says that a lease cannot end itself though'} no root can`, async () => {
      await using session = await open(target);
      const lease = draft();
      const minted = await session.mint(lease);
      await using client = await target.login(minted.outputs);
      await client.work();

      const driver = await load(target.engine);
      const config = parseInputs(target.engine.inputs, (input) => target.inputs[input] ?? '');
      const context: Context = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
      if (!can.endsItself) {
        expect(await failureOf(driver.endSelf(minted.credential, config, context))).toBeInstanceOf(UserError);
        await client.work();
        return;
      }
      expect(await driver.endSelf(minted.credential, config, context)).toMatchObject({ outcome: can.ownEnd });
      await expect(target.login(minted.outputs)).rejects.toThrow();
      await expect(client.work()).rejects.toThrow();
      // Where its login is refused now, that may also be because somebody has changed its password: nothing to boast of.
      const second = await driver.endSelf(minted.credential, config, context).catch(() => ({ outcome: 'failed' }));
      expect(['absent', 'failed']).toContain(second.outcome);
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
    });

    it('uses the first root that the target accepts, and says which it passed over', async () => {
      const warnings: string[] = [];
      await using session = await open(target, { root: `${target.wrongRoot}\n${target.root}`, warnings });
      const lease = draft();
      const { credential } = await session.mint(lease);
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('root');
      expect(await session.revoke(lease.principal, credential)).toMatchObject({ outcome: first });
    });

    const mintWith = async (root: string): Promise<void> => {
      await using session = await open(target, { root });
      await session.mint(draft());
    };

    it('refuses a wrong root within one attempt, naming the input and what the target said', async () => {
      const started = Date.now();
      const error = await failureOf(mintWith(target.wrongRoot));
      expect(Date.now() - started).toBeLessThan(5000);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).details.input).toBe('root');
      expect((error as UserError).details.said).toBeTruthy();
      for (const { secrets } of target.engine.root.parse(target.wrongRoot, 'root')) {
        for (const secret of secrets) expect(messageOf(error)).not.toContain(secret);
      }
    });

    it.runIf(can.statementLog)('lets no secret into the target’s statement log', async () => {
      await using session = await open(target);
      const lease = draft();
      const { outputs, secrets } = await session.mint(lease);
      await using client = await target.login(outputs);
      await client.work();
      if (can.renews) await session.renew(lease.principal, 700);
      await session.revoke(lease.principal);
      const log = await target.statementLog();
      expect(log).toContain(lease.principal);
      expect([...secrets, target.rootSecret].filter((secret) => log.includes(secret))).toEqual([]);
    });
  });
}
