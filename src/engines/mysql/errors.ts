import { messageOf, UserError } from '../../lease/errors.ts';
import {
  isCertificateCode,
  isDoubtful,
  isPassingNetworkFailure,
  peerCodes,
  systemCode,
} from '../../failure/network.ts';
import { abandoned, serverError, type Login } from './connection.ts';
import type { Target } from './dial.ts';

/**
 * Numbers of the servers' errors, by the servers' own names for them. Where the two have different ones, each is named.
 *
 * https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html,
 * https://mariadb.com/kb/en/mariadb-error-code-reference/
 */
export const ER = {
  CHECKREAD: 1020,
  CON_COUNT: 1040,
  DBACCESS_DENIED: 1044,
  ACCESS_DENIED: 1045,
  BAD_DB: 1049,
  SERVER_SHUTDOWN: 1053,
  NO_SUCH_THREAD: 1094,
  KILL_DENIED: 1095,
  HOST_NOT_PRIVILEGED: 1130,
  TABLEACCESS_DENIED: 1142,
  COLUMNACCESS_DENIED: 1143,
  NO_SUCH_TABLE: 1146,
  TOO_MANY_USER_CONNECTIONS: 1203,
  LOCK_WAIT_TIMEOUT: 1205,
  LOCK_DEADLOCK: 1213,
  USER_LIMIT_REACHED: 1226,
  SPECIFIC_ACCESS_DENIED: 1227,
  OPTION_PREVENTS_STATEMENT: 1290,
  PROCACCESS_DENIED: 1370,
  CANNOT_USER: 1396,
  ACCESS_DENIED_NO_PASSWORD: 1698,
  MARIADB_CONNECTION_KILLED: 1927,
  MARIADB_INVALID_ROLE: 1959,
  MARIADB_USER_DROP_EXISTS: 1974,
  MARIADB_ACCOUNT_HAS_BEEN_LOCKED: 4151,
  MYSQL_ACCOUNT_HAS_BEEN_LOCKED: 3118,
  MYSQL_USER_DOES_NOT_EXIST: 3162,
  MYSQL_UNKNOWN_AUTHID: 3523,
  MYSQL_ROLE_NOT_GRANTED: 3530,
  MYSQL_USER_REFERENCED_AS_DEFINER: 4006,
} as const;

/** Whether an error came from a server and has one of these numbers. */
export function isServerError(error: unknown, ...numbers: readonly number[]): boolean {
  const number = serverError(error);
  return number !== undefined && numbers.includes(number);
}

/** Failures of the network and of a server that starts, stops or is full: the same attempt may succeed a moment later. */
export function canHeal(error: unknown): boolean {
  if (error instanceof UserError) return error.details.cause !== undefined && canHeal(error.details.cause);
  if (serverError(error) !== undefined) return isServerError(error, ...passing);
  // The driver's own words for a connection that broke before it was used again, and ours for one that took too long:
  // whoever has time left tries again.
  const isBroken = /connection is in closed state/.test(messageOf(error)) || messageOf(error) === abandoned;
  const isOutOfTime = error instanceof DOMException && error.name === 'TimeoutError';
  const isLost =
    isPassingNetworkFailure(error) || isDoubtful(error) || systemCode(error) === 'PROTOCOL_CONNECTION_LOST';
  return isBroken || isOutOfTime || isLost || isLostInTls(error);
}

const passing = [
  ER.CON_COUNT,
  ER.SERVER_SHUTDOWN,
  ER.LOCK_WAIT_TIMEOUT,
  ER.LOCK_DEADLOCK,
  ER.TOO_MANY_USER_CONNECTIONS,
  ER.USER_LIMIT_REACHED,
  ER.MARIADB_CONNECTION_KILLED,
];

/** The driver gives every failure of the TLS handshake one code; what came from the network keeps only its words (node:tls). */
function isLostInTls(error: unknown): boolean {
  const isOfNetwork = /socket disconnected before secure TLS|ECONNRESET|EPIPE|ETIMEDOUT/.test(messageOf(error));
  return systemCode(error) === 'HANDSHAKE_SSL_ERROR' && isOfNetwork;
}

