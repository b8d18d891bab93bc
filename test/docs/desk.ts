/** A person's desk: the shell and the clients that blocks of the docs are pasted into, and what gh was given. */
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Client } from '../services/clients.ts';
import { root } from './tree.ts';

export interface Desk extends Disposable {
  readonly directory: string;
  /** PATH with the clients of this desk first */
  readonly path: string;
  /** Pastes into bash, in a clone of this repository. @throws Error when the last command fails, or any says ERROR */
  paste(text: string): void;
  /** Pastes a line that then reads what is typed. */
  type(line: string, typed: string): void;
  /** Pastes into a client such as psql. @throws Error when any statement fails */
  pasteInto(client: string, sql: string): void;
  /** What `gh secret set` was given for this name. */
  secret(name: string): string;
  /** All calls of gh, by their arguments. */
  calls(): string[];
}

export interface DeskOptions {
  readonly clients: readonly Client[];
  /** with which an administrator's clients find the server */
  readonly env: Readonly<Record<string, string>>;
  /** the same for MySQL's and MariaDB's: ~/.my.cnf */
  readonly myCnf?: string;
  /** what a reader puts in for an example's value: `db.example.com` and the like */
  readonly replace: Readonly<Record<string, string>>;
}

/** Stands for GitHub's client: it keeps what it is given, and takes no other form of what the docs use. */
const gh = `#!/bin/sh
echo "$*" >>"$GH_DIRECTORY/calls"
case "$1 $2" in
  'secret set') tr -d '\\r' >"$GH_DIRECTORY/secret-$3" ;;
  'variable set' | 'issue create') ;;
  'api repos/{owner}/{repo}')
    echo '{"name":"app","full_name":"octo/app","id":5678,"owner":{"login":"octo","id":1234}}' | jq -r "$4" ;;
  'api --method') case "$*" in *--input*) cat >"$GH_DIRECTORY/body" ;; esac ;;
  *) echo "ERROR: gh does not know $*" >&2; exit 1 ;;
esac
`;

export function openDesk({ clients, env: given, myCnf, replace }: DeskOptions): Desk {
  const directory = mkdtempSync(join(tmpdir(), 'joblease-desk-'));
  const bin = join(directory, 'bin');
  mkdirSync(bin);
  for (const client of clients) client(bin);
  for (const folder of ['docs', 'sql']) symlinkSync(join(root, folder), join(directory, folder));
  writeFileSync(join(bin, 'gh'), gh);
  chmodSync(join(bin, 'gh'), 0o755);
  if (myCnf !== undefined) writeFileSync(join(directory, '.my.cnf'), myCnf);
  const path = `${bin}${delimiter}${process.env['PATH'] ?? ''}`;
  const env = { LANG: 'C.UTF-8', HOME: directory, PATH: path, GH_DIRECTORY: directory, ...given };
  const filledIn = (text: string): string =>
    Object.entries(replace).reduce((filled, [example, own]) => filled.replaceAll(example, own), text);
  const run = (program: string, args: string[], input: string): void => {
    const { status, error, stdout, stderr } = spawnSync(program, args, {
      input: filledIn(input),
      cwd: directory,
      env,
      encoding: 'utf8',
    });
    const said = `${stdout}${stderr}`;
    if (status !== 0 || /\bERROR\b|\bFATAL\b/.test(said))
      throw new Error(`${program} ended with ${status} ${error?.message ?? ''}: ${said}\n${input}`);
  };
  return {
    directory,
    path,
    paste: (text) => run('bash', [], text),
    type: (line, typed) => run('bash', ['-c', filledIn(line)], typed),
    pasteInto: (client, sql) => run(client, client === 'psql' ? ['--no-psqlrc'] : [], sql),
    secret: (name) => readFileSync(join(directory, `secret-${name}`), 'utf8').trimEnd(),
    calls: () => {
      const file = join(directory, 'calls');
      return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}
