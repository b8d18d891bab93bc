import { randomBytes } from 'node:crypto';
import { UserError } from './errors.ts';

declare const principalBrand: unique symbol;

/**
 * The name of a minted account, the same in every engine: `jl_<expiry>_<role>_<random>`, at most 32 characters of
 * `[a-z0-9_]` (32 is MySQL's limit for a user name), so it needs no quoting anywhere. Only {@link newPrincipal} and
 * {@link parsePrincipal} make one: a value of this type is safe to put into a statement and is one of ours to end.
 */
export type Principal = string & { readonly [principalBrand]: true };

const expiryLength = 7;
const roleLength = 7;
const randomLength = 13; // 36^13 > 2^67
const lastExpiry = 36 ** expiryLength - 1; // in the year 4453
const pattern = /^jl_([0-9a-z]{7})_([a-z0-9]{1,7})_([0-9a-z]{13})$/;

/**
 * The same pattern for a target's own regular expressions (POSIX), so that a list is narrowed there.
 * It must accept exactly what {@link parsePrincipal} accepts.
 */
export const principalPattern = '^jl_[0-9a-z]{7}_[a-z0-9]{1,7}_[0-9a-z]{13}$';

/**
 * Chooses the name for a new account.
 *
 * @param role the lease's role label; what of it is not `[a-z0-9]` is left out and the rest cut to 7 characters
 * @param expiry when the lease is first due to end, by the runner's clock. A hint for a quick look: the target's own
 *   record of the expiry is what counts.
 * @throws RangeError when it lies before 1970 or is too late to fit: nothing would find such a name again
 */
export function newPrincipal(role: string, expiry: Date): Principal {
  const seconds = Math.floor(expiry.getTime() / 1000);
  if (!(seconds >= 0 && seconds <= lastExpiry)) throw new RangeError('the expiry does not fit into a name');
  const time = seconds.toString(36).padStart(expiryLength, '0');
  const slug = role
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
    .slice(0, roleLength);
  return `jl_${time}_${slug === '' ? 'job' : slug}_${randomBase36(randomLength)}` as Principal;
}

/** @returns the text as a principal when it has the form of one of ours, otherwise undefined */
export function parsePrincipal(text: string): Principal | undefined {
  return pattern.test(text) ? (text as Principal) : undefined;
}

/** The initial expiry that a principal's name carries, by the clock of the runner that minted it. */
export function expiryInName(principal: Principal): Date {
  return new Date(Number.parseInt(principal.slice(3, 3 + expiryLength), 36) * 1000);
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
  const principal = parsePrincipal(name);
  if (!engineName.test(engine) || !roleLabel.test(role) || principal === undefined || rest.length > 0) {
    throw new UserError(`${JSON.stringify(text)} is not a lease id`, {
      input,
      fix: 'A lease id is the output "lease-id" of the step that minted: <engine>/<role>/<principal>.',
    });
  }
  return { engine, role, principal };
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
