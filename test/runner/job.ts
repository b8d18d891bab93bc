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
import { CommandProcessor, type CommandTarget } from './commands.ts';
import { createFileCommands, FILE_COMMANDS, parsePairs, readFileCommand, type FileCommand } from './file-commands.ts';
import { JobLog } from './job-log.ts';
import { runProcess, type Command } from './process.ts';
import type { RunControl } from './run-control.ts';
import { readSteps, type Step } from './steps.ts';
import {
  asMap,
  asObject,
  coerceString,
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
  /** Its id in the workflow file: `github.job`. */
  id: string;
  job: TemplateMap;
  /** `env` and `defaults` of the workflow. */
  workflow: TemplateMap;
  /** Holds the workflow file, so `$/` in it resolves there. */
  repository: Repository;
  sources: ActionSources;
  github: JsonMap;
  /** `vars`, `secrets`, `inputs`, `needs`, `strategy` and `matrix`. */
  contexts: JsonMap;
  /** Every value that is masked from the start. */
  masks: readonly string[];
  /** RUNNER_TEMP, HOME and TMPDIR are made in it. */
  directory: string;
  /** The program for JavaScript actions. */
  node: string;
}

/** The steps of the job, or of one composite action in it, with what their expressions see. */
interface Frame {
  /** Before the ids of the steps in results: empty for the job. */
  prefix: string;
  /** Holds the file where the steps stand. */
  repository: Repository;
  inputs: JsonMap;
  /** The `steps` context: only steps with an id of their own are in it. */
  steps: JsonMap;
  /** The `env:` of the composite steps around, which wins over the job's. */
  env: Record<string, string>;
  /** Steps that succeeded, in the sense of success() and failure(). A composite's main steps look at their composite alone. */
  status: Conclusion;
  /** Of the composite; null in the job itself. */
  composite: { directory: string; cancel: AbortSignal; main: boolean } | null;
  /** Where the posts of these steps are registered and evaluated: this frame, but for a bug (see {@link Job}). */
  postFrame: Frame | null;
  /** Posts of steps that have started, to be run last to first. */
  posts: PostStep[];
}

interface PostStep {
  step: Step;
  name: string;
  condition: Template;
  state: Record<string, string>;
  run: (execution: Execution) => Promise<void>;
}

/** One step in one phase, from its start to its end. */
interface Execution {
  readonly step: Step;
  readonly frame: Frame;
  readonly phase: Phase;
  readonly result: StepResult;
  readonly env: Record<string, string>;
  readonly github: JsonMap;
  readonly cancel: AbortSignal;
  /** Shared by main and post. */
  readonly state: Record<string, string>;
}

/** The step was cancelled or timed out while a process of it ran: .NET's OperationCanceledException. */
class OperationCancelled extends Error {}

/** The machine is gone: nothing more may happen. */
class RunnerLost extends Error {}

/** HostContext and GitHubContext.cs: which properties of the `github` context a process gets as GITHUB_… variables. */
const GITHUB_VARIABLES = (
  'action action_path action_ref action_repository actor actor_id api_url base_ref event_name event_path graphql_url ' +
  'head_ref job ref ref_name ref_protected ref_type repository repository_id repository_owner repository_owner_id ' +
  'retention_days run_attempt run_id run_number server_url sha triggering_actor workflow workflow_ref workflow_sha workspace'
).split(' ');

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_CANCEL_TIMEOUT = 285_000;

/**
 * Runs the steps of one job, then their post steps last to first, then evaluates the job's outputs.
 *
 * Source: actions/runner, Runner.Worker: StepsRunner.cs (the order and the conditions), ActionRunner.cs (inputs, the
 * registration of posts, file commands), Handlers/NodeScriptActionHandler.cs, ScriptHandler.cs and
 * CompositeActionHandler.cs, JobExtension.cs (outputs).
 *
 * The bug of actions/runner#2030: when a composite that is named by a local path (`./…`) runs inside another composite,
 * ActionRunner prepares its steps under the id of the outermost one. Their posts are so registered with the outermost
 * composite, and evaluated with its `inputs` and `steps` in place of their own.
 */
