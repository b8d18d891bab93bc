/** What every registered engine has to bring, and that nothing but its folder knows it. */
import { expect, it } from 'vitest';
import { mintInputs, mintOutputs } from '../../src/actions/inputs.ts';
import { rotateRootInputs } from '../../src/actions/rotate-root-inputs.ts';
import { sweepInputs } from '../../src/actions/sweep-inputs.ts';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import { engines } from '../../src/engines/registry.ts';
import { missing, strayNames } from './brings.ts';

it.each(engines)('$name brings all that an engine has to bring', async (engine) => {
  expect(await missing(engine)).toEqual([]);
});

it('an engine that brings nothing is told what it lacks', async () => {
  expect(await missing({ ...postgres, name: 'stub', about: { ...postgres.about, title: 'Stub' } })).toEqual([
    'The engine stub lacks a contract test: test/contract/stub.test.ts calls contract().',
    'The engine stub lacks a service: what test/contract/stub.test.ts tries is started by a file in test/services/.',
    'The engine stub lacks a test of its sweep: test/contract/stub.test.ts calls sweepContract(), or there is test/stub/sweep.test.ts.',
    'The engine stub lacks a test of its rotation: its ways to hold root are in test/rotate/layouts.ts, or there is test/rotate/stub.test.ts.',
    'The engine stub lacks an example: examples/stub.yml uses actions/stub.',
    'The engine stub lacks its expiry class in the README: the table in "How it works" names Stub.',
    'The engine stub lacks a page: docs/stub.md.',
  ]);
});

it.each(engines)('$name has no input or output that hides one of every engine', ({ inputs, outputs }) => {
  const common = new Set(['root', ...Object.keys({ ...mintInputs, ...sweepInputs, ...rotateRootInputs })]);
  expect(Object.keys(inputs).filter((name) => common.has(name))).toEqual([]);
  expect(Object.keys(outputs).filter((name) => name in mintOutputs)).toEqual([]);
});

it('no engine is named outside its folder and the registry', () => {
  expect(strayNames(engines)).toEqual([]);
});
