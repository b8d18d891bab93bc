/** What the post step claims: no more than it has seen. */
import { execFileSync } from 'node:child_process';
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { boundary, startAwsTarget } from '../contract/aws-target.ts';
import { clientSession, postgresServers, type PostgresTarget } from '../contract/postgres-target.ts';
import { runSteps, type JobResult } from '../runner/index.ts';

let target: PostgresTarget;
let other: PostgresTarget;
beforeAll(async () => {
  const [embedded] = postgresServers();
  if (embedded === undefined) throw new Error('the embedded PostgreSQL is always there');
  [target, other] = await Promise.all([embedded.start(), embedded.start()]);
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
  await other[Symbol.asyncDispose]();
});

/** @param root of the post step. @param between happens when all steps but the post step are done */
async function run(root: string, between: (lease: string) => Promise<void>): Promise<JobResult> {
  const steps = [
    { env: { URL: target.root }, run: 'echo "ROOT_URL=$URL" >> "$GITHUB_ENV"' },
    {
      uses: 'OWNER/joblease/actions/postgres@v1',
      id: 'db',
      with: { root: '${{ env.ROOT_URL }}', 'member-of': 'billing_owner', 'fail-on-revoke-error': 'true' },
    },
    { id: 'use', env: { URL: '${{ steps.db.outputs.url }}' }, run: 'echo "url=$URL" >> "$GITHUB_OUTPUT"' },
    { env: { URL: root }, run: 'echo "ROOT_URL=$URL" >> "$GITHUB_ENV"' },
  ];
  let done = false;
  return await runSteps(steps, {
    async onStep({ phase, event }) {
      if (phase !== 'post' || event !== 'start' || done) return;
      done = true;
      const { rows } = await target.admin(`SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'jl\\_%'`);
      await between(String(rows[0]?.['name']));
    },
  }).done;
}

async function drop(name: string): Promise<void> {
  await target.admin(`DROP OWNED BY ${name}; DROP ROLE ${name}`, 'billing');
}

it('a login that the target refuses is not said to be of no use: its password may have been changed', async () => {
  let lease = '';
  const job = await run(target.wrongRoot, async (name) => {
    lease = name;
    await target.admin(`ALTER ROLE ${name} PASSWORD 'chosen by the job'`);
  });
  const { port } = target;
  await using session = await clientSession(`postgres://${lease}:chosen%20by%20the%20job@127.0.0.1:${port}/billing`);
  await session.work();
  expect(job.log).toContain('could not be revoked, so its credential may still work');
  expect(job.log).toMatch(/already refuses its login|could not end itself either/);
  expect(job.log).not.toContain('can no longer be used');
  expect(job.conclusion).toBe('failure');
  await session[Symbol.asyncDispose]();
  await drop(lease);
});

it('what root lacks is told, also when the lease has ended itself', async () => {
  let lease = '';
  const job = await run(target.root, async (name) => {
    lease = name;
    await target.admin(`REVOKE ${name} FROM joblease CASCADE`);
  });
  expect(job.log).toContain('can no longer be used');
  expect(job.log).toContain(`GRANT "${lease}" TO "joblease" WITH ADMIN OPTION`);
  await drop(lease);
});

it('a root that is another’s by now does nothing: the lease ends itself where it was minted', async () => {
  let lease = '';
  const job = await run(other.root, async (name) => {
    lease = name;
    await Promise.resolve();
  });
  expect(job.log).not.toMatch(/: absent\./);
  expect(job.log).toContain('was not sealed with the "root" of this step, so nothing was done as root');
  expect(job.summary).toContain('<td>disabled</td>');
  const url = job.steps.find(({ id, phase }) => id === 'db' && phase === 'main')?.outputs['url'] ?? '';
  await expect(clientSession(url)).rejects.toThrow('password authentication failed');
  await drop(lease);
});

it('a lease that somebody has removed is absent', async () => {
  const job = await run(target.root, async (name) => {
    await drop(name);
  });
  expect(job.log).toMatch(/: absent\./);
  expect(job.conclusion).toBe('success');
});

it('looks again where main was killed: its mint may still be on its way to the target', async () => {
  await using aws = await startAwsTarget();
  await using road = await startRoad(aws.server.endpoint);
  const job = runSteps(
    [
      {
        uses: 'OWNER/joblease/actions/aws@v1',
        with: {
          root: '${{ secrets.ROOT }}',
          'credential-type': 'iam_user',
          'permissions-boundary-arn': boundary,
          'iam-endpoint': road.endpoint,
          'sts-endpoint': aws.server.endpoint,
        },
      },
    ],
    { secrets: { ROOT: aws.root } },
  );
  await road.held;
  // Of this test's own processes only: others mint at the same time.
  execFileSync('pkill', ['-KILL', '-P', String(process.pid), '-f', 'dist/main.js']);
  const { steps, log } = await job.done;
  expect(steps.find(({ phase }) => phase === 'main')).toMatchObject({ signal: 'SIGKILL' });
  expect(log).toMatch(/: revoked\./);
  expect([...aws.server.account.users.keys()].filter((name) => name.startsWith('jl_'))).toEqual([]);
});

/**
 * A way to IAM on which the request that makes a user is slower than its client's death, and arrives when the post step
 * has looked for the user for the first time.
 */
async function startRoad(
  iam: string,
): Promise<AsyncDisposable & { readonly endpoint: string; readonly held: Promise<void> }> {
  const held = Promise.withResolvers<void>();
  const looked = Promise.withResolvers<void>();
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = await buffer(incoming);
      const isMint = body.includes('Action=CreateUser');
      if (isMint) {
        held.resolve();
        await looked.promise;
      }
      // The original Host header goes on, because it is signed.
      const { method, url, headers } = incoming;
      send(`${iam}${url ?? '/'}`, { method, headers, setHost: false }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(outgoing);
        if (!isMint) answer.on('end', () => setTimeout(looked.resolve, 300));
      }).end(body);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    held: held.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
