/** How joblease talks to AWS: which settings its clients have, and what a call does when it fails. */
import { Agent as HttpAgent } from 'node:http';
import { Agent } from 'node:https';
import { devNull } from 'node:os';
import { STSClient } from '@aws-sdk/client-sts';
import { UserError } from '../../lease/errors.ts';
import type { Context } from '../engine.ts';
import { retry } from '../../failure/retry.ts';
import { canHeal, foreignStatus, isThrottled } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import type { Pacer } from './pace.ts';
import type { AccessKey } from './root.ts';

// What is not given to it the SDK reads from AWS_… variables, which the runner's part has removed but for those below, and
// from files below the home directory, which any earlier step of the job may have written: an endpoint from there would
// get to answer in AWS's place.
process.env['AWS_CONFIG_FILE'] = devNull;
process.env['AWS_SHARED_CREDENTIALS_FILE'] = devNull;

/** The environment's own access key; undefined when there is none. */
export function ambientKey(): AccessKey | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN = '' } = process.env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) return undefined;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === '' ? {} : { sessionToken: AWS_SESSION_TOKEN }),
  };
}

// Not the whole environment, which Node writes to the log where NODE_DEBUG is set.
const { HTTP_PROXY, HTTPS_PROXY, NO_PROXY, http_proxy, https_proxy, no_proxy } = process.env;
const proxyEnv = { HTTP_PROXY, HTTPS_PROXY, NO_PROXY, http_proxy, https_proxy, no_proxy };
// Shared by all clients, so that a sweep does not shake hands for each lease. No client is destroyed: that would destroy
// the agents, and break off the calls of every other session. Idle connections keep no process alive.
const agents = { keepAlive: true, maxSockets: 32, proxyEnv };
const requestHandler = {
  connectionTimeout: 5000,
  requestTimeout: 15_000,
  throwOnRequestTimeout: true,
  httpAgent: new HttpAgent(agents),
  httpsAgent: new Agent(agents),
};

/** Settings for a client of either service. Retrying is {@link caller}'s business, because only it knows the deadline. */
export function settings(key: AccessKey | undefined, config: AwsConfig, service: 'iam' | 'sts') {
  const endpoint = config[`${service}-endpoint`];
  return {
    region: config.region,
    ...(endpoint === '' ? {} : { endpoint }),
    // Without a key nothing is signed, so the SDK's chain of places to look for one is never gone through.
    credentials: key ?? { accessKeyId: 'unsigned', secretAccessKey: 'unsigned' },
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard' as const,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    requestHandler,
  };
}

export function stsClient(key: AccessKey | undefined, config: AwsConfig): STSClient {
  return new STSClient(settings(key, config, 'sts'));
}

/** How many answers of 5xx that are not AWS's a call takes: a proxy's bad moment passes, a wrong endpoint does not. */
const foreignAnswers = 4;

/**
 * Makes a call again for as long as its failure can heal.
 *
 * @param send sends the command; the SDK stops when the signal fires
 * @param pacer where many calls may be made
 * @throws UserError when what answers is not AWS
 */
export async function call<T>(
  send: (options: { abortSignal: AbortSignal }) => Promise<T>,
  { signal, retrying }: Pick<Context, 'signal' | 'retrying'>,
  pacer?: Pacer,
): Promise<T> {
  let foreign = 0;
  let failure: unknown;
  const once = async (): Promise<T> => await send({ abortSignal: signal });
  const attempt = async (): Promise<T> => {
    try {
      return pacer === undefined ? await once() : await pacer.send(once, isThrottled, signal);
    } catch (error) {
      // Out of time: what failed before tells more than that.
      if (signal.aborted && failure instanceof Error) throw failure;
      failure = error;
      const status = foreignStatus(error);
      if (status === undefined) throw error;
      foreign += 1;
      if (status !== 501 && foreign < foreignAnswers) throw error;
      // Without the cause, which says that it can heal.
      throw new UserError(`what answers in AWS's place cannot do the call: HTTP status ${status}, and no code`, {
        fix: 'Check "iam-endpoint" and "sts-endpoint", and any proxy in between.',
      });
    }
  };
  return await retry(attempt, canHeal, signal, retrying);
}
