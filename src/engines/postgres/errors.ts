import { messageOf, UserError } from '../../lease/errors.ts';
import {
  isCertificateCode,
  isDoubtful,
  isPassingNetworkFailure,
  peerCodes,
  systemCode,
} from '../../failure/network.ts';
import { noPassword, notBound, sqlState, type Login, type Target } from './connection.ts';

/**
 * Codes of the server's errors, by PostgreSQL's own names for their conditions.
 *
 * https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const SQLSTATE = {
  PROTOCOL_VIOLATION: '08P01',
  INVALID_PARAMETER_VALUE: '22023',
  UNIQUE_VIOLATION: '23505',
  TRANSACTION_TIMEOUT: '25P04',
  INVALID_AUTHORIZATION_SPECIFICATION: '28000',
  INVALID_PASSWORD: '28P01',
  DEPENDENT_OBJECTS_STILL_EXIST: '2BP01',
  INVALID_CATALOG_NAME: '3D000',
  INVALID_SCHEMA_NAME: '3F000',
  SERIALIZATION_FAILURE: '40001',
  DEADLOCK_DETECTED: '40P01',
  INSUFFICIENT_PRIVILEGE: '42501',
  UNDEFINED_OBJECT: '42704',
  UNDEFINED_FUNCTION: '42883',
  UNDEFINED_TABLE: '42P01',
  TOO_MANY_CONNECTIONS: '53300',
  OBJECT_NOT_IN_PREREQUISITE_STATE: '55000',
  LOCK_NOT_AVAILABLE: '55P03',
  ADMIN_SHUTDOWN: '57P01',
  CRASH_SHUTDOWN: '57P02',
  CANNOT_CONNECT_NOW: '57P03',
  INTERNAL_ERROR: 'XX000',
} as const;

/** Whether an error came from a server and has one of these codes. */
export function isServerError(error: unknown, ...states: readonly string[]): boolean {
  const state = sqlState(error);
  return state !== undefined && states.includes(state);
}

/** The driver's own words for a connection that broke. */
const driverLost = /^(?:Connection terminated|Client has encountered a connection error)/;

const passing = [
  SQLSTATE.CANNOT_CONNECT_NOW,
  SQLSTATE.TOO_MANY_CONNECTIONS,
  SQLSTATE.ADMIN_SHUTDOWN,
  SQLSTATE.CRASH_SHUTDOWN,
];

/** Failures of the network and of a server that starts or is full: the same attempt may succeed a moment later. */
export function canHeal(error: unknown): boolean {
  if (error instanceof UserError) return error.details.cause !== undefined && canHeal(error.details.cause);
  if (sqlState(error) !== undefined) return isServerError(error, ...passing);
  const said = messageOf(error);
  return isPassingNetworkFailure(error) || isDoubtful(error) || said === 'timeout expired' || driverLost.test(said);
}

/** Whether an error ends more than one statement: nothing further can be done in this session. */
export function isLost(error: unknown): boolean {
  return canHeal(error) || (sqlState(error) === undefined && !(error instanceof UserError));
}

/** Failures of one statement against another that runs at the same time: the loser may simply try again. */
export function isContention(error: unknown): boolean {
  const { SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE } = SQLSTATE;
  if (isServerError(error, SERIALIZATION_FAILURE, DEADLOCK_DETECTED, LOCK_NOT_AVAILABLE)) return true;
  // Two that change or drop the same role at once get no better report than an internal error, and two that make the
  // same GRANT a unique violation.
  const gone = /tuple concurrently|could not find tuple for role|cache lookup failed for role/;
  if (isServerError(error, SQLSTATE.INTERNAL_ERROR)) return gone.test(messageOf(error));
  return isServerError(error, SQLSTATE.UNIQUE_VIOLATION);
}

/** Whether this login will not be let in here. */
export function isLoginRefused(error: unknown): boolean {
  return isServerError(error, SQLSTATE.INVALID_PASSWORD, SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION);
}

/**
 * Whether a server that is there and up refuses one database alone, or ends the session there before it could speak:
 * then another database of the cluster may still let root in. The owner of a database can bring this about in many
 * ways (CONNECT, its connection limit, ALLOW_CONNECTIONS, settings that end a session), so every refusal counts that is
 * not known to be of another kind.
 */
