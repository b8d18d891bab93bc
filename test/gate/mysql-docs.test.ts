/** What docs/keyless.md tells an administrator of MySQL or MariaDB to paste, pasted on a fresh server. */
import { expect, it } from 'vitest';
import { block } from '../docs/blocks.ts';
import { findMysqlWay } from '../docs/servers.ts';

const installs = {
  mysql: block('docs/keyless.md § Install on MySQL or MariaDB sh #1'),
  mariadb: block('docs/keyless.md § Install on MySQL or MariaDB sh #2'),
};
const steps = [
  block('docs/keyless.md § The first role on MySQL or MariaDB sql #1'),
  block('docs/keyless.md § Signing keys and the sweeper on MySQL or MariaDB sql #1'),
  block('docs/keyless.md § Signing keys and the sweeper on MySQL or MariaDB sql #2'),
];

for (const kind of ['mysql', 'mariadb'] as const) {
  const start = findMysqlWay(kind);
  it.runIf(start !== undefined)(
    `docs/keyless.md on ${kind} leads from nothing to a role, and back to nothing`,
    async () => {
      if (start === undefined) throw new Error(`there is no ${kind}`);
      await using way = await start();
      await way.query('CREATE ROLE billing_rw');
      way.desk.paste(installs[kind]);
      for (const step of steps) way.desk.pasteInto(kind, step);
      const [role] = await way.query('SELECT name, group_roles, max_ttl, allow FROM joblease.role');
      expect(role).toMatchObject({ name: 'migrate', group_roles: '`billing_rw`', max_ttl: 1800 });
      expect(JSON.parse(String(role?.['allow']))).toEqual([
        { repository_id: '77001', environment: 'production', event_name: ['push', 'workflow_dispatch'] },
      ]);
      expect(
        await way.query(
          'SELECT login_hash IS NOT NULL AS healed, keeper IS NOT NULL AS kept, sweeper IS NOT NULL AS swept FROM joblease.settings',
        ),
      ).toEqual([{ healed: 1, kept: 1, swept: 1 }]);

      way.desk.paste(`${kind} <sql/${kind}/gate-remove.sql`);
      const accounts = "'joblease_gate', 'joblease_definer', 'joblease_lease'";
      expect(await way.query(`SELECT User FROM mysql.user WHERE User IN (${accounts})`)).toEqual([]);
      const tables = await way.query(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'joblease' ORDER BY 1",
      );
      expect(tables.map(({ name }) => name)).toEqual(['heartbeat', ...(kind === 'mariadb' ? ['leases'] : []), 'round']);
      const routines = await way.query(
        "SELECT routine_name AS name FROM information_schema.routines WHERE routine_schema = 'joblease'",
      );
      expect(routines.map(({ name }) => name)).toContain('reap');
      expect(routines.map(({ name }) => name)).not.toContain('mint');
    },
  );
}
