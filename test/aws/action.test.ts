/** The action as a workflow sees it: real processes in the runner emulator, against the IAM and STS of the tests. */
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  appRole,
  boundary,
  everything,
  jobPolicy,
  jobSession,
  leaveBehind,
  rootText,
  startAwsTarget,
  type AwsTarget,
} from '../contract/aws-target.ts';
import { runSteps, runWorkflow, type JobResult, type RunnerOptions } from '../runner/index.ts';
import { read, root as checkout } from '../docs/tree.ts';
import { issuer, startIdTokens } from '../services/id-token.ts';

let target: AwsTarget;
beforeAll(async () => {
  target = await startAwsTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});
beforeEach(() => {
  target.server.calls.length = 0;
});

const noOutputs: Record<string, string> = {};

async function runAction(
  inputs: Readonly<Record<string, string>>,
  options: RunnerOptions = {},
  action = 'aws',
): Promise<JobResult> {
  const { endpoint } = target.server;
  const all = { root: '${{ secrets.ROOT }}', 'iam-endpoint': endpoint, 'sts-endpoint': endpoint, ...inputs };
  return await runSteps([{ id: 'aws', uses: `OWNER/joblease/actions/${action}@v1`, with: all }], {
    secrets: { ROOT: target.root },
    ...options,
  }).done;
}

function actions(): string[] {
  return target.server.calls.map(({ action }) => action);
}

const user = { 'credential-type': 'iam_user', 'permissions-boundary-arn': boundary };

describe('iam_user', () => {
  it('mints with three calls and revokes with four', async () => {
    const { conclusion, log, steps, masks } = await runAction(user);
    expect(conclusion, `log: ${log}`).toBe('success');
    const identify = 'GetCallerIdentity';
    const revoking = ['PutUserPermissionsBoundary', 'DeleteAccessKey', 'DeleteUserPolicy', 'DeleteUser'];
    const minting = [identify, 'CreateUser', 'PutUserPolicy', 'CreateAccessKey', ...Array<string>(3).fill(identify)];
    expect(actions()).toEqual([...minting, identify, ...revoking]);
    const { outputs } = steps.find(({ id, phase }) => id === 'aws' && phase === 'main') ?? {
      outputs: noOutputs,
    };
    expect(outputs['arn']).toBe(`arn:aws:iam::123456789012:user/joblease/${outputs['principal'] ?? ''}`);
    expect(outputs['session-token']).toBe('');
    expect(masks).toContain(outputs['secret-access-key']);
    expect(log).not.toContain(outputs['secret-access-key']);
    expect([...target.server.account.users.keys()]).toEqual(['joblease']);
  });

  it('ends itself when root is gone at the end of the job', async () => {
    const root = target.server.account.addUser('passing', { policy: everything });
    const { id, secret } = target.server.account.addKey(root);
    const { log } = await runAction(
      { ...user, 'policy-document': jobPolicy },
      {
        secrets: { ROOT: rootText({ accessKeyId: id, secretAccessKey: secret }) },
        onStep: ({ step, phase, event }) => {
          if (step === 'aws' && phase === 'post' && event === 'start') root.keys.length = 0;
        },
      },
    );
    expect(log).toContain('it deleted its own key');
    const left = [...target.server.account.users.values()].find(({ name }) => name.startsWith('jl_'));
    expect(left?.keys).toEqual([]);
    target.server.account.users.delete('passing');
    target.server.account.users.delete(left?.name ?? '');
  });

  it('undoes at once what it made when a policy is refused, and says which', async () => {
    const { conclusion, log } = await runAction({ ...user, 'policy-document': '{"Statement":[{"Effect":"Perhaps"}]}' });
    expect(conclusion).toBe('failure');
    expect(log).toContain('Input "policy-document": AWS refused a policy');
    expect(log).toContain('There is nothing to revoke.');
    expect([...target.server.account.users.keys()]).toEqual(['joblease']);
  });
});

