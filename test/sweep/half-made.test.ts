/** What mints and revocations leave that did not get to their end, found and ended by the sweep. */
import { describe, expect, it } from 'vitest';
import { newPrincipal } from '../../src/lease/name.ts';
import { encodeRecord, type LeaseRecord } from '../../src/lease/record.ts';
import type { Finding } from '../../src/sweep/report.ts';
import { sweep } from '../../src/sweep/sweep.ts';
import { boundary, everything, startAwsTarget } from '../contract/aws-target.ts';
import { draft, job, open, type ContractTarget } from '../contract/contract.ts';
import { startTarget } from '../contract/mysql-target.ts';
import { postgresServers } from '../contract/postgres-target.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { counts, targetOf, terms } from './run.ts';

async function sweepOf(target: ContractTarget): Promise<Finding[]> {
  const findings: Finding[] = [];
  await sweep(await targetOf(target), terms(findings));
  return findings;
}

function record(exp: number): string {
  const whole: LeaseRecord = { v: 1, ...job, role: 'job', iat: exp - 600, exp, max: exp };
  return encodeRecord(whole);
}

const hourAgo = (): number => Math.floor(Date.now() / 1000) - 3600;

const mysql = findMysql();
const mariadb = findMariadb();

describe('PostgreSQL', () => {
  it('drops a disabled role once what it owned is gone', async () => {
    const [embedded] = postgresServers();
    if (embedded === undefined) throw new Error('the embedded PostgreSQL is always there');
    await using target = await embedded.start();
    const lease = draft();
    {
      await using session = await open(target, { inputs: { 'member-of': '' } });
      await session.mint(lease);
      // Its own schema has no heir to go to.
      await target.admin(`CREATE SCHEMA AUTHORIZATION ${lease.principal}`, 'billing');
      expect(await session.revoke(lease.principal)).toMatchObject({ outcome: 'disabled' });
    }
    const shell = await sweepOf(target);
    expect(counts(shell)).toEqual({ disabled: 1 });
    expect(shell[0]).toMatchObject({
      reason: expect.stringContaining('it cannot be dropped') as string,
      usable: false,
    });
    await target.admin(`DROP SCHEMA ${lease.principal}`, 'billing');
    expect(counts(await sweepOf(target))).toEqual({ revoked: 1 });
    expect(await target.exists(lease.principal)).toBe(false);
  });
});

describe.skipIf(mysql === undefined)('MySQL', () => {
  it('drops an account that a mint left without a record, and a locked one once its view is gone', async () => {
    if (mysql === undefined) throw new Error('there is no MySQL');
    await using target = await startTarget('mysql', mysql);
    await target.admin('ALTER EVENT joblease.reaper DISABLE');
    const left = newPrincipal('job', new Date(hourAgo() * 1000));
    const fresh = newPrincipal('job', new Date(Date.now() + 600_000));
    const definer = draft();
    {
      await using session = await open(target);
      const { outputs } = await session.mint(definer);
      await using client = await target.login(outputs);
      await client.client.query('CREATE VIEW billing.mine AS SELECT 1 AS one');
      expect(await session.revoke(definer.principal)).toMatchObject({ outcome: 'disabled' });
    }
    await target.admin(`CREATE USER ${left}@'%', ${fresh}@'%'`);
    expect(counts(await sweepOf(target))).toEqual({ revoked: 1, disabled: 1, live: 1 });
    expect(await target.exists(left)).toBe(false);
    // It may be just being made.
    expect(await target.exists(fresh)).toBe(true);
    await target.admin(`DROP VIEW billing.mine; DROP USER ${fresh}@'%'`);
    expect(counts(await sweepOf(target))).toEqual({ revoked: 1 });
    expect(await target.exists(definer.principal)).toBe(false);
    await target.admin('ALTER EVENT joblease.reaper ENABLE');
  });
});

describe.skipIf(mariadb === undefined)('MariaDB', () => {
  it('forgets a record whose account was never made, and drops an account that has none', async () => {
    if (mariadb === undefined) throw new Error('there is no MariaDB');
    await using target = await startTarget('mariadb', mariadb);
    await target.admin('ALTER EVENT joblease.reaper DISABLE');
    const exp = hourAgo();
    const [announced, bare] = [newPrincipal('job', new Date(exp * 1000)), newPrincipal('job', new Date(exp * 1000))];
    await target.admin(
      `INSERT INTO joblease.leases (name, exp, reap, record) VALUES ('${announced}', ${exp}, ${exp}, '${record(exp)}');
       CREATE USER ${bare}@'%'`,
    );
    expect(counts(await sweepOf(target))).toEqual({ absent: 1, revoked: 1 });
    expect(await target.admin(`SELECT name FROM joblease.leases WHERE name LIKE 'jl%'`)).toEqual([]);
    expect(await target.exists(bare)).toBe(false);
    expect(await sweepOf(target)).toEqual([]);
    await target.admin('ALTER EVENT joblease.reaper ENABLE');
  });
});

describe('AWS', () => {
  it('deletes a user whose key has no guard, and one that has neither tags nor key', async () => {
    await using target = await startAwsTarget();
    const { account } = target.server;
    const names = [0, 1].map(() => newPrincipal('job', new Date(hourAgo() * 1000)));
    for (const name of names) account.addUser(name, { path: '/joblease/', boundary });
    const unguarded = account.findUser(names[0] ?? '');
    if (unguarded === undefined) throw new Error('the user is not there');
    unguarded.inline.set('joblease', JSON.stringify(everything));
    account.addKey(unguarded);
    expect(counts(await sweepOf(target))).toEqual({ revoked: 2 });
    expect([...account.users.keys()]).toEqual(['joblease']);
  });
});
