import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import {
  asSteps,
  loadAction,
  resolveAction,
  type ActionManifest,
  type ActionReference,
  type ActionSources,
  type CompositeRuns,
  type NodeRuns,
  type Repository,
} from './actions.ts';
import { JobLog } from './job-log.ts';
import type { RunControl } from './run-control.ts';
import { OperationCancelled, RunnerLost, StepHost, type HostedStep } from './step-host.ts';
import { nameOf, readSteps, shellCommand, type Step } from './steps.ts';
import {
  asMap,
  asObject,
  evaluate,
  evaluateCondition,
  evaluateString,
  evaluateStrings,
  type JsonMap,
  type Scope,
  type Template,
  type TemplateMap,
} from './template.ts';
import type { Conclusion, JobResult, Phase, StepResult } from './types.ts';

/** One job to run: one leg of a matrix, in a workflow or in a called one. */
export interface JobPlan {
  /** Its key in the result. */
  key: string;
  job: TemplateMap;
  /** For `env` and `defaults` of the workflow. */
  workflow: TemplateMap;
  /** Holds the workflow file, so `$/` in it resolves there. */
  repository: Repository;
  sources: ActionSources;
  github: JsonMap;
  /** `vars`, `secrets`, `inputs`, `needs`, `strategy` and `matrix`. */
  contexts: JsonMap;
  /** Every value that is masked from the start. */
  masks: readonly string[];
  /** RUNNER_TEMP, RUNNER_TOOL_CACHE and HOME are made in it. */
  directory: string;
  /** The program that runs JavaScript actions. */
  node: string;
}

/** The steps of the job, or of one composite action in it, with what their expressions see. */
interface Frame {
  /** Stands before the ids of its steps in results: empty for the job. */
  readonly prefix: string;
  /** Holds the file where the steps stand. */
  readonly repository: Repository;
  readonly composite: Composite | null;
  /** Where the posts of its steps are registered, and evaluated: itself, but for the bug that {@link Job} tells of. */
  readonly posts: PostStep[];
  /** The `steps` context: only steps with an id of their own are in it. */
  readonly steps: JsonMap;
  inputs: JsonMap;
  /** The `env:` of the composite steps around, which wins over the job's. */
  env: Record<string, string>;
  /** What success() and failure() look at. */
  status: Conclusion;
}

/** What a frame has that is no job. */
interface Composite {
  readonly directory: string;
  /** The frame of the outermost composite around, which may be this one. */
  readonly outermost: Frame | 'this';
  phase: Phase;
  cancel: AbortSignal;
}

interface PostStep {
  step: Step;
  /** Of the main phase. */
  name: string;
  condition: Template;
  state: Record<string, string>;
  run: (execution: Execution) => Promise<void>;
}

/** A step in one phase, from its start to its end. */
interface Execution extends HostedStep {
  readonly step: Step;
  readonly frame: Frame;
  readonly env: Record<string, string>;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_JOB_TIMEOUT_MINUTES = 360;

/** PipelineConstants.cs: 5 minutes; JobDispatcher.cs in the listener: 15 seconds less. */
const DEFAULT_CANCEL_TIMEOUT = 285_000;

/**
 * Runs the steps of one job, then their post steps last to first, then evaluates the job's outputs.
 *
 * Source: actions/runner, Runner.Worker: StepsRunner.cs (the order and the conditions), ActionRunner.cs (inputs, and the
 * registration of posts), Handlers/NodeScriptActionHandler.cs, ScriptHandler.cs and CompositeActionHandler.cs,
 * JobExtension.cs (outputs).
 *
 * The bug of actions/runner#2030, as that code has it: when a composite that is named by a local path (`./…`) runs inside
 * another composite, ActionRunner prepares its steps under the id of the outermost one. Their posts are therefore
 * registered with the outermost composite, and evaluated with its `inputs` and `steps` in place of their own. Composites
 * named in another way are prepared before the job starts, and have it right.
 */
export class Job {
  readonly #run: RunControl;
  readonly #plan: JobPlan;
  readonly #log: JobLog;
  readonly #host: StepHost;
  readonly #root: Frame;
  readonly #runner: Record<string, string>;
  readonly #checkRunId: string | number | null;
  readonly #steps: StepResult[] = [];
  /** One for each step that runs: ends it if its condition does not hold any more. */
  readonly #rechecks = new Set<() => void>();
  /** Fires when the runner is gone: lost, or the time after a cancel is over, or the job is done. */
  readonly #stopped = new AbortController();

