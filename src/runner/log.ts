import { debug, error, info, isDebug, setSecret, warning } from '@actions/core';
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

/** Tells somebody who has debug logging on; undefined where nobody has. Escaped by the toolkit. */
export function tracer(): ((text: string) => void) | undefined {
  return isDebug() ? debug : undefined;
}

/** Does the work, and traces how long it took. */
export async function timed<T>(what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work();
  } finally {
    tracer()?.(`${what}: ${Math.round(performance.now() - start)} ms`);
  }
}

/**
 * For `retry`: says each failure once, and until when it is tried.
 *
 * @param limitMs from now
 */
export function sayRetries(limitMs: number): (error: unknown) => void {
  const until = new Date(Date.now() + limitMs).toISOString().slice(11, 19);
  const said = new Set<string>();
  return (failure) => {
    const text = messageOf(failure);
    // What the network says below it may be another word each time.
    const [problem = ''] = text.split('\n', 1);
    if (!said.has(problem)) say(`${text}\nIt is tried again, until ${until} UTC at the latest.`);
    said.add(problem);
  };
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
