import { CommandProcessor, type CommandTarget } from './commands.ts';
import { createFileCommands, FILE_COMMANDS, parsePairs, readFileCommand, type FileCommand } from './file-commands.ts';
import type { JobLog } from './job-log.ts';
import { runProcess, type Command } from './process.ts';
import { coerceString, type JsonMap } from './template.ts';
import type { JobResult, StepResult } from './types.ts';

/** A step in one phase, as its process needs it. */
export interface HostedStep {
  readonly result: StepResult;
  /** The `github` context, which becomes GITHUB_… variables. */
  readonly github: JsonMap;
  /** What GITHUB_STATE collects. */
  readonly state: Record<string, string>;
  readonly cancel: AbortSignal;
}

/** The step was cancelled or timed out while its process ran: .NET's OperationCanceledException. */
export class OperationCancelled extends Error {}

/** The runner is gone: nothing more may happen in its job. */
export class RunnerLost extends Error {}

/** GitHubContext.cs: the properties of the `github` context that a process gets as GITHUB_… variables. */
const GITHUB_VARIABLES = (
  'action action_path action_ref action_repository actor actor_id api_url base_ref event_name event_path graphql_url ' +
  'head_ref job ref ref_name ref_protected ref_type repository repository_id repository_owner repository_owner_id ' +
  'retention_days run_attempt run_id run_number server_url sha triggering_actor workflow workflow_ref workflow_sha workspace'
).split(' ');

/**
 * Starts the processes of a job's steps, and carries out what they tell the runner: by commands on stdout and stderr while
 * they run, by file commands after they have ended.
 */
export class StepHost {
  /** The job's environment: what `env:` of workflow and job, and GITHUB_ENV since, have made. */
  readonly env: Record<string, string> = {};
  readonly summaries: string[] = [];
  readonly rawOutput: string[] = [];
  readonly processes: JobResult['processes'] = [];
  readonly fileCommands: JobResult['fileCommands'] = [];
  readonly #log: JobLog;
  /** The `runner` context, which becomes RUNNER_… variables. */
  readonly #runner: Readonly<Record<string, string>>;
  /** The environment of the machine, under all that a step brings. */
  readonly #machine: Readonly<Record<string, string>>;
  readonly #stopped: AbortSignal;
  /** Directories that GITHUB_PATH has added, the last one first in PATH. */
  readonly #path: string[] = [];

  /** @param stopped fires when the runner is gone; every process then dies at once, with its children. */
  constructor(log: JobLog, runner: Record<string, string>, machine: Record<string, string>, stopped: AbortSignal) {
    this.#log = log;
    this.#runner = runner;
    this.#machine = machine;
    this.#stopped = stopped;
  }

  /**
   * Runs the process of a step; any exit code but 0 fails the step. Its file commands are carried out however it ends.
   *
   * @throws OperationCancelled after a cancel, whatever the exit code. RunnerLost when the runner is gone: then the file
   *   commands are not carried out.
   */
  async run(step: HostedStep, command: Command): Promise<number> {
    const { result } = step;
    const files = createFileCommands(this.#runner['temp'] ?? '');
    const env = { ...this.#machine, ...command.env, ...this.#defaultVariables(step, files) };
    env['PATH'] = [...this.#path.toReversed(), env['PATH']].join(':');
    this.processes.push({ step: result.id, phase: result.phase, argv: [...command.argv], env });

    const target = this.#targetOf(step);
    const commands = new CommandProcessor(target, this.#log.showsDebug);
    const onLine = (line: string) => {
      this.rawOutput.push(line);
      if (!this.#stopped.aborted) commands.process(line);
    };
    try {
      Object.assign(result, await runProcess({ ...command, env }, onLine, step.cancel, this.#stopped));
    } finally {
      const contents = FILE_COMMANDS.map((name) => [name, readFileCommand(files[name])] as const);
      for (const [name, text] of contents) {
        this.fileCommands.push({ step: result.id, phase: result.phase, command: name, contents: text });
        if (!this.#stopped.aborted) this.#processFile(name, text, target);
      }
    }
    if (this.#stopped.aborted) throw new RunnerLost();
    if (step.cancel.aborted) throw new OperationCancelled();
    if (result.exitCode !== 0) target.fail();
    return result.exitCode ?? 0;
  }

  #defaultVariables({ github }: HostedStep, files: Record<FileCommand, string>): Record<string, string> {
    const variables: Record<string, string> = { CI: 'true', GITHUB_ACTIONS: 'true' };
    for (const name of GITHUB_VARIABLES) {
      const value = github[name] ?? null;
      if (value !== null) variables[`GITHUB_${name.toUpperCase()}`] = coerceString(value);
    }
    for (const [name, value] of Object.entries(this.#runner)) variables[`RUNNER_${name.toUpperCase()}`] = value;
    for (const name of FILE_COMMANDS) variables[`GITHUB_${name.toUpperCase()}`] = files[name];
    return variables;
  }

  #targetOf({ result, state }: HostedStep): CommandTarget {
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

  #processFile(command: FileCommand, contents: string, target: CommandTarget): void {
    try {
      if (command === 'step_summary') this.#addSummary(contents);
      else if (command === 'path') this.#prependPath(contents);
      else for (const [name, value] of parsePairs(contents)) this.#take(command, name, value, target);
    } catch (error) {
      target.issue('error', `Unable to process file command '${command}' successfully.`);
      target.issue('error', error instanceof Error ? error.message : String(error));
      target.fail();
    }
  }

  #take(command: 'env' | 'state' | 'output', name: string, value: string, target: CommandTarget): void {
    if (command === 'output') {
      target.setOutput(name, value);
      target.debug(`Set output ${name} = ${value}`);
    } else if (command === 'state') {
      target.saveState(name, value);
      target.debug(`Save intra-action state ${name} = ${value}`);
    } else if (name.toUpperCase() === 'NODE_OPTIONS') {
      target.issue('error', `Can't store ${name} output parameter using '$GITHUB_ENV' command.`);
    } else {
      // Names of default variables (GITHUB_…, RUNNER_…) are taken too; those win when a process is started.
      this.env[name] = value;
      target.debug(`${name}='${value}'`);
    }
  }

  #addSummary(contents: string): void {
    const lines = contents.split(/\r\n|\n|\r/).map((line) => this.#log.masker.mask(line));
    if (contents !== '') this.summaries.push(lines.join('\n'));
  }

  #prependPath(contents: string): void {
    for (const directory of contents.split(/\r\n|\n|\r/).filter((line) => line !== '')) {
      const before = this.#path.indexOf(directory);
      if (before >= 0) this.#path.splice(before, 1);
      this.#path.push(directory);
    }
  }
}
