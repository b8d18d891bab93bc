/** Every action, as its users see it. */
import { mintInputs, mintOutputs } from '../../src/actions/inputs.ts';
import { rotateRootInputs, rotateRootOutputs } from '../../src/actions/rotate-root-inputs.ts';
import { sweepInputs, sweepOutputs } from '../../src/actions/sweep-inputs.ts';
import type { EngineDeclaration } from '../../src/engines/engine.ts';
import { engines } from '../../src/engines/registry.ts';
import type { Input, InputTable, OutputTable } from '../../src/lease/inputs.ts';
import { merged } from './merge.ts';

export interface Action {
  /** where its action.yml is */
  readonly directory: string;
  readonly name: string;
  readonly description: string;
  readonly branding?: Readonly<Record<string, string>>;
  readonly inputs: ValueTable;
  readonly outputs: ValueTable;
  /** entry points in dist/ */
  readonly runs: { readonly main: string; readonly post?: string };
}

/** What a user is told of an input or output. */
export type Value = Pick<Input<unknown>, 'description' | 'default' | 'required' | 'type'>;
export type ValueTable = Readonly<Record<string, Value>>;

const { engine: engineInput, ...commonInputs } = mintInputs;

const rootOfAny =
  'Root credential, as the engine takes it. Several may be given, one per line: the first that the target accepts is used.';

export const anyEngine: Action = {
  directory: '.',
  name: 'joblease',
  description: 'Mints a credential that exists only for this job, and revokes it when the job ends. Engine by input.',
  branding: { icon: 'lock', color: 'green' },
  inputs: { engine: engineInput, ...ofEngines(({ inputs }) => inputs), ...commonInputs },
  outputs: { ...values(mintOutputs), ...merged(new Map(engines.map((each) => [each.name, values(each.outputs)]))) },
  runs: { main: 'main', post: 'post' },
};

export const sweep: Action = {
  directory: 'actions/sweep',
  name: 'joblease sweep',
  description: 'Ends the leases that dead runners left on a target.',
  inputs: withEngines('sweep', sweepInputs),
  outputs: values(sweepOutputs),
  runs: { main: 'sweep' },
};

export const rotateRoot: Action = {
  directory: 'actions/rotate-root',
  name: 'joblease rotate-root',
  description:
    'Replaces a root credential, on the target and in the secret that holds it, so that nobody is locked out.',
  inputs: withEngines('rotate-root', rotateRootInputs),
  outputs: values(rotateRootOutputs),
  runs: { main: 'rotate-root' },
};

export const actions: readonly Action[] = [anyEngine, ...engines.map(mintAction), sweep, rotateRoot];

export function mintAction({ name, about, root, inputs, outputs }: EngineDeclaration): Action {
  const engine: Value = {
    description: `Fixed: this action mints on ${about.title}.`,
    default: name,
    type: { oneOf: [name] },
  };
  return {
    directory: `actions/${name}`,
    name: `joblease for ${about.title}`,
    description: about.action,
    inputs: { engine, root, ...inputs, ...commonInputs },
    outputs: { ...values(mintOutputs), ...values(outputs) },
    runs: { main: 'main', post: 'post' },
  };
}

/** The inputs of an action for any engine: which engine, as whom, what it takes of the engines, and its own. */
function withEngines(action: 'sweep' | 'rotate-root', { engine, ...own }: InputTable & { engine: Value }): ValueTable {
  const taken = ({ inputs, inputsOf }: EngineDeclaration): ValueTable =>
    Object.fromEntries(Object.entries(inputs).filter(([name]) => (inputsOf[action] as string[]).includes(name)));
  return { engine, ...ofEngines(taken), ...own };
}

function ofEngines(taken: (engine: EngineDeclaration) => ValueTable): ValueTable {
  const tables = engines.map((each) => [each.name, { root: each.root, ...taken(each) }] as const);
  const all = merged(new Map(tables));
  return { ...all, root: { ...all['root'], description: rootOfAny } };
}

function values(outputs: OutputTable): ValueTable {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [
      name,
      typeof output === 'string' ? { description: output } : output,
    ]),
  );
}
