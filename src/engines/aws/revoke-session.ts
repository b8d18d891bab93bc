/** Revoking sessions of a role: a Deny for one session alone, as an inline policy of the role. */
import { DeleteRolePolicyCommand, ListRolePoliciesCommand, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { messageOf, UserError } from '../../lease/errors.ts';
import { expiryInName, parsePrincipal, type Principal } from '../../lease/name.ts';
import type { Revocation } from '../../lease/result.ts';
import type { Lease } from '../engine.ts';
import { awsCode, canHeal, explain, explained, isAccessDenied } from './errors.ts';
import { pages, unlessMissing, type Iam } from './iam.ts';
import { sessionName } from './mint-session.ts';
import { roleName } from './role.ts';

const prefix = 'joblease-deny-';

/**
 * When a session is over at the latest, in epoch seconds, as far as its name tells: it lives until the expiry there, but at
 * least 15 minutes, which may have begun later by as much as the runner's clock was behind.
 */
function endInName(principal: Principal): number {
  return expiryInName(principal).getTime() / 1000 + 20 * 60;
}

/** @param end when the session is over; in the policy's name where the principal's says too early an end */
function denyName(principal: Principal, end: number): string {
  return `${prefix}${principal}${end > endInName(principal) ? `-${end.toString(36)}` : ''}`;
}

/** @returns undefined for the name of another policy */
function readDenyName(name: string): { principal: Principal; end: number } | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const [text = '', end] = name.slice(prefix.length).split('-', 2);
  const principal = parsePrincipal(text);
  if (principal === undefined) return undefined;
  const read = { principal, end: end === undefined ? endInName(principal) : Number.parseInt(end, 36) };
  return denyName(principal, read.end) === name ? read : undefined;
}

/**
 * Denies everything to one session, or takes that Deny away when the session is over.
 *
 * @param ends when that is, as AWS said, where it is known
 */
export async function denySession(iam: Iam, principal: Principal, ends?: number): Promise<Revocation> {
  const end = ends ?? endInName(principal);
  if (end < iam.root.now()) {
    await deletePolicy(iam, denyName(principal, end));
    return { outcome: 'absent', sessionsEnded: 0 };
  }
  const RoleName = roleName(iam.root, iam.config);
  const command = new PutRolePolicyCommand({
    RoleName,
    PolicyName: denyName(principal, end),
    PolicyDocument: denyOf(sessionName(principal, iam.config)),
  });
  try {
    await iam.send(command).catch(async (error: unknown) => {
      if (awsCode(error) !== 'LimitExceeded') throw error;
      // 10,240 characters in all: room for about 60 of them. Those of sessions that are over make some.
      for await (const denied of listDenied(iam)) if (denied.over) await endDeny(iam, denied);
      await iam.send(command);
    });
    return { outcome: 'revoked', sessionsEnded: 1 };
  } catch (error) {
    return { outcome: 'failed', reason: reasonOf(error, RoleName), sessionsEnded: 0 };
  }
}

/** A Deny of everything for one session of the role. */
function denyOf(session: string): string {
  // aws:userid is <id of the role>:<name of the session>, and the name has the principal's random part in it.
  const Condition = { StringLike: { 'aws:userid': `*:${session}` } };
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition }],
  });
}

/** Why a session could not be denied. @throws what is no matter of this session alone */
function reasonOf(error: unknown, role: string): string {
  // Room could not be made.
  if (error instanceof UserError && !canHeal(error)) return messageOf(error);
  const code = awsCode(error);
  if (code === 'LimitExceeded')
    return `the inline policies of ${role} are full (10,240 characters): ${messageOf(error)}`;
  if (isAccessDenied(error) || code === 'NoSuchEntity') return messageOf(explain(error, 'role-arn'));
  throw explain(error, 'root');
}

/** Takes away the Deny for a session that is over. */
export async function endDeny(iam: Iam, { principal, expiresAt }: Lease): Promise<Revocation> {
  const end = expiresAt === undefined ? endInName(principal) : expiresAt.getTime() / 1000;
  if (end >= iam.root.now()) {
    return {
      outcome: 'disabled',
      reason: 'the session is not over, and the Deny that ended it has to stay until it is',
      sessionsEnded: 0,
    };
  }
  const isRemoved = await deletePolicy(iam, denyName(principal, end));
  return { outcome: isRemoved ? 'revoked' : 'absent', sessionsEnded: 0 };
}

/** A lease of which a Deny is left. */
export interface DeniedLease extends Lease {
  readonly remains: 'deny';
}

/** The sessions that are denied. */
export async function* listDenied(iam: Iam): AsyncGenerator<DeniedLease> {
  for await (const name of policyNames(iam)) {
    const denied = readDenyName(name);
    if (denied === undefined) continue;
    const { principal, end } = denied;
    const expiresAt = new Date(end * 1000);
    yield { principal, record: undefined, expiresAt, over: end < iam.root.now(), usable: false, remains: 'deny' };
  }
}

/** Policies of the role that are named nearly as ours are. */
export async function* likeDenies(iam: Iam): AsyncGenerator<string> {
  for await (const name of policyNames(iam)) {
    if (name.startsWith(prefix) && readDenyName(name) === undefined)
      yield `role/${roleName(iam.root, iam.config)}/${name}`;
  }
}

function policyNames({ send, root, config }: Iam): AsyncGenerator<string> {
  const request = { RoleName: roleName(root, config), MaxItems: 1000 };
  return pages(
    async (marker) => await send(new ListRolePoliciesCommand({ ...request, ...marker })).catch(explained('root')),
    ({ PolicyNames }) => PolicyNames,
  );
}

/** @returns whether it was there */
async function deletePolicy({ send, root, config }: Iam, PolicyName: string): Promise<boolean> {
  const command = new DeleteRolePolicyCommand({ RoleName: roleName(root, config), PolicyName });
  return await unlessMissing(send(command)).catch(explained('root'));
}
