/** What a step says beside its result: warnings about what is allowed and hardly meant, retries, where it minted, debugging. */
import { createServer, connect, type AddressInfo, type Server } from 'node:net';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runSteps, type JobResult, type RunnerOptions } from '../runner/index.ts';
import { startPostgres, type PostgresServer } from '../services/postgres.ts';
import pg from 'pg';

let server: PostgresServer;
let certificate: string;
let root: string;
const rootPassword = 'root-Password~with+all/kinds';
beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  certificate = cert;
  server = await startPostgres({ tls: { cert, key } });
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(
    `CREATE ROLE joblease LOGIN CREATEROLE PASSWORD '${rootPassword}'; CREATE ROLE billing_owner;
     GRANT billing_owner TO joblease WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`,
  );
  await client.end();
  root = rootAt(server.port);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

function rootAt(port: number): string {
  return `postgres://joblease:${encodeURIComponent(rootPassword)}@localhost:${port}/postgres?sslmode=verify-full`;
}

/** Runs a step that mints on the server, and its post step. */
async function mint(
  inputs: Readonly<Record<string, string>> = {},
  { use = 'OWNER/joblease/actions/postgres@v1', ...options }: RunnerOptions & { use?: string } = {},
): Promise<JobResult> {
  const given = { root: '${{ secrets.ROOT }}', 'member-of': 'billing_owner', 'tls-ca': certificate, ...inputs };
  return await runSteps([{ id: 'db', uses: use, with: given }], { secrets: { ROOT: root }, ...options }).done;
}

function warningsOf({ annotations }: JobResult): string[] {
  return annotations.filter(({ level }) => level === 'warning').map(({ message }) => message);
}

describe('a mint that is hardly what was meant', () => {
  it('warns of a login without any right, and goes on', async () => {
    const job = await mint({ 'member-of': '', memberof: 'billing_owner' });
    expect(job.conclusion).toBe('success');
    expect(warningsOf(job).join('\n')).toContain('Neither "member-of" nor "creation-statements" is given');
  });

  it('warns of a ttl under a minute, and tells seconds from minutes', async () => {
    expect(warningsOf(await mint({ ttl: '30' }))).toEqual([
      'Input "ttl": the credential lives for 30s only. A number alone counts seconds: write 5m for five minutes.',
    ]);
    expect(warningsOf(await mint({ ttl: '60' }))).toEqual([]);
  });

  it('takes days, and "postgresql" for the engine', async () => {
    const job = await mint({ ttl: '1d', engine: 'postgresql' }, { use: 'OWNER/joblease@v1' });
    expect(job.log).toMatch(/Minted postgres\/job\/jl_/);
    expect(job.log).toMatch(/: revoked\./);
    expect(warningsOf(job)).toEqual([]);
    const wrong = await mint({ ttl: '1 day' });
    expect(wrong.log).toContain('Write days, hours, minutes and seconds like 7d, 1h, 30m, 90s or 1h30m');
  });
});

it('says in the log and in the summary where it minted and what for', async () => {
  const { log, summary } = await mint();
  expect(log).toContain(`Group: billing_owner; Host: localhost:${server.port}; Database: postgres`);
  for (const text of ['billing_owner', `localhost:${server.port}`, 'postgres']) {
    expect(summary).toContain(`<td>${text}</td>`);
  }
});

describe('a server that is away for a moment', () => {
  const line = /ECONNRESET[\s\S]*?It is tried again, until \d\d:\d\d:\d\d UTC at the latest\./;

  it('is waited for, and both steps say so once', async () => {
    using gate = await openGate();
    gate.refuse(3);
    const job = await mint(
      {},
      {
        secrets: { ROOT: rootAt(gate.port) },
        onStep({ phase, event }) {
          if (phase === 'post' && event === 'start') gate.refuse(3);
        },
      },
    );
    expect(job.conclusion, `log: ${job.log}`).toBe('success');
    const [main = '', post = ''] = job.log.split(/^Minted/m);
    for (const part of [main, post]) {
      expect(part).toMatch(line);
      expect(part.match(/It is tried again/g)).toHaveLength(1);
    }
  });

  it('is waited for by the sweep, which says so once', async () => {
    using gate = await openGate();
    gate.refuse(3);
    const { conclusion, log } = await mint(
      { engine: 'postgres', orphans: 'false', 'member-of': '' },
      { use: 'OWNER/joblease/actions/sweep@v1', secrets: { ROOT: rootAt(gate.port) } },
    );
    expect(conclusion, `log: ${log}`).toBe('success');
    expect(log).toMatch(line);
    expect(log.match(/It is tried again/g)).toHaveLength(1);
  });
});

describe('debug logging', () => {
  it('shows host, TLS, authentication and milliseconds, and no secret', async () => {
    const job = await mint({ 'export-env': 'true' }, { debug: true });
    const shown = job.log.split('\n').filter((text) => text.includes('##[debug]'));
    const where = `localhost:${server.port}, database postgres; sslmode=verify-full: TLSv1.3, TLS_AES_256_GCM_SHA384`;
    for (const who of ['root', 'verify']) {
      expect(shown).toContain(
        `##[debug]${who}: ${where}, certificate and host name were verified; let in by SCRAM-SHA-256-PLUS`,
      );
    }
    for (const step of ['open', 'mint', 'verify', 'revoke']) {
      expect(shown.join('\n')).toMatch(new RegExp(String.raw`##\[debug\]${step}: \d+ ms`));
    }

    const { password = '', url = '', username = '' } = job.steps.find(({ phase }) => phase === 'main')?.outputs ?? {};
    expect(password).toHaveLength(43);
    const debugged = job.rawOutput.split('\n').filter((text) => text.startsWith('::debug'));
    expect(debugged.length).toBeGreaterThan(5);
    for (const secret of [password, url, rootPassword, root, `${username}:${password}`, `joblease:${rootPassword}`]) {
      const forms = [
        secret,
        encodeURIComponent(secret),
        encodeURI(secret),
        Buffer.from(secret).toString('base64'),
        Buffer.from(secret).toString('base64url'),
        Buffer.from(secret).toString('hex'),
        JSON.stringify(secret).slice(1, -1),
      ];
      for (const form of forms) {
        // What the process prints is not yet masked.
        expect(debugged.join('\n')).not.toContain(form);
        expect(job.log).not.toContain(form);
      }
    }
  });

  it('says that a certificate was not verified', async () => {
    const unverified = root.replace('localhost', '127.0.0.1').replace('verify-full', 'require');
    const job = await mint({ 'tls-ca': '' }, { debug: true, secrets: { ROOT: unverified } });
    expect(job.log).toContain('certificate was not verified; let in by SCRAM-SHA-256');
  });

  it('is off otherwise', async () => {
    const { rawOutput } = await mint();
    expect(rawOutput).not.toContain('::debug');
  });
});

/** A relay to the server that breaks connections off. */
async function openGate(): Promise<Disposable & { port: number; refuse: (count: number) => void }> {
  let refusals = 0;
  const gate: Server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (refusals > 0) {
      refusals -= 1;
      socket.resetAndDestroy();
      return;
    }
    const upstream = connect(server.port, '127.0.0.1');
    upstream.on('error', () => undefined);
    socket.pipe(upstream).pipe(socket);
  });
  await new Promise<void>((resolve) => {
    gate.listen(0, 'localhost', resolve);
  });
  return {
    port: (gate.address() as AddressInfo).port,
    refuse: (count) => {
      refusals = count;
    },
    [Symbol.dispose]: () => void gate.close(),
  };
}
