/** Failures below a target's own protocol: the same in every engine that opens connections. */

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
