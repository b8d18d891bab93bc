import { messageOf, UserError } from '../../lease/errors.ts';
import { encodeRecord } from '../../lease/record.ts';
import { newPassword } from '../login/password.ts';
import { mentions, renderStatements } from '../login/statements.ts';
import type { Context, LeaseDraft, Minted } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { errorPosition, integer, names, quoteLiteral, quoteName, sqlState, sqlTime } from './connection.ts';
import { handOver } from './credential.ts';
import { isContention, isServerError, SQLSTATE } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { checkRights, isRefused, locking, warnOfLocks } from './rights.ts';
import { pins, type RootLogin, type RootSession } from './root-session.ts';
import { scramVerifier, type Verifier } from './verifier.ts';

/**
 * Mints a role in one message, so in one transaction: the role with its verifier and its expiry, its memberships, its
 * lease record, and what the user's own statements do.
 *
 * @throws UserError for a right that root lacks, an unknown group, or an error in the user's statements
 */
export async function mint(
  root: RootSession,
  draft: LeaseDraft,
  config: PostgresConfig,
  context: Context,
): Promise<Minted> {
  if (root.shutOut !== undefined) throw root.shutOut;
  const now = await checkRights(root, draft.principal, config['member-of'], context);
  const role = newRole(draft, context);
  const expiresAt = new Date((now + draft.ttl) * 1000);
  const message = composeMint(root, role, now, config);
  try {
    // A mint that collided with a parallel one was rolled back as a whole, so it is sent again.
    await retry(async () => await root.connection.rows(message.text), isContention, context.signal, context.retrying);
  } catch (error) {
    throw explain(error, message, role.verifier);
  }
  return handOver(root, { user: draft.principal, password: role.password }, config, expiresAt);
}

/**
 * Mints a role by the first message of a session. What root may lack is left to the server to refuse.
 *
 * @returns undefined where that takes more messages, or where it failed: {@link mint} may be able to, or says what is
 *   wrong. Where the answer was lost the role may be there, and then it cannot be made again
 */
export async function mintAtOnce(
  login: RootLogin,
  draft: LeaseDraft,
  config: PostgresConfig,
  context: Context,
): Promise<Minted | undefined> {
  // The user's statements must be read by the server as they are meant, and may name the expiry.
  if (login.shutOut !== undefined || config['creation-statements'] !== '') return undefined;
  const groups = config['member-of'];
  const role = newRole(draft, context);
  const text = `SET application_name = ${quoteLiteral(draft.principal)};
    DO ${quoteLiteral(`BEGIN IF ${isRefused(groups)} THEN RAISE insufficient_privilege; END IF; END`)};
    SELECT set_config('joblease.now', floor(extract(epoch FROM clock_timestamp()))::bigint::text, true);
    ${creation(role, "current_setting('joblease.now')::bigint", config)};
    SELECT current_setting('joblease.now') AS now, ${locking(groups)} AS locking`;
  let root, results;
  try {
    [root, results] = await login.prepare(text);
  } catch (error) {
    if (error instanceof UserError || context.signal.aborted) throw error;
    return undefined;
  }
  const row = results.at(-1)?.[0];
  warnOfLocks(names(row?.['locking']), context);
  const expiresAt = new Date((integer(row?.['now']) + draft.ttl) * 1000);
  return handOver(root, { user: draft.principal, password: role.password }, config, expiresAt);
}

interface NewRole {
  readonly draft: LeaseDraft;
  readonly password: string;
  readonly verifier: Verifier;
}

function newRole(draft: LeaseDraft, { mask }: Context): NewRole {
  const password = newPassword();
  mask?.([password]);
  return { draft, password, verifier: scramVerifier(password) };
}

interface MintMessage {
  readonly text: string;
  /** where in the text the user's statements stand, in characters */
  readonly statements: { readonly start: number; readonly text: string };
}

/** @param now in epoch seconds on the server's clock */
function composeMint(root: RootSession, role: NewRole, now: number, config: PostgresConfig): MintMessage {
  const statements = config['creation-statements'];
  const ours = creation(role, String(now), config);
  if (statements === '') return { text: ours, statements: { start: 0, text: '' } };

  // Statements that set a password make the role themselves, as Vault's do; all others find it made.
  const makeOwn = mentions(statements, 'password');
  const { principal, ttl } = role.draft;
  const values = { name: principal, password: role.verifier, expiration: sqlTime(new Date((now + ttl) * 1000)) };
  const theirs = renderStatements(statements, values, 'creation-statements');
  const before = makeOwn ? '' : `${ours};\n`;
  // They run as root, and so with root's search_path: with the path of the database they could call a function that a job
  // has put into a schema of it. After them the settings of root are made again, whatever they set.
  const after = `\n;${pins(root.actor)}${makeOwn ? `\n${ours}` : ''}`;
  const start = Array.from(root.connection.preamble + before).length;
  return { text: before + theirs + after, statements: { start, text: theirs } };
}

