import { mask } from './log.ts';

/**
 * How to ask GitHub for an OIDC token of this job.
 *
 * Its own few lines, because the toolkit's getIDToken brings an HTTP client whose loading more than doubles the start of
 * every step. https://docs.github.com/en/actions/reference/security/oidc
 *
 * @returns undefined when the job lacks `permissions: id-token: write`
 */
export function idTokenSource(): ((audience: string, signal: AbortSignal) => Promise<string>) | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: base, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = process.env;
  if (base === undefined || base === '' || bearer === undefined || bearer === '') return undefined;
  return async (audience, signal) => {
    const url = new URL(base);
    url.searchParams.set('audience', audience);
    const { status, body } = await request(url, bearer, signal);
    if (status !== 200) throw new Error(`GitHub gave no OIDC token: status ${status}`);
    const { value } = JSON.parse(body) as { value?: unknown };
    if (typeof value !== 'string') throw new Error('GitHub gave no OIDC token: the answer holds none');
    mask([value]);
    return value;
  };
}

async function request(url: URL, bearer: string, signal: AbortSignal): Promise<{ status: number; body: string }> {
  // Loaded only here: few jobs ask for a token, and every step would pay for it.
  const { text } = await import('node:stream/consumers');
  const { Agent, get } = await (url.protocol === 'http:' ? import('node:http') : import('node:https'));
  const agent = new Agent({ proxyEnv: process.env });
  const headers = { authorization: `Bearer ${bearer}`, accept: 'application/json' };
  return await new Promise((resolve, reject) => {
    get(url, { agent, headers, signal }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    }).on('error', reject);
  });
}
