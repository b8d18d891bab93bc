/** How joblease talks to AWS: the settings of its clients, and the one way in which their calls are made. */
import type { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import { Agent as HttpAgent } from 'node:http';
import { Agent } from 'node:https';
import { devNull } from 'node:os';
import { UserError } from '../../lease/errors.ts';
import type { Context } from '../engine.ts';
import { proxyEnvironment } from '../../http/proxy.ts';
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

// Shared by all clients, so that a sweep does not shake hands for each lease. No client is destroyed: that would destroy
// the agents, and break off the calls of every other session. Idle connections keep no process alive.
// The time limit ends the wait for a proxy's tunnel, for which Node heeds no signal: it would keep the process alive.
const agents = { keepAlive: true, maxSockets: 32, timeout: 15_000, proxyEnv: proxyEnvironment() };
const requestHandler = {
  connectionTimeout: 5000,
  requestTimeout: 15_000,
  throwOnRequestTimeout: true,
  httpAgent: new HttpAgent(agents),
  httpsAgent: new Agent(agents),
};

/** Settings for a client of either service. Retrying is the business of {@link connect}, which knows the deadline. */
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

/** What is done around each attempt at a call: it may turn the attempt's failure into another one, or into none. */
export type Around = <T>(attempt: () => Promise<T>) => Promise<T | undefined>;

/** One of AWS's services, called with one key. */
export interface Connection<Client extends IAMClient | STSClient> {
  /**
   * Makes a call, again for as long as its failure can heal.
   *
   * @throws UserError when what answers is not AWS
   */
  readonly send: Client['send'];
  /** {@link send} for a call whose attempts need a judgement of their own */
  sendAround(around: Around): Client['send'];
}

/** STS, called with a key; without one nothing is signed. */
export function openSts(
  key: AccessKey | undefined,
  config: AwsConfig,
  context: Context,
  prepare: (client: STSClient) => void = () => undefined,
): Connection<STSClient> {
  const client = new STSClient(settings(key, config, 'sts'));
  prepare(client);
  return connect(client, context);
}

/** @param pacer where many calls may be made */
export function connect<Client extends IAMClient | STSClient>(
  client: Client,
  context: Context,
  pacer?: Pacer,
): Connection<Client> {
  const { signal } = context;
  // The two clients take different commands; what comes of one is told by `send` of the client itself.
  const sendOnce = client.send.bind(client) as (
    command: unknown,
    options: { abortSignal: AbortSignal },
  ) => Promise<unknown>;
  const sendAround = (around: Around): Client['send'] => {
    const send = async (command: unknown): Promise<unknown> => {
      const attempt = async (): Promise<unknown> => await sendOnce(command, { abortSignal: signal });
      return await persist(async () => await around(attempt), context, pacer);
    };
    return send;
  };
  return { send: sendAround(async (attempt) => await attempt()), sendAround };
}

/** How many answers of 5xx that are not AWS's a call takes: a proxy's bad moment passes, a wrong endpoint does not. */
const foreignAnswers = 4;

async function persist<T>(once: () => Promise<T>, { signal, retrying }: Context, pacer?: Pacer): Promise<T> {
  let foreign = 0;
  let failure: unknown;
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
