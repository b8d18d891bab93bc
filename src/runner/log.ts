import { error, info, setSecret, warning } from '@actions/core';
import { messageOf } from '../lease/errors.ts';

/**
 * Prints lines to the job's log. What a server or a user supplied may stand in them: the runner takes a line for a
 * command when it begins with `::`, or has `##[` anywhere (actions/runner ActionCommand.cs), and ends a line at a lone
 * carriage return too. Before `::` it skips what .NET takes for white space, U+0085 among it.
 */
export function say(text: string): void {
  const lines = text.split(/\r\n|\r|\n/).map((line) => line.replace(/^[\s\u0085]*::/, ': :').replaceAll('##[', '# #['));
  info(lines.join('\n'));
}

/** Warns, as an annotation of the run. Escaped by the toolkit. */
export function warn(text: string): void {
  warning(text);
}

/**
 * Ends the step red, with the error's message alone. Only sets the exit code: `process.exit` could lose what is still
 * on its way to the runner, a mask among it.
 */
export function fail(reason: unknown): void {
  error(messageOf(reason));
  process.exitCode = 1;
}

/** Makes the runner replace the texts by `***` in everything that is printed from now on. */
export function mask(secrets: readonly string[]): void {
  for (const secret of secrets) if (secret !== '') setSecret(secret);
}
