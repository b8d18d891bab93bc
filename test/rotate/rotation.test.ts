/** What a rotation does and does not do, on real servers: when it is due, what it keeps, what it refuses, what it shows. */
import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeAt, newRootPassword } from '../../src/engines/login/password.ts';
import { findMariadb, findMysql } from '../services/mysql.ts';
import { installedPostgres } from '../services/postgres.ts';
import { chosen, startMysqlServer, startPostgresServer, type Server } from './layouts.ts';
import { inParallel } from './parallel.ts';
import { open, rotate, startRepository, type Layout, type Repository } from './rotation.ts';

const mysqlServer = findMysql();
const mariadbServer = findMariadb();
const postgres15 = installedPostgres().find(({ version }) => version === '15');
const kinds = [
  { name: 'PostgreSQL 18', start: async () => await startPostgresServer() },
  // Before 16 memberships work in another way.
  ...(postgres15 === undefined
    ? []
    : [{ name: 'PostgreSQL 15', start: async () => await startPostgresServer(postgres15.bin) }]),
  ...(mariadbServer === undefined
    ? []
    : [{ name: 'MariaDB', start: async () => await startMysqlServer('mariadb', mariadbServer) }]),
  ...(mysqlServer === undefined
    ? []
    : [{ name: 'MySQL', start: async () => await startMysqlServer('mysql', mysqlServer) }]),
];

let tags = 0;
const newTag = (): string => `rot_${process.pid}_${(tags += 1)}`;

const isPut = ({ method }: { method: string }): boolean => method === 'PUT';

async function isAccepted(layout: Layout, root: string): Promise<boolean> {
  return await open(layout, root).then(
    () => true,
    () => false,
  );
}

/** A rotation that dies when the new password is in force, and not yet first in the secret. */
async function killAtPromotion(
  layout: Layout,
  repository: Repository,
  inputs: Readonly<Record<string, string>> = {},
): Promise<void> {
  let child: ChildProcess | undefined;
  let puts = 0;
  using _ = repository.github.onRequest((request) => {
    if (!isPut(request) || (puts += 1) < 2) return undefined;
    child?.kill('SIGKILL');
    return 'drop';
  });
  const { status } = await rotate(layout, repository, { inputs, started: (started) => (child = started) });
  expect(status).toBeNull();
}

