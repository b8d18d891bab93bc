import type { IssueLevel } from './commands.ts';
import { SecretMasker } from './masks.ts';
import type { Annotation } from './types.ts';

const LABELS: Record<IssueLevel, string> = { error: 'Error', warning: 'Warning', notice: 'Notice' };

/** The log of a job as its viewer shows it: each line goes through the masks of the job before anyone sees it. */
export class JobLog {
  readonly masker = new SecretMasker();
  readonly annotations: Annotation[] = [];
  readonly showsDebug: boolean;
  readonly #lines: string[] = [];
  readonly #onLine: (line: string) => void;

  /** @param showsDebug whether the run has ACTIONS_STEP_DEBUG. */
  constructor(showsDebug: boolean, onLine: (line: string) => void) {
    this.showsDebug = showsDebug;
    this.#onLine = onLine;
  }

  get text(): string {
    return this.#lines.join('\n');
  }

  /** Writes one message. It is masked as a whole, so that a secret of several lines is found in it, and then split. */
  write(message: string): void {
    for (const line of this.masker.mask(message).split(/\r\n|\n|\r/)) {
      this.#lines.push(line);
      this.#onLine(line);
    }
  }

  debug(message: string): void {
    if (this.showsDebug) this.write(`##[debug]${message}`);
  }

  /** An error, warning or notice: a line, and an annotation whose message alone is masked (ExecutionContext.AddIssue). */
  issue(level: IssueLevel, message: string, { title, file }: Record<string, string> = {}): void {
    this.annotations.push({
      level,
      message: this.masker.mask(message),
      ...(title === undefined ? {} : { title }),
      ...(file === undefined ? {} : { file }),
    });
    this.write(`${LABELS[level]}: ${message}`);
  }
}
