/**
 * The tests' AWS account in a process of its own, because the bench answers nobody while it waits for what it measures.
 * First it tells what the actions need; then, whenever it is asked, which calls it has answered since the last time.
 */
import process from 'node:process';
import { parseInputs } from '../../src/lease/inputs.ts';
import { appRole, jobPolicy, startAwsTarget } from '../../test/contract/aws-target.ts';

export interface AwsProcess {
  readonly root: string;
  /** for an `iam_user` */
  readonly user: Readonly<Record<string, string>>;
  /** for an `assumed_role` */
  readonly session: Readonly<Record<string, string>>;
}
/** `list`: lists all leases first. The inputs are those of the leases. */
export interface AwsQuestion {
  readonly list: boolean;
  readonly inputs: Readonly<Record<string, string>>;
}
export type AwsAnswer = readonly string[];

const target = await startAwsTarget();
const { engine, server, root, inputs } = target;
const { 'iam-endpoint': iam = '', 'sts-endpoint': sts = '' } = inputs;
const session = {
  'iam-endpoint': iam,
  'sts-endpoint': sts,
  'credential-type': 'assumed_role',
  'role-arn': appRole,
  'policy-document': jobPolicy,
  'revoke-sessions': 'true',
};

process.on('message', (question: AwsQuestion) => {
  void (async () => {
    if (question.list) await list(question.inputs);
    // No more than about 60 sessions are denied at a time.
    server.account.roles.get('app')?.inline.clear();
    process.send?.(server.calls.splice(0).map(({ action }) => action) satisfies AwsAnswer);
  })();
});
process.on('disconnect', () => void target[Symbol.asyncDispose]());
process.send?.({ root, user: inputs, session } satisfies AwsProcess);

async function list(given: AwsQuestion['inputs']): Promise<void> {
  const config = parseInputs(engine.inputs, (name) => given[name] ?? '');
  const context = { signal: AbortSignal.timeout(10_000), warn: () => undefined };
  await using open = await (await engine.load()).open(engine.root.parse(root, 'root'), config, context);
  for await (const lease of open.leases()) void lease;
}
