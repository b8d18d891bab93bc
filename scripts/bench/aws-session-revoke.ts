/** The yardstick for revoking an `assumed_role`: the fewest calls that can work, by the AWS SDK and nothing else. */
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import process from 'node:process';

const root = JSON.parse(process.env['INPUT_ROOT'] ?? '') as { AccessKeyId: string; SecretAccessKey: string };
const name = process.env['PRINCIPAL'] ?? '';
const credentials = { accessKeyId: root.AccessKeyId, secretAccessKey: root.SecretAccessKey };
const iam = new IAMClient({
  region: 'us-east-1',
  endpoint: process.env['INPUT_IAM-ENDPOINT'] ?? '',
  credentials,
});

const Condition = { StringLike: { 'aws:userid': `*:${name}` } };
const deny = { Version: '2012-10-17', Statement: [{ Effect: 'Deny', Action: '*', Resource: '*', Condition }] };
await iam.send(
  new PutRolePolicyCommand({
    RoleName: (process.env['INPUT_ROLE-ARN'] ?? '').split('/').at(-1),
    PolicyName: `joblease-deny-${name}`,
    PolicyDocument: JSON.stringify(deny),
  }),
);
