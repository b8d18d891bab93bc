/**
 * What a token is asked for. GitHub signs any audience, so the audience names the gate and the very request: whoever
 * steals the token can only repeat that request, for a password that he does not know.
 */
import { createHash } from 'node:crypto';

/**
 * A call of a gate that takes a token, as a list of its arguments; sql/ composes the same texts.
 *
 * - `mint`: role, principal, verifier of the password, ttl and heartbeat in seconds, 0 for "what the role allows" and "none"
 * - `list`: principal after which the page begins, empty for the first one
 * - `end`: principals
 * - `audit`: number of the row after which the page begins
 * - `key`: key id, modulus in base64url
 */
export type GateRequest =
  | readonly ['mint', role: string, principal: string, verifier: string, ttl: number, heartbeat: number]
  | readonly ['list', after: string]
  | readonly ['end', ...principals: string[]]
  | readonly ['audit', after: number]
  | readonly ['key', kid: string, modulus: string];

/**
 * The audience of the token for one request: the gate's own name, `#`, and the SHA-256 of the request's lines, in hex.
 *
 * @throws RangeError when an argument holds a line break, so that no two requests have the same text
 */
export function audience(gate: string, request: GateRequest): string {
  const lines = request.map(String);
  if (lines.some((line) => line.includes('\n'))) throw new RangeError('a line break in a request to a gate');
  return `${gate}#${createHash('sha256').update(lines.join('\n')).digest('hex')}`;
}
