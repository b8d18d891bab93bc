import { createSecureContext } from 'node:tls';

let curves: string | undefined;

/**
 * The curves to offer for TLS: OpenSSL's own list (3.5 and newer), with a share for P-256 beside those that it sends
 * anyway. MySQL, and PostgreSQL up to 17, take no other by default; asked with another they ask back, which costs a round
 * trip on each connection.
 *
 * @returns Node's default where an older OpenSSL does not know how to say that
 */
export function keyShares(): string {
  if (curves !== undefined) return curves;
  const ecdhCurve = '?*X25519MLKEM768/?*X25519:?*secp256r1/?X448:?secp384r1:?secp521r1';
  try {
    createSecureContext({ ecdhCurve });
    curves = ecdhCurve;
  } catch {
    curves = 'auto';
  }
  return curves;
}
