import { appRole, startAwsTarget, type AwsTarget } from './aws-target.ts';
import { contract, type Capabilities } from './contract.ts';

/** @param inputs in place of those for an `iam_user` */
async function assuming(inputs: Readonly<Record<string, string>>): Promise<AwsTarget> {
  const target = await startAwsTarget();
  const session = { 'credential-type': 'assumed_role', 'role-arn': appRole, 'permissions-boundary-arn': '' };
  return { ...target, inputs: { ...target.inputs, ...session, ...inputs } };
}

/** STS keeps no list of the sessions it gives, moves no end, and lets no session end itself. */
const stateless: Partial<Capabilities> = { records: false, renews: false, endsItself: false };

contract('AWS, iam_user', async () => await startAwsTarget(), { ownEnd: 'expiring' });
contract('AWS, assumed_role', async () => await assuming({}), { ...stateless, revoke: 'waits' });
contract('AWS, assumed_role with revoke-sessions', async () => await assuming({ 'revoke-sessions': 'true' }), {
  ...stateless,
  revoke: 'denies',
});
