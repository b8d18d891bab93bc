import { randomBytes } from 'node:crypto';

/**
 * A new password: 43 characters of `[A-Za-z0-9_-]` from 256 random bits.
 *
 * No URL, JSON, XML, shell or SQL quoting changes such a text, so the one mask that the runner gets covers every form
 * in which a log could show it.
 */
export function newPassword(): string {
  return randomBytes(32).toString('base64url');
}
