/** Connections that wait with their login, on real servers. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Connection, failedStatement, Opening } from '../../src/engines/mysql/connection.ts';
import type { Target } from '../../src/engines/mysql/dial.ts';
import { failureOf } from '../contract/contract.ts';
import { startTarget, type MysqlTarget } from '../contract/mysql-target.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';

const servers = [
  { kind: 'mysql' as const, server: findMysql() },
  { kind: 'mariadb' as const, server: findMariadb() },
];

const login = { user: 'latecomer', password: 'latecomer-Secret-0123456789', database: '' };

for (const { kind, server } of servers) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  describe(`${server.name}: a connection that waits with its login`, () => {
    let target: MysqlTarget;
    beforeAll(async () => {
      target = await startTarget(kind, server);
    });
    beforeEach(async () => {
      await target.admin(`DROP USER IF EXISTS '${login.user}'@'%'`);
    });
    afterEach(async () => {
      await target.admin(`DROP USER IF EXISTS '${login.user}'@'%'; SET GLOBAL connect_timeout = 10`);
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });

    const to = (sslMode: Target['sslMode']): Target => {
      const { host, port } = target;
      return { scheme: kind, host, port, sslMode, ca: undefined };
    };
    const create = async (): Promise<void> =>
      void (await target.admin(`CREATE USER '${login.user}'@'%' IDENTIFIED BY '${login.password}'`));
    /** Waits until the server shows so many connections that have not said yet who they are. */
    const waiting = async (count: number): Promise<void> => {
      for (;;) {
        const rows = await target.admin(
          "SELECT id FROM information_schema.processlist WHERE user = 'unauthenticated user'",
        );
        if (rows.length === count) return;
        await sleep(20);
      }
    };

    it.each(['REQUIRED', 'DISABLED'] as const)('logs in when it is told to, with ssl-mode=%s', async (sslMode) => {
      using opening = new Opening(to(sslMode), login, AbortSignal.timeout(20_000));
      await waiting(1);
      await sleep(200);
      await waiting(1);
      // Had it logged in by now, it would have been refused.
      await create();
      await using connection = await opening.finish();
      const [row] = await connection.rows('SELECT CURRENT_USER() AS me');
      expect(row?.['me']).toBe(`${login.user}@%`);
    });

    it('is opened again when the server has lost patience with it', async () => {
      await target.admin('SET GLOBAL connect_timeout = 2');
      using opening = new Opening(to('REQUIRED'), login, AbortSignal.timeout(20_000));
      await waiting(1);
      await create();
      await waiting(0);
      await sleep(50);
      await using connection = await opening.finish();
      expect(await connection.rows('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    });

    it('leaves nothing on the server when it is given up', async () => {
      const opening = new Opening(to('REQUIRED'), login, AbortSignal.timeout(20_000));
      await waiting(1);
      opening[Symbol.dispose]();
      await expect(waiting(0)).resolves.toBeUndefined();
    });

    it('says which statement of a message failed, and carries out none after it', async () => {
      await create();
      const connection = await Connection.open(to('REQUIRED'), login, AbortSignal.timeout(20_000), {
        multipleStatements: true,
      });
      await using open = connection;
      const error = await failureOf(open.results(['SET @seen = 1', 'SELECT 1', 'SELECT nothing', 'SET @seen = 2']));
      expect(failedStatement(error)).toBe(2);
      expect(await open.results(['SELECT @seen AS seen', 'DO 0', 'SELECT 1 AS one WHERE 1 = 0'])).toEqual([
        [{ seen: 1 }],
        [],
        [],
      ]);
    });
  });
}
