/** What the MySQL and MariaDB engines do beyond the contract, on real servers. */
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf, UserError } from '../../src/lease/errors.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import { draft, failureOf, findLease, open } from '../contract/contract.ts';
import { startTarget, type MysqlTarget } from '../contract/mysql-target.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';

const servers = [
  { kind: 'mysql' as const, server: findMysql() },
  { kind: 'mariadb' as const, server: findMariadb() },
];

async function mintClass(target: MysqlTarget): Promise<[expiryClass: string, warnings: string]> {
  const warnings: string[] = [];
  await using session = await open(target, { warnings });
  const lease = draft();
  const { expiryClass } = await session.mint(lease);
  await session.revoke(lease.principal);
  return [expiryClass, warnings.join('\n')];
}

for (const { kind, server } of servers) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  describe(`${server.name}: beyond the contract`, () => {
    let target: MysqlTarget;
    beforeAll(async () => {
      target = await startTarget(kind, server);
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });

    const vault = `CREATE USER '{{name}}'@'%' IDENTIFIED BY '{{password}}'; GRANT SELECT ON billing.* TO '{{name}}'@'%';`;
    /** Statements need a root that holds what they grant. */
    const strongRoot = async (): Promise<string> => {
      const grants = 'SELECT, CREATE VIEW, CREATE ROUTINE';
      await target.admin(`GRANT ${grants} ON billing.* TO 'joblease'@'%' WITH GRANT OPTION`);
      return target.root;
    };

    it('runs Vault’s creation statements unchanged, and no password that works is in the log', async () => {
      const inputs = { 'creation-statements': vault };
      await using session = await open(target, { root: await strongRoot(), inputs });
      const lease = draft();
      const { outputs } = await session.mint(lease);
      await using client = await target.login(outputs);
      await client.work();
      const log = await target.statementLog();
      expect(log).not.toContain(outputs['password']);
      const decoy = new RegExp(`'${lease.principal}'@'%' IDENTIFIED BY '([A-Za-z0-9_-]{43})'`).exec(log)?.[1];
      if (decoy !== undefined) await expect(target.login({ ...outputs, password: decoy })).rejects.toThrow();
      expect((await findLease(session, lease.principal))?.record).toMatchObject({ role: 'job' });
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
    });

    it.each([
      ['that creates the account', `${vault} GRANT SELECT ON nowhere.nothing TO '{{name}}'@'%'`],
      ['for an account of ours', `GRANT SELECT ON nowhere.nothing TO '{{name}}'@'%'`],
    ])('leaves no account when a statement %s fails', async (_, statements) => {
      const before = await target.accounts();
      const lease = draft();
      await using session = await open(target, {
        root: await strongRoot(),
        inputs: { 'creation-statements': statements },
      });
      const error = await failureOf(session.mint(lease));
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).details.input).toBe('creation-statements');
      expect(await target.accounts()).toEqual(before);
      expect(await findLease(session, lease.principal)).toBeUndefined();
    });

    it('shows no password of its own in what a statement failed with', async () => {
      const signal = `${vault} SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'it is {{password}}'`;
      await using session = await open(target, { root: await strongRoot(), inputs: { 'creation-statements': signal } });
      expect(messageOf(await failureOf(session.mint(draft())))).toContain('it is {{password}}');
    });

    it('tries the credential also where the account may have one session at a time', async () => {
      for (let round = 0; round < 5; round += 1) {
        const lease = draft();
        const mints = { principal: lease.principal, verify: true };
        await using session = await open(target, { inputs: { 'connection-limit': '1' }, mints });
        const { credential, outputs } = await session.mint(lease);
        await session.verify(credential);
        await using client = await target.login(outputs);
        await client.work();
        expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked', sessionsEnded: 1 });
      }
    });

    it('names the role that root may not grant, and leaves nothing', async () => {
      const before = await target.accounts();
      await using session = await open(target, { inputs: { 'member-of': 'no_such_role' } });
      const error = await failureOf(session.mint(draft()));
      expect((error as UserError).details).toMatchObject({ input: 'member-of' });
      expect(messageOf(error)).toContain('no_such_role');
      expect(await target.accounts()).toEqual(before);
    });

    it('drops every host pattern that was minted', async () => {
      const statements = `${vault} CREATE USER '{{name}}'@'10.%' IDENTIFIED BY '{{password}}'`;
      await using session = await open(target, {
        root: await strongRoot(),
        inputs: { 'creation-statements': statements },
      });
      const lease = draft();
      await session.mint(lease);
      expect((await target.accounts()).filter((name) => name === lease.principal)).toHaveLength(2);
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
      expect(await target.exists(lease.principal)).toBe(false);
    });

    it.each(['NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES', ''])('quotes right where the server’s mode is %j', async (mode) => {
      const [row] = await target.admin('SELECT @@global.sql_mode AS mode');
      const before = await target.accounts();
      await target.admin(`SET GLOBAL sql_mode = '${mode}'`);
      try {
        await using session = await open(target);
        const hostile = `x\\' ; DROP DATABASE billing; -- " \``;
        const lease = draft({ job: { ...draft().job, job: hostile } });
        await session.mint(lease);
        expect((await findLease(session, lease.principal))?.record?.job).toBe(hostile);
        await session.revoke(lease.principal);
        expect(await target.accounts()).toEqual(before);
      } finally {
        await target.admin(`SET GLOBAL sql_mode = '${String(row?.['mode'])}'`);
      }
    });

    it('claims no more than the switch does: scheduler off, reaper stale', async () => {
      try {
        await target.admin('SET GLOBAL event_scheduler = OFF');
        expect(await mintClass(target)).toEqual(['sweep', expect.stringContaining('event_scheduler is OFF')]);
        await target.admin('SET GLOBAL event_scheduler = ON; ALTER EVENT joblease.reaper DISABLE');
        await sleep(200);
        await target.admin('UPDATE joblease.heartbeat SET at = at - 100');
        expect(await mintClass(target)).toEqual(['sweep', expect.stringMatching(/last ran 1\d\d s ago/)]);
      } finally {
        await target.admin('SET GLOBAL event_scheduler = ON; ALTER EVENT joblease.reaper ENABLE; CALL joblease.reap()');
      }
      expect(await mintClass(target)).toEqual(['full', '']);
    });

    it('says at mint which right to end sessions is missing, and never claims a revocation without it', async () => {
      const right = kind === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN';
      await target.admin(`REVOKE ${right}, PROCESS ON *.* FROM 'joblease'@'%'`);
      const lease = draft();
      const warnings: string[] = [];
      await using session = await open(target, { warnings });
      const { outputs } = await session.mint(lease);
      expect(warnings.join()).toContain(`GRANT ${right}, PROCESS ON *.*`);
      await using client = await target.login(outputs);
      await client.work();
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'failed' });
      await expect(target.login(outputs)).rejects.toThrow();
      await target.admin(`GRANT ${right}, PROCESS ON *.* TO 'joblease'@'%'`);
      await using again = await open(target);
      expect(await again.revoke(lease.principal)).toMatchObject({ outcome: 'revoked', sessionsEnded: 1 });
    });

    it('ends a login that was under way when the account was locked', async () => {
      await using session = await open(target);
      const lease = draft();
      const { outputs } = await session.mint(lease);
      // A client that stalls in the middle of the handshake: what it wants to send second is held back.
      const stream = connect(target.port, target.host);
      const send = stream.write.bind(stream);
      const held: (() => void)[] = [];
      let sent = 0;
      let isStalling = true;
      stream.write = ((...args: Parameters<typeof send>) => {
        sent += 1;
        if (sent < 2 || !isStalling) return send(...args);
        held.push(() => send(...args));
        return true;
      }) as typeof stream.write;
      const login = mysql.createConnection({ stream, user: lease.principal, password: outputs['password'] ?? '' });
      const outcome = login.then(
        async (client) =>
          await client.query('SELECT 1').then(
            () => 'in',
            () => 'out',
          ),
        () => 'out',
      );
      await sleep(200);
      const revoking = session.revoke(lease.principal);
      await sleep(300);
      isStalling = false;
      for (const go of held) go();
      expect(await revoking).toMatchObject({ outcome: 'revoked' });
      await sleep(100);
      const rows = await target.admin(
        `SELECT id FROM information_schema.processlist WHERE user = '${lease.principal}'`,
      );
      expect(rows).toEqual([]);
      await Promise.race([outcome, sleep(1000)]);
      stream.destroy();
    });

    it('ends statements that still run for a mint whose client is gone', async () => {
      const lease = draft();
      const cut = new AbortController();
      const inputs = { 'creation-statements': `DO SLEEP(3); ${vault}` };
      {
        await using session = await open(target, { root: await strongRoot(), inputs, signal: cut.signal });
        const minting = session.mint(lease).catch(() => undefined);
        await sleep(300);
        cut.abort();
        await minting;
      }
      await using session = await open(target);
      const started = Date.now();
      await session.revoke(lease.principal);
      expect(Date.now() - started).toBeLessThan(2000);
      await sleep(3500);
      expect(await target.exists(lease.principal)).toBe(false);
    });

    it('ends what a killed mint has left without a record, by the expiry in its name', async () => {
      const principal = newPrincipal('job', new Date(Date.now() - 5000));
      await target.admin(`CREATE USER '${principal}'@'%' IDENTIFIED BY 'x'`);
      await sleep(2500);
      expect(await target.exists(principal)).toBe(false);
    });

    it('ends by the reaper the session of an account that is the definer of something', async () => {
      const principal = newPrincipal('job', new Date(Date.now() - 5000));
      await target.admin('ALTER EVENT joblease.reaper DISABLE');
      await target.admin(`CREATE USER '${principal}'@'%' IDENTIFIED BY 'known-One-123'`);
      await target.admin(`CREATE DEFINER = '${principal}'@'%' VIEW billing.of_a_lease AS SELECT 1 AS n`);
      const client = await mysql.createConnection({
        host: target.host,
        port: target.port,
        user: principal,
        password: 'known-One-123',
        ...(kind === 'mysql' ? { ssl: { rejectUnauthorized: false } } : {}),
      });
      client.on('error', () => undefined);
      await target.admin('ALTER EVENT joblease.reaper ENABLE');
      await sleep(2500);
      await expect(client.query('SELECT 1')).rejects.toThrow();
      expect(await target.exists(principal)).toBe(false);
      await target.admin('DROP VIEW billing.of_a_lease');
    });

    it('runs the revocation statements, and goes on when they fail', async () => {
      const inputs = {
        'revocation-statements': "INSERT INTO joblease.heartbeat VALUES (99, 1, '{{name}}', 0); nonsense",
      };
      await target.admin("GRANT INSERT ON joblease.heartbeat TO 'joblease'@'%'");
      await using session = await open(target, { inputs });
      const lease = draft();
      await session.mint(lease);
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
      expect(await target.admin('SELECT server FROM joblease.heartbeat WHERE id = 99')).toEqual([
        { server: lease.principal },
      ]);
      await target.admin('DELETE FROM joblease.heartbeat WHERE id = 99');
    });

    it('leaves a locked shell without rights where the server keeps what defines objects, and names them', async () => {
      await using session = await open(target);
      const lease = draft();
      const { outputs } = await session.mint(lease);
      {
        await using client = await target.login(outputs);
        await client.client.query('CREATE VIEW billing.open_invoices AS SELECT * FROM billing.invoice');
      }
      await strongRoot();
      await target.admin("GRANT SHOW VIEW ON billing.* TO 'joblease'@'%'");
      const result = await session.revoke(lease.principal);
      // MariaDB drops the definer of a view without a word.
      expect(result.outcome).toBe(kind === 'mysql' ? 'disabled' : 'revoked');
      expect(result.reason ?? '').toContain(kind === 'mysql' ? 'view billing.open_invoices' : '');
      await expect(target.login(outputs)).rejects.toThrow();
      // Whoever may read the view reads it with the rights of the account that defined it: none.
      await expect(target.admin('SELECT * FROM billing.open_invoices')).rejects.toThrow();
      await target.admin('DROP VIEW billing.open_invoices');
      const again = await session.revoke(lease.principal);
      expect(again.outcome).toBe(kind === 'mysql' ? 'revoked' : 'absent');
    });

    it('hands out an account that may be used from the host pattern only', async () => {
      await using session = await open(target, { inputs: { 'host-pattern': '192.0.2.%', 'member-of': '' } });
      const lease = draft();
      const { outputs } = await session.mint(lease);
      await expect(target.login(outputs)).rejects.toThrow();
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
    });

    it('trusts no certificate that no authority of the machine has signed', async () => {
      const root = target.root.replace(/ssl-mode=\w+/, 'ssl-mode=VERIFY_IDENTITY');
      const error = await failureOf(open(target, { root }));
      expect((error as UserError).details.input).toBe('root');
      expect(messageOf(error)).toMatch(/certificate|offers no TLS/);
    });
  });
}
