import { UserError } from '../lease/errors.ts';
import { aws } from './aws/declaration.ts';
import type { Input } from '../lease/inputs.ts';
import type { EngineDeclaration } from './engine.ts';
import { mariadb, mysql } from './mysql/declaration.ts';
import { postgres } from './postgres/declaration.ts';

/** Every engine. Their drivers are not loaded before {@link EngineDeclaration.load}. */
export const engines: readonly EngineDeclaration[] = [postgres, mysql, mariadb, aws];

const names = engines.map(({ name }) => name);

/** The input that names one of them. @param what is done with it, as the beginning of a sentence */
export function engineInput(what: string): Input<string> {
  return {
    description: `${what}: ${names.join(', ')}.`,
    required: true,
    type: { oneOf: names },
    parse: (value) => value,
  };
}

/** @throws UserError when there is no such engine */
export function engineNamed(name: string): EngineDeclaration {
  const engine = engines.find((each) => each.name === name || each.aliases?.includes(name) === true);
  if (engine === undefined) {
    throw new UserError(name === '' ? 'it is empty' : `there is no engine ${JSON.stringify(name)}`, {
      input: 'engine',
      fix: `The engines are: ${names.join(', ')}.`,
    });
  }
  return engine;
}
