import { messageOf, UserError } from '../../lease/errors.ts';
import {
  isCertificateCode,
  isDoubtful,
  isPassingNetworkFailure,
  peerCodes,
  systemCode,
} from '../../failure/network.ts';
import { noPassword, notBound, sqlState, type Login, type Target } from './connection.ts';

/** The driver's own words for a connection that broke. */
const driverLost = /^(?:Connection terminated|Client has encountered a connection error)/;

/** Failures of the network and of a server that starts or is full: the same attempt may succeed a moment later. */
export function canHeal(error: unknown): boolean {
  if (error instanceof UserError) return error.details.cause !== undefined && canHeal(error.details.cause);
  const state = sqlState(error);
  // cannot_connect_now, too_many_connections, admin_shutdown, crash_shutdown
  if (state !== undefined) return ['57P03', '53300', '57P01', '57P02'].includes(state);
  const said = messageOf(error);
  return isPassingNetworkFailure(error) || isDoubtful(error) || said === 'timeout expired' || driverLost.test(said);
}

/** Whether an error ends more than one statement: nothing further can be done in this session. */
export function isLost(error: unknown): boolean {
  return canHeal(error) || (sqlState(error) === undefined && !(error instanceof UserError));
}

/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
export function isContention(error: unknown): boolean {
  const state = sqlState(error);
  // serialization_failure, deadlock_detected, lock_not_available
  if (state !== undefined && ['40001', '40P01', '55P03'].includes(state)) return true;
  // Two that change or drop the same role at once get no better report: internal_error, and unique_violation from a
  // GRANT that both make.
  const gone = /tuple concurrently|could not find tuple for role|cache lookup failed for role/;
  return (state === 'XX000' && gone.test(messageOf(error))) || state === '23505';
}

/** invalid_password, invalid_authorization_specification: this login will not be let in here. */
export function isLoginRefused(error: unknown): boolean {
  return ['28P01', '28000'].includes(sqlState(error) ?? '');
}

/**
 * Whether a server that is there and up refuses one database alone, or ends the session there before it could speak:
 * then another database of the cluster may still let root in. The owner of a database can bring this about in many
 * ways (CONNECT, its connection limit, ALLOW_CONNECTIONS, settings that end a session), so it is told by what it is not.
 */
export function isShutOut(error: unknown, target: Target): boolean {
  if (error instanceof UserError || isLoginRefused(error)) return false;
  const state = sqlState(error);
  if (state === undefined) return driverLost.test(messageOf(error));
  // too_many_connections is said of the server, of a role and of a database, in the server's language.
  if (state === '53300') return messageOf(error).includes(`"${target.database}"`);
  // protocol_violation is a pooler's word.
  return state !== '08P01' && !canHeal(error);
}

/**
 * Says why a login failed.
 *
 * @param input the input that supplied the login
 */
export function loginError(error: unknown, target: Target, { user }: Login, input: string): UserError {
  const place = `${target.host}:${target.port}`;
  const said = messageOf(error);
  const because = (problem: string, fix: string): UserError =>
    new UserError(problem, { input, said, fix, cause: error });

  switch (sqlState(error)) {
    case '28P01':
    case '28000':
      return because(
        `the server at ${place} refused the login of "${user}"`,
        'Check the user name, the password (percent-encoded in the URL), that the role has LOGIN, and pg_hba.conf.',
      );
    case '3D000':
      return because(
        `there is no database "${target.database}" at ${place}`,
        'Check the last part of the URL, or the input "database".',
      );
    case '08P01':
      return because(
        `what answers at ${place} refused the login of "${user}"`,
        'A pooler in front of the server must know new roles at once, by auth_query for example, and pass on what it is sent.',
      );
    case '42501':
      return because(
        `"${user}" may not connect to the database "${target.database}" at ${place}`,
        `Run: GRANT CONNECT ON DATABASE "${target.database}" TO the role itself or to one of its groups;`,
      );
    default:
  }
  if (sqlState(error) !== undefined && isShutOut(error, target)) {
    return because(
      `the database "${target.database}" at ${place} does not let "${user}" in`,
      'Its owner can bring that about. Name a database in the URL that no group of a job owns, such as postgres, and in the input "database" the one for the job.',
    );
  }
  const code = systemCode(error);
  if (code === noPassword) {
    return because(
      `the server at ${place} asks for the password of "${user}", and the URL has none`,
      'Write it between the user name and the host, percent-encoded: postgres://user:password@host:port/database.',
    );
  }
  if (code === notBound) {
    return because(
      `the server at ${place} does not bind the login to the connection, which channel_binding=require asks for`,
      'The server must have TLS and a password kept as scram-sha-256, and nothing may end TLS in front of it. Else leave channel_binding out.',
    );
  }
  if (code === peerCodes.foreign) {
    return because(`what answers at ${place} is not PostgreSQL`, 'Check host and port: PostgreSQL has 5432.');
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
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return because(`the certificate of ${place} is for another host name`, 'Use the name that the certificate has.');
  }
  if (isCertificateCode(code)) {
    return because(
      `the certificate of ${place} is not trusted`,
      'Give the authority that signed it in "tls-ca". sslmode=verify-ca leaves the host name unchecked; sslmode=require checks nothing.',
    );
  }
  if (/does not support SSL/.test(said)) {
    return because(
      `the server at ${place} offers no TLS`,
      'Only where the network itself is trusted: sslmode=disable.',
    );
  }
  return because(`the server at ${place} could not be used`, 'Check that this runner can reach it.');
}
