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

/** `jl-`, when it was made in epoch seconds to the base of 36, `-`, and the random part. */
const pattern = /^jl-([0-9a-z]{7})-[\w-]{21,}$/;

/** The least that a generated password of root may have: 126 random bits beside the time. */
export const leastRootPassword = 32;

/**
 * A new password for a root login. It carries when it was made, so that a later rotation knows by the stored secret
 * alone how long the one before it has been replaced. Of `[A-Za-z0-9_-]`, so no quoting changes it, with each of an
 * upper-case letter, a lower-case letter, a digit and a dash, which policies ask for.
 *
 * @param length at least {@link leastRootPassword}
 */
export function newRootPassword(length: number, now: Date): string {
  const seconds = Math.floor(now.getTime() / 1000);
  const head = `jl-${seconds.toString(36).padStart(7, '0')}-`;
  for (;;) {
    const tail = randomBytes(length)
      .toString('base64url')
      .slice(0, length - head.length);
    if (/[A-Z]/.test(tail) && /\d/.test(tail)) return head + tail;
  }
}

/** When a password was made by {@link newRootPassword}; undefined for one that a person chose. */
export function madeAt(password: string): Date | undefined {
  const time = pattern.exec(password)?.[1];
  return time === undefined ? undefined : new Date(Number.parseInt(time, 36) * 1000);
}
