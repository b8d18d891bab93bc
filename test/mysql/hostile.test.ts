/** What a job that holds a MySQL or MariaDB account may try, so that it is not ended; on real servers. */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context, Minted } from '../../src/engines/engine.ts';
import { messageOf, UserError } from '../../src/lease/errors.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import { draft, failureOf, findLease, load, open } from '../contract/contract.ts';
import { installReaper, startTarget, type MysqlTarget } from '../contract/mysql-target.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';
import { RawClient, rawLogin } from './raw-client.ts';

const servers = [
  { kind: 'mysql' as const, server: findMysql() },
  { kind: 'mariadb' as const, server: findMariadb() },
];

for (const { kind, server } of servers) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  const isMysql = kind === 'mysql';
  const tls = isMysql ? { ssl: { rejectUnauthorized: false } } : {};

  describe(`${server.name}: a hostile lease`, () => {
    let target: MysqlTarget;
    beforeAll(async () => {
      target = await startTarget(kind, server);
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });

    const reaper = async (state: 'ENABLE' | 'DISABLE'): Promise<void> =>
      void (await target.admin(`ALTER EVENT joblease.reaper ${state}`));
    const connectAs = async (user: string, password: string, database?: string): Promise<mysql.Connection> => {
      const { host, port } = target;
      const client = await mysql.createConnection({
        host,
        port,
        user,
        password,
        ...tls,
        ...(database === undefined ? {} : { database }),
      });
      client.on('error', () => undefined);
      return client;
    };
    const rowsOf = async (): Promise<number> => {
      const [row] = await target.admin('SELECT COUNT(*) AS n FROM billing.written');
      return Number(row?.['n']);
    };
    /** Looks whether anything still writes as the lease. */
    const expectSilence = async (): Promise<void> => {
      const before = await rowsOf();
      await sleep(2500);
      expect(await rowsOf()).toBe(before);
    };
    beforeAll(async () => {
      await target.admin(`CREATE TABLE billing.written (id INT AUTO_INCREMENT PRIMARY KEY);
        GRANT EVENT, CREATE ROUTINE, ALTER ROUTINE, EXECUTE ON billing.* TO billing_rw`);
    });

    /** Sessions of the lease that do nothing but change its password. */
    async function changePassword({ outputs }: Minted): Promise<mysql.Connection[]> {
      const { username = '', password = '' } = outputs;
      const sessions = await Promise.all(Array.from({ length: 6 }, async () => await connectAs(username, password)));
      const statement = `SET PASSWORD = ${isMysql ? `'${password}'` : `PASSWORD('${password}')`}`;
      for (const session of sessions) {
        const loop = async (): Promise<void> => {
          for (;;) await session.query(statement);
        };
        void loop().catch(() => undefined);
      }
      await sleep(500);
      return sessions;
    }

    it('is revoked though it keeps changing its own password, and everybody else is let in meanwhile', async () => {
      for (let round = 0; round < 3; round += 1) {
        await using session = await open(target);
        const lease = draft();
        const sessions = await changePassword(await session.mint(lease));
        expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked', sessionsEnded: 6 });
        await (await target.adminSession()).end();
        for (const each of sessions) await expect(each.query('SELECT 1')).rejects.toThrow();
      }
    });

    it('is ended by the reaper alone though it keeps changing its own password', async () => {
      const lease = draft({ ttl: 2 });
      let minted;
      {
        await using session = await open(target);
        minted = await session.mint(lease);
      }
      const sessions = await changePassword(minted);
      await until(async () => !(await target.exists(lease.principal)));
      for (const each of sessions) await expect(each.query('SELECT 1')).rejects.toThrow();
      await (await target.adminSession()).end();
    });

    it('has no events and routines that go on after the reaper alone has ended it', async () => {
      const lease = draft({ ttl: 4 });
      {
        await using session = await open(target);
        await leaveObjects((await session.mint(lease)).outputs);
      }
      await until(async () => !(await target.exists(lease.principal)));
      await expectSilence();
      await expect(target.admin('CALL billing.as_the_lease()')).rejects.toThrow();
      await target.admin('DROP EVENT billing.ticking; DROP PROCEDURE billing.as_the_lease');
    });

    it('has no events and routines that go on after a sweep that was told of no role', async () => {
      await reaper('DISABLE');
      try {
        const lease = draft();
        {
          await using session = await open(target);
          await leaveObjects((await session.mint(lease)).outputs);
        }
        await using session = await open(target, { inputs: { 'member-of': '' } });
        const found = await findLease(session, lease.principal);
        const ended = await Array.fromAsync(session.end(found === undefined ? [] : [found]));
        expect(ended.map(([, { outcome }]) => outcome)).toEqual([isMysql ? 'disabled' : 'revoked']);
        await expectSilence();
        await expect(target.admin('CALL billing.as_the_lease()')).rejects.toThrow();
        await target.admin('DROP EVENT billing.ticking; DROP PROCEDURE billing.as_the_lease');
        await session.revoke(lease.principal);
        expect(await target.exists(lease.principal)).toBe(false);
      } finally {
        await reaper('ENABLE');
      }
    });

    async function leaveObjects(outputs: Readonly<Record<string, string>>): Promise<void> {
      await using job = await target.login(outputs);
      // MariaDB runs them without the role.
      if (!isMysql)
        await target.admin(`GRANT INSERT, EVENT, CREATE ROUTINE, EXECUTE ON billing.* TO '${outputs['username']}'@'%'`);
      await job.client
        .query(`CREATE EVENT ticking ON SCHEDULE EVERY 1 SECOND DO INSERT INTO billing.written () VALUES ();
        CREATE PROCEDURE as_the_lease() SQL SECURITY DEFINER INSERT INTO billing.written () VALUES ()`);
      const before = await rowsOf();
      await until(async () => (await rowsOf()) > before);
    }

    it('is not said to be unusable when root is refused and it has changed its password', async () => {
      await using session = await open(target);
      const lease = draft();
      const { outputs, credential } = await session.mint(lease);
      await using client = await target.login(outputs);
      await client.client.query(`SET PASSWORD = ${isMysql ? "'another-One-123'" : "PASSWORD('another-One-123')"}`);
      expect(await failureOf(endSelf(credential))).toBeInstanceOf(UserError);
      await client.work();
      await session.revoke(lease.principal);
    });

    it('does not get its password back from a session of its own while it ends itself', async () => {
      await using session = await open(target);
      const lease = draft();
      const minted = await session.mint(lease);
      const { username = '', password = '' } = minted.outputs;
      await changePassword(minted);
      // The password goes to and fro, so that the login of the end itself may have to try again.
      const { reason } = await endSelf(minted.credential);
      expect(reason).toContain('its password was scrambled');
      await expect(connectAs(username, password)).rejects.toThrow();
      await session.revoke(lease.principal);
    });

    it('does not say that it cannot be used when it has ended itself, as logins and events of its own may go on', async () => {
      await using session = await open(target);
      const lease = draft();
      const { outputs, credential } = await session.mint(lease);
      const { host, port } = target;
      const login = new RawClient(port, host);
      await login.begin(outputs['username'] ?? '');
      expect(await endSelf(credential)).toMatchObject({
        outcome: 'failed',
        reason: expect.stringContaining('a login that was under way, or an event of its own, may go on') as string,
      });
      login.close();
      await session.revoke(lease.principal);
    });

    it('is told apart from one that somebody has locked', async () => {
      await using session = await open(target);
      const lease = draft();
      const { credential } = await session.mint(lease);
      await target.admin(`ALTER USER '${lease.principal}'@'%' ACCOUNT LOCK`);
      expect(await endSelf(credential)).toMatchObject({ outcome: 'absent' });
      await session.revoke(lease.principal);
    });

    async function endSelf(credential: string) {
      const driver = await load(target.engine);
      const config = parseInputs(target.engine.inputs, (input) => target.inputs[input] ?? '');
      const context: Context = { signal: AbortSignal.timeout(20_000), warn: () => undefined };
      return await driver.endSelf(credential, config, context);
    }

    it('is revoked while others are connected that say nothing, however long the server lets them', async () => {
      const [row] = await target.admin('SELECT @@global.connect_timeout AS seconds');
      await target.admin('SET GLOBAL connect_timeout = 120');
      const silent: Socket[] = [];
      try {
        await using session = await open(target);
        const lease = draft();
        await session.mint(lease);
        for (let i = 0; i < 3; i += 1) silent.push(connect(target.port, target.host).on('error', () => undefined));
        await sleep(300);
        expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
      } finally {
        for (const socket of silent) socket.destroy();
        await target.admin(`SET GLOBAL connect_timeout = ${Number(row?.['seconds'])}`);
      }
    });

    /** Sessions of a lease: one that works, and one, of it or of another account, that stops while it becomes somebody. */
    async function stall(whose: string, { outputs }: Minted) {
      const { username = '', password = '' } = outputs;
      const { host, port } = target;
      const worker = await connectAs(username, password, 'billing');
      const [user, secret] = whose === 'other' ? ['other', 'other-One-123'] : [username, password];
      const staller = await rawLogin(port, host, user, secret);
      await staller.run('SET SESSION net_read_timeout = 31536000');
      await staller.beginChange('nobody_of_this_name');
      await sleep(300);
      return { worker, staller };
    }

    describe('a session that does not finish changing its user', () => {
      // Where it belongs to the lease, and where it belongs to another account of the server.
      const others = isMysql ? ['the lease', 'other'] : ['the lease'];
      beforeAll(async () => void (await target.admin("CREATE USER 'other'@'%' IDENTIFIED BY 'other-One-123'")));
      afterAll(async () => void (await target.admin("DROP USER 'other'@'%'")));

      it.each(others)('is no hiding place from a revocation: of %s', async (whose) => {
        await reaper('DISABLE');
        await using session = await open(target);
        const lease = draft();
        const { worker, staller } = await stall(whose, await session.mint(lease));
        try {
          expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
          await expect(worker.query('SELECT 1')).rejects.toThrow();
          await staller.finish('wrong').catch(() => false);
          expect(await staller.run('INSERT INTO billing.written () VALUES ()')).toBe(false);
        } finally {
          staller.close();
          await reaper('ENABLE');
        }
      });

      it('is no hiding place from a sweep', async () => {
        await reaper('DISABLE');
        await using session = await open(target);
        const lease = draft();
        const { worker, staller } = await stall('the lease', await session.mint(lease));
        worker.destroy();
        try {
          const found = await findLease(session, lease.principal);
          const ended = await Array.fromAsync(session.end(found === undefined ? [] : [found]));
          expect(ended.map(([, { outcome }]) => outcome)).toEqual(['revoked']);
          await staller.finish('wrong').catch(() => false);
          expect(await staller.run('INSERT INTO billing.written () VALUES ()')).toBe(false);
        } finally {
          staller.close();
          await reaper('ENABLE');
        }
      });

      it.each(others)('is no hiding place from the reaper: of %s', async (whose) => {
        const lease = draft({ ttl: 3 });
        await using session = await open(target);
        const { worker, staller } = await stall(whose, await session.mint(lease));
        try {
          await until(async () => !(await target.exists(lease.principal)));
          await until(async () => await isOver(worker));
          await sleep(3000);
          await staller.finish('wrong').catch(() => false);
          expect(await staller.run('INSERT INTO billing.written () VALUES ()')).toBe(false);
        } finally {
          staller.close();
        }
      });
    });

    it('takes nobody along whose name differs by case only', async () => {
      await using session = await open(target);
      const lease = draft();
      await session.mint(lease);
      const foreign = lease.principal.toUpperCase();
      await target.admin(`CREATE USER '${foreign}'@'%' IDENTIFIED BY 'foreign-One-123'`);
      const client = await connectAs(foreign, 'foreign-One-123');
      expect(await session.revoke(lease.principal)).toEqual({ outcome: 'revoked', sessionsEnded: 0 });
      await client.query('SELECT 1');
      client.destroy();
      await target.admin(`DROP USER '${foreign}'@'%'`);
    });

    it('leaves no line that would let others be it', async () => {
      await using session = await open(target);
      const lease = draft();
      const { outputs } = await session.mint(lease);
      await target.admin("CREATE USER 'other'@'%' IDENTIFIED BY 'other-One-123'");
      {
        await using client = await target.login(outputs);
        await client.client.query(`GRANT PROXY ON '${lease.principal}'@'%' TO 'other'@'%'`);
      }
      await session.revoke(lease.principal);
      const lines = `SELECT * FROM mysql.proxies_priv WHERE Proxied_user = '${lease.principal}'`;
      await until(async () => (await target.admin(lines)).length === 0);
      expect(await target.exists(lease.principal)).toBe(false);
      await target.admin("DROP USER 'other'@'%'");
    });

    describe('a mint that is under way', () => {
      // As one that runs on a machine whose clock is behind: its end has passed by the name, and no record says otherwise.
      it('is not taken for one that nobody finished', async () => {
        const principal = newPrincipal('job', new Date(Date.now() - 7_200_000));
        const mint = await target.adminSession();
        await mint.query(`SELECT GET_LOCK('${principal}', 0)`);
        await target.admin(`CREATE USER '${principal}'@'%' IDENTIFIED BY 'x'`);
        await sleep(2500);
        expect(await target.exists(principal)).toBe(true);
        await using session = await open(target);
        const lease = await findLease(session, principal);
        expect(lease).toMatchObject({ over: false, record: undefined });
        expect(lease?.expiresAt?.getTime()).toBeGreaterThan(Date.now());
        await mint.end();
        await until(async () => !(await target.exists(principal)));
      });
    });

    describe('the reaper', () => {
      // Those of the documented grants that end with the schema.
      const heartbeat = "GRANT SELECT ON joblease.heartbeat TO 'joblease'@'%'";
      const leases = "GRANT SELECT, INSERT, UPDATE, DELETE ON joblease.leases TO 'joblease'@'%'";
      const grantsOnSchema = isMysql ? heartbeat : `${heartbeat}; ${leases}`;
      const collations = [
        'utf8mb3_unicode_ci',
        'utf16_general_ci',
        'latin1_bin',
        'utf8mb4_unicode_ci',
        'cp1251_general_ci',
        'binary',
      ];

      it.each(collations)('works where the server’s collation is %s', async (collation) => {
        const [row] = await target.admin('SELECT @@global.collation_server AS usual');
        const set = `character_set_server = ${collation.split('_')[0]}, GLOBAL collation_server = ${collation}`;
        await target.admin(`DROP DATABASE joblease; SET GLOBAL ${set}`);
        const admin = await target.adminSession();
        try {
          await installReaper(kind, admin);
          await target.admin(grantsOnSchema);
          const principal = newPrincipal('job', new Date(Date.now() - 60_000));
          await target.admin(`CREATE USER '${principal}'@'%' IDENTIFIED BY 'known'`);
          await until(async () => !(await target.exists(principal)));
          await until(async () => (await target.admin('SELECT 1 FROM joblease.heartbeat')).length === 1);
          await using session = await open(target);
          const lease = draft();
          expect(await session.mint(lease)).toMatchObject({ expiryClass: 'full' });
          expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
        } finally {
          await target.admin(`SET GLOBAL collation_server = ${String(row?.['usual'])}`);
          await admin.end();
        }
      });

      it('is not taken for alive where its last round lies ahead of the server’s clock', async () => {
        await reaper('DISABLE');
        await sleep(1500);
        try {
          await target.admin('UPDATE joblease.heartbeat SET at = at + 3600');
          const warnings: string[] = [];
          await using session = await open(target, { warnings });
          const lease = draft();
          expect(await session.mint(lease)).toMatchObject({ expiryClass: 'sweep' });
          expect(warnings.join()).toContain('which was set back');
          await session.revoke(lease.principal);
        } finally {
          await reaper('ENABLE');
        }
        await until(
          async () => (await target.admin('SELECT 1 FROM joblease.heartbeat WHERE at <= UNIX_TIMESTAMP()')).length > 0,
        );
      });

      it('never runs twice at once', async () => {
        const other = 'known-One-123';
        const account = "'joblease_reaper'@'localhost'";
        await target.admin(`ALTER USER ${account} IDENTIFIED BY '${other}'; ALTER USER ${account} ACCOUNT UNLOCK`);
        const round = await connectAs('joblease_reaper', other);
        try {
          await target.admin(`UPDATE joblease.round SET session = ${round.threadId}`);
          const principal = newPrincipal('job', new Date(Date.now() - 60_000));
          await target.admin(`CREATE USER '${principal}'@'%' IDENTIFIED BY 'known'`);
          await sleep(2500);
          expect(await target.exists(principal)).toBe(true);
          await round.end();
          await until(async () => !(await target.exists(principal)));
        } finally {
          round.destroy();
          await target.admin(`ALTER USER ${account} ACCOUNT LOCK`);
        }
      });

      it('ends an account and its sessions though an error meets it at every other', async () => {
        const protectedOne = newPrincipal('a', new Date(Date.now() - 60_000));
        const due = newPrincipal('b', new Date(Date.now() - 60_000));
        await reaper('DISABLE');
        await target.admin(`CREATE USER '${protectedOne}'@'%', '${due}'@'%' IDENTIFIED BY 'known'`);
        if (isMysql) await target.admin(`GRANT SYSTEM_USER ON *.* TO '${protectedOne}'@'%'`);
        const client = await connectAs(due, 'known');
        await reaper('ENABLE');
        await until(async () => !(await target.exists(due)));
        await expect(client.query('SELECT 1')).rejects.toThrow();
        await target.admin(`DROP USER IF EXISTS '${protectedOne}'@'%'`);
      });
    });

    it('finds root’s session set as it must be, whatever the server’s defaults are', async () => {
      const odd: Record<string, string> = {
        sql_select_limit: '1',
        sql_safe_updates: '1',
        autocommit: '0',
        completion_type: "'RELEASE'",
        time_zone: "'+05:30'",
        lock_wait_timeout: '1',
        sql_mode: "'PIPES_AS_CONCAT,ANSI_QUOTES,HIGH_NOT_PRECEDENCE,NO_UNSIGNED_SUBTRACTION'",
        collation_connection: 'utf16_general_ci',
        character_set_results: 'latin1',
        ...(isMysql ? { max_execution_time: '1', transaction_read_only: '1' } : { max_statement_time: '0.001' }),
      };
      const before = new Map<string, unknown>();
      const leases = [draft(), draft(), draft()];
      for (const name of Object.keys(odd)) {
        const [row] = await target.admin(`SELECT CAST(@@global.${name} AS CHAR) AS value`);
        before.set(name, row?.['value']);
      }
      try {
        for (const [name, value] of Object.entries(odd)) await target.admin(`SET GLOBAL ${name} = ${value}`);
        await using session = await open(target);
        for (const lease of leases) await session.mint(lease);
        for (const { principal } of leases) {
          const found = await findLease(session, principal);
          expect(found).toMatchObject({ over: false, usable: true, record: { job: 'migrate' } });
          expect(Math.abs((found?.expiresAt?.getTime() ?? 0) - Date.now() - 600_000)).toBeLessThan(60_000);
        }
        for (const { principal } of leases)
          expect(await session.revoke(principal)).toMatchObject({ outcome: 'revoked' });
      } finally {
        for (const [name, value] of before) {
          const literal = /^[\d.]+$/.test(String(value)) ? String(value) : `'${String(value)}'`;
          await target.admin(`SET GLOBAL ${name} = ${literal}`);
        }
      }
    });

    if (!isMysql) return;

    it('ends itself where the server wants the current password for a new one', async () => {
      await target.admin('SET GLOBAL password_require_current = ON');
      try {
        await using session = await open(target);
        const lease = draft();
        const { outputs, credential } = await session.mint(lease);
        await using client = await target.login(outputs);
        expect(await endSelf(credential)).toMatchObject({
          reason: expect.stringContaining('sessions ended') as string,
        });
        await expect(client.work()).rejects.toThrow();
        await expect(target.login(outputs)).rejects.toThrow();
        await session.revoke(lease.principal);
      } finally {
        await target.admin('SET GLOBAL password_require_current = OFF');
      }
    });

    it('is no shell while a session of it may be open', async () => {
      await reaper('DISABLE');
      const rights = 'CONNECTION_ADMIN, PROCESS ON *.*';
      await target.admin(`REVOKE ${rights} FROM 'joblease'@'%'`);
      const lease = draft();
      let client;
      try {
        await using session = await open(target);
        client = (await target.login((await session.mint(lease)).outputs)).client;
        expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'failed' });
        expect(await findLease(session, lease.principal)).toMatchObject({ usable: true, shell: false });
      } finally {
        await target.admin(`GRANT ${rights} TO 'joblease'@'%'`);
        await reaper('ENABLE');
      }
      await using session = await open(target);
      expect(await findLease(session, lease.principal)).toMatchObject({ usable: true, shell: false });
      client.destroy();
      await until(async () => (await findLease(session, lease.principal))?.shell === true);
      await session.revoke(lease.principal);
    });

    async function become(lease: ReturnType<typeof draft>): Promise<mysql.Connection> {
      {
        await using session = await open(target);
        await using job = await target.login((await session.mint(lease)).outputs);
        await job.client.query(`GRANT PROXY ON '${lease.principal}'@'%' TO 'other'@'%'`);
      }
      const other = await connectAs('other', 'other-One-123', 'billing');
      const [rows] = await other.query<mysql.RowDataPacket[]>('SELECT CURRENT_USER() AS me');
      expect(rows[0]?.['me']).toBe(`${lease.principal}@%`);
      return other;
    }

    describe('that others are, by GRANT PROXY', () => {
      beforeAll(async () => {
        await target.admin(`SET GLOBAL check_proxy_users = ON; SET GLOBAL sha256_password_proxy_users = ON;
          CREATE USER 'other'@'%' IDENTIFIED WITH sha256_password BY 'other-One-123'`);
      });
      afterAll(async () => {
        await target.admin(`SET GLOBAL check_proxy_users = OFF; SET GLOBAL sha256_password_proxy_users = OFF;
          DROP USER 'other'@'%'`);
      });
      const rights = ['mysql.proxies_priv', 'performance_schema.threads', 'performance_schema.variables_by_thread'];

      it('is ended under their names too, where root may see them', async () => {
        for (const right of rights) await target.admin(`GRANT SELECT ON ${right} TO 'joblease'@'%'`);
        try {
          await reaper('DISABLE');
          const lease = draft();
          const other = await become(lease);
          await using session = await open(target);
          expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
          await expect(other.query('INSERT INTO written () VALUES ()')).rejects.toThrow();
        } finally {
          await reaper('ENABLE');
          for (const right of rights) await target.admin(`REVOKE SELECT ON ${right} FROM 'joblease'@'%'`);
        }
      });

      it('is not said to be revoked where root may not see them, and the reaper ends them', async () => {
        const lease = draft();
        const other = await become(lease);
        await using session = await open(target);
        expect(await session.revoke(lease.principal)).toMatchObject({
          outcome: 'failed',
          reason: expect.stringContaining('Proxy users') as string,
        });
        await until(async () => await isOver(other));
      });

      it('is ended under their names too by the reaper alone', async () => {
        const lease = draft({ ttl: 2 });
        const other = await become(lease);
        await until(async () => await isOver(other));
        expect(await target.exists(lease.principal)).toBe(false);
      });
    });

    describe('that holds SYSTEM_USER', () => {
      it.each([
        ['by a statement', { 'creation-statements': "GRANT ALL ON *.* TO '{{name}}'@'%'" }],
        ['by a role', { 'member-of': 'all_powerful' }],
      ])('is not minted: %s', async (_, inputs) => {
        await target.admin(`CREATE ROLE all_powerful; GRANT SYSTEM_USER ON *.* TO all_powerful;
          CREATE USER 'chief'@'%' IDENTIFIED BY 'chief-One-123'; GRANT ALL ON *.* TO 'chief'@'%' WITH GRANT OPTION`);
        try {
          const root = target.root.replace(/\/\/[^@]*@/, '//chief:chief-One-123@');
          const before = await target.accounts();
          await using session = await open(target, { root, inputs: { 'member-of': '', ...inputs } });
          const error = await failureOf(session.mint(draft()));
          expect(messageOf(error)).toContain('SYSTEM_USER');
          expect((error as UserError).details.input).toBe(Object.keys(inputs)[0]);
          expect(await target.accounts()).toEqual(before);
        } finally {
          await target.admin("DROP ROLE all_powerful; DROP USER 'chief'@'%'");
        }
      });

      it('is not taken for one that is gone', async () => {
        await using session = await open(target);
        const lease = draft();
        const { outputs } = await session.mint(lease);
        await target.admin(`GRANT SYSTEM_USER ON *.* TO '${lease.principal}'@'%'`);
        await using client = await target.login(outputs);
        const result = await session.revoke(lease.principal);
        expect(result).toMatchObject({ outcome: 'failed' });
        expect(result.fix).toContain('DROP USER');
        await sleep(1500);
        await client.work(); // nor does the reaper take its sessions for those of an account that is gone
        await target.admin(`DROP USER '${lease.principal}'@'%'`);
      });
    });

    it('keeps its sessions, and a mint warns, where root has no role, and so no KILL that harms nobody', async () => {
      await target.admin(`CREATE USER 'roleless'@'%' IDENTIFIED BY 'roleless-One-123';
        GRANT CREATE USER, PROCESS, CONNECTION_ADMIN ON *.* TO 'roleless'@'%';
        GRANT SELECT ON joblease.heartbeat TO 'roleless'@'%'`);
      const root = target.root.replace(/\/\/[^@]*@/, '//roleless:roleless-One-123@');
      const mintOne = async (): Promise<string> => {
        const warnings: string[] = [];
        await using session = await open(target, { root, warnings, inputs: { 'member-of': '' } });
        const lease = draft();
        await session.mint(lease);
        await session.revoke(lease.principal);
        return warnings.join('\n');
      };
      const warning = await mintOne();
      const lease = draft();
      {
        await using session = await open(target, { root, inputs: { 'member-of': '' } });
        const { outputs } = await session.mint(lease);
        const client = await connectAs(outputs['username'] ?? '', outputs['password'] ?? '');
        expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'failed' });
        await client.query('SELECT 1');
      }
      const fix = /Run as an administrator: (.*)/.exec(warning)?.[1] ?? '';
      await target.admin(fix);
      expect(await mintOne()).toBe('');
      await using session = await open(target, { root, inputs: { 'member-of': '' } });
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked', sessionsEnded: 1 });
      await target.admin("DROP USER 'roleless'@'%'");
    });
  });
}

async function until(what: () => Promise<boolean>): Promise<void> {
  for (const started = Date.now(); !(await what()); await sleep(100)) {
    if (Date.now() - started > 20_000) throw new Error('it did not come to pass');
  }
}

/** Whether a session is over. */
async function isOver(session: mysql.Connection): Promise<boolean> {
  return await session.query('INSERT INTO written () VALUES ()').then(
    () => false,
    () => true,
  );
}
