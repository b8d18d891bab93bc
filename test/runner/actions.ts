import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { asMap, asText, parseFile, type Template, type TemplateMap } from './template.ts';

/** A repository that a directory stands for. */
export interface Repository {
  slug: string;
  directory: string;
  ref: string;
}

/** What a step's `uses:` names. */
export interface ActionReference {
  /** As the log names it: `OWNER/joblease/actions/postgres@v1`, `./local`. */
  title: string;
  directory: string;
  /** Holds the action's file, so `$/` in it resolves there. */
  repository: Repository;
  /** Named as `./…`, in the workspace. The runner treats these apart: see {@link Job} on post steps. */
  local: boolean;
}

export interface ActionManifest {
  inputs: TemplateMap;
  outputs: TemplateMap;
  runs: NodeRuns | CompositeRuns;
}

export interface NodeRuns {
  using: 'node';
  main: string;
  post: string | undefined;
  postIf: Template;
}

export interface CompositeRuns {
  using: 'composite';
  steps: Template[];
}

/** Where `uses:` may lead. */
export interface ActionSources {
  repositories: Readonly<Record<string, string>>;
  /** The repository of the run, in the workspace: `./…` is a path in it. */
  workspace: Repository;
}

/**
 * Finds the directory that `uses` names. `$/path` is a path in the repository that holds the file where it stands.
 *
 * @throws Error for an image, and for a repository that no directory stands for.
 */
export function resolveAction(uses: string, holder: Repository, sources: ActionSources): ActionReference {
  if (uses.startsWith('./')) {
    const { workspace } = sources;
    return { title: uses, directory: path.join(workspace.directory, uses), repository: workspace, local: true };
  }
  if (uses.startsWith('$/')) {
    const title = `${holder.slug}/${uses.slice(2)}@${holder.ref}`;
    return { title, directory: path.join(holder.directory, uses.slice(2)), repository: holder, local: false };
  }
  const { repository, subpath } = resolveRepository(uses, sources.repositories);
  return { title: uses, directory: path.join(repository.directory, subpath), repository, local: false };
}

/** The repository and the path in `owner/repo/path@ref`. */
export function resolveRepository(
  reference: string,
  repositories: Readonly<Record<string, string>>,
): { repository: Repository; subpath: string } {
  const {
    slug,
    subpath = '',
    ref,
  } = /^(?<slug>[^/@]+\/[^/@]+)(?:\/(?<subpath>[^@]+))?@(?<ref>.+)$/.exec(reference)?.groups ?? {};
  if (slug === undefined || ref === undefined) throw new Error(`The runner emulator cannot run "uses: ${reference}".`);
  const directory = repositories[slug];
  if (directory === undefined) {
    throw new Error(
      `The runner emulator downloads nothing. To run "uses: ${reference}", give a directory in its place: ` +
        `{ repositories: { '${slug}': '/path/to/it' } }.`,
    );
  }
  return { repository: { slug, directory, ref }, subpath };
}

/**
 * Reads an action's `action.yml` or `action.yaml`.
 *
 * @throws Error when there is none, when GitHub's schema refuses it, or when it runs in a way that is not emulated.
 */
export function loadAction(directory: string): ActionManifest {
  const file = ['action.yml', 'action.yaml'].map((name) => path.join(directory, name)).find((name) => existsSync(name));
  if (file === undefined) {
    throw new Error(
      `Can't find 'action.yml', 'action.yaml' or 'Dockerfile' under '${directory}'. ` +
        'Did you forget to run actions/checkout before running your local action?',
    );
  }
  const manifest = parseFile('action', file, readFileSync(file, 'utf8'));
  const runs = asMap(manifest['runs']);
  const using = asText(runs['using']);
  const shared = { inputs: asMap(manifest['inputs']), outputs: asMap(manifest['outputs']) };
  if (using === 'composite') return { ...shared, runs: { using, steps: asSteps(runs['steps']) } };
  const main = asText(runs['main']);
  if ((using !== 'node24' && using !== 'node20') || main === undefined) {
    throw new Error(`${file}: the runner emulator does not run actions that use ${using ?? 'nothing'}.`);
  }
  if (runs['pre'] !== undefined) throw new Error(`${file}: the runner emulator does not run "pre".`);
  return { ...shared, runs: { using: 'node', main, post: asText(runs['post']), postIf: runs['post-if'] ?? null } };
}

/** A list of steps, as it stands in a job or a composite. */
export function asSteps(steps: Template | undefined): Template[] {
  if (!Array.isArray(steps)) throw new Error('A list of steps is expected here.');
  return steps;
}
