/** What a gate answers: JSON, written by the target, so read strictly. */
import { isTime } from '../../lease/record.ts';

/** What a job has to know before it asks GitHub for a token. */
export interface Hello {
  /** version of the calls */
  readonly v: number;
  /** what the audience of each token begins with */
  readonly name: string;
  readonly issuer: string;
  /** SHA-256 of the modulus of each signing key that the gate knows, in hex, by the key's id */
  readonly keys: ReadonlyMap<string, string>;
}

/** A lease as the gate has minted or renewed it; times in epoch seconds on the target's clock. */
export interface GateLease {
  readonly iat: number;
  readonly exp: number;
  /** no renewal goes past this */
  readonly max: number;
  /** groups that it is a member of */
  readonly groups: readonly string[];
  /** seconds within which a scheduler on the server was seen to end what is over; undefined where none was */
  readonly clockSeconds: number | undefined;
}

/** What has become of a lease by a sweep. */
export interface Swept {
  readonly state: 'gone' | 'disabled' | 'live' | 'unknown';
  readonly reason: string | undefined;
  /** how many sessions were told to end, and how many are left in spite of that */
  readonly sessions: number;
  readonly left: number;
}

/** A lease as the gate lists it. */
export interface ListedLease {
  readonly principal: string;
  /** as {@link decodeRecord} takes it */
  readonly record: string;
  readonly exp: number;
  readonly over: boolean;
}

/** The gate has said no. */
export class Refusal extends Error {
  /** whether the same call may succeed a moment later */
  readonly busy: boolean;

  constructor(reason: string, busy: boolean) {
    super(reason);
    this.name = 'Refusal';
    this.busy = busy;
  }
}

/** An answer whose fields are still to be read. */
export type Fields = Readonly<Record<string, unknown>>;

/** @throws Refusal when the gate has said no; Error when this is no answer of a gate's */
export function readAnswer(text: unknown): Fields {
  const answer = asFields(typeof text === 'string' ? JSON.parse(text) : text);
  if (answer['ok'] === true) return answer;
  if (answer['ok'] !== false) throw strange();
  throw new Refusal(asText(answer['reason']), answer['busy'] === true);
}

export function readHello(text: unknown): Hello {
  const { v, name, issuer, keys } = asFields(typeof text === 'string' ? JSON.parse(text) : text);
  const hashes = Object.entries(asFields(keys)).map(([kid, hash]) => [kid, asText(hash)] as const);
  return { v: asCount(v), name: asText(name), issuer: asText(issuer), keys: new Map(hashes) };
}

export function readLease({ iat, exp, max, groups, clock }: Fields): GateLease {
  if (!Array.isArray(groups)) throw strange();
  const seconds = clock === null ? undefined : asCount(clock);
  return { iat: asTime(iat), exp: asTime(exp), max: asTime(max), groups: groups.map(asText), clockSeconds: seconds };
}

export function readSwept({ state, reason, sessions, left }: Fields): Swept {
  if (state !== 'gone' && state !== 'disabled' && state !== 'live' && state !== 'unknown') throw strange();
  return {
    state,
    reason: reason === undefined ? undefined : asText(reason),
    sessions: asCount(sessions),
    left: asCount(left),
  };
}

export function readLeases({ leases }: Fields): ListedLease[] {
  if (!Array.isArray(leases)) throw strange();
  return leases.map(asFields).map(({ principal, record, exp, over }) => {
    if (typeof over !== 'boolean') throw strange();
    return { principal: asText(principal), record: JSON.stringify(asFields(record)), exp: asTime(exp), over };
  });
}

/** From when on a key is good, in epoch seconds. */
export function readFrom({ from }: Fields): number {
  return asTime(from);
}

/** Rows of the audit, each with its number as `id`. */
export function readRows({ rows }: Fields): (Fields & { readonly id: number })[] {
  if (!Array.isArray(rows)) throw strange();
  return rows.map(asFields).map((row) => ({ ...row, id: asCount(row['id']) }));
}

function asFields(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw strange();
  return value as Fields;
}

function asText(value: unknown): string {
  if (typeof value !== 'string') throw strange();
  return value;
}

function asCount(value: unknown): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw strange();
  return Number(value);
}

function asTime(value: unknown): number {
  if (!Number.isSafeInteger(value) || !isTime(value)) throw strange();
  return Number(value);
}

function strange(): Error {
  return new Error('the gate gave an answer that no gate gives');
}

/** An RSA key as its issuer publishes it. */
export interface PublishedKey {
  readonly kid: string;
  /** the modulus in base64url */
  readonly n: string;
}
