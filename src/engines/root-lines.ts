import { UserError } from '../lease/errors.ts';
import { rootLines } from '../lease/receipt.ts';

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
