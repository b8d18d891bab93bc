/**
 * What ends at the expiry with none of joblease running.
 *
 * - `full`: new logins and live sessions end
 * - `login`: no new login; an open session survives until it is revoked
 * - `sweep`: nothing; the post step and the sweep are all there is
 */
export type ExpiryClass = 'full' | 'login' | 'sweep';

/**
 * How a revocation ended.
 *
 * - `revoked`: the account was there and is gone, and so are its sessions
 * - `absent`: the account was already gone
 * - `disabled`: the account can no longer be used, but what is left of it stays in the target
 * - `expiring`: the target cannot, or was not asked to, end the credential before its expiry
 * - `failed`: the credential may still work
 */
export type Outcome = 'revoked' | 'absent' | 'disabled' | 'expiring' | 'failed';

/** The result of a revocation, in words that may be shown to anybody. */
export interface Revocation {
  readonly outcome: Outcome;
  /** why it got no further; for `disabled`, `expiring` and `failed` */
  readonly reason?: string;
  /** what would let it get further: a sentence, or statements to run */
  readonly fix?: string;
  /** how many live sessions it ended */
  readonly sessionsEnded: number;
}
