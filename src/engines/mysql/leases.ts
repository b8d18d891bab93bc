import { UserError } from '../../lease/errors.ts';
import { parsePrincipal, type Principal } from '../../lease/name.ts';
import { decodeRecord } from '../../lease/record.ts';
import type { Lease } from '../engine.ts';
import type { StoredLease } from './flavour.ts';
import type { RootSession } from './root-session.ts';

/** Every lease on the server, by one query. */
export async function* list({ connection, flavour }: RootSession): AsyncGenerator<Lease> {
  const now = await serverTime({ connection });
  for (const stored of await flavour.stored(connection)) {
    const principal = parsePrincipal(stored.principal);
    if (principal !== undefined) yield toLease(principal, stored, now);
  }
}

/** Moves a lease's end. */
export async function renew({ connection, flavour }: RootSession, principal: Principal, ttl: number): Promise<Lease> {
  const now = await serverTime({ connection });
  const [stored] = await flavour.stored(connection, principal);
  if (stored === undefined) throw new UserError(`${principal} no longer exists`);
  const { record, usable } = toLease(principal, stored, now);
  if (record === undefined) throw new UserError(`${principal} carries no lease record`);
  const over = `${principal} is over: a lease that has ended is not brought back; mint a new one`;
  if (!usable) throw new UserError(over);

  const exp = Math.min(now + ttl, record.max);
  const renewed = { ...record, exp };
  if (!(await flavour.renew(connection, principal, renewed))) throw new UserError(over);
  return { principal, record: renewed, expiresAt: new Date(exp * 1000), usable: true };
}

/** The server's clock, in epoch seconds. */
export async function serverTime({ connection }: Pick<RootSession, 'connection'>): Promise<number> {
  const [row] = await connection.rows('SELECT UNIX_TIMESTAMP() AS now');
  return Number(row?.['now']);
}

function toLease(principal: Principal, { record, exp }: StoredLease, now: number): Lease {
  return {
    principal,
    record: record === undefined ? undefined : decodeRecord(record),
    expiresAt: exp === undefined ? undefined : new Date(exp * 1000),
    usable: exp !== undefined && exp > now,
  };
}
