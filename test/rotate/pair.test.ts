/** The SQL in docs/rotate-root.md makes two logins of which each manages what the other minted, before and after a rotation. */
import { expect, it } from 'vitest';
import { draft, open, type ContractTarget } from '../contract/contract.ts';
import { startTarget } from '../contract/mysql-target.ts';
import { postgresServers } from '../contract/postgres-target.ts';
import { read } from '../docs/tree.ts';
import { findMysql } from '../services/mysql.ts';
import { rotate, startRepository } from './rotation.ts';

const password = 'chosen-Root-0123456789';

/** The first block of SQL below a heading, with a password in place of each "…". */
function sqlBelow(heading: string): string {
  const [, rest = ''] = read('docs/rotate-root.md').split(`\n### ${heading}\n`);
  const block = /```sql\n([\s\S]*?)```/.exec(rest)?.[1];
  if (block === undefined) throw new Error(`there is no SQL below ${heading}`);
  return block.replaceAll('…', password);
}

/** @returns how the lease of each round ended, minted by one login and revoked by the other */
async function eachManagesTheOthers(
  target: ContractTarget,
  inputs: Record<string, string>,
  port: number,
): Promise<string[]> {
  const lines = ['joblease_a', 'joblease_b'].map((user) => target.root.replace(/\/\/[^@]*@/, `//${user}:${password}@`));
  await using repository = await startRepository(lines.join('\n'));
  const rootInputs = Object.fromEntries(Object.entries(inputs).filter(([name]) => name === 'admin-role'));
  const outcomes: string[] = [];
  for (let round = 0; round < 3; round += 1) {
    const [first, second] = repository.stored().split('\n');
    const lease = draft();
    {
      await using session = await open(target, { root: first ?? '', inputs });
      await session.mint(lease);
    }
    await using session = await open(target, { root: second ?? '', inputs });
    outcomes.push((await session.revoke(lease.principal)).outcome);
    const { status, printed } = await rotate(
      { engine: target.engine, inputs: rootInputs, server: { host: '127.0.0.1', port } },
      repository,
      { inputs: { overlap: '0' } },
    );
    if (status !== 0) throw new Error(printed);
  }
  return outcomes;
}

const always = ['revoked', 'revoked', 'revoked'];

it('on PostgreSQL', async () => {
  const [embedded] = postgresServers();
  if (embedded === undefined) throw new Error('the embedded PostgreSQL is always there');
  await using target = await embedded.start();
  await target.admin(
    'REVOKE CONNECT ON DATABASE billing FROM PUBLIC; GRANT CONNECT ON DATABASE billing TO billing_owner',
  );
  await target.admin(sqlBelow('PostgreSQL'));
  expect(await eachManagesTheOthers(target, { 'admin-role': 'joblease_admin' }, target.port)).toEqual(always);
});

const mysqlServer = findMysql();
it.skipIf(mysqlServer === undefined)(
  'on MySQL',
  async () => {
    if (mysqlServer === undefined) return;
    await using target = await startTarget('mysql', mysqlServer);
    const drop = "DROP USER IF EXISTS 'joblease_a'@'%', 'joblease_b'@'%'";
    await target.admin(drop);
    try {
      await target.admin(sqlBelow('MySQL and MariaDB'));
      expect(await eachManagesTheOthers(target, {}, target.port)).toEqual(always);
    } finally {
      await target.admin(drop);
    }
  },
  900_000,
); // it may have to wait for another file that uses the same server
