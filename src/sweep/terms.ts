/** What a sweep is given, and what its halves hand on. */
import type { EngineSession, Lease } from '../engines/engine.ts';
import type { AskJob, Cause } from './due.ts';
import type { Finding } from './report.ts';
import type { Shard } from './shard.ts';

/** The target to sweep. */
export interface Target {
  /** logs in as root, anew for every worker. @param signal ends the session, whatever is under way */
  open(signal: AbortSignal): Promise<EngineSession>;
  /** whether an error of a session may be gone when all is done again, from `open` on */
  canHeal(error: unknown): boolean;
  /** how many leases a session ends best at a time */
  readonly batchSize: number;
}

export interface Terms {
  /** undefined: only leases whose end has passed are ended */
  readonly askJob: AskJob | undefined;
  readonly graceSeconds: number;
  readonly dryRun: boolean;
  /** sessions at a time */
  readonly concurrency: number;
  /** more leases than this, shells apart, are not ended: rather something is wrong with the sweep */
  readonly maxRevocations: number;
  readonly shard: Shard;
  /** how long one lease may take to end before its session is given up */
  readonly patienceSeconds: number;
  /** nothing new is begun once it has fired */
  readonly deadline: AbortSignal;
  /** all is abandoned once it has fired */
  readonly cancelled: AbortSignal;
  /** told of every lease that was found */
  readonly tell: (finding: Finding) => Promise<void>;
  /** told how far the work is; how many leases there are to list nobody knows */
  readonly progress: (done: number, total: number | undefined, what: 'listed' | 'asked' | 'ended') => void;
}

/** A lease that is to be ended. */
export interface Due {
  readonly lease: Lease;
  readonly cause: Cause;
}
