/** The user of IAM whose access key is root, and what a rotation asks of it. */
import {
  DeleteAccessKeyCommand,
  GetAccessKeyLastUsedCommand,
  ListAccessKeysCommand,
  UpdateAccessKeyCommand,
} from '@aws-sdk/client-iam';
import { UserError } from '../../lease/errors.ts';
import type { Context, RotationTerms } from '../engine.ts';
import { awsCode, explain, explained, isAccessDenied, isKeyRefused } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import { openIam, pages, unlessMissing, type Iam } from './iam.ts';
import { identify, type RootSession } from './root-session.ts';
import type { AwsRoot } from './root.ts';

export const secondMs = 1000;
export const minuteMs = 60 * secondMs;

/** The root user of IAM, as the secret and AWS know it. */
export interface RootUser {
  readonly iam: Iam;
  readonly name: string;
  readonly terms: RotationTerms;
  /** the secret's lines */
  readonly lines: readonly AwsRoot[];
  /** the line that is in use: the first that AWS accepts */
  readonly current: AwsRoot;
  /** AWS's clock, epoch milliseconds */
  now(): number;
}

/** An access key as IAM lists it. */
export interface ListedKey {
  readonly id: string;
  readonly isActive: boolean;
  readonly made: Date;
}

/** @throws UserError when root is no user of IAM */
export function openUser(
  root: RootSession,
  lines: readonly AwsRoot[],
  config: AwsConfig,
  terms: RotationTerms,
  context: Context,
): RootUser {
  const current = lines.find((line) => line === root.key);
  if (current === undefined || !root.arn.includes(':user/')) {
    throw new UserError(`${root.arn} is no user of IAM, and joblease rotates the keys of no other`, {
      input: 'root',
      fix: 'Make a user of IAM for joblease, with the policy in docs/aws.md, and put its access key into the secret.',
    });
  }
  const started = Date.now();
  const runners = (): number => terms.now.getTime() + Date.now() - started;
  // In whole seconds, as AWS tells its time.
  const ahead = (): number => (root.now() - Math.floor(Date.now() / secondMs)) * secondMs;
  return {
    iam: openIam(root, config, context),
    name: root.arn.split('/').at(-1) ?? '',
    terms,
    lines,
    current,
    now: () => runners() + ahead(),
  };
}

/**
 * Puts right when the key in use was made, where the secret says that it is yet to come: a wrong clock once, or somebody's
 * hand, would keep the key in use until then. IAM knows better.
 */
export async function withPast(user: RootUser): Promise<RootUser> {
  const { current, lines } = user;
  const { joblease } = current;
  if (joblease?.made === undefined || Date.parse(joblease.made) <= user.now() + 5 * minuteMs) return user;
  const listed = (await listKeys(user)).find(({ id }) => id === current.accessKeyId);
  const corrected = { ...current, joblease: { ...joblease, made: rfc3339(listed?.made ?? new Date(user.now())) } };
  user.iam.context.warn(
    `The secret says that access key ${current.accessKeyId} was made on ${joblease.made}, which is yet to come; IAM says ${corrected.joblease.made}`,
  );
  return { ...user, current: corrected, lines: lines.map((line) => (line === current ? corrected : line)) };
}

/** All keys of the user, as IAM lists them. */
export async function listKeys({ iam, name }: RootUser): Promise<ListedKey[]> {
  const listed = pages(
    async (more) => await iam.send(new ListAccessKeysCommand({ UserName: name, ...more })).catch(explained('root')),
    ({ AccessKeyMetadata }) => AccessKeyMetadata,
  );
  const keys: ListedKey[] = [];
  for await (const { AccessKeyId = '', Status, CreateDate = new Date(0) } of listed)
    keys.push({ id: AccessKeyId, isActive: Status === 'Active', made: CreateDate });
  return keys;
}

/**
 * Looks at lines that are keys of nobody, or of somebody else. The predecessor itself is not tried: that would count as
 * a use of it.
 *
 * @throws UserError when a line is the key of another user
 */
export async function checkLines(
  { current, lines, name }: RootUser,
  keys: readonly ListedKey[],
  config: AwsConfig,
  context: Context,
): Promise<void> {
  const listed = new Set([current.accessKeyId, ...keys.map(({ id }) => id)]);
  for (const line of lines) {
    if (listed.has(line.accessKeyId)) continue;
    try {
      const { arn } = await identify(line, config, context);
      throw new UserError(`its lines are keys of different users: ${line.accessKeyId} belongs to ${arn}`, {
        input: 'root',
        fix: `One secret is the root of one user. Keep the keys of user "${name}" in it, or those of the other.`,
      });
    } catch (error) {
      if (!isKeyRefused(error)) throw explain(error, 'root');
    }
  }
}

