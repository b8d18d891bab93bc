/** The yardstick for minting an `iam_user`: the calls that joblease makes, by the AWS SDK and nothing else. */
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { appendFileSync } from 'node:fs';
import process from 'node:process';
import { guardPolicy } from '../../src/engines/aws/guard.ts';
import { recordTags } from '../../src/engines/aws/tags.ts';

const root = JSON.parse(process.env['INPUT_ROOT'] ?? '') as { AccessKeyId: string; SecretAccessKey: string };
const UserName = process.env['PRINCIPAL'] ?? '';
const credentials = { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey };
const region = 'us-east-1';
const endpoint = process.env['INPUT_STS-ENDPOINT'] ?? '';
const sts = new STSClient({ region, endpoint, credentials });
const iam = new IAMClient({ region, endpoint: process.env['INPUT_IAM-ENDPOINT'] ?? '', credentials });

const { Account = '' } = await sts.send(new GetCallerIdentityCommand({}));
const iat = Math.floor(Date.now() / 1000);
const exp = iat + 3600;
const job = { repo: 'octo/app', repoId: 1, run: 2, attempt: 1, job: 'bench', checkRun: 1 };
const record = {
  v: 1,
  ...job,
  workflow: 'Bench',
  actor: 'octocat',
  role: 'job',
  iat,
  exp,
  max: exp,
} as const;
await iam.send(
  new CreateUserCommand({
    UserName,
    Path: '/joblease/',
    Tags: recordTags(record),
    PermissionsBoundary: process.env['INPUT_PERMISSIONS-BOUNDARY-ARN'] ?? '',
  }),
);
const minted = ['user', 'policy'].map((kind) => `arn:aws:iam::${Account}:${kind}/joblease/*`);
const userArn = `arn:aws:iam::${Account}:user/joblease/${UserName}`;
const guard = guardPolicy({ exp, userArn, minted, allowRoleChaining: false });
await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'joblease-guard', PolicyDocument: guard }));
const policy = process.env['INPUT_POLICY-DOCUMENT'] ?? '';
await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'joblease-policy', PolicyDocument: policy }));
const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
const key = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
appendFileSync(process.env['GITHUB_STATE'] ?? '', `KEY=${key.accessKeyId}\n`);
const lease = new STSClient({ region, endpoint, credentials: key });
for (let i = 0; i < 5; i += 1) await lease.send(new GetCallerIdentityCommand({}));
