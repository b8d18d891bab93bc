import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { TLSSocket } from 'node:tls';
import { messageOf, UserError } from '../../lease/errors.ts';
import type { Context } from '../engine.ts';
import { assumeByToken } from './assume-by-token.ts';
import { ambientKey, openSts, type Connection } from './connection.ts';
import { explain, isKeyRefused } from './errors.ts';
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
  /** whether root itself is the session of a role: such a one assumes roles for an hour at most */
  readonly isRole: boolean;
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

/**
 * Finds the first root that AWS accepts.
 *
 * @throws UserError naming `root` when there is none
 */
export async function openRoot(roots: readonly AwsRoot[], config: AwsConfig, context: Context): Promise<RootSession> {
  if (roots.length === 0 && config['oidc-role-arn'] !== '') {
    const { key } = await assumeByToken({ DurationSeconds: 3600 }, config, context);
    return await identify(key, config, context);
  }
  const own = ambientKey();
  const keys: readonly AccessKey[] = roots.length > 0 || own === undefined ? roots : [own];
  const failures: string[] = [];
  for (const key of keys) {
    try {
      const session = await identify(key, config, context);
      for (const failure of failures) context.warn(`${failure.split('\n', 1)[0] ?? ''}; another one was used`);
      return session;
    } catch (error) {
      const explained = explain(error, 'root');
      if (!isKeyRefused(error) || keys.length === 1) throw explained;
      failures.push(messageOf(explained));
    }
  }
  if (failures.length > 0) {
    throw new UserError('no root credential could be used', { input: 'root', said: failures.join('\n') });
  }
  throw missingRoot();
}

/** Asks AWS whose key it is. */
export async function identify(key: AccessKey, config: AwsConfig, context: Context): Promise<RootSession> {
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
  const { Account = '', Arn = '' } = await sts.send(new GetCallerIdentityCommand({}));
  context.debug?.(`root: ${Arn}`);
  return {
    key,
    sts,
    account: Account,
    arn: Arn,
    partition: Arn.split(':')[1] ?? 'aws',
    isRole: Arn.includes(':assumed-role/'),
    // The header has whole seconds, so an offset of less than one is none.
    now: () => Math.floor((Date.now() + (Math.abs(offsetMs) < 1500 ? 0 : offsetMs)) / 1000),
  };
}

/** How an answer was protected on its way, for people. @param body of the answer, as Node reads it */
function protectionOf(body: unknown): string {
  const { socket } = (body ?? {}) as { socket?: unknown };
  if (!(socket instanceof TLSSocket)) return 'no TLS';
  const verified = socket.authorized ? 'certificate and host name were verified' : 'certificate was not verified';
  return `${socket.getProtocol()}, ${socket.getCipher().name}, ${verified}`;
}
