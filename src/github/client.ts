/** Asks GitHub's REST API, by Octokit. */
import { answerOf, responseIn, type Answer, type Api, type OctokitResponse } from './api.ts';
import type { Octokit } from './octokit.ts';
import { Traffic, type TrafficTerms } from './traffic.ts';

/** Octokit is loaded for the first question: until then an input may be wrong. */
export class Github {
  readonly traffic: Traffic;
  readonly #connect: () => Promise<Octokit>;
  #octokit: Promise<Octokit> | undefined;

  constructor(api: Api, terms: TrafficTerms) {
    const traffic = new Traffic(terms);
    this.traffic = traffic;
    this.#connect = async () => {
      const { connect } = await import('./octokit.ts');
      return connect(api, traffic, terms.retries, terms.signal);
    };
  }

  /**
   * @param request one call of Octokit's
   * @throws Error when there was no answer, or it was not GitHub's
   */
  async ask(request: (octokit: Octokit) => Promise<OctokitResponse>): Promise<Answer> {
    this.traffic.throwIfStopped();
    this.#octokit ??= this.#connect();
    try {
      return answerOf(await request(await this.#octokit));
    } catch (error) {
      const refusal = responseIn(error);
      if (refusal !== undefined) return refusal;
      throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
    }
  }
}
