import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { githubKeys } from '../../scripts/gate/keys.ts';
import { gateFiles } from '../../scripts/generate-gate.ts';

it.each([...gateFiles('mysql'), ...gateFiles('mariadb')])('$path is what scripts/gate gives', ({ path, text }) => {
  expect(readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8')).toBe(text);
});

it('every gate comes with the same signing keys', () => {
  const postgres = readFileSync(join(import.meta.dirname, '..', '..', 'sql', 'postgres', 'gate.sql'), 'utf8');
  const keys = [...postgres.matchAll(/\('([\w-]{36,40})',\s+'([\w-]{342})'\)/g)].map(([, kid, n]) => [kid, n]);
  expect(Object.fromEntries(keys)).toEqual(githubKeys);
});
