/**
 * Evaluates policy documents as documented at
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * for the kinds of policy that the tests need: identity policies, permissions boundaries, session policies, trust policies.
 */
import { AwsError, validationError } from './errors.ts';

/** What a request is about; condition keys in lower case, because IAM compares them so. */
export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** The policies that together decide about one caller. A boundary and a session policy only narrow, where there are any. */
export interface Policies {
  readonly identity: readonly PolicyDocument[];
  readonly boundary?: readonly PolicyDocument[] | undefined;
  readonly session?: readonly PolicyDocument[] | undefined;
}

export type Decision = 'allowed' | 'explicit deny' | 'implicit deny';

type OneOrMany = string | readonly string[];

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
  readonly Principal?: '*' | Readonly<Record<string, OneOrMany>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, OneOrMany>>>>;
}

export interface PolicyDocument {
  readonly variables: boolean;
  readonly statements: readonly Statement[];
}

/** An explicit Deny anywhere wins; beyond that identity, boundary and session policy must each allow. */
export function decide({ identity, boundary, session }: Policies, question: Question): Decision {
  const layers = [identity, boundary, session].filter((layer) => layer !== undefined);
  const effects = layers.map((layer) => layer.flatMap((document) => effectsOf(document, question)));
  if (effects.some((found) => found.includes('Deny'))) return 'explicit deny';
  return effects.every((found) => found.includes('Allow')) ? 'allowed' : 'implicit deny';
}

/** Whether a trust policy lets a principal in. @param principals what the caller is, as `AWS:<arn>` or `Federated:<arn>` */
export function trusts(document: PolicyDocument, principals: readonly string[], question: Question): boolean {
  const statements = document.statements
    .filter(({ Principal }) => names(Principal).some((name) => name === '*' || principals.includes(name)))
    .filter((statement) => applies({ ...statement, Resource: '*' }, question, document.variables));
  return statements.length > 0 && statements.every(({ Effect }) => Effect === 'Allow');
}

/** Whether a trust policy allows an action to this very caller, so that the caller's own policies need not. */
export function grants(document: PolicyDocument, caller: string, question: Question): boolean {
  return trusts(
    { ...document, statements: document.statements.filter(({ Principal }) => names(Principal).includes(caller)) },
    [caller],
    question,
  );
}

function names(principal: Statement['Principal']): string[] {
  if (principal === undefined) return [];
  if (principal === '*') return ['*'];
  return Object.entries(principal).flatMap(([kind, values]) =>
    many(values).map((value) => (value === '*' ? '*' : `${kind}:${value}`)),
  );
}

function effectsOf(document: PolicyDocument, question: Question): Statement['Effect'][] {
  return document.statements
    .filter((statement) => applies(statement, question, document.variables))
    .map(({ Effect }) => Effect);
}

function applies(statement: Statement, question: Question, variables: boolean): boolean {
  const { Action, NotAction, Resource, NotResource, Condition = {} } = statement;
  const expand = (text: string): string => (variables ? withVariables(text, question.context) : text);
  const action = (pattern: string): boolean => like(pattern.toLowerCase(), question.action.toLowerCase());
  const resource = (pattern: string): boolean => like(expand(pattern), question.resource);
  if (Action !== undefined && !many(Action).some(action)) return false;
  if (NotAction !== undefined && many(NotAction).some(action)) return false;
  if (Resource !== undefined && !many(Resource).some(resource)) return false;
  if (NotResource !== undefined && many(NotResource).some(resource)) return false;
  return Object.entries(Condition).every(([operator, tests]) =>
    Object.entries(tests).every(([key, values]) =>
      holds(operator, question.context[key.toLowerCase()], many(values).map(String).map(expand)),
    ),
  );
}

function withVariables(text: string, context: Question['context']): string {
  // A variable without a value makes the whole element match nothing.
  return text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => context[name.trim().toLowerCase()]?.[0] ?? '\u0000');
}

type Comparison = (actual: string, expected: string) => boolean;

const comparisons: Readonly<Record<string, Comparison>> = {
  StringEquals: (a, b) => a === b,
  StringEqualsIgnoreCase: (a, b) => a.toLowerCase() === b.toLowerCase(),
  StringLike: (a, b) => like(b, a),
  ArnEquals: (a, b) => arnLike(b, a),
  ArnLike: (a, b) => arnLike(b, a),
  Bool: (a, b) => a.toLowerCase() === b.toLowerCase(),
  NumericEquals: (a, b) => Number(a) === Number(b),
  NumericLessThan: (a, b) => Number(a) < Number(b),
  NumericLessThanEquals: (a, b) => Number(a) <= Number(b),
  NumericGreaterThan: (a, b) => Number(a) > Number(b),
  NumericGreaterThanEquals: (a, b) => Number(a) >= Number(b),
  DateEquals: (a, b) => time(a) === time(b),
  DateLessThan: (a, b) => time(a) < time(b),
  DateLessThanEquals: (a, b) => time(a) <= time(b),
  DateGreaterThan: (a, b) => time(a) > time(b),
  DateGreaterThanEquals: (a, b) => time(a) >= time(b),
};

