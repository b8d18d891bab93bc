import { setTimeout as sleep } from 'node:timers/promises';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context, Lease } from '../engine.ts';
import { integer, quoteLiteral, quoteName } from './connection.ts';
import { isLost } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { endLogins, presenceQuery, settlingMs, toPresence } from './presence.ts';
import { revoke } from './revoke.ts';
import type { RootSession } from './root-session.ts';

/**
 * How many roles one DROP ROLE names. Larger ones are not faster, and each role takes a slot in the lock table of the
 * whole server, which reckons with 64 (max_locks_per_transaction) for a session.
 */
export const batchSize = 50;

/** How long the ladder tries again while somebody holds a lock on a role; and for further roles, once that has failed. */
const patienceMs = { first: 5000, further: 1000 };

/** The role of a lease, when nothing is known that would keep it from being dropped. */
interface Role {
  readonly lease: Lease;
  readonly oid: number;
  readonly canLogIn: boolean;
}

/**
 * Ends many leases: roles with nothing in the way by one DROP ROLE, which is a transaction, and each of the others down
 * the ladder by itself.
 *
 * @throws when the connection is lost; what was not yielded by then may or may not have ended
 */
export async function* end(
  root: RootSession,
  leases: readonly Lease[],
  config: PostgresConfig,
  context: Context,
): AsyncGenerator<readonly [Lease, Revocation]> {
  // In the order of their names, so that two sweeps wait for each other instead of blocking each other.
  const sorted = leases.toSorted((a, b) => (a.principal < b.principal ? -1 : 1));
  const ended = new Map<Lease, Revocation>();
  if (config['revocation-statements'] === '') {
    try {
      await endTogether(root, sorted, ended);
    } catch (error) {
      if (isLost(error)) throw error; // any other error concerns some of them only: they are ended one by one below
    }
  }
  yield* ended;
  // These may take long, so they come last.
  let isHeldUp = false;
  for (const lease of sorted.filter((each) => !ended.has(each))) {
    const limitMs: number = isHeldUp ? patienceMs.further : patienceMs.first;
    const started = Date.now();
    yield [lease, await revoke(root, lease.principal, config, context, { limitMs })];
    isHeldUp ||= Date.now() - started >= limitMs;
  }
}

/**
 * Takes those down the ladder together that have nothing in the way.
 *
 * @param ended gets those that are gone; the others are left to {@link revoke}
 */
