import { UserError } from '../../lease/errors.ts';
import { parsePrincipal, type Principal } from '../../lease/name.ts';
import { decodeRecord } from '../../lease/record.ts';
import type { Lease } from '../engine.ts';
import type { StoredLease } from './flavour.ts';
import { missingKillRights, type RootSession } from './root-session.ts';
import { mintPatienceSeconds } from './statements.ts';

/** Small enough for the memory to stay flat, however long the list is; each page has the server read all accounts. */
const pageSize = 5000;

/** Every lease on the server, a page at a time. */
export async function* list(root: RootSession): AsyncGenerator<Lease> {
  const { connection, flavour } = root;
  const now = root.now();
  let page;
  let last = '';
  do {
    page = await flavour.page(connection, last, pageSize);
    const locked = page.filter(({ usable }) => !usable).map(({ principal }) => principal);
    const inUse = await stillInUse(root, locked);
    for (const stored of page) {
      last = stored.principal;
      const principal = parsePrincipal(last);
      const usable = stored.usable || inUse.has(last);
      if (principal !== undefined) yield toLease(principal, { ...stored, usable }, now);
    }
  } while (page.length >= pageSize);
}

/** Accounts whose names begin like a lease's and are not, or that carry a lease record under another name. */
export async function* lookalikes({ connection, flavour }: RootSession): AsyncGenerator<string> {
  yield* await flavour.lookalikes(connection);
}

/** Moves a lease's end. */
export async function renew(root: RootSession, principal: Principal, ttl: number): Promise<Lease> {
  const { connection, flavour } = root;
  const now = root.now();
  const stored = await flavour.stored(connection, principal);
  if (stored === undefined) throw new UserError(`${principal} no longer exists`);
  const { record, over: isOver } = toLease(principal, stored, now);
  if (record === undefined) throw new UserError(`${principal} carries no lease record`);
  const over = `${principal} is over: a lease that has ended is not brought back; mint a new one`;
  if (isOver) throw new UserError(over);

  const exp = Math.min(now + ttl, record.max);
  const renewed = { ...record, exp };
  if (!(await flavour.renew(connection, principal, renewed))) throw new UserError(over);
  return { principal, record: renewed, expiresAt: new Date(exp * 1000), over: false, usable: true };
}

/** Which of these locked accounts somebody may still be connected as. */
async function stillInUse(
  { connection, flavour, rights }: RootSession,
  locked: string[],
): Promise<ReadonlySet<string>> {
  if (locked.length === 0) return new Set();
  if (missingKillRights(flavour, rights).includes('PROCESS')) return new Set(locked);
  const rows = await connection.rows(
    `SELECT DISTINCT user AS name FROM ${flavour.sessions} WHERE user LIKE 'jl|_%' ESCAPE '|'`,
  );
  return new Set(rows.map(({ name }) => String(name)));
}

function toLease(principal: Principal, stored: StoredLease, now: number): Lease {
  const { record, usable, isMinting } = stored;
  // A mint that is under way has given it no end yet. It lies ahead, whatever a runner's clock has put into the name.
  const exp = stored.exp ?? (isMinting ? now + mintPatienceSeconds : undefined);
  const read = record === undefined ? undefined : decodeRecord(record);
  return {
    principal,
    record: read,
    expiresAt: exp === undefined ? undefined : new Date(exp * 1000),
    over: exp !== undefined && exp <= now,
    // The reaper ends an account whose end has come. Where it does not run, the account can still be used.
    usable,
    shell: !usable,
    unreadable: record !== undefined && read === undefined,
  };
}