/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
export function isContention(error: unknown): boolean {
  // CHECKREAD: MariaDB's tables of accounts have changed since they were read.
  return isServerError(error, ER.CHECKREAD, ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK);
}

/** Wrong password, locked account, host not allowed: this login will not be let in here. */
export function isLoginRefused(error: unknown): boolean {
  return (
    isLocked(error) || isServerError(error, ER.ACCESS_DENIED, ER.ACCESS_DENIED_NO_PASSWORD, ER.HOST_NOT_PRIVILEGED)
  );
}

/** The account exists, the password is right, and it is locked. */
export function isLocked(error: unknown): boolean {
  return isServerError(error, ER.MYSQL_ACCOUNT_HAS_BEEN_LOCKED, ER.MARIADB_ACCOUNT_HAS_BEEN_LOCKED);
}

/** Access denied, in the server's many ways of saying it. */
export function isDenied(error: unknown): boolean {
  return isServerError(
    error,
    ER.DBACCESS_DENIED,
    ER.ACCESS_DENIED,
    ER.TABLEACCESS_DENIED,
    ER.COLUMNACCESS_DENIED,
    ER.SPECIFIC_ACCESS_DENIED,
    ER.PROCACCESS_DENIED,
  );
}

/** A table that is not there, or whose database is not. */
export function isTableUnknown(error: unknown): boolean {
  return isServerError(error, ER.NO_SUCH_TABLE, ER.BAD_DB);
}

/**
 * Says why a login failed.
 *
 * @param input the input that supplied the login
 */
export function loginError(error: unknown, target: Target, login: Login, input: string): UserError {
  const { user, password, database } = login;
  const place = `${target.host}:${target.port}`;
  const said = messageOf(error);
  const because = (problem: string, fix: string): UserError =>
    new UserError(problem, { input, said, fix, cause: error });

  if (isServerError(error, ER.ACCESS_DENIED) && password === '') {
    return because(
      `the server at ${place} refused the login of "${user}", and the URL has no password`,
      `Write it between the user name and the host, percent-encoded: ${target.scheme}://user:password@host:port/database.`,
    );
  }
  if (isLoginRefused(error)) {
    return because(
      `the server at ${place} refused the login of "${user}"`,
      'Check the user name, the password (percent-encoded in the URL), and the host that the account may log in from.',
    );
  }
  switch (serverError(error)) {
    case ER.DBACCESS_DENIED:
      return because(
        `"${user}" may not use the database "${database}" at ${place}`,
        'Grant it something there, for example through a role in "member-of".',
      );
    case ER.BAD_DB:
      return because(`there is no database "${database}" at ${place}`, 'Check the last part of the URL.');
    default:
  }
  const code = systemCode(error);
  if (code === peerCodes.foreign) {
    return because(`what answers at ${place} is neither MySQL nor MariaDB`, 'Check host and port: they have 3306.');
  }
  if (code === peerCodes.mute) {
    return because(
      `what answers at ${place} hung up at once`,
      'Check host and port. A proxy does this while its server is down.',
    );
  }
  if (code === 'ENOTFOUND') return because(`the host "${target.host}" is unknown`, 'Check the host name in the URL.');
  if (code === 'ECONNREFUSED') {
    return because(`nothing accepts connections at ${place}`, 'Check host and port, and that the server runs.');
  }
  if (isCertificateCode(code) || /certificate|altnames/i.test(said)) {
    return because(
      `the certificate of ${place} is not trusted`,
      'Give the authority that signed it in "tls-ca". ssl-mode=VERIFY_CA leaves the host name unchecked; ssl-mode=REQUIRED checks nothing.',
    );
  }
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') {
    return because(
      `the server at ${place} offers no TLS`,
      'Only where the network itself is trusted: ssl-mode=DISABLED.',
    );
  }
  return because(`the server at ${place} could not be used`, 'Check that this runner can reach it.');
}