describe.each(kinds)('$name', ({ start }) => {
  let server: Server;
  beforeAll(async () => {
    server = await start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
  });
  const layoutOf = (lines: 1 | 2): Layout => {
    const layout = server.layouts.find((each) => each.lines === lines);
    if (layout === undefined) throw new Error('no such layout');
    return layout;
  };

  it.each([1, 2] as const)('rotates root of %i line(s) again and again, and says what it did', async (lines) => {
    const layout = layoutOf(lines);
    const first = await layout.make(newTag());
    await using repository = await startRepository(first.join('\n'));
    const seen: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      const before = repository.stored().split('\n');
      const { status, outputs, printed } = await rotate(layout, repository, { inputs: { overlap: '0' } });
      expect({ status, printed }).toMatchObject({ status: 0 });
      const stored = repository.stored().split('\n');
      const { username, password } = new URL(stored[0] ?? '');
      expect(outputs).toMatchObject({ rotated: 'true', active: username });
      expect(Number.isNaN(Date.parse(outputs['next-due'] ?? ''))).toBe(false);
      // The other one of a pair moves back, as it is.
      expect(stored.slice(1)).toEqual(before.slice(0, -1));
      for (const line of stored) await open(layout, line);
      expect(await isAccepted(layout, before.at(-1) ?? '')).toBe(false);
      seen.push(password);
    }
    expect(new Set(seen).size).toBe(3);
    const log = await server.statementLog();
    expect(log).toContain(new URL(first.at(-1) ?? '').username);
    for (const secret of [...seen, chosen]) expect(log.includes(secret)).toBe(false);
  });

  it('prints no secret but to mask it, before anything else of it', async () => {
    const layout = layoutOf(2);
    await using repository = await startRepository((await layout.make(newTag())).join('\n'));
    const { printed } = await rotate(layout, repository);
    const rest = printed.replaceAll(/^::add-mask::.*$/gm, '');
    const secrets = repository
      .stored()
      .split('\n')
      .flatMap((line) => [line, new URL(line).password]);
    for (const secret of [...secrets, chosen, repository.token]) {
      expect(rest).not.toContain(secret);
    }
    const password = new URL(repository.stored().split('\n')[0] ?? '').password;
    expect(printed.indexOf(`::add-mask::${password}`)).toBeGreaterThanOrEqual(0);
    expect(printed.indexOf(`::add-mask::${password}`)).toBeLessThan(printed.indexOf('step 1 of 4'));
  });

  it('does nothing before the overlap is over, and proves that what is stored works', async () => {
    const layout = layoutOf(2);
    const [a = '', b = ''] = await layout.make(newTag());
    await using repository = await startRepository(`${a}\n${b}`);
    await rotate(layout, repository);
    const stored = repository.stored();
    const again = await rotate(layout, repository);
    expect(again.status).toBe(0);
    expect(again.outputs).toMatchObject({ rotated: 'false', active: new URL(b).username, retired: '' });
    const due = Date.parse(again.outputs['next-due'] ?? '') - Date.now();
    expect(due / 86_400_000).toBeCloseTo(7, 1);
    expect(repository.stored()).toBe(stored);

    const broken = await rotate(layout, repository, { root: stored.replace(/jl-[^@]*/, 'wrong') });
    expect(broken.status).toBe(1);
  });

  it('in a dry run changes nothing and says what it would do', async () => {
    const layout = layoutOf(2);
    const lines = await layout.make(newTag());
    await using repository = await startRepository(lines.join('\n'));
    const { status, outputs, printed } = await rotate(layout, repository, { inputs: { 'dry-run': 'true' } });
    expect(status).toBe(0);
    expect(outputs['rotated']).toBe('false');
    expect(printed).toContain(`change the password of "${new URL(lines[1] ?? '').username}"`);
    expect(repository.github.count(isPut)).toBe(0);
    for (const line of lines) await open(layout, line);
  });

  it.each([1, 2] as const)('of two at once (%i line(s)) one goes on, and nothing is lost', async (lines) => {
    const layout = layoutOf(lines);
    for (let round = 0; round < 2; round += 1) {
      const before = (await layout.make(newTag())).join('\n');
      await using repository = await startRepository(before, 0);
      const hold = round % 2 === 0 ? undefined : repository.github.hold('before', { when: isPut });
      const both = [rotate(layout, repository, { root: before }), rotate(layout, repository, { root: before })];
      // Held in the middle, while the other one finds the lock taken.
      if (hold !== undefined) void hold.then((held) => setTimeout(() => held.release(), 500));
      const results = await Promise.all(both);
      const failed = results.filter(({ status }) => status !== 0);
      if (failed.length !== 1) throw new Error(results.map(({ printed }) => printed).join('\n'));
      expect(failed[0]?.printed).toMatch(/Nothing has been changed/);
      const stored = repository.stored().split('\n');
      expect(stored).toHaveLength(layout.lines);
      for (const line of stored) await open(layout, line);
      if (layout.overlaps) await open(layout, before);
    }
  });

  it('says who has the lock, and the statement that ends them', async () => {
    const layout = layoutOf(1);
    const [line = ''] = await layout.make(newTag());
    await using repository = await startRepository(line);
    const holding = repository.github.hold('before', { when: isPut });
    const first = rotate(layout, repository);
    const held = await holding;
    const second = await rotate(layout, repository);
    expect(second.status).toBe(1);
    expect(second.printed).toContain('another rotation of this root is under way');
    expect(second.printed).toMatch(
      new RegExp(`the lock is held by (?:process|connection) \\d+ of "${new URL(line).username}"`),
    );
    const end = /run as an administrator: ((?:KILL|SELECT) [^;]*;)/.exec(second.printed)?.[1];
    await server.admin(end ?? '');
    held.release();
    // It has noticed that its lock was gone, and taken it again.
    expect((await first).status).toBe(0);
    await open(layout, repository.stored());
  });

  it.each([1, 2] as const)('with a secret of before the last rotation (%i line(s)) stores nothing', async (lines) => {
    const layout = layoutOf(lines);
    const before = (await layout.make(newTag())).join('\n');
    await using repository = await startRepository(before);
    expect((await rotate(layout, repository)).status).toBe(0);
    const stored = repository.stored();
    const stale = await rotate(layout, repository, { root: before, inputs: { overlap: '0' } });
    expect(stale.status).toBe(1);
    expect(stale.printed).toContain('run again');
    // For the case that it was a person who has set the password, the statement that mends it.
    expect(stale.printed).toMatch(/ALTER (?:USER|ROLE) /);
    expect(stale.printed).toContain('Nothing has been changed');
    expect(repository.stored()).toBe(stored);
    for (const line of stored.split('\n')) await open(layout, line);
    if (layout.overlaps) await open(layout, before);
  });

  it('refuses the token of the job at once', async () => {
    const layout = layoutOf(1);
    await using repository = await startRepository((await layout.make(newTag())).join('\n'));
    const { status, printed, messages } = await rotate(layout, repository, {
      inputs: { 'github-token': repository.jobToken },
    });
    expect(status).toBe(1);
    expect(printed).toContain('it is the token of the job');
    expect(messages).toEqual([]);
  });

  it('with a token that may only read changes nothing', async () => {
    const layout = layoutOf(1);
    const [line = ''] = await layout.make(newTag());
    await using repository = await startRepository(line);
    const [app] = repository.github.repositories.values();
    if (app === undefined) throw new Error('no repository');
    const token = repository.github.addToken({ kind: 'app', repositories: [app], permissions: { secrets: 'read' } });
    const { status, printed } = await rotate(layout, repository, { inputs: { 'github-token': token } });
    expect(status).toBe(1);
    expect(printed).toContain('Secrets: write');
    expect(printed).toContain('Nothing has been changed');
    await open(layout, line);
    expect(repository.stored()).toBe(line);
  });

  it('makes another password when one that was written ahead was never used: its time is when it came into use', async () => {
    const layout = layoutOf(1);
    const [line = ''] = await layout.make(newTag());
    const month = new Date(Date.now() - 30 * 86_400_000);
    const unused = line.replace(chosen, newRootPassword(43, month));
    await using repository = await startRepository(`${line}\n${unused}`);
    const { status, outputs } = await rotate(layout, repository, { inputs: { 'password-length': '64' } });
    expect(status).toBe(0);
    expect(repository.stored()).not.toContain(new URL(unused).password);
    expect(new URL(repository.stored()).password).toHaveLength(64);
    expect(Date.parse(outputs['next-due'] ?? '')).toBeGreaterThan(Date.now());
  });

  it.each([1, 2] as const)(
    'without an overlap ends all that a killed rotation has left (%i line(s))',
    async (lines) => {
      const layout = layoutOf(lines);
      await using repository = await startRepository((await layout.make(newTag())).join('\n'));
      await killAtPromotion(layout, repository);
      const leaked = repository.stored().split('\n');
      expect(leaked).toHaveLength(lines + 1);
      await open(layout, leaked.at(-1) ?? '');
      for (let round = 0; round < lines; round += 1) {
        const { status, outputs, printed } = await rotate(layout, repository, { inputs: { overlap: '0' } });
        expect({ status, outputs, printed }).toMatchObject({ status: 0, outputs: { rotated: 'true' } });
      }
      for (const line of leaked) expect(await isAccepted(layout, line)).toBe(false);
      for (const line of repository.stored().split('\n')) await open(layout, line);
    },
  );

  it('says of a password that a killed rotation has changed only that it was finished', async () => {
    const layout = layoutOf(1);
    await using repository = await startRepository((await layout.make(newTag())).join('\n'));
    await killAtPromotion(layout, repository);
    const { outputs, printed } = await rotate(layout, repository);
    expect(outputs).toMatchObject({ rotated: 'true', retired: '' });
    expect(printed).toContain('An earlier run had changed the password');
  });

  it.each([0, 1])('changes nothing when login %i of a pair is refused', async (which) => {
    const layout = layoutOf(2);
    const lines = await layout.make(newTag());
    const root = lines.map((line, i) => (i === which ? line.replace(chosen, 'not-the-password') : line)).join('\n');
    await using repository = await startRepository(root);
    const { status, printed } = await rotate(layout, repository);
    expect(status).toBe(1);
    expect(printed).toContain(`for "${new URL(lines[which] ?? '').username}"`);
    expect(printed).toContain('Nothing has been changed');
    expect(repository.stored()).toBe(root);
    for (const line of lines) await open(layout, line);
  });

  it('knows by the server’s clock when a password was made, however wrong the runner’s is', async () => {
    const layout = layoutOf(1);
    await using repository = await startRepository((await layout.make(newTag())).join('\n'));
    for (const ahead of [7_200_000, -7_200_000]) {
      const { status, printed } = await rotate(layout, repository, { ahead, inputs: { overlap: '0' } });
      expect({ status, printed }).toMatchObject({ status: 0 });
      const made = madeAt(new URL(repository.stored()).password)?.getTime() ?? 0;
      expect(Math.abs(made - Date.now())).toBeLessThan(600_000);
      await open(layout, repository.stored());
    }
  });

  it('rotates a password that says it was made in the future: at once with an overlap of 0, else with a warning', async () => {
    const layout = layoutOf(1);
    const [line = ''] = await layout.make(newTag());
    const future = newRootPassword(43, new Date(Date.now() + 400 * 86_400_000));
    const user = new URL(line).username;
    await server.admin(
      layout.engine.name === 'postgres'
        ? `ALTER ROLE ${user} PASSWORD '${future}'`
        : `ALTER USER '${user}'@'%' IDENTIFIED BY '${future}'`,
    );
    const root = line.replace(chosen, future);
    for (const overlap of ['0', '7d']) {
      await using repository = await startRepository(root);
      const dry = await rotate(layout, repository, { inputs: { overlap, 'dry-run': 'true' } });
      expect(dry.printed).toContain(`change the password of "${user}"`);
      expect(dry.printed.includes('::warning::a password of root says that it was made on')).toBe(overlap !== '0');
    }
    await using repository = await startRepository(root);
    const { outputs, printed } = await rotate(layout, repository);
    expect({ outputs, printed }).toMatchObject({ outputs: { rotated: 'true' } });
    await open(layout, repository.stored());
    expect((await rotate(layout, repository)).outputs['rotated']).toBe('false');
  });

  it('refuses lines that are no pair', async () => {
    const layout = layoutOf(1);
    const [line = ''] = await layout.make(newTag());
    await using repository = await startRepository(`${line}\n${line.replace('127.0.0.1', 'localhost')}`);
    const { status, printed } = await rotate(layout, repository);
    expect(status).toBe(1);
    expect(printed).toContain('its lines differ in more than user and password');
  });
});

