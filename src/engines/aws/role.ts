import { GetRoleCommand } from '@aws-sdk/client-iam';
import { caller, type Iam } from './user.ts';

/** The longest session that a role gives, in seconds; undefined where root may not look. */
export async function maximumOf(iam: Iam, RoleName: string): Promise<number | undefined> {
  try {
    const { Role } = await caller(iam)(new GetRoleCommand({ RoleName }));
    return Role?.MaxSessionDuration;
  } catch {
    // It only makes an error's text better, and the error is about something else.
    return undefined;
  }
}
