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
  /** Holds a request against the description, and reads it. */
  read(arrival: Arrival): Reading;
  /** @param stopped what a fault answers instead of carrying the request out */
  answer(reading: Reading, stopped?: Refusal): Answer;
}

/** A request as it came. */
export interface Arrival {
  readonly method: string;
  /** below the base */
  readonly path: string;
  /** with `?`, or `''` */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A request as the description reads it. */
export interface Reading extends Arrival {
  readonly operation: Operation | undefined;
  /** of the path by names, still percent-encoded */
  readonly segments: readonly string[];
  readonly parameters: Parameters;
  /** the JSON in the body */
  readonly json: unknown;
  /** why GitHub refuses it, whatever it asks for */
  readonly refusal: Refusal | undefined;
  /** what does not fit the description */
  readonly wrong: readonly string[];
}

export interface Surroundings {
  readonly world: World;
  readonly access: Access;
  /** the server's clock, in milliseconds */
  readonly now: () => number;
  /** the API's URL */
  readonly url: () => string;
}

/** Those that the description is for; the later one takes fields away that this server does not give. */
const versions = new Set(['2022-11-28', '2026-03-10']);

/** @param violated is told what does not fit the description */
export function createApi(
  { world, access, now, url }: Surroundings,
  violated: (arrival: Arrival, what: string) => void,
): Api {
  /** What the rules make of a request; throws a Refusal. */
  const carryOut = (reading: Reading, caller: Caller): Answer => {
    const { operation, segments, parameters, json, method, search } = reading;
    if (operation === undefined) throw notFound();
    if (caller.kind === 'unknown') throw new Refusal(401, 'Bad credentials', 'https://docs.github.com/rest');
    if (reading.refusal !== undefined) throw reading.refusal;
    const route = routes[operation.id];
    if (route === undefined) throw new Error(`no route for ${operation.id}`);
    const self = `${url()}${pathById(world, segments, parameters)}${search}`;
    const request = { world, caller, parameters, body: json, base: url(), self, now: timestamp(now()) };
    if (world.findRepository(`${parameters['owner']}/${parameters['repo']}`)?.moved === true) {
      // A private repository's new name is not for everyone either.
      routes['repos/get']?.carryOut(request, { permission: 'metadata', level: 'read' });
      return redirect(method, self);
    }
    return route.carryOut(request, route.need);
  };

  return {
    read(arrival) {
      const reading = read(arrival, byName(world, arrival.path.split('/').slice(1)));
      for (const what of reading.wrong) violated(arrival, what);
      return reading;
    },
    answer(reading, stopped) {
      const { headers, operation } = reading;
      const caller = access.identify(headers.authorization);
      const requestId = randomUUID();
      let answer: Answer;
      try {
        const refusal = stopped ?? overLimit(caller, requestId, timestamp(now()));
        if (refusal !== undefined) throw refusal;
        answer = conditional(reading, carryOut(reading, caller));
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        answer = refused(error, operation);
      }
      // An unchanged answer is free for those who say who they are.
      const free = answer.status === 304 && caller.kind !== 'anonymous';
      if (!free && caller.rate.remaining > 0) caller.rate.remaining -= 1;
      const wrong = operation === undefined ? [] : checkAnswer(operation, answer.status, answer.body);
      for (const what of wrong) violated(reading, `answer ${answer.status}: ${what}`);
      const need = operation && routes[operation.id]?.need;
      const accepted = need && { 'x-accepted-github-permissions': `${need.permission}=${need.level}` };
      const own = { ...rateHeaders(caller.rate), ...accepted, 'x-github-request-id': requestId };
      return { ...answer, headers: { ...answer.headers, ...own } };
    },
  };
}

/** @param operation whose page the answer names */
function refused({ status, message, documentation, headers }: Refusal, operation: Operation | undefined): Answer {
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

function read(arrival: Arrival, segments: readonly string[]): Reading {
  const { method, search, headers } = arrival;
  const operation = findOperation(method, segments);
  if (operation === undefined) {
    const wrong = ['no such operation'];
    return { ...arrival, operation, segments, parameters: {}, json: undefined, refusal: undefined, wrong };
  }
  const { parameters, wrong } = readParameters(operation, segments, new URLSearchParams(search));
  const body = readBody(arrival, operation);
  const [refusal = body.refusal] = headerRefusals(headers);
  wrong.push(...body.wrong, ...headerRefusals(headers).map(({ message }) => message));
  return { ...arrival, operation, segments, parameters, json: body.json, refusal, wrong };
}

function headerRefusals(headers: IncomingHttpHeaders): Refusal[] {
  const version = headers['x-github-api-version']?.toString();
  const refusals: Refusal[] = [];
  if (headers['user-agent'] === undefined) {
    const message = 'Request forbidden by administrative rules. Please make sure your request has a User-Agent header';
    refusals.push(new Refusal(403, message));
  }
  if (version !== undefined && !versions.has(version)) {
    refusals.push(new Refusal(400, `"${version}" is not a supported version of the API.`));
  }
  return refusals;
}

function readBody(
  { body, method }: Arrival,
  operation: Operation,
): { json?: unknown; refusal?: Refusal | undefined; wrong: string[] } {
  if (operation.checkBody === undefined) return { wrong: body === '' ? [] : [`${method} has no body`] };
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return { refusal: new Refusal(400, 'Problems parsing JSON'), wrong: ['the body is not JSON'] };
  }
  const errors = checkBody(operation, json);
  // GitHub does not mind fields that it does not know; here they are violations nevertheless.
  const error = errors.find(({ keyword }) => keyword !== 'additionalProperties');
  return { json, refusal: error && invalidBody(error), wrong: errors.map((each) => `body: ${describeError(each)}`) };
}

function conditional({ method, headers }: Reading, answer: Answer): Answer {
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