it.each([
  ['down', undefined],
  // What such a host says could heal, and must not be waited for.
  ['in trouble', (socket: Socket) => socket.destroy()],
])('tells a refused password of a cluster from a host of it that is %s', async (_, trouble) => {
  const host = createServer(trouble).listen(0, '127.0.0.1');
  await once(host, 'listening');
  const { port } = host.address() as AddressInfo;
  if (trouble === undefined) host.close();
  await using server = await startPostgresServer();
  const layout = server.layouts.find(({ lines }) => lines === 2);
  if (layout === undefined) throw new Error('there is no pair');
  const lines = (await layout.make(newTag())).map((line) => line.replace('@', `@127.0.0.1:${port},`));
  const unused = (lines[1] ?? '').replace(chosen, newRootPassword(43, new Date()));
  await using repository = await startRepository([...lines, unused].join('\n'));
  const { status, printed } = await rotate(layout, repository);
  expect({ status, printed }).toMatchObject({ status: 0 });
  const stored = repository.stored().split('\n');
  expect(stored[1]).toBe(lines[0]);
  for (const line of stored) await open(layout, line);
  host.close();
});

it('waits for the overlap of a login that a person has put another one before', async () => {
  await using server = await startPostgresServer();
  const layout = server.layouts.find(({ lines }) => lines === 2);
  if (layout === undefined) throw new Error('there is no pair');
  const [first = '', second = ''] = await layout.make(newTag());
  await using repository = await startRepository(second);
  expect((await rotate(layout, repository)).outputs['rotated']).toBe('true');
  const rotated = repository.stored();
  repository.github.setSecret('octo/app', 'ROOT', `${first}\n${rotated}`);
  const { outputs, printed } = await rotate(layout, repository);
  expect({ outputs, printed }).toMatchObject({ outputs: { rotated: 'false' } });
  expect(repository.stored()).toBe(`${first}\n${rotated}`);
  // What a job that is queued was given.
  await open(layout, rotated);
});

