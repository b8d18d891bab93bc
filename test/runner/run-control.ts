import type { RunnerOptions } from './types.ts';

interface Waiter {
  pattern: RegExp;
  resolve: (line: string) => void;
  reject: (error: Error) => void;
}

/** What the jobs of one run share with the test that started it: its options, its interventions and its view of the log. */
export class RunControl {
  readonly options: RunnerOptions;
  readonly #cancelled = new AbortController();
  readonly #killed = new AbortController();
  readonly #lines: string[] = [];
  readonly #waiters = new Set<Waiter>();
  #ended = false;

  constructor(options: RunnerOptions) {
    this.options = options;
  }

  /** Fires when the user cancels the run. */
  get cancelled(): AbortSignal {
    return this.#cancelled.signal;
  }

  /** Fires when the machines of the run are lost. */
  get killed(): AbortSignal {
    return this.#killed.signal;
  }

  cancel(): void {
    this.#cancelled.abort();
  }

  kill(): void {
    this.#killed.abort();
  }

  addLine(line: string, job: string): void {
    this.#lines.push(line);
    this.options.onLine?.(line, job);
    for (const waiter of this.#waiters) if (waiter.pattern.test(line)) waiter.resolve(line);
  }

  async waitFor(pattern: RegExp, limit: number): Promise<string> {
    const seen = this.#lines.find((line) => pattern.test(line));
    if (seen !== undefined) return seen;
    if (this.#ended) throw new Error(this.#notSeen(pattern, 'The run has ended'));
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const waiter = { pattern, resolve, reject };
    const timer = setTimeout(() => reject(new Error(this.#notSeen(pattern, `${limit} ms have passed`))), limit);
    this.#waiters.add(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#waiters.delete(waiter);
    }
  }

  /** No more lines will come; those who wait for one are told so, or why the run could not be. */
  end(failure?: unknown): void {
    this.#ended = true;
    for (const { pattern, reject } of this.#waiters) {
      reject(new Error(this.#notSeen(pattern, 'The run has ended'), { cause: failure }));
    }
  }

  #notSeen(pattern: RegExp, why: string): string {
    return `${why} without a line that matches ${pattern}. The log:\n${this.#lines.join('\n')}`;
  }
}
