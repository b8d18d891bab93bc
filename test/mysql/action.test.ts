/** actions/mysql and actions/mariadb as a workflow uses them, in the emulator, on real servers. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTarget, type MysqlTarget } from '../contract/mysql-target.ts';
import { runSteps } from '../runner/index.ts';
import type { JsonMap } from '../runner/template.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';

const servers = [
  { kind: 'mysql' as const, server: findMysql() },
  { kind: 'mariadb' as const, server: findMariadb() },
];

function mintStep(kind: string, inputs: Record<string, string> = {}): JsonMap {
  return {
    uses: `OWNER/joblease/actions/${kind}@v1`,
    id: 'db',
    with: { root: '${{ secrets.ROOT }}', 'member-of': 'billing_rw', ttl: '5m', ...inputs },
  };
}

for (const { kind, server } of servers) {
  if (server === undefined) {
    skipped(kind);
    continue;
  }

  describe(`actions/${kind} on ${server.name}`, () => {
    let target: MysqlTarget;
    beforeAll(async () => {
      target = await startTarget(kind, server);
    });
    afterAll(async () => {
      await target[Symbol.asyncDispose]();
    });

    it('exports what clients read, masks it, and revokes in its post step', async () => {
      const steps = [
        mintStep(kind, { 'export-env': 'true' }),
        { run: 'echo "$MYSQL_HOST:$MYSQL_TCP_PORT $MYSQL_USER $MYSQL_PWD $MYSQL_DATABASE $DATABASE_URL"' },
      ];
      const result = await runSteps(steps, { secrets: { ROOT: target.root } }).done;
      expect(result).toMatchObject({ conclusion: 'success', annotations: [] });
      const outputs = result.steps.find(({ id, phase }) => id === 'db' && phase === 'main')?.outputs ?? {};
      expect(result.log).toContain(`${target.host}:${target.port} ${outputs['principal']} *** billing ***`);
      expect(result.log).not.toContain(outputs['password']);
      expect(result.log).toMatch(/: revoked\./);
      expect(outputs).toMatchObject({ 'expiry-class': 'full', database: 'billing', username: outputs['principal'] });
      await expect(target.login(outputs)).rejects.toThrow();
      expect(await target.exists(outputs['principal'] ?? '')).toBe(false);
    });

    it('leaves nothing when the job is cancelled in the middle of the mint', async () => {
      const before = await target.accounts();
      await target.admin("GRANT SELECT ON billing.* TO 'joblease'@'%'");
      const run = runSteps([mintStep(kind, { 'creation-statements': 'DO SLEEP(20)' })], {
        secrets: { ROOT: target.root },
      });
      for (;;) {
        const rows = await target.admin("SELECT id FROM information_schema.processlist WHERE info LIKE 'DO SLEEP%'");
        if (rows.length > 0) break;
      }
      run.cancel();
      const result = await run.done;
      expect(result.conclusion).toBe('cancelled');
      expect(await target.accounts()).toEqual(before);
      expect(await target.admin("SELECT id FROM information_schema.processlist WHERE info LIKE 'DO SLEEP%'")).toEqual(
        [],
      );
    });

    it('lets the lease end itself when root no longer works in the post step', async () => {
      const { root } = target;
      const steps = [mintStep(kind), { run: 'true', id: 'rotate' }];
      const run = runSteps(steps, {
        secrets: { ROOT: root },
        onStep: async ({ step, phase, event }) => {
          if (step !== 'rotate' || phase !== 'main' || event !== 'end') return;
          await target.admin(`ALTER USER 'joblease'@'%' IDENTIFIED BY 'rotated-away'`);
        },
      });
      const result = await run.done;
      const outputs = result.steps.find(({ id, phase }) => id === 'db' && phase === 'main')?.outputs ?? {};
      const principal = outputs['principal'] ?? '';
      await target.admin(`ALTER USER 'joblease'@'%' IDENTIFIED BY '${target.rootSecret}'`);
      expect(result.log).toContain('its password was scrambled and its sessions ended, but a login that was under way');
      expect(result.log).not.toContain('can no longer be used');
      await expect(target.login(outputs)).rejects.toThrow();
      await target.admin(`DROP USER '${principal}'@'%'`);
    });

    it('does not say that a lease can no longer be used which has changed its password, when root is refused too', async () => {
      const steps = [mintStep(kind), { run: 'true', id: 'change' }];
      const run = runSteps(steps, {
        secrets: { ROOT: target.root },
        onStep: async ({ step, phase, event }) => {
          if (step !== 'change' || phase !== 'main' || event !== 'end') return;
          const lease = (await target.accounts()).find((name) => name.startsWith('jl_')) ?? '';
          await target.admin(`ALTER USER 'joblease'@'%' IDENTIFIED BY 'rotated-away';
            ALTER USER '${lease}'@'%' IDENTIFIED BY 'changed-One-123'`);
        },
      });
      const result = await run.done;
      const outputs = result.steps.find(({ id, phase }) => id === 'db' && phase === 'main')?.outputs ?? {};
      await target.admin(`ALTER USER 'joblease'@'%' IDENTIFIED BY '${target.rootSecret}'`);
      expect(result.log).toContain('could not be revoked, so its credential may still work');
      expect(result.log).not.toContain('can no longer be used');
      expect(result.summary).toContain('<td>failed</td>');
      await target.admin(`DROP USER '${outputs['principal'] ?? ''}'@'%'`);
    });

    it('does not take a refused login for an ended session', async () => {
      const right = kind === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN';
      await target.admin(`REVOKE ${right}, PROCESS ON *.* FROM 'joblease'@'%'`);
      const result = await runSteps([mintStep(kind)], { secrets: { ROOT: target.root } }).done;
      await target.admin(`GRANT ${right}, PROCESS ON *.* TO 'joblease'@'%'`);
      // Root has locked the account, but can end no session; and the lease itself cannot log in any more.
      expect(result.log).toContain('could not be revoked, so its credential may still work');
      expect(result.summary).toContain('<td>failed</td>');
      const outputs = result.steps.find(({ id, phase }) => id === 'db' && phase === 'main')?.outputs ?? {};
      await target.admin(`DROP USER '${outputs['principal'] ?? ''}'@'%'`);
    });

    it('warns of an account without any right, and says of every other where it is and what for', async () => {
      const options = { secrets: { ROOT: target.root } };
      const poor = await runSteps([mintStep(kind, { 'member-of': '', verify: 'false' })], options).done;
      expect(poor.conclusion).toBe('success');
      expect(poor.annotations.map(({ message }) => message).join()).toContain(
        'Neither "member-of" nor "creation-statements" is given',
      );
      const { log, summary } = await runSteps([mintStep(kind)], options).done;
      expect(log).toContain(`Role: billing_rw; Host: ${target.host}:${target.port}; Database: billing`);
      for (const text of ['billing_rw', `${target.host}:${target.port}`, 'billing']) {
        expect(summary).toContain(`<td>${text}</td>`);
      }
    });

    it('shows with debug logging how the server was reached, and no secret', async () => {
      const { log, rawOutput, steps } = await runSteps([mintStep(kind)], {
        secrets: { ROOT: target.root },
        debug: true,
      }).done;
      for (const who of ['root', 'verify']) {
        expect(log).toMatch(
          new RegExp(`##\\[debug\\]${who}: ${target.host}:${target.port}; ssl-mode=\\w+: .*; the server`),
        );
      }
      for (const step of ['open', 'mint', 'verify', 'revoke']) expect(log).toMatch(new RegExp(`${step}: \\d+ ms`));
      const { password = '', url = '' } = steps.find(({ phase }) => phase === 'main')?.outputs ?? {};
      const debugged = rawOutput.split('\n').filter((line) => line.startsWith('::debug'));
      for (const secret of [password, url, target.rootSecret, target.root]) {
        for (const form of [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]) {
          expect(debugged.join('\n')).not.toContain(form);
          expect(log).not.toContain(form);
        }
      }
    });

    it('fails on a wrong input at once, naming it', async () => {
      const result = await runSteps([mintStep(kind, { 'host-pattern': "%' x" })], { secrets: { ROOT: target.root } })
        .done;
      expect(result.annotations.map(({ message }) => message).join()).toContain('Input "host-pattern"');
      expect(result.conclusion).toBe('failure');
    });
  });
}
