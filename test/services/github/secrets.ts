/** The secrets of one repository, environment or organization: sealed boxes that this side can open. */
import sodium from 'libsodium-wrappers';
import { Refusal } from './refusal.ts';

export type Visibility = 'all' | 'private' | 'selected';

export interface Secret {
  readonly name: string;
  readonly created_at: string;
  updated_at: string;
  /** every value that was stored, in order; the last one is what a job gets */
  readonly history: string[];
  /** of an organization's secret */
  visibility?: Visibility;
  /** ids of repositories, where the visibility is `selected` */
  selected?: number[];
}

export interface SecretStore {
  /** by the name in upper case, because GitHub's names are not case sensitive */
  readonly secrets: Map<string, Secret>;
  publicKey(): { readonly key_id: string; readonly key: string };
  /** A new key pair: boxes for the old one are refused from now on. */
  rotateKey(): void;
  /** What is in a sealed box for the current key. */
  open(keyId: string, encrypted: string): string;
}

/** `await sodium.ready` comes first. */
export function createSecretStore(): SecretStore {
  let pair = sodium.crypto_box_keypair();
  let keyId = newKeyId();
  return {
    secrets: new Map(),
    publicKey: () => ({ key_id: keyId, key: Buffer.from(pair.publicKey).toString('base64') }),
    rotateKey() {
      pair = sodium.crypto_box_keypair();
      keyId = newKeyId();
    },
    open(id, encrypted) {
      if (id !== keyId) throw new Refusal(422, 'Invalid key_id: the public key has changed');
      try {
        return sodium.to_string(
          sodium.crypto_box_seal_open(Buffer.from(encrypted, 'base64'), pair.publicKey, pair.privateKey),
        );
      } catch {
        throw new Refusal(422, 'Bad request - improperly encrypted secret');
      }
    },
  };
}

/** @returns whether it is new */
export function store(secrets: SecretStore, name: string, value: string | undefined, now: string): boolean {
  const existing = secrets.secrets.get(name.toUpperCase());
  if (value === undefined) {
    if (existing === undefined) throw new Refusal(422, 'Invalid request.\n\n"encrypted_value" wasn\'t supplied.');
    existing.updated_at = now;
    return false;
  }
  checkName(name);
  // https://docs.github.com/en/actions/reference/security/secrets#limits-for-secrets
  if (Buffer.byteLength(value) > 48 * 1024) throw new Refusal(422, 'Secret value is larger than 48 KB');
  if (existing === undefined) {
    const upper = name.toUpperCase();
    secrets.secrets.set(upper, { name: upper, created_at: now, updated_at: now, history: [value] });
    return true;
  }
  existing.history.push(value);
  existing.updated_at = now;
  return false;
}

function checkName(name: string): void {
  if (/^GITHUB_/i.test(name)) throw new Refusal(422, 'Secret names must not start with GITHUB_.');
  if (/^[A-Z_][A-Z0-9_]*$/i.test(name)) return;
  throw new Refusal(
    422,
    'Secret names can only contain alphanumeric characters ([a-z], [A-Z], [0-9]) or underscores (_). ' +
      'Spaces are not allowed. Must start with a letter ([a-z], [A-Z]) or underscores (_).',
  );
}

function newKeyId(): string {
  return `568250${Math.floor(Math.random() * 1e12)
    .toString()
    .padStart(12, '0')}`;
}
