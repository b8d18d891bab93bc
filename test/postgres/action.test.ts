/** The action as GitHub runs it: real processes, signals, lost runners, and everything that a secret could leak into. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clientSession, postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';
import { runSteps, type JobResult, type RunnerOptions } from '../runner/index.ts';

let target: PostgresTarget;
let options: RunnerOptions;
beforeAll(async () => {
  const [embedded] = postgresServers();
  if (embedded === undefined) throw new Error('the embedded PostgreSQL is always there');
  target = await embedded.start();
  options = { secrets: { ROOT: target.root } };
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

const uses = 'OWNER/joblease/actions/postgres@v1';

/** A step that mints, with further `with:` lines. */
function mintStep(lines: Record<string, string> = {}): string {
  const inputs = { root: '${{ secrets.ROOT }}', 'member-of': 'billing_owner', ...lines };
  const rows = Object.entries(inputs).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`);
  return `- uses: ${uses}\n  id: db\n  with:\n${rows.join('\n')}\n`;
}

/** What has been minted and is still there. */
async function leftovers(): Promise<{ name: string; canLogin: boolean }[]> {
  const { rows } = await target.admin(
    `SELECT rolname AS name, rolcanlogin AS "canLogin" FROM pg_roles WHERE rolname LIKE 'jl\\_%'`,
  );
  return rows as { name: string; canLogin: boolean }[];
}

/**
 * Where no secret may be: the log, all that was printed but the masks themselves, the summary, process arguments, and
 * state but for the lease's own credential.
 */
function exposed(job: JobResult): string {
  const printed = job.rawOutput.split('\n').filter((line) => !line.startsWith('::add-mask::'));
  const state = job.steps.flatMap((step) => Object.entries(step.state).filter(([name]) => name !== 'minted'));
  const summary = job.fileCommands.filter(({ contents }) => contents.includes('<table>'));
  return JSON.stringify([job.log, printed, state, summary, job.processes.map(({ argv }) => argv)]);
}

describe('a job with a PostgreSQL lease', () => {
  it('gets a working login that is gone when the job ends', async () => {
    const run = runSteps(
      `${mintStep({ ttl: '10m', role: 'migrate' })}
- id: use
  env:
    URL: \${{ steps.db.outputs.url }}
  run: |
    echo "connect with $URL"
    echo "url=$URL" >> "$GITHUB_OUTPUT"`,
      {
        ...options,
        async onStep({ step, event }) {
          if (step !== 'use' || event !== 'start') return;
          const [role] = await leftovers();
          expect(role).toMatchObject({ canLogin: true });
        },
      },
    );
    const job = await run.done;
    expect(job.conclusion).toBe('success');
    const outputs = job.steps[0]?.outputs ?? {};
    const url = outputs['url'] ?? '';
    expect(Object.keys(outputs).toSorted()).toEqual([
      'database',
      'expires-at',
      'expiry-class',
      'host',
      'lease-id',
      'password',
      'port',
      'principal',
      'url',
      'username',
    ]);
    expect(outputs).toMatchObject({
      'lease-id': `postgres/migrate/${outputs['principal'] ?? ''}`,
      'expiry-class': 'login',
      username: outputs['principal'],
      host: '127.0.0.1',
      port: String(target.port),
      database: 'billing',
    });
    expect(outputs['expires-at']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    expect(job.log).toContain('connect with ***');
    expect(job.log).toContain(`postgres/migrate/${outputs['principal'] ?? ''}: revoked.`);
    expect(job.summary).toContain('credential minted');
    expect(job.summary).toContain('<td>revoked</td>');
    await expect(clientSession(url)).rejects.toThrow();
    expect(await leftovers()).toEqual([]);
  });

  it.each([{ debug: false }, { debug: true }])('keeps every secret to itself (debug: $debug)', async ({ debug }) => {
    // The header of the second step shows the environment.
    const job = await runSteps(`${mintStep({ 'export-env': 'true' })}\n- run: 'true'`, { ...options, debug }).done;
    const { password = '', url = '', username = '' } = job.steps[0]?.outputs ?? {};
    expect(password).toMatch(/^[\w-]{43}$/);
    expect(job.env).toMatchObject({ PGUSER: username, PGPASSWORD: password, PGHOST: '127.0.0.1', DATABASE_URL: url });
    expect(job.log).toContain('PGPASSWORD: ***');

    const seen = exposed(job);
    expect(seen).toContain(username);
    const basic = Buffer.from(`${username}:${password}`).toString('base64');
    const secrets = [
      password,
      encodeURIComponent(url),
      basic,
      target.rootSecret,
      Buffer.from(password).toString('base64'),
    ];
    expect(secrets.filter((secret) => seen.includes(secret))).toEqual([]);
    const files = job.fileCommands.map(({ contents }) => contents).join('\n');
    expect(files).not.toContain(target.rootSecret);
    for (const mask of [password, url, basic, target.rootSecret]) expect(job.masks).toContain(mask);
  });

  it('keeps two leases of one job apart', async () => {
    const second = mintStep({ role: 'second' }).replace('id: db', 'id: other');
    const job = await runSteps(`${mintStep()}${second}`, options).done;
    const ids = job.steps.filter(({ phase }) => phase === 'main').map(({ outputs }) => outputs['lease-id'] ?? '');
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(job.log).toContain(`${id}: revoked.`);
    expect(await leftovers()).toEqual([]);
  });

  it('works through the root action', async () => {
    const job = await runSteps(mintStep({ engine: 'postgres' }).replace(uses, 'OWNER/joblease@v1'), options).done;
    expect(job.conclusion).toBe('success');
    expect(await leftovers()).toEqual([]);
  });

  it('ends open sessions, also those of a step that failed', async () => {
    let client: Awaited<ReturnType<typeof clientSession>> | undefined;
    const job = await runSteps(
      `${mintStep()}\n- id: fails\n  env: { URL: "\${{ steps.db.outputs.url }}" }\n  run: exit 3`,
      {
        ...options,
        async onStep({ step, event, phase }) {
          if (step !== 'db' || phase !== 'post' || event !== 'start') return;
          const [role] = await leftovers();
          await target.admin(`ALTER ROLE ${role?.name ?? ''} PASSWORD 'known-to-the-test'`);
          client = await clientSession(
            `postgres://${role?.name ?? ''}:known-to-the-test@127.0.0.1:${target.port}/billing?sslmode=disable`,
          );
        },
      },
    ).done;
    expect(job.conclusion).toBe('failure');
    expect(job.log).toContain('revoked. Sessions ended: 1.');
    await expect(client?.work()).rejects.toThrow();
  });

  it('leaves the lease to its expiry where revoke is false', async () => {
    const job = await runSteps(mintStep({ revoke: 'false' }), options).done;
    expect(job.log).toContain('is not revoked');
    expect(await leftovers()).toHaveLength(1);
    for (const { name } of await leftovers()) await target.admin(`DROP ROLE ${name}`);
  });

  it('records whose job it is, whatever that is called', async () => {
    const hostile = `x'); DROP ROLE billing_owner; --\n::error::gotcha`;
    let comment: unknown;
    const job = await runSteps(mintStep(), {
      ...options,
      github: { actor: hostile, workflow: hostile, repository: 'octo/app' },
      checkRunId: '424242',
      async onStep({ step, phase, event }) {
        if (step !== 'db' || phase !== 'post' || event !== 'start') return;
        const { rows } = await target.admin(
          `SELECT shobj_description(oid, 'pg_authid') AS c FROM pg_roles WHERE rolname LIKE 'jl\\_%'`,
        );
        comment = JSON.parse(String(rows[0]?.['c']));
      },
    }).done;
    expect(job.conclusion).toBe('success');
    expect(comment).toMatchObject({ repo: 'octo/app', actor: hostile, checkRun: 424_242 });
    expect(await target.exists('billing_owner')).toBe(true);
  });

  it('does without check_run_id, as on GitHub Enterprise Server', async () => {
    const job = await runSteps(mintStep(), { ...options, checkRunId: null }).done;
    expect(job.conclusion).toBe('success');
  });
});

