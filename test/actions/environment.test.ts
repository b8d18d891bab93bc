/**
 * What an earlier step leaves in the environment of a job does not keep the post step from revoking. Variables come
 * through GITHUB_ENV, as an injection into a step's output would bring them.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { boundary, startAwsTarget } from '../contract/aws-target.ts';
import type { ContractTarget } from '../contract/contract.ts';
import { startTarget } from '../contract/mysql-target.ts';
import { postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';
import { runSteps, type JobResult } from '../runner/index.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';

const directory = mkdtempSync(join(tmpdir(), 'joblease-environment-'));
/** Is there as soon as code of the attacker has run in a process of ours. */
const trace = join(directory, 'ran');
const modules = join(directory, 'modules');
const spy = `require('node:fs').writeFileSync(${JSON.stringify(trace)}, 'x');\n`;

beforeAll(() => {
  for (const name of ['pg-native', 'cardinal', 'mysql2', 'pg', 'aws-crt', 'libsodium']) {
    mkdirSync(join(modules, name), { recursive: true });
    writeFileSync(join(modules, name, 'index.js'), spy);
  }
  mkdirSync(join(directory, '.aws'));
  writeFileSync(join(directory, '.aws', 'config'), '[default]\nendpoint_url = http://127.0.0.1:9\nregion = nowhere\n');
});
afterEach(() => {
  rmSync(trace, { force: true });
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** Every variable that the drivers, the SDK, Node or the resolver are known to read and that can do harm. */
const hostile: Readonly<Record<string, string>> = {
  NODE_PG_FORCE_NATIVE: '1',
  NODE_PATH: modules,
  HOME: directory,
  ...Object.fromEntries(
    (
      'HOST PORT USER DATABASE PASSWORD PASSFILE PASS_NO_DEESCAPE OPTIONS SSLMODE SSLROOTCERT SSLCERT SSLKEY ' +
      'SSLNEGOTIATION REQUIRESSL CONNECT_TIMEOUT APPNAME CLIENTENCODING CLIENT_ENCODING CHANNELBINDING TARGETSESSIONATTRS'
    )
      .split(' ')
      .map((name) => [`PG${name}`, name === 'OPTIONS' ? '-c role=none -c statement_timeout=1' : 'hostile']),
  ),
  USER: 'hostile',
  USERNAME: 'hostile',
  MYSQL_HOST: 'hostile',
  MYSQL_PWD: 'hostile',
  MYSQL_TCP_PORT: '9',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_IAM: 'http://127.0.0.1:9',
  AWS_ENDPOINT_URL_STS: 'http://127.0.0.1:9',
  AWS_CONFIG_FILE: join(directory, '.aws', 'config'),
  AWS_SHARED_CREDENTIALS_FILE: join(directory, '.aws', 'config'),
  AWS_PROFILE: 'hostile',
  AWS_CA_BUNDLE: '/nonexistent',
  AWS_MAX_ATTEMPTS: '0',
  AWS_RETRY_MODE: 'hostile',
  AWS_DEFAULTS_MODE: 'hostile',
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
  AWS_STS_REGIONAL_ENDPOINTS: 'hostile',
  AWS_SDK_UA_APP_ID: 'x'.repeat(100),
  AWS_EXECUTION_ENV: 'hostile\nheader: x',
  AWS_LAMBDA_FUNCTION_NAME: 'hostile',
  _X_AMZN_TRACE_ID: 'hostile',
  AWS_AUTH_SCHEME_PREFERENCE: 'noAuth',
  AWS_REQUEST_CHECKSUM_CALCULATION: 'hostile',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  NODE_DEBUG: 'net,tls,http,https,module,stream',
  NODE_UNIQUE_ID: '7',
  NODE_PENDING_DEPRECATION: '1',
  NODE_REDIRECT_WARNINGS: join(directory, 'warnings'),
  NODE_EXTRA_CA_CERTS: '/nonexistent',
  NODE_V8_COVERAGE: '/nonexistent',
  NODE_ICU_DATA: '/nonexistent',
  NODE_TEST_CONTEXT: 'child-v8',
  NODE_PRESERVE_SYMLINKS: '1',
  OPENSSL_CONF: '/nonexistent',
  SSL_CERT_FILE: '/nonexistent',
  SSL_CERT_DIR: '/nonexistent',
  UV_THREADPOOL_SIZE: '1',
  TZ: 'Pacific/Kiritimati',
  LC_ALL: 'tr_TR.UTF-8',
  RES_OPTIONS: 'timeout:30 attempts:5',
  LOCALDOMAIN: 'hostile.example',
  HOSTALIASES: '/nonexistent',
  STATE_settled: 'true',
  STATE_minted: '{',
  STATE_lease: '',
  INPUT_ROOT: 'hostile',
  GITHUB_STATE: '/nonexistent',
  GITHUB_STEP_SUMMARY: '/nonexistent',
  RUNNER_TEMP: '/nonexistent',
};

type Server = { readonly name: string; readonly start: () => Promise<ContractTarget & { inputs: object }> };
const mysqlServer = findMysql();
const mariadbServer = findMariadb();
const [postgres] = postgresServers();
const servers: Server[] = [
  ...(postgres === undefined ? [] : [{ name: 'postgres', start: postgres.start }]),
  ...(mysqlServer === undefined ? [] : [{ name: 'mysql', start: async () => await startTarget('mysql', mysqlServer) }]),
  ...(mariadbServer === undefined
    ? []
    : [{ name: 'mariadb', start: async () => await startTarget('mariadb', mariadbServer) }]),
  { name: 'aws', start: async () => await startAwsTarget() },
];

/** What a step could write in place of main, with statements that would run as root. */
function madeUp(principal: string): string {
  const config = {
    'admin-role': '',
    'member-of': ['billing_owner'],
    'creation-statements': '',
    'revocation-statements': 'CREATE ROLE taken;',
    'connection-limit': 20,
    database: '',
    'tls-ca': '',
  };
  return JSON.stringify({ engine: 'postgres', role: 'job', principal, config, revoke: true, failOnRevokeError: false });
}

/** A lease, and then a step that leaves variables for the post step. */
async function mintThenSet(
  { name, target }: { name: string; target: ContractTarget },
  variables: Readonly<Record<string, string>>,
): Promise<JobResult> {
  const lines = Object.entries(variables).map(([key, value]) => `${key}<<END_OF_IT\n${value}\nEND_OF_IT\n`);
  const mint = {
    uses: `OWNER/joblease/actions/${name}@v1`,
    id: 'lease',
    with: { ...target.inputs, root: '${{ secrets.ROOT }}' },
  };
  const set = { env: { LINES: lines.join('') }, run: 'printf %s "$LINES" >> "$GITHUB_ENV"' };
  return await runSteps([mint, set], { secrets: { ROOT: target.root } }).done;
}

for (const { name, start } of servers) {
  describe(`a lease on ${name}`, () => {
    let target: ContractTarget;
    beforeAll(async () => {
      target = await start();
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });

    it('is revoked in spite of everything that an earlier step may set', async () => {
      const job = await mintThenSet({ name, target }, hostile);
      expect(job.log).toMatch(/: revoked\./);
      expect(job.conclusion).toBe('success');
      const { outputs = {} } = job.steps.find(({ id, phase }) => id === 'lease' && phase === 'main') ?? {};
      expect(await target.exists(outputs['principal'] ?? '')).toBe(false);
      expect(existsSync(trace)).toBe(false);
      // What was there before the first line of ours is told, and which it was.
      expect(job.log).toContain('The environment of this step holds OPENSSL_CONF: that acts before the first line');
    });
  });
}

describe('each by itself', () => {
  let target: PostgresTarget;
  beforeAll(async () => {
    if (postgres === undefined) throw new Error('the embedded PostgreSQL is always there');
    target = await postgres.start();
  });
  afterAll(async () => {
    await target[Symbol.asyncDispose]();
  });

  it.each(['NODE_PG_FORCE_NATIVE', 'PGOPTIONS', 'STATE_settled', 'NODE_UNIQUE_ID'])(
    '%s stops no revoke',
    async (name) => {
      const job = await mintThenSet({ name: 'postgres', target }, { [name]: hostile[name] ?? '', NODE_PATH: modules });
      expect(job.log).toMatch(/: revoked\./);
      expect(job).toMatchObject({ conclusion: 'success', annotations: [] });
      expect(existsSync(trace)).toBe(false);
    },
  );

  it('a lease that an earlier step makes up in the state of a mint that failed is not believed', async () => {
    const job = await runSteps(
      [
        { env: { LEASE: madeUp('jl_0000001_job_aaaaaaaaaaaaa') }, run: 'echo "STATE_lease=$LEASE" >> "$GITHUB_ENV"' },
        { uses: 'OWNER/joblease/actions/postgres@v1', with: { root: '${{ secrets.ROOT }}', ttl: 'soon' } },
      ],
      { secrets: { ROOT: target.root } },
    ).done;
    expect(job.log).toContain('There is nothing to revoke.');
  });

  it.each([
    ['as it is', ''],
    ['sealed by somebody who does not know root', `${'0'.repeat(64)} `],
  ])(
    'a lease that an earlier step makes up for a mint that was killed at once, %s, is not ended as root',
    async (_, seal) => {
      const secrets = { ROOT: target.root };
      const uses = 'OWNER/joblease/actions/postgres@v1';
      const inputs = { ...target.inputs, root: '${{ secrets.ROOT }}' };
      const other = await runSteps([{ uses, with: { ...inputs, revoke: 'false' } }], { secrets }).done;
      const { principal = '' } = other.steps[0]?.outputs ?? {};
      // OpenSSL's configuration keeps main from starting, and post finds it put right.
      const broken = join(directory, 'broken.cnf');
      writeFileSync(broken, '[[[garbage\n= =\n');
      const job = await runSteps(
        [
          {
            env: { LEASE: `${seal}${madeUp(principal)}`, BROKEN: broken },
            run: 'printf "STATE_lease=%s\\nOPENSSL_CONF=%s\\n" "$LEASE" "$BROKEN" >> "$GITHUB_ENV"',
          },
          { uses, id: 'db', with: inputs },
        ],
        {
          secrets,
          onStep: ({ step, phase, event }) =>
            void (step === 'db' && phase === 'post' && event === 'start' && rmSync(broken)),
        },
      ).done;
      expect(job.steps.find(({ id }) => id === 'db')).toMatchObject({ outcome: 'failure', state: {} });
      expect(job.log).not.toMatch(/Minted|: revoked\./);
      expect(job.log).toMatch(/There is nothing to revoke|so nothing was done as root/);
      expect(await target.exists(principal)).toBe(true);
      expect((await target.admin(`SELECT FROM pg_roles WHERE rolname = 'taken'`)).rows).toEqual([]);
      await target.admin(`DROP OWNED BY ${principal}; DROP ROLE ${principal}`, 'billing');
    },
  );

  it.each(['LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH'])('%s is told', async (name) => {
    const env = { [name]: `${directory}:/usr/lib` };
    const job = await runSteps([{ uses: 'OWNER/joblease/actions/postgres@v1', with: { root: '' } }], { env }).done;
    expect(job.log).toContain(`The environment of this step holds ${name}: that acts`);
  });

  it.each([
    ['--require DIRECTORY/x.js', true],
    ['--import=data:text/javascript,0 --max-old-space-size=4096', true],
    ['--max-old-space-size=4096 --enable-source-maps', false],
    ['--max-old-space-size 4096', false],
    ['--tls-keylog=DIRECTORY/keys', true],
  ])('NODE_OPTIONS: %s is told: %s', async (options, told) => {
    writeFileSync(join(directory, 'x.js'), '');
    const env = { NODE_OPTIONS: options.replace('DIRECTORY', directory) };
    const job = await runSteps([{ uses: 'OWNER/joblease/actions/postgres@v1', with: { root: '' } }], { env }).done;
    expect(job.log.includes('The environment of this step holds NODE_OPTIONS')).toBe(told);
  });
});

it('no call of AWS is made to a server that nobody vouches for, though NODE_TLS_REJECT_UNAUTHORIZED is 0', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }]);
  let seen = 0;
  const server = createServer({ key, cert }, (_, response) => {
    seen += 1;
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `https://localhost:${(server.address() as AddressInfo).port}`;
  const inputs = { 'iam-endpoint': endpoint, 'sts-endpoint': endpoint, 'permissions-boundary-arn': boundary };
  const root = '{"Version":1,"AccessKeyId":"AKIA0000000000000000","SecretAccessKey":"secret"}';
  const env = { NODE_TLS_REJECT_UNAUTHORIZED: '0' };
  const step = { uses: 'OWNER/joblease/actions/aws@v1', with: { root, 'credential-type': 'iam_user', ...inputs } };
  const job = await runSteps([step], { env }).done;
  server.close();
  expect(job.conclusion).toBe('failure');
  expect(job.log).toMatch(/self-signed certificate/);
  expect(seen).toBe(0);
});