it('refuses a server that does not ask for passwords: nothing would tell that a new one works', async () => {
  await using server = await startPostgresServer();
  const layout = server.layouts.find(({ lines }) => lines === 1);
  if (layout === undefined) throw new Error('there is no single login');
  const [line = ''] = await layout.make(newTag());
  await server.trust();
  await using repository = await startRepository(line);
  const { status, printed } = await rotate(layout, repository);
  expect(status).toBe(1);
  expect(printed).toContain('in by trust, so a new password would be no new root');
  expect(repository.stored()).toBe(line);
});

it.skipIf(mariadbServer === undefined)('says before any change that a MariaDB server takes no hash', async () => {
  if (mariadbServer === undefined) return;
  await using server = await startMysqlServer('mariadb', mariadbServer);
  const layout = server.layouts.find(({ lines }) => lines === 1);
  if (layout === undefined) throw new Error('there is no single login');
  const [line = ''] = await layout.make(newTag());
  await server.admin("INSTALL SONAME 'simple_password_check'");
  try {
    await using repository = await startRepository(line);
    const refused = await rotate(layout, repository);
    expect(refused.status).toBe(1);
    expect(refused.printed).toContain('Nothing has been changed');
    await server.admin('SET GLOBAL strict_password_validation = OFF');
    expect((await rotate(layout, repository)).status).toBe(0);
    await open(layout, repository.stored());
  } finally {
    await server.admin("UNINSTALL SONAME 'simple_password_check'; SET GLOBAL strict_password_validation = ON");
  }
});

