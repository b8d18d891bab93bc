/** The yardstick for revoking an `iam_user`: the fewest calls that can work, by the AWS SDK and nothing else. */
import { DeleteAccessKeyCommand, DeleteUserCommand, DeleteUserPolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import process from 'node:process';

const root = JSON.parse(process.env['INPUT_ROOT'] ?? '') as { AccessKeyId: string; SecretAccessKey: string };
const UserName = process.env['PRINCIPAL'] ?? '';
const credentials = { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey };
const iam = new IAMClient({
  region: 'us-east-1',
  endpoint: process.env['INPUT_IAM-ENDPOINT'] ?? '',
  credentials,
});

await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: process.env['STATE_KEY'] }));
await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName: 'bench' }));
await iam.send(new DeleteUserCommand({ UserName }));
