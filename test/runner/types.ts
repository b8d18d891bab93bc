import type { IssueLevel } from './commands.ts';
import type { FileCommand } from './file-commands.ts';
import type { JsonMap } from './template.ts';

/** How to run a workflow. Every option has a default that suits a test. */
export interface RunnerOptions {
  /** Directories in place of repositories, by `owner/repo`. Always there: `OWNER/joblease`, this checkout. */
  repositories?: Record<string, string>;
  /** GITHUB_WORKSPACE, where `uses: ./x` resolves. Default: a fresh directory that is removed after the run. */
  workspace?: string;
  /** `GITHUB_TOKEN` has a default. */
  secrets?: Record<string, string>;
  vars?: Record<string, string>;
  /** The inputs of `workflow_dispatch` or `workflow_call`. Their defaults come from the workflow file. */
  inputs?: JsonMap;
  /** Properties of the `github` context that replace the defaults: `repository`, `run_id`, `actor`, `api_url`, … */
  github?: JsonMap;
  /** What the machine's environment holds beside PATH, HOME, TMPDIR and LANG. Nothing is inherited from this process. */
  env?: Record<string, string>;
  /** The Node that runs JavaScript actions. Default: the Node 24 of this checkout. */
  node?: string;
  /** `job.check_run_id`: default a fresh one per job; null as on GitHub Enterprise Server. */
  checkRunId?: string | null;
  /** ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN of JavaScript actions, as with `permissions: id-token: write`. */
  idToken?: { url: string; token: string };
  /** ACTIONS_STEP_DEBUG: debug lines are shown, commands are echoed, RUNNER_DEBUG is 1. */
  debug?: boolean;
  /** The runner's bug with post steps in nested local composites (actions/runner#2030). Default: true, as it is today. */
  nestedPostInputsBug?: boolean;
  /** Each masked line of the log, as it comes. */
  onLine?: (line: string, job: string) => void;
  /** Called around each step that runs, and awaited: the place to change the world between two steps. */
  onStep?: (event: StepEvent) => void | Promise<void>;
  /** Milliseconds from a cancel until the runner gives up on the steps that are left. Default 285,000, GitHub's 4 min 45 s. */
  cancelTimeout?: number;
}

export type Phase = 'main' | 'post';

export interface StepEvent {
  /** The job's key in the result: `build`, `build (18, linux)`, `caller / build`. */
  job: string;
  /** As in {@link StepResult.id}. */
  step: string;
  phase: Phase;
  event: 'start' | 'end';
}

/** A workflow in progress. */
export interface Run<Result> {
  /** Settles when every job has ended. Rejects only for a workflow that GitHub would refuse, or that the emulator cannot run. */
  readonly done: Promise<Result>;
  /** The user presses "Cancel workflow". */
  cancel(): void;
  /** The machine is lost: every process is killed at once, no post step runs, the result says `lost`. */
  kill(): void;
  /**
   * Waits for a line of the log, also among those already written.
   *
   * @throws Error when the run ends, or the limit (milliseconds, default 15,000) passes, without such a line.
   */
  waitFor(pattern: RegExp, limit?: number): Promise<string>;
}

export type Conclusion = 'success' | 'failure' | 'cancelled' | 'skipped' | 'lost';

export interface WorkflowResult {
  conclusion: Conclusion;
  /** By the job's id; `id (a, b)` for a leg of a matrix; `caller / id` for a job of a reusable workflow. */
  jobs: Record<string, JobResult>;
  /** The outputs of `on.workflow_call`, also when this workflow was not called. */
  outputs: Record<string, string>;
}

export interface JobResult {
  conclusion: Conclusion;
  outputs: Record<string, string>;
  /** In the order in which they started, those inside composites and the skipped ones too. */
  steps: StepResult[];
  /** What the user sees: all lines, masked. */
  log: string;
  /** The step summaries in order, masked. */
  summary: string;
  annotations: Annotation[];
  /** The environment that GITHUB_ENV and `env:` of workflow and job have made. */
  env: Record<string, string>;

  // What a user never sees, for tests that look for secrets.
  /** All that the processes printed on stdout and stderr, not masked. */
  rawOutput: string;
  /** Every value registered as a mask. */
  masks: string[];
  /** Every process that was started. */
  processes: { step: string; phase: Phase; argv: string[]; env: Record<string, string> }[];
  /** What every file command's file held when its step ended. */
  fileCommands: { step: string; phase: Phase; command: FileCommand; contents: string }[];
}

export interface StepResult {
  /** The step's `id`, or one like `__run_2`; of a step inside a composite `outer.inner`. */
  id: string;
  /** As the log shows it. */
  name: string;
  phase: Phase;
  /** Before `continue-on-error` … */
  outcome: Conclusion;
  /** … and after it. */
  conclusion: Conclusion;
  outputs: Record<string, string>;
  /** What the action saved with GITHUB_STATE, up to the end of this phase. */
  state: Record<string, string>;
  /** Of the step's process; null where there was none. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
  durationMs: number;
}

export interface Annotation {
  level: IssueLevel;
  /** Masked. Title and file are not: that is how GitHub's runner has it. */
  message: string;
  title?: string;
  file?: string;
}
