/** Runs, jobs and repositories in the words of GitHub's answers. */
import type { Attempt, Job, Repository, Run } from './world.ts';

const sha = '009b8a3a9ccbb128af87f9b1c0f4c62e8a304f6d';

/** What every repository shows of itself, wherever it is shown. */
export function minimalRepository(base: string, { id, full_name, private: isPrivate }: Repository): object {
  const [login = '', name = ''] = full_name.split('/');
  const url = `${base}/repos/${full_name}`;
  return {
    id,
    node_id: nodeId('Repository', id),
    name,
    full_name,
    owner: account(base, login),
    private: isPrivate,
    html_url: `https://github.com/${full_name}`,
    description: null,
    fork: false,
    url,
    ...Object.fromEntries(repositoryLinks.map(([key, path]) => [`${key}_url`, `${url}${path}`])),
  };
}

export function fullRepository(base: string, repository: Repository): object {
  const { full_name, private: isPrivate } = repository;
  const time = '2026-01-01T00:00:00Z';
  return {
    ...minimalRepository(base, repository),
    visibility: isPrivate ? 'private' : 'public',
    git_url: `git://github.com/${full_name}.git`,
    ssh_url: `git@github.com:${full_name}.git`,
    clone_url: `https://github.com/${full_name}.git`,
    svn_url: `https://github.com/${full_name}`,
    default_branch: 'main',
    created_at: time,
    updated_at: time,
    pushed_at: time,
    ...same(null, ['homepage', 'language', 'license', 'mirror_url']),
    ...same(false, ['archived', 'disabled', 'has_pages', 'has_discussions', 'has_wiki', 'has_projects']),
    ...same(0, ['forks', 'forks_count', 'open_issues', 'open_issues_count', 'watchers', 'watchers_count', 'size']),
    ...same(0, ['stargazers_count', 'network_count', 'subscribers_count']),
    has_issues: true,
  };
}

/** @param number of the attempt, counted from 1 */
export function workflowRun(base: string, repository: Repository, run: Run, attempt: Attempt, number: number): object {
  const url = `${base}/repos/${repository.full_name}/actions/runs/${run.id}`;
  const shown = minimalRepository(base, repository);
  const actor = account(base, 'octocat');
  const { status, conclusion, run_started_at, updated_at } = attempt;
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId('WorkflowRun', run.id),
    check_suite_id: run.id + 1,
    check_suite_node_id: nodeId('CheckSuite', run.id),
    head_branch: 'main',
    head_sha: sha,
    path: '.github/workflows/ci.yml',
    display_title: run.name,
    run_number: 1,
    run_attempt: number,
    event: 'push',
    status,
    conclusion,
    workflow_id: repository.id + 1,
    url,
    html_url: `https://github.com/${repository.full_name}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.created_at,
    updated_at,
    run_started_at,
    actor,
    triggering_actor: actor,
    referenced_workflows: [],
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: `${base}/repos/${repository.full_name}/check-suites/${run.id + 1}`,
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    previous_attempt_url: number > 1 ? `${url}/attempts/${number - 1}` : null,
    workflow_url: `${base}/repos/${repository.full_name}/actions/workflows/${repository.id + 1}`,
    head_commit: null,
    repository: shown,
    head_repository: shown,
  };
}

export function workflowJob(base: string, repository: Repository, run: Run, job: Job): object {
  const url = `${base}/repos/${repository.full_name}`;
  const assigned = job.runner_name !== null;
  return {
    ...job,
    node_id: nodeId('CheckRun', job.id),
    run_id: run.id,
    run_url: `${url}/actions/runs/${run.id}`,
    workflow_name: run.name,
    head_branch: 'main',
    head_sha: sha,
    url: `${url}/actions/jobs/${job.id}`,
    html_url: `https://github.com/${repository.full_name}/actions/runs/${run.id}/job/${job.id}`,
    check_run_url: `${url}/check-runs/${job.id}`,
    steps: [],
    labels: ['ubuntu-latest'],
    runner_id: assigned ? 7 : null,
    runner_group_id: assigned ? 0 : null,
    runner_group_name: assigned ? 'GitHub Actions' : null,
  };
}

/** As pairs of the field's name without `_url` and the path below the repository; most begin alike. */
const repositoryLinks = `
  assignees{/user} branches{/branch} collaborators{/collaborator} comments{/number} commits{/sha}
  compare/{base}...{head} contents/{+path} contributors deployments downloads events forks hooks issues{/number}
  keys{/key_id} labels{/name} languages merges milestones{/number} notifications{?since,all,participating}
  pulls{/number} releases{/id} stargazers statuses/{sha} subscribers subscription tags teams
  archive={archive_format}{/ref} blobs=git/blobs{/sha} git_commits=git/commits{/sha} git_refs=git/refs{/sha}
  git_tags=git/tags{/sha} trees=git/trees{/sha} issue_comment=issues/comments{/number} issue_events=issues/events{/number}
`
  .trim()
  .split(/\s+/)
  .map((link) => [/^[a-z_]+/.exec(link)?.[0] ?? '', `/${link.replace(/^[a-z_]+=/, '')}`] as const);

function account(base: string, login: string): object {
  const url = `${base}/users/${login}`;
  const id = Buffer.from(login).reduce((sum, byte) => (sum * 31 + byte) % 1e9, 7);
  const links = ['followers', 'subscriptions', 'organizations', 'repos', 'received_events'];
  return {
    login,
    id,
    node_id: nodeId('User', id),
    avatar_url: `https://avatars.githubusercontent.com/u/${id}?v=4`,
    gravatar_id: '',
    url,
    html_url: `https://github.com/${login}`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    events_url: `${url}/events{/privacy}`,
    ...Object.fromEntries(links.map((link) => [`${link}_url`, `${url}/${link}`])),
    type: 'User',
    site_admin: false,
  };
}

function same(value: unknown, keys: readonly string[]): object {
  return Object.fromEntries(keys.map((key) => [key, value]));
}

function nodeId(type: string, id: number): string {
  return Buffer.from(`${type}${id}`).toString('base64');
}
