/**
 * Writes sql/mysql/gate.sql and sql/mariadb/gate.sql from scripts/gate/. `--[mysql]…--[mariadb]…--[end]` in the source
 * stands for what differs. With `--check` nothing is written; it fails when what is committed is something else.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { githubKeys } from './gate/keys.ts';
import { preparation, verification } from './gate/rs256.ts';

/** Of the gate's SQL. One more whenever tables or calls change. */
const version = '1';
const root = join(import.meta.dirname, '..');

export interface SqlFile {
  /** in the repository */
  readonly path: string;
  readonly text: string;
}

/** What a server gets: the gate, and what takes it away. */
export function gateFiles(server: 'mysql' | 'mariadb'): SqlFile[] {
  const source = readFileSync(join(import.meta.dirname, 'gate', 'gate.sql'), 'utf8');
  const reaper = readFileSync(join(root, 'docs', `${server}-reaper.sql`), 'utf8');
  const keys = Object.entries(githubKeys).map(([kid, n]) => `    CALL joblease.trust_key('${kid}',\n      '${n}');`);
  const parts: Readonly<Record<string, string>> = {
    version,
    reaper: reaper.trimEnd(),
    rs256: `${preparation}\n\n${verification}`,
    keys: keys.join('\n'),
  };
  const filled = differ(source, server).replaceAll(/--\[(\w+)\]/g, (marker, name: string) => parts[name] ?? marker);
  const routines = [
    ...filled.matchAll(/^CREATE DEFINER = 'joblease_\w+'@'localhost' (PROCEDURE|FUNCTION) joblease\.([\w`]+)/gm),
  ];
  const reaped = new Set([...reaper.matchAll(/PROCEDURE IF EXISTS joblease\.(\w+)/g)].map(([, name]) => name));
  const ours = routines.filter(([, , name = '']) => !reaped.has(name));
  const drops = ours.map(([, kind, name]) => `DROP ${kind} IF EXISTS joblease.${name};`).join('\n');
  // MariaDB takes EXECUTE from live leases with a procedure that is dropped, and leaves it with one that is replaced.
  const isOurs = (name: string): boolean => ours.some(([, , other]) => other === name);
  const replacing = filled.replaceAll(
    /^CREATE (DEFINER = 'joblease_\w+'@'localhost' (?:PROCEDURE|FUNCTION) joblease\.([\w`]+))/gm,
    (statement, rest: string, name: string) => (isOurs(name) ? `CREATE OR REPLACE ${rest}` : statement),
  );
  const text = server === 'mariadb' ? replacing : filled.replace('--[drops]', drops);
  const removal = differ(readFileSync(join(import.meta.dirname, 'gate', 'remove.sql'), 'utf8'), server);
  return [
    { path: join('sql', server, 'gate.sql'), text },
    { path: join('sql', server, 'gate-remove.sql'), text: removal.replace('--[drops]', drops) },
  ];
}

function differ(source: string, server: 'mysql' | 'mariadb'): string {
  return source.replaceAll(
    /^--\[(mysql|mariadb)\]\n([\s\S]*?)^(?:--\[(mysql|mariadb)\]\n([\s\S]*?)^)?--\[end\]\n|--\[(mysql|mariadb)\](.*?)(?:--\[(mysql|mariadb)\](.*?))?--\[end\]/gm,
    (
      _,
      a?: string,
      aText?: string,
      b?: string,
      bText?: string,
      c?: string,
      cText?: string,
      d?: string,
      dText?: string,
    ) => {
      if (a !== undefined) return (a === server ? aText : b === server ? bText : undefined) ?? '';
      return (c === server ? cText : d === server ? dText : undefined) ?? '';
    },
  );
}

if (import.meta.main) {
  for (const { path, text } of (['mysql', 'mariadb'] as const).flatMap(gateFiles)) {
    const file = join(root, path);
    if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
    if (process.argv.includes('--check')) {
      console.error(`${path} is not what scripts/gate gives; run: node scripts/generate-gate.ts`);
      process.exitCode = 1;
      continue;
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
