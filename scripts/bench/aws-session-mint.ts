/** The yardstick for minting an `assumed_role`: the calls that joblease makes, by the AWS SDK and nothing else. */
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import process from 'node:process';

const root = JSON.parse(process.env['INPUT_ROOT'] ?? '') as { AccessKeyId: string; SecretAccessKey: string };
const sts = { region: 'us-east-1', endpoint: process.env['INPUT_STS-ENDPOINT'] ?? '' };
const credentials = { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey };
const client = new STSClient({ ...sts, credentials });

await client.send(new GetCallerIdentityCommand({}));
const { Credentials: key } = await client.send(
  new AssumeRoleCommand({
    RoleArn: process.env['INPUT_ROLE-ARN'] ?? '',
    RoleSessionName: process.env['PRINCIPAL'] ?? '',
    DurationSeconds: 3600,
    Policy: process.env['INPUT_POLICY-DOCUMENT'] ?? '',
  }),
);
const lease = new STSClient({
  ...sts,
  credentials: {
    accessKeyId: key?.AccessKeyId ?? '',
    secretAccessKey: key?.SecretAccessKey ?? '',
    sessionToken: key?.SessionToken ?? '',
  },
});
await lease.send(new GetCallerIdentityCommand({}));