/**
 * Whether root may do what is only needed later. AWS looks at the rights first, and then for the key: with one
 * that the user does not have a call is either denied, or finds nothing.
 */
export async function checkRights({ iam, name, current }: RootUser): Promise<void> {
  const nowhere = { UserName: name, AccessKeyId: `AKIA${'0'.repeat(16)}` };
  const { send } = iam;
  for (const attempt of [
    async () => await send(new GetAccessKeyLastUsedCommand({ AccessKeyId: current.accessKeyId })),
    async () => await send(new UpdateAccessKeyCommand({ ...nowhere, Status: 'Inactive' })),
    async () => await send(new DeleteAccessKeyCommand(nowhere)),
  ]) {
    await attempt().catch((error: unknown) => {
      if (isAccessDenied(error) || awsCode(error) === '') throw explain(error, 'root');
    });
  }
}

/** Deletes a key of the user. That it is gone already is as good. */
export async function deleteKey({ iam, name }: RootUser, id: string): Promise<void> {
  await unlessMissing(iam.send(new DeleteAccessKeyCommand({ UserName: name, AccessKeyId: id }))).catch(
    explained('root'),
  );
}

/** Whether a rotation made a key: only such a one may a rotation delete. */
export function isOurs({ lines }: RootUser, id: string): boolean {
  return lines.some(({ accessKeyId, joblease }) => accessKeyId === id && joblease?.made !== undefined);
}

/** When a key was last used, and for what. */
export interface Use {
  /** undefined for a key that was never used */
  readonly at: Date | undefined;
  readonly service: string;
  readonly region: string;
}

/** IAM tells it in whole minutes. */
export async function lastUse({ iam }: RootUser, id: string): Promise<Use> {
  const command = new GetAccessKeyLastUsedCommand({ AccessKeyId: id });
  const { AccessKeyLastUsed } = await iam.send(command).catch(explained('root'));
  const { LastUsedDate, ServiceName = '', Region = '' } = AccessKeyLastUsed ?? {};
  return { at: LastUsedDate, service: ServiceName, region: Region };
}

export function wasUsedAfter({ at }: Use, end: Date): boolean {
  return at !== undefined && at.getTime() > end.getTime();
}

/** For people. */
export function inWords({ at, service, region }: Use): string {
  return at === undefined ? 'never used' : `last used on ${rfc3339(at)} (${service}, ${region})`;
}

/** The user has two keys, and one of them is nothing that a rotation may take away. Says which is whose. */
export async function noRoom(user: RootUser, keys: readonly ListedKey[]): Promise<UserError> {
  const { current, lines, name } = user;
  const told = [];
  for (const { id, isActive, made } of keys) {
    const days = Math.round((user.now() - made.getTime()) / (1440 * minuteMs));
    const line = lines.findIndex(({ accessKeyId }) => accessKeyId === id);
    told.push(
      [
        `${id}: made on ${rfc3339(made)} (${days} days ago)${isOurs(user, id) ? ' by a rotation' : ''}`,
        isActive ? 'active' : 'inactive',
        inWords(await lastUse(user, id)),
        line < 0 ? 'in no line of the secret' : `line ${line + 1} of the secret`,
        ...(id === current.accessKeyId ? ['in use now'] : []),
        ...(line >= 0 && line < lines.indexOf(current) ? ['refused by AWS as the line has it'] : []),
      ].join(', '),
    );
  }
  const others = keys.filter(({ id }) => id !== current.accessKeyId);
  const unknown = others.some(({ id }) => lines.every(({ accessKeyId }) => accessKeyId !== id));
  const fix = [
    ...told,
    ...(unknown
      ? ['If another rotation has run since this run was queued, run it again: it gets the new secret.']
      : []),
    `Otherwise, once nobody needs the other key: ${others.map(({ id }) => deletion(name, id)).join('; ')}`,
  ];
  return new UserError(`user "${name}" has two access keys, and there is none that a rotation may delete`, {
    input: 'root',
    fix: fix.join('\n'),
  });
}

/** The command that deletes a key, for people. */
export function deletion(name: string, id: string): string {
  return `aws iam delete-access-key --user-name ${name} --access-key-id ${id}`;
}

/** The command that makes a key inactive. */
export function deactivation(name: string, id: string): string {
  return `aws iam update-access-key --status Inactive --user-name ${name} --access-key-id ${id}`;
}

/** The command that takes that back. */
export function activation(name: string, id: string): string {
  return `aws iam update-access-key --status Active --user-name ${name} --access-key-id ${id}`;
}

/** In whole seconds, as AWS tells its times. */
export function rfc3339(date: Date): string {
  return date.toISOString().replace(/\.\d+/, '');
}
