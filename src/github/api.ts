/** GitHub's REST API. https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api */

/** Where the API is, and as whom we use it. */
export interface Api {
  /** `GITHUB_API_URL`: `https://api.github.com`, or `https://<host>/api/v3` on GitHub Enterprise Server */
  readonly base: string;
  readonly token: string;
}

/** What GitHub has said, whatever its status is. */
export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | number | undefined>;
  /** parsed JSON; text where it is none */
  readonly body: unknown;
}

/** Something in between has answered in GitHub's place. */
export class NotGithub extends Error {}

/** An answer as Octokit has it. */
export type OctokitResponse = Pick<Answer, 'status' | 'headers'> & { readonly data: unknown };

export function answerOf({ status, headers, data }: OctokitResponse): Answer {
  return { status, headers, body: data };
}

/** The answer that Octokit has made an error of; undefined when there was none. */
export function responseIn(error: unknown): Answer | undefined {
  const { response } = error as { response?: OctokitResponse };
  return response === undefined ? undefined : answerOf(response);
}

/** GitHub's own words in an answer, for an error's text. */
export function wordsOf({ status, body }: Pick<Answer, 'status' | 'body'>): string {
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

/** How long a rate limit lasts; 60 s where GitHub does not say, as its documentation asks for. */
export function limitLastsMs({ headers }: Answer): number {
  const afterSeconds = Number(headers['retry-after']);
  if (Number.isFinite(afterSeconds)) return afterSeconds * 1000;
  const resetMs = Number(headers['x-ratelimit-reset']) * 1000;
  if (!Number.isFinite(resetMs)) return 60_000;
  return Math.max(0, resetMs - (timeOf(headers) ?? Date.now()));
}

/** GitHub's clock in an answer, epoch milliseconds; undefined when it does not tell. */
export function timeOf(headers: Answer['headers']): number | undefined {
  const time = Date.parse(String(headers['date']));
  return Number.isFinite(time) ? time : undefined;
}
