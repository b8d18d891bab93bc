/**
 * Finds or starts real MySQL and MariaDB servers for the tests: a URL from the environment, a server on the machine, or
 * Docker, in this order.
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import { generate } from 'selfsigned';
import { isHidden, lacking } from './lacking.ts';
import { onFreePort, PortTaken } from './ports.ts';
import { makeOnce } from './run.ts';

export interface MysqlServer extends AsyncDisposable {
  /** administrator */
  readonly url: string;
  /** everything that the server has logged of the statements it was sent, since it started */
  readonly log?: () => string;
  /** PEM file of the authority that signed its certificate, and what a client can hold that against */
  readonly tls?: { readonly ca: string; readonly mode: 'VERIFY_CA' | 'VERIFY_IDENTITY' };
}

export interface AvailableServer {
  readonly name: string;
  readonly start: () => Promise<MysqlServer>;
}

/** MySQL for machines whose system has none, in a private root; .ci/run installs it. */
const mysql9Root = join(process.env['MYSQL9_HOME'] ?? join(homedir(), '.cache', 'mysql9'), 'root');
const hasMysql9 = process.getuid?.() === 0 && existsSync(join(mysql9Root, 'usr', 'sbin', 'mysqld')); // it needs chroot

/** @returns undefined when there is none and this is not CI */
export function findMysql(): AvailableServer | undefined {
  if (isHidden('mysql')) return lacking('MySQL');
  const url = process.env['JOBLEASE_MYSQL_URL'];
  if (url !== undefined)
    return { name: 'MySQL from the environment', start: async () => await Promise.resolve(borrowed(url)) };
  if (hasMysql9) return { name: 'MySQL 9', start: startMysql9 };
  if (hasDocker()) return { name: 'MySQL 9 in Docker', start: async () => await startContainer('mysql:9') };
  return lacking('MySQL');
}

/**
 * A server as it is after its installation, with its own defaults; one from the environment is emptied of what the docs
 * set up.
 *
 * @returns undefined when there is none and this is not CI
 */
export function findFresh(kind: 'mysql' | 'mariadb'): (() => Promise<MysqlServer>) | undefined {
  const available = kind === 'mysql' ? findMysql() : findMariadb();
  if (available === undefined) return undefined;
  const isBorrowed = process.env[`JOBLEASE_${kind.toUpperCase()}_URL`] !== undefined;
  const binary = findMariadbd();
  if (kind === 'mysql' && !isBorrowed && hasMysql9) return startMysql9;
  if (kind === 'mariadb' && !isBorrowed && binary !== undefined) return async () => await startMariadb(binary, true);
  return async () => await emptied(await available.start());
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

/** With the certificate that MySQL makes for itself. */
async function startMysql9(): Promise<MysqlServer> {
  const home = mkdtempSync(join(mysql9Root, 'tmp', 'joblease-'));
  chownSync(home, 27, 27); // mysql, as .ci/mysql9 has made it
  const inside = home.slice(mysql9Root.length);
  const common = [mysql9Root, '/usr/sbin/mysqld', '--no-defaults', '--user=mysql', `--datadir=${inside}/data`];
  await makeOnce('mysql', join(home, 'data'), async () => {
    await promisify(execFile)('chroot', [...common, '--initialize-insecure']);
  });
  rmSync(join(home, 'data', 'auto.cnf')); // who it is among replicas
  const server = await launch('mysql', home, inside, [
    'chroot',
    ...common,
    '--mysqlx=OFF',
    '--innodb-buffer-pool-size=32M',
  ]);
  return { ...server, tls: { ca: join(home, 'data', 'ca.pem'), mode: 'VERIFY_CA' } };
}

/** Makes a certificate for the loopback interface. @returns the options of a server that shows it */
async function certificate(directory: string, path: string): Promise<string[]> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'joblease tests' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const keyPath = join(directory, 'key.pem');
  writeFileSync(path, cert);
  writeFileSync(keyPath, key);
  return [`--ssl-ca=${path}`, `--ssl-cert=${path}`, `--ssl-key=${keyPath}`];
}

