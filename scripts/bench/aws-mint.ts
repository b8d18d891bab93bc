/** The yardstick for minting an `iam_user`: the calls that joblease makes, by the AWS SDK and nothing else. */
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import process from 'node:process';

const root = JSON.parse(process.env['INPUT_ROOT'] ?? '') as { AccessKeyId: string; SecretAccessKey: string };
const UserName = process.env['PRINCIPAL'] ?? '';
const credentials = { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey };
const region = 'us-east-1';
const sts = new STSClient({ region, endpoint: process.env['INPUT_STS-ENDPOINT'] ?? '', credentials });
const iam = new IAMClient({ region, endpoint: process.env['INPUT_IAM-ENDPOINT'] ?? '', credentials });

await sts.send(new GetCallerIdentityCommand({}));
await iam.send(
  new CreateUserCommand({
    UserName,
    Path: '/joblease/',
    Tags: [{ Key: 'joblease:v', Value: '1' }],
    PermissionsBoundary: process.env['INPUT_PERMISSIONS-BOUNDARY-ARN'] ?? '',
  }),
);
const deny = {
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: { DateGreaterThan: { 'aws:CurrentTime': '2100-01-01T00:00:00Z' } },
};
const guard = JSON.stringify({ Version: '2012-10-17', Statement: [deny] });
await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'joblease-guard', PolicyDocument: guard }));
const policy = process.env['INPUT_POLICY-DOCUMENT'] ?? '';
await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'joblease-policy', PolicyDocument: policy }));
const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
const key = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
const own = new STSClient({ region, endpoint: process.env['INPUT_STS-ENDPOINT'] ?? '', credentials: key });
for (let i = 0; i < 5; i += 1) await own.send(new GetCallerIdentityCommand({}));
