/**
 * Every block of the pages is run by a test, or is by its nature not a thing to run; so what a reader copies works. YAML
 * that is not a whole workflow is held against the actions that it uses.
 */
import { describe, expect, it } from 'vitest';
import { repository } from '../../scripts/release/repository.ts';
import { asMap, parseFile } from '../runner/template.ts';
import { block, blocksOf, pages } from './blocks.ts';
import { read } from './tree.ts';

const blocks = pages.flatMap(blocksOf);

/** Blocks that a test runs, by the test that names them. */
const run: Readonly<Record<string, readonly string[]>> = {
  'test/docs/way.test.ts': idsIn('test/docs/way.test.ts'),
  'test/docs/aws-setup.test.ts': idsIn('test/docs/aws-setup.test.ts'),
  'test/docs/vault.test.ts': idsIn('test/docs/vault.test.ts'),
  'test/release/verify.test.ts': idsIn('test/release/verify.test.ts'),
  'test/mysql/mariadb.test.ts': idsIn('test/mysql/mariadb.test.ts'),
  'test/gate/postgres-docs.test.ts': idsIn('test/gate/postgres-docs.test.ts'),
  'test/gate/postgres-cron.test.ts': idsIn('test/gate/postgres-cron.test.ts'),
  'test/gate/mysql-docs.test.ts': idsIn('test/gate/mysql-docs.test.ts'),
};

/** Blocks that nobody pastes, and why. */
const notRun: Readonly<Record<string, string>> = {
  'docs/mariadb.md § The lease record sql #1': 'a query to look around with',
  'docs/mysql.md § The lease record sql #1': 'a query to look around with',
  'docs/postgres.md § What stays, and how to finish by hand sql #1': 'a query to look around with',
  'docs/postgres.md § What stays, and how to finish by hand sql #2': 'has the name of a lease in it',
  'docs/rotate-root.md § PostgreSQL sql #1': 'has … for passwords; what it makes is run from docs/first-hour.md',
  'docs/rotate-root.md § MySQL and MariaDB sql #1': 'has … for passwords; what it makes is run from docs/first-hour.md',
};

/** The blocks that a test file asks for by a literal, or by a template of which `${page}` is one of two. */
function idsIn(test: string): string[] {
  return [...read(test).matchAll(/block\((['`])(.+?)\1\)/g)].flatMap(([, , id = '']) =>
    id.includes('${') ? ['mysql', 'mariadb'].map((kind) => id.replace(/\$\{\w+\}/, `docs/${kind}.md`)) : [id],
  );
}

describe('blocks to paste', () => {
  const pasted = blocks.filter(({ language }) => ['sh', 'bash', 'sql', 'hcl'].includes(language)).map(({ id }) => id);
  const workflows = blocks
    .filter(({ language, text }) => language === 'yaml' && /^on:/m.test(text))
    .map(({ id }) => id);
  const known = new Set([...Object.values(run).flat(), ...Object.keys(notRun)]);

  it('are found', () => {
    expect(pasted.length).toBeGreaterThan(15);
    expect(workflows.length).toBeGreaterThan(1);
  });

  it('are each run by a test, or named here with the reason why not', () => {
    expect([...pasted, ...workflows].filter((id) => !known.has(id))).toEqual([]);
  });

  it.each([...known])('%s is on its page', (id) => {
    expect(block(id)).not.toBe('');
  });
});

describe('blocks of JSON', () => {
  it.each(blocks.filter(({ language }) => language === 'json').map(({ id, text }) => [id, text]))('%s', (_, text) => {
    expect(() => JSON.parse(text) as unknown).not.toThrow();
  });
});

const ourUse = new RegExp(String.raw`^( *(?:- )?)uses: ${repository()}/?(.*)@`);

/** What each use of an action or a reusable workflow of ours gives it, read line by line: a block may be a piece of a file. */
function usesIn(yaml: string): { path: string; given: string[] }[] {
  const lines = yaml.split('\n');
  return lines.flatMap((line, at) => {
    const [, indent = '', path] = ourUse.exec(line) ?? [];
    if (path === undefined) return [];
    const siblings = lines.slice(at + 1);
    const end = siblings.findIndex((each) => each.trim() !== '' && (/^ */.exec(each)?.[0].length ?? 0) < indent.length);
    const step = siblings.slice(0, end === -1 ? undefined : end);
    const start = step.findIndex((each) => new RegExp(`^ {${indent.length}}with:`).test(each));
    const [, inline] = /with: \{(.*)\}/.exec(step[start] ?? '') ?? [];
    if (inline !== undefined)
      return [{ path, given: [...inline.matchAll(/([\w-]+): /g)].map(([, name = '']) => name) }];
    const keys = step.slice(start + 1).map((each) => new RegExp(`^ {${indent.length + 2}}([\\w-]+):`).exec(each)?.[1]);
    const after = step.slice(start + 1).findIndex((each) => new RegExp(`^ {${indent.length}}\\w`).test(each));
    return [{ path, given: keys.slice(0, after === -1 ? undefined : after).filter((name) => name !== undefined) }];
  });
}

describe('blocks of YAML', () => {
  const uses = blocks
    .filter(({ language }) => language === 'yaml')
    .flatMap(({ id, text }) => usesIn(text).map(({ path, given }) => [id, path, given] as const));

  it('are read', () => {
    expect(uses.length).toBeGreaterThan(8);
    expect(usesIn(block('README.md § The first job yaml #1'))).toEqual([
      { path: 'actions/postgres', given: ['root', 'admin-role', 'member-of', 'database', 'ttl'] },
    ]);
    expect(usesIn(block('docs/first-hour.md § A service container yaml #1'))).toEqual([
      { path: 'actions/postgres', given: ['root', 'admin-role', 'member-of'] },
    ]);
  });

  it.each(uses)('%s gives %s what it takes', (_, path, given) => {
    const isWorkflow = path.endsWith('.yml');
    const file = isWorkflow ? path : `${path}/action.yml`;
    const manifest = asMap(parseFile(isWorkflow ? 'workflow' : 'action', file, read(file)));
    const { inputs } = isWorkflow ? asMap(asMap(manifest['on'])['workflow_call']) : manifest;
    expect(Object.keys(asMap(inputs))).toEqual(expect.arrayContaining(given));
  });
});
