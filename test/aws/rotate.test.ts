/** Rotation of the access key that is root: whatever is killed wherever, what is stored works and the next run finishes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aws } from '../../src/engines/aws/declaration.ts';
import { formatRoot, rootInput, type AwsRoot } from '../../src/engines/aws/root.ts';
import type { Rotation, RotationStep } from '../../src/engines/engine.ts';
import { messageOf } from '../../src/lease/errors.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { everything, rootText, startAwsTarget, type AwsTarget } from '../contract/aws-target.ts';
import { draft, failureOf, load, open } from '../contract/contract.ts';
import type { AccessKey, User } from '../services/aws/account.ts';
import { startFaultProxy, type Fault } from '../services/faults.ts';

/** The engine reads the environment once, when it is loaded. */
const ambientId = vi.hoisted(() => {
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIAOFTHEENVIRONMENT';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'a-secret-of-the-environment';
  return 'AKIAOFTHEENVIRONMENT';
});

const minute = 60;
const day = 1440 * minute;
const usual = 35 * day;

let target: AwsTarget;
let user: User;
beforeEach(async () => {
  target = await startAwsTarget();
  user = target.server.account.findUser('joblease') ?? target.server.account.addUser('none');
});
afterEach(async () => {
  await target[Symbol.asyncDispose]();
});

/** The secret as GitHub stores it. */
interface Secret {
  value: string;
}

type StoreFault = 'killed before' | 'killed after' | 'lost answer' | 'refused';

/** The outside call that goes wrong: the n-th request to AWS, or the n-th store. */
type Spoilt =
  { readonly request: number; readonly fault: Fault } | { readonly store: number; readonly fault: StoreFault };

interface Run {
  readonly rotation: Rotation | undefined;
  readonly error: unknown;
  readonly steps: readonly RotationStep[];
  readonly warnings: readonly string[];
  readonly requests: number;
  readonly stores: number;
}

interface RunOptions {
  /** what the run was queued with, if that is not what is stored now */
  readonly queued?: string;
  readonly spoilt?: Spoilt;
  readonly inputs?: Readonly<Record<string, string>>;
  /** done before a value is stored */
  readonly beforeStore?: (n: number) => Promise<void>;
  readonly signal?: AbortSignal;
  /** the runner's clock, where it is not AWS's */
  readonly now?: Date;
  /** seconds, if not 35 days */
  readonly overlap?: number;
}

const killed = Symbol('killed');

/** One run of the action, as far as the engine can see it. What a user may read of it holds no secret. */
async function rotate(secret: Secret, options: RunOptions = {}): Promise<Run> {
  const { queued = secret.value, spoilt, inputs = {}, beforeStore, signal } = options;
  const { now = new Date(target.server.account.now()), overlap = usual } = options;
  const existing = [...user.keys];
  const life = new AbortController();
  const { server } = target;
  await using proxy = await startFaultProxy(server.endpoint, () => {
    life.abort();
  });
  if (spoilt !== undefined && 'request' in spoilt) proxy.spoil(spoilt.request, spoilt.fault);
  const all: Record<string, string> = { 'iam-endpoint': proxy.endpoint, 'sts-endpoint': proxy.endpoint, ...inputs };
  const config = parseInputs(aws.inputs, (name) => all[name] ?? '');
  const warnings: string[] = [];
  const context = {
    signal: AbortSignal.any([life.signal, signal ?? AbortSignal.timeout(30_000)]),
    warn: (message: string) => warnings.push(message),
  };
  const terms = { overlap, passwordLength: 43, now };
  const generator = (await load(aws)).rotateRoot(rootInput.parse(queued, 'root'), config, terms, context);

  const steps: RotationStep[] = [];
  let stores = 0;
  /** @returns whether the run goes on */
  const store = async (value: string): Promise<boolean> => {
    await beforeStore?.(stores);
    const fault = spoilt !== undefined && 'store' in spoilt && spoilt.store === stores ? spoilt.fault : undefined;
    stores += 1;
    if (fault !== 'killed before' && fault !== 'refused') secret.value = value;
    if (fault === 'lost answer' || fault === 'refused') await generator.return({} as Rotation);
    return fault === undefined;
  };
  const tell = async (): Promise<Rotation | undefined> => {
    const death = new Promise<typeof killed>((resolve) => {
      life.signal.addEventListener('abort', () => {
        resolve(killed);
      });
    });
    for (;;) {
      const step = generator.next();
      // What is killed is never resumed, and nobody hears of its end.
      step.catch(() => undefined);
      const result = await Promise.race([step, death]);
      if (result === killed) return undefined;
      if (result.done === true) return result.value;
      steps.push(result.value);
      if (result.value.value !== undefined && !(await store(result.value.value))) return undefined;
    }
  };
  const outcome = await tell().then(
    (rotation) => ({ rotation, error: undefined }),
    (error: unknown) => ({ rotation: undefined, error }),
  );
  const told = JSON.stringify([
    outcome.rotation,
    String(outcome.error),
    messageOf(outcome.error),
    warnings,
    steps.map(({ next }) => next),
  ]);
  for (const { secret: text } of [...existing, ...user.keys]) expect(told).not.toContain(text);
  return { ...outcome, steps, warnings, requests: proxy.count(), stores };
}

