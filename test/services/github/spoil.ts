/** Orders of a test against chosen requests: faults, and hooks that hold a request at an instant. */
import type { GithubRequest } from './log.ts';

/**
 * - `reset`: the connection breaks before the request is carried out
 * - `lost answer`: the request is carried out, and the connection breaks before the answer leaves
 * - `malformed`: carried out, and half of the answer's JSON arrives
 * - `html`: not carried out, something in between answers 200 with a page
 * - a number: not carried out, GitHub answers so; 403 is one that says nothing about rate limits
 * - `slow`: carried out, and the answer leaves after so many milliseconds
 * - `secondary`: not carried out, a secondary rate limit answers so, with Retry-After where seconds are given
 */
export type Fault =
  | 'reset'
  | 'lost answer'
  | 'malformed'
  | 'html'
  | 403
  | 404
  | 500
  | 502
  | 503
  | 504
  | { readonly slow: number }
  | { readonly secondary: 403 | 429; readonly retryAfter?: number };

export type When = (request: GithubRequest) => boolean;

/** Every order counts for itself; where two faults meet on one request, the older one decides. */
export interface Order {
  /** which requests are meant; all where it is left out */
  readonly when?: When;
  /** the n-th of them from now, counted from 0; the next where it is left out */
  readonly nth?: number;
  /** how many in a row; 1 where it is left out */
  readonly times?: number;
}

/** `drop`: the connection breaks, and a request that was not carried out yet is not carried out. */
export type Hook = (request: GithubRequest) => void | 'drop' | Promise<void | 'drop'>;

/** A request that waits in the server. */
export interface Held {
  readonly request: GithubRequest;
  release(): void;
  /** Breaks the connection. Before the request was carried out: as if it had never arrived. */
  drop(): void;
}

export interface Spoiler {
  fail(fault: Fault, order?: Order): Disposable;
  onRequest(hook: Hook, order?: Order): Disposable;
  onCarriedOut(hook: Hook, order?: Order): Disposable;
  hold(instant: 'before' | 'after', order?: Order): Promise<Held>;
}

interface Plan {
  faultFor(request: GithubRequest): Fault | undefined;
  before(request: GithubRequest): Promise<boolean>;
  after(request: GithubRequest): Promise<boolean>;
}

export function createSpoiler(): Spoiler & { readonly plan: Plan } {
  const faults = orders<Fault>();
  const before = orders<Hook>();
  const after = orders<Hook>();

  /** @returns whether the connection is to break */
  const run = async (hooks: readonly Hook[], request: GithubRequest): Promise<boolean> => {
    for (const hook of hooks) if ((await hook(request)) === 'drop') return true;
    return false;
  };

  return {
    fail: (fault, order) => faults.add(fault, order),
    // A hook is for every request that is meant, not for one of them.
    onRequest: (hook, order) => before.add(hook, { times: Infinity, ...order }),
    onCarriedOut: (hook, order) => after.add(hook, { times: Infinity, ...order }),
    hold(instant, order) {
      const held = Promise.withResolvers<Held>();
      const end = Promise.withResolvers<void | 'drop'>();
      const hook: Hook = async (request) => {
        held.resolve({ request, release: () => end.resolve(), drop: () => end.resolve('drop') });
        return await end.promise;
      };
      (instant === 'before' ? before : after).add(hook, order);
      return held.promise;
    },
    plan: {
      faultFor: (request) => faults.take(request)[0],
      before: async (request) => await run(before.take(request), request),
      after: async (request) => await run(after.take(request), request),
    },
  };
}

/** Things that were ordered for some of the requests to come. */
function orders<T>(): { add(thing: T, order?: Order): Disposable; take(request: GithubRequest): T[] } {
  const open = new Set<{ readonly thing: T; readonly when: When; skip: number; times: number }>();
  return {
    add(thing, { when = () => true, nth = 0, times = 1 } = {}) {
      const entry = { thing, when, skip: nth, times };
      open.add(entry);
      return { [Symbol.dispose]: () => void open.delete(entry) };
    },
    take(request) {
      const taken: T[] = [];
      for (const entry of open) {
        if (!entry.when(request)) continue;
        if (entry.skip > 0) {
          entry.skip -= 1;
          continue;
        }
        taken.push(entry.thing);
        entry.times -= 1;
        if (entry.times <= 0) open.delete(entry);
      }
      return taken;
    },
  };
}
