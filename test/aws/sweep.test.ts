/** What a sweep of AWS finds and ends: leftovers of every kind, many at a time, under a throttle. */
import { setTimeout as sleep } from 'node:timers/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../src/engines/engine.ts';
import { messageOf } from '../../src/lease/errors.ts';
import { newPrincipal, type Principal } from '../../src/lease/name.ts';
import type { Revocation } from '../../src/lease/result.ts';
import {
  appRole,
  everything,
  jobPolicy,
  jobSession,
  leaveBehind,
  rootText,
  startAwsTarget,
  type AwsTarget,
} from '../contract/aws-target.ts';
import { draft, failureOf, open, type Session } from '../contract/contract.ts';

let target: AwsTarget;
beforeEach(async () => {
  target = await startAwsTarget();
});
afterEach(async () => {
  await target[Symbol.asyncDispose]();
});

const denying = { 'credential-type': 'assumed_role', 'role-arn': appRole, 'revoke-sessions': 'true' };
/** What a sweep knows of the mints' inputs. */
const sweeping = { 'policy-document': '', 'permissions-boundary-arn': '', 'credential-type': '' };
const docs = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'aws.md'), 'utf8');
const sweepPolicy: unknown = JSON.parse(/<!-- sweep policy -->\n```json\n([\s\S]*?)```/.exec(docs)?.[1] ?? '');

function actions(): string[] {
  return target.server.calls.map(({ action }) => action);
}

async function list(session: Session, records: 'all' | 'due' = 'due'): Promise<Lease[]> {
  const leases: Lease[] = [];
  for await (const lease of session.leases({ records })) leases.push(lease);
  return leases;
}

async function endOne(session: Session, lease: Lease | undefined): Promise<Revocation | undefined> {
  for await (const [, revocation] of session.end(lease === undefined ? [] : [lease])) return revocation;
  return undefined;
}

