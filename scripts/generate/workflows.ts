/** What the reusable workflows in .github/workflows/ hand to the action beside them, and what they hand back. */
import { rotateRoot, sweep, type Action, type Value } from './actions.ts';
import { mapped, plain } from './yaml.ts';

type Regions = Readonly<Record<string, string>>;

/** Regions by the workflow's path. */
export const workflows: Readonly<Record<string, Regions>> = {
  // The report is a file, which goes with its job.
  '.github/workflows/sweep.yml': regions(sweep, 'sweep', ['root', 'github-token'], ['report']),
  // The token of the workflow's own App is for the calling repository.
  '.github/workflows/rotate-root.yml': regions(
    rotateRoot,
    'rotate',
    ['root', 'github-token', 'job-token', 'repository'],
    [],
  ),
};

/**
 * @param name of the job and of its step
 * @param byHand inputs that are secrets, or that only a step takes
 * @param kept outputs that stay with the job
 */
function regions(action: Action, name: string, byHand: readonly string[], kept: readonly string[]): Regions {
  const inputs = without(action.inputs, byHand);
  const outputs = without(action.outputs, kept);
  return {
    inputs: plain(mapped(inputs, workflowInput)),
    outputs: plain(mapped(outputs, (_, output) => ({ value: `\${{ jobs.${name}.outputs.${output} }}` }))),
    results: plain(mapped(outputs, (_, output) => `\${{ steps.${name}.outputs.${output} }}`)),
    with: plain(mapped(inputs, (_, input) => `\${{ inputs.${input} }}`)),
  };
}

function without<V>(map: Readonly<Record<string, V>>, names: readonly string[]): Readonly<Record<string, V>> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => !names.includes(name)));
}

/** GitHub gives 0 and false for what a caller leaves out, where the action would take its default for an empty text. */
function workflowInput({ default: value = '', required, type }: Value): object {
  const asked = required && { required };
  if (type === 'boolean') return { type, ...asked, ...(value === 'true' && { default: true }) };
  if (type === 'integer') return { type: 'number', ...asked, default: Number(value) };
  return { type: 'string', ...asked };
}
