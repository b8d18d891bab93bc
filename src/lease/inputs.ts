import { parseDuration } from './duration.ts';
import { UserError } from './errors.ts';

/**
 * One action input: the single place that says what it is called, what it defaults to and what it may hold. Parsing and
 * error texts come from here; `npm run build` makes `action.yml` and the tables in `docs/` from it.
 */
export interface Input<T> {
  /** one or two sentences for the person who writes the workflow; the same in `action.yml` */
  readonly description: string;
  /** what an empty input means; in `action.yml` the `default` */
  readonly default?: string;
  /** a workflow has to give it */
  readonly required?: true;
  /** what its text holds; default: `string` */
  readonly type?: ValueType;
  /** it says how to mint and is of no use afterwards, so it is not kept for the post step */
  readonly mintOnly?: true;
  /** @throws UserError naming the input */
  parse(text: string, name: string): T;
}

/** What the text of an input or output holds: `action-types.yml` says it to editors and generators of code. */
export type ValueType =
  'string' | 'boolean' | 'integer' | { readonly oneOf: readonly string[] } | { readonly separator: string };

/** One action output: its description, with its type where that is not `string`. */
export type Output = string | { readonly description: string; readonly type: ValueType };

/** Outputs by their names. */
export type OutputTable = Readonly<Record<string, Output>>;

/** Inputs by their names as written in a workflow. */
export type InputTable = Readonly<Record<string, Input<unknown>>>;

/** What {@link parseInputs} makes of a table. */
export type Inputs<Table extends InputTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Input<infer T> ? T : never;
};

/**
 * Reads every input of a table.
 *
 * @param read gives an input's text, `''` where the workflow does not set it
 * @throws UserError for the first input that does not parse
 */
export function parseInputs<Table extends InputTable>(table: Table, read: (name: string) => string): Inputs<Table> {
  const parsed = Object.entries(table).map(([name, input]) => {
    const given = read(name).trim();
    return [name, input.parse(given === '' ? (input.default ?? '') : given, name)];
  });
  return Object.fromEntries(parsed) as Inputs<Table>;
}

/** The parsed inputs as far as they matter after the mint: each `mintOnly` input is back at its default. */
export function mintOnlyCleared<Table extends InputTable>(table: Table, inputs: Inputs<Table>): Inputs<Table> {
  const cleared = Object.entries(table)
    .filter(([, input]) => input.mintOnly === true)
    .map(([name, input]) => [name, input.parse(input.default ?? '', name)]);
  return { ...inputs, ...(Object.fromEntries(cleared) as Partial<Inputs<Table>>) };
}

/** The same input, marked as one that only minting needs. */
export function mintOnly<T>(input: Input<T>): Input<T> {
  return { ...input, mintOnly: true };
}

/** The same input, marked as one that a workflow has to give. */
export function required<T>(input: Input<T>): Input<T> {
  return { ...input, required: true };
}

/** Any text, `''` when it is not set. */
export function text(description: string, fallback?: string): Input<string> {
  return { description, ...defaulting(fallback), parse: (value) => value };
}

/** Names separated by commas or lines. */
export function list(description: string): Input<string[]> {
  return {
    description,
    type: { separator: ',' },
    parse: (value) =>
      value
        .split(/[,\r\n]/)
        .map((item) => item.trim())
        .filter((item) => item !== ''),
  };
}

/** `true` or `false`, in the spellings of YAML 1.2's core schema. */
export function flag(description: string, fallback: boolean): Input<boolean> {
  return {
    description,
    default: String(fallback),
    type: 'boolean',
    parse(value, name) {
      if (/^(?:true|True|TRUE)$/.test(value)) return true;
      if (/^(?:false|False|FALSE)$/.test(value)) return false;
      throw new UserError(`${JSON.stringify(value)} is neither true nor false`, { input: name });
    },
  };
}

/** Whole seconds, from a duration such as `1h30m`. */
export function duration(description: string, fallback: string, least = 1): Input<number> {
  return { description, default: fallback, parse: (value, name) => parseDuration(value, name, least) };
}

/** A whole number from `least` to `most`. */
export function integer(description: string, fallback: number, [least, most]: [number, number]): Input<number> {
  return {
    description,
    default: String(fallback),
    type: 'integer',
    parse(value, name) {
      const number = Number(value);
      if (!/^-?\d+$/.test(value) || number < least || number > most) {
        throw new UserError(`${JSON.stringify(value)} is not a whole number from ${least} to ${most}`, { input: name });
      }
      return number;
    },
  };
}

function defaulting(fallback: string | undefined): { default?: string } {
  return fallback === undefined ? {} : { default: fallback };
}
