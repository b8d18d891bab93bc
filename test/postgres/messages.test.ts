/** What a person is told who gives something wrong, by the built action, on real servers; and that a fix works when followed. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import pg from 'pg';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';
import { runSteps, type JobResult } from '../runner/index.ts';
import { startPostgres, type PostgresServer } from '../services/postgres.ts';

const directory = mkdtempSync(join(tmpdir(), 'joblease-messages-'));
/** Larger than Linux lets one variable of the environment be, as the list of a machine is. */
const bundle = join(directory, 'authorities.pem');
let target: PostgresTarget;
let secure: PostgresServer;
let secureRoot: string;

beforeAll(async () => {
  const [embedded] = postgresServers();
  if (embedded === undefined) throw new Error('the embedded PostgreSQL is always there');
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const text = [...rootCertificates, cert].join('\n');
  writeFileSync(bundle, text);
  [target, secure] = await Promise.all([embedded.start(), startPostgres({ tls: { cert, key } })]);
  secureRoot = `postgres://postgres:${new URL(secure.url).password}@localhost:${secure.port}/postgres?sslmode=verify-full`;
  await admin('CREATE ROLE billing_owner');
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await secure[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

async function mint(
  root: string,
  inputs: Record<string, string> = {},
  then: { run: string }[] = [],
): Promise<JobResult> {
  const step = {
    uses: 'OWNER/joblease/actions/postgres@v1',
    id: 'db',
    with: { root: '${{ secrets.ROOT }}', ...inputs },
  };
  return await runSteps([step, ...then], { secrets: { ROOT: root } }).done;
}

async function admin(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: secure.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

async function dropLeftovers(): Promise<void> {
  await admin(`DO $$ DECLARE r text; BEGIN FOR r IN SELECT rolname FROM pg_roles WHERE rolname LIKE 'jl\\_%'
      LOOP EXECUTE format('DROP ROLE %I', r); END LOOP; END $$`);
}

/** Leases that are there, of those who can log in. */
async function alive(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname LIKE 'jl\\_%' AND rolcanlogin");
  await client.end();
  return rowCount ?? -1;
}

/** A server of another kind; what it says first, `undefined` to hang up at once. */
async function listen(greeting: string | undefined): Promise<{ server: Server; port: number; seen: () => number }> {
  let seen = 0;
  const server = createServer((socket) => {
    seen += 1;
    socket.on('error', () => undefined);
    socket.resume();
    if (greeting === undefined) socket.end();
    else socket.write(greeting);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0, seen: () => seen };
}

describe('a large file of authorities', () => {
  it.each(['tls-ca', 'sslrootcert'])('does not keep the post step from revoking: %s', async (way) => {
    const job = await (way === 'tls-ca'
      ? mint(secureRoot, { 'member-of': 'billing_owner', 'tls-ca': bundle })
      : mint(`${secureRoot}&sslrootcert=${bundle}`, { 'member-of': 'billing_owner' }));
    expect(job).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(statSync(bundle).size).toBeGreaterThan(150_000);
    expect(job.log).toMatch(/: revoked\./);
    expect(await alive(secure.url)).toBe(0);
    const state = job.steps.flatMap((step) => Object.values(step.state));
    expect(Math.max(...state.map((text) => text.length))).toBeLessThan(2000);
  });

  it('lets the lease end itself when root cannot', async () => {
    const run = runSteps(
      [
        {
          uses: 'OWNER/joblease/actions/postgres@v1',
          id: 'db',
          with: { root: '${{ secrets.ROOT }}', 'tls-ca': bundle },
        },
        { id: 'next', run: 'true' },
      ],
      {
        secrets: { ROOT: secureRoot.replace('//postgres:', '//second:') },
        async onStep({ step, event }) {
          if (step === 'next' && event === 'start') await admin("ALTER ROLE second PASSWORD 'another'");
        },
      },
    );
    await admin(`CREATE ROLE second SUPERUSER LOGIN PASSWORD '${new URL(secure.url).password}'`);
    const job = await run.done;
    expect(job.log).toContain('can no longer be used');
    expect(job.log).toContain('it scrambled its own password');
    await dropLeftovers();
  });

  it('that is gone when the job ends is named, and so is the lease', async () => {
    const gone = join(directory, 'gone.pem');
    writeFileSync(gone, rootCertificates.join('\n'));
    const root = secureRoot.replace('verify-full', 'disable');
    const job = await mint(root, { 'tls-ca': gone, 'fail-on-revoke-error': 'true' }, [{ run: `rm ${gone}` }]);
    expect(job.conclusion).toBe('failure');
    expect(job.log).toContain('could not be revoked, so its credential may still work');
    expect(job.log).toContain(
      'Input "tls-ca": the certificate authority is neither PEM text nor a file that can be read',
    );
    expect(await alive(secure.url)).toBe(1);
    await dropLeftovers();
  });
});

it('refuses what would not fit into the state of the runner, before anything is minted', async () => {
  const long = `-- ${'x'.repeat(40_000)}\nSELECT 1`;
  const job = await mint(target.root, { 'member-of': 'billing_owner', 'revocation-statements': long });
  expect(job.conclusion).toBe('failure');
  expect(job.log).toContain('Input "revocation-statements": the inputs that the post step needs are longer than');
  expect(await alive(target.superuserUrl)).toBe(0);
  // What only the mint needs may be long.
  const creating = await mint(target.root, { 'member-of': 'billing_owner', 'creation-statements': long });
  expect(creating.log).toMatch(/: revoked\./);
});

it('says that "tls-ca" is neither text nor a file, and shows none of it', async () => {
  const garbage = 'MIIBszCCAVmgAwIBAgIUd2hhdGV2ZXI';
  const run = runSteps(
    [
      {
        uses: 'OWNER/joblease/actions/postgres@v1',
        with: { root: '${{ secrets.ROOT }}', 'member-of': 'billing_owner', 'tls-ca': garbage },
      },
    ],
    { secrets: { ROOT: target.root } },
  );
  const { annotations } = await run.done;
  expect(annotations).toHaveLength(1);
  expect(JSON.stringify(annotations)).toContain(
    'Input \\"tls-ca\\": the certificate authority is neither PEM text nor a file',
  );
  expect(JSON.stringify(annotations)).not.toContain(garbage);
  const oneLine = await mint(target.root, { 'tls-ca': (rootCertificates[0] ?? '').replaceAll('\n', ' ') });
  expect(oneLine.log).toContain('Input "tls-ca": the PEM text holds no certificate that can be read');
});

function pairOf(port: number): string {
  return `postgres://joblease_a:a-password-of-a-login@127.0.0.1:${port}/billing?sslmode=disable`;
}

describe('a pair of logins without "admin-role"', () => {
  beforeAll(async () => {
    await target.admin(`CREATE ROLE joblease_admin NOLOGIN CREATEROLE;
      GRANT billing_owner TO joblease_admin WITH ADMIN TRUE, INHERIT FALSE, SET FALSE;
      CREATE ROLE joblease_a LOGIN NOINHERIT PASSWORD 'a-password-of-a-login';
      GRANT joblease_admin TO joblease_a WITH INHERIT FALSE, SET TRUE`);
  });
  afterAll(async () => {
    await target.admin('DROP ROLE joblease_a; REVOKE billing_owner FROM joblease_admin; DROP ROLE joblease_admin');
  });
  it.each(['', 'CREATEROLE'])('is told the admin role, which works when it is given %s', async (attribute) => {
    // With CREATEROLE of its own the login had got "no possible grantors".
    if (attribute !== '') await target.admin(`ALTER ROLE joblease_a ${attribute}`);
    const job = await mint(pairOf(target.port), { 'member-of': 'billing_owner' });
    expect(job.conclusion).toBe('failure');
    expect(job.log).toContain(
      attribute === ''
        ? '"joblease_a" may not create roles'
        : '"joblease_a" may not make others members of "billing_owner"',
    );
    const [, name = '', value = ''] = /give "([\w-]+): (\w+)"/.exec(job.log) ?? [];
    const again = await mint(pairOf(target.port), { 'member-of': 'billing_owner', [name]: value });
    expect(again).toMatchObject({ conclusion: 'success', annotations: [] });
    expect(again.log).toMatch(/: revoked\./);
  });
});

describe('an address that is another one', () => {
  it('is not tried again when what answers hangs up, and says so', async () => {
    const other = await listen(undefined);
    const job = await mint(`postgres://u:p4ssword@127.0.0.1:${other.port}/db?sslmode=disable`);
    other.server.close();
    expect(job.log).toContain(`what answers at 127.0.0.1:${other.port} hung up at once`);
    expect(other.seen()).toBe(1);
    expect(job.log).not.toContain('p4ssword');
  });

  it('is told when its first byte is one of PostgreSQL’s by chance', async () => {
    const other = await listen(`\u004E\0\0\0\n8.0.30-of-another-length\0${'x'.repeat(52)}`);
    const job = await mint(`postgres://u:p4ssword@127.0.0.1:${other.port}/db?sslmode=disable`);
    other.server.close();
    expect(job.log).toContain('it speaks the protocol of MySQL and MariaDB');
    expect(other.seen()).toBe(1);
  });

  it.each(['disable', 'verify-full'])('is told by what answers there: sslmode=%s', async (sslmode) => {
    const other = await listen('SSH-2.0-OpenSSH_9.6\r\n');
    const job = await mint(`postgres://u:p4ssword@127.0.0.1:${other.port}/db?sslmode=${sslmode}`);
    other.server.close();
    expect(job.log).toContain(`what answers at 127.0.0.1:${other.port} is not PostgreSQL`);
    expect(job.log).toContain('it begins with: SSH-2.0-OpenSSH_9.6');
    expect(other.seen()).toBe(1);
  });
});

it.each([
  ['postgres://joblease:p4ss?word@db/billing?sslmode=disable', 'a "?" stands before the "@"', '%3F'],
  ['postgres://joblease:p4ss@db/billing?schema=public', 'the parameter "schema" is not supported', 'search_path'],
  [
    'postgres://joblease:p4ss@db/billing?sslnegotiation=direct',
    'the parameter "sslnegotiation" is not supported',
    'Remove',
  ],
])('says what to do about %s', async (root, problem, fix) => {
  const { annotations } = await mint(root);
  expect(annotations).toHaveLength(1);
  const [{ message } = { message: '' }] = annotations;
  expect(message).toContain(`Input "root": ${problem}`);
  expect(message).toContain(fix);
  expect(message).not.toContain('p4ss');
});

it('says that the URL has no password, when the server asks for one', async () => {
  const job = await mint(`postgres://joblease@127.0.0.1:${target.port}/billing?sslmode=disable`);
  expect(job.log).toContain(
    `the server at 127.0.0.1:${target.port} asks for the password of "joblease", and the URL has none`,
  );
});
