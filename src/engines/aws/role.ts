import { GetRoleCommand } from '@aws-sdk/client-iam';
import { roleName } from './role-name.ts';
import { caller, type Iam } from './user.ts';

/** The longest session that a role gives, in seconds; undefined where root may not look, as at a role of another account. */
export async function maximumOf(iam: Iam): Promise<number | undefined> {
  try {
    const RoleName = roleName(iam.root, iam.config);
    const { Role } = await caller(iam)(new GetRoleCommand({ RoleName }));
    return Role?.MaxSessionDuration;
  } catch {
    // It only makes an error's text better, and the error is about something else.
    return undefined;
  }
}
