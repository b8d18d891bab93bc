import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Context, Lease } from '../engine.ts';
import { quoteName, sqlState } from './connection.ts';
import { canHeal, isContention } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { revoke, settling } from './revoke.ts';
import type { RootSession } from './root-session.ts';

/**
 * How many roles one DROP ROLE names. Larger ones are not faster, and each role takes a slot in the lock table of the
 * whole server, which reckons with 64 (max_locks_per_transaction) for a session.
 */
export const batch = 50;

/** How long the ladder tries again against whoever holds a lock on a role, in milliseconds; and after it was in vain. */
const patience = { first: 5000, further: 1000 };

/** A lease's role as it is now. */
interface Found {
  readonly lease: Lease;
  readonly oid: number;
  readonly canLogIn: boolean;
  /** whether anybody could have logged in as it within the last minute (see Account) */
  readonly wasOpen: boolean;
  /** whether nothing is known that would have to be ended or cleaned before it is dropped */
  readonly isFree: boolean;
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
      if (isLost(error)) throw error; // anything else concerns some of them, and each for itself will tell
    }
  }
  yield* ended;
  // These may take long, so they come last.
  let isHeldUp = false;
  for (const lease of sorted.filter((each) => !ended.has(each))) {
    const limit = AbortSignal.timeout(isHeldUp ? patience.further : patience.first);
    const signal = AbortSignal.any([context.signal, limit]);
    try {
      yield [lease, await revoke(root, lease.principal, config, { ...context, signal })];
    } catch (error) {
      if (isLost(error) && error !== limit.reason) throw error;
      isHeldUp ||= isContention(error);
      yield [lease, await giveUp(root, lease, error)];
    }
  }
}

/**
 * The ladder for many at once, for those that it can take no wrong turn with.
 *
 * @param ended gets those that are gone; the others have to go by themselves
 */
async function endTogether(root: RootSession, leases: readonly Lease[], ended: Map<Lease, Revocation>): Promise<void> {
  const free = await findFree(root, leases, ended);
  const open = free.filter(({ canLogIn }) => canLogIn);
  if (open.length === 0) {
    await drop(root, free, ended);
    return;
  }
  const close = open.map(({ lease }) => `ALTER ROLE ${quoteName(lease.principal)} NOLOGIN PASSWORD NULL`).join(';');
  await root.connection.rows(`SET LOCAL lock_timeout = '1s'; ${close}`);
  // As on the ladder: a login that was under way shows up as a session within this time, and its role goes alone.
  if (open.some(({ wasOpen }) => wasOpen)) await sleep(settling);
  const still = free.map(({ lease }) => lease);
  await drop(root, await findFree(root, still, ended), ended);
}

async function drop(root: RootSession, roles: readonly Found[], ended: Map<Lease, Revocation>): Promise<void> {
  if (roles.length === 0) return;
  const names = roles.map(({ lease }) => quoteName(lease.principal)).join(', ');
  try {
    await root.connection.rows(`SET LOCAL lock_timeout = '1s'; DROP ROLE ${names}`);
  } catch (error) {
    if (isLost(error)) throw error;
    // One was in the way, another sweep's perhaps, or one that has changed after the look at it. All was rolled back:
    // each half is looked at again, down to the one.
    if (roles.length === 1) return;
    const leases = roles.map(({ lease }) => lease);
    const half = Math.ceil(leases.length / 2);
    for (const part of [leases.slice(0, half), leases.slice(half)]) {
      await drop(root, await findFree(root, part, ended), ended);
    }
    return;
  }
  const lingering = await sessionsOf(root, roles);
  for (const { lease, oid } of roles) {
    ended.set(lease, lingering.has(oid) ? stillOpen : { outcome: 'revoked', sessionsEnded: 0 });
  }
}

/** Those among the leases whose roles nothing keeps. @param ended gets those that are gone already */
async function findFree(
  root: RootSession,
  leases: readonly Lease[],
  ended: Map<Lease, Revocation>,
): Promise<readonly Found[]> {
  const found = await find(root, leases);
  for (const lease of leases) {
    if (!found.has(lease.principal)) ended.set(lease, { outcome: 'absent', sessionsEnded: 0 });
  }
  return [...found.values()].filter(({ isFree }) => isFree);
}

