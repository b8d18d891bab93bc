/** What the reusable workflows in .github/workflows/ hand to the action beside them, and what they hand back. */
import { rotateRoot, sweep, type Action, type Value } from './actions.ts';
import { mapped, plain } from './yaml.ts';

type Regions = Readonly<Record<string, string>>;

/** Regions by the workflow's path. */
export const workflows: Readonly<Record<string, Regions>> = {
  // The report is a file, which goes with its job.
  '.github/workflows/sweep.yml': regions(sweep, 'sweep', { absent: ['root', 'github-token'], kept: ['report'] }),
  '.github/workflows/rotate-root.yml': regions(rotateRoot, 'rotate', {
    // The token of the workflow's own App is for the calling repository.
    absent: ['root', 'github-token', 'job-token', 'repository'],
    // Its default is the environment of the job.
    handed: ['secret-scope'],
  }),
};

/** What a workflow does itself. */
interface ByHand {
  /** inputs of the action that are secrets, or that only a step takes */
  readonly absent: readonly string[];
  /** inputs of both that are not handed on as they are */
  readonly handed?: readonly string[];
  /** outputs that stay with the job */
  readonly kept?: readonly string[];
}

/** @param name of the job and of its step */
function regions(action: Action, name: string, { absent, handed = [], kept = [] }: ByHand): Regions {
  const inputs = without(action.inputs, absent);
  const outputs = without(action.outputs, kept);
  return {
    inputs: plain(mapped(inputs, workflowInput)),
    outputs: plain(mapped(outputs, (_, output) => ({ value: `\${{ jobs.${name}.outputs.${output} }}` }))),
    results: plain(mapped(outputs, (_, output) => `\${{ steps.${name}.outputs.${output} }}`)),
    with: plain(mapped(without(inputs, handed), (_, input) => `\${{ inputs.${input} }}`)),
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
