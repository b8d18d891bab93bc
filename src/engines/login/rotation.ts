/**
 * The rotation of a root that is one login or a pair of logins. It is the same for every database; the engine supplies what
 * is sent to the server.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { formatDuration } from '../../lease/duration.ts';
import { messageOf, UserError } from '../../lease/errors.ts';
import { madeAt, newRootPassword } from './password.ts';
import type { Context, Rotation, RotationStep, RotationTerms } from '../engine.ts';
import { standingOf, withPassword, type LoginRoot } from './standing.ts';
import { retry } from '../../failure/retry.ts';

/** What an engine knows about the passwords of its root logins. */
export interface LoginTarget<Root extends LoginRoot> {
  /** Logs in with this root alone, as minting does. @throws UserError */
  open(root: Root): Promise<LoginSession>;
  /** whether an error of `open` says that the server does not take the password */
  readonly isRefused: (error: unknown) => boolean;
  readonly canHeal: (error: unknown) => boolean;
  /** whether a login's replaced password can go on beside the new one */
  readonly retains: boolean;
  /** the statement by which an administrator sets the password of a login */
  statement(user: string): string;
}

/** A session of a root login. */
export interface LoginSession extends AsyncDisposable {
  /**
   * Takes a lock that the server holds until this session has ended. Nobody who does not know one of these roots can keep
   * a rotation from getting it. It may be taken again, with more roots.
   *
   * @param roots no other rotation of any of these can have the lock at the same time
   * @returns the server's time; undefined when another rotation has it
   */
  lock(roots: readonly LoginRoot[]): Promise<Date | undefined>;
  /** Which sessions have that lock: in words, and with the statement that ends each. */
  holders(roots: readonly LoginRoot[]): Promise<{ readonly who: string; readonly end: string }[]>;
  /**
   * Where a target can let the replaced password go on.
   *
   * @returns whether an earlier rotation was to end the replaced password, and did not get to it
   * @throws UserError when the password is a replaced one that still works beside a newer one
   */
  checkNewest?(password: string): Promise<boolean>;
  /** Finds out, without changing anything, whether the password can be changed and is the login's only one. @throws UserError */
  checkChange(): Promise<void>;
  /**
   * Changes the login's own password.
   *
   * @param replaced when the replaced password ends, where the target can keep it working: at once, by `discard` at the end
   *   of this rotation, or by the next rotation
   */
  change(password: string, replaced: 'at once' | 'by discard' | 'by the next'): Promise<void>;
  /** Ends the replaced password, where the target can let it go on. */
  discard?(): Promise<void>;
  /** @throws when the session is over */
  ping(): Promise<void>;
}

/** How often a rotation is resumed after its connection broke, the first attempt included. */
const attempts = 5;
/** How long a server may take to notice that a session is gone, and a pooler in front of it to learn a password. */
const settlingMs = 5000;
/** How far the clocks of a server and of its replacement may be apart. */
const toleranceMs = 300_000;

