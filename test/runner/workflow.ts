import { randomInt } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { resolveRepository, type ActionSources, type Repository } from './actions.ts';
import { Job } from './job.ts';
import type { RunControl } from './run-control.ts';
import {
  asArray,
  asMap,
  asObject,
  asText,
  coerceString,
  evaluate,
  evaluateCondition,
  evaluateString,
  evaluateStrings,
  parseFile,
  type Json,
  type JsonMap,
  type Scope,
  type Template,
  type TemplateMap,
} from './template.ts';
import type { Conclusion, JobResult, WorkflowResult } from './types.ts';

/** A workflow file, and the repository that it is part of. */
export interface WorkflowFile {
  name: string;
  text: string;
  repository: Repository;
}

/** What a workflow is run with: by an event, or by the job that calls it. */
export interface WorkflowCall {
  /** Before the keys of its jobs in the result: `caller / `, or empty. */
  prefix: string;
  inputs: JsonMap;
  secrets: Record<string, string>;
}

/** What all jobs of a run share. */
export interface Machine {
  run: RunControl;
  sources: ActionSources;
  /** Where each job gets a directory of its own. */
  directory: string;
  node: string;
  github: JsonMap;
}

// A type and no interface: only so it is a value of a context too.
type JobOutcome = {
  result: Conclusion;
  outputs: Record<string, string>;
};

/** The keys of a job that change what it does, and that are not emulated. */
const NOT_EMULATED = ['container', 'continue-on-error', 'snapshot'];

/**
 * Runs the jobs of a workflow, each as soon as those that it needs have ended.
 *
 * @throws Error for a file that GitHub would refuse, and for what the emulator cannot do.
 */
export async function executeWorkflow(
  machine: Machine,
  file: WorkflowFile,
  call: WorkflowCall,
): Promise<WorkflowResult> {
  const workflow = parseFile('workflow', file.name, file.text);
  const events = typeof workflow['on'] === 'object' && !Array.isArray(workflow['on']) ? asMap(workflow['on']) : {};
  const declared = asMap(events['workflow_call'] ?? events['workflow_dispatch']);
  return await new Workflow(machine, file, workflow, {
    ...call,
    inputs: readInputs(asMap(declared['inputs']), call.inputs, machine.github),
  }).execute(asMap(declared['outputs']));
}

class Workflow {
  readonly #machine: Machine;
  readonly #file: WorkflowFile;
  readonly #workflow: TemplateMap;
  readonly #call: WorkflowCall;
  readonly #jobs: TemplateMap;
  readonly #outcomes = new Map<string, Promise<JobOutcome>>();
  readonly #results: Record<string, JobResult> = {};

  constructor(machine: Machine, file: WorkflowFile, workflow: TemplateMap, call: WorkflowCall) {
    this.#machine = machine;
    this.#file = file;
    this.#workflow = workflow;
    this.#call = call;
    this.#jobs = asMap(workflow['jobs']);
  }

