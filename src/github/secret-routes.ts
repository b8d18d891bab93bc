/** Where secrets are: of a repository, of an environment, of an organization. https://docs.github.com/en/rest/actions/secrets */
import type { Octokit } from './octokit.ts';

/** Which secret is meant. */
export type SecretPlace = { readonly name: string } & (
  | { readonly scope: 'repository'; readonly repository: string; readonly repositoryId?: number }
  | {
      readonly scope: 'environment';
      readonly repository: string;
      readonly repositoryId?: number;
      readonly environment: string;
    }
  | { readonly scope: 'organization'; readonly organization: string }
);

/** Who may see an organization's secret: every write has to say it again. */
export interface Visibility {
  readonly visibility: 'all' | 'private' | 'selected';
  readonly selected_repository_ids?: number[];
}

/** A value that only GitHub can open, and for which of its keys. */
export type Sealed = { readonly encrypted_value: string; readonly key_id: string };

type Request = (octokit: Octokit) => ReturnType<Octokit['request']>;

export interface Routes {
  /** the permission that a token needs, in words */
  readonly permission: string;
  /** the place in words */
  readonly where: string;
  readonly getKey: Request;
  readonly getSecret: Request;
  /** @param seal makes the value anew for each attempt */
  readonly putSecret: (octokit: Octokit, seal: () => Sealed, visibility: Visibility) => ReturnType<Request>;
  /** a page of 100 of the repositories that an organization's secret is for */
  readonly listSelected?: (octokit: Octokit, page: number) => ReturnType<Request>;
}

export function routesOf(place: SecretPlace): Routes {
  if (place.scope === 'organization') return routesOfOrganization(place.organization, place.name);
  if (place.scope === 'repository') return routesOfRepository(place.repository, place.name);
  return routesOfEnvironment(place.repository, place.environment, place.name);
}

function routesOfRepository(repository: string, name: string): Routes {
  const [owner = '', repo = ''] = repository.split('/');
  const secret = { owner, repo, secret_name: name };
  return {
    permission: 'the permission "Secrets: write"',
    where: `the repository ${repository}`,
    getKey: async ({ rest }) => await rest.actions.getRepoPublicKey({ owner, repo }),
    getSecret: async ({ rest }) => await rest.actions.getRepoSecret(secret),
    putSecret: async ({ rest }, seal) =>
      await rest.actions.createOrUpdateRepoSecret({ ...secret, ...unsealed, request: { fill: seal } }),
  };
}

function routesOfEnvironment(repository: string, environment: string, name: string): Routes {
  const [owner = '', repo = ''] = repository.split('/');
  const secret = { owner, repo, environment_name: environment, secret_name: name };
  return {
    permission: 'the permission "Environments: write"',
    where: `the environment "${environment}" of ${repository}`,
    getKey: async ({ rest }) =>
      await rest.actions.getEnvironmentPublicKey({ owner, repo, environment_name: environment }),
    getSecret: async ({ rest }) => await rest.actions.getEnvironmentSecret(secret),
    putSecret: async ({ rest }, seal) =>
      await rest.actions.createOrUpdateEnvironmentSecret({ ...secret, ...unsealed, request: { fill: seal } }),
  };
}

function routesOfOrganization(org: string, name: string): Routes {
  const secret = { org, secret_name: name };
  return {
    permission: 'the organization permission "Secrets: write"',
    where: `the organization ${org}`,
    getKey: async ({ rest }) => await rest.actions.getOrgPublicKey({ org }),
    getSecret: async ({ rest }) => await rest.actions.getOrgSecret(secret),
    putSecret: async ({ rest }, seal, visibility) =>
      await rest.actions.createOrUpdateOrgSecret({ ...secret, ...unsealed, ...visibility, request: { fill: seal } }),
    listSelected: async ({ rest }, page) =>
      await rest.actions.listSelectedReposForOrgSecret({ ...secret, per_page: 100, page }),
  };
}

/** In place of what is filled in for each attempt. */
const unsealed: Sealed = { encrypted_value: '', key_id: '' };
