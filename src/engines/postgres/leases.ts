import { UserError } from '../../lease/errors.ts';
import { parsePrincipal, principalPattern, type Principal } from '../../lease/name.ts';
import { decodeRecord, encodeRecord } from '../../lease/record.ts';
import type { Lease } from '../engine.ts';
import { quoteLiteral, quoteName, type Row } from './connection.ts';
import type { RootSession } from './root-session.ts';

const select = `SELECT rolname AS name, extract(epoch FROM rolvaliduntil)::float8 AS until, description,
    rolcanlogin AND (rolvaliduntil IS NULL OR rolvaliduntil > clock_timestamp()) AS usable,
    floor(extract(epoch FROM clock_timestamp()))::float8 AS now
  FROM pg_roles LEFT JOIN pg_shdescription ON objoid = pg_roles.oid AND classoid = 'pg_authid'::regclass`;

/** Every role of ours in the cluster, by one query. */
export async function* list(root: RootSession): AsyncGenerator<Lease> {
  for (const row of await root.connection.rows(`${select} WHERE rolname ~ ${quoteLiteral(principalPattern)}`)) {
    const principal = parsePrincipal(String(row['name']));
    if (principal !== undefined) yield toLease(principal, row);
  }
}

/** Moves a lease's end, in the role and in its record, by one message and so at once. */
export async function renew(root: RootSession, principal: Principal, ttl: number): Promise<Lease> {
  const [row] = await root.connection.rows(`${select} WHERE rolname = $1`, [principal]);
  if (row === undefined) throw new UserError(`${principal} no longer exists`);
  const { record, usable } = toLease(principal, row);
  if (record === undefined) throw new UserError(`${principal} carries no lease record`);
  if (!usable) throw new UserError(`${principal} is over: a lease that has ended is not brought back; mint a new one`);

  const exp = Math.min(Number(row['now']) + ttl, record.max);
  const renewed = { ...record, exp };
  const expiresAt = new Date(exp * 1000);
  await root.connection.rows(
    `ALTER ROLE ${quoteName(principal)} VALID UNTIL ${quoteLiteral(expiresAt.toISOString())};
     COMMENT ON ROLE ${quoteName(principal)} IS ${quoteLiteral(encodeRecord(renewed))}`,
  );
  return { principal, record: renewed, expiresAt, usable: true };
}

function toLease(principal: Principal, row: Row): Lease {
  const { until, description } = row;
  return {
    principal,
    record: typeof description === 'string' ? decodeRecord(description) : undefined,
    expiresAt: typeof until === 'number' && Number.isFinite(until) ? new Date(until * 1000) : undefined,
    usable: row['usable'] === true,
  };
}
