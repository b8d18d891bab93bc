/** The lines of the docs and the examples that use an action or a reusable workflow of ours. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Release } from '../release/repository.ts';
import { actions } from './actions.ts';
import { workflows } from './workflows.ts';

const root = join(import.meta.dirname, '..', '..');

/** The pages and the examples. */
export const usersFiles: readonly string[] = [
  'README.md',
  ...readdirSync(join(root, 'docs')).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
  ...readdirSync(join(root, 'examples')).flatMap((name) => (name.endsWith('.yml') ? [`examples/${name}`] : [])),
];

const paths = [...actions.map(({ directory }) => directory), ...Object.keys(workflows)]
  .filter((path) => path !== '.')
  .map((path) => path.replaceAll('.', String.raw`\.`));

/**
 * Writes each use with where the repository is, pinned to the last release: `owner/name/actions/x@<commit> # v1.2.3`. Before
 * the first release what follows the `@` stays.
 *
 * @param repository `owner/name`
 */
export function withUses(text: string, repository: string, release: Release | undefined): string {
  const ours = new RegExp(
    String.raw`(?<=\buses: )(?:[\w.-]+/[\w.-]+(/(?:${paths.join('|')}))|${escaped(repository)})@([\w.-]+)(?: # v[\w.-]+)?`,
    'g',
  );
  return text.replaceAll(ours, (_, path: string | undefined, ref: string) => {
    const pin = release === undefined ? ref : `${release.commit} # v${release.version}`;
    return `${repository}${path ?? ''}@${pin}`;
  });
}

function escaped(text: string): string {
  return text.replaceAll(/[.]/g, String.raw`\.`);
}
