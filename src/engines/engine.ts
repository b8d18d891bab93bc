/**
 * The one interface that every engine implements. What an implementation promises, and `test/contract/` proves against
 * a real server:
 *
 * - a credential works when it is handed out;
 * - after `revoke` it does not, nor does any session that it had open, and a second `revoke` is fine;
 * - `mint` killed at any point leaves nothing that the switch and the sweep do not remove: the account and its record
 *   come into being together, or the record first, and the target knows the expiry before anybody has the credential;
 * - expiries are computed on the target's clock where the target can;
 * - `leases` finds everything that was ever minted and is still there, and nothing else;
 * - a rotation of root that dies anywhere leaves a stored secret that works, and the next rotation finishes it;
 * - hostile labels, names and statements change nothing but their own lease;
 * - no secret reaches a log, an error, or the target's own statement log.
 *
 * Errors: a `UserError` for what a person can put right, and it says how; any other error is unforeseen. An engine retries
 * only what can heal by itself, until the context's signal fires; the caller decides whether to open a session again.
 */
import { UserError } from '../lease/errors.ts';
import type { Input, Inputs, InputTable, OutputTable } from '../lease/inputs.ts';
import type { NameForm, Principal } from '../lease/name.ts';
import type { JobIdentity, LeaseRecord } from '../lease/record.ts';
import type { ExpiryClass, Revocation } from '../lease/result.ts';

/** What is known of an engine before its driver is loaded: enough to read every input and to fail on a wrong one. */
export interface EngineDeclaration<
  Root extends RootCredential = RootCredential,
  Table extends InputTable = InputTable,
> {
  /** as in `engine:`, in lease ids and in the name of the docs page */
  readonly name: string;
  /** other names that `engine:` takes for it */
  readonly aliases?: readonly string[];
  readonly about: About;
  /** the form of its accounts' names, where the target does not take the usual one */
  readonly nameForm?: NameForm;
  /** what it cannot do, or not for all that it mints; every other ability it has */
  readonly limits?: Limits;
  /** the inputs beside those that every engine has */
  readonly inputs: Table;
  /** which of them a sweep and a rotation of root take too: all others are about what is minted */
  readonly inputsOf: Readonly<Record<'sweep' | 'rotate-root', readonly (keyof Table & string)[]>>;
  /** the input `root`: one or more root credentials, the first accepted is used */
  readonly root: Input<readonly Root[]>;
  /** what `environment` of {@link Minted} may hold: the value in words, in Markdown, by the variable's name */
  readonly environment: Readonly<Record<string, string>>;
  /** outputs beside those that every engine has */
  readonly outputs: OutputTable;
  /** the default of a rotation's input `overlap`, where it is not the usual one */
  readonly overlap?: string;
  /**
   * Checks what can only be seen from several inputs together.
   *
   * @param exportEnv whether `environment` of {@link Minted} will be set for later steps
   * @throws UserError
   */
  check?(roots: readonly Root[], config: Inputs<Table>, exportEnv?: boolean): void;
  /** @returns what is missing, as a sentence, when what is minted would have no right at all; `''` when it has some */
  lacking(config: Inputs<Table>): string;
  /** loads the driver and all else that talks to the target */
  load(): Promise<Engine<Root, Inputs<Table>>>;
}

/**
 * What an engine may lack, in words that go on after "can": what each engine must do is to mint, verify, revoke and list.
 *
 * - `renew`: {@link EngineSession.renew}
 * - `endSelf`: {@link Engine.endSelf}
 * - `disable`: what cannot be removed is left as an account that is of no use to anybody (`disabled`, a shell)
 * - `endTogether`: {@link EngineSession.end} is faster for many ({@link Engine.batchSize})
 * - `rotateRoot`: {@link Engine.rotateRoot}
 */
export const abilities = {
  renew: "move a lease's end",
  endSelf: 'let a lease end itself where no root can',
  disable: 'disable what it cannot remove',
  endTogether: 'end many leases by one statement',
  rotateRoot: 'rotate its root credential',
} as const;

export type Ability = keyof typeof abilities;

export type Limits = Readonly<Partial<Record<Ability, Limit>>>;

/** Why an engine lacks an ability. */
export interface Limit {
  /** for which of its leases, such as `a session`; for all where it is left out, and then no method is there */
  readonly of?: string;
  /** a sentence */
  readonly why: string;
}

