import type { LeaseRecord } from '../../lease/record.ts';

export interface Tag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

const prefix = 'joblease:';
const textFields = ['repo', 'job', 'workflow', 'actor', 'role'] as const;
const numberFields = ['v', 'repoId', 'run', 'attempt', 'checkRun', 'iat', 'exp', 'max'] as const;
const longest = 256;

/**
 * The lease record as tags, one per field, so that policies can refer to them. A tag's value takes letters, digits,
 * spaces and `_.:/=+-@`; all else is written as `=` and two hexadecimal digits per byte (RFC 2045's quoted-printable).
 */
export function recordTags(record: LeaseRecord): { Key: string; Value: string }[] {
  return [...textFields, ...numberFields].map((field) => ({
    Key: `${prefix}${field}`,
    Value: quote(String(record[field])),
  }));
}

/** @returns undefined when the tags are not a record of ours */
export function recordOf(tags: readonly Tag[]): LeaseRecord | undefined {
  const values = new Map(tags.map(({ Key = '', Value = '' }) => [Key, Value]));
  const texts = textFields.map((field): [string, unknown] => [field, unquote(values.get(`${prefix}${field}`))]);
  const numbers = numberFields.map((field): [string, unknown] => {
    const text = values.get(`${prefix}${field}`) ?? '';
    return [field, /^\d{1,15}$/.test(text) ? Number(text) : undefined];
  });
  const fields = Object.fromEntries([...texts, ...numbers, ['heir', '']]);
  if (fields['v'] !== 1 || Object.values(fields).includes(undefined)) return undefined;
  return fields as unknown as LeaseRecord;
}

/** Cut at a whole character where it would be too long. */
function quote(text: string): string {
  let quoted = '';
  for (const character of text) {
    const next = /^[\w.:/+\-@ ]$/.test(character)
      ? character
      : [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
    if (quoted.length + next.length > longest) break;
    quoted += next;
  }
  return quoted;
}

function unquote(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  return decodeURIComponent(text.replaceAll('%', '%25').replaceAll(/=(?=[0-9A-F]{2})/g, '%'));
}