/** The positive operator behind one like `ForAllValues:StringNotEqualsIfExists`. */
function readOperator(text: string): { set: string; name: string; negated: boolean; ifExists: boolean } {
  const [, set = '', rest = ''] = /^(?:(ForAllValues|ForAnyValue):)?(\w+)$/.exec(text) ?? [];
  const ifExists = rest.endsWith('IfExists');
  const bare = ifExists ? rest.slice(0, -'IfExists'.length) : rest;
  const positive = bare.replace(/^(String|Arn|Numeric|Date)Not/, '$1');
  return { set, name: positive, negated: positive !== bare, ifExists };
}

function holds(text: string, actual: readonly string[] | undefined, expected: readonly string[]): boolean {
  const { set, name, negated, ifExists } = readOperator(text);
  if (name === 'Null') return (actual === undefined) === (expected[0] === 'true');
  const compare = comparisons[name];
  if (compare === undefined) throw new Error(`the condition operator ${text} is not known here`);
  // A key that the request does not have fails every operator but the negated ones and …IfExists.
  if (actual === undefined || actual.length === 0) return ifExists || negated || set === 'ForAllValues';
  const one = (value: string): boolean => expected.some((each) => compare(value, each)) !== negated;
  return set === 'ForAllValues' ? actual.every(one) : actual.some(one);
}

function time(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
}

/** `*` for any text, `?` for any one character. */
function like(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** Each of an ARN's six parts by itself: a `*` does not reach over a colon. */
function arnLike(pattern: string, arn: string): boolean {
  const parts = arnParts(arn);
  return arnParts(pattern).every((part, i) => like(part, parts[i] ?? ''));
}

function arnParts(text: string): string[] {
  const parts = text.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

function many(value: OneOrMany): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

/** @throws AwsError for text that the published model of IAM and STS does not let through */
export function checkPolicyText(text: string, at: string): void {
  if (/^[\t\n\r\u0020-\u00FF]+$/.test(text)) return;
  const pattern = String.raw`[\u0009\u000A\u000D\u0020-\u00FF]+`;
  throw validationError(text, at, `Member must satisfy regular expression pattern: ${pattern}`);
}

/**
 * Reads a document and checks it against the policy grammar, as far as people get it wrong.
 *
 * @throws AwsError MalformedPolicyDocument
 */
export function parsePolicy(text: string, kind: 'identity' | 'trust' = 'identity'): PolicyDocument {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw malformed('Syntax errors in policy.');
  }
  if (!isObject(value)) throw malformed('Syntax errors in policy.');
  const { Version = '2008-10-17', Statement: given } = value;
  if (Version !== '2012-10-17' && Version !== '2008-10-17') throw malformed('Syntax errors in policy.');
  if (Object.keys(value).some((key) => !['Version', 'Id', 'Statement'].includes(key)))
    throw malformed('Syntax errors in policy.');
  const statements = Array.isArray(given) ? (given as unknown[]) : [given];
  const sids = new Set<string>();
  for (const statement of statements) {
    if (!isObject(statement)) throw malformed('Syntax errors in policy.');
    checkStatement(statement, kind);
    const sid = statement['Sid'];
    if (typeof sid !== 'string') continue;
    if (!/^[A-Za-z0-9]*$/.test(sid))
      throw malformed(
        'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      );
    if (sids.has(sid)) throw malformed('Statement IDs (SID) in a single policy must be unique.');
    sids.add(sid);
  }
  return { variables: Version === '2012-10-17', statements: statements as Statement[] };
}

const elements = new Set([
  'Sid',
  'Effect',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Principal',
  'NotPrincipal',
  'Condition',
]);

function checkStatement(statement: Readonly<Record<string, unknown>>, kind: 'identity' | 'trust'): void {
  const has = (name: string): boolean => statement[name] !== undefined;
  if (Object.keys(statement).some((key) => !elements.has(key))) throw malformed('Syntax errors in policy.');
  if (statement['Effect'] !== 'Allow' && statement['Effect'] !== 'Deny') throw malformed('Syntax errors in policy.');
  if (has('Action') === has('NotAction')) throw malformed('Policy statement must contain actions.');
  if (kind === 'trust') {
    if (!has('Principal')) throw malformed('Missing required field Principal');
    return;
  }
  if (has('Principal')) throw malformed('Policy document should not specify a principal.');
  if (has('Resource') === has('NotResource')) throw malformed('Policy statement must contain resources.');
  const actions = many((statement['Action'] ?? statement['NotAction']) as OneOrMany);
  if (!actions.every((action) => action === '*' || /^[\w-]+:[\w*?]+$/.test(action))) {
    throw malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  const resources = many((statement['Resource'] ?? statement['NotResource']) as OneOrMany);
  for (const resource of resources) {
    if (resource !== '*' && !/^arn:[^:]*:[^:]*:[^:]*:[^:]*:./s.test(resource)) {
      throw malformed(`Resource ${resource} must be in ARN format or "*".`);
    }
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(message: string): AwsError {
  return new AwsError('MalformedPolicyDocument', message);
}