  constructor(run: RunControl, plan: JobPlan) {
    const { options } = run;
    this.#run = run;
    this.#plan = plan;
    this.#log = new JobLog(options.debug ?? false, (line) => run.addLine(line, plan.key));
    for (const value of plan.masks) this.#log.masker.addWithLines(value);
    this.#checkRunId = options.checkRunId === undefined ? randomInt(10 ** 10, 10 ** 11) : options.checkRunId;

    const make = (name: string): string => {
      mkdirSync(path.join(plan.directory, name), { recursive: true });
      return path.join(plan.directory, name);
    };
    this.#runner = {
      name: 'GitHub Actions 1',
      os: process.platform === 'darwin' ? 'macOS' : 'Linux',
      arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
      environment: 'github-hosted',
      temp: make('_temp'),
      tool_cache: make('_tool'),
      ...(options.debug === true ? { debug: '1' } : {}),
    };
    const machine = {
      PATH: `${path.dirname(plan.node)}:${DEFAULT_PATH}`,
      HOME: make('home'),
      TMPDIR: os.tmpdir(),
      LANG: 'C.UTF-8',
      ...options.env,
    };
    this.#host = new StepHost(this.#log, this.#runner, machine, this.#stopped.signal);
    this.#root = {
      prefix: '',
      repository: plan.repository,
      composite: null,
      posts: [],
      steps: {},
      inputs: asObject(plan.contexts['inputs']),
      env: {},
      status: 'success',
    };
  }

  /**
   * Runs the job to its end. What its steps do wrong is part of the result.
   *
   * @throws Error for a job that cannot be emulated.
   */
  async execute(): Promise<JobResult> {
    const { job, workflow } = this.#plan;
    const { cancelled, killed } = this.#run;
    const onCancel = () => this.cancel();
    const onKill = () => this.#stopped.abort();
    cancelled.addEventListener('abort', onCancel, { once: true });
    killed.addEventListener('abort', onKill, { once: true });
    const minutes = Number(evaluate(job['timeout-minutes'] ?? DEFAULT_JOB_TIMEOUT_MINUTES, this.#scope(this.#root)));
    const timer = setTimeout(onCancel, minutes * 60_000);
    let outputs: Record<string, string> = {};
    try {
      for (const { env } of [workflow, job])
        Object.assign(this.#host.env, evaluateStrings(env, this.#scope(this.#root)));
      for (const step of readSteps(asSteps(job['steps']))) await this.#runMain(step, this.#root);
      await this.#runPosts(this.#root);
      this.#throwIfStopped();
      outputs = this.#evaluateOutputs();
    } catch (error) {
      if (!(error instanceof RunnerLost)) throw error;
    } finally {
      clearTimeout(timer);
      cancelled.removeEventListener('abort', onCancel);
      killed.removeEventListener('abort', onKill);
      // JobExtension.cs: what the steps have left running ends with the job.
      this.#stopped.abort();
    }
    const { env, rawOutput, summaries, processes, fileCommands } = this.#host;
    return {
      conclusion: killed.aborted ? 'lost' : this.#root.status,
      outputs,
      steps: this.#steps,
      log: this.#log.text,
      summary: summaries.join('\n'),
      annotations: this.#log.annotations,
      env,
      rawOutput: rawOutput.join('\n'),
      masks: this.#log.masker.values,
      processes,
      fileCommands,
    };
  }

  /** Cancels the job: a step whose condition does not hold any more is ended, those left are skipped, posts run. */
  cancel(): void {
    if (this.#root.status === 'cancelled') return;
    this.#root.status = 'cancelled';
    for (const recheck of this.#rechecks) recheck();
    setTimeout(() => this.#stopped.abort(), this.#run.options.cancelTimeout ?? DEFAULT_CANCEL_TIMEOUT).unref();
  }

  // ---- The life of a step -----------------------------------------------------------------------------------------

  async #runMain(step: Step, frame: Frame): Promise<void> {
    const name = (scope: Scope) => nameOf(step, scope);
    await this.#runStep(step, frame, 'main', name, step.condition, {}, async (execution) => {
      const { uses } = step;
      if (uses === undefined) await this.#runScript(execution);
      else if (isCheckout(uses, this.#plan.sources)) this.#leaveWorkspace(execution, uses);
      else await this.#startAction(execution, resolveAction(uses, frame.repository, this.#plan.sources));
    });
  }

  /** Runs the posts of a frame, last to first. One that fails stops no other. */
  async #runPosts(frame: Frame): Promise<void> {
    for (let post = frame.posts.pop(); post !== undefined; post = frame.posts.pop()) {
      const name = `Post ${post.name}`;
      await this.#runStep(post.step, frame, 'post', () => name, post.condition, post.state, post.run);
    }
  }

  async #runStep(
    step: Step,
    frame: Frame,
    phase: Phase,
    name: (scope: Scope) => string,
    condition: Template,
    state: Record<string, string>,
    body: (execution: Execution) => Promise<void>,
  ): Promise<void> {
    this.#throwIfStopped();
    const cancel = new AbortController();
    const result = startResult(frame.prefix + step.id, phase);
    const execution: Execution = {
      step,
      frame,
      result,
      state,
      env: { ...this.#host.env, ...frame.env },
      github: { ...this.#plan.github, action: step.id, action_path: frame.composite?.directory ?? null },
      cancel: frame.composite === null ? cancel.signal : AbortSignal.any([cancel.signal, frame.composite.cancel]),
    };
    const scope = () => this.#scope(frame, execution);
    const recheck = () => {
      if (!evaluateCondition(condition, scope())) cancel.abort();
    };
    this.#steps.push(result);
    const started = performance.now();
    let timer: NodeJS.Timeout | undefined;
    try {
      Object.assign(execution.env, evaluateStrings(step.env, scope()));
      result.name = name(scope());
      if (evaluateCondition(condition, scope())) {
        this.#rechecks.add(recheck);
        await this.#tell(result, 'start');
        this.#throwIfStopped();
        // The runner takes whole minutes only; a fraction lets a test see a timeout.
        const minutes = Number(evaluate(step.timeoutMinutes, scope()));
        if (minutes > 0) timer = setTimeout(() => cancel.abort(), minutes * 60_000);
        await body(execution).catch((error: unknown) => this.#endCancelled(result, minutes, error));
      } else {
        result.outcome = 'skipped';
      }
    } catch (error) {
      if (error instanceof RunnerLost) {
        result.outcome = 'lost';
        throw error;
      }
      this.#log.issue('error', messageOf(error));
      result.outcome = 'failure';
    } finally {
      clearTimeout(timer);
      this.#rechecks.delete(recheck);
      result.durationMs = performance.now() - started;
      result.state = { ...state };
      result.conclusion = result.outcome;
    }
    if (result.outcome === 'failure' && evaluateCondition(step.continueOnError, scope())) result.conclusion = 'success';
    conclude(execution);
    if (result.outcome !== 'skipped') await this.#tell(result, 'end');
  }

  async #tell({ id, phase }: StepResult, event: 'start' | 'end'): Promise<void> {
    await this.#run.options.onStep?.({ job: this.#plan.key, step: id, phase, event });
  }

  /** A step whose process was ended by the runner: cancelled with the job, or else timed out, which is a failure. */
  #endCancelled(result: StepResult, minutes: number, error: unknown): void {
    if (!(error instanceof OperationCancelled)) throw error;
    const cancelled = this.#root.status === 'cancelled';
    result.outcome = cancelled ? 'cancelled' : 'failure';
    const timedOut =
      minutes > 0 ? `The action '${result.name}' has timed out after ${minutes} minutes.` : 'The action has timed out.';
    this.#log.issue('error', cancelled ? 'The operation was canceled.' : timedOut);
  }

  // ---- Actions ----------------------------------------------------------------------------------------------------

  async #startAction(execution: Execution, reference: ActionReference): Promise<void> {
    const { directory } = reference;
    const action = loadAction(directory);
    setActionSource(execution, reference);
    if (action.runs.using === 'composite') {
      await this.#startComposite(execution, reference, action, action.runs);
      return;
    }
    if (action.runs.post !== undefined) {
      registerPost(execution, action.runs.postIf ?? true, async (post) => {
        // The file of a local action is read anew: a job that has replaced its workspace runs another post, or none.
        const current = loadAction(directory);
        setActionSource(post, reference);
        if (current.runs.using === 'node') await this.#runNode(post, reference, current, current.runs);
      });
    }
    await this.#runNode(execution, reference, action, action.runs);
  }

  async #runNode(
    execution: Execution,
    reference: ActionReference,
    action: ActionManifest,
    runs: NodeRuns,
  ): Promise<void> {
    const inputs = this.#inputs(execution, action);
    this.#logAction(execution, reference.title, inputs);
    // No check that it stays inside of the action's directory: "../dist/main.js" is how actions share a bundle.
    const script = path.join(reference.directory, (execution.result.phase === 'main' ? runs.main : runs.post) ?? '');
    if (!existsSync(script)) throw new Error(`File not found: '${script}'`);
    const { idToken } = this.#run.options;
    const env = { ...execution.env };
    for (const [name, value] of Object.entries(execution.state)) env[`STATE_${name}`] = value;
    for (const [name, value] of Object.entries(inputs)) env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value;
    if (idToken !== undefined) {
      env['ACTIONS_ID_TOKEN_REQUEST_URL'] = idToken.url;
      env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] = idToken.token;
    }
    await this.#host.run(execution, { argv: [this.#plan.node, script], cwd: this.#workspace, env });
  }

  /** Runs the steps of a composite, and registers one post step for all the posts that they register. */
  async #startComposite(
    execution: Execution,
    reference: ActionReference,
    action: ActionManifest,
    runs: CompositeRuns,
  ): Promise<void> {
    const { step, frame } = execution;
    const { directory, repository, local } = reference;
    const inputs = this.#inputs(execution, action);
    const around = frame.composite?.outermost === 'this' ? frame : frame.composite?.outermost;
    const misplaced = local && around !== undefined && (this.#run.options.nestedPostInputsBug ?? true);
    const composite: Composite = { directory, outermost: around ?? 'this', phase: 'main', cancel: execution.cancel };
    const inner: Frame = {
      prefix: `${frame.prefix}${step.id}.`,
      repository,
      composite,
      posts: misplaced ? around.posts : [],
      steps: {},
      inputs,
      env: stepEnv(execution),
      status: 'success',
    };
    this.#logAction(execution, reference.title, inputs);
    const steps = readSteps(runs.steps);
    if (!misplaced && steps.some((nested) => this.#mayHavePost(nested, repository))) {
      registerPost(execution, true, async (post) => {
        this.#log.write('Post job cleanup.');
        Object.assign(composite, { phase: 'post', cancel: post.cancel });
        Object.assign(inner, {
          inputs: this.#inputs(post, loadAction(directory)),
          env: stepEnv(post),
          status: 'success',
        });
        await this.#runPosts(inner);
        post.result.outcome = inner.status;
      });
    }
    for (const nested of steps) await this.#runMain(nested, inner);
    const scope = this.#scope(inner, execution);
    for (const [name, output] of Object.entries(action.outputs)) {
      execution.result.outputs[name] = evaluateString(asMap(output)['value'], scope);
    }
    execution.result.outcome = inner.status;
  }

  /** Whether a step of a composite may register a post. The runner takes that for granted of a local action. */
  #mayHavePost({ uses }: Step, holder: Repository): boolean {
    const { sources } = this.#plan;
    if (uses === undefined || isCheckout(uses, sources)) return false;
    const { directory, repository, local } = resolveAction(uses, holder, sources);
    if (local) return true;
    const { runs } = loadAction(directory);
    if (runs.using === 'node') return runs.post !== undefined;
    return readSteps(runs.steps).some((nested) => this.#mayHavePost(nested, repository));
  }

  /**
   * The inputs of an action, evaluated now: for a post step anew, with what `env`, `steps` and `inputs` hold by then.
   * `required` is not enforced, and what the action does not know is passed all the same.
   */
  #inputs(execution: Execution, action: ActionManifest): Record<string, string> {
    const scope = this.#scope(execution.frame, execution);
    const inputs = evaluateStrings(execution.step.with, scope);
    const given = Object.keys(inputs);
    const isGiven = new Set(given.map((name) => name.toLowerCase()));
    for (const [name, declared] of Object.entries(action.inputs)) {
      const { default: fallback = '', deprecationMessage } = asMap(declared);
      if (!isGiven.has(name.toLowerCase())) inputs[name] = evaluateString(fallback, scope);
      else if (typeof deprecationMessage === 'string') {
        this.#log.issue('warning', `Input '${name}' has been deprecated with message: ${deprecationMessage}`);
      }
    }
    const known = Object.keys(action.inputs);
    const isKnown = new Set(known.map((name) => name.toLowerCase()));
    const unknown = given.filter((name) => !isKnown.has(name.toLowerCase()));
    if (unknown.length > 0) {
      const message = `Unexpected input(s) '${unknown.join("', '")}', valid inputs are ['${known.join("', '")}']`;
      this.#log.issue('warning', message);
    }
    return inputs;
  }

  #logAction({ result, env }: Execution, title: string, inputs: Record<string, string>): void {
    if (result.phase === 'post') {
      this.#log.write('Post job cleanup.');
      return;
    }
    this.#log.write(`##[group]Run ${title}`);
    this.#logMap('with', Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== '')));
    this.#logMap('env', env);
    this.#log.write('##[endgroup]');
  }

  #logMap(title: string, map: Record<string, string>): void {
    const entries = Object.entries(map);
    if (entries.length > 0) this.#log.write(`${title}:`);
    for (const [name, value] of entries) this.#log.write(`  ${name}: ${value}`);
  }

  #leaveWorkspace(execution: Execution, uses: string): void {
    this.#logAction(execution, uses, {});
    this.#log.write('The runner emulator checks nothing out: the workspace stays as it is.');
  }

  // ---- Scripts ----------------------------------------------------------------------------------------------------

  async #runScript(execution: Execution): Promise<void> {
    const { step, frame } = execution;
    const scope = this.#scope(frame, execution);
    // ScriptHandler.cs: the defaults of workflow and job hold for the job's own steps, not for those of a composite.
    const defaults = frame.composite === null ? this.#runDefaults(scope) : {};
    const shell = step.shell === undefined ? defaults['shell'] : evaluateString(step.shell, scope);
    const directory =
      step.workingDirectory === undefined
        ? defaults['working-directory']
        : evaluateString(step.workingDirectory, scope);
    const script = evaluateString(step.run, scope);
    const [program, ...args] = shellCommand(shell);

    this.#log.write(`##[group]Run ${script.trim().split('\n', 1).join('')}`);
    this.#log.write(script.replace(/\n+$/, ''));
    this.#log.write(`shell: ${[program, ...args].join(' ')}`);
    this.#logMap('env', execution.env);
    this.#log.write('##[endgroup]');

    const file = path.join(this.#runner['temp'] ?? '', `${randomInt(2 ** 47).toString(16)}.sh`);
    writeFileSync(file, script);
    const exitCode = await this.#host.run(execution, {
      argv: [program, ...args.map((argument) => argument.replace('{0}', file))],
      cwd: path.resolve(this.#workspace, directory ?? ''),
      env: execution.env,
    });
    if (exitCode !== 0) this.#log.issue('error', `Process completed with exit code ${exitCode}.`);
  }

  #runDefaults(scope: Scope): Record<string, string> {
    const { workflow, job } = this.#plan;
    const [ofWorkflow, ofJob] = [workflow, job].map((map) => evaluateStrings(asMap(map['defaults'])['run'], scope));
    return { ...ofWorkflow, ...ofJob };
  }

  // ---- The job ----------------------------------------------------------------------------------------------------

  #evaluateOutputs(): Record<string, string> {
    const declared = Object.entries(asMap(this.#plan.job['outputs']));
    const outputs: Record<string, string> = {};
    if (declared.length > 0) this.#log.write('Evaluate and set job outputs');
    try {
      for (const [name, template] of declared) {
        const value = evaluateString(template, this.#scope(this.#root));
        if (value === '') this.#log.debug(`Skip output '${name}' since it's empty`);
        else if (this.#log.masker.mask(value) !== value) {
          this.#log.issue('warning', `Skip output '${name}' since it may contain secret.`);
        } else {
          this.#log.write(`Set output '${name}'`);
          outputs[name] = value;
        }
      }
    } catch (error) {
      this.#log.issue('error', 'Fail to evaluate job outputs');
      this.#log.issue('error', messageOf(error));
      if (this.#root.status === 'success') this.#root.status = 'failure';
    }
    return outputs;
  }

  #scope(frame: Frame, execution?: Execution): Scope {
    const job = this.#root.status;
    // SuccessFunction.cs: in the main steps of a composite the composite's own status counts, everywhere else the job's.
    const status = frame.composite?.phase === 'main' ? frame.status : job;
    return {
      contexts: {
        ...this.#plan.contexts,
        runner: this.#runner,
        job: { check_run_id: this.#checkRunId, status: job },
        github: execution?.github ?? this.#plan.github,
        env: execution?.env ?? this.#host.env,
        inputs: frame.inputs,
        steps: frame.steps,
      },
      status: { success: status === 'success', failure: status === 'failure', cancelled: job === 'cancelled' },
    };
  }

  get #workspace(): string {
    return this.#plan.sources.workspace.directory;
  }

  #throwIfStopped(): void {
    if (this.#stopped.signal.aborted) throw new RunnerLost();
  }
}

function startResult(id: string, phase: Phase): StepResult {
  return {
    id,
    name: '',
    phase,
    outcome: 'success',
    conclusion: 'success',
    outputs: {},
    state: {},
    exitCode: null,
    signal: null,
    durationMs: 0,
  };
}

/** Tells the steps after it how a step has ended. A job or composite that was cancelled stays so. */
function conclude({ step, frame, result }: Execution): void {
  const { phase, outcome, conclusion, outputs } = result;
  if (phase === 'main' && step.hasId) frame.steps[step.id] = { outcome, conclusion, outputs };
  if (frame.status !== 'cancelled' && (conclusion === 'failure' || conclusion === 'cancelled'))
    frame.status = conclusion;
}

/** Registers a post before its main starts, so that it runs however main ends (ActionRunner.cs). */
function registerPost(
  { step, frame, state, result }: Execution,
  condition: Template,
  run: (execution: Execution) => Promise<void>,
): void {
  frame.posts.push({ step, name: result.name, condition, state, run });
}

/** GITHUB_ACTION_REPOSITORY and _REF are set for an action of a repository, and not for a local one (ActionRunner.cs). */
function setActionSource({ github }: Execution, { repository, local }: ActionReference): void {
  github['action_repository'] = local ? null : repository.slug;
  github['action_ref'] = local ? null : repository.ref;
}

/** The `env:` of a step and of the composite steps around it, without the job's, which may change meanwhile. */
function stepEnv({ step, frame, env }: Execution): Record<string, string> {
  const own = Object.keys(asMap(step.env)).map((name): [string, string] => [name, env[name] ?? '']);
  return { ...frame.env, ...Object.fromEntries(own) };
}

function isCheckout(uses: string, { repositories }: ActionSources): boolean {
  return uses.startsWith('actions/checkout@') && repositories['actions/checkout'] === undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