export class Job {
  readonly #run: RunControl;
  readonly #plan: JobPlan;
  readonly #log: JobLog;
  readonly #root: Frame;
  readonly #contexts: JsonMap;
  readonly #checkRunId: string | number | null;
  readonly #runner: Record<string, string>;
  readonly #machine: Record<string, string>;
  /** The job's environment: `env:` of workflow and job, then what GITHUB_ENV adds. */
  readonly #env: Record<string, string> = {};
  readonly #prependedPath: string[] = [];
  readonly #rechecks = new Set<() => void>();
  /** Fires when the runner gives up: it was lost, or the time after a cancel is over. */
  readonly #stopped = new AbortController();
  readonly #rawOutput: string[] = [];
  readonly #summaries: string[] = [];
  readonly #result: Pick<JobResult, 'steps' | 'processes' | 'fileCommands'> = {
    steps: [],
    processes: [],
    fileCommands: [],
  };
  #status: Conclusion = 'success';
  #openFiles: { execution: Execution; files: Record<FileCommand, string> } | undefined;

  constructor(run: RunControl, plan: JobPlan) {
    this.#run = run;
    this.#plan = plan;
    this.#log = new JobLog(run.options.debug ?? false, (line) => run.addLine(line, plan.key));
    for (const value of plan.masks) this.#log.masker.addWithLines(value);
    const checkRunId = run.options.checkRunId === undefined ? randomInt(10 ** 10, 10 ** 11) : run.options.checkRunId;
    const debug: Record<string, string> = run.options.debug === true ? { debug: '1' } : {};
    this.#runner = {
      name: 'Emulated Runner',
      os: process.platform === 'darwin' ? 'macOS' : 'Linux',
      arch: process.arch === 'arm64' ? 'ARM64' : 'X64',
      environment: 'self-hosted',
      temp: path.join(plan.directory, '_temp'),
      tool_cache: path.join(plan.directory, '_tool'),
      ...debug,
    };
    const home = path.join(plan.directory, 'home');
    for (const directory of [home, this.#runner['temp'], this.#runner['tool_cache']]) {
      if (directory !== undefined) mkdirSync(directory, { recursive: true });
    }
    this.#machine = {
      PATH: `${path.dirname(plan.node)}:${DEFAULT_PATH}`,
      HOME: home,
      TMPDIR: os.tmpdir(),
      LANG: 'C.UTF-8',
      ...run.options.env,
    };
    this.#contexts = { ...plan.contexts, runner: this.#runner };
    this.#checkRunId = checkRunId;
    this.#root = {
      prefix: '',
      repository: plan.repository,
      inputs: asObject(plan.contexts['inputs']),
      steps: {},
      env: {},
      status: 'success',
      composite: null,
      postFrame: null,
      posts: [],
    };
  }

  /** Runs the job. It never rejects for what its steps do; only for a job that cannot be emulated. */
  async execute(): Promise<JobResult> {
    const { job, workflow } = this.#plan;
    const onCancel = () => this.cancel();
    const onKill = () => this.#stopped.abort();
    this.#run.cancelled.addEventListener('abort', onCancel, { once: true });
    this.#run.killed.addEventListener('abort', onKill, { once: true });
    const minutes = Number(evaluate(job['timeout-minutes'] ?? 360, this.#scope(this.#root)));
    const timer = setTimeout(onCancel, minutes * 60_000);
    let outputs: Record<string, string> = {};
    try {
      Object.assign(this.#env, evaluateStrings(workflow['env'], this.#scope(this.#root)));
      Object.assign(this.#env, evaluateStrings(job['env'], this.#scope(this.#root)));
      for (const step of readSteps(asSteps(job['steps']))) await this.#runMain(step, this.#root);
      await this.#runPosts(this.#root);
      outputs = this.#evaluateOutputs();
    } catch (error) {
      if (!(error instanceof RunnerLost)) throw error;
      this.#keepOpenFiles();
    } finally {
      clearTimeout(timer);
      this.#run.cancelled.removeEventListener('abort', onCancel);
      this.#run.killed.removeEventListener('abort', onKill);
    }
    return {
      ...this.#result,
      conclusion: this.#run.killed.aborted ? 'lost' : this.#status,
      outputs,
      log: this.#log.text,
      summary: this.#summaries.join('\n'),
      annotations: this.#log.annotations,
      env: { ...this.#env },
      rawOutput: this.#rawOutput.join('\n'),
      masks: this.#log.masker.values,
    };
  }

  /** Cancels the job: steps whose condition does not hold any more are ended, those left are skipped, posts run. */
  cancel(): void {
    if (this.#status === 'cancelled') return;
    this.#status = 'cancelled';
    for (const recheck of this.#rechecks) recheck();
    const limit = this.#run.options.cancelTimeout ?? DEFAULT_CANCEL_TIMEOUT;
    const timer = setTimeout(() => this.#stopped.abort(), limit);
    timer.unref();
  }

  // ---- The life of a step -----------------------------------------------------------------------------------------

  async #runMain(step: Step, frame: Frame): Promise<void> {
    const uses = step.uses;
    const reference =
      uses === undefined || isCheckout(uses, this.#plan.sources) ? undefined : () => this.#resolve(uses, frame);
    await this.#runStep(step, frame, 'main', step.name, step.condition, {}, async (execution) => {
      if (reference !== undefined) await this.#startAction(execution, reference());
      else if (uses !== undefined) this.#leaveWorkspace(execution, uses);
      else await this.#runScript(execution);
    });
  }

  /** Runs the posts of a frame, last to first. One that fails stops no other. */
  async #runPosts(frame: Frame): Promise<void> {
    for (let post = frame.posts.pop(); post !== undefined; post = frame.posts.pop()) {
      await this.#runStep(post.step, frame, 'post', post.name, post.condition, post.state, post.run);
    }
  }

  async #runStep(
    step: Step,
    frame: Frame,
    phase: Phase,
    name: Template,
    condition: Template,
    state: Record<string, string>,
    body: (execution: Execution) => Promise<void>,
  ): Promise<void> {
    this.#throwIfLost();
    const id = frame.prefix + step.id;
    const result: StepResult = {
      id,
      name: '',
      phase,
      outcome: 'success',
      conclusion: 'success',
      outputs: {},
      state,
      exitCode: null,
      signal: null,
      durationMs: 0,
    };
    this.#result.steps.push(result);
    const cancel = new AbortController();
    const execution: Execution = {
      step,
      frame,
      phase,
      result,
      state,
      env: { ...this.#env, ...frame.env },
      github: { ...this.#plan.github, action: step.id, action_path: frame.composite?.directory ?? null },
      cancel: frame.composite === null ? cancel.signal : AbortSignal.any([cancel.signal, frame.composite.cancel]),
    };
    const scope = () => this.#scope(frame, execution);
    const holds = () => evaluateCondition(condition, scope());
    const recheck = () => {
      if (!holds()) cancel.abort();
    };
    const started = performance.now();
    let timer: NodeJS.Timeout | undefined;
    try {
      Object.assign(execution.env, evaluateStrings(step.env, scope()));
      result.name = evaluateString(name, scope());
      if (holds()) {
        await this.#run.tellStep({ job: this.#plan.key, step: id, phase, event: 'start' });
        this.#throwIfLost();
        this.#rechecks.add(recheck);
        // The runner takes whole minutes only; a fraction lets a test see a timeout.
        const minutes = Number(evaluate(step.timeoutMinutes, scope()));
        if (minutes > 0) timer = setTimeout(() => cancel.abort(), minutes * 60_000);
        await this.#withTimeout(execution, minutes, body);
      } else {
        result.outcome = 'skipped';
      }
    } catch (error) {
      if (error instanceof RunnerLost) {
        result.outcome = result.conclusion = 'lost';
        throw error;
      }
      this.#log.issue('error', messageOf(error));
      result.outcome = 'failure';
    } finally {
      clearTimeout(timer);
      this.#rechecks.delete(recheck);
      result.durationMs = performance.now() - started;
      result.state = { ...state };
    }
    const forgiven = result.outcome === 'failure' && evaluateCondition(step.continueOnError, scope());
    result.conclusion = forgiven ? 'success' : result.outcome;
    this.#conclude(execution);
    if (result.outcome !== 'skipped') {
      await this.#run.tellStep({ job: this.#plan.key, step: id, phase, event: 'end' });
    }
  }

  async #withTimeout(
    execution: Execution,
    minutes: number,
    body: (execution: Execution) => Promise<void>,
  ): Promise<void> {
    try {
      await body(execution);
    } catch (error) {
      if (!(error instanceof OperationCancelled)) throw error;
      if (this.#status !== 'cancelled') {
        throw new Error(`The action '${execution.result.name}' has timed out after ${minutes} minutes.`, {
          cause: error,
        });
      }
      this.#log.issue('error', 'The operation was canceled.');
      execution.result.outcome = 'cancelled';
    }
  }

  /** Tells the steps after it how a step ended. */
  #conclude({ step, frame, phase, result }: Execution): void {
    if (phase === 'main' && step.hasId) {
      frame.steps[step.id] = { outcome: result.outcome, conclusion: result.conclusion, outputs: result.outputs };
    }
    if (result.conclusion !== 'failure' && result.conclusion !== 'cancelled') return;
    if (frame.status !== 'cancelled') frame.status = result.conclusion;
    if (frame === this.#root && this.#status === 'success') this.#status = result.conclusion;
  }

  // ---- Actions ----------------------------------------------------------------------------------------------------

  #resolve(uses: string, frame: Frame): ActionReference {
    return resolveAction(uses, frame.repository, this.#plan.sources);
  }

  async #startAction(execution: Execution, reference: ActionReference): Promise<void> {
    const { step, frame } = execution;
    const action = loadAction(reference.directory);
    setActionSource(execution, reference);
    if (action.runs.using === 'composite') {
      await this.#startComposite(execution, reference, action, action.runs);
      return;
    }
    if (action.runs.post !== undefined) {
      (frame.postFrame ?? frame).posts.push({
        step,
        name: `Post ${execution.result.name}`,
        condition: action.runs.postIf ?? true,
        state: execution.state,
        run: async (post) => {
          // The file of a local action is read anew, so a job that replaced its workspace runs another post.
          const current = loadAction(reference.directory);
          setActionSource(post, reference);
          if (current.runs.using === 'node') await this.#runNode(post, reference, current, current.runs);
        },
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
    const script = path.join(reference.directory, (execution.phase === 'main' ? runs.main : runs.post) ?? '');
    if (!existsSync(script)) throw new Error(`File not found: '${script}'`);
    const { idToken } = this.#run.options;
    const env: Record<string, string> = { ...execution.env };
    for (const [name, value] of Object.entries(execution.state)) env[`STATE_${name}`] = value;
    for (const [name, value] of Object.entries(inputs)) env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] = value;
    if (idToken !== undefined) {
      env['ACTIONS_ID_TOKEN_REQUEST_URL'] = idToken.url;
      env['ACTIONS_ID_TOKEN_REQUEST_TOKEN'] = idToken.token;
    }
    await this.#runCommand(execution, { argv: [this.#plan.node, script], cwd: this.#workspace, env });
  }

  async #startComposite(
    execution: Execution,
    reference: ActionReference,
    action: ActionManifest,
    runs: CompositeRuns,
  ): Promise<void> {
    const { step, frame } = execution;
    const inputs = this.#inputs(execution, action);
    const inner: Frame = {
      prefix: `${frame.prefix}${step.id}.`,
      repository: reference.repository,
      inputs,
      steps: {},
      env: this.#stepEnv(execution),
      status: 'success',
      composite: { directory: reference.directory, cancel: execution.cancel, main: true },
      postFrame: null,
      posts: [],
    };
    const outermost = frame.postFrame ?? (frame.composite === null ? null : frame);
    const bug = this.#run.options.nestedPostInputsBug ?? true;
    if (bug && reference.local) inner.postFrame = outermost;
    this.#logAction(execution, reference.title, inputs);
    const steps = readSteps(runs.steps);
    if (inner.postFrame === null && steps.some((nested) => this.#hasPost(nested, reference.repository))) {
      frame.posts.push({
        step,
        name: `Post ${execution.result.name}`,
        condition: true,
        state: {},
        run: async (post) => {
          inner.inputs = this.#inputs(post, loadAction(reference.directory));
          inner.env = this.#stepEnv(post);
          inner.composite = { directory: reference.directory, cancel: post.cancel, main: false };
          inner.status = 'success';
          this.#log.write('Post job cleanup.');
          await this.#runPosts(inner);
          post.result.outcome = inner.status;
        },
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
  #hasPost(step: Step, holder: Repository): boolean {
    const { sources } = this.#plan;
    if (step.uses === undefined || isCheckout(step.uses, sources)) return false;
    const { directory, repository, local } = resolveAction(step.uses, holder, sources);
    if (local) return true;
    const { runs } = loadAction(directory);
    if (runs.using === 'node') return runs.post !== undefined;
    return readSteps(runs.steps).some((nested) => this.#hasPost(nested, repository));
  }

  /**
   * The inputs of an action, evaluated now: for a post step anew, with what `env`, `steps` and `inputs` hold by then.
   * Nothing is required, and what the action does not know is passed all the same.
   */
  #inputs(execution: Execution, action: ActionManifest): Record<string, string> {
    const inputs = evaluateStrings(execution.step.with, this.#scope(execution.frame, execution));
    const given = Object.keys(inputs);
    const known = new Set(Object.keys(action.inputs).map((name) => name.toLowerCase()));
    for (const [name, declared] of Object.entries(action.inputs)) {
      const { default: fallback = '', deprecationMessage } = asMap(declared);
      const passed = given.some((key) => key.toLowerCase() === name.toLowerCase());
      if (!passed) inputs[name] = evaluateString(fallback, this.#scope(execution.frame, execution));
      else if (typeof deprecationMessage === 'string') {
        this.#log.issue('warning', `Input '${name}' has been deprecated with message: ${deprecationMessage}`);
      }
    }
    const unknown = given.filter((name) => !known.has(name.toLowerCase()));
    if (unknown.length > 0) {
      const valid = Object.keys(action.inputs).join("', '");
      this.#log.issue('warning', `Unexpected input(s) '${unknown.join("', '")}', valid inputs are ['${valid}']`);
    }
    return inputs;
  }

  #logAction({ phase, env }: Execution, title: string, inputs: Record<string, string>): void {
    if (phase === 'post') {
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
    // The defaults of workflow and job hold for the job's own steps, not for those of a composite (ScriptHandler.cs).
    const defaults = frame === this.#root ? this.#runDefaults(scope) : {};
    const script = evaluateString(step.run, scope);
    const shell = step.shell === undefined ? defaults['shell'] : evaluateString(step.shell, scope);
    const directory =
      step.workingDirectory === undefined
        ? defaults['working-directory']
        : evaluateString(step.workingDirectory, scope);
    const [program, ...args] = shellCommand(shell);

    this.#log.write(`##[group]Run ${script.trimStart().split('\n', 1)[0] ?? ''}`);
    this.#log.write(script.replace(/\n+$/, ''));
    this.#log.write(`shell: ${[program, ...args].join(' ')}`);
    this.#logMap('env', execution.env);
    this.#log.write('##[endgroup]');

    const file = path.join(this.#runner['temp'] ?? '', `${randomInt(2 ** 47).toString(16)}.sh`);
    writeFileSync(file, script);
    const exitCode = await this.#runCommand(execution, {
      argv: [program, ...args.map((argument) => argument.replace('{0}', file))],
      cwd: path.resolve(this.#workspace, directory ?? ''),
      env: { ...execution.env },
    });
    if (exitCode !== 0) this.#log.issue('error', `Process completed with exit code ${exitCode}.`);
  }

  #runDefaults(scope: Scope): Record<string, string> {
    const ofWorkflow = asMap(this.#plan.workflow['defaults'])['run'];
    const ofJob = asMap(this.#plan.job['defaults'])['run'];
    return { ...evaluateStrings(ofWorkflow, scope), ...evaluateStrings(ofJob, scope) };
  }

  // ---- Processes, and what they say to the runner -----------------------------------------------------------------

  /** Runs a step's process. The file commands are carried out however it ends, unless the runner itself is gone. */
  async #runCommand(execution: Execution, command: Command): Promise<number> {
    const { result, phase } = execution;
    const files = createFileCommands(this.#runner['temp'] ?? '');
    this.#openFiles = { execution, files };
    const argv = [...command.argv];
    const env = { ...this.#machine, ...command.env, ...this.#defaultVariables(execution, files) };
    const searched = [...this.#prependedPath.toReversed(), env['PATH'] ?? ''].join(':');
    const process = { ...command, env: { ...env, PATH: searched } };
    this.#result.processes.push({ step: result.id, phase, argv, env: process.env });

    const target = this.#commandTarget(execution);
    const commands = new CommandProcessor(target, this.#run.options.debug ?? false);
    const onLine = (line: string) => {
      this.#rawOutput.push(line);
      if (!this.#stopped.signal.aborted) commands.process(line);
    };
    try {
      const exit = await runProcess(process, onLine, execution.cancel, this.#stopped.signal);
      result.exitCode = exit.exitCode;
      result.signal = exit.signal;
    } finally {
      this.#throwIfLost();
      this.#processFiles(execution, files, target);
    }
    if (execution.cancel.aborted) throw new OperationCancelled();
    if (result.exitCode !== 0) target.fail();
    return result.exitCode;
  }

  #defaultVariables(execution: Execution, files: Record<FileCommand, string>): Record<string, string> {
    const variables: Record<string, string> = { CI: 'true', GITHUB_ACTIONS: 'true' };
    for (const name of GITHUB_VARIABLES) {
      const value = execution.github[name] ?? null;
      if (value !== null) variables[`GITHUB_${name.toUpperCase()}`] = coerceString(value);
    }
    for (const [name, value] of Object.entries(this.#runner)) variables[`RUNNER_${name.toUpperCase()}`] = value;
    for (const name of FILE_COMMANDS) variables[`GITHUB_${name.toUpperCase()}`] = files[name];
    return variables;
  }

  #commandTarget({ result, state }: Execution): CommandTarget {
    const log = this.#log;
    return {
      write: (line) => log.write(line),
      debug: (message) => log.debug(message),
      issue: (level, message, properties) => log.issue(level, message, properties),
      addMask: (value) => log.masker.addWithLines(value),
      setOutput: (name, value) => {
        result.outputs[name] = value;
      },
      saveState: (name, value) => {
        state[name] = value;
      },
      fail: () => {
        result.outcome = 'failure';
      },
    };
  }

  #processFiles(execution: Execution, files: Record<FileCommand, string>, target: CommandTarget): void {
    this.#openFiles = undefined;
    for (const command of FILE_COMMANDS) {
      const contents = this.#keepFile(execution, command, files[command]);
      try {
        this.#processFile(command, contents, target);
      } catch (error) {
        this.#log.issue('error', `Unable to process file command '${command}' successfully.`);
        this.#log.issue('error', messageOf(error));
        target.fail();
      }
    }
  }

  #processFile(command: FileCommand, contents: string, target: CommandTarget): void {
    if (command === 'step_summary') {
      if (contents !== '') this.#summaries.push(this.#log.masker.mask(contents));
      return;
    }
    if (command === 'path') {
      for (const line of contents.split(/\r\n|\n|\r/).filter((entry) => entry !== '')) {
        const before = this.#prependedPath.indexOf(line);
        if (before >= 0) this.#prependedPath.splice(before, 1);
        this.#prependedPath.push(line);
      }
      return;
    }
    for (const [name, value] of parsePairs(contents)) {
      if (command === 'output') {
        target.setOutput(name, value);
        target.debug(`Set output ${name} = ${value}`);
      } else if (command === 'state') {
        target.saveState(name, value);
        target.debug(`Save intra-action state ${name} = ${value}`);
      } else if (name.toUpperCase() === 'NODE_OPTIONS') {
        target.issue('error', "Can't store NODE_OPTIONS output parameter using '$GITHUB_ENV' command.");
      } else {
        // GITHUB_… and RUNNER_… names are taken too, but the default variables win when a process starts.
        this.#env[name] = value;
        target.debug(`${name}='${value}'`);
      }
    }
  }

  #keepFile({ result, phase }: Execution, command: FileCommand, file: string): string {
    const contents = readFileCommand(file);
    this.#result.fileCommands.push({ step: result.id, phase, command, contents });
    return contents;
  }

  /** A lost runner leaves the files of its last step unprocessed; a test may look at them. */
  #keepOpenFiles(): void {
    if (this.#openFiles === undefined) return;
    const { execution, files } = this.#openFiles;
    for (const command of FILE_COMMANDS) this.#keepFile(execution, command, files[command]);
  }

  // ---- The job ----------------------------------------------------------------------------------------------------

  #evaluateOutputs(): Record<string, string> {
    this.#throwIfLost();
    const scope = this.#scope(this.#root);
    const outputs: Record<string, string> = {};
    const declared = Object.entries(asMap(this.#plan.job['outputs']));
    if (declared.length > 0) this.#log.write('Evaluate and set job outputs');
    for (const [name, template] of declared) {
      const value = evaluateString(template, scope);
      if (value === '') this.#log.debug(`Skip output '${name}' since it's empty`);
      else if (this.#log.masker.mask(value) !== value) {
        this.#log.issue('warning', `Skip output '${name}' since it may contain secret.`);
      } else {
        this.#log.write(`Set output '${name}'`);
        outputs[name] = value;
      }
    }
    return outputs;
  }

  #scope(frame: Frame, execution?: Execution): Scope {
    // SuccessFunction.cs: in a composite's main steps the composite's own status counts, everywhere else the job's.
    const status = frame.composite?.main === true ? frame.status : this.#status;
    return {
      contexts: {
        ...this.#contexts,
        job: { check_run_id: this.#checkRunId, status: this.#status },
        github: execution?.github ?? this.#plan.github,
        env: execution?.env ?? this.#env,
        inputs: frame.inputs,
        steps: frame.steps,
      },
      status: {
        success: status === 'success',
        failure: status === 'failure',
        cancelled: this.#status === 'cancelled',
      },
    };
  }

  /** The `env:` of a composite step and of those around it, without the job's, which may change meanwhile. */
  #stepEnv(execution: Execution): Record<string, string> {
    const own = Object.keys(asMap(execution.step.env)).map((name) => [name, execution.env[name] ?? ''] as const);
    return { ...execution.frame.env, ...Object.fromEntries(own) };
  }

  get #workspace(): string {
    return this.#plan.sources.workspace.directory;
  }

  #throwIfLost(): void {
    if (this.#stopped.signal.aborted) throw new RunnerLost('The runner is lost.');
  }
}

/** GITHUB_ACTION_REPOSITORY and _REF are set for an action of a repository, and not for a local one (ActionRunner.cs). */
function setActionSource({ github }: Execution, { repository, local }: ActionReference): void {
  github['action_repository'] = local ? null : repository.slug;
  github['action_ref'] = local ? null : repository.ref;
}

function isCheckout(uses: string, { repositories }: ActionSources): boolean {
  return uses.startsWith('actions/checkout@') && repositories['actions/checkout'] === undefined;
}

/** ScriptHandlerHelpers.cs: the arguments of the built-in shells; anything else is a command that holds `{0}`. */
function shellCommand(shell: string | undefined): [string, ...string[]] {
  if (shell === undefined || shell === '') return ['bash', '-e', '{0}'];
  if (shell === 'bash') return ['bash', '--noprofile', '--norc', '-e', '-o', 'pipefail', '{0}'];
  if (shell === 'sh') return ['sh', '-e', '{0}'];
  const [program, ...args] = shell.split(/\s+/);
  if (program === undefined || !args.some((argument) => argument.includes('{0}'))) {
    throw new Error(`Invalid shell option '${shell}': bash, sh, or a format string containing '{0}'.`);
  }
  return [program, ...args];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
