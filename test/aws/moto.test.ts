/** The engine against moto: requests, signatures and answers as another implementation of IAM and STS has them. */
import { ListAccessKeysCommand, ListPoliciesCommand, ListUsersCommand } from '@aws-sdk/client-iam';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { aws } from '../../src/engines/aws/declaration.ts';
import type { Rotation } from '../../src/engines/engine.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { jobPolicy, rootText } from '../contract/aws-target.ts';
import { type ContractTarget, draft, failureOf, findLease, job, load, open } from '../contract/contract.ts';
import { read } from '../docs/tree.ts';
import { runWorkflow } from '../runner/index.ts';
import { findMoto, type MotoServer } from '../services/moto.ts';

const startMoto = findMoto();

let moto: MotoServer;
let target: Pick<ContractTarget, 'engine' | 'root' | 'inputs'>;
beforeAll(async () => {
  if (startMoto === undefined) return;
  moto = await startMoto();
  target = {
    engine: aws,
    root: rootText(moto.root),
    inputs: { 'credential-type': 'iam_user', 'iam-endpoint': moto.endpoint, 'sts-endpoint': moto.endpoint },
  };
}, 300_000);
beforeEach(({ skip }) => {
  skip(startMoto === undefined, 'moto is not here');
});
afterAll(async () => {
  if (startMoto !== undefined) await moto[Symbol.asyncDispose]();
});

async function users(): Promise<(string | undefined)[]> {
  const { Users = [] } = await moto.iam.send(new ListUsersCommand({ PathPrefix: '/joblease/' }));
  return Users.map(({ UserName }) => UserName);
}

it('mints, finds and revokes a user', async () => {
  await using root = await open(target as ContractTarget, { inputs: { 'policy-document': jobPolicy } });
  const lease = draft();
  const { credential } = await root.mint(lease);
  await root.verify(credential);
  expect(await users()).toEqual([lease.principal]);
  expect((await findLease(root, lease.principal))?.record).toMatchObject(job);
  expect(await root.revoke(lease.principal, credential)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
  expect(await users()).toEqual([]);
  expect(String(await failureOf(root.verify(credential)))).toContain('AWS does not know the access key');
});

it('mints and revokes a user whose policy is a managed one', async () => {
  const inputs = { 'policy-document': jobPolicy, 'policy-as-managed': 'true' };
  await using root = await open(target as ContractTarget, { inputs });
  const lease = draft();
  const { credential } = await root.mint(lease);
  expect(await root.revoke(lease.principal, credential)).toEqual({ outcome: 'revoked', sessionsEnded: 1 });
  const { Policies = [] } = await moto.iam.send(new ListPoliciesCommand({ PathPrefix: '/joblease/' }));
  expect(Policies).toEqual([]);
  expect(await users()).toEqual([]);
});

it('says that moto lacks a call of the long way, and has ended the key by then', async () => {
  await using root = await open(target as ContractTarget, { inputs: { 'policy-document': jobPolicy } });
  const lease = draft();
  const { credential } = await root.mint(lease);
  await using unknowing = await open(target as ContractTarget);
  expect(String(await failureOf(unknowing.revoke(lease.principal)))).toContain('HTTP status 500, and no code');
  expect(String(await failureOf(unknowing.verify(credential)))).toContain('AWS does not know the access key');
  expect((await root.revoke(lease.principal)).outcome).toBe('revoked');
  expect(await users()).toEqual([]);
});

it('assumes a role', async () => {
  await using root = await open(target as ContractTarget, {
    inputs: { 'credential-type': 'assumed_role', 'role-arn': moto.roleArn },
  });
  const lease = draft({ ttl: 900 });
  const { credential, outputs } = await root.mint(lease);
  await root.verify(credential);
  expect(outputs['arn']).toBe(`arn:aws:sts::123456789012:assumed-role/app/${lease.principal}`);
});

it('is told about a wrong secret', async () => {
  const wrong = rootText({ ...moto.root, secretAccessKey: 'not-the-secret' });
  expect(String(await failureOf(open(target as ContractTarget, { root: wrong })))).toContain(
    'the secret does not fit the access key',
  );
});

it('runs the jobs of examples/aws.yml that have a root', async () => {
  const { oidc: _, ...jobsWithRoot } = (parse(read('examples/aws.yml')) as { jobs: Record<string, unknown> }).jobs;
  const here = stringify({ on: 'workflow_dispatch', jobs: jobsWithRoot })
    .replaceAll(/^( +)ttl: .*$/gm, `$&\n$1iam-endpoint: ${moto.endpoint}\n$1sts-endpoint: ${moto.endpoint}`)
    .replaceAll('aws sts get-caller-identity', 'test -n "$AWS_SECRET_ACCESS_KEY"');
  const directory = mkdtempSync(join(tmpdir(), 'moto-example-'));
  writeFileSync(join(directory, 'aws.yml'), here);
  const { conclusion, jobs } = await runWorkflow(join(directory, 'aws.yml'), {
    secrets: { AWS_ROOT: rootText(moto.root) },
    vars: { APP_ROLE: moto.roleArn, BOUNDARY: '', POLICY: jobPolicy },
  }).done;
  rmSync(directory, { recursive: true });
  const log = Object.values(jobs)
    .map((each) => each.log)
    .join('\n');
  expect(conclusion, `log: ${log}`).toBe('success');
  expect(log.match(/: revoked\./g)).toHaveLength(2);
  expect(await users()).toEqual([]);
});

/** Last, because it ends the key that the other tests have as root. */
it('rotates root', async () => {
  const config = parseInputs(aws.inputs, (name) => (target.inputs as Record<string, string>)[name] ?? '');
  const context = { signal: AbortSignal.timeout(30_000), warn: () => undefined };
  const engine = await load(aws);
  let secret = target.root;
  /** @param days from now */
  const rotate = async (days: number): Promise<Rotation> => {
    const terms = { overlap: 35 * 86_400, passwordLength: 43, now: new Date(Date.now() + days * 86_400_000) };
    const rotation = engine.rotateRoot(aws.root.parse(secret, 'root'), config, terms, context);
    for (;;) {
      const step = await rotation.next();
      if (step.done === true) return step.value;
      secret = step.value.value ?? secret;
    }
  };

  expect(await rotate(0)).toMatchObject({ rotated: true });
  expect(await rotate(1)).toMatchObject({ rotated: false });
  for (const root of [secret, target.root]) {
    await using session = await open(target as ContractTarget, { root, inputs: { 'policy-document': jobPolicy } });
    const lease = draft();
    const { credential } = await session.mint(lease);
    expect((await session.revoke(lease.principal, credential)).outcome).toBe('revoked');
  }

  const { accessKeyId } = moto.root;
  expect(await rotate(36)).toMatchObject({ rotated: false, retired: [`access key ${accessKeyId} (deactivated)`] });
  const { AccessKeyMetadata = [] } = await moto.iam.send(new ListAccessKeysCommand({ UserName: 'joblease' }));
  expect(AccessKeyMetadata.find((key) => key.AccessKeyId === accessKeyId)?.Status).toBe('Inactive');
  expect(String(await failureOf(rotate(37)))).toContain(`aws iam delete-access-key --user-name joblease`);
});
