import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { TLSSocket } from 'node:tls';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context } from '../engine.ts';
import { assumeByToken } from './assume-by-token.ts';
import { ambientKey, openSts, type Connection } from './connection.ts';
import { explain, explained, isKeyRefused } from './errors.ts';
import type { AwsConfig } from './inputs.ts';
import { missingRoot, type AccessKey, type AwsRoot } from './root.ts';

/** Root, known to AWS. */
export interface RootSession {
  readonly key: AccessKey;
  readonly sts: Connection<STSClient>;
  readonly account: string;
  readonly arn: string;
  /** `aws`, `aws-cn`, `aws-us-gov` */
  readonly partition: string;
  /** AWS's clock, epoch seconds */
  now(): number;
}

/** The job's OIDC token is the credential itself: there is no root that would have to ask for it. */
export function isDirect(roots: readonly AwsRoot[], config: AwsConfig): boolean {
  const own = config['oidc-role-arn'];
  return (
    roots.length === 0 &&
    own !== '' &&
    config['credential-type'] === 'assumed_role' &&
    ['', own].includes(config['role-arn'])
  );
}

/** Root, known to AWS. @throws UserError naming `root` when AWS accepts none */
export async function openRoot(roots: readonly AwsRoot[], config: AwsConfig, context: Context): Promise<RootSession> {
  const open = async (key: AccessKey): Promise<RootSession> => await identify(key, config, context);
  return await asRoot(roots, config, context, open).catch(explained('root', true));
}

/**
 * Does something as the first root that AWS accepts, which the doing tells.
 *
 * @param act makes a call with the key before it changes anything
 * @throws UserError naming `root` when AWS accepts none; what `act` throws for any other reason
 */
export async function asRoot<Result>(
  roots: readonly AwsRoot[],
  config: AwsConfig,
  context: Context,
  act: (key: AccessKey) => Promise<Result>,
): Promise<Result> {
  const keys = await keysOf(roots, config, context);
  const failures: string[] = [];
  for (const key of keys) {
    try {
      const result = await act(key);
      for (const failure of failures) context.warn(`${failure.split('\n', 1)[0] ?? ''}; another one was used`);
      return result;
    } catch (error) {
      if (!isKeyRefused(error)) throw error;
      const refused = explain(error, 'root', true);
      if (keys.length === 1) throw refused;
      failures.push(messageOf(refused));
    }
  }
  const said = failures.join('\n');
  throw new UserError('no root credential could be used', { input: 'root', said, untouched: true });
}

/** @returns at least one. @throws UserError when there is none */
async function keysOf(roots: readonly AwsRoot[], config: AwsConfig, context: Context): Promise<readonly AccessKey[]> {
  if (roots.length > 0) return roots;
  if (config['oidc-role-arn'] !== '') return [(await assumeByToken({ DurationSeconds: 3600 }, config, context)).key];
  const own = ambientKey();
  if (own === undefined) throw missingRoot();
  return [own];
}

/** Asks AWS whose key it is. */
export async function identify(key: AccessKey, config: AwsConfig, context: Context): Promise<RootSession> {
  const { sts, now } = openRootSts(key, config, context);
  const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  context.debug?.(`root: ${Arn}`);
  return {
    key,
    sts,
    account: Account,
    arn: Arn,
    partition: Arn.split(':')[1] ?? 'aws',
    now,
  };
}

/** STS as root, and AWS's clock as its answers tell it. */
export function openRootSts(key: AccessKey, config: AwsConfig, context: Context): Pick<RootSession, 'sts' | 'now'> {
  let offsetMs = 0;
  const sts = openSts(key, config, context, ({ middlewareStack }) => {
    middlewareStack.add(
      (next) => async (args) => {
        const result = await next(args);
        const { headers, body } = result.response as { headers?: Readonly<Record<string, string>>; body?: unknown };
        const date = Date.parse(headers?.['date'] ?? '');
        if (Number.isFinite(date)) offsetMs = date - Date.now();
        const { hostname } = args.request as { hostname?: string };
        context.debug?.(`${hostname ?? ''}: ${protectionOf(body)}; signed with ${key.accessKeyId}`);
        return result;
      },
      { step: 'deserialize', priority: 'low' },
    );
  });
  // The header has whole seconds, so an offset of less than one is none.
  return { sts, now: () => Math.floor((Date.now() + (Math.abs(offsetMs) < 1500 ? 0 : offsetMs)) / 1000) };
}

/** How an answer was protected on its way, for people. @param body of the answer, as Node reads it */
function protectionOf(body: unknown): string {
  const { socket } = (body ?? {}) as { socket?: unknown };
  if (!(socket instanceof TLSSocket)) return 'no TLS';
  const verified = socket.authorized ? 'certificate and host name were verified' : 'certificate was not verified';
  return `${socket.getProtocol()}, ${socket.getCipher().name}, ${verified}`;
}
