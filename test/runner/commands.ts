/** A command line such as `::warning file=a.sql,title=T::text` or `##[group]text`, unescaped. */
export interface Command {
  /** In lower case: the names of commands and of their properties are case-insensitive. */
  name: string;
  properties: Record<string, string>;
  data: string;
}

export type IssueLevel = 'notice' | 'warning' | 'error';

/** What the commands of a step may do to it. */
export interface CommandTarget {
  write(line: string): void;
  debug(message: string): void;
  issue(level: IssueLevel, message: string, properties?: Record<string, string>): void;
  addMask(value: string): void;
  setOutput(name: string, value: string): void;
  saveState(name: string, value: string): void;
  /** The command failed, and so will the step. */
  fail(): void;
}

const COMMANDS = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

/** These may carry a secret, so the runner never echoes their line. */
const NEVER_ECHOED = new Set(['add-mask', 'debug', 'error', 'notice', 'warning']);

const DISABLED =
  'The `%` command is disabled. Please upgrade to using Environment Files or opt into unsecure command execution by setting ' +
  'the `ACTIONS_ALLOW_UNSECURE_COMMANDS` environment variable to `true`. For more information see: ' +
  'https://github.blog/changelog/2020-10-01-github-actions-deprecating-set-env-and-add-path-commands/';
const DEPRECATED =
  'The `%` command is deprecated and will be disabled soon. Please upgrade to using Environment Files. For more information ' +
  'see: https://github.blog/changelog/2022-10-11-github-actions-deprecating-save-state-and-set-output-commands/';
const BAD_STOP_TOKEN =
  "You cannot use a endToken that is an empty string, the string 'pause-logging', or another workflow command.";

/**
 * Finds the commands in what one process prints, on stdout and stderr alike, and carries them out. One per process: a
 * `stop-commands` that was not resumed ends with it.
 *
 * Source: actions/runner, Runner.Worker/ActionCommandManager.cs.
 */
export class CommandProcessor {
  readonly #target: CommandTarget;
  #echo: boolean;
  #resumeToken: string | undefined;

  constructor(target: CommandTarget, echo: boolean) {
    this.#target = target;
    this.#echo = echo;
  }

  /** Takes one line: carries it out if it is a command, and writes it to the log if it is not. */
  process(line: string): void {
    const known = this.#resumeToken === undefined ? COMMANDS : new Set([...COMMANDS, this.#resumeToken]);
    const command = parseCommand(line, known);
    if (command === undefined) this.#target.write(line);
    else if (this.#resumeToken !== undefined) this.#whileStopped(line, command, this.#resumeToken);
    else this.#carryOut(line, command);
  }

  #whileStopped(line: string, command: Command, resumeToken: string): void {
    this.#target.write(line);
    if (command.name !== resumeToken) return;
    this.#resumeToken = undefined;
    this.#target.debug('Resume processing commands');
  }

  #carryOut(line: string, command: Command): void {
    const silent = NEVER_ECHOED.has(command.name);
    if (this.#echo && !silent && command.name !== 'stop-commands') this.#target.write(line);
    try {
      this.#run(line, command);
    } catch (error) {
      this.#target.issue('error', `Unable to process command '${silent ? command.name : line}' successfully.`);
      this.#target.issue('error', error instanceof Error ? error.message : String(error));
      this.#target.fail();
    }
  }

  #run(line: string, { name, properties, data }: Command): void {
    const target = this.#target;
    switch (name) {
      case 'add-mask':
        if (data.trim() === '') {
          target.issue('warning', "Can't add secret mask for empty string in ##[add-mask] command.");
        } else {
          if (this.#echo) target.write('::add-mask::***');
          target.addMask(data);
        }
        break;
      case 'debug':
        target.debug(data);
        break;
      case 'notice':
      case 'warning':
      case 'error':
        target.issue(name, data, properties);
        break;
      case 'group':
        target.write(`##[group]${data}`);
        break;
      case 'endgroup':
        target.write('##[endgroup]');
        break;
      case 'echo':
        this.#echo = onOrOff(data);
        break;
      case 'stop-commands':
        if (data === '' || data.toLowerCase() === 'pause-logging' || COMMANDS.has(data.toLowerCase())) {
          throw new Error(BAD_STOP_TOKEN);
        }
        target.write(line);
        this.#resumeToken = data.toLowerCase();
        break;
      case 'set-output':
      case 'save-state': // both deprecated since 2022, and both still carried out
        target.issue('warning', DEPRECATED.replace('%', name));
        if (properties['name'] === undefined)
          throw new Error(`Required field 'name' is missing in ##[${name}] command.`);
        if (name === 'set-output') target.setOutput(properties['name'], data);
        else target.saveState(properties['name'], data);
        break;
      case 'set-env':
      case 'add-path':
        throw new Error(DISABLED.replace('%', name));
      default: // problem matchers: the log only shows that one was asked for
        target.debug(`${name}: problem matchers are not emulated`);
    }
  }
}

/**
 * The command in a line, if it is one of the known ones: `::name k=v,k=v::data` at the start of the line (leading blanks
 * are allowed), or `##[name k=v;k=v]data` anywhere in it. Source: actions/runner, Runner.Common/ActionCommand.cs.
 */
export function parseCommand(line: string, known: ReadonlySet<string>): Command | undefined {
  return (
    parse(line, /^\s*::(?<info>.*?)::(?<data>.*)$/s, known, ',', unescapeProperty, unescapeData) ??
    parse(line, /##\[(?<info>[^\]]*)\](?<data>.*)$/s, known, ';', unescapeBracket, unescapeBracket)
  );
}

function parse(
  line: string,
  form: RegExp,
  known: ReadonlySet<string>,
  separator: string,
  unescapeValue: (text: string) => string,
  unescapeRest: (text: string) => string,
): Command | undefined {
  const { info, data } = form.exec(line)?.groups ?? {};
  if (info === undefined || data === undefined) return undefined;
  const space = info.indexOf(' ');
  const name = (space < 0 ? info : info.slice(0, space)).toLowerCase();
  if (!known.has(name)) return undefined;
  const properties: Record<string, string> = {};
  for (const property of space < 0
    ? []
    : info
        .slice(space + 1)
        .trim()
        .split(separator)) {
    const equals = property.indexOf('=');
    const value = property.slice(equals + 1);
    if (equals > 0 && value !== '') properties[property.slice(0, equals).toLowerCase()] = unescapeValue(value);
  }
  return { name, properties, data: unescapeRest(data) };
}

// "%25" comes last, so that "%250A" becomes "%0A" and no newline.
const unescapeData = (text: string) => text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
const unescapeProperty = (text: string) => unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','));
const unescapeBracket = (text: string) => unescapeData(text.replaceAll('%3B', ';').replaceAll('%5D', ']'));

function onOrOff(text: string): boolean {
  const value = text.trim().toLowerCase();
  if (value === 'on' || value === 'off') return value === 'on';
  throw new Error(`Invalid echo command value. Possible values can be: 'on', 'off'. Current value is: '${text}'.`);
}
