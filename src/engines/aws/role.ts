import { UserError } from '../../lease/errors.ts';
import type { AwsConfig } from './inputs.ts';
import type { RootSession } from './root-session.ts';

/** The role whose sessions are minted. It may be of any account. */
export function roleArn(config: AwsConfig): string {
  return config['role-arn'] === '' ? config['oidc-role-arn'] : config['role-arn'];
}

/**
 * The name by which root reads and writes the role. IAM looks for it in the caller's own account, whatever the ARN says.
 *
 * @throws UserError when the role is of another account, where root has no say: in its own another role may be called so
 */
export function roleName({ account, partition }: RootSession, config: AwsConfig): string {
  const arn = roleArn(config);
  const [, of = '', , , owner = ''] = arn.split(':');
  if (of === partition && owner === account) return arn.split('/').at(-1) ?? '';
  throw new UserError(
    `${arn} is of account ${owner} (${of}), and root is of ${account} (${partition}): it can put no policy on that role`,
    {
      input: 'revoke-sessions',
      fix: `Give a root of account ${owner}, or leave it out: the session ends by itself.`,
      untouched: true,
    },
  );
}
