import type { EngineDeclaration } from '../engine.ts';
import { awsInputs } from './inputs.ts';
import { rootInput, type AwsRoot } from './root.ts';

export const aws: EngineDeclaration<AwsRoot, typeof awsInputs> = {
  name: 'aws',
  root: rootInput,
  inputs: awsInputs,
  outputs: {
    'access-key-id': 'Id of the access key.',
    'secret-access-key': 'Its secret. Masked.',
    'session-token': 'Token of a session; empty for an "iam_user". Masked.',
    region: 'Region that was used.',
    arn: 'ARN of the minted user or session; empty for a "session_token".',
  },
  environment: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_REGION', 'AWS_DEFAULT_REGION'],
  load: async () => (await import('./engine.ts')).engine,
};
