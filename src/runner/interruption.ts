/**
 * Turns a cancelled step into a signal. The runner sends SIGINT, 7.5 s later SIGTERM and 2.5 s after that kills the
 * process (actions/runner ProcessInvoker.cs); on Windows these are Ctrl-C and Ctrl-Break. Without a handler Node would be
 * gone at once, with work half done.
 *
 * @returns fires at the first of them
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGBREAK'] as const) {
    process.on(name, () => {
      controller.abort(new Error('the step was cancelled'));
    });
  }
  return controller.signal;
}