/** Rotates root as the engine contract says. */
export async function* rotateLogin<Root extends LoginRoot>(
  roots: readonly Root[],
  { overlap, passwordLength }: RotationTerms,
  target: LoginTarget<Root>,
  context: Context,
): AsyncGenerator<RotationStep, Rotation> {
  const standing = standingOf(roots);
  const { pending, other } = standing;
  let { lines, current } = standing;
  const { user } = current;
  const retain = target.retains && other === undefined;
  const ends = retain && overlap === 0;
  // The password that the server may already have: of a rotation that was not finished, or of this one.
  let fresh = pending;

  for (let attempt = 1; ; attempt += 1) {
    await using held = await hold(fresh === undefined ? [current] : [fresh, current], other, target, context);
    const { session, now } = held;
    if (overlap === 0 && fresh !== undefined && fresh === pending && held.root === pending) {
      // It was stored beside the one that leaked, so it is replaced as well.
      lines = lines.map((line) => (line === current ? pending : line));
      current = pending;
      fresh = undefined;
    }
    const due = dueAt(lines, overlap, now, context.warn);
    if (fresh === undefined && due !== undefined && due > now) {
      if (!held.isOwed) return notDue(lines[0] ?? current, due, []);
      yield { stage: 'retire', value: joined(lines), next: `end the replaced password of "${user}"` };
      await retire(session, held.root, target, context);
      return notDue(lines[0] ?? current, due, [`the password that "${user}" had before its last rotation`]);
    }

    if (fresh === undefined || held.root !== fresh) {
      await session.checkChange();
      // A password that an earlier rotation left unused cannot be taken: its time must say when it came into use.
      if (fresh === undefined || fresh === pending) {
        fresh = withPassword(current, newRootPassword(passwordLength, now));
        // A rotation that is given it after the third step must not change it before the fourth has ended the replaced one.
        if (ends) await takeLock(session, [...lines, fresh]);
      }
      const value = joined([...lines, fresh]);
      yield { stage: 'prepare', value, secrets: fresh.secrets, next: `change the password of "${user}"` };
      try {
        await session.change(fresh.password, ends ? 'by discard' : retain ? 'by the next' : 'at once');
      } catch (error) {
        // Only a new login can tell whether it was carried out.
        if (attempt < attempts && target.canHeal(error)) continue;
        throw error;
      }
    }

    yield { stage: 'prove', next: 'log in with the new password' };
    await prove(fresh, target, context);
    try {
      // Without its session the lock is gone, and another rotation may be under way.
      await session.ping();
    } catch (error) {
      if (attempt < attempts && target.canHeal(error)) continue;
      throw error;
    }

    const isLast = !ends && !(held.isOwed && held.root === fresh);
    const next = !isLast ? `end the replaced password of "${user}"` : 'nothing: the rotation is complete';
    yield { stage: 'promote', value: joined(other === undefined ? [fresh] : [fresh, other]), next };
    if (!isLast) {
      yield { stage: 'retire', next };
      await retire(session, fresh, target, context);
    }
    const isOlder = fresh === pending;
    const finished = isOlder ? [`An earlier run had changed the password of "${user}"; this one has finished it.`] : [];
    return {
      rotated: true,
      active: user,
      // What an earlier run has changed, this one has not ended.
      retired: isOlder && isLast ? [] : retired(current, retain, !isLast),
      nextDue: new Date((madeAt(fresh.password) ?? now).getTime() + overlap * 1000),
      notes: [...finished, ...notes(user, other?.user, retain && isLast, overlap)],
    };
  }
}

/** A session under the lock, with the root that it was opened with. */
interface Held<Root> extends AsyncDisposable {
  readonly session: LoginSession;
  /** the server's time */
  readonly now: Date;
  readonly root: Root;
  /** whether an earlier rotation was to end the replaced password, and did not get to it */
  readonly isOwed: boolean;
}

/**
 * Logs in with the first of the candidates that the server accepts, and takes the lock in that same session: so when a later
 * rotation gets the lock, no statement of this one can still be under way.
 *
 * @param other the other login of a pair, which must work as well: what is stored at the end names it
 */
async function hold<Root extends LoginRoot>(
  candidates: readonly Root[],
  other: Root | undefined,
  target: LoginTarget<Root>,
  context: Context,
): Promise<Held<Root>> {
  const roots = [...candidates, ...(other === undefined ? [] : [other])];
  for (;;) {
    await using stack = new AsyncDisposableStack();
    const [session, root] = await openFirst(candidates, target, context);
    stack.use(session);
    const now = await takeLock(session, roots);
    // Until now another rotation could be under way, so all that is known is checked again.
    const [proof, accepted] = await openFirst(candidates, target, context);
    await proof[Symbol.asyncDispose]();
    if (accepted !== root) continue;
    const isOwed = (await session.checkNewest?.(root.password)) ?? false;
    if (other !== undefined) {
      const [idle] = await openFirst([other], target, context);
      await idle[Symbol.asyncDispose]();
    }
    const held = stack.move();
    return { session, now, root, isOwed, [Symbol.asyncDispose]: async () => await held.disposeAsync() };
  }
}

async function openFirst<Root extends LoginRoot>(
  candidates: readonly Root[],
  target: LoginTarget<Root>,
  context: Context,
): Promise<[LoginSession, Root]> {
  let refusal: unknown;
  for (const root of candidates) {
    try {
      return [await retry(async () => await target.open(root), target.canHeal, context.signal, context.retrying), root];
    } catch (error) {
      if (!target.isRefused(error)) throw error;
      refusal = error;
    }
  }
  const user = candidates[0]?.user ?? '';
  throw new UserError(`the server takes no password that the secret holds for "${user}"`, {
    input: 'root',
    said: refusal instanceof UserError ? (refusal.details.said ?? '') : '',
    fix: `If another rotation has run since this run was queued, run again. Otherwise set a password as an administrator, and put it into the secret: ${target.statement(user)}`,
    cause: refusal,
  });
}