describe('assumed_role', () => {
  it('hands out a session, and says in the end that it ends by itself', async () => {
    const { conclusion, log, steps } = await runAction({ 'role-arn': appRole, ttl: '30m' });
    expect(conclusion, `log: ${log}`).toBe('success');
    expect(actions()).toEqual(['AssumeRole', 'GetCallerIdentity']);
    const { outputs } = steps[0] ?? { outputs: noOutputs };
    expect(log).toContain(`ends by itself at ${outputs['expires-at'] ?? '?'}`);
    expect(log).not.toMatch(/: revoked\./);
    await using session = await jobSession(target.server, outputs);
    await session.work();
  });

  it('revokes the one session when asked to, and no other', async () => {
    const other = await runAction({ 'role-arn': appRole });
    const { log, steps } = await runAction({ 'role-arn': appRole, 'revoke-sessions': 'true' });
    expect(log).toMatch(/: revoked\./);
    await expect(jobSession(target.server, steps[0]?.outputs ?? {})).rejects.toThrow(/explicit deny/);
    await using session = await jobSession(target.server, other.steps[0]?.outputs ?? {});
    await session.work();
  });

  it('comes straight from the OIDC token of the job, with one call', async () => {
    await using tokens = await startIdTokens('repo:octo/app:ref:refs/heads/main');
    const { account } = target.server;
    account.issuers.set(issuer, tokens.publicKey);
    const trust = (sub: string): unknown => ({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: account.arn(`oidc-provider/${issuer}`) },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${issuer}:sub`]: sub, [`${issuer}:aud`]: 'sts.amazonaws.com' } },
        },
      ],
    });
    const ours = account.addRole('deploy', { trust: trust('repo:octo/app:ref:refs/heads/main'), policy: everything });
    const theirs = account.addRole('other', {
      trust: trust('repo:octo/other:ref:refs/heads/main'),
      policy: everything,
    });

    const options = { idToken: tokens.request };
    const minted = await runAction({ root: '', 'oidc-role-arn': ours }, options);
    expect(minted.conclusion, `log: ${minted.log}`).toBe('success');
    expect(actions()).toEqual(['AssumeRoleWithWebIdentity', 'GetCallerIdentity']);
    const refused = await runAction({ root: '', 'oidc-role-arn': theirs }, options);
    expect(refused.log).toContain('sub=repo:octo/app:ref:refs/heads/main');
    const without = await runAction({ root: '', 'oidc-role-arn': ours });
    expect(without.log).toContain('id-token: write');
    const before = target.server.calls.length;
    const asRoot = await runAction({ ...user, root: '', 'oidc-role-arn': ours }, options);
    expect(asRoot.conclusion, `log: ${asRoot.log}`).toBe('success');
    // CloudTrail tells which run it was.
    expect(target.server.calls[before]?.parameters).toContain('RoleSessionName=joblease-root-1234567890-2');
    expect([...account.users.keys()]).toEqual(['joblease']);

    // As root of a sweep it is asked for once per session with AWS: one that lists, two that end.
    for (let i = 0; i < 20; i += 1) leaveBehind(target.server, 600);
    const listed = actions().length;
    const sweep = { engine: 'aws', root: '', 'oidc-role-arn': ours, orphans: 'false', concurrency: '2' };
    const swept = await runAction(sweep, options, 'sweep');
    expect(swept.log).toContain('Found 20: 20 revoked.');
    expect(
      actions()
        .slice(listed)
        .filter((name) => name === 'AssumeRoleWithWebIdentity'),
    ).toHaveLength(3);
    expect([...account.users.keys()]).toEqual(['joblease']);
  });
});

describe('revoke-sessions', () => {
  it('is refused where the session would be of the role that revokes it', async () => {
    await using tokens = await startIdTokens('repo:octo/app:ref:refs/heads/main');
    const inputs = { root: '', 'oidc-role-arn': appRole, 'revoke-sessions': 'true' };
    for (const role of ['', appRole]) {
      const { conclusion, log } = await runAction({ ...inputs, 'role-arn': role }, { idToken: tokens.request });
      expect(conclusion).toBe('failure');
      expect(log).toContain('Input "revoke-sessions": the session would be of the very role that revokes it');
      expect(log).toContain('There is nothing to revoke.');
    }
    expect(actions()).toEqual([]);
  });
});

describe('a job that made itself a session of its key', () => {
  it('gets no role by it while the post step runs', async () => {
    const { account } = target.server;
    const managed = account.addManagedPolicy('extra', everything);
    const told = new Set<string>();
    const { log } = await runAction(
      { ...user, 'policy-arns': managed },
      {
        onStep: ({ step, phase, event }) => {
          if (step !== 'aws' || phase !== 'post' || event !== 'start') return;
          const owner = [...account.users.values()].find(({ name }) => name.startsWith('jl_'));
          if (owner === undefined) return;
          const { name: UserName, path } = owner;
          const arn = account.userArn({ name: UserName, path });
          const expires = account.now() + 3_600_000;
          const fields = {
            kind: 'session',
            owner,
            arn,
            userId: owner.id,
            expires,
            session: undefined,
            tags: {},
          } as const;
          const { accessKeyId, secret: secretAccessKey, token: sessionToken } = account.addSession(fields);
          const credentials = { accessKeyId, secretAccessKey, sessionToken };
          const sts = new STSClient({
            endpoint: target.server.endpoint,
            region: 'us-east-1',
            maxAttempts: 1,
            credentials,
          });
          const steal = new AssumeRoleCommand({ RoleArn: appRole, RoleSessionName: 'stolen' });
          target.server.meanwhile = async ({ parameters }) => {
            if (parameters.includes('RoleSessionName=stolen')) return;
            told.add(
              await sts.send(steal).then(
                () => 'stolen',
                (error: unknown) => (error as Error).name,
              ),
            );
          };
        },
      },
    );
    target.server.meanwhile = undefined;
    expect(log).toMatch(/: revoked\. Sessions ended: 1/);
    expect([...told].toSorted()).toEqual(['AccessDenied', 'InvalidClientTokenId']);
  });

  it('is told of when no root could end it: the session goes on until the expiry', async () => {
    const root = target.server.account.addUser('passing', { policy: everything });
    const { id, secret } = target.server.account.addKey(root);
    const { log, steps } = await runAction(user, {
      secrets: { ROOT: rootText({ accessKeyId: id, secretAccessKey: secret }) },
      onStep: ({ step, phase, event }) => {
        if (step === 'aws' && phase === 'post' && event === 'start') root.keys.length = 0;
      },
    });
    const { outputs } = steps[0] ?? { outputs: noOutputs };
    expect(log).not.toContain('can no longer be used');
    expect(log).toContain(`ends by itself at ${outputs['expires-at'] ?? '?'}: no root credential could end it`);
    expect(log).toMatch(/Warning: .*was ended by its own key, because no root credential could/);
    for (const name of ['passing', outputs['principal'] ?? '']) target.server.account.users.delete(name);
  });
});

describe('the environment of other steps', () => {
  it.each([{ AWS_REGION: 'no/region' }, { AWS_REGION: 'eu-mars-1' }, { AWS_DEFAULT_REGION: '*' }])(
    'does not keep post from revoking: %j',
    async (variables) => {
      const { endpoint } = target.server;
      const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
      const all = { ...user, root: '${{ secrets.ROOT }}', 'iam-endpoint': endpoint, 'sts-endpoint': endpoint };
      const { log } = await runSteps(
        [
          { uses: 'OWNER/joblease/actions/aws@v1', with: all },
          { env: { LINES: lines.join('\n') }, run: 'echo "$LINES" >> "$GITHUB_ENV"' },
        ],
        { secrets: { ROOT: target.root } },
      ).done;
      expect(log).toMatch(/: revoked\./);
    },
  );

  it('is told where it names no region, before anything is minted', async () => {
    const { conclusion, log } = await runAction(user, { env: { AWS_REGION: 'no/region' } });
    expect(conclusion).toBe('failure');
    expect(log).toContain('"region": "no/region" is not a region, and it comes from the variable AWS_REGION');
    expect(actions()).toEqual([]);
    const given = await runAction({ ...user, region: 'eu-central-1' }, { env: { AWS_REGION: 'no/region' } });
    expect(given.log).toMatch(/: revoked\./);
  });

  it('is no root that export-env would replace; root in it is masked', async () => {
    const { AccessKeyId = '', SecretAccessKey = '' } = JSON.parse(target.root) as Record<string, string>;
    const env = { AWS_ACCESS_KEY_ID: AccessKeyId, AWS_SECRET_ACCESS_KEY: SecretAccessKey };
    const refused = await runAction({ ...user, root: '', 'export-env': 'true' }, { env });
    expect(refused.conclusion).toBe('failure');
    expect(refused.log).toContain('"export-env": root is the key in the environment');
    expect(refused.log).toContain('There is nothing to revoke.');
    expect(actions()).toEqual([]);
    const minted = await runAction({ ...user, root: '' }, { env });
    expect(minted.log).toMatch(/: revoked\./);
    expect(minted.masks).toContain(SecretAccessKey);
    const given = await runAction({ ...user, 'export-env': 'true' }, { env });
    expect(given.log).toMatch(/: revoked\./);
  });

  it('is not in the log, though NODE_DEBUG asks for all that Node has to say', async () => {
    const env = { NODE_DEBUG: 'http,https,net,tls', SOMEBODYS_SECRET: 'not-for-the-log' };
    const { conclusion, log } = await runAction({ 'role-arn': appRole }, { env });
    expect(conclusion).toBe('success');
    expect(log).not.toContain('not-for-the-log');
    expect(log).not.toMatch(/INPUT_ROOT|INPUT_STS-ENDPOINT/);
  });
});

describe('errors', () => {
  it('says at the first call that the key is wrong', async () => {
    const { conclusion, log } = await runAction({ 'role-arn': appRole, root: target.wrongRoot });
    expect(conclusion).toBe('failure');
    expect(log).toContain('Input "root": the secret does not fit the access key');
    expect(log).toContain('There is nothing to revoke.');
    expect(actions()).toEqual(['AssumeRole']);
  });

  it('names the action and the resource that are missing', async () => {
    const { account } = target.server;
    const poor = account.addCredentials('poor', { Version: '2012-10-17', Statement: [] });
    const options = { secrets: { ROOT: rootText(poor) } };
    const { log } = await runAction(user, options);
    expect(log).toMatch(/may not iam:CreateUser on arn:aws:iam::123456789012:user\/joblease\/jl_/);
    expect(actions()).toEqual(['GetCallerIdentity', 'CreateUser']);
    account.users.delete('poor');
  });

  it.each<[Record<string, string>, string]>([
    [{ 'role-arn': 'app' }, '"role-arn": "app" is not the ARN of a role'],
    [{ 'role-arn': appRole, ttl: '13h' }, '"ttl": AWS gives a credential of type "assumed_role" for at most 12 hours'],
    [{ 'role-arn': appRole, ttl: '2h' }, "more than the role's maximum session duration"],
    [{ 'credential-type': 'federation_token' }, '"policy-document": a federation token without a policy'],
    [
      { ...user, 'policy-document': jobPolicy.replace('GetRole', `Get${'x'.repeat(2000)}`) },
      'more than fit into a user beside the guard',
    ],
    [{}, '"role-arn": it is empty'],
    [{ 'role-arn': appRole, 'oidc-role-arn': appRole }, '"oidc-role-arn": it is given beside "root"'],
    [{ 'role-arn': appRole, 'external-id': 'x y!' }, '"external-id": AWS takes no such external id'],
    [{ 'role-arn': appRole, 'user-path': '/other/' }, '"user-path": it has no meaning for "assumed_role"'],
    [
      { 'role-arn': appRole, 'policy-document': jobPolicy.replace('GetRole', 'Get日本') },
      '"policy-document": AWS takes no "日" in a policy',
    ],
    [
      { 'role-arn': appRole, 'policy-arns': Array.from({ length: 11 }, (_, i) => `${boundary}${i}`).join() },
      '"policy-arns": they are 11, and AWS takes 10 at most',
    ],
    [
      { root: '{"AccessKeyId":"AKIA0000000000000000","SecretAccessKey":"x","SessionToken":"a\\r\\nb"}' },
      'its "SessionToken" is malformed',
    ],
    [{ root: '' }, '"root": it is empty, and neither "oidc-role-arn" nor AWS_ACCESS_KEY_ID is set'],
  ])('refuses %j', async (inputs, message) => {
    const { conclusion, log } = await runAction(inputs);
    expect(conclusion).toBe('failure');
    expect(log).toContain(message);
    expect(log).toContain('There is nothing to revoke.');
  });
});

describe('a runner that does not reach AWS', () => {
  const withoutEndpoints = { 'role-arn': appRole, 'iam-endpoint': '', 'sts-endpoint': '' };

  it('says that it is the proxy, what that said, and what to do', async () => {
    await using proxy = await startProxy();
    const credentials = 'somebody:proxy-password-123';
    const env = { HTTPS_PROXY: proxy.url.replace('//', `//${credentials}@`) };
    const { conclusion, log, rawOutput } = await runAction(withoutEndpoints, { env, debug: true });
    expect(conclusion).toBe('failure');
    expect(log).toContain('Error: the proxy of this runner did not let a call through to AWS\n');
    expect(log).toMatch(/The answer was: Failed to establish tunnel to sts\.us-east-1\.amazonaws\.com:443 .*502 no/);
    expect(log).toContain('correct HTTPS_PROXY and NO_PROXY in the environment of the runner');
    expect(rawOutput).not.toContain('proxy-password-123');
    expect(log).toContain('There is nothing to revoke.');
  });

  it('says that nothing is there, and which inputs and variables lead there', async () => {
    const { log } = await runAction(withoutEndpoints, { env: { HTTPS_PROXY: 'http://127.0.0.1:1' } });
    expect(log).toContain('Error: AWS could not be reached\nThe answer was: connect ECONNREFUSED 127.0.0.1:1');
    expect(log).toContain('Check "region", "iam-endpoint" and "sts-endpoint", HTTPS_PROXY and NO_PROXY');
  });

  it('says that the certificate is another authority’s', async () => {
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }]);
    const server = createTlsServer({ cert, key }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const { log } = await runAction({ ...withoutEndpoints, 'sts-endpoint': `https://127.0.0.1:${port}` });
    server.close();
    expect(log).toContain("the certificate of what answers in AWS's place is not trusted");
    expect(log).toContain('NODE_EXTRA_CA_CERTS');
  });
});

