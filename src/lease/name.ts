import { randomBytes } from 'node:crypto';
import { UserError } from './errors.ts';

declare const principalBrand: unique symbol;

/**
 * The name of a minted account. Every form of it is `jl`, the expiry, a slug of the role where there is room, and at least
 * 64 random bits, in lower-case letters and digits with one kind of separator or none: so it needs no quoting anywhere,
 * and tells by itself when its lease was due to end. Only {@link newPrincipal}, {@link parsePrincipal} and
 * {@link isPrincipal} make one: a value of this type is safe to put into a statement and is one of ours to end.
 */
export type Principal = string & { readonly [principalBrand]: true };

/**
 * What a target's names can be: the form that an engine's principals have.
 *
 * Without a separator a name can be somebody's own by chance ("jl" and 18 letters). An engine of that form takes an
 * account for ours by its record, never by its name alone.
 */
export interface NameForm {
  /** between the parts; `''` where a target takes nothing but letters and digits, and then there is no slug */
  readonly separator: '_' | '-' | '';
  /** the most characters, from 20 on, with a separator from 22 on */
  readonly most: number;
}

/** `jl_<expiry>_<role>_<random>`, at most 32 characters, which is MySQL's limit for a user name. */
export const usualForm: NameForm = { separator: '_', most: 32 };

const randomLength = 13; // 36^13 > 2^67
const longestSlug = 7;

/** How an expiry is written: in seconds, or where that is too long in minutes, rounded up. */
const clocks = [
  { digits: 7, unitInSeconds: 1 }, // to the year 4453
  { digits: 5, unitInSeconds: 60 }, // to the year 2084
] as const;

/** Where the parts of a form's names end. */
interface Layout extends Pick<NameForm, 'separator'> {
  readonly clock: (typeof clocks)[number];
  /** characters of the slug; 0 for none */
  readonly slugLength: number;
}

/** @throws RangeError when there is no room for the expiry and 64 random bits */
function layoutOf({ separator, most }: NameForm): Layout {
  const room = most - 'jl'.length - randomLength - 2 * separator.length;
  const clock = clocks.find(({ digits }) => digits <= room);
  if (clock === undefined) throw new RangeError(`a name of ${most} characters holds no expiry and 64 random bits`);
  const rest = room - clock.digits - separator.length;
  return { separator, clock, slugLength: separator === '' ? 0 : Math.max(0, Math.min(longestSlug, rest)) };
}

/**
 * The names of a form, for a target's own regular expressions (POSIX), so that a list is narrowed there. It accepts exactly
 * what {@link parsePrincipal} accepts.
 */
export function patternOf(form: NameForm): string {
  const { separator, clock, slugLength } = layoutOf(form);
  const slug = slugLength === 0 ? '' : `[a-z0-9]{1,${slugLength}}${separator}`;
  return `^jl${separator}[0-9a-z]{${clock.digits}}${separator}${slug}[0-9a-z]{${randomLength}}$`;
}

/** {@link patternOf} the usual form. */
export const principalPattern = patternOf(usualForm);

/**
 * Chooses the name for a new account.
 *
 * @param role the lease's role label; what of it is not `[a-z0-9]` is left out, and the rest is cut to where there is room
 * @param expiry when the lease is first due to end, by the runner's clock. A hint for a quick look: the target's own
 *   record of the expiry is what counts.
 * @throws RangeError when it lies before 1970 or is too late to fit: nothing would find such a name again
 */
export function newPrincipal(role: string, expiry: Date, form = usualForm): Principal {
  const { separator, clock, slugLength } = layoutOf(form);
  const units = Math.ceil(Math.floor(expiry.getTime() / 1000) / clock.unitInSeconds);
  if (!(units >= 0 && units < 36 ** clock.digits)) throw new RangeError('the expiry does not fit into a name');
  const time = units.toString(36).padStart(clock.digits, '0');
  const slug = role
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, slugLength);
  const label = slugLength === 0 ? [] : [slug === '' ? 'job'.slice(0, slugLength) : slug];
  return ['jl', time, ...label, randomBase36(randomLength)].join(separator) as Principal;
}

/** @returns the text as a principal when it has the form of one of ours, otherwise undefined */
export function parsePrincipal(text: string, form = usualForm): Principal | undefined {
  return new RegExp(patternOf(form)).test(text) ? (text as Principal) : undefined;
}

const anyForm = /^jl(?:([_-])([0-9a-z]{7}|[0-9a-z]{5})(?:\1[a-z0-9]{1,7})?\1|([0-9a-z]{7}|[0-9a-z]{5}))[0-9a-z]{13}$/;

/** Whether a text has the form of a principal of some engine. */
export function isPrincipal(text: string): text is Principal {
  return anyForm.test(text);
}

/** The initial expiry that a principal's name carries, by the clock of the runner that minted it; up to a minute later. */
export function expiryInName(principal: Principal): Date {
  const [, , behindSeparator, behindPrefix] = anyForm.exec(principal) ?? [];
  const digits = behindSeparator ?? behindPrefix ?? '';
  const unitInSeconds = clocks.find((clock) => clock.digits === digits.length)?.unitInSeconds ?? 1;
  return new Date(Number.parseInt(digits, 36) * unitInSeconds * 1000);
}

/** What revoke, renew and lookup take, printed in clear: `<engine>/<role>/<principal>`. Not a secret. */
export interface LeaseId {
  readonly engine: string;
  readonly role: string;
  readonly principal: Principal;
}

const engineName = /^[a-z][a-z0-9_-]*$/;
const roleLabel = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export function formatLeaseId({ engine, role, principal }: LeaseId): string {
  return `${engine}/${role}/${principal}`;
}

/** @throws UserError naming `input` when the text is not a lease id */
export function parseLeaseId(text: string, input: string): LeaseId {
  const [engine = '', role = '', name = '', ...rest] = text.split('/');
  if (!engineName.test(engine) || !roleLabel.test(role) || !isPrincipal(name) || rest.length > 0) {
    throw new UserError(`${JSON.stringify(text)} is not a lease id`, {
      input,
      fix: 'A lease id is the output "lease-id" of the step that minted: <engine>/<role>/<principal>.',
    });
  }
  return { engine, role, principal: name };
}

/** @throws UserError when the label could not stand in a lease id */
export function parseRoleLabel(text: string, input: string): string {
  if (!roleLabel.test(text)) {
    throw new UserError(`${JSON.stringify(text)} cannot be a role label`, {
      input,
      fix: 'Use up to 63 letters, digits, ".", "_" and "-", beginning with a letter or a digit.',
    });
  }
  return text;
}

function randomBase36(length: number): string {
  let text = '';
  while (text.length < length) {
    // Bytes from 252 up would make the first four digits likelier than the others (252 = 7 × 36).
    for (const byte of randomBytes(length)) if (byte < 252) text += (byte % 36).toString(36);
  }
  return text.slice(0, length);
}
