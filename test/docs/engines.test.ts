/** What every registered engine has to bring, and that nothing but its folder knows it. */
import { expect, it } from 'vitest';
import { mintInputs, mintOutputs } from '../../src/actions/inputs.ts';
import { rotateRootInputs } from '../../src/actions/rotate-root-inputs.ts';
import { sweepInputs } from '../../src/actions/sweep-inputs.ts';
import { abilities, lacks, type Ability } from '../../src/engines/engine.ts';
import { postgres } from '../../src/engines/postgres/declaration.ts';
import { engines } from '../../src/engines/registry.ts';
import { enginePage } from '../../scripts/generate/pages.ts';
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

it.each(engines)('$name has the abilities that its page says', async (engine) => {
  const { limits = {} } = engine;
  const driver = await engine.load();
  const lacksAlways = (ability: Ability): boolean => {
    const limit = limits[ability];
    return limit !== undefined && limit.of === undefined;
  };
  expect(driver.endSelf === undefined).toBe(lacksAlways('endSelf'));
  expect(driver.rotateRoot === undefined).toBe(lacksAlways('rotateRoot'));
  expect(driver.batchSize === undefined).toBe(lacksAlways('endTogether'));
});

it('says what an engine cannot do, for which leases, and why', () => {
  const limits = {
    rotateRoot: { why: 'Its root is a rule.' },
    renew: { of: 'a token', why: 'A token ends when it was asked to.' },
  };
  const stub = { about: { ...postgres.about, title: 'Stub' }, limits };
  expect(lacks(stub, 'rotateRoot').message).toBe(
    'Input "engine": Stub cannot rotate its root credential\nIts root is a rule.',
  );
  expect(lacks(stub, 'renew').message).toBe(
    'Input "engine": Stub, for a token, cannot move a lease\'s end\nA token ends when it was asked to.',
  );
  const page = enginePage({ ...postgres, ...stub })['abilities'];
  expect(page).toContain("| move a lease's end | not for a token: A token ends when it was asked to. |");
  expect(page).toContain('| rotate its root credential | no: Its root is a rule. |');
  expect(page?.match(/\| yes \|/g)).toHaveLength(Object.keys(abilities).length - 2);
});

it('no engine is named outside its folder and the registry', () => {
  expect(strayNames(engines)).toEqual([]);
});