it('waits for AWS while it throttles, and says so once', async () => {
  target.server.throttle(3);
  const { conclusion, log } = await runAction({ 'role-arn': appRole });
  expect(conclusion).toBe('success');
  expect(log.match(/It is tried again, until/g)).toHaveLength(1);
});

describe('what is minted', () => {
  it('is named in the log and in the summary', async () => {
    const { log, summary } = await runAction({ 'role-arn': appRole });
    expect(log).toContain('Account: 123456789012; Role: app; Region: us-east-1');
    expect(summary).toContain('<td>123456789012</td>');
  });

  it('is warned of when it is a user without any right', async () => {
    const { conclusion, annotations } = await runAction({ 'credential-type': 'iam_user' });
    expect(conclusion).toBe('success');
    expect(annotations.map(({ message }) => message).join()).toContain(
      'None of "policy-document", "policy-arns" and "iam-groups" is given',
    );
  });

  it('shows with debug logging who root is and how AWS was reached', async () => {
    const { log } = await runAction(user, { debug: true });
    expect(log).toMatch(/##\[debug\]127\.0\.0\.1: no TLS; signed with AKIA\w+/);
    expect(log).toContain('##[debug]root: arn:aws:iam::123456789012:user/joblease');
    for (const step of ['open', 'mint', 'verify']) expect(log).toMatch(new RegExp(`${step}: \\d+ ms`));
  });
});

/** As it stands, but for where the AWS of the tests is. */
it('runs examples/aws.yml', async () => {
  const { endpoint, account } = target.server;
  await using tokens = await startIdTokens('repo:octo/app:ref:refs/heads/main');
  account.issuers.set(issuer, tokens.publicKey);
  const deploy = account.addRole('deploy-example', {
    trust: {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: account.arn(`oidc-provider/${issuer}`) },
          Action: 'sts:AssumeRoleWithWebIdentity',
          Condition: { StringEquals: { [`${issuer}:sub`]: 'repo:octo/app:ref:refs/heads/main' } },
        },
      ],
    },
    policy: everything,
  });
  const directory = mkdtempSync(join(tmpdir(), 'aws-example-'));
  const example = read('examples/aws.yml');
  const here = example.replaceAll(/^( +)ttl: .*$/gm, `$&\n$1iam-endpoint: ${endpoint}\n$1sts-endpoint: ${endpoint}`);
  expect(here).not.toBe(example);
  writeFileSync(join(directory, 'aws.yml'), here);
  const client = join(checkout, 'node_modules', '@aws-sdk', 'client-sts');
  writeFileSync(
    join(directory, 'aws'),
    `#!${process.execPath}
const { STSClient, GetCallerIdentityCommand } = require(${JSON.stringify(client)});
const sts = new STSClient({ endpoint: ${JSON.stringify(endpoint)} });
sts.send(new GetCallerIdentityCommand({})).then(({ Arn }) => console.log('acted as ' + Arn));
`,
    { mode: 0o755 },
  );
  const { conclusion, jobs } = await runWorkflow(join(directory, 'aws.yml'), {
    secrets: { AWS_ROOT: target.root },
    vars: { DEPLOY_ROLE: deploy, APP_ROLE: appRole, BOUNDARY: boundary, POLICY: jobPolicy },
    idToken: tokens.request,
    env: { PATH: `${directory}:${process.env['PATH'] ?? ''}` },
  }).done;
  rmSync(directory, { recursive: true });
  const log = (job: string): string => jobs[job]?.log ?? '';
  expect(conclusion, `logs: ${Object.keys(jobs).map(log).join('\n')}`).toBe('success');
  expect(log('oidc')).toMatch(/acted as arn:aws:sts::123456789012:assumed-role\/deploy-example\/jl_/);
  expect(log('session')).toMatch(/acted as arn:aws:sts::123456789012:assumed-role\/app\/jl_/);
  expect(log('user')).toMatch(/acted as arn:aws:iam::123456789012:user\/joblease\/jl_/);
  expect(log('oidc')).toContain('ends by itself at');
  for (const job of ['session', 'user']) expect(log(job)).toMatch(/: revoked\./);
});

/** A proxy that connects nowhere. */
async function startProxy(): Promise<AsyncDisposable & { url: string }> {
  const proxy = createHttpServer().on('connect', (_, socket) => socket.end('HTTP/1.1 502 no\r\n\r\n'));
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
