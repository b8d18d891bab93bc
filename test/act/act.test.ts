/**
 * Typed, root and composite actions in nektos/act, a runner that we did not write, in host mode: `JOBLEASE_ACT` names its
 * binary. Version 0.2.89 does not know `$/`, so the reusable workflows cannot run in it.
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';
import { read } from '../docs/tree.ts';
import { copyOfCheckout, type Copy } from '../release/copy.ts';
import { notTested } from '../services/lacking.ts';

const act = process.env['JOBLEASE_ACT'] ?? '';
if (act === '') notTested('nektos/act, by JOBLEASE_ACT: go install github.com/nektos/act@v0.2.89');

const mint = 'root: "${{ secrets.ROOT }}", member-of: billing_owner, ttl: 10m, fail-on-revoke-error: true';
const use = (url: string): string => `{ run: node "$CLIENT", env: { DATABASE_URL: "\${{ ${url} }}" } }`;

/** By which act copies the repository, without asking for it. */
const checkout = /actions\/checkout@\w+/.exec(read('.github/workflows/ci.yml'))?.[0] ?? '';

/** One job each. */
const workflows = {
  typed: `
    - { uses: ./actions/postgres, id: db, with: { ${mint} } }
    - ${use('steps.db.outputs.url')}`,
  root: `
    - { uses: ./, id: db, with: { engine: postgres, ${mint} } }
    - ${use('steps.db.outputs.url')}`,
  composite: `
    - { uses: ./wrapped, id: wrapped, with: { root: "\${{ secrets.ROOT }}" } }
    - ${use('steps.wrapped.outputs.url')}`,
  two: `
    - { uses: ./actions/postgres, id: one, with: { ${mint} } }
    - { uses: ./actions/postgres, id: two, with: { ${mint}, export-env: true } }
    - ${use('steps.one.outputs.url')}
    - ${use('env.DATABASE_URL')}`,
  failing: `
    - { uses: ./actions/postgres, id: db, with: { ${mint} } }
    - ${use('steps.db.outputs.url')}
    - run: exit 3`,
  sweep: `
    - { uses: ./actions/postgres, with: { ${mint.replace('10m', '2s')}, revoke: false } }
    - run: sleep 3
    - { uses: ./actions/sweep, id: sweep, with: { engine: postgres, root: "\${{ secrets.ROOT }}", orphans: false } }
    - run: test "\${{ steps.sweep.outputs.revoked }}" = 1`,
};

const wrapped = `
name: wrapped
description: a composite of somebody else
inputs: { root: { description: root, required: true } }
outputs: { url: { description: URL, value: "\${{ steps.db.outputs.url }}" } }
runs:
  using: composite
  steps:
    - uses: ./actions/postgres
      id: db
      with: { ${mint.replace('secrets.ROOT', 'inputs.root')} }
`;

/** Logs in with DATABASE_URL and says as whom it acts, and for whom. */
const client = `
const { Client } = require(${JSON.stringify(createRequire(import.meta.url).resolve('pg'))});
const client = new Client(process.env.DATABASE_URL);
client.connect()
  .then(() => client.query('SELECT session_user AS login, current_user AS acting, count(*) AS seen FROM app.invoice'))
  .then(({ rows: [{ login, acting, seen }] }) => console.log('used ' + login + ' as ' + acting + ', ' + seen + ' row, ' + process.env.DATABASE_URL))
  .then(() => client.end());
`;

describe.skipIf(act === '')('in nektos/act', () => {
  const home = mkdtempSync(join(tmpdir(), 'joblease-act-'));
  let target: PostgresTarget;
  let copy: Copy;

  beforeAll(async () => {
    const [embedded] = postgresServers();
    if (embedded === undefined) throw new Error('there is no PostgreSQL to start');
    target = await embedded.start();
    copy = copyOfCheckout();
    rmSync(join(copy.directory, 'node_modules')); // act copies all that is there
    copy.write('wrapped/action.yml', wrapped);
    for (const [name, steps] of Object.entries(workflows)) {
      copy.write(
        `act/${name}.yml`,
        `on: push\njobs:\n  ${name}:\n    runs-on: ubuntu-latest\n    steps:\n    - uses: ${checkout}${steps}\n`,
      );
    }
    mkdirSync(join(home, 'tmp'));
    writeFileSync(join(home, 'client.cjs'), client);
  });

  afterAll(async () => {
    copy[Symbol.dispose]();
    rmSync(home, { recursive: true, force: true });
    await target[Symbol.asyncDispose]();
  });

  function run(name: keyof typeof workflows): { status: number | null; log: string; used: string[] } {
    const args = ['push', '-W', `act/${name}.yml`, '-P', 'ubuntu-latest=-self-hosted', '--no-cache-server'];
    const { status, stdout, stderr } = spawnSync(
      act,
      [...args, '--secret', 'ROOT', '--env', `CLIENT=${home}/client.cjs`],
      {
        cwd: copy.directory,
        encoding: 'utf8',
        env: {
          PATH: [dirname(process.execPath), process.env['PATH'] ?? ''].join(delimiter),
          HOME: home, // its settings and its copies of actions
          XDG_CONFIG_HOME: home,
          XDG_CACHE_HOME: home,
          ROOT: target.root,
        },
      },
    );
    const log = `${stdout}${stderr}`;
    return {
      status,
      log,
      used: [...log.matchAll(/used (jl_\w+) as billing_owner, 1 row, postgres:\/\/\w+:\*\*\*@/g)].map(
        ([, login = '']) => login,
      ),
    };
  }

  async function leases(): Promise<number> {
    return (await target.admin(String.raw`SELECT FROM pg_roles WHERE rolname LIKE 'jl\_%'`)).rowCount ?? 0;
  }

  it.each([
    ['typed', 1],
    ['root', 1],
    ['composite', 1],
    ['two', 2],
  ] as const)('%s: the credential works in the job, is masked, and is revoked at its end', async (name, count) => {
    const { status, log, used } = run(name);
    expect({ status, logins: new Set(used).size, log }).toMatchObject({ status: 0, logins: count });
    for (const login of used) expect(log).toMatch(new RegExp(`${login}.*: revoked`));
    expect(log).not.toContain(target.rootSecret);
    expect(await leases()).toBe(0);
  });

  it('failing: the credential of a job that fails is revoked too', async () => {
    const { status, log, used } = run('failing');
    expect({ status, logins: used.length, log }).toMatchObject({ status: 1, logins: 1 });
    expect(log).toMatch(/: revoked/);
    expect(await leases()).toBe(0);
  });

  it('sweep: ends what a job has left', async () => {
    const { status, log } = run('sweep');
    expect({ status, log }).toMatchObject({ status: 0 });
    expect(await leases()).toBe(0);
  });
});
