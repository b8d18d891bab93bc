/**
 * Runs workflows and actions as GitHub's runner does, with real processes: see README.md.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Repository } from './actions.ts';
import { RunControl } from './run-control.ts';
import { coerceString, type Json, type JsonMap } from './template.ts';
import type { JobResult, Run, RunnerOptions, WorkflowResult } from './types.ts';
import { defaultGithub, executeWorkflow, type WorkflowFile } from './workflow.ts';

export type * from './types.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const THIS_REPOSITORY = 'OWNER/joblease';
const NODE_24 = path.join(CHECKOUT, 'node_modules', 'node', 'bin', 'node');

/**
 * Runs a workflow file.
 *
 * It belongs to the repository whose directory (see {@link RunnerOptions.repositories}) it lies in; that is
 * `github.repository`, unless an option says otherwise.
 *
 * @example
 * const run = runWorkflow('examples/migrate.yml', { secrets: { DB_ROOT: 'postgres://…' } });
 * await run.waitFor(/Leased/);
 * run.cancel();
 * const { jobs } = await run.done;
 */
export function runWorkflow(file: string, options: RunnerOptions = {}): Run<WorkflowResult> {
  const name = path.resolve(file);
  return start(
    name,
    () => readFileSync(name, 'utf8'),
    options,
    (result) => result,
  );
}

/**
 * Runs one job, `test`, with the given steps: the YAML text of a list, or the list itself.
 *
 * @example
 * const { log } = await runSteps(`
 *   - uses: OWNER/joblease/actions/postgres@v1
 *     with: { root: "\${{ secrets.ROOT }}", member-of: app }
 * `, { secrets: { ROOT } }).done;
 */
export function runSteps(steps: string | readonly Json[], options: RunnerOptions = {}): Run<JobResult> {
  const list = typeof steps === 'string' ? `\n${indent(dedent(steps), 6)}` : ` ${JSON.stringify(steps)}`;
  const text = `on: push\njobs:\n  test:\n    runs-on: ubuntu-latest\n    steps:${list}\n`;
  return start(
    path.join(CHECKOUT, 'steps.yml'),
    () => text,
    options,
    ({ jobs }) => {
      const { test } = jobs;
      if (test === undefined) throw new Error('The job has no result.');
      return test;
    },
  );
}

function start<Result>(
  name: string,
  read: () => string,
  options: RunnerOptions,
  pick: (result: WorkflowResult) => Result,
): Run<Result> {
  const control = new RunControl(options);
  const done = execute(control, name, read).then(pick);
  // Handled here, a failure is told to those who wait for a line too, and is no unhandled rejection besides.
  done.then(
    () => control.end(),
    (error: unknown) => control.end(error),
  );
  return {
    done,
    cancel: () => control.cancel(),
    kill: () => control.kill(),
    waitFor: async (pattern, limit = 15_000) => await control.waitFor(pattern, limit),
  };
}

async function execute(run: RunControl, name: string, read: () => string): Promise<WorkflowResult> {
  const { options } = run;
  const given = Object.entries({ [THIS_REPOSITORY]: CHECKOUT, ...options.repositories });
  const repositories = Object.fromEntries(given.map(([slug, root]) => [slug, path.resolve(root)]));
  const directory = mkdtempSync(path.join(os.tmpdir(), 'runner-'));
  try {
    const repository = holderOf(name, repositories);
    const workspace = path.resolve(options.workspace ?? mkdtempSync(path.join(directory, 'workspace-')));
    const github: JsonMap = { ...defaultGithub(repository.slug, path.basename(name)), workspace, ...options.github };
    const own: Repository = {
      slug: coerceString(github['repository']),
      directory: workspace,
      ref: coerceString(github['ref_name']),
    };
    const file: WorkflowFile = { name, text: read(), repository };
    const secrets = { GITHUB_TOKEN: coerceString(github['token']), ...options.secrets };
    return await executeWorkflow(
      { run, sources: { repositories, workspace: own }, directory, node: options.node ?? NODE_24, github },
      file,
      { prefix: '', inputs: options.inputs ?? {}, secrets },
    );
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The repository whose directory a file lies in: of several, the innermost. */
function holderOf(file: string, repositories: Readonly<Record<string, string>>): Repository {
  const holders = Object.entries(repositories)
    .map(([slug, directory]) => ({ slug, directory, ref: 'main' }))
    .filter(({ directory }) => file.startsWith(directory + path.sep))
    .toSorted((a, b) => b.directory.length - a.directory.length);
  return holders[0] ?? { slug: 'octocat/app', directory: path.dirname(file), ref: 'main' };
}

function dedent(text: string): string {
  const lines = text.split('\n');
  const widths = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  return lines.map((line) => line.slice(Math.min(...widths))).join('\n');
}

function indent(text: string, width: number): string {
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(width));
}
