import { principalPattern } from '../../lease/name.ts';
import { encodeRecord, type LeaseRecord } from '../../lease/record.ts';
import { quoteAccount, type Row } from './connection.ts';
import {
  handOverAfter,
  listOf,
  toAccount,
  toStored,
  type Flavour,
  type NewAccount,
  type StoredLease,
} from './flavour.ts';
import { cachingSha2Hash } from './hash.ts';

/** MySQL 8.0.22 and newer: the account's ATTRIBUTE carries the lease record, and one statement makes all of it. */
export const mysqlFlavour: Flavour = {
  name: 'mysql',
  killRights: [
    ['CONNECTION_ADMIN', 'SUPER', 'ALL PRIVILEGES'],
    ['PROCESS', 'ALL PRIVILEGES'],
  ],
  hash: cachingSha2Hash,

  unfit(version) {
    if (version.includes('MariaDB')) return 'it is a MariaDB server: use the engine "mariadb"';
    const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
    const isOld = major < 8 || (major === 8 && minor === 0 && patch < 22);
    return isOld ? `it is MySQL ${version}, and accounts carry attributes from 8.0.22 on` : undefined;
  },

  // CREATE USER is atomic: what root lacks for it shows before anything exists.
  checkRights: async () => await Promise.resolve(),
  announce: async () => await Promise.resolve(),

  async create(connection, account) {
    await connection.rows(`CREATE USER ${definition(account)}`);
  },

  async adopt(connection, account) {
    const { principal, host, roles } = account;
    await connection.rows(`ALTER USER ${definition({ ...account, roles: [] })}`);
    if (roles.length === 0) return;
    const user = quoteAccount(principal, host);
    await connection.rows(`GRANT ${roles.join(', ')} TO ${user}`);
    await connection.rows(`ALTER USER ${user} DEFAULT ROLE ALL`);
  },

  async accounts(connection, principals) {
    const rows = await connection.rows(
      `SELECT user AS name, host AS host FROM information_schema.user_attributes WHERE user IN (${listOf(principals)})`,
    );
    return rows.map(toAccount);
  },

  async lock(connection, accounts) {
    const [row] = await connection.rows('SELECT UNIX_TIMESTAMP() AS now');
    const over = `{"joblease": {"exp": 0, "reap": ${Number(row?.['now']) + handOverAfter}}}`;
    const names = accounts.map(({ principal, host }) => quoteAccount(principal, host)).join(', ');
    // A merge patch: the rest of the record stays.
    await connection.rows(`ALTER USER IF EXISTS ${names} ACCOUNT LOCK ATTRIBUTE '${over}'`);
  },

  async renew(connection, principal, record) {
    for (const { host } of await this.accounts(connection, [principal])) {
      await connection.rows(`ALTER USER ${quoteAccount(principal, host)} ATTRIBUTE '${attribute(record)}'`);
    }
    return true;
  },

  forget: async () => await Promise.resolve(),

  async page(connection, after, size) {
    const rows = await connection.rows(
      `${stored} WHERE REGEXP_LIKE(user, '${principalPattern}', 'c') AND user > '${after}'
        GROUP BY user ORDER BY user LIMIT ${size}`,
    );
    return rows.map(read);
  },

  async stored(connection, principal) {
    const [row] = await connection.rows(`${stored} WHERE user = '${principal}' GROUP BY user`);
    return row === undefined ? undefined : read(row);
  },

  async lookalikes(connection) {
    const rows = await connection.rows(
      `SELECT DISTINCT user AS name FROM information_schema.user_attributes
        WHERE NOT REGEXP_LIKE(user, '${principalPattern}', 'c')
          AND (user LIKE 'jl|_%' ESCAPE '|' OR JSON_CONTAINS_PATH(attribute, 'one', '$.joblease')) ORDER BY user`,
    );
    return rows.map(({ name }) => String(name));
  },

  // The server chooses the new password and tells it to nobody but this connection, which does not keep it.
  scramble: () => 'ALTER USER USER() IDENTIFIED BY RANDOM PASSWORD',
};

const stored = `SELECT user AS name, CAST(MAX(JSON_EXTRACT(attribute, '$.joblease')) AS CHAR) AS record,
    MAX(IF(JSON_TYPE(JSON_EXTRACT(attribute, '$.joblease.exp')) = 'INTEGER',
      CAST(JSON_EXTRACT(attribute, '$.joblease.exp') AS SIGNED), NULL)) AS exp
  FROM information_schema.user_attributes`;

/** An end of 0 was written by the statement that locked the account. */
function read(row: Row): StoredLease {
  return toStored(row, row['exp'] === null || Number(row['exp']) !== 0);
}

function definition({ principal, host, password, record, roles, connectionLimit }: NewAccount): string {
  return [
    quoteAccount(principal, host),
    `IDENTIFIED WITH caching_sha2_password AS '${cachingSha2Hash(password)}'`,
    ...(roles.length === 0 ? [] : [`DEFAULT ROLE ${roles.join(', ')}`]),
    `WITH MAX_USER_CONNECTIONS ${connectionLimit}`,
    `ATTRIBUTE '${attribute(record)}'`,
  ].join(' ');
}

/**
 * The record as the text of a literal, in a session that takes backslashes as they are (see openRoot). It holds no
 * single quote, so that it ends no literal in any other mode either, as behind a proxy that mixes sessions up.
 */
function attribute(record: LeaseRecord): string {
  return `{"joblease": ${encodeRecord(record).replaceAll("'", '\\u0027')}}`;
}
