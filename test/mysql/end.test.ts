/** How many MySQL and MariaDB accounts end at once, and what stands in the way of that, on real servers. */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Lease } from '../../src/engines/engine.ts';
import type { Principal } from '../../src/lease/name.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import { encodeRecord } from '../../src/lease/record.ts';
import type { Revocation } from '../../src/lease/result.ts';
import { failureOf, job, open, type Session } from '../contract/contract.ts';
import { startTarget, type MysqlTarget } from '../contract/mysql-target.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';

const servers = [
  { kind: 'mysql' as const, server: findMysql() },
  { kind: 'mariadb' as const, server: findMariadb() },
];

for (const { kind, server } of servers) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  const tls = kind === 'mysql' ? { ssl: { rejectUnauthorized: false } } : {};

  describe(`${server.name}: ending many`, () => {
    let target: MysqlTarget;
    beforeAll(async () => {
      target = await startTarget(kind, server);
      // Otherwise it would end what is over before the sweep does.
      await target.admin('ALTER EVENT joblease.reaper DISABLE');
    });
    afterAll(async () => {
      await target.admin('ALTER EVENT joblease.reaper ENABLE');
      await target[Symbol.asyncDispose]();
    });

    /** Leftovers whose end has passed, as mints leave them. */
    async function leave(count: number, hosts: readonly string[] = ['%']): Promise<Principal[]> {
      const principals = Array.from({ length: count }, (_, i) => newPrincipal('job', new Date(1.7e12 + i * 1000)));
      const times = { iat: 1_699_999_000, exp: 1_700_000_000, max: 1_700_000_000 };
      const record = encodeRecord({ v: 1, ...job, role: 'job', ...times });
      for (const name of principals) {
        const accounts = hosts.map((host) => `'${name}'@'${host}'`).join(', ');
        await target.admin(
          kind === 'mysql'
            ? `CREATE USER ${accounts} IDENTIFIED BY 'known' ATTRIBUTE '{"joblease": ${record}}'`
            : `INSERT INTO joblease.leases (name, exp, reap, record) VALUES ('${name}', 1700000000, 1700000000, '${record}');
               CREATE USER ${hosts.map((host) => `'${name}'@'${host}' IDENTIFIED BY 'known'`).join(', ')}`,
        );
      }
      return principals;
    }

    async function left(principals: readonly Principal[]): Promise<string[]> {
      const accounts = new Set<string>(await target.accounts());
      if (kind === 'mariadb') {
        for (const { name } of await target.admin('SELECT name FROM joblease.leases')) accounts.add(String(name));
      }
      return principals.filter((principal) => accounts.has(principal));
    }

    it('ends by a handful of statements what is over, at every host', async () => {
      const principals = await leave(7, ['%', '10.%']);
      await using session = await open(target);
      const leases = await listed(session, principals);
      expect(leases.map(({ over }) => over)).toEqual(principals.map(() => true));
      const before = (await target.statementLog()).length;
      const ended = await end(session, principals);
      const statements = (await target.statementLog()).slice(before);
      expect([...ended.values()]).toEqual(principals.map(() => ({ outcome: 'revoked', sessionsEnded: 0 })));
      expect(await left(principals)).toEqual([]);
      expect(statements.match(/DROP USER/g)).toHaveLength(1);
      expect(statements.match(/ALTER USER/g)).toHaveLength(1);
    });

    it('takes one by one those with a session or a view of their own, and the others together', async () => {
      const principals = await leave(8);
      const [busy, , definer] = principals;
      const user = String(busy);
      const { host, port } = target;
      const client = await mysql.createConnection({ host, port, user, password: 'known', ...tls });
      client.on('error', () => undefined);
      await target.admin(`CREATE DEFINER = '${definer}'@'%' VIEW billing.v AS SELECT 1 AS n`);

      await using session = await open(target);
      const ended = await end(session, principals);
      expect(principals.map((each) => ended.get(each)?.outcome)).toEqual(
        principals.map((each) => (each === definer && kind === 'mysql' ? 'disabled' : 'revoked')),
      );
      expect(principals.map((each) => ended.get(each)?.sessionsEnded)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
      await expect(client.query('SELECT 1')).rejects.toThrow();
      expect(await left(principals)).toEqual(kind === 'mysql' ? [definer] : []);
      await target.admin('DROP VIEW billing.v');
      if (definer !== undefined && kind === 'mysql')
        expect(await session.revoke(definer)).toMatchObject({ outcome: 'revoked' });
    });

    it('lets two sweeps drop the same accounts at once, whatever the order that they have them in', async () => {
      for (let round = 0; round < 3; round += 1) {
        const principals = await leave(30);
        const sweep = async (names: readonly Principal[]): Promise<Revocation[]> => {
          await using session = await open(target);
          return [...(await end(session, names)).values()];
        };
        const all = [principals, principals.toReversed(), principals.slice(5)];
        const results = (await Promise.all(all.map(sweep))).flat();
        // Each has ended once, whoever did it.
        expect(results.filter(({ outcome }) => outcome === 'revoked')).toHaveLength(30);
        expect(results.filter(({ outcome }) => outcome !== 'revoked' && outcome !== 'absent')).toEqual([]);
        expect(await left(principals)).toEqual([]);
      }
    });

    it('ends a login that was under way when the accounts were locked', async () => {
      const principals = await leave(4);
      const { stream, resume } = stalling(target);
      const login = mysql.createConnection({ stream, user: String(principals[1]), password: 'known' });
      const outcome = login.then(
        (client) => client.on('error', () => undefined),
        () => undefined,
      );
      await sleep(200);
      await using session = await open(target);
      const ending = end(session, principals);
      await sleep(300);
      resume();
      expect([...(await ending).values()].map(({ outcome: each }) => each)).toEqual(principals.map(() => 'revoked'));
      const names = principals.map((each) => `'${each}'`).join(', ');
      expect(await target.admin(`SELECT id FROM information_schema.processlist WHERE user IN (${names})`)).toEqual([]);
      await Promise.race([outcome, sleep(1000)]);
      stream.destroy();
    });

    it('ends statements that still run for a mint whose client is gone', async () => {
      const principals = await leave(3);
      const [name] = principals;
      const { host, port } = target;
      // As the mint holds it (see mintLocks).
      const mint = await mysql.createConnection({ host, port, user: 'joblease', password: target.rootSecret, ...tls });
      mint.on('error', () => undefined);
      await mint.query(`SELECT GET_LOCK('${name} statements', 0)`);
      await using session = await open(target);
      const ended = await end(session, principals);
      expect([...ended.values()].map(({ outcome }) => outcome)).toEqual(principals.map(() => 'revoked'));
      await expect(mint.query('SELECT 1')).rejects.toThrow();
    });

    it('never claims that a lease has ended without the rights to see and to end its sessions', async () => {
      const right = kind === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN';
      const principals = await leave(3);
      await target.admin(`REVOKE ${right}, PROCESS ON *.* FROM 'joblease'@'%'`);
      {
        await using session = await open(target);
        const ended = await end(session, principals);
        expect([...ended.values()].map(({ outcome }) => outcome)).toEqual(principals.map(() => 'failed'));
      }
      await target.admin(`GRANT ${right}, PROCESS ON *.* TO 'joblease'@'%'`);
      await using session = await open(target);
      const ended = await end(session, principals);
      expect([...ended.values()].map(({ outcome }) => outcome)).toEqual(principals.map(() => 'revoked'));
    });

    it('throws what can heal when the connection is lost, and a new session goes on', async () => {
      const principals = await leave(4);
      const { canHeal } = await target.engine.load();
      {
        await using session = await open(target);
        const leases = await listed(session, principals);
        for (const { id } of await target.admin(
          "SELECT id FROM information_schema.processlist WHERE user = 'joblease'",
        ))
          await target.admin(`KILL ${Number(id)}`);
        await sleep(50);
        const error = await failureOf(Array.fromAsync(session.end(leases)));
        expect([canHeal(error), String(error)]).toEqual([true, expect.any(String)]);
      }
      await using session = await open(target);
      const ended = await end(session, principals);
      expect([...ended.values()].map(({ outcome }) => outcome)).toEqual(principals.map(() => 'revoked'));
    });

    if (kind !== 'mariadb') return;

    it('forgets by one statement the records that are without an account', async () => {
      const principals = await leave(5);
      await target.admin(
        `DROP USER ${principals
          .slice(1)
          .map((name) => `'${name}'@'%'`)
          .join(', ')}`,
      );
      await using session = await open(target);
      const before = (await target.statementLog()).length;
      const ended = await end(session, principals);
      expect(principals.map((each) => ended.get(each)?.outcome)).toEqual([
        'revoked',
        'absent',
        'absent',
        'absent',
        'absent',
      ]);
      expect(await left(principals)).toEqual([]);
      expect((await target.statementLog()).slice(before).match(/DELETE FROM joblease.leases/g)).toHaveLength(1);
    });

    it('lists every lease where half-made ones fill more than a page', async () => {
      const accounts = Array.from({ length: 5100 }, (_, i) => newPrincipal('acc', new Date(1.7e12 + i * 1000)));
      const records = Array.from({ length: 5100 }, (_, i) => newPrincipal('rec', new Date(1.7e12 + i * 1000)));
      await target.admin(`CREATE USER ${accounts.map((name) => `'${name}'@'%'`).join(', ')};
        INSERT INTO joblease.leases (name, exp, reap, record) VALUES ${records.map((name) => `('${name}', 1, 1, '{}')`).join(', ')}`);
      await using session = await open(target);
      const names = [...accounts, ...records];
      expect(await listed(session, names)).toHaveLength(10_200);
      const ended = await end(session, names);
      expect(accounts.filter((each) => ended.get(each)?.outcome !== 'revoked')).toEqual([]);
      expect(records.filter((each) => ended.get(each)?.outcome !== 'absent')).toEqual([]);
      expect(await left(names)).toEqual([]);
    });
  });
}

/** A client's connection that stalls in the middle of the handshake: what it wants to send second is held back. */
function stalling({ host, port }: MysqlTarget): { stream: ReturnType<typeof connect>; resume: () => void } {
  const stream = connect(port, host);
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
  return {
    stream,
    resume: () => {
      isStalling = false;
      for (const go of held) go();
    },
  };
}

async function listed(session: Session, principals: readonly Principal[]): Promise<Lease[]> {
  const leases = new Map<Principal, Lease>();
  for await (const lease of session.leases()) leases.set(lease.principal, lease);
  return principals.flatMap((principal) => leases.get(principal) ?? []);
}

async function end(session: Session, principals: readonly Principal[]): Promise<Map<Principal, Revocation>> {
  const ended = new Map<Principal, Revocation>();
  for await (const [{ principal }, revocation] of session.end(await listed(session, principals))) {
    ended.set(principal, revocation);
  }
  return ended;
}
