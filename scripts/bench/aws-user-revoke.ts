/** The yardstick for revoking an `iam_user`: the calls that joblease makes, by the AWS SDK and nothing else. */
import { DeleteAccessKeyCommand, DeleteUserCommand, DeleteUserPolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import process from 'node:process';

const root = JSON.parse(process.env['INPUT_ROOT'] ?? '') as { AccessKeyId: string; SecretAccessKey: string };
const UserName = process.env['PRINCIPAL'] ?? '';
const credentials = { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey };
const region = 'us-east-1';
const sts = new STSClient({ region, endpoint: process.env['INPUT_STS-ENDPOINT'] ?? '', credentials });
const iam = new IAMClient({ region, endpoint: process.env['INPUT_IAM-ENDPOINT'] ?? '', credentials });

await sts.send(new GetCallerIdentityCommand({}));
await iam.send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: process.env['STATE_KEY'] }));
for (const PolicyName of ['joblease-guard', 'joblease-policy']) {
  await iam.send(new DeleteUserPolicyCommand({ UserName, PolicyName }));
}
await iam.send(new DeleteUserCommand({ UserName }));
