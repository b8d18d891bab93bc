/** IAM as root: its calls, its lists, and what in it bears a lease's name. */
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { Principal } from '../../lease/name.ts';
import type { Context } from '../engine.ts';
import { connect, settings, type Connection } from './connection.ts';
import { isMissing } from './errors.ts';
import { guardPolicy } from './guard.ts';
import type { AwsConfig } from './inputs.ts';
import { pacerOf } from './pace.ts';
import { roleName } from './role.ts';
import type { RootSession } from './root-session.ts';

export interface Iam extends Connection<IAMClient> {
  readonly root: RootSession;
  readonly config: AwsConfig;
  readonly context: Context;
}

/** How far ahead of AWS's clock that of a runner may be that mints, and so the end in a name. */
export const allowedSkewSeconds = 300;

/** Users that this process made and did not see gone: IAM may not show them yet. */
export const made = new Set<Principal>();

export function openIam(root: RootSession, config: AwsConfig, context: Context): Iam {
  const client = new IAMClient(settings(root.key, config, 'iam'));
  return { ...connect(client, context, pacerOf(config['iam-endpoint'])), root, config, context };
}

/** What a list is asked for to begin after its last page. */
export type Marker = { readonly Marker?: string };

interface Page {
  readonly IsTruncated?: boolean | undefined;
  readonly Marker?: string | undefined;
}

/** Every item of a list in pages. @throws what `list` throws for any of them */
export async function* pages<Listed extends Page, Item>(
  list: (marker: Marker) => Promise<Listed>,
  itemsOf: (page: Listed) => readonly Item[] | undefined,
): AsyncGenerator<Item> {
  let marker: Marker | undefined = {};
  while (marker !== undefined) {
    const page: Listed = await list(marker);
    yield* itemsOf(page) ?? [];
    const { IsTruncated, Marker } = page;
    if (IsTruncated === true && Marker === undefined) throw new Error('IAM says that there is more, and not where');
    marker = IsTruncated === true && Marker !== undefined ? { Marker } : undefined;
  }
}

/** @returns false when what the call is about does not exist */
export async function unlessMissing(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** The policy that holds a lease's user to its lease. @param exp epoch seconds */
export function guardOf(iam: Iam, principal: Principal, exp: number, allowRoleChaining: boolean): string {
  const minted = [`${arnOf(iam, 'user')}*`, `${arnOf(iam, 'policy')}*`];
  return guardPolicy({ exp, userArn: userArn(iam, principal), minted, allowRoleChaining });
}

/** The managed policy that `policy-as-managed` makes. */
export function ownPolicyArn(iam: Iam, principal: Principal): string {
  return `${arnOf(iam, 'policy')}${principal}`;
}

export function userArn(iam: Iam, principal: Principal): string {
  return `${arnOf(iam, 'user')}${principal}`;
}

/** ARN of all that is below the path of minted users. */
function arnOf({ root, config }: Iam, kind: 'user' | 'policy'): string {
  return `arn:${root.partition}:iam::${root.account}:${kind}${config['user-path']}`;
}

/** The longest session that the role gives, in seconds; undefined where root may not look, as at a role of another account. */
export async function longestSessionSeconds({ send, root, config }: Iam): Promise<number | undefined> {
  try {
    const { Role } = await send(new GetRoleCommand({ RoleName: roleName(root, config) }));
    return Role?.MaxSessionDuration;
  } catch {
    // It only makes an error's text better, and the error is about something else.
    return undefined;
  }
}