it.skipIf(mariadbServer === undefined)('refuses a MariaDB account that takes either of two passwords', async () => {
  if (mariadbServer === undefined) return;
  await using server = await startMysqlServer('mariadb', mariadbServer);
  const layout = server.layouts.find(({ lines }) => lines === 1);
  if (layout === undefined) throw new Error('there is no single login');
  const [line = ''] = await layout.make(newTag());
  const account = `'${new URL(line).username}'@'%'`;
  for (const methods of [
    `mysql_native_password USING PASSWORD('other') OR mysql_native_password USING PASSWORD('${chosen}')`,
    `mysql_native_password USING PASSWORD('${chosen}') OR unix_socket`,
  ]) {
    await server.admin(`ALTER USER ${account} IDENTIFIED VIA ${methods}`);
    await using repository = await startRepository(line);
    const { status, printed } = await rotate(layout, repository, { inputs: { overlap: '0' } });
    expect(status).toBe(1);
    expect(printed).toContain('logs in by any of several methods');
    expect(printed).toContain('Nothing has been changed');
    expect(repository.github.count(isPut)).toBe(0);
    await open(layout, line);
    const fix = /secret: (ALTER USER [^;]*;)/.exec(printed.replaceAll('%25', '%'))?.[1] ?? '';
    await server.admin(fix.replace('…', chosen));
    expect((await rotate(layout, repository)).status).toBe(0);
    await open(layout, repository.stored());
    expect(await isAccepted(layout, line)).toBe(false);
  }
});

