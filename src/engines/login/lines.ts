import { UserError } from '../../lease/errors.ts';
import { rootLines } from '../../lease/receipt.ts';

/**
 * Takes the input `root` apart: one root credential per line.
 *
 * @param parse reads one; `where` says which line it is, `''` when there is only one, for its error texts
 * @param form how to write one, for the error text
 * @throws UserError naming the input when there is none
 */
export function parseRootLines<Root>(
  value: string,
  input: string,
  form: string,
  parse: (line: string, where: string) => Root,
): Root[] {
  const lines = rootLines(value);
  if (lines.length === 0) {
    throw new UserError('it is empty', {
      input,
      fix: `${form} Workflows triggered from a fork or by Dependabot get no secrets.`,
    });
  }
  return lines.map((line, i) => parse(line, lines.length === 1 ? '' : ` in line ${i + 1}`));
}

/** Advice for a URL in which something should have been percent-encoded. */
export const encode = 'Percent-encode what is not a letter, digit, "-", "." or "_" in the user name and the password.';

/**
 * A raw question mark ends the part of a URL that holds the password, so the rest seems to have no user.
 *
 * @returns what is wrong with a URL without a user name, and what to do
 */
export function missingUser(query: string, form: string): [problem: string, fix: string] {
  if (!query.includes('@')) return ['the user name is missing', form];
  return ['a "?" stands before the "@"', `In the user name and the password a "?" is written %3F. ${encode}`];
}

/**
 * What is wrong with a parameter that is not read, and what to do.
 *
 * @param foreign what to do about parameters that URLs of hosting services and other clients do have
 */
export function unknownParameter(
  name: string,
  foreign: Readonly<Record<string, string>>,
  supported: readonly string[],
): [problem: string, fix: string] {
  const advice = Object.entries(foreign).find(([names]) => names.split(' ').includes(name))?.[1];
  if (advice !== undefined) return [`the parameter "${name}" is not supported`, advice];
  // It can be part of a password that has a raw "?" or "&" in it, so it is not shown.
  const all = supported.length === 1 ? `Supported is ${supported[0]}.` : `Supported are ${supported.join(', ')}.`;
  return ['a parameter is not supported', `${all} ${encode}`];
}
