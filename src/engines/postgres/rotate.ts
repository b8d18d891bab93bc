import { randomInt } from 'node:crypto';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context, Rotation, RotationStep, RotationTerms } from '../engine.ts';
import type { LoginRoot } from '../login/standing.ts';
import { rotateLogin, type LoginSession } from '../login/rotation.ts';
import { quoteLiteral, quoteName, sqlState, type Connection } from './connection.ts';
import { canHeal, isLoginRefused } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { openRoot, type RootSession } from './root-session.ts';
import type { PostgresRoot } from './root.ts';
import { scramVerifier } from './verifier.ts';

/** Rotates root. A role has one password, so only with a pair of logins are queued jobs not locked out. */
export function rotateRoot(
  roots: readonly PostgresRoot[],
  config: PostgresConfig,
  terms: RotationTerms,
  context: Context,
): AsyncGenerator<RotationStep, Rotation> {
  const target = {
    // Nobody needs to hear at each step which hosts were passed over.
    open: async (root: PostgresRoot) => session(await openRoot([root], config, { ...context, warn: () => undefined })),
    isRefused: (error: unknown) => error instanceof UserError && isLoginRefused(error.details.cause),
    canHeal,
    retains: false,
    statement: (user: string) => `ALTER ROLE ${quoteName(user)} PASSWORD '…';`,
  };
  return rotateLogin(roots, terms, target, context);
}

/** The first key of every advisory lock that a rotation takes: "jlro". */
const rotations = 0x6a_6c_72_6f;

/** The sessions that hold such a lock. */
const locks = `FROM pg_locks l JOIN pg_stat_activity a USING (pid)
         WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted AND l.classid::bigint = ${rotations}`;

/** A condition on those sessions: that they belong to one of these logins, and are not this one. */
function another(roots: readonly LoginRoot[]): string {
  const users = new Set(roots.map((each) => quoteLiteral(each.user)));
  return `l.pid <> pg_backend_pid() AND a.usename IN (${[...users].join(', ')})`;
}

function session(root: RootSession): LoginSession {
  const { connection } = root;
  return {
    lock: async (roots) => await takeLock(connection, roots),
    holders: async (roots) => await lockHolders(connection, roots),
    checkChange: async () => {
      await checkMethod(root);
    },
    change: async (password) => {
      await changePassword(root, password);
    },
    ping: async () => void (await connection.rows('SELECT 1')),
    [Symbol.asyncDispose]: async () => {
      await root[Symbol.asyncDispose]();
    },
  };
}

/**
 * Everybody who can log in can take any advisory lock. So each rotation takes one with a second key that nobody can foresee,
 * and then looks whether another session holds one with the same first key: only sessions of the root logins count.
 *
 * @returns the server's time; undefined when another rotation has one
 */
async function takeLock(connection: Connection, roots: readonly LoginRoot[]): Promise<Date | undefined> {
  const mine = randomInt(2 ** 31);
  const held = `SELECT 1 ${locks}`;
  const [row] = await connection.rows(
    `SELECT pg_try_advisory_lock(${rotations}, ${mine});
     SELECT EXISTS (${held} AND l.objid::bigint = ${mine} AND l.pid = pg_backend_pid()) AND NOT EXISTS (${held}
       AND ${another(roots)}) AS got,
       extract(epoch FROM clock_timestamp())::bigint AS now`,
  );
  if (row?.['got'] === true) return new Date(Number(row['now']) * 1000);
  await connection.rows(`SELECT pg_advisory_unlock(${rotations}, ${mine})`);
  return undefined;
}

async function lockHolders(
  connection: Connection,
  roots: readonly LoginRoot[],
): Promise<Awaited<ReturnType<LoginSession['holders']>>> {
  const rows = await connection.rows(
    `SELECT pid, usename, coalesce(host(client_addr), 'local') AS place ${locks} AND ${another(roots)}`,
  );
  return rows.map(({ pid, usename, place }) => ({
    who: `process ${String(pid)} of "${String(usename)}" (${String(place)})`,
    end: `SELECT pg_terminate_backend(${String(pid)});`,
  }));
}

/** @throws UserError where the server does not ask the login for the password that it keeps */
async function checkMethod({ connection, root, version }: RootSession): Promise<void> {
  if (version < 160_000) return;
  const [row] = await connection.rows("SELECT coalesce(split_part(SYSTEM_USER, ':', 1), 'trust') AS method");
  const method = String(row?.['method']);
  if (['scram-sha-256', 'md5', 'password'].includes(method)) return;
  throw new UserError(`the server lets "${root.user}" in by ${method}, so a new password would be no new root`, {
    input: 'root',
    fix: 'Let pg_hba.conf ask this login for its password: scram-sha-256.',
  });
}

async function changePassword({ connection, root }: RootSession, password: string): Promise<void> {
  try {
    // Every role may change its own password, but not as the admin role. The server gets no plaintext.
    await connection.rows(`SET ROLE NONE; ALTER ROLE CURRENT_USER PASSWORD '${scramVerifier(password)}'`);
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    throw new UserError(`the server refused to change the password of "${root.user}"`, {
      input: 'root',
      said: messageOf(error),
      cause: error,
    });
  }
}
