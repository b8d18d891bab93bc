import type { Principal } from '../../lease/name.ts';
import type { LeaseRecord } from '../../lease/record.ts';
import type { Connection, Row } from './connection.ts';
import type { PasswordHash } from './hash.ts';
import type { LeaseLogin } from './mint.ts';
import type { Scheme } from './root.ts';

/** An account to mint. */
export interface NewAccount {
  readonly principal: Principal;
  readonly host: string;
  readonly password: string;
  readonly record: LeaseRecord;
  /** quoted */
  readonly roles: readonly string[];
  /** 0 for no limit */
  readonly connectionLimit: number;
}

/** A lease as a flavour stores it. */
export interface StoredLease {
  readonly principal: string;
  /** text of the record; undefined for none */
  readonly record: string | undefined;
  /** epoch seconds; undefined for none. It counts, not the record's: a lock sets it to 0 */
  readonly exp: number | undefined;
  /** whether there is an account that is not surely locked */
  readonly usable: boolean;
}

/** One account of a lease: its name at one of the hosts that it may come from. */
export interface Account {
  readonly principal: Principal;
  readonly host: string;
}

/** What MySQL and MariaDB do differently. All else is the same code. */
export interface Flavour {
  readonly name: Scheme;
  /** privileges that ending sessions takes, any of each list */
  readonly killRights: readonly (readonly string[])[];
  hash(password: string): PasswordHash;
  /** @returns why this server cannot be used, undefined when it can */
  unfit(version: string): string | undefined;
  /** Finds out, before anything is created, what root lacks. @throws UserError */
  checkRights(connection: Connection, roles: readonly string[]): Promise<void>;
  /** Makes the lease known to the sweep, for a flavour whose accounts cannot carry their record. */
  announce(connection: Connection, account: NewAccount): Promise<void>;
  /** Creates the account, with its record and its roles. */
  create(connection: Connection, account: NewAccount, login: LeaseLogin, signal: AbortSignal): Promise<void>;
  /** Makes an account, which the user's statements have created, ours: hash, record, roles. */
  adopt(connection: Connection, account: NewAccount, login: LeaseLogin, signal: AbortSignal): Promise<void>;
  /** The accounts of these names that exist, each with every host part. */
  accounts(connection: Connection, principals: readonly Principal[]): Promise<Account[]>;
  /** Lets nobody in any more, and tells the reaper to go on from there soon, whatever becomes of the caller. */
  lock(connection: Connection, accounts: readonly Account[]): Promise<void>;
  /** @returns false when the lease is already over */
  renew(connection: Connection, principal: Principal, record: LeaseRecord): Promise<boolean>;
  /** The accounts of these names are gone, so their records may go. */
  forget(connection: Connection, principals: readonly Principal[]): Promise<void>;
  /**
   * Leases in the order of their names.
   *
   * @param after where to go on; empty for the beginning
   * @param size how many at most; when there are fewer there are no more
   */
  page(connection: Connection, after: string, size: number): Promise<StoredLease[]>;
  /** The lease of one principal. */
  stored(connection: Connection, principal: Principal): Promise<StoredLease | undefined>;
  /** Names of accounts and records that look like ours and are not. */
  lookalikes(connection: Connection): Promise<string[]>;
  /** A statement with which an account makes its own password useless. */
  scramble(): string;
}

/** How long a revocation has to itself before the reaper helps out, in seconds. */
export const handOverAfter = 60;

/** Names as a list of literals. A principal needs no quoting (see lease/name.ts). */
export function listOf(principals: readonly Principal[]): string {
  return principals.map((principal) => `'${principal}'`).join(', ');
}

/** Reads a row with the columns `name` and `host`. */
export function toAccount({ name, host }: Row): Account {
  return { principal: String(name) as Principal, host: String(host) };
}

/** Reads a row with the columns `name`, `record` and `exp`. */
export function toStored(row: Row, usable: boolean): StoredLease {
  const { name, record, exp } = row;
  return {
    principal: String(name),
    record: typeof record === 'string' ? record : undefined,
    exp: exp === null || exp === undefined ? undefined : Number(exp),
    usable,
  };
}
