/** What a person is told who gives something wrong, by the built actions, on real servers. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type MysqlTarget } from '../contract/mysql-target.ts';
import { runSteps, type JobResult } from '../runner/index.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { startPostgres, type PostgresServer } from '../services/postgres.ts';
import { skipped } from '../services/skipped.ts';

const servers = [
  { kind: 'mysql' as const, server: findMysql() },
  { kind: 'mariadb' as const, server: findMariadb() },
];

async function mint(action: string, root: string, inputs: Record<string, string> = {}): Promise<JobResult> {
  const step = { uses: `OWNER/joblease/actions/${action}@v1`, with: { root: '${{ secrets.ROOT }}', ...inputs } };
  return await runSteps([step], { secrets: { ROOT: root } }).done;
}

for (const { kind, server } of servers) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  describe(`actions/${kind} on ${server.name}`, () => {
    const directory = mkdtempSync(join(tmpdir(), 'joblease-messages-'));
    let target: MysqlTarget;
    let postgres: PostgresServer;
    beforeAll(async () => {
      [target, postgres] = await Promise.all([startTarget(kind, server), startPostgres()]);
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
      await postgres[Symbol.asyncDispose]();
      rmSync(directory, { recursive: true });
    });

    it('revokes in its post step with a large file of authorities', async () => {
      const bundle = join(directory, 'authorities.pem');
      // Larger than Linux lets one variable of the environment be, as the list of a machine is.
      const own = target.tls === undefined ? [] : [readFileSync(target.tls.ca, 'utf8')];
      writeFileSync(bundle, [...rootCertificates, ...own].join('\n'));
      expect(readFileSync(bundle).length).toBeGreaterThan(150_000);
      // A server that is only reached, and not started here, keeps its authority to itself.
      const root = target.root.replace('REQUIRED', target.tls?.mode ?? 'DISABLED');
      const before = await target.accounts();
      const job = await mint(kind, root, { 'member-of': 'billing_rw', 'tls-ca': bundle });
      expect(job).toMatchObject({ conclusion: 'success', annotations: [] });
      expect(job.log).toMatch(/: revoked\./);
      expect(await target.accounts()).toEqual(before);
    });

    it('tells PostgreSQL on its port', async () => {
      const job = await mint(kind, `${kind}://u:p4ssword@127.0.0.1:${postgres.port}/d?ssl-mode=DISABLED`);
      expect(job.log).toContain(`what answers at 127.0.0.1:${postgres.port} is neither MySQL nor MariaDB`);
      expect(job.log).toContain('it speaks the protocol of PostgreSQL');
    });

    it.each(['disable', 'verify-full'])('is told by actions/postgres, with sslmode=%s', async (sslmode) => {
      const job = await mint('postgres', `postgres://u:p4ssword@127.0.0.1:${target.port}/db?sslmode=${sslmode}`);
      expect(job.log).toContain(`what answers at 127.0.0.1:${target.port} is not PostgreSQL`);
      expect(job.log).toContain('it speaks the protocol of MySQL and MariaDB');
      await target.admin('FLUSH HOSTS').catch(() => undefined);
    });

    it('waits for a server that is slow to greet', async () => {
      const { host, port } = target;
      const proxy = await slow(host, port);
      const job = await mint(kind, target.root.replace(`:${port}/`, `:${proxy.port}/`), { 'member-of': 'billing_rw' });
      proxy.server.close();
      expect(job).toMatchObject({ conclusion: 'success' });
    });

    it('does not try again what hangs up at once', async () => {
      let seen = 0;
      const other = createServer((socket) => {
        seen += 1;
        socket.end();
      });
      const port = await listen(other);
      const job = await mint(kind, `${kind}://u:p4ssword@127.0.0.1:${port}/d?ssl-mode=DISABLED`);
      other.close();
      expect(job.log).toContain(`what answers at 127.0.0.1:${port} hung up at once`);
      expect(seen).toBe(1);
    });

    it.each([
      ['joblease:p4ss?word@db/billing', 'a "?" stands before the "@"', '%3F'],
      ['joblease:p4ss@db/billing?sslaccept=strict', 'the parameter "sslaccept" is not supported', 'ssl-mode='],
    ])('says what to do about %s', async (rest, problem, fix) => {
      const { annotations } = await mint(kind, `${kind}://${rest}`);
      const [{ message } = { message: '' }] = annotations;
      expect(message).toContain(`Input "root": ${problem}`);
      expect(message).toContain(fix);
      expect(message).not.toContain('p4ss');
    });

    it('says that the URL has no password', async () => {
      const job = await mint(kind, target.root.replace(`:${target.rootSecret}@`, '@'));
      expect(job.log).toContain(
        `the server at ${target.host}:${target.port} refused the login of "joblease", and the URL has no password`,
      );
    });
  });
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

/** Passes a connection on only when the client has waited for longer than it takes to become suspicious. */
async function slow(host: string, port: number): Promise<{ server: Server; port: number }> {
  const server = createServer((client) => {
    client.on('error', () => undefined);
    setTimeout(() => {
      const upstream = connect(port, host);
      upstream.on('error', () => undefined);
      client.pipe(upstream).pipe(client);
    }, 2500);
  });
  return { server, port: await listen(server) };
}
