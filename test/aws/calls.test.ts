/**
 * The calls of each credential type, as the table in docs/aws.md has them. A call to AWS takes a round trip to another
 * continent, and counts against what AWS allows the account, so one more has to be written down there, with its reason.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { appRole, everything, jobPolicy, startAwsTarget, type AwsTarget } from '../contract/aws-target.ts';
import type { EngineSession } from '../../src/engines/engine.ts';
import { parseInputs } from '../../src/lease/inputs.ts';
import { draft } from '../contract/contract.ts';
import { section } from '../docs/markdown.ts';
import { read } from '../docs/tree.ts';
import { issuer, startIdTokens } from '../services/id-token.ts';

let target: AwsTarget;
beforeAll(async () => {
  target = await startAwsTarget();
});
afterAll(async () => {
  await target[Symbol.asyncDispose]();
});

const sessions = { 'permissions-boundary-arn': '', 'policy-document': '' };
const role = { ...sessions, 'credential-type': 'assumed_role', 'role-arn': appRole };

/** Inputs by what stands in the first column of the table. */
const minted: Readonly<Record<string, { inputs: Record<string, string>; ttl?: number }>> = {
  '`assumed_role`': { inputs: role },
  '`assumed_role`, `ttl` below 15 minutes': { inputs: role, ttl: 600 },
  '`assumed_role`, `revoke-sessions`': { inputs: { ...role, 'revoke-sessions': 'true' } },
  '`assumed_role` by OIDC alone': {
    inputs: { ...role, 'role-arn': '', 'oidc-role-arn': appRole.replace('role/app', 'role/direct') },
  },
  '`federation_token`': {
    inputs: { ...sessions, 'credential-type': 'federation_token', 'policy-document': jobPolicy },
  },
  '`session_token`': { inputs: { ...sessions, 'credential-type': 'session_token' } },
  '`iam_user`': { inputs: {} },
};

/** The rows of the table: how often each call is made, by the title of its column. */
function documented(): ReadonlyMap<string, Readonly<Record<string, string[]>>> {
  const [head = '', , ...rows] = section(read('docs/aws.md'), 'Calls')
    .split('\n')
    .filter((line) => line.startsWith('|'));
  const [, ...titles] = cells(head);
  return new Map(
    rows.map((row) => {
      const [type = '', ...counts] = cells(row);
      return [type, Object.fromEntries(titles.map((title, i) => [title, callsIn(counts[i] ?? '')]))];
    }),
  );
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** `3: A, B × 2` as A, B, B; the number must be right. */
function callsIn(cell: string): string[] {
  const [count = '', list = ''] = cell.split(': ');
  const calls = list.split(', ').flatMap((item) => {
    const [name = '', times = '1'] = item.split(' × ');
    return name === '' ? [] : Array<string>(Number(times)).fill(name);
  });
  if (calls.length !== Number(count)) throw new Error(`docs/aws.md counts wrong: ${cell}`);
  return calls;
}

/** Opens the engine as the action does in a job that may ask for an OIDC token. */
async function open(inputs: Readonly<Record<string, string>>, idToken: () => Promise<string>): Promise<EngineSession> {
  const { engine } = target;
  const all: Record<string, string> = { ...target.inputs, ...inputs };
  const config = parseInputs(engine.inputs, (name) => all[name] ?? '');
  const roots = engine.root.parse('oidc-role-arn' in inputs ? '' : target.root, 'root');
  const context = { signal: AbortSignal.timeout(30_000), warn: () => undefined, idToken };
  return await (await engine.load()).open(roots, config, context);
}

it('the table has a row for each of them', () => {
  expect([...documented().keys()]).toEqual(Object.keys(minted));
});

it.each(Object.entries(minted))('%s makes the calls that docs/aws.md says, and no other', async (type, each) => {
  const { account, calls } = target.server;
  await using tokens = await startIdTokens('repo:octo/app:ref:refs/heads/main');
  const idToken = async (): Promise<string> => await tokenFrom(tokens.request);
  account.issuers.set(issuer, tokens.publicKey);
  account.addRole('direct', { trust: trustOf(account.arn(`oidc-provider/${issuer}`)), policy: everything });
  const called = (): string[] => calls.splice(0).map(({ action }) => action);
  called();

  const lease = draft({ ttl: each.ttl ?? 3600 });
  const seen: Record<string, string[]> = {};
  await using session = await open(each.inputs, idToken);
  const { credential } = await session.mint(lease);
  seen['mint'] = called();
  await session.verify(credential);
  seen['`verify`'] = called();
  await using post = await open(each.inputs, idToken);
  await post.revoke(lease.principal, credential);
  seen['post'] = called();
  expect(seen).toEqual(documented().get(type));
});

async function tokenFrom({ url, token }: { url: string; token: string }): Promise<string> {
  const request = new URL(url);
  request.searchParams.set('audience', 'sts.amazonaws.com');
  const answer = await fetch(request, { headers: { authorization: `Bearer ${token}` } });
  return ((await answer.json()) as { value: string }).value;
}

function trustOf(Federated: string): unknown {
  const Action = 'sts:AssumeRoleWithWebIdentity';
  return { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Federated }, Action }] };
}
