/** Which job a lease belongs to, as GitHub names things. Empty text or 0 where the runner does not know. */
export interface JobIdentity {
  /** `owner/name` */
  readonly repo: string;
  readonly repoId: number;
  readonly run: number;
  readonly attempt: number;
  /** the job's key in the workflow file; not unique within a run */
  readonly job: string;
  /** REST id of the job: unique per job, attempt and matrix leg; 0 on GitHub Enterprise Server */
  readonly checkRun: number;
  readonly workflow: string;
  readonly actor: string;
}

/** What a minted account says about itself in its target: who it was minted for and until when. Holds no secret. */
export interface LeaseRecord extends JobIdentity {
  readonly v: 1;
  /** the lease's role label */
  readonly role: string;
  /** minted at, epoch seconds on the target's clock */
  readonly iat: number;
  /** ends at, epoch seconds on the target's clock */
  readonly exp: number;
  /** no renewal goes past this, epoch seconds on the target's clock */
  readonly max: number;
  /** what only the engine itself reads, by names that no other field has; on the target it stands beside the others */
  readonly own?: Readonly<Record<string, string>>;
}

/** The size that an encoded record never exceeds, in bytes. */
export const recordLimit = 1024;

const textFields = ['repo', 'job', 'workflow', 'actor', 'role'] as const;
const times = ['iat', 'exp', 'max'] as const;
const numberFields = ['repoId', 'run', 'attempt', 'checkRun', ...times] as const;
const commonFields = new Set<string>(['v', ...textFields, ...numberFields]);
/** What a field of an engine's own may be called. */
const ownName = /^[a-z][A-Za-z]*$/;
/** What may be shortened, least useful first: who asked and where can also be found by run and check run. */
const expendable = ['workflow', 'job', 'actor'] as const;

/**
 * Encodes a record as at most {@link recordLimit} bytes of printable ASCII JSON, whatever text GitHub supplied: other
 * characters are escaped, because a target's encoding may lack them. Where it would be too long the workflow's, the
 * job's and the actor's names are shortened, in this order.
 */
export function encodeRecord(record: LeaseRecord): string {
  let fitting: LeaseRecord = record;
  for (const field of expendable) {
    while (asciiJson(fitting).length > recordLimit && fitting[field] !== '') {
      fitting = { ...fitting, [field]: fitting[field].slice(0, Math.floor(fitting[field].length / 2)) };
    }
  }
  const text = asciiJson(fitting);
  if (text.length > recordLimit) throw new RangeError(`a lease record of ${text.length} bytes does not fit`);
  return text;
}

/** @returns the record, or undefined when the text is not one that {@link encodeRecord} could have written */
export function decodeRecord(text: string): LeaseRecord | undefined {
  if (text.length > recordLimit) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = value as Record<string, unknown>;
  if (fields['v'] !== 1) return undefined;
  const own = Object.entries(fields).filter(([name]) => !commonFields.has(name));
  if (!own.every(([name, told]) => ownName.test(name) && typeof told === 'string')) return undefined;
  if (!textFields.every((name) => typeof fields[name] === 'string')) return undefined;
  if (!numberFields.every((name) => Number.isSafeInteger(fields[name]))) return undefined;
  if (!times.every((name) => isTime(fields[name]))) return undefined;
  const common = Object.entries(fields).filter(([name]) => commonFields.has(name));
  const record = Object.fromEntries(common) as unknown as LeaseRecord;
  return own.length === 0 ? record : { ...record, own: Object.fromEntries(own) as Record<string, string> };
}

/** Whether epoch seconds are a time that a Date can hold. */
export function isTime(seconds: unknown): boolean {
  return typeof seconds === 'number' && !Number.isNaN(new Date(seconds * 1000).getTime());
}

function asciiJson({ own = {}, ...record }: LeaseRecord): string {
  const names = Object.keys(own);
  if (!names.every((name) => ownName.test(name) && !commonFields.has(name))) {
    throw new RangeError('a field of the engine has a name that it may not have');
  }
  const json = JSON.stringify({ ...own, ...record }, ['v', ...textFields, ...names, ...numberFields]);
  return json.replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
