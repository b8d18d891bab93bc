import { principalPattern, type Principal } from '../../lease/name.ts';
import type { LeaseRecord } from '../../lease/record.ts';
import type { Account } from './account.ts';
import type { Connection, Row } from './connection.ts';
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
  /** whether its mint holds a lock */
  readonly isMinting: boolean;
}

/** What a flavour needs to know of a session of root's. */
export interface RootFacts {
  readonly connection: Connection;
  /** the account that root was taken for */
  readonly account: string;
}

/** What MySQL and MariaDB do differently. All else is the same code. */
export interface Flavour {
  readonly name: Scheme;
  /** privileges that ending sessions takes, any of each list */
  readonly killRights: readonly (readonly string[])[];
  /** what a session of root must be set to beside what both servers know */
  readonly settings: readonly string[];
  /** a statement without which KILL is not safe in a session (see {@link mysqlFlavour}); '' for none */
  readonly activateRoles: string;
  /** a derived table of all sessions: `id`, `user`, `command`; on MySQL one session may have two rows */
  readonly sessions: string;
  /** an expression that is 1 where the server lets an account log in as another one */
  readonly proxying: string;
  /** @returns why this server cannot be used, undefined when it can */
  unfit(version: string): string | undefined;
  /** @throws UserError for roles that no account can have together */
  checkRoles(roles: readonly string[]): void;
  /**
   * A statement that fails on a server that nothing may be changed on; undefined where {@link creation} must know the
   * server's clock beforehand, so that root's session has been prepared by then.
   */
  readonly guard: string | undefined;
  /** A query for the time, on the server's clock in epoch seconds, that {@link announcement} has counted from. */
  readonly mintedAt: string | undefined;
  /** Statements that make the lease known to the sweep, for a flavour whose accounts cannot carry their record. */
  announcement(account: NewAccount): readonly string[];
  /** Statements that create the account, with its record and its roles; the first that fails leaves no account. */
  creation(account: NewAccount): readonly string[];
  /** Statements that make an account ours which the user's statements have created: verifier, record, roles. */
  adoption(account: NewAccount): readonly string[];
  /** Says what the statements of {@link creation} failed for, where it is root that lacks something. @throws UserError */
  explain(root: RootFacts, roles: readonly string[]): Promise<void>;
  /**
   * Statements that make the account's role the one that is active when it logs in, one for root and one for the account
   * itself; undefined where {@link creation} does it.
   */
  activation(account: NewAccount): string | undefined;
  readonly ownActivation: ((account: NewAccount) => string) | undefined;
  /** A query for the accounts of these names that exist, each with every host part: see {@link toAccount}. */
  accounts(principals: readonly Principal[]): string;
  /** Roles that the accounts may hold, quoted, as far as root can tell. */
  rolesOf(connection: Connection, accounts: readonly Account[]): Promise<string[]>;
  /**
   * Ends sessions that are one of these leases under the name of another account. The accounts must be gone, so that
   * there will be no more of them.
   *
   * @returns why there may be some left; `''` when there are none
   */
  endProxies(connection: Connection, principals: readonly Principal[]): Promise<string>;
  /**
   * Statements that let nobody in any more, and have the reaper end the lease soon, in case the caller does not. Accounts
   * that are not there are passed over.
   *
   * @param now the server's clock, in epoch seconds
   */
  lock(accounts: readonly Account[], now: number): readonly string[];
  /** @returns false when the lease is already over */
  renew(connection: Connection, principal: Principal, record: LeaseRecord): Promise<boolean>;
  /** Statements for when the accounts of these names are gone, so that their records may go. */
  forget(principals: readonly Principal[]): readonly string[];
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

/** How long a revocation has to itself before the reaper helps out. */
export const handOverSeconds = 60;

/**
 * Subject and pattern of a regular expression for the names of leases. Both get a dot at the end, because in the
 * servers' regular expressions `$` also matches before a line's end that is the last character.
 */
export function isOurs(name: string): [subject: string, pattern: string] {
  return [`CONCAT(${name}, '.')`, `'${principalPattern.slice(0, -1)}[.]$'`];
}

/** An expression: whether the mint of an account is under way. @param name a column of principals */
export function isMinting(name: string): string {
  return `COALESCE(IS_USED_LOCK(${name}), IS_USED_LOCK(CONCAT(${name}, ' statements'))) IS NOT NULL`;
}

/** Reads a row with the columns `name`, `record`, `exp` and `minting`. */
export function toStored(row: Row, usable: boolean): StoredLease {
  const { name, record, exp } = row;
  return {
    principal: String(name),
    record: typeof record === 'string' ? record : undefined,
    exp: exp === null || exp === undefined ? undefined : Number(exp),
    usable,
    isMinting: row['minting'] === 1,
  };
}
