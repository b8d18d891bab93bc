/** Where the project lives on GitHub, and its last release: what the docs and the examples are written with. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** The owner until somebody has run `npm run rename`. */
export const nobody = 'OWNER';

/** `owner/name`, from package.json: the one place that says it. */
export function repository(directory = root): string {
  const { repository: given } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as {
    repository?: { url?: string };
  };
  const [, slug] = /^git\+https:\/\/github\.com\/([^/]+\/[^/]+)\.git$/.exec(given?.url ?? '') ?? [];
  if (slug === undefined)
    throw new Error('package.json has no "repository" of the form git+https://github.com/owner/name.git');
  return slug;
}

export interface Release {
  /** without the `v` */
  readonly version: string;
  /** the commit that its tag names: what a workflow is to pin */
  readonly commit: string;
}

/** Written by `npm run release`, in the commit after the one that is released: no commit can name itself. */
export const lastReleaseFile = join('scripts', 'release', 'last.json');

/** @returns undefined before the first one */
export function lastRelease(directory = root): Release | undefined {
  const file = join(directory, lastReleaseFile);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Release) : undefined;
}
