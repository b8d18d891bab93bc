import { setTimeout as sleep } from 'node:timers/promises';
import { encodeRecord, type LeaseRecord } from '../../lease/record.ts';
import { listOf, named, toAccount } from './account.ts';
import { quoteAccount, type Row } from './connection.ts';
import { isDenied } from './errors.ts';
import {
  handOverSeconds,
  isMinting,
  isOurs,
  toStored,
  type Flavour,
  type NewAccount,
  type StoredLease,
} from './flavour.ts';
import { cachingSha2Verifier } from './verifier.ts';
import { kill, sessionPatienceMs } from './presence.ts';

/** MySQL 8.0.22 and newer: the account's ATTRIBUTE carries the lease record, and one statement makes all of it. */
export const mysqlFlavour: Flavour = {
  name: 'mysql',
  killRights: [
    ['CONNECTION_ADMIN', 'SUPER', 'ALL PRIVILEGES'],
    ['PROCESS', 'ALL PRIVILEGES'],
  ],
  settings: ['max_execution_time = 60000', 'transaction_read_only = 0'],
  // KILL holds the victim while it looks up whether it may, and for that it waits for the server's cache of accounts. A
  // victim that is just changing its own password holds that cache and waits for itself to be let go: then nobody logs
  // in any more. A session with an active role, whatever the role may do, has its rights at hand and does not wait.
  activateRoles: 'SET ROLE ALL',
  // Only information_schema tells whose rights an event or a routine has at the moment, and whoever reads it waits for
  // every session that is changing its user, which such a session may make last. performance_schema waits for nobody.
  sessions: `(SELECT id, user, command FROM performance_schema.processlist
    UNION ALL SELECT id, user, command FROM information_schema.processlist
      WHERE NOT EXISTS (SELECT * FROM performance_schema.processlist WHERE command = 'Change user')) sessions`,
  // These plugins know no other account than the one that logs in; the directories' name one themselves.
  proxying: `@@global.check_proxy_users OR EXISTS (SELECT * FROM information_schema.plugins
    WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE' AND plugin_name NOT IN
      ('caching_sha2_password', 'sha256_password', 'mysql_native_password', 'mysql_no_login', 'auth_socket'))`,

  unfit(version) {
    if (version.includes('MariaDB')) return 'it is a MariaDB server: use the engine "mariadb"';
    const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
    const isOld = major < 8 || (major === 8 && minor === 0 && patch < 22);
    return isOld ? `it is MySQL ${version}, and accounts carry attributes from 8.0.22 on` : undefined;
  },

  checkRoles: () => undefined,
  guard: undefined,
  mintedAt: undefined,
  announcement: () => [],
  // What root lacks for it shows before anything exists.
  creation: (account) => [`CREATE USER ${definition(account)}`],
  explain: async () => await Promise.resolve(),
  activation: () => undefined,
  ownActivation: undefined,

  adoption(account) {
    const { principal, host, roles } = account;
    const user = quoteAccount(principal, host);
    const granted =
      roles.length === 0 ? [] : [`GRANT ${roles.join(', ')} TO ${user}`, `ALTER USER ${user} DEFAULT ROLE ALL`];
    return [`ALTER USER ${definition({ ...account, roles: [] })}`, ...granted];
  },

  accounts: (principals) =>
    `SELECT user AS name, host AS host FROM information_schema.user_attributes WHERE user IN (${listOf(principals)})`,

  async rolesOf(connection, accounts) {
    const names = listOf(accounts.map(({ principal }) => principal));
    const rows = await connection
      .rows(`SELECT DISTINCT from_user AS role, from_host AS host FROM mysql.role_edges WHERE to_user IN (${names})`)
      .catch(async (error: unknown) => {
        if (!isDenied(error)) throw error;
        // Then all that root may take from anybody.
        return await connection.rows(
          'SELECT role_name AS role, role_host AS host FROM information_schema.administrable_role_authorizations',
        );
      });
    return rows.map(({ role, host }) => quoteAccount(String(role), String(host)));
  },

  async endProxies(connection, principals) {
    const lines = `mysql.proxies_priv x WHERE x.Proxied_user IN (${listOf(principals)})`;
    const started = Date.now();
    try {
      const [row] = await connection.rows(`SELECT COUNT(*) AS n, @@global.performance_schema AS shown FROM ${lines}`);
      if (row?.['n'] === 0) return '';
      if (row?.['shown'] !== 1) return 'only performance_schema, which is off, shows its sessions under other names';
      for (;;) {
        const sessions = await connection.rows(
          `SELECT t.PROCESSLIST_ID AS id FROM performance_schema.variables_by_thread v
            JOIN performance_schema.threads t ON t.THREAD_ID = v.THREAD_ID
            WHERE v.VARIABLE_NAME = 'proxy_user' AND EXISTS (SELECT * FROM ${lines}
              AND CAST(CONCAT('''', x.User, '''@''', x.Host, '''') AS BINARY) = CAST(v.VARIABLE_VALUE AS BINARY))`,
        );
        if (sessions.length === 0) return '';
        if (Date.now() - started > sessionPatienceMs) return 'its sessions under other names did not end';
        for (const { id } of sessions) {
          if ((await kill(connection, [Number(id)])) === undefined)
            return 'root may not end its sessions under other names';
        }
        await sleep(10);
      }
    } catch (error) {
      if (!isDenied(error)) throw error;
      return 'it is dropped, but the server lets accounts log in as others (GRANT PROXY), and root may not see whether a session is it under another name: see "Proxy users" in docs/mysql.md';
    }
  },

  lock(accounts, now) {
    const over = `{"joblease": {"exp": 0, "reap": ${now + handOverSeconds}}}`;
    // A merge patch: the rest of the record stays.
    return [`ALTER USER IF EXISTS ${named(accounts)} ACCOUNT LOCK ATTRIBUTE '${over}'`];
  },

  async renew(connection, principal, record) {
    for (const { host } of (await connection.rows(this.accounts([principal]))).map(toAccount)) {
      await connection.rows(`ALTER USER ${quoteAccount(principal, host)} ATTRIBUTE '${attribute(record)}'`);
    }
    return true;
  },

  forget: () => [],

  async page(connection, after, size) {
    const rows = await connection.rows(
      `${stored} WHERE REGEXP_LIKE(${ours}, 'c') AND user > '${after}'
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
        WHERE NOT REGEXP_LIKE(${ours}, 'c')
          AND (user LIKE 'jl|_%' ESCAPE '|' OR JSON_CONTAINS_PATH(attribute, 'one', '$.joblease')) ORDER BY user`,
    );
    return rows.map(({ name }) => String(name));
  },

  // The server chooses the new password and tells it to nobody but this connection, which does not keep it.
  scramble: () => 'ALTER USER USER() IDENTIFIED BY RANDOM PASSWORD',
};

const ours = isOurs('user').join(', ');

const stored = `SELECT user AS name, CAST(MAX(JSON_EXTRACT(attribute, '$.joblease')) AS CHAR) AS record,
    MAX(IF(JSON_TYPE(JSON_EXTRACT(attribute, '$.joblease.exp')) = 'INTEGER',
      CAST(JSON_EXTRACT(attribute, '$.joblease.exp') AS SIGNED), NULL)) AS exp,
    MAX(${isMinting('user')}) AS minting
  FROM information_schema.user_attributes`;

/** An end of 0 was written by the statement that locked the account. */
function read(row: Row): StoredLease {
  return toStored(row, row['exp'] === null || Number(row['exp']) !== 0);
}

function definition({ principal, host, password, record, roles, connectionLimit }: NewAccount): string {
  return [
    quoteAccount(principal, host),
    `IDENTIFIED WITH caching_sha2_password AS '${cachingSha2Verifier(password)}'`,
    ...(roles.length === 0 ? [] : [`DEFAULT ROLE ${roles.join(', ')}`]),
    `WITH MAX_USER_CONNECTIONS ${connectionLimit}`,
    // Whatever the server's policy is: else the lease could not end itself.
    'PASSWORD REQUIRE CURRENT OPTIONAL',
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
