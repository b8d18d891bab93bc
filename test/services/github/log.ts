/** One request that has arrived, as a test reads it. */
import type { TokenKind } from './access.ts';

export interface GithubRequest {
  readonly method: string;
  /** below the API's base, still percent-encoded */
  readonly path: string;
  /** without `?` */
  readonly query: string;
  /** GitHub's name of the operation, such as `actions/get-workflow-run`; `''` where there is none */
  readonly operation: string;
  readonly token: TokenKind;
  /** with If-None-Match */
  readonly conditional: boolean;
  /** of the answer; `undefined` when none left */
  readonly status: number | undefined;
  /** false for a request that a fault or a hook stopped; one that was refused by the rules counts as carried out */
  readonly carriedOut: boolean;
}
