import { messageOf, UserError } from '../../lease/errors.ts';
import type { Principal } from '../../lease/name.ts';
import { encodeRecord } from '../../lease/record.ts';
import { newPassword } from '../login/password.ts';
import { mentions, renderStatements } from '../login/statements.ts';
import type { Context, LeaseDraft, Minted } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { errorPosition, quoteLiteral, quoteName, sqlState, sqlTime } from './connection.ts';
import { handOver } from './credential.ts';
import { isContention, isServerError, SQLSTATE } from './errors.ts';
import type { PostgresConfig } from './inputs.ts';
import { checkRights } from './rights.ts';
import { pins, type RootSession } from './root-session.ts';
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
  const groups = config['member-of'];
  const now = await checkRights(root, draft.principal, groups, context);
  const expiresAt = new Date((now + draft.ttl) * 1000);
  const record = encodeRecord({
    v: 1,
    ...draft.job,
    role: draft.role,
    iat: now,
    exp: now + draft.ttl,
    max: now + draft.maxTtl,
    own: { heir: groups[0] ?? '' },
  });
  const password = newPassword();
  context.mask?.([password]);
  const verifier = scramVerifier(password);
  const message = composeMint(root, { principal: draft.principal, verifier, expiresAt, record }, config);
  try {
    // A mint that collided with a parallel one was rolled back as a whole, so it is sent again.
    await retry(async () => await root.connection.rows(message.text), isContention, context.signal, context.retrying);
  } catch (error) {
    throw explain(error, message, verifier);
  }
  return handOver(root, { user: draft.principal, password }, config, expiresAt);
}

interface MintMessage {
  readonly text: string;
  /** where in the text the user's statements stand, in characters */
  readonly statements: { readonly start: number; readonly text: string };
}

interface NewRole {
  readonly principal: Principal;
  readonly verifier: Verifier;
  readonly expiresAt: Date;
  /** as it is written on the target */
  readonly record: string;
}

function composeMint(
  root: RootSession,
  { principal, verifier, expiresAt, record }: NewRole,
  config: PostgresConfig,
): MintMessage {
  const name = quoteName(principal);
  const expiration = sqlTime(expiresAt);
  const statements = config['creation-statements'];
  // Statements that set a password make the role themselves, as Vault's do; all others find it made.
  const makeOwn = mentions(statements, 'password');

  const attributes = `LOGIN CONNECTION LIMIT ${config['connection-limit']} PASSWORD ${quoteLiteral(verifier)} VALID UNTIL ${quoteLiteral(expiration)}`;
  const groups = config['member-of'].map(quoteName);
  const ours = [
    `${makeOwn ? 'ALTER' : 'CREATE'} ROLE ${name} ${attributes}`,
    `COMMENT ON ROLE ${name} IS ${quoteLiteral(record)}`,
    ...(groups.length > 0 ? [`GRANT ${groups.join(', ')} TO ${name}`] : []),
    // The lease acts as the group, so it owns nothing itself that would keep it from being dropped.
    ...(groups.length === 1 ? [`ALTER ROLE ${name} SET role = ${quoteLiteral(config['member-of'][0] ?? '')}`] : []),
  ].join(';\n');
  if (statements === '') return { text: ours, statements: { start: 0, text: '' } };

  const values = { name: principal, password: verifier, expiration };
  const theirs = renderStatements(statements, values, 'creation-statements');
  const before = makeOwn ? '' : `${ours};\n`;
  // They run as root, and so with root's search_path: with the path of the database they could call a function that a job
  // has put into a schema of it. After them the settings of root are made again, whatever they set.
  const after = `\n;${pins(root.actor)}${makeOwn ? `\n${ours}` : ''}`;
  const start = Array.from(root.connection.preamble + before).length;
  return { text: before + theirs + after, statements: { start, text: theirs } };
}

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
