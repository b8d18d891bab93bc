/**
 * The access key of AWS, replaced by the action as a process that is killed before and after every call to AWS and to
 * GitHub. What the engine does in all its states is tested in test/aws/rotate.test.ts.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everything, rootText, startAwsTarget, type AwsTarget } from '../contract/aws-target.ts';
import type { AccessKey } from '../services/aws/account.ts';
import { inParallel } from './parallel.ts';
import { faultsOf } from './wire-faults.ts';
import { open, rotate, startRepository, type Layout, type Repository } from './rotation.ts';

describe('rotation on AWS', () => {
  let target: AwsTarget;
  let layout: Pick<Layout, 'engine' | 'inputs' | 'server'>;
  let users = 0;
  beforeAll(async () => {
    target = await startAwsTarget();
    const endpoint = `${target.server.endpoint}/`;
    layout = {
      engine: target.engine,
      inputs: { 'iam-endpoint': endpoint, 'sts-endpoint': endpoint, region: 'us-east-1' },
      server: { host: '127.0.0.1', port: Number(new URL(endpoint).port) },
    };
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
  });

  const begin = async (): Promise<{ user: string; before: string; repository: Repository }> => {
    const user = `rotated_${(users += 1)}`;
    const before = rootText(target.server.account.addCredentials(user, everything));
    return { user, before, repository: await startRepository(before) };
  };

  it('nobody is locked out by a fault at any call, and running again finishes', async () => {
    const { repository: first } = await begin();
    const { messages, status, printed } = await rotate(layout, first);
    await first[Symbol.asyncDispose]();
    if (status !== 0) throw new Error(printed);
    const from = messages.findIndex((message) => message.includes('PUT'));
    const faults = faultsOf(messages.length, from);
    const started = Date.now();
    const spoil = async (fault: (typeof faults)[number]): Promise<string> => {
      const { user, before, repository } = await begin();
      await using _ = repository;
      const what = `${fault.kind} at ${fault.at} (${messages[fault.at]})`;
      await rotate(layout, repository, { fault });
      for (const root of [repository.stored(), before]) await works(root, what);

      // A key that was made a moment ago could be that of a rotation that is under way.
      for (const key of target.server.account.findUser(user)?.keys ?? []) age(key, 180_000);
      repository.github.setSecret(repository.scope, 'ROOT', aged(repository.stored(), 180_000));
      const again = await rotate(layout, repository);
      const stored = repository.stored().split('\n');
      const keys = target.server.account.findUser(user)?.keys ?? [];
      if (again.status !== 0) console.log(what, again.printed);
      expect({ what, status: again.status, lines: stored.length, keys: keys.length }).toEqual({
        what,
        status: 0,
        lines: 2,
        keys: 2,
      });
      expect(stored[0]).not.toContain((JSON.parse(before) as { AccessKeyId: string }).AccessKeyId);
      for (const root of [...stored, before]) await works(root, `${what}, in the end`);
      return what;
    };
    const ended = await inParallel(faults, spoil, 6); // IAM is waited for
    expect(ended).toHaveLength(faults.length);
    console.log(
      `AWS: ${messages.length} messages, ${faults.length} faults, ${((Date.now() - started) / 1000).toFixed(1)} s`,
    );
  }, 600_000);

  it('makes no key before what is stored has come back', async () => {
    const { user, before, repository } = await begin();
    await using _ = repository;
    const keys = (): number => target.server.account.findUser(user)?.keys.length ?? 0;
    for (let i = 0; i < 2; i += 1) {
      const { status, printed } = await rotate(layout, repository, { root: before, isUnknown: true });
      expect(status).toBe(1);
      expect(printed).toContain('it is not known yet whether "root" comes from the secret');
      expect(keys()).toBe(1);
    }
    const { status, printed } = await rotate(layout, repository, { isUnknown: true });
    expect({ status, printed }).toMatchObject({ status: 0 });
    expect(keys()).toBe(2);
    await works(repository.secret(), 'what is stored');
  });

  it('with OIDC there is nothing to rotate: it says so and succeeds', async () => {
    const { repository } = await begin();
    await using _ = repository;
    const { status, outputs, messages } = await rotate(layout, repository, {
      root: '',
      inputs: { 'oidc-role-arn': 'arn:aws:iam::123456789012:role/app', 'github-token': '' },
    });
    expect(status).toBe(0);
    expect(outputs).toMatchObject({ rotated: 'false', 'next-due': '' });
    expect(messages).toEqual([]);
  });

  async function works(root: string, what: string): Promise<void> {
    await open(layout, root).catch((error: unknown) => {
      throw new Error(`${what}: what is stored does not work`, { cause: error });
    });
  }
});

/** The secret, with what rotations noted in it that much earlier. */
function aged(secret: string, milliseconds: number): string {
  return secret.replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, (time) =>
    new Date(Date.parse(time) - milliseconds).toISOString().replace(/\.\d+/, ''),
  );
}

/** As if so much time had passed since. */
function age(key: AccessKey, milliseconds: number): void {
  const { created, used } = key;
  Object.assign(key, { created: created - milliseconds });
  if (used !== undefined) key.used = { ...used, at: used.at - milliseconds };
}