async function finish(secret: Secret, options: RunOptions = {}): Promise<Run & { rotation: Rotation }> {
  const run = await rotate(secret, options);
  if (run.rotation === undefined) throw new Error('it did not end', { cause: run.error });
  return { ...run, rotation: run.rotation };
}

async function refused(secret: Secret, options: RunOptions = {}): Promise<string> {
  const keys = user.keys.map(({ id, active }) => [id, active]);
  const run = await rotate(secret, options);
  expect(run.rotation).toBeUndefined();
  expect(user.keys.map(({ id, active }) => [id, active])).toEqual(keys);
  return messageOf(run.error);
}

function linesOf(value: string): readonly AwsRoot[] {
  return rootInput.parse(value, 'root');
}

function ids(value: string): string[] {
  return linesOf(value).map(({ accessKeyId }) => accessKeyId);
}

/** The id of the first line that a job could use now. */
async function usable(value: string): Promise<string | undefined> {
  for (const { accessKeyId, secretAccessKey } of linesOf(value)) {
    const credentials = { accessKeyId, secretAccessKey };
    const sts = new STSClient({ endpoint: target.server.endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
    const key = user.keys.find(({ id }) => id === accessKeyId);
    const { used } = key ?? {};
    const works = await sts.send(new GetCallerIdentityCommand({})).then(
      () => true,
      () => false,
    );
    // Looking is no use of the key.
    if (key !== undefined) key.used = used;
    if (works) return accessKeyId;
  }
  return undefined;
}

function use(key: AccessKey | undefined, service = 's3'): void {
  if (key !== undefined) key.used = { at: target.server.account.now(), service, region: 'eu-west-1' };
}

function keyOf(id: string | undefined): AccessKey | undefined {
  return user.keys.find((key) => key.id === id);
}

function lineOf({ id, secret, created }: AccessKey, joblease: AwsRoot['joblease'] | 'made' = {}): string {
  const marker = joblease === 'made' ? { made: rfc3339(created) } : joblease;
  return formatRoot({ accessKeyId: id, secretAccessKey: secret, joblease: marker });
}

function rfc3339(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '');
}

/** A key that is some days old; a person's or, as its line says, a rotation's. */
function agedKey(days: number): AccessKey {
  const { account } = target.server;
  account.clockOffset -= days * day * 1000;
  const key = account.addKey(user);
  account.clockOffset += days * day * 1000;
  return key;
}

/** Where a rotation can begin: what is stored, with the user's keys to match. */
const beginnings = {
  'the key of a person': {
    rotates: true,
    arrange: () => {
      user.keys.splice(0);
      return lineOf(agedKey(400));
    },
  },
  'a key that a rotation made': {
    rotates: true,
    arrange: () => {
      user.keys.splice(0);
      return lineOf(agedKey(40), 'made');
    },
  },
  'a predecessor to deactivate': {
    rotates: false,
    arrange: () => {
      user.keys.splice(0);
      const old = agedKey(80);
      return [lineOf(agedKey(36), 'made'), lineOf(old, 'made')].join('\n');
    },
  },
  'a predecessor to delete': {
    rotates: true,
    arrange: () => {
      user.keys.splice(0);
      const old = agedKey(80);
      old.active = false;
      return [lineOf(agedKey(36), 'made'), lineOf(old, 'made')].join('\n');
    },
  },
  'a key that a dead rotation left': {
    rotates: true,
    arrange: () => {
      user.keys.splice(0);
      const current = agedKey(100);
      const left = agedKey(1);
      use(left, 'sts');
      left.used = { at: left.created + 20_000, service: 'sts', region: 'us-east-1' };
      return lineOf(current, { made: rfc3339(current.created), creating: rfc3339(left.created - 3000) });
    },
  },
};

const faults: readonly Fault[] = [
  'killed before',
  'killed after',
  'lost answer',
  'reset',
  '500',
  'foreign',
  'throttled',
];
const storeFaults: readonly StoreFault[] = ['killed before', 'killed after', 'lost answer', 'refused'];

describe.each(Object.entries(beginnings))('from %s', (_name, { arrange, rotates }) => {
  /** Spoils one outside call, and then lets the next run finish. */
  async function survive(spoilt: Spoilt): Promise<void> {
    const before = arrange();
    const secret = { value: before };
    const [first, old] = ids(before);
    const run = await rotate(secret, { spoilt });
    const meanwhile = {
      queued: await usable(before),
      stored: (await usable(secret.value)) !== undefined,
      // The one call that cannot be made again.
      error: run.error === undefined || messageOf(run.error).includes('AWS did not say whether it made an access key'),
    };

    target.server.advance(3 * minute);
    const again = await rotate(secret);
    const [active] = ids(secret.value);
    const isDone = rotates ? active !== first : keyOf(old)?.active !== true;
    expect(
      {
        meanwhile,
        error: again.error,
        active: again.rotation?.active,
        queued: await usable(before),
        stored: await usable(secret.value),
        isNoted: secret.value.includes('creating'),
        // Keys that work and that nobody holds.
        lost: user.keys.filter(({ id, active: works }) => works && !ids(secret.value).includes(id)),
        isDone: isDone || run.rotation?.rotated === true,
      },
      `${spoilt.fault} at ${'store' in spoilt ? `store ${spoilt.store}` : `request ${spoilt.request}`}`,
    ).toEqual({
      meanwhile: { queued: first, stored: true, error: true },
      error: undefined,
      active,
      queued: first,
      stored: active,
      isNoted: false,
      lost: [],
      isDone: true,
    });
  }

  it.each(faults)('a request is %s, whichever it is', async (fault) => {
    const { requests } = await finish({ value: arrange() });
    expect(requests).toBeGreaterThan(3);
    for (let request = 0; request < requests; request += 1) await survive({ request, fault });
  });

  it.each(storeFaults)('a store is %s, whichever it is', async (fault) => {
    const { stores } = await finish({ value: arrange() });
    expect(stores).toBeGreaterThan(0);
    for (let store = 0; store < stores; store += 1) await survive({ store, fault });
  });
});

it('survives a second death in the run that repairs the first', { timeout: 300_000 }, async () => {
  const { arrange } = beginnings['the key of a person'];
  const { requests } = await finish({ value: arrange() });
  for (let first = 0; first < requests; first += 1) {
    for (let second = 0; ; second += 1) {
      const before = arrange();
      const secret = { value: before };
      await rotate(secret, { spoilt: { request: first, fault: 'killed after' } });
      target.server.advance(3 * minute);
      const repair = await rotate(secret, { spoilt: { request: second, fault: 'killed after' } });
      target.server.advance(3 * minute);
      await finish(secret);
      expect(await usable(secret.value)).toBe(ids(secret.value)[0]);
      expect(await usable(before)).toBe(ids(before)[0]);
      expect(user.keys.map(({ id }) => id).toSorted()).toEqual(ids(secret.value).toSorted());
      if (repair.rotation !== undefined) break;
    }
  }
});

describe('the life of keys', () => {
  it('goes create, nothing, deactivate, delete and create, over three rotations', async () => {
    const { server } = target;
    const secret = { value: target.root };
    const [person = ''] = ids(secret.value);

    const first = await finish(secret);
    const [k1 = ''] = ids(secret.value);
    expect(first.rotation).toMatchObject({ rotated: true, active: k1, retired: [] });
    expect(first.steps.map(({ stage }) => stage)).toEqual(['prepare', 'prove', 'promote']);
    expect(ids(secret.value)).toEqual([k1, person]);
    const due = first.rotation.nextDue?.getTime() ?? 0;
    expect(Math.abs(due - server.account.now() - usual * 1000)).toBeLessThan(5000);

    server.advance(34 * day);
    const nothing = await finish(secret);
    expect(nothing.rotation).toMatchObject({ rotated: false, active: k1, retired: [], nextDue: new Date(due) });
    expect(nothing).toMatchObject({ requests: 1, stores: 0, steps: [] });
    expect(keyOf(person)?.active).toBe(true);

    server.advance(2 * day);
    const deactivation = await finish(secret);
    expect(deactivation.rotation).toMatchObject({ rotated: false, retired: [`access key ${person} (deactivated)`] });
    expect(deactivation.rotation.notes.join()).toContain(
      `aws iam delete-access-key --user-name joblease --access-key-id ${person}`,
    );
    expect(keyOf(person)?.active).toBe(false);
    // A key that a person made is theirs to delete.
    const said = await refused(secret);
    expect(said).toContain('user "joblease" has two access keys, and there is none that a rotation may delete');
    expect(said).toMatch(new RegExp(`${person}: made on .* \\(36 days ago\\), inactive, .*, line 2 of the secret`));
    expect(said).toContain(`aws iam delete-access-key --user-name joblease --access-key-id ${person}`);
    user.keys.splice(0, 1);

    const second = await finish(secret);
    const [k2 = ''] = ids(secret.value);
    expect(second.rotation).toMatchObject({ rotated: true, active: k2 });
    expect(ids(secret.value)).toEqual([k2, k1]);

    server.advance(36 * day);
    const third = await finish(secret);
    expect(third.rotation).toMatchObject({ rotated: false, retired: [`access key ${k1} (deactivated)`] });
    expect(ids(secret.value)).toEqual([k2, k1]);
    const fourth = await finish(secret);
    const [k3 = ''] = ids(secret.value);
    expect(fourth.rotation).toMatchObject({ rotated: true, active: k3, retired: [`access key ${k1} (deleted)`] });
    expect(fourth.steps.map(({ stage }) => stage)).toEqual(['prepare', 'retire', 'prove', 'promote']);
    expect(ids(secret.value)).toEqual([k3, k2]);
    expect(user.keys.map(({ id, active }) => [id, active])).toEqual([
      [k2, true],
      [k3, true],
    ]);
  });

  it('lets jobs mint, with the new secret and with the one that they were queued with', async () => {
    const secret = { value: target.root };
    await finish(secret);
    for (const root of [secret.value, target.root]) {
      await using session = await open(target, { root });
      const lease = draft();
      const { credential } = await session.mint(lease);
      expect((await session.revoke(lease.principal, credential)).outcome).toBe('revoked');
    }
  });

  it('masks the new key before anything else', async () => {
    const secret = { value: target.root };
    const { steps } = await finish(secret);
    const [successor] = linesOf(secret.value);
    const made = steps.findIndex(({ stage }) => stage === 'prove');
    expect(steps[made]?.secrets).toContain(successor?.secretAccessKey);
    expect(steps[made]?.secrets).toContain(secret.value.split('\n')[0]);
    expect(JSON.stringify(steps.slice(0, made))).not.toContain(successor?.secretAccessKey);
  });

  it('changes nothing before the first value is stored', async () => {
    for (const { arrange } of Object.values(beginnings)) {
      const secret = { value: arrange() };
      const before = JSON.stringify(user.keys.map(({ id, active }) => [id, active]));
      const { steps } = await rotate(secret, { spoilt: { store: 0, fault: 'refused' } });
      expect(steps).toHaveLength(1);
      expect(JSON.stringify(user.keys.map(({ id, active }) => [id, active]))).toBe(before);
    }
  });
});

describe('a root that leaked', () => {
  it('ends with the run after the rotation, used or not', async () => {
    const secret = { value: target.root };
    const [leaked] = ids(secret.value);
    const { rotation, steps } = await finish(secret, { overlap: 0 });
    expect(rotation).toMatchObject({ rotated: true, retired: [] });
    expect(rotation.nextDue?.getTime()).toBeLessThanOrEqual(target.server.account.now());
    expect(steps.map(({ stage }) => stage)).toEqual(['prepare', 'prove', 'promote']);
    expect(rotation.notes).toEqual([
      `access key ${leaked} is still active: to deactivate it run the rotation a second time with "overlap: 0", once this run has ended`,
    ]);
    expect(keyOf(leaked)?.active).toBe(true);

    target.server.advance(10 * minute);
    use(keyOf(leaked));
    const stored = secret.value;
    const second = await finish(secret, { overlap: 0 });
    expect(second.rotation).toMatchObject({ rotated: false, retired: [`access key ${leaked} (deactivated)`] });
    expect(second.steps.map(({ stage, value }) => [stage, value])).toEqual([['retire', stored]]);
    expect(keyOf(leaked)?.active).toBe(false);
    expect(await usable(secret.value)).toBe(rotation.active);
  });

  it('makes room for the next one, used or not', async () => {
    user.keys.splice(0);
    const leaked = agedKey(40);
    const secret = { value: lineOf(leaked, 'made') };
    await finish(secret, { overlap: 0 });
    target.server.advance(10 * minute);
    use(leaked);
    await finish(secret, { overlap: 0 });
    target.server.advance(minute);
    const { rotation } = await finish(secret, { overlap: 0 });
    expect(rotation).toMatchObject({ rotated: true, retired: [`access key ${leaked.id} (deleted)`] });
  });

  it('ends in three runs, when the secret held two keys', async () => {
    user.keys.splice(0);
    const [second, first] = [agedKey(50), agedKey(10)];
    // By a job that had been queued before the second one was replaced.
    second.used = { at: first.created + day * 1000, service: 's3', region: 'x' };
    const secret = { value: [lineOf(first, 'made'), lineOf(second, 'made')].join('\n') };
    expect((await finish(secret, { overlap: 0 })).rotation).toMatchObject({ rotated: false, active: first.id });
    expect((await finish(secret, { overlap: 0 })).rotation.retired).toEqual([`access key ${second.id} (deleted)`]);
    expect((await finish(secret, { overlap: 0 })).rotation.retired).toEqual([`access key ${first.id} (deactivated)`]);
    expect(user.keys.filter(({ active }) => active).map(({ id }) => id)).toEqual([ids(secret.value)[0]]);
  });
});

it.each([0, 30, minute, 4 * minute])('is no user of what it replaces, with an overlap of %i s', async (overlap) => {
  user.keys.splice(0);
  const replaced = agedKey(40);
  const secret = { value: lineOf(replaced, 'made') };
  const queued = secret.value;
  const aMinuteLater = async (): Promise<void> => {
    target.server.advance(minute);
    await Promise.resolve();
  };
  await finish(secret, { overlap, beforeStore: aMinuteLater });
  const made = Date.parse(linesOf(secret.value)[0]?.joblease?.made ?? '');
  await aMinuteLater();
  // One that began before, and finds out only now that it came too late.
  await refused(secret, { overlap, queued });
  expect(replaced.used?.at).toBeGreaterThan(made + minute * 1000);
  target.server.advance(4 * minute);
  const deactivation = await finish(secret, { overlap, beforeStore: aMinuteLater });
  expect(deactivation.rotation.retired).toEqual([`access key ${replaced.id} (deactivated)`]);
  await aMinuteLater();
  const { rotation } = await finish(secret, { overlap, beforeStore: aMinuteLater });
  expect(rotation).toMatchObject({ rotated: true, retired: [`access key ${replaced.id} (deleted)`] });
});

describe('a key that is not to be deleted', () => {
  it('is one that was used after the overlap: the run fails and names it, until a further overlap is over', async () => {
    const { arrange } = beginnings['a predecessor to deactivate'];
    const secret = { value: arrange() };
    const before = secret.value;
    const [, old] = ids(secret.value);
    use(keyOf(old));
    for (let i = 0; i < 2; i += 1) {
      const said = await refused(secret);
      expect(said).toContain(`access key ${old} was left active`);
      expect(said).toMatch(/last used on \d{4}-\S+Z \(s3, eu-west-1\)/);
      expect(said).toContain(`--status Inactive --user-name joblease --access-key-id ${old}`);
      expect(secret.value).toBe(before);
      expect(keyOf(old)?.active).toBe(true);
      target.server.advance(34 * day);
      // Used again it goes on.
      if (i === 0) use(keyOf(old));
    }
    target.server.advance(2 * day);
    expect((await finish(secret)).rotation.retired).toEqual([`access key ${old} (deactivated)`]);
    expect((await finish(secret)).rotation.retired).toEqual([`access key ${old} (deleted)`]);
  });

  it('is one that a person has deactivated and that was used after the overlap, for as long', async () => {
    const { arrange } = beginnings['a predecessor to deactivate'];
    const secret = { value: arrange() };
    const [, old] = ids(secret.value);
    use(keyOf(old));
    Object.assign(keyOf(old) ?? {}, { active: false });
    expect(await refused(secret)).toContain('there is none that a rotation may delete');
  });

  it('is one that was used before the overlap was over, until a run has deactivated it', async () => {
    const { arrange } = beginnings['a predecessor to deactivate'];
    const secret = { value: arrange() };
    const [, old] = ids(secret.value);
    const key = keyOf(old);
    if (key !== undefined) key.used = { at: target.server.account.now() - 2 * day * 1000, service: 's3', region: 'x' };
    expect((await finish(secret)).rotation.retired).toEqual([`access key ${old} (deactivated)`]);
    expect((await finish(secret)).rotation.retired).toEqual([`access key ${old} (deleted)`]);
  });

  it('is one that a person made beside ours', async () => {
    const secret = { value: target.root };
    const foreign = target.server.account.addKey(user);
    use(foreign);
    const said = await refused(secret);
    expect(said).toMatch(
      new RegExp(`${foreign.id}: made on .*, active, last used on .* \\(s3, eu-west-1\\), in no line`),
    );
    expect(said).toMatch(
      new RegExp(`${ids(secret.value)[0]}: made on .*, active, .*, line 1 of the secret, in use now`),
    );
    expect(said).toContain('If another rotation has run since this run was queued, run it again');
    expect(said).toContain(`aws iam delete-access-key --user-name joblease --access-key-id ${foreign.id}`);
    expect(secret.value).toBe(target.root);
  });

  it('is one of two that people made, in two lines', async () => {
    const [one, two] = [user.keys[0] ?? agedKey(1), agedKey(2)];
    const said = await refused({ value: [lineOf(one), lineOf(two)].join('\n') });
    expect(said).toContain('line 2 of the secret');
    expect(said).not.toContain('run it again');
  });

  it('is one that came after the key in use', async () => {
    user.keys.splice(0);
    const [older, newer] = [agedKey(90), agedKey(80)];
    expect(await refused({ value: [lineOf(older, 'made'), lineOf(newer, 'made')].join('\n') })).toContain(
      'there is none that a rotation may delete',
    );
  });

  it('is one whose line is refused although AWS lists it', async () => {
    user.keys.splice(0);
    const [older, newer] = [agedKey(90), agedKey(40)];
    const wrong = lineOf({ ...newer, secret: 'not-the-secret' }, 'made');
    const secret = { value: [wrong, lineOf(older, 'made')].join('\n') };
    const said = await refused(secret);
    expect(said).toMatch(new RegExp(`${older.id}.*line 2 of the secret, in use now`));
    expect(said).toMatch(new RegExp(`${newer.id}.*line 1 of the secret, refused by AWS as the line has it`));
  });

  it.each<[string, (left: AccessKey) => void, number]>([
    ['was used for more than its proof', (left) => use(left, 'iam'), 1],
    ['was used long after its proof', (left) => use(left, 'sts'), 1],
    ['was made when no rotation goes on making one', () => undefined, 5 * minute + 10],
    ['was made before the note', () => undefined, -minute - 10],
  ])('is one that %s, with a note of a dead rotation', async (_name, touch, after) => {
    user.keys.splice(0);
    const [current, left] = [agedKey(100), agedKey(1)];
    touch(left);
    const creating = rfc3339(left.created - after * 1000);
    const said = await refused({ value: lineOf(current, { creating }) });
    expect(said).toContain(`${left.id}: made on`);
  });
});

it.each([
  ['a moment before', 10 - minute],
  ['right after', 3],
  ['minutes after', 5 * minute - 10],
])('deletes a key in no line that was made %s the note of a dead rotation, and says so', async (_name, after) => {
  user.keys.splice(0);
  const [current, left] = [agedKey(100), agedKey(1)];
  const creating = rfc3339(left.created - after * 1000);
  const { rotation } = await finish({ value: lineOf(current, { creating }) });
  expect(rotation.rotated).toBe(true);
  expect(rotation.retired).toEqual([`access key ${left.id} (deleted: left by an interrupted rotation)`]);
  expect(rotation.notes[0]).toContain(
    `access key ${left.id} was deleted, as what an interrupted rotation left: it was made on ${rfc3339(left.created)}, right after a rotation had noted that it was about to make one (${creating})`,
  );
});

it('waits until a key that a dead rotation left is two minutes old', async () => {
  user.keys.splice(0);
  const [current, left] = [agedKey(100), agedKey(117 / day)];
  const secret = { value: lineOf(current, { creating: rfc3339(left.created - 1000) }) };
  const { steps } = await finish(secret);
  expect(target.server.account.now() - left.created).toBeGreaterThan(119_000);
  expect(keyOf(left.id)).toBeUndefined();
  expect(steps.map(({ stage }) => stage)).toEqual(['prepare', 'prepare', 'prove', 'promote']);
});

it('looks again at what a dead rotation left, when it has waited', async () => {
  for (const change of ['used', 'deleted']) {
    user.keys.splice(0);
    const [current, left] = [agedKey(100), agedKey(118 / day)];
    const secret = { value: lineOf(current, { creating: rfc3339(left.created - 1000) }) };
    const rotation = rotate(secret);
    await sleep(500);
    if (change === 'used') use(left, 'iam');
    else user.keys.splice(1);
    const { rotation: end, error } = await rotation;
    if (change === 'used') expect(messageOf(error)).toContain(`${left.id}: made on`);
    // Nor is it told of a key that somebody else has deleted.
    else expect(end).toMatchObject({ rotated: true, retired: [] });
    expect(keyOf(left.id) !== undefined).toBe(change === 'used');
  }
});

it('deletes no key that has a line, whatever is noted', async () => {
  user.keys.splice(0);
  const [current, other] = [agedKey(100), agedKey(1)];
  const creating = rfc3339(other.created);
  const said = await refused({ value: [lineOf(current, { creating }), lineOf(other)].join('\n') });
  expect(said).toContain('there is none that a rotation may delete');
});

it('keeps to an overlap that has been made longer', async () => {
  user.keys.splice(0);
  const [old, current] = [agedKey(80), agedKey(10)];
  const marker = { made: rfc3339(current.created), creating: rfc3339(target.server.account.now() - day * 1000) };
  const secret = { value: [lineOf(current, marker), lineOf(old, 'made')].join('\n') };
  expect((await finish(secret)).rotation).toMatchObject({ rotated: false, retired: [] });
  expect(keyOf(old.id)?.active).toBe(true);
});

it.each([usual, 0])(
  'goes by IAM where the secret says that a key is yet to be made, with an overlap of %i s',
  async (overlap) => {
    user.keys.splice(0);
    const [old, current] = [agedKey(80), agedKey(40)];
    const future = { made: '2099-01-01T00:00:00Z' };
    const secret = { value: [lineOf(current, future), lineOf(old, 'made')].join('\n') };
    const { rotation, warnings } = await finish(secret, { overlap });
    expect(rotation.retired).toEqual([`access key ${old.id} (deactivated)`]);
    expect(warnings.join()).toContain('which is yet to come');
    expect(linesOf(secret.value)[0]?.joblease?.made).toBe(rfc3339(current.created));
    // An overlap that is not over stays one.
    user.keys.splice(0);
    const young = agedKey(10);
    const kept = { value: lineOf(young, future) };
    const { rotated } = (await finish(kept, { overlap })).rotation;
    expect(rotated).toBe(overlap === 0);
  },
);

it('finishes what it has begun, although the overlap has been made longer meanwhile', async () => {
  user.keys.splice(0);
  const current = agedKey(10);
  const creating = rfc3339(target.server.account.now() - day * 1000);
  const secret = { value: lineOf(current, { made: rfc3339(current.created), creating }) };
  expect((await finish(secret)).rotation.rotated).toBe(true);
});

it('leaves the root user of an account alone', async () => {
  vi.spyOn(target.server.account, 'userArn').mockReturnValue('arn:aws:iam::123456789012:root');
  expect(await refused({ value: target.root })).toContain(
    'is no user of IAM, and joblease rotates the keys of no other',
  );
});

describe('lines of the secret', () => {
  it('that are dead are taken out', async () => {
    const dead = { ...agedKey(5) };
    user.keys.splice(1);
    const [current = ''] = ids(target.root);
    const secret = { value: [lineOf(dead, 'made'), target.root].join('\n') };
    const { rotation } = await finish(secret);
    expect(ids(secret.value)).toEqual([rotation.active, current]);
    expect(rotation.notes.join()).toContain(`access key ${dead.id} is refused by AWS, and was taken out of the secret`);
  });

  it('of different users are no root', async () => {
    const other = rootText(target.server.account.addCredentials('other', everything));
    expect(await refused({ value: [target.root, other].join('\n') })).toContain(
      'its lines are keys of different users',
    );
  });

  it('carry what a rotation notes, and nothing else of the kind', () => {
    const key = { accessKeyId: 'AKIA'.repeat(5), secretAccessKey: 'a/b+c' };
    const joblease = { creating: '2026-01-02T03:04:05Z', made: '2025-01-02T03:04:05Z' };
    const text = formatRoot({ ...key, joblease });
    expect(linesOf(text)).toEqual([{ ...key, joblease, secrets: ['a/b+c'] }]);
    expect(formatRoot(key)).toBe(`{"Version":1,"AccessKeyId":"${key.accessKeyId}","SecretAccessKey":"a/b+c"}`);
    for (const strange of [null, 1, 'made', [], { made: 1 }, { made: 'yesterday' }, { made: '2026-99-99T00:00:00Z' }]) {
      const line = JSON.stringify({ ...(JSON.parse(text) as object), Joblease: strange });
      expect(linesOf(line)[0]?.joblease).toEqual({});
    }
  });
});

describe('nothing to rotate', () => {
  it('with OIDC', async () => {
    const arn = 'arn:aws:iam::123456789012:role/deploy';
    const { rotation, requests } = await finish({ value: '' }, { inputs: { 'oidc-role-arn': arn } });
    expect(rotation).toMatchObject({ rotated: false, active: arn, nextDue: undefined });
    expect(rotation.notes.join()).toContain('OIDC');
    expect(requests).toBe(0);
  });

  it('with a key from the environment', async () => {
    const { rotation, requests } = await finish({ value: '' });
    expect(rotation).toMatchObject({ rotated: false, active: ambientId, nextDue: undefined });
    expect(rotation.notes.join()).toContain('environment');
    expect(requests).toBe(0);
  });

  it('with a session', async () => {
    const inputs = { 'credential-type': 'session_token', 'policy-document': '', 'permissions-boundary-arn': '' };
    await using session = await open(target, { inputs });
    const { outputs } = await session.mint(draft({ ttl: 900 }));
    const value = formatRoot({
      accessKeyId: outputs['access-key-id'] ?? '',
      secretAccessKey: outputs['secret-access-key'] ?? '',
      sessionToken: outputs['session-token'] ?? '',
    });
    const { rotation, stores } = await finish({ value });
    expect(rotation).toMatchObject({ rotated: false, active: outputs['access-key-id'], nextDue: undefined });
    expect(stores).toBe(0);
  });
});

/** The next run finishes whatever two left, and nobody was locked out. */
async function settle(secret: Secret, before = target.root): Promise<void> {
  expect(await usable(before)).toBe(ids(before)[0]);
  expect(await usable(secret.value)).toBeDefined();
  target.server.advance(3 * minute);
  await finish(secret);
  expect(await usable(secret.value)).toBe(ids(secret.value)[0]);
  expect(user.keys.map(({ id }) => id).toSorted()).toEqual(ids(secret.value).toSorted());
}

/** Runs it with `overlap: 0` until the key has ended, as after a leak. */
async function endLeaked(secret: Secret, leaked: string | undefined): Promise<void> {
  for (let i = 0; i < 3 && keyOf(leaked)?.active === true; i += 1) {
    target.server.advance(3 * minute);
    await finish(secret, { overlap: 0 });
    expect(await usable(secret.value)).toBe(ids(secret.value)[0]);
  }
  expect(keyOf(leaked)?.active).toBe(false);
}

/** So long that the other rotation may be anywhere by then. */
async function hesitate(): Promise<void> {
  await sleep(Math.random() * 50);
}

describe('two rotations at once', () => {
  it.each([0, 1])('one wins, when the other runs from end to end before store %i', async (at) => {
    const secret = { value: target.root };
    const others: Run[] = [];
    const run = await rotate(secret, {
      beforeStore: async (n) => {
        if (n === at) others.push(await rotate(secret, { queued: target.root }));
      },
    });
    const [other] = others;
    expect([run, other].filter((each) => each?.rotation?.rotated === true)).toHaveLength(1);
    const loser = messageOf(run.error ?? other?.error);
    expect(loser).toContain(at === 0 ? 'another rotation of this root is under way' : 'in no line of the secret');
    await settle(secret);
  });

  it('one wins, when both go step by step', async () => {
    for (let i = 0; i < 20; i += 1) {
      target.server.account.findUser('joblease')?.keys.splice(1);
      const secret = { value: target.root };
      const runs = await Promise.all([
        rotate(secret, { beforeStore: hesitate }),
        rotate(secret, { beforeStore: hesitate }),
      ]);
      expect(runs.filter(({ rotation }) => rotation?.rotated === true)).toHaveLength(1);
      expect(ids(secret.value)).toContain(ids(target.root)[0]);
      await settle(secret);
      target.server.advance(-3 * minute);
    }
  });

  it.each(Object.entries(beginnings))('nobody is locked out, from %s', async (_name, { arrange }) => {
    for (let i = 0; i < 5; i += 1) {
      const before = arrange();
      const secret = { value: before };
      const runs = await Promise.all([
        rotate(secret, { beforeStore: hesitate }),
        rotate(secret, { beforeStore: hesitate }),
      ]);
      expect(runs.filter(({ rotation }) => rotation?.rotated === true).length).toBeLessThan(2);
      await settle(secret, before);
    }
  });

  it('the leaked key goes on, when one without an overlap ends before the other has stored its note', async () => {
    const secret = { value: target.root };
    const [leaked] = ids(target.root);
    const others: Run[] = [];
    const run = await rotate(secret, {
      overlap: 0,
      beforeStore: async () => {
        others.push(await finish(secret, { overlap: 0, queued: target.root }));
      },
    });
    expect(others).toHaveLength(1);
    expect(messageOf(run.error)).toContain('another rotation of this root is under way');
    expect(ids(secret.value)).toEqual([leaked]);
    expect(await usable(secret.value)).toBe(leaked);
    await endLeaked(secret, leaked);
  });

  it.each([0, 1, 2, 3])(
    'the leaked key goes on, when one without an overlap is so slow that its new key is deleted, and ends before store %i of the other',
    async (at) => {
      const secret = { value: target.root };
      const [leaked] = ids(target.root);
      const goOn = Promise.withResolvers<undefined>();
      const noted = Promise.withResolvers<undefined>();
      const slow = rotate(secret, {
        overlap: 0,
        beforeStore: async (n) => {
          if (n === 0) return;
          noted.resolve(undefined);
          await goOn.promise;
        },
      });
      const endSlow = async (): Promise<void> => {
        goOn.resolve(undefined);
        expect((await slow).rotation).toMatchObject({ rotated: true, retired: [] });
      };
      await noted.promise;
      target.server.advance(2 * minute + 10);
      const lost = user.keys[1]?.id;
      const { rotation } = await finish(secret, {
        overlap: 0,
        beforeStore: async (n) => {
          if (n === at) await endSlow();
        },
      });
      if (at === 3) await endSlow();
      expect(rotation.retired).toEqual([`access key ${lost} (deleted: left by an interrupted rotation)`]);
      expect(await usable(target.root)).toBe(leaked);
      expect(await usable(secret.value)).toBe(at === 3 ? leaked : rotation.active);
      if (at === 3) {
        expect(await refused(secret, { overlap: 0 })).toContain(`${rotation.active}: made on`);
        user.keys.splice(1);
        await finish(secret, { overlap: 0 });
      }
      await endLeaked(secret, leaked);
    },
  );

  it('one stops that was queued before the other began and starts after its end', async () => {
    const secret = { value: target.root };
    await finish(secret);
    const stored = secret.value;
    expect(await refused(secret, { queued: target.root })).toContain('run it again: it gets the new secret');
    expect(secret.value).toBe(stored);
  });

  it('one that was queued in the middle of the other waits for its end, and says so when it cannot', async () => {
    const secret = { value: target.root };
    const others: string[] = [];
    const { rotation } = await finish(secret, {
      beforeStore: async (n) => {
        const signal = AbortSignal.timeout(300);
        if (n === 1) others.push(await refused(secret, { signal }));
      },
    });
    expect(others.join()).toContain('was made less than two minutes ago, by a rotation that has not ended');
    expect(rotation.rotated).toBe(true);
    await settle(secret);
  });
});

describe('AWS, consistent eventually', () => {
  it('is waited for until it knows a new key', async () => {
    const secret = { value: target.root };
    target.server.account.lag.use = 3;
    await finish(secret);
    expect(target.server.calls.filter(({ answer }) => answer === 'InvalidClientTokenId')).toHaveLength(3);
    expect(await usable(secret.value)).toBe(ids(secret.value)[0]);
  });

  it('never gets a key promoted that it does not know', async () => {
    const secret = { value: target.root };
    target.server.account.lag.use = 1000;
    const { error, stores } = await rotate(secret, { signal: AbortSignal.timeout(1000) });
    expect(messageOf(error)).toMatch(/the new access key AKIA\w+ could not be proved to work/);
    expect(stores).toBe(1);
    expect(await usable(secret.value)).toBe(ids(target.root)[0]);
    target.server.account.lag.use = 0;
    target.server.advance(3 * minute);
    expect((await finish(secret)).rotation.rotated).toBe(true);
  });

  it('may not list yet what a dead rotation left', async () => {
    const secret = { value: target.root };
    target.server.account.lag.list = 1;
    await rotate(secret, { spoilt: { store: 1, fault: 'killed before' } });
    expect(await refused(secret)).toContain('another rotation of this root is under way');
    target.server.advance(3 * minute);
    expect((await finish(secret)).rotation.rotated).toBe(true);
  });

  it('may count a key that was deleted a moment ago', async () => {
    const { arrange } = beginnings['a predecessor to delete'];
    const secret = { value: arrange() };
    target.server.account.lag.deletion = 2;
    expect((await finish(secret)).rotation.rotated).toBe(true);
  });

  it('makes no key when the note in the secret is too old for it', async () => {
    const secret = { value: target.root };
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      const beforeStore = async (): Promise<void> => {
        vi.setSystemTime(Date.now() + 5 * minute * 1000);
        await Promise.resolve();
      };
      expect(await refused(secret, { beforeStore })).toContain('it took too long to store the secret');
    } finally {
      vi.useRealTimers();
    }
    expect((await finish(secret)).rotation.rotated).toBe(true);
  });

  it('may be asked for its time: the runner has another', async () => {
    const secret = { value: target.root };
    target.server.skew(2 * day);
    await finish(secret, { now: new Date() });
    const made = Date.parse(linesOf(secret.value)[0]?.joblease?.made ?? '');
    expect(Math.abs(made - target.server.account.now())).toBeLessThan(5000);
    target.server.skew(38 * day);
    expect((await finish(secret, { now: new Date() })).rotation.retired).toHaveLength(1);
  });
});

