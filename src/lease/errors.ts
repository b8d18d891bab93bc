/** What a {@link UserError} tells beside its message. None of it may hold a secret. */
export interface ErrorDetails {
  /** the action input that is wrong or that supplied what was refused, such as `root` */
  readonly input?: string;
  /** what the other side answered, in its own words */
  readonly said?: string;
  /** what to do next: a sentence, or the exact statement to run */
  readonly fix?: string;
  /** the target is as it was before, so there is nothing to undo */
  readonly untouched?: boolean;
  readonly cause?: unknown;
}

/**
 * Something that the person who wrote the workflow, or who runs the target, can put right. Its text is shown to them as
 * it is. Every other error is a fault of joblease or of the network.
 */
export class UserError extends Error {
  readonly details: ErrorDetails;

  /** @param problem one clause without a full stop, such as `"ttl" is above "max-ttl"` */
  constructor(problem: string, details: ErrorDetails = {}) {
    super(describe(problem, details), { cause: details.cause });
    this.name = 'UserError';
    this.details = details;
  }
}

/** The text of any thrown value that is fit for a log: its message alone, never an object that may hold a connection. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node reports a connection that failed on several addresses as an AggregateError without a message.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error.message;
}

function describe(problem: string, { input, said, fix }: ErrorDetails): string {
  const lines = [input === undefined ? problem : `Input "${input}": ${problem}`];
  if (said !== undefined) lines.push(`The answer was: ${said}`);
  if (fix !== undefined) lines.push(fix);
  return lines.join('\n');
}
