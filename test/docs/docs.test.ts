/** Holds what is written by hand for users against the code: error texts in docs/, the README's example, links and pins. */
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { postgresServers } from '../contract/postgres-target.ts';
import { runWorkflow } from '../runner/index.ts';
import { errorTexts } from './error-texts.ts';
import { codeSpans, linksIn, section, slugs } from './markdown.ts';
import { filesBelow, read, root } from './tree.ts';

describe('error texts', () => {
  const pages = filesBelow('docs', '.md').map((path) => read(path));
  const spans = pages.flatMap((markdown) => codeSpans(section(markdown, 'Troubleshooting')));
  const texts = filesBelow('src', '.ts').flatMap((path) =>
    errorTexts(read(path)).map(({ text, pattern }) => ({ path, text, pattern })),
  );

  it('are found in the sources', () => {
    // A change in how errors are written must not silence the test below.
    expect(texts.length).toBeGreaterThan(40);
    expect(texts.map(({ text }) => text)).toContain('there is no role …');
    expect(texts.map(({ text }) => text)).toContain('nothing accepts connections at …');
  });

  it('each stand in a troubleshooting section', () => {
    const missing = texts.filter(({ pattern }) => !spans.some((span) => pattern.test(span)));
    expect(missing.map(({ path, text }) => `${path}: ${text}`)).toEqual([]);
  });
});

describe('references', () => {
  const pages = filesBelow('.', '.md');

  it.each(pages)('%s: every relative link leads somewhere', (page) => {
    const broken = linksIn(read(page)).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page : join(dirname(page), path);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && target.endsWith('.md') && !slugs(read(target)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it.each([...filesBelow('.github', '.yml'), ...filesBelow('examples', '.yml')])('%s: every use is pinned', (path) => {
    const uses = [...read(path).matchAll(/^\s*(?:- )?uses:\s*(.*)$/gm)].map(([, value = '']) => value.trim());
    const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d[\w.]*$/;
    const ours = /^(?:OWNER\/joblease(?:\/[\w./-]+)?@v\d+|\.\/\S*|\$\/\S+)$/;
    expect(uses.filter((value) => !pinned.test(value) && !ours.test(value))).toEqual([]);
  });
});

describe('the example in the README', () => {
  it('runs as it stands', async () => {
    const example = /```yaml\n(.*?)```/s.exec(read('README.md'))?.[1] ?? '';
    const directory = mkdtempSync(join(tmpdir(), 'readme-'));
    try {
      const [server] = postgresServers();
      if (server === undefined) throw new Error('there is no server');
      await using target = await server.start();
      const file = join(directory, 'example.yml');
      writeFileSync(file, example);
      const { conclusion, jobs } = await runWorkflow(file, {
        secrets: { BILLING_DB_ROOT: target.root },
        env: withPsql(directory),
      }).done;
      const { log, summary } = Object.values(jobs)[0] ?? { log: '', summary: '' };
      expect({ conclusion, log }).toMatchObject({ conclusion: 'success' });
      expect(log).toContain('CREATE TABLE');
      expect(log).toMatch(/^postgres\/job\/jl_\w+: revoked\.$/m);
      expect(`${log}${summary}`).not.toContain(target.rootSecret);

      const { rows } = await target.admin(
        `SELECT tableowner FROM pg_tables WHERE tablename = 'invoice' AND schemaname = 'public'`,
        'billing',
      );
      expect(rows).toEqual([{ tableowner: 'billing_owner' }]);
      expect((await target.accounts()).filter((name) => name.startsWith('jl_'))).toEqual([]);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

/** On a machine without psql, one that does what the example asks of it: `psql URL -c SQL`. */
function withPsql(directory: string): Record<string, string> {
  if (spawnSync('psql', ['--version']).status === 0) return {};
  const pg = createRequire(import.meta.url).resolve('pg');
  const script = `#!/usr/bin/env node
const { Client } = require(${JSON.stringify(pg)});
const [url, , sql] = process.argv.slice(2);
(async () => {
  const client = new Client(url);
  await client.connect();
  console.log((await client.query(sql)).command + ' TABLE');
  await client.end();
})();
`;
  const path = join(directory, 'psql');
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return { PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` };
}
