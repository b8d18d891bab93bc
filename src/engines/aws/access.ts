import type { Context } from '../engine.ts';
import type { Iam } from './iam.ts';
import type { AwsConfig } from './inputs.ts';
import { isDirect, openRoot, type RootSession } from './root-session.ts';
import type { AwsRoot } from './root.ts';

/** For how long root is used before it is opened again: by an OIDC token AWS gives it an hour. */
const lastsMs = 45 * 60_000;

/** What a session of the engine works with. */
export interface Access {
  readonly roots: readonly AwsRoot[];
  readonly config: AwsConfig;
  readonly context: Context;
  /** Root, known to AWS: one call more, made when something first needs to know whose it is, or AWS's clock. */
  root(): Promise<RootSession>;
  /** IAM as root. Its client is loaded only here. */
  iam(): Promise<Iam>;
}

/**
 * Root is opened at once where everything needs it. A session that ends by itself needs none for that, and may be minted by
 * a call that tells whether AWS accepts root.
 *
 * @throws UserError naming `root` when AWS accepts none
 */
export async function openAccess(roots: readonly AwsRoot[], config: AwsConfig, context: Context): Promise<Access> {
  const root = lasting(async () => await openRoot(roots, config, context));
  const iam = async (): Promise<Iam> => (await import('./iam.ts')).openIam(await root(), config, context);
  const isEnded = config['credential-type'] === 'iam_user' || config['revoke-sessions'];
  if (isEnded && !isDirect(roots, config)) await root();
  return { roots, config, context, root, iam };
}

/** Keeps what was opened for {@link lastsMs}. */
function lasting<Opened>(open: () => Promise<Opened>): () => Promise<Opened> {
  let opened: Promise<Opened> | undefined;
  let until = 0;
  return async () => {
    if (opened === undefined || Date.now() > until) {
      until = Date.now() + lastsMs;
      opened = open();
    }
    try {
      return await opened;
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
}
