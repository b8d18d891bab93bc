import type { Context } from '../engine.ts';
import { Connection, type LeaseLogin } from './connection.ts';
import { loginError } from './errors.ts';

/** Logs in as the lease, from this machine. @throws UserError when the server refuses it */
export async function verify(login: LeaseLogin, { signal, debug }: Context): Promise<void> {
  try {
    // A server that says that it is ready has done all its checks.
    await using own = await Connection.open(login.target, login, { name: 'joblease verify' }, signal);
    debug?.(`verify: ${own.facts()}`);
  } catch (error) {
    throw loginError(error, login.target, login, 'verify');
  }
}