describe.each([
  { name: 'MySQL', kind: 'mysql' as const, found: mysqlServer },
  { name: 'MariaDB', kind: 'mariadb' as const, found: mariadbServer },
])('a name with an account for each of two hosts, on $name', ({ kind, found }) => {
  it.skipIf(found === undefined)('is refused before any change; the fix in the message works', async () => {
    if (found === undefined) return;
    await using server = await startMysqlServer(kind, found);
    const layout = server.layouts.find(({ lines }) => lines === 1);
    if (layout === undefined) throw new Error('there is no single login');
    const [line = ''] = await layout.make(newTag());
    const user = new URL(line).username;
    await server.admin(`CREATE USER '${user}'@'127.0.0.2' IDENTIFIED BY '${chosen}'`);
    try {
      await using repository = await startRepository(line);
      const { status, printed } = await rotate(layout, repository);
      expect(status).toBe(1);
      expect(printed).toContain(`"${user}" is several accounts`);
      expect(printed).toContain('Nothing has been changed');
      expect(repository.github.count(isPut)).toBe(0);
      await open(layout, line);
      const drop = /Keep one: (DROP USER [^;]*;)/.exec(printed)?.[1];
      expect(drop).toContain('127.0.0.2');
      await server.admin(drop ?? '');
      if (kind === 'mariadb') {
        await server.admin(`REVOKE SELECT (User, Host) ON mysql.user FROM '${user}'@'%'`);
        const blind = await rotate(layout, repository);
        expect(blind.printed).toContain(`it cannot be seen whether "${user}" has accounts for other hosts`);
        await server.admin(/administrator: (GRANT [^;]*;)/.exec(blind.printed.replaceAll('%25', '%'))?.[1] ?? '');
      }
      if (kind === 'mysql') {
        // MySQL shows an account that has SYSTEM_USER in its own table alone.
        await server.admin(
          `CREATE USER '${user}'@'127.0.0.2' IDENTIFIED BY '${chosen}'; GRANT SYSTEM_USER ON *.* TO '${user}'@'127.0.0.2'`,
        );
        const blind = await rotate(layout, repository, { inputs: { 'dry-run': 'true' } });
        expect(blind.status).toBe(0);
        const grant = /::warning::.*administrator: (GRANT [^;]*;)/.exec(blind.printed.replaceAll('%25', '%'))?.[1];
        await server.admin(grant ?? '');
        const seeing = await rotate(layout, repository);
        expect(seeing.printed).toContain(`"${user}" is several accounts`);
        await server.admin(`DROP USER '${user}'@'127.0.0.2'`);
      }
      expect((await rotate(layout, repository)).status).toBe(0);
      await open(layout, repository.stored());
    } finally {
      await server.admin(`DROP USER IF EXISTS '${user}'@'127.0.0.2'`);
    }
  });

  it.skipIf(found === undefined)('rotates though somebody has the lock that its name would give', async () => {
    if (found === undefined) return;
    await using server = await startMysqlServer(kind, found);
    const layout = server.layouts.find(({ lines }) => lines === 1);
    if (layout === undefined) throw new Error('there is no single login');
    const [line = ''] = await layout.make(newTag());
    const key = createHash('sha256').update(JSON.stringify([new URL(line).username]));
    await server.admin(`DO GET_LOCK('joblease root ${key.digest('hex').slice(0, 32)}', 0)`);
    await using repository = await startRepository(line);
    const { status, printed } = await rotate(layout, repository);
    expect({ status, printed }).toMatchObject({ status: 0 });
  });
});