  async execute(outputs: TemplateMap): Promise<WorkflowResult> {
    const { run } = this.#machine;
    const ids = Object.keys(this.#jobs);
    const outcomes = await Promise.all(ids.map(async (id) => [id, await this.#outcome(id)] as const));
    const scope = { contexts: { ...this.#contexts(), jobs: Object.fromEntries(outcomes) } };
    const values = Object.entries(outputs).map(([name, output]): [string, string] => [
      name,
      evaluateString(asMap(output)['value'], scope),
    ]);
    return {
      conclusion: run.cancelled.aborted ? 'cancelled' : worst(outcomes.map(([, outcome]) => outcome.result)),
      jobs: this.#results,
      outputs: Object.fromEntries(values),
    };
  }

  #outcome(id: string): Promise<JobOutcome> {
    const known = this.#outcomes.get(id);
    if (known !== undefined) return known;
    const outcome = this.#runJob(id);
    this.#outcomes.set(id, outcome);
    return outcome;
  }

  async #runJob(id: string): Promise<JobOutcome> {
    const job = this.#job(id);
    const needed = needsOf(job);
    const needs = Object.fromEntries(
      await Promise.all(needed.map(async (name) => [name, await this.#outcome(name)] as const)),
    );
    const contexts = { ...this.#contexts(), needs };
    const { cancelled, killed } = this.#machine.run;
    // A job counts all jobs that it needs, however far: one that failed or was skipped skips the whole chain after it.
    const before = await Promise.all([...this.#ancestors(id)].map(async (name) => (await this.#outcome(name)).result));
    const status = {
      success: !cancelled.aborted && before.every((result) => result === 'success'),
      failure: before.includes('failure') || before.includes('lost'),
      cancelled: cancelled.aborted,
    };
    const wanted = job['if'] === undefined ? status.success : evaluateCondition(job['if'], { contexts, status });
    if (!killed.aborted && wanted) return await this.#runLegs(id, job, contexts);
    const result = killed.aborted ? 'lost' : cancelled.aborted ? 'cancelled' : 'skipped';
    this.#results[this.#call.prefix + id] = withoutSteps(result);
    return { result, outputs: {} };
  }

  async #runLegs(id: string, job: TemplateMap, contexts: JsonMap): Promise<JobOutcome> {
    const strategy = asMap(job['strategy']);
    const scope: Scope = { contexts };
    const legs = strategy['matrix'] === undefined ? [{}] : expandMatrix(evaluate(strategy['matrix'], scope));
    const failFast = strategy['fail-fast'] === undefined || evaluateCondition(strategy['fail-fast'], scope);
    const running: Job[] = [];
    const outcomes = await Promise.all(
      legs.map(async (leg, index): Promise<JobOutcome> => {
        const values = Object.values(leg).map((value) => (typeof value === 'object' ? 'Object' : String(value)));
        const key = this.#call.prefix + (values.length > 0 ? `${id} (${values.join(', ')})` : id);
        const ofLeg = {
          ...contexts,
          matrix: leg,
          strategy: {
            'fail-fast': failFast,
            'job-index': index,
            'job-total': legs.length,
            'max-parallel': legs.length,
          },
        };
        if (job['uses'] !== undefined) return await this.#callWorkflow(key, job, { contexts: ofLeg });
        const started = this.#startJob(key, id, job, ofLeg);
        running.push(started);
        const result = await started.execute();
        this.#results[key] = result;
        if (failFast && result.conclusion === 'failure')
          for (const other of running) if (other !== started) other.cancel();
        return { result: result.conclusion, outputs: result.outputs };
      }),
    );
    // Legs write to the same outputs: the last one to name an output has it.
    const outputs = Object.fromEntries(outcomes.flatMap((outcome) => Object.entries(outcome.outputs)));
    return { result: worst(outcomes.map((outcome) => outcome.result)), outputs };
  }

  #startJob(key: string, id: string, job: TemplateMap, contexts: JsonMap): Job {
    const { run, sources, node } = this.#machine;
    const directory = path.join(this.#machine.directory, key.replaceAll(/[^\w-]+/g, '-'));
    mkdirSync(directory, { recursive: true });
    const event = path.join(directory, 'event.json');
    writeFileSync(event, JSON.stringify(this.#machine.github['event'] ?? {}));
    const github = { ...this.#machine.github, job: id, event_path: event };
    const masks = [...Object.values(this.#call.secrets), coerceString(this.#machine.github['token'])];
    const { repository } = this.#file;
    const plan = { key, job, workflow: this.#workflow, repository, sources, masks, directory, node };
    return new Job(run, { ...plan, contexts: { ...contexts, secrets: this.#call.secrets }, github });
  }

  async #callWorkflow(key: string, job: TemplateMap, scope: Scope): Promise<JobOutcome> {
    const secrets = this.#call.secrets;
    const passed =
      asText(typeof job['secrets'] === 'string' ? job['secrets'] : undefined) === 'inherit'
        ? secrets
        : evaluateStrings(job['secrets'], { contexts: { ...scope.contexts, secrets } });
    const { conclusion, jobs, outputs } = await executeWorkflow(
      this.#machine,
      this.#calledFile(asText(job['uses']) ?? ''),
      {
        prefix: `${key} / `,
        inputs: asObject(evaluate(job['with'], scope)),
        secrets: { GITHUB_TOKEN: secrets['GITHUB_TOKEN'] ?? '', ...passed },
      },
    );
    Object.assign(this.#results, jobs);
    return { result: conclusion, outputs };
  }

  /** `./` in a `uses:` of a job, and `$/`, is the repository of the calling file; at the same commit, so the same directory. */
  #calledFile(uses: string): WorkflowFile {
    const { repository, subpath } = /^[.$]\//.test(uses)
      ? { repository: this.#file.repository, subpath: uses.slice(2) }
      : resolveRepository(uses, this.#machine.sources.repositories);
    const name = path.join(repository.directory, subpath);
    return { name, text: readFileSync(name, 'utf8'), repository };
  }

  #job(id: string): TemplateMap {
    const job = this.#jobs[id];
    if (job === undefined) throw new Error(`${this.#file.name}: there is no job "${id}".`);
    const map = asMap(job);
    const services = map['services'];
    const unknown = NOT_EMULATED.filter((key) => map[key] !== undefined);
    if (services !== undefined && Object.keys(asMap(services)).length > 0) unknown.push('services');
    if (unknown.length > 0) throw new Error(`${this.#file.name}: job "${id}": not emulated: ${unknown.join(', ')}.`);
    return map;
  }

  #ancestors(id: string, found = new Set<string>()): Set<string> {
    for (const name of needsOf(asMap(this.#jobs[id]))) {
      if (found.has(name)) continue;
      found.add(name);
      this.#ancestors(name, found);
    }
    return found;
  }

  #contexts(): JsonMap {
    const { run, github } = this.#machine;
    return { github, vars: run.options.vars ?? {}, inputs: this.#call.inputs };
  }
}

function withoutSteps(conclusion: Conclusion): JobResult {
  return {
    conclusion,
    outputs: {},
    steps: [],
    log: '',
    summary: '',
    annotations: [],
    env: {},
    rawOutput: '',
    masks: [],
    processes: [],
    fileCommands: [],
  };
}

function needsOf(job: TemplateMap): string[] {
  const needs = job['needs'] ?? [];
  return (Array.isArray(needs) ? needs : [needs]).map(String);
}

/** The inputs of a call or a dispatch, with their defaults. */
function readInputs(declared: TemplateMap, given: JsonMap, github: JsonMap): JsonMap {
  const inputs = { ...given };
  for (const [name, definition] of Object.entries(declared)) {
    const { required, default: fallback, type } = asMap(definition);
    if (inputs[name] !== undefined) continue;
    if (required === true && fallback === undefined) throw new Error(`Input ${name} is required, but not provided.`);
    inputs[name] = evaluate(fallback ?? emptyOf(type), { contexts: { github } });
  }
  return inputs;
}

function emptyOf(type: Template | undefined): Template {
  if (type === 'boolean') return false;
  return type === 'number' ? 0 : '';
}

/**
 * The legs of a matrix: all combinations of its lists without those that `exclude` names; `include` adds to the
 * combinations that it does not contradict, or else makes one of its own.
 */
function expandMatrix(matrix: Json): JsonMap[] {
  const { include = [], exclude = [], ...axes } = asObject(matrix);
  let legs: JsonMap[] = Object.keys(axes).length > 0 ? [{}] : [];
  for (const [name, values] of Object.entries(axes)) {
    legs = legs.flatMap((leg) => asArray(values).map((value) => ({ ...leg, [name]: value })));
  }
  legs = legs.filter((leg) => !asArray(exclude).some((excluded) => agrees(leg, asObject(excluded))));
  const alone: JsonMap[] = [];
  for (const included of asArray(include).map(asObject)) {
    const onAxes = Object.fromEntries(Object.entries(included).filter(([name]) => name in axes));
    const extended = legs.filter((leg) => agrees(leg, onAxes));
    if (extended.length === 0) alone.push(included);
    for (const leg of extended) Object.assign(leg, included);
  }
  return [...legs, ...alone];
}

function agrees(leg: JsonMap, wanted: JsonMap): boolean {
  return Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(leg[name], value));
}

const BY_WEIGHT: readonly Conclusion[] = ['lost', 'failure', 'cancelled', 'success', 'skipped'];

function worst(conclusions: readonly Conclusion[]): Conclusion {
  return BY_WEIGHT.find((conclusion) => conclusions.includes(conclusion)) ?? 'skipped';
}

/** The `github` context that a run has where its options say nothing else. */
export function defaultGithub(repository: string, workflow: string): JsonMap {
  const runId = String(randomInt(10 ** 10, 10 ** 11));
  const owner = repository.split('/', 1)[0] ?? '';
  return {
    token: `ghs_${randomInt(2 ** 47).toString(36)}${randomInt(2 ** 47).toString(36)}`,
    repository,
    repository_id: '900000001',
    repository_owner: owner,
    repository_owner_id: '90000001',
    run_id: runId,
    run_number: '1',
    run_attempt: '1',
    retention_days: '90',
    actor: 'octocat',
    actor_id: '583231',
    triggering_actor: 'octocat',
    workflow,
    workflow_ref: `${repository}/.github/workflows/${workflow}@refs/heads/main`,
    workflow_sha: '0123456789abcdef0123456789abcdef01234567',
    sha: '0123456789abcdef0123456789abcdef01234567',
    ref: 'refs/heads/main',
    ref_name: 'main',
    ref_type: 'branch',
    ref_protected: false,
    head_ref: '',
    base_ref: '',
    event_name: 'workflow_dispatch',
    event: {},
    server_url: 'https://github.com',
    api_url: 'https://api.github.com',
    graphql_url: 'https://api.github.com/graphql',
  };
}
