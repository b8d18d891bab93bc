/** What the gate on MySQL and MariaDB withstands, on real servers. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../contract/contract.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { skipped } from '../services/skipped.ts';
import { githubIssuer, jobClaims, newIssuer, type Claims } from './issuer.ts';
import {
  call,
  endItself,
  linesOf,
  mainRule,
  mint,
  mintWith,
  procedure,
  startGate,
  wish,
  type Gate,
} from './mysql-gate.ts';

const seconds = (): number => Math.floor(Date.now() / 1000);
const notAToken = "it is not a token of GitHub's";
const lacking = 'the token lacks claims of a job';
const notNow = /^the token is not valid at \d\d:\d\d:\d\d UTC, by the clock of the server$/;

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
    /** What a mint with these claims, or this header, is answered. */
    const withClaims = async (claims: Claims, header?: Claims): ReturnType<typeof call> =>
      await mint(gate, visitor, wish(gate), claims, header);

    describe('refuses a token', () => {
      it.each<[string, Claims, string | RegExp]>([
        ['that has expired', { exp: seconds() - 1 }, notNow],
        ['whose end is text', { exp: '9999999999' }, lacking],
        ['whose end has a fraction', { exp: seconds() + 300.5 }, lacking],
        ['without an end', { exp: undefined }, lacking],
        ['from the future', { iat: seconds() + 3600 }, notNow],
        ['that is not valid yet', { nbf: seconds() + 3600 }, notNow],
        ['that is old, whatever its end', { iat: seconds() - 3600, exp: seconds() + 21_600 }, notNow],
        ['for a list of audiences', { aud: ['a'] }, 'the token is not for this request'],
        ['for the gate, but no request', { aud: 'joblease' }, 'the token is not for this request'],
        ['without an audience', { aud: undefined }, 'the token is not for this request'],
        [
          'of another issuer',
          { iss: 'https://token.actions.githubusercontent.com/x' },
          /^the token is from another issuer/,
        ],
        [
          'of an issuer with a blank at the end',
          { iss: 'https://token.actions.githubusercontent.com ' },
          /^the token is from another/,
        ],
        ['whose repository is a number', { repository_id: 77_001 }, lacking],
        ['whose repository ends with a line', { repository_id: '77001\n' }, lacking],
        ['whose repository ends with a blank', { repository_id: '77001 ' }, lacking],
        ['without a run', { run_id: undefined }, lacking],
        ['whose job is a list', { check_run_id: ['1'] }, lacking],
        ['with a NUL', { actor: 'a\u0000b' }, notAToken],
        ['with half a character', { actor: '\ud800' }, notAToken],
      ])('%s', async (_, claims, reason) => {
        const answer = await withClaims(claims);
        expect(answer.ok).toBe(false);
        if (typeof reason === 'string') expect(answer.reason).toBe(reason);
        else expect(answer.reason).toMatch(reason);
      });

      it.each<[string, Claims]>([
        ['HS256', { alg: 'HS256' }],
        ['none', { alg: 'none' }],
        ['rs256', { alg: 'rs256' }],
        ['RS256 and a blank', { alg: 'RS256 ' }],
        ['RS256 and a line', { alg: 'RS256\n' }],
        ['a list of algorithms', { alg: ['RS256'] }],
        ['something that must be understood', { crit: ['x'] }],
        ['no key', { kid: undefined }],
        ['a number for a key', { kid: 1 }],
      ])('whose header has %s', async (_, header) => {
        expect(await withClaims({}, header)).toEqual({ ok: false, reason: notAToken });
      });

      it.each<[string, Claims]>([
        ['another key', { kid: 'test-key-2' }],
        ['the key and a blank', { kid: 'test-key-1 ' }],
        ['the key and a line', { kid: 'test-key-1\n' }],
        ['the key in capitals', { kid: 'TEST-KEY-1' }],
      ])('whose header names %s', async (_, header) => {
        expect((await withClaims({}, header)).reason).toMatch(/^the gate does not know the signing key /);
      });

      it('that a stranger has signed under a known name', async () => {
        const stranger = { ...gate, issuer: newIssuer(gate.issuer.kid) };
        expect(await mint(stranger, visitor, wish(gate))).toEqual({ ok: false, reason: 'the signature is wrong' });
      });

      it('for any other request than its own', async () => {
        const wanted = wish(gate);
        const token = gate.issuer.token(gate.audience(linesOf(wanted)));
        const others = [
          { ...wanted, role: 'other' },
          { ...wanted, principal: wish(gate).principal },
          { ...wanted, verifier: wish(gate).verifier },
          { ...wanted, ttl: 601 },
          { ...wanted, heartbeat: 60 },
        ];
        for (const other of others) {
          expect(await mintWith(visitor, other, token)).toEqual({
            ok: false,
            reason: 'the token is not for this request',
          });
        }
        expect(await call(visitor, 'end_leases', token, wanted.principal)).toMatchObject({ ok: false });
        expect(await mintWith(visitor, wanted, token)).toMatchObject({ ok: true });
      });

      it('that says something twice, in any order and however it is written', async () => {
        const wanted = wish(gate);
        const body = JSON.stringify({ ...jobClaims(gate.audience(linesOf(wanted))), repository_id: undefined });
        const twice = [
          '"repository_id": "77001", "repository_id": "1"',
          '"repository_id": "1", "repository_id": "77001"',
          '"repository_id": "77001", "repository\\u005fid": "1"',
          '"repository\\u005fid": "1", "repository_id": "77001"',
          '"repository_id": "77001", "x": {"y": [1, {"z": ":"}]}, "x": 1',
        ];
        for (const claims of twice) {
          const token = gate.issuer.signText(`${body.slice(0, -1)}, ${claims}}`);
          expect({ claims, ...(await mintWith(visitor, wanted, token)) }).toEqual({
            claims,
            ok: false,
            reason: notAToken,
          });
        }
        // What lies deeper, and what is within a text, names nothing twice.
        const once = '"repository_id": "77001", "x": {"repository_id": [1, {"y": "a\\"b:c{["}]}';
        const token = gate.issuer.signText(`${body.slice(0, -1)}, ${once}}`);
        expect(await mintWith(visitor, wanted, token)).toMatchObject({ ok: true });
      });

      it('that is none, or is not written as one', async () => {
        const wanted = wish(gate);
        const token = gate.issuer.token(gate.audience(linesOf(wanted)));
        const [header = '', body = '', signature = ''] = token.split('.');
        const texts = [
          '',
          '..',
          'x.y.z',
          `${header}.${body}.`,
          `${header}.${body}`,
          `${token}.x`,
          `${token}=`,
          ` ${token}`,
          `${token}\n`,
          token.replace('.', '. '),
          `${header}.${body}.${signature.replace(/^./, 'ſ')}`,
          `${header}.${body}.${signature.slice(1)}`,
          `${header}.${body.slice(0, -1)}.${signature}`,
          `${Buffer.from('[]').toString('base64url')}.${body}.${signature}`,
          `${header}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${signature}`,
        ];
        for (const text of texts)
          expect({ text, ...(await mintWith(visitor, wanted, text)) }).toMatchObject({ text, ok: false });
        expect(await call(visitor, 'mint', null, 'migrate', wanted.principal, wanted.verifier, 600, 0)).toMatchObject({
          ok: false,
        });
      });

      it('of a megabyte, and any other argument of that size, soon', async () => {
        const wanted = wish(gate);
        const huge = 'a'.repeat(1_000_000);
        expect(await mintWith(visitor, wanted, `${huge}.${huge}.${huge}`)).toEqual({ ok: false, reason: notAToken });
        for (const name of ['role', 'principal', 'verifier'] as const) {
          const answer = mintWith(visitor, { ...wanted, [name]: huge }, 'x.y.z');
          expect(await answer.catch(() => ({ ok: false }))).toMatchObject({ ok: false });
        }
        expect(await mint(gate, visitor, wanted)).toMatchObject({ ok: true });
      });
    });

    it.each([
      { principal: 'root' },
      { principal: 'jl_0000000_job_0123456789abc\n' },
      { principal: 'jl_0000000_job_0123456789abc ' },
      { principal: "jl_0000000_job_0123456789ab'" },
      { principal: 'JL_0000000_job_0123456789abc' },
      { verifier: 'password' },
      { verifier: "*0000000000000000000000000000000000000000' IDENTIFIED BY 'x" },
      { verifier: '*000000000000000000000000000000000000000\n' },
      { role: 'migrate ' },
      { role: "migrate'" },
      { role: 'no-such-role' },
      { ttl: -1 },
      { ttl: 3601 },
      { heartbeat: -1 },
      { heartbeat: 59 },
      { heartbeat: 3601 },
    ])('refuses a request with %o, which makes nothing', async (changes) => {
      const wanted = wish(gate, changes);
      const before = await gate.admin('SELECT User FROM mysql.user ORDER BY 1');
      expect(await mint(gate, visitor, wanted)).toMatchObject({ ok: false });
      expect(await gate.admin('SELECT User FROM mysql.user ORDER BY 1')).toEqual(before);
    });

    describe('rules', () => {
      it.each([
        ['[]', 'array of objects'],
        ['{}', 'array of objects'],
        ['[1]', 'array of objects'],
        ['nonsense', 'array of objects'],
        ['[{}]', 'must pin'],
        ['[{"ref": "refs/heads/main"}]', 'must pin'],
        ['[{"repository": "octo/app"}]', 'must pin'],
        ['[{"repository_id": "1"}, {"ref": "refs/heads/main"}]', 'must pin'],
        ['[{"repository_id": "*"}]', 'number in quotes'],
        ['[{"repository_id": ["1", "2*"]}]', 'number in quotes'],
        ['[{"repository_id": 1}]', 'must be text'],
        ['[{"repository_id": "1", "ref": []}]', 'must be text'],
        ['[{"repository_id": "1", "ref": {"a": "b"}}]', 'must be text'],
        ['[{"repository_id": "1", "repository_id": "2"}]', 'twice'],
        [String.raw`[{"repository_id": "1", "r\u0065f": "x", "ref": "y"}]`, ''],
        [String.raw`[{"repository_id": "1", "ref": "a\\Eb*"}]`, 'backslash'],
        ['[{"repository_id": "1", "a b": "x"}]', 'does not exist'],
      ])('%s is refused', async (rules, reason) => {
        const admin = await gate.adminSession();
        const define = admin.query("CALL joblease.define_role('bad', 'billing_rw', 60, ?)", [rules]);
        expect((await failureOf(define)) as Error).toMatchObject({
          message: expect.stringContaining(reason) as string,
        });
        await admin.end();
      });

      it('admit nobody whom they do not name', async () => {
        const admin = await gate.adminSession();
        const define = async (rule: object): Promise<void> =>
          void (await admin.query("CALL joblease.define_role('globs', 'billing_rw', 60, ?)", [
            JSON.stringify([{ repository_id: '77001', ...rule }]),
          ]));
        const admits = async (claims: Claims): Promise<boolean> =>
          (await mint(gate, visitor, wish(gate, { role: 'globs', ttl: 60 }), claims)).ok;

        await define({ ref: 'refs/heads/main', event_name: ['push', 'workflow_dispatch'] });
        expect(await admits({ event_name: 'workflow_dispatch' })).toBe(true);
        for (const claims of [
          { event_name: 'pull_request_target' },
          { event_name: undefined },
          { event_name: ['push'] },
          { ref: 'refs/heads/main ' },
          { ref: 'refs/heads/main\n' },
          { ref: 'refs/heads/Main' },
          { ref: 'refs/heads/maın' },
          { ref: 'refs/heads/máin' },
          { repository_id: '77002' },
          { repository_id: '077001' },
        ]) {
          expect([claims, await admits(claims)]).toEqual([claims, false]);
        }

        await define({ ref: 'refs/heads/release-*' });
        expect(await admits({ ref: 'refs/heads/release-1.2' })).toBe(true);
        for (const ref of ['release-1/x', 'release-1@x', 'release-1:x', 'release-1\n', 'RELEASE-1', 'xrelease-1']) {
          expect([ref, await admits({ ref: `refs/heads/${ref}` })]).toEqual([ref, false]);
        }
        await define({ job_workflow_ref: 'octo/app/.github/workflows/*@refs/heads/main' });
        expect(
          await admits({ job_workflow_ref: 'octo/app/.github/workflows/a.yml@refs/heads/evil@refs/heads/main' }),
        ).toBe(false);
        await define({ ref: 'refs/heads/**' });
        expect(await admits({ ref: 'refs/heads/a/b' })).toBe(true);
        expect(await admits({ ref: 'refs/heads/a@b' })).toBe(false);
        // What means something to a regular expression means nothing here.
        await define({ ref: 'refs/heads/a.*[b]' });
        expect(await admits({ ref: 'refs/heads/a.x[b]' })).toBe(true);
        expect(await admits({ ref: 'refs/heads/axxb' })).toBe(false);
        await admin.end();
      });

      it('hand out no role that could change the gate or accounts', async () => {
        await gate.admin(`CREATE ROLE gate_strong; GRANT CREATE USER ON *.* TO gate_strong; CREATE ROLE gate_outer;
          GRANT gate_strong TO gate_outer`);
        try {
          for (const group of ['gate_strong', 'gate_outer', 'joblease_definer', 'no_such_role']) {
            const refused = gate.admin(`CALL joblease.define_role('strong', '${group}', 60, '${mainRule}')`);
            expect([group, await failureOf(refused)]).toMatchObject([group, { sqlState: '45000' }]);
          }
        } finally {
          await gate.admin('DROP ROLE gate_strong, gate_outer');
        }
      });
    });

    describe('does not mind a caller who', () => {
      const settings = [
        'SET timestamp = 2000000000',
        'SET timestamp = 1',
        "SET time_zone = '+13:00'",
        "SET sql_mode = ''",
        "SET sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,NO_ZERO_DATE,PAD_CHAR_TO_FULL_LENGTH'",
        "SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,IGNORE_SPACE,HIGH_NOT_PRECEDENCE,NO_UNSIGNED_SUBTRACTION'",
        'SET NAMES latin1',
        'SET NAMES gbk',
        'SET NAMES utf8mb4 COLLATE utf8mb4_turkish_ci',
        'SET collation_connection = utf16_general_ci',
        'SET autocommit = 0',
        'SET autocommit = 0, completion_type = 1',
        'SET completion_type = 2',
        'START TRANSACTION READ ONLY',
        'START TRANSACTION WITH CONSISTENT SNAPSHOT',
        'SET SESSION TRANSACTION READ ONLY',
        'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE, READ ONLY',
        'SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED',
        'SET sql_big_selects = 0, max_join_size = 1',
        'SET sql_safe_updates = 1',
        'SET sql_auto_is_null = 1, insert_id = 9223372036854775807',
        'SET last_insert_id = 9, unique_checks = 0, foreign_key_checks = 0',
        'SET div_precision_increment = 0',
        'SET group_concat_max_len = 4',
        'SET max_heap_table_size = 16384, tmp_table_size = 1024',
        'SET max_sort_length = 4',
        'SET lock_wait_timeout = 1, innodb_lock_wait_timeout = 1',
        'SET optimizer_search_depth = 0, rand_seed1 = 1, rand_seed2 = 1',
        kind === 'mysql' ? 'SET max_execution_time = 1' : 'SET max_statement_time = 50',
        kind === 'mysql'
          ? 'SET eq_range_index_dive_limit = 1'
          : 'SET check_constraint_checks = 0, sql_if_exists = 1, max_error_count = 0',
        "PREPARE joblease_statement FROM 'SELECT 1'; SET @joblease_sql = 'SELECT 1'",
      ];
      it.each(settings)('says %s', async (setting) => {
        const caller = await gate.visitor();
        await caller.query(setting);
        const wanted = wish(gate);
        const answer = await mint(gate, caller, wanted);
        expect(answer).toMatchObject({ ok: true });
        expect(Math.abs(Number(answer['iat']) - seconds())).toBeLessThan(5);
        expect(Number(answer['exp']) - Number(answer['iat'])).toBe(600);
        expect(await mint(gate, caller, wish(gate), { exp: seconds() - 1 })).toMatchObject({ ok: false });
        const lease = await gate.login(wanted.principal, wanted.password);
        await lease.query('SELECT COUNT(*) FROM billing.invoice');
        await lease.query(setting);
        await endItself(lease);
        expect(await failureOf(gate.login(wanted.principal, wanted.password))).toBeInstanceOf(Error);
        await caller.query(setting).catch(() => undefined);
        expect(await call(caller, 'sweep', wanted.principal)).toMatchObject({ ok: true, state: 'gone' });
        caller.destroy();
      });

      it('keeps its own mint open: nothing stays locked for others', async () => {
        const holders = await Promise.all([gate.visitor(), gate.visitor()]);
        for (const [i, holder] of holders.entries()) {
          await holder.query(i === 0 ? 'SET autocommit = 0' : 'START TRANSACTION');
          expect(await mint(gate, holder, wish(gate))).toMatchObject({ ok: true });
          await holder.query('SET autocommit = 0');
          await call(holder, 'sweep', null);
          await call(holder, 'hello');
        }
        const wanted = wish(gate, { ttl: 2 });
        expect(await mint(gate, visitor, wanted)).toMatchObject({ ok: true });
        for (const started = Date.now(); Date.now() - started < 30_000; await sleep(100)) {
          if ((await gate.admin(`SELECT User FROM mysql.user WHERE User = '${wanted.principal}'`)).length === 0) break;
        }
        expect(await gate.admin(`SELECT User FROM mysql.user WHERE User = '${wanted.principal}'`)).toEqual([]);
        for (const holder of holders) holder.destroy();
      });

      it('is in an XA transaction: it is refused, and holds nothing', async () => {
        const holder = await gate.visitor();
        await holder.query("XA START 'held'");
        const wanted = wish(gate);
        expect(await failureOf(mint(gate, holder, wanted))).toMatchObject({ errno: 1399 });
        expect(await failureOf(call(holder, 'sweep', null))).toMatchObject({ errno: 1399 });
        expect(await mint(gate, visitor, wanted)).toMatchObject({ ok: true });
        holder.destroy();
      });

      it('has begun a transaction before the rule was withdrawn', async () => {
        const early = await gate.visitor();
        await gate.admin(`CALL joblease.define_role('brief', 'billing_rw', 60, '${mainRule}')`);
        await early.query(
          'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION WITH CONSISTENT SNAPSHOT',
        );
        await gate.admin("CALL joblease.drop_role('brief', FALSE)");
        expect(await mint(gate, early, wish(gate, { role: 'brief', ttl: 60 }))).toMatchObject({ ok: false });
        early.destroy();
      });

      it('puts tables of its own before the gate’s', async () => {
        await gate.admin("GRANT CREATE TEMPORARY TABLES ON *.* TO 'joblease_gate'@'%'");
        try {
          const shadow = await gate.visitor();
          await shadow.query(
            `CREATE TEMPORARY TABLE joblease.role (name VARCHAR(63), group_roles VARCHAR(100), max_ttl INT, allow LONGTEXT);
             CREATE TEMPORARY TABLE joblease.audit (id BIGINT PRIMARY KEY)`,
          );
          expect(await mint(gate, shadow, wish(gate))).toMatchObject({ ok: true });
          shadow.destroy();
        } finally {
          await gate.admin("REVOKE CREATE TEMPORARY TABLES ON *.* FROM 'joblease_gate'@'%'");
        }
      });
    });

    it('stores and shows hostile claims as they are', async () => {
      const texts = [
        `'; DROP TABLE x; -- `,
        '"}}',
        String.raw`\' \\ \u0041`,
        '`$(id)`',
        '%s %I $$',
        'a\nb',
        '\u{1f600}é',
      ];
      for (const text of texts) {
        const wanted = wish(gate);
        expect(await mint(gate, visitor, wanted, { actor: text, workflow: text, repository: text })).toMatchObject({
          ok: true,
        });
        const [row] = await gate.admin(`SELECT who FROM joblease.audit WHERE principal = '${wanted.principal}'`);
        expect(JSON.parse(String(row?.['who']))).toMatchObject({ actor: text, repository: text });
        const lease = await gate.login(wanted.principal, wanted.password);
        await endItself(lease);
        lease.destroy();
      }
    });

    it('gives nobody anything by its inner routines, who may run any routine', async () => {
      const password = randomBytes(12).toString('hex');
      await gate.admin(
        `CREATE USER 'gate_runner'@'%' IDENTIFIED BY 'Aa-${password}'; GRANT EXECUTE ON *.* TO 'gate_runner'@'%'`,
      );
      try {
        const runner = await gate.login('gate_runner', `Aa-${password}`);
        const create = "CREATE USER ''gate_made''@''%''";
        for (const statement of [
          `CALL joblease.run('${create}')`,
          `CALL joblease.attempt('${create}')`,
          `CALL joblease.create_account('gate_made', 'x', 'billing_rw', 1, '{}')`,
          `CALL joblease.disable('root', 'x', 1, NULL)`,
          `CALL joblease.define_role('evil', 'billing_rw', 60, '${mainRule}')`,
          `CALL joblease.trust_key('evil', '${newIssuer().n}')`,
          "CALL joblease.configure('issuer', 'https://evil')",
          'CALL joblease.new_password()',
          'CALL joblease.end_visitors(99999999999)',
        ]) {
          await runner.query(statement).catch(() => undefined);
        }
        await runner.end();
        expect(await gate.admin("SELECT User FROM mysql.user WHERE User LIKE 'gate_made%'")).toEqual([]);
        const { keys } = await call(visitor, 'hello');
        expect(keys).toHaveProperty([gate.issuer.kid]);
        expect(keys).not.toHaveProperty(['evil']);
        expect(await gate.admin('SELECT issuer FROM joblease.settings')).toEqual([{ issuer: githubIssuer }]);
        expect(await gate.admin("SELECT name FROM joblease.role WHERE name = 'evil'")).toEqual([]);
        await (await gate.visitor()).end();
      } finally {
        await gate.admin("DROP USER 'gate_runner'@'%'");
      }
    });

    it('shows the gate’s login nothing but what it answers', async () => {
      for (const table of ['settings', 'signing_keys', 'role', 'lease', 'audit']) {
        const refused = await failureOf(visitor.query(`SELECT * FROM joblease.${table}`));
        expect([table, refused]).toMatchObject([table, { errno: 1142 }]);
      }
      for (const sql of ['CALL joblease.roles()', "CALL joblease.run('SELECT 1')", 'CALL joblease.end_me()']) {
        expect([sql, await failureOf(visitor.query(sql))]).toMatchObject([sql, { errno: 1370 }]);
      }
      expect(await failureOf(visitor.query("CREATE USER 'x'"))).toMatchObject({ errno: 1227 });
    });

    it('has its login back soon, when somebody who knows the password has changed that', async () => {
      const poisoner = await gate.visitor();
      await poisoner.query(
        kind === 'mysql' ? "ALTER USER USER() IDENTIFIED BY 'Poisoned-1'" : "SET PASSWORD = PASSWORD('Poisoned-1')",
      );
      expect(await gate.visitor().catch(() => undefined)).toBeUndefined();
      for (;;) {
        const back = await gate.visitor().catch(() => undefined);
        if (back !== undefined) {
          expect(await mint(gate, back, wish(gate))).toMatchObject({ ok: true });
          break;
        }
        await sleep(100);
      }
      expect(await gate.admin("SELECT what FROM joblease.audit WHERE what = 'heal'")).not.toEqual([]);
      poisoner.destroy();
    });

    it('ends whoever sits on a connection of its login', async () => {
      const sitter = await gate.visitor();
      const [row] = await procedure(sitter, 'CALL joblease.hello()');
      expect(row).toBeDefined();
      const [[own]] = (await sitter.query('SELECT CONNECTION_ID() AS id')) as unknown as [{ id: number }[]];
      const seen = async (): Promise<boolean> =>
        (await gate.admin(`SELECT id FROM joblease.visitors WHERE id = ${own?.id}`)).length > 0;
      while (!(await seen())) await sleep(100);
      // As if a minute had passed.
      await gate.admin(`UPDATE joblease.visitors SET since = since - 60 WHERE id = ${own?.id}`);
      await expect
        .poll(
          async () =>
            await sitter.query('SELECT 1').then(
              () => 'alive',
              () => 'ended',
            ),
          { timeout: 30_000 },
        )
        .toBe('ended');
    });

    it('mints while others send tokens with wrong signatures as fast as they can', async () => {
      const wanted = wish(gate);
      const good = gate.issuer.token(gate.audience(linesOf(wanted)));
      const bad = gate.issuer.token(gate.audience(linesOf(wanted)), { actor: 'x' });
      const forged = `${bad.slice(0, bad.lastIndexOf('.'))}${good.slice(good.lastIndexOf('.'))}`;
      const state = { isOver: false, refused: 0 };
      const flood = async (): Promise<void> => {
        const client = await gate.visitor();
        while (!state.isOver) {
          expect(await mintWith(client, wanted, forged)).toEqual({ ok: false, reason: 'the signature is wrong' });
          state.refused += 1;
        }
        await client.end();
      };
      const floods = Promise.all(Array.from({ length: 15 }, async () => await flood()));
      while (state.refused < 30) await sleep(20);
      expect(await mintWith(visitor, wanted, good)).toMatchObject({ ok: true });
      state.isOver = true;
      await floods;
    });

    it('writes down who was refused, and lets nobody fill the table', async () => {
      await gate.admin('DELETE FROM joblease.audit');
      await withClaims({ repository_id: '5', repository: 'evil/app' });
      const [row] = await gate.admin('SELECT what, who, detail FROM joblease.audit');
      expect(row).toMatchObject({ what: 'mint refused', detail: 'no rule lets this job have the role "migrate"' });
      expect(JSON.parse(String(row?.['who']))).toMatchObject({ repository: 'evil/app' });
      await gate
        .admin(
          `INSERT INTO joblease.audit (id, what) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
          SELECT (UNIX_TIMESTAMP() - 60) * 1000000 + i, 'mint refused' FROM n`,
        )
        .catch(async () => {
          await gate.admin(
            `INSERT INTO joblease.audit (id, what) SELECT (UNIX_TIMESTAMP() - 60) * 1000000 + i, 'mint refused' FROM (
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999) SELECT i FROM n) filled`,
          );
        });
      await withClaims({ repository_id: '6' });
      const [count] = await gate.admin("SELECT COUNT(*) AS n FROM joblease.audit WHERE what = 'mint refused'");
      expect(count).toEqual({ n: 1000 });
    });

    it('prunes the audit by age', async () => {
      await gate.admin("INSERT INTO joblease.audit (id, what) VALUES (1000000, 'old')");
      await expect
        .poll(async () => await gate.admin("SELECT id FROM joblease.audit WHERE what = 'old'"), { timeout: 30_000 })
        .toEqual([]);
    });
  });
}
