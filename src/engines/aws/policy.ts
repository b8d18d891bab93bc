/** Policies that the workflow gives: reading them, and making one into the policy of a session. */
import { UserError } from '../../lease/errors.ts';
import { chaining } from './guard.ts';
import type { AwsConfig } from './inputs.ts';

/** Characters that a session policy may have. */
const longestSessionPolicy = 2048;

/** @throws UserError when the text is no JSON object */
export function readPolicy(text: string): Readonly<Record<string, unknown>> {
  const [foreign] = /[^\t\n\r\u0020-\u00FF]/u.exec(text) ?? [];
  if (foreign !== undefined) {
    throw new UserError(`AWS takes no ${JSON.stringify(foreign)} in a policy`, {
      input: 'policy-document',
      fix: 'Write it with the characters of Latin-1, or as \\u and four hexadecimal digits.',
      untouched: true,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (typeof value === 'object' && value !== null && 'Statement' in value) return value;
  throw new UserError('it is not a policy document as JSON', {
    input: 'policy-document',
    fix: 'Write {"Version":"2012-10-17","Statement":[…]}.',
    untouched: true,
  });
}

/**
 * The workflow's policy, narrowed to end at `cutoff`, and not to assume roles, whose sessions would not end then.
 *
 * @returns undefined when the session needs none
 * @throws UserError when it is none, or does not fit
 */
export function sessionPolicy(config: AwsConfig, cutoff: Date | undefined): string | undefined {
  const text = config['policy-document'];
  const own = text === '' ? undefined : readPolicy(text);
  const isNarrowed = own !== undefined || config['policy-arns'].length > 0;
  // A session that nothing narrows is the role's as it is; the others end, or are narrow, in fact.
  const mayChain = config['allow-role-chaining'] || config['credential-type'] !== 'assumed_role';
  const denies = [
    ...(cutoff === undefined
      ? []
      : [deny('*', { DateGreaterThanEquals: { 'aws:CurrentTime': cutoff.toISOString() } })]),
    ...(mayChain || !(isNarrowed || cutoff !== undefined || config['revoke-sessions']) ? [] : [deny(chaining)]),
  ];
  if (denies.length === 0) return own === undefined ? undefined : fitting(JSON.stringify(own));
  // Where no policy narrows the role, a session policy must first let all of it through.
  const through = isNarrowed ? [] : [{ Effect: 'Allow', Action: '*', Resource: '*' }];
  const Statement = [...(own === undefined ? through : statementsOf(own)), ...denies];
  return fitting(JSON.stringify({ Version: '2012-10-17', ...own, Statement }));
}

function deny(Action: string, Condition?: object): object {
  return { Effect: 'Deny', Action, Resource: '*', ...(Condition === undefined ? {} : { Condition }) };
}

function statementsOf({ Statement }: Readonly<Record<string, unknown>>): unknown[] {
  return Array.isArray(Statement) ? (Statement as unknown[]) : [Statement];
}

function fitting(policy: string): string {
  const over = policy.length - longestSessionPolicy;
  if (over <= 0) return policy;
  throw new UserError(`as a session policy it has ${policy.length} characters, ${over} too many`, {
    input: 'policy-document',
    fix: 'Shorten it, or make it a managed policy and name that in "policy-arns".',
    untouched: true,
  });
}
