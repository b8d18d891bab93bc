/**
 * IAM and STS for the tests: what joblease relies on and no other server for tests does. Signatures are checked; identity
 * policies, permissions boundaries and session policies decide, with their conditions; the clock can be set; new keys
 * take time to arrive; calls can be throttled; lists come in pages; sizes, names and deletions have AWS's limits.
 *
 * The query protocol with XML answers, as https://github.com/aws/aws-sdk-js-v3 `codegen/sdk-codegen/aws-models` describes.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Account, type AccessKey, type Caller } from './account.ts';
import { AwsError } from './errors.ts';
import { iamOperations, type Need } from './iam.ts';
import { Parameters } from './parameters.ts';
import { decide } from './policy.ts';
import { checkSignature, readClaim, type SignedRequest } from './signature.ts';
import { assumeRoleWithWebIdentity, stsOperations } from './sts.ts';
import { toXml, type Xml } from './xml.ts';

export type { Account, Credentials } from './account.ts';

/** One request that was answered. */
export interface Call {
  readonly action: string;
  /** `200`, or the error's code */
  readonly answer: string;
  readonly parameters: string;
  /** the caller's ARN, `''` for a request that did not get so far */
  readonly caller: string;
}

export interface AwsOptions {
  /** milliseconds until a new access key is known; in the second half it is known to every other request only */
  readonly keyArrival?: number;
  /** milliseconds that every answer takes */
  readonly latency?: number;
  /** calls per second that are not throttled, by token bucket of one second */
  readonly rate?: number;
}

export interface AwsServer extends AsyncDisposable {
  /** for IAM and STS alike */
  readonly endpoint: string;
  /** to seed and to inspect */
  readonly account: Account;
  readonly calls: Call[];
  /** Moves the server's clock; signatures are checked against the time without it, as if the client's had moved too. */
  advance(seconds: number): void;
  /** Sets the client's clock wrong by so much: signatures are checked against the server's. */
  skew(seconds: number): void;
  /** Answers the next requests with Throttling. */
  throttle(count: number): void;
  /** Done after each call was carried out, before it is answered: what somebody else does meanwhile. */
  meanwhile: ((call: Call) => Promise<void>) | undefined;
}

