/** Failures below a target's own protocol: the same in every engine that opens connections. */
import { UserError } from '../lease/errors.ts';

/** Node's code of a failed system call or TLS handshake, `''` when it has none. */
export function systemCode(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return systemCode(error.errors[0]);
  if (!(error instanceof Error) || !('code' in error)) return '';
  const { code } = error;
  return typeof code === 'string' ? code : '';
}

/**
 * Whether the network may do better a moment later. A refused connection and an unknown host are not among these: they
 * are nearly always a wrong URL.
 */
export function isPassingNetworkFailure(error: unknown): boolean {
  const codes = ['ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH'];
  return codes.includes(systemCode(error));
}

/** Whether a code of {@link systemCode} says that the server's certificate was not accepted. */
export function isCertificateCode(code: string): boolean {
  return /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|HOSTNAME_MISMATCH)/.test(code);
}

/** What is wrong with who answers at an address, as {@link systemCode} tells it. */
export const peerCodes = {
  /** it speaks another protocol: no later attempt will be better */
  foreign: 'ERR_OTHER_PROTOCOL',
  /** it hung up before it had said anything */
  mute: 'ERR_HUNG_UP',
} as const;

/** @param said what is known of the peer, fit for a log */
export function peerError(code: keyof typeof peerCodes, said: string): Error {
  return Object.assign(new Error(said), { code: peerCodes[code] });
}

/**
 * Whether nothing speaks for it that the address is the right one: then a first attempt is the only one. Where a login
 * has succeeded before, a proxy whose server is restarting does the same.
 */
export function isDoubtful(error: unknown): boolean {
  if (error instanceof UserError) return isDoubtful(error.details.cause);
  return systemCode(error) === peerCodes.mute;
}