/** Takes away what the docs set up, and keeps the other tests off until it is released. */
async function emptied(server: MysqlServer): Promise<MysqlServer> {
  const { hostname, port, username, password } = new URL(server.url);
  const login = { host: hostname, port: Number(port), user: username, password: decodeURIComponent(password) };
  const connection = await mysql.createConnection({ ...login, multipleStatements: true });
  const empty = async (): Promise<void> => {
    await connection.query(
      `DROP DATABASE IF EXISTS billing; DROP DATABASE IF EXISTS joblease; DROP ROLE IF EXISTS billing_rw;
       DROP USER IF EXISTS 'joblease'@'%', 'joblease_a'@'%', 'joblease_b'@'%', 'joblease_reaper'@'localhost'`,
    );
  };
  await connection.query("DO GET_LOCK('joblease tests', 900)");
  await empty();
  return {
    url: server.url,
    async [Symbol.asyncDispose]() {
      await empty();
      await connection.end();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** With the settings of its installation where it is to be fresh; the others have the event scheduler on. */
async function startMariadb(binary: string, isFresh = false): Promise<MysqlServer> {
  const home = mkdtempSync(join(tmpdir(), 'joblease-mariadb-'));
  const data = join(home, 'data');
  // As root it must be told to run as somebody else.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    const [uid = 0, gid = 0] = ['-u', '-g'].map((flag) =>
      Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout),
    );
    chownSync(home, uid, gid);
  }
  // A server that starts removes the temporary tables of all others that share the directory, which can crash them.
  const common = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${home}`, ...(isRoot ? ['--user=nobody'] : [])];
  await makeOnce('mariadb', data, async () => {
    const init = [...common, '--auth-root-authentication-method=normal', '--skip-test-db'];
    await promisify(execFile)('mariadb-install-db', init);
  });
  const authority = join(home, 'authority.pem');
  const options = [...(await certificate(home, authority)), ...(isFresh ? [] : ['--event-scheduler=ON'])];
  const server = await launch('mariadb', home, home, [binary, ...common, ...options]);
  return isFresh ? { ...server, tls: { ca: authority, mode: 'VERIFY_IDENTITY' } } : server;
}

/**
 * Starts a server on a free port of the loopback interface, with a data directory that is thrown away in the end.
 *
 * @param home holds the data directory and whatever else it writes; `inside` is how it calls that itself
 */
async function launch(
  kind: 'mysql' | 'mariadb',
  home: string,
  inside: string,
  [program = '', ...args]: readonly string[],
): Promise<MysqlServer> {
  const log = join(home, 'general.log');
  const errors = join(home, 'error.log');
  return await onFreePort(async (port) => {
    rmSync(errors, { force: true });
    const server = spawn(
      program,
      [
        ...args,
        '--bind-address=127.0.0.1',
        `--port=${port}`,
        `--socket=${inside}/sock`,
        `--pid-file=${inside}/pid`,
        `--log-error=${inside}/error.log`,
        '--general-log=1',
        `--general-log-file=${inside}/general.log`,
        '--innodb-flush-log-at-trx-commit=0', // nobody will want the data after a crash
      ],
      { stdio: 'ignore' },
    );
    for (const started = Date.now(); ; await sleep(20)) {
      const hasEnded = server.exitCode !== null || server.signalCode !== null;
      const said = existsSync(errors) ? readFileSync(errors, 'utf8') : '';
      if (said.includes('ready for connections')) break;
      if (hasEnded && said.includes('Bind on TCP/IP port')) throw new PortTaken(said);
      if (hasEnded || Date.now() - started > 60_000) throw new Error(`${program} did not start:\n${said}`);
    }
    return {
      url: `${kind}://root@127.0.0.1:${port}/`,
      log: () => readFileSync(log, 'utf8'),
      async [Symbol.asyncDispose]() {
        server.kill('SIGKILL');
        while (server.exitCode === null && server.signalCode === null) await sleep(20);
        rmSync(home, { recursive: true, force: true });
      },
    };
  });
}

function hasDocker(): boolean {
  return spawnSync('docker', ['info'], { stdio: 'ignore' }).status === 0;
}

async function startContainer(image: string): Promise<MysqlServer> {
  const kind = image.startsWith('mysql') ? 'mysql' : 'mariadb';
  const allow = kind === 'mysql' ? 'MYSQL_ALLOW_EMPTY_PASSWORD=1' : 'MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1';
  const container = docker(
    'run',
    '--detach',
    '--rm',
    '-e',
    allow,
    '-p',
    '127.0.0.1::3306',
    image,
    '--event-scheduler=ON',
  );
  const url = `${kind}://root@${docker('port', container, '3306/tcp')}/`;
  await ready(url);
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      await Promise.resolve(docker('rm', '--force', container));
    },
  };
}

function docker(...args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync('docker', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`docker ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

async function ready(url: string): Promise<void> {
  const { hostname, port, username } = new URL(url);
  for (const started = Date.now(); ; await sleep(50)) {
    try {
      const connection = await mysql.createConnection({ host: hostname, port: Number(port), user: username });
      await connection.end();
      return;
    } catch (error) {
      if (Date.now() - started > 60_000) throw error;
    }
  }
}
