/** What `npm run mutants` puts into the code still fits the code, and has test files to be seen by. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { apply } from '../../scripts/mutants/apply.ts';
import { mutants, rooms } from '../../scripts/mutants/list.ts';

const checkout = join(import.meta.dirname, '..', '..');

it('every mutant changes one place of the sources', () => {
  expect(mutants.map((mutant) => apply(mutant, checkout)).filter((change) => typeof change === 'string')).toEqual([]);
  expect(mutants.filter(({ from, to }) => from === to)).toEqual([]);
});

it('no mutant is there twice', () => {
  const changes = mutants.map((mutant) => apply(mutant, checkout));
  const texts = changes.map((change) => (typeof change === 'string' ? change : `${change.file}\n${change.text}`));
  expect(texts.filter((text, i) => texts.indexOf(text) !== i)).toEqual([]);
});

it.each(Object.entries(rooms))('the test files of %s are there', (_, files) => {
  expect(files.filter((file) => globSync(file, { cwd: checkout }).length === 0)).toEqual([]);
});
