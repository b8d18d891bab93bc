/** GitHub's REST API. https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api */
import { send, type Answer, type Request } from './http.ts';

/** Where the API is, and as whom we use it. */
export interface Api {
  /** `GITHUB_API_URL`: `https://api.github.com`, or `https://<host>/api/v3` on GitHub Enterprise Server */
  readonly base: string;
  readonly token: string;
}

/** Makes one request to a path of {@link at}. GETs follow redirects: a renamed repository answers with one. */
export async function ask(
  { base, token }: Api,
  path: string,
  signal: AbortSignal,
  request: Pick<Request, 'method' | 'body' | 'headers'> = {},
): Promise<Answer> {
  const headers = { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28', ...request.headers };
  let url = new URL(`${base.replace(/\/+$/, '')}${path}`);
  for (let redirects = 0; ; redirects += 1) {
    const answer = await send({ ...request, url, token, headers }, signal);
    const { location } = answer.headers;
    if (![301, 302, 307, 308].includes(answer.status) || location === undefined) return answer;
    if (!URL.canParse(location, url.href)) return answer;
    const next = new URL(location, url);
    // The token must not go anywhere else, and a write must not be carried out on something that it did not name.
    if (next.origin !== url.origin || (request.method ?? 'GET') !== 'GET' || redirects === 3) return answer;
    url = next;
  }
}

/** A path in which every value is one segment, whatever it holds. @throws RangeError for `.` and `..` */
export function at(texts: TemplateStringsArray, ...values: (string | number)[]): string {
  const encoded = values.map((value) => {
    const segment = encodeURIComponent(value);
    if (/^\.{0,2}$/.test(segment)) throw new RangeError(`${JSON.stringify(value)} cannot be a part of a path`);
    return segment;
  });
  return String.raw({ raw: texts }, ...encoded);
}

/** GitHub's own words in an answer, for an error's text. */
export function wordsOf({ status, body }: Answer): string {
  const { message } = (body ?? {}) as { message?: unknown };
  return typeof message === 'string' ? `${status} ${message}` : `status ${status}`;
}

/** Whether an answer says that too much was asked: by the hour, or too fast, which only its words may tell. */
export function isRateLimited(answer: Answer): boolean {
  const { status, headers } = answer;
  if (status !== 403) return status === 429;
  const isTold = headers['x-ratelimit-remaining'] === '0' || headers['retry-after'] !== undefined;
  return isTold || /rate limit/i.test(wordsOf(answer));
}

/** When a rate limit ends, in milliseconds from now; 60 s where GitHub does not say, as its documentation asks for. */
export function rateLimitEnds({ headers }: Answer): number {
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after)) return after * 1000;
  const reset = Number(headers['x-ratelimit-reset']) * 1000;
  const date = Date.parse(headers.date ?? '');
  if (!Number.isFinite(reset)) return 60_000;
  return Math.max(0, reset - (Number.isFinite(date) ? date : Date.now()));
}