/** Starts a server with an empty account on a free port of the loopback interface. */
export async function startAws(options: AwsOptions = {}): Promise<AwsServer> {
  const account = new Account();
  const calls: Call[] = [];
  let throttled = 0;
  let skew = 0;
  let parity = 0;
  const bucket = { tokens: options.rate ?? 0, filled: Date.now() };

  const hasArrived = (key: AccessKey): boolean => {
    if (key.unknownFor > 0) {
      key.unknownFor--;
      return false;
    }
    const age = account.now() - key.created;
    const arrival = options.keyArrival ?? 0;
    if (arrival === 0 || age >= arrival) return true;
    return age >= arrival / 2 && parity++ % 2 === 1;
  };

  const refuseWhenTooFast = (): void => {
    if (throttled > 0) {
      throttled--;
      throw new AwsError('Throttling', 'Rate exceeded');
    }
    if (options.rate === undefined) return;
    bucket.tokens = Math.min(options.rate, bucket.tokens + ((Date.now() - bucket.filled) / 1000) * options.rate);
    bucket.filled = Date.now();
    if (bucket.tokens < 1) throw new AwsError('Throttling', 'Rate exceeded');
    bucket.tokens--;
  };

  const answer = (
    request: SignedRequest,
    seen: { caller: string },
  ): { action: string; result: Xml; namespace: string } => {
    const parameters = new Parameters(request.body);
    const { action } = parameters;
    refuseWhenTooFast();
    const service = action in iamOperations ? 'iam' : 'sts';
    const namespace =
      service === 'iam' ? 'https://iam.amazonaws.com/doc/2010-05-08/' : 'https://sts.amazonaws.com/doc/2011-06-15/';
    if (action === 'AssumeRoleWithWebIdentity') {
      return { action, result: assumeRoleWithWebIdentity(account, parameters), namespace };
    }
    const operation = iamOperations[action] ?? stsOperations[action];
    if (operation === undefined) throw new AwsError('InvalidAction', `Could not find operation ${action}`, 400);

    const claim = readClaim(request);
    if (claim === undefined)
      throw new AwsError('MissingAuthenticationToken', 'Request is missing Authentication Token', 403);
    const { secret, caller: identify } = account.authenticate(
      claim.accessKeyId,
      request.headers['x-amz-security-token'],
      hasArrived,
    );
    checkSignature(request, claim, secret, service, Date.now() + skew);
    const used = account.findKey(claim.accessKeyId)?.key;
    const [, region = ''] = claim.scope.split('/');
    if (used !== undefined) used.used = { at: account.now(), service, region };
    const caller = identify();
    Object.assign(seen, { caller: caller.arn });
    refuseTemporary(caller, service, action);
    const work = operation(account, parameters, caller);
    for (const need of work.needs) authorize(account, caller, need);
    const result = work.run();
    account.remember();
    return { action, result, namespace };
  };

  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const request = await read(incoming);
      if (options.latency !== undefined) await sleep(options.latency);
      const requestId = randomUUID();
      const seen = { caller: '' };
      const action = new Parameters(request.body).action;
      let status = 200;
      let xml: string;
      try {
        const { result, namespace } = answer(request, seen);
        calls.push({ action, answer: '200', parameters: request.body, ...seen });
        const inner = `<${action}Result>${toXml(result)}</${action}Result><ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
        xml = `<${action}Response xmlns="${namespace}">${inner}</${action}Response>`;
      } catch (error) {
        const {
          code,
          message,
          status: refused,
        } = error instanceof AwsError
          ? error
          : new AwsError('ServiceFailure', error instanceof Error ? error.message : String(error), 500);
        calls.push({ action, answer: code, parameters: request.body, ...seen });
        status = refused;
        xml = `<ErrorResponse>${toXml({ Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message }, RequestId: requestId })}</ErrorResponse>`;
      }
      const call = calls.at(-1);
      if (call !== undefined) await running.meanwhile?.(call);
      const date = new Date(Date.now() + skew).toUTCString();
      outgoing.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': requestId, date }).end(xml);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const running: AwsServer = {
    meanwhile: undefined,
    endpoint: `http://127.0.0.1:${port}`,
    account,
    calls,
    advance(seconds) {
      account.clockOffset += seconds * 1000;
    },
    skew(seconds) {
      account.clockOffset += seconds * 1000 - skew;
      skew = seconds * 1000;
    },
    throttle(count) {
      throttled = count;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return running;
}

async function read(incoming: IncomingMessage): Promise<SignedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  return { method: incoming.method ?? '', path: incoming.url ?? '', headers, body: Buffer.concat(chunks).toString() };
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html */
function refuseTemporary({ kind, arn }: Caller, service: string, action: string): void {
  const denied =
    (kind === 'federated' && (service === 'iam' || action !== 'GetCallerIdentity')) ||
    (kind === 'session' && (service === 'iam' || !['GetCallerIdentity', 'AssumeRole'].includes(action)));
  if (denied)
    throw new AwsError('InvalidClientTokenId', `The security token included in the request is invalid (${arn})`, 403);
}

function authorize(
  account: Account,
  caller: Caller,
  { action, resource, shown = resource, context = {}, granted = false }: Need,
): void {
  const decision = decide(caller.policies, {
    action,
    resource,
    context: {
      'aws:currenttime': [new Date(account.now()).toISOString()],
      'aws:epochtime': [String(Math.floor(account.now() / 1000))],
      'aws:userid': [caller.userId],
      'aws:principalarn': [caller.arn],
      'aws:principalaccount': [account.id],
      ...caller.context,
      ...context,
    },
  });
  if (decision === 'allowed' || (granted && decision !== 'explicit deny')) return;
  const why =
    decision === 'explicit deny'
      ? 'with an explicit deny in an identity-based policy'
      : `because no identity-based policy allows the ${action} action`;
  throw new AwsError(
    'AccessDenied',
    `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${shown} ${why}`,
    403,
  );
}
