/** Where the rotation of a root that is one or two logins stands, by the lines of the stored secret alone. */
import { UserError } from '../../lease/errors.ts';
import { madeAt } from './password.ts';
import type { RootCredential } from '../engine.ts';

/** A root that is the URL of a login. */
export interface LoginRoot extends RootCredential {
  /** the whole line */
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** What the stored lines say. */
export interface Standing<Root extends LoginRoot> {
  /** one for each login, in their order, without what was written ahead */
  readonly lines: readonly Root[];
  /** the login to rotate, with the password that it had before */
  readonly current: Root;
  /** the same login with the password that an earlier, unfinished rotation wrote ahead */
  readonly pending: Root | undefined;
  /** the other login of a pair, which stays as it is */
  readonly other: Root | undefined;
}

/**
 * Reads the stored lines. `[A]` is a single login, `[A, B]` a pair of which B is rotated next; a further line, of a
 * user that is already there, is what a rotation has written ahead.
 *
 * @throws UserError when no rotation could have left them
 */
export function standingOf<Root extends LoginRoot>(roots: readonly Root[]): Standing<Root> {
  const lines = roots.filter(({ url }, i) => roots.findIndex((each) => each.url === url) === i);
  if (new Set(lines.map(elsewhere)).size > 1) {
    throw wrong(
      'its lines differ in more than user and password, so they are no pair of logins to one server',
      'Give all lines the same scheme, hosts, database and parameters, written alike and in the same order.',
    );
  }
  const users = [...new Set(lines.map(({ user }) => user))];
  if (users.length > 2 || lines.length > users.length + 1) {
    throw wrong(
      'it holds more lines than a rotation can have left',
      'Keep one login, or the two of a pair, with the passwords that work.',
    );
  }
  const byUser = users.map((user) => byTime(lines.filter((line) => line.user === user)));
  const [before, pending] = byUser.find(({ length }) => length > 1) ?? [];
  if (pending !== undefined && madeAt(pending.password) === undefined) {
    throw wrong(
      `two of its lines have the user "${pending.user}", and the later one was not written by a rotation`,
      'Keep the line whose password works.',
    );
  }
  // Of a pair the last one is idle: the first is what jobs use.
  const current = before ?? lines.at(-1);
  if (current === undefined) throw wrong('it is empty', 'Give the secret that holds the root credential.');
  return {
    lines: lines.filter((line) => line !== pending),
    current,
    pending,
    other: lines.find(({ user }) => user !== current.user),
  };
}

/** The newer one last, whatever the order in the secret. */
function byTime<Root extends LoginRoot>(lines: readonly Root[]): readonly Root[] {
  const made = ({ password }: Root): number => madeAt(password)?.getTime() ?? 0;
  return lines.toSorted((a, b) => made(a) - made(b));
}

/** The same login with another password; every other part of the line stays as it is written. */
export function withPassword<Root extends LoginRoot>(root: Root, password: string): Root {
  const url = root.url.replace(userinfo, (_, scheme: string, user: string) => `${scheme}${user}:${password}@`);
  return { ...root, url, password, secrets: [url, password] };
}

const wrong = (problem: string, fix: string): UserError => new UserError(problem, { input: 'root', fix });

/** All but user and password. A database that is not named may be another one for each user. */
function elsewhere({ url, database }: LoginRoot): string {
  return `${url.replace(userinfo, '$1')} ${database}`;
}

const userinfo = /^([a-z]+:\/\/)([^@/?#:]*)(?::[^@/?#]*)?@/;