describe.skipIf(mysqlServer === undefined)('two passwords of one MySQL login', () => {
  let server: Server;
  let layout: Layout;
  beforeAll(async () => {
    if (mysqlServer === undefined) return;
    server = await startMysqlServer('mysql', mysqlServer);
    layout = server.layouts.find(({ lines }) => lines === 1) ?? server.layouts[0] ?? layout;
  });
  afterAll(async () => {
    if (mysqlServer !== undefined) await server[Symbol.asyncDispose]();
  });

  it('the replaced one goes on until the next rotation, and not longer', async () => {
    const [line = ''] = await layout.make(newTag());
    await using repository = await startRepository(line);
    await rotate(layout, repository);
    const second = repository.stored();
    for (const each of [line, second]) await open(layout, each);
    await sleep(2000);
    const { outputs } = await rotate(layout, repository, { inputs: { overlap: '1s' } });
    expect(outputs['retired']).toContain('before its last rotation');
    for (const each of [second, repository.stored()]) await open(layout, each);
    expect(await isAccepted(layout, line)).toBe(false);
  });

  it('with an overlap of 0 it ends at once', async () => {
    const [line = ''] = await layout.make(newTag());
    await using repository = await startRepository(line);
    await rotate(layout, repository);
    const second = repository.stored();
    const { printed } = await rotate(layout, repository, { inputs: { overlap: '0' } });
    expect(printed).toContain('step 4 of 4, retire');
    await open(layout, repository.stored());
    for (const each of [line, second]) expect(await isAccepted(layout, each)).toBe(false);
  });

  it('with an overlap of 0 it ends with the next run, where this one was killed before it could', async () => {
    const [line = ''] = await layout.make(newTag());
    await using repository = await startRepository(line);
    let child: ChildProcess | undefined;
    let puts = 0;
    {
      using _ = repository.github.onCarriedOut((request) => {
        if (isPut(request) && (puts += 1) === 2) child?.kill('SIGKILL');
      });
      const inputs = { overlap: '0' };
      const { status } = await rotate(layout, repository, { inputs, started: (started) => (child = started) });
      expect(status).toBeNull();
    }
    expect(await isAccepted(layout, line)).toBe(true);
    const { outputs } = await rotate(layout, repository);
    expect(outputs).toMatchObject({ rotated: 'false' });
    expect(outputs['retired']).toContain('before its last rotation');
    expect(await isAccepted(layout, line)).toBe(false);
    await open(layout, repository.stored());
  });

  it('with an overlap of 0 it ends with the run that finishes a killed one', async () => {
    const [line = ''] = await layout.make(newTag());
    await using repository = await startRepository(line);
    await killAtPromotion(layout, repository, { overlap: '0' });
    const { outputs } = await rotate(layout, repository);
    expect(outputs).toMatchObject({ rotated: 'true' });
    expect(await isAccepted(layout, line)).toBe(false);
    await open(layout, repository.stored());
  });

  it('a password that a person has set counts, once they say so', async () => {
    const [line = ''] = await layout.make(newTag());
    await using repository = await startRepository(line);
    await rotate(layout, repository);
    const { username } = new URL(line);
    await server.admin(`ALTER USER '${username}'@'%' IDENTIFIED BY 'by-Hand-0123456789'`);
    const byHand = line.replace(chosen, 'by-Hand-0123456789');
    const refused = await rotate(layout, repository, { root: byHand });
    expect(refused.status).toBe(1);
    const statement = /run: (ALTER USER .*;)/.exec(refused.printed.replaceAll('%25', '%'))?.[1];
    await server.admin(statement ?? '');
    repository.github.setSecret('octo/app', 'ROOT', byHand);
    expect((await rotate(layout, repository)).status).toBe(0);
    await open(layout, repository.stored());
  });

  it('of a time before there was a pair ends with the pair’s first rotation, wherever that is interrupted', async () => {
    const pair = server.layouts.find(({ lines }) => lines === 2);
    if (pair === undefined) throw new Error('there is no pair');
    const ofSingle = async (): Promise<[repository: Repository, old: string]> => {
      const [first = '', second = ''] = await pair.make(newTag());
      const repository = await startRepository(second);
      expect((await rotate(layout, repository)).status).toBe(0);
      await open(layout, second);
      repository.github.setSecret('octo/app', 'ROOT', `${first}\n${repository.stored()}`);
      return [repository, second];
    };
    const inputs = { overlap: '0' };
    const [undisturbed] = await ofSingle();
    const { messages } = await rotate(pair, undisturbed, { inputs });
    await undisturbed[Symbol.asyncDispose]();
    const from = messages.findIndex((message) => message.includes('PUT'));
    expect(from).toBeGreaterThan(0);
    const places = Array.from({ length: messages.length - from }, (_, i) => from + i);
    await inParallel(places, async (at) => {
      const [repository, old] = await ofSingle();
      await using _ = repository;
      await rotate(pair, repository, { inputs, fault: { at, kind: 'killed after' } });
      // Killed before the change, it has yet to come.
      await rotate(pair, repository, { inputs });
      expect({ at, old: await isAccepted(pair, old) }).toEqual({ at, old: false });
    });
  }, 300_000);
});
