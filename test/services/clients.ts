/** The command line clients that people paste the docs' commands into, and that GitHub's runners have. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isHidden, lacking } from './lacking.ts';

/** Puts a client into a directory that is to come first in PATH; nothing where the machine's own is right. */
export type Client = (directory: string) => void;

/** What the docs' shell commands need beside a client, apart from gh, which the tests stand in for. */
export function hasTools(): boolean {
  const missing = ['bash', 'curl', 'jq', 'openssl'].filter(
    (tool) => isHidden('tools') || spawnSync(tool, [tool === 'openssl' ? 'version' : '--version']).status !== 0,
  );
  if (missing.length > 0) lacking(`${missing.join(', ')}, for the docs' commands`);
  return missing.length === 0;
}

/** @returns undefined when there is none and this is not CI */
export function findPsql(): Client | undefined {
  if (isHidden('psql') || spawnSync('psql', ['--version']).status !== 0) return lacking('psql');
  return () => undefined;
}

/** MySQL's own `mysql`, as GitHub's runners have it; Debian's is MariaDB's, which lacks options. */
export function findMysqlClient(): Client | undefined {
  if (isHidden('mysql-client')) return lacking('mysql, the client');
  const { status, stdout } = spawnSync('mysql', ['--version'], { encoding: 'utf8' });
  if (status === 0 && !stdout.includes('MariaDB')) return () => undefined;
  const root = join(process.env['MYSQL9_HOME'] ?? join(homedir(), '.cache', 'mysql9'), 'root');
  const libraries = join(root, 'usr', 'lib', `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`);
  const loader = join(root, 'usr', 'lib64', 'ld-linux-x86-64.so.2');
  const binary = join(root, 'usr', 'bin', 'mysql');
  if (!existsSync(loader) || !existsSync(binary)) return lacking('mysql, the client');
  // With the libraries of its own release, but without chroot, so that it sees the files that it is given.
  const script = `#!/bin/sh
export LIBMYSQL_PLUGIN_DIR='${join(root, 'usr', 'lib', 'mysql', 'plugin')}'
exec '${loader}' --library-path '${libraries}' '${binary}' "$@"
`;
  return (directory) => {
    const path = join(directory, 'mysql');
    writeFileSync(path, script);
    chmodSync(path, 0o755);
  };
}

/** MariaDB's client; where there is none, as on GitHub's runners, MySQL's, which takes the same. */
export function findMariadbClient(): Client | undefined {
  if (!isHidden('mysql-client') && spawnSync('mariadb', ['--version']).status === 0) return () => undefined;
  const client = findMysqlClient();
  return (
    client &&
    ((directory) => {
      client(directory);
      writeFileSync(join(directory, 'mariadb'), '#!/bin/sh\nexec mysql "$@"\n');
      chmodSync(join(directory, 'mariadb'), 0o755);
    })
  );
}
