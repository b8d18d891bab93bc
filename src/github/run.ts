/** What GitHub says of a run of a workflow. */
import type { Api } from './api.ts';
import { Github } from './client.ts';

/** How long GitHub is asked for it. */
const patienceMs = 10_000;

/**
 * When a run was queued, which is when it was given the secrets of its repository and organization. Of a run that was
 * started again it is the first time, because nobody says which secrets it is given then.
 *
 * @returns undefined when GitHub does not tell, such as without `actions: read`
 */
export async function queuedAt(
  api: Api,
  { repo: name, run }: { readonly repo: string; readonly run: number },
  signal: AbortSignal,
): Promise<Date | undefined> {
  const [owner = '', repo = ''] = name.split('/');
  if (owner === '' || repo === '' || run < 1) return undefined;
  const github = new Github(api, { signal, retries: 2, latestMs: (beganMs) => beganMs + patienceMs });
  const answer = await github
    .ask(async ({ rest }) => await rest.actions.getWorkflowRun({ owner, repo, run_id: run }))
    .catch(() => undefined);
  signal.throwIfAborted();
  const { created_at: created } = (answer?.body ?? {}) as { created_at?: unknown };
  const time = answer?.status === 200 ? Date.parse(String(created)) : Number.NaN;
  return Number.isFinite(time) ? new Date(time) : undefined;
}