/** Ends leases as the sweep does: workers of one process, each with a session of its own. */
async function endAll(
  leases: readonly Lease[],
  { from = target, root }: { from?: AwsTarget; root?: string } = {},
): Promise<Revocation[]> {
  const left = [...leases];
  const ended: Revocation[] = [];
  const work = async (): Promise<void> => {
    await using session = await open(from, { root: root ?? from.root, inputs: sweeping });
    for (let lease = left.shift(); lease !== undefined; lease = left.shift()) {
      for await (const [, revocation] of session.end([lease])) ended.push(revocation);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return ended;
}

function past(seconds: number): Principal {
  return newPrincipal('job', new Date(target.server.account.now() - seconds * 1000));
}

/** Text for the input `root` of a user that may do everything but what a statement denies. */
function rootWithout(action: string | string[], resource = '*'): string {
  const deny = { Effect: 'Deny', Action: action, Resource: resource };
  return rootText(
    target.server.account.addCredentials(`no-${String(action).replaceAll(/\W/g, '')}`, {
      ...everything,
      Statement: [...everything.Statement, deny],
    }),
  );
}

describe('what is listed', () => {
  it('says what it is, to another session too', async () => {
    const { account } = target.server;
    const tagless = past(600);
    account.addUser(tagless, { path: '/joblease/' });
    const orphan = past(600);
    account.addManagedPolicy(`joblease/${orphan}`, everything);
    const inline = account.roles.get('app')?.inline ?? new Map<string, string>();
    const [recent, over] = [past(600), past(7200)];
    for (const each of [recent, over]) inline.set(`joblease-deny-${each}`, JSON.stringify(everything));

    let found;
    {
      await using one = await open(target, { inputs: { ...sweeping, ...denying } });
      found = new Map((await list(one)).map((lease) => [lease.principal, { ...lease }]));
    }
    expect([...found].map(([name, { over: isOver, usable }]) => [name, isOver, usable])).toEqual([
      [tagless, true, false],
      [orphan, true, false],
      [recent, false, false],
      [over, true, false],
    ]);
    await using other = await open(target, { inputs: { ...sweeping, ...denying } });
    expect(await endOne(other, found.get(tagless))).toEqual({ outcome: 'revoked', sessionsEnded: 0 });
    expect(account.findUser(tagless)).toBeUndefined();
    expect(await endOne(other, found.get(orphan))).toEqual({ outcome: 'revoked', sessionsEnded: 0 });
    expect(await endOne(other, found.get(orphan))).toEqual({ outcome: 'absent', sessionsEnded: 0 });
    expect(await endOne(other, found.get(over))).toEqual({ outcome: 'revoked', sessionsEnded: 0 });
    expect(await endOne(other, found.get(over))).toEqual({ outcome: 'absent', sessionsEnded: 0 });
    const kept = inline.get(`joblease-deny-${recent}`);
    expect(await endOne(other, found.get(recent))).toMatchObject({ outcome: 'disabled' });
    expect([...inline]).toEqual([[`joblease-deny-${recent}`, kept]]);
  });

  it('has no end where its tags are of another version, or of nobody', async () => {
    const { account } = target.server;
    const ids = [leaveBehind(target.server, 600), leaveBehind(target.server, 600), leaveBehind(target.server, 600)];
    account.findUser(ids[0] ?? '')?.tags.set('joblease:v', '2');
    account.findUser(ids[1] ?? '')?.tags.delete('joblease:exp');
    account.findUser(ids[2] ?? '')?.tags.set('joblease:job', '=FF');
    await using sweep = await open(target, { inputs: sweeping });
    const leases = await list(sweep);
    expect(leases.map(({ principal }) => principal).toSorted()).toEqual(ids.toSorted());
    for (const lease of leases) {
      expect(lease).toMatchObject({ record: undefined, expiresAt: undefined, over: false, unreadable: true });
    }
  });

  it('was renewed: its tags count, not its name', async () => {
    const renewed = leaveBehind(target.server, 600);
    const exp = Math.floor(Date.now() / 1000) + 900;
    target.server.account.findUser(renewed)?.tags.set('joblease:exp', String(exp));
    await using sweep = await open(target, { inputs: sweeping });
    expect(await list(sweep)).toMatchObject([{ expiresAt: new Date(exp * 1000), over: false, usable: true }]);
  });

  it('is read many at a time, in order, and no further ahead than that', async () => {
    const { server } = target;
    const ids = Array.from({ length: 60 }, () => leaveBehind(server, 600));
    for (let i = 0; i < 20; i += 1) leaveBehind(server, -3600);
    await using sweep = await open(target, { inputs: sweeping });
    // No tags are told before 16 are asked for.
    const full = Promise.withResolvers<void>();
    let [reading, most] = [0, 0];
    server.meanwhile = async ({ action }) => {
      if (action !== 'ListUserTags') return;
      reading += 1;
      most = Math.max(most, reading);
      if (reading === 16) full.resolve();
      await full.promise;
      reading -= 1;
    };
    const due = await list(sweep);
    expect(most).toBe(16);
    expect(due.filter(({ over }) => over).map(({ principal }) => principal)).toEqual(ids.toSorted());
    const reads = (): number => server.calls.filter(({ action }) => action === 'ListUserTags').length;
    expect([due.length, reads()]).toEqual([80, 60]);

    server.calls.length = 0;
    expect((await list(sweep, 'all')).filter(({ record }) => record?.repo === 'octo/app')).toHaveLength(80);
    expect(reads()).toBe(80);

    server.calls.length = 0;
    for await (const lease of sweep.leases()) {
      expect(lease.over).toBe(true);
      break;
    }
    await sleep(100);
    expect(reads()).toBeLessThanOrEqual(16);
  });

  it('leaves out a user that goes while it is read, of which IAM denies to tell', async () => {
    const { account } = target.server;
    const root = rootText(account.addCredentials('limited', sweepPolicy));
    const ids = Array.from({ length: 40 }, () => leaveBehind(target.server, 600));
    await using sweep = await open(target, { root, inputs: sweeping });
    const found: string[] = [];
    for await (const { principal } of sweep.leases()) {
      if (found.length === 0) for (const id of ids) if (id !== principal) account.users.delete(id);
      found.push(principal);
    }
    expect(found.length).toBeLessThanOrEqual(16);
    expect(actions()).toContain('ListUserTags');
  });

  it('is unreadable where only its own tags may not be read, and fails the list where none may', async () => {
    const [secret, other] = [leaveBehind(target.server, 600), leaveBehind(target.server, 600)];
    const one = rootWithout('iam:ListUserTags', target.server.account.arn(`user/joblease/${secret}`));
    const warnings: string[] = [];
    {
      await using sweep = await open(target, { root: one, inputs: sweeping, warnings });
      const leases = await list(sweep);
      expect(leases.find(({ principal }) => principal === other)).toMatchObject({ over: true });
      expect(leases.find(({ principal }) => principal === secret)).toMatchObject({ over: false, unreadable: true });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toContain('may not iam:ListUserTags');
    }
    target.server.account.findUser('no-iamListUserTags')?.inline.set(
      'seeded',
      JSON.stringify({
        ...everything,
        Statement: [...everything.Statement, { Effect: 'Deny', Action: 'iam:ListUserTags', Resource: '*' }],
      }),
    );
    await using sweep = await open(target, { root: one, inputs: sweeping });
    expect(messageOf(await failureOf(list(sweep)))).toContain('may not iam:ListUserTags');
  });

  it.each(['ListUsers', 'ListUserTags'])('fails in the middle where %s does: what came is not all', async (action) => {
    const { account } = target.server;
    for (let i = 0; i < 1500; i += 1) leaveBehind(target.server, action === 'ListUsers' ? -3600 : 600);
    const root = rootText(account.addCredentials('fickle', everything));
    await using sweep = await open(target, { root, inputs: sweeping });
    let count = 0;
    const listing = (async () => {
      for await (const lease of sweep.leases()) {
        if (lease.principal !== '') count += 1;
        if (count === 100) account.findUser('fickle')?.inline.clear();
        if (count === 100 && action === 'ListUserTags') account.findUser('fickle')?.keys.splice(0);
      }
    })();
    const said = messageOf(await failureOf(listing));
    expect(said).toContain(action === 'ListUsers' ? 'may not iam:ListUsers' : 'AWS does not know the access key');
    expect(count).toBeGreaterThanOrEqual(100);
    expect(count).toBeLessThanOrEqual(1000);
  });
});

describe('policies whose user is gone', () => {
  it('are told from those of a lease that is being made, or is in use', async () => {
    const { account } = target.server;
    await using root = await open(target, { inputs: { 'policy-as-managed': 'true' } });
    const [used, halfMade, undone] = [draft(), draft(), draft()];
    for (const lease of [used, halfMade]) await root.mint(lease);
    account.findUser(halfMade.principal)?.attached.clear();
    // It reached AWS after its undo.
    account.addManagedPolicy(`joblease/${undone.principal}`, everything);
    account.addManagedPolicy(`joblease/${past(60)}`, everything);
    for (const path of ['elsewhere', 'joblease/deeper']) account.addManagedPolicy(`${path}/${past(60)}`, everything);

    await using sweep = await open(target, { inputs: sweeping });
    const leases = await list(sweep, 'all');
    expect(leases).toHaveLength(4);
    const policies = leases.filter(({ usable }) => !usable);
    expect(policies.map(({ over }) => String(over)).toSorted()).toEqual(['false', 'true']);
    expect(leases.find(({ principal }) => principal === undone.principal)).toMatchObject({
      over: false,
      usable: false,
    });
    for (const lease of leases) expect(await endOne(sweep, lease)).toMatchObject({ outcome: 'revoked' });
    expect([...account.managedPolicies.keys()].filter((arn) => arn.includes('/joblease/jl_'))).toEqual([]);
    expect(account.findUser(halfMade.principal)).toBeUndefined();
  });

  it('are not looked for where root may not, and stay where it may not delete them', async () => {
    target.server.account.addManagedPolicy(`joblease/${past(60)}`, everything);
    const user = leaveBehind(target.server, 60);
    await using blind = await open(target, { root: rootWithout('iam:ListPolicies'), inputs: sweeping });
    expect((await list(blind)).map(({ principal }) => principal)).toEqual([user]);
    await using bound = await open(target, { root: rootWithout('iam:DeletePolicy'), inputs: sweeping });
    const policy = (await list(bound)).find(({ principal }) => principal !== user);
    const { outcome, reason } = (await endOne(bound, policy)) ?? {};
    expect(outcome).toBe('disabled');
    expect(reason).toContain('may not iam:DeletePolicy');
  });
});

describe('lookalikes', () => {
  it('are users, policies and Denies that are named nearly like ours', async () => {
    const { account } = target.server;
    leaveBehind(target.server, 60);
    account.addUser('jl_admin', { path: '/joblease/' });
    account.addUser('jl_elsewhere');
    account.addManagedPolicy('joblease/shared', everything);
    account.addManagedPolicy(`joblease/${past(60)}`, everything);
    const inline = account.roles.get('app')?.inline;
    for (const name of ['own', `joblease-deny-${past(60)}`, 'joblease-deny-all']) inline?.set(name, jobPolicy);
    await using sweep = await open(target, { inputs: { ...sweeping, ...denying } });
    expect(await Array.fromAsync(sweep.lookalikes())).toEqual([
      'jl_admin',
      'policy/joblease/shared',
      'role/app/joblease-deny-all',
    ]);
    await using users = await open(target, { inputs: sweeping });
    expect(await Array.fromAsync(users.lookalikes())).toEqual(['jl_admin', 'policy/joblease/shared']);
  });
});

describe('ending', () => {
  it('takes a call for each thing that the mint made, and one to find the key', async () => {
    const { account, calls } = target.server;
    const managed = account.addManagedPolicy('extra', everything);
    account.addGroup('deployers', everything);
    const kinds: [inputs: Record<string, string>, own: string[]][] = [
      [{ 'policy-document': '' }, []],
      [{}, ['DeleteUserPolicy']],
      [{ 'policy-as-managed': 'true' }, ['DetachUserPolicy', 'DeletePolicy']],
      [
        { 'policy-document': '', 'policy-arns': managed, 'iam-groups': 'deployers' },
        ['ListAttachedUserPolicies', 'DetachUserPolicy', 'ListGroupsForUser', 'RemoveUserFromGroup'],
      ],
    ];
    await using sweep = await open(target, { inputs: sweeping });
    for (const [inputs, own] of kinds) {
      await using root = await open(target, { inputs });
      await root.mint(draft());
      const [lease] = await list(sweep, 'all');
      calls.length = 0;
      expect(await endOne(sweep, lease)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
      expect(actions()).toEqual([
        'PutUserPermissionsBoundary',
        'ListAccessKeys',
        'DeleteAccessKey',
        ...own,
        'DeleteUserPolicy',
        'DeleteUser',
      ]);
    }
    expect(await target.accounts()).toEqual(['joblease']);
  });

  it('finds what was added to a user', async () => {
    const principal = leaveBehind(target.server, 60);
    const user = target.server.account.findUser(principal);
    user?.inline.set('added', jobPolicy);
    user?.obstacles.sshPublicKey.add('one');
    await using sweep = await open(target, { inputs: sweeping });
    const [lease] = await list(sweep);
    expect(await endOne(sweep, lease)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
    expect(target.server.account.findUser(principal)).toBeUndefined();
  });

  it('switches a key off that may not be deleted', async () => {
    await using root = await open(target);
    const { outputs } = await root.mint(draft());
    await using sweep = await open(target, { root: rootWithout('iam:DeleteAccessKey'), inputs: sweeping });
    const [lease] = await list(sweep, 'all');
    const { outcome, reason } = (await endOne(sweep, lease)) ?? {};
    expect(outcome).toBe('disabled');
    expect(reason).toContain('may not iam:DeleteAccessKey');
    await expect(jobSession(target.server, outputs)).rejects.toThrow('token included in the request is invalid');
  });

  it('of one that fails does not stop the others', async () => {
    const ids = Array.from({ length: 3 }, () => leaveBehind(target.server, 60)).toSorted();
    const denied = ['iam:*AccessKey', 'iam:PutUserPermissionsBoundary'];
    const root = rootWithout(denied, target.server.account.arn(`user/joblease/${ids[1]}`));
    await using sweep = await open(target, { root, inputs: sweeping });
    const results = await Array.fromAsync(sweep.end(await list(sweep)));
    expect(results.map(([{ principal }, { outcome }]) => [principal, outcome])).toEqual([
      [ids[0], 'revoked'],
      [ids[1], 'failed'],
      [ids[2], 'revoked'],
    ]);
    expect(results[1]?.[1].reason).toContain('may not iam:DeleteAccessKey');
  });

  it.each(['every right', 'the documented policy'])(
    'by two sweeps and post steps at once harms nobody: %s',
    async (may) => {
      const policy = may === 'every right' ? everything : sweepPolicy;
      const root = rootText(target.server.account.addCredentials('sweep', policy));
      await using minter = await open(target);
      const minted: [Principal, string][] = [];
      for (let i = 0; i < 40; i += 1) {
        const lease = draft();
        minted.push([lease.principal, (await minter.mint(lease)).credential]);
      }
      await using sweep = await open(target, { root, inputs: sweeping });
      const leases = await list(sweep, 'all');
      expect(leases).toHaveLength(40);
      const [first, second, posts] = await Promise.all([
        endAll(leases, { root }),
        endAll(leases.toReversed(), { root }),
        Promise.all(
          minted.map(async ([principal, credential]) => {
            await using post = await open(target);
            return await post.revoke(principal, credential);
          }),
        ),
      ]);
      const outcomes = [...first, ...second, ...posts].map(({ outcome }) => outcome);
      expect(outcomes).toHaveLength(120);
      expect(outcomes.filter((outcome) => outcome !== 'revoked' && outcome !== 'absent')).toEqual([]);
      expect(await target.accounts()).toEqual(['joblease', 'sweep']);
    },
  );
});

describe('under a throttle', () => {
  it('keeps to what it lets through, with few calls refused and none made in vain', async () => {
    await using slow = await startAwsTarget({ latency: 10, rate: 50 });
    for (let i = 0; i < 60; i += 1) leaveBehind(slow.server, 600);
    await using sweep = await open(slow, { inputs: sweeping });
    const leases = await list(sweep);
    slow.server.calls.length = 0;
    const ended = await endAll(leases, { from: slow });
    expect(ended.map(({ outcome }) => outcome)).toEqual(leases.map(() => 'revoked'));
    const refused = slow.server.calls.filter(({ answer }) => answer === 'Throttling').length;
    const made = slow.server.calls.length - refused;
    expect(made).toBe(6 * 60 + 8); // each worker asks once who it is
    // That it is no slower than it must be, the tests of the pace show: they have a clock of their own.
    expect(refused).toBeLessThan(made * 0.1);
  });

  it('waits as long as the signal lets, and then says what AWS said', async () => {
    const principal = leaveBehind(target.server, 600);
    const stop = new AbortController();
    await using sweep = await open(target, { inputs: sweeping, signal: stop.signal });
    const [lease] = await list(sweep);
    target.server.throttle(10_000);
    const ending = failureOf(endOne(sweep, lease));
    await sleep(2500);
    expect(target.server.calls.filter(({ answer }) => answer === 'Throttling').length).toBeLessThan(20);
    stop.abort();
    expect(messageOf(await ending)).toContain('Rate exceeded');
    target.server.throttle(0);
    await using again = await open(target, { inputs: sweeping });
    expect(await endOne(again, lease)).toMatchObject({ outcome: 'revoked' });
    expect(target.server.account.findUser(principal)).toBeUndefined();
  });
});
