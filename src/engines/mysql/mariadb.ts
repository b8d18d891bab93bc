import { messageOf, UserError } from '../../lease/errors.ts';
import { encodeRecord } from '../../lease/record.ts';
import { listOf, named } from './account.ts';
import { quoteAccount, type Connection, type Row } from './connection.ts';
import { isDenied, isTableUnknown } from './errors.ts';
import {
  handOverSeconds,
  isMinting,
  isOurs,
  toStored,
  type Flavour,
  type NewAccount,
  type StoredLease,
} from './flavour.ts';
import { nativeVerifier, unusableVerifier } from './verifier.ts';

/**
 * MariaDB 10.6 and newer: accounts cannot carry a record, so it stands in the table joblease.leases from before the
 * account exists until after it is gone.
 */
export const mariadbFlavour: Flavour = {
  name: 'mariadb',
  killRights: [
    ['CONNECTION ADMIN', 'SUPER', 'ALL PRIVILEGES'],
    ['PROCESS', 'ALL PRIVILEGES'],
  ],
  settings: ['max_statement_time = 60', 'tx_read_only = 0'],
  activateRoles: '',
  sessions: '(SELECT id, user, command FROM information_schema.processlist) sessions',
  proxying: `EXISTS (SELECT * FROM information_schema.plugins
    WHERE plugin_type = 'AUTHENTICATION' AND plugin_status = 'ACTIVE' AND plugin_name = 'pam')`,

  unfit(version) {
    const [, major = 0, minor = 0] = (/(\d+)\.(\d+)\.\d+-MariaDB/.exec(version) ?? []).map(Number);
    if (major === 0) return 'it is a MySQL server: use the engine "mysql"';
    return major < 10 || (major === 10 && minor < 6)
      ? `it is MariaDB ${major}.${minor}; 10.6 is the oldest that works`
      : undefined;
  },

  checkRoles(roles) {
    if (roles.length < 2) return;
    throw new UserError('a MariaDB session has one role at a time', {
      input: 'member-of',
      fix: 'Grant the roles to one role, and name that one.',
    });
  },

  guard: `BEGIN NOT ATOMIC IF @@global.read_only OR @@global.innodb_read_only
    THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'it is a read-only replica'; END IF; END`,

  mintedAt: 'SELECT @joblease_now AS now',

  announcement({ principal, record }) {
    // Only the server knows what time it is by then. In what JSON quotes, these texts do not stand.
    const after = { iat: 0, exp: record.exp - record.iat, max: record.max - record.iat };
    let text = hex(encodeRecord(record));
    for (const name of ['iat', 'exp', 'max'] as const) {
      text = `REPLACE(${text}, '"${name}":${record[name]}', CONCAT('"${name}":', @joblease_now + ${after[name]}))`;
    }
    const exp = `@joblease_now + ${after.exp}`;
    return [
      'SET @joblease_now = UNIX_TIMESTAMP()',
      `INSERT INTO joblease.leases (name, exp, reap, record) VALUES ('${principal}', ${exp}, ${exp}, ${text})`,
    ];
  },

  creation(account) {
    const [role] = account.roles;
    // CREATE USER and GRANT are not atomic together. So what root would lack, for ending the account too, is asked first.
    const refuse = "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'root may not grant the role'";
    return [
      readLeases,
      readAccounts,
      ...(role === undefined ? [] : [`BEGIN NOT ATOMIC IF NOT ${mayGrant(role)} THEN ${refuse}; END IF; END`]),
      // Without the right to create accounts this is refused; there is nothing to lock yet.
      `ALTER USER IF EXISTS ${named([account])} ACCOUNT LOCK`,
      ...this.announcement(account),
      `CREATE USER ${definition(account)}`,
      ...grantRole(account),
    ];
  },

  adoption: (account) => [`ALTER USER ${definition(account)}`, ...grantRole(account)],

  activation: ({ principal, host, roles: [role] }) =>
    role === undefined ? undefined : `SET DEFAULT ROLE ${role} FOR ${quoteAccount(principal, host)}`,

  ownActivation: ({ roles: [role = 'NONE'] }) => `SET DEFAULT ROLE ${role}`,

  async explain({ connection, account }, [role]) {
    if (role !== undefined) {
      const [row] = await connection.rows(`SELECT ${mayGrant(role)} AS may`);
      if (Number(row?.['may']) !== 1) {
        throw new UserError(`there is no role ${role} that root may grant`, {
          input: 'member-of',
          fix: `Run as an administrator: GRANT ${role} TO ${account} WITH ADMIN OPTION;`,
        });
      }
    }
    const missing = async (sql: string, fix: string): Promise<void> => {
      try {
        await connection.rows(sql);
      } catch (error) {
        if (!isDenied(error) && !isTableUnknown(error)) throw error;
        throw new UserError('root lacks what minting on MariaDB takes', { input: 'root', said: messageOf(error), fix });
      }
    };
    await missing(
      readLeases,
      `Run the installation in docs/mariadb.md, then: GRANT SELECT, INSERT, UPDATE, DELETE ON joblease.leases TO ${account};`,
    );
    await missing(readAccounts, `Run: GRANT SELECT (User, Host) ON mysql.user TO ${account};`);
  },

  accounts: (principals) => `SELECT User AS name, Host AS host FROM mysql.user WHERE User IN (${listOf(principals)})`,

  rolesOf: async () => await Promise.resolve([]),

  async endProxies(connection, principals) {
    try {
      const [row] = await connection.rows(
        `SELECT COUNT(*) AS n FROM mysql.proxies_priv WHERE Proxied_user IN (${listOf(principals)})`,
      );
      if (row?.['n'] === 0) return '';
      return 'it is dropped, but other accounts could log in as it (GRANT PROXY), and MariaDB does not show which of their sessions are it';
    } catch (error) {
      if (!isDenied(error)) throw error;
      return 'it is dropped, but PAM lets accounts log in as others (GRANT PROXY), and root may not see whether any could as it: see "Proxy users" in docs/mariadb.md';
    }
  },

  lock(accounts, now) {
    const principals = [...new Set(accounts.map(({ principal }) => principal))];
    return [
      `UPDATE joblease.leases SET exp = 0, reap = ${now + handOverSeconds} WHERE name IN (${listOf(principals)})`,
      `ALTER USER IF EXISTS ${named(accounts)} ACCOUNT LOCK`,
    ];
  },

  async renew(connection, principal, record) {
    const [, [row] = []] = await connection.results([
      `UPDATE joblease.leases SET exp = ${record.exp}, reap = ${record.exp}, record = ${hex(encodeRecord(record))}
        WHERE name = '${principal}' AND exp > UNIX_TIMESTAMP()`,
      'SELECT ROW_COUNT() AS matched',
    ]);
    return Number(row?.['matched']) > 0;
  },

  forget: (principals) => [`DELETE FROM joblease.leases WHERE name IN (${listOf(principals)})`],

  async page(connection, after, size) {
    const which = (name: string): string =>
      `${isOurs(name).join(' REGEXP BINARY ')} AND ${name} > '${after}' ORDER BY ${name} LIMIT ${size}`;
    const [accounts, leases] = await both(connection, which);
    // What lies beyond the end of a full list is for the next page.
    const ends = [accounts, leases].filter((rows) => rows.length === size).map((rows) => nameOf(rows.at(-1)));
    const end = ends.toSorted()[0];
    const isHere = (row: Row): boolean => end === undefined || nameOf(row) <= end;
    return merge(accounts.filter(isHere), leases.filter(isHere));
  },

  async stored(connection, principal) {
    const [found] = merge(...(await both(connection, (name) => `${name} = '${principal}'`)));
    return found;
  },

  async lookalikes(connection) {
    const accounts = await connection.rows(
      `SELECT DISTINCT User AS name FROM mysql.user
        WHERE NOT ${isOurs('User').join(' REGEXP BINARY ')} AND User LIKE BINARY 'jl|_%' ESCAPE '|'`,
    );
    // The table is for leases: a row with any other name looks like one too.
    const leases = await connection.rows(
      `SELECT name FROM joblease.leases WHERE NOT ${isOurs('name').join(' REGEXP BINARY ')}`,
    );
    return [...new Set([...accounts, ...leases].map(nameOf))].toSorted();
  },

  // SET PASSWORD takes the hash as it is, so no plaintext can reach the log.
  scramble: () => `SET PASSWORD = '${unusableVerifier()}'`,
};