describe('the documented policy of a rotation', () => {
  const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'aws.md'), 'utf8');
  const policy = JSON.parse(/<!-- rotation policy -->\n```json\n([\s\S]*?)```/.exec(docs)?.[1] ?? '') as {
    Statement: { Action: string[] }[];
  };
  const actions = policy.Statement.flatMap(({ Action }) => Action);

  it('is enough for all that a rotation does', async () => {
    user.inline.set('seeded', JSON.stringify(policy));
    for (const { arrange } of Object.values(beginnings)) await finish({ value: arrange() });
    expect(target.server.calls.filter(({ answer }) => answer === 'AccessDenied')).toEqual([]);
  });

  it.each(actions)('would not do without %s, which is said before anything is changed', async (action) => {
    const [statement] = policy.Statement;
    const less = { ...policy, Statement: [{ ...statement, Action: actions.filter((each) => each !== action) }] };
    user.inline.set('seeded', JSON.stringify(less));
    expect(await refused({ value: target.root })).toContain(
      `may not ${action} on arn:aws:iam::123456789012:user/joblease`,
    );
  });

  it('lets root touch no keys but its own', async () => {
    user.inline.set('seeded', JSON.stringify(policy));
    const { account, calls } = target.server;
    account.addKey(account.addUser('other'));
    await using session = await open(target);
    await failureOf(session.revoke(draft().principal));
    expect(calls.at(-1)?.answer).toBe('AccessDenied');
  });
});
