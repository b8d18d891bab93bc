import { format, resolveConfig } from 'prettier';
import { stringify } from 'yaml';

const options = { lineWidth: 0, blockQuote: false, aliasDuplicateObjects: false };

/** A map as YAML, with quotes only where its texts need them. */
export function plain(map: object): string {
  return stringify(map, options);
}

/** A map as YAML, with all its texts in quotes. */
export function quoted(map: object): string {
  return stringify(map, { ...options, defaultStringType: 'QUOTE_SINGLE', defaultKeyType: 'PLAIN' });
}

/** The parts of a YAML file, as `npm run format` would have them. */
export async function yamlFile(...parts: string[]): Promise<string> {
  return await format(parts.join(''), { ...(await resolveConfig(import.meta.filename)), parser: 'yaml' });
}

/** The same map with each value changed. */
export function mapped<Before, After>(
  map: Readonly<Record<string, Before>>,
  change: (value: Before, key: string) => After,
): Record<string, After> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
