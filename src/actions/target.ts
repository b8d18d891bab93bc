import { getInput } from '@actions/core';
import type { EngineDeclaration, RootCredential } from '../engines/engine.ts';
import { parseInputs } from '../lease/inputs.ts';
import { mask } from '../runner/log.ts';

/**
 * Reads which target a sweep or a rotation is for, and as whom: `root`, and what they take of the engine's inputs. All
 * else is at its default. Root is masked from here on.
 *
 * @throws UserError for the first input that is wrong
 */
export function readTarget(
  engine: EngineDeclaration,
  action: 'sweep' | 'rotate-root',
): { roots: readonly RootCredential[]; config: Readonly<Record<string, unknown>> } {
  const taken: readonly string[] = engine.inputsOf[action];
  const config = parseInputs(engine.inputs, (name) => (taken.includes(name) ? getInput(name) : ''));
  const roots = engine.root.parse(getInput('root'), 'root');
  mask(roots.flatMap(({ secrets }) => secrets));
  engine.check?.(roots, config);
  return { roots, config };
}
