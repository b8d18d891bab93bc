/** What only MariaDB does, on a real server. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf, type UserError } from '../../src/lease/errors.ts';
import { newPrincipal } from '../../src/lease/name.ts';
import { draft, failureOf, findLease, job as identity, open } from '../contract/contract.ts';
import { startTarget, type MysqlTarget } from '../contract/mysql-target.ts';
import { block } from '../docs/blocks.ts';
import { findMariadb } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';
import { rawLogin } from './raw-client.ts';

for (const server of [findMariadb()]) {
  if (server === undefined) {
    skipped('mariadb');
    continue;
  }

  describe(`${server.name}: alone`, () => {
    let target: MysqlTarget;
    beforeAll(async () => {
      target = await startTarget('mariadb', server);
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });

    // MySQL takes a line's end off a name.
    it('leaves an account alone that carries a line’s end in its name, and shows it', async () => {
      const odd = `${newPrincipal('job', new Date(Date.now() - 60_000))}\n`;
      await target.admin(`CREATE USER '${odd}'@'%'`);
      await sleep(2500);
      expect(await target.accounts()).toContain(odd);
      await using session = await open(target);
      expect(await Array.fromAsync(session.lookalikes())).toContain(odd);
      await target.admin(`DROP USER '${odd}'@'%'`);
    });

    it('names host-pattern where it is a network that MariaDB does not know, or keeps the lease from its role', async () => {
      expect(await failureOf(open(target, { inputs: { 'host-pattern': '10.0.0.0/24' } }))).toMatchObject({
        details: { input: 'host-pattern' },
      });
      await using session = await open(target, { inputs: { 'host-pattern': '192.0.2.%' } });
      const before = await target.accounts();
      const error = await failureOf(session.mint(draft()));
      expect((error as UserError).details.input).toBe('host-pattern');
      expect(await target.accounts()).toEqual(before);
    });

    it('claims no more than it sees where PAM lets accounts log in as others', async () => {
      await target.admin("INSTALL SONAME 'auth_pam'");
      try {
        const warnings: string[] = [];
        const lease = draft();
        {
          await using session = await open(target, { warnings });
          expect(await session.mint(lease)).toMatchObject({ expiryClass: 'sweep' });
          expect(warnings.join()).toContain('"pam"');
          const result = await session.revoke(lease.principal);
          expect(result).toMatchObject({ outcome: 'failed' });
          expect(result.reason).toContain('Proxy users');
        }
        await target.admin("GRANT SELECT ON mysql.proxies_priv TO 'joblease'@'%'");
        await using session = await open(target);
        const [quiet, handedOn] = [draft(), draft()];
        await session.mint(quiet);
        expect(await session.revoke(quiet.principal)).toMatchObject({ outcome: 'revoked' });
        await target.admin("ALTER EVENT joblease.reaper DISABLE; CREATE USER 'other'@'%'");
        await session.mint(handedOn);
        await target.admin(`GRANT PROXY ON '${handedOn.principal}'@'%' TO 'other'@'%'`);
        expect(await session.revoke(handedOn.principal)).toMatchObject({ outcome: 'failed' });
        expect(await target.exists(handedOn.principal)).toBe(false);
      } finally {
        await target.admin(
          "ALTER EVENT joblease.reaper ENABLE; DROP USER IF EXISTS 'other'@'%'; UNINSTALL SONAME 'auth_pam'",
        );
      }
    });

    it('ends rights that are the account’s own also in a session that has become another account', async () => {
      await target.admin("CREATE USER 'other'@'%' IDENTIFIED BY 'other-One-123'");
      const own = { 'member-of': '', 'creation-statements': "GRANT CREATE ON billing.* TO '{{name}}'@'%'" };
      await target.admin("GRANT CREATE ON billing.* TO 'joblease'@'%' WITH GRANT OPTION");
      await using session = await open(target, { inputs: own });
      const lease = draft();
      const { username = '', password = '' } = (await session.mint(lease)).outputs;
      const client = await rawLogin(target.port, target.host, username, password);
      expect(await client.run('CREATE TABLE billing.as_itself (n INT)')).toBe(true);
      await client.beginChange('other');
      expect(await client.finish('other-One-123')).toBe(true);
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
      expect(await client.run('CREATE TABLE billing.as_other (n INT)')).toBe(false);
      client.close();
      await target.admin("DROP USER 'other'@'%'; REVOKE CREATE ON billing.* FROM 'joblease'@'%'");
    });

    it('has a query in its docs that finds what a lease has left in the name of its role', async () => {
      await using session = await open(target);
      const lease = draft();
      {
        await using job = await target.login((await session.mint(lease)).outputs);
        await job.client.query(`CREATE VIEW its_own AS SELECT 1;
          CREATE DEFINER = CURRENT_ROLE VIEW the_roles AS SELECT * FROM invoice`);
      }
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
      const found = await target.admin(block('docs/mariadb.md § What a role lets a lease keep sql #1'));
      expect(found).toEqual([{ kind: 'view', db: 'billing', name: 'the_roles', definer: 'billing_rw@' }]);
      await target.admin('DROP VIEW billing.its_own, billing.the_roles');
    });

    const records = async (): Promise<unknown> => await target.admin('SELECT name FROM joblease.leases ORDER BY name');

    describe('where the message that mints is the first', () => {
      const mints = { principal: draft().principal, verify: true };

      it('counts the end on the server’s clock', async () => {
        const before = Math.floor(Date.now() / 1000);
        await using session = await open(target, { mints });
        const lease = draft({ ttl: 100, maxTtl: 200, job: { ...identity, job: '"iat":1,"exp":2,"max":3' } });
        const { expiresAt, credential } = await session.mint(lease);
        await session.verify(credential);
        const found = await findLease(session, lease.principal);
        const iat = found?.record?.iat ?? 0;
        expect(iat - before).toBeLessThan(10);
        expect(iat - before).toBeGreaterThanOrEqual(0);
        expect(found).toMatchObject({
          expiresAt,
          record: { exp: iat + 100, max: iat + 200, job: '"iat":1,"exp":2,"max":3' },
        });
        expect(expiresAt.getTime()).toBe((iat + 100) * 1000);
        await session.revoke(lease.principal);
      });

      it.each([
        [
          'root may not create accounts',
          "REVOKE CREATE USER ON *.* FROM 'joblease'@'%'",
          "GRANT CREATE USER ON *.* TO 'joblease'@'%'",
          'may not create accounts',
        ],
        [
          'root may not read the accounts',
          "REVOKE SELECT (User, Host) ON mysql.user FROM 'joblease'@'%'",
          "GRANT SELECT (User, Host) ON mysql.user TO 'joblease'@'%'",
          'GRANT SELECT (User, Host)',
        ],
        ['the server is a replica', 'SET GLOBAL read_only = 1', 'SET GLOBAL read_only = 0', 'read-only replica'],
      ])('leaves nothing when %s', async (_, spoil, mend, said) => {
        const [accounts, leases] = [await target.accounts(), await records()];
        await target.admin(spoil);
        try {
          await using session = await open(target, { mints });
          expect(messageOf(await failureOf(session.mint(draft())))).toContain(said);
        } finally {
          await target.admin(mend);
        }
        expect(await target.accounts()).toEqual(accounts);
        expect(await records()).toEqual(leases);
      });

      it('leaves nothing when there is no such role', async () => {
        const [accounts, leases] = [await target.accounts(), await records()];
        await using session = await open(target, { mints, inputs: { 'member-of': 'no_such_role' } });
        expect(messageOf(await failureOf(session.mint(draft())))).toContain('there is no role `no_such_role`');
        expect(await target.accounts()).toEqual(accounts);
        expect(await records()).toEqual(leases);
      });

      it('says so when root may not see whether the reaper runs', async () => {
        const warnings: string[] = [];
        await target.admin("REVOKE SELECT ON joblease.heartbeat FROM 'joblease'@'%'");
        try {
          await using session = await open(target, { mints, warnings });
          const lease = draft();
          const { expiryClass, credential } = await session.mint(lease);
          expect(expiryClass).toBe('sweep');
          expect(warnings.join()).toContain('joblease.heartbeat');
          await session.verify(credential);
          expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'revoked' });
        } finally {
          await target.admin("GRANT SELECT ON joblease.heartbeat TO 'joblease'@'%'");
        }
      });
    });

    it('writes the record of a lease before there is an account', async () => {
      await using session = await open(target);
      const lease = draft();
      const before = (await target.statementLog()).length;
      await session.mint(lease);
      const log = (await target.statementLog()).slice(before);
      const [record, account] = ['INSERT INTO joblease.leases', 'CREATE USER'].map((text) => log.indexOf(text));
      expect(record).toBeGreaterThan(-1);
      expect(account).toBeGreaterThan(record ?? Infinity);
      await session.revoke(lease.principal);
    });

    it('says what to do where a plugin wants to see every password', async () => {
      await target.admin("INSTALL SONAME 'simple_password_check'");
      try {
        await using session = await open(target);
        const error = await failureOf(session.mint(draft()));
        expect(messageOf(error)).toContain('SET GLOBAL strict_password_validation = OFF');
      } finally {
        await target.admin("UNINSTALL SONAME 'simple_password_check'");
      }
    });
  });
}
