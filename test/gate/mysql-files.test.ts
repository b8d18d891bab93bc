import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gateFiles } from '../../scripts/generate-gate.ts';

it.each([...gateFiles('mysql'), ...gateFiles('mariadb')])('$path is what scripts/gate gives', ({ path, text }) => {
  expect(readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8')).toBe(text);
});
