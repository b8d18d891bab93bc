/** Who is there as a role, also before the server shows it: sessions, and logins that are under way. */
import { integer, type Row } from './connection.ts';
import { grantToActor } from './account.ts';
import type { Principal } from '../../lease/name.ts';
import type { RootSession } from './root-session.ts';

/**
 * How long a login that is under way and is nobody's that root can tell may take to show whose it is.
 *
 * The server looks once more whether the role may log in after it knows who is there. From that look to the moment
 * where the login can be ended as the role's it is microseconds; before it, a role that was disabled is refused.
 */
export const settlingMs = 100;

/** Those who are there, by the process ids of the server. */
export interface Presence {
  readonly sessions: readonly { readonly pid: number; readonly oid: number }[];
  /** logins under way, anybody's */
  readonly logins: readonly number[];
}

/**
 * Two statements that have to stand at the head of a message; {@link toPresence} reads the rows of the second.
 *
 * A session shows up in pg_stat_activity with its role only when its login is complete. Any client can make the server
 * sleep right before that, after all its checks (`post_auth_delay`). But from before it asks for the password until then
 * a login is a transaction, whose lock everybody can see. The locks come first: who is neither there nor in the
 * activity that is read later has begun after what the message follows.
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
 * Ends those of the logins under way that are one of the roles'. The server knows whose they are and does not show it,
 * but it lets a role end what is its own and nothing else: so each is tried as each of the roles, never as root.
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
