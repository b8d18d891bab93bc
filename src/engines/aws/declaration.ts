import { UserError } from '../../lease/errors.ts';
import type { EngineDeclaration } from '../engine.ts';
import { awsInputs } from './inputs.ts';
import { missingRoot, rootInput, type AwsRoot } from './root.ts';

export const aws: EngineDeclaration<AwsRoot, typeof awsInputs> = {
  name: 'aws',
  about: {
    title: 'AWS',
    versions: 'AWS',
    mints: 'a session of a role, an IAM user with a key, a federation or session token',
    action: 'Mints AWS credentials that exist only for this job, and revokes them when the job ends.',
  },
  limits: {
    renew: { of: 'a session', why: 'A session ends when it was asked to.' },
    endSelf: { of: 'a session', why: 'A session has no key that it could delete.' },
    disable: { of: 'a session without "revoke-sessions"', why: 'It works until its end.' },
    endTogether: { why: 'IAM takes one user at a time.' },
  },
  root: rootInput,
  inputs: awsInputs,
  inputsOf: {
    sweep: [
      'oidc-role-arn',
      'oidc-audience',
      'role-arn',
      'user-path',
      'revoke-sessions',
      'region',
      'iam-endpoint',
      'sts-endpoint',
    ],
    'rotate-root': ['oidc-role-arn', 'oidc-audience', 'region', 'iam-endpoint', 'sts-endpoint'],
  },
  outputs: {
    'access-key-id': 'Id of the access key.',
    'secret-access-key': 'Its secret. Masked.',
    'session-token': 'Token of a session; empty for an "iam_user". Masked.',
    region: 'Region that was used.',
    arn: 'ARN of the minted user or session; empty for a "session_token".',
  },
  environment: {
    AWS_ACCESS_KEY_ID: '`access-key-id`',
    AWS_SECRET_ACCESS_KEY: '`secret-access-key`',
    AWS_SESSION_TOKEN: '`session-token`; empty for an `iam_user`',
    AWS_REGION: '`region`',
    AWS_DEFAULT_REGION: '`region`',
  },
  // As long as GitHub lets a run wait: here a replaced key that goes on is in nobody's way.
  overlap: '35d',
  check(roots, config, exportEnv = false) {
    if (roots.length > 0 && config['oidc-role-arn'] !== '') {
      throw new UserError('it is given beside "root", and stands in its place', {
        input: 'oidc-role-arn',
        fix: 'Leave one of the two out. A role that root is to assume goes into "role-arn".',
        untouched: true,
      });
    }
    // The environment still is as the runner made it: nothing of AWS's has been loaded.
    const { AWS_ACCESS_KEY_ID: ambient = '' } = process.env;
    if (roots.length === 0 && config['oidc-role-arn'] === '' && ambient === '') throw missingRoot();
    if (roots.length === 0 && config['oidc-role-arn'] === '' && exportEnv) {
      throw new UserError(
        'root is the key in the environment, and the minted one would take its place there: post could revoke nothing',
        {
          input: 'export-env',
          fix: 'Leave it out and take the outputs, or give the key in "root".',
          untouched: true,
        },
      );
    }
  },
  lacking: (config) =>
    config['credential-type'] !== 'iam_user' ||
    config['policy-document'] !== '' ||
    config['policy-arns'].length > 0 ||
    config['iam-groups'].length > 0
      ? ''
      : 'None of "policy-document", "policy-arns" and "iam-groups" is given, so the minted user has no right of its own. Give the policy that the job needs.',
  load: async () => (await import('./engine.ts')).engine,
};
