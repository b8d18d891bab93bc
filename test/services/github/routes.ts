/** What each operation of the description does. */
import {
  authorizeOrganization,
  authorizeRepository,
  type Caller,
  type Level,
  type Need,
  type Permission,
} from './access.ts';
import { fullRepository, minimalRepository, workflowJob, workflowRun } from './bodies.ts';
import type { Parameters } from './description.ts';
import { notFound, Refusal } from './refusal.ts';
import { store, type Secret, type SecretStore, type Visibility } from './secrets.ts';
import type { Attempt, Job, Organization, Repository, Run, World } from './world.ts';

export interface Request {
  readonly world: World;
  readonly caller: Caller;
  readonly parameters: Parameters;
  readonly body: unknown;
  /** the URL of the API, without a slash at its end */
  readonly base: string;
  /** the URL of this request by the id of its repository or organization, as GitHub's own links have it */
  readonly self: string;
  /** the server's time, as GitHub writes it */
  readonly now: string;
}

export interface Answer {
  readonly status: number;
  /** to be sent as JSON; left out where there is none */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Route {
  readonly need: Need;
  readonly carryOut: (request: Request, need: Need) => Answer;
}

interface SecretBody {
  readonly encrypted_value?: string;
  readonly key_id?: string;
  readonly visibility: Visibility;
  readonly selected_repository_ids?: readonly (number | string)[];
}

export const routes: Readonly<Record<string, Route>> = {
  'repos/get': of('metadata', 'read', (request, need) => ok(fullRepository(request.base, repositoryOf(request, need)))),

  'actions/list-workflow-runs-for-repo': of('actions', 'read', (request, need) => {
    const repository = repositoryOf(request, need);
    const runs = [...repository.runs.values()].toReversed();
    return page(request, 'workflow_runs', runs, (run) =>
      workflowRun(request.base, repository, run, attemptOf(run), run.attempts.length),
    );
  }),
  'actions/get-workflow-run': of('actions', 'read', (request, need) => {
    const { repository, run } = runOf(request, need);
    return ok(workflowRun(request.base, repository, run, attemptOf(run), run.attempts.length));
  }),
  'actions/get-workflow-run-attempt': of('actions', 'read', (request, need) => {
    const { repository, run } = runOf(request, need);
    const number = Number(request.parameters['attempt_number']);
    return ok(workflowRun(request.base, repository, run, attemptOf(run, number), number));
  }),
  'actions/list-jobs-for-workflow-run-attempt': of('actions', 'read', (request, need) => {
    const { repository, run } = runOf(request, need);
    const { jobs } = attemptOf(run, Number(request.parameters['attempt_number']));
    return jobsPage(request, repository, run, jobs);
  }),
  'actions/list-jobs-for-workflow-run': of('actions', 'read', (request, need) => {
    const { repository, run } = runOf(request, need);
    const attempts = request.parameters['filter'] === 'all' ? run.attempts : [attemptOf(run)];
    return jobsPage(
      request,
      repository,
      run,
      attempts.flatMap(({ jobs }) => jobs),
    );
  }),
  'actions/get-job-for-workflow-run': of('actions', 'read', (request, need) => {
    const repository = repositoryOf(request, need);
    for (const run of repository.runs.values()) {
      for (const { jobs } of run.attempts) {
        const job = jobs.find(({ id }) => id === request.parameters['job_id']);
        if (job !== undefined) return ok(workflowJob(request.base, repository, run, job));
      }
    }
    throw notFound();
  }),

  'actions/get-repo-public-key': of('secrets', 'read', (request, need) =>
    ok(repositoryOf(request, need).secrets.publicKey()),
  ),
  'actions/get-repo-secret': of('secrets', 'read', (request, need) =>
    ok(shown(secretOf(request, repositoryOf(request, need).secrets))),
  ),
  'actions/create-or-update-repo-secret': of('secrets', 'write', (request, need) =>
    put(request, repositoryOf(request, need).secrets),
  ),

  'actions/get-environment-public-key': of('environments', 'read', (request, need) =>
    ok(environmentOf(request, need).publicKey()),
  ),
  'actions/get-environment-secret': of('environments', 'read', (request, need) =>
    ok(shown(secretOf(request, environmentOf(request, need)))),
  ),
  'actions/create-or-update-environment-secret': of('environments', 'write', (request, need) =>
    put(request, environmentOf(request, need)),
  ),

  'actions/get-org-public-key': of('organization_secrets', 'read', (request, need) =>
    ok(organizationOf(request, need).secrets.publicKey()),
  ),
  'actions/get-org-secret': of('organization_secrets', 'read', (request, need) => {
    const { login, secrets } = organizationOf(request, need);
    const secret = secretOf(request, secrets);
    const url = `${request.base}/orgs/${login}/actions/secrets/${secret.name}/repositories`;
    const selected = secret.visibility === 'selected' ? { selected_repositories_url: url } : {};
    return ok({ ...shown(secret), visibility: secret.visibility, ...selected });
  }),
  'actions/list-selected-repos-for-org-secret': of('organization_secrets', 'read', (request, need) => {
    const { selected = [] } = secretOf(request, organizationOf(request, need).secrets);
    const repositories = selected.flatMap((id) => request.world.repositories.get(id) ?? []);
    return page(request, 'repositories', repositories, (repository) => minimalRepository(request.base, repository));
  }),
  'actions/create-or-update-org-secret': of('organization_secrets', 'write', (request, need) => {
    const { secrets } = organizationOf(request, need);
    const { visibility, selected_repository_ids: given } = request.body as SecretBody;
    if (visibility !== 'selected' && given !== undefined) {
      throw new Refusal(422, 'selected_repository_ids is only for the visibility "selected"');
    }
    // Repositories that are not named again lose the secret.
    const selected = (given ?? []).map(Number);
    if (selected.some((id) => !request.world.repositories.has(id))) throw notFound();
    const answer = put(request, secrets);
    Object.assign(secretOf(request, secrets), { visibility, selected });
    return answer;
  }),
};

function of(permission: Permission | 'metadata', level: Level, carryOut: Route['carryOut']): Route {
  return { need: { permission, level }, carryOut };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}

function repositoryOf({ world, caller, parameters }: Request, need: Need): Repository {
  const found = world.findRepository(`${parameters['owner']}/${parameters['repo']}`);
  return authorizeRepository(caller, found?.repository, need);
}

function organizationOf({ world, caller, parameters }: Request, need: Need): Organization {
  return authorizeOrganization(caller, world.organizations.get(String(parameters['org']).toLowerCase()), need);
}

function environmentOf(request: Request, need: Need): SecretStore {
  const { environments } = repositoryOf(request, need);
  return environments.get(String(request.parameters['environment_name'])) ?? refuse();
}

function runOf(request: Request, need: Need): { repository: Repository; run: Run } {
  const repository = repositoryOf(request, need);
  return { repository, run: repository.runs.get(Number(request.parameters['run_id'])) ?? refuse() };
}

function attemptOf({ attempts }: Run, number = attempts.length): Attempt {
  return attempts[number - 1] ?? refuse();
}

function secretOf({ parameters }: Request, { secrets }: SecretStore): Secret {
  return secrets.get(String(parameters['secret_name']).toUpperCase()) ?? refuse();
}

function refuse(): never {
  throw notFound();
}

function shown({ name, created_at, updated_at }: Secret): object {
  return { name, created_at, updated_at };
}

function put({ parameters, body, now }: Request, secrets: SecretStore): Answer {
  const { encrypted_value: encrypted, key_id: keyId = '' } = body as SecretBody;
  const value = encrypted === undefined ? undefined : secrets.open(keyId, encrypted);
  const isNew = store(secrets, String(parameters['secret_name']), value, now);
  return isNew ? { status: 201, body: {} } : { status: 204 };
}

function jobsPage(request: Request, repository: Repository, run: Run, jobs: readonly Job[]): Answer {
  return page(request, 'jobs', jobs, (job) => workflowJob(request.base, repository, run, job));
}

/** One page of a list, with links to the others: https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api */
function page<T>({ parameters, self }: Request, name: string, items: readonly T[], show: (item: T) => object): Answer {
  const size = Math.min(Number(parameters['per_page']), 100);
  const current = Number(parameters['page']);
  const last = Math.max(1, Math.ceil(items.length / size));
  const link = (rel: string, number: number): string => {
    const url = new URL(self);
    url.searchParams.set('page', String(number));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(current > 1 ? [link('prev', Math.min(current - 1, last))] : []),
    ...(current < last ? [link('next', current + 1), link('last', last)] : []),
    ...(current > 1 ? [link('first', 1)] : []),
  ];
  const shownItems = items.slice((current - 1) * size, current * size).map(show);
  return {
    status: 200,
    body: { total_count: items.length, [name]: shownItems },
    headers: links.length === 0 ? {} : { link: links.join(', ') },
  };
}