/** A statement that makes a lease's role. @param now an expression: epoch seconds on the server's clock */
function creation({ draft, verifier }: NewRole, now: string, config: PostgresConfig): string {
  const { principal, ttl, maxTtl, job } = draft;
  const name = quoteName(principal);
  const groups = config['member-of'];
  const listed = groups.map(quoteName).join(', ');
  const isTheirs = mentions(config['creation-statements'], 'password');
  const attributes = `LOGIN CONNECTION LIMIT ${config['connection-limit']} PASSWORD ${quoteLiteral(verifier)}`;
  const record = encodeRecord({
    v: 1,
    ...job,
    role: draft.role,
    iat: longest,
    exp: longest,
    max: longest,
    own: { heir: groups[0] ?? '' },
  });
  // The server knows what time it is. The times come last in a record.
  const [, untimed = ''] = /^(.*),"iat":\d+,"exp":\d+,"max":\d+\}$/.exec(record) ?? [];
  const times = `format(',"iat":%s,"exp":%s,"max":%s}', ${now}, ${now} + ${ttl}, ${now} + ${maxTtl})`;
  const statements = [
    ending(`${isTheirs ? 'ALTER' : 'CREATE'} ROLE ${name} ${attributes} VALID UNTIL `, `to_timestamp(${now} + ${ttl})`),
    ending(`COMMENT ON ROLE ${name} IS `, `${quoteLiteral(untimed)} || ${times}`),
    // The lease acts as the group, so it owns nothing itself that would keep it from being dropped.
    ...(groups.length === 1 ? [`ALTER ROLE ${name} SET role = ${quoteLiteral(groups[0] ?? '')};`] : []),
    // Last, because after each change of memberships the server has to look up anew all that root has.
    ...(groups.length === 0 ? [] : [`GRANT ${listed} TO ${name};`]),
  ];
  return `DO ${quoteLiteral(`BEGIN ${statements.join(' ')} END`)}`;
}

/** A statement of PL/pgSQL that runs one whose last part is a literal that only the server knows. @param value an expression */
function ending(head: string, value: string): string {
  return `EXECUTE ${quoteLiteral(head)} || quote_literal(${value});`;
}

/** Epoch seconds in the most digits that a lease's times have: the length of a record is judged before they are known. */
const longest = 9_999_999_999;

/** Says what went wrong in the user's statements, and where, by their own lines and columns. */
function explain(error: unknown, { statements }: MintMessage, verifier: Verifier): unknown {
  const state = sqlState(error);
  if (state === undefined || statements.text === '') return error;
  const input = 'creation-statements';
  const said = messageOf(error).replaceAll(verifier, '{{password}}');
  if (state === SQLSTATE.UNDEFINED_OBJECT && errorPosition(error) === undefined && /jl_/.test(said)) {
    const fix =
      'Statements that use {{password}} must begin with: CREATE ROLE "{{name}}" …; leave {{password}} out to have the role made for them.';
    return new UserError('they use {{password}} but do not create the role', { input, said, fix, cause: error });
  }
  const position = errorPosition(error);
  const offset = position === undefined ? undefined : position - 1 - statements.start;
  const characters = Array.from(statements.text);
  const inside = offset !== undefined && offset >= 0 && offset <= characters.length;
  const lines = characters
    .slice(0, inside ? offset : 0)
    .join('')
    .split('\n');
  const where = inside ? ` (line ${lines.length}, column ${Array.from(lines.at(-1) ?? '').length + 1})` : '';
  const { UNDEFINED_TABLE, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, INVALID_SCHEMA_NAME } = SQLSTATE;
  const isUnknown = isServerError(error, UNDEFINED_TABLE, UNDEFINED_FUNCTION, UNDEFINED_OBJECT, INVALID_SCHEMA_NAME);
  return new UserError(`the server refused the statements${where}`, {
    input,
    said: `${said} [${state}]`,
    ...(isUnknown
      ? { fix: 'Statements run with search_path = pg_catalog: name the schema of everything else, as in app.invoice.' }
      : {}),
    cause: error,
  });
}
