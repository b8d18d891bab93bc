import { UserError } from '../../lease/errors.ts';

/** What free statements may refer to. Each value has an alphabet that no quoting changes (see {@link renderStatements}). */
export interface StatementValues {
  /** the principal's name, for `{{name}}` (Vault) and `{{username}}` (Infisical) */
  readonly name: string;
  /** what the target stores for the password, for `{{password}}`: a verifier, never the plaintext */
  readonly password: string;
  /** the expiry as the target writes times, for `{{expiration}}` */
  readonly expiration: string;
}

const variable = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;
const known = ['name', 'username', 'password', 'expiration'];

/**
 * Puts the values into free statements, the only thing that joblease does to them: the text goes whole to the server's
 * own parser.
 *
 * Values are not quoted here, because the statements already quote them (`'{{password}}'`, `"{{name}}"`). Instead a
 * value may only hold characters that end no SQL literal, quoted identifier or comment, in any SQL mode.
 *
 * @param values for each variable that the statements may use; a variable without a value is reported like an unknown one
 * @throws UserError naming `input` for a variable that does not exist
 */
export function renderStatements(text: string, values: Partial<StatementValues>, input: string): string {
  const byName = new Map<string, string | undefined>(Object.entries({ ...values, username: values.name }));
  return text.replaceAll(variable, (_, name: string) => {
    const value = byName.get(name);
    if (value === undefined) {
      const usable = known.filter((each) => byName.get(each) !== undefined).map((each) => `{{${each}}}`);
      throw new UserError(`there is no variable {{${name}}}`, { input, fix: `There are ${usable.join(', ')}.` });
    }
    if (!/^[\w :+/=$.-]*$/.test(value) || value.includes('--')) {
      throw new RangeError(`the value for {{${name}}} holds characters that a statement could misread`);
    }
    return value;
  });
}

/** Whether the statements use a variable. */
export function mentions(text: string, name: keyof StatementValues): boolean {
  return [...text.matchAll(variable)].some(([, found]) => found === name);
}