const stillOpen: Revocation = {
  outcome: 'failed',
  reason: 'a session that began before it was disabled is still open',
  sessionsEnded: 0,
};

/** Looks at roles, all by one query. Those that no longer exist are left out. */
async function find(root: RootSession, leases: readonly Lease[]): Promise<ReadonlyMap<Principal, Found>> {
  const byName = new Map(leases.map((lease) => [lease.principal, lease]));
  // Up to PostgreSQL 15 CREATEROLE alone may drop. From 16 on it takes the ADMIN option, which the one who created the
  // role has; whether root has it by way of another role is expensive to find out, and the ladder does.
  const mayDrop =
    root.isSuperuser || root.version < 160_000
      ? 'true'
      : `EXISTS (SELECT FROM pg_auth_members WHERE roleid = r.oid AND admin_option
            AND member = (SELECT oid FROM pg_roles WHERE rolname = current_user))`;
  // The application_name is that of a mint still under way (see endMint). A lock on the role is held by whoever grants
  // it something or gives it an object in an open transaction: any lease may, so that nobody waits for it here.
  const rows = await root.connection.rows(
    `SELECT r.rolname::text AS name, r.oid::int8::float8 AS oid,
        rolcanlogin, rolcanlogin AND coalesce(rolvaliduntil > clock_timestamp() - interval '1 minute', true) AS was_open,
        ${mayDrop}
          AND r.oid NOT IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL)
          AND r.rolname::text NOT IN (SELECT application_name FROM pg_stat_activity WHERE application_name IS NOT NULL)
          AND r.rolname NOT IN (SELECT owner FROM pg_prepared_xacts)
          AND r.oid NOT IN (SELECT objid FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_authid'::regclass)
          AND NOT EXISTS (SELECT FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass AND refobjid = r.oid
            AND classid <> 'pg_auth_members'::regclass) AS free
      FROM pg_roles r WHERE rolname = ANY ($1)`,
    [[...byName.keys()]],
  );
  const found = new Map<Principal, Found>();
  for (const row of rows) {
    const lease = byName.get(row['name'] as Principal);
    if (lease === undefined) continue;
    found.set(lease.principal, {
      lease,
      oid: Number(row['oid']),
      canLogIn: row['rolcanlogin'] === true,
      wasOpen: row['was_open'] === true,
      isFree: row['free'] === true,
    });
  }
  return found;
}

/** Tells the sessions of dropped roles to end, where there are any. @returns the oids of their roles */
async function sessionsOf({ connection }: RootSession, dropped: readonly Found[]): Promise<ReadonlySet<number>> {
  const rows = await connection.rows(
    'SELECT pid, usesysid::int8::float8 AS oid FROM pg_stat_activity WHERE usesysid = ANY ($1::oid[])',
    [dropped.map(({ oid }) => oid)],
  );
  for (const { pid } of rows) {
    // The right to end them went with the role, unless root is a superuser.
    await connection.rows(`SELECT pg_terminate_backend(${Number(pid)})`).catch((error: unknown) => {
      if (isLost(error)) throw error;
    });
  }
  return new Set(rows.map(({ oid }) => Number(oid)));
}

/** What has become of a lease whose ladder broke. */
async function giveUp(root: RootSession, lease: Lease, error: unknown): Promise<Revocation> {
  const one = (await find(root, [lease])).get(lease.principal);
  if (one === undefined) return { outcome: 'absent', sessionsEnded: 0 };
  const isUsable = one.wasOpen || (await sessionsOf(root, [one])).size > 0;
  return {
    outcome: isUsable ? 'failed' : 'disabled',
    reason: `it could not be ended this time: ${messageOf(error)}`,
    ...(isContention(error)
      ? { fix: 'An open transaction holds a lock on it; when that is over, the next sweep ends it.' }
      : {}),
    sessionsEnded: 0,
  };
}

/** Whether an error ends more than one statement: nothing further can be done in this session. */
function isLost(error: unknown): boolean {
  return canHeal(error) || (sqlState(error) === undefined && !(error instanceof UserError));
}
