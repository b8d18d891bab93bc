import { UserError } from '../../lease/errors.ts';
import type { Input } from '../../lease/inputs.ts';
import { rootLines } from '../../lease/receipt.ts';
import type { RootCredential } from '../engine.ts';

/** An access key, of a user or of a session. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface AwsRoot extends RootCredential, AccessKey {
  readonly joblease?: Marker;
}

/** What a rotation notes on a line of the secret, as `"Joblease"`: all that the next one can know of it. */
export interface Marker {
  /** a rotation was about to make the key's successor at this time (RFC 3339, AWS's clock) */
  readonly creating?: string;
  /** when a rotation made this key; a key without it was made by a person */
  readonly made?: string;
}

const form =
  'Write it as credential_process does, each in one line: {"Version":1,"AccessKeyId":"…","SecretAccessKey":"…"}.';

/** May be empty: then the OIDC token of the job or its environment is the root. */
export const rootInput: Input<readonly AwsRoot[]> = {
  description:
    'Root credential: an access key as JSON, {"Version":1,"AccessKeyId":"…","SecretAccessKey":"…"}. Several may be given, one per line: the first that AWS accepts is used. Empty: the role in "oidc-role-arn", or else the AWS_* variables of the environment.',
  parse(value, name) {
    const lines = rootLines(value);
    if (lines.length === 0) return [];
    // One key may stand on several lines, as `aws configure export-credentials` prints it.
    const whole = readJson(lines.join('\n'));
    if (whole !== undefined) return [parseRoot(whole, name, '')];
    return lines.map((line, i) => parseRoot(readJson(line), name, lines.length === 1 ? '' : ` in line ${i + 1}`));
  },
};

/** Its errors never repeat any of the text. */
function parseRoot(value: unknown, input: string, where: string): AwsRoot {
  const wrong = (problem: string): UserError => new UserError(`${problem}${where}`, { input, fix: form });
  if (typeof value !== 'object' || value === null) throw wrong('it is not an access key as JSON');
  const fields = value as Readonly<Record<string, unknown>>;
  const { AccessKeyId, SecretAccessKey, SessionToken, Joblease } = fields;
  if (fields['Version'] !== undefined && fields['Version'] !== 1) throw wrong('its "Version" is not 1');
  if (typeof AccessKeyId !== 'string' || !/^\w{16,128}$/.test(AccessKeyId))
    throw wrong('its "AccessKeyId" is missing or malformed');
  if (typeof SecretAccessKey !== 'string' || SecretAccessKey === '') throw wrong('its "SecretAccessKey" is missing');
  if (SessionToken !== undefined && !(typeof SessionToken === 'string' && /^[!-~]+$/.test(SessionToken)))
    throw wrong('its "SessionToken" is malformed');
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(SessionToken === undefined ? {} : { sessionToken: SessionToken }),
    ...(Joblease === undefined ? {} : { joblease: readMarker(Joblease) }),
    secrets: [SecretAccessKey, ...(SessionToken === undefined ? [] : [SessionToken])],
  };
}

/** One line of the secret, which {@link rootInput} reads back. */
export function formatRoot({ accessKeyId, secretAccessKey, sessionToken, joblease }: Omit<AwsRoot, 'secrets'>): string {
  return JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Joblease: joblease === undefined || Object.keys(joblease).length === 0 ? undefined : joblease,
  });
}

/** What is not as a rotation wrote it is left out: then the key counts as a person's, which is never deleted. */
function readMarker(value: unknown): Marker {
  const { creating, made } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return { ...(isTime(creating) ? { creating } : {}), ...(isTime(made) ? { made } : {}) };
}

function isTime(value: unknown): value is string {
  return (
    typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value) && Number.isFinite(Date.parse(value))
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** There is no root credential, nor anything that could stand in for one. */
export function missingRoot(): UserError {
  return new UserError('it is empty, and neither "oidc-role-arn" nor AWS_ACCESS_KEY_ID is set', {
    input: 'root',
    fix: 'Workflows triggered from a fork or by Dependabot get no secrets.',
  });
}
