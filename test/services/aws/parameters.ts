import { AwsError, validationError } from './errors.ts';

/** The parameters of a query-protocol request, such as `Tags.member.1.Key=a`. */
export class Parameters {
  readonly #values: URLSearchParams;

  constructor(body: string) {
    this.#values = new URLSearchParams(body);
  }

  get action(): string {
    return this.#values.get('Action') ?? '';
  }

  optional(name: string): string | undefined {
    return this.#values.get(name) ?? undefined;
  }

  required(name: string): string {
    const value = this.#values.get(name);
    if (value === null) throw validationError('null', lowerFirst(name), 'Member must not be null');
    return value;
  }

  /** A name of a user, key, policy or group. */
  name(name: string, longest = 64): string {
    const value = this.required(name);
    if (!/^[\w+=,.@-]+$/.test(value)) {
      const pattern = String.raw`[\w+=,.@-]+`;
      throw new AwsError(
        'ValidationError',
        `The specified value for ${lowerFirst(name)} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_- (${pattern})`,
      );
    }
    if (value.length > longest) {
      throw validationError(value, lowerFirst(name), `Member must have length less than or equal to ${longest}`);
    }
    return value;
  }

  integer(name: string, [least, most]: [number, number], fallback: number): number {
    const text = this.#values.get(name);
    const value = text === null ? fallback : Number(text);
    if (value < least)
      throw validationError(
        String(value),
        lowerFirst(name),
        `Member must have value greater than or equal to ${least}`,
      );
    if (value > most)
      throw validationError(String(value), lowerFirst(name), `Member must have value less than or equal to ${most}`);
    return value;
  }

  /** `Tags.member.N.Key` and `.Value`. */
  tags(): Map<string, string> {
    const tags = new Map<string, string>();
    const pairs = this.members('Tags', 'Key').map((key, i): [string, string] => [
      key,
      this.members('Tags', 'Value')[i] ?? '',
    ]);
    if (pairs.length > 50) throw validationError('tags', 'tags', 'Member must have length less than or equal to 50');
    const pattern = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
    for (const [key, value] of pairs) {
      if (key.length > 128)
        throw validationError(key, 'tags.1.member.key', 'Member must have length less than or equal to 128');
      if (value.length > 256)
        throw validationError(value, 'tags.1.member.value', 'Member must have length less than or equal to 256');
      if (!pattern.test(key) || !pattern.test(value)) {
        throw validationError(
          value,
          'tags.1.member.value',
          String.raw`Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*`,
        );
      }
      if ([...tags.keys()].some((other) => other.toLowerCase() === key.toLowerCase()))
        throw new AwsError('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.');
      tags.set(key, value);
    }
    return tags;
  }

  /** `<list>.member.N`, or `<list>.member.N.<field>`. */
  members(list: string, field?: string): string[] {
    const found: string[] = [];
    for (let i = 1; ; i++) {
      const value = this.#values.get(`${list}.member.${i}${field === undefined ? '' : `.${field}`}`);
      if (value === null) return found;
      found.push(value);
    }
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
