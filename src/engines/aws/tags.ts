import type { LeaseRecord } from '../../lease/record.ts';
import type { AwsConfig } from './inputs.ts';

export interface Tag {
  readonly Key: string | undefined;
  readonly Value: string | undefined;
}

const prefix = 'joblease:';
/** Every minted user has it. */
export const versionTag = `${prefix}v`;
const holdingsKey = `${prefix}holds`;
const textFields = ['repo', 'job', 'workflow', 'actor', 'role'] as const;
const numberFields = ['v', 'repoId', 'run', 'attempt', 'checkRun', 'iat', 'exp', 'max'] as const;
const longestValue = 256;

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
  const fields = Object.fromEntries([...texts, ...numbers]);
  if (fields['v'] !== 1 || Object.values(fields).includes(undefined)) return undefined;
  return fields as unknown as LeaseRecord;
}

/** Kinds of thing that a mint gives a user beside its guard and its key. */
const kinds = ['policy', 'managed', 'arns', 'groups'] as const;

/** Which of them a user was given: an inline policy, a managed one of its own, those of others, groups. */
export type Holdings = Readonly<Record<(typeof kinds)[number], boolean>>;

export function holdingsIn(config: AwsConfig): Holdings {
  const hasPolicy = config['policy-document'] !== '';
  const isManaged = config['policy-as-managed'];
  return {
    policy: hasPolicy && !isManaged,
    managed: hasPolicy && isManaged,
    arns: config['policy-arns'].length > 0,
    groups: config['iam-groups'].length > 0,
  };
}

/** Tells a sweep, which has none of the mint's inputs, what to take away, so that it need not look for everything. */
export function holdingsTag(config: AwsConfig): { Key: string; Value: string } {
  const holdings = holdingsIn(config);
  return { Key: holdingsKey, Value: kinds.filter((kind) => holdings[kind]).join(' ') };
}

/** @returns undefined when the tags do not tell */
export function holdingsOf(tags: readonly Tag[]): Holdings | undefined {
  const value = tags.find(({ Key }) => Key === holdingsKey)?.Value;
  if (value === undefined) return undefined;
  const words = value.split(' ');
  const has = (kind: (typeof kinds)[number]): boolean => words.includes(kind);
  return { policy: has('policy'), managed: has('managed'), arns: has('arns'), groups: has('groups') };
}

/** Whether a tag is one of joblease's, of whatever version. */
export function isTagOfOurs({ Key = '' }: Tag): boolean {
  return Key.startsWith(prefix);
}

/** Cut at a whole character where it would be too long. */
function quote(text: string): string {
  let quoted = '';
  for (const character of text) {
    const next = /^[\w.:/+\-@ ]$/.test(character)
      ? character
      : [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
    if (quoted.length + next.length > longestValue) break;
    quoted += next;
  }
  return quoted;
}

function unquote(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text.replaceAll('%', '%25').replaceAll(/=(?=[0-9A-F]{2})/g, '%'));
  } catch {
    return undefined; // no UTF-8, so not from here
  }
}