export function isShutOut(error: unknown, target: Target): boolean {
  if (error instanceof UserError || isLoginRefused(error)) return false;
  if (sqlState(error) === undefined) return driverLost.test(messageOf(error));
  // It is said of the server, of a role and of a database, in the server's language.
  if (isServerError(error, SQLSTATE.TOO_MANY_CONNECTIONS)) return messageOf(error).includes(`"${target.database}"`);
  // Only a pooler says that the protocol was violated.
  return !isServerError(error, SQLSTATE.PROTOCOL_VIOLATION) && !canHeal(error);
}

/**
 * Says why a login failed.
 *
 * @param input the input that supplied the login
 */
export function loginError(error: unknown, target: Target, { user }: Login, input: string): UserError {
  const because: Because = (problem: string, fix: string): UserError =>
    new UserError(problem, { input, said: messageOf(error), fix, cause: error });
  return refusal(error, target, user, because) ?? unreached(error, target, user, because);
}

type Because = (problem: string, fix: string) => UserError;

/** @returns undefined for an error that no server sent, or that says nothing of the login */
function refusal(error: unknown, target: Target, user: string, because: Because): UserError | undefined {
  const place = `${target.host}:${target.port}`;
  switch (sqlState(error)) {
    case undefined:
      return undefined;
    case SQLSTATE.INVALID_PASSWORD:
    case SQLSTATE.INVALID_AUTHORIZATION_SPECIFICATION:
      return because(
        `the server at ${place} refused the login of "${user}"`,
        'Check the user name, the password (percent-encoded in the URL), that the role has LOGIN, and pg_hba.conf.',
      );
    case SQLSTATE.INVALID_CATALOG_NAME:
      return because(
        `there is no database "${target.database}" at ${place}`,
        'Check the last part of the URL, or the input "database".',
      );
    case SQLSTATE.PROTOCOL_VIOLATION:
      return because(
        `what answers at ${place} refused the login of "${user}"`,
        'A pooler in front of the server must know new roles at once, by auth_query for example, and pass on what it is sent.',
      );
    case SQLSTATE.INSUFFICIENT_PRIVILEGE:
      return because(
        `"${user}" may not connect to the database "${target.database}" at ${place}`,
        `Run: GRANT CONNECT ON DATABASE "${target.database}" TO the role itself or to one of its groups;`,
      );
    default:
      if (!isShutOut(error, target)) return undefined;
      return because(
        `the database "${target.database}" at ${place} does not let "${user}" in`,
        'Its owner can bring that about. Name a database in the URL that no group of a job owns, such as postgres, and in the input "database" the one for the job.',
      );
  }
}

function unreached(error: unknown, { host, port }: Target, user: string, because: Because): UserError {
  const place = `${host}:${port}`;
  const code = systemCode(error);
  switch (code) {
    case noPassword:
      return because(
        `the server at ${place} asks for the password of "${user}", and the URL has none`,
        'Write it between the user name and the host, percent-encoded: postgres://user:password@host:port/database.',
      );
    case notBound:
      return because(
        `the server at ${place} does not bind the login to the connection, which channel_binding=require asks for`,
        'The server must have TLS and a password kept as scram-sha-256, and nothing may end TLS in front of it. Else leave channel_binding out.',
      );
    case peerCodes.foreign:
      return because(`what answers at ${place} is not PostgreSQL`, 'Check host and port: PostgreSQL has 5432.');
    case peerCodes.mute:
      return because(
        `what answers at ${place} hung up at once`,
        'Check host and port. A proxy does this while its server is down.',
      );
    case 'ENOTFOUND':
      return because(`the host "${host}" is unknown`, 'Check the host name in the URL.');
    case 'ECONNREFUSED':
      return because(`nothing accepts connections at ${place}`, 'Check host and port, and that the server runs.');
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return because(`the certificate of ${place} is for another host name`, 'Use the name that the certificate has.');
    default:
  }
  if (isCertificateCode(code)) {
    return because(
      `the certificate of ${place} is not trusted`,
      'Give the authority that signed it in "tls-ca". sslmode=verify-ca leaves the host name unchecked; sslmode=require checks nothing.',
    );
  }
  if (/does not support SSL/.test(messageOf(error))) {
    return because(
      `the server at ${place} offers no TLS`,
      'Only where the network itself is trusted: sslmode=disable.',
    );
  }
  return because(`the server at ${place} could not be used`, 'Check that this runner can reach it.');
}
