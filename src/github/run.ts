/** What GitHub says of a run of a workflow. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, at, type Api } from './api.ts';

/**
 * When a run was queued, which is when it was given the secrets of its repository and organization. Of a run that was
 * started again it is the first time, because nobody says which secrets it is given then.
 *
 * @returns undefined when GitHub does not tell, such as without `actions: read`
 */
export async function queuedAt(
  api: Api,
  { repo, run }: { readonly repo: string; readonly run: number },
  signal: AbortSignal,
): Promise<Date | undefined> {
  const [owner = '', name = ''] = repo.split('/');
  if (owner === '' || name === '' || run < 1) return undefined;
  for (let attempt = 1; attempt <= 3; attempt += 1) {
    const answer = await ask(api, at`/repos/${owner}/${name}/actions/runs/${run}`, signal).catch(() => undefined);
    signal.throwIfAborted();
    if (answer !== undefined && answer.status < 500) {
      const { created_at: created } = (answer.body ?? {}) as { created_at?: unknown };
      const time = answer.status === 200 ? Date.parse(String(created)) : Number.NaN;
      return Number.isFinite(time) ? new Date(time) : undefined;
    }
    await sleep(500 * attempt, undefined, { signal }).catch(() => undefined);
  }
  return undefined;
}
