/** The yardstick for minting an `iam_user`: the fewest calls that can work, by the AWS SDK and nothing else. */
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { appendFileSync } from 'node:fs';
import process from 'node:process';

const root = JSON.parse(process.env['INPUT_ROOT'] ?? '') as { AccessKeyId: string; SecretAccessKey: string };
const UserName = process.env['PRINCIPAL'] ?? '';
const credentials = { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey };
const iam = new IAMClient({
  region: 'us-east-1',
  endpoint: process.env['INPUT_IAM-ENDPOINT'] ?? '',
  credentials,
});

await iam.send(
  new CreateUserCommand({
    UserName,
    Path: '/joblease/',
    PermissionsBoundary: process.env['INPUT_PERMISSIONS-BOUNDARY-ARN'] ?? '',
  }),
);
const PolicyDocument = process.env['INPUT_POLICY-DOCUMENT'] ?? '';
await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'bench', PolicyDocument }));
const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
appendFileSync(process.env['GITHUB_STATE'] ?? '', `KEY=${AccessKey?.AccessKeyId ?? ''}\n`);
