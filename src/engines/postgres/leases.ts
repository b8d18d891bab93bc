import { UserError } from '../../lease/errors.ts';
import { parsePrincipal, principalPattern, type Principal } from '../../lease/name.ts';
import { decodeRecord, encodeRecord, isTime } from '../../lease/record.ts';
import type { Lease } from '../engine.ts';
import { epoch, quoteLiteral, quoteName, sqlTime, type Row } from './connection.ts';
import type { RootSession } from './root-session.ts';

const select = `SELECT rolname AS name, rolcanlogin AS login, extract(epoch FROM rolvaliduntil)::text AS until,
    pg_roles.oid IN (SELECT usesysid FROM pg_stat_activity WHERE usesysid IS NOT NULL) AS connected,
    description, extract(epoch FROM clock_timestamp())::text AS now
  FROM pg_roles LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass`;

/** Small enough for the memory to stay flat, however long the list is. */
const pageSize = 2000;

/** The role of every lease in the cluster, a page at a time. */
export async function* list(root: RootSession): AsyncGenerator<Lease> {
  const ours = `${select} WHERE rolname ~ ${quoteLiteral(principalPattern)}`;
  let rows;
  let last = '';
  do {
    rows = await root.connection.rows(`${ours} AND rolname > ${quoteLiteral(last)} ORDER BY rolname LIMIT ${pageSize}`);
    for (const row of rows) {
      last = String(row['name']);
      const principal = parsePrincipal(last);
      if (principal !== undefined) yield toLease(principal, row);
    }
  } while (rows.length === pageSize);
}

/** Roles whose name is nearly a principal's, or that carry a lease record under another name. */
export async function* lookalikes(root: RootSession): AsyncGenerator<string> {
  const rows = await root.connection.rows(
    `SELECT rolname AS name, description FROM pg_roles
      LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass
      WHERE rolname !~ ${quoteLiteral(principalPattern)} AND (rolname LIKE 'jl\\_%' OR description LIKE '{"v":%')
      ORDER BY rolname`,
  );
  for (const { name, description } of rows) {
    if (String(name).startsWith('jl_') || isRecord(description)) yield String(name);
  }
}

/** Moves a lease's end, in the role and in its record, by one message and so at once. */
export async function renew(root: RootSession, principal: Principal, ttl: number): Promise<Lease> {
  const [row] = await root.connection.rows(`${select} WHERE rolname = ${quoteLiteral(principal)}`);
  if (row === undefined) throw new UserError(`${principal} no longer exists`);
  const { record, over } = toLease(principal, row);
  if (record === undefined) throw new UserError(`${principal} carries no lease record`);
  if (over) throw new UserError(`${principal} is over: a lease that has ended is not brought back; mint a new one`);

  const exp = Math.min(Math.floor(epoch(row['now'])) + ttl, record.max);
  const renewed = { ...record, exp };
  const expiresAt = new Date(exp * 1000);
  await root.connection.rows(
    `ALTER ROLE ${quoteName(principal)} VALID UNTIL ${quoteLiteral(sqlTime(expiresAt))};
     COMMENT ON ROLE ${quoteName(principal)} IS ${quoteLiteral(encodeRecord(renewed))}`,
  );
  return { principal, record: renewed, expiresAt, over: false, usable: true };
}

function toLease(principal: Principal, row: Row): Lease {
  const { description, login, connected } = row;
  const now = epoch(row['now']);
  const record = typeof description === 'string' ? decodeRecord(description) : undefined;
  // NULL, infinity or a date beyond every calendar: somebody has removed the end. The record still has the one that was
  // promised.
  const until = row['until'] === null ? Infinity : epoch(row['until']);
  const end = isTime(until) ? until : record?.exp;
  return {
    principal,
    record,
    expiresAt: end === undefined ? undefined : new Date(end * 1000),
    over: login !== true || (end !== undefined && end <= now),
    // VALID UNTIL ends logins, not sessions.
    usable: (login === true && until > now) || connected === true,
    shell: login !== true && connected !== true,
    unreadable: typeof description === 'string' && record === undefined,
  };
}

function isRecord(description: unknown): boolean {
  return typeof description === 'string' && decodeRecord(description) !== undefined;
}
