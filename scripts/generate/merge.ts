import { isDeepStrictEqual } from 'node:util';
import type { Value, ValueTable } from './actions.ts';

/**
 * The inputs or outputs of an action for any engine. Where engines word one differently, the words of each stand behind
 * its name; where they differ in what it defaults to, holds or asks for, nothing is said of that.
 *
 * @param tables by the engine's name
 */
export function merged(tables: ReadonlyMap<string, ValueTable>): ValueTable {
  const names = new Set([...tables.values()].flatMap((table) => Object.keys(table)));
  return Object.fromEntries([...names].map((name) => [name, mergedValue(valuesOf(name, tables))]));
}

function valuesOf(name: string, tables: ReadonlyMap<string, ValueTable>): [engine: string, value: Value][] {
  return [...tables].flatMap(([engine, { [name]: value }]) => (value === undefined ? [] : [[engine, value]]));
}

function mergedValue(values: readonly [engine: string, value: Value][]): Value {
  const [[, first] = ['', { description: '' }], ...others] = values;
  const agreed = Object.entries(first).filter(([key, told]) =>
    others.every(([, value]) => isDeepStrictEqual(value[key as keyof Value], told)),
  );
  return { ...Object.fromEntries(agreed), description: mergedDescription(values) };
}

function mergedDescription(values: readonly [engine: string, value: Value][]): string {
  const wordings = Map.groupBy(values, ([, { description }]) => description);
  if (wordings.size === 1) return [...wordings.keys()].join('');
  return [...wordings].map(([words, from]) => `${from.map(([engine]) => engine).join(', ')}: ${words}`).join(' ');
}