/** The error for somebody who asks an engine for what it cannot do. */
export function lacks({ about, limits }: Pick<EngineDeclaration, 'about' | 'limits'>, ability: Ability): UserError {
  const { of = '', why } = limits?.[ability] ?? { why: '' };
  const what = of === '' ? about.title : `${about.title}, for ${of},`;
  return new UserError(`${what} cannot ${abilities[ability]}`, { input: 'engine', fix: why, untouched: true });
}

/** What only people read of an engine: in its `action.yml`, the README and the docs. */
export interface About {
  /** as its makers write it */
  readonly title: string;
  /** the same with the versions that are supported */
  readonly versions: string;
  /** what is minted, in a few words */
  readonly mints: string;
  /** one sentence on what its action does */
  readonly action: string;
}

/** A parsed root credential. */
export interface RootCredential {
  /** what must be masked before the first line about it is printed */
  readonly secrets: readonly string[];
}

/** @template Config the engine's own inputs, parsed; it must survive JSON, because the post step gets it from state */
export interface Engine<Root extends RootCredential, Config> {
  /**
   * Logs in with the first root credential that the target accepts; where a lease may need no root, only when it is needed.
   *
   * @throws UserError naming `root` when there is none
   */
  open(roots: readonly Root[], config: Config, context: Context): Promise<EngineSession>;

  /** Whether an error of `open` or of a session may pass: whether it is worth to begin again, from `open` on. */
  readonly canHeal: (error: unknown) => boolean;

  /**
   * Ends a lease from inside, without any root: logs in as the lease, makes its credential useless and ends its other
   * sessions. What is left of the account waits for the sweep.
   *
   * @param credential as {@link Minted} returned it
   * @returns `disabled`; `expiring` where what was made of the credential may go on until the end; `absent` when the
   *   target already refuses the credential, so that nothing can be done with it
   * @throws UserError for a lease that cannot, by the engine's limits
   */
  endSelf?(credential: string, config: Config, context: Context): Promise<Revocation>;

  /** how many leases {@link EngineSession.end} ends best at a time; one where this is left out */
  readonly batchSize?: number;

  /**
   * Replaces the root credential. The generator stops at each {@link RotationStep}; before it goes on, the step's value
   * must have been stored as the secret. Every step may be repeated, also by a later rotation that begins with what is
   * stored then. The generator holds a lock on the target: run it to its end, or end it with `return`.
   *
   * Before its first step it changes nothing, and tries everything on the target that could fail later.
   *
   * @param roots what is stored now, in that order
   * @throws UserError naming `root` when it cannot be rotated
   */
  rotateRoot?(
    roots: readonly Root[],
    config: Config,
    terms: RotationTerms,
    context: Context,
  ): AsyncGenerator<RotationStep, Rotation>;
}

