/** GitHub's whole answer to one request: rate limit, rules, ETag; held against the description on the way in and out. */
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { overLimit, rateHeaders, type Access, type Caller } from './access.ts';
import {
  checkAnswer,
  checkBody,
  describeError,
  findOperation,
  readParameters,
  type Operation,
  type Parameters,
} from './description.ts';
import { invalidBody, notFound, Refusal } from './refusal.ts';
import { routes, type Answer } from './routes.ts';
import { timestamp, type World } from './world.ts';

export interface Api {
  /** @param path below the base */
  find(method: string, path: string): Found;
  answer(arrival: Arrival): Answer;
}

/** Where a path leads. */
export interface Found {
  readonly operation: Operation | undefined;
  /** of the path by name, still percent-encoded */
  readonly segments: readonly string[];
}

export interface Arrival extends Found {
  readonly method: string;
  /** below the base, as it arrived */
  readonly path: string;
  /** with `?`, or `''` */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Surroundings {
  readonly world: World;
  readonly access: Access;
  /** the server's clock, in milliseconds */
  readonly now: () => number;
  /** the API's URL */
  readonly url: () => string;
}

type Violate = (what: string) => void;

/** Those that the description is for; the later one takes fields away that this server does not give. */
const versions = new Set(['2022-11-28', '2026-03-10']);

/** @param violated is told what does not fit the description */
export function createApi(
  { world, access, now, url }: Surroundings,
  violated: (arrival: Arrival, what: string) => void,
): Api {
  /** What the rules make of a request; throws a Refusal. */
  const carryOut = (arrival: Arrival, caller: Caller, violate: Violate): Answer => {
    const { operation, segments, headers, method, search } = arrival;
    if (operation === undefined) {
      violate('no such operation');
      throw notFound();
    }
    const { parameters, wrong } = readParameters(operation, segments, new URLSearchParams(search));
    for (const what of wrong) violate(what);
    checkHeaders(headers, violate);
    if (caller.kind === 'unknown') throw new Refusal(401, 'Bad credentials', 'https://docs.github.com/rest');
    const body = readBody(arrival, operation, violate);
    const route = routes[operation.id];
    if (route === undefined) throw new Error(`no route for ${operation.id}`);
    const self = `${url()}${pathById(world, segments, parameters)}${search}`;
    const request = { world, caller, parameters, body, base: url(), self, now: timestamp(now()) };
    if (world.findRepository(`${parameters['owner']}/${parameters['repo']}`)?.moved === true) {
      // A private repository's new name is not for everyone either.
      routes['repos/get']?.carryOut(request, { permission: 'metadata', level: 'read' });
      return redirect(method, self);
    }
    return route.carryOut(request, route.need);
  };

  return {
    find(method, path) {
      const segments = byName(world, path.split('/').slice(1));
      return { operation: findOperation(method, segments), segments };
    },
    answer(arrival) {
      const { headers, operation } = arrival;
      const violate = (what: string): void => violated(arrival, what);
      const caller = access.identify(headers.authorization);
      const requestId = randomUUID();
      let answer: Answer;
      try {
        const over = overLimit(caller, requestId, timestamp(now()));
        if (over !== undefined) throw over;
        answer = conditional(arrival, carryOut(arrival, caller, violate));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        answer = refused(error, operation);
      }
      // An unchanged answer is free for those who say who they are.
      const free = answer.status === 304 && caller.kind !== 'anonymous';
      if (!free && caller.rate.remaining > 0) caller.rate.remaining -= 1;
      const wrong = operation === undefined ? [] : checkAnswer(operation, answer.status, answer.body);
      for (const what of wrong) violate(`answer ${answer.status}: ${what}`);
      const need = operation && routes[operation.id]?.need;
      const accepted = need && { 'x-accepted-github-permissions': `${need.permission}=${need.level}` };
      const own = { ...rateHeaders(caller.rate), ...accepted, 'x-github-request-id': requestId };
      return { ...answer, headers: { ...answer.headers, ...own } };
    },
  };
}

/** @param operation whose page the answer names */
export function refused(
  { status, message, documentation, headers }: Refusal,
  operation: Operation | undefined,
): Answer {
  const documentation_url = documentation ?? operation?.documentation ?? 'https://docs.github.com/rest';
  return { status, body: { message, documentation_url, status: String(status) }, headers };
}

/** `/repositories/<id>/…` and `/organizations/<id>/…`, where redirects and links lead, as the description writes them. */
function byName({ repositories, organizations }: World, segments: readonly string[]): readonly string[] {
  const [kind, id = '', ...rest] = segments;
  if (kind === 'repositories') {
    return ['repos', ...(repositories.get(Number(id))?.full_name ?? `${id}/${id}`).split('/'), ...rest];
  }
  if (kind === 'organizations') {
    return ['orgs', organizations.values().find((each) => each.id === Number(id))?.login ?? id, ...rest];
  }
  return segments;
}

function pathById(world: World, [kind, ...segments]: readonly string[], parameters: Parameters): string {
  if (kind === 'orgs') {
    const organization = world.organizations.get(String(parameters['org']).toLowerCase());
    return ['/organizations', organization?.id, ...segments.slice(1)].join('/');
  }
  const found = world.findRepository(`${parameters['owner']}/${parameters['repo']}`);
  return ['/repositories', found?.repository.id, ...segments.slice(2)].join('/');
}

function checkHeaders(headers: IncomingHttpHeaders, violate: Violate): void {
  const version = headers['x-github-api-version']?.toString();
  if (version !== undefined && !versions.has(version)) {
    violate(`no such version of the API: ${version}`);
    throw new Refusal(400, `"${version}" is not a supported version.`);
  }
  if (headers['user-agent'] !== undefined) return;
  violate('a request has a User-Agent');
  const message = 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header';
  throw new Refusal(403, message);
}

function readBody({ body, method }: Arrival, operation: Operation, violate: Violate): unknown {
  if (operation.checkBody === undefined) {
    if (body !== '') violate(`${method} has no body`);
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    violate('the body is not JSON');
    throw new Refusal(400, 'Problems parsing JSON');
  }
  const errors = checkBody(operation, value);
  for (const error of errors) violate(`body: ${describeError(error)}`);
  // GitHub does not mind fields that it does not know; here they are violations nevertheless.
  const error = errors.find(({ keyword }) => keyword !== 'additionalProperties');
  if (error !== undefined) throw invalidBody(error);
  return value;
}

function conditional({ method, headers }: Arrival, answer: Answer): Answer {
  if (method !== 'GET' || answer.status !== 200) return answer;
  // GitHub's tags differ between tokens too: what one was answered is not known by another.
  const content = `${headers.authorization}\n${JSON.stringify(answer.body)}`;
  const etag = `W/"${createHash('sha256').update(content).digest('hex')}"`;
  const known = headers['if-none-match']?.split(/, */).includes(etag) === true;
  return known ? { status: 304, headers: { etag } } : { ...answer, headers: { ...answer.headers, etag } };
}

function redirect(method: string, location: string): Answer {
  const [status, message] = method === 'GET' ? [301, 'Moved Permanently'] : [307, 'Temporary Redirect'];
  const documentation_url =
    'https://docs.github.com/rest/guides/best-practices-for-using-the-rest-api#follow-redirects';
  return { status, body: { message, url: location, documentation_url }, headers: { location } };
}
