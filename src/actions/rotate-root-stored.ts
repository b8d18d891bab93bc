/** The secret that a rotation of root writes. */
import { queuedAt } from '../github/run.ts';
import type { SecretPlace } from '../github/secret-routes.ts';
import { openSecret, type OpenSecret } from '../github/secrets.ts';
import type { JobIdentity } from '../lease/record.ts';
import { apiUrl } from '../runner/environment.ts';
import { currentJob } from '../runner/job.ts';
import { secretPlace, type RotateRootInputs } from './rotate-root-inputs.ts';
import { checkMayAsk, originOf, type Origin } from './rotate-root-origin.ts';

/** The secret that is written, and what is known of the one that was given. */
export interface Stored {
  readonly secret: OpenSecret;
  readonly place: SecretPlace;
  /** the input `root` */
  readonly given: string;
  readonly origin: Origin;
  /** whether somebody waits for the rotation */
  readonly isUrgent: boolean;
  /** @throws UserError when `root` must not be stored there once more, to see in the next run whether it comes back */
  checkMayAsk(): Promise<void>;
}

/** @throws UserError naming the input that is wrong */
export async function openStored(
  inputs: RotateRootInputs,
  { given, isUrgent }: Pick<Stored, 'given' | 'isUrgent'>,
  signal: AbortSignal,
): Promise<Stored> {
  const job = currentJob(0);
  const named = secretPlace(inputs, job.repo);
  const base = apiUrl();
  const secret = await openSecret({ base, token: inputs['github-token'] }, named, signal);
  const place = await withId(named, job, secret);
  const origin = originOf(given, place, secret);
  const queued = async (): Promise<Date | undefined> =>
    await queuedAt({ base, token: inputs['job-token'] }, job, signal);
  return {
    secret,
    place,
    given,
    origin,
    isUrgent,
    async checkMayAsk() {
      await checkMayAsk(origin, given, place, secret, job.repo, queued);
    },
  };
}

/** The runner knows the id of the job's own repository. */
async function withId(place: SecretPlace, { repo, repoId }: JobIdentity, secret: OpenSecret): Promise<SecretPlace> {
  if (place.scope === 'organization') return place;
  const isOwn = place.repository.toLowerCase() === repo.toLowerCase() && repoId > 0;
  return { ...place, repositoryId: isOwn ? repoId : await secret.repositoryId(place.repository) };
}
