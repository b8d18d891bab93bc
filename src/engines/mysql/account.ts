import type { Principal } from '../../lease/name.ts';
import { messageOf } from '../../lease/errors.ts';
import { quoteAccount, type Connection, type Row } from './connection.ts';
import { ER, isServerError } from './errors.ts';

/** One account of a lease: its name at one of the hosts that it may come from. */
export interface Account {
  readonly principal: Principal;
  readonly host: string;
}

/** Reads a row with the columns `name` and `host`. */
export function toAccount({ name, host }: Row): Account {
  return { principal: String(name) as Principal, host: String(host) };
}

/** Names as a list of literals. A principal needs no quoting (see lease/name.ts). */
export function listOf(principals: readonly Principal[]): string {
  return principals.map((principal) => `'${principal}'`).join(', ');
}

/** Accounts as a statement names them. */
export function named(accounts: readonly Account[]): string {
  return accounts.map(({ principal, host }) => quoteAccount(principal, host)).join(', ');
}

export interface Dropped {
  /** whose accounts this has dropped, rather than somebody else */
  readonly dropped: readonly Principal[];
  /** why the server refuses, `''` when it does not */
  readonly refusal: string;
  /** the rows of each statement that came after it; empty when the server refuses */
  readonly after: readonly Row[][];
}

/** Rung 4. @param after statements that come after it in the same message */
export async function drop(
  connection: Connection,
  accounts: readonly Account[],
  after: readonly string[],
): Promise<Dropped> {
  try {
    const statements = [`DROP USER IF EXISTS ${named(accounts)}`, 'SHOW WARNINGS', ...after];
    const [, notes = [], ...rest] = await connection.results(statements);
    const isMissing = missingIn(notes);
    const dropped = accounts.filter((one) => !isMissing(one)).map(({ principal }) => principal);
    return { dropped, refusal: '', after: rest };
  } catch (error) {
    if (!isServerError(error, ER.MYSQL_USER_REFERENCED_AS_DEFINER)) throw error;
    return { dropped: [], refusal: messageOf(error), after: [] };
  }
}

/**
 * Which accounts a statement with IF EXISTS has not found.
 *
 * @param notes what SHOW WARNINGS says after it
 */
export function missingIn(notes: readonly Row[]): (account: Account) => boolean {
  const missing = notes.filter((row) => missingNotes.has(Number(row['Code']))).map((row) => String(row['Message']));
  return ({ principal, host }) => missing.some((text) => text.includes(`'${principal}'@'${host}'`));
}

const missingNotes: ReadonlySet<number> = new Set([
  ER.CANNOT_USER,
  ER.MYSQL_USER_DOES_NOT_EXIST,
  ER.MARIADB_USER_DROP_EXISTS,
]);
