/** PostgreSQL's own scheduler ends what is over with nobody else left: pg_cron, where the machine has it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { lacking } from '../services/lacking.ts';
import { installedPostgres } from '../services/postgres.ts';
import { skipped } from '../services/skipped.ts';
import { block } from '../docs/blocks.ts';
import { refusal, rows, startGate } from './postgres-gate.ts';

const withCron = installedPostgres().filter(({ bin }) => existsSync(join(bin, '..', 'lib', 'pg_cron.so')));
if (withCron.length === 0) {
  lacking('pg_cron');
  skipped('pg_cron');
}

describe.each(withCron)('pg_cron on PostgreSQL $version', ({ bin }) => {
  it('ends a session within a minute of its end, and the mint knows', { timeout: 300_000 }, async () => {
    const settings = {
      shared_preload_libraries: 'pg_cron',
      'cron.database_name': 'postgres',
      'cron.use_background_workers': 'on',
      'cron.timezone': 'UTC',
    };
    await using gate = await startGate({ bin, settings });
    const cron = await gate.root('postgres');
    expect((await gate.mint()).answer['clock']).toBeNull();
    await cron.query(block('docs/keyless.md § The clock sql #1'));
    const lease = await gate.mint({ ttl: 2 });
    const session = await gate.enter(lease, 'billing');
    const ended = async (): Promise<boolean> => (await refusal(session.query('SELECT 1'))) !== undefined;
    const started = Date.now();
    while (!(await ended())) {
      expect(Date.now() - started).toBeLessThan(66_000);
      await sleep(200);
    }
    await sleep(500);
    expect(await rows(gate.admin, 'SELECT FROM pg_roles WHERE rolname = $1', [lease.principal])).toEqual([]);
    // The second round, of which an interval can be told.
    while ((await gate.mint()).answer['clock'] === null) {
      expect(Date.now() - started).toBeLessThan(140_000);
      await sleep(1000);
    }
    expect(Number((await gate.mint()).answer['clock'])).toBeGreaterThan(50);
    expect(Number((await gate.mint()).answer['clock'])).toBeLessThan(70);
  });
});
