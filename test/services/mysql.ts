/**
 * Finds or starts real MySQL and MariaDB servers for the tests: a URL from the environment, a server on the machine, or
 * Docker, in this order.
 */
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { isHidden, lacking } from './lacking.ts';

export interface MysqlServer extends AsyncDisposable {
  /** administrator */
  readonly url: string;
  /** everything that the server has logged of the statements it was sent, since it started */
  readonly log?: () => string;
}

export interface AvailableServer {
  readonly name: string;
  readonly start: () => Promise<MysqlServer>;
}

/** MySQL for machines whose system has none, in a private root; .ci/run installs it. */
const mysql9 = join(import.meta.dirname, '..', '..', '.ci', 'mysql9');
const mysql9Root = join(process.env['MYSQL9_HOME'] ?? join(homedir(), '.cache', 'mysql9'), 'root');
const hasMysql9 = process.getuid?.() === 0 && existsSync(join(mysql9Root, 'usr', 'sbin', 'mysqld')); // it needs chroot

/** @returns undefined when there is none and this is not CI */
export function findMysql(): AvailableServer | undefined {
  if (isHidden('mysql')) return lacking('MySQL');
  const url = process.env['JOBLEASE_MYSQL_URL'];
  if (url !== undefined)
    return { name: 'MySQL from the environment', start: async () => await Promise.resolve(borrowed(url)) };
  if (hasMysql9) return { name: 'MySQL 9', start: async () => await Promise.resolve(borrowed(startMysql9())) };
  if (hasDocker()) return { name: 'MySQL 9 in Docker', start: async () => await startContainer('mysql:9') };
  return lacking('MySQL');
}

/** @returns undefined when there is none and this is not CI */
export function findMariadb(): AvailableServer | undefined {
  if (isHidden('mariadb')) return lacking('MariaDB');
  const url = process.env['JOBLEASE_MARIADB_URL'];
  if (url !== undefined)
    return { name: 'MariaDB from the environment', start: async () => await Promise.resolve(borrowed(url)) };
  const binary = findMariadbd();
  if (binary !== undefined) return { name: `MariaDB from ${binary}`, start: async () => await startMariadb(binary) };
  if (hasDocker()) return { name: 'MariaDB 11.8 in Docker', start: async () => await startContainer('mariadb:11.8') };
  return lacking('MariaDB');
}

function findMariadbd(): string | undefined {
  return ['/usr/sbin/mariadbd', '/usr/local/bin/mariadbd', '/opt/homebrew/bin/mariadbd'].find(existsSync);
}

function borrowed(url: string): MysqlServer {
  return { url, [Symbol.asyncDispose]: async () => await Promise.resolve() };
}

function startMysql9(): string {
  const { stdout, stderr, status } = spawnSync(mysql9, ['start'], { encoding: 'utf8' });
  const url = /^MYSQL_URL=(.+)$/m.exec(stdout)?.[1];
  if (status !== 0 || url === undefined) throw new Error(`MySQL 9 did not start: ${stderr}`);
  return url;
}

/** Starts a server on a free port of the loopback interface, with an empty data directory in a temporary one. */
async function startMariadb(binary: string): Promise<MysqlServer> {
  const home = mkdtempSync(join(tmpdir(), 'joblease-mariadb-'));
  const data = join(home, 'data');
  mkdirSync(data);
  // As root it must be told to run as somebody else.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
      Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout),
    );
    for (const path of [home, data]) chownSync(path, uid, gid);
  }
  const common = ['--no-defaults', `--datadir=${data}`, ...(isRoot ? ['--user=nobody'] : [])];
  const made = spawnSync(
    'mariadb-install-db',
    [...common, '--auth-root-authentication-method=normal', '--skip-test-db'],
    {
      encoding: 'utf8',
    },
  );
  if (made.status !== 0)
    throw new Error(`mariadb-install-db failed: ${made.error?.message ?? ''} ${made.stdout} ${made.stderr}`);
  const port = await freePort();
  const log = join(home, 'general.log');
  const server = spawn(
    binary,
    [
      ...common,
      '--bind-address=127.0.0.1',
      `--port=${port}`,
      `--socket=${join(home, 'sock')}`,
      '--event-scheduler=ON',
      '--general-log=1',
      `--general-log-file=${log}`,
      `--log-error=${join(home, 'error.log')}`,
    ],
    { stdio: 'ignore' },
  );
  const url = `mariadb://root@127.0.0.1:${port}/`;
  await ready(url, () => server.exitCode === null);
  return {
    url,
    log: () => readFileSync(log, 'utf8'),
    async [Symbol.asyncDispose]() {
      server.kill('SIGTERM');
      while (server.exitCode === null && server.signalCode === null) await sleep(20);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function hasDocker(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
}

async function startContainer(image: string): Promise<MysqlServer> {
  const port = await freePort();
  const kind = image.startsWith('mysql') ? 'mysql' : 'mariadb';
  const allow = kind === 'mysql' ? 'MYSQL_ALLOW_EMPTY_PASSWORD=1' : 'MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1';
  const args = ['run', '--detach', '--rm', '-e', allow, '-p', `127.0.0.1:${port}:3306`, image, '--event-scheduler=ON'];
  const { stdout, stderr, status } = spawnSync('docker', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${image} did not start: ${stderr}`);
  const url = `${kind}://root@127.0.0.1:${port}/`;
  await ready(url, () => true);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      await Promise.resolve(spawnSync('docker', ['rm', '--force', stdout.trim()]));
    },
  };
}

async function ready(url: string, isRunning: () => boolean): Promise<void> {
  const { hostname, port, username } = new URL(url);
  for (const started = Date.now(); ; await sleep(50)) {
    try {
      const connection = await mysql.createConnection({ host: hostname, port: Number(port), user: username });
      await connection.end();
      return;
    } catch (error) {
      if (!isRunning() || Date.now() - started > 60_000) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
