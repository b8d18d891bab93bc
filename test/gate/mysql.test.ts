/** The gate on MySQL and MariaDB: how leases begin, go on and end, on real servers. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeRecord } from '../../src/lease/record.ts';
import { failureOf } from '../contract/contract.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';
import { newIssuer } from './issuer.ts';
import {
  call,
  endItself,
  linesOf,
  mint,
  mintWith,
  procedure,
  startGate,
  wish,
  type Gate,
  type Wish,
} from './mysql-gate.ts';

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(50);
}

for (const { kind, server } of [
  { kind: 'mysql' as const, server: findMysql() },
  { kind: 'mariadb' as const, server: findMariadb() },
]) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  describe(`the gate, ${server.name}`, () => {
    let gate: Gate;
    let visitor: mysql.Connection;
    beforeAll(async () => {
      gate = await startGate(kind, server);
    });
    // The gate ends sessions of this login that are older than a minute.
    beforeEach(async () => {
      visitor = await gate.visitor();
    });
    afterEach(() => {
      visitor.destroy();
    });
    afterAll(async () => {
      await gate[Symbol.asyncDispose]();
    });

    const minted = async (changes: Partial<Wish> = {}): Promise<Wish> => {
      const wanted = wish(gate, changes);
      expect(await mint(gate, visitor, wanted)).toMatchObject({ ok: true });
      return wanted;
    };
    const loginAs = async ({ principal, password }: Wish): Promise<mysql.Connection> =>
      await gate.login(principal, password);
    const exists = async (principal: string): Promise<boolean> =>
      (await gate.admin(`SELECT User FROM mysql.user WHERE User = '${principal}'`)).length > 0;
    const sweeperWorkflow = 'octo/ops/.github/workflows/sweep.yml@refs/heads/main';
    const asSweeper = { repository_id: '77002', job_workflow_ref: sweeperWorkflow, run_id: '77', check_run_id: '78' };
    const sweeperRule = `[{"repository_id": "77002", "job_workflow_ref": "${sweeperWorkflow}"}]`;

    it('mints for a job that a rule admits: a login with the group, a record of its own, a row in the audit', async () => {
      const wanted = wish(gate);
      const answer = await mint(gate, visitor, wanted);
      expect(answer).toMatchObject({
        ok: true,
        principal: wanted.principal,
        heartbeat: 0,
        groups: ['billing_rw'],
        again: false,
      });
      expect(Number(answer['exp']) - Number(answer['iat'])).toBe(600);
      const lease = await loginAs(wanted);
      await lease.query('INSERT INTO billing.invoice VALUES (1)');
      expect(await failureOf(lease.query('SELECT * FROM joblease.lease'))).toMatchObject({ errno: 1142 });

      const [stored] = await gate.admin(
        kind === 'mysql'
          ? `SELECT CAST(attribute->'$.joblease' AS CHAR) AS record FROM information_schema.user_attributes WHERE user = '${wanted.principal}'`
          : `SELECT record FROM joblease.leases WHERE name = '${wanted.principal}'`,
      );
      expect(decodeRecord(String(stored?.['record']))).toMatchObject({
        repo: 'octo/app',
        repoId: 77_001,
        run: 1_234_567_890,
        attempt: 1,
        checkRun: 98_765_432_100,
        role: 'migrate',
        own: { gate: kind },
        exp: answer['exp'],
      });
      const [row] = await gate.admin(`SELECT * FROM joblease.audit WHERE principal = '${wanted.principal}'`);
      expect(row).toMatchObject({ what: 'mint', role: 'migrate' });
      const who = row?.['who'];
      expect(typeof who === 'string' ? JSON.parse(who) : who).toMatchObject({
        repository: 'octo/app',
        ref: 'refs/heads/main',
        environment: 'production',
      });
      await lease.end();
    });

    it('lets a lease end itself, and a sweep by anybody ends its sessions and drops it', async () => {
      const wanted = await minted();
      const lease = await loginAs(wanted);
      const other = await loginAs(wanted);
      await endItself(lease);
      expect(await failureOf(loginAs(wanted))).toBeInstanceOf(Error);
      const swept = await call(visitor, 'sweep', wanted.principal);
      expect(swept).toMatchObject({ ok: true, left: 0, state: 'gone' });
      expect(await exists(wanted.principal)).toBe(false);
      expect(await failureOf(other.query('SELECT 1'))).toBeInstanceOf(Error);
      expect(await failureOf(lease.query('SELECT 1'))).toBeInstanceOf(Error);
    });

    it('ends a lease at its end, with nobody calling', async () => {
      const wanted = await minted({ ttl: 3 });
      const lease = await loginAs(wanted);
      await until(async () => !(await exists(wanted.principal)));
      expect(await failureOf(lease.query('SELECT 1'))).toBeInstanceOf(Error);
      const isGone = async (): Promise<boolean> =>
        (
          await gate.admin(
            `SELECT gone FROM joblease.lease WHERE principal = '${wanted.principal}' AND gone IS NOT NULL`,
          )
        ).length > 0;
      await until(isGone);
    });

    it('does not say that a lease is gone while a login is under way that may be its own', async () => {
      const wanted = await minted();
      await endItself(await loginAs(wanted));
      const silent = connect({ host: '127.0.0.1', port: gate.port });
      await once(silent, 'data');
      expect(await call(visitor, 'sweep', wanted.principal)).toMatchObject({
        ok: true,
        state: 'disabled',
        reason: 'a login that is under way may be its own',
      });
      silent.destroy();
      await until(async () => (await call(visitor, 'sweep', wanted.principal))['state'] === 'gone');
    });

    it('lets many end and sweep at once', async () => {
      const leases = await Promise.all(Array.from({ length: 8 }, async () => await minted()));
      const sweepers = await Promise.all(leases.map(async () => await gate.visitor()));
      await Promise.all(
        leases.map(async (wanted, i) => {
          await endItself(await loginAs(wanted));
          const isGone = async (): Promise<boolean> =>
            (await call(sweepers[i] ?? visitor, 'sweep', wanted.principal))['state'] === 'gone';
          await until(isGone);
        }),
      );
      const left = await Promise.all(leases.map(async ({ principal }) => await exists(principal)));
      expect(left).toEqual(leases.map(() => false));
      for (const sweeper of sweepers) sweeper.destroy();
    });

    it('sweeps nothing that is not over', async () => {
      const wanted = await minted();
      expect(await call(visitor, 'sweep', wanted.principal)).toMatchObject({ ok: true, removed: 0, state: 'live' });
      expect(await call(visitor, 'sweep', null)).toMatchObject({ ok: true });
      const lease = await loginAs(wanted);
      await lease.end();
    });

    it('gives the same answer to the same job again, and none to any other', async () => {
      const wanted = wish(gate);
      const first = await mint(gate, visitor, wanted);
      expect(await mint(gate, visitor, wanted)).toEqual({ ...first, again: true });
      const taken = { ok: false, reason: 'the name of the login is taken' };
      for (const claims of [
        { run_attempt: '2' },
        { run_id: '2' },
        { check_run_id: '3' },
        { check_run_id: undefined },
      ]) {
        expect(await mint(gate, visitor, wanted, claims)).toEqual(taken);
      }
      const { verifier } = wish(gate);
      expect(await mint(gate, visitor, { ...wanted, verifier })).toEqual(taken);
      expect(await mint(gate, visitor, { ...wanted, heartbeat: 60 })).toEqual(taken);
      await (await loginAs(wanted)).query('SELECT 1');

      await endItself(await loginAs(wanted));
      expect(await mint(gate, visitor, wanted)).toEqual(taken);
      await call(visitor, 'sweep', wanted.principal);
      expect(await mint(gate, visitor, wanted)).toEqual(taken);
    });

    it('finishes a mint that was cut off before the account was there', async () => {
      const wanted = await minted();
      await gate.admin(`DROP USER '${wanted.principal}'@'%'`);
      expect(await mint(gate, visitor, wanted)).toMatchObject({ ok: true, again: true });
      await (await loginAs(wanted)).query('SELECT COUNT(*) FROM billing.invoice');
    });

    it('makes one lease of parallel mints with one token', async () => {
      const wanted = wish(gate);
      const token = gate.issuer.token(gate.audience(linesOf(wanted)));
      const visitors = await Promise.all(Array.from({ length: 12 }, async () => await gate.visitor()));
      const answers = await Promise.all(visitors.map(async (each) => await mintWith(each, wanted, token)));
      expect(answers.map(({ ok }) => ok)).toEqual(answers.map(() => true));
      expect(answers.filter(({ again }) => again === false)).toHaveLength(1);
      await (await loginAs(wanted)).query('SELECT COUNT(*) FROM billing.invoice');
      await Promise.all(visitors.map(async (each) => await each.end()));
    });

    it('leaves an account alone that has the name already', async () => {
      const wanted = wish(gate);
      await gate.admin(`CREATE USER '${wanted.principal}'@'%' IDENTIFIED BY 'Somebody-else-1'`);
      if (kind === 'mariadb') {
        await gate.admin(`INSERT INTO joblease.leases VALUES ('${wanted.principal}', 77000000000, 77000000000, '{}')`);
      }
      expect(await mint(gate, visitor, wanted)).toEqual({ ok: false, reason: 'the name of the login is taken' });
      await call(visitor, 'sweep', wanted.principal);
      await sleep(2500);
      await (await gate.login(wanted.principal, 'Somebody-else-1')).end();
      await gate.admin(`DROP USER '${wanted.principal}'@'%'`);
    });

    it('lets a lease with a heartbeat renew itself, and never past its end', async () => {
      const wanted = await minted({ ttl: 65, heartbeat: 60 });
      const lease = await loginAs(wanted);
      const [before] = await gate.admin(
        `SELECT expires, latest FROM joblease.lease WHERE principal = '${wanted.principal}'`,
      );
      expect(Number(before?.['latest']) - Number(before?.['expires'])).toBe(5);
      await until(async () => {
        const answer = await call(lease, 'renew_me');
        expect(answer).toMatchObject({ ok: true });
        expect(Number(answer['exp'])).toBeLessThanOrEqual(Number(before?.['latest']));
        return answer['exp'] === before?.['latest'];
      });
      expect(await exists(wanted.principal)).toBe(true);
      const [stored] = await gate.admin(
        kind === 'mysql'
          ? `SELECT attribute->'$.joblease.exp' AS exp FROM information_schema.user_attributes WHERE user = '${wanted.principal}'`
          : `SELECT reap AS exp FROM joblease.leases WHERE name = '${wanted.principal}'`,
      );
      expect(Number(stored?.['exp'])).toBe(before?.['latest']);

      await gate.admin(`CALL joblease.define_role('migrate', 'billing_rw', 3600, '[{"repository_id": "1"}]')`);
      expect(await call(lease, 'renew_me')).toMatchObject({
        ok: false,
        reason: 'no rule lets this job have the role "migrate" any more',
      });
      await gate.admin(
        `CALL joblease.define_role('migrate', 'billing_rw', 3600, joblease.rule(77001, 'refs/heads/main', NULL, 'push'))`,
      );
      await gate.admin(`UPDATE joblease.lease SET expires = 1 WHERE principal = '${wanted.principal}'`);
      const late = await call(lease, 'renew_me').catch(() => undefined);
      if (late !== undefined) expect(late).toMatchObject({ ok: false, reason: 'the lease is over' });
    });

    it('renews none that was minted without a heartbeat, and no login that is no lease', async () => {
      const lease = await loginAs(await minted());
      expect(await call(lease, 'renew_me')).toMatchObject({
        ok: false,
        reason: 'the lease was minted without a heartbeat',
      });
      const admin = await gate.adminSession();
      expect(await call(admin, 'renew_me')).toEqual({ ok: false, reason: 'this login is no lease' });
      expect(await call(admin, 'end_me')).toEqual({ ok: false, reason: 'this login is no lease' });
      await admin.end();
    });

    it('ends nobody by a name that an anonymous account lets anybody give', async () => {
      const wanted = await minted();
      await gate.admin("CREATE USER ''@'localhost'");
      await gate.admin("CREATE USER ''@'127.0.0.1'");
      try {
        await gate.admin("GRANT EXECUTE ON PROCEDURE joblease.end_me TO ''@'127.0.0.1'");
        await gate.admin("GRANT EXECUTE ON PROCEDURE joblease.end_me TO ''@'localhost'");
        const liar = await gate.login(wanted.principal, '');
        expect(await call(liar, 'end_me')).toEqual({ ok: false, reason: 'this login is no lease' });
        await liar.end();
      } finally {
        await gate.admin("DROP USER ''@'localhost', ''@'127.0.0.1'");
      }
      await (await loginAs(wanted)).end();
    });

    it('ends leases by a token of their own job, and of the sweeper, which may list them', async () => {
      const [own, others] = [await minted(), await minted()];
      const end = async (principals: string[], claims = {}): ReturnType<typeof call> =>
        await call(
          visitor,
          'end_leases',
          gate.issuer.token(gate.audience(['end', ...principals]), claims),
          principals.join(','),
        );
      expect(await end([own.principal], { run_id: '5' })).toMatchObject({ ok: false, failed: own.principal });
      await (await loginAs(own)).end();
      expect(await end([own.principal])).toMatchObject({ ok: true, ended: own.principal });
      expect(await failureOf(loginAs(own))).toBeInstanceOf(Error);

      const list = async (): ReturnType<typeof call> =>
        await call(visitor, 'list', gate.issuer.token(gate.audience(['list', '']), asSweeper), '');
      expect(await list()).toMatchObject({ ok: false, reason: 'no rule makes this job the sweeper' });
      await gate.admin(`CALL joblease.configure('sweeper', '${sweeperRule}')`);
      const { leases } = (await list()) as unknown as {
        leases: { principal: string; record: object; over: boolean }[];
      };
      expect(leases.find(({ principal }) => principal === others.principal)).toMatchObject({
        over: false,
        record: { repo: 'octo/app' },
      });
      expect(await end([others.principal, wish(gate).principal], asSweeper)).toMatchObject({ ok: true });
      expect(await failureOf(loginAs(others))).toBeInstanceOf(Error);

      const rows = await call(visitor, 'read_audit', gate.issuer.token(gate.audience(['audit', 0]), asSweeper), 0);
      const kinds = (rows['rows'] as { what: string }[]).map(({ what }) => what);
      expect(kinds).toEqual(expect.arrayContaining(['mint', 'end', 'end refused', 'list refused', 'define role']));
    });

    it('counts the leases of a repository', async () => {
      await gate.admin("CALL joblease.configure('max_live', '1')");
      await minted({}).catch(() => undefined);
      const answer = await mint(gate, visitor, wish(gate));
      await gate.admin("CALL joblease.configure('max_live', '200')");
      expect(answer['reason']).toMatch(/^the repository has \d+ leases already$/);
    });

    it('stops minting a role that is dropped, and ends its leases where that is asked for', async () => {
      const rules = '[{"repository_id": "77001"}]';
      await gate.admin(`CALL joblease.define_role('other', 'billing_rw', 60, '${rules}')`);
      const wanted = await minted({ role: 'other', ttl: 0 });
      const roles = await procedure(await gate.adminSession(), 'CALL joblease.roles()');
      expect(roles).toContainEqual(expect.objectContaining({ name: 'other', groups: '`billing_rw`', live: 1 }));
      await gate.admin("CALL joblease.drop_role('other', TRUE)");
      expect(await mint(gate, visitor, wish(gate, { role: 'other', ttl: 0 }))).toMatchObject({
        reason: 'no rule lets this job have the role "other"',
      });
      await until(async () => !(await exists(wanted.principal)));
    });

    it('takes a new signing key by a token of the keeper, after a delay; an administrator does it at once', async () => {
      const next = newIssuer(`next-${kind}`);
      const keeperWorkflow = 'octo/ops/.github/workflows/gate-keys.yml@refs/heads/main';
      const asKeeper = { repository_id: '77002', job_workflow_ref: keeperWorkflow };
      const add = async (claims: object, by = gate.issuer): ReturnType<typeof call> =>
        await call(
          visitor,
          'add_key',
          by.token(gate.audience(['key', next.kid, next.n]), { ...claims }),
          next.kid,
          next.n,
        );
      expect(await add(asKeeper)).toMatchObject({ reason: 'no rule makes this job the keeper of the keys' });
      await gate.admin(
        `CALL joblease.configure('keeper', '[{"repository_id": "77002", "job_workflow_ref": "${keeperWorkflow}"}]')`,
      );
      expect(await add({})).toMatchObject({ reason: 'no rule makes this job the keeper of the keys' });
      expect(await add(asKeeper, next)).toMatchObject({ reason: `the gate does not know the signing key ${next.kid}` });
      const added = await add(asKeeper);
      expect(added).toMatchObject({ ok: true, sha256: next.sha256 });
      expect(await add(asKeeper)).toEqual(added);
      const [now] = await gate.admin('SELECT UNIX_TIMESTAMP() AS now');
      expect(Number(added['from']) - Number(now?.['now'])).toBeGreaterThan(86_000);

      const wanted = wish(gate);
      const token = next.token(gate.audience(linesOf(wanted)));
      expect(await mintWith(visitor, wanted, token)).toMatchObject({
        reason: `the gate does not know the signing key ${next.kid}`,
      });
      const other = newIssuer(next.kid);
      const stolen = gate.issuer.token(gate.audience(['key', next.kid, other.n]), asKeeper);
      expect(await call(visitor, 'add_key', stolen, next.kid, other.n)).toMatchObject({
        reason: 'the gate knows another key by this id',
      });
      await gate.admin(`CALL joblease.trust_key('${next.kid}', '${next.n}')`);
      expect(await mintWith(visitor, wanted, token)).toMatchObject({ ok: true });
      expect(await call(visitor, 'hello')).toMatchObject({ name: gate.name, keys: { [next.kid]: next.sha256 } });
      await gate.admin(`CALL joblease.drop_key('${next.kid}')`);
      expect(await mint({ ...gate, issuer: next }, visitor, wish(gate))).toMatchObject({ ok: false });
    });

    it('is upgraded by running its file again, which keeps roles, keys and live leases', async () => {
      const wanted = await minted({ heartbeat: 60 });
      const admin = await gate.adminSession();
      await admin.query(gate.script());
      await admin.query(
        'ALTER EVENT joblease.reaper ON SCHEDULE EVERY 1 SECOND; ALTER EVENT joblease.clock ON SCHEDULE EVERY 1 SECOND',
      );
      await minted();
      const lease = await loginAs(wanted);
      expect(await call(lease, 'renew_me')).toMatchObject({ ok: true });
      await endItself(lease);
      expect(await call(visitor, 'hello')).toMatchObject({ name: gate.name });

      await admin.query('UPDATE joblease.settings SET version = 99');
      expect(await failureOf(admin.query(gate.script()))).toMatchObject({
        message: 'joblease: a newer gate is installed; this file would downgrade it',
      });
      await admin.query('UPDATE joblease.settings SET version = 1');
      await minted();
      await admin.end();
    });
  });
}
