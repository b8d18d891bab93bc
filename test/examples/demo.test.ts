/** `npm run demo`, from the tree as it is: it promises its reader that every claim in its last table was seen. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';

const checkout = join(import.meta.dirname, '..', '..');

it('the demo sees all that it claims, leaves nothing, and ends with 0', async () => {
  const node = join(checkout, 'node_modules', 'node', 'bin', 'node');
  // Rejects, with all that was printed, where the exit status is another.
  const { stdout, stderr } = await promisify(execFile)(node, ['scripts/demo.ts'], { cwd: checkout });
  const lines = stripVTControlCharacters(stdout).trimEnd().split('\n');
  const from = lines.indexOf('What was seen') + 2;
  const table = lines.slice(from, lines.indexOf('', from));
  expect(table.filter((line) => !/^✓ \S.{55} +\S/.test(line))).toEqual([]);
  expect(table.length).toBeGreaterThanOrEqual(13);
  expect(lines[from + table.length + 1]).toMatch(
    new RegExp(`^${table.length} of ${table.length} claims seen, in [\\d.]+ s\\. Nothing is left behind\\.$`),
  );
  expect(stderr).toBe('');
});
