import type { Context } from '../engine.ts';
import { Opening, type LeaseLogin } from './connection.ts';
import { loginError } from './errors.ts';
import { verifying } from './root-session.ts';

/**
 * Logs in as the lease, from this machine.
 *
 * @param ahead a connection that may be for it, and that has come as far as its login
 * @throws UserError when the server refuses it
 */
export async function verify(
  { target, user, password }: LeaseLogin,
  ahead: Opening | undefined,
  { signal, debug }: Context,
): Promise<void> {
  const isFor = ({ target: other, user: its }: Opening): boolean =>
    its === user && other.database === target.database && other.host === target.host && other.port === target.port;
  try {
    const opening = ahead !== undefined && isFor(ahead) ? ahead : new Opening(target, user, verifying, signal);
    // A server that says that it is ready has done all its checks.
    await using own = await opening.finish(password);
    debug?.(`verify: ${own.facts()}`);
  } catch (error) {
    throw loginError(error, target, { user, password }, 'verify');
  }
}