describe('a wrong input', () => {
  const cases: [string, Record<string, string>, RegExp][] = [
    ['no root', { root: '' }, /Input "root": it is empty/],
    ['no URL', { root: 'hunter2@db' }, /Input "root": it is not a PostgreSQL URL/],
    ['an engine that is not there', { engine: 'oracle' }, /Input "engine": there is no engine "oracle"/],
    ['a ttl above max-ttl', { ttl: '2h', 'max-ttl': '1h' }, /Input "ttl": 2h is above "max-ttl", which is 1h/],
    ['a ttl that is no duration', { ttl: 'soon' }, /Input "ttl": "soon" is not a duration/],
    ['a flag that is none', { verify: 'yes' }, /Input "verify": "yes" is neither true nor false/],
    [
      'a hostile role label',
      { role: `'; DROP ROLE x; --` },
      /Input "role": "'; DROP ROLE x; --" cannot be a role label/,
    ],
    [
      'a limit that is no number',
      { 'connection-limit': 'many' },
      /Input "connection-limit": "many" is not a whole number/,
    ],
    [
      'an unknown host',
      { root: 'postgres://u:hunter2@no-such-host.invalid/db' },
      /Input "root": the host "no-such-host.invalid" is unknown/,
    ],
    [
      'a port where nothing listens',
      { root: 'postgres://u:hunter2@127.0.0.1:1/db' },
      /Input "root": nothing accepts connections at 127.0.0.1:1/,
    ],
    [
      'a missing CA file',
      { 'tls-ca': '/no/such.pem' },
      /Input "tls-ca": the certificate authority is neither PEM text nor a file/,
    ],
  ];
  it.each(cases)('%s: fails at once, says which and why, and changes nothing', async (_, inputs, message) => {
    const before = await target.accounts();
    const job = await runSteps(mintStep(inputs), options).done;
    expect(job.conclusion).toBe('failure');
    const error = job.annotations.find(({ level }) => level === 'error')?.message ?? '';
    expect(error).toMatch(message);
    expect(job.rawOutput.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('hunter2');
    // Post knows that there is nothing to revoke, and is neither red nor loud.
    expect(job.annotations).toHaveLength(1);
    expect(job.log).toContain('There is nothing to revoke.');
    expect(await target.accounts()).toEqual(before);
  });

  it('a wrong password: says what the server said, and not the password', async () => {
    const job = await runSteps(mintStep({ root: target.wrongRoot }), options).done;
    expect(job.annotations.map(({ message }) => message).join()).toMatch(
      /refused the login of "joblease"[^]*password authentication failed/,
    );
    expect(job.rawOutput.replaceAll(/^::add-mask::.*$/gm, '')).not.toContain('not-the-password-98765');
  });

  it('says what the user’s statements did wrong, and runs no command that the server was made to say', async () => {
    const statements = `DO $$ BEGIN RAISE EXCEPTION E'boom\\n::error::forged\\n::add-mask::billing\\r::set-env name=PATH::/evil ##[add-mask]owner'; END $$`;
    const job = await runSteps(mintStep({ 'creation-statements': statements }), options).done;
    expect(job.conclusion).toBe('failure');
    expect(job.annotations).toHaveLength(1);
    expect(job.annotations[0]?.message).toContain('boom');
    expect(job.masks).not.toContain('billing');
    expect(job.masks).not.toContain('owner');
    expect(await leftovers()).toEqual([]);
  });
});

/** Waits until a mint is at work in the server. */
async function minting(): Promise<void> {
  for (;;) {
    const { rowCount } = await target.admin(
      `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND application_name LIKE 'jl\\_%'`,
    );
    if (rowCount === 1) return;
    await sleep(20);
  }
}

describe('a job that is cut short', () => {
  const slow = { 'creation-statements': 'SELECT pg_sleep(20)' };

  it('cancelled while minting: main undoes it within its time, post finds nothing', async () => {
    const run = runSteps(mintStep(slow), options);
    await minting();
    run.cancel();
    const job = await run.done;
    expect(job.conclusion).toBe('cancelled');
    const main = job.steps.find(({ phase }) => phase === 'main');
    expect(main).toMatchObject({ exitCode: 1, signal: null });
    expect(main?.durationMs).toBeLessThan(7500);
    expect(job.log).toContain('the step was cancelled');
    expect(job.log).toContain('There is nothing to revoke.');
    expect(await leftovers()).toEqual([]);
    const { rowCount } = await target.admin(`SELECT FROM pg_stat_activity WHERE application_name LIKE 'jl\\_%'`);
    expect(rowCount).toBe(0);
  });

  it('main killed while minting: post ends what the server was still doing', async () => {
    const run = runSteps(mintStep(slow), options);
    await minting();
    // Of this test's own processes only: others mint at the same time.
    execFileSync('pkill', ['-KILL', '-P', String(process.pid), '-f', 'dist/main.js']);
    const job = await run.done;
    expect(job.steps.find(({ phase }) => phase === 'main')).toMatchObject({ signal: 'SIGKILL' });
    expect(job.steps.find(({ phase }) => phase === 'post')).toMatchObject({ conclusion: 'success' });
    expect(await leftovers()).toEqual([]);
    const { rowCount } = await target.admin(`SELECT FROM pg_stat_activity WHERE application_name LIKE 'jl\\_%'`);
    expect(rowCount).toBe(0);
  });

  it('cancelled while in use: post revokes', async () => {
    const run = runSteps(`${mintStep()}\n- run: sleep 60`, options);
    await run.waitFor(/^Minted/);
    await sleep(200);
    run.cancel();
    const job = await run.done;
    expect(job.conclusion).toBe('cancelled');
    expect(job.log).toContain(': revoked.');
    expect(await leftovers()).toEqual([]);
  });

  it('runner lost: the switch ends the login on the server’s clock', async () => {
    const run = runSteps(
      `${mintStep({ ttl: '4s' })}\n- run: echo "URL=\${{ steps.db.outputs.url }}"; sleep 60`,
      options,
    );
    await run.waitFor(/^URL=/);
    run.kill();
    const job = await run.done;
    expect(job.conclusion).toBe('lost');
    const url = job.steps[0]?.outputs['url'] ?? '';
    await using client = await clientSession(url);
    await client.work();
    await sleep(5000);
    await expect(clientSession(url)).rejects.toThrow('password authentication failed');
    const [role] = await leftovers();
    await client[Symbol.asyncDispose]();
    await target.admin(`DROP ROLE ${role?.name ?? ''}`);
  });
});

describe('a post step without a root that works', () => {
  /** Mints with a root from the environment, which a later step replaces: post sees the new one. */
  const withRootFromEnv = `- run: echo "ROOT_URL=$FIRST" >> "$GITHUB_ENV"
${mintStep({ root: '${{ env.ROOT_URL }}' })}
- run: echo "ROOT_URL=$OTHER" >> "$GITHUB_ENV"`;

  it.each([
    ['is lost', ''],
    ['was changed meanwhile', 'wrongRoot'],
  ])('lets the lease end itself when the root %s', async (_, which) => {
    const other = which === '' ? '' : target.wrongRoot;
    const job = await runSteps(withRootFromEnv, { env: { FIRST: target.root, OTHER: other } }).done;
    const url = job.steps.find(({ id }) => id === 'db')?.outputs['url'] ?? '';
    expect(job.conclusion).toBe('success');
    expect(job.log).toContain('is asked to end itself');
    expect(job.log).toContain('scrambled its own password');
    expect(job.summary).toContain('<td>disabled</td>');
    await expect(clientSession(url)).rejects.toThrow('password authentication failed');
    const [role] = await leftovers();
    await target.admin(`DROP ROLE ${role?.name ?? ''}`);
  });

  it.each([
    ['warns', 'false', 'success'],
    ['fails the job', 'true', 'failure'],
  ])('%s when neither can end it (fail-on-revoke-error: %s)', async (_, flag, conclusion) => {
    const gate = await openGate(target.port);
    const root = target.root.replace(`:${target.port}/`, `:${gate.port}/`);
    const job = await runSteps(mintStep({ 'fail-on-revoke-error': flag }), {
      secrets: { ROOT: root },
      onStep({ phase, event }) {
        if (phase === 'post' && event === 'start') gate.close();
      },
    }).done;
    expect(job.conclusion).toBe(conclusion);
    expect(job.log).toContain('could not be revoked, so its credential may still work. It ends by itself at');
    expect(job.log).toContain('It could not end itself either');
    const [role] = await leftovers();
    await target.admin(`DROP ROLE ${role?.name ?? ''}`);
  });
});

describe('the login check', () => {
  it('takes the lease back when its login is refused', async () => {
    await target.admin(
      `REVOKE CONNECT ON DATABASE billing FROM PUBLIC, billing_owner; GRANT CONNECT ON DATABASE billing TO joblease`,
    );
    const job = await runSteps(mintStep(), options).done;
    expect(job.conclusion).toBe('failure');
    expect(job.log).toMatch(/Input "verify": "jl_\w+" may not connect to the database "billing"/);
    expect(await leftovers()).toEqual([]);
    const unchecked = await runSteps(mintStep({ verify: 'false' }), options).done;
    expect(unchecked.conclusion).toBe('success');
    await target.admin(`GRANT CONNECT ON DATABASE billing TO PUBLIC, billing_owner`);
  });
});

describe('a composite in a composite', () => {
  // actions/runner#2030: there, post gets its inputs from the wrong composite, and so no root.
  it.each([
    [true, 'is asked to end itself'],
    [false, ': revoked.'],
  ])('is no way around the end of the lease (inputs lost in post: %s)', async (nestedPostInputsBug, said) => {
    const workspace = mkdtempSync(join(tmpdir(), 'joblease-composite-'));
    writeComposite(join(workspace, 'outer'), './inner', { dsn: '${{ inputs.root }}' });
    writeComposite(join(workspace, 'inner'), uses, { root: '${{ inputs.dsn }}', 'member-of': 'billing_owner' });
    const steps = `- uses: ./outer\n  id: db\n  with: { root: "\${{ secrets.ROOT }}" }`;
    const job = await runSteps(steps, { ...options, workspace, nestedPostInputsBug }).done;
    rmSync(workspace, { recursive: true });
    expect(job.conclusion).toBe('success');
    expect(job.log).toContain(said);
    const url = job.steps.find(({ id }) => id === 'db')?.outputs['url'] ?? '';
    await expect(clientSession(url)).rejects.toThrow('password authentication failed');
    for (const { name } of await leftovers()) await target.admin(`DROP ROLE ${name}`);
  });
});

function writeComposite(directory: string, inner: string, inputs: Record<string, string>): void {
  mkdirSync(directory);
  const declared = ['root', 'dsn'].map((name) => `  ${name}: { description: a URL }`).join('\n');
  writeFileSync(
    join(directory, 'action.yml'),
    `name: wrapper
description: wraps
inputs:
${declared}
outputs: { url: { description: a URL, value: "\${{ steps.inner.outputs.url }}" } }
runs:
  using: composite
  steps:
    - id: inner
      uses: ${inner}
      with: ${JSON.stringify(inputs)}
`,
  );
}

/** A TCP relay to the server that a test can close. */
async function openGate(port: number): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    const upstream = connect(port, '127.0.0.1');
    for (const end of [socket, upstream]) {
      sockets.add(end);
      end.on('error', () => undefined);
    }
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
