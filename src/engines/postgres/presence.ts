/** Who is logged in as a role, or about to be: sessions, and logins under way, whose role the server does not show yet. */
import { integer, type Row } from './connection.ts';
import { grantToActor } from './account.ts';
import type { Principal } from '../../lease/name.ts';
import type { RootSession } from './root-session.ts';

/**
 * How long to wait for a login under way to show which role it is for, when root cannot tell.
 *
 * Once the server knows the role, it checks again whether that role may log in. A role that was disabled before this check
 * is refused; from the check on it takes microseconds until root can end the login as one of the role.
 */
export const settlingMs = 100;

/** By the process ids of the server. */
export interface Presence {
  readonly sessions: readonly { readonly pid: number; readonly oid: number }[];
  /** logins under way, anybody's */
  readonly logins: readonly number[];
}

/**
 * Two statements for the head of a message; {@link toPresence} reads the rows of the second.
 *
 * pg_stat_activity shows a session's role only when its login is complete, and any client can make the server sleep right
 * before that, after all checks (`post_auth_delay`). But from before the server asks for the password until then a login is
 * a transaction, and everybody can see its lock. The locks are read first: a login that is neither among them nor in the
 * activity, which is read later, began after all that was done before this message.
 *
 * @param oids of the roles whose sessions are meant
 * @param act what is done with each of the sessions, an expression
 */
export function presenceQuery(oids: readonly number[], act = 'NULL'): string {
  return `SELECT set_config('joblease.busy', coalesce((SELECT string_agg(pid::text, ',') FROM pg_locks
        WHERE locktype = 'virtualxid' AND pid IS NOT NULL), ''), true);
    SELECT pid::text AS pid, usesysid::text AS oid, ${act} AS done FROM pg_stat_activity
        WHERE usesysid IN (${['0', ...oids].join(', ')}) AND pid <> pg_backend_pid()
      UNION ALL SELECT pid, NULL, NULL FROM unnest(string_to_array(current_setting('joblease.busy'), ',')) AS busy (pid)
        WHERE pid NOT IN (SELECT pid::text FROM pg_stat_activity WHERE usesysid IS NOT NULL OR datid IS NOT NULL)`;
}

export function toPresence(rows: readonly Row[]): Presence {
  return {
    sessions: rows.filter(({ oid }) => oid !== null).map(({ pid, oid }) => ({ pid: integer(pid), oid: integer(oid) })),
    logins: rows.filter(({ oid }) => oid === null).map(({ pid }) => integer(pid)),
  };
}

/**
 * Ends the logins under way that are for one of the roles. The server knows their roles and does not show them, but it lets
 * a role end its own logins and no others. So root tries each login as each of the roles, and never as itself.
 *
 * @param principals roles that root has the ADMIN option on
 * @returns the process ids of those that were told to end
 */
export async function endLogins(
  root: RootSession,
  principals: readonly Principal[],
  logins: readonly number[],
): Promise<number[]> {
  if (logins.length === 0 || principals.length === 0) return [];
  const join = root.isSuperuser ? '' : principals.map((principal) => `${grantToActor(root, principal)};`).join(' ');
  const rows = await root.connection.rows(
    `${join} DO $$ DECLARE lease text; login int; ended text[] := '{}'; BEGIN
      FOREACH lease IN ARRAY ARRAY[${principals.map((name) => `'${name}'`).join(', ')}] LOOP
        EXECUTE format('SET LOCAL ROLE %I', lease);
        CONTINUE WHEN pg_has_role('pg_signal_backend', 'USAGE');
        FOREACH login IN ARRAY ARRAY[${logins.join(', ')}] LOOP
          BEGIN
            IF pg_terminate_backend(login) THEN ended := ended || login::text; END IF;
          EXCEPTION WHEN insufficient_privilege THEN NULL;
          END;
        END LOOP;
      END LOOP;
      PERFORM set_config('joblease.ended', array_to_string(ended, ','), true);
    END $$; SELECT DISTINCT unnest(string_to_array(current_setting('joblease.ended'), ',')) AS pid`,
  );
  return rows.map(({ pid }) => integer(pid));
}
