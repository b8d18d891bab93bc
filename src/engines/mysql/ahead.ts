import type { Socket } from 'node:net';
import { Opening, type LeaseLogin } from './connection.ts';
import { dial, type Target } from './dial.ts';

/**
 * Connections that are opened before it is their turn, so that only the login is left to wait for. A server shows them
 * as logins under way, which a revocation waits for: so none is opened before it is known to be needed soon.
 */
export class Ahead implements Disposable {
  readonly #sockets: Socket[] = [];
  readonly #openings: { readonly login: LeaseLogin; readonly opening: Opening }[] = [];

  /** Begins to connect, for whomever. */
  dial(target: Target): void {
    this.#sockets.push(dial(target));
  }

  /** Goes as far as it can without logging in. */
  prepare(login: LeaseLogin, signal: AbortSignal): void {
    this.#openings.push({ login, opening: this.#open(login, signal) });
  }

  /** @returns what was prepared for this login, or else a new one */
  take(login: LeaseLogin, signal: AbortSignal): Opening {
    const index = this.#openings.findIndex(
      ({ login: each }) => each.user === login.user && each.database === login.database,
    );
    const [found] = index < 0 ? [] : this.#openings.splice(index, 1);
    return found?.opening ?? this.#open(login, signal);
  }

  #open(login: LeaseLogin, signal: AbortSignal): Opening {
    const socket = this.#sockets.shift();
    return new Opening(login.target, login, signal, socket === undefined ? {} : { socket });
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
    for (const { opening } of this.#openings.splice(0)) opening[Symbol.dispose]();
  }
}
