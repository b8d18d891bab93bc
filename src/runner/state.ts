import { getInput, getState, saveState } from '@actions/core';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { UserError } from '../lease/errors.ts';
import { isPrincipal, type Principal } from '../lease/name.ts';
import { mask } from './log.ts';

/**
 * What main tells post. The runner keeps state even when main is killed, but an input that post reads can differ from
 * what main read (actions/runner#2030), so all that a revocation needs, save the root credential, is here.
 */
export interface HeldLease {
  readonly engine: string;
  readonly role: string;
  readonly principal: Principal;
  /** the engine's inputs as main parsed them */
  readonly config: Readonly<Record<string, unknown>>;
  /** whether post is to revoke */
  readonly revoke: boolean;
  readonly failOnRevokeError: boolean;
}

/** What is known once the lease exists. */
export interface MintedState {
  /** the lease's own credential, with which it can end itself; the step's outputs hold it too */
  readonly credential: string;
  /** RFC 3339 */
  readonly expiresAt: string;
  /** when it was handed out, epoch milliseconds on the runner's clock */
  readonly at: number;
}

const none = 'none';

/**
 * The most that one value may have. Post gets each in a variable of its environment, where one that is too
 * long keeps the process from starting at all: 128 KiB on Linux, 32 Ki characters on Windows.
 */
const mostBytes = 30_000;

/**
 * To be called first of all. A variable STATE_… that an earlier step has set through GITHUB_ENV reaches post for every
 * name that main has saved nothing under, and could tell it that there is nothing to revoke.
 */
export function clearState(): void {
  for (const name of ['lease', 'minted', 'settled']) saveState(name, none);
}

/**
 * Written ahead: before the target hears of the lease.
 *
 * @throws UserError naming the longest input when post could not be told all of it
 */
export function holdLease(lease: HeldLease): void {
  const text = JSON.stringify(lease);
  if (Buffer.byteLength(text) > mostBytes) throw tooLong(lease.config);
  save('lease', text);
}

/** @throws Error when post could not be told all of it; it then revokes without */
export function holdMinted(minted: MintedState): void {
  const text = JSON.stringify(minted);
  if (Buffer.byteLength(text) > mostBytes) throw new Error('the credential is too long for the state of the runner');
  save('minted', text);
}

function tooLong(config: HeldLease['config']): UserError {
  const lengths = Object.entries(config).map(([name, value]) => [name, JSON.stringify(value).length] as const);
  const [longest] = lengths.toSorted(([, a], [, b]) => b - a);
  return new UserError(
    `the inputs that the post step needs are longer than the ${mostBytes} bytes that it can be given`,
    {
      ...(longest === undefined ? {} : { input: longest[0] }),
      fix: 'This one is the longest. In place of PEM text give the path of a file; in place of long statements call a procedure.',
    },
  );
}

/** Main itself has seen that there is nothing to revoke. */
export function holdNothing(): void {
  saveState('settled', 'true');
}

/** What main left for post. */
export interface Held {
  readonly lease: HeldLease;
  readonly minted: MintedState | undefined;
  /**
   * Whether it is certain that main wrote it. Else an earlier step may have, or post was given another root than main:
   * then nothing of it may be done as root.
   */
  readonly certain: boolean;
}

/** @returns no lease when main did not get as far as choosing one, or has settled it */
export function held(): Held | undefined {
  const left = read('lease');
  if (left === undefined || getState('settled') === 'true') return undefined;
  const lease = left.value as HeldLease;
  if (!isPrincipal(lease.principal)) throw new Error('what the main step left makes no sense');
  const minted = read('minted');
  const certain = left.certain && minted?.certain !== false;
  return { lease, minted: minted?.value as MintedState | undefined, certain };
}

function save(name: string, text: string): void {
  const seal = sealOf(name, text);
  // The runner's debug log shows state, and a weak password could be guessed by it.
  mask([seal]);
  saveState(name, `${seal} ${text}`);
}

function read(name: string): { value: unknown; certain: boolean } | undefined {
  const [, seal = '', text = ''] = /^([0-9a-f]{64}) (.*)$/s.exec(getState(name)) ?? [];
  if (text === '') return undefined;
  const certain = timingSafeEqual(Buffer.from(seal), Buffer.from(sealOf(name, text)));
  return { value: JSON.parse(text), certain };
}

/**
 * Where main is killed before {@link clearState}, a variable STATE_… of an earlier step is all that post sees. The step
 * does not know the input root, which main and post are both given. Where root is not in the input, every step of the
 * job can act as root by itself.
 */
function sealOf(name: string, text: string): string {
  const { GITHUB_RUN_ID: run = '', GITHUB_RUN_ATTEMPT: attempt = '', GITHUB_JOB: job = '' } = process.env;
  const sealed = JSON.stringify([name, run, attempt, job, text]);
  return createHmac('sha256', `joblease state ${getInput('root')}`)
    .update(sealed)
    .digest('hex');
}
