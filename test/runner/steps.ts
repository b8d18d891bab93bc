import { asMap, asText, evaluateString, Expression, type Scope, type Template, type TemplateMap } from './template.ts';

/** A step of a job or of a composite, as its file has it. */
export interface Step {
  /** Its own id, or a generated one that starts with `__`. */
  id: string;
  /** Outputs of a step without an id of its own can be named by nobody. */
  hasId: boolean;
  name: Template | undefined;
  condition: Template;
  continueOnError: Template;
  timeoutMinutes: Template;
  env: Template;
  /** One of the two is there. */
  uses: string | undefined;
  run: Template | undefined;
  with: Template;
  shell: Template | undefined;
  workingDirectory: Template | undefined;
}

/** Always an expression, so that a step without `if` has the same condition as one with `if: success()`. */
const SUCCESS = new Expression('success()', ['success(0,0)']);

/** Reads a list of steps and gives an id to those without. Background steps do not come this far: the schema refuses them. */
export function readSteps(templates: readonly Template[]): Step[] {
  const ids = new Set(templates.map((template) => asMap(template)['id']));
  return templates.map((template) => {
    const step = asMap(template);
    const own = asText(step['id']);
    const id = own ?? unusedId(step, ids);
    ids.add(id);
    const uses = asText(step['uses']);
    return {
      id,
      hasId: own !== undefined,
      name: step['name'],
      condition: step['if'] ?? SUCCESS,
      continueOnError: step['continue-on-error'] ?? false,
      timeoutMinutes: step['timeout-minutes'] ?? 0,
      env: step['env'] ?? {},
      uses,
      run: step['run'],
      with: step['with'] ?? {},
      shell: step['shell'],
      workingDirectory: step['working-directory'],
    };
  });
}

/** `__run`, `__owner_repo`, `__self` for a local action; with `_2`, `_3`, … where that is taken. */
function unusedId(step: TemplateMap, taken: ReadonlySet<Template | undefined>): string {
  const uses = asText(step['uses']);
  const base =
    uses === undefined ? 'run' : /^[.$]\//.test(uses) ? 'self' : uses.replace(/@.*$/, '').replaceAll(/[^\w-]/g, '_');
  let id = `__${base}`;
  for (let n = 2; taken.has(id); n += 1) id = `__${base}_${n}`;
  return id;
}

/** What the log calls a step: its name, or the first line of what it runs. */
export function nameOf({ name, uses, run }: Step, scope: Scope): string {
  if (name !== undefined) return evaluateString(name, scope);
  return `Run ${uses ?? evaluateString(run, scope).trim().split('\n', 1).join('')}`;
}

/**
 * The program and the arguments of a shell; `{0}` stands for the script's file. Source: ScriptHandlerHelpers.cs.
 *
 * @throws Error for a shell that is neither built in nor a command with `{0}`.
 */
export function shellCommand(shell: string | undefined): [program: string, ...args: string[]] {
  if (shell === undefined || shell === '') return ['bash', '-e', '{0}'];
  if (shell === 'bash') return ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', '{0}'];
  if (shell === 'sh') return ['sh', '-e', '{0}'];
  const [program, ...args] = shell.split(/\s+/);
  if (program === undefined || !args.some((argument) => argument.includes('{0}'))) {
    throw new Error(`Invalid shell option '${shell}': bash, sh, or a format string containing '{0}'.`);
  }
  return [program, ...args];
}
