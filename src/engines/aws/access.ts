import type { Context } from '../engine.ts';
import type { Iam } from './iam.ts';
import type { AwsConfig } from './inputs.ts';
import { isDirect, openRoot, type RootSession } from './root-session.ts';
import type { AwsRoot } from './root.ts';

/** For how long root by an OIDC token is used: AWS gives it an hour. */
const lastsMs = 45 * 60_000;

/** What a session of the engine works with. */
export interface Access {
  /** undefined where the job's OIDC token is the credential itself: then there is none until something asks for it */
  readonly root: RootSession | undefined;
  readonly config: AwsConfig;
  readonly context: Context;
  /** Root, where {@link root} is undefined by the OIDC token. */
  asRoot(): Promise<RootSession>;
  /** IAM as root. Its client is loaded only here. */
  iam(): Promise<Iam>;
}

/** @throws UserError naming `root` when AWS accepts none */
export async function openAccess(roots: readonly AwsRoot[], config: AwsConfig, context: Context): Promise<Access> {
  if (isDirect(roots, config)) {
    const asRoot = renewed(async () => await openRoot(roots, config, context));
    return accessBy(undefined, asRoot, config, context);
  }
  const root = await openRoot(roots, config, context);
  return accessBy(root, async () => await Promise.resolve(root), config, context);
}

function accessBy(
  root: RootSession | undefined,
  asRoot: () => Promise<RootSession>,
  config: AwsConfig,
  context: Context,
): Access {
  const iam = async (): Promise<Iam> => (await import('./iam.ts')).openIam(await asRoot(), config, context);
  return { root, config, context, asRoot, iam };
}

/** Keeps what was opened, and opens another before AWS ends it. */
function renewed(open: () => Promise<RootSession>): () => Promise<RootSession> {
  let root: Promise<RootSession> | undefined;
  let until = 0;
  return async () => {
    if (root === undefined || Date.now() > until) {
      until = Date.now() + lastsMs;
      root = open();
    }
    try {
      return await root;
    } catch (error) {
      root = undefined;
      throw error;
    }
  };
}
