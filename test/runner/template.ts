import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import path from 'node:path';
import { data, Evaluator, Lexer, Parser } from '@actions/expressions';
import { TokenType, type Token } from '@actions/expressions/lexer';
import { ensureStatusFunction } from '@actions/workflow-parser/model/converter/if-condition';
import { splitAllowedContext } from '@actions/workflow-parser/templates/allowed-context';
import { JSONObjectReader } from '@actions/workflow-parser/templates/json-object-reader';
import { TemplateSchema } from '@actions/workflow-parser/templates/schema/template-schema';
import { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context';
import { readTemplate } from '@actions/workflow-parser/templates/template-reader';
import type { LiteralToken } from '@actions/workflow-parser/templates/tokens/literal-token';
import { StringToken } from '@actions/workflow-parser/templates/tokens/string-token';
import type { TemplateToken } from '@actions/workflow-parser/templates/tokens/template-token';
import {
  isBasicExpression,
  isBoolean,
  isMapping,
  isNumber,
  isSequence,
  isString,
} from '@actions/workflow-parser/templates/tokens/type-guards';
import { NoOperationTraceWriter } from '@actions/workflow-parser/templates/trace-writer';
import { YamlObjectReader } from '@actions/workflow-parser/workflows/yaml-object-reader';

export type Json = null | boolean | number | string | Json[] | JsonMap;
export interface JsonMap {
  [key: string]: Json;
}

/** A YAML value as it stands in a workflow or action file, its `${{ }}` not yet evaluated. */
export type Template = null | boolean | number | string | Expression | Template[] | TemplateMap;
export interface TemplateMap {
  [key: string]: Template;
}

/** What expressions see: the contexts, and what the four status functions answer where they are allowed. */
export interface Scope {
  readonly contexts: Readonly<Record<string, Json>>;
  readonly status?: Readonly<Record<'success' | 'failure' | 'cancelled', boolean>>;
}

/** An expression of a workflow or action file. Its schema says which contexts and functions it may use. */
export class Expression {
  readonly #source: string;
  readonly #allowed: readonly string[];

  constructor(source: string, allowed: readonly string[]) {
    this.#source = source;
    this.#allowed = allowed;
  }

  /** @throws Error when the expression is malformed, or uses a context or function that its place does not have. */
  evaluate(scope: Scope): data.ExpressionData {
    const { namedContexts, functions } = splitAllowedContext([...this.#allowed]);
    const tree = new Parser(lex(this.#source), namedContexts, functions).parse();
    const contexts = namedContexts.map((key) => ({ key, value: toData(scope.contexts[key] ?? null) }));
    const calls = functions.map((info) => {
      const name = info.name.toLowerCase();
      return [name, { ...info, call: () => callFunction(name, scope) }] as const;
    });
    return new Evaluator(tree, new data.Dictionary(...contexts), new Map(calls)).evaluate();
  }
}

/** The package's lexer unescapes only the first `''` of a string (0.3.61), where GitHub's runner takes them all. */
function lex(source: string): Token[] {
  return new Lexer(source)
    .lex()
    .tokens.map((token) =>
      token.type === TokenType.STRING ? { ...token, value: token.lexeme.slice(1, -1).replaceAll("''", "'") } : token,
    );
}

function callFunction(name: string, scope: Scope): data.ExpressionData {
  if (name === 'always') return new data.BooleanData(true);
  if (name === 'success' || name === 'failure' || name === 'cancelled') {
    if (scope.status === undefined) throw new Error(`${name}() has no meaning here.`);
    return new data.BooleanData(scope.status[name]);
  }
  throw new Error(`The runner emulator does not have the function ${name}().`);
}

/**
 * Reads a workflow or action file with GitHub's own reader and schema.
 *
 * @throws Error that lists every mistake which the schema finds, with the file's name and position.
 */
export function parseFile(kind: 'workflow' | 'action', name: string, text: string): TemplateMap {
  const context = new TemplateContext(new TemplateValidationErrors(), schema(kind), new NoOperationTraceWriter());
  const file = context.getFileId(name);
  const reader = new ValueReader(file, text);
  for (const error of reader.errors) context.error(file, error.message, error.range);
  const root = reader.errors.length === 0 ? readTemplate(context, `${kind}-root-strict`, reader, file) : undefined;
  const errors = context.errors.getErrors();
  if (root === undefined || errors.length > 0) {
    throw new Error(`The ${kind} file is not valid.\n${errors.map((error) => error.message).join('\n')}`);
  }
  return asMap(toTemplate(root));
}

/** The value of a template. */
export function evaluate(template: Template | undefined, scope: Scope): Json {
  if (template === undefined) return null;
  if (template instanceof Expression) return fromData(template.evaluate(scope));
  if (Array.isArray(template)) return template.map((item) => evaluate(item, scope));
  if (template === null || typeof template !== 'object') return template;
  return Object.fromEntries(Object.entries(template).map(([key, value]) => [key, evaluate(value, scope)]));
}

/** The value of a template as the string that an input, an output or an environment variable gets. */
export function evaluateString(template: Template | undefined, scope: Scope): string {
  if (template instanceof Expression) return template.evaluate(scope).coerceString();
  return coerceString(evaluate(template, scope));
}

/** A value as the string that GitHub makes of it: null is empty, a map is "Object". */
export function coerceString(value: Json | undefined): string {
  return toData(value ?? null).coerceString();
}

/** The values of a map of strings, such as `env:` or `with:`. */
export function evaluateStrings(template: Template | undefined, scope: Scope): Record<string, string> {
  const map = template instanceof Expression ? evaluate(template, scope) : template;
  return Object.fromEntries(Object.entries(asMap(map)).map(([key, value]) => [key, evaluateString(value, scope)]));
}

/** Whether a condition (`if`, `post-if`, `continue-on-error`) holds: false, 0, "" and null do not. */
export function evaluateCondition(template: Template | undefined, scope: Scope): boolean {
  const value = evaluate(template, scope);
  return value !== null && value !== false && value !== 0 && value !== '';
}

/** A template that the schema has shown to be a map; an absent one is empty. */
export function asMap(template: Template | undefined): TemplateMap {
  if (template === undefined || template === null || typeof template !== 'object') return {};
  if (Array.isArray(template) || template instanceof Expression) throw new Error('A map is expected here.');
  return template;
}

/** A value that is known to be a map; an absent one is empty. */
export function asObject(value: Json | undefined): JsonMap {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new Error('A map is expected here.');
  return value;
}

/** A value that is known to be a list; an absent one is empty. */
export function asArray(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error('A list is expected here.');
  return value;
}

/** A template that the schema has shown to be a plain string (numbers and booleans become one), or undefined. */
export function asText(template: Template | undefined): string | undefined {
  if (template === undefined || template === null) return undefined;
  if (typeof template === 'object') throw new Error('A plain string is expected here.');
  return String(template);
}

/**
 * Made for editors, the package reads an expression in a block of several lines from its source, with its indentation
 * (0.3.61). Without a source it reads the value, as GitHub does.
 */
class ValueReader extends YamlObjectReader {
  override allowLiteral(): LiteralToken | undefined {
    const token = super.allowLiteral();
    return token instanceof StringToken
      ? new StringToken(token.file, token.range, token.value, token.definitionInfo)
      : token;
  }
}

function toTemplate(token: TemplateToken): Template {
  const kind = token.definition?.key ?? '';
  if (kind.endsWith('-if')) return toCondition(token, kind);
  if (isBasicExpression(token)) return new Expression(token.expression, token.definitionInfo?.allowedContext ?? []);
  if (isString(token) || isNumber(token) || isBoolean(token)) return token.value;
  if (isSequence(token)) return [...token].map((item) => toTemplate(item));
  if (isMapping(token)) {
    return Object.fromEntries([...token].map(({ key, value }) => [key.assertString('key').value, toTemplate(value)]));
  }
  return null;
}

/** A condition is an expression with or without `${{ }}`; all but `post-if` ask for success() where they name no status. */
function toCondition(token: TemplateToken, kind: string): Template {
  const source = isBasicExpression(token) ? token.expression : token.assertScalar('condition').toString().trim();
  const condition = source === '' ? 'success()' : source;
  const asked = kind === 'runs-if' ? condition : ensureStatusFunction(condition, token.definitionInfo);
  return new Expression(asked, token.definitionInfo?.allowedContext ?? []);
}

function toData(value: Json): data.ExpressionData {
  if (value === null) return new data.Null();
  if (typeof value === 'string') return new data.StringData(value);
  if (typeof value === 'number') return new data.NumberData(value);
  if (typeof value === 'boolean') return new data.BooleanData(value);
  if (Array.isArray(value)) return new data.Array(...value.map((item) => toData(item)));
  return new data.Dictionary(...Object.entries(value).map(([key, item]) => ({ key, value: toData(item) })));
}

function fromData(value: data.ExpressionData): Json {
  if (value instanceof data.Array) return value.values().map((item) => fromData(item));
  if (value instanceof data.Dictionary) {
    return Object.fromEntries(value.pairs().map((pair) => [pair.key, fromData(pair.value)]));
  }
  return value instanceof data.Null ? null : value.value;
}

const schemas = new Map<string, TemplateSchema>();

/** The package's own loader imports JSON without an import attribute, which plain Node refuses; so it is read from disk. */
function schema(kind: 'workflow' | 'action'): TemplateSchema {
  let loaded = schemas.get(kind);
  if (loaded === undefined) {
    const manifest = findPackageJSON('@actions/workflow-parser', import.meta.url);
    if (manifest === undefined) throw new Error('@actions/workflow-parser is not installed.');
    const file = path.join(path.dirname(manifest), 'dist', `${kind}-v1.0.min.json`);
    loaded = TemplateSchema.load(new JSONObjectReader(undefined, readFileSync(file, 'utf8')));
    schemas.set(kind, loaded);
  }
  return loaded;
}