/** What an engine may use of the world outside. */
export interface Context {
  /** fires when the step is out of time or was cancelled: then abandon what is under way */
  readonly signal: AbortSignal;
  /** tells the user something that does not stop the step */
  readonly warn: (message: string) => void;
  /** hides texts in every log from now on; to be called before the target hears of a secret that is ours */
  readonly mask?: ((secrets: readonly string[]) => void) | undefined;
  /** says in the debug log how a target was reached; no secret */
  readonly debug?: ((message: string) => void) | undefined;
  /** tells the user what failed and is tried again: for `retry` */
  readonly retrying?: ((error: unknown) => void) | undefined;
  /** asks GitHub for an OIDC token of the job; undefined when the job may not have one */
  readonly idToken?: ((audience: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** what the session is opened for, where it is a mint: an engine may then open other connections ahead */
  readonly mints?: { readonly principal: Principal; readonly verify: boolean } | undefined;
}

/** A root session with the target. Dispose of it to close it. */
export interface EngineSession extends AsyncDisposable {
  /** Mints the account under the name that the draft has chosen. */
  mint(draft: LeaseDraft): Promise<Minted>;

  /** Logs in with a credential as its user would, from this machine. @throws UserError when the target refuses it */
  verify(credential: string): Promise<void>;

  /**
   * Moves a lease's end to `ttl` seconds from now, never past its record's `max`.
   *
   * @throws UserError when the lease is gone, disabled or already over
   */
  renew?(principal: Principal, ttl: number): Promise<Lease>;

  /**
   * Takes the account down the ladder (disable, end sessions, clean, remove), as far as it goes.
   *
   * @param credential as {@link Minted} returned it, where it is still known: it saves looking things up
   */
  revoke(principal: Principal, credential?: string): Promise<Revocation>;

  /** Every lease in the target, with expired, disabled and half-made accounts. */
  leases(options?: ListOptions): AsyncIterable<Lease>;

  /** Accounts that look like a lease's and are none: a name that begins like a principal's, or a lease record under another name. */
  lookalikes(): AsyncIterable<string>;

  /**
   * Takes leases that {@link leases} has found down the ladder, each by itself where one stands in the others' way.
   * Yields each when it is done, in any order. Where this is left out, each is revoked.
   */
  end?(leases: readonly Lease[]): AsyncIterable<readonly [Lease, Revocation]>;
}

export interface ListOptions {
  /**
   * Where a record takes a call of its own: `all` reads every one; `due`, the default, only those of leases whose name
   * says that they may be over, and the others come without a record, with the expiry from their name.
   */
  readonly records?: 'all' | 'due';
}

/** What is decided about a lease before the target is touched. */
export interface LeaseDraft {
  readonly principal: Principal;
  /** the role label */
  readonly role: string;
  /** seconds */
  readonly ttl: number;
  /** seconds; at least `ttl` */
  readonly maxTtl: number;
  readonly job: JobIdentity;
}

/** A lease as the target tells it. */
export interface Lease {
  readonly principal: Principal;
  /** undefined when the account carries no lease record that can be read */
  readonly record: LeaseRecord | undefined;
  /** on the target's clock; undefined when the target knows no end */
  readonly expiresAt: Date | undefined;
  /** whether it has ended, by the target's clock or because it was disabled; false where the target knows no end */
  readonly over: boolean;
  /** whether it could be used now, even past its end: it can log in, or has a session open */
  readonly usable: boolean;
  /** whether it was disabled before and is a shell: what could not be removed */
  readonly shell?: boolean;
  /** whether something else stands in the record's place, such as the record of a newer version */
  readonly unreadable?: boolean;
}

/** A freshly minted lease and all that is handed on of it. */
export interface Minted {
  readonly expiresAt: Date;
  readonly expiryClass: ExpiryClass;
  /** all that `verify` and `endSelf` need; secret; goes into the runner's state */
  readonly credential: string;
  /** every text that must be masked before anything else of this leaves the process */
  readonly secrets: readonly string[];
  /** the engine's own outputs by name */
  readonly outputs: Readonly<Record<string, string>>;
  /** for `export-env` */
  readonly environment: Readonly<Record<string, string>>;
  /** where it was minted and what it may do, for the log and the summary: title and text, `''` where there is none; no secret */
  readonly about: Readonly<Record<string, string>>;
}

/** What a rotation has to keep to. */
export interface RotationTerms {
  /** seconds for which a replaced root must still work, because queued jobs were given it */
  readonly overlap: number;
  /** characters of a generated password */
  readonly passwordLength: number;
  /** when the rotation runs, by the runner's clock */
  readonly now: Date;
}

/** The four steps of a rotation, in their order. */
export type RotationStage = 'prepare' | 'prove' | 'promote' | 'retire';

/** Where a rotation stands, and what has to be stored before it goes on. */
export interface RotationStep {
  readonly stage: RotationStage;
  /** the secret's new value, one root credential per line; undefined when nothing has to be stored */
  readonly value?: string;
  /** what must be masked before anything else of this leaves the process */
  readonly secrets?: readonly string[];
  /** what is done once the value is stored, in one clause, such as `change the password of "joblease_b"` */
  readonly next: string;
}

/** How a rotation ended. */
export interface Rotation {
  /** whether the stored secret now begins with a new credential */
  readonly rotated: boolean;
  /** the identity of the credential that comes first in it: a user name, or the id of an access key */
  readonly active: string;
  /** identities whose replaced credentials ended by this rotation, in words */
  readonly retired: readonly string[];
  /** from when on the next rotation has something to do; undefined when there is never anything */
  readonly nextDue: Date | undefined;
  /** what the user should know, such as why nothing was rotated */
  readonly notes: readonly string[];
}