async function endTogether(root: RootSession, leases: readonly Lease[], ended: Map<Lease, Revocation>): Promise<void> {
  let found = await findFree(root, leases, ended);
  const open = found.free.filter(({ canLogIn }) => canLogIn);
  const lookAgain = async (): Promise<Found> => {
    const still = found.free.map(({ lease }) => lease);
    return await findFree(root, still, ended);
  };
  if (open.length > 0) {
    const close = open.map(({ lease }) => `ALTER ROLE ${quoteName(lease.principal)} NOLOGIN PASSWORD NULL`).join(';');
    await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${close}`);
    found = await lookAgain();
  }
  // As on the ladder: a login that is under way may be one of theirs, however long ago the role ended.
  const told = new Set<number>();
  for (const started = Date.now(); found.logins.length > 0 && Date.now() - started < settlingMs; await sleep(5)) {
    const principals = found.free.map(({ lease }) => lease.principal);
    for (const pid of await endLogins(root, principals, found.logins)) told.add(pid);
    found = await lookAgain();
  }
  if (found.logins.some((pid) => told.has(pid))) return; // revoke() waits for it
  await drop(root, found.free, ended);
}

async function drop(root: RootSession, roles: readonly Role[], ended: Map<Lease, Revocation>): Promise<void> {
  if (roles.length === 0) return;
  const names = roles.map(({ lease }) => quoteName(lease.principal)).join(', ');
  try {
    await root.connection.rows(`SET LOCAL lock_timeout = '1s'; DROP ROLE ${names}`);
  } catch (error) {
    if (isLost(error)) throw error;
    // One of them was in the way: another sweep is at it, or it has changed since it was looked at. Everything was rolled
    // back, so each half is looked at again, until one is left.
    if (roles.length === 1) return;
    const leases = roles.map(({ lease }) => lease);
    const half = Math.ceil(leases.length / 2);
    for (const part of [leases.slice(0, half), leases.slice(half)]) {
      await drop(root, (await findFree(root, part, ended)).free, ended);
    }
    return;
  }
  const lingering = await sessionsOf(root, roles);
  for (const { lease, oid } of roles) {
    ended.set(lease, lingering.has(oid) ? stillOpen : { outcome: 'revoked', sessionsEnded: 0 });
  }
}

const stillOpen: Revocation = {
  outcome: 'failed',
  reason: 'a session that began before it was disabled is still open',
  sessionsEnded: 0,
};

interface Found {
  readonly free: readonly Role[];
  /** logins under way, anybody's */
  readonly logins: readonly number[];
}

/** The leases whose roles can be dropped at once. @param ended gets those that are gone already */
async function findFree(root: RootSession, leases: readonly Lease[], ended: Map<Lease, Revocation>): Promise<Found> {
  if (leases.length === 0) return { free: [], logins: [] };
  const byName = new Map(leases.map((lease) => [lease.principal, lease]));
  // The ADMIN option of the role that has minted it is what PostgreSQL 16 and newer ask for; whether it comes by way of
  // another role is expensive to find out, and the ladder does.
  const mayDrop =
    root.isSuperuser || root.version < 160_000
      ? 'true'
      : `EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND admin_option
            AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
  // Up to PostgreSQL 15 memberships that it has granted would stay.
  const hasGranted = root.version < 160_000 ? 'EXISTS (SELECT FROM pg_auth_members WHERE grantor = r.oid)' : 'false';
  // The application_name is that of a mint still under way (see begin). A lock on the role is held by whoever grants
  // it something or gives it an object in an open transaction. Every lease may do so, so nothing here waits for a lock.
  const [there = [], rows = []] = (
    await root.connection.results(
      `${presenceQuery([])};
      SELECT r.rolname::text AS name, r.oid::text AS oid, rolcanlogin AS login,
        ${mayDrop} AND NOT ${hasGranted}
          AND r.oid NOT IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL)
          AND r.rolname::text NOT IN (SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL)
          AND r.rolname NOT IN (SELECT owner FROM pg_prepared_xacts)
          AND r.oid NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_authid'::regclass)
          AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid
            AND classid <> 'pg_auth_members'::regclass) AS free
      FROM pg_roles r WHERE rolname IN (${leases.map(({ principal }) => quoteLiteral(principal)).join(', ')})`,
    )
  ).slice(-2);
  const free: Role[] = [];
  for (const row of rows) {
    const lease = byName.get(row['name'] as Principal);
    if (lease === undefined) continue;
    byName.delete(lease.principal);
    if (row['free'] === true) free.push({ lease, oid: integer(row['oid']), canLogIn: row['login'] === true });
  }
  for (const lease of byName.values()) ended.set(lease, { outcome: 'absent', sessionsEnded: 0 });
  return { free, logins: toPresence(there).logins };
}

/** Tells the sessions of dropped roles to end, where there are any. @returns the oids of their roles */
async function sessionsOf({ connection }: RootSession, dropped: readonly Role[]): Promise<ReadonlySet<number>> {
  const rows = await connection.rows(
    `SELECT pid::text AS pid, usesysid::text AS oid FROM pg_stat_activity
      WHERE usesysid IN (${dropped.map(({ oid }) => oid).join(', ')})`,
  );
  for (const { pid } of rows) {
    // The right to end them went with the role, unless root is a superuser.
    await connection.rows(`SELECT pg_terminate_backend(${integer(pid)})`).catch((error: unknown) => {
      if (isLost(error)) throw error;
    });
  }
  return new Set(rows.map(({ oid }) => integer(oid)));
}
