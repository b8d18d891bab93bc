/** The yardstick for minting an `assumed_role`: the fewest calls that can work, by the AWS SDK and nothing else. */
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import process from 'node:process';

const root = JSON.parse(process.env['INPUT_ROOT'] ?? '') as { AccessKeyId: string; SecretAccessKey: string };
const credentials = { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey };
const client = new STSClient({
  region: 'us-east-1',
  endpoint: process.env['INPUT_STS-ENDPOINT'] ?? '',
  credentials,
});

await client.send(
  new AssumeRoleCommand({
    RoleArn: process.env['INPUT_ROLE-ARN'] ?? '',
    RoleSessionName: process.env['PRINCIPAL'] ?? '',
    DurationSeconds: 3600,
    Policy: process.env['INPUT_POLICY-DOCUMENT'] ?? '',
  }),
);