/** @returns the server's time */
async function takeLock(session: LoginSession, roots: readonly LoginRoot[]): Promise<Date> {
  for (const started = Date.now(); ;) {
    const now = await session.lock(roots);
    if (now !== undefined) return now;
    if (Date.now() - started > settlingMs) break;
    // A random time, so that two rotations that step back from each other do not collide again.
    await sleep(500 * Math.random());
  }
  const holders = await session.holders(roots).catch(() => []);
  const end = holders.map((each) => each.end).join(' ');
  throw new UserError('another rotation of this root is under way', {
    input: 'root',
    ...(holders.length === 0 ? {} : { said: `the lock is held by ${holders.map(({ who }) => who).join(', ')}` }),
    fix: `Wait until it is over. Let the jobs that rotate share a concurrency group.${end === '' ? '' : ` If that is no rotation of yours, run as an administrator: ${end}`}`,
  });
}

/** Logs in with the new password, as the jobs will. */
async function prove<Root extends LoginRoot>(fresh: Root, target: LoginTarget<Root>, context: Context): Promise<void> {
  const outOfTime = AbortSignal.any([context.signal, AbortSignal.timeout(settlingMs)]);
  const canHeal = (error: unknown): boolean => target.canHeal(error) || target.isRefused(error);
  try {
    await using _ = await retry(async () => await target.open(fresh), canHeal, outOfTime, context.retrying);
  } catch (error) {
    if (!target.isRefused(error)) throw error;
    throw new UserError(`the server does not take the new password of "${fresh.user}", though it was changed`, {
      input: 'root',
      said: messageOf(error),
      fix: 'What stands between may cache passwords, or another server may have answered.',
      cause: error,
    });
  }
}

/**
 * Ends the replaced password. Where the connection breaks, what the server noted tells a new session whether that was done.
 *
 * @param root with the newest password
 */
async function retire<Root extends LoginRoot>(
  session: LoginSession,
  root: Root,
  target: LoginTarget<Root>,
  context: Context,
): Promise<void> {
  try {
    await session.discard?.();
  } catch (error) {
    if (!target.canHeal(error)) throw error;
    const finish = async (): Promise<void> => {
      await using again = await hold([root], undefined, target, context);
      if (again.isOwed) await again.session.discard?.();
    };
    await retry(finish, target.canHeal, context.signal, context.retrying);
  }
}

function joined(lines: readonly LoginRoot[]): string {
  return lines.map(({ url }) => url).join('\n');
}

/**
 * The newest password counts, wherever it stands: somebody may have put a line before it.
 *
 * @returns undefined when it is due at once: root leaked, or the passwords do not say when they were made
 */
function dueAt(
  roots: readonly LoginRoot[],
  overlap: number,
  now: Date,
  warn: (message: string) => void,
): Date | undefined {
  if (overlap === 0) return undefined;
  const made = roots.flatMap(({ password }) => madeAt(password)?.getTime() ?? []);
  const possible = made.filter((time) => time <= now.getTime() + toleranceMs);
  if (possible.length < made.length) {
    const latest = new Date(Math.max(...made)).toISOString();
    warn(
      `a password of root says that it was made on ${latest}, after the server's time (${now.toISOString()}): a clock was wrong, so that its time counts as unknown`,
    );
  }
  return possible.length === 0 ? undefined : new Date(Math.max(...possible) + overlap * 1000);
}

function notDue({ user }: LoginRoot, due: Date, ended: readonly string[]): Rotation {
  const note = `Jobs that were queued before the last rotation may still hold what it replaced. The next one is due from ${due.toISOString()} on.`;
  return { rotated: false, active: user, retired: ended, nextDue: due, notes: [note] };
}

function retired({ user, password }: LoginRoot, retain: boolean, ends: boolean): string[] {
  if (!retain) return [`the password that "${user}" had until now`];
  const older = madeAt(password) === undefined ? [] : [`the password that "${user}" had before its last rotation`];
  return ends ? [...older, `the password that "${user}" had until now`] : older;
}

function notes(user: string, other: string | undefined, goesOn: boolean, overlap: number): string[] {
  if (goesOn)
    return [
      `The replaced password of "${user}" works until the next rotation, for ${formatDuration(overlap)} at least.`,
    ];
  if (other !== undefined) {
    return [`"${other}" goes on as it is until the next rotation, for jobs that were queued before this one.`];
  }
  return [
    `Jobs that were queued before this rotation hold a password of "${user}" that no longer works. A pair of logins closes this gap: see "A pair of logins" in docs/rotate-root.md.`,
  ];
}
