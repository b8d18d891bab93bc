/** Holds every request and every answer against GitHub's published description (openapi.json, which slice.ts writes). */
import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

/** One operation of the description. */
export interface Operation {
  /** GitHub's own name, such as `actions/get-workflow-run` */
  readonly id: string;
  readonly method: string;
  readonly documentation: string;
  readonly segments: readonly string[];
  readonly checkParameters: ValidateFunction;
  readonly checkBody: ValidateFunction | undefined;
  /** by status; `undefined` for an answer without a body */
  readonly answers: ReadonlyMap<number, ValidateFunction | undefined>;
}

/** The values of path and query, of the type that the description gives them, defaults filled in. */
export type Parameters = Readonly<Record<string, string | number | boolean>>;

type Node = { [key: string]: unknown };

interface Described {
  readonly operationId: string;
  readonly externalDocs: { readonly url: string };
  readonly parameters: readonly Node[];
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Node } } };
  readonly responses: Readonly<Record<string, Node>>;
}

interface DescribedParameter {
  readonly name: string;
  readonly in: 'path' | 'query';
  readonly required?: boolean;
  readonly schema: Node;
}

const document = toJsonSchema(
  JSON.parse(readFileSync(new URL('openapi.json', import.meta.url), 'utf8')) as unknown,
) as Node;
const bodies = new Ajv({ strict: false, allErrors: true, validateSchema: false });
// Path and query are text: these are read as the type that the description names.
const texts = new Ajv({ strict: false, allErrors: true, coerceTypes: true, useDefaults: true });
formats.default(bodies);
formats.default(texts);
bodies.addSchema(document, 'github');

/** What GitHub answers to any operation; the description names these for a few operations only. */
const checkRedirect = bodies.compile(errorSchema('message', 'documentation_url', 'url'));
const checkError = bodies.compile(errorSchema('message', 'documentation_url', 'status'));
const generalErrors = new Set([400, 401, 403, 404, 422, 429, 500, 502, 503, 504]);

const operations: readonly Operation[] = Object.entries(document['paths'] as Record<string, Record<string, Described>>)
  .flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => operation(path, method, described)),
  )
  // `public-key` is looked for before `{secret_name}`.
  .toSorted((a, b) => placeholders(a) - placeholders(b));

/** @param segments of the path, still percent-encoded */
export function findOperation(method: string, segments: readonly string[]): Operation | undefined {
  return operations.find(
    (candidate) =>
      candidate.method === method &&
      candidate.segments.length === segments.length &&
      candidate.segments.every((segment, i) => segment.startsWith('{') || segment === segments[i]),
  );
}

/** Reads path and query, and says what is wrong with them. */
export function readParameters(
  { segments: names, checkParameters }: Operation,
  segments: readonly string[],
  query: URLSearchParams,
): { parameters: Parameters; wrong: string[] } {
  const values: Record<string, string> = Object.fromEntries(query);
  for (const [i, name] of names.entries()) {
    if (name.startsWith('{')) values[name.slice(1, -1)] = decodeURIComponent(segments[i] ?? '');
  }
  const parameters = values as Parameters;
  const wrong = complaints(checkParameters, values);
  // These two stand in the description's prose only.
  if (Number(parameters['per_page'] ?? 1) > 100) wrong.push('per_page is at most 100');
  if (Number(parameters['page'] ?? 1) < 1) wrong.push('page counts from 1');
  return { parameters, wrong };
}

export function checkBody({ checkBody: check }: Operation, body: unknown): ErrorObject[] {
  if (check === undefined || check(body)) return [];
  return [...(check.errors ?? [])];
}

/** What is wrong with an answer. @param body `undefined` where there is none */
export function checkAnswer({ answers }: Operation, status: number, body: unknown): string[] {
  if (status === 304) return body === undefined ? [] : ['304 has no body'];
  if (status === 301 || status === 307) return complaints(checkRedirect, body);
  if (generalErrors.has(status)) return complaints(checkError, body);
  if (!answers.has(status)) return [`status ${status} is not documented`];
  const check = answers.get(status);
  if (check === undefined) return body === undefined ? [] : [`${status} has no body`];
  return complaints(check, body);
}

export function describeError({ instancePath, message = '', params }: ErrorObject): string {
  return `${instancePath || '/'} ${message} ${JSON.stringify(params)}`;
}

function operation(path: string, method: string, described: Described): Operation {
  const at = `github#/paths/${path.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method}`;
  const json = 'content/application~1json/schema';
  return {
    id: described.operationId,
    method: method.toUpperCase(),
    documentation: described.externalDocs.url,
    segments: path.split('/').slice(1),
    checkParameters: texts.compile(parametersSchema(described.parameters.map(resolve))),
    checkBody: described.requestBody && bodies.compile({ $ref: `${at}/requestBody/${json}` }),
    answers: new Map(
      Object.entries(described.responses).map(([status, response]) => [
        Number(status),
        // A response that is a reference itself is an error, which checkAnswer() knows.
        'content' in response ? bodies.compile({ $ref: `${at}/responses/${status}/${json}` }) : undefined,
      ]),
    ),
  };
}

function parametersSchema(parameters: readonly DescribedParameter[]): Node {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required === true).map(({ name }) => name),
    additionalProperties: false,
  };
}

function resolve(node: Node): DescribedParameter {
  const path = (node['$ref'] as string | undefined)?.split('/').slice(1) ?? [];
  const found = path.length === 0 ? node : path.reduce((parent, key) => parent[key] as Node, document);
  return found as unknown as DescribedParameter;
}

function placeholders({ segments }: Operation): number {
  return segments.filter((segment) => segment.startsWith('{')).length;
}

function errorSchema(...required: string[]): Node {
  return { $ref: 'github#/components/schemas/basic-error', required };
}

function complaints(check: ValidateFunction, value: unknown): string[] {
  return check(value) ? [] : (check.errors ?? []).map(describeError);
}

/** OpenAPI 3.0's `nullable` as JSON Schema says it; and no field that the description does not name, on either side. */
function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (node === null || typeof node !== 'object') return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, toJsonSchema(value)]));
  if (copy['nullable'] === true && Array.isArray(copy['enum'])) copy['enum'].push(null);
  if (copy['type'] === 'object' && 'properties' in copy) copy['additionalProperties'] ??= false;
  return copy;
}
