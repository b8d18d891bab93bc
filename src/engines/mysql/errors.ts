import { messageOf, UserError } from '../../lease/errors.ts';
import {
  isCertificateCode,
  isDoubtful,
  isPassingNetworkFailure,
  peerCodes,
  systemCode,
} from '../../failure/network.ts';
import { abandoned, serverError, type Login, type Target } from './connection.ts';

/** Failures of the network and of a server that starts, stops or is full: the same attempt may succeed a moment later. */
export function canHeal(error: unknown): boolean {
  if (error instanceof UserError) return error.details.cause !== undefined && canHeal(error.details.cause);
  const number = serverError(error);
  // too many connections, shutdown in progress, lock wait timeout, deadlock, too many connections of this user (2),
  // connection killed
  if (number !== undefined) return [1040, 1053, 1205, 1213, 1203, 1226, 1927].includes(number);
  // The driver's own words for a connection that broke before it was used again, and ours for one that took too long:
  // whoever has time left tries again.
  const isBroken = /connection is in closed state/.test(messageOf(error)) || messageOf(error) === abandoned;
  const isOutOfTime = error instanceof DOMException && error.name === 'TimeoutError';
  const isLost =
    isPassingNetworkFailure(error) || isDoubtful(error) || systemCode(error) === 'PROTOCOL_CONNECTION_LOST';
  return isBroken || isOutOfTime || isLost || isLostInTls(error);
}

/** The driver gives every failure of the TLS handshake one code; what came from the network keeps only its words (node:tls). */
function isLostInTls(error: unknown): boolean {
  const isOfNetwork = /socket disconnected before secure TLS|ECONNRESET|EPIPE|ETIMEDOUT/.test(messageOf(error));
  return systemCode(error) === 'HANDSHAKE_SSL_ERROR' && isOfNetwork;
}

/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
export function isContention(error: unknown): boolean {
  // record has changed since last read (MariaDB's tables of accounts), lock wait timeout, deadlock
  return [1020, 1205, 1213].includes(serverError(error) ?? 0);
}

/** Wrong password, locked account (MySQL, MariaDB), host not allowed: this login will not be let in here. */
export function isLoginRefused(error: unknown): boolean {
  return [1045, 1698, 3118, 4151, 1130].includes(serverError(error) ?? 0);
}

/** The account exists, the password is right, and it is locked. */
export function isLocked(error: unknown): boolean {
  return [3118, 4151].includes(serverError(error) ?? 0);
}

/** Access denied, in the server's many ways of saying it. */
export function isDenied(error: unknown): boolean {
  return [1044, 1045, 1142, 1143, 1227, 1370].includes(serverError(error) ?? 0);
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

  if (serverError(error) === 1045 && password === '') {
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
    case 1044:
      return because(
        `"${user}" may not use the database "${database}" at ${place}`,
        'Grant it something there, for example through a role in "member-of".',
      );
    case 1049:
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
