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

/** Rung 4. @returns the names of the accounts that it has dropped; why the server refuses, `''` when it does not */
export async function drop(
  connection: Connection,
  accounts: readonly Account[],
): Promise<{ dropped: readonly Principal[]; refusal: string }> {
  try {
    const notes = await connection.notes(`DROP USER IF EXISTS ${named(accounts)}`);
    const missing = notes.filter(({ code }) => missingNotes.has(code)).map(({ message }) => message);
    const isMissing = ({ principal, host }: Account): boolean =>
      missing.some((text) => text.includes(`'${principal}'@'${host}'`));
    return { dropped: accounts.filter((one) => !isMissing(one)).map(({ principal }) => principal), refusal: '' };
  } catch (error) {
    if (!isServerError(error, ER.MYSQL_USER_REFERENCED_AS_DEFINER)) throw error;
    return { dropped: [], refusal: messageOf(error) };
  }
}

const missingNotes: ReadonlySet<number> = new Set([ER.MYSQL_USER_DOES_NOT_EXIST, ER.MARIADB_USER_DROP_EXISTS]);