/**
 * Not as one query: the server would compare each account with each lease. Accounts first: whatever is seen there has
 * had its record from before.
 */
async function both(connection: Connection, which: (name: string) => string): Promise<[Row[], Row[]]> {
  const accounts = await connection.rows(
    `SELECT DISTINCT User AS name, ${isMinting('User')} AS minting FROM mysql.user WHERE ${which('User')}`,
  );
  const leases = await connection.rows(`SELECT name, record, exp FROM joblease.leases WHERE ${which('name')}`);
  return [accounts, leases];
}

/** Accounts and records of the same name together, in the order of the names. */
function merge(accounts: readonly Row[], leases: readonly Row[]): StoredLease[] {
  const records = new Map(leases.map((row) => [nameOf(row), row]));
  const found = new Map(accounts.map((row) => [nameOf(row), row]));
  return (
    [...new Set([...found.keys(), ...records.keys()])]
      .toSorted()
      // A record alone is what a mint leaves that dies at once. An account that is there may be locked, which takes a
      // statement of its own: an end of 0 does not say.
      .map((name) => toStored({ name, ...records.get(name), minting: found.get(name)?.['minting'] }, found.has(name)))
  );
}

function nameOf(row: Row | undefined): string {
  return String(row?.['name']);
}

function definition({ principal, host, password, connectionLimit }: NewAccount): string {
  return `${quoteAccount(principal, host)} IDENTIFIED BY PASSWORD '${nativeVerifier(password)}' WITH MAX_USER_CONNECTIONS ${connectionLimit}`;
}

function grantRole({ principal, host, roles: [role] }: NewAccount): string[] {
  return role === undefined ? [] : [`GRANT ${role} TO ${quoteAccount(principal, host)}`];
}

/** A condition: whether there is such a role and root may grant it. @param role quoted */
function mayGrant(role: string): string {
  return `EXISTS (SELECT * FROM information_schema.applicable_roles WHERE is_grantable = 'YES'
    AND CONCAT('\`', REPLACE(role_name, '\`', '\`\`'), '\`') = ${hex(role)})`;
}

/** What root must be able to read. */
const readLeases = 'SELECT name FROM joblease.leases LIMIT 0';
const readAccounts = 'SELECT User, Host FROM mysql.user LIMIT 0';

/** A text as a literal that no SQL mode reads differently. */
function hex(text: string): string {
  return `CONVERT(X'${Buffer.from(text).toString('hex')}' USING utf8mb4)`;
}
