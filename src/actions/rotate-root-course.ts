/** How far a rotation of root has come: what is stored, what is said, and what is told when it stops. */
import type { RotationStage, RotationStep } from '../engines/engine.ts';
import { messageOf, UserError } from '../lease/errors.ts';
import { say, timed } from '../runner/log.ts';
import { storeWithReceipt } from './rotate-root-origin.ts';
import type { Stored } from './rotate-root-stored.ts';

/** How long a rotation may take in all. */
export const rotationTimeoutMs = 300_000;

const stages: Record<RotationStage, string> = {
  prepare: 'step 1 of 4, prepare',
  prove: 'step 2 of 4, prove',
  promote: 'step 3 of 4, promote',
  retire: 'step 4 of 4, retire',
};

/** What the secret holds after what was stored last. */
const holds = {
  'as before': 'Nothing has been changed: the secret is as it was.',
  asked: 'Nothing has been changed on the target. The secret holds what it held, and a line for the next run.',
  unknown: 'The secret holds what it held or what was to be stored, which is not known; in both is what works now.',
  prepare: 'The secret holds what it held, and what the next run needs to go on: some line of it works.',
  prove: 'The secret holds the new credential.',
  promote: 'The secret begins with the new credential, which was seen to work.',
  retire: 'The secret holds what works from now on.',
};

/** How far a rotation has come, and what the secret holds by then. */
export class Course {
  stage: RotationStage = 'prepare';
  /** undefined for a dry run, which ends before the first change, and where there is no secret */
  readonly stored: Stored | undefined;
  readonly #cancelled: AbortSignal;
  readonly #timeout: AbortSignal;
  #held: keyof typeof holds = 'as before';

  constructor(stored: Stored | undefined, cancelled: AbortSignal, timeout: AbortSignal) {
    this.stored = stored;
    this.#cancelled = cancelled;
    this.#timeout = timeout;
  }

  /** whether nothing was stored yet */
  get isFirstWrite(): boolean {
    return this.#held === 'as before';
  }

  /** @throws the cancel */
  goOn(stage: RotationStage): void {
    this.stage = stage;
    this.#cancelled.throwIfAborted();
  }

  async store({ secret, place }: Stored, value: string): Promise<void> {
    const { stage } = this;
    await this.write(stage, async () => {
      await storeWithReceipt(secret, place, value, stage === 'prepare' ? 'asked' : 'stored');
    });
  }

  /** @param now what the secret holds once it has succeeded */
  async write(now: keyof typeof holds, store: () => Promise<void>): Promise<void> {
    const before = this.#held;
    this.#held = 'unknown';
    await timed('store', store).catch((error: unknown) => {
      // What GitHub has refused is not stored; whatever else went wrong, it may be.
      if (error instanceof UserError && error.details.untouched === true) this.#held = before;
      throw error;
    });
    this.#held = now;
  }

  /** Says which step is done. @throws the cancel */
  tell({ value, next }: RotationStep): void {
    this.#cancelled.throwIfAborted();
    const where = value === undefined ? '' : `: stored in ${this.stored?.place.name}`;
    say(`${stages[this.stage]}${where}. Next: ${next}.`);
  }

  /** What a person is told of an error: where the rotation stopped, and what works now. */
  stoppedBy(error: unknown): Error {
    const cause: unknown = this.#cancelled.aborted
      ? this.#cancelled.reason
      : this.#timeout.aborted
        ? tooLong(error)
        : error;
    const advice = this.#held === 'as before' || this.#held === 'asked' ? '' : ' Running again finishes the rotation.';
    return new Error(
      `${messageOf(cause)}\nThe rotation stopped at ${stages[this.stage]}. ${holds[this.#held]}${advice}`,
      { cause: error },
    );
  }
}

function tooLong(error: unknown): UserError {
  return new UserError(`rotating took longer than ${rotationTimeoutMs / 1000} s`, { said: messageOf(error) });
}
