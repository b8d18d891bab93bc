import { mask } from '../runner/log.ts';

/**
 * How to ask GitHub for an OIDC token of this job.
 *
 * Its own few lines, because the toolkit's getIDToken brings an HTTP client whose loading more than doubles the start of
 * every step; ours is loaded for the first token, as most steps ask for none. https://docs.github.com/en/actions/reference/security/oidc
 *
 * @returns undefined when the job lacks `permissions: id-token: write`
 */
export function idTokenSource(): ((audience: string, signal: AbortSignal) => Promise<string>) | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: base, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = process.env;
  if (base === undefined || base === '' || token === undefined || token === '') return undefined;
  return async (audience, signal) => {
    const { Connection, jsonIn } = await import('../http/connection.ts');
    const url = new URL(base);
    url.searchParams.set('audience', audience);
    using github = new Connection(url, { mayBePlain: true, headers: { authorization: `Bearer ${token}` } });
    const answer = await github.exchange({ path: url.pathname + url.search }, signal);
    if (answer.status !== 200) throw new Error(`GitHub gave no OIDC token: status ${answer.status}`);
    const { value } = (jsonIn(answer) ?? {}) as { value?: unknown };
    if (typeof value !== 'string') throw new Error('GitHub gave no OIDC token: the answer holds none');
    mask([value]);
    return value;
  };
}
